"""How the spectrum that a material emits moves and broadens with temperature."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials.property import Status
from femled.units import text_of

Array = NDArray[np.float64]

_BOLTZMANN_EV = BOLTZMANN / ELEMENTARY_CHARGE
_ROUNDING = 1e-9  # how far past the end of a range, relative, a temperature may lie


class PeakShift(FrozenModel):
    """A peak that moves in proportion to temperature: E(T) = E(T0) + slope (T - T0).

    Args:
        slope: [eV/K] positive where the gap opens on warming, as in lead halide perovskites (francisco2019).
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know.
    """

    slope: Annotated[float, Quantity("eV/K", -2e-3, 2e-3)]
    source: str
    status: Status
    note: str = ""


class LineBroadening(FrozenModel):
    """A line that phonons broaden: W(T) = W0 + acoustic_slope T + optical_coupling/(exp(phonon_energy/k T) - 1).

    That of wright2016, for the full width at half maximum. W0 is not stated: it is what remains of the width of the
    spectrum at its reference temperature.

    Args:
        optical_coupling: [eV] gamma_LO.
        phonon_energy: [eV] E_LO.
        acoustic_slope: [eV/K] gamma_ac.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know.
    """

    optical_coupling: Annotated[float, Quantity("eV", 0.0, 1.0)]
    phonon_energy: Annotated[float, Quantity("eV", 1e-4, 1.0)]
    acoustic_slope: Annotated[float, Quantity("eV/K", 0.0, 1e-3)] = 0.0
    source: str
    status: Status
    note: str = ""

    def thermal_width(self, temperature: Array) -> Array:
        """[eV] W(T) - W0, for temperatures [K] of any shape."""
        phonons = 1.0 / np.expm1(self.phonon_energy / (_BOLTZMANN_EV * temperature))
        return np.asarray(self.acoustic_slope * temperature + self.optical_coupling * phonons)


class EmissionLaw(FrozenModel):
    """Change of peak and width from their values at a reference temperature.

    Args:
        reference_temperature: [K] at which the spectrum is as it is stated.
        valid: [K] lowest and highest temperature of the law; outside it is refused.
        peak: of the photon energy of the peak.
        width: of the full width at half maximum.
    """

    reference_temperature: Temperature
    valid: tuple[Temperature, Temperature]
    peak: PeakShift
    width: LineBroadening

    @model_validator(mode="after")
    def _reference_inside(self) -> Self:
        low, high = self.valid
        if not low <= self.reference_temperature <= high or low >= high:
            raise InputError(
                f"reference_temperature {self.reference_temperature:g} K is not inside valid = {low:g} .. {high:g} K"
            )
        return self

    def shift(self, temperature: ArrayLike) -> Array:
        """[eV] by which the peak lies above that at the reference temperature.

        Args:
            temperature: any shape, [K].

        Raises:
            InputError: outside the range of the law.
        """
        return np.asarray(self.peak.slope * (self._inside(temperature) - self.reference_temperature))

    def broadening(self, temperature: ArrayLike) -> Array:
        """[eV] by which the line is wider than at the reference temperature.

        Args:
            temperature: any shape, [K].

        Raises:
            InputError: outside the range of the law.
        """
        reference = self.width.thermal_width(np.array(self.reference_temperature))
        return np.asarray(self.width.thermal_width(self._inside(temperature)) - reference)

    def _inside(self, temperature: ArrayLike) -> Array:
        given = np.asarray(temperature, dtype=np.float64)
        low, high = self.valid
        outside = ~((given >= low * (1 - _ROUNDING)) & (given <= high * (1 + _ROUNDING)))
        if np.any(outside):
            value = float(given[outside].ravel()[0])
            slip = " (kelvin is meant)" if low <= value + 273.15 <= high else ""
            raise InputError(
                f"temperature {text_of(value, 'K', 6)} is outside {text_of(low, 'K', 6)} .. {text_of(high, 'K', 6)}, "
                f"the range of the emission law from {self.peak.source} and {self.width.source}{slip}"
            )
        return given
