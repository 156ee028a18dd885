"""Outcoupling: channels that add up, the thick substrate, the emission profile, spectra, and what is refused."""

import math
from itertools import pairwise

import numpy as np
import pytest
import tmm
from oracles.slab_poles import guided_modes

from femled.errors import InputError
from femled.optics.dissipation import dissipation_spectrum
from femled.optics.fate import Sorting
from femled.optics.guided import GuidedPole
from femled.optics.outcoupling import outcoupling, spectral_outcoupling

NM = 1e-9
STACK = {
    "indices": [1.5, 1.8 + 0.02j, 1.7, 2.3, 1.7, 1.8 + 0.05j, 1.0],
    "thicknesses": [40 * NM, 30 * NM, 80 * NM, 50 * NM, 20 * NM],
    "wavelength": 700 * NM,
    "emitter": 3,
}
MIRROR = {
    "indices": [1.5, 1.8 + 0.01j, 2.4, 1.7, 2.3 + 7.6j],
    "thicknesses": [100 * NM, 60 * NM, 40 * NM],
    "wavelength": 700 * NM,
    "emitter": 2,
}


def poles_of(stack):
    return [
        GuidedPole(N, polarization)
        for polarization in ("TE", "TM")
        for N in guided_modes(stack["indices"], stack["thicknesses"], stack["wavelength"], polarization)
    ]


def total(got):
    channels = [got.top, got.bottom, got.substrate, got.guided_te, got.guided_tm, got.nonradiative]
    return sum(channels) + got.direct.sum() + got.near_field.sum()


@pytest.mark.parametrize("intrinsic_yield", [1.0, 0.4, 0.0])
@pytest.mark.parametrize("thick", [True, False])
@pytest.mark.parametrize("stack", [STACK, MIRROR])
def test_channels_add_up_to_one(stack, thick, intrinsic_yield):
    """1e-11: the total comes from the bent contour, the channels from the real axis and the residues."""
    got = outcoupling(**stack, poles=poles_of(stack), thick_substrate=thick, intrinsic_yield=intrinsic_yield)
    assert total(got) == pytest.approx(1, abs=1e-11)
    assert got.warnings == ()
    assert got.top == 0 if stack is MIRROR or intrinsic_yield == 0 else got.top > 0.01
    assert (got.substrate > 0) == (thick and intrinsic_yield > 0)


def test_yield_enters_with_the_purcell_factor():
    """One height: eta = q F_out/(1 - q + q F), in which F_out = F eta(q = 1); round-off."""
    ideal = outcoupling(**MIRROR, profile=20 * NM, orientation="vertical")
    poor = outcoupling(**MIRROR, profile=20 * NM, orientation="vertical", intrinsic_yield=0.3)
    F = ideal.purcell_factor
    assert abs(F - 1) > 0.05
    assert poor.purcell_factor == F
    assert poor.bottom == pytest.approx(0.3 * F * ideal.bottom / (0.7 + 0.3 * F), rel=1e-14)
    assert poor.nonradiative == pytest.approx(0.7 / (0.7 + 0.3 * F), rel=1e-14)


def test_mean_over_heights_is_that_of_single_heights():
    """Shares are averaged, each with its own Purcell factor."""
    whole = outcoupling(**MIRROR, depths=4, intrinsic_yield=0.5)
    single = [outcoupling(**MIRROR, profile=float(z), intrinsic_yield=0.5) for z in whole.emitters.heights]
    weights = whole.emitters.shares
    for name in ("bottom", "substrate", "nonradiative", "purcell_factor"):
        mean = sum(w * getattr(one, name) for w, one in zip(weights, single, strict=True))
        assert getattr(whole, name) == pytest.approx(mean, rel=1e-12)


def test_isotropic_is_a_third_vertical():
    powers = {
        orientation: outcoupling(**STACK, orientation=orientation, depths=3).emissions[0]
        for orientation in ("isotropic", "horizontal", "vertical", 0.8)
    }
    for mixed, share in (("isotropic", 2 / 3), (0.8, 0.8)):
        expected = share * powers["horizontal"].fate.received + (1 - share) * powers["vertical"].fate.received
        assert powers[mixed].fate.received == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("thick", [True, False])
