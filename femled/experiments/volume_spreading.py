"""How evenly the electrodes of a pixel spread its current, as conductors of finite thickness."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost
from femled.device import Pixel
from femled.domain.disk import Disk
from femled.domain.electrodes import Electrode, electrode_depths, electrode_radii, electrode_rows, electrodes_of
from femled.errors import InputError
from femled.experiments.column_law import ColumnLaw
from femled.experiments.electrode_field import electrode_field_mesh
from femled.experiments.electrothermal_run import sheet_shares
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.heat_run import provenance
from femled.experiments.sheet_spreading import (
    FeedContactResistance,
    Radius,
    SheetResistance,
    SpecificContactResistance,
    Spreading,
    transfer_length,
)
from femled.experiments.sources import electrical_sources
from femled.frozen import CurrentDensity, Fraction, FrozenModel, Temperature, Voltage
from femled.physics.fed_layers import FedLayers
from femled.physics.local_law import LocalLaw, behind_contacts
from femled.physics.spreading import Source, feed_resistance
from femled.series import Series, Variable, single
from femled.solve.electrodes import Columns, ElectrodePlate
from femled.solve.sheet import steady_sheet

Array = NDArray[np.float64]

MOST_HALVINGS = 3
"""Of every cell: some 1 000 columns and 50 rows of nodes an electrode."""


@experiment
def volume_spreading(
    pixel: Pixel,
    *,
    voltage: Voltage | None = None,
    current_density: CurrentDensity | None = None,
    law: Annotated[LocalLaw | None, PYTHON_ONLY] = None,
    background: Voltage = 0.0,
    sheet_resistance: SheetResistance | None = None,
    feed_radius: Radius = 300e-6,
    specific_contact_resistance: SpecificContactResistance = 0.0,
    feed_contact_resistance: FeedContactResistance = 0.0,
    temperature: Temperature | None = None,
    rtol: Fraction = 1e-4,
) -> Spreading:
    """Current through a pixel whose electrodes conduct in r and z.

    div(sigma grad phi) = 0,   sigma = 1/(R_s d)                   in each electrode, flat, of its own thickness d
    sigma dphi/dn = J(phi_anode - phi_cathode, T)                  at the two faces r < a
    phi = V at the edge r = b of the anode, 0 at that of the cathode; all other faces insulate

    Where d is small against the radius and the transfer length this is the sheet of `sheet_spreading`.

    Args:
        pixel: the device.
        voltage: [V] between the leads; this or the current density.
        current_density: [A/m2] I/(pi a^2), whatever voltage it takes.
        law: J(u, T) of the layers, such as `DiodeLaw`; the pixel's own drift-diffusion with ions frozen if not given.
        background: [V] at which the ions were at rest, of the pixel's own law.
        sheet_resistance: [ohm] per square of both electrodes together, shared as the pixel's own; as it states if not
            given. An electrode without any is at one potential.
        feed_radius: [m] b, where the electrodes end and are fed through their whole thickness.
        specific_contact_resistance: [ohm m2] rho between the layers and both electrodes together, u = w + rho J(w, T).
        feed_contact_resistance: [ohm m] R_c W of metal and electrodes, both together, contact resistance times width
            as the transfer length method gives it; shared as the sheet resistance, R_c W d over the edge of each.
        temperature: [K] of the layers; the ambient temperature if not given.
        rtol: [1] change of current, voltage and J(a)/J(0) on halving every cell that ends the refinement.

    Returns:
        `current_density` [A/m2] and `local_voltage` [V], contacts included, over `r`; `current`, `anode_current` and
        `cathode_current` [A], through the layers and through either feed; `voltage` [V], `mean_current_density` [A/m2],
        `edge_to_centre` [1], `transfer_length` [m], `layer_power anode_power cathode_power feed_power` [W] and
        `grid_error` [1]; the field `potential` [V] of the electrodes.

    Raises:
        InputError: neither or both drives, fed inside the opening, or a law asked outside its range.
        ConvergenceError: the layers do not carry the current.
    """
    if (current_density is None) == (voltage is None):
        raise InputError("give either voltage or current_density")
    if law is not None and not callable(getattr(law, "at", None)):
        raise InputError(f"law {law!r} is no local law: use DiodeLaw, ArrheniusLaw or TableLaw")
    if feed_radius < pixel.radius * (1 - 1e-9):
        raise InputError(
            f"feed_radius {feed_radius * 1e6:.6g} um is below {pixel.radius * 1e6:.6g} um, the rim of the opening"
        )
    resistance, fed = _both_fed(pixel, sheet_resistance, max(feed_radius, pixel.radius), feed_contact_resistance)
    local = _law_of(pixel, law, background, specific_contact_resistance)
    source = Source("voltage" if voltage is not None else "current")
    amplitude = voltage if voltage is not None else (current_density or 0.0) * pixel.opening_area
    warm = pixel.ambient_temperature if temperature is None else temperature
    begun = perf_counter()
    found, error, halvings = _solved(pixel, fed, local, source, amplitude, warm, 0), np.inf, 0
    while error > rtol and halvings < MOST_HALVINGS:
        halvings += 1
        before, found = found, _solved(pixel, fed, local, source, amplitude, warm, halvings)
        error = found.distance(before)
    local.check(found.voltages, np.full(len(found.voltages), warm))
    inputs: dict[str, Any] = {
        "pixel": pixel.model_dump(mode="json"),
        "voltage": voltage,
        "current_density": current_density,
        "law": "drift-diffusion of the column" if law is None else _recorded(law),
        "background": background,
        "sheet_resistance": resistance,
        "feed_radius": feed_radius,
        "specific_contact_resistance": specific_contact_resistance,
        "feed_contact_resistance": feed_contact_resistance,
        "temperature": warm,
        "rtol": rtol,
    }
    return Spreading(
        experiment="volume_spreading",
        series=_series(found, pixel, resistance, error),
        inputs=inputs,
        sources=electrical_sources(pixel) if law is None else (),
        warnings=_warnings(local, error, rtol),
        balance=Balance("power [W]", found.voltage * found.current, 0.0, sum(found.powers.values())),
        cost=Cost(found.potential.size, 0, 0, perf_counter() - begun),
        mesh=electrode_field_mesh(
            (fed[0].electrode, fed[1].electrode),
            found.disk.nodes,
            found.depths,
            radius=pixel.radius,
            emitter=pixel.emitter,
        ),
        fields={"potential": found.potential.reshape(1, -1)},
        provenance=provenance(),
    )


def _law_of(pixel: Pixel, law: LocalLaw | None, background: float, contact: float) -> LocalLaw:
    if law is not None:
        return behind_contacts(law, contact)
    return ColumnLaw(pixel, background=background, specific_contact_resistance=contact)


def _warnings(law: LocalLaw, error: float, rtol: float) -> tuple[str, ...]:
    """What a reader has to know of the mesh and of the pixel's own law."""
    coarse = f"halving every cell {MOST_HALVINGS} times still changed the result by {error:.1e}, above rtol {rtol:g}"
    own = law.warnings if isinstance(law, ColumnLaw) else ()
    return (*((coarse,) if error > rtol else ()), *own)


