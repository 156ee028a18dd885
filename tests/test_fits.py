"""Fits of decays, efficiencies and spectra: what was put in comes back, with errors that are those of the noise."""

import json

import numpy as np
import pytest

from femled.cli import run
from femled.constants import ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.experiments.abc_fit import abc_density
from femled.experiments.data_columns import read_columns
from femled.experiments.fit_data import fit_data
from femled.experiments.fit_decay import abc_course, deep_course, fit_decay
from femled.experiments.fit_efficiency import abc_efficiency, fit_efficiency
from femled.experiments.fit_result import parameters_of
from femled.experiments.fit_spectrum import FWHM, fit_spectrum
from femled.experiments.fitting import Unknown, best_fit, least_squares
from femled.experiments.spectrum_shape import HC, excess, full_width, per_energy, per_wavelength
from femled.solve.deep_level import DeepLevel, march

TIME = np.linspace(0, 1e-6, 200)
WAVES = np.linspace(750e-9, 840e-9, 240)
DEEP = {
    "monomolecular_rate": 2e7,
    "bimolecular_coefficient": 1e-16,
    "auger_coefficient": 0.0,
    "detrapping_rate": 1e7,
    "relaxation_rate": 2e6,
    "amplitude": 1.0,
}


def noise(seed, size, points):
    return size * np.random.default_rng(seed).standard_normal(points)


def lines(*which):
    """A spectrum per wavelength of (amplitude per eV, energy, deviation), over its peak."""
    E = HC / WAVES
    found = per_wavelength(E, sum(a * np.exp(-((E - e) ** 2) / (2 * s**2)) for a, e, s in which))
    return found / found.max()


def test_decay_that_is_fitted_is_that_of_the_closed_form_and_of_the_march():
    """The grid of ln n in cells of 0.05 holds 1e-6; the deep level by LSODA to 1e-8 holds 1e-5 where 1e-3 is left."""
    assert abc_course(TIME, 1e7, 1e-16, 0.0, 3e22) == pytest.approx(abc_density(TIME, 1e7, 1e-16, 3e22), rel=1e-6)
    law = DeepLevel.of(1, monomolecular=1e7, bimolecular=1e-16, auger=1e-40)
    told = march(law, start=np.array([1e24]), deep=np.zeros(1), times=TIME).density[:, 0]
    assert abc_course(TIME, 1e7, 1e-16, 1e-40, 1e24) == pytest.approx(told, rel=1e-6)
    law = DeepLevel.of(1, monomolecular=2e7, bimolecular=1e-16, detrapping=1e7, relaxation=2e6)
    told = march(law, start=np.array([1e23]), deep=np.zeros(1), times=TIME).density[:, 0]
    assert deep_course(TIME, DEEP, 1e23) == pytest.approx(told, rel=1e-5)


@pytest.mark.parametrize("signal", ["n", "n2"])
def test_a_b_and_c_of_a_decay_come_back_within_three_standard_errors(signal):
    truth = {"monomolecular_rate": 3e6, "bimolecular_coefficient": 1e-16, "auger_coefficient": 1e-40}
    n = abc_course(TIME, *truth.values(), 1e24) / 1e24
    light = 500 * (n ** (1 if signal == "n" else 2) + noise(1, 2e-4, len(TIME)))
    found = parameters_of(fit_decay(TIME, light, signal=signal, initial_density=1e24, intervals=False))
    for name, value in truth.items():
        assert abs(found[name]["value"] - value) < 3 * found[name]["standard_error"]
        assert found[name]["standard_error"] < 0.1 * value
    assert found["amplitude"]["value"] == pytest.approx(500, rel=1e-3)


def test_wrong_power_of_the_density_gives_wrong_rates():
    light = abc_course(TIME, 3e6, 1e-16, 0.0, 1e23) ** 2
    held = {"auger_coefficient": 0.0}
    right, wrong = (
        fit_decay(TIME, light, signal=signal, initial_density=1e23, fixed=held, intervals=False).series
        for signal in ("n2", "n")
    )
    assert right["monomolecular_rate"] == pytest.approx(3e6, rel=1e-4)
    assert wrong["monomolecular_rate"] > 1.5 * right["monomolecular_rate"]


