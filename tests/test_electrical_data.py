"""What cards and device files say of carriers, and the column that becomes of a pixel."""

import pytest

import femled as fl
from femled.commands_electrical import electrical_table
from femled.device.electrical import carrier_data, current_layers
from femled.errors import InputError
from femled.experiments.sources import electrical_sources
from femled.materials import Semiconductor, reference
from femled.materials.stated import CarrierData, Stated

NAMES = ("elkhouly2024", "kim2018", "li2023")
CARDS = [name for name in fl.material_names() if fl.load_material(name).carriers is not None]
NM = 1e-9


def stated(value, status="assumed", source="choice"):
    return {"value": value, "source": source, "status": status}


@pytest.fixture(params=NAMES)
def pixel(request):
    return fl.load_pixel(request.param)


@pytest.mark.parametrize("name", CARDS)
def test_every_electrical_number_of_a_card_has_a_source_that_is_listed(name):
    numbers = fl.load_material(name).carriers.numbers()
    required = {field for field, info in Semiconductor.model_fields.items() if info.is_required()}
    assert required <= set(numbers)
    for one in numbers.values():
        assert reference(one.source).key == one.source
        assert one.status != "calibrated"  # a card knows no device
        assert one.note or one.status == "published"


@pytest.mark.parametrize("name", CARDS)
def test_every_card_says_how_its_carriers_follow_the_temperature(name):
    """A reference temperature, a mobility that changes, and mobile ions that hop: at 345 K none is what it was."""
    card = Semiconductor.from_mapping(fl.load_material(name).carriers.plain(), name)
    warm = card.at_temperature(345.0)
    assert card.reference_temperature == 295.0
    assert warm.electron_mobility != card.electron_mobility
    assert warm.hole_mobility != card.hole_mobility
    assert all(hot.diffusivity > ion.diffusivity for hot, ion in zip(warm.ions, card.ions, strict=True))


@pytest.mark.parametrize("name", ["kim2018", "li2023"])
def test_laws_of_the_temperature_change_nothing_at_room_temperature(name):
    """What was compared with measurements at 295 K stays as it is, to the last digit."""
    column = fl.load_pixel(name).column()
    for layer, there in zip(column.layers, column.semiconductors, strict=True):
        assert layer.material.reference_temperature == column.temperature == 295.0
        for field in ("electron_mobility", "conduction_band_ev", "radiative_coefficient", "srh_hole_lifetime"):
            assert getattr(there, field) == getattr(layer.material, field)
        assert [ion.diffusivity for ion in there.ions] == [ion.diffusivity for ion in layer.material.ions]


def test_cold_device_still_passes_a_kiloampere_per_square_centimetre_at_five_volts():
    """elkhouly2024 at 77 K: hopping that freezes would leave nothing of the kiloamperes that were driven there. At 9 V
    it passes 2 kA/cm2; near 9.8 V every state of the fullerene is taken, n = p = N/0.27, and the equations end."""
    cold = fl.load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
    run = fl.jv(cold, voltages=[2.0, 3.0, 4.0, 5.0, 7.0, 9.0], outcoupling=0.1)
    assert run.series["current_density"][3] > 1e7
    assert run.series["current_density"][5] > 2e7


def test_calibrated_numbers_stand_in_device_files_and_name_the_claim(pixel):
    contacts = (pixel.contacts.anode.values, pixel.contacts.cathode.values)
    tables = [*contacts, *(layer.carriers for layer in pixel.layers if layer.carriers is not None)]
    numbers = [one for table in tables for one in table.numbers().values()]
    assert all(one.note for one in numbers if one.status == "calibrated")
    texts = " ".join(one.note for one in numbers if one.status == "calibrated")
    expected = {"kim2018": ("K5", "K7", "K8", "K10"), "li2023": ("L1", "L3", "L5"), "elkhouly2024": ()}
    assert all(claim in texts for claim in expected[pixel.name])
    assert bool(texts) == bool(expected[pixel.name])


