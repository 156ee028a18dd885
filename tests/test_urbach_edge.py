"""An edge with an exponential tail: its function, densities in bands that share the tail, detailed balance, limits."""

import math
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from femled.errors import InputError
from femled.materials import load_material
from femled.optics.band_density import Band
from femled.optics.edge_function import log_smoothed_root, smoothed_root
from femled.optics.gain import BOLTZMANN_EV, FreeCarrierGain, optical_modes
from femled.optics.gain_table import PROMISED, gain_table
from femled.optics.guided_light import Guide, GuideTable, guided_light, log_shares
from femled.optics.warm_gain import WarmGain
from femled.solve.ase_spectra import emitted_spectra
from femled.solve.light_pulse import march
from femled.solve.light_rates import LightRates
from femled.solve.pump_pulse import PumpPulse


@pytest.fixture(scope="module")
def law():
    """The card's, with 6.1 meV at 77 K and 13.7 meV at 291 K: below kT at both."""
    given = load_material("fa_cs_perovskite").gain.law
    return given.replace(edge="urbach", edge_width_ev=4e-3, phonon_width_ev=0.010)


@pytest.fixture(scope="module")
def film(law):
    return FreeCarrierGain(law)


@st.composite
def inversions(draw):
    """Any masses and densities; Urbach energies up to 0.85 kT of the colder of lattice and carriers."""
    number = lambda low, high: draw(st.floats(low, high))  # noqa: E731
    lattice, hot = number(60.0, 350.0), number(60.0, 500.0)
    given = load_material("fa_cs_perovskite").gain.law.replace(
        edge="urbach",
        electron_mass=number(0.05, 1.0),
        hole_mass=number(0.05, 1.0),
        edge_width_ev=number(0.05, 0.85) * BOLTZMANN_EV * min(lattice, hot),
        phonon_width_ev=0.0,
        radiative_temperature=400.0,
    )
    return FreeCarrierGain(given).at(
        temperature=lattice,
        electron_density=10 ** number(20.0, 26.0),
        hole_density=10 ** number(20.0, 26.0),
        carrier_temperature=hot,
    )


@pytest.mark.parametrize("t", [-30.0, -1.0, -1e-6, 0.0, 1e-9, 1e-3, 0.3, 1.0, 7.0, 40.0, 900.0])
def test_edge_is_the_convolution_of_a_root_with_an_exponential_on_both_sides(t):
    """Integral of sqrt(y) exp(-|x - y|/U)/(2 U), thirty digits by mpmath: 1e-13 is round-off."""
    width = 0.014
    with mp.workdps(30):
        place = mp.mpf(t)
        breaks = sorted({mp.mpf(0), max(place, mp.mpf(0)), max(place - 60, mp.mpf(0)), max(place, mp.mpf(0)) + 60})
        # in u = sqrt(y), in which nothing is steep at the edge
        whole = mp.quad(lambda u: u**2 * mp.exp(-abs(place - u**2)), [mp.sqrt(one) for one in breaks], maxdegree=12)
        expected = float(mp.sqrt(width) * whole)
    assert smoothed_root(t * width, width, "urbach") == pytest.approx(expected, rel=1e-13, abs=0)
    assert log_smoothed_root(t * width, width, "urbach") == pytest.approx(math.log(expected), rel=1e-13, abs=1e-13)


def test_edge_falls_by_the_urbach_energy_and_never_underflows_in_its_logarithm():
    """d ln S/dx = 1/U below the edge; a Gaussian of the same width falls ever more steeply."""
    width = 0.012
    deep, deeper = log_smoothed_root(np.array([-0.1, -20.0]), width, "urbach")
    assert (deep - deeper) / 19.9 == pytest.approx(1 / width, rel=1e-13)
    steep = np.diff(log_smoothed_root(np.array([-0.1, -0.099]), width))[0] / 1e-3
    assert steep > 5 / width


def test_edge_becomes_the_root_and_its_error_falls_as_the_width_squared():
    """S = sqrt(x) - U^2/(4 x^(3/2)) far above the edge, from S - U^2 S'' = sqrt(x); without width the root itself."""
    x = np.array([-0.1, 0.04])
    assert smoothed_root(x, 0.0, "urbach").tolist() == [0.0, 0.2]
    off = [float(smoothed_root(0.04, width, "urbach")) - 0.2 for width in (2e-4, 1e-4)]
    assert off[1] == pytest.approx(-(1e-4**2) / (4 * 0.04**1.5), rel=1e-3)
    assert off[0] / off[1] == pytest.approx(4.0, rel=1e-3)


