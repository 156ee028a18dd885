"""The numbers of a layer that carriers take, in the units of the forms: nm, 1e24/m3, V, s."""

from functools import cache
from typing import Any

import numpy as np

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.materials import Semiconductor
from femled.physics.electrostatics import DENSITY
from femled.physics.statistics import CROWDING, occupation

_AREA = 1e18
"""[nm2/m2]"""


def material_data(semiconductor: Semiconductor, temperature: float) -> dict[str, float]:
    """The numbers of a layer in the units of the forms (nm, 1e24/m3, V, s).

    Args:
        semiconductor: of the layer.
        temperature: [K].
    """
    s, vt = semiconductor, BOLTZMANN * temperature / ELEMENTARY_CHARGE
    gamma = CROWDING[s.statistics]
    nc, nv = s.conduction_band_density / DENSITY, s.valence_band_density / DENSITY
    trap = s.intrinsic_level_ev(temperature) if s.trap_level_ev is None else s.trap_level_ev
    return {
        "thermal_voltage": vt,
        "permittivity": s.relative_permittivity,
        "conduction_band": s.conduction_band_ev,
        "valence_band": s.valence_band_ev,
        "conduction_states": nc,
        "valence_states": nv,
        "crowding": gamma,
        "gap": float(np.exp((s.valence_band_ev - s.conduction_band_ev) / vt)),
        "doping": (s.donor_density - s.acceptor_density) / DENSITY,
        "electron_mobility": s.electron_mobility * _AREA,
        "hole_mobility": s.hole_mobility * _AREA,
        "radiative": s.radiative_coefficient * DENSITY,
        "auger_electron": s.auger_electron_coefficient * DENSITY**2,
        "auger_hole": s.auger_hole_coefficient * DENSITY**2,
        "traps": 0.0 if s.srh_electron_lifetime is None else 1.0,
        "electron_lifetime": s.srh_electron_lifetime or 1.0,
        "hole_lifetime": s.srh_hole_lifetime or 1.0,
        "trap_electrons": nc * float(occupation(np.exp((trap - s.conduction_band_ev) / vt), gamma)),
        "trap_holes": nv * float(occupation(np.exp((s.valence_band_ev - trap) / vt), gamma)),
    }


def equilibrium_densities(data: dict[str, float], potential: Any) -> tuple[Any, Any]:
    """Electrons and holes [1e24/m3] at a potential [V] for Fermi levels at zero.

    Args:
        data: from `material_data`.
        potential: any shape, [V].
    """
    vt = data["thermal_voltage"]
    electrons = np.exp(np.clip((potential - data["conduction_band"]) / vt, -690, 690))
    holes = np.exp(np.clip((data["valence_band"] - potential) / vt, -690, 690))
    gamma = data["crowding"]
    return (
        data["conduction_states"] * occupation(electrons, gamma),
        data["valence_states"] * occupation(holes, gamma),
    )


def neutral_potential(data: dict[str, float]) -> float:
    """[V] at which a layer in equilibrium is neutral, minorities included: p - n + N_D - N_A = 0.

    Also its work function as a level against vacuum [eV].
    """
    vt = data["thermal_voltage"]
    low, high = data["valence_band"] - 60 * vt, data["conduction_band"] + 60 * vt
    for _ in range(200):
        middle = (low + high) / 2
        n, p = equilibrium_densities(data, middle)
        low, high = (middle, high) if p - n + data["doping"] > 0 else (low, middle)
    return (low + high) / 2


@cache
def material_names() -> tuple[str, ...]:
    """Names of the numbers of a layer, in the order of `material_data`."""
    plain = Semiconductor(
        relative_permittivity=1.0,
        conduction_band_ev=-4.0,
        valence_band_ev=-5.0,
        conduction_band_density=1e24,
        valence_band_density=1e24,
        electron_mobility=1e-4,
        hole_mobility=1e-4,
    )
    return tuple(material_data(plain, 300.0))
