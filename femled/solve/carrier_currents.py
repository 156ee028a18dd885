"""Currents through the contacts of a column, by several routes, and the charge on its electrodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from femled.physics.carriers import ELECTRONS, FLUX, HOLES, POTENTIAL
from femled.physics.electrostatics import DENSITY
from femled.solve.carrier_meaning import States, corner_densities, recombination
from femled.solve.carriers import CarrierSpace

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Currents:
    """Current densities of a state, [A/m2], forward positive.

    Args:
        total: from the minority currents at the contacts and the integral of R - G + dp/dt.
        anode: the sum of both currents there.
        cathode: the same at the other end.
        recombination: by mechanism, q times the integral.
        electrode_charge: [C/m2] on anode and cathode.
        anode_electrons: the part of the current at the anode that electrons carry.
    """

    total: float
    anode: float
    cathode: float
    recombination: dict[str, float]
    electrode_charge: tuple[float, float]
    anode_electrons: float

    @property
    def error(self) -> float:
        """[A/m2] largest difference between the routes."""
        return max(abs(self.total - self.anode), abs(self.total - self.cathode), abs(self.anode - self.cathode))


MANY = 200
"""States whose recombination is evaluated at once."""


def currents(space: CarrierSpace, holes: Array | None = None) -> Currents:
    """Conduction currents of the state as it is; the displacement current is the electrode charge's growth.

    Args:
        space: the equations.
        holes: (cells, corners), [1e24/m3] of this state, if they are known.
    """
    rows, unit = space.residual(), _unit(space)
    lost = {name: unit * value for name, value in space.recombination_integrals().items()}
    through = [rows[terminal.nodes].sum(axis=0) for terminal in space.terminals]
    stored = unit * (_growth_of_holes(space, holes) - float(space.generation.sum()))
    return _of(space, through, lost, stored)


def recombined(space: CarrierSpace) -> float:
    """[A/m2] what recombines in all in the state that a space holds."""
    if space.holding:  # what traps have yet to catch is known by the forms
        return _unit(space) * sum(space.recombination_integrals().values())
    states = States.together([States.now(space)])
    return float(sum(one[0] for one in _integrals(space, states, recombination(space, states)).values()))


class Flow:
    """What flows in a state of a march in time: currents are evaluated when they are asked for.

    Args:
        flows: that evaluates it.
        states: a single one.
        stored: [A/m2] growth of the holes less what is generated.
        found: currents that are known already.
    """

    def __init__(self, flows: "Flows", states: States, stored: float, found: Currents | None = None) -> None:
        self._flows, self.states, self.stored, self.found = flows, states, stored, found
        self.through = [states.rows[terminal.nodes].sum(axis=0) for terminal in flows.space.terminals]
        self.electrode_charge = np.array([one[POTENTIAL] for one in self.through]) * _unit(flows.space)

    @property
    def currents(self) -> Currents:
        """Current densities."""
        if self.found is None:
            self._flows.evaluate()
        assert self.found is not None  # it was among those that waited
        return self.found


class Flows:
    """Currents of the states of a march, evaluated together: a state by itself takes as long as ten of many.

    Args:
        space: the equations.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self.space = space
        self._waiting: WeakSet[Flow] = WeakSet()  # nobody asks for those of steps that are repeated

    def now(self, holes: Array, *, at_once: bool = False) -> Flow:
        """Of the state that the space holds.

        Args:
            holes: (cells, corners), [1e24/m3] of it.
            at_once: whether its currents will be asked for before there is another one.
        """
        space, states = self.space, States.now(self.space)
        stored = _unit(space) * (_growth_of_holes(space, holes) - float(space.generation.sum()))
        flow = Flow(self, states, stored)
        if at_once or space.holding:
            lost = {name: _unit(space) * value for name, value in space.recombination_integrals().items()}
            flow.found = _of(space, flow.through, lost, stored)
        else:
            self._waiting.add(flow)
            if len(self._waiting) >= MANY:
                self.evaluate()
        return flow

    def evaluate(self) -> None:
        """The currents of all that wait."""
        waiting = list(self._waiting)
        self._waiting.clear()
        states = States.together([one.states for one in waiting])
        lost = _integrals(self.space, states, recombination(self.space, states))
        for i, one in enumerate(waiting):
            one.found = _of(
                self.space, one.through, {name: float(values[i]) for name, values in lost.items()}, one.stored
            )


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

    def now(self) -> Currents:
        """Current densities of the steady state that the space holds."""
        states = States.together([States.now(self._space)])
        return self.of(states, recombination(self._space, states))[0]

    def of(self, states: States, rates: dict[str, Array]) -> list[Currents]:
        """Current densities of steady states.

        Args:
            states: of the space, (states, ...).
            rates: of `recombination` in them.
        """
        space, integrals = self._space, _integrals(self._space, states, rates)
        generated = -_unit(space) * float(space.generation.sum())
        ends = [states.rows[:, self._nodes[end][0]].copy() for end in (0, 1)]
        for end, through in enumerate(ends):
            for carrier in (ELECTRONS, HOLES):
                weights = self._weights(states.u[:, self._nodes[end]], end, carrier)
                through[:, carrier] = np.sum(weights * states.rows[:, self._nodes[end], carrier], axis=1)
        return [
            _of(
                space,
                [through[i] for through in ends],
                {name: float(values[i]) for name, values in integrals.items()},
                generated,
            )
            for i in range(len(states.u))
        ]

    def _weights(self, u: Array, end: int, carrier: int) -> Array:
        """(states, nodes) from the contact on; the density may be that of Boltzmann, as any weights would do."""
        energy = (u[..., POTENTIAL] + u[..., carrier]) * (1 if carrier == HOLES else -1)
        middle = (energy[:, 1:] + energy[:, :-1]) / (2 * self._space.vt)
        steep = np.exp(np.maximum(middle - middle.max(axis=1, keepdims=True), -600.0))
        passed = np.cumsum(self._sizes[end] * steep, axis=1)
        return np.column_stack([np.ones(len(u)), 1 - passed / passed[:, -1:]])


