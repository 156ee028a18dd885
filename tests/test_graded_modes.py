"""Modes of graded films by finite elements: multiple-precision modes, closed forms of graded profiles, invariances."""

import json
from itertools import pairwise

import numpy as np
import pytest
from mpmath import besselj, bessely, findroot, mp, mpc, mpf
from oracles.slab_modes_oracle import DATA

from femled.errors import ConvergenceError, InputError
from femled.optics.elements import Element, Mesh, lobatto
from femled.optics.graded import graded_modes
from femled.optics.open_films import OpenFilms

CASES = {f"{case['name']}, {case['kind']}": case for case in json.loads(DATA.read_text(encoding="utf-8"))["cases"]}
REFERRED = [name for name, case in CASES.items() if "references" in case]
NM = 1e-9
CHILWELL = {
    "indices": [1.5, 1.66, 1.60, 1.53, 1.66, 1.0],
    "thicknesses": [500 * NM] * 4,
    "wavelength": 632.8 * NM,
}
# An exponential film whose index rises from 1.7 to 2.1 over 900 nm, plain and absorbing, on glass under air.
RISE = np.log(2.1 / 1.7) / 900e-9
EXPONENTIAL = {"plain": 1.7, "absorbing": 1.7 * np.exp(0.02j)}


def complexes(pairs):
    return np.array([complex(float(re), float(im)) for re, im in pairs])


def stack_of(case):
    return {
        "indices": [complex(*pair) for pair in case["indices"]],
        "thicknesses": case["thicknesses_m"],
        "wavelength": case["wavelength_m"],
        "polarization": case["polarization"],
        "kind": case["kind"],
        "search": tuple(case["search"]),
    }


def indices_of(modes):
    return np.array([mode.effective_index for mode in modes])


@pytest.mark.parametrize("name", CASES)
def test_all_stored_modes_and_no_others_are_found_to_thirteen_decimals(name):
    """40-digit modes, counted by the argument principle; measured: 2e-15 at most."""
    found = indices_of(graded_modes(**stack_of(CASES[name])))
    stored = complexes(CASES[name]["modes"])
    assert len(found) == len(stored)
    assert found == pytest.approx(stored, rel=0, abs=1e-13)


@pytest.mark.parametrize(
    "name", ["Chilwell, TE, bound", "Ag film of 20 nm in glass, TM, bound", "pixel, Al top, TM, bound"]
)
def test_region_of_search_may_be_left_to_the_definition(name):
    stack = stack_of(CASES[name])
    del stack["search"]
    assert indices_of(graded_modes(**stack)) == pytest.approx(complexes(CASES[name]["modes"]), rel=0, abs=1e-13)


@pytest.mark.parametrize("name", ["Chilwell leaky, TM, leaky", "ARROW, TE, leaky"])
def test_leaky_region_may_be_left_to_the_definition(name):
    """0 < Im n_eff < 0.15 between the half-spaces: the modes of the narrower region are among them."""
    stack = stack_of(CASES[name])
    del stack["search"]
    found = indices_of(graded_modes(**stack))
    for n_eff in complexes(CASES[name]["modes"]):
        assert np.abs(found - n_eff).min() < 1e-13


def sech_stack(**fields):
    """n^2 = n_c^2 + dn2 sech^2((z - z0)/w), cut off where the sech^2 is below 1e-16."""
    n_c, dn2, w, half = 1.5, 0.5, 0.6e-6, 19.5 * 0.6e-6

    def profile(z):
        return np.sqrt(n_c**2 + dn2 / np.cosh((z - half) / w) ** 2)

    return {"indices": [n_c, profile, n_c], "thicknesses": [2 * half], "wavelength": 800 * NM, **fields}


def test_sech_squared_profile_has_its_closed_form():
    """n_eff^2 = n_c^2 + ((s - m)/(k0 w))^2, s (s + 1) = k0^2 w^2 dn2 (Poeschl & Teller), m = 0, 1 .. < s."""
    k0, w = 2 * np.pi / (800 * NM), 0.6e-6
    s = (np.sqrt(1 + 4 * k0**2 * w**2 * 0.5) - 1) / 2
    wanted = [np.sqrt(1.5**2 + ((s - m) / (k0 * w)) ** 2) for m in range(int(s) + 1)]
    found = graded_modes(**sech_stack(polarization="TE"))
    assert indices_of(found) == pytest.approx(np.array(wanted), rel=0, abs=1e-13)


