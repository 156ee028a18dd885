"""Plane waves on planar stacks: against the package `tmm`, closed forms, and what holds for every passive stack."""

import math

import numpy as np
import pytest
import tmm
from hypothesis import given, settings
from hypothesis import strategies as st

from femled.errors import InputError
from femled.optics.planewave import plane_wave

NM = 1e-9
WAVELENGTH = 600 * NM
STACK = {
    "indices": [1.5, 1.8 + 0.01j, 2.4 + 0.1j, 0.06 + 4j, 1.62, 1.3],
    "thicknesses": [150 * NM, 70 * NM, 30 * NM, 240 * NM],
    "wavelength": WAVELENGTH,
}
ANGLES = [0.0, 0.6, 1.1, 1.5]
"""The last two are beyond the critical angle of the last half-space, 1.048."""

ROUND_OFF = 1e-13
"""Shares of the incident power are sums of a few numbers near 1, each good to some 1e-15."""


def oracle(angle, polarization, stack=STACK):
    return tmm.coh_tmm(
        polarization,
        list(stack["indices"]),
        [math.inf, *stack["thicknesses"], math.inf],
        angle,
        stack["wavelength"],
    )


@pytest.mark.parametrize("polarization", ["s", "p"])
@pytest.mark.parametrize("angle", ANGLES)
def test_shares_agree_with_tmm(angle, polarization):
    """1e-12: two ways to multiply six 2 x 2 matrices."""
    wave, other = plane_wave(**STACK, angle=angle, polarization=polarization), oracle(angle, polarization)
    assert wave.reflectance == pytest.approx(other["R"], abs=1e-12)
    assert wave.transmittance == pytest.approx(other["T"], abs=1e-12)
    assert wave.absorptance == pytest.approx(tmm.absorp_in_each_layer(other)[1:-1], abs=1e-12)


@pytest.mark.parametrize("polarization", ["s", "p"])
@pytest.mark.parametrize("angle", ANGLES)
def test_field_and_absorption_at_a_point_agree_with_tmm(angle, polarization):
    """1e-12 of the field; the density in units of k0, so that both are of order 1."""
    wave, other = plane_wave(**STACK, angle=angle, polarization=polarization), oracle(angle, polarization)
    k0 = 2 * math.pi / WAVELENGTH
    places = [(0, -40 * NM), (5, 55 * NM)] + [
        (j, s * d) for j, d in enumerate(STACK["thicknesses"], 1) for s in (0.1, 0.7)
    ]
    for layer, distance in places:
        z = distance + sum(STACK["thicknesses"][: max(layer - 1, 0)])
        at = tmm.position_resolved(layer, distance, other)
        square = sum(abs(at[part]) ** 2 for part in ("Ex", "Ey", "Ez"))
        assert wave.intensity(z) == pytest.approx(square, abs=1e-12)
        if 0 < layer < 5:
            assert wave.absorption_density(z) / k0 == pytest.approx(at["absor"] / k0, abs=1e-12)


@pytest.mark.parametrize("polarization", ["s", "p"])
@pytest.mark.parametrize("incoherent", [(1,), (3,), (1, 2), (2, 4)])
def test_thick_films_agree_with_tmm(incoherent, polarization):
    """Intensities only across the named films, one of them absorbing; 1e-12 as above."""
    stack = {
        "indices": [1.0, 1.5 + 2e-6j, 1.9 + 0.05j, 1.6 + 1e-5j, 1.45, 1.0],
        "thicknesses": [0.7e-3, 120 * NM, 0.2e-3, 90 * NM],
        "wavelength": WAVELENGTH,
    }
    wave = plane_wave(**stack, angle=0.7, polarization=polarization, incoherent=incoherent)
    coherence = ["i", *("i" if j in incoherent else "c" for j in range(1, 5)), "i"]
    thicknesses = [math.inf, *stack["thicknesses"], math.inf]
    other = tmm.inc_tmm(polarization, stack["indices"], thicknesses, coherence, 0.7, WAVELENGTH)
    assert wave.reflectance == pytest.approx(other["R"], abs=1e-12)
    assert wave.transmittance == pytest.approx(other["T"], abs=1e-12)
    assert wave.absorptance == pytest.approx(tmm.inc_absorp_in_each_layer(other)[1:-1], abs=1e-12)


