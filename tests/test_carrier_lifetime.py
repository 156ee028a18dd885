"""Decays of photoluminescence, what takes the carriers, and the lifetimes that are read off."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from femled.errors import InputError, SetupError
from femled.experiments import fitting
from femled.experiments.abc_fit import abc_density
from femled.experiments.carrier_lifetime import carrier_lifetime
from femled.experiments.decay_shape import two_exponentials
from femled.solve.deep_level import DEEP, FREE, DeepLevel, march

NONE = np.zeros(1)


def course(times, start, **rates):
    return march(DeepLevel.of(1, **rates), start=np.array([start]), deep=NONE, times=times)


@pytest.mark.parametrize("density", [1e22, 1e25])
def test_decay_by_a_and_b_is_the_closed_form(density):
    """n = A n0 e/(A + B n0 (1 - e)): steps of 1e-9 add up to less than 1e-8, also where B n0 is 100 A."""
    times = np.linspace(0, 5e-7, 51)
    found = course(times, density, monomolecular=1e7, bimolecular=1e-16)
    assert found.density[:, 0] == pytest.approx(abc_density(times, 1e7, 1e-16, density), rel=1e-8)


def test_smaller_tolerances_cost_a_step_ratio_of_fourth_order():
    """The error of a step of order 3 falls with its fourth power: 1e4 times stricter needs some ten times the steps."""
    times = np.array([0.0, 1e-6])
    law = DeepLevel.of(1, monomolecular=1e7, bimolecular=1e-16, detrapping=3e6, relaxation=1e6)
    loose, strict = (march(law, start=np.array([1e24]), deep=NONE, times=times, rtol=rtol) for rtol in (1e-6, 1e-10))
    assert 6 < strict.steps / loose.steps < 16


def test_carriers_come_back_from_the_deep_level_as_another_method_says():
    """Radau to 1e-12 against steps of 1e-9: every term of eqs 3 to 5 in play; 1e-7 of either density."""
    rates = {"monomolecular": 2e7, "bimolecular": 1e-16, "auger": 1e-40, "detrapping": 1e7, "relaxation": 1e5}
    times = np.linspace(0, 1e-6, 11)
    found = march(DeepLevel.of(1, **rates, generation=1e29), start=np.array([1e24]), deep=np.array([1e20]), times=times)

    def change(_, y):
        n, deep = y
        free = 1e29 - 2e7 * n - 1e-16 * n**2 - 1e-40 * n**3 + 1e7 * deep
        return [free, 2e7 * n - (1e7 + 1e5) * deep]

    told = solve_ivp(change, (0, 1e-6), [1e24, 1e20], "Radau", t_eval=times, rtol=1e-12, atol=1e10).y
    assert found.density[:, 0] == pytest.approx(told[0], rel=1e-7)
    assert found.deep[:, 0] == pytest.approx(told[1], rel=1e-7)


@pytest.mark.parametrize("missing", ["monomolecular", "bimolecular", "auger", "detrapping", "relaxation", "generation"])
def test_every_term_is_noticed_when_it_is_dropped(missing):
    rates = dict(monomolecular=2e7, bimolecular=1e-16, auger=1e-40, detrapping=1e7, relaxation=1e6, generation=1e30)
    times = np.array([0.0, 2e-7])
    whole = course(times, 3e23, **rates)
    less = course(times, 3e23, **(rates | {missing: 0.0}))
    assert abs(less.density[-1, 0] / whole.density[-1, 0] - 1) > 1e-3


def test_a_thousand_decays_keep_account_of_every_carrier_to_1e_8():
    """Densities are sums of what channels took, with the same stages and steps: round-off only, far below 1e-8."""
    run = carrier_lifetime(
        initial_density=[1e24],
        monomolecular_rate=np.geomspace(1e5, 1e8, 1000).tolist(),
        bimolecular_coefficient=1e-16,
        auger_coefficient=1e-40,
        detrapping_rate=[1e7],
        relaxation_rate=1e5,
        signal="n",
        window=1e-6,
        points=50,
    )
    taken = dict(zip(run.series["channel"].tolist(), run.series["taken"].T, strict=True))
    left = 1e24 - sum(taken[name] for name in ("trapped", "radiative", "auger")) + taken["detrapped"]
    assert run.series.attributes["imbalance"] < 1e-12
    assert left == pytest.approx(run.series["density"][:, -1], rel=1e-9)
    assert abs(run.balance.defect) < 1e-12
    assert "average_lifetime" not in run.series.variables  # a thousand fits are not made unasked
    assert any("unless asked" in note for note in run.warnings)


def test_average_lifetimes_are_the_published_ones_in_the_right_window():
    """W1 and W2: 93 and 822 ns, printed to a nanosecond; 519 ns is what 0.5 us makes of the published 511 ns."""
    film = carrier_lifetime(
        initial_density=[3e22],
        monomolecular_rate=[1e7, 1e6],
        bimolecular_coefficient=1e-16,
        auger_coefficient=1e-40,
        signal="n",
        window=0.5e-6,
        diffusivity=0.017e-4,
    ).series
    assert film["average_lifetime"] == pytest.approx([93.42e-9, 518.8e-9], rel=1e-3)
    assert film["diffusion_length"] == pytest.approx(np.sqrt(0.017e-4 * film["average_lifetime"]), rel=1e-12)
    crystal = carrier_lifetime(
        initial_density=[1e22],
        monomolecular_rate=[1e6],
        bimolecular_coefficient=1e-16,
        auger_coefficient=1e-40,
        signal="n",
        window=2.5e-6,
    )
    assert crystal.series["average_lifetime"] == pytest.approx([821.9e-9], rel=1e-3)


def test_square_of_the_density_halves_the_lifetime_of_single_carriers():
    """B = C = 0: n falls as exp(-A t), and the differential lifetime is 1/A, or 1/(2A), at every time."""
    for signal, tau in (("n", 1e-7), ("n2", 0.5e-7)):
        found = carrier_lifetime(initial_density=[1e22], monomolecular_rate=[1e7], signal=signal, window=5e-7).series
        assert found["average_lifetime"] == pytest.approx([tau], rel=1e-6)
        assert found["one_over_e_time"] == pytest.approx([tau], rel=1e-6)
        assert found["differential_lifetime"] == pytest.approx(tau, rel=1e-8)


def test_constant_light_shortens_the_decay_by_its_own_carriers():
    """A small flash on n_cw: 1/tau = A + 2 B n_cw + 3 C n_cw^2 to the first order in the flash, here 1e-4 of n_cw."""
    A, B, background = 1e7, 1e-16, 3e30
    found = carrier_lifetime(
        initial_density=[1e19],
        monomolecular_rate=[A],
        bimolecular_coefficient=B,
        background_generation=background,
        relaxation_rate=1e12,  # empties the deep level at once: a plain loss
        signal="n",
        window=1e-7,
    ).series
    n = (-A + np.sqrt(A**2 + 4 * B * background)) / (2 * B)
    assert found["average_lifetime"] == pytest.approx([1 / (A + 2 * B * n)], rel=2e-4)


def test_two_exponentials_are_found_again():
    """0.3 exp(-t/20 ns) + 0.7 exp(-t/150 ns) without noise: to 1e-5, and their mean by its formula."""
    time = np.linspace(0, 1e-6, 400)
    found = two_exponentials(time, 42 * (0.3 * np.exp(-time / 20e-9) + 0.7 * np.exp(-time / 150e-9)))
    numbers = (found.fast_amplitude, found.fast_time, found.slow_amplitude, found.slow_time)
    assert numbers == pytest.approx((0.3, 20e-9, 0.7, 150e-9), rel=1e-5)
    mean = (0.3 * 20e-9**2 + 0.7 * 150e-9**2) / (0.3 * 20e-9 + 0.7 * 150e-9)
    assert found.mean == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"signal": "n3"}, 'neither "n" nor "n2"'),
        ({"monomolecular_rate": [1e7, 1e6], "initial_density": [1e22] * 3}, "give one, or as many"),
        ({"background_generation": 1e28}, "nothing empties the deep level"),
        ({"bimolecular_coefficient": 1e-10}, "outside"),
        ({"initial_density": [3e30]}, "outside"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes, words):
    usual = {"initial_density": [1e22], "monomolecular_rate": [1e7], "signal": "n", "window": 1e-7}
    with pytest.raises(InputError, match=words):
        carrier_lifetime(**(usual | changes))


def test_without_lmfit_a_fit_says_what_to_install_and_the_rest_works(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "lmfit", None)
    usual = {"initial_density": [1e22], "monomolecular_rate": [1e7], "signal": "n", "window": 5e-7}
    with pytest.raises(SetupError, match=r"femled\[fit\]"):
        fitting.lmfit_package()
    bent = usual | {"bimolecular_coefficient": 1e-15}
    with pytest.raises(SetupError, match="lmfit"):
        carrier_lifetime(**bent)
    assert np.isfinite(carrier_lifetime(**bent, two_exponential=False).series["one_over_e_time"]).all()


def test_events_move_carriers_and_none_is_lost_between_the_levels():
    """Trapping and detrapping are the same event for both levels; radiative, Auger and relaxation leave."""
    assert (FREE + DEEP).tolist() == [0.0, -1.0, -1.0, 0.0, -1.0]
