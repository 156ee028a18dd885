"""Amplified emission under bias: what follows the ions, what does not, limits, times, and what a reader gets."""

import json

import numpy as np
import pytest

import femled as fl
from femled.cli import run as command
from femled.errors import InputError
from femled.experiments.ion_film import film_of, pump_of
from femled.experiments.ion_layer import ion_layer
from femled.units import V

LI = fl.load_pixel("li2023")
COARSE = 16
BIASES = [0.0, 1 * V, 2 * V, 3 * V]


def with_ions(**changes):
    """li2023 with other numbers of both its ions, or with other electrical data of its emitter."""
    layer = LI.layer("cspbbr3")
    data = layer.carriers.as_given()
    ions = [
        one | {name: {"value": text, "source": "choice", "status": "assumed"} for name, text in changes.items()}
        for one in data["ions"]
    ]
    emitter = layer.replace(carriers=data | {"ions": ions})
    return LI.replace(layers=tuple(emitter if one.name == "cspbbr3" else one for one in LI.layers))


@pytest.fixture(scope="module")
def at_rest():
    return fl.bias_threshold(LI, bias=BIASES, mesh=COARSE)


@pytest.fixture(scope="module")
def stepped():
    return fl.bias_threshold(LI, bias=[4 * V, 6 * V], at=[1e-3, 1.0, 300.0], mesh=COARSE)


def law_of(**changes):
    return ion_layer(LI.column()).semiconductor.ion_rates.replace(**changes)


FIXED = {"radiative_rise": 1.0, "monomolecular_share": 0.0, "nonradiative_share": 0.0}


@pytest.mark.parametrize("switch", [{"law": "none"}, {"rates": law_of(**FIXED)}], ids=["no law", "nothing of it"])
def test_nothing_depends_on_bias_where_no_coefficient_follows_the_ions(switch):
    """The field still does; every number of the light is the same to round-off, and that of even ions."""
    run = fl.bias_threshold(LI, bias=BIASES, mesh=COARSE, **switch).series
    for name in ("threshold_fluence", "quantum_yield", "monomolecular_rate", "radiative_share", "peak_density"):
        assert run[name] == pytest.approx(np.full_like(run[name], run[name].ravel()[0]), rel=1e-12)
    assert run["threshold_fluence"][0] == pytest.approx(float(run.attributes["even_threshold_fluence"]), rel=1e-7)
    assert run["middle_field"][-1] > 10 * abs(run["middle_field"][0])


def test_coefficients_without_ions_in_the_law_are_those_of_the_card():
    """k_1 = 1/(50 ns + 50 ns), B = 1e-16 m3/s of the card, k_2nonr as stated."""
    run = fl.bias_threshold(LI, bias=[3 * V], law="none", mesh=COARSE).series
    assert run["monomolecular_rate"][0] == pytest.approx(1e7, rel=1e-12)
    assert run["radiative_coefficient"][0] == pytest.approx(1e-16, rel=1e-12)
    assert run["nonradiative_coefficient"][0] == pytest.approx(1e-15, rel=1e-12)


def test_sweeping_ions_out_lowers_traps_and_threshold_and_raises_light(at_rest):
    run = at_rest.series
    for name, sign in (
        ("defect_share", -1),
        ("monomolecular_rate", -1),
        ("nonradiative_coefficient", -1),
        ("threshold_density", -1),
        ("threshold_fluence", -1),
        ("radiative_coefficient", 1),
        ("radiative_share", 1),
    ):
        assert np.all(sign * np.diff(run[name]) > 0), name
    assert np.all(np.diff(run["quantum_yield"][:, 0]) > 0)


def test_mean_of_defects_is_the_share_of_ions_in_the_bulk():
    """A second route: `IonLayer.inner_share` of the same state."""
    column = LI.column()
    layer, state = ion_layer(column), fl.relax_ions(column, voltage=2.0, mesh=COARSE)
    _, share = film_of(layer, "total").coefficients([state])
    assert share[0] == pytest.approx(layer.inner_share(state, margin=10e-9), rel=1e-12)


