"""Current spreading in a rim-fed disk: the linear closed form, power by two routes, limits and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import iv

from femled import ArrheniusLaw, DiodeLaw, InputError, TableLaw, sheet_spreading

RADIUS, SHEET = 100e-6, 100.0


def linear(x):
    """J = g u with a/L = x: g = x^2/(R_s a^2)."""
    return ArrheniusLaw(
        reference_current_density=x**2 / (SHEET * RADIUS**2),
        reference_voltage=1.0,
        exponent=1.0,
        activation_ev=0.0,
        reference_temperature=300.0,
    )


@pytest.mark.parametrize(("x", "published", "digits"), [(1.0, 0.8927799318, 10), (5.0, 0.3573533, 7)])
def test_current_of_a_linear_sheet_is_that_of_the_bessel_functions(x, published, digits):
    """I/(pi a^2 g V) = 2 I_1(x)/(x I_0(x)); refined until halving the rings changes 1e-8, so 1e-8 here."""
    run = sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=linear(x), voltage=1.0)
    share = float(run.data["current"]) / (np.pi * RADIUS**2 * x**2 / (SHEET * RADIUS**2))
    assert share == pytest.approx(published, rel=1e-8, abs=0.5 * 10.0**-digits)
    assert share == pytest.approx(2 * iv(1, x) / (x * iv(0, x)), rel=1e-8)


@pytest.mark.parametrize("x", [0.1, 1.0, 5.0, 15.0])
def test_profile_of_a_linear_sheet_is_that_of_the_bessel_functions(x):
    """J(r)/J(0) = I_0(r/L), over six decades at x = 15; 1e-6 is what is promised."""
    run = sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=linear(x), voltage=1.0)
    r, density = run.data["r"].values, run.data["current_density"].values
    assert density / density[0] == pytest.approx(iv(0, x * r / RADIUS), rel=1e-6)
    assert run.edge_to_centre == pytest.approx(iv(0, x), rel=1e-6)
    assert run.transfer_length == pytest.approx(RADIUS / x, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(
    sheet_resistance=st.floats(0.1, 1000.0),
    mean=st.floats(1e3, 1e7),
    series=st.floats(1e-10, 1e-6),
    ideality=st.floats(1.0, 3.0),
)
def test_power_fed_in_is_lost_in_layers_and_sheet(sheet_resistance, mean, series, ideality):
    """V I = Int J u dA + Int u'^2/R_s dA: the weak form tested with u itself, 1e-9 of it after the iteration."""
    law = DiodeLaw(ideality=ideality, saturation_current_density=1e-9, series_resistance=series)
    run = sheet_spreading(radius=RADIUS, sheet_resistance=sheet_resistance, law=law, mean_current_density=mean)
    assert abs(run.energy_balance().defect) < 1e-9
    assert float(run.data["mean_current_density"]) == pytest.approx(mean, rel=1e-10)
    assert run.edge_to_centre >= 1.0


def test_given_current_and_given_voltage_are_one_solution():
    law = DiodeLaw(ideality=2.0, saturation_current_density=1e-9, series_resistance=1e-8)
    by_current = sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=law, mean_current_density=1e6)
    volts = float(by_current.data["voltage"])
    by_voltage = sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=law, voltage=volts)
    assert float(by_voltage.data["mean_current_density"]) == pytest.approx(1e6, rel=1e-8)
    assert by_voltage.edge_to_centre == pytest.approx(by_current.edge_to_centre, rel=1e-8)


def test_without_sheet_resistance_the_current_is_even():
    law = DiodeLaw(ideality=2.0, saturation_current_density=1e-9)
    run = sheet_spreading(radius=RADIUS, sheet_resistance=0.0, law=law, mean_current_density=1e5)
    assert run.edge_to_centre == 1.0
    assert run.data["current_density"].values == pytest.approx(1e5, rel=1e-12)


def test_resistance_of_the_sheet_alone_is_an_eighth_over_pi():
    """Even current, u(a) - mean u = R_s I/(8 pi): a law that takes the same current at every voltage is nearly a table
    with a small slope; its rest changes J by 2e-3 across the disk, squared in the mean voltage, so 1e-2."""
    law = TableLaw(voltages=(0.0, 1.0, 1000.0), current_densities=(0.0, 1e6, 1.001e6))
    run = sheet_spreading(radius=RADIUS, sheet_resistance=1000.0, law=law, mean_current_density=1.0003e6)
    r, u = run.data["r"].values, run.data["local_voltage"].values
    mean = 2 * np.trapezoid(u * r, r) / RADIUS**2
    fallen = float(run.data["voltage"]) - mean
    assert fallen == pytest.approx(1000.0 * float(run.data["current"]) / (8 * np.pi), rel=1e-2)


def test_hotter_layers_crowd_the_current_more():
    law = ArrheniusLaw(
        reference_current_density=1e6,
        reference_voltage=5.0,
        exponent=2.0,
        activation_ev=0.3,
        reference_temperature=300.0,
    )
    edges = [
        sheet_spreading(
            radius=RADIUS, sheet_resistance=SHEET, law=law, voltage=5.0, temperature=temperature
        ).edge_to_centre
        for temperature in (280.0, 300.0, 340.0)
    ]
    assert edges == sorted(edges)
    assert edges[0] < edges[-1]


def test_bad_drives_and_laws_are_refused_in_one_line():
    law = linear(1.0)
    with pytest.raises(InputError, match="give either mean_current_density or voltage"):
        sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=law)
    with pytest.raises(InputError, match="give either mean_current_density or voltage"):
        sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=law, voltage=1.0, mean_current_density=1.0)
    with pytest.raises(InputError, match="no local law"):
        sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law="diode", voltage=1.0)
    short = TableLaw(voltages=(0.0, 1.0), current_densities=(0.0, 1e6))
    with pytest.raises(InputError, match=r"outside the table's 0 .. 1 V: measure further, or drive less"):
        sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=short, voltage=2.0)
