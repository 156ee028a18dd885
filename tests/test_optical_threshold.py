"""Thresholds of a pixel under pulses of light: where inputs come from, which way they move, what is said of them."""

import numpy as np
import pytest

import femled as fl
from femled.device import AmplificationData, Pixel
from femled.errors import ConvergenceError, InputError
from femled.experiments.pumped_film import PumpedFilm
from femled.result import Result

UJ_CM2 = 1e-2
PULSE = {"width": 2.3e-9, "wavelength": 532e-9}


@pytest.fixture(scope="module")
def pixel():
    return fl.load_pixel("elkhouly2024")


def changed(pixel, **values):
    return pixel.replace(amplification=pixel.amplification.with_values(**values))


def threshold(pixel, temperature=77.0, **options):
    """[uJ/cm2]"""
    run = fl.optical_threshold(pixel, **PULSE, temperature=temperature, shown=False, **options)
    return float(run.series["threshold_fluence"]) / UJ_CM2


@pytest.fixture(scope="module")
def cold(pixel):
    return threshold(pixel)


def test_amplification_survives_saving_and_replacing(pixel, tmp_path):
    pixel.save(tmp_path / "pixel.toml")
    assert Pixel.load(tmp_path / "pixel.toml") == pixel
    wide = changed(pixel, scattering_loss="200 1/cm", contact_loss=None).replace(diameter=100e-6)
    wide.save(tmp_path / "wide.toml")
    assert Pixel.load(tmp_path / "wide.toml") == wide
    assert wide.amplification.numbers_alone.scattering_loss == pytest.approx(2e4)
    assert wide.amplification.numbers_alone.contact_loss is None
    assert wide.amplification.numbers()["scattering_loss"].status == "assumed"
    assert pixel.amplification.numbers()["scattering_loss"].status == "calibrated"
    assert fl.load_pixel("kim2018").amplification is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"scattering_loss": "3 nm"}, "not a unit of"),
        ({"scatering_loss": "1 1/cm"}, "nearest: scattering_loss"),
        ({"free_length": None}, "free_length cannot be left out"),
        ({"guided_share": "1.5"}, "outside 0"),
    ],
)
def test_amplification_that_cannot_be_is_refused(pixel, values, message):
    with pytest.raises(InputError, match=message):
        pixel.amplification.with_values(**values)


def test_an_amplification_that_is_not_whole_is_refused_with_the_device(pixel):
    part = AmplificationData(tuple(pair for pair in pixel.amplification.pairs if pair[0] != "free_length"))
    with pytest.raises(InputError, match='amplification: "free_length" is missing'):
        pixel.replace(amplification=part)


def test_a_film_takes_its_light_from_the_optics_of_the_pixel(pixel):
    """Absorptance, confinement and loss are those of `absorption` and `modes`, or what the device states in place."""
    film = fl.lasing_film(pixel)
    seen = fl.absorption(pixel, wavelength=532e-9).series
    share = float(seen["absorptance"][seen["layer"].tolist().index("perovskite")])
    assert film.absorptance(532e-9) == pytest.approx(share, rel=1e-12)
    assert fl.lasing_film(pixel, absorptance="stated").absorptance(532e-9) == 0.70
    assert fl.lasing_film(pixel, absorptance=0.6).absorptance(600e-9) == 0.6
    mode = fl.modes(pixel, wavelength=790e-9, polarization="TE")[0]
    assert film.guide.gain_confinement == pytest.approx(mode.confinement("perovskite", "gain"), rel=1e-9)
    assert film.guide.modal_loss == pytest.approx(24600 + 24600)
    own = fl.lasing_film(changed(pixel, contact_loss=None))
    assert own.guide.modal_loss == pytest.approx(mode.modal_loss + 24600, rel=1e-9)
    assert film.length == pixel.diameter


def test_without_electrodes_the_mode_loses_by_scattering_alone(pixel):
    free = fl.lasing_film(pixel.replace(diameter=100e-6), contacted=False)
    assert free.guide.modal_loss == pytest.approx(24600, abs=1e-3)
    assert free.guide.gain_confinement != fl.lasing_film(pixel).guide.gain_confinement
    assert free.length == 50e-6
    assert not any(name.startswith("ito") for name in free.mode.names)


def test_thresholds_that_are_calibrated_are_met(pixel, cold):
    """9.1 uJ/cm2 at 77 K fixes the scattering loss, 379 at 291 K the Auger coefficient, both written in 3 digits."""
    assert cold == pytest.approx(9.1, rel=0.005)
    assert threshold(pixel, 291.0) == pytest.approx(379, rel=0.01)


