"""Ions: a step over twelve decades, a sweep up and down, and pulses between stored states."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from benchmarks.carriers import three_layers
from benchmarks.random_ions import ion_outcome
from benchmarks.row import Row, median_seconds
from femled.device import Column
from femled.experiments.frozen_pulse import FrozenPulses
from femled.experiments.hysteresis import hysteresis
from femled.experiments.ion_step import ion_step
from femled.experiments.jv import jv, relax_ions
from femled.result import Result

CELLS = 50
"""A layer: 150 in all."""

PULSES = 200


def with_ions() -> Column:
    """The three layers of the carrier rows with vacancies of 5e24 1/m3 and 1e-15 m2/s."""
    column = three_layers()
    layers = list(column.layers)
    ions = tuple(ion.replace(diffusivity=1e-15) for ion in column.semiconductors[1].ions)
    layers[1] = layers[1].replace(material=column.semiconductors[1].replace(ions=ions))
    return column.replace(layers=tuple(layers))


def step() -> Iterable[Row]:
    """The whole call: mesh, forms, rest at 0 V, and 1 ns to 1000 s after a step to 3 V."""
    column, times = with_ions(), np.logspace(-9, 3, 25)

    def run(at: np.ndarray | None, mesh: str | int = CELLS, carriers: bool | str = "quasi-static") -> Result:
        return ion_step(column, after=3.0, at=at, carriers=carriers, mesh=mesh)

    exact, ours = run(times, "fine"), run(times)
    away = {
        name: float(np.abs(ours.series[name] / exact.series[name] - 1).max())
        for name in ("current_density", "mean_field", "net_ion_charges")
    }
    count = run(None).cost
    seconds = median_seconds(lambda: run(None))
    dynamic = median_seconds(lambda: run(None, carriers=True), repeats=3)
    accuracy = (
        f"150 cells, {count.steps} steps, {count.factorisations} Newton steps; within "
        f"{away['current_density']:.1e} (J), {away['mean_field']:.1e} (field), {away['net_ion_charges']:.1e} (charge) "
        f"of 1200 cells and a thirtieth of the step error; quasi-static carriers, dynamic ones take {dynamic:.2f} s"
    )
    yield Row("ions/step", seconds, "s", accuracy)


def sweep() -> Iterable[Row]:
    """0 to 4 V and back at 10 V/s, 50 voltages each way."""
    column = with_ions()

    def run(mesh: str | int) -> Result:
        return hysteresis(column, rate=10.0, high=4.0, points=51, carriers="quasi-static", mesh=mesh)

    exact, ours = run("fine"), run(CELLS)
    flows = np.abs(exact.series["conduction_current_density"]) > 1e-2
    ratio = ours.series["conduction_current_density"] / exact.series["conduction_current_density"]
    index = float(ours.series["hysteresis_index"][0] - exact.series["hysteresis_index"][0])
    seconds = median_seconds(lambda: run(CELLS), repeats=5)
    accuracy = (
        f"150 cells, 102 voltages, {ours.cost.steps} steps, {ours.cost.factorisations} Newton steps; within "
        f"{np.abs(ratio - 1)[flows].max():.1e} above 1e-2 A/m2, index by {abs(index):.1e}, of 1200 cells and a "
        "thirtieth of the step error"
    )
    yield Row("ions/hysteresis", seconds, "s", accuracy)


def frozen() -> Iterable[Row]:
    """A pulse whose carriers were there before, ions unmoved; beside it ions that drift to another state on the way."""
    column, voltage = with_ions(), 4.0
    start, end = (relax_ions(column, voltage=bias, mesh=CELLS) for bias in (0.0, 2.0))
    pulses = FrozenPulses(column, ions=start, mesh=CELLS)
    exact = jv(column, voltages=[voltage], ions=start, mesh=CELLS).series["current_density"][0]
    away = abs(pulses.pulse(voltage).current_density / exact - 1)
    fine = jv(column, voltages=[voltage], ions=relax_ions(column, voltage=0.0, mesh="fine"), mesh="fine")
    mesh = abs(exact / fine.series["current_density"][0] - 1)
    seconds = median_seconds(lambda: [pulses.pulse(voltage) for _ in range(PULSES)], repeats=5) / PULSES
    states = [
        replace(
            start, ion_density={key: c + share * (end.ion_density[key] - c) for key, c in start.ion_density.items()}
        )
        for share in np.linspace(0.0, 1.0, PULSES)
    ]

    def drift() -> None:
        for state in states:
            pulses.drift(state)
            pulses.pulse(voltage)

    drifting = median_seconds(drift, repeats=3) / PULSES
    accuracy = (
        f"150 cells, a pulse; within {away:.1e} of jv with frozen ions, {mesh:.1e} of 1200 cells; with ions that drift "
        f"between pulses {drifting:.2e} s"
    )
    yield Row("train/frozen", seconds, "s", accuracy)


def random() -> Iterable[Row]:
    """Ions drawn at random: rest, step, turn-off in 1 us, recovery to 1000 s."""
    count = 40
    outcomes = [ion_outcome(seed, CELLS) for seed in range(count)]
    done = [one for one in outcomes if one.converged]
    lost, error = max(one.lost for one in done), max(one.error for one in done)
    steps, iterations = (float(np.median([getattr(one, name) for one in done])) for name in ("steps", "iterations"))
    accuracy = (
        f"150 cells; {len(done)} of {count} converged, {steps:.0f} steps and {iterations:.0f} Newton steps; ions kept "
        f"to {lost:.0e}, currents at both contacts equal to {error:.0e}"
    )
    yield Row("ions/random", float(np.median([one.seconds for one in done])), "s per case", accuracy)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {
    "ions/step": step,
    "ions/hysteresis": sweep,
    "train/frozen": frozen,
}
REST: dict[str, Callable[[], Iterable[Row]]] = {"ions/random": random}
