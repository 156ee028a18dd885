"""The map of temperature over current and width: points are pulses, limits closed forms, what is not known is said."""

import json
from math import pi, sqrt

import numpy as np
import pytest
from oracles import half_space
from scipy.optimize import brentq

import femled as fl
from femled.cli import run as command
from femled.device.variant import variants_of
from femled.errors import InputError
from femled.units import A_cm2, V, nm, um, us

GLASS = {"thermal_conductivity": 1.38, "density": 2203.0, "heat_capacity": 703.0}
KIM = fl.load_pixel("kim2018")
CURRENTS = np.geomspace(10 * A_cm2, 1000 * A_cm2, 7)
WIDTHS = np.geomspace(30 * nm, 30 * us, 7)
WIDTHS[0] = 30e-9
MAP = {"current_densities": CURRENTS, "widths": WIDTHS, "voltage": 25 * V}


def ground(solid, values=GLASS):
    return solid(
        "ground",
        axial=values["thermal_conductivity"],
        density=values["density"],
        heat_capacity=values["heat_capacity"],
    )


def pulse(pixel, run, i, j, **options):
    """Peak and mean rise of the pulse of one point of a map."""
    data, width = run.series, float(run.series["width"][j])
    found = fl.heat_pulse(
        pixel,
        current_density=float(data["current_density"][i]),
        voltage=float(data["voltage"][i]),
        wall_plug_efficiency=float(data["wall_plug_efficiency"][i]),
        width=width,
        until=width,
        at=[width],
        **options,
    ).series
    names = ("emitter_peak_temperature", "emitter_temperature")
    return np.array([found[name][-1] for name in names]) - pixel.ambient_temperature


def point(run, i, j, variant=0):
    ambient = np.ravel(run.series.attributes["ambient_temperatures"])[variant]
    return np.array([run.series[name][variant, i, j] for name in ("peak_temperature", "mean_temperature")]) - ambient


@pytest.mark.parametrize("variant", [{}, {"substrate": "sapphire", "spreader": "cu 1 um", "diameter": 20 * um}])
def test_every_point_is_the_end_of_a_pulse(variant):
    """T(J, w) = T at the end of `heat_pulse`: 1e-3, five times the tolerance of either's steps."""
    changes = {"changed": variant} if variant else {}
    run = fl.heat_limits(KIM, **MAP, variants=changes, resolution="coarse")
    for i, j in ((0, 0), (3, 2), (6, 3), (2, 6)):
        expected = pulse(KIM.replace(**variant), run, i, j, resolution="coarse")
        assert point(run, i, j, variant=len(changes)) == pytest.approx(expected, rel=1e-3)


def test_constant_properties_take_one_transient_and_the_rise_is_proportional_to_the_power():
    """T - T_ambient = P z(w); 1e-12: it is a product."""
    run = fl.heat_limits(KIM, **MAP, resolution="coarse")
    assert list(run.series.attributes["transients"]) == [1]
    rises = (run.series["peak_temperature"][0] - 295.0)[~run.series["too_hot"][0].any(axis=1)]
    powers = run.series["power_density"][: len(rises)]
    assert powers == pytest.approx(CURRENTS[: len(rises)] * 25, rel=1e-12)
    assert rises / powers[:, None] == pytest.approx(np.tile(rises[0] / powers[0], (len(rises), 1)), rel=1e-12)


@pytest.fixture(scope="module")
def soft(solid, heated_substrate):
    """kappa falls and c rises as the pixel warms up."""
    stuff = solid("soft", axial=(1.38, -1.0), density=2203.0, heat_capacity=(703.0, 0.5))
    return heated_substrate(stuff, ambient_temperature=300.0)


SOFT_MAP = {
    "current_densities": np.geomspace(1 * A_cm2, 300 * A_cm2, 14),
    "widths": np.geomspace(100 * nm, 10 * us, 5),
    "voltage": 20 * V,
    "laterally_uniform": True,
    "resolution": "coarse",
}


