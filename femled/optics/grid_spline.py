"""Cubic splines of several quantities on one even grid, evaluated together: what a march looks up at every step."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from femled.optics.waves import Real

Indices = NDArray[np.intp]

_NEIGHBOURS = 4
"""Nodes of the outermost axis between which a value is interpolated by a polynomial."""


@dataclass(frozen=True)
class EvenAxis:
    """Points in even steps.

    Args:
        start: of the first point, any unit.
        step: between the points, the same unit; 1 where there is a single point.
        count: of points.
    """

    start: float
    step: float
    count: int

    @classmethod
    def of(cls, points: Real) -> "EvenAxis":
        """The axis of points in even steps."""
        step = float(points[-1] - points[0]) / (len(points) - 1) if len(points) > 1 else 1.0
        return cls(float(points[0]), step, len(points))

    @property
    def points(self) -> Real:
        """(count,), in the unit of the axis."""
        return np.asarray(self.start + self.step * np.arange(self.count), dtype=np.float64)

    def cells(self, place: Real, last: int) -> tuple[Indices, Real]:
        """Cell of each place, clipped to those from 0 to the last one, and the distance from its lower point."""
        off = place - self.start
        cell = np.minimum(np.maximum((off * (1 / self.step)).astype(np.intp), 0), last)
        return cell, off - self.step * cell


@dataclass(frozen=True)
class GridSpline:
    """Bicubic splines (not-a-knot) over two axes, and polynomials between the nodes of a third one.

    Args:
        nodes: of the outermost axis; its values are met exactly at its points.
        rows: the first axis of the splines.
        columns: their second axis.
        cells: (nodes, rows - 1, columns - 1, 4, 4 quantities), coefficients of the powers of both distances.
    """

    nodes: EvenAxis
    rows: EvenAxis
    columns: EvenAxis
    cells: Real

    @classmethod
    def through(cls, nodes: Real, rows: Real, columns: Real, values: Real) -> "GridSpline":
        """The splines through values.

        Args:
            nodes: (nodes,), even.
            rows: (rows,), even, at least 4.
            columns: (columns,), even, at least 4.
            values: (quantities, nodes, rows, columns).
        """
        stacked = np.moveaxis(values, 0, -1)
        along = CubicSpline(rows, stacked, axis=1).c[::-1]  # power, row, node, column, quantity
        both = CubicSpline(columns, along, axis=3).c[::-1]  # power, column, power, row, node, quantity
        cells = np.ascontiguousarray(both.transpose(4, 3, 1, 2, 0, 5))
        return cls(EvenAxis.of(nodes), EvenAxis.of(rows), EvenAxis.of(columns), cells.reshape(*cells.shape[:4], -1))

    def __call__(self, node: Real, row: Real, column: Real, *, slopes: bool = False) -> tuple[Real, Real, Real]:
        """Values, and if asked for their slopes along rows and columns; what is left out is empty.

        Args:
            node: (places,), on the outermost axis.
            row: (places,), on the first axis of the splines.
            column: (places,), on their second axis.
            slopes: whether they are wanted.

        Returns:
            (quantities, places); (quantities, places); (quantities, places).
        """
        i, across = self.rows.cells(row, self.rows.count - 2)
        j, along = self.columns.cells(column, self.columns.count - 2)
        block = self._between_nodes(node, i, j)
        square, one = across * across, np.ones_like(across)
        powers = np.array([one, across, square, square * across]).T[:, None, :]
        mixed = np.matmul(powers, block)[:, 0].reshape(len(i), 4, -1)
        values = _cubic(mixed, along)
        if not slopes:
            return values, np.empty((0, len(i))), np.empty((0, len(i)))
        sloping = np.array([np.zeros_like(across), one, 2 * across, 3 * square]).T[:, None, :]
        steepness = np.matmul(sloping, block)[:, 0].reshape(len(i), 4, -1)
        d = along[:, None]
        by_column = (mixed[:, 1] + d * (2 * mixed[:, 2] + 3 * d * mixed[:, 3])).T
        return values, _cubic(steepness, along), by_column

    def _between_nodes(self, node: Real, i: Indices, j: Indices) -> Real:
        """(places, 4, 4 quantities) coefficients at places of the outermost axis."""
        if self.nodes.count == 1 or np.all(node == self.nodes.start):
            return np.asarray(self.cells[0, i, j])
        width = min(_NEIGHBOURS, self.nodes.count)
        place = (node - self.nodes.start) * (1 / self.nodes.step)
        first = np.minimum(np.maximum(place.astype(np.intp) - (width - 2) // 2, 0), self.nodes.count - width)
        weights = np.vander(place - first, width, increasing=True) @ _lagrange(width)
        blocks = self.cells[first[:, None] + np.arange(width), i[:, None], j[:, None]]
        mixed = np.matmul(weights[:, None, :], blocks.reshape(len(i), width, -1))
        return np.asarray(mixed.reshape(len(i), *self.cells.shape[3:]))


@cache
def _lagrange(width: int) -> Real:
    """(powers, nodes) coefficients of the polynomials that are 1 at one of 0, 1, ..., width - 1 and 0 at the others."""
    return np.linalg.inv(np.vander(np.arange(float(width)), increasing=True))


def _cubic(coefficients: Real, along: Real) -> Real:
    """(quantities, places) of (places, 4, quantities)."""
    d = along[:, None]
    c = coefficients
    return np.asarray((c[:, 0] + d * (c[:, 1] + d * (c[:, 2] + d * c[:, 3]))).T)
