"""What holds the unknowns of a column at its two contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Column, Contact
from femled.physics.carrier_data import (
    density_slopes,
    electron_density,
    equilibrium_densities,
    hole_density,
    neutral_potential,
)
from femled.physics.carriers import ELECTRONS, HOLES, POTENTIAL

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Terminal:
    """One contact on the mesh.

    Args:
        contact: of the column.
        nodes: (points,) nodes that it touches.
        areas: (points,), area of the contact that every node stands for, in units of the mesh; 1 in one dimension.
        data: material of the layer that it touches, at its temperature, which may be one for every node.
        work_function: [eV], or (points,).
        share: of the applied voltage, or (points,): 1 at the anode, less where its electrode drops some; 0 at the
            cathode.
    """

    contact: Contact
    nodes: NDArray[np.int32]
    areas: Array
    data: dict[str, Any]
    work_function: Any
    share: Any

    def applied(self, voltage: float) -> Any:
        """[V] at this contact, or (points,)."""
        return voltage * self.share

    def held(self, voltage: float, components: int) -> list[tuple[int, float]]:
        """Rows of u and the values that they have at a voltage.

        Args:
            voltage: [V] anode minus cathode.
            components: of u at a node.
        """
        found = []
        applied = np.broadcast_to(self.applied(voltage), self.nodes.shape)
        potentials = np.broadcast_to(self.work_function + applied, self.nodes.shape)
        for row, own, potential in zip(components * self.nodes.astype(np.int64), applied, potentials, strict=True):
            found.append((int(row) + POTENTIAL, float(potential)))
            for component, velocity in zip((ELECTRONS, HOLES), self.contact.velocities, strict=True):
                if velocity is None:
                    found.append((int(row) + component, -float(own)))
        return found

    @property
    def open(self) -> bool:
        """Whether a carrier passes at a finite velocity."""
        return any(velocity for velocity in self.contact.velocities)

    def surface(self, u: Array, voltage: float, length: float) -> tuple[Array, Array]:
        """Flux S (n - n_0) of carriers that pass at a finite velocity, and its derivative.

        Args:
            u: (points, components) at its nodes.
            voltage: [V].
            length: [m] unit of the mesh.

        Returns:
            (points, 2) each, electrons and holes, for the residual and the diagonal of its derivative.
        """
        fermi, vt = -self.applied(voltage), self.data["thermal_voltage"]
        if len(u) == 1 and type(fermi) is float and type(vt) is float:
            return self._at_one_node(u[0].tolist(), fermi, length)
        phi = u[:, POTENTIAL]
        scale = self.areas[:, None] * np.array([(velocity or 0.0) / length for velocity in self.contact.velocities])
        electrons, holes = phi + u[:, ELECTRONS], phi + u[:, HOLES]
        n, p = electron_density(self.data, electrons), hole_density(self.data, holes)
        n0, p0 = equilibrium_densities(self.data, phi + fermi)
        slopes = np.column_stack(density_slopes(self.data, electrons, holes)) / np.reshape(vt, (-1, 1))
        return scale * np.column_stack([n - n0, -(p - p0)]), scale * slopes

    def _at_one_node(self, u: list[float], fermi: float, length: float) -> tuple[Array, Array]:
        """The same in one dimension, where arrays of one number would take most of the time of a Newton step."""
        phi, vt = u[POTENTIAL], self.data["thermal_voltage"]
        scale = np.array([(velocity or 0.0) * float(self.areas[0]) / length for velocity in self.contact.velocities])
        electrons, holes = phi + u[ELECTRONS], phi + u[HOLES]
        n, p = electron_density(self.data, electrons), hole_density(self.data, holes)
        n0, p0 = equilibrium_densities(self.data, phi + fermi)
        slopes = np.array([density_slopes(self.data, electrons, holes)]) / vt
        return scale * np.array([[n - n0, -(p - p0)]]), scale * slopes


def held_rows(terminals: Sequence[Terminal], components: int) -> tuple[Rows, Array, Array]:
    """Rows of u that contacts hold, their values at no bias, and these per volt, (rows,) each.

    Args:
        terminals: of the column.
        components: of u at a node.
    """
    still, other = (
        [pair for terminal in terminals for pair in terminal.held(voltage, components)] for voltage in (0.0, 1.0)
    )
    values, at_one_volt = (np.array([value for _, value in held]) for held in (still, other))
    return np.array([row for row, _ in still], dtype=np.int64), values, at_one_volt - values


def work_functions(column: Column, data: Sequence[dict[str, Any]]) -> tuple[Any, Any]:
    """[eV] of anode and cathode; a blocking contact takes the other's, two of them that of the intrinsic first layer.

    Args:
        column: the device.
        data: material of the first and of the last layer at the temperatures of their contacts.
    """
    contacts = (column.anode, column.cathode)
    known: list[Any] = []
    for contact, layer in zip(contacts, data, strict=True):
        if contact.kind == "blocking":
            known.append(None)
        else:
            level = contact.work_function_ev
            known.append(neutral_potential(layer) if level is None else level)
    given = [level for level in known if level is not None]
    other = given[0] if given else column.semiconductors[0].intrinsic_level_ev(column.temperature)
    anode, cathode = (np.mean(other) if level is None else level for level in known)
    return anode, cathode
