"""Recombination of electrons and holes in the bulk of a layer.

    R = (B + C_n n + C_p p + 1/(tau_p (n + n1) + tau_n (p + p1))) (n p - n_i^2)

n_i^2 is the product of the densities at a common Fermi level. With band filling it is the one that the same filling
would have there, n p exp((E_Fp - E_Fn)/V_T), so that R = 0 in equilibrium whatever the statistics.
"""

from collections.abc import Mapping
from typing import Any

from femled.physics.elementary import expm1, from_on, up_to

_FAR = 100.0
"""[V_T] splitting beyond which n p and n p - n_i^2 are the same number."""


def intrinsic_product(states: Any, gap: Any, electron_activity: Any, hole_activity: Any) -> Any:
    """N_i^2 = N_c N_v a_n a_p exp(-E_g/V_T), the product at a common Fermi level with the band filling of the moment.

    It is n p exp((E_Fp - E_Fn)/V_T), whatever the statistics; a = n/(N e^eta) is `femled.physics.statistics.activity`.

    Args:
        states: N_c N_v.
        gap: exp(-E_g/V_T).
        electron_activity: a_n.
        hole_activity: a_p.
    """
    return states * gap * electron_activity * hole_activity


def net_product(n: Any, p: Any, intrinsic: Any, splitting: Any) -> Any:
    """N p - n_i^2 = n p (1 - exp((E_Fp - E_Fn)/V_T)), exactly zero for equal Fermi levels and finite for any bias.

    n p (1 - exp(-x)) for x >= 0 and n_i^2 (exp(x) - 1) below: neither exponential can grow.

    Args:
        n: electrons.
        p: holes.
        intrinsic: n_i^2 from `intrinsic_product`.
        splitting: x = (E_Fn - E_Fp)/V_T.
    """
    forward = up_to(from_on(splitting, 0.0), _FAR)
    backward = splitting - from_on(splitting, 0.0)
    return intrinsic * expm1(from_on(backward, -_FAR)) - n * p * expm1(-forward)


def crowded_product(electrons: Any, holes: Any, intrinsic: Any, gap: Any) -> Any:
    """N p - n_i^2 of the family n = N e/(1 + gamma e): n_i^2 (e_n e_p/gap - 1), two exponentials fewer.

    Args:
        electrons: Boltzmann factor e_n.
        holes: Boltzmann factor e_p.
        intrinsic: N_c N_v a_n a_p = n_i^2/gap.
        gap: exp(-E_g/V_T).
    """
    return intrinsic * (electrons * holes - gap)


def level_densities(electrons: Any, holes: Any, electron_activity: Any, hole_activity: Any) -> tuple[Any, Any]:
    """N1 and p1, the densities if the Fermi level were that of a trap, with the band filling of the moment.

    n1 = N_c a_n exp((E_t - E_c)/V_T),   p1 = N_v a_p exp((E_v - E_t)/V_T),   n1 p1 = n_i^2

    so that a trap has f/(1 - f) = exp((E_F - E_t)/V_T) in equilibrium, whatever the statistics.

    Args:
        electrons: N_c exp((E_t - E_c)/V_T).
        holes: N_v exp((E_v - E_t)/V_T).
        electron_activity: a_n.
        hole_activity: a_p.
    """
    return electrons * electron_activity, holes * hole_activity


def interface_coefficient(n: Any, p: Any, n1: Any, p1: Any, electron_velocity: Any, hole_velocity: Any) -> Any:
    """Recombination at an interface over its net product, 1/((n + n1)/S_p + (p + p1)/S_n), [m/s] per density.

    The electrons are those of one side, the holes those of one side; n_i^2 = n1 p1 belongs to the same two bands, and
    the Fermi levels are continuous, so that nothing recombines in equilibrium.

    Args:
        n: electrons on their side.
        p: holes on theirs.
        n1: of `level_densities` on the electrons' side.
        p1: of `level_densities` on the holes' side.
        electron_velocity: S_n.
        hole_velocity: S_p.
    """
    return electron_velocity * hole_velocity / (electron_velocity * (n + n1) + hole_velocity * (p + p1))


def trap_coefficient(n: Any, p: Any, n1: Any, p1: Any, data: Mapping[str, Any]) -> Any:
    """R_srh over the net product, 1/(tau_p (n + n1) + tau_n (p + p1)), or 0 without traps (shockley1952)."""
    return data["traps"] / (data["hole_lifetime"] * (n + n1) + data["electron_lifetime"] * (p + p1))


def auger_coefficient(n: Any, p: Any, data: Mapping[str, Any]) -> Any:
    """R_auger over the net product, C_n n + C_p p."""
    return data["auger_electron"] * n + data["auger_hole"] * p
