"""Time stepping of stiff storage problems on a quantised ladder of steps that stops at every corner of the drive.

d content(u)/dt + flux(u) = load(t)

TR-BDF2 (bank1985, hosea1996) with gamma = 2 - sqrt(2): two stages with one matrix, second order, L-stable, with the
stability function of the two-stage SDIRK of the same order but second-order stages, which gives a third-order error
estimate and a dense output for free:

    C1 + d h F1 = C0 + d h (f0 + L1)                        at t + gamma h,  d = gamma/2
    C2 + d h F2 = C0 + (w/d)(C1 - C0) + d h L2              at t + h,        w = sqrt(2)/4

with C = content, F = flux, L = load, f = L - F.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.drive import Drive
from femled.errors import ConvergenceError
from femled.solve.ladder import FINEST, RUNG, Segment, quanta

Array = NDArray[np.float64]

GAMMA = 2.0 - math.sqrt(2.0)
D = GAMMA / 2
W = math.sqrt(2.0) / 4
# Differences between the weights of the method and those of the embedded third-order formula (hosea1996, eq. 11).
ERROR_WEIGHTS = (W - (1 - W) / 3, W - (3 * W + 1) / 3, D - D / 3)

SETTLED = 10
"""Base steps after a corner from which the solution is held to rtol."""

FADING = 1.5
GROWING = 1.0
"""Exponents: a local error made at tau after a corner is judged at t = SETTLED base steps. By then it has spread and
faded as (tau/t)^(3/2), while a response that starts from rest has grown at most as t/tau. Measured on the published
pixels, the mean rise is then within rtol from t on (tests/data/heat_reference.json)."""


FIRST = RUNG**6
"""Finest rungs after a corner in which the finest step is taken whatever its error, where errors do not fade: a front
that starts there grows as the square root of time, with the same relative error at every step size."""

FORGOTTEN = 1e-5
"""Share of the largest solution so far below which errors are no longer relative to the solution itself."""


class StepTooLongError(ConvergenceError):
    """A stage has no solution that can be found from where the step starts; a shorter step may have one."""


class StorageProblem(Protocol):
    """What the stepper needs to know; vectors are the owned entries of this rank."""

    forgetful: bool = True
    """Whether errors made soon after a corner fade as heat spreads; if they feed back, every step is held to rtol."""

    extrapolated: bool = False
    """Whether `solve` starts from its guess, so that a good one spares work."""

    unnoticed: float = 0.0
    """Size below which errors are no longer relative to the solution."""

    def content(self, u: Array) -> Array:
        """What is stored, tested with every shape function."""

    def load(self, amplitude: float) -> Array:
        """The load vector at an amplitude of the drive."""

    def solve(self, right: Array, dh: float, guess: Array) -> Array:
        """U with content(u) + dh flux(u) = right."""

    def solve_error(self, right: Array, dh: float) -> Array:
        """The linearised solve with the matrix of the last `solve`."""

    def size(self, u: Array) -> float | Array:
        """Mean magnitude of u where it matters, or one of every kind of unknown, the same on all ranks."""

    def share(self, size: float | Array, largest: float | Array) -> float | Array:  # noqa: ARG002  the whole
        """Of rtol to which each kind of unknown is held, by its size and the largest that it had."""
        return 1.0

    def restart(self, u: Array, rate: Array, before: float, after: float) -> tuple[Array, Array]:
        """U and its rate just after a corner of the drive."""
        return u, rate + self.load(after) - self.load(before)


@dataclass(frozen=True)
class Step:
    """One accepted step.

    Args:
        start: [s].
        stop: [s].
        u0: (owned,) at the start.
        u1: (owned,) at start + gamma (stop - start).
        u2: (owned,) at the end.
        drive: amplitudes at the three times (right limit at the start, left limit at the end).
    """

    start: float
    stop: float
    u0: Array
    u1: Array
    u2: Array
    drive: tuple[float, float, float]

    def at(self, time: float) -> Array:
        """(owned,) dense output: the parabola through the three stages, third-order accurate locally."""
        s = (time - self.start) / (self.stop - self.start)
        first = (s - GAMMA) * (s - 1.0) / GAMMA
        middle = s * (s - 1.0) / (GAMMA * (GAMMA - 1.0))
        last = s * (s - GAMMA) / (1.0 - GAMMA)
        return first * self.u0 + middle * self.u1 + last * self.u2


@dataclass
class StepCounts:
    """What the stepping cost.

    Args:
        accepted: steps kept.
        rejected: steps whose error was too large.
        steps_used: the distinct step sizes, [s].
    """

    accepted: int = 0
    rejected: int = 0
    steps_used: tuple[float, ...] = ()


def march(
    problem: StorageProblem,
    initial: Array,
    drive: Drive,
    *,
    until: float,
    rtol: float,
    base_step: float,
    counts: StepCounts,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Step]:
    """Step from t = 0 to `until`, hitting every breakpoint of the drive exactly.

    Args:
        problem: what is stepped.
        initial: (owned,) at t = 0.
        drive: amplitude of the load.
        until: [s] end.
        rtol: local error allowed in a step, relative to the current size of the solution.
        base_step: [s] first step after a breakpoint, at most.
        counts: filled in as the stepping goes.
        progress: called with the time after each step.

    Yields:
        the accepted steps in order.

    Raises:
        ConvergenceError: the step would have to become smaller than the finest rung.
    """
    corners = drive.breakpoints
    stops = np.unique(np.concatenate([corners[(corners > 0) & (corners < until * (1 - 1e-12))], [until]]))
    starts = np.concatenate([[0.0], stops[:-1]])
    state = _State(problem, initial)
    used: dict[float, None] = {}
    for start, stop, quantum in zip(starts.tolist(), stops.tolist(), quanta(stops - starts, base_step), strict=True):
        segment = Segment(start, stop, quantum, (float(drive.after(start)), float(drive.before(stop))))
        state.restart(float(drive.before(start)) if start > 0 else 0.0, segment.ends[0])
        position, rung, since = 0, FINEST, 0
        while position < segment.total:
            while RUNG**rung > segment.total - position:
                rung -= 1
            begin, end = segment.time(position), segment.time(position + RUNG**rung)
            amplitudes = (segment.amplitude(begin + GAMMA * (end - begin)), segment.amplitude(end))
            try:
                attempt = state.attempt(begin, end, segment.unit * RUNG**rung, amplitudes)
            except StepTooLongError:
                if rung == 0:
                    raise
                counts.rejected += 1
                rung, since = rung - 1, 0
                continue
            # The estimate costs a solve: it is made for two steps after a change, then for every fourth.
            estimated = since < 2 or since % 4 == 3
            error = state.error(attempt) if estimated else 0.0
            loose = max(1.0, SETTLED * base_step / (end - start)) if problem.forgetful else 1.0
            allowed = rtol * loose ** (FADING if start > 0 else FADING + GROWING)
            if error > allowed and not (rung == 0 and position < FIRST and not problem.forgetful):
                counts.rejected += 1
                rung, since = rung - 1, 0
                if rung < 0:
                    reason = f"local error {error:.2g} above {rtol:.2g}"
                    advice = "loosen rtol, or give the drive a rise time"
                    raise ConvergenceError(time=begin, step=end - begin, block="heat", reason=reason, advice=advice)
                continue
            state.accept(attempt)
            used[segment.unit * RUNG**rung] = None
            counts.accepted += 1
            counts.steps_used = tuple(used)
            position, since = position + RUNG**rung, since + 1
            yield attempt.step
            if progress is not None:
                progress(end)
            # A step four times as long has 64 times the local error while the solution is smooth.
            if since >= 3 and estimated and error * RUNG**3 < allowed:
                rung, since = rung + 1, 0


@dataclass(frozen=True)
class _Attempt:
    """A step that may be accepted, with content and rate at its end, and what its local error is estimated from."""

    step: Step
    content: Array
    rate: Array
    defect: Array
    dh: float


class _State:
    """Solution, content and rate at the current time."""

    def __init__(self, problem: StorageProblem, initial: Array) -> None:
        self.problem = problem
        self.u = initial
        self.content = problem.content(initial)
        self.rate = np.zeros_like(initial)  # f = load - flux; starts in equilibrium with the surroundings
        self.after = 0.0
        self.largest: float | Array = 0.0
        self.previous: Step | None = None

    def restart(self, before: float, after: float) -> None:
        """Pass a breakpoint."""
        self.previous = None
        self.u, self.rate = self.problem.restart(self.u, self.rate, before, after)
        self.after = after

    def attempt(self, begin: float, end: float, h: float, amplitudes: tuple[float, float]) -> _Attempt:
        """A step from the current time."""
        problem, dh = self.problem, D * h
        L1, L2 = (problem.load(a) for a in amplitudes)
        previous = self.previous if problem.extrapolated else None
        guess = self.u if previous is None else previous.at(begin + GAMMA * h)
        u1 = problem.solve(self.content + dh * (self.rate + L1), dh, guess)
        C1 = problem.content(u1)
        gained = C1 - self.content
        right = self.content + (W / D) * gained
        guess = u1 if previous is None else _continued(previous, self.u, u1, GAMMA * h, end)
        u2 = problem.solve(right + dh * L2, dh, guess)
        C2 = problem.content(u2)
        f1 = gained / dh - self.rate
        f2 = (C2 - right) / dh
        defect = h * (ERROR_WEIGHTS[0] * self.rate + ERROR_WEIGHTS[1] * f1 + ERROR_WEIGHTS[2] * f2)
        return _Attempt(Step(begin, end, self.u, u1, u2, (self.after, *amplitudes)), C2, f2, defect, dh)

    def error(self, attempt: _Attempt) -> float:
        """Local error of an attempt relative to the size of the solution."""
        size = self.problem.size(attempt.step.u2)
        self.largest = np.maximum(self.largest, size)
        scale = np.maximum(np.maximum(size, FORGOTTEN * self.largest), self.problem.unnoticed)
        wrong = self.problem.size(self.problem.solve_error(attempt.defect, attempt.dh))
        wrong = wrong / self.problem.share(size, self.largest)
        return float(np.max(np.where(scale > 0, wrong / np.where(scale > 0, scale, 1.0), 0.0)))

    def accept(self, attempt: _Attempt) -> None:
        """Move on."""
        self.content, self.rate = attempt.content, attempt.rate
        self.u, self.after, self.previous = attempt.step.u2, attempt.step.drive[2], attempt.step


def _continued(previous: Step, u0: Array, u1: Array, first: float, time: float) -> Array:
    """(owned,) the parabola through the middle of the step before, the start of a step and its middle.

    Args:
        previous: the step before.
        u0: (owned,) at its end.
        u1: (owned,) in the middle of the step that follows.
        first: [s] from that start to that middle.
        time: [s] at which it is wanted.
    """
    before = (1.0 - GAMMA) * (previous.stop - previous.start)
    s = time - previous.stop
    slope, earlier = (u1 - u0) / first, (u0 - previous.u1) / before
    return np.asarray(u0 + s * slope + s * (s - first) * (slope - earlier) / (first + before))
