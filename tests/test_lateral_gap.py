"""A lateral gap cell: ions gather at one electrode, and the light there follows the law of traps (J7)."""

import numpy as np
import pytest

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.units import um

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
GAP, DENSITY = 20 * um, 1e20


def film(*, diffusivity=1e-12, charge=-1, net=0.0, total=1.0, **changes):
    numbers = {
        "relative_permittivity": 25.0,
        "conduction_band_ev": -3.9,
        "valence_band_ev": -5.5,
        "conduction_band_density": 2e24,
        "valence_band_density": 2e24,
        "electron_mobility": 1e-4,
        "hole_mobility": 1e-4,
        "radiative_coefficient": 4e-16,
        "srh_electron_lifetime": 1e-7,
        "srh_hole_lifetime": 1e-7,
        "ions": [fl.MobileIon(name="iodide", charge=charge, mean_density=DENSITY, diffusivity=diffusivity)],
        "ion_traps": fl.IonTraps(capture_coefficient=1e-13, net_weight=net, total_weight=total),
    }
    return fl.Semiconductor(**(numbers | changes))


def run(material=None, voltage=1.0, until=100.0, **options):
    times = [0.0, *(until * np.logspace(-5, 0, 21))]
    return fl.lateral_gap(
        material or film(), gap=GAP, voltage=voltage, until=until, at=times, generation=1e28, mesh=100, **options
    )


def test_light_is_quenched_where_iodide_gathers_and_brightens_where_it_left():
    """Negative ions go to the anode; vacancies, positive, or the reversed field, to the cathode."""
    for material, voltage in ((film(), 1.0), (film(charge=1), -1.0)):
        series = run(material, voltage).series
        assert series["light"][-1, 0] < 0.1
        assert series["anode_light"][-1] < 1 < series["cathode_light"][-1]
    series = run(film(charge=1), 1.0).series
    assert series["cathode_light"][-1] < 1 < series["anode_light"][-1]


def test_without_voltage_nothing_changes():
    """An even film stays even: light within 1e-6 of 1."""
    assert np.abs(run(voltage=0.0).series["light"] - 1).max() < 1e-6


def test_time_scales_with_the_diffusivity():
    """Twice as slow ions take twice as long, to 1e-2 of the interpolation."""
    fast, slow = run(), run(film(diffusivity=5e-13), until=200.0)
    for end in ("anode", "cathode"):
        assert float(slow.series[f"{end}_time"]) == pytest.approx(2 * float(fast.series[f"{end}_time"]), rel=1e-2)


def test_depleted_width_is_that_of_the_voltage():
    """Ions of one sign leave a width W = sqrt(2 eps V/(q c_0)) to a fixed charge; nearly all voltage falls there.

    W is where half of the ions are gone: 5 %, what the gathered ones take of the voltage.
    """
    series = run(voltage=2.0, until=1000.0).series
    position, total = series["position"], series["total_density"][-1]
    left = GAP - position[np.flatnonzero(total > DENSITY / 2)[-1]]
    expected = np.sqrt(2 * 25 * VACUUM_PERMITTIVITY * 2.0 / (ELEMENTARY_CHARGE * DENSITY))
    assert left == pytest.approx(expected, rel=0.1)


def test_local_light_is_that_of_the_rate_equation():
    """G = A n + B n^2 with A = (1 + k tau_n c)/(tau_n + tau_p), light = (n/n_even)^2, at every place to 1e-10."""
    series = run().series
    density = series["total_density"][-1]

    def light(total):
        A, B = (1 + 1e-13 * 1e-7 * total) / 2e-7, 4e-16
        return B * ((-A + np.sqrt(A**2 + 4 * B * 1e28)) / (2 * B)) ** 2

    assert series["light"][-1] == pytest.approx(light(density) / light(DENSITY), rel=1e-8)


def test_traps_by_net_charge_darken_both_sides():
    """The depleted side leaves its immobile charge uncompensated: |rho| grows on both sides."""
    series = run(film(net=1.0, total=0.0)).series
    assert series["anode_light"][-1] < 1
    assert series["cathode_light"][-1] < 1


def test_no_ion_is_lost():
    balance = run().balance
    assert balance.stored == pytest.approx(balance.supplied, rel=1e-10)


def test_what_is_missing_is_named():
    for changes, text in (({"radiative_coefficient": 0.0}, "gives no light"), ({"ion_traps": None}, "law ion_traps")):
        with pytest.raises(fl.InputError, match=text):
            run(film(**changes))
