"""Functions of the radius on a disk: second-order elements on rings, with Gauss points and the measure 2 pi r dr."""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GAUSS = 4
"""Points a ring: exact up to r^7."""


class Disk:
    """Radial functions of second order between rising radii from the axis on.

    Args:
        radii: (rings + 1,), [m], the first one 0.
    """

    def __init__(self, radii: Array) -> None:
        self.radii = radii
        inner, sizes = radii[:-1], np.diff(radii)
        places, weights = np.polynomial.legendre.leggauss(GAUSS)
        s = (places + 1) / 2
        self.points = (inner[:, None] + sizes[:, None] * s).ravel()
        """(points,), [m]."""
        self.weights = 2 * np.pi * self.points * (sizes[:, None] * weights / 2).ravel()
        """(points,), [m2] of area."""
        rings, count = len(sizes), 2 * len(sizes) + 1
        shapes = np.stack([(1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1)], axis=1)
        slopes = np.stack([4 * s - 3, 4 - 8 * s, 4 * s - 1], axis=1)
        self.values, self.slopes = np.zeros((2, rings * GAUSS, count))
        for ring in range(rings):
            rows, columns = slice(ring * GAUSS, (ring + 1) * GAUSS), slice(2 * ring, 2 * ring + 3)
            self.values[rows, columns] = shapes
            self.slopes[rows, columns] = slopes / sizes[ring]

    @property
    def count(self) -> int:
        """Number of functions."""
        return 2 * len(self.radii) - 1

    @cached_property
    def nodes(self) -> Array:
        """(count,), [m] where each function is 1: both ends and the middle of every ring."""
        nodes = np.empty(self.count)
        nodes[::2], nodes[1::2] = self.radii, (self.radii[:-1] + self.radii[1:]) / 2
        return nodes

    @cached_property
    def mass(self) -> Array:
        """(count, count), [m2] integrals of products."""
        return np.asarray(self.values.T @ (self.weights[:, None] * self.values))

    @cached_property
    def stiffness(self) -> Array:
        """(count, count) integrals of products of slopes, 2 pi Int f' g' r dr."""
        return np.asarray(self.slopes.T @ (self.weights[:, None] * self.slopes))

    @cached_property
    def area(self) -> float:
        """[m2]."""
        return float(np.pi * self.radii[-1] ** 2)

    def functions_at(self, r: Array) -> Array:
        """(n, count) values at radii (n,), [m]; zero beyond the rim."""
        ring = np.clip(np.searchsorted(self.radii, r, side="right") - 1, 0, len(self.radii) - 2)
        s = (r - self.radii[ring]) / np.diff(self.radii)[ring]
        found = np.zeros((len(r), self.count))
        rows = np.flatnonzero(r <= self.radii[-1] * (1 + 1e-12))
        for offset, shape in enumerate(((1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1))):
            found[rows, (2 * ring + offset)[rows]] = shape[rows]
        return found


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