def test_field_of_the_sech_squared_profile_is_a_power_of_sech():
    """m = 0: E = sech(x/w)^s, at heights that are no nodes and in both half-spaces; odd for m = 1."""
    k0, w, half = 2 * np.pi / (800 * NM), 0.6e-6, 19.5 * 0.6e-6
    s = (np.sqrt(1 + 4 * k0**2 * w**2 * 0.5) - 1) / 2
    first, second, _ = graded_modes(**sech_stack(polarization="TE"))
    z = np.linspace(-1e-6, 2 * half + 1e-6, 301)
    wanted = 1 / np.cosh((z - half) / w) ** s
    assert first.field(z) / first.field(half) == pytest.approx(wanted, rel=0, abs=1e-11)
    assert second.field(half - z) == pytest.approx(-second.field(half + z), rel=0, abs=1e-11)


def exponential_mismatch(n0, transverse_magnetic, leaky):
    """Continuity of the film n = n0 exp(a z), 0 < z < d, with half-spaces 1.5 and 1 (or 1 and 1.5): 0 at a mode.

    In s = k0 z with g = a/k0 and x = n0 exp(g s)/g:
    TE: E = J or Y of order n_eff/g at x;   TM: H = exp(g s) times J or Y of order sqrt(n_eff^2 + g^2)/g at x
    """
    k0 = 2 * mp.pi / mpf(800 * NM)
    g, d, n0 = mpf(RISE) / k0, mpf(900e-9) * k0, mpc(n0)

    def mismatch(n_eff):
        order = mp.sqrt(n_eff**2 + g**2) / g if transverse_magnetic else n_eff / g

        def fields(s):
            x = n0 * mp.exp(g * s) / g
            rows = []
            for bessel in (besselj, bessely):
                u, slope = bessel(order, x), g * x * bessel(order, x, derivative=1)
                if transverse_magnetic:  # u'/n^2 of exp(g s) u
                    u, slope = mp.exp(g * s) * u, mp.exp(g * s) * (g * u + slope) / (n0 * mp.exp(g * s)) ** 2
                rows.append((u, slope))
            return rows

        below = mp.sqrt(n_eff**2 - 1.5**2)  # decays: Re > 0
        if leaky:
            below = -1j * mp.sqrt(1.5**2 - n_eff**2)  # outgoing: Re kappa > 0
        above = mp.sqrt(n_eff**2 - 1)
        if transverse_magnetic:
            below = below / mpf("2.25")
        (j0, dj0), (y0, dy0) = fields(mpf(0))
        (j1, dj1), (y1, dy1) = fields(d)
        return (dj0 - below * j0) * (dy1 + above * y1) - (dy0 - below * y0) * (dj1 + above * j1)

    return mismatch


@pytest.mark.parametrize("film", EXPONENTIAL)
@pytest.mark.parametrize("polarization", ["TE", "TM"])
@pytest.mark.parametrize("kind", ["bound", "leaky"])
def test_exponential_profile_has_its_bessel_functions(film, polarization, kind):
    """The zero of the mismatch nearest to each mode found lies within 1e-13 of it."""
    n0 = complex(EXPONENTIAL[film])
    found = graded_modes(
        indices=[1.5, lambda z: n0 * np.exp(RISE * z), 1.0],
        thicknesses=[900e-9],
        wavelength=800 * NM,
        polarization=polarization,
        kind=kind,
        search=(1.5, 2.1, -0.1, 0.1) if kind == "bound" else (1.0, 1.5, 0.0, 0.3),
    )
    assert len(found) == (3 if kind == "bound" else 1)
    with mp.workdps(25):
        mismatch = exponential_mismatch(n0, polarization == "TM", kind == "leaky")
        for n_eff in indices_of(found):
            zero = findroot(mismatch, (mpc(n_eff) + 1e-6, mpc(n_eff) - 1e-6), solver="secant")
            assert abs(complex(zero) - n_eff) < 1e-13


