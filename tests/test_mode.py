"""What follows from the field of a mode: shares, losses and derivatives, against identities and differences."""

import json
from itertools import pairwise

import numpy as np
import pytest
from oracles.slab_modes_oracle import DATA

from femled.errors import InputError
from femled.optics.slab import find_modes, slab_modes
from femled.optics.stack import make_stack

CASES = {f"{case['name']}, {case['kind']}": case for case in json.loads(DATA.read_text(encoding="utf-8"))["cases"]}
REFERRED = [name for name, case in CASES.items() if "references" in case]
NM = 1e-9
AG = 0.04 + 5.4j
PIXEL = {
    "indices": [1.7607, 1.600 + 0.0057j, 2.45, 1.94, 1.65, 1.70, 1.600 + 0.0057j, 1.0],
    "thicknesses": [20 * NM, 150 * NM, 20 * NM, 20 * NM, 5 * NM, 20 * NM],
    "wavelength": 800 * NM,
}
LEAKY = {
    "indices": [1.5, 1.66 + 1e-4j, 1.60, 1.53 + 2e-3j, 1.66, 1.0],
    "thicknesses": [500 * NM] * 4,
    "wavelength": 632.8 * NM,
    "kind": "leaky",
}
STACKS = {
    "pixel": PIXEL,
    "leaky": LEAKY,
    "Ag film": {
        "indices": [1.5, 2.1, AG, 1.7 + 0.01j, 1.4],
        "thicknesses": [150 * NM, 12 * NM, 90 * NM],
        "wavelength": 800 * NM,
    },
    "lossy half-space": {"indices": [1.6 + 0.02j, 2.2, 1.3], "thicknesses": [400 * NM], "wavelength": 800 * NM},
    "gain": {
        "indices": [1.5, 2.2 - 0.01j, 1.9 + 1e-3j, 1.0],
        "thicknesses": [200 * NM, 80 * NM],
        "wavelength": 800 * NM,
    },
    "gap": {"indices": [AG, 1.6, 2.77 + 8.35j], "thicknesses": [30 * NM], "wavelength": 800 * NM},
    "no film": {"indices": [AG, 1.6], "thicknesses": [], "wavelength": 800 * NM},
    "at its own cut-off": {
        "indices": [1.5, 1.7320508, 2.2, 1.0],
        "thicknesses": [90 * NM, 200 * NM],
        "wavelength": 800 * NM,
    },
}
MODES = {
    f"{name}, {mode.polarization}{i}": mode
    for name, stack in STACKS.items()
    for i, mode in enumerate(slab_modes(**stack))
}
BOUND = [name for name, mode in MODES.items() if mode.kind == "bound"]


def again(mode, *, indices=None, thicknesses=None, wavelength=None):
    """N_eff of the same mode in a stack that differs a little."""
    stack = mode.stack
    modes = slab_modes(
        indices=stack.indices if indices is None else indices,
        thicknesses=stack.thicknesses if thicknesses is None else thicknesses,
        wavelength=stack.wavelength if wavelength is None else wavelength,
        polarization=mode.polarization,
        kind=mode.kind,
    )
    return min((other.effective_index for other in modes), key=lambda n: abs(n - mode.effective_index))


def replaced(values, position, by):
    return [by if i == position else value for i, value in enumerate(values)]


def heights(mode, count=41):
    """Well inside every film and up to a wavelength outside."""
    faces = mode.stack.interfaces
    edges = [faces[0] - mode.stack.wavelength, *faces, faces[-1] + mode.stack.wavelength]
    return [low + (high - low) * np.linspace(0.05, 0.95, count) for low, high in pairwise(edges)]


def number(pair):
    return complex(float(pair[0]), float(pair[1]))


@pytest.mark.parametrize("name", REFERRED)
def test_stored_derivatives_and_shares_are_met(name):
    """25 digits from multiple precision. 1e-12 of the largest; 4e-12 in the ARROW, where the resonances of core and
    cladding nearly meet and one unit of the last digit of n_eff moves the field by as much.
    """
    case = CASES[name]
    modes = slab_modes(
        indices=[complex(*pair) for pair in case["indices"]],
        thicknesses=case["thicknesses_m"],
        wavelength=case["wavelength_m"],
        polarization=case["polarization"],
        kind=case["kind"],
        search=tuple(case["search"]),
    )
    near = 4e-12 if name.startswith("ARROW") else 1e-12
    layers = range(len(case["indices"]))
    for mode, row in zip(modes, case["references"], strict=True):
        slopes = np.array([number(pair) for pair in row["index_derivative"]])
        lengths = np.array([number(pair) for pair in row["thickness_derivative_per_m"]])
        size = max(1.0, np.abs(slopes).max())
        assert mode.group_index == pytest.approx(number(row["group_index"]).real, rel=1e-12)
        assert mode.index_derivatives == pytest.approx(slopes, rel=0, abs=near * size)
        assert mode.thickness_derivatives == pytest.approx(lengths, rel=0, abs=near * np.abs(lengths).max())
        gain = [float(text) for text in row["gain_confinement"]]
        assert [mode.confinement(i, "gain") for i in layers] == pytest.approx(gain, rel=0, abs=near * size)
        if "intensity_confinement" in row:
            shares = [float(text) for text in row["intensity_confinement"]]
            assert [mode.confinement(i) for i in layers] == pytest.approx(shares, rel=0, abs=1e-12)


