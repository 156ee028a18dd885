"""Films cut into elements of high order: Gauss-Lobatto nodes, on which a smooth field is a polynomial."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from femled.errors import InputError

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]
Profile = complex | Callable[[Real], Complex | Real]

_LONGEST = 12.0  # [rad] across an element
_FADED = 8  # order where nothing is left of the field
_MORE = 4  # orders for what a profile adds to the waves
_FOLLOWED = 1e-5  # misfit of an index and its polynomials that leaves the rest to the refinement
_MOST_PIECES = 16  # of a film, before the refinement
_EDGE = 1e-11  # of an element's thickness: a profile is not sampled closer to its ends, where it may jump


@dataclass(frozen=True)
class Rule:
    """Gauss-Lobatto rule on -1 .. 1.

    Args:
        points: (order + 1,), [1] both ends and the zeros of P'_order between them.
        weights: (order + 1,), [1] of the quadrature.
        slopes: (order + 1, order + 1), [1] derivative at the points from values at the points.
        barycentric: (order + 1,), [1] weights of the interpolation between the points.
    """

    points: Real
    weights: Real
    slopes: Real
    barycentric: Real


@cache
def lobatto(order: int) -> Rule:
    """The rule of one order.

    w_j = 2/[p (p + 1) P_p(x_j)^2],    D_ij = (b_j/b_i)/(x_i - x_j),    b_j ~ (-1)^j sqrt(w_j)

    Args:
        order: [1] p >= 1 of the polynomials.
    """
    coefficients = np.zeros(order + 1)
    coefficients[order] = 1.0
    slope = legendre.legder(coefficients)
    curvature = legendre.legder(slope)
    inner = np.sort(legendre.legroots(slope).real) if order > 1 else np.zeros(0)
    for _ in range(3):
        inner = inner - legendre.legval(inner, slope) / legendre.legval(inner, curvature)
    points = np.concatenate([[-1.0], inner, [1.0]])
    points = (points - points[::-1]) / 2
    weights = 2 / (order * (order + 1) * legendre.legval(points, coefficients) ** 2)
    barycentric = np.sqrt(weights) * (-1.0) ** np.arange(order + 1)
    distances = points[:, None] - points[None, :]
    np.fill_diagonal(distances, 1.0)
    slopes = barycentric[None, :] / barycentric[:, None] / distances
    np.fill_diagonal(slopes, 0.0)
    # Rows sum to zero exactly: the slope of a constant.
    np.fill_diagonal(slopes, -slopes.sum(axis=1))
    return Rule(points, weights, slopes, barycentric)


@dataclass(frozen=True)
class Element:
    """A part of a film.

    Args:
        film: position of the film, 0 the lowest.
        bottom: [m] height of its lower face above the first interface.
        thickness: [m].
        order: [1] of the polynomials.
    """

    film: int
    bottom: float
    thickness: float
    order: int

    @property
    def nodes(self) -> Real:
        """(order + 1,), [m] heights."""
        return self.bottom + self.thickness * (lobatto(self.order).points + 1) / 2

    @property
    def inner_nodes(self) -> Real:
        """(order + 1,), [m] heights of the nodes, those at the ends moved a little inwards."""
        top = self.bottom + self.thickness
        edge = _EDGE * self.thickness + 4 * math.ulp(top)
        return np.clip(self.nodes, self.bottom + edge, top - edge)


@dataclass(frozen=True)
class Mesh:
    """Elements from the first interface to the last; neighbours share a node.

    Args:
        elements: upwards.
    """

    elements: tuple[Element, ...]

    @property
    def first_nodes(self) -> list[int]:
        """(elements,), position of each element's lowest node among all nodes."""
        return [0, *np.cumsum([element.order for element in self.elements])[:-1].tolist()]

    @property
    def node_count(self) -> int:
        """Number of distinct nodes."""
        return 1 + sum(element.order for element in self.elements)

    @property
    def nodes(self) -> Real:
        """(nodes,), [m] heights, each once."""
        heights = [element.nodes[:-1] for element in self.elements]
        return np.concatenate([*heights, self.elements[-1].nodes[-1:]])

    @property
    def points(self) -> Real:
        """(points,), [m] heights of all elements' nodes within their element; a shared node comes twice."""
        return np.concatenate([element.inner_nodes for element in self.elements])

    @property
    def top(self) -> float:
        """[m] height of the last interface."""
        return self.elements[-1].bottom + self.elements[-1].thickness

    def raised(self, by: int) -> "Mesh":
        """The same elements with polynomials of higher order."""
        return Mesh(tuple(replace(element, order=element.order + by) for element in self.elements))

    def halved(self) -> "Mesh":
        """Each element cut in two."""
        halves = []
        for element in self.elements:
            half = element.thickness / 2
            halves += [
                replace(element, thickness=half),
                replace(element, bottom=element.bottom + half, thickness=half),
            ]
        return Mesh(tuple(halves))

    def values_at(self, heights: Real, values: Complex) -> Complex:
        """A field between its nodes.

        f(x) = Sum_j b_j f_j/(x - x_j) / Sum_j b_j/(x - x_j)

        Args:
            heights: (points,), [m] within the films.
            values: (nodes,), [any] at the nodes.

        Returns:
            (points,), [as values].
        """
        bottoms = np.array([element.bottom for element in self.elements])
        owners = np.clip(np.searchsorted(bottoms, heights, side="right") - 1, 0, len(bottoms) - 1)
        found = np.empty(heights.shape, dtype=np.complex128)
        first_nodes = self.first_nodes
        for owner in np.unique(owners):
            element, first = self.elements[owner], first_nodes[owner]
            rule, own = lobatto(element.order), values[first : first + element.order + 1]
            chosen = owners == owner
            x = 2 * (heights[chosen] - element.bottom) / element.thickness - 1
            distances = x[:, None] - rule.points[None, :]
            hits = distances == 0
            shares = rule.barycentric / np.where(hits, 1.0, distances)
            found[chosen] = np.where(hits.any(axis=1), own[hits.argmax(axis=1)], (shares @ own) / shares.sum(axis=1))
        return found


