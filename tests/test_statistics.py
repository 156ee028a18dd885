"""Band filling against the exact integrals, in numbers and in compiled forms, and what it does to n_i^2."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc, expit

from femled.domain import backend
from femled.domain.regions import basix, ufl
from femled.errors import InputError
from femled.physics import elementary, fermi_dirac
from femled.physics.recombination import intrinsic_product, level_densities, net_product
from femled.physics.statistics import activity, band_numbers, families_of, filling, filling_degeneracy

dolfinx = backend.load()

VT = 0.025852
ALL = ("boltzmann", "blakemore", "fermi_dirac", "gauss_fermi")
WIDTHS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
STATED = {0.5: 0.016, 1.0: 0.012, 2.0: 0.034, 3.0: 0.058, 4.0: 0.083, 6.0: 0.18, 8.0: 0.29}
"""Largest error of the Gauss-Fermi formula, as its docstring says."""


def band(statistics, width=4.0):
    return band_numbers(statistics, width * VT if statistics == "gauss_fermi" else None, VT)


def laws(statistics, width=4.0):
    """The three functions of eta of one kind of statistics."""
    numbers, families = band(statistics, width), families_of([statistics])
    return [lambda eta, f=f: f(eta, numbers, families) for f in (filling, activity, filling_degeneracy)]


def gauss_integral(eta, width):
    """Int phi(t)/(1 + exp(s t - eta)) dt by adaptive quadrature, split where the integrand turns."""

    def integrand(t):
        return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi) * expit(eta - width * t)

    points = sorted({-45.0, -width, min(max(eta / width, -44.0), 11.0), 0.0, 12.0})
    return sum(quad(integrand, a, b, epsabs=0, epsrel=1e-10, limit=400)[0] for a, b in pairwise(points))


@pytest.mark.parametrize("eta", [-60.0, -20.0, -5.0, -1.0, 0.0, 1.0, 1.999, 2.0, 2.001, 4.0, 10.0, 30.0, 60.0])
def test_fermi_dirac_band_is_the_integral_of_order_one_half(eta):
    """F_1/2(eta) = -Li_3/2(-e^eta), and g = F_1/2/F_-1/2: 1e-12 and 3e-10 where 4e-4 would do."""
    exact = -mpmath.polylog(mpmath.mpf(3) / 2, -mpmath.exp(eta)).real
    slope = -mpmath.polylog(mpmath.mpf(1) / 2, -mpmath.exp(eta)).real
    assert fermi_dirac.occupation(eta) == pytest.approx(float(exact), rel=1e-12, abs=0)
    assert fermi_dirac.degeneracy(eta) == pytest.approx(float(exact / slope), rel=3e-10, abs=0)


@pytest.mark.parametrize("width", WIDTHS)
def test_gauss_fermi_band_has_the_accuracy_that_is_stated(width):
    """Against the integral over the Gaussian: no more than the table in the docstring, and no less than half of it."""
    occupation = laws("gauss_fermi", width)[0]
    etas = np.linspace(-(width**2) - 8 * width, 6 * width, 121)
    errors = [abs(occupation(eta) / gauss_integral(eta, width) - 1) for eta in etas]
    assert STATED[width] / 2 < max(errors) <= STATED[width]


@pytest.mark.parametrize("width", WIDTHS)
def test_gauss_fermi_band_is_half_full_at_its_centre_and_full_far_above(width):
    occupation = laws("gauss_fermi", width)[0]
    assert occupation(0.0) == pytest.approx(0.5, rel=1e-12, abs=0)
    assert occupation(700.0) == pytest.approx(1.0, rel=1e-15, abs=0)


@pytest.mark.parametrize("statistics", ALL)
def test_dilute_band_follows_boltzmann(statistics):
    """N F -> N e^eta, times e^(s^2/2) of a disordered band, which fades with exp(0.28 eta): 1e-12 at -200 V_T."""
    occupation, active, degenerate = laws(statistics)
    expected = np.exp(8.0) if statistics == "gauss_fermi" else 1.0
    assert occupation(-200.0) == pytest.approx(expected * np.exp(-200.0), rel=1e-12, abs=0)
    assert active(-200.0) == pytest.approx(expected, rel=1e-12, abs=0)
    assert degenerate(-200.0) == pytest.approx(1.0, rel=1e-12, abs=0)


def test_a_narrow_disorder_is_a_single_level():
    """s -> 0: G -> 1/(1 + exp(-eta)), to the 1.9 % by which H and K of the formula miss it."""
    occupation = laws("gauss_fermi", 0.05)[0]
    eta = np.linspace(-10, 10, 81)
    assert occupation(eta) == pytest.approx(expit(eta), rel=0.019, abs=0)


@pytest.mark.parametrize(
    ("statistics", "width"), [(one, 4.0) for one in ALL[:3]] + [("gauss_fermi", s) for s in (*WIDTHS, 12.0, 30.0)]
)
def test_numbers_stay_finite_and_degeneracy_is_the_derivative(statistics, width):
    """d ln n/d eta by central differences of 1e-4: 1e-6 of it, everywhere but on the one cell that straddles the joint.

    The slope is continuous there; only a difference across it would see the jump of the curvature. A full band, where
    n no longer changes in sixteen digits, has no measurable slope and is left out.
    """
    occupation, active, degenerate = laws(statistics, width)
    eta = np.linspace(-700, 700, 28001)
    n, a, g = occupation(eta), active(eta), degenerate(eta)
    assert all(np.isfinite(one).all() for one in (n, a, g))
    assert (np.diff(n) >= -1e-15 * n[1:]).all()
    assert (g >= 1 - 1e-12).all()
    step = 1e-4
    eta = eta[np.abs(eta) < 300]
    slope = (np.log(occupation(eta + step)) - np.log(occupation(eta - step))) / (2 * step)
    joint = {"fermi_dirac": 2.0, "gauss_fermi": -(width**2)}.get(statistics, 1e9)
    seen = (slope > 1e-4) & (np.abs(eta - joint) > 2 * step)
    assert seen.sum() > 1000
    assert slope[seen] * degenerate(eta[seen]) == pytest.approx(1.0, abs=1e-6)
    both = np.abs(eta) < 300
    assert active(eta[both]) * np.exp(eta[both]) == pytest.approx(occupation(eta[both]), rel=1e-11, abs=0)


@pytest.mark.parametrize(
    ("statistics", "joint"), [("fermi_dirac", 2.0), *(("gauss_fermi", -(s**2)) for s in (0.5, 2.0, 6.0, 12.0))]
)
def test_both_branches_meet_in_value_and_slope(statistics, joint):
    """From 1e-9 below to 1e-9 above the joint n changes by its slope, 2e-9/g, and g by no more than 1e-7."""
    occupation, _, degenerate = laws(statistics, np.sqrt(abs(joint)) if statistics == "gauss_fermi" else 4.0)
    below, above = joint - 1e-9, joint + 1e-9
    assert np.log(occupation(above) / occupation(below)) == pytest.approx(2e-9 / degenerate(joint), abs=2e-11)
    assert degenerate(above) == pytest.approx(degenerate(below), rel=1e-7, abs=0)


def test_disorder_that_the_formula_cannot_hold_is_refused():
    with pytest.raises(InputError, match="disorder of 36 kT is outside"):
        band("gauss_fermi", 36.0)


class Compiled:
    """A law as it is compiled for the equations, evaluated at the nodes of a mesh whose coordinate is eta."""

    def __init__(self, low, high, count):
        self.mesh = dolfinx.mesh.create_interval(backend.MPI.COMM_SELF, count, [low, high])
        self.eta = dolfinx.fem.Function(dolfinx.fem.functionspace(self.mesh, ("Lagrange", 1)))
        self.eta.interpolate(lambda x: x[0])
        self.points = np.array([[0.0], [1.0]])

    def values(self, expression):
        """eta and the expression at both ends of every cell."""
        cells = np.arange(self.mesh.topology.index_map(1).size_local, dtype=np.int32)
        return [
            dolfinx.fem.Expression(one, self.points).eval(self.mesh, cells).ravel() for one in (self.eta, expression)
        ]

    def symbols(self, numbers):
        """The numbers of a band as the equations have them."""
        return {name: dolfinx.fem.Constant(self.mesh, value) for name, value in numbers.items()}


@pytest.fixture(scope="module")
def line():
    """From -700 to 700 V_T, with a node on no joint."""
    return Compiled(-700.0, 700.0, 5001)


@pytest.mark.parametrize("statistics", ALL)
def test_compiled_law_is_the_law_of_numbers(line, statistics):
    """Value, activity and degeneracy to 1e-12: the same formulas, but erfc by a trapezoidal rule."""
    numbers, families = band(statistics), families_of([statistics])
    for law in (filling, activity, filling_degeneracy):
        eta, values = line.values(law(line.eta, line.symbols(numbers), families))
        assert values == pytest.approx(law(eta, numbers, families), rel=1e-12, abs=0)


@pytest.mark.parametrize("statistics", ALL)
def test_compiled_derivative_is_finite_and_is_the_density_over_the_degeneracy(line, statistics):
    """dn/d eta as the Jacobian has it, against n/g: 1e-9, but for 1e-14 n where a full band no longer answers.

    Both sides of a choice are differentiated, neither may blow up where it is not meant.
    """
    numbers, families = band(statistics), families_of([statistics])
    variable = ufl.variable(line.eta)
    eta, slope = line.values(ufl.diff(filling(variable, line.symbols(numbers), families), variable))
    n, g = (law(eta, numbers, families) for law in (filling, filling_degeneracy))
    assert np.isfinite(slope).all()
    assert (np.abs(slope - n / g) <= 1e-9 * n / g + 1e-14 * n).all()


def test_cells_of_one_form_may_have_different_statistics(line):
    """All families in one expression, the family a number of the cell: each cell has its own law."""
    families = families_of(ALL)
    table = [band(one, 3.0) for one in ALL]
    space = dolfinx.fem.functionspace(line.mesh, basix.ufl.element("DG", "interval", 0, shape=(len(table[0]),)))
    data = dolfinx.fem.Function(space)
    cells = data.x.array.size // len(table[0])
    owner = np.arange(cells) % len(ALL)
    data.x.array[:] = np.array([list(one.values()) for one in table])[owner].ravel()
    symbols = {name: data[i] for i, name in enumerate(table[0])}
    for law in (filling, activity, filling_degeneracy):
        eta, values = line.values(law(line.eta, symbols, families))
        eta, values = eta.reshape(-1, 2), values.reshape(-1, 2)
        for i, statistics in enumerate(ALL):
            mine = owner == i
            assert values[mine] == pytest.approx(law(eta[mine], table[i], families_of([statistics])), rel=1e-12, abs=0)


def test_complementary_error_function_of_forms(line):
    """To 2e-13 of itself over the range that a number can hold, from 2 down to 1e-280, and finite beyond."""
    x, values = line.values(elementary.erfc(line.eta / 4))
    small = (x / 4 > -30) & (x / 4 < 25)
    assert values[small] == pytest.approx(erfc(x[small] / 4), rel=2e-13, abs=0)
    assert np.isfinite(values).all()


def test_exponential_minus_one_of_forms_keeps_small_numbers():
    """Around zero 1e-15 of itself, where exp(x) - 1 would keep nothing."""
    near = Compiled(-1e-9, 1e-9, 7)
    x, values = near.values(elementary.expm1(near.eta))
    assert values == pytest.approx(np.expm1(x), rel=1e-15, abs=0)


def product(statistics, electron_level, hole_level, gap=1.6):
    """N p - n_i^2 in units of N_c N_v of a band pair at 0 .. -gap, with levels in eV."""
    numbers, families = band(statistics, 3.0), families_of([statistics])
    eta_n, eta_p = electron_level / VT, (-gap - hole_level) / VT
    n, p = (filling(eta, numbers, families) for eta in (eta_n, eta_p))
    active = (activity(eta, numbers, families) for eta in (eta_n, eta_p))
    intrinsic = intrinsic_product(1.0, np.exp(-gap / VT), *active)
    return net_product(n, p, intrinsic, (electron_level - hole_level) / VT), n * p, intrinsic


@pytest.mark.parametrize("statistics", ALL)
@pytest.mark.parametrize("level", [-1.7, -0.8, 0.0, 0.3])
def test_nothing_recombines_at_a_common_level(statistics, level):
    """Exactly zero, and n_i^2 is the product that is there, to 1e-12, however full the bands are."""
    net, present, intrinsic = product(statistics, level, level)
    assert net == 0.0
    assert intrinsic == pytest.approx(present, rel=1e-12, abs=0)


@pytest.mark.parametrize("statistics", ALL)
def test_net_product_keeps_its_digits_near_equilibrium_and_is_finite_at_any_bias(statistics):
    """n p x for a small splitting x = 1e-9 V_T; n p for a large one; -n_i^2 under a reverse bias of 200 V."""
    small, present, _ = product(statistics, -0.8 + 1e-9 * VT, -0.8)
    assert small == pytest.approx(1e-9 * present, rel=1e-6, abs=0)
    large, present, _ = product(statistics, 0.2, -1.8)
    assert large == pytest.approx(present, rel=1e-12, abs=0)
    one_volt, present, intrinsic = product(statistics, -0.5, -1.1)
    assert one_volt == pytest.approx(present - intrinsic, rel=1e-12, abs=0)
    numbers, families = band(statistics, 3.0), families_of([statistics])
    intrinsic = intrinsic_product(1.0, np.exp(-1.6 / VT), activity(-200.0, numbers, families), 1.0)
    assert net_product(0.0, 0.0, intrinsic, -200 / VT) == pytest.approx(-intrinsic, rel=1e-12, abs=0)


def test_net_product_of_forms_has_a_slope_at_equilibrium(line):
    """d(n p - n_i^2)/dx = n p at x = 0, from either side and on the spot: a Jacobian without it would stall."""
    x = ufl.variable(line.eta)
    for n, p, intrinsic in ((2.0, 3.0, 6.0),):
        net = net_product(n, p, intrinsic, x)
        eta, slope = line.values(ufl.diff(net, x))
        value = line.values(net)[1]
        assert np.isfinite(slope).all()
        assert value == pytest.approx(net_product(n, p, intrinsic, eta), rel=1e-13, abs=0)
        near = np.abs(eta) < 20
        assert slope[near] == pytest.approx(6.0 * np.exp(-np.abs(eta[near])), rel=1e-12, abs=1e-14)
    spot = Compiled(0.0, 1.0, 1)
    at = ufl.variable(spot.eta)
    assert spot.values(ufl.diff(net_product(2.0, 3.0, 6.0, at), at))[1][0] == pytest.approx(6.0, rel=1e-15, abs=0)


@pytest.mark.parametrize("statistics", ALL)
def test_densities_at_a_trap_share_the_filling_of_the_bands(statistics):
    """n1 p1 = n_i^2 and n/n1 = exp((E_F - E_t)/V_T): what detailed balance asks for."""
    numbers, families = band(statistics, 3.0), families_of([statistics])
    gap, level, trap = 1.6, -0.1, -0.6
    eta = np.array([level, -gap - level]) / VT
    n, _ = filling(eta, numbers, families)
    active = activity(eta, numbers, families)
    n1, p1 = level_densities(np.exp(trap / VT), np.exp((-gap - trap) / VT), *active)
    assert n1 * p1 == pytest.approx(intrinsic_product(1.0, np.exp(-gap / VT), *active), rel=1e-12, abs=0)
    assert n / n1 == pytest.approx(np.exp((level - trap) / VT), rel=1e-12, abs=0)
