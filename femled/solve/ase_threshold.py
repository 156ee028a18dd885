"""Thresholds of amplified spontaneous emission: by net gain, and by what the emitted light shows."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from femled.errors import InputError
from femled.optics.guided_light import Guide
from femled.solve.light_pulse import CarrierHistory, march
from femled.solve.light_rates import Array, LightRates
from femled.solve.pump_pulse import PumpPulse

_STEPS = 60
"""Of a pulse; the fourth-order march is then right to 1e-5."""
_COARSE, _FINE = 17, 9
"""Fluences of the first search and of that inside its bracket."""


def largest_net_gain(run: CarrierHistory, guide: Guide) -> Array:
    """Net modal gain Gamma g - alpha at its maximum over photon energy and time, between the steps too.

    Args:
        run: of a batch.
        guide: the mode.

    Returns:
        (columns,), [1/m].
    """
    net = guide.net_gain(run.peak_gain)
    column = np.arange(net.shape[1])
    best = np.clip(net.argmax(axis=0), 1, len(net) - 2)
    before, at, after = (net[best + side, column] for side in (-1, 0, 1))
    bend = before - 2 * at + after
    raised = np.divide((before - after) ** 2, -8 * bend, out=np.zeros_like(bend), where=bend < 0)
    return np.where(net.argmax(axis=0) == best, at + raised, net.max(axis=0))


def threshold_fluence(
    rates: LightRates,
    pulse: PumpPulse,
    guide: Guide,
    *,
    amplification: float = 1.0,
    injection: ArrayLike = 0.0,
    start: ArrayLike | None = None,
    fluence: tuple[float, float] = (1e-4, 100.0),
) -> Array:
    """Fluence at which the largest net gain over energy and time is kappa/L: light of one pass gains e^kappa.

    Every injection is a column of its own; all of them and all trial fluences are marched as one batch.

    Args:
        rates: of the film.
        pulse: of light.
        guide: the mode.
        amplification: [1] kappa.
        injection: (columns,) or one, [1/(m3 s)] pairs from a current, constant in time.
        start: (columns,) or one, [1/m3] before the pulse; 1e21 1/m3 if not given, which is none.
        fluence: [J/m2] the range that is searched.

    Returns:
        (columns,), [J/m2]; inf above the range, 0 where even its lower end is above threshold.

    Raises:
        InputError: an empty range, or a kappa that is not positive.
    """
    if not 0 < fluence[0] < fluence[1] or amplification <= 0:
        raise InputError(
            f"fluence {fluence[0]:g} .. {fluence[1]:g} J/m2 must rise from above 0, and amplification "
            f"{amplification:g} be above 0"
        )
    wanted = amplification / guide.length
    injected, started = np.broadcast_arrays(
        np.atleast_1d(np.asarray(injection, float)), np.atleast_1d(1e21 if start is None else np.asarray(start, float))
    )
    columns = len(injected)
    low, high = np.full(columns, math.log(fluence[0])), np.full(columns, math.log(fluence[1]))
    below, above = np.zeros(columns, dtype=bool), np.zeros(columns, dtype=bool)
    found = np.full(columns, np.nan)
    for count in (_COARSE, _FINE):
        grid = low + np.linspace(0, 1, count)[:, None] * (high - low)
        run = march(
            rates,
            pulse,
            fluence=np.exp(grid).ravel(),
            injection=np.tile(injected, count),
            start=np.tile(started, count),
            times=pulse.times(_STEPS),
        )
        net = largest_net_gain(run, guide).reshape(grid.shape)
        for column in range(columns):
            over = np.flatnonzero(net[:, column] >= wanted)
            if count == _COARSE:
                above[column] = not over.size
                below[column] = over.size > 0 and over[0] == 0
            if above[column] or below[column]:
                continue
            first = max(int(over[0]), 1) if over.size else count - 1
            low[column], high[column] = grid[first - 1, column], grid[first, column]
            rising = slice(0, first + 2)
            gains = np.maximum.accumulate(net[rising, column]) + 1e-9 * wanted * np.arange(len(net[rising, column]))
            found[column] = float(PchipInterpolator(gains, grid[rising, column])(wanted))
    return np.where(above, np.inf, np.where(below, 0.0, np.exp(found)))
