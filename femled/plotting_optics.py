"""Figures of optical results, ready for print: modes over the index profile, channels of the light, absorption."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from femled.plotting import BLUE, GREY, RED, STYLE
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]
COLOURS = (RED, BLUE, "#4d9221", "#b35806", "#762a83", "#01665e")
SHADES = ("#ffffff", "#eef1f5")
EMITTER_SHADE = "#fde8c4"
NARROW = 0.012
"""Share of the width of the axes that a letter of a layer's name takes; names that do not fit are turned."""

UNNAMED = 0.009
"""Share below which a layer is too thin to be named."""


def figure_of(result: "Result") -> "Figure":
    """The figure of an optical experiment."""
    drawn = {"modes": mode_profiles, "absorption": absorption_profile, "outcoupling": channels}
    return drawn[result.experiment](result)


def mode_profiles(result: "Result") -> "Figure":
    """|E|^2 of every mode over the index profile of the stack.

    Args:
        result: of the experiment `modes`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    data = result.series
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(5.6, 3.6), layout="constrained")
        index = figure.subplots()
        field = index.twinx()
        field.set_zorder(1)
        index.set_zorder(2)
        index.patch.set_visible(False)
        z = data["position"] * 1e9
        _shade(field, result, (float(z[0]), float(z[-1])))
        index.plot(z, data["refractive_index"], color="black", lw=1.0)
        low, high = float(data["refractive_index"].min()), float(data["refractive_index"].max())
        index.set(xlabel="height above the substrate (nm)", ylabel="refractive index n", xlim=(z[0], z[-1]))
        index.set_ylim(low - 0.08 * (high - low), high + 0.35 * (high - low))
        for k, label in enumerate(data["mode"].tolist()):
            loss = float(data["modal_loss"][k]) / 100
            n_eff = float(data["effective_index"][k])
            colour = COLOURS[k % len(COLOURS)]
            style = "-" if label.startswith("TE") else "--"
            text = (
                f"{label}:  n_eff {n_eff:.4f},  loss {loss:,.0f} cm⁻¹"
                if loss >= 100
                else f"{label}:  n_eff {n_eff:.4f},  loss {loss:.3g} cm⁻¹"
            )
            field.plot(z, data["intensity"][k], color=colour, ls=style, lw=1.4, label=text)
        field.set(ylabel="|E|² over its largest value", ylim=(0, 1.3), yticks=[0, 0.5, 1.0])
        field.spines["right"].set_visible(True)
        if len(data["mode"]):
            figure.legend(loc="outside lower center", fontsize=7.5, ncols=2 if len(data["mode"]) > 1 else 1)
        else:
            index.text(0.5, 0.9, " ".join(result.warnings), transform=index.transAxes, ha="center", fontsize=8)
        figure.suptitle(_title(result, str(data.attributes["kind"]) + " modes"), fontsize=9)
    return figure


def absorption_profile(result: "Result") -> "Figure":
    """Absorbed share per depth (or carriers generated) through the films, and the share of every layer.

    Args:
        result: of the experiment `absorption`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    data = result.series
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.6, 3.2), layout="constrained")
        depth, bars = figure.subplots(1, 2, width_ratios=[1.7, 1.0])
        z = data["position"] * 1e9
        _shade(depth, result, (float(z[0]), float(z[-1])))
        if "generation" in data.variables:
            values, label = data["generation"] * 1e-6, "generation (cm⁻³ per pulse)"
        else:
            values, label = data["absorption_density"] * 1e-6, "absorbed share per depth (µm⁻¹)"
        depth.plot(z, values, color=RED, lw=1.4)
        depth.set(xlabel="height above the substrate (nm)", ylabel=label, xlim=(z[0], z[-1]))
        depth.set_ylim(0, 1.45 * float(values.max()) if values.max() > 0 else 1)
        names = [*data["layer"].tolist(), "reflected", "transmitted"]
        shares = [*data["absorptance"].tolist(), float(data["reflectance"]), float(data["transmittance"])]
        _bars(bars, names, shares, [RED] * (len(names) - 2) + [GREY] * 2, "share of the incident light")
        side = "substrate" if result.inputs["from_"] == "substrate" else "top"
        figure.suptitle(_title(result, f"light from the {side}"), fontsize=9)
    return figure


