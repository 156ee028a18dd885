"""Sensitivity to assumed inputs: closed forms of the indices, of the band, of the ranges, and what failures leave."""

import sys

import numpy as np
import pytest

import femled as fl
from femled.study.spread import range_of

MASSES = ("perovskite.gain.electron_mass", "perovskite.gain.hole_mass")


@pytest.fixture(scope="module")
def card():
    return fl.load_material("fa_cs_perovskite")


def law(material):
    return material.gain.law


def test_effects_of_a_linear_function_are_its_slopes_over_the_ranges(card):
    """f = 3 a - 2 b: mu* is 3 x 0.2 and 2 x 0.1 exactly, sigma 0; an input that does not enter has none."""
    run = fl.sensitivity(
        lambda one: 3 * law(one).electron_mass - 2 * law(one).hole_mass,
        card,
        inputs=["gain.electron_mass", "gain.hole_mass", "gain.cooling_time"],
        spread={"gain.electron_mass": (0.2, 0.3999), "gain.hole_mass": (0.2, 0.3), "cooling_time": (0.0, 2e-12)},
        samples=8,
    )
    assert run.series["input"].tolist() == ["gain.electron_mass", "gain.hole_mass", "gain.cooling_time"]
    assert run.series["mu_star"] == pytest.approx([3 * 0.1999, 0.2, 0.0], abs=1e-12)
    assert run.series["sigma"] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert float(run.series["nominal_value"]) == pytest.approx(0.25)


def test_shares_of_variance_and_band_of_a_sum_are_the_closed_ones(card):
    """f = a + 2 b with even a and b over the same width: S = 1/5 and 4/5, S1 = ST, sum 1; 1024 rows hold 2 %.

    Quantiles of the trapezoid of a + 2 b: below a quarter of its mass F = s^2/4 for s in units of the width, so that
    5 % lies at s = sqrt(0.2), and 95 % as far from the upper end; within 1 % of the width.
    """
    run = fl.sensitivity(
        lambda one: law(one).electron_mass + 2 * law(one).hole_mass,
        card,
        inputs=["gain.electron_mass", "gain.hole_mass"],
        spread={"*_mass": (0.2, 0.3)},
        method="sobol",
        samples=1024,
    )
    for name in ("first_order", "total"):
        assert run.series[name] == pytest.approx([0.2, 0.8], abs=0.02)
    ends = [0.6 + 0.1 * 0.2**0.5, 0.75, 0.9 - 0.1 * 0.2**0.5]
    assert run.series["band"] == pytest.approx(ends, abs=0.003)


def test_a_product_has_effects_that_differ_from_place_to_place(card):
    """f = a b: the effect of a is its width times b, so sigma is above zero, and mu* the width times the mean of b.

    That mean of 64 places on four levels, 0.1 to 0.19, has a standard error of 0.0335/8, 2.9 %: three of them are 9 %.
    """
    run = fl.sensitivity(
        lambda one: law(one).electron_mass * law(one).hole_mass,
        card,
        inputs=["gain.electron_mass", "gain.hole_mass"],
        spread={"*_mass": (0.1, 0.19)},
        samples=64,
    )
    assert run.series["mu_star"] == pytest.approx([0.09 * 0.145] * 2, rel=0.09)
    assert np.all(run.series["sigma"] > 0.1 * run.series["mu_star"])


def test_assumed_inputs_are_found_and_labels_of_other_values_left_out():
    pixel = fl.load_pixel("elkhouly2024")
    run = fl.sensitivity(lambda one: law(one.layer("perovskite").solid).hole_mass, pixel, samples=4)
    varied = set(run.series["input"].tolist())
    assumed = {one.path for one in fl.inputs_of(pixel) if one.status == "assumed"}
    assert varied <= assumed
    left = {path.rpartition(".")[2] for path in assumed - varied}
    assert left == {"reference_temperature", "gap_temperature", "cold_temperature"}
    assert set(run.series["input_status"].tolist()) == {"assumed"}
    strongest = run.series["input"][int(np.argmax(run.series["mu_star"]))]
    assert strongest == "perovskite.gain.hole_mass"
    assert np.count_nonzero(run.series["mu_star"] > 1e-9) == 1
    low, high = run.series["low"], run.series["high"]
    assert np.all(run.series["sample"] >= low - 1e-9 * abs(low))
    assert np.all(run.series["sample"] <= high + 1e-9 * abs(high))


def test_calibrated_inputs_come_when_they_are_asked_for():
    pixel = fl.load_pixel("elkhouly2024")
    run = fl.sensitivity(
        lambda one: law(one.layer("perovskite").solid).warm_auger_coefficient,
        pixel,
        inputs=["calibrated", *MASSES],
        samples=4,
    )
    found = dict(zip(run.series["input"].tolist(), run.series["input_status"].tolist(), strict=True))
    calibrated = ("perovskite.gain.warm_auger_coefficient", "amplification.scattering_loss")
    assert found == dict.fromkeys(calibrated, "calibrated") | dict.fromkeys(MASSES, "assumed")


