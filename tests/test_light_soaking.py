"""Nanosecond carriers over energetic ions that come and go slowly: averaged over flashes, and every flash followed."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from femled.errors import InputError
from femled.experiments.energetic_ions import Illumination
from femled.experiments.light_soaking import light_soaking
from femled.solve.deep_level import DEEP, FREE, DeepLevel, march
from femled.solve.pulsed_orbit import drift, pulsed_orbit

A, B, K1, FLASH, PERIOD = 1e7, 1e-16, 1e6, 1e22, 1e-6
LIMIT, YIELD, COUPLING = 1e24, 0.3, 2e-17


def soaked(phases, lifetime, **changes):
    values = {
        "flash_density": FLASH,
        "repetition": 1 / PERIOD,
        "monomolecular_rate": A,
        "bimolecular_coefficient": B,
        "relaxation_rate": K1,
        "detrapping_coefficient": COUPLING,
        "ion_yield": YIELD,
        "ion_limit": LIMIT,
        "ion_lifetime": lifetime,
        "signal": "n",
    }
    return light_soaking(phases, **(values | changes))


def every_flash(until, lifetime, yielded):
    """[1/m3] energetic ions with all three densities integrated together, flash by flash."""
    y = [0.0, 0.0, 0.0]

    def change(_, y):
        n, deep, ions = y
        trapped, relaxed = A * n, K1 * deep
        back = COUPLING * ions * deep
        made = yielded * (1 - ions / LIMIT) * (trapped + relaxed)
        return [-trapped - B * n**2 + back, trapped - back - relaxed, made - ions / lifetime]

    for _ in range(round(until / PERIOD)):
        y[0] += FLASH
        y[2] += yielded * (1 - y[2] / LIMIT) * FLASH  # carriers that cool
        y = solve_ivp(change, (0, PERIOD), y, "LSODA", rtol=1e-9, atol=1e10).y[:, -1].tolist()
    return y[2]


@pytest.mark.slow
def test_error_of_the_mean_over_flashes_falls_with_the_number_of_flashes_in_a_lifetime():
    """Averaging is of first order in the period over the slow time: twice as slow ions, half the error.

    The transient of the first flashes, until carriers are periodic, is of the same order. Both stay below four times
    what the result states as the change of the ions in a period.
    """
    errors = []
    for lifetime in (100e-6, 200e-6):
        yielded = YIELD * 100e-6 / lifetime
        run = soaked([Illumination(name="on", duration=lifetime)], lifetime, ion_yield=yielded)
        brute = every_flash(lifetime, lifetime, yielded)
        errors.append(abs(float(run.series["energetic_ions"][-1]) - brute) / LIMIT)
        assert errors[-1] < 4 * float(run.series["averaging_error"])
    assert errors[0] > 1e-5
    assert errors[1] / errors[0] == pytest.approx(0.5, abs=0.15)


def test_orbit_returns_to_itself_and_its_rates_take_what_flashes_make():
    """Newton on the map of one period ends below 1e-8; the mean rates balance flash and light as closely."""
    law = DeepLevel.of(3, monomolecular=A, bimolecular=B, detrapping=[0.0, 1e6, 3e7], relaxation=1e4, generation=1e27)
    orbit = pulsed_orbit(law, flash=FLASH, period=PERIOD)
    again = march(law, start=orbit.density + FLASH, deep=orbit.deep, times=np.array([0.0, PERIOD]))
    assert orbit.deep == pytest.approx(again.deep[-1], rel=1e-6)
    assert drift(orbit, FLASH, PERIOD) < 1e-6
    made = law.generation + FLASH / PERIOD
    assert made + FREE @ orbit.rates == pytest.approx(0 * made, abs=1e-6 * made[0])
    assert DEEP @ orbit.rates == pytest.approx(0 * made, abs=1e-6 * made[0])


def test_steady_state_without_flashes_is_that_of_the_rates():
    """B = C = 0: n = G (D + K_1)/(A K_1)."""
    law = DeepLevel.of(2, monomolecular=A, detrapping=[0.0, 1e8], relaxation=1e5, generation=1e29)
    orbit = pulsed_orbit(law, flash=0.0, period=PERIOD)
    assert FREE @ orbit.rates == pytest.approx([-1e29, -1e29], rel=1e-12)
    assert orbit.density == pytest.approx([1e22, 1e22 * 1001], rel=1e-12)


def test_ions_without_light_fade_with_their_lifetime():
    """n_ion = exp(-t/tau) in the dark; a solver of 1e-10."""
    dark = Illumination(name="dark", duration=2.0, pulsed=False)
    run = soaked([dark], 1.0, initial_ions=0.5 * LIMIT)
    ions = run.series["energetic_ions"]
    assert ions == pytest.approx(0.5 * LIMIT * np.exp(-run.series["time"]), rel=1e-8)
    assert abs(run.balance.stored + run.balance.removed - run.balance.supplied) < 1e-9 * LIMIT
    assert np.isnan(run.series["average_lifetime"]).all()


@pytest.mark.parametrize(("coupling", "longer"), [(COUPLING, True), (0.0, False)])
def test_lifetime_grows_and_is_remembered_only_with_detrapping(coupling, longer):
    """Light, then dark for a tenth of the lifetime of the ions, then flashes too few to matter."""
    phases = [
        Illumination(name="flashes", duration=1.0),
        Illumination(name="dark", duration=60.0, pulsed=False),
        Illumination(name="flashes again", duration=1e-3),
    ]
    run = soaked(phases, 600.0, detrapping_coefficient=coupling, ion_yield=3e-5)
    life = run.series["average_lifetime"]
    seen = life[np.isfinite(life)]
    assert (seen[-1] > 1.5 * seen[0]) == longer
    if not longer:
        assert seen[-1] == pytest.approx(seen[0], rel=1e-6)
    assert abs(run.balance.defect) < 1e-8


@pytest.mark.parametrize(
    ("phases", "changes", "words"),
    [
        ([], {}, "at least one"),
        ([Illumination(name="on", duration=1.0)], {"window": 2e-6}, "longer than a period"),
        ([Illumination(name="on", duration=1.0)], {"initial_ions": 2e24}, "exceed ion_limit"),
        ([Illumination(name="on", duration=1.0)], {"signal": "n3"}, "neither"),
    ],
)
def test_what_cannot_be_meant_is_refused(phases, changes, words):
    with pytest.raises(InputError, match=words):
        soaked(phases, 1.0, **changes)


def test_a_deep_level_as_slow_as_the_ions_is_told():
    run = soaked([Illumination(name="on", duration=1e-5)], 1e-5, ion_yield=0.0)
    assert any("not two time scales" in note for note in run.warnings)
