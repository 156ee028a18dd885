"""Columns of the published pixels against thermal quadrupoles: every layer, every contact, every convective face.

On the fine mesh with rtol = 2e-5 mesh and steps err by 5e-5 each at most, so 1e-4 guards the physics. (With the
defaults the same columns are within 6e-4, and the whole pixels of test_heat_reference.py within 1e-3.)
"""

from itertools import pairwise
from math import inf

import numpy as np
import pytest
from oracles.thermal_stack import Slab, Stack, pulse_rise

from femled import Face, heat_pulse, heat_steady, load_pixel

KW_CM2 = 1e7
TIMES = [0.1e-6, 0.2e-6, 0.5e-6, 1e-6, 2e-6, 2.1e-6, 2.5e-6, 4e-6, 10e-6, 22e-6]
CONTACTS = {
    "kim2018": "ito/poly_tpd=2e-8 m2*K/W, poly_tpd/mapbi3=3e-8 m2*K/W, tpbi/lif=8e-8 m2*K/W, lif/al=5e-8 m2*K/W",
    "elkhouly2024": "substrate/ito_bottom=2e-8 m2*K/W, ito_bottom/perovskite=4e-8 m2*K/W, pcbm/znmgo=8e-8 m2*K/W",
    "li2023": "substrate/ito_bottom=8e-8 m2*K/W, zno/cspbbr3=2e-8 m2*K/W, al2o3/ito_top=5e-8 m2*K/W",
}
PIXELS = {
    "kim2018": {},
    "elkhouly2024": {},
    "elkhouly2024 at 77 K": {"ambient_temperature": 77.0},
    "li2023": {},
}


def published(name):
    return load_pixel(name.split()[0]).replace(**PIXELS[name])


def coefficient(face):
    return {"fixed": inf, "adiabatic": 0.0, "convection": face.coefficient}[face.kind]


def stack_of(pixel):
    """The oracle's stack from the device description alone: layers, contacts between them, faces."""
    contacts = {lower: value for lower, _, value in pixel.contact_resistance.pairs}
    T = pixel.ambient_temperature
    layers, heated = [], 0
    for position, (name, part) in enumerate(pixel.stack()):
        material = part.material
        heated = position if name == pixel.emitter else heated
        layers.append(
            Slab(
                part.thickness,
                float(material.axial_conductivity.at(T)),
                float(material.density.at(T)),
                float(material.heat_capacity.at(T)),
                contacts.get(name, 0.0),
            )
        )
    return Stack(layers, heated, coefficient(pixel.base), coefficient(pixel.outer))


def rises(pixel, *, width=2e-6, times=TIMES):
    run = heat_pulse(
        pixel,
        power_density=KW_CM2,
        width=width,
        until=times[-1],
        at=times,
        linear=True,
        laterally_uniform=True,
        resolution="fine",
        rtol=2e-5,
    )
    return run.data["emitter_temperature_rise"].values


def expected(pixel, *, width=2e-6, times=TIMES):
    return pulse_rise(stack_of(pixel), power_density=KW_CM2, width=width, times=times, digits=14)


@pytest.mark.parametrize("name", PIXELS)
def test_column_follows_the_quadrupoles_in_and_after_a_pulse(name):
    """Ten times from 0.1 us to 20 us after the pulse."""
    pixel = published(name)
    assert rises(pixel) == pytest.approx(expected(pixel), rel=1e-4)


@pytest.mark.parametrize("name", PIXELS)
def test_contact_resistances_on_several_interfaces_step_the_temperature(name):
    """T_upper - T_lower = R'' q on three or four interfaces at once, above, below and beside the emitter.

    Each is told apart: dropping any one moves the rise by more than the tolerance.
    """
    pixel = published(name).replace(contact_resistance=CONTACTS[name.split()[0]])
    computed = rises(pixel)
    assert computed == pytest.approx(expected(pixel), rel=1e-4)
    pairs = pixel.contact_resistance.pairs
    for dropped in range(len(pairs)):
        left = pairs[:dropped] + pairs[dropped + 1 :]
        without = pixel.replace(contact_resistance={"pairs": left})
        assert np.abs(computed[::4] / expected(without, times=TIMES[::4]) - 1).max() > 1e-3


def test_resistance_on_every_interface_is_the_same_as_naming_them_all():
    pixel = load_pixel("kim2018")
    names = [name for name, _ in pixel.stack()]
    pairs = tuple((lower, upper, 5e-8) for lower, upper in pairwise(names))
    named = pixel.replace(contact_resistance={"pairs": pairs})
    everywhere = pixel.replace(contact_resistance="5e-8 m2*K/W")
    assert rises(everywhere) == pytest.approx(rises(named), rel=1e-12)
    assert rises(everywhere) == pytest.approx(expected(named), rel=1e-4)


@pytest.mark.parametrize(
    ("h", "times"), [(10.0, [1e-3, 0.1, 1.0, 10.0, 20.0, 50.0, 100.0]), (1e4, [1e-3, 0.1, 1.0, 20.0])]
)
def test_convection_from_base_and_top_cools_a_column(h, times):
    """-kappa dT/dn = h (T - T_ambient) on both faces of li2023, a 20 s pulse; h = 10: slab time C/2h = 85 s.

    Either face made adiabatic is noticed.
    """
    pixel = load_pixel("li2023").replace(convection=h)
    computed = rises(pixel, width=20.0, times=times)
    assert computed == pytest.approx(expected(pixel, width=20.0, times=times), rel=1e-4)
    for face in ("base", "outer"):
        insulated = expected(pixel.replace(**{face: Face()}), width=20.0, times=times)
        assert np.abs(computed / insulated - 1).max() > 1e-2


def test_convection_from_the_top_alone_adds_to_a_fixed_base():
    """kim2018 without its epoxy, fixed base, h = 1e5 W/m2/K (boiling) on the cathode."""
    pixel = load_pixel("kim2018").replace(encapsulation=None, convection=1e5)
    times = [1e-6, 1e-4, 1e-2, 1.0]
    computed = rises(pixel, width=1.0, times=times)
    assert computed == pytest.approx(expected(pixel, width=1.0, times=times), rel=1e-4)
    closed = expected(load_pixel("kim2018").replace(encapsulation=None), width=1.0, times=times)
    assert closed[-1] > 10 * computed[-1]


@pytest.mark.parametrize("name", PIXELS)
def test_steady_column_is_the_sum_of_resistances(name):
    """Rise = P (R_below + d/(3 kappa)) over a fixed base, d/(3 kappa) the emitter's own: every layer below counts.

    1e-9: the steady temperature is a parabola in the emitter and linear elsewhere, which second-order elements hold
    exactly.
    """
    pixel = published(name).replace(base=Face(kind="fixed"), outer=Face())
    stack = stack_of(pixel)
    below = sum(slab.thickness / slab.thermal_conductivity for slab in stack.layers[: stack.heated])
    emitter = stack.layers[stack.heated]
    total = below + emitter.thickness / emitter.thermal_conductivity / 3
    run = heat_steady(pixel, power_density=KW_CM2, linear=True, laterally_uniform=True)
    assert run.data["emitter_temperature_rise"].item() == pytest.approx(KW_CM2 * total, rel=1e-8)
    assert float(run.data["thermal_resistance"]) == pytest.approx(total, rel=1e-9)
