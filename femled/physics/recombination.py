"""Recombination of electrons and holes in the bulk of a layer.

    R = (B + C_n n + C_p p + 1/(tau_p (n + n1) + tau_n (p + p1))) (n p - n_i^2)

n_i^2 is the product of the densities at a common Fermi level. With band filling it is the one that the same filling
would have there, n p exp((E_Fp - E_Fn)/V_T), so that R = 0 in equilibrium whatever the statistics.
"""

from typing import Any

from femled.physics.statistics import degeneracy


def excess_product(electrons: Any, holes: Any, states: Any, gap: Any, crowding: Any) -> Any:
    """N p - n_i^2, exactly zero for equal Fermi levels and finite for any bias.

    N_c N_v (e_n e_p - exp(-E_g/V_T))/(g_n g_p)

    Args:
        electrons: Boltzmann factor e_n.
        holes: Boltzmann factor e_p.
        states: N_c N_v.
        gap: exp(-E_g/V_T).
        crowding: gamma.
    """
    return states * (electrons * holes - gap) / (degeneracy(electrons, crowding) * degeneracy(holes, crowding))


def trap_coefficient(n: Any, p: Any, data: dict[str, Any]) -> Any:
    """R_srh over the excess product, 1/(tau_p (n + n1) + tau_n (p + p1)), or 0 without traps (shockley1952)."""
    slowness = data["hole_lifetime"] * (n + data["trap_electrons"]) + data["electron_lifetime"] * (
        p + data["trap_holes"]
    )
    return data["traps"] / slowness


def auger_coefficient(n: Any, p: Any, data: dict[str, Any]) -> Any:
    """R_auger over the excess product, C_n n + C_p p."""
    return data["auger_electron"] * n + data["auger_hole"] * p
