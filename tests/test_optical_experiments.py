"""Modes, outcoupling and absorption of whole pixels: against plain calls, closed balances, records, commands."""

import json
import subprocess
import sys

import numpy as np
import pytest

from femled import InputError, absorption, load_pixel, modes, outcoupling, plane_wave, slab_modes
from femled.cli import run
from femled.optics.pixel_stack import pixel_stack
from femled.result import Result

ELKHOULY, KIM, LI = (load_pixel(name) for name in ("elkhouly2024", "kim2018", "li2023"))


@pytest.fixture(scope="module")
def guided():
    return modes(ELKHOULY, wavelength=800e-9)


@pytest.fixture(scope="module")
def light():
    return outcoupling(ELKHOULY, wavelengths=5)


def shares(result):
    return dict(zip(result.series["channel"].tolist(), result.series["share"].tolist(), strict=True))


def test_modes_of_a_pixel_are_those_of_its_stack(guided):
    """The same indices and thicknesses by hand; 1e-15 is the last digit."""
    stack = pixel_stack(ELKHOULY)
    plain = slab_modes(indices=stack.indices(800e-9), thicknesses=stack.thicknesses, wavelength=800e-9)
    assert [m.polarization for m in guided] == [m.polarization for m in plain]
    for mine, theirs in zip(guided, plain, strict=True):
        assert abs(mine.effective_index - theirs.effective_index) < 1e-15
        assert mine.confinement("perovskite") == pytest.approx(theirs.confinement(2), rel=1e-12)
        assert mine.loss_by_layer["ito_top"] == pytest.approx(theirs.loss_by_layer[6], rel=1e-9)


def test_group_index_of_a_pixel_has_the_dispersion_of_its_materials():
    """n_g = n_eff - wavelength dn_eff/dwavelength with the cards' own n(wavelength): central difference over 0.2 nm,
    1e-6 for its square. Left out, the dispersion would be missed by percents."""
    wave, h = 801e-9, 1e-10
    around = [modes(ELKHOULY, wavelength=w, polarization="TE")[0].effective_index.real for w in (wave - h, wave + h)]
    mode = modes(ELKHOULY, wavelength=wave, polarization="TE")[0]
    expected = mode.effective_index.real - wave * (around[1] - around[0]) / (2 * h)
    assert mode.group_index == pytest.approx(expected, abs=1e-6)
    stack = pixel_stack(ELKHOULY)
    still = slab_modes(indices=stack.indices(wave), thicknesses=stack.thicknesses, wavelength=wave, polarization="TE")
    assert abs(still[0].group_index - expected) > 1e-3


def test_leaky_is_the_kind_and_the_kind_is_leaky():
    one = modes(ELKHOULY, wavelength=800e-9, thickness="perovskite=600 nm", kind="leaky")
    other = modes(ELKHOULY, wavelength=800e-9, thickness={"perovskite": 600e-9}, leaky=True)
    assert [m.effective_index for m in one] == [m.effective_index for m in other]
    assert all(m.kind == "leaky" for m in one)


def test_modes_are_recorded_with_their_media(guided):
    data = guided.result.data
    assert data["mode"].values.tolist() == ["TE0", "TM0"]
    assert float(data["modal_loss"].sel(mode="TE0")) == pytest.approx(4624.4, rel=1e-4)
    assert data["loss_by_layer"].sum("layer").values == pytest.approx(data["modal_loss"].values, rel=1e-9)
    assert data["confinement"].sum("layer").values == pytest.approx(1.0, abs=1e-12)
    ito = guided.result.inputs["media"][1]
    assert (ito["name"], ito["material"], ito["source"]) == ("ito_bottom", "ito", "konig2014")
    assert json.loads(json.dumps(guided.result.inputs)) == guided.result.inputs


def test_shares_of_the_recombination_events_add_up_to_one(light):
    """To rounding, absorbed and near field included, although each is integrated on its own; 1e-10 is the budget."""
    assert sum(shares(light).values()) == pytest.approx(1.0, abs=1e-10)
    assert abs(float(light.series["unassigned"])) < 1e-10


def test_facets_integrate_to_their_shares(light):
    """2 pi Int I(angle) sin(angle) d angle over the 91 angles, Simpson: 1e-4."""
    from scipy.integrate import simpson

    angle = light.series["angle"]
    for row, facet in zip(light.series["angular_intensity"], light.series["facet"].tolist(), strict=True):
        whole = 2 * np.pi * simpson(row * np.sin(angle), x=angle)
        assert whole == pytest.approx(shares(light)[facet], rel=1e-4)


