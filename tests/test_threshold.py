"""Net gain of a driven film: its pieces against closed forms and against the spectra they are made from."""

import json

import numpy as np
import pytest

from femled import ColumnLaw, InputError, Result, load_pixel, threshold, threshold_map
from femled.cli import run
from femled.constants import ELEMENTARY_CHARGE
from femled.experiments.copumping import LightPulse, copumping, light_alone
from femled.experiments.lasing_film import lasing_film
from femled.experiments.net_gain import DrivenFilm, along_diameter, remedies
from femled.experiments.threshold_map import lasting
from femled.experiments.threshold_series import copumping_sentence, verdict, windows
from femled.optics.gain import FreeCarrierGain
from femled.optics.warm_gain import WarmGain
from femled.solve.warm_carriers import LEAST, WarmCarriers
from femled.units import kA_cm2, ns, um

PIXEL = load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
RADIUS = np.linspace(0.0, 25 * um, 9)


@pytest.fixture(scope="module")
def film():
    return lasing_film(PIXEL)


@pytest.fixture(scope="module")
def table(film):
    return WarmGain(FreeCarrierGain(film.law), 75.0, 320.0)


@pytest.fixture(scope="module")
def carriers(film, table):
    return WarmCarriers(film.law, table)


def driven(film, current_density, temperature, time=None):
    """A film whose current [A/m2] and temperature [K] are functions of time and radius, on 61 times up to 600 ns."""
    time = np.linspace(0, 600 * ns, 61) if time is None else time
    values = [
        np.broadcast_to(one(time[:, None], RADIUS[None, :]), (len(time), len(RADIUS)))
        for one in (current_density, temperature)
    ]
    return DrivenFilm(film, time, RADIUS, values[0], values[1], 77.0)


@pytest.fixture(scope="module")
def heated(film):
    """1 kA/cm2 at the axis to 2 kA/cm2 at the rim for 500 ns, by when both are 40 and 80 K warmer."""

    def current(t, r):
        return 1 * kA_cm2 * (1 + r / RADIUS[-1]) * (t <= 500 * ns) * np.clip(t / (50 * ns), 0, 1)

    def temperature(t, r):
        return 77.0 + 40.0 * (1 + r / RADIUS[-1]) * (1 - np.exp(-t / (150 * ns)))

    return driven(film, current, temperature)


# Look-up


@pytest.mark.parametrize(("temperature", "density"), [(80.3, 3e23), (111.0, 9e23), (203.0, 3.1e24), (299.0, 1.1e25)])
def test_table_gives_what_the_spectra_give_between_its_points(table, film, temperature, density):
    """Cubic splines: peak gain to 1e-4, rate to 1e-5; spectra near the gap to 1e-3 of their largest value."""
    state = FreeCarrierGain(film.law).at(temperature=temperature, electron_density=density)
    assert table.peak_gain(density, temperature) == pytest.approx(state.peak()[1][0], rel=1e-4)
    assert table.radiative_rate(density, temperature)[0] == pytest.approx(state.radiative_rate()[0], rel=1e-5)
    energy = float(state.gap[0]) + np.linspace(-0.05, 0.12, 50)
    exact = state.gain(energy)[0]
    assert np.abs(table.spectrum(density, temperature, energy) - exact).max() < 1e-3 * np.abs(exact).max()


def test_slope_of_the_rate_is_its_derivative(table):
    n = np.array([1e20, 5e22, 8e23, 4e24])  # the first is below the table, where the rate goes as n^2
    up, down = (table.radiative_rate(n * (1 + step), 120.0)[0] for step in (1e-4, -1e-4))
    assert table.radiative_rate(n, 120.0)[1] == pytest.approx((up - down) / (2e-4 * n), rel=1e-5)


def test_table_refuses_what_it_does_not_hold(table):
    with pytest.raises(InputError, match="outside the table"):
        table.peak_gain(1e24, 400.0)
    with pytest.raises(InputError, match="beyond the table"):
        table.peak_gain(1e27, 100.0)


# Carriers


def test_steady_density_balances_injection(carriers):
    injection, temperature = np.meshgrid(np.geomspace(1e28, 1e34, 13), np.linspace(77, 300, 5))
    n = carriers.steady(injection, temperature)
    assert carriers.losses(n, temperature)[1] == pytest.approx(injection, rel=1e-9)
    assert np.all(carriers.steady(np.zeros(3), np.full(3, 77.0)) <= LEAST)


def test_threshold_density_has_the_gain_it_was_asked_for(carriers):
    warm = np.array([77.0, 150.0, 291.0])
    n = carriers.threshold_density(7e4, warm)
    assert carriers.gain.peak_gain(n, warm) == pytest.approx(7e4, rel=1e-9)
    assert np.all(np.diff(n) > 0)