def channels(result: "Result") -> "Figure":
    """Where the light of an emitter ends, and how it leaves over the angle.

    Args:
        result: of the experiment `outcoupling`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    data = result.series
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.6, 3.3), layout="constrained")
        bars = figure.add_subplot(1, 2, 1)
        polar: Any = figure.add_subplot(1, 2, 2, projection="polar")
        shown = [(n, s) for n, s in zip(data["channel"].tolist(), data["share"].tolist(), strict=True) if s > 5e-5]
        colours = [_channel_colour(name) for name, _ in shown]
        _bars(bars, [n for n, _ in shown], [s for _, s in shown], colours, "share of the recombination events")
        angle = data["angle"]
        largest = max(float(data["angular_intensity"].max()), 1e-12)
        for facet, colour, sign in (("top", RED, 1.0), ("bottom", BLUE, -1.0)):
            row = data["angular_intensity"][data["facet"].tolist().index(facet)]
            turned = np.concatenate([-angle[::-1], angle]) + (0.0 if sign > 0 else np.pi)
            polar.plot(turned, np.concatenate([row[::-1], row]) / largest, color=colour, lw=1.4, label=facet)
            lambert = np.cos(np.concatenate([-angle[::-1], angle])) * row[0] / largest
            polar.plot(turned, lambert, color=GREY, lw=0.7, ls=":", label="Lambertian" if sign < 0 else None)
        polar.set_theta_zero_location("N")
        polar.set_theta_direction(-1)
        polar.set_xticks(np.radians([0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330]))
        ticks = ["0°", "30°", "60°", "", "60°", "30°", "0°", "30°", "60°", "", "60°", "30°"]
        polar.set_xticklabels(ticks, fontsize=7)
        polar.set_yticks([0.5, 1.0], labels=[])
        polar.set_rlim(0, 1.05)
        polar.spines["polar"].set_visible(False)
        polar.grid(lw=0.4, alpha=0.6)
        polar.legend(loc="lower center", bbox_to_anchor=(0.5, -0.24), ncols=3, fontsize=7.5)
        polar.set_title("intensity over the angle in air", fontsize=8)
        figure.suptitle(_title(result, "where the light goes"), fontsize=9)
    return figure


def _channel_colour(name: str) -> str:
    if name in ("top", "bottom"):
        return RED
    return BLUE if name == "substrate" or name.startswith("mode") else GREY


def _bars(axes: "Axes", names: list[str], shares: list[float], colours: list[str], label: str) -> None:
    place = np.arange(len(names))[::-1]
    axes.barh(place, np.array(shares) * 100, color=colours, height=0.62)
    longest = max(max(shares) * 100, 1e-9)
    for y, share in zip(place.tolist(), shares, strict=True):
        axes.text(share * 100 + 0.02 * longest, y, f"{_percent(share)} %", va="center", fontsize=7)
    axes.set_yticks(place, [name.replace("_", " ") for name in names], fontsize=7.5)
    axes.set(xlabel=f"{label} (%)", xlim=(0, 1.3 * longest))
    axes.tick_params(axis="y", length=0)


def _percent(share: float) -> str:
    return f"{share * 100:.1f}" if share >= 0.001 else f"{share * 100:.2g}"


def _shade(axes: "Axes", result: "Result", limits: tuple[float, float]) -> None:
    """Layers as bands, with their names; the emitter stands out."""
    media, emitter = result.inputs["media"], result.inputs["pixel"]["emitter"]
    bottom = 0.0
    span = limits[1] - limits[0]
    for k, medium in enumerate(media):
        first, last = k == 0, k == len(media) - 1
        left = limits[0] if first else bottom
        right = limits[1] if last else (0.0 if first else bottom + medium["thickness_m"] * 1e9)
        left, right = max(left, limits[0]), min(right, limits[1])
        if right <= left:
            continue
        axes.axvspan(left, right, color=EMITTER_SHADE if medium["name"] == emitter else SHADES[k % 2], lw=0)
        share = (right - left) / span
        bottom = right if not first else 0.0
        if share < UNNAMED:
            continue
        axes.annotate(
            medium["name"].replace("_", " "),
            ((left + right) / 2, 1.0),
            (0, -3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="top",
            rotation=90 if share < NARROW * len(medium["name"]) + 0.01 else 0,
            fontsize=6.5,
            color=GREY,
        )


def _title(result: "Result", what: str) -> str:
    name = str(result.inputs["pixel"]["name"])
    return f"{name}: {what}, {text_of(float(result.inputs['wavelength']), 'm', 4)}"
