"""A pixel under constant power for ever: steady temperature and thermal resistance."""

from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from femled.accounts import Balance, Cost
from femled.device import Pixel
from femled.experiments.experiment import experiment
from femled.experiments.heat_run import HeatRun, ResolutionLevel, heat_power, heat_result, heat_series
from femled.experiments.heat_source import HeatSource, recorded
from femled.frozen import CurrentDensity, Fraction, PowerDensity, Voltage
from femled.result import Result
from femled.series import single


@experiment
def heat_steady(
    pixel: Pixel,
    *,
    power_density: PowerDensity | None = None,
    current_density: CurrentDensity | None = None,
    voltage: Voltage | None = None,
    wall_plug_efficiency: Fraction = 0.0,
    linear: bool = False,
    heat_source: HeatSource = "emitter",
    resolution: ResolutionLevel = "default",
    laterally_uniform: bool = False,
) -> Result:
    """Steady temperature of a pixel under constant power.

    0 = div(kappa grad T) + Q,   Q = P/d in the emitter inside the opening;   R_th = mean emitter rise / power released

    Args:
        pixel: the device; its faces decide where the heat goes.
        power_density: [W/m2] heat per area of the opening, released in `heat_source`.
        current_density: [A/m2] J; with `voltage`, the heat is J V (1 - wall_plug_efficiency).
        voltage: [V] across the pixel.
        wall_plug_efficiency: [1] share of J V that leaves as light; not applied to `power_density`.
        linear: every property at the ambient temperature.
        heat_source: "emitter", another region, shares such as "mapbi3=0.8, ito=0.2" (or a mapping), or in Python a
            function of (r, z) [m] that gives its shape; see `heat_source.released`.
        resolution: of the mesh.
        laterally_uniform: solve the column on the axis alone.

    Returns:
        the variables of `heat_pulse` without time, `thermal_resistance` [K/W] ([m2 K/W] of a column; left out
        without heat), and the field `temperature` [K].

    Raises:
        InputError: a contradiction or a value out of range.
        ConvergenceError: no face lets heat out, or the iteration stalled.
    """
    power = heat_power(power_density, current_density, voltage, wall_plug_efficiency)
    run = HeatRun.prepare(
        pixel, resolution, linear=linear, laterally_uniform=laterally_uniform, heat_source=heat_source
    )
    begun = perf_counter()
    u = run.problem.steady(power)
    seconds = perf_counter() - begun
    unit = run.domain.kind.volume_unit
    supplied = power * run.problem.power * unit
    removed = (run.problem.leaving(u)[1] + power * run.problem.power_into_held) * unit
    quantity = "heat flow [W]" if run.domain.kind.axisymmetric else "heat flow [W/m2]"
    inputs: dict[str, Any] = {
        "power_density": power,
        "current_density": current_density,
        "voltage": voltage,
        "wall_plug_efficiency": wall_plug_efficiency,
        "linear": linear,
        "heat_source": recorded(run.heat_source),
        "resolution": resolution,
        "laterally_uniform": laterally_uniform,
    }
    cost = Cost(run.space.dofs, 0, max(run.problem.factorisations, 1), seconds)
    balance = Balance(quantity, supplied, 0.0, removed)
    rises = run.gathered(u)[None, :]
    series = heat_series(run, None, rises, np.array([power]), {})
    if supplied > 0:
        resistance = float(series["emitter_temperature_rise"]) / supplied
        unit_name = "m2*K/W" if laterally_uniform else "K/W"
        whole = {**series.variables, "thermal_resistance": single(resistance, unit_name, "thermal resistance")}
        series = replace(series, variables=whole)
    return heat_result(run, "heat_steady", inputs, series, rises, balance, cost)
