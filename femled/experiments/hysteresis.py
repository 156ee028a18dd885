"""Current and light of a column while the voltage sweeps up and down: what its ions make of the way back."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import MeshLevel
from femled.drive import Sampled
from femled.errors import InputError
from femled.experiments.carrier_run import CarrierChoice, CarrierRecord, currents_over_time, profiles_over_time
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.ion_layer import ion_layer
from femled.experiments.ion_run import Device, described_start, ion_march, ion_result
from femled.experiments.jv import column_between_contacts
from femled.frozen import Quantity, Voltage
from femled.result import Result
from femled.series import Series, Variable

Array = NDArray[np.float64]

SweepRate = Annotated[float, Quantity("V/s", 1e-9, 1e15)]

DIMS = ("cycle", "branch", "voltage")
BRANCHES = ("forward", "backward")


@experiment
def hysteresis(
    device: Device,
    *,
    rate: SweepRate,
    low: Voltage = 0.0,
    high: Voltage = 3.0,
    cycles: int = 1,
    points: int = 51,
    layer: str | None = None,
    carriers: Annotated[CarrierChoice, PYTHON_ONLY] = True,
    initial: Annotated[CarrierState | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Current and light in triangular sweeps of the voltage at a rate, from ions at rest at the lower end.

        h = Int (J_backward - J_forward) dV / Int (|J_backward| + |J_forward|) dV

    is the hysteresis index, between -1 and 1, positive where the way back carries more; of the conduction current,
    without displacement, and likewise of the light (radiative current). It vanishes for sweeps that ions follow and for
    those that they do not notice; carriers that have to fill the layers show where displacement exceeds the current.

    Args:
        device: a pixel or a column.
        rate: [V/s] of the sweep, both ways.
        low: [V] where it starts and ends.
        high: [V] where it turns.
        cycles: of up and down.
        points: voltages reported on each way, evenly spaced.
        layer: in which the field is looked at; None is the only one with ions.
        carriers: True: dynamic; "quasi-static": they follow without delay, which is cheaper.
        initial: a state from `relax_ions` to start from, instead of rest at `low`.
        mesh: "default" (160 cells a layer), "fine" (640, with shorter steps), or cells a layer.

    Returns:
        over `cycle`, `branch` ("forward" is from low to high) and `voltage`: `time` [s], the currents of `transient`,
        `internal_quantum_efficiency`, `middle_field mean_field` [V/m], `net_ion_charges` [1/m2]; over `position` also
        profiles. Over `cycle`: `hysteresis_index light_hysteresis_index` [1], `hysteresis_area` [A V/m2], the integral
        of |J_backward - J_forward|.

    Raises:
        InputError: a layer without ions, or a value out of range.
        ConvergenceError: with the time at which a step became too short.
    """
    if high <= low:
        raise InputError(f"high {high:g} V is not above low {low:g} V")
    if cycles < 1 or points < 2:
        raise InputError(f"cycles {cycles} must be at least 1, points {points} at least 2")
    if carriers is False:
        raise InputError("carriers=False: without carriers no current sweeps, use ion_step or square_wave")
    column = column_between_contacts(device)
    chosen = ion_layer(column, layer)
    turns = np.arange(2 * cycles + 1) * ((high - low) / rate)
    drive = Sampled(times=tuple(turns), values=tuple([low, high] * cycles + [low]))
    times = np.array([np.linspace(turns[k], turns[k + 1], points) for k in range(2 * cycles)])
    path = ion_march(column, drive, initial=initial, rest_at=low, carriers=carriers, mesh=mesh)
    wanted = np.unique(times)
    record = CarrierRecord(path.space, wanted)
    record.keep(path.run(float(turns[-1]), wanted))
    order = np.searchsorted(wanted, times.ravel())
    backward = np.arange(len(order)).reshape(cycles, 2, points)
    backward[:, 1] = backward[:, 1, ::-1]
    instants = [record.instants[k] for k in order[backward.ravel()]]
    states = [record.states[k] for k in order[backward.ravel()]]
    flows = currents_over_time(instants)
    inputs = {
        "rate": f"{rate!r} V/s",
        "low": f"{low!r} V",
        "high": f"{high!r} V",
        "cycles": cycles,
        "points": points,
        "layer": chosen.name,
        "carriers": carriers,
        "initial": described_start(initial, low),
        "mesh": mesh,
    }
    shape = (cycles, 2, points)
    found = {name: _spread(one, shape) for name, one in flows.items() if name != "voltage"}
    found |= {name: _spread(one, shape) for name, one in profiles_over_time(states).items()}
    found |= {name: _spread(one, shape) for name, one in chosen.series(states, ("time",)).items()}
    found["time"] = Variable(DIMS, np.array([one.time for one in instants]).reshape(shape), "s", "time")
    voltages = np.linspace(low, high, points)
    coordinates = {
        "cycle": Variable(("cycle",), np.arange(1, cycles + 1), "", "cycle"),
        "branch": Variable(("branch",), np.array(BRANCHES), ""),
        "voltage": Variable(("voltage",), voltages, "V", "voltage"),
        "contact": Variable(("contact",), np.array(["anode", "cathode"]), ""),
        "position": Variable(("position",), states[0].position, "m", "distance from the anode"),
    }
    series = Series(found | _indices(found, voltages), coordinates, {"layer": chosen.name})
    return ion_result("hysteresis", device, series, inputs, record, [path])


def _spread(over_time: Variable, shape: tuple[int, int, int]) -> Variable:
    """A series over time, along the sweeps."""
    values = over_time.values.reshape(*shape, *over_time.values.shape[1:])
    return Variable((*DIMS, *over_time.dims[1:]), values, over_time.unit, over_time.title)


def _indices(found: dict[str, Variable], voltages: Array) -> dict[str, Variable]:
    """What the ways differ by, of current and light."""

    def of_cycle(values: list[float], unit: str, title: str) -> Variable:
        return Variable(("cycle",), np.array(values), unit, title)

    current, light = (found[name].values for name in ("conduction_current_density", "radiative_current_density"))
    area = [float(np.trapezoid(np.abs(one[1] - one[0]), voltages)) for one in current]
    of_current, of_light = (
        [hysteresis_index(one[0], one[1], voltages) for one in values] for values in (current, light)
    )
    return {
        "hysteresis_index": of_cycle(of_current, "1", "hysteresis index"),
        "light_hysteresis_index": of_cycle(of_light, "1", "hysteresis index of the light"),
        "hysteresis_area": of_cycle(area, "A*V/m2", "area between both ways"),
    }


def hysteresis_index(forward: Array, backward: Array, voltages: Array) -> float:
    """Difference of both ways over their sum, h of `hysteresis`; 0 where nothing flows.

    Args:
        forward: (n,), [A/m2] on the way up.
        backward: (n,), [A/m2] on the way down, at the same voltages.
        voltages: (n,), [V] rising.
    """
    total = float(np.trapezoid(np.abs(forward) + np.abs(backward), voltages))
    return float(np.trapezoid(backward - forward, voltages)) / total if total > 0 else 0.0