def test_points_between_runs_of_changing_properties_are_pulses_too(soft):
    """Fewer transients than currents, and the rise between them is that of the pulse to 1e-3.

    A linear map would be more than 3 % off at the highest current: kappa falls and c rises.
    """
    run = fl.heat_limits(soft, **SOFT_MAP)
    (transients,) = run.series.attributes["transients"]
    assert transients < len(SOFT_MAP["current_densities"])
    assert 0 < run.series.attributes["interpolation_error"] <= 5e-4
    places = range(1, 14, 3)
    expected = [pulse(soft, run, i, 4, laterally_uniform=True, resolution="coarse") for i in places]
    assert np.array([point(run, i, 4) for i in places]) == pytest.approx(np.array(expected), rel=1e-3)
    linear = fl.heat_limits(soft, **SOFT_MAP, linear=True)
    assert abs(point(linear, 13, 4)[0] / expected[-1][0] - 1) > 0.03


def test_a_run_that_gets_too_hot_ends_there_and_says_so(soft):
    """What is below the highest rise stays the same to the error of interpolation; the rest is marked and held."""
    whole = fl.heat_limits(soft, **SOFT_MAP, limit=340.0)
    cut = fl.heat_limits(soft, **SOFT_MAP, limit=340.0, highest_rise=50.0)
    hot = cut.series["too_hot"]
    assert 0 < hot.sum() < hot.size
    assert np.array_equal(hot, whole.series["peak_temperature"] > 350.0)
    assert np.all(cut.series["peak_temperature"][hot] == 350.0)
    expected = whole.series["peak_temperature"][~hot] - 300
    assert cut.series["peak_temperature"][~hot] - 300 == pytest.approx(expected, rel=1e-3)
    assert any("given as that" in sentence for sentence in cut.warnings)
    assert all(np.isfinite(one.values).all() for one in cut.series.variables.values() if one.values.dtype.kind == "f")
    both = cut.series["longest_width_found"] & whole.series["longest_width_found"]
    assert both.any()
    assert cut.series["longest_width"][both] == pytest.approx(whole.series["longest_width"][both], rel=2e-3)


def test_longest_width_on_a_half_space_is_pi_over_4_times_the_square_of_e_dT_over_P(solid, heated_substrate):
    """dT = (2 P/e) sqrt(t/pi) solved for t, and for J = P/V: 5e-4, twice the tolerance of the steps, squared in t."""
    pixel = heated_substrate(ground(solid), ambient_temperature=295.0)
    currents, widths = np.geomspace(20 * A_cm2, 500 * A_cm2, 9), np.geomspace(100 * nm, 100 * us, 7)
    axes = {"current_densities": currents, "widths": widths}
    run = fl.heat_limits(pixel, **axes, voltage=25 * V, limit=345.0, laterally_uniform=True)
    effusivity, data = half_space.effusivity(**GLASS), run.series
    longest = pi / 4 * (effusivity * 50.0 / (25 * currents)) ** 2
    inside = (widths[0] < longest) & (longest < widths[-1])
    assert inside.sum() >= 5
    assert np.array_equal(data["longest_width_found"][0], inside)
    assert data["longest_width"][0, inside] == pytest.approx(longest[inside], rel=5e-4)
    highest = effusivity * 50.0 * sqrt(pi) / (2 * 25 * np.sqrt(widths))
    inside = (currents[0] < highest) & (highest < currents[-1])
    assert inside.sum() >= 4
    assert data["highest_current_density"][0, inside] == pytest.approx(highest[inside], rel=5e-4)


def test_longest_width_under_a_film_follows_the_closed_form(solid, heated_substrate):
    """dT = (P/C b^2)(2 x/sqrt(pi) + exp(x^2) erfc(x) - 1), x = b sqrt(t), solved for t: 1e-3.

    That is twice the tolerance of the steps, and the cubic through times that are 1.4 apart. The film makes the width
    more than 1.5 times as long at 200 A/cm2.
    """
    aluminium = solid("aluminium", axial=1e6, density=2700.0, heat_capacity=900.0)
    pixel = heated_substrate(ground(solid), film=aluminium, film_thickness=1e-6, ambient_temperature=295.0)
    currents = np.array([50, 100, 200]) * A_cm2
    axes = {"current_densities": currents, "widths": np.geomspace(100 * nm, 100 * us, 6)}
    run = fl.heat_limits(pixel, **axes, voltage=25 * V, limit=345.0, laterally_uniform=True)
    effusivity = half_space.effusivity(**GLASS)
    film = {"film_heat_capacity": 1e-6 * 2700 * 900, "effusivity": effusivity}

    def excess(time, current):
        return half_space.film_rise(power_density=25 * current, time=time, **film) - 50.0

    expected = [brentq(excess, 1e-8, 1e-3, args=(current,), xtol=1e-14) for current in currents]
    assert run.series["longest_width"][0] == pytest.approx(expected, rel=1e-3)
    assert expected[2] > 1.5 * pi / 4 * (effusivity * 50.0 / (25 * currents[2])) ** 2


