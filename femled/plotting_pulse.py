"""The figure of a coupled pulse, ready for print: current, voltage, light and temperature in time over the section."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.plotting import BLUE, CYAN, GREY, RED, STYLE
from femled.plotting_section import film_rows, films_as_bands
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

SCALES = ((1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
STREAMS = 8
"""Lines between which equal currents flow."""


def pulse_figure(result: "Result", *, time: float | None = None) -> "Figure":
    """Current and voltage, light, and temperature against time; below, the films with the temperature and the current.

    Args:
        result: of `electrothermal_pulse`.
        time: [s] of the section; that of the highest temperature if not given.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    lit = bool(np.any(result.series["light_power"] > 0))
    peak = result.series["emitter_peak_temperature"]
    i = int(peak.argmax()) if time is None else int(np.abs(result.times - time).argmin())
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.6, 6.2 if lit else 5.2), layout="constrained")
        rows = figure.subplots(4 if lit else 3, 1, height_ratios=[1.0] * (3 if lit else 2) + [2.1])
        scale, unit = next((size, unit) for size, unit in SCALES if result.times[-1] >= size or unit == "ns")
        t = result.times / scale
        _current_and_voltage(rows[0], result, t)
        if lit:
            _light(rows[1], result, t)
        _temperature(rows[-2], result, t)
        for axes in rows[:-1]:
            axes.set_xlim(0, t[-1])
            axes.axvline(t[i], color=GREY, lw=0.6, ls=":")
        for axes in rows[:-2]:
            axes.tick_params(labelbottom=False)
        rows[-2].set_xlabel(f"time ({unit})")
        _section(figure, rows[-1], result, i)
        name = result.inputs["pixel"]["name"]
        figure.suptitle(f"{name}: {_drive(result)}{_outcome(result)}", fontsize=9)
    return figure


def _drive(result: "Result") -> str:
    given = result.inputs
    density = given["current_density"]
    amount = text_of(density, "A/m2", 4) if density is not None else text_of(given["voltage"], "V", 4)
    return f"{amount}, {text_of(given['width'], 's', 4)}".replace("m2", "m²").replace(" us", " µs")


def _outcome(result: "Result") -> str:
    return "" if result.outcome == "completed" else f", {result.outcome}"


def _current_and_voltage(axes: "Axes", result: "Result", t: Array) -> None:
    density = result.series["mean_current_density"] * 1e-4
    axes.plot(t, density, color=BLUE, lw=1.4)
    axes.set_ylabel("J (A/cm²)", color=BLUE)
    axes.tick_params(axis="y", colors=BLUE)
    other = axes.twinx()
    other.spines["right"].set_visible(True)
    other.plot(t, result.series["voltage"], color=GREY, lw=1.2, ls="--")
    other.set_ylabel("V at the feed (V)", color=GREY)
    other.tick_params(axis="y", colors=GREY)
    for one in (axes, other):
        one.set_ylim(bottom=min(0.0, one.get_ylim()[0]))


def _light(axes: "Axes", result: "Result", t: Array) -> None:
    area = float(np.pi * (Pixel.from_mapping(dict(result.inputs["pixel"]), "result").radius) ** 2)
    axes.plot(t, result.series["light_power"] / area * 1e-4, color="#1b7837", lw=1.4)
    axes.set_ylabel("EL (W/cm²)", color="#1b7837")
    axes.tick_params(axis="y", colors="#1b7837")
    axes.set_ylim(bottom=0.0)
    if "external_quantum_efficiency" in result.series.variables:
        other = axes.twinx()
        other.spines["right"].set_visible(True)
        efficiency = 100 * result.series["external_quantum_efficiency"]
        other.plot(t, np.where(efficiency > 0, efficiency, np.nan), color=GREY, lw=1.2, ls="--")
        other.set_ylabel("EQE (%)", color=GREY)
        other.tick_params(axis="y", colors=GREY)
        other.set_ylim(0.0, 1.25 * max(float(efficiency.max()), 1e-9))