def test_march_follows_the_equation_at_second_order(carriers):
    """Switch-on of 3e32 1/(m3 s) at 90 K until 3 ns: halved steps quarter the error, as of a method of order 2."""

    def reached(steps):
        time = np.linspace(0, 3 * ns, steps + 1)
        flat = np.ones((steps + 1, 1))
        return carriers.march(time, 3e32 * flat, 90.0 * flat)[-1, 0]

    finest = reached(384)
    errors = [abs(reached(steps) / finest - 1) for steps in (12, 24, 48)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.4)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2.0, abs=0.4)


def test_march_ends_in_the_steady_state(carriers):
    time = np.linspace(0, 200 * ns, 101)
    flat = np.ones((101, 1))
    assert carriers.march(time, 2e32 * flat, 100 * flat)[-1] == pytest.approx(
        carriers.steady([2e32], [100.0]), rel=1e-6
    )


def test_density_decays_within_nanoseconds_of_the_current(heated):
    """Lifetimes are 2-4 ns at these densities: 20 ns after the current a quarter of the carriers is left at most."""
    off = int(np.searchsorted(heated.time, 500 * ns))
    assert heated.density[off + 2].max() < 0.25 * heated.density[off].max()
    assert np.all(heated.density[off + 1] > heated.steady_density[off + 1])


# Gain along a diameter


def test_a_mean_along_a_diameter_is_over_the_radius_not_the_area():
    assert along_diameter(RADIUS, RADIUS / RADIUS[-1]) == pytest.approx(0.5, rel=1e-12)


def test_an_even_film_has_the_net_gain_of_each_of_its_places(film):
    """Gamma g - alpha by the table of peaks, and by the spectra summed along the path: 1e-3 of the gain."""
    even = driven(film, lambda t, r: 2e7 * (t > 0), lambda t, r: 100.0 + 0 * r)
    along, energy = even.path
    gain = even.local_net_gain[-1, 0] + film.guide.modal_loss
    assert along[-1] == pytest.approx(even.local_net_gain[-1, 0], abs=1e-3 * gain)
    state = FreeCarrierGain(film.law).at(temperature=100.0, electron_density=even.density[-1, 0])
    assert energy[-1] == pytest.approx(state.peak()[0][0], abs=3e-4)


def test_places_tuned_apart_help_less_than_each_by_itself(heated):
    k = 45
    assert heated.path[0][k] < along_diameter(RADIUS, heated.local_net_gain[k]) - 100.0
    assert heated.path[0][k] < heated.local_net_gain[k].max()


def test_net_gain_falls_as_the_film_warms_at_the_same_current(heated):
    gain = heated.path[0][(heated.time > 100 * ns) & (heated.time <= 500 * ns)]
    assert np.all(np.diff(gain) < 0)


def test_threshold_current_holds_the_threshold_density(heated):
    current = heated.threshold_current_density
    pairs = current / (ELEMENTARY_CHARGE * heated.film.thickness)
    assert heated.carriers.steady(pairs, heated.temperature) == pytest.approx(heated.threshold_density, rel=1e-6)
    cold = heated.sustaining(heated.threshold_density_at(77.0), 77.0)
    assert np.all(current[1:] >= cold * (1 - 1e-9))


def test_threshold_agrees_with_the_film_of_light_pulses(heated):
    """The same film with tables on other axes: both are right to 1e-4, 1e-3 leaves room for their interpolation."""
    assert float(heated.threshold_density_at(77.0)) == pytest.approx(heated.film.threshold_density(77.0), rel=1e-3)


@pytest.mark.parametrize("change", ["no heating, same carriers", "no heating, same current", "no Auger recombination"])
def test_every_remedy_raises_the_gain(heated, change):
    found = {one.name: one.net_gain for one in remedies(heated, 40, heated.current_density[40] / 0.8, {"ito": 1e4})}
    assert found[change] > found["as it is"]
    assert found["all current recombining in the emitter"] > found["as it is"]
    assert found["no loss by ito"] == pytest.approx(found["as it is"] + 1e4)


def test_remedy_without_heat_is_none_for_a_cold_film(film):
    cold = driven(film, lambda t, r: 1e7 * (t > 0), lambda t, r: 77.0 + 0 * r)
    found = {one.name: one.net_gain for one in remedies(cold, 60, cold.current_density[60], {})}
    assert found["no heating, same carriers"] == pytest.approx(found["as it is"], rel=1e-9)


def test_windows_end_where_the_level_is_crossed():
    time = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert windows(time, np.array([-1.0, 1.0, 1.0, -1.0, 1.0]), 0.0) == [(0.5, 2.5), (3.5, 4.0)]
    assert windows(time, -np.ones(5), 0.0) == []


