"""Modes of planar stacks: complete lists against stored digits, closed forms, finite elements and invariances."""

import json
import math
import re
from cmath import sqrt
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpc, mpf
from oracles.slab_modes_oracle import DATA, Problem, count

from femled.errors import ConvergenceError, InputError
from femled.optics.graded import graded_modes
from femled.optics.slab import slab_modes

CASES = {f"{case['name']}, {case['kind']}": case for case in json.loads(DATA.read_text(encoding="utf-8"))["cases"]}
BOUND = [name for name, case in CASES.items() if case["kind"] == "bound"]
LEAKY = [name for name, case in CASES.items() if case["kind"] == "leaky"]
NM = 1e-9
AG, AL = 0.04 + 5.4j, 2.77 + 8.35j
CHILWELL = {
    "indices": [1.5, 1.66, 1.60, 1.53, 1.66, 1.0],
    "thicknesses": [500 * NM] * 4,
    "wavelength": 632.8 * NM,
}
GUIDE = {"indices": [1.5, 2.5, 1.0], "thicknesses": [500 * NM], "wavelength": 800 * NM}
# Chilwell & Hodgkinson, J. Opt. Soc. Am. A 1, 742 (1984).
PUBLISHED = {
    "TE": [1.622728682324, 1.605275698095, 1.557136152294, 1.503587112023],
    "TM": [1.620031318473, 1.594788478273, 1.554980689613, 1.501817804938],
}
PUBLISHED_LEAKY = {
    "TE": [1.461856641446 + 0.00715587065j, 1.382489223034 + 0.0181658774j],
    "TM": [1.451534978453 + 0.0119235986j, 1.370664375127 + 0.0301420629j],
}


def stack_of(case):
    return {
        "indices": [complex(*pair) for pair in case["indices"]],
        "thicknesses": case["thicknesses_m"],
        "wavelength": case["wavelength_m"],
        "polarization": case["polarization"],
        "kind": case["kind"],
    }


def stored(case):
    return np.array([complex(float(re), float(im)) for re, im in case["modes"]])


def found(**stack):
    return np.array([mode.effective_index for mode in slab_modes(**stack)])


def nearest(found, wanted):
    """By how much each wanted number is missed."""
    return [np.abs(found - each).min() for each in wanted]


# Stored and published digits


@pytest.mark.parametrize("name", CASES)
def test_all_stored_modes_and_no_others_are_found_in_the_region_of_the_case(name):
    """40-digit modes counted by the argument principle; 1e-12 is asked for, measured: 2e-15."""
    case = CASES[name]
    modes = found(**stack_of(case), search=tuple(case["search"]))
    assert len(modes) == len(case["modes"])
    assert modes == pytest.approx(stored(case), rel=0, abs=1e-14)


@pytest.mark.parametrize("name", BOUND)
def test_all_stored_modes_and_no_others_are_found_in_the_region_of_the_definition(name):
    case = CASES[name]
    modes = found(**stack_of(case))
    assert len(modes) == len(case["modes"])
    assert modes == pytest.approx(stored(case), rel=0, abs=1e-14)


@pytest.mark.parametrize("name", LEAKY)
def test_leaky_modes_of_a_case_are_those_of_the_definition_that_lie_in_its_region(name):
    """By definition low < Re n_eff < high of the half-spaces and 0 < Im n_eff <= 0.15; the cases look at a part."""
    case = CASES[name]
    re_min, re_max, im_min, im_max = case["search"]
    modes = [n for n in found(**stack_of(case)) if re_min < n.real < re_max and im_min < n.imag < im_max]
    assert modes == pytest.approx(stored(case), rel=0, abs=1e-14)


@pytest.mark.parametrize("polarization", ["TE", "TM"])
def test_chilwell_guide_has_the_published_digits(polarization):
    """Twelve decimals are published, half a unit of the last is 5e-13; the leaky ones to nine digits of their loss."""
    assert found(**CHILWELL, polarization=polarization) == pytest.approx(PUBLISHED[polarization], rel=0, abs=5.1e-13)
    leaky = found(**CHILWELL, polarization=polarization, kind="leaky")
    assert len(leaky) == 5
    assert leaky[:2].real == pytest.approx(np.real(PUBLISHED_LEAKY[polarization]), rel=0, abs=5.1e-13)
    assert leaky[:2].imag == pytest.approx(np.imag(PUBLISHED_LEAKY[polarization]), rel=0, abs=5.1e-11)