def _recorded(law: LocalLaw) -> Any:
    if isinstance(law, FrozenModel):
        return {"kind": type(law).__name__, **law.model_dump(mode="json")}
    return type(law).__name__


@dataclass(frozen=True)
class _Fed:
    """How one electrode conducts and is fed.

    Args:
        electrode: where it lies.
        conductivity: [S/m]; 0 stands for an electrode at one potential.
        contact: [ohm m] contact resistance times width where it is fed.
        radius: [m] of the feed.
    """

    electrode: Electrode
    conductivity: float
    contact: float
    radius: float

    @property
    def lead(self) -> float:
        """[ohm] of the contact of an electrode at one potential; otherwise it belongs to its edge."""
        return 0.0 if self.conductivity else feed_resistance(self.contact, self.radius)

    def plate(self, columns: Columns, depths: Array) -> ElectrodePlate | None:
        """Its conduction; None if it is at one potential."""
        if not self.conductivity:
            return None
        return ElectrodePlate(columns, depths, self.conductivity, self.contact * self.electrode.thickness)


def _both_fed(pixel: Pixel, total: float | None, radius: float, contact: float) -> tuple[float, tuple[_Fed, _Fed]]:
    """Sheet resistance [ohm] of both electrodes, and each of them: what is given for both is shared alike."""
    resistance, shares = sheet_shares(pixel, total)
    found = []
    for electrode in electrodes_of(pixel):
        share = shares.get(electrode.name, 0.0)
        own = share * resistance
        conductivity = 1.0 / (own * electrode.thickness) if own > 0 else 0.0
        found.append(_Fed(electrode, conductivity, share * contact, radius))
    return resistance, (found[0], found[1])


