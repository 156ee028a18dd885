"""The claims table: every row computed, none below its recorded verdict."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from femled.commands_reproduce import reproduce
from femled.device import load_pixel
from femled.errors import ConvergenceError, FemledError
from femled.materials import reference
from femled.materials.tolerance import bartel_factor, goldschmidt_factor, ion, octahedral_factor
from femled.reproduce.claim import RANK, Claim
from femled.reproduce.claims import CLAIMS, claim, expected_verdicts, fallen
from femled.reproduce.kim_heating import rise_per_power
from femled.reproduce.page import claims_page
from femled.reproduce.run import computed_rows


@pytest.fixture(scope="module")
def rows():
    return [each.row() for each in CLAIMS]


@pytest.mark.slow
def test_every_claim_has_a_recorded_verdict_and_none_fell(rows):
    assert {row["id"] for row in rows} == set(expected_verdicts())
    assert fallen(rows) == []


@pytest.mark.slow
def test_every_row_says_what_it_was_computed_from(rows):
    for row in rows:
        assert set(row) == {"id", "source", "published", "computed", "deviation", "verdict", "inputs"}
        assert row["verdict"] in RANK
        assert set(row["inputs"]) <= {"published", "literature", "assumed", "calibrated"}
        assert all(row["inputs"].values())


def test_a_verdict_below_the_recorded_one_ends_with_code_1(capsys, monkeypatch):
    monkeypatch.setattr("femled.reproduce.claims.expected_verdicts", lambda: {"J6": "match"})
    assert reproduce(["J6"], json_=True) == 1
    assert json.loads(capsys.readouterr().out)[0]["id"] == "J6"


@pytest.mark.slow
def test_voltage_for_345_k_follows_from_the_rise_per_power(rows):
    """The problem is linear: V = (345 K - 295 K) / (r J), with r = 7.2088e-7 K m2/W of the reference (within 1e-3)."""
    rise = rise_per_power(load_pixel("kim2018"))
    assert rise == pytest.approx(7.20880600e-7, rel=1e-3)
    assert f"345 K at {50 / (rise * 203e4):.1f} V" in rows[0]["computed"]


def test_tolerance_factors_of_cubic_close_packing():
    """Equal radii: t = 1/sqrt(2) * 2R/(2R)= 0.7071, mu = 1; A = sqrt(2)(B + X) - X makes t = 1 exactly."""
    assert goldschmidt_factor(1.0, 1.0, 1.0) == pytest.approx(2**-0.5, rel=1e-15)
    assert octahedral_factor(1.19, 2.2) == pytest.approx(0.5409, abs=1e-4)
    assert goldschmidt_factor(2**0.5 * 3.39 - 2.2, 1.19, 2.2) == pytest.approx(1.0, rel=1e-14)


def test_bartel_factor_of_srtio3_is_the_published_one():
    """SrTiO3: R = 1.44, 0.605, 1.40 angstrom, n_A = 2: tau = 3.56 < 4.18 (bartel2019)."""
    assert bartel_factor(1.44, 0.605, 1.40, charge=2) == pytest.approx(3.80, abs=0.3)
    assert bartel_factor(ion("MA").radius, ion("Pb").radius, ion("I").radius) < 4.18


def test_unknown_ion_lists_the_nearest():
    with pytest.raises(ValueError, match='no ion named "Pd"; nearest'):
        ion("Pd")


@pytest.mark.slow
def test_leakage_falls_with_the_barrier_and_grows_with_the_current_behind_a_high_one(rows):
    """K10 lists per cents at four currents: 1.60 eV lets nothing, 0.35 eV has an onset, each lower one lets more."""
    text = next(row for row in rows if row["id"] == "K10")["computed"]
    listed = {part.split(" eV: ")[0][-4:]: part.split(": ")[-1] for part in text.split("; ")}
    shares = {barrier: [float(x) for x in values.split(" / ")] for barrier, values in listed.items()}
    assert max(shares["1.60"]) < 1e-9
    assert all(a < b for a, b in zip(shares["0.35"], shares["0.35"][1:], strict=False))
    for low, high in (("0.20", "0.25"), ("0.25", "0.35"), ("0.35", "1.60")):
        assert all(a > b for a, b in zip(shares[low], shares[high], strict=True))


def test_auger_share_grows_in_proportion_while_it_is_small():
    """C n^2 with n set by light: ten times C is ten times the share, less what the share takes from n (10 %)."""
    from femled.reproduce.kim_electrical import auger_share

    assert auger_share(1e-41) / auger_share(1e-42) == pytest.approx(10, rel=0.1)


def test_more_ions_leave_less_room_for_injected_carriers():
    """At 4 V electrons replace the charge of ions that ran out: from 1e23 to 1.3e23 1/m3 they fall manyfold."""
    from femled.reproduce.li import injected

    assert injected(4.0, 1e23) > 10 * injected(4.0, 1.3e23)
    assert injected(4.0, 1.3e23) == pytest.approx(injected(4.0), rel=1e-9)


def test_off_time_acts_by_healing_alone(monkeypatch):
    """K5: <J> = J t_on/(t_on + t_off) heals traps; without a saturation current both off times give the same EQE."""
    from femled.reproduce import kim_pulses

    pixel, current = load_pixel("kim2018"), 0.2e4
    assert kim_pulses.efficiency(0.0, 130e-6, current) > 3 * kim_pulses.efficiency(0.0, 2e-3, current)
    emitter = pixel.layer("mapbi3")
    data = emitter.carriers.as_given()
    del data["ion_traps"]["saturation_current_density"]
    layers = tuple(emitter.replace(carriers=data) if layer.name == "mapbi3" else layer for layer in pixel.layers)
    monkeypatch.setattr(kim_pulses, "_PIXEL", pixel.replace(layers=layers))
    for cached in (kim_pulses.efficiency, kim_pulses._background):
        cached.cache_clear()
    both = [kim_pulses.efficiency(0.0, off_time, current) for off_time in (130e-6, 2e-3)]
    for cached in (kim_pulses.efficiency, kim_pulses._background):
        cached.cache_clear()
    assert both[0] == pytest.approx(both[1], rel=1e-9)


TABLE = {"K": 13, "L": 8, "E": 12, "W": 4, "J": 8}
"""Rows of the claims table by paper: K1 .. K13 and so on."""


def test_every_row_of_the_table_is_computed_and_no_other():
    table = {f"{paper}{number}" for paper, rows in TABLE.items() for number in range(1, rows + 1)}
    listed = [each.id for each in CLAIMS]
    assert len(table) == 45
    assert len(listed) == len(set(listed))
    assert set(listed) == table
    assert set(listed) == set(expected_verdicts())


def stub_rows():
    """A row for every claim, without computing any."""
    verdicts = expected_verdicts()
    finding = {"computed": "a | b", "deviation": "t", "inputs": {"calibrated": ["mapbi3 hole_mobility = 2e-6 m2/V/s"]}}
    return [
        {"id": one.id, "source": one.source, "published": one.published, "verdict": verdicts[one.id], **finding}
        for one in CLAIMS
    ]


def test_page_has_every_claim_once_under_its_paper_with_its_verdict():
    text = claims_page(stub_rows())
    sections = text.split("\n## ")[1:]
    assert len(sections) == len({one.source for one in CLAIMS})
    for one in CLAIMS:
        (section,) = [part for part in sections if f"\n| {one.id} | " in part]
        assert section.startswith(str(reference(one.source))[:30])
        (row,) = [line for line in section.splitlines() if line.startswith(f"| {one.id} | ")]
        cells = re.split(r"(?<!\\)\|", row)
        assert len(cells) == 8
        assert cells[3].strip() == r"a \| b"
        assert cells[5].strip() == f"**{expected_verdicts()[one.id]}**"


def test_page_says_what_a_number_was_calibrated_to():
    """The note of the device file, beside the rows that used the number."""
    rows = [row for row in stub_rows() if row["id"] in ("K1", "K8")]
    assert "| mapbi3 hole_mobility = 2e-6 m2/V/s | calibrated to K8 | K1, K8 |" in claims_page(rows)


def test_a_claim_that_fails_is_a_row_that_fell_and_takes_no_other_with_it(monkeypatch):
    def broken():
        raise ConvergenceError(time=None, step=None, block="carriers", reason="stalled", advice="a finer mesh")

    lines = []
    rows = computed_rows([Claim("K1", "kim2018", "x", broken), claim("J6")], workers=1, said=lines.append)
    assert [row["verdict"] for row in rows] == ["failed", expected_verdicts()["J6"]]
    assert 'in block "carriers"' in rows[0]["computed"]
    assert fallen(rows) == ["K1"]
    assert [line.split()[0] for line in lines] == ["K1", "J6"]


@pytest.mark.slow
def test_processes_compute_the_same_rows_in_the_order_of_the_table():
    """J6 and E4 are of different modules: two spawned processes against this one, equal to the last digit."""
    chosen = [claim(name) for name in ("E4", "J6", "J5")]
    assert computed_rows(chosen, workers=2) == computed_rows(chosen, workers=1)


def test_a_process_that_dies_is_an_error_and_not_a_wait(monkeypatch):
    monkeypatch.setattr("femled.reproduce.run._work", os._exit)
    with pytest.raises(FemledError, match="ended with code"):
        computed_rows([claim("E4"), claim("J6")], workers=2)


def test_pictures_are_drawn_beside_the_output(tmp_path, capsys):
    """J6 is a card, E1 a curve: its published line is drawn at 246 1/cm."""
    assert reproduce(["J6"], plot=True, output=str(tmp_path / "pictures"), page=str(tmp_path / "claims.md")) == 0
    assert (tmp_path / "pictures" / "J6.png").read_bytes().startswith(b"\x89PNG")
    assert "| J6 | " in (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert "J6.png" in capsys.readouterr().err
    axes = claim("E1").figure().axes[0]
    assert any(list(line.get_ydata()) == [246.0, 246.0] for line in axes.get_lines())


@pytest.mark.slow
def test_every_claim_that_draws_draws_something():
    for one in CLAIMS:
        if one.figure is not None:
            (axes,) = one.figure().axes
            assert axes.get_lines()
            assert axes.get_xlabel()
            assert axes.get_ylabel()


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_at_once(tmp_path):
    """Two processes compute for many seconds; SIGINT ends the command with 130, and nothing of its group is left."""
    command = [sys.executable, "-m", "femled", "reproduce", "K1", "E12", "--workers", "2"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True) as running:
        time.sleep(12)
        os.killpg(running.pid, signal.SIGINT)
        begun = time.monotonic()
        running.communicate(timeout=20)
        assert running.returncode == 130
        assert time.monotonic() - begun < 5
        for _ in range(50):
            if subprocess.run(["pgrep", "-g", str(running.pid)], capture_output=True, check=False).returncode == 1:
                break
            time.sleep(0.1)
        else:
            pytest.fail("a process is left")
