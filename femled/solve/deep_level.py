"""Carriers that recombine, are trapped in a deep level and come back from it: many decays as one batch, balanced."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.errors import ConvergenceError, InputError
from femled.solve.tableau import DOUBT, STAGES

Array = NDArray[np.float64]

CHANNELS = ("trapped", "radiative", "auger", "detrapped", "relaxed")
"""Rates A n, B n^2, C n^3, D n_d, K_1 n_d."""

FREE = np.array([-1.0, -1.0, -1.0, 1.0, 0.0])
DEEP = np.array([1.0, 0.0, 0.0, -1.0, -1.0])
"""What one event of each channel adds to the free carriers and to those in the deep level."""

_DIAGONAL = STAGES[0, 0]
_ITERATIONS, _CLOSE, _SHORTEST = 80, 1e-12, 1e-14


@dataclass(frozen=True)
class DeepLevel:
    """Rates of a batch of films.

    dn/dt = G - A n - B n^2 - C n^3 + D n_d,   dn_d/dt = A n - D n_d - K_1 n_d           (wen_jia, eqs 3 to 5)

    Args:
        monomolecular: (columns,), [1/s] A.
        bimolecular: (columns,), [m3/s] B.
        auger: (columns,), [m6/s] C.
        detrapping: (columns,), [1/s] D = K sigma' n_ion.
        relaxation: (columns,), [1/s] K_1, from the deep level to the valence band.
        generation: (columns,), [1/(m3 s)] G, constant.
    """

    monomolecular: Array
    bimolecular: Array
    auger: Array
    detrapping: Array
    relaxation: Array
    generation: Array

    @classmethod
    def of(cls, columns: int, **rates: ArrayLike) -> Self:
        """A batch from numbers or arrays; what is not named is zero.

        Raises:
            InputError: a negative or infinite rate.
        """
        values = {}
        for one in fields(cls):
            value = np.asarray(rates.pop(one.name, 0.0), dtype=np.float64)
            if not np.all(np.isfinite(value)) or np.any(value < 0):
                raise InputError(f"{one.name} has to be finite and not negative")
            values[one.name] = np.array(np.broadcast_to(value, (columns,)))
        assert not rates, rates
        return cls(**values)

    def at(self, columns: NDArray[np.intp]) -> Self:
        """Some columns, which may be repeated."""
        return type(self)(**{one.name: getattr(self, one.name)[columns] for one in fields(self)})

    def rates(self, n: Array, deep: Array) -> Array:
        """(channels, columns), [1/(m3 s)] at densities [1/m3]."""
        return np.array(
            [
                self.monomolecular * n,
                self.bimolecular * n**2,
                self.auger * n**3,
                self.detrapping * deep,
                self.relaxation * deep,
            ]
        )

    def fastest(self, n: Array) -> float:
        """[1/s] of everything at densities of free carriers."""
        rate = self.monomolecular + 2 * self.bimolecular * n + 3 * self.auger * n**2 + self.detrapping + self.relaxation
        return float(rate.max())

    def steady(self, generation: Array) -> tuple[Array, Array]:
        """(columns,), [1/m3] of both densities under a constant generation [1/(m3 s)].

        Raises:
            InputError: nothing empties the deep level, so that it has no steady state.
        """
        leaving = self.detrapping + self.relaxation
        if np.any((leaving == 0) & (self.monomolecular > 0)):
            raise InputError(
                "relaxation: nothing empties the deep level, so there is no steady state: give a rate above 0"
            )
        filled = np.divide(self.monomolecular, leaving, out=np.zeros_like(leaving), where=leaving > 0)
        lost = filled * self.relaxation
        some = lost + self.bimolecular + self.auger > 0
        if not np.all(some | (generation == 0)):
            raise InputError("no recombination is left: there is no steady state under light")
        wanted = np.array(np.broadcast_to(generation, lost.shape), dtype=np.float64)
        tops = [np.full_like(wanted, np.inf)]
        for coefficient, power in ((lost, 1), (self.bimolecular, 2), (self.auger, 3)):
            share = np.divide(wanted, coefficient, out=np.full_like(wanted, np.inf), where=coefficient > 0)
            tops.append(share ** (1 / power))
        top = np.minimum.reduce(tops)
        lit = (wanted > 0) & np.isfinite(top)
        first = np.where(lit, lost, 1.0)  # in the dark, any equation whose root is 0
        n = _root(first, self.bimolecular, self.auger, np.where(lit, wanted, 0.0), np.where(lit, top, 1.0))
        return n, filled * n


def _root(first: Array, second: Array, third: Array, wanted: Array, guess: Array) -> Array:
    """Root x >= 0 of first x + second x^2 + third x^3 = wanted, column by column; 0 where wanted is not above 0.

    The left side is convex: from wherever it begins, Newton's method comes down to the root after one step.
    """
    x, above = guess, wanted > 0
    for _ in range(_ITERATIONS):
        steep = first + x * (2 * second + 3 * x * third)
        step = (x * (first + x * (second + x * third)) - wanted) / steep
        x = np.maximum(x - step, 0.0)
        if np.all((np.abs(step) <= _CLOSE * x) | ~above):
            break
    return np.where(above, x, 0.0)


@dataclass(frozen=True)
class Course:
    """Densities in time, and what every channel took until then.

    Args:
        law: of the batch.
        time: (times,), [s].
        density: (times, columns), [1/m3] n.
        deep: (times, columns), [1/m3] n_d.
        gone: (times, channels, columns), [1/m3] since the first time.
        steps: accepted time steps.
    """

    law: DeepLevel
    time: Array
    density: Array
    deep: Array
    gone: Array
    steps: int

    @property
    def imbalance(self) -> float:
        """[1] largest share of the carriers there were that is not accounted for, free or in the deep level."""
        made = self.law.generation * (self.time - self.time[0])[:, None]
        there = self.density[0] + self.deep[0] + made
        free = self.density[0] + made + np.einsum("c,tcm->tm", FREE, self.gone) - self.density
        deep = self.deep[0] + np.einsum("c,tcm->tm", DEEP, self.gone) - self.deep
        return float(np.max(np.maximum(np.abs(free), np.abs(deep)) / np.maximum(there, 1e-300)))


def march(law: DeepLevel, *, start: Array, deep: Array, times: Sequence[float] | Array, rtol: float = 1e-9) -> Course:
    """Both densities of a batch from a start on, by steps of fourth order that every column shares.

    Args:
        law: of the batch.
        start: (columns,), [1/m3] of free carriers at the first time.
        deep: (columns,), [1/m3] in the deep level then.
        times: (times,), [s] rising; all are hit.
        rtol: [1] error of a step, relative to the density and to 1e-15 of what there was at first.

    Raises:
        ConvergenceError: a step became too short.
        InputError: times that do not rise, or a negative density.
    """
    grid = np.asarray(times, dtype=np.float64)
    if len(grid) < 2 or np.any(np.diff(grid) <= 0):
        raise InputError("times have to rise, two at least")
    if np.min(start) < 0 or np.min(deep) < 0:
        raise InputError("densities must not be negative")
    state, gone = np.array([start, deep], dtype=np.float64), np.zeros((len(CHANNELS), len(start)))
    floor = 1e-15 * (state.sum(axis=0) + law.generation * (grid[-1] - grid[0])) + 1e-30
    states, sums, steps = [state], [gone], 0
    wanted = min(0.02 / max(law.fastest(state[0]), 1e-300), grid[-1] - grid[0])
    for before, after in pairwise(grid):
        time = float(before)
        while time < after:
            left = float(after) - time
            length = left if left <= 1.0001 * wanted else left / np.ceil(left / wanted)
            new, more, error = _step(law, length, state, floor)
            if error <= rtol:
                state, gone, time = new, gone + more, time + length if length < left else float(after)
                steps += 1
            elif length < _SHORTEST * max(float(after), length):
                raise ConvergenceError(
                    time=time,
                    step=length,
                    block="carriers",
                    reason=f"error {error:.2g} of a step",
                    advice="lower rates or densities: some rate is far beyond the window",
                )
            wanted = length * float(np.clip(0.9 * (rtol / max(error, 1e-300)) ** 0.25, 0.2, 4.0))
        states.append(state)
        sums.append(gone)
    kept = np.array(states)
    return Course(law, grid, kept[:, 0], kept[:, 1], np.array(sums), steps)


def _step(law: DeepLevel, length: float, state: Array, floor: Array) -> tuple[Array, Array, float]:
    """State after a step, what each channel took in it, and its error relative to the state.

    Each stage is a cubic in n alone, since the deep level follows from it in closed form.
    """
    weight = length * _DIAGONAL
    emptied = 1 + weight * (law.detrapping + law.relaxation)
    linear = 1 + weight * law.monomolecular * (1 + weight * law.relaxation) / emptied
    back = weight * law.detrapping / emptied
    changes: list[Array] = []
    channels: list[Array] = []
    for row in STAGES:
        known = state + length * sum((a * k for a, k in zip(row, changes, strict=False)), np.zeros_like(state))
        source = known[0] + weight * law.generation + back * known[1]
        n = _root(linear, weight * law.bimolecular, weight * law.auger, source, state[0])
        deep = (known[1] + weight * law.monomolecular * n) / emptied
        rates = law.rates(n, deep)
        channels.append(rates)
        changes.append(np.array([law.generation + FREE @ rates, DEEP @ rates]))
    more = length * np.einsum("s,scm->cm", STAGES[-1], np.array(channels))
    # the last stage once more, but as a sum, so that it balances to round-off
    new = state + np.array([length * law.generation + FREE @ more, DEEP @ more])
    doubt = length * np.einsum("s,sdm->dm", DOUBT, np.array(changes))
    size = np.maximum(np.abs(new), np.abs(state)) + floor
    error = float(np.max(np.abs(doubt) / size))
    if not np.isfinite(error) or np.any(new < -floor):
        error = np.inf
    return new, more, error
