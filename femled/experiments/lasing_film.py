"""The emitter of a pixel as a film that amplifies light: its gain, its guided mode, its pump and its heat."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.device import Amplification, Pixel
from femled.errors import InputError
from femled.experiments.absorption import absorption
from femled.materials import GainLaw, Material
from femled.optics.gain import FreeCarrierGain
from femled.optics.gain_table import GainTable, gain_table
from femled.optics.guided_light import Guide, GuideTable
from femled.optics.mode import Mode
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.optics.slab import find_modes
from femled.optics.stack import Stack
from femled.solve.lattice_heat import LatticeHeat
from femled.solve.light_rates import LightRates
from femled.solve.pump_pulse import PumpPulse
from femled.solve.steady_light import steady_density, threshold_density

Array = NDArray[np.float64]

Absorptance = Literal["optics", "stated"] | float
"""Of the pump in the emitter: by the optics of the stack, as the device states it, or a share."""

DENSITIES = (1e20, 6e25)
"""[1/m3] between which gain is tabulated."""
_HOTTER = 150.0
"""[K] above the lattice, or its own temperature more, up to which carriers are tabulated."""
_WARMING = 0.3
"""Of its temperature, or 30 K: by how much a film may warm in a pulse before its table ends."""


def film_table(law: GainLaw, temperature: float, warmest: float) -> GainTable:
    """The gain of a material between two temperatures of its lattice [K]; kept for the next who asks.

    What carriers do without light has no part in it, so that laws which differ in that share a table.
    """
    without = {"monomolecular_rate": 0.0, "cold_auger_coefficient": 0.0, "warm_auger_coefficient": 0.0}
    return _table(law.replace(cooling_time=0.0, **without), temperature, warmest)


@lru_cache(maxsize=64)
def _table(law: GainLaw, temperature: float, warmest: float) -> GainTable:
    hottest = warmest + max(_HOTTER, temperature)
    return gain_table(
        FreeCarrierGain(law), temperature=temperature, warmest=warmest, hottest=hottest, density=DENSITIES
    )


@lru_cache(maxsize=16)
def _guide_table(table: GainTable, guide: Guide) -> GuideTable:
    return GuideTable(table, guide)


@dataclass(frozen=True)
class LasingFilm:
    """The light-emitting layer of a pixel with the mode along it.

    Args:
        pixel: the device, with an `amplification`.
        law: of the gain of its emitter.
        values: of the amplification, without their sources.
        contacted: between the electrodes, as in the opening; otherwise where there are none.
        pump_absorptance: where the share of the pump comes from.
        pump_side: "substrate" or "top", from which the pump comes.
    """

    pixel: Pixel
    law: GainLaw
    values: Amplification
    contacted: bool = True
    pump_absorptance: Absorptance = "optics"
    pump_side: Literal["substrate", "top"] = "substrate"

    @property
    def thickness(self) -> float:
        """[m] of the emitter."""
        return self.pixel.layer(self.pixel.emitter).thickness

    @property
    def material(self) -> Material:
        """Of the emitter."""
        return self.pixel.layer(self.pixel.emitter).solid

    @property
    def length(self) -> float:
        """[m] along which light is amplified: the diameter, or the free length."""
        return self.pixel.diameter if self.contacted else self.values.free_length

    @property
    def kappa(self) -> float:
        """[1] net gain times length at threshold."""
        return self.values.net_gain_length

    @cached_property
    def stack(self) -> PixelStack:
        """What light meets, the electrodes among it."""
        return pixel_stack(self.pixel)

    @cached_property
    def mode(self) -> Mode:
        """TE0 of the stack, without both electrodes where the film is free of them.

        Raises:
            InputError: the stack guides no TE mode.
        """
        wavelength, names = self.values.emission_wavelength, self.stack.names
        indices, films = self.stack.indices(wavelength), (0.0, *self.stack.thicknesses, 0.0)
        electrodes = () if self.contacted else (self.pixel.anode, self.pixel.cathode)
        kept = [place for place, name in enumerate(names) if name not in electrodes]
        stack = Stack(tuple(indices[i] for i in kept), tuple(films[i] for i in kept[1:-1]), wavelength)
        found = find_modes(stack, polarization="TE", kind="bound", names=tuple(names[i] for i in kept))
        if not found:
            raise InputError(f"pixel {self.pixel.name}: its stack guides no TE mode at {wavelength * 1e9:.4g} nm")
        return found[0]

    @property
    def contact_loss(self) -> float:
        """[1/m] of the mode without scattering: as stated for the contacted film, else by the optics of the stack."""
        if self.contacted and self.values.contact_loss is not None:
            return self.values.contact_loss
        return self.mode.modal_loss

    @cached_property
    def guide(self) -> Guide:
        """The mode as light is amplified along it."""
        return Guide(
            length=self.length,
            modal_loss=self.contact_loss + self.values.scattering_loss,
            gain_confinement=self.mode.confinement(self.pixel.emitter, "gain"),
            share=self.values.guided_share,
        )

    def optical_absorptance(self, wavelength: float) -> float:
        """[1] of a pump [m] in the emitter, by the optics of the stack with its electrodes."""
        series = absorption(self.pixel, wavelength=wavelength, from_=self.pump_side).series
        return float(series["absorptance"][series["layer"].tolist().index(self.pixel.emitter)])

    def absorptance(self, wavelength: float) -> float:
        """[1] of a pump [m] in the emitter, from where `pump_absorptance` says.

        Raises:
            InputError: none is stated for that wavelength.
        """
        if self.pump_absorptance == "optics":
            return self.optical_absorptance(wavelength)
        if not isinstance(self.pump_absorptance, str):
            return self.pump_absorptance
        stated = self.values.absorptance(wavelength)
        if stated is None:
            raise InputError(
                f"pixel {self.pixel.name} states no absorptance at {wavelength * 1e9:.4g} nm: add one to "
                'amplification.pumps, or take absorptance="optics"'
            )
        return stated

    def pump(self, *, width: float, wavelength: float) -> PumpPulse:
        """A Gaussian pulse of light of a full width [s] at half maximum and a wavelength [m]."""
        photon_ev = PLANCK * SPEED_OF_LIGHT / (wavelength * ELEMENTARY_CHARGE)
        share = self.absorptance(wavelength)
        return PumpPulse(width=width, photon_ev=photon_ev, absorptance=share, thickness=self.thickness)

    def rates(self, temperature: float, *, warmest: float | None = None, guided: bool = False) -> LightRates:
        """Rates at lattice temperatures.

        Args:
            temperature: [K] the lowest.
            warmest: [K] the highest; the lowest if not given.
            guided: with what guided light takes and gives back.
        """
        table = film_table(self.law, temperature, temperature if warmest is None else warmest)
        return LightRates(self.law, table, _guide_table(table, self.guide) if guided else None)

    def warmest(self, temperature: float) -> float:
        """[K] up to which a film of that temperature [K] may warm in a pulse."""
        return temperature + max(30.0, _WARMING * temperature)

    def heat(self, temperature: float, warmest: float) -> LatticeHeat:
        """What the film does with heat between two temperatures [K]."""
        return LatticeHeat(self.material, temperature, warmest)

    def threshold_density(self, temperature: float, carrier_temperature: float | None = None) -> float:
        """[1/m3] at which the net gain times length is kappa, at a lattice and carrier temperature [K]."""
        medium = film_table(self.law, temperature, temperature)
        found = threshold_density(medium, self.guide, amplification=self.kappa, carrier_temperature=carrier_temperature)
        return float(found[0])

    def steady_density(self, temperature: float, injection: ArrayLike) -> Array:
        """(columns,), [1/m3] that injections (columns,) [1/(m3 s)] keep up at a temperature [K]; no guided light."""
        return steady_density(self.rates(temperature), injection=injection)

    def injection(self, current_density: ArrayLike, efficiency: float = 1.0) -> Array:
        """[1/(m3 s)] pairs from a current density [A/m2] of which a share reaches the emitter as pairs."""
        pairs = efficiency / (ELEMENTARY_CHARGE * self.thickness)
        return np.asarray(np.asarray(current_density, dtype=np.float64) * pairs)

    def threshold_injection(self, temperature: float) -> float:
        """[1/(m3 s)] that keeps up the density of the threshold: J_th = q d times it over the injection efficiency."""
        rates = self.rates(temperature)
        n = np.array([self.threshold_density(temperature)])
        hot, _ = rates.carrier_temperature(n, np.zeros(1), 0.0)
        return float(rates.losses(n, hot).total[0])

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Bib key and status of the numbers behind it, each once."""
        gain = self.material.gain
        stated = [] if gain is None else list(gain.numbers().values())
        own = list(self.pixel.amplification.numbers().values()) if self.pixel.amplification is not None else []
        pairs = [(one.source, one.status) for one in [*own, *stated]]
        heat = [(one.source, one.status) for one in (self.material.heat_capacity, self.material.density)]
        return tuple(dict.fromkeys([*self.stack.sources, *pairs, *heat]))


