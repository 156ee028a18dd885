"""Gain and emission of a material over carrier temperature and density, once computed and then looked up."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.optics.gain import BOLTZMANN_EV, FreeCarrierGain, Inversion
from femled.optics.grid_spline import GridSpline
from femled.optics.peak import log_peak
from femled.optics.waves import Real

PROMISED = 2e-4
"""Relative error of the rate, and of the peak gain where that is more than 1/cm, between the points of a table."""
_COLD_STEP = 15.0
"""[K] between temperatures of the lattice, or 0.15 times the lowest: the promise holds between them too."""
_DENSITY_STEP = {"gaussian": 0.1, "urbach": 0.04}
"""Of ln n. Amplified light has a third derivative that jumps where the peak of gain passes an edge with a kink."""


@dataclass(frozen=True)
class TableAxes:
    """Where a table has its points: evenly in ln T_e and in ln n - 3/2 ln T_e, along which gain varies little.

    Args:
        hottest: [K] carrier temperature at which the table ends; it begins at that of the coldest lattice.
        density: [1/m3] the lowest and the highest.
        temperatures: number of carrier temperatures.
        densities: number of densities.
        warmest: [K] of the lattice, at which the table ends; None: it has one temperature of the lattice.
        lattices: number of temperatures of the lattice, in even steps.
    """

    hottest: float
    density: tuple[float, float] = (1e20, 2e26)
    temperatures: int = 9
    densities: int = 180
    warmest: float | None = None
    lattices: int = 1

    def __post_init__(self) -> None:
        low, high = self.density
        if not 0 < low < high < 1e28:
            raise InputError(f"density {low:g} .. {high:g} 1/m3 is no range inside 0 .. 1e28 1/m3")
        if self.temperatures < 4 or self.densities < 4:
            raise InputError(
                f"{self.temperatures} temperatures and {self.densities} densities: cubic splines need 4 of each"
            )
        if (self.warmest is None) != (self.lattices == 1) or self.lattices < 1:
            raise InputError(f"{self.lattices} temperatures of the lattice up to warmest {self.warmest}: give both")


@dataclass(frozen=True)
class Place:
    """Where densities and temperatures lie on the axes of a table.

    Args:
        shape: of what was given.
        lattice: (places,), [K].
        row: (places,), ln T_e.
        column: (places,), ln n - 3/2 ln(T_e/T).
        dilution: (places,), [1] density over the lowest of the table, at most 1.
    """

    shape: tuple[int, ...]
    lattice: Real
    row: Real
    column: Real
    dilution: Real

    @property
    def axes(self) -> tuple[Real, Real, Real]:
        """Lattice temperature, row and column."""
        return self.lattice, self.row, self.column


@dataclass(frozen=True)
class GainTable:
    """Splines of ln g_peak, ln R_sp and both quasi-Fermi levels over T_e and n, at one or several lattice temperatures.

    Between lattice temperatures stand polynomials, so that at each of them the table is as if there were no other.
    Below the lowest density the material is dilute: R_sp ~ n^2, and there is no gain to speak of.

    Args:
        gain: the material.
        temperature: [K] of the lattice, the lowest if there are several.
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
        if not self.temperature <= self.warmest < self.axes.hottest:
            raise InputError(
                f"warmest {self.warmest:g} K of the lattice must lie between {self.temperature:g} K and the hottest "
                f"carriers, {self.axes.hottest:g} K"
            )

    @property
    def warmest(self) -> float:
        """[K] of the lattice, up to which the table goes."""
        return self.temperature if self.axes.warmest is None else self.axes.warmest

    @cached_property
    def lattice_temperatures(self) -> Real:
        """(lattices,), [K]."""
        return np.linspace(self.temperature, self.warmest, self.axes.lattices)

    @cached_property
    def carrier_temperatures(self) -> Real:
        """(temperatures,), [K]."""
        return np.geomspace(self.temperature, self.axes.hottest, self.axes.temperatures)

    @cached_property
    def _places(self) -> Real:
        """(densities,), ln n - 3/2 ln(T_e/T)."""
        low, high = np.log(self.axes.density)
        return np.linspace(low - 1.5 * np.log(self.axes.hottest / self.temperature), high, self.axes.densities)

    @cached_property
    def states(self) -> tuple[tuple[Inversion, ...], ...]:
        """The material at each lattice temperature and each carrier temperature, with all densities."""
        return tuple(
            tuple(
                self.gain.at(
                    temperature=float(cold),
                    electron_density=np.exp(self._places + 1.5 * np.log(hot / self.temperature)),
                    carrier_temperature=float(hot),
                )
                for hot in self.carrier_temperatures
            )
            for cold in self.lattice_temperatures
        )

    def spline(self, quantities: Callable[[Inversion], Sequence[Real]]) -> GridSpline:
        """Splines of quantities of a state, each (densities,), on the axes of the table."""
        values = np.array([[quantities(state) for state in row] for row in self.states])
        axes = self.lattice_temperatures, np.log(self.carrier_temperatures), self._places
        return GridSpline.through(*axes, values.transpose(2, 0, 1, 3))

    @cached_property
    def _peak(self) -> GridSpline:
        return self.spline(lambda state: (state.log_peak()[1],))

    @cached_property
    def _rate(self) -> GridSpline:
        return self.spline(lambda state: (np.log(state.radiative_rate()),))

    @cached_property
    def _levels(self) -> GridSpline:
        return self.spline(
            lambda state: (state.electron_level / state.thermal_energy, state.hole_level / state.thermal_energy)
        )

    def at(self, density: ArrayLike, carrier_temperature: ArrayLike, lattice: ArrayLike | None = None) -> Place:
        """The place on the axes of the table; densities below the lowest stand at the lowest.

        Args:
            density: [1/m3]; shapes of all arguments broadcast.
            carrier_temperature: [K].
            lattice: [K] temperature; the lowest if not given.

        Raises:
            InputError: a density or temperature beyond the table.
        """
        given = density, carrier_temperature, self.temperature if lattice is None else lattice
        n, hot, cold = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in given))
        if not n.max() <= self.axes.density[1] * (1 + 1e-12):
            raise InputError(
                f"density {n.max():.4g} 1/m3 is beyond the table, which ends at {self.axes.density[1]:.4g} 1/m3"
            )
        if not (cold.min() >= self.temperature * (1 - 1e-12) and cold.max() <= self.warmest * (1 + 1e-12)):
            raise InputError(
                f"lattice temperature {cold.min():.4g} .. {cold.max():.4g} K is outside the table, "
                f"{self.temperature:g} .. {self.warmest:g} K"
            )
        if not (hot.min() >= self.temperature * (1 - 1e-12) and hot.max() <= self.axes.hottest * (1 + 1e-12)):
            raise InputError(
                f"carrier temperature {hot.min():.4g} .. {hot.max():.4g} K is outside the table, "
                f"{self.temperature:g} .. {self.axes.hottest:g} K: a longer table, or a shorter cooling time"
            )
        return self.place(n.shape, n.ravel(), hot.ravel(), cold.ravel())

    def place(self, shape: tuple[int, ...], density: Real, carrier_temperature: Real, lattice: Real) -> Place:
        """The place of arrays (places,) that are known to lie in the table but for densities below it."""
        low = self.axes.density[0]
        log_hot = np.log(carrier_temperature)
        column = np.log(np.maximum(density, low)) - 1.5 * (log_hot - self._log_temperature)
        return Place(shape, lattice, log_hot, column, np.minimum(density / low, 1.0))

    @cached_property
    def _log_temperature(self) -> float:
        return math.log(self.temperature)

    def peak_gain(self, density: ArrayLike, carrier_temperature: ArrayLike, lattice: ArrayLike | None = None) -> Real:
        """Largest gain of the material over photon energy.

        Args:
            density: [1/m3] of electrons and of holes; shapes of all arguments broadcast.
            carrier_temperature: [K].
            lattice: [K] temperature; the lowest if not given.

        Returns:
            their shape, [1/m].
        """
        place = self.at(density, carrier_temperature, lattice)
        found = self._peak_of_levels(place) if self.gain.law.edge == "urbach" else self._peak(*place.axes)[0][0]
        return np.asarray(np.exp(found).reshape(place.shape))

    def _peak_of_levels(self, place: Place) -> Real:
        """(places,), ln g anew, where an edge with a kink keeps splines from following the peak across it."""
        law, kT = self.gain.law, BOLTZMANN_EV * np.exp(place.row)
        electrons, holes = self._levels(*place.axes)[0] * kT
        found = log_peak(law, (electrons, holes), kT, law.edge_width(place.lattice))[1]
        return np.asarray(np.log(self.gain.strength) + found)

    def radiative_rate(
        self, density: ArrayLike, carrier_temperature: ArrayLike, lattice: ArrayLike | None = None
    ) -> tuple[Real, Real]:
        """Spontaneous emission and how steeply it rises.

        Args:
            density: [1/m3] of electrons and of holes; shapes of all arguments broadcast.
            carrier_temperature: [K].
            lattice: [K] temperature; the lowest if not given.

        Returns:
            their shape, [1/(m3 s)] R_sp; the same, [1/s] its slope over density.
        """
        place = self.at(density, carrier_temperature, lattice)
        rate, slope, _ = self.emission(place, np.broadcast_to(density, place.shape).ravel())
        return rate.reshape(place.shape), slope.reshape(place.shape)

    def emission(self, place: Place, density: Real) -> tuple[Real, Real, Real]:
        """Spontaneous emission and its slopes.

        Args:
            place: on the axes of the table.
            density: (places,), [1/m3] once more.

        Returns:
            (places,) [1/(m3 s)] R_sp; (places,) [1/s] slope over density; (places,) [1/(m3 s)] slope over ln T_e.
        """
        value, hotter, denser = self._rate(*place.axes, slopes=True)
        rate = np.exp(value[0]) * place.dilution**2
        slope = np.where(place.dilution < 1, 2.0, denser[0]) * rate / density
        return rate, slope, rate * (hotter[0] - 1.5 * denser[0])

    def levels(
        self, density: ArrayLike, carrier_temperature: ArrayLike, lattice: ArrayLike | None = None
    ) -> tuple[Real, Real]:
        """[eV] quasi-Fermi levels of electrons and holes; shapes of the arguments broadcast."""
        place = self.at(density, carrier_temperature, lattice)
        electrons, holes = self._levels(*place.axes)[0] * (BOLTZMANN_EV * np.exp(place.row))
        return electrons.reshape(place.shape), holes.reshape(place.shape)


