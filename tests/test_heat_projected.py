"""The projected problem against the whole one under the same steps: within its share of the tolerance, or not used."""

from dataclasses import replace

import numpy as np
import pytest

import femled.solve.heat_projected as projected
from femled import (
    Constant,
    Face,
    Pulse,
    PulseTrain,
    Ramp,
    Sampled,
    Step,
    heat_pulse,
    load_pixel,
)
from femled.experiments.heat_run import HeatRun, run_transient
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_projected import DECADES, SHARE, ProjectedHeat, RationalKrylov, project_heat
from femled.solve.heat_space import HeatSpace
from femled.solve.stepping import FADING, StepCounts, march

KW_CM2 = 1e7
KIM, COLD = load_pixel("kim2018"), load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
CONVECTIVE = Face(kind="convection", coefficient=1e4)
PIXELS = {
    "kim2018": KIM,
    "elkhouly2024": load_pixel("elkhouly2024"),
    "elkhouly2024 at 77 K": COLD,
    "li2023": load_pixel("li2023"),
    "conformal": KIM.replace(geometry="conformal"),
    "contacts": KIM.replace(contact_resistance="5e-8 m2*K/W"),
    "thin": KIM.replace(substrate="glass 20 um", encapsulation=None),
    "adiabatic": KIM.replace(base=Face()),
    "convective": load_pixel("elkhouly2024").replace(base=CONVECTIVE, outer=CONVECTIVE),
}
PULSE = Pulse(amplitude=KW_CM2, width=2e-6)
DRIVES = {
    "constant": (Constant(value=KW_CM2), 22e-6),
    "for seconds": (Pulse(amplitude=KW_CM2, width=1.0), 10.0),
    "step": (Step(before=0.0, after=KW_CM2, at=1.3e-6), 22e-6),
    "ramp": (Ramp(start=0.0, stop=KW_CM2, rate=KW_CM2 / 10e-6), 30e-6),
    "edges": (Pulse(amplitude=KW_CM2, width=2e-6, rise_time=0.5e-6, fall_time=0.1e-6), 22e-6),
    "long rest": (Pulse(amplitude=KW_CM2, width=2e-6, delay=1e-3), 1.02e-3),
    "long decay": (PULSE, 1e-3),
    "1 ns": (Pulse(amplitude=KW_CM2, width=1e-9), 20e-6),
    "late 1 ns": (Pulse(amplitude=KW_CM2, width=1e-9, delay=7.7e-6), 20e-6),
    "train": (PulseTrain(pulse=PULSE, period=20e-6, count=4), 80e-6),
    "sampled": (Sampled(times=[0, 1e-6, 1e-6, 5e-6, 9e-6, 9e-6], values=[0, 1e7, 2e7, 0, 3e7, 0]), 25e-6),
}


@pytest.fixture(scope="module")
def run():
    return HeatRun.prepare(KIM, "default", linear=True)


def both(run, drive, until, *, rtol=2e-4, base_step=1e-8):
    """The steps of the projected and of the whole problem, and the projected problem."""
    small = project_heat(run.problem, drive, until=until, rtol=rtol, base_step=base_step)
    assert small is not None
    options = {"until": until, "rtol": rtol, "base_step": base_step}
    short, full = (
        list(march(problem, problem.rest(), drive, counts=StepCounts(), **options)) for problem in (small, run.problem)
    )
    return short, full, small


def off(run, drive, short, full, small, *, base_step=1e-8):
    """Largest difference over the rise, as it is ten base steps after the corner before; faded rises by their largest.

    Mean of the magnitude over the emitter, as in the steps.
    """
    assert [step.stop for step in short] == [step.stop for step in full]
    corners = np.concatenate([[0.0], drive.breakpoints])
    found, largest = [], 0.0
    for few, all_ in zip(short, full, strict=True):
        size = run.problem.size(all_.u2)
        largest = max(largest, size)
        since = (all_.stop - corners[corners < all_.stop]).min()
        faded = min(since / (10 * base_step), 1.0) ** FADING
        difference = run.problem.size(small.rise(few.u2) - all_.u2)
        found.append(faded * difference / max(size, 1e-5 * largest) if difference else 0.0)
    return max(found)


@pytest.mark.parametrize("name", PIXELS)
def test_every_pixel_is_answered_within_the_share_of_the_tolerance(name):
    """Steps and their sizes are those of the whole problem; SHARE of rtol is what the smaller space may be off."""
    run = HeatRun.prepare(PIXELS[name], "default", linear=True)
    short, full, small = both(run, PULSE, 22e-6)
    assert off(run, PULSE, short, full, small) < SHARE * 2e-4


