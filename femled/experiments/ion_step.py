"""Ions of a column after a step of the voltage: how they screen the field, and what light and current do meanwhile."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import MeshLevel
from femled.drive import Step
from femled.errors import InputError
from femled.experiments.carrier_run import CarrierChoice, CarrierRecord
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import PYTHON_ONLY, Times, experiment
from femled.experiments.ion_layer import decay_time, ion_layer
from femled.experiments.ion_run import (
    Device,
    described_start,
    ion_march,
    ion_result,
    layer_profiles,
)
from femled.experiments.jv import column_between_contacts
from femled.experiments.transient import Until
from femled.frozen import Voltage
from femled.result import Result
from femled.series import Series, over_time, single

Array = NDArray[np.float64]

SOONEST = 1e-9
"""[s] first time that is kept: before, ions stand still."""

MOVING = 0.01
"""Share of its way that the field may still move in the last third of the run before a remark is made."""


@experiment
def ion_step(
    device: Device,
    *,
    after: Voltage,
    before: Voltage = 0.0,
    until: Until = 1e3,
    at: Times | None = None,
    layer: str | None = None,
    carriers: Annotated[CarrierChoice, PYTHON_ONLY] = True,
    initial: Annotated[CarrierState | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Ions after a step of the voltage: profiles, the field in their layer, current and light against time.

    The screening time is that after which the field in the middle of the layer of ions has gone all but 1/e of its way
    from its value just after the step to its value at the end of the run. Just after is 1e-4 of the screening estimate:
    carriers have followed, ions have not.

    Args:
        device: a pixel or a column.
        after: [V] from t = 0 on, anode minus cathode.
        before: [V] at which the ions were at rest until then.
        until: [s] end.
        at: (n,), [s] times to report, rising; every step from 1 ns on if not given, three to six a decade and more
            where something happens.
        layer: in which the field is looked at; None is the only one with ions.
        carriers: True: dynamic; "quasi-static": they follow without delay, two to four times cheaper, but wrong where
            barriers hold them back for longer than ions take (a step down from forward bias); False: ions alone.
        initial: a state from `relax_ions` to start from, instead of rest at `before`.
        mesh: "default" (160 cells a layer), "fine" (640, with shorter steps), or cells a layer.

    Returns:
        over `time`: `middle_field mean_field` [V/m] of the layer, positive towards the cathode, `net_ion_charges`
        [1/m2], and what `transient` gives, `radiative_current_density` (the light) among them; over `time` and
        `position` also `electric_field` [V/m], `conduction_band_ev valence_band_ev` [eV]. `screening_time` [s] (absent
        if the field does not change) and `screening_estimate` [s] of the layer with all others insulating.

    Raises:
        InputError: a layer without ions, or a value out of range.
        ConvergenceError: with the time at which a step became too short.
    """
    column = column_between_contacts(device)
    chosen = ion_layer(column, layer)
    wanted = None if at is None else np.asarray(at, dtype=np.float64)
    if wanted is not None and (np.any(np.diff(wanted) < 0) or wanted[-1] > until):
        raise InputError(f"at: times must rise within 0 .. {until:g} s, got {wanted[0]:g} .. {wanted[-1]:g} s")
    path = ion_march(
        column, Step(before=before, after=after), initial=initial, rest_at=before, carriers=carriers, mesh=mesh
    )
    record = CarrierRecord(path.space)
    soonest = min(SOONEST, until / 2)
    targets = np.array([soonest]) if wanted is None else wanted
    first = min(soonest, *targets[targets > 0][:1])
    record.keep(one for one in path.run(until, targets) if one.time == 0.0 or one.time >= first)
    fields = chosen.series(record.states, ("time",))
    times = np.array([one.time for one in record.instants])
    found = decay_time(times, fields["middle_field"].values, after=chosen.soon(until), floor=chosen.small_field)
    kept = np.arange(len(times)) if wanted is None else np.flatnonzero(np.isin(times, wanted))
    record.states, record.instants = [record.states[k] for k in kept], [record.instants[k] for k in kept]
    kept_series, profiles = record.series(), layer_profiles(chosen, record.states)
    facts = {"screening_estimate": single(chosen.screening_estimate(), "s", "screening time of insulated ions")}
    if found is not None:
        facts["screening_time"] = single(found, "s", "screening time")
    shown = {name: over_time(one.values[kept], one.unit, one.title) for name, one in fields.items()}
    variables = dict(kept_series.variables) | profiles | shown | facts
    series = Series(variables, kept_series.coordinates, {"layer": chosen.name})
    inputs = {
        "before": f"{before!r} V",
        "after": f"{after!r} V",
        "until": f"{until!r} s",
        "at": None if at is None else [f"{time!r} s" for time in at],
        "layer": chosen.name,
        "carriers": carriers,
        "initial": described_start(initial, before),
        "mesh": mesh,
    }
    notes = _remarks(times, fields["middle_field"].values, chosen.small_field)
    return ion_result("ion_step", device, series, inputs, record, [path], notes)


def _remarks(times: Array, field: Array, small: float) -> tuple[str, ...]:
    """What a reader has to know of the end of the run."""
    way = abs(field[-1] - field[0])
    left = abs(field[-1] - np.interp(times[-1] * 2 / 3, times, field))
    if way > small and left > MOVING * way:
        return (
            f"the field still moves at the end of the run, by {left / way:.0%} of its way in the last third: "
            "the screening time counts from the value there, take a later until",
        )
    return ()
