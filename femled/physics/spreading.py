"""Current spreading in a rim-fed sheet, with the circuit that feeds it: residual and slopes on radial functions.

    (1/r) d/dr(r du/dr) = R_s (J(u, T) + c du/dt)             below the sheet, r < a
    I = 2 pi Int_0^a (J + c du/dt) r dr,   V = u(rim) + R_lead I

u is the voltage across the layers, V that of the two leads where they are fed. Two sheets, one on each side of the
layers, both fed at the rim, add: R_s = R_bottom + R_top. Tested with f and integrated with 2 pi r dr,

    Int u' f'/R_s dA + Int (J + c du/dt) f dA = I f(rim).

With f = u this says V I = Int J u dA + Int u'^2/R_s dA + R_lead I^2: what is fed in is turned into heat (or light)
below the sheet, in it, and in the lead.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.domain.disk import Disk
from femled.physics.local_law import LocalCurrent

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """What drives the leads, with amplitude a(t).

    voltage:  C dV/dt + I = (a - V)/R    or V = a without resistance
    current:  C dV/dt + I = a

    Args:
        kind: what the amplitude is, [V] or [A].
        resistance: [ohm] R in series with a voltage source: its own and the termination.
        capacitance: [F] C beside the pixel.
    """

    kind: Literal["voltage", "current"]
    resistance: float = 0.0
    capacitance: float = 0.0

    @property
    def ideal(self) -> bool:
        """Whether the amplitude is the voltage of the leads itself."""
        return self.kind == "voltage" and self.resistance == 0.0

    @property
    def conductance(self) -> float:
        """[1/ohm] 1/R of a voltage source."""
        return 1.0 / self.resistance if self.kind == "voltage" else 0.0


def lead_resistance(sheet_resistance: float, radius: float, feed_radius: float) -> float:
    """Sheet between the rim of the opening and the radius where it is fed, R_s ln(b/a)/(2 pi).

    Args:
        sheet_resistance: [ohm] R_s.
        radius: [m] a.
        feed_radius: [m] b.

    Returns:
        [ohm].
    """
    return sheet_resistance * math.log(feed_radius / radius) / (2 * math.pi)


def feed_resistance(feed_contact_resistance: float, feed_radius: float) -> float:
    """Contact of metal and electrode along the circle where it is fed, R_c W/(2 pi b).

    R_c W is what the transfer length method measures; metal that covers a sheet over a length l with a specific contact
    resistance rho has R_c W = (rho R_s)^1/2 coth(l (R_s/rho)^1/2)                                        (berger1972).

    Args:
        feed_contact_resistance: [ohm m] R_c W, contact resistance times width.
        feed_radius: [m] b.

    Returns:
        [ohm].
    """
    return feed_contact_resistance / (2 * math.pi * feed_radius)


class Sheet:
    """Residual and slopes of a sheet and its circuit.

    The unknowns are u at the nodes of the disk over that at its rim, u at the rim, I and V: where the sheet hardly
    resists, the small differences keep their digits. Without sheet resistance u at the rim is all there is.

    Args:
        disk: radial functions from the axis to where the sheet is fed.
        sheet_resistance: [ohm] R_s of both sheets together.
        source: what drives.
        radius: [m] a; no current passes through the layers beyond it.
        lead: [ohm] from the rim of the disk to where V is.
        capacitance: (points,), [F/m2] c at the points of the disk; None without.
    """

    def __init__(
        self,
        disk: Disk,
        sheet_resistance: float,
        source: Source,
        *,
        radius: float,
        lead: float = 0.0,
        capacitance: Array | None = None,
    ) -> None:
        self.disk, self.source, self.lead = disk, source, lead
        self.resistance = sheet_resistance
        self._whole = sheet_resistance == 0.0
        self.count = 1 if self._whole else disk.count
        inside = disk.points < radius
        self.radii, self.weights = disk.points[inside], disk.weights[inside]
        """(points,), [m] and [m2]: where the layers conduct."""
        values = self.functions_at(disk.points)
        self.values = values[inside]
        self._weighted = self.values.T * self.weights
        self._slopes = np.zeros_like(values)
        self._spread = np.zeros((self.count, self.count))
        if not self._whole:
            self._slopes[:, :-1] = disk.slopes[:, :-1]
            self._spread = self._slopes.T @ (disk.weights[:, None] * self._slopes) / sheet_resistance
        c = np.zeros(len(disk.points)) if capacitance is None else capacitance
        self._charge = values.T @ ((disk.weights * c)[:, None] * values)
        self.charging = bool(np.any(c))

    def functions_at(self, r: Array) -> Array:
        """(n, count) that make u at radii (n,), [m], from the first unknowns; the last one counts everywhere."""
        functions = np.ones((len(r), 1)) if self._whole else self.disk.functions_at(r)
        functions[:, -1] = 1.0
        return functions

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return self.count + 2

    @property
    def in_series(self) -> float:
        """[ohm] mean drop from the leads under an even current, R_s/(8 pi) of the sheet, and the lead."""
        return self.lead + self.resistance / (8 * math.pi)

    @cached_property
    def storage(self) -> Array:
        """(size, size), what every unknown stores: [F] for u and V, nothing for I."""
        matrix = np.zeros((self.size, self.size))
        matrix[: self.count, : self.count] = self._charge
        matrix[-1, -1] = 0.0 if self.source.ideal else self.source.capacitance
        return matrix

    @cached_property
    def algebraic(self) -> NDArray[np.bool_]:
        """(size,) rows that store nothing and hold at every instant."""
        return np.asarray(~np.any(self.storage, axis=1))

    def load(self, amplitude: float) -> Array:
        """(size,) of the amplitude of the source."""
        found = np.zeros(self.size)
        scaled = self.source.kind == "voltage" and not self.source.ideal
        found[-1] = amplitude * (self.source.conductance if scaled else 1.0)
        return found

    def voltage(self, y: Array) -> Array:
        """(points,), [V] across the layers."""
        return np.asarray(self.values @ y[: self.count])

    def flux(self, y: Array, current: LocalCurrent) -> Array:
        """(size,): what leaves every row; rows of u in ampere.

        Args:
            y: (size,) unknowns.
            current: through the layers at the points.
        """
        u, through, volts = y[: self.count], y[-2], y[-1]
        found = np.empty(self.size)
        found[: self.count] = self._spread @ u + self._weighted @ current.current_density
        found[self.count - 1] -= through
        found[-2] = volts - u[-1] - self.lead * through
        found[-1] = volts if self.source.ideal else through + self.source.conductance * volts
        return found

    def slope(self, current: LocalCurrent) -> Array:
        """(size, size) derivative of `flux` by the unknowns."""
        n = self.count
        found = np.zeros((self.size, self.size))
        found[:n, :n] = self._spread + (self._weighted * current.by_voltage) @ self.values
        found[n - 1, -2] = -1.0
        found[-2, n - 1], found[-2, -2], found[-2, -1] = -1.0, -self.lead, 1.0
        if self.source.ideal:
            found[-1, -1] = 1.0
        else:
            found[-1, -2], found[-1, -1] = 1.0, self.source.conductance
        return found

    def slope_by_temperature(self, current: LocalCurrent) -> Array:
        """(size, points) derivative of `flux` by the temperature at the points, [1/K]."""
        found = np.zeros((self.size, len(self.radii)))
        found[: self.count] = self._weighted * current.by_temperature
        return found

    def sheet_heat(self, y: Array) -> tuple[Array, Array]:
        """Joule heat of the sheets, u'^2/R_s, at all points of the disk, and its derivative by the unknowns.

        Args:
            y: (size,) unknowns.

        Returns:
            heat: (all points,), [W/m2]; slope: (all points, size).
        """
        slope = np.zeros((len(self._slopes), self.size))
        if self._whole:
            return slope[:, 0].copy(), slope
        field = self._slopes @ y[: self.count]
        slope[:, : self.count] = 2 * field[:, None] * self._slopes / self.resistance
        return field**2 / self.resistance, slope

    def charging_energy(self, y: Array) -> float:
        """[J] in the capacitances of layers and line; that beside the pixel takes nothing from I."""
        u = y[: self.count]
        return float(u @ self._charge @ u) / 2

    def charged_voltage(self, y: Array) -> float:
        """[V] to which all capacitances would be charged if they held the same energy evenly."""
        return math.sqrt(2 * self.charging_energy(y) / float(self._charge.sum()))