def test_local_coefficients_are_averaged_not_the_defects():
    """f^(1 - s) is convex: its mean over an uneven film lies above its value at the mean s."""
    column = LI.column()
    film = film_of(ion_layer(column), "total")
    state = fl.relax_ions(column, voltage=3.0, mesh=COARSE)
    shares, weights = film.defects([state])
    rates, mean = film.coefficients([state])
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)
    assert np.ptp(shares[0]) > 0.1
    assert rates.radiative_coefficient[0] > 1e-16 * film.rates.radiative_rise ** (1 - mean[0])
    assert rates.radiative_coefficient[0] == pytest.approx(
        float(weights @ (1e-16 * film.rates.radiative_rise ** (1 - shares[0]))), rel=1e-12
    )


def test_long_after_a_step_ions_rest(stepped):
    """300 s are twenty times the slowest time at 4 V: threshold and share as at rest, to 1e-3 of the even ones."""
    rest = fl.bias_threshold(LI, bias=[4 * V, 6 * V], mesh=COARSE).series
    assert stepped.series["defect_share"][:, -1] == pytest.approx(rest["defect_share"], abs=1e-3)
    assert stepped.series["threshold_fluence"][:, -1] == pytest.approx(rest["threshold_fluence"], rel=5e-3)


def test_soon_after_a_step_ions_stand_as_before(stepped):
    """1 ms is 1e-4 of the time they take."""
    before = fl.bias_threshold(LI, bias=[0.0], mesh=COARSE).series
    assert stepped.series["threshold_fluence"][:, 0] == pytest.approx(before["threshold_fluence"][0], rel=1e-2)


def test_threshold_is_passed_when_it_is_the_fluence_of_the_pump(stepped):
    """Read off the time found: the threshold there is that of the pump, to 1 %."""
    time, pump = float(stepped.series["crossing_time"][0, 0]), float(stepped.series["fluence"][0])
    again = fl.bias_threshold(LI, bias=[4 * V], at=[time], mesh=COARSE)
    assert bool(stepped.series["crossing_found"].all())
    assert again.series["threshold_fluence"][0, 0] == pytest.approx(pump, rel=1e-2)


@pytest.mark.slow
def test_faster_ions_pass_the_threshold_sooner_in_proportion(stepped):
    """Times go with 1/D as far as carriers follow at once: 10 %, since those behind barriers take seconds themselves
    and screen the field of slow ions (7 % between these two diffusivities)."""
    fast = fl.bias_threshold(with_ions(diffusivity="3e-17 m2/s"), bias=[4 * V], at=[1.0, 75.0], mesh=COARSE)
    slow = float(stepped.series["crossing_time"][0, 0])
    assert float(fast.series["crossing_time"][0, 0]) == pytest.approx(slow * 7.5e-18 / 3e-17, rel=0.1)


def test_step_to_the_same_bias_changes_nothing():
    run = fl.bias_threshold(LI, bias=[2 * V], before=2 * V, at=[1.0, 100.0], fluence=[1.0], mesh=COARSE).series
    assert run["threshold_fluence"][0, 0] == pytest.approx(run["threshold_fluence"][0, 1], rel=1e-4)
    assert not run["crossing_found"].any()


@pytest.mark.slow
def test_more_ions_than_the_contacts_can_charge_are_not_swept_out():
    """C V/q limits what leaves the bulk: ten times the ions at the same bias keep their even spread, s > 0.95."""
    many = fl.bias_threshold(with_ions(mean_density="1.3e24 1/m3"), bias=[3 * V], mesh=COARSE).series
    few = fl.bias_threshold(LI, bias=[3 * V], mesh=COARSE).series
    assert many["defect_share"][0] > 0.95 > few["defect_share"][0] + 0.3


def test_charge_in_place_of_number_turns_the_sign():
    """At 0 V bands are flat and ions even; bias leaves charge: that law raises the threshold, which was not seen."""
    run = fl.bias_threshold(LI, bias=[0.0, 4 * V], law="net", mesh=COARSE).series
    assert run["threshold_fluence"][1] > run["threshold_fluence"][0]
    assert run["quantum_yield"][1, 0] < run["quantum_yield"][0, 0]


def test_absorptance_is_one_pass_behind_what_the_paper_lets_through():
    """0.6 (1 - exp(-4 pi k d/wavelength)) by Beer and Lambert, with k of the card; given, it is taken as it is."""
    k = complex(fl.load_material("cspbbr3").index(355e-9)).imag
    pulse = pump_of(LI, 120e-9, wavelength=None, width=None, absorptance=None)
    assert pulse.absorptance == pytest.approx(0.6 * (1 - np.exp(-4 * np.pi * k * 120e-9 / 355e-9)), rel=1e-12)
    assert (pulse.width, pulse.thickness) == (1e-9, 120e-9)
    full, half = (
        fl.bias_threshold(LI, bias=[0.0], absorptance=share, mesh=COARSE).series["threshold_fluence"][0]
        for share in (0.5, 0.25)
    )
    assert half == pytest.approx(2 * full, rel=1e-6)


