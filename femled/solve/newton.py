"""Newton's iteration for carriers: the loop and its stopping rules.

The test is on the update in units of the thermal voltage, never on the residual: its rows span forty decades.
"""

from typing import NamedTuple, Protocol

from femled.errors import ConvergenceError

TOLERANCE = 1e-6
"""Largest update [V_T] at which an iteration has converged; the error left is about its square."""

STALLED, NOISY = 1e-3, 0.3
"""Largest updates [V_T] that pass when they no longer fall: of all unknowns, and of densities that nothing sees."""

SHIFTS = (1e-15, 1e-11)
"""First and last shift of the continuity rows while an iteration stalls."""


class Settled(NamedTuple):
    """Where an iteration ended.

    Args:
        steps: number of them.
        update: [V_T] largest one of the last step.
    """

    steps: int
    update: float


class Iterable(Protocol):
    """Equations that can take one Newton step."""

    def step(self, shift: float) -> tuple[float, float]:
        """Solve, update, and return the largest update of all unknowns and of the potential, [V_T]."""


def iterate(problem: Iterable, *, tolerance: float = TOLERANCE, limit: int = 60) -> Settled:
    """Newton steps until the update is small, or as small as round-off lets it become.

    A stall below 1e-3 V_T is accepted. Carriers behind a high barrier couple by less than round-off to anything, their
    level wanders: after 15 steps 0.3 V_T passes if the potential moves by less than 1e-2 V_T. While an
    iteration stalls, a shift of the Jacobian's continuity rows alone gives such islands a level.

    Args:
        problem: the equations.
        tolerance: [V_T] largest update at which an iteration has converged.
        limit: of steps.

    Returns:
        number of steps, and how well the state is settled.

    Raises:
        ConvergenceError: none of the tests passed within the limit.
    """
    smallest, since, shift = float("inf"), 0, 0.0
    size = size_potential = float("inf")
    for count in range(1, limit + 1):
        size, size_potential = problem.step(shift)
        if size < tolerance:
            return Settled(count, size)
        if size < 0.5 * smallest:
            smallest, since = size, 0
            continue
        since += 1
        if since >= 2 and size < STALLED:
            return Settled(count, size)
        if count >= 15 and size < NOISY and size_potential < 1e-2:
            return Settled(count, size)
        if since >= 2 and size < 1.0:
            shift = min(max(10 * shift, SHIFTS[0]), SHIFTS[1])
    reason = f"last update {size:.2g} kT/q, of the potential {size_potential:.2g} kT/q"
    advice = 'try voltages in smaller steps, or mesh="fine"'
    raise ConvergenceError(time=None, step=None, block="carriers", reason=reason, advice=advice)
