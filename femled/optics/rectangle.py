"""A rectangle of the complex plane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Rectangle:
    """Low and high ends of the real and the imaginary part."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> float:
        """Length of the longer side."""
        return max(self.right - self.left, self.top - self.bottom)

    @property
    def corners(self) -> tuple[complex, complex, complex, complex]:
        """Anticlockwise from the lower left."""
        left, right, bottom, top = self.left, self.right, self.bottom, self.top
        return complex(left, bottom), complex(right, bottom), complex(right, top), complex(left, top)

    @property
    def outline(self) -> Complex:
        """(64,) points along the border."""
        share = np.arange(16) / 16
        corners = self.corners
        return np.concatenate([a + (b - a) * share for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)])

    def contains(self, x: Complex, margin: float = 0.0) -> NDArray[np.bool_]:
        """Which points lie inside, up to a margin."""
        inside = (self.left - margin < x.real) & (x.real < self.right + margin)
        return np.asarray(inside & (self.bottom - margin < x.imag) & (x.imag < self.top + margin))

    def halves(self, share: float) -> tuple["Rectangle", "Rectangle"]:
        """The rectangle cut across its longer side."""
        if self.right - self.left >= self.top - self.bottom:
            middle = self.left + share * (self.right - self.left)
            return (
                Rectangle(self.left, middle, self.bottom, self.top),
                Rectangle(middle, self.right, self.bottom, self.top),
            )
        middle = self.bottom + share * (self.top - self.bottom)
        return Rectangle(self.left, self.right, self.bottom, middle), Rectangle(self.left, self.right, middle, self.top)

    def grid(self, columns: int, rows: int) -> Complex:
        """(columns rows,) points inside."""
        x = self.left + (self.right - self.left) * (np.arange(columns) + 0.5) / columns
        y = self.bottom + (self.top - self.bottom) * (np.arange(rows) + 0.5) / rows
        return np.asarray((x[:, None] + 1j * y[None, :]).ravel())
