"""The reduced model of a few dozen modes against full stepping, closed forms and itself: any drive, however long."""

from itertools import pairwise
from math import inf, pi

import numpy as np
import pytest
from oracles.thermal_stack import Slab, Stack, pulse_rise

from femled import (
    Constant,
    ConvergenceError,
    Face,
    InputError,
    Pulse,
    PulseTrain,
    Ramp,
    Sampled,
    Step,
    heat_pulse,
    heat_steady,
    heat_train,
    load_pixel,
    thermal_impedance,
)
from femled.experiments.heat_run import HeatRun, run_transient
from femled.solve.reduced import ReducedHeat, reduce_heat

KW_CM2 = 1e7
PIXEL = load_pixel("kim2018")


def train(count, *, width=2e-6, period=20e-6, **options):
    return PulseTrain(pulse=Pulse(amplitude=KW_CM2, width=width, **options), period=period, count=count)


def stepped(pixel, drive, times):
    """Mean emitter rise by full time stepping with a tight tolerance, on the default mesh."""
    run = HeatRun.prepare(pixel, "default", linear=True)
    options = {"until": times[-1], "at": times, "rtol": 2e-5, "progress": None, "projected": False}
    _, rises, _, _ = run_transient(run, drive, **options)
    return run.field_mesh.mean(rises, "emitter")


def reduced(pixel, drive, times):
    return heat_train(pixel, drive, at=times).data["emitter_temperature_rise"].values


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024", "elkhouly2024 at 77 K", "li2023"])
def test_twenty_pulses_agree_with_full_stepping(name):
    """At the end of every pulse and in the middle of every pause, 0.4 ms of 2 us pulses: within 1e-3."""
    cold = {"ambient_temperature": 77.0} if "77" in name else {}
    pixel, drive = load_pixel(name.split()[0]).replace(**cold), train(20)
    times = sorted(n * 20e-6 + after for n in range(20) for after in (2e-6, 11e-6))
    assert reduced(pixel, drive, times) == pytest.approx(stepped(pixel, drive, times), rel=1e-3)


