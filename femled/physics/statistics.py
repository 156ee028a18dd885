"""How many carriers a band holds at a Fermi level, written so that it serves numbers and symbols alike.

    n = N e/(1 + gamma e),   e = exp(eta),   eta = (E_F - E_c + phi)/V_T   (electrons; holes mirrored)

gamma = 0 is Boltzmann, gamma = 0.27 is Blakemore (blakemore1982), good to 3 % up to n = 1.3 N.
"""

from typing import Any

CROWDING: dict[str, float] = {"boltzmann": 0.0, "blakemore": 0.27}
"""[1] gamma of the statistics of a semiconductor."""


def occupation(factor: Any, crowding: Any) -> Any:
    """[1] n/N for a Boltzmann factor e."""
    return factor / (1 + crowding * factor)


def degeneracy(factor: Any, crowding: Any) -> Any:
    """[1] g = n/(dn/d eta): 1 in a dilute band, larger where it fills."""
    return 1 + crowding * factor