@dataclass(frozen=True)
class _Found:
    """One solution on one mesh.

    Args:
        disk: functions of the radius over the whole electrodes.
        depths: (rows of nodes,), [m] below the face, of anode and cathode.
        radii: (n,), [m] of the nodes of the faces.
        voltages: (n,), [V] between the faces.
        densities: (n,), [A/m2].
        by_voltage: [A/m2/V] dJ/du at the rim.
        potential: (2, columns of nodes, rows of nodes), [V] of anode and cathode, from the face on.
        voltage: [V] of the leads.
        current: [A] through the layers.
        fed: [A] through the feed of anode and cathode.
        powers: [W] by name.
    """

    disk: Disk
    depths: tuple[Array, Array]
    radii: Array
    voltages: Array
    densities: Array
    by_voltage: float
    potential: Array
    voltage: float
    current: float
    fed: tuple[float, float]
    powers: Mapping[str, float]

    @property
    def edge_to_centre(self) -> float:
        """J(a)/J(0)."""
        centre = self.densities[0]
        return float(self.densities[-1] / centre) if centre != 0 else 1.0

    def distance(self, other: "_Found") -> float:
        """Relative change of current, voltage and J(a)/J(0)."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in ("current", "voltage", "edge_to_centre")]
        return max((abs(a - b) / abs(a) for a, b in pairs if a != 0), default=0.0)


def _solved(
    pixel: Pixel,
    fed: tuple[_Fed, _Fed],
    law: LocalLaw,
    source: Source,
    amplitude: float,
    temperature: float,
    halvings: int,
) -> _Found:
    """Electrodes and layers on a mesh of some fineness."""
    thicknesses = [one.electrode.thickness for one in fed]
    rows = electrode_rows(pixel.radius, max(thicknesses))
    columns = Columns(Disk(electrode_radii(pixel.radius, fed[0].radius, min(thicknesses), halvings)), pixel.radius)
    depths = [electrode_depths(thickness, rows, halvings) for thickness in thicknesses]
    plates = [one.plate(columns, own) for one, own in zip(fed, depths, strict=True)]
    opening = Disk(columns.disk.radii[: (columns.faced + 1) // 2])
    responses = sum((one.responses for one in plates if one), np.zeros((columns.faced, columns.faced)))
    layers = FedLayers(opening, responses, source, lead=sum(one.lead for one in fed))
    warm = np.full(len(opening.points), temperature)
    y = steady_sheet(layers, law, warm, amplitude)
    through = law.at(layers.voltage(y), warm)
    u, taken, current = layers.at_nodes(y), layers.taken(through), float(y[-2])
    local = law.at(u, np.full(opening.count, temperature))
    at_nodes = [electrode_depths(thickness, rows, halvings + 1) for thickness in thicknesses]
    drops = [one.drop(taken) if one else np.zeros((columns.disk.count, len(at_nodes[0]))) for one in plates]
    drops = [drop + one.lead * current for drop, one in zip(drops, fed, strict=True)]
    heats = [one.heat(taken) if one else (0.0, 0.0) for one in plates]
    into = [one.fed_current(taken) if one else float(taken.sum()) for one in plates]
    return _Found(
        disk=columns.disk,
        depths=(at_nodes[0], at_nodes[1]),
        radii=opening.nodes,
        voltages=u,
        densities=local.current_density,
        by_voltage=float(local.by_voltage[-1]),
        potential=np.stack([float(y[-1]) - drops[0], drops[1]]),
        voltage=float(y[-1]),
        current=current,
        fed=(into[0], into[1]),
        powers={
            "layer_power": float(layers.weights @ (through.current_density * layers.voltage(y))),
            "anode_power": heats[0][0],
            "cathode_power": heats[1][0],
            "feed_power": heats[0][1] + heats[1][1] + layers.lead * current**2,
        },
    )


def _series(found: _Found, pixel: Pixel, resistance: float, error: float) -> Series:
    length = transfer_length(resistance * found.by_voltage)
    names = {
        "layer_power": "power of layers and contacts",
        "anode_power": "heat of the anode",
        "cathode_power": "heat of the cathode",
        "feed_power": "heat of the contacts at the feed",
    }
    return Series(
        {
            "current_density": Variable(("r",), found.densities, "A/m2", "current density"),
            "local_voltage": Variable(("r",), found.voltages, "V", "voltage across layers and contacts"),
            "current": single(found.current, "A", "current"),
            "anode_current": single(found.fed[0], "A", "current into the anode"),
            "cathode_current": single(found.fed[1], "A", "current out of the cathode"),
            "voltage": single(found.voltage, "V", "voltage of the leads"),
            "mean_current_density": single(found.current / pixel.opening_area, "A/m2", "mean current density"),
            "edge_to_centre": single(found.edge_to_centre, "1", "current density at the rim over that at the axis"),
            "transfer_length": single(length, "m", "transfer length at the rim"),
            **{name: single(found.powers[name], "W", title) for name, title in names.items()},
            "grid_error": single(error, "1", "change on halving the cells"),
        },
        {"r": Variable(("r",), found.radii, "m", "distance from the axis")},
    )
