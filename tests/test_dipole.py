"""Power of a dipole in a film: closed forms, reciprocity, residues, and the balance of every passive stack."""

import math
from itertools import pairwise
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import tmm
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.slab_poles import guided_modes
from scipy.integrate import quad

from femled.errors import InputError
from femled.optics.dipole import make_cavity, total_power
from femled.optics.dissipation import dissipation_spectrum
from femled.optics.guided import GuidedPole, guided_power, loss_shares, peaks
from femled.optics.outcoupling import outcoupling
from femled.optics.quadrature import integrate
from femled.optics.stack import make_stack

NM = 1e-9
WAVELENGTH = 800 * NM
GLASS = {"indices": [1.5, 1.5, 1.0], "thicknesses": [2000 * NM], "wavelength": WAVELENGTH, "emitter": 1}
CHILWELL = {"indices": [1.5, 1.66, 1.6, 1.53, 1.66, 1.0], "thicknesses": [500 * NM] * 4, "wavelength": 632.8 * NM}
PLASMON = {"indices": [1.5, 1.8 + 0.01j, 2.5, 0.1 + 5j], "thicknesses": [150 * NM, 70 * NM], "wavelength": 780 * NM}


def double_ito(k):
    """A film of index 2.4 between oxides and two conductors whose absorption scales with k."""
    return {
        "indices": [1.76, 1.7 + 1j * k, 1.65, 2.4, 1.9, 1.6, 1.7, 1.8 + 2j * k, 1.0],
        "thicknesses": [20 * NM, 100 * NM, 150 * NM, 20 * NM, 20 * NM, 5 * NM, 20 * NM],
        "wavelength": WAVELENGTH,
    }


def poles_of(stack, **box):
    return [
        GuidedPole(N, polarization)
        for polarization in ("TE", "TM")
        for N in guided_modes(stack["indices"], stack["thicknesses"], stack["wavelength"], polarization, **box)
    ]


def purcell(stack, emitter, orientation, heights):
    cavity = make_cavity(make_stack(**stack), emitter, orientation)
    return total_power(cavity, np.atleast_1d(heights))


@pytest.mark.parametrize("height", [5 * NM, 50 * NM, 500 * NM, 5000 * NM])
def test_dipole_before_a_perfect_mirror(height):
    """1e-9: at the least height the closed form subtracts terms of 1/x^3 = 600, and the mirror of index 1e12 i moves
    K_v by some 1e-11."""
    stack = {"indices": [1e12j, 1.5, 1.5], "thicknesses": [2 * height], "wavelength": WAVELENGTH}
    x = 4 * math.pi * 1.5 / WAVELENGTH * height
    vertical = 1 - 3 * (math.cos(x) / x**2 - math.sin(x) / x**3)
    horizontal = 1 - 1.5 * (math.sin(x) / x + math.cos(x) / x**2 - math.sin(x) / x**3)
    assert purcell(stack, 1, "vertical", height) == pytest.approx(vertical, abs=1e-9)
    assert purcell(stack, 1, "horizontal", height) == pytest.approx(horizontal, abs=1e-9)
    assert purcell(stack, 1, "isotropic", height) == pytest.approx((vertical + 2 * horizontal) / 3, abs=1e-9)


@pytest.mark.parametrize("orientation", ["vertical", "horizontal", "isotropic", 0.4])
def test_dipole_without_interfaces_is_free(orientation):
    """Exactly: every reflection is 0."""
    stack = {"indices": [1.5, 1.5, 1.5], "thicknesses": [100 * NM], "wavelength": WAVELENGTH}
    assert purcell(stack, 1, orientation, [0.0, 3 * NM, 100 * NM]) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("orientation", "share"), [("vertical", 0.04205335), ("horizontal", 0.15122303), ("isotropic", 0.11483314)]
)
def test_light_from_glass_into_air_does_not_depend_on_the_distance(orientation, share):
    """6e-9: the benchmark has eight digits; among themselves the heights agree to 1e-13."""
    at = [
        outcoupling(**GLASS, orientation=orientation, profile=z, thick_substrate=False).emissions[0].top[0]
        for z in (1 * NM, 300 * NM, 1999 * NM)
    ]
    assert at[0] == pytest.approx(share, abs=6e-9)
    assert max(at) - min(at) < 1e-13


