"""Decays of carriers without a pump, thousands at once: one table of time over density holds them all."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from femled.errors import InputError
from femled.solve.light_rates import CHANNELS, Array, LightRates

_CELL = 0.01
"""Of ln n: the fourth power of it, over 384, is the error of a cubic through values and slopes."""
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True)
class Decays:
    """What remains of start densities after times.

    Args:
        density: (starts, times), [1/m3].
        gone: (channels, starts, times), [1/m3] lost by each of `CHANNELS`.
        start: (starts,), [1/m3].
    """

    density: Array
    gone: Array
    start: Array

    @property
    def imbalance(self) -> float:
        """[1] largest of |start - left - gone| over the start."""
        left = self.start[:, None] - self.density - self.gone.sum(axis=0)
        return float(np.max(np.abs(left) / self.start[:, None]))


@dataclass(frozen=True)
class DecayTable:
    """t(n) = integral of dn/loss(n) from the highest density down, and the same of every channel.

    A decay from any density is the same curve, entered later. Integrals over cells of ln n are Gauss-Legendre sums,
    between the points stand cubics with the exact slopes.

    Args:
        rates: of the film, whose carriers have the temperature that their own Auger heat gives them.
        density: [1/m3] at which the table ends and begins.
    """

    rates: LightRates
    density: tuple[float, float]

    def __post_init__(self) -> None:
        if not 0 < self.density[0] < self.density[1]:
            raise InputError(f"density {self.density[0]:g} .. {self.density[1]:g} 1/m3 is no range")

    def _losses(self, density: Array) -> Array:
        """(channels, densities), [1/(m3 s)]."""
        hot, beyond = self.rates.carrier_temperature(density, np.zeros_like(density), 0.0)
        if beyond.any():
            raise InputError(
                f"density {density[beyond].min():.4g} 1/m3 heats its carriers beyond the table of gain: "
                "lower densities, or a longer table"
            )
        return self.rates.losses(density, hot).rates[: len(CHANNELS)]

    @cached_property
    def _curves(self) -> tuple[CubicHermiteSpline, CubicHermiteSpline, CubicHermiteSpline]:
        """Time over u = -ln n, u over time, and the channels over u."""
        ends = np.log(self.density)
        count = int(np.ceil((ends[1] - ends[0]) / _CELL))
        u = np.linspace(ends[1], ends[0], count + 1)
        half = (u[0] - u[1]) / 2
        inner = (u[:-1, None] - half + half * _POINTS).ravel()
        density = np.exp(inner)
        channels = self._losses(density)
        total = channels.sum(axis=0)
        if total.min() <= 0:
            raise InputError("carriers do not decay: no recombination is left at some density")
        integrands = np.vstack([np.ones_like(total), channels]) * density / total
        cells = half * (integrands.reshape(len(CHANNELS) + 1, count, -1) @ _WEIGHTS)
        sums = np.concatenate([np.zeros((len(CHANNELS) + 1, 1)), np.cumsum(cells, axis=1)], axis=1)
        n = np.exp(u)
        at = self._losses(n)
        life = n / at.sum(axis=0)
        return (
            CubicHermiteSpline(-u, sums[0], life),
            CubicHermiteSpline(sums[0], -u, 1 / life),
            CubicHermiteSpline(-u, sums[1:], at * life, axis=1),
        )

    def decays(self, *, start: Array, times: Array) -> Decays:
        """Decays from densities.

        Args:
            start: (starts,), [1/m3].
            times: (times,), [s] after the start.

        Raises:
            InputError: a start outside the table, a negative time, or one after which the table has ended.
        """
        n, t = np.atleast_1d(np.asarray(start, float)), np.atleast_1d(np.asarray(times, float))
        if n.min() < self.density[0] or n.max() > self.density[1]:
            raise InputError(
                f"start {n.min():.4g} .. {n.max():.4g} 1/m3 is outside the table, "
                f"{self.density[0]:.4g} .. {self.density[1]:.4g} 1/m3"
            )
        if t.min() < 0:
            raise InputError(f"times {t.min():g} s: a decay is known after its start only")
        entered, place, gone = self._curves
        when = entered(-np.log(n))[:, None] + t
        if when.max() > place.x[-1]:
            raise InputError(
                f"times up to {t.max():.4g} s: less than {self.density[0]:.4g} 1/m3 is left by then: "
                "lower the end of density"
            )
        u = place(when)
        return Decays(np.exp(-u), gone(u) - gone(-np.log(n))[:, :, None], n)
