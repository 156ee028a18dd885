"""Ions of a column under a square wave: how far they screen the field within each half of a period."""

from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import MeshLevel
from femled.drive import Sampled
from femled.errors import InputError
from femled.experiments.carrier_run import CarrierChoice, CarrierRecord
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.ion_layer import decay_time, ion_layer
from femled.experiments.ion_run import Device, described_start, ion_march, ion_result, layer_profiles
from femled.experiments.jv import column_between_contacts
from femled.frozen import Quantity, Voltage
from femled.result import Result
from femled.series import Series, Variable, single

Array = NDArray[np.float64]

Period = Annotated[float, Quantity("s", 1e-12, 1e9)]

HALVES = ("low", "high")


@experiment
def square_wave(
    device: Device,
    *,
    period: Period,
    high: Voltage,
    low: Voltage = 0.0,
    cycles: int = 3,
    layer: str | None = None,
    carriers: Annotated[CarrierChoice, PYTHON_ONLY] = "quasi-static",
    initial: Annotated[CarrierState | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Field in the layer of ions against time while the voltage jumps between two values.

    A period is half at the lower and half at the higher voltage, in this order. The share of the field that is screened
    within a half is 1 - E(end)/E(start) in the middle of the layer; its time constant that of `ion_step`, counted from
    the start of the half to the value at its end.

    Args:
        device: a pixel or a column.
        period: [s].
        high: [V].
        low: [V].
        cycles: of the wave; the last one is reported as periodic if it repeats the one before.
        layer: in which the field is looked at; None is the only one with ions.
        carriers: "quasi-static": they follow without delay; True: dynamic; False: ions alone.
        initial: a state from `relax_ions` to start from, instead of rest at the mean of both voltages.
        mesh: "default" (100 cells a layer), "fine" (400, with shorter steps), or cells a layer.

    Returns:
        over `time`, every step from the start on: what `ion_step` gives; just after a jump the field is that of the
        first step. Over `half` ("low", "high") of the last cycle: `field_at_start field_at_end` [V/m],
        `field_screened` [1], `screening_time` [s]. `cycle_change` [1]: largest change of the field at the end of a half
        against the cycle before, over the swing of the field; 0 of a single cycle.

    Raises:
        InputError: a layer without ions, or a value out of range.
        ConvergenceError: with the time at which a step became too short.
    """
    if high <= low:
        raise InputError(f"high {high:g} V is not above low {low:g} V")
    if cycles < 1:
        raise InputError(f"cycles {cycles} must be at least 1")
    column = column_between_contacts(device)
    chosen = ion_layer(column, layer)
    turns = np.arange(2 * cycles + 1, dtype=np.float64) * (period / 2)
    times, values = np.repeat(turns, 2)[1:-1], np.repeat([low, high] * cycles, 2)
    drive = Sampled(times=tuple(times), values=tuple(values))
    path = ion_march(column, drive, initial=initial, rest_at=(low + high) / 2, carriers=carriers, mesh=mesh)
    record = CarrierRecord(path.space)
    record.keep(path.run(float(turns[-1]), turns))
    fields = chosen.series(record.states, ("time",))
    at = np.array([one.time for one in record.instants])
    halves = _halves(at, fields["middle_field"].values, turns, chosen.small_field)
    estimate = single(chosen.screening_estimate(), "s", "screening time of insulated ions")
    series = record.series()
    variables = dict(series.variables) | layer_profiles(chosen, record.states) | fields | halves
    inputs: dict[str, Any] = {
        "period": f"{period!r} s",
        "low": f"{low!r} V",
        "high": f"{high!r} V",
        "cycles": cycles,
        "layer": chosen.name,
        "carriers": carriers,
        "initial": described_start(initial, (low + high) / 2),
        "mesh": mesh,
    }
    whole = Series(
        variables | {"screening_estimate": estimate},
        dict(series.coordinates) | {"half": Variable(("half",), np.array(HALVES), "")},
        {"layer": chosen.name},
    )
    return ion_result("square_wave", device, whole, inputs, record, path)


def _halves(times: Array, field: Array, turns: Array, small: float) -> dict[str, Variable]:
    """What the field does in each half of the last cycle, and whether the cycle repeats the one before."""
    pieces = []
    for start, end in pairwise(turns):
        inside = (times > start) & (times <= end) if start > 0 else times <= end
        pieces.append((times[inside], field[inside]))
    last = pieces[-2:]
    starts, ends = (np.array([piece[1][k] for piece in last]) for k in (0, -1))
    slow = [decay_time(*piece, small) or 0.0 for piece in last]
    screened = 1 - ends / np.where(starts == 0, small, starts)
    swing = float(np.ptp(np.concatenate([starts, ends])))
    change = 0.0
    if len(pieces) > 2 and swing > 0:
        change = max(abs(pieces[k][1][-1] - pieces[k - 2][1][-1]) for k in (-1, -2)) / swing

    def of_half(values: Any, unit: str, title: str) -> Variable:
        return Variable(("half",), np.asarray(values), unit, title)

    return {
        "field_at_start": of_half(starts, "V/m", "field at the start of a half"),
        "field_at_end": of_half(ends, "V/m", "field at the end of a half"),
        "field_screened": of_half(screened, "1", "share of the field that is screened"),
        "screening_time": of_half(slow, "s", "screening time"),
        "cycle_change": single(change, "1", "change of the field from cycle to cycle"),
    }
