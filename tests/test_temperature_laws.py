"""Temperature laws of material properties: constant, table, power, and their exact integrals."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femled.errors import InputError
from femled.materials import ThermalConductivity, load_material


def conductivity(**fields):
    return ThermalConductivity(**({"value": "1 W/m/K", "source": "choice", "status": "assumed"} | fields))


def table(temperatures, values):
    texts = {"temperature": [f"{T!r} K" for T in temperatures], "value": [f"{y!r} W/m/K" for y in values]}
    return conductivity(law="table", **texts)


def power(exponent):
    return conductivity(law="power", value="100 W/m/K", reference_temperature="300 K", exponent=exponent)


@st.composite
def tables(draw):
    """Two to five points from 60 K to 1600 K, each 1.2 to 2 times hotter than the last, values over four decades."""
    n = draw(st.integers(2, 5))
    ratios = draw(st.lists(st.floats(1.2, 2.0), min_size=n, max_size=n))
    values = draw(st.lists(st.floats(0.01, 100.0), min_size=n, max_size=n))
    return (50 * np.cumprod(ratios)).tolist(), values


@settings(deadline=None, max_examples=50)
@given(tables(), st.floats(0, 1))
def test_table_passes_its_points_straight_in_logarithms_and_is_held_outside(points, share):
    """ln y is linear in ln T between points.

    Exponents reach 50 and ln T reaches 7.4: their product is known to 1e-13, and so is the value.
    """
    T, y = points
    law = table(T, y)
    assert law.at(T) == pytest.approx(y, rel=1e-12)
    assert law.at([1.0, T[0] / 2, T[-1] * 2, 3000.0]) == pytest.approx([y[0], y[0], y[-1], y[-1]], rel=1e-12)
    between = np.exp(np.log(T[:-1]) * (1 - share) + np.log(T[1:]) * share)
    expected = np.exp(np.log(y[:-1]) * (1 - share) + np.log(y[1:]) * share)
    assert law.at(between) == pytest.approx(expected, rel=1e-11)


@settings(deadline=None, max_examples=50)
@given(tables(), st.floats(5, 1000), st.floats(1, 1500))
def test_integral_of_a_table_is_its_antiderivative(points, low, width):
    """Y(high) - Y(low) against 40 Gauss points from one knot to the next, where the law is a power of up to T^50.

    The difference of two antiderivatives loses what it cancels: 1e-13 of their size.
    """
    law, high = table(*points), low + width
    knots = [low, *(knot for knot in points[0] if low < knot < high), high]
    nodes, weights = np.polynomial.legendre.leggauss(40)
    area = sum(np.sum(weights * law.at((a + b + (b - a) * nodes) / 2)) * (b - a) / 2 for a, b in pairwise(knots))
    size = law.integral(high)
    assert size - law.integral(low) == pytest.approx(area, rel=1e-10, abs=1e-13 * size)


@settings(deadline=None, max_examples=50)
@given(st.floats(-3, 3), st.floats(50, 1500))
def test_slope_of_the_integral_is_the_power_law(exponent, T):
    """Central difference over h = T/1000: its error is h^2 |y''|/6, at most 12/6 x 1e-6 y; the rest is round-off."""
    law, h = power(exponent), T / 1000
    assert law.at(T) == pytest.approx(100 * (T / 300) ** exponent, rel=1e-12)
    slope = (law.integral(T + h) - law.integral(T - h)) / (2 * h)
    assert slope == pytest.approx(law.at(T), rel=3e-6, abs=2e-15 * law.integral(T) / h)


@pytest.mark.parametrize("name", ["sapphire", "ito", "pcbm", "bcp", "al2o3", "znmgo", "fa_cs_perovskite"])
def test_enthalpy_of_a_card_rises_by_its_heat_capacity(name):
    """Central difference of the enthalpy at temperatures away from the knots, h = 0.1 K: second order, below 1e-6."""
    law, T, h = load_material(name).heat_capacity, np.array([20.0, 100.0, 200.0, 297.0, 350.0]), 0.1
    assert (law.integral(T + h) - law.integral(T - h)) / (2 * h) == pytest.approx(law.at(T), rel=1e-6)


def test_inverse_temperature_law_integrates_to_a_logarithm():
    """y = 100 (T/300)^-1: Int_300^600 y dT = 30000 ln 2."""
    law = power(-1)
    assert law.integral(600.0) - law.integral(300.0) == pytest.approx(30000 * np.log(2), rel=1e-13)


def test_shape_of_the_temperatures_is_kept():
    law = load_material("sapphire").thermal_conductivity
    assert law.at(np.full((2, 3), 77.0)).shape == law.integral(np.full((2, 3), 77.0)).shape == (2, 3)


def test_law_knows_whether_and_where_it_varies():
    law = load_material("sapphire").thermal_conductivity
    assert law.depends_on_temperature
    assert law.varies_above(100.0)
    assert not law.varies_above(295.0)
    assert law.outside(60.0, 300.0)
    assert law.outside(77.0, 301.0)
    assert not law.outside(77.0, 300.0)
    assert load_material("sapphire").depends_on_temperature
    constant = load_material("glass")
    assert not constant.depends_on_temperature
    assert not constant.thermal_conductivity.varies_above(1.0)
    assert not constant.thermal_conductivity.outside(1.0, 3000.0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "1"}, 'value "1" has no unit'),
        ({"value": "1 W/m"}, r'"W/m" is not a unit of \[W/m/K\]'),
        ({"value": "0 W/m/K"}, "must be positive"),
        ({"value": "-1 W/m/K"}, "must be positive"),
        ({"law": "table"}, 'law "table" does not fit 1 values at 0 temperatures'),
        ({"law": "power"}, 'law "power" does not fit 1 values at 0 temperatures'),
        ({"temperature": ["300 K"]}, 'law "constant" does not fit 1 values at 1 temperatures'),
        ({"value": ["1 W/m/K", "2 W/m/K"]}, 'law "constant" does not fit 2 values'),
        ({"law": "table", "value": ["1 W/m/K"] * 2, "temperature": ["300 K", "77 K"]}, "must rise"),
        ({"law": "table", "value": ["1 W/m/K"] * 2, "temperature": ["77 K", "77 K"]}, "must rise"),
        ({"law": "cubic"}, "law: .*'constant', 'table' or 'power'"),
        ({"status": "guess"}, "status: .*'published', 'literature', 'assumed' or 'calibrated'"),
        ({"colour": "red"}, '"colour" is not a known key'),
    ],
)
def test_malformed_property_is_refused_in_one_line(fields, words):
    with pytest.raises(InputError, match=words) as refusal:
        conductivity(**fields)
    assert "\n" not in str(refusal.value)
