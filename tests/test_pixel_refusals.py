"""Pixels that cannot be: each refusal is one line that says what, where, what is allowed and what is nearest."""

import pytest

from femled.device import Face, Layer, Pixel, PixelVariant, Plate, device_file, load_pixel
from femled.errors import InputError, ResultFileError
from femled.units import nm, um

KIM = load_pixel("kim2018")
TEXT = device_file("kim2018").read_text(encoding="utf-8")


def layers_with(changed, **changes):
    return [layer.replace(**changes) if layer.name == changed else layer for layer in KIM.layers]


def without(name):
    return [layer for layer in KIM.layers if layer.name != name]


def refused(words, call, *arguments, **options):
    with pytest.raises(InputError, match=words) as refusal:
        call(*arguments, **options)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"diameter": "400 m"}, r"^diameter 400 m is outside 100 nm \.\. 20 mm: did you mean 400 nm\?$"),
        ({"diameter": 400}, r"^diameter 400 m is outside 100 nm \.\. 20 mm: did you mean 400 nm\?$"),
        ({"diameter": "400"}, '^diameter "400" has no unit: write'),
        ({"diameter": 0}, "^diameter 0 m is outside 100 nm"),
        ({"diameter": -50 * um}, "^diameter -5e-05 m is outside 100 nm"),
        ({"diameter": float("nan")}, "^diameter nan is not a finite number"),
        ({"diameter": True}, r"^diameter True is not a quantity in \[m\]"),
        ({"diameter": [1]}, r"^diameter \[1\] is not a quantity in \[m\]"),
        ({"diameter": "3 mm"}, "^diameter 3000 um does not fit outer_radius 1500 um: make the diameter smaller or"),
        ({"outer_radius": "50 um"}, "^diameter 200 um does not fit outer_radius 50 um"),
        ({"cathode_thickness": 400}, r"^cathode_thickness 400 m is outside 0.1 nm \.\. 100 mm: did you mean 400 nm\?$"),
        ({"cathode_thickness": 0}, "^cathode_thickness 0 m is outside 0.1 nm"),
        ({"cathode_thickness": -1 * nm}, "^cathode_thickness -1e-09 m is outside 0.1 nm"),
        ({"substrate": "saphire"}, '^no material named "saphire"; nearest: sapphire'),
        ({"substrate": "sapphire 400"}, 'thickness "400" has no unit'),
        ({"substrate": "sapphire 400 m"}, "thickness 400 m is outside .* did you mean 400 nm"),
        ({"insulator": "sio3"}, '^no material named "sio3"; nearest: sio2'),
        ({"spreader": "cu"}, '^spreader: "cu" is not a material and a thickness such as "cu 1 um"$'),
        ({"spreader": "cu 0 um"}, "thickness 0 m is outside"),
        ({"spreader": "coper 1 um"}, '^no material named "coper"'),
        ({"encapsulation": None, "spreader": "behind al 500 um"}, 'has no encapsulation to lie behind: leave "behind"'),
        ({"encapsulation": "epoxy"}, '^encapsulation: "epoxy" is not a material and a thickness'),
        ({"ambient_temperature": 0}, r"^ambient_temperature 0 K is outside 1 K \.\. 3000 K"),
        ({"ambient_temperature": "20 C"}, r'^ambient_temperature "20 C": "C" is not a unit of \[K\]'),
        ({"contact_resistance": "5e-8"}, r'"5e-8" has no unit: write it behind the number'),
        ({"contact_resistance": -1e-8}, r"-1e-08 m2\*K/W is outside 0 m2\*K/W \.\. 0.001"),
        ({"contact_resistance": "tpbi/lof=5e-8 m2*K/W"}, '^no interface named "tpbi/lof"; nearest: tpbi/lif'),
        ({"contact_resistance": "lif/tpbi=5e-8 m2*K/W"}, '^no interface named "lif/tpbi"; nearest: .*tpbi/lif'),
        ({"contact_resistance": "tpbi=5e-8 m2*K/W"}, 'is not LOWER/UPPER=VALUE such as "tpbi/lif=5e-8'),
        ({"convection": -1}, "^convection -1 W/m2/K is outside"),
        ({"geometry": "round"}, "^geometry: "),
        ({"name": "Kim 2018"}, "^name: "),
        ({"colour": "red"}, '^"colour" is not a known key'),
        ({"schema_version": 2}, "^schema_version 2 is not 1, the one this femled reads"),
    ],
)
def test_impossible_variant_is_refused(changes, words):
    refused(words, KIM.replace, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": []}, 'no layer named "mapbi3"; nearest: none exists'),
        ({"layers": without("al")}, '^cathode: no layer named "al"; nearest: '),
        ({"layers": without("ito")}, '^anode: no layer named "ito"; nearest: '),
        ({"layers": without("mapbi3")}, '^emitter: no layer named "mapbi3"; nearest: '),
        ({"emitter": "mapbi"}, '^emitter: no layer named "mapbi"; nearest: mapbi3'),
        ({"anode": "al"}, "^emitter, anode and cathode must be three different layers$"),
        ({"cathode": "mapbi3"}, "^emitter, anode and cathode must be three different layers$"),
        ({"cathode": "poly_tpd"}, 'the emitter "mapbi3" must lie between the electrodes "ito" and "poly_tpd"'),
        ({"layers": [*KIM.layers, KIM.layers[0]]}, '^layer name "ito" is used twice'),
        ({"layers": layers_with("tpbi", name="emitter")}, '^layer name "emitter" is reserved'),
        ({"layers": layers_with("tpbi", name="insulator")}, '^layer name "insulator" is reserved'),
    ],
)
def test_pixel_without_its_layers_and_electrodes_is_refused(changes, words):
    refused(words, KIM.replace, **changes)


