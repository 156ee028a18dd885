"""Refractive indices that are constant, tabulated, or given by a Sellmeier formula."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, model_validator

from femled.errors import InputError
from femled.frozen import Wavelength
from femled.materials.refractive_index import (
    ANY_WAVELENGTH,
    Array,
    ComplexArray,
    FormulaIndex,
    RefractiveIndex,
    refuse_sign,
)
from femled.units import text_of

_UNITS = {"nm": 1e-9, "um": 1e-6}


class ConstantIndex(FormulaIndex):
    """The same index at all wavelengths of its range.

    Args:
        n: real part.
        k: imaginary part.
        valid: [m] shortest and longest wavelength at which the value may be used.
    """

    law: Literal["constant"] = "constant"
    n: FiniteFloat
    k: FiniteFloat = 0.0

    @model_validator(mode="after")
    def _signs(self) -> Self:
        refuse_sign(self.n, self.k, "value")
        return self

    def _value(self, wavelength: Array) -> ComplexArray:
        return np.full(wavelength.shape, complex(self.n, self.k))

    def _slope(self, wavelength: Array) -> ComplexArray:
        return np.zeros(wavelength.shape, dtype=np.complex128)


def refuse_row(wavelength: float, n: float, k: float, before: float, unit: str, where: str) -> None:
    """Raise `InputError` for a row that cannot stand in a table of n and k.

    Args:
        wavelength: [unit].
        n: real part.
        k: imaginary part.
        before: [unit] wavelength of the row before, 0 if there is none.
        unit: "nm" or "um".
        where: the place of the row, for the message.
    """
    where = f"{where} ({wavelength:g} {unit})"
    low, high = (end / _UNITS[unit] for end in ANY_WAVELENGTH)
    if not low <= wavelength <= high:
        raise InputError(f"{where}: the wavelength is outside {low:g} .. {high:g} {unit}")
    if wavelength <= before:
        raise InputError(f"{where}: wavelengths must rise, and {before:g} {unit} stands before it")
    refuse_sign(n, k, where)


class TableIndex(RefractiveIndex):
    """Tabulated n and k, used as they are: each is linear in wavelength between two rows, and nothing is fitted.

    Args:
        unit: of the first column, "nm" or "um".
        rows: (rows, 3), wavelength in vacuum [unit], n and k, at least two rows with rising wavelengths.
    """

    law: Literal["table"] = "table"
    unit: Literal["nm", "um"]
    rows: tuple[tuple[FiniteFloat, FiniteFloat, FiniteFloat], ...]

    @model_validator(mode="after")
    def _physical(self) -> Self:
        if len(self.rows) < 2:
            raise InputError(f"a table needs at least two rows [wavelength, n, k], got {len(self.rows)}")
        before = 0.0
        for number, (wavelength, n, k) in enumerate(self.rows, start=1):
            refuse_row(wavelength, n, k, before, self.unit, f"row {number}")
            before = wavelength
        return self

    @cached_property
    def _curve(self) -> "_Curve":
        columns = np.array(self.rows).T
        # Divided, not multiplied: 780 / 1e9 is the double that "780 nm" means.
        return _Curve(columns[0] / round(1 / _UNITS[self.unit]), columns[1] + 1j * columns[2])

    @property
    def range(self) -> tuple[float, float]:
        """[m] first and last wavelength of the table."""
        wavelengths = self._curve.wavelengths
        return float(wavelengths[0]), float(wavelengths[-1])

    def _value(self, wavelength: Array) -> ComplexArray:
        w, index = self._curve.wavelengths, self._curve.indices
        i = self._curve.segment(wavelength)
        t = np.clip((wavelength - w[i]) / (w[i + 1] - w[i]), 0.0, 1.0)
        return np.asarray((1 - t) * index[i] + t * index[i + 1])

    def _slope(self, wavelength: Array) -> ComplexArray:
        w, index = self._curve.wavelengths, self._curve.indices
        i = self._curve.segment(wavelength)
        return np.asarray((index[i + 1] - index[i]) / (w[i + 1] - w[i]))


@dataclass(frozen=True, eq=False)  # compared by identity: two arrays have no single truth, and the rows decide
class _Curve:
    """The rows of a table as arrays.

    Args:
        wavelengths: (rows,), [m].
        indices: (rows,), [1] complex.
    """

    wavelengths: Array
    indices: ComplexArray

    def segment(self, wavelength: Array) -> NDArray[np.intp]:
        """The row a wavelength lies behind; a row itself belongs to the segment that starts there."""
        rows = np.searchsorted(self.wavelengths, wavelength * (1 + 1e-12), side="right")
        return np.asarray(np.clip(rows - 1, 0, len(self.wavelengths) - 2))


class SellmeierIndex(FormulaIndex):
    """A transparent material by its resonances.

    n^2 = constant + sum_i strength_i l^2 / (l^2 - resonance_i^2),  k = 0,  l the wavelength

    Args:
        constant: 1, or what far resonances leave.
        strengths: of the resonances, > 0.
        resonances: [m] their wavelengths, none of them inside `valid`.
        valid: [m] shortest and longest wavelength of the formula.
    """

    law: Literal["sellmeier"] = "sellmeier"
    constant: FiniteFloat = 1.0
    strengths: tuple[Annotated[FiniteFloat, Field(gt=0.0)], ...]
    resonances: tuple[Wavelength, ...]

    @model_validator(mode="after")
    def _transparent(self) -> Self:
        if len(self.strengths) != len(self.resonances) or not self.strengths:
            raise InputError(
                f"{len(self.strengths)} strengths do not fit {len(self.resonances)} resonances: give one each"
            )
        low, high = self.valid
        for resonance in self.resonances:
            if low <= resonance <= high:
                raise InputError(f"the resonance at {text_of(resonance, 'm', 6)} lies inside the valid range")
        # n^2 falls with wavelength between two resonances, so the long end is the smallest.
        if self._squared(np.array(high)) <= 0:
            raise InputError(f"n^2 is negative at {text_of(high, 'm', 6)}, inside the valid range")
        return self

    def _squared(self, wavelength: Array) -> Array:
        l2 = wavelength**2
        terms = zip(self.strengths, self.resonances, strict=True)
        return np.asarray(self.constant + sum(b * l2 / (l2 - r**2) for b, r in terms))

    def _value(self, wavelength: Array) -> ComplexArray:
        return np.sqrt(self._squared(wavelength)).astype(np.complex128)

    def _slope(self, wavelength: Array) -> ComplexArray:
        terms = zip(self.strengths, self.resonances, strict=True)
        half_slope = -wavelength * sum(b * r**2 / (wavelength**2 - r**2) ** 2 for b, r in terms)  # of n^2
        return np.asarray(half_slope / self._value(wavelength))
