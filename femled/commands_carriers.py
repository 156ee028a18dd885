"""The commands that compute carriers and ions: current against voltage."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.jv import jv as jv_experiment
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of

LINES = 12
"""Lines of the printed table at most; the JSON and the saved series have every voltage."""


def _jv_json(run: Result) -> dict[str, Any]:
    """All series but the profiles over the position, which are in the output folder."""
    data = run.series
    short = {name: one for name, one in data.variables.items() if "position" not in one.dims}
    return {
        "pixel": run.inputs["pixel"]["name"],
        "ions": run.inputs["ions"],
        **{name: data[name].tolist() for name in ("voltage", "layer", "face")},
        **{name: one.values.tolist() for name, one in short.items()},
        "citations": list(dict.fromkeys(key for key, _ in run.sources)),
        "outcome": run.outcome,
        "warnings": list(run.warnings),
    }


def _jv_report(run: Result, given: dict[str, Any]) -> str:
    data, column = run.series, run.inputs["column"]
    rows = [
        ("layers", " | ".join(f"{layer['name']} {layer['thickness']}" for layer in column["layers"])),
        ("contacts", ", ".join(_contact(side, column[side]) for side in ("anode", "cathode"))),
        ("temperature", str(column["temperature"])),
        ("ions", run.inputs["ions"]),
        *([] if run.outcome == "completed" else [("outcome", run.outcome)]),
        *_best(run),
        ("current by two routes", f"{float(np.max(np.abs(data['current_error']))):.1e} A/m2 apart at most"),
        ("sources of the numbers", citation_list(run)),
    ]
    text = page(run, rows, given)
    return f"{text}\n\n{_table(run)}"


def _contact(side: str, contact: dict[str, Any]) -> str:
    level = contact.get("work_function_ev")
    return f"{side} {level}" if level else f"{side} {contact['kind']}"


def _best(run: Result) -> list[tuple[str, str]]:
    """The highest efficiency."""
    data = run.series
    name = "external_quantum_efficiency" if "external_quantum_efficiency" in data.variables else ""
    name = name or "internal_quantum_efficiency"
    i = int(data[name].argmax())
    if data[name][i] <= 0:
        return []
    short = "EQE" if name.startswith("external") else "IQE"
    at = f"at {text_of(float(data['voltage'][i]), 'V', 3)}, {text_of(float(data['current_density'][i]), 'A/m2', 3)}"
    found = [(f"highest {short}", f"{100 * float(data[name][i]):.3g} % {at}")]
    if short == "EQE":
        eta = float(data["outcoupling_efficiency"][i])
        origin = "given" if run.inputs["outcoupling"] is not None else "both facets, from the optics of the pixel"
        found.append(("outcoupling there", f"{100 * eta:.3g} %, {origin}"))
    return found


def _table(run: Result) -> str:
    data, emitter = run.series, run.inputs["pixel"]["emitter"]
    layers = data["layer"].tolist()
    start = float(data.attributes["layer_edges_m"][layers.index(emitter)])
    count = len(data["voltage"])
    names = {
        "internal_quantum_efficiency": "IQE",
        "external_quantum_efficiency": "EQE",
        "electron_leakage": "electrons past it",
        "hole_leakage": "holes past it",
    }
    names = {name: text for name, text in names.items() if name in data.variables}
    header = ["voltage", "current density", *names.values(), *(f"{name}: R" for name in layers), "light at"]
    rows = []
    for i in sorted({round(k) for k in np.linspace(0, count - 1, min(count, LINES))}):
        forward = data["internal_quantum_efficiency"][i] > 0
        shares = [*(data[name][i] for name in names), *data["recombination_share"][i]]
        depth = float(data["radiative_position"][i]) - start
        rows.append(
            [
                text_of(float(data["voltage"][i]), "V", 3),
                text_of(float(data["current_density"][i]), "A/m2", 3),
                *(_percent(float(share)) if forward else "-" for share in shares),
                text_of(depth, "m", 3) if forward else "-",
            ]
        )
    legend = (
        f"(shares of the current; past it: carried out of the emitter {emitter} on the far side; R: recombines in the "
        f"layer; light at: mean depth of emission in {emitter} from its anode side)"
    )
    return f"{columns(header, rows)}\n{legend}"


def _percent(share: float) -> str:
    """In percent; round-off is zero."""
    return f"{100 * share:.3g} %" if abs(share) > 1e-9 else "0 %"


jv = command_of(jv_experiment, report=_jv_report, as_json=_jv_json, figures=lambda run: {"jv": run.plot()})
