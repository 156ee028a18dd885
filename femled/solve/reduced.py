"""A reduced model of linear heat conduction: a few dozen modes that answer any drive exactly, however long.

M du/dt + K u = p(t) F is projected on the rational Krylov space of (K + s_i M)^-1 F, with real shifts s_i spread
logarithmically over the rates that matter, and s = 0 so that the steady state is exact. In the eigenbasis of the
projected problem every mode obeys dy/dt = -lambda y + p(t), which is integrated exactly for a drive that is linear
between its corners.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.drive import Drive, PulseTrain, Sampled
from femled.solve.heat_linear import LinearHeat

Array = NDArray[np.float64]

SHIFTS = np.logspace(0.0, 9.0, 20)
"""[1/s] From below the slowest mode of a millimetre of glass (2 1/s) to the nanosecond."""


@dataclass(frozen=True)
class ReducedHeat:
    """Modes of the response of one output to the drive.

    Args:
        rates: (modes,), [1/s] lambda, positive.
        gains: (modes,), [unit of the output over that of the drive, per second].
    """

    rates: Array
    gains: Array

    @property
    def steady_gain(self) -> float:
        """Output in the steady state at drive 1."""
        return float(np.sum(self.gains / self.rates))

    def step_response(self, times: Array) -> Array:
        """(times,) output after a unit step of the drive at t = 0."""
        return np.asarray(-np.expm1(-np.multiply.outer(times, self.rates)) @ (self.gains / self.rates))

    def response(self, drive: Drive, times: Array) -> Array:
        """Output under a drive that starts at t = 0 from rest, exact for its corners.

        Args:
            drive: any drive; what it was before t = 0 does not count.
            times: (n,), [s] rising.

        Returns:
            (n,) output.
        """
        if isinstance(drive, PulseTrain):
            return self._periodic(drive, times)
        return np.asarray(modal_states(self.rates, drive, times) @ self.gains)

    def _periodic(self, train: PulseTrain, times: Array) -> Array:
        """The same for equal pulses: periods that are over are a geometric series, whatever their number."""
        T = train.period
        over = np.clip(np.floor(times / T * (1 + 1e-14)), 0, train.count - 1)
        # Times in the period are equal when they agree to what double precision leaves of them after 1e5 periods.
        since, where = np.unique(np.round(times / T - over, 10) * T, return_inverse=True)
        tail = Sampled(times=[0.0], values=[train.pulse.background])
        knots = np.unique(np.concatenate([since, [T]]))
        begun = modal_states(self.rates, train.pulse, knots)  # state after a time in one period, from rest
        if since[-1] > T:
            late = knots > T
            rest = modal_states(self.rates, tail, knots[late] - T)
            begun[late] = (
                begun[np.searchsorted(knots, T)] * np.exp(-np.multiply.outer(knots[late] - T, self.rates)) + rest
            )
        carried = begun[np.searchsorted(knots, T)] * self.gains * np.exp(-np.multiply.outer(since, self.rates))
        output = (begun[np.searchsorted(knots, since)] @ self.gains)[where]
        slow = self.rates * T < 40.0  # the other modes have forgotten the period before
        series = -np.expm1(-self.rates[slow] * T)
        for i in range(len(since)):
            mine = np.flatnonzero((where == i) & (over > 0))
            history = -np.expm1(-np.multiply.outer(over[mine] * T, self.rates[slow])) / series
            output[mine] += history @ carried[i, slow] + carried[i, ~slow].sum()
        return np.asarray(output)

    def mean_over_period(self, train: PulseTrain, number: int) -> float:
        """Mean of the output over one period of a train, exact.

        From lambda Int y dt = Int p dt - (y_end - y_start) in every mode.

        Args:
            train: equal pulses.
            number: of the period, counted from 0.
        """
        T = train.period
        weighted = ReducedHeat(self.rates, self.gains / self.rates)
        start, end = (
            weighted.response(train, np.array([number * T, (number + 1) * T]))
            if number
            else (0.0, weighted.response(train, np.array([T]))[0])
        )
        return float(train.mean * self.steady_gain - (end - start) / T)


def modal_states(rates: Array, drive: Drive, times: Array) -> Array:
    """Modes of dy/dt = -lambda y + p(t) from rest at t = 0, exact for a drive that is linear between its corners.

    Args:
        rates: (modes,), [1/s] lambda, not negative.
        drive: p; what it was before t = 0 does not count.
        times: (n,), [s] rising.

    Returns:
        (n, modes), [s] times the unit of the drive.
    """
    corners = drive.breakpoints
    knots = np.unique(np.concatenate([[0.0], corners[corners > 0], times]))
    start, stop = drive.after(knots[:-1]), drive.before(knots[1:])
    states = _scan(*_intervals(rates, np.diff(knots), start, stop))
    return np.concatenate([np.zeros((1, len(rates))), states])[np.searchsorted(knots, times)]


def _intervals(rates: Array, lengths: Array, start: Array, stop: Array) -> tuple[Array, Array]:
    """Decay and gain of every mode over intervals in which the drive is linear."""
    x = np.multiply.outer(lengths, rates)
    decay = np.exp(-x)
    phi1 = np.where(x > 0, -np.expm1(-x) / np.where(x > 0, x, 1.0), 1.0)
    small = x < 1e-4
    phi2 = np.where(small, 0.5 - x / 6 + x * x / 24, (1.0 - phi1) / np.where(small, 1.0, x))
    gained = lengths[:, None] * (start[:, None] * phi1 + (stop - start)[:, None] * phi2)
    return decay, gained


def _scan(decay: Array, gained: Array) -> Array:
    """All states of y_n = decay_n y_(n-1) + gained_n from y = 0, by pairwise doubling (work grows like n)."""
    n = len(decay)
    if n <= 8:
        states = np.empty_like(gained)
        y = np.zeros(gained.shape[1])
        for i in range(n):
            y = decay[i] * y + gained[i]
            states[i] = y
        return states
    even = n - n % 2
    first, second = slice(0, even, 2), slice(1, even, 2)
    pairs = _scan(decay[first] * decay[second], decay[second] * gained[first] + gained[second])
    states = np.empty_like(gained)
    states[second] = pairs
    states[0] = gained[0]
    states[2::2] = decay[2::2] * states[1 : n - 1 : 2] + gained[2::2]
    return states


def reduce_heat(problem: LinearHeat, output: Array) -> ReducedHeat:
    """The reduced model of one output of linear heat conduction.

    Args:
        problem: on one MPI rank or several.
        output: (owned,) weights that turn a rise into the output.
    """
    space = problem.space
    source = problem.load(1.0)
    basis: list[Array] = []
    stored: list[Array] = []
    for shift in np.concatenate([[0.0], SHIFTS] if space.held else [SHIFTS]):
        vector = problem.shifted(shift, source)
        for _ in range(2):  # twice is enough for orthogonality to round-off
            for v, Mv in zip(basis, stored, strict=True):
                vector = vector - space.dot(Mv, vector) * v
        content = problem.content(vector)
        norm = np.sqrt(space.dot(vector, content))
        if norm == 0.0:
            continue
        basis.append(vector / norm)
        stored.append(content / norm)
    flows = [problem.flow(v) for v in basis]
    stiffness = np.array([[space.dot(v, flow) for flow in flows] for v in basis])
    rates, modes = np.linalg.eigh((stiffness + stiffness.T) / 2)
    inputs = modes.T @ np.array([space.dot(v, source) for v in basis])
    outputs = modes.T @ np.array([space.dot(v, output) for v in basis])
    kept = rates > 0
    return ReducedHeat(rates[kept], (inputs * outputs)[kept])
