"""How evenly a rim-fed electrode spreads its current over a round pixel."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance
from femled.domain.disk import Disk, refined, rings_towards_rim
from femled.errors import InputError
from femled.experiments.experiment import experiment
from femled.frozen import CurrentDensity, FrozenModel, Quantity, Temperature, Voltage
from femled.physics.local_law import LocalLaw, behind_contacts
from femled.physics.spreading import Sheet, Source, feed_resistance, lead_resistance
from femled.result import Result
from femled.series import Series, Variable, single
from femled.solve.sheet import steady_sheet

Array = NDArray[np.float64]

Radius = Annotated[float, Quantity("m", 1e-9, 1.0)]
SheetResistance = Annotated[float, Quantity("ohm", 0.0, 1e9)]
SpecificContactResistance = Annotated[float, Quantity("ohm*m2", 0.0, 1e3)]
FeedContactResistance = Annotated[float, Quantity("ohm*m", 0.0, 1e6)]

ORDER = 6
"""Of the polynomials on a ring."""

ENOUGH = 1e-8
"""Change of current and of J(a)/J(0) on halving every ring that ends the refinement."""

MOST_RINGS = 64


@dataclass(frozen=True, repr=False)
class Spreading(Result):
    """Currents of a rim-fed disk electrode."""

    @property
    def edge_to_centre(self) -> float:
        """[1] J(a)/J(0): 1 where the current is even, larger where it crowds at the rim."""
        return float(self.series["edge_to_centre"])

    @property
    def transfer_length(self) -> float:
        """[m] over which the current would crowd at the rim, (R_s dJ/du)^-1/2 there; the largest float if none."""
        return float(self.series["transfer_length"])


@experiment
def sheet_spreading(
    *,
    radius: Radius,
    sheet_resistance: SheetResistance,
    law: LocalLaw,
    mean_current_density: CurrentDensity | None = None,
    voltage: Voltage | None = None,
    temperature: Temperature = 300.0,
    feed_radius: Radius | None = None,
    specific_contact_resistance: SpecificContactResistance = 0.0,
    feed_contact_resistance: FeedContactResistance = 0.0,
) -> Spreading:
    """Current density below a round electrode of some sheet resistance that is fed at its rim.

    (1/r) d/dr(r du/dr) = R_s J(u),   u'(0) = 0,   u(a) = V;   linear J = g u: J(r)/J(0) = I_0(r/L), L = (R_s g)^-1/2

    Two electrodes fed at the rim, below and above, add: R_s = R_bottom + R_top. Fed further out, at r = b, behind
    contacts: V = u(a) + R_s I ln(b/a)/(2 pi) + R_c W I/(2 pi b), and u = w + rho J(w).

    Args:
        radius: [m] a.
        sheet_resistance: [ohm] R_s per square.
        law: J(u, T) of the layers, such as `DiodeLaw`.
        mean_current_density: [A/m2] I/(pi a^2); give this or the voltage.
        voltage: [V] of the leads, where the sheet is fed.
        temperature: [K] of the layers.
        feed_radius: [m] b, where metal meets the sheet; the rim if not given.
        specific_contact_resistance: [ohm m2] rho between the layers and both electrodes together.
        feed_contact_resistance: [ohm m] R_c W of metal and sheet, contact resistance times width as the transfer
            length method gives it, of both electrodes together; see `physics.spreading.feed_resistance`.

    Returns:
        `current_density` [A/m2] and `local_voltage` [V], contacts included, over `r`; `current` [A], `voltage` [V],
        `mean_current_density` [A/m2], `edge_to_centre` [1], `transfer_length` [m] and `grid_error` [1], the change on
        the last halving of the rings.

    Raises:
        InputError: neither or both drives, fed inside the rim, or a law asked outside its range.
        ConvergenceError: the layers do not carry the current.
    """
    if (mean_current_density is None) == (voltage is None):
        raise InputError("give either mean_current_density or voltage")
    if not callable(getattr(law, "at", None)):
        raise InputError(f"law {law!r} is no local law: use DiodeLaw, ArrheniusLaw or TableLaw")
    source = Source("voltage" if voltage is not None else "current")
    amplitude = voltage if voltage is not None else np.pi * radius**2 * (mean_current_density or 0.0)
    fed_at = radius if feed_radius is None else feed_radius
    if fed_at < radius:
        raise InputError(f"feed_radius {fed_at * 1e6:.6g} um is below the radius {radius * 1e6:.6g} um of the layers")
    lead = lead_resistance(sheet_resistance, radius, fed_at) + feed_resistance(feed_contact_resistance, fed_at)
    whole = behind_contacts(law, specific_contact_resistance)

    def solved(radii: Array) -> _Found:
        sheet = Sheet(Disk(radii, ORDER), sheet_resistance, source, radius=radius, lead=lead)
        return _solved(sheet, whole, amplitude, temperature)

    radii = rings_towards_rim(radius, smallest=0.01 * radius, largest=0.2 * radius, growth=1.8)
    found, error = solved(radii), 1.0
    while len(radii) < MOST_RINGS and error > ENOUGH:
        radii = refined(np.sort(np.concatenate([radii, (radii[1:] + radii[:-1]) / 2])), radius)
        before = found
        found = solved(radii)
        error = found.distance(before)
    whole.check(found.voltages, np.full(len(found.voltages), temperature))
    inputs: dict[str, Any] = {
        "radius": f"{radius!r} m",
        "sheet_resistance": f"{sheet_resistance!r} ohm",
        "law": law.model_dump(mode="json") if isinstance(law, FrozenModel) else type(law).__name__,
        "mean_current_density": None if mean_current_density is None else f"{mean_current_density!r} A/m2",
        "voltage": None if voltage is None else f"{voltage!r} V",
        "temperature": f"{temperature!r} K",
        "feed_radius": f"{fed_at!r} m",
        "specific_contact_resistance": f"{specific_contact_resistance!r} ohm*m2",
        "feed_contact_resistance": f"{feed_contact_resistance!r} ohm*m",
    }
    return Spreading(
        experiment="sheet_spreading",
        series=_series(found, radius, error),
        inputs=inputs,
        balance=Balance("power [W]", found.voltage * found.current, 0.0, found.heat),
        provenance={"femled": femled.__version__, "numpy": np.__version__},
    )


@dataclass(frozen=True)
class _Found:
    """A solved sheet: u and J at radii, V, I, what is turned into heat, the slope at the rim."""

    radii: Array
    voltages: Array
    densities: Array
    voltage: float
    current: float
    heat: float
    transfer_length: float

    @property
    def edge_to_centre(self) -> float:
        """J(a)/J(0)."""
        centre = self.densities[0]
        return float(self.densities[-1] / centre) if centre != 0 else 1.0

    def distance(self, other: "_Found") -> float:
        """Relative change of current, voltage and J(a)/J(0)."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in ("current", "voltage", "edge_to_centre")]
        return max((abs(a - b) / abs(a) for a, b in pairs if a != 0), default=0.0)


