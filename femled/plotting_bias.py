"""Figure of amplified emission while a bias moves the ions, ready for print."""

from typing import TYPE_CHECKING

import numpy as np

from femled.plotting import BLUE, GREY, RED, STYLE
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

PER_CM2 = 100.0
"""1 J/m2 in uJ/cm2."""


def bias_figure(result: "Result") -> "Figure":
    """Threshold and yield, and the coefficients behind them, against bias, or against time for every bias.

    Args:
        result: of `bias_threshold`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    timed = "time" in result.series.coordinates
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.4, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        if timed:
            _in_time(left, right, result)
        else:
            _against_bias(left, right, result)
        held = (
            f"after steps from {text_of(float(str(result.inputs['before']).split()[0]), 'V', 4)}"
            if timed
            else "at rest"
        )
        figure.suptitle(f"{result.inputs['pixel']['name']}: amplified emission under bias, ions {held}", fontsize=9)
    return figure


def _against_bias(left: "Axes", right: "Axes", result: "Result") -> None:
    data = result.series
    order = np.argsort(data["bias"])
    bias = data["bias"][order]
    left.plot(bias, data["threshold_fluence"][order] * PER_CM2, "o-", color=BLUE, lw=1.4, ms=3)
    left.axhline(float(data["fluence"][0]) * PER_CM2, color=GREY, lw=0.8, ls=":")
    left.set(xlabel="bias (V)", ylim=(0, None))
    left.set_ylabel("threshold (µJ/cm²); dotted: pump", color=BLUE)
    light = left.twinx()
    light.plot(bias, 100 * data["quantum_yield"][order, 0], "s--", color=RED, lw=1.2, ms=3)
    light.set_ylim(0, None)
    light.set_ylabel("yield of a pulse (%)", color=RED)
    lines = (
        ("monomolecular_rate", "first order", GREY, "-"),
        ("radiative_coefficient", "second order, radiative", RED, "-"),
        ("nonradiative_coefficient", "second order, without light", "black", "--"),
    )
    for name, label, colour, style in lines:
        values = data[name][order]
        if values.max() > 0:
            right.plot(bias, values / values.max(), style, color=colour, lw=1.4, label=label)
    right.set(xlabel="bias (V)", ylabel="coefficient over its largest", ylim=(0, None))
    right.legend(fontsize=7.5, loc="center right")


def _in_time(left: "Axes", right: "Axes", result: "Result") -> None:
    from matplotlib import colormaps

    data, count = result.series, len(result.series["bias"])
    time = data["time"]
    for row, bias in enumerate(data["bias"]):
        colour, label = colormaps["viridis"](0.85 * row / max(count - 1, 1)), text_of(float(bias), "V", 4)
        left.plot(time, data["threshold_fluence"][row] * PER_CM2, ".-", color=colour, lw=1.4, ms=4, label=label)
        right.plot(time, 100 * data["quantum_yield"][row, :, 0], ".-", color=colour, lw=1.4, ms=4, label=label)
    left.axhline(float(data["fluence"][0]) * PER_CM2, color=GREY, lw=0.8, ls=":", label="pump")
    left.set(xlabel="time after the step (s)", ylabel="threshold (µJ/cm²)", xscale="log", ylim=(0, None))
    right.set(xlabel="time after the step (s)", ylabel="yield of a pulse (%)", xscale="log", ylim=(0, None))
    left.legend(fontsize=7.5)