@pytest.mark.parametrize("name", MODES)
def test_losses_of_the_layers_add_up_to_that_of_the_mode(name):
    """Poynting: k0 Im(n_i^2) Int |E|^2 of all media, and the flux out of a face where the mode leaks.

    To 1e-14 of 2 k0 n_eff, the digits of Im n_eff.
    """
    mode = MODES[name]
    total = sum(mode.loss_by_layer)
    assert total == pytest.approx(
        mode.modal_loss, rel=0, abs=1e-14 * 2 * mode.stack.wavenumber * abs(mode.effective_index)
    )
    assert mode.modal_loss_per_cm == mode.modal_loss / 100


@pytest.mark.parametrize("name", BOUND)
def test_loss_of_a_layer_has_the_sign_of_its_k(name):
    mode = MODES[name]
    for loss, index in zip(mode.loss_by_layer, mode.stack.indices, strict=True):
        assert loss * index.imag > 0 if index.imag else loss == 0


@pytest.mark.parametrize("name", MODES)
def test_shares_add_up_to_one(name):
    mode = MODES[name]
    layers = list(range(len(mode.stack.indices)))
    if mode.kind == "leaky":
        with pytest.raises(InputError, match="radiates into it"):
            mode.confinement(0)
        layers = layers[1:]
    shares = [mode.confinement(i) for i in layers]
    assert sum(shares) == pytest.approx(1, rel=0, abs=1e-14)
    assert min(shares) >= 0


@pytest.mark.parametrize("name", BOUND)
def test_share_is_that_of_the_sampled_intensity(name):
    """Trapezia on 4001 heights a medium, 30 decay lengths or so outside: 1e-5."""
    mode = MODES[name]
    k0 = mode.stack.wavenumber
    faces = mode.stack.interfaces
    edges = [faces[0] - 15 / (k0 * mode.sides[0].real), *faces, faces[-1] + 15 / (k0 * mode.sides[1].real)]
    parts = []
    for low, high in pairwise(edges):
        z = np.linspace(low, high, 4001)
        inside = z + (1e-15 * (high - low) if low == faces[0] else 0)
        inside[0] += 1e-9 * (high - low)
        inside[-1] -= 1e-9 * (high - low)
        parts.append(np.trapezoid(mode.intensity(inside), z))
    wanted = np.array(parts) / sum(parts)
    assert [mode.confinement(i) for i in range(len(parts))] == pytest.approx(wanted, rel=0, abs=2e-5)


@pytest.mark.parametrize("name", MODES)
def test_index_derivatives_are_differences(name):
    """(n_eff(n + h) - n_eff(n - h))/2h, h = 1e-5: the cubic term is 1e-10 times a third derivative."""
    mode, h = MODES[name], 1e-5
    indices = mode.stack.indices
    for i, slope in enumerate(mode.index_derivatives):
        up, down = (again(mode, indices=replaced(indices, i, indices[i] + step)) for step in (h, -h))
        assert (up - down) / (2 * h) == pytest.approx(slope, rel=1e-6, abs=2e-7)


@pytest.mark.parametrize("name", [name for name, mode in MODES.items() if mode.stack.thicknesses])
def test_thickness_derivatives_are_differences(name):
    """h = 1e-4 of the film."""
    mode = MODES[name]
    films = mode.stack.thicknesses
    for i, slope in enumerate(mode.thickness_derivatives):
        h = 1e-4 * films[i]
        up, down = (again(mode, thicknesses=replaced(films, i, films[i] + step)) for step in (h, -h))
        assert (up - down) / (2 * h) == pytest.approx(slope, rel=1e-5, abs=1e-9 / films[i])


@pytest.mark.parametrize("name", MODES)
def test_loss_derivatives_are_differences(name):
    """d alpha/d k_j = 2 k0 Re(d n_eff/d n_j), as n_eff is analytic in n_j; here k moves by -+1e-5."""
    mode, h = MODES[name], 1e-5
    indices, k0 = mode.stack.indices, mode.stack.wavenumber
    for i, slope in enumerate(mode.loss_derivatives):
        up, down = (again(mode, indices=replaced(indices, i, indices[i] + 1j * step)).imag for step in (h, -h))
        assert 2 * k0 * (up - down) / (2 * h) == pytest.approx(slope, rel=1e-6, abs=4e-7 * k0)


