"""Variants of a pixel in one line each, and the files they are saved to."""

import pytest

from femled.device import (
    ContactResistances,
    Face,
    Layer,
    Pixel,
    PixelVariant,
    Plate,
    Spreader,
    load_pixel,
)
from femled.errors import InputError
from femled.materials import load_material
from femled.units import nm, um

ADIABATIC, FIXED = Face(kind="adiabatic"), Face(kind="fixed")
NAMES = ("elkhouly2024", "kim2018", "li2023")
SUBSTRATES = ("glass", "soda_lime_glass", "sapphire", "silicon", "aln", "diamond")
VARIANTS = [
    {"diameter": "50 um"},
    {"diameter": 2e-5},
    {"substrate": "sapphire"},
    {"substrate": "silicon 500 um"},
    {"substrate": Plate(material="aln", thickness=4e-4)},
    {"cathode_thickness": "1 um"},
    {"spreader": "cu 1 um"},
    {"spreader": "graphite 17 um"},
    {"spreader": "behind al 500 um", "encapsulation": "epoxy 50 um"},
    {"encapsulation": "epoxy 50 um"},
    {"encapsulation": None},
    {"ambient_temperature": "77 K"},
    {"ambient_temperature": "20 degC"},
    {"contact_resistance": "5e-8 m2*K/W"},
    {"contact_resistance": "2e-8 m2*K/W"},
    {"contact_resistance": "none"},
    {"convection": "25 W/m2/K"},
    {"geometry": "planar"},
    {"title": 'with "quotes", a \\ and ünïcode', "outer_radius": "3 mm"},
]


@pytest.fixture(params=NAMES)
def pixel(request):
    return load_pixel(request.param)


@pytest.mark.parametrize("material", SUBSTRATES)
def test_substrate_swap_keeps_the_thickness(pixel, material):
    changed = pixel.replace(substrate=material)
    assert changed.substrate.material == load_material(material)
    assert changed.substrate.thickness == pixel.substrate.thickness
    assert changed.layers == pixel.layers


def test_substrate_with_a_thickness_takes_it(pixel):
    assert str(pixel.replace(substrate="silicon 500 um").substrate) == "silicon 500 um"


def test_cathode_thickness_is_the_total(pixel):
    """Not what is added: 300 nm asked for are 300 nm; every other layer stays."""
    changed = pixel.replace(cathode_thickness="300 nm")
    assert changed.layer(pixel.cathode).thickness == 3e-7
    rest = [layer for layer in changed.layers if layer.name != pixel.cathode]
    assert rest == [layer for layer in pixel.layers if layer.name != pixel.cathode]


@pytest.mark.parametrize("material", ["al", "cu", "au", "graphite", "diamond"])
def test_spreader_lies_on_the_top_electrode(pixel, material):
    changed = pixel.replace(spreader=f"{material} 1 um")
    names = [name for name, _ in changed.stack()]
    assert names[names.index("spreader") - 1] == pixel.layers[-1].name
    assert changed.spreader == Spreader(material=material, thickness=1e-6, place="cathode")
    assert changed.layers == pixel.layers


def test_spreader_behind_lies_behind_the_encapsulation():
    changed = load_pixel("kim2018").replace(spreader="behind al 500 um")
    assert [name for name, _ in changed.stack()][-3:] == ["al", "encapsulation", "spreader"]
    assert str(changed.spreader) == "behind al 500 um"


def test_spreader_is_taken_off_again(pixel):
    assert pixel.replace(spreader="cu 1 um").replace(spreader=None) == pixel


def test_bare_pixel_without_encapsulation_is_itself():
    for name in ("li2023", "elkhouly2024"):
        assert load_pixel(name).replace(encapsulation=None) == load_pixel(name)


def test_encapsulation_is_changed_or_left_out():
    pixel = load_pixel("kim2018")
    assert str(pixel.replace(encapsulation="epoxy 50 um").encapsulation) == "epoxy 50 um"
    assert [name for name, _ in pixel.replace(encapsulation=None).stack()][-1] == "al"


@pytest.mark.parametrize("material", ["sio2", "al2o3"])
@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024"])
def test_insulator_is_swapped_and_keeps_its_shape(name, material):
    pixel = load_pixel(name)
    changed = pixel.replace(insulator=material)
    assert changed.aperture == pixel.aperture.replace(insulator=load_material(material))


def test_diameter_and_ambient_temperature_are_replaced(pixel):
    changed = pixel.replace(diameter=20 * um, ambient_temperature=77.0)
    assert changed.diameter == 20 * um
    assert changed.ambient_temperature == 77.0
    assert changed.replace(diameter=pixel.diameter, ambient_temperature=pixel.ambient_temperature) == pixel


def test_convection_acts_on_every_face_that_is_not_held():
    blown = load_pixel("kim2018").replace(convection=25.0)
    assert (blown.base, blown.outer) == (FIXED, Face(kind="convection", coefficient=25.0))
    still = load_pixel("li2023").replace(convection=0.0)
    assert (still.base, still.outer) == (ADIABATIC, ADIABATIC)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("none", ContactResistances()),
        (None, ContactResistances()),
        (5e-8, ContactResistances(everywhere=5e-8)),
        ("5e-8 m2*K/W", ContactResistances(everywhere=5e-8)),
        (
            "tpbi/lif=5e-8 m2*K/W, lif/al = 2e-8 m2*K/W",
            ContactResistances(pairs=(("tpbi", "lif", 5e-8), ("lif", "al", 2e-8))),
        ),
    ],
)
def test_contact_resistance_is_written_in_three_ways(given, meant):
    assert load_pixel("kim2018").replace(contact_resistance=given).contact_resistance == meant


