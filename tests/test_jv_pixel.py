"""Current-voltage curves of pixels: their light, where it is made, what passes the emitter by, and the verb `jv`."""

import json

import numpy as np
import pytest

import femled as fl
from femled.cli import run as cli
from femled.experiments.light_extraction import light_extraction
from femled.plotting_carriers import jv_figure

VOLTAGES = [0.0, 2.0, 3.0, 8.0]
NAMES = ("elkhouly2024", "kim2018", "li2023")


@pytest.fixture(scope="module", params=NAMES)
def curve(request):
    return fl.jv(fl.load_pixel(request.param), voltages=VOLTAGES, mesh=60)


@pytest.fixture(scope="module")
def kim():
    return fl.jv(fl.load_pixel("kim2018"), voltages=VOLTAGES, mesh=60)


def femled(*arguments, capsys):
    code = cli(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_pixel_carries_the_current_of_its_column(kim):
    """The same equations: the numbers are the same to the last digit."""
    column = fl.jv(fl.load_pixel("kim2018").column(), voltages=VOLTAGES, mesh=60)
    for name in ("current_density", "internal_quantum_efficiency", "recombination_share"):
        assert kim.series[name].tolist() == column.series[name].tolist()
    assert "external_quantum_efficiency" not in column.series.variables
    assert kim.inputs["pixel"]["name"] == "kim2018"


def test_external_efficiency_is_the_internal_one_times_outcoupling(curve):
    """EQE = IQE eta_out, exactly; eta_out lies between the smallest and the largest share by height."""
    data, law = curve.series, light_extraction(fl.load_pixel(curve.inputs["pixel"]["name"]))
    eta = data["outcoupling_efficiency"]
    assert data["external_quantum_efficiency"] == pytest.approx(
        data["internal_quantum_efficiency"] * eta, rel=1e-14, abs=0
    )
    assert np.all((law.shares.min() <= eta) & (eta <= law.shares.max()))
    assert data["external_quantum_efficiency"][-1] > 0


def test_given_outcoupling_is_taken_as_it_is():
    run = fl.jv(fl.load_pixel("kim2018"), voltages=[3.0], mesh=60, outcoupling=0.15)
    data = run.series
    assert data["outcoupling_efficiency"].tolist() == [0.15]
    assert data["external_quantum_efficiency"][0] == 0.15 * data["internal_quantum_efficiency"][0]
    assert run.warnings == ()
    assert not any("konig" in key for key, _ in run.sources)  # no refractive index was used


@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])])
def test_outcoupling_of_an_even_emission_is_that_of_the_optical_experiment(name):
    """11 wavelengths and 21 heights against 51 and 41: within the 0.2 % that are stated, over all three pixels.

    The same shares, weighted evenly by the law of this module, are a quadrature over unequal heights: within 1 %.
    """
    pixel = fl.load_pixel(name)
    law = light_extraction(pixel)
    run = fl.outcoupling(pixel, wavelengths=51, depths=41)
    shares = dict(zip(run.series["channel"].tolist(), run.series["share"].tolist(), strict=True))
    reference = shares["top"] + shares["bottom"]
    assert law.even == pytest.approx(reference, rel=2e-3)
    away = run.series.attributes["kept_away_m"]
    z = np.linspace(away[0], pixel.layer(pixel.emitter).thickness - away[1], 4001)
    assert law.weighted(z, np.ones(4001)) == pytest.approx(reference, rel=1e-2)


def test_outcoupling_weighs_the_places_of_recombination():
    """All light from one height leaves with the share of that height."""
    law = light_extraction(fl.load_pixel("elkhouly2024"))
    k = len(law.heights) // 2
    at = np.array([law.heights[k]])
    assert law.weighted(at, np.ones(1)) == pytest.approx(law.shares[k], rel=1e-14)
    assert law.weighted(at, np.zeros(1)) == law.even
    assert law.shares.max() > 2 * law.shares.min()


