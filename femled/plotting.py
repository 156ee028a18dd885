"""Figures of results and devices, ready for print."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.errors import InputError, unknown_name
from femled.fields import FieldMesh
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

STYLE = {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.dpi": 160,
    "savefig.bbox": "tight",
    "axes.axisbelow": True,
}
RED, BLUE, GREY, CYAN = "#b2182b", "#2166ac", "#666666", "#7fdbff"

# Second-order cells split into straight triangles through their own nodes.
_SPLIT = {
    "quadrilateral": [(0, 4, 8), (0, 8, 5), (4, 1, 8), (1, 6, 8), (5, 8, 2), (8, 7, 2), (8, 6, 7), (6, 3, 7)],
    "triangle": [(0, 5, 4), (5, 1, 3), (4, 3, 2), (5, 3, 4)],
}


def plot_result(
    result: "Result",
    name: str | None = None,
    *,
    time: float | None = None,
    mode: str | None = None,
    layer: str | None = None,
) -> "Figure":
    """The figure that suits a result and a name.

    Args:
        result: of any experiment.
        name: a field ("temperature": its cross-section, or its profile in a column) or a series; what the experiment is
            about if not given.
        time: [s] of a cross-section; that of the highest peak by default.
        mode: of a map of modes, "TE0".
        layer: of a map of modes, for what is known by layer.

    Raises:
        InputError: no such field or series.
    """
    if result.experiment == "mode_map":
        from femled.plotting_map import plot_map

        return plot_map(result, name or "modal_loss", mode=mode, layer=layer)
    if name is None and result.experiment == "heat_limits":
        from femled import plotting_limits

        return plotting_limits.limits_figure(result)
    if name is None and result.experiment in ("modes", "absorption", "outcoupling"):
        from femled import plotting_optics

        return plotting_optics.figure_of(result)
    if name is None and result.experiment in ("admittance", "trap_spectrum", "sclc", "transient_pl", "lateral_gap"):
        from femled import plotting_probe

        return plotting_probe.probe_figure(result)
    if name is None and result.experiment in ("ion_step", "hysteresis", "square_wave", "pulse_train"):
        from femled import plotting_ions

        return plotting_ions.ion_figure(result)
    if name is None and result.experiment == "electrothermal_pulse":
        from femled import plotting_pulse

        return plotting_pulse.pulse_figure(result, time=time)
    if name is None and result.experiment == "jv":
        from femled import plotting_carriers

        return plotting_carriers.jv_figure(result)
    if name is None:
        name = "temperature" if "temperature" in result.fields else next(iter(result.series.variables))
    if name in result.fields and result.mesh is not None:
        return (
            cross_section(result, name, time=time)
            if result.mesh.nodes.shape[1] == 2
            else _column_profile(result, name, time)
        )
    if name not in result.series.variables:
        raise unknown_name("field or series", name, [*result.fields, *result.series.variables])
    if name.startswith("emitter_") and "emitter_peak_temperature" in result.series.variables:
        return temperature_over_time(result)
    return _series(result, name)


def temperature_over_time(result: "Result") -> "Figure":
    """Mean and peak emitter temperature against time, the heating shaded."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        data, ambient = result.series, float(result.series.attributes["ambient_temperature"])
        scale, unit = _time_scale(float(result.times[-1]))
        t = np.concatenate([[0.0], result.times]) / scale
        for series, label, colour, style in (
            ("emitter_peak_temperature", "peak", RED, "--"),
            ("emitter_temperature", "mean", RED, "-"),
        ):
            axes.plot(
                t,
                np.concatenate([[ambient], data[series]]),
                style,
                color=colour,
                lw=1.5,
                label=f"emitter, {label}",
            )
        end = float(data.attributes["heating_ends"]) / scale
        axes.axvspan(0, min(end, t[-1]), color="#f4d9c6", lw=0, label="heating")
        axes.axhline(ambient, color=GREY, lw=0.8, ls=":")
        hottest = int(data["emitter_peak_temperature"].argmax())
        value, when = float(data["emitter_peak_temperature"][hottest]), result.times[hottest] / scale
        axes.annotate(
            f"{value:.1f} K", (when, value), xytext=(6, 0), textcoords="offset points", color=RED, va="center"
        )
        axes.set(xlabel=f"time ({_pretty(unit)})", ylabel="temperature (K)", xlim=(0, t[-1]), title=_title(result))
        axes.margins(y=0.08)
        axes.legend()
    return figure


