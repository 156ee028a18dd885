"""Thermal properties of many materials at once are those of each material, wherever the temperature has been before."""

import numpy as np
import pytest

from femled.errors import InputError
from femled.materials import Material
from femled.materials.property import Density, HeatCapacity, ThermalConductivity
from femled.physics.thermal_pieces import ThermalPieces

TABLE = {"law": "table", "source": "this work", "status": "assumed"}
POWER = {"law": "power", "reference_temperature": "300 K", "source": "this work", "status": "assumed"}
ONE = {"source": "this work", "status": "assumed"}


def _material(name, capacity, radial, axial):
    return Material(
        name=name,
        title=name,
        family="oxide",
        density=Density(value="2 g/cm3", **ONE),
        heat_capacity=HeatCapacity(**capacity),
        radial_thermal_conductivity=ThermalConductivity(**radial),
        axial_thermal_conductivity=ThermalConductivity(**axial),
    )


KNOTS = {"temperature": ("100 K", "250 K", "400 K")}
MATERIALS = [
    _material(
        "tabulated",
        {"value": ("300 J/kg/K", "700 J/kg/K", "760 J/kg/K"), **KNOTS, **TABLE},
        {"value": ("9 W/m/K", "3 W/m/K", "2 W/m/K"), "temperature": ("90 K", "291 K", "500 K"), **TABLE},
        {"value": "2 W/m/K", **ONE},
    ),
    _material(
        "inverse",
        {"value": "500 J/kg/K", "exponent": -1.0, **POWER},
        {"value": "1.5 W/m/K", "exponent": -1.3, **POWER},
        {"value": "1.4 W/m/K", "exponent": 0.5, **POWER},
    ),
    _material("plain", {"value": "800 J/kg/K", **ONE}, {"value": "1 W/m/K", **ONE}, {"value": "1 W/m/K", **ONE}),
]


@pytest.mark.parametrize("reference", [77.0, 250.0, 291.0])
def test_every_point_has_the_values_of_its_material_whatever_it_had_before(reference):
    """y(T) and rho (Y(T) - Y(T_0)) of `Property`, at one field after another across every knot; 1e-13 is round-off."""
    draw = np.random.default_rng(1)
    owner = draw.integers(0, len(MATERIALS), 400)
    pieces = ThermalPieces(MATERIALS, owner, reference)
    for _ in range(6):
        temperature = draw.uniform(20.0, 700.0, 400)
        found = pieces.at(temperature)
        for number, material in enumerate(MATERIALS):
            mine = owner == number
            warm = temperature[mine]
            capacity = material.heat_capacity
            wanted = 2000.0 * (capacity.integral(warm) - capacity.integral(reference))
            assert found.heat_capacity[mine] == pytest.approx(2000.0 * capacity.at(warm), rel=1e-13)
            assert found.enthalpy[mine] == pytest.approx(wanted, rel=1e-13, abs=1e-13 * 2000.0 * 700.0 * 700.0)
            assert found.radial_conductivity[mine] == pytest.approx(material.radial_conductivity.at(warm), rel=1e-13)
            assert found.axial_conductivity[mine] == pytest.approx(material.axial_conductivity.at(warm), rel=1e-13)


def test_the_enthalpy_of_a_small_rise_keeps_its_digits():
    """H = rho c_p(T_0) dT (1 + O(dT/T_0)): at 1e-9 K above 291 K only the rounding of T itself, 6e-5 of it, is left."""
    pieces = ThermalPieces(MATERIALS, np.arange(len(MATERIALS)), 291.0)
    temperature = np.full(len(MATERIALS), 291.0) + 1e-9
    rise = temperature - 291.0
    wanted = [2000.0 * float(one.heat_capacity.at(291.0)) for one in MATERIALS]
    assert pieces.at(temperature).enthalpy / rise == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("cold", [0.5, -3.0, np.nan])
def test_a_temperature_below_one_kelvin_is_refused(cold):
    """No law holds there; a point that was warm before is refused as well."""
    pieces = ThermalPieces(MATERIALS, np.arange(len(MATERIALS)), 291.0)
    pieces.at(np.full(len(MATERIALS), 300.0))
    with pytest.raises(InputError, match="1 K"):
        pieces.at(np.array([300.0, cold, 300.0]))
