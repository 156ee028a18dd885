"""Space-charge-limited current: the law without traps, and what the kink of traps that fill tells (J1)."""

import numpy as np
import pytest

import femled as fl
from femled.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.experiments.sclc import trap_filled_voltage
from femled.units import nm

PLAIN = {
    "relative_permittivity": 6.0,
    "conduction_band_ev": -3.4,
    "valence_band_ev": -5.7,
    "conduction_band_density": 1e26,
    "valence_band_density": 1e26,
    "electron_mobility": 1e-6,
    "hole_mobility": 3e-6,
}


def trapping(density, depth=0.5):
    return fl.Semiconductor(
        **PLAIN,
        trap_level_ev=-3.4 - depth,
        trap_density=density,
        trap_charge="acceptor",
        srh_electron_lifetime=1 / (1e-14 * density),
        srh_hole_lifetime=1 / (1e-14 * density),
    )


def kinked(density, thickness=200 * nm, **options):
    top = trap_filled_voltage(trapping(density), thickness)
    voltages = np.concatenate([np.logspace(-3, np.log10(top) - 0.7, 12)[:-1], top * np.logspace(-0.7, 1, 60)])
    return fl.sclc(trapping(density), thickness=thickness, voltages=voltages, **options).series


@pytest.mark.parametrize(("carrier", "mobility"), [("electron", 1e-6), ("hole", 3e-6)])
def test_current_without_traps_is_that_of_mott_and_gurney(carrier, mobility):
    """J = 9/8 eps mu V^2/L^3 for V -> infinity: at 200 V within 2.5 %, where diffusion from the contacts adds 1.8 %.

    What it adds falls as V^(-3/4): between 20 and 200 V to a fifth or sixth.
    """
    voltages = [*np.logspace(-3, 0, 8), 20.0, 200.0]
    run = fl.sclc(fl.Semiconductor(**PLAIN), thickness=300 * nm, voltages=voltages, carrier=carrier, mesh=400)
    series = run.series
    law = 9 / 8 * 6 * VACUUM_PERMITTIVITY * mobility * series["voltage"] ** 2 / (300 * nm) ** 3
    assert series["mott_gurney_current_density"] == pytest.approx(law, rel=1e-12)
    more = series["current_density"][-2:] / law[-2:] - 1
    assert more[1] == pytest.approx(0.0, abs=0.025)
    assert more[0] / more[1] == pytest.approx(10**0.75, rel=0.2)
    assert series["slope"][0] == pytest.approx(1.0, abs=1e-2)
    assert "trap_filled_voltage" not in series.variables
    assert any("no trap-filled limit" in warning for warning in run.warnings)


def test_voltage_that_fills_all_traps():
    """V = e N_t L^2/(2 eps)."""
    expected = ELEMENTARY_CHARGE * 1.55e23 * (200 * nm) ** 2 / (2 * 6 * VACUUM_PERMITTIVITY)
    assert trap_filled_voltage(trapping(1.55e23), 200 * nm) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("density", [1.55e23, 2.19e23])
def test_kink_returns_the_traps_of_both_published_devices_within_a_factor_of_two(density):
    """J1. Filled from the contacts in equilibrium, part of the traps need no voltage: the kink of the tangents comes at
    half of e N_t L^2/(2 eps), the end of the rise within 15 % of it; the true density is reported beside.
    """
    series = kinked(density)
    assert float(series["true_trap_density"]) == pytest.approx(density, rel=1e-12)
    assert 0.5 < float(series["trap_density"]) / density < 1.0
    assert float(series["child_trap_density"]) == pytest.approx(density, rel=0.15)
    assert series["slope"].max() > 10


def test_ratio_of_both_devices_survives_the_reading():
    """2.19/1.55 = 1.41 by the kink of the tangents within 15 %."""
    ratio = float(kinked(2.19e23)["trap_density"]) / float(kinked(1.55e23)["trap_density"])
    assert ratio == pytest.approx(2.19 / 1.55, rel=0.15)


def test_above_the_limit_the_current_is_that_without_traps():
    """At ten times V_TFL a tenth of the charge is trapped: the current is 70 to 100 % of the law."""
    series = kinked(1.55e23)
    assert 0.7 < series["current_density"][-1] / series["mott_gurney_current_density"][-1] < 1.0


def test_what_is_no_film_is_refused():
    material = fl.Semiconductor(**PLAIN)
    for given, options, text in (
        (material, {}, "thickness is missing"),
        (material, {"thickness": 100 * nm, "carrier": "ion"}, "neither"),
        ("mapbi3", {"thickness": 100 * nm}, "neither a Semiconductor"),
        (material, {"thickness": 100 * nm, "voltages": [1.0, 2.0]}, "too few"),
    ):
        with pytest.raises(fl.InputError, match=text):
            fl.sclc(given, **({"voltages": np.logspace(-3, 0, 8)} | options))
