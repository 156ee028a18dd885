"""Manufactured solutions of the linear problem: third order in space, second in time, at device scale and unit scale.

Every solution is u = a(t) f(r) U(z) with what the equation then needs as source, c a' f U - a div(kappa grad f U), at
quadrature points. f is a Bessel function, so that the measure 2 pi r counts. U is built on the thermal resistance from
the base, s(z) = Int dz/kappa: U = G(s) + the steps R'' G'(s_k) of the contacts below, so that the flux kappa dU/dz =
G'(s) is continuous across layers of any conductivity. Orders are fitted over three refinements; 0.15 is what a fitted
order may be off for being measured on meshes and steps of finite size.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import j0, j1, jn_zeros

from femled.domain.layout import ContactFilm
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_space import HeatSpace

FILM = 1e-10


@dataclass(frozen=True)
class Problem:
    """A column of layers from the base up, and what its faces lose heat to.

    Args:
        layers: (thickness [m], axial kappa, radial kappa [W/m/K], rho c_p [J/m3/K], R'' [m2 K/W] to the next).
        radius: [m].
        base: [W/m2/K] inf holds it.
        outer: [W/m2/K] of top and side.
        until: [s] of transient runs.
    """

    layers: tuple
    radius: float
    base: float = np.inf
    outer: float = 0.0
    until: float = 1e-5

    def resistance(self, number):
        """s at the top of so many layers, contacts left out."""
        return sum(layer[0] / layer[1] for layer in self.layers[:number])

    def radial_number(self):
        """k in f = J0(k r): kappa k J1(k R) = h J0(k R)."""
        if self.outer == 0:
            return jn_zeros(1, 1)[0] / self.radius
        biot = self.outer * self.radius / self.layers[0][2]
        return brentq(lambda x: x * j1(x) - biot * j0(x), 1e-9, jn_zeros(0, 1)[0]) / self.radius

    def axial_number(self):
        """w and phase of G = cos(w s - phase): G' = h G at a convective base, G = 0 at a held one; -G' = h G on top."""
        total = self.resistance(len(self.layers))

        def phase(w):
            return np.pi / 2 if self.base == np.inf else np.arctan2(self.base, w)

        w = brentq(lambda w: w * total - phase(w) - np.arctan2(self.outer, w), 1e-6 / total, np.pi / total)
        return w, phase(w)

    def solution(self, domain, places):
        """f U, -div(kappa grad f U) and c at places (cells, points, dimension) in metres, layer by layer."""
        *r, z = np.moveaxis(places, -1, 0)
        k = self.radial_number() if r else 0.0
        f = j0(k * r[0]) if r else np.ones_like(z)
        w, phase = self.axial_number()
        bottom, step, group = 0.0, 0.0, 0
        u, source, capacity = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
        for number, (thickness, axial, radial, c, contact) in enumerate(self.layers):
            group += 1
            mine = domain.cell_group == group
            s = self.resistance(number) + (z[mine] - bottom) / axial
            U, second = np.cos(w * s - phase) + step, -(w**2) * np.cos(w * s - phase)
            u[mine] = f[mine] * U
            source[mine] = radial * k**2 * f[mine] * U - f[mine] * second / axial
            capacity[mine] = c
            bottom += thickness
            if contact:
                jump = -contact * w * np.sin(w * self.resistance(number + 1) - phase)
                group += 1
                film = domain.cell_group == group
                top = np.cos(w * self.resistance(number + 1) - phase) + step
                u[film] = f[film] * (top + jump * (z[film] - bottom) / FILM)
                bottom, step = bottom + FILM, step + jump
        return u, source, capacity


GLASS, ITO, PEROVSKITE, ALUMINIUM, EPOXY = (
    (1.38, 1.38, 2203 * 703),
    (5.0, 5.0, 7140 * 360),
    (0.3, 0.3, 4160 * 241.9),
    (238.0, 238.0, 2700 * 900),
    (0.2, 0.2, 1200 * 1200),
)
GRAPHITE = (10.0, 1000.0, 2000 * 710)


def layer(thickness, material, contact=0.0):
    return (thickness, *material, contact)


UNIT = (1.0, 1.0, 1e12)  # a micrometre of it takes about a second
PROBLEMS = {
    "unit": Problem((layer(1e-6, UNIT),), 1e-6, until=1.0),
    "unit, anisotropic": Problem((layer(1e-6, (0.5, 3.0, 1e12)),), 1e-6, until=1.0),
    "unit, convection everywhere": Problem((layer(1e-6, (1.0, 2.0, 1e12)),), 1e-6, base=1e6, outer=2e6, until=1.0),
    "device": Problem(
        (
            layer(100e-6, GLASS),
            layer(150e-9, ITO),
            layer(70e-9, PEROVSKITE),
            layer(100e-9, ALUMINIUM),
            layer(100e-6, EPOXY),
        ),
        150e-6,
        until=1e-2,
    ),
    "device, films": Problem(
        (
            layer(1e-6, GLASS),
            layer(150e-9, ITO),
            layer(70e-9, PEROVSKITE),
            layer(100e-9, ALUMINIUM),
            layer(0.3e-6, EPOXY),
        ),
        2e-6,
        until=1e-6,
    ),
    "device, contacts": Problem(
        (layer(1e-6, GLASS, 5e-8), layer(150e-9, ITO), layer(70e-9, PEROVSKITE, 8e-8), layer(200e-9, ALUMINIUM)),
        2e-6,
        until=1e-6,
    ),
    "device, graphite": Problem((layer(2e-6, GLASS), layer(1e-6, GRAPHITE), layer(1e-6, EPOXY)), 5e-6, until=1e-5),
    "device, convection": Problem((layer(20e-6, GLASS),), 30e-6, base=2e5, outer=1e5, until=1e-4),
}


@pytest.fixture
def meshed(solid, rectangle, surroundings):
    """Maker of the heat space of a problem on n cells by about as many."""

    def made(problem, cell, n):
        rows = []
        for number, (thickness, axial, radial, c, contact) in enumerate(problem.layers):
            material = solid(f"solid{number}", axial=axial, radial=radial, density=1.0, heat_capacity=c)
            rows.append((material, thickness, n if thickness >= 0.5e-6 else max(n // 4, 1)))
            if contact:
                rows.append((ContactFilm(contact), FILM, 1))
        domain = rectangle(cell, rows, radius=problem.radius, columns=n)
        return HeatSpace(domain, surroundings(base=problem.base, outer=problem.outer))

    return made


@pytest.fixture
def steady_errors(meshed, measure):
    """Errors of the steady field under the source of a problem, on meshes of that problem or of a wrong one."""

    def found(problem, cell, sizes, wrong=None):
        errors = []
        for n in sizes:
            space = meshed(wrong or problem, cell, n)
            exact, source, _ = problem.solution(space.domain, measure.places(space))
            errors.append(measure.error(space, LinearHeat(space, source, "layer0").steady(1.0), exact))
        return errors

    return found


SIZES = (4, 8, 16, 32)


@pytest.mark.parametrize("cell", ["quadrilateral", "triangle", "interval"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_steady_field_converges_with_third_order(name, cell, steady_errors, measure):
    """-div(kappa grad u) = q, second-order elements: the L2 error falls as h^3, to 2e-5 on the finest mesh."""
    errors = steady_errors(PROBLEMS[name], cell, SIZES)
    assert measure.order(1 / np.array(SIZES), errors) == pytest.approx(3.0, abs=0.15)
    assert errors[-1] < 2e-5


def changed(problem, position, value):
    first = problem.layers[0]
    return replace(problem, layers=((*first[:position], value, *first[position + 1 :]), *problem.layers[1:]))


MUTATIONS = {
    "axial conductivity": ("unit, anisotropic", lambda p: changed(p, 1, 1.05 * p.layers[0][1])),
    "radial conductivity": ("unit, anisotropic", lambda p: changed(p, 2, 1.05 * p.layers[0][2])),
    "contact": ("device, contacts", lambda p: changed(p, 4, 1e-13)),
    "convection of the base": ("device, convection", lambda p: replace(p, base=1.2 * p.base)),
    "convection of the outer faces": ("device, convection", lambda p: replace(p, outer=1.2 * p.outer)),
}


@pytest.mark.parametrize("term", MUTATIONS)
def test_wrong_term_stops_the_convergence(term, steady_errors):
    """The same source on a problem with one term changed: the error stays where it is, far above the right one's."""
    name, mutation = MUTATIONS[term]
    errors = steady_errors(PROBLEMS[name], "quadrilateral", (8, 16), wrong=mutation(PROBLEMS[name]))
    assert errors[1] > 0.9 * errors[0]
    assert errors[1] > 1e-3