def test_silicon_slab_has_the_textbook_digits():
    modes = found(indices=[1.444, 3.4757, 1.444], thicknesses=[220 * NM], wavelength=1550 * NM)
    assert modes == pytest.approx([2.84748554, 2.05309751], rel=0, abs=5e-9)


@pytest.mark.parametrize("turned", [False, True])
def test_one_metal_interface_has_its_closed_form(turned):
    """n_eff = sqrt(ea eb/(ea + eb)), with no film at all: round-off."""
    metal = -19 + 0.53j
    indices = [2.0, sqrt(metal)]
    (n_eff,) = found(indices=indices[::-1] if turned else indices, thicknesses=[], wavelength=800 * NM)
    assert n_eff == pytest.approx(sqrt(metal * 4 / (metal + 4)), rel=2e-15)
    assert n_eff == pytest.approx(2.250645814842191 + 0.008362465303485j, abs=2e-15)


def test_symmetric_slab_solves_its_textbook_equation():
    """kappa tan(kappa t/2) = gamma or -kappa cot(kappa t/2) = gamma (TE): residuals at round-off times slope."""
    k0, t = 2 * math.pi / (800 * NM), 1200 * NM
    modes = found(indices=[1.5, 2.0, 1.5], thicknesses=[t], wavelength=800 * NM, polarization="TE").real
    kappa, gamma = k0 * np.sqrt(4 - modes**2), k0 * np.sqrt(modes**2 - 2.25)
    even = np.abs(kappa * np.sin(kappa * t / 2) - gamma * np.cos(kappa * t / 2))
    odd = np.abs(kappa * np.cos(kappa * t / 2) + gamma * np.sin(kappa * t / 2))
    assert len(modes) == math.ceil(k0 * t * math.sqrt(4 - 2.25) / math.pi)
    assert np.minimum(even, odd).max() < 1e-12 * k0


# Cut-off and close pairs


@pytest.mark.parametrize("thickness", [1e-9, 1e-10, 1e-11, 1e-12])
def test_mode_next_to_cut_off_keeps_its_digits(thickness):
    """TE, symmetric, thin: gamma = (k0 t/2)(n^2 - ns^2) (1 + O((k0 t)^2)) and n_eff - ns = gamma^2/(2 ns).

    g is what is solved for: it has 12 digits where n_eff - ns has none left in n_eff.
    """
    modes = slab_modes(indices=[1.5, 2.0, 1.5], thicknesses=[thickness], wavelength=800 * NM, polarization="TE")
    tau = 2 * math.pi / (800 * NM) * thickness
    (mode,) = modes
    # From gamma = kappa tan(kappa tau/2): gamma = kappa^2 tau/2 (1 + (kappa tau)^2/12), kappa^2 = n^2 - ns^2 - gamma^2.
    gamma = tau / 2 * 1.75
    for _ in range(20):
        square = 1.75 - gamma**2
        gamma = math.sqrt(square) * math.tan(math.sqrt(square) * tau / 2)
    assert mode.sides[0].real == pytest.approx(gamma, rel=1e-12)
    assert mode.effective_index.real - 1.5 == pytest.approx(gamma**2 / 3, rel=1e-3, abs=3e-16)


def test_mode_of_a_thin_metal_film_next_to_the_light_line_keeps_its_loss():
    """Long-range plasmon: the loss relative to its own size, against finite elements."""
    stack = {"indices": [1.5, AG, 1.5], "thicknesses": [2 * NM], "wavelength": 800 * NM, "polarization": "TM"}
    short, long = found(**stack)
    assert short.real > 9.9
    fem = graded_modes(**stack, tolerance=1e-12)[-1].effective_index
    assert long == pytest.approx(fem, rel=0, abs=1e-12)
    assert long.imag == pytest.approx(fem.imag, rel=1e-5)


@pytest.mark.parametrize("gap", [500, 1500, 2500, 4000, 6000, 8000])
@pytest.mark.parametrize("polarization", ["TE", "TM"])
def test_two_guides_far_apart_have_a_pair_that_closes_exponentially(gap, polarization):
    """Both within C exp(-gamma gap) of the single guide, C < 2, and as far apart as that, down to round-off."""
    stack = {"indices": [1.5, 2.0, 1.5, 2.0, 1.5], "wavelength": 800 * NM, "polarization": polarization}
    modes = found(**stack, thicknesses=[200 * NM, gap * NM, 200 * NM])
    (single,) = found(indices=[1.5, 2.0, 1.5], thicknesses=[200 * NM], wavelength=800 * NM, polarization=polarization)
    assert len(modes) == 2
    gamma = 2 * math.pi / (800 * NM) * math.sqrt(single.real**2 - 2.25)
    assert modes == pytest.approx([single, single], rel=0, abs=2 * math.exp(-gamma * gap * NM) + 1e-15)
    split = modes[0].real - modes[1].real
    assert split == pytest.approx(0, abs=1e-15) or 0.05 < split / math.exp(-gamma * gap * NM) < 1.0


