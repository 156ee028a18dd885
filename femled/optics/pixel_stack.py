"""The optical stack of a pixel: its layers by name, with the refractive index of each material at a wavelength."""

from collections.abc import Mapping
from dataclasses import dataclass

from femled.device import Pixel
from femled.errors import InputError, unknown_name
from femled.frozen import Length, quantity_of
from femled.materials import Material, load_material
from femled.materials.index_choice import parse_index
from femled.materials.index_laws import ConstantIndex
from femled.materials.refractive_index import ANY_WAVELENGTH, RefractiveIndex, refuse_sign
from femled.optics.stack import Stack

IndexChoice = RefractiveIndex | complex | str
"""A law, a number n + i k (the same at every wavelength), or a text as in "ito=TEXT" (a set, a page, a CSV file)."""


@dataclass(frozen=True)
class Medium:
    """One medium of a pixel's stack.

    Args:
        name: of the layer; "substrate" and "encapsulation" or "air" for the half-spaces.
        material: what it is made of.
        index: its refractive index.
        thickness: [m]; 0 of a half-space.
    """

    name: str
    material: Material
    index: RefractiveIndex
    thickness: float


@dataclass(frozen=True)
class PixelStack:
    """Everything on the axis of a pixel that light meets: substrate, films, cover.

    The substrate and the encapsulation (air, if the pixel is bare) are half-spaces: they are too thick for a mode or a
    coherent wave to see their far side. A spreader on the cathode is a film; one behind the encapsulation is not met.

    Args:
        pixel: the device.
        media: from the substrate up.
    """

    pixel: Pixel
    media: tuple[Medium, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """(films + 2,) of the media."""
        return tuple(medium.name for medium in self.media)

    @property
    def emitter(self) -> int:
        """Position of the light-emitting layer."""
        return self.names.index(self.pixel.emitter)

    @property
    def thicknesses(self) -> tuple[float, ...]:
        """(films,), [m]."""
        return tuple(medium.thickness for medium in self.media[1:-1])

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Bib key and status of the device and of every index in use, each once."""
        reference = self.pixel.reference
        statuses = [part.status for _, part in self.pixel.stack()] if reference else []
        indices = [(medium.index.source, medium.index.status) for medium in self.media]
        return tuple(dict.fromkeys([*((reference, status) for status in statuses), *indices]))

    def indices(self, wavelength: float) -> tuple[complex, ...]:
        """(films + 2,) n + i k at a wavelength [m].

        Raises:
            InputError: the wavelength is outside the range of an index; the layer is named.
        """
        found = []
        for medium in self.media:
            try:
                found.append(complex(medium.index.at(wavelength)))
            except InputError as error:
                raise InputError(
                    f"{medium.name} ({medium.material.name}): {error}; or give one, as in {medium.name}=1.7+0.01j"
                ) from None
        return tuple(found)

    def dispersion(self, wavelength: float) -> tuple[complex, ...]:
        """(films + 2,) omega dn/domega = -wavelength dn/dwavelength."""
        return tuple(-wavelength * complex(medium.index.derivative(wavelength)) for medium in self.media)

    def at(self, wavelength: float) -> Stack:
        """The stack at a wavelength [m]."""
        return Stack(self.indices(wavelength), self.thicknesses, wavelength)


def pixel_stack(
    pixel: Pixel,
    *,
    index: Mapping[str, IndexChoice] | str | None = None,
    thickness: Mapping[str, float] | str | None = None,
) -> PixelStack:
    """The stack in the opening of a pixel.

    Args:
        pixel: the device.
        index: layer or material name -> refractive index, in place of the card's; a layer's name goes before its
            material's. Also as text, "ito=1.80+0.0261j, pcbm=1.9".
        thickness: layer name -> [m], in place of the device's. Also as text, "ito_bottom=30 nm, pcbm=25 nm".

    Raises:
        InputError: an unknown layer, a material without refractive index, an index that cannot be.
    """
    bare = pixel.replace(spreader=None) if pixel.spreader and pixel.spreader.place == "behind" else pixel
    parts = [(name, part.solid, part.thickness) for name, part in bare.stack()]
    if pixel.encapsulation is None:
        parts.append(("air", load_material("air"), 0.0))
    names = [name for name, _, _ in parts]
    chosen = _chosen_indices({name: material for name, material, _ in parts}, index)
    thick = _chosen_thicknesses(names[1:-1], thickness)
    media = []
    for position, (name, material, own) in enumerate(parts):
        law = chosen.get(name) or chosen.get(material.name) or _own_index(name, material)
        outer = position in (0, len(parts) - 1)
        media.append(Medium(name, material, law, 0.0 if outer else thick.get(name, own)))
    return PixelStack(pixel, tuple(media))


def _own_index(name: str, material: Material) -> RefractiveIndex:
    try:
        return material.index_set()
    except InputError as error:
        raise InputError(f"layer {name}: {error}") from None


def _chosen_indices(
    materials: dict[str, Material], given: Mapping[str, IndexChoice] | str | None
) -> dict[str, RefractiveIndex]:
    known = {material.name: material for material in materials.values()} | materials
    found: dict[str, RefractiveIndex] = {}
    if isinstance(given, str):
        for part in given.split(","):
            name, law = parse_index(part.strip(), known)
            found[name] = law
        return found
    for name, choice in (given or {}).items():
        if name not in known:
            raise unknown_name("layer", name, known)
        if isinstance(choice, RefractiveIndex):
            found[name] = choice
        elif isinstance(choice, str):
            found[name] = parse_index(f"{name}={choice}", known)[1]
        else:
            value = complex(choice)
            refuse_sign(value.real, value.imag, name)
            found[name] = ConstantIndex(
                n=value.real, k=value.imag, valid=ANY_WAVELENGTH, source="user", status="assumed", note="given"
            )
    return found


def _chosen_thicknesses(names: list[str], given: Mapping[str, float] | str | None) -> dict[str, float]:
    quantity = quantity_of(Length)
    assert quantity is not None
    if isinstance(given, str):
        pairs = [tuple(piece.strip() for piece in part.partition("=")) for part in given.split(",")]
        for name, equals, text in pairs:
            if not (name and equals and text):
                raise InputError(f'thickness "{given}": write layer=thickness, such as "{names[0]}=30 nm"')
        items: list[tuple[str, float | str]] = [(name, text) for name, _, text in pairs]
    else:
        items = list((given or {}).items())
    for name, _ in items:
        if name not in names:
            raise unknown_name("layer", name, names)
    return {name: quantity.check(value, f"thickness of {name}") for name, value in items}