def test_a_substrate_that_conducts_better_never_raises_the_peak(solid, heated_substrate):
    """kappa 0.5 .. 40 W/m/K at the same heat capacity, with a rim: at no point of the map by more than 1e-4."""
    made = [ground(solid, GLASS | {"thermal_conductivity": kappa}) for kappa in (0.5, 1.38, 5.0, 40.0)]
    pixels = [heated_substrate(one, ambient_temperature=295.0) for one in made]
    substrates = {str(k): {"substrate": one.substrate} for k, one in enumerate(pixels[1:])}
    run = fl.heat_limits(pixels[0], **MAP, variants=substrates, resolution="coarse")
    known = ~run.series["too_hot"][0]
    rises = run.series["peak_temperature"][:, known] - 295.0
    assert np.all(rises[1:] <= rises[:-1] * (1 + 1e-4))
    assert np.all(rises[-1] < 0.6 * rises[0])
    assert np.all(np.diff(run.series["longest_width"], axis=0) >= 0)
    assert np.all(np.diff(run.series["highest_current_density"], axis=0) >= 0)


def test_where_the_limit_is_off_the_map_the_end_of_the_axis_is_given():
    """The last width where the pixel stays below the limit, the first one where it is above it from the start."""
    options = {"widths": [1 * us, 2 * us], "voltage": 25 * V, "resolution": "coarse"}
    run = fl.heat_limits(KIM, current_densities=[10 * A_cm2, 300 * A_cm2, 900 * A_cm2], **options)
    assert run.series["longest_width_found"].tolist() == [[False, True, False]]
    assert run.series["longest_width"][0, [0, 2]].tolist() == [2 * us, 1 * us]
    assert run.series["highest_current_density_found"].tolist() == [[True, True]]
    alone = fl.heat_limits(KIM, current_densities=[10 * A_cm2], **options)
    assert alone.series["highest_current_density_found"].tolist() == [[False, False]]
    assert alone.series["highest_current_density"].tolist() == [[10 * A_cm2, 10 * A_cm2]]


def test_voltage_is_that_of_the_drift_diffusion_and_light_is_taken_off():
    """P = J V - EQE h c J/(q wavelength), V and EQE of `jv` with ions that rest at 0 V; the same computation twice."""
    currents = [1 * A_cm2, 100 * A_cm2]
    run = fl.heat_limits(KIM, current_densities=currents, widths=[1 * us], resolution="coarse").series
    curve = fl.jv(KIM, current_densities=currents, ions="frozen-at 0 V").series
    assert run["voltage"] == pytest.approx(curve["voltage"], rel=1e-9)
    photon = 6.62607015e-34 * 299792458.0 / KIM.layer("mapbi3").solid.emission.peak / 1.602176634e-19
    light = curve["external_quantum_efficiency"] * photon
    assert run["power_density"] == pytest.approx(np.array(currents) * (curve["voltage"] - light), rel=1e-9)
    assert np.all(run["wall_plug_efficiency"] > 1e-3)


def test_given_efficiency_is_taken_off_the_given_voltage():
    run = fl.heat_limits(KIM, **MAP, wall_plug_efficiency=0.1, resolution="coarse").series
    assert run["power_density"] == pytest.approx(0.9 * 25 * CURRENTS, rel=1e-12)


