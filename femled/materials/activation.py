"""How a rate, a mobility or a lifetime follows the temperature: laws of one number, for any shape of temperatures."""

from typing import Any

import numpy as np

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE


def arrhenius(activation_ev: float | None, temperature: Any, reference_temperature: float) -> Any:
    """[1] factor between two temperatures, exp(-(E_a/kB) (1/T - 1/T_0)).

    Args:
        activation_ev: [eV] E_a; None is none, a factor of 1.
        temperature: any shape, [K] T.
        reference_temperature: [K] T_0.
    """
    if activation_ev is None:
        return 1.0
    per_kelvin = activation_ev * ELEMENTARY_CHARGE / BOLTZMANN
    return np.exp(-per_kelvin * (1 / temperature - 1 / reference_temperature))


def power_law(exponent: float | None, temperature: Any, reference_temperature: float) -> Any:
    """[1] factor between two temperatures, (T/T_0)^x.

    Args:
        exponent: x; None is none, a factor of 1.
        temperature: any shape, [K] T.
        reference_temperature: [K] T_0.
    """
    return 1.0 if exponent is None else (temperature / reference_temperature) ** exponent
