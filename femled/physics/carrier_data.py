"""The numbers of a layer that carriers take, in the units of the forms: nm, 1e24/m3, V, s."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.materials import Semiconductor
from femled.physics.electrostatics import DENSITY
from femled.physics.elementary import where_below
from femled.physics.statistics import FAMILIES, Band, activity, band_numbers, filling, filling_degeneracy
from femled.physics.traps import EMPTY_CHARGE, FILLED_CHARGE

CARRIERS = ("electron", "hole")

BAND = ("family", "crowding", "width", "stretch", "tail")
"""Numbers of a band."""

_AREA = 1e18
"""[nm2/m2]"""


def material_data(semiconductor: Semiconductor, temperature: Any) -> dict[str, Any]:
    """The numbers of a layer in the units of the forms (nm, 1e24/m3, V, s), by its laws at a temperature.

    Args:
        semiconductor: of the layer.
        temperature: any shape, [K].

    Returns:
        numbers, or arrays of the shape of the temperature for those that follow it.
    """
    s, at, vt = semiconductor, semiconductor.values_at(temperature), BOLTZMANN * temperature / ELEMENTARY_CHARGE
    nc, nv = at["conduction_band_density"] / DENSITY, at["valence_band_density"] / DENSITY
    high, low = at["conduction_band_ev"], at["valence_band_ev"]
    bands = {
        f"{carrier}_{name}": value
        for carrier, disorder in zip(CARRIERS, s.band_disorder_ev, strict=True)
        for name, value in band_numbers(s.statistics, disorder, vt).items()
    }
    trapping = s.srh_electron_lifetime is not None
    trap = s.intrinsic_level_ev(temperature) if s.trap_level_ev is None else at["trap_level_ev"]
    return {
        "thermal_voltage": vt,
        "permittivity": s.relative_permittivity,
        "conduction_band": high,
        "valence_band": low,
        "conduction_states": nc,
        "valence_states": nv,
        **bands,
        "gap": np.exp((low - high) / vt),
        "doping": (s.donor_density - s.acceptor_density) / DENSITY,
        "electron_mobility": at["electron_mobility"] * _AREA,
        "hole_mobility": at["hole_mobility"] * _AREA,
        "radiative": at["radiative_coefficient"] * DENSITY,
        "auger_electron": at["auger_electron_coefficient"] * DENSITY**2,
        "auger_hole": at["auger_hole_coefficient"] * DENSITY**2,
        "traps": 1.0 if trapping else 0.0,
        "electron_lifetime": at["srh_electron_lifetime"] if trapping else 1.0,
        "hole_lifetime": at["srh_hole_lifetime"] if trapping else 1.0,
        "trap_electrons": nc * np.exp(np.maximum((trap - high) / vt, -690.0)),
        "trap_holes": nv * np.exp(np.maximum((low - trap) / vt, -690.0)),
        "trap_density": 1.0 if s.trap_density is None else s.trap_density / DENSITY,
        "trap_holds": 0.0 if s.trap_density is None else 1.0,
        "empty_charge": EMPTY_CHARGE[s.trap_charge],
        "filled_charge": FILLED_CHARGE[s.trap_charge],
    }


def band_of(data: Mapping[str, Any], carrier: str) -> Band:
    """The numbers of a band, for the laws of `femled.physics.statistics`.

    Args:
        data: from `material_data`, or symbols by the same names.
        carrier: "electron" or "hole".
    """
    return {name: data[f"{carrier}_{name}"] for name in BAND}


def equilibrium_densities(data: dict[str, float], potential: Any) -> tuple[Any, Any]:
    """Electrons and holes [1e24/m3] at a potential [V] for Fermi levels at zero.

    Args:
        data: from `material_data`.
        potential: any shape, [V].
    """
    return electron_density(data, potential), hole_density(data, potential)


def electron_density(data: dict[str, float], level: Any) -> Any:
    """[1e24/m3] for phi + E_Fn [V], any shape."""
    eta, band, family = _band_at(data, "electron", level)
    return data["conduction_states"] * filling(eta, band, family)


def hole_density(data: dict[str, float], level: Any) -> Any:
    """[1e24/m3] for phi + E_Fp [V], any shape."""
    eta, band, family = _band_at(data, "hole", level)
    return data["valence_states"] * filling(eta, band, family)


def density_slopes(data: dict[str, float], electrons: Any, holes: Any) -> tuple[Any, Any]:
    """Dn/d eta and dp/d eta, [1e24/m3], for phi + E_Fn and phi + E_Fp [V]."""
    slopes = []
    for carrier, level, density in (("electron", electrons, electron_density), ("hole", holes, hole_density)):
        eta, band, family = _band_at(data, carrier, level)
        slopes.append(density(data, level) / filling_degeneracy(eta, band, family))
    return slopes[0], slopes[1]


def activities(data: dict[str, float], electrons: Any, holes: Any) -> tuple[Any, Any]:
    """N/(N_c e^eta) and the same of holes, for phi + E_Fn and phi + E_Fp [V]."""
    found = [activity(*_band_at(data, carrier, level)) for carrier, level in (("electron", electrons), ("hole", holes))]
    return found[0], found[1]


def _band_at(data: dict[str, float], carrier: str, level: Any) -> tuple[Any, Band, tuple[str, ...]]:
    edge = level - data["conduction_band"] if carrier == "electron" else data["valence_band"] - level
    raw = edge / data["thermal_voltage"]
    eta = min(max(float(raw), -690.0), 690.0) if isinstance(raw, float) else np.minimum(np.maximum(raw, -690), 690)
    return eta, band_of(data, carrier), (list(FAMILIES)[int(data[f"{carrier}_family"])],)


def neutral_potential(data: dict[str, Any]) -> Any:
    """[V] at which a layer in equilibrium is neutral, minorities included: p - n + N_D - N_A = 0.

    Also its work function as a level against vacuum [eV]; of the shape of the temperature that the data hold at.
    """
    vt = data["thermal_voltage"]
    low, high = data["valence_band"] - 60 * vt, data["conduction_band"] + 60 * vt
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        n, p = equilibrium_densities(data, middle)
        excess = p - n + data["doping"]
        low, high = where_below(0.0, excess, middle, low), where_below(0.0, excess, high, middle)
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