def order_for(phase: float, digits: float) -> int:
    """Order at which an element returns eigenvalues to so many digits.

    [e phi/(4 p)]^(2 p) <= 10^-digits: p nodes see a phase phi below 4 p/e, and then the error falls like this.

    Args:
        phase: [rad] across the element.
        digits: [1] decimal.
    """
    order = 4
    while 2 * order * math.log10(math.e * phase / (4 * order)) > -digits:
        order += 1
    return order


def cut_films(
    profiles: Sequence[Profile], thicknesses: Sequence[float], transverse: Sequence[complex], digits: float
) -> Mesh:
    """Elements that resolve the index and the waves in films.

    Args:
        profiles: (films,), refractive index of each: complex, or a function of the height [m].
        thicknesses: (films,), [m].
        transverse: (films,), [rad/m] largest wavenumber across each film; mostly imaginary in a metal.
        digits: [1] decimal, wanted of the eigenvalues.

    Returns:
        The mesh of all films.
    """
    elements: list[Element] = []
    bottom = 0.0
    for film, (profile, thickness, wavenumber) in enumerate(zip(profiles, thicknesses, transverse, strict=True)):
        phase = abs(wavenumber) * thickness
        metal = abs(wavenumber.imag) > abs(wavenumber.real) and not callable(profile)
        if metal:
            shares = _towards_faces(phase)
        else:
            pieces = math.ceil(phase / _LONGEST)
            if callable(profile):
                pieces = _pieces(profile, film, bottom, thickness, max(pieces, 2))
            shares = [1 / pieces] * pieces
        edges = np.concatenate([[0.0], np.cumsum(shares)])
        edges[-1] = 1.0
        for low, high in pairwise(edges.tolist()):
            # Waves that have decayed by e^-x on the way from a face count e^-2x in the eigenvalue.
            depth = phase * min(low, 1 - high) if metal else 0.0
            left = digits - 2 * depth / math.log(10)
            order = order_for((high - low) * phase, left) if left > 0 else _FADED
            order += _MORE if callable(profile) else 0
            elements.append(Element(film, bottom + low * thickness, (high - low) * thickness, order))
        bottom += thickness
    return Mesh(tuple(elements))


def _pieces(profile: Profile, film: int, bottom: float, thickness: float, least: int) -> int:
    """In how many elements a graded film is cut for polynomials to follow its index, as far as that helps."""
    pieces = least
    while pieces < _MOST_PIECES:
        part = thickness / pieces
        mesh = Mesh(tuple(Element(film, bottom + part * i, part, _FADED) for i in range(pieces)))
        between = np.concatenate([(e.inner_nodes[1:] + e.inner_nodes[:-1]) / 2 for e in mesh.elements])
        at_nodes = sampled(profile, film, mesh.points)
        # A node between two elements has one value here: where the index jumps, this is seen as a misfit.
        values = np.delete(at_nodes, np.arange(1, pieces) * (_FADED + 1))
        wanted = sampled(profile, film, between)
        if np.abs(mesh.values_at(between, values) - wanted).max() < _FOLLOWED * np.abs(wanted).max():
            break
        pieces *= 2
    return pieces


def _towards_faces(phase: float) -> list[float]:
    """Shares of a film's thickness, doubling from both faces: what has decayed by e^-12 needs no fine elements."""
    halves: list[float] = []
    length, left = _LONGEST, phase / 2
    if 2 * left <= length:
        return [1.0]
    while left > 1.5 * length:
        halves.append(length / phase)
        left -= length
        length *= 2
    halves.append(left / phase)
    return [*halves, *halves[::-1]]


def sampled(profile: Profile, film: int, heights: Real) -> Complex:
    """Refractive index of a film at heights within it.

    Args:
        profile: [1] complex n + i k, or a function of the height [m] above the first interface.
        film: position of the film, 0 the lowest.
        heights: (points,), [m].

    Returns:
        (points,), [1] complex.

    Raises:
        InputError: a function that does not return an index for each height.
    """
    if not callable(profile):
        return np.full(heights.shape, complex(profile))
    index = np.asarray(profile(heights))
    where = f"indices[{film + 1}]"
    if index.shape not in ((), heights.shape) or index.dtype.kind not in "fciu":
        raise InputError(
            f"{where} returned {index.dtype} of shape {index.shape} for heights of shape {heights.shape}: "
            "give one index a height"
        )
    values: Complex = np.broadcast_to(index, heights.shape).astype(np.complex128)
    wrong = ~np.isfinite(values) | (values == 0) | (values.real < 0)
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            f"{where} at {heights[at]:g} m is {values[at]:.6g}, not a refractive index n + i k: finite, n >= 0, not 0"
        )
    return values
