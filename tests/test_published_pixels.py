"""The three published pixels, layer by layer, as their papers and their marked assumptions describe them."""

import pytest

from femled.device import Face, Pixel, device_file, device_names, load_pixel

ADIABATIC, FIXED = Face(kind="adiabatic"), Face(kind="fixed")
AIR_FLOW = Face(kind="convection", coefficient=10.0)
NAMES = ("elkhouly2024", "kim2018", "li2023")


def stack_of(pixel):
    return [(name, part.material.name, part.thickness) for name, part in pixel.stack()]


def approx(metres):
    return pytest.approx(metres, rel=1e-14)


@pytest.fixture(params=NAMES)
def pixel(request):
    return load_pixel(request.param)


def test_the_three_published_pixels_are_found_by_name():
    assert set(NAMES) <= set(device_names())
    assert load_pixel("kim2018") == Pixel.load(device_file("kim2018"))


def test_kim2018_is_the_published_stack():
    """Glass 1.1 mm | ITO 150 | poly-TPD 25 | MAPbI3 70 | TPBi 40 | LiF 1.2 | Al 100 nm | epoxy 100 um."""
    pixel = load_pixel("kim2018")
    assert stack_of(pixel) == [
        ("substrate", "glass", approx(1.1e-3)),
        ("ito", "ito", approx(150e-9)),
        ("poly_tpd", "poly_tpd", approx(25e-9)),
        ("mapbi3", "mapbi3", approx(70e-9)),
        ("tpbi", "tpbi", approx(40e-9)),
        ("lif", "lif", approx(1.2e-9)),
        ("al", "al", approx(100e-9)),
        ("encapsulation", "epoxy", approx(100e-6)),
    ]
    assert [layer.name for layer in pixel.layers if layer.extent == "opening"] == ["poly_tpd", "mapbi3", "tpbi", "lif"]
    assert (pixel.emitter, pixel.anode, pixel.cathode) == ("mapbi3", "ito", "al")
    assert (pixel.aperture.insulator.name, pixel.aperture.thickness) == ("sio2", approx(150e-9))
    assert pixel.aperture.ramp == approx(1e-6)
    assert (pixel.diameter, pixel.outer_radius, pixel.ambient_temperature) == (approx(200e-6), approx(1.5e-3), 295.0)
    assert (pixel.base, pixel.outer) == (FIXED, ADIABATIC)


def test_li2023_is_the_assumed_stack_without_an_opening():
    """Glass 1.1 mm | ITO 30 | ZnO 30 | CsPbBr3 120 | TFB 30 | Al2O3 5 | ITO 30 nm, 10 W/m2/K on every face."""
    pixel = load_pixel("li2023")
    assert stack_of(pixel) == [
        ("substrate", "glass", approx(1.1e-3)),
        ("ito_bottom", "ito", approx(30e-9)),
        ("zno", "zno", approx(30e-9)),
        ("cspbbr3", "cspbbr3", approx(120e-9)),
        ("tfb", "tfb", approx(30e-9)),
        ("al2o3", "al2o3", approx(5e-9)),
        ("ito_top", "ito", approx(30e-9)),
    ]
    assert pixel.aperture is None
    assert {layer.extent for layer in pixel.layers} == {"full"}
    assert {layer.status for layer in (pixel.substrate, *pixel.layers)} == {"assumed"}
    assert (pixel.emitter, pixel.anode, pixel.cathode) == ("cspbbr3", "ito_top", "ito_bottom")
    assert (pixel.diameter, pixel.outer_radius, pixel.ambient_temperature) == (approx(2e-3), approx(5e-3), 295.0)
    assert (pixel.base, pixel.outer) == (AIR_FLOW, AIR_FLOW)
    assert pixel.insulator_height == 0.0


def test_elkhouly2024_is_the_published_stack():
    """Sapphire 1.1 mm | ITO 20 | perovskite 150 | PCBM 20 | ZnMgO 20 | BCP 5 | ITO 20 nm | air."""
    pixel = load_pixel("elkhouly2024")
    assert stack_of(pixel) == [
        ("substrate", "sapphire", approx(1.1e-3)),
        ("ito_bottom", "ito", approx(20e-9)),
        ("perovskite", "fa_cs_perovskite", approx(150e-9)),
        ("pcbm", "pcbm", approx(20e-9)),
        ("znmgo", "znmgo", approx(20e-9)),
        ("bcp", "bcp", approx(5e-9)),
        ("ito_top", "ito", approx(20e-9)),
    ]
    inside = ["perovskite", "pcbm", "znmgo", "bcp"]
    assert [layer.name for layer in pixel.layers if layer.extent == "opening"] == inside
    assert (pixel.emitter, pixel.anode, pixel.cathode) == ("perovskite", "ito_bottom", "ito_top")
    assert (pixel.aperture.insulator.name, pixel.aperture.thickness) == ("al2o3", approx(100e-9))
    assert (pixel.diameter, pixel.outer_radius, pixel.ambient_temperature) == (approx(50e-6), approx(1.5e-3), 291.0)
    assert (pixel.base, pixel.outer) == (FIXED, ADIABATIC)


@pytest.mark.parametrize(("name", "height"), [("kim2018", 136.2e-9), ("elkhouly2024", 195e-9)])
def test_planar_insulator_is_as_high_as_the_functional_slab(name, height):
    assert load_pixel(name).insulator_height == approx(height)


def test_conformal_insulator_is_as_high_as_it_was_deposited():
    assert load_pixel("kim2018").replace(geometry="conformal").insulator_height == approx(150e-9)


def test_no_published_pixel_has_contact_resistance_spreader_or_wedge(pixel):
    assert pixel.contact_resistance.none
    assert pixel.spreader is None
    assert pixel.geometry == "planar"
    assert pixel.substrate.status == "assumed"


def test_opening_area_is_that_of_the_disk():
    """pi a^2 with a = 100 um."""
    pixel = load_pixel("kim2018")
    assert pixel.radius == approx(1e-4)
    assert pixel.opening_area == pytest.approx(3.14159265358979e-8, rel=1e-14)


def test_layer_is_found_by_name(pixel):
    assert pixel.layer(pixel.emitter).name == pixel.emitter