def test_height_is_measured_from_the_substrate_whichever_side_the_anode_is_on():
    """li2023, anode on top: light made near the anode is made near the upper face of the emitter."""
    pixel = fl.load_pixel("li2023")
    law = light_extraction(pixel)
    run = fl.jv(pixel, voltages=[8.0], mesh=60)
    data, d = run.series, pixel.layer("cspbbr3").thickness
    depth = data["radiative_position"][0] - pixel.layer("tfb").thickness
    assert depth < 0.2 * d
    upper = np.interp(d - depth, law.heights, law.shares)
    lower = np.interp(depth, law.heights, law.shares)
    eta = float(data["outcoupling_efficiency"][0])
    assert abs(eta - upper) < 0.1 * abs(eta - lower)


def test_what_recombines_in_the_emitter_and_what_leaks_make_up_the_current(curve):
    """1 = share in the emitter + electrons past it + holes past it; continuity of J_n, to round-off of J."""
    data, pixel = curve.series, curve.inputs["pixel"]
    at = data["layer"].tolist().index(pixel["emitter"])
    flows = data["internal_quantum_efficiency"] > 0
    assert flows.sum() >= 2
    sums = data["recombination_share"][:, at] + data["electron_leakage"] + data["hole_leakage"]
    assert sums[flows] == pytest.approx(1.0, abs=1e-6)
    assert data["recombination_share"][~flows].tolist() == [[0.0] * 3] * int((~flows).sum())


def test_electrons_past_the_emitter_are_their_current_at_its_face(kim):
    """Before poly-TPD: J_n(poly_tpd/mapbi3)/J; nothing recombines in poly-TPD, so all of it reaches the anode."""
    data = kim.series
    assert data["face"].tolist() == ["anode", "poly_tpd/mapbi3", "mapbi3/tpbi", "cathode"]
    i, total = 2, data["current_density"][2]
    electrons = data["electron_current_density"][i]
    assert data["electron_leakage"][i] == pytest.approx(electrons[1] / total, rel=1e-12)
    assert electrons[0] == pytest.approx(electrons[1], rel=1e-12)
    assert electrons[3] == pytest.approx(total, rel=1e-6)
    assert np.all(np.diff(electrons) >= -1e-9 * total)


def test_a_higher_barrier_keeps_electrons_out_of_the_hole_transport_layer(kim):
    """The nominal offset of 1.6 eV of the card against the 0.20 eV of the device: no electron is left."""
    pixel = fl.load_pixel("kim2018")
    layers = tuple(layer.replace(carriers=None) if layer.name == "poly_tpd" else layer for layer in pixel.layers)
    nominal = fl.jv(pixel.replace(layers=layers), voltages=[3.0], mesh=60, outcoupling=0.15).series
    assert kim.series["electron_leakage"][2] > 0.02
    assert abs(nominal["electron_leakage"][0]) < 1e-6


def test_rates_over_the_position_integrate_to_the_currents(kim):
    """q Int R dx by the trapezoidal rule on the nodes, which is the rule of the equations: equal to round-off."""
    data, q = kim.series, 1.602176634e-19
    x = data["position"].reshape(-1, 2)
    for name in ("radiative", "srh", "auger"):
        rate = data[f"{name}_rate"][3].reshape(-1, 2)
        integral = q * float((rate.mean(axis=1) * np.diff(x, axis=1)[:, 0]).sum())
        assert integral == pytest.approx(data[f"{name}_current_density"][3], rel=1e-9)
    middle = data["radiative_rate"][3].reshape(-1, 2)
    first = q * float((middle * x).mean(axis=1) @ np.diff(x, axis=1)[:, 0])
    assert data["radiative_position"][3] == pytest.approx(first / data["radiative_current_density"][3], rel=1e-9)
    assert 25e-9 < data["radiative_position"][3] < 95e-9