@pytest.mark.parametrize("width", [4e-4, 5e-3, 0.012, 0.02])
@pytest.mark.parametrize("level", [-0.2, -0.03, 0.0, 0.15, 0.5])
def test_density_is_the_sum_over_bands_whose_edges_scatter(width, level):
    """Sharp bands with edges spread by exp(-|y|/U)/(2 U), by mpmath's quadrature of tail and band: 1e-9."""
    kT = BOLTZMANN_EV * 150

    def filled(x):
        return smoothed_root(float(x), width, "urbach") / (1 + math.exp((float(x) - level) / kT))

    breaks = sorted({min(level, 0.0) - 40 * width, min(level, 0.0) - 8 * width, min(level, 0.0), level, 0.0})
    low = sum(_gauss(filled, a, b) for a, b in pairwise(breaks) if a < 0 and b <= 0)
    ends = np.sqrt(np.array([0.0, width, 6 * width, max(level, 7 * width), max(level, 7 * width) + 42 * kT]))
    high = sum(_gauss(lambda u: 2 * u * filled(u * u), a, b) for a, b in pairwise(ends))
    band = Band(0.25, width, "urbach")
    assert band.density(level, kT)[0][0] == pytest.approx(band.states * (low + high), rel=1e-9)


def _gauss(function, low, high, panels=24):
    """Gauss-Legendre of 30 points in each of many panels."""
    node, weight = np.polynomial.legendre.leggauss(30)
    edges = np.linspace(low, high, panels + 1)
    half = np.diff(edges)[:, None] / 2
    places = (edges[:-1, None] + half + half * node).ravel()
    return float(np.array([function(one) for one in places]) @ (half * weight).ravel())


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8])
def test_few_carriers_are_more_by_one_over_one_minus_the_width_squared(share):
    """Laplace transform of the tail: n = N Gamma(3/2) (kT)^(3/2) exp(mu/kT)/(1 - (U/kT)^2), exp(-60) from it."""
    kT = BOLTZMANN_EV * 200
    band = Band(0.3, share * kT, "urbach")
    low = -60 / (1 - share)  # in kT: the tail is empty down to where it counts
    expected = band.states * math.gamma(1.5) * kT**1.5 * math.exp(low) / (1 - share**2)
    assert band.density(low * kT, kT)[0][0] == pytest.approx(expected, rel=1e-12)


@settings(max_examples=30, deadline=None)
@example(0.0625, 0.0625, 30.0, 26.0)  # all far inside the band
@given(st.floats(0.05, 1.0), st.floats(0.01, 0.95), st.floats(30.0, 500.0), st.floats(19.0, 26.5))
def test_quasi_fermi_level_gives_its_density_back(mass, share, temperature, power):
    kT = BOLTZMANN_EV * temperature
    band = Band(mass, share * kT, "urbach")
    densities = 10.0 ** np.array([power, power + 0.01, 27.0])
    levels = band.level(densities, kT)
    assert band.density(levels, kT)[0] == pytest.approx(densities, rel=1e-11)
    assert np.all(np.diff(levels) > 0)


@settings(max_examples=40, deadline=None)
@given(inversions(), st.lists(st.floats(-0.3, 0.3), min_size=5, max_size=5))
def test_emission_is_the_gain_in_equilibrium_and_gain_ends_at_the_sum_of_levels(state, places):
    """Kennard-Stepanov to 1e-10, far in the tail too, besides 1e-13 of the absorption at the zero of g; g(dmu) = 0."""
    energy = state.gap + np.array(places)
    over = np.expm1((energy - state.transparency_energy) / state.thermal_energy)
    modes = optical_modes(energy, state.law.refractive_index)
    expected = -modes * state.gain(energy)[0]
    noise = 1e-13 * modes * state.absorption(energy)[0] + 1e-250
    assert np.all(np.abs(state.emission(energy)[0] * over - expected) <= 1e-10 * np.abs(expected) + noise)
    end = state.transparency_energy
    below, at, above = (float(state.gain(end + shift)[0, 0]) for shift in (-1e-10, 0.0, 1e-10))
    empty = float(state.absorption(end)[0, 0])
    assert abs(at) <= 1e-12 * empty
    if empty > 1e-200:
        assert below > 0 > above


