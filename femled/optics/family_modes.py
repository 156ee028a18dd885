"""All bound modes of many stacks: zeros carried from stack to stack, counted in every one.

A stack takes its starting values from a neighbour that is done, or from the integrals along its border where those tell
enough; Newton's method does the rest. It counts as done when it has as many different zeros as its border says. A stack
that no neighbour helps is searched on its own. So a mode that appears or ends at its cut-off is never missed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.optics.characteristic import Characteristic, Polarization
from femled.optics.family import (
    Array,
    Complex,
    Integers,
    StackFamily,
    characteristic,
    decay,
    effective_indices,
)
from femled.optics.family_count import Corners, count_zeros
from femled.optics.rectangle import Rectangle
from femled.optics.region import FARTHEST, Region, bound_region
from femled.optics.sheet import PlainSheet
from femled.optics.slab import STRETCH, find_modes
from femled.optics.zeros import ZeroOnBorderError, zeros

NONE = complex(np.nan, np.nan)
"""Where there is no mode."""

ALONE = -1
"""Number of zeros of a stack whose border could not be counted: it is searched on its own."""

SMALL_STEPS = 8
"""Steps in which zeros are carried to a neighbour that one step did not reach."""


@dataclass(frozen=True)
class FamilyModes:
    """The bound modes of every stack of a family, by falling Re n_eff.

    Args:
        count: (stacks,) how many there are.
        effective_index: (most, stacks); NaN where a stack has fewer.
        coordinate: (most, stacks) s of those modes.
        alone: how many stacks were searched on their own.
    """

    count: Integers
    effective_index: Complex
    coordinate: Complex
    alone: int


def family_modes(family: StackFamily, polarization: Polarization) -> FamilyModes:
    """The same modes as `find_modes` stack by stack, many at a time.

    Args:
        family: stacks.
        polarization: "TE" or "TM".

    Raises:
        ConvergenceError: the list of some stack could not be shown to be complete.
    """
    regions = [bound_region(stack, polarization) for stack in family.stacks()]
    metal = polarization == "TM" and any(((index * index).real < 0).any() for index in family.indices)
    reach = max(region.high for region in regions)
    if metal:
        reach = min(reach * STRETCH**3, FARTHEST * STRETCH)
    while True:
        followed = _Followed(family, polarization, _corners(family, regions, reach))
        followed.run()
        high = _right_edges(family, followed.zeros, regions, reach) if metal else None
        if high is None or high.max() <= reach:
            return _sorted(family, followed, regions, high)
        reach *= STRETCH**2


def _corners(family: StackFamily, regions: list[Region], reach: float) -> Corners:
    """Rectangles of s that hold the regions of all stacks; one for each pair of half-spaces."""
    whole = Region(0.0, reach, min(region.gain for region in regions), max(region.loss for region in regions))
    outer = np.broadcast_arrays(family.indices[0], family.indices[-1])
    covers: dict[tuple[complex, complex], Rectangle] = {}
    for pair in zip(outer[0].ravel().tolist(), outer[1].ravel().tolist(), strict=True):
        if pair not in covers:
            low = max((index.real for index in pair if index.imag == 0), default=0.0)
            covers[pair] = replace(whole, low=low).cover(PlainSheet(*pair, "bound"))
    found = [covers[pair] for pair in zip(outer[0].ravel().tolist(), outer[1].ravel().tolist(), strict=True)]
    sides = np.array([[each.left, each.right, each.bottom, each.top] for each in found]).T
    return Corners(*(side.reshape(outer[0].shape) for side in sides))


class _Pairs:
    """Stacks that may help each other, along both axes.

    Args:
        shape: of the family.
        stride: how far they are apart; far ones first, near ones after, is the shortest way through a long axis.
        steps: in which zeros are carried from one to the other.
    """

    def __init__(self, shape: tuple[int, ...], stride: int, steps: int) -> None:
        place = np.arange(int(np.prod(shape))).reshape(shape)
        self.steps = steps
        self.neighbours: list[Integers] = []
        for axis, shift in product(range(place.ndim), (stride, -stride)):
            shifted = np.roll(place, shift, axis=axis)
            edge: list[slice] = [slice(None)] * place.ndim
            edge[axis] = slice(0, stride) if shift > 0 else slice(-stride, None)
            shifted[tuple(edge)] = -1
            self.neighbours.append(shifted.ravel())
        self.tried = np.zeros((len(self.neighbours), place.size), dtype=bool)


class _Followed:
    """Zeros of all stacks in their rectangles.

    Args:
        family: stacks.
        polarization: "TE" or "TM".
        corners: of the rectangles.
    """

    def __init__(self, family: StackFamily, polarization: Polarization, corners: Corners) -> None:
        self.family, self.polarization, self.corners = family, polarization, corners
        counts = count_zeros(family, polarization, corners)
        self.number, self.total = counts.number, counts.total
        self.zeros = np.full((max(int(self.number.max()), 1), family.size), NONE)
        self.done = self.number == 0
        self.refused = self.number == ALONE
        self.searched = 0
        self.size = float((corners.right - corners.left).max())

    def run(self) -> None:
        """Bring every stack to an end: done, or refused."""
        self._try(np.flatnonzero(self.number == 1), None, 1)
        strides = [4**i for i in range(10) if 4**i == 1 or 4**i <= max(self.family.shape) / 16]
        pairs = [_Pairs(self.family.shape, stride, 1) for stride in reversed(strides)]
        pairs.append(_Pairs(self.family.shape, 1, SMALL_STEPS))
        while len(self._left()):
            for each in pairs:
                self._spread(each)
            left = self._left()
            if len(left):
                self._search(int(left[len(left) // 2]))

    def _left(self) -> Integers:
        return np.flatnonzero(~self.done & ~self.refused)

    def _spread(self, pairs: "_Pairs") -> None:
        """From stack to stack as far as it goes, every pair once."""
        moved = True
        while moved:
            moved = False
            for neighbour, before in zip(pairs.neighbours, pairs.tried, strict=True):
                ready = ~self.done & ~self.refused & ~before & (neighbour >= 0)
                ready[ready] = self.done[neighbour[ready]] & (self.number[neighbour[ready]] > 0)
                stacks = np.flatnonzero(ready)
                before[stacks] = True
                moved |= self._try(stacks, neighbour[stacks], pairs.steps)

    def _try(self, stacks: Integers, neighbours: Integers | None, steps: int) -> bool:
        """Newton's method from the zeros of neighbours, and from what is then missing to the sum of all zeros.

        Zeros that are found are kept even if some are missing: another neighbour may know those.
        """
        if len(stacks) == 0:
            return False
        starts = self.zeros[:, stacks]
        if neighbours is not None:
            starts = np.concatenate([starts, self._carried(stacks, neighbours, steps)])
        found = self._polished(stacks, starts)
        short = np.flatnonzero(np.isfinite(found).sum(axis=0) == self.number[stacks] - 1)
        if len(short):
            missing = self.total[stacks[short]] - np.nansum(found[:, short], axis=0)
            found[:, short] = self._polished(stacks[short], np.concatenate([found[:, short], missing[None, :]]))
        whole = np.isfinite(found).sum(axis=0) == self.number[stacks]
        self.zeros[:, stacks] = found
        self.done[stacks[whole]] = True
        return bool(whole.any())

    def _carried(self, stacks: Integers, neighbours: Integers, steps: int) -> Complex:
        """Zeros of the neighbours, carried to stacks between the two in turn."""
        zeros = self.zeros[:, neighbours]
        row, column = np.nonzero(np.isfinite(zeros))
        start, stop = (self.family.part(each[column]) for each in (neighbours, stacks))
        for step in range(1, steps):
            between = start.towards(stop, step / steps)
            zeros[row, column] = newton(between, self.polarization, zeros[row, column], self.size)
        return zeros

    def _polished(self, stacks: Integers, starts: Complex) -> Complex:
        """Different zeros inside the rectangles, first in every column; NaN behind them.

        Args:
            stacks: (n,).
            starts: (m, n), NaN where there is none.
        """
        row, column = np.nonzero(np.isfinite(starts))
        x = newton(self.family.part(stacks[column]), self.polarization, starts[row, column], self.size)
        inside = self.corners.part(stacks[column], self.family.shape).contains(x)
        found = np.full(starts.shape, NONE)
        found[row[inside], column[inside]] = x[inside]
        for i in range(1, len(found)):
            with np.errstate(invalid="ignore"):
                again = (np.abs(found[i] - found[:i]) <= 1e-10 * np.maximum(np.abs(found[i]), 1e-3)).any(axis=0)
            found[i, again] = NONE
        order = np.argsort(np.isnan(found), axis=0, kind="stable")
        return np.take_along_axis(found, order, axis=0)[: len(self.zeros)]

    def _search(self, position: int) -> None:
        """All zeros of one stack, without help."""
        stack = self.family.stack(position)
        sheet = PlainSheet(stack.indices[0], stack.indices[-1], "bound")
        corners = self.corners.part(np.array([position]), self.family.shape)
        sides = (corners.left, corners.right, corners.bottom, corners.top)
        self.searched += 1
        try:
            found = zeros(Characteristic(stack, self.polarization, sheet), Rectangle(*(float(s[0]) for s in sides)))
        except (ZeroOnBorderError, ConvergenceError):
            found = np.zeros(0, dtype=np.complex128)
        if len(found) != self.number[position]:
            self.refused[position] = True
            return
        self.zeros[: len(found), position] = found
        self.done[position] = True


def newton(family: StackFamily, polarization: Polarization, starts: Complex, size: float) -> Complex:
    """Zeros of the characteristic functions from starting values, to the last digit.

    Args:
        family: (n,) stacks in a row.
        polarization: "TE" or "TM".
        starts: (n,) s.
        size: of the rectangle; a step is at most a tenth of it.

    Returns:
        (n,); NaN where it did not converge.
    """
    x = starts.astype(np.complex128)
    open_ = np.arange(len(x))
    last = np.full(len(x), np.inf)
    for _ in range(14):
        part = family.part(open_)
        with np.errstate(all="ignore"):
            f, slope, _ = characteristic(part, polarization, x[open_])
            step = f / slope
            length = np.abs(step)
            step = np.where(length > 0.1 * size, step * (0.1 * size / length), step)
        step[~np.isfinite(step)] = NONE
        x[open_] -= step
        last[open_] = np.abs(step) / np.maximum(np.abs(x[open_]), 1e-3)
        open_ = open_[last[open_] > 1e-13]
        if len(open_) == 0:
            break
    x[~(last < 1e-11)] = NONE
    return x


def _right_edges(family: StackFamily, s: Complex, regions: Iterable[Region], reach: float) -> Array:
    """(stacks,) to where `find_modes` moves the right edge out: past two strips without a plasmon."""
    n_eff, bound = _decaying(family, s)
    high = np.array([region.high for region in regions])
    empty = np.zeros(len(high), dtype=np.int64)
    while (going := (empty < 2) & (high < FARTHEST) & (high <= reach)).any():
        further = np.where(going, high * STRETCH, high)
        inside = bound & (n_eff.real > high) & (n_eff.real <= further)
        empty = np.where(going & ~inside.any(axis=0), empty + 1, np.where(going, 0, empty))
        high = further
    return high


def _decaying(family: StackFamily, s: Complex) -> tuple[Complex, NDArray[np.bool_]]:
    row = family.part(np.arange(family.size))
    with np.errstate(invalid="ignore"):  # NaN where a stack has fewer zeros
        g1, g2, _, _ = decay(row, s)
        n_eff = effective_indices(row, s)
    return n_eff, (g1.real > 0) & (g2.real > 0)


def _sorted(family: StackFamily, followed: _Followed, regions: list[Region], high: Array | None) -> FamilyModes:
    """Those of the zeros that are bound modes of the region of their stack."""
    s = followed.zeros
    n_eff, kept = _decaying(family, s)
    low, right, gain, loss = np.array([[r.low, r.high, r.gain, r.loss] for r in regions]).T
    right = right if high is None else high
    kept &= (low < n_eff.real) & (n_eff.real <= right) & (gain <= n_eff.imag) & (n_eff.imag <= loss)
    n_eff, s = np.where(kept, n_eff, NONE), np.where(kept, s, NONE)
    alone = np.flatnonzero(followed.refused).tolist()
    for position in alone:
        stack = family.stack(position)
        modes = find_modes(stack, polarization=followed.polarization)
        spare = len(modes) - len(s)
        if spare > 0:
            pad = np.full((spare, family.size), NONE)
            n_eff, s = np.concatenate([n_eff, pad]), np.concatenate([s, pad])
        n_eff[:, position] = s[:, position] = NONE
        n_eff[: len(modes), position] = [mode.effective_index for mode in modes]
        s[: len(modes), position] = [sum(mode.sides) / 2 for mode in modes]
    order = np.argsort(-n_eff.real, axis=0, kind="stable")  # NaN goes last
    n_eff, s = np.take_along_axis(n_eff, order, axis=0), np.take_along_axis(s, order, axis=0)
    count = np.isfinite(n_eff).sum(axis=0)
    most = int(count.max(initial=0))
    return FamilyModes(count, n_eff[:most], s[:most], followed.searched + len(alone))