def test_measure_without_2_pi_r_would_be_noticed(meshed, measure):
    """The source of a plane section, without f'/r: the solution is another one."""
    problem = PROBLEMS["unit"]
    space = meshed(problem, "quadrilateral", 16)
    where = measure.places(space)
    exact, source, _ = problem.solution(space.domain, where)
    k, r = problem.radial_number(), where[..., 0]
    plane = source - k * j1(k * r) / r * exact / j0(k * r)
    assert measure.error(space, LinearHeat(space, source, "layer0").steady(1.0), exact) < 1e-4
    assert measure.error(space, LinearHeat(space, plane, "layer0").steady(1.0), exact) > 0.1


class Manufactured(LinearHeat):
    """Linear heat under the source of u = a(t) f U; the amplitude of the drive is the time itself.

    a = sin^2(pi t/2 t_end) starts as the stepper expects, in equilibrium with its surroundings.
    """

    def __init__(self, space, problem, where):
        super().__init__(space, space.uniform(0.0), "layer0")
        self.until = problem.until
        self.exact, source, c = problem.solution(space.domain, where)
        self.kept, self.conducted = space.load(c * self.exact), space.load(source)

    def amplitude(self, t):
        return np.sin(np.pi * t / (2 * self.until)) ** 2

    def load(self, amplitude):
        slope = np.pi / (2 * self.until) * np.sin(np.pi * amplitude / self.until)
        load = slope * self.kept + self.amplitude(amplitude) * self.conducted
        load[self.space.fixed] = 0.0
        return load


