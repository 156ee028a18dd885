"""The claims table as a page: what the papers say, what the model says."""

from collections.abc import Sequence
from typing import Any

import femled
from femled.device import Pixel, device_names, load_pixel
from femled.device.electrical import carrier_data, current_layers
from femled.materials import reference
from femled.reproduce.claim import RANK

Row = dict[str, Any]

HEAD = """# What the papers say, what the model says

Every row is a statement of a paper, and what femled {version} computes for it from one set of parameters per device.
This page is made by `femled reproduce --page {page}`; nothing on it is written by hand.

- **match**: within the stated band.
- **consistent**: an inequality, a trend or an order of magnitude holds.
- **needs input**: the paper leaves open what decides it; the row says at which value it holds, and how plausible
  that is.
- **contradicts**: the model disagrees with the paper.

A number that was *calibrated to* a row makes that row a calibration and no prediction; the tables of calibrated
numbers say which. Inputs are *published* in the paper, from the *literature*, *assumed* or *calibrated*.
"""


def claims_page(rows: Sequence[Row], name: str = "claims.md") -> str:
    """The rows as Markdown, paper by paper.

    Args:
        rows: as `Claim.row` returns them.
        name: of the file, for the line that says how it is made.
    """
    parts = [HEAD.format(version=femled.__version__, page=name), _summary(rows)]
    for source in dict.fromkeys(row["source"] for row in rows):
        own = [row for row in rows if row["source"] == source]
        parts += [f"## {_text(str(reference(source)))}\n", _table(own), _calibrated(source, own), _inputs(own)]
    return "\n".join(part for part in parts if part)


def _text(text: str) -> str:
    """Text that a table of Markdown leaves as it is."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _summary(rows: Sequence[Row]) -> str:
    verdicts = sorted({row["verdict"] for row in rows}, key=lambda verdict: -RANK[verdict])
    listed = [
        [verdict, str(len(found)), ", ".join(found)]
        for verdict in verdicts
        if (found := [row["id"] for row in rows if row["verdict"] == verdict])
    ]
    return _lines(("verdict", "rows", "which"), listed)


def _table(rows: Sequence[Row]) -> str:
    header = ("id", "published", "computed", "test", "verdict", "inputs")
    cells = []
    for row in rows:
        counted = ", ".join(f"{len(names)} {status}" for status, names in row["inputs"].items())
        texts = [_text(row[name]) for name in ("id", "published", "computed", "deviation")]
        cells.append([*texts, f"**{row['verdict']}**", counted])
    return _lines(header, cells)


def _calibrated(source: str, rows: Sequence[Row]) -> str:
    """Every calibrated input of these rows: to what, and which rows used it."""
    used: dict[str, list[str]] = {}
    for row in rows:
        for text in row["inputs"].get("calibrated", ()):
            used.setdefault(text, []).append(row["id"])
    if not used:
        return ""
    notes: dict[str, str] = {}
    for name in device_names():
        pixel = load_pixel(name)
        if pixel.reference == source:
            notes |= calibration_notes(pixel)
    table = [
        [_text(text), _text(notes.get(text.partition(" = ")[0], "said with the value")), ", ".join(dict.fromkeys(ids))]
        for text, ids in used.items()
    ]
    return "Calibrated:\n\n" + _lines(("number", "to what", "used in"), table)


def calibration_notes(pixel: Pixel) -> dict[str, str]:
    """What every calibrated number of a pixel's column and contacts was calibrated to, by its name in the table.

    Args:
        pixel: with contacts.
    """
    if pixel.contacts is None:
        return {}
    tables = {
        "anode": pixel.contacts.anode.values,
        "cathode": pixel.contacts.cathode.values,
        **{layer.name: carrier_data(pixel, layer) for layer in current_layers(pixel)},
    }
    return {
        f"{place} {name}": stated.note
        for place, table in tables.items()
        for name, stated in table.numbers().items()
        if stated.status == "calibrated"
    }


def _inputs(rows: Sequence[Row]) -> str:
    """The inputs of every row, folded away."""
    parts = []
    for row in rows:
        lists = "".join(f"- {status}: {_text(', '.join(names))}\n" for status, names in row["inputs"].items())
        if lists:
            parts.append(f"<details><summary>inputs of {row['id']}</summary>\n\n{lists}\n</details>\n")
    return "\n".join(parts)
