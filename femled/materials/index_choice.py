"""The refractive index a person chooses for a material, written in one word: "ito=moerland", "ito=1.80+0.0261j"."""

import re
from collections.abc import Mapping

from femled.errors import InputError, unknown_name
from femled.materials.index_import import csv_index, page_index
from femled.materials.index_laws import ConstantIndex
from femled.materials.library import load_material
from femled.materials.material import Material
from femled.materials.refractive_index import ANY_WAVELENGTH, RefractiveIndex, refuse_sign

_COMPLEX = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?([+-][\d.]+(e[+-]?\d+)?[ij])?", re.IGNORECASE)


def parse_index(text: str, materials: Mapping[str, Material] | None = None) -> tuple[str, RefractiveIndex]:
    """Name and refractive index of a choice NAME=INDEX.

    INDEX is a number 1.80 or 1.80+0.0261j (the same at every wavelength; +j absorbs), the name of an index set
    (moerland), a page of refractiveindex.info (page:other/In2O3-SnO2/Moerland), or a CSV file (my.csv).

    Args:
        text: the choice.
        materials: what NAME may be, such as the layers of a device; the material cards if not given.

    Returns:
        name: as written before the sign of equality.
        index: the chosen one.

    Raises:
        InputError: no sign of equality, an unknown name or set (the nearest are listed), a negative k, a bad file.
        SetupError: a page is asked for and the package refractiveindex is missing.
    """
    name, equals, choice = (part.strip() for part in text.partition("="))
    if not (name and equals and choice):
        raise InputError(
            f'"{text}" is not NAME=INDEX: write ito=1.80+0.0261j, ito=moerland, ito=page:... or ito=my.csv'
        )
    if materials is None:
        material = load_material(name)
    elif name in materials:
        material = materials[name]
    else:
        raise unknown_name("layer", name, materials)
    if choice.startswith("page:"):
        return name, page_index(choice.removeprefix("page:").strip())
    if choice.lower().endswith(".csv"):
        return name, csv_index(choice)
    if _COMPLEX.fullmatch(choice.replace(" ", "")):
        return name, _constant(name, choice.replace(" ", ""))
    return name, material.index_set(choice)


def _constant(name: str, text: str) -> ConstantIndex:
    """The index a person gave as a number; it holds at every wavelength, as there is no other to choose from."""
    try:
        value = complex(re.sub("[iI]", "j", text))
    except ValueError:
        raise InputError(f'{name}: "{text}" is not a number such as 1.80+0.0261j') from None
    refuse_sign(value.real, value.imag, name)
    return ConstantIndex(
        n=value.real, k=value.imag, valid=ANY_WAVELENGTH, source="user", status="assumed", note="given by the user"
    )
