"""The commands that let ions drift: after a step, in a sweep, under a train of pulses."""

from collections.abc import Callable
from typing import Any

import numpy as np

from femled.command import command_of
from femled.device import Pixel
from femled.domain.column_mesh import MeshLevel
from femled.errors import InputError
from femled.experiments.experiment import Times
from femled.experiments.hysteresis import hysteresis as hysteresis_experiment
from femled.experiments.ion_step import ion_step
from femled.experiments.pulse_train import pulse_train
from femled.experiments.transient import Until
from femled.frozen import Voltage, quantity_of
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of

LINES = 12
"""Lines of a printed table at most; the JSON and the saved series have every time and voltage."""

ARROW = "->"


def step_of(text: str) -> tuple[float, float]:
    """[V] both voltages of a step such as "0 V -> 2 V".

    Raises:
        InputError: no arrow, or a voltage without its unit or out of range.
    """
    before, arrow, after = text.partition(ARROW)
    if not arrow:
        raise InputError(f'step "{text}" is not of the form "0 V {ARROW} 2 V"')
    voltage = quantity_of(Voltage)
    assert voltage is not None
    return voltage.check(before.strip(), "step"), voltage.check(after.strip(), "step")


def ions_of_step(
    device: Pixel,
    *,
    step: str = "0 V -> 2 V",
    until: Until = 1e3,
    at: Times | None = None,
    layer: str | None = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Ions after a step of the voltage: how they screen the field.

    Args:
        device: a pixel.
        step: of the voltage, such as "0 V -> 2 V"; ions were at rest at the first.
        until: [s] end.
        at: [s] times to report; every step from 1 ns on if not given.
        layer: in which the field is looked at; the only one with ions if not given.
        mesh: "default" (160 cells a layer), "fine" (640, with shorter steps), or cells a layer.
    """
    before, after = step_of(step)
    return ion_step(device, before=before, after=after, until=until, at=at, layer=layer, mesh=mesh)


def _json_of(*coordinates: str) -> Callable[[Result], dict[str, Any]]:
    """All series but the profiles over the position, which are in the output folder."""

    def as_json(run: Result) -> dict[str, Any]:
        data = run.series
        short = {name: one for name, one in data.variables.items() if "position" not in one.dims}
        own = {"pixel", "column"}
        return {
            "pixel": run.inputs["pixel"]["name"],
            "inputs": {key: value for key, value in run.inputs.items() if key not in own},
            **{name: data[name].tolist() for name in coordinates},
            **{name: one.values.tolist() for name, one in short.items()},
            "citations": list(dict.fromkeys(key for key, _ in run.sources)),
            "warnings": list(run.warnings),
        }

    return as_json


def _picked(count: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, LINES))})


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _step_report(run: Result, given: dict[str, Any]) -> str:
    data, layer = run.series, run.series.attributes["layer"]
    ends = [text_of(float(data["middle_field"][k]), "V/m", 3) for k in (0, -1)]
    time = text_of(float(data["screening_time"]), "s", 3) if "screening_time" in data.variables else "nothing moves"
    estimate = text_of(float(data["screening_estimate"]), "s", 3)
    rows = [
        ("step", f"{run.inputs['before']} {ARROW} {run.inputs['after']}"),
        (f"field in the middle of {layer}", f"{ends[0]} at the start, {ends[1]} at the end"),
        ("screening time", f"{time} to 1/e of the way ({estimate} with insulating neighbours)"),
        ("number of ions", f"changed by {abs(run.energy_balance().defect):.0e} of itself"),
        ("sources of the numbers", citation_list(run)),
    ]
    header = ["time", "middle field", "mean field", "net ions", "current density", "light", "IQE"]
    table = [
        [
            text_of(float(run.times[k]), "s", 3),
            text_of(float(data["middle_field"][k]), "V/m", 4),
            text_of(float(data["mean_field"][k]), "V/m", 4),
            text_of(float(data["net_ion_charges"][k]), "1/m2", 4),
            text_of(float(data["current_density"][k]), "A/m2", 4),
            text_of(float(data["radiative_current_density"][k]), "A/m2", 4),
            _percent(float(data["internal_quantum_efficiency"][k])),
        ]
        for k in _picked(len(run.times))
    ]
    return f"{page(run, rows, given)}\n\n{columns(header, table)}"


def _sweep_report(run: Result, given: dict[str, Any]) -> str:
    data = run.series
    index, light = (float(data[f"{name}hysteresis_index"][-1]) for name in ("", "light_"))
    rows = [
        ("sweep", f"{run.inputs['low']} .. {run.inputs['high']} and back at {run.inputs['rate']}"),
        (
            "hysteresis index",
            f"{index:+.4f} of the current, {light:+.4f} of the light (difference of both ways over sum)",
        ),
        ("area between both ways", text_of(float(data["hysteresis_area"][-1]), "A*V/m2", 4)),
        ("sources of the numbers", citation_list(run)),
    ]
    header = ["voltage", "forward", "IQE", "backward", "IQE"]
    current, efficiency = data["conduction_current_density"][-1], data["internal_quantum_efficiency"][-1]

    def cells(branch: int, k: int) -> list[str]:
        return [text_of(float(current[branch, k]), "A/m2", 4), _percent(float(efficiency[branch, k]))]

    table = [
        [text_of(float(data["voltage"][k]), "V", 4), *cells(0, k), *cells(1, k)] for k in _picked(len(data["voltage"]))
    ]
    return f"{page(run, rows, given)}\n\n{columns(header, table)}"


def _train_report(run: Result, given: dict[str, Any]) -> str:
    data, inputs = run.series, run.inputs
    marched = len(data["cycle"])

    def both(name: str, write: Callable[[float], str]) -> str:
        with_m, halved = (write(float(value)) for value in data[name])
        return f"{halved} ({with_m} before halving M)"

    def unit(name: str) -> Callable[[float], str]:
        return lambda value: text_of(value, name, 4)

    rows = [
        ("train", f"{inputs['voltage']} for {inputs['on']}, {inputs['bias']} for {inputs['off']}"),
        ("cycles", f"{marched}, standing for {np.sum(data['speed_up']):.4g}; M = {inputs['speed_up']:.4g}"),
        ("net ions", both("kept_net_ion_charges", unit("1/m2"))),
        ("mean field", both("kept_mean_field", unit("V/m"))),
        ("change by halving M", _percent(float(data["change_by_halving"]))),
        ("change by further cycles", _percent(float(data["change_left"]))),
        ("current density in the pulse", both("pulse_current_density", unit("A/m2"))),
        ("IQE in the pulse", both("pulse_internal_quantum_efficiency", _percent)),
    ]
    if "pulse_external_quantum_efficiency" in data.variables:
        rows.append(("EQE in the pulse", both("pulse_external_quantum_efficiency", _percent)))
    rows += [
        ("recombining in the mean", both("mean_current_density", unit("A/m2"))),
        ("sources of the numbers", citation_list(run)),
    ]
    return page(run, rows, given)


def _figures(name: str) -> Callable[[Result], dict[str, Any]]:
    return lambda run: {name: run.plot()}


ions = command_of(ions_of_step, report=_step_report, as_json=_json_of("time"), figures=_figures("ions"))
hysteresis = command_of(
    hysteresis_experiment,
    report=_sweep_report,
    as_json=_json_of("cycle", "branch", "voltage"),
    figures=_figures("hysteresis"),
)
train = command_of(pulse_train, report=_train_report, as_json=_json_of("cycle", "kept"), figures=_figures("train"))
