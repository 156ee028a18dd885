"""The electrostatic potential of a charge.

    -div(eps_0 eps grad phi) = q (p - n + N_D - N_A + ions)

Lengths are nanometres and densities 1e24/m3: divided by q, the permittivity is eps_0/q in these units.
"""

from typing import Any

from femled.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY

DENSITY = 1e24
"""[1/m3] unit of density in the forms."""

PERMITTIVITY = VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE / (1e-9) ** 2 / DENSITY
"""[1e24/m3 nm2/V] eps_0/q."""


def displacement(permittivity: Any, potential: Any, test: Any, direction: int) -> Any:
    """Integrand eps dphi/dx dv/dx of the displacement along a coordinate, over q."""
    return PERMITTIVITY * permittivity * potential.dx(direction) * test.dx(direction)
