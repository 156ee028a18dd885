"""Current along a rim-fed electrode to the rings of a contact below it.

    G_i (v_i+1 - v_i) = I within r_i+1/2,   G_i = 2 pi r_i+1/2/(R_s (r_i+1 - r_i)),   V = v(rim) + R_lead I

Exact for a current density that is the same everywhere. The current of each ring follows its own voltage, as layers
are thousands of times thinner than wide: I_i(v) is measured, dI_i/dv_i as well, and Newton's step for all v is a small
linear system.
"""

import math

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError

Array = NDArray[np.float64]


class RingSheet:
    """The voltages of the rings.

    Args:
        radii: (rings,), [m] of the nodes, from the axis to the rim.
        sheet_resistance: [ohm] R_s; of two electrodes in series their sum; 0 is one voltage everywhere.
        feed_radius: [m] where metal meets the electrode.

    Raises:
        InputError: fed inside of the contact.
    """

    def __init__(self, radii: Array, sheet_resistance: float, feed_radius: float) -> None:
        rim = float(radii[-1])
        if feed_radius < rim * (1 - 1e-9):
            raise InputError(f"feed_radius {feed_radius * 1e6:.6g} um is inside the rim at {rim * 1e6:.6g} um")
        self.radii, self._ohms, self._feed = radii, sheet_resistance, max(feed_radius, rim)
        middle = (radii[1:] + radii[:-1]) / 2
        self.conductance = (2 * math.pi / sheet_resistance if sheet_resistance else 0.0) * middle / np.diff(radii)
        self.lead = self.beyond(np.array([rim, self._feed]))[0]

    def beyond(self, edges: Array) -> Array:
        """(n,), [ohm] of the rings between radii (n + 1,), [m]: R_s ln(r_2/r_1)/(2 pi)."""
        return np.asarray(self._ohms * np.diff(np.log(edges)) / (2 * math.pi))

    def lead_edges(self, count: int) -> Array:
        """(count + 1,), [m] from the rim to where it is fed, in equal ratios."""
        return np.geomspace(self.radii[-1], self._feed, count + 1)

    def step(self, v: Array, current: Array, slope: Array, kind: str, amplitude: float) -> tuple[Array, float]:
        """Newton's step of all voltages.

        Args:
            v: (rings,), [V].
            current: (rings,), [A] that flows at these.
            slope: (rings,), [A/V].
            kind: "voltage" at the feed, or "current" in total.
            amplitude: [V] or [A].

        Returns:
            (rings,), [V] change; the total current [A] that goes with it.
        """
        slope = np.maximum(slope, 1e-9 * float(np.abs(slope).max()))
        if self._ohms == 0.0:
            change = amplitude - v[0] if kind == "voltage" else (amplitude - current.sum()) / slope.sum()
            return np.full(len(v), change), float(current.sum() + slope.sum() * change)
        matrix = self._laplacian + np.diag(slope)
        right = -(self._laplacian @ v) - current
        if kind == "current":
            right[-1] += amplitude
        elif self.lead > 0:
            matrix[-1, -1] += 1 / self.lead
            right[-1] += (amplitude - v[-1]) / self.lead
        else:
            matrix[-1], right[-1] = 0.0, amplitude - v[-1]
            matrix[-1, -1] = 1.0
        change = np.linalg.solve(matrix, right)
        return change, float((current + slope * change).sum())

    @property
    def _laplacian(self) -> Array:
        g, found = self.conductance, np.zeros((len(self.radii), len(self.radii)))
        index = np.arange(len(g))
        found[index, index] += g
        found[index + 1, index + 1] += g
        found[index, index + 1] -= g
        found[index + 1, index] -= g
        return found

    def heat(self, v: Array) -> Array:
        """(rings - 1,), [W] between neighbouring nodes."""
        if self._ohms == 0.0:
            return np.zeros(len(self.radii) - 1)
        return np.asarray(self.conductance * np.diff(v) ** 2)

    @property
    def spreading(self) -> float:
        """[ohm] between the rim and the mean of an even current: R_s/(8 pi)."""
        return self._ohms / (8 * math.pi)
