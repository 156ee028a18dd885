"""Potential, electrons and holes of a column at a bias: equations on a mesh, Newton step, currents."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Column, Contact
from femled.domain.column_mesh import INTERVAL, LENGTH, ColumnMesh
from femled.domain.regions import basix
from femled.errors import InputError
from femled.physics.carriers import (
    CORNERS,
    FLUX,
    MIDDLE,
    carrier_terms,
    equilibrium_densities,
    material_data,
    neutral_potential,
)
from femled.physics.electrostatics import DENSITY
from femled.solve.forms import CompiledTerm, cell_entities, fem
from femled.solve.ions import NO_IONS, Ions
from femled.solve.petsc import ScaledSystem

Array = NDArray[np.float64]
Profile = Callable[[Array], Array]

CLIP = 1.0
"""[V] largest change of the potential in one step."""

POTENTIAL, ELECTRONS, HOLES = 0, 1, 2


@dataclass(frozen=True)
class Currents:
    """Current densities of a steady state, [A/m2], forward positive.

    Args:
        total: from the minority currents at the contacts and the integral of R - G.
        anode: the sum of both currents there.
        cathode: the same at the other end.
        recombination: by mechanism, q times the integral.
    """

    total: float
    anode: float
    cathode: float
    recombination: dict[str, float]

    @property
    def error(self) -> float:
        """[A/m2] largest difference between the routes."""
        return max(abs(self.total - self.anode), abs(self.total - self.cathode), abs(self.anode - self.cathode))


class CarrierSpace:
    """The equations of a column on a mesh. The unknowns `u` are (nodes, 3): phi [V], E_Fn [eV], E_Fp [eV].

    Args:
        column: the device.
        mesh: of it.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode; None is dark.
    """

    def __init__(self, column: Column, mesh: ColumnMesh, generation: Profile | None = None) -> None:
        self.column, self.mesh = column, mesh
        self.vt = BOLTZMANN * column.temperature / ELEMENTARY_CHARGE
        self.data = [material_data(semiconductor, column.temperature) for semiconductor in column.semiconductors]
        if self.insulated:
            self.data = [data | {"conduction_states": 0.0, "valence_states": 0.0} for data in self.data]
        terms = carrier_terms(INTERVAL)
        self.space = fem.functionspace(mesh.mesh, terms.element)
        self.cell_nodes = np.asarray(self.space.dofmap.list)
        self.layer_nodes = [np.unique(self.cell_nodes[mesh.cells(name)]) for name in mesh.layers]
        self.position = np.asarray(self.space.tabulate_dof_coordinates()[:, 0])
        self._u = fem.Function(self.space)
        self.u: Array = np.asarray(self._u.x.array, dtype=np.float64).reshape(-1, 3)
        self.charge, self.screening = (self._corner_function() for _ in range(2))
        self._tie(terms)
        self.generation = self._generated(generation)
        self.ends = (int(self.position.argmin()), int(self.position.argmax()))
        self._held: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._target: Array = np.zeros(0)
        self.ions: Ions = NO_IONS
        self._applied, self._rigid = 0.0, False

    def _corner_function(self) -> Any:
        return fem.Function(fem.functionspace(self.mesh.mesh, basix.ufl.element("DG", "interval", 1)))

    def _tie(self, terms: Any) -> None:
        shape = (len(terms.parameters),)
        material = fem.Function(fem.functionspace(self.mesh.mesh, basix.ufl.element("DG", "interval", 0, shape=shape)))
        table = np.array([[data[name] for name in terms.parameters] for data in self.data])
        material.x.array.reshape(-1, shape[0])[:] = table[self.mesh.cell_layer]
        entities = cell_entities(self.mesh, (MIDDLE, CORNERS))

        def tied(term: Any, arity: int, **extra: Any) -> Any:
            data = {"u": self._u, "material": material, **extra}
            return CompiledTerm(term, arity).on(self.mesh, self.space, data, {"vt": self.vt}, entities)

        self._residual = tied(terms.residual, 1, charge=self.charge)
        self._system = ScaledSystem(tied(terms.jacobian, 2, screening=self.screening), "carriers")
        self._rates = {name: tied(term, 0) for name, term in terms.rates.items()}

    def _generated(self, generation: Profile | None) -> Array:
        """(nodes,), [1e24/m3/s nm] of a profile, by two Gauss points a cell."""
        load = np.zeros(len(self.position))
        if generation is None:
            return load
        for place in (0.5 - math.sqrt(1 / 12), 0.5 + math.sqrt(1 / 12)):
            x = self.mesh.corners @ np.array([1 - place, place])
            values = np.broadcast_to(np.asarray(generation(x * LENGTH), dtype=np.float64), x.shape) / DENSITY
            if not np.isfinite(values).all():
                raise InputError("generation: not finite somewhere in the column")
            for corner, weight in ((0, 1 - place), (1, place)):
                np.add.at(load, self.cell_nodes[:, corner], 0.5 * weight * self.mesh.sizes * values)
        return load

    def corner_values(self, nodal: Array) -> Array:
        """(cells, 2) of nodal values (nodes,)."""
        return np.asarray(nodal[self.cell_nodes])

    def corner_data(self, end: int) -> dict[str, float]:
        """Material at the anode (0) or the cathode (1)."""
        return self.data[0 if end == 0 else -1]

    # Contacts

    def work_function(self, end: int) -> float:
        """[eV] of the contact at an end; a blocking one takes the other's, and so do two of them."""
        contacts = (self.column.anode, self.column.cathode)
        contact: Contact = contacts[end]
        if contact.kind == "blocking":
            other = contacts[1 - end]
            return (
                self.column.semiconductors[0].intrinsic_level_ev(self.column.temperature)
                if other.kind == "blocking"
                else self.work_function(1 - end)
            )
        if contact.work_function_ev is not None:
            return contact.work_function_ev
        return neutral_potential(self.corner_data(end), self.vt)

    @property
    def insulated(self) -> bool:
        """Whether both contacts block, so that nothing fixes the number of carriers: they are left out then."""
        return self.column.anode.kind == self.column.cathode.kind == "blocking"

    def bias(self, voltage: float) -> None:
        """Hold the contacts at a voltage."""
        held = self._flat_levels() if self.insulated else []
        for end, contact in enumerate((self.column.anode, self.column.cathode)):
            applied, row = (voltage if end == 0 else 0.0), 3 * self.ends[end]
            held.append((row + POTENTIAL, self.work_function(end) + applied))
            if contact.kind != "blocking" and contact.surface_velocity is None:
                held += [(row + ELECTRONS, -applied), (row + HOLES, -applied)]
        self._set_held(held)
        self._applied, self._rigid = voltage, self.insulated

    def equilibrium(self) -> None:
        """Hold every Fermi level at zero, and the potential at the contacts at no bias."""
        held = self._flat_levels()
        held += [(3 * self.ends[end] + POTENTIAL, self.work_function(end)) for end in (0, 1)]
        self._set_held(held)
        self._applied, self._rigid = 0.0, True

    def _flat_levels(self) -> list[tuple[int, float]]:
        return [(3 * node + k, 0.0) for node in range(len(self.position)) for k in (ELECTRONS, HOLES)]

    def _set_held(self, held: list[tuple[int, float]]) -> None:
        self._held, self._target = np.array([row for row, _ in held]), np.array([value for _, value in held])
        self._system.hold(self._held)

    # Newton

    def guess(self) -> None:
        """Start from flat Fermi levels and a potential that keeps every layer inside its gap, neutral where doped."""
        ramp = np.interp(self.position, self.position[list(self.ends)], [self.work_function(end) for end in (0, 1)])
        self.u[:] = 0.0
        for nodes, data in zip(self.layer_nodes, self.data, strict=True):
            margin = 4 * self.vt
            low, high = data["valence_band"] + margin, data["conduction_band"] - margin
            inside = np.clip(ramp[nodes], low, high) if low < high else np.full(len(nodes), (low + high) / 2)
            doped = abs(data["doping"]) > 1e-6 and not self.insulated
            self.u[nodes, 0] = neutral_potential(data, self.vt) if doped else inside

    def residual(self) -> Array:
        """(nodes, 3): the equations without contacts; what is left at a contact is the flux through it."""
        self.ions.settle(self.u[:, POTENTIAL])
        self.charge.x.array[:] = self.ions.charge.ravel()
        b = np.zeros(self.u.size)
        fem.assemble_vector(b, self._residual)
        rows = b.reshape(-1, 3)
        rows[:, ELECTRONS] -= self.generation
        rows[:, HOLES] += self.generation
        return rows

    def _surface(self) -> tuple[Array, Array]:
        """Flux through contacts of finite surface velocity, as residual and derivative (nodes, 3)."""
        value, slope = np.zeros(self.u.shape), np.zeros(self.u.shape)
        for end, contact in enumerate((self.column.anode, self.column.cathode)):
            if contact.surface_velocity is None:
                continue
            node, data = self.ends[end], self.corner_data(end)
            velocity = contact.surface_velocity / LENGTH
            phi, level_n, level_p = self.u[node]
            fermi = -self._applied if end == 0 else 0.0
            n, p = self._densities(data, phi, level_n, level_p)
            n0, p0 = self._densities(data, phi, fermi, fermi)
            value[node, ELECTRONS], value[node, HOLES] = velocity * (n - n0), -velocity * (p - p0)
            slope[node, ELECTRONS] = velocity * n / (1 + data["crowding"] * n / data["conduction_states"]) / self.vt
            slope[node, HOLES] = velocity * p / (1 + data["crowding"] * p / data["valence_states"]) / self.vt
        return value, slope

    def _densities(self, data: dict[str, float], phi: Any, level_n: Any, level_p: Any) -> tuple[Any, Any]:
        return (
            equilibrium_densities(data, phi + level_n, self.vt)[0],
            equilibrium_densities(data, phi + level_p, self.vt)[1],
        )

    def step(self, shift: float) -> tuple[float, float]:
        """One Newton step in the densities, taken in the Fermi levels; see `femled.solve.newton`.

        s = (dE_Fn + dphi)/V_T;  dphi <- clip(dphi, +-1 V);  dE_Fn <- V_T log(1 + max(s, -0.99)) - dphi;  p mirrored
        """
        if self._rigid:
            self.u.ravel()[self._held] = self._target
        value, slope = self._surface()
        right = -(self.residual() + value).ravel()
        self.screening.x.array[:] = self.ions.screening.ravel()
        right[self._held] = self._target - self.u.ravel()[self._held]
        shifts = np.zeros(self.u.shape)
        shifts[:, 1:] = shift
        self._system.factor(slope.ravel(), shifts.ravel())
        change = self._system.solve(right)
        change = self.ions.answer(change, self._system.solve, self._held).reshape(-1, 3)
        return self._descend(change, -right) if self._rigid else self._advance(change)

    def _advance(self, change: Array) -> tuple[float, float]:
        """The step map from the linear change (nodes, 3)."""
        phi = np.clip(change[:, POTENTIAL], -CLIP, CLIP)
        electrons = (change[:, ELECTRONS] + change[:, POTENTIAL]) / self.vt
        holes = -(change[:, HOLES] + change[:, POTENTIAL]) / self.vt
        self.u[:, POTENTIAL] += phi
        self.u[:, ELECTRONS] += self.vt * np.log1p(np.maximum(electrons, -0.99)) - phi
        self.u[:, HOLES] -= self.vt * np.log1p(np.maximum(holes, -0.99)) + phi
        moved = float(np.abs(phi).max()) / self.vt
        return max(moved, float(np.abs(electrons).max()), float(np.abs(holes).max())), moved

    def _descend(self, change: Array, before: Array) -> tuple[float, float]:
        """A step with flat Fermi levels: the energy is convex in phi, the step is halved until it fits.

        Its slope along the step, F(phi + t dphi) . dphi, starts negative and grows: up to half its first size, of
        either sign, is a good step.
        """
        moved = float(np.abs(change).max()) / self.vt
        start = self.u.copy()
        slope, share = abs(float(before @ change.ravel())), 1.0
        while True:
            self.u[:] = start + share * change
            if moved < 1e-3 or share < 1e-6:
                break
            with np.errstate(over="ignore", invalid="ignore"):
                now = float(self.residual().ravel() @ change.ravel())
            if now <= 0.5 * slope:
                break
            share /= 2
        return moved, moved

    # What comes out

    def currents(self) -> Currents:
        """Current densities of the state as it is."""
        flux = FLUX * self.residual()[list(self.ends), 1:]
        (electrons_a, holes_a), (electrons_c, holes_c) = -flux[0], flux[1]
        recombination = {name: FLUX * float(np.real(fem.assemble_scalar(form))) for name, form in self._rates.items()}
        net = sum(recombination.values()) - FLUX * float(self.generation.sum())
        return Currents(
            total=float(electrons_a + holes_c + net),
            anode=float(electrons_a + holes_a),
            cathode=float(electrons_c + holes_c),
            recombination=recombination,
        )

    def densities(self) -> tuple[Array, Array]:
        """Electrons and holes at both ends of every cell, (cells, 2) each, [1/m3]."""
        phi, level_n, level_p = (self.corner_values(self.u[:, k]) for k in range(3))
        n, p = np.empty(phi.shape), np.empty(phi.shape)
        for layer, data in enumerate(self.data):
            cells = self.mesh.cell_layer == layer
            n[cells], p[cells] = self._densities(data, phi[cells], level_n[cells], level_p[cells])
        return n * DENSITY, p * DENSITY