@pytest.mark.parametrize("name", MODES)
def test_group_index_is_a_difference_over_wavelengths(name):
    """n_g = Re(n_eff - lambda d n_eff/d lambda) without dispersion of the media, step 1e-5 of the wavelength."""
    mode = MODES[name]
    wavelength, h = mode.stack.wavelength, 1e-5
    up, down = (again(mode, wavelength=wavelength * (1 + step)) for step in (h, -h))
    wanted = (mode.effective_index - (up - down) / (2 * h)).real
    assert mode.group_index == pytest.approx(wanted, rel=1e-7)


def test_dispersion_of_the_media_enters_the_group_index():
    """omega dn/domega of the film adds Re(d n_eff/d n) times it; against media that really change with wavelength."""
    indices, films, wavelength = (1.5, 2.2, 1.0), (200 * NM,), 800 * NM
    dispersion, h = (0.02 + 0j, 0.3 + 0j, 0j), 1e-5
    (mode,) = find_modes(make_stack(indices, films, wavelength), polarization="TE", dispersion=dispersion)

    def moved(step):
        new = [n - d * step for n, d in zip(indices, dispersion, strict=True)]  # omega goes as 1/wavelength
        return slab_modes(indices=new, thicknesses=films, wavelength=wavelength * (1 + step), polarization="TE")[0]

    slope = (moved(h).effective_index - moved(-h).effective_index) / (2 * h)
    assert mode.group_index == pytest.approx((mode.effective_index - slope).real, rel=1e-7)


@pytest.mark.parametrize("name", MODES)
def test_field_is_continuous_and_largest_at_one(name):
    """u at every interface, and with it E_x = -i u'/(k0 n^2) of TM; the largest |u| of the films and faces is 1."""
    mode = MODES[name]
    faces = np.array(mode.stack.interfaces)
    assert mode.field(faces + 1e-16) == pytest.approx(mode.field(faces), rel=0, abs=1e-7)
    if mode.polarization == "TM":
        assert mode.field(faces + 1e-16, "Ex") == pytest.approx(mode.field(faces, "Ex"), rel=0, abs=1e-6)
    inside = np.concatenate([faces, *(np.linspace(low, high, 401) for low, high in pairwise(faces))])
    assert np.abs(mode.field(inside)).max() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("name", MODES)
def test_field_satisfies_the_wave_equation_in_every_medium(name):
    """u'' + k0^2 (n^2 - n_eff^2) u = 0 by fourth-order differences: 1e-7 of k0^2 |n^2 - n_eff^2|."""
    mode = MODES[name]
    k0, n_eff = mode.stack.wavenumber, mode.effective_index
    for index, z in zip(mode.stack.indices, heights(mode), strict=True):
        square = index * index - n_eff * n_eff
        h = min(2e-2 / (k0 * abs(square) ** 0.5 + 1e-3), 0.02 * np.ptp(z))
        weights = {-2: -1 / 12, -1: 4 / 3, 0: -5 / 2, 1: 4 / 3, 2: -1 / 12}
        second = sum(w * mode.field(z + i * h) for i, w in weights.items()) / (k0 * h) ** 2
        u = mode.field(z)
        scale = np.abs(u).max()
        noise = 4e-16 / (k0 * h) ** 2
        assert second + square * u == pytest.approx(0 * u, rel=0, abs=scale * (1e-6 * abs(square) + 10 * noise))


@pytest.mark.parametrize("name", [name for name, mode in MODES.items() if mode.polarization == "TM"])
def test_components_of_tm_follow_from_maxwell(name):
    """div E = i k0 n_eff E_x + d E_z/dz = 0 in every medium, n^2 E_z = -n_eff H_y and |E|^2 = |E_x|^2 + |E_z|^2."""
    mode = MODES[name]
    k0, n_eff = mode.stack.wavenumber, mode.effective_index
    for index, z in zip(mode.stack.indices, heights(mode), strict=True):
        h = min(1e-3 / (k0 * abs(index * index - n_eff * n_eff) ** 0.5 + 1e-3), 0.02 * np.ptp(z))
        slope = (mode.field(z + h, "Ez") - mode.field(z - h, "Ez")) / (2 * h)
        divergence = 1j * k0 * n_eff * mode.field(z, "Ex") + slope
        assert divergence == pytest.approx(0 * z, rel=0, abs=1e-5 * np.abs(slope).max() + 1e-9 * k0)
        assert mode.field(z, "Ez") * index**2 == pytest.approx(-n_eff * mode.field(z, "Hy"), rel=1e-13)
        wanted = np.abs(mode.field(z, "Ex")) ** 2 + np.abs(mode.field(z, "Ez")) ** 2
        assert mode.intensity(z) == pytest.approx(wanted, rel=1e-14)


