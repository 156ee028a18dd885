"""Frozen, validated data: the model class and the quantity annotations that every description of a device uses."""

import json
import math
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from femled.errors import InputError
from femled.units import likely_slip, parse, text_of

_at_edge: ContextVar[bool] = ContextVar("at_edge", default=False)


@contextmanager
def edge() -> Iterator[None]:
    """Inside this context values come from a file, the command line or the page, and a bare number is refused."""
    token = _at_edge.set(True)
    try:
        yield
    finally:
        _at_edge.reset(token)


@contextmanager
def _trusted() -> Iterator[None]:
    token = _at_edge.set(False)
    try:
        yield
    finally:
        _at_edge.reset(token)


@dataclass(frozen=True)
class Quantity:
    """Annotation of an SI float: its unit and the range that can be meant.

    Args:
        unit: SI unit, "1" for a pure number.
        low: smallest allowed value.
        high: largest allowed value.
    """

    unit: str
    low: float = -math.inf
    high: float = math.inf

    def check(self, value: Any, name: str) -> float:
        """The value as an SI float inside the range.

        Raises:
            InputError: a bare number at an edge, not a number, not finite, or out of range.
        """
        if isinstance(value, str):
            value = parse(value, self.unit, name)
        elif isinstance(value, bool) or not hasattr(value, "__float__"):
            raise InputError(f"{name} {value!r} is not a quantity in [{self.unit}]")
        elif _at_edge.get() and self.unit != "1":
            raise InputError(f"{name} = {value} has no unit: write a text such as {self._example(float(value))}")
        number = float(value)
        if math.isnan(number) or (math.isinf(number) and not math.isinf(self.high)):
            raise InputError(f"{name} {number} is not a finite number")
        if not self.low <= number <= self.high:
            bounds = " .. ".join(text_of(end, self.unit, 6) for end in (self.low, self.high))
            slip = likely_slip(number, self.unit, self.low, self.high)
            raise InputError(f"{name} {number:.6g} {self.unit} is outside {bounds}{slip}")
        return number

    def _example(self, value: float) -> str:
        """The bare number with the unit that was most likely meant."""
        for prefix, size in (("u", 1e-6), ("n", 1e-9), ("m", 1e-3)):
            if self.unit in ("m", "s") and self.low <= value * size <= self.high and not self.low <= value <= self.high:
                return f'"{value:g} {prefix}{self.unit}"'
        return f'"{value:g} {self.unit}"'

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(value: Any, info: ValidationInfo) -> float:
            return self.check(value, info.field_name or "value")

        return core_schema.with_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: text_of(value, self.unit), when_used="json-unless-none"
            ),
        )


Length = Annotated[float, Quantity("m", 1e-10, 0.1)]
Time = Annotated[float, Quantity("s", 0.0, 1e9)]
Temperature = Annotated[float, Quantity("K", 1.0, 3000.0)]
HeatTransferCoefficient = Annotated[float, Quantity("W/m2/K", 0.0, 1e9)]
ContactResistance = Annotated[float, Quantity("m2*K/W", 0.0, 1e-3)]
Voltage = Annotated[float, Quantity("V", -1e4, 1e4)]
CurrentDensity = Annotated[float, Quantity("A/m2", -1e12, 1e12)]
PowerDensity = Annotated[float, Quantity("W/m2", 0.0, 1e15)]
Wavelength = Annotated[float, Quantity("m", 1e-9, 1e-2)]
PlaneAngle = Annotated[float, Quantity("rad", 0.0, 1.5707)]
Fluence = Annotated[float, Quantity("J/m2", 0.0, 1e6)]
Fraction = Annotated[float, Quantity("1", 0.0, 1.0)]


def quantity_of(annotation: Any) -> Quantity | None:
    """The `Quantity` that annotates a type, if any (also inside an optional)."""
    for part in get_args(annotation):
        if isinstance(part, Quantity):
            return part
        inner = quantity_of(part)
        if inner is not None:
            return inner
    return None


def one_line(error: ValidationError, known: Iterable[str] = ()) -> str:
    """What pydantic found, one sentence a fault.

    Args:
        error: of the validation.
        known: names of the fields, to suggest the nearest.
    """
    faults = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"] if not str(part).startswith(("tuple[", "function-")))
        if fault["type"] == "extra_forbidden":
            near = get_close_matches(place, list(known), n=3, cutoff=0.6)
            faults.append(f'"{place}" is not a known key' + (f"; nearest: {', '.join(near)}" if near else ""))
        elif fault["type"] == "missing":
            faults.append(f'"{place}" is missing')
        elif fault["type"] == "union_tag_not_found":
            faults.append(f'"{place}.{fault["ctx"]["discriminator"].strip("'")}" is missing')
        elif fault["type"] == "union_tag_invalid":
            key = f"{place}.{fault['ctx']['discriminator'].strip("'")}"
            faults.append(f'{key} = "{fault["ctx"]["tag"]}" is none of {fault["ctx"]["expected_tags"]}')
        elif fault["type"] == "string_type":
            faults.append(f"{place} = {fault['input']!r} must be a text in quotes; a quantity carries its unit")
        else:
            message = fault["msg"].removeprefix("Value error, ")
            named = not place or place.split(".")[-1] in message
            faults.append(message if named else f"{place}: {message}")
    return "; ".join(dict.fromkeys(faults))


class FrozenModel(BaseModel):
    """An immutable description, checked when it is made; `replace` returns a changed copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InputError(one_line(error, type(self).model_fields)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            raise InputError(f"{type(self).__name__}.{name} cannot be assigned: use replace({name}=...)")
        super().__setattr__(name, value)

    def replace(self, **changes: Any) -> Self:
        """The same thing with some fields changed, checked again.

        Raises:
            InputError: a field that does not exist, or a value that is refused.
        """
        fields = {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}
        with _trusted():  # what is already a float has been checked at the edge
            return type(self)(**(fields | changes))

    @classmethod
    def from_mapping(cls, data: dict[str, Any], origin: str) -> Self:
        """The model from parsed TOML or JSON, where bare numbers are refused.

        Args:
            data: the parsed tables.
            origin: file or place, for the message.
        """
        try:
            with edge():
                return cls(**data)
        except InputError as error:
            raise InputError(f"{origin}: {error}") from None


def read_toml(path: str | PathLike[str]) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        InputError: no such file, not readable, not text, or not TOML (with the position).
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not valid TOML ({error})") from None


def toml_text(data: dict[str, Any], prefix: str = "") -> str:
    """Tables as TOML text: plain values first, then tables, then arrays of tables.

    Args:
        data: what `model_dump(mode="json")` returns; None is left out.
        prefix: dotted name of the table, for the headers.
    """
    plain, tables, arrays = [], [], []
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            tables.append(f"\n[{name}]\n{toml_text(value, name + '.')}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            arrays += [f"\n[[{name}]]\n{toml_text(entry, name + '.')}" for entry in value]
        elif value is not None:
            plain.append(f"{key} = {json.dumps(value, ensure_ascii=False).replace(chr(127), chr(92) + 'u007f')}\n")
    return "".join(plain + tables + arrays)
