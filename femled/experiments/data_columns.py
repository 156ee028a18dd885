"""Measured columns of a CSV file: names and units in the first line, numbers below."""

import csv
import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, unknown_name
from femled.units import conversion

Array = NDArray[np.float64]

_CELL = re.compile(r"\s*([^\[\]]*?)\s*(?:\[([^\[\]]*)\])?\s*")
ARBITRARY = ("1", "counts", "a.u.", "arb. u.", "")
"""Units of light on any scale."""


@dataclass(frozen=True)
class DataColumns:
    """Columns of numbers with their units.

    Args:
        path: of the file, for messages.
        names: in the order of the file, lower case, spaces as underscores.
        units: as written.
        values: (rows, columns), as written.
        lines: (rows,), numbers of the lines in the file.
    """

    path: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Array
    lines: tuple[int, ...]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def column(self, name: str, unit: str, *, example: str) -> Array:
        """(rows,) of a column, in SI.

        Args:
            name: of it.
            unit: SI unit wanted; "arbitrary" takes light on any scale.
            example: of a first line, for the message.

        Raises:
            InputError: no such column, no unit, or one of another dimension.
        """
        if name not in self.names:
            known = ", ".join(f'"{one}"' for one in self.names)
            raise InputError(f'{self.path}: no column "{name}", only {known}: begin with a line such as "{example}"')
        place = self.names.index(name)
        written, values = self.units[place], self.values[:, place]
        if unit == "arbitrary":
            if written not in ARBITRARY:
                raise InputError(f'{self.path}, column "{name} [{written}]": write light on any scale as "{name} [1]"')
            return values
        if not written and unit != "1":
            raise InputError(f'{self.path}, column "{name}" has no unit: write it in brackets, as in "{example}"')
        if unit == "1" and written == "%":
            return values / 100
        try:
            factor, offset = conversion(written or "1", unit)
        except InputError as error:
            raise InputError(f'{self.path}, column "{name} [{written}]": {error}') from None
        return np.asarray(values * factor + offset)

    def refuse_fewer(self, rows: int, what: str) -> None:
        """Refuse a file with too few rows for something."""
        if len(self.values) < rows:
            raise InputError(f"{self.path}: {len(self.values)} rows are too few for {what}: give at least {rows}")

    def refuse_falling(self, name: str) -> None:
        """Refuse a column that does not rise from row to row."""
        place = self.names.index(name)
        back = np.flatnonzero(np.diff(self.values[:, place]) <= 0)
        if len(back):
            row = int(back[0]) + 1
            where, value = f"{self.path}, line {self.lines[row]}", self.values[row, place]
            raise InputError(f'{where}: "{name}" {value:g} does not rise: sort the rows')


def read_columns(path: str | PathLike[str]) -> DataColumns:
    """The columns of a file; blank lines and lines that begin with # are left out.

    Raises:
        InputError: not readable, no first line of names, or a cell that is not a finite number; with file and line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not a text file") from None
    numbered = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip(" \t,;")]
    numbered = [(number, line) for number, line in numbered if not line.lstrip().startswith("#")]
    if not numbered:
        raise InputError(f"{path}: is empty")
    header = [_CELL.fullmatch(cell) for cell in next(csv.reader([numbered[0][1]]))]
    cells = [("", "") if found is None else (found.group(1), found.group(2) or "") for found in header]
    names = tuple(name.strip().lower().replace(" ", "_") for name, _ in cells)
    if any(not name or _is_number(name) for name in names):
        raise InputError(
            f'{path}, line {numbered[0][0]}: "{numbered[0][1].strip()}" does not name the columns: begin with a line '
            'such as "time [ns],pl [1]"'
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f'{path}: the column "{twice}" is there twice')
    rows = [_row(path, number, line, names) for number, line in numbered[1:]]
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    return DataColumns(
        str(path), names, tuple(unit.strip() for _, unit in cells), values, tuple(number for number, _ in numbered[1:])
    )


def _row(path: str | PathLike[str], number: int, line: str, names: tuple[str, ...]) -> list[float]:
    cells = next(csv.reader([line]))
    if len(cells) != len(names):
        raise InputError(f"{path}, line {number}: {len(cells)} cells under {len(names)} columns")
    for name, cell in zip(names, cells, strict=True):
        if not _is_number(cell):
            raise InputError(f'{path}, line {number}: "{cell.strip()}" under "{name}" is not a finite number')
    return [float(cell) for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def assignments(text: str | None, known: tuple[str, ...], name: str) -> dict[str, str]:
    """Pairs "a = 1 nm, b = 2 s" as texts by name.

    Args:
        text: as written; None is none.
        known: names that may be assigned.
        name: of the argument, for the message.

    Raises:
        InputError: no "=", or an unknown name.
    """
    found = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        key, sign, value = (one.strip() for one in part.partition("="))
        if not sign or not value:
            raise InputError(f'{name} "{part.strip()}": write NAME = VALUE, separated by commas')
        if key not in known:
            raise unknown_name("parameter", key, known)
        found[key] = value
    return found
