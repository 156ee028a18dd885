"""A sheet whose layers charge right at the feed, with a capacitance beside the pixel in parallel to them.

    (M + C e e^T) dy/dt + F(y) = e (a - V)/R,   V = u(feed)                  one node charges both, e picks it
    I = (a - V)/R - C dV/dt,   dV/dt = e^T (M + C e e^T)^-1 (e (a - V)/R - F)    what of it goes on into the sheet

M charges layers and line, F is what they conduct. Written as in `Sheet`, with C dV/dt and I as unknowns of their own,
V would be tied to a voltage that is itself stored, and I would hang on the derivative of that tie.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from femled.physics.local_law import LocalCurrent
from femled.physics.spreading import Sheet

Array = NDArray[np.float64]


class SharedFeed(Sheet):
    """Residual and slopes of a sheet and its circuit; unknowns and arguments as of `Sheet`, without a lead."""

    @cached_property
    def storage(self) -> Array:
        """(size, size), [F] of u; I and V follow from it."""
        matrix = np.zeros((self.size, self.size))
        matrix[: self.count, : self.count] = self._charge
        matrix[self.count - 1, self.count - 1] += self.source.capacitance
        return matrix

    @cached_property
    def _beside(self) -> Array:
        """(count,), [1] share of what enters each row of u that the capacitance beside the pixel takes at once."""
        feed = np.zeros(self.count)
        feed[-1] = 1.0
        charge = self.storage[: self.count, : self.count]
        return np.asarray(self.source.capacitance * np.linalg.solve(charge, feed))

    def load(self, amplitude: float) -> Array:
        """(size,) of the amplitude of the source."""
        found = np.zeros(self.size)
        supplied = amplitude * (self.source.conductance if self.source.kind == "voltage" else 1.0)
        found[self.count - 1] = supplied
        found[-2] = supplied * (1.0 - self._beside[-1])
        return found

    def flux(self, y: Array, current: LocalCurrent) -> Array:
        """(size,): what leaves every row; rows of u in ampere.

        Args:
            y: (size,) unknowns.
            current: through the layers at the points.
        """
        u, through, volts = y[: self.count], y[-2], y[-1]
        found = np.empty(self.size)
        back = self.source.conductance * volts
        found[: self.count] = self._spread @ u + self._weighted @ current.current_density
        found[self.count - 1] += back
        found[-2] = through + back - self._beside @ found[: self.count]
        found[-1] = volts - u[-1]
        return found

    def slope(self, current: LocalCurrent) -> Array:
        """(size, size) derivative of `flux` by the unknowns."""
        n = self.count
        found = np.zeros((self.size, self.size))
        found[:n, :n] = self._spread + (self._weighted * current.by_voltage) @ self.values
        found[n - 1, -1] = self.source.conductance
        found[-2] = -self._beside @ found[:n]
        found[-2, -2] += 1.0
        found[-2, -1] += self.source.conductance
        found[-1, n - 1], found[-1, -1] = -1.0, 1.0
        return found

    def slope_by_temperature(self, current: LocalCurrent) -> Array:
        """(size, points) derivative of `flux` by the temperature at the points, [1/K]."""
        found = super().slope_by_temperature(current)
        found[-2] = -self._beside @ found[: self.count]
        return found