def test_near_field_rule_is_stated_and_matters(light):
    """Between ITO and PCBM, which absorb: said with the distance; nearer dipoles lose more to the near field."""
    assert any("2.5 nm from ito_bottom" in text for text in light.warnings)
    nearer = outcoupling(ELKHOULY, wavelengths=1, minimum_distance=1e-9)
    farther = outcoupling(ELKHOULY, wavelengths=1, minimum_distance=5e-9)
    assert shares(nearer)["near field"] > 1.5 * shares(farther)["near field"]


def test_yield_below_one_loses_in_the_emitter():
    """A single dipole: emitter share (1 - q)/(1 - q + q F), the others scaled by q/(1 - q + q F) of those at q = 1."""
    full = outcoupling(ELKHOULY, wavelengths=1, profile=75e-9)
    half = outcoupling(ELKHOULY, wavelengths=1, profile=75e-9, intrinsic_yield=0.4)
    F = float(full.series["purcell_factor"])
    assert shares(half)["emitter"] == pytest.approx(0.6 / (0.6 + 0.4 * F), rel=1e-12)
    assert shares(half)["top"] == pytest.approx(shares(full)["top"] * F * 0.4 / (0.6 + 0.4 * F), rel=1e-12)


def test_a_metal_on_top_lets_no_light_out_there():
    run = outcoupling(KIM, wavelengths=1)
    assert shares(run)["top"] < 1e-6
    assert shares(run)["bottom"] > 0.05
    assert sum(shares(run).values()) == pytest.approx(1.0, abs=1e-10)


def test_absorption_closes_and_is_that_of_the_plane_wave():
    """Air | 1.1 mm of sapphire, incoherent | films | air, by hand; R + T + A = 1 to rounding."""
    run = absorption(ELKHOULY, wavelength=532e-9)
    stack = pixel_stack(ELKHOULY)
    wave = plane_wave(
        indices=[1.0, *stack.indices(532e-9)],
        thicknesses=[1.1e-3, *stack.thicknesses],
        wavelength=532e-9,
        incoherent=[1],
    )
    data = run.series
    assert data["absorptance"] == pytest.approx(np.maximum(wave.absorptance, 0), abs=1e-14)
    total = data["absorptance"].sum() + data["reflectance"] + data["transmittance"]
    assert float(total) == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("pixel", [ELKHOULY, KIM], ids=lambda pixel: pixel.name)
@pytest.mark.parametrize("side", ["substrate", "top"])
def test_absorption_density_integrates_to_the_absorptance(pixel, side):
    """Simpson's rule over the heights given, film by film: 2e-3 with 2 nm between them, aluminium's 7 nm of depth."""
    from scipy.integrate import simpson

    run = absorption(pixel, wavelength=532e-9, from_=side)
    stack, z, a = pixel_stack(pixel), run.series["position"], run.series["absorption_density"]
    edges = np.concatenate([[0.0], np.cumsum(stack.thicknesses)])
    absorbed = dict(zip(run.series["layer"].tolist(), run.series["absorptance"].tolist(), strict=True))
    for name, low, high in zip(stack.names[1:-1], edges[:-1], edges[1:], strict=True):
        inside = (z > low) & (z < high)
        assert simpson(a[inside], x=z[inside]) == pytest.approx(absorbed[name], rel=2e-3, abs=1e-12)


def test_generation_counts_the_absorbed_photons_of_a_pulse():
    """Int G dz = A F wavelength/(h c) per area: 9 uJ/cm2 at 532 nm are 2.41e13 1/cm2 photons."""
    run = absorption(ELKHOULY, wavelength=532e-9, fluence=0.09)
    photons = 0.09 * 532e-9 / (6.62607015e-34 * 299792458.0)
    assert photons == pytest.approx(2.41e17, rel=1e-2)
    assert run.series["generation"] == pytest.approx(run.series["absorption_density"] * photons, rel=1e-12)
    assert "generation" not in absorption(ELKHOULY, wavelength=532e-9).series.variables


