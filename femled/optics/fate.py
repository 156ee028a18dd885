"""Where the power of a dipole ends: every film and half-space, resolved along the real in-plane wavenumber.

With psi = 1 at the upper face of the emitter film, medium j above it receives U_j (see `waves.respond`). A dipole at
the distances s_u and s_d from the two faces sends into it

    K_j(N) = strength * U_j |G_u|^2 |P_d|^2/|W|^2          G_u = 2 exp(i kappa k0 s_u); P, W: see `dipole`

(|N_d|^2 in place of |P_d|^2 for the horizontal dipole in TM), each term positive. Near a guided mode of small loss W
has no digits left; there the spectrum is Re K from its residue and Taylor series, shared out in the same proportions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from femled.optics.dipole import Cavity
from femled.optics.guided import Peak
from femled.optics.quadrature import Factors, integrate
from femled.optics.substrate import escape
from femled.optics.waves import POLARIZATIONS, Complex, Polarization, Real, respond

GAUSS = 16
"""Points on each panel of a peak; the Lorentzian is 1/cosh in the variable used, and the error 1e-15."""


@dataclass(frozen=True)
class Fate:
    """Power over that in the unbounded emitter medium, by where it ends.

    Args:
        received: (media, heights) absorbed, or for a transparent last half-space leaving through it.
        near_field: (media, heights) the part of `received` beyond the near-field index.
        bottom: (heights,) leaves through the first half-space, or through the back face of a thick substrate.
        trapped: (heights,) stays in the thick substrate.
        entered: (heights,) sent into a transparent first half-space, before any bounce.
        direct_top: (heights,) sent into a transparent last half-space, before any bounce.
    """

    received: Real
    near_field: Real
    bottom: Real
    trapped: Real
    entered: Real
    direct_top: Real


@dataclass(frozen=True)
class Sorting:
    """How the power at one effective index is shared out.

    Args:
        cavity: the stack and its dipoles.
        outside: [1] index below a thick substrate; None: no back face.
    """

    cavity: Cavity
    outside: float | None

    @property
    def rows(self) -> int:
        """Media, bottom, trapped, entered, direct top."""
        return len(self.cavity.stack.indices) + 4

    def proportions(self, N: Real, polarization: Polarization, heights: Real) -> tuple[Factors, Complex, Complex]:
        """Pairs of U_j (rows, points) and its factor at each height (points, heights), without 1/|W|^2; and U, D.

        Args:
            N: (points,), [1] effective index, real.
            polarization: "TE" or "TM".
            heights: (heights,), [m] above the lower face of the emitter film.
        """
        cavity, media, e = self.cavity, len(self.cavity.stack.indices), self.cavity.emitter
        k0 = cavity.stack.wavenumber
        up, down = (respond(*side, k0, N, polarization) for side in (cavity.above, cavity.below))
        rows_up, rows_down = np.zeros((self.rows, len(N))), np.zeros((self.rows, len(N)))
        rows_up[e + 1 : media] = up.received
        rows_down[:e] = down.received[::-1]
        if cavity.transparent[1]:
            rows_up[media + 3] = up.received[-1]
        if cavity.transparent[0]:
            entered = rows_down[0].copy()
            there = entered > 0
            fate = escape(cavity.stack, self.outside, N[there], polarization)
            rows_down[0] = 0
            rows_down[:media, there] += fate.received * entered[there]
            rows_down[media, there] = fate.bottom * entered[there]
            rows_down[media + 1, there] = fate.trapped * entered[there]
            rows_down[media + 2] = entered
        P_u, G_u, wave_u = cavity.side(N, polarization, up.load, cavity.thickness - heights)
        P_d, G_d, wave_d = cavity.side(N, polarization, down.load, heights)
        p, g = (np.broadcast_to(part, N.shape)[:, None] for part in cavity.strengths(N, polarization))
        sent_up = 4 * np.abs(wave_u) ** 2 * (p * np.abs(P_d) ** 2 + g * np.abs(G_d) ** 2)
        sent_down = 4 * np.abs(wave_d) ** 2 * (p * np.abs(P_u) ** 2 + g * np.abs(G_u) ** 2)
        return [(rows_up, sent_up), (rows_down, sent_down)], up.load, down.load

    def spectrum(self, N: Real, polarization: Polarization, heights: Real) -> Factors:
        """The same with 1/|W|^2: power per effective index, by where it ends."""
        pairs, U, D = self.proportions(N, polarization, heights)
        weight = np.abs(self.cavity.wronskian(N, polarization, U, D)) ** -2
        return [(rows * weight, columns) for rows, columns in pairs]


def fate(sorting: Sorting, heights: Real, peaks: Sequence[Peak], near_field_index: float) -> tuple[Fate, float]:
    """The power by where it ends, integrated over the real effective index.

    Args:
        sorting: the stack, its dipoles, and the thick substrate.
        heights: (heights,), [m] above the lower face of the emitter film.
        peaks: the guided modes.
        near_field_index: [1] beyond this what is absorbed is near field.

    Returns:
        The fate, and the largest difference of two rules on a panel that could not be halved further.
    """
    total = np.zeros((2, sorting.rows, len(heights)))
    worst = 0.0
    for polarization in POLARIZATIONS:
        own = [peak for peak in peaks if peak.pole.polarization == polarization]
        marks, windows = _marks(sorting, heights, own, near_field_index)
        intervals = [pair for pair in pairwise(marks) if pair not in windows]
        integrand = partial(sorting.spectrum, polarization=polarization, heights=heights)
        sums, error = integrate(integrand, intervals, rows=sorting.rows, columns=len(heights))
        far = np.array([low >= near_field_index for low, _ in intervals], bool)
        total[0] += sums[~far].sum(axis=0) + sum(_window(sorting, heights, peak) for peak in windows.values())
        total[1] += sums[far].sum(axis=0)
        worst = max(worst, error)
    media = len(sorting.cavity.stack.indices)
    both = total.sum(axis=0)
    near_field = total[1, :media].copy()
    return Fate(both[:media], near_field, *both[media:]), worst


def _marks(
    sorting: Sorting, heights: Real, peaks: Sequence[Peak], near_field_index: float
) -> tuple[list[float], dict[tuple[float, float], Peak]]:
    """Where the line is cut: branch points, peaks, doublings up to where nothing is felt; and the narrow peaks."""
    cavity = sorting.cavity
    ends = (cavity.stack.indices[0], cavity.stack.indices[-1])
    runs_off = [n.real for n, free in zip(ends, cavity.transparent, strict=True) if free]
    reach = cavity.reach(heights, metals_only=False)
    end = max([reach, *runs_off], default=0.0) if reach else max(runs_off, default=0.0)
    marks = {0.0, end, *(n.real for n in ends if (n**2).real > 0), cavity.index, near_field_index}
    if sorting.outside is not None:
        marks.add(sorting.outside)
    marks |= {cavity.largest_index * 2.0**j for j in range(60) if cavity.largest_index * 2.0**j < end}
    windows = {}
    for peak in peaks:
        place, half = peak.pole.effective_index.real, peak.half_window
        if not peak.narrow:
            marks.add(place)
        elif reach and place + half < end:
            marks = {mark for mark in marks if abs(mark - place) >= half} | {place - half, place + half}
            windows[place - half, place + half] = peak
    kept = sorted(mark for mark in marks if 0 <= mark <= end)
    return [mark for j, mark in enumerate(kept) if j == 0 or mark - kept[j - 1] > 1e-13], windows


def _window(sorting: Sorting, heights: Real, peak: Peak) -> Real:
    """Integral over a narrow peak, with N = Re N_p + Im N_p sinh(t): Re K shared out in the proportions of the fate."""
    t_end = float(np.arcsinh(peak.half_window / peak.width))
    panels = int(np.ceil(t_end / 1.2)) * 2
    x, w = np.polynomial.legendre.leggauss(GAUSS)
    half = t_end / panels
    centres = -t_end + half * (2 * np.arange(panels) + 1)
    t = (centres[:, None] + half * x).ravel()
    weight = np.tile(half * w, panels) * peak.width * np.cosh(t)
    offset = peak.width * np.sinh(t)
    pairs, _, _ = sorting.proportions(peak.pole.effective_index.real + offset, peak.pole.polarization, heights)
    # every row but the last two is a different end of the power
    ends = sum(rows[:-2].sum(axis=0)[:, None] * columns for rows, columns in pairs)
    density = weight[:, None] * peak.spectrum(offset) / np.where(ends > 0, ends, 1)
    return np.asarray(sum(rows @ (columns * density) for rows, columns in pairs))