def _solved(sheet: Sheet, law: LocalLaw, amplitude: float, temperature: float) -> _Found:
    disk = sheet.disk
    y = steady_sheet(sheet, law, np.full(len(sheet.radii), temperature), amplitude)
    u = sheet.functions_at(disk.nodes) @ y[: sheet.count]
    local = law.at(u, np.full(disk.count, temperature))
    at_points = law.at(sheet.voltage(y), np.full(len(sheet.radii), temperature)).current_density
    heat = float(sheet.weights @ (at_points * sheet.voltage(y)) + disk.weights @ sheet.sheet_heat(y)[0])
    steepness = sheet.resistance * float(local.by_voltage[-1])
    return _Found(
        radii=disk.nodes,
        voltages=u,
        densities=local.current_density,
        voltage=float(y[-1]),
        current=float(y[-2]),
        heat=heat + sheet.lead * float(y[-2]) ** 2,
        transfer_length=transfer_length(steepness),
    )


def transfer_length(steepness: float) -> float:
    """[m] 1/(R_s dJ/du)^1/2 from R_s dJ/du [1/m2]; the largest float where nothing spreads."""
    return float(1.0 / np.sqrt(steepness)) if steepness > 0 else float(np.finfo(float).max)


def _series(found: _Found, radius: float, error: float) -> Series:
    return Series(
        {
            "current_density": Variable(("r",), found.densities, "A/m2", "current density"),
            "local_voltage": Variable(("r",), found.voltages, "V", "voltage across layers and contacts"),
            "current": single(found.current, "A", "current"),
            "voltage": single(found.voltage, "V", "voltage of the leads"),
            "mean_current_density": single(found.current / (np.pi * radius**2), "A/m2", "mean current density"),
            "edge_to_centre": single(found.edge_to_centre, "1", "current density at the rim over that at the axis"),
            "transfer_length": single(found.transfer_length, "m", "transfer length at the rim"),
            "grid_error": single(error, "1", "change on halving the rings"),
        },
        {"r": Variable(("r",), found.radii, "m", "distance from the axis")},
    )