TRANSIENT = [name for name in PROBLEMS if name not in ("unit, anisotropic", "device")]


@pytest.mark.parametrize("cell", ["quadrilateral", "triangle", "interval"])
@pytest.mark.parametrize("name", TRANSIENT)
def test_transient_field_converges_with_second_order_in_time(name, cell, meshed, measure):
    """c du/dt - div(kappa grad u) = q over 4, 8, 16 and 32 equal steps, in the middle and at the end.

    The mesh errs by 1e-5, a tenth of the last error in time.
    """
    space = meshed(PROBLEMS[name], cell, 24)
    heat = Manufactured(space, PROBLEMS[name], measure.places(space))
    worst = []
    for count in SIZES:
        steps = measure.equal_steps(heat, heat.until, count)
        at = [steps[count // 2 - 1], steps[-1]]
        worst.append(max(measure.error(space, step.u2, heat.amplitude(step.stop) * heat.exact) for step in at))
    assert measure.order(1 / np.array(SIZES), worst) == pytest.approx(2.0, abs=0.15)


@pytest.mark.parametrize("share", [0.3, 2 - np.sqrt(2), 0.7])
def test_values_within_a_step_converge_with_second_order_too(share, meshed, measure):
    """Dense output at 0.3 and 0.7 of a step, and the inner stage at 2 - sqrt(2) of it, over 16 .. 128 steps."""
    problem = PROBLEMS["device, films"]
    space = meshed(problem, "interval", 64)
    heat = Manufactured(space, problem, measure.places(space))
    counts, errors = (16, 32, 64, 128), []
    for count in counts:
        step = measure.equal_steps(heat, heat.until, count)[count // 2]
        t = step.start + share * (step.stop - step.start)
        errors.append(measure.error(space, step.at(t), heat.amplitude(t) * heat.exact))
    assert measure.order(1 / np.array(counts), errors) == pytest.approx(2.0, abs=0.15)


def test_transient_without_storage_in_one_layer_would_be_noticed(meshed, measure):
    """The 70 nm of perovskite hold a fortieth of the heat of their stack: emptied, they show."""
    problem = PROBLEMS["device, films"]
    number = 2
    empty = (*problem.layers[number][:3], 1.0, 0.0)
    wrong = replace(problem, layers=(*problem.layers[:number], empty, *problem.layers[number + 1 :]))
    right = []
    for meshed_as in (problem, wrong):
        space = meshed(meshed_as, "quadrilateral", 16)
        heat = Manufactured(space, problem, measure.places(space))
        last = measure.equal_steps(heat, heat.until, 32)[-1]
        right.append(measure.error(space, last.u2, heat.exact))
    assert right[0] < 1e-3
    assert right[1] > 5 * right[0]