@pytest.mark.parametrize(
    "made",
    [
        lambda: modes(ELKHOULY, wavelength=800e-9).result,
        lambda: modes(ELKHOULY, wavelength=800e-9, leaky=True).result,
        lambda: outcoupling(LI, wavelengths=1),
        lambda: absorption(ELKHOULY, wavelength=532e-9, fluence=0.09),
    ],
    ids=["modes", "no modes", "outcoupling", "absorption"],
)
def test_saved_optical_result_comes_back_the_same(made, tmp_path):
    result = made()
    back = Result.load(result.save(tmp_path / "run", figures={"figure": result.plot()}))
    assert back.data.identical(result.data)
    assert (back.inputs, back.sources, back.warnings) == (result.inputs, result.sources, result.warnings)
    assert back.plot() is not None
    assert [str(key) for key in back.citations()] == [str(key) for key in result.citations()]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: modes(ELKHOULY, wavelength=800.0), "wavelength"),
        (lambda: modes(ELKHOULY, wavelength=1200e-9), "outside"),
        (lambda: modes(ELKHOULY, wavelength=800e-9, search="1.8, 2.3"), "re_min, re_max, im_min, im_max"),
        (lambda: modes(ELKHOULY, wavelength=800e-9, polarization="TX"), 'no polarization named "TX"'),
        (lambda: absorption(ELKHOULY, wavelength=532e-9, from_="left"), "substrate or top"),
        (lambda: absorption(ELKHOULY, wavelength=532e-9, angle=30.0), "angle"),
        (lambda: outcoupling(ELKHOULY, minimum_distance=80e-9), "no room for dipoles"),
        (lambda: outcoupling(ELKHOULY, intrinsic_yield=1.2), "intrinsic_yield"),
        (lambda: outcoupling(ELKHOULY, orientation="diagonal"), "orientation"),
        (lambda: outcoupling(ELKHOULY, wavelengths=1, profile="3"), "give a height, a function"),
    ],
)
def test_bad_optical_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError) as refusal:
        call()
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_material_without_emission_needs_a_spectrum():
    silicon = ELKHOULY.replace(
        layers=tuple(
            layer.replace(material="tpbi") if layer.name == "perovskite" else layer for layer in ELKHOULY.layers
        )
    )
    with pytest.raises(InputError, match="tpbi has no emission spectrum: give wavelength and spectral_width"):
        outcoupling(silicon)
    assert outcoupling(silicon, wavelength=800e-9, spectral_width=10e-9, wavelengths=1).outcome == "completed"


WITHOUT_FEM = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("dolfinx", "dolfinx_solver", "mpi4py", "petsc4py", "gmsh", "ufl", "basix", "ffcx"):
            raise ImportError(name)
sys.meta_path.insert(0, Missing())
from femled.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        ["modes", "elkhouly2024", "--wavelength", "800 nm"],
        ["outcoupling", "elkhouly2024", "--wavelengths", "1"],
        ["absorption", "elkhouly2024", "--wavelength", "532 nm", "--from", "substrate"],
    ],
    ids=lambda command: command[0],
)
def test_optical_commands_run_where_there_are_no_finite_elements(command):
    done = subprocess.run([sys.executable, "-c", WITHOUT_FEM, *command, "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pixel"] == "elkhouly2024"


def test_modes_command_takes_indices_thicknesses_and_leaky(capsys):
    command = ["modes", "elkhouly2024", "--wavelength", "800 nm", "--index", "ito=1.80+0.0261j"]
    assert run([*command, "--thickness", "ito_bottom=30 nm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["media"][1] | {"n": 1.8, "k": 0.0261, "thickness_m": 30e-9} == told["media"][1]
    assert told["modes"][0]["name"] == "TE0"
    assert sum(told["modes"][0]["confinement"].values()) == pytest.approx(1.0)
    assert run([*command, "--leaky", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "leaky"


def test_sources_of_a_device_name_those_of_its_light(capsys):
    assert run(["cite", "elkhouly2024", "--json"]) == 0
    keys = {row["key"]: row["status"] for row in json.loads(capsys.readouterr().out)}
    assert "literature" in keys["konig2014"]
    assert "assumed" in keys["lecorre2019"]


def test_what_no_text_can_stand_for_is_no_option(capsys):
    assert run(["outcoupling", "elkhouly2024", "--profile", "3"]) == 2
    assert "--profile" in capsys.readouterr().err


def test_reports_state_the_rule_the_sum_and_the_units(capsys):
    assert run(["outcoupling", "elkhouly2024", "--wavelengths", "1"]) == 0
    text = capsys.readouterr().out
    assert "100.00000000 %" in text
    assert "near-field rule: emitters keep 2.5 nm" in text
    assert run(["modes", "elkhouly2024", "--wavelength", "800 nm"]) == 0
    assert "1/cm" in capsys.readouterr().out
