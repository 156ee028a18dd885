"""Gain and emission of a material over its temperature and density, carriers as warm as the lattice."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import RectBivariateSpline
from scipy.ndimage import map_coordinates, spline_filter

from femled.errors import InputError
from femled.optics.gain import BOLTZMANN_EV, FreeCarrierGain, Inversion
from femled.optics.peak import log_peak
from femled.optics.waves import Real

DENSITIES = (1e21, 3e25)
"""[1/m3] ends of the table; below, the material is dilute and has no gain to speak of."""

_DENSITY_STEP, _TEMPERATURE_STEP = 0.12, 0.06
"""Steps of the logarithms."""

_ENERGIES = np.arange(-0.14, 0.2405, 0.002)
"""[eV] above the gap at which spectra are kept: all light that a film with fewer than 2e25 1/m3 amplifies."""

_BEYOND = 3
"""Steps of temperature by which the table goes on at both ends."""


@dataclass(frozen=True)
class WarmGain:
    """Bicubic splines on (ln T, ln n), and spectra on (ln T, ln n, E - E_g).

    Peaks and spectra are right to 1e-4 (of the largest absorption), rates to 1e-6.

    Args:
        gain: the material.
        coldest: [K] at which the table begins.
        hottest: [K] at which it ends.
    """

    gain: FreeCarrierGain
    coldest: float
    hottest: float

    def __post_init__(self) -> None:
        if not 1 <= self.coldest < self.hottest <= 3000:
            raise InputError(f"temperatures {self.coldest:g} .. {self.hottest:g} K do not rise inside 1 .. 3000 K")

    @cached_property
    def temperatures(self) -> Real:
        """(temperatures,), [K] of the table, some beyond both ends, where splines are less exact."""
        count = int(np.log(self.hottest / self.coldest) / _TEMPERATURE_STEP) + 1
        step = np.log(self.hottest / self.coldest) / count
        return np.asarray(self.coldest * np.exp(step * np.arange(-_BEYOND, count + _BEYOND + 1)))

    @cached_property
    def densities(self) -> Real:
        """(densities,), [1/m3] of the table."""
        low, high = DENSITIES
        return np.geomspace(low, high, int(np.log(high / low) / _DENSITY_STEP) + 2)

    @cached_property
    def _states(self) -> tuple[Inversion, ...]:
        return tuple(
            self.gain.at(temperature=float(warm), electron_density=self.densities) for warm in self.temperatures
        )

    def _spline(self, values: list[Real]) -> RectBivariateSpline:
        return RectBivariateSpline(np.log(self.temperatures), np.log(self.densities), np.array(values), s=0)

    @cached_property
    def _peak(self) -> RectBivariateSpline:
        return self._spline([state.log_peak()[1] for state in self._states])

    @cached_property
    def _levels(self) -> tuple[RectBivariateSpline, RectBivariateSpline]:
        """Of electrons and holes, in kT."""
        return (
            self._spline([state.electron_level / state.thermal_energy for state in self._states]),
            self._spline([state.hole_level / state.thermal_energy for state in self._states]),
        )

    @cached_property
    def _rate(self) -> RectBivariateSpline:
        return self._spline([np.log(state.radiative_rate()) for state in self._states])

    @cached_property
    def _spectra(self) -> Real:
        """(temperatures, densities, energies) coefficients of cubic splines of the gain."""
        gains = np.array([state.above_gap(_ENERGIES)[0] for state in self._states])
        return np.asarray(spline_filter(gains, order=3, mode="nearest"))

    def _place(self, density: ArrayLike, temperature: ArrayLike) -> tuple[Real, Real]:
        n, warm = np.broadcast_arrays(np.asarray(density, float), np.asarray(temperature, float))
        low, high = DENSITIES
        if not np.all(n <= high * (1 + 1e-12)):
            raise InputError(f"density {n.max():.4g} 1/m3 is beyond the table of gain, which ends at {high:g} 1/m3")
        if not np.all((warm >= self.coldest * (1 - 1e-12)) & (warm <= self.hottest * (1 + 1e-12))):
            raise InputError(
                f"temperature {warm.min():.4g} .. {warm.max():.4g} K is outside the table of gain, "
                f"{self.coldest:g} .. {self.hottest:g} K"
            )
        return np.log(warm), np.log(np.maximum(n, low))

    def peak_gain(self, density: ArrayLike, temperature: ArrayLike) -> Real:
        """[1/m] largest gain over photon energy at densities [1/m3] and temperatures [K] of shapes that broadcast."""
        warm, place = self._place(density, temperature)
        if self.gain.law.edge == "urbach":
            return self._peak_of_levels(warm, place)
        return np.asarray(np.exp(self._peak.ev(warm, place)))

    def _peak_of_levels(self, warm: Real, place: Real) -> Real:
        """[1/m] anew, where an edge with a kink keeps splines from following the peak across it."""
        T = np.exp(warm)
        kT = BOLTZMANN_EV * T
        electrons, holes = (level.ev(warm, place) * kT for level in self._levels)
        width = self.gain.law.edge_width(T)
        found = log_peak(self.gain.law, (electrons.ravel(), holes.ravel()), kT.ravel(), width.ravel())[1]
        return np.asarray(self.gain.strength * np.exp(found).reshape(warm.shape))

    def radiative_rate(self, density: ArrayLike, temperature: ArrayLike) -> tuple[Real, Real]:
        """Spontaneous emission and how steeply it rises.

        Args:
            density: [1/m3]; shapes of both arguments broadcast.
            temperature: [K].

        Returns:
            their shape, [1/(m3 s)] R_sp; the same, [1/s] its slope over density.
        """
        n = np.asarray(density, dtype=np.float64)
        warm, place = self._place(n, temperature)
        dilution = np.minimum(n / DENSITIES[0], 1.0)
        rate = np.exp(self._rate.ev(warm, place)) * dilution**2
        power = np.where(dilution < 1, 2.0, self._rate.ev(warm, place, dy=1))
        return np.asarray(rate), np.asarray(power * rate / n)

    def spectrum(self, density: ArrayLike, temperature: ArrayLike, photon_energy: Real) -> Real:
        """Gain over photon energy.

        Args:
            density: [1/m3]; shapes of both arguments broadcast.
            temperature: [K].
            photon_energy: (energies,), [eV].

        Returns:
            their shape and (energies,) behind it, [1/m].
        """
        warm, place = self._place(density, temperature)
        above = photon_energy - self.gain.law.gap(np.exp(warm), np.exp(place))[..., None]
        across = [
            (value - axis[0]) / (axis[1] - axis[0])
            for value, axis in ((warm, np.log(self.temperatures)), (place, np.log(self.densities)))
        ]
        energy = (above - _ENERGIES[0]) / (_ENERGIES[1] - _ENERGIES[0])
        where = np.array([*(np.broadcast_to(one[..., None], energy.shape) for one in across), energy])
        return np.asarray(map_coordinates(self._spectra, where, order=3, mode="nearest", prefilter=False))