@pytest.mark.parametrize("name", DRIVES)
def test_every_drive_is_answered_within_the_share_of_the_tolerance(name, run):
    drive, until = DRIVES[name]
    short, full, small = both(run, drive, until)
    assert off(run, drive, short, full, small) < SHARE * 2e-4


@pytest.mark.parametrize("source", ["substrate", "al", "encapsulation", "mapbi3=0.7, ito=0.3"])
def test_emitter_far_from_the_heat_is_answered_too(source):
    """It stays cold at first: the whole problem begins with steps shorter than the first, which are compared too."""
    run = HeatRun.prepare(KIM, "default", linear=True, heat_source=source)
    short, full, small = both(run, PULSE, 22e-6)
    assert off(run, PULSE, short, full, small) < SHARE * 2e-4


@pytest.mark.parametrize("rtol", [0.05, 1e-3, 1e-5, 1e-6])
def test_every_tolerance_is_kept(rtol, run):
    short, full, small = both(run, PULSE, 22e-6, rtol=rtol)
    assert off(run, PULSE, short, full, small) < SHARE * rtol


def test_tolerance_sizes_the_space(run):
    """From the least there is, eight solves a pole, to twice as many."""
    options = {"until": 22e-6, "base_step": 1e-8}
    sizes = [len(project_heat(run.problem, PULSE, rtol=rtol, **options).rest()) for rtol in (0.05, 1e-4, 1e-6, 1e-7)]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] > 2 * sizes[0]


@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024 at 77 K"])
def test_difference_to_the_next_space_bounds_the_error(name):
    """Spaces of 7, 9, ... 17 solves a pole, without any steps, against one of 24: the estimate |u_n - u_(n+2)| is at
    least half of the error |u_n - u|, and four more solves divide the error by at least two.
    """
    problem = HeatRun.prepare(PIXELS[name], "default", linear=True).problem
    times = np.array([1e-7, 5e-7, 2e-6, 2.1e-6, 4e-6, 22e-6])
    space, answers = RationalKrylov(problem, 48), {}
    for number in range(1, 25):
        for pole in (1e8, 5e5):
            space.grow(pole)
        model = space.project()
        answers[number] = model.region_rises(PULSE, times)
    errors = {n: model.sizes(answers[n] - answers[24]).max() for n in range(7, 19, 2)}
    estimates = {n: model.sizes(answers[n] - answers[n + 2]).max() for n in errors}
    assert all(estimates[n] > 0.5 * errors[n] for n in errors)
    assert all(errors[n + 2] < 0.5 * errors[n] for n in range(7, 17, 2))


def test_fields_and_peaks_are_as_close_as_the_mean(run):
    """Largest difference of any node over the largest rise, and peak against peak, from 0.1 us after the corners on."""
    at = [0.1e-6, 0.3e-6, 1e-6, 2e-6, 2.1e-6, 3e-6, 22e-6]
    options = {"until": 22e-6, "at": at, "rtol": 2e-4, "progress": None}
    short, full = (run_transient(run, PULSE, projected=flag, **options)[1] for flag in (True, False))
    assert np.abs(short - full).max(axis=1) == pytest.approx(0.0, abs=2e-4 * full.max())
    peaks = [run.field_mesh.peak(rises, "emitter")[0] for rises in (short, full)]
    assert peaks[0] == pytest.approx(peaks[1], rel=2e-4)


@pytest.mark.parametrize("at", [[1e-9, 2e-6, 2.001e-6, 22e-6], [1e-12, 22e-6]])
def test_times_right_after_a_corner_are_answered_too(at, run):
    """The first step is a tenth of the first time asked for, and the fastest pole follows it."""
    options = {"until": 22e-6, "at": at, "rtol": 2e-4, "progress": None}
    short, full = (run_transient(run, PULSE, projected=flag, **options)[1] for flag in (True, False))
    means = [run.field_mesh.mean(rises, "emitter") for rises in (short, full)]
    assert means[0] == pytest.approx(means[1], rel=SHARE * 2e-4)


def defect(pixel, drive, until):
    run = HeatRun.prepare(pixel, "default", linear=True)
    _, _, balance, _ = run_transient(run, drive, until=until, at=None, rtol=2e-4, progress=None)
    assert balance.supplied > 0
    return abs(balance.supplied - balance.stored - balance.removed) / balance.supplied