@pytest.mark.parametrize("facet", ["top", "bottom"])
def test_angular_intensity_integrates_to_the_channel(facet, thick):
    """Gauss points in the angle, split where the last half-space goes dark; 1e-9, limited by the square roots there."""
    got = outcoupling(**STACK, thick_substrate=thick, depths=5, intrinsic_yield=0.7)
    x, w = np.polynomial.legendre.leggauss(120)
    edges = [0, math.asin(1 / 1.5) if facet == "bottom" and not thick else 1.0, math.pi / 2]
    whole = 0.0
    for a, b in pairwise(edges):
        t = (1 - np.cos(np.pi * (x + 1) / 2)) / 2
        weight = w * np.pi / 4 * np.sin(np.pi * (x + 1) / 2) * (b - a)
        angle = a + (b - a) * t
        whole += (got.angular_intensity(angle, facet=facet) * 2 * np.pi * np.sin(angle)) @ weight
    assert whole == pytest.approx(getattr(got, facet), abs=1e-9)


def test_metal_lets_nothing_out():
    assert outcoupling(**MIRROR).angular_intensity([0.0, 0.5]) == pytest.approx([0, 0], abs=0)


def test_bounces_in_the_substrate_are_a_sum_over_rounds():
    """At one in-plane index: light that enters the substrate, followed for 4000 rounds with tmm's R, T and A; 1e-12."""
    stack = STACK | {"indices": [1.5, 1.8 + 0.02j, 1.7, 2.3, 1.7, 1.8 + 0.05j, 1.0]}
    height, N = 30 * NM, 0.7
    thin = outcoupling(**stack, profile=height, thick_substrate=False, orientation="horizontal")
    thick = outcoupling(**stack, profile=height, orientation="horizontal")
    density = {}
    for name, got in (("thin", thin), ("thick", thick)):
        emission = got.emissions[0]
        for part in ("TE", "TM"):
            pairs = Sorting(emission.cavity, emission.outside).spectrum(np.array([N]), part, np.array([height]))
            density[name, part] = sum(rows[:, 0] * column[0, 0] for rows, column in pairs)
    for part, letter in (("TE", "s"), ("TM", "p")):
        angle = math.asin(N / 1.5)
        front = tmm.coh_tmm(letter, stack["indices"], [math.inf, *stack["thicknesses"], math.inf], angle, 700 * NM)
        absorbed = tmm.absorp_in_each_layer(front)[1:-1]
        back = tmm.coh_tmm(letter, [1.5, 1.0], [math.inf, math.inf], angle, 700 * NM)
        light, bottom, top, films = density["thin", part][7], 0.0, density["thin", part][6], density["thin", part][1:6]
        for _ in range(4000):
            bottom, light = bottom + light * back["T"], light * back["R"]
            top, films, light = top + light * front["T"], films + light * absorbed, light * front["R"]
        assert density["thick", part][7] == pytest.approx(bottom, abs=1e-12)
        assert density["thick", part][6] == pytest.approx(top, abs=1e-12)
        assert density["thick", part][1:6] == pytest.approx(films, abs=1e-12)


def test_light_beyond_the_critical_angle_stays_in_the_substrate():
    """What the thin stack radiates into glass above N = 1 is the substrate channel; the rest leaves or is absorbed.

    Seen through the dissipation spectrum of a dipole in glass: power at N > 1 is all of it. 1e-9, the midpoint sum.
    """
    glass = {"indices": [1.5, 1.5, 1.0], "thicknesses": [100 * NM], "wavelength": 700 * NM, "emitter": 1}
    got = outcoupling(**glass, profile=50 * NM)
    t = (np.arange(4000) + 0.5) / 4000 * np.pi / 2
    N = 1 + 0.5 * np.sin(t) ** 2
    density = dissipation_spectrum(**glass, height=50 * NM, effective_index=N).isotropic
    trapped = (density * 0.5 * np.sin(2 * t)).sum() * np.pi / 2 / 4000
    assert got.substrate * got.purcell_factor == pytest.approx(trapped, abs=1e-7)
    assert got.top + got.bottom + got.substrate == pytest.approx(1, abs=1e-12)


