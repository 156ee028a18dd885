"""The command that computes the claims table."""

import json
import textwrap
from typing import Annotated

from cyclopts import Parameter

from femled.reproduce.claims import CLAIMS, claim, fallen


def reproduce(
    ids: Annotated[list[str] | None, Parameter(help="ids of claims; all of them if none is given", negative="")] = None,
    /,
    *,
    json_: Annotated[bool, Parameter(name="--json", help="print JSON and nothing else", negative="")] = False,
) -> int:
    """The published claims, computed, with verdicts.

    Args:
        ids: of claims.
        json_: JSON instead of a table.

    Returns:
        1 if a verdict fell below the recorded one.
    """
    rows = [each.row() for each in ([claim(name) for name in ids] if ids else CLAIMS)]
    if json_:
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201
    else:
        for row in rows:
            statuses = "; ".join(f"{status}: {', '.join(names)}" for status, names in row["inputs"].items())
            print(f"{row['id']}  {row['verdict'].upper()}  ({row['source']})")  # noqa: T201
            for name, text in (
                ("published", row["published"]),
                ("computed", row["computed"]),
                ("test", row["deviation"]),
                ("inputs", statuses),
            ):
                print(textwrap.fill(text, 110, initial_indent=f"    {name:<11}", subsequent_indent=" " * 15))  # noqa: T201
    down = fallen(rows)
    return 1 if down else 0