@pytest.mark.parametrize(
    ("name", "layers", "thicknesses", "levels"),
    [
        ("kim2018", ["poly_tpd", "mapbi3", "tpbi"], (25, 70, 40), (-5.4, -2.6)),
        ("li2023", ["tfb", "cspbbr3", "zno"], (30, 120, 30), (-4.2, -4.2)),  # anode on top
        ("elkhouly2024", ["perovskite", "pcbm", "znmgo"], (150, 20, 20), (-5.55, -3.8)),
    ],
)
def test_column_runs_from_anode_to_cathode_without_what_belongs_to_a_contact(name, layers, thicknesses, levels):
    """LiF, Al2O3 and BCP are part of a contact; the electrodes are none of the layers."""
    pixel = fl.load_pixel(name)
    column = pixel.column()
    assert [layer.name for layer in column.layers] == layers
    assert [layer.thickness / NM for layer in column.layers] == pytest.approx(thicknesses, rel=1e-12)
    assert (column.anode.work_function_ev, column.cathode.work_function_ev) == levels
    assert column.temperature == pixel.ambient_temperature
    assert pixel.replace(ambient_temperature=350.0).column().temperature == 350.0


def test_every_value_of_a_contact_reaches_the_column():
    """The monolayer of elkhouly2024 holds electrons back and lets holes pass freely."""
    assert fl.load_pixel("elkhouly2024").column().anode.velocities == (10.0, None)


def test_device_values_go_before_those_of_the_card_and_the_others_stay():
    pixel = fl.load_pixel("kim2018")
    emitter, card = pixel.column().layer("mapbi3").material, fl.load_material("mapbi3").carriers
    assert emitter.electron_mobility == 5e-7
    assert card["electron_mobility"].value == "3e-5 m2/V/s"
    assert emitter.radiative_coefficient == 4e-16
    assert [ion.diffusivity for ion in emitter.ions] == [6e-17]
    own = carrier_data(pixel, pixel.layer("mapbi3"))
    assert (own["electron_mobility"].status, own["relative_permittivity"].status) == ("calibrated", "assumed")


def test_mobile_ions_of_both_signs_balance_in_li2023():
    ions = fl.load_pixel("li2023").column().layer("cspbbr3").material.ions
    assert sorted(ion.charge for ion in ions) == [-1, 1]
    assert sum(ion.charge * ion.mean_density for ion in ions) == 0.0


def test_emitter_has_blakemore_statistics_unless_its_data_say_otherwise(pixel):
    stated = "fermi_dirac" if pixel.name == "elkhouly2024" else "blakemore"  # its card states what it fills to at 77 K
    assert pixel.column().layer(pixel.emitter).material.statistics == stated
    layers = tuple(
        layer.replace(carriers={**(layer.carriers or {}), "statistics": "boltzmann"})
        if layer.name == pixel.emitter
        else layer
        for layer in pixel.layers
    )
    assert pixel.replace(layers=layers).column().layer(pixel.emitter).material.statistics == "boltzmann"


def test_device_file_with_electrical_data_is_read_back_the_same(pixel, tmp_path):
    path = tmp_path / "pixel.toml"
    pixel.save(path)
    again = fl.Pixel.load(path)
    assert again == pixel
    assert hash(again) == hash(pixel)
    assert again.column() == pixel.column()


def test_layer_without_electrical_data_is_named_with_what_to_do():
    pixel = fl.load_pixel("kim2018")
    bare = pixel.replace(contacts=pixel.contacts.replace(cathode=pixel.contacts.cathode.replace(layers=())))
    with pytest.raises(InputError, match=r'layer "lif" of pixel kim2018: lif has no electrical data; add \[carriers\]'):
        bare.column()
    with pytest.raises(InputError, match=r"relative_permittivity, conduction_band_ev.*contacts.cathode.layers"):
        bare.column()
    assert "no electrical data" in electrical_table(bare)
    data = {
        "relative_permittivity": stated("9"),
        "conduction_band_ev": stated("-1 eV"),
        "valence_band_ev": stated("-12 eV"),
    }
    half = tuple(layer.replace(carriers=data) if layer.name == "lif" else layer for layer in bare.layers)
    with pytest.raises(InputError, match=r'layer "lif", carriers: .*"electron_mobility" is missing'):
        bare.replace(layers=half).column()


