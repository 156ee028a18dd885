"""Parts of a device: layers, the plates around them, the opening, the heat spreader and the faces of the domain."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, Tag, model_validator

from femled.errors import InputError
from femled.frozen import FrozenModel, HeatTransferCoefficient, Length
from femled.materials import Material, Semiconductor, load_material
from femled.materials.property import Status
from femled.materials.stated import CarrierData
from femled.units import text_of


def is_card(material: Material) -> bool:
    """Whether a material is one of the library's cards, unchanged."""
    try:
        return load_material(material.name) == material
    except InputError:
        return False


def _solid(given: Any) -> Any:
    """The material of a card name; gases are not meshed."""
    material = load_material(given) if isinstance(given, str) else given
    if isinstance(material, Material) and material.family == "gas":
        raise InputError(
            f'"{material.name}" is a gas and cannot be a layer: leave it out, and give a face a convection'
        )
    return material


CardOrMaterial = Annotated[
    Material,
    BeforeValidator(_solid),
    PlainSerializer(lambda used: used.name if is_card(used) else used.model_dump(mode="json", exclude_defaults=True)),
]
"""A material, or the name of a card; written back as the name while it is the library's own."""


def _as_given(used: Material | Semiconductor) -> Any:
    if isinstance(used, Material) and is_card(used):
        return used.name
    return used.model_dump(mode="json", exclude_defaults=True)


def _matter(given: Any) -> Any:
    """What `_solid` makes of it, or a semiconductor."""
    if not isinstance(given, str | dict | Material | Semiconductor):
        raise InputError(f"material: {given!r} is neither a card name, a Material nor a Semiconductor")
    return _solid(given)


def _kind_of_matter(given: Any) -> str:
    electrical = isinstance(given, Semiconductor) or (isinstance(given, dict) and "conduction_band_ev" in given)
    return "semiconductor" if electrical else "solid"


CardMaterialOrSemiconductor = Annotated[
    Annotated[Material, Tag("solid")] | Annotated[Semiconductor, Tag("semiconductor")],
    Discriminator(_kind_of_matter),
    BeforeValidator(_matter),
    PlainSerializer(_as_given),
]
"""A material, the name of a card, or a semiconductor."""


class Layer(FrozenModel):
    """One film of the stack.

    Args:
        name: its name in this device.
        thickness: [m].
        material: a material, the name of a card, or (in a column) a semiconductor.
        extent: "full" if it covers the whole section, "opening" if it fills the opening of the insulator (planar
            geometry; in conformal geometry such a layer continues over the insulator).
        status: where the thickness comes from.
        note: what a reader should know.
        carriers: electrical data of this device in place of some of the card's.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    thickness: Length
    material: CardMaterialOrSemiconductor
    extent: Literal["full", "opening"] = "full"
    status: Status = "assumed"
    note: str = ""
    carriers: CarrierData | None = None

    @model_validator(mode="after")
    def _one_description(self) -> Self:
        if self.carriers is not None and isinstance(self.material, Semiconductor):
            raise InputError(
                f'layer "{self.name}": a Semiconductor holds its electrical data itself, leave carriers out'
            )
        return self

    @property
    def solid(self) -> Material:
        """The material with its thermal data.

        Raises:
            InputError: the layer is a semiconductor for carriers alone.
        """
        if isinstance(self.material, Material):
            return self.material
        raise InputError(f'layer "{self.name}" is a Semiconductor without thermal data: give a material card')


def _material_and_thickness(text: str) -> dict[str, Any]:
    words = text.split()
    if len(words) < 2:
        raise InputError(f'"{text}" is not a material and a thickness such as "cu 1 um"')
    return {"material": words[0], "thickness": " ".join(words[1:])}


class Plate(FrozenModel):
    """A material of some thickness that is not part of the functional stack: "sapphire 1.1 mm".

    Args:
        material: a material, or the name of a card.
        thickness: [m].
        status: where the thickness comes from.
        note: what a reader should know.
    """

    material: CardOrMaterial
    thickness: Length
    status: Status = "assumed"
    note: str = ""

    @property
    def solid(self) -> Material:
        """The material with its thermal data."""
        return self.material

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return _material_and_thickness(data) if isinstance(data, str) else data

    def __str__(self) -> str:
        return f"{self.material.name} {text_of(self.thickness, 'm', 6)}"


class Spreader(Plate):
    """A heat spreader: "cu 1 um" lies on the top electrode, "behind al 500 um" behind the encapsulation.

    Args:
        material: a material, or the name of a card.
        thickness: [m].
        place: "cathode" or "behind".
    """

    place: Literal["cathode", "behind"] = "cathode"

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        words = data.split()
        behind = words[:1] == ["behind"]
        return _material_and_thickness(" ".join(words[1:] if behind else words)) | {
            "place": "behind" if behind else "cathode"
        }

    def __str__(self) -> str:
        return ("behind " if self.place == "behind" else "") + super().__str__()


class Aperture(FrozenModel):
    """The opening in an insulator that defines the pixel.

    Args:
        insulator: a material, or the name of a card.
        thickness: [m] as deposited; a planar section takes the height of the layers in the opening instead.
        ramp: [m] width over which a conformal stack climbs from the opening onto the insulator.
    """

    insulator: CardOrMaterial
    thickness: Length
    ramp: Length = 1e-6


class Face(FrozenModel):
    """Thermal condition of an outer face.

    fixed:       T = T_ambient
    adiabatic:   q . n = 0
    convection:  q . n = h (T - T_ambient)

    Args:
        kind: which of the three.
        coefficient: [W/m2/K] h, of convection only.
    """

    kind: Literal["fixed", "adiabatic", "convection"] = "adiabatic"
    coefficient: HeatTransferCoefficient = 0.0

    @model_validator(mode="after")
    def _coefficient_fits(self) -> Self:
        if (self.coefficient > 0.0) != (self.kind == "convection"):
            raise InputError(
                f'face kind "{self.kind}" and coefficient {self.coefficient:g} W/m2/K contradict each other'
            )
        return self
