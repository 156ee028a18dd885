"""The rise of the emitter while constant power lasts, at many powers: what every shorter pulse ends with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.drive import Pulse
from femled.experiments.heat_run import HeatRun, run_transient
from femled.solve.heat_linear import LinearHeat

Array = NDArray[np.float64]

UNIT_POWER = 1e7
"""[W/m2] Power of the one run that stands for all where properties are constant."""

INTERPOLATED = 5e-4
"""Where properties follow the temperature: largest error, relative to the rise, of a power at which two runs are
interpolated, measured by a third run between them. What lies between is then taken from all three."""


@dataclass(frozen=True)
class HeatHistories:
    """Rises of one pixel over power and time.

    Args:
        peak: (powers, times), [K] at interior quadrature points of the emitter.
        mean: (powers, times), [K] over the emitter.
        known: (powers, times) False where a run had ended because it was too hot.
        runs: number of transients behind it.
        interpolation_error: [1] largest that was measured between runs; 0 where nothing is interpolated.
        energy_defect: [1] largest share of the heat that a run does not account for.
        dofs: unknowns of the mesh.
        steps: of all runs.
        factorisations: of all runs.
        solve_seconds: [s] of all runs.
    """

    peak: Array
    mean: Array
    known: NDArray[np.bool_]
    runs: int
    interpolation_error: float
    energy_defect: float
    dofs: int
    steps: int
    factorisations: int
    solve_seconds: float


@dataclass(frozen=True)
class _History:
    """(times,) Peak and mean rise [K] at one power, as far as the run went, and what it cost."""

    power: float
    peak: Array
    mean: Array
    known: NDArray[np.bool_]
    defect: float
    cost: Any

    @property
    def per_power(self) -> Array:
        """(2, times), [K m2/W]."""
        return np.array([self.peak, self.mean]) / self.power


def heat_histories(
    run: HeatRun, powers: Array, times: Array, *, rtol: float, highest_rise: float
) -> tuple[HeatHistories, tuple[str, ...]]:
    """Rises at the end of pulses of many powers and widths.

    T(t) of constant power does not know when the pulse will end: one transient serves all widths. Where properties are
    constant the rise is proportional to the power, and one transient serves all powers.

    Args:
        run: the pixel made ready.
        powers: (n,), [W/m2] heat per area of the opening.
        times: (m,), [s] rising.
        rtol: of the steps.
        highest_rise: [K] of the peak up to which rises are kept.

    Returns:
        the rises, and what has to be said of them.
    """

    def solve(power: float, stop: float = np.inf) -> _History:
        drive, until = Pulse(amplitude=power, width=float(times[-1])), float(times[-1])
        reached, rises, balance, cost = run_transient(
            run, drive, until=until, at=times.tolist(), rtol=rtol, progress=None, highest_rise=stop
        )
        peak, mean, count = np.zeros(len(times)), np.zeros(len(times)), len(reached)
        if count:
            peak[:count], mean[:count] = run.field_mesh.peak(rises, "emitter")[0], run.field_mesh.mean(rises, "emitter")
        known = (np.arange(len(times)) < count) & (peak <= stop)
        return _History(power, peak, mean, known, abs(balance.defect), cost)

    if isinstance(run.problem, LinearHeat):
        one = solve(UNIT_POWER)
        peak, mean = (np.multiply.outer(powers, part) for part in one.per_power)
        known = peak <= highest_rise
        solved, error = [one], 0.0
    else:
        found, error = _at_powers(lambda power: solve(power, highest_rise), powers)
        peak, mean = (np.array([getattr(one, name) for one in found]) for name in ("peak", "mean"))
        known = np.array([one.known for one in found])
        solved = [one for one in found if one.cost is not None]
    costs = [one.cost for one in solved]
    rises = HeatHistories(
        peak=peak,
        mean=mean,
        known=known,
        runs=len(solved),
        interpolation_error=error,
        energy_defect=max(one.defect for one in solved),
        dofs=costs[0].dofs,
        steps=sum(cost.steps for cost in costs),
        factorisations=sum(cost.factorisations for cost in costs),
        solve_seconds=sum(cost.solve_seconds for cost in costs),
    )
    return rises, run.warnings(float(peak[known].max(initial=0.0)))


def _at_powers(solve: Any, powers: Array) -> tuple[list[_History], float]:
    """Histories at rising or falling powers: those that are needed are run, the others interpolated between them.

    The rise over the power is smooth and nearly constant. An interval is halved by a run in its middle until the run
    confirms what the ends predicted, at every time.

    Returns:
        as many as powers, without a cost where interpolated; the largest error that was measured and accepted.
    """
    order = np.argsort(powers)
    rising, last, worst = powers[order], len(powers) - 1, 0.0
    found = {place: solve(float(rising[place])) for place in {0, last}}
    pending = [(0, last)]
    while pending:
        low, high = pending.pop()
        if high - low < 2:
            continue
        halfway = (rising[low] + rising[high]) / 2
        middle = low + 1 + int(np.abs(rising[low + 1 : high] - halfway).argmin())
        found[middle] = solve(float(rising[middle]))
        error = _error(found[low], found[middle], found[high])
        if error > INTERPOLATED:
            pending += [(low, middle), (middle, high)]
            continue
        worst = max(worst, error)
        for start, stop in ((low, middle), (middle, high)):
            for place in range(start + 1, stop):
                found[place] = _between(found[start], found[stop], float(rising[place]))
    places = np.empty(len(powers), dtype=int)
    places[order] = np.arange(len(powers))
    return [found[int(place)] for place in places], worst


def _between(low: _History, high: _History, power: float) -> _History:
    """Rise over power, linear in power."""
    share = (power - low.power) / (high.power - low.power) if high.power > low.power else 0.0
    peak, mean = power * ((1 - share) * low.per_power + share * high.per_power)
    return _History(power, peak, mean, low.known & high.known, 0.0, None)


def _error(low: _History, middle: _History, high: _History) -> float:
    """Largest relative error of what the ends predict for the middle; infinite where an end says nothing."""
    guess = _between(low, high, middle.power)
    known = guess.known & middle.known
    if np.any(middle.known & ~known):
        return float("inf")
    errors = np.abs(guess.per_power / middle.per_power - 1)[:, known]
    return float(errors.max(initial=0.0))
