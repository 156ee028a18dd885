"""The square-root edge of an allowed direct gap with an exponential tail below it (urbach1953)."""

from math import ceil, pi

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import dawsn, erfcx

from femled.errors import InputError
from femled.optics.waves import Real

_END = 40.0
"""Logarithm of what is left out of a tail: exp(-40) is below the last digit."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_AT_THE_EDGE = np.sqrt(pi) / 4
"""S(0; 1)."""


def urbach_root(t: Real) -> tuple[Real, Real]:
    """Square root above an edge, convolved with exp(-|t|)/2, with the fall taken out.

    S(t; 1) = sqrt(t) + (sqrt(pi)/4) exp(t) erfc(sqrt(t)) - D(sqrt(t))/2    above the edge, D of Dawson
            = (sqrt(pi)/4) exp(t)                                           below it

    It solves S - S'' = sqrt(t); its fifth half power at the edge is not smooth, so that integrals are split there.

    Args:
        t: any shape, energies above the edge in Urbach energies.

    Returns:
        the same shape, S exp(fall); the same, fall, which is -t below the edge and 0 above it.
    """
    above = np.sqrt(np.maximum(t, 0.0))
    return above + _AT_THE_EDGE * erfcx(above) - dawsn(above) / 2, np.maximum(-t, 0.0)


def refuse_endless_tail(width: float, *, temperature: float, thermal_energy: float) -> None:
    """Refuse an Urbach energy at which a few carriers would emit the more the farther below the gap.

    The tail falls as exp(x/U), and carriers in equilibrium fill it as exp(-x/kT).

    Args:
        width: [eV] U.
        temperature: [K] of the lattice or of the carriers, the lower one.
        thermal_energy: [eV] kT there.

    Raises:
        InputError: U is not below kT.
    """
    if width >= thermal_energy:
        raise InputError(
            f"urbach edge of {1e3 * width:.3g} meV at {temperature:g} K (kT {1e3 * thermal_energy:.3g} meV): emission "
            "of its tail has no end; take the gaussian edge, a smaller width or a warmer film"
        )


def tail_length(width: ArrayLike, thermal_energy: ArrayLike, fall: float) -> Real:
    """How far below the edge exp(x/U - x/kT), which is more than any emission of the tail, has fallen.

    Args:
        width: [eV] U; shapes broadcast.
        thermal_energy: [eV] kT.
        fall: [1] its logarithm.

    Returns:
        their shape, [eV]; inf where U is not below kT.
    """
    excess = 1 / np.asarray(width, dtype=np.float64) - 1 / np.asarray(thermal_energy, dtype=np.float64)
    return np.asarray(np.divide(fall, excess, out=np.full_like(excess, np.inf), where=excess > 0))


def urbach_points(
    width: float, thermal_energy: float, ends: tuple[float, float], *, finer: int = 1
) -> tuple[Real, Real]:
    """Points and weights for integrals of S(x; U) q(x), where q is made of Fermi functions.

    Panels of Gauss and Legendre: below the edge evenly in x, above it in u = sqrt(x), in which S has no kink there. No
    panel is wider than lets sixteen points resolve the Fermi functions, whose poles are pi kT off the axis, and S.

    Args:
        width: [eV] U, > 0.
        thermal_energy: [eV] kT.
        ends: [eV] the lowest that can count, -inf if nothing is known of it; the highest, above the edge.
        finer: [1] how many panels stand for one.

    Returns:
        (points,) [eV] above the edge, rising; (points,) [eV] weights without S in them.
    """
    bottom = max(ends[0], -float(tail_length(width, thermal_energy, _END)))
    panels = ceil(finer * -bottom / min(4 * thermal_energy, 8 * width))
    x, tail = _panels(np.linspace(bottom, 0.0, panels + 1))
    edges, last = [0.0], ends[1] ** 0.5
    while edges[-1] < last:
        u = edges[-1]
        step = min(1.5 * thermal_energy / max(u, thermal_energy**0.5), max(1.2 * width**0.5, 0.4 * u))
        edges += [u + step * (part + 1) / finer for part in range(finer)]
    root, weight = _panels(np.array(edges))
    return np.concatenate([x, root**2]), np.concatenate([tail, 2 * root * weight])


def _panels(edges: Real) -> tuple[Real, Real]:
    """Points and weights of the panels between edges."""
    middle, half = (edges[1:] + edges[:-1])[:, None] / 2, np.diff(edges)[:, None] / 2
    return (middle + half * _NODES).ravel(), (half * _WEIGHTS).ravel()
