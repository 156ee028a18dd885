"""The one-dimensional mesh of a column of semiconductors: nodes on every interface, small cells at both layer edges."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.device import Column, Contact
from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.regions import Kind
from femled.errors import InputError, unknown_name
from femled.materials import Semiconductor

dolfinx = backend.load()

Array = NDArray[np.float64]

MeshLevel = Literal["default", "fine"] | int
"""Cells of every layer: "default", "fine" (four times as many), or a number."""

CELLS = {"default": 160, "fine": 640}
GRADED_SHARE = 0.5
"""Of the cells of a layer, those that crowd at its faces; the others are spread evenly."""

SHARE_OF_DEBYE = 0.3
"""Distance from a face at which cells begin to grow, over the Debye length of the densest charge expected there."""

QUIET_SHARE, STEEP_SHARE = 0.1, 0.01
"""The same distance over the thickness of the layer, at most: where nothing is expected, and where levels are pinned or
bands have a step, so that densities fall with the field, over L V_T/V."""

SHORTEST = 0.03e-9
"""[m] Of the same distance, a tenth of that of atoms."""

PILE_UP = 100.0
"""Of ions at a face over their mean density, if their sites are as many."""

BAND_STEP = 2.0
"""[kT] at which carriers pile up."""

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
    def spaces(self) -> dict[Any, Any]:
        """Function spaces on it by their element, as they are made."""

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

    @cached_property
    def spaces(self) -> dict[Any, Any]:
        """Function spaces by element."""
        return {}

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


@lru_cache(256)
def smooth_nodes(length: float, count: int, near: tuple[float, float]) -> Array:
    """Nodes of a layer at even steps of a smooth map, so that errors fall by four when their number doubles.

    cells per length:  m(x) = a/L + b (1/(x + x_0) + 1/(L - x + x_1)),   Int m dx = N

    Cells grow in proportion with the distance from a face, from its x_0 on, as the lengths over which densities fall
    there do, up to a size in the middle that is never far above that of even cells.

    Args:
        length: L, any unit.
        count: N of cells.
        near: (x_0, x_1) at both faces, the same unit.

    Returns:
        (count + 1,) from 0 to L, which must not be changed: the same layer is often asked for again.
    """
    first, last = near
    rise = GRADED_SHARE / (math.log1p(length / first) + math.log1p(length / last))
    wanted = np.arange(1, count) / count
    low, high = np.zeros(count - 1), np.full(count - 1, length)
    x = length * wanted
    for _ in range(60):  # Newton, kept inside the bracket
        logs = np.log1p(x / first) + math.log1p(length / last) - np.log1p((length - x) / last)
        excess = (1 - GRADED_SHARE) * x / length + rise * logs - wanted
        density = (1 - GRADED_SHARE) / length + rise * (1 / (x + first) + 1 / (length - x + last))
        low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
        moved = x - excess / density
        moved = np.where((moved > low) & (moved < high), moved, (low + high) / 2)
        if np.abs(moved - x).max() <= 1e-12 * length:
            break
        x = moved
    nodes = np.concatenate([[0.0], x, [length]])
    nodes.flags.writeable = False
    return nodes


def _held_at(contact: Contact, own: Semiconductor, thermal: float) -> float:
    """[1/m3] Carriers that a contact holds in the layer at it, and the doping that it may deplete."""
    if contact.kind == "neutral":
        return 0.0
    doping = max(own.donor_density, own.acceptor_density)
    if contact.work_function_ev is None:
        return max(own.conduction_band_density, own.valence_band_density, doping)
    level = contact.work_function_ev
    n = own.conduction_band_density * math.exp(min(0.0, (level - own.conduction_band_ev) / thermal))
    p = own.valence_band_density * math.exp(min(0.0, (own.valence_band_ev - level) / thermal))
    return max(n, p, doping)


def _held_between(own: Semiconductor, other: Semiconductor, thermal: float) -> float:
    """[1/m3] Charge that a layer may hold at the next one: its doping, and its states where bands have a step."""
    steps = (own.conduction_band_ev - other.conduction_band_ev, own.valence_band_ev - other.valence_band_ev)
    states = max(own.conduction_band_density, own.valence_band_density)
    crowded = states if max(map(abs, steps)) > BAND_STEP * thermal else 0.0
    return max(crowded, own.donor_density, own.acceptor_density)


def _piled(own: Semiconductor) -> float:
    """[1/m3] Charge of the ions of a layer where they pile up."""
    limits = [min(PILE_UP, 1 / ion.filling if ion.filling else PILE_UP) for ion in own.ions]
    return max(
        [0.0, *(limit * ion.mean_density * abs(ion.charge) for limit, ion in zip(limits, own.ions, strict=True))]
    )


def crowds(column: Column, *, ions: bool = True) -> list[tuple[float, float]]:
    """[1/m3] Densest charge that is to be resolved at both faces of every layer, anode side first.

    Ions that pile up, what a contact holds, and at an inner face the doping and, where bands have a step, as many
    carriers as there are states. Their field reaches into the layer beyond, where it asks for c eps/eps'.
    """
    materials, thermal = column.semiconductors, BOLTZMANN * column.temperature / ELEMENTARY_CHARGE
    held = [[_piled(own) if ions else 0.0] * 2 for own in materials]
    held[0][0] = max(held[0][0], _held_at(column.anode, materials[0], thermal))
    held[-1][1] = max(held[-1][1], _held_at(column.cathode, materials[-1], thermal))
    for i, (left, right) in enumerate(pairwise(materials)):
        here = max(held[i][1], _held_between(left, right, thermal))
        there = max(held[i + 1][0], _held_between(right, left, thermal))
        ratio = left.relative_permittivity / right.relative_permittivity
        held[i][1], held[i + 1][0] = max(here, there / ratio), max(there, here * ratio)
    return [(first, last) for first, last in held]


def near_lengths(column: Column, *, ions: bool = True) -> list[tuple[float, float]]:
    """[m] x_0 of `smooth_nodes` at both faces of every layer: a share of the Debye length of the densest charge."""
    found = []
    for layer, material, pair in zip(column.layers, column.semiconductors, crowds(column, ions=ions), strict=True):
        energy = material.relative_permittivity * VACUUM_PERMITTIVITY * BOLTZMANN * column.temperature

        def near(c: float, L: float = layer.thickness, energy: float = energy) -> float:
            if c == 0.0:
                return QUIET_SHARE * L
            return min(max(SHARE_OF_DEBYE * math.sqrt(energy / c) / ELEMENTARY_CHARGE, SHORTEST), STEEP_SHARE * L)

        found.append((near(pair[0]), near(pair[1])))
    return found


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
    for (low, high), (first, last) in zip(pairwise(ends), near_lengths(column, ions=ions), strict=True):
        inner = low + smooth_nodes(high - low, count, (first / LENGTH, last / LENGTH))[1:]
        inner[-1] = high
        nodes.append(inner)
    x = np.concatenate(nodes)[:, None]
    cells = np.column_stack([np.arange(len(x) - 1), np.arange(1, len(x))]).astype(np.int64)
    mesh = dolfinx.mesh.create_mesh(MPI.COMM_SELF, cells, INTERVAL.ufl_mesh(), x)
    owner = np.repeat(np.arange(len(column.layers), dtype=np.int32), count)
    names = tuple(layer.name for layer in column.layers)
    return ColumnMesh(mesh, names, owner[mesh.topology.original_cell_index])