@pytest.mark.parametrize("transverse_magnetic", [False, True])
@pytest.mark.parametrize("order", [2, 3, 4])
def test_index_converges_with_twice_the_order_of_the_elements(order, transverse_magnetic):
    """|n_eff - closed form| ~ h^(2 p): the eigenvalue has twice the order of the field."""
    n0 = EXPONENTIAL["plain"]
    (exact, *_) = graded_modes(
        indices=[1.5, lambda z: n0 * np.exp(RISE * z), 1.0],
        thicknesses=[900e-9],
        wavelength=800 * NM,
        polarization="TM" if transverse_magnetic else "TE",
    )
    counts = {2: [12, 16, 24], 3: [12, 16, 24], 4: [8, 12, 16]}[order]
    errors = []
    for count in counts:
        edges = np.linspace(0, 900e-9, count + 1)
        mesh = Mesh(tuple(Element(0, low, high - low, order) for low, high in pairwise(edges)))
        films = OpenFilms(
            mesh, [lambda z: n0 * np.exp(RISE * z)], 1.5, 1.0, 2 * np.pi / (800 * NM), transverse_magnetic
        )
        first = min(films.eigenvalues(), key=lambda sigma: abs(films.effective_index(sigma) - exact.effective_index))
        sigma, _ = films.polished(first, np.ones(mesh.node_count, dtype=complex))
        errors.append(abs(films.effective_index(sigma) - exact.effective_index))
    assert np.polyfit(np.log(counts), np.log(errors), 1)[0] == pytest.approx(-2 * order, abs=0.3)


def test_film_split_in_two_changes_nothing():
    whole = graded_modes(**CHILWELL)
    parts = graded_modes(
        **{
            **CHILWELL,
            "indices": [1.5, 1.66, 1.66, 1.60, 1.53, 1.66, 1.66, 1.0],
            "thicknesses": [170 * NM, 330 * NM, 500 * NM, 500 * NM, 1 * NM, 499 * NM],
        }
    )
    assert indices_of(parts) == pytest.approx(indices_of(whole), rel=0, abs=2e-15)


def test_constant_function_is_a_constant():
    stack = {**CHILWELL, "indices": [1.5, lambda z: np.full(z.shape, 1.66), 1.60, lambda z: 1.53, 1.66, 1.0]}
    assert indices_of(graded_modes(**stack)) == pytest.approx(indices_of(graded_modes(**CHILWELL)), rel=0, abs=2e-15)


def test_graded_stack_upside_down_has_the_same_modes():
    film, d = (lambda z: 1.7 + 0.3 * (z / 1e-6) ** 2 + 0.01j), 700 * NM
    one = graded_modes(indices=[1.5, film, 2.0, 1.0], thicknesses=[d, 100 * NM], wavelength=800 * NM)
    other = graded_modes(
        indices=[1.0, 2.0, lambda z: film(800 * NM - z), 1.5], thicknesses=[100 * NM, d], wavelength=800 * NM
    )
    assert indices_of(other) == pytest.approx(indices_of(one), rel=0, abs=2e-15)
    z = np.linspace(-300 * NM, 1100 * NM, 57)
    ratio = other[0].field(800 * NM - z) / one[0].field(z)
    assert ratio == pytest.approx(np.full(57, ratio[0]), rel=1e-11)


def test_staircase_of_many_films_approaches_the_graded_film():
    """Middles of 2 N steps instead of N: the TM error falls by 4, and its extrapolation is the graded film's n_eff."""

    def steps(count):
        middles = (np.arange(count) + 0.5) * 900e-9 / count
        films = list(EXPONENTIAL["plain"] * np.exp(RISE * middles))
        found = graded_modes(
            indices=[1.5, *films, 1.0], thicknesses=[900e-9 / count] * count, wavelength=800 * NM, polarization="TM"
        )
        return indices_of(found)[0]

    graded = graded_modes(
        indices=[1.5, lambda z: EXPONENTIAL["plain"] * np.exp(RISE * z), 1.0],
        thicknesses=[900e-9],
        wavelength=800 * NM,
        polarization="TM",
    )
    coarse, fine = steps(10), steps(20)
    exact = graded[0].effective_index
    assert (coarse - exact) / (fine - exact) == pytest.approx(4, abs=0.2)
    assert fine + (fine - coarse) / 3 == pytest.approx(exact, abs=abs(fine - exact) / 20)


