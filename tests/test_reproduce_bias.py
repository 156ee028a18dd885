"""The rows on amplified emission under bias, and on laws of yield: every verdict can fall, and says why."""

import numpy as np
import pytest

from femled.constants import BOLTZMANN, ELECTRON_MASS, PLANCK
from femled.device import load_pixel
from femled.physics.yield_laws import Excitons
from femled.reproduce import jiang_yield, li, li_ions, li_threshold
from femled.reproduce.claims import claim
from femled.reproduce.li_threshold import emitter_with, law_of, needed_transparency, transparency, unamplified_drop

LI = load_pixel("li2023")


def with_law(**changes):
    """li2023 with other numbers in its law."""
    layer = LI.layer("cspbbr3")
    data = layer.carriers.as_given()
    law = data["ion_rates"] | {
        name: {"value": text, "source": "user", "status": "assumed"} for name, text in changes.items()
    }
    emitter = layer.replace(carriers=data | {"ion_rates": law})
    return LI.replace(layers=tuple(emitter if one is layer else one for one in LI.layers))


def verdict(name):
    return claim(name).row()["verdict"]


@pytest.mark.slow
@pytest.mark.parametrize("law", ["none", "net"])
def test_threshold_and_shares_contradict_where_rates_do_not_follow_the_number_of_ions(law, monkeypatch):
    monkeypatch.setattr(li_threshold, "LAW", law)
    assert verdict("L1") == "contradicts"
    assert verdict("L2") == "contradicts"


@pytest.mark.slow
def test_threshold_contradicts_where_masses_leave_no_room_for_a_drop_by_three(monkeypatch):
    """Bands so light that n_tr is small: gain then needs few carriers, and 6 V does more than was seen."""
    monkeypatch.setattr(li_threshold, "REDUCED_MASSES", (0.03, 0.06))
    assert verdict("L1") == "contradicts"


@pytest.mark.slow
def test_shares_contradict_where_light_does_not_gain_from_swept_ions(monkeypatch):
    monkeypatch.setattr(li_threshold, "PIXEL", with_law(radiative_rise="1"))
    assert verdict("L2") == "contradicts"


@pytest.mark.slow
def test_flat_yield_contradicts_with_the_auger_coefficient_of_the_iodides(monkeypatch):
    """1e-40 m6/s takes C n/k_2 = 0.5 at 0 V: far from flat."""
    much = emitter_with(LI, {f"auger_{one}_coefficient": "5e-41 m6/s" for one in ("electron", "hole")})
    monkeypatch.setattr(li_threshold, "PIXEL", much)
    assert verdict("L7") == "contradicts"


@pytest.mark.slow
def test_times_contradict_with_ions_ten_times_as_fast(monkeypatch):
    layer = LI.layer("cspbbr3")
    ions = [
        one | {"diffusivity": {"value": "7.5e-17 m2/s", "source": "user", "status": "assumed"}}
        for one in layer.carriers.as_given()["ions"]
    ]
    fast = layer.replace(carriers=layer.carriers.as_given() | {"ions": ions})
    pixel = LI.replace(layers=tuple(fast if one is layer else one for one in LI.layers))
    monkeypatch.setattr(li_ions, "_PIXEL", pixel)
    assert verdict("L3") == "contradicts"


@pytest.mark.slow
def test_densities_contradict_where_the_pulse_makes_too_few(monkeypatch):
    monkeypatch.setattr(li, "PHOTOGENERATED", 1e25)
    assert verdict("L5") == "contradicts"


@pytest.mark.slow
def test_recorded_verdicts_hold():
    assert {name: verdict(name) for name in ("L1", "L2", "L3", "L7")} == {
        "L1": "needs input",
        "L2": "consistent",
        "L3": "consistent",
        "L7": "consistent",
    }


def test_without_gain_that_follows_light_the_threshold_rises():
    """k_2 rises by a tenth and the density stays: more than 600 uJ/cm2 at 6 V, however few traps are left."""
    run = li_threshold.at_rest(LI, "card")
    assert unamplified_drop(LI, run) > float(run.series["threshold_fluence"][0])


def test_both_thresholds_hold_with_the_transparency_they_ask_for():
    """The device states what they ask for, to the rounding of its numbers (1 %); less k_2 asks for more."""
    assert needed_transparency(LI, "card", 1.0) == pytest.approx(law_of(LI).transparency_density, rel=1e-2)
    assert needed_transparency(LI, "card", 0.5) > needed_transparency(LI, "card", 2.0)
    assert np.isnan(needed_transparency(LI, "none", 1.0))


def test_transparency_is_that_of_two_equal_bands():
    """N_c = 2 (2 pi m k T/h^2)^1.5, 2.51e25 1/m3 for the free electron at 300 K (reduced mass 1/2)."""
    dense = 2 * (2 * np.pi * ELECTRON_MASS * BOLTZMANN * 300 / PLANCK**2) ** 1.5
    assert dense == pytest.approx(2.509e25, rel=1e-3)
    assert transparency(0.5, 300.0) == pytest.approx(0.765 * dense, rel=1e-12)


def test_laws_of_yield_match_and_a_wrong_decay_is_noticed(monkeypatch):
    assert verdict("J2") == "match"
    monkeypatch.setattr(
        Excitons,
        "density",
        lambda self, time, start: start * np.exp(-(self.radiative_rate + self.trapping_rate) * time),
    )
    assert verdict("J2") == "contradicts"


def test_a_yield_that_forgets_auger_is_noticed(monkeypatch):
    monkeypatch.setattr(Excitons, "quantum_yield", lambda self, n: np.full(np.shape(n), 1 / 1.2))
    assert jiang_yield.yield_error(jiang_yield.BOUND) > 0.1
    assert verdict("J2") == "contradicts"
