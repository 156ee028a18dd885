"""Results: what they say about a run is right, they are saved whole and come back the same."""

import inspect
import json
from dataclasses import replace
from math import inf, log

import numpy as np
import pytest

from femled import (
    InputError,
    Pulse,
    PulseTrain,
    ResultFileError,
    heat_pulse,
    heat_steady,
    heat_train,
    load_pixel,
    thermal_impedance,
)
from femled.result import Result
from femled.series import Series, over_time

KW_CM2 = 1e7
PIXEL = load_pixel("kim2018")
TRAIN = PulseTrain(pulse=Pulse(amplitude=KW_CM2, width=2e-6), period=20e-6, count=3)


def pulse(**options):
    return heat_pulse(
        PIXEL, **({"power_density": KW_CM2, "width": 2e-6, "until": 22e-6, "resolution": "coarse"} | options)
    )


EXPERIMENTS = {
    "heat_pulse": pulse,
    "column": lambda: pulse(laterally_uniform=True),
    "conformal": lambda: heat_pulse(
        PIXEL.replace(geometry="conformal"), power_density=KW_CM2, width=1e-6, until=2e-6, at=[1e-6, 2e-6]
    ),
    "warned": lambda: heat_pulse(
        load_pixel("elkhouly2024"), power_density=100 * KW_CM2, width=1e-6, until=1e-6, at=[1e-6]
    ),
    "heat_steady": lambda: heat_steady(PIXEL, power_density=KW_CM2, resolution="coarse"),
    "heat_train": lambda: heat_train(PIXEL, TRAIN, resolution="coarse"),
    "thermal_impedance": lambda: thermal_impedance(PIXEL, resolution="coarse"),
}


@pytest.fixture(scope="module")
def run():
    return pulse()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_saved_result_comes_back_the_same(name, tmp_path):
    """Bit by bit: series with units, fields on their mesh, inputs, sources, balance, cost, warnings, provenance."""
    result = EXPERIMENTS[name]()
    back = Result.load(result.save(tmp_path / "run"))
    assert back.data.identical(result.data)
    for variable in result.data.variables:
        assert back.data[variable].attrs == result.data[variable].attrs
    for fact in ("experiment", "inputs", "sources", "outcome", "balance", "cost", "warnings", "provenance"):
        assert getattr(back, fact) == getattr(result, fact), fact
    assert list(back.fields) == list(result.fields)
    for field, values in result.fields.items():
        assert np.array_equal(back.fields[field], values)
        assert back.peak(field) == result.peak(field)
    assert [str(key) for key in back.citations()] == [str(key) for key in result.citations()]
    assert json.loads((tmp_path / "run" / "inputs.json").read_text()) == result.inputs


def test_saving_over_an_older_result_replaces_it(run, tmp_path):
    heat_steady(PIXEL, power_density=1.0, resolution="coarse").save(tmp_path)
    run.save(tmp_path)
    assert Result.load(tmp_path).experiment == "heat_pulse"
    heat_train(PIXEL, TRAIN, resolution="coarse").save(tmp_path)
    assert Result.load(tmp_path).mesh is None


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.99])
@pytest.mark.parametrize("file", ["series.nc", "fields.vtkhdf"])
def test_result_cut_short_is_refused_in_one_line(run, tmp_path, file, share):
    run.save(tmp_path)
    whole = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ResultFileError, match="is damaged or was not written by femled") as refusal:
        Result.load(tmp_path)
    assert "\n" not in str(refusal.value)


def test_folder_without_a_result_is_refused(tmp_path):
    with pytest.raises(ResultFileError, match="holds no result"):
        Result.load(tmp_path)
    with pytest.raises(ResultFileError, match="holds no result"):
        Result.load(tmp_path / "nowhere")


def test_folder_that_cannot_be_written_is_refused_in_one_line(run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ResultFileError, match="cannot be written") as refusal:
        run.save(tmp_path / "file" / "run")
    assert "\n" not in str(refusal.value)


