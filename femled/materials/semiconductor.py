"""What a layer is to carriers and mobile ions: levels, densities of states, mobilities, lifetimes, doping, ions."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials.activation import arrhenius, power_law
from femled.materials.ion_rates import IonRates
from femled.materials.ion_traps import IonTraps
from femled.materials.mobile_ion import ActivationEnergy, MobileIon

Level = Annotated[float, Quantity("eV", -15.0, 0.0)]
StateDensity = Annotated[float, Quantity("1/m3", 1e15, 1e30)]
SomeDensity = Annotated[float, Quantity("1/m3", 0.0, 1e30)]
Mobility = Annotated[float, Quantity("m2/V/s", 1e-40, 1e3)]
Lifetime = Annotated[float, Quantity("s", 1e-18, 1e6)]
Disorder = Annotated[float, Quantity("eV", 1e-3, 0.5)]
Exponent = Annotated[float, Quantity("1", -10.0, 10.0)]
GapSlope = Annotated[float, Quantity("eV/K", -0.01, 0.01)]

Statistics = Literal["boltzmann", "blakemore", "fermi_dirac", "gauss_fermi"]

AUGER = ("auger_electron_coefficient", "auger_hole_coefficient")

SCALED = (
    "conduction_band_ev",
    "valence_band_ev",
    "conduction_band_density",
    "valence_band_density",
    "electron_mobility",
    "hole_mobility",
    "radiative_coefficient",
    *AUGER,
)
"""Numbers that every layer has and that the temperature can change."""

LAWS = (
    "electron_activation_ev",
    "hole_activation_ev",
    "mobility_exponent",
    "state_density_exponent",
    "radiative_exponent",
    "auger_exponent",
    "auger_activation_ev",
    "srh_activation_ev",
    "gap_slope_ev_per_k",
)
"""What a law of the temperature is stated by; each needs a reference temperature."""


class Semiconductor(FrozenModel):
    """A layer as carriers see it.

    R = (B + C_n n + C_p p + 1/(tau_p (n + n1) + tau_n (p + p1))) (n p - n_i^2)

    Values hold at the temperature of the column. With a reference temperature T_0 these scale, each if its law is
    given, and nothing else:

    N_c, N_v ~ (T/T_0)^1.5 (but not the states of a disordered band);   B ~ (T/T_0)^x
    mu ~ (T/T_0)^m a(E_a),   D_ion ~ a(E_a) = exp(-(E_a/kB) (1/T - 1/T_0));   1/tau, k of ion traps ~ a(E_srh)
    C_n, C_p ~ (T/T_0)^y a(E_auger);   E_c, E_v move apart by (dE_g/dT) (T - T_0)/2 each, a trap keeps its share of E_g

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
        ion_rates: what a strong pump meets, and how it follows the ions (`bias_threshold`); currents do not know it.
        statistics: "boltzmann"; "blakemore": n = N/(exp(-eta) + 0.27) (blakemore1982); "fermi_dirac": N F_1/2(eta);
            "gauss_fermi": Gaussian disorder (paasch2010).
        disorder_ev: [eV] sigma of both bands, of "gauss_fermi" only.
        electron_disorder_ev: [eV] sigma of the conduction band, instead.
        hole_disorder_ev: [eV] sigma of the valence band, instead.
        reference_temperature: [K] T_0 at which the values hold; None: they hold at any temperature.
        electron_activation_ev: [eV] E_a of the electron mobility.
        hole_activation_ev: [eV] E_a of the hole mobility.
        mobility_exponent: [1] m of both mobilities, such as -1.5 of carriers that phonons scatter; None is none.
        state_density_exponent: [1] of N_c and N_v; None is 1.5, of a disordered band 0; molecules have 0.
        radiative_exponent: [1] x of B, such as -1.5; None is none, as of all that follow.
        auger_exponent: [1] y of C_n and C_p.
        auger_activation_ev: [eV] E_auger of C_n and C_p.
        srh_activation_ev: [eV] E_srh of capture by traps: lifetimes shorten as a layer warms.
        gap_slope_ev_per_k: [eV/K] dE_g/dT, half of it in each edge; positive in lead halide perovskites.
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
    ion_rates: IonRates | None = None
    statistics: Statistics = "boltzmann"
    disorder_ev: Disorder | None = None
    electron_disorder_ev: Disorder | None = None
    hole_disorder_ev: Disorder | None = None
    reference_temperature: Temperature | None = None
    electron_activation_ev: ActivationEnergy | None = None
    hole_activation_ev: ActivationEnergy | None = None
    mobility_exponent: Exponent | None = None
    state_density_exponent: Exponent | None = None
    radiative_exponent: Exponent | None = None
    auger_exponent: Exponent | None = None
    auger_activation_ev: ActivationEnergy | None = None
    srh_activation_ev: ActivationEnergy | None = None
    gap_slope_ev_per_k: GapSlope | None = None

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
        for name in LAWS:
            if getattr(self, name) is not None and self.reference_temperature is None:
                raise InputError(f"{name} needs the reference_temperature at which the value holds")
        if self.srh_activation_ev is not None and self.srh_electron_lifetime is None:
            raise InputError("srh_activation_ev needs srh_electron_lifetime and srh_hole_lifetime")
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

    def values_at(self, temperature: Any) -> dict[str, Any]:
        """What the temperature can change, by the names of the fields; what has no law is as it was given.

        Args:
            temperature: any shape, [K].

        Returns:
            numbers, or arrays of the shape of the temperature; None of what the layer does not have.
        """
        names = (*SCALED, "srh_electron_lifetime", "srh_hole_lifetime", "trap_level_ev")
        values = {name: getattr(self, name) for name in names}
        reference = self.reference_temperature
        if reference is None:
            return values
        disordered = self.statistics == "gauss_fermi"
        usual = (0.0 if disordered else 1.5) if self.state_density_exponent is None else self.state_density_exponent
        auger = power_law(self.auger_exponent, temperature, reference)
        capture = arrhenius(self.srh_activation_ev, temperature, reference)
        scattered = power_law(self.mobility_exponent, temperature, reference)
        factors = {
            "conduction_band_density": power_law(usual, temperature, reference),
            "valence_band_density": power_law(usual, temperature, reference),
            "electron_mobility": scattered * arrhenius(self.electron_activation_ev, temperature, reference),
            "hole_mobility": scattered * arrhenius(self.hole_activation_ev, temperature, reference),
            "radiative_coefficient": power_law(self.radiative_exponent, temperature, reference),
            **dict.fromkeys(AUGER, auger * arrhenius(self.auger_activation_ev, temperature, reference)),
        }
        values |= {name: values[name] * factor for name, factor in factors.items()}
        if self.srh_electron_lifetime is not None:
            values |= {name: values[name] / capture for name in ("srh_electron_lifetime", "srh_hole_lifetime")}
        if self.gap_slope_ev_per_k is not None:
            values |= self._edges(self.gap_slope_ev_per_k * (temperature - reference))
        return values

    def _edges(self, widening: Any) -> dict[str, Any]:
        """Band edges and traps of a gap that is wider by so much [eV]."""
        low, high, trap = self.valence_band_ev, self.conduction_band_ev, self.trap_level_ev
        share = 0.5 if trap is None else (trap - low) / (high - low)
        return {
            "conduction_band_ev": high + widening / 2,
            "valence_band_ev": low - widening / 2,
            "trap_level_ev": None if trap is None else trap + (share - 0.5) * widening,
        }

    def at_temperature(self, temperature: float) -> Self:
        """The same layer with all values at a temperature, and nothing left to scale.

        Args:
            temperature: [K].

        Raises:
            InputError: a value that leaves its range there.
        """
        reference = self.reference_temperature
        ions = tuple(ion.at_temperature(temperature, reference) for ion in self.ions)
        if reference is None:
            return self if ions == self.ions else self.replace(ions=ions)
        changes = self.values_at(temperature) | {"ions": ions}
        if self.ion_traps is not None:
            capture = arrhenius(self.srh_activation_ev, temperature, reference)
            rate = self.ion_traps.capture_coefficient * capture
            changes["ion_traps"] = self.ion_traps.replace(capture_coefficient=rate)
        return self.replace(**changes, **dict.fromkeys(("reference_temperature", *LAWS)))

    def intrinsic_level_ev(self, temperature: Any) -> Any:
        """Fermi level [eV] at which an undoped, non-degenerate layer has as many electrons as holes.

        E_i = (E_c + E_v)/2 + (k T/2) ln(N_v/N_c);  a disordered band holds exp(sigma^2/(2 (k T)^2)) times its N

        Args:
            temperature: any shape, [K].
        """
        thermal, at = BOLTZMANN * temperature / ELEMENTARY_CHARGE, self.values_at(temperature)
        ratio = np.log(at["valence_band_density"] / at["conduction_band_density"])
        electrons, holes = (0.0 if sigma is None else (sigma / thermal) ** 2 / 2 for sigma in self.band_disorder_ev)
        return (at["conduction_band_ev"] + at["valence_band_ev"] + thermal * (ratio + holes - electrons)) / 2
