"""Layers that carriers enter over a barrier and do not leave: their level is that of where they come from.

In the cold the flux over the barrier is lost in the round-off of those inside, and Newton's method leaves the level
anywhere. Without recombination inside no net flux passes, so the level is flat through the layer and up to the face:
here it is held there, L = E_F(face), and L itself follows by Newton's method from the answer of the face,

    L <- L + (E_F(face) - L)/(1 - dE_F(face)/dL)

That is the steady state, with the dead end filled. How long the last of it takes, `filling_times` says: at 77 K it
may be longer than any pulse, or than any measurement.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.physics.carriers import ELECTRONS, HOLES
from femled.solve.carrier_meaning import corner_densities
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.newton import Settled, iterate

Array = NDArray[np.float64]

Solve = Callable[[Array], Array]
"""Right-hand side (nodes * components,) -> (nodes, components)."""

FillingTimes = dict[tuple[str, str], float]
"""Carriers and layer -> [s]."""

WARM = 250.0
"""[K] from which on the equations alone know every level. Below, carriers behind barriers couple by less than
round-off: their levels are tied."""

ENTRY, EXIT = 5.0, 30.0
"""[kT] barriers into a dead end, and how much higher the one out of it is."""

SAME, ROUNDS = 1e-10, 20
"""[V] to which the level is that of the face, and Newton iterations until then."""


@dataclass(frozen=True)
class DeadEnd:
    """One carrier in one layer.

    Args:
        component: of the unknowns.
        layer: from the anode on.
        nodes: of the layer without the face where carriers enter.
        face: node where they enter, one of them in a section.
    """

    component: int
    layer: int
    nodes: NDArray[np.intp]
    face: int


def dead_ends(space: CarrierSpace) -> list[DeadEnd]:
    """Those of a column, or of a section; not the layers at its contacts, which carriers leave through the metal."""
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
                    if not space.generation[nodes].any():
                        found.append(DeadEnd(component, i, nodes, int(shared[0])))
    return found


def tied_ends(space: CarrierSpace) -> list[DeadEnd]:
    """The dead ends that are tied in every steady state of a space: all of a column below `WARM`, else none.

    None, too, where a history (`dead_end_history`) says how many carriers they hold.
    """
    if space.bare or space.growth_n.x.array.any() or space.growth_p.x.array.any():
        return []
    cold = space.mesh.kind.dimension == 1 and not space.empty and bool(np.max(space.temperature) < WARM)
    return dead_ends(space) if cold else []


def newton_of(space: CarrierSpace) -> "TiedNewton":
    """The method by which every steady state of a space is found."""
    return TiedNewton(CarrierNewton(space), tied_ends(space))


def filling_times(space: CarrierSpace, ends: list[DeadEnd]) -> FillingTimes:
    """How long the last carriers take into dead ends, over the barriers of the steady state that the space holds.

        tau = Int_face^end dx/(mu V_T p(x)) Int_x^end p dx'

    the mean time in which one of them would find its way back to the face. The first enter faster: the field in a layer
    that is still empty draws them in. How fast, `transient` says.
    """
    found = {}
    for end in ends:
        carrier = "holes" if end.component == HOLES else "electrons"
        layer, data = space.column.layers[end.layer].name, space.data[end.layer]
        cells = space.mesh.cells(layer)
        away = np.abs(space.position[space.cell_nodes[cells]] - space.position[end.face])
        order = np.argsort(away.mean(axis=1))
        density = corner_densities(space)[end.component - ELECTRONS][cells][order]
        width, middle = np.ptp(away[order], axis=1), np.exp(np.log(np.maximum(density, 1e-300)).mean(axis=1))
        held = width * density.mean(axis=1)
        beyond = np.cumsum(held[::-1])[::-1] - held / 2
        mobility = data[f"{carrier[:-1]}_mobility"]
        found[carrier, layer] = float(np.sum(width / middle * beyond) / (mobility * space.vt))
    return found


def of_filling(states: list[FillingTimes]) -> list[str]:
    """What a reader has to know of states with dead ends."""
    times: dict[tuple[str, str], list[float]] = {}
    for place, time in (item for state in states for item in state.items()):
        times.setdefault(place, []).append(time)
    return [
        f'{carrier} in layer "{layer}", behind a barrier, have the level of where they come from: the steady state, '
        f"to which the last of them take {min(found):.0e} s to {max(found):.0e} s or longer; in shorter pulses "
        "they are fewer, and less may flow"
        for (carrier, layer), found in sorted(times.items())
    ]


class Ties:
    """Levels of dead ends as those of their faces, in the linear step of a space.

    Args:
        space: the equations.
        ends: those to be tied.
    """

    def __init__(self, space: CarrierSpace, ends: list[DeadEnd]) -> None:
        self._space, self.ends = space, ends
        self._rows = [space.components * end.nodes + end.component for end in ends]

    def faces(self) -> Array:
        """(ends,), [eV] levels at the faces."""
        return np.array([self._space.u[end.face, end.component] for end in self.ends])

    def hold(self, levels: Array) -> None:
        """Add the dead ends to what a space holds, at levels (ends,), [eV]."""
        if not self.ends:
            return
        space = self._space
        held, target = [space.held, *self._rows], [space.target]
        target += [np.full(len(rows), level) for rows, level in zip(self._rows, levels, strict=True)]
        space.held, space.target = np.concatenate(held), np.concatenate(target)
        space.system.hold(space.held)

    def put(self) -> None:
        """Give the nodes of dead ends the levels of their faces."""
        for end in self.ends:
            self._space.u[end.nodes, end.component] = self._space.u[end.face, end.component]

    def levels(self, free: Array, solve: Solve) -> Array:
        """(ends,) changes of the levels that are those of the faces.

        Args:
            free: (ends,) changes of the faces with the levels held.
            solve: the linear step with the levels held, by the factors at hand.
        """
        return np.asarray(np.linalg.solve(np.eye(len(free)) - self._of(self._answers(solve)), free))

    def follow(self, change: Array, solve: Solve) -> Array:
        """(nodes, components) a linear step with the levels held, as it is with the levels following."""
        if not self.ends:
            return change
        free = np.array([change[end.face, end.component] for end in self.ends])
        answers = self._answers(solve)
        levels = np.linalg.solve(np.eye(len(free)) - self._of(answers), free)
        return np.asarray(change + np.tensordot(levels, answers, axes=1))

    def _answers(self, solve: Solve) -> Array:
        """(ends, nodes, components) derivatives of the state in every level."""
        found = []
        for rows in self._rows:
            right = np.zeros(self._space.u.size)
            right[rows] = 1.0
            found.append(solve(right))
        return np.array(found)

    def _of(self, answers: Array) -> Array:
        """(ends, ends) of every face, in every level."""
        return np.array([[answer[end.face, end.component] for answer in answers] for end in self.ends])


class TiedNewton:
    """Newton's method with the levels of dead ends tied to their faces.

    Args:
        newton: of a space with ions at rest, or ions that do not move.
        ends: those to be tied; with none it is Newton's method as it is.
    """

    def __init__(self, newton: CarrierNewton, ends: list[DeadEnd]) -> None:
        self._newton, self._space, self.ends = newton, newton.space, ends
        self._ties = Ties(newton.space, ends)

    def hold(self, voltage: float) -> None:
        """Hold contacts at a voltage, and dead ends at the levels of their faces as they are."""
        self._space.bias(voltage)
        self._ties.hold(self._ties.faces())

    def settle(self, voltage: float) -> Settled:
        """The steady state at a voltage, from the state as it is.

        Raises:
            ConvergenceError: Newton's method, or that of the levels.
        """
        levels, steps = self._ties.faces(), 0
        for _ in range(ROUNDS):
            self._space.bias(voltage)
            self._ties.hold(levels)
            settled = iterate(self._newton)
            steps += settled.steps
            away = self._ties.faces() - levels
            if np.abs(away).max(initial=0.0) < SAME:
                return Settled(steps, settled.update)
            levels = levels + self._ties.levels(away, self._newton.solved)
        reason = f"levels of dead ends still {float(np.abs(away).max()):.2g} eV off those of their faces"
        raise ConvergenceError(time=None, step=None, block="carriers", reason=reason, advice="take smaller steps")

    def equilibrium(self) -> Settled:
        """From a guess: there every level is known.

        Raises:
            ConvergenceError: Newton's method.
        """
        self._space.guess()
        self._space.equilibrium()
        return iterate(self._newton, limit=300)

    def release(self) -> None:
        """Hold the contacts alone again, for equations in time or of small signals."""
        if self.ends:
            self._space.bias(self._space.voltage)

    def by_voltage(self, *, renewed: bool = True) -> Array:
        """(nodes, components) derivative of the settled state in the bias, per volt.

        Args:
            renewed: as of `CarrierNewton.by_voltage`.
        """
        return self._ties.follow(self._newton.by_voltage(renewed=renewed), self._newton.solved)
