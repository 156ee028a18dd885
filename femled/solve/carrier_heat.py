"""Heat that a steady state of carriers releases: in every cell, and in the faces of the layers.

    J V = Sum of Joule heat + R (E_Fn - E_Fp) + what carriers lose in contacts of finite velocity

exactly, up to what Newton's method leaves, because every part is the equations' own flux or rate times its level; the
Peltier heat of `femled.physics.carrier_heat` adds up to zero. Photons are still among R (E_Fn - E_Fp): who lets light
out takes its power away. Pairs made by light that comes in bring E_Fn - E_Fp each, no more: how hot
they are made is not counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.domain.column_mesh import LENGTH
from femled.physics.carrier_heat import carrier_heat_terms
from femled.physics.carriers import ELECTRONS, FLUX, HOLES, integral_ids
from femled.physics.electrostatics import DENSITY
from femled.solve.carrier_meaning import States, recombination
from femled.solve.carriers import CarrierSpace, space_on
from femled.solve.forms import CompiledTerm, assembled_vector, cell_entities

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FaceHeat:
    """Heat released in the face between two layers, or in a contact.

    Args:
        nodes: (points,).
        areas: (points,), [m2] that every node stands for; 1 in a column.
        recombination: (points,), [W/m2] of carriers that meet in traps of the face.
        exchange: (points,), [W/m2] of carriers that pass a contact at a finite velocity.
        peltier: (points,), [W/m2] of either sign.
    """

    nodes: NDArray[np.intp]
    areas: Array
    recombination: Array
    exchange: Array
    peltier: Array

    @property
    def density(self) -> Array:
        """(points,), [W/m2] of all."""
        return self.recombination + self.exchange + self.peltier


@dataclass(frozen=True)
class CarrierHeat:
    """Heat of a steady state.

    Args:
        layers: (cells,) index of the layer of every cell.
        volumes: (cells,), [m3]; [m] in a column.
        area: [m2] of the smaller contact; 1 in a column.
        electron_joule: (cells,), [W/m3].
        hole_joule: (cells,), [W/m3].
        recombination: mechanism -> (cells,), [W/m3], photons included.
        peltier: (cells,), [W/m3] of either sign.
        faces: (layers + 1), from the anode to the cathode.
        photons: (cells,), [1/m3/s] made.
    """

    layers: NDArray[np.int32]
    volumes: Array
    area: float
    electron_joule: Array
    hole_joule: Array
    recombination: dict[str, Array]
    peltier: Array
    faces: tuple[FaceHeat, ...]
    photons: Array

    @property
    def cells(self) -> Array:
        """(cells,), [W/m3] all that is released inside the layers."""
        return self.electron_joule + self.hole_joule + sum(self.recombination.values()) + self.peltier

    @property
    def face_power(self) -> Array:
        """(layers + 1,), [W/m2] over the area of the contact."""
        return np.array([face.areas @ face.density for face in self.faces]) / self.area

    @property
    def by_layer(self) -> Array:
        """(layers,), [W/m2] over the area of the contact: cells, half of every inner face, a contact's in its layer."""
        ends = self.face_power
        halves = ends / 2
        halves[[0, -1]] = ends[[0, -1]]
        return self._summed(self.cells) + halves[1:] + halves[:-1]

    @property
    def total(self) -> float:
        """[W/m2] over the area of the contact: J V."""
        return float(self.by_layer.sum())

    def light(self, photon_energy_ev: float) -> Array:
        """(cells,), [W/m3] power of all photons made, of which a share leaves.

        Args:
            photon_energy_ev: [eV] mean.
        """
        return self.photons * (photon_energy_ev * ELEMENTARY_CHARGE)

    def light_by_layer(self, photon_energy_ev: float) -> Array:
        """(layers,), [W/m2] over the area of the contact; argument of `light`."""
        return self._summed(self.light(photon_energy_ev))

    def _summed(self, cells: Array) -> Array:
        power = np.bincount(self.layers, cells * self.volumes, minlength=len(self.faces) - 1)
        return np.asarray(power / self.area)