# Light as well


def test_light_before_the_pulse_meets_a_film_without_a_current(heated):
    light = LightPulse(width=2.3 * ns, wavelength=532e-9)
    found = copumping(heated, light, np.array([-20 * ns]))
    assert found.fluence[0] == pytest.approx(found.alone, rel=1e-3)
    assert found.alone == pytest.approx(light_alone(heated.film, light, 77.0), rel=2e-3)


def test_heat_raises_the_threshold_of_light_and_carriers_lower_it(heated):
    light = LightPulse.of_text("2.3 ns, 532 nm")
    found = copumping(heated, light, np.array([100.0, 300.0, 480.0]) * ns)
    assert np.all(found.heated > found.alone)
    assert np.all(found.filled < found.alone)
    assert np.all(found.fluence < found.heated)
    assert np.all(np.diff(found.heated) > 0)


def test_heat_that_stays_keeps_the_threshold_raised_when_the_carriers_have_gone(heated):
    found = copumping(heated, LightPulse.of_text("2.3 ns, 532 nm"), np.array([600 * ns]))
    assert found.fluence[0] > 1.1 * found.alone


def test_delay_after_the_run_is_refused(heated):
    with pytest.raises(InputError, match="after the end of the run"):
        copumping(heated, LightPulse.of_text("2.3 ns, 532 nm"), np.array([700 * ns]))


