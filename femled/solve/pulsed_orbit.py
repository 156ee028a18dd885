"""Carriers that flashes come back to again and again: the state from which one period leads to itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.solve.deep_level import DEEP, FREE, DeepLevel, march

Array = NDArray[np.float64]

_ROUNDS, _CLOSE, _PROBE, _RTOL = 40, 1e-8, 1e-4, 1e-7


@dataclass(frozen=True)
class Orbit:
    """A batch under flashes of one repetition rate.

    Args:
        law: of the batch, with its constant light.
        density: (columns,), [1/m3] n just before a flash.
        deep: (columns,), [1/m3] n_d then.
        rates: (channels, columns), [1/(m3 s)] means over a period.
        gap: [1] largest change over a period, over what there is.
    """

    law: DeepLevel
    density: Array
    deep: Array
    rates: Array
    gap: float


def pulsed_orbit(law: DeepLevel, *, flash: float, period: float) -> Orbit:
    """The periodic state, by Newton's method on the map of one period; without flashes, the steady state.

    Args:
        law: of the batch.
        flash: [1/m3] made by each flash; 0 is constant light only.
        period: [s].

    Raises:
        InputError: nothing empties the deep level, so that there is no such state.
        ConvergenceError: none was found.
    """
    mean = law.generation + flash / period
    n, deep = law.steady(mean)
    if flash == 0:
        return Orbit(law, n, deep, law.rates(n, deep), 0.0)
    columns = len(n)
    low = law.steady(law.generation)[0]
    state = np.array([np.minimum(n, low + flash), deep])
    thrice = law.at(np.tile(np.arange(columns), 3))
    for _ in range(_ROUNDS):
        probe = _PROBE * (state + flash)
        trials = np.repeat(state[:, None, :], 3, axis=1)  # (2, 3, columns): as it is, more n, more n_d
        trials[0, 1] += probe[0]
        trials[1, 2] += probe[1]
        free, held = trials.reshape(2, -1)
        course = march(thrice, start=free + flash, deep=held, times=np.array([0.0, period]), rtol=_RTOL)
        ends = np.array([course.density[-1], course.deep[-1]]).reshape(2, 3, columns)
        off = ends[:, 0] - state
        gap = float(np.max(np.abs(off).sum(axis=0) / (state.sum(axis=0) + flash)))
        if gap <= _CLOSE:
            return Orbit(law, state[0], state[1], course.gone[-1][:, :columns] / period, gap)
        slope = (ends[:, 1:] - ends[:, :1]) / probe[None]  # (2 of the end, 2 of the start, columns)
        system = np.eye(2)[:, :, None] - slope
        step = np.linalg.solve(np.moveaxis(system, -1, 0), off.T[..., None])[..., 0].T
        state = np.maximum(state + step, 0.1 * state)
    raise ConvergenceError(
        time=None,
        step=period,
        block="pulsed carriers",
        reason=f"a period still changes them by {gap:.1g}",
        advice="a faster relaxation of the deep level, or a longer period",
    )


def drift(orbit: Orbit, flash: float, period: float) -> float:
    """[1] largest share of what the flashes and the light make that the mean rates do not take away again."""
    made = orbit.law.generation + flash / period
    free = made + np.einsum("c,cm->m", FREE, orbit.rates)
    deep = np.einsum("c,cm->m", DEEP, orbit.rates)
    return float(np.max(np.maximum(np.abs(free), np.abs(deep)) / made))
