"""A coupled pulse stepped through: states at the times asked for, energy by two routes, and where it runs away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost
from femled.drive import Drive
from femled.errors import ConvergenceError, InputError
from femled.experiments.electrothermal_run import ElectrothermalRun
from femled.experiments.heat_run import base_step
from femled.solve.electrothermal import Electrothermal, Instant
from femled.solve.heat_outflow import HeatOutflow
from femled.solve.stepping import D, Step, StepCounts, StepTooLongError, W, march

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Marched:
    """What a coupled pulse left behind.

    Args:
        times: (n,), [s].
        rises: (n, nodes), [K] of the whole section.
        instants: the electrical side at those times.
        outcome: "completed" or how it ran away.
        balance: electrical energy against heat and light.
        cost: of the run.
    """

    times: Array
    rises: Array
    instants: list[Instant]
    outcome: str
    balance: Balance
    cost: Cost


@dataclass
class _Ledger:
    """Energy in and out, [J], with the weights of the method.

    Args:
        problem: what is stepped.
    """

    problem: Electrothermal
    supplied: float = 0.0
    light: float = 0.0

    def __post_init__(self) -> None:
        self._outflow = HeatOutflow(self.problem.heat)

    @property
    def removed(self) -> float:
        """[J] of heat that has left through the faces."""
        return self._outflow.total * 1e-18

    def enter(self, step: Step) -> None:
        """Add one accepted step."""
        h = step.stop - step.start
        for weight, v in ((W, step.u0), (W, step.u1), (D, step.u2)):
            instant = self.problem.at(v)
            self.supplied += h * weight * float(instant.y[-1] * instant.y[-2])
            self.light += h * weight * instant.power.light
        self._outflow.enter(h, self.problem.rise(step.u1), self.problem.rise(step.u2))


@dataclass
class _Kept:
    """States at the times asked for."""

    run: ElectrothermalRun
    times: list[float] = field(default_factory=list)
    states: list[Array] = field(default_factory=list)
    instants: list[Instant] = field(default_factory=list)

    def add(self, time: float, state: Array) -> None:
        """Keep one, with its electrical side."""
        self.times.append(time)
        self.states.append(state)
        self.instants.append(self.run.problem.at(state))

    def rises(self) -> Array:
        """(n, nodes), [K]."""
        problem = self.run.problem
        return np.array([self.run.heat.gathered(problem.rise(state)) for state in self.states])


def run_pulse(
    run: ElectrothermalRun,
    drive: Drive,
    *,
    until: float,
    at: Sequence[float] | None,
    rtol: float,
    runaway_rise: float,
    progress: Callable[[float], None] | None,
) -> Marched:
    """Step a drive to its end, or until the emitter is too hot.

    Args:
        run: the pixel made ready.
        drive: of its source.
        until: [s] end.
        at: (n,), [s] times to keep, rising; t = 0 and every accepted step if not given.
        rtol: of the steps.
        runaway_rise: [K] rise anywhere in the emitter at which to stop.
        progress: called with the time after each step.

    Raises:
        InputError: times that fall, or a law asked where it is not known.
        ConvergenceError: the solver failed without running away.
    """
    wanted = None if at is None else np.array(at, dtype=np.float64)
    if wanted is not None and (np.any(np.diff(wanted) <= 0) or wanted[-1] > until * (1 + 1e-12)):
        raise InputError(f"at: times must rise and end by until = {until:g} s, got {wanted[-1]:g} s last")
    wanted = None if wanted is None else np.minimum(wanted, until)  # 2000 * ns is 2 us but for round-off
    problem, counts, kept = run.problem, StepCounts(), _Kept(run)
    begun, ledger, outcome = perf_counter(), _Ledger(run.problem), "completed"
    last, first = problem.rest(), base_step(drive, until, wanted)
    steps = march(problem, last, drive, until=until, rtol=rtol, base_step=first, counts=counts, progress=progress)
    hottest = _Hottest(run, runaway_rise)
    try:
        for step in steps:
            _check(problem, step)
            if step.start == 0.0 and (wanted is None or wanted[0] == 0.0):
                kept.add(0.0, step.u0)
            crossing = hottest.crossing(step)
            end = step.stop if crossing is None else crossing
            if wanted is None:
                kept.add(end, step.u2 if crossing is None else step.at(end))
            else:
                for time in wanted[(wanted > step.start) & (wanted <= end)]:
                    kept.add(float(time), step.u2 if time == step.stop else step.at(float(time)))
            if crossing is not None:
                outcome = hottest.outcome(step, crossing)
                break
            ledger.enter(step)
            last = step.u2
    except StepTooLongError as error:
        raise ConvergenceError(
            time=kept.times[-1] if kept.times else 0.0,
            step=error.step,
            block=error.block,
            reason=error.reason,
            advice=error.advice,
        ) from None
    cost = Cost(
        run.heat.space.dofs + problem.sheet.size,
        counts.accepted,
        problem.factorisations,
        perf_counter() - begun,
    )
    stored = problem.heat.stored(problem.rise(last)) * 1e-18 + problem.sheet.charging_energy(problem.split(last)[1])
    balance = Balance("energy [J]", ledger.supplied, stored, ledger.removed + ledger.light)
    return Marched(np.array(kept.times), kept.rises(), kept.instants, outcome, balance, cost)


def _check(problem: Electrothermal, step: Step) -> None:
    """Refuse a law that was asked outside its range; what the pulse leaves behind at 0 V is inside every one."""
    instant = problem.at(step.u2)
    temperature = problem.heat.space.ambient + instant.rise
    problem.law.check(problem.sheet.voltage(instant.y), temperature)


class _Hottest:
    """When and where the emitter becomes too hot.

    Args:
        run: the pixel made ready.
        limit: [K] rise.
    """

    def __init__(self, run: ElectrothermalRun, limit: float) -> None:
        self._run, self._limit = run, limit
        self._cells = run.heat.domain.cells("emitter")

    def _rises(self, state: Array) -> Array:
        """(cells, points), [K] in the emitter."""
        return np.asarray(self._run.heat.space.at_points(self._run.problem.rise(state))[self._cells])

    def crossing(self, step: Step) -> float | None:
        """[s] when the limit is passed in a step; None if it is not."""
        if self._rises(step.u2).max() <= self._limit:
            return None
        low, high = step.start, step.stop
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if self._rises(step.at(middle)).max() > self._limit else (middle, high)
        return high

    def outcome(self, step: Step, time: float) -> str:
        """In words."""
        rises = self._rises(step.at(time))
        radii, _ = self._run.heat.space.points()
        r = float(radii[self._cells].ravel()[rises.argmax()])
        return f"thermal runaway at t={time:.4g} s, r={r:.3g} m"
