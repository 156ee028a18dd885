"""Spectra that move and broaden with temperature: the laws, the cards, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import femled as fl
from femled.errors import InputError
from femled.materials import load_material, reference
from femled.materials.emission import ENERGY_WAVELENGTH, EmissionSpectrum
from femled.materials.emission_law import EmissionLaw, LineBroadening, PeakShift

EMITTERS = ("mapbi3", "fa_cs_perovskite", "cspbbr3")
NM = 1e-9
SAID = {"source": "choice", "status": "assumed"}


def spectrum(slope=3e-4, coupling=0.04, phonon=0.0115, acoustic=0.0, valid=(150.0, 450.0)):
    law = EmissionLaw(
        reference_temperature=300.0,
        valid=valid,
        peak=PeakShift(slope=slope, **SAID),
        width=LineBroadening(optical_coupling=coupling, phonon_energy=phonon, acoustic_slope=acoustic, **SAID),
    )
    return EmissionSpectrum(peak=770 * NM, width=45 * NM, law=law, **SAID)


@pytest.mark.parametrize("name", EMITTERS)
def test_at_its_reference_temperature_a_card_is_as_it_stands(name):
    """Not a digit may move, or every published outcoupling would."""
    emission = load_material(name).emission
    T = emission.law.reference_temperature
    assert emission.at_temperature(T) is emission
    assert emission.peak_and_width([T, T])[0].tolist() == [emission.peak] * 2
    assert emission.peak_and_width([T, T])[1].tolist() == [emission.width] * 2


@pytest.mark.parametrize("name", EMITTERS)
def test_sources_of_a_card_are_listed_with_those_of_its_laws(name):
    emission = load_material(name).emission
    assert {key for key, _ in emission.sources} >= {emission.source, "wright2016"}
    assert all(reference(key) for key, _ in emission.sources)


def test_peak_and_width_follow_the_law_in_energy():
    """E = E0 + s (T - T0); W = W0 + g T + G/(exp(E_LO/kT) - 1), by hand with k = 8.617333262e-5 eV/K: ten digits."""
    line = spectrum(acoustic=2e-5)
    warm = line.at_temperature(345.0)

    def thermal(T):
        return 2e-5 * T + 0.04 / (math.exp(0.0115 / (8.617333262e-5 * T)) - 1)

    assert warm.peak_energy_ev == pytest.approx(line.peak_energy_ev + 3e-4 * 45, rel=1e-14)
    assert warm.width_ev == pytest.approx(line.width_ev + thermal(345.0) - thermal(300.0), rel=1e-10)
    assert warm.law is None


def test_width_in_energy_lies_between_the_half_points():
    """The photons at both half points of the wavelength spectrum, one half of the maximum each; round-off."""
    warm = spectrum().at_temperature(400.0)
    ends = warm.peak + np.array([-0.5, 0.5]) * warm.width
    assert warm.at(ends) == pytest.approx([0.5, 0.5], rel=1e-14)
    assert warm.width_ev == pytest.approx(-np.diff(ENERGY_WAVELENGTH / ends)[0], rel=1e-12)


def test_line_holds_one_photon_at_every_temperature():
    """Int s dl = 1: the quadrature reaches 1e-12 and the window 7 standard deviations."""
    line = spectrum()
    for T in (150.0, 300.0, 450.0):
        peak, width = (float(part) for part in line.peak_and_width(T))
        whole = quad(
            lambda wave, T=T: line.line(np.array([wave]), T)[0], peak - 3 * width, peak + 3 * width, epsrel=1e-13
        )
        assert whole[0] == pytest.approx(1.0, abs=1e-11)


def test_line_is_the_spectrum_over_its_photons():
    """At the reference temperature s(l) is `at` over its integral width sqrt(pi/(4 ln 2)); round-off."""
    line = spectrum()
    wave = np.linspace(700, 840, 15) * NM
    expected = line.at(wave) / (line.width * math.sqrt(math.pi / (4 * math.log(2))))
    assert line.line(wave, 300.0) == pytest.approx(expected, rel=1e-13)
    assert line.line(wave, [[300.0, 320.0]]).shape == (1, 2, 15)


laws = st.tuples(st.floats(1e-6, 1e-3), st.floats(1e-3, 0.08), st.floats(0.005, 0.05), st.floats(0, 5e-5))


@settings(deadline=None, max_examples=100)
@given(laws, st.floats(250, 440), st.floats(0.1, 10))
def test_warmer_is_bluer_and_broader(law, temperature, step):
    """For a positive slope and coupling, at any temperature."""
    slope, coupling, phonon, acoustic = law
    line = spectrum(slope, coupling, phonon, acoustic, valid=(250.0, 450.0))
    cold, warm = (line.at_temperature(T) for T in (temperature, temperature + step))
    assert warm.peak < cold.peak
    assert warm.width_ev > cold.width_ev


@pytest.mark.parametrize(
    ("temperature", "words"),
    [(149.0, "149 K is outside 150 K .. 450 K"), (500.0, "500 K is outside"), (25.0, r"25 K .*\(kelvin is meant\)")],
)
def test_outside_its_range_the_law_is_refused(temperature, words):
    with pytest.raises(InputError, match=words):
        spectrum().at_temperature(temperature)
    with pytest.raises(InputError, match=words):
        spectrum().peak_and_width([300.0, temperature])


def test_without_law_only_the_stated_spectrum_is_there():
    plain = spectrum().replace(law=None)
    with pytest.raises(InputError, match="no temperature law"):
        plain.at_temperature(300.0)


def test_law_that_leaves_no_width_on_cooling_is_refused():
    with pytest.raises(InputError, match="less than the law makes of it on cooling"):
        spectrum(coupling=0.2)


def test_reference_temperature_has_to_lie_in_the_range():
    with pytest.raises(InputError, match="reference_temperature 300 K is not inside"):
        spectrum(valid=(310.0, 400.0))


def shares(result):
    return result.series["share"]


def test_outcoupling_follows_the_temperature_only_if_asked():
    """At the reference temperature to the last digit; at an ambient of 77 K as before; at 77 K when asked, not."""
    pixel = fl.load_pixel("elkhouly2024")
    as_stated = fl.outcoupling(pixel, wavelengths=3, depths=5)
    same = fl.outcoupling(pixel, wavelengths=3, depths=5, temperature=291.0)
    cooled = fl.outcoupling(pixel.replace(ambient_temperature=77.0), wavelengths=3, depths=5)
    asked = fl.outcoupling(pixel, wavelengths=3, depths=5, temperature=77.0)
    assert np.array_equal(shares(same), shares(as_stated))
    assert np.array_equal(shares(cooled), shares(as_stated))
    cold = load_material("fa_cs_perovskite").emission.at_temperature(77.0)
    assert (asked.inputs["wavelength"], asked.inputs["spectral_width"]) == (cold.peak, cold.width)
    assert np.abs(shares(asked)[:2] / shares(as_stated)[:2] - 1).max() > 1e-3
    assert ("wright2016", "literature") in asked.sources
    assert ("wright2016", "literature") not in as_stated.sources


def test_temperature_and_a_given_spectrum_exclude_each_other():
    with pytest.raises(InputError, match="leave out wavelength and spectral_width"):
        fl.outcoupling(fl.load_pixel("kim2018"), wavelength=770 * NM, temperature=300.0)
