"""What every command prints of a result: a table, its sources, its warnings."""

from typing import Any

from femled.result import Result
from femled.table import table


def citation_list(run: Result) -> str:
    """Sources of the numbers with their status, on one line."""
    by_key: dict[str, set[str]] = {}
    for key, status in run.sources:
        by_key.setdefault(key, set()).add(status)
    return "; ".join(f"{key} ({', '.join(sorted(found))})" for key, found in by_key.items())


def page(run: Result, rows: list[tuple[str, str]], given: dict[str, Any]) -> str:
    """What a person reads of a result: a table, the warnings, where it was written."""
    text = table(f"{run.inputs['pixel']['name']}: {run.inputs['pixel'].get('title', '')}", rows)
    notes = [f"note: {warning}" for warning in run.warnings]
    if given.get("output"):
        notes.append(f"written to {given['output']}")
    return "\n".join([text, *notes])
