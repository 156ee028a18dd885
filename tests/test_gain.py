"""Gain of free carriers: the edge function, densities in smoothed bands, detailed balance, and the card's numbers."""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, pbdv

from femled.errors import InputError
from femled.materials import load_material, reference
from femled.materials.gain_law import GainData, GainLaw
from femled.optics.band_density import Band
from femled.optics.edge_function import smoothed_root
from femled.optics.gain import BOLTZMANN_EV, FreeCarrierGain, optical_modes

PER_CM3 = 1e6
PER_CM = 1e2
EV_NM = 1239.841984
"""Photon energy times wavelength, of the 2019 SI."""


@pytest.fixture(scope="module")
def law():
    return load_material("fa_cs_perovskite").gain.law


@pytest.fixture(scope="module")
def film(law):
    return FreeCarrierGain(law)


@st.composite
def inversions(draw):
    """Any material with any carriers in it, electrons and holes in different numbers."""
    number = lambda low, high: draw(st.floats(low, high))  # noqa: E731
    given = load_material("fa_cs_perovskite").gain.law.replace(
        electron_mass=number(0.05, 1.0),
        hole_mass=number(0.05, 1.0),
        edge_width_ev=number(2e-3, 0.03),
        phonon_width_ev=number(0.0, 0.02),
        gap_narrowing_ev_m=number(0.0, 3e-10),
    )
    return FreeCarrierGain(given).at(
        temperature=number(60.0, 350.0),
        electron_density=10 ** number(20.0, 26.0),
        hole_density=10 ** number(20.0, 26.0),
        carrier_temperature=number(60.0, 500.0),
    )


@pytest.mark.parametrize("t", [-25.0, -9.0, -3.0, -1e-3, 0.0, 1e-9, 0.5, 3.0, 9.0, 30.0])
def test_edge_is_the_parabolic_cylinder_function(t):
    """S = sqrt(s/8) exp(-t^2/4) D_{-3/2}(-t), with thirty digits by mpmath: round-off of Bessel functions is 1e-13."""
    with mp.workdps(30):
        expected = mp.sqrt(mp.mpf("0.013") / 8) * mp.exp(-(mp.mpf(t) ** 2) / 4) * mp.pcfd(-1.5, -mp.mpf(t))
    assert smoothed_root(t * 0.013, 0.013) == pytest.approx(float(expected), rel=2e-12, abs=0)


def test_edge_is_the_convolution_of_a_root_with_a_gaussian():
    """By Gauss-Legendre in u = sqrt(y), and by scipy's own D: 1e-9 is what that one keeps."""
    s, x = 0.02, np.linspace(-0.1, 0.15, 11)
    node, weight = np.polynomial.legendre.leggauss(400)
    u = 0.4 * (node + 1)
    gauss = np.exp(-((x[:, None] - u**2) ** 2) / (2 * s**2)) / (s * math.sqrt(2 * math.pi))
    assert smoothed_root(x, s) == pytest.approx(gauss @ (2 * u**2 * 0.4 * weight), rel=1e-9)
    by_scipy = math.sqrt(s / 8) * np.exp(-((x / s) ** 2) / 4) * pbdv(-1.5, -x / s)[0]
    assert smoothed_root(x, s) == pytest.approx(by_scipy, rel=1e-9)


def test_without_width_the_edge_is_a_bare_root():
    x = np.array([-0.1, 0.0, 0.04])
    assert smoothed_root(x, 0.0).tolist() == [0.0, 0.0, 0.2]
    assert smoothed_root(0.04, 1e-6) == pytest.approx(0.2, rel=1e-9)


@pytest.mark.parametrize("eta", [-12.0, -2.0, 0.0, 3.0, 20.0])
def test_density_of_a_sharp_band_is_the_fermi_integral(eta):
    """N = Nc F_1/2(eta), F = -Li_{3/2}(-exp(eta)), Nc = 2 (m kT/2 pi hbar^2)^(3/2) = 2.5094e19 1/cm3 at 300 K."""
    kT = BOLTZMANN_EV * 300
    effective = 2.5094e25 * 0.25**1.5
    fermi = float(-mp.polylog(1.5, -mp.exp(eta)).real)
    density, _ = Band(0.25, 0.0).density(eta * kT, kT)
    assert density[0] == pytest.approx(effective * fermi, rel=3e-5)  # digits of the tabulated constant
    unity, _ = Band(0.25, 0.0).density(0.0, kT)
    ratio = fermi / float(-mp.polylog(1.5, -1).real)
    assert density[0] / unity[0] == pytest.approx(ratio, rel=1e-11)


