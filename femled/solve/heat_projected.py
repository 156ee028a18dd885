"""Linear heat conduction projected on a few dozen vectors, stepped by `stepping.march` like the whole.

M du/dt + K u = p(t) F from rest is solved in the rational Krylov space of repeated real poles (druskin2009),

    V = span {1, w_1, w_2, ...},   (K + s_j M) w_(j+1) = s_j M v_j,   M v_0 = F,

where v_j is w_j made orthonormal in M, and the poles s_j run in turns through a few rates between that of the first
step and that of the whole run. With u = V y and V' M V = 1,

    dy/dt + (V' K V) y = p(t) V' F.

Thousands of unknowns become two or three dozen. Steps of any size then cost microseconds; what is factored is one
matrix a pole. The vector 1 (zero at held unknowns) is there for the balance: tested with it, the projected equation
says that heat supplied = stored + removed.

How many vectors are needed is decided for the drive at hand. The eigenvectors of V' K V answer it without any steps, so
the rise in the region of interest, all along the run, is compared with that of a smaller space of the same family.
"""

import numpy as np
from numpy.typing import NDArray

from femled.drive import Drive
from femled.solve.heat_linear import LinearHeat
from femled.solve.ladder import RUNG
from femled.solve.reduced import modal_states
from femled.solve.stepping import FADING, FORGOTTEN, SETTLED, StorageProblem

Array = NDArray[np.float64]

SLOWEST = 10.0
"""Slowest pole times the length of the run."""

DECADES = 3.0
"""Neighbouring poles are at most so many decades apart."""

ROUNDS = (6, 24)
"""The poles are gone through so many times, at least and at most."""

SHARE = 0.2
"""What the smaller space may be off, of the tolerance of the steps. The larger one is used, and is off by far less."""

EARLIER = 1
"""Rungs below the base step at which spaces are still compared: a rejected first step is shorter."""

DEPENDENT = 1e-10
"""A vector that loses all but this in becoming orthogonal adds nothing: the space is complete."""


class ProjectedHeat(StorageProblem):
    """Linear heat conduction in a small space, steppable by `stepping.march`; solutions are (n,) amplitudes.

    Args:
        problem: what is projected.
        vectors: (n, owned) V', orthonormal in M.
        stiffness: (n, n), [1/s] V' K V.
    """

    def __init__(self, problem: LinearHeat, vectors: Array, stiffness: Array) -> None:
        self.problem = problem
        self.power, self.power_into_held = problem.power, problem.power_into_held
        self._vectors, self._stiffness = vectors, stiffness
        dots = problem.space.dots
        self._source = dots(vectors, problem.load(1.0))
        self._taken = np.stack([dots(vectors, row) for row in problem.leaving_rows])
        where, self._weights = problem.region_weights
        self._region = np.ascontiguousarray(vectors[:, where].T)
        self._inverses: dict[float, Array] = {}

    @property
    def factorisations(self) -> int:
        """Number of factorisations of the whole problem made so far: one a pole."""
        return self.problem.factorisations

    def rest(self) -> Array:
        """(n,) everything at ambient."""
        return np.zeros(len(self._vectors))

    def rise(self, y: Array) -> Array:
        """(owned,) V y, the rise that amplitudes stand for."""
        return np.asarray(y @ self._vectors)

    def content(self, y: Array) -> Array:
        """V' M V y, which is y."""
        return y

    def load(self, amplitude: float) -> Array:
        """V' F at an amplitude of the drive."""
        return amplitude * self._source

    def solve(self, right: Array, dh: float, guess: Array) -> Array:  # noqa: ARG002  other problems need the guess
        """Solve y + dh V' K V y = right."""
        return self.solve_error(right, dh)

    def solve_error(self, right: Array, dh: float) -> Array:
        """The same solve for an error."""
        if dh not in self._inverses:
            # Not by eigenvectors: their round-off, that of the fastest mode, would be seen in the slowest.
            self._inverses[dh] = np.linalg.inv(np.eye(len(right)) + dh * self._stiffness)
        return np.asarray(self._inverses[dh] @ right)

    def size(self, y: Array) -> float:
        """Mean of |u| over the region of interest."""
        return self.problem.space.total(self._weights @ np.abs(self._region @ y))

    def sizes(self, rises: Array) -> Array:
        """(times,) the same for rises in the region, (places, times)."""
        return self.problem.space.totals(self._weights @ np.abs(rises))

    def region_rises(self, drive: Drive, times: Array) -> Array:
        """(places, times) rise in the region of interest at rising times [s] under a drive, without any steps."""
        rates, turn = np.linalg.eigh(self._stiffness)
        states = modal_states(np.maximum(rates, 0.0), drive, times) * (self._source @ turn)
        return np.asarray(self._region @ (turn @ states.T))

    def stored(self, y: Array) -> float:
        """Heat content above ambient, [1e-18 J], by quadrature."""
        return self.problem.stored(self.rise(y))

    def leaving(self, y: Array) -> tuple[float, float]:
        """What the held unknowns take: their share of the content, and the flow out of all faces [1e-18 W]."""
        held, flow = self._taken @ y
        return float(held), float(flow)