def gain_table(
    gain: FreeCarrierGain,
    *,
    temperature: float,
    hottest: float | None = None,
    warmest: float | None = None,
    density: tuple[float, float] = (1e20, 2e26),
) -> GainTable:
    """A table of a material at one temperature of its lattice, or at several.

    Args:
        gain: the material.
        temperature: [K] of the lattice, the lowest.
        hottest: [K] carrier temperature at which the table ends; 300 K above the lattice if not given.
        warmest: [K] of the lattice, at which the table ends; that of `temperature` if not given.
        density: [1/m3] the lowest and the highest.

    Raises:
        InputError: an empty range; an Urbach energy of the warmest lattice not below kT of the coldest carriers.
    """
    end = (temperature if warmest is None else warmest) + 300.0 if hottest is None else hottest
    span = max(np.log(end / temperature), 0.0)
    points = max(6, int(np.ceil(8 * span)) + 3)
    count = max(8, int(np.ceil((np.log(density[1] / density[0]) + 1.5 * span) / _DENSITY_STEP[gain.law.edge])))
    if warmest is None or warmest == temperature:
        return GainTable(gain, temperature, TableAxes(end, density, points, count))
    lattices = max(4, int(np.ceil((warmest - temperature) / max(_COLD_STEP, 0.15 * temperature))) + 1)
    return GainTable(gain, temperature, TableAxes(end, density, points, count, warmest, lattices))
