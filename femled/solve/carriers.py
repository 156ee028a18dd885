"""Potential, electrons, holes and moving ions of a column on a mesh: its equations and what its state means."""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Column
from femled.domain.column_mesh import LENGTH, CarrierMesh
from femled.domain.regions import basix
from femled.errors import InputError
from femled.physics.carrier_data import neutral_potential
from femled.physics.carriers import CENTRE, ELECTRONS, HOLES, IONS, POTENTIAL, Variant, carrier_terms, integral_ids
from femled.physics.electrostatics import DENSITY
from femled.physics.migration import SLOT
from femled.physics.statistics import families_of
from femled.solve.carrier_material import LocalMaterial, checked_temperature
from femled.solve.contacts import Terminal, held_rows, work_functions
from femled.solve.forms import CompiledTerm, cell_entities, fem
from femled.solve.interfaces import faces_of
from femled.solve.ions import NO_IONS, FixedCharge, Ions, Species
from femled.solve.packed import CellFunction, Packed, assemble_vector, assembled_number
from femled.solve.petsc import ScaledSystem
from femled.solve.slots import slots_of

Array = NDArray[np.float64]
Profile = Callable[[Array], Array]


def space_on(mesh: CarrierMesh, element: Any) -> Any:
    """The function space of an element on a mesh, made once: it takes as long as ten Newton steps."""
    if element not in mesh.spaces:
        mesh.spaces[element] = fem.functionspace(mesh.mesh, element)
    return mesh.spaces[element]


