"""A film under a pulse of light, and the laws by which its coefficients follow ions: closed forms, limits, balances."""

import numpy as np
import pytest

from femled.errors import InputError
from femled.materials import IonRates, load_material
from femled.optics.logarithmic_gain import LogarithmicGain
from femled.physics.ion_rates import defect_share, proportional, radiative, threshold_density
from femled.solve import flooded_film
from femled.solve.flooded_film import FilmRates, flooded, threshold_fluence
from femled.solve.light_pulse import march
from femled.solve.light_rates import LightRates
from femled.solve.pump_pulse import PumpPulse

PULSE = PumpPulse(width=1e-9, photon_ev=3.49, absorptance=0.5, thickness=120e-9)
SQUARE = PULSE.replace(shape="square")
FILM = {
    "monomolecular_rate": 1e7,
    "radiative_coefficient": 1e-16,
    "nonradiative_coefficient": 1e-15,
    "auger_coefficient": 1e-41,
}
LAW = IonRates(
    nonradiative_coefficient=1e-15,
    radiative_rise=10.0,
    monomolecular_share=1.0,
    nonradiative_share=0.7,
    transparency_density=3e24,
    threshold_density=6e24,
)


def film(**changes):
    return FilmRates.of(**(FILM | changes))


def second_order(k):
    return FilmRates.of(monomolecular_rate=0.0, radiative_coefficient=k)


def test_square_pulse_fills_the_film_as_a_hyperbolic_tangent(monkeypatch):
    """n = sqrt(G/k) tanh(sqrt(G k) t): to 3e-7 with the 100 steps in use, of the third order."""
    fluence, k = np.array([0.1, 1.0, 6.0]), 1e-15
    rate = SQUARE.pairs(fluence) / SQUARE.width
    expected = np.sqrt(rate / k) * np.tanh(np.sqrt(rate * k) * SQUARE.width)
    off = []
    for steps in (100, 200, 400):
        monkeypatch.setattr(flooded_film, "_STEPS", steps)
        off.append(np.abs(flooded(second_order(k), SQUARE, fluence=fluence).density[-1] / expected - 1).max())
    assert off[0] < 3e-7
    assert np.log2(off[0] / off[1]) == pytest.approx(3.0, abs=0.5)
    assert np.log2(off[1] / off[2]) == pytest.approx(3.0, abs=0.5)


@pytest.mark.parametrize("fluence", [0.01, 1.0, 50.0])
def test_agrees_with_the_march_of_fourth_order_that_knows_light(fluence):
    """Both solve dn/dt = G - A n - B n^2 - C n^3 from nothing: the peak to 2e-4, what is gone to 2e-4."""
    warm = load_material("fa_cs_perovskite").gain.law
    law = warm.replace(
        monomolecular_rate=1e7, cold_auger_coefficient=1e-40, warm_auger_coefficient=1e-40, cooling_time=0.0
    )
    medium = LogarithmicGain(
        gain_coefficient=1e5, transparency_density=1e24, radiative_coefficient=1e-15, temperature=300.0
    )
    other = march(LightRates(law, medium), PULSE, fluence=fluence, start=flooded_film.START, times=PULSE.times(400))
    mine = flooded(
        film(radiative_coefficient=1e-15, nonradiative_coefficient=0.0, auger_coefficient=1e-40),
        PULSE,
        fluence=fluence,
    )
    assert mine.peak_density[0] == pytest.approx(other.density.max(), rel=2e-4)
    assert mine.density[-1, 0] == pytest.approx(other.density[-1, 0], rel=2e-4)
    assert mine.gone[[0, 1, 3], 0] == pytest.approx(other.gone[-1, :3, 0], rel=2e-4)


def test_what_the_light_made_is_what_is_gone_and_left():
    """The light is integrated in closed form, losses by the steps: they meet to 2e-8 at any fluence."""
    run = flooded(film(), PULSE, fluence=np.geomspace(1e-3, 100.0, 6), decay=1e-6)
    assert run.imbalance < 2e-8