@pytest.mark.parametrize("polarization", ["TE", "TM"])
def test_film_that_amplifies_is_the_complex_conjugate_of_one_that_absorbs(polarization):
    """Bound modes: n -> n* turns n_eff into its conjugate, with loss for k > 0 and gain for k < 0."""
    stack = {"thicknesses": [600 * NM], "wavelength": 800 * NM, "polarization": polarization}
    lossy = graded_modes(indices=[1.5, lambda z: 1.9 + 0.03j * z / 1e-6, 1.0], **stack)
    gaining = graded_modes(indices=[1.5, lambda z: 1.9 - 0.03j * z / 1e-6, 1.0], **stack)
    assert indices_of(gaining) == pytest.approx(indices_of(lossy).conj(), rel=0, abs=1e-14)
    assert all(mode.modal_loss > 0 for mode in lossy)
    assert all(mode.modal_loss < 0 for mode in gaining)


def test_modal_loss_of_a_thick_absorber_is_that_of_its_wave():
    """alpha -> 4 pi k/lambda as the first mode fills the film: outside is (lambda/t)^3, 6e-4."""
    (mode, *_) = graded_modes(
        indices=[1.5, 2.0 + 1e-4j, 1.5], thicknesses=[6e-6], wavelength=800 * NM, polarization="TE"
    )
    assert mode.modal_loss == pytest.approx(4 * np.pi * 1e-4 / (800 * NM), rel=1e-3)


@pytest.mark.parametrize("polarization", ["TE", "TM"])
def test_small_change_of_a_profile_shifts_the_index_by_its_overlap(polarization):
    """d n_eff = Int n dn E.E/(n_eff Int E.E) (TE), with H in TM, against central differences of step 1e-5."""

    def film(scale):
        return lambda z: 1.9 + 0.02j + 0.1 * np.sin(z / 2e-7) + scale * change(z)

    def change(z):
        return np.exp(-(((z - 3e-7) / 1.5e-7) ** 2)) * (1 + 0.5j)

    stack = {"thicknesses": [600 * NM, 50 * NM], "wavelength": 800 * NM, "polarization": polarization}
    low, middle, high = (
        graded_modes(indices=[1.5, film(scale), 1.7, 1.0], **stack, tolerance=1e-12) for scale in (-1e-5, 0, 1e-5)
    )
    assert len(middle) == 2
    for before, mode, after in zip(low, middle, high, strict=True):
        slope = (after.effective_index - before.effective_index) / 2e-5
        assert mode.index_shift(lambda z: np.where(z < 600 * NM, change(z), 0)) == pytest.approx(slope, abs=2e-9)


@pytest.mark.parametrize("name", REFERRED)
def test_shift_by_each_film_is_the_stored_derivative(name):
    """D n_eff/d n_j from multiple precision: bound and leaky, metals, gain."""
    case = CASES[name]
    heights = np.cumsum([0.0, *case["thicknesses_m"]])
    modes = graded_modes(**stack_of(case))
    for mode, row in zip(modes, case["references"], strict=True):
        derivatives = complexes(row["index_derivative"])[1:-1]
        for low, high, derivative in zip(heights[:-1], heights[1:], derivatives, strict=True):
            shift = mode.index_shift(lambda z, low=low, high=high: ((z > low) & (z < high)) + 0.0)
            assert shift == pytest.approx(derivative, rel=1e-9, abs=1e-11)


def test_kink_is_refused_unless_the_film_is_split_there():
    """A roof-shaped index: with both sides as films of one function the tolerance is met, as two films or as one."""

    def roof(z):
        return 1.9 - 0.4 * np.abs(z - 370 * NM) / 1e-6

    stack = {"wavelength": 800 * NM, "polarization": "TE"}
    with pytest.raises(
        ConvergenceError, match=r"TE modes.*still changes by .*split a film where its profile has a kink"
    ):
        graded_modes(indices=[1.5, roof, 1.0], thicknesses=[1e-6], **stack)
    split = graded_modes(indices=[1.5, roof, roof, 1.0], thicknesses=[370 * NM, 630 * NM], **stack)
    rough = graded_modes(indices=[1.5, roof, 1.0], thicknesses=[1e-6], **stack, tolerance=1e-5)
    assert max(mode.index_error for mode in split) < 1e-12
    assert indices_of(rough) == pytest.approx(indices_of(split), rel=0, abs=1e-5)