def test_pulses_above_threshold_are_said_to_leave_light_out(at_rest):
    above = at_rest.series["fluence"] >= at_rest.series["threshold_fluence"][:, None]
    assert f"{above.sum()} of {above.size} pulses are above threshold" in at_rest.warnings[0]
    assert fl.bias_threshold(LI, bias=[0.0], fluence=[0.1], mesh=COARSE).warnings == ()


@pytest.mark.slow
def test_thresholds_hold_on_a_finer_mesh():
    """16 against 80 cells a layer: 2 % of the threshold at 2 V."""
    coarse, fine = (fl.bias_threshold(LI, bias=[2 * V], mesh=mesh).series["threshold_fluence"][0] for mesh in (16, 80))
    assert coarse == pytest.approx(fine, rel=2e-2)


def test_refusals_say_what_is_missing():
    kim = fl.load_pixel("kim2018")
    with pytest.raises(InputError, match="states no ion_rates: add"):
        fl.bias_threshold(kim, bias=[0.0])
    with pytest.raises(InputError, match='law "traps": card, total, net or none'):
        fl.bias_threshold(LI, bias=[0.0], law="traps")
    with pytest.raises(InputError, match="times must rise"):
        fl.bias_threshold(LI, bias=[1.0], at=[2.0, 1.0])
    with pytest.raises(InputError, match="before 4 V belongs to times at"):
        fl.bias_threshold(LI, bias=[1.0], before=4.0)
    with pytest.raises(InputError, match="states no pump, give wavelength"):
        fl.bias_threshold(LI.replace(pump=None), bias=[0.0])
    with pytest.raises(InputError, match="bias is an empty list"):
        fl.bias_threshold(LI, bias=[])
    with pytest.raises(InputError, match="leaves nothing of cspbbr3"):
        fl.bias_threshold(LI, bias=[0.0], rates=law_of(margin=60e-9), mesh=COARSE)


def test_pixel_with_its_pump_is_saved_and_read_back(tmp_path):
    LI.save(tmp_path / "again.toml")
    assert fl.load_pixel(str(tmp_path / "again.toml")) == LI
    with pytest.raises(InputError, match='no value of a pump named "colour"'):
        LI.replace(pump={"colour": {"value": "355 nm", "source": "choice", "status": "assumed"}})


def test_result_is_saved_read_back_and_drawn(at_rest, stepped, tmp_path):
    at_rest.save(tmp_path / "run")
    back = fl.Result.load(tmp_path / "run")
    assert back.series["threshold_fluence"] == pytest.approx(at_rest.series["threshold_fluence"], rel=1e-15)
    for run, lines in ((back, 5), (stepped, 5)):
        figure = run.plot()
        assert sum(len(axes.lines) for axes in figure.axes) == lines + (run is back)
    assert "li2023" in {key for key, _ in at_rest.sources}


def test_command_prints_units_and_json_with_units_in_its_keys(capsys):
    options = ["bias-threshold", "li2023", "--bias", "0 V, 4 V", "--mesh", "16"]
    assert command(options) == 0
    text = capsys.readouterr().out
    assert "threshold, ions spread evenly" in text
    assert text.count("uJ/cm2") >= 4
    assert command([*options, "--at", "1 s, 60 s", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert np.shape(found["threshold_fluence_J_per_m2"]) == (2, 2)
    assert {"bias_V", "time_s", "fluence_J_per_m2", "threshold_density_per_m3", "monomolecular_rate_per_s"} <= set(
        found
    )
    assert {"radiative_coefficient_m3_per_s", "mean_field_V_per_m", "crossing_time_s", "quantum_yield"} <= set(found)
    assert found["crossing_found"] == [[False], [True]]


@pytest.mark.slow
def test_range_without_blanks_is_read(capsys):
    assert command(["bias-threshold", "li2023", "--bias", "0 V..0.2 V", "--mesh", "8", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["bias_V"]) == 41
