"""The command that maps how hard and how long a pixel may be driven."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.heat_limits import heat_limits as heat_limits_experiment
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of

LINES = 6
"""Widths of the printed table at most; the JSON and the saved series have all."""


def _limits_json(run: Result) -> dict[str, Any]:
    data, attributes = run.series, run.series.attributes
    return {
        "pixel": run.inputs["pixel"]["name"],
        "limit_K": float(attributes["limit"]),
        "variant": data["variant"].tolist(),
        "current_density_A_per_m2": data["current_density"].tolist(),
        "width_s": data["width"].tolist(),
        "voltage_V": data["voltage"].tolist(),
        "wall_plug_efficiency": data["wall_plug_efficiency"].tolist(),
        "power_density_W_per_m2": data["power_density"].tolist(),
        "peak_temperature_K": data["peak_temperature"].tolist(),
        "mean_temperature_K": data["mean_temperature"].tolist(),
        "too_hot": data["too_hot"].tolist(),
        "longest_width_s": data["longest_width"].tolist(),
        "longest_width_found": data["longest_width_found"].tolist(),
        "highest_current_density_A_per_m2": data["highest_current_density"].tolist(),
        "highest_current_density_found": data["highest_current_density_found"].tolist(),
        "transients": np.ravel(attributes["transients"]).tolist(),
        "interpolation_error": float(attributes["interpolation_error"]),
        "citations": list(dict.fromkeys(key for key, _ in run.sources)),
        "outcome": run.outcome,
        "warnings": list(run.warnings),
    }


def _limits_report(run: Result, given: dict[str, Any]) -> str:
    data, cost, attributes = run.series, run.cost, run.series.attributes
    assert cost is not None
    currents, widths, volts = data["current_density"], data["width"], data["voltage"]
    transients = int(np.sum(attributes["transients"]))
    error = float(attributes["interpolation_error"])
    between = f", currents between them interpolated to {error:.0e}" if error else ""
    origin = "given" if run.inputs["voltage"] is not None else "from its own drift-diffusion"
    rows = [
        ("map", f"{_span(currents, 'A/m2')}, {_span(widths, 's')}: {len(currents)} x {len(widths)} points"),
        ("voltage", f"{_span(volts, 'V')}, {origin}"),
        ("light takes away", f"{100 * float(np.max(data['wall_plug_efficiency'])):.2g} % at most"),
        (
            "mesh and cost",
            f"{cost.dofs} unknowns, {transients} transients of {cost.steps} steps together, {cost.solve_seconds:.3f} s"
            + between,
        ),
        ("sources of the numbers", citation_list(run)),
    ]
    said = f"highest current density of a pulse that ends at {float(attributes['limit']):g} K, by its width:"
    return f"{page(run, rows, given)}\n\n{said}\n{_table(run)}"


def _span(values: Any, unit: str) -> str:
    low, high = (text_of(float(value), unit, 4) for value in (np.min(values), np.max(values)))
    return low if low == high else f"{low} .. {high}"


def _table(run: Result) -> str:
    data = run.series
    widths, ends = data["width"], data["current_density"]
    picked = sorted({round(k) for k in np.linspace(0, len(widths) - 1, min(len(widths), LINES))})
    header = ["", *(text_of(float(widths[k]), "s", 3) for k in picked)]
    rows = []
    for number, label in enumerate(data["variant"]):
        found, highest = data["highest_current_density_found"][number], data["highest_current_density"][number]
        cells = []
        for k in picked:
            sign = "" if found[k] else "> " if highest[k] > ends[0] or len(ends) == 1 else "< "
            cells.append(sign + text_of(float(highest[k]), "A/m2", 4))
        rows.append([str(label), *cells])
    return columns(header, rows)


heat_limits = command_of(
    heat_limits_experiment,
    report=_limits_report,
    as_json=_limits_json,
    figures=lambda run: {"heat_limits": run.plot()},
)
