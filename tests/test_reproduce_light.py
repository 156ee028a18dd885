"""Verdicts on lifetimes, soaking and spectra: what decides them, and that each of them can fail."""

import numpy as np
import pytest

from femled.reproduce import elkhouly_spectra, wen
from femled.reproduce.claims import claim, expected_verdicts, fallen
from femled.units import ns, um, us


@pytest.mark.parametrize("name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("W1", "W2")), "W3"])
def test_quick_rows_have_their_recorded_verdict(name):
    row = claim(name).row()
    assert row["verdict"] == expected_verdicts()[name]
    assert fallen([row]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["W4", "E11"])
def test_long_rows_have_their_recorded_verdict(name):
    row = claim(name).row()
    assert row["verdict"] == expected_verdicts()[name]
    assert all(row["inputs"].values())


def test_window_decides_the_long_lifetime_and_the_power_of_n_both():
    """0.5 us gives 519 ns, 2.5 us 657 ns, for the same carriers; n^2 gives less than half of either."""
    short, long = (wen.lifetimes(3e22, (1e7, 1e6), window)[1] for window in (0.5 * us, 2.5 * us))
    assert long > 1.2 * short
    assert wen.lifetimes(3e22, (1e7, 1e6), 0.5 * us, "n2")[0] < 50 * ns


@pytest.mark.parametrize(
    ("computed", "verdict"),
    [
        ({1.0: (93.0, 519.0)}, "consistent"),
        ({1.0: (93.0, 600.0), 2.0: (70.0, 511.0)}, "needs input"),
        ({1.0: (93.0, 600.0)}, "contradicts"),
    ],
)
def test_lifetimes_are_judged_by_the_best_window(computed, verdict):
    assert wen.window_verdict(computed, (93.0, 511.0)) == verdict


def test_other_rates_contradict_the_published_lifetimes():
    """Twice the bimolecular coefficient's density: no window makes both lifetimes right."""
    found = {window: wen.lifetimes(3e23, (1e7, 1e6), window) for window in wen.WINDOWS}
    assert wen.window_verdict(found, (93 * ns, 511 * ns)) == "contradicts"


@pytest.mark.parametrize(("scale", "verdict"), [(1.0, "match"), (1.01, "consistent"), (1.1, "contradicts")])
def test_lengths_are_judged_by_their_last_digit(scale, verdict):
    lengths = [scale * float(np.sqrt(D * tau)) for D, tau, _, _ in wen.LENGTHS]
    assert wen.length_verdict(lengths) == verdict
    assert lengths[2] == pytest.approx(scale * 12.98 * um, rel=1e-3)


@pytest.mark.parametrize(
    ("recorded", "life", "held"),
    [
        ((400.0, 370.0, 450.0), (100.0, 450.0, 450.0), (True, True, True)),
        ((100.0, 98.0, 100.0), (100.0, 100.0, 100.0), (False, True, False)),
        ((160.0, 340.0, 436.0), (100.0, 230.0, 438.0), (True, False, True)),
    ],
)
def test_sequence_is_growth_shortening_and_memory(recorded, life, held):
    assert wen.ordered(recorded, life) == held


@pytest.mark.parametrize(
    ("held", "without", "verdict"),
    [
        ([True, True], False, "consistent"),
        ([True, False], False, "needs input"),
        ([False, False], False, "contradicts"),
        ([True, True], True, "contradicts"),
    ],
)
def test_sequence_needs_detrapping_and_every_set_of_parameters(held, without, verdict):
    assert wen.sequence_verdict(held, without) == verdict


@pytest.mark.parametrize(
    ("cold", "temperature", "share", "verdict"),
    [
        (19.0e-9, 80.0, 0.01, "consistent"),
        (15.3e-9, 117.0, 0.01, "needs input"),
        (15.3e-9, 140.0, 0.01, "contradicts"),
        (15.3e-9, None, 0.01, "contradicts"),
        (19.0e-9, 80.0, None, "contradicts"),
    ],
)
def test_spectra_are_judged_by_temperature_and_share_of_guided_light(cold, temperature, share, verdict):
    assert elkhouly_spectra.spectrum_verdict(cold, temperature, share) == verdict


@pytest.mark.slow
def test_more_guided_light_narrows_and_none_does_not():
    """At 77 K and 15 kW/cm2: without guided light the line is broader than at low power, with a tenth it is half."""
    film = elkhouly_spectra.light(77.0)
    assert film.width(0.0, 1) > film.width(0.0, 0)
    assert film.width(0.1, 1) < 0.6 * film.width(0.0, 0)
    assert elkhouly_spectra.share_of(film, 30e-9) is None
