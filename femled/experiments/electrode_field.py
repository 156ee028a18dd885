"""The two electrodes of a pixel as the mesh of a field: rows and columns of second-order cells."""

import numpy as np
from numpy.typing import NDArray

from femled.domain.electrodes import Electrode
from femled.fields import FieldMesh

Array = NDArray[np.float64]

_PLACES = ((0, 0), (2, 0), (0, 2), (2, 2), (1, 0), (0, 1), (2, 1), (1, 2), (1, 1))
"""Nodes of a cell, in half cells along r and z: vertices, edges, interior."""

_POINTS = 3
"""Gauss points of a cell along each side."""


def electrode_field_mesh(
    electrodes: tuple[Electrode, Electrode], radii: Array, depths: tuple[Array, Array], *, radius: float, emitter: str
) -> FieldMesh:
    """The mesh whose nodes are (electrode, column, row) in this order, rows from the face on.

    Args:
        electrodes: anode and cathode.
        radii: (n,), [m] of the columns of nodes, every other one between two cells.
        depths: (m,), [m] of the rows of nodes below the face, of each; equally many.
        radius: [m] of the opening.
        emitter: region name of the light-emitting layer.
    """
    columns, rows = len(radii), len(depths[0])
    nodes, cells, zone = [], [], []
    for index, (electrode, below) in enumerate(zip(electrodes, depths, strict=True)):
        number = np.arange(columns * rows).reshape(columns, rows) + index * columns * rows
        if not electrode.upwards:  # cells are numbered towards rising z
            number = number[:, ::-1]
        heights = electrode.face + (below if electrode.upwards else -below)
        nodes.append(np.stack(np.meshgrid(radii, heights, indexing="ij"), axis=-1).reshape(-1, 2))
        of_cells = [number[i : columns - 2 + i : 2, j : rows - 2 + j : 2] for i, j in _PLACES]
        cells.append(np.stack([one.ravel() for one in of_cells], axis=1))
        outside = np.repeat(radii[1::2] > radius, (rows - 1) // 2)
        zone.append(2 * index + outside)
    names = tuple(f"{electrode.name}.{part}" for electrode in electrodes for part in ("inside", "outside"))
    places, joined = np.concatenate(nodes), np.concatenate(cells)
    shape, weights = _tabulated(places[joined])
    return FieldMesh("quadrilateral", places, joined, np.concatenate(zone), names, emitter, shape, weights)


def _tabulated(places: Array) -> tuple[Array, Array]:
    """Shape functions (points, 9) at Gauss points of cells (cells, 9, 2), [m], and volumes (cells, points), [m3]."""
    gauss, shares = np.polynomial.legendre.leggauss(_POINTS)
    s = (gauss + 1) / 2
    line = np.stack([(1 - s) * (1 - 2 * s), 4 * s * (1 - s), s * (2 * s - 1)])
    shape = np.stack([np.multiply.outer(line[i], line[j]).ravel() for i, j in _PLACES], axis=1)
    area = np.ptp(places, axis=1).prod(axis=1)
    weights = np.multiply.outer(shares / 2, shares / 2).ravel()
    return shape, 2 * np.pi * (places[:, :, 0] @ shape.T) * weights * area[:, None]
