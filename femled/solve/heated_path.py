"""Steady states of a column that its own heat warms: to a voltage or a current, and to the fold beyond which none is.

A voltage can be held up to the fold of the branch, where the heat grows as fast with temperature as it is carried away;
beyond it there is no steady state near. A current can be held on either side of it. The branch is followed over its
temperature where the voltage does not lead on: for every temperature there is one voltage.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from femled.errors import ConvergenceError
from femled.solve.carriers import CarrierSpace
from femled.solve.circuit import at_current
from femled.solve.dead_ends import DeadEnd
from femled.solve.heated import Aim, Flow, HeatedNewton, HeatSink, Slopes, failure
from femled.solve.newton import iterate
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]

LONGEST_V, SHORT_V = 0.5, 0.02
"""[V] steps of the voltage that are tried first, and below which the temperature leads on."""

LONGEST_DECADES, SHORTEST = 1.0, 1e-4
"""Steps of the current that are tried first, and share of them below which they are given up."""

EXACT, ROUND_OFF = 1e-11, 2e-13
"""Share of the rise to which a staggered iteration balances the heat, or [K]."""

FIRST_K, SHARE_OF_RISE = 2.0, 0.15
"""[K] longest step of the temperature, or as a share of the rise, so that none steps over a fold."""

HOTTEST = 1000.0
"""[K] rise beyond which no state is looked for: nothing of a pixel is left."""

BARELY = 1e-3
"""Margin below which a state at a voltage is found over its temperature: Newton's method at the fold is slow."""

CLOSE = 1e-6
"""Share of a current to which it is met at least."""

PATIENCE = 30
"""Newton steps after which shorter steps on the way are the better choice."""

ROUNDS = 400
"""Of a staggered iteration, at most."""


@dataclass(frozen=True)
class HeatedState:
    """A steady state that can be gone back to.

    Args:
        u: (nodes, components).
        temperature: [K].
        inner: [V] of the layers.
        voltage: [V] at the outer terminals.
        flow: of current and heat.
        slopes: of both.
        margin: [1] to the fold.
    """

    u: Array
    temperature: float
    inner: float
    voltage: float
    flow: Flow
    slopes: Slopes
    margin: float


class ThermalRunaway(Exception):  # noqa: N818  an outcome, not an error
    """There is no steady state beyond this one.

    Args:
        fold: the last state that there is, or that is not too hot to be looked for.
        text: what to report.
    """

    def __init__(self, fold: HeatedState, text: str) -> None:
        self.fold, self.text = fold, text
        super().__init__(text)