@pytest.mark.parametrize("name", ["mapbi3", "tpbi"])
def test_layers_of_the_opening_may_not_leave_a_gap(name):
    """A layer over the whole section between two that fill the opening would pass through the insulator."""
    refused(
        'the layers of extent "opening" must follow each other without a gap',
        KIM.replace,
        layers=layers_with(name, extent="full"),
    )


def test_opening_and_its_layers_need_each_other():
    words = 'an aperture needs layers of extent "opening", and such layers need an aperture'
    refused(words, KIM.replace, aperture=None)
    refused(words, KIM.replace, layers=[layer.replace(extent="full") for layer in KIM.layers])


def test_emitter_must_lie_in_the_opening():
    """With ITO, poly-TPD and MAPbI3 over the whole section, light would come from under the insulator."""
    wide = [layer.replace(extent="full") if layer.name in ("poly_tpd", "mapbi3") else layer for layer in KIM.layers]
    refused('the emitter "mapbi3" must be one of the layers of extent "opening"', KIM.replace, layers=wide)


def test_conformal_wedge_must_fit_too():
    """Diameter 198.5 um leaves 0.75 um to an outer radius of 100 um, and the wedge takes 1 um."""
    narrow = KIM.replace(diameter=198.5 * um, outer_radius=100 * um)
    refused("does not fit outer_radius 100 um", narrow.replace, geometry="conformal")


def test_pixel_without_an_opening_has_no_insulator_and_no_wedge():
    li = load_pixel("li2023")
    refused('insulator "sio2": pixel li2023 has no opening in an insulator', li.replace, insulator="sio2")
    refused('geometry "conformal" needs an aperture', li.replace, geometry="conformal")


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (
            Layer,
            {"name": "x", "thickness": 400, "material": "al"},
            "^thickness 400 m is outside .*: did you mean 400 nm",
        ),
        (Layer, {"name": "x", "thickness": 0, "material": "al"}, r"^thickness 0 m is outside 0.1 nm \.\. 100 mm$"),
        (Layer, {"name": "x", "thickness": -1e-9, "material": "al"}, "^thickness -1e-09 m is outside 0.1 nm"),
        (Layer, {"name": "x", "thickness": 1e-9, "material": "alu"}, '^no material named "alu"; nearest: .*al'),
        (Layer, {"name": "x", "thickness": 1e-9, "material": 3}, "^material: "),
        (Layer, {"name": "x", "thickness": 1e-9, "material": "al", "extent": "hole"}, "^extent: .*'full' or 'opening'"),
        (Layer, {"name": "x", "material": "al"}, '^"thickness" is missing$'),
        (Plate, {"material": "cu", "thickness": "1"}, '^thickness "1" has no unit'),
        (Face, {"kind": "hot"}, "^kind: .*'fixed', 'adiabatic' or 'convection'"),
        (Face, {"kind": "convection"}, 'face kind "convection" and coefficient 0 W/m2/K contradict each other'),
        (Face, {"kind": "fixed", "coefficient": 10.0}, 'face kind "fixed" and coefficient 10 W/m2/K contradict'),
        (PixelVariant, {"diametre": "50 um"}, '"diametre" is not a known key'),
    ],
)
def test_impossible_part_is_refused(kind, fields, words):
    refused(words, kind, **fields)


