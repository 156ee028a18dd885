"""Refractive indices n + i k over wavelength: what every law of them shares.

The sign convention of all of femled: fields go as exp(-i omega t), so k = Im n >= 0 absorbs.
"""

from abc import abstractmethod
from math import isfinite
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from femled.errors import InputError
from femled.frozen import FrozenModel, Wavelength
from femled.materials.property import Status
from femled.units import text_of

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

ANY_WAVELENGTH = (1e-9, 1e-2)
"""[m] the range of an index that holds wherever it is asked for."""

_ROUNDING = 1e-9  # how far past the end of a range, relative, a wavelength may lie: "800 nm" and 0.8e-6 are the same


def refuse_sign(n: float, k: float, where: str) -> None:
    """Raise `InputError` for an index that is not n + i k with n >= 0 and k >= 0.

    Args:
        n: real part.
        k: imaginary part.
        where: what the value belongs to, for the message.
    """
    if not (isfinite(n) and isfinite(k)):
        raise InputError(f"{where}: n = {n:g}, k = {k:g} is not a finite index")
    if k < 0:
        raise InputError(
            f"{where}: k = {k:g} is negative: an absorber is n + i k with k >= 0 here, so values written n - i k need "
            "the sign of k turned"
        )
    if n < 0 or (n == 0 and k == 0):
        raise InputError(f"{where}: n = {n:g} is not the real part of a refractive index")


class RefractiveIndex(FrozenModel):
    """A refractive index n + i k as a function of the wavelength in vacuum; k >= 0 absorbs.

    Args:
        source: key in references.bib.
        status: published (a seed paper), literature, assumed or calibrated.
        note: what a reader should know about the values.
    """

    law: str
    source: str
    status: Status
    note: str = ""

    @property
    @abstractmethod
    def range(self) -> tuple[float, float]:
        """[m] shortest and longest wavelength of the law."""

    @abstractmethod
    def _value(self, wavelength: Array) -> ComplexArray:
        """The index inside the range."""

    @abstractmethod
    def _slope(self, wavelength: Array) -> ComplexArray:
        """[1/m] its derivative inside the range."""

    @model_serializer(mode="wrap")
    def _with_law(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The law is a default of its class, and would be lost where defaults are left out.
        return {"law": self.law, **serialize(self)}

    def at(self, wavelength: ArrayLike) -> ComplexArray:
        """The index n + i k.

        Args:
            wavelength: any shape, [m] in vacuum.

        Returns:
            the same shape, complex; the imaginary part of an absorber is positive.

        Raises:
            InputError: outside the range of the law.
        """
        return self._value(self._inside(wavelength))

    def derivative(self, wavelength: ArrayLike) -> ComplexArray:
        """Derivative d(n + i k)/d wavelength, exact for the law; the group index is Re(n - wavelength dn/dwavelength).

        Args:
            wavelength: any shape, [m] in vacuum.

        Returns:
            the same shape, [1/m], complex.

        Raises:
            InputError: outside the range of the law.
        """
        return self._slope(self._inside(wavelength))

    def _inside(self, wavelength: ArrayLike) -> Array:
        given = np.asarray(wavelength, dtype=np.float64)
        low, high = self.range
        outside = ~((given >= low * (1 - _ROUNDING)) & (given <= high * (1 + _ROUNDING)))
        if np.any(outside):
            raise InputError(
                f"wavelength {text_of(float(given[outside][0]), 'm', 6)} is outside {text_of(low, 'm', 6)} .. "
                f"{text_of(high, 'm', 6)}, the range of the refractive index from {self.source}"
            )
        return np.asarray(np.clip(given, low, high))


class FormulaIndex(RefractiveIndex):
    """An index by a formula.

    Args:
        valid: [m] shortest and longest wavelength the formula may be asked for.
    """

    valid: tuple[Wavelength, Wavelength]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.valid[0] < self.valid[1]:
            raise InputError(f"valid {' .. '.join(text_of(end, 'm', 6) for end in self.valid)} must rise")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """[m] shortest and longest wavelength of the law."""
        return self.valid
