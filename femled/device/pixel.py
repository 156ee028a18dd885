"""The pixel: one frozen description of a device that feeds every model."""

import math
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from femled.device.amplification import AmplificationData
from femled.device.column import Column
from femled.device.electrical import Contacts, column_of
from femled.device.layer import Aperture, Face, Layer, Plate, Spreader
from femled.device.pump import PumpData
from femled.device.resistance import ContactResistances
from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Length, Quantity, Temperature, read_toml, toml_text

SCHEMA_VERSION = 1
RESERVED = ("substrate", "emitter", "insulator", "encapsulation", "spreader")


class Pixel(FrozenModel):
    """An axisymmetric light-emitting pixel: substrate, layers upwards, an opening, and what lies behind.

    Args:
        name: lower-case name.
        title: what it is, in words.
        diameter: [m] of the opening (of the active area where there is no insulator).
        outer_radius: [m] of the section that is modelled.
        ambient_temperature: [K] of the base and the surroundings; the initial temperature.
        substrate: below the first layer; z = 0 is its base.
        layers: from the substrate up.
        aperture: the insulator around the opening; none where the whole stack is laterally unlimited.
        emitter: name of the light-emitting layer.
        anode: name of the layer that is the anode.
        cathode: name of the layer that is the cathode.
        geometry: "planar" or "conformal".
        spreader: heat spreader, if any.
        encapsulation: on top of everything, if any.
        contact_resistance: thermal contact resistances, see `ContactResistances`.
        contacts: what the electrodes are to the carriers; None if that is not known.
        pump: the light that it was pumped with; None if there was none.
        amplification: of light along the film; None if that is not known.
        base: thermal condition of the base of the substrate.
        outer: thermal condition of all other outer faces.
        reference: bib key of the paper that describes the device.
        schema_version: of the file.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str = ""
    diameter: Annotated[float, Quantity("m", 1e-7, 0.02)]
    outer_radius: Length = 1.5e-3
    ambient_temperature: Temperature = 295.0
    substrate: Plate
    layers: tuple[Layer, ...]
    aperture: Aperture | None = None
    emitter: str
    anode: str
    cathode: str
    geometry: Literal["planar", "conformal"] = "planar"
    spreader: Spreader | None = None
    encapsulation: Plate | None = None
    contact_resistance: ContactResistances = ContactResistances()
    contacts: Contacts | None = None
    pump: PumpData | None = None
    amplification: AmplificationData | None = None
    base: Face = Face(kind="fixed")
    outer: Face = Face()
    reference: str = ""
    schema_version: int = SCHEMA_VERSION

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [layer.name for layer in self.layers]
        if self.schema_version != SCHEMA_VERSION:
            raise InputError(f"schema_version {self.schema_version} is not {SCHEMA_VERSION}, the one this femled reads")
        for name in names:
            if names.count(name) > 1 or name in RESERVED:
                why = "is used twice" if names.count(name) > 1 else f"is reserved ({', '.join(RESERVED)})"
                raise InputError(f'layer name "{name}" {why}')
        for role in ("emitter", "anode", "cathode"):
            if getattr(self, role) not in names:
                raise InputError(f"{role}: {unknown_name('layer', getattr(self, role), names)}")
        if len({self.emitter, self.anode, self.cathode}) < 3:
            raise InputError("emitter, anode and cathode must be three different layers")
        if (
            not min(map(names.index, (self.anode, self.cathode)))
            < names.index(self.emitter)
            < max(map(names.index, (self.anode, self.cathode)))
        ):
            raise InputError(
                f'the emitter "{self.emitter}" must lie between the electrodes "{self.anode}" and "{self.cathode}"'
            )
        self._check_opening(names)
        if self.amplification is not None:
            self.amplification.numbers_alone  # noqa: B018  refuses what is not whole
        stack = [(name, part.solid) for name, part in self.stack()]
        self.contact_resistance.check([name for name, _ in stack], self._names_beyond_rim())
        if self.contact_resistance.literature and not any(
            self.contact_resistance.between(lower, upper) for lower, upper in pairwise(stack)
        ):
            raise InputError("contact_resistance literature: no interface of this pixel is tabulated; give a value")
        return self

    def _check_opening(self, names: list[str]) -> None:
        inside = [i for i, layer in enumerate(self.layers) if layer.extent == "opening"]
        if (self.aperture is None) != (not inside):
            raise InputError('an aperture needs layers of extent "opening", and such layers need an aperture')
        if inside and inside != list(range(inside[0], inside[-1] + 1)):
            raise InputError('the layers of extent "opening" must follow each other without a gap')
        if inside and self.emitter not in [names[i] for i in inside]:
            raise InputError(f'the emitter "{self.emitter}" must be one of the layers of extent "opening"')
        rim = self.diameter / 2 + (self.aperture.ramp if self.aperture and self.geometry == "conformal" else 0.0)
        if rim >= self.outer_radius:
            raise InputError(
                f"diameter {self.diameter * 1e6:.6g} um does not fit outer_radius {self.outer_radius * 1e6:.6g} um: "
                "make the diameter smaller or the section wider"
            )
        if self.geometry == "conformal" and self.aperture is None:
            raise InputError('geometry "conformal" needs an aperture')
        if self.spreader and self.spreader.place == "behind" and self.encapsulation is None:
            raise InputError(
                f'spreader "{self.spreader}" has no encapsulation to lie behind: '
                f'leave "behind" out, or give an encapsulation such as "epoxy 100 um"'
            )

    def _names_beyond_rim(self) -> list[str]:
        """Region names from the base up where the insulator is."""
        opening = {layer.name for layer in self.layers if layer.extent == "opening"}
        names: list[str] = []
        for name, _ in self.stack():
            if name in opening and "insulator" not in names:
                names.append("insulator")
            if name not in opening or self.geometry == "conformal":
                names.append(name)
        return names

    def layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            InputError: no such layer; the nearest names are listed.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise unknown_name("layer", name, [layer.name for layer in self.layers])

    @property
    def radius(self) -> float:
        """[m] of the opening."""
        return self.diameter / 2

    @property
    def opening_area(self) -> float:
        """[m2] pi a^2, the area to which current and power densities refer."""
        return math.pi * self.radius**2

    @property
    def insulator_height(self) -> float:
        """[m] of the insulator: that of the layers in the opening if planar, as deposited if conformal."""
        if self.aperture is None:
            return 0.0
        if self.geometry == "conformal":
            return self.aperture.thickness
        return sum(layer.thickness for layer in self.layers if layer.extent == "opening")

    def stack(self) -> list[tuple[str, Plate | Layer]]:
        """Everything on the axis from the base up, by region name."""
        pile: list[tuple[str, Plate | Layer]] = [("substrate", self.substrate)]
        pile += [(layer.name, layer) for layer in self.layers]
        if self.spreader and self.spreader.place == "cathode":
            pile.append(("spreader", self.spreader))
        if self.encapsulation:
            pile.append(("encapsulation", self.encapsulation))
        if self.spreader and self.spreader.place == "behind":
            pile.append(("spreader", self.spreader))
        return pile

    def column(self) -> Column:
        """The semiconductors between the electrodes, the first one at the anode, at the ambient temperature.

        Every layer has the electrical data of its card with the device's own values in place of some; the emitter has
        Blakemore statistics unless they say otherwise. Layers that a contact names as part of it are left out.

        Raises:
            InputError: the pixel has no contacts, a layer has no electrical data, or data contradict each other.
        """
        return column_of(self)

    def replace(self, **changes: Any) -> Self:
        """The same pixel with changes: any field, or the variants of `PixelVariant` in their short forms.

        `substrate="sapphire"` keeps the thickness, `cathode_thickness` is the total, `spreader="cu 1 um"`,
        `insulator="al2o3"`, `encapsulation=None` leaves the pixel bare.

        Raises:
            InputError: unknown field or a value that is refused.
        """
        from femled.device.variant import PixelVariant

        own = {key: value for key, value in changes.items() if key not in PixelVariant.model_fields}
        variant = PixelVariant(**{key: value for key, value in changes.items() if key in PixelVariant.model_fields})
        return super().replace(**(variant.changes(self) | own))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the device file that `load_pixel` reads back to the same pixel."""
        from femled.files import write_whole

        data = self.model_dump(mode="json", exclude_defaults=True)
        write_whole(path, toml_text({"schema_version": self.schema_version, **data}).encode())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The pixel of a device file.

        Raises:
            InputError: unreadable, not TOML, unknown keys, bare numbers, or a device that cannot be.
        """
        return cls.from_mapping(read_toml(Path(path)), str(path))
