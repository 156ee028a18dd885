"""Modes of every stack of a family: indices, losses and confinements as arrays over its axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError, unknown_name
from femled.optics.characteristic import Polarization
from femled.optics.family import Array, Complex, Integers, StackFamily, make_family
from femled.optics.family_field import FamilyShares, family_shares
from femled.optics.family_modes import NONE, family_modes

AT_ONCE = 4000
"""Fields computed together."""


@dataclass(frozen=True)
class ModeMap:
    """The bound modes of one polarization over a family of stacks, by falling Re n_eff in every stack.

    Args:
        family: stacks.
        polarization: "TE" or "TM".
        count: (*shape) how many modes there are, whether or not they are all kept here.
        effective_index: (modes, *shape), [1] complex; NaN where a stack has fewer modes.
        shares: of the modes that are there, (media, ...) each.
        alone: how many stacks got no help from their neighbours.
    """

    family: StackFamily
    polarization: Polarization
    count: Integers
    effective_index: Complex
    shares: FamilyShares
    alone: int

    @cached_property
    def modal_loss(self) -> Array:
        """(modes, *shape), [1/m] alpha = 4 pi Im(n_eff)/wavelength."""
        return np.asarray(2 * self.family.wavenumbers * self.effective_index.imag)

    @cached_property
    def confinement(self) -> Array:
        """(modes, media, *shape), [1] Int_i |E|^2 / Int |E|^2."""
        return self._spread(self.shares.confinement)

    @cached_property
    def gain_confinement(self) -> Array:
        """(modes, media, *shape), [1] Re d n_eff/d n_i."""
        return self._spread(self.shares.gain_confinement)

    @cached_property
    def loss_by_layer(self) -> Array:
        """(modes, media, *shape), [1/m] what each medium takes; the sum is `modal_loss`."""
        return self._spread(self.shares.loss_by_layer)

    def _spread(self, values: Array) -> Array:
        modes = len(self.effective_index)
        whole = np.full((len(values), modes, self.family.size), np.nan)
        whole[:, np.isfinite(self.effective_index.reshape(modes, self.family.size))] = values
        return np.swapaxes(whole, 0, 1).reshape(modes, len(values), *self.family.shape)


def map_modes(family: StackFamily, *, polarization: Polarization = "TE", modes: int | None = 1) -> ModeMap:
    """Bound modes of all stacks of a family, complete and in the order of `slab_modes`.

    Every list is proven complete by the winding number of the characteristic function of its stack; zeros are carried
    from neighbour to neighbour.

    Args:
        family: stacks; see `make_family`.
        polarization: "TE" or "TM".
        modes: how many to keep, from the highest Re n_eff down; None for all.

    Raises:
        InputError: a polarization or number of modes that cannot be.
        ConvergenceError: the modes of some stack could not be shown to be complete.
    """
    if polarization not in ("TE", "TM"):
        raise unknown_name("polarization", str(polarization), ("TE", "TM"))
    if modes is not None and (isinstance(modes, bool) or not isinstance(modes, int) or modes < 1):
        raise InputError(f'modes {modes} is not a number of modes: give 1 or more, or "all"')
    found = family_modes(family, polarization)
    kept = max(len(found.effective_index), 1) if modes is None else modes
    n_eff = np.full((kept, family.size), NONE)
    s = n_eff.copy()
    there = min(kept, len(found.effective_index))
    n_eff[:there], s[:there] = found.effective_index[:there], found.coordinate[:there]
    return ModeMap(
        family,
        polarization,
        found.count.reshape(family.shape),
        n_eff.reshape(kept, *family.shape),
        _shares(family, polarization, s, n_eff),
        found.alone,
    )


def stack_map(
    *,
    indices: Sequence[ArrayLike],
    thicknesses: Sequence[ArrayLike],
    wavelength: ArrayLike,
    shape: tuple[int, ...],
    polarization: Polarization = "TE",
    modes: int | None = 1,
) -> ModeMap:
    """`map_modes` from plain numbers.

    Args:
        indices: films + 2 values or arrays that broadcast to `shape`, [1] n + i k.
        thicknesses: films values or arrays that broadcast to `shape`, [m].
        wavelength: a value or array that broadcasts to `shape`, [m] in vacuum.
        shape: of the family, one or two axes.
        polarization: "TE" or "TM".
        modes: how many to keep; None for all.
    """
    family = make_family(indices, thicknesses, wavelength, shape)
    return map_modes(family, polarization=polarization, modes=modes)


def _shares(family: StackFamily, polarization: Polarization, s: Complex, n_eff: Complex) -> FamilyShares:
    """Of all modes that are there, in the order of `n_eff`."""
    row, stack = np.nonzero(np.isfinite(n_eff))
    parts = []
    for start in range(0, len(row), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        chosen = row[here], stack[here]
        parts.append(family_shares(family.part(chosen[1]), polarization, s[chosen], n_eff[chosen]))
    if not parts:
        empty = np.zeros((len(family.indices), 0))
        return FamilyShares(empty, empty, empty)
    return FamilyShares(
        np.concatenate([part.confinement for part in parts], axis=1),
        np.concatenate([part.gain_confinement for part in parts], axis=1),
        np.concatenate([part.loss_by_layer for part in parts], axis=1),
    )
