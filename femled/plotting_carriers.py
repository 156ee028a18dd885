"""The figure of a current-voltage curve, ready for print."""

from typing import TYPE_CHECKING

import numpy as np

from femled.plotting import BLUE, GREY, RED, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from femled.result import Result

FLOOR = 1e-8
"""[A/m2] below which a steady current is round-off."""


def current_curve(result: "Result") -> "Figure":
    """Magnitudes of the current density and of what recombines, against voltage.

    Args:
        result: of the experiment `jv`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    series = result.series
    order = np.argsort(series["voltage"])
    drawn = {"current": ("k", "-"), "radiative_current": (RED, "-"), "srh_current": (BLUE, "--")}
    drawn["auger_current"] = (GREY, ":")
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        for name, (colour, style) in drawn.items():
            values = np.abs(series[f"{name}_density"][order])
            if values.max() > FLOOR:
                shown = np.where(values > FLOOR, values, np.nan)
                label = {"current": "total", "srh_current": "traps"}.get(name, name.removesuffix("_current"))
                axes.plot(series["voltage"][order], shown, style, color=colour, label=label)
        axes.set(xlabel="voltage (V)", ylabel="|current density| (A/m2)", yscale="log")
        axes.legend()
    return figure
