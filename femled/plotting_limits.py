"""Figure of the map of temperature over current density and pulse width, ready for print."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, unknown_name
from femled.plotting import BLUE, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

LINES: tuple[tuple[str, Any], ...] = (
    ("black", "-"),
    (BLUE, (0, (5, 1.5))),
    ("#5e3c99", (0, (1, 1.2))),
    ("#01665e", (0, (5, 1.5, 1, 1.5))),
    ("#4d4d4d", (0, (2.5, 1.2))),
    ("#c51b7d", (0, (7, 1.2, 1, 1.2, 1, 1.2))),
)
"""Colour and dashes of the lines, told apart in grey too."""

STEPS = np.outer(10.0 ** np.arange(-1, 4), [1.0, 2.0, 5.0]).ravel()
"""[K] rises at which the filling changes its colour."""


FINE = 120
"""Points of the grid that is filled, along each axis."""


def limits_figure(result: "Result", *, variant: str | None = None) -> "Figure":
    """Peak temperature over pulse width and current density, and the line of the limit for every variant.

    Args:
        result: of `heat_limits`.
        variant: whose temperature is filled in; the pixel as it is if not given.

    Raises:
        InputError: no such variant, or a map of a single current or width.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    data = result.series
    labels = [str(label) for label in data["variant"]]
    if variant is not None and variant not in labels:
        raise unknown_name("variant", variant, labels)
    if min(len(data["width"]), len(data["current_density"])) < 2:
        raise InputError("a map with a single width or current density cannot be drawn: give two or more of each")
    shown = labels.index(variant) if variant is not None else 0
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(5.2, 3.9), layout="constrained")
        axes = figure.subplots()
        axes.set(xscale="log", yscale="log")  # before the lines: their labels follow the slope on the page
        _fill(figure, axes, result, shown)
        _limit_lines(axes, result, labels, shown)
        axes.set(xlabel="pulse width (µs)", ylabel="current density (A/cm²)")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return figure


def _grid(result: "Result") -> tuple[Array, Array]:
    """(m,) widths in us, (n,) current densities in A/cm2."""
    return result.series["width"] * 1e6, result.series["current_density"] * 1e-4


def _rises(result: "Result", number: int) -> Array:
    """(n, m), [K] of one variant."""
    ambient = float(np.ravel(result.series.attributes["ambient_temperatures"])[number])
    return np.asarray(result.series["peak_temperature"][number] - ambient)


def _fill(figure: "Figure", axes: "Axes", result: "Result", number: int) -> None:
    """The temperature, in steps of a round rise."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm, ListedColormap

    x, y, logs = _finer(result, np.log(_rises(result, number)))
    rises = np.exp(logs)
    hottest = rises.max()
    inside = [step for step in STEPS if max(rises.min(), 0.5) < step < hottest]
    levels = np.unique([0.0, *inside, hottest])
    colours = ListedColormap(colormaps["YlOrRd"](np.linspace(0.0, 0.8, max(len(levels) - 1, 2))))
    drawn = axes.contourf(x, y, rises, levels=levels, cmap=colours, norm=BoundaryNorm(levels, colours.N))
    drawn.set_edgecolor("face")
    ambient = float(np.ravel(result.series.attributes["ambient_temperatures"])[number])
    bar = figure.colorbar(drawn, ax=axes, pad=0.02, ticks=levels, spacing="uniform")
    bar.minorticks_off()
    bar.ax.set_yticklabels([f"{ambient + level:.5g}" for level in levels])
    label = str(result.series["variant"][number])
    bar.set_label(f"peak temperature of {_words(label)} (K)")
    if result.series["too_hot"][number].any():
        from matplotlib import rc_context

        with rc_context({"hatch.linewidth": 0.4}):
            hot = _finer(result, result.series["too_hot"][number].astype(float))
            axes.contourf(*hot, levels=[0.5, 1.5], colors="none", hatches=["////"])


def _limit_lines(axes: "Axes", result: "Result", labels: list[str], shown: int) -> None:
    """Where each variant reaches the limit."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.patheffects import withStroke

    limit = float(result.series.attributes["limit"])
    handles: list[Any] = []
    for number, label in enumerate(labels):
        colour, dashes = LINES[number % len(LINES)]
        style = {"color": colour, "ls": dashes, "lw": 2.0 if number == 0 else 1.5}
        halo = [withStroke(linewidth=style["lw"] + 1.2, foreground="white", alpha=0.7)]
        x, y = _limit_line(result, number)
        axes.plot(x, y, **style, path_effects=halo)
        handles.append(Line2D([], [], **style, label=_words(label) + ("" if len(x) else ", not on the map")))
        if number == 0 and len(x):
            middle = x[len(x) // 2], y[len(x) // 2]
            axes.annotate(f"{limit:g} K", middle, (-3, -3), textcoords="offset points", ha="right", va="top")
    if result.series["too_hot"][shown].any():
        hottest = float(result.series["peak_temperature"][shown].max())
        handles.append(Patch(facecolor="none", edgecolor="black", hatch="////", lw=0, label=f"above {hottest:.4g} K"))
    axes.legend(
        handles=handles,
        title=f"{limit:g} K is reached by",
        title_fontsize=8,
        loc="lower left",  # where a pixel is coldest
        alignment="left",
        fontsize=8,
        handlelength=2.6,
    )


def _limit_line(result: "Result", number: int) -> tuple[Array, Array]:
    """Widths and currents at which a variant reaches the limit: those found at every current and at every width."""
    x, y = _grid(result)
    data = result.series
    by_current, by_width = (
        data[f"{name}_found"][number].astype(bool) for name in ("longest_width", "highest_current_density")
    )
    widths = np.concatenate([data["longest_width"][number, by_current] * 1e6, x[by_width]])
    currents = np.concatenate([y[by_current], data["highest_current_density"][number, by_width] * 1e-4])
    order = np.argsort(widths)
    return widths[order], currents[order]


def _finer(result: "Result", values: Array) -> tuple[Array, Array, Array]:
    """A grid as fine as print, in between straight in logarithms of both axes; contours are straight in the axes."""
    from scipy.interpolate import make_interp_spline

    x, y = (np.geomspace(places[0], places[-1], FINE) for places in _grid(result))
    for axis, old, new in ((1, _grid(result)[0], x), (0, _grid(result)[1], y)):
        values = make_interp_spline(np.log(old), values, k=1, axis=axis)(np.log(new))
    return x, y, values


def _words(label: str) -> str:
    """A label for print: the substrate and the spreader go without saying what they are."""
    label = label.replace("substrate=", "").replace("spreader=", "").replace("=", " ")
    return label.replace("_", " ").replace(" um", " µm").replace(" us", " µs")
