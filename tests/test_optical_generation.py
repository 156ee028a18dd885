"""Pairs that light makes along the column of a pixel."""

import numpy as np
import pytest

import femled as fl
from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.units import nm


@pytest.mark.parametrize(("name", "wavelength"), [("kim2018", 532 * nm), ("elkhouly2024", 532 * nm)])
def test_every_photon_absorbed_in_the_emitter_makes_a_pair(name, wavelength):
    """Int G dx = A_emitter I/(h c/wavelength), 1e-3: the interpolation of the absorption profile."""
    pixel = fl.load_pixel(name)
    generation = fl.optical_generation(pixel, wavelength=wavelength, irradiance=100.0)
    column = pixel.column()
    x = np.linspace(0.0, column.thickness, 40001)
    made = np.trapezoid(generation(x), x)
    run = fl.absorption(pixel, wavelength=wavelength).series
    share = dict(zip(run["layer"].tolist(), run["absorptance"].tolist(), strict=True))[pixel.emitter]
    assert made == pytest.approx(share * 100.0 * wavelength / (PLANCK * SPEED_OF_LIGHT), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "wavelength", "anode_side"), [("elkhouly2024", 532 * nm, "substrate"), ("li2023", 460 * nm, "top")]
)
def test_light_is_absorbed_from_the_side_it_comes_from(name, wavelength, anode_side):
    """The half of the emitter next to the anode takes a larger share of light from the anode's side."""
    pixel = fl.load_pixel(name)
    column = pixel.column()
    k = [layer.name for layer in column.layers].index(pixel.emitter)
    start, thickness = sum(layer.thickness for layer in column.layers[:k]), column.layers[k].thickness
    x = start + thickness * np.linspace(0.0, 1.0, 401)
    shares = {}
    for side in ("substrate", "top"):
        rate = fl.optical_generation(pixel, wavelength=wavelength, irradiance=1.0, from_=side)(x)
        shares[side] = rate[:200].sum() / rate.sum()
    other = "top" if anode_side == "substrate" else "substrate"
    assert shares[anode_side] > 1.1 * shares[other]


def test_lit_pixel_at_zero_volts_gives_back_a_current():
    """Short circuit of elkhouly2024 in light: J < 0, not more than q times the pairs made."""
    pixel = fl.load_pixel("elkhouly2024")
    generation = fl.optical_generation(pixel, wavelength=532 * nm, irradiance=100.0)
    current = fl.jv(pixel, voltages=[0.0], generation=generation, outcoupling=0.04).series["current_density"][0]
    x = np.linspace(0.0, pixel.column().thickness, 20001)
    most = ELEMENTARY_CHARGE * np.trapezoid(generation(x), x)
    assert -most * (1 + 1e-3) < current < -0.1 * most
