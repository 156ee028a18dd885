"""The axes of a map over stacks: what is varied, in which layers, through which values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, unknown_name
from femled.frozen import Length, Quantity, Wavelength, quantity_of
from femled.optics.family import StackFamily, make_family
from femled.optics.pixel_stack import PixelStack
from femled.units import parse_list

Array = NDArray[np.float64]

_INDEX = Quantity("1", 0.0, 20.0)
QUANTITIES = {"wavelength": quantity_of(Wavelength), "thickness": quantity_of(Length), "n": _INDEX, "k": _INDEX}


@dataclass(frozen=True)
class MapAxis:
    """One axis of a map.

    Args:
        key: as it was asked for: "wavelength", "perovskite.thickness", "ito.k".
        kind: "wavelength", "thickness", "n" or "k".
        owner: layer or material; empty for the wavelength.
        positions: of the media that it changes.
        values: (n,), SI, rising.
    """

    key: str
    kind: str
    owner: str
    positions: tuple[int, ...]
    values: Array

    @property
    def name(self) -> str:
        """The coordinate of the result: `wavelength`, `perovskite_thickness`, `ito_k`."""
        return self.key.replace(".", "_").replace("-", "_")

    @property
    def unit(self) -> str:
        """SI unit of the values."""
        quantity = QUANTITIES[self.kind]
        assert quantity is not None
        return quantity.unit

    @property
    def title(self) -> str:
        """In words, for a figure."""
        return {"wavelength": "wavelength", "thickness": f"thickness of {self.owner}"}.get(
            self.kind, f"{self.kind} of {self.owner}"
        )

    def own_value(self, stack: PixelStack, wavelength: float | None) -> float | None:
        """What the device itself has; None if its layers differ, or if that depends on the wavelength."""
        if self.kind == "thickness":
            own = {stack.thicknesses[position - 1] for position in self.positions}
        elif self.kind == "wavelength" or wavelength is None:
            return None
        else:
            indices = [stack.indices(wavelength)[position] for position in self.positions]
            own = {index.real if self.kind == "n" else index.imag for index in indices}
        return own.pop() if len(own) == 1 else None


def map_axes(stack: PixelStack, vary: Mapping[str, Sequence[float | str] | str]) -> tuple[MapAxis, ...]:
    """The checked axes.

    Args:
        stack: of the pixel.
        vary: axis -> values as SI floats or texts with units, or one text, "50 nm .. 300 nm" or "20 nm, 30 nm".

    Raises:
        InputError: no axis or more than two, an unknown axis (the nearest are listed), values that do not rise or are
            out of range, two axes that change the same number.
    """
    if not isinstance(vary, Mapping) or not 1 <= len(vary) <= 2:
        raise InputError('vary: give one or two axes, as in {"perovskite.thickness": ["100 nm", "150 nm", "200 nm"]}')
    owners = _owners(stack)
    known: dict[str, tuple[str, str, tuple[int, ...]]] = {"wavelength": ("wavelength", "", ())}
    known |= {
        f"{owner}.{kind}": (kind, owner, positions)
        for owner, positions in owners.items()
        for kind in ("thickness", "n", "k")
        if kind != "thickness" or not {0, len(stack.media) - 1} & set(positions)
    }
    axes = []
    for key, given in vary.items():
        if key not in known:
            raise unknown_name("axis", str(key), known)
        axes.append(MapAxis(key, *known[key], _values(key, known[key][0], given)))
    if len(axes) == 2 and axes[0].kind == axes[1].kind and set(axes[0].positions) & set(axes[1].positions):
        both = stack.names[min(set(axes[0].positions) & set(axes[1].positions))]
        raise InputError(f"vary: {axes[0].key} and {axes[1].key} both set the {axes[0].kind} of {both}")
    return tuple(axes)


def _owners(stack: PixelStack) -> dict[str, tuple[int, ...]]:
    """Layer or material -> positions; a layer's name goes before a material's."""
    found: dict[str, list[int]] = {}
    for position, medium in enumerate(stack.media):
        found.setdefault(medium.material.name, []).append(position)
    layers = {name: (position,) for position, name in enumerate(stack.names)}
    return {name: tuple(positions) for name, positions in found.items()} | layers


def _values(key: str, kind: str, given: Any) -> Array:
    quantity = QUANTITIES[kind]
    assert quantity is not None
    listed = (
        parse_list(given, quantity.unit, key)
        if isinstance(given, str)
        else list(given)
        if np.iterable(given)
        else [given]
    )
    if not listed:
        raise InputError(f"{key} is an empty list")
    values = np.array([quantity.check(value, key) for value in listed])
    if np.any(np.diff(values) <= 0):
        raise InputError(f"{key}: values must rise, and {values[1:][np.diff(values) <= 0][0]:g} does not")
    return values


def family_of(stack: PixelStack, axes: Sequence[MapAxis], wavelength: float | None) -> StackFamily:
    """The stacks of a map.

    Args:
        stack: of the pixel.
        axes: one or two.
        wavelength: [m], if it is no axis.

    Raises:
        InputError: a wavelength outside the range of an index (the layer is named), a stack that cannot be.
    """
    shape = tuple(len(axis.values) for axis in axes)

    def along(number: int, values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(tuple(-1 if i == number else 1 for i in range(len(axes))))

    wavelengths = along(0, np.array([np.nan if wavelength is None else wavelength]))
    for number, axis in enumerate(axes):
        if axis.kind == "wavelength":
            wavelengths = along(number, axis.values)
    by_wavelength = np.array([stack.indices(value) for value in wavelengths.ravel().tolist()])
    n = [by_wavelength[:, i].real.reshape(wavelengths.shape) for i in range(len(stack.media))]
    k = [by_wavelength[:, i].imag.reshape(wavelengths.shape) for i in range(len(stack.media))]
    t: list[Any] = list(stack.thicknesses)
    for number, axis in enumerate(axes):
        for position in axis.positions:
            if axis.kind == "thickness":
                t[position - 1] = along(number, axis.values)
            elif axis.kind in ("n", "k"):
                (n if axis.kind == "n" else k)[position] = along(number, axis.values)
    return make_family([a + 1j * b for a, b in zip(n, k, strict=True)], t, wavelengths, shape)