def nodes_of(mesh: CarrierMesh) -> NDArray[np.int32]:
    """(cells, corners) node of every corner, whatever the number of unknowns."""
    return np.asarray(space_on(mesh, basix.ufl.element("Lagrange", mesh.kind.cell, 1, shape=(IONS,))).dofmap.list)


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
        self.profile: Array | float = 1.0
        self.bare: dict[int, tuple[str, ...]] = {}  # see `dead_end_history`
        self.bound: NDArray[np.intp] = np.zeros(0, dtype=np.intp)  # rows of levels that follow the potential
        self.slots = slots_of(self.moving, mesh.layers)
        self.components = IONS + (max(self.slots) + 1 if self.slots else 0)
        families = families_of(one.statistics for one in column.semiconductors)
        self.holding = any(one.trap_density is not None for one in column.semiconductors)
        pairs = any(one.law.pairs for one in moving)
        self.variant = Variant(mesh.kind, self.components - IONS, families, self.holding, pairs)
        self._assembled(carrier_terms(self.variant))
        self.generation = self._generated(generation)
        self._take(column.temperature)
        self.ions: Ions = NO_IONS
        self._charged: Ions | None = None
        self.mean_current: float | None = None  # [A/m2] in time, which heals traps; None is what recombines now
        self.voltage, self.rigid = 0.0, False
        self.held: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.target: Array = np.zeros(0)

    def _corner_function(self, value: float = 0.0) -> CellFunction:
        function = CellFunction(space_on(self.mesh, basix.ufl.element("DG", self.mesh.kind.cell, 1)))
        function.put(value)
        return function

    def _assembled(self, terms: Any) -> None:
        self.space = space_on(self.mesh, terms.element)
        self.cell_nodes = np.asarray(self.space.dofmap.list)
        self.layer_nodes = [np.unique(self.cell_nodes[self.mesh.cells(name)]) for name in self.mesh.layers]
        self.coordinates = np.asarray(self.space.tabulate_dof_coordinates())
        self.position = np.ascontiguousarray(self.coordinates[:, self.mesh.kind.dimension - 1])
        self._u = fem.Function(self.space)
        self.u: Array = np.asarray(self._u.x.array, dtype=np.float64).reshape(-1, self.components)
        self.past, self.trap_growth = np.zeros(self.u.shape), 0.0
        self.charge, self.screening, self.growth_n, self.growth_p = (self._corner_function() for _ in range(4))
        self.traps, self.trapped = self._corner_function(1.0), self._corner_function()
        self._parameters = terms.parameters
        element = basix.ufl.element("DG", self.mesh.kind.cell, 0, shape=(len(terms.parameters),))
        self._material = CellFunction(space_on(self.mesh, element))
        self.coefficients = {"u": self._u, "material": self._material}
        self._terms, self._static = terms, {**self.coefficients, "traps": self.traps}
        self._past = {"past": self.trapped} if self.holding else {}
        moving = {"growth_ions": fem.Constant(self.mesh.mesh, 0.0)} if self.components > IONS else {}
        trapping = {"growth_traps": fem.Constant(self.mesh.mesh, 0.0)} if self.holding else {}
        self._growth: dict[str, Any] = {**moving, **trapping}
        self._trapping = trapping

    # Forms are tied to the mesh when they are first used: each takes as long as two Newton steps.

    @cached_property
    def _residual(self) -> Packed:
        return self._tied(self._terms.residual, 1, {**self._dynamic, "charge": self.charge}, self._growth)

    @cached_property
    def system(self) -> ScaledSystem:
        """The derivative of the equations."""
        packed = self._tied(self._terms.jacobian, 2, {**self._dynamic, "screening": self.screening}, self._growth)
        return ScaledSystem(packed.form, "carriers", packed.now, chain=self.mesh.kind.dimension == 1)

    @cached_property
    def _rates(self) -> dict[str, Packed]:
        late = {"srh": (self._past, self._trapping)}
        return {
            name: self._tied(term, 0, self._static | late.get(name, ({}, {}))[0], late.get(name, ({}, {}))[1])
            for name, term in self._terms.rates.items()
        }

    @property
    def _dynamic(self) -> dict[str, Any]:
        return {**self._static, **self._past, "growth_n": self.growth_n, "growth_p": self.growth_p}

    def _tied(self, term: Any, arity: int, data: dict[str, Any], constants: dict[str, Any]) -> Packed:
        entities = cell_entities(self.mesh, integral_ids(self.mesh.kind))
        form = CompiledTerm(term, arity).on(self.mesh, self.space, data, constants, entities)
        return Packed(form, self._u, [one for one in data.values() if one is not self._u])

    def set_temperature(self, temperature: Array | float) -> None:
        """Give the carriers a temperature; the state stays as it is until the next Newton step.

        Densities, mobilities and recombination follow the laws of the layers cell by cell. A metal keeps its work
        function, a neutral contact is neutral at the temperature of its nodes. Currents that a slope of T drives by
        itself (Seebeck, about 0.5 mV/K) are left out: 10 K across the layers would add 5 mV to pairs volts.

        Args:
            temperature: [K], or (cells,).

        Raises:
            InputError: another shape, a value out of range, or ions that move.
        """
        if self.moving:
            raise InputError("temperature: ions that move have that of their column, change it there")
        self._take(checked_temperature(temperature, len(self.mesh.cell_layer)))

    def set_profile(self, share: Array | float) -> None:
        """Let the voltage of the anode fall along it.

        Args:
            share: of the applied voltage at every node of the anode, from the axis outwards, (points,).
        """
        self.profile = share
        self._met()

    def _take(self, temperature: Array | float) -> None:
        self.temperature = temperature
        self.material = LocalMaterial(self.column, self.mesh, temperature, self.empty, self.bare)
        self.data, self.alike = self.material.means, self.material.alike
        nodal = BOLTZMANN * self.material.nodal_temperature(self.cell_nodes) / ELEMENTARY_CHARGE
        self.vt, self.nodal_vt = float(np.mean(nodal)), nodal
        names = self._parameters
        values = np.array(self.material.table(names))
        values[:, names.index(CENTRE)] = self.mesh.centre
        for species, slot in zip(self.moving, self.slots, strict=True):
            at = [names.index(f"{name}_{slot}") for name in SLOT]
            values[np.ix_(species.cells, at)] = [species.numbers[name] for name in SLOT]
        self._material.put(values)
        self._met()
        self.faces = faces_of(self.material, self.layer_nodes, self.cell_nodes)

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

    def _met(self) -> None:
        """Meet the contacts as they are; `biased`: rows of u that a bias holds, with values at no bias and per volt."""
        self.terminals = self._terminals()
        rows, still, rise = held_rows(self.terminals, self.components)
        flat = self._levels if self.empty else self._levels[:0]
        self.biased = np.append(flat, rows), np.append(0.0 * flat, still), np.append(0.0 * flat, rise)

    def _terminals(self) -> tuple[Terminal, Terminal]:
        placed = [self.mesh.contact(end, self.coordinates) for end in (0, 1)]
        layers = (0, len(self.column.layers) - 1)
        data = [
            self.material.at(layer, self.material.nodal_temperature(self.cell_nodes, nodes, (layer,)))
            for layer, (nodes, _) in zip(layers, placed, strict=True)
        ]
        levels = work_functions(self.column, data)
        anode, cathode = (
            Terminal(contact, *placed[end], data[end], levels[end], self.profile if end == 0 else 0.0)
            for end, contact in enumerate((self.column.anode, self.column.cathode))
        )
        return anode, cathode

    def lumped(self, values: Array) -> Array:
        """(nodes,) integrals of corner values (cells, corners) against the nodes' functions."""
        weighted = (self.mesh.corner_weights * values).ravel()
        return np.bincount(self.cell_nodes.ravel(), weighted, minlength=len(self.position))

    @cached_property
    def from_anode(self) -> NDArray[np.intp]:
        """(cells * corners,) place of every corner in the order from the anode on, of a column."""
        cells = np.argsort(self.mesh.depth.mean(axis=1))
        inner = np.argsort(self.mesh.depth[cells], axis=1)
        return np.asarray((cells[:, None] * inner.shape[1] + inner).ravel())

    def corner_values(self, nodal: Array) -> Array:
        """(..., cells, corners) of nodal values (..., nodes)."""
        return np.asarray(nodal[..., self.cell_nodes])

    # Contacts

    def bias(self, voltage: float) -> None:
        """Hold the contacts at a voltage."""
        rows, still, rise = self.biased
        self._hold(rows, still + voltage * rise)
        self.voltage, self.rigid = voltage, self.empty and not self.moving

    def equilibrium(self) -> None:
        """Hold every Fermi level at zero, and the potential at the contacts at no bias."""
        rows, still, _ = self.biased
        potential = rows % self.components == POTENTIAL
        self._hold(np.append(self._levels, rows[potential]), np.append(0.0 * self._levels, still[potential]))
        self.voltage, self.rigid = 0.0, True

    @cached_property
    def _levels(self) -> NDArray[np.int64]:
        """Rows of the Fermi levels of electrons and holes everywhere."""
        nodes = self.components * np.arange(len(self.position))
        return np.concatenate([nodes + ELECTRONS, nodes + HOLES])

    def _hold(self, rows: NDArray[np.int64], target: Array) -> None:
        self.target = target
        if not (rows is self.held or np.array_equal(rows, self.held)):
            self.held = rows
            self.system.hold(rows)

    def guess(self) -> None:
        """Start from flat Fermi levels and a potential that keeps every layer inside its gap, neutral where doped."""
        ends = [float(self.mesh.depth.min()), float(self.mesh.depth.max())]
        ramp = np.interp(self.position, ends, [float(np.mean(terminal.work_function)) for terminal in self.terminals])
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
        self.growth_n.put(growth_n)
        self.growth_p.put(growth_p)
        self.trap_growth = growth["growth_traps"]
        for name, constant in self._growth.items():
            constant.value = np.float64(growth[name])
        self.past = past

    def residual(self) -> Array:
        """(nodes, components): the equations without contacts; what is left at a contact is the flux through it."""
        self.ions.settle(self.u[:, POTENTIAL])
        if not (isinstance(self.ions, FixedCharge) and self.ions is self._charged):  # that of others changes in place
            self.charge.put(self.ions.charge)
            self._charged = self.ions
        b = np.zeros(self.u.size)
        assemble_vector(b, self._residual)
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
        found = {name: assembled_number(one) for name, one in self._rates.items()}
        if self.faces:
            found["interface"] = sum(float(face.areas @ face.rate(self.u[face.nodes])) for face in self.faces)
        return found
