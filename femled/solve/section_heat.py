"""Heat of a whole pixel and carriers of its section, stage by stage to a joint tolerance.

    d content(u)/dt + flux(u) = A P(T),   T = A' u    cell by cell of the section

Within a stage the temperature is solved with the power of the moment, then the carriers with that temperature, until
power and voltages no longer change. A change of 1 K changes a power by about a percent, so that two or three rounds do.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from femled.errors import ConvergenceError
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_outflow import HeatOutflow
from femled.solve.section_carriers import SectionCarriers, SectionPower
from femled.solve.stepping import GAMMA, D, Step, StepTooLongError, StorageProblem, W

Array = NDArray[np.float64]

JOINT, NEARLY = 1e-5, 3e-4
"""Largest change of a voltage over V_T at which a stage has converged, and of the power over itself. One more solution
for the temperature then leaves a hundredth of it: so little does a power follow its own change through a stage."""

SLOW = 0.2
"""Ratio of one change of the voltages to that before at which the answer of the currents is measured anew."""

ROUNDS = 60

FAINT = 1e-12
"""[W] below which powers are no longer compared with themselves: they warm no pixel by 1e-6 K, and may be round-off."""

LENGTHS = (GAMMA / D, (1 - GAMMA) / D)
"""Of the two stages, over the factor of the matrix."""

UNIT = 1e18
"""[1e-18 W] of a section's loads in 1 W."""


