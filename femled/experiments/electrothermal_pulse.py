"""One electrical pulse through a pixel: current spreading, self-heating and the current that follows from it."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from femled.device import Pixel
from femled.drive import Pulse
from femled.errors import InputError
from femled.experiments.electrothermal_march import Marched, run_pulse
from femled.experiments.electrothermal_run import ElectrothermalRun, Spread, sheet_shares
from femled.experiments.electrothermal_series import electrical_series
from femled.experiments.experiment import PYTHON_ONLY, Times, experiment
from femled.experiments.heat_pulse import Duration, Tolerance
from femled.experiments.heat_run import ResolutionLevel, heat_result, heat_series
from femled.experiments.sheet_spreading import Radius, SheetResistance
from femled.frozen import CurrentDensity, FrozenModel, Quantity, Time, Voltage
from femled.physics.local_law import LocalLaw
from femled.physics.spreading import Source
from femled.result import Result
from femled.series import Series

Rise = Annotated[float, Quantity("K", 1e-3, 1e4)]
Resistance = Annotated[float, Quantity("ohm", 0.0, 1e9)]
Capacitance = Annotated[float, Quantity("F", 0.0, 1.0)]

AFTER = 5.0
"""Widths after which a run ends that was given no end."""


@experiment
def electrothermal_pulse(
    pixel: Pixel,
    *,
    voltage: Voltage | None = None,
    current_density: CurrentDensity | None = None,
    width: Duration,
    until: Duration | None = None,
    at: Times | None = None,
    rise_time: Time = 0.0,
    fall_time: Time = 0.0,
    law: Annotated[LocalLaw | None, PYTHON_ONLY] = None,
    sheet_resistance: SheetResistance | None = None,
    feed_radius: Radius = 300e-6,
    source_resistance: Resistance = 0.0,
    parasitic_capacitance: Capacitance = 0.0,
    linear: bool = False,
    runaway_rise: Rise = 300.0,
    resolution: ResolutionLevel = "default",
    rtol: Tolerance = 2e-4,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """Current, light and temperature of a pixel in and after an electrical pulse.

    (1/r) d/dr(r du/dr) = R_s J(u, T),   V = u(a) + R_s I ln(b/a)/(2 pi)          sheets, fed at r = b
    rho c_p dT/dt = div(kappa grad T) + J u/d + u'^2/(R_s d_sheet)                heat of layers and sheets

    Args:
        pixel: the device.
        voltage: [V] of the source: at the feed radius, or behind `source_resistance`; this or the current density.
        current_density: [A/m2] I/(pi a^2), whatever voltage it takes.
        width: [s] of the pulse, from the start of its rise to the start of its fall.
        until: [s] end of the run; five widths if not given.
        at: (n,), [s] times to report, rising; t = 0 and every accepted step if not given.
        rise_time: [s] of the leading edge.
        fall_time: [s] of the trailing edge.
        law: J(u, T) of the layers, such as `ArrheniusLaw`.
        sheet_resistance: [ohm] per square of the ITO, of both added where there are two; as the pixel states if not
            given.
        feed_radius: [m] b, where metal meets the sheets.
        source_resistance: [ohm] in series with a voltage: the source's own and a termination.
        parasitic_capacitance: [F] beside the pixel.
        linear: every thermal property at the ambient temperature.
        runaway_rise: [K] rise anywhere in the emitter at which the run ends as a thermal runaway.
        resolution: of the mesh, as of `heat_pulse`.
        rtol: [1] error of the time steps.
        progress: called with the time [s] after each step.

    Returns:
        over `time`: `current` [A], `voltage` [V] at the feed, `mean_current_density` [A/m2], `emitter_temperature`,
        `emitter_temperature_rise`, `emitter_peak_temperature` [K], `layer_power sheet_power lead_power` [W],
        `edge_to_centre` [1]; over `time` and `r`: `current_density` [A/m2], `local_voltage` [V], `temperature_profile`
        [K] averaged over the emitter's thickness; the field `temperature` [K].

    Raises:
        InputError: contradictory drives, a law asked outside its range, or a value out of range.
        ConvergenceError: the solver failed.
    """
    source, amplitude = _source(pixel, voltage, current_density, source_resistance, parasitic_capacitance)
    if law is not None and not callable(getattr(law, "at", None)):
        raise InputError(f"law {law!r} is no local law: use DiodeLaw, ArrheniusLaw or TableLaw")
    end = AFTER * width if until is None else until
    drive = Pulse(amplitude=amplitude, width=width, rise_time=rise_time, fall_time=fall_time)
    spread = Spread(sheet_resistance, feed_radius, source)
    assert law is not None
    run = ElectrothermalRun.prepare(pixel, law, spread, layers=(), shares=None, linear=linear, resolution=resolution)
    marched = run_pulse(run, drive, until=end, at=at, rtol=rtol, runaway_rise=runaway_rise, progress=progress)
    inputs: dict[str, Any] = {
        "voltage": voltage,
        "current_density": current_density,
        "width": width,
        "until": end,
        "at": None if at is None else list(at),
        "rise_time": rise_time,
        "fall_time": fall_time,
        "law": law.model_dump(mode="json") if isinstance(law, FrozenModel) else type(law).__name__,
        "sheet_resistance": sheet_shares(pixel, sheet_resistance)[0],
        "feed_radius": feed_radius,
        "source_resistance": source_resistance,
        "parasitic_capacitance": parasitic_capacitance,
        "linear": linear,
        "runaway_rise": runaway_rise,
        "resolution": resolution,
        "rtol": rtol,
    }
    return _result(run, marched, inputs, min(width, end))


def _source(
    pixel: Pixel, voltage: float | None, current_density: float | None, resistance: float, capacitance: float
) -> tuple[Source, float]:
    """What drives, and its amplitude in V or A.

    Raises:
        InputError: neither or both drives, or a circuit that does not go with them.
    """
    if (voltage is None) == (current_density is None):
        raise InputError("give either voltage or current_density")
    if current_density is not None:
        if resistance > 0:
            raise InputError(
                f"source_resistance {resistance:g} ohm: a given current_density flows whatever is in series, "
                "leave it out or give voltage"
            )
        return Source("current", 0.0, capacitance), current_density * math.pi * pixel.radius**2
    if capacitance > 0 and resistance == 0:
        raise InputError(
            f"parasitic_capacitance {capacitance:g} F: an ideal voltage charges it at once, give source_resistance too"
        )
    assert voltage is not None  # checked above
    return Source("voltage", resistance, capacitance), voltage


def _result(run: ElectrothermalRun, marched: Marched, inputs: dict[str, Any], stop: float) -> Result:
    electrical = electrical_series(run, marched)
    heat = sum(electrical[name] for name in ("sheet_power", "lead_power")) + electrical["layer_power"]
    per_area = np.asarray(heat) / (math.pi * run.radius**2)
    thermal = heat_series(run.heat, marched.times, marched.rises, per_area, {"heating_ends": stop})
    series = Series(
        {**thermal.variables, **electrical.variables},
        {**thermal.coordinates, **electrical.coordinates},
        thermal.attributes,
    )
    result = heat_result(run.heat, "electrothermal_pulse", inputs, series, marched.rises, marched.balance, marched.cost)
    return replace(result, outcome=marched.outcome)
