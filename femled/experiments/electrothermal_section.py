"""The reference model of a heated pixel: drift-diffusion in its section, with the temperature of the whole pixel."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost
from femled.constants import PLANCK, SPEED_OF_LIGHT
from femled.device import Pixel
from femled.domain.column_mesh import MeshLevel
from femled.drive import Pulse
from femled.errors import InputError
from femled.experiments.experiment import PYTHON_ONLY, Times, experiment
from femled.experiments.heat_pulse import Duration, Tolerance
from femled.experiments.heat_run import BASE_STEP, ResolutionLevel, heat_result, heat_series
from femled.experiments.section_run import SectionRun
from femled.frozen import CurrentDensity, Fraction, Quantity, Voltage
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.section_carriers import SectionPower
from femled.solve.section_heat import SectionLedger
from femled.solve.stepping import Step, StepCounts, march

Array = NDArray[np.float64]

Rise = Annotated[float, Quantity("K", 1e-3, 1e4)]
SheetResistance = Annotated[float, Quantity("ohm", 0.0, 1e9)]
Radius = Annotated[float, Quantity("m", 1e-9, 1e-2)]
Shares = Annotated[Mapping[str, float] | None, PYTHON_ONLY]

AFTER = 5.0
"""Widths after which a run ends that was given no end."""


@experiment
def electrothermal_section(
    pixel: Pixel,
    *,
    voltage: Voltage | None = None,
    current_density: CurrentDensity | None = None,
    width: Duration,
    until: Duration | None = None,
    at: Times | None = None,
    sheet_resistance: SheetResistance = 0.0,
    electrodes: Shares = None,
    feed_radius: Radius = 300e-6,
    outcoupling: Fraction = 0.0,
    ions: bool = True,
    linear: bool = False,
    runaway_rise: Rise = 300.0,
    resolution: ResolutionLevel = "default",
    radial_cells: int = 32,
    mesh: MeshLevel = 20,
    rtol: Tolerance = 2e-4,
    progress: Callable[[float], None] | None = None,
) -> Result:
    """A rectangular electrical pulse through a pixel, with carriers and temperature solved for in r and z.

    The equations of `jv` in the layers inside the opening, at the temperature of every cell; heat of `carrier_heat`,
    cell by cell, and of the electrodes, in the heat conduction of the whole pixel. Carriers are in their steady state
    at every instant and ions where they rest at 0 V. What `electrothermal_pulse` approximates is solved here; it
    takes a hundred times as long.

    Args:
        pixel: the device, planar.
        voltage: [V] at the feed radius; this or the current density.
        current_density: [A/m2] mean over the opening.
        width: [s] of the pulse.
        until: [s] end of the run; five widths if not given.
        at: (n,), [s] times to report, rising; t = 0 and every accepted step if not given.
        sheet_resistance: [ohm] per square of the electrodes that resist, of both added where there are two.
        electrodes: layer -> share of it, where its heat goes; all in the anode if not given.
        feed_radius: [m] where metal meets the electrodes.
        outcoupling: [1] share of the photons that leave; each takes the energy of the emitter's peak.
        ions: whether they are there.
        linear: every thermal property at the ambient temperature.
        runaway_rise: [K] rise anywhere in the layers at which the run ends as a thermal runaway.
        resolution: of the mesh of heat, as of `heat_pulse`.
        radial_cells: of the mesh of carriers.
        mesh: of every layer along z, as of `jv`.
        rtol: [1] error of the time steps.
        progress: called with the time [s] after each step.

    Returns:
        over `time`: `current` [A], `voltage` [V] at the feed, `mean_current_density` [A/m2], `emitter_temperature`,
        `emitter_temperature_rise`, `emitter_peak_temperature` [K], `layer_power sheet_power lead_power light_power`
        [W], `edge_to_centre` [1]; over `time` and `r`: `current_density` [A/m2]; the field `temperature` [K].

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
    begun = perf_counter()
    run = SectionRun.prepare(
        pixel,
        kind="current" if voltage is None else "voltage",
        sheet_resistance=sheet_resistance,
        electrodes=electrodes or {pixel.anode: 1.0},
        feed_radius=feed_radius,
        light=_light(pixel, outcoupling),
        ions=ions,
        linear=linear,
        resolution=resolution,
        radial_cells=radial_cells,
        mesh=mesh,
    )
    record = _Record(run, None if at is None else np.array(at))
    drive = Pulse(amplitude=amplitude, width=width)
    outcome = record.follow(drive, until=end, rtol=rtol, runaway_rise=runaway_rise, progress=progress)
    inputs: dict[str, Any] = {
        "voltage": voltage,
        "current_density": current_density,
        "width": width,
        "until": end,
        "at": None if at is None else list(at),
        "sheet_resistance": sheet_resistance,
        "electrodes": dict(electrodes or {pixel.anode: 1.0}),
        "feed_radius": feed_radius,
        "outcoupling": outcoupling,
        "ions": ions,
        "linear": linear,
        "runaway_rise": runaway_rise,
        "resolution": resolution,
        "radial_cells": radial_cells,
        "mesh": mesh,
        "rtol": rtol,
    }
    return record.result(inputs, outcome, {"heating_ends": min(width, end)}, begun)


