"""Cubics between nodes with exact slopes, along the voltage at one temperature, and from there in 1/T."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Span = tuple[int, int]

ROOT, FINEST = 1.0, 1024
"""[V] width of the intervals of voltage that are halved, and how many of the finest make one."""

HALVING = 4.0
"""By which an error falls at least when an interval is halved; 16 where cubics have come near, less before."""

LOPSIDED = 0.15
"""Largest error of a cubic that is right in the middle, s^2 (1 - s)^2 (s - 1/2), over that of its slope there."""

STEEP = 3.0
"""Slope at an end over that of the chord up to which a cubic that rises at both ends always rises (fritsch1980)."""

LEVEL = 1e-3
"""Change of the first value over an interval that is none: it need not rise there."""


@dataclass
class Isotherm:
    """Nodes at one temperature; voltages are counted in the finest intervals.

    Args:
        node: of a voltage.
        misfit: as of `Function`.
        tolerance: of the misfit.
        nodes: (values, 4) at every voltage.
        leaves: intervals that need no more nodes -> the interval that was halved to make them.
        halved: intervals that were not enough.
        errors: estimated, of every leaf.
    """

    node: Callable[[float], Array]
    misfit: Callable[[Array, Array], float]
    tolerance: float
    nodes: dict[int, Array] = field(default_factory=dict)
    leaves: dict[Span, Span] = field(default_factory=dict)
    halved: set[Span] = field(default_factory=set)
    errors: dict[Span, float] = field(default_factory=dict)

    def at(self, index: int) -> Array:
        """(values, 4) at a node, computed when it is first asked for."""
        if index not in self.nodes:
            self.nodes[index] = self.node(index * ROOT / FINEST)
        return self.nodes[index]

    def leaf(self, voltage: float) -> Span:
        """The leaf in which a voltage lies, refined until the tolerance is met or the finest interval is reached."""
        count = voltage / ROOT
        low = (math.ceil(count) - 1 if count > 0 else math.floor(count)) * FINEST
        span = (low, low + FINEST)
        while span not in self.leaves:
            if span not in self.halved:
                self._halve(span)
            middle = sum(span) // 2
            span = (span[0], middle) if voltage * FINEST / ROOT < middle else (middle, span[1])
        return span

    def _halve(self, span: Span) -> None:
        """Compute the middle; the halves are leaves if the cubic of the whole is good there, in value and slope."""
        low, high = span
        middle = (low + high) // 2
        wanted = self.at(middle)
        found = self.along(span, middle * ROOT / FINEST)[0, 0]
        aside = LOPSIDED * (high - low) * ROOT / FINEST * (found[1] - wanted[:, 1])
        error = (self.misfit(found[0], wanted[:, 0]) + self.misfit(wanted[:, 0] + aside, wanted[:, 0])) / HALVING
        finest = middle - low == 1
        for half in ((low, middle), (middle, high)):
            if finest or (error <= self.tolerance and self._rises(half)):
                self.leaves[half], self.errors[half] = span, error
        self.halved.add(span)

    def _rises(self, span: Span) -> bool:
        """Whether the cubic of the first value rises all the way, where it has to."""
        low, high = self.at(span[0])[0], self.at(span[1])[0]
        change = high[0] - low[0]
        if abs(change) < LEVEL:
            return True
        chord = change / ((span[1] - span[0]) * ROOT / FINEST)
        return bool(change > 0 and 0 <= low[1] <= STEEP * chord and 0 <= high[1] <= STEEP * chord)

    def along(self, span: Span, voltage: float) -> Array:
        """(1, 2, 2, values) at a voltage inside an interval; see `along_voltage`."""
        start, width = span[0] * ROOT / FINEST, np.array([(span[1] - span[0]) * ROOT / FINEST])
        powers = coefficients(self.at(span[0])[None], self.at(span[1])[None], width)
        return along_voltage(powers, np.array([voltage - start]) / width, width)


def coefficients(low: Array, high: Array, width: Array) -> Array:
    """Of the cubics with given values and slopes at both ends, by powers of the share of the interval passed.

    f_0 + s w f_0' + s^2 (3 (f_1 - f_0) - w (2 f_0' + f_1')) + s^3 (2 (f_0 - f_1) + w (f_0' + f_1'))

    Args:
        low: (n, values, 4) nodes at the lower ends.
        high: (n, values, 4) at the upper ends.
        width: (n,), [V].

    Returns:
        (n, 4, values, 2) of f and of df/dx.
    """
    w = width[:, None, None]
    f0, f1, g0, g1 = low[..., 0::2], high[..., 0::2], w * low[..., 1::2], w * high[..., 1::2]
    return np.stack([f0, g0, 3 * (f1 - f0) - 2 * g0 - g1, 2 * (f0 - f1) + g0 + g1], axis=1)


def along_voltage(powers: Array, share: Array, width: Array) -> Array:
    """The cubics (n, 4, values, 2), their slopes in voltage: (n, 2, 2, values), f and df/dx, each as it is and by u."""
    s = share[:, None, None]
    c0, c1, c2, c3 = powers[:, 0], powers[:, 1], powers[:, 2], powers[:, 3]
    third = c3 * s
    value = ((third + c2) * s + c1) * s + c0
    slope = ((3 * third + 2 * c2) * s + c1) / width[:, None, None]
    return np.stack([value, slope], axis=1).transpose(0, 3, 1, 2)


def between_temperatures(low: Array, high: Array, share: Array, width: Array) -> Array:
    """(n, 2, 2, values) f by nothing and by x, each as it is and by u, between isotherms of `along_voltage`.

    Args:
        low: (n, 2, 2, values) at the lower temperature.
        high: the same at the higher one.
        share: (n,) of the way in x.
        width: (n,) of that way, [1/K].
    """
    s, rest = share, 1.0 - share
    bend = 6.0 * s * rest / width
    weights = np.array(
        [
            [(1 + 2 * s) * rest**2, width * s * rest**2, s**2 * (3 - 2 * s), -width * s**2 * rest],
            [-bend, rest * (1 - 3 * s), bend, s * (3 * s - 2)],
        ]
    )
    ends = np.concatenate([low, high], axis=1).reshape(len(share), 4, -1)
    return np.asarray((weights.transpose(2, 0, 1) @ ends).reshape(len(share), 2, 2, -1))
