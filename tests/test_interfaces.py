"""Where interfaces and contacts take their carriers from, and which of them a column refuses."""

import numpy as np
import pytest

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE

GOOD = {
    "relative_permittivity": 24,
    "conduction_band_ev": -3.8,
    "valence_band_ev": -5.4,
    "conduction_band_density": 3e24,
    "valence_band_density": 2.5e24,
    "electron_mobility": 5e-5,
    "hole_mobility": 3e-5,
}


def stack(**fields):
    htl = fl.Semiconductor(**(GOOD | {"conduction_band_ev": -2.3, "valence_band_ev": -5.3}))
    etl = fl.Semiconductor(**(GOOD | {"conduction_band_ev": -3.9, "valence_band_ev": -6.2}))
    materials = {"htl": htl, "emitter": fl.Semiconductor(**GOOD), "etl": etl}
    layers = [fl.Layer(name=name, thickness=4e-8, material=material) for name, material in materials.items()]
    contacts = {"anode": fl.Contact(work_function_ev=-5.2), "cathode": fl.Contact(work_function_ev=-4.0)}
    return fl.Column(layers=layers, **(contacts | fields))


def between(*names, **fields):
    return fl.Interface(between=names, **({"electron_velocity": 1.0, "hole_velocity": 10.0} | fields))


@pytest.mark.parametrize(
    ("interface", "electrons", "holes"),
    [
        (between("htl", "emitter"), "emitter", "htl"),
        (between("emitter", "htl"), "emitter", "htl"),
        (between("emitter", "etl"), "etl", "emitter"),
        (between("emitter", "etl", electron_layer="emitter"), "emitter", "emitter"),
        (between("htl", "emitter", hole_layer="emitter"), "emitter", "emitter"),
    ],
)
def test_interface_takes_carriers_where_they_gather_or_where_it_is_told(interface, electrons, holes):
    column = stack(interfaces=[interface])
    sides = interface.sides(*column.neighbours(interface))
    assert [layer.name for layer in sides] == [electrons, holes]


def test_intrinsic_level_of_an_interface_belongs_to_the_two_bands():
    """n1 = p1 there: N_c of the emitter at -3.8 eV and N_v of the transport layer at -5.3 eV."""
    interface = between("htl", "emitter")
    column = stack(interfaces=[interface])
    level = interface.level_ev(*interface.sides(*column.neighbours(interface)), 300.0)
    vt = BOLTZMANN * 300 / ELEMENTARY_CHARGE
    assert 3e24 * np.exp((level + 3.8) / vt) == pytest.approx(2.5e24 * np.exp((-5.3 - level) / vt), rel=1e-9, abs=0)
    assert between("htl", "emitter", trap_level_ev=-4.4).level_ev(*column.layers[:2], 300.0) == -4.4


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"interfaces": [between("htl", "etl")]}, "these layers do not touch, the order is htl, emitter, etl"),
        ({"interfaces": [between("htl", "emiter")]}, 'no layer named "emiter"; nearest: emitter'),
        ({"interfaces": [between("htl", "emitter"), between("emitter", "htl")]}, "is given twice"),
        ({"interfaces": [between("htl", "emitter", trap_level_ev=-3.0)]}, "trap_level_ev -3 eV is outside"),
        ({"series_resistance": -1.0}, "series_resistance"),
    ],
)
def test_impossible_interface_or_resistance_is_refused_by_the_column(fields, text):
    with pytest.raises(fl.InputError, match=text) as refusal:
        stack(**fields)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"between": ("a", "a")}, "named twice"),
        ({"electron_velocity": 0.0}, "leave the interface out"),
        ({"hole_velocity": -1.0}, "hole_velocity"),
        ({"electron_layer": "c"}, "none of the layers of the interface"),
    ],
)
def test_impossible_interface_is_refused(fields, text):
    with pytest.raises(fl.InputError, match=text):
        fl.Interface(**({"between": ("a", "b"), "electron_velocity": 1.0, "hole_velocity": 1.0} | fields))


@pytest.mark.parametrize(
    ("fields", "velocities"),
    [
        ({}, (None, None)),
        ({"surface_velocity": 3.0}, (3.0, 3.0)),
        ({"hole_velocity": 0.0}, (None, 0.0)),
        ({"surface_velocity": 3.0, "electron_velocity": 1e3}, (1e3, 3.0)),
        ({"electron_velocity": float("inf"), "hole_velocity": 5.0}, (None, 5.0)),
    ],
)
def test_contact_may_treat_electrons_and_holes_differently(fields, velocities):
    assert fl.Contact(work_function_ev=-5.0, **fields).velocities == velocities


def test_blocking_contact_passes_neither_carrier():
    assert fl.Contact(kind="blocking").velocities == (0.0, 0.0)
    with pytest.raises(fl.InputError, match="hole_velocity: no particle passes a blocking contact"):
        fl.Contact(kind="blocking", hole_velocity=1.0)


def test_column_with_everything_survives_json():
    material = fl.Semiconductor(
        **GOOD,
        srh_electron_lifetime=1e-8,
        srh_hole_lifetime=1e-7,
        trap_density=1e22,
        trap_charge="donor",
        ions=[fl.MobileIon(name="i", charge=1, mean_density=1e23, diffusivity=1e-16, kind="pair", activation_ev=0.5)],
        ion_traps=fl.IonTraps(capture_coefficient=1e-15, saturation_current_density=27.0),
        statistics="gauss_fermi",
        disorder_ev=0.08,
        reference_temperature=300,
        hole_activation_ev=0.1,
    )
    layers = [fl.Layer(name=name, thickness=1e-7, material=material) for name in "ab"]
    column = fl.Column(
        layers=layers,
        anode=fl.Contact(work_function_ev=-5.2, electron_velocity=0.0),
        cathode=fl.Contact(work_function_ev=-4.0),
        interfaces=[between("a", "b", electron_layer="a")],
        series_resistance=1e-4,
    )
    assert fl.Column.from_mapping(column.model_dump(mode="json"), "here") == column
