"""Carriers under pulses of light: closed forms, balances that are carried along, decays from one table."""

import numpy as np
import pytest

from femled.errors import ConvergenceError, InputError
from femled.materials import load_material
from femled.optics.gain import BOLTZMANN_EV, FreeCarrierGain
from femled.optics.gain_table import gain_table
from femled.optics.guided_light import Guide, GuideTable
from femled.optics.logarithmic_gain import LogarithmicGain
from femled.solve.carrier_decay import DecayTable
from femled.solve.light_pulse import march
from femled.solve.light_rates import CHANNELS, LightRates
from femled.solve.pump_pulse import PumpPulse

B = 1e-16
PULSE = PumpPulse(width=2.3e-9, photon_ev=2.33, absorptance=0.7, thickness=150e-9)
SQUARE = PULSE.replace(shape="square")
LAW = load_material("fa_cs_perovskite").gain.law
ONLY = {
    "monomolecular_rate": 0.0,
    "cold_auger_coefficient": 0.0,
    "warm_auger_coefficient": 0.0,
    "cooling_time": 0.0,
}


def simple(**kept):
    """A film with B n^2 and whichever of A and C are given."""
    medium = LogarithmicGain(
        gain_coefficient=1e5, transparency_density=1e24, radiative_coefficient=B, temperature=LAW.warm_temperature
    )
    return LightRates(LAW.replace(**(ONLY | kept)), medium)


@pytest.fixture(scope="module")
def table():
    return gain_table(FreeCarrierGain(LAW), temperature=77.0)


@pytest.fixture(scope="module")
def lasing(table):
    guide = Guide(length=50e-6, modal_loss=4.2e4, gain_confinement=0.82, share=0.4)
    return LightRates(LAW, table, GuideTable(table, guide))


def test_square_pulse_fills_the_film_as_a_hyperbolic_tangent():
    """n = sqrt(G/B) tanh(sqrt(G B) t), A = C = 0: to 1e-8 with 200 steps, and to the fourth order in the step."""
    fluence = np.array([0.01, 0.1, 1.0])
    rate = SQUARE.pairs(fluence) / SQUARE.width
    expected = np.sqrt(rate / B) * np.tanh(np.sqrt(rate * B) * SQUARE.width)
    off = []
    for steps in (25, 50, 200):
        run = march(simple(), SQUARE, fluence=fluence, start=1e10, times=SQUARE.times(steps))
        off.append(np.abs(run.density[-1] / expected - 1).max())
    assert off[2] < 1e-8
    assert np.log2(off[0] / off[1]) == pytest.approx(4.0, abs=0.7)


def test_light_makes_as_many_pairs_as_the_pulse_holds():
    """Absorptance F/(h nu d) in all, and at any time the share of the pulse that has come by then."""
    run = march(simple(), PULSE, fluence=[0.05, 0.5], times=PULSE.times(200))
    assert PULSE.pairs(0.091) == pytest.approx(0.7 * 0.091 / (2.33 * 1.602176634e-19 * 150e-9), rel=1e-14)
    come = PULSE.passed(run.time) - PULSE.passed(run.time[0])
    assert run.made[:, 0] == pytest.approx(np.outer(come, PULSE.pairs([0.05, 0.5])), rel=1e-5, abs=1e15)
    assert np.all(run.made[:, 1] == 0)


@pytest.mark.parametrize("injection", [0.0, 3e31])
def test_carriers_balance_at_every_time(lasing, injection):
    """Start + made = gone + left; pairs of guided light: edge + lost = beta R_sp + R_st. 1e-8 is asked for."""
    run = march(lasing, PULSE, fluence=[0.02, 0.1, 0.5, 3.0], injection=injection, times=PULSE.times(100))
    assert run.imbalance < 1e-12
    monomolecular, radiative, auger, stimulated, edge, lost = run.gone[-1]
    assert edge + lost == pytest.approx(lasing.guide.guide.share * radiative + stimulated, rel=1e-11)
    assert np.all(monomolecular > 0)
    assert np.all(auger > 0)
    assert stimulated[0] < 0 < stimulated[-1]


def test_a_dropped_channel_would_be_noticed(lasing):
    run = march(lasing, PULSE, fluence=0.1, times=PULSE.times(100))
    there = run.density[0] + run.made.sum(axis=1)
    for dropped in range(len(CHANNELS)):
        kept = [place for place in range(len(CHANNELS)) if place != dropped]
        assert np.max(np.abs(there - run.gone[:, kept].sum(axis=1) - run.density) / there) > 1e-3


def test_steps_of_a_lasing_film_converge(lasing):
    """Against four times as many steps: 1e-4 with the usual 160."""
    coarse, fine = (
        march(lasing, PULSE, fluence=[0.05, 0.2], times=PULSE.times(steps)).density[-1] for steps in (160, 640)
    )
    assert coarse == pytest.approx(fine, rel=1e-4)