def test_without_losses_the_threshold_is_the_light_that_makes_as_many_pairs():
    """F = n h nu d/absorptance, but for the wings beyond two widths before and three after (2e-6)."""
    none = FilmRates.of(monomolecular_rate=0.0, radiative_coefficient=0.0)
    density = np.array([1e23, 5e24])
    assert threshold_fluence(none, PULSE, density=density) == pytest.approx(density / PULSE.pairs(1.0), rel=1e-5)


@pytest.mark.parametrize("density", [1e21, 1e23, 6e24, 3e25])
def test_pulse_at_threshold_reaches_the_density_asked_for(density):
    found = threshold_fluence(film(), PULSE, density=density)
    assert flooded(film(), PULSE, fluence=found).peak_density == pytest.approx(density, rel=1e-6)


def test_threshold_goes_inversely_with_the_absorptance():
    """Only absorptance times fluence enters: exact to the search, 1e-6."""
    half = PULSE.replace(absorptance=PULSE.absorptance / 2)
    both = [float(threshold_fluence(film(), one, density=5e24)[0]) for one in (PULSE, half)]
    assert both[1] == pytest.approx(2 * both[0], rel=1e-6)


def test_threshold_of_a_pulse_that_outlasts_the_carriers_goes_with_k_and_the_square_of_the_density():
    """k n t_p = 6 .. 50: F ~ k n^2, within 5 % there: light and losses balance at the peak."""
    base = float(threshold_fluence(second_order(1e-15), PULSE, density=6e24)[0])
    more = float(threshold_fluence(second_order(4e-15), PULSE, density=6e24)[0])
    denser = float(threshold_fluence(second_order(1e-15), PULSE, density=1.2e25)[0])
    assert more == pytest.approx(4 * base, rel=0.05)
    assert denser == pytest.approx(4 * base, rel=0.05)


def test_at_a_fixed_density_more_recombination_never_lowers_the_threshold():
    """A rate model without gain that follows the matrix element cannot give a drop while k_2r + k_2nonr rises."""
    rates = FilmRates.of(
        monomolecular_rate=np.array([1e7, 1e6]),
        radiative_coefficient=np.array([1e-16, 9e-16]),
        nonradiative_coefficient=np.array([1e-15, 3.1e-16]),
    )
    before, after = threshold_fluence(rates, PULSE, density=6e24)
    assert rates.second_order[1] > rates.second_order[0]
    assert after > before


def test_yield_is_the_radiative_share_where_second_order_is_all_there_is():
    """k_1 = k_3 = 0: every carrier meets the same two rates, whatever the density; round-off."""
    rates = film(monomolecular_rate=0.0, auger_coefficient=0.0)
    run = flooded(rates, PULSE, fluence=[0.01, 5.0], decay=1e-5)
    assert run.quantum_yield == pytest.approx(rates.radiative_share, rel=1e-12)
    assert rates.quantum_yield(1e20) == pytest.approx(rates.radiative_share, rel=1e-12)


def test_yield_at_a_density_has_its_limits():
    """PLQY -> k_2r n/k_1 at few carriers, k_2r/(k_3 n) at many, and is largest at n = sqrt(k_1/k_3)."""
    rates = film()
    assert rates.quantum_yield(1e15) == pytest.approx(1e-16 * 1e15 / 1e7, rel=1e-6)
    assert rates.quantum_yield(1e30) == pytest.approx(1e-16 / (1e-41 * 1e30), rel=1e-3)
    best = (1e7 / 1e-41) ** 0.5
    near = rates.quantum_yield(best * np.array([0.9, 1.0, 1.1]))
    assert near.argmax() == 1


def test_refuses_negative_coefficients_and_fluences():
    with pytest.raises(InputError, match=r"auger coefficient -1e-41 is negative"):
        film(auger_coefficient=-1e-41)
    with pytest.raises(InputError, match=r"fluence 0 J/m2 is not above 0"):
        flooded(film(), PULSE, fluence=0.0)


