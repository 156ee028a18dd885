"""The variants that every pixel offers, in the short forms of `Pixel.replace` and of the command line."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from femled.device.layer import Plate, Spreader
from femled.device.pixel import Pixel
from femled.device.resistance import ContactResistances
from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, HeatTransferCoefficient, Length, Quantity, Temperature, edge
from femled.materials import load_material


class PixelVariant(FrozenModel):
    """What may be changed in a pixel in one word; what is not set stays.

    Args:
        diameter: [m] of the opening.
        substrate: material, which keeps the thickness, or material and thickness ("sapphire", "glass 700 um").
        cathode_thickness: [m] total thickness of the cathode layer.
        insulator: material around the opening.
        spreader: heat spreader on the top electrode ("cu 1 um") or behind the encapsulation ("behind al 500 um").
        encapsulation: material and thickness ("epoxy 100 um"), or none.
        ambient_temperature: [K].
        contact_resistance: thermal contact resistances ("5e-8 m2*K/W", "tpbi/lif=5e-8 m2*K/W", "literature").
        convection: [W/m2/K] heat transfer coefficient of every outer face that is not held at ambient.
        geometry: planar or conformal layers around the opening.
    """

    diameter: Annotated[float, Quantity("m", 1e-7, 0.02)] | None = None
    substrate: str | Plate | None = None
    cathode_thickness: Length | None = None
    insulator: str | None = None
    spreader: Spreader | None = None
    encapsulation: Plate | None = None
    ambient_temperature: Temperature | None = None
    contact_resistance: ContactResistances | None = None
    convection: HeatTransferCoefficient | None = None
    geometry: Annotated[str | None, Field(pattern="^(planar|conformal)$")] = None

    @model_validator(mode="before")
    @classmethod
    def _none_as_text(cls, data: Any) -> Any:
        bare = {key for key in ("spreader", "encapsulation") if isinstance(data, dict) and data.get(key) == "none"}
        return {**data, **dict.fromkeys(bare)} if bare else data

    @property
    def given(self) -> dict[str, Any]:
        """What was set, by field; `None` for an encapsulation that is to be left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def changes(self, pixel: Pixel) -> dict[str, Any]:
        """The fields of `pixel` that this variant changes, with their new values."""
        found: dict[str, Any] = {}
        for name, value in self.given.items():
            found |= self._translated(pixel, name, value)
        return found

    def _translated(self, pixel: Pixel, name: str, value: Any) -> dict[str, Any]:
        match name:
            case "substrate" if isinstance(value, str):
                alone = " " not in value.strip()
                if not alone:
                    return {"substrate": value}
                return {"substrate": pixel.substrate.replace(material=value.strip(), note="")}
            case "cathode_thickness" if value is not None:
                layers = (
                    layer.replace(thickness=value) if layer.name == pixel.cathode else layer for layer in pixel.layers
                )
                return {"layers": tuple(layers)}
            case "insulator" if value is not None:
                if pixel.aperture is None:
                    raise InputError(f'insulator "{value}": pixel {pixel.name} has no opening in an insulator')
                return {"aperture": pixel.aperture.replace(insulator=load_material(value))}
            case "convection" if value is not None:
                from femled.device.layer import Face

                face = Face(kind="convection", coefficient=value) if value > 0 else Face()
                return {side: face for side in ("base", "outer") if getattr(pixel, side).kind != "fixed"}
            case "contact_resistance":
                return {name: value or ContactResistances()}
            case "spreader" | "encapsulation":
                return {name: value}
            case _:
                return {} if value is None else {name: value}


Variants = str | Mapping[str, Mapping[str, Any]]
"""Several variants of one pixel: "substrate=sapphire; spreader=cu 1 um, diameter=50 um", or label -> changes."""


def variants_of(pixel: Pixel, variants: Variants | None) -> dict[str, Pixel]:
    """A pixel and variants of it, by label.

    Args:
        pixel: as it is; its label is its name.
        variants: a text with variants between semicolons, each a list of FIELD=VALUE with the fields and the texts of
            `PixelVariant`, which is its label; or a mapping from a label to changes as of `Pixel.replace`.

    Raises:
        InputError: an unknown field, a value that is refused, or a label given twice.
    """
    found = {pixel.name: pixel}
    named: list[tuple[str, Mapping[str, Any]]] = (
        [(" ".join(part.split()), _changes(part)) for part in variants.split(";") if part.strip()]
        if isinstance(variants, str)
        else list((variants or {}).items())
    )
    for label, changes in named:
        if label in found:
            raise InputError(f'variants: "{label}" is given twice')
        try:
            found[label] = pixel.replace(**changes)
        except InputError as error:
            raise InputError(f'variant "{label}": {error}') from None
    return found


def _changes(text: str) -> dict[str, Any]:
    """The changes of one variant, read from its text; a comma may also stand inside a value."""
    changes: dict[str, str] = {}
    for part in re.split(r",(?=\s*[\w-]+\s*=)", text):  # not before the "tpbi/lif=" of contact resistances
        field, equals, value = part.partition("=")
        name = field.strip().replace("-", "_")
        if not equals or not value.strip():
            raise InputError(f'variants: "{part.strip()}" is not FIELD=VALUE, as in "substrate=sapphire"')
        if name not in PixelVariant.model_fields:
            raise unknown_name("field of a variant", name, PixelVariant.model_fields)
        changes[name] = value.strip()
    with edge():
        return PixelVariant(**changes).given