@pytest.mark.parametrize("height", [2.5 * NM, 20 * NM, 150 * NM])
@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_dipole_before_aluminium_agrees_with_mpmath(orientation, height):
    """The textbook integral over u with 20 digits; contour and real axis both agree to 1e-12 at K = 433."""
    n, metal = 2.4, 2.3 + 7.6j
    ratio, k = mpmath.mpc(metal) ** 2 / n**2, 2 * mpmath.pi * n / WAVELENGTH

    def density(u):
        root = mpmath.sqrt(1 - u * u)
        beyond = mpmath.sqrt(ratio - u * u)
        r_p, r_s = (ratio * root - beyond) / (ratio * root + beyond), (root - beyond) / (root + beyond)
        wave = mpmath.exp(2j * root * k * height)
        if orientation == "vertical":
            return mpmath.re(1.5 * u**3 / root * (1 + r_p * wave))
        return mpmath.re(0.75 * u * ((1 + r_s * wave) / root + root * (1 - r_p * wave)))

    with mpmath.workdps(20):
        rule = {"method": "gauss-legendre"}
        free = mpmath.quad(
            lambda t: density(mpmath.sin(t)) * mpmath.cos(t), mpmath.linspace(0, mpmath.pi / 2, 4), **rule
        )
        marks = [0, 0.3, 0.6, 1, 1.5, 2, 3, 4, 5, 6, 7, 7.6]
        bound = mpmath.quad(lambda s: density(mpmath.cosh(s)) * mpmath.sinh(s), marks, **rule)
    stack = {"indices": [metal, n, n], "thicknesses": [2 * height], "wavelength": WAVELENGTH}
    got = outcoupling(**stack, emitter=1, orientation=orientation, profile=height, thick_substrate=False).emissions[0]
    assert got.purcell[0] == pytest.approx(float(free + bound), rel=1e-12)
    assert got.fate.received.sum() == pytest.approx(float(free + bound), rel=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.4, 0.8, 1.3])
@pytest.mark.parametrize("facet", ["top", "bottom"])
def test_radiation_is_the_field_of_a_plane_wave_from_there(facet, angle):
    """Reciprocity: I = 3/(8 pi) (n_out/n) |p.E|^2 with E of a wave of unit field from that angle (tmm), to 1e-12.

    Horizontal dipoles are averaged over the azimuth. Waves in the substrate at 0.8 and 1.3 are above the index of air.
    """
    stack = double_ito(0.02) | {"emitter": 3}
    indices, lengths, height = stack["indices"], stack["thicknesses"], 40 * NM
    turned = facet == "top"
    media = indices[::-1] if turned else indices
    films = lengths[::-1] if turned else lengths
    layer, depth = (5, lengths[2] - height) if turned else (3, height)
    field = {}
    for polarization in "sp":
        wave = tmm.coh_tmm(polarization, media, [math.inf, *films, math.inf], angle, WAVELENGTH)
        at = tmm.position_resolved(layer, depth, wave)
        field[polarization] = [abs(at[part]) ** 2 for part in ("Ex", "Ey", "Ez")]
    expected = {
        "vertical": field["p"][2],
        "horizontal": (field["s"][1] + field["p"][0]) / 2,
    }
    for orientation, square in expected.items():
        got = outcoupling(**stack, orientation=orientation, profile=height, thick_substrate=False)
        power = got.angular_intensity(angle, facet=facet) * got.purcell_factor
        scale = 3 / (8 * math.pi) * media[0] / 2.4
        assert power == pytest.approx(scale * square, abs=1e-12)


def open_balance(stack, emitter, poles=(), **options):
    """What no channel has, over the larger of the free and the real power, at the worst height."""
    got = outcoupling(**stack, emitter=emitter, poles=poles, **({"depths": 7} | options))
    emission = got.emissions[0]
    return float(np.abs(emission.unassigned / np.maximum(1, emission.purcell)).max())


@pytest.mark.parametrize("orientation", ["vertical", "horizontal", "isotropic"])
@pytest.mark.parametrize("emitter", [1, 2, 3, 4])
def test_lossless_guide_gives_all_its_power_to_radiation_and_residues(emitter, orientation):
    """Total by the contour = radiated on the real axis + eight residues, to 1e-11; the modes carry a third of it."""
    poles = poles_of(CHILWELL)
    assert len(poles) == 8
    assert open_balance(CHILWELL, emitter, poles, orientation=orientation) < 1e-11
    assert open_balance(CHILWELL, emitter, orientation=orientation) > 0.1