@pytest.mark.parametrize(("metal", "thickness"), [(AG, 10e-6), (AL, 20e-6)])
def test_guides_on_both_sides_of_thick_metal_are_those_of_each_alone(metal, thickness):
    """exp(-2 k0 5.4 x 10 um) is nothing: the list is that of both guides on a metal half-space, to round-off."""
    films = [200 * NM, thickness, 300 * NM]
    both = found(indices=[1.5, 2.0, metal, 2.1, 1.5], thicknesses=films, wavelength=800 * NM)
    below = found(indices=[1.5, 2.0, metal], thicknesses=films[:1], wavelength=800 * NM)
    above = found(indices=[1.5, 2.1, metal], thicknesses=films[2:], wavelength=800 * NM)
    alone = [*below, *above]
    assert len(both) == len(alone)
    assert max(nearest(both, alone)) < 1e-13


def test_degenerate_pair_on_both_sides_of_thick_metal_is_two_modes():
    """Both guides are alike: a double zero, known as two from the winding number."""
    pair = found(
        indices=[1.5, 2.0, AG, 2.0, 1.5],
        thicknesses=[200 * NM, 10e-6, 200 * NM],
        wavelength=800 * NM,
        polarization="TE",
    )
    single = found(indices=[1.5, 2.0, AG], thicknesses=[200 * NM], wavelength=800 * NM, polarization="TE")
    assert pair == pytest.approx([*single, *single], rel=0, abs=1e-12)


@pytest.mark.parametrize("polarization", ["TE", "TM"])
def test_thick_guide_has_all_its_modes(polarization):
    """30 um of 2.5 on 1.5 in air: 1 + floor((k0 t sqrt(n^2 - ns^2) - phi)/pi), tan phi = p sqrt(ns^2 - 1)/..."""
    ns, n, k0t = 1.5, 2.5, 2 * math.pi / (800 * NM) * 30e-6
    ratio = n * n if polarization == "TM" else 1.0
    phi = math.atan(ratio * math.sqrt((ns**2 - 1) / (n**2 - ns**2)))
    modes = found(indices=[ns, n, 1.0], thicknesses=[30e-6], wavelength=800 * NM, polarization=polarization)
    assert len(modes) == 1 + math.floor((k0t * math.sqrt(n**2 - ns**2) - phi) / math.pi)
    assert len(np.unique(modes)) == len(modes)


def test_guide_too_thick_for_doubles_is_refused_in_words():
    with pytest.raises(ConvergenceError, match="too thick in wavelengths"):
        slab_modes(indices=[1.5, 2.5, 1.0], thicknesses=[1e-3], wavelength=800 * NM, polarization="TE")


# Half-spaces


@pytest.mark.parametrize("k", [1e-1, 1e-3, 1e-6, 1e-9, 1e-12])
def test_lossy_half_space_is_a_small_change_of_a_lossless_one(k):
    """n_eff moves by i k d n_eff/d n, to second order, and no mode is lost or gained at the cut through the region."""
    lossy = slab_modes(**GUIDE | {"indices": [1.5 + 1j * k, 2.5, 1.0]})
    lossless = slab_modes(**GUIDE)
    assert len(lossy) == len(lossless) or k > 1e-3
    for mode, other in zip(lossy, lossless, strict=False):
        wanted = other.effective_index + 1j * k * other.index_derivatives[0]
        assert mode.effective_index == pytest.approx(wanted, rel=0, abs=5 * k * k + 1e-14)


@pytest.mark.parametrize("difference", [0.0, 1e-15, 1e-12, 1e-9, 1e-6])
@pytest.mark.parametrize("k", [0.0, 1e-6])
def test_half_spaces_that_are_nearly_alike_are_no_special_case(difference, k):
    one = found(indices=[1.444 + 1j * k, 3.4757, 1.444 + 1j * k], thicknesses=[220 * NM], wavelength=1550 * NM)
    other = found(
        indices=[1.444 + 1j * k, 3.4757, 1.444 + difference + 1j * k], thicknesses=[220 * NM], wavelength=1550 * NM
    )
    assert len(other) == 2
    assert other == pytest.approx(one, rel=0, abs=difference + 2e-13)


