"""The field of a mode: amplitudes in every medium, and the integrals over each that its properties are made of.

zeta = k0 z from the first interface up; u and u'/p are continuous. In a film u is a sum of two bounded functions,

    exp(i kappa zeta), exp(i kappa (tau - zeta))                         Im kappa >= 0
    cos(kappa (zeta - tau/2)), sin(kappa (zeta - tau/2))/(kappa tau)     where |kappa tau| < 1 and those nearly agree

so that neither thick metal nor a film at its own cut-off loses digits. The amplitudes are the null vector of the
conditions at all interfaces together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.optics.characteristic import Polarization
from femled.optics.stack import Stack

Complex = NDArray[np.complex128]
Array = NDArray[np.float64]

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)
PANEL = 4.0
"""Largest |kappa| x length of one panel of quadrature: 16 points then integrate u^2 to round-off."""


@dataclass(frozen=True)
class ModeField:
    """The field of a mode, u = 1 where |u| is largest.

    Args:
        stack: half-spaces and films.
        polarization: "TE" (u = E_y) or "TM" (u = H_y).
        effective_index: n_eff.
        sides: g1 and g2, on the mode's sheet.
    """

    stack: Stack
    polarization: Polarization
    effective_index: complex
    sides: tuple[complex, complex]

    @cached_property
    def wavenumbers(self) -> Complex:
        """(films,) kappa = sqrt(n^2 - n_eff^2) with Im kappa >= 0."""
        n = np.array(self.stack.indices[1:-1])
        kappa = np.sqrt(n * n - self.effective_index**2 + 0j)
        return np.asarray(np.where(kappa.imag < 0, -kappa, kappa))

    @cached_property
    def optical_thicknesses(self) -> Array:
        """(films,) tau = k0 t."""
        return self.stack.wavenumber * np.array(self.stack.thicknesses)

    @cached_property
    def weights(self) -> Complex:
        """(films + 2,) p: 1 (TE) or n^2 (TM)."""
        n = np.array(self.stack.indices, dtype=np.complex128)
        return np.ones_like(n) if self.polarization == "TE" else n * n

    def _basis(self, film: int, zeta: Complex | Array) -> tuple[Complex, Complex, Complex, Complex]:
        """The two functions of a film and their derivatives by zeta, measured from its lower face."""
        kappa, tau = complex(self.wavenumbers[film]), float(self.optical_thicknesses[film])
        if abs(kappa * tau) < 1.0:
            middle: Complex = np.asarray(zeta - tau / 2, dtype=np.complex128)
            q = kappa * middle
            sinc = np.where(np.abs(q) < 1e-8, 1.0, np.sin(q) / np.where(np.abs(q) < 1e-8, 1.0, q))
            cosine: Complex = np.asarray(np.cos(q))
            return cosine, np.asarray(sinc * middle / tau), np.asarray(-kappa * np.sin(q)), cosine / tau
        up, down = np.exp(1j * kappa * zeta), np.exp(1j * kappa * (tau - zeta))
        return up, down, 1j * kappa * up, -1j * kappa * down

    @cached_property
    def amplitudes(self) -> Complex:
        """(2 films + 2,) substrate, two a film from the lowest up, cover; u = 1 at its largest."""
        films = len(self.stack.thicknesses)
        g1, g2 = self.sides
        p = self.weights
        conditions = np.zeros((2 * films + 2, 2 * films + 2), dtype=np.complex128)
        conditions[0, 0], conditions[1, 0] = 1.0, g1 / p[0]
        for film in range(films):
            tau = float(self.optical_thicknesses[film])
            low, high = self._basis(film, np.array(0.0)), self._basis(film, np.array(tau))
            columns, row = slice(1 + 2 * film, 3 + 2 * film), 2 * film
            conditions[row, columns] = [-low[0], -low[1]]
            conditions[row + 1, columns] = [-low[2] / p[film + 1], -low[3] / p[film + 1]]
            conditions[row + 2, columns] = [high[0], high[1]]
            conditions[row + 3, columns] = [high[2] / p[film + 1], high[3] / p[film + 1]]
        conditions[-2, -1], conditions[-1, -1] = -1.0, g2 / p[-1]
        conditions /= np.abs(conditions).max(axis=1, keepdims=True)
        null = np.linalg.svd(conditions)[2][-1].conj()
        return np.asarray(null / self._largest(null))

    def _largest(self, amplitudes: Complex) -> complex:
        values = [amplitudes[:1], amplitudes[-1:]]
        for film, tau in enumerate(self.optical_thicknesses.tolist()):
            count = 33 + int(4 * abs(self.wavenumbers[film]) * tau)
            one, two, _, _ = self._basis(film, np.linspace(0.0, tau, min(count, 20001)))
            values.append(amplitudes[1 + 2 * film] * one + amplitudes[2 + 2 * film] * two)
        joined = np.concatenate(values)
        return complex(joined[np.abs(joined).argmax()])

    def at(self, z: ArrayLike) -> tuple[Complex, Complex, NDArray[np.int64]]:
        """u, u' = du/dzeta and the position of the medium.

        Args:
            z: any shape, [m] above the first interface; an interface belongs to the medium below it.

        Returns:
            three arrays of that shape.
        """
        z = np.asarray(z, dtype=np.float64)
        heights = np.array(self.stack.interfaces)
        medium = np.searchsorted(heights, z, side="left")
        u, slope = np.zeros(z.shape, dtype=np.complex128), np.zeros(z.shape, dtype=np.complex128)
        k0, (g1, g2), a = self.stack.wavenumber, self.sides, self.amplitudes
        below, above = medium == 0, medium == len(heights)
        u[below] = a[0] * np.exp(g1 * k0 * z[below])
        u[above] = a[-1] * np.exp(-g2 * k0 * (z[above] - heights[-1]))
        slope[below], slope[above] = g1 * u[below], -g2 * u[above]
        for film in range(len(self.stack.thicknesses)):
            here = medium == film + 1
            one, two, d_one, d_two = self._basis(film, k0 * (z[here] - heights[film]))
            u[here] = a[1 + 2 * film] * one + a[2 + 2 * film] * two
            slope[here] = a[1 + 2 * film] * d_one + a[2 + 2 * film] * d_two
        return u, slope, medium

    @cached_property
    def integrals(self) -> "Integrals":
        """Int u^2, u'^2, |u|^2, |u'|^2 over every medium."""
        rows = []
        g1, g2 = self.sides
        a = self.amplitudes
        for film, tau in enumerate(self.optical_thicknesses.tolist()):
            panels = 1 + int(abs(self.wavenumbers[film]) * tau / PANEL)
            width = tau / panels
            zeta = (width * np.arange(panels)[:, None] + width * (_POINTS + 1) / 2).ravel()
            weight = np.tile(_WEIGHTS * width / 2, panels)
            one, two, d_one, d_two = self._basis(film, zeta)
            u = a[1 + 2 * film] * one + a[2 + 2 * film] * two
            slope = a[1 + 2 * film] * d_one + a[2 + 2 * film] * d_two
            squares = (u * u, slope * slope, np.abs(u) ** 2, np.abs(slope) ** 2)
            rows.append([complex(weight @ square) for square in squares])
        table = np.array([_tail(a[0], g1), *rows, _tail(a[-1], g2)])
        return Integrals(table[:, 0], table[:, 1], table[:, 2].real, table[:, 3].real)

    @cached_property
    def first_integrals(self) -> Complex:
        """(films,) u'^2 + kappa^2 u^2, the same at every height of a film."""
        found = []
        for film, (kappa, tau) in enumerate(
            zip(self.wavenumbers.tolist(), self.optical_thicknesses.tolist(), strict=True)
        ):
            one, two = self.amplitudes[1 + 2 * film], self.amplitudes[2 + 2 * film]
            if abs(kappa * tau) < 1.0:
                found.append((kappa * one) ** 2 + (two / tau) ** 2)
            else:
                found.append(4 * kappa**2 * one * two * np.exp(1j * kappa * tau))
        return np.array(found, dtype=np.complex128)


@dataclass(frozen=True)
class Integrals:
    """Over zeta, one entry a medium; in the half-spaces by continuation where the field grows.

    Args:
        square: (films + 2,) Int u^2.
        slope_square: (films + 2,) Int u'^2.
        magnitude: (films + 2,) Int |u|^2; infinite where the field grows.
        slope_magnitude: (films + 2,) Int |u'|^2; infinite where the field grows.
    """

    square: Complex
    slope_square: Complex
    magnitude: Array
    slope_magnitude: Array


def _tail(amplitude: complex, g: complex) -> list[complex]:
    """Integrals of u = amplitude exp(-g zeta), zeta > 0."""
    magnitude = abs(amplitude) ** 2 / (2 * g.real) if g.real > 0 else np.inf
    square = amplitude * amplitude / (2 * g)
    return [square, g * g * square, magnitude, abs(g) ** 2 * magnitude]
