"""Modes of films whose index may vary with height: finite elements of high order, open ends, no search."""

import cmath
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from femled.errors import ConvergenceError, InputError
from femled.optics.elements import Complex, Profile, Real, cut_films
from femled.optics.open_films import OpenFilms
from femled.optics.stack import Stack, make_stack

Polarization = Literal["TE", "TM"]
Kind = Literal["bound", "leaky"]
Search = tuple[float, float, float, float]
_Pair = tuple[complex, Complex]  # sigma and the vector of a mode

_ROUNDS = 12
_ROUGH = 1e-3  # change of n_eff beyond which a mesh is not trusted to show all modes
_MOST_NODES = 300  # of a mesh that is refined and solved for all eigenvalues again
_MOST_NODES_FOLLOWED = 600  # of a mesh that is refined and only followed to
_DIGITS = 9.0  # of the eigenvalues on the first mesh; the second has 4 orders more
_MARGIN = 1e-4  # in n_eff: an eigenvalue this near to the region may still be polished into it
_CLOSE = 1e-4  # in n_eff: modes nearer than this are kept apart


@dataclass(frozen=True, eq=False)
class GradedMode:
    """A mode of films with open ends; the field is u exp(i(beta x - omega t)), u = E_y (TE) or H_y (TM).

    Args:
        effective_index: [1] complex; Im > 0 loses.
        polarization: "TE" or "TM".
        kind: "bound" or "leaky".
        heights: (nodes,), [m] of the nodes above the first interface.
        values: (nodes,), [1] u at the nodes, 1 at the node where it is largest.
        index_error: [1] change of the effective index when the order of the elements is raised.
        films: the discrete problem.
        decays: [1] g_b and g_t: u goes as exp(g_b k0 z) below and exp(-g_t k0 z) above.
    """

    effective_index: complex
    polarization: Polarization
    kind: Kind
    heights: Real
    values: Complex
    index_error: float
    films: OpenFilms
    decays: tuple[complex, complex]

    @property
    def modal_loss(self) -> float:
        """[1/m] alpha = 4 pi Im(n_eff)/lambda, negative for gain."""
        return 2 * self.films.wavenumber * self.effective_index.imag

    def field(self, height: float | Real) -> Complex:
        """The field u at any height.

        Args:
            height: (...), [m] above the first interface; negative in the half-space below.

        Returns:
            (...), [1] complex. A leaky mode grows into the half-space that it radiates into.
        """
        z = np.asarray(height, dtype=float)
        k0, top = self.films.wavenumber, self.films.mesh.top
        inside = self.films.mesh.values_at(np.clip(z, 0.0, top).ravel(), self.values).reshape(z.shape)
        g_b, g_t = self.decays
        outside = np.exp(g_b * k0 * np.minimum(z, 0.0) - g_t * k0 * np.maximum(z - top, 0.0))
        field: Complex = inside * outside
        return field

    def index_shift(self, change: Callable[[Real], Complex | Real]) -> complex:
        """First-order change of the effective index by a small change dn(z) of the films' index.

        d n_eff = Int n dn E.E dz / (n_eff Int E.E dz)                                    (TE)
        d n_eff = Int (dn/n^3) (H'^2/k0^2 + n_eff^2 H^2) dz / (n_eff Int H^2/n^2 dz)      (TM)

        without conjugation; the integrals below reach over the half-spaces, where E.E = E(0)^2 exp(2 g_b k0 z).

        Args:
            change: dn [1] as a function of the height (points,) [m], sampled within the films.

        Returns:
            [1] complex.
        """
        films, n_eff = self.films, self.effective_index
        dn = np.broadcast_to(np.asarray(change(films.mesh.points)), films.owners.shape)
        u, n = self.values[films.owners], films.index
        if films.transverse_magnetic:
            density = dn / n**3 * ((films.slopes @ self.values) ** 2 + (n_eff * u) ** 2)
        else:
            density = dn * n * u**2
        _, mass, below, above = films.forms(self.values)
        g_b, g_t = self.decays
        whole = mass + below / (2 * g_b) + above / (2 * g_t)
        return complex(np.sum(films.measure * density) / (n_eff * whole))


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
    denser half-space, decaying in the other, Re n_eff between the two. The half-spaces enter exactly (no walls).
    Every eigenvalue of the elements' matrices is computed, and the elements are refined until each mode keeps its
    index when their order is raised: within `search` the list holds every mode with no more than about 30 rad of phase
    between neighbouring nodes' elements, whatever its symmetry, and close pairs as pairs.

    Args:
        indices: (films + 2,), [1] from the first half-space (z < 0) to the last: complex n + i k, Im > 0 absorbs; for
            a film also a function of the height z (points,) [m] above the first interface, smooth within the film.
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
    """The stack with each graded film replaced by its index at half height, checked."""
    if len(indices) < 3:
        raise InputError(
            f"{len(indices)} indices: a first half-space, at least one film and a last half-space are needed"
        )
    for position in (0, len(indices) - 1):
        if callable(indices[position]):
            raise InputError(f"indices[{position}] is a function of height: a half-space has one index")
    middle = np.cumsum(np.concatenate([[0.0], np.asarray(thicknesses, dtype=float)]))
    middle = (middle[:-1] + middle[1:]) / 2
    values: list[complex] = []
    for position, index in enumerate(indices):
        if not callable(index):
            values.append(index)
        elif position <= len(middle):
            values.append(complex(np.ravel(index(middle[position - 1 : position]))[0]))
    return make_stack(values, thicknesses, wavelength)


