"""Traps that hold charge: their balance, their limits, one-carrier filling, and traps that ions make."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import femled as fl
from femled.domain import backend
from femled.physics.ion_traps import defects, healing, net_excess, trap_factor
from femled.physics.recombination import interface_coefficient, trap_coefficient
from femled.physics.traps import EMPTY_CHARGE, FILLED_CHARGE, TrapLevel, trap_charge

dolfinx = backend.load()

NM = 1e-9


def drawn(seed, count=200):
    """Traps in densities over twenty decades, [1e24/m3], with rates over eight."""
    rng = np.random.default_rng(seed)
    n, p, n1, p1 = (10 ** rng.uniform(-18, 2, count) for _ in range(4))
    p1 = n * p / n1 * 10 ** rng.uniform(-12, 3, count)
    return TrapLevel(n, p, n1, p1, 10 ** rng.uniform(2, 10, count), 10 ** rng.uniform(2, 10, count), 1e-2)


def steady_rate(level):
    """The rate of Shockley and Read, as the equations of carriers write it."""
    data = {
        "traps": 1.0,
        "electron_lifetime": 1 / level.electron_rate,
        "hole_lifetime": 1 / level.hole_rate,
    }
    return trap_coefficient(level.n, level.p, level.n1, level.p1, data) * (level.n * level.p - level.n1 * level.p1)


@pytest.mark.parametrize("inverse_step", [1e-3, 1e3, 1e9, 1e15])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_caught_and_not_recombined_fills_the_traps(seed, inverse_step):
    """N_t (f - f0)/dt = U_n - U_p for any step, densities and rates: 1e-9 of the larger capture."""
    level, past = drawn(seed), np.random.default_rng(seed + 9).uniform(0, 1, 200)
    now = level.occupation(past, inverse_step)
    electrons, holes = level.captures(steady_rate(level), past, inverse_step)
    stored = level.density * (now - past) * inverse_step
    assert np.abs(stored - (electrons - holes)).max() <= 1e-9 * np.maximum(np.abs(electrons), np.abs(holes)).max()
    size = np.maximum(np.abs(electrons), np.abs(holes)) + level.density * inverse_step * 1e-6
    assert (np.abs(stored - (electrons - holes)) <= 1e-9 * size).all()
    assert ((now >= 0) & (now <= 1)).all()


@pytest.mark.parametrize("inverse_step", [0.0, 1e4, 1e12])
def test_captures_are_those_of_the_occupation(inverse_step):
    """U_n = c_n N_t (n (1 - f) - n1 f) and U_p = c_p N_t (p f - p1 (1 - f)), written out."""
    level, past = drawn(5), np.random.default_rng(6).uniform(0, 1, 200)
    f = level.occupation(past, inverse_step)
    electrons, holes = level.captures(steady_rate(level), past, inverse_step)
    size_n = level.electron_rate * (level.n + level.n1)
    size_p = level.hole_rate * (level.p + level.p1)
    assert (np.abs(electrons - level.electron_rate * (level.n * (1 - f) - level.n1 * f)) <= 1e-12 * size_n).all()
    assert (np.abs(holes - level.hole_rate * (level.p * f - level.p1 * (1 - f))) <= 1e-12 * size_p).all()


def test_a_steady_trap_catches_as_many_electrons_as_holes():
    """1/dt = 0: both captures are the rate of Shockley and Read, exactly."""
    level = drawn(1)
    electrons, holes = level.captures(steady_rate(level), 0.3, 0.0)
    assert (electrons == steady_rate(level)).all()
    assert (holes == steady_rate(level)).all()


def test_a_trap_in_equilibrium_obeys_fermi():
    """f/(1 - f) = n/n1 = p1/p whatever the ratio of the captures."""
    for ratio in (1e-12, 1.0, 1e12):
        level = TrapLevel(3e-4, 2e-9, 5e-5, 1.2e-8, 1e6 * ratio, 1e6, 1e-3)
        assert level.steady_occupation == pytest.approx(3e-4 / (3e-4 + 5e-5), rel=1e-12, abs=0)


def test_many_small_steps_follow_the_rate_equation():
    """df/dt = c_n (n (1 - f) - n1 f) - c_p (p f - p1 (1 - f)), by another integrator; first order: 1e-3 at 4000."""
    level = TrapLevel(2e-3, 5e-4, 1e-5, 3e-5, 2e7, 5e6, 1e-2)
    c_n, c_p = (rate / level.density for rate in (level.electron_rate, level.hole_rate))

    def rate(_, f):
        return c_n * (level.n * (1 - f) - level.n1 * f) - c_p * (level.p * f - level.p1 * (1 - f))

    until, steps = 2 / level.equilibration, 4000
    f = 0.05
    for _ in range(steps):
        f = level.occupation(f, steps / until)
    exact = solve_ivp(rate, (0, until), [0.05], rtol=1e-10, atol=1e-12).y[0, -1]
    assert f == pytest.approx(exact, rel=1e-3, abs=0)


def test_traps_fill_from_one_carrier_alone():
    """With holes hardly caught f = n/(n + n1), and electrons are caught at the rate they have without holes."""
    level = TrapLevel(1e-3, 0.0, 1e-6, 0.0, 1e8, 1e-6, 1e-2)
    assert level.steady_occupation == pytest.approx(1e-3 / (1e-3 + 1e-6), rel=1e-12, abs=0)
    step = 1e-9
    electrons, holes = level.captures(0.0, 0.0, 1 / step)
    f = level.occupation(0.0, 1 / step)
    assert electrons == pytest.approx(level.density * f / step, rel=1e-12, abs=0)
    assert abs(holes) < 1e-10 * electrons


def test_charge_of_traps_follows_their_kind():
    """-N_t f of acceptors, N_t (1 - f) of donors, none of neutral ones."""
    expected = {"acceptor": -0.3, "donor": 0.7, "neutral": 0.0}
    for kind, charge in expected.items():
        assert trap_charge(0.3, 1.0, EMPTY_CHARGE[kind], FILLED_CHARGE[kind]) == pytest.approx(charge, abs=1e-15)


def test_compiled_trap_laws_are_those_of_numbers():
    """One step in a form, with densities that vary along the mesh, to 1e-12."""
    mesh = dolfinx.mesh.create_interval(backend.MPI.COMM_SELF, 20, [-12.0, 0.0])
    x = dolfinx.fem.Function(dolfinx.fem.functionspace(mesh, ("Lagrange", 1)))
    x.interpolate(lambda points: points[0])
    inverse = dolfinx.fem.Constant(mesh, 1e6)

    def all_of(power):
        n = 10.0**power
        level = TrapLevel(n, 1e-8 / n, 1e-5, 1e-6, 1e7, 2e6, 1e-3)
        return [level.occupation(0.2, inverse_step(power)), *level.captures(1e-3, 0.2, inverse_step(power))]

    def inverse_step(power):
        return inverse if power is x else 1e6

    points = np.array([[0.0], [1.0]])
    cells = np.arange(20, dtype=np.int32)
    power = dolfinx.fem.Expression(x, points).eval(mesh, cells).ravel()
    for ours, numbers in zip(all_of(x), all_of(power), strict=True):
        assert dolfinx.fem.Expression(ours, points).eval(mesh, cells).ravel() == pytest.approx(
            numbers, rel=1e-12, abs=0
        )


@pytest.mark.parametrize(("s_n", "s_p"), [(10.0, 1e-3), (1.0, 1.0), (1e-4, 1e5)])
def test_interface_recombines_as_the_formula_of_shockley_and_read(s_n, s_p):
    """1/((n + n1)/S_p + (p + p1)/S_n); one capture that is never made leaves nothing."""
    n, p, n1, p1 = 1e-3, 4e-5, 1e-8, 2e-9
    expected = 1 / ((n + n1) / s_p + (p + p1) / s_n)
    assert interface_coefficient(n, p, n1, p1, s_n, s_p) == pytest.approx(expected, rel=1e-14, abs=0)
    assert interface_coefficient(n, p, n1, p1, s_n, 0.0) == 0.0


# Traps that ions make


def test_traps_grow_with_uncompensated_charge_and_heal_with_current():
    """1 + k tau |rho|/q h with h = 1/2 at J_s, in numbers: k 3e-15 m3/s, tau 1/1.5e7 s, 1e23 charges/m3."""
    law = fl.IonTraps(capture_coefficient=3e-15, saturation_current_density=27.0)
    net = np.array([0.0, 1e23, -1e23])
    dark = trap_factor(law, 1 / 1.5e7, net, 1e24, 0.0)
    assert dark == pytest.approx(1 + 3e-15 / 1.5e7 * np.abs(net), rel=1e-12, abs=0)
    half = trap_factor(law, 1 / 1.5e7, net, 1e24, 27.0)
    assert half - 1 == pytest.approx((dark - 1) / 2, rel=1e-12, abs=0)
    assert trap_factor(law, 1 / 1.5e7, net, 1e24, -27.0) == pytest.approx(half, rel=1e-15, abs=0)


def test_without_a_saturation_current_nothing_heals():
    assert healing(np.array([0.0, 1e9]), None) == pytest.approx([1.0, 1.0], rel=1e-15, abs=0)


def test_pairs_need_charge_beyond_their_own_density_to_make_traps():
    """sqrt(net^2 + 4 c_i^2) - 2 c_i: net^2/(4 c_i) for little charge, to 1e-12 at 1e-9 c_i; |net| - 2 c_i for much.

    It is what a pair in equilibrium has more of: total - 2 c_i with net = 2 c_i sinh(y), total = 2 c_i cosh(y).
    """
    c_i = 2e22
    assert net_excess(1e-9 * c_i, c_i) == pytest.approx(1e-18 * c_i / 4, rel=1e-12, abs=0)
    assert net_excess(1e9 * c_i, c_i) == pytest.approx(1e9 * c_i - 2 * c_i, rel=1e-9, abs=0)
    y = np.linspace(-5, 5, 11)
    assert net_excess(2 * c_i * np.sinh(y), c_i) == pytest.approx(2 * c_i * (np.cosh(y) - 1), rel=1e-10, abs=0)
    assert net_excess(-3e22, 0.0) == 3e22


def test_weights_choose_between_charge_and_density():
    law = fl.IonTraps(capture_coefficient=1e-15, net_weight=0.0, total_weight=1.0)
    assert defects(law, 5e23, 1e24) == pytest.approx(1e24, rel=1e-12, abs=0)
    both = fl.IonTraps(capture_coefficient=1e-15, net_weight=2.0, total_weight=0.5)
    assert defects(both, 5e23, 1e24) == pytest.approx(1.5e24, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"capture_coefficient": -1e-15}, "capture_coefficient"),
        ({"saturation_current_density": 0.0}, "saturation_current_density"),
        ({"net_weight": 0.0}, "are both 0"),
        ({"pair_density": -1.0}, "pair_density"),
    ],
)
def test_impossible_law_is_refused(changes, text):
    with pytest.raises(fl.InputError, match=text):
        fl.IonTraps(**({"capture_coefficient": 1e-15} | changes))