@settings(max_examples=15, deadline=None)
@given(inversions())
def test_radiative_rate_is_the_integral_of_the_spectrum(state):
    """Thirty points in each of many panels, split at the gap, where the spectrum is not smooth: 1e-10."""
    kT = state.thermal_energy
    top = max(float(state.level_sum[0]), 0.0) + 42 * kT
    gap = float(state.gap[0])
    below = _panels(lambda x: state.emission(gap + x)[0], -gap, 0.0)
    above = _panels(lambda u: 2 * u * state.emission(gap + u**2)[0], 0.0, math.sqrt(top))
    assert state.radiative_rate()[0] == pytest.approx(below + above, rel=1e-10)


def _panels(function, low, high, panels=300):
    node, weight = np.polynomial.legendre.leggauss(30)
    edges = np.linspace(low, high, panels + 1)
    half = np.diff(edges)[:, None] / 2
    return float(function((edges[:-1, None] + half + half * node).ravel()) @ (half * weight).ravel())


def test_absorption_has_the_urbach_slope_and_the_strength_the_stated_coefficient(film):
    """d ln alpha/dE = 1/U 50 meV below the gap and lower, to 1e-6; B(290 K, 5e17 1/cm3) comes back."""
    for temperature in (77.0, 291.0):
        state = film.at(temperature=temperature, electron_density=1e22)
        low, high = state.absorption(state.gap - np.array([0.0501, 0.05]))[0]
        assert math.log(high / low) / 1e-4 == pytest.approx(1 / state.edge_width, rel=1e-6)
    stated = film.at(temperature=290.0, electron_density=5e23)
    assert stated.radiative_coefficient()[0] == pytest.approx(1.1e-16, rel=1e-13)


def test_both_edges_become_one_as_they_become_sharp(law):
    """0.3 meV at 291 K: gain and rate of both shapes agree to the square of U/kT, with 2 U^2 in place of s^2."""
    n = np.array([1e23, 4e24, 2e25])
    narrow = law.replace(edge_width_ev=3e-4, phonon_width_ev=0.0)
    made = [FreeCarrierGain(narrow.replace(edge=edge)) for edge in ("urbach", "gaussian")]
    rates = [one.at(temperature=291.0, electron_density=n).radiative_rate() for one in made]
    assert rates[0] == pytest.approx(rates[1], rel=(3e-4 / (BOLTZMANN_EV * 291)) ** 2)


def test_peak_is_the_largest_of_a_fine_grid(film):
    state = film.at(temperature=77.0, electron_density=10.0 ** np.linspace(22, 26, 9))
    energy, largest = state.peak()
    wide = state.gap[:, None] + np.linspace(-0.3, 0.8, 8001)
    near = energy[:, None] + np.linspace(-1e-3, 1e-3, 2001)
    assert np.all(largest >= state.gain(wide).max(axis=1) * (1 - 1e-8))
    assert largest == pytest.approx(state.gain(near).max(axis=1), rel=1e-6)


@pytest.mark.parametrize("temperature", [77.0, 291.0])
def test_tables_keep_their_promise_between_the_points(film, temperature):
    table = gain_table(film, temperature=temperature)
    n = np.exp(np.random.default_rng(1).uniform(math.log(1e20), math.log(2e26), 30))
    for hot in (temperature * 1.07, temperature + 123.4):
        state = film.at(temperature=temperature, electron_density=n, carrier_temperature=hot)
        assert table.radiative_rate(n, hot)[0] == pytest.approx(state.radiative_rate(), rel=PROMISED)
        gain = state.peak()[1]
        seen = gain > 100.0
        assert seen.any()
        assert table.peak_gain(n, hot)[seen] == pytest.approx(gain[seen], rel=PROMISED)


def test_table_over_lattice_temperature_keeps_its_promise_and_its_guide_too(film):
    """Carriers as cold as the coldest lattice are tabulated with the warmest: U(105 K) = 7.4 meV, k 100 K = 8.6 meV."""
    table = gain_table(film, temperature=100.0, warmest=105.0, hottest=150.0)
    guide = Guide(length=5e-5, modal_loss=4e4, gain_confinement=0.82, share=0.4)
    n, hot, lattice = np.exp(np.random.default_rng(2).uniform(51.7, 58.0, 30)), 113.3, 103.1
    state = film.at(temperature=lattice, electron_density=n, carrier_temperature=hot)
    assert table.radiative_rate(n, hot, lattice)[0] == pytest.approx(state.radiative_rate(), rel=PROMISED)
    assert table.peak_gain(n, hot, lattice) == pytest.approx(state.peak()[1], rel=PROMISED)
    exact, found = (
        guided_light(state, guide),
        GuideTable(table, guide).rates(n, np.full(30, hot), np.full(30, lattice))[0],
    )
    assert found.edge == pytest.approx(exact.edge, rel=2e-3)


