"""How many zeros the characteristic functions of many stacks have in their rectangles, and the sum of those zeros.

N = 1/(2 pi i) Int F'/F ds,   sum of zeros = 1/(2 pi i) Int s F'/F ds          along the border, anticlockwise

Both are added up from log(F2/F1) over pieces of the border, each piece cut in two until that logarithm agrees with its
estimate from F'/F: no turn of the phase is missed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from femled.optics.characteristic import Polarization
from femled.optics.family import Array, Complex, Integers, StackFamily, characteristic, within
from femled.optics.zeros import AGREEMENT

POINTS = 48
"""First points along a border."""

AT_ONCE = 40_000
"""Values of the characteristic function computed together: they then stay in the cache."""

DEEPEST = 36
"""Cuts of a piece after which a zero counts as lying on the border."""


@dataclass(frozen=True)
class Corners:
    """A rectangle for every stack, as arrays that broadcast to the shape of the family.

    Args:
        left: lowest real part.
        right: highest real part.
        bottom: lowest imaginary part.
        top: highest imaginary part.
    """

    left: Array
    right: Array
    bottom: Array
    top: Array

    def block(self, where: tuple[slice, ...]) -> "Corners":
        """Those of a range of a family along every axis."""
        return Corners(*(each[within(each, where)] for each in self._all()))

    def part(self, positions: Integers, shape: tuple[int, ...]) -> "Corners":
        """Those of some stacks of a family of that shape."""
        return Corners(*(np.broadcast_to(each, shape).ravel()[positions] for each in self._all()))

    def contains(self, x: Complex) -> NDArray[np.bool_]:
        """Which points lie inside."""
        across = (self.left < x.real) & (x.real < self.right)
        return np.asarray(across & (self.bottom < x.imag) & (x.imag < self.top))

    def border(self) -> Complex:
        """(points, *shape) anticlockwise, about evenly spaced."""
        wide, high = float((self.right - self.left).max()), float((self.top - self.bottom).max())
        along = max(8, round(POINTS / 2 * wide / (wide + high)))
        up = max(8, POINTS // 2 - along)
        corners = [self.left + 1j * self.bottom, self.right + 1j * self.bottom]
        corners += [self.right + 1j * self.top, self.left + 1j * self.top]
        edges = []
        for start, stop, points in zip(corners, corners[1:] + corners[:1], (along, up, along, up), strict=True):
            share = (np.arange(points) / points).reshape(-1, *(1,) * start.ndim)
            edges.append(start + (stop - start) * share)
        return np.concatenate(edges)

    def _all(self) -> tuple[Array, Array, Array, Array]:
        return self.left, self.right, self.bottom, self.top


@dataclass(frozen=True)
class Counts:
    """What the borders tell.

    Args:
        number: (stacks,) of zeros inside; -1 where one lies on the border.
        total: (stacks,) about the sum of those zeros.
    """

    number: Integers
    total: Complex


def count_zeros(family: StackFamily, polarization: Polarization, corners: Corners) -> Counts:
    """Zeros of every stack inside its rectangle.

    Args:
        family: stacks.
        polarization: "TE" or "TM".
        corners: of the rectangles.

    Returns:
        the counts in the order of the flattened family.
    """
    number = np.zeros(family.shape, dtype=np.int64)
    total = np.zeros(family.shape, dtype=np.complex128)
    for where in _blocks(family.shape):
        found = _count(family.block(where), polarization, corners.block(where))
        number[where], total[where] = (each.reshape(number[where].shape) for each in (found.number, found.total))
    return Counts(number.ravel(), total.ravel())


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Ranges of a family that are computed together, whole rows where they are short enough."""
    most, steps = max(1, AT_ONCE // POINTS), []
    for n in reversed(shape):
        steps.append(min(n, most))
        most = max(1, most // n)
    for corner in product(*(range(0, n, step) for n, step in zip(shape, reversed(steps), strict=True))):
        yield tuple(slice(start, start + step) for start, step in zip(corner, reversed(steps), strict=True))


def _count(family: StackFamily, polarization: Polarization, corners: Corners) -> Counts:
    border = corners.border()
    first = np.broadcast_to(_points(family, polarization, border), (3, len(border), *family.shape))
    first = first.reshape(3, len(border), family.size)
    second = np.roll(first, -1, axis=1)
    turn, good = _turn(first, second)
    kept = np.where(good, turn, 0.0)
    number = kept.sum(axis=0)
    total = ((first[0] + second[0]) / 2 * kept).sum(axis=0)
    piece, stack = np.nonzero(~good)
    lost = _refine(
        family, polarization, stack, np.stack([first[:, piece, stack], second[:, piece, stack]]), number, total
    )
    winding = np.rint(number.imag / (2 * np.pi)).astype(np.int64)
    winding[lost] = -1
    return Counts(winding, total / (2j * np.pi))


def _points(family: StackFamily, polarization: Polarization, x: Complex) -> Complex:
    """(3, ..., *shape) s, log F and F'/F; not finite at a zero."""
    with np.errstate(all="ignore"):
        f, slope, growth = characteristic(family, polarization, x)
        return np.stack(np.broadcast_arrays(x, np.log(f) + growth, slope / f))


def _turn(first: Complex, second: Complex) -> tuple[Complex, NDArray[np.bool_]]:
    """log(F2/F1) of pieces, and whether it is what F'/F leads to expect."""
    with np.errstate(all="ignore"):
        turn = second[1] - first[1]
        turn -= 2j * np.pi * np.rint(turn.imag / (2 * np.pi))
        off = np.abs(turn - (second[0] - first[0]) * (first[2] + second[2]) / 2)
        good = (off < AGREEMENT) & (np.abs(turn.imag) < 2.0)
    return turn, good


def _refine(
    family: StackFamily, polarization: Polarization, stack: Integers, ends: Complex, number: Complex, total: Complex
) -> Integers:
    """Cut pieces in two until all are good; add them up.

    Args:
        family: stacks.
        polarization: "TE" or "TM".
        stack: (pieces,) to which stack a piece belongs.
        ends: (2, 3, pieces) s, log F and F'/F at both ends of every piece.
        number: (stacks,) integral of F'/F, added to.
        total: (stacks,) integral of s F'/F, added to.

    Returns:
        stacks of which a piece never became good.
    """
    for _ in range(DEEPEST):
        if len(stack) == 0:
            break
        middle = _points(family.part(stack), polarization, ends[:, 0].mean(axis=0))
        ends = np.stack([np.concatenate([ends[0], middle], axis=1), np.concatenate([middle, ends[1]], axis=1)])
        stack = np.concatenate([stack, stack])
        turn, good = _turn(ends[0], ends[1])
        np.add.at(number, stack[good], turn[good])
        np.add.at(total, stack[good], (ends[:, 0].mean(axis=0) * turn)[good])
        stack, ends = stack[~good], ends[:, :, ~good]
    return np.unique(stack)