OTHERS = {
    "edges and background": train(5, rise_time=0.3e-6, fall_time=0.4e-6, background=0.1 * KW_CM2, delay=1e-6),
    "no pause": train(5, width=1e-6, period=2e-6, rise_time=1e-6, fall_time=1e-6),
    "pulse": Pulse(amplitude=KW_CM2, width=2e-6, rise_time=0.5e-6),
    "ramp": Ramp(start=0.0, stop=KW_CM2, rate=KW_CM2 / 10e-6),
    "step": Step(before=0.0, after=KW_CM2, at=3e-6),
    "constant": Constant(value=KW_CM2),
    "sampled": Sampled(times=[0, 1e-6, 1e-6, 5e-6, 9e-6, 9e-6], values=[0, 1e7, 2e7, 0, 3e7, 0]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_any_drive_agrees_with_full_stepping(name):
    times = [0.5e-6, 1e-6, 2.3e-6, 5e-6, 9e-6, 12e-6, 30e-6]
    assert reduced(PIXEL, OTHERS[name], times) == pytest.approx(stepped(PIXEL, OTHERS[name], times), rel=1e-3)


def as_samples(drive):
    times, left, right = drive.corners()
    return Sampled(times=np.repeat(times, 2), values=np.stack([left, right], axis=1).ravel())


@pytest.mark.parametrize("drive", [train(40), OTHERS["edges and background"], OTHERS["no pause"]])
def test_train_written_as_samples_is_the_same_train(drive):
    """A geometric series over periods, or every corner one by one: 1e-8, what is left of times in the tenth period."""
    times = np.linspace(0.1e-6, drive.period * (drive.count + 2), 311).tolist()
    assert reduced(PIXEL, as_samples(drive), times) == pytest.approx(reduced(PIXEL, drive, times), rel=1e-8)


@pytest.mark.parametrize("duty", [0.01, 0.1, 0.9])
def test_last_of_100000_pulses_averages_to_the_steady_rise_at_mean_power(duty):
    """After 100 s every mode has settled: the mean over a period is R_th times the mean power, within 1e-3.

    heat_steady solves for it without any mode.
    """
    drive = train(100_000, width=duty * 1e-3, period=1e-3)
    run = heat_train(PIXEL, drive, at=[1.0])
    mean = run.data["last_period_mean_rise"].item()
    steady = heat_steady(PIXEL, power_density=duty * KW_CM2, linear=True).data["emitter_temperature_rise"].item()
    assert mean == pytest.approx(steady, rel=1e-3)
    assert run.data["steady_mean_rise"].item() == pytest.approx(steady, rel=1e-6)


def test_mean_over_a_period_is_the_integral_of_the_response():
    """Long before the steady state, too: Simpson's rule over 2000 points of the fifth period, 1e-6."""
    drive = train(5, rise_time=0.5e-6, fall_time=0.5e-6)
    corners = [0.0, 0.5e-6, 2e-6, 2.5e-6, 20e-6]
    total = 0.0
    for low, high in pairwise(corners):
        t = 80e-6 + low + (high - low) * np.linspace(0, 1, 501) ** 2
        values = reduced(PIXEL, drive, t.tolist())
        x = np.linspace(0, 1, 501)
        weights = np.ones(501)
        weights[1:-1:2], weights[2:-1:2] = 4, 2
        total += np.sum(weights * values * 2 * x) / 1500 * (high - low)
    run = heat_train(PIXEL, drive, at=[100e-6])
    assert run.data["last_period_mean_rise"].item() == pytest.approx(total / 20e-6, rel=1e-6)


def test_default_times_are_the_ends_of_the_pulses():
    drive = train(7, delay=1e-6)
    run = heat_train(PIXEL, drive)
    assert run.data["time"].values == pytest.approx([n * 20e-6 + 3e-6 for n in range(7)], rel=1e-12)
    assert np.all(run.data["power_density"].values == KW_CM2)
    assert np.all(np.diff(run.data["emitter_temperature_rise"].values) > 0)


def test_current_density_and_voltage_give_the_heat_that_is_not_light():
    """J V (1 - wall-plug efficiency) with J as the drive."""
    heat = heat_train(PIXEL, train(3)).data["emitter_temperature_rise"].values
    amperes = PulseTrain(pulse=Pulse(amplitude=2e6, width=2e-6), period=20e-6, count=3)
    run = heat_train(PIXEL, amperes, voltage=8.0, wall_plug_efficiency=0.25)
    assert run.data["emitter_temperature_rise"].values == pytest.approx(1.2 * heat, rel=1e-12)


def test_impedance_begins_in_the_film_and_ends_at_the_thermal_resistance():
    """Z(t -> 0) = t/(C pi a^2), C = rho c_p d of the emitter alone; Z(infinite) = R_th = steady rise over power.

    At 1 ns heat has diffused 17 nm into the 70 nm from either face, and a quarter of it is outside.
    """
    run = thermal_impedance(PIXEL, times=[1e-9, 2e-9, 1e-6, 1e-3, 1.0, 1e3])
    area = pi * PIXEL.radius**2
    steady = heat_steady(PIXEL, power_density=KW_CM2, linear=True)
    expected = steady.data["emitter_temperature_rise"].item() / (KW_CM2 * area)
    impedance = run.data["thermal_impedance"].values
    assert run.data["thermal_resistance"].item() == pytest.approx(expected, rel=1e-6)
    assert impedance[-1] == pytest.approx(expected, rel=1e-6)
    assert np.all(np.diff(impedance) > 0)
    film = 4160 * 241.9 * 70e-9 * area
    assert 0.7 < impedance[0] * film / 1e-9 < 1.0
    assert impedance[1] * film / 2e-9 < impedance[0] * film / 1e-9


@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024", "li2023"])
def test_impedance_of_a_column_follows_the_quadrupoles_over_eleven_decades(name):
    """10 ns .. 1000 s: the shifts of the modes reach from below the slowest mode to a nanosecond; 5e-4 (mesh 2e-4)."""
    pixel = load_pixel(name)
    layers = [
        Slab(
            part.thickness,
            float(part.material.axial_conductivity.at(pixel.ambient_temperature)),
            float(part.material.density.at(pixel.ambient_temperature)),
            float(part.material.heat_capacity.at(pixel.ambient_temperature)),
        )
        for _, part in pixel.stack()
    ]
    heated = [region for region, _ in pixel.stack()].index(pixel.emitter)
    base = inf if pixel.base.kind == "fixed" else pixel.base.coefficient
    times = np.logspace(-8, 3, 12).tolist()
    stack = Stack(layers, heated, base, pixel.outer.coefficient)
    expected = pulse_rise(stack, power_density=1.0, width=inf, times=times, digits=14)
    run = thermal_impedance(pixel, times=times, laterally_uniform=True)
    assert run.data["thermal_impedance"].values == pytest.approx(expected, rel=5e-4)


def test_impedance_is_the_response_to_a_constant_power():
    times = [0.1e-6, 2e-6, 22e-6, 1e-3]
    run = thermal_impedance(PIXEL, times=times)
    held_on = heat_pulse(PIXEL, power_density=KW_CM2, width=1e-3, until=1e-3, at=times, linear=True, rtol=2e-5)
    power = KW_CM2 * pi * PIXEL.radius**2
    expected = held_on.data["emitter_temperature_rise"].values / power
    assert run.data["thermal_impedance"].values == pytest.approx(expected, rel=1e-3)
    assert run.data["thermal_impedance"].attrs["units"] == "K/W"


def test_impedance_of_a_column_is_per_area():
    """1/kappa summed up below the emitter, and a third of its own: [m2 K/W]."""
    run = thermal_impedance(PIXEL, laterally_uniform=True)
    layers = dict(PIXEL.stack())
    below = [layers[name] for name in ("substrate", "ito", "poly_tpd")]
    expected = sum(part.thickness / part.material.axial_conductivity.at(295.0) for part in below) + 70e-9 / 0.3 / 3
    assert run.data["thermal_resistance"].item() == pytest.approx(float(expected), rel=1e-8)
    assert run.data["thermal_resistance"].attrs["units"] == "m2*K/W"


def test_impedance_without_a_way_out_is_refused():
    with pytest.raises(ConvergenceError, match="every face is adiabatic"):
        thermal_impedance(PIXEL.replace(base=Face()))


def test_train_on_an_insulated_pixel_keeps_warming():
    """No face lets heat out: 10 s after the last of 10000 pulses the rise is their energy over the heat capacity."""
    pixel = PIXEL.replace(base=Face(), encapsulation=None)
    run = heat_train(pixel, train(10_000, period=1e-3), at=[5.0, 20.0])
    capacity = 0.0
    for _, part in pixel.stack():
        inside = getattr(part, "extent", "full") == "opening"
        heat = float(part.material.density.at(295.0) * part.material.heat_capacity.at(295.0)) * part.thickness
        capacity += pi * heat * (pixel.radius**2 if inside else pixel.outer_radius**2)
    capacity += pi * (pixel.outer_radius**2 - pixel.radius**2) * pixel.insulator_height * 2203 * 703
    energy = 10_000 * 2e-6 * KW_CM2 * pi * pixel.radius**2
    assert run.data["emitter_temperature_rise"].values[-1] == pytest.approx(energy / capacity, rel=1e-3)


@pytest.mark.parametrize("times", [[2e-6, 1e-6], [1e-6, 1e-6]])
def test_times_that_do_not_rise_are_refused(times):
    with pytest.raises(InputError, match="at: times must rise"):
        heat_train(PIXEL, train(3), at=times)


def test_modes_answer_a_ramp_as_the_closed_form():
    """One mode, y' = -l y + p t: y = p (t/l - (1 - exp(-l t))/l^2), for slow and fast modes alike."""
    times = np.array([1e-9, 1e-6, 1e-3, 1.0])
    ramp = Ramp(start=0.0, stop=2.0, rate=2.0)
    for rate in (1e-3, 1.0, 1e6, 1e12):
        exact = 2.0 * (times / rate + np.expm1(-rate * times) / rate**2)
        small = rate * times < 1e-4
        exact[small] = 2.0 * (times[small] ** 2 / 2 - rate * times[small] ** 3 / 6)
        model = ReducedHeat(np.array([rate]), np.array([1.0]))
        assert model.response(ramp, times) == pytest.approx(exact, rel=1e-7)


def test_reduced_model_is_stable_and_small():
    """Every rate is positive, and a few dozen modes are enough."""
    run = HeatRun.prepare(PIXEL, "default", linear=True)
    model = reduce_heat(run.problem, run.emitter_mean)
    assert np.all(model.rates > 0)
    assert len(model.rates) <= 41
