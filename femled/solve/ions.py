"""Ions on the mesh of a column: at rest in the potential of the moment with an exact inventory, frozen, or none.

At rest every species has one unknown, its electrochemical potential mu. For a given phi it follows exactly from the
number of ions; in a Newton step it answers to phi as the border of the matrix:

    [A  B] [dphi]   [F]
    [B' D] [dmu ] = [0],   B_i = dF_phi,i/dmu = -w_i z c'/V_T,   D = Sum w c'/V_T
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.device import Column
from femled.domain.column_mesh import CarrierMesh
from femled.errors import ConvergenceError
from femled.physics.electrostatics import DENSITY
from femled.physics.ions import RestingIons

Array = NDArray[np.float64]


class Ions(Protocol):
    """What carriers have to know of the ions."""

    @property
    def charge(self) -> Array:
        """(cells, corners), [1e24/m3] charge of ions and their counter-charge, cellwise at both ends."""

    @property
    def total(self) -> Array:
        """(cells, corners), [1e24/m3] ions of either sign."""

    @property
    def screening(self) -> Array:
        """(cells, corners), [1e24/m3/V] minus the derivative of the charge in the potential."""

    def settle(self, potential: Array) -> None:
        """Take the potential (nodes,), [V]."""

    def answer(self, change: Array, solve: Callable[[Array], Array], held: NDArray[np.int64]) -> Array:
        """The Newton step (nodes * components,) corrected for the inventory."""


@dataclass
class FixedCharge:
    """Ions that do not move, or none.

    Args:
        charge: (cells, corners), [1e24/m3].
        screening: zero.
        total: (cells, corners), [1e24/m3] ions of either sign.
    """

    charge: Array
    screening: Array
    total: Array = field(default_factory=lambda: np.zeros(1))

    def settle(self, potential: Array) -> None:
        """Nothing moves."""

    def answer(self, change: Array, solve: Callable[[Array], Array], held: NDArray[np.int64]) -> Array:  # noqa: ARG002
        """The step as it is."""
        return change


NO_IONS = FixedCharge(np.zeros(1), np.zeros(1))


@dataclass(frozen=True)
class Species:
    """A species in its layer.

    Args:
        layer: name.
        law: of its density at the corners of its cells.
        cells: of the layer.
        corners: (cells * corners,) node of every corner.
    """

    layer: str
    law: RestingIons
    cells: NDArray[np.intp]
    corners: NDArray[np.intp]

    @property
    def numbers(self) -> dict[str, float]:
        """Of its cells, by the names of `femled.physics.migration.SLOT`."""
        ion = self.law.ion
        return {
            "mean": self.law.mean,
            "filling": ion.filling,
            "charge": float(ion.charge),
            "diffusivity": ion.diffusivity * 1e18,
            "pair": float(self.law.pairs),
            "present": 1.0,
        }

    @property
    def counter(self) -> float:
        """[1e24/m3] density whose charge is compensated by immobile charge."""
        return self.law.ion.counter_density / DENSITY


def species_of(column: Column, mesh: CarrierMesh, cell_nodes: NDArray[np.int32], vt: float) -> list[Species]:
    """Every species of every layer."""
    found = []
    for layer, semiconductor in zip(column.layers, column.semiconductors, strict=True):
        cells = mesh.cells(layer.name)
        weights = mesh.corner_weights[cells].ravel()
        corners = cell_nodes[cells].ravel().astype(np.intp)
        found += [Species(layer.name, RestingIons(ion, weights, vt), cells, corners) for ion in semiconductor.ions]
    return found


class RestingSpecies:
    """All species at rest in the potential.

    Args:
        species: of the column.
        shape: (cells, corners).
        nodes: number of nodes.
        thermal_voltage: [V].
    """

    def __init__(self, species: list[Species], shape: tuple[int, int], nodes: int, thermal_voltage: float) -> None:
        self.species, self._nodes, self._vt = species, nodes, thermal_voltage
        self.charge, self.screening, self.total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.densities: list[Array] = [np.zeros(0)] * len(species)
        self.levels = [0.0] * len(species)

    def settle(self, potential: Array) -> None:
        """Every species in the potential (nodes,), [V], with its inventory exact."""
        self.charge[:], self.screening[:], self.total[:] = 0.0, 0.0, 0.0
        for i, one in enumerate(self.species):
            local, z = potential[one.corners], one.law.ion.charge
            self.levels[i] = one.law.level(local)
            c = one.law.held(one.law.density(local, self.levels[i]))  # a level of 5 V is stored to 4e-14 V_T
            self.densities[i] = c
            self.charge[one.cells] += z * one.law.net(c).reshape(-1, self.charge.shape[1])
            self.total[one.cells] += one.law.total(c).reshape(-1, self.charge.shape[1])
            self.screening[one.cells] += (z**2 / self._vt * one.law.susceptibility(c)).reshape(-1, self.charge.shape[1])

    def answer(self, change: Array, solve: Callable[[Array], Array], held: NDArray[np.int64]) -> Array:
        """The Newton step with the electrochemical potentials moving along; see the module."""
        if not self.species:
            return change
        border = np.zeros((len(self.species), len(change)))
        diagonal = np.zeros(len(self.species))
        for i, one in enumerate(self.species):
            answer = one.law.weights * one.law.susceptibility(self.densities[i]) / self._vt
            diagonal[i] = answer.sum()
            of_nodes = np.bincount(one.corners, answer, minlength=self._nodes)
            border[i, :: len(change) // self._nodes] = -one.law.ion.charge * of_nodes
        free = border.copy()
        free[:, held] = 0.0
        columns = np.array([solve(row) for row in free])
        try:
            levels = np.linalg.solve(np.diag(diagonal) - border @ columns.T, -border @ change)
        except np.linalg.LinAlgError:
            raise ConvergenceError(
                time=None,
                step=None,
                block="ions",
                reason="singular matrix of the inventories",
                advice='try voltages in smaller steps, or mesh="fine"',
            ) from None
        return np.asarray(change - levels @ columns)

    def inventory(self) -> list[float]:
        """[1/m2] ions of every species; of pairs, the vacancies."""
        return [
            float(one.law.weights @ c) * 1e-9 * DENSITY for one, c in zip(self.species, self.densities, strict=True)
        ]
