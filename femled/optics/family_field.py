"""Fields of the modes of many stacks: the integrals over every medium, in closed form.

The wave is carried from both half-spaces inwards and joined where both have grown most, so that it keeps its digits
through thick metal. In a film, with zeta = k0 z from its lower face and tau its optical thickness,

    u = a exp(i kappa zeta) + b exp(i kappa (tau - zeta)),                                          Im kappa >= 0
    a = (u + p v/(i kappa))/2 at the lower face,  b = (u - p v/(i kappa))/2 at the upper face

Films with |kappa tau| < 1, where a and b nearly cancel, are integrated by Gauss's rule instead.
"""

from dataclasses import dataclass

import numpy as np

from femled.errors import ConvergenceError
from femled.optics.characteristic import Polarization
from femled.optics.family import Array, Complex, StackFamily, across, decay

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(12)

CONTINUITY = 1e-6
"""Largest jump of the joined wave, relative, that is let pass."""


@dataclass(frozen=True)
class FamilyShares:
    """Where the modes are and what takes their power.

    Args:
        confinement: (media, modes), [1] Int_i |E|^2 / Int |E|^2.
        gain_confinement: (media, modes), [1] Re d n_eff/d n_i.
        loss_by_layer: (media, modes), [1/m] k0 Im(n_i^2) Int_i |E|^2 / Int Re(n_eff/p)|u|^2.
    """

    confinement: Array
    gain_confinement: Array
    loss_by_layer: Array


def family_shares(family: StackFamily, polarization: Polarization, s: Complex, n_eff: Complex) -> FamilyShares:
    """The properties of `Mode`, for one bound mode of every stack.

    Args:
        family: (n,) stacks in a row.
        polarization: "TE" or "TM".
        s: (n,) coordinate of the mode.
        n_eff: (n,) its effective index.

    Raises:
        ConvergenceError: the field of a mode is not continuous.
    """
    p = np.stack([np.broadcast_to(weight, s.shape) for weight in family.weights(polarization)])
    index = np.stack([np.broadcast_to(n, s.shape) for n in family.indices])
    e = index * index
    square, slope_square, magnitude, slope_magnitude = _integrals(family, polarization, s, n_eff, p)
    intensity, density = magnitude, square
    if polarization == "TM":
        intensity = (np.abs(n_eff) ** 2 * magnitude + slope_magnitude) / np.abs(e) ** 2
        density = (n_eff**2 * square + slope_square) / e**2
    flux = ((n_eff / p).real * magnitude).sum(axis=0)
    derivative = index * density / (n_eff * (square / p).sum(axis=0))
    return FamilyShares(
        intensity / intensity.sum(axis=0),
        np.asarray(derivative.real),
        np.asarray(family.wavenumbers * e.imag * intensity / flux),
    )


_Integrals = tuple[Complex, Complex, Array, Array]
"""Int u^2, u'^2, |u|^2, |u'|^2 over zeta: (media, n) each, or (n,) of one medium."""


def _integrals(family: StackFamily, polarization: Polarization, s: Complex, n_eff: Complex, p: Complex) -> _Integrals:
    g1, g2, _, _ = decay(family, s)
    u, v = _wave(family, polarization, s, p)
    rows = [_tail(u[0], g1)]
    for film, (index, thickness) in enumerate(zip(family.indices[1:-1], family.thicknesses, strict=True)):
        kappa = np.sqrt(index * index - n_eff * n_eff)
        kappa = np.where(kappa.imag < 0, -kappa, kappa)
        tau = np.broadcast_to(family.wavenumbers * thickness, s.shape)
        slopes = p[film + 1] * v[film], p[film + 1] * v[film + 1]
        found = _thick_film(kappa, tau, (u[film], slopes[0]), (u[film + 1], slopes[1]))
        thin = np.abs(kappa * tau) < 1
        if thin.any():
            exact = _thin_film(kappa[thin], tau[thin], u[film][thin], slopes[0][thin])
            for whole, part in zip(found, exact, strict=True):
                whole[thin] = part
        rows.append(found)
    rows.append(_tail(u[-1], g2))
    square, slope_square, magnitude, slope_magnitude = (np.stack(column) for column in zip(*rows, strict=True))
    return square, slope_square, magnitude.real, slope_magnitude.real


def _tail(u: Complex, g: Complex) -> _Integrals:
    """A half-space in which the field falls as exp(-g zeta)."""
    square, magnitude = u * u / (2 * g), np.abs(u) ** 2 / (2 * g.real)
    return square, g * g * square, magnitude, np.abs(g) ** 2 * magnitude


