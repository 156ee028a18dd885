"""Gain looked up instead of computed: tables over carrier temperature and density, and the logarithmic law."""

import numpy as np
import pytest

from femled.errors import InputError
from femled.materials import load_material
from femled.optics.gain import FreeCarrierGain
from femled.optics.gain_table import PROMISED, GainTable, TableAxes, gain_table
from femled.optics.logarithmic_gain import LogarithmicGain


@pytest.fixture(scope="module")
def film():
    return FreeCarrierGain(load_material("fa_cs_perovskite").gain.law)


@pytest.fixture(scope="module")
def cold(film):
    return gain_table(film, temperature=77.0)


def between_points(low, high, count, seed):
    """Values evenly spread in their logarithm, on none of a table's points."""
    return np.exp(np.random.default_rng(seed).uniform(np.log(low), np.log(high), count))


@pytest.mark.parametrize("temperature", [77.0, 130.0, 291.0])
def test_tables_keep_their_promise_between_the_points(film, temperature):
    """At 5 x 40 places drawn at random: R_sp, gain above 1/cm, and quasi-Fermi levels to 1e-5 of kT."""
    table = gain_table(film, temperature=temperature)
    n = between_points(1e20, 2e26, 40, 1)
    for hot in between_points(temperature, temperature + 300, 5, 2):
        state = film.at(temperature=temperature, electron_density=n, carrier_temperature=hot)
        assert table.radiative_rate(n, hot)[0] == pytest.approx(state.radiative_rate(), rel=PROMISED)
        gain = state.peak()[1]
        seen = gain > 100.0
        assert seen.any()
        assert table.peak_gain(n, hot)[seen] == pytest.approx(gain[seen], rel=PROMISED)
        for own, computed in zip(table.levels(n, hot), (state.electron_level, state.hole_level), strict=True):
            assert own == pytest.approx(computed, abs=1e-5 * state.thermal_energy)


def test_a_coarse_table_would_break_the_promise(film):
    """With 5 temperatures in place of 16 the gain is wrong by more than what is promised: the test above can fail."""
    table = GainTable(film, 77.0, TableAxes(377.0, temperatures=5, densities=170))
    state = film.at(temperature=77.0, electron_density=1e24, carrier_temperature=90.0)
    assert abs(table.peak_gain(1e24, 90.0) / state.peak()[1][0] - 1) > PROMISED


def test_slope_of_the_rate_is_its_derivative(cold):
    n = np.array([1e18, 3e21, 7e23, 5e25])
    hot = np.array([80.0, 100.0, 150.0, 300.0])
    above, below = (cold.radiative_rate(n * (1 + side), hot)[0] for side in (1e-5, -1e-5))
    assert cold.radiative_rate(n, hot)[1] == pytest.approx((above - below) / (2e-5 * n), rel=1e-6)


def test_below_the_table_the_material_is_dilute(cold):
    """R_sp ~ n^2 from the lowest density on, without a step."""
    rates = cold.radiative_rate(np.array([1e18, 1e19, 0.999999e20, 1.000001e20]), 77.0)[0]
    assert rates[1] / rates[0] == pytest.approx(100.0, rel=1e-12)
    assert rates[3] / rates[2] == pytest.approx(1.000002**2, rel=1e-7)


@pytest.mark.parametrize(
    ("density", "temperature", "message"),
    [(3e26, 77.0, "beyond the table"), (1e24, 76.0, "outside the table"), (1e24, 400.0, "shorter cooling time")],
)
def test_beyond_the_table_is_refused(cold, density, temperature, message):
    with pytest.raises(InputError, match=message):
        cold.peak_gain(density, temperature)


def test_empty_axes_are_refused(film):
    with pytest.raises(InputError, match="not above the temperature of the lattice"):
        gain_table(film, temperature=77.0, hottest=77.0)
    with pytest.raises(InputError, match="no range"):
        gain_table(film, temperature=77.0, density=(1e24, 1e22))
    with pytest.raises(InputError, match="need 4 of each"):
        TableAxes(300.0, temperatures=3)


@pytest.mark.parametrize("linear_density", [0.0, 1e23])
def test_logarithmic_law_touches_the_gain_of_free_carriers(film, linear_density):
    """Value and slope agree at the density it was made for: at 2 % from it they part by the square of that only."""
    law = LogarithmicGain.touching(film, temperature=77.0, density=7e23, linear_density=linear_density)
    n = 7e23 * np.array([0.99, 1.0, 1.01, 1.02])
    state = film.at(temperature=77.0, electron_density=n)
    own, true = law.peak_gain(n, 77.0), state.peak()[1]
    assert own[1] == pytest.approx(true[1], rel=1e-10)
    assert (own[2] - own[0]) / (true[2] - true[0]) == pytest.approx(1.0, abs=2e-4)
    assert (own - true)[3] / (own - true)[2] == pytest.approx(4.0, rel=0.1)
    assert law.radiative_coefficient == pytest.approx(state.radiative_coefficient()[1], rel=1e-12)


def test_logarithmic_law_vanishes_at_its_transparency_and_is_inverted_in_closed_form(film):
    law = LogarithmicGain.touching(film, temperature=291.0, density=3.7e24)
    assert law.peak_gain(law.transparency_density, 291.0) == 0
    assert 0 < law.transparency_density < 3.7e24
    gains = np.array([-1e4, 0.0, 5e3, 6e4])
    assert law.peak_gain(law.density_of(gains), 291.0) == pytest.approx(gains, rel=1e-12, abs=1e-7)
    rate, slope = law.radiative_rate(np.array([1e23, 2e23]), np.array([291.0, 291.0]))
    assert rate[1] / rate[0] == pytest.approx(4.0, rel=1e-14)
    assert slope * np.array([1e23, 2e23]) == pytest.approx(2 * rate, rel=1e-14)


def test_logarithmic_law_of_a_material_without_gain_is_refused(film):
    sharp = FreeCarrierGain(film.law.replace(edge_width_ev=0.0, phonon_width_ev=0.0))
    with pytest.raises(InputError, match="below transparency"):
        LogarithmicGain.touching(sharp, temperature=291.0, density=1e23)
    with pytest.raises(InputError, match="too large"):
        LogarithmicGain.touching(film, temperature=77.0, density=1e26, linear_density=1e27)