def test_deep_level_is_told_from_a_decay():
    light = deep_course(TIME, DEEP, 1e23) / 1e23 + noise(2, 1e-3, len(TIME))
    found = parameters_of(fit_decay(TIME, light, model="detrapping", signal="n", initial_density=1e23, intervals=False))
    for name in ("monomolecular_rate", "detrapping_rate", "relaxation_rate"):
        assert abs(found[name]["value"] - DEEP[name]) < 3 * found[name]["standard_error"]
        assert found[name]["standard_error"] < 0.05 * DEEP[name]
    assert not found["auger_coefficient"]["free"]


def test_standard_errors_and_intervals_are_those_of_the_noise():
    """y = a x + b with known errors: the covariance is (X^T X)^-1 exactly; by profile 1.96 to 2.0 errors (F test)."""
    x = np.linspace(0, 1, 101)
    data = 2 * x + 1 + noise(3, 0.1, 101)
    unknowns = (Unknown("a", 1.0, "1", "slope"), Unknown("b", 0.5, "1", "start"))
    found = least_squares(lambda v: (v["a"] * x + v["b"] - data) / 0.1, unknowns, known_errors=True)
    X = np.stack([x, np.ones_like(x)], axis=1)
    covariance = np.linalg.inv(X.T @ X) * 0.1**2
    a = found.estimates["a"]
    assert a.error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-4)
    told = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found.correlation[0, 1] == pytest.approx(told, rel=1e-4)
    scale = np.sqrt(found.reduced_chi_square)  # an F test estimates the variance from the misfit
    assert (a.high - a.value) / (a.error * scale) == pytest.approx(1.98, abs=0.02)
    assert (a.value - a.low) / (a.error * scale) == pytest.approx(1.98, abs=0.02)
    assert found.reduced_chi_square == pytest.approx(1.0, abs=0.45)  # three deviations of chi square of 99


@pytest.mark.slow
def test_errors_cover_the_truth_as_often_as_they_say():
    """Of 60 noisy decays the truth is within one standard error in 68 %: 41 +- 3.6, so 30 to 52 at three deviations."""
    n = abc_density(TIME, 3e6, 1e-16, 1e23) / 1e23
    inside = 0
    for seed in range(60):
        data = n + noise(100 + seed, 0.01, len(n))
        one = fit_decay(
            TIME, data, signal="n", initial_density=1e23, fixed={"auger_coefficient": 0.0}, intervals=False
        ).series
        inside += abs(one["monomolecular_rate"] - 3e6) < one["monomolecular_rate_error"]
    assert 30 <= inside <= 52


def test_a_rate_that_is_not_there_ends_at_its_bound_and_is_told():
    """A decay that becomes faster asks for negative B and C: both end at 0 and are held there, A is what is left."""
    light = np.exp(-3e6 * TIME - 1e12 * TIME**2)
    found = fit_decay(TIME, light, signal="n", initial_density=1e22, intervals=False)
    for name in ("bimolecular_coefficient", "auger_coefficient"):
        assert any(note.startswith(f"{name} ended at its bound") for note in found.warnings)
        assert found.series[name] == 0.0
    assert found.series["parameter"].tolist() == ["monomolecular_rate", "amplitude"]
    assert 3e6 < found.series["monomolecular_rate"] < 5e6


def test_the_best_of_several_starts_is_taken():
    """cos(w x) has a minimum near every start; only one start leads to w = 5."""
    x = np.linspace(0, 3, 60)
    starts = [[Unknown("w", w, "1", "")] for w in (1.0, 2.5, 4.6)]
    found = best_fit(lambda v: np.cos(v["w"] * x) - np.cos(5 * x), starts, intervals=False)
    assert found["w"] == pytest.approx(5.0, rel=1e-6)