def test_index_below_the_substrate_decides_what_is_trapped():
    """Immersed in oil of the substrate's index nothing is reflected and nothing trapped: bottom = the thin stack's."""
    oil = outcoupling(**STACK, outside=1.5)
    thin = outcoupling(**STACK, thick_substrate=False)
    assert oil.substrate == 0
    assert oil.bottom == pytest.approx(thin.bottom, abs=1e-12)
    assert outcoupling(**STACK, outside=1.3).substrate < outcoupling(**STACK).substrate


def test_near_field_is_the_image_dipole():
    """1 nm from aluminium: K_v -> (3/8) Im[(e_m - e)/(e_m + e)]/(k z)^3, and half of it for h; 3 %, of order k z."""
    metal, n, z = 2.3 + 7.6j, 1.7, 1 * NM
    stack = {"indices": [metal, n, n], "thicknesses": [50 * NM], "wavelength": 700 * NM, "emitter": 1}
    image = (metal**2 - n**2) / (metal**2 + n**2)
    vertical = 3 / 8 * image.imag / (2 * math.pi * n / (700 * NM) * z) ** 3
    for orientation, expected in (("vertical", vertical), ("horizontal", vertical / 2)):
        got = outcoupling(**stack, orientation=orientation, profile=z, minimum_distance=0.5 * NM)
        assert got.near_field[0] * got.purcell_factor == pytest.approx(expected, rel=0.03)


def test_near_field_index_moves_power_between_channels_only():
    low, high = (outcoupling(**MIRROR, near_field_index=index) for index in (3.0, 6.0))
    assert low.near_field_index == (3.0,)
    assert low.near_field.sum() > high.near_field.sum() > 0
    assert low.absorbed == pytest.approx(high.absorbed, abs=1e-12)
    assert low.direct + low.near_field == pytest.approx(high.direct + high.near_field, abs=1e-12)


def test_dipoles_keep_away_from_absorbers_only():
    beside = {"indices": [1.5, 1.8 + 0.01j, 2.4, 1.7, 1.0], "thicknesses": [100 * NM, 60 * NM, 40 * NM]}
    got = outcoupling(**beside, wavelength=700 * NM, emitter=2, minimum_distance=4 * NM)
    assert got.emitters.kept_away == (4 * NM, 0.0)
    assert got.emitters.heights.min() > 4 * NM
    assert got.emitters.shares.sum() == pytest.approx(1, abs=1e-15)
    assert outcoupling(**STACK).emitters.kept_away == (0.0, 0.0)
    nearer = outcoupling(**beside, wavelength=700 * NM, emitter=2, minimum_distance=1 * NM)
    assert nearer.near_field[1] > 1.5 * got.near_field[1]


@pytest.mark.parametrize(
    "indices", [[1.5, 1.8 + 0.1j, 2.4, 2.3 + 7.6j], [1.5, 1.8, 2.4, 2.3 + 7.6j], [1.5, 1.8 + 0.1j, 2.4, 1.0]]
)
def test_default_heights_are_enough(indices):
    """21 heights against 60, with absorbers on both sides or on one of 150 nm: 1e-8 of the power."""
    stack = {"indices": indices, "thicknesses": [60 * NM, 150 * NM], "wavelength": 700 * NM, "emitter": 2}
    few, many = outcoupling(**stack), outcoupling(**stack, depths=60)
    assert few.purcell_factor == pytest.approx(many.purcell_factor, rel=1e-8)
    assert few.bottom == pytest.approx(many.bottom, abs=1e-8)
    assert few.near_field == pytest.approx(many.near_field, abs=1e-8)