@pytest.mark.parametrize("k", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14])
def test_balance_holds_however_narrow_the_modes(k):
    """Im n_eff from 4e-3 down to 4e-16, which a double cannot tell from 0; 1e-11."""
    stack = double_ito(k)
    assert open_balance(stack, 3, poles_of(stack)) < 1e-11


def test_balance_of_a_plasmon_without_loss():
    """eps = -19 beside 2.25: one TM mode at sqrt(ea eb/(ea + eb)), found without a solver; 1e-11."""
    metal, glass = -19.0, 2.25
    stack = {"indices": [1.5, 1.5, math.sqrt(19) * 1j], "thicknesses": [90 * NM], "wavelength": WAVELENGTH}
    pole = GuidedPole(complex(math.sqrt(metal * glass / (metal + glass))), "TM")
    assert open_balance(stack, 1, [pole]) < 1e-11
    assert open_balance(stack, 1) > 0.1


def test_balance_of_a_backward_plasmon():
    """A metal film of eps = -5 between media of eps 6.8: the pole lies below the real axis and its energy runs back."""
    for loss in (1e-6, 1e-2):
        indices = [1.5, 2.6, np.sqrt(-5 + 1j * loss), 2.6, 1.5]
        stack = {"indices": indices, "thicknesses": [60 * NM, 12 * NM, 20 * NM], "wavelength": 600 * NM}
        poles = guided_modes(*stack.values(), "TM", low=14.2, high=14.3, bottom=-0.1)
        assert len(poles) == 1
        pole = poles[0]
        assert pole.imag < 0
        poles = [*poles_of(stack, high=2.6), GuidedPole(pole, "TM")]
        assert open_balance(stack, 1, poles) < 1e-10
        assert guided_power(**stack, emitter=1, heights=[57 * NM], poles=poles[-1:]) > 100
        missing = outcoupling(**stack, emitter=1, poles=poles[:-1], depths=7)
        assert "backward" in missing.warnings[-1] or loss > 1e-3


ABSORBER = st.builds(complex, st.floats(0.05, 3.0), st.floats(0.01, 6.0))
END = st.one_of(st.builds(complex, st.floats(1.0, 2.0)), ABSORBER)


@settings(max_examples=80, deadline=None)
@given(
    ends=st.tuples(END, END),
    films=st.lists(st.tuples(ABSORBER, st.floats(1e-9, 3e-7)), min_size=0, max_size=4),
    film=st.tuples(st.floats(1.2, 3.0), st.floats(2e-8, 3e-7)),
    place=st.integers(0, 4),
    thick=st.booleans(),
)
def test_balance_of_any_lossy_stack(ends, films, film, place, thick):
    """Total power on the contour = power by where it ends on the real axis, each term >= 0; poles are not needed.

    1e-10 of the larger of the free and the real power. Where every film absorbs, the modes are wide enough to be seen;
    backward plasmons, which need a metal of eps between 0 and minus that of a neighbour, are left to the test above.
    """
    place = min(place, len(films))
    indices = [ends[0], *(n for n, _ in films), ends[1]]
    if any((n**2).real < 0 and -(n**2).real < 1.2 * 9 for n in indices):
        return
    indices.insert(place + 1, complex(film[0]))
    lengths = [d for _, d in films]
    lengths.insert(place, film[1])
    if not any(n.imag for n in indices):
        return
    stack = {"indices": indices, "thicknesses": lengths, "wavelength": 600 * NM}
    got = outcoupling(**stack, emitter=place + 1, depths=3, thick_substrate=thick)
    emission = got.emissions[0]
    assert np.abs(emission.unassigned / np.maximum(1, emission.purcell)).max() < 1e-10
    ends_of_power = [emission.fate.received, emission.fate.bottom, emission.fate.trapped]
    assert min(part.min() for part in ends_of_power) >= 0


@settings(max_examples=50, deadline=None)
@given(
    ends=st.tuples(END, END),
    films=st.lists(st.tuples(ABSORBER, st.floats(1e-9, 3e-7)), min_size=1, max_size=3),
    index=st.floats(1.2, 3.0),
    N=st.floats(0.0, 50.0),
    height=st.floats(0.0, 1.0),
)
def test_dissipation_is_never_negative(ends, films, index, N, height):
    stack = {
        "indices": [ends[0], complex(index), *(n for n, _ in films), ends[1]],
        "thicknesses": [100 * NM, *(d for _, d in films)],
        "wavelength": 600 * NM,
    }
    spectrum = dissipation_spectrum(**stack, emitter=1, height=height * 100 * NM, effective_index=N)
    assert min(spectrum.vertical[0], spectrum.horizontal_te[0], spectrum.horizontal_tm[0]) >= 0
    assert np.isfinite(spectrum.isotropic[0])


