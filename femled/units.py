"""Units at the edges: literals such as `25 * nm`, quantity strings to SI floats and back.

Inside femled every number is an SI float. A person writes `25 * nm` in Python and "25 nm" in a TOML file, on the
command line or on the page; a bare number is refused there.
"""

import math
import re
from decimal import Decimal
from functools import cache
from typing import Any, Final

from femled.errors import InputError

nm: Final = 1e-9
um: Final = 1e-6
mm: Final = 1e-3
cm: Final = 1e-2
m: Final = 1.0
ns: Final = 1e-9
us: Final = 1e-6
ms: Final = 1e-3
s: Final = 1.0
K: Final = 1.0
mV: Final = 1e-3
V: Final = 1.0
mA: Final = 1e-3
A: Final = 1.0
W: Final = 1.0
Hz: Final = 1.0
A_cm2: Final = 1e4
kA_cm2: Final = 1e7
mA_cm2: Final = 1e1
W_cm2: Final = 1e4
kW_cm2: Final = 1e7
W_m_K: Final = 1.0

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$")
_POWER = re.compile(r"([A-Za-zµΩ%]+)\^?(-?\d+)")
_PREFIXES: Final = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIXED: Final = ("m", "s", "V", "A", "W", "Hz", "J", "F", "C", "ohm")
_PRINTED: Final = {"A/m2": ("A/cm2", 1e4), "W/m2": ("W/cm2", 1e4), "1/m3": ("1/cm3", 1e6)}


def _rounded(value: float) -> float:
    """Drop the last binary digit, so that "100 um" is 1e-4 and not 9.999999999999999e-05."""
    return float(f"{value:.15g}")


@cache
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    registry.define("sq = []")  # sheet resistances are printed in ohm per square
    return registry


@cache
def conversion(unit: str, to: str) -> tuple[float, float]:
    """Factor and offset from one unit to another: value_to = factor * value + offset.

    Args:
        unit: the unit as a person writes it ("kW/cm2", "m2*K/W", "ohm/sq", "degC").
        to: the SI unit wanted, in the same spelling.

    Raises:
        InputError: unknown unit, or one of another dimension.
    """
    if unit == to:
        return 1.0, 0.0
    if unit[: -len(to)] in _PREFIXES and unit.endswith(to) and to in _PREFIXED:
        return _PREFIXES[unit[: -len(to)]], 0.0
    registry = _registry()
    try:
        source, target = (registry.Unit(_POWER.sub(r"\1**\2", text)) for text in (unit, to))
        if not source.is_compatible_with(target):
            raise InputError(f'"{unit}" is not a unit of [{to}]')
        offset = registry.Quantity(0.0, source).to(target).magnitude
        factor = registry.Quantity(1.0, source).to(target).magnitude - offset
    except InputError:
        raise
    except Exception:  # pint lets errors of tokenizers and parsers through
        raise InputError(f'unknown unit "{unit}"; expected one of [{to}]') from None
    return _rounded(factor), _rounded(offset)


def parse(text: str, unit: str, name: str = "value") -> float:
    """A quantity string as an SI float.

    Args:
        text: number and unit, such as "203 A/cm2".
        unit: the SI unit wanted, such as "A/m2"; "1" for a pure number.
        name: the argument's name, for the message.

    Returns:
        the value in `unit`.

    Raises:
        InputError: no number, no unit, an unknown unit, one of another dimension, or not finite.
    """
    match = _NUMBER.match(text)
    if match is None:
        raise InputError(f'{name} "{text}" is not a quantity: write a number and a unit, such as "{_example(unit)}"')
    number, written = match.groups()
    if not written and unit != "1":
        raise InputError(f'{name} "{text}" has no unit: write it behind the number, as in "{_example(unit)}"')
    try:
        factor, offset = (0.01, 0.0) if (unit, written) == ("1", "%") else conversion(written or "1", unit)
    except InputError as error:
        raise InputError(f'{name} "{text}": {error}') from None
    # Decimal arithmetic: "100 um" is 1e-4, where binary arithmetic would make 9.999999999999999e-05 of it.
    value = float(Decimal(number) * Decimal(repr(factor)) + Decimal(repr(offset)))
    if not math.isfinite(value):
        raise InputError(f'{name} "{text}" is not a finite number')
    return value


