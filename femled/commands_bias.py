"""The command that follows amplified emission while a bias moves the ions."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.bias_threshold import bias_threshold as bias_threshold_experiment
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of

LINES = 13
"""Lines of the printed table at most; the JSON and the saved series have all."""

UNITS = {
    "threshold_fluence": "J_per_m2",
    "threshold_density": "per_m3",
    "defect_share": "",
    "monomolecular_rate": "per_s",
    "radiative_coefficient": "m3_per_s",
    "nonradiative_coefficient": "m3_per_s",
    "radiative_share": "",
    "mean_field": "V_per_m",
    "middle_field": "V_per_m",
    "quantum_yield": "",
    "peak_density": "per_m3",
}
"""Ends of the keys of the JSON."""


def _key(name: str) -> str:
    return f"{name}_{UNITS[name]}" if UNITS[name] else name


def _bias_json(run: Result) -> dict[str, Any]:
    data = run.series
    times: dict[str, Any] = {}
    if "time" in data.coordinates:
        times = {
            "time_s": data["time"].tolist(),
            "crossing_time_s": data["crossing_time"].tolist(),
            "crossing_found": data["crossing_found"].tolist(),
        }
    return {
        "pixel": run.inputs["pixel"]["name"],
        "law": run.inputs["law"],
        "bias_V": data["bias"].tolist(),
        "fluence_J_per_m2": data["fluence"].tolist(),
        **times,
        **{_key(name): data[name].tolist() for name in UNITS},
        "even_threshold_fluence_J_per_m2": float(data.attributes["even_threshold_fluence"]),
        "absorptance": float(data.attributes["absorptance"]),
        "citations": list(dict.fromkeys(key for key, _ in run.sources)),
        "warnings": list(run.warnings),
    }


def _fluence(value: float) -> str:
    """As papers give it."""
    return f"{value * 100:.4g} uJ/cm2"


def _bias_report(run: Result, given: dict[str, Any]) -> str:
    data = run.series
    timed = "time" in data.coordinates
    held = (
        f"after steps from {_volts(run.inputs['before'])}"
        if timed
        else 'at rest at every bias; --at "1 s, 10 s" follows them after a step'
    )
    pulse = run.inputs["pulse"]
    rows = [
        ("ions", held),
        ("law of the coefficients", f"{run.inputs['law']}, a hypothesis"),
        (
            "pump",
            f"pulses of {_short(pulse['width'])}, {100 * float(data.attributes['absorptance']):.3g} % absorbed in "
            f"{data.attributes['layer']}; yield at {', '.join(_fluence(float(one)) for one in data['fluence'])}",
        ),
        ("threshold, ions spread evenly", _fluence(float(data.attributes["even_threshold_fluence"]))),
    ]
    if timed:
        rows.append(("pump passes the threshold", _crossings(run)))
    rows.append(("sources of the numbers", citation_list(run)))
    return f"{page(run, rows, given)}\n\n{_table(run)}"


def _volts(text: str) -> str:
    return text_of(float(text.split()[0]), "V", 4)


def _short(text: str) -> str:
    number, unit = text.split()
    return f"{float(number):.4g} {unit}"


def _crossings(run: Result) -> str:
    data = run.series
    found, times = data["crossing_found"][:, 0], data["crossing_time"][:, 0]
    parts = [
        f"{text_of(float(time), 's', 3) if there else 'not'} at {text_of(float(bias), 'V', 4)}"
        for bias, time, there in zip(data["bias"], times, found, strict=True)
    ]
    return ", ".join(parts)


def _table(run: Result) -> str:
    data, timed = run.series, "time" in run.series.coordinates
    places = list(np.ndindex(data["threshold_fluence"].shape))
    picked = sorted({round(k) for k in np.linspace(0, len(places) - 1, min(len(places), LINES))})
    header = ["bias", *(["time"] if timed else []), "threshold", "yield", "k_2r share", "k_1", "defects", "mean field"]
    rows = []
    for k in picked:
        at = places[k]
        row = [text_of(float(data["bias"][at[0]]), "V", 4)]
        if timed:
            row.append(text_of(float(data["time"][at[1]]), "s", 3))
        rows.append(
            [
                *row,
                _fluence(float(data["threshold_fluence"][at])),
                f"{100 * float(data['quantum_yield'][at][0]):.3g} %",
                f"{float(data['radiative_share'][at]):.3f}",
                text_of(float(data["monomolecular_rate"][at]), "1/s", 3),
                f"{float(data['defect_share'][at]):.3f}",
                text_of(float(data["mean_field"][at]), "V/m", 3),
            ]
        )
    return columns(header, rows)


bias_threshold = command_of(
    bias_threshold_experiment,
    report=_bias_report,
    as_json=_bias_json,
    figures=lambda run: {"bias_threshold": run.plot()},
)
