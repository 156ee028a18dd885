"""Films that a pulse of light warms, and films whose temperature and current change meanwhile."""

import numpy as np
import pytest

from femled.constants import ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.materials import load_material
from femled.optics.gain import BOLTZMANN_EV, FreeCarrierGain
from femled.optics.gain_table import PROMISED, gain_table
from femled.optics.guided_light import Guide, GuideTable
from femled.optics.logarithmic_gain import LogarithmicGain
from femled.solve.lattice_heat import LatticeHeat
from femled.solve.light_pulse import march
from femled.solve.light_rates import LightRates
from femled.solve.pump_pulse import PumpPulse
from femled.solve.steady_light import steady_density, threshold_density

CARD = load_material("fa_cs_perovskite")
LAW = CARD.gain.law
PULSE = PumpPulse(width=2.3e-9, photon_ev=2.33, absorptance=0.7, thickness=150e-9)
GUIDE = Guide(length=50e-6, modal_loss=4.2e4, gain_confinement=0.82, share=0.4)


@pytest.fixture(scope="module")
def material():
    return FreeCarrierGain(LAW)


@pytest.fixture(scope="module")
def warming(material):
    """Gain from 291 to 371 K of the lattice."""
    return gain_table(material, temperature=291.0, warmest=371.0)


@pytest.fixture(scope="module")
def heat():
    return LatticeHeat(CARD, 291.0, 371.0)


def test_tables_of_several_lattice_temperatures_keep_their_promise_between_them(material, warming):
    """At temperatures that are no nodes, against the material itself: as between the other points, 2e-4."""
    n = np.geomspace(3e20, 5e25, 25)
    for cold, hot in ((293.0, 295.0), (311.0, 380.0), (352.0, 500.0)):
        state = material.at(temperature=cold, electron_density=n, carrier_temperature=hot)
        assert warming.radiative_rate(n, hot, cold)[0] == pytest.approx(state.radiative_rate(), rel=PROMISED)
        gain = state.peak()[1]
        seen = gain > 100.0
        assert seen.any()
        assert warming.peak_gain(n, hot, cold)[seen] == pytest.approx(gain[seen], rel=PROMISED)


def test_a_film_that_stays_cold_is_as_if_there_were_no_warmer_one(material, warming):
    """At a node the polynomial between nodes is that node: 1e-12, also in a march; the warm end differs by 10 %."""
    axes = warming.axes
    alone = gain_table(material, temperature=291.0, hottest=axes.hottest)
    n = np.geomspace(1e22, 1e25, 9)
    assert warming.peak_gain(n, 300.0) == pytest.approx(alone.peak_gain(n, 300.0), rel=1e-12)
    assert not np.allclose(warming.peak_gain(n, 380.0, 371.0), alone.peak_gain(n, 380.0), rtol=0.1)
    runs = [march(LightRates(LAW, table), PULSE, fluence=[0.5, 3.0], lattice=291.0) for table in (warming, alone)]
    assert runs[0].density == pytest.approx(runs[1].density, rel=1e-10)


def test_heat_of_a_film_is_the_integral_of_its_heat_capacity(heat):
    """rho times the integral of c_p, by trapezoids of 1e5 points: straight lines of 0.1 K are right to 1e-5 K."""
    warm = float(heat.heated(np.array(291.0), np.array(2.5e7)))
    T = np.linspace(291.0, warm, 100001)
    capacity = CARD.density.at(T) * CARD.heat_capacity.at(T)
    assert np.trapezoid(capacity, T) == pytest.approx(2.5e7, rel=1e-5)
    assert heat.heated(np.array(300.0), np.array(0.0)) == pytest.approx(300.0, abs=1e-9)
    assert heat.heated(np.array(300.0), np.array(1e10)) == 371.0


def test_pairs_that_go_dark_leave_all_their_energy_in_the_lattice(heat):
    """Without light that is emitted, h nu of every pair ends as heat, less what carriers still hold: 1e-6."""
    dark = LAW.replace(radiative_coefficient=1e-22, cooling_time=0.0, monomolecular_rate=2e9)
    medium = LogarithmicGain(
        gain_coefficient=1e5, transparency_density=1e24, radiative_coefficient=1e-22, temperature=291.0
    )
    run = march(LightRates(dark, medium), PULSE, fluence=[0.01, 0.1], start=1e12, heat=heat, times=PULSE.times(240))
    brought = ELEMENTARY_CHARGE * PULSE.photon_ev * run.made[-1, 0]
    held = ELEMENTARY_CHARGE * run.density[-1] * (LAW.gap(291.0, 0.0) + 3 * BOLTZMANN_EV * 291.0)
    assert run.heat[-1] + held == pytest.approx(brought, rel=1e-6)