def _unit(space: CarrierSpace) -> float:
    """[A/m2] of a flux in units of the mesh."""
    return FLUX / space.mesh.area


def _integrals(space: CarrierSpace, states: States, rates: dict[str, Array]) -> dict[str, Array]:
    """(states,), [A/m2] q times the integral of every rate (states, cells, corners); "interface" if there are any."""
    unit, weights = _unit(space), space.mesh.corner_weights.ravel()
    found = {name: unit / DENSITY * (values.reshape(len(values), -1) @ weights) for name, values in rates.items()}
    if space.faces:
        lost = [face.rate(states.u[:, face.nodes]) @ face.areas for face in space.faces]
        found["interface"] = unit * np.sum(lost, axis=0)
    return found


def _of(space: CarrierSpace, through: Sequence[Array], recombination: dict[str, float], stored: float) -> Currents:
    """Currents of a state.

    Args:
        space: the equations.
        through: (components,) fluxes through anode and cathode, in units of the mesh.
        recombination: [A/m2] by mechanism.
        stored: [A/m2] growth of the holes less what is generated.
    """
    unit = _unit(space)
    electrons_a, holes_a = -unit * through[0][[ELECTRONS, HOLES]]
    electrons_c, holes_c = unit * through[1][[ELECTRONS, HOLES]]
    net = sum(recombination.values()) + stored
    return Currents(
        total=float(electrons_a + holes_c + net),
        anode=float(electrons_a + holes_a),
        cathode=float(electrons_c + holes_c),
        recombination=recombination,
        electrode_charge=(float(unit * through[0][POTENTIAL]), float(unit * through[1][POTENTIAL])),
        anode_electrons=float(electrons_a),
    )


def _growth_of_holes(space: CarrierSpace, holes: Array | None) -> float:
    growth = space.growth_p.x.array
    if not growth.any():
        return 0.0
    p = corner_densities(space)[1] if holes is None else holes
    return float((space.mesh.corner_weights.ravel() * growth) @ p.ravel() - space.past[:, HOLES].sum())
