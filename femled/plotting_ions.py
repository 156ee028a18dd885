"""Figures of drifting ions: after a step, in a sweep, under a square wave and in a train, ready for print."""

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

FLOOR = 1e-8
"""[A/m2] below which a current is round-off."""

SNAPSHOTS = 4
"""Times whose profiles are drawn."""


def ion_figure(result: "Result") -> "Figure":
    """The figure of an experiment with drifting ions.

    Args:
        result: of `ion_step`, `hysteresis`, `square_wave` or `pulse_train`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    draw = {"ion_step": _step, "hysteresis": _sweep, "square_wave": _wave, "pulse_train": _train}[result.experiment]
    with rc_context(STYLE):  # type: ignore[arg-type]
        wide = result.experiment == "ion_step"
        figure = Figure(figsize=(9.2 if wide else 7.0, 3.0), layout="constrained")
        draw(figure, result)
        figure.suptitle(_title(result), fontsize=9)
    return figure


def _title(result: "Result") -> str:
    inputs = {key: _short(value) for key, value in result.inputs.items()}
    device = result.inputs["pixel"]["name"] if "pixel" in result.inputs else "column"
    words = {
        "ion_step": lambda: f"ions after a step from {inputs['before']} to {inputs['after']}",
        "hysteresis": lambda: f"sweep at {inputs['rate']}",
        "square_wave": lambda: f"square wave {inputs['low']} / {inputs['high']}, period {inputs['period']}",
        "pulse_train": lambda: (
            f"pulses of {inputs['voltage']} for {inputs['on']} every {inputs['off']}, bias {inputs['bias']}"
        ),
    }[result.experiment]()
    return f"{device}: {words}"


def _short(value: Any) -> Any:
    """A quantity that was written with all its digits, with few."""
    number, _, unit = str(value).partition(" ")
    try:
        return text_of(float(number), unit, 4) if unit else value
    except ValueError:
        return value


def _step(figure: "Figure", result: "Result") -> None:
    field, profile, light = figure.subplots(1, 3)
    data, t = result.series, result.times
    shown = t > 0
    _fields(field, result, shown)
    field.set_xscale("log")
    if "screening_time" in data.variables:
        tau = float(data["screening_time"])
        field.axvline(tau, color=GREY, lw=0.8, ls=":")
        field.annotate(
            text_of(tau, "s", 3), (tau, 1.0), (3, -9), xycoords=("data", "axes fraction"), textcoords="offset points",
            fontsize=7.5, color=GREY,
        )  # fmt: skip
    _profiles(profile, result)
    current, glow = np.abs(data["current_density"][shown]) / 1e4, data["radiative_current_density"][shown] / 1e4
    for values, label, colour in ((current, "|current|", "black"), (glow, "light", RED)):
        if values.max() > FLOOR:
            light.plot(t[shown], np.where(values > FLOOR, values, np.nan), color=colour, lw=1.4, label=label)
    light.set(xlabel="time (s)", ylabel="current density (A/cm²)", xscale="log", yscale="log")
    if light.get_legend_handles_labels()[1]:
        light.legend(fontsize=7.5)


def _fields(axes: "Axes", result: "Result", shown: Any) -> None:
    data, t = result.series, result.times
    layer = str(data.attributes["layer"]).replace("_", " ")
    axes.plot(t[shown], data["middle_field"][shown] / 1e6, color=BLUE, lw=1.4, label=f"middle of {layer}")
    axes.plot(t[shown], data["mean_field"][shown] / 1e6, "--", color=BLUE, lw=1.2, label="mean")
    axes.axhline(0, color=GREY, lw=0.6)
    axes.set(xlabel="time (s)", ylabel="electric field (V/µm)")
    axes.legend(fontsize=7.5)


def _density(result: "Result") -> tuple[str, Array]:
    """The first species of the layer, over everything else and the position."""
    layer = result.series.attributes["layer"]
    name = next(one for one in result.series.variables if one.startswith(f"{layer}_") and one.endswith("_density"))
    return name, result.series[name]


def _profiles(axes: "Axes", result: "Result") -> None:
    """The density of the first species at some times."""
    from matplotlib import colormaps

    _, density = _density(result)
    x = result.series["position"] * 1e9
    present = density[0] > 0
    t = result.times
    whole = np.linspace(0, 1, SNAPSHOTS)
    net = result.series["net_ion_charges"]
    way = np.abs(net - net[0]) / max(abs(net[-1] - net[0]), 1e-300)
    picked = [int(np.argmax(np.minimum(way, 1.0) >= share * 0.999)) for share in whole]
    for share, k in zip(whole, dict.fromkeys(picked), strict=False):
        label = "start" if t[k] == 0 else text_of(float(t[k]), "s", 3)
        axes.plot(x[present], density[k][present] * 1e-6, color=colormaps["viridis"](0.85 * share), lw=1.4, label=label)
    axes.set(xlabel="distance from the anode (nm)", ylabel="ions (cm⁻³)", yscale="log")
    axes.legend(fontsize=7.5)


def _sweep(figure: "Figure", result: "Result") -> None:
    currents, efficiency = figure.subplots(1, 2)
    data, v = result.series, result.series["voltage"]
    index = float(data["hysteresis_index"][-1])
    for k, (label, style) in enumerate((("forward", "-"), ("backward", "--"))):
        flows = np.abs(data["conduction_current_density"][-1, k]) / 1e4
        glow = data["radiative_current_density"][-1, k] / 1e4
        for values, colour, name in ((flows, "black", "|current|"), (glow, RED, "light")):
            if values.max() > FLOOR:
                shown = np.where(values > FLOOR * 1e-4, values, np.nan)
                currents.plot(v, shown, style, color=colour, lw=1.4, label=f"{name}, {label}")
        percent = 100 * data["internal_quantum_efficiency"][-1, k]
        efficiency.plot(v, np.where(percent > 0, percent, np.nan), style, color="black", lw=1.4, label=label)
    currents.set(xlabel="voltage (V)", ylabel="current density (A/cm²)", yscale="log")
    currents.set_title(f"hysteresis index {index:+.3f}", fontsize=8)
    currents.legend(fontsize=7.5)
    efficiency.set(xlabel="voltage (V)", ylabel="IQE (%)", ylim=(0, None))
    efficiency.legend(fontsize=7.5)


def _wave(figure: "Figure", result: "Result") -> None:
    drive, field = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2.2))
    t, v = result.times, result.series["voltage"]
    drive.step(t, v, where="pre", color="black", lw=1.2)
    drive.set(ylabel="voltage (V)")
    _fields(field, result, slice(None))
    shares = ", ".join(
        f"{name} {share:.1%}"
        for name, share in zip(result.series["half"], result.series["field_screened"], strict=True)
    )
    field.set_title(f"screened within a half: {shares}", fontsize=8)


def _train(figure: "Figure", result: "Result") -> None:
    history, profile = figure.subplots(1, 2)
    data = result.series
    passed = np.cumsum(data["speed_up"])
    history.plot(passed, data["net_ion_charges"] * 1e-4, ".-", color=BLUE, lw=1.0, ms=4, label="end of a cycle")
    for kept, value, marker in zip(data["kept"], data["kept_net_ion_charges"], "os", strict=True):
        history.plot(
            passed[-1], value * 1e-4, marker, color=RED, fillstyle="none", ms=6, ls="none",
            label=f"that count, {kept}",
        )  # fmt: skip
    history.set(xlabel="cycles of the train", ylabel="uncompensated ions (cm⁻²)")
    history.legend(fontsize=7.5)
    _, density = _density(result)
    present = density > 0
    profile.plot(data["position"][present] * 1e9, density[present] * 1e-6, color=BLUE, lw=1.4)
    profile.set(xlabel="distance from the anode (nm)", ylabel="ions (cm⁻³)", yscale="log")
