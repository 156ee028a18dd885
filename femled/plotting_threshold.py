"""The figure of a threshold, ready for print: net gain and its parts, losses by layer, carriers and heat in time."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from femled.plotting import BLUE, GREY, RED, STYLE
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

GREEN = "#1b7837"
FILLS = ("#cccccc", "#e6cba8", "#b8c9dd", "#d9d2e9", "#cfe3cf", "#f0d5d5", "#e0e0c0")
"""Of the losses, told apart in grey by their labels."""

SCALES = ((1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))

LEAST_SHARE = 0.02
"""Of the modal loss, below which a layer has no name in the figure."""


def threshold_figure(result: "Result") -> "Figure":
    """Modal gain against the losses of the mode, carriers over those at threshold, and temperature, against time.

    Args:
        result: of `threshold`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6.6, 6.0), layout="constrained")
        rows = figure.subplots(3, 1, sharex=True, height_ratios=[2.0, 1.1, 1.1])
        end = float(result.times[-1])
        scale, unit = next((size, unit) for size, unit in SCALES if end >= size or unit == "ns")
        t = result.times / scale
        _gain(rows[0], result, t)
        _carriers(rows[1], result, t)
        _temperature(rows[2], result, t)
        off = float(result.series.attributes["heating_ends"]) / scale
        for axes in rows:
            axes.axvline(off, color=GREY, lw=0.6, ls=":")
        rows[-1].set(xlabel=f"time ({unit})", xlim=(0.0, t[-1]))
        rows[-1].annotate(
            "pulse ends", (off, 0.04), xycoords=("data", "axes fraction"), fontsize=7,
            xytext=(3, 0), textcoords="offset points", color=GREY,
        )  # fmt: skip
        figure.suptitle(_title(result), fontsize=9)
    return figure


def _title(result: "Result") -> str:
    given = result.inputs
    density = given["current_density"]
    drive = text_of(density, "A/m2", 4) if density is not None else text_of(given["voltage"], "V", 4)
    ambient = text_of(float(result.series.attributes["ambient_temperature"]), "K", 4)
    head = f"{given['pixel']['name']} at {ambient}, {drive}, {text_of(given['width'], 's', 4)}".replace("m2", "m²")
    verdict = (
        result.outcome.split("; threshold of the light")[0]
        .replace("1/cm", "cm⁻¹")
        .replace("kappa/L", "κ/L")
        .replace(": above", ":\nabove")
    )
    return f"{head}\n{verdict}".replace(" us", " µs")


def _gain(axes: "Axes", result: "Result", t: Array) -> None:
    data, facts = result.series, result.series.attributes
    modal = float(facts["gain_confinement"]) * data["material_gain"] / 100
    losses = [(str(name), float(loss) / 100) for name, loss in zip(data["medium"], data["loss_by_medium"], strict=True)]
    base = 0.0
    total = sum(loss for _, loss in losses)
    needed = float(facts["net_gain_needed"]) / 100
    shown = [(name, loss) for name, loss in losses if loss > LEAST_SHARE * total]
    rest = total - sum(loss for _, loss in shown)
    shown += [("other layers", rest)] if rest > LEAST_SHARE * total / 4 else []
    bands = [*zip(shown, FILLS, strict=False), (("kappa/L to lase", needed), "white")]
    for (name, loss), colour in bands:
        axes.axhspan(base, base + loss, color=colour, lw=0)
        text = name.replace("kappa/L to lase", "κ/L: e-fold in one pass").replace("_", " ")
        axes.text(0.99, base + loss / 2, f"{text}, {loss:.3g} cm⁻¹", fontsize=7, va="center", ha="right",
                  transform=axes.get_yaxis_transform())  # fmt: skip
        base += loss
    axes.axhline(total, color="black", lw=0.8)
    axes.axhline(base, color="black", lw=0.8, ls="--")
    axes.plot(t, modal, color=GREEN, lw=1.6, label="gain of the mode, Γ⟨g⟩ along a diameter")
    best = (data["best_net_gain"] + float(facts["modal_loss"])) / 100
    axes.plot(t, best, color=GREEN, lw=1.0, ls="--", label="at the best place")
    axes.fill_between(t, total, modal, where=(modal > total).tolist(), color=GREEN, alpha=0.25, lw=0)
    axes.set(ylabel="gain and loss (1/cm)", ylim=(0.0, 1.25 * max(base, float(modal.max()), float(best.max()))))
    axes.legend(loc="upper right", fontsize=7)


def _carriers(axes: "Axes", result: "Result", t: Array) -> None:
    data = result.series
    axes.plot(t, data["carrier_density"] * 1e-24, color=BLUE, lw=1.4, label="n, rate equation")
    axes.plot(t, data["column_density"] * 1e-24, color=BLUE, lw=1.0, ls=":", label="n, drift-diffusion")
    axes.plot(t, data["threshold_density"] * 1e-24, color="black", lw=1.2, ls="--", label="n at threshold")
    axes.set(ylabel="carriers (10¹⁸ cm⁻³)")
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="upper right", fontsize=7)


def _temperature(axes: "Axes", result: "Result", t: Array) -> None:
    data = result.series
    axes.plot(t, data["emitter_peak_temperature"], color=RED, lw=1.0, ls="--", label="hottest place")
    axes.plot(t, data["path_temperature"], color=RED, lw=1.4, label="along a diameter")
    axes.set_ylabel("emitter (K)", color=RED)
    axes.tick_params(axis="y", colors=RED)
    axes.legend(loc="upper right", fontsize=7)
