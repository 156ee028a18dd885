"""What several test files need: materials and pixels made to measure, sections meshed by hand."""

import pytest

from femled.device import Layer, Pixel, Plate
from femled.materials import Density, HeatCapacity, Material, ThermalConductivity

_CHOSEN = {"source": "choice", "status": "assumed"}


def _law(kind, unit, value):
    """A constant from a number, a power law (value at 300 K, exponent) from a pair."""
    if isinstance(value, tuple):
        at, exponent = value
        return kind(law="power", value=f"{at!r} {unit}", reference_temperature="300 K", exponent=exponent, **_CHOSEN)
    return kind(value=f"{value!r} {unit}", **_CHOSEN)


def _solid(name, *, axial, radial=None, density=1000.0, heat_capacity=1000.0):
    """A material from plain SI numbers; a pair (value at 300 K, exponent) is a power law."""
    if radial is None:
        conductivity = {"thermal_conductivity": _law(ThermalConductivity, "W/m/K", axial)}
    else:
        conductivity = {
            "axial_thermal_conductivity": _law(ThermalConductivity, "W/m/K", axial),
            "radial_thermal_conductivity": _law(ThermalConductivity, "W/m/K", radial),
        }
    return Material(
        name=name,
        title=name,
        family="oxide",
        **conductivity,
        density=_law(Density, "kg/m3", density),
        heat_capacity=_law(HeatCapacity, "J/kg/K", heat_capacity),
    )


@pytest.fixture(scope="session")
def solid():
    """Maker of materials: solid(name, axial=, radial=, density=, heat_capacity=)."""
    return _solid


@pytest.fixture(scope="session")
def heated_substrate():
    """Maker of pixels that are a substrate under three films of which the middle one is heated.

    The films conduct across without resistance, not along, and hold no heat unless they are told otherwise: the heat
    enters the surface of the substrate.
    """
    nothing = _solid("nothing", axial=1e4, radial=1e-6, density=1.0, heat_capacity=1.0)

    def made(substrate, *, thickness=1.1e-3, film=nothing, film_thickness=2e-8, **fields):
        layers = (
            Layer(name="below", thickness=2e-8, material=nothing),
            Layer(name="film", thickness=film_thickness, material=film),
            Layer(name="above", thickness=2e-8, material=nothing),
        )
        return Pixel(
            name="heated_substrate",
            substrate=Plate(material=substrate, thickness=thickness),
            layers=layers,
            emitter="film",
            anode="below",
            cathode="above",
            **({"diameter": 200e-6} | fields),
        )

    return made
