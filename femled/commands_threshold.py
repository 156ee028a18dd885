"""The command that asks whether a pixel reaches gain before it is too hot."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.threshold import threshold as threshold_experiment
from femled.experiments.threshold_series import spans, windows
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of

LINES = 10
"""Times and delays of a printed table at most; the JSON and the saved series have all."""

OVER_TIME = {
    "net_gain": "net_gain_per_m",
    "best_net_gain": "best_net_gain_per_m",
    "material_gain": "material_gain_per_m",
    "gain_photon_energy": "gain_photon_energy_eV",
    "carrier_density": "carrier_density_per_m3",
    "steady_density": "steady_density_per_m3",
    "column_density": "column_density_per_m3",
    "threshold_density": "threshold_density_per_m3",
    "path_temperature": "path_temperature_K",
    "emitter_temperature": "emitter_mean_K",
    "emitter_peak_temperature": "emitter_peak_K",
    "mean_current_density": "current_density_A_per_m2",
    "threshold_current_density": "threshold_current_density_A_per_m2",
    "injection_efficiency": "injection_efficiency",
    "voltage": "voltage_V",
}

OVER_DELAY = {
    "threshold_fluence": "threshold_fluence_J_per_m2",
    "heated_threshold_fluence": "heated_threshold_fluence_J_per_m2",
    "filled_threshold_fluence": "filled_threshold_fluence_J_per_m2",
    "delay_temperature": "delay_temperature_K",
    "filling": "filling",
}

NUMBERS = {
    "gain_confinement": "gain_confinement",
    "modal_loss": "modal_loss_per_m",
    "path_length": "path_length_m",
    "net_gain_length": "net_gain_length",
    "net_gain_needed": "net_gain_needed_per_m",
    "best_time": "best_time_s",
    "largest_net_gain": "largest_net_gain_per_m",
    "largest_local_net_gain": "largest_local_net_gain_per_m",
    "best_radius": "best_radius_m",
    "detuning_loss": "detuning_loss_per_m",
    "quasi_steady_error": "quasi_steady_error",
    "column_density_difference": "column_density_difference",
    "cold_threshold_density": "cold_threshold_density_per_m3",
    "cold_threshold_current_density": "cold_threshold_current_density_A_per_m2",
}


def _plain(values: Any) -> Any:
    """Lists and numbers for JSON; null for what is not finite."""
    if np.ndim(values):
        return [_plain(value) for value in values]
    return float(values) if np.isfinite(values) else None


def _threshold_json(run: Result) -> dict[str, Any]:
    data, facts = run.series, run.series.attributes
    found: dict[str, Any] = {"pixel": run.inputs["pixel"]["name"]}
    if "net_gain" in data.variables:
        time, gain = data["time"], data["net_gain"]
        found["times_s"] = time.tolist()
        found |= {key: _plain(data[name]) for name, key in OVER_TIME.items()}
        found |= {key: _plain(facts[name]) for name, key in NUMBERS.items()}
        found["positive_s"] = [list(span) for span in windows(time, gain, 0.0)]
        found["above_threshold_s"] = [list(span) for span in windows(time, gain, float(facts["net_gain_needed"]))]
        found["loss_per_m"] = dict(zip(data["medium"].tolist(), _plain(data["loss_by_medium"]), strict=True))
        found["remedied_net_gain_per_m"] = dict(
            zip(data["remedy"].tolist(), _plain(data["remedied_net_gain"]), strict=True)
        )
    if "delay" in data.coordinates:
        found["delays_s"] = data["delay"].tolist()
        found |= {key: _plain(data[name]) for name, key in OVER_DELAY.items()}
        found["optical_threshold_fluence_J_per_m2"] = _plain(facts["optical_threshold_fluence"])
    elif "optical_threshold_fluence" in data.variables:
        found["optical_threshold_fluence_J_per_m2"] = _plain(data["optical_threshold_fluence"])
        found["threshold_density_per_m3"] = _plain(data["threshold_density"])
        found["absorptance"] = _plain(data["absorptance"])
        found["modal_loss_per_m"] = _plain(facts["modal_loss"])
    return found | {
        "citations": list(dict.fromkeys(key for key, _ in run.sources)),
        "outcome": run.outcome,
        "warnings": list(run.warnings),
    }


def _threshold_report(run: Result, given: dict[str, Any]) -> str:
    if "net_gain" not in run.series.variables:
        return page(run, [*_pumped_rows(run), ("sources of the numbers", citation_list(run))], given)
    rows = [("outcome", run.outcome), *_gain_rows(run), *_carrier_rows(run)]
    text = page(run, [*rows, ("sources of the numbers", citation_list(run))], given)
    tables = [_limits(run), _time_table(run)]
    if "delay" in run.series.coordinates:
        tables.append(_delay_table(run))
    return "\n\n".join([text, *tables])


def _pumped_rows(run: Result) -> list[tuple[str, str]]:
    data = run.series
    return [
        ("outcome", run.outcome),
        ("carriers at threshold", _density(float(data["threshold_density"]))),
        ("emitter absorbs", f"{100 * float(data['absorptance']):.3g} % of the pump"),
        ("modal loss", _gain(float(data.attributes["modal_loss"]))),
    ]


def _gain_rows(run: Result) -> list[tuple[str, str]]:
    data, facts = run.series, run.series.attributes
    needed, gain = float(facts["net_gain_needed"]), data["net_gain"]
    losses = [
        f"{name} {_gain(float(loss))}"
        for name, loss in zip(data["medium"], data["loss_by_medium"], strict=True)
        if loss > 0
    ]
    radius = text_of(float(facts["best_radius"]), "m", 3)
    positive, enough = windows(run.times, gain, 0.0), windows(run.times, gain, needed)
    return [
        ("net modal gain is positive", spans(positive) or "never"),
        (f"and above kappa/L = {_gain(needed)}", spans(enough) or "never"),
        (
            "largest net modal gain",
            f"{_gain(float(facts['largest_net_gain']))} along a diameter, "
            f"{_gain(float(facts['largest_local_net_gain']))} at r = {radius}; places tuned apart cost "
            f"{_gain(float(facts['detuning_loss']))}",
        ),
        ("modal loss", f"{_gain(float(facts['modal_loss']))}: {', '.join(losses)}"),
    ]


def _carrier_rows(run: Result) -> list[tuple[str, str]]:
    data, facts = run.series, run.series.attributes
    best = int(data["net_gain"].argmax())
    n, there = float(data["carrier_density"][best]), float(data["threshold_density"][best])
    rows = [
        (
            "carriers then",
            f"{_density(n)}, threshold {_density(there)} ({_density(float(facts['cold_threshold_density']))} at the "
            f"ambient temperature); steady state {100 * float(facts['quasi_steady_error']):+.2g} %",
        ),
    ]
    if run.inputs["injection_efficiency"] is None:
        apart = 100 * float(facts["column_density_difference"])
        rows.append(("the drift-diffusion has", f"{_density(float(data['column_density'][best]))} ({apart:+.3g} %)"))
    current = float(data["threshold_current_density"][best])
    return [
        *rows,
        (
            "current density at threshold",
            f"{text_of(current, 'A/m2', 4)} at the temperature then, "
            f"{text_of(float(facts['cold_threshold_current_density']), 'A/m2', 4)} at the ambient temperature; "
            f"{text_of(float(data['mean_current_density'][best]), 'A/m2', 4)} flow",
        ),
        (
            "emitter then",
            f"{float(data['path_temperature'][best]):.1f} K along a diameter, "
            f"{float(data['emitter_peak_temperature'][best]):.1f} K at most",
        ),
        ("current that recombines there", f"{100 * float(data['injection_efficiency'][best]):.3g} %"),
    ]


def _limits(run: Result) -> str:
    """The net gain at its best time with one thing otherwise."""
    names, gains = run.series["remedy"], run.series["remedied_net_gain"]
    rows = [[str(name), _gain(float(gain))] for name, gain in zip(names, gains, strict=True)]
    return columns(["at that time, with", "net modal gain"], rows)


def _gain(value: float) -> str:
    return f"{value / 100:.4g} 1/cm"


def _density(value: float) -> str:
    return f"{value * 1e-6:.3g} 1/cm3"


def _time_table(run: Result) -> str:
    data = run.series
    gain, last = data["net_gain"], len(run.times) - 1
    off = int(np.searchsorted(run.times, float(data.attributes["heating_ends"]) * (1 + 1e-9))) - 1
    picked = {round(k) for k in np.linspace(0, off, LINES - 3)} | {int(gain.argmax()), (off + last) // 2, last}
    rows = [
        [
            text_of(float(run.times[k]), "s", 3),
            _gain(float(gain[k])),
            f"{float(data['carrier_density'][k] / data['threshold_density'][k]):.3f}",
            f"{float(data['path_temperature'][k]):.1f} K",
            f"{float(data['emitter_peak_temperature'][k]):.1f} K",
            text_of(float(data["mean_current_density"][k]), "A/m2", 4),
            text_of(float(data["threshold_current_density"][k]), "A/m2", 4)
            if np.isfinite(data["threshold_current_density"][k])
            else "-",
        ]
        for k in sorted(picked)
    ]
    return columns(["time", "net modal gain", "n/n_th", "emitter", "hottest", "J", "J at threshold"], rows)


def _delay_table(run: Result) -> str:
    data, alone = run.series, float(run.series.attributes["optical_threshold_fluence"])
    count = len(data["delay"])

    def ratio(value: float) -> str:
        return "lases alone" if value == 0 else "-" if not np.isfinite(value) else f"{value / alone:.3f}"

    rows = [
        [
            text_of(float(data["delay"][k]), "s", 3),
            f"{float(data['delay_temperature'][k]):.1f} K",
            f"{filled if (filled := float(data['filling'][k])) > 1e-6 else 0:.3g}",
            *(
                ratio(float(data[name][k]))
                for name in ("threshold_fluence", "heated_threshold_fluence", "filled_threshold_fluence")
            ),
        ]
        for k in sorted({round(k) for k in np.linspace(0, count - 1, min(count, 2 * LINES))})
    ]
    head = f"threshold of the light pulse over {text_of(1e-4 * alone, 'J', 4)}/cm2 without current:"
    return head + "\n" + columns(["delay", "emitter", "filling", "with current", "its heat", "its carriers"], rows)


def _figures(run: Result) -> dict[str, Any]:
    return {"threshold": run.plot()} if "net_gain" in run.series.variables else {}


threshold = command_of(threshold_experiment, report=_threshold_report, as_json=_threshold_json, figures=_figures)
