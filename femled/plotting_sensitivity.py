"""Figure of a sensitivity study, for print: which inputs a result depends on, and how far they may move it."""

from typing import TYPE_CHECKING

import numpy as np

from femled.errors import InputError
from femled.plotting import BLUE, GREY, RED, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from femled.result import Result

MOST = 15
"""Inputs that are shown at most; the others are weaker."""

NOTHING = 1e-6
"""Of the strongest effect, up to which an input counts as one of no effect."""

BARS = {
    "mu_star": (("mu_star", "mean effect μ*", BLUE), ("sigma", "its spread σ", "#9ecae1")),
    "total": (("total", "with others, ST", "#9ecae1"), ("first_order", "alone, S1", BLUE)),
}
"""By the index that ranks: what is drawn, its label, its colour."""

STATUS_MARKS = {"calibrated": " (calibrated)", "literature": " (literature)", "published": " (published)"}


def sensitivity_figure(result: "Result") -> "Figure":
    """The inputs by their rank as bars, and where the values of all calls lie.

    Args:
        result: of `sensitivity`.

    Raises:
        InputError: too many calls failed, nothing is ranked.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    series = result.series
    key = next((name for name in BARS if name in series.variables), None)
    if key is None:
        raise InputError("this study ranks nothing, too many of its calls failed; name a series to draw")
    strong = int(np.count_nonzero(series[key] > NOTHING * series[key].max()))
    order = np.argsort(series[key])[-min(max(strong, 1), MOST) :]
    unit, title = series.variables["value"].unit, series.variables["value"].title or "result"
    suffix = "" if unit == "1" else f" ({unit})"
    statuses = series["input_status"][order]
    names = [
        name + STATUS_MARKS.get(str(status), "") for name, status in zip(series["input"][order], statuses, strict=True)
    ]
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.0, 1.9 + 0.21 * len(order)), layout="constrained")
        below, bars = figure.subplots(2, 1, height_ratios=(1.0, 0.21 * len(order) + 0.4))
        places = np.arange(len(order))
        for row, (name, label, colour) in enumerate(BARS[key]):
            height = 0.4 if key == "mu_star" else 0.7 - 0.35 * row
            shift = (0.2 - 0.4 * row) if key == "mu_star" else 0.0
            error = series[f"{name}_confidence"][order] if f"{name}_confidence" in series.variables else None
            style = {"elinewidth": 0.8, "ecolor": "black"}
            bars.barh(
                places + shift, series[name][order], height, xerr=error, color=colour, label=label, error_kw=style
            )
        bars.set(yticks=places, yticklabels=names, xlim=(0, None))
        bars.tick_params(axis="y", labelsize=7)
        hidden = len(series["input"]) - len(order)
        more = f"; {hidden} {'weaker inputs' if strong > MOST else 'inputs of no effect'} not shown" if hidden else ""
        what = f"effect over the input's range{suffix}" if key == "mu_star" else "share of the variance"
        bars.set_xlabel(what + more)
        bars.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), labelcolor=GREY)
        finite = series["value"][np.isfinite(series["value"])]
        below.hist(finite, bins=min(40, max(8, len(finite) // 8)), color="#d0d0d0")
        low, middle, high = series["band"]
        below.axvspan(low, high, color=BLUE, alpha=0.15, lw=0, label=f"5 .. 95 %: {low:.3g} .. {high:.3g}{suffix}")
        below.axvline(middle, color=BLUE, lw=1.0, label=f"median {middle:.3g}")
        below.axvline(float(series["nominal_value"]), color=RED, lw=1.0, label="as stated")
        below.set(xlabel=f"{title}{suffix}", ylabel="calls")
        below.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5), labelcolor=GREY)
    return figure
