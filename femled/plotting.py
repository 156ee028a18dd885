"""Figures of results and devices, ready for print."""

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, unknown_name
from femled.units import text_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from femled.result import Result

Array = NDArray[np.float64]

STYLE = {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.dpi": 160,
    "savefig.bbox": "tight",
    "axes.axisbelow": True,
}
RED, BLUE, GREY, CYAN = "#b2182b", "#2166ac", "#666666", "#7fdbff"


_WHOLE = {
    "heat_limits": ("femled.plotting_limits", "limits_figure"),
    **dict.fromkeys(("modes", "absorption", "outcoupling"), ("femled.plotting_optics", "figure_of")),
    **dict.fromkeys(
        ("admittance", "trap_spectrum", "sclc", "transient_pl", "lateral_gap"),
        ("femled.plotting_probe", "probe_figure"),
    ),
    **dict.fromkeys(("ion_step", "hysteresis", "square_wave", "pulse_train"), ("femled.plotting_ions", "ion_figure")),
    "bias_threshold": ("femled.plotting_bias", "bias_figure"),
    "sensitivity": ("femled.plotting_sensitivity", "sensitivity_figure"),
    **dict.fromkeys(("fit_decay", "fit_efficiency", "fit_spectrum"), ("femled.plotting_fit", "fit_figure")),
    **dict.fromkeys(("carrier_lifetime", "light_soaking"), ("femled.plotting_fit", "lifetime_figure")),
    "threshold": ("femled.plotting_threshold", "threshold_figure"),
    **dict.fromkeys(("jv", "heated_jv"), ("femled.plotting_carriers", "jv_figure")),
}
"""Module and function of the figure that shows all of a result, by experiment."""


def plot_result(
    result: "Result",
    name: str | None = None,
    *,
    time: float | None = None,
    mode: str | None = None,
    layer: str | None = None,
) -> "Figure":
    """The figure that suits a result and a name.

    Args:
        result: of any experiment.
        name: a field ("temperature": its cross-section, or its profile in a column) or a series; what the experiment is
            about if not given.
        time: [s] of a cross-section; that of the highest peak by default.
        mode: of a map of modes, "TE0".
        layer: of a map of modes, for what is known by layer.

    Raises:
        InputError: no such field or series.
    """
    if result.experiment == "mode_map":
        from femled.plotting_map import plot_map

        return plot_map(result, name or "modal_loss", mode=mode, layer=layer)
    if name is None and result.experiment == "electrothermal_pulse":
        from femled import plotting_pulse

        return plotting_pulse.pulse_figure(result, time=time)
    light_alone = result.experiment == "threshold" and "net_gain" not in result.series.variables
    if name is None and result.experiment in _WHOLE and not light_alone:
        module, function = _WHOLE[result.experiment]
        drawn: Figure = getattr(import_module(module), function)(result)
        return drawn
    if name is None:
        name = "temperature" if "temperature" in result.fields else next(iter(result.series.variables))
    if name in result.fields and result.mesh is not None:
        if result.mesh.nodes.shape[1] == 1:
            return _column_profile(result, name, time)
        from femled.plotting_section import cross_section

        return cross_section(result, name, time=time)
    if name not in result.series.variables:
        raise unknown_name("field or series", name, [*result.fields, *result.series.variables])
    if name.startswith("emitter_") and "emitter_peak_temperature" in result.series.variables:
        return temperature_over_time(result)
    return _series(result, name)


def temperature_over_time(result: "Result") -> "Figure":
    """Mean and peak emitter temperature against time, the heating shaded."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        data, ambient = result.series, float(result.series.attributes["ambient_temperature"])
        scale, unit = _time_scale(float(result.times[-1]))
        t = np.concatenate([[0.0], result.times]) / scale
        for series, label, colour, style in (
            ("emitter_peak_temperature", "peak", RED, "--"),
            ("emitter_temperature", "mean", RED, "-"),
        ):
            axes.plot(
                t,
                np.concatenate([[ambient], data[series]]),
                style,
                color=colour,
                lw=1.5,
                label=f"emitter, {label}",
            )
        end = float(data.attributes["heating_ends"]) / scale
        axes.axvspan(0, min(end, t[-1]), color="#f4d9c6", lw=0, label="heating")
        axes.axhline(ambient, color=GREY, lw=0.8, ls=":")
        hottest = int(data["emitter_peak_temperature"].argmax())
        value, when = float(data["emitter_peak_temperature"][hottest]), result.times[hottest] / scale
        axes.annotate(
            f"{value:.1f} K", (when, value), xytext=(6, 0), textcoords="offset points", color=RED, va="center"
        )
        axes.set(xlabel=f"time ({pretty(unit)})", ylabel="temperature (K)", xlim=(0, t[-1]), title=title_of(result))
        axes.margins(y=0.08)
        axes.legend()
    return figure


def _column_profile(result: "Result", name: str, time: float | None) -> "Figure":
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    mesh, values = result.mesh, result.fields[name]
    assert mesh is not None
    i = int(np.argmax(values.max(axis=1))) if time is None else int(np.abs(result.times - time).argmin())
    order = np.argsort(mesh.nodes[:, 0])
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        axes.plot(mesh.nodes[order, 0] * 1e6, values[i, order], color=RED)
        axes.set(xlabel="z (um)", ylabel=f"{name} ({unit_of(result, name)})", title=title_of(result))
    return figure


def _series(result: "Result", name: str) -> "Figure":
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    series = result.series.variables[name]
    if series.dims not in (("time",), ("voltage",)):
        raise InputError(f'"{name}" runs over {series.dims or "nothing"}; only series over time or voltage are drawn')
    axis = series.dims[0]
    along = result.times if axis == "time" else result.series["voltage"]
    order = np.argsort(along)
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        axes.plot(along[order], series.values[order], color=BLUE)
        spread = along[-1] / max(along[0], 1e-300) if axis == "time" else 1.0
        axes.set(
            xlabel=f"{axis} ({'s' if axis == 'time' else 'V'})",
            ylabel=f"{series.title or name} ({series.unit})",
            title=title_of(result),
        )
        if spread > 1e3 and along[0] > 0:
            axes.set_xscale("log")
    return figure


def _time_scale(until: float) -> tuple[float, str]:
    return next(
        (size, unit)
        for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
        if until >= size or size == 1e-9
    )


def unit_of(result: "Result", name: str) -> str:
    """The unit of a field or a series."""
    return {"temperature": "K"}.get(name) or result.series.variables[name].unit


def title_of(result: "Result") -> str:
    """Device and power of a result."""
    power = result.inputs.get("power_density")
    return str(result.inputs.get("pixel", {"name": "column"})["name"]) + (
        f", {pretty(text_of(float(power), 'W/m2', 4))}" if power else ""
    )


def pretty(text: str) -> str:
    """Units as they are printed: µm, µs, W/cm²."""
    return (
        text.replace(" um", " µm")
        .replace(" us", " µs")
        .replace("us", "µs", int(text == "us"))
        .replace("m2", "m²")
        .replace("m3", "m³")
    )
