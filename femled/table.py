"""Plain tables for a terminal: wrapped to its width, the same in a pipe."""

import shutil
import textwrap


def table(title: str, rows: list[tuple[str, str]]) -> str:
    """Names and values in two columns.

    Args:
        title: above the table.
        rows: name and value; long values are wrapped.
    """
    left = max(len(name) for name, _ in rows) + 2
    width = max(shutil.get_terminal_size((100, 24)).columns, 60)
    lines = [title, ""] if title else []
    for name, value in rows:
        first, *rest = textwrap.wrap(value, max(width - left - 2, 20)) or [""]
        lines.append(f"  {name:<{left}}{first}")
        lines += [" " * (left + 2) + line for line in rest]
    return "\n".join(lines)


def columns(header: list[str], rows: list[list[str]]) -> str:
    """A table with a header; the last column takes what width is left.

    Args:
        header: names of the columns.
        rows: texts.
    """
    sizes = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)).rstrip() for row in [header, *rows]
    ]
    return "\n".join([lines[0], "  ".join("-" * min(size, 60) for size in sizes), *lines[1:]])
