"""Thermal contact (Kapitza) resistances between the layers of a device."""

from itertools import pairwise
from typing import Annotated, Any

from pydantic import model_validator

from femled.errors import InputError, unknown_name
from femled.frozen import ContactResistance, FrozenModel, Quantity
from femled.materials import Material, interface_resistance


class ContactResistances(FrozenModel):
    """Which interfaces of a pixel resist heat: the temperature steps by R'' q across each.

    As text: "5e-8 m2*K/W" for every interface between different regions, "tpbi/lif=5e-8 m2*K/W, lif/al=2e-8 m2*K/W"
    for named ones, "literature" for the pairs tabulated in the library, "none".

    Args:
        everywhere: [m2 K/W] on every interface that is not named.
        pairs: lower region, upper region and R'' [m2 K/W] of named interfaces.
        literature: take tabulated pairs of materials from the library.
    """

    everywhere: ContactResistance = 0.0
    pairs: tuple[tuple[str, str, Annotated[float, Quantity("m2*K/W", 0.0, 1e-3)]], ...] = ()
    literature: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if data is None or data == "none":
            return {}
        if data == "literature":
            return {"literature": True}
        if isinstance(data, float | int):
            return {"everywhere": data}
        if not isinstance(data, str):
            return data
        if "=" not in data:
            return {"everywhere": data}
        pairs = []
        for part in data.split(","):
            interface, _, value = part.partition("=")
            names = [name.strip() for name in interface.split("/")]
            if len(names) != 2:
                raise InputError(
                    f'contact_resistance "{part.strip()}" is not LOWER/UPPER=VALUE such as "tpbi/lif=5e-8 m2*K/W"'
                )
            pairs.append((*names, value.strip()))
        return {"pairs": tuple(pairs)}

    @property
    def none(self) -> bool:
        """Whether every interface is perfect."""
        return self.everywhere == 0.0 and not self.literature and all(value == 0.0 for *_, value in self.pairs)

    def check(self, *stacks: list[str]) -> None:
        """Refuse named interfaces that the pixel does not have.

        Args:
            stacks: region names from the base up, on the axis and beyond the rim.
        """
        touching = {f"{a}/{b}" for names in stacks for a, b in pairwise(names)}
        for lower, upper, _ in self.pairs:
            if f"{lower}/{upper}" not in touching:
                raise unknown_name("interface", f"{lower}/{upper}", touching)

    def between(self, lower: tuple[str, Material], upper: tuple[str, Material]) -> float:
        """R'' of one interface.

        Args:
            lower: region name and material below.
            upper: region name and material above.

        Returns:
            [m2 K/W], 0 within one region.
        """
        if lower[0] == upper[0]:
            return 0.0
        for below, above, value in self.pairs:
            if (below, above) == (lower[0], upper[0]):
                return value
        if self.literature:
            try:
                return interface_resistance(lower[1], upper[1]).resistance
            except InputError:
                return 0.0
        return self.everywhere
