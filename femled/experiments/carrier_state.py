"""A steady state of a column as it can be kept: profiles of potential, Fermi levels, carriers and ions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from femled.device import Column
from femled.domain.column_mesh import LENGTH
from femled.errors import InputError
from femled.physics.electrostatics import DENSITY
from femled.solve.carrier_currents import recombined
from femled.solve.carrier_meaning import densities as carrier_densities
from femled.solve.carrier_meaning import trap_occupation
from femled.solve.carriers import CarrierSpace
from femled.solve.ions import FixedCharge, Species, species_of
from femled.solve.moving import set_ions

Array = NDArray[np.float64]

AT_ONCE = 1e30
"""[1/s] of a time derivative so fast that traps stay as they are."""


@dataclass(frozen=True)
class CarrierState:
    """Profiles from the anode to the cathode, at both ends of every cell: densities jump at layer edges.

    Args:
        column: the device.
        voltage: [V].
        position: (points,), [m] from the anode, every node twice.
        potential: (points,), [V].
        quasi_fermi_electron_ev: (points,), [eV].
        quasi_fermi_hole_ev: (points,), [eV].
        electron_density: (points,), [1/m3].
        hole_density: (points,), [1/m3].
        ion_density: "LAYER.ION" -> (points,), [1/m3], zero outside the layer; of pairs that of the vacancies c_V, their
            partners are c_i^2/c_V.
        mean_current_density: [A/m2] in time, that heals traps made by ions.
        trap_occupation: (points,), [1] share of filled traps where they hold charge; None: as in a steady state.
    """

    column: Column
    voltage: float
    position: Array
    potential: Array
    quasi_fermi_electron_ev: Array
    quasi_fermi_hole_ev: Array
    electron_density: Array
    hole_density: Array
    ion_density: Mapping[str, Array]
    mean_current_density: float = 0.0
    trap_occupation: Array | None = None


def _name(species: Species) -> str:
    return f"{species.layer}.{species.law.ion.name}"


@dataclass(frozen=True)
class Solved:
    """States that a space has held.

    Args:
        voltages: (states,), [V].
        u: (states, nodes, components).
        traps: (states, cells, 2), [1] occupation of traps; None without any that hold charge.
        recombining: (states,), [A/m2] what recombines in all.
    """

    voltages: Sequence[float]
    u: Array
    traps: Array | None
    recombining: Sequence[float]

    def states(self, space: CarrierSpace, species: Sequence[Species], densities: Sequence[Array]) -> list[CarrierState]:
        """Each of them, sorted from the anode on.

        Args:
            space: the equations.
            species: of ions.
            densities: (states, cells of the layer * 2), [1e24/m3] of every species.
        """
        shape = (len(self.u), *space.cell_nodes.shape)

        def sorted_values(values: Array) -> Array:
            return np.asarray(values.reshape(*values.shape[:-2], -1)[..., space.from_anode])

        def ions(one: Species, density: Array) -> Array:
            values = np.zeros(shape)
            values[:, one.cells] = density.reshape(shape[0], -1, 2) * DENSITY
            return sorted_values(values)

        position, (n, p) = sorted_values(space.mesh.depth) * LENGTH, carrier_densities(space, self.u)
        levels = (space.corner_values(self.u[..., k]) for k in range(3))
        phi, level_n, level_p, electrons, holes = (sorted_values(values) for values in (*levels, n, p))
        moved = {_name(one): ions(one, c) for one, c in zip(species, densities, strict=True)}
        traps = None if self.traps is None else sorted_values(self.traps)
        return [
            CarrierState(
                column=space.column,
                voltage=self.voltages[i],
                position=position,
                potential=phi[i],
                quasi_fermi_electron_ev=level_n[i],
                quasi_fermi_hole_ev=level_p[i],
                electron_density=electrons[i],
                hole_density=holes[i],
                ion_density={name: values[i] for name, values in moved.items()},
                mean_current_density=self.recombining[i] if space.mean_current is None else space.mean_current,
                trap_occupation=None if traps is None else traps[i],
            )
            for i in range(shape[0])
        ]


def state_of(
    space: CarrierSpace, voltage: float, species: Sequence[Species], densities: Sequence[Array]
) -> CarrierState:
    """What a solved space holds, sorted from the anode on.

    Args:
        space: the equations.
        voltage: [V].
        species: of ions.
        densities: (cells of the layer * 2,), [1e24/m3] of every species.
    """
    recombining = recombined(space) if space.mean_current is None else 0.0
    traps = trap_occupation(space)[None] if space.holding else None
    solved = Solved([voltage], space.u[None].copy(), traps, [recombining])
    return solved.states(space, species, [one[None] for one in densities])[0]


def frozen_ions(space: CarrierSpace, state: CarrierState) -> FixedCharge:
    """The charge of the ions of a state on any mesh of the same column; every inventory is kept exactly.

    Raises:
        InputError: the state belongs to a column with other layers or ions.
    """
    species = species_of(space.column, space.mesh, space.cell_nodes, space.vt)
    charge, total = np.zeros(space.cell_nodes.shape), np.zeros(space.cell_nodes.shape)
    for one, c in zip(species, ions_of(space, state, species), strict=True):
        charge[one.cells] += one.law.ion.charge * one.law.net(c).reshape(-1, 2)
        total[one.cells] += one.law.total(c).reshape(-1, 2)
    return FixedCharge(charge, np.zeros(1), total)


def put_state(space: CarrierSpace, state: CarrierState) -> None:
    """Bring a space with moving ions into a state, on any mesh of the same column.

    Raises:
        InputError: the state belongs to a column with other layers or ions.
    """
    densities = ions_of(space, state, space.moving)
    x = space.position * LENGTH
    for k, values in enumerate((state.potential, state.quasi_fermi_electron_ev, state.quasi_fermi_hole_ev)):
        space.u[:, k] = np.interp(x, state.position, values)
    set_ions(space, densities)
    space.mean_current = state.mean_current_density
    space.trap_growth = 0.0
    if space.holding and state.trap_occupation is not None:
        depth = space.mesh.depth
        inside = depth + 1e-6 * (depth.mean(axis=1, keepdims=True) - depth)  # occupations jump at layer edges
        space.trapped.put(np.interp(inside.ravel() * LENGTH, state.position, state.trap_occupation))
        space.trap_growth = AT_ONCE
    space.bias(state.voltage)


def ions_of(space: CarrierSpace, state: CarrierState, species: Sequence[Species]) -> list[Array]:
    """(cells of the layer * 2,), [1e24/m3] of every species, its inventory exact.

    Raises:
        InputError: the state belongs to a column with other layers or ions.
    """
    layers = [(layer.name, layer.thickness) for layer in space.column.layers]
    if layers != [(layer.name, layer.thickness) for layer in state.column.layers] or {
        _name(one) for one in species
    } != set(state.ion_density):
        raise InputError("ions: this state belongs to a column with other layers or ions")
    found = []
    ends = [0.0, *accumulate(layer.thickness for layer in space.column.layers)]
    for one in species:
        number = space.mesh.layers.index(one.layer)
        before = _Profile.of(state, _name(one), ends[number], ends[number + 1])
        nodes, inverse = np.unique(space.mesh.depth[one.cells].ravel(), return_inverse=True)
        found.append(one.law.held(before.moved(nodes * LENGTH)[inverse] / DENSITY))
    return found


@dataclass(frozen=True)
class _Profile:
    """Ions of a layer by its nodes.

    Args:
        nodes: (nodes,), [m] rising.
        density: (nodes,), [1/m3].
    """

    nodes: Array
    density: Array

    @classmethod
    def of(cls, state: CarrierState, name: str, low: float, high: float) -> "_Profile":
        """A species of a state between the faces of its layer."""
        pairs, values = state.position.reshape(-1, 2), state.ion_density[name].reshape(-1, 2)
        middle = pairs.mean(axis=1)
        inside = (middle > low) & (middle < high)
        nodes, density = pairs[inside], values[inside]
        return cls(np.append(nodes[:, 0], nodes[-1, 1]), np.append(density[:, 0], density[-1, 1]))

    def moved(self, nodes: Array) -> Array:
        """(nodes,), [1/m3] on other nodes of the same layer, conservatively.

        What lies between the middles of old cells stays there: the number of ions up to a point is interpolated by a
        monotone cubic, and its differences are the ions of the new nodes. Scaling a density that was interpolated to
        its right mean instead would charge the neutral middle of the layer.
        """
        if len(nodes) == len(self.nodes) and np.allclose(nodes, self.nodes, rtol=0.0, atol=1e-9 * self.nodes[-1]):
            return self.density
        old, new = _boundaries(self.nodes), _boundaries(nodes)
        new[0], new[-1] = old[0], old[-1]
        total = PchipInterpolator(old, np.append(0.0, np.cumsum(self.density * np.diff(old))))(new)
        return np.asarray(np.maximum(np.diff(total) / np.diff(new), 0.0))


def _boundaries(nodes: Array) -> Array:
    """(nodes + 1,) of what every node stands for."""
    return np.concatenate([nodes[:1], (nodes[1:] + nodes[:-1]) / 2, nodes[-1:]])
