"""All zeros of an analytic function in a rectangle, with the proof that none is missing.

The winding number of f along the border counts the zeros inside. A rectangle with more than a few is cut in two; for a
few, the border also gives the sums of their powers, and so roughly the zeros. Where these are too rough, the roots of a
rational approximation of the values on the border and inside take their place (AAA, nakatsukasa2018), and where these
are, a cut. Newton's method makes them exact; as many as were counted must be found.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.optics.rectangle import Rectangle

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

MOST_AT_ONCE = 5
"""Zeros in a rectangle above which it is cut."""

CLUSTER = 1e-7
"""Size of a rectangle, over where it lies, below which zeros may agree in all digits: their number is certain."""

CUT = 0.4871
"""Where a rectangle is cut: not at a point of symmetry, where zeros like to lie."""


MOST_CUTS = 12
"""How often a rectangle is cut in two where values overflow."""


class _OverflowError(Exception):
    """Values on the border are not finite."""


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
    return np.concatenate([np.zeros(0, dtype=np.complex128), *_counted(function, rectangle, 0)])


@dataclass(frozen=True)
class _Border:
    """Values of f along the border and the number of zeros inside.

    Args:
        points: (n + 1,), the first again at the end.
        values: (n + 1,) f.
        rates: (n + 1,) f'/f.
        turns: (n,) log of f(next)/f(this).
        count: winding number.
    """

    points: Complex
    values: Complex
    rates: Complex
    turns: Complex
    count: int


def _counted(function: AnalyticFunction, rectangle: Rectangle, cuts: int) -> Iterator[Complex]:
    """The zeros in a rectangle, which is cut where the values overflow on its border."""
    function = function.damped_where(rectangle.outline)
    try:
        border = _border(function, rectangle)
    except _OverflowError:
        if cuts >= MOST_CUTS:
            raise _failure("the stack is too thick in wavelengths: values overflow") from None
        for half in rectangle.halves(CUT):
            yield from _counted(function, half, cuts + 1)
        return
    yield from _search(function, rectangle, border, 0)


def _border(function: AnalyticFunction, rectangle: Rectangle) -> _Border:
    corners = rectangle.corners
    share = np.arange(EDGE_POINTS) / EDGE_POINTS
    edges = [a + (b - a) * share for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)]
    x = np.concatenate([*edges, [corners[0]]])
    f, slope = function(x)
    for _ in range(60):
        if not (np.isfinite(f).all() and np.isfinite(slope).all()):
            raise _OverflowError
        if np.any(f == 0):
            raise ZeroOnBorderError
        rate = slope / f
        turn = np.log(f[1:] / f[:-1])
        expected = np.diff(x) * (rate[1:] + rate[:-1]) / 2
        bad = np.flatnonzero((np.abs(turn - expected) > AGREEMENT) | (np.abs(turn.imag) > 2.0))
        if len(bad) == 0:
            return _Border(x, f, rate, turn, round(turn.imag.sum() / (2 * np.pi)))
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
    ways = (_from_moments, _from_approximation) if depth == 0 else (_from_moments,)
    for candidates in ways if border.count <= MOST_AT_ONCE else ():
        found = _polished(function, rectangle, candidates(function, rectangle, border), border.count)
        if len(found) == border.count:
            yield found
            return
    if depth > 60:
        raise _failure(f"{border.count} zeros within {rectangle.size:.1e} could not be told apart")
    for share in (CUT, 0.4313, 0.5519, 0.3747, 0.6157):
        halves = rectangle.halves(share)
        functions = [function.damped_where(half.outline) for half in halves]
        try:
            borders = [_border(better, half) for better, half in zip(functions, halves, strict=True)]
        except ZeroOnBorderError:
            continue
        if sum(part.count for part in borders) != border.count:
            raise _failure("the winding numbers of two halves do not add up to that of the whole")
        for better, half, part in zip(functions, halves, borders, strict=True):
            yield from _search(better, half, part, depth + 1)
        return
    raise _failure("zeros lie on every line that was tried to part them")


def _from_moments(_: AnalyticFunction, rectangle: Rectangle, border: _Border) -> Complex:
    """Roughly the zeros, from s_k = Sum x^k = (1/2 pi i) Int x^k dlog f for k up to their number (Newton's identities).

    Simpson's rule with log f between two points from both slopes and its difference.
    """
    centre = complex(np.mean(rectangle.corners))
    x = (border.points - centre) / rectangle.size
    step, middle = np.diff(x), (x[1:] + x[:-1]) / 2
    rate = border.rates * rectangle.size
    between = 1.5 * border.turns / step - (rate[1:] + rate[:-1]) / 4
    sums, coefficients = [], [1 + 0j]
    for k in range(1, border.count + 1):
        ends = x**k * rate
        sums.append(complex((step * (ends[1:] + ends[:-1] + 4 * middle**k * between)).sum()) / (12j * np.pi))
        coefficients.append(-sum(c * s for c, s in zip(coefficients, sums[::-1], strict=True)) / k)
    return np.asarray(np.roots(coefficients) * rectangle.size + centre, dtype=np.complex128)


def _from_approximation(function: AnalyticFunction, rectangle: Rectangle, border: _Border) -> Complex:
    """Roughly the zeros and others, from the rational approximation."""
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
    x, exact = _approached(function, starts, rectangle.size)
    close = x[exact & rectangle.contains(x)].tolist()
    found = _distinct(_improved(function, close, rectangle.size))
    for near in _distinct([*found, *x[~exact & rectangle.contains(x, 0.1 * rectangle.size)].tolist()])[len(found) :]:
        if len(found) < count:
            _add(function, near, found, rectangle)
    aside = min(1e-9, 0.1 * rectangle.size) * (1 + 1j)
    for near in list(found) * (count - len(found)):
        if len(found) < count:
            _add(function, near + aside, found, rectangle)
    return np.array(found, dtype=np.complex128)


def _distinct(points: list[complex]) -> list[complex]:
    """The first of each group of points that are close to each other."""
    kept: list[complex] = []
    for x in points:
        if all(abs(x - other) > 1e-6 * max(1.0, abs(x)) for other in kept):
            kept.append(x)
    return kept


def _approached(
    function: AnalyticFunction, starts: Complex, size: float, steps: int = 12
) -> tuple[Complex, NDArray[np.bool_]]:
    """Newton's method from all starts at once, until steps no longer shrink; and which got there."""
    x, last = starts, np.full(len(starts), np.inf)
    exact = np.zeros(len(starts), dtype=np.bool_)
    for _ in range(steps):
        if exact.all():
            break
        f, slope = function(x)
        with np.errstate(all="ignore"):
            step = np.where(f == 0, 0.0, f / slope)
            length = np.abs(step)
            fair = length < 0.2 * size
            x = np.where(fair & ~exact, x - step, x)
            exact |= fair & ((length < 1e-15 * np.abs(x)) | ((length < 1e-12 * np.abs(x)) & (length >= last)))
        last = length
    return x, exact


def _improved(function: AnalyticFunction, points: list[complex], size: float) -> list[complex]:
    """Zeros to the last digit, with what is the better function next to each."""
    better = [function.damped_where(np.array([x])) for x in points]
    for local in set(better) - {function}:
        here = [position for position, other in enumerate(better) if other == local]
        x, _ = _approached(local, np.array([points[position] for position in here]), size, 3)
        for position, value in zip(here, x.tolist(), strict=True):
            points[position] = value
    return points


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
        if not rectangle.contains(np.array([x]), 0.2 * rectangle.size)[0]:
            return
        if abs(step) < 1e-13 * max(1.0, abs(x)) and abs(step) >= last:
            break  # round-off: steps no longer shrink
        x, last = x - step, abs(step)
        if last < 1e-16 * abs(x):
            break
    apart = 1e-14 * abs(x) if rectangle.size > CLUSTER * abs(x) else 0.0
    if not rectangle.contains(np.array([x]))[0] or any(abs(x - other) < apart for other in found):
        return
    f, slope = (complex(value[0]) for value in local(np.array([x])))
    if f == 0 or (slope != 0 and abs(f / slope) < 1e-11 * max(1.0, abs(x))):
        found.append(x)


def _failure(reason: str) -> ConvergenceError:
    advice = "narrow the search region, or look at the stack: the list of modes would not be known to be complete"
    return ConvergenceError(time=None, step=None, block="modes", reason=reason, advice=advice)
