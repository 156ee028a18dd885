"""Carriers and ions in time where it is hard: late jumps, very short pulses, random ions, and runs that fail."""

from pathlib import Path

import numpy as np
import pytest
from drift_diffusion_reference import cases, column

import femled as fl
from femled.experiments import carrier_run
from femled.solve.carrier_march import CarrierMarch

LED = column(cases("transient")["LED step"])
CELLS = 30


def run(**options):
    return fl.transient(LED, mesh=CELLS, **options)


def test_a_jump_late_in_a_run_is_resolved_like_one_at_its_start():
    """0 to 2 V at t = 1000 s or at 0, from the same equilibrium: 1 us and 1 ns later J is the same to 1e-3.

    Steps of 1e-11 s have to be taken at a time whose last digit is 1e-13 s.
    """
    after = np.array([1e-9, 1e-6])
    late = run(voltage=fl.Step(before=0.0, after=2.0, at=1000.0), until=1001.0, at=[1000.0, *(1000.0 + after)])
    soon = run(voltage=2.0, until=1e-6, at=after)
    assert abs(late.series["current_density"][0]) < 1e-9  # left limit
    assert late.series["current_density"][1:] == pytest.approx(soon.series["current_density"], rel=1e-3)


def test_a_step_after_a_kink_is_as_short_as_what_follows():
    """Up to 2 V in 1 us, then 1000 s and no time asked for: soon after the kink J is that of a dense run, to 1e-3."""
    ramp = fl.Ramp(start=0.0, stop=2.0, rate=2e6)
    sparse = run(voltage=ramp, until=1e3)
    later = np.flatnonzero(sparse.series["time"] > 1e-6)[:12]
    times = sparse.series["time"][later]
    assert times[0] < 1.1e-6
    dense = run(voltage=ramp, until=times[-1], at=times)
    expected = dense.series["current_density"]
    assert sparse.series["current_density"][later] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("width", [1e-15, 1e-13])
@pytest.mark.parametrize("delay", [0.0, 1e-3])
def test_a_pulse_of_femtoseconds_ends_in_equilibrium_a_second_later(width, delay):
    """After a second nothing flows, 1e-9 A/m2, and no electrode is charged beyond 1e-9 C/m2 of before."""
    result = run(voltage=fl.Pulse(amplitude=3.0, width=width, delay=delay), until=1.0)
    charge = result.series["electrode_charge"]
    rest = run(voltage=0.0, until=1e-9).series["electrode_charge"][-1]
    assert abs(result.series["current_density"][-1]) < 1e-9
    assert charge[-1] == pytest.approx(rest, abs=1e-9)
    assert np.abs(charge[:, 0] - rest[0]).max() > 1e-4
    assert all(np.isfinite(one.values).all() for one in result.series.variables.values())


def test_times_of_a_run_rise_strictly_and_start_at_zero():
    times = run(voltage=fl.Step(before=0.0, after=1.5, at=50.0), until=60.0).series["time"]
    assert times[0] == 0.0
    assert np.all(np.diff(times) > 0)


def test_with_displacement_the_current_is_the_same_everywhere():
    """Anode by two routes and cathode differ by 1e-5 of J at most, above 1 A/m2 and after the first nanosecond.

    Conduction alone differs by more than a tenth between the contacts somewhere: the test sees the displacement.
    """
    run_in_time = run(voltage=fl.Pulse(amplitude=2.5, width=1e-6, rise_time=1e-7, fall_time=1e-7), until=1e-4)
    data = run_in_time.series
    flows = (np.abs(data["current_density"]) > 1.0) & (data["time"] > 1e-9)
    share = data["current_error"][flows] / np.abs(data["current_density"][flows])
    assert flows.sum() > 50
    assert share.max() < 1e-5
    displaced = np.abs(data["conduction_current_density"] / data["current_density"] - 1)[flows]
    assert displaced.max() > 0.1


@pytest.mark.parametrize("seed", [0, 7, 14, 22, 30])
def test_random_ions_converge_and_none_is_lost(seed, monkeypatch):
    """Rest, step, turn-off in 1 us, recovery to 1000 s: number kept to 1e-10, currents equal at both contacts to 1e-5.

    Five of the forty of `./dev bench ions/random`.
    """
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    from benchmarks.random_ions import ion_outcome

    outcome = ion_outcome(seed, 24)
    assert outcome.converged
    assert outcome.lost < 1e-10
    assert outcome.error < 1e-5


def test_failure_in_time_keeps_what_was_finished(monkeypatch):
    """A march that fails at its fortieth step leaves a result up to there, with the reason as its outcome."""
    honest, count = CarrierMarch._try, iter(range(1000))

    def failing(self, *given):
        if next(count) > 40:
            raise fl.ConvergenceError(time=None, step=None, block="carriers", reason="asked to", advice="ask less")
        return honest(self, *given)

    monkeypatch.setattr(carrier_run.CarrierMarch, "_try", failing)
    with pytest.raises(
        fl.ConvergenceError, match=r"at t = .* s, step .* s, in block \"carriers\" \(asked to\)"
    ) as seen:
        run(voltage=1.0, until=1.0)
    finished = seen.value.finished
    assert finished.outcome.startswith("stopped: no convergence at t =")
    assert finished.series["time"][0] == 0.0
    assert 10 < len(finished.series["time"]) < 42
    assert finished.series["time"][-1] == pytest.approx(seen.value.time, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"at": [0.1, 0.1]}, r"at: times must rise within 0 \.\. 1 s"),
        ({"light": 0.5}, "light: there is none to vary without generation"),
        ({"current_density": 1.0}, "give either voltage or current_density"),
    ],
)
def test_a_transient_that_contradicts_itself_is_refused(options, words):
    with pytest.raises(fl.InputError, match=words):
        run(**{"voltage": 1.0, "until": 1.0} | options)
