"""All zeros of an analytic function in a rectangle, with the proof that none is missing.

The winding number of f along the border counts the zeros inside. Candidates are the roots of a rational approximation
(AAA, nakatsukasa2018) of the values on the border and on a grid inside, made exact by Newton's method; where fewer are
found than counted, the rectangle is cut in two.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError

Complex = NDArray[np.complex128]


class AnalyticFunction(Protocol):
    """A function whose zeros are wanted."""

    def __call__(self, x: Complex) -> tuple[Complex, Complex]:
        """F(x) and f'(x), x of any shape."""

    def damped_where(self, points: Complex) -> "AnalyticFunction":
        """A function with the same zeros that is better to compute in the convex hull of some points."""


EDGE_POINTS = 24
"""First points an edge; more are put where the phase turns."""

AGREEMENT = 0.3
"""Largest difference between log(f2/f1) and its trapezoidal estimate from f'/f on a piece of the border."""

MOST_AT_ONCE = 12
"""Zeros in a rectangle above which it is cut before the rational approximation is tried."""

CUT = 0.4871
"""Where a rectangle is cut: not at a point of symmetry, where zeros like to lie."""


@dataclass(frozen=True)
class Rectangle:
    """Low and high ends of the real and the imaginary part."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> float:
        """Length of the longer side."""
        return max(self.right - self.left, self.top - self.bottom)

    @property
    def corners(self) -> tuple[complex, complex, complex, complex]:
        """Anticlockwise from the lower left."""
        left, right, bottom, top = self.left, self.right, self.bottom, self.top
        return complex(left, bottom), complex(right, bottom), complex(right, top), complex(left, top)

    @property
    def outline(self) -> Complex:
        """(64,) points along the border."""
        share = np.arange(16) / 16
        corners = self.corners
        return np.concatenate([a + (b - a) * share for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)])

    def contains(self, x: Complex, margin: float = 0.0) -> NDArray[np.bool_]:
        """Which points lie inside, up to a margin."""
        inside = (self.left - margin < x.real) & (x.real < self.right + margin)
        return np.asarray(inside & (self.bottom - margin < x.imag) & (x.imag < self.top + margin))

    def halves(self, share: float) -> tuple["Rectangle", "Rectangle"]:
        """The rectangle cut across its longer side."""
        if self.right - self.left >= self.top - self.bottom:
            middle = self.left + share * (self.right - self.left)
            return (
                Rectangle(self.left, middle, self.bottom, self.top),
                Rectangle(middle, self.right, self.bottom, self.top),
            )
        middle = self.bottom + share * (self.top - self.bottom)
        return Rectangle(self.left, self.right, self.bottom, middle), Rectangle(self.left, self.right, middle, self.top)

    def grid(self, columns: int, rows: int) -> Complex:
        """(columns rows,) points inside."""
        x = self.left + (self.right - self.left) * (np.arange(columns) + 0.5) / columns
        y = self.bottom + (self.top - self.bottom) * (np.arange(rows) + 0.5) / rows
        return np.asarray((x[:, None] + 1j * y[None, :]).ravel())


class ZeroOnBorderError(Exception):
    """A zero lies so close to the border that the winding number cannot be told."""


def zeros(function: AnalyticFunction, rectangle: Rectangle) -> Complex:
    """All zeros inside a rectangle, multiple ones as often as they are.

    Args:
        function: analytic inside and on the border.
        rectangle: where to look.

    Returns:
        (n,), unordered; n is the winding number of f along the border.

    Raises:
        ZeroOnBorderError: a zero on the border.
        ConvergenceError: the zeros could not be told apart.
    """
    function = function.damped_where(rectangle.outline)
    found = list(_search(function, rectangle, _border(function, rectangle), 0))
    return np.concatenate([np.zeros(0, dtype=np.complex128), *found])


@dataclass(frozen=True)
class _Border:
    """Values of f along the border and the number of zeros inside."""

    points: Complex
    values: Complex
    count: int


def _border(function: AnalyticFunction, rectangle: Rectangle) -> _Border:
    corners = rectangle.corners
    share = np.arange(EDGE_POINTS) / EDGE_POINTS
    edges = [a + (b - a) * share for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)]
    x = np.concatenate([*edges, [corners[0]]])
    f, slope = function(x)
    for _ in range(60):
        if not (np.isfinite(f).all() and np.isfinite(slope).all()):
            raise _failure("the stack is too thick in wavelengths: values overflow")
        if np.any(f == 0):
            raise ZeroOnBorderError
        turn = np.log(f[1:] / f[:-1])
        rate = slope / f
        expected = np.diff(x) * (rate[1:] + rate[:-1]) / 2
        bad = np.flatnonzero((np.abs(turn - expected) > AGREEMENT) | (np.abs(turn.imag) > 2.0))
        if len(bad) == 0:
            count = turn.imag.sum() / (2 * np.pi)
            return _Border(x, f, round(count))
        middle = (x[bad] + x[bad + 1]) / 2
        if np.abs(x[bad + 1] - x[bad]).min() < 1e-11 * rectangle.size:
            raise ZeroOnBorderError
        more, more_slope = function(middle)
        x = np.insert(x, bad + 1, middle)
        f, slope = np.insert(f, bad + 1, more), np.insert(slope, bad + 1, more_slope)
    raise ZeroOnBorderError


def _search(function: AnalyticFunction, rectangle: Rectangle, border: _Border, depth: int) -> Iterator[Complex]:
    if border.count == 0:
        return
    if border.count < 0:
        raise _failure("the characteristic function has a singularity inside the search region")
    if border.count <= MOST_AT_ONCE:
        found = _polished(function, rectangle, _candidates(function, rectangle, border), border.count)
        if len(found) == border.count:
            yield found
            return
    if depth > 60:
        raise _failure(f"{border.count} zeros within {rectangle.size:.1e} could not be told apart")
    for share in (CUT, 0.4313, 0.5519, 0.3747, 0.6157):
        halves = rectangle.halves(share)
        try:
            borders = [_border(function, half) for half in halves]
        except ZeroOnBorderError:
            continue
        if sum(part.count for part in borders) != border.count:
            raise _failure("the winding numbers of two halves do not add up to that of the whole")
        for half, part in zip(halves, borders, strict=True):
            yield from _search(function, half, part, depth + 1)
        return
    raise _failure("zeros lie on every line that was tried to part them")


def _candidates(function: AnalyticFunction, rectangle: Rectangle, border: _Border) -> Complex:
    from scipy.interpolate import AAA

    inside = rectangle.grid(9, 6)
    points = np.concatenate([border.points[:-1], inside])
    values = np.concatenate([border.values[:-1], function(inside)[0]])
    # Coordinates of order one make the weights of the approximation comparable.
    centre, size = complex(np.mean(rectangle.corners)), rectangle.size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a rough approximation is found out by the count
        approximation = AAA((points - centre) / size, values / np.abs(values).max(), max_terms=60)
    roots: Complex = np.asarray(approximation.roots() * size + centre, dtype=np.complex128)
    roots = roots[np.isfinite(roots)]
    return roots[rectangle.contains(roots, 0.05 * size)]


def _polished(function: AnalyticFunction, rectangle: Rectangle, starts: Complex, count: int) -> Complex:
    """Distinct zeros from the candidates; then from next to those, for close pairs share a candidate."""
    found: list[complex] = []
    for near in _approached(function, starts, rectangle.size).tolist():
        if all(abs(near - other) > 1e-6 * max(1.0, abs(near)) for other in found):
            _add(function, near, found, rectangle)
    for near in list(found):
        if len(found) < count:
            _add(function, near * (1 + 1e-9) + 1e-9j, found, rectangle)
    return np.array(found, dtype=np.complex128)


def _approached(function: AnalyticFunction, starts: Complex, size: float) -> Complex:
    """Newton's method from all starts at once, as far as it goes."""
    x = starts
    for _ in range(6):
        if len(x) == 0:
            break
        f, slope = function(x)
        step = np.where(slope == 0, 0.0, f / np.where(slope == 0, 1.0, slope))
        length = np.abs(step)
        x = x - np.where(length > 0.1 * size, 0.0, step)
        if np.all(length <= 1e-12 * np.maximum(np.abs(x), 1e-3)):
            break
    return x