def test_dissipation_integrates_to_the_power():
    """By scipy's quad, panel by panel between the branch points and beyond; 1e-9 is what is asked of it."""
    stack = double_ito(0.1) | {"emitter": 3}
    marks = [0, 1.0, 1.3, 1.6, 1.76, 1.85, 1.95, 2.0, 2.05, 2.1, 2.2, 2.5, 4, 8, 16, 32, 64, 130]

    def mean(N):
        return dissipation_spectrum(**stack, height=5 * NM, effective_index=N).isotropic[0]

    whole = sum(quad(mean, a, b, epsabs=1e-11, epsrel=1e-10, limit=200)[0] for a, b in pairwise(marks))
    assert whole == pytest.approx(purcell(double_ito(0.1), 3, "isotropic", 5 * NM)[0], abs=1e-9)


def test_residue_of_the_slab_mode_is_its_field_at_the_dipole():
    """TE0 of a symmetric slab: F_h = (3 pi/4) e^2/(n k0 Int e^2), Int e^2 = d/2 + 1/gamma, e = cos(kappa z); 1e-12."""
    n, clad, d = 2.2, 1.5, 150 * NM
    stack = {"indices": [clad, n, clad], "thicknesses": [d], "wavelength": WAVELENGTH}
    k0 = 2 * math.pi / WAVELENGTH
    N = guided_modes(*stack.values(), "TE")[0].real
    kappa, gamma = k0 * math.sqrt(n**2 - N**2), k0 * math.sqrt(N**2 - clad**2)
    heights = np.array([75 * NM, 130 * NM])
    expected = 3 * math.pi / 4 * np.cos(kappa * (heights - d / 2)) ** 2 / (n * k0 * (d / 2 + 1 / gamma))
    options = {"emitter": 1, "heights": heights, "poles": [GuidedPole(N, "TE")]}
    assert guided_power(**stack, **options, orientation="horizontal")[0] == pytest.approx(expected, rel=1e-12)
    assert guided_power(**stack, **options)[0] == pytest.approx(2 / 3 * expected, rel=1e-12)
    assert guided_power(**stack, **options, orientation="vertical")[0] == pytest.approx(0, abs=1e-15)


def test_expansion_at_a_peak_is_the_spectrum():
    """Residue and Taylor series against the spectrum itself where that has its digits: Im n_eff = 4e-4; 1e-11."""
    stack = double_ito(0.01)
    cavity = make_cavity(make_stack(**stack), 3, "isotropic")
    heights = np.array([10 * NM, 70 * NM])
    for peak in peaks(cavity, heights, poles_of(stack)):
        assert peak.narrow
        offset = np.array([-0.9, -0.1, 0.003, 0.5]) * peak.half_window
        N = peak.pole.effective_index.real + offset
        direct = cavity.spectrum(N, peak.pole.polarization, heights).real
        assert peak.spectrum(offset) == pytest.approx(direct, rel=1e-11, abs=1e-12)


def test_narrow_and_wide_route_agree_on_what_each_film_absorbs():
    """Given the poles, their peaks are shared out; without them the real axis is integrated as it is. 1e-10."""
    stack = double_ito(0.01)
    given_poles = outcoupling(**stack, emitter=3, poles=poles_of(stack), depths=5)
    without = outcoupling(**stack, emitter=3, depths=5)
    assert given_poles.absorbed == pytest.approx(without.absorbed, abs=1e-10)
    assert given_poles.absorbed.sum() > 0.5


@pytest.mark.slow
def test_loss_shares_are_what_each_film_adds_to_the_loss_of_the_mode():
    """First-order perturbation: Im n_eff with one absorber at a time. 1e-4: the shares are good to the order of k."""
    k = 1e-5
    whole = double_ito(k)
    cavity = make_cavity(make_stack(**whole), 3, "isotropic")
    for pole in poles_of(whole):
        shares = loss_shares(cavity, pole)
        assert shares.sum() == pytest.approx(1, abs=1e-14)
        for position in (1, 7):
            alone = list(double_ito(0)["indices"])
            alone[position] = whole["indices"][position]
            one = guided_modes(alone, whole["thicknesses"], WAVELENGTH, pole.polarization)
            loss = min(one, key=lambda N, p=pole: abs(N - p.effective_index)).imag
            assert shares[position] == pytest.approx(loss / pole.effective_index.imag, abs=1e-4)