def test_generation_counts_in_the_electron_current():
    """Under light at reverse bias every pair is collected: J_n grows by -q G d through the emitter."""
    column = fl.load_pixel("kim2018").column()
    light = lambda x: np.where((x > 25e-9) & (x < 95e-9), 1e26, 0.0)  # noqa: E731
    data = fl.jv(column, voltages=[-2.0], generation=light, mesh=60).series
    electrons = data["electron_current_density"][0]
    pairs = 1.602176634e-19 * 1e26 * 70e-9
    recombined = sum(data[f"{name}_current_density"][0] for name in ("radiative", "srh", "auger"))
    assert electrons[2] - electrons[1] == pytest.approx(recombined - pairs, rel=1e-9)
    assert electrons[3] == pytest.approx(data["current_density"][0], rel=1e-6)


def test_ions_frozen_at_a_bias_are_those_of_the_relaxed_state():
    """The text and the state give the same curve to the last digit, and not that of relaxed ions."""
    pixel = fl.load_pixel("kim2018")
    state = fl.relax_ions(pixel, voltage=0.0, mesh=60)
    by_text, by_state, relaxed = (
        fl.jv(pixel, voltages=[3.0], ions=ions, outcoupling=0.15, mesh=60)
        for ions in ("frozen-at 0 V", state, "relaxed")
    )
    currents = [float(run.series["current_density"][0]) for run in (by_text, by_state, relaxed)]
    assert currents[0] == currents[1]
    assert abs(currents[0] / currents[2] - 1) > 0.05
    assert by_text.inputs["ions"] == "frozen-at 0 V"


@pytest.mark.parametrize(
    ("ions", "words"),
    [
        ("frozen", 'neither "relaxed", "none", a bias to be frozen at such as "frozen-at 0 V"'),
        ("frozen-at", "neither"),
        ("frozen-at 0", "has no unit"),
        ("frozen-at 3 A", "is not a unit of"),
        ("frozen-at 300 V", "ions 300 V is outside"),
    ],
)
def test_unknown_choice_of_ions_is_refused_with_the_known_ones(ions, words):
    with pytest.raises(fl.InputError, match=words):
        fl.jv(fl.load_pixel("kim2018"), voltages=[1.0], ions=ions)


def test_pixel_without_optics_still_has_its_current():
    """An emitter without emission spectrum: no EQE, a note that says how to get one."""
    pixel = fl.load_pixel("kim2018")
    dark = pixel.layer("mapbi3").material.replace(emission=None)
    layers = tuple(layer.replace(material=dark) if layer.name == "mapbi3" else layer for layer in pixel.layers)
    run = fl.jv(pixel.replace(layers=layers), voltages=[3.0], mesh=60)
    assert "external_quantum_efficiency" not in run.series.variables
    assert run.series["internal_quantum_efficiency"][0] > 0.5
    assert any("no external quantum efficiency" in text and "give outcoupling" in text for text in run.warnings)


def test_figure_shows_currents_efficiencies_and_the_profile(kim, tmp_path):
    left, middle, right, inner = jv_figure(kim).axes
    assert (left.get_yscale(), middle.get_xscale(), right.get_yscale()) == ("log", "log", "log")
    assert (middle.get_ylabel(), inner.get_ylabel()) == ("EQE (%)", "IQE (%)")
    assert right.get_xlim() == pytest.approx((0.0, 135.0))
    again = fl.Result.load(kim.save(tmp_path / "run"))
    assert len(again.plot().axes) == 4
    assert "kim2018" in repr(again)
    drawn = again.plot("external_quantum_efficiency").axes[0]
    assert drawn.get_xlabel() == "voltage (V)"
    assert drawn.lines[0].get_xdata().tolist() == VOLTAGES
    with pytest.raises(fl.InputError, match="only series over time or voltage"):
        again.plot("radiative_rate")