def test_ranges_come_from_the_note_or_from_the_kind():
    """By hand from the notes "values from -3.7 to -4.0 eV are in use" and others; by factors and differences else."""
    inputs = {one.path: one for one in fl.inputs_of(fl.load_pixel("kim2018"))}

    def found(path, given=None):
        one = range_of(inputs[path], given or {})
        return one and (one.low, one.high, one.origin)

    slope = found("mapbi3.emission.law.peak.slope")
    assert slope == (pytest.approx(2.5e-4), pytest.approx(3.5e-4), "in use")
    assert found("mapbi3.carriers.conduction_band_ev") == (-4.0, -3.7, "in use")
    assert found("mapbi3.carriers.relative_permittivity") == (18.0, 32.0, "in use")
    assert found("mapbi3.carriers.mobility_exponent") == (-1.5, -1.0, "in use")
    assert found("mapbi3.carriers.ions.iodide_vacancy.mean_density") == (
        pytest.approx(1e24 / 3),
        pytest.approx(3e24),
        "by kind",
    )
    assert found("mapbi3.carriers.valence_band_ev") == (pytest.approx(-5.6), pytest.approx(-5.4), "by kind")
    assert found("poly_tpd.carriers.state_density_exponent") == (-0.5, 0.5, "by kind")
    assert found("tpbi.carriers.electron_mobility", {"electron_mobility": 10.0}) == (
        pytest.approx(1e-9),
        pytest.approx(1e-7),
        "given",
    )
    as_text = {"*.electron_mobility": "1e-10 m2/V/s .. 1e-8 m2/V/s"}
    assert found("tpbi.carriers.electron_mobility", as_text) == (1e-10, 1e-8, "given")


def test_failures_are_counted_with_their_reason_and_rank_nothing_wrong(card):
    """Calls with a large mass fail; the linear effect is what whole paths say, and every failed call has its reason."""

    def sometimes(material):
        if law(material).electron_mass > 0.37:
            raise fl.ConvergenceError(time=None, step=None, block="test", reason="too heavy", advice="none")
        return 2 * law(material).hole_mass

    run = fl.sensitivity(
        sometimes,
        card,
        inputs=["gain.electron_mass", "gain.hole_mass"],
        spread={"*_mass": (0.2, 0.39)},
        samples=32,
    )
    failed = run.series["sample"][:, 0] > 0.37
    assert 0 < failed.sum() < len(failed)
    assert np.array_equal(np.isnan(run.series["value"]), failed)
    assert all(("too heavy" in reason) == lost for reason, lost in zip(run.series["failure"], failed, strict=True))
    assert run.series["mu_star"] == pytest.approx([0.0, 2 * 0.19], abs=1e-12)
    assert f"{failed.sum()} of {len(failed)} calls failed" in run.warnings[0]
    assert np.all(np.isfinite(run.series["band"]))


def test_values_that_are_not_finite_are_failures(card):
    with pytest.raises(fl.InputError, match="fails on the device as it is: returned inf"):
        fl.sensitivity(lambda one: np.inf, card, inputs="gain.*_mass")


def test_the_same_seed_gives_the_same_calls_and_the_result_survives_its_folder(card, tmp_path):
    def mass(one):
        return law(one).hole_mass ** 2

    runs = [fl.sensitivity(mass, card, inputs="gain.*_mass", samples=4, seed=seed) for seed in (3, 3, 4)]
    assert np.array_equal(runs[0].series["sample"], runs[1].series["sample"])
    assert not np.array_equal(runs[0].series["sample"], runs[2].series["sample"])
    runs[0].save(tmp_path / "run")
    loaded = fl.Result.load(tmp_path / "run")
    assert np.array_equal(loaded.series["mu_star"], runs[0].series["mu_star"])
    assert loaded.series["input"].tolist() == runs[0].series["input"].tolist()


@pytest.mark.parametrize(("method", "bars"), [("morris", 2), ("sobol", 2)])
def test_figure_has_the_inputs_by_rank_and_none_without_effect(card, method, bars):
    run = fl.sensitivity(
        lambda one: law(one).electron_mass + 3 * law(one).hole_mass,
        card,
        inputs=["gain.*_mass", "gain.cooling_time"],
        spread={"*_mass": (0.2, 0.3), "cooling_time": (0.0, 2e-12)},
        method=method,
        samples=64,
    )
    axes = run.plot().axes[1]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[-2:] == ["gain.electron_mass", "gain.hole_mass"]
    if method == "morris":
        assert len(names) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"inputs": "gain.hole_mas"}, 'no input named "gain.hole_mas"; nearest: gain.hole_mass'),
        ({"inputs": "gain.*_mass", "method": "fast"}, 'no method named "fast"'),
        ({"inputs": "gain.*_mass", "method": "sobol", "samples": 100}, "power of 2"),
        ({"inputs": "gain.*_mass", "samples": 2}, "at least 4"),
        ({"inputs": "gain.*_mass", "spread": {"gap_ev": 2.0}}, "no input that varies"),
        ({"inputs": "gain.*_mass", "spread": {"hole_mass": 0.5}}, "factor 0.5 is not above 1"),
        ({"inputs": "gain.*_mass", "spread": {"hole_mass": (0.3, 0.2)}}, "does not rise"),
        ({"inputs": "gain.*_mass", "spread": {"hole_mass": "0.2 to 0.3"}}, "is not a range"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(card, options, words):
    with pytest.raises(fl.InputError, match=words):
        fl.sensitivity(lambda one: law(one).hole_mass, card, **options)


def test_a_missing_package_is_said_with_how_to_get_it(card, monkeypatch):
    for name in [*(key for key in sys.modules if key.split(".")[0] == "SALib"), "SALib", "SALib.sample.morris"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(fl.SetupError, match=r"pip install 'femled\[fit\]'"):
        fl.sensitivity(lambda one: law(one).hole_mass, card, inputs="gain.*_mass")
