"""The oracles themselves, against published digits, each other and the conservation of energy."""

from dataclasses import replace
from math import inf, pi, sqrt

import numpy as np
import pytest
from mpmath import mp
from numpy.polynomial.legendre import leggauss
from oracles import half_space
from oracles.thermal_stack import Slab, Stack, _impedance, pulse_rise
from scipy.special import erf, j1

KW_CM2 = 1e7
GLASS = {"thermal_conductivity": 1.38, "density": 2203.0, "heat_capacity": 703.0}
SAPPHIRE = {"thermal_conductivity": 35.0, "density": 3980.0, "heat_capacity": 765.0}
GLASS_EFFUSIVITY = half_space.effusivity(**GLASS)
GLASS_DIFFUSIVITY = 1.38 / (2203 * 703)
DISK = {"power_density": KW_CM2, "radius": 25e-6, "thermal_conductivity": 1.38}

BELOW = [
    Slab(1.1e-3, 1.38, 2203, 703),
    Slab(150e-9, 5, 7140, 360, 3e-8),
    Slab(25e-9, 0.2, 1100, 1500),
]
EMITTER = Slab(70e-9, 0.3, 4160, 241.9, 2e-8)
ABOVE = [
    Slab(40e-9, 0.2, 1200, 1200),
    Slab(1.2e-9, 4, 2640, 1560, 5e-8),
    Slab(100e-9, 238, 2700, 900),
    Slab(100e-6, 0.2, 1200, 1200),
]
LAYERS = [*BELOW, EMITTER, *ABOVE]


def slab_heat_capacity(layers):
    return sum(slab.thickness * slab.density * slab.heat_capacity for slab in layers)


@pytest.mark.parametrize(("material", "rise"), [(GLASS, 10.9155), (SAPPHIRE, 1.54584)])
def test_half_space_flux_gives_the_published_digits(material, rise):
    effusivity = half_space.effusivity(**material)
    computed = half_space.flux_rise(power_density=KW_CM2, effusivity=effusivity, time=2e-6)
    assert computed == pytest.approx(rise, rel=5e-6)


def test_disk_on_glass_gives_the_published_digits():
    assert half_space.disk_steady_centre(**DISK) == pytest.approx(181.159, rel=3e-6)
    assert half_space.disk_steady_mean(**DISK) == pytest.approx(153.773, rel=4e-6)
    assert half_space.disk_mean(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=2e-6) == pytest.approx(10.5868, rel=5e-6)


@pytest.mark.parametrize("s", [0.3, 2.0])
def test_disk_mean_equals_the_bessel_integral_it_was_derived_from(s):
    """Int J1(x)^2 erf(x s)/x^2 dx by brute force: Gauss points up to X = 1000; beyond it J1^2 is 1/(pi x)."""
    nodes, weights = leggauss(20)
    lows = np.arange(0.0, 1000.0)
    x = lows[:, None] + (nodes + 1) / 2
    integral = np.sum(j1(x) ** 2 * erf(x * s) / x**2 * weights / 2) + 1 / (2 * pi * 1000**2)
    time = (s * 25e-6) ** 2 / GLASS_DIFFUSIVITY
    computed = half_space.disk_mean(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=time)
    assert computed == pytest.approx(2 * KW_CM2 * 25e-6 / 1.38 * integral, rel=1e-8)


def test_disk_begins_as_half_space_and_ends_steady():
    early = half_space.flux_rise(power_density=KW_CM2, effusivity=GLASS_EFFUSIVITY, time=1e-9)
    assert half_space.disk_centre(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=1e-9) == pytest.approx(early, rel=1e-12)
    # At first the rim takes a share L/(sqrt(pi) a) of the mean: 6.7e-4 at 1 ns.
    share = sqrt(GLASS_DIFFUSIVITY * 1e-9) / (25e-6 * sqrt(pi))
    mean = half_space.disk_mean(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=1e-9)
    assert mean == pytest.approx(early * (1 - share), rel=1e-6)
    # The approach is slow, 1/sqrt(t): after 1e9 s a/(2 sqrt(pi) L) = 2e-7 is missing.
    late = half_space.disk_centre(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=1e9)
    assert late == pytest.approx(half_space.disk_steady_centre(**DISK), rel=1e-6)
    late = half_space.disk_mean(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=1e9)
    assert late == pytest.approx(half_space.disk_steady_mean(**DISK), rel=1e-6)


def test_film_rise_has_no_seam_where_it_changes_from_series_to_formula():
    capacity = 100.0
    b = GLASS_EFFUSIVITY / capacity
    rises = [
        half_space.film_rise(
            power_density=KW_CM2, film_heat_capacity=capacity, effusivity=GLASS_EFFUSIVITY, time=(x / b) ** 2
        )
        for x in (0.5 - 1e-13, 0.5)
    ]
    assert rises[0] == pytest.approx(rises[1], rel=2e-12)


@pytest.mark.parametrize("time", [1e-9, 1e-7, 2e-6, 1e-4])
def test_stack_reduces_to_the_half_space(time):
    """A heated 1e-15 m film of glass on 1.1 mm of glass: the film's own capacity shifts the rise by less than 5e-8."""
    layers = [Slab(1.1e-3, **GLASS), Slab(1e-15, **GLASS)]
    computed = pulse_rise(Stack(layers, heated=1), power_density=KW_CM2, width=inf, times=[time])
    expected = half_space.flux_rise(power_density=KW_CM2, effusivity=GLASS_EFFUSIVITY, time=time)
    assert computed[0] == pytest.approx(expected, rel=5e-8)