@pytest.mark.parametrize("width", [1e-3, 8e-3, 0.03])
@pytest.mark.parametrize("level", [-0.15, 0.0, 0.12])
def test_density_of_a_smoothed_band_is_that_of_sharp_bands_with_gaussian_edges(width, level):
    """Smoothing the root and summing over bands whose edges scatter are the same: Gauss-Hermite over sharp ones."""
    kT = BOLTZMANN_EV * 150
    node, weight = np.polynomial.hermite_e.hermegauss(120)
    sharp = np.array([Band(0.25, 0.0).density(level - width * one, kT)[0][0] for one in node])
    expected = sharp @ weight / weight.sum()
    assert Band(0.25, width).density(level, kT)[0][0] == pytest.approx(expected, rel=1e-9)


def test_density_converges_to_the_sharp_band_as_the_width_squared():
    kT = BOLTZMANN_EV * 200
    sharp = Band(0.3, 0.0).density(0.05, kT)[0][0]
    off = [Band(0.3, width).density(0.05, kT)[0][0] / sharp - 1 for width in (2e-3, 1e-3)]
    assert off[0] / off[1] == pytest.approx(4.0, rel=0.02)
    assert abs(off[1]) < 2e-4


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 1.0), st.floats(1e-3, 0.03), st.floats(30.0, 500.0), st.floats(19.0, 26.5))
def test_quasi_fermi_level_gives_its_density_back_and_rises_with_it(mass, width, temperature, power):
    band, kT = Band(mass, width), BOLTZMANN_EV * temperature
    densities = 10.0 ** np.array([power, power + 0.01, 27.0])
    levels = band.level(densities, kT)
    again, slope = band.density(levels, kT)
    assert again == pytest.approx(densities, rel=1e-11)
    assert np.all(np.diff(levels) > 0)
    assert np.all(slope > 0)
    step = 1e-4 * kT
    difference = (band.density(levels + step, kT)[0] - band.density(levels - step, kT)[0]) / (2 * step)
    assert slope == pytest.approx(difference, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(inversions())
def test_gain_is_zero_exactly_at_the_sum_of_the_quasi_fermi_levels(state):
    """E = E_g + mu_e + mu_h, for any width, masses and densities: below it light gains, above it loses."""
    energy = state.gap + state.electron_level + state.hole_level
    assert state.transparency_energy == pytest.approx(energy, rel=1e-15)
    below, at, above = (float(state.gain(energy + shift)[0, 0]) for shift in (-1e-10, 0.0, 1e-10))
    assert abs(at) <= 1e-12 * float(state.absorption(energy)[0, 0])
    if float(state.absorption(energy)[0, 0]) > 1e-200:
        assert below > 0 > above


@settings(max_examples=60, deadline=None)
@given(inversions(), st.lists(st.floats(-0.08, 0.3), min_size=5, max_size=5))
def test_emission_is_the_gain_in_equilibrium_with_the_carriers(state, places):
    """Kennard-Stepanov: r (exp((E - dmu)/kT) - 1) = -modes g at every energy, to 1e-10.

    Besides, what the last digit of E is worth next to the zero of g, 1e-13 of the absorption; and nothing below 1e-250,
    where the edge has underflown.
    """
    energy = state.gap + np.array(places)
    over = np.expm1((energy - state.transparency_energy) / state.thermal_energy)
    modes = optical_modes(energy, state.law.refractive_index)
    expected = -modes * state.gain(energy)[0]
    noise = 1e-13 * modes * state.absorption(energy)[0] + 1e-250
    assert np.all(np.abs(state.emission(energy)[0] * over - expected) <= 1e-10 * np.abs(expected) + noise)


@settings(max_examples=40, deadline=None)
@given(inversions(), st.floats(-0.05, 0.3))
def test_gain_is_the_empty_absorption_times_both_occupations(state, place):
    """f_e + f_h - 1 as it is written, at the energies of one momentum: 1e-13 of the absorption is its cancellation."""
    energy = state.gap + place
    m_e, m_h = state.law.electron_mass, state.law.hole_mass
    electron = expit((state.electron_level - place * m_h / (m_e + m_h)) / state.thermal_energy)
    hole = expit((state.hole_level - place * m_e / (m_e + m_h)) / state.thermal_energy)
    absorption = float(state.absorption(energy)[0, 0])
    gain = float(state.gain(energy)[0, 0])
    assert gain == pytest.approx(float((electron + hole - 1)[0]) * absorption, abs=1e-12 * absorption)
    assert abs(gain) <= absorption


def test_a_convolved_gain_spectrum_would_be_noticed(film):
    """The same gain smoothed once more crosses zero elsewhere, by more than 5 meV: the form that is not used."""
    state = film.at(temperature=77.0, electron_density=6.7e23)
    x = np.linspace(-0.15, 0.25, 4001)
    gains = state.gain(state.gap + x)[0]
    kernel = np.exp(-(np.linspace(-0.08, 0.08, 1601) ** 2) / (2 * state.edge_width**2))
    smoothed = np.convolve(gains, kernel / kernel.sum(), mode="same")
    middle = (x > -0.05) & (x < 0.1)
    crossing = x[middle][np.argmax(smoothed[middle] < 0)]
    assert abs(crossing - float(state.level_sum[0])) > 5e-3


def test_few_carriers_leave_the_absorption_of_the_empty_crystal(film):
    state = film.at(temperature=291.0, electron_density=1e14)
    energy = state.gap + np.array([0.0, 0.1])
    assert state.gain(energy)[0] == pytest.approx(-state.absorption(energy)[0], rel=1e-6)


def test_transparency_of_sharp_bands_is_0_765_of_their_states(film):
    """mu = 0 in both: F_1/2(0) = 0.7651 with Nc; 3.1e17 and 2.3e18 1/cm3 for 0.25 m0, as T^1.5 exactly."""
    cold, warm = (Band(0.25, 0.0).density(0.0, BOLTZMANN_EV * T)[0][0] for T in (77.0, 291.0))
    assert cold / PER_CM3 == pytest.approx(3.1e17, rel=0.02)
    assert warm / PER_CM3 == pytest.approx(2.3e18, rel=0.02)
    assert warm / cold == pytest.approx((291 / 77) ** 1.5, rel=1e-12)
    sharp = FreeCarrierGain(film.law.replace(edge_width_ev=0.0, phonon_width_ev=0.0))
    assert abs(sharp.at(temperature=77.0, electron_density=cold).level_sum[0]) < 1e-13


def slope_of_b(law, *, frozen=False):
    """Of ln B over ln T between 77 and 291 K, at so few carriers that they are Maxwellian."""
    made = FreeCarrierGain(law)
    rates = []
    for T in (77.0, 291.0):
        state = made.at(temperature=T, electron_density=1e14)
        gap = float(state.gap[0])
        width = float(state.edge_width)
        assert width == 0
        u = np.linspace(0, 2.0, 40001)[1:]
        if frozen:
            x = u**2
            energy = gap + x
            spectrum = state.emission(energy)[0] * (gap / energy) ** 2
            rates.append(float((spectrum * 2 * u).sum() * (u[1] - u[0])))
        else:
            rates.append(float(state.radiative_rate()[0]))
    return math.log(rates[1] / rates[0]) / math.log(291 / 77)


def test_sharp_bands_emit_as_temperature_to_minus_three_halves(law):
    """-1.5 exactly if the optical modes are frozen; -1.474 with them, -1.415 with the shift of the gap as well."""
    sharp = law.replace(edge_width_ev=0.0, phonon_width_ev=0.0)
    fixed = sharp.replace(gap_slope_ev_per_k=0.0)
    assert slope_of_b(fixed, frozen=True) == pytest.approx(-1.5, abs=1e-7)
    assert slope_of_b(fixed) == pytest.approx(-1.474, abs=5e-4)
    assert slope_of_b(sharp) == pytest.approx(-1.415, abs=5e-4)


def test_radiative_rate_is_the_integral_of_the_spectrum(film):
    """Trapezoids ten times finer over a wider range: 1e-12."""
    state = film.at(temperature=120.0, electron_density=[1e22, 1e24, 2e25], carrier_temperature=180.0)
    x = np.linspace(-0.4, 1.6, 40001)
    spectrum = state.emission(state.gap[:, None] + x)
    assert state.radiative_rate() == pytest.approx(spectrum.sum(axis=1) * (x[1] - x[0]), rel=1e-12)


def test_strength_of_absorption_comes_from_one_radiative_coefficient(film, law):
    """B(290 K, 5e17 1/cm3) = 1.1e-10 cm3/s comes back; alpha_0 is then 1.2e4 1/cm at 100 meV, which nobody put in."""
    state = film.at(temperature=290.0, electron_density=5e23)
    assert state.radiative_coefficient()[0] == pytest.approx(1.1e-16, rel=1e-13)
    assert film.strength / PER_CM == pytest.approx(3.9e4, rel=0.01)
    assert state.absorption(state.gap + 0.1)[0, 0] / PER_CM == pytest.approx(1.2e4, rel=0.03)
    doubled = FreeCarrierGain(law.replace(radiative_coefficient=2.2e-16))
    assert doubled.strength == pytest.approx(2 * film.strength, rel=1e-13)


GAINS = {  # K: 1/cm3 at 50 1/cm, 1/cm3 at modal 600 1/cm, cm2 there, B in cm3/s, nm of gain, nm of emission per energy
    77: (1.9e17, 6.7e17, 1.9e-15, 4.8e-10, 789.7, 786.6),
    100: (3.2e17, 9.3e17, 1.6e-15, 3.3e-10, 785.6, 781.5),
    130: (5.1e17, 1.30e18, 1.2e-15, 2.2e-10, 780.5, 775.2),
    200: (1.07e18, 2.3e18, 8.4e-16, 1.2e-10, 769.2, 761.2),
    291: (2.0e18, 3.7e18, 5.9e-16, 7.4e-11, 755.1, 744.2),
}
"""A prototype's table, computed with other code; confinement 0.82."""


@pytest.mark.parametrize("temperature", GAINS)
def test_card_has_the_gain_that_was_computed_for_it_elsewhere(film, temperature):
    """To the digits printed; wavelengths to 0.1 nm, a third of the step they were found with."""
    first, modal, slope, coefficient, gain_nm, emission_nm = GAINS[temperature]

    def peak(log_density):
        state = film.at(temperature=temperature, electron_density=math.exp(log_density))
        return float(state.peak()[1][0]) / PER_CM

    low, high = (math.log(power) for power in (1e22, 1e26))
    found = [math.exp(brentq(lambda y, g=g: peak(y) - g, low, high)) for g in (50.0, 600 / 0.82)]
    n = found[1]
    state = film.at(temperature=temperature, electron_density=n)
    steepness = (peak(math.log(n * 1.001)) - peak(math.log(n * 0.999))) / (0.002 * n / PER_CM3)
    assert [f"{one / PER_CM3:.1e}" for one in found] == [f"{one:.1e}" for one in (first, modal)]
    assert f"{steepness:.1e}" == f"{slope:.1e}"
    assert f"{state.radiative_coefficient()[0] * 1e6:.1e}" == f"{coefficient:.1e}"
    assert EV_NM / state.peak()[0][0] == pytest.approx(gain_nm, abs=0.1)
    energy = np.linspace(1.45, 1.8, 7001)
    assert EV_NM / energy[np.argmax(state.emission(energy)[0])] == pytest.approx(emission_nm, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(st.floats(60.0, 330.0), st.floats(23.3, 25.5))
def test_gain_rises_with_carriers_and_falls_with_temperature(temperature, power):
    made = FreeCarrierGain(load_material("fa_cs_perovskite").gain.law)
    n = 10.0**power
    fewer, more = made.at(temperature=temperature, electron_density=[n, 1.05 * n]).peak()[1]
    warmer = made.at(temperature=temperature + 5, electron_density=n).peak()[1][0]
    hotter = made.at(temperature=temperature, carrier_temperature=temperature + 5, electron_density=n).peak()[1][0]
    assert more > fewer > max(warmer, hotter)


def test_peak_is_the_largest_of_a_fine_grid(film):
    state = film.at(temperature=77.0, electron_density=10.0 ** np.linspace(22, 26, 9))
    energy, largest = state.peak()
    wide = state.gap[:, None] + np.linspace(-0.15, 0.8, 4001)
    near = energy[:, None] + np.linspace(-2e-3, 2e-3, 2001)
    assert np.all(largest >= state.gain(wide).max(axis=1) * (1 - 1e-8))
    assert largest == pytest.approx(state.gain(near).max(axis=1), rel=1e-6)
    assert np.diag(state.gain(energy[None, :].repeat(9, 0))) == pytest.approx(largest, rel=1e-12)


def test_more_holes_than_electrons_are_taken_as_given(film):
    """With p > n the separation is that of both levels, and exchanging equal masses changes nothing."""
    one = film.at(temperature=150.0, electron_density=5e23, hole_density=2e24)
    other = film.at(temperature=150.0, electron_density=2e24, hole_density=5e23)
    energy = np.linspace(1.5, 1.8, 50)
    assert one.gain(energy) == pytest.approx(other.gain(energy), rel=1e-12, abs=1e-9)
    assert one.electron_level[0] < one.hole_level[0]


def test_narrowing_moves_the_spectrum_and_hardly_the_rate(law):
    """K n^(1/3) = 16 meV at 1e18 1/cm3 shifts the peak by as much; the rate falls with E^2, by 2 %."""
    plain, narrowed = (
        FreeCarrierGain(law.replace(gap_narrowing_ev_m=K)).at(temperature=77.0, electron_density=1e24)
        for K in (0.0, 1.6e-10)
    )
    assert plain.peak()[0][0] - narrowed.peak()[0][0] == pytest.approx(0.016, rel=1e-6)
    assert narrowed.peak()[1][0] / plain.peak()[1][0] == pytest.approx(1.0, rel=0.05)
    assert narrowed.radiative_rate()[0] / plain.radiative_rate()[0] == pytest.approx(1 - 2 * 0.016 / 1.58, abs=0.03)


def test_every_number_of_the_card_says_where_it_is_from():
    numbers = load_material("fa_cs_perovskite").gain.numbers()
    assert set(numbers) == set(GainLaw.model_fields) - {"gap_narrowing_ev_m", "edge"}
    assert all(reference(one.source) for one in numbers.values())
    assert all(one.note for one in numbers.values())
    assert [name for name, one in numbers.items() if one.status == "calibrated"] == ["warm_auger_coefficient"]
    in_view = {name for name, one in numbers.items() if "in view" in one.note}
    assert in_view == {"electron_mass", "cooling_time"}


def test_auger_coefficient_is_a_power_law_through_both_points(law):
    assert law.auger_coefficient([77.0, 291.0]) == pytest.approx([3e-41, 1.95e-40], rel=1e-13)
    assert law.auger_coefficient(150.0) == pytest.approx(3e-41 * (150 / 77) ** 1.4077, rel=1e-4)


def test_an_unknown_name_in_the_table_of_a_card_is_refused():
    with pytest.raises(InputError, match='no value of a gain named "electron_mas"; nearest: electron_mass'):
        GainData.checked({"electron_mas": "0.25"}, GainLaw)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"warm_temperature": 60.0}, "exchanged"),
        ({"warm_auger_coefficient": 0.0}, "no power law"),
        ({"electron_mass": 0.0}, "electron_mass 0 1 is outside"),
    ],
)
def test_a_law_that_cannot_be_is_refused(law, change, message):
    with pytest.raises(InputError, match=message):
        law.replace(**change)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"temperature": 77.0, "electron_density": 0.0}, "electron_density 0"),
        ({"temperature": 77.0, "electron_density": [1e24, -1e24]}, "not inside"),
        ({"temperature": -200.0, "electron_density": 1e24}, "temperature -200 K"),
        ({"temperature": 77.0, "electron_density": 1e24, "carrier_temperature": 2e4}, "carrier_temperature 20000 K"),
    ],
)
def test_carriers_that_cannot_be_are_refused(film, given, message):
    with pytest.raises(InputError, match=message):
        film.at(**given)
