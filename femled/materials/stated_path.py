"""Stated numbers by path: every one in a table or a material, and copies with one of them replaced."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Quantity, edge
from femled.materials.material import PERMITTIVITY, Material
from femled.materials.property import Property
from femled.materials.stated import Entry, Stated, StatedTable, model_inside, quantity_of_field
from femled.units import parse, text_of

Path = tuple[str, ...]
"""Names from a part of a device on."""

New = float | str
"""A number in SI, or a text with its unit."""

SOURCE, STATUS = "choice", "assumed"
"""Of a number that was put in the place of another."""


@dataclass(frozen=True)
class StatedInput:
    """A number of a device or a material with where it comes from.

    Args:
        path: as `with_inputs` takes it, "perovskite.gain.hole_mass".
        value: in SI.
        quantity: its unit, and the range that is allowed.
        status: published, literature, assumed or calibrated.
        source: key in references.bib; empty where only the status is stated.
        note: what is stated beside it.
    """

    path: str
    value: float
    quantity: Quantity
    status: str
    source: str = ""
    note: str = ""

    @property
    def unit(self) -> str:
        """SI unit, "1" for a pure number."""
        return self.quantity.unit

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rpartition(".")[2]


def inputs_of_table(table: StatedTable, model: type[FrozenModel], prefix: str) -> Iterator[StatedInput]:
    """Every stated number of a table.

    Args:
        table: entries by the names of a model.
        model: whose fields they are.
        prefix: path of the table, with a dot at its end.
    """
    for name, entry in table.pairs:
        field = model.model_fields[name]
        if isinstance(entry, Stated):
            quantity = quantity_of_field(field)
            assert quantity is not None  # checked when the table was made
            yield _of_stated(prefix + name, entry, quantity)
        inner = model_inside(field.annotation)
        for place, part in _tables(entry).items():
            assert inner is not None
            yield from inputs_of_table(part, inner, ".".join([prefix + name, *place, ""]))


def with_table_value[T: StatedTable](table: T, model: type[FrozenModel], path: Sequence[str], new: New) -> T:
    """The table with one number in place of another.

    Args:
        table: entries by the names of a model.
        model: whose fields they are.
        path: names from the table on, ("ions", "iodide_vacancy", "diffusivity").
        new: in SI, or with its unit.

    Raises:
        InputError: no such number, or a value that is refused.
    """
    name, *rest = path
    if name not in model.model_fields:
        raise unknown_name(table.noun, name, model.model_fields)
    entry, field = table.get(name), model.model_fields[name]
    if not rest:
        quantity = quantity_of_field(field)
        if quantity is None or not (entry is None or isinstance(entry, Stated)):
            raise InputError(f"{name} is no number: name one inside it, or one beside it")
        return table.with_changes({name: restated(name, quantity, new, entry)})
    inner, parts = model_inside(field.annotation), {} if entry is None else _tables(entry)
    wanted = next((place for place in parts if list(place) == rest[: len(place)] and len(rest) > len(place)), None)
    if inner is None or wanted is None:
        known = [".".join(place) for place in parts]
        raise unknown_name(f"part of {name}", rest[0], known)
    parts[wanted] = with_table_value(parts[wanted], inner, rest[len(wanted) :], new)
    changed: Entry = tuple(parts.values()) if isinstance(entry, tuple) else next(iter(parts.values()))
    return table.with_changes({name: changed})


def _tables(entry: Entry) -> dict[tuple[str, ...], StatedTable]:
    """The tables inside an entry, by what comes after its name in a path."""
    if isinstance(entry, tuple):
        return {(str(table.get("name", place)),): table for place, table in enumerate(entry)}
    return {(): entry} if isinstance(entry, StatedTable) else {}


def restated(name: str, quantity: Quantity, new: New, old: Stated | None) -> Stated:
    """A number in place of a stated one.

    Args:
        name: for the message.
        quantity: unit and range.
        new: in SI, or with its unit.
        old: what it replaces, if anything.

    Raises:
        InputError: a value that is refused.
    """
    value = quantity.check(new, name)
    note = "" if old is None else f"in place of {old.value} ({old.status})"
    return Stated(value=text_of(value, quantity.unit), source=SOURCE, status=STATUS, note=note)


def _of_stated(path: str, stated: Stated, quantity: Quantity) -> StatedInput:
    with edge():
        value = quantity.check(stated.value, path)
    return StatedInput(path, value, quantity, stated.status, stated.source, stated.note)


def inputs_of_material(material: Material, prefix: str, temperature: float) -> Iterator[StatedInput]:
    """Every stated number of a material but its carriers and its refractive indices.

    Args:
        material: whose numbers.
        prefix: path of the material, with a dot at its end.
        temperature: [K] at which thermal laws are evaluated.
    """
    for name, law in material.thermal_properties.items():
        value = float(law.at(temperature))
        yield StatedInput(prefix + name, value, Quantity(law.unit, 1e-12, 1e12), law.status, law.source, law.note)
    if material.gain is not None:
        assert material.gain.described is not None
        yield from inputs_of_table(material.gain, material.gain.described, f"{prefix}gain.")
    if material.static_permittivity is not None:
        yield _of_stated(f"{prefix}static_permittivity", material.static_permittivity, PERMITTIVITY)
    if material.emission is not None:
        yield from _inputs_of_model(material.emission, f"{prefix}emission.")


def with_material_values(material: Material, values: Mapping[Path, New], temperature: float) -> Material:
    """The material with some numbers in place of others; a thermal law is scaled as a whole.

    Args:
        material: to change.
        values: names from the material on, ("gain", "hole_mass") -> in SI, or with its unit; of a thermal law its value
            at a temperature.
        temperature: [K] of that.

    Raises:
        InputError: no such number, or a value that is refused.
    """
    fields: dict[str, Any] = {}
    for path, new in values.items():
        with naming(path):
            head, *rest = path
            now = fields.get(head, getattr(material, head, None))
            fields[head] = _changed_field(material, now, head, rest, new, temperature)
    return material.replace(**fields) if fields else material


def _changed_field(material: Material, now: Any, head: str, rest: Sequence[str], new: New, temperature: float) -> Any:
    if head in material.thermal_properties and not rest:
        return _scaled(now, head, new, temperature)
    if head in ("gain", "carriers") and now is not None and rest:
        return with_table_value(now, now.described, rest, new)
    if head == "static_permittivity" and not rest:
        return restated(head, PERMITTIVITY, new, now)
    if head == "emission" and rest and now is not None:
        return _with_model_value(now, rest, new)
    parts = [name for name in ("gain", "carriers", "emission") if getattr(material, name) is not None]
    raise unknown_name(f"number of {material.name}", ".".join([head, *rest]), [*material.thermal_properties, *parts])


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Refusals inside say which path they are about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{'.'.join(path)}: {error}") from None


def _scaled(law: Property, name: str, new: New, temperature: float) -> Property:
    value = parse(new, law.unit, name) if isinstance(new, str) else float(new)
    if not value > 0:
        raise InputError(f"{name} {value:g} {law.unit} is not above 0")
    factor = value / float(law.at(temperature))

    def times(text: str) -> str:
        return text_of(parse(text, law.unit, name) * factor, law.unit)

    values = times(law.value) if isinstance(law.value, str) else tuple(times(text) for text in law.value)
    note = f"scaled by {factor:.6g} ({law.status}): {law.note}"
    return law.replace(value=values, source=SOURCE, status=STATUS, note=note)


def _own_quantities(model: FrozenModel) -> dict[str, tuple[FieldInfo, Quantity]]:
    """Fields that are one number with a unit."""
    found = {}
    for name, field in type(model).model_fields.items():
        quantity = quantity_of_field(field)
        if quantity is not None and isinstance(getattr(model, name), float):
            found[name] = (field, quantity)
    return found


def _inputs_of_model(model: FrozenModel, prefix: str) -> Iterator[StatedInput]:
    """Numbers of models that carry one status for all their fields."""
    status = getattr(model, "status", None)
    if status is not None:
        facts = (status, getattr(model, "source", ""), getattr(model, "note", ""))
        for name, (_, quantity) in _own_quantities(model).items():
            yield StatedInput(prefix + name, getattr(model, name), quantity, *facts)
    for name in type(model).model_fields:
        part = getattr(model, name)
        if isinstance(part, FrozenModel):
            yield from _inputs_of_model(part, f"{prefix}{name}.")


def _with_model_value[M: FrozenModel](model: M, path: Sequence[str], new: New) -> M:
    name, *rest = path
    part: Any = getattr(model, name, None) if name in type(model).model_fields else None
    if rest and isinstance(part, FrozenModel):
        return model.replace(**{name: _with_model_value(part, rest, new)})
    numbers = _own_quantities(model)
    if rest or name not in numbers:
        raise unknown_name("number", ".".join(path), numbers)
    changes: dict[str, Any] = {name: numbers[name][1].check(new, name)}
    if "status" in type(model).model_fields:
        changes["status"] = STATUS
    return model.replace(**changes)
