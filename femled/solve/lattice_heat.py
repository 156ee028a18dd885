"""How warm heat makes a film that keeps it: the lattice in a pulse of nanoseconds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError
from femled.materials import Material

Array = NDArray[np.float64]

_STEP = 0.1
"""[K] between the points of the table; straight lines between them are right to 1e-5 K."""


@dataclass(frozen=True)
class LatticeHeat:
    """A film that neither gives nor takes heat: integral of rho c_p dT from its temperature before = heat per volume.

    Args:
        material: of the film, for its density and heat capacity.
        coldest: [K] from which heat is counted.
        warmest: [K] up to which it is known.
    """

    material: Material
    coldest: float
    warmest: float

    def __post_init__(self) -> None:
        if not 1 <= self.coldest < self.warmest:
            raise InputError(f"coldest {self.coldest:g} K and warmest {self.warmest:g} K are no range")

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        """[K] temperatures; [J/m3] heat that they hold."""
        T = np.linspace(self.coldest, self.warmest, int(np.ceil((self.warmest - self.coldest) / _STEP)) + 1)
        density = float(self.material.density.at(self.coldest))  # a film keeps its mass
        return T, density * (self.material.heat_capacity.integral(T) - self.material.heat_capacity.integral(T[0]))

    def heated(self, before: Array, heat: Array) -> Array:
        """[K] after heat [J/m3] was given to films at temperatures before [K]; no more than `warmest`."""
        T, stored = self._table
        return np.asarray(np.interp(np.interp(before, T, stored) + heat, stored, T))
