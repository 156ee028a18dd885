"""The square-root edge of an allowed direct gap, smoothed by a Gaussian, or with an exponential tail."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ive, kve

from femled.materials.gain_law import EdgeShape
from femled.optics.urbach_edge import urbach_root
from femled.optics.waves import Real

_LEAST = 1e-60
"""Distance from the edge, in widths, below which it is taken as this: the function is flat there to all digits."""


def smoothed_root(energy: ArrayLike, width: float, edge: EdgeShape = "gaussian") -> Real:
    """Square root of the energy above an edge, convolved with a Gaussian of unit area, or with exp(-|x|/s)/(2 s).

    S(x; s) = integral of sqrt(y) exp(-(x - y)^2/2 s^2)/(s sqrt(2 pi)) over y > 0
            = sqrt(s/8) exp(-t^2/4) D_{-3/2}(-t),  t = x/s                                      (dlmf, 12.5.1)

    The parabolic cylinder function is written with Bessel functions, at w = t^2/4 (dlmf, 12.7.10 and 12.8.2):
    above the edge a sum of I_{+-1/4}(w) and I_{+-3/4}(w), all positive, below it K_{3/4}(w) - K_{1/4}(w); scaled,
    so that nothing overflows far from the edge. Of the exponential tail: `femled.optics.urbach_edge`.

    Args:
        energy: any shape, [eV] x above the edge; negative below it.
        width: [eV] s, standard deviation or Urbach energy; 0 is the bare root.
        edge: what smooths it.

    Returns:
        the same shape, [eV^(1/2)].
    """
    x = np.asarray(energy, dtype=np.float64)
    if width == 0:
        return np.asarray(np.sqrt(np.maximum(x, 0.0)))
    scaled, fall = _parts(x / width, edge)
    return np.asarray(np.sqrt(width) * scaled * np.exp(-fall))


def log_smoothed_root(energy: ArrayLike, width: float, edge: EdgeShape = "gaussian") -> Real:
    """Logarithm of S(x; s), finite also where the edge itself is too small for a number; -inf below a bare root.

    Args:
        energy: any shape, [eV] x above the edge; negative below it.
        width: [eV] s, standard deviation or Urbach energy; 0 is the bare root.
        edge: what smooths it.

    Returns:
        the same shape, [1] of S in eV^(1/2).
    """
    x = np.asarray(energy, dtype=np.float64)
    if width == 0:
        return np.log(np.maximum(x, 0.0), out=np.full_like(x, -np.inf), where=x > 0) / 2
    scaled, fall = _parts(x / width, edge)
    return np.asarray(np.log(width) / 2 + np.log(scaled) - fall)


def _parts(t: Real, edge: EdgeShape) -> tuple[Real, Real]:
    """S(t; 1) with its fall taken out, and the fall."""
    return urbach_root(t) if edge == "urbach" else _with_the_fall_taken_out(t)


def _with_the_fall_taken_out(t: Real) -> tuple[Real, Real]:
    """S(t; 1) exp(w') and w', which is t^2/2 below the edge and 0 above it."""
    distance = np.maximum(np.abs(t), _LEAST)
    w, power = distance**2 / 4, (distance / 2) ** 1.5
    above = t >= 0
    root: Real = np.empty_like(t)
    raised, sunk = w[above], w[~above]
    root[above] = np.sqrt(np.pi) / 2 * power[above] * sum(ive(order, raised) for order in (-0.75, -0.25, 0.25, 0.75))
    root[~above] = power[~above] * (kve(0.75, sunk) - kve(0.25, sunk)) / np.sqrt(2 * np.pi)
    return root, np.where(above, 0.0, 2 * w)
