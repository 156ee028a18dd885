"""One electrical pulse through a pixel: current spreading, self-heating and the current and light that follow."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from femled.device import Pixel
from femled.drive import Pulse
from femled.errors import InputError
from femled.experiments.column_heat import ColumnHeat
from femled.experiments.column_law import ColumnLaw
from femled.experiments.dead_end_choice import PulseDeadEnds, in_pulse
from femled.experiments.electrothermal_circuit import Charging, spread_of
from femled.experiments.electrothermal_light import light_series
from femled.experiments.electrothermal_march import Marched, run_pulse
from femled.experiments.electrothermal_run import ElectrothermalRun, sheet_shares
from femled.experiments.electrothermal_series import electrical_series
from femled.experiments.experiment import PYTHON_ONLY, Times, experiment
from femled.experiments.heat_pulse import Duration, Tolerance
from femled.experiments.heat_run import ResolutionLevel, heat_result, heat_series
from femled.experiments.sheet_spreading import Radius, SheetResistance, SpecificContactResistance
from femled.experiments.sources import electrical_sources
from femled.frozen import CurrentDensity, FrozenModel, Quantity, Time, Voltage
from femled.physics.local_law import LocalLaw, behind_contacts
from femled.result import Result
from femled.series import Series

Rise = Annotated[float, Quantity("K", 1e-3, 1e4)]
Resistance = Annotated[float, Quantity("ohm", 0.0, 1e9)]
Capacitance = Annotated[float, Quantity("F", 0.0, 1.0)]

AFTER = 5.0
"""Widths after which a run ends that was given no end."""


LAW_TOLERANCE = 5e-4
"""[1] Of J of the pixel's own law: the mesh of its column is right to 3e-3."""


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
    column: Annotated[ColumnLaw | None, PYTHON_ONLY] = None,
    background: Voltage = 0.0,
    dead_ends: PulseDeadEnds = "entered",
    sheet_resistance: SheetResistance | None = None,
    specific_contact_resistance: SpecificContactResistance = 0.0,
    feed_radius: Radius = 300e-6,
    source_resistance: Resistance = 0.0,
    parasitic_capacitance: Capacitance = 0.0,
    charging: Charging = "none",
    compliance: Voltage | None = None,
    spectra: bool = False,
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
        law: J(u, T) of the layers, such as `ArrheniusLaw`, all heat in the emitter; the pixel's own drift-diffusion
            with ions frozen if not given, heat where it is released and light that leaves subtracted.
        column: the pixel's own drift-diffusion, made before: pulses share its states, and its tolerance may be another.
            It has the history of dead ends that it was made with: `dead_ends` of it, the width for what enters in that.
        background: [V] at which ions and carriers were at rest before the pulse, of the pixel's own law.
        dead_ends: carriers in layers that they enter over a barrier and do not leave, of the pixel's own law: "held" as
            before the pulse, "filled", or "entered": what a width at the voltage of the moment lets in, one of the two
            where that is little or long enough. In between the current at the end of the pulse is meant, and before it
            too much flows; the warnings say what flows in either limit.
        sheet_resistance: [ohm] per square of the ITO, of both added where there are two; as the pixel states if not
            given.
        specific_contact_resistance: [ohm m2] between the layers and both electrodes together, u = w + rho J(w, T); its
            heat is released in the layers, and its voltage counts where the layers charge.
        feed_radius: [m] b, where metal meets the sheets.
        source_resistance: [ohm] in series with a voltage: the source's own and a termination.
        parasitic_capacitance: [F] beside the pixel, at the feed: what charges it is no part of `current`.
        charging: "none", "pixel" (the layers as a plate capacitor), or "line" (also the insulator below the sheet up
            to the feed radius). The energy balance closes to 1e-4 at the default rtol unless nearly all that was
            charged goes back to the source.
        compliance: [V] most that the source of a current can give.
        spectra: whether the spectrum that leaves is computed in time, and the temperature that it shows.
        linear: every thermal property at the ambient temperature.
        runaway_rise: [K] rise anywhere in the emitter at which the run ends as a thermal runaway.
        resolution: of the mesh, as of `heat_pulse`.
        rtol: [1] error of the time steps.
        progress: called with the time [s] after each step.

    Returns:
        over `time`: `current` [A], `voltage` [V] at the feed, `mean_current_density` [A/m2], `emitter_temperature`,
        `emitter_temperature_rise`, `emitter_peak_temperature` [K], `layer_power sheet_power lead_power light_power`
        [W], `edge_to_centre` [1]; over `time` and `r`: `current_density` [A/m2], `local_voltage` [V],
        `temperature_profile` [K] averaged over the emitter's thickness; the field `temperature` [K]. With the pixel's
        own law also `external_quantum_efficiency internal_quantum_efficiency` over time; `radiative_current_density
        emitter_current_density` [A/m2] (q times all pairs that recombine in the emitter) and `electron_density
        hole_density` [1/m3], mean over its thickness, over time and r; and with `spectra` those of `emission_spectra`.

    Raises:
        InputError: contradictory drives, a pulse that the circuit cannot deliver, a law asked outside its range, or a
            value out of range.
        ConvergenceError: the solver failed.
    """
    feeding: dict[str, Any] = {
        "voltage": voltage,
        "current_density": current_density,
        "source_resistance": source_resistance,
        "parasitic_capacitance": parasitic_capacitance,
        "charging": charging,
        "sheet_resistance": sheet_resistance,
        "feed_radius": feed_radius,
    }
    if spectra and law is not None:
        raise InputError("spectra: a law of its own says nothing of light, leave it out")
    spread, amplitude = spread_of(pixel, **feeding)
    end = AFTER * width if until is None else until
    shape = {"width": width, "rise_time": rise_time, "fall_time": fall_time}
    before: dict[str, Any] = {"background": background, "dead_ends": dead_ends}
    local, own = _of_layers(pixel, law, column, specific_contact_resistance, before, width)
    run = ElectrothermalRun.prepare(pixel, local, spread, shares=own, linear=linear, resolution=resolution)
    drive = Pulse(amplitude=amplitude, **shape)
    marched = run_pulse(run, drive, until=end, at=at, rtol=rtol, runaway_rise=runaway_rise, progress=progress)
    _refuse_beyond(compliance, marched, amplitude / (math.pi * pixel.radius**2))
    inputs: dict[str, Any] = {
        **feeding,
        "sheet_resistance": sheet_shares(pixel, sheet_resistance)[0],
        **shape,
        "until": end,
        "at": None if at is None else list(at),
        "law": "drift-diffusion of the column" if law is None else _recorded(law),
        **before,
        "specific_contact_resistance": specific_contact_resistance,
        "compliance": compliance,
        "spectra": spectra,
        "linear": linear,
        "runaway_rise": runaway_rise,
        "resolution": resolution,
        "rtol": rtol,
    }
    return _result(run, marched, own, inputs, min(width, end))


def _check_column(pixel: Pixel, column: ColumnLaw, *, plain: bool) -> None:
    if column.device != pixel:
        raise InputError("column: it is of another pixel, or of this one at another ambient temperature: make its own")
    if not plain:
        raise InputError(
            "column: its ions, dead ends, contacts and law are as it was made: leave law, background, dead_ends and "
            "specific_contact_resistance out"
        )


def _of_layers(
    pixel: Pixel,
    law: LocalLaw | None,
    column: ColumnLaw | None,
    contact: float,
    before: dict[str, Any],
    width: float,
) -> tuple[LocalLaw, ColumnHeat | None]:
    """The law behind a specific contact resistance [ohm m2], and what it heats if it is the pixel's own.

    Args:
        pixel: the device.
        law: None for its own.
        column: that of its own, made before.
        contact: [ohm m2].
        before: history of its own, by the names of `electrothermal_pulse`.
        width: [s] of the pulse.
    """
    if law is not None and not callable(getattr(law, "at", None)):
        raise InputError(f"law {law!r} is no local law: use DiodeLaw, ArrheniusLaw or TableLaw")
    if column is not None:
        usual = law is None and before == {"background": 0.0, "dead_ends": "entered"} and contact == 0.0
        _check_column(pixel, column, plain=usual)
        return column, ColumnHeat(pixel, column)
    if law is not None:
        return behind_contacts(law, contact), None
    entered = in_pulse(before["dead_ends"], width)
    column = ColumnLaw(
        pixel,
        specific_contact_resistance=contact,
        background=before["background"],
        dead_ends=entered,
        tolerance=LAW_TOLERANCE,
    )
    return column, ColumnHeat(pixel, column)


def _recorded(law: LocalLaw) -> Any:
    """What the inputs of a result say of a law."""
    if isinstance(law, FrozenModel):
        return {"kind": type(law).__name__, **law.model_dump(mode="json")}
    return type(law).__name__


def _refuse_beyond(compliance: float | None, marched: Marched, density: float) -> None:
    """Refuse a current that takes more voltage than there is, if that is known."""
    needed = max(abs(instant.y[-1]) for instant in marched.instants)
    if compliance is not None and needed > compliance:
        raise InputError(
            f"current_density {density:g} A/m2 takes {needed:.4g} V, more than compliance {compliance:g} V: "
            "drive less, or feed the sheets closer to the pixel"
        )


def _result(
    run: ElectrothermalRun, marched: Marched, own: ColumnHeat | None, inputs: dict[str, Any], stop: float
) -> Result:
    electrical = electrical_series(run, marched)
    heat = sum(electrical[name] for name in ("layer_power", "sheet_power", "lead_power"))
    per_area = np.asarray(heat) / (math.pi * run.radius**2)
    thermal = heat_series(run.heat, marched.times, marched.rises, per_area, {"heating_ends": stop})
    parts, warnings, sources = [thermal, electrical], [], []
    if own is not None:
        light = light_series(run, own, electrical, spectra=bool(inputs["spectra"]))
        parts.append(light.series)
        warnings, sources = [*own.law.warnings, *light.notes], [*electrical_sources(run.heat.pixel), *light.sources]
    series = Series(
        {name: one for part in parts for name, one in part.variables.items()},
        {name: one for part in parts for name, one in part.coordinates.items()},
        thermal.attributes,
    )
    result = heat_result(run.heat, "electrothermal_pulse", inputs, series, marched.rises, marched.balance, marched.cost)
    return replace(
        result,
        outcome=marched.outcome,
        warnings=tuple(dict.fromkeys((*result.warnings, *warnings))),
        sources=tuple(dict.fromkeys((*result.sources, *sources))),
    )