@pytest.mark.parametrize(
    ("line", "instead", "words"),
    [
        ('diameter = "200 um"', "diameter = 200", "diameter = 200 has no unit: write a text such as .200 um."),
        ('diameter = "200 um"', "diameter = 2e-4", "diameter = 0.0002 has no unit: write a text"),
        ('diameter = "200 um"', 'diameter = "200"', 'diameter "200" has no unit'),
        ('diameter = "200 um"', 'diameter = "200 s"', r'diameter "200 s": "s" is not a unit of \[m\]'),
        ('diameter = "200 um"', 'diametre = "200 um"', '"diameter" is missing; "diametre" is not a known key'),
        ('thickness = "150 nm"', 'thickness = "400 m"', "thickness 400 m is outside .* did you mean 400 nm"),
        ('thickness = "150 nm"', "thickness = 150e-9", "thickness = 1.5e-07 has no unit"),
        ('thickness = "150 nm"', 'thickness = "0 nm"', "thickness 0 m is outside"),
        ('material = "mapbi3"', 'material = "mapbi"', 'layers.*: no material named "mapbi"; nearest: mapbi3'),
        ('extent = "opening"', 'extent = "hole"', "layers.*: extent: .*'full' or 'opening'"),
        ("[substrate]", "[substrat]", '"substrate" is missing; "substrat" is not a known key'),
        ("[aperture]", "[aperture]\ncolour = 1", 'aperture: "colour" is not a known key'),
        ('emitter = "mapbi3"', "", '"emitter" is missing'),
        ('anode = "ito"', "", '"anode" is missing'),
        ('cathode = "al"', 'cathode = "ag"', 'cathode: no layer named "ag"; nearest: '),
        ('ambient_temperature = "295 K"', "ambient_temperature = 295", "ambient_temperature = 295 has no unit"),
        ('kind = "fixed"', 'kind = "hot"', "base: kind: .*'fixed', 'adiabatic' or 'convection'"),
        ("schema_version = 1", "schema_version = 2", "schema_version 2 is not 1, the one this femled reads"),
        ("schema_version = 1", 'schema_version = "one"', "schema_version: .*valid integer"),
        ("schema_version = 1", "contact_resistance = 5e-8", "5e-08 has no unit"),
        ('diameter = "200 um"', 'diameter = "200 um', r"is not valid TOML \(.*at line \d+, column \d+\)"),
        ("[[layers]]", "[layers]", r"is not valid TOML \(.*at line \d+, column \d+\)"),
    ],
)
def test_faulty_device_file_is_refused_with_its_path(line, instead, words, tmp_path):
    assert line in TEXT
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(line, instead, 1), encoding="utf-8")
    assert refused(words, load_pixel, path).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", '"name" is missing; "diameter" is missing; .*"cathode" is missing'),
        (b"\xff\xfe\x00", "is not valid TOML .*position 0"),
        (b"name = 'x'\nname = 'y'\n", r"is not valid TOML \(.*at line 2, column \d+\)"),
    ],
)
def test_file_that_is_no_device_is_refused(content, words, tmp_path):
    (tmp_path / "mine.toml").write_bytes(content)
    refused(words, load_pixel, tmp_path / "mine.toml")


def test_missing_and_unreadable_files_are_refused(tmp_path):
    """A folder stands in for what may not be read: permissions mean nothing to root."""
    (tmp_path / "folder.toml").mkdir()
    refused("cannot be read .No such file", Pixel.load, tmp_path / "none.toml")
    refused("cannot be read .Is a directory", Pixel.load, tmp_path / "folder.toml")
    refused("no device file .*none.toml.*names of published pixels: .*kim2018", load_pixel, tmp_path / "none.toml")
    refused("no device file", load_pixel, tmp_path / "folder.toml")


def test_unknown_pixel_lists_the_nearest():
    refused('^no pixel named "kim2019"; nearest: kim2018', load_pixel, "kim2019")
    refused('^no layer named "mapbi"; nearest: mapbi3', KIM.layer, "mapbi")


def test_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ResultFileError, match="cannot be written"):
        KIM.save(tmp_path / "file" / "mine.toml")