@pytest.mark.parametrize(
    ("values", "rises"),
    [
        ({"scattering_loss": "260 1/cm"}, True),
        ({"contact_loss": "260 1/cm"}, True),
        ({"net_gain_length": "1.2"}, True),
        ({"net_gain_length": "0.8"}, False),
    ],
)
def test_threshold_rises_with_loss_and_with_the_gain_that_is_asked_for(pixel, cold, values, rises):
    assert (threshold(changed(pixel, **values)) > cold * 1.005) == rises
    assert (threshold(changed(pixel, **values)) < cold * 0.995) != rises


@pytest.mark.slow
def test_threshold_falls_with_length_absorptance_and_current_and_rises_with_temperature(pixel, cold):
    assert threshold(pixel.replace(diameter=100e-6)) < 0.99 * cold
    assert threshold(pixel, absorptance=0.8) < 0.99 * cold
    assert threshold(pixel, injection=3e31) < 0.9 * cold
    assert threshold(pixel, 90.0) > 1.05 * cold
    assert threshold(pixel, lattice=90.0) == pytest.approx(threshold(pixel, 90.0), rel=2e-3)


@pytest.mark.parametrize("change", [{"monomolecular_rate": 5e7}, {"cold_auger_coefficient": 6e-41}])
def test_threshold_rises_with_what_takes_carriers(pixel, cold, change):
    law = fl.lasing_film(pixel).law
    assert threshold(pixel, law=law.replace(**change)) > 1.002 * cold


def test_threshold_is_inverse_to_the_absorptance_while_the_film_is_not_heated(pixel):
    """Exactly: 1e-6 is what a search for a fluence that is not on the same grid may be off."""
    half, whole = (threshold(pixel, 291.0, heating=False, absorptance=share) for share in (0.35, 0.70))
    assert half == pytest.approx(2 * whole, rel=1e-6)
    assert threshold(pixel, 291.0, absorptance=0.70) > 1.1 * whole


def test_definitions_of_a_threshold_are_given_side_by_side(pixel, cold, tmp_path):
    """A line that narrows and a signal that bends, in a result that keeps what it says and whom it owes it to."""
    run = fl.optical_threshold(pixel, **PULSE, temperature=77.0)
    series = run.series
    assert series.attributes["verdict"] == "ASE"
    assert series.attributes["limited_by"] == "the carriers that gain needs"
    assert float(series["threshold_fluence"]) / UJ_CM2 == pytest.approx(cold, rel=1e-9)
    ratio = float(series["kink_fluence"] / series["threshold_fluence"])
    assert float(series["kink_over_criterion"]) == pytest.approx(ratio, rel=1e-12)
    assert 1 < ratio < 2
    assert series["hinge_range"][0] <= series["hinge_fluence"] <= series["hinge_range"][1]
    assert float(series["threshold_density"]) / 1e6 == pytest.approx(7.3e17, rel=0.02)  # published
    assert float(series["absorptance_by_optics"]) == float(series["absorptance"]) != float(series["absorptance_stated"])
    assert series["net_gain"].shape == (101, 40)
    highest = series["net_gain_at_threshold"].max()
    assert highest == pytest.approx(float(series["gain_needed"]), rel=2e-3)  # at a step, not between two
    assert run.warnings == ()
    assert {"elkhouly2024", "allegro2021", "wright2016"} <= {one.key for one in run.citations()}
    run.save(tmp_path / "run")
    assert Result.load(tmp_path / "run").series["line_width"] == pytest.approx(series["line_width"])


def test_room_temperature_is_limited_by_auger_recombination(pixel):
    run = fl.optical_threshold(pixel, **PULSE, temperature=291.0, shown=False)
    assert run.series.attributes["limited_by"] == "auger recombination"
    assert run.series["lattice_temperature_at_threshold"] > 293


def test_what_is_out_of_reach_says_so(pixel):
    """A mode that loses more than Auger recombination lets carriers gain, and a current that needs no light."""
    lossy = changed(pixel, scattering_loss="10000 1/cm")
    slow = fl.optical_threshold(lossy, **PULSE, temperature=291.0, shown=False)
    assert slow.series["threshold_fluence"] == np.inf
    assert slow.outcome.startswith("no threshold up to 10000 uJ/cm2")
    assert slow.warnings[0].startswith("no threshold")
    alone = fl.optical_threshold(pixel, **PULSE, temperature=77.0, shown=False, injection=1e33)
    assert alone.series["threshold_fluence"] == 0
    assert alone.outcome == "lases by its current alone"


def test_hot_carriers_are_warned_of(pixel):
    law = fl.lasing_film(pixel).law.replace(cooling_time=1.6e-12)
    run = fl.optical_threshold(pixel, **PULSE, temperature=291.0, shown=False, law=law)
    hot = run.series["carrier_temperature_at_threshold"] - run.series["lattice_temperature_at_threshold"]
    assert (hot > 100) == any("cooling time" in said for said in run.warnings)
    assert hot > 50


