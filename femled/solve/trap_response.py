"""How traps that hold charge answer to a small alternating change of the carriers around them.

    df = (1 - w) df_ss,   dU_n = dR + (n + n1)/tau_n w df_ss,   dU_p = dR - (p + p1)/tau_p w df_ss
    w = i omega/(i omega + S),   S = ((n + n1)/tau_n + (p + p1)/tau_p)/N_t

about a steady state (`femled.physics.traps` with i omega for 1/dt): i omega N_t df = dU_n - dU_p.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from femled.physics.carrier_data import activities, density_slopes, electron_density, hole_density
from femled.physics.carriers import ELECTRONS, HOLES, POTENTIAL
from femled.physics.recombination import level_densities
from femled.physics.traps import TrapLevel
from femled.solve.carriers import CarrierSpace

Array = NDArray[np.float64]


class TrapResponse:
    """What traps add to the linearised equations of a space, beyond their steady state.

    Args:
        space: the equations in a steady state.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self._space = space
        shape = space.cell_nodes.shape
        self._settling = np.ones(shape)  # [1/s] S; where no traps are, any
        self._slopes = np.zeros((2, *shape))  # df_ss by phi + E_Fn and by phi + E_Fp
        self._gains = np.zeros((3, *shape))  # of the rows phi, E_Fn, E_Fp for w df_ss
        for cells, data in zip(space.material.cells, space.material.by_layer, strict=True):
            if data["trap_holds"]:
                self._take(cells, data)

    def _take(self, cells: NDArray[np.intp], data: dict[str, float]) -> None:
        phi, level_n, level_p = (self._space.corner_values(self._space.u[:, k])[cells] for k in range(3))
        e, h, vt = phi + level_n, phi + level_p, data["thermal_voltage"]
        n, p = electron_density(data, e), hole_density(data, h)
        n1, p1 = level_densities(data["trap_electrons"], data["trap_holes"], *activities(data, e, h))
        factor = self._space.traps.x.array.reshape(self._space.cell_nodes.shape)[cells]
        catch_n, catch_p = factor / data["electron_lifetime"], factor / data["hole_lifetime"]
        density = factor * data["trap_density"]
        level = TrapLevel(n, p, n1, p1, catch_n, catch_p, density)
        electrons, holes = catch_n * (n + n1), catch_p * (p + p1)
        share, total = level.steady_occupation, electrons + holes
        dn, dp = density_slopes(data, e, h)  # by eta
        dn1 = n1 * (dn / np.maximum(n, 1e-300) - 1)
        dp1 = p1 * (dp / np.maximum(p, 1e-300) - 1)
        self._settling[cells] = level.equilibration
        self._slopes[0, cells] = catch_n * (dn - share * (dn + dn1)) / (total * vt)
        self._slopes[1, cells] = -catch_p * (dp1 - share * (dp + dp1)) / (total * vt)
        self._gains[0, cells] = density * (data["filled_charge"] - data["empty_charge"])
        self._gains[1, cells], self._gains[2, cells] = electrons, holes

    def block(self, omega: float) -> Any:
        """(unknowns, unknowns) to be added to the linearised steady equations.

        Args:
            omega: [1/s] angular frequency.
        """
        space = self._space
        memory = 1j * omega / (1j * omega + self._settling) * space.mesh.corner_weights
        by_e, by_h = self._slopes
        columns = ((POTENTIAL, by_e + by_h), (ELECTRONS, by_e), (HOLES, by_h))
        first = space.components * space.cell_nodes.ravel().astype(np.int64)
        rows, places, values = [], [], []
        for row, gain in zip((POTENTIAL, ELECTRONS, HOLES), self._gains, strict=True):
            for column, slope in columns:
                rows.append(first + row)
                places.append(first + column)
                values.append((memory * gain * slope).ravel())
        size = space.u.size
        return csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(places))), shape=(size, size))
