"""Heat conduction with every property at the ambient temperature: one matrix a step size, factored once."""

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.solve.heat_space import HeatSpace
from femled.solve.petsc import DirectSolver, Factorisation
from femled.solve.stepping import StorageProblem

Array = NDArray[np.float64]


class LinearHeat(StorageProblem):
    """M du/dt + K u = p(t) F for the rise u, steppable by `stepping.march`.

    Args:
        space: the terms on a domain.
        source: (cells, points), [W/m3] at drive amplitude 1.
        region: where local errors are measured.
    """

    def __init__(self, space: HeatSpace, source: Array, region: str = "emitter") -> None:
        self.space = space
        ambient = space.laws.at(space.uniform(space.ambient))
        space.set_capacity(ambient)
        space.set_conductivity(ambient)
        self._weights = space.load(space.indicator(region))
        self._volume = space.total(self._weights)
        full = space.load(source)
        self.power = space.total(full)
        self._source = full.copy()
        self._source[space.fixed] = 0.0
        self.power_into_held = self.power - space.total(
            self._source
        )  # released where a face is held: it leaves at once
        self._solver = DirectSolver(space.storage, space.flux_matrices(), space.fixed, "heat")
        self._factors: dict[float, Factorisation] = {}
        held = np.zeros(space.owned)
        held[space.fixed] = 1.0
        everywhere = np.ones(space.owned)
        self._held_storage = space.storage @ held
        self._outflow = -(space.conduction @ held)
        if space.exchange is not None:
            self._outflow += space.exchange @ (everywhere - held)

    @property
    def factorisations(self) -> int:
        """Number of factorisations made so far."""
        return len(self._factors)

    def content(self, u: Array) -> Array:
        """M u, zero at held unknowns."""
        stored = self.space.storage @ u
        stored[self.space.fixed] = 0.0
        return stored

    def load(self, amplitude: float) -> Array:
        """The load vector at an amplitude of the drive."""
        return amplitude * self._source

    def factor(self, dh: float) -> Factorisation:
        """The factorisation of M + dh K, made once a step size."""
        key = float(f"{dh:.10e}")
        if key not in self._factors:
            self._factors[key] = self._solver.factor(dh)
        return self._factors[key]

    def solve(self, right: Array, dh: float, guess: Array) -> Array:  # noqa: ARG002  other problems need the guess
        """Solve M u + dh K u = right."""
        return self.factor(dh).solve(right)

    def solve_error(self, right: Array, dh: float) -> Array:
        """The same solve for an error."""
        return self.factor(dh).solve(right)

    def shifted(self, shift: float, right: Array) -> Array:
        """U with (K + shift M) u = right, not kept: every shift is used once."""
        factor = self._solver.factor(1.0, weight=shift)
        solution = factor.solve(right)
        factor.destroy()
        return solution

    def flow(self, u: Array) -> Array:
        """K u, zero at held unknowns."""
        flow = self.space.flux(u)
        flow[self.space.fixed] = 0.0
        return flow

    def rest(self) -> Array:
        """(owned,) everything at ambient."""
        return np.zeros(self.space.owned)

    def rise(self, u: Array) -> Array:
        """(owned,) the rise that a solution stands for: itself."""
        return u

    def size(self, u: Array) -> float:
        """Mean of |u| over the region of interest."""
        return self.space.dot(self._weights, np.abs(u)) / self._volume

    def stored(self, u: Array) -> float:
        """Heat content above ambient, [1e-18 J], by quadrature of c u (not through the storage matrix)."""
        c = self.space.laws.at(self.space.uniform(self.space.ambient)).heat_capacity
        return self.space.total(self.space.load(c * self.space.at_points(u)))

    def leaving(self, u: Array) -> tuple[float, float]:
        """What the held unknowns take from u: their share of the content, and the flow out of all faces [1e-18 W]."""
        return self.space.dot(self._held_storage, u), self.space.dot(self._outflow, u)

    @property
    def leaving_rows(self) -> tuple[Array, Array]:
        """The two linear forms of `leaving`, (owned,) each."""
        return self._held_storage, self._outflow

    @property
    def region_weights(self) -> tuple[NDArray[np.int64], Array]:
        """The unknowns that `size` looks at and their weights in its mean."""
        where = np.flatnonzero(self._weights)
        return where, self._weights[where] / self._volume

    def steady(self, amplitude: float) -> Array:
        """The steady rise at an amplitude of the drive, K u = p F.

        Raises:
            ConvergenceError: every face is adiabatic.
        """
        refuse_without_sink(self.space)
        right = self.load(amplitude)
        factor = self._solver.factor(1.0, weight=0.0)
        u = factor.solve(right)
        for _ in range(2):  # refinement: thin films and weak convection span ten orders of magnitude
            u = u + factor.solve(right - self.flow(u))
        factor.destroy()
        return u


def refuse_without_sink(space: HeatSpace) -> None:
    """Raise `ConvergenceError` where no face lets heat out: there is no steady state."""
    if not space.held:
        advice = "hold the base at ambient, or give a convection coefficient"
        raise ConvergenceError(time=None, step=None, block="heat", reason="every face is adiabatic", advice=advice)
