"""The library: material cards and interface resistances that come with femled."""

from functools import cache
from importlib.resources import files
from typing import Annotated

from femled.errors import InputError, unknown_name
from femled.frozen import ContactResistance, FrozenModel, Quantity, read_toml
from femled.materials.material import Material
from femled.materials.property import Status

_CARDS = files("femled.materials") / "cards"


class InterfaceResistance(FrozenModel):
    """Thermal contact (Kapitza) resistance R'' of a pair: the temperature steps by R'' q across it.

    Args:
        between: two material names or families, in any order.
        resistance: [m2 K/W] the value used when it is asked for.
        range: [m2 K/W] lowest and highest published value.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what was measured.
    """

    between: tuple[str, str]
    resistance: ContactResistance
    range: tuple[Annotated[float, Quantity("m2*K/W")], Annotated[float, Quantity("m2*K/W")]]
    source: str
    status: Status
    note: str = ""

    def joins(self, one: Material, other: Material) -> bool:
        """Whether the two materials are such a pair."""
        a, b = self.between
        pairs = ({one.name, one.family}, {other.name, other.family})
        return (a in pairs[0] and b in pairs[1]) or (b in pairs[0] and a in pairs[1])


@cache
def material_names() -> tuple[str, ...]:
    """The names of all material cards."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in _CARDS.iterdir() if entry.name.endswith(".toml")))


@cache
def load_material(name: str) -> Material:
    """The material card of that name.

    Raises:
        InputError: no such card; the nearest names are listed.
    """
    if name not in material_names():
        raise unknown_name("material", name, material_names())
    return Material.from_mapping(read_toml(str(_CARDS / f"{name}.toml")), f"card {name}")


@cache
def interface_resistances() -> tuple[InterfaceResistance, ...]:
    """All tabulated interface resistances."""
    path = str(files("femled.materials") / "interfaces.toml")
    return tuple(InterfaceResistance.from_mapping(entry, "interfaces.toml") for entry in read_toml(path)["interface"])


def interface_resistance(one: Material, other: Material) -> InterfaceResistance:
    """The tabulated contact resistance between two materials.

    Raises:
        InputError: the pair is not in the table.
    """
    for entry in interface_resistances():
        if entry.joins(one, other):
            return entry
    known = ", ".join("/".join(entry.between) for entry in interface_resistances())
    raise InputError(
        f"no contact resistance is tabulated for {one.name}/{other.name} (tabulated: {known}); give a value"
    )
