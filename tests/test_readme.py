"""The README is true: its snippets run, its commands run, its tables are complete, its numbers are those of today."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import verification_table

import femled
from femled.cli import VERBS, run
from femled.device import PixelVariant, device_names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def commands():
    """Arguments of every `femled` line of the shell blocks, in their order."""
    return [shlex.split(line)[1:] for block in blocks("sh") for line in block.splitlines() if line]


def first_cells(heading):
    """Names in backticks in the first column of the first table below a heading."""
    table = README.partition(f"## {heading}\n")[2].partition("\n\n```")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


@pytest.fixture
def in_empty_folder(tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    plt.switch_backend("Agg")
    yield tmp_path
    plt.close("all")


@pytest.mark.slow
def test_python_snippets_run_one_after_the_other(in_empty_folder, capsys):
    names = {}
    for snippet in blocks("python"):
        exec(compile(snippet, "README.md", "exec"), names)
    assert len(blocks("python")) >= 3
    assert re.search(r"^3\d\d\.\d+ K at t = 2 us", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.slow
def test_commands_run_one_after_the_other(in_empty_folder, capsys):
    """In this process: a fresh one for each would cost two seconds a command."""
    codes = {" ".join(command): run(command) for command in commands()}
    assert set(codes.values()) == {0}, capsys.readouterr().err
    assert (in_empty_folder / "kim2018.png").is_file()
    assert {path.name for path in (in_empty_folder / "sapphire").iterdir()} >= {
        "cross_section.png",
        "emitter_temperature.png",
        "fields.vtkhdf",
        "inputs.json",
        "series.nc",
    }


NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$")


def alike(one, other):
    """Whether two words are the same, numbers within 2 %: steps in time follow round-off."""
    one, other = (word.strip("():;,") for word in (one, other))
    if NUMBER.match(one) and NUMBER.match(other):
        return float(one) == pytest.approx(float(other), rel=0.02, abs=0.02)
    return one == other


@pytest.mark.slow
def test_output_of_the_demo_is_the_one_shown(in_empty_folder, capsys):
    """Word by word, without sources, notes and times, at which steps are kept as the tolerance wants them."""
    demo = next(line for line in (ROOT / "dev").read_text(encoding="utf-8").splitlines() if 'femled" threshold' in line)
    arguments = shlex.split(demo.partition('femled"')[2].partition("--output")[0])
    shown = next(block for block in blocks("") if block.startswith("elkhouly2024"))
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    kept = (
        printed.partition("  sources of the numbers")[0]
        + "at that time, with"
        + printed.partition("at that time, with")[2]
    )

    def words(text):
        head, _, tail = text.partition("\ntime ")
        return (head + tail.partition("\n\n")[2]).split()

    pairs = list(zip(words(shown), words(kept), strict=True))
    assert [pair for pair in pairs if not alike(*pair)] == []


def test_every_command_has_a_row():
    assert sorted(first_cells("Command line")) == sorted(verb.name for verb in VERBS)


def test_every_device_has_a_row():
    rows = first_cells("Devices and variants")
    assert [name for name in device_names() if name not in rows] == []


def test_every_variant_has_a_row():
    rows = [row.partition("=")[0] for row in first_cells("Devices and variants") if "=" in row]
    assert sorted(rows) == sorted(PixelVariant.model_fields)


def test_set_up_commands_exist():
    script = (ROOT / "dev").read_text(encoding="utf-8")
    named = set(re.findall(r"\./dev (\w+)", README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert named
    assert [name for name in named if not re.search(rf"^{name}\)", script, re.MULTILINE)] == []


def test_extras_named_for_installing_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {extra for found in re.findall(r"(?:\.|femled)\[([\w,]+)\]", README) for extra in found.split(",")}
    assert named == {"fenics", "mesh"}
    assert named <= set(project["optional-dependencies"])


def test_files_that_are_named_exist():
    """Links, pictures, and paths in backticks that belong to this project."""
    texts = [README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")]
    links = {path for text in texts for path in re.findall(r"\]\(([^)#:]+)\)", text)}
    paths = {
        path
        for text in texts
        for path in re.findall(r"`((?:femled|tests|notebooks|docs|geometries|benchmarks)/[\w./]*)`", text)
        if "NAME" not in path
    }
    assert links
    assert paths
    assert [path for path in sorted(links | paths) if not (ROOT / path).exists()] == []


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert {name: size for name, size in sizes.items() if size > 150_000} == {}


def test_version_to_cite_is_the_version():
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited.group(1) == femled.__version__


def test_notebooks_are_kept_as_text():
    listed = subprocess.run(["git", "ls-files", "*.ipynb"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert listed.stdout == ""


def test_verification_table_has_every_row():
    assert list(verification_table.stated_in_readme()) == [row.computed for row in verification_table.ROWS]


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=pytest.mark.slow) if row.slow else row for row in verification_table.ROWS],
    ids=lambda row: row.computed,
)
def test_verification_table_states_the_numbers_of_today(row):
    stated = verification_table.stated_in_readme()[row.computed]
    measured = row.measure()
    assert row.agrees(stated, measured), f"the README says {stated}, computed is {row.text(measured)}"
