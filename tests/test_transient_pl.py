"""Photoluminescence after a pulse of light: against the rate equations of one density, and at a bias."""

import numpy as np
import pytest

import femled as fl
from femled.constants import PLANCK, SPEED_OF_LIGHT
from femled.experiments.abc_fit import abc_density, fit_abc
from femled.units import nm, ns

B, LIFETIME, THICKNESS = 4e-16, 50e-9, 70 * nm
PUMP = {"width": 20e-12, "until": 300 * ns}


def film(**changes):
    """A film that no carrier leaves, at injection far above its equilibrium: A = 1/(tau_n + tau_p) = 1e7 1/s."""
    numbers = {
        "relative_permittivity": 25.0,
        "conduction_band_ev": -3.9,
        "valence_band_ev": -5.5,
        "conduction_band_density": 2e24,
        "valence_band_density": 2e24,
        "electron_mobility": 1e-4,
        "hole_mobility": 1e-4,
        "radiative_coefficient": B,
        "srh_electron_lifetime": LIFETIME,
        "srh_hole_lifetime": LIFETIME,
    }
    closed = fl.Contact(work_function_ev=-4.7, surface_velocity=0.0)
    layer = fl.Layer(name="film", thickness=THICKNESS, material=fl.Semiconductor(**(numbers | changes)))
    return fl.Column(layers=[layer], anode=closed, cathode=closed)


def decay_run(density, **options):
    return fl.transient_pl(options.pop("device", film()), photons=density * THICKNESS, **(PUMP | options))


def decay(density, **options):
    return decay_run(density, **options).series


@pytest.mark.parametrize("density", [1e22, 1e23])
def test_fit_returns_the_rates_of_a_well_mixed_film(density):
    """dn/dt = -A n - B n^2 with A = 1/(tau_n + tau_p): the fit gives A within 2 % and B within 5 %.

    What is left is the charge that the contacts' potential keeps apart, 1e21 1/m3 at most.
    """
    series = decay(density)
    assert float(series["monomolecular_rate"]) == pytest.approx(1 / (2 * LIFETIME), rel=0.02)
    assert float(series["bimolecular_coefficient"]) == pytest.approx(B, rel=0.05)
    assert float(series["initial_density"]) == pytest.approx(density, rel=1e-12)


def test_light_falls_as_the_square_of_the_density():
    """PL = B n^2 L with n of the closed form: the decay times to exp(-1), exp(-2), exp(-3) within 2 %."""
    density, series = 1e23, decay(1e23)
    time = np.linspace(0, 300 * ns, 30001)
    light = (abc_density(time, 1 / (2 * LIFETIME), B, density) / density) ** 2
    for name, number in (("decay_time", 1), ("second_decay_time", 2), ("third_decay_time", 3)):
        expected = np.interp(-number, np.log(light[::-1]), time[::-1])
        assert float(series[name]) == pytest.approx(expected, rel=0.02)
    assert series["photoluminescence"][0] == pytest.approx(B * density**2 * THICKNESS, rel=0.02)


def test_fluence_becomes_photons_by_absorption_in_one_pass():
    """N = F lambda/(h c) (1 - exp(-alpha d)); light from either side gives the same n0."""
    expected = 2e-3 * 410 * nm / (PLANCK * SPEED_OF_LIGHT) * (1 - np.exp(-2.5e7 * THICKNESS)) / THICKNESS
    for side in ("anode", "cathode"):
        options = {"fluence": 2e-3, "wavelength": 410 * nm, "absorption_coefficient": 2.5e7, "light_from": side}
        series = fl.transient_pl(film(), **PUMP, **options, mesh=50).series
        assert float(series["initial_density"]) == pytest.approx(expected, rel=1e-12)
        light = series["photoluminescence"]
        assert light[0] > B * expected**2 * THICKNESS  # crowded where it enters


def test_pairs_that_are_left_from_the_pulse_before_add_up():
    """5 pulses every 50 ns, A = 1e7 1/s: more light than after one alone."""
    one, five = decay(1e22, mesh=50), decay(1e22, repetition=2e7, pulses=5, mesh=50)
    assert five["photoluminescence"][0] > 1.5 * one["photoluminescence"][0]


def test_a_field_that_draws_carriers_apart_quenches_the_light():
    """Open contacts and -2 V against closed ones: the light falls at least five times faster."""
    open_film = film().replace(anode=fl.Contact(work_function_ev=-5.3), cathode=fl.Contact(work_function_ev=-4.1))
    swept = decay(1e21, device=open_film, voltage=-2.0)
    assert float(swept["decay_time"]) < 0.2 * float(decay(1e21)["decay_time"])


def test_light_before_the_pulse_is_taken_off():
    """At 1.3 V the film glows by itself; late after the pulse nothing is left of the difference."""
    lit = film().replace(anode=fl.Contact(work_function_ev=-5.3), cathode=fl.Contact(work_function_ev=-4.1))
    series = decay(1e22, device=lit, voltage=1.3)
    glow = series["radiative_current_density"][-1]
    assert glow > 0
    assert abs(series["photoluminescence"][-1]) < 1e-3 * series["photoluminescence"][0]


def test_fit_of_a_closed_form_returns_it_and_warns_where_it_cannot():
    """A = 1e7, B n0 = 1e8 exactly; a decay with A = 0 leaves A unresolved."""
    time = np.concatenate([[0.0], np.logspace(-11, -6.3, 400)])
    found = fit_abc(time, abc_density(time, 1e7, 1e-15, 1e23) ** 2, 1e23)
    assert pytest.approx(1e7, rel=1e-2) == found.A
    assert pytest.approx(1e-15, rel=1e-2) == found.B
    assert found.warnings == ()
    bimolecular = fit_abc(time, abc_density(time, 1.0, 1e-15, 1e23) ** 2, 1e23)
    assert "A makes up" in bimolecular.warnings[0]


def test_what_does_not_fit_together_is_refused():
    for options, text in (
        ({}, "either photons"),
        ({"photons": 1e15, "fluence": 1e-3}, "either photons"),
        ({"fluence": 1e-3}, "needs wavelength"),
        ({"photons": 1e15, "wavelength": 410 * nm}, "belongs to a fluence"),
        ({"photons": 1e15, "pulses": 2}, "repetition belongs"),
        ({"photons": 1e15, "pulses": 2, "repetition": 1e12}, "leaves no time"),
    ):
        with pytest.raises(fl.InputError, match=text):
            fl.transient_pl(film(), **PUMP, **options)