@pytest.mark.parametrize("incoherent", [(), (2,)])
@pytest.mark.parametrize("incidence", ["first", "last"])
def test_absorption_density_integrates_to_the_absorptance(incidence, incoherent):
    """40 Gauss points a film: the field is entire and varies by less than three periods."""
    wave = plane_wave(**STACK, angle=0.4, incidence=incidence, incoherent=incoherent)
    x, w = np.polynomial.legendre.leggauss(40)
    low = 0.0
    for d, share in zip(STACK["thicknesses"], wave.absorptance, strict=True):
        density = wave.absorption_density(low + d * (x + 1) / 2)
        assert density @ w * d / 2 == pytest.approx(share, abs=ROUND_OFF)
        low += d


def test_one_interface_is_fresnel():
    for n1, n2, angle in [(1.0, 1.5, 0.0), (1.0, 1.5, 1.2), (1.5, 1.0, 0.5)]:
        inside = math.asin(n1 * math.sin(angle) / n2)
        c1, c2 = math.cos(angle), math.cos(inside)
        s = ((n1 * c1 - n2 * c2) / (n1 * c1 + n2 * c2)) ** 2
        p = ((n2 * c1 - n1 * c2) / (n2 * c1 + n1 * c2)) ** 2
        for polarization, expected in [("s", s), ("p", p), ("unpolarized", (s + p) / 2)]:
            wave = plane_wave(
                indices=[n1, n2], thicknesses=[], wavelength=WAVELENGTH, angle=angle, polarization=polarization
            )
            assert wave.reflectance == pytest.approx(expected, abs=1e-15)
            assert wave.transmittance == pytest.approx(1 - expected, abs=1e-15)
            assert wave.absorptance.shape == (0,)


def test_quarter_wave_mirror():
    """(HL)^p on glass: R = ((1 - y)/(1 + y))^2 with y = n_s (n_H/n_L)^(2p), p = 4."""
    high, low, glass, pairs = 2.3, 1.38, 1.52, 4
    indices = [1.0, *[high, low] * pairs, glass]
    quarters = [WAVELENGTH / 4 / n for n in indices[1:-1]]
    y = glass * (high / low) ** (2 * pairs)
    wave = plane_wave(indices=indices, thicknesses=quarters, wavelength=WAVELENGTH)
    assert wave.reflectance == pytest.approx(((1 - y) / (1 + y)) ** 2, abs=1e-14)


def test_thick_window_passes_the_geometric_series():
    """Two faces of reflectance R and a pass P: T = (1-R)^2 P/(1 - R^2 P^2); k = 2e-7 moves R by k^2 only."""
    n, k, thickness = 1.5, 2e-7, 1.1e-3
    wave = plane_wave(indices=[1, n + 1j * k, 1], thicknesses=[thickness], wavelength=WAVELENGTH, incoherent=[1])
    R, P = 0.04, math.exp(-4 * math.pi * k * thickness / WAVELENGTH)
    assert wave.transmittance == pytest.approx((1 - R) ** 2 * P / (1 - R**2 * P**2), abs=1e-12)
    middle = wave.intensity(thickness / 2)
    assert middle == pytest.approx((1 - R) * (1 + R * P) / (1 - R**2 * P**2) * math.sqrt(P) / n, abs=1e-9)


def test_total_reflection_is_total():
    wave = plane_wave(indices=[1.5, 1.6, 1.0], thicknesses=[80 * NM], wavelength=WAVELENGTH, angle=0.9)
    assert wave.transmittance == 0
    assert wave.reflectance == pytest.approx(1, abs=1e-15)


def test_frustrated_reflection_tunnels_only_where_the_phase_is_kept():
    gap = {"indices": [1.5, 1.0, 1.5], "thicknesses": [100 * NM], "wavelength": WAVELENGTH, "angle": 0.9}
    assert plane_wave(**gap).transmittance > 0.3
    assert plane_wave(**gap, incoherent=[1]).transmittance == 0


