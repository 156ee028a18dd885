"""Any number of pulses through a reduced model, and the thermal impedance that it is made of."""

from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Cost
from femled.device import Pixel
from femled.drive import Drive, PulseTrain
from femled.errors import InputError
from femled.experiments.experiment import Times, experiment
from femled.experiments.heat_run import HeatRun, ResolutionLevel, provenance
from femled.experiments.heat_source import HeatSource, recorded
from femled.experiments.sources import thermal_sources
from femled.frozen import Fraction, Voltage
from femled.result import Result
from femled.series import Series, Variable, over_time, single
from femled.solve.heat_linear import LinearHeat
from femled.solve.reduced import SHIFTS, ReducedHeat, reduce_heat

Array = NDArray[np.float64]


@experiment
def heat_train(
    pixel: Pixel,
    train: Drive,
    *,
    voltage: Voltage | None = None,
    wall_plug_efficiency: Fraction = 0.0,
    at: Times | None = None,
    heat_source: HeatSource = "emitter",
    resolution: ResolutionLevel = "default",
    laterally_uniform: bool = False,
) -> Result:
    """Mean emitter temperature under a train of pulses, or any other drive, of up to millions of corners.

    Every property is taken at the ambient temperature; the modes of `thermal_impedance` answer the drive exactly.

    Args:
        pixel: the device.
        train: [W/m2] heat per area of the opening against time, from rest at t = 0; with `voltage`, [A/m2] the
            current density.
        voltage: [V] turns a current density into heat, J V (1 - wall_plug_efficiency).
        wall_plug_efficiency: [1] share of J V that leaves as light.
        at: (n,), [s] times to report, rising; the end of every pulse, or every corner of another drive, if not given.
        heat_source: "emitter", another region, shares such as "mapbi3=0.8, ito=0.2" (or a mapping), or in Python a
            function of (r, z) [m] that gives its shape; see `heat_source.released`.
        resolution: of the mesh.
        laterally_uniform: solve the column on the axis alone.

    Returns:
        `emitter_temperature`, `emitter_temperature_rise` [K] and `power_density` [W/m2] over time; for a train also
        `last_period_mean_rise` and `steady_mean_rise` [K], the rise at mean power for ever.

    Raises:
        InputError: a value out of range.
    """
    run = HeatRun.prepare(pixel, resolution, linear=True, laterally_uniform=laterally_uniform, heat_source=heat_source)
    begun = perf_counter()
    model = _reduced(run)
    reduced_in = perf_counter() - begun
    scale = 1.0 if voltage is None else voltage * (1.0 - wall_plug_efficiency)
    times = np.array(at) if at is not None else _default_times(train)
    if np.any(np.diff(times) <= 0):
        raise InputError("at: times must rise")
    rise = scale * model.response(train, times)
    variables = {
        "emitter_temperature": over_time(pixel.ambient_temperature + rise, "K", "mean emitter temperature"),
        "emitter_temperature_rise": over_time(rise, "K", "mean emitter temperature rise"),
        "power_density": over_time(scale * train.value(times), "W/m2", "heat per area of the opening"),
    }
    if isinstance(train, PulseTrain):
        mean = scale * model.mean_over_period(train, train.count - 1)
        variables["last_period_mean_rise"] = single(mean, "K", "mean emitter rise over the last period")
        variables["steady_mean_rise"] = single(
            scale * model.steady_gain * train.mean, "K", "rise at mean power for ever"
        )
    inputs = {
        "drive": type(train).__name__,
        **train.model_dump(mode="json", by_alias=True),
        "at": None if at is None else list(at),
        "voltage": voltage,
        "wall_plug_efficiency": wall_plug_efficiency,
        "heat_source": recorded(run.heat_source),
        "resolution": resolution,
        "laterally_uniform": laterally_uniform,
    }
    return _result(run, "heat_train", variables, times, inputs, reduced_in)


def _default_times(train: Drive) -> Array:
    if isinstance(train, PulseTrain):
        return np.asarray(train.period * np.arange(train.count) + train.pulse.delay + train.pulse.width)
    corners = train.breakpoints
    return np.asarray(corners[corners >= 0])


@experiment
def thermal_impedance(
    pixel: Pixel,
    *,
    times: Times | None = None,
    heat_source: HeatSource = "emitter",
    resolution: ResolutionLevel = "default",
    laterally_uniform: bool = False,
) -> Result:
    """Thermal impedance Z_th(t) of a pixel and its thermal resistance.

    Z_th(t) = mean emitter rise at t after constant power P is switched on, over P;  R_th = Z_th(infinite)

    Args:
        pixel: the device; every property at the ambient temperature.
        times: (n,), [s] rising; ten a decade from 10 ns to 1000 s if not given.
        heat_source: "emitter", another region, shares such as "mapbi3=0.8, ito=0.2" (or a mapping), or in Python a
            function of (r, z) [m] that gives its shape; see `heat_source.released`.
        resolution: of the mesh.
        laterally_uniform: the column on the axis alone, per unit area.

    Returns:
        `thermal_impedance` over time and `thermal_resistance`, both [K/W], or [m2 K/W] of a column.

    Raises:
        InputError: a value out of range.
        ConvergenceError: no face lets heat out.
    """
    run = HeatRun.prepare(pixel, resolution, linear=True, laterally_uniform=laterally_uniform, heat_source=heat_source)
    begun = perf_counter()
    model = _reduced(run)
    reduced_in = perf_counter() - begun
    if not run.space.held:
        run.problem.steady(1.0)  # says that there is no steady state
    area = 1.0 if laterally_uniform else pixel.opening_area
    grid = np.array(times) if times is not None else np.logspace(-8, 3, 111)
    unit = "m2*K/W" if laterally_uniform else "K/W"
    variables = {
        "thermal_impedance": over_time(model.step_response(grid) / area, unit, "thermal impedance"),
        "thermal_resistance": single(model.steady_gain / area, unit, "thermal resistance"),
    }
    inputs = {
        "times": None if times is None else list(times),
        "heat_source": recorded(run.heat_source),
        "resolution": resolution,
        "laterally_uniform": laterally_uniform,
    }
    return _result(run, "thermal_impedance", variables, grid, inputs, reduced_in)


def _reduced(run: HeatRun) -> ReducedHeat:
    problem = run.problem
    assert isinstance(problem, LinearHeat)  # prepared with linear=True
    return reduce_heat(problem, run.emitter_mean)


def _result(
    run: HeatRun, name: str, variables: dict[str, Variable], times: Array, inputs: dict[str, Any], seconds: float
) -> Result:
    attributes = {"ambient_temperature": run.pixel.ambient_temperature}
    return Result(
        experiment=name,
        series=Series(variables, {"time": over_time(times, "s", "time")}, attributes),
        inputs={"pixel": run.pixel.model_dump(mode="json"), **inputs},
        sources=thermal_sources(run.pixel),
        cost=Cost(run.space.dofs, 0, len(SHIFTS) + 1, seconds),
        provenance=provenance(),
    )
