"""Figures of admittance, trap spectrum, space-charge-limited current, photoluminescence and gap cell, for print."""

from typing import TYPE_CHECKING

import numpy as np

from femled.plotting import BLUE, GREY, RED, STYLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.result import Result


def probe_figure(result: "Result") -> "Figure":
    """The figure of one of these experiments.

    Args:
        result: of `admittance`, `trap_spectrum`, `sclc`, `transient_pl` or `lateral_gap`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        FIGURES[result.experiment](result, figure.subplots())
    return figure


def _admittance(result: "Result", axes: "Axes") -> None:
    """Capacitance, and conductance over the angular frequency, over the geometric capacitance."""
    series = result.series
    order = np.argsort(series["frequency"])
    frequency, unit = series["frequency"][order], float(series["geometric_capacitance"])
    loss = series["conductance"][order] / (2 * np.pi * frequency)
    axes.plot(frequency, series["capacitance"][order] / unit, color=BLUE, label="capacitance C")
    axes.plot(frequency, loss / unit, color=RED, linestyle="--", label="loss G/ω")
    axes.axhline(1.0, color=GREY, linewidth=0.6)
    axes.set(xlabel="frequency (Hz)", ylabel="over the geometric capacitance", xscale="log", yscale="symlog")
    axes.legend()


def _spectrum(result: "Result", axes: "Axes") -> None:
    axes.plot(result.series["energy"], result.series["trap_density_of_states"] * 1e-6, color=BLUE)
    axes.set(xlabel="distance from the band (eV)", ylabel="trap states (1/cm³/eV)")


def _sclc(result: "Result", axes: "Axes") -> None:
    series = result.series
    voltage = series["voltage"]
    axes.loglog(voltage, series["current_density"], color=BLUE, label="with traps")
    axes.loglog(voltage, series["mott_gurney_current_density"], color=GREY, linestyle=":", label="9/8 ε μ V²/L³")
    if "trap_filled_voltage" in series.variables:
        axes.axvline(float(series["trap_filled_voltage"]), color=RED, linewidth=0.8, label="kink")
    low = float(series["current_density"].min())
    axes.set(xlabel="voltage (V)", ylabel="current density (A/m²)", ylim=(low / 2, None))
    axes.legend()


def _light(result: "Result", axes: "Axes") -> None:
    series = result.series
    light = series["photoluminescence"] / series["photoluminescence"][0]
    time, n0 = series["time"], float(series["initial_density"])
    A, first = float(series["monomolecular_rate"]), float(series["bimolecular_coefficient"]) * n0
    density = np.exp(-A * time) / (1 - first / A * np.expm1(-A * time))
    shown = light > 1e-3
    axes.semilogy(time[shown] * 1e9, light[shown], color=BLUE, label="photoluminescence")
    axes.semilogy(time[shown] * 1e9, density[shown] ** 2, color=RED, linestyle="--", label="one density, A and B")
    axes.set(xlabel="time after the pump (ns)", ylabel="over its start", ylim=(1e-3, 1.3))
    axes.legend()


def _gap(result: "Result", axes: "Axes") -> None:
    series = result.series
    for k in np.unique(np.linspace(0, len(series["time"]) - 1, 5).astype(int)):
        shade = 0.25 + 0.75 * k / max(len(series["time"]) - 1, 1)
        label = f"{series['time'][k]:.3g} s"
        axes.plot(series["position"] * 1e6, series["light"][k], color=RED, alpha=shade, label=label)
    axes.set(xlabel="distance from the anode (µm)", ylabel="photoluminescence over that without field")
    axes.legend()


FIGURES: dict[str, "Callable[[Result, Axes], None]"] = {
    "admittance": _admittance,
    "trap_spectrum": _spectrum,
    "sclc": _sclc,
    "transient_pl": _light,
    "lateral_gap": _gap,
}
"""By the name of the experiment."""