def test_verb_prints_json_with_the_names_of_the_data(capsys):
    """A range is 41 voltages; --ions takes its two words together or apart."""
    options = ("--mesh", "40", "--outcoupling", "0.15", "--json")
    code, out, err = femled("jv", "kim2018", "--voltages", "0 V .. 4 V", *options, capsys=capsys)
    row = json.loads(out)
    assert (code, err) == (0, "")
    assert (row["pixel"], row["ions"]) == ("kim2018", "relaxed")
    assert row["voltage"] == pytest.approx(np.linspace(0, 4, 41))
    assert {"current_density", "external_quantum_efficiency", "recombination_share", "citations"} <= set(row)
    assert len(row["recombination_share"]) == 41
    assert len(row["recombination_share"][0]) == len(row["layer"]) == 3
    together, apart = (
        json.loads(femled("jv", "kim2018", "--voltages", "3 V", "--ions", *words, *options, capsys=capsys)[1])
        for words in (("frozen-at 0 V",), ("frozen-at", "0 V"))
    )
    assert together == apart
    assert together["ions"] == "frozen-at 0 V"


def test_report_states_contacts_rule_and_units(capsys):
    code, out, _ = femled("jv", "elkhouly2024", "--voltages", "1 V, 3 V", "--mesh", "40", capsys=capsys)
    assert code == 0
    for text in ("anode -5.55 eV, cathode -3.8 eV", "near-field rule", "A/cm2", " %", "291 K", "pcbm: R"):
        assert text in out


def test_variants_of_a_pixel_change_its_current(capsys):
    options = ("--voltages", "3 V", "--mesh", "40", "--outcoupling", "0.15", "--json")
    warm, cold = (
        json.loads(femled("jv", "kim2018", "--ambient-temperature", T, *options, capsys=capsys)[1])
        for T in ("330 K", "250 K")
    )
    assert warm["current_density"][0] > 1.1 * cold["current_density"][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--voltages", "300 V"), "voltages 300 V is outside -200 V .. 200 V"),
        (("--voltages", "3"), 'voltages "3" has no unit'),
        (("--voltages", "3 V", "--ions", "moving"), 'ions "moving" is neither'),
        (("--voltages", "3 V", "--outcoupling", "15"), "outcoupling 15 1 is outside"),
        (("--voltages", "3 V", "--mesh", "3"), "mesh 3 is neither"),
        (("--voltages", "3 V", "--mesh", "finest"), "finest"),
        (("--voltages", "3 V", "--generation", "1"), "generation"),
        ((), "voltages"),
    ],
)
def test_bad_input_of_the_verb_is_refused_in_one_line_with_code_2(arguments, words, capsys):
    code, out, err = femled("jv", "kim2018", *arguments, capsys=capsys)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert words in err


def test_verb_prints_the_voltages_that_were_reached_before_a_solver_stopped(capsys, monkeypatch):
    """No convergence above 3 V: the result up to there on stdout, the reason on stderr, code 1."""
    from femled.solve.steady import SteadyPath

    go = SteadyPath.go

    def tired(self, voltage):
        if voltage > 3:
            raise fl.ConvergenceError(
                time=None, step=None, block="carriers", reason="stalled", advice="rest", voltage=voltage
            )
        go(self, voltage)

    monkeypatch.setattr(SteadyPath, "go", tired)
    code, out, err = femled(
        "jv", "kim2018", "--voltages", "2 V, 3 V, 4 V", "--mesh", "40", "--outcoupling", "0.1", "--json", capsys=capsys
    )
    row = json.loads(out)
    assert (code, row["voltage"]) == (1, [2.0, 3.0])
    assert row["outcome"].startswith("stopped: no convergence at V = 4 V")
    assert err.strip() == 'femled: no convergence at V = 4 V in block "carriers" (stalled): rest'


def test_a_series_of_a_column_is_drawn_over_the_voltage():
    column = fl.load_pixel("kim2018").column()
    axes = fl.jv(column, voltages=[3.0, 2.0], mesh=20).plot("current_density").axes[0]
    assert axes.lines[0].get_xdata().tolist() == [2.0, 3.0]
    assert axes.get_title() == "column"