def test_gain_in_one_half_space_balances_loss_in_the_other():
    """PT-symmetric: real n_eff below the threshold."""
    guide = {"thicknesses": [200 * NM], "wavelength": 800 * NM, "polarization": "TE"}
    (n_eff,) = found(indices=[1.5 - 0.01j, 2.0, 1.5 + 0.01j], **guide)
    assert abs(n_eff.imag) < 1e-14
    assert n_eff.real == pytest.approx(found(indices=[1.5, 2.0, 1.5], **guide)[0].real, abs=1e-4)


def test_films_that_match_their_neighbours_change_nothing():
    """A film of the substrate's index, three films of one index, a film of the cover's index."""
    plain = found(**GUIDE)
    stretched = found(
        indices=[1.5, 1.5, 2.5, 2.5, 2.5, 1.0, 1.0],
        thicknesses=[300 * NM, 100 * NM, 250 * NM, 150 * NM, 700 * NM],
        wavelength=800 * NM,
    )
    assert stretched == pytest.approx(plain, rel=0, abs=1e-14)


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith(("25 modes", "ARROW"))])
def test_mirrored_stack_has_the_same_modes(name):
    stack = stack_of(CASES[name])
    turned = stack | {"indices": stack["indices"][::-1], "thicknesses": stack["thicknesses"][::-1]}
    assert found(**turned) == pytest.approx(found(**stack), rel=0, abs=2e-14)


@pytest.mark.parametrize("name", BOUND[::3])
def test_film_split_in_two_changes_nothing(name):
    stack = stack_of(CASES[name])
    indices, films = stack["indices"], stack["thicknesses"]
    split = {
        "indices": [indices[0], indices[1], *indices[1:]],
        "thicknesses": [0.3 * films[0], 0.7 * films[0], *films[1:]],
    }
    assert found(**stack | split) == pytest.approx(found(**stack), rel=0, abs=2e-14)


# Plasmons


@pytest.mark.parametrize("metal", [AG, AL])
@pytest.mark.parametrize("thickness", [1, 2, 3, 5, 8, 12, 20])
@pytest.mark.parametrize("inside", [True, False])
def test_metal_films_and_gaps_have_all_plasmons_that_propagate(metal, thickness, inside):
    """Down to 1 nm, n_eff up to 20: finite elements without any right edge find the same ones with Im < Re n_eff."""
    indices = [1.5, metal, 1.5] if inside else [metal, 1.5, metal]
    stack = {"indices": indices, "thicknesses": [thickness * NM], "wavelength": 800 * NM, "polarization": "TM"}
    low = 1.5 if inside else 0.0
    fem = [mode.effective_index for mode in graded_modes(**stack, search=(low, 150.0, -0.1, 20.0))]
    fem = [n for n in fem if n.imag < n.real]
    assert found(**stack) == pytest.approx(fem, rel=1e-10, abs=0)


