"""Coordinates in which the characteristic function has no branch cut.

g1^2 = e - n1^2 and g2^2 = e - n2^2 have four pairs of signs for one effective index. Both become single-valued on

    bound:  g1 = s - D/(4 s),  g2 = s + D/(4 s),   D = n1^2 - n2^2           s = (g1 + g2)/2
    leaky:  g_dense = d sinh t,  g_other = d cosh t,   d^2 = n_dense^2 - n_other^2

The cut-off of a mode, where g = 0, is then a point like any other: modes are right to the last digit next to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.optics.stack import Stack

Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class BoundSheet:
    """The coordinate s; modes that decay on both sides have Re g1 > 0 and Re g2 > 0.

    Args:
        substrate: index of the first half-space.
        cover: index of the last.
    """

    substrate: complex
    cover: complex

    @property
    def contrast(self) -> complex:
        """D = n1^2 - n2^2."""
        return self.substrate**2 - self.cover**2

    def decay(self, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
        """G1, g2 and their derivatives by s."""
        rest = self.contrast / (4 * x) if self.contrast else np.zeros_like(x)
        fall = -rest / x if self.contrast else rest
        return x - rest, x + rest, 1 - fall, 1 + fall

    def at_index(self, n_eff: Complex) -> Complex:
        """S of an effective index that decays on both sides."""
        g1, g2 = (np.sqrt(n_eff * n_eff - n * n) for n in (self.substrate, self.cover))
        return np.asarray((g1 + g2) / 2)


@dataclass(frozen=True)
class LeakySheet:
    """The coordinate t; the wave is outgoing in the denser half-space (Im g < 0) and decays in the other.

    Args:
        substrate: index of the first half-space.
        cover: index of the last.
    """

    substrate: complex
    cover: complex

    @property
    def below(self) -> bool:
        """Whether the denser half-space is the first."""
        return self.substrate.real >= self.cover.real

    @property
    def _scale(self) -> complex:
        dense, other = (self.substrate, self.cover) if self.below else (self.cover, self.substrate)
        return complex(np.sqrt(dense**2 - other**2))

    def decay(self, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
        """G1, g2 and their derivatives by t."""
        dense, other = self._scale * np.sinh(x), self._scale * np.cosh(x)
        return (dense, other, other, dense) if self.below else (other, dense, dense, other)

    def at_index(self, n_eff: Complex) -> Complex:
        """T of an effective index that is outgoing in the denser half-space."""
        dense, other = (self.substrate, self.cover) if self.below else (self.cover, self.substrate)
        outgoing = -1j * np.sqrt(dense * dense - n_eff * n_eff)
        return np.asarray(np.log((np.sqrt(n_eff * n_eff - other * other) + outgoing) / self._scale))


def effective_index(sheet: BoundSheet | LeakySheet, stack: Stack, x: Complex) -> Complex:
    """sqrt(n1^2 + g1^2) with positive real part, from the half-space that loses fewest digits."""
    g1, g2, _, _ = sheet.decay(np.asarray(x, dtype=np.complex128))
    n1, n2 = stack.indices[0], stack.indices[-1]
    square = n1 * n1 + g1 * g1 if abs(n1) <= abs(n2) else n2 * n2 + g2 * g2
    return np.asarray(np.sqrt(square))
