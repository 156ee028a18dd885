"""The flux between two nodes, exact for a linear potential (scharfetter1969), from values at the middle.

    J = mu n_mid E_F' X(h phi'/(2 V_T g))/X(h E_F'/(2 V_T g)),   X(x) = x/sinh(x),   g = n/(dn/d eta)

Half-way between two nodes a density whose logarithm is linear is sqrt(n_i n_j): with g = 1 this is the scheme of
Scharfetter and Gummel itself, but it never subtracts two densities and vanishes for a flat Fermi level. g is the
modified thermal voltage of a band that fills, or of sites that do.
"""

from typing import Any

from femled.domain.regions import ufl


def flux(conductance: Any, slope: Any, field: Any, step: Any) -> Any:
    """The flux from values at the middle.

    Args:
        conductance: mu n at the middle.
        slope: E_F'.
        field: phi'.
        step: h/(2 V_T g).
    """
    return conductance * slope * _x_over_sinh(step * field) / _x_over_sinh(step * slope)


def _x_over_sinh(x: Any) -> Any:
    series = 1 - x**2 / 6 + 7 * x**4 / 360
    return ufl.conditional(ufl.lt(abs(x), 1e-2), series, x / ufl.sinh(x))