def test_pixel_without_contacts_is_told_how_to_get_them():
    pixel = fl.load_pixel("kim2018").replace(contacts=None)
    assert electrical_sources(pixel) == ()
    with pytest.raises(InputError, match=r"kim2018 has no contacts: add \[contacts.anode\]"):
        pixel.column()


@pytest.mark.parametrize("layers", [("mapbi3",), ("poly_tpd",), ("nothing",), ("lif", "tpbi", "mapbi3")])
def test_only_layers_next_to_the_electrode_and_not_the_emitter_belong_to_a_contact(layers):
    pixel = fl.load_pixel("kim2018")
    with pytest.raises(InputError, match=r"contacts\.cathode: the layers .* next to the electrode"):
        pixel.replace(contacts=pixel.contacts.replace(cathode=pixel.contacts.cathode.replace(layers=layers))).column()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"electron_mobilty": stated("1e-8 m2/V/s")},
            'no electrical value named "electron_mobilty"; nearest: electron',
        ),
        ({"electron_mobility": "1e-8 m2/V/s"}, "electron_mobility = .* has no source"),
        ({"relative_permittivity": 3.0}, "relative_permittivity = 3.0 has no source"),
        ({"electron_mobility": stated("1e-8 cm")}, "is not a unit of"),
        ({"electron_mobility": stated("1e8 m2/V/s")}, "outside"),
        ({"electron_mobility": {"value": "1e-8 m2/V/s", "source": "choice"}}, '"status" is missing'),
        ({"statistics": stated("3")}, "statistics is no quantity"),
        ({"ions": [{"name": "vacancy", "charg": 1}]}, 'no electrical value named "charg"'),
        ("fast", "not a table"),
    ],
)
def test_wrong_electrical_data_are_refused_when_they_are_read(given, words):
    layer = fl.load_pixel("kim2018").layer("tpbi")
    with pytest.raises(InputError, match=words):
        layer.replace(carriers=given)


def test_semiconductor_takes_no_second_electrical_data():
    column = fl.load_pixel("kim2018").column()
    with pytest.raises(InputError, match="leave carriers out"):
        column.layers[0].replace(carriers={})


def test_numbers_are_found_by_dotted_names():
    data = fl.load_material("cspbbr3").carriers
    assert isinstance(data, CarrierData)
    assert isinstance(data["ions"], tuple)
    assert isinstance(data.numbers()["ions.bromide_interstitial.mean_density"], Stated)
    assert data.plain()["ions"][1]["charge"] == -1


def test_show_lists_layers_contacts_and_what_was_calibrated(pixel):
    text = electrical_table(pixel)
    for layer in current_layers(pixel):
        assert layer.name in text
    for side in ("anode", "cathode"):
        assert getattr(pixel, side) in text
    assert ("calibrated\n" in text) == (pixel.name != "elkhouly2024")


def test_sources_of_a_pixel_are_those_of_its_numbers():
    """The device's paper, and of kim2018 B and A (kim2018) and C (wen_jia)."""
    pairs = electrical_sources(fl.load_pixel("kim2018"))
    assert {("kim2018", "published"), ("wen_jia", "published"), ("choice", "calibrated")} <= set(pairs)
    assert len(pairs) == len(set(pairs))


def test_validate_finds_a_device_file_whose_electrical_side_does_not_fit(tmp_path, capsys):
    """A layer of the contact that is not there: heat does not mind, `femled validate` does."""
    from femled.commands_device import validate

    text = fl.load_pixel("kim2018")
    wrong = text.replace(contacts=text.contacts.replace(cathode=text.contacts.cathode.replace(layers=("ito",))))
    wrong.save(tmp_path / "wrong.toml")
    with pytest.raises(InputError, match=r"contacts\.cathode"):
        validate(str(tmp_path / "wrong.toml"))
    assert validate("kim2018") == 0
    assert "a valid device" in capsys.readouterr().out
