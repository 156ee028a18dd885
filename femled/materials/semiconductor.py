"""What a layer is to carriers and mobile ions: levels, densities of states, mobilities, lifetimes, doping, ions."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials.activation import arrhenius
from femled.materials.ion_traps import IonTraps
from femled.materials.mobile_ion import ActivationEnergy, MobileIon

Level = Annotated[float, Quantity("eV", -15.0, 0.0)]
StateDensity = Annotated[float, Quantity("1/m3", 1e15, 1e30)]
SomeDensity = Annotated[float, Quantity("1/m3", 0.0, 1e30)]
Mobility = Annotated[float, Quantity("m2/V/s", 1e-40, 1e3)]
Lifetime = Annotated[float, Quantity("s", 1e-18, 1e6)]
Disorder = Annotated[float, Quantity("eV", 1e-3, 0.5)]

Statistics = Literal["boltzmann", "blakemore", "fermi_dirac", "gauss_fermi"]


class Semiconductor(FrozenModel):
    """A layer as carriers see it.

    R = (B + C_n n + C_p p + 1/(tau_p (n + n1) + tau_n (p + p1))) (n p - n_i^2)

    Values hold at the temperature of the column. With a reference temperature T_0 these scale, and nothing else:

    N_c, N_v ~ (T/T_0)^1.5 (but not the states of a disordered band);   mu, D_ion ~ exp(-(E_a/kB) (1/T - 1/T_0))

    Args:
        relative_permittivity: [1] static.
        conduction_band_ev: [eV] against vacuum, negative; the centre of a disordered band.
        valence_band_ev: [eV] against vacuum, below the conduction band.
        conduction_band_density: [1/m3] effective density of states; all states of a disordered band.
        valence_band_density: [1/m3] the same.
        electron_mobility: [m2/V/s].
        hole_mobility: [m2/V/s].
        radiative_coefficient: [m3/s] B.
        auger_electron_coefficient: [m6/s] C_n.
        auger_hole_coefficient: [m6/s] C_p.
        srh_electron_lifetime: [s] tau_n; None, together with tau_p, is no recombination through traps.
        srh_hole_lifetime: [s] tau_p.
        trap_level_ev: [eV] against vacuum; None is the intrinsic level.
        trap_density: [1/m3] N_t of traps whose occupation is followed, c_n = 1/(tau_n N_t); None: they hold nothing.
        trap_charge: "neutral", or "acceptor" (-1 with an electron, else 0), or "donor" (0 with an electron, else +1).
        donor_density: [1/m3] ionised.
        acceptor_density: [1/m3] ionised.
        ions: mobile species of the layer.
        ion_traps: law by which traps follow the ions; None: they do not.
        statistics: "boltzmann"; "blakemore": n = N/(exp(-eta) + 0.27) (blakemore1982); "fermi_dirac": N F_1/2(eta);
            "gauss_fermi": Gaussian disorder (paasch2010).
        disorder_ev: [eV] sigma of both bands, of "gauss_fermi" only.
        electron_disorder_ev: [eV] sigma of the conduction band, instead.
        hole_disorder_ev: [eV] sigma of the valence band, instead.
        reference_temperature: [K] T_0 at which the values hold; None: they hold at any temperature.
        electron_activation_ev: [eV] E_a of the electron mobility.
        hole_activation_ev: [eV] E_a of the hole mobility.
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
    trap_density: StateDensity | None = None
    trap_charge: Literal["neutral", "acceptor", "donor"] = "neutral"
    donor_density: SomeDensity = 0.0
    acceptor_density: SomeDensity = 0.0
    ions: tuple[MobileIon, ...] = ()
    ion_traps: IonTraps | None = None
    statistics: Statistics = "boltzmann"
    disorder_ev: Disorder | None = None
    electron_disorder_ev: Disorder | None = None
    hole_disorder_ev: Disorder | None = None
    reference_temperature: Temperature | None = None
    electron_activation_ev: ActivationEnergy | None = None
    hole_activation_ev: ActivationEnergy | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        low, high = self.valence_band_ev, self.conduction_band_ev
        if low >= high:
            raise InputError(
                f"valence_band_ev {low:g} eV is not below conduction_band_ev {high:g} eV: were they swapped?"
            )
        self._check_traps(low, high)
        self._check_disorder()
        self._check_activation()
        self._check_ions()
        return self

    def _check_traps(self, low: float, high: float) -> None:
        if (self.srh_electron_lifetime is None) != (self.srh_hole_lifetime is None):
            raise InputError("srh_electron_lifetime and srh_hole_lifetime: give both or none")
        for name in ("trap_level_ev", "trap_density", "ion_traps"):
            if getattr(self, name) is not None and self.srh_electron_lifetime is None:
                raise InputError(f"{name} needs srh_electron_lifetime and srh_hole_lifetime")
        if self.trap_level_ev is not None and not low <= self.trap_level_ev <= high:
            raise InputError(f"trap_level_ev {self.trap_level_ev:g} eV is outside the gap {low:g} .. {high:g} eV")
        if self.trap_charge != "neutral" and self.trap_density is None:
            raise InputError(f'trap_charge="{self.trap_charge}" needs trap_density')

    def _check_disorder(self) -> None:
        given = (self.disorder_ev, self.electron_disorder_ev, self.hole_disorder_ev)
        if self.statistics != "gauss_fermi":
            if any(one is not None for one in given):
                raise InputError(f'disorder_ev: statistics="{self.statistics}" has none, use statistics="gauss_fermi"')
        elif None in self.band_disorder_ev:
            raise InputError('statistics="gauss_fermi" needs disorder_ev, such as 0.1 eV')
        elif None not in given:
            raise InputError("disorder_ev, electron_disorder_ev and hole_disorder_ev: give one or two of them")

    def _check_activation(self) -> None:
        for name in ("electron_activation_ev", "hole_activation_ev"):
            if getattr(self, name) is not None and self.reference_temperature is None:
                raise InputError(f"{name} needs the reference_temperature at which the mobility holds")
        for ion in self.ions:
            if ion.activation_ev is not None and (ion.reference_temperature or self.reference_temperature) is None:
                raise InputError(
                    f'ion "{ion.name}": activation_ev needs a reference_temperature, of the ion or its semiconductor'
                )

    def _check_ions(self) -> None:
        if self.ion_traps is not None and not self.ions:
            raise InputError("ion_traps: the layer has no ions, leave it out or give ions")
        names = [ion.name for ion in self.ions]
        if len(set(names)) < len(names):
            raise InputError(f"ions: two of them have the same name ({', '.join(names)})")
        balanced = [ion for ion in self.ions if ion.kind == "single" and ion.counter_charge == "mobile"]
        net = sum(ion.charge * ion.mean_density for ion in balanced)
        if abs(net) > 1e-9 * sum(abs(ion.charge) * ion.mean_density for ion in balanced):
            raise InputError(
                f"ions without counter-charge: the mobile ones sum up to {net:.4g} charges/m3, "
                'make them balance or use counter_charge="uniform"'
            )
        fixed = self.acceptor_density - self.donor_density
        for ion in self.ions:
            if ion.counter_charge == "doping" and fixed * ion.charge <= 0:
                kind = "acceptor_density" if ion.charge > 0 else "donor_density"
                raise InputError(f'ion "{ion.name}": counter_charge="doping" needs an {kind} to balance its charge')

    @property
    def band_disorder_ev(self) -> tuple[float | None, float | None]:
        """[eV] sigma of the conduction and of the valence band; None without disorder."""
        electrons, holes = self.electron_disorder_ev, self.hole_disorder_ev
        return (
            self.disorder_ev if electrons is None else electrons,
            self.disorder_ev if holes is None else holes,
        )

    def at_temperature(self, temperature: float) -> Self:
        """The same layer with all values at a temperature, and nothing left to scale.

        Args:
            temperature: [K].
        """
        reference = self.reference_temperature
        ions = tuple(ion.at_temperature(temperature, reference) for ion in self.ions)
        if reference is None:
            return self if ions == self.ions else self.replace(ions=ions)
        states = 1.0 if self.statistics == "gauss_fermi" else (temperature / reference) ** 1.5
        electrons, holes = (
            1.0 if activation is None else arrhenius(activation, temperature, reference)
            for activation in (self.electron_activation_ev, self.hole_activation_ev)
        )
        changes: dict[str, Any] = {
            "conduction_band_density": self.conduction_band_density * states,
            "valence_band_density": self.valence_band_density * states,
            "electron_mobility": self.electron_mobility * electrons,
            "hole_mobility": self.hole_mobility * holes,
            "ions": ions,
        }
        unscaled = dict.fromkeys(("reference_temperature", "electron_activation_ev", "hole_activation_ev"))
        return self.replace(**changes, **unscaled)

    def intrinsic_level_ev(self, temperature: float) -> float:
        """Fermi level [eV] at which an undoped, non-degenerate layer has as many electrons as holes.

        E_i = (E_c + E_v)/2 + (k T/2) ln(N_v/N_c);  a disordered band holds exp(sigma^2/(2 (k T)^2)) times its N

        Args:
            temperature: [K] at which the values hold.
        """
        thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        ratio = math.log(self.valence_band_density / self.conduction_band_density)
        electrons, holes = (0.0 if sigma is None else (sigma / thermal) ** 2 / 2 for sigma in self.band_disorder_ev)
        return (self.conduction_band_ev + self.valence_band_ev + thermal * (ratio + holes - electrons)) / 2
