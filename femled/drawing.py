"""Drawings of a device: its films and the whole pixel, both to scale."""

from typing import TYPE_CHECKING

from femled.device import Pixel
from femled.plotting import RED, STYLE
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAMILY_COLOURS = {
    "perovskite": "#d95f02",
    "organic": "#9ecae1",
    "oxide": "#cfcfcf",
    "fluoride": "#f2f0a1",
    "metal": "#8c96a3",
    "semiconductor": "#7f6fb0",
    "carbon": "#4d4d4d",
    "polymer": "#e7d8c3",
    "gas": "#ffffff",
}


def draw_pixel(pixel: Pixel) -> "Figure":
    """The stack of films and the pixel, both to scale."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        stack, whole = figure.subplots(1, 2, width_ratios=(1, 1.7))
        films = [(name, part) for name, part in pixel.stack() if name not in ("substrate", "encapsulation")]
        thin = [(name, part) for name, part in films if part.thickness <= 2e-6]
        total = sum(part.thickness for _, part in thin)
        z, last = 0.0, -1.0
        for name, part in thin:
            colour = FAMILY_COLOURS[part.solid.family]
            stack.add_patch(
                Rectangle((0, z * 1e9), 1, part.thickness * 1e9, facecolor=colour, edgecolor="black", lw=0.6)
            )
            at = max(z + part.thickness / 2, last + 0.052 * total)
            emitter = {"fontweight": "bold"} if name == pixel.emitter else {}
            role = {pixel.anode: ", anode", pixel.cathode: ", cathode", pixel.emitter: ", emitter"}.get(name, "")
            stack.annotate(
                f"{name}  {text_of(part.thickness, 'm', 4)}{role}",
                (1.0, (z + part.thickness / 2) * 1e9),
                (1.12, at * 1e9),
                va="center",
                fontsize=7.5,
                arrowprops={"arrowstyle": "-", "lw": 0.4},
                annotation_clip=False,
                **emitter,
            )
            z, last = z + part.thickness, at
        stack.set(
            xlim=(0, 2.6),
            ylim=(0, max(total, last + 0.03 * total) * 1e9),
            xticks=[],
            ylabel="height above the substrate (nm)",
            title="films, to scale",
        )
        stack.spines["bottom"].set_visible(False)
        _draw_whole(whole, pixel)
    return figure


def _draw_whole(axes: "Axes", pixel: Pixel) -> None:
    from matplotlib.patches import Rectangle

    reach, z = pixel.outer_radius, 0.0
    for name, part in pixel.stack():
        colour = FAMILY_COLOURS[part.solid.family]
        axes.add_patch(
            Rectangle(
                (-reach * 1e3, z * 1e3), 2 * reach * 1e3, part.thickness * 1e3, facecolor=colour, edgecolor="none"
            )
        )
        if part.thickness > 0.02 * reach:
            axes.text(
                -0.97 * reach * 1e3,
                (z + part.thickness / 2) * 1e3,
                f"{name}: {part}" if name in ("substrate", "encapsulation", "spreader") else name,
                va="center",
                fontsize=7.5,
            )
        z += part.thickness
    surface = pixel.substrate.thickness * 1e3
    axes.plot([-pixel.radius * 1e3, pixel.radius * 1e3], [surface, surface], color=RED, lw=2.5, solid_capstyle="butt")
    axes.annotate(
        f"opening {text_of(pixel.diameter, 'm', 4)}",
        (0, surface),
        (0, surface - 0.22),
        color=RED,
        ha="center",
        fontsize=8,
        arrowprops={"arrowstyle": "-", "color": RED, "lw": 0.6},
    )
    axes.set(
        xlim=(-reach * 1e3, reach * 1e3),
        ylim=(0, 1.12 * z * 1e3),
        aspect="equal",
        xlabel="r (mm)",
        ylabel="z (mm)",
        title=f"{pixel.name}, to scale",
    )
