"""Drives: values on both sides of every corner, breakpoints, means, and the shapes that are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femled.drive import Constant, Pulse, PulseTrain, Ramp, Sampled, Step, as_drive, kinks_within
from femled.errors import InputError

us = 1e-6
PULSE = Pulse(amplitude=2.0, width=1.0, rise_time=0.5, fall_time=0.25, background=0.5, delay=0.1)
SQUARE = Pulse(amplitude=2.0, width=1.0)
DRIVES = [
    Constant(value=3.0),
    Step(before=1.0, after=2.0, at=0.5),
    Ramp(start=1.0, stop=-1.0, rate=4.0),
    PULSE,
    SQUARE,
    PulseTrain(pulse=PULSE, period=1.5, count=3),
    PulseTrain(pulse=SQUARE, period=1.0, count=3),
    Sampled(times=[0.0, 1.0, 1.0, 2.0], values=[0.0, 1.0, 3.0, 2.0]),
]


def quadrature_mean(drive):
    """Midpoint rule between corners: exact for what is linear there, and it never touches a corner."""
    times = drive.breakpoints
    middles = (times[1:] + times[:-1]) / 2
    return np.sum(np.diff(times) * drive.value(middles)) / (times[-1] - times[0])


def test_constant_is_the_same_on_both_sides_of_zero():
    drive = Constant(value=3.0)
    assert drive.value([-1.0, 0.0, 1e9]).tolist() == [3.0, 3.0, 3.0]
    assert drive.before(0.0) == drive.after(0.0) == drive.mean == 3.0
    assert drive.breakpoints.tolist() == [0.0]


def test_step_gives_the_left_limit_at_its_jump():
    drive = Step(before=1.0, after=2.0, at=0.5)
    assert drive.value([0.0, 0.49, 0.5, 0.51]).tolist() == [1.0, 1.0, 1.0, 2.0]
    assert (drive.before(0.5), drive.after(0.5)) == (1.0, 2.0)
    assert drive.breakpoints.tolist() == [0.5]
    assert drive.mean == 2.0


def test_step_at_zero_gives_the_value_just_after_it_was_applied():
    drive = Step(before=1.0, after=2.0)
    assert drive.value([-1.0, 0.0, 1.0]).tolist() == [1.0, 2.0, 2.0]
    assert drive.before(0.0) == 1.0


def test_ramp_goes_towards_its_end_at_the_rate_and_stays():
    """From 1 to -1 at 4/s takes 0.5 s."""
    drive = Ramp(start=1.0, stop=-1.0, rate=4.0)
    assert drive.value([-1.0, 0.0, 0.25, 0.5, 9.0]).tolist() == [1.0, 1.0, 0.0, -1.0, -1.0]
    assert drive.breakpoints.tolist() == [0.0, 0.5]
    assert drive.mean == 0.0


def test_ramp_to_where_it_starts_is_a_constant():
    drive = Ramp(start=1.0, stop=1.0, rate=4.0)
    assert drive.value([-1.0, 0.0, 1.0]).tolist() == [1.0, 1.0, 1.0]
    assert drive.breakpoints.tolist() == [0.0]


def test_trapezoid_has_four_corners_and_width_counts_from_rise_to_fall():
    """Rise 0.1 .. 0.6, plateau to 1.1 = delay + width, fall to 1.35."""
    assert PULSE.breakpoints == pytest.approx([0.1, 0.6, 1.1, 1.35], rel=1e-15)
    assert PULSE.end == pytest.approx(1.35, rel=1e-15)
    assert PULSE.value([0.0, 0.1, 0.35, 0.6, 1.1, 1.225, 1.35, 2.0]) == pytest.approx(
        [0.5, 0.5, 1.25, 2.0, 2.0, 1.25, 0.5, 0.5], rel=1e-14
    )


def test_square_pulse_jumps_twice():
    """At t = 0 the pulse is on; at its end the left limit is still on."""
    assert SQUARE.breakpoints.tolist() == [0.0, 1.0]
    assert SQUARE.value([-0.1, 0.0, 0.5, 1.0, 1.1]).tolist() == [0.0, 2.0, 2.0, 2.0, 0.0]
    assert SQUARE.before([0.0, 1.0]).tolist() == [0.0, 2.0]
    assert SQUARE.after([0.0, 1.0]).tolist() == [2.0, 0.0]


def test_delayed_pulse_is_off_at_zero():
    drive = SQUARE.replace(delay=0.5)
    assert drive.value([0.0, 0.5, 0.6, 1.5]).tolist() == [0.0, 0.0, 2.0, 2.0]


def test_pulse_that_only_rises_has_three_corners():
    """A rise as long as the width leaves no plateau: up to the amplitude, then straight down."""
    drive = Pulse(amplitude=2.0, width=1.0, rise_time=1.0, fall_time=1.0)
    assert drive.breakpoints.tolist() == [0.0, 1.0, 2.0]
    assert drive.value([0.5, 1.0, 1.5]).tolist() == [1.0, 2.0, 1.0]


def test_mean_of_the_pulse_is_its_area_over_its_length():
    """(0.5 x 1.25 + 0.5 x 2 + 0.25 x 1.25) / 1.25 = 1.55."""
    assert PULSE.mean == pytest.approx(1.55, rel=1e-14)


@pytest.mark.parametrize("drive", DRIVES, ids=lambda d: type(d).__name__)
def test_value_is_the_left_limit_and_after_the_right_limit(drive):
    """One part in 1e9 away from every corner the value has converged to the limits (slopes here are below 10/s)."""
    corners = drive.breakpoints
    assert drive.before(corners) == pytest.approx(drive.value(corners - 1e-9), abs=1e-8)
    assert drive.after(corners) == pytest.approx(drive.value(corners + 1e-9), abs=1e-8)
    assert np.array_equal(drive.value(corners), np.where(corners == 0.0, drive.after(corners), drive.before(corners)))


@pytest.mark.parametrize("drive", DRIVES, ids=lambda d: type(d).__name__)
def test_nothing_bends_between_breakpoints(drive):
    """Between two corners the value at the middle is the mean of the limits at the ends."""
    t = drive.breakpoints
    assert drive.value((t[1:] + t[:-1]) / 2) == pytest.approx(
        (drive.after(t[:-1]) + drive.before(t[1:])) / 2, rel=1e-13
    )


@pytest.mark.parametrize("drive", DRIVES[2:5] + DRIVES[7:], ids=lambda d: type(d).__name__)
def test_mean_equals_quadrature(drive):
    assert drive.mean == pytest.approx(quadrature_mean(drive), rel=1e-14, abs=1e-15)


def test_mean_of_a_train_is_that_of_one_period():
    """Quadrature over the corners of the first period and the dark rest of it."""
    train = PulseTrain(pulse=PULSE, period=2.0, count=5)
    edges = np.array([0.0, *PULSE.breakpoints, 2.0])
    middles = (edges[1:] + edges[:-1]) / 2
    assert train.mean == pytest.approx(np.sum(np.diff(edges) * train.value(middles)) / 2.0, rel=1e-14)
    assert train.duty_cycle == 0.5


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_value_keeps_the_shape_of_the_times(shape):
    assert PULSE.value(np.zeros(shape)).shape == shape


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=12),
    st.floats(-1e3, 1e3),
)
def test_sampled_goes_through_its_samples_and_its_mean_is_the_integral(steps, start):
    """Slopes stay below 2e4/s and times below 2e4 s, whose rounding shifts an interpolated value by less than 1e-7."""
    times = start + np.cumsum([step for step, _ in steps])
    values = np.array([value for _, value in steps])
    drive = Sampled(times=times, values=values)
    assert drive.value(times) == pytest.approx(values, abs=1e-9)
    t = (times[1:] + times[:-1]) / 2
    assert drive.value(t) == pytest.approx(np.interp(t, times, values), rel=1e-6, abs=1e-6)
    assert drive.value([times[0] - 1, times[-1] + 1]).tolist() == [values[0], values[-1]]
    assert drive.mean == pytest.approx(np.trapezoid(values, times) / np.ptp(times), rel=1e-9, abs=1e-9)


def test_equal_sample_times_make_a_jump():
    """Of three samples at one time the first is the left limit, the last the right limit."""
    drive = Sampled(times=[0.0, 1.0, 1.0, 1.0, 2.0], values=[0.0, 1.0, 7.0, 3.0, 3.0])
    assert drive.breakpoints.tolist() == [0.0, 1.0, 2.0]
    assert (drive.value(1.0), drive.after(1.0), drive.value(1.5)) == (1.0, 3.0, 3.0)
    assert drive.mean == 1.75


def test_train_repeats_its_pulse_every_period():
    train = PulseTrain(pulse=PULSE, period=2.0, count=3)
    t = np.linspace(0.013, 1.987, 50)
    for k in range(3):
        assert train.value(2.0 * k + t) == pytest.approx(PULSE.value(t), abs=1e-13)
    assert train.value(6.5) == PULSE.background
    assert len(train.breakpoints) == 12


def test_touching_square_pulses_join_to_one_plateau():
    """A period as long as the pulse: the off and on of neighbours are one corner without a jump."""
    train = PulseTrain(pulse=SQUARE, period=1.0, count=3)
    assert train.breakpoints.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert train.value([0.0, 1.0, 1.5, 3.0, 3.1]).tolist() == [2.0, 2.0, 2.0, 2.0, 0.0]
    assert train.after([1.0, 2.0, 3.0]).tolist() == [2.0, 2.0, 0.0]


def test_touching_trapezoids_share_their_low_corner():
    pulse = Pulse(amplitude=2.0, width=1.0, rise_time=0.5, fall_time=0.5)
    train = PulseTrain(pulse=pulse, period=1.5, count=2)
    assert train.breakpoints.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert train.value([1.25, 1.5, 1.75]).tolist() == [1.0, 0.0, 1.0]


def test_breakpoints_of_a_thousand_microsecond_pulses_rise():
    """Joined at a period that no binary fraction represents: still one corner a period, no sliver between."""
    train = PulseTrain(pulse=Pulse(amplitude=1.0, width=us), period=us, count=1000)
    assert len(train.breakpoints) == 1001
    assert np.diff(train.breakpoints).min() > 0.999 * us


def test_plain_number_means_constant():
    assert as_drive(3) == Constant(value=3.0)
    assert as_drive(SQUARE) is SQUARE


def test_replace_speaks_the_words_of_the_signature():
    """The fields `value`, `before` and `after` are named as they are given, not as they are stored."""
    assert Constant(value=3.0).replace(value=4.0) == Constant(value=4.0)
    assert Step(before=1.0, after=2.0).replace(after=5.0) == Step(before=1.0, after=5.0)
    assert SQUARE.replace(width="2 us").width == 2 * us


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (Pulse, {"amplitude": 1, "width": 0}, "width 0 s is outside"),
        (Pulse, {"amplitude": 1, "width": -1}, "width -1 s is outside"),
        (Pulse, {"amplitude": 1, "width": float("nan")}, "width nan is not a finite number"),
        (Pulse, {"amplitude": 1, "width": "2"}, 'width "2" has no unit'),
        (Pulse, {"amplitude": 1, "width": 2 * us, "rise_time": 3 * us}, "rise_time 3e-06 s is longer than width"),
        (Pulse, {"amplitude": 1, "width": 1, "delay": -1}, "delay -1 s is outside"),
        (Pulse, {"width": 1}, '"amplitude" is missing'),
        (Pulse, {"amplitude": 1, "width": 1, "height": 2}, '"height" is not a known key'),
        (Ramp, {"start": 0, "stop": 1, "rate": 0}, "rate: .* greater than 0"),
        (Ramp, {"start": 0, "stop": 1, "rate": float("nan")}, "rate: .* finite number"),
        (Constant, {}, '"value" is missing'),
        (Constant, {"value": float("inf")}, "value: .* finite number"),
        (Constant, {"value": "thin"}, "value: .* valid number"),
        (PulseTrain, {"pulse": SQUARE, "period": 0.5, "count": 2}, "period 0.5 s is shorter than the pulse"),
        (PulseTrain, {"pulse": SQUARE, "period": 5.0, "count": 0}, "count: .* greater than or equal to 1"),
        (PulseTrain, {"pulse": SQUARE, "period": 5.0, "count": 1.5}, "count: .* valid integer"),
        (Sampled, {"times": [0, 1], "values": [1]}, r"times \(2\) and values \(1\) must be equally many"),
        (Sampled, {"times": [], "values": []}, "at least one"),
        (Sampled, {"times": [1, 0], "values": [1, 2]}, "times must not fall"),
        (Sampled, {"times": [0, 1], "values": [1, float("nan")]}, "every sample must be finite"),
        (Sampled, {"times": [0, float("inf")], "values": [1, 2]}, "every sample must be finite"),
    ],
)
def test_impossible_drive_is_refused_in_one_line(kind, arguments, words):
    with pytest.raises(InputError, match=words) as refusal:
        kind(**arguments)
    assert "\n" not in str(refusal.value)


def test_a_gentle_kink_beside_a_cliff_is_a_kink():
    """A rise of 1 V/s at t = 2 s after an edge of 5e15 V/s: every corner at which the drive bends is found."""
    drive = Sampled(times=[0.0, 1e-15, 1.0, 2.0, 3.0], values=[0.0, 5.0, 5.0, 5.0, 6.0])
    assert kinks_within([drive], 4.0).tolist() == [0.0, 1e-15, 2.0, 3.0]