class HeatedPath:
    """A steady state of a column and its temperature that can be taken to any voltage or current; `space` holds it.

    Args:
        space: the equations, with the ions they are to have, at the temperature of the sink.
        sink: of the heat.
        staggered: whether carriers and temperature are solved in turn instead of at once.

    Raises:
        ConvergenceError: no equilibrium.
    """

    def __init__(self, space: CarrierSpace, sink: HeatSink, *, staggered: bool = False) -> None:
        self._cold = SteadyPath(space)
        self._newton, self._sink, self._staggered = HeatedNewton(space, sink), sink, staggered
        self._steps, self.solves, self._space = 0, 0, space
        self.home()

    def home(self) -> None:
        """Back to equilibrium."""
        self._newton.place(self._sink.temperature, 0.0)
        self._cold.home()
        self._solve(Aim("voltage", 0.0))

    @property
    def ends(self) -> list[DeadEnd]:
        """Dead ends whose levels are tied."""
        return self._newton.ends

    @property
    def iterations(self) -> int:
        """Newton steps so far."""
        return self._steps + self._cold.iterations

    # States

    def _solve(self, aim: Aim) -> HeatedState:
        """From the state as it is."""
        newton, sink = self._newton, self._sink
        newton.aim, newton.coupled = aim, not self._staggered
        for _ in range(ROUNDS):
            self._steps += iterate(newton, limit=PATIENCE).steps
            self.solves += 1
            miss, rise = newton.imbalance(), newton.temperature - sink.temperature
            if not self._staggered or abs(miss) <= max(EXACT * abs(rise), ROUND_OFF):
                break
            if abs(rise - miss) > HOTTEST:
                raise failure("the temperature runs away", newton.voltage)
            newton.place(newton.temperature - miss, newton.voltage)
        else:
            raise failure(f"carriers and temperature still differ after {ROUNDS} rounds", newton.voltage)
        flow = newton.flow()
        outer = newton.voltage + sink.series_resistance * flow.current
        state = HeatedState(
            self._space.u.copy(), newton.temperature, newton.voltage, outer, flow, newton.slopes, newton.margin
        )
        if not np.isfinite([*flow, state.temperature]).all():
            raise failure("no finite current", newton.voltage)
        if aim.kind == "current" and abs(flow.current - aim.value) > CLOSE * abs(aim.value):
            raise failure(f"{flow.current:.4g} A/m2 instead of {aim.value:.4g} A/m2", newton.voltage)
        self._at = state
        return state

    def back(self, state: HeatedState) -> None:
        """To a state."""
        self._newton.place(state.temperature, state.inner)
        self._space.u[:] = state.u
        self._newton.slopes, self._at = state.slopes, state

    # Voltages

    def to_voltage(self, voltage: float) -> HeatedState:
        """To an outer voltage [V], along states that can be held there.

        Raises:
            ThermalRunaway: there is none.
            ConvergenceError: the bias, and why the steps became too short.
        """
        step = LONGEST_V
        while True:
            before, away = self._at, voltage - self._at.voltage
            target = voltage if abs(away) <= step else before.voltage + float(np.copysign(step, away))
            try:
                found = self._solve(Aim("voltage", target))
            except ConvergenceError as error:
                found, reason = None, error
            near = found is not None and found.temperature - before.temperature <= self._longest(found)
            if found is not None and near and found.margin > BARELY:
                self._check_heat(found)
                if target == voltage:
                    return found
                step = min(LONGEST_V, 2 * step)
                continue
            self.back(before)
            if step < SHORT_V or (found is not None and found.margin <= BARELY):
                if self._staggered:
                    raise reason if found is None else failure("a fold is near: use coupling=monolithic", target)
                return self._over_temperature(voltage)
            step = min(step, abs(target - before.voltage)) / 2

    def _longest(self, state: HeatedState) -> float:
        """[K] from a state that is too short to step over a fold and onto a hotter branch."""
        return max(FIRST_K, SHARE_OF_RISE * (state.temperature - self._sink.temperature))

    def _over_temperature(self, voltage: float) -> HeatedState:
        """To a voltage by the temperature of the branch, or to the fold if that is lower.

        Raises:
            ThermalRunaway: the fold is lower.
            ConvergenceError: the branch could not be followed.
        """
        cooler, step, sign = self._at, FIRST_K, 1.0 if voltage >= 0 else -1.0
        if cooler.inner == 0.0:  # no temperature belongs to no voltage
            cooler = self._solve(Aim("voltage", 0.05 * sign))
        while True:
            try:
                warmer = self._solve(Aim("temperature", cooler.temperature + step))
            except ConvergenceError as error:
                self.back(cooler)
                step /= 2
                if step < SHORTEST:
                    raise failure(error.reason, cooler.voltage) from None
                continue
            if sign * warmer.voltage >= sign * voltage:
                return self._between(cooler, warmer, voltage)
            if warmer.margin <= 0:
                fold = self._fold(cooler, warmer)
                if sign * fold.voltage >= sign * voltage:
                    return self._between(cooler, fold, voltage)
                raise ThermalRunaway(fold, _runaway(fold))
            self._check_heat(warmer)
            cooler, step = warmer, self._longest(warmer)

    def _check_heat(self, state: HeatedState) -> None:
        """End the branch where nothing of a pixel is left."""
        if state.temperature - self._sink.temperature > HOTTEST:
            where = f"V = {state.voltage:.6g} V, J = {state.flow.current:.6g} A/m2"
            raise ThermalRunaway(state, f"hotter than {state.temperature:.0f} K beyond {where}")

    def _state_at(self, temperature: float, start: HeatedState) -> HeatedState:
        """Of the branch at a temperature [K], from a state near."""
        self.back(start)
        return self._solve(Aim("temperature", temperature))

    def _fold(self, cooler: HeatedState, warmer: HeatedState) -> HeatedState:
        """Where the margin between two states vanishes."""
        at = brentq(
            lambda kelvin: self._state_at(kelvin, cooler).margin,
            cooler.temperature,
            warmer.temperature,
            xtol=1e-7,
            rtol=1e-13,
        )
        return self._state_at(float(at), cooler)

    def _between(self, cooler: HeatedState, warmer: HeatedState, voltage: float) -> HeatedState:
        """At a voltage between those of two states of the branch."""
        excess = {cooler.temperature: cooler.voltage - voltage, warmer.temperature: warmer.voltage - voltage}

        def at(kelvin: float) -> float:
            known = excess.get(kelvin)
            return self._state_at(kelvin, cooler).voltage - voltage if known is None else known

        kelvin = float(brentq(at, cooler.temperature, warmer.temperature, xtol=1e-12, rtol=1e-14))
        found = self._state_at(kelvin, cooler)
        return self._solve(Aim("voltage", voltage)) if found.margin > BARELY else found

    # Currents

    def to_current(self, current: float) -> HeatedState:
        """To a current density [A/m2], on either side of the fold.

        Raises:
            ThermalRunaway: it is far too hot.
            ConvergenceError: the current, and why the steps became too short.
        """
        if current == 0.0:
            self.home()
            return self._at
        if self._at.inner == 0.0 or self._at.flow.current * current <= 0:  # at 0 V the current is round-off
            self._begin(current)
        step = LONGEST_DECADES
        while True:
            before = self._at
            away = float(np.log10(current / before.flow.current))
            target = current if abs(away) <= step else before.flow.current * 10 ** float(np.copysign(step, away))
            try:
                self._solve(Aim("current", target))
            except ConvergenceError as error:
                self.back(before)
                step = min(step, abs(away)) / 2
                if step < SHORTEST * LONGEST_DECADES:
                    raise failure(error.reason, before.voltage) from None
                continue
            self._check_heat(self._at)
            if target == current:
                return self._at
            step = min(LONGEST_DECADES, 2 * step)

    def _begin(self, current: float) -> None:
        """To a current that warms the column by less than a kelvin."""
        if self._at.inner != 0.0:
            self.home()
        small = current
        for _ in range(60):
            inner = at_current(self._cold, small)
            rise = self._sink.resistance * abs(small * inner)
            if rise < 1.0:
                break
            small *= 0.5 / rise
        self._newton.place(self._sink.temperature, inner)
        self._solve(Aim("current", small))


def _runaway(fold: HeatedState) -> str:
    return (
        f"thermal runaway at V = {fold.voltage:.6g} V, T = {fold.temperature:.4f} K, J = {fold.flow.current:.6g} A/m2: "
        "no steady state near it above"
    )
