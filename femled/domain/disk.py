"""Functions of the radius on a disk: polynomials on rings, with Gauss points and the measure 2 pi r dr."""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Disk:
    """Radial functions between rising radii from the axis on: Lagrange polynomials at Gauss-Lobatto nodes of each ring.

    Args:
        radii: (rings + 1,), [m], the first one 0.
        order: of the polynomials; 2 has a node at both ends and in the middle of a ring.
    """

    def __init__(self, radii: Array, order: int = 2) -> None:
        self.radii, self.order = radii, order
        self._places = _gauss_lobatto(order)
        inner, sizes, rings = radii[:-1], np.diff(radii), len(radii) - 1
        places, weights = np.polynomial.legendre.leggauss(order + 2)
        s = (places + 1) / 2
        self.points = (inner[:, None] + sizes[:, None] * s).ravel()
        """(points,), [m], Gauss points."""
        self.weights = 2 * np.pi * self.points * (sizes[:, None] * weights / 2).ravel()
        """(points,), [m2] of area."""
        shapes, slopes = self._shapes(s)
        self.values, self.slopes = np.zeros((2, len(self.points), rings * order + 1))
        for ring in range(rings):
            rows, columns = slice(ring * len(s), (ring + 1) * len(s)), slice(ring * order, (ring + 1) * order + 1)
            self.values[rows, columns] = shapes
            self.slopes[rows, columns] = slopes / sizes[ring]

    @cached_property
    def _polynomials(self) -> tuple[Array, Array]:
        """(order + 1, powers) coefficients of every polynomial of a ring and of its slope, in rising powers of s."""
        values = []
        for own, place in enumerate(self._places):
            polynomial = np.polynomial.Polynomial.fromroots(np.delete(self._places, own))
            values.append((polynomial / polynomial(place)).coef)
        coefficients = np.array(values)
        return coefficients, coefficients[:, 1:] * np.arange(1, self.order + 1)

    def _shapes(self, s: Array) -> tuple[Array, Array]:
        """Values and slopes of the polynomials of a ring at s in 0 .. 1, (n, order + 1) each."""
        values, slopes = self._polynomials
        powers = s[:, None] ** np.arange(self.order + 1)
        return powers @ values.T, powers[:, :-1] @ slopes.T

    @property
    def count(self) -> int:
        """Number of functions."""
        return self.order * (len(self.radii) - 1) + 1

    @cached_property
    def nodes(self) -> Array:
        """(count,), [m] where each function is 1."""
        inside = self.radii[:-1, None] + np.diff(self.radii)[:, None] * self._places[:-1]
        return np.append(inside.ravel(), self.radii[-1])

    @cached_property
    def mass(self) -> Array:
        """(count, count), [m2] integrals of products."""
        return np.asarray(self.values.T @ (self.weights[:, None] * self.values))

    def functions_at(self, r: Array) -> Array:
        """(n, count) values at radii (n,), [m]; zero beyond the rim."""
        ring = np.clip(np.searchsorted(self.radii, r, side="right") - 1, 0, len(self.radii) - 2)
        shapes, _ = self._shapes((r - self.radii[ring]) / np.diff(self.radii)[ring])
        found = np.zeros((len(r), self.count))
        rows = np.flatnonzero(r <= self.radii[-1] * (1 + 1e-12))
        for offset in range(self.order + 1):
            found[rows, (self.order * ring + offset)[rows]] = shapes[rows, offset]
        return found


def _gauss_lobatto(order: int) -> Array:
    """(order + 1,) in 0 .. 1: the ends, and where the slope of the Legendre polynomial vanishes."""
    inner = np.polynomial.legendre.Legendre.basis(order).deriv().roots() if order > 1 else np.zeros(0)
    return np.asarray((np.concatenate([[-1.0], np.sort(inner.real), [1.0]]) + 1) / 2)


def refined(radii: Array, largest: float) -> Array:
    """The radii with every ring split into equal ones that are not wider than a size [m]."""
    found = [radii[:1]]
    for inner, outer in pairwise(radii):
        pieces = max(1, int(np.ceil((outer - inner) / largest * (1 - 1e-9))))
        found.append(np.linspace(inner, outer, pieces + 1)[1:])
    return np.concatenate(found)


def rings_towards_rim(radius: float, *, smallest: float, largest: float, growth: float) -> Array:
    """Radii that crowd at the rim.

    Args:
        radius: [m] of the disk.
        smallest: [m] ring at the rim.
        largest: [m] ring anywhere.
        growth: ratio of neighbouring rings, inwards.
    """
    sizes = [smallest]
    while sum(sizes) < radius:
        sizes.append(min(sizes[-1] * growth, largest))
    inward = np.cumsum(sizes) * (radius / sum(sizes))
    return np.concatenate([[0.0], radius - inward[::-1][1:], [radius]])
