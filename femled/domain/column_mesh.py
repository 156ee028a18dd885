"""The one-dimensional mesh of a column of semiconductors: nodes on every interface, small cells at both layer edges."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.device import Column, Layer
from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.regions import Kind
from femled.errors import InputError, unknown_name
from femled.materials import Semiconductor

dolfinx = backend.load()

Array = NDArray[np.float64]

MeshLevel = Literal["default", "fine"] | int
"""Cells of every layer: "default", "fine" (four times as many), or a number."""

CELLS = {"default": 100, "fine": 400}
RATIO = 5.0
"""Largest over smallest cell of a layer, at least."""

STEEPEST = 5000.0
"""At most: beyond it the middle of the layer would be left too coarse."""

SHARE_OF_DEBYE = 0.03
"""Smallest cell of the default mesh over the Debye length of what is fixed or mobile in a layer: ions without a site
limit pile up manyfold at a face, and the length shrinks with the root of that."""

LENGTH = 1e-9
"""[m] unit of length of the mesh."""

INTERVAL = Kind(cell="interval", axisymmetric=False)


class CarrierMesh(Protocol):
    """What the equations of carriers need of a mesh; lengths are nanometres."""

    @property
    def mesh(self) -> Any:
        """The DOLFINx mesh."""

    @property
    def comm(self) -> MPI.Comm:
        """Its communicator."""

    @property
    def kind(self) -> Kind:
        """Cell shape and symmetry."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names from the anode on."""

    @property
    def cell_layer(self) -> NDArray[np.int32]:
        """(cells,) index of the layer of every cell."""

    @property
    def depth(self) -> Array:
        """(cells, corners), [nm] from the anode."""

    @property
    def corner_weights(self) -> Array:
        """(cells, corners), length, or volume with 2 pi r, that every corner stands for."""

    @property
    def centre(self) -> Array:
        """(cells,), [nm] radius of the centre, 0 in one dimension."""

    @property
    def area(self) -> float:
        """By which currents through the mesh are divided to be densities: 1, or [nm2]."""

    def cells(self, layer: str) -> NDArray[np.intp]:
        """The cells of a layer."""

    def contact(self, end: int, coordinates: Array) -> tuple[NDArray[np.int32], Array]:
        """Nodes at the anode (0) or the cathode (1) and the areas they stand for, from their coordinates (nodes, 3)."""


@dataclass(frozen=True)
class ColumnMesh:
    """The mesh of a column; coordinates are nanometres from the anode.

    Args:
        mesh: the DOLFINx mesh.
        layers: names from the anode on.
        cell_layer: (cells,) index of the layer of every cell.
    """

    mesh: Any
    layers: tuple[str, ...]
    cell_layer: NDArray[np.int32]

    @property
    def comm(self) -> MPI.Comm:
        """Communicator of the mesh: the process alone."""
        comm: MPI.Comm = self.mesh.comm
        return comm

    @cached_property
    def corners(self) -> Array:
        """(cells, 2), [nm] of both ends of every cell, in the order of its degrees of freedom."""
        geometry = self.mesh.geometry
        return np.asarray(geometry.x[geometry.dofmaps[0]][:, :, 0])

    @cached_property
    def sizes(self) -> Array:
        """(cells,), [nm]."""
        return np.abs(np.diff(self.corners, axis=1)[:, 0])

    @property
    def kind(self) -> Kind:
        """One-dimensional."""
        return INTERVAL

    @property
    def depth(self) -> Array:
        """(cells, 2), [nm] from the anode."""
        return self.corners

    @cached_property
    def corner_weights(self) -> Array:
        """(cells, 2), [nm] half of the cell."""
        return np.repeat(self.sizes[:, None] / 2, 2, axis=1)

    @cached_property
    def centre(self) -> Array:
        """(cells,) zero: there is no radius."""
        return np.zeros(len(self.sizes))

    @property
    def area(self) -> float:
        """1: integrals are per area as they are."""
        return 1.0

    def contact(self, end: int, coordinates: Array) -> tuple[NDArray[np.int32], Array]:
        """The node at the anode (0) or the cathode (1)."""
        x = coordinates[:, 0]
        node = int(x.argmin() if end == 0 else x.argmax())
        return np.array([node], dtype=np.int32), np.ones(1)

    def cells(self, layer: str) -> NDArray[np.intp]:
        """The cells of a layer.

        Raises:
            InputError: no such layer; the nearest are listed.
        """
        if layer not in self.layers:
            raise unknown_name("layer", layer, self.layers)
        return np.flatnonzero(self.cell_layer == self.layers.index(layer))


