"""Heat conduction with properties that follow the temperature, in enthalpy form so that c_p(T) keeps the balance."""

import numpy as np
from numpy.typing import NDArray

from femled.domain.backend import MPI
from femled.errors import ConvergenceError
from femled.physics.thermal_pieces import ThermalValues
from femled.solve.heat_linear import refuse_without_sink
from femled.solve.heat_space import HeatSpace
from femled.solve.petsc import DirectSolver, Factorisation
from femled.solve.stepping import StorageProblem

Array = NDArray[np.float64]

TOLERANCE = 1e-10
"""Of the correction that would follow if it shrank as the last one did, over the rise; the balance of a whole run then
closes to 1e-8."""

ROUND_OFF = 1e-14
"""Corrections below this share of the ambient temperature are lost in its digits: the pixel is cold again."""

ITERATIONS = 30

SLOW = 0.1
"""Corrections that shrink by less than this call for a fresh factorisation."""


class NonlinearHeat(StorageProblem):
    """d H(T)/dt + K(T) u = p(t) F with u = T - T_ambient, steppable by `stepping.march`.

    Every stage is solved by corrections with a factorisation of c(T) M + dh K(T) that is kept as long as it converges
    fast: the derivative of the conductivity is left out, which keeps the matrix symmetric and costs an iteration.

    Args:
        space: the terms on a domain.
        source: (cells, points), [W/m3] at drive amplitude 1.
        region: where local errors are measured.
    """

    extrapolated = True

    def __init__(self, space: HeatSpace, source: Array, region: str = "emitter") -> None:
        self.space = space
        self._weights = space.load(space.indicator(region))
        self._volume = space.total(self._weights)
        full = space.load(source)
        self.power = space.total(full)
        self._source = full.copy()
        self._source[space.fixed] = 0.0
        self.power_into_held = self.power - space.total(
            self._source
        )  # released where a face is held: it leaves at once
        self._factors: dict[float, Factorisation] = {}
        self.factorisations = 0
        self._solver: DirectSolver | None = None
        self._slow = False

    def content(self, u: Array) -> Array:
        """The enthalpy above ambient against every shape function, zero at held unknowns."""
        stored = self.space.load(self._values(u).enthalpy)
        stored[self.space.fixed] = 0.0
        return stored

    def _values(self, u: Array) -> ThermalValues:
        return self.space.laws.at(self.space.ambient + self.space.at_points(u))

    def load(self, amplitude: float) -> Array:
        """The load vector at an amplitude of the drive."""
        return amplitude * self._source

    def rest(self) -> Array:
        """(owned,) everything at ambient."""
        return np.zeros(self.space.owned)

    def rise(self, u: Array) -> Array:
        """(owned,) the rise that a solution stands for: itself."""
        return u

    def size(self, u: Array) -> float:
        """Mean of |u| over the region of interest."""
        return self.space.dot(self._weights, np.abs(u)) / self._volume

    def _largest(self, u: Array) -> float:
        """Largest magnitude anywhere: corrections must have ended everywhere, not only where errors are measured."""
        return float(self.space.domain.comm.allreduce(float(np.abs(u).max(initial=0.0)), op=MPI.MAX))

    def solve(self, right: Array, dh: float, guess: Array) -> Array:
        """U with H(u) + dh K(u) u = right.

        Raises:
            ConvergenceError: the corrections do not shrink.
        """
        u, last = guess, np.inf
        key = float(f"{dh:.10e}")
        for iteration in range(ITERATIONS):
            temperature = self.space.ambient + self.space.at_points(u)
            if self.space.domain.comm.allreduce(float(temperature.min(initial=np.inf)), op=MPI.MIN) < 1.0:
                raise self._failure(dh, "the temperature fell below 1 K")
            values = self.space.laws.at(temperature)
            self.space.set_conductivity(values, assemble=False)
            residual = self.space.load(values.enthalpy) + dh * self.space.flux(u) - right
            residual[self.space.fixed] = 0.0
            if key not in self._factors or (iteration > 0 and last > TOLERANCE and self._slow):
                self._refactor(key, dh, values)
            correction = self._factors[key].solve(residual)
            u = u - correction
            change, scale = self._largest(correction), self._largest(u)
            ahead = change * min(1.0, change / last) if np.isfinite(last) else change
            if ahead <= max(TOLERANCE * scale, ROUND_OFF * self.space.ambient):
                return u
            self._slow = change > SLOW * last
            last = change
        raise self._failure(dh, f"corrections stalled at {change / scale:.1e} of the rise")

    def _direct(self) -> DirectSolver:
        # Made at the first use: the ordering needs an assembled matrix.
        if self._solver is None:
            self._solver = DirectSolver(self.space.storage, self.space.flux_matrices(), self.space.fixed, "heat")
        else:
            self._solver.update()
        return self._solver

    def _refactor(self, key: float, dh: float, values: ThermalValues) -> None:
        if key in self._factors:
            self._factors.pop(key).destroy()
        self.space.set_capacity(values)
        self.space.conduction.assemble()
        self._factors[key] = self._direct().factor(dh)
        self.factorisations += 1

    def _failure(self, dh: float, reason: str) -> ConvergenceError:
        return ConvergenceError(
            time=None, step=dh, block="heat", reason=reason, advice="use linear=True, or a smaller power"
        )

    def factor(self, dh: float) -> Factorisation:
        """The factorisation that `solve` used last for a step size."""
        return self._factors[float(f"{dh:.10e}")]

    def solve_error(self, right: Array, dh: float) -> Array:
        """The linearised solve for an error."""
        return self.factor(dh).solve(right)

    def stored(self, u: Array) -> float:
        """Enthalpy above ambient, [1e-18 J]."""
        return self.space.total(self.space.load(self._values(u).enthalpy))

    def leaving(self, u: Array) -> tuple[float, float]:
        """What the held unknowns take from u: their share of the content, and the flow out of all faces [1e-18 W]."""
        space = self.space
        values = self._values(u)
        space.set_conductivity(values, assemble=False)
        flow, stored = space.flux(u), space.load(values.enthalpy)
        convected = 0.0 if space.exchange is None else space.total(space.exchange @ u)
        return space.total(stored[space.fixed]), convected - space.total(flow[space.fixed])

    def steady(self, amplitude: float) -> Array:
        """The steady rise at an amplitude of the drive, K(u) u = p F.

        Raises:
            ConvergenceError: every face is adiabatic, or the iteration stalls.
        """
        refuse_without_sink(self.space)
        right, u = self.load(amplitude), np.zeros(self.space.owned)
        self.space.set_capacity(self._values(u))
        for _ in range(10 * ITERATIONS):
            self.space.set_conductivity(self._values(u))
            factor = self._direct().factor(1.0, weight=0.0)
            correction = u - factor.solve(right)
            factor.destroy()
            u = u - correction
            if self._largest(correction) <= max(TOLERANCE * self._largest(u), ROUND_OFF * self.space.ambient):
                return u
        raise self._failure(0.0, "the steady state was not reached")