class SectionHeat(StorageProblem):
    """The coupled problem, steppable by `stepping.march`.

    Args:
        heat: without any source of its own.
        carriers: the electrical side.
        sources: (unknowns, sources), weights of `section_transfer` of everything in `SectionPower.heat`.
        cells: (unknowns, cells) of the cells of carriers alone.
    """

    forgetful = False
    unnoticed = 0.01
    """[K]: where a ramp switches the layers on, their power grows by e within 1 % of its time."""

    def __init__(
        self, heat: LinearHeat | NonlinearHeat, carriers: SectionCarriers, sources: csr_matrix, cells: csr_matrix
    ) -> None:
        self.heat, self.carriers = heat, carriers
        self._sources, self._cells = sources, csr_matrix(cells.T)
        self.power = carriers.still
        self._amplitudes = deque([0.0, 0.0], maxlen=2)
        """Of the two stages of a step."""
        self.rounds, self._done, self._slopes = 0, 0, self._rest()
        self.stages = [self.power]
        """Power at the start of a step and in every stage since; `SectionLedger` clears it."""

    def _rest(self) -> tuple[Array, Array]:
        """[W/s] and [V/s] just after a corner, where no slope is known."""
        return np.zeros(len(self.power.heat)), np.zeros(len(self.power.local_voltage))

    def content(self, u: Array) -> Array:
        """Of the heat."""
        return self.heat.content(u)

    def size(self, u: Array) -> float | Array:
        """Of the heat."""
        return self.heat.size(u)

    def solve_error(self, right: Array, dh: float) -> Array:
        """Of the heat."""
        return self.heat.solve_error(right, dh)

    def temperature(self, u: Array) -> Array:
        """(cells,), [K] of the carriers."""
        return np.asarray(self.heat.space.ambient + self._cells @ u)

    def _loaded(self, heat: Array) -> Array:
        """(unknowns,), [1e-18 W] the load of powers (sources,), [W]; nothing at held unknowns."""
        load = np.asarray(self._sources @ heat) * UNIT
        load[self.heat.space.fixed] = 0.0
        return load

    def lost(self, power: SectionPower) -> float:
        """[W] released where a face is held at ambient: it leaves at once."""
        return float((self._sources @ power.heat)[self.heat.space.fixed].sum())

    def load(self, amplitude: float) -> Array:
        """Nothing, as all power follows the temperature of a stage: `solve` releases it at this amplitude."""
        self._amplitudes.append(amplitude)
        self._done = 0
        return np.zeros(self.heat.space.owned)

    def restart(self, u: Array, rate: Array, before: float, after: float) -> tuple[Array, Array]:
        """Carriers jump with the drive, at the temperature of the moment."""
        last = self.stages[-1]
        self.power = last if after == before else self._switched(after, self.temperature(u))
        self.stages, self._slopes = [self.power], self._rest()
        return u, rate + self._loaded(self.power.heat) - self._loaded(last.heat)

    def _switched(self, amplitude: float, temperature: Array) -> SectionPower:
        """The power just after a jump."""
        if amplitude == 0.0:
            return self.carriers.still
        self.carriers.space.set_temperature(temperature)
        self.carriers.start(amplitude)
        for _ in range(ROUNDS):
            power, due = self.carriers.advance(temperature, amplitude, fresh=True)
            if due < JOINT:
                return power
        raise _stalled("the voltages of the electrode did not settle")

    def solve(self, right: Array, dh: float, guess: Array) -> Array:
        """U with content(u) + dh (flux(u) - P(u)) = right.

        Raises:
            StepTooLongError: power and temperature do not settle together.
        """
        amplitude = self._amplitudes[self._done]
        if amplitude == 0.0:
            return self._taken(self.heat.solve(right, dh, guess), self.carriers.still, dh)
        u, heat, before, fresh = guess, self._foreseen(dh), np.inf, False
        if not self.carriers.voltages.any():  # a ramp begins
            self.carriers.space.set_temperature(self.temperature(u))
            self.carriers.start(amplitude)
        for _ in range(ROUNDS):
            self.rounds += 1
            u = self.heat.solve(right + dh * self._loaded(heat), dh, u)
            found, due = self.carriers.advance(self.temperature(u), amplitude, fresh=fresh)
            changed = float(np.abs(found.heat - heat).sum()) / max(abs(found.electrical), FAINT)
            before, fresh, heat = due, due > SLOW * before, found.heat
            if changed < NEARLY and due < JOINT:
                return self._taken(self.heat.solve(right + dh * self._loaded(heat), dh, u), found, dh)
        raise _stalled("power and temperature do not settle together", dh)

    def _foreseen(self, dh: float) -> Array:
        """(sources,), [W] on the line through the last two stages; the voltages of the rings too."""
        last = self.stages[0 if self._done == 0 else -1]
        ahead = dh * LENGTHS[self._done]
        heat_slope, voltage_slope = self._slopes
        self.carriers.voltages = last.local_voltage + ahead * voltage_slope
        return last.heat + ahead * heat_slope

    def _taken(self, u: Array, power: SectionPower, dh: float) -> Array:
        """A stage that is solved."""
        last, ahead = self.stages[0 if self._done == 0 else -1], dh * LENGTHS[self._done]
        self._slopes = ((power.heat - last.heat) / ahead, (power.local_voltage - last.local_voltage) / ahead)
        self._done = 1 - self._done
        self.power = power
        self.stages.append(power)
        return u


def _stalled(reason: str, step: float | None = None) -> ConvergenceError:
    advice = "take a lower voltage, or a given current density"
    kind = ConvergenceError if step is None else StepTooLongError
    return kind(time=None, step=step, block="carriers and heat", reason=reason, advice=advice)


@dataclass
class SectionLedger:
    """Energy of a run, with the weights of the method, [J].

    Args:
        problem: what is stepped.
    """

    problem: SectionHeat
    supplied: float = 0.0
    light: float = 0.0
    _lost: float = 0.0

    def __post_init__(self) -> None:
        self._outflow = HeatOutflow(self.problem.heat)

    @property
    def removed(self) -> float:
        """[J] of heat that has left through the faces, or was released where they hold it."""
        return self._lost + self._outflow.total / UNIT

    def enter(self, step: Step) -> None:
        """Add one accepted step."""
        h, stages = step.stop - step.start, self.problem.stages
        weighted = ((h * W, stages[0]), (h * W, stages[-2]), (h * D, stages[-1]))
        self.supplied += sum(weight * power.electrical for weight, power in weighted)
        self.light += sum(weight * power.light for weight, power in weighted)
        self._lost += sum(weight * self.problem.lost(power) for weight, power in weighted)
        self._outflow.enter(h, step.u1, step.u2)
        self.problem.stages = stages[-1:]
