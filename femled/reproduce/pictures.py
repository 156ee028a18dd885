"""Pictures of claims: the published number beside the computed curve, or the row as a card."""

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from femled.plotting import BLUE, GREY, RED, STYLE
from femled.reproduce.claim import FAILED, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (BLUE, RED, "#1b7837", "#e08214", GREY)
"""Of curves, in their order."""

VERDICT_COLOURS = {"match": "#1b7837", "consistent": BLUE, "needs input": "#e08214"}


def picture_of(claim: Claim, row: dict[str, Any]) -> "Figure":
    """The picture that a claim draws itself, or its row as a card.

    Args:
        claim: whose picture.
        row: of it.
    """
    return card(row) if claim.figure is None or row["verdict"] == FAILED else claim.figure()


@contextmanager
def axes_with(title: str, xlabel: str, ylabel: str) -> "Iterator[tuple[Figure, Axes]]":
    """A figure with one pair of axes, in the style of all figures; its legend is made when the block ends.

    Args:
        title: id of the claim and what is shown.
        xlabel: with unit.
        ylabel: with unit.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.4, 3.2), layout="constrained")
        axes = figure.subplots()
        axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
        yield figure, axes
        if axes.get_legend_handles_labels()[0]:
            figure.legend(fontsize=7, loc="outside right upper")


def published_line(axes: "Axes", value: float, label: str, colour: str = GREY) -> None:
    """A published number as a dashed line across.

    Args:
        axes: to draw on.
        value: in the unit of the ordinate.
        label: of the legend.
        colour: of the line.
    """
    axes.axhline(value, color=colour, linewidth=0.9, linestyle="--", label=label)


def card(row: dict[str, Any]) -> "Figure":
    """Published, computed and test as text, for claims that no curve shows."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    blocks = [("published", row["published"]), ("computed", row["computed"]), ("test", row["deviation"])]
    wrapped = [(name, textwrap.wrap(text, 96)) for name, text in blocks if text]
    lines = sum(len(text) + 1 for _, text in wrapped) + 3
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.4, 0.17 * lines + 0.2))
        step, y = 1 / lines, 1 - 1 / lines
        colour = VERDICT_COLOURS.get(row["verdict"], RED)
        figure.text(0.03, y, f"{row['id']}, {row['source']}: ", fontsize=10, va="top", weight="bold")
        figure.text(0.97, y, row["verdict"], fontsize=10, va="top", ha="right", weight="bold", color=colour)
        y -= 2 * step
        for name, text in wrapped:
            figure.text(0.03, y, name, fontsize=8, va="top", color=GREY)
            figure.text(0.15, y, "\n".join(text), fontsize=8, va="top", linespacing=1.25, parse_math=False)
            y -= (len(text) + 1) * step
    return figure
