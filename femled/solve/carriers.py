"""Potential, electrons, holes and moving ions of a column on a mesh: its equations and what its state means."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Column
from femled.domain.column_mesh import LENGTH, CarrierMesh
from femled.domain.regions import basix
from femled.errors import InputError
from femled.materials import Semiconductor
from femled.physics.carrier_data import material_data, neutral_potential
from femled.physics.carriers import CENTRE, ELECTRONS, HOLES, IONS, POTENTIAL, Variant, carrier_terms, integral_ids
from femled.physics.electrostatics import DENSITY
from femled.physics.migration import SLOT
from femled.physics.statistics import families_of
from femled.solve.contacts import Terminal, work_functions
from femled.solve.forms import CompiledTerm, cell_entities, fem
from femled.solve.interfaces import faces_of
from femled.solve.ions import NO_IONS, Ions, Species
from femled.solve.petsc import ScaledSystem
from femled.solve.slots import slots_of

Array = NDArray[np.float64]
Profile = Callable[[Array], Array]


def space_on(mesh: CarrierMesh, element: Any) -> Any:
    """The function space of an element on a mesh, made once: it takes as long as ten Newton steps."""
    if element not in mesh.spaces:
        mesh.spaces[element] = fem.functionspace(mesh.mesh, element)
    return mesh.spaces[element]


class CarrierSpace:
    """The equations of a column on a mesh; the unknowns `u` are (nodes, components): phi [V], E_Fn, E_Fp [eV], mu [V].

    Args:
        column: the device.
        mesh: of it.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode; None is dark.
        moving: species that are unknowns at the nodes of their layers; others are charge that `ions` knows.
        carriers: whether there are electrons and holes; never between two blocking contacts.
    """

    def __init__(
        self,
        column: Column,
        mesh: CarrierMesh,
        generation: Profile | None = None,
        *,
        moving: Sequence[Species] = (),
        carriers: bool = True,
    ) -> None:
        self.column, self.mesh, self.moving = column, mesh, tuple(moving)
        self.empty = not carriers or column.anode.kind == column.cathode.kind == "blocking"
        self.slots = slots_of(self.moving, mesh.layers)
        self.components = IONS + (max(self.slots) + 1 if self.slots else 0)
        semiconductors = column.semiconductors
        families = families_of(one.statistics for one in semiconductors)
        self.holding = any(one.trap_density is not None for one in semiconductors)
        self._assembled(carrier_terms(Variant(mesh.kind, self.components - IONS, families, self.holding)))
        self.generation = self._generated(generation)
        self.set_temperature(column.temperature)
        self.ions: Ions = NO_IONS
        self.mean_current: float | None = None  # [A/m2] in time, which heals traps; None is what recombines now
        self.voltage, self.rigid = 0.0, False
        self.held: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.target: Array = np.zeros(0)

    def _corner_function(self, value: float = 0.0) -> Any:
        function = fem.Function(space_on(self.mesh, basix.ufl.element("DG", self.mesh.kind.cell, 1)))
        function.x.array[:] = value
        return function

    def _assembled(self, terms: Any) -> None:
        self.space = space_on(self.mesh, terms.element)
        self.cell_nodes = np.asarray(self.space.dofmap.list)
        self.layer_nodes = [np.unique(self.cell_nodes[self.mesh.cells(name)]) for name in self.mesh.layers]
        self.coordinates = np.asarray(self.space.tabulate_dof_coordinates())
        self.position = np.ascontiguousarray(self.coordinates[:, self.mesh.kind.dimension - 1])
        self._u = fem.Function(self.space)
        self.u: Array = np.asarray(self._u.x.array, dtype=np.float64).reshape(-1, self.components)
        self.past = np.zeros(self.u.shape)
        self.charge, self.screening, self.growth_n, self.growth_p = (self._corner_function() for _ in range(4))
        self.traps, self.trapped = self._corner_function(1.0), self._corner_function()
        self.trap_growth = 0.0
        self._parameters = terms.parameters
        element = basix.ufl.element("DG", self.mesh.kind.cell, 0, shape=(len(terms.parameters),))
        self._material = fem.Function(space_on(self.mesh, element))
        entities = cell_entities(self.mesh, integral_ids(self.mesh.kind))
        static = {"u": self._u, "material": self._material, "traps": self.traps}
        trapped = {"past": self.trapped} if self.holding else {}
        dynamic = {**static, **trapped, "growth_n": self.growth_n, "growth_p": self.growth_p}
        moving = {"growth_ions": fem.Constant(self.mesh.mesh, 0.0)} if self.components > IONS else {}
        trapping = {"growth_traps": fem.Constant(self.mesh.mesh, 0.0)} if self.holding else {}
        self._growth: dict[str, Any] = {**moving, **trapping}

        def tied(term: Any, arity: int, data: dict[str, Any], constants: dict[str, Any]) -> Any:
            return CompiledTerm(term, arity).on(self.mesh, self.space, data, constants, entities)

        self._residual = tied(terms.residual, 1, {**dynamic, "charge": self.charge}, self._growth)
        jacobian = tied(terms.jacobian, 2, {**dynamic, "screening": self.screening}, self._growth)
        self.system = ScaledSystem(jacobian, "carriers", chain=self.mesh.kind.dimension == 1)
        self._rates = {
            name: tied(term, 0, static | (trapped if name == "srh" else {}), trapping if name == "srh" else {})
            for name, term in terms.rates.items()
        }

    def set_temperature(self, temperature: float) -> None:
        """Give everything but ions a temperature [K], by the laws of the layers; the state stays as it is.

        A metal keeps its work function, a neutral contact is neutral at the new temperature.
        """
        self.vt = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        self.data = [
            material_data(layer.material, temperature)
            for layer in self.column.layers
            if isinstance(layer.material, Semiconductor)
        ]
        if self.empty:
            self.data = [data | {"conduction_states": 0.0, "valence_states": 0.0} for data in self.data]
        self.alike = _alike(self.data, self.mesh.cell_layer)
        names = self._parameters
        table = np.array([[data.get(name, 0.0) for name in names] for data in self.data])
        values = self._material.x.array.reshape(-1, len(names))
        values[:] = table[self.mesh.cell_layer]
        values[:, names.index(CENTRE)] = self.mesh.centre
        for species, slot in zip(self.moving, self.slots, strict=True):
            at = [names.index(f"{name}_{slot}") for name in SLOT]
            values[np.ix_(species.cells, at)] = [species.numbers[name] for name in SLOT]
        self.terminals = self._terminals()
        self.faces = faces_of(self.column, self.mesh, self.layer_nodes, self.cell_nodes, self.data, temperature)

    def _generated(self, generation: Profile | None) -> Array:
        """(nodes,) source of a profile of pairs, by two Gauss points along a cell."""
        if generation is None:
            return np.zeros(len(self.position))
        depth = self.mesh.depth
        low, high = depth.min(axis=1), depth.max(axis=1)
        values = np.zeros(depth.shape)
        for place in (0.5 - math.sqrt(1 / 12), 0.5 + math.sqrt(1 / 12)):
            x = (low + place * (high - low)) * LENGTH
            rate = np.broadcast_to(np.asarray(generation(x), dtype=np.float64), x.shape) / DENSITY
            if not np.isfinite(rate).all():
                raise InputError("generation: not finite somewhere in the column")
            values += np.where(depth == low[:, None], 1 - place, place) * rate[:, None]
        return self.lumped(values)

    def _terminals(self) -> tuple[Terminal, Terminal]:
        levels = work_functions(self.column, self.data)
        found = []
        for end, contact in enumerate((self.column.anode, self.column.cathode)):
            nodes, areas = self.mesh.contact(end, self.coordinates)
            data = self.data[0 if end == 0 else -1]
            found.append(Terminal(contact, nodes, areas, data, levels[end], biased=end == 0))
        return found[0], found[1]

    def lumped(self, values: Array) -> Array:
        """(nodes,) integrals of corner values (cells, corners) against the nodes' functions."""
        weighted = (self.mesh.corner_weights * values).ravel()
        return np.bincount(self.cell_nodes.ravel(), weighted, minlength=len(self.position))

    def corner_values(self, nodal: Array) -> Array:
        """(cells, corners) of nodal values (nodes,)."""
        return np.asarray(nodal[self.cell_nodes])

    # Contacts

    def bias(self, voltage: float) -> None:
        """Hold the contacts at a voltage."""
        held = [pair for terminal in self.terminals for pair in terminal.held(voltage, self.components)]
        self._hold((self._flat_levels() if self.empty else []) + held)
        self.voltage, self.rigid = voltage, self.empty and not self.moving

    def equilibrium(self) -> None:
        """Hold every Fermi level at zero, and the potential at the contacts at no bias."""
        held = [
            pair
            for terminal in self.terminals
            for pair in terminal.held(0.0, self.components)
            if pair[0] % self.components == POTENTIAL
        ]
        self._hold(self._flat_levels() + held)
        self.voltage, self.rigid = 0.0, True

    def _flat_levels(self) -> list[tuple[int, float]]:
        rows = self.components * np.arange(len(self.position))
        return [(int(row) + k, 0.0) for row in rows for k in (ELECTRONS, HOLES)]

    def _hold(self, held: list[tuple[int, float]]) -> None:
        self.held, self.target = np.array([row for row, _ in held]), np.array([value for _, value in held])
        self.system.hold(self.held)

    def guess(self) -> None:
        """Start from flat Fermi levels and a potential that keeps every layer inside its gap, neutral where doped."""
        ends = [float(self.mesh.depth.min()), float(self.mesh.depth.max())]
        ramp = np.interp(self.position, ends, [terminal.work_function for terminal in self.terminals])
        self.u[:] = 0.0
        for nodes, data in zip(self.layer_nodes, self.data, strict=True):
            margin = 4 * self.vt
            low, high = data["valence_band"] + margin, data["conduction_band"] - margin
            inside = np.clip(ramp[nodes], low, high) if low < high else np.full(len(nodes), (low + high) / 2)
            doped = abs(data["doping"]) > 1e-6 and not self.empty
            self.u[nodes, POTENTIAL] = neutral_potential(data) if doped else inside

    # Equations

    def grow(self, growth_n: Array | float, growth_p: Array | float, growth: dict[str, float], past: Array) -> None:
        """Time derivatives growth * density + past, of electrons, holes and ions; all zero in a steady state.

        Args:
            growth_n: (cells, corners), [1/s]; and of holes.
            growth_p: the same.
            growth: [1/s] "growth_ions", and "growth_traps" whose past is `trapped`.
            past: (nodes, components) integrals of what earlier densities contribute.
        """
        self.growth_n.x.array[:] = np.ravel(growth_n)
        self.growth_p.x.array[:] = np.ravel(growth_p)
        self.trap_growth = growth["growth_traps"]
        for name, constant in self._growth.items():
            constant.value = np.float64(growth[name])
        self.past = past

    def residual(self) -> Array:
        """(nodes, components): the equations without contacts; what is left at a contact is the flux through it."""
        self.ions.settle(self.u[:, POTENTIAL])
        self.charge.x.array[:] = self.ions.charge.ravel()
        b = np.zeros(self.u.size)
        fem.assemble_vector(b, self._residual)
        rows = b.reshape(self.u.shape)
        rows += self.past
        rows[:, ELECTRONS] -= self.generation
        rows[:, HOLES] += self.generation
        for face in self.faces:
            lost = face.areas * face.rate(self.u[face.nodes])
            rows[face.nodes, ELECTRONS] += lost
            rows[face.nodes, HOLES] -= lost
        return rows

    def recombination_integrals(self) -> dict[str, float]:
        """Integral of the rate of every mechanism, in units of the mesh; "interface" only where there are any."""
        found = {name: float(np.real(fem.assemble_scalar(form))) for name, form in self._rates.items()}
        if self.faces:
            found["interface"] = sum(float(face.areas @ face.rate(self.u[face.nodes])) for face in self.faces)
        return found


def _alike(data: Sequence[dict[str, float]], cell_layer: NDArray[np.int32]) -> list[tuple[Any, dict[str, Any]]]:
    """Cells whose bands are of one family, with their numbers as (cells, 1): laws take them all at once.

    Args:
        data: material of every layer.
        cell_layer: (cells,).
    """
    families = [(layer["electron_family"], layer["hole_family"]) for layer in data]
    found = []
    for family in dict.fromkeys(families):
        mine = np.flatnonzero(np.isin(cell_layer, [k for k, one in enumerate(families) if one == family]))
        cells = slice(None) if len(mine) == len(cell_layer) else mine
        numbers = {name: np.array([layer[name] for layer in data])[cell_layer[cells], None] for name in data[0]}
        found.append((cells, numbers | {"electron_family": family[0], "hole_family": family[1]}))
    return found