def test_table_of_carriers_as_warm_as_the_lattice_has_peak_rate_and_spectrum(film):
    """As it says of itself: peaks and spectra to 1e-4 (of the largest absorption), rates to 1e-6."""
    table = WarmGain(film, 150.0, 330.0)
    n = np.geomspace(1.03e23, 2e25, 40)
    state = film.at(temperature=223.3, electron_density=n)
    seen = state.peak()[1] > 100.0
    assert table.peak_gain(n, 223.3)[seen] == pytest.approx(state.peak()[1][seen], rel=1e-4)
    assert table.radiative_rate(n, 223.3)[0] == pytest.approx(state.radiative_rate(), rel=1e-6)
    energy = np.linspace(1.45, 1.75, 201)
    gain = state.gain(energy)
    assert table.spectrum(n, 223.3, energy) == pytest.approx(gain, abs=1e-4 * np.abs(state.absorption(1.85)).max())


def test_guided_light_conserves_photons_and_sees_the_whole_spectrum(film):
    """edge + lost = beta R_sp + R_st to 1e-12; beta R_sp is the share of the rate of all energies, to 1e-10."""
    guide = Guide(length=5e-5, modal_loss=4e4, gain_confinement=0.82, share=0.4)
    state = film.at(temperature=130.0, electron_density=[1e22, 1e24, 4e24])
    light = guided_light(state, guide)
    assert light.edge + light.lost == pytest.approx(light.spontaneous + light.stimulated, rel=1e-12)
    assert light.spontaneous == pytest.approx(0.4 * state.radiative_rate(), rel=1e-10)
    assert np.exp(log_shares(state, guide)[0]) * light.spontaneous == pytest.approx(light.edge, rel=1e-9)


def test_spectra_of_a_pulse_hold_all_light_of_the_tail(law):
    """Facet of R_sp and edge of what leaves there; 1e-3 is what the table of the guide keeps of light so amplified."""
    law = law.replace(phonon_width_ev=0.003)
    table = gain_table(FreeCarrierGain(law), temperature=77.0, hottest=130.0)
    guide = Guide(length=4e-4, modal_loss=30500.0, gain_confinement=0.82, share=0.4)
    pulse = PumpPulse(width=2.3e-9, photon_ev=1239.842 / 532, absorptance=0.7, thickness=150e-9)
    rates = LightRates(law, table, GuideTable(table, guide))
    run = march(rates, pulse, fluence=np.geomspace(0.01, 0.3, 6), times=pulse.times(120))
    seen = emitted_spectra(run, guide, facet=0.04, edge=0.1)
    assert run.gone[-1, 4, -1] > 10 * run.gone[-1, 4, 0]
    assert seen.signal == pytest.approx(0.04 * run.gone[-1, 1] + 0.1 * run.gone[-1, 4], rel=1e-3)


@pytest.mark.parametrize(("temperature", "carriers"), [(77.0, None), (300.0, 100.0)])
def test_tail_that_carriers_would_fill_without_end_is_refused(law, temperature, carriers):
    wide = FreeCarrierGain(law.replace(edge_width_ev=0.015, phonon_width_ev=0.0))
    cold = carriers or temperature
    kT = 1e3 * BOLTZMANN_EV * cold
    words = rf"urbach edge of 15 meV at {cold:g} K \(kT {kT:.3g} meV\): emission of its tail has no end"
    with pytest.raises(InputError, match=words) as refusal:
        wide.at(temperature=temperature, electron_density=1e24, carrier_temperature=carriers)
    assert "\n" not in str(refusal.value)
    assert wide.at(temperature=300.0, electron_density=1e24).radiative_rate()[0] > 0


def test_unknown_edge_is_refused(law):
    with pytest.raises(InputError, match="edge"):
        law.replace(edge="lorentzian")


def test_card_may_state_the_edge_by_its_name():
    """A word beside numbers with their sources; without it the edge is Gaussian."""
    data = load_material("fa_cs_perovskite").gain
    assert data.law.edge == "gaussian"
    assert data.with_changes({"edge": "urbach"}).law == data.law.replace(edge="urbach")
    assert data.checked({**data.as_given(), "edge": "urbach"}, type(data.law)).law.edge == "urbach"
