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
from femled.optics.region import FARTHEST, ROUND_OFF, Region, bound_region, farthest_plasmon, given_region, leaky_region
from femled.optics.sheet import optical_density
from femled.optics.stack import Stack, make_stack
from femled.optics.zeros import ZeroOnBorderError, zeros

Complex = NDArray[np.complex128]
Kind = Literal["bound", "leaky"]

STRETCH = 1.6
"""How far the right edge of the search moves out at a time for plasmons."""

EMPTY = 3
"""After how many moves without a mode, beyond the plasmons that are expected, it stays."""


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
            either sign and, as a wave that goes nowhere is no mode, below Re n_eff. "leaky": outgoing in the denser
            half-space, decaying in the other, between the two indices, 0 < Im n_eff <= 0.15.
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
    found = _modes_in(region, stack, polarization, "bound")
    if asked is not None or polarization == "TE" or not any((index * index).real < 0 for index in stack.indices):
        return region, found
    empty, expected = 0, farthest_plasmon(stack)
    while empty < EMPTY and region.high < FARTHEST:
        beyond = replace(region, low=region.high, high=region.high * STRETCH)
        more = _modes_in(beyond, stack, polarization, "bound")
        found += more
        empty = 0 if more or beyond.low < expected else empty + 1
        region = replace(region, high=beyond.high)
    return region, found


def _leaky(stack: Stack, polarization: Polarization, asked: Region | None) -> tuple[Region | None, _Found]:
    region = asked or leaky_region(stack)
    if region is None or stack.indices[0] == stack.indices[-1]:
        return None, []
    found = _modes_in(region, stack, polarization, "leaky")
    if asked is not None or any(index.imag < 0 for index in stack.indices):
        return region, [mode for mode in found if asked is not None or mode[0].imag > 0]
    return region, [_radiating(stack, polarization, *mode) for mode in found]


def _radiating(
    stack: Stack, polarization: Polarization, n_eff: complex, sides: tuple[complex, complex]
) -> tuple[complex, tuple[complex, complex]]:
    """A leaky mode, with a loss that drowns in round-off from the power that goes out and is absorbed."""
    if abs(n_eff.imag) > 1e-12:
        return n_eff, sides
    # Without loss in the half-space the wave there does not decay: Re g <= 0.
    first, last = (
        complex(min(g.real, 0.0), g.imag) if g.imag < 0 and index.imag == 0 else g
        for g, index in zip(sides, (stack.indices[0], stack.indices[-1]), strict=True)
    )
    mode = Mode(stack, polarization, n_eff, "leaky", (first, last))
    return complex(n_eff.real, sum(mode.loss_by_layer) / (2 * stack.wavenumber)), (first, last)


def _modes_in(region: Region, stack: Stack, polarization: Polarization, kind: Kind) -> _Found:
    """Effective indices and sides of all modes in a region."""
    sheet = region.sheet(stack, kind)
    lossless = all((index * index).imag == 0 for index in stack.indices)
    found = []
    for x in _zeros(Characteristic(stack, polarization, sheet), region.cover(sheet)).tolist():
        sides, n_eff = sheet.sides(x), sheet.effective_index(x)
        if kind == "bound" and lossless and abs(n_eff.imag) < ROUND_OFF:
            n_eff = complex(n_eff.real)
        if sheet.holds(*sides) and region.contains(n_eff):
            found.append((n_eff, sides))
    return found


def _zeros(function: Characteristic, cover: Rectangle) -> Complex:
    """All zeros in a rectangle, which is widened a little where one lies on its border."""
    for attempt in range(12):
        wider = attempt * 0.0137 * cover.size
        rectangle = Rectangle(
            cover.left - min(wider, 0.07 * attempt * abs(cover.left)),
            cover.right + wider,
            cover.bottom - wider,
            cover.top + wider,
        )
        try:
            return zeros(function, rectangle)
        except ZeroOnBorderError:
            continue
    advice = "give a search region whose border lies away from modes"
    raise ConvergenceError(time=None, step=None, block="modes", reason="a mode lies on the border", advice=advice)


def _why_none(stack: Stack, kind: Kind) -> str:
    ends = (stack.indices[0], stack.indices[-1])
    outer = max(optical_density(index) for index in ends)
    inner = max((optical_density(index) for index in stack.indices[1:-1]), default=0.0)
    if kind == "leaky" and optical_density(ends[0]) == optical_density(ends[1]):
        return "no leaky modes: the half-spaces are alike, and a wave leaks into both or neither"
    if not stack.thicknesses:
        return f"no {kind} mode: there is no film between the half-spaces"
    if kind == "bound" and inner <= outer:
        return f"nothing is guided: no film (highest index {inner:.4g}) is denser than the half-spaces ({outer:.4g})"
    return f"no {kind} mode in the search region: the films are too thin for one"
