"""Closed forms of yield and decay of free carriers and excitons: against integration, each other, and their limits."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from femled.errors import InputError
from femled.physics.yield_laws import Excitons, FreeCarriers

SETS = (
    (1e7, 1e-16, 1e-40),
    (1e6, 1e-15, 1e-41),
    (1e8, 0.0, 1e-40),
    (1e7, 1e-16, 0.0),
    (1e7, 0.0, 0.0),
    (1e7, 2e-17, 1e-41),
)


@pytest.mark.parametrize("coefficients", SETS)
def test_decay_solves_its_equation(coefficients):
    """-d ln n/dt = A + B n + C n^2 integrated to 1e-11; 1e-7 is what that leaves; the last set has a double root."""
    A, B, C = coefficients
    start, times = 1e25, np.logspace(-11, -6, 25)
    found = solve_ivp(
        lambda _, u: -(A + B * np.exp(u) + C * np.exp(2 * u)),
        (0.0, times[-1]),
        [np.log(start)],
        t_eval=times,
        rtol=1e-11,
        atol=1e-12,
        method="LSODA",
    )
    assert FreeCarriers(A, B, C).density(times, start) == pytest.approx(np.exp(found.y[0]), rel=1e-7)


@pytest.mark.parametrize("coefficients", SETS)
def test_time_and_density_are_inverse(coefficients):
    law, times = FreeCarriers(*coefficients), np.logspace(-10, -6, 9)
    assert law.time(law.density(times, 3e24), 3e24) == pytest.approx(times, rel=2e-5)


def test_yield_of_free_carriers_is_largest_at_the_root_of_a_over_c():
    """B/(B + 2 sqrt(A C)) at sqrt(A/C), less on both sides; exact."""
    law = FreeCarriers(1e7, 1e-16, 1e-40)
    assert law.quantum_yield(law.best_density) == pytest.approx(law.best_yield, rel=1e-14)
    assert np.all(law.quantum_yield(law.best_density * np.array([0.5, 0.99, 1.01, 2.0])) < law.best_yield)
    assert law.best_density == pytest.approx(10**23.5, rel=1e-14)


def test_yield_of_excitons_does_not_depend_on_density_until_they_meet():
    law = Excitons(1e8, 2e7, 1e-15)
    assert law.quantum_yield([1e10, 1e15]) == pytest.approx([1 / 1.2, 1 / 1.2], rel=1e-7)
    assert law.quantum_yield(1.2e8 / 1e-15) == pytest.approx(0.5 / 1.2, rel=1e-14)


def test_excitons_that_meet_decay_as_free_carriers_without_auger():
    """Equations 9 with C = 0 and 10 are one: A = k_ex + k_trap, B = k_Aug; only the light differs."""
    times = np.logspace(-10, -7, 9)
    bound, free = Excitons(1e8, 2e7, 1e-15), FreeCarriers(1.2e8, 1e-15)
    assert bound.density(times, 1e24) == pytest.approx(free.density(times, 1e24), rel=1e-9)


def test_closed_form_without_traps_is_refused():
    with pytest.raises(InputError, match="A 0 1/s is not above 0"):
        FreeCarriers(0.0, 1e-16).time(1e20, 1e24)
