"""Figures of maps over one or two numbers of a device, ready for print."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, unknown_name
from femled.plotting import BLUE, GREY, RED, STYLE
from femled.series import Variable
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

LINES = (BLUE, RED, "#1b7837", "#762a83", "#e08214", "#35978f", GREY, "black")
EMPTY = "#e6e6e6"
"""Colour of where there is no mode."""

SMALLEST = 300.0
"""How much of the highest value the lowest of the round contours is, inverted."""

DECADES = 2.0
"""Range of values above which an axis is logarithmic."""


def plot_map(
    result: "Result", name: str = "modal_loss", *, mode: str | None = None, layer: str | None = None
) -> "Figure":
    """A variable of a map: contours over two axes, lines over one; the device itself is marked.

    Args:
        result: of `mode_map`.
        name: variable, such as "modal_loss" or "confinement".
        mode: "TE0", ...; the first by default, all where lines are drawn.
        layer: of a variable by layer; the emitter by default, all where lines of one mode are drawn.

    Raises:
        InputError: no such variable, mode or layer.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    known = {key: variable for key, variable in result.series.variables.items()}
    if name not in known:
        raise unknown_name("variable of the map", name, known)
    over = [dim for dim in known[name].dims if dim not in ("mode", "layer")]
    if "mode" in known[name].dims:
        _position(result, "mode", mode)
    if "layer" in known[name].dims:
        _position(result, "layer", layer)
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.8, 3.5), layout="constrained")
        axes = figure.subplots()
        if len(over) == 2:
            _contours(figure, axes, result, name, mode, layer)
        elif len(over) == 1:
            _lines(axes, result, name, mode, layer)
        else:
            raise InputError(f'"{name}" runs over {over or "nothing"}; maps have one or two axes')
    return figure


def _position(result: "Result", dim: str, wanted: str | None) -> int:
    """Of a mode or layer; the first mode, or the emitter, where none is wanted."""
    known = [str(word) for word in result.series.coordinates[dim].values]
    if wanted is None:
        return 0 if dim == "mode" else known.index(str(result.series.attributes["emitter"]))
    if wanted not in known:
        raise unknown_name(dim, wanted, known)
    return known.index(wanted)


def _slice(result: "Result", variable: Variable, mode: str | None, layer: str | None) -> tuple[Array, str]:
    """Values over the axes alone, in printed units, and what they belong to."""
    values, belongs = np.asarray(variable.values, dtype=np.float64), []
    for dim, wanted in (("layer", layer), ("mode", mode)):
        if dim in variable.dims:
            position = _position(result, dim, wanted)
            values = np.take(values, position, axis=variable.dims.index(dim))
            belongs.append(str(result.series.coordinates[dim].values[position]))
    return values * _printed(variable.unit)[1], " of ".join(belongs)


def _contours(figure: "Figure", axes: "Axes", result: "Result", name: str, mode: str | None, layer: str | None) -> None:
    from matplotlib.colors import BoundaryNorm

    variable = result.series.variables[name]
    values, belongs = _slice(result, variable, mode, layer)
    if not np.isfinite(values).any():
        raise InputError(f"{name}: {belongs} is guided nowhere on this map")
    first, second = (result.series.coordinates[dim] for dim in variable.dims[:2])
    x, y = (axis.values * _scale(axis)[0] for axis in (first, second))
    whole = variable.values.dtype.kind == "i"
    levels = np.arange(values.min() - 0.5, values.max() + 1) if whole else _levels(values)
    grid = np.ma.masked_invalid(values.T)
    axes.set_facecolor(EMPTY)
    drawn = axes.contourf(x, y, grid, levels=levels, norm=BoundaryNorm(levels, 256), cmap="viridis")
    drawn.set_edgecolor("face")
    if len(levels) > 2:
        inner = levels[1:-1]
        colours = ["white" if i < 0.6 * len(inner) else "black" for i in range(len(inner))]
        lines = axes.contour(x, y, grid, levels=inner, colors=colours, linewidths=0.6)
        if not whole:
            axes.clabel(lines, levels=_roomy(values, levels), fontsize=7, fmt=lambda level: f"{level:.6g}")
    if np.isnan(values).any():
        axes.plot([], [], "s", color=EMPTY, markeredgecolor=GREY, label=f"no {belongs.split(' of ')[-1]}")
    _mark(axes, result, first, second, variable.dims[:2])
    axes.set(xlabel=_label(first), ylabel=_label(second), xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ticks = levels[:-1] + 0.5 if whole else levels
    bar = figure.colorbar(drawn, ax=axes, pad=0.02, ticks=ticks, spacing="uniform")
    bar.minorticks_off()
    bar.ax.set_yticklabels([f"{tick:.6g}" for tick in ticks])
    bar.set_label(_what(variable, name, belongs, result))


def _mark(axes: "Axes", result: "Result", first: Variable, second: Variable, dims: Sequence[str]) -> None:
    """The device itself, if it lies on the map."""
    own = [result.series.attributes.get(f"device_{dim}") for dim in dims]
    place = [np.nan if v is None else float(v) * _scale(a)[0] for v, a in zip(own, (first, second), strict=True)]
    ends = [axis.values[[0, -1]] * _scale(axis)[0] for axis in (first, second)]
    if all(low <= value <= high for value, (low, high) in zip(place, ends, strict=True)):
        label = str(result.inputs["pixel"]["name"])
        axes.plot(*place, "o", ms=6, mfc=RED, mec="white", mew=1.2, label=label, ls="none", clip_on=False, zorder=5)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8, handletextpad=0.3)


