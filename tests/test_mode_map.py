"""Maps of guided modes: the same modes as stack by stack, none missing, none swapped, NaN where there is none."""

import json
import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

import femled as fl
from femled.errors import ConvergenceError, InputError
from femled.materials.index_laws import ConstantIndex
from femled.optics import family_modes as follow
from femled.optics.family import characteristic, make_family
from femled.optics.family_count import Corners, count_zeros
from femled.optics.mode_map import map_modes, stack_map
from femled.optics.pixel_stack import pixel_stack
from femled.optics.slab import find_modes
from femled.plotting_map import plot_map
from femled.units import nm

PIXEL = fl.load_pixel("elkhouly2024")
STACK = pixel_stack(PIXEL)
THICKNESS = np.linspace(20 * nm, 620 * nm, 31)
SHARE = np.linspace(0, 1, 8)[None, :]

SIX_FILMS = {"indices": STACK.indices(800 * nm), "thicknesses": STACK.thicknesses}


def family(shape=(31, 8), films=None, outer=None, thicknesses=None, wavelength=None):
    """The six films of elkhouly2024 with some numbers replaced by arrays."""
    n, t = list(SIX_FILMS["indices"]), list(SIX_FILMS["thicknesses"])
    for position, values in ((films or {}) | (outer or {})).items():
        n[position] = values
    for position, values in (thicknesses or {}).items():
        t[position - 1] = values
    return make_family(n, t, 800 * nm if wavelength is None else wavelength, shape)


KIM = pixel_stack(fl.load_pixel("kim2018")).at(780 * nm)
SILVER = 0.034 + 5.42j
SAPPHIRE = SIX_FILMS["indices"][0]
PEROVSKITE = {2: THICKNESS[:, None]}
KIM_FILMS = [*KIM.thicknesses[:2], THICKNESS[:, None], *KIM.thicknesses[3:]]
BARRIER = [250 * nm, 400 * nm, THICKNESS[:, None]]
THIN = [np.geomspace(5 * nm, 300 * nm, 31)[:, None]]
FAMILIES = {
    "thickness and k": family(films={1: 1.6 + 0.05j * SHARE}, thicknesses=PEROVSKITE),
    "thickness and n": family(films={2: 1.7 + 0.9 * SHARE + 0.02j}, thicknesses=PEROVSKITE),
    "substrate towards air": family(outer={0: 1.0 + 0.9 * SHARE}, thicknesses=PEROVSKITE),
    "alike half-spaces": family(outer={7: SAPPHIRE}, films={2: 2 + SHARE}, thicknesses=PEROVSKITE),
    "amplifying emitter": family(films={2: 2.45 - 0.02j * SHARE}, thicknesses=PEROVSKITE),
    "wavelength": family(wavelength=(500 + 900 * SHARE) * nm, thicknesses=PEROVSKITE),
    "one axis": family((31,), thicknesses={2: THICKNESS}),
    "thick guide": family((31,), thicknesses={2: 10 * THICKNESS}),
    "metal electrode": make_family(KIM.indices, KIM_FILMS, (600 + 250 * SHARE) * nm, (31, 8)),
    "metal film": make_family([1.5, SILVER, 1.5 + 0.3 * SHARE], THIN, 780 * nm, (31, 8)),
    "guides behind metal": make_family([1.45, 2.2 + 0.01j, SILVER, 2 + 0.3 * SHARE, 1], BARRIER, 780 * nm, (31, 8)),
    "metal half-space": make_family([1.45, 2.2 + 0.02j * SHARE, SILVER], [THICKNESS[:, None]], 780 * nm, (31, 8)),
}


