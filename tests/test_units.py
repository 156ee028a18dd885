"""Quantity strings: what is read as what, what is written back, and what is refused with which words."""

import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femled import units
from femled.errors import InputError
from femled.units import likely_slip, parse, parse_list, text_of

READ = [
    ("25 um", "m", 25e-6),
    ("25um", "m", 25e-6),
    ("  25   um ", "m", 25e-6),
    ("25 µm", "m", 25e-6),
    ("+.5 nm", "m", 5e-10),
    ("1e-9 m", "m", 1e-9),
    ("0.1 mm", "m", 1e-4),
    ("2 us", "s", 2e-6),
    ("1 min", "s", 60.0),
    ("10 kHz", "Hz", 1e4),
    ("-3 V", "V", -3.0),
    ("250 mV", "V", 0.25),
    ("203 A/cm2", "A/m2", 2.03e6),
    ("203 A/cm^2", "A/m2", 2.03e6),
    ("203 A/cm**2", "A/m2", 2.03e6),
    ("3.5 kA/cm2", "A/m2", 3.5e7),
    ("1 kW/cm2", "W/m2", 1e7),
    ("295 K", "K", 295.0),
    ("25 degC", "K", 298.15),
    ("-196 degC", "K", 77.15),
    ("25 °C", "K", 298.15),
    ("5e-8 m2*K/W", "m2*K/W", 5e-8),
    ("1 cm2*K/W", "m2*K/W", 1e-4),
    ("350 ohm/sq", "ohm", 350.0),
    ("350 ohm", "ohm/sq", 350.0),
    ("350 Ω/sq", "ohm/sq", 350.0),
    ("1.38 W/m/K", "W/m/K", 1.38),
    ("0.3 W/(m*K)", "W/m/K", 0.3),
    ("2.203 g/cm3", "kg/m3", 2203.0),
    ("0.703 J/g/K", "J/kg/K", 703.0),
    ("10 W/m2/K", "W/m2/K", 10.0),
    ("1e18 1/cm3", "1/m3", 1e24),
    ("1e18 cm-3", "1/m3", 1e24),
    ("4e-10 cm3/s", "m3/s", 4e-16),
    ("1e-28 cm6/s", "m6/s", 1e-40),
    ("0.1 cm2/V/s", "m2/V/s", 1e-5),
    ("1.6 eV", "eV", 1.6),
    ("0.25", "1", 0.25),
    ("25 %", "1", 0.25),
]

ROUND_TRIP_UNITS = ["m", "s", "K", "V", "A/m2", "W/m2", "1/m3", "m2*K/W", "W/m2/K", "ohm", "Hz", "1"]


@pytest.mark.parametrize(("text", "unit", "value"), READ)
def test_quantity_is_read_in_si(text, unit, value):
    """Fifteen digits are kept, so a decimal text gives the float that Python writes for its SI value."""
    assert parse(text, unit) == value


@pytest.mark.parametrize(
    ("literal", "text", "unit"),
    [
        (25 * units.nm, "25 nm", "m"),
        (25 * units.um, "25 um", "m"),
        (2 * units.us, "2 us", "s"),
        (203 * units.A_cm2, "203 A/cm2", "A/m2"),
        (3 * units.mA_cm2, "3 mA/cm2", "A/m2"),
        (3 * units.kA_cm2, "3 kA/cm2", "A/m2"),
        (5 * units.W_cm2, "5 W/cm2", "W/m2"),
        (5 * units.kW_cm2, "5 kW/cm2", "W/m2"),
        (20 * units.mV, "20 mV", "V"),
        (2 * units.cm, "2 cm", "m"),
    ],
)
def test_literals_and_texts_mean_the_same(literal, text, unit):
    """A product of two floats is off by one binary digit at most."""
    assert literal == pytest.approx(parse(text, unit), rel=1e-15)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1e-4, "m", "100 um"),
        (1.2e-9, "m", "1.2 nm"),
        (1.1e-3, "m", "1.1 mm"),
        (0.0, "m", "0 m"),
        (-2.5e-3, "V", "-2.5 mV"),
        (1e3, "V", "1 kV"),
        (525e-9, "s", "525 ns"),
        (2.03e6, "A/m2", "203 A/cm2"),
        (1e7, "W/m2", "1000 W/cm2"),
        (1e24, "1/m3", "1e+18 1/cm3"),
        (295.0, "K", "295 K"),
        (5e-8, "m2*K/W", "5e-8 m2*K/W"),
        (0.25, "1", "0.25"),
    ],
)
def test_value_is_written_in_the_size_a_person_uses(value, unit, text):
    assert text_of(value, unit) == text


def test_fewer_digits_can_be_asked_for():
    assert text_of(318.4444, "K", 4) == "318.4 K"
    assert text_of(123.456e-6, "m", 2) == "1.2e+02 um"


@settings(deadline=None)
@given(st.floats(-1e25, 1e25).filter(lambda x: x == 0 or abs(x) > 1e-25), st.sampled_from(ROUND_TRIP_UNITS))
def test_text_is_read_back_to_the_same_value(value, unit):
    """Text keeps fifteen digits, hence a relative error of at most 5e-15 (half a unit of a leading 1)."""
    back = parse(text_of(value, unit), unit)
    assert back == pytest.approx(value, rel=6e-15, abs=0.0)