def lasing_film(
    pixel: Pixel,
    *,
    contacted: bool = True,
    law: GainLaw | None = None,
    absorptance: Absorptance = "optics",
    pump_side: Literal["substrate", "top"] = "substrate",
) -> LasingFilm:
    """The emitter of a pixel as a film that amplifies light.

    Args:
        pixel: the device.
        contacted: between the electrodes; otherwise in an area that has none.
        law: of the gain, in place of that on the card of the emitter.
        absorptance: [1] share of the pump in the emitter, "stated" by the device, or by the "optics" of the stack.
        pump_side: "substrate" or "top", from which the pump comes.

    Raises:
        InputError: the device says nothing of amplification, or its emitter nothing of gain.
    """
    if pixel.amplification is None:
        raise InputError(
            f"pixel {pixel.name} has no amplification: add [amplification] with a scattering_loss to its file"
        )
    if law is None:
        data = pixel.layer(pixel.emitter).solid.gain
        if data is None:
            raise InputError(
                f"{pixel.layer(pixel.emitter).solid.name}, the emitter of pixel {pixel.name}, has no gain: add [gain] "
                "to its card, or give a law"
            )
        law = data.law
    if not isinstance(absorptance, str) and not 0 < absorptance <= 1:
        raise InputError(f"absorptance {absorptance:g} is a share of the pump, above 0 and up to 1")
    return LasingFilm(pixel, law, pixel.amplification.numbers_alone, contacted, absorptance, pump_side)