GIVEN = {
    heat_pulse: {"pixel", "progress"},
    heat_steady: {"pixel", "progress"},
    heat_train: {"pixel", "train"},
    thermal_impedance: {"pixel"},
}


@pytest.mark.parametrize("experiment", GIVEN, ids=lambda function: function.__name__)
def test_inputs_hold_every_argument_and_the_whole_device(experiment):
    """What decides the numbers is in `inputs`: every argument by its name, and the pixel as its file would say it."""
    result = EXPERIMENTS[experiment.__name__]()
    arguments = set(inspect.signature(experiment).parameters) - GIVEN[experiment]
    assert arguments <= set(result.inputs)
    assert type(PIXEL).from_mapping(result.inputs["pixel"], "inputs") == PIXEL


def test_every_variable_has_a_unit(run):
    for name, variable in run.data.variables.items():
        assert "units" in variable.attrs or name == "layer", name


def test_series_agree_with_the_fields(run):
    """The series are the means and peaks of the saved field: nothing is computed twice in two ways."""
    assert run.mean("temperature", region="emitter").values == pytest.approx(
        run.data["emitter_temperature"].values, rel=1e-12
    )
    assert run.data["emitter_temperature"].values - 295.0 == pytest.approx(
        run.data["emitter_temperature_rise"].values, rel=1e-9, abs=1e-9
    )
    for layer in run.data["layer"].values:
        by_field = run.mean("temperature", region=str(layer)).values
        assert run.data["layer_temperature"].sel(layer=layer).values == pytest.approx(by_field, rel=1e-12)
    assert run.peak("temperature").value == run.data["emitter_peak_temperature"].values.max()


def test_peak_is_at_the_end_of_the_pulse_in_the_emitter_off_the_axis(run):
    peak = run.peak("temperature", region="emitter")
    below = PIXEL.substrate.thickness + PIXEL.layer("ito").thickness + PIXEL.layer("poly_tpd").thickness
    assert peak.time == pytest.approx(2e-6, rel=1e-12)
    assert peak.unit == "K"
    assert 0 < peak.place[0] < PIXEL.radius
    assert below < peak.place[1] < below + PIXEL.layer("mapbi3").thickness
    assert str(peak).startswith(f"{peak.value:.6g} K at t = 2 us, r = ")


def test_peak_of_a_steady_state_has_no_time():
    assert "in the steady state" in str(EXPERIMENTS["heat_steady"]().peak())


def test_at_reads_the_field_at_one_place(run):
    """At a node it is the nodal value, at every time."""
    node = int(np.argmin(np.hypot(run.mesh.nodes[:, 0] - 50e-6, (run.mesh.nodes[:, 1] - 1.1e-3) * 1e3)))
    r, z = run.mesh.nodes[node]
    found = run.at("temperature", r=r, z=z)
    assert found.values == pytest.approx(run.fields["temperature"][:, node], rel=1e-12)
    assert found.attrs["units"] == "K"
    assert np.array_equal(found["time"].values, run.times)


def test_radial_profile_is_at_mid_height_from_axis_to_rim(run):
    profile = run.radial_profile("temperature", time=2e-6, points=11)
    below = PIXEL.substrate.thickness + PIXEL.layer("ito").thickness + PIXEL.layer("poly_tpd").thickness
    r = profile["r"].values
    assert (r[0], r[-1]) == (0.0, pytest.approx(PIXEL.radius, rel=1e-12))
    assert float(profile["time"]) == pytest.approx(2e-6)
    z = below + PIXEL.layer("mapbi3").thickness / 2
    for position, value in zip(r, profile.values, strict=True):
        assert value == pytest.approx(
            float(run.at("temperature", r=position, z=z).sel(time=2e-6, method="nearest")), rel=1e-12
        )
    assert np.all(np.diff(profile.values[-4:]) < 0)