def parse_list(
    text: str, unit: str, name: str = "values", points: int = 41, *, equal_ratios: bool = False
) -> list[float]:
    """A list "0.1 us, 2 us", a range "0 V .. 8 V", or a list with ranges in it, as SI floats.

    Args:
        text: quantities separated by commas; `A .. B` stands for `points` evenly spaced values, ends included.
        unit: the SI unit wanted.
        name: the argument's name, for the message.
        points: number of values of a range.
        equal_ratios: neighbouring values of a range have equal ratios instead of equal differences.
    """
    if points < 2:
        raise InputError(f"points {points} is not at least 2")
    if not text.strip():
        raise InputError(f"{name} is empty: write quantities separated by commas, or A .. B")
    parts = [part for part in text.split(",") if part.strip()]
    return [value for part in parts for value in _part(part, unit, name, points, equal_ratios=equal_ratios)]


def _part(text: str, unit: str, name: str, points: int, *, equal_ratios: bool) -> list[float]:
    ends = text.split("..")
    if len(ends) != 2:
        return [parse(text, unit, name)]
    start, stop = (parse(end, unit, name) for end in ends)
    if equal_ratios:
        if min(start, stop) <= 0:
            raise InputError(f'{name} "{text.strip()}": a range in equal ratios has both ends above zero')
        inner = [start * (stop / start) ** (i / (points - 1)) for i in range(1, points - 1)]
        return [start, *inner, stop]
    return [start + (stop - start) * i / (points - 1) for i in range(points)]


def text_of(value: float, unit: str, digits: int | None = None) -> str:
    """A value with its unit in the size a person would write, "100 um" for 1e-4 [m]; `parse` reads it back exactly.

    Args:
        value: in SI.
        unit: its SI unit.
        digits: significant digits; as many as the value has if not given.
    """
    shown, factor = _PRINTED.get(unit, (unit, 1.0))
    if unit in _PREFIXED and value != 0 and math.isfinite(value):
        exponent = min(max(3 * math.floor(math.log10(abs(value) * (1 + 1e-12)) / 3), -9), 9)
        prefix = next(key for key, size in _PREFIXES.items() if math.isclose(size, 10.0**exponent))
        shown, factor = prefix + unit, _PREFIXES[prefix]
    if digits is not None:
        number = f"{value / factor:.{digits}g}"
    else:
        exact = Decimal(repr(float(value))) / Decimal(repr(factor))
        number = f"{exact.normalize():f}" if 1e-4 <= abs(exact) < 1e16 or exact == 0 else f"{exact:E}".replace("E", "e")
    return number if unit == "1" else f"{number} {shown}"


def likely_slip(value: float, unit: str, low: float, high: float) -> str:
    """The remark that guesses which prefix was forgotten: "did you mean 400 nm?"; empty if no prefix helps."""
    if unit in _PREFIXED:
        for prefix, size in (("n", 1e-9), ("u", 1e-6), ("m", 1e-3)):
            if low <= value * size <= high:
                return f": did you mean {value:.6g} {prefix}{unit}?"
    shown, factor = _PRINTED.get(unit, (unit, 1.0))
    if factor != 1.0 and low <= value * factor <= high:
        return f": did you mean {value:.6g} {shown}?"
    return ""


def _example(unit: str) -> str:
    return {"m": "25 um", "s": "2 us", "K": "295 K", "V": "2.5 V", "A/m2": "203 A/cm2", "W/m2": "1 kW/cm2"}.get(
        unit, f"1 {unit}"
    )
