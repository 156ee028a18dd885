"""The command line as a person and a script meet it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from femled.cli import VERBS, run
from femled.device import PixelVariant

FEMLED = [sys.executable, "-m", "femled"]
PULSE = ("--power-density", "1 kW/cm2", "--width", "2 us", "--until", "2 us")
KEYS = (
    "pixel",
    "times_s",
    "emitter_mean_K",
    "emitter_peak_K",
    "rise_K",
    "dofs",
    "steps",
    "factorisations",
    "solve_s",
    "energy_balance",
    "citations",
)


def femled(*arguments: str, capsys) -> tuple[int, str, str]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.unraisablehook
    try:
        code = run(list(arguments))
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
    out, err = capsys.readouterr()
    return code, out, err


def test_heat_prints_json_and_nothing_else_with_the_fixed_keys(capsys):
    """Rise scales with power: the list at 0.1 and 2 us has two entries, mean below peak, and the balance closes."""
    code, out, err = femled(
        "heat",
        "kim2018",
        *PULSE,
        "--at",
        "0.1 us, 2 us",
        "--linear",
        "--substrate",
        "sapphire",
        "--json",
        capsys=capsys,
    )
    row = json.loads(out)
    assert (code, err) == (0, "")
    assert set(KEYS) <= set(row)
    assert row["times_s"] == [1e-7, 2e-6]
    assert all(m < p for m, p in zip(row["emitter_mean_K"], row["emitter_peak_K"], strict=True))
    assert all(abs(m - 295.0 - r) < 1e-9 for m, r in zip(row["emitter_mean_K"], row["rise_K"], strict=True))
    assert abs(row["energy_balance"]) < 1e-6


@pytest.mark.slow
def test_every_variant_of_a_pixel_is_an_option_of_heat(capsys):
    help_text = subprocess.run([*FEMLED, "heat", "--help"], capture_output=True, text=True, check=True).stdout
    for field in PixelVariant.model_fields:
        assert f"--{field.replace('_', '-')}" in help_text
    assert "--no-encapsulation" in help_text
    code, out, _ = femled("heat", "elkhouly2024", *PULSE, "--at", "2 us", "--json", capsys=capsys)
    same_code, same, _ = femled(
        "heat", "elkhouly2024", *PULSE, "--at", "2 us", "--json", "--no-encapsulation", capsys=capsys
    )
    assert (code, same_code) == (0, 0)
    assert json.loads(out)["rise_K"] == json.loads(same)["rise_K"]  # a bare pixel stays as it is


def test_every_printed_number_is_followed_by_its_unit(capsys):
    code, out, _ = femled("heat", "kim2018", *PULSE, capsys=capsys)
    assert code == 0
    for unit in ("W/cm2", " K at t = ", " um", "J in,", " s\n"):
        assert unit in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("heat", "kim", *PULSE), 'no pixel named "kim"; nearest: kim2018'),
        (("heat", "kim2018", "--width", "2 us"), "until"),
        (("heat", "kim2018", "--width", "2 us", "--until", "2 us"), "give either power_density, or both"),
        (("heat", "kim2018", *PULSE, "--voltage", "3 V"), "give either power_density, or both"),
        (("heat", "kim2018", *PULSE, "--diameter", "400"), 'diameter "400" has no unit'),
        (("heat", "kim2018", *PULSE, "--diameter", "400 m"), "did you mean 400 nm?"),
        (("heat", "kim2018", *PULSE, "--diameter", "4 mm"), "does not fit outer_radius"),
        (("heat", "kim2018", *PULSE, "--diamter", "50 um"), "Did you mean --diameter?"),
        (("heat", "kim2018", *PULSE, "--substrate", "saphire"), 'no material named "saphire"; nearest: sapphire'),
        (("heat", "kim2018", *PULSE, "--at", "3 us"), "must rise and end by until"),
        (("heat", "kim2018", *PULSE, "--at", "2 us, 1 us"), "must rise"),
        (("heat", "kim2018", *PULSE, "--rtol", "2"), "rtol 2 1 is outside"),
        (("heat", "kim2018", *PULSE, "--wall-plug-efficiency", "2"), "wall_plug_efficiency"),
        (("heat", "kim2018", *PULSE, "--resolution", "finest"), '"coarse", "default", "fine"'),
        (("heat", "nowhere.toml", *PULSE), 'no device file "nowhere.toml"'),
        (("heet", "kim2018"), 'no verb named "heet"; nearest: heat'),
        (("cite", "kim"), 'no pixel named "kim"'),
        (("plot", "nowhere"), "holds no result"),
        (("reproduce", "Z9"), 'no claim named "Z9"'),
        (("mesh", "kim2018", "--write", "pixel.stl"), "must end in one of .msh, .vtu, .xdmf"),
    ],
)
def test_bad_input_is_refused_in_one_line_with_code_2(arguments, words, capsys):
    code, out, err = femled(*arguments, capsys=capsys)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


def test_verbs_are_described_by_the_first_line_of_their_docstring():
    from importlib import import_module

    for verb in VERBS:
        module, attribute = verb.target.split(":")
        document = getattr(import_module(module), attribute).__doc__
        assert document.strip().split("\n")[0] == verb.help


def test_output_folder_holds_series_fields_inputs_and_figures(tmp_path, capsys):
    code, _, _ = femled(
        "heat", "kim2018", *PULSE, "--resolution", "coarse", "--output", str(tmp_path / "run"), capsys=capsys
    )
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert code == 0
    assert names == ["cross_section.png", "fields.vtkhdf", "inputs.json", "series.nc", "temperature.png"]
    assert femled("cite", str(tmp_path / "run"), capsys=capsys)[0] == 0
    assert femled("plot", str(tmp_path / "run"), "--name", "power_density", capsys=capsys)[0] == 0


def test_output_that_cannot_be_written_leaves_nothing_and_ends_with_code_2(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    code, _, err = femled("heat", "kim2018", *PULSE, "--output", str(tmp_path / "taken" / "run"), capsys=capsys)
    assert code == 2
    assert "cannot be written" in err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_new_pixel_is_valid_commented_and_not_overwritten(tmp_path, capsys):
    assert femled("new", "my_pixel", "--from", "elkhouly2024", "--output", str(tmp_path), capsys=capsys)[0] == 0
    file = tmp_path / "my_pixel.toml"
    assert file.read_text().count("#") > 5
    assert femled("validate", str(file), capsys=capsys)[0] == 0
    assert femled("show", str(file), "--json", capsys=capsys)[0] == 0
    code, _, err = femled("new", "my_pixel", "--output", str(tmp_path), capsys=capsys)
    assert code == 2
    assert "exists" in err


@pytest.mark.parametrize("ending", ["msh", "vtu", "xdmf"])
def test_mesh_files_keep_every_region_by_name(ending, tmp_path, capsys):
    from femled.domain.mesh_file import read_regions

    file = tmp_path / f"pixel.{ending}"
    code, out, _ = femled("mesh", "kim2018", "--write", str(file), "--json", capsys=capsys)
    cells = json.loads(out)["cells"]
    found = read_regions(file)
    assert code == 0
    for region in cells:
        if region != "emitter":
            assert cells[region] == sum(count for name, count in found.items() if name.rsplit(".", 1)[0] == region)
    assert found["mapbi3.inside"] == cells["emitter"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_stops_within_a_second_and_leaves_no_file(number, code, tmp_path):
    """A fine mesh and a tight tolerance run for long; the parent ends the child GRACE = 0.7 s after a signal."""
    command = [*FEMLED, "heat", "kim2018", *PULSE, "--resolution", "fine", "--rtol", "1e-8", "--output", str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        time.sleep(4.0)
        assert process.poll() is None
        process.send_signal(number)
        begun = time.monotonic()
        process.wait(timeout=10)
        assert time.monotonic() - begun < 1.5  # 0.7 s of grace, and a loaded machine
        assert process.returncode == code
        assert b"Traceback" not in process.stderr.read()
    assert list(Path(tmp_path).iterdir()) == []


def test_broken_pipe_is_no_traceback():
    command = " ".join([*FEMLED, "cite", "kim2018", "--bibtex"]) + " | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
