"""Where the power of a current through a column goes: heat by layer, and the light that leaves the pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.device import Column, Pixel
from femled.errors import InputError
from femled.experiments.jv_series import edges
from femled.experiments.light_extraction import WAVELENGTHS, LightExtraction, light_extraction
from femled.experiments.recombination_sites import RecombinationSites, SitesOfSpace
from femled.solve.carrier_heat import CarrierHeating
from femled.solve.carrier_meaning import States, densities, recombination
from femled.solve.carriers import CarrierSpace

Array = NDArray[np.float64]

NO_POWER = 1e-12
"""[W/m2] below which the shares of the layers mean nothing: the emitter is given all."""

NO_CURRENT = 1e-9
"""[A/m2] below which no share of the current is counted."""


@dataclass(frozen=True)
class Shares:
    """Of one state, or of n places between states.

    Args:
        heat: (layers + 2,) or (layers + 2, n), [1] of the power J u that anode, layers and cathode take, photons
            included; their sum is 1.
        outcoupling: one or (n,), [1] share of all photons that leave.
        recombining: one or (n,), [1] share of the current that ends in the emitter, radiatively or not.
        carriers: (2,) or (2, n), [1/m3] electrons and holes in the emitter, mean over its thickness.
    """

    heat: Array
    outcoupling: Array
    recombining: Array
    carriers: Array

    @classmethod
    def between(cls, known: Sequence["Shares"], which: NDArray[np.intp], weights: Array) -> "Shares":
        """Linear between states, of densities the logarithm.

        Args:
            known: the states.
            which: (corners, n) states that surround each place.
            weights: (corners, n), [1].
        """

        def mean(values: Sequence[Array]) -> Array:
            return np.asarray((np.array(values).T[..., which] * weights).sum(axis=-2))

        return cls(
            heat=mean([one.heat for one in known]),
            outcoupling=mean([one.outcoupling for one in known]),
            recombining=mean([one.recombining for one in known]),
            carriers=np.exp(mean([np.log(one.carriers) for one in known])),
        )


@dataclass(frozen=True)
class LocalDetail:
    """What a current through the layers does at some places.

    Args:
        radiative_current_density: (n,), [A/m2] q times the photons made.
        internal_quantum_efficiency: (n,), [1].
        light: (n,), [W/m2] power of the photons that leave the pixel.
        heat: (layers, n), [W/m2] released in every layer, without that light.
        contact_heat: (2, n), [W/m2] that anode and cathode take: half of what is released at them.
        series_heat: (n,), [W/m2] released in the resistance in series.
        charge: (n,), [C/m2] on the anode.
        capacitance: (n,), [F/m2] its derivative in the voltage, ions at rest where they are.
        emitter_current_density: (n,), [A/m2] q times the pairs that recombine in the emitter, radiatively or not.
        electron_density: (n,), [1/m3] mean over the emitter's thickness.
        hole_density: (n,), [1/m3] the same of holes.
    """

    radiative_current_density: Array
    internal_quantum_efficiency: Array
    light: Array
    heat: Array
    contact_heat: Array
    series_heat: Array
    charge: Array
    capacitance: Array
    emitter_current_density: Array
    electron_density: Array
    hole_density: Array


class ColumnShares:
    """Shares of the states of a column.

    Args:
        device: a pixel, or the column itself, of which no light is known to leave.
        column: of the pixel.
    """

    def __init__(self, device: Column | Pixel, column: Column) -> None:
        self._device, self._column = device, column
        self._tied: dict[int, tuple[CarrierHeating, SitesOfSpace]] = {}

    @cached_property
    def emitter(self) -> int:
        """The layer whose heat the light is taken from; of a column the one with the largest radiative coefficient."""
        if isinstance(self._device, Pixel):
            return [layer.name for layer in self._column.layers].index(self._device.emitter)
        return int(np.argmax([one.radiative_coefficient for one in self._column.semiconductors]))

    @cached_property
    def _light(self) -> tuple[LightExtraction | None, tuple[str, ...]]:
        if not isinstance(self._device, Pixel):
            return None, ("no light leaves a column: all its power is heat",)
        try:
            law = light_extraction(self._device)
        except InputError as error:
            return None, (f"no light is taken from the heat: {error}",)
        return law, law.notes

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know of the light."""
        return self._light[1]

    @cached_property
    def photon_energy(self) -> float:
        """[V] mean energy of the photons over q; 0 where none are known to leave."""
        if not isinstance(self._device, Pixel) or self._light[0] is None:
            return 0.0
        spectrum = self._device.layer(self._device.emitter).solid.emission
        assert spectrum is not None  # else no light extraction
        waves = spectrum.sampled(WAVELENGTHS)
        photons = spectrum.at(waves)
        mean = float((photons / waves).sum() / photons.sum())
        return PLANCK * SPEED_OF_LIGHT * mean / ELEMENTARY_CHARGE

    def of(self, space: CarrierSpace, current_density: float) -> Shares:
        """Of the state that a space holds.

        Args:
            space: of the column.
            current_density: [A/m2] that flows in it.
        """
        if id(space) not in self._tied:
            self._tied[id(space)] = CarrierHeating(space), SitesOfSpace(space)
        heating, sites = self._tied[id(space)]
        heat, law = heating.now(), self._light[0]
        ends = heat.face_power[[0, -1]] / 2  # of a plane one half goes to either side
        layers = heat.by_layer
        layers[[0, -1]] -= ends
        power, total = np.concatenate([ends[:1], layers, ends[1:]]), heat.total
        shares = power / total if total > NO_POWER else (np.arange(len(power)) == self.emitter + 1).astype(np.float64)
        states = States.together([States.now(space)])
        (now,) = sites.of(states, recombination(space, states), np.zeros(1))
        recombining = max(float(now.by_layer[self.emitter]), 0.0)
        return Shares(
            heat=shares,
            outcoupling=np.asarray(0.0 if law is None else self._leaving(law, now)),
            recombining=np.asarray(recombining / current_density if current_density > NO_CURRENT else 0.0),
            carriers=self._carriers(space),
        )

    def _carriers(self, space: CarrierSpace) -> Array:
        """(2,), [1/m3] electrons and holes, mean over the emitter."""
        inside = space.mesh.cell_layer == self.emitter
        weights = space.mesh.corner_weights[inside]
        return np.asarray([(one[inside] * weights).sum() for one in densities(space)]) / float(weights.sum())

    def _leaving(self, law: LightExtraction, now: RecombinationSites) -> float:
        """[1] photons that leave over all that are made, in other layers than the emitter too."""
        faces = edges(self._column)
        start, stop = float(faces[self.emitter]), float(faces[self.emitter + 1])
        position, rate = now.emission(start, stop)
        _, everywhere = now.emission(0.0, float(faces[-1]))
        made = float(everywhere.sum())
        heights = position - start if self._upwards else stop - position
        return law.weighted(heights, rate) * (float(rate.sum()) / made if made > 0 else 1.0)

    @cached_property
    def _upwards(self) -> bool:
        """Whether the anode lies below the emitter, so that distance from it is height."""
        if not isinstance(self._device, Pixel):
            return True
        names = [layer.name for layer in self._device.layers]
        return names.index(self._device.anode) < names.index(self._device.emitter)
