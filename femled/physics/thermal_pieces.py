"""Thermal properties of many materials at many points at once, by the power laws that hold from knot to knot.

    y(T) = y_i (T/T_i)^m_i,   rho Int_T0^T c_p dT' = h_i + c_i T_i ((T/T_i)^(m_i + 1) - 1)/(m_i + 1)

The knots of a material are those of all its properties. In the piece that holds the temperature T_0 from which
enthalpies are counted, T_i is T_0, so that they keep their digits near it. Every point remembers its piece until its
temperature leaves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError
from femled.materials import Material
from femled.materials.property import Property

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ThermalValues:
    """What the properties are at some points.

    Args:
        heat_capacity: [J/m3/K] rho c_p.
        enthalpy: [J/m3] above the reference temperature.
        radial_conductivity: [W/m/K].
        axial_conductivity: [W/m/K].
    """

    heat_capacity: Array
    enthalpy: Array
    radial_conductivity: Array
    axial_conductivity: Array


class ThermalPieces:
    """The laws of materials, evaluated at points that each belong to one of them.

    Args:
        materials: whose laws they are.
        owner: (n,) number of the material of every point.
        reference: [K] from which enthalpies are counted.
    """

    def __init__(self, materials: Sequence[Material], owner: NDArray[np.intp], reference: float) -> None:
        tables = [_table(material, reference) for material in materials]
        counts = np.array([table.shape[1] for table in tables])
        self._table = np.concatenate(tables, axis=1)
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        self._counts, self._owner = counts, owner
        same = self._table[_RADIAL : _RADIAL + 2] == self._table[_AXIAL : _AXIAL + 2]
        self._isotropic = bool(same.all())
        self._own = np.full((len(self._table), len(owner)), np.nan)

    def at(self, temperature: Array) -> ThermalValues:
        """The values at temperatures (n,), [K].

        Raises:
            InputError: below 1 K, or not a number.
        """
        own = self._own
        left = ~((temperature >= own[_LOW]) & (temperature < own[_HIGH]))
        if left.any():
            self._move(np.flatnonzero(left), temperature)
        share = np.log(temperature / own[_ANCHOR])
        capacity = own[_CAPACITY] * np.exp(own[_CAPACITY + 1] * share)
        gained = own[_GAIN] * np.expm1(own[_POWER] * share)
        special = own[_POWER] == 0.0
        if special.any():  # 1/T integrates to a logarithm
            gained[special] = own[_GAIN, special] * share[special]
        radial = own[_RADIAL] * np.exp(own[_RADIAL + 1] * share)
        axial = radial if self._isotropic else own[_AXIAL] * np.exp(own[_AXIAL + 1] * share)
        return ThermalValues(capacity, own[_BASE] + gained, radial, axial)

    def _move(self, points: NDArray[np.intp], temperature: Array) -> None:
        """Find the pieces of points that have left theirs."""
        asked = temperature[points]
        if not np.all(asked >= 1.0):
            raise InputError(f"temperature {float(np.min(asked)):g} K is not a temperature of at least 1 K")
        for number in np.unique(self._owner[points]):
            mine = points[self._owner[points] == number]
            start, count = self._starts[number], self._counts[number]
            knots = self._table[_LOW, start : start + count]
            piece = np.searchsorted(knots, temperature[mine], side="right") - 1
            self._own[:, mine] = self._table[:, start + piece]


_LOW, _HIGH, _ANCHOR, _CAPACITY, _POWER, _GAIN, _BASE, _RADIAL, _AXIAL = 0, 1, 2, 3, 5, 6, 7, 8, 10
"""Rows of a table; a law has its value at T_i and its exponent, enthalpy is base + gain expm1(power ln T/T_i)."""


def _table(material: Material, reference: float) -> Array:
    """(12, pieces) of one material."""
    laws = (material.heat_capacity, material.radial_conductivity, material.axial_conductivity)
    knots = np.unique(np.concatenate([law.segments[0] for law in laws]))
    found = np.empty((12, len(knots)))
    found[_LOW], found[_HIGH] = knots, np.append(knots[1:], np.inf)
    found[_ANCHOR] = knots
    found[_ANCHOR, np.searchsorted(knots, reference, side="right") - 1] = reference
    for row, law in zip((_CAPACITY, _RADIAL, _AXIAL), laws, strict=True):
        found[row : row + 2] = law.at(found[_ANCHOR]), _exponents(law, knots)
    density = float(material.density.at(reference))
    found[_CAPACITY] *= density
    found[_POWER] = found[_CAPACITY + 1] + 1.0
    found[_GAIN] = found[_CAPACITY] * found[_ANCHOR] / np.where(found[_POWER] == 0, 1.0, found[_POWER])
    integral = material.heat_capacity.integral
    found[_BASE] = density * (integral(found[_ANCHOR]) - integral(reference))
    return found


def _exponents(law: Property, knots: Array) -> Array:
    """(n,) of the law from every knot upwards."""
    own, _, exponents = law.segments
    return np.asarray(exponents[np.searchsorted(own, knots, side="right") - 1])
