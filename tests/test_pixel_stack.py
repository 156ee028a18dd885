"""The optical stack of a pixel: which media, in which order, with which index; and what is refused."""

import numpy as np
import pytest

from femled import InputError, drude_ito, load_pixel
from femled.optics.pixel_stack import pixel_stack

ELKHOULY = load_pixel("elkhouly2024")


def test_media_are_those_on_the_axis_from_the_substrate_up():
    stack = pixel_stack(ELKHOULY)
    assert stack.names == ("substrate", "ito_bottom", "perovskite", "pcbm", "znmgo", "bcp", "ito_top", "air")
    assert stack.emitter == 2
    assert stack.thicknesses == tuple(layer.thickness for layer in ELKHOULY.layers)
    assert pixel_stack(load_pixel("kim2018")).names[-1] == "encapsulation"
    assert pixel_stack(load_pixel("kim2018").replace(encapsulation=None)).names[-1] == "air"


def test_a_spreader_on_the_cathode_is_met_and_one_behind_the_cover_is_not():
    kim = load_pixel("kim2018")
    assert "spreader" in pixel_stack(kim.replace(spreader="cu 1 um")).names
    assert "spreader" not in pixel_stack(kim.replace(spreader="behind al 500 um")).names


def test_default_indices_are_those_of_the_cards():
    """800 nm: sapphire 1.760, ITO 1.600 + 0.0057i (konig), perovskite 2.45 without absorption, PCBM 1.94."""
    n = dict(zip(pixel_stack(ELKHOULY).names, pixel_stack(ELKHOULY).indices(800e-9), strict=True))
    assert n["substrate"] == pytest.approx(1.760, abs=1e-3)
    assert n["ito_bottom"] == n["ito_top"] == pytest.approx(1.600 + 0.0057j, abs=1e-4)
    assert n["perovskite"] == 2.45
    assert n["pcbm"] == pytest.approx(1.94, abs=1e-3)
    assert n["air"] == 1.0


@pytest.mark.parametrize(
    "index",
    [
        "ito=1.80+0.0261j, pcbm=1.9",
        {"ito": 1.80 + 0.0261j, "pcbm": 1.9},
        {"ito": "1.80+0.0261j", "pcbm": "1.9"},
    ],
)
def test_an_index_is_chosen_by_material_for_all_its_layers(index):
    n = dict(zip(pixel_stack(ELKHOULY).names, pixel_stack(ELKHOULY, index=index).indices(800e-9), strict=True))
    assert n["ito_bottom"] == n["ito_top"] == 1.80 + 0.0261j
    assert n["pcbm"] == 1.9


def test_a_layer_goes_before_its_material():
    n = pixel_stack(ELKHOULY, index={"ito": 1.8, "ito_top": 1.7}).indices(800e-9)
    assert (n[1], n[6]) == (1.8, 1.7)
    film = drude_ito(sheet_resistance=350.0, thickness=20e-9, mobility=2e-3)
    assert pixel_stack(ELKHOULY, index={"ito_bottom": film}).indices(800e-9)[1] == complex(film.at(800e-9))
    moerland = pixel_stack(ELKHOULY, index="ito_bottom=moerland").indices(800e-9)
    assert moerland[1] != moerland[6]


@pytest.mark.parametrize("thickness", ["ito_bottom=30 nm, pcbm=25 nm", {"ito_bottom": 30e-9, "pcbm": "25 nm"}])
def test_thicknesses_are_chosen_by_layer(thickness):
    stack = pixel_stack(ELKHOULY, thickness=thickness)
    assert stack.thicknesses == (30e-9, 150e-9, 25e-9, 20e-9, 5e-9, 20e-9)


def test_dispersion_is_omega_dn_domega():
    """-wavelength dn/dwavelength of every medium, against a central difference over 0.02 nm inside a table segment."""
    stack, wave, h = pixel_stack(ELKHOULY), 801e-9, 1e-11
    slope = (np.array(stack.indices(wave + h)) - np.array(stack.indices(wave - h))) / (2 * h)
    assert np.array(stack.dispersion(wave)) == pytest.approx(-wave * slope, abs=1e-6)


def test_sources_name_every_index_once():
    sources = pixel_stack(ELKHOULY).sources
    assert ("konig2014", "literature") in sources
    assert len(sources) == len(set(sources))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"index": "itoo=1.8"}, 'no layer named "itoo"; nearest: ito'),
        ({"index": {"itoo": 1.8}}, 'no layer named "itoo"; nearest: ito'),
        ({"index": "ito=1.8-0.02j"}, "k = -0.02 is negative"),
        ({"index": {"ito": 1.8 - 0.02j}}, "k = -0.02 is negative"),
        ({"index": "ito"}, "is not NAME=INDEX"),
        ({"index": "ito=konik"}, 'no index set of ito named "konik"; nearest: konig'),
        ({"thickness": "ito_botom=30 nm"}, 'no layer named "ito_botom"; nearest: ito_bottom'),
        ({"thickness": "ito_bottom=30 m"}, "thickness of ito_bottom"),
        ({"thickness": "ito_bottom"}, "write layer=thickness"),
        ({"thickness": "substrate=1 mm"}, 'no layer named "substrate"'),
        ({"thickness": "ito_bottom=30"}, "thickness of ito_bottom"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(changes, message):
    with pytest.raises(InputError) as refusal:
        pixel_stack(ELKHOULY, **changes)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_wavelength_outside_a_table_names_the_layer_and_the_range():
    with pytest.raises(InputError, match=r"ito_bottom \(ito\): wavelength 1.2 um is outside .* 1 um"):
        pixel_stack(ELKHOULY).indices(1200e-9)
