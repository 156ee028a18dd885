"""What the stepping owes a drive: no corner is stepped over, no energy is lost, and reporting changes nothing."""

import numpy as np
import pytest

from femled import (
    Constant,
    ConvergenceError,
    Drive,
    InputError,
    Pulse,
    PulseTrain,
    Ramp,
    Sampled,
    Step,
    heat_pulse,
    load_pixel,
)
from femled.experiments.heat_run import HeatRun, run_transient
from femled.solve.ladder import quanta
from femled.solve.stepping import StepCounts, march

KW_CM2 = 1e7
PIXEL = load_pixel("kim2018")


@pytest.fixture(scope="module")
def run():
    """The column of kim2018: the stepping is the same as in the section, and cheaper."""
    return HeatRun.prepare(PIXEL, "default", linear=True, laterally_uniform=True)


def steps(run, drive, until, *, base_step=1e-8, rtol=2e-4):
    options = {"until": until, "rtol": rtol, "base_step": base_step, "counts": StepCounts()}
    return list(march(run.problem, np.zeros(run.space.owned), drive, **options))


def energy(run, drive, until):
    """[J/m2] supplied by the weights of the steps, and stored + removed: two sums of the same run."""
    _, _, balance, _ = run_transient(run, drive, until=until, at=None, rtol=2e-4, progress=None)
    return balance.supplied, balance.stored + balance.removed


def exactly(drive: Drive, until):
    """Int p dt from 0 to `until`, the drive being linear between its corners."""
    corners = drive.breakpoints
    times = np.unique(np.concatenate([[0.0], corners[(corners > 0) & (corners < until)], [until]]))
    return float(np.sum(np.diff(times) * (drive.after(times[:-1]) + drive.before(times[1:])) / 2))


SAMPLES = [0.0, 0.3e-6, 0.3e-6, 0.7e-6, 1.9e-6, 2.0e-6, 2.0e-6, 3e-6]
DRIVES = {
    "constant": Constant(value=KW_CM2),
    "step": Step(before=0.0, after=KW_CM2, at=1.3e-6),
    "step down": Step(before=KW_CM2, after=0.1 * KW_CM2, at=0.7e-6),
    "ramp": Ramp(start=0.0, stop=KW_CM2, rate=KW_CM2 / 3e-6),
    "pulse": Pulse(amplitude=KW_CM2, width=2e-6),
    "late pulse": Pulse(amplitude=KW_CM2, width=2e-6, delay=3e-6),
    "trapezoid": Pulse(amplitude=KW_CM2, width=2e-6, rise_time=0.2e-6, fall_time=0.31e-6, background=0.05 * KW_CM2),
    "triangle": Pulse(amplitude=KW_CM2, width=1e-6, rise_time=1e-6, fall_time=1e-6),
    "1 ns": Pulse(amplitude=KW_CM2, width=1e-9),
    "late 1 ns": Pulse(amplitude=KW_CM2, width=1e-9, delay=7.7e-6),
    "1 ns with edges": Pulse(amplitude=KW_CM2, width=0.5e-9, rise_time=0.5e-9, fall_time=0.5e-9, delay=1e-6),
    "train": PulseTrain(pulse=Pulse(amplitude=KW_CM2, width=0.2e-6), period=0.9e-6, count=7),
    "sampled": Sampled(times=SAMPLES, values=[0, KW_CM2, 0, 0, 3 * KW_CM2, 0, KW_CM2, 0]),
}


@pytest.mark.parametrize("name", DRIVES)
def test_every_breakpoint_is_the_end_of_a_step(name, run):
    """Exactly, as floating-point numbers; the steps join without a gap and end at `until`."""
    drive, until = DRIVES[name], 20e-6
    taken = steps(run, drive, until)
    ends = {0.0, *(step.stop for step in taken)}
    assert {float(t) for t in drive.breakpoints if t < until} <= ends
    assert [step.start for step in taken] == [0.0, *(step.stop for step in taken[:-1])]
    assert taken[-1].stop == until


@pytest.mark.parametrize("name", DRIVES)
def test_energy_of_a_drive_is_supplied_to_the_last_digit(name, run):
    """Int p dt by the weights of the method, exact for a drive that is linear within each step, and stored + removed.

    A 1 ns pulse in a 20 us run carries 1/2000 of what a step of 2 us would: stepped over, it would be lost or doubled.
    """
    supplied, kept = energy(run, DRIVES[name], 20e-6)
    assert supplied == pytest.approx(exactly(DRIVES[name], 20e-6), rel=1e-9)
    assert kept == pytest.approx(supplied, rel=1e-8)


def test_nanosecond_pulse_warms_like_a_flash():
    """Long after a short pulse only its energy counts: 1 ns of 1 MW/cm2 and 2 ns of 0.5 MW/cm2 agree after 20 us.

    The responses differ by (t + 1 ns/2)/t to the power of about 1/2: 2.5e-5.
    """
    short, long = (
        heat_pulse(PIXEL, power_density=2e10 / n, width=n * 1e-9, until=20e-6, at=[20e-6], linear=True) for n in (1, 2)
    )
    rises = [result.data["emitter_temperature_rise"].item() for result in (short, long)]
    assert rises[0] == pytest.approx(rises[1], rel=5e-4)
    assert short.cost.steps > 2


@pytest.mark.parametrize("width", [2e-6, 1e-9])
def test_times_asked_for_are_returned_exactly(width):
    """As floating-point numbers, whatever the steps are, at corners and next to them."""
    at = [0.0, 1e-9, 0.1e-6, 1 / 3 * 1e-6, 2e-6, 2e-6 + 1e-9, np.pi * 1e-6, 22e-6]
    run = heat_pulse(PIXEL, power_density=KW_CM2, width=width, until=22e-6, at=at, linear=True)
    assert run.data["time"].values.tolist() == at
    assert len(run.fields["temperature"]) == len(at)


