"""Derivatives from values at uneven times."""

from collections.abc import Sequence
from math import prod

Weights = tuple[float, ...]


def difference(times: Sequence[float]) -> Weights:
    """(n,), [1/s] weights of values at times, newest first, whose sum is the derivative at the newest.

    The derivative of the polynomial through them; the weights add up to zero.
    """
    now, earlier = times[0], times[1:]
    weights = []
    for i, one in enumerate(earlier):
        others = [other for j, other in enumerate(earlier) if j != i]
        share = prod((now - other) / (one - other) for other in others)
        weights.append(-share / (now - one))
    return (-sum(weights), *weights)
