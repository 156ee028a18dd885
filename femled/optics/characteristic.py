"""The characteristic function of a planar stack, whose zeros are its modes.

u = E_y, p = 1 (TE) or u = H_y, p = n^2 (TM); u and v = u'/(k0 p) are continuous. Across a film of optical thickness
tau = k0 t, with e = n_eff^2, kappa^2 = n^2 - e, q = kappa tau:

    u(top) =          cos(q) u + p tau sinc(q) v
    v(top) = -(kappa^2 tau/p) sinc(q) u + cos(q) v          sinc(q) = sin(q)/q: even in kappa, no branch

Below the stack u ~ exp(+k0 g1 z), above it u ~ exp(-k0 g2 z) with g_i^2 = e - n_i^2, so that

    F = v + (g2/p2) u  at the top, from  u = 1, v = g1/p1  at the bottom.

Only g1 and g2 have branches; `sheet` gives them as analytic functions of one coordinate.
"""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from femled.optics.stack import Stack

Complex = NDArray[np.complex128]
Polarization = Literal["TE", "TM"]
_NEAR_ZERO = 0.05

MARGIN = 1e-3
"""Of n_eff^2 over n^2 from which a film counts as evanescent."""


class Coordinate(Protocol):
    """What the characteristic function needs to know of the variable in which it is searched."""

    def decay(self, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
        """G1, g2 and their derivatives by x."""


@dataclass(frozen=True)
class Characteristic:
    """F and dF/dx of a stack in a coordinate x.

    Args:
        stack: half-spaces and films.
        polarization: "TE" or "TM".
        coordinate: gives g1(x) and g2(x).
        damped: films whose growth exp(tau sqrt(e - n^2)) is divided out; e - n^2 must not become negative real where
            F is looked at.
    """

    stack: Stack
    polarization: Polarization
    coordinate: Coordinate
    damped: tuple[bool, ...] = ()

    def weight(self, index: complex) -> complex:
        """The p of a medium."""
        return 1.0 if self.polarization == "TE" else index * index

    def __call__(self, x: Complex) -> tuple[Complex, Complex]:
        """F and dF/dx.

        Args:
            x: any shape.

        Returns:
            the same shape twice; not finite where the films are too thick for doubles.
        """
        g1, g2, dg1, dg2 = self.coordinate.decay(x)
        n, k0 = self.stack.indices, self.stack.wavenumber
        p1, p2 = self.weight(n[0]), self.weight(n[-1])
        # From the half-space of smaller index: beside a metal, n^2 + g^2 would lose digits.
        g, dg, end = (g1, dg1, n[0]) if abs(n[0]) <= abs(n[-1]) else (g2, dg2, n[-1])
        e, de = end * end + g * g, 2 * g * dg
        wave = (np.ones_like(e), g1 / p1, np.zeros_like(e), dg1 / p1)
        damped = self.damped or (False,) * len(self.stack.thicknesses)
        with np.errstate(all="ignore"):
            for index, thickness, damp in zip(n[1:-1], self.stack.thicknesses, damped, strict=True):
                across = _evanescent if damp else _oscillating
                wave = across(wave, index * index - e, -de, k0 * thickness, self.weight(index))
            u, v, du, dv = wave
            return v + g2 / p2 * u, dv + (g2 * du + dg2 * u) / p2

    def damped_where(self, points: Complex) -> "Characteristic":
        """The same zeros, with the growth divided out in films that are evanescent at all points, convex hull included.

        Re n_eff^2 > Re n^2 keeps the cut of sqrt(n_eff^2 - n^2) away.
        """
        g1, g2, _, _ = self.coordinate.decay(points)
        n1, n2 = self.stack.indices[0], self.stack.indices[-1]
        square = n1 * n1 + g1 * g1 if abs(n1) <= abs(n2) else n2 * n2 + g2 * g2
        lowest = float(square.real.min())
        return replace(self, damped=tuple((i * i).real < lowest - MARGIN for i in self.stack.indices[1:-1]))


_Wave = tuple[Complex, Complex, Complex, Complex]
"""u, v and their derivatives by x."""


def _oscillating(wave: _Wave, square: Complex, dsquare: Complex, tau: float, p: complex) -> _Wave:
    """Across a film with cos(q) and sinc(q), q^2 = square tau^2."""
    u, v, du, dv = wave
    q2 = square * (tau * tau)
    q = np.sqrt(q2)
    small = np.abs(q) < _NEAR_ZERO
    c = np.cos(q)
    if small.any():
        sinc = np.where(small, _series(q2, _SINC), np.sin(q) / np.where(small, 1.0, q))
        slope = np.where(small, _series(q2, _SLOPE), (c - sinc) / np.where(small, 1.0, q2))
    else:
        sinc = np.sin(q) / q
        slope = (c - sinc) / q2
    # d cos(q)/d square = -tau^2 sinc(q)/2,  d sinc(q)/d square = tau^2 (cos(q) - sinc(q))/(2 q^2)
    half = dsquare * (tau * tau / 2)
    dc, ds = -half * sinc, half * slope
    up, dup, down = (p * tau) * sinc, (p * tau) * ds, (tau / p) * square * sinc
    ddown = (tau / p) * (dsquare * sinc + square * ds)
    return (
        c * u + up * v,
        c * v - down * u,
        c * du + up * dv + dc * u + dup * v,
        c * dv - down * du + dc * v - ddown * u,
    )


def _evanescent(wave: _Wave, square: Complex, dsquare: Complex, tau: float, p: complex) -> _Wave:
    """Across a film as a growing and a decaying part, over exp(gamma tau), gamma^2 = -square.

    The parts are carried on separately: what decays in the film, however thick, keeps its digits beside what grows.
    """
    u, v, du, dv = wave
    gamma = np.sqrt(-square)
    dgamma = -dsquare / (2 * gamma)
    w, dw = p * v / gamma, p * (dv - v * dgamma / gamma) / gamma
    grown, fallen, dgrown, dfallen = (u + w) / 2, (u - w) / 2, (du + dw) / 2, (du - dw) / 2
    fall = np.exp(-2 * tau * gamma)
    dfall = -2 * tau * dgamma * fall
    rest, drest = fall * fallen, fall * dfallen + dfall * fallen
    top, dtop = (grown - rest) / p, (dgrown - drest) / p
    return grown + rest, gamma * top, dgrown + drest, gamma * dtop + dgamma * top


_SINC = (1.0, -1 / 6, 1 / 120, -1 / 5040)
_SLOPE = (-1 / 3, 1 / 30, -1 / 840, 1 / 45360)
"""Taylor coefficients in q^2 of sinc(q) and of (cos(q) - sinc(q))/q^2; the next terms are below 1e-16 for q < 0.05."""


def _series(q2: Complex, coefficients: tuple[float, ...]) -> Complex:
    total = np.zeros_like(q2)
    for coefficient in reversed(coefficients):
        total = total * q2 + coefficient
    return total
