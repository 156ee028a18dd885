"""The state that a run in time was in, for another run to go on from."""

import numpy as np

from femled.device import Column, Pixel
from femled.errors import InputError
from femled.experiments.carrier_state import CarrierState
from femled.experiments.jv import column_between_contacts
from femled.result import Result

PROFILES = (
    "position",
    "potential",
    "quasi_fermi_electron_ev",
    "quasi_fermi_hole_ev",
    "electron_density",
    "hole_density",
)


def transient_state(device: Column | Pixel, run: Result, *, time: float | None = None) -> CarrierState:
    """The state of a `transient` at one of its times, for `transient` as `initial` or for `jv` as frozen ions.

    Args:
        device: of the run.
        run: of `transient`, also a loaded one, or the `finished` of one that stopped.
        time: [s] one of those of the result; None is the last.

    Raises:
        InputError: another experiment, or a time that the result does not have.
    """
    if run.experiment != "transient":
        raise InputError(f"{run.experiment} is no transient: it has no state of one")
    column, data = column_between_contacts(device), run.series
    times = run.times
    at = len(times) - 1 if time is None else int(np.argmin(np.abs(times - time)))
    if time is not None and times[at] != time:
        raise InputError(f"time: the result has none at {time:g} s, the nearest is {times[at]!r} s")
    profiles = {name: data[name] if name == "position" else data[name][at] for name in PROFILES}
    ions = {
        f"{layer.name}.{ion.name}": data[f"{layer.name}_{ion.name}_density"][at]
        for layer, one in zip(column.layers, column.semiconductors, strict=True)
        for ion in one.ions
    }
    mean = run.inputs["mean_current_density"]
    return CarrierState(
        column=column,
        voltage=float(data["layer_voltage"][at]),
        ion_density=ions,
        mean_current_density=0.0 if mean is None else float(mean),
        trap_occupation=data["trap_occupation"][at] if "trap_occupation" in data.variables else None,
        **profiles,
    )
