"""Carriers and ions in time: third-order steps whose length the error decides, restarted at every kink of the drive.

    a0 d(u) + a1 d(u_1) + a2 d(u_2) + a3 d(u_3) = F(u),   d the density of electrons, holes and every ion

(differences of variable steps, hairer1996). Densities themselves are differenced, so every inventory is kept to
round-off. Where a carrier density changes more than threefold in a step, its corner takes the two newest values alone:
older ones would make the new one negative. The error of a step follows from its distance from the polynomial through
four earlier states: of the potential and of ions in V_T, of carriers relative to the largest density of their layer.
Where nothing moves, steps of second order grow faster than those of third order may.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.drive import Constant, Drive, kinks_within
from femled.errors import ConvergenceError
from femled.physics.carriers import POTENTIAL
from femled.solve.carrier_currents import Flow, Flows
from femled.solve.carrier_history import Past, deviation, extrapolated, grow
from femled.solve.carrier_meaning import corner_densities, trap_occupation
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.differences import difference
from femled.solve.instant import Accuracy, Instant
from femled.solve.moving import ion_contents
from femled.solve.newton import TOLERANCE, iterate
from femled.solve.supply import Line, Supply

Array = NDArray[np.float64]

Carriers = Literal["dynamic", "quasi-static"]

ORDER = 3
"""Of the steps."""

GROWTH = 1.5
"""Largest ratio of successive steps: differences of third order are stable below 1.53."""

SAFETY, TOO_FAR, RETREAT = 0.85, 1.5, 0.7
"""Steps aim at half of the tolerance, the fourth power of the first; one beyond the second is repeated, no longer than
the third of its length: the estimate falls slower than its order where carriers fill a layer."""

LEAP, LONG = 2.4, 2.05
"""Ratio of quasi-static steps where nothing moves, for differences of second order, stable below 2.41; beyond which
they are taken. Dynamic carriers do not leap: where they change threefold in a step the contacts no longer agree."""

LEFT = 1e-5
"""Share of the tolerance of a step that Newton's method leaves, the square of its last update; traps that ions make
are not in its matrix, and leave more."""

INSTANT = 1e-18
"""[s] in which nothing moves: the potential alone answers to a jump of the voltage."""

SHORTEST = 1e-19
"""[s] A step below it is given up."""

STRETCH = 1.34
"""By which a step with quasi-static carriers may be longer to hit a target: halves would never grow into wholes."""

SMALLEST_JUMP = 1e-3
"""[V] below which a jump is given up."""

SMALLEST_SWING = 1e-6
"""[V_T] Below V_T the swing of the voltage is the unit of errors, down to this."""


class CarrierMarch:
    """A path in time; `space.u` holds the state at the time of the last instant.

    Args:
        space: the equations, in the state of the start.
        supply: drive of the contacts.
        light: factor of the generation of the space; None is constant.
        carriers: the delay of "quasi-static" ones is of second order, and their error decides no step.
        accuracy: of the steps.
    """

    def __init__(
        self,
        space: CarrierSpace,
        supply: Supply | Drive,
        *,
        light: Drive | None = None,
        carriers: Carriers = "dynamic",
        accuracy: Accuracy | None = None,
    ) -> None:
        self.supply = supply if isinstance(supply, Supply) else Supply(supply)
        self.space, self.drive, self._light, self._carriers = space, self.supply.drive, light, carriers
        self._accuracy = accuracy or Accuracy()
        self._full = space.generation.copy()
        self._history: list[Past] = []
        self._slope, self._last = 0.0, np.inf
        values = np.concatenate([[space.voltage], *self.drive.corners()[1:]])
        swing = 0.0 if self.supply.current else float(np.ptp(values)) / space.vt
        self._unit = min(max(swing, SMALLEST_SWING), 1.0) if swing > 0 and light is None else 1.0
        loose = sqrt(LEFT * self._accuracy.tolerance * self._unit)
        exact = any(one.ion_traps is not None for one in space.column.semiconductors)
        self._settled = TOLERANCE if exact else max(loose, TOLERANCE)
        self._newton, self._flows = CarrierNewton(space, tolerance=self._settled), Flows(space)
        self.steps = self.iterations = self.rejected = 0

    def run(self, until: float, targets: Array) -> Iterator[Instant]:
        """Every accepted step, hitting the targets and every kink of the drives exactly; t = 0 comes first.

        Args:
            until: [s].
            targets: (n,), [s] within 0..until.

        Raises:
            ConvergenceError: with the time, when a step became too short.
        """
        kinks = kinks_within((self.drive, *([self._light] if self._light else [])), until)
        stops = np.unique(np.concatenate([targets[targets > 0], kinks[kinks > 0], [until]]))
        told = 0.0
        for start, end in zip(kinks, [*kinks[1:], until], strict=True):
            if end <= start:
                continue
            for taken in self._between(start, end, stops[(stops > start) & (stops <= end)]):
                if start == 0.0 and len(self._history) == 2:  # what the first step sees
                    first = float(self.drive.after(0.0)) if self.supply.stiff else taken.voltage
                    yield replace(taken, time=0.0, voltage=first)
                if taken.time > told:  # steps shorter than the digits of the time are not told
                    told = taken.time
                    yield taken

    def _between(self, start: float, end: float, stops: Array) -> Iterator[Instant]:
        """From one kink to the next, on a clock that starts there: no digit of a short step is lost in a long run."""
        self._restart(start)
        source, light = Line.of(self.drive, start, end), Line.of(self._light or Constant(value=1.0), start, end)
        time, step = 0.0, self._first_step(start, float(stops[0]) - start)
        for stop in stops:
            target = float(stop) - start
            while time < target:
                step, taken = self._advance(time, step, target, source, light)
                time = taken.time
                yield replace(taken, time=float(stop) if time == target else start + time)

    def _first_step(self, start: float, left: float) -> float:
        """[s] after a kink; after one without a jump no longer than the last step before it."""
        step = self._accuracy.first * left
        jumps = float(self.drive.after(start)) != float(self.drive.before(start)) or start == 0.0
        if self._light is not None:
            jumps |= float(self._light.after(start)) != float(self._light.before(start))
        longest = self._accuracy.soonest if jumps else self._last
        return max(min(step, longest) if self._carriers == "dynamic" else step, 10 * SHORTEST)

    # One kink

    def _restart(self, time: float) -> None:
        """The state just after a kink: densities as they were, the potential of the new voltage.

        Quasi-static carriers too: a steady state would forget those that a barrier keeps. A jump is taken in steps that
        are halved where Newton's method fails.
        """
        space = self.space
        space.generation = self._full * (float(self._light.after(time)) if self._light else 1.0)
        voltage = space.voltage  # a resistance or a source of current keeps it over a jump
        target = float(self.drive.after(time)) if self.supply.stiff else voltage
        self._history, frozen = [self._now()], difference([INSTANT, 0.0])
        step, fresh = target - voltage, True
        while fresh or voltage != target:
            aim = target if abs(target - voltage) <= abs(step) else voltage + step
            kept, fresh = space.u.copy(), False
            space.bias(aim)
            grow(space, self._history, frozen, frozen, frozen)
            try:
                self.iterations += iterate(self._newton, tolerance=self._settled).steps
            except ConvergenceError as error:
                space.u[:] = kept
                step, fresh = (target - voltage) / 2 if fresh else step / 2, voltage == target
                if abs(step) < SMALLEST_JUMP:
                    raise _at(error, time, None) from None
                continue
            voltage = aim
        self._history = [self._now()]

    def _now(self) -> Past:
        carriers = np.array(corner_densities(self.space))
        return self._reached(0.0, self._flows.now(carriers[1]), carriers)

    def _reached(self, time: float, flow: Flow, carriers: Array) -> Past:
        """The state of the space as it is, with its electrons and holes."""
        space = self.space
        traps = trap_occupation(space) if space.holding else carriers[0]
        return Past(time, flow.states.u, carriers, traps, ion_contents(space), flow.electrode_charge)

    # One step

    def _advance(self, time: float, step: float, target: float, source: Line, light: Line) -> tuple[float, Instant]:
        """One accepted step towards a target, and the length of the next one; times since the last kink."""
        space, stretch = self.space, STRETCH if self._carriers == "quasi-static" else 1.0
        while True:
            left = target - time
            length = left if left <= stretch * step else left / 2 if left < 2 * step else step
            stretch = 1.0  # what was too long is not stretched to the same length again
            if length < SHORTEST or time + length == time:
                raise _at(_stuck(), source.start + time, step)
            reached = target if length == left else time + length
            kept = space.u.copy()
            try:
                error, instant, now = self._try(reached, source.at(reached), light.at(reached))
            except ConvergenceError as failure:
                space.u[:] = kept
                self.rejected += 1
                if length / 4 < SHORTEST:
                    raise _at(failure, source.start + time, length) from None
                step = length / 4
                continue
            order = min(len(self._history), ORDER)
            factor = min(GROWTH, SAFETY * max(error, 1e-12) ** (-1 / (order + 1)))
            if error > TOO_FAR:
                space.u[:] = kept
                self.rejected += 1
                step = length * max(0.2, min(factor, RETREAT))
                continue
            if factor == GROWTH and self._carriers != "dynamic" and self._quiet(reached):
                factor = LEAP
            self.steps, self._last = self.steps + 1, length
            self._history = [now, *self._history[:ORDER]]
            return max(length * factor, step) if length < step and factor > 1 else length * factor, instant

    def _try(self, reached: float, source: float, light: float) -> tuple[float, Instant, Past]:
        """The state at a time from the history; its error over the tolerance, and what it is."""
        space, history = self.space, self._history
        times = [reached, *(past.time for past in history)]
        order = self._order(reached)
        weights = difference(times[: order + 1])
        space.generation = self._full * light
        guess = extrapolated(history[: order + 1], reached)
        space.u[:] = guess
        of_carriers = weights if self._carriers == "dynamic" else difference(times[:3])
        grow(space, history, of_carriers, weights, difference(times[:2]))
        charged = sum(w * past.charge for w, past in zip(weights[1:], history, strict=False))
        found: list[tuple[Flow, Array, Array]] = []

        def settle(voltage: float) -> tuple[Flow, Array, Array]:
            space.bias(voltage)
            self.iterations += iterate(self._newton, tolerance=self._settled).steps
            densities = np.array(corner_densities(space))
            flow = self._flows.now(densities[1], at_once=not self.supply.stiff)
            found.append((flow, weights[0] * flow.electrode_charge + charged, densities))
            return found[-1]

        def passing(voltage: float) -> float:
            flow, growing, _ = settle(voltage)
            return flow.currents.total + float(growing[0])

        if self.supply.stiff:
            voltage = outer = source
            settle(voltage)
        else:
            anode = space.terminals[0]
            expected = float(guess[anode.nodes[0], POTENTIAL]) - anode.work_function
            voltage, self._slope = self.supply.met(source, expected, self._slope, passing)
            outer = voltage + self.supply.resistance * (found[-1][0].currents.total + float(found[-1][1][0]))
        flow, growing, densities = found[-1]
        instant = Instant(reached, outer, voltage, flow, float(growing[0]), float(growing[1]))
        return self._error(guess, reached, order), instant, self._reached(reached, flow, densities)

    def _order(self, reached: float) -> int:
        """Of the step to a time: the second where it is much longer than the last one."""
        known = len(self._history)
        if known <= ORDER:
            return known
        newest, older = (past.time for past in self._history[:2])
        return 2 if reached - newest > LONG * (newest - older) else ORDER

    def _quiet(self, reached: float) -> bool:
        """Whether the step just taken would have been so easy by the second order that the next may be a leap."""
        if len(self._history) <= ORDER:
            return False
        guess = extrapolated(self._history[:3], reached)
        return bool(SAFETY * max(self._error(guess, reached, 2), 1e-12) ** (-1 / 3) >= LEAP)

    def _error(self, guess: Array, reached: float, order: int) -> float:
        """Of a step of an order over the tolerance.

        Until there are four states a step of order h is judged by its distance d from the polynomial of degree h - 1:
        d^(1 + 1/h) is of the size of its error. The potential counts alone there: where next to nothing is, light and
        ions multiply a density at once.
        """
        known, dynamic = len(self._history), self._carriers == "dynamic"
        weight = difference([reached, *(past.time for past in self._history[:order])])[0]
        away = deviation(self.space, guess, self._unit, potential=known <= ORDER, carriers=dynamic)
        if known <= ORDER:
            return float(away ** (1 + 1 / known)) / self._accuracy.tolerance
        return away / ((1 + weight * (reached - self._history[order].time)) * self._accuracy.tolerance)


def _stuck() -> ConvergenceError:
    advice = "give the drive finite edges, or another mesh"
    return ConvergenceError(time=None, step=None, block="carriers", reason="steps became too short", advice=advice)


def _at(error: ConvergenceError, time: float, step: float | None) -> ConvergenceError:
    return ConvergenceError(time=time, step=step, block="carriers", reason=error.reason, advice=error.advice)