def _region(stack: Stack, kind: Kind, search: Search | None) -> Search:
    """The region of search, by default that of the definition of the kind."""
    ends = (stack.indices[0], stack.indices[-1])
    low, high = sorted(end.real for end in ends)
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
    graded = [callable(profile) for profile in profiles]
    reach = max((index.real for index in stack.indices if index.real >= abs(index.imag)), default=1.0)
    halvings, digits = 0, min(_DIGITS, -math.log10(tolerance))
    found: list[_Pair] | None = None
    films: OpenFilms | None = None
    for _ in range(_ROUNDS):
        if found is None or films is None:
            transverse = [stack.wavenumber * _largest(index, reach) for index in stack.indices[1:-1]]
            mesh = cut_films(stack.thicknesses, transverse, graded, digits)
            for _ in range(halvings):
                mesh = mesh.halved()
            ends = (stack.indices[0], stack.indices[-1])
            films = OpenFilms(mesh, profiles, *ends, stack.wavenumber, polarization == "TM")
            found = _all_modes(films, kind, region)
        finer = replace(films, mesh=films.mesh.raised(4))
        final = None if found is None else _followed(films, found, finer)
        errors = [math.inf]
        if found is not None and final is not None:
            pairs = zip(found, final, strict=True)
            errors = [abs(films.effective_index(old) - finer.effective_index(new)) for (old, _), (new, _) in pairs]
            if max(errors, default=0.0) <= tolerance:
                modes = [
                    _mode(finer, *pair, polarization, kind, error) for pair, error in zip(final, errors, strict=True)
                ]
                return [
                    mode for mode, (sigma, _) in zip(modes, final, strict=True) if _belongs(finer, sigma, kind, region)
                ]
        farthest = max((abs(films.effective_index(sigma)) for sigma, _ in found or []), default=0.0)
        if films.mesh.node_count > (_MOST_NODES if max(errors) > _ROUGH else _MOST_NODES_FOLLOWED):
            break
        if farthest > 1.1 * reach:
            reach, found = 1.2 * farthest, None
        elif final is None or max(errors) > _ROUGH:
            halvings, found = halvings + 1, None
        else:
            halved = replace(films, mesh=films.mesh.halved())
            films, found = halved, _followed(finer, final, halved)
            halvings += 0 if found else 1
    change = "no mode settles" if math.isinf(max(errors)) else f"n_eff still changes by {max(errors):.1e}"
    raise ConvergenceError(
        time=None,
        step=None,
        block=f"{polarization} modes of graded films",
        reason=change,
        advice="split a film where its profile has a kink, or allow a larger tolerance",
    )


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


def _near(films: OpenFilms, sigma: complex, modes: Sequence[tuple[complex, Complex]]) -> list[tuple[complex, Complex]]:
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
    radiating, decaying = (g_b, g_t) if films.below.real > films.above.real else (g_t, g_b)
    # g = -i kappa: outgoing, Re kappa > 0, is Im g < 0.
    return inside and radiating.imag < margin and decaying.real > -margin


def _mode(
    films: OpenFilms, sigma: complex, vector: Complex, polarization: Polarization, kind: Kind, error: float
) -> GradedMode:
    n_eff = films.effective_index(sigma)
    lossless = not np.any(films.index.imag) and films.below.imag == films.above.imag == 0
    if kind == "bound" and lossless:
        n_eff = complex(n_eff.real)  # the operator is self-adjoint: what is left is round-off
    return GradedMode(n_eff, polarization, kind, films.mesh.nodes, vector, error, films, films.decays(sigma))
