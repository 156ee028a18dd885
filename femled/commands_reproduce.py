"""The command that computes the claims table."""

import json
import sys
import textwrap
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from femled.errors import InputError
from femled.files import write_whole
from femled.reproduce.claims import CLAIMS, claim, fallen
from femled.reproduce.page import claims_page
from femled.reproduce.run import computed_rows


def reproduce(
    ids: Annotated[list[str] | None, Parameter(help="ids of claims; all of them if none is given", negative="")] = None,
    /,
    *,
    plot: Annotated[bool, Parameter(help="a picture of each claim, ID.png", negative="")] = False,
    output: Annotated[str, Parameter(help="folder for the pictures")] = ".",
    page: Annotated[str | None, Parameter(help="file for the table as a Markdown page")] = None,
    workers: Annotated[int | None, Parameter(help="processes; as many as there are cores if not given")] = None,
    json_: Annotated[bool, Parameter(name="--json", help="print JSON and nothing else", negative="")] = False,
) -> int:
    """The published claims, computed, with verdicts.

    Args:
        ids: of claims.
        plot: draw each of them.
        output: folder for the pictures.
        page: file for the table as a Markdown page.
        workers: processes.
        json_: JSON instead of a table.

    Returns:
        1 if a verdict fell below the recorded one.

    Raises:
        InputError: no such claim, or no process to work with.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers {workers} is less than 1: with 1 everything is computed in this process")
    chosen = [claim(name) for name in dict.fromkeys(ids)] if ids else list(CLAIMS)
    rows = computed_rows(chosen, workers=workers, pictures=output if plot else None, said=_say)
    if page is not None:
        write_whole(page, claims_page(rows, Path(page).name).encode())
        _say(f"written to {page}")
    if json_:
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201
    else:
        for row in rows:
            print(_as_text(row))  # noqa: T201
    down = fallen(rows)
    if down:
        _say(f"below the recorded verdict: {', '.join(down)}")
    return 1 if down else 0


def _as_text(row: dict[str, Any]) -> str:
    """What a person reads of a row."""
    statuses = "; ".join(f"{status}: {', '.join(names)}" for status, names in row["inputs"].items())
    parts = {"published": row["published"], "computed": row["computed"], "test": row["deviation"], "inputs": statuses}
    lines = [f"{row['id']}  {row['verdict'].upper()}  ({row['source']})"]
    for name, text in parts.items():
        lines.append(textwrap.fill(text, 110, initial_indent=f"    {name:<11}", subsequent_indent=" " * 15))
    return "\n".join(line for line in lines if line)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