# Refusals


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "what pumps the pixel"),
        ({"current_density": 1e4}, "width is missing"),
        ({"current_density": 1e4, "width": 1e-7, "delay": [1e-8]}, "delay: of what"),
        ({"optical": "2.3 ns"}, "write width, wavelength and fluence"),
        ({"optical": "2.3 ns, 532 um"}, "wavelength"),
        ({"optical": "532 nm, 2.3 ns"}, "is not a unit of"),
        ({"optical": "2.3 ns, 532 nm", "width": 1e-7}, "belongs to an electrical pulse"),
        ({"current_density": 1e4, "voltage": 2.0, "width": 1e-7}, "either voltage or current_density"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(options, said):
    with pytest.raises(InputError, match=said) as refused:
        threshold(PIXEL, **options)
    assert "\n" not in str(refused.value)


def test_pixel_without_amplification_is_refused():
    with pytest.raises(InputError, match="has no amplification"):
        threshold(load_pixel("kim2018"), current_density=1e4, width=1e-7)


def test_an_option_that_is_none_of_a_pulse_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'spectra'"):
        threshold(PIXEL, current_density=1e4, width=1e-7, spectra=True)


def test_light_alone_on_the_command_line(capsys):
    assert (
        run(["threshold", "elkhouly2024", "--optical", "2.3 ns, 532 nm, 9 uJ/cm2", "--ambient-temperature", "77 K"])
        == 0
    )
    assert "carriers at threshold" in capsys.readouterr().out


def test_fluence_that_is_given_is_compared_with_the_threshold(heated):
    light = LightPulse.of_text("2.3 ns, 532 nm, 9.2 uJ/cm2")
    found = copumping(heated, light, np.array([-20.0, 600.0]) * ns)
    assert found.fluence[0] < light.fluence < found.fluence[1]
    assert copumping_sentence(found, light.fluence).endswith("9.2 uJ/cm2 are enough at 1 of 2 delays")
    assert "enough" not in copumping_sentence(found)


@pytest.mark.slow
def test_json_of_a_pulse_names_units_and_holds_no_bare_nan(capsys):
    words = ["threshold", "elkhouly2024", "--ambient-temperature", "77 K", "--current-density", "100 A/cm2"]
    words += ["--width", "20 ns", "--until", "30 ns", "--resolution", "coarse", "--rtol", "2e-3", "--json"]
    words += ["--optical", "2.3 ns, 532 nm", "--delay", "10 ns, 20 ns"]
    assert run(words) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert {"largest_net_gain_per_m", "net_gain_per_m", "threshold_current_density_A_per_m2"} <= set(found)
    assert found["positive_s"] == []
    assert len(found["threshold_fluence_J_per_m2"]) == len(found["delays_s"]) == 2
    assert sum(found["loss_per_m"].values()) == pytest.approx(found["modal_loss_per_m"])
    assert len(found["times_s"]) == len(found["net_gain_per_m"]) == len(found["carrier_density_per_m3"])


# A whole pulse


@pytest.fixture(scope="module")
def whole():
    """Of 200 A/cm2 at 77 K, far below threshold, with light."""
    return threshold(
        PIXEL, current_density=0.2 * kA_cm2, width=30 * ns, until=60 * ns, resolution="coarse", rtol=2e-3,
        optical="2.3 ns, 532 nm", delay=[-10 * ns, 25 * ns],
    )  # fmt: skip


def test_a_weak_pulse_never_reaches_net_gain(whole):
    assert "never turns positive" in whole.outcome
    assert whole.series["net_gain"].max() < 0
    assert whole.series.attributes["largest_net_gain"] == whole.series["net_gain"].max()


def test_current_of_the_emitter_is_part_of_what_flows(whole):
    """Radiative part <= all of the emitter <= all that flows, but for the interpolation between states (1e-2)."""
    data = whole.series
    flowing = data["current_density"]
    on = flowing > 1e3
    assert np.all(data["emitter_current_density"][on] <= 1.0001 * flowing[on])
    assert np.all(data["radiative_current_density"][on] <= 1.01 * data["emitter_current_density"][on])


def test_losses_of_the_layers_and_scattering_are_the_modal_loss(whole):
    assert whole.series["loss_by_medium"].sum() == pytest.approx(whole.series.attributes["modal_loss"], rel=1e-12)


@pytest.mark.slow
def test_share_that_is_given_replaces_that_of_the_column(whole):
    less = threshold(
        PIXEL, current_density=0.2 * kA_cm2, width=30 * ns, until=30 * ns, resolution="coarse", rtol=2e-3,
        injection_efficiency=0.5,
    )  # fmt: skip
    assert less.series["injection_efficiency"][-1] == pytest.approx(0.5)
    assert less.series["net_gain"].max() < whole.series["net_gain"].max()


def test_threshold_survives_saving(whole, tmp_path):
    again = Result.load(whole.save(tmp_path / "saved", figures={"threshold": whole.plot()}))
    assert again.outcome == whole.outcome
    assert again.series["threshold_fluence"] == pytest.approx(whole.series["threshold_fluence"])
    assert (tmp_path / "saved" / "threshold.png").stat().st_size > 10_000


@pytest.mark.slow
def test_pulses_that_share_a_column_are_the_same_pulses(whole):
    """States are solved where they are asked, so the second pulse is exactly the first but for its table: 1e-3."""
    column = ColumnLaw(PIXEL)
    options = {
        "current_density": 0.2 * kA_cm2,
        "width": 30 * ns,
        "until": 60 * ns,
        "resolution": "coarse",
        "rtol": 2e-3,
    }
    first = threshold(PIXEL, column=column, **options)
    solved = column.solved
    again = threshold(PIXEL, column=column, **options)
    assert column.solved == solved
    for run_ in (first, again):
        assert run_.series["net_gain"].max() == pytest.approx(whole.series["net_gain"].max(), rel=1e-3)


def test_column_of_another_temperature_is_refused():
    with pytest.raises(InputError, match="column: it is of another pixel"):
        threshold(PIXEL, current_density=1e4, width=1e-8, column=ColumnLaw(load_pixel("elkhouly2024")))


def test_map_has_the_steady_gain_of_its_temperature_and_current():
    """One ambient temperature at 10 V: hotter, harder and longer pulses order as they must, and each place balances."""
    data = threshold_map(
        PIXEL, ambient_temperatures=[77.0], current_densities=[5e6, 1e7, 2e7], widths=[30 * ns, 300 * ns], voltage=10.0
    ).series
    gain, warm = data["net_gain"][0], data["temperature"][0]
    assert np.all(np.diff(warm, axis=0) > 0)
    assert np.all(np.diff(warm, axis=1) > 0)
    assert np.all(np.diff(gain, axis=1) < 0)
    even = lasing_film(PIXEL)
    rates = WarmCarriers(even.law, WarmGain(FreeCarrierGain(even.law), 70.0, 200.0))
    pairs = data["current_density"][:, None] / (ELEMENTARY_CHARGE * even.thickness)
    assert rates.losses(data["carrier_density"][0], warm)[1] == pytest.approx(pairs * np.ones((1, 2)), rel=1e-4)


def test_gain_lasts_until_it_falls_below_what_is_needed():
    """Net gain 300, 100, -100 1/m at 1, 10, 100 ns falls below 200 1/m half-way in the logarithm: at sqrt(10) ns."""
    widths = np.array([1.0, 10.0, 100.0]) * ns
    net = np.array([[[300.0, 100.0, -100.0], [100.0, 50.0, 0.0], [500.0, 400.0, 300.0]]])
    assert lasting(widths, net, 200.0)[0] == pytest.approx([10**0.5 * ns, 0.0, 100 * ns], rel=1e-12)


def test_verdict_names_the_runaway_that_ended_the_pulse(whole):
    assert verdict(whole.series, "thermal runaway at t=1e-08 s, r=0 m").startswith("thermal runaway")