def test_short_range_plasmon_follows_its_electrostatic_limit():
    """n_eff = log((em - ed)/(em + ed) ...)/(k0 t), coth-like, where retardation is nothing: n_eff >> n_d."""
    t, em, ed = 0.3 * NM, AG**2, 2.25
    n_eff = found(indices=[1.5, AG, 1.5], thicknesses=[t], wavelength=800 * NM, polarization="TM")[0]
    static = np.log((em - ed) / (em + ed)) / (2 * math.pi / (800 * NM) * t)
    assert n_eff == pytest.approx(static, rel=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_no_wave_is_returned_that_decays_faster_than_it_goes(seed):
    draw = np.random.default_rng(seed)
    for _ in range(8):
        indices = [draw.uniform(1, 2), AL, draw.uniform(1, 2.5), AG, draw.uniform(1, 2)]
        modes = found(indices=indices, thicknesses=draw.uniform(2, 40, 3) * NM, wavelength=800 * NM)
        assert all(-1e-14 < n.imag < n.real for n in modes)


# Random stacks against finite elements


def index(absorbing=0.0, amplifying=0.0):
    """1.3 .. 3, with k up to `absorbing` or down to -`amplifying`."""
    k = st.sampled_from([0.0, 0.0, 1e-3, 0.03, absorbing]) if absorbing else st.just(0.0)
    k = st.one_of(k, st.sampled_from([-1e-3, -amplifying])) if amplifying else k
    return st.builds(complex, st.integers(1300, 3000).map(lambda n: n / 1000), k)


THIN = st.integers(20, 8000).map(lambda t: t * 1e-10)


@st.composite
def stacks(draw, films, *, metal=False, lossy_ends=False, most=6):
    count = draw(st.integers(0, most))
    layers = [draw(films) for _ in range(count)]
    thicknesses = [draw(THIN) for _ in range(count)]
    if metal and count:
        position = draw(st.integers(0, count - 1))
        layers[position] = draw(st.sampled_from([AG, AL, 0.2 + 3j]))
        thicknesses[position] = draw(st.integers(15, 600)) * 1e-10
    ends = st.integers(1000, 2000).map(lambda n: n / 1000)
    k = st.sampled_from([0.0, 1e-4, 0.02, 0.2]) if lossy_ends else st.just(0.0)
    return {
        "indices": [complex(draw(ends), draw(k)), *layers, complex(draw(ends), draw(k))],
        "thicknesses": thicknesses,
        "wavelength": draw(st.sampled_from([450 * NM, 800 * NM])),
        "polarization": draw(st.sampled_from(["TE", "TM"])),
    }


KINDS_OF_STACK = {
    "lossless": stacks(index()),
    "lossy": stacks(index(absorbing=0.3), lossy_ends=True),
    "gain": stacks(index(absorbing=0.1, amplifying=0.02)),
    "metal": stacks(index(absorbing=0.1), metal=True, most=5),
}


def both_routes(stack, kind="bound"):
    """Effective indices from here and from finite elements, in the same region."""
    modes = slab_modes(**stack, kind=kind)
    if not stack["thicknesses"] or not modes.regions:
        return None
    region = modes.regions[stack["polarization"]]
    limits = (region.low, region.high, max(region.gain, 0.0) if kind == "leaky" else region.gain, region.loss)
    try:
        fem = graded_modes(**stack, kind=kind, search=limits)
    except ConvergenceError:
        return None  # a tolerance that the elements do not reach
    return [m.effective_index for m in modes], [m.effective_index for m in fem if region.contains(m.effective_index)]


def agree(stack, kind="bound"):
    """Same count and the same numbers to 1e-10, the tolerance of the finite elements; measured 3e-13."""
    routes = both_routes(stack, kind)
    if routes:
        modes, fem = (np.array(route) for route in routes)
        assert len(modes) == len(fem)
        assert max(nearest(modes, fem), default=0.0) < 1e-10
        assert max(nearest(fem, modes), default=0.0) < 1e-10
        if all(n.imag >= 0 for n in stack["indices"]):
            assert all(n.imag > -1e-13 for n in modes)


@pytest.mark.parametrize("flavour", KINDS_OF_STACK)
def test_random_stacks_have_the_modes_that_finite_elements_find(flavour):
    @settings(derandomize=True, deadline=None, max_examples=80, database=None)
    @given(KINDS_OF_STACK[flavour])
    def check(stack):
        agree(stack)

    check()


@pytest.mark.parametrize("flavour", ["lossless", "lossy"])
def test_random_stacks_have_the_leaky_modes_that_finite_elements_find(flavour):
    films = index() if flavour == "lossless" else index(absorbing=0.3)

    @settings(derandomize=True, deadline=None, max_examples=80, database=None)
    @given(stacks(films))
    def check(stack):
        agree(stack, "leaky")

    check()


@pytest.mark.slow
@pytest.mark.parametrize("flavour", KINDS_OF_STACK)
def test_many_random_stacks_have_the_modes_that_finite_elements_find(flavour):
    @settings(derandomize=True, deadline=None, max_examples=500, database=None)
    @given(KINDS_OF_STACK[flavour])
    def check(stack):
        agree(stack)

    check()


@pytest.mark.parametrize("seed", range(8))
def test_length_of_the_list_is_the_winding_number_in_many_digits(seed):
    """The oracle's mismatch turns as often round the region as modes are listed: other equations, 30 digits."""
    draw = np.random.default_rng(seed)
    indices = [1.5, *draw.uniform(1.4, 2.6, 3), 1.0]
    indices[1 + seed % 3] += 1j * draw.uniform(0, 0.05)
    if seed % 2:
        indices[2] = AG
    films = draw.uniform(10, 300, 3) * NM
    polarization = ("TE", "TM")[seed // 2 % 2]
    box = (1.5 + 1e-7, 30.0 if polarization == "TM" and seed % 2 else 2.8, -0.05, 1.0)
    listed = slab_modes(indices=indices, thicknesses=films, wavelength=800 * NM, polarization=polarization, search=box)
    with mp.workdps(30):
        problem = Problem(
            indices=tuple(mpc(n) for n in indices),
            thicknesses=tuple(mpf(t) for t in films),
            wavelength=mpf(800 * NM),
            polarization=polarization,
            kind="bound",
        )
        assert count(problem, box, pieces=64) == len(listed)


# Region of search


def test_search_narrows_and_widens():
    whole = found(**GUIDE, polarization="TE")
    assert found(**GUIDE, polarization="TE", search=(2.0, 2.5, -0.1, 0.1)) == pytest.approx(
        [n for n in whole if n.real > 2.0], rel=0, abs=1e-15
    )
    for search in [(1.5, 100.0, -3.0, 3.0), (0.0, 3.0, -0.5, 0.5), (0.7, 3.0, -0.1, 0.1)]:
        assert found(**GUIDE, polarization="TE", search=search) == pytest.approx(whole, rel=0, abs=1e-14)


def test_parts_of_a_region_have_the_modes_of_the_whole():
    """Additivity of the winding number, in another way: borders elsewhere, coordinates perhaps another."""
    stack = {**CHILWELL, "polarization": "TM"}
    cuts = [1.5, 1.53, 1.56, 1.6, 1.7]
    parts = [n for low, high in pairwise(cuts) for n in found(**stack, search=(low, high, -0.1, 0.1))]
    assert sorted(n.real for n in parts) == pytest.approx(sorted(n.real for n in found(**stack)), rel=0, abs=1e-14)


def test_list_falls_and_says_where_it_is_complete():
    modes = slab_modes(**CHILWELL)
    real = [mode.effective_index.real for mode in modes]
    assert real == sorted(real, reverse=True)
    assert modes.message == ""
    assert set(modes.regions) == {"TE", "TM"}
    assert modes.regions["TE"].low == 1.5


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ({"indices": [1.5, 1.4, 1.0], "thicknesses": [1e-7]}, "no film .* is denser than the half-spaces"),
        ({"indices": [1.5, 1.6, 1.0], "thicknesses": [1e-9]}, "too thin"),
        ({"indices": [1.5, 1.0], "thicknesses": []}, "no film between"),
        ({"indices": [1.5, 2.0, 1.5], "thicknesses": [1e-7], "kind": "leaky"}, "half-spaces are alike"),
    ],
)
def test_empty_list_says_why(stack, words):
    modes = slab_modes(**{"wavelength": 800 * NM, **stack})
    assert modes == []
    assert re.search(words, modes.message)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"thicknesses": [-1e-9]}, r"thicknesses\[0\]"),
        ({"thicknesses": [0.0]}, r"thicknesses\[0\]"),
        ({"thicknesses": [float("nan")]}, r"thicknesses\[0\]"),
        ({"thicknesses": [500]}, "metres are meant"),
        ({"thicknesses": [1e-7, 1e-7]}, "do not fit"),
        ({"indices": [1.5, float("nan"), 1.0]}, r"indices\[1\]"),
        ({"indices": [1.5, -2.0, 1.0]}, "negative real part"),
        ({"indices": []}, "do not fit"),
        ({"wavelength": 800}, "metres are meant"),
        ({"wavelength": float("nan")}, "wavelength"),
        ({"wavelength": -8e-7}, "wavelength"),
        ({"polarization": "te"}, "nearest: TE"),
        ({"kind": "guided"}, "nearest: bound"),
        ({"search": (1, 2, 3)}, "four numbers"),
        ({"search": (2, 1, 0, 1)}, "re_min < re_max"),
        ({"search": (1, 2, 1, 0)}, "im_min < im_max"),
        ({"search": (float("nan"), 2, 0, 1)}, "four numbers"),
        ({"search": 5}, "four numbers"),
        ({"search": "abcd"}, "four numbers"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(change, words):
    with pytest.raises(InputError, match=words) as refusal:
        slab_modes(**GUIDE | change)
    assert "\n" not in str(refusal.value)


def test_nothing_is_warned_of_and_numpy_is_left_as_it_was(recwarn):
    before = np.geterr()
    slab_modes(indices=[1.5, 2.0, AL, 2.0, AG], thicknesses=[2e-6, 5e-9, 1e-6], wavelength=450 * NM)
    assert len(recwarn) == 0
    assert np.geterr() == before