def test_absorption_of_small_loss_is_that_of_the_guided_modes():
    """At k = 1e-7 nothing is absorbed but by modes (and k/n of the rest); at k = 0 nothing at all."""
    stack = double_ito(1e-7)
    got = outcoupling(**stack, emitter=3, poles=poles_of(stack))
    assert got.absorbed.sum() == pytest.approx(got.guided_te + got.guided_tm, abs=1e-5)
    none = double_ito(0)
    got = outcoupling(**none, emitter=3, poles=poles_of(none))
    assert got.absorbed.max() == 0
    assert got.guided_te + got.guided_tm > 0.6


def test_quadrature_resolves_roots_and_peaks():
    """Int_0^1 dx sqrt(x) and a Lorentzian of width 1e-6 inside; 1e-12 is what its tolerance stands for."""

    def integrand(x):
        width, place = 1e-6, 0.3137
        peak = width / math.pi / ((x - place) ** 2 + width**2)
        return [(np.array([np.sqrt(x), peak]), np.ones((x.size, 1)))]

    sums, worst = integrate(integrand, [(0.0, 1.0)], rows=2, columns=1)
    exact = (math.atan((1 - 0.3137) / 1e-6) + math.atan(0.3137 / 1e-6)) / math.pi
    assert sums[0, :, 0] == pytest.approx([2 / 3, exact], abs=1e-12)
    assert worst == 0


def test_quadrature_gives_up_on_noise_and_says_so():
    noise = np.random.default_rng(1)
    _, worst = integrate(lambda x: [(noise.random((1, x.size)), np.ones((x.size, 1)))], [(0, 1)], rows=1, columns=1)
    assert worst > 1e-6


@pytest.mark.parametrize(
    ("poles", "message"),
    [
        (
            [SimpleNamespace(effective_index=1.55 + 0j, polarization="TM")],
            r"pole 1.55\+0j is not a guided TM mode of the stack",
        ),
        ([GuidedPole(1.40 + 0.01j, "TE")], "is not above the index 1.5 of the half-spaces: only bound modes"),
        ([GuidedPole(complex(math.nan), "TE")], "is not above"),
    ],
)
def test_pole_that_is_none_is_refused(poles, message):
    """1.55 lies beside TM2 at 1.55498, which the circle encloses: the message points to it."""
    with pytest.raises(InputError, match=message):
        guided_power(**CHILWELL, emitter=2, heights=[250 * NM], poles=poles)


def test_refused_pole_points_to_the_mode_nearby():
    with pytest.raises(InputError, match=r"the spectrum points to 1\.5549\d*"):
        guided_power(**CHILWELL, emitter=2, heights=[250 * NM], poles=[GuidedPole(1.5548 + 0j, "TM")])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"height": 101 * NM}, "height 1.01e-07 m is outside 0 .. 1e-07 m"),
        ({"height": -1 * NM}, "height -1e-09 m is outside"),
        ({"height": math.nan}, "height nan m is outside"),
        ({"effective_index": -1.0}, "effective_index must be finite numbers >= 0"),
        ({"effective_index": math.nan}, "effective_index must be finite numbers >= 0"),
        ({"emitter": 2}, "emitter 2 is not the position of a film in indices: allowed are 1 .. 1"),
        ({"indices": [1.5, 1.5 - 0.1j, 1.0]}, r"indices\[1\] = 1.5-0.1j amplifies"),
        ({"indices": [1.5, 0.1 + 5j, 1.0]}, r"indices\[1\] = 0.1\+5j is a metal"),
    ],
)
def test_refusal_says_what_is_wrong(changes, message):
    sound = GLASS | {"thicknesses": [100 * NM], "height": 50 * NM, "effective_index": 1.2}
    with pytest.raises(InputError, match=message):
        dissipation_spectrum(**(sound | changes))


def test_heights_outside_the_film_are_refused():
    with pytest.raises(InputError, match=r"heights are outside 0 .. 5e-07 m"):
        guided_power(**CHILWELL, emitter=2, heights=[600 * NM], poles=[])
