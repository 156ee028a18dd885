"""Stated numbers of devices by path: all are found with their status, and one replaced changes nothing else."""

import pytest

import femled as fl
from femled.device import device_names
from femled.units import um


def by_path(device):
    return {one.path: one for one in fl.inputs_of(device)}


@pytest.mark.parametrize("name", device_names())
def test_every_number_can_be_replaced_and_moves_alone(name):
    """Each input 1 % up (down at the end of its range) in a device of its own: read back within 1e-9, as assumed; no
    other number moves.
    """
    pixel = fl.load_pixel(name)
    before = by_path(pixel)
    for path, one in before.items():
        factor = 1.01 if one.quantity.low <= 1.01 * one.value <= one.quantity.high else 0.99
        changed = by_path(fl.with_inputs(pixel, {path: factor * one.value}))
        assert changed[path].value == pytest.approx(factor * one.value, rel=1e-9)
        assert changed[path].status == "assumed"
        others = {other: found.value for other, found in changed.items() if other != path}
        assert others == pytest.approx({other: before[other].value for other in others}, rel=1e-12)


def test_all_at_once_is_one_after_the_other():
    pixel = fl.load_pixel("elkhouly2024")
    values = {path: 1.05 * one.value for path, one in by_path(pixel).items()}
    step_by_step = pixel
    for path, value in values.items():
        step_by_step = fl.with_inputs(step_by_step, {path: value})
    together = by_path(fl.with_inputs(pixel, values))
    assert {path: one.value for path, one in together.items()} == pytest.approx(
        {path: one.value for path, one in by_path(step_by_step).items()}, rel=1e-9
    )


def test_inputs_hold_what_the_files_state():
    """By hand from geometries/ and the cards: an own value in place of the card's, an ion, a contact, a shared card."""
    kim, elkhouly = by_path(fl.load_pixel("kim2018")), by_path(fl.load_pixel("elkhouly2024"))
    mobility = kim["mapbi3.carriers.electron_mobility"]
    assert (mobility.value, mobility.unit, mobility.status) == (5e-7, "m2/V/s", "calibrated")
    assert mobility.note.startswith("calibrated to K8")
    assert kim["mapbi3.carriers.radiative_coefficient"].status == "published"
    assert kim["mapbi3.carriers.ions.iodide_vacancy.diffusivity"].value == 6e-17
    assert kim["contacts.anode.sheet_resistance"].value == 15.0
    assert kim["ito.thickness"].status == "published"
    assert elkhouly["perovskite.gain.hole_mass"].value == 0.25
    assert elkhouly["ito_bottom+ito_top.density"].status == "assumed"
    assert "ito_top.density" not in elkhouly


def test_a_replaced_number_reaches_the_models():
    """The column, the gain, the heat and the electrodes see it; a scaled law keeps its shape."""
    pixel = fl.load_pixel("elkhouly2024")
    changed = fl.with_inputs(
        pixel,
        {
            "layers.pcbm.carriers.hole_mobility": "1e-8 m2/V/s",
            "emitter.gain.hole_mass": 0.3,
            "substrate.thermal_conductivity": 20.0,
            "contacts.anode.sheet_resistance": "100 ohm",
            "perovskite.carriers.ions.halide_vacancy.diffusivity": 1e-16,
            "diameter": 20 * um,
        },
    )
    pcbm = next(layer for layer in changed.column().layers if layer.name == "pcbm")
    assert pcbm.material.hole_mobility == 1e-8
    assert changed.layer("perovskite").material.gain.law.hole_mass == 0.3
    assert changed.contacts.anode.ohms_per_square == 100.0
    assert changed.column().layers[0].material.ions[0].diffusivity == 1e-16
    assert changed.diameter == 20 * um
    laws = [one.substrate.material.thermal_conductivity for one in (pixel, changed)]
    for temperature in (77.0, 291.0, 350.0):
        assert float(laws[1].at(temperature) / laws[0].at(temperature)) == pytest.approx(
            20.0 / float(laws[0].at(291.0)), rel=1e-9
        )
    assert fl.load_pixel("elkhouly2024") == pixel


def test_a_number_that_is_not_stated_yet_can_be_put_in():
    pixel = fl.load_pixel("kim2018")
    assert pixel.layer("tpbi").solid.carriers.get("donor_density") is None
    doped = fl.with_inputs(pixel, {"tpbi.carriers.donor_density": 1e22})
    assert by_path(doped)["tpbi.carriers.donor_density"].value == 1e22


def test_a_device_with_other_numbers_survives_its_file(tmp_path):
    changed = fl.with_inputs(fl.load_pixel("elkhouly2024"), {"perovskite.gain.hole_mass": 0.3, "ito_top.density": 7e3})
    changed.save(tmp_path / "changed.toml")
    assert fl.Pixel.load(tmp_path / "changed.toml") == changed


def test_a_material_has_inputs_of_its_own():
    card = fl.load_material("fa_cs_perovskite")
    changed = fl.with_inputs(card, {"gain.edge_width_ev": "15 meV", "heat_capacity": 200.0})
    assert changed.gain.law.edge_width_ev == pytest.approx(0.015, rel=1e-12)
    assert float(changed.heat_capacity.at(295.0)) == pytest.approx(200.0, rel=1e-12)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("perovskit.gain.hole_mass", 0.3, 'no part named "perovskit"; nearest: perovskite'),
        ("perovskite.gain.hole_mas", 0.3, 'no value of a gain named "hole_mas"; nearest: hole_mass'),
        ("perovskite.gain.hole_mass", 300.0, "hole_mass 300 1 is outside"),
        ("perovskite.gain.gap_ev", "1.57 V", "gap_ev"),
        ("perovskite.carriers.ions.iodide.diffusivity", 1e-16, 'no part of ions named "iodide"'),
        ("perovskite.thickness", 150.0, "did you mean 150 nm"),
        ("diametre", 1e-5, 'no number named "diametre"'),
        ("contacts.gate.work_function_ev", -4.0, "anode or the cathode"),
        ("substrate.thermal_conductivity", -1.0, "is not above 0"),
        ("pcbm.gain.hole_mass", 0.3, "no number of pcbm"),
    ],
)
def test_paths_and_values_that_cannot_be_are_refused(path, value, words):
    with pytest.raises(fl.InputError, match=words):
        fl.with_inputs(fl.load_pixel("elkhouly2024"), {path: value})
