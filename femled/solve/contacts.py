"""What holds the unknowns of a column at its two contacts."""

from dataclasses import dataclass

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
        data: material of the layer that it touches.
        work_function: [eV].
        biased: whether the applied voltage is here: the anode.
    """

    contact: Contact
    nodes: NDArray[np.int32]
    areas: Array
    data: dict[str, float]
    work_function: float
    biased: bool

    def applied(self, voltage: float) -> float:
        """[V] at this contact."""
        return voltage if self.biased else 0.0

    def held(self, voltage: float, components: int) -> list[tuple[int, float]]:
        """Rows of u and the values that they have at a voltage.

        Args:
            voltage: [V] anode minus cathode.
            components: of u at a node.
        """
        applied, found = self.applied(voltage), []
        for row in components * self.nodes.astype(np.int64):
            found.append((int(row) + POTENTIAL, self.work_function + applied))
            for component, velocity in zip((ELECTRONS, HOLES), self.contact.velocities, strict=True):
                if velocity is None:
                    found.append((int(row) + component, -applied))
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
        phi = u[:, POTENTIAL]
        scale = self.areas[:, None] * np.array([(velocity or 0.0) / length for velocity in self.contact.velocities])
        electrons, holes = phi + u[:, ELECTRONS], phi + u[:, HOLES]
        n, p = electron_density(self.data, electrons), hole_density(self.data, holes)
        n0, p0 = equilibrium_densities(self.data, phi + fermi)
        slopes = np.column_stack(density_slopes(self.data, electrons, holes)) / vt
        return scale * np.column_stack([n - n0, -(p - p0)]), scale * slopes


def work_functions(column: Column, data: list[dict[str, float]]) -> tuple[float, float]:
    """[eV] of anode and cathode; a blocking contact takes the other's, two of them that of the intrinsic first layer.

    Args:
        column: the device.
        data: material of every layer.
    """
    contacts = (column.anode, column.cathode)
    known: list[float | None] = []
    for contact, layer in zip(contacts, (data[0], data[-1]), strict=True):
        if contact.kind == "blocking":
            known.append(None)
        else:
            level = contact.work_function_ev
            known.append(neutral_potential(layer) if level is None else level)
    given = [level for level in known if level is not None]
    other = given[0] if given else column.semiconductors[0].intrinsic_level_ev(column.temperature)
    anode, cathode = (other if level is None else level for level in known)
    return anode, cathode
