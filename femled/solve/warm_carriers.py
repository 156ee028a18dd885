"""Carriers of a film whose temperature and injection change slowly: steady, or followed in time, at many places."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.errors import ConvergenceError
from femled.materials.gain_law import GainLaw
from femled.optics.warm_gain import DENSITIES, WarmGain

Array = NDArray[np.float64]

LEAST = 1e14
"""[1/m3] density below which nothing is asked: a film that is switched off."""

_GAMMA = 1 - np.sqrt(0.5)
"""Of the two-stage L-stable method of order 2."""
_ITERATIONS, _LARGEST_CHANGE, _TOLERANCE = 80, 1.5, 1e-11
_STEP, _MOST_STEPS = 1e-9, 8
"""[s] of the march, and how many of them go into one interval at most: longer ones are quasi-steady anyway."""


@dataclass(frozen=True)
class WarmCarriers:
    """dn/dt = G - A n - R_sp(n, T) - C(T) n^3: no light but that of the film itself, carriers as warm as the lattice.

    Args:
        law: of the material, for A and C.
        gain: its table.
        auger: whether C counts.
    """

    law: GainLaw
    gain: WarmGain
    auger: bool = True

    def losses(self, density: Array, temperature: Array) -> tuple[Array, Array, Array]:
        """[1/(m3 s)] A n, R_sp and C n^3, (3, ...); [1/(m3 s)] their sum; [1/s] its slope over density."""
        C = self.law.auger_coefficient(temperature) if self.auger else np.zeros(np.shape(temperature))
        A, n = self.law.monomolecular_rate, density
        radiative, slope = self.gain.radiative_rate(n, temperature)
        parts = np.array([A * n, radiative, C * n**3])
        return parts, parts.sum(axis=0), A + slope + 3 * C * n**2

    def steady(self, injection: ArrayLike, temperature: ArrayLike) -> Array:
        """[1/m3] n at which losses equal an injection [1/(m3 s)] at a temperature [K], of shapes that broadcast."""
        G, warm = (np.array(one, dtype=np.float64) for one in np.broadcast_arrays(injection, temperature))
        return self._solve(np.full(G.shape, 1e23), G, 0.0, warm)

    def threshold_density(self, gain: float, temperature: ArrayLike) -> Array:
        """[1/m3] n at which the peak gain is a value [1/m] at temperatures [K]; infinite where the table ends first."""
        warm = np.asarray(temperature, dtype=np.float64)
        low, high = np.full(warm.shape, np.log(DENSITIES[0])), np.full(warm.shape, np.log(DENSITIES[1]))
        beyond = self.gain.peak_gain(np.exp(high), warm) < gain
        for _ in range(46):
            middle = (low + high) / 2
            enough = self.gain.peak_gain(np.exp(middle), warm) >= gain
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.where(beyond, np.inf, np.exp((low + high) / 2))

    def march(self, times: Array, injection: Array, temperature: Array) -> Array:
        """Densities in time, from none on.

        Args:
            times: (times,), [s] rising.
            injection: (times, places), [1/(m3 s)], linear in between.
            temperature: (times, places), [K], the same.

        Returns:
            (times, places), [1/m3].

        Raises:
            ConvergenceError: a stage that is not solved.
        """
        n = np.full(np.shape(injection)[1:], LEAST)
        found = [n]
        for k, (before, after) in enumerate(pairwise(times)):
            count = int(np.clip(np.ceil((after - before) / _STEP), 1, _MOST_STEPS))
            step = float(after - before) / count
            for j in range(count):
                G, warm = (
                    [one[k] + (one[k + 1] - one[k]) * (j + place) / count for place in (_GAMMA, 1.0)]
                    for one in (injection, temperature)
                )
                first = self._solve(n, n + _GAMMA * step * G[0], _GAMMA * step, warm[0])
                change = (first - n) / (_GAMMA * step)
                n = self._solve(
                    first,
                    np.maximum(n + (1 - _GAMMA) * step * change, 0.0) + _GAMMA * step * G[1],
                    _GAMMA * step,
                    warm[1],
                )
            found.append(n)
        return np.array(found)

    def _solve(self, guess: Array, source: Array, weight: float, temperature: Array) -> Array:
        """Solve n + weight losses(n) = source, or losses(n) = source for weight 0, by Newton's method in ln n."""
        own, share = (1.0, weight) if weight else (0.0, 1.0)
        n = np.maximum(guess, LEAST)
        for _ in range(_ITERATIONS):
            _, total, slope = self.losses(n, temperature)
            wrong = own * n + share * total - source
            done = (np.abs(wrong) <= _TOLERANCE * (own * n + share * total)) | ((n <= LEAST) & (wrong >= 0))
            if np.all(done):
                return n
            change = np.clip(-wrong / (n * (own + share * slope)), -_LARGEST_CHANGE, _LARGEST_CHANGE)
            n = np.clip(n * np.exp(change), LEAST, DENSITIES[1])
        raise ConvergenceError(
            time=None,
            step=None,
            block="carriers",
            reason=f"no density below {DENSITIES[1]:g} 1/m3 balances what is injected",
            advice="drive less",
        )
