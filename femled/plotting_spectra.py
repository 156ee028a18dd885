"""The figure of the light of a pulse, ready for print: spectra, the temperatures that they show, and efficiency."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from femled.plotting import BLUE, GREY, RED, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from femled.series import Series

Array = NDArray[np.float64]
SPECTRA = 5
"""Spectra drawn, spread over the temperatures that they belong to."""

TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def spectra_figure(series: "Series", *, title: str = "") -> "Figure":
    """Spectra over their maxima, from cold (blue) to hot (red); temperatures, and light with its efficiency, in time.

    Args:
        series: of `emission_spectra`, alone or among others over the same times.
        title: of the figure.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(9.2, 3.0), layout="constrained")
        spectra, temperatures, light = figure.subplots(1, 3, width_ratios=(1.15, 1.0, 1.0))
        scale, unit = next(pair for pair in TIMES if float(series["time"].max()) >= pair[0] or pair[1] == "ns")
        _spectra(spectra, series, scale, unit)
        _temperatures(temperatures, series, scale, unit)
        _light(light, series, scale, unit)
        if title:
            figure.suptitle(title, fontsize=9)
    return figure


def _shown(series: "Series") -> list[int]:
    """Times with light, at even steps of the mean temperature where light is made, in the order of time."""
    lit = np.flatnonzero(series["photon_flux"] > 0)
    temperature = series["emission_temperature"][lit]
    wanted = np.linspace(temperature.min(), temperature.max(), SPECTRA) if len(lit) else np.array([])
    return sorted({int(lit[np.abs(temperature - T).argmin()]) for T in wanted})


def _spectra(axes: "Axes", series: "Series", scale: float, unit: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("cold to hot", [BLUE, "#8a8a8a", RED])
    wavelength, temperature = series["wavelength"] * 1e9, series["emission_temperature"]
    shown = _shown(series)
    low, high = min(temperature[shown], default=0.0), max(temperature[shown], default=1.0)
    edges: list[Array] = []
    for i in shown:
        flux = series["spectral_flux"][i]
        colour = colours((temperature[i] - low) / max(high - low, 1e-9))
        label = f"{series['time'][i] / scale:.3g} {unit}, {temperature[i]:.0f} K"
        axes.plot(wavelength, flux / flux.max(), color=colour, lw=1.3, label=label)
        edges.append(wavelength[flux > 0.01 * flux.max()])
    if edges:
        ends = np.concatenate(edges)
        axes.legend(fontsize=7, loc="upper left", handlelength=1.2)
        axes.set_xlim(float(ends.min()) - 0.45 * float(np.ptp(ends)), float(ends.max()))  # room for the legend
    axes.set(xlabel="wavelength (nm)", ylabel="photons per wavelength", ylim=(0, 1.08))


def _temperatures(axes: "Axes", series: "Series", scale: float, unit: str) -> None:
    time, apparent = series["time"] / scale, series["apparent_temperature"]
    mark = "." if len(time) < 8 else ""
    axes.plot(time, series["mean_temperature"], color=GREY, lw=2.4, alpha=0.5, marker=mark, label="mean of the emitter")
    axes.plot(time, series["emission_temperature"], ":", color="black", lw=1.1, label="mean where light is made")
    for name, colour, style in (("peak", BLUE, "-"), ("width", RED, "--")):
        column = series["estimate"].tolist().index(name)
        axes.plot(time, apparent[:, column], style, color=colour, lw=1.3, marker=mark, label=f"read off the {name}")
    axes.set(xlabel=f"time ({unit})", ylabel="temperature (K)")
    axes.margins(y=0.12)
    axes.legend(fontsize=7.5)


def _light(axes: "Axes", series: "Series", scale: float, unit: str) -> None:
    """Power per area on the left; efficiency, where there is one, on the right."""
    time = series["time"] / scale
    mark = "." if len(time) < 8 else ""
    axes.plot(time, series["radiant_exitance"] * 1e-4, color=BLUE, lw=1.3, marker=mark)
    axes.set(xlabel=f"time ({unit})")
    axes.set_ylabel("light (W/cm²)", color=BLUE)
    axes.tick_params(axis="y", colors=BLUE)
    axes.set_ylim(0, 1.15 * float(series["radiant_exitance"].max()) * 1e-4 or 1.0)
    if "external_quantum_efficiency" in series.variables:
        percent = 100 * series["external_quantum_efficiency"]
        other = axes.twinx()
        other.spines["right"].set_visible(True)
        other.plot(time, percent, "--", color=RED, lw=1.3, marker=mark)
        other.set_ylabel("EQE (%)", color=RED)
        other.tick_params(axis="y", colors=RED)
        other.set_ylim(0, 1.15 * float(percent.max()) or 1.0)