def test_components_that_a_mode_does_not_have_are_refused():
    te, tm = slab_modes(**PIXEL)
    assert te.field(0.0, "Ey") == te.field(0.0)
    with pytest.raises(InputError, match="component of a TE mode"):
        te.field(0.0, "Ex")
    with pytest.raises(InputError, match="component of a TM mode"):
        tm.field(0.0, "Ey")


@pytest.mark.parametrize("name", [name for name, mode in MODES.items() if mode.kind == "leaky"])
def test_leaky_mode_grows_outwards_where_it_radiates_and_decays_where_it_does_not(name):
    """u ~ exp(g1 k0 z) below, Re g1 < 0, and the wave goes out: Im g1 < 0. Its power is lost to the substrate."""
    mode = MODES[name]
    g1, g2 = mode.sides
    assert g1.real < 0 < g2.real
    assert g1.imag < 0
    z = -np.array([1e-6, 3e-6])
    near, far = np.abs(mode.field(z))
    assert far / near == pytest.approx(np.exp(-2e-6 * mode.stack.wavenumber * g1.real), rel=1e-12)
    assert mode.loss_by_layer[0] > 0
    assert mode.loss_by_layer[-1] == 0


def test_mirrored_stack_has_the_mirrored_field():
    for one, other in zip(slab_modes(**STACKS["Ag film"]), mirrored(STACKS["Ag film"]), strict=True):
        z = np.linspace(-200 * NM, 500 * NM, 57)
        u, v = one.field(z), other.field(one.stack.interfaces[-1] - z)
        assert np.abs(u) == pytest.approx(np.abs(v), rel=0, abs=1e-12)
        assert list(other.loss_by_layer) == pytest.approx(list(one.loss_by_layer)[::-1], rel=1e-10)


def mirrored(stack):
    return slab_modes(**stack | {"indices": stack["indices"][::-1], "thicknesses": stack["thicknesses"][::-1]})


def test_film_split_in_two_shares_what_the_whole_has():
    whole = slab_modes(**PIXEL)
    split = slab_modes(
        indices=[*PIXEL["indices"][:2], 2.45, *PIXEL["indices"][2:]],
        thicknesses=[20 * NM, 60 * NM, 90 * NM, *PIXEL["thicknesses"][2:]],
        wavelength=800 * NM,
    )
    for one, two in zip(whole, split, strict=True):
        assert two.confinement(2) + two.confinement(3) == pytest.approx(one.confinement(2), rel=1e-12)
        assert two.index_derivatives[2:4].sum() == pytest.approx(one.index_derivatives[2], rel=1e-12)
        assert two.thickness_derivatives[1:3] == pytest.approx(np.full(2, one.thickness_derivatives[1]), rel=1e-11)


def test_layers_go_by_position_or_by_name():
    names = ("sapphire", "ITO", "perovskite", "PCBM", "BCP", "Ag2O", "top ITO", "air")
    te, _ = find_modes(make_stack(*PIXEL.values()), names=names)
    assert te.confinement("perovskite") == te.confinement(2)
    assert te.loss_by_layer["ITO"] == te.loss_by_layer[1]
    assert te.loss_by_layer["sapphire"] == 0
    assert dict(te.loss_by_layer.items()).keys() == set(names)
    assert te.confinement(-1) == te.confinement("air")
    with pytest.raises(InputError, match="perovskite"):
        te.confinement("perovskit")
    with pytest.raises(InputError, match=r"outside 0 \.\. 7"):
        te.confinement(8)
    with pytest.raises(InputError, match="kind of confinement"):
        te.confinement(2, "optical")
    assert "TE, bound" in repr(te)


def test_two_definitions_of_confinement_differ_by_the_ratio_of_indices_in_te():
    """Lossless TE: Re(d n_eff/d n_j) = (n_j/n_eff) share_j."""
    (mode,) = slab_modes(indices=[1.5, 2.2, 1.0], thicknesses=[150 * NM], wavelength=800 * NM, polarization="TE")
    n_eff = mode.effective_index.real
    assert mode.confinement(1, "gain") == pytest.approx(2.2 / n_eff * mode.confinement(1), rel=1e-13)


def test_gain_for_transparency_balances_the_loss():
    """alpha(k) = 0 at the k that the derivative tells, to second order in it."""
    te = slab_modes(**PIXEL, polarization="TE")[0]
    k = -te.modal_loss / te.loss_derivatives[2]
    pumped = again(te, indices=replaced(PIXEL["indices"], 2, 2.45 + 1j * k))
    assert abs(pumped.imag) < 1e-3 * te.effective_index.imag
