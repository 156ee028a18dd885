"""Orders of convergence at device scale: micrometres of glass, microseconds, W/m3."""

from collections.abc import Callable
from typing import Any

import numpy as np

from femled import Layer, Pixel, Plate, Pulse, load_material, load_pixel
from femled.domain.grading import Resolution
from femled.experiments.heat_run import HeatRun
from femled.solve.heat_linear import LinearHeat
from femled.solve.stepping import StepCounts, march
from femled.units import kW_cm2, ns, um, us


def order(sizes: list[float], error: Callable[[float], float]) -> float:
    """Slope of log error against log size."""
    return float(np.polyfit(np.log(sizes), np.log([error(size) for size in sizes]), 1)[0])


def block() -> Pixel:
    """A cylinder of glass, R = 40 um, H = 20 um, cold at its base and insulated elsewhere; its films are glass too."""
    films = tuple(Layer(name=name, thickness=2 * um, material="glass") for name in ("below", "film", "above"))
    return Pixel(
        name="block",
        diameter=20 * um,
        outer_radius=40 * um,
        substrate=Plate(material="glass", thickness=14 * um),
        layers=films,
        emitter="film",
        anode="below",
        cathode="above",
    )


def order_in_space() -> float:
    """L2 norm of the error of T = sin(pi z/2H) (1 + cos(pi r/R))/2 [K], the source made to fit; uniform quadrilaterals.

    Q = kappa [(pi/2H)^2 T + sin(pi z/2H) ((pi/R)^2 cos(pi r/R) + (pi/R) sin(pi r/R)/r)/2]
    """
    pixel, H, R = block(), 20 * um, 40 * um
    kappa = float(load_material("glass").axial_conductivity.at(295.0))

    def error(h: float) -> float:
        level = Resolution(h, 1.0, h, 1.0, 1.0, 1.0, film=h)
        space = HeatRun.prepare(pixel, level, linear=True).space
        nodes = space.space.tabulate_dof_coordinates()[: space.owned]
        r, z = (space.at_points(nodes[:, axis].copy()) * um for axis in (0, 1))
        exact = np.sin(np.pi * z / (2 * H)) * (1 + np.cos(np.pi * r / R)) / 2
        around = (np.pi / R) ** 2 * np.cos(np.pi * r / R) + np.pi / R * np.sin(np.pi * r / R) / r
        source = kappa * ((np.pi / (2 * H)) ** 2 * exact + np.sin(np.pi * z / (2 * H)) * around / 2)
        computed = space.at_points(LinearHeat(space, source).steady(1.0))
        weights = space.point_weights()
        return float(np.sqrt((weights * (computed - exact) ** 2).sum() / (weights * exact**2).sum()))

    return order([2 * um, 1 * um, 0.5 * um, 0.25 * um], error)


class SteppedEvenly(LinearHeat):
    """Heat conduction that reports a local error of exactly the tolerance, so that every step keeps the base size."""

    def size(self, u: Any) -> float:
        return 1.0


def order_in_time() -> float:
    """Mean rise of kim2018 at the end of a 2 us pulse, against steps of 5 ns."""
    pixel = load_pixel("kim2018")
    run = HeatRun.prepare(pixel, "coarse", linear=True)
    source = run.space.indicator("emitter") / pixel.layer(pixel.emitter).thickness

    def rise(step: float) -> float:
        problem, counts = SteppedEvenly(run.space, source), StepCounts()
        drive, start = Pulse(amplitude=1 * kW_cm2, width=2 * us), np.zeros(run.space.owned)
        for taken in march(problem, start, drive, until=2 * us, rtol=1.0, base_step=step, counts=counts):
            end = taken.u2
        assert counts.accepted == round(2 * us / step)
        return float(run.emitter_mean @ end)

    best = rise(5 * ns)
    return order([200 * ns, 100 * ns, 50 * ns], lambda step: abs(rise(step) - best))
