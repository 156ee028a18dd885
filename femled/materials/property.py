"""One material property with its temperature law, source and status."""

import math
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import FiniteFloat, PrivateAttr

from femled.errors import InputError
from femled.frozen import FrozenModel, Temperature
from femled.units import parse

Array = NDArray[np.float64]
Status = Literal["published", "literature", "assumed", "calibrated"]


class Property(FrozenModel):
    """A property of a material as a function of temperature, log-log between the points of a table.

    law = "constant":  y(T) = value
    law = "table":     y(T) = y_i (T/T_i)^m_i between two points, held constant outside
    law = "power":     y(T) = value (T/reference_temperature)^exponent

    Args:
        unit: the SI unit of the property, set by the subclass.
        law: name of the law.
        value: one quantity, or one a table point, with units.
        temperature: table points, rising.
        reference_temperature: of the power law.
        exponent: of the power law.
        valid: lowest and highest temperature the source vouches for.
        source: key in references.bib.
        status: published (a seed paper), literature, assumed or calibrated.
        note: what a reader should know about the value.
    """

    unit: ClassVar[str] = "1"

    law: Literal["constant", "table", "power"] = "constant"
    value: str | tuple[str, ...]
    temperature: tuple[str, ...] = ()
    reference_temperature: str | None = None
    exponent: FiniteFloat = 0.0
    valid: tuple[Temperature, Temperature] | None = None
    source: str
    status: Status
    note: str = ""

    _temperatures: tuple[float, ...] = PrivateAttr(default=())
    _values: tuple[float, ...] = PrivateAttr(default=())

    def model_post_init(self, _context: Any, /) -> None:
        """Turn the texts into numbers and check them."""
        texts = (self.value,) if isinstance(self.value, str) else self.value
        values = tuple(parse(text, self.unit, "value") for text in texts)
        points = [self.reference_temperature] if self.reference_temperature else list(self.temperature)
        temperatures = tuple(parse(text, "K", "temperature") for text in points)
        if any(not value > 0 for value in values + temperatures):
            raise InputError(f"values and temperatures must be positive, got {texts} at {points}")
        expected = {"constant": 0, "power": 1, "table": len(values)}[self.law]
        if len(temperatures) != expected or (self.law != "table" and len(values) != 1) or not values:
            raise InputError(f'law "{self.law}" does not fit {len(values)} values at {len(temperatures)} temperatures')
        if self.exponent != 0 and self.law != "power":
            raise InputError(f'exponent {self.exponent:g} belongs to law "power", not "{self.law}"')
        if any(b <= a for a, b in pairwise(temperatures)):
            raise InputError(f"temperatures {points} must rise")
        self._values, self._temperatures = values, temperatures

    @property
    def depends_on_temperature(self) -> bool:
        """Whether the law is anything but one number."""
        return self.law == "power" or len(set(self._values)) > 1

    def varies_above(self, temperature: float) -> bool:
        """Whether the value changes anywhere above a temperature [K]."""
        if self.law != "table":
            return self.law == "power" and self.exponent != 0
        above = [value for T, value in zip(self._temperatures, self._values, strict=True) if temperature < T]
        values = [*above, float(self.at(temperature))]
        return max(values) > min(values) * (1 + 1e-12)

    def outside(self, lowest: float, highest: float) -> bool:
        """Whether the range [K] leaves the end points of a table, beyond which the value is held constant."""
        points = self._temperatures
        return self.law == "table" and self.depends_on_temperature and (lowest < points[0] or highest > points[-1])

    @property
    def segments(self) -> tuple[Array, Array, Array]:
        """The law as power laws from knot to knot: y = value_i (T/knot_i)^exponent_i.

        Returns:
            knots: (n,), [K] rising, the first 1 K; value: (n,), [unit] at the knots; exponent: (n,).
        """
        return _segments(self._temperatures, self._values, self.exponent if self.law == "power" else None)

    def at(self, temperature: ArrayLike) -> Array:
        """The value at a temperature.

        Args:
            temperature: any shape, [K], at least 1 K.

        Returns:
            the same shape, in `unit`.

        Raises:
            InputError: below 1 K, or not a number.
        """
        T = _above_one_kelvin(temperature)
        knots, value, exponent = self.segments
        i = np.searchsorted(knots, T, side="right") - 1
        return np.asarray(value[i] * (T / knots[i]) ** exponent[i])

    def integral(self, temperature: ArrayLike) -> Array:
        """The antiderivative Y(T) = Int_1K^T y dT', exact for every law (an enthalpy, for a heat capacity).

        Args:
            temperature: any shape, [K], at least 1 K.

        Raises:
            InputError: below 1 K, or not a number.
        """
        T = _above_one_kelvin(temperature)
        knots, value, exponent = self.segments

        def within(i: NDArray[np.int_], upper: Array) -> Array:
            # Int y (T/knot)^m dT = y knot L expm1(x)/x with L = ln(upper/knot), x = (m + 1) L; the limit x -> 0 is L.
            L = np.log(upper / knots[i])
            x = (exponent[i] + 1.0) * L
            ratio = np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))
            return np.asarray(value[i] * knots[i] * L * ratio)

        whole = within(np.arange(len(knots) - 1), knots[1:])
        i = np.searchsorted(knots, T, side="right") - 1
        return np.asarray(np.concatenate([[0.0], np.cumsum(whole)])[i] + within(i, T))


@cache
def _segments(T: tuple[float, ...], y: tuple[float, ...], power: float | None) -> tuple[Array, Array, Array]:
    # Kept here and not on the model, whose equality pydantic decides by comparing everything that hangs on it.
    if power is not None:
        return np.ones(1), np.array([y[0] * T[0] ** -power]), np.array([power])
    if len(y) == 1:
        return np.ones(1), np.array(y), np.zeros(1)
    slopes = [math.log(y[i + 1] / y[i]) / math.log(T[i + 1] / T[i]) for i in range(len(y) - 1)]
    return np.array([1.0, *T]), np.array([y[0], *y]), np.array([0.0, *slopes, 0.0])


def _above_one_kelvin(temperature: ArrayLike) -> Array:
    T = np.asarray(temperature, dtype=np.float64)
    if not np.all(T >= 1.0):
        raise InputError(f"temperature {float(np.min(T)):g} K is not a temperature of at least 1 K")
    return T


class ThermalConductivity(Property):
    """kappa(T), [W/m/K]."""

    unit: ClassVar[str] = "W/m/K"


class Density(Property):
    """rho, [kg/m3]."""

    unit: ClassVar[str] = "kg/m3"


class HeatCapacity(Property):
    """c_p(T), [J/kg/K]."""

    unit: ClassVar[str] = "J/kg/K"
