"""The command that sends an electrical pulse through a pixel."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of

LINES = 8
"""Times of the printed table at most; the JSON and the saved series have all."""

PARTS = {
    "layer_power": "layers",
    "sheet_power": "sheets above the opening",
    "lead_power": "sheets up to the feed",
    "light_power": "light",
}


def _pulse_json(run: Result) -> dict[str, Any]:
    data = run.series
    found: dict[str, Any] = {
        "pixel": run.inputs["pixel"]["name"],
        "times_s": data["time"].tolist(),
        "current_A": data["current"].tolist(),
        "current_density_A_per_m2": data["mean_current_density"].tolist(),
        "voltage_V": data["voltage"].tolist(),
        "emitter_mean_K": data["emitter_temperature"].tolist(),
        "emitter_peak_K": data["emitter_peak_temperature"].tolist(),
        "edge_to_centre": data["edge_to_centre"].tolist(),
        **{f"{name}_W": data[name].tolist() for name in PARTS},
        "r_m": data["r"].tolist(),
        "current_density_profile_A_per_m2": data["current_density"].tolist(),
        "temperature_profile_K": data["temperature_profile"].tolist(),
    }
    for name in ("external_quantum_efficiency", "internal_quantum_efficiency"):
        if name in data.variables:
            found[name] = data[name].tolist()
    assert run.balance is not None  # a pulse has one
    return found | {
        "energy_balance": run.balance.defect,
        "citations": list(dict.fromkeys(key for key, _ in run.sources)),
        "outcome": run.outcome,
        "warnings": list(run.warnings),
    }


def _pulse_report(run: Result, given: dict[str, Any]) -> str:
    data, cost, balance = run.series, run.cost, run.balance
    assert cost is not None
    assert balance is not None
    last = _end_of_pulse(run)
    density, volts = float(data["mean_current_density"][last]), float(data["voltage"][last])
    power = {text: float(data[name][last]) for name, text in PARTS.items()}
    whole = sum(power.values())
    shares = ", ".join(f"{text} {100 * value / whole:.3g} %" for text, value in power.items() if value > 0)
    hottest = run.peak("temperature")
    rows = [
        ("outcome", run.outcome),
        ("at the end of the pulse", f"{text_of(density, 'A/m2', 4)}, {text_of(volts, 'V', 4)} where it is fed"),
        ("power there", f"{text_of(whole, 'W', 3)}: {shares}" if whole > 0 else "none"),
        ("rim over axis", f"{float(data['edge_to_centre'][last]):.3g} times the current density"),
        ("hottest", str(hottest)),
        *_efficiencies(run, last),
        ("energy in and out", f"{abs(balance.defect):.1e} of it apart"),
        (
            "mesh and cost",
            f"{cost.dofs} unknowns, {cost.steps} steps, {cost.factorisations} factorisations, "
            f"{cost.solve_seconds:.3f} s",
        ),
        ("sources of the numbers", citation_list(run)),
    ]
    return f"{page(run, rows, given)}\n\n{_table(run)}"


def _end_of_pulse(run: Result) -> int:
    """The last time while the pulse is on, or the first one kept."""
    on = np.flatnonzero(run.times <= float(run.series.attributes["heating_ends"]) * (1 + 1e-9))
    return int(on[-1]) if len(on) else 0


def _efficiencies(run: Result, last: int) -> list[tuple[str, str]]:
    names = {"external_quantum_efficiency": "EQE", "internal_quantum_efficiency": "IQE"}
    start = int(np.argmax(run.series["light_power"] > 0))
    return [
        (
            short,
            f"{100 * float(run.series[name][start]):.3g} % at {text_of(float(run.times[start]), 's', 3)}, "
            f"{100 * float(run.series[name][last]):.3g} % at the end of the pulse",
        )
        for name, short in names.items()
        if name in run.series.variables and run.series["light_power"].max() > 0
    ]


def _table(run: Result) -> str:
    data, count = run.series, len(run.times)
    last = _end_of_pulse(run)
    picked = {round(k) for k in np.linspace(0, last, min(last + 1, LINES // 2 + 1))}
    picked |= {round(k) for k in np.linspace(last, count - 1, min(count - last, LINES // 2))}
    header = ["time", "J", "V", "emitter, mean", "peak", "rim/axis", "light"]
    dark = 1e-12 * float(data["light_power"].max())
    rows = [
        [
            text_of(float(run.times[k]), "s", 3),
            text_of(float(data["mean_current_density"][k]), "A/m2", 3),
            text_of(float(data["voltage"][k]), "V", 3),
            f"{float(data['emitter_temperature'][k]):.2f} K",
            f"{float(data['emitter_peak_temperature'][k]):.2f} K",
            f"{float(data['edge_to_centre'][k]):.3g}",
            text_of(light, "W", 3) if (light := float(data["light_power"][k])) > dark else "0 W",
        ]
        for k in sorted(picked)
    ]
    return columns(header, rows)


pulse = command_of(
    electrothermal_pulse, report=_pulse_report, as_json=_pulse_json, figures=lambda run: {"pulse": run.plot()}
)