def test_profile_weights_the_heights():
    """A straight line from 0 to 1 as function and as samples, and a peak that is nearly one height."""
    d = STACK["thicknesses"][2]
    line = outcoupling(**STACK, profile=lambda z: z)
    samples = outcoupling(**STACK, profile=([0.0, d], [0.0, 5.0]))
    assert line.top == pytest.approx(samples.top, rel=1e-13)
    assert line.emitters.shares @ line.emitters.heights == pytest.approx(2 * d / 3, rel=1e-13)
    assert abs(line.top - outcoupling(**STACK).top) > 1e-4
    peak = outcoupling(**STACK, profile=lambda z: np.exp(-(((z - d / 2) / (2 * NM)) ** 2)), depths=81)
    assert peak.top == pytest.approx(outcoupling(**STACK, profile=d / 2).top, rel=1e-2)


def test_spectrum_counts_photons_of_the_enhanced_emission():
    """At q = 1: share = sum w F_top/sum w F, not the mean of the shares; round-off."""
    film = {"thicknesses": MIRROR["thicknesses"], "emitter": 2, "profile": 20 * NM}
    waves, weights = [600 * NM, 800 * NM], [1.0, 3.0]
    indices = [1.5, [1.8 + 0.02j, 1.8 + 0.01j], [2.6, 2.3], 1.7, [1.5 + 6j, 2.3 + 7.6j]]
    got = spectral_outcoupling(indices=indices, wavelengths=waves, weights=weights, **film)
    single = [
        outcoupling(indices=[np.ravel(n)[j % np.size(n)] for n in indices], wavelength=waves[j], **film) for j in (0, 1)
    ]
    power = [one.purcell_factor for one in single]
    share = sum(w * F * one.bottom for w, F, one in zip(weights, power, single, strict=True))
    mean = sum(w * F for w, F in zip(weights, power, strict=True))
    assert got.bottom == pytest.approx(share / mean, rel=1e-13)
    assert got.purcell_factor == pytest.approx(mean / 4, rel=1e-13)
    angular = sum(
        w * F * one.angular_intensity(0.3, facet="bottom") for w, F, one in zip(weights, power, single, strict=True)
    )
    assert got.angular_intensity(0.3, facet="bottom") == pytest.approx(angular / mean, rel=1e-13)


def test_absorber_at_one_wavelength_is_avoided_at_all():
    got = spectral_outcoupling(
        indices=[1.5, [1.8, 1.8 + 0.01j], 2.4, 1.0],
        thicknesses=[50 * NM, 60 * NM],
        wavelengths=[600 * NM, 700 * NM],
        weights=[1, 1],
        emitter=2,
    )
    assert got.emitters.kept_away == (2.5 * NM, 0.0)


