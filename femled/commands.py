"""The commands that run an experiment, with what each prints."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.heat_pulse import heat_pulse
from femled.experiments.heat_steady import heat_steady as heat_steady_experiment
from femled.experiments.heat_train import thermal_impedance
from femled.report import citation_list, page
from femled.result import Result
from femled.units import text_of


def _heat_json(run: Result) -> dict[str, Any]:
    cost, data = run.cost, run.series
    assert cost is not None
    return {
        "pixel": run.inputs["pixel"]["name"],
        "times_s": run.times.tolist(),
        "emitter_mean_K": data["emitter_temperature"].tolist(),
        "emitter_peak_K": data["emitter_peak_temperature"].tolist(),
        "rise_K": data["emitter_temperature_rise"].tolist(),
        "dofs": cost.dofs,
        "steps": cost.steps,
        "factorisations": cost.factorisations,
        "solve_s": cost.solve_seconds,
        "energy_balance": run.energy_balance().defect,
        "citations": [key for key, _ in run.sources],
        "outcome": run.outcome,
        "warnings": list(run.warnings),
    }


def _heat_report(run: Result, given: dict[str, Any]) -> str:
    data, balance, cost = run.series, run.energy_balance(), run.cost
    assert cost is not None
    peak, mean = run.peak(), data["emitter_temperature"]
    hottest, last = int(mean.argmax()), float(data["emitter_temperature_rise"][-1])
    rows = [
        ("heat per area", text_of(run.inputs["power_density"], "W/m2", 5) + _released_in(run)),
        ("peak emitter temperature", str(peak)),
        ("mean emitter temperature", f"{mean[hottest]:.2f} K at t = {text_of(float(run.times[hottest]), 's', 4)}"),
        ("mean rise at the end", f"{last:.3f} K at t = {text_of(float(run.times[-1]), 's', 4)}"),
        ("rise falls to 1/2, 1/10", _decays(run)),
        ("energy balance", f"{text_of(balance.supplied, 'J', 4)} in, {balance.defect:+.1e} of it not accounted for"),
        (
            "mesh and cost",
            f"{cost.dofs} unknowns, {cost.steps} steps, {cost.factorisations} factorisations, "
            f"{cost.solve_seconds:.3f} s",
        ),
        ("sources of the numbers", citation_list(run)),
    ]
    return page(run, rows, given)


def _released_in(run: Result) -> str:
    """Where the heat is released, if not in the emitter."""
    source = run.inputs["heat_source"]
    if source == {"emitter": 1.0}:
        return ""
    if isinstance(source, str):
        return f", released as {source}"
    return ", released in " + ", ".join(f"{name} {share * 100:.4g} %" for name, share in source.items())


def _decays(run: Result) -> str:
    if float(run.series.attributes["heating_ends"]) >= run.times[-1]:
        return "heating lasts to the end of the run"
    return ", ".join(_decay(run, fraction) for fraction in (0.5, 0.1))


def _decay(run: Result, fraction: float) -> str:
    time = run.decay(fraction)
    return f"{text_of(time, 's', 3)} after the pulse" if np.isfinite(time) else "not within the run"


def _heat_figures(run: Result) -> dict[str, Any]:
    return {"temperature": run.plot("emitter_temperature"), "cross_section": run.plot("temperature")}


def _steady_json(run: Result) -> dict[str, Any]:
    data = run.series
    return {
        "pixel": run.inputs["pixel"]["name"],
        "emitter_mean_K": float(data["emitter_temperature"]),
        "emitter_peak_K": float(data["emitter_peak_temperature"]),
        "rise_K": float(data["emitter_temperature_rise"]),
        "thermal_resistance_K_per_W": float(data["thermal_resistance"]),
        "energy_balance": run.energy_balance().defect,
        "citations": [key for key, _ in run.sources],
        "warnings": list(run.warnings),
    }


def _steady_report(run: Result, given: dict[str, Any]) -> str:
    data, balance = run.series, run.energy_balance()
    rows = [
        ("heat per area", text_of(run.inputs["power_density"], "W/m2", 5) + _released_in(run)),
        ("heat", text_of(balance.supplied, "W", 5)),
        ("peak emitter temperature", str(run.peak())),
        ("mean emitter temperature", f"{float(data['emitter_temperature']):.2f} K"),
        ("thermal resistance", f"{float(data['thermal_resistance']):.5g} {data.variables['thermal_resistance'].unit}"),
        ("energy balance", f"{balance.defect:+.1e} of the heat not accounted for"),
        ("sources of the numbers", citation_list(run)),
    ]
    return page(run, rows, given)


def _impedance_json(run: Result) -> dict[str, Any]:
    return {
        "pixel": run.inputs["pixel"]["name"],
        "times_s": run.times.tolist(),
        "thermal_impedance_K_per_W": run.series["thermal_impedance"].tolist(),
        "thermal_resistance_K_per_W": float(run.series["thermal_resistance"]),
        "citations": [key for key, _ in run.sources],
    }


def _impedance_report(run: Result, given: dict[str, Any]) -> str:
    impedance = run.series.variables["thermal_impedance"]
    unit = impedance.unit
    rows = [
        (f"Z_th at {text_of(float(t), 's', 3)}", f"{float(z):.5g} {unit}")
        for t, z in zip(run.times, impedance.values, strict=True)
    ]
    if run.inputs["times"] is None:  # the grid has ten times a decade
        rows = rows[::10]
    return page(run, [*rows, ("R_th", f"{float(run.series['thermal_resistance']):.6g} {unit}")], given)


heat = command_of(heat_pulse, report=_heat_report, as_json=_heat_json, figures=_heat_figures)
heat_steady = command_of(
    heat_steady_experiment,
    report=_steady_report,
    as_json=_steady_json,
    figures=lambda run: {"cross_section": run.plot("temperature")},
)
impedance = command_of(
    thermal_impedance,
    report=_impedance_report,
    as_json=_impedance_json,
    figures=lambda run: {"impedance": run.plot("thermal_impedance")},
)
