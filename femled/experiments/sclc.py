"""Space-charge-limited current of one carrier, and the trap density that its kink tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.device import Column, Contact, Layer
from femled.domain.column_mesh import MeshLevel
from femled.errors import InputError
from femled.experiments.experiment import experiment
from femled.experiments.jv import jv
from femled.frozen import Length, Quantity, Temperature
from femled.materials import Semiconductor
from femled.result import Result
from femled.series import Series, Variable, single

Array = NDArray[np.float64]

ForwardVoltages = Annotated[Sequence[float], Quantity("V", 1e-6, 1e4)]
"""[V] a list of positive voltages."""

Carrier = Literal["electron", "hole"]

FEWEST = 8
"""Voltages from which slopes are taken."""

STEEP = 2.5
"""Slope that traps which fill exceed; without them the curve bends from 1 to 2."""

LINEAR = 1.5
"""Slope below which the lowest voltage counts as in the linear part."""

NOISE = 10.0
"""Currents below this times their error are left out."""


@experiment
def sclc(
    device: Semiconductor | Column,
    *,
    voltages: ForwardVoltages,
    thickness: Length | None = None,
    carrier: Carrier = "electron",
    temperature: Temperature = 300.0,
    mesh: MeshLevel = "default",
) -> Result:
    """Current of one carrier through a film with ohmic contacts, and the trap density that its kink tells.

    N_t = 2 eps0 eps_r V_TFL/(e L^2)     (jiang2024, eq. 13),   J = 9/8 eps mu V^2/L^3 without traps (mott1940)

    V_TFL is read as from a measured curve, log J against log V: where the tangent at its steepest point meets that at
    the lowest voltage. The steepest point itself, and where its tangent meets the law without traps, are given beside.

    Args:
        device: a semiconductor, then with its thickness, between contacts in the middle of whose levels the band of the
            carrier lies (as many carriers as states); or a column of one layer with its own contacts.
        voltages: [V] in any order; the lowest has to be in the linear part of the curve.
        thickness: [m] of a semiconductor.
        carrier: "electron" or "hole".
        temperature: [K] of a semiconductor.
        mesh: as of `jv`.

    Returns:
        over `voltage`, rising: `current_density`, `slope` dlnJ/dlnV, `mott_gurney_current_density`; with a kink
        `trap_filled_voltage steepest_voltage child_voltage` [V] and for each a density of traps [1/m3]:
        `trap_density steepest_trap_density child_trap_density`; with traps that hold charge, `true_trap_density`.

    Raises:
        InputError: a semiconductor without thickness, a column of several layers, or too few voltages.
        ConvergenceError: naming the bias.
    """
    column = _column(device, thickness, carrier, temperature)
    rising = np.unique(np.asarray(voltages, dtype=np.float64))
    if len(rising) < FEWEST:
        raise InputError(f"{len(rising)} different voltages are too few for slopes: give {FEWEST} at least")
    curve = jv(column, voltages=[float(voltage) for voltage in rising], ions="none", mesh=mesh)
    film = _Film(column, carrier)
    current, warnings = curve.series["current_density"], list(curve.warnings)
    clear = current > NOISE * curve.series["current_error"]
    if not clear.all():
        warnings.append(f"{int((~clear).sum())} voltages carry a current within {NOISE:g} times its error, left out")
        rising, current = rising[clear], current[clear]
    if len(rising) < FEWEST:
        raise InputError(f"only {len(rising)} voltages carry a current beyond round-off: give higher ones")
    law = film.mott_gurney(rising)

    def over_voltage(values: Array, unit: str, title: str) -> Variable:
        return Variable(("voltage",), values, unit, title)

    variables = {
        "current_density": over_voltage(current, "A/m2", "current density"),
        "slope": over_voltage(slopes(rising, current), "1", "slope of log J against log V"),
        "mott_gurney_current_density": over_voltage(law, "A/m2", "current density without traps"),
    }
    found = _of_kink(rising, current, law, film)
    if found and "trap_filled_voltage" not in found:
        warnings.append("the lowest voltages are not in the linear part of the curve: no kink")
    if not found:
        warnings.append(f"no part of the curve is steeper than {STEEP:g}: no trap-filled limit within these voltages")
    true = film.material.trap_density
    if true is not None:
        found["true_trap_density"] = single(true, "1/m3", "density of the traps of the film")
    inputs: dict[str, Any] = {
        "column": column.model_dump(mode="json"),
        "voltages": [f"{voltage!r} V" for voltage in rising.tolist()],
        "carrier": carrier,
        "mesh": mesh,
    }
    return Result(
        experiment="sclc",
        series=Series(variables | found, {"voltage": over_voltage(rising, "V", "voltage")}),
        inputs=inputs,
        balance=curve.balance,
        cost=curve.cost,
        warnings=tuple(warnings),
        provenance=curve.provenance,
    )


@dataclass(frozen=True)
class _Film:
    """The one layer of a column.

    Args:
        column: of it.
        carrier: whose current.
    """

    column: Column
    carrier: Carrier

    @property
    def material(self) -> Semiconductor:
        return self.column.semiconductors[0]

    @property
    def permittivity(self) -> float:
        return self.material.relative_permittivity * VACUUM_PERMITTIVITY

    def mott_gurney(self, voltages: Array) -> Array:
        """[A/m2] 9/8 eps mu V^2/L^3."""
        mobility = self.material.electron_mobility if self.carrier == "electron" else self.material.hole_mobility
        return 9 / 8 * self.permittivity * mobility * voltages**2 / self.column.thickness**3

    def trap_density(self, voltage: float) -> float:
        """[1/m3] 2 eps V/(e L^2)."""
        return 2 * self.permittivity * voltage / (ELEMENTARY_CHARGE * self.column.thickness**2)


def trap_filled_voltage(semiconductor: Semiconductor, thickness: float) -> float:
    """[V] e N_t L^2/(2 eps), at which the injected charge would fill all traps of a film.

    Args:
        semiconductor: with a trap_density.
        thickness: [m] L.

    Raises:
        InputError: no trap_density.
    """
    if semiconductor.trap_density is None:
        raise InputError("trap_filled_voltage needs a trap_density")
    permittivity = semiconductor.relative_permittivity * VACUUM_PERMITTIVITY
    return ELEMENTARY_CHARGE * semiconductor.trap_density * thickness**2 / (2 * permittivity)


def slopes(voltages: Array, currents: Array) -> Array:
    """(n,), [1] dlnJ/dlnV of rising voltages."""
    return np.asarray(np.gradient(np.log(currents), np.log(voltages)))


def _of_kink(voltages: Array, currents: Array, law: Array, film: _Film) -> dict[str, Variable]:
    """What the kink tells, if there is one."""
    slope = slopes(voltages, currents)
    top = int(slope.argmax())
    if slope[top] < STEEP:
        return {}
    x, y = np.log(voltages), np.log(currents)
    meets = {
        "trap_filled": (y[top] - y[0] + slope[0] * x[0] - slope[top] * x[top]) / (slope[0] - slope[top]),
        "steepest": x[top],
        "child": (y[top] - np.log(law[top]) + (2.0 - slope[top]) * x[top]) / (2.0 - slope[top]),
    }
    if slope[0] > LINEAR:
        del meets["trap_filled"]
    titles = {
        "trap_filled": "trap-filled limit, tangents of the ohmic and of the steepest part",
        "steepest": "voltage of the steepest part",
        "child": "voltage at which the tangent of the steepest part meets the law without traps",
    }
    found = {}
    for name, place in meets.items():
        voltage = float(np.exp(place))
        density = "trap_density" if name == "trap_filled" else f"{name}_trap_density"
        found[f"{name}_voltage"] = single(voltage, "V", titles[name])
        found[density] = single(film.trap_density(voltage), "1/m3", f"trap density from the {titles[name]}")
    return found


def _column(device: Semiconductor | Column, thickness: float | None, carrier: str, temperature: float) -> Column:
    if carrier not in ("electron", "hole"):
        raise InputError(f'carrier "{carrier}" is neither "electron" nor "hole"')
    if isinstance(device, Column):
        if thickness is not None:
            raise InputError("thickness: a column has its own, leave it out")
        if len(device.layers) != 1:
            raise InputError(f"a column of {len(device.layers)} layers: the law holds for a single film")
        return device
    if not isinstance(device, Semiconductor):
        raise InputError(f"{type(device).__name__} is neither a Semiconductor nor a Column")
    if thickness is None:
        raise InputError("thickness is missing: give that of the film, such as 300 * nm")
    level = device.conduction_band_ev if carrier == "electron" else device.valence_band_ev
    ohmic = Contact(work_function_ev=level)
    film = Layer(name="film", thickness=thickness, material=device)
    return Column(layers=(film,), anode=ohmic, cathode=ohmic, temperature=temperature)
