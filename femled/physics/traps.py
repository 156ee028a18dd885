"""Traps that hold charge: one level of N_t states that catch electrons and holes (shockley1952).

    U_n = N_t c_n (n (1 - f) - n1 f),   U_p = N_t c_p (p f - p1 (1 - f)),   N_t df/dt = U_n - U_p
    f_ss = (c_n n + c_p p1)/S,   S = c_n (n + n1) + c_p (p + p1),   c_n = 1/(tau_n N_t),   c_p = 1/(tau_p N_t)

A step dt of backward Euler from the occupation f0 is, with w = (1/dt)/(1/dt + S),

    f = f_ss + w (f0 - f_ss)
    U_n = R + N_t c_n (n + n1) w (f_ss - f0),   U_p = R - N_t c_p (p + p1) w (f_ss - f0)

where R is the steady rate: N_t (f - f0)/dt = U_n - U_p to the last digit, and 1/dt = 0 is the steady state. n1 and p1
must share the filling of the bands (`femled.physics.recombination.level_densities`), so that n1 p1 = n_i^2.

Densities are 1e24/m3, rates 1e24/m3/s; numbers and symbols alike.
"""

from dataclasses import dataclass
from typing import Any, Literal

TrapCharge = Literal["neutral", "acceptor", "donor"]

EMPTY_CHARGE: dict[str, float] = {"neutral": 0.0, "acceptor": 0.0, "donor": 1.0}
"""Elementary charges of an empty trap."""

FILLED_CHARGE: dict[str, float] = {"neutral": 0.0, "acceptor": -1.0, "donor": 0.0}
"""Elementary charges of a trap with an electron."""


@dataclass(frozen=True)
class TrapLevel:
    """Traps in the densities of the moment.

    Args:
        n: electrons.
        p: holes.
        n1: electrons if the Fermi level were that of the trap.
        p1: holes.
        electron_rate: [1/s] 1/tau_n = c_n N_t.
        hole_rate: [1/s] 1/tau_p = c_p N_t.
        density: N_t.
    """

    n: Any
    p: Any
    n1: Any
    p1: Any
    electron_rate: Any
    hole_rate: Any
    density: Any

    @property
    def _electrons(self) -> Any:
        return self.electron_rate * (self.n + self.n1)

    @property
    def _holes(self) -> Any:
        return self.hole_rate * (self.p + self.p1)

    @property
    def equilibration(self) -> Any:
        """[1/s] S, the rate at which the occupation settles."""
        return (self._electrons + self._holes) / self.density

    @property
    def steady_occupation(self) -> Any:
        """[1] f_ss."""
        return (self.electron_rate * self.n + self.hole_rate * self.p1) / (self._electrons + self._holes)

    def memory(self, inverse_step: Any) -> Any:
        """[1] w, what a step leaves of the past.

        Args:
            inverse_step: [1/s] 1/dt; 0 is the steady state.
        """
        return inverse_step / (inverse_step + self.equilibration)

    def occupation(self, past: Any, inverse_step: Any) -> Any:
        """[1] f after a step.

        Args:
            past: f0.
            inverse_step: [1/s] 1/dt.
        """
        steady = self.steady_occupation
        return steady + self.memory(inverse_step) * (past - steady)

    def captures(self, steady_rate: Any, past: Any, inverse_step: Any) -> tuple[Any, Any]:
        """U_n and U_p in a step, which the continuity equations of electrons and holes have for R.

        Args:
            steady_rate: R.
            past: f0.
            inverse_step: [1/s] 1/dt.
        """
        late = self.memory(inverse_step) * (self.steady_occupation - past)
        return steady_rate + self._electrons * late, steady_rate - self._holes * late


def trap_charge(occupation: Any, density: Any, empty: Any, filled: Any) -> Any:
    """Charge density of traps over q: N_t (z_0 (1 - f) + z_1 f).

    Args:
        occupation: f.
        density: N_t.
        empty: z_0, from `EMPTY_CHARGE`.
        filled: z_1, from `FILLED_CHARGE`.
    """
    return density * (empty * (1 - occupation) + filled * occupation)
