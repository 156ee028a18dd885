"""All claims in the order of the table, and the verdicts recorded for them."""

from importlib.resources import files
from typing import Any

from femled.errors import unknown_name
from femled.frozen import read_toml
from femled.reproduce import (
    elkhouly,
    elkhouly_copump,
    elkhouly_emission,
    elkhouly_gain,
    elkhouly_pulse,
    elkhouly_spectra,
    jiang,
    jiang_electrical,
    jiang_ions,
    jiang_yield,
    kim_decay,
    kim_electrical,
    kim_heating,
    kim_ions,
    kim_light,
    kim_pulses,
    kim_spreading,
    kim_threshold,
    li,
    li_blocking,
    li_ions,
    li_threshold,
    wen,
)
from femled.reproduce.claim import RANK, Claim

CLAIMS: tuple[Claim, ...] = (
    *kim_heating.CLAIMS,
    *kim_decay.CLAIMS,
    *kim_pulses.CLAIMS,
    *kim_ions.CLAIMS,
    *kim_light.CLAIMS,
    *kim_electrical.CLAIMS,
    *kim_threshold.CLAIMS,
    *kim_spreading.CLAIMS,
    *li_threshold.CLAIMS[:2],
    *li_ions.CLAIMS,
    *li.CLAIMS,
    *li_threshold.CLAIMS[2:],
    *li_blocking.CLAIMS,
    *elkhouly.CLAIMS,
    *elkhouly_pulse.CLAIMS,
    *elkhouly_spectra.CLAIMS,
    *wen.CLAIMS,
    *elkhouly_copump.CLAIMS,
    *elkhouly_emission.CLAIMS,
    *elkhouly_gain.CLAIMS,
    *jiang_ions.CLAIMS,
    *jiang.CLAIMS,
    *jiang_electrical.CLAIMS,
    *jiang_yield.CLAIMS,
)


def claim(name: str) -> Claim:
    """The claim of that id.

    Raises:
        InputError: no such claim; the nearest are listed.
    """
    for each in CLAIMS:
        if each.id.lower() == name.lower():
            return each
    raise unknown_name("claim", name, [each.id for each in CLAIMS])


def expected_verdicts() -> dict[str, str]:
    """The recorded verdict of every claim, by id."""
    return {
        str(name): str(verdict) for name, verdict in read_toml(str(files("femled.reproduce") / "expected.toml")).items()
    }


def fallen(rows: list[dict[str, Any]]) -> list[str]:
    """Ids whose verdict is below the recorded one."""
    expected = expected_verdicts()
    return [row["id"] for row in rows if RANK[row["verdict"]] < RANK[expected[row["id"]]]]
