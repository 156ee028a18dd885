"""The material library: what every card owes, published values, interfaces, and the cards that are refused."""

import pickle
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from femled.errors import InputError
from femled.materials import (
    Density,
    HeatCapacity,
    Material,
    interface_resistance,
    load_material,
    material_names,
    references,
)
from femled.materials.library import interface_resistances
from femled.units import parse

# fmt: off
NAMES = [
    "mapbi3", "fa_cs_perovskite", "cspbbr3", "glass", "soda_lime_glass", "display_glass", "sapphire", "sio2", "al2o3",
    "ito", "poly_tpd", "tpbi", "tfb", "pcbm", "znmgo", "zno", "bcp", "lif", "epoxy", "al", "ag", "au", "cu", "aln",
    "diamond", "silicon", "graphite", "air",
]
# fmt: on
STATUSES = {"published", "literature", "assumed", "calibrated"}


def test_names_are_the_library_that_was_agreed_on():
    assert list(material_names()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_card_is_complete(name):
    """Its own name, a title, and for every property a source in the bibliography, a status and a positive value."""
    material = load_material(name)
    assert material.name == name
    assert material.title
    for field, law in material.thermal_properties.items():
        assert law.source in references(), f"{name}.{field}"
        assert law.status in STATUSES
        assert np.all(law.at([4.0, 77.0, 295.0, 300.0, 600.0]) > 0)


@pytest.mark.parametrize("name", NAMES)
def test_published_means_a_seed_paper_and_assumed_never_does(name):
    for field, law in load_material(name).thermal_properties.items():
        assert (law.status == "published") == (law.source == "kim2018"), f"{name}.{field}"
        assert (law.status == "assumed") == (law.source in ("choice", "handbook")), f"{name}.{field}"


@pytest.mark.parametrize("name", NAMES)
def test_range_of_validity_is_a_rising_pair_of_temperatures(name):
    for law in load_material(name).thermal_properties.values():
        low, high = law.valid
        assert 1.0 < low < 300.0 < high


@pytest.mark.parametrize(
    ("name", "conductivity", "density", "heat_capacity"),
    [
        ("mapbi3", 0.30, 4160, 241.9),
        ("sio2", 1.38, 2203, 703),
        ("glass", 1.38, 2203, 703),
        ("al", 238, 2700, 900),
        ("soda_lime_glass", 1.00, 2500, 840),
        ("display_glass", 1.09, 2380, 768),
        ("sapphire", 35, 3980, 765),
        ("ito", 5, 7140, 360),
        ("poly_tpd", 0.20, 1100, 1500),
        ("tpbi", 0.20, 1200, 1200),
        ("lif", 4, 2640, 1560),
        ("epoxy", 0.20, 1200, 1200),
        ("fa_cs_perovskite", 0.30, 4160, 241.9),
        ("cspbbr3", 0.42, 4750, 220),
        ("tfb", 0.20, 1100, 1500),
        ("zno", 5, 5600, 500),
        ("pcbm", 0.06, 1500, 1000),
        ("znmgo", 1, 5000, 450),
        ("bcp", 0.2, 1200, 1200),
        ("al2o3", 1.7, 3000, 755),
        ("cu", 400, 8960, 385),
        ("au", 318, 19300, 129),
        ("aln", 170, 3260, 740),
        ("diamond", 1500, 3515, 520),
        ("silicon", 148, 2330, 700),
    ],
)
def test_room_temperature_values_are_those_of_the_source(name, conductivity, density, heat_capacity):
    """The same at 295 K and 300 K: a two-temperature table holds the 300 K value at both."""
    material = load_material(name)
    for law, value in [
        (material.axial_conductivity, conductivity),
        (material.radial_conductivity, conductivity),
        (material.density, density),
        (material.heat_capacity, heat_capacity),
    ]:
        assert law.at([295.0, 300.0]) == pytest.approx([value, value], rel=1e-13)


@pytest.mark.parametrize("name", ["mapbi3", "sio2", "al"])
def test_values_of_the_first_heat_model_are_marked_published(name):
    material = load_material(name)
    for law in (material.thermal_conductivity, material.heat_capacity):
        assert (law.status, law.source) == ("published", "kim2018")
    assert material.density.status == "assumed"


@pytest.mark.parametrize(
    ("name", "conductivity", "heat_capacity"),
    [
        ("sapphire", 1000, 61),
        ("ito", 3, 130),
        ("fa_cs_perovskite", 0.40, 170),
        ("pcbm", 0.05, 350),
        ("znmgo", 1, 130),
        ("bcp", 0.15, 350),
        ("al2o3", 0.8, 61),
    ],
)
def test_liquid_nitrogen_values_are_those_of_the_source(name, conductivity, heat_capacity):
    material = load_material(name)
    assert material.axial_conductivity.at(77.0) == pytest.approx(conductivity, rel=1e-13)
    assert material.heat_capacity.at(77.0) == pytest.approx(heat_capacity, rel=1e-13)


def test_graphite_conducts_a_hundred_times_better_in_its_plane():
    graphite = load_material("graphite")
    assert graphite.thermal_conductivity is None
    assert graphite.radial_conductivity.at(300.0) == 1000.0
    assert graphite.axial_conductivity.at(300.0) == 10.0


def test_interface_resistance_does_not_ask_which_side_is_which():
    organic, metal = load_material("tpbi"), load_material("al")
    found = interface_resistance(organic, metal)
    assert found == interface_resistance(metal, organic)
    assert found.resistance == pytest.approx(5e-8, rel=1e-15)
    assert found.range == pytest.approx((2e-8, 8e-8), rel=1e-15)


def test_every_tabulated_interface_has_a_source_and_lies_in_its_range():
    for entry in interface_resistances():
        assert entry.source in references()
        assert entry.status in STATUSES
        assert entry.range[0] <= entry.resistance <= entry.range[1]


def test_interface_that_nobody_measured_is_refused():
    with pytest.raises(InputError, match=r"no contact resistance is tabulated for al/al \(tabulated: organic/metal\)"):
        interface_resistance(load_material("al"), load_material("al"))


def test_radii_carry_a_source_and_a_length():
    radii = tomllib.loads((files("femled.materials") / "radii.toml").read_text(encoding="utf-8"))
    for ion in radii.values():
        assert ion["source"] in references()
        assert ion["status"] in STATUSES
        assert 1e-10 < parse(ion["radius"], "m") < 3e-10


def test_unknown_material_lists_the_nearest():
    with pytest.raises(InputError, match='no material named "saphire"; nearest: sapphire'):
        load_material("saphire")


CARD = {
    "name": "x",
    "title": "x",
    "family": "metal",
    "thermal_conductivity": {"value": "1 W/m/K", "source": "choice", "status": "assumed"},
    "density": {"value": "1 kg/m3", "source": "choice", "status": "assumed"},
    "heat_capacity": {"value": "1 J/kg/K", "source": "choice", "status": "assumed"},
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"family": "stuff"}, "family: "),
        ({"density": None}, "density: "),
        ({"thermal_conductivity": None}, "give either thermal_conductivity, or both"),
        ({"axial_thermal_conductivity": CARD["thermal_conductivity"]}, "give either thermal_conductivity, or both"),
        ({"heat_capacity": CARD["density"]}, r'heat_capacity: value "1 kg/m3": .* is not a unit of \[J/kg/K\]'),
        ({"melts": "yes"}, '"melts" is not a known key'),
    ],
)
def test_malformed_card_is_refused_with_its_place(changes, words):
    assert Material.from_mapping(CARD, "card x").density == Density(**CARD["density"])
    assert isinstance(Material.from_mapping(CARD, "card x").heat_capacity, HeatCapacity)
    with pytest.raises(InputError, match=words) as refusal:
        Material.from_mapping(CARD | changes, "card x")
    assert str(refusal.value).startswith("card x: ")
    assert "\n" not in str(refusal.value)


def test_materials_stay_comparable_after_they_were_evaluated():
    """A copy that went through a pickle and was evaluated itself equals the card: no cache takes part in equality."""
    card = load_material("sapphire")
    copy = pickle.loads(pickle.dumps(card))
    assert float(card.heat_capacity.at(150.0)) == float(copy.heat_capacity.at(150.0))
    assert card == copy
    assert hash(card) == hash(copy)