def cells_per_layer(level: MeshLevel) -> int:
    """Number of cells that a mesh level stands for.

    Raises:
        InputError: no such level, or fewer than 4 cells.
    """
    if isinstance(level, str):
        if level not in CELLS:
            raise unknown_name("mesh", level, CELLS)
        return CELLS[level]
    if isinstance(level, bool) or not isinstance(level, int) or not 4 <= level <= 100_000:
        raise InputError(f'mesh {level!r} is neither "default", "fine" nor a number of cells per layer, 4 .. 100000')
    return level


def graded(length: float, count: int, ratio: float = RATIO) -> Array:
    """Sizes of cells that fill a length and grow geometrically from both of its ends to its middle.

    Args:
        length: any unit.
        count: number of cells.
        ratio: middle over end.

    Returns:
        (count,), the same unit.
    """
    place = np.abs(2 * np.arange(count) - (count - 1)) / (count - 1)
    sizes = ratio ** (1 - place)
    return np.asarray(sizes * (length / sizes.sum()))


def grading(layer: Layer, count: int, temperature: float, *, ions: bool = True) -> float:
    """Largest over smallest cell of a layer, such that the smallest resolves the Debye length.

    lambda = sqrt(eps kB T/(e^2 c)), c the largest of doping and mean ion densities; smallest cell <= 0.03 lambda with
    the cells of the default mesh, in proportion with more or fewer.

    Args:
        layer: of a column.
        count: number of cells.
        temperature: [K].
        ions: whether mobile ions are there.
    """
    material = layer.material
    assert isinstance(material, Semiconductor)  # a column has no other
    charges = [material.donor_density, material.acceptor_density]
    charges += [ion.mean_density * abs(ion.charge) for ion in material.ions] if ions else []
    if max(charges) == 0:
        return RATIO
    permittivity = material.relative_permittivity * VACUUM_PERMITTIVITY
    debye = math.sqrt(permittivity * BOLTZMANN * temperature / max(charges)) / ELEMENTARY_CHARGE
    wanted = SHARE_OF_DEBYE * debye * CELLS["default"] / count
    low, high = RATIO, STEEPEST
    if graded(layer.thickness, count, low)[0] <= wanted:
        return low
    for _ in range(40):  # the smallest cell shrinks as the ratio grows
        middle = math.sqrt(low * high)
        low, high = (low, middle) if graded(layer.thickness, count, middle)[0] <= wanted else (middle, high)
    return high


def column_mesh(column: Column, level: MeshLevel = "default", *, ions: bool = True) -> ColumnMesh:
    """The mesh of a column, every layer with as many cells.

    Args:
        column: the device.
        level: "default", "fine" or cells per layer.
        ions: whether mobile ions are there, whose Debye length is resolved.
    """
    count = cells_per_layer(level)
    ends = [0.0, *accumulate(layer.thickness / LENGTH for layer in column.layers)]
    nodes = [np.zeros(1)]
    for layer, (low, high) in zip(column.layers, pairwise(ends), strict=True):
        inner = low + np.cumsum(graded(high - low, count, grading(layer, count, column.temperature, ions=ions)))
        inner[-1] = high
        nodes.append(inner)
    x = np.concatenate(nodes)[:, None]
    cells = np.column_stack([np.arange(len(x) - 1), np.arange(1, len(x))]).astype(np.int64)
    mesh = dolfinx.mesh.create_mesh(MPI.COMM_SELF, cells, INTERVAL.ufl_mesh(), x)
    owner = np.repeat(np.arange(len(column.layers), dtype=np.int32), count)
    names = tuple(layer.name for layer in column.layers)
    return ColumnMesh(mesh, names, owner[mesh.topology.original_cell_index])
