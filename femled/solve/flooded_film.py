"""Carriers of a film of constant coefficients under a pulse of light, many films and fluences at once.

    dn/dt = G(t) - k_1 n - (k_2r + k_2nonr) n^2 - k_3 n^3                            (li2023, eq. 1)

Light that is amplified takes no carriers here: densities hold up to the threshold.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.errors import ConvergenceError, InputError
from femled.solve.pump_pulse import PumpPulse

Array = NDArray[np.float64]

LOSSES = ("monomolecular", "radiative", "nonradiative", "auger")
"""Ways in which carriers go."""

_G = 0.435866521508459
_STAGES = np.array(
    [
        [_G, 0.0, 0.0],
        [(1 - _G) / 2, _G, 0.0],
        [-(6 * _G**2 - 16 * _G + 1) / 4, (6 * _G**2 - 20 * _G + 5) / 4, _G],
    ]
)
"""L-stable, of order 3 in three stages; the last one is the new value (alexander1977)."""
_PLACES = _STAGES.sum(axis=1)

START = 1e15
"""[1/m3] before the pulse, which is nothing."""

_STEPS, _TAIL = 100, 120
"""Of the pulse, and of the decay after it."""
_TOLERANCE, _ITERATIONS = 1e-12, 60
_SEARCHES = 12


@dataclass(frozen=True)
class FilmRates:
    """Coefficients of recombination, of films (columns,) or of one.

    Args:
        monomolecular_rate: [1/s] k_1.
        radiative_coefficient: [m3/s] k_2r.
        nonradiative_coefficient: [m3/s] k_2nonr.
        auger_coefficient: [m6/s] k_3.
    """

    monomolecular_rate: Array
    radiative_coefficient: Array
    nonradiative_coefficient: Array
    auger_coefficient: Array

    @classmethod
    def of(
        cls,
        *,
        monomolecular_rate: ArrayLike,
        radiative_coefficient: ArrayLike,
        nonradiative_coefficient: ArrayLike = 0.0,
        auger_coefficient: ArrayLike = 0.0,
    ) -> "FilmRates":
        """The same from numbers and arrays whose shapes broadcast.

        Raises:
            InputError: a negative coefficient.
        """
        given = (monomolecular_rate, radiative_coefficient, nonradiative_coefficient, auger_coefficient)
        arrays = [np.asarray(one, dtype=np.float64) for one in given]
        for name, one in zip(LOSSES, arrays, strict=True):
            if one.size and one.min() < 0:
                raise InputError(f"{name} coefficient {one.min():g} is negative: nothing recombines backwards")
        return cls(*np.broadcast_arrays(*arrays))

    @property
    def second_order(self) -> Array:
        """[m3/s] k_2r + k_2nonr."""
        return self.radiative_coefficient + self.nonradiative_coefficient

    @property
    def radiative_share(self) -> Array:
        """[1] k_2r/(k_2r + k_2nonr), the yield at densities where second order decides."""
        return self.radiative_coefficient / self.second_order

    def losses(self, density: Array) -> Array:
        """(4, ...) [1/(m3 s)] by `LOSSES`, at densities [1/m3] whose last axis is that of the films."""
        n = density
        rows = (
            self.monomolecular_rate * n,
            self.radiative_coefficient * n**2,
            self.nonradiative_coefficient * n**2,
            self.auger_coefficient * n**3,
        )
        return np.array(rows)

    def slope(self, density: Array) -> Array:
        """[1/s] of the sum of the losses over density."""
        n = density
        return np.asarray(self.monomolecular_rate + 2 * self.second_order * n + 3 * self.auger_coefficient * n**2)

    def quantum_yield(self, density: ArrayLike) -> Array:
        """[1] share of the recombination that is radiative at a density.

        PLQY = k_2r n/(k_1 + (k_2r + k_2nonr) n + k_3 n^2)                           (li2023, eq. 2)

        Args:
            density: [1/m3], of a shape that broadcasts with the films.
        """
        lost = self.losses(np.asarray(density, dtype=np.float64))
        return np.asarray(lost[1] / lost.sum(axis=0))

    def repeated(self, times: int) -> "FilmRates":
        """All films, that many times over: columns of `flooded` for as many fluences."""
        return FilmRates(*(np.tile(np.atleast_1d(one), times) for one in vars(self).values()))


@dataclass(frozen=True)
class FloodedFilm:
    """What a pulse made of films.

    Args:
        time: (times,), [s].
        density: (times, columns), [1/m3].
        made: (columns,), [1/m3] pairs by the end, of the light itself and not of the steps.
        gone: (4, columns), [1/m3] by the end, by `LOSSES`.
    """

    time: Array
    density: Array
    made: Array
    gone: Array

    @property
    def peak_density(self) -> Array:
        """(columns,), [1/m3] largest in time, by a parabola through the largest and its neighbours."""
        column = np.arange(self.density.shape[1])
        top = self.density.argmax(axis=0)
        best = np.clip(top, 1, len(self.time) - 2)
        before, at, after = (self.density[best + side, column] for side in (-1, 0, 1))
        bend = before - 2 * at + after
        raised = np.divide((before - after) ** 2, -8 * bend, out=np.zeros_like(bend), where=bend < 0)
        return np.where(top == best, at + raised, self.density.max(axis=0))

    @property
    def quantum_yield(self) -> Array:
        """(columns,), [1] photons over all carriers that are gone."""
        return np.asarray(self.gone[1] / self.gone.sum(axis=0))

    @property
    def imbalance(self) -> float:
        """[1] largest of |made - gone - left| over what was made."""
        left = self.density[-1] - self.density[0]
        return float(np.max(np.abs(self.made - self.gone.sum(axis=0) - left) / self.made))


def flooded(
    rates: FilmRates, pulse: PumpPulse, *, fluence: ArrayLike, decay: float = 0.0, steps: int = _TAIL
) -> FloodedFilm:
    """Densities in films under a pulse.

    Args:
        rates: of the films.
        pulse: of light.
        fluence: (columns,) or one, [J/m2] > 0.
        decay: [s] that is followed after the pulse, in steps that grow.
        steps: of the decay.

    Raises:
        InputError: a fluence that is not above 0.
        ConvergenceError: a step whose density is not found.
    """
    F, *_ = np.broadcast_arrays(np.atleast_1d(np.asarray(fluence, dtype=np.float64)), rates.monomolecular_rate)
    if F.min() <= 0:
        raise InputError(f"fluence {F.min():g} J/m2 is not above 0")
    pairs, time = pulse.pairs(F), pulse.times(_STEPS)
    if decay > 0:
        time = np.append(time, time[-1] + np.geomspace(pulse.width / _STEPS, decay, steps))
    n = np.full(F.shape, START)
    gone = np.zeros((len(LOSSES), F.size))
    densities = [n]
    for before, after in pairwise(time):
        n, more = _step(rates, pulse, pairs, (float(before), float(after - before)), n)
        gone = gone + more
        densities.append(n)
    made = pairs * (pulse.passed(time[-1]) - pulse.passed(time[0]))
    return FloodedFilm(time, np.array(densities), made, gone)


def _step(rates: FilmRates, pulse: PumpPulse, pairs: Array, step: tuple[float, float], n: Array) -> tuple[Array, Array]:
    """Density after a step (start, length) [s], and what is gone in it."""
    begin, length = step
    lights: list[Array] = []
    losses: list[Array] = []
    value = n
    for row, place in zip(_STAGES, _PLACES, strict=True):
        known = n + length * sum(
            (a * (light - lost.sum(axis=0)) for a, light, lost in zip(row, lights, losses, strict=False)),
            np.zeros_like(n),
        )
        lights.append(pairs * pulse.rate(begin + place * length))
        value = _solved(rates, known + length * row[len(losses)] * lights[-1], length * row[len(losses)], value)
        losses.append(rates.losses(value))
    return value, length * np.tensordot(_STAGES[-1], np.array(losses), axes=1)


def _solved(rates: FilmRates, source: Array, weight: float, guess: Array) -> Array:
    """The n of n + weight loss(n) = source; a source that a stage left below nothing holds nothing."""
    source = np.maximum(source, 0.0)
    n = np.minimum(guess, source)
    for _ in range(_ITERATIONS):
        wrong = n + weight * rates.losses(n).sum(axis=0) - source
        if np.all(np.abs(wrong) <= _TOLERANCE * source):
            return n
        n = np.maximum(n - wrong / (1 + weight * rates.slope(n)), 0.0)
    raise ConvergenceError(
        time=0.0, step=weight, block="carriers", reason="no density balances a step", advice="give a smaller fluence"
    )


def threshold_fluence(rates: FilmRates, pulse: PumpPulse, *, density: ArrayLike) -> Array:
    """Fluence at which the largest density in time is that at threshold.

    Args:
        rates: of the films.
        pulse: of light.
        density: (columns,) or one, [1/m3] at threshold.

    Returns:
        (columns,), [J/m2].
    """
    n, *_ = np.broadcast_arrays(np.atleast_1d(np.asarray(density, dtype=np.float64)), rates.monomolecular_rate)
    per_fluence = float(pulse.pairs(1.0))
    low = np.log(n / per_fluence)  # all at once, nothing lost
    lost = rates.losses(n).sum(axis=0)
    high = low + np.log1p(4 * lost * pulse.width / n)
    wanted = np.log(n)

    def above(log_fluence: Array) -> Array:
        return np.asarray(np.log(flooded(rates, pulse, fluence=np.exp(log_fluence)).peak_density) - wanted)

    before, miss_before = low, above(low)
    now, miss = high, above(high)
    for _ in range(_SEARCHES):
        if np.all(np.abs(miss) < 1e-8):
            break
        slope = np.divide(miss - miss_before, now - before, out=np.full_like(now, 0.5), where=now != before)
        before, miss_before = now, miss
        now = now - miss / np.clip(slope, 0.2, 1.2)
        miss = above(now)
    return np.asarray(np.exp(now))