def test_carrier_temperature_balances_heat_and_cooling(table):
    """3 n k (T_e - T)/tau_c = G (h nu - E_g - 3 k T_e) + C n^3 E_g, term by term: 1e-10 is round-off."""
    rates = LightRates(LAW, table)
    n, pump = np.array([1e23, 1e24, 5e24]), np.array([1e32, 1e33, 1e31])
    hot, beyond = rates.carrier_temperature(n, pump, 2.33)
    gap = LAW.gap(77.0, n)
    heat = pump * (2.33 - gap - 3 * BOLTZMANN_EV * hot) + rates.auger_coefficient * n**3 * gap
    assert 3 * n * BOLTZMANN_EV * (hot - 77.0) / LAW.cooling_time == pytest.approx(heat, rel=1e-10)
    assert not beyond.any()
    assert np.all(hot > 77.0)
    frozen = LightRates(LAW.replace(cooling_time=0.0), table)
    assert frozen.carrier_temperature(n, pump, 2.33)[0].tolist() == [77.0] * 3


def test_carriers_hotter_than_the_table_are_flagged_not_hidden(table):
    hot, beyond = LightRates(LAW, table).carrier_temperature(np.array([1e24, 1.9e26]), np.zeros(2), 2.33)
    assert beyond.tolist() == [False, True]
    assert hot[1] == table.axes.hottest


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({}, lambda n, t: n / (1 + B * n * t)),
        ({"monomolecular_rate": 1e7}, lambda n, t: 1e7 / ((1e7 / n + B) * np.exp(1e7 * t) - B)),
    ],
)
def test_decays_without_auger_follow_their_closed_form(kept, expected):
    """n/(1 + B n t), and with A as well A/((A/n + B) exp(A t) - B): cubics of 1 % cells are right to 1e-8."""
    start, times = np.geomspace(1e22, 1e25, 7), np.concatenate([[0.0], np.geomspace(1e-11, 3e-7, 30)])
    run = DecayTable(simple(**kept), (1e20, 2e25)).decays(start=start, times=times)
    assert run.density == pytest.approx(expected(start[:, None], times), rel=1e-8)
    assert run.imbalance < 1e-8


def test_a_decay_is_the_march_without_light(lasing):
    """All channels at once: two methods that share nothing but the rates agree to 1e-6."""
    start, times = np.array([5e22, 5e23, 9e23]), np.concatenate([[0.0], np.geomspace(1e-12, 2e-8, 400)])
    marched = march(lasing, PULSE, fluence=0.0, start=start, times=times)
    decayed = DecayTable(lasing, (1e20, 1e24)).decays(start=start, times=times)
    assert decayed.density.transpose() == pytest.approx(marched.density, rel=1e-6)
    assert decayed.gone.transpose(1, 2, 0) == pytest.approx(
        marched.gone[:, : len(CHANNELS)].transpose(2, 0, 1), abs=2e-6 * 9e23
    )
    assert decayed.imbalance < 1e-8


def test_a_thousand_decays_balance(lasing):
    """From 1e16 to 2e18 1/cm3, through stimulated emission and recycling: 1e-8."""
    times = np.geomspace(1e-12, 1e-6, 50)
    run = DecayTable(lasing, (1e17, 3e24)).decays(start=np.geomspace(1e22, 2e24, 1000), times=times)
    assert run.density.shape == (1000, 50)
    assert run.imbalance < 1e-8
    assert np.all(np.diff(run.density, axis=1) < 0)
    assert np.all(np.diff(run.density, axis=0) > 0)


def test_recycled_light_keeps_carriers_longer(lasing):
    """Below transparency a guide gives part of its light back; far above it, it takes carriers away."""
    bare = LightRates(LAW, lasing.medium)
    few, many = (
        [
            march(rates, PULSE, fluence=0.0, start=start, times=np.linspace(0, time, 40)).density[-1, 0]
            for rates in (lasing, bare)
        ]
        for start, time in ((1e23, 1e-8), (2e24, 1e-10))
    )
    assert few[0] > few[1]
    assert many[0] < many[1]


def test_what_cannot_be_is_refused(table, lasing):
    with pytest.raises(InputError, match="must not be negative"):
        march(simple(), PULSE, fluence=-1.0)
    with pytest.raises(InputError, match="beyond the table"):
        march(lasing, PULSE, fluence=0.0, start=1e27, times=np.array([0.0, 1e-15]))
    with pytest.raises(InputError, match="outside the table"):
        DecayTable(simple(), (1e20, 1e24)).decays(start=1e25, times=0.0)
    with pytest.raises(InputError, match="lower the end of density"):
        DecayTable(simple(), (1e23, 1e24)).decays(start=1e24, times=1.0)
    with pytest.raises(InputError, match="beyond the table of gain"):
        DecayTable(LightRates(LAW, table), (1e20, 1.9e26)).decays(start=1e24, times=0.0)
    with pytest.raises(InputError, match="another material or temperature"):
        LightRates(LAW, gain_table(FreeCarrierGain(LAW), temperature=80.0), lasing.guide)


def test_a_step_that_cannot_be_made_says_so(lasing, monkeypatch):
    """With a single Newton iteration no halving helps."""
    monkeypatch.setattr("femled.solve.light_step._ITERATIONS", 1)
    monkeypatch.setattr("femled.solve.light_step._HALVINGS", 2)
    with pytest.raises(ConvergenceError, match="shorter steps"):
        march(lasing, PULSE, fluence=1.0, times=PULSE.times(10))
