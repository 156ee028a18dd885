"""Numbers as cards and device files state them: each with its source and status, by the names of a model's fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, Union, get_args

from pydantic import GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Quantity, quantity_of
from femled.materials.property import Status
from femled.materials.semiconductor import Semiconductor


class Stated(FrozenModel):
    """One number with where it comes from.

    Args:
        value: with its unit.
        source: key in references.bib.
        status: published (a seed paper), literature, assumed or calibrated.
        note: what a reader should know; of a calibrated value, what it was calibrated to.
    """

    value: str
    source: str
    status: Status
    note: str = ""


Entry = Union["StatedTable", Stated, str, int, tuple["StatedTable", ...]]
"""A number with its source, a word (a name, a kind), the sign of a charge, a table of such, or several."""


@dataclass(frozen=True)
class StatedTable(Mapping[str, Entry]):
    """Entries by the name of the field they stand for, in the order of the fields.

    It cannot be changed, so that what holds it can be hashed.

    Args:
        pairs: name and entry.
    """

    described: ClassVar[type[FrozenModel] | None] = None
    noun: ClassVar[str] = "electrical value"

    pairs: tuple[tuple[str, Entry], ...] = ()

    def __getitem__(self, name: str) -> Entry:
        return dict(self.pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    def with_changes(self, changes: Mapping[str, Entry]) -> Self:
        """The same table with some entries in place of its own."""
        return type(self)(tuple({**dict(self.pairs), **changes}.items()))

    def plain(self) -> dict[str, Any]:
        """Texts alone, as a model reads them."""
        return {name: _without_source(entry) for name, entry in self.pairs}

    def numbers(self) -> dict[str, Stated]:
        """Every number by its dotted name, "ions.vacancy.diffusivity"."""
        found: dict[str, Stated] = {}
        for name, entry in self.pairs:
            if isinstance(entry, Stated):
                found[name] = entry
            tables = entry if isinstance(entry, tuple) else (entry,) if isinstance(entry, StatedTable) else ()
            for place, table in enumerate(tables):
                own = [str(table.get("name", place))] if isinstance(entry, tuple) else []
                found |= {".".join([name, *own, inner]): stated for inner, stated in table.numbers().items()}
        return found

    def as_given(self) -> dict[str, Any]:
        """JSON-ready, as it stands in a file."""
        return {name: _dumped(entry) for name, entry in self.pairs}

    @classmethod
    def checked(cls, given: Any, model: type[FrozenModel]) -> Self:
        """The table of a file or of Python, its names, units and ranges checked against the fields of a model.

        Raises:
            InputError: an unknown name, a number without source and status, a wrong unit, or a value out of range.
        """
        if isinstance(given, StatedTable):
            return cls(given.pairs)
        if not isinstance(given, Mapping):
            raise InputError(f"{given!r} is not a table of values with their sources")
        pairs: list[tuple[str, Entry]] = []
        for name, entry in given.items():
            if name not in model.model_fields:
                raise unknown_name(cls.noun, str(name), model.model_fields)
            pairs.append((name, _entry(name, entry, model.model_fields[name])))
        order = list(model.model_fields)
        return cls(tuple(sorted(pairs, key=lambda pair: order.index(pair[0]))))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        model = cls.described
        assert model is not None  # a field holds one of the subclasses
        return core_schema.no_info_plain_validator_function(
            lambda given: cls.checked(given, model),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda table: table.as_given()),
        )


class CarrierData(StatedTable):
    """What a card says of carriers and mobile ions in its material, by the names of `Semiconductor`.

    A device states its own values in place of the card's, layer by layer. What is left out has the default of
    `Semiconductor`.
    """

    described = Semiconductor


def _entry(name: str, given: Any, field: FieldInfo) -> Entry:
    quantity = quantity_of_field(field)
    inner = model_inside(field.annotation)
    if isinstance(given, Stated) or (isinstance(given, Mapping) and "value" in given):
        stated = given if isinstance(given, Stated) else Stated(**given)
        if quantity is None:
            raise InputError(f"{name} is no quantity and takes no value with a source")
        quantity.check(stated.value, name)
        return stated
    if quantity is not None:
        raise InputError(
            f'{name} = {given!r} has no source: write {{ value = "...", source = "bib key", status = "assumed" }}'
        )
    if inner is not None and isinstance(given, Mapping):
        return StatedTable.checked(given, inner)
    if inner is not None and isinstance(given, list | tuple):
        return tuple(StatedTable.checked(one, inner) for one in given)
    if isinstance(given, str | int) and not isinstance(given, bool):
        return given
    raise InputError(f"{name} = {given!r} is neither a word nor a table")


def quantity_of_field(field: FieldInfo) -> Quantity | None:
    """The quantity of a field; pydantic keeps the outermost annotation apart."""
    own = [part for part in field.metadata if isinstance(part, Quantity)]
    return own[0] if own else quantity_of(field.annotation)


def model_inside(annotation: Any) -> type[FrozenModel] | None:
    """The model that a field of this annotation holds one or several of, if any."""
    if isinstance(annotation, type) and issubclass(annotation, FrozenModel):
        return annotation
    found = [model_inside(part) for part in get_args(annotation)]
    return next((one for one in found if one is not None), None)


def _without_source(entry: Entry) -> Any:
    if isinstance(entry, Stated):
        return entry.value
    if isinstance(entry, StatedTable):
        return entry.plain()
    return [one.plain() for one in entry] if isinstance(entry, tuple) else entry


def _dumped(entry: Entry) -> Any:
    if isinstance(entry, Stated):
        return entry.model_dump(mode="json", exclude_defaults=True)
    if isinstance(entry, StatedTable):
        return entry.as_given()
    return [one.as_given() for one in entry] if isinstance(entry, tuple) else entry
