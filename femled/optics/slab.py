"""Guided and leaky modes of a planar stack: the complete list, with its proof."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError, unknown_name
from femled.optics.characteristic import Characteristic, Polarization
from femled.optics.mode import Mode
from femled.optics.rectangle import Rectangle
from femled.optics.region import FARTHEST, Region, bound_region, farthest_plasmon, given_region, leaky_region
from femled.optics.sheet import Sheet
from femled.optics.stack import Stack, make_stack
from femled.optics.zeros import ZeroOnBorderError, zeros

Complex = NDArray[np.complex128]
Kind = Literal["bound", "leaky"]

STRETCH = 1.6
"""How far the right edge of the search moves out at a time for plasmons."""


class Modes(list[Mode]):
    """Modes by falling real part of the effective index, with what is known of their completeness.

    Args:
        modes: in any order.
        regions: polarization -> effective indices within which the list is complete.
        message: a sentence where there is something to say.
    """

    def __init__(self, modes: Iterable[Mode], regions: dict[Polarization, Region], message: str = "") -> None:
        super().__init__(sorted(modes, key=lambda mode: -mode.effective_index.real))
        self.regions = regions
        self.message = message


def slab_modes(
    *,
    indices: Sequence[complex],
    thicknesses: Sequence[float],
    wavelength: float,
    polarization: Literal["TE", "TM", "both"] = "both",
    kind: Kind = "bound",
    search: tuple[float, float, float, float] | None = None,
) -> Modes:
    """Modes that a stack of films between two half-spaces guides, none missing.

    u'' + k0^2 (n^2 - n_eff^2) u = 0 in every medium; u and u'/p continuous, u = E_y, p = 1 (TE), u = H_y, p = n^2 (TM)

    Fields are exp(i(beta x - omega t)) with beta = k0 n_eff: Im n > 0 absorbs, Im n_eff > 0 loses. The characteristic
    function is searched on the sheet of `kind`; its winding number along the border of the region equals the number of
    modes that are returned.

    Args:
        indices: (films + 2,), [1] complex: first half-space (substrate), films, last half-space (cover).
        thicknesses: (films,), [m].
        wavelength: [m] in vacuum.
        polarization: "TE", "TM" or "both".
        kind: "bound": decaying on both sides, Re n_eff above the largest index of the lossless half-spaces, Im n_eff of
            either sign. "leaky": outgoing in the denser half-space, decaying in the other, between the two indices,
            0 < Im n_eff <= 0.15.
        search: (re_min, re_max, im_min, im_max) of n_eff, in place of the region of `kind`.

    Returns:
        the modes by falling Re n_eff, with `regions` and, if it is empty, a `message`.

    Raises:
        InputError: a stack or region that cannot be.
        ConvergenceError: the list could not be shown to be complete.
    """
    stack = make_stack(indices, thicknesses, wavelength)
    return find_modes(stack, polarization=polarization, kind=kind, search=search)


def find_modes(
    stack: Stack,
    *,
    polarization: Literal["TE", "TM", "both"] = "both",
    kind: Kind = "bound",
    search: tuple[float, float, float, float] | None = None,
    names: tuple[str, ...] = (),
    dispersion: tuple[complex, ...] = (),
) -> Modes:
    """The modes of a checked stack; see `slab_modes`.

    Args:
        stack: half-spaces and films.
        polarization: "TE", "TM" or "both".
        kind: "bound" or "leaky".
        search: region of n_eff, if not that of the kind.
        names: (films + 2,) of the media.
        dispersion: (films + 2,), [1] omega dn/domega of the media, for the group index.
    """
    if kind not in ("bound", "leaky"):
        raise unknown_name("kind of mode", str(kind), ("bound", "leaky"))
    if polarization not in ("TE", "TM", "both"):
        raise unknown_name("polarization", str(polarization), ("TE", "TM", "both"))
    wanted: tuple[Polarization, ...] = ("TE", "TM") if polarization == "both" else (polarization,)
    asked = None if search is None else given_region(search)
    modes: list[Mode] = []
    regions: dict[Polarization, Region] = {}
    for one in wanted:
        region, found = _leaky(stack, one, asked) if kind == "leaky" else _bound(stack, one, asked)
        if region is not None:
            regions[one] = region
        modes += [Mode(stack, one, n_eff, kind, sides, names, dispersion) for n_eff, sides in found]
    return Modes(modes, regions, "" if modes else _why_none(stack, kind))


_Found = list[tuple[complex, tuple[complex, complex]]]


def _bound(stack: Stack, polarization: Polarization, asked: Region | None) -> tuple[Region, _Found]:
    region = asked or bound_region(stack, polarization)
    sheet = region.sheet(stack, "bound")
    function = Characteristic(stack, polarization, sheet)
    rectangle, x = _zeros(function, region.cover(sheet))
    beyond = 0
    metal = polarization == "TM" and any((index * index).real < 0 for index in stack.indices)
    farthest = farthest_plasmon(stack) if metal else 0.0
    while asked is None and metal and (beyond < 2 or region.high < farthest) and region.high < FARTHEST:
        region = replace(region, high=region.high * STRETCH)
        right = region.cover(sheet).right
        strip = replace(rectangle, left=rectangle.right, right=right)
        strip, more = _zeros(function, strip, movable_left=False)
        rectangle = replace(rectangle, right=strip.right)
        beyond = 0 if any(sheet.holds(*sheet.sides(each)) for each in more.tolist()) else beyond + 1
        x = np.concatenate([x, more])
    return region, _kept(sheet, x, region)


def _leaky(stack: Stack, polarization: Polarization, asked: Region | None) -> tuple[Region | None, _Found]:
    region = asked or leaky_region(stack)
    if region is None or stack.indices[0] == stack.indices[-1]:
        return None, []
    sheet = region.sheet(stack, "leaky")
    _, x = _zeros(Characteristic(stack, polarization, sheet), region.cover(sheet))
    return region, [mode for mode in _kept(sheet, x, region) if asked is not None or mode[0].imag > 0]


def _zeros(function: Characteristic, cover: Rectangle, *, movable_left: bool = True) -> tuple[Rectangle, Complex]:
    """All zeros in a rectangle, which is widened a little where one lies on its border."""
    for attempt in range(12):
        wider = attempt * 0.0137 * cover.size
        rectangle = Rectangle(
            cover.left - (0.07 * attempt * abs(cover.left) if movable_left else 0.0),
            cover.right + wider,
            cover.bottom - wider,
            cover.top + wider,
        )
        try:
            return rectangle, zeros(function, rectangle)
        except ZeroOnBorderError:
            continue
    advice = "give a search region whose border lies away from modes"
    raise ConvergenceError(time=None, step=None, block="modes", reason="a mode lies on the border", advice=advice)


def _kept(sheet: Sheet, x: Complex, region: Region) -> _Found:
    """Effective indices and sides of the zeros on the sheet and in the region."""
    found = []
    for each in x.tolist():
        sides, n_eff = sheet.sides(each), sheet.effective_index(each)
        if sheet.holds(*sides) and region.contains(n_eff):
            found.append((n_eff, sides))
    return found


def _why_none(stack: Stack, kind: Kind) -> str:
    outer = max(stack.indices[0].real, stack.indices[-1].real)
    inner = max((index.real for index in stack.indices[1:-1]), default=0.0)
    if kind == "leaky" and stack.indices[0].real == stack.indices[-1].real:
        return "no leaky modes: the half-spaces are alike, and a wave leaks into both or neither"
    if kind == "bound" and inner <= outer:
        return f"nothing is guided: no film (highest index {inner:.4g}) is denser than the half-spaces ({outer:.4g})"
    return f"no {kind} mode in the search region: the films are too thin for one"