def test_given_loss_shares_move_absorption_between_media():
    """All loss of the modes put on medium 1: what is left there as direct is less by what medium 5 has more."""
    poles = poles_of(STACK)
    own = outcoupling(**STACK, poles=poles)
    table = np.zeros((len(poles), 7))
    table[:, 1] = 1
    moved = outcoupling(**STACK, poles=poles, loss_shares=table)
    assert moved.direct.sum() == pytest.approx(own.direct.sum(), abs=1e-13)
    assert moved.direct[5] - own.direct[5] == pytest.approx(own.direct[1] - moved.direct[1], abs=1e-13)
    assert moved.direct[5] > own.direct[5] + 0.05
    assert moved.guided[0].sum() == pytest.approx(own.guided_te + own.guided_tm, abs=1e-15)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"indices": [1.5, 1.7, 2.4 + 0.01j, 1.0]}, "without its own absorption: n = 2.4 for 2.4+0.01j"),
        ({"indices": [1.5 + 1e-7j, 1.7, 2.4, 1.0]}, "the first half-space absorbs (n = 1.5+1e-07j)"),
        ({"indices": [1.5, 1.7, 2.4, 1.0]}, "has no channel: guided modes of little loss"),
    ],
)
def test_warning_says_what_was_left_out(changes, text):
    stack = {"thicknesses": [50 * NM, 100 * NM], "wavelength": 700 * NM, "emitter": 2}
    assert any(text in warning for warning in outcoupling(**stack, **changes).warnings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emitter": 0}, "emitter 0 is not the position of a film in indices: allowed are 1 .. 3"),
        ({"emitter": 4}, "emitter 4 is not the position of a film"),
        ({"orientation": "random"}, 'no orientation named "random"; nearest: '),
        ({"orientation": 1.5}, "orientation 1.5 is outside 0 .. 1, the share of horizontal dipoles"),
        ({"orientation": math.nan}, "orientation nan is outside"),
        ({"minimum_distance": 60e-9}, "emitter film of 6e-08 m has no room for dipoles at least 6e-08 m away"),
        ({"minimum_distance": -1e-9}, "minimum_distance -1e-09 m is negative"),
        ({"minimum_distance": 0.0}, "the mean over the emitter film has no limit"),
        ({"profile": 1e-9}, "dipole height 1e-09 m is outside 2.5e-09 .. 6e-08 m .* minimum_distance is to be smaller"),
        ({"profile": 75.0}, r"dipole height 75 m is outside .* \(metres are meant: 75e-9\)"),
        ({"profile": math.nan}, "dipole height nan m is outside"),
        ({"profile": lambda z: -z}, "profile must give one finite rate >= 0"),
        ({"profile": lambda z: 0 * z}, "profile must give one finite rate >= 0"),
        ({"profile": ([0.0, 30e-9], [1.0, 1.0])}, "profile covers 0 .. 3e-08 m and the emitter film 0 .. 6e-08 m"),
        ({"profile": ([0.0, 0.0], [1.0, 1.0])}, "profile must be two sequences of equal length"),
        ({"depths": 0}, "0 depths are outside 1 .. 1000"),
        ({"intrinsic_yield": 60}, r"intrinsic_yield 60 is outside 0 .. 1 \(a share is meant: 0.6\)"),
        ({"outside": 0}, "outside 0 is not the index of a transparent medium"),
        ({"near_field_index": math.nan}, "near_field_index nan is outside"),
        ({"loss_shares": [[0.5, 0.5]]}, r"loss_shares of shape \(1, 2\) must be \(0 poles, 5 indices\)"),
        ({"indices": [1.5, 1.8 - 0.01j, 2.4, 1.7, 1.0]}, r"indices\[1\] = 1.8-0.01j amplifies"),
        ({"indices": [1.5, 1.8, 0.1 + 5j, 1.7, 1.0]}, "is a metal, and a dipole needs a medium that carries light"),
        ({"wavelength": 700}, "wavelength 700 m is outside"),
    ],
)
def test_refusal_says_what_is_wrong(changes, message):
    with pytest.raises(InputError, match=message):
        outcoupling(**(MIRROR | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [1.0]}, r"weights of shape \(1,\) must be one finite number >= 0 for each of 2 wavelengths"),
        ({"weights": [1.0, math.nan]}, "weights of shape"),
        ({"weights": [0.0, 0.0]}, "not all zero"),
        ({"indices": [1.5, [1.8, 1.8, 1.8], 1.0]}, "each medium needs one index, or one for each of 2 wavelengths"),
        ({"poles": [[]]}, "poles are given for 1 wavelengths of 2"),
    ],
)
def test_spectrum_that_does_not_fit_is_refused(changes, message):
    sound = {"indices": [1.5, 1.8, 1.0], "thicknesses": [60e-9], "wavelengths": [6e-7, 7e-7], "weights": [1, 1]}
    with pytest.raises(InputError, match=message):
        spectral_outcoupling(**(sound | changes), emitter=1)


@pytest.mark.parametrize(
    ("angle", "facet", "message"),
    [
        (45, "top", "radians from the normal"),
        (math.nan, "top", "angle is outside"),
        (0.1, "side", 'no facet named "side"'),
    ],
)
def test_angle_or_facet_that_cannot_be_is_refused(angle, facet, message):
    with pytest.raises(InputError, match=message):
        outcoupling(**STACK, depths=1).angular_intensity(angle, facet=facet)