@pytest.mark.parametrize("counted", ["total", "net"])
def test_ions_spread_evenly_leave_every_coefficient_at_its_stated_value(counted):
    """Neutral and even: s = 1, so that k_1, k_2nonr and k_2r are k_1e, k_2e and B to round-off."""
    law = LAW.replace(counted=counted)
    s = defect_share(law, net=np.zeros(3), total=np.full(3, 2.6e23), even=2.6e23)
    assert s == pytest.approx(1.0, rel=1e-15)
    assert proportional(1e7, law.monomolecular_share, s) == pytest.approx(1e7, rel=1e-15)
    assert proportional(1e-15, law.nonradiative_share, s) == pytest.approx(1e-15, rel=1e-15)
    assert radiative(1e-16, law.radiative_rise, s) == pytest.approx(1e-16, rel=1e-15)
    assert threshold_density(law, 1.0) == pytest.approx(law.threshold_density, rel=1e-15)


def test_swept_film_has_what_its_ions_do_not_make():
    """s = 0: k_1 (1 - a_1), k_2nonr (1 - a_2), f B."""
    assert proportional(1e7, 1.0, 0.0) == 0.0
    assert proportional(1e-15, 0.7, 0.0) == pytest.approx(0.3e-15, rel=1e-14)
    assert radiative(1e-16, 10.0, 0.0) == pytest.approx(1e-15, rel=1e-14)


def test_coefficients_are_monotone_and_never_negative_however_ions_pile_up():
    s = np.linspace(0.0, 300.0, 2000)
    assert np.all(np.diff(proportional(1.0, 0.7, s)) > 0)
    light = radiative(1.0, 10.0, s)
    assert np.all(np.diff(light) < 0)
    assert light.min() > 0
    assert proportional(1.0, 1.0, s).min() == 0.0


def test_net_law_counts_charge_of_either_sign_and_pairs_beyond_those_of_a_neutral_place():
    """s - 1 = |rho/q|/c_even; of pairs (sqrt(net^2 + 4 c_i^2) - 2 c_i)/(2 c_i) with net = 2 c_i sinh y: cosh y - 1."""
    law, y = LAW.replace(counted="net"), np.array([-2.0, 0.5, 3.0])
    assert defect_share(law, net=[-1e23, 1e23], total=[0.0, 0.0], even=2e23) == pytest.approx([1.5, 1.5], rel=1e-14)
    pairs = defect_share(law, net=2e22 * np.sinh(y), total=np.zeros(3), even=2e22, pair_density=1e22)
    assert pairs == pytest.approx(np.cosh(y), rel=1e-12)


@pytest.mark.parametrize("gain", ["linear", "logarithmic"])
def test_gain_at_threshold_is_the_same_whatever_the_ions_do(gain):
    """Strength times (n_th - n_tr), or times ln(n_th/n_tr), is that of even ions: round-off."""
    law, strength = LAW.replace(gain=gain), np.array([0.5, 1.0, 3.0, 9.0])
    found = threshold_density(law, strength)
    shape = (lambda n: n - 3e24) if gain == "linear" else (lambda n: np.log(n / 3e24))
    assert strength * shape(found) == pytest.approx(shape(6e24), rel=1e-12)
    assert np.all(np.diff(found) < 0)
    assert found.min() > law.transparency_density


def test_logarithmic_law_is_that_of_logarithmic_gain():
    """The gain it needs at threshold, from the other class: g_0 k ln(n/n_tr) with g_0 times the strength."""
    medium = LogarithmicGain(
        gain_coefficient=1e5, transparency_density=3e24, radiative_coefficient=1e-16, temperature=300.0
    )
    needed = float(medium.peak_gain(6e24, 300.0))
    stronger = medium.replace(gain_coefficient=4e5)
    found = threshold_density(LAW.replace(gain="logarithmic"), 4.0)
    assert found == pytest.approx(float(stronger.density_of(needed)), rel=1e-12)


def test_threshold_below_transparency_is_refused():
    with pytest.raises(InputError, match="is not above transparency_density 3e"):
        LAW.replace(threshold_density=2e24)
