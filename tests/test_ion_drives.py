"""Ions after a step, in a sweep and under a square wave: against closed forms, steady states and their own limits."""

import numpy as np
import pytest

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.experiments.ion_layer import decay_time, ion_layer
from femled.units import nm

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
TAU = 3900.0
"""[s] screening time of the ions of `led` by the dielectric formula, about."""


def led(density=5e24, diffusivity=2e-21, kind="single"):
    """Three layers, 25, 70 and 60 nm, with ions so slow that carriers are always quasi-static."""
    transport = {
        "relative_permittivity": 4,
        "conduction_band_density": 1e26,
        "valence_band_density": 1e26,
        "electron_mobility": 1e-6,
        "hole_mobility": 1e-6,
    }
    emitter = fl.Semiconductor(
        relative_permittivity=24,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=3e24,
        valence_band_density=2.5e24,
        electron_mobility=5e-5,
        hole_mobility=3e-5,
        radiative_coefficient=4e-16,
        srh_electron_lifetime=5e-8,
        srh_hole_lifetime=8e-8,
        ions=[fl.MobileIon(name="vacancy", charge=1, mean_density=density, diffusivity=diffusivity, kind=kind)],
    )
    htl = fl.Semiconductor(**transport, conduction_band_ev=-2.3, valence_band_ev=-5.3)
    etl = fl.Semiconductor(**transport, conduction_band_ev=-3.6, valence_band_ev=-6.2)
    return fl.Column(
        layers=[
            fl.Layer(name="htl", thickness=25 * nm, material=htl),
            fl.Layer(name="emitter", thickness=70 * nm, material=emitter),
            fl.Layer(name="etl", thickness=60 * nm, material=etl),
        ],
        anode=fl.Contact(work_function_ev=-5.1),
        cathode=fl.Contact(work_function_ev=-3.8),
        temperature=300.0,
    )


def dielectric_time(density, diffusivity):
    """tau = (eps_p + C d_p) V_T/(q D c), C of both transport layers and of both double layers of the ions in series."""
    eps = 24 * VACUUM_PERMITTIVITY
    debye = np.sqrt(eps * VT / (ELEMENTARY_CHARGE * density))
    inverse = (25 + 60) * nm / (4 * VACUUM_PERMITTIVITY) + 2 * debye / eps
    return (eps + 70 * nm / inverse) * VT / (ELEMENTARY_CHARGE * diffusivity * density)


@pytest.mark.parametrize("density", [1e25, 1e26])
def test_insulated_ions_screen_in_the_dielectric_time(density):
    """10 mV, no carriers: the field falls by exp(-t/tau), so 1/e of it after tau, within 0.7 %: two Debye lengths
    (1.9 and 0.6 nm) of 70 nm are not conducting, of which C d_p is 6 %."""
    run = fl.ion_step(led(density, 1e-16), after=0.01, carriers=False, until=1e3, mesh=60)
    expected = dielectric_time(density, 1e-16)
    assert float(run.series["screening_time"]) == pytest.approx(expected, rel=7e-3)
    assert float(run.series["screening_estimate"]) == pytest.approx(expected, rel=7e-3)


def test_both_partners_of_a_pair_carry():
    """Vacancies and interstitials of density c_i each conduct twice as well: tau halves, to the same 1 %."""
    pairs = fl.ion_step(led(1e25, 1e-16, "pair"), after=0.01, carriers=False, until=1e3, mesh=60)
    assert float(pairs.series["screening_time"]) == pytest.approx(dielectric_time(2e25, 1e-16), rel=1e-2)


def test_time_constant_scales_with_the_diffusivity():
    """With carriers that follow at once time enters as D t only: ten times slower ions, ten times the time, 0.1 %."""
    times = [
        float(fl.ion_step(led(diffusivity=d), after=2.0, until=1e6, mesh=25).series["screening_time"])
        for d in (2e-20, 2e-19)
    ]
    assert times[0] / times[1] == pytest.approx(10.0, rel=1e-3)


def test_step_ends_where_the_ions_rest():
    """After 1e7 s, 2500 tau, current and field are those of ions at rest at the voltage, to 1e-6."""
    late = fl.ion_step(led(), after=2.0, until=1e7, at=[1e7], mesh=25).series
    state = fl.relax_ions(led(), voltage=2.0, mesh=25)
    layer = ion_layer(led())
    assert late["mean_field"][0] == pytest.approx(layer.mean_field(state), rel=1e-6)
    assert late["net_ion_charges"][0] == pytest.approx(layer.net_charges(state), rel=1e-6)
    steady = fl.jv(led(), voltages=[2.0], mesh=25).series["current_density"][0]
    assert late["current_density"][0] == pytest.approx(steady, rel=1e-6)