def test_contact_resistance_of_a_pair_goes_before_that_of_its_materials():
    """Named pairs, then the tabulated organic/metal value, then the value everywhere; 0 inside one region."""
    organic, metal, oxide = (("low", load_material("tpbi")), ("top", load_material("al")), ("ox", load_material("ito")))
    named = ContactResistances(pairs=(("low", "top", 1e-8),), everywhere=3e-8)
    assert named.between(organic, metal) == 1e-8
    assert named.between(metal, organic) == 3e-8
    assert named.between(organic, organic) == 0.0
    assert ContactResistances(literature=True).between(organic, metal) == pytest.approx(5e-8, rel=1e-15)
    assert ContactResistances(literature=True).between(organic, oxide) == 0.0


def test_variant_changes_nothing_that_is_not_set(pixel):
    assert PixelVariant().changes(pixel) == {}
    assert pixel.replace() == pixel


@pytest.mark.parametrize("changes", VARIANTS, ids="-".join)
def test_variant_is_saved_and_loaded_to_the_same_pixel(pixel, changes, tmp_path):
    changed = pixel.replace(**changes)
    changed.save(tmp_path / "variant.toml")
    assert load_pixel(tmp_path / "variant.toml") == changed


@pytest.mark.parametrize(
    "changes",
    [
        {"geometry": "conformal"},
        {"insulator": "al2o3"},
        {"spreader": "behind al 500 um"},
        {"contact_resistance": "tpbi/lif=5e-8 m2*K/W, lif/al=2e-8 m2*K/W"},
        {"diameter": "50 um", "substrate": "sapphire", "cathode_thickness": "300 nm", "spreader": "cu 1 um"},
    ],
    ids="-".join,
)
def test_variant_of_kim2018_is_saved_and_loaded_to_the_same_pixel(changes, tmp_path):
    changed = load_pixel("kim2018").replace(**changes)
    changed.save(tmp_path / "variant.toml")
    assert load_pixel(str(tmp_path / "variant.toml")) == changed != load_pixel("kim2018")


def test_own_material_is_saved_with_the_pixel(tmp_path):
    """A card that was changed is written out in full, with its sources."""
    pixel = load_pixel("kim2018")
    law = pixel.layer("mapbi3").material.thermal_conductivity.replace(value="0.5 W/m/K", source="haeger2020")
    own = pixel.layer("mapbi3").material.replace(thermal_conductivity=law)
    layers = [layer.replace(material=own) if layer.name == "mapbi3" else layer for layer in pixel.layers]
    changed = pixel.replace(layers=layers, spreader="graphite 17 um")
    changed.save(tmp_path / "own.toml")
    assert load_pixel(tmp_path / "own.toml") == changed
    assert load_pixel(tmp_path / "own.toml").layer("mapbi3").material.thermal_conductivity.at(300.0) == 0.5


def test_saved_file_is_read_by_a_person(tmp_path):
    """Quantities with units, materials by name, nothing that is as it always is."""
    load_pixel("kim2018").replace(diameter="50 um").save(tmp_path / "mine.toml")
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert 'diameter = "50 um"' in text
    assert 'material = "glass"\nthickness = "1.1 mm"' in text
    assert "spreader" not in text


def test_pixel_is_frozen_and_equal_ones_are_interchangeable(pixel):
    with pytest.raises(InputError, match="cannot be assigned: use replace"):
        pixel.diameter = 20 * um
    with pytest.raises(InputError, match="cannot be assigned: use replace"):
        pixel.layers[0].thickness = 20 * nm
    again = load_pixel(pixel.name)
    assert again == pixel
    assert hash(again) == hash(pixel)


def test_pixel_is_made_in_python_without_a_file():
    pixel = Pixel(
        name="mine",
        diameter=100 * um,
        substrate="sapphire 500 um",
        layers=[
            Layer(name="bottom", thickness=100 * nm, material="ito"),
            Layer(name="light", thickness=50 * nm, material="cspbbr3"),
            Layer(name="top", thickness=100 * nm, material="ag"),
        ],
        emitter="light",
        anode="bottom",
        cathode="top",
    )
    assert [name for name, _ in pixel.stack()] == ["substrate", "bottom", "light", "top"]
    assert (pixel.base, pixel.outer, pixel.ambient_temperature) == (FIXED, ADIABATIC, 295.0)


def test_tabulated_contacts_are_taken_where_there_are_some_and_refused_where_there_are_none():
    """TPBi directly under the cathode is an organic/metal pair; with LiF between them there is none."""
    pixel = load_pixel("kim2018")
    bare = pixel.replace(layers=tuple(layer for layer in pixel.layers if layer.name != "lif"))
    assert bare.replace(contact_resistance="literature").contact_resistance == ContactResistances(literature=True)
    with pytest.raises(InputError, match="no interface of this pixel is tabulated"):
        pixel.replace(contact_resistance="literature")
