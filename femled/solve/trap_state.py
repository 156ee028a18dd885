"""How many traps there are at every corner of a mesh, from the ions of the moment."""

import numpy as np
from numpy.typing import NDArray

from femled.physics.carriers import FLUX, POTENTIAL
from femled.physics.electrostatics import DENSITY
from femled.physics.ion_traps import trap_factor
from femled.solve.carriers import CarrierSpace
from femled.solve.moving import ion_densities

Array = NDArray[np.float64]


class IonMadeTraps:
    """The traps that ions make in the layers of a space; without such layers it does nothing.

    They follow the ions and, through healing, the mean current at every Newton step; their answer to the unknowns is
    not in its matrix, as it is weak.

    Args:
        space: the equations.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self._space = space
        self._layers = [
            (space.mesh.cells(layer.name), semiconductor)
            for layer, semiconductor in zip(space.column.layers, space.column.semiconductors, strict=True)
            if semiconductor.ion_traps is not None
        ]

    def renew(self) -> None:
        """Take the ions and the current as they are."""
        if not self._layers:
            return
        space = self._space
        space.ions.settle(space.u[:, POTENTIAL])
        net, total = (
            np.array(np.broadcast_to(space.ions.charge, space.cell_nodes.shape)),
            np.zeros(space.cell_nodes.shape),
        )
        total += space.ions.total
        for one, density in zip(space.moving, ion_densities(space), strict=True):
            shape = (len(one.cells), net.shape[1])
            net[one.cells] += (one.law.ion.charge * one.law.conserved(density)).reshape(shape)
            total[one.cells] += one.law.total(density).reshape(shape)
        factors, mean = np.ones(net.shape), self._mean_current()
        for cells, semiconductor in self._layers:
            law, lifetime = semiconductor.ion_traps, semiconductor.srh_electron_lifetime
            assert law is not None  # chosen so
            assert lifetime is not None  # validated with the law
            factors[cells] = trap_factor(law, lifetime, net[cells] * DENSITY, total[cells] * DENSITY, mean)
        space.traps.put(factors)

    def _mean_current(self) -> float:
        """[A/m2] as given, or what recombines now."""
        space = self._space
        if space.mean_current is not None:
            return space.mean_current
        healing = any(law.saturation_current_density for _, one in self._layers if (law := one.ion_traps))
        return FLUX / space.mesh.area * sum(space.recombination_integrals().values()) if healing else 0.0