def test_a_delay_moves_the_light_along_current_and_temperature(pixel):
    """Both as functions of time: the light sees what is there then, like numbers that stand still, to 1e-3."""

    def current(time):
        return 3e31 * (1 + np.tanh((time - 100e-9) / 1e-9)) / 2

    def warm(time):
        return 77.0 + 20 * (1 + np.tanh((time - 100e-9) / 1e-9)) / 2

    for delay, injection, lattice in ((20e-9, 0.0, 77.0), (180e-9, 3e31, 97.0)):
        moving = threshold(pixel, injection=current, lattice=warm, delay=delay)
        assert moving == pytest.approx(threshold(pixel, injection=injection, lattice=lattice), rel=1e-3)


@pytest.mark.slow
def test_a_map_over_temperature_and_current_is_single_thresholds_looked_up(pixel, cold):
    """At its points and between them (2 %); a current that lases alone leaves nothing for the light."""
    run = fl.copump_map(
        pixel, **PULSE, temperatures=[77, 90, 100, 115, 130], relative_injections=[0, 0.3, 0.6, 0.9, 1.3]
    )
    fluence, alone = run.series["threshold_fluence"], float(run.series["threshold_injection"])
    assert fluence[0, 0] / UJ_CM2 == pytest.approx(cold, rel=1e-3)
    assert fluence[0, -1] == 0
    assert np.all(np.diff(fluence, axis=1) <= 0)
    assert np.all(np.diff(fluence[:, :4], axis=0) > 0)
    for temperature, injection in ((100.0, 0.6 * alone), (108.0, 0.45 * alone)):
        exact = threshold(pixel, temperature, injection=injection) * UJ_CM2
        found = fl.copump_threshold(run, temperature=temperature, injection=injection)
        assert found == pytest.approx(exact, rel=0.02)
    assert fl.copump_threshold(run, temperature=np.full((2, 3), 80.0), injection=0.0).shape == (2, 3)
    with pytest.raises(InputError, match=r"temperature 140 .. 140 K is outside the map"):
        fl.copump_threshold(run, temperature=140.0, injection=0.0)


def test_continuous_light_keeps_up_the_density_of_the_threshold(pixel):
    """absorptance I/(h nu d) = everything that goes at n_th; a film that light warms needs more of it."""
    still = fl.steady_threshold(pixel, wavelength=447e-9, temperature=77.0).series
    film = fl.lasing_film(pixel)
    pairs = still["absorptance"] * still["intensity"] / (6.62607015e-34 * 299792458 / 447e-9) / film.thickness
    assert pairs == pytest.approx(float(still["generation"]), rel=1e-6)
    law, n = film.law, float(still["threshold_density"])
    gone = law.monomolecular_rate * n + still["radiative_coefficient"] * n**2 + law.auger_coefficient(77.0) * n**3
    assert gone == pytest.approx(float(still["generation"]), rel=1e-9)
    warm = fl.steady_threshold(pixel, wavelength=447e-9, temperature=77.0, warming=1e-6).series
    assert warm["temperature"] - 77 == pytest.approx(1e-6 * float(warm["absorptance"] * warm["intensity"]), rel=1e-3)
    assert warm["intensity"] > 1.3 * still["intensity"]
    with pytest.raises(ConvergenceError, match="faster than its threshold"):
        fl.steady_threshold(pixel, wavelength=447e-9, temperature=77.0, warming=1e-4)


def test_a_current_at_threshold_needs_no_light(pixel):
    film = fl.lasing_film(pixel)
    alone = film.threshold_injection(77.0)
    assert film.steady_density(77.0, [alone])[0] == pytest.approx(film.threshold_density(77.0), rel=1e-2)
    assert film.injection(1e7) == pytest.approx(1e7 / (1.602176634e-19 * 150e-9), rel=1e-12)
    rates, pulse = film.rates(77.0), film.pump(**PULSE)
    near = PumpedFilm(film, pulse, 77.0, 107.0, False, 1.02 * alone, None)
    assert near.threshold() == 0
    assert PumpedFilm(film, pulse, 77.0, 107.0, False, 0.98 * alone, None).threshold() > 0
    assert rates.temperature == 77.0


def test_pixels_without_what_it_takes_are_refused(pixel):
    with pytest.raises(InputError, match="kim2018 has no amplification"):
        fl.optical_threshold(fl.load_pixel("kim2018"), **PULSE)
    kim = fl.load_pixel("kim2018").replace(amplification=pixel.amplification)
    with pytest.raises(InputError, match="has no gain"):
        fl.lasing_film(kim)
    with pytest.raises(InputError, match="states no absorptance at 600 nm"):
        fl.lasing_film(pixel, absorptance="stated").absorptance(600e-9)
    with pytest.raises(InputError, match="above 0 and up to 1"):
        fl.lasing_film(pixel, absorptance=1.2)
    with pytest.raises(InputError, match="temperatures must rise"):
        fl.copump_map(pixel, **PULSE, temperatures=[90, 77], relative_injections=[0, 1])