def project_heat(
    problem: LinearHeat, drive: Drive, *, until: float, rtol: float, base_step: float
) -> ProjectedHeat | None:
    """The problem in a space that answers a drive to a small share of the tolerance of the steps.

    Args:
        problem: what is projected.
        drive: amplitude of the load.
        until: [s] end of the run.
        rtol: of the steps, relative to the current size of the solution.
        base_step: [s] first step after a breakpoint.

    Returns:
        the projected problem; None where the poles have been gone through in vain.
    """
    poles, (times, allowed) = _poles(until, base_step), _judged(drive, until, base_step, SHARE * rtol)
    fewest, most = ROUNDS
    space = RationalKrylov(problem, most * len(poles))
    before: Array | None = None
    for number in range(1, most + 1):
        for pole in poles:
            space.grow(pole)
        if number < fewest or (number - fewest) % 2:
            continue
        model = space.project()
        rises = model.region_rises(drive, times)
        if before is not None:
            sizes = model.sizes(rises)
            # As in the steps: what has all but faded is held to a share of what was.
            scale = np.maximum(sizes, FORGOTTEN * np.maximum.accumulate(sizes))
            if np.all(model.sizes(rises - before) <= allowed * scale):
                return model
        before = rises
    return None


def _poles(until: float, base_step: float) -> list[float]:
    """[1/s] From the rate of the first step to that of the run, fastest first, equally far apart in logarithm."""
    fast = 1.0 / base_step
    slow = min(SLOWEST / until, fast)
    count = 1 + int(np.ceil(np.log10(fast / slow) / DECADES))
    return np.geomspace(fast, slow, count).tolist() if count > 1 else [fast]


def _judged(drive: Drive, until: float, base_step: float, share: float) -> tuple[Array, Array]:
    """When spaces are compared, and how far apart they may be.

    At every corner, and after it in steps that grow like those of `march`. As there, an error is judged by what is
    left of it ten base steps after the corner.

    Returns:
        (n,), [s]; (n,), relative.
    """
    corners = drive.breakpoints
    corners = np.unique(np.concatenate([[0.0], corners[(corners > 0) & (corners < until)], [until]]))
    after = base_step * float(RUNG) ** np.arange(-EARLIER, 1 + max(int(np.log(until / base_step) / np.log(RUNG)), 0))
    found = corners[:-1, None] + after
    times = np.unique(np.concatenate([found[found < corners[1:, None]], corners[1:]]))
    since = times - corners[np.searchsorted(corners, times) - 1]
    return times, share * np.maximum(1.0, SETTLED * base_step / since) ** FADING


class RationalKrylov:
    """The space as it grows.

    Args:
        problem: what is projected.
        most: solves at most.
    """

    def __init__(self, problem: LinearHeat, most: int) -> None:
        space = problem.space
        self.problem = problem
        self._vectors = np.empty((most + 1, space.owned))
        self._contents = np.empty_like(self._vectors)
        self._stiffness = np.zeros((most + 1, most + 1))
        self._count = 0
        self._right = problem.load(1.0)
        one = np.ones(space.owned)
        one[space.fixed] = 0.0
        self._one = one
        start = None if space.held else self._orthogonal(one)
        if start is not None:  # K 1 = 0: a mode by itself
            self._append(*start)

    def _append(self, vector: Array, content: Array) -> None:
        n = self._count
        self._vectors[n], self._contents[n] = vector, content
        # By the gradient: the assembled matrix would spend its digits on the thinnest film.
        row = self.problem.space.dots(self._vectors[: n + 1], self.problem.flow(vector))
        self._stiffness[n, : n + 1] = self._stiffness[: n + 1, n] = row
        self._count += 1

    def _orthogonal(self, vector: Array) -> tuple[Array, Array] | None:
        """What a vector has outside the space, made 1 in norm, and its content; None where nothing is left."""
        n, space = self._count, self.problem.space
        shares = np.zeros(n)
        for _ in range(2):  # twice is enough for round-off
            part = space.dots(self._contents[:n], vector)
            vector = vector - part @ self._vectors[:n]
            shares += part
        content = self.problem.content(vector)
        norm = float(np.sqrt(max(space.dot(vector, content), 0.0)))
        return None if norm <= DEPENDENT * np.linalg.norm(shares) else (vector / norm, content / norm)

    def grow(self, pole: float) -> None:
        """Add what one more solve gives, at a pole [1/s]."""
        new = self._orthogonal(self.problem.factor(1.0 / pole).solve(self._right))
        if new is not None:
            self._append(*new)
            self._right = new[1]

    def project(self) -> ProjectedHeat:
        """The problem in the space as it is, the constant vector included.

        The space does not grow from that vector, whose own answers would fill half of it.
        """
        kept, constant = self._count, self._orthogonal(self._one)
        if constant is not None:
            self._append(*constant)
        n, self._count = self._count, kept
        return ProjectedHeat(self.problem, self._vectors[:n].copy(), self._stiffness[:n, :n].copy())