def test_mean_of_the_field_is_the_mean_field():
    """Int E dx over the layer against the potential difference of its faces, to round-off of the potential."""
    series = fl.ion_step(led(), after=1.0, until=1e4, at=[1e2, 1e4], mesh=25).series
    x = series["position"].reshape(-1, 2)
    inside = (x.mean(axis=1) > 25 * nm) & (x.mean(axis=1) < 95 * nm)
    field = series["electric_field"].reshape(2, -1, 2)[:, inside, 0]
    mean = field @ np.diff(x, axis=1)[inside, 0] / (70 * nm)
    assert mean == pytest.approx(series["mean_field"], rel=1e-9)


def test_bands_are_edges_in_the_potential():
    series = fl.ion_step(led(), after=1.0, until=1e2, at=[1e2], mesh=10).series
    gap = series["conduction_band_ev"][0] - series["valence_band_ev"][0]
    assert sorted(set(np.round(gap, 9))) == [1.6, 2.6, 3.0]


def test_times_asked_for_do_not_change_the_screening_time():
    """It is found from every step, not from those that are reported: the same to 1e-3, a step falls differently."""
    every = fl.ion_step(led(), after=1.0, until=1e6, mesh=25)
    few = fl.ion_step(led(), after=1.0, until=1e6, at=[1.0, 1e6], mesh=25)
    assert few.series["time"].tolist() == [1.0, 1e6]
    assert float(few.series["screening_time"]) == pytest.approx(float(every.series["screening_time"]), rel=1e-3)


def test_decay_time_of_an_exponential():
    """Linear in the logarithm between samples: exact for an exponential that ends at zero, 1e-6 for exp(-30) left."""
    times = np.linspace(0.0, 30.0, 16)
    assert decay_time(times, 3.0 - 2.0 * np.exp(-times)) == pytest.approx(1.0, rel=1e-6)
    assert decay_time(times, np.ones(16)) is None
    assert decay_time(times, np.exp(-times), floor=2.0) is None
    late = decay_time(times, 3.0 - 2.0 * np.exp(-times), after=2.0)
    assert late == pytest.approx(3.0, rel=1e-6)


def test_a_step_that_is_cut_short_is_remarked_upon():
    assert "still moves" in fl.ion_step(led(), after=1.0, until=TAU / 10, mesh=10).warnings[0]
    assert fl.ion_step(led(), after=1.0, until=1000 * TAU, mesh=10).warnings == ()


def test_no_step_no_screening():
    """Without a step nothing moves: no time constant is made up."""
    run = fl.ion_step(led(), before=1.0, after=1.0, until=1e3, mesh=10)
    assert "screening_time" not in run.series.variables


def test_slow_sweeps_follow_the_relaxed_curve_and_fast_ones_the_frozen_curve():
    """1e-8 V/s (3e8 s for 3900 s) and 100 V/s (0.03 s), both ways within 1e-3 above 100 A/m2, ions away by 1e-5.

    Charging the layers takes 0.1 A/m2 at 100 V/s.
    """
    device, voltages = led(), np.linspace(0.0, 3.0, 7)
    start = fl.relax_ions(device, voltage=0.0, mesh=25)
    for rate, ions in ((1e-8, "relaxed"), (1e2, start)):
        steady = fl.jv(device, voltages=voltages, ions=ions, mesh=25).series["current_density"]
        swept = fl.hysteresis(device, rate=rate, high=3.0, points=7, mesh=25).series["conduction_current_density"][0]
        flows = steady > 100
        assert flows.sum() >= 3
        assert swept[0, flows] == pytest.approx(steady[flows], rel=1e-3)
        assert swept[1, flows] == pytest.approx(steady[flows], rel=1e-3)


def test_hysteresis_peaks_between_slow_and_fast():
    """Area between both ways for sweeps from 1e-4 to 100 times 1 V per tau: at the ends below 2 % of the largest."""
    rates = np.array([1e-4, 1e-2, 1.0, 100.0, 1e5]) / TAU
    areas = [
        float(fl.hysteresis(led(), rate=rate, high=2.0, points=9, mesh=20).series["hysteresis_area"][0])
        for rate in rates
    ]
    assert 0 < int(np.argmax(areas)) < len(rates) - 1
    assert areas[0] < 0.02 * max(areas)
    assert areas[-1] < 0.02 * max(areas)


