"""Layers between two electrodes that are known by what they answer to a current: residual and slopes on the faces.

    u(r) = V - (S q)(r) - R I,   q_k = Int J(u, T) f_k dA,   I = sum of q_k

u is the voltage between the faces, S [ohm] the drop there for currents taken at the nodes, R what lies in series. The
unknowns are those of `Sheet`: u at the nodes over that at the rim, u at the rim, I and V.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.domain.disk import Disk
from femled.physics.local_law import LocalCurrent
from femled.physics.spreading import Source

Array = NDArray[np.float64]


class SpreadingEquations(Protocol):
    """Equations for u, I and V that `solve.sheet` solves."""

    count: int
    source: Source
    weights: Array

    @property
    def size(self) -> int:
        """Number of unknowns."""

    @property
    def in_series(self) -> float:
        """[ohm] that a first guess takes all the spreading for."""

    @property
    def lead(self) -> float:
        """[ohm] between the rim and V in a first guess."""

    def voltage(self, y: Array) -> Array:
        """(points,), [V] across the layers."""

    def load(self, amplitude: float) -> Array:
        """(size,) of the amplitude of the source."""

    def flux(self, y: Array, current: LocalCurrent) -> Array:
        """(size,) left-hand side."""

    def slope(self, current: LocalCurrent) -> Array:
        """(size, size) derivative of `flux`."""


class FedLayers:
    """Residual and slopes of layers between electrodes of any shape.

    Args:
        disk: second-order functions whose nodes are those of the faces.
        responses: (n, n), [ohm] S.
        source: an ideal voltage or a current.
        lead: [ohm] R.
    """

    def __init__(self, disk: Disk, responses: Array, source: Source, *, lead: float = 0.0) -> None:
        self.disk, self.source, self.lead = disk, source, lead
        self.responses, self.count, self.weights = responses, disk.count, disk.weights
        self._nodes = np.eye(disk.count)
        self._nodes[:, -1] = 1.0
        self.values = disk.values @ self._nodes
        self._weighted = disk.values.T * disk.weights

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return self.count + 2

    @property
    def in_series(self) -> float:
        """[ohm] drop averaged over the opening when the current is even, and the lead."""
        even = self._weighted.sum(axis=1) / self.weights.sum()
        return float(even @ self.responses @ even) + self.lead

    def load(self, amplitude: float) -> Array:
        """(size,) of the amplitude, [V] or [A]."""
        found = np.zeros(self.size)
        found[-1] = amplitude
        return found

    def voltage(self, y: Array) -> Array:
        """(points,), [V] between the faces."""
        return np.asarray(self.values @ y[: self.count])

    def at_nodes(self, y: Array) -> Array:
        """(n,), [V] between the faces."""
        return np.asarray(self._nodes @ y[: self.count])

    def taken(self, current: LocalCurrent) -> Array:
        """(n,), [A] that the layers take at the nodes."""
        return np.asarray(self._weighted @ current.current_density)

    def flux(self, y: Array, current: LocalCurrent) -> Array:
        """(size,): V that is missing at every node, I that is missing, and the drive."""
        through, volts = y[-2], y[-1]
        taken = self.taken(current)
        found = np.empty(self.size)
        found[: self.count] = self.at_nodes(y) + self.responses @ taken + self.lead * through - volts
        found[-2] = through - taken.sum()
        found[-1] = volts if self.source.kind == "voltage" else through
        return found

    def slope(self, current: LocalCurrent) -> Array:
        """(size, size) derivative of `flux` by the unknowns."""
        n = self.count
        taken = (self._weighted * current.by_voltage) @ self.values
        found = np.zeros((self.size, self.size))
        found[:n, :n] = self._nodes + self.responses @ taken
        found[:n, -2], found[:n, -1] = self.lead, -1.0
        found[-2, :n], found[-2, -2] = -taken.sum(axis=0), 1.0
        found[-1, -1 if self.source.kind == "voltage" else -2] = 1.0
        return found