def test_heat_is_what_light_does_not_carry_away(warming, heat):
    """Absorbed = stored + emitted (E_g + 3 k T_e a pair) + heat: T_e and E_g move meanwhile, 3 % of the heat."""
    run = march(LightRates(LAW.replace(cooling_time=0.0), warming), PULSE, fluence=[0.2, 1.0], heat=heat)
    pair = ELEMENTARY_CHARGE * (LAW.gap(run.lattice_temperature[-1], 0.0) + 3 * BOLTZMANN_EV * 295.0)
    absorbed = ELEMENTARY_CHARGE * PULSE.photon_ev * run.made[-1, 0]
    elsewhere = pair * (run.density[-1] + run.gone[-1, 1])
    assert absorbed == pytest.approx(elsewhere + run.heat[-1], abs=0.03 * run.heat[-1].min())
    assert np.all(np.diff(run.lattice_temperature, axis=0) >= -1e-6)
    assert np.all(run.lattice_temperature[-1] > 291.5)


@pytest.mark.parametrize("warm", [False, True])
def test_carriers_balance_while_the_film_warms(warming, heat, warm):
    """Start + made = gone + left with and without guided light, heat, an injection and a temperature that change."""
    rates = LightRates(LAW, warming, GuideTable(warming, GUIDE) if warm else None)
    run = march(
        rates,
        PULSE,
        fluence=[0.1, 1.0, 4.0],
        injection=lambda t: 1e32 * (1 + np.tanh(t / 1e-9)),
        lattice=lambda t: 295.0 + 2.0 * np.tanh(t / 1e-9),
        start=1e23,
        heat=heat,
        times=PULSE.times(60),
    )
    assert run.imbalance < 1e-12
    assert run.made[-1, 1] == pytest.approx(
        1e32 * (11.5e-9 + 1e-9 * np.log(np.cosh(3 * 2.3) / np.cosh(2 * 2.3))), rel=1e-4
    )
    assert run.lattice_temperature[0] == pytest.approx(295.0 - 2.0 * np.tanh(4.6), abs=1e-6)


def test_heat_that_a_current_leaves_is_not_counted_twice(warming, heat):
    """In the steady state of an injection nothing is pumped: the prescribed temperature holds all of its heat."""
    rates = LightRates(LAW, warming)
    steady = steady_density(rates, injection=1e33, lattice=300.0)
    run = march(rates, PULSE, fluence=0.0, injection=1e33, start=steady, lattice=300.0, heat=heat)
    assert run.density == pytest.approx(np.full_like(run.density, steady[0]), rel=1e-8)
    assert run.lattice_temperature == pytest.approx(np.full_like(run.density, 300.0), abs=1e-6)


def test_steady_density_replaces_what_goes(warming):
    """A n + R_sp + C n^3 at the density found is the injection, over five decades: 1e-9 of bisection."""
    rates = LightRates(LAW.replace(cooling_time=0.0), warming)
    injection = np.geomspace(1e29, 1e34, 6)
    n = steady_density(rates, injection=injection, lattice=320.0)
    found = rates.losses(n, np.full(6, 320.0), np.full(6, 320.0)).total
    assert found == pytest.approx(injection, rel=1e-9)
    assert steady_density(rates, injection=0.0)[0] == 0


def test_density_of_the_threshold_has_the_gain_that_is_needed(warming):
    n = threshold_density(warming, GUIDE, amplification=1.5, lattice=[291.0, 330.0])
    assert GUIDE.net_gain(warming.peak_gain(n, [291.0, 330.0], [291.0, 330.0])) == pytest.approx(1.5 / 50e-6, rel=1e-9)
    assert n[1] > n[0]
    assert threshold_density(warming, GUIDE.replace(modal_loss=1e7), amplification=1.0)[0] == np.inf


def test_temperatures_beyond_the_table_are_refused_or_flagged(warming, heat):
    rates = LightRates(LAW, warming)
    with pytest.raises(InputError, match="lattice temperature 280"):
        march(rates, PULSE, fluence=0.1, lattice=280.0)
    with pytest.raises(InputError, match="must not be negative"):
        march(rates, PULSE, fluence=0.1, injection=lambda t: -1e30 if t > 0 else 0.0)
    with pytest.raises(InputError, match="no range"):
        LatticeHeat(CARD, 300.0, 300.0)
    run = march(rates, PULSE, fluence=[0.1, 60.0], heat=heat, times=PULSE.times(40))
    assert run.beyond.tolist() == [False, True]