def test_variants_in_words_are_those_of_replace():
    text = "substrate=sapphire; spreader=behind al 500 um, cathode-thickness=1 um ; encapsulation=none"
    found = variants_of(KIM, text)
    assert list(found) == [
        "kim2018",
        "substrate=sapphire",
        "spreader=behind al 500 um, cathode-thickness=1 um",
        "encapsulation=none",
    ]
    changes = [
        {},
        {"substrate": "sapphire"},
        {"spreader": "behind al 500 um", "cathode_thickness": 1e-6},
        {"encapsulation": None},
    ]
    assert list(found.values()) == [KIM.replace(**change) for change in changes]
    resistances = "contact_resistance=tpbi/lif=5e-8 m2*K/W, diameter=50 um"
    expected = KIM.replace(contact_resistance="tpbi/lif=5e-8 m2*K/W", diameter=50e-6)
    assert variants_of(KIM, resistances)[resistances] == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 290.0}, "limit 290 K of kim2018 is outside 295 K .. 895 K"),
        ({"highest_rise": 40.0}, "change limit, or highest_rise"),
        ({"voltage": -3.0}, "drives no current forward"),
        ({"widths": [2e-6, 1e-6]}, "widths: values must rise"),
        ({"widths": [1e-6, 1e-6 * (1 + 1e-15)]}, "widths: values must rise"),
        ({"current_densities": [0.0, 1e4]}, "current_densities 0 A/m2 is outside"),
        ({"variants": "substrat=sapphire"}, "nearest: substrate"),
        ({"variants": "sapphire"}, "is not FIELD=VALUE"),
        ({"variants": "substrate=sapphire; substrate=sapphire"}, "given twice"),
        ({"variants": "diameter=50"}, "has no unit"),
        ({"variants": {"thick": {"cathode_thickness": 10.0}}}, 'variant "thick": cathode_thickness'),
        ({"variants": "ambient_temperature=200 K", "voltage": None, "widths": [1e-6]}, "changes the voltage too"),
    ],
)
def test_what_cannot_be_mapped_is_refused(options, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        fl.heat_limits(KIM, **({"current_densities": [1e4, 2e4], "voltage": 3.0, "resolution": "coarse"} | options))


def test_pixel_whose_voltage_is_unknown_asks_for_it(solid, heated_substrate):
    pixel = heated_substrate(ground(solid))
    with pytest.raises(InputError, match=r"is not known from its own drift-diffusion .*: give voltage"):
        fl.heat_limits(pixel, current_densities=[1e4], widths=[1e-6])


ARGUMENTS = [
    "heat-limits",
    "kim2018",
    "--voltage",
    "25 V",
    "--resolution",
    "coarse",
    "--variants",
    "substrate=sapphire",
]


def test_command_prints_the_map_as_json_with_ranges_in_equal_ratios(capsys):
    axes = ["--widths", "100 ns .. 10 us", "--current-densities", "10 A/cm2, 203 A/cm2"]
    assert command([*ARGUMENTS, *axes, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["width_s"] == pytest.approx(np.geomspace(1e-7, 1e-5, 20), rel=1e-12)
    assert found["variant"] == ["kim2018", "substrate=sapphire"]
    assert np.shape(found["peak_temperature_K"]) == (2, 2, 20)
    assert np.shape(found["longest_width_found"]) == (2, 2)


def test_command_lists_the_highest_current_of_every_variant_and_draws_the_map(tmp_path, capsys):
    assert command([*ARGUMENTS, "--output", str(tmp_path / "run")]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = {line.split("  ")[0]: line for line in lines[-2:]}
    assert list(table) == ["kim2018", "substrate=sapphire"]
    assert all(line.count("A/cm2") == 6 for line in table.values())
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"heat_limits.png", "inputs.json", "series.nc"}
    again = fl.Result.load(tmp_path / "run")
    assert again.series["too_hot"].dtype == bool
    assert again.plot().axes


def test_figure_has_a_line_of_every_variant_where_the_limit_lies():
    """A map through the points of the line of sapphire alone has 345 K at each.

    2e-3 of the rise: cubics between currents that are 2.2 apart are included.
    """
    run = fl.heat_limits(KIM, **MAP, variants="substrate=sapphire; diameter=20 um", resolution="coarse")
    axes = run.plot().axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()][:3] == ["kim2018", "sapphire", "diameter 20 µm"]
    width, current = axes.get_lines()[1].get_data()
    assert len(width) >= 6
    assert np.all(np.diff(current) < 0)
    axes_of = {"current_densities": current[::-1] * A_cm2, "widths": width * us, "voltage": 25 * V}
    on_it = fl.heat_limits(KIM.replace(substrate="sapphire"), **axes_of, resolution="coarse").series
    reached = np.diagonal(on_it["peak_temperature"][0][::-1])
    assert reached - 295 == pytest.approx(np.full(len(width), 50.0), rel=2e-3)
    with pytest.raises(InputError, match="single width"):
        fl.heat_limits(KIM, current_densities=CURRENTS, widths=[1e-6], voltage=25.0, resolution="coarse").plot()
