"""Ions of a column under a square wave: how far they screen the field within each half of a period."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import MeshLevel
from femled.drive import Constant
from femled.errors import InputError
from femled.experiments.carrier_run import CarrierChoice, CarrierRecord
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.ion_layer import IonLayer, decay_time, ion_layer
from femled.experiments.ion_run import Device, described_start, ion_march, ion_result, layer_profiles, march_on
from femled.experiments.jv import column_between_contacts
from femled.frozen import Quantity, Voltage
from femled.result import Result
from femled.series import Series, Variable, single
from femled.solve.carrier_march import CarrierMarch
from femled.solve.instant import Instant

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
    carriers: Annotated[CarrierChoice, PYTHON_ONLY] = True,
    initial: Annotated[CarrierState | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Field in the layer of ions against time while the voltage jumps between two values.

    A period is half at the lower and half at the higher voltage, in this order. The share of the field that is screened
    within a half is 1 - E(end)/E(start) in the middle of the layer, its time constant that of `ion_step` with the end
    of the half as the last value; the start is just after the jump, as there.

    Args:
        device: a pixel or a column.
        period: [s].
        high: [V].
        low: [V].
        cycles: of the wave; the last one is reported as periodic if it repeats the one before.
        layer: in which the field is looked at; None is the only one with ions.
        carriers: True: dynamic; "quasi-static": they follow without delay, with the limits named in `ion_step`; False:
            ions alone.
        initial: a state from `relax_ions` to start from, instead of rest at the mean of both voltages.
        mesh: "default" (160 cells a layer), "fine" (640, with shorter steps), or cells a layer.

    Returns:
        over `time`, every step from the start on: what `ion_step` gives. Over `half` ("low", "high") of the last cycle:
        `field_at_start field_at_end` [V/m], `field_screened` [1], `screening_time` [s]. `cycle_change` [1]: largest
        change of the field at the end of a half against the cycle before, over its swing; 0 of a single cycle.

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
    path = ion_march(
        column, Constant(value=low), initial=initial, rest_at=(low + high) / 2, carriers=carriers, mesh=mesh
    )
    record = CarrierRecord(path.space)
    later = [Constant(value=value) for value in ([low, high] * cycles)[1:]]
    marches = [path, *(march_on(path.space, drive, carriers=carriers, mesh=mesh) for drive in later)]
    record.keep(_wave(marches, period / 2))
    fields = chosen.series(record.states, ("time",))
    at = np.array([one.time for one in record.instants])
    halves = _halves(at, fields["middle_field"].values, turns, chosen)
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
    return ion_result("square_wave", device, whole, inputs, record, marches)


def _wave(marches: list[CarrierMarch], half: float) -> Iterator[Instant]:
    """All halves, each a march whose time starts at zero, so that the first steps after a jump are not lost in it.

    Steps that round-off lets fall onto the jump itself are left out.
    """
    for k, march in enumerate(marches):
        for one in march.run(half, np.zeros(0)):
            time = (k + 1) * half if one.time == half else k * half + one.time
            if time > k * half or k == 0:
                yield replace(one, time=time)


def _halves(times: Array, field: Array, turns: Array, layer: IonLayer) -> dict[str, Variable]:
    """What the field does in each half of the last cycle, and whether the cycle repeats the one before."""
    pieces, soon, small = [], layer.soon(turns[1]), layer.small_field
    for start, end in pairwise(turns):
        inside = (times > start) & (times <= end) if start > 0 else times <= end
        pieces.append((times[inside] - start, field[inside]))
    last = pieces[-2:]
    starts, ends = (np.array([np.interp(at, *piece) for piece in last]) for at in (soon, turns[1]))
    slow = [decay_time(*piece, after=soon, floor=small) or 0.0 for piece in last]
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
