"""Thermal activation: how a rate or a mobility follows the temperature."""

import math

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE


def arrhenius(activation_ev: float, temperature: float, reference_temperature: float) -> float:
    """[1] factor between two temperatures, exp(-(E_a/kB) (1/T - 1/T_0)).

    Args:
        activation_ev: [eV] E_a.
        temperature: [K] T.
        reference_temperature: [K] T_0.
    """
    per_kelvin = activation_ev * ELEMENTARY_CHARGE / BOLTZMANN
    return math.exp(-per_kelvin * (1 / temperature - 1 / reference_temperature))
