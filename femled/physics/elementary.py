"""Elementary functions that take numbers and symbols alike, so that a law is written once.

Both sides of a choice are evaluated, and in a form both are differentiated: a side must stay finite where the other
one is meant. `up_to` and `from_on` hold its argument back for that.
"""

import math
from typing import Any

import numpy as np
from scipy.special import erfc as _erfc

from femled.domain.regions import ufl

_HIGHEST = 709.0
"""Of what exp takes without an overflow."""

_STEP, _TERMS, _POLE = 0.5, 12, 6.0
"""Of the trapezoidal rule for erfc: step, number of terms, and from where on its poles no longer count."""


def symbolic(value: Any) -> bool:
    """Whether a value is a symbol of a form."""
    return isinstance(value, ufl.core.expr.Expr)


def exp(x: Any) -> Any:
    """e^x."""
    if type(x) is float:  # a single place, such as a contact, for which arrays are slow
        return math.exp(x) if x < _HIGHEST else math.inf
    return ufl.exp(x) if symbolic(x) else np.exp(x)


def sqrt(x: Any) -> Any:
    """Root of a number >= 0; > 0 in a form that is differentiated."""
    return ufl.sqrt(x) if symbolic(x) else np.sqrt(x)


def where_below(x: Any, limit: Any, below: Any, otherwise: Any) -> Any:
    """One value where x < limit, the other elsewhere."""
    if type(x) is float and type(limit) is float:
        return below if x < limit else otherwise
    if any(symbolic(one) for one in (x, limit, below, otherwise)):
        return ufl.conditional(ufl.lt(x, limit), below, otherwise)
    return np.where(np.less(x, limit), below, otherwise)[()]


def up_to(x: Any, limit: Any) -> Any:
    """The smaller one of x and a limit; it moves with x below the limit only."""
    return where_below(x, limit, x, limit)


def from_on(x: Any, limit: Any) -> Any:
    """The larger one of x and a limit; it moves with x from the limit on."""
    return where_below(x, limit, limit, x)


def expm1(x: Any) -> Any:
    """e^x - 1 without loss near 0: 2 exp(x/2) sinh(x/2)."""
    return 2 * ufl.exp(x / 2) * ufl.sinh(x / 2) if symbolic(x) else np.expm1(x)


def erfc(x: Any) -> Any:
    """Complementary error function, to 1e-14 of itself: forms know erf alone, and 1 - erf loses the tail.

    The trapezoidal rule on erfc(x) = (2 x/pi) exp(-x^2) Int_0^inf exp(-t^2)/(t^2 + x^2) dt with the residues of its
    poles, from x = 0.5 on.
    """
    if not symbolic(x):
        return _erfc(x)
    far = from_on(x, 0.5)
    total = 1 / (2 * far**2) + sum(
        math.exp(-((k * _STEP) ** 2)) / ((k * _STEP) ** 2 + far**2) for k in range(1, _TERMS + 1)
    )
    poles = where_below(far, _POLE, 2 / (ufl.exp(2 * math.pi / _STEP * up_to(far, _POLE)) - 1), 0.0)
    tail = ufl.exp(-(far**2)) * 2 * _STEP / math.pi * far * total - poles
    return where_below(x, 0.5, 1 - ufl.erf(up_to(x, 0.5)), tail)
