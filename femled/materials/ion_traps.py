"""Traps that mobile ions make, as a law of their layer."""

from typing import Annotated

from pydantic import model_validator

from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity

Weight = Annotated[float, Quantity("1", 0.0, 1e6)]


class IonTraps(FrozenModel):
    """How traps follow the ions of a layer; a hypothesis, to be switched on knowingly.

    1/tau_n(x) = 1/tau_n + k X h,   X = a_net (sqrt((rho/q)^2 + 4 c_i^2) - 2 c_i) + a_total c,   h = 1/(1 + <J>/J_s)

    rho is the charge of ions and counter-charge, c their density, <J> the mean current density in time. The captures
    of electrons and holes, and the number of traps, grow by the same factor: tau_n/tau_p of the semiconductor stays.

    Args:
        capture_coefficient: [m3/s] k, of electrons, per defect.
        pair_density: [1/m3] c_i of vacancy-interstitial pairs in a neutral place; 0 for one mobile sign.
        saturation_current_density: [A/m2] J_s at which half of the traps are healed; None is no healing.
        net_weight: [1] a_net, of the uncompensated charge.
        total_weight: [1] a_total, of the density of ions.
    """

    capture_coefficient: Annotated[float, Quantity("m3/s", 0.0, 1e-8)]
    pair_density: Annotated[float, Quantity("1/m3", 0.0, 1e30)] = 0.0
    saturation_current_density: Annotated[float, Quantity("A/m2", 1e-9, 1e12)] | None = None
    net_weight: Weight = 1.0
    total_weight: Weight = 0.0

    @model_validator(mode="after")
    def _counts_something(self) -> "IonTraps":
        if self.net_weight == self.total_weight == 0:
            raise InputError("net_weight and total_weight are both 0: no trap follows the ions, leave ion_traps out")
        return self
