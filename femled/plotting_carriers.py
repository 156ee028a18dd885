"""The figure of a current-voltage curve, ready for print; its parts share the colours of the mechanisms."""

from typing import TYPE_CHECKING

import numpy as np

from femled.plotting import BLUE, GREY, RED, STYLE
from femled.plotting_optics import EMITTER_SHADE, SHADES
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

FLOOR = 1e-8
"""[A/m2] below which a steady current is round-off."""

DECADES = 14
"""Of the current axis at most."""

MECHANISMS = {"radiative": ("light", RED, "-"), "srh": ("traps", BLUE, "--"), "auger": ("Auger", "#b35806", "-.")}


def jv_figure(result: "Result") -> "Figure":
    """Currents against voltage, efficiencies against current, and the recombination profile at the highest voltage.

    Args:
        result: of the experiment `jv`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(9.2, 3.0), layout="constrained")
        currents, efficiency, profile = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 1.15))
        _currents(currents, result)
        _efficiency(efficiency, result)
        _profile(profile, result)
        figure.suptitle(_title(result), fontsize=9)
    return figure


def _title(result: "Result") -> str:
    device = result.inputs["pixel"]["name"] if "pixel" in result.inputs else "column"
    ions = {"relaxed": "ions relaxed at every voltage", "none": "no ions"}.get(
        result.inputs["ions"], f"ions {result.inputs['ions'].replace('-', ' ')}"
    )
    return f"{device}: current, efficiency and recombination, {ions}, {result.inputs['column']['temperature']}"


def _currents(axes: "Axes", result: "Result") -> None:
    data = result.series
    order = np.argsort(data["voltage"])
    v, total = data["voltage"][order], np.abs(data["current_density"][order])
    rows = [("total", total, "black", "-")]
    rows += [
        (label, np.abs(data[f"{name}_current_density"][order]), colour, style)
        for name, (label, colour, style) in MECHANISMS.items()
    ]
    highest = max(float(total.max()), FLOOR)
    floor = max(FLOOR, highest * 10.0**-DECADES)
    for label, values, colour, style in rows:
        if values.max() > floor:
            shown = np.where(values > floor, values, np.nan) / 1e4
            axes.plot(v, shown, style, color=colour, lw=1.4, marker="." if len(v) < 8 else "", label=label)
    axes.set(xlabel="voltage (V)", ylabel="|current density| (A/cm²)", yscale="log")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=7.5)


def _efficiency(axes: "Axes", result: "Result") -> None:
    """EQE, where there is one, on the left; IQE on the right."""
    data = result.series
    order = np.argsort(data["current_density"])
    current = data["current_density"][order]
    flows = (current > FLOOR) & (data["internal_quantum_efficiency"][order] > 1e-6)
    mark = "." if flows.sum() < 8 else ""
    rows = [("internal_quantum_efficiency", "IQE", "black", "--", axes)]
    if "external_quantum_efficiency" in data.variables:
        inner = axes.twinx()
        inner.spines["right"].set_visible(True)
        rows = [
            ("external_quantum_efficiency", "EQE", RED, "-", axes),
            ("internal_quantum_efficiency", "IQE", "black", "--", inner),
        ]
    for name, label, colour, style, own in rows:
        percent = 100 * data[name][order][flows]
        own.plot(current[flows] / 1e4, percent, style, color=colour, lw=1.4, marker=mark)
        own.set_ylabel(f"{label} (%)", color=colour)
        own.tick_params(axis="y", colors=colour)
        own.set_ylim(0, 1.15 * float(percent.max()) if percent.size else 1.0)
    axes.set(xlabel="current density (A/cm²)")
    if flows.any():
        axes.set_xscale("log")


def _profile(axes: "Axes", result: "Result") -> None:
    data = result.series
    i = int(data["voltage"].argmax())
    x, edges = data["position"] * 1e9, np.asarray(data.attributes["layer_edges_m"]) * 1e9
    emitter = result.inputs["pixel"]["emitter"] if "pixel" in result.inputs else None
    for k, name in enumerate(data["layer"].tolist()):
        shade = EMITTER_SHADE if name == emitter else SHADES[(k + 1) % 2]
        axes.axvspan(edges[k], edges[k + 1], color=shade, lw=0)
        wide = (edges[k + 1] - edges[k]) / edges[-1] > 0.028 * len(name)
        axes.annotate(
            name.replace("_", " "),
            ((edges[k] + edges[k + 1]) / 2, 1.0),
            (0, -3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="top",
            rotation=0 if wide else 90,
            fontsize=6.5,
            color=GREY,
        )
    rates = {name: data[f"{name}_rate"][i] * 1e-6 for name in MECHANISMS}
    highest = max(float(values.max()) for values in rates.values())
    if highest > 0:
        for name, (_, colour, style) in MECHANISMS.items():
            if rates[name].max() > 1e-6 * highest:
                axes.plot(x, np.where(rates[name] > 0, rates[name], np.nan), style, color=colour, lw=1.4)
        axes.set_yscale("log")
        axes.set_ylim(1e-6 * highest, 30 * highest)
    axes.set(xlabel="distance from the anode (nm)", ylabel="recombination (cm⁻³ s⁻¹)", xlim=(0, edges[-1]))
    axes.set_title(f"at {text_of(float(data['voltage'][i]), 'V', 3)}", fontsize=8)