def places(found):
    """Some stacks, and those on both sides of where a mode appears or ends."""
    rng, count = np.random.default_rng(5), found.count
    chosen = {tuple(rng.integers(0, count.shape).tolist()) for _ in range(8)}
    for axis in range(count.ndim):
        edges = np.argwhere(np.diff(count, axis=axis) != 0)
        for edge in edges[:: max(1, len(edges) // 4)].tolist():
            chosen |= {tuple(edge), tuple(i + (a == axis) for a, i in enumerate(edge))}
    return sorted(chosen)


@pytest.mark.parametrize("polarization", ["TE", "TM"])
@pytest.mark.parametrize("name", FAMILIES)
def test_map_has_the_modes_that_are_found_stack_by_stack(name, polarization):
    """Number, order, index, shares and losses, at random points and on both sides of cut-offs.

    Both are exact up to round-off; 1e-10 is what was promised.
    """
    stacks = FAMILIES[name]
    found = map_modes(stacks, polarization=polarization, modes=None)
    for place in places(found):
        position = int(np.ravel_multi_index(place, stacks.shape))
        single = find_modes(stacks.stack(position), polarization=polarization)
        assert found.count[place] == len(single)
        there = np.isfinite(found.effective_index[(slice(None), *place)])
        assert there.tolist() == [True] * len(single) + [False] * (len(there) - len(single))
        for number, mode in enumerate(single):
            at = (number, slice(None), *place)
            media = range(len(stacks.indices))
            assert abs(found.effective_index[(number, *place)] - mode.effective_index) < 1e-10
            assert found.modal_loss[(number, *place)] == pytest.approx(mode.modal_loss, rel=1e-9, abs=1e-5)
            assert found.confinement[at] == pytest.approx([mode.confinement(i) for i in media], abs=1e-9)
            assert found.gain_confinement[at] == pytest.approx(mode.index_derivatives.real, rel=1e-8, abs=1e-9)
            assert found.loss_by_layer[at] == pytest.approx(list(mode.loss_by_layer), rel=1e-7, abs=1e-3)


@pytest.mark.parametrize("name", FAMILIES)
def test_losses_of_the_layers_add_up_to_the_modal_loss(name):
    """Im n_eff and the power that every medium takes are two routes to the same loss."""
    for polarization in ("TE", "TM"):
        found = map_modes(FAMILIES[name], polarization=polarization, modes=None)
        there = np.isfinite(found.modal_loss)
        gap = (found.loss_by_layer.sum(axis=1) - found.modal_loss)[there]
        assert np.abs(gap) == pytest.approx(0, abs=1e-9 * np.abs(found.modal_loss[there]).max(initial=1.0))
        assert found.confinement.sum(axis=1)[there] == pytest.approx(1, abs=1e-12)


def test_nothing_stands_where_there_is_no_mode():
    found = map_modes(FAMILIES["thickness and k"], polarization="TM", modes=4)
    absent = np.arange(4)[:, None, None] >= found.count
    assert absent.any()
    assert not absent.all()
    for values in (found.effective_index.real, found.effective_index.imag, found.modal_loss):
        assert np.array_equal(np.isnan(values), absent)
    for values in (found.confinement, found.gain_confinement, found.loss_by_layer):
        assert np.array_equal(np.isnan(values).all(axis=1), absent)
        assert np.array_equal(np.isnan(values).any(axis=1), absent)


def test_modes_are_in_order_and_continuous():
    """TE0 > TE1 > ... everywhere, and no jump from point to point: no branch is swapped.

    Over a fine axis Re n_eff moves by less than |d n_eff/d t| dt, here below 0.02 a step.
    """
    found = map_modes(family((401,), thicknesses={2: np.linspace(20 * nm, 1.5e-6, 401)}), modes=None)
    n_eff = found.effective_index
    assert n_eff.shape[0] == 7
    for higher, lower in pairwise(n_eff):
        both = np.isfinite(lower)
        assert (higher[both].real > lower[both].real).all()
    for mode in n_eff:
        steps = np.diff(mode[np.isfinite(mode)])
        assert np.abs(steps).max() < 0.02
    assert (np.diff(found.count) >= 0).all()


def test_search_alone_gives_the_same_as_neighbours(monkeypatch):
    """A family whose stacks get no help from each other is slower, not different."""
    stacks = make_family(
        SIX_FILMS["indices"], [20 * nm, THICKNESS * 3, 20 * nm, 20 * nm, 5 * nm, 20 * nm], 800 * nm, (31,)
    )
    expected = map_modes(stacks, polarization="TM", modes=None)
    monkeypatch.setattr(follow._Followed, "_try", lambda *_: False)
    alone = map_modes(stacks, polarization="TM", modes=None)
    assert alone.alone >= 30 > expected.alone
    assert np.nan_to_num(alone.effective_index) == pytest.approx(np.nan_to_num(expected.effective_index), abs=1e-12)


def test_stack_that_cannot_be_followed_or_searched_goes_to_the_full_search(monkeypatch):
    stacks = FAMILIES["one axis"]
    expected = map_modes(stacks, modes=None)

    def counted(*arguments):
        found = count_zeros(*arguments)
        found.number[::7] = follow.ALONE
        return found

    monkeypatch.setattr(follow, "count_zeros", counted)
    found = map_modes(stacks, modes=None)
    assert found.alone >= 5
    assert np.nan_to_num(found.effective_index) == pytest.approx(np.nan_to_num(expected.effective_index), abs=1e-12)


@pytest.mark.parametrize("at_once", [50, 500, 5000])
def test_counts_do_not_depend_on_what_is_computed_together(monkeypatch, at_once):
    whole = map_modes(FAMILIES["wavelength"], modes=None)
    monkeypatch.setattr("femled.optics.family_count.AT_ONCE", at_once)
    monkeypatch.setattr("femled.optics.mode_map.AT_ONCE", at_once)
    parts = map_modes(FAMILIES["wavelength"], modes=None)
    assert np.array_equal(parts.count, whole.count)
    assert np.nan_to_num(parts.confinement) == pytest.approx(np.nan_to_num(whole.confinement), abs=1e-13)


def test_zero_on_the_border_is_told():
    """Rectangles with the mode in the middle of an edge, one step beside it, and well inside."""
    stacks = family((1,))
    s = follow.family_modes(stacks, "TE").coordinate[0, 0]
    for shift, number in ((0.0, -1), (1e-6, 0), (-1e-6, 1), (-0.1, 1)):
        left = np.array([s.real + shift])
        box = Corners(left, left + 0.5, np.array([s.imag - 0.1]), np.array([s.imag + 0.1]))
        assert count_zeros(stacks, "TE", box).number.tolist() == [number]


def test_derivative_of_the_characteristic_function():
    stacks = FAMILIES["thickness and k"]
    x, h = np.array([0.9 + 0.05j, 1.6 - 0.1j])[:, None, None], 1e-6
    for polarization in ("TE", "TM"):
        _, slope, growth = characteristic(stacks, polarization, x)
        high, low = (f * np.exp(g) for f, _, g in (characteristic(stacks, polarization, x + d) for d in (h, -h)))
        assert (high - low) / (2 * h) == pytest.approx(slope * np.exp(growth), rel=1e-7)


@pytest.mark.slow
def test_slope_over_k_is_the_loss_derivative():
    """d alpha/d k = 2 k0 Re d n_eff/d n of both electrodes together; differences over 0.0002 are good to 1e-6."""
    run = fl.mode_map(PIXEL, vary={"ito.k": [0.0048, 0.005, 0.0052]}, wavelength=800 * nm).data
    slope = float(run.modal_loss[2, 0] - run.modal_loss[0, 0]) / 0.0004
    stack = pixel_stack(PIXEL, index="ito=1.5999460053503185+0.005j").at(800 * nm)
    derivatives = find_modes(stack, polarization="TE", names=STACK.names)[0].loss_derivatives
    both = derivatives[STACK.names.index("ito_bottom")] + derivatives[STACK.names.index("ito_top")]
    assert slope == pytest.approx(both, rel=1e-6)
    gamma = run.gain_confinement.sel(ito_k=0.005, mode="TE0", layer=["ito_bottom", "ito_top"]).sum()
    assert slope == pytest.approx(4 * np.pi / (800 * nm) * float(gamma), rel=1e-6)


def test_wavelength_axis_follows_the_cards():
    wavelengths = [760 * nm, 800 * nm, 850 * nm]
    run = fl.mode_map(PIXEL, vary={"wavelength": wavelengths, "pcbm.thickness": ["20 nm", "40 nm"]}).data
    assert run.modal_loss.dims == ("wavelength", "pcbm_thickness", "mode")
    for wavelength in wavelengths:
        for thickness in (20 * nm, 40 * nm):
            stack = pixel_stack(PIXEL, thickness={"pcbm": thickness})
            (mode,) = find_modes(stack.at(wavelength), polarization="TE", names=stack.names)
            here = run.sel(wavelength=wavelength, pcbm_thickness=thickness, mode="TE0", method=None)
            assert float(here.effective_index) == pytest.approx(mode.effective_index.real, abs=1e-12)
            assert float(here.confinement.sel(layer="perovskite")) == pytest.approx(mode.confinement("perovskite"))


def test_result_says_what_it_is():
    run = fl.mode_map(
        PIXEL, vary={"perovskite.thickness": "50 nm .. 450 nm", "ito.k": [0, "0.01"]}, wavelength="800 nm", modes="all"
    )
    data = run.data
    assert data.modal_loss.attrs["units"] == "1/m"
    assert data.perovskite_thickness.attrs["units"] == "m"
    assert data.mode.values.tolist() == ["TE0", "TE1"]
    assert data.layer.values.tolist() == list(STACK.names)
    assert data.confinement.dims == ("perovskite_thickness", "ito_k", "mode", "layer")
    assert data.mode_count.min() == 1
    assert data.mode_count.max() == 2
    assert run.series.attributes["device_perovskite_thickness"] == 150e-9
    assert {"elkhouly2024", "konig2014", "dodge1986"} <= {key for key, _ in run.sources}
    assert "dolfinx" not in run.provenance
    assert repr(run).startswith("<mode_map on elkhouly2024, completed, 41 x 2 points:")


def test_sources_leave_out_an_index_that_the_axes_replace():
    both = fl.mode_map(PIXEL, vary={"ito.k": [0.0, 0.1], "ito.n": [1.6, 1.7]}, wavelength=800 * nm)
    assert "konig2014" not in {key for key, _ in both.sources}
    assert "konig2014" in {key for key, _ in fl.mode_map(PIXEL, vary={"ito.k": [0.0]}, wavelength=800 * nm).sources}


@pytest.mark.slow
def test_saved_map_comes_back_the_same(tmp_path):
    law = ConstantIndex(n=1.7, k=0.0, valid=(1e-9, 1e-2), source="choice", status="assumed")
    run = fl.mode_map(
        PIXEL,
        vary={"perovskite.thickness": [10 * nm, 200 * nm]},
        wavelength=800 * nm,
        polarization="TM",
        modes=2,
        index={"bcp": law, "pcbm": 1.9 + 0.001j, "znmgo": "1.6"},
        thickness={"ito_top": 30 * nm},
    )
    assert run.warnings == ("1 of 2 stacks guide no TM mode: their values are NaN",)
    back = fl.Result.load(run.save(tmp_path / "map"))
    assert back.data.identical(run.data)
    assert back.inputs == run.inputs == json.loads((tmp_path / "map" / "inputs.json").read_text())
    assert back.sources == run.sources
    again = fl.mode_map(
        PIXEL,
        vary=back.inputs["vary"],
        wavelength=back.inputs["wavelength"],
        polarization="TM",
        modes=2,
        index={**back.inputs["index"], "bcp": law},
        thickness=back.inputs["thickness"],
    )
    assert again.data.identical(run.data)


REFUSED = [
    ({"vary": {"ito_botom.k": [0.1]}}, 'no axis named "ito_botom.k"; nearest: ito_bottom.k'),
    ({"vary": {"perovskite": [0.1]}}, 'no axis named "perovskite"; nearest: perovskite'),
    ({"vary": {"substrate.thickness": [1e-3]}}, "no axis named"),
    ({"vary": {"pcbm.thickness": [20, 40]}}, "did you mean 20 nm"),
    ({"vary": {"pcbm.thickness": ["20"]}}, "has no unit"),
    ({"vary": {"ito.k": [0.2, 0.1]}}, "ito.k: values must rise, and 0.1 does not"),
    ({"vary": {"ito.k": [-0.1]}}, "outside 0 .. 20"),
    ({"vary": {"ito.k": []}}, "ito.k is an empty list"),
    ({"vary": {"ito.k": [0.1], "ito_top.k": [0.2]}}, "ito.k and ito_top.k both set the k of ito_top"),
    ({"vary": {}}, "give one or two axes"),
    ({"vary": {"ito.k": [0.1], "ito.n": [1.7], "pcbm.k": [0.0]}}, "give one or two axes"),
    ({"vary": {"wavelength": ["950 nm"]}, "wavelength": None}, r"perovskite \(.*\): wavelength 950 nm is outside"),
    ({"vary": {"wavelength": ["800 nm"]}}, "give the wavelength once"),
    ({"wavelength": None}, "give the wavelength once"),
    ({"wavelength": 800}, "wavelength 800 m is outside 1 nm .. 10 mm: did you mean 800 nm"),
    ({"polarization": "te"}, 'no polarization named "te"'),
    ({"modes": 0}, "modes 0 is not a number of modes"),
    ({"modes": "every"}, "modes 'every' is not a number of modes"),
    ({"index": {"itto": 1.7}}, 'no layer named "itto"; nearest: ito'),
    ({"thickness": {"substrate": 1e-3}}, 'no layer named "substrate"'),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_cannot_be_is_refused_in_one_line(change, message):
    with pytest.raises(InputError, match=message) as refusal:
        fl.mode_map(PIXEL, **({"vary": {"ito.k": [0.1]}, "wavelength": 800 * nm} | change))
    assert "\n" not in str(refusal.value)


def test_family_that_cannot_be_is_refused():
    films = {"indices": [1.5, 2.0, 1.0], "thicknesses": [200 * nm], "wavelength": 800 * nm, "shape": (3,)}
    for change, message in (
        ({"indices": [1.5, np.array([2.0, 2.1]), 1.0]}, r"values of shape \(2,\) do not fit"),
        ({"indices": [1.5, np.array([2.0, 2.1, np.nan]), 1.0]}, "is not a refractive index"),
        ({"thicknesses": [np.array([0.0, 1e-7, 2e-7])]}, "outside 0 .. 1 cm"),
        ({"wavelength": 800}, "metres are meant"),
        ({"shape": (0,)}, "holds no stack"),
        ({"polarization": "TX"}, "no polarization"),
        ({"modes": 0}, "not a number of modes"),
    ):
        with pytest.raises(InputError, match=message):
            stack_map(**(films | change))
    assert stack_map(**films).count.tolist() == [1, 1, 1]


def test_jump_of_a_field_is_an_error_not_a_number(monkeypatch):
    monkeypatch.setattr("femled.optics.family_field.CONTINUITY", 0.0)
    with pytest.raises(ConvergenceError, match="the field of a mode jumps"):
        map_modes(FAMILIES["thickness and k"], modes=None)


def test_map_needs_no_finite_elements():
    code = (
        "import sys\n"
        "for name in ('dolfinx', 'petsc4py', 'mpi4py', 'gmsh', 'basix'): sys.modules[name] = None\n"
        "import femled as fl\n"
        "run = fl.mode_map(fl.load_pixel('elkhouly2024'), vary={'ito.k': [0.0, 0.01]}, wavelength='800 nm')\n"
        "print(float(run.data.modal_loss[1, 0]) / 100)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(81.6, abs=0.5)


def test_figures_show_the_map_with_the_device_on_it():
    both = fl.mode_map(
        PIXEL, vary={"perovskite.thickness": "50 nm .. 450 nm", "ito.k": [0, 0.01, 0.02]}, wavelength=800 * nm, modes=2
    )
    figure = both.plot("modal_loss")
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("thickness of perovskite (nm)", "k of ito")
    assert bar.get_ylabel() == "modal loss of TE0 at 800 nm (1/cm)"
    (mark,) = [line for line in axes.lines if line.get_label() == "elkhouly2024"]
    assert mark.get_xydata() == pytest.approx(np.array([[150.0, 0.00566999]]), rel=1e-5)
    labels = plot_map(both, "confinement", mode="TE1").axes[0].get_legend_handles_labels()[1]
    assert labels == ["no TE1", "elkhouly2024"]
    plot_map(both, "mode_count")
    single = fl.mode_map(PIXEL, vary={"perovskite.thickness": "50 nm .. 450 nm"}, wavelength=800 * nm, modes=3)
    (axes,) = plot_map(single).axes
    assert axes.get_legend_handles_labels()[1] == ["TE0", "TE1", "elkhouly2024"]
    assert axes.get_ylabel() == "modal loss at 800 nm (1/cm)"
    (axes,) = plot_map(single, "loss_by_layer").axes
    assert axes.get_legend_handles_labels()[1] == ["ito_bottom", "ito_top", "elkhouly2024"]
    for options, message in (
        ({"name": "modal_los"}, "nearest: modal_loss"),
        ({"mode": "TE7"}, 'no mode named "TE7"'),
        ({"name": "confinement", "layer": "itto"}, 'no layer named "itto"'),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            plot_map(single, **options)