def test_radial_profile_of_a_column_is_refused():
    with pytest.raises(InputError, match="a column has no radius"):
        pulse(laterally_uniform=True).radial_profile()


@pytest.mark.parametrize("ask", ["peak", "mean", "radial_profile"])
def test_unknown_names_list_the_nearest(run, ask):
    with pytest.raises(InputError, match='no field named "temprature"; nearest: temperature'):
        getattr(run, ask)("temprature")
    with pytest.raises(InputError, match='no region named "emiter"; nearest: emitter'):
        getattr(run, ask)("temperature", region="emiter")


def cooling(times, rise, heating_ends):
    """A result that only has a mean rise."""
    series = Series(
        {"emitter_temperature_rise": over_time(rise, "K")},
        {"time": over_time(times, "s")},
        {"heating_ends": heating_ends, "ambient_temperature": 295.0},
    )
    return Result(experiment="heat_pulse", series=series, inputs={})


@pytest.mark.parametrize("fraction", [0.5, 0.1, 0.01])
def test_decay_of_an_exponential_is_tau_log_of_the_fraction(fraction):
    """rise = exp(-(t - t_end)/tau): interpolation in the logarithm returns tau ln(1/fraction) from any times."""
    times = np.array([1e-6, 2e-6, 2.7e-6, 4e-6, 9e-6, 20e-6, 40e-6])
    rise = np.where(times <= 2e-6, 5.0 * times / 2e-6, 5.0 * np.exp(-(times - 2e-6) / 3e-6))
    assert cooling(times, rise, 2e-6).decay(fraction) == pytest.approx(3e-6 * log(1 / fraction), rel=1e-12)


def test_decay_that_has_not_happened_yet_is_infinite(run):
    assert run.decay(1e-6) == inf
    assert 0 < run.decay(0.5) < run.decay(0.2) < 20e-6


def test_decay_of_a_pixel_agrees_with_its_series(run):
    """Where the mean is read off at the decay time, it is the fraction of what it was."""
    rise = run.data["emitter_temperature_rise"]
    at_end = float(rise.sel(time=2e-6, method="nearest"))
    later = np.exp(np.interp(2e-6 + run.decay(0.3), run.times, np.log(np.maximum(rise.values, 1e-300))))
    assert later == pytest.approx(0.3 * at_end, rel=1e-9)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5])
def test_decay_to_a_fraction_outside_0_to_1_is_refused(run, fraction):
    with pytest.raises(InputError, match=r"fraction .* is outside 0 \.\. 1"):
        run.decay(fraction)


def test_decay_without_a_time_in_the_heating_is_refused():
    """Times after the pulse alone do not say how hot it was."""
    with pytest.raises(InputError, match="decay"):
        pulse(at=[3e-6, 10e-6]).decay()


@pytest.mark.parametrize("name", ["heat_train", "thermal_impedance"])
def test_decay_of_what_has_no_pulse_is_refused(name):
    with pytest.raises(InputError, match="decay"):
        EXPERIMENTS[name]().decay()


def test_balance_of_what_balances_nothing_is_refused():
    with pytest.raises(InputError, match="has no energy balance"):
        EXPERIMENTS["thermal_impedance"]().energy_balance()


def test_tables_held_constant_are_warned_about():
    """elkhouly2024 heated far beyond 300 K, the last point of its tables; the linear model asks nothing beyond."""
    warned = EXPERIMENTS["warned"]()
    assert any("ito" in sentence and "held constant" in sentence for sentence in warned.warnings)
    linear = heat_pulse(
        load_pixel("elkhouly2024"), power_density=100 * KW_CM2, width=1e-6, until=1e-6, at=[1e-6], linear=True
    )
    assert linear.warnings == ()


def test_citations_name_the_device_and_the_materials_of_the_run(run):
    keys = [entry.key for entry in run.citations()]
    assert keys[0] == "kim2018"
    assert len(keys) == len(set(keys)) > 1
    assert replace(run, sources=()).citations() == []
