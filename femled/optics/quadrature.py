"""Integrals of many functions at once along a line with branch points: nested rules on panels that halve where needed.

Every interval is mapped by N = low + (high - low) sin^2(pi t/2), which turns square roots at its ends
into smooth functions. The rule is Fejer's second with 31 points; every other point is the rule with 15. Errors fall
geometrically with the number of points, so where the two differ by d on a panel of integral I, the rule with 31 is
wrong by about d^2/I.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from femled.optics.waves import Real

POINTS = 31
TOLERANCE = 1e-16
"""A panel is halved while d^2/I is larger, relative to the integral of its column or 1: balances close to 1e-11."""
ROUND_OFF = 1e-15
"""Differences below this are noise, relative to the same."""
PASSES = 40
"""Halvings after which a panel is taken as it is: 1e-12 of an interval, where doubles run out of digits."""
LARGEST_PASS = 2000
"""Panels in a pass that are not halved further: no function of this package needs so many, but noise does."""

Factors = list[tuple[Real, Real]]
"""Pairs (rows, points), (points, columns): the integrand is the sum of row times column at each point."""


@cache
def fejer(count: int) -> tuple[Real, Real]:
    """Points and weights of Fejer's second rule on 0 .. 1, ends excluded."""
    angle = np.arange(1, count + 1) * np.pi / (count + 1)
    odd = np.arange(1, count + 1, 2)
    weight = 2 * np.sin(angle) / (count + 1) * (np.sin(np.outer(angle, odd)) / odd).sum(axis=1)
    return np.sin(angle / 2) ** 2, weight


def integrate(
    integrand: Callable[[Real], Factors],
    intervals: Sequence[tuple[float, float]],
    *,
    rows: int,
    columns: int,
) -> tuple[Real, float]:
    """Integrals over several intervals.

    Args:
        integrand: of the positions (points,).
        intervals: (low, high) of each.
        rows: of the integrand.
        columns: of the integrand.

    Returns:
        (intervals, rows, columns), and the largest difference of the two rules on a panel that could not be halved.
    """
    low, width = np.array([(low, high - low) for low, high in intervals]).reshape(-1, 2).T
    sums = np.zeros((len(low), rows, columns))
    place, weight = fejer(POINTS)
    coarse = fejer(POINTS // 2)[1]
    interval = np.arange(len(low))
    start, size = np.zeros(len(low)), np.ones(len(low))
    worst = 0.0
    for left in range(PASSES, -1, -1):
        t = start[:, None] + size[:, None] * place
        x = low[interval, None] + width[interval, None] * np.sin(np.pi / 2 * t) ** 2
        slope = width[interval, None] * (np.pi / 2) * np.sin(np.pi * t) * size[:, None]
        fine = np.zeros((len(start), rows, columns))
        rough = np.zeros_like(fine)
        for row, column in integrand(x.ravel()):
            a = np.moveaxis(row.reshape(rows, len(start), POINTS), 1, 0) * slope[:, None, :]
            b = column.reshape(len(start), POINTS, columns)
            fine += (a * weight) @ b
            rough += (a[:, :, 1::2] * coarse) @ b[:, 1::2, :]
        difference = np.abs(fine - rough)
        scale = np.maximum(1, np.abs(sums.sum(axis=(0, 1)) + fine.sum(axis=(0, 1))))
        done = (difference**2 <= TOLERANCE * scale * np.abs(fine)) | (difference <= ROUND_OFF * scale)
        done = done.all(axis=(1, 2))
        if left == 0 or len(done) > LARGEST_PASS:
            worst = float(difference[~done].max(initial=0.0))
            done[:] = True
        np.add.at(sums, interval[done], fine[done])
        if done.all():
            break
        interval = np.repeat(interval[~done], 2)
        half = np.repeat(size[~done] / 2, 2)
        start = np.repeat(start[~done], 2) + half * np.tile([0.0, 1.0], int((~done).sum()))
        size = half
    return sums, worst
