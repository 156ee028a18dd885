"""How the number of traps that ions make answers to a small change of the ions: local, beside the linearised equations.

    dF = (dF/dN_t) (dN_t/dmu dmu + dN_t/dphi dphi)

at every node by central differences of the equations of a copy in which nothing moves. Healing follows the mean current
in time, which an alternating voltage leaves as it is.
"""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from femled.physics.carriers import ELECTRONS, HOLES, IONS, POTENTIAL
from femled.solve.carriers import CarrierSpace
from femled.solve.trap_state import IonMadeTraps

STEP = 1e-5
"""[V_T], and relative to the number of traps, of the differences."""


def ion_trap_block(still: CarrierSpace) -> Any:
    """(unknowns, unknowns) to be added to the linearised equations; zero where no moving ion makes traps.

    Args:
        still: the equations in a steady state, in which nothing moves, with the mean current that heals.
    """
    size, block = still.u.size, csr_matrix((still.u.size, still.u.size))
    layers = [
        layer.name
        for layer, one in zip(still.column.layers, still.column.semiconductors, strict=True)
        if one.ion_traps is not None
    ]
    if not layers or not still.moving:
        return block
    unknowns = (POTENTIAL, *range(IONS, still.components))
    slopes = {unknown: _slope(still, unknown) for unknown in unknowns}
    for name in layers:
        cells = still.mesh.cells(name)
        corners = still.cell_nodes[cells].ravel()
        nodes, first = np.unique(corners, return_index=True)
        # Both corners of a node inside the layer have the same number of traps.
        rows = _by_number(still, cells)[nodes]
        for unknown, slope in slopes.items():
            values = slope[cells].ravel()[first]
            for component in (POTENTIAL, ELECTRONS, HOLES):
                at = still.components * nodes.astype(np.int64)
                entries = (rows[:, component] * values, (at + component, at + unknown))
                block = block + csr_matrix(entries, shape=(size, size))
    return block


def _slope(still: CarrierSpace, unknown: int) -> Any:
    """(cells, corners) derivative of the number of traps over the plain one in an unknown of the node."""
    law, kept, step = IonMadeTraps(still), still.u[:, unknown].copy(), STEP * still.vt
    found = []
    for sign in (1.0, -1.0):
        still.u[:, unknown] = kept + sign * step
        law.renew()
        found.append(still.traps.x.array.copy())
    still.u[:, unknown] = kept
    law.renew()
    return ((found[0] - found[1]) / (2 * step)).reshape(still.cell_nodes.shape)


def _by_number(still: CarrierSpace, cells: Any) -> Any:
    """(nodes, components) derivative of the equations in the number of traps of some cells over the plain one."""
    kept = still.traps.x.array.copy()
    change = np.zeros(still.cell_nodes.shape)
    change[cells] = STEP * kept.reshape(change.shape)[cells]
    found = []
    for sign in (1.0, -1.0):
        still.traps.put(kept + sign * change.ravel())
        found.append(still.residual())
    still.traps.put(kept)
    by_node = np.ones(len(still.position))
    by_node[still.cell_nodes[cells].ravel()] = change[cells].ravel()
    return (found[0] - found[1]) / (2 * by_node[:, None])