def test_function_that_jumps_at_an_interface_is_read_on_either_side():
    def both(z):
        return np.where(z < 500 * NM, 1.66, 1.60)

    stack = {**CHILWELL, "indices": [1.5, both, both, 1.53, 1.66, 1.0]}
    assert indices_of(graded_modes(**stack)) == pytest.approx(indices_of(graded_modes(**CHILWELL)), rel=0, abs=1e-12)


def test_bump_of_a_fiftieth_of_the_film_is_seen_by_the_elements():
    """A ridge of 40 nm in a film of 2 um guides as it does in a film of its own size."""

    def ridge(z):
        return 1.5 + 0.6 * np.exp(-(((z - 730 * NM) / (40 * NM)) ** 2))

    stack = {"wavelength": 800 * NM, "polarization": "TE"}
    wide = graded_modes(indices=[1.5, ridge, 1.5], thicknesses=[2e-6], **stack)
    narrow = graded_modes(indices=[1.5, ridge, ridge, ridge, 1.5], thicknesses=[500 * NM, 500 * NM, 1e-6], **stack)
    assert len(wide) == 1
    assert indices_of(wide) == pytest.approx(indices_of(narrow), rel=0, abs=1e-10)


@pytest.mark.parametrize("order", [4, 13, 30])
def test_rule_integrates_and_differentiates_polynomials_exactly(order):
    """Gauss-Lobatto: x^(2p - 1) and below; slopes of x^p."""
    rule = lobatto(order)
    powers = np.arange(2 * order)
    integrals = np.where(powers % 2, 0.0, 2 / (powers + 1))
    assert rule.weights @ rule.points[:, None] ** powers == pytest.approx(integrals, abs=2e-15)
    assert rule.slopes @ rule.points**order == pytest.approx(order * rule.points ** (order - 1), abs=1e-11)


REFUSED = {
    "polarization": ({"polarization": "TEM"}, r'polarization "TEM" is not one of "TE", "TM", "both"'),
    "kind": ({"kind": "guided"}, r'kind "guided" is not one of "bound", "leaky"'),
    "search": ({"search": (2.0, 1.0, 0.0, 0.1)}, r"search .* is not \(re_min, re_max, im_min, im_max\)"),
    "tolerance": ({"tolerance": 0.0}, r"tolerance 0 is outside 1e-13 \.\. 1e-2"),
    "wavelength": ({"wavelength": 800}, r"wavelength 800 m is outside .* .metres are meant"),
    "thickness": ({"thicknesses": [220]}, r"thicknesses\[0\] = 220 m is outside"),
    "counts": ({"thicknesses": [1e-6, 1e-6]}, r"3 indices do not fit 2 thicknesses"),
    "no film": ({"indices": [1.5, 1.0], "thicknesses": []}, r"2 indices: .* a film or more"),
    "half-space": ({"indices": [lambda z: 1.5, 2.0, 1.0]}, r"indices\[0\] is a function of height: a half-space"),
    "negative": (
        {"indices": [1.5, lambda z: -2.0 + 0 * z, 1.0]},
        r"indices\[1\] at .* m is -2.*, not a refractive index",
    ),
    "not finite": ({"indices": [1.5, lambda z: np.nan * z, 1.0]}, r"indices\[1\] at .* m is nan.*, not a refractive"),
    "shape": ({"indices": [1.5, lambda z: np.ones(3), 1.0]}, r"indices\[1\] returned float64 of shape \(3,\)"),
    "leaky": ({"indices": [1.5, 2.0, 1.5], "kind": "leaky"}, r"half-spaces of equal index 1\.5 have no leaky modes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_argument_in_one_line(name):
    fields, message = REFUSED[name]
    stack = {"indices": [1.5, 2.0, 1.0], "thicknesses": [1e-6], "wavelength": 800 * NM}
    with pytest.raises(InputError, match=message) as refusal:
        graded_modes(**{**stack, **fields})
    assert "\n" not in str(refusal.value)
