"""The flux between two nodes, exact for a linear potential (scharfetter1969), from values at the middle.

    J = mu n_mid E_F' X(a)/X(b),   a = h phi'/(2 V_T g),   b = h E_F'/(2 V_T g),   X(x) = x/sinh(x),   g = n/(dn/d eta)

Half-way between two nodes a density whose logarithm is linear is sqrt(n_i n_j): with g = 1 this is the scheme of
Scharfetter and Gummel itself, but it never subtracts two densities and vanishes for a flat Fermi level. g is the
modified thermal voltage of a band that fills, or of sites that do.

A level may fall by a thousand V_T within a cell: n_mid is too small for a number then, and 1/X(b) too large. Their
exponents are added first: n_mid/X(b) ~ exp(eta + |b|) is the larger of both densities.
"""

from typing import Any

from femled.domain.regions import ufl


def flux(conductance: Any, exponent: Any, slope: Any, field: Any, step: Any) -> Any:
    """The flux from values at the middle.

    Args:
        conductance: mu n_mid exp(-eta).
        exponent: eta.
        slope: E_F'.
        field: phi'.
        step: h/(2 V_T g).
    """
    a, b = step * field, step * slope
    return conductance * ufl.exp(exponent + abs(b) - abs(a)) * slope * _grown(a) / _grown(b)


def _grown(x: Any) -> Any:
    """X(x) exp(|x|) = 2 |x|/(1 - exp(-2 |x|)) = 1 + y + y^2/3 - y^4/45 ...,   y = |x|."""
    y, square = abs(x), x * x  # a power is a call in the compiled form, a product is none
    series = 1 + y + square * (1 / 3 - square / 45)
    return ufl.conditional(ufl.lt(y, 1e-2), series, 2 * y / (1 - ufl.exp(-2 * y)))