def _thick_film(
    kappa: Complex, tau: Array, below: tuple[Complex, Complex], above: tuple[Complex, Complex]
) -> _Integrals:
    """From u and u' at both faces; right to the last digits for |kappa tau| >= 1."""
    with np.errstate(all="ignore"):  # thin films are replaced
        a, b = (below[0] + below[1] / (1j * kappa)) / 2, (above[0] - above[1] / (1j * kappa)) / 2
        q = kappa * tau
        fall = -np.expm1(-2 * q.imag) / np.where(q.imag == 0, 1.0, 2 * q.imag)
        fall = np.where(q.imag == 0, 1.0, fall)
        alone = tau * (np.abs(a) ** 2 + np.abs(b) ** 2) * fall
        both = 2 * tau * (a * b.conj()).real * np.exp(-q.imag) * np.sinc(q.real / np.pi)
        alone_square = tau * (a * a + b * b) * np.expm1(2j * q) / (2j * q)
        both_square = 2 * tau * a * b * np.exp(1j * q)
        k2 = kappa * kappa
        return alone_square + both_square, k2 * (both_square - alone_square), alone + both, np.abs(k2) * (alone - both)


def _thin_film(kappa: Complex, tau: Array, u: Complex, slope: Complex) -> _Integrals:
    """From u and u' at the lower face, by Gauss's rule; exact to round-off for |kappa tau| < 1."""
    zeta = tau * (_POINTS[:, None] + 1) / 2
    weight = tau * _WEIGHTS[:, None] / 2
    q = kappa * zeta
    q = np.where(np.abs(q) < 1e-150, 1e-150, q)
    c, sine = np.cos(q), np.sin(q)
    value = u * c + slope * (zeta * sine / q)
    rise = slope * c - u * kappa * sine
    square, slope_square = (weight * value * value).sum(axis=0), (weight * rise * rise).sum(axis=0)
    return square, slope_square, (weight * np.abs(value) ** 2).sum(axis=0), (weight * np.abs(rise) ** 2).sum(axis=0)


def _wave(family: StackFamily, polarization: Polarization, s: Complex, p: Complex) -> tuple[Complex, Complex]:
    """(films + 1, n) u and v = u'/(k0 p) at the interfaces, about 1 where the wave is largest."""
    g1, g2, _, _ = decay(family, s)
    e = family.indices[0] ** 2 + g1 * g1
    weights = family.weights(polarization)
    films = [
        across(index * index - e, np.zeros_like(e), family.wavenumbers * thickness, weight)
        for index, thickness, weight in zip(family.indices[1:-1], family.thicknesses, weights[1:-1], strict=True)
    ]
    one = np.ones_like(s)
    up, up_size = _carried([(film.c, film.b, film.d, film.growth) for film in films], one, g1 / p[0])
    back = [(film.c, -film.b, -film.d, film.growth) for film in reversed(films)]
    down, down_size = (array[::-1] for array in _carried(back, one, -g2 / p[-1]))
    joint = (up_size + down_size).argmax(axis=0)[None, :]
    at_up, at_down = (np.take_along_axis(wave, joint[..., None], axis=0)[0] for wave in (up, down))
    scale = (at_down.conj() * at_up).sum(axis=-1) / (np.abs(at_down) ** 2).sum(axis=-1)
    jump = np.abs(at_up - scale[:, None] * at_down).max(axis=-1)
    if jump.size and jump.max() > CONTINUITY:
        reason = f"the field of a mode jumps by {jump.max():.1e}"
        advice = "two modes nearly coincide: look at the stack with slab_modes"
        raise ConvergenceError(time=None, step=None, block="modes", reason=reason, advice=advice)
    height = np.arange(len(up))[:, None]
    sizes = [size - np.take_along_axis(size, joint, axis=0) for size in (up_size, down_size)]
    below = up * np.exp(np.minimum(sizes[0], 0.0))[..., None]
    above = down * (scale * np.exp(np.minimum(sizes[1], 0.0)))[..., None]
    joined = np.where((height <= joint)[..., None], below, above)
    return joined[..., 0], joined[..., 1]


def _carried(films: list[tuple[Complex, Complex, Complex, Array]], u: Complex, v: Complex) -> tuple[Complex, Array]:
    """(films + 1, n, 2) the wave at the interfaces, of size 1 each, and (films + 1, n) the logarithms of its size."""
    waves, sizes = [], []
    size: Array = np.zeros(u.shape)
    for film in [None, *films]:
        if film is not None:
            c, b, d, growth = film
            u, v = c * u + b * v, c * v + d * u
            size = size + growth
        norm = np.maximum(np.abs(u), np.abs(v))
        u, v, size = u / norm, v / norm, size + np.log(norm)
        waves.append(np.stack(np.broadcast_arrays(u, v), axis=-1))
        sizes.append(np.broadcast_to(size, waves[-1].shape[:-1]))
    return np.stack(waves), np.stack(sizes)
