"""A pixel made ready for coupled heat and current: meshed heat, a sheet of radial functions, the power between them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.domain import grading
from femled.domain.axisymmetric import section
from femled.domain.backend import MPI
from femled.domain.disk import Disk, refined
from femled.errors import InputError
from femled.experiments.heat_run import HeatRun, ResolutionLevel
from femled.physics.local_law import LocalLaw
from femled.physics.shared_feed import SharedFeed
from femled.physics.spreading import Sheet, Source, lead_resistance
from femled.solve.electrothermal import Electrothermal
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_trace import LayerTrace, ring_load, rings_of
from femled.solve.local_heat import AllInEmitter, HeatShares, LocalHeat

Array = NDArray[np.float64]

ORDER = 4
"""Of the polynomials for the voltage on each ring."""

WIDEST_RING = 1 / 4
"""Of the radius of the opening."""


INNER_RATIO = 2.0
"""Growth of the elements from the rim to the axis: a current that follows the temperature peaks on the axis."""


@dataclass(frozen=True)
class Spread:
    """How the pixel is fed.

    Args:
        sheet_resistance: [ohm] of both sheets together; None: as the pixel states.
        feed_radius: [m] where the leads meet the sheets.
        source: what drives the leads.
        capacitance: [F/m2] of the layers.
        capacitance_beyond: [F/m2] of the insulator beyond the rim; 0 leaves the lead without.
    """

    sheet_resistance: float | None
    feed_radius: float
    source: Source
    capacitance: float = 0.0
    capacitance_beyond: float = 0.0


def sheet_shares(pixel: Pixel, total: float | None) -> tuple[float, dict[str, float]]:
    """Sheet resistance of both electrodes together, and the share of each.

    Args:
        pixel: the device.
        total: [ohm] in place of what it states.

    Returns:
        [ohm]; electrode layer -> share, in proportion to what is stated; all in the anode where nothing is.

    Raises:
        InputError: nothing is stated and nothing given.
    """
    stated = {}
    if pixel.contacts is not None:
        stated = {
            pixel.anode: pixel.contacts.anode.ohms_per_square,
            pixel.cathode: pixel.contacts.cathode.ohms_per_square,
        }
    own = sum(stated.values())
    if own == 0.0:
        return (total or 0.0), {pixel.anode: 1.0}
    return own if total is None else total, {name: ohms / own for name, ohms in stated.items() if ohms > 0}


@dataclass(frozen=True)
class ElectrothermalRun:
    """A pixel made ready.

    Args:
        heat: its heat experiment.
        problem: heat and current.
        disk: radial functions of the voltage.
        radius: [m] of the opening.
    """

    heat: HeatRun
    problem: Electrothermal
    disk: Disk
    radius: float

    @classmethod
    def prepare(
        cls,
        pixel: Pixel,
        law: LocalLaw,
        spread: Spread,
        *,
        shares: HeatShares | None,
        linear: bool,
        resolution: ResolutionLevel,
    ) -> "ElectrothermalRun":
        """Mesh the pixel and join heat and current.

        Args:
            pixel: the device.
            law: J(u, T) of its layers.
            spread: how it is fed.
            shares: of the power of the layers; None: all in the emitter.
            linear: every thermal property at the ambient temperature.
            resolution: of the mesh.

        Raises:
            InputError: fed inside the opening or outside the section.
        """
        resistance, electrodes = sheet_shares(pixel, spread.sheet_resistance)
        a, b = pixel.radius, spread.feed_radius
        if resistance > 0 and not a * (1 - 1e-9) <= b <= pixel.outer_radius:
            raise InputError(
                f"feed_radius {b * 1e6:.6g} um is outside {a * 1e6:.6g} .. {pixel.outer_radius * 1e6:.6g} um, from the "
                "rim of the opening to the edge of the section"
            )
        level = grading.resolution(resolution)
        level = replace(level, inner_ratio=min(level.inner_ratio, INNER_RATIO))
        run = HeatRun(pixel, section(pixel, resolution_level=level, comm=MPI.COMM_SELF), linear)
        space = run.space
        linear = linear or not space.laws.vary_above(pixel.ambient_temperature)
        heat = (LinearHeat if linear else NonlinearHeat)(space, space.uniform(0.0))
        disk = Disk(rings_of(space, "emitter"))
        sheet = _sheet(disk, resistance, a, b, spread)
        shares = shares or AllInEmitter((pixel.emitter,))
        local = LocalHeat(sheet, disk, shares, a)
        thickness = {f"{layer.name}.inside": layer.thickness for layer in pixel.layers}
        emitter = LayerTrace(space, disk, {f"{pixel.emitter}.inside": 1.0}, thickness)
        above = {f"{name}.inside": share for name, share in electrodes.items()}
        blocks = [LayerTrace(space, disk, {f"{name}.inside": 1.0}, thickness).loads for name in shares.layers]
        blocks.append(LayerTrace(space, disk, above, thickness).loads)
        outside = {f"{name}.outside": share for name, share in electrodes.items()}
        lead = b > a * (1 + 1e-9) and resistance > 0
        blocks.append(ring_load(space, outside, a, b) if lead else np.zeros((space.owned, 1)))
        problem = Electrothermal(heat, disk, emitter, np.concatenate(blocks, axis=1), sheet, local, law)
        return cls(run, problem, sheet.disk, a)

    @property
    def nodes(self) -> Array:
        """(n,), [m] radii in the opening at which profiles are kept."""
        return self.disk.nodes[self.disk.nodes <= self.radius * (1 + 1e-12)]

    @property
    def node_areas(self) -> Array:
        """(n,), [m2] that each node stands for in a mean over the opening."""
        inside = self.disk.points < self.radius
        return np.asarray(self.disk.values[inside].T @ self.disk.weights[inside])[: len(self.nodes)]

    @property
    def ambient(self) -> float:
        """[K]."""
        return self.heat.pixel.ambient_temperature

    def temperature_functions(self, r: Array) -> Array:
        """(n, count) of the emitter's temperature at radii (n,), [m]."""
        return self.problem.disk.functions_at(r)


def _sheet(disk: Disk, resistance: float, a: float, b: float, spread: Spread) -> Sheet:
    """The sheet up to the rim with the rest as a resistance, or up to the feed where the insulator charges."""
    rings = refined(disk.radii, WIDEST_RING * a)
    if spread.capacitance_beyond == 0.0 or b <= a * (1 + 1e-9) or resistance == 0.0:
        electric = Disk(rings, ORDER)
        lead = lead_resistance(resistance, a, b)
        charges = np.full(len(electric.points), spread.capacitance)
    else:
        beyond = np.geomspace(a, b, 1 + max(4, int(np.ceil(np.log(b / a) / 0.15))))[1:]
        electric = Disk(np.concatenate([rings, beyond]), ORDER)
        lead = 0.0
        charges = np.where(electric.points < a, spread.capacitance, spread.capacitance_beyond)
    shared = lead == 0.0 and spread.capacitance > 0.0 and spread.source.capacitance > 0.0
    kind = SharedFeed if shared else Sheet
    return kind(electric, resistance, spread.source, radius=a, lead=lead, capacitance=charges)
