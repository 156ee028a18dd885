"""Steady states of a column: equilibrium, then any bias along the states before, in steps halved if Newton fails."""

import math

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.physics.carriers import FLUX
from femled.solve.carriers import ELECTRONS, HOLES, POTENTIAL, CarrierSpace, Currents
from femled.solve.newton import iterate

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
        space.guess()
        space.equilibrium()
        try:
            self.iterations += iterate(space, limit=300)
        except ConvergenceError as error:
            raise _named(error, 0.0, "equilibrium") from None
        self._equilibrium = space.u.copy()
        self.home()

    def home(self) -> None:
        """Back to equilibrium."""
        self.space.u[:] = self._equilibrium
        self.voltage, self._order = 0.0, 1
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
                self.iterations += iterate(self.space)
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
                self._past = [*self._past[-HIGHEST_ORDER:], (target, self.space.u.copy())]
            self.voltage = target
            if target == voltage:
                return
            step = min(LONGEST, 2 * step)


class ContactFluxes:
    """Currents through the contacts, free of the round-off of Fermi levels in conducting layers.

    A level is stored to 1e-16 eV; over a cell of 0.01 nm in a doped layer that is 1e-6 A/m2. The flux is tested instead
    with weights that fall from 1 at the contact to 0 in the middle of its layer,

        J(contact) = -q Sum_i w_i F_i,   F the residual, zero up to round-off but at the contact

    and fall as the resistance h/n adds up, so that the round-off of all levels between cancels.

    Args:
        space: the equations.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self._space = space
        order = np.argsort(space.position)
        half = [max(2, 1 + np.count_nonzero(space.mesh.cell_layer == i) // 2) for i in (0, len(space.data) - 1)]
        self._nodes = (order[: half[0]], order[::-1][: half[1]])
        self._sizes = [np.abs(np.diff(space.position[nodes])) for nodes in self._nodes]

    def measure(self) -> Currents:
        """Current densities of the state that the space holds."""
        space = self._space
        rows, plain = FLUX * space.residual(), space.currents()
        (electrons_a, holes_a), (electrons_c, holes_c) = (
            [float(self._weights(end, k) @ rows[self._nodes[end], k]) for k in (ELECTRONS, HOLES)] for end in (0, 1)
        )
        net = sum(plain.recombination.values()) - FLUX * float(space.generation.sum())
        return Currents(
            total=holes_c - electrons_a + net,
            anode=-electrons_a - holes_a,
            cathode=electrons_c + holes_c,
            recombination=plain.recombination,
        )

    def _weights(self, end: int, carrier: int) -> Array:
        """From the contact on; the density may be that of Boltzmann, as any weights would do."""
        u = self._space.u[self._nodes[end]]
        energy = (u[:, POTENTIAL] + u[:, carrier]) * (1 if carrier == HOLES else -1)
        middle = (energy[1:] + energy[:-1]) / (2 * self._space.vt)
        passed = np.cumsum(self._sizes[end] * np.exp(np.maximum(middle - middle.max(), -600.0)))
        return np.append(1.0, 1 - passed / passed[-1])


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
