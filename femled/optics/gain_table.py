"""Gain and emission of a material over carrier temperature and density, once computed and then looked up."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import RectBivariateSpline

from femled.errors import InputError
from femled.optics.gain import FreeCarrierGain, Inversion
from femled.optics.waves import Real

PROMISED = 2e-4
"""Relative error of the rate, and of the peak gain where that is more than 1/cm, between the points of a table."""


@dataclass(frozen=True)
class TableAxes:
    """Where a table has its points: evenly in the logarithms of both.

    Args:
        hottest: [K] carrier temperature at which the table ends; it begins at that of the lattice.
        density: [1/m3] the lowest and the highest.
        temperatures: number of carrier temperatures.
        densities: number of densities.
    """

    hottest: float
    density: tuple[float, float] = (1e20, 2e26)
    temperatures: int = 9
    densities: int = 180

    def __post_init__(self) -> None:
        low, high = self.density
        if not 0 < low < high < 1e28:
            raise InputError(f"density {low:g} .. {high:g} 1/m3 is no range inside 0 .. 1e28 1/m3")
        if self.temperatures < 4 or self.densities < 4:
            raise InputError(
                f"{self.temperatures} temperatures and {self.densities} densities: cubic splines need 4 of each"
            )


@dataclass(frozen=True)
class GainTable:
    """Bicubic splines of ln g_peak, ln R_sp and both quasi-Fermi levels on (ln T_e, ln n) at one lattice temperature.

    Below the lowest density the material is dilute: R_sp ~ n^2, and there is no gain to speak of.

    Args:
        gain: the material.
        temperature: [K] of the lattice.
        axes: where the points are.
    """

    gain: FreeCarrierGain
    temperature: float
    axes: TableAxes

    def __post_init__(self) -> None:
        if self.axes.hottest <= self.temperature * 1.01:
            raise InputError(
                f"hottest {self.axes.hottest:g} K is not above the temperature of the lattice, {self.temperature:g} K"
            )

    @cached_property
    def carrier_temperatures(self) -> Real:
        """(temperatures,), [K]."""
        return np.geomspace(self.temperature, self.axes.hottest, self.axes.temperatures)

    @cached_property
    def densities(self) -> Real:
        """(densities,), [1/m3]."""
        return np.geomspace(*self.axes.density, self.axes.densities)

    @cached_property
    def states(self) -> tuple[Inversion, ...]:
        """The material at each carrier temperature, with all densities."""
        return tuple(
            self.gain.at(temperature=self.temperature, electron_density=self.densities, carrier_temperature=float(hot))
            for hot in self.carrier_temperatures
        )

    def spline(self, values: Real) -> RectBivariateSpline:
        """A spline through values (temperatures, densities) on the axes of the table."""
        return RectBivariateSpline(np.log(self.carrier_temperatures), np.log(self.densities), values, s=0)

    @cached_property
    def _peak(self) -> RectBivariateSpline:
        return self.spline(np.array([state.log_peak()[1] for state in self.states]))

    @cached_property
    def _rate(self) -> RectBivariateSpline:
        return self.spline(np.log([state.radiative_rate() for state in self.states]))

    @cached_property
    def _levels(self) -> tuple[RectBivariateSpline, RectBivariateSpline]:
        electrons = self.spline(np.array([state.electron_level for state in self.states]))
        return electrons, self.spline(np.array([state.hole_level for state in self.states]))

    def at(self, density: ArrayLike, carrier_temperature: ArrayLike) -> tuple[Real, Real]:
        """The place (ln T_e, ln n) on the axes; densities below the lowest stand at the lowest.

        Raises:
            InputError: a density or carrier temperature beyond the table.
        """
        n, hot = np.broadcast_arrays(np.asarray(density, float), np.asarray(carrier_temperature, float))
        low, high = self.axes.density
        if not np.all(n <= high * (1 + 1e-12)):
            raise InputError(f"density {n.max():.4g} 1/m3 is beyond the table, which ends at {high:.4g} 1/m3")
        if not np.all((hot >= self.temperature * (1 - 1e-12)) & (hot <= self.axes.hottest * (1 + 1e-12))):
            raise InputError(
                f"carrier temperature {hot.min():.4g} .. {hot.max():.4g} K is outside the table, "
                f"{self.temperature:g} .. {self.axes.hottest:g} K: a longer table, or a shorter cooling time"
            )
        return np.log(hot), np.log(np.maximum(n, low))

    def peak_gain(self, density: ArrayLike, carrier_temperature: ArrayLike) -> Real:
        """Largest gain of the material over photon energy.

        Args:
            density: [1/m3] of electrons and of holes; shapes of both arguments broadcast.
            carrier_temperature: [K].

        Returns:
            their shape, [1/m].
        """
        return np.asarray(np.exp(self._peak.ev(*self.at(density, carrier_temperature))))

    def radiative_rate(self, density: ArrayLike, carrier_temperature: ArrayLike) -> tuple[Real, Real]:
        """Spontaneous emission and how steeply it rises.

        Args:
            density: [1/m3] of electrons and of holes; shapes of both arguments broadcast.
            carrier_temperature: [K].

        Returns:
            their shape, [1/(m3 s)] R_sp; the same, [1/s] its slope over density.
        """
        n = np.asarray(density, dtype=np.float64)
        hot, place = self.at(n, carrier_temperature)
        dilution = np.minimum(n / self.axes.density[0], 1.0)
        rate = np.exp(self._rate.ev(hot, place)) * dilution**2
        power = np.where(dilution < 1, 2.0, self._rate.ev(hot, place, dy=1))
        return np.asarray(rate), np.asarray(power * rate / n)

    def levels(self, density: ArrayLike, carrier_temperature: ArrayLike) -> tuple[Real, Real]:
        """[eV] quasi-Fermi levels of electrons and holes; shapes of the arguments broadcast."""
        place = self.at(density, carrier_temperature)
        electrons, holes = self._levels
        return np.asarray(electrons.ev(*place)), np.asarray(holes.ev(*place))


def gain_table(
    gain: FreeCarrierGain,
    *,
    temperature: float,
    hottest: float | None = None,
    density: tuple[float, float] = (1e20, 2e26),
) -> GainTable:
    """A table of a material at one temperature of its lattice.

    Args:
        gain: the material.
        temperature: [K] of the lattice.
        hottest: [K] carrier temperature at which the table ends; 300 K above the lattice if not given.
        density: [1/m3] the lowest and the highest.

    Raises:
        InputError: an empty range.
    """
    end = temperature + 300.0 if hottest is None else hottest
    points = max(9, int(np.ceil(24 * np.log(end / temperature))) + 2)
    count = max(8, int(np.ceil(np.log(density[1] / density[0]) / 0.1)))
    return GainTable(gain, temperature, TableAxes(end, density, points, count))
