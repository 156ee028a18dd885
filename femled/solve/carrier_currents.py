"""Currents through the contacts of a column, by several routes, and the charge on its electrodes."""

from dataclasses import dataclass

import numpy as np

from femled.physics.carriers import ELECTRONS, FLUX, HOLES, POTENTIAL
from femled.solve.carrier_meaning import corner_densities
from femled.solve.carriers import CarrierSpace


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


def currents(space: CarrierSpace) -> Currents:
    """Conduction currents of the state as it is; the displacement current is the electrode charge's growth."""
    rows, unit = space.residual(), FLUX / space.mesh.area
    through = [unit * rows[terminal.nodes].sum(axis=0) for terminal in space.terminals]
    electrons_a, holes_a = -through[0][[ELECTRONS, HOLES]]
    electrons_c, holes_c = through[1][[ELECTRONS, HOLES]]
    recombination = {name: unit * value for name, value in space.recombination_integrals().items()}
    stored = unit * _growth_of_holes(space)
    net = sum(recombination.values()) - unit * float(space.generation.sum()) + stored
    return Currents(
        total=float(electrons_a + holes_c + net),
        anode=float(electrons_a + holes_a),
        cathode=float(electrons_c + holes_c),
        recombination=recombination,
        electrode_charge=(float(through[0][POTENTIAL]), float(through[1][POTENTIAL])),
        anode_electrons=float(electrons_a),
    )


def _growth_of_holes(space: CarrierSpace) -> float:
    growth = space.growth_p.x.array
    if not growth.any():
        return 0.0
    p = corner_densities(space)[1].ravel()
    return float(np.sum(space.mesh.corner_weights.ravel() * growth * p) - space.past[:, HOLES].sum())
