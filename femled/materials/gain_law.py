"""What light amplification by free carriers in a material depends on: masses, gap, width of the edge, recombination."""

import math
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials.semiconductor import GapSlope
from femled.materials.stated import StatedTable

Array = NDArray[np.float64]

Mass = Annotated[float, Quantity("1", 1e-3, 100.0)]
Energy = Annotated[float, Quantity("eV", 0.0, 1.0)]
Auger = Annotated[float, Quantity("m6/s", 0.0, 1e-35)]
EdgeShape = Literal["gaussian", "urbach"]

_BOLTZMANN_EV = BOLTZMANN / ELEMENTARY_CHARGE


class GainLaw(FrozenModel):
    """A direct gap between two parabolic bands, whose absorption edge is smoothed, and how its carriers recombine.

    E_g(T, n) = E_g0 + (dE_g/dT) (T - T_0) - K n^(1/3)
    sigma(T)^2 = sigma_0^2 + sigma_LO^2/(exp(E_LO/kT) - 1)
    C(T) = C_cold (T/T_cold)^y with C(T_warm) = C_warm

    The strength of absorption is not stated: detailed balance takes it from the radiative coefficient at one
    temperature and density.

    Args:
        electron_mass: [1] of the density of states, in masses of the free electron.
        hole_mass: [1] the same.
        gap_ev: [eV] E_g0 at few carriers.
        gap_temperature: [K] T_0.
        gap_slope_ev_per_k: [eV/K] positive where the gap opens on warming.
        gap_narrowing_ev_m: [eV m] K; it moves spectra, and rates only through the density of optical modes.
        edge_width_ev: [eV] sigma_0, standard deviation of the Gaussian that smooths the edge, by disorder; of an
            "urbach" edge the Urbach energy at low temperature.
        phonon_width_ev: [eV] sigma_LO.
        phonon_energy_ev: [eV] E_LO.
        edge: what smooths the edge: "gaussian", or "urbach", exp(-|x|/sigma)/(2 sigma), whose tail below the gap is
            exponential; sigma(T) is then the Urbach energy, which has to be less than kT.
        radiative_coefficient: [m3/s] B = R_sp/n^2 at the next two.
        radiative_temperature: [K] of carriers and lattice.
        radiative_density: [1/m3] of electrons and of holes.
        refractive_index: [1] at the photon energies that are emitted.
        monomolecular_rate: [1/s] A.
        cold_auger_coefficient: [m6/s] C of R = C n^3.
        cold_temperature: [K] at which it holds.
        warm_auger_coefficient: [m6/s] C at a higher temperature; between and beyond, a power law.
        warm_temperature: [K] at which it holds.
        cooling_time: [s] tau_c by which carriers lose their excess energy; 0 keeps them at the lattice temperature.
    """

    electron_mass: Mass
    hole_mass: Mass
    gap_ev: Annotated[float, Quantity("eV", 0.2, 6.0)]
    gap_temperature: Temperature
    gap_slope_ev_per_k: GapSlope = 0.0
    gap_narrowing_ev_m: Annotated[float, Quantity("eV*m", 0.0, 1e-8)] = 0.0
    edge_width_ev: Energy
    phonon_width_ev: Energy = 0.0
    phonon_energy_ev: Annotated[float, Quantity("eV", 1e-4, 0.5)] = 0.0115
    edge: EdgeShape = "gaussian"
    radiative_coefficient: Annotated[float, Quantity("m3/s", 1e-22, 1e-10)]
    radiative_temperature: Temperature
    radiative_density: Annotated[float, Quantity("1/m3", 1e18, 1e27)]
    refractive_index: Annotated[float, Quantity("1", 1.0, 10.0)]
    monomolecular_rate: Annotated[float, Quantity("1/s", 0.0, 1e13)]
    cold_auger_coefficient: Auger
    cold_temperature: Temperature
    warm_auger_coefficient: Auger
    warm_temperature: Temperature
    cooling_time: Annotated[float, Quantity("s", 0.0, 1e-9)] = 0.0

    @model_validator(mode="after")
    def _two_points_of_a_power_law(self) -> Self:
        if self.warm_temperature <= self.cold_temperature:
            raise InputError(
                f"warm_temperature {self.warm_temperature:g} K is not above cold_temperature {self.cold_temperature:g} "
                "K: are they exchanged?"
            )
        if (self.warm_auger_coefficient == 0) != (self.cold_auger_coefficient == 0):
            raise InputError(
                "one of cold_ and warm_auger_coefficient is 0 m6/s: no power law joins them, set both to 0"
            )
        return self

    @property
    def reduced_mass(self) -> float:
        """[1] m_e m_h/(m_e + m_h), in masses of the free electron."""
        return self.electron_mass * self.hole_mass / (self.electron_mass + self.hole_mass)

    @property
    def auger_exponent(self) -> float:
        """[1] y = ln(C_warm/C_cold)/ln(T_warm/T_cold)."""
        if self.cold_auger_coefficient == 0:
            return 0.0
        ratio = self.warm_auger_coefficient / self.cold_auger_coefficient
        return math.log(ratio) / math.log(self.warm_temperature / self.cold_temperature)

    def gap(self, temperature: ArrayLike, density: ArrayLike) -> Array:
        """[eV] E_g at lattice temperatures [K] and carrier densities [1/m3] of shapes that broadcast."""
        warmed = self.gap_slope_ev_per_k * (np.asarray(temperature, float) - self.gap_temperature)
        if self.gap_narrowing_ev_m == 0 and warmed.shape == np.shape(density):
            return np.asarray(self.gap_ev + warmed)
        return np.asarray(self.gap_ev + warmed - self.gap_narrowing_ev_m * np.cbrt(density))

    def edge_width(self, temperature: ArrayLike) -> Array:
        """[eV] sigma, or the Urbach energy, at lattice temperatures [K] of any shape."""
        phonons = 1 / np.expm1(self.phonon_energy_ev / (_BOLTZMANN_EV * np.asarray(temperature, float)))
        return np.asarray(np.sqrt(self.edge_width_ev**2 + self.phonon_width_ev**2 * phonons))

    def auger_coefficient(self, temperature: ArrayLike) -> Array:
        """[m6/s] C at lattice temperatures [K] of any shape."""
        ratio = np.asarray(temperature, float) / self.cold_temperature
        return np.asarray(self.cold_auger_coefficient * ratio**self.auger_exponent)


class GainData(StatedTable):
    """What a card says of light amplification in its material, by the names of `GainLaw`, each with its source."""

    described = GainLaw
    noun = "value of a gain"

    @property
    def law(self) -> GainLaw:
        """The numbers alone, checked."""
        return GainLaw.from_mapping(self.plain(), "gain")
