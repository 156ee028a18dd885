"""The spectrum that a material emits."""

import math
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Wavelength
from femled.materials.emission_law import EmissionLaw
from femled.materials.property import Status

Array = NDArray[np.float64]

ENERGY_WAVELENGTH = PLANCK * SPEED_OF_LIGHT / ELEMENTARY_CHARGE
"""[eV m] photon energy times wavelength."""


class EmissionSpectrum(FrozenModel):
    """Photons per wavelength, a Gaussian: exp(-4 ln 2 (wavelength - peak)^2/width^2).

    At other temperatures it is a Gaussian again, whose peak and half points follow the law in energy:

        h c/peak(T) = h c/peak + shift(T),   h c/(peak - width/2) - h c/(peak + width/2) = W(T)

    Args:
        peak: [m] wavelength.
        width: [m] full width at half maximum.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know.
        law: how peak and width change with temperature, where it is known.
    """

    peak: Wavelength
    width: Annotated[float, Quantity("m", 1e-10, 5e-7)]
    source: str
    status: Status
    note: str = ""
    law: EmissionLaw | None = None

    @model_validator(mode="after")
    def _a_line_at_every_temperature(self) -> Self:
        if self.law is not None:
            ends = np.array(self.law.valid)
            widths = self.width_ev + self.law.broadening(ends)
            energies = self.peak_energy_ev + self.law.shift(ends)
            if widths.min() <= 0 or energies.min() <= 0:
                raise InputError(
                    f"width {self.width:.4g} m is less than the law makes of it on cooling to {ends[0]:g} K: "
                    "raise the lower end of valid, or check optical_coupling and slope"
                )
        return self

    @property
    def peak_energy_ev(self) -> float:
        """[eV] of a photon at the peak."""
        return ENERGY_WAVELENGTH / self.peak

    @property
    def width_ev(self) -> float:
        """[eV] between the photons at the two half points."""
        return float(_width_in_energy(self.peak, self.width))

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Bib key and status of the spectrum and of its law."""
        own: list[tuple[str, str]] = [(self.source, self.status)]
        if self.law is not None:
            own += [(part.source, part.status) for part in (self.law.peak, self.law.width)]
        return tuple(dict.fromkeys(own))

    def at(self, wavelength: ArrayLike) -> NDArray[np.float64]:
        """Photons per wavelength over those at the peak, for wavelengths [m] of any shape."""
        distance = (np.asarray(wavelength, dtype=np.float64) - self.peak) / self.width
        return np.asarray(np.exp(-4 * math.log(2) * distance**2))

    def sampled(self, count: int) -> NDArray[np.float64]:
        """(count,), [m] wavelengths over 2.5 widths round the peak, which hold 99.7 % of the photons."""
        return np.linspace(-1.25, 1.25, count) * self.width + self.peak if count > 1 else np.array([self.peak])

    def peak_and_width(self, temperature: ArrayLike) -> tuple[Array, Array]:
        """[m] wavelength of the peak and full width at half maximum at temperatures [K] of any shape.

        At the reference temperature they are those of the spectrum, to the last digit.

        Raises:
            InputError: outside the range of the law, or no law.
        """
        if self.law is None:
            raise InputError("the emission spectrum has no temperature law: its card, or the user, gives none")
        shift, broadening = self.law.shift(temperature), self.law.broadening(temperature)
        moved = np.where(shift == 0, self.peak, ENERGY_WAVELENGTH / (self.peak_energy_ev + shift))
        widened = _width_in_wavelength(moved, self.width_ev + broadening)
        return moved, np.where((shift == 0) & (broadening == 0), self.width, widened)

    def at_temperature(self, temperature: float) -> Self:
        """The spectrum at a temperature [K]; itself at the reference temperature.

        Raises:
            InputError: outside the range of the law, or no law.
        """
        peak, width = self.peak_and_width(temperature)
        if float(peak) == self.peak and float(width) == self.width:
            return self
        return self.replace(peak=float(peak), width=float(width), law=None)

    def line(self, wavelength: Array, temperature: ArrayLike) -> Array:
        """Photons per wavelength, of one photon in all.

        Args:
            wavelength: (wavelengths,), [m].
            temperature: any shape, [K].

        Returns:
            (*temperature, wavelengths), [1/m].

        Raises:
            InputError: outside the range of the law, or no law.
        """
        peak, width = (part[..., None] for part in self.peak_and_width(temperature))
        height = math.sqrt(4 * math.log(2) / math.pi) / width
        return np.asarray(height * np.exp(-4 * math.log(2) * ((wavelength - peak) / width) ** 2))


def _width_in_energy(peak: ArrayLike, width: ArrayLike) -> Array:
    """[eV] h c/(peak - width/2) - h c/(peak + width/2) = h c width/(peak^2 - width^2/4), for both in [m]."""
    centre, whole = np.asarray(peak), np.asarray(width)
    return np.asarray(ENERGY_WAVELENGTH * whole / (centre**2 - whole**2 / 4))


def _width_in_wavelength(peak: Array, width_ev: Array) -> Array:
    """[m] the inverse of `_width_in_energy`, the positive root of W width^2/4 + h c width - W peak^2 = 0."""
    root = np.sqrt(ENERGY_WAVELENGTH**2 + (width_ev * peak) ** 2)
    return np.asarray(2 * width_ev * peak**2 / (ENERGY_WAVELENGTH + root))
