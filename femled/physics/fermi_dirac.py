"""The band of a free particle in three dimensions: n = N F_1/2(eta), by the rational functions of Antia.

    F(eta) = (2/sqrt(pi)) Int_0^inf sqrt(t)/(1 + exp(t - eta)) dt
    F = e P(e)/Q(e), e = exp(eta), below eta = 2;   F = eta^1.5 P(y)/Q(y), y = 1/eta^2, from there on   (antia1993)

Error of n and of its slope over eta = -700 .. 700: 6e-13 and 2e-10; F jumps by 4e-13 at eta = 2.
"""

import math
from typing import Any

from femled.physics.elementary import exp, from_on, up_to, where_below

SPLIT = 2.0
"""eta at which the two rational functions meet."""

_SCALE = 2 / math.sqrt(math.pi)

_LOW = (
    (
        5.75834152995465e6,
        1.30964880355883e7,
        1.07608632249013e7,
        3.93536421893014e6,
        6.42493233715640e5,
        4.16031909245777e4,
        7.77238678539648e2,
        1.0,
    ),
    (
        6.49759261942269e6,
        1.70750501625775e7,
        1.69288134856160e7,
        7.95192647756086e6,
        1.83167424554505e6,
        1.95155948326832e5,
        8.17922106644547e3,
        9.02129136642157e1,
    ),
)
_HIGH = (
    (
        4.85378381173415e-14,
        1.64429113030738e-11,
        3.76794942277806e-9,
        4.69233883900644e-7,
        3.40679845803144e-5,
        1.32212995937796e-3,
        2.60768398973913e-2,
        2.48653216266227e-1,
        1.08037861921488,
        1.91247528779676,
        1.0,
    ),
    (
        7.28067571760518e-14,
        2.45745452167585e-11,
        5.62152894375277e-9,
        6.96888634549649e-7,
        5.02360015186394e-5,
        1.92040136756592e-3,
        3.66887808002874e-2,
        3.24095226486468e-1,
        1.16434871200131,
        1.34981244060549,
        2.01311836975930e-1,
        -2.14562434782759e-2,
    ),
)
"""Numerator and denominator, lowest power first."""


def _polynomial(coefficients: tuple[float, ...], x: Any) -> tuple[Any, Any]:
    """Value and slope, by Horner's rule."""
    value: Any = coefficients[-1]
    slope: Any = 0.0
    for coefficient in reversed(coefficients[:-1]):
        slope = slope * x + value
        value = value * x + coefficient
    return value, slope


def _rational(pair: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> tuple[Any, Any]:
    """P/Q and its logarithmic slope P'/P - Q'/Q."""
    (top, top_slope), (bottom, bottom_slope) = (_polynomial(one, x) for one in pair)
    return top / bottom, top_slope / top - bottom_slope / bottom


def _sides(eta: Any) -> tuple[Any, Any]:
    return up_to(eta, SPLIT), from_on(eta, SPLIT)


def occupation(eta: Any) -> Any:
    """[1] n/N."""
    low, high = _sides(eta)
    factor = exp(low)
    below, above = _rational(_LOW, factor)[0], _rational(_HIGH, high**-2)[0]
    return _SCALE * where_below(eta, SPLIT, factor * below, high**1.5 * above)


def activity(eta: Any) -> Any:
    """[1] n/(N e^eta): 1 in a dilute band, smaller where it fills."""
    low, high = _sides(eta)
    below, above = _rational(_LOW, exp(low))[0], _rational(_HIGH, high**-2)[0]
    return _SCALE * where_below(eta, SPLIT, below, high**1.5 * above * exp(-high))


def degeneracy(eta: Any) -> Any:
    """[1] g = n/(dn/d eta), of the formula as it is implemented."""
    low, high = _sides(eta)
    factor = exp(low)
    below = 1 + factor * _rational(_LOW, factor)[1]
    above = 1.5 / high - 2 * high**-3 * _rational(_HIGH, high**-2)[1]
    return 1 / where_below(eta, SPLIT, below, above)
