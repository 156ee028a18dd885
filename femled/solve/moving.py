"""Species of ions that move: their densities on the mesh, from levels and back."""

import numpy as np
from numpy.typing import NDArray

from femled.physics.carriers import IONS, POTENTIAL
from femled.solve.carriers import CarrierSpace
from femled.solve.ions import FixedCharge

Array = NDArray[np.float64]


def ion_densities(space: CarrierSpace, u: Array | None = None) -> list[Array]:
    """(..., cells of the layer * corners), [1e24/m3] of every moving species.

    Args:
        space: the equations.
        u: (..., nodes, components) of one state or of many; None is the state that the space holds.
    """
    u = space.u if u is None else u
    return [
        one.law.density(u[..., one.corners, POTENTIAL], u[..., one.corners, IONS + slot])
        for one, slot in zip(space.moving, space.slots, strict=True)
    ]


def ion_contents(space: CarrierSpace) -> Array:
    """(nodes, components - 3), the integral of what every species conserves against the nodes' functions."""
    found = np.zeros((len(space.position), space.components - IONS))
    for one, slot, density in zip(space.moving, space.slots, ion_densities(space), strict=True):
        held = one.law.weights * one.law.conserved(density)
        found[:, slot] += np.bincount(one.corners, held, minlength=len(found))
    return found


def set_ions(space: CarrierSpace, densities: list[Array]) -> None:
    """Levels of every moving species from its density at its corners, in the potential as it is; counter-charges.

    Args:
        space: the equations.
        densities: (cells of the layer * corners,), [1e24/m3] of every species; the same on both sides of a node.
    """
    charge = np.zeros(space.cell_nodes.shape)
    for one, slot, density in zip(space.moving, space.slots, densities, strict=True):
        space.u[one.corners, IONS + slot] = one.law.level_of(space.u[one.corners, POTENTIAL], density)
        charge[one.cells] -= one.law.ion.charge * one.counter
    space.ions = FixedCharge(charge, np.zeros(1))
