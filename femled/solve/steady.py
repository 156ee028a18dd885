"""Steady states of a column: equilibrium, then any bias along the secant in steps that are halved if Newton fails."""

import numpy as np

from femled.errors import ConvergenceError
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.newton import iterate

LONGEST, SHORTEST = 1.0, 1e-3
"""[V] steps of the bias: what is tried first, and below which it is given up."""


class SteadyPath:
    """A steady state that can be taken to any voltage; `space.u` holds it.

    Args:
        space: the equations, with the ions they are to have.

    Raises:
        ConvergenceError: no equilibrium.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self.space, self.voltage, self.iterations = space, 0.0, 0
        self._newton = CarrierNewton(space)
        space.guess()
        space.equilibrium()
        try:
            self.iterations += iterate(self._newton, limit=300)
        except ConvergenceError as error:
            raise _named(error, 0.0, "equilibrium") from None
        self._equilibrium = space.u.copy()
        self._slope = np.zeros(space.u.shape)

    def home(self) -> None:
        """Back to equilibrium."""
        self.space.u[:] = self._equilibrium
        self.voltage, self._slope = 0.0, np.zeros(self.space.u.shape)

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
            self.space.u += (target - self.voltage) * self._slope
            try:
                self.iterations += iterate(self._newton)
            except ConvergenceError as error:
                self.space.u[:] = before
                self._slope[:] = 0.0
                step = min(step, abs(target - self.voltage)) / 2
                if step < SHORTEST:
                    raise _named(error, target, "carriers") from None
                continue
            if target != self.voltage:
                self._slope = (self.space.u - before) / (target - self.voltage)
            self.voltage = target
            if target == voltage:
                return
            step = min(LONGEST, 2 * step)


def _named(error: ConvergenceError, voltage: float, block: str) -> ConvergenceError:
    return ConvergenceError(
        time=None, step=None, block=block, reason=error.reason, advice=error.advice, voltage=voltage
    )
