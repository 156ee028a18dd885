"""Layers that carriers enter over a barrier and do not leave: their level is that of where they come from.

In the cold the flux over the barrier is lost in the round-off of those inside, and Newton's method leaves the level
anywhere. Without recombination inside no net flux passes, so the level is flat through the layer and up to the face:
here it is held there, L = E_F(face), and L itself follows by Newton's method from the answer of the face,

    L <- L + (E_F(face) - L)/(1 - dE_F(face)/dL)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.physics.carriers import ELECTRONS, HOLES
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.newton import Settled, iterate

Array = NDArray[np.float64]

ENTRY, EXIT = 5.0, 30.0
"""[kT] barriers into a dead end, and how much higher the one out of it is."""

SAME, ROUNDS = 1e-10, 20
"""[V] to which the level is that of the face, and Newton iterations until then."""


@dataclass(frozen=True)
class DeadEnd:
    """One carrier in one layer.

    Args:
        component: of the unknowns.
        nodes: of the layer without the face where carriers enter.
        face: node where they enter.
    """

    component: int
    nodes: NDArray[np.intp]
    face: int


def dead_ends(space: CarrierSpace) -> list[DeadEnd]:
    """Those of a column in one dimension; not the layers at its contacts, which carriers leave through the metal."""
    found = []
    for component, band, sign in ((ELECTRONS, "conduction_band", 1.0), (HOLES, "valence_band", -1.0)):
        energy = [sign * float(data[band]) / space.vt for data in space.data]
        for i in range(1, len(energy) - 1):
            data = space.data[i]
            if data["traps"] or data["radiative"] or data["auger_electron"] or data["auger_hole"] or len(space.faces):
                continue
            for inwards, outwards in ((i - 1, i + 1), (i + 1, i - 1)):
                entry, barrier = energy[i] - energy[inwards], energy[outwards] - energy[i]
                if entry > ENTRY and barrier > entry + EXIT:
                    shared = np.intersect1d(space.layer_nodes[i], space.layer_nodes[inwards])
                    nodes = np.setdiff1d(space.layer_nodes[i], shared).astype(np.intp)
                    found.append(DeadEnd(component, nodes, int(shared[0])))
    return found


class TiedNewton:
    """Newton's method with the levels of dead ends tied to their faces.

    Args:
        newton: of a space with ions that do not move.
        apart: whether dead ends are to be tied; where it is warm they need not be.
    """

    def __init__(self, newton: CarrierNewton, *, apart: bool) -> None:
        self._newton, self._space = newton, newton.space
        self.ends = dead_ends(newton.space) if apart else []
        self._rows = [self._space.components * end.nodes + end.component for end in self.ends]

    def hold(self, voltage: float) -> None:
        """Hold contacts at a voltage, and dead ends at the levels of their faces as they are."""
        self._space.bias(voltage)
        self._tie(self._faces())

    def settle(self, voltage: float) -> Settled:
        """The steady state at a voltage, from the state as it is.

        Raises:
            ConvergenceError: Newton's method, or that of the levels.
        """
        levels, steps = self._faces(), 0
        for _ in range(ROUNDS):
            self._space.bias(voltage)
            self._tie(levels)
            settled = iterate(self._newton)
            steps += settled.steps
            away = self._faces() - levels
            if np.abs(away).max(initial=0.0) < SAME:
                return Settled(steps, settled.update)
            levels = levels + np.linalg.solve(np.eye(len(levels)) - self._of(self._answers()), away)
        reason = f"levels of dead ends still {float(np.abs(away).max()):.2g} eV off those of their faces"
        raise ConvergenceError(time=None, step=None, block="carriers", reason=reason, advice="take smaller steps")

    def by_voltage(self) -> Array:
        """(nodes, components) derivative of the settled state in the bias, per volt."""
        alone = self._newton.by_voltage()
        if not self.ends:
            return alone
        answers = self._answers()
        own = np.array([alone[end.face, end.component] for end in self.ends])
        levels = np.linalg.solve(np.eye(len(own)) - self._of(answers), own)
        return np.asarray(alone + np.tensordot(levels, answers, axes=1))

    def _faces(self) -> Array:
        return np.array([self._space.u[end.face, end.component] for end in self.ends])

    def _tie(self, levels: Array) -> None:
        """Add the dead ends to what is held."""
        if not self.ends:
            return
        space = self._space
        held, target = [space.held, *self._rows], [space.target]
        target += [np.full(len(rows), level) for rows, level in zip(self._rows, levels, strict=True)]
        space.held, space.target = np.concatenate(held), np.concatenate(target)
        space.system.hold(space.held)

    def _answers(self) -> Array:
        """(ends, nodes, components) derivatives of the state in every level, by the factors at hand."""
        found = []
        for rows in self._rows:
            right = np.zeros(self._space.u.size)
            right[rows] = 1.0
            found.append(self._space.system.solve(right).reshape(self._space.u.shape))
        return np.array(found)

    def _of(self, answers: Array) -> Array:
        """(ends, ends) of every face, in every level."""
        return np.array([[answer[end.face, end.component] for answer in answers] for end in self.ends])
