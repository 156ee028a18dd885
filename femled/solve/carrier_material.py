"""What the layers of a column are to carriers at the temperature of every cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Column
from femled.domain.column_mesh import CarrierMesh
from femled.errors import InputError
from femled.frozen import Temperature, quantity_of
from femled.materials import Semiconductor
from femled.physics.carrier_data import material_data

Array = NDArray[np.float64]

STATES = ("conduction_states", "valence_states")
"""Densities of states of electrons and of holes."""


@dataclass(frozen=True)
class LocalMaterial:
    """The numbers of `material_data` on a mesh, by the laws of the layers.

    Args:
        column: the device; its own temperature does not matter here.
        mesh: of it.
        temperature: [K], or (cells,).
        empty: whether bands hold nothing.
        bare: layer -> names of the densities of states that count as none there.
    """

    column: Column
    mesh: CarrierMesh
    temperature: float | Array
    empty: bool = False
    bare: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def uniform(self) -> bool:
        """Whether the temperature is one number."""
        return isinstance(self.temperature, float)

    def at(self, layer: int, temperature: Any) -> dict[str, Any]:
        """The numbers of a layer at a temperature of any shape."""
        material = self.column.layers[layer].material
        assert isinstance(material, Semiconductor)  # a column has no other
        gone = STATES if self.empty else self.bare.get(layer, ())
        return material_data(material, temperature) | dict.fromkeys(gone, 0.0)

    @cached_property
    def cells(self) -> list[NDArray[np.intp]]:
        """Of every layer."""
        return [np.flatnonzero(self.mesh.cell_layer == layer) for layer in range(len(self.column.layers))]

    @cached_property
    def means(self) -> list[dict[str, float]]:
        """The numbers of every layer at its mean temperature."""
        if isinstance(self.temperature, float):
            return [self.at(layer, self.temperature) for layer in range(len(self.column.layers))]
        volumes = self.mesh.corner_weights.sum(axis=1)
        return [
            self.at(layer, float(np.average(self.temperature[cells], weights=volumes[cells])))
            for layer, cells in enumerate(self.cells)
        ]

    @cached_property
    def by_layer(self) -> list[dict[str, Any]]:
        """The numbers of every layer; those that follow the temperature (its cells, 1) where that is a field."""
        if isinstance(self.temperature, float):
            return self.means
        return [self.at(layer, self.temperature[cells, None]) for layer, cells in enumerate(self.cells)]

    @cached_property
    def alike(self) -> list[tuple[Any, dict[str, Any]]]:
        """Cells whose bands are of one family, with their numbers as (cells, 1): laws take them all at once."""
        data = self.by_layer
        families = [(layer["electron_family"], layer["hole_family"]) for layer in data]
        found = []
        for family in dict.fromkeys(families):
            members = [k for k, one in enumerate(families) if one == family]
            mine = np.flatnonzero(np.isin(self.mesh.cell_layer, members))
            cells = slice(None) if len(mine) == len(self.mesh.cell_layer) else mine
            numbers = {name: self._spread(name)[cells, None] for name in data[0]}
            found.append((cells, numbers | {"electron_family": family[0], "hole_family": family[1]}))
        return found

    def table(self, names: Sequence[str]) -> Array:
        """(cells, names); 0 for a name that no layer has."""
        found = np.zeros((len(self.mesh.cell_layer), len(names)))
        for i, name in enumerate(names):
            if name in self.by_layer[0]:
                found[:, i] = self._spread(name)
        return found

    def _spread(self, name: str) -> Array:
        """(cells,) values of one number."""
        values = [np.ravel(layer[name]) for layer in self.by_layer]
        if all(len(value) == 1 for value in values):
            return np.array([value[0] for value in values])[self.mesh.cell_layer]
        found = np.empty(len(self.mesh.cell_layer))
        for cells, value in zip(self.cells, values, strict=True):
            found[cells] = value
        return found

    def nodal_temperature(
        self, cell_nodes: NDArray[np.int32], nodes: Any = slice(None), layers: Iterable[int] | None = None
    ) -> Any:
        """[K], or (points,) means over the parts of cells around nodes.

        Args:
            cell_nodes: (cells, corners).
            nodes: (points,); all if not given.
            layers: whose cells count; all if not given.
        """
        if isinstance(self.temperature, float):
            return self.temperature
        cells = slice(None) if layers is None else np.concatenate([self.cells[layer] for layer in layers])
        weights, count = self.mesh.corner_weights[cells], int(cell_nodes.max()) + 1
        corners = cell_nodes[cells].ravel()
        total = np.bincount(corners, (weights * self.temperature[cells][:, None]).ravel(), minlength=count)
        return total[nodes] / np.bincount(corners, weights.ravel(), minlength=count)[nodes]


def checked_temperature(temperature: float | Array, cells: int) -> float | Array:
    """A temperature as a float, or as (cells,).

    Raises:
        InputError: another shape, or a value out of range.
    """
    given = np.asarray(temperature, dtype=np.float64)
    if given.shape not in ((), (cells,)):
        raise InputError(f"temperature: shape {given.shape} is neither one number nor ({cells},), one for every cell")
    allowed = quantity_of(Temperature)
    assert allowed is not None  # annotated so
    for value in (given.min(), given.max()):
        allowed.check(float(value), "temperature")
    return float(given) if given.ndim == 0 else given.copy()
