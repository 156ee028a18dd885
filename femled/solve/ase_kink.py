"""The threshold that an input-output curve shows: half-way narrowing of the spectrum, and a hinge beside it."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize_scalar

from femled.errors import InputError
from femled.solve.light_rates import Array

NARROWING = 0.4
"""By which share the line must narrow in the scanned range to be called amplified spontaneous emission."""
WINDOW = (0.3, 2.0)
"""Of the threshold: fluences between which a hinge is fitted."""


@dataclass(frozen=True)
class Kink:
    """What an input-output curve shows.

    Args:
        fluence: [J/m2] at which the line is half-way between its widest at low fluence and its narrowest; nan if the
            line does not narrow enough.
        narrowing: [1] 1 - narrowest/widest in the range.
        hinge: [J/m2] where two straight lines meet, fitted to the signal in the window; nan without a threshold.
        hinge_range: [J/m2] lowest and highest hinge of the window with its upper end at 1.5, 2 and 3 times.
    """

    fluence: float
    narrowing: float
    hinge: float
    hinge_range: tuple[float, float]

    @property
    def verdict(self) -> str:
        """In words: "ASE" or "no ASE"."""
        return "no ASE" if np.isnan(self.fluence) else "ASE"

    def ratio_to(self, criterion: float) -> float:
        """[1] this threshold over that [J/m2] by net gain: 1 if both definitions agree."""
        return self.fluence / criterion


def kink(fluence: Array, signal: Array, width: Array) -> Kink:
    """The threshold of an input-output curve.

    Args:
        fluence: (fluences,), [J/m2], rising, at least 12; 40 in equal ratios are enough for 1 %.
        signal: (fluences,), any unit, all the light.
        width: (fluences,), any unit, full width at half maximum of its spectrum.

    Raises:
        InputError: fewer fluences, or not rising.
    """
    F = np.asarray(fluence, dtype=np.float64)
    if len(F) < 12 or np.any(np.diff(F) <= 0) or F[0] <= 0:
        raise InputError(f"{len(F)} fluences: at least 12 are needed, rising from above 0 J/m2")
    least = int(np.argmin(width))
    narrowing = float(1 - width[least] / width[0])
    if narrowing < NARROWING:
        return Kink(np.nan, narrowing, np.nan, (np.nan, np.nan))
    half = (width[0] + width[least]) / 2
    after = int(np.argmax(width <= half))  # the first that is narrower, at least 1
    span = slice(max(after - 3, 0), after + 3)
    falling = np.minimum.accumulate(width[span]) - 1e-9 * half * np.arange(len(width[span]))
    found = float(np.exp(PchipInterpolator(falling[::-1], np.log(F[span])[::-1])(half)))
    hinges = [_hinge(F, signal, WINDOW[0] * found, end * found) for end in (1.5, WINDOW[1], 3.0)]
    known = [one for one in hinges if not np.isnan(one)]
    return Kink(found, narrowing, hinges[1], (min(known), max(known)) if known else (np.nan, np.nan))


def _hinge(fluence: Array, signal: Array, low: float, high: float) -> float:
    """Where a + b F + c max(F - F_k, 0) bends, by least squares; nan with fewer than 6 fluences in the window."""
    inside = (fluence >= low) & (fluence <= high)
    F, y = fluence[inside], np.asarray(signal, dtype=np.float64)[inside]
    if len(F) < 6:
        return float("nan")

    def misfit(bend: float) -> float:
        columns = np.stack([np.ones_like(F), F / F[-1], np.maximum(F - bend, 0) / F[-1]], axis=1)
        best = np.linalg.lstsq(columns, y / y[-1], rcond=None)[0]
        return float(np.sum((columns @ best - y / y[-1]) ** 2))

    trials = np.linspace(F[1], F[-2], 60)
    best = int(np.argmin([misfit(one) for one in trials]))
    ends = trials[max(best - 1, 0)], trials[min(best + 1, len(trials) - 1)]
    return float(minimize_scalar(misfit, bounds=ends, method="bounded").x)
