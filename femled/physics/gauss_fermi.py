"""A band of states with Gaussian disorder about its centre: n = N G(eta; s), the two branches of Paasch and Scheinert.

    G(eta; s) = Int exp(-t^2/2)/sqrt(2 pi) / (1 + exp(s t - eta)) dt,   s = sigma/V_T,   eta from the centre
    G = exp(s^2/2 + eta)/(exp(K (eta + s^2)) + 1)  below eta = -s^2,   G = erfc(-eta H/(sqrt(2) s))/2  from there on
    H = (sqrt(2)/s) erfc^-1(exp(-s^2/2)),   K = 2 (1 - (H/s) sqrt(2/pi) exp(s^2 (1 - H^2)/2))   (paasch2010)

H and K make value and slope continuous. Dilute, n = N exp(eta + s^2/2); at eta = 0 half the states are filled, exactly.
Largest error of G against the integral, relative, over all eta:

    s      0.05    0.5     1       2       3       4       6       8
           1.9 %   1.6 %   1.2 %   3.4 %   5.8 %   8.3 %   18 %    29 %
"""

import math
from typing import Any

import numpy as np
from scipy.special import erfcinv

from femled.errors import InputError
from femled.physics.elementary import erfc, exp, from_on, up_to, where_below

WIDEST = 35.0
"""Largest sigma/V_T: beyond it exp(-s^2/2) leaves the range of numbers."""

_LARGEST = 600.0
"""Exponent that the degeneracy of a full band is held at."""


def stretch_and_tail(width: Any) -> tuple[Any, Any]:
    """H and K of a width s = sigma/V_T, any shape.

    Raises:
        InputError: too wide for the formula.
    """
    if not (np.min(width) > 0 and np.max(width) <= WIDEST):
        worst = float(np.max(width))
        raise InputError(f"disorder of {worst:.4g} kT is outside 0 .. {WIDEST:g} kT: was the temperature meant lower?")
    stretch = math.sqrt(2) / width * erfcinv(np.exp(-(width**2) / 2))
    slope = stretch / width * math.sqrt(2 / math.pi) * np.exp(width**2 * (1 - stretch**2) / 2)
    return stretch, 2 * (1 - slope)


def occupation(eta: Any, width: Any, stretch: Any, tail: Any) -> Any:
    """[1] n/N.

    Args:
        eta: (E_F - E_centre)/V_T.
        width: s.
        stretch: H.
        tail: K.
    """
    low, high = up_to(eta, -(width**2)), from_on(eta, -(width**2))
    dilute = exp(width**2 / 2 + low) / (exp(tail * (low + width**2)) + 1)
    return where_below(eta, -(width**2), dilute, erfc(-_reach(high, width, stretch)) / 2)


def activity(eta: Any, width: Any, stretch: Any, tail: Any) -> Any:
    """[1] n/(N e^eta): exp(s^2/2) in a dilute band; arguments of `occupation`."""
    low, high = up_to(eta, -(width**2)), from_on(eta, -(width**2))
    dilute = exp(width**2 / 2) / (exp(tail * (low + width**2)) + 1)
    return where_below(eta, -(width**2), dilute, erfc(-_reach(high, width, stretch)) / 2 * exp(-high))


def degeneracy(eta: Any, width: Any, stretch: Any, tail: Any) -> Any:
    """[1] g = n/(dn/d eta), of the formula as it is implemented; arguments of `occupation`.

    1/(1 - K e/(e + 1)), e = exp(K (eta + s^2));   sqrt(2 pi) (s/H) erfc(-u)/2 exp(u^2), u = eta H/(sqrt(2) s)
    """
    low, high = up_to(eta, -(width**2)), from_on(eta, -(width**2))
    crowding = exp(tail * (low + width**2))
    dilute = 1 / (1 - tail * crowding / (crowding + 1))
    u = _reach(high, width, stretch)
    full = math.sqrt(math.pi / 2) * width / stretch * erfc(-u) * exp(up_to(u**2, _LARGEST))
    return where_below(eta, -(width**2), dilute, full)


def _reach(eta: Any, width: Any, stretch: Any) -> Any:
    return eta * stretch / (math.sqrt(2) * width)
