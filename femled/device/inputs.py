"""The stated numbers of a device by path: all of them with their status, and the device with some replaced."""

from collections.abc import Iterator, Mapping
from typing import Any

from femled.device.electrical import SHEET_RESISTANCE, Contacts, PixelContact, carrier_data, current_layers
from femled.device.layer import Layer, Plate
from femled.device.pixel import Pixel
from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, edge
from femled.materials.material import Material
from femled.materials.semiconductor import Semiconductor
from femled.materials.stated import CarrierData, StatedTable, quantity_of_field
from femled.materials.stated_path import (
    New,
    Path,
    StatedInput,
    inputs_of_material,
    inputs_of_table,
    naming,
    restated,
    with_material_values,
    with_table_value,
)

ROOM_TEMPERATURE = 295.0
"""[K] at which the thermal laws of a bare material are listed; those of a pixel are at its ambient temperature."""

_PLATES = ("substrate", "encapsulation", "spreader")


def inputs_of(device: Pixel | Material) -> tuple[StatedInput, ...]:
    """Every number of a device or a material that states where it comes from, with its path.

    Paths follow the device from its parts on: "substrate.thickness", "perovskite.gain.hole_mass",
    "pcbm.carriers.electron_mobility" (the card's, or the device's own in its place),
    "mapbi3.carriers.ions.iodide_vacancy.diffusivity", "contacts.anode.work_function_ev". Parts that share a card share
    its numbers: "ito_bottom+ito_top.thermal_conductivity". Of a thermal law the value at the ambient temperature is
    listed. Refractive indices are not: the calls of optics take them as `index=`.

    Args:
        device: a pixel, or a material on its own.

    Returns:
        in the order of the stack.
    """
    if isinstance(device, Material):
        carriers = inputs_of_table(device.carriers or CarrierData(), Semiconductor, "carriers.")
        return (*inputs_of_material(device, "", ROOM_TEMPERATURE), *carriers)
    return tuple(_of_pixel(device))


def _of_pixel(pixel: Pixel) -> Iterator[StatedInput]:
    thickness = quantity_of_field(Layer.model_fields["thickness"])
    assert thickness is not None
    conducting = [layer.name for layer in current_layers(pixel)]
    materials: list[tuple[Material, list[str]]] = []
    for name, part in pixel.stack():
        yield StatedInput(f"{name}.thickness", part.thickness, thickness, part.status, pixel.reference, part.note)
        _shared(materials, name, part.solid)
        if isinstance(part, Layer) and name in conducting:
            yield from inputs_of_table(carrier_data(pixel, part), Semiconductor, f"{name}.carriers.")
    if pixel.aperture is not None:
        _shared(materials, "insulator", pixel.aperture.insulator)
    for material, names in materials:
        yield from inputs_of_material(material, f"{'+'.join(names)}.", pixel.ambient_temperature)
    if pixel.contacts is not None:
        for side in ("anode", "cathode"):
            yield from _of_contact(getattr(pixel.contacts, side), f"contacts.{side}.")
    for name, table in _own_tables(pixel).items():
        assert table.described is not None
        yield from inputs_of_table(table, table.described, f"{name}.")


def _shared(materials: list[tuple[Material, list[str]]], name: str, material: Material) -> None:
    """Put the name of a part beside those of the same material."""
    for known, names in materials:
        if known == material:
            names.append(name)
            return
    materials.append((material, [name]))


def _of_contact(contact: PixelContact, prefix: str) -> Iterator[StatedInput]:
    assert contact.values.described is not None
    yield from inputs_of_table(contact.values, contact.values.described, prefix)
    sheet = contact.sheet_resistance
    if sheet is not None:
        with edge():
            value = SHEET_RESISTANCE.check(sheet.value, "sheet_resistance")
        path = f"{prefix}sheet_resistance"
        yield StatedInput(path, value, SHEET_RESISTANCE, sheet.status, sheet.source, sheet.note)


def _own_tables(pixel: Pixel) -> dict[str, StatedTable]:
    """Tables of stated numbers that belong to the pixel as a whole."""
    fields = {name: getattr(pixel, name) for name in Pixel.model_fields}
    return {name: table for name, table in fields.items() if isinstance(table, StatedTable)}


