"""Figures of fits and of carrier lifetimes, for print: data, curve and what it misses."""

from typing import TYPE_CHECKING

import numpy as np

from femled.plotting import BLUE, GREY, RED, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result

AXES = {
    "fit_decay": ("time", 1e9, "time (ns)", "photoluminescence"),
    "fit_efficiency": ("current_density", 1e-4, "current density (A/cm²)", "external quantum efficiency"),
    "fit_spectrum": ("wavelength", 1e9, "wavelength (nm)", "intensity per wavelength"),
}
"""Coordinate, scale and titles by the name of the experiment."""

SHOWN = 6
"""Decays drawn at most."""


def fit_figure(result: "Result") -> "Figure":
    """Data with the fit above, data less fit below.

    Args:
        result: of `fit_decay`, `fit_efficiency` or `fit_spectrum`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    name, scale, along, title = AXES[result.experiment]
    series = result.series
    x = series[name] * scale
    order = np.argsort(x)
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.8), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot(x[order], series["data"][order], ".", color=GREY, markersize=3, label="data")
        above.plot(x[order], series["model"][order], color=RED, label="fit")
        if "part" in series.variables:
            for part in series["part"]:
                above.plot(x[order], part[order], color=BLUE, linewidth=0.8, linestyle="--")
        if "excess" in series.variables:
            above.plot(x[order], series["excess"][order], color=BLUE, label="above the scaled reference")
        below.plot(x[order], series["residual"][order], ".", color=GREY, markersize=3)
        below.axhline(0.0, color=RED, linewidth=0.8)
        above.set(ylabel=title)
        below.set(xlabel=along, ylabel="data less fit")
        if result.experiment == "fit_efficiency":
            above.set_xscale("log")
        if result.experiment == "fit_decay" and series["data"].min() > 0:
            above.set_yscale("log")
        above.legend()
    return figure


def lifetime_figure(result: "Result") -> "Figure":
    """Decays with the exponentials fitted to them, and the lifetime along them.

    Args:
        result: of `carrier_lifetime` or `light_soaking`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(7.2, 3.1), layout="constrained")
        left, right = figure.subplots(1, 2)
        if result.experiment == "light_soaking":
            _soaking(result, left, right)
        else:
            _decays(result, left, right)
    return figure


def _decays(result: "Result", left: "Axes", right: "Axes") -> None:
    series = result.series
    ns = series["time"] * 1e9
    decays = np.unique(np.linspace(0, len(series["decay"]) - 1, SHOWN).astype(int))
    for k in decays:
        shade = 0.3 + 0.7 * (k + 1) / len(series["decay"])
        label = f"A = {series['monomolecular_rate'][k]:.3g} 1/s"
        left.semilogy(ns, series["photoluminescence"][k], color=BLUE, alpha=shade, label=label)
        if "fitted_photoluminescence" in series.variables:
            left.semilogy(ns, series["fitted_photoluminescence"][k], color=RED, linestyle=":", linewidth=1.0)
        right.plot(ns, series["differential_lifetime"][k] * 1e9, color=BLUE, alpha=shade)
    left.set(xlabel="time (ns)", ylabel="photoluminescence", ylim=(1e-4, 1.2))
    right.set(xlabel="time (ns)", ylabel="differential lifetime (ns)", yscale="log")
    left.legend()


def _soaking(result: "Result", left: "Axes", right: "Axes") -> None:
    series = result.series
    seconds, life = series["time"], series["average_lifetime"] * 1e9
    left.plot(seconds, life, color=BLUE)
    left.set(xlabel="time (s)", ylabel="average lifetime (ns)")
    for k, name in enumerate(series["phase"].tolist()):
        colour = (BLUE, RED, GREY)[k % 3]
        left.axvline(float(series["phase_end"][k]), color=GREY, linewidth=0.6)
        right.semilogy(series["delay"] * 1e9, series["photoluminescence"][k], color=colour, label=name)
    right.set(xlabel="time after a pulse (ns)", ylabel="photoluminescence", ylim=(1e-3, 1.2))
    right.legend()
