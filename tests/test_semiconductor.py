"""What cannot be a semiconductor, an ion, a contact or a column is refused in one line that says what to do."""

import pytest

import femled as fl

GOOD = {
    "relative_permittivity": 24,
    "conduction_band_ev": -3.8,
    "valence_band_ev": -5.4,
    "conduction_band_density": 3e24,
    "valence_band_density": 2.5e24,
    "electron_mobility": 5e-5,
    "hole_mobility": 3e-5,
}
ION = {"name": "vacancy", "charge": 1, "mean_density": 5e24, "diffusivity": 2e-15}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"conduction_band_ev": -5.4, "valence_band_ev": -3.8}, "were they swapped"),
        ({"conduction_band_ev": 3.8}, "conduction_band_ev 3.8 eV is outside"),
        ({"donor_density": -1e22}, "donor_density -1e\\+22 1/m3 is outside"),
        ({"srh_electron_lifetime": 1e-8}, "give both or none"),
        ({"trap_level_ev": -4.5}, "trap_level_ev needs srh_electron_lifetime"),
        ({"srh_electron_lifetime": 1e-8, "srh_hole_lifetime": 1e-8, "trap_level_ev": -3.0}, "outside the gap"),
        ({"statistics": "bose"}, "statistics"),
        ({"ions": [fl.MobileIon(**ION), fl.MobileIon(**ION)]}, "two of them have the same name"),
        ({"ions": [fl.MobileIon(**ION, counter_charge="mobile")]}, "ions without counter-charge"),
    ],
)
def test_impossible_semiconductor_is_refused(changes, text):
    with pytest.raises(fl.InputError, match=text) as refusal:
        fl.Semiconductor(**(GOOD | changes))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_missing_number_is_named(name):
    with pytest.raises(fl.InputError, match=f'"{name}" is missing'):
        fl.Semiconductor(**{key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"charge": 0}, "charge 0"),
        ({"mean_density": -1e24}, "mean_density"),
        ({"site_density": 5e24}, "does not fit into site_density"),
        ({"diffusivity": -1.0}, "diffusivity"),
    ],
)
def test_impossible_ion_is_refused(changes, text):
    with pytest.raises(fl.InputError, match=text):
        fl.MobileIon(**(ION | changes))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "either a work_function_ev"),
        ({"work_function_ev": -5.0, "kind": "blocking"}, "either a work_function_ev"),
        ({"work_function_ev": 5.0}, "work_function_ev 5 eV is outside"),
        ({"kind": "blocking", "surface_velocity": 1.0}, "leave it out"),
        ({"work_function_ev": -5.0, "surface_velocity": -1.0}, "surface_velocity"),
    ],
)
def test_impossible_contact_is_refused(fields, text):
    with pytest.raises(fl.InputError, match=text):
        fl.Contact(**fields)


def test_column_refuses_a_layer_without_electrical_data_and_a_pixel_one_without_thermal_data():
    contact = fl.Contact(work_function_ev=-5.0)
    with pytest.raises(fl.InputError, match=r'layer "glass": .* has no electrical data'):
        fl.Column(layers=[fl.Layer(name="glass", thickness=1e-7, material="ito")], anode=contact, cathode=contact)
    layer = fl.Layer(name="emitter", thickness=1e-7, material=fl.Semiconductor(**GOOD))
    with pytest.raises(fl.InputError, match='layer "emitter" is a Semiconductor without thermal data'):
        _ = layer.solid
    pixel = fl.load_pixel("kim2018")
    layers = [layer if one.name == pixel.emitter else one for one in pixel.layers]
    layers = [one.replace(name=pixel.emitter, extent="opening") if one is layer else one for one in layers]
    with pytest.raises(fl.InputError, match="is a Semiconductor without thermal data: give a material card"):
        pixel.replace(layers=tuple(layers))


def test_column_refuses_two_layers_of_one_name_and_no_layer():
    contact = fl.Contact(work_function_ev=-5.0)
    layer = fl.Layer(name="a", thickness=1e-7, material=fl.Semiconductor(**GOOD))
    with pytest.raises(fl.InputError, match="used twice"):
        fl.Column(layers=[layer, layer], anode=contact, cathode=contact)
    with pytest.raises(fl.InputError, match="at least one layer"):
        fl.Column(layers=[], anode=contact, cathode=contact)


def test_column_survives_json():
    """Written and read back, a column is the same, ions and defaults included."""
    material = fl.Semiconductor(**GOOD, ions=[fl.MobileIon(**ION)])
    layer = fl.Layer(name="a", thickness=1e-7, material=material)
    column = fl.Column(layers=[layer], anode=fl.Contact(kind="neutral"), cathode=fl.Contact(work_function_ev=-4.0))
    assert fl.Column.from_mapping(column.model_dump(mode="json"), "here") == column
