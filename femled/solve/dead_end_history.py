"""Dead ends in a pulse: what they hold is what they held before it, and what has entered since.

A dead end (`femled.solve.dead_ends`) may take much longer to fill than a pulse lasts. Two states of a column know this;
both are the equations of the steady state, in one dimension and in a section.

Held, nothing has entered: the carriers of before are charge that stays, and the layer has no states for more,

    N = 0,   charge += q p_0,   E_F + phi = const. inside,

so that no flux passes its faces and what is released is what is put in, to round-off. At the face itself the level is
that of the layer they come from.

Entered, after a time t at the voltage of the moment: one implicit step of the equation of continuity in the dead end,

    (p - p_0)/t + div J_p/q = 0,

held for a short t, filled for a long one. In between it is as good as one step of first order: the current after t is
that of the equations in time within 1 % where it has changed by a fifth, and 30 % too high where it has changed sixfold
(elkhouly2024, 525 ns, 5 and 8 V at 291 K). What the carriers that enter store is not among the heat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.physics.carriers import ELECTRONS, HOLES
from femled.solve.carrier_material import STATES
from femled.solve.carrier_meaning import corner_densities
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import DeadEnd
from femled.solve.ions import FixedCharge

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DeadEndHistory:
    """Dead ends of a mesh before a pulse, and how long they have been open since.

    Args:
        ends: of the mesh.
        before: of every dead end, (cells of its layer, corners), [1e24/m3] carriers then.
        time: [s] since; 0 if nothing enters.
        voltage: [V] of the steady state before.
    """

    ends: tuple[DeadEnd, ...]
    before: tuple[Array, ...]
    time: float
    voltage: float

    @classmethod
    def of_state(cls, space: CarrierSpace, ends: Sequence[DeadEnd], time: float, voltage: float) -> "DeadEndHistory":
        """From the state that a space holds.

        Args:
            space: in the state before the pulse.
            ends: of it.
            time: [s].
            voltage: [V] of the state.
        """
        held = corner_densities(space)
        before = (held[end.component - ELECTRONS][space.mesh.cell_layer == end.layer] for end in ends)
        return cls(tuple(ends), tuple(before), time, voltage)

    def impose(self, space: CarrierSpace) -> None:
        """Let every state of a space have this history.

        Args:
            space: on the mesh, at any temperature, with frozen ions or none: its charge is theirs and that of what is
                held from now on.
        """
        if self.time > 0.0:
            self._open(space)
        else:
            self._shut(space)

    def _shut(self, space: CarrierSpace) -> None:
        charge, bare, bound = np.zeros(space.cell_nodes.shape), dict(space.bare), [space.bound]
        for end, density in zip(self.ends, self.before, strict=True):
            charge[space.mesh.cell_layer == end.layer] += density if end.component == HOLES else -density
            bare[end.layer] = (*bare.get(end.layer, ()), STATES[end.component - ELECTRONS])
            others = [nodes for layer, nodes in enumerate(space.layer_nodes) if layer != end.layer]
            inner = np.setdiff1d(end.nodes, np.concatenate(others))
            bound.append(space.components * inner + end.component)
        assert isinstance(space.ions, FixedCharge)  # others answer to the potential
        space.ions = FixedCharge(space.ions.charge + charge, space.ions.screening, space.ions.total)
        space.bare, space.bound = bare, np.concatenate(bound)
        space.set_temperature(space.temperature)

    def _open(self, space: CarrierSpace) -> None:
        growth = {ELECTRONS: np.zeros(space.cell_nodes.shape), HOLES: np.zeros(space.cell_nodes.shape)}
        for end, density in zip(self.ends, self.before, strict=True):
            inside = np.isin(space.cell_nodes, end.nodes) & (space.mesh.cell_layer == end.layer)[:, None]
            growth[end.component] += inside / self.time
            held = np.zeros(space.cell_nodes.shape)
            held[space.mesh.cell_layer == end.layer] = density
            sign = 1.0 if end.component == HOLES else -1.0
            space.past[:, end.component] += sign * space.lumped(inside / self.time * held)
        space.growth_n.put(growth[ELECTRONS])
        space.growth_p.put(growth[HOLES])