def cross_section(result: "Result", name: str = "temperature", *, time: float | None = None) -> "Figure":
    """A field in the section of a pixel: where it spreads, and the films at the rim one by one."""
    from matplotlib import rc_context
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    mesh, values = result.mesh, result.fields[name]
    assert mesh is not None  # the caller has looked
    peak = result.peak(name)
    i = int(np.abs(result.times - (peak.time if time is None else time)).argmin()) if np.isfinite(peak.time) else 0
    pixel = Pixel.from_mapping(dict(result.inputs["pixel"]), "result")
    field = values[i]
    low, high = float(field.min()), float(field.max())
    norm = Normalize(low, high if high > low else low + 1.0)
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(5.2, 5.4), layout="constrained")
        spread, films = figure.subplots(2, 1)
        drawn = _spreading(spread, mesh, field, pixel, norm)
        _film_section(films, mesh, field, pixel, norm)
        bar = figure.colorbar(drawn, ax=[spread, films], fraction=0.04, pad=0.02, ticks=MaxNLocator(8))
        bar.set_label(f"{name} ({_unit(result, name)})")
        when = "steady state" if not np.isfinite(result.times[i]) else _pretty(text_of(float(result.times[i]), "s", 4))
        figure.suptitle(f"{_title(result)}, {when}: {field[_emitter_nodes(mesh)].max():.1f} K at most", fontsize=9)
    return figure


def _spreading(axes: "Axes", mesh: FieldMesh, field: Array, pixel: Pixel, norm: Any) -> Any:
    """Where the heat has spread to: the section down to where 2 % of the rise is left, its height stretched."""
    from matplotlib.tri import Triangulation

    surface, rise = pixel.substrate.thickness, field - norm.vmin
    warm = mesh.nodes[rise > 0.02 * rise.max()] if rise.max() > 0 else mesh.nodes
    bottom, top = (
        surface - 1.15 * max(surface - warm[:, 1].min(), 1e-7),
        surface + 1.15 * max(warm[:, 1].max() - surface, 1e-7),
    )
    reach = max(1.25 * pixel.radius, 1.1 * warm[:, 0].max())
    bottom, top, reach = max(bottom, 0.0), min(top, mesh.nodes[:, 1].max()), min(reach, pixel.outer_radius)
    r, z, cells = _triangles(mesh)
    both = np.concatenate([field, field])
    triangles = Triangulation(r * 1e6, (z - surface) * 1e6, cells)
    levels = np.linspace(norm.vmin, norm.vmax, 61)
    drawn = axes.tricontourf(triangles, both, levels=levels, cmap="inferno", norm=norm)
    axes.tricontour(triangles, both, levels=levels[6::9], colors="white", linewidths=0.4, alpha=0.7)
    axes.axhline(0, color="white", lw=0.6)
    axes.vlines(
        [-pixel.radius * 1e6, pixel.radius * 1e6],
        bottom * 1e6 - surface * 1e6,
        (top - surface) * 1e6,
        color=CYAN,
        lw=0.8,
        ls=":",
    )
    axes.set(xlim=(-reach * 1e6, reach * 1e6), ylim=((bottom - surface) * 1e6, (top - surface) * 1e6))
    axes.set(xlabel="r (µm)", ylabel="height above the substrate (µm)")
    label: dict[str, Any] = {"color": "white", "fontsize": 7.5}
    axes.text(0.02, 0.04, pixel.substrate.material.title, transform=axes.transAxes, va="bottom", **label)
    stretch = 2 * reach / (top - bottom) / 1.6
    if stretch > 2:
        axes.text(0.98, 0.04, f"height stretched {stretch:.0f} times", transform=axes.transAxes, ha="right", **label)
    if pixel.encapsulation is not None:
        axes.text(0.02, 0.96, pixel.encapsulation.material.title, transform=axes.transAxes, va="top", **label)
    return drawn


def _film_section(axes: "Axes", mesh: FieldMesh, field: Array, pixel: Pixel, norm: Any) -> None:
    """The films around the rim; every film is drawn equally high and labelled with its thickness."""
    rim, rows = pixel.radius, film_rows(pixel)
    width = min(0.06 * pixel.radius, 10e-6)
    r = np.linspace(rim - width, rim + width, 161)
    x = (r - rim) * 1e6
    films_as_bands(axes, mesh, field, pixel, norm, r, x)
    inside = [k for k, (name, _) in enumerate(rows) if name in _opening_layers(pixel)]
    planar = pixel.aperture is not None and pixel.geometry == "planar"
    for k, (name, thickness) in enumerate(rows):
        shortened = planar and k > 0 and k in inside and k - 1 in inside
        axes.hlines(k, x[0], 0.0 if shortened else x[-1], color="white", lw=0.4, alpha=0.7)
        shown = name if name in ("substrate", "encapsulation") else f"{name}  {text_of(thickness, 'm', 4)}"
        axes.text(0.97 * x[0], k + 0.5, shown, color="white", va="center", fontsize=7.5)
    if inside and planar and pixel.aperture is not None:
        axes.plot([0, 0], [inside[0], inside[-1] + 1], color=CYAN, lw=1.0)
        middle, name = (inside[0] + inside[-1] + 1) / 2, pixel.aperture.insulator.name
        axes.text(0.97 * x[-1], middle, name, color="white", va="center", ha="right", fontsize=7.5)
    axes.set(xlabel="distance from the rim (µm)", ylabel="films (not to scale)", yticks=[], ylim=(0, len(rows)))