def with_inputs[D: (Pixel, Material)](device: D, values: Mapping[str, New]) -> D:
    """The same device with other numbers, which are then stated as assumed.

    Beside the paths of `inputs_of`: "layers." may stand in front, "emitter" is the light-emitting layer, parts joined
    by "+" change together, a number that the device or the card does not state yet can be put in, and so can the
    pixel's own lengths and temperatures ("diameter"). A thermal law is scaled as a whole so that it has the value at
    the ambient temperature (295 K, if the device is a material).

    Args:
        device: a pixel or a material.
        values: path -> number in SI, or a text with its unit.

    Raises:
        InputError: no such number (the nearest are listed), or a value that is refused.
    """
    if isinstance(device, Material):
        return with_material_values(
            device, {tuple(path.split(".")): new for path, new in values.items()}, ROOM_TEMPERATURE
        )
    parts: dict[str, dict[Path, New]] = {}
    for text, new in values.items():
        path = tuple(text.removeprefix("layers.").split("."))
        for name in path[0].split("+"):
            parts.setdefault(device.emitter if name == "emitter" else name, {})[path[1:]] = new
    own = {name: changes.pop(()) for name, changes in parts.items() if () in changes}
    changes: dict[str, Any] = {
        name: _changed_table(device, name, parts.pop(name)) for name in _own_tables(device) if name in parts
    }
    changes |= {name: _own_number(device, name, new) for name, new in own.items()}
    if contact_changes := parts.pop("contacts", None):
        changes["contacts"] = _changed_contacts(device, contact_changes)
    changes |= _changed_parts(device, {name: inner for name, inner in parts.items() if inner})
    # Not through `Pixel.replace`, whose short forms of plates mean something else.
    return FrozenModel.replace(device, **changes)


def _own_number(pixel: Pixel, name: str, new: New) -> float:
    field = Pixel.model_fields.get(name)
    quantity = None if field is None else quantity_of_field(field)
    if quantity is None:
        raise unknown_name("number", name, [one.path for one in inputs_of(pixel)])
    return quantity.check(new, name)


def _changed_table(pixel: Pixel, name: str, values: Mapping[Path, New]) -> StatedTable:
    table: StatedTable = getattr(pixel, name)
    assert table.described is not None
    for path, new in values.items():
        with naming((name, *path)):
            table = with_table_value(table, table.described, path, new)
    return table


def _changed_contacts(pixel: Pixel, values: Mapping[Path, New]) -> Contacts:
    contacts = pixel.contacts
    for (side, *rest), new in values.items():
        with naming(("contacts", side, *rest)):
            if contacts is None or side not in ("anode", "cathode") or not rest:
                raise InputError(f"pixel {pixel.name} has no such contact: name a number of the anode or the cathode")
            contact: PixelContact = getattr(contacts, side)
            if rest == ["sheet_resistance"]:
                stated = restated("sheet_resistance", SHEET_RESISTANCE, new, contact.sheet_resistance)
                changed = contact.replace(sheet_resistance=stated)
            else:
                table = contact.values
                assert table.described is not None
                changed = contact.replace(values=with_table_value(table, table.described, rest, new))
            contacts = contacts.replace(**{side: changed})
    assert contacts is not None
    return contacts


def _changed_parts(pixel: Pixel, parts: Mapping[str, Mapping[Path, New]]) -> dict[str, Any]:
    """Fields of the pixel with other plates, layers and insulator."""
    changes: dict[str, Any] = {}
    layers = {layer.name: layer for layer in pixel.layers}
    for name, values in parts.items():
        plate = getattr(pixel, name) if name in _PLATES else None
        with naming((name,)):
            if name == "insulator" and pixel.aperture is not None:
                solid = with_material_values(pixel.aperture.insulator, values, pixel.ambient_temperature)
                changes["aperture"] = pixel.aperture.replace(insulator=solid)
            elif isinstance(plate, Plate):
                changes[name] = _changed(plate, values, pixel.ambient_temperature)
            elif name in layers:
                layers[name] = _changed_layer(pixel, layers[name], values)
            else:
                known = [*layers, *(one for one in _PLATES if getattr(pixel, one)), "insulator", "contacts", "emitter"]
                raise unknown_name("part", name, known)
    return changes | {"layers": tuple(layers.values())}


def _changed_layer(pixel: Pixel, layer: Layer, values: Mapping[Path, New]) -> Layer:
    electrical = {path: new for path, new in values.items() if path[0] == "carriers" and len(path) > 1}
    if electrical:
        table, own = carrier_data(pixel, layer), layer.carriers or CarrierData()
        for path, new in electrical.items():
            with naming(path):
                table = with_table_value(table, Semiconductor, path[1:], new)
        layer = layer.replace(carriers=own.with_changes({path[1]: table[path[1]] for path in electrical}))
    others = {path: new for path, new in values.items() if path not in electrical}
    return _changed(layer, others, pixel.ambient_temperature)


def _changed[P: (Plate, Layer)](part: P, values: Mapping[Path, New], temperature: float) -> P:
    """A part with another thickness, and with other numbers of its material."""
    changes: dict[str, Any] = {}
    inner = dict(values)
    if ("thickness",) in inner:
        quantity = quantity_of_field(type(part).model_fields["thickness"])
        assert quantity is not None
        changes |= {"thickness": quantity.check(inner.pop(("thickness",)), "thickness"), "status": "assumed"}
    if inner:
        changes["material"] = with_material_values(part.solid, inner, temperature)
    return part.replace(**changes) if changes else part
