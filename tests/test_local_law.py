"""J(u, T) of the layers at one place: laws against their formulas, slopes against differences, refusals."""

import numpy as np
import pytest

from femled import ArrheniusLaw, DiodeLaw, InputError, TableLaw
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE

VOLTS = np.array([1e-4, 0.05, 0.5, 1.5, 3.0, 12.0])
KELVIN = np.array([250.0, 295.0, 300.0, 320.0, 400.0, 600.0])
LAWS = {
    "diode": DiodeLaw(ideality=2.0, saturation_current_density=1e-9, series_resistance=2e-6),
    "activated": ArrheniusLaw(
        reference_current_density=1e6,
        reference_voltage=10.0,
        exponent=3.0,
        activation_ev=0.25,
        reference_temperature=295.0,
    ),
    "measured": TableLaw(voltages=np.linspace(1.0, 13.0, 25), current_densities=np.linspace(1.0, 13.0, 25) ** 4),
}


def test_diode_with_series_resistance_returns_the_voltage_it_was_given():
    """u = n V_T ln(1 + J/J_0) + R J, put back in; the Wright omega function is exact to round-off."""
    law = LAWS["diode"]
    density = law.at(VOLTS, KELVIN).current_density
    thermal = 2.0 * BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    assert thermal * np.log1p(density / 1e-9) + 2e-6 * density == pytest.approx(VOLTS, rel=1e-9)


def test_ideal_diode_is_the_limit_of_a_vanishing_resistance():
    """J_0 (exp(u/n V_T) - 1) at 0.6 V, 0.04 A/m2: 1e-12 ohm m2 takes 4e-14 V, 1e-12 of the current."""
    ideal = DiodeLaw(ideality=2.0, saturation_current_density=1e-7)
    nearly = ideal.replace(series_resistance=1e-12)
    u = np.array([-0.3, 1e-9, 0.2, 0.6])
    assert nearly.at(u, u).current_density == pytest.approx(ideal.at(u, u).current_density, rel=1e-9, abs=1e-16)


def test_activated_law_is_its_formula_and_odd():
    """J_ref (u/V_ref)^m exp(-(E_a/kB)(1/T - 1/T_0)), and -J at -u."""
    law = LAWS["activated"]
    activation = 0.25 * ELEMENTARY_CHARGE / BOLTZMANN
    expected = 1e6 * (VOLTS / 10) ** 3 * np.exp(-activation * (1 / KELVIN - 1 / 295.0))
    assert law.at(VOLTS, KELVIN).current_density == pytest.approx(expected, rel=1e-12)
    assert law.at(-VOLTS, KELVIN).current_density == pytest.approx(-expected, rel=1e-12)


def test_table_passes_through_its_points_and_through_nothing_at_zero_volts():
    """A monotone cubic through the points; 0 V, 0 A/m2 is added because layers are passive."""
    law = LAWS["measured"]
    u = np.append(0.0, np.linspace(1.0, 13.0, 25))
    assert law.at(u, u).current_density == pytest.approx(u**4, rel=1e-12)


@pytest.mark.parametrize("name", LAWS)
def test_slopes_are_those_of_the_current(name):
    """Central differences over 1e-5: their own error is 1e-10 relative, the kinks of a table are avoided."""
    law, u = LAWS[name], VOLTS + 0.013
    here = law.at(u, KELVIN)
    h = 1e-5
    by_voltage = (law.at(u + h, KELVIN).current_density - law.at(u - h, KELVIN).current_density) / (2 * h)
    by_temperature = (law.at(u, KELVIN + h).current_density - law.at(u, KELVIN - h).current_density) / (2 * h)
    assert here.by_voltage == pytest.approx(by_voltage, rel=1e-4)
    assert here.by_temperature == pytest.approx(by_temperature, rel=1e-4, abs=1e-9)


def test_table_refuses_a_solution_outside():
    law = LAWS["measured"]
    law.check(np.array([0.0, 13.0]), np.array([300.0, 300.0]))
    with pytest.raises(InputError, match=r"14 V, outside the table's 0 .. 13 V"):
        law.check(np.array([1.0, 14.0]), np.array([300.0, 300.0]))


@pytest.mark.parametrize(
    ("voltages", "current_densities", "words"),
    [
        ((0, 1, 1), (0, 1, 2), "voltages must rise, but 1 V follows 1 V"),
        ((0, 1, 2), (0, 2, 1), "must not fall, but 1 A/m2 at 2 V follows 2 A/m2"),
        ((0, 1), (0, 1, 2), "equally many"),
        ((0, 1), (0, float("nan")), "finite"),
        ((1, 2), (-1, 2), "passive"),
    ],
)
def test_impossible_tables_are_refused(voltages, current_densities, words):
    with pytest.raises(InputError, match=words):
        TableLaw(voltages=voltages, current_densities=current_densities)