@pytest.mark.parametrize("name", ["kim2018", "thin", "adiabatic", "convective"])
@pytest.mark.parametrize("until", [22e-6, 10.0])
def test_balance_closes_to_round_off_however_small_the_space(name, until):
    """Supplied = stored (quadrature over the lifted field) + removed (held unknowns and faces), to 1e-8.

    1e-8 over ten seconds is what a rate of 1e10 1/s in double precision leaves of one of 1 1/s.
    """
    assert defect(PIXELS[name], Pulse(amplitude=KW_CM2, width=until / 4), until) < 1e-8


def test_space_without_the_constant_vector_loses_the_balance(monkeypatch):
    """20 um of glass, of whose heat most is gone: the balance of the test above is not there by itself."""
    drive = Pulse(amplitude=KW_CM2, width=1e-4)
    assert defect(PIXELS["thin"], drive, 1e-3) < 1e-8

    def without(space):
        vectors, stiffness = space._vectors[: space._count], space._stiffness[: space._count, : space._count]
        return ProjectedHeat(space.problem, vectors, stiffness)

    monkeypatch.setattr(RationalKrylov, "project", without)
    assert defect(PIXELS["thin"], drive, 1e-3) > 1e-7


def test_one_factorisation_a_pole(run):
    """2 poles for 1e-8 .. 22e-6 s, one more for every three decades; not one a step size."""
    for until, expected in ((22e-6, 2), (1e-3, 3), (10.0, 4)):
        fresh = HeatRun(KIM, run.domain, linear=True)
        _, _, _, cost = run_transient(fresh, PULSE, until=until, at=[until], rtol=2e-4, progress=None)
        assert cost.factorisations == expected <= 2 + np.log10(until / 1e-8) / DECADES


def test_problem_smaller_than_the_space_is_answered_exactly(solid, rectangle, surroundings):
    """Nine unknowns in a column of four elements: the space is complete, and further solves add nothing."""
    domain = rectangle("interval", [(solid("solid0", axial=1.0), 1e-6, 4)])
    space = HeatSpace(domain, surroundings(base=np.inf))
    problem = LinearHeat(space, space.uniform(1e12), "layer0")
    drive = Pulse(amplitude=1.0, width=1e-6)
    small = project_heat(problem, drive, until=4e-6, rtol=2e-4, base_step=1e-8)
    assert len(small.rest()) <= space.owned
    options = {"until": 4e-6, "rtol": 2e-4, "base_step": 1e-8}
    (*_, few), (*_, full) = (list(march(p, p.rest(), drive, counts=StepCounts(), **options)) for p in (small, problem))
    assert small.rise(few.u2) == pytest.approx(full.u2, rel=1e-9, abs=1e-12 * full.u2.max())


def test_every_unknown_is_stepped_where_no_space_will_do(monkeypatch):
    """Three rounds never suffice: the run is then, bit by bit, that of the whole problem."""
    monkeypatch.setattr(projected, "ROUNDS", (2, 3))
    run = HeatRun.prepare(KIM, "default", linear=True, laterally_uniform=True)
    assert project_heat(run.problem, PULSE, until=22e-6, rtol=2e-4, base_step=1e-8) is None
    options = {"until": 22e-6, "at": None, "rtol": 2e-4, "progress": None}
    fallen = run_transient(run, PULSE, **options)[1]
    assert np.array_equal(fallen, run_transient(run, PULSE, projected=False, **options)[1])


def test_properties_that_follow_the_temperature_are_never_projected():
    """At 77 K the tables change; the cost then counts a factorisation a step size at least."""
    run = heat_pulse(COLD, power_density=3e8, width=525e-9, until=2e-6, at=[2e-6])
    constant = heat_pulse(COLD, power_density=3e8, width=525e-9, until=2e-6, at=[2e-6], linear=True)
    assert run.cost.factorisations > constant.cost.factorisations


def test_steps_are_dense_between_their_ends(run):
    """The parabola through the stages of a projected step is that of the whole step, at a third of it."""
    short, full, small = both(run, PULSE, 22e-6)
    for few, all_ in zip(short[20::7], full[20::7], strict=True):
        time = few.start + (few.stop - few.start) / 3
        there = all_.at(time)
        assert run.problem.size(small.rise(few.at(time)) - there) < SHARE * 2e-4 * run.problem.size(there)
        assert few.drive == replace(all_, u0=few.u0).drive
