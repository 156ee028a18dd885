"""Where modes are searched: a rectangle of effective indices, and the rectangles of the coordinate that cover it."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError
from femled.optics.characteristic import Polarization
from femled.optics.rectangle import Rectangle
from femled.optics.sheet import PlainSheet, Sheet, WrappedSheet, optical_density
from femled.optics.stack import Stack

Complex = NDArray[np.complex128]

LEAKY_LOSS = 0.15
"""Largest Im n_eff of a leaky mode that is looked for."""

ROUND_OFF = 1e-14
"""Im n_eff that may come of round-off."""

ROOM = 0.1
"""What is added around the effective indices that can be expected."""


FARTHEST = 200.0
"""Effective index beyond which no plasmon is looked for: one that slow does not see a film as a continuum."""


@dataclass(frozen=True)
class Region:
    """Effective indices within which a list of modes is complete.

    Args:
        low: lowest Re n_eff.
        high: highest Re n_eff.
        gain: lowest Im n_eff.
        loss: highest Im n_eff.
        given: whether it was asked for.
    """

    low: float
    high: float
    gain: float
    loss: float
    given: bool = False

    def contains(self, n_eff: complex) -> bool:
        """Whether an effective index lies inside; if the region was not asked for, also Im n_eff < Re n_eff."""
        inside = self.low < n_eff.real <= self.high and self.gain <= n_eff.imag <= self.loss
        return inside and (self.given or n_eff.imag < n_eff.real)

    def sheet(self, stack: Stack, kind: Literal["bound", "leaky"]) -> Sheet:
        """The coordinate for this region: a plain one unless a cut runs through it."""
        one, other = stack.indices[0], stack.indices[-1]
        plain = one == other or (kind == "bound" and self.low >= max(one.real, other.real))
        return (PlainSheet if plain else WrappedSheet)(one, other, kind)

    def cover(self, sheet: Sheet) -> Rectangle:
        """A rectangle of the coordinate that holds all images of the region."""
        x = sheet.at_index(np.concatenate([self._border(), self._along_cuts(sheet)]))
        wide = 0.02 * max(np.ptp(x.real), np.ptp(x.imag)) + 1e-3
        left = float(x.real.min())
        return Rectangle(
            left - (min(wide, 0.3 * left) if sheet.singular else wide),
            float(x.real.max()) + wide,
            float(x.imag.min()) - wide,
            float(x.imag.max()) + wide,
        )

    def _border(self) -> Complex:
        """Points along the border, pressed together at the corners, where cut-offs lie."""
        share = (1 - np.cos(np.linspace(0, np.pi, 65))) / 2
        corners = [complex(self.low, self.gain), complex(self.high, self.gain)]
        corners += [complex(self.high, self.loss), complex(self.low, self.loss)]
        return np.concatenate([a + (b - a) * share for a, b in pairwise([*corners, corners[0]])])

    def _along_cuts(self, sheet: Sheet) -> Complex:
        """Points of the region on both sides of the cuts that run through it."""
        points = []
        for end, sign in sheet.cuts:
            reach = (abs(end) if sign < 0 else self.high) + max(-self.gain, self.loss)
            n_eff = np.sqrt(end * end + sign * np.linspace(0, reach, 129) ** 2)
            inside = (self.low <= n_eff.real) & (n_eff.real <= self.high)
            points.append(n_eff[inside & (self.gain <= n_eff.imag) & (n_eff.imag <= self.loss)])
        found = np.concatenate(points)
        return np.concatenate([found + 1e-9j, found - 1e-9j])


def given_region(search: tuple[float, float, float, float]) -> Region:
    """The region (re_min, re_max, im_min, im_max) that was asked for.

    Raises:
        InputError: not four finite numbers that rise in pairs.
    """
    try:
        values = [float(value) for value in search]
    except (TypeError, ValueError):
        values = []
    if len(values) != 4 or not all(map(math.isfinite, values)):
        raise InputError(f"search {search}: give (re_min, re_max, im_min, im_max), four numbers")
    low, high, gain, loss = values
    if not (0 <= low < high and gain < loss):
        raise InputError(f"search {tuple(values)}: needs 0 <= re_min < re_max and im_min < im_max")
    return Region(low, high, gain, loss, given=True)


def bound_region(stack: Stack, polarization: Polarization) -> Region:
    """Effective indices that bound modes can have, but for plasmons to its right.

    Above the largest index of the lossless half-spaces. To the right, Re n_eff^2 <= max Re n^2 holds for TE; upwards,
    2 Re n_eff Im n_eff <= max Im n^2, without the metals, which keep the field out. For TM with metals, half as much
    again as the loss of the plasmons that are expected, and 1 at least.
    """
    n = stack.indices
    low = max([index.real for index in (n[0], n[-1]) if index.imag == 0], default=0.0)
    dielectric = [index for index in n if (index * index).real > 0]
    high = max([index.real for index in dielectric], default=1.0)
    loss = max([max(1.5 * i.imag, i.real * i.imag / max(low, 1.0)) for i in dielectric], default=0.0) + ROOM
    if polarization == "TM" and len(dielectric) < len(n):
        loss = max([loss, 1.0, *(1.5 * abs(plasmon.imag) + ROOM for plasmon in _plasmons(stack))])
    gain = max(-index.imag for index in n)
    return Region(low, max(high, low) * 1.05 + ROOM, -1.5 * max(gain, 0.0) - ROOM / 2, loss)


def farthest_plasmon(stack: Stack) -> float:
    """Effective index up to which plasmons are to be expected."""
    return max([index.real for index in _plasmons(stack)], default=0.0) * 1.05 + ROOM


def _plasmons(stack: Stack) -> list[complex]:
    """Rough effective indices of the plasmons of all interfaces and thin films.

    n_eff^2 = e1 e2/(e1 + e2) on one interface; exp(2 n_eff tau) = (e - e1)(e - e2)/((e + e1)(e + e2)) on a film of
    optical thickness tau between media of opposite sign.
    """
    e = [index * index for index in stack.indices]
    found = []
    for one, other in pairwise(e):
        if one.real * other.real < 0 and one + other != 0:
            found.append(complex(np.sqrt(one * other / (one + other))))
    for position, thickness in enumerate(stack.thicknesses):
        below, film, above = e[position : position + 3]
        opposite = film.real * below.real < 0 and film.real * above.real < 0
        if opposite and (film + below) * (film + above) != 0:
            ratio = (film - below) * (film - above) / ((film + below) * (film + above))
            found.append(complex(np.log(complex(ratio))) / (2 * stack.wavenumber * thickness))
    waves = [complex(abs(index.real), index.imag) for index in found]
    return [wave for wave in waves if abs(wave.imag) < 2 * wave.real < 2 * FARTHEST]


def leaky_region(stack: Stack) -> Region | None:
    """Effective indices between those of the half-spaces, 0 for a metal; None where these are alike."""
    low, high = sorted(optical_density(index) for index in (stack.indices[0], stack.indices[-1]))
    return Region(low, high, -ROUND_OFF, LEAKY_LOSS) if high > low else None
