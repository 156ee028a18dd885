"""Manufactured solutions with properties that follow the temperature: kappa(T) of both directions and c_p(T).

u = T - T_ambient = a(t) f(r) U(z), with c(T) a' f U - div(kappa(T) grad u) as source. Every layer follows the same
power laws kappa = kappa_300 (T/300 K)^m: with U = G(s), s = Int dz/kappa_300, the flux is continuous across layers:

div(kappa grad u) = kappa_r u'' + (d kappa_r/dT) u_r^2 + the same in z,   u_z = f G'/kappa_300,  u'' in r = -k^2 u

The temperature runs from 230 K to 420 K: kappa and c_p change twofold.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import j0, j1, jn_zeros

from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_space import HeatSpace

AMBIENT, RISE = 300.0, 120.0


@dataclass(frozen=True)
class Problem:
    """Layers on a held base, all else adiabatic.

    Args:
        layers: (thickness [m], axial kappa, radial kappa [W/m/K], rho c_p [J/m3/K]) at 300 K.
        radius: [m].
        until: [s] of transient runs.
        exponents: m of axial kappa, radial kappa and c_p.
    """

    layers: tuple
    radius: float
    until: float
    exponents: tuple = (-1.3, 0.9, 1.5)

    def solution(self, domain, places):
        """f U, and what of the source stays when a = 1, as functions of a: u(a) and -div(kappa grad u)(a); c(a)."""
        *r, z = np.moveaxis(places, -1, 0)
        k = jn_zeros(1, 1)[0] / self.radius if r else 0.0
        f, slope = (j0(k * r[0]), -k * j1(k * r[0])) if r else (np.ones_like(z), np.zeros_like(z))
        total = sum(thickness / axial for thickness, axial, _, _ in self.layers)
        w = np.pi / (2 * total)
        s, axial, radial, capacity = (np.zeros_like(z) for _ in range(4))
        bottom, below = 0.0, 0.0
        for number, (thickness, kappa, across, c) in enumerate(self.layers):
            mine = domain.cell_group == number + 1
            s[mine] = below + (z[mine] - bottom) / kappa
            axial[mine], radial[mine], capacity[mine] = kappa, across, c
            bottom, below = bottom + thickness, below + thickness / kappa
        U = RISE * np.sin(w * s)
        Uz, Uzz = RISE * w * np.cos(w * s) / axial, -(w**2) * U / axial**2

        def source(a):
            T = AMBIENT + a * f * U
            grown = [(T / 300.0) ** m for m in self.exponents]
            along = radial * grown[1] * (-(k**2) * a * f * U + self.exponents[1] / T * (a * slope * U) ** 2)
            across = axial * grown[0] * (a * f * Uzz + self.exponents[0] / T * (a * f * Uz) ** 2)
            return -along - across

        def heat_capacity(a):
            return capacity * ((AMBIENT + a * f * U) / 300.0) ** self.exponents[2]

        return f * U, source, heat_capacity


GLASS, PEROVSKITE, ALUMINIUM, EPOXY = (
    (1.38, 1.38, 2203 * 703.0),
    (0.3, 0.3, 4160 * 241.9),
    (238.0, 238.0, 2700 * 900.0),
    (0.2, 0.2, 1200 * 1200.0),
)
PROBLEMS = {
    "unit": Problem(((1e-6, 1.0, 1.0, 1e12),), 1e-6, 1.0),
    "unit, anisotropic": Problem(((1e-6, 0.5, 3.0, 1e12),), 1e-6, 1.0),
    "device": Problem(((20e-6, *GLASS), (70e-9, *PEROVSKITE), (100e-9, *ALUMINIUM), (100e-6, *EPOXY)), 100e-6, 1e-3),
    "device, films": Problem(((1e-6, *GLASS), (70e-9, *PEROVSKITE), (100e-9, *ALUMINIUM)), 2e-6, 1e-6),
}


@pytest.fixture
def meshed(solid, rectangle, surroundings):
    """Maker of the heat space of a problem on n cells by about as many; exponents as told, or those of the problem."""

    def made(problem, cell, n, exponents=None, outer=0.0):
        m_axial, m_radial, m_capacity = exponents or problem.exponents
        rows = [
            (
                solid(
                    f"solid{number}",
                    axial=(kappa, m_axial),
                    radial=(across, m_radial),
                    density=1.0,
                    heat_capacity=(c, m_capacity),
                ),
                thickness,
                n if thickness >= 0.5e-6 else max(n // 4, 1),
            )
            for number, (thickness, kappa, across, c) in enumerate(problem.layers)
        ]
        domain = rectangle(cell, rows, radius=problem.radius, columns=n)
        return HeatSpace(domain, surroundings(ambient=AMBIENT, outer=outer))

    return made


@pytest.fixture
def steady_errors(meshed, measure):
    """Errors of the steady field under the source of a problem, with its own exponents or wrong ones."""

    def found(problem, cell, sizes, exponents=None):
        errors = []
        for n in sizes:
            space = meshed(problem, cell, n, exponents)
            exact, source, _ = problem.solution(space.domain, measure.places(space))
            u = NonlinearHeat(space, source(1.0), "layer0").steady(1.0)
            errors.append(measure.error(space, u, exact))
        return errors

    return found


SIZES = (4, 8, 16, 32)


@pytest.mark.parametrize("cell", ["quadrilateral", "triangle", "interval"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_steady_field_converges_with_third_order(name, cell, steady_errors, measure):
    """-div(kappa(T) grad u) = q: the L2 error falls as h^3, to 3e-5 on the finest mesh."""
    errors = steady_errors(PROBLEMS[name], cell, SIZES)
    assert measure.order(1 / np.array(SIZES), errors) == pytest.approx(3.0, abs=0.15)
    assert errors[-1] < 3e-5


@pytest.mark.parametrize("position", [0, 1], ids=["axial", "radial"])
def test_conductivity_that_does_not_follow_the_temperature_is_noticed(position, steady_errors):
    """With kappa as at 300 K in one direction the error does not fall with the mesh."""
    problem = PROBLEMS["unit"]
    exponents = tuple(0.0 if i == position else m for i, m in enumerate(problem.exponents))
    errors = steady_errors(problem, "quadrilateral", (8, 16), exponents)
    assert errors[1] > 0.9 * errors[0]
    assert errors[1] > 1e-2


def test_steady_column_that_convects_from_its_hot_top_converges_with_third_order(meshed, measure):
    """kappa(T) u_z = -h u at the top, where u = RISE sin(w) and w lies beyond pi/2; h is what that needs."""
    problem, errors = PROBLEMS["unit"], []
    kappa, m = problem.layers[0][1], problem.exponents[0]
    w = 2.0 / problem.layers[0][0]
    top = AMBIENT + RISE * np.sin(2.0)
    h = -kappa * (top / 300.0) ** m * w / np.tan(2.0)
    for n in SIZES:
        space = meshed(problem, "interval", n, outer=h)
        z = measure.places(space)[..., 0]
        u, uz = RISE * np.sin(w * z), RISE * w * np.cos(w * z)
        T = AMBIENT + u
        source = -kappa * (T / 300.0) ** m * (-(w**2) * u + m / T * uz**2)
        errors.append(measure.error(space, NonlinearHeat(space, source, "layer0").steady(1.0), u))
    assert measure.order(1 / np.array(SIZES), errors) == pytest.approx(3.0, abs=0.15)


class Manufactured(NonlinearHeat):
    """Nonlinear heat under the source of u = a(t) f U; the amplitude of the drive is the time itself."""

    def __init__(self, space, problem, where):
        super().__init__(space, space.uniform(0.0), "layer0")
        self.until = problem.until
        self.exact, self.conducted, self.capacity = problem.solution(space.domain, where)

    def a(self, t):
        return np.sin(np.pi * t / (2 * self.until)) ** 2

    def load(self, amplitude):
        slope = np.pi / (2 * self.until) * np.sin(np.pi * amplitude / self.until)
        a = self.a(amplitude)
        load = self.space.load(slope * self.capacity(a) * self.exact + self.conducted(a))
        load[self.space.fixed] = 0.0
        return load


@pytest.mark.parametrize("cell", ["quadrilateral", "triangle", "interval"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_transient_field_converges_with_second_order_in_time(name, cell, meshed, measure):
    """c(T) du/dt - div(kappa(T) grad u) = q over 4, 8, 16 and 32 equal steps, in the middle and at the end."""
    space = meshed(PROBLEMS[name], cell, 24)
    heat = Manufactured(space, PROBLEMS[name], measure.places(space))
    worst = []
    for count in SIZES:
        steps = measure.equal_steps(heat, heat.until, count)
        at = [steps[count // 2 - 1], steps[-1]]
        worst.append(max(measure.error(space, step.u2, heat.a(step.stop) * heat.exact) for step in at))
    assert measure.order(1 / np.array(SIZES), worst) == pytest.approx(2.0, abs=0.15)


def test_heat_capacity_that_does_not_follow_the_temperature_is_noticed(meshed, measure):
    """With c_p as at 300 K the transient misses the solution by percents, whatever the steps."""
    problem = PROBLEMS["unit"]
    for exponents, right in ((problem.exponents, True), ((*problem.exponents[:2], 0.0), False)):
        space = meshed(problem, "quadrilateral", 8, exponents)
        heat = Manufactured(space, problem, measure.places(space))
        steps = measure.equal_steps(heat, heat.until, 32)
        middle = steps[15]
        found = measure.error(space, middle.u2, heat.a(middle.stop) * heat.exact)
        assert (found < 2e-3) if right else (found > 1e-2)


def test_enthalpy_of_an_insulated_body_is_the_energy_it_was_given(solid, rectangle, surroundings, measure):
    """No face lets heat out and every point is heated alike: Int_300^T c_p dT' = q t exactly, whatever the step.

    c = c_300 (T/300)^m: T = 300 (1 + (m + 1) q t/(300 c_300))^(1/(m + 1)). 1e-8 is the stopping rule of the
    corrections.
    """
    body = solid("body", axial=(1.0, -1.3), density=1.0, heat_capacity=(1e6, 1.5))
    domain = rectangle("quadrilateral", [(body, 1e-6, 3)], radius=1e-6, columns=3)
    space = HeatSpace(domain, surroundings(base=0.0))
    power, until = 3e14, 1e-6  # the drive rises in proportion to time: energy q t^2/2
    heat = NonlinearHeat(space, space.uniform(power / until), "layer0")
    for step in measure.equal_steps(heat, until, 5):
        energy = power * step.stop**2 / until / 2
        expected = 300.0 * (1 + 2.5 * energy / (300.0 * 1e6)) ** (1 / 2.5) - 300.0
        assert step.u2 == pytest.approx(np.full(space.owned, expected), rel=1e-8)
