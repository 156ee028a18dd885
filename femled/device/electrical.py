"""The electrical side of a pixel: its contacts, and the column of semiconductors between them."""

from typing import TYPE_CHECKING, Any

from pydantic import model_serializer, model_validator

from femled.device.column import Column, Contact
from femled.device.layer import Layer
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, edge
from femled.materials import Semiconductor
from femled.materials.stated import CarrierData, Entry, Stated, StatedTable

if TYPE_CHECKING:
    from femled.device.pixel import Pixel

EMITTER_DEFAULTS: dict[str, Entry] = {"statistics": "blakemore"}
"""What an emitter is unless its card or its device says otherwise: its bands fill at the edges of the layer."""


SHEET_RESISTANCE = Quantity("ohm", 0.0, 1e9)


class ContactData(StatedTable):
    """What a device file says of a contact, by the names of `Contact`."""

    described = Contact


class PixelContact(FrozenModel):
    """What an electrode is to the carriers: the values of a `Contact`, each with its source.

    Args:
        values: by the names of `Contact`; in a file they stand beside `layers`.
        layers: names of films next to the electrode that are electrically part of it (a dipole layer, a thin blocker).
        sheet_resistance: [ohm] per square, with its source; None: the electrode is at one potential.
        note: what a reader should know.
    """

    values: ContactData
    layers: tuple[str, ...] = ()
    sheet_resistance: Stated | None = None
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        own = {key: value for key, value in data.items() if key in cls.model_fields and key != "values"}
        values = data.get("values", {key: value for key, value in data.items() if key not in cls.model_fields})
        return own | {"values": values}

    @model_serializer
    def _as_in_a_file(self) -> dict[str, Any]:
        sheet = self.sheet_resistance.model_dump(exclude_defaults=True) if self.sheet_resistance else None
        own = {"layers": list(self.layers), "sheet_resistance": sheet, "note": self.note}
        return {key: value for key, value in own.items() if value} | self.values.as_given()

    @model_validator(mode="after")
    def _sheet_in_range(self) -> "PixelContact":
        self.ohms_per_square  # noqa: B018  refuses what cannot be
        return self

    @property
    def ohms_per_square(self) -> float:
        """[ohm] sheet resistance, 0 where none is stated."""
        if self.sheet_resistance is None:
            return 0.0
        with edge():
            return SHEET_RESISTANCE.check(self.sheet_resistance.value, "sheet_resistance")

    def contact(self, origin: str) -> Contact:
        """The contact for carriers.

        Raises:
            InputError: values that contradict each other.
        """
        return Contact.from_mapping(self.values.plain(), origin)


class Contacts(FrozenModel):
    """Both electrodes of a pixel.

    Args:
        anode: of the electrode that the pixel names as its anode.
        cathode: of the other one.
    """

    anode: PixelContact
    cathode: PixelContact


def column_of(pixel: "Pixel") -> Column:
    """The column of a pixel, anode first, at its ambient temperature; see `Pixel.column`.

    Raises:
        InputError: no contacts, a layer without electrical data (it is named), or data that contradict each other.
    """
    contacts = pixel.contacts
    if contacts is None:
        raise InputError(
            f"pixel {pixel.name} has no contacts: add [contacts.anode] and [contacts.cathode] with a work_function_ev "
            "to its file"
        )
    layers = _between(pixel, contacts)
    return Column(
        layers=tuple(
            Layer(name=layer.name, thickness=layer.thickness, material=semiconductor_of(pixel, layer))
            for layer in layers
        ),
        anode=contacts.anode.contact(f"pixel {pixel.name}, contacts.anode"),
        cathode=contacts.cathode.contact(f"pixel {pixel.name}, contacts.cathode"),
        temperature=pixel.ambient_temperature,
    )


def _between(pixel: "Pixel", contacts: Contacts) -> list[Layer]:
    """The layers that carry current, from the anode on."""
    names = [layer.name for layer in pixel.layers]
    first, last = names.index(pixel.anode), names.index(pixel.cathode)
    inner = list(pixel.layers[min(first, last) + 1 : max(first, last)])
    if first > last:
        inner.reverse()
    for side, contact in (("anode", contacts.anode), ("cathode", contacts.cathode)):
        for _ in contact.layers:
            end = inner[0 if side == "anode" else -1] if inner else pixel.layer(pixel.emitter)
            if end.name not in contact.layers or end.name == pixel.emitter:
                raise InputError(
                    f"pixel {pixel.name}, contacts.{side}: the layers {', '.join(contact.layers)} must be the ones "
                    f'next to the electrode "{getattr(pixel, side)}", without the emitter'
                )
            inner.remove(end)
    return inner


def carrier_data(pixel: "Pixel", layer: Layer) -> CarrierData:
    """The electrical data of a layer: its card's, with the device's own values in place of some.

    Raises:
        InputError: neither card nor device has any.
    """
    card = layer.solid.carriers
    if card is None and layer.carriers is None:
        required = [name for name, field in Semiconductor.model_fields.items() if field.is_required()]
        raise InputError(
            f'layer "{layer.name}" of pixel {pixel.name}: {layer.solid.name} has no electrical data; add [carriers] to '
            f"its card or [layers.carriers] to the layer, with {', '.join(required)}; or list it under "
            "contacts.anode.layers or contacts.cathode.layers if it is electrically part of a contact"
        )
    defaults = EMITTER_DEFAULTS if layer.name == pixel.emitter else {}
    return CarrierData().with_changes(defaults).with_changes(card or {}).with_changes(layer.carriers or {})


def semiconductor_of(pixel: "Pixel", layer: Layer) -> Semiconductor:
    """What a layer of a pixel is to carriers.

    Raises:
        InputError: no data, something that is required is missing, or values that contradict each other.
    """
    origin = f'pixel {pixel.name}, layer "{layer.name}", carriers'
    return Semiconductor.from_mapping(carrier_data(pixel, layer).plain(), origin)


def current_layers(pixel: "Pixel") -> list[Layer]:
    """The layers between the contacts, from the anode on.

    Raises:
        InputError: no contacts.
    """
    return _between(pixel, pixel.contacts) if pixel.contacts is not None else []
