"""What the electrical side gives to the heat: power by place, with its slopes, from the state of the sheet."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.domain.disk import Disk
from femled.physics.local_law import LocalCurrent
from femled.physics.spreading import Sheet

Array = NDArray[np.float64]


class HeatShares(Protocol):
    """How the power of the layers, J u, is shared between them; what is missing from 1 leaves as light."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, in the order of the shares."""

    def at(self, voltage: Array, temperature: Array) -> Array:
        """(channels, n) shares at voltages (n,), [V], and temperatures (n,), [K]."""


@dataclass(frozen=True)
class AllInEmitter:
    """Everything is released in the one layer that emits.

    Args:
        layers: its name alone.
    """

    layers: tuple[str, ...]

    def at(self, voltage: Array, temperature: Array) -> Array:  # noqa: ARG002  the same everywhere
        """(1, n) ones."""
        return np.ones((1, len(voltage)))


@dataclass(frozen=True)
class Power:
    """Power of all channels, joined, with its derivatives.

    Args:
        values: (powers,), [W] against the radial functions of every layer, of the sheets, and of the lead.
        by_unknowns: (powers, size).
        by_temperature: (powers, count), [W/K] by the coefficients of the temperature.
        light: [W].
    """

    values: Array
    by_unknowns: Array
    by_temperature: Array
    light: float


class LocalHeat:
    """Power on radial functions: layers by their shares of J u, the sheets above the opening, the lead beyond it.

    Args:
        sheet: the electrical side.
        disk: radial functions of the temperature.
        shares: of the layers.
        radius: [m] of the opening.
    """

    def __init__(self, sheet: Sheet, disk: Disk, shares: HeatShares, radius: float) -> None:
        self._sheet, self.shares = sheet, shares
        self.functions = disk.functions_at(sheet.radii)
        """(points, count) of the temperature at the points where the layers conduct."""
        self._weighted = self.functions.T * sheet.weights
        self._above = sheet.disk.points < radius
        self._sheet_weighted = disk.functions_at(sheet.disk.points[self._above]).T * sheet.disk.weights[self._above]
        self._beyond = sheet.disk.weights[~self._above]

    def power(self, y: Array, temperature: Array, current: LocalCurrent) -> Power:
        """The power at a state.

        Args:
            y: (size,) unknowns of the sheet.
            temperature: (points,), [K].
            current: of the layers.
        """
        sheet = self._sheet
        u, through = sheet.voltage(y), y[-2]
        shares = self.shares.at(u, temperature)
        released, lost = current.current_density * u, 1.0 - shares.sum(axis=0)
        by_u = current.current_density + u * current.by_voltage
        count = self.functions.shape[1]
        weighted = (shares[:, None, :] * self._weighted).reshape(-1, len(u))
        slope = np.zeros((len(weighted), sheet.size))
        slope[:, : sheet.count] = (weighted * by_u) @ sheet.values
        values, by_y = [weighted @ released], [slope]
        by_t = [(weighted * (u * current.by_temperature)) @ self.functions]
        joule, joule_slope = sheet.sheet_heat(y)
        values.append(self._sheet_weighted @ joule[self._above])
        by_y.append(self._sheet_weighted @ joule_slope[self._above])
        beyond = self._beyond @ joule_slope[~self._above]
        beyond[-2] += 2 * sheet.lead * through
        values.append(np.array([self._beyond @ joule[~self._above] + sheet.lead * through**2]))
        by_y.append(beyond[None, :])
        by_t.append(np.zeros((count + 1, count)))
        light = float(sheet.weights @ (released * lost))
        return Power(np.concatenate(values), np.concatenate(by_y), np.concatenate(by_t), light)

    def by_channel(self, values: Array) -> tuple[Array, Array, Array]:
        """Total power of the layers (n, layers), of the sheets (n,) and of the lead (n,), [W], from values (n, powers).

        The radial functions add up to one everywhere, so their powers add up to the whole.
        """
        count = self.functions.shape[1]
        blocks = values[:, :-1].reshape(len(values), -1, count).sum(axis=2)
        return blocks[:, :-1], blocks[:, -1], values[:, -1]