@pytest.mark.parametrize("thickness", [1e-3, 1e-2])
@pytest.mark.parametrize("index", [0.06 + 4j, 3.5 + 1j, 1.0])
def test_film_through_which_nothing_comes_is_a_half_space(index, thickness):
    """Metal, absorber and an evanescent gap of a millimetre: no overflow, and the reflectance of the half-space."""
    angle = 0.9
    film = plane_wave(indices=[1.5, index, 1.5], thicknesses=[thickness], wavelength=WAVELENGTH, angle=angle)
    half = plane_wave(indices=[1.5, index], thicknesses=[], wavelength=WAVELENGTH, angle=angle)
    assert film.transmittance == 0
    assert film.reflectance == pytest.approx(half.reflectance, abs=1e-15)
    assert np.all(np.isfinite(film.intensity(np.linspace(-1e-6, 1.5 * thickness, 50))))


def test_film_of_no_thickness_does_nothing():
    """1 pm of metal: shares move by some k0 n^2 d = 1e-4."""
    bare = plane_wave(indices=[1.5, 1.0], thicknesses=[], wavelength=WAVELENGTH, angle=0.3)
    film = plane_wave(indices=[1.5, 0.06 + 4j, 1.0], thicknesses=[1e-12], wavelength=WAVELENGTH, angle=0.3)
    assert film.reflectance == pytest.approx(bare.reflectance, abs=2e-4)


def test_wave_along_a_film_is_the_limit_of_its_neighbours():
    """In-plane index exactly that of two films: 1.5 sin(angle) = 1; beside it the share changes like the angle."""
    stack = {"indices": [1.5, 1.0, 1.0, 1.5], "thicknesses": [50 * NM, 60 * NM], "wavelength": WAVELENGTH}
    along = math.asin(1 / 1.5)
    beside = plane_wave(**stack, angle=along + 1e-9).transmittance
    assert plane_wave(**stack, angle=along).transmittance == pytest.approx(beside, abs=1e-7)


def test_spectrum_and_angles_are_one_call():
    """Indices vary along the wavelengths, angles along another axis: each entry is the single call."""
    wavelengths = np.array([500, 600, 700]) * NM
    absorber = np.array([2.5 + 0.3j, 2.4 + 0.1j, 2.3 + 0.01j])
    angles = np.array([[0.0], [0.5]])
    films = {"thicknesses": [100 * NM, 50 * NM], "polarization": "p", "incoherent": [2]}
    both = plane_wave(indices=[1.5, absorber, 1.7, 1.0], wavelength=wavelengths, angle=angles, **films)
    assert both.absorptance.shape == (2, 2, 3)
    assert both.intensity([10 * NM, 120 * NM]).shape == (2, 2, 3)
    one = plane_wave(indices=[1.5, absorber[2], 1.7, 1.0], wavelength=wavelengths[2], angle=0.5, **films)
    assert both.absorptance[:, 1, 2] == pytest.approx(one.absorptance, abs=1e-15)
    assert both.intensity(120 * NM)[1, 2] == pytest.approx(one.intensity(120 * NM), abs=1e-14)


def test_column_may_absorb_where_another_does_not():
    """A half-space that is transparent at one wavelength only, seen beyond its critical angle and below."""
    ends = np.array([1.0, 1.0 + 0.3j])
    both = plane_wave(indices=[1.5, 1.7, ends], thicknesses=[50 * NM], wavelength=WAVELENGTH, angle=0.9)
    assert both.transmittance[0] == 0
    assert both.reflectance + both.transmittance == pytest.approx([1, 1], abs=1e-15)


def test_light_from_the_last_half_space_sees_the_mirrored_stack():
    heights = np.array([20 * NM, 160 * NM, 300 * NM])
    above = plane_wave(**STACK, angle=0.5, incidence="last", incoherent=[4])
    mirrored = {"indices": STACK["indices"][::-1], "thicknesses": STACK["thicknesses"][::-1], "wavelength": WAVELENGTH}
    below = plane_wave(**mirrored, angle=0.5, incoherent=[1])
    assert above.absorptance == pytest.approx(below.absorptance[::-1], abs=1e-15)
    total = sum(STACK["thicknesses"])
    assert above.absorption_density(heights) == pytest.approx(below.absorption_density(total - heights), rel=1e-10)


