"""The papers and tables behind the numbers: references.bib, read once."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from femled.errors import unknown_name

_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^,\s]+)\s*,(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"(\w+)\s*=\s*\{(.*?)\}\s*,?\s*(?=\n\s*\w+\s*=|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Reference:
    """One entry of references.bib.

    Args:
        key: its key.
        kind: article, book, misc.
        fields: name and text of each field, braces removed.
        bibtex: the entry as it stands.
    """

    key: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    bibtex: str

    def __getitem__(self, field: str) -> str:
        return dict(self.fields).get(field, "")

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        authors = re.split(r"\s+and\s+", self["author"])
        family = authors[0].split(",")[0]
        who = family + (
            " et al." if len(authors) > 2 else f" and {authors[1].split(',')[0]}" if len(authors) == 2 else ""
        )
        place = ", ".join(
            part for part in (self["journal"] or self["publisher"], self["volume"], self["pages"]) if part
        )
        parts = [
            who,
            f'"{self["title"]}"',
            place,
            self["year"] and f"({self['year']})",
            self["doi"] and f"doi:{self['doi']}",
        ]
        return " ".join(part for part in parts if part)


@cache
def references() -> dict[str, Reference]:
    """All references by key."""
    text = (files("femled.materials") / "references.bib").read_text(encoding="utf-8")
    found = {}
    for match in _ENTRY.finditer(text):
        kind, key, body = match.groups()
        fields = tuple(
            (name.lower(), re.sub(r"[{}]", "", " ".join(value.split()))) for name, value in _FIELD.findall(body)
        )
        found[key] = Reference(key, kind.lower(), fields, match.group(0))
    return found


def reference(key: str) -> Reference:
    """The reference of that key.

    Raises:
        InputError: no such key; the nearest are listed.
    """
    if key not in references():
        raise unknown_name("reference", key, references())
    return references()[key]
