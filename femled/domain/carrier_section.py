"""The section (r, z) of a column of semiconductors around an axis: quadrilaterals in rows and columns."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.column_mesh import LENGTH, ColumnMesh
from femled.domain.regions import Kind
from femled.errors import InputError, unknown_name

dolfinx = backend.load()

Array = NDArray[np.float64]

SECTION = Kind(cell="quadrilateral", axisymmetric=True)

FINEST = 2.0
"""[nm] Cells on both sides of the edge of a contact, below a tenth of the thickness; they grow from there."""

AXIS_CELLS, OVERLAP_CELLS = 0.7, 0.3
"""Shares of the radial cells inside and outside the edge of the contact."""


@dataclass(frozen=True)
class SectionMesh:
    """A mesh in rows and columns; lengths are nanometres, r from the axis and z from the anode.

    Args:
        mesh: the DOLFINx mesh.
        layers: names from the anode on.
        cell_layer: (cells,) index of the layer of every cell.
        radii: (columns + 1,), [nm] of the nodes.
        depths: (rows + 1,), [nm] of the nodes.
        contact_radii: [nm] how far anode and cathode reach from the axis; both are radii of nodes.
    """

    mesh: Any
    layers: tuple[str, ...]
    cell_layer: NDArray[np.int32]
    radii: Array
    depths: Array
    contact_radii: tuple[float, float]

    @property
    def comm(self) -> MPI.Comm:
        """Communicator of the mesh: the process alone."""
        comm: MPI.Comm = self.mesh.comm
        return comm

    @cached_property
    def spaces(self) -> dict[Any, Any]:
        """Function spaces by element."""
        return {}

    @property
    def kind(self) -> Kind:
        """Quadrilaterals around an axis."""
        return SECTION

    @cached_property
    def _corners(self) -> Array:
        """(cells, 4, 2), [nm]."""
        geometry = self.mesh.geometry
        return np.asarray(geometry.x[geometry.dofmaps[0]][:, :, :2])

    @property
    def depth(self) -> Array:
        """(cells, 4), [nm] from the anode."""
        return self._corners[:, :, 1]

    @property
    def radius(self) -> Array:
        """(cells, 4), [nm] from the axis."""
        return self._corners[:, :, 0]

    @cached_property
    def centre(self) -> Array:
        """(cells,), [nm] radius of the centre."""
        return np.asarray(self.radius.mean(axis=1))

    @cached_property
    def corner_weights(self) -> Array:
        """(cells, 4), [nm3] 2 pi r times the quarter of a cell at every corner."""
        sizes = np.ptp(self._corners, axis=1)
        quarter = sizes.prod(axis=1) / 4
        return np.asarray(np.pi * (self.radius + self.centre[:, None]) * quarter[:, None])

    @property
    def area(self) -> float:
        """[nm2] of the smaller contact."""
        return float(np.pi * min(self.contact_radii) ** 2)

    def cells(self, layer: str) -> NDArray[np.intp]:
        """The cells of a layer.

        Raises:
            InputError: no such layer; the nearest are listed.
        """
        if layer not in self.layers:
            raise unknown_name("layer", layer, self.layers)
        return np.flatnonzero(self.cell_layer == self.layers.index(layer))

    def contact(self, end: int, coordinates: Array) -> tuple[NDArray[np.int32], Array]:
        """Nodes at the anode (0) or the cathode (1), and the rings they stand for, [nm2]."""
        r, z = coordinates[:, 0], coordinates[:, 1]
        reach, face = self.contact_radii[end], self.depths[0 if end == 0 else -1]
        nodes = np.flatnonzero((np.abs(z - face) < 1e-9) & (r < reach * (1 + 1e-12)))
        nodes = nodes[np.argsort(r[nodes])]
        here = r[nodes]
        between = np.concatenate([[0.0], (here[1:] + here[:-1]) / 2, [reach]])
        return nodes.astype(np.int32), np.pi * np.diff(between**2)


def radial_nodes(contact: float, outer: float, count: int, finest: float) -> Array:
    """Radii of nodes from the axis to the outer edge, dense on both sides of the edge of a contact.

    Args:
        contact: [nm] radius of the edge, itself a node.
        outer: [nm] radius of the section.
        count: number of cells; all of them inside if the section ends with the contact.
        finest: [nm] cells at the edge.

    Returns:
        (count + 1,), [nm].
    """
    if outer <= contact * (1 + 1e-9):
        return np.linspace(0.0, contact, count + 1)
    inside = max(2, round(AXIS_CELLS * count))
    left = contact - _growing(contact, inside, finest)[::-1]
    right = contact + _growing(outer - contact, max(2, count - inside), finest)
    return np.concatenate([left, right[1:]])


def _growing(length: float, count: int, first: float) -> Array:
    """(count + 1,) from 0 to a length, cells growing geometrically from the first."""
    if first * count >= length:
        return np.linspace(0.0, length, count + 1)
    low, high = 1.0 + 1e-9, 1e6
    for _ in range(200):
        ratio = np.sqrt(low * high)
        total = first * (ratio**count - 1) / (ratio - 1) if count * np.log(ratio) < 600 else np.inf
        low, high = (low, ratio) if total > length else (ratio, high)
    sizes = low ** np.arange(count)
    nodes = np.concatenate([[0.0], np.cumsum(sizes)]) * (length / sizes.sum())
    nodes[-1] = length
    return np.asarray(nodes)


def carrier_section(column: ColumnMesh, radii: Array, contact_radii: tuple[float, float]) -> SectionMesh:
    """The section of a meshed column.

    Args:
        column: mesh along z.
        radii: (n,), [nm] of the nodes, rising from 0.
        contact_radii: [nm] of anode and cathode; each must be a node.

    Raises:
        InputError: a contact that ends between nodes or beyond the section.
    """
    for name, reach in zip(("anode", "cathode"), contact_radii, strict=True):
        if np.abs(radii - reach).min() > 1e-9 * radii[-1]:
            raise InputError(f"{name} ends at {reach * LENGTH * 1e6:g} um, where the mesh has no node")
    order = np.argsort(column.corners.mean(axis=1))
    depths = np.concatenate([[column.corners.min()], column.corners.max(axis=1)[order]])
    rows, columns = len(depths) - 1, len(radii) - 1
    points = np.stack(np.meshgrid(radii, depths, indexing="ij"), axis=-1).reshape(-1, 2)
    number = np.arange(len(points)).reshape(columns + 1, rows + 1)
    corners = [number[:-1, :-1], number[1:, :-1], number[:-1, 1:], number[1:, 1:]]
    cells = np.stack([corner.ravel() for corner in corners], axis=1).astype(np.int64)
    mesh = dolfinx.mesh.create_mesh(MPI.COMM_SELF, cells, SECTION.ufl_mesh(), points)
    owner = np.tile(column.cell_layer[order], columns)
    return SectionMesh(mesh, column.layers, owner[mesh.topology.original_cell_index], radii, depths, contact_radii)
