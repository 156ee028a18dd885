"""references.bib: every entry can be read, cited in a line, and found again when its key is misspelt."""

import re
from importlib.resources import files

import pytest

from femled.device import device_names, load_pixel
from femled.errors import InputError
from femled.materials import reference, references

TEXT = (files("femled.materials") / "references.bib").read_text(encoding="utf-8")
KEYS = re.findall(r"^@\w+\{([^,]+),", TEXT, re.MULTILINE)
WITHOUT_AUTHOR = {"choice", "user", "threeomega_mapbi3", "triplecation_thermal"}
"""Our own choices, those of a user, and two papers of which no more than the title is known."""


def test_every_entry_is_found_once():
    assert len(KEYS) == len(set(KEYS)) == TEXT.count("\n@") + 1
    assert list(references()) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_entry_has_a_title_and_someone_behind_it(key):
    entry = reference(key)
    assert entry.key == key
    assert entry.kind in ("article", "book", "misc")
    assert entry["title"]
    assert entry["author"] or entry["publisher"] or key in WITHOUT_AUTHOR


@pytest.mark.parametrize("key", KEYS)
def test_no_field_of_an_entry_is_lost(key):
    """As many fields as lines `name = {...}`, none with a brace left in it, years of four digits."""
    entry = reference(key)
    assert len(entry.fields) == len(re.findall(r"^\s+\w+ = \{", entry.bibtex, re.MULTILINE))
    assert not [text for _, text in entry.fields if set(text) & set("{}\n")]
    assert re.fullmatch(r"(\d{4})?", entry["year"])


@pytest.mark.parametrize("key", KEYS)
def test_bibtex_of_an_entry_is_a_part_of_the_file(key):
    bibtex = reference(key).bibtex
    assert bibtex in TEXT
    assert bibtex.count("{") == bibtex.count("}")


@pytest.mark.parametrize("key", KEYS)
def test_citation_is_one_readable_line(key):
    """No empty place, no doubled blank, no None, and the title in quotes."""
    line = str(reference(key))
    assert f'"{reference(key)["title"]}"' in line
    assert not re.search(r"\s\s|\n|None|\(\)|doi:$|^ |, ,|[{}]", line)


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (
            "kim2018",
            'Kim et al. "Hybrid perovskite light emitting diodes under intense electrical excitation" '
            "Nature Communications, 9, 4893 (2018) doi:10.1038/s41467-018-07383-8",
        ),
        ("carslaw1959", 'Carslaw and Jaeger "Conduction of Heat in Solids" Clarendon Press (1959)'),
        (
            "goldschmidt1926",
            'Goldschmidt "Die Gesetze der Krystallochemie" Naturwissenschaften, 14, 477--485 (1926) '
            "doi:10.1007/BF01507527",
        ),
        ("handbook", '"CRC Handbook of Chemistry and Physics" CRC Press'),
    ],
)
def test_citation_counts_the_authors(key, line):
    assert str(reference(key)) == line


def test_absent_field_is_empty():
    assert reference("handbook")["volume"] == ""


@pytest.mark.parametrize("name", device_names())
def test_device_names_a_paper_that_is_listed(name):
    assert load_pixel(name).reference in KEYS


def test_unknown_key_lists_the_nearest():
    with pytest.raises(InputError, match='no reference named "kim2019"; nearest: kim2018'):
        reference("kim2019")