def _light(pixel: Pixel, outcoupling: float) -> float:
    """[J] that leaves with every photon made.

    Raises:
        InputError: light without a spectrum.
    """
    if outcoupling == 0.0:
        return 0.0
    material = pixel.layer(pixel.emitter).solid
    if material.emission is None:
        raise InputError(f"outcoupling: {material.name} has no emission spectrum, whose photons would leave")
    return outcoupling * PLANCK * SPEED_OF_LIGHT / material.emission.peak


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
        base_step = max(min(BASE_STEP, drive.width / 20), 1e-12)
        steps = march(
            problem,
            problem.heat.rest(),
            drive,
            until=until,
            rtol=rtol,
            base_step=base_step,
            counts=self.counts,
            progress=progress,
        )
        for step in steps:
            start, middle, end = problem.stages[0], problem.stages[-2], problem.stages[-1]
            self.ledger.enter(step)
            self._keep(step, [_values(power) for power in (start, middle, end)])
            self.last = step.u2
            rise = problem.temperature(step.u2) - self.run.heat.pixel.ambient_temperature
            if rise.max() > runaway_rise:
                r = float(problem.carriers.space.mesh.centre[rise.argmax()]) * 1e-9
                return f"thermal runaway at t={step.stop:.6g} s, r={r:.4g} m"
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
        scalars, current = kept[:, : len(_SCALARS)], kept[:, len(_SCALARS) :]
        named = dict(zip(_SCALARS, scalars.T, strict=True))
        area = float(run.areas.sum())
        heat = named["layer_power"] + named["sheet_power"] + named["lead_power"]
        plain = heat_series(run.heat, times, rises, heat / area, attributes)
        density = current / run.areas

        def over_time(values: Array, unit: str, title: str) -> Variable:
            return Variable(("time",), values, unit, title)

        variables = {
            name: over_time(named[name], "V" if name == "voltage" else "W", name.replace("_", " ")) for name in _SCALARS
        }
        total, centre = current.sum(axis=1), density[:, 0]
        variables |= {
            "current": over_time(total, "A", "current"),
            "mean_current_density": over_time(total / area, "A/m2", "mean current density"),
            "edge_to_centre": over_time(
                np.divide(density[:, -1], centre, out=np.ones_like(centre), where=centre != 0),
                "1",
                "current density at the rim over that on the axis",
            ),
            "current_density": Variable(("time", "r"), density, "A/m2", "current density"),
        }
        coordinates = {"r": Variable(("r",), run.radii, "m", "distance from the axis")}
        series = Series({**plain.variables, **variables}, {**plain.coordinates, **coordinates}, plain.attributes)
        stored = problem.heat.stored(self.last) * run.heat.domain.kind.volume_unit
        balance = Balance("energy [J]", self.ledger.supplied, stored, self.ledger.removed + self.ledger.light)
        dofs = run.heat.space.dofs + problem.carriers.space.u.size
        cost = Cost(dofs, self.counts.accepted, problem.carriers.solves, perf_counter() - begun)
        found = heat_result(run.heat, "electrothermal_section", inputs, series, rises, balance, cost)
        return replace(found, outcome=outcome)


_SCALARS = ("voltage", "layer_power", "sheet_power", "lead_power", "light_power")


def _values(power: SectionPower) -> Array:
    """The scalars of a power, then the current of every ring."""
    layers = float(power.cells.sum() + sum(face.sum() for face in power.faces))
    scalars = [power.voltage, layers, float(power.sheet.sum()), power.lead, power.light]
    return np.concatenate([scalars, power.current])
