"""The ladder of step sizes between the corners of a drive, quantised so that few matrices have to be factored."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RUNG = 4
"""Ratio of neighbouring steps on the ladder."""

FINEST = 8
"""Rungs below the base step to which rejections may descend."""


@dataclass(frozen=True)
class Segment:
    """The time between two breakpoints in whole units of the finest rung; the drive is linear within.

    Args:
        start: [s].
        stop: [s].
        quantum: [s] base step, of which the segment is a multiple.
        ends: amplitudes just after the start and just before the stop.
    """

    start: float
    stop: float
    quantum: float
    ends: tuple[float, float]

    @property
    def unit(self) -> float:
        """[s] finest rung."""
        return self.quantum / float(RUNG**FINEST)

    @property
    def total(self) -> int:
        """Units from start to stop."""
        return round((self.stop - self.start) / self.unit)

    def time(self, position: int) -> float:
        """[s] after so many units; the stop exactly at the end."""
        return self.stop if position >= self.total else self.start + (self.stop - self.start) * (position / self.total)

    def amplitude(self, time: float) -> float:
        """The drive inside the segment."""
        return self.ends[0] + (self.ends[1] - self.ends[0]) * (time - self.start) / (self.stop - self.start)


def quanta(durations: Array, base_step: float) -> list[float]:
    """Base steps that divide every interval between breakpoints, with as few different values as possible.

    Args:
        durations: (n,), [s] between neighbouring breakpoints.
        base_step: [s] largest base step.

    Returns:
        one base step an interval.
    """

    def fitted(quantum: float) -> list[float]:
        return [d / max(round(d / quantum), 1) for d in durations]

    def distinct(values: list[float]) -> int:
        ordered = sorted(values)
        return 1 + sum(b > a * (1 + 1e-9) for a, b in pairwise(ordered))

    long = [d for d in durations if d >= base_step] or [float(max(durations))]
    shortest = min(long)
    fewest = math.ceil(shortest / base_step * (1 - 1e-9))
    candidates = [fitted(shortest / n) for n in range(fewest, fewest + min(fewest, 64) + 24)]
    best = min(candidates, key=lambda values: (distinct(values), -max(values)))
    smallest: dict[int, float] = {}
    for value in best:  # the same base step to the last digit, so that factorisations are shared
        smallest.setdefault(round(math.log(value) * 1e8), float(value))
    return [smallest[round(math.log(value) * 1e8)] for value in best]
