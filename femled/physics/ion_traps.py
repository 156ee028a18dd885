"""Traps that mobile ions make: how the rate through traps grows with the charge that ions leave uncompensated.

    1/tau_n(x) = 1/tau_n0 + k X(x) h,   X = a_net (sqrt((rho/q)^2 + 4 c_i^2) - 2 c_i) + a_total c,   h = 1/(1 + <J>/J_s)

rho is the charge of ions and counter-charge, c their density, <J> the mean of the recombining current in time, pulses
and bias together: carriers heal what ions left. Every capture, and the number of traps, grows by the same factor

    N_t(x)/N_0 = 1 + k tau_n0 X h

so that the ratio of both captures, r = tau_n0/tau_p0, stays that of the semiconductor. The law is a hypothesis.
"""

from typing import Any

from femled.materials import IonTraps
from femled.physics.elementary import sqrt


def healing(mean_current: Any, saturation_current_density: float | None) -> Any:
    """[1] h = 1/(1 + <J>/J_s); 1 without healing.

    Args:
        mean_current: [A/m2] <J>, any shape or a symbol; its size counts, not its direction.
        saturation_current_density: [A/m2] J_s; None is no healing.
    """
    if saturation_current_density is None:
        return 1.0 + 0.0 * mean_current
    return 1 / (1 + abs(mean_current) / saturation_current_density)


def net_excess(net: Any, pair_density: float) -> Any:
    """[1/m3] sqrt(net^2 + 4 c_i^2) - 2 c_i, the defects that charge calls for beyond the pairs of a neutral place.

    Args:
        net: [1/m3] rho/q, any shape or a symbol.
        pair_density: [1/m3] c_i; 0 leaves |rho|/q.
    """
    if pair_density == 0:
        return abs(net)
    return net**2 / (sqrt(net**2 + 4 * pair_density**2) + 2 * pair_density)  # never subtracts the two


def defects(traps: IonTraps, net: Any, total: Any) -> Any:
    """[1/m3] X, what counts of the ions.

    Args:
        traps: the law.
        net: [1/m3] rho/q.
        total: [1/m3] c, of all ions of the layer.
    """
    return traps.net_weight * net_excess(net, traps.pair_density) + traps.total_weight * total


def trap_factor(traps: IonTraps, electron_lifetime: float, net: Any, total: Any, mean_current: Any) -> Any:
    """[1] N_t(x)/N_0, by which the rate through traps is multiplied.

    Args:
        traps: the law.
        electron_lifetime: [s] tau_n0.
        net: [1/m3] rho/q.
        total: [1/m3] c.
        mean_current: [A/m2] <J>.
    """
    healed = healing(mean_current, traps.saturation_current_density)
    return 1 + traps.capture_coefficient * electron_lifetime * defects(traps, net, total) * healed
