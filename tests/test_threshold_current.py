"""Closed forms of thresholds: published numbers, the identities that join them, and what they refuse."""

import pytest

import femled as fl
from femled.constants import ELEMENTARY_CHARGE
from femled.units import nm

KIM = {"thickness": 100 * nm, "radiative_coefficient": 4e-16, "threshold_density": 8e23}
"""Of the estimate in kim2018."""


def test_product_of_kim_is_61_5_a_per_cm2():
    """1.602176634e-19 x 1e-7 x 4e-16 x (8e23)^2 x 0.15 = 6.1524e5 A/m2; the paper prints 62 A/cm2."""
    product = fl.threshold_efficiency_product(**KIM, outcoupling_efficiency=0.15)
    assert product == pytest.approx(1.602176634e-19 * 1e-7 * 4e-16 * 64e46 * 0.15, rel=1e-14)
    assert round(product * 1e-4, 1) == 61.5


def test_product_is_threshold_times_external_efficiency_whatever_the_internal_one():
    for internal in (0.01, 0.3, 1.0):
        threshold = fl.threshold_current_density(**KIM, internal_quantum_efficiency=internal)
        product = fl.threshold_efficiency_product(**KIM, outcoupling_efficiency=0.15)
        assert internal * 0.15 * threshold == pytest.approx(product, rel=1e-14)


def test_threshold_with_the_efficiency_of_a_b_c_is_all_recombination():
    """IQE = B n/(A + B n + C n^2) makes q d B n^2/IQE = q d (A n + B n^2 + C n^3), an identity."""
    A, B, C, n = 2e7, 4e-16, 1e-40, 8e23
    efficiency = B * n / (A + B * n + C * n**2)
    all_of_it = fl.recombination_current_density(
        thickness=100 * nm, density=n, monomolecular_rate=A, radiative_coefficient=B, auger_coefficient=C
    )
    assert fl.threshold_current_density(**KIM, internal_quantum_efficiency=efficiency) == pytest.approx(
        all_of_it, rel=1e-14
    )
    assert all_of_it == pytest.approx(
        ELEMENTARY_CHARGE * 1e-7 * (2e7 * 8e23 + 4e-16 * 64e46 + 1e-40 * 512e69), rel=1e-14
    )


def test_equivalent_current_makes_the_pairs_of_the_pump():
    """With IQE = yield, J/q pairs per area and second enter as the pump makes them, A I/(h nu)."""
    pump = {"irradiance": 3.8e7, "absorptance": 0.78, "photon_energy_ev": 2.774}
    current = fl.optical_equivalent_current_density(
        **pump, internal_quantum_efficiency=0.4, photoluminescence_quantum_yield=0.4
    )
    pairs = 0.78 * 3.8e7 / (2.774 * ELEMENTARY_CHARGE)
    assert current / ELEMENTARY_CHARGE == pytest.approx(pairs, rel=1e-12)


def test_equivalent_current_of_elkhouly_follows_with_an_absorptance_of_0_78():
    """3.8 kW/cm2 of 447 nm and IQE 23.2 %, yield 1: 4.6 kA/cm2 to the two digits that are published."""
    current = fl.optical_equivalent_current_density(
        irradiance=3.8e7, absorptance=0.78, photon_energy_ev=2.774, internal_quantum_efficiency=0.232
    )
    assert current == pytest.approx(4.6e7, rel=0.011)


def test_pump_pulse_and_steady_pump_agree_on_a_slow_film():
    """A F/(h nu d) pairs made in a time t are a rate; without recombination t A I/(h nu d), I = F/t."""
    density = fl.pumped_density(fluence=0.09, absorptance=0.5, photon_energy_ev=2.33, thickness=150 * nm)
    per_second = fl.optical_equivalent_current_density(
        irradiance=0.09 / 1e-9, absorptance=0.5, photon_energy_ev=2.33, internal_quantum_efficiency=1.0
    ) / (ELEMENTARY_CHARGE * 150 * nm)
    assert density == pytest.approx(per_second * 1e-9, rel=1e-12)


def test_irradiance_is_photons_times_their_energy():
    photons = 0.009 * 2.9e7 / ELEMENTARY_CHARGE
    found = fl.emitted_irradiance(current_density=2.9e7, external_quantum_efficiency=0.009, photon_energy_ev=1.56)
    assert found == pytest.approx(photons * 1.56 * ELEMENTARY_CHARGE, rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thickness": 100.0}, "did you mean 100 nm"),
        ({"threshold_density": -1.0}, "threshold_density"),
        ({"radiative_coefficient": 4e-10 * 1e3}, "radiative_coefficient"),
        ({"internal_quantum_efficiency": 0.0}, "no current makes light"),
        ({"internal_quantum_efficiency": 23.2}, "internal_quantum_efficiency"),
        ({"threshold_density": float("nan")}, "not a finite number"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(changes, words):
    with pytest.raises(fl.InputError, match=words):
        fl.threshold_current_density(**(KIM | changes))