@settings(deadline=None)
@given(st.decimals(min_value="0.001", max_value="99999", places=3), st.sampled_from(["nm", "um", "mm", "m", "cm"]))
def test_what_a_person_wrote_survives_two_round_trips(number, prefix):
    """A decimal of few digits has one SI float: written out and read again nothing moves any more."""
    value = parse(f"{number} {prefix}", "m")
    assert parse(text_of(value, "m"), "m") == value


@pytest.mark.parametrize(
    ("text", "unit", "values"),
    [
        ("0.1 us, 2 us", "s", [1e-7, 2e-6]),
        ("0.1 us,2 us,", "s", [1e-7, 2e-6]),
        ("1 V", "V", [1.0]),
        ("10 %, 0.5", "1", [0.1, 0.5]),
    ],
)
def test_list_is_read_item_by_item(text, unit, values):
    assert parse_list(text, unit) == values


def test_range_includes_both_ends_in_even_steps():
    """41 values from 0 to 8 V are 0.2 V apart; each is the float of its decimal."""
    voltages = parse_list("0 V .. 8 V", "V")
    assert voltages == [round(0.2 * i, 1) for i in range(41)]
    assert parse_list("300 mV..-0.3 V", "V", points=3) == [0.3, 0.0, -0.3]
    assert parse_list("-1 V, 0 V .. 2 V, 5 V", "V", points=3) == [-1.0, 0.0, 1.0, 2.0, 5.0]


def test_range_in_equal_ratios_includes_both_ends():
    """Two decades in four steps are half a decade each; 1e-12 for the roots."""
    widths = parse_list("1 us .. 100 us, 1 ms", "s", points=5, equal_ratios=True)
    assert widths == pytest.approx([1e-6, 10**-5.5, 1e-5, 10**-4.5, 1e-4, 1e-3], rel=1e-12)
    assert (widths[0], widths[4]) == (1e-6, 1e-4)


@pytest.mark.parametrize("text", ["0 s .. 1 us", "-1 us .. 1 us"])
def test_range_in_equal_ratios_refuses_ends_that_are_not_above_zero(text):
    with pytest.raises(InputError, match="both ends above zero"):
        parse_list(text, "s", "widths", equal_ratios=True)


@pytest.mark.parametrize("text", ["25", "25 ", "1e-9"])
def test_bare_number_is_refused_with_an_example(text):
    with pytest.raises(InputError, match=r'width ".*" has no unit: write it behind the number, as in "25 um"'):
        parse(text, "m", "width")


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("25 s", "m", r'"s" is not a unit of \[m\]'),
        ("203 A", "A/m2", r'"A" is not a unit of \[A/m2\]'),
        ("20 C", "K", r'"C" is not a unit of \[K\]'),  # coulomb
        ("25 foo", "m", r'unknown unit "foo"; expected one of \[m\]'),
        ("2 m/", "m", r'unknown unit "m/"'),
        ("2 2 m", "m", r'unknown unit "2 m"'),
        ("1,5 m", "m", r'unknown unit ",5 m"'),
        ("1 import", "m", r'unknown unit "import"'),
        ("", "m", "is not a quantity: write a number and a unit"),
        ("thin", "m", 'such as "25 um"'),
        ("nan m", "m", "is not a quantity"),
        ("inf m", "m", "is not a quantity"),
        ("1e400 m", "m", "is not a finite number"),
        ("1e308 km", "m", "is not a finite number"),
        ("1 V .. 2 V", "V", "unknown unit"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(text, unit, words):
    with pytest.raises(InputError, match=words) as refusal:
        parse(text, unit, "thickness")
    message = str(refusal.value)
    assert message.startswith(f'thickness "{text}"')
    assert "\n" not in message


@pytest.mark.parametrize("text", ["0 .. 8 V", "1 V, 2", "1 V, 2 s", "1 V .. 2 V .. 3 V", "0,1 V"])
def test_list_with_one_bad_item_is_refused(text):
    with pytest.raises(InputError, match="voltages"):
        parse_list(text, "V", "voltages")


@settings(max_examples=60, deadline=None)
@given(st.integers(-999, 999), st.text(string.ascii_letters, min_size=1, max_size=4), st.sampled_from(["m", "A/m2"]))
def test_any_word_after_a_number_gives_a_finite_number_or_a_refusal(number, word, unit):
    """A word is a unit of the right dimension or it is refused; no other error comes out."""
    try:
        value = parse(f"{number} {word}", unit)
    except InputError:
        return
    assert math.isfinite(value)


@pytest.mark.parametrize(
    ("value", "unit", "low", "high", "remark"),
    [
        (400, "m", 1e-10, 0.1, ": did you mean 400 nm?"),
        (2, "s", 1e-7, 1e-3, ": did you mean 2 us?"),
        (20, "s", 1e-3, 1.0, ": did you mean 20 ms?"),
        (203, "A/m2", 1e4, 1e9, ": did you mean 203 A/cm2?"),
        (500, "W/m2", 1e5, 1e9, ": did you mean 500 W/cm2?"),
        (400, "K", 1, 300, ""),
        (-400, "m", 1e-10, 0.1, ""),
        (1e12, "m", 1e-10, 0.1, ""),
    ],
)
def test_likely_slip_names_the_forgotten_prefix(value, unit, low, high, remark):
    assert likely_slip(value, unit, low, high) == remark


def test_unknown_prefix_is_not_guessed():
    """Case decides: mM is millimolar, Mm is a megametre."""
    with pytest.raises(InputError, match="is not a unit"):
        parse("25 mM", "m")
    assert parse("25 Mm", "m") == 25e6
