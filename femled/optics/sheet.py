"""Coordinates in which the characteristic function has no branch cut.

g1^2 = e - n1^2 and g2^2 = e - n2^2 have four pairs of signs for one effective index. Both become single-valued on

    s = (g1 + g2)/2:   g1 = s - D/(4 s),  g2 = s + D/(4 s),       D = n1^2 - n2^2
    t:                 g_dense = d sinh t,  g_other = d cosh t,   d^2 = n_dense^2 - n_other^2

The cut-off of a mode, where g = 0, is then a point like any other: modes are right to the last digit next to it. s also
serves half-spaces that are alike, but has a pole at 0; t has none, whatever cuts run through the region of search.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, override

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Kind = Literal["bound", "leaky"]


def optical_density(index: complex) -> float:
    """What makes a half-space the denser one: Re n, or 0 for a metal, in which no wave propagates."""
    return index.real if (index * index).real > 0 else 0.0


@dataclass(frozen=True)
class Sheet(ABC):
    """A coordinate x for the modes of one kind.

    Args:
        substrate: index of the first half-space.
        cover: index of the last.
        kind: "bound": Re g > 0 on both sides; "leaky": Im g < 0 (outgoing) in the denser half-space, Re g > 0 in the
            other.
    """

    substrate: complex
    cover: complex
    kind: Kind

    @abstractmethod
    def decay(self, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
        """G1, g2 and their derivatives by x."""

    @abstractmethod
    def at_index(self, n_eff: Complex) -> Complex:
        """The x of an effective index, with the signs of g of the kind."""

    @property
    def below(self) -> bool:
        """Whether the denser half-space is the first."""
        return optical_density(self.substrate) >= optical_density(self.cover)

    @property
    def ends(self) -> tuple[complex, complex]:
        """Index of the denser half-space and of the other."""
        return (self.substrate, self.cover) if self.below else (self.cover, self.substrate)

    @property
    def singular(self) -> bool:
        """Whether x = 0 is an infinite effective index."""
        return False

    @property
    def cuts(self) -> tuple[tuple[complex, int], tuple[complex, int]]:
        """Where `at_index` jumps: n_eff^2 = n^2 + sign y^2, y real; n and sign of both."""
        dense, other = self.ends
        return (dense, -1 if self.kind == "bound" else 1), (other, -1)

    def holds(self, g1: complex, g2: complex) -> bool:
        """Whether the signs of g are those of the kind."""
        if self.kind == "bound":
            return g1.real > 0 and g2.real > 0
        dense, other = (g1, g2) if self.below else (g2, g1)
        return dense.imag < 0 and other.real > 0

    def sides(self, x: complex) -> tuple[complex, complex]:
        """G1 and g2 at a point."""
        g1, g2, _, _ = self.decay(np.array([x]))
        return complex(g1[0]), complex(g2[0])

    def effective_index(self, x: complex) -> complex:
        """sqrt(n^2 + g^2) with positive real part, from the half-space that loses fewest digits."""
        g1, g2 = self.sides(x)
        first = abs(self.substrate) <= abs(self.cover)
        n, g = (self.substrate, g1) if first else (self.cover, g2)
        return complex(np.sqrt(n * n + g * g))

    def _decays(self, n_eff: Complex) -> tuple[Complex, Complex]:
        """G of the denser half-space and of the other."""
        dense, other = self.ends
        square = n_eff * n_eff
        outgoing = -1j * np.sqrt(dense * dense - square)
        first = np.sqrt(square - dense * dense) if self.kind == "bound" else outgoing
        return first, np.sqrt(square - other * other)


class PlainSheet(Sheet):
    """The coordinate s, for bound modes to the right of both half-space indices, or half-spaces that are alike."""

    @property
    def contrast(self) -> complex:
        """D = n1^2 - n2^2, to the last digit for half-spaces that are nearly alike."""
        return (self.substrate - self.cover) * (self.substrate + self.cover)

    @property
    @override
    def singular(self) -> bool:
        return self.contrast != 0

    @override
    def decay(self, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
        rest = self.contrast / (4 * x) if self.contrast else np.zeros_like(x)
        fall = -rest / x if self.contrast else rest
        return x - rest, x + rest, 1 - fall, 1 + fall

    @override
    def at_index(self, n_eff: Complex) -> Complex:
        dense, other = self._decays(n_eff)
        return np.asarray((dense + other) / 2)


class WrappedSheet(Sheet):
    """The coordinate t, for half-spaces that differ."""

    @property
    def scale(self) -> complex:
        """The d of t: sqrt(n_dense^2 - n_other^2)."""
        dense, other = self.ends
        return complex(np.sqrt((dense - other) * (dense + other)))

    @override
    def decay(self, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
        dense, other = self.scale * np.sinh(x), self.scale * np.cosh(x)
        return (dense, other, other, dense) if self.below else (other, dense, dense, other)

    @override
    def at_index(self, n_eff: Complex) -> Complex:
        # Re g_dense + Re g_other > 0, also where a leaky mode grows: the cut of the logarithm is far.
        dense, other = self._decays(n_eff)
        return np.asarray(np.log((dense + other) / 2) - np.log(self.scale / 2))
