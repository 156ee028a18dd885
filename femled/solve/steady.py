"""Steady states of a column: equilibrium, then any bias along the states before, in steps halved if Newton fails."""

import math

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.newton import STALLED, Settled, iterate

Array = NDArray[np.float64]

LONGEST, SHORTEST = 1.0, 1e-3
"""[V] steps of the bias: what is tried first, and below which it is given up."""

HIGHEST_ORDER = 3
"""Of the polynomials in the bias that states are foreseen with."""


class SteadyPath:
    """A steady state that can be taken to any voltage; `space.u` holds it.

    Args:
        space: the equations, with the ions they are to have.

    Raises:
        ConvergenceError: no equilibrium.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self.space, self.voltage, self.iterations = space, 0.0, 0
        self.unsettled = 0.0  # [V_T] largest update that round-off kept from falling, on the way from equilibrium
        self._newton = CarrierNewton(space)
        space.guess()
        space.equilibrium()
        try:
            self._take(iterate(self._newton, limit=300))
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
        self.voltage, self._order, self.unsettled = 0.0, 1, 0.0
        self._past = [(0.0, self._equilibrium)]

    def _guesses(self, voltage: float) -> list[Array]:
        """At a new voltage, from polynomials of rising order through the last states; none after the first."""
        return [_through(self._past[-order - 1 :], voltage) for order in range(1, len(self._past))]

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
            self.space.bias(target)
            guesses = self._guesses(target) if target != self.voltage else []
            if guesses:
                self.space.u[:] = guesses[min(self._order, len(guesses)) - 1]
            try:
                self._take(iterate(self._newton))
            except ConvergenceError as error:
                self.space.u[:] = before
                self._past = self._past[-1:]
                step = min(step, abs(target - self.voltage)) / 2
                if step < SHORTEST:
                    raise _named(error, target, "carriers") from None
                continue
            if guesses:  # the order that would have been best is taken next
                self._order = 1 + int(np.argmin([np.abs(guess - self.space.u).max() for guess in guesses]))
            if target != self.voltage:
                apart = [one for one in self._past if abs(one[0] - target) > SHORTEST]
                self._past = [*apart[-HIGHEST_ORDER:], (target, self.space.u.copy())]
            self.voltage = target
            if target == voltage:
                return
            step = min(LONGEST, 2 * step)


def _through(past: list[tuple[float, Array]], voltage: float) -> Array:
    """The polynomial through states at their voltages, at another voltage (Lagrange)."""
    found = np.zeros_like(past[0][1])
    for at, u in past:
        found += math.prod((voltage - other) / (at - other) for other, _ in past if other != at) * u
    return found


def _named(error: ConvergenceError, voltage: float, block: str) -> ConvergenceError:
    return ConvergenceError(
        time=None, step=None, block=block, reason=error.reason, advice=error.advice, voltage=voltage
    )