LOSSLESS = st.floats(1.0, 4.0)
FILM = st.tuples(st.floats(0.05, 4.0), st.one_of(st.just(0.0), st.floats(1e-6, 6.0)), st.floats(1e-9, 2e-6))


@settings(max_examples=150, deadline=None)
@given(
    ends=st.tuples(LOSSLESS, LOSSLESS),
    films=st.lists(FILM, min_size=1, max_size=5),
    angle=st.floats(0.0, 1.55),
    polarization=st.sampled_from(["s", "p", "unpolarized"]),
    thick=st.sets(st.integers(1, 5), max_size=2),
)
def test_power_is_conserved_in_every_passive_stack(ends, films, angle, polarization, thick):
    """R + T + A = 1, nothing negative. 1e-12: high reflectances are close to 1 where bounces are summed."""
    indices = [ends[0], *(complex(n, k) for n, k, _ in films), ends[1]]
    incoherent = sorted(position for position in thick if position <= len(films))
    wave = plane_wave(
        indices=indices,
        thicknesses=[d for _, _, d in films],
        wavelength=WAVELENGTH,
        angle=angle,
        polarization=polarization,
        incoherent=incoherent,
    )
    assert wave.reflectance + wave.transmittance + wave.absorptance.sum() == pytest.approx(1, abs=1e-12)
    shares = [wave.reflectance, wave.transmittance]
    shares += [share for position, share in enumerate(wave.absorptance, 1) if position not in incoherent]
    assert min(shares) >= -ROUND_OFF


@settings(max_examples=100, deadline=None)
@given(
    ends=st.tuples(LOSSLESS, LOSSLESS),
    films=st.lists(FILM, min_size=1, max_size=5),
    N=st.floats(0.0, 0.99),
    polarization=st.sampled_from(["s", "p"]),
)
def test_transmittance_is_the_same_from_both_sides(ends, films, N, polarization):
    """Reciprocity at the same in-plane index N, below both half-spaces' indices; 1e-13, and each share is below 1."""
    stack = {
        "indices": [ends[0], *(complex(n, k) for n, k, _ in films), ends[1]],
        "thicknesses": [d for _, _, d in films],
        "wavelength": WAVELENGTH,
        "polarization": polarization,
    }
    up = plane_wave(**stack, angle=math.asin(N / ends[0])).transmittance
    down = plane_wave(**stack, angle=math.asin(N / ends[1]), incidence="last").transmittance
    assert up == pytest.approx(down, abs=ROUND_OFF)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"angle": 45}, r"angle 45 rad is outside 0 .. pi/2 - 1e-7 \(radians are meant: 0.7854 for 45 degrees\)"),
        ({"angle": -0.1}, "angle -0.1 rad is outside"),
        ({"angle": math.nan}, "angle is not finite"),
        ({"polarization": "TE"}, 'no polarization named "TE"; nearest: '),
        ({"incidence": "top"}, 'no incidence named "top"; nearest: '),
        ({"incoherent": [5]}, r"incoherent position 5 is not that of a film: allowed are 1 .. 4"),
        ({"incoherent": [0]}, "incoherent position 0 is not that of a film"),
        ({"wavelength": 600}, "wavelength 600 m is outside 1 nm .. 1 cm"),
        ({"wavelength": [600 * NM, math.nan]}, "wavelength nan m is outside"),
        ({"thicknesses": [1, 2]}, "6 indices do not fit 2 thicknesses"),
        ({"indices": [1.5, 1.8 - 0.01j, 2.4, 1.0, 1.62, 1.3]}, r"indices\[1\] = 1.8-0.01j amplifies"),
        ({"indices": [1.5 + 1e-9j, 1.8, 2.4, 1.0, 1.62, 1.3]}, r"indices\[0\] = 1.5\+1e-09j absorbs"),
        ({"indices": [1.5, [1.8, 1.7], 2.4, 1.0, 1.62, 1.3], "wavelength": [5e-7, 6e-7, 7e-7]}, "do not fit"),
    ],
)
def test_refusal_says_what_is_wrong(changes, message):
    with pytest.raises(InputError, match=message):
        plane_wave(**(STACK | changes))


def test_heights_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="z holds values that are not finite"):
        plane_wave(**STACK).intensity([0.0, math.inf])
