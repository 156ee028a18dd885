"""A planar stack at one wavelength: two half-spaces with films between them."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

from femled.errors import InputError


@dataclass(frozen=True)
class Stack:
    """Refractive indices and thicknesses from the first half-space to the last.

    Fields are exp(i(beta x - omega t)): Im n > 0 absorbs.

    Args:
        indices: (films + 2,), [1] complex n + i k: first half-space (substrate), films, last half-space (cover).
        thicknesses: (films,), [m].
        wavelength: [m] in vacuum.
    """

    indices: tuple[complex, ...]
    thicknesses: tuple[float, ...]
    wavelength: float

    @property
    def wavenumber(self) -> float:
        """[1/m] k0 = 2 pi / wavelength."""
        return 2 * math.pi / self.wavelength

    @property
    def interfaces(self) -> tuple[float, ...]:
        """(films + 1,), [m] heights of the interfaces; the first is at 0."""
        heights = [0.0]
        for thickness in self.thicknesses:
            heights.append(heights[-1] + thickness)
        return tuple(heights)

    @property
    def mirrored(self) -> "Stack":
        """The same stack upside down."""
        return Stack(self.indices[::-1], self.thicknesses[::-1], self.wavelength)

    def refuse_gain(self, what: str) -> None:
        """Raise `InputError` if a layer amplifies."""
        for position, index in enumerate(self.indices):
            if index.imag < 0:
                raise InputError(
                    f"indices[{position}] = {index:.6g} amplifies (k < 0), and {what} needs a passive stack: "
                    "absorption is n + i k with k > 0"
                )


def make_stack(indices: Sequence[complex], thicknesses: Sequence[float], wavelength: float) -> Stack:
    """A checked stack.

    Args:
        indices: (films + 2,), [1] complex, from the first half-space to the last.
        thicknesses: (films,), [m].
        wavelength: [m] in vacuum.

    Raises:
        InputError: not finite, counts that do not fit, a thickness or wavelength that cannot be meant.
    """
    try:
        n = tuple(complex(index) for index in indices)
        t = tuple(float(thickness) for thickness in thicknesses)
        wavelength = float(wavelength)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"indices, thicknesses and wavelength must be numbers, the first two in lists: {error}"
        ) from None
    if len(n) != len(t) + 2:
        raise InputError(
            f"{len(n)} indices do not fit {len(t)} thicknesses: give one index a film and one for each half-space"
        )
    if not 1e-9 <= wavelength <= 1e-2:
        slip = " (metres are meant: 800e-9, or 800 * nm)" if wavelength > 1e-2 else ""
        raise InputError(f"wavelength {wavelength:g} m is outside 1 nm .. 1 cm{slip}")
    for position, index in enumerate(n):
        if not cmath.isfinite(index) or index == 0:
            raise InputError(f"indices[{position}] = {index} is not a refractive index")
        if index.real < 0:
            raise InputError(
                f"indices[{position}] = {index:.6g} has a negative real part: fields go as exp(-i omega t)"
            )
    for position, thickness in enumerate(t):
        if not 0 < thickness <= 1e-2:
            slip = " (metres are meant: 220e-9, or 220 * nm)" if thickness > 1e-2 else ""
            raise InputError(f"thicknesses[{position}] = {thickness:g} m is outside 0 .. 1 cm{slip}")
    return Stack(n, t, wavelength)