def _lines(axes: "Axes", result: "Result", name: str, mode: str | None, layer: str | None) -> None:
    variable = result.series.variables[name]
    along = result.series.coordinates[variable.dims[0]]
    x = along.values * _scale(along)[0]
    by_layer = "layer" in variable.dims and layer is None
    belongs = ""
    if "mode" not in variable.dims:
        curves = {"": _slice(result, variable, None, None)[0]}
    elif by_layer:
        words = [str(word) for word in result.series.coordinates["layer"].values]
        curves = {word: _slice(result, variable, mode, word)[0] for word in words}
        belongs = str(result.series.coordinates["mode"].values[_position(result, "mode", mode)])
    else:
        words = [str(word) for word in result.series.coordinates["mode"].values] if mode is None else [mode]
        curves = {word: _slice(result, variable, word, layer)[0] for word in words}
        belongs = layer or ""
    curves = {
        word: values for word, values in curves.items() if np.isfinite(values).any() and np.nanmax(np.abs(values)) > 0
    }
    for (word, values), colour in zip(curves.items(), LINES * (1 + len(curves) // len(LINES)), strict=False):
        style = "steps-mid" if variable.values.dtype.kind == "i" else "default"
        axes.plot(x, values, color=colour, lw=1.5, label=word, drawstyle=style)
    every = np.concatenate(list(curves.values())) if curves else np.zeros(1)
    if not by_layer and not _linear(every):
        axes.set_yscale("log")
    elif np.nanmin(every) >= 0 and name != "effective_index":
        axes.set_ylim(bottom=0)
    own = result.series.attributes.get(f"device_{variable.dims[0]}")
    if own is not None and x[0] <= float(own) * _scale(along)[0] <= x[-1]:
        axes.axvline(float(own) * _scale(along)[0], color=GREY, lw=0.9, ls=":", label=result.inputs["pixel"]["name"])
    axes.set(xlabel=_label(along), ylabel=_what(variable, name, belongs, result), xlim=(x[0], x[-1]))
    axes.margins(y=0.08)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=8, handlelength=1.4)


def _linear(values: Array) -> bool:
    with np.errstate(invalid="ignore"):
        low, high = np.nanmin(values), np.nanmax(values)
    return bool(low <= 0 or high <= low * 10**DECADES)


def _levels(values: Array) -> Array:
    """Round values that cover the range: even steps, or 1, 2, 5, 10, ... where it spans more than a decade."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    size = max(abs(low), abs(high), 1e-9)
    if high - low <= 1e-6 * size:
        return np.array([low - 0.01 * size, low + 0.01 * size])
    if low < -1e-9 * size or low > high / 10 or high <= 1:
        return np.asarray(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    decades = np.arange(np.floor(np.log10(max(low, high / SMALLEST))), np.ceil(np.log10(high)) + 1)
    round_ = np.outer(10.0**decades, [1.0, 2.0, 5.0]).ravel()
    inside = np.flatnonzero((round_ > max(low, high / SMALLEST)) & (round_ < high))
    below = 0.0 if low < round_[inside[0] - 1] or inside[0] == 0 else round_[inside[0] - 1]
    return np.array([below, *round_[inside], round_[inside[-1] + 1]])


def _roomy(values: Array, levels: Array) -> list[float]:
    """Inner levels between two bands that are both wide enough for a label."""
    share = np.histogram(values[np.isfinite(values)], bins=levels)[0] / max(np.isfinite(values).sum(), 1)
    return [float(level) for level, a, b in zip(levels[1:-1], share[:-1], share[1:], strict=True) if min(a, b) > 0.03]


def _printed(unit: str) -> tuple[str, float]:
    return ("1/cm", 0.01) if unit == "1/m" else ("" if unit == "1" else unit, 1.0)


def _scale(axis: Variable) -> tuple[float, str]:
    """Factor and unit in which an axis is printed."""
    if axis.unit != "m":
        return 1.0, ""
    return (1e9, "nm") if np.max(np.abs(axis.values)) < 2e-6 else (1e6, "µm")


def _label(axis: Variable) -> str:
    unit = _scale(axis)[1]
    return axis.title.replace("_", " ") + (f" ({unit})" if unit else "")


def _what(variable: Variable, name: str, belongs: str, result: "Result") -> str:
    unit = _printed(variable.unit)[0]
    wavelength = result.series.attributes.get("wavelength")
    where = f" at {text_of(float(wavelength), 'm', 6)}" if wavelength is not None else ""
    of = f" of {belongs}".replace("_", " ") if belongs else ""
    return f"{variable.title or name}{of}{where}" + (f" ({unit})" if unit else "")