def film_rows(pixel: Pixel) -> list[tuple[str, float]]:
    """Names and thicknesses [m] of the films of a pixel, with some of the substrate below and of the epoxy above."""
    films = [(name, part.thickness) for name, part in pixel.stack()[1:] if part.thickness <= 2e-6]
    margin = 4 * max(t for _, t in films)
    return [("substrate", margin), *films, *([("encapsulation", margin)] if pixel.encapsulation else [])]


def films_as_bands(axes: "Axes", mesh: FieldMesh, field: Array, pixel: Pixel, norm: Any, r: Array, x: Array) -> Any:
    """A field in the films, each drawn one unit high, at radii r [m] drawn at places x."""
    rows = film_rows(pixel)
    edges = pixel.substrate.thickness - rows[0][1] + np.concatenate([[0.0], np.cumsum([t for _, t in rows])])
    z = np.concatenate([np.linspace(a, b, 9)[:-1] for a, b in pairwise(edges)] + [[edges[-1]]])
    grid_r, grid_z = np.meshgrid(r, np.minimum(z, mesh.nodes[:, 1].max()))
    sampled = mesh.interpolate(field, np.column_stack([grid_r.ravel(), grid_z.ravel()])).reshape(grid_r.shape)
    height = np.interp(z, edges, np.arange(len(edges)))
    return axes.pcolormesh(x, height, sampled, cmap="inferno", norm=norm, shading="gouraud", rasterized=True)


def _opening_layers(pixel: Pixel) -> list[str]:
    return [layer.name for layer in pixel.layers if layer.extent == "opening"]


def _column_profile(result: "Result", name: str, time: float | None) -> "Figure":
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    mesh, values = result.mesh, result.fields[name]
    assert mesh is not None
    i = int(np.argmax(values.max(axis=1))) if time is None else int(np.abs(result.times - time).argmin())
    order = np.argsort(mesh.nodes[:, 0])
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        axes.plot(mesh.nodes[order, 0] * 1e6, values[i, order], color=RED)
        axes.set(xlabel="z (um)", ylabel=f"{name} ({_unit(result, name)})", title=_title(result))
    return figure


def _series(result: "Result", name: str) -> "Figure":
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    series = result.series.variables[name]
    if series.dims not in (("time",), ("voltage",)):
        raise InputError(f'"{name}" runs over {series.dims or "nothing"}; only series over time or voltage are drawn')
    axis = series.dims[0]
    along = result.times if axis == "time" else result.series["voltage"]
    order = np.argsort(along)
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        axes.plot(along[order], series.values[order], color=BLUE)
        spread = along[-1] / max(along[0], 1e-300) if axis == "time" else 1.0
        axes.set(
            xlabel=f"{axis} ({'s' if axis == 'time' else 'V'})",
            ylabel=f"{series.title or name} ({series.unit})",
            title=_title(result),
        )
        if spread > 1e3 and along[0] > 0:
            axes.set_xscale("log")
    return figure


def _triangles(mesh: FieldMesh) -> tuple[Array, Array, NDArray[np.int64]]:
    split = np.concatenate([mesh.cells[:, list(corner)] for corner in _SPLIT[mesh.cell]])
    r, z = mesh.nodes.T
    return np.concatenate([r, -r]), np.concatenate([z, z]), np.concatenate([split, split + len(r)])


def _emitter_nodes(mesh: FieldMesh) -> NDArray[np.int64]:
    return np.unique(mesh.cells[mesh.cells_of("emitter")])


def _time_scale(until: float) -> tuple[float, str]:
    return next(
        (size, unit)
        for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
        if until >= size or size == 1e-9
    )


def _unit(result: "Result", name: str) -> str:
    return {"temperature": "K"}.get(name) or result.series.variables[name].unit


def _title(result: "Result") -> str:
    power = result.inputs.get("power_density")
    return str(result.inputs.get("pixel", {"name": "column"})["name"]) + (
        f", {_pretty(text_of(float(power), 'W/m2', 4))}" if power else ""
    )


def _pretty(text: str) -> str:
    """Units as they are printed: µm, µs, W/cm²."""
    return (
        text.replace(" um", " µm")
        .replace(" us", " µs")
        .replace("us", "µs", int(text == "us"))
        .replace("m2", "m²")
        .replace("m3", "m³")
    )
