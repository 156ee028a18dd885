"""Filled bands in whole columns: equilibrium, neutrality, drift, diffusion and time, against exact integrals."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from test_carriers import random_column

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.physics.statistics import band_numbers, filling
from femled.units import nm

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
EDGE, GAP, STATES, MOBILITY, LENGTH = -4.0, 2.0, 1e25, 1e-4, 100 * nm
DISORDER = {"fermi_dirac": {}, "gauss_fermi": {"electron_disorder_ev": 2 * VT, "hole_disorder_ev": 2 * VT}}
KINDS = list(DISORDER)


def fermi_integral(order, eta):
    """Normalised F_j = -Li_(j+1)(-e^eta)."""
    return float(-mpmath.polylog(mpmath.mpf(order) + 1, -mpmath.exp(eta)).real)


def exact_filling(statistics, eta):
    """n/N by adaptive quadrature: of sqrt(E), or of a Gaussian of 2 V_T."""
    if statistics == "boltzmann":
        return float(np.exp(eta))
    if statistics == "fermi_dirac":
        return fermi_integral(0.5, eta)

    def integrand(t):
        return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi) / (1 + np.exp(2 * t - eta))

    return quad(integrand, -12, 12, epsabs=0, epsrel=1e-10, points=[eta / 2, -2.0, 0.0], limit=200)[0]


STATED = {"boltzmann": 1e-9, "fermi_dirac": 1e-9, "gauss_fermi": 0.034}
"""Error of the laws themselves (`femled.physics.gauss_fermi`)."""


def slab(statistics, *, anode, cathode, states=STATES, length=LENGTH, permittivity=10.0, **fields):
    material = fl.Semiconductor(
        relative_permittivity=permittivity,
        conduction_band_ev=EDGE,
        valence_band_ev=EDGE - GAP,
        conduction_band_density=states,
        valence_band_density=states,
        electron_mobility=MOBILITY,
        hole_mobility=MOBILITY,
        statistics=statistics,
        **DISORDER.get(statistics, {}),
        **fields,
    )
    layers = [fl.Layer(name="slab", thickness=length, material=material)]
    return fl.Column(layers=layers, anode=anode, cathode=cathode, temperature=300.0)


NEUTRAL = fl.Contact(kind="neutral")


@pytest.mark.parametrize("statistics", KINDS)
@pytest.mark.parametrize("share", [0.03, 0.5])
def test_doped_slab_is_neutral_where_its_band_holds_the_donors(statistics, share):
    """F(eta) = N_D/N_c by an independent integral, flat to 1e-9 V; Boltzmann would hold another number."""
    state = fl.relax_ions(
        slab(statistics, anode=NEUTRAL, cathode=NEUTRAL, donor_density=share * STATES), voltage=0.0, mesh=20
    )
    eta = (state.potential[0] - EDGE) / VT
    assert np.ptp(state.potential) < 1e-9
    assert exact_filling(statistics, eta) == pytest.approx(share, rel=STATED[statistics])
    assert state.electron_density == pytest.approx(np.full(40, share * STATES), rel=1e-6)
    assert abs(np.exp(eta) / share - 1) > 0.009


@pytest.mark.parametrize("statistics", KINDS)
def test_degenerate_slab_is_a_resistor(statistics):
    """J = q mu N_D V/L between neutral contacts, whatever fills the band: 1e-6."""
    device = slab(statistics, anode=NEUTRAL, cathode=NEUTRAL, donor_density=0.5 * STATES)
    current = fl.jv(device, voltages=[0.05], mesh=20).series["current_density"][0]
    assert current == pytest.approx(ELEMENTARY_CHARGE * MOBILITY * 0.5 * STATES * 0.05 / LENGTH, rel=1e-6)


@pytest.mark.parametrize("statistics", ["boltzmann", *KINDS])
def test_diffusion_without_field_is_the_integral_of_the_density_over_the_level(statistics):
    """No field: J = (q mu N_c V_T/L) Int F d eta, of Fermi and Dirac F_3/2 at both ends, the Einstein relation.

    Levels 3 V_T inside and 1 V_T outside the band; V = W_c - W_a leaves a flat potential, up to the little charge of
    1e20/m3 in 20 nm, 1e-3. Boltzmann's answer is twice that of Fermi and Dirac.
    """
    etas, states, length = (-1.0, 3.0), 1e20, 20 * nm
    anode, cathode = (fl.Contact(work_function_ev=EDGE + eta * VT) for eta in etas)
    device = slab(statistics, anode=anode, cathode=cathode, states=states, length=length, permittivity=50.0)
    current = fl.jv(device, voltages=[4 * VT], mesh=100).series["current_density"][0]
    disorder = DISORDER.get(statistics, {}).get("electron_disorder_ev")
    band = band_numbers(statistics, disorder, VT)
    family = (statistics if statistics in KINDS else "crowded",)
    area = quad(lambda eta: float(filling(eta, band, family)), *etas, epsrel=1e-10)[0]
    exact = quad(lambda eta: exact_filling(statistics, eta), *etas, epsrel=1e-8)[0]
    unit = ELEMENTARY_CHARGE * MOBILITY * states * VT / length
    assert current == pytest.approx(unit * area, rel=1e-3)
    assert current == pytest.approx(unit * exact, rel=max(1e-3, STATED[statistics]))
    if statistics == "fermi_dirac":
        closed = fermi_integral(1.5, etas[1]) - fermi_integral(1.5, etas[0])
        assert current == pytest.approx(unit * closed, rel=1e-3)
        assert np.exp(3.0) - np.exp(-1.0) > 1.9 * closed


def test_dilute_bands_carry_the_current_of_boltzmann():
    """n/N below 1e-5: Fermi and Dirac to n/(2.8 N); a Gaussian of 2 V_T is e^2 times as many states, to 1e-3."""
    ends = {"anode": fl.Contact(work_function_ev=EDGE - GAP + 0.5), "cathode": fl.Contact(work_function_ev=EDGE - 0.5)}
    losses = {"srh_electron_lifetime": 1e-8, "srh_hole_lifetime": 1e-8, "radiative_coefficient": 1e-16}

    def currents(statistics, states):
        device = slab(statistics, states=states, **ends, **losses)
        return fl.jv(device, voltages=[0.5, 0.9], mesh=40).series["current_density"]

    assert currents("fermi_dirac", STATES) == pytest.approx(currents("boltzmann", STATES), rel=1e-5)
    assert currents("gauss_fermi", STATES) == pytest.approx(currents("boltzmann", np.exp(2.0) * STATES), rel=1e-3)


def with_disorder(seed, statistics, **options):
    device = random_column(np.random.default_rng(seed), statistics="boltzmann", **options)
    disorder = {"fermi_dirac": {}, "gauss_fermi": {"electron_disorder_ev": 0.06, "hole_disorder_ev": 0.09}}[statistics]
    layers = [one.replace(material=one.material.replace(statistics=statistics, **disorder)) for one in device.layers]
    return device.replace(layers=tuple(layers))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("statistics", KINDS)
def test_random_columns_with_filled_bands_rest_and_conduct(seed, statistics):
    """At 0 V all levels are flat, 1e-9 eV; to 3 V both contacts carry the same current, 1e-8 (1e-5 A/m2 below)."""
    device = with_disorder(seed, statistics)
    curve = fl.jv(device, voltages=[0.0, 1.0, 2.0, 3.0], ions="none", mesh=40).series
    current, error = curve["current_density"], curve["current_error"]
    assert abs(current[0]) < 1e-9
    assert np.all(error <= np.maximum(1e-8 * np.abs(current), 1e-5))
    state = fl.relax_ions(device, voltage=0.0, mesh=40)
    assert np.abs([state.quasi_fermi_electron_ev, state.quasi_fermi_hole_ev]).max() < 1e-9


@pytest.mark.parametrize("statistics", KINDS)
def test_filled_bands_in_time_end_in_the_steady_state_with_one_current(statistics):
    """Ions and both carriers after a step to 2 V: J of `jv` at last to 1e-5, both contacts agree on the way to 1e-5."""
    device = with_disorder(1, statistics, ions=True, thickest=60)
    data = fl.transient(device, voltage=2.0, until=1e6, mesh=30).series
    steady = fl.jv(device, voltages=[2.0], mesh=30).series["current_density"][0]
    assert data["current_density"][-1] == pytest.approx(steady, rel=1e-5)
    later = data["time"] > 1e-9
    scale = np.maximum(np.abs(data["current_density"]), 1.0)
    assert (data["current_error"] / scale)[later].max() < 1e-5
