"""What the oracle of carriers and ions solves: layers, contacts and the numbers of bulk semiconductors; SI and eV."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

Q = 1.602176634e-19  # [C]
BOLTZMANN = 1.380649e-23  # [J/K]
EPSILON_0 = 8.8541878128e-12  # [F/m]


@dataclass(frozen=True)
class Ion:
    """One mobile species; an immobile counter-charge of equal mean density is spread evenly over its layer."""

    charge: int
    mean_density: float  # [1/m3]
    diffusivity: float  # [m2/s]
    site_density: float | None = None  # [1/m3], None: no limit
    name: str = "ion"


@dataclass(frozen=True)
class Semiconductor:
    """Bulk values; band edges and the trap level against vacuum [eV], lifetimes None: no SRH."""

    relative_permittivity: float
    conduction_band_ev: float = -4.0
    valence_band_ev: float = -5.0
    conduction_band_density: float = 1e24  # [1/m3]
    valence_band_density: float = 1e24
    electron_mobility: float = 1e-4  # [m2/V/s]
    hole_mobility: float = 1e-4
    srh_electron_lifetime: float | None = None  # [s]
    srh_hole_lifetime: float | None = None
    trap_level_ev: float | None = None
    radiative_coefficient: float = 0.0  # [m3/s]
    auger_electron_coefficient: float = 0.0  # [m6/s]
    auger_hole_coefficient: float = 0.0
    donor_density: float = 0.0  # [1/m3]
    acceptor_density: float = 0.0
    statistics: str = "boltzmann"
    ions: tuple[Ion, ...] = ()


@dataclass(frozen=True)
class Layer:
    """A homogeneous layer; thickness [m]."""

    name: str
    thickness: float
    material: Semiconductor


@dataclass(frozen=True)
class Contact:
    """A work function [eV] (both densities fixed), "neutral", or "blocking" (potential only)."""

    kind: str = "work function"
    work_function_ev: float | None = None


@dataclass(frozen=True)
class Column:
    """Layers from the anode to the cathode; temperature [K]."""

    layers: tuple[Layer, ...]
    anode: Contact
    cathode: Contact
    temperature: float = 300.0

    @property
    def thermal_voltage(self) -> float:
        """kT/q [V]."""
        return BOLTZMANN * self.temperature / Q


def neutral_level(material: Semiconductor, thermal_voltage: float) -> float:
    """Work function [eV] at which n - p = N_D - N_A in equilibrium."""
    m = material
    blakemore = 0.27 * (m.statistics == "blakemore")

    def charge(level: float) -> float:
        n = m.conduction_band_density / (np.exp((m.conduction_band_ev - level) / thermal_voltage) + blakemore)
        p = m.valence_band_density / (np.exp((level - m.valence_band_ev) / thermal_voltage) + blakemore)
        return float(p - n + m.donor_density - m.acceptor_density)

    return float(brentq(charge, m.valence_band_ev - 0.5, m.conduction_band_ev + 0.5, xtol=1e-15, rtol=1e-15))