class CarrierHeating:
    """Sources of heat of a space, tied to it once.

    Args:
        space: the equations.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self._space, mesh = space, space.mesh
        terms, entities = carrier_heat_terms(space.variant), cell_entities(mesh, integral_ids(mesh.kind))
        data = space.coefficients
        cellwise = space_on(mesh, terms.cellwise)
        self._joule = CompiledTerm(terms.joule, 1).on(mesh, cellwise, data, {}, entities)
        self._peltier = CompiledTerm(terms.peltier, 1).on(mesh, space.space, data, {}, entities)
        self._cells = np.asarray(cellwise.dofmap.list)[:, 0]
        weights = mesh.corner_weights
        self._weight = weights.sum(axis=1)
        self._nodal = np.bincount(space.cell_nodes.ravel(), weights.ravel())
        self._face_unit = LENGTH**2 if mesh.kind.axisymmetric else 1.0  # [m2] of the mesh's areas
        self.faces = self._placed()

    def _placed(self) -> list[tuple[NDArray[np.intp], Array]]:
        """Nodes of every face, and the areas that they stand for, in units of the mesh."""
        space, mesh = self._space, self._space.mesh
        found = []
        for face in range(len(space.layer_nodes) + 1):
            layer = min(face, len(space.layer_nodes) - 1)
            cells = space.material.cells[layer]
            depth = mesh.depth[cells]
            plane = depth.max() if face > layer else depth.min()
            here = np.abs(depth - plane) < 1e-9 * max(1.0, plane)
            rings = 2 * mesh.corner_weights[cells] / np.ptp(depth, axis=1)[:, None]
            areas = np.bincount(space.cell_nodes[cells][here], rings[here], minlength=len(space.position))
            nodes = np.flatnonzero(areas)
            found.append((nodes, areas[nodes]))
        return found

    def now(self) -> CarrierHeat:
        """Of the state that the space holds."""
        space, mesh = self._space, self._space.mesh
        joule = assembled_vector(self._joule).reshape(-1, 2)[self._cells] * self._density(self._weight)[:, None]
        rates = recombination(space, States.now(space))
        splitting = space.corner_values(space.u[:, ELECTRONS] - space.u[:, HOLES])
        share = mesh.corner_weights / self._weight[:, None]
        moved = assembled_vector(self._peltier).reshape(space.u.shape)[:, [ELECTRONS, HOLES]].sum(axis=1)
        faces = self._face_heat(moved)
        inside = moved.copy()
        for face in faces:
            inside[face.nodes] = 0.0
        spread = space.corner_values(inside / self._nodal)
        return CarrierHeat(
            layers=mesh.cell_layer,
            volumes=self._weight * self._face_unit * LENGTH,
            area=mesh.area * self._face_unit,
            electron_joule=joule[:, 0],
            hole_joule=joule[:, 1],
            recombination={
                name: ELEMENTARY_CHARGE * (rate * splitting * share).sum(axis=1) for name, rate in rates.items()
            },
            peltier=(spread * share).sum(axis=1) * ELEMENTARY_CHARGE * DENSITY,
            faces=faces,
            photons=(rates["radiative"] * share).sum(axis=1),
        )

    def _density(self, volumes: Array) -> Array:
        """[W/m3] of an integral over volumes, both in units of the mesh."""
        return np.asarray(ELEMENTARY_CHARGE * DENSITY / volumes)

    def _face_heat(self, moved: Array) -> tuple[FaceHeat, ...]:
        """From the Peltier heat of all nodes, in units of the mesh."""
        space, found = self._space, []
        recombining = {face.index + 1: face for face in space.faces}
        for index, (nodes, areas) in enumerate(self.faces):
            caught, passed = np.zeros(len(nodes)), np.zeros(len(nodes))
            if index in recombining:
                face = recombining[index]
                state = space.u[face.nodes]
                caught = FLUX * face.rate(state) * (state[:, ELECTRONS] - state[:, HOLES])
            if index in (0, len(self.faces) - 1):
                passed = self._passed(0 if index == 0 else 1, nodes) / areas
            found.append(FaceHeat(nodes, areas * self._face_unit, caught, passed, FLUX * moved[nodes] / areas))
        return tuple(found)

    def _passed(self, end: int, nodes: NDArray[np.intp]) -> Array:
        """(points,) heat of carriers that fall to the level of a metal as they enter it, over areas of the mesh."""
        space = self._space
        terminal, found = space.terminals[end], np.zeros(len(space.position))
        if terminal.open and not space.empty:
            flux, _ = terminal.surface(space.u[terminal.nodes], space.voltage, LENGTH)
            level = -terminal.applied(space.voltage)
            drop = space.u[terminal.nodes][:, [ELECTRONS, HOLES]] - np.reshape(level, (-1, 1))
            found[terminal.nodes] = FLUX * (flux * drop).sum(axis=1)
        return found[nodes]


def carrier_heat(space: CarrierSpace) -> CarrierHeat:
    """Heat of the steady state that a space holds; the forms are compiled once for its variant."""
    return CarrierHeating(space).now()
