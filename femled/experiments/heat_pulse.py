"""One rectangular pulse of heat in the emitter of a pixel: how hot, where, and how fast it is gone."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

from femled.device import Pixel
from femled.drive import Pulse
from femled.experiments.experiment import Times, experiment
from femled.experiments.heat_run import HeatRun, ResolutionLevel, heat_power, heat_result, heat_series, run_transient
from femled.experiments.heat_source import HeatSource, recorded
from femled.frozen import CurrentDensity, Fraction, PowerDensity, Quantity, Voltage
from femled.result import Result

Duration = Annotated[float, Quantity("s", 1e-12, 1e9)]
Tolerance = Annotated[float, Quantity("1", 1e-8, 0.1)]


@experiment
def heat_pulse(
    pixel: Pixel,
    *,
    power_density: PowerDensity | None = None,
    current_density: CurrentDensity | None = None,
    voltage: Voltage | None = None,
    width: Duration,
    until: Duration,
    at: Times | None = None,
    wall_plug_efficiency: Fraction = 0.0,
    linear: bool = False,
    heat_source: HeatSource = "emitter",
    resolution: ResolutionLevel = "default",
    rtol: Tolerance = 2e-4,
    laterally_uniform: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Temperature of a pixel in and after a pulse of constant power.

    rho c_p dT/dt = div(kappa grad T) + Q,   Q = P/d in the emitter inside the opening, t < width  (kim2018, Fig. 6d)

    Args:
        pixel: the device.
        power_density: [W/m2] heat per area of the opening, released in `heat_source`.
        current_density: [A/m2] J; with `voltage`, the heat is J V (1 - wall_plug_efficiency).
        voltage: [V] across the pixel.
        width: [s] of the pulse.
        until: [s] end of the run.
        at: (n,), [s] times to report, rising; every accepted step if not given.
        wall_plug_efficiency: [1] share of J V that leaves as light; not applied to `power_density`.
        linear: every property at the ambient temperature.
        heat_source: "emitter", another region, shares such as "mapbi3=0.8, ito=0.2" (or a mapping), or in Python a
            function of (r, z) [m] that gives its shape; see `heat_source.released`.
        resolution: of the mesh; "default" keeps the mean rise of the published pixels within 1e-3 from 10 ns on and
            within 1e-2 at 1 ns, when heat has not yet crossed the one element of a film; "fine" within 3e-4 from 1 ns.
        rtol: [1] error of the time steps over the mean rise, from ten first steps after each corner on; the mesh adds
            its own, see `resolution`.
        laterally_uniform: solve the column on the axis alone, the limit of a very wide pixel.
        progress: called with the time [s] after each step.

    Returns:
        `emitter_temperature`, `emitter_temperature_rise`, `emitter_peak_temperature` [K], `layer_temperature` [K] over
        time and layer, `power_density` [W/m2] over time, and the field `temperature` [K].

    Raises:
        InputError: a contradiction or a value out of range.
        ConvergenceError: the solver failed.
    """
    power = heat_power(power_density, current_density, voltage, wall_plug_efficiency)
    drive = Pulse(amplitude=power, width=width)
    run = HeatRun.prepare(
        pixel, resolution, linear=linear, laterally_uniform=laterally_uniform, heat_source=heat_source
    )
    times, rises, balance, cost = run_transient(run, drive, until=until, at=at, rtol=rtol, progress=progress)
    inputs: dict[str, Any] = {
        "power_density": power,
        "current_density": current_density,
        "voltage": voltage,
        "width": width,
        "until": until,
        "at": None if at is None else list(at),
        "wall_plug_efficiency": wall_plug_efficiency,
        "linear": linear,
        "heat_source": recorded(run.heat_source),
        "resolution": resolution,
        "rtol": rtol,
        "laterally_uniform": laterally_uniform,
    }
    series = heat_series(run, times, rises, np.asarray(drive.value(times)), {"heating_ends": min(width, until)})
    return heat_result(run, "heat_pulse", inputs, series, rises, balance, cost)
