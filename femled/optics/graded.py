"""Modes of films whose index may vary with height: finite elements of high order, open ends, no search."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np

from femled.errors import ConvergenceError, InputError
from femled.optics.elements import Complex, Profile, cut_films, sampled
from femled.optics.graded_mode import GradedMode, Kind, Polarization
from femled.optics.open_films import OpenFilms
from femled.optics.sheet import optical_density
from femled.optics.stack import Stack, make_stack

Search = tuple[float, float, float, float]
_Pair = tuple[complex, Complex]  # sigma and the vector of a mode

_ROUNDS = 12
_ROUGH = 1e-3  # change of n_eff beyond which a mesh is not trusted to show all modes
_MOST_NODES = 300  # of a mesh that is refined and solved for all eigenvalues again
_MOST_NODES_FOLLOWED = 600  # of a mesh that is refined and only followed to
_SAMPLES = 33  # heights at which a profile is looked at for its largest index
_DIGITS = 9.0  # of the eigenvalues on the first mesh; the second has 4 orders more
_MARGIN = 1e-4  # in n_eff: an eigenvalue this near to the region may still be polished into it
_CLOSE = 1e-4  # in n_eff: modes nearer than this are kept apart


def graded_modes(
    *,
    indices: Sequence[Profile],
    thicknesses: Sequence[float],
    wavelength: float,
    polarization: Literal["TE", "TM", "both"] = "both",
    kind: Kind = "bound",
    search: Search | None = None,
    tolerance: float = 1e-10,
) -> list[GradedMode]:
    """All modes of a stack whose films may be graded.

    TE: E'' + k0^2 n^2 E = beta^2 E,    TM: (H'/n^2)' + k0^2 H = beta^2 H/n^2,    beta = k0 n_eff

    bound: decaying on both sides, Re n_eff above the largest index of the lossless half-spaces. leaky: outgoing in the
    denser half-space, decaying in the other, Re n_eff between the two. The half-spaces enter exactly: there are no
    walls, and no starting values.

    What the list holds: all eigenvalues of the first mesh within `search`, each followed to finer meshes until it
    changes by less than `tolerance`. The first mesh resolves every field with |n_eff| up to the largest index of the
    films, and is made anew for larger ones when such a mode is met (short-range plasmons). No winding number is
    counted: a feature of a profile that falls between 33 heights of a film can be missed. Time grows with the cube
    of the optical thickness: 0.01 s for a few thin films, 0.3 s for 20 wavelengths.

    Args:
        indices: (films + 2,), [1] from the first half-space (z < 0) to the last: complex n + i k, Im > 0 absorbs; for
            a film also a function of the height z (points,) [m] above the first interface, smooth within the film. At
            a kink or jump the film is split: two films may have the same function.
        thicknesses: (films,), [m], at least one.
        wavelength: [m] in vacuum.
        polarization: "TE", "TM" or "both".
        kind: "bound" or "leaky".
        search: [1] (re_min, re_max, im_min, im_max) of n_eff; None is -1 < Im n_eff < 1 and no upper limit for bound,
            0 < Im n_eff < 0.15 for leaky modes.
        tolerance: [1] on n_eff.

    Returns:
        The modes, sorted by falling real part of n_eff.

    Raises:
        InputError: a stack, name or region that cannot be meant.
        ConvergenceError: a profile that the elements do not resolve, such as one with a kink.
    """
    if polarization not in ("TE", "TM", "both"):
        raise InputError(f'polarization "{polarization}" is not one of "TE", "TM", "both"')
    if kind not in ("bound", "leaky"):
        raise InputError(f'kind "{kind}" is not one of "bound", "leaky"')
    if not 1e-13 <= tolerance <= 1e-2:
        raise InputError(f"tolerance {tolerance:g} is outside 1e-13 .. 1e-2")
    stack = _typical(indices, thicknesses, wavelength)
    region = _region(stack, kind, search)
    found: list[GradedMode] = []
    chosen: tuple[Polarization, ...] = ("TE", "TM") if polarization == "both" else (polarization,)
    for each in chosen:
        found += _resolved(stack, indices[1:-1], each, kind, region, tolerance)
    return sorted(found, key=lambda mode: -mode.effective_index.real)


def _typical(indices: Sequence[Profile], thicknesses: Sequence[float], wavelength: float) -> Stack:
    """The stack with each graded film replaced by its largest index, checked."""
    if len(indices) < 3:
        raise InputError(f"{len(indices)} indices: a first half-space, a film or more and a last half-space are needed")
    for position in (0, len(indices) - 1):
        if callable(indices[position]):
            raise InputError(f"indices[{position}] is a function of height: a half-space has one index")
    plain = make_stack([1.0 if callable(index) else index for index in indices], thicknesses, wavelength)
    values = list(plain.indices)
    for film, (low, high) in enumerate(pairwise(plain.interfaces)):
        profile = indices[film + 1]
        if callable(profile):
            samples = sampled(profile, film, np.linspace(low, high, _SAMPLES + 2)[1:-1])
            values[film + 1] = complex(samples[samples.real.argmax()])
    return replace(plain, indices=tuple(values))


def _region(stack: Stack, kind: Kind, search: Search | None) -> Search:
    """The region of search, by default that of the definition of the kind."""
    ends = (stack.indices[0], stack.indices[-1])
    low, high = sorted(optical_density(end) for end in ends)
    if kind == "leaky" and low == high:
        raise InputError(f"half-spaces of equal index {low:g} have no leaky modes between them: use kind='bound'")
    if search is None:
        lossless = max((end.real for end in ends if end.imag == 0), default=0.0)
        return (lossless, math.inf, -1.0, 1.0) if kind == "bound" else (low, high, 0.0, 0.15)
    if len(search) != 4 or not (search[0] < search[1] and search[2] < search[3]):
        raise InputError(f"search {search} is not (re_min, re_max, im_min, im_max) with rising limits")
    return search


def _resolved(
    stack: Stack, profiles: Sequence[Profile], polarization: Polarization, kind: Kind, region: Search, tolerance: float
) -> list[GradedMode]:
    """Modes of one polarization: all eigenvalues on a first mesh, each followed to finer ones until it stays."""
    reach = max((index.real for index in stack.indices if index.real >= abs(index.imag)), default=1.0)
    digits = min(_DIGITS, -math.log10(tolerance))
    halvings, change, before = 0, math.inf, math.inf
    films = _first_films(stack, profiles, polarization, reach, digits, halvings)
    found = _all_modes(films, kind, region)
    for _ in range(_ROUNDS):
        finer = replace(films, mesh=films.mesh.raised(4))
        final = None if found is None else _followed(films, found, finer)
        errors = _changes(films, found, finer, final)
        before, change = change, max(errors, default=0.0)
        if final is not None and change <= tolerance:
            found_modes = zip(final, errors, strict=True)
            return [
                _mode(finer, *pair, kind, error)
                for pair, error in found_modes
                if _belongs(finer, pair[0], kind, region)
            ]
        if _too_slow(films.mesh.node_count, before, change, tolerance):
            break
        farthest = max((abs(films.effective_index(sigma)) for sigma, _ in found or []), default=0.0)
        if final is not None and change < _ROUGH and farthest < 1.1 * reach:
            halved = replace(films, mesh=films.mesh.halved())
            films, found = halved, _followed(finer, final, halved)
            continue
        if farthest >= 1.1 * reach:
            reach = 1.2 * farthest
        else:
            halvings += 1
        films = _first_films(stack, profiles, polarization, reach, digits, halvings)
        found = _all_modes(films, kind, region)
    raise ConvergenceError(
        time=None,
        step=None,
        block=f"{polarization} modes of graded films",
        reason="a mode does not settle" if math.isinf(change) else f"n_eff still changes by {change:.1e}",
        advice=f"split a film where its profile has a kink, or allow a larger tolerance than {tolerance:g}",
    )


def _first_films(
    stack: Stack, profiles: Sequence[Profile], polarization: Polarization, reach: float, digits: float, halvings: int
) -> OpenFilms:
    """The problem on a mesh for effective indices up to `reach`, halved a few times."""
    transverse = [stack.wavenumber * _largest(index, reach) for index in stack.indices[1:-1]]
    mesh = cut_films(profiles, stack.thicknesses, transverse, digits)
    for _ in range(halvings):
        mesh = mesh.halved()
    return OpenFilms(mesh, profiles, stack.indices[0], stack.indices[-1], stack.wavenumber, polarization == "TM")


def _too_slow(nodes: int, before: float, change: float, tolerance: float) -> bool:
    """Whether the tolerance is out of reach of meshes of a bearable size, going by the last halving."""
    left = math.log2((_MOST_NODES if change > _ROUGH else _MOST_NODES_FOLLOWED) / nodes)
    return left < 0 or (math.isfinite(before) and change * (change / before) ** (left + 1) > tolerance)


def _largest(index: complex, reach: float) -> complex:
    """Largest transverse wavenumber over k0 in a film for 0 <= n_eff <= reach."""
    ends = (index, cmath.sqrt(index**2 - reach**2))
    return max(ends, key=abs)


def _all_modes(films: OpenFilms, kind: Kind, region: Search) -> list[_Pair] | None:
    """All modes of a kind on a mesh; None if an eigenvalue of the kind does not settle."""
    found: list[_Pair] = []
    # Neither even nor odd, so that it has a part of every mode.
    start = (1 + films.mesh.nodes / films.mesh.top).astype(np.complex128)
    candidates = [sigma for sigma in films.eigenvalues() if _belongs(films, sigma, kind, region, _MARGIN)]
    for first in sorted(candidates, key=lambda sigma: -films.effective_index(sigma).real):
        mode = films.polished(first, start, _near(films, first, found))
        if mode is not None and abs(films.effective_index(mode[0]) - films.effective_index(first)) < _MARGIN:
            found.append(mode)
        elif _belongs(films, first, kind, region):
            return None
    return found


def _followed(films: OpenFilms, modes: Sequence[_Pair], finer: OpenFilms) -> list[_Pair] | None:
    """The same modes on another mesh; None if one is lost."""
    found: list[_Pair] = []
    for sigma, vector in modes:
        mode = finer.polished(sigma, films.mesh.values_at(finer.mesh.nodes, vector), _near(finer, sigma, found))
        if mode is None:
            return None
        found.append(mode)
    return found


def _changes(
    films: OpenFilms, found: Sequence[_Pair] | None, finer: OpenFilms, final: Sequence[_Pair] | None
) -> list[float]:
    """[1] By how much each n_eff differs between two meshes; infinite if a mode was lost."""
    if found is None or final is None:
        return [math.inf]
    pairs = zip(found, final, strict=True)
    return [abs(films.effective_index(old) - finer.effective_index(new)) for (old, _), (new, _) in pairs]


def _near(films: OpenFilms, sigma: complex, modes: Sequence[_Pair]) -> list[_Pair]:
    """Known modes with an effective index close to that of sigma."""
    here = films.effective_index(sigma)
    return [mode for mode in modes if abs(films.effective_index(mode[0]) - here) < _CLOSE]


def _belongs(films: OpenFilms, sigma: complex, kind: Kind, region: Search, margin: float = 0.0) -> bool:
    """Whether an eigenvalue lies on the sheet of a kind and in the region, widened by a margin."""
    n_eff = films.effective_index(sigma)
    re_min, re_max, im_min, im_max = region
    inside = re_min - margin < n_eff.real < re_max + margin and im_min - margin < n_eff.imag < im_max + margin
    g_b, g_t = films.decays(sigma)
    if kind == "bound":
        return inside and g_b.real > -margin and g_t.real > -margin
    radiating, decaying = (g_b, g_t) if optical_density(films.below) > optical_density(films.above) else (g_t, g_b)
    # g = -i kappa: outgoing, Re kappa > 0, is Im g < 0.
    return inside and radiating.imag < margin and decaying.real > -margin


def _mode(films: OpenFilms, sigma: complex, vector: Complex, kind: Kind, error: float) -> GradedMode:
    n_eff = films.effective_index(sigma)
    lossless = not np.any(films.index.imag) and films.below.imag == films.above.imag == 0
    if kind == "bound" and lossless:
        n_eff = complex(n_eff.real)  # the operator is self-adjoint: what is left is round-off
    polarization: Polarization = "TM" if films.transverse_magnetic else "TE"
    return GradedMode(n_eff, polarization, kind, films.mesh.nodes, vector, error, films, films.decays(sigma))