def _add(function: AnalyticFunction, start: complex, found: list[complex], rectangle: Rectangle) -> None:
    """Newton's method on f/prod(x - found), which no longer has the zeros that are known; to the last digit."""
    local, x, last = function.damped_where(np.array([start])), start, np.inf
    for _ in range(60):
        f, slope = (complex(value[0]) for value in local(np.array([x])))
        if f == 0:
            break
        rest = slope / f - sum(1 / (x - other) for other in found if x != other)
        if rest == 0 or not np.isfinite(rest):
            return
        step = 1 / rest
        step *= min(1.0, 0.1 * rectangle.size / abs(step))
        if abs(step) < 1e-9 * max(1.0, abs(x)) and abs(step) >= last:
            break  # round-off: steps no longer shrink
        x, last = x - step, abs(step)
        if last < 1e-16 * abs(x):
            break
    if not rectangle.contains(np.array([x]))[0] or not all(abs(x - other) > 1e-14 * abs(x) for other in found):
        return
    f, slope = (complex(value[0]) for value in local(np.array([x])))
    if slope != 0 and abs(f / slope) < 1e-11 * max(1.0, abs(x)):
        found.append(x)


def _failure(reason: str) -> ConvergenceError:
    advice = "narrow the search region, or look at the stack: the list of modes would not be known to be complete"
    return ConvergenceError(time=None, step=None, block="modes", reason=reason, advice=advice)
