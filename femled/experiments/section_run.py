"""A pixel made ready for carriers and heat in the same section: two meshes, and what passes between them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from femled.constants import ELEMENTARY_CHARGE
from femled.device import Pixel
from femled.domain.axisymmetric import section
from femled.domain.backend import MPI
from femled.domain.carrier_section import SectionMesh, carrier_section, radial_nodes
from femled.domain.column_mesh import LENGTH, MeshLevel, column_mesh
from femled.errors import InputError
from femled.experiments.column_notes import ColumnNotes
from femled.experiments.column_shares import ColumnShares
from femled.experiments.column_states import ColumnStates, states_after
from femled.experiments.heat_run import HeatRun, ResolutionLevel
from femled.experiments.light_extraction import light_extraction
from femled.physics.carriers import POTENTIAL
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_end_history import DeadEndHistory
from femled.solve.dead_ends import dead_ends
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.ions import FixedCharge, RestingSpecies, species_of
from femled.solve.ring_sheet import RingSheet
from femled.solve.section_carriers import SectionCarriers
from femled.solve.section_heat import SectionHeat
from femled.solve.section_transfer import Placement, side_by_side
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]

LEAD_RINGS = 16
"""Rings of the electrode beyond the contact, each heated evenly."""


SHEET = 1e-3
"""Share of the thickness of a layer in which the heat of its face is released."""


@dataclass(frozen=True)
class SectionRun:
    """A pixel made ready.

    Args:
        heat: its heat experiment.
        problem: heat and carriers.
        radii: (n,), [m] of the nodes of the contact.
        areas: (n,), [m2] that they stand for.
        profile: (unknowns, n), whose product with a rise is its mean in the emitter above each of these areas.
        notes: sentences a reader has to know of the light.
        column: of the pixel, with its ions or without, and the history of its dead ends.
    """

    heat: HeatRun
    problem: SectionHeat
    radii: Array
    areas: Array
    profile: csr_matrix
    notes: tuple[str, ...]
    column: ColumnStates

    @classmethod
    def prepare(
        cls,
        pixel: Pixel,
        *,
        kind: str,
        sheet_resistance: float,
        electrodes: Mapping[str, float],
        feed_radius: float,
        outcoupling: float | None,
        ions: bool,
        open_time: float | None,
        linear: bool,
        resolution: ResolutionLevel,
        radial_cells: int,
        mesh: MeshLevel,
    ) -> "SectionRun":
        """Mesh both, take the carriers to equilibrium, and place every source of heat.

        Args:
            pixel: the device.
            kind: of drive, "voltage" or "current".
            sheet_resistance: [ohm] of all electrodes in series.
            electrodes: layer -> share of it.
            feed_radius: [m].
            outcoupling: [1] share of the photons that leave; None: by the optics of the pixel, if they are known.
            ions: whether they are there, frozen as they rest at 0 V.
            open_time: [s] for which carriers have entered dead ends; 0 for none, None for as long as it takes.
            linear: every thermal property at the ambient temperature.
            resolution: of the mesh of heat.
            radial_cells: of the carriers.
            mesh: cells of every layer along z.

        Raises:
            InputError: a pixel that is not planar, or an electrode that it does not have.
        """
        run = HeatRun(pixel, section(pixel, resolution_level=resolution, comm=MPI.COMM_SELF), linear)
        linear = linear or not run.space.laws.vary_above(pixel.ambient_temperature)
        heat = (LinearHeat if linear else NonlinearHeat)(run.space, run.space.uniform(0.0))
        column, reach = pixel.column(), pixel.radius / LENGTH
        radii = radial_nodes(reach, reach, radial_cells, 1.0)
        space = CarrierSpace(column, carrier_section(column_mesh(column, mesh, ions=ions), radii, (reach, reach)))
        path = _at_rest(space, ions=ions)
        if open_time is not None and (ends := dead_ends(space)):
            DeadEndHistory.of_state(space, ends, open_time, 0.0).impose(space)
        anode = space.terminals[0]
        rings = space.coordinates[anode.nodes, 0] * LENGTH
        sheet = RingSheet(rings, sheet_resistance, feed_radius)
        light, notes = leaving_light(pixel, space, outcoupling)
        carriers = SectionCarriers(space, path, sheet, kind, light)
        places = _Places(pixel, run, space, carriers)
        cells = places.cells()
        above = places.films(electrodes, np.column_stack([rings[:-1], rings[1:]]), "inside")
        edges = sheet.lead_edges(LEAD_RINGS)
        beyond = places.films(electrodes, np.column_stack([edges[:-1], edges[1:]]), "outside")
        lead = beyond @ np.full((LEAD_RINGS, 1), 1 / LEAD_RINGS)  # rings of one resistance each
        sources = side_by_side([cells, *places.faces(), above, lead])
        problem = SectionHeat(heat, carriers, sources, cells)
        profile = places.films({pixel.emitter: 1.0}, annuli(rings), "inside")
        states = states_after(column, "at rest" if ions else "none", 0.0, mesh, open_time)
        return cls(run, problem, rings, anode.areas * LENGTH**2, profile, notes, states)

    def of_dead_ends(self, voltage: float, temperature: float) -> list[str]:
        """What a reader has to know of those that are not filled, where the voltage [V] of the layers was highest."""
        own = 0.0
        if self.column.history is not None:
            self.column.go(voltage, temperature)
            own = self.column.currents(temperature).total
        return ColumnNotes(self.column).of_dead_ends((voltage, temperature, own))


def _at_rest(space: CarrierSpace, *, ions: bool) -> SteadyPath:
    """Equilibrium, and the ions frozen as they are in it."""
    if ions:
        species = species_of(space.column, space.mesh, space.cell_nodes, space.vt)
        rest = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
        space.ions = rest
        path = SteadyPath(space)
        rest.settle(space.u[:, POTENTIAL])
        space.ions = FixedCharge(rest.charge.copy(), np.zeros(1), rest.total.copy())
        space.mean_current = 0.0  # that of the history of the ions: no pulse heals the traps that they make
        return path
    return SteadyPath(space)


class _Places:
    """Where the power of carriers and electrodes goes on the mesh of heat.

    Args:
        pixel: the device.
        run: of heat.
        space: of carriers.
        carriers: the electrical side.
    """

    def __init__(self, pixel: Pixel, run: HeatRun, space: CarrierSpace, carriers: SectionCarriers) -> None:
        self._domain, self._placement = run.domain, Placement(run.space)
        self._space, self._nodes = space, carriers.face_nodes
        self._upwards = _upwards(pixel)

    def cells(self) -> csr_matrix:
        """(unknowns, cells) of the carriers."""
        mesh = self._space.mesh
        assert isinstance(mesh, SectionMesh)
        found = []
        order = []
        radii = np.column_stack([mesh.radius.min(axis=1), mesh.radius.max(axis=1)]) * LENGTH
        for layer in mesh.layers:
            cells = mesh.cells(layer)
            depth = mesh.depth[cells]
            heights = _heights(depth, upwards=self._upwards)
            found.append(self._placement.boxes(f"{layer}.inside", radii[cells], heights))
            order.append(cells)
        return side_by_side(found)[:, np.argsort(np.concatenate(order))]

    def faces(self) -> list[csr_matrix]:
        """(unknowns, points) of every face between layers and of both contacts, as thin sheets in the layer behind."""
        mesh, found = self._space.mesh, []
        for face, nodes in enumerate(self._nodes):
            layer = min(face, len(mesh.layers) - 1)
            r = self._space.coordinates[nodes, 0] * LENGTH
            order, radii = np.argsort(r), np.empty((len(nodes), 2))
            radii[order] = annuli(r[order])
            beyond = (face > layer) == self._upwards
            height = [1 - SHEET, 1.0] if beyond else [0.0, SHEET]
            found.append(self._placement.boxes(f"{mesh.layers[layer]}.inside", radii, np.tile(height, (len(nodes), 1))))
        return found

    def films(self, shares: Mapping[str, float], radii: Array, side: str) -> csr_matrix:
        """(unknowns, rings) of layers through their whole thickness.

        Raises:
            InputError: no such layer on that side of the rim.
        """
        whole = np.broadcast_to([0.0, 1.0], radii.shape)
        found = []
        for layer, share in shares.items():
            group = f"{layer}.{side}"
            if group not in self._domain.groups:
                raise InputError(f'electrode "{layer}": there is none {side} of the opening')
            found.append(self._placement.boxes(group, radii, whole).multiply(share))
        return sum(found[1:], found[0])


def _upwards(pixel: Pixel) -> bool:
    """Whether the anode lies below, so that depth from it is height."""
    names = [layer.name for layer in pixel.layers]
    return names.index(pixel.anode) < names.index(pixel.cathode)


def _heights(depth: Array, *, upwards: bool) -> Array:
    """(cells, 2) share of the thickness of a layer at lower and upper face, from the depths (cells, corners)."""
    faces = np.column_stack([depth.min(axis=1), depth.max(axis=1)])
    share = (faces - depth.min()) / np.ptp(depth)
    return np.asarray(share if upwards else 1 - share[:, ::-1])


def leaving_light(pixel: Pixel, space: CarrierSpace, outcoupling: float | None) -> tuple[Array, tuple[str, ...]]:
    """(cells,), [J] that leaves with every photon made there, and what has to be said of it.

    Raises:
        InputError: a share is given, but no spectrum of the photons.
    """
    found, shares = np.zeros(len(space.mesh.cell_layer)), ColumnShares(pixel, space.column)
    if outcoupling == 0.0:
        return found, ()
    energy = shares.photon_energy * ELEMENTARY_CHARGE
    if outcoupling is not None and energy == 0.0:
        raise InputError(f"outcoupling: what a photon takes away is not known; {'; '.join(shares.notes)}")
    if outcoupling is None and energy > 0:
        law, cells = light_extraction(pixel), space.mesh.cells(pixel.emitter)
        heights = _heights(space.mesh.depth[cells], upwards=_upwards(pixel)).mean(axis=1)
        found[cells] = np.interp(heights * pixel.layer(pixel.emitter).thickness, law.heights, law.shares) * energy
    else:
        found[:] = (outcoupling or 0.0) * energy
    return found, shares.notes if outcoupling is None else ()


def annuli(radii: Array) -> Array:
    """(n, 2), [m] rings around rising radii (n,), from the axis to the last one."""
    edges = np.concatenate([[0.0], (radii[1:] + radii[:-1]) / 2, radii[-1:]])
    return np.column_stack([edges[:-1], edges[1:]])
