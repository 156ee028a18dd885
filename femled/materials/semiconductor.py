"""What a layer is to carriers and mobile ions: levels, densities of states, mobilities, lifetimes, doping, ions."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity

Level = Annotated[float, Quantity("eV", -15.0, 0.0)]
StateDensity = Annotated[float, Quantity("1/m3", 1e15, 1e30)]
SomeDensity = Annotated[float, Quantity("1/m3", 0.0, 1e30)]
Mobility = Annotated[float, Quantity("m2/V/s", 1e-18, 1e3)]
Lifetime = Annotated[float, Quantity("s", 1e-18, 1e6)]
Diffusivity = Annotated[float, Quantity("m2/s", 1e-30, 1.0)]

CounterCharge = Literal["uniform", "mobile"]
Statistics = Literal["boltzmann", "blakemore"]


class MobileIon(FrozenModel):
    """A species of ions that move inside their layer and leave it nowhere.

    Args:
        name: lower-case name, one of its layer.
        charge: in elementary charges, a whole number, not 0.
        mean_density: [1/m3] over the layer, > 0; it is kept exactly.
        diffusivity: [m2/s].
        site_density: [1/m3] of sites an ion can take; None is no limit.
        counter_charge: "uniform": an immobile charge of the same mean density; "mobile": the other ions of the layer.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    charge: Annotated[int, Field(ge=-10, le=10)]
    mean_density: Annotated[float, Quantity("1/m3", 1e10, 1e30)]
    diffusivity: Diffusivity
    site_density: StateDensity | None = None
    counter_charge: CounterCharge = "uniform"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.charge == 0:
            raise InputError(f'ion "{self.name}" has charge 0: a neutral species is no mobile ion')
        if self.site_density is not None and self.mean_density >= self.site_density:
            raise InputError(
                f'ion "{self.name}": mean_density {self.mean_density:.4g} 1/m3 does not fit into '
                f"site_density {self.site_density:.4g} 1/m3"
            )
        return self

    @property
    def filling(self) -> float:
        """[1] mean density over site density; 0 without a limit."""
        return 0.0 if self.site_density is None else self.mean_density / self.site_density


class Semiconductor(FrozenModel):
    """A layer as carriers see it; values hold at the temperature of the column.

    R = (B + C_n n + C_p p + 1/(tau_p (n + n1) + tau_n (p + p1))) (n p - n_i^2)

    Args:
        relative_permittivity: [1] static.
        conduction_band_ev: [eV] against vacuum, negative.
        valence_band_ev: [eV] against vacuum, below the conduction band.
        conduction_band_density: [1/m3] effective density of states.
        valence_band_density: [1/m3] effective density of states.
        electron_mobility: [m2/V/s].
        hole_mobility: [m2/V/s].
        radiative_coefficient: [m3/s] B.
        auger_electron_coefficient: [m6/s] C_n.
        auger_hole_coefficient: [m6/s] C_p.
        srh_electron_lifetime: [s] tau_n; None, together with tau_p, is no recombination through traps.
        srh_hole_lifetime: [s] tau_p.
        trap_level_ev: [eV] against vacuum; None is the intrinsic level.
        donor_density: [1/m3] ionised.
        acceptor_density: [1/m3] ionised.
        ions: mobile species of the layer.
        statistics: "boltzmann", or "blakemore": n = N/(exp(-eta) + 0.27) (blakemore1982).
    """

    relative_permittivity: Annotated[float, Quantity("1", 1.0, 1e5)]
    conduction_band_ev: Level
    valence_band_ev: Level
    conduction_band_density: StateDensity
    valence_band_density: StateDensity
    electron_mobility: Mobility
    hole_mobility: Mobility
    radiative_coefficient: Annotated[float, Quantity("m3/s", 0.0, 1e-6)] = 0.0
    auger_electron_coefficient: Annotated[float, Quantity("m6/s", 0.0, 1e-30)] = 0.0
    auger_hole_coefficient: Annotated[float, Quantity("m6/s", 0.0, 1e-30)] = 0.0
    srh_electron_lifetime: Lifetime | None = None
    srh_hole_lifetime: Lifetime | None = None
    trap_level_ev: Level | None = None
    donor_density: SomeDensity = 0.0
    acceptor_density: SomeDensity = 0.0
    ions: tuple[MobileIon, ...] = ()
    statistics: Statistics = "boltzmann"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        low, high = self.valence_band_ev, self.conduction_band_ev
        if low >= high:
            raise InputError(
                f"valence_band_ev {low:g} eV is not below conduction_band_ev {high:g} eV: were they swapped?"
            )
        if (self.srh_electron_lifetime is None) != (self.srh_hole_lifetime is None):
            raise InputError("srh_electron_lifetime and srh_hole_lifetime: give both or none")
        if self.trap_level_ev is not None:
            if self.srh_electron_lifetime is None:
                raise InputError("trap_level_ev needs srh_electron_lifetime and srh_hole_lifetime")
            if not low <= self.trap_level_ev <= high:
                raise InputError(f"trap_level_ev {self.trap_level_ev:g} eV is outside the gap {low:g} .. {high:g} eV")
        names = [ion.name for ion in self.ions]
        if len(set(names)) < len(names):
            raise InputError(f"ions: two of them have the same name ({', '.join(names)})")
        balanced = [ion for ion in self.ions if ion.counter_charge == "mobile"]
        net = sum(ion.charge * ion.mean_density for ion in balanced)
        if abs(net) > 1e-9 * sum(abs(ion.charge) * ion.mean_density for ion in balanced):
            raise InputError(
                f"ions without counter-charge: the mobile ones sum up to {net:.4g} charges/m3, "
                'make them balance or use counter_charge="uniform"'
            )
        return self

    def intrinsic_level_ev(self, temperature: float) -> float:
        """Fermi level [eV] at which an undoped, non-degenerate layer has as many electrons as holes.

        E_i = (E_c + E_v)/2 + (k T/2) ln(N_v/N_c)
        """
        thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        ratio = math.log(self.valence_band_density / self.conduction_band_density)
        return (self.conduction_band_ev + self.valence_band_ev + thermal * ratio) / 2