@pytest.mark.parametrize("time", [1e-9, 1e-7, 2e-6, 1e-4])
def test_stack_reduces_to_the_film_on_a_half_space(time):
    layers = [Slab(1.1e-3, **GLASS), Slab(100e-9, 1e12, 2700, 900)]
    computed = pulse_rise(Stack(layers, heated=1), power_density=KW_CM2, width=inf, times=[time])
    expected = half_space.film_rise(
        power_density=KW_CM2, film_heat_capacity=100e-9 * 2700 * 900, effusivity=GLASS_EFFUSIVITY, time=time
    )
    assert computed[0] == pytest.approx(expected, rel=1e-8)


def test_stack_follows_the_series_of_a_slab_cooled_at_its_base():
    """One layer, uniformly heated, fixed base: the cosine series of the textbook, with no Laplace transform in it."""
    slab = Slab(1.1e-3, **GLASS)
    orders = (np.arange(20000) + 0.5) * pi
    for time in (1e-3, 0.1, 1.0):
        fourier = GLASS_DIFFUSIVITY * time / slab.thickness**2
        series = np.sum(2 * (1 - np.exp(-(orders**2) * fourier)) / orders**4)
        expected = KW_CM2 * slab.thickness / slab.thermal_conductivity * series
        computed = pulse_rise(Stack([slab], heated=0), power_density=KW_CM2, width=inf, times=[time])
        assert computed[0] == pytest.approx(expected, rel=1e-10)


def test_full_stack_agrees_with_another_inversion_and_more_digits():
    """De Hoog's Fourier series knows nothing of Talbot's contour; 40 digits instead of 24 must change nothing."""
    stack = Stack(LAYERS, heated=len(BELOW), top_coefficient=10.0)
    times = [1e-9, 1e-7, 2e-6, 1e-3, 1.0]
    computed = pulse_rise(stack, power_density=KW_CM2, width=inf, times=times)
    finer = pulse_rise(stack, power_density=KW_CM2, width=inf, times=times, digits=40)
    assert computed == pytest.approx(finer, rel=1e-14)
    for time, rise in zip(times, computed, strict=True):
        with mp.workdps(30):
            other = KW_CM2 * float(mp.invertlaplace(lambda p: _impedance(stack, p) / p, time, method="dehoog"))
        assert rise == pytest.approx(other, rel=1e-9)


def test_pulse_is_the_difference_of_two_steps():
    stack = Stack(LAYERS, heated=len(BELOW))
    on = pulse_rise(stack, power_density=KW_CM2, width=inf, times=[22e-6, 20e-6])
    pulse = pulse_rise(stack, power_density=KW_CM2, width=2e-6, times=[22e-6])
    assert pulse[0] == pytest.approx(on[0] - on[1], rel=1e-11)


def test_adiabatic_stack_keeps_the_energy_of_the_pulse():
    """Long after the pulse the heat is everywhere: mean = energy/heat capacity, whichever layer was heated."""
    expected = KW_CM2 * 2e-6 / slab_heat_capacity(LAYERS)
    for heated in (0, len(BELOW), len(LAYERS) - 1):
        stack = Stack(LAYERS, heated=heated, base_coefficient=0.0)
        computed = pulse_rise(stack, power_density=KW_CM2, width=2e-6, times=[1000.0])
        assert computed[0] == pytest.approx(expected, rel=1e-10)


def test_steady_rise_is_the_sum_of_resistances():
    """All heat leaves through the base: a third of the emitter's own resistance, plus what lies below it."""
    below = sum(slab.thickness / slab.thermal_conductivity + slab.contact_resistance for slab in BELOW)
    expected = KW_CM2 * (below + EMITTER.thickness / EMITTER.thermal_conductivity / 3)
    computed = pulse_rise(Stack(LAYERS, heated=len(BELOW)), power_density=KW_CM2, width=inf, times=[1000.0])
    assert computed[0] == pytest.approx(expected, rel=1e-10)
    convection = Stack(LAYERS, heated=len(BELOW), base_coefficient=50.0, top_coefficient=0.0)
    computed = pulse_rise(convection, power_density=KW_CM2, width=inf, times=[1e7])
    assert computed[0] == pytest.approx(expected + KW_CM2 / 50, rel=1e-10)


def test_turning_the_stack_over_changes_nothing():
    """A contact belongs to the layer below it, so turned over it moves by one: both walks must see the same stack."""
    contacts = [slab.contact_resistance for slab in LAYERS[-2::-1]] + [0.0]
    turned = [replace(slab, contact_resistance=contact) for slab, contact in zip(LAYERS[::-1], contacts, strict=True)]
    upright = Stack(LAYERS, heated=len(BELOW), base_coefficient=1e4, top_coefficient=10.0)
    over = Stack(turned, heated=len(ABOVE), base_coefficient=10.0, top_coefficient=1e4)
    times = [1e-8, 2e-6, 1e-2]
    computed = [pulse_rise(stack, power_density=KW_CM2, width=1e-6, times=times) for stack in (upright, over)]
    assert computed[0] == pytest.approx(computed[1], rel=1e-12)


def test_disk_centre_is_the_error_function_integral():
    """ierfc(x) = exp(-x^2)/sqrt(pi) - x erfc(x), as printed, where its cancellation is harmless."""
    time = 50e-6
    length = sqrt(GLASS_DIFFUSIVITY * time)
    x = 25e-6 / (2 * length)
    ierfc = np.exp(-(x**2)) / sqrt(pi) - x * (1 - erf(x))
    expected = 2 * KW_CM2 * length / 1.38 * (1 / sqrt(pi) - ierfc)
    computed = half_space.disk_centre(**DISK, diffusivity=GLASS_DIFFUSIVITY, time=time)
    assert computed == pytest.approx(expected, rel=1e-12)
