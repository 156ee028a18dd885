"""The reference model of a heated pixel: drift-diffusion in its section, with the temperature of the whole pixel."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost
from femled.device import Pixel
from femled.domain.column_mesh import MeshLevel
from femled.drive import Pulse
from femled.errors import InputError
from femled.experiments.dead_end_choice import PulseDeadEnds, in_pulse, open_time
from femled.experiments.electrothermal_pulse import AFTER, Rise
from femled.experiments.electrothermal_run import sheet_shares
from femled.experiments.experiment import Times, experiment
from femled.experiments.heat_pulse import Duration, Tolerance
from femled.experiments.heat_run import ResolutionLevel, base_step, heat_result, heat_series
from femled.experiments.section_run import SectionRun
from femled.experiments.sheet_spreading import Radius, SheetResistance
from femled.frozen import CurrentDensity, Fraction, Time, Voltage
from femled.result import Result
from femled.series import Series, Variable, over_time
from femled.solve.section_carriers import SectionPower
from femled.solve.section_heat import SectionLedger
from femled.solve.stepping import Step, StepCounts, march

Array = NDArray[np.float64]


@experiment
def electrothermal_section(
    pixel: Pixel,
    *,
    voltage: Voltage | None = None,
    current_density: CurrentDensity | None = None,
    width: Duration,
    until: Duration | None = None,
    at: Times | None = None,
    rise_time: Time = 0.0,
    fall_time: Time = 0.0,
    sheet_resistance: SheetResistance | None = None,
    feed_radius: Radius = 300e-6,
    outcoupling: Fraction | None = None,
    ions: bool = True,
    dead_ends: PulseDeadEnds = "entered",
    linear: bool = False,
    runaway_rise: Rise = 300.0,
    resolution: ResolutionLevel = "default",
    radial_cells: int = 32,
    mesh: MeshLevel = 20,
    rtol: Tolerance = 2e-4,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """An electrical pulse through a pixel, with carriers and temperature solved for in r and z.

    The equations of `jv` in the layers inside the opening, at the temperature of every cell; heat of `carrier_heat`,
    cell by cell, and of the electrodes, in the heat conduction of the whole pixel. Carriers are in their steady state
    at every instant but for those in dead ends, and ions where they rest at 0 V. What `electrothermal_pulse`
    approximates is solved here: the temperature of every layer, the place of its heat, and current along the layers,
    which under a resistive electrode enters them within their thickness from the rim, so that the last ring carries
    some per cent more.

    Args:
        pixel: the device, planar.
        voltage: [V] at the feed radius; this or the current density.
        current_density: [A/m2] mean over the opening.
        width: [s] of the pulse, from the start of its rise to the start of its fall.
        until: [s] end of the run; five widths if not given.
        at: (n,), [s] times to report, rising; t = 0 and every accepted step if not given.
        rise_time: [s] of the leading edge.
        fall_time: [s] of the trailing edge.
        sheet_resistance: [ohm] per square of the electrodes that resist, of both added where there are two; as the
            pixel states if not given.
        feed_radius: [m] where metal meets the electrodes.
        outcoupling: [1] share of the photons that leave, in place of the one of each height by the optics of the pixel.
        ions: whether they are there.
        dead_ends: as of `electrothermal_pulse`.
        linear: every thermal property at the ambient temperature.
        runaway_rise: [K] rise anywhere in the emitter at which the run ends as a thermal runaway, with that step.
        resolution: of the mesh of heat, as of `heat_pulse`.
        radial_cells: of the mesh of carriers.
        mesh: of every layer along z, as of `jv`.
        rtol: [1] error of the time steps.
        progress: called with the time [s] after each step.

    Returns:
        over `time`: `current` [A], `voltage` [V] at the feed, `mean_current_density` [A/m2], `emitter_temperature`,
        `emitter_temperature_rise`, `emitter_peak_temperature` [K], `layer_power sheet_power lead_power light_power`
        [W], `edge_to_centre` [1]; over `time` and `r`: `current_density` [A/m2], `local_voltage` [V] across the layers,
        `temperature_profile` [K] averaged over the emitter's thickness; the field `temperature` [K].

    Raises:
        InputError: contradictory drives, a pixel without electrical data, or a value out of range.
        ConvergenceError: the solver failed.
    """
    if (voltage is None) == (current_density is None):
        raise InputError("give either voltage or current_density")
    end = AFTER * width if until is None else until
    area = math.pi * pixel.radius**2
    amplitude = voltage if current_density is None else current_density * area
    assert amplitude is not None  # one of both is given
    begun, (ohms, shares) = perf_counter(), sheet_shares(pixel, sheet_resistance)
    solved: dict[str, Any] = {
        "sheet_resistance": ohms,
        "feed_radius": feed_radius,
        "outcoupling": outcoupling,
        "ions": ions,
        "linear": linear,
        "resolution": resolution,
        "radial_cells": radial_cells,
        "mesh": mesh,
    }
    entered, kind = open_time(in_pulse(dead_ends, width)), "current" if voltage is None else "voltage"
    run = SectionRun.prepare(pixel, kind=kind, electrodes=shares, open_time=entered, **solved)
    record = _Record(run, None if at is None else np.array(at))
    drive = Pulse(amplitude=amplitude, width=width, rise_time=rise_time, fall_time=fall_time)
    outcome = record.follow(drive, until=end, rtol=rtol, runaway_rise=runaway_rise, progress=progress)
    inputs: dict[str, Any] = {
        "voltage": voltage,
        "current_density": current_density,
        "width": width,
        "until": end,
        "at": None if at is None else list(at),
        "rise_time": rise_time,
        "fall_time": fall_time,
        **solved,
        "dead_ends": dead_ends,
        "runaway_rise": runaway_rise,
        "rtol": rtol,
    }
    return record.result(inputs, outcome, {"heating_ends": min(width, end)}, begun)


@dataclass
class _Record:
    """What is kept of a run.

    Args:
        run: the pixel made ready.
        wanted: (n,), [s]; None for every accepted step.
    """

    run: SectionRun
    wanted: Array | None
    times: list[float] = field(default_factory=list)
    rises: list[Array] = field(default_factory=list)
    kept: list[Array] = field(default_factory=list)
    counts: StepCounts = field(default_factory=StepCounts)

    def __post_init__(self) -> None:
        self.ledger = SectionLedger(self.run.problem)
        self.last = self.run.problem.heat.rest()

    def follow(
        self,
        drive: Pulse,
        *,
        until: float,
        rtol: float,
        runaway_rise: float,
        progress: Callable[[float], None] | None,
    ) -> str:
        """Step to the end, or to a runaway; return the outcome."""
        problem = self.run.problem
        if self.wanted is not None and (np.any(np.diff(self.wanted) <= 0) or self.wanted[-1] > until * (1 + 1e-12)):
            raise InputError(f"at: times must rise and end by until = {until:g} s, got {self.wanted[-1]:g} s last")
        space, cells = self.run.heat.space, self.run.heat.domain.cells("emitter")
        steps = march(
            problem,
            problem.heat.rest(),
            drive,
            until=until,
            rtol=rtol,
            base_step=base_step(drive, until, self.wanted),
            counts=self.counts,
            progress=progress,
        )
        for step in steps:
            start, middle, end = problem.stages[0], problem.stages[-2], problem.stages[-1]
            self.ledger.enter(step)
            self._keep(step, [_values(power) for power in (start, middle, end)])
            self.last = step.u2
            rise = space.at_points(step.u2)[cells]
            if rise.max() > runaway_rise:
                r = float(space.points()[0][cells].ravel()[rise.argmax()])
                return f"thermal runaway at t={step.stop:.4g} s, r={r:.3g} m"
        return "completed"

    def _keep(self, step: Step, values: list[Array]) -> None:
        if self.wanted is None:
            if not self.times:
                self._add(0.0, step.u0, values[0])
            self._add(step.stop, step.u2, values[2])
            return
        through = replace(step, u0=values[0], u1=values[1], u2=values[2])
        first = not self.times and step.start == 0.0
        for time in self.wanted[(self.wanted > step.start) & (self.wanted <= step.stop) | (first & (self.wanted == 0))]:
            at_end = time == step.stop
            self._add(
                float(time),
                step.u2 if at_end else step.at(float(time)),
                values[2] if at_end else through.at(float(time)),
            )

    def _add(self, time: float, rise: Array, values: Array) -> None:
        self.times.append(time)
        self.rises.append(rise)
        self.kept.append(values)

    def result(self, inputs: dict[str, Any], outcome: str, attributes: dict[str, Any], begun: float) -> Result:
        """All of it."""
        run, problem = self.run, self.run.problem
        kept, times, rises = np.array(self.kept), np.array(self.times), np.array(self.rises)
        named = dict(zip(_SCALARS, kept[:, : len(_SCALARS)].T, strict=True))
        current, volts = np.split(kept[:, len(_SCALARS) :], 2, axis=1)
        area, density = float(run.areas.sum()), current / run.areas
        heat = named["layer_power"] + named["sheet_power"] + named["lead_power"]
        plain = heat_series(run.heat, times, rises, heat / area, attributes)
        centre = np.where(density[:, 0] != 0, density[:, 0], 1.0)
        ratio = np.where(density[:, 0] != 0, density[:, -1] / centre, 1.0)
        warm = run.heat.pixel.ambient_temperature + rises @ run.profile
        variables = {
            **{name: over_time(named[name], unit, title) for name, (unit, title) in _SCALARS.items()},
            "current": over_time(current.sum(axis=1), "A", "current"),
            "mean_current_density": over_time(current.sum(axis=1) / area, "A/m2", "mean current density"),
            "edge_to_centre": over_time(ratio, "1", "current at the rim over that on axis"),
            "current_density": Variable(("time", "r"), density, "A/m2", "current density"),
            "local_voltage": Variable(("time", "r"), volts, "V", "voltage across the layers"),
            "temperature_profile": Variable(("time", "r"), warm, "K", "emitter temperature"),
        }
        coordinates = {"r": Variable(("r",), run.radii, "m", "distance from the axis")}
        series = Series({**plain.variables, **variables}, {**plain.coordinates, **coordinates}, plain.attributes)
        stored = problem.heat.stored(self.last) * run.heat.domain.kind.volume_unit
        balance = Balance("energy [J]", self.ledger.supplied, stored, self.ledger.removed + self.ledger.light)
        dofs = run.heat.space.dofs + problem.carriers.space.u.size
        cost = Cost(dofs, self.counts.accepted, problem.carriers.solves, perf_counter() - begun)
        found = heat_result(run.heat, "electrothermal_section", inputs, series, rises, balance, cost)
        top = np.unravel_index(volts.argmax(), volts.shape)
        said = run.of_dead_ends(float(volts[top]), float(warm[top]))
        return replace(found, outcome=outcome, warnings=(*found.warnings, *run.notes, *said))


_SCALARS = {
    "voltage": ("V", "voltage"),
    "layer_power": ("W", "heat of the layers"),
    "sheet_power": ("W", "heat of the sheets above the opening"),
    "lead_power": ("W", "heat of the sheets beyond the opening"),
    "light_power": ("W", "light that leaves"),
}


def _values(power: SectionPower) -> Array:
    """The scalars of a power, then current and voltage of every ring."""
    layers = float(power.cells.sum() + sum(face.sum() for face in power.faces))
    scalars = [power.voltage, layers, float(power.sheet.sum()), power.lead, power.light]
    return np.concatenate([scalars, power.current, power.local_voltage])
