"""Heat: a pulse beside scikit-fem, pulse trains through the reduced model, and growth with the mesh."""

from collections.abc import Callable, Iterable
from dataclasses import replace as replaced
from time import perf_counter

import numpy as np

from benchmarks.row import Row, beside, interleaved, median_seconds
from benchmarks.scikit_fem_heat import arrays, solve
from femled.device import load_pixel
from femled.domain.grading import resolution
from femled.drive import Pulse, PulseTrain
from femled.experiments.heat_limits import heat_limits
from femled.experiments.heat_pulse import heat_pulse
from femled.experiments.heat_run import HeatRun, run_transient
from femled.experiments.heat_train import heat_train
from femled.solve.reduced import reduce_heat
from femled.solve.stepping import StepCounts, march
from femled.units import um, us

POWER = 1e7
PULSE = Pulse(amplitude=POWER, width=2 * us)
REFERENCE = {2e-6: 7.20880600, 22e-6: 1.09104370}
"""[K] mean emitter rise of kim2018 at 1 kW/cm2, from degree-6 elements and from Bessel modes (tests/data)."""


def _fresh(pixel, level="default"):
    """A pixel on a mesh that is already there: what is timed is assembly, factorisation and stepping."""
    run = HeatRun.prepare(pixel, level, linear=True)
    return lambda: HeatRun(pixel, run.domain, linear=True), run


def kim2018() -> Iterable[Row]:
    pixel = load_pixel("kim2018")
    fresh, run = _fresh(pixel)
    outcome = {}

    def ours():
        made = fresh()
        times, rises, _, cost = run_transient(
            made, PULSE, until=22 * us, at=[2 * us, 22 * us], rtol=2e-4, progress=None
        )
        outcome.update(run=made, rises=rises, cost=cost, times=times)

    ours()
    counts = StepCounts()
    zero = np.zeros(outcome["run"].space.owned)
    steps = list(march(outcome["run"].problem, zero, PULSE, until=22 * us, rtol=2e-4, base_step=1e-8, counts=counts))
    pulse = [s.stop - s.start for s in steps if s.stop <= 2 * us * (1 + 1e-9)]
    decay = [s.stop - s.start for s in steps if s.start >= 2 * us * (1 - 1e-9)]
    thickness = pixel.layer("mapbi3").thickness
    section = arrays(run.domain, pixel.ambient_temperature)
    found = []
    mine, theirs = interleaved(ours, lambda: found.append(solve(section, POWER, thickness, pulse, decay)))
    mesh = outcome["run"].field_mesh
    means = mesh.mean(outcome["rises"], "emitter")
    errors = [abs(mean / REFERENCE[float(t)] - 1) for mean, t in zip(means, outcome["times"], strict=True)]
    cost = outcome["cost"]
    agreement = abs(found[-1] / means[-1] - 1)
    accuracy = (
        f"{cost.dofs} dofs, {cost.steps} steps, {cost.factorisations} factorisations; within {max(errors):.1e} "
        f"of the reference at 2 and 22 us; peer agrees to {agreement:.0e}"
    )
    yield beside("heat/kim2018", mine, accuracy, "scikit-fem + SuperLU, same mesh and steps", theirs)


def train() -> Iterable[Row]:
    pixel = load_pixel("kim2018")
    _, run = _fresh(pixel)
    begun = perf_counter()
    model = reduce_heat(run.problem, run.emitter_mean)
    setup = perf_counter() - begun
    long = PulseTrain(pulse=PULSE, period=100 * us, count=100_000)
    ends = 100 * us * np.arange(long.count) + 2 * us
    seconds = median_seconds(lambda: model.response(long, ends))
    short = PulseTrain(pulse=PULSE, period=20 * us, count=20)
    at = np.sort(np.concatenate([20 * us * np.arange(20) + 2 * us, 20 * us * np.arange(1, 20)]))
    times, rises, _, cost = run_transient(
        run, short, until=400 * us, at=at.tolist(), rtol=2e-4, progress=None, projected=False
    )
    stepped = run.field_mesh.mean(rises, "emitter")
    off = np.max(np.abs(model.response(short, times) / stepped - 1))
    result = heat_train(pixel, long).data
    settled = abs(float(result["last_period_mean_rise"] / result["steady_mean_rise"]) - 1)
    accuracy = (
        f"set-up {setup:.3f} s; within {off:.1e} of full stepping over 20 pulses ({cost.solve_seconds:.2f} s); last of "
        f"1e5 periods within {settled:.1e} of the steady state at mean power"
    )
    yield Row("heat/train", seconds, "s", accuracy)


def growth() -> Iterable[Row]:
    pixel, base = load_pixel("kim2018"), resolution("default")
    sizes, seconds = [], []
    for refine in (1.5, 0.8, 0.45, 0.25, 0.15, 0.1):
        level = replaced(
            base,
            axial_ratio=1 + refine,
            outer_ratio=1 + refine,
            inner_ratio=1 + 1.5 * refine,
            axial=refine * 0.1 * um,
            radial=refine * 0.25 * um,
            film=refine * 0.15 * um,
        )
        fresh, _ = _fresh(pixel, level)
        best = []
        for _ in range(3):
            _, _, _, cost = run_transient(fresh(), PULSE, until=22 * us, at=[22 * us], rtol=2e-4, progress=None)
            best.append(cost.solve_seconds / cost.steps)
        sizes.append(cost.dofs)
        seconds.append(min(best))
    exponent = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    listed = ", ".join(f"{n}: {t:.2e} s" for n, t in zip(sizes, seconds, strict=True))
    yield Row("heat/growth", float(exponent), "exponent of cost against dofs", f"budget 1.25; per step at {listed}")


def limits() -> Iterable[Row]:
    """The whole of `femled heat-limits kim2018` but the start of Python: voltages, light, mesh, transient, map."""
    pixel = load_pixel("kim2018")
    runs = []
    seconds = median_seconds(lambda: runs.append(heat_limits(pixel)), repeats=3)
    data, errors = runs[-1].series, []
    for i, j in ((0, 0), (10, 5), (14, 11), (10, 19), (19, 3)):
        voltage, width = float(data["voltage"][i]), float(data["width"][j])
        drive = {"voltage": voltage, "wall_plug_efficiency": float(data["wall_plug_efficiency"][i])}
        drive |= {"current_density": float(data["current_density"][i]), "width": width, "until": width, "at": [width]}
        alone = heat_pulse(pixel, **drive).series["emitter_peak_temperature"][-1] - pixel.ambient_temperature
        errors.append(abs((data["peak_temperature"][0, i, j] - pixel.ambient_temperature) / alone - 1))
    cost, shape = runs[-1].cost, " x ".join(map(str, data["peak_temperature"].shape))
    accuracy = (
        f"budget 20 s; {shape} variants, currents and widths, one process; "
        f"{cost.solve_seconds:.3f} s of it for heat, the rest for the voltages; {len(errors)} points within "
        f"{max(errors):.0e} of heat_pulse"
    )
    yield Row("heat/limits", seconds, "s", accuracy)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {
    "heat/kim2018": kim2018,
    "heat/train": train,
    "heat/growth": growth,
    "heat/limits": limits,
}
REST: dict[str, Callable[[], Iterable[Row]]] = {}