def test_efficiency_over_current_gives_a_and_c_for_a_known_b():
    J = np.geomspace(1, 1e6, 40)
    rate = J / (ELEMENTARY_CHARGE * 50e-9)
    share = abc_efficiency(rate, 1e6 / 1e-8, 1e-40 / 1e-24)
    n = np.sqrt(share * rate / 1e-16)
    assert 1e6 * n + 1e-16 * n**2 + 1e-40 * n**3 == pytest.approx(rate, rel=1e-12)
    data = 0.2 * share * (1 + noise(4, 0.01, 40))
    found = parameters_of(fit_efficiency(J, data, thickness=50e-9, bimolecular_coefficient=1e-16, intervals=False))
    for name, value in (("monomolecular_rate", 1e6), ("auger_coefficient", 1e-40), ("extraction", 0.2)):
        assert abs(found[name]["value"] - value) < 3 * found[name]["standard_error"]
        assert found[name]["standard_error"] < 0.03 * value


def test_jacobian_keeps_the_number_of_photons():
    """Int I_lambda dlambda = Int I_E dE: trapezoids on 240 points of a smooth line hold 1e-6."""
    spectrum = lines((1.0, 1.57, 0.016))
    E, per_ev = per_energy(WAVES, spectrum)
    assert np.trapezoid(per_ev, E) == pytest.approx(np.trapezoid(spectrum, WAVES), rel=1e-6)
    assert per_wavelength(E, per_ev)[::-1] == pytest.approx(spectrum, rel=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_gaussians_come_back_within_three_standard_errors(count):
    truth = [(1.0, 1.575, 0.0166), (0.7, 1.562, 0.005), (0.5, 1.60, 0.004)][:count]
    data = lines(*truth) + noise(5, 0.005, len(WAVES))
    found = parameters_of(fit_spectrum(WAVES, data, gaussians=count, intervals=False))
    order = sorted(range(count), key=lambda k: -truth[k][2])
    for number, k in enumerate(order, start=1):
        for kind, value in (("energy", truth[k][1]), ("deviation", truth[k][2])):
            one = found[f"{kind}_{number}"]
            assert abs(one["value"] - value) < 3 * one["standard_error"]
            assert one["standard_error"] < 0.1 * truth[k][2]


def test_full_widths_are_those_of_the_lines():
    """A line of 39.0 meV at 1.575 eV is 19.5 nm wide: FWHM lambda^2/hc to the first order, 1e-3 with the Jacobian."""
    found = fit_spectrum(WAVES, lines((1.0, 1.575, 0.0390 / FWHM)), gaussians=1, intervals=False).series
    assert found["width_energy"] == pytest.approx([0.0390], rel=1e-6)
    assert found["width_wavelength"] == pytest.approx([0.0390 * HC / 1.575**2], rel=2e-3)
    assert found["total_width_wavelength"] == pytest.approx(found["width_wavelength"][0], rel=1e-3)


def test_dropping_the_jacobian_is_noticed():
    """I_lambda ~ E^2 shifts a line of 16.6 meV by 2 sigma^2/E = 0.35 meV: 20 standard errors of a clean fit."""
    spectrum = lines((1.0, 1.575, 0.0166))
    plain = np.exp(-((HC / WAVES - 1.575) ** 2) / (2 * 0.0166**2))
    right, wrong = (fit_spectrum(WAVES, one, gaussians=1, intervals=False).series for one in (spectrum, plain))
    assert right["energy_1"] == pytest.approx(1.575, abs=1e-6)
    assert wrong["energy_1"] == pytest.approx(1.575 - 2 * 0.0166**2 / 1.575, abs=3e-5)


def test_fixed_and_shared_parameters_are_kept():
    data = lines((1.0, 1.575, 0.012), (0.6, 1.54, 0.012)) + noise(6, 0.005, len(WAVES))
    found = fit_spectrum(
        WAVES, data, fixed={"energy_1": 1.575}, shared={"deviation_2": "deviation_1"}, intervals=False
    ).series
    assert found["energy_1"] == 1.575
    assert found["energy_1_error"] == 0.0
    assert found["deviation_1"] == found["deviation_2"] == pytest.approx(0.012, rel=0.02)
    assert found["energy_2"] == pytest.approx(1.54, abs=3e-4)
    assert found["parameter"].tolist() == ["amplitude_1", "deviation_1", "amplitude_2", "energy_2"]


def test_excess_over_the_scaled_reference_is_the_line_that_was_added():
    """A line far below the flank on which the reference is scaled: its height over the reference, 0.9, to 1 %."""
    below = lines((1.0, 1.575, 0.0166))
    added = np.exp(-((HC / WAVES - 1.56) ** 2) / (2 * 0.004**2))
    top = int(added.argmax())
    above = 3 * (below + 0.9 * below[top] * added)
    found = excess(WAVES, above, 10 * below)
    assert found.scale == pytest.approx(0.3, rel=1e-3)
    fit = fit_spectrum(WAVES, above, reference=(WAVES, 10 * below), intervals=False).series
    assert fit["excess_share"] == pytest.approx(0.9, rel=0.01)
    assert fit["excess_energy"] == pytest.approx(1.56, abs=1e-3)


def test_a_second_gaussian_is_found_where_nothing_is_amplified_but_no_excess():
    """A line with a tail is no Gaussian: two free Gaussians split it, the excess over itself is nothing."""
    E = HC / WAVES
    tailed = per_wavelength(E, 1 / (np.exp((1.57 - E) / 0.004) + np.exp((E - 1.57) / 0.012)))
    fit = fit_spectrum(WAVES, tailed, reference=(WAVES, tailed), intervals=False).series
    assert fit["amplitude_2"] > 0.2 * fit["amplitude_1"]
    assert abs(fit["excess_share"]) < 1e-9


def test_width_that_is_cut_off_is_not_a_number():
    assert np.isnan(full_width(np.arange(5.0), np.array([5.0, 4.0, 3.0, 2.0, 1.0])))


def written(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


ROWS = "".join(f"{t * 1e9:g},{y:.6f}\n" for t, y in zip(TIME, np.exp(-5e6 * TIME), strict=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t [ns],pl [1]\n" + ROWS, 'no column "time", only "t", "pl"'),
        ("time,pl [1]\n" + ROWS, '"time" has no unit'),
        ("time [nm],pl [1]\n" + ROWS, '"nm" is not a unit of [s]'),
        ("time [parsnip],pl [1]\n" + ROWS, 'unknown unit "parsnip"'),
        ("time [ns],pl [V]\n" + ROWS, 'write light on any scale as "pl [1]"'),
        ("time [ns],pl [1]\n1,2\nabc,1\n", 'line 3: "abc" under "time" is not a finite number'),
        ("time [ns],pl [1]\n1,2\n2,nan\n", 'line 3: "nan" under "pl"'),
        ("time [ns],pl [1]\n1,2\n2\n", "line 3: 1 cells under 2 columns"),
        ("time [ns],pl [1]\n1,2\n2,1\n", "2 rows are too few"),
        ("time [ns],pl [1]\n" + ROWS + "3,1\n", "does not rise"),
        (ROWS, "does not name the columns"),
        ("", "is empty"),
        ("time [ns],time [ns]\n" + ROWS, "there twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(text, words, tmp_path, capsys):
    path = written(tmp_path, text)
    options = ("--model", "abc", "--signal", "n", "--initial-density", "1e16 1/cm3")
    code = run(["fit", str(path), *options])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert "data.csv" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "abc"}, "signal is missing"),
        ({"model": "abc", "signal": "n"}, "initial_density is missing"),
        ({"model": "abc", "signal": "n", "initial_density": 1e22, "gaussians": 2}, "gaussians is no option of a decay"),
        ({"model": "gaussians", "signal": "n"}, "signal is no option of a spectrum"),
        ({"model": "gaussians"}, 'no column "wavelength"'),
        ({"model": "abc", "signal": "n", "initial_density": 1e22, "fixed": "A = 1 1/s"}, 'no parameter named "A"'),
        ({"model": "abc", "signal": "n", "initial_density": 1e22, "fixed": "amplitude 3"}, "write NAME = VALUE"),
        ({"model": "lines"}, "is none of"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, words, tmp_path):
    with pytest.raises(InputError) as error:
        fit_data(written(tmp_path, "time [ns],pl [1]\n" + ROWS), **options)
    assert words in str(error.value)


def test_columns_are_read_with_comments_percent_and_units(tmp_path):
    path = written(tmp_path, "# measured\ncurrent density [A/cm2], EQE [%]\n\n1,10\n2,20\n")
    found = read_columns(path)
    assert found.column("current_density", "A/m2", example="").tolist() == [1e4, 2e4]
    assert found.column("eqe", "1", example="").tolist() == [0.1, 0.2]
    assert found.lines == (4, 5)


def test_energies_and_wavelengths_of_a_file_give_the_same_fit(tmp_path):
    E = HC / WAVES
    per_ev = np.exp(-((E - 1.575) ** 2) / (2 * 0.0166**2))
    text = "energy [eV],intensity [1]\n" + "".join(
        f"{a!r},{b!r}\n" for a, b in zip(E.tolist(), per_ev.tolist(), strict=True)
    )
    found = fit_data(written(tmp_path, text), model="gaussians", gaussians=1, intervals=False).series
    assert found["energy_1"] == pytest.approx(1.575, abs=1e-7)
    assert found["width_energy"] == pytest.approx([0.0166 * FWHM], rel=1e-5)


def test_verbs_print_json_with_units_and_write_a_picture(tmp_path, capsys):
    path = written(tmp_path, "time [ns],pl [1]\n" + ROWS)
    usual = ("--signal", "n", "--initial-density", "1e16 1/cm3", "--fixed", "auger_coefficient = 0 cm6/s")
    assert run(["fit", str(path), "--model", "abc", *usual, "--output", str(tmp_path / "out"), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["parameters"]["monomolecular_rate"]["unit"] == "1/s"
    assert row["parameters"]["monomolecular_rate"]["value"] == pytest.approx(5e6, rel=1e-4)
    assert len(row["time_s"]) == len(row["residual"]) == row["rows"] == len(TIME)
    assert (tmp_path / "out" / "fit.png").stat().st_size > 1000
    decay = ("--initial-density", "1e16 1/cm3", "--monomolecular-rate", "1e7 1/s, 1e6 1/s", "--signal", "n")
    more = ("--window", "1 us", "--diffusivity", "0.017 cm2/s", "--points", "60")
    assert run(["lifetime", *decay, *more, "--json", "--output", str(tmp_path / "life")]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["average_lifetime_s"] == pytest.approx([1e-7, 1e-6], rel=1e-6)
    assert row["diffusion_length_m"][0] == pytest.approx(np.sqrt(0.017e-4 * 1e-7), rel=1e-6)
    assert row["carrier_balance"] < 1e-8
    assert (tmp_path / "life" / "lifetime.png").is_file()
    assert run(["lifetime", *decay, *more]) == 0
    assert "100 ns" in capsys.readouterr().out


def test_results_are_saved_and_drawn_again(tmp_path):
    from femled.result import Result

    light = abc_density(TIME, 3e6, 1e-16, 1e22)
    made = fit_decay(TIME, light, signal="n", initial_density=1e22, fixed={"auger_coefficient": 0.0}, intervals=False)
    again = Result.load(made.save(tmp_path / "fit"))
    assert parameters_of(again) == parameters_of(made)
    assert again.plot() is not None