def test_cycles_of_a_sweep_become_equal():
    """At 0.1 mV/s a cycle lasts ten tau: the third repeats the second to a fifth of what that differs by."""
    index = fl.hysteresis(led(), rate=1e-4, high=2.0, cycles=3, points=5, mesh=20).series["hysteresis_index"]
    assert abs(index[2] - index[1]) < 0.2 * abs(index[1] - index[0])


def test_sweep_is_the_transient_of_its_drive():
    """The same equations through `transient` with dynamic carriers: 1e-3 of the current at the top."""
    device = led(diffusivity=2e-17)
    swept = fl.hysteresis(device, rate=10.0, high=2.0, points=5, carriers=True, mesh=20).series
    drive = fl.Sampled(times=[0.0, 0.2, 0.4], values=[0.0, 2.0, 0.0])
    times = swept["time"].reshape(2, 5)
    direct = fl.transient(device, voltage=drive, until=0.4, at=times[0][1:], mesh=20).series["current_density"]
    assert swept["current_density"][0, 0, 1:] == pytest.approx(direct, rel=1e-3, abs=1e-3 * direct[-1])


def test_slow_waves_are_screened_and_fast_ones_are_not():
    """Periods of 200 and 1/200 of tau between -0.5 and 0.5 V: more than 99 %, less than 1 % of the field.

    In half a fast period exp(-t/tau) leaves 1/400; with carriers away both halves are alike to the drift of the mean.
    """
    slow, fast = (
        fl.square_wave(led(), low=-0.5, high=0.5, period=period, cycles=2, mesh=20).series
        for period in (200 * TAU, TAU / 200)
    )
    assert np.all(slow["field_screened"] > 0.99)
    assert np.all(np.abs(fast["field_screened"]) < 0.01)
    assert np.all(np.abs(slow["screening_time"] / TAU - 1) < 0.3)


def test_wave_without_carriers_screens_like_the_dielectric():
    """1 - exp(-T/2 tau) of the field within a half of T = tau, from a periodic state 2/(1 + e^-1/2) of it: 2 %."""
    tau = dielectric_time(1e26, 1e-20)
    middle = fl.relax_ions(led(1e26, 1e-20), voltage=0.0, mesh=40)
    series = fl.square_wave(
        led(1e26, 1e-20), low=-0.02, high=0.02, period=tau, cycles=6, carriers=False, initial=middle, mesh=40
    ).series
    start, end = series["field_at_start"], series["field_at_end"]
    assert (end[1] - end[0]) / (start[1] - start[0]) == pytest.approx(np.exp(-0.5), rel=2e-2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fl.hysteresis(led(), rate=1.0, high=-1.0), "high -1 V is not above low 0 V"),
        (lambda: fl.hysteresis(led(), rate=1.0, high=1.0, points=1), "points 1 at least 2"),
        (lambda: fl.hysteresis(led(), rate=1.0, high=1.0, carriers=False), "without carriers no current"),
        (lambda: fl.square_wave(led(), low=0.0, high=1.0, period=1.0, cycles=0), "cycles 0 must be at least 1"),
        (lambda: fl.ion_step(led(), after=1.0, layer="htl"), 'layer "htl" has no ions; those with ions: emitter'),
        (lambda: fl.ion_step(led(), after=1.0, layer="emiter"), 'no layer named "emiter"'),
        (lambda: fl.ion_step(led(), after=1.0, until=1.0, at=[2.0]), "times must rise within 0 .. 1 s"),
        (lambda: fl.ion_step("led", after=1.0), "neither a Pixel nor a Column"),
    ],
)
def test_bad_input_is_refused_in_words(call, words):
    with pytest.raises(fl.InputError, match=words):
        call()


@pytest.mark.parametrize("name", ["ion_step", "hysteresis", "square_wave"])
def test_results_save_load_and_draw(name, tmp_path):
    options = {
        "ion_step": {"after": 1.0},
        "hysteresis": {"rate": 1e-3, "high": 2.0, "points": 4},
        "square_wave": {"low": -0.5, "high": 0.5, "period": 1e4, "cycles": 1},
    }[name]
    run = getattr(fl, name)(led(), mesh=10, **options)
    run.save(tmp_path / "out", figures={"ions": run.plot()})
    back = fl.Result.load(tmp_path / "out")
    assert (tmp_path / "out" / "ions.png").stat().st_size > 10000
    assert back.series["mean_field"] == pytest.approx(run.series["mean_field"])
    assert all(one.unit for name, one in run.series.variables.items())
    back.plot()