def _temperature(axes: "Axes", result: "Result", t: Array) -> None:
    axes.plot(t, result.series["emitter_peak_temperature"], color=RED, lw=1.0, ls="--", label="peak")
    axes.plot(t, result.series["emitter_temperature"], color=RED, lw=1.4, label="mean")
    axes.set_ylabel("emitter (K)", color=RED)
    axes.tick_params(axis="y", colors=RED)
    axes.legend(loc="center right", fontsize=8)


def _section(figure: "Figure", axes: "Axes", result: "Result", i: int) -> None:
    from matplotlib.colors import Normalize

    mesh, field = result.mesh, result.fields["temperature"][i]
    assert mesh is not None  # a coupled pulse has one
    pixel = Pixel.from_mapping(dict(result.inputs["pixel"]), "result")
    rows, reach = film_rows(pixel), 1.25 * pixel.radius
    r = np.linspace(0.0, reach, 241)
    low, high = float(field.min()), float(field.max())
    norm = Normalize(low, high if high > low else low + 1.0)
    drawn = films_as_bands(axes, mesh, field, pixel, norm, r, r * 1e6)
    for k, (name, thickness) in enumerate(rows):
        beyond = k > 0 and all(layer.name != name or layer.extent == "full" for layer in pixel.layers)
        axes.hlines(k, 0, (reach if beyond else pixel.radius) * 1e6, color="white", lw=0.4, alpha=0.7)
        shown = name if name in ("substrate", "encapsulation") else f"{name}  {text_of(thickness, 'm', 4)}"
        axes.text(0.012 * reach * 1e6, k + 0.5, shown, color="white", va="center", fontsize=7.0)
    _streams(axes, result, i, [name for name, _ in rows], pixel, reach)
    bar = figure.colorbar(drawn, ax=axes, fraction=0.035, pad=0.02)
    bar.set_label("temperature (K)")
    when = text_of(float(result.times[i]), "s", 3).replace(" us", " µs")
    axes.set(xlabel="r (µm)", ylabel=f"films at {when} (not to scale)", yticks=[], ylim=(0, len(rows)))
    axes.set_xlim(0, reach * 1e6)


def _streams(axes: "Axes", result: "Result", i: int, names: list[str], pixel: Pixel, reach: float) -> None:
    """Lines between which equal currents flow: in along one electrode, through the layers, out along the other.

    In an electrode the current at r is what passes the layers inside r, spread evenly over the electrode's thickness.
    """
    r, density = result.series["r"], result.series["current_density"][i]
    fine = np.linspace(0.0, pixel.radius, 801)
    ring = np.interp(fine, r, density) * 2 * np.pi * fine
    within = np.concatenate([[0.0], np.cumsum((ring[1:] + ring[:-1]) / 2 * np.diff(fine))])
    if not within[-1] > 0:
        return
    anode, cathode = names.index(pixel.anode), names.index(pixel.cathode)
    for line in range(STREAMS):
        share = (line + 0.5) / STREAMS
        turn = float(np.interp(share, within / within[-1], fine))
        out = np.linspace(turn, reach, 60)
        filled = share / np.interp(out, fine, within / within[-1], right=1.0)  # from the far face of the electrode
        upwards = anode < cathode
        into = anode + (filled if upwards else 1 - filled)
        away = cathode + (1 - filled if upwards else filled)
        path_r = np.concatenate([out[::-1], out]) * 1e6
        path_z = np.concatenate([into[::-1], away])
        axes.plot(path_r, path_z, color=CYAN, lw=0.8, alpha=0.9)
        middle = (into[0] + away[0]) / 2
        axes.annotate(
            "",
            (turn * 1e6, middle + (0.25 if upwards else -0.25)),
            xytext=(turn * 1e6, middle - (0.25 if upwards else -0.25)),
            arrowprops={"arrowstyle": "-|>", "color": CYAN, "lw": 0.8, "mutation_scale": 7},
        )
