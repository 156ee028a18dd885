"""Recombination in the faces between layers, node by node: the same in a column and on a section."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import LENGTH
from femled.physics.carrier_data import activities, electron_density, hole_density
from femled.physics.carriers import ELECTRONS, HOLES, POTENTIAL
from femled.physics.recombination import interface_coefficient, intrinsic_product, level_densities, net_product
from femled.solve.carrier_material import LocalMaterial

Array = NDArray[np.float64]

STEP = 1e-5
"""[V_T] of the central differences: their error, 1e-10, costs no Newton step."""


@dataclass(frozen=True)
class Face:
    """The nodes between two layers at which carriers recombine.

    R = (n p - n_i^2)/((n + n1)/S_p + (p + p1)/S_n)

    Args:
        index: of the layer before it, from the anode on.
        nodes: (points,).
        areas: (points,), that every node stands for, in units of the mesh.
        electron_side: material whose electrons recombine, at the temperature of the face, which may be a field.
        hole_side: material whose holes do, at the same.
        level: [eV] of the traps, or (points,).
        velocities: S_n and S_p in units of the mesh.
    """

    index: int
    nodes: NDArray[np.intp]
    areas: Array
    electron_side: dict[str, Any]
    hole_side: dict[str, Any]
    level: Any
    velocities: tuple[float, float]

    def rate(self, u: Array) -> Array:
        """(..., points) R at unknowns (..., points, components), in units of the mesh."""
        electrons, holes = self.electron_side, self.hole_side
        vt, phi = electrons["thermal_voltage"], u[..., POTENTIAL]
        n, p = electron_density(electrons, phi + u[..., ELECTRONS]), hole_density(holes, phi + u[..., HOLES])
        a_n = activities(electrons, phi + u[..., ELECTRONS], phi + u[..., HOLES])[0]
        a_p = activities(holes, phi + u[..., ELECTRONS], phi + u[..., HOLES])[1]
        gap = np.exp(np.maximum((holes["valence_band"] - electrons["conduction_band"]) / vt, -690.0))
        states = electrons["conduction_states"] * holes["valence_states"]
        net = net_product(n, p, intrinsic_product(states, gap, a_n, a_p), (u[..., ELECTRONS] - u[..., HOLES]) / vt)
        below, above = (self.level - electrons["conduction_band"]) / vt, (holes["valence_band"] - self.level) / vt
        filled = electrons["conduction_states"] * np.exp(np.maximum(below, -690.0))
        empty = holes["valence_states"] * np.exp(np.maximum(above, -690.0))
        n1, p1 = level_densities(filled, empty, a_n, a_p)
        return np.asarray(interface_coefficient(n, p, n1, p1, *self.velocities) * net)

    def slopes(self, u: Array) -> Array:
        """(points, 3) dR/d(phi, E_Fn, E_Fp) by central differences."""
        step = STEP * self.electron_side["thermal_voltage"]
        found = np.empty((len(self.nodes), 3))
        for k in (POTENTIAL, ELECTRONS, HOLES):
            away = np.zeros(u.shape)
            away[:, k] = step
            found[:, k] = (self.rate(u + away) - self.rate(u - away)) / (2 * step)
        return found


def faces_of(
    material: LocalMaterial, layer_nodes: Sequence[NDArray[np.intp]], cell_nodes: NDArray[np.int32]
) -> list[Face]:
    """Every interface of a column on a mesh.

    Args:
        material: of the layers, on the mesh.
        layer_nodes: nodes of every layer.
        cell_nodes: (cells, corners).
    """
    column, mesh = material.column, material.mesh
    names, found = [layer.name for layer in column.layers], []
    for interface in column.interfaces:
        first, second = column.neighbours(interface)
        index = names.index(first.name)
        nodes = np.intersect1d(layer_nodes[index], layer_nodes[index + 1])
        cells = mesh.cells(first.name)
        rings = 2 * mesh.corner_weights[cells] / np.ptp(mesh.depth[cells], axis=1)[:, None]
        areas = np.bincount(cell_nodes[cells].ravel(), rings.ravel(), minlength=int(cell_nodes.max()) + 1)[nodes]
        electron_side, hole_side = interface.sides(first, second)
        temperature = material.nodal_temperature(cell_nodes, nodes, (index, index + 1))
        sides = [material.at(names.index(side.name), temperature) for side in (electron_side, hole_side)]
        velocities = interface.electron_velocity / LENGTH, interface.hole_velocity / LENGTH
        level = interface.level_ev(electron_side, hole_side, temperature)
        found.append(Face(index, nodes, areas, sides[0], sides[1], level, velocities))
    return found
