"""Fit of a decay of photoluminescence with the law of one well-mixed density, and how far A and B are told apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from femled.physics.yield_laws import abc_density

Array = NDArray[np.float64]

FLOOR = 0.03
"""Share of the peak down to which a decay is fitted."""

POINTS = 200
"""Times, evenly spaced, that a fit looks at."""

ALIKE = 0.995
"""Correlation of A and B beyond which they are not told apart."""

LEAST = 0.02
"""Share of A or of B n0 in the first rate below which it is not resolved."""


@dataclass(frozen=True)
class Decay:
    """What a fit found.

    Args:
        A: [1/s].
        B: [m3/s].
        A_error: [1/s] standard error.
        B_error: [m3/s].
        correlation: of ln A and ln B.
        residual: [1] root mean square of ln(fit/PL).
        density: [1/m3] n0.
    """

    A: float
    B: float
    A_error: float
    B_error: float
    correlation: float
    residual: float
    density: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on what the numbers cannot say."""
        share = self.A / (self.A + self.B * self.density)
        if min(share, 1 - share) < LEAST:
            name = "A" if share < 0.5 else "B n0"
            return (f"{name} makes up {min(share, 1 - share):.1e} of the first rate: it is not resolved",)
        if abs(self.correlation) > ALIKE:
            return (f"A and B are not told apart by this decay (correlation {self.correlation:.3f})",)
        return ()


def fit_abc(time: Array, light: Array, density: float) -> Decay:
    """A and B of a decay, PL(t)/PL(0) = (n(t)/n0)^2, in the logarithm and down to 3 % of its start.

    The rate B n is that of all bimolecular recombination. n0 has to be known: a decay fixes A and B n0 alone.

    Args:
        time: (n,), [s] rising from 0, the end of the pump.
        light: (n,), of any unit, without what is there before the pump.
        density: [1/m3] n0.
    """
    share = light / light[0]
    below = np.flatnonzero(share < FLOOR)
    last = len(share) if len(below) == 0 else int(below[0])
    at = np.linspace(0.0, time[last - 1], POINTS)
    measured = np.interp(at, time[:last], np.log(share[:last]))
    fall = max(-measured[-1] / (2 * at[-1]), 1e-30)

    def away(logs: Array) -> Array:
        A, first = np.exp(logs)
        return np.asarray(2 * np.log(abc_density(at, float(A), float(first), 1.0)) - measured)

    found = least_squares(away, np.log([fall / 2, fall]), x_scale=1.0, bounds=(np.log(fall) - 30, np.log(fall) + 10))
    A, first = np.exp(found.x)
    variance = float(found.fun @ found.fun) / (POINTS - 2)
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * variance
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale = spread[0] * spread[1]
    return Decay(
        A=float(A),
        B=float(first) / density,
        A_error=float(A * spread[0]),
        B_error=float(first / density * spread[1]),
        correlation=float(covariance[0, 1] / scale) if scale > 0 else 0.0,
        residual=float(np.sqrt(np.mean(found.fun**2))),
        density=density,
    )
