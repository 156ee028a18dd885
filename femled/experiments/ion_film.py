"""The film that a strong pump sees: coefficients averaged over the layer of ions, for every state of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.device import Pixel
from femled.errors import InputError
from femled.experiments.carrier_state import CarrierState
from femled.experiments.ion_layer import IonLayer
from femled.materials.ion_rates import IonRates
from femled.physics.ion_rates import defect_share, proportional, radiative, threshold_density
from femled.solve.flooded_film import FilmRates
from femled.solve.pump_pulse import PumpPulse

Array = NDArray[np.float64]

FilmLaw = Literal["card", "total", "net", "none"]
"""What a film's coefficients follow: as the layer states it, all ions, their uncompensated charge, or nothing."""


@dataclass(frozen=True)
class IonFilm:
    """The emitter of a pixel under a strong pump.

    Args:
        layer: of ions, the emitter.
        rates: its law.
        still: coefficients stay as ions spread evenly leave them.
    """

    layer: IonLayer
    rates: IonRates
    still: bool = False

    def inner_cells(self, position: Array) -> tuple[NDArray[np.intp], Array]:
        """Cells away from the faces, and their widths.

        Args:
            position: (points,), [m] of a state.

        Raises:
            InputError: a margin that leaves nothing of the layer.
        """
        cells = self.layer.cells(position)
        pairs = position.reshape(-1, 2)[cells]
        centres, low = pairs.mean(axis=1), self.layer.start + self.rates.margin
        inside = (centres > low) & (centres < self.layer.start + self.layer.thickness - self.rates.margin)
        if not inside.any():
            raise InputError(
                f"margin {self.rates.margin:.4g} m at both faces leaves nothing of {self.layer.name}, "
                f"{self.layer.thickness:.4g} m thick"
            )
        return cells[inside], np.diff(pairs, axis=1)[inside, 0]

    def defects(self, states: Sequence[CarrierState]) -> tuple[Array, Array]:
        """Shares s in the cells away from the faces, and the weight of each.

        Args:
            states: n of them, all on one mesh.

        Returns:
            (n, cells), [1]; (cells,), [1] that sum up to 1.
        """
        cells, widths = self.inner_cells(states[0].position)
        net, total = np.zeros((len(states), len(cells))), np.zeros((len(states), len(cells)))
        even = pairs = 0.0
        for ion in self.layer.semiconductor.ions:
            name, pair = f"{self.layer.name}.{ion.name}", ion.kind == "pair"
            c = np.array([one.ion_density[name].reshape(-1, 2)[cells] for one in states])
            partners = ion.mean_density**2 / c if pair else np.zeros_like(c)
            fixed = partners if pair else ion.counter_density
            net += ion.charge * (c - fixed).mean(axis=2)
            total += (c + partners).mean(axis=2)
            even += ion.mean_density * (2 if pair else 1)
            pairs += ion.mean_density if pair else 0.0
        share = defect_share(self.rates, net=net, total=total, even=even, pair_density=pairs)
        return np.ones_like(share) if self.still else share, widths / widths.sum()

    def coefficients(self, states: Sequence[CarrierState]) -> tuple[FilmRates, Array]:
        """Means over the bulk of the layer, in which the carriers of the pump are spread, and the mean of s.

        Args:
            states: n of them, all on one mesh.

        Returns:
            coefficients of n films; (n,), [1].

        Raises:
            InputError: a layer that makes no light.
        """
        share, weights = self.defects(states)
        plain, law = self.layer.semiconductor, self.rates
        if plain.radiative_coefficient <= 0:
            raise InputError(f'layer "{self.layer.name}" has no radiative_coefficient: it makes no light')
        lifetimes = (plain.srh_electron_lifetime, plain.srh_hole_lifetime)
        trapping = 0.0 if None in lifetimes else 1 / sum(one for one in lifetimes if one is not None)
        return FilmRates.of(
            monomolecular_rate=proportional(trapping, law.monomolecular_share, share) @ weights,
            radiative_coefficient=radiative(plain.radiative_coefficient, law.radiative_rise, share) @ weights,
            nonradiative_coefficient=proportional(law.nonradiative_coefficient, law.nonradiative_share, share)
            @ weights,
            auger_coefficient=plain.auger_electron_coefficient + plain.auger_hole_coefficient,
        ), share @ weights

    @property
    def even(self) -> FilmRates:
        """Coefficients where ions are spread evenly, of one film."""
        plain, law = self.layer.semiconductor, self.rates
        lifetimes = (plain.srh_electron_lifetime, plain.srh_hole_lifetime)
        return FilmRates.of(
            monomolecular_rate=0.0 if None in lifetimes else 1 / sum(one for one in lifetimes if one is not None),
            radiative_coefficient=plain.radiative_coefficient,
            nonradiative_coefficient=law.nonradiative_coefficient,
            auger_coefficient=plain.auger_electron_coefficient + plain.auger_hole_coefficient,
        )

    def threshold_density(self, rates: FilmRates) -> Array:
        """[1/m3] of electrons and of holes at which light is amplified enough, of films."""
        strength = rates.radiative_coefficient / self.layer.semiconductor.radiative_coefficient
        return np.asarray(threshold_density(self.rates, strength))


def film_of(layer: IonLayer, law: FilmLaw, rates: IonRates | None = None) -> IonFilm:
    """The film that a law makes of a layer with ions.

    Args:
        layer: the emitter.
        law: "card", "total", "net" or "none".
        rates: in place of those of the layer.

    Raises:
        InputError: a layer that states no law, or an unknown one.
    """
    found = layer.semiconductor.ion_rates if rates is None else rates
    if found is None:
        raise InputError(
            f'layer "{layer.name}" states no ion_rates: add [layers.carriers.ion_rates] with nonradiative_coefficient, '
            "transparency_density and threshold_density"
        )
    if law not in ("card", "total", "net", "none"):
        raise InputError(f'law "{law}": card, total, net or none')
    counted = found if law in ("card", "none") else found.replace(counted=law)
    return IonFilm(layer, counted, still=law == "none")


def pump_of(
    pixel: Pixel, thickness: float, *, wavelength: float | None, width: float | None, absorptance: float | None
) -> PumpPulse:
    """The pulse on the emitter, from the device where nothing else is given.

    absorptance = T (1 - exp(-4 pi k d/wavelength)): one pass behind what transmits T; interference is left out.

    Args:
        pixel: the device.
        thickness: [m] d of the emitter.
        wavelength: [m] in vacuum.
        width: [s] full width at half maximum.
        absorptance: [1] of the emitter.

    Raises:
        InputError: something is neither given nor stated by the device.
    """
    light = None if pixel.pump is None else pixel.pump.light
    given = {"wavelength": wavelength, "width": width}
    for name, value in given.items():
        if value is None:
            if light is None:
                raise InputError(f"{name}: pixel {pixel.name} states no pump, give wavelength, width and absorptance")
            given[name] = getattr(light, name)
    at, long = given["wavelength"], given["width"]
    assert at is not None
    assert long is not None
    if absorptance is None:
        if light is None:
            raise InputError(f"absorptance: pixel {pixel.name} states no pump, give the share that its emitter absorbs")
        index = complex(pixel.layer(pixel.emitter).solid.index(at))
        absorptance = light.transmission * -float(np.expm1(-4 * np.pi * index.imag * thickness / at))
    return PumpPulse(
        width=long,
        photon_ev=PLANCK * SPEED_OF_LIGHT / at / ELEMENTARY_CHARGE,
        absorptance=absorptance,
        thickness=thickness,
    )
