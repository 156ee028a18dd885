"""Zeros of known functions in a rectangle: all of them, as often as they are, or a refusal."""

import cmath
import math

import numpy as np
import pytest

from femled.errors import ConvergenceError
from femled.optics.rectangle import Rectangle
from femled.optics.zeros import ZeroOnBorderError, zeros

SQUARE = Rectangle(-1.03, 1.01, -1.02, 1.04)


class Known:
    """A function with its derivative, nowhere better computed in another way."""

    def __init__(self, function, slope):
        self.function, self.slope = function, slope

    def __call__(self, x):
        with np.errstate(all="ignore"):
            return self.function(x), self.slope(x)

    def damped_where(self, points):
        return self


class Product(Known):
    """A polynomial as the product of its factors: no digits are lost where zeros are close."""

    def __init__(self, roots):
        self.roots = np.array(roots, dtype=complex)

    def __call__(self, x):
        factors = np.asarray(x)[..., None] - self.roots
        others = [np.prod(np.delete(factors, i, axis=-1), axis=-1) for i in range(len(self.roots))]
        return np.prod(factors, axis=-1), np.sum(others, axis=0)


def ordered(values):
    return np.array(sorted(values, key=lambda x: (round(x.real, 13), x.imag)))


def inside(roots, rectangle=SQUARE):
    return [root for root in roots if rectangle.contains(np.array([root]))[0]]


def test_polynomial_has_the_roots_it_was_made_of_and_none_of_those_outside():
    """Newton's method on a product: round-off, 1e-15."""
    roots = [0.3, -0.2 + 0.5j, -0.7j, 0.9 + 0.9j, -0.95, 2.0, 1.2 - 0.3j, -3j]
    assert ordered(zeros(Product(roots), SQUARE)) == pytest.approx(ordered(inside(roots)), rel=0, abs=2e-15)


def test_sine_has_all_its_zeros_in_a_long_strip():
    """sin(x) = 0 at n pi: 63 zeros, to the spacing of doubles at 100."""
    found = zeros(Known(np.sin, np.cos), Rectangle(-100.0, 100.0, -0.5, 0.7))
    assert ordered(found) == pytest.approx(math.pi * np.arange(-31, 32), rel=0, abs=3e-14)


def test_sine_whose_border_is_sampled_at_its_period_is_not_taken_for_a_constant():
    """f'/f is the same at all first points of a long edge: only the difference of the logarithms tells."""
    rate = 24 * 2 * math.pi
    wave = Known(lambda x: np.sin(rate * x), lambda x: rate * np.cos(rate * x))
    assert len(zeros(wave, Rectangle(0.013, 1.013, -0.3, 0.4))) == 48


def test_exponential_has_no_zero_however_large_the_rectangle():
    assert len(zeros(Known(np.exp, np.exp), Rectangle(-50.0, 50.0, -50.0, 51.0))) == 0


def test_exp_minus_one_has_zeros_at_multiples_of_two_pi_i():
    found = zeros(Known(np.expm1, np.exp), Rectangle(-3.0, 3.1, -20.0, 20.5))
    assert ordered(found) == pytest.approx(2j * math.pi * np.arange(-3, 4), rel=0, abs=1e-14)


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
def test_close_pair_is_found_as_two(gap):
    """Zeros (0.3 + 0.1i) -+ gap/2 as a product: each to 1e-15, so that the gap keeps its digits down to round-off."""
    middle = 0.3 + 0.1j
    roots = [middle - gap / 2, middle + gap / 2, -0.5]
    found = ordered(zeros(Product(roots), SQUARE))
    assert found == pytest.approx(ordered(roots), rel=0, abs=1e-15)
    assert (found[2] - found[1]).real == pytest.approx(gap, rel=1e-2, abs=2e-15)


@pytest.mark.parametrize("order", [2, 3])
def test_multiple_zero_is_returned_as_often_as_it_is(order):
    """(x - 0.2)^m: f/f' is linear, so Newton's method with the known zeros divided out ends on it at round-off."""
    found = zeros(Product([0.2 + 0.05j] * order + [-0.6j]), SQUARE)
    assert len(found) == order + 1
    assert np.abs(found - (0.2 + 0.05j)).tolist().count(pytest.approx(0, abs=1e-9)) == order


def test_cluster_of_five_is_told_apart():
    roots = [0.1 + 1e-5 * cmath.exp(2j * math.pi * k / 5) for k in range(5)]
    found = zeros(Product(roots), SQUARE)
    assert len(found) == 5
    assert max(np.abs(found - root).min() for root in roots) < 1e-14


@pytest.mark.parametrize("root", [-1.03 + 0.3j, 0.2 + 1.04j, -1.03 - 1.02j, -1.03 + 0.3j + 1e-15])
def test_zero_on_the_border_is_refused(root):
    with pytest.raises(ZeroOnBorderError):
        zeros(Product([root, 0.1]), SQUARE)


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
def test_zero_next_to_the_border_is_counted_on_its_side(distance):
    roots = [-1.03 + distance + 0.3j, -1.03 - distance - 0.3j]
    assert zeros(Product(roots), SQUARE) == pytest.approx(np.array(roots[:1]), rel=0, abs=1e-15)


def test_singularity_inside_is_refused():
    """1/x winds the other way."""
    with pytest.raises(ConvergenceError, match="singularity"):
        zeros(Known(lambda x: 1 / x, lambda x: -1 / x**2), SQUARE)


def test_values_that_overflow_on_the_border_only_far_away_cost_no_zero():
    """sinh overflows beyond 710; cut into pieces, the rest is searched - and is refused where no piece is finite."""
    growing = Known(lambda x: np.exp(x * x) - 1, lambda x: 2 * x * np.exp(x * x))
    with pytest.raises(ConvergenceError, match="too thick"):
        zeros(growing, Rectangle(-100.0, 101.0, -0.5, 0.6))


def test_many_random_zeros_are_all_found():
    """Polynomials of degree 20 with zeros in the unit disc and around, seeds 0 .. 9; product form, so 1e-14."""
    for seed in range(10):
        draw = np.random.default_rng(seed)
        roots = draw.normal(size=20) * 0.8 + 1j * draw.normal(size=20) * 0.8
        wanted = inside(roots)
        assert ordered(zeros(Product(roots), SQUARE)) == pytest.approx(ordered(wanted), rel=0, abs=1e-13)


def test_the_rational_approximation_is_asked_where_moments_fail(monkeypatch):
    """Both ways lead to the same zeros."""
    import femled.optics.zeros as module

    roots = [0.3, -0.2 + 0.5j, -0.7j]
    monkeypatch.setattr(module, "_from_moments", lambda *_: np.zeros(0, dtype=complex))
    assert ordered(zeros(Product(roots), SQUARE)) == pytest.approx(ordered(roots), rel=0, abs=2e-15)
