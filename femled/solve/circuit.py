"""Steady states of a column in its circuit: behind a resistance, or at a given current."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from femled.errors import ConvergenceError
from femled.solve.carrier_currents import currents
from femled.solve.steady import SteadyPath

WIDEST, STEP = 200.0, 0.25
"""[V] range in which a voltage is looked for, and first step of the search."""

FLOOR = 1e-9
"""[A/m2] below which a current is compared with this instead of itself."""


def behind_resistance(path: SteadyPath, voltage: float, resistance: float) -> float:
    """Bring a path to the voltage of the layers for which V_layers + R J = V.

    Args:
        path: of the column.
        voltage: [V] V at the outer terminals.
        resistance: [ohm m2] R.

    Returns:
        [V] of the layers.

    Raises:
        ConvergenceError: no such voltage.
    """
    if resistance == 0.0:
        path.go(voltage)
        return voltage
    return _root(path, lambda inner, current: inner + resistance * current - voltage, min(path.voltage, voltage))


def at_current(path: SteadyPath, current_density: float) -> float:
    """Bring a path to the voltage at which a current density flows.

    Args:
        path: of the column.
        current_density: [A/m2].

    Returns:
        [V] of the layers.

    Raises:
        ConvergenceError: no voltage within 200 V.
    """
    aim = float(np.arcsinh(current_density / FLOOR))
    return _root(path, lambda inner, current: float(np.arcsinh(current / FLOOR)) - aim, path.voltage)  # noqa: ARG005


def _root(path: SteadyPath, excess: Callable[[float, float], float], start: float) -> float:
    """The voltage at which something that rises with voltage and current vanishes."""

    def at(voltage: float) -> float:
        path.go(voltage)
        return excess(voltage, currents(path.space).total)

    low = high = start
    value = at(start)
    step = STEP
    while value != 0.0:
        moved = high + step if value < 0 else low - step
        if abs(moved) > WIDEST:
            reason = f"no voltage within {WIDEST:g} V carries this current"
            raise ConvergenceError(
                time=None, step=None, block="carriers", reason=reason, advice="ask for less", voltage=path.voltage
            )
        reached = at(moved)
        if reached * value <= 0:
            low, high = min(moved, high if value < 0 else low), max(moved, high if value < 0 else low)
            break
        low = high = moved
        value, step = reached, 2 * step
    root = low if low == high else float(brentq(at, low, high, xtol=1e-13, rtol=1e-14))
    path.go(root)
    return root