@pytest.mark.parametrize(("at", "until"), [(3 * 0.1e-6, 0.3e-6), (22 * 1e-6, 2.2e-5), (7 * 1e-7, 0.7e-6)])
def test_last_time_may_be_the_end_but_for_the_last_binary_digit(at, until):
    """3 * 0.1e-6 is not 0.3e-6: a time that is the end of the run to round-off is returned, not dropped."""
    run = heat_pulse(PIXEL, power_density=KW_CM2, width=1e-6, until=until, at=[at], linear=True)
    assert run.data["time"].values.tolist() == [at]


@pytest.mark.parametrize("at", [[2e-6, 1e-6], [1e-6, 1e-6], [1e-6, 23e-6]])
def test_times_that_fall_repeat_or_lie_beyond_the_end_are_refused(at):
    with pytest.raises(InputError, match="at: times must rise and end by until"):
        heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=22e-6, at=at, linear=True)


def test_asking_for_times_changes_nothing_of_the_stepping():
    """From 0.1 us after the corners on, where the steps are judged: the same steps, the same numbers."""
    plain = heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=22e-6, linear=True)
    at = plain.times[plain.times >= 0.1e-6]
    at = [*at[(at <= 2e-6) | (at >= 2.1e-6)]]
    asked = heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=22e-6, at=at, linear=True)
    assert (asked.cost.steps, asked.cost.factorisations) == (plain.cost.steps, plain.cost.factorisations)
    same = plain.data["emitter_temperature_rise"].sel(time=at).values
    assert np.array_equal(asked.data["emitter_temperature_rise"].values, same)
    few = heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=22e-6, at=[1.2345e-6, 22e-6], linear=True)
    assert few.cost.steps == plain.cost.steps


def test_value_between_steps_is_as_good_as_one_at_a_step():
    """Dense output: the parabola through the stages is of the order of the steps; 2e-4 as at the ends of steps."""
    at = np.linspace(0.1e-6, 1.99e-6, 37).tolist()
    loose = heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=2e-6, at=at, linear=True)
    tight = heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=2e-6, at=at, linear=True, rtol=1e-6)
    expected = tight.data["emitter_temperature_rise"].values
    assert loose.data["emitter_temperature_rise"].values == pytest.approx(expected, rel=2e-4)


def test_power_at_a_jump_is_the_left_limit_and_at_zero_the_right_one():
    run = heat_pulse(PIXEL, power_density=KW_CM2, width=2e-6, until=4e-6, at=[0.0, 1e-6, 2e-6, 3e-6], linear=True)
    assert run.data["power_density"].values.tolist() == [KW_CM2, KW_CM2, KW_CM2, 0.0]


def test_factorisations_are_shared_by_pulse_and_decay(run):
    """Base steps that divide 2 us and 20 us alike: no more factorisations than rungs of the ladder."""
    taken = steps(run, Pulse(amplitude=KW_CM2, width=2e-6), 22e-6)
    sizes = {round(float(np.log(step.stop - step.start)), 6) for step in taken}
    assert len(sizes) <= 7


@pytest.mark.parametrize("durations", [[2e-6, 20e-6], [1.0, 2.0], [3e-7, 0.777e-6, 1e-3], [1e-9, 20e-6], [1e-5] * 200])
def test_base_steps_divide_every_interval_and_stay_below_the_largest(durations):
    """Also for seconds at 10 ns, without a loop over all the 1e8 steps that fit."""
    for duration, quantum in zip(durations, quanta(np.array(durations), 1e-8), strict=True):
        assert quantum <= 1e-8 * (1 + 1e-9) or quantum == pytest.approx(duration)
        assert duration / quantum == pytest.approx(round(duration / quantum), rel=1e-9)


def test_steps_grow_where_nothing_happens(run):
    """A pulse after 1 ms of rest: the rest is not stepped over in 1e5 base steps."""
    taken = steps(run, Pulse(amplitude=KW_CM2, width=2e-6, delay=1e-3), 1.01e-3)
    assert len(taken) < 500


def test_steps_keep_growing_when_all_heat_has_gone():
    """Relative to what is left of it, a rise of 1e-30 K would ask for the smallest steps for ever."""
    pixel = PIXEL.replace(substrate="glass 20 um", encapsulation=None)
    run = heat_pulse(
        pixel, power_density=KW_CM2, width=1e-3, until=1.0, at=[1e-3, 1.0], linear=True, laterally_uniform=True
    )
    assert run.cost.steps < 1000


def test_tolerance_that_cannot_be_met_is_said_with_time_and_step(run):
    """An error estimate that never shrinks ends the run with a sentence, not in a loop."""

    class Restless(type(run.problem)):
        def solve_error(self, right, dh):
            return np.ones_like(right)

    source = run.space.indicator("emitter") / PIXEL.layer("mapbi3").thickness
    options = {"until": 1e-6, "rtol": 1e-8, "base_step": 1e-8, "counts": StepCounts()}
    with pytest.raises(ConvergenceError, match=r'at t = .* s, step .* s, in block "heat"') as refusal:
        list(march(Restless(run.space, source), np.zeros(run.space.owned), Constant(value=KW_CM2), **options))
    assert 0 <= refusal.value.time < 1e-8
    assert 0 < refusal.value.step < 1e-8
    assert "\n" not in str(refusal.value)
