"""Steady states of a column: equilibrium, then any bias along the states before, in steps halved if Newton fails."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import newton_of
from femled.solve.newton import STALLED, Settled

Array = NDArray[np.float64]

LONGEST, SHORTEST = 1.0, 1e-3
"""[V] steps of the bias: what is tried first, and below which it is given up."""

MOST = 3
"""States that polynomials in the bias foresee the next one with."""


class SteadyPath:
    """A steady state that can be taken to any voltage; `space.u` holds it.

    In the cold carriers that a layer lets in but not out are tied to where they come from (`dead_ends`): that is the
    steady state, though it may take them longer than any pulse to fill that layer.

    Args:
        space: the equations, with the ions they are to have.

    Raises:
        ConvergenceError: no equilibrium.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self.space, self.voltage, self.iterations = space, 0.0, 0
        self.unsettled = 0.0  # [V_T] largest update that round-off kept from falling, on the way from equilibrium
        self._newton = newton_of(space)
        self.ends = self._newton.ends
        try:
            self._take(self._newton.equilibrium())
        except ConvergenceError as error:
            raise _named(error, 0.0, "equilibrium") from None
        self._equilibrium = space.u.copy()
        self.home()

    def _take(self, settled: Settled) -> None:
        self.iterations += settled.steps
        if settled.update > STALLED:
            self.unsettled = max(self.unsettled, settled.update)

    def home(self) -> None:
        """Back to equilibrium."""
        self.space.u[:] = self._equilibrium
        self.voltage, self._best, self.unsettled = 0.0, 0, 0.0
        self._past: list[_Known] = []

    def _guesses(self, voltage: float) -> Array:
        """(guesses, nodes, components) at a new voltage, from the last state, the last two, ...; none at first."""
        known = np.array([part for one in self._past for part in (one.state, one.slope)])
        weights = np.zeros((len(self._past), len(known)))
        for i, row in enumerate(weights):
            row[2 * (len(self._past) - i - 1) :] = _hermite([one.voltage for one in self._past[-i - 1 :]], voltage)
        return np.asarray(weights @ known.reshape(len(known), -1)).reshape(-1, *self.space.u.shape)

    def go(self, voltage: float) -> None:
        """To a voltage [V].

        Raises:
            ConvergenceError: the bias, and why the steps became too short.
        """
        step = LONGEST
        while True:
            away = voltage - self.voltage
            target = voltage if abs(away) <= step else self.voltage + (step if away > 0 else -step)
            before = self.space.u.copy()
            guesses = self._guesses(target) if self._past and target != self.voltage else np.zeros(0)
            if len(guesses):
                self.space.u[:] = guesses[min(self._best, len(guesses) - 1)]
            try:
                self._take(self._newton.settle(target))
            except ConvergenceError as error:
                self.space.u[:] = before
                self._past = []
                step = min(step, abs(target - self.voltage)) / 2
                if step < SHORTEST:
                    raise _named(error, target, "carriers") from None
                continue
            if len(guesses):  # the polynomial that would have been best is taken next
                self._best = int(np.abs(guesses - self.space.u).max(axis=(1, 2)).argmin())
            if target != self.voltage or not self._past:
                apart = [one for one in self._past if abs(one.voltage - target) > SHORTEST]
                known = _Known(target, self.space.u.copy(), self._newton.by_voltage(renewed=False))
                self._past = [*apart[1 - MOST :], known]
            self.voltage = target
            if target == voltage:
                self._newton.release()
                return
            step = min(LONGEST, 2 * step)


class _Known(NamedTuple):
    """A steady state.

    Args:
        voltage: [V].
        state: (nodes, components).
        slope: (nodes, components), of the state in the voltage.
    """

    voltage: float
    state: Array
    slope: Array


def _hermite(at: list[float], voltage: float) -> list[float]:
    """Weights of state, slope, state, slope, ... of which the polynomial through all has its value at a voltage.

    l_i = Prod (V - V_j)/(V_i - V_j);   (1 - 2 (V - V_i) l_i'(V_i)) l_i^2,   (V - V_i) l_i^2
    """
    found = []
    for here in at:
        others = [other for other in at if other != here]
        share = math.prod((voltage - other) / (here - other) for other in others) ** 2
        bend = sum(1 / (here - other) for other in others)
        found += [(1 - 2 * (voltage - here) * bend) * share, (voltage - here) * share]
    return found


def _named(error: ConvergenceError, voltage: float, block: str) -> ConvergenceError:
    return ConvergenceError(
        time=None, step=None, block=block, reason=error.reason, advice=error.advice, voltage=voltage
    )
