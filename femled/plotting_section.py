"""The section of a pixel with a field in it, ready for print: where it has spread, and the films one by one."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.fields import FieldMesh
from femled.plotting import CYAN, STYLE, pretty, title_of, unit_of
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

# Second-order cells split into straight triangles through their own nodes.
_SPLIT = {
    "quadrilateral": [(0, 4, 8), (0, 8, 5), (4, 1, 8), (1, 6, 8), (5, 8, 2), (8, 7, 2), (8, 6, 7), (6, 3, 7)],
    "triangle": [(0, 5, 4), (5, 1, 3), (4, 3, 2), (5, 3, 4)],
}


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
        bar.set_label(f"{name} ({unit_of(result, name)})")
        when = "steady state" if not np.isfinite(result.times[i]) else pretty(text_of(float(result.times[i]), "s", 4))
        figure.suptitle(f"{title_of(result)}, {when}: {field[_emitter_nodes(mesh)].max():.1f} K at most", fontsize=9)
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


def _triangles(mesh: FieldMesh) -> tuple[Array, Array, NDArray[np.int64]]:
    split = np.concatenate([mesh.cells[:, list(corner)] for corner in _SPLIT[mesh.cell]])
    r, z = mesh.nodes.T
    return np.concatenate([r, -r]), np.concatenate([z, z]), np.concatenate([split, split + len(r)])


def _emitter_nodes(mesh: FieldMesh) -> NDArray[np.int64]:
    return np.unique(mesh.cells[mesh.cells_of("emitter")])
