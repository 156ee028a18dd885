"""Carriers and ions of a column in time, under any voltage and light."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel
from femled.drive import Drive, as_drive
from femled.errors import ConvergenceError, InputError
from femled.experiments.carrier_run import CarrierChoice, CarrierRecord, march, moving_space, start
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import Times, experiment
from femled.experiments.jv import column_between_contacts
from femled.frozen import Quantity
from femled.result import Result
from femled.solve.supply import Supply

dolfinx = backend.load()

Array = NDArray[np.float64]

Until = Annotated[float, Quantity("s", 1e-15, 1e9)]


@experiment
def transient(
    device: Column | Pixel,
    *,
    voltage: Drive | float | None = None,
    current_density: Drive | float | None = None,
    until: Until,
    at: Times | None = None,
    initial: CarrierState | None = None,
    carriers: CarrierChoice = True,
    generation: Callable[[Array], Array] | None = None,
    light: Drive | float = 1.0,
    mesh: MeshLevel = "default",
) -> Result:
    """Electrons, holes and ions of a column under a voltage that changes, with the displacement current.

    Steps are of third order (BDF3), their length follows from an error estimate, and every kink of a drive is hit;
    densities are differenced, so that no ion is lost.

    Args:
        device: a column, or a pixel for that between its contacts.
        voltage: [V] anode minus cathode, a number or a drive; it is applied at t = 0.
        current_density: [A/m2] in place of a voltage, a number or a drive.
        until: [s] end.
        at: (n,), [s] times to report, rising, 0 <= t <= until; every accepted step if not given. Late in a run steps
            shorter than the digits of the time are taken but not reported.
        initial: a state from `relax_ions`, or from `transient_state` to go on where another run ended; None is dark
            equilibrium at 0 V with ions at rest. Its mean current is what heals traps made by ions (`IonTraps`).
        carriers: True: dynamic; "quasi-static": their own delays are of second order and decide no step, which is
            cheaper where ions move slowly;
            False: ions alone (Poisson-Nernst-Planck).
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode.
        light: [1] factor of the generation, a number or a drive.
        mesh: "default" (160 cells a layer), "fine" (640, with shorter steps), or cells a layer.

    Returns:
        over `time`: `voltage`, `current_density` [A/m2] with displacement, `conduction_current_density`,
        `radiative_current_density srh_current_density auger_current_density`, `internal_quantum_efficiency`,
        `current_error` [A/m2], the largest difference between the current with displacement through the anode, by two
        routes, and that through the cathode, `electrode_charge` [C/m2] over `time` and `contact`; over `time` and
        `position` [m] (both ends of every cell) `potential`, Fermi levels and densities. At a jump values are left
        limits; at t = 0 they are those just after the drive was applied.

    Raises:
        InputError: a value out of range, or a state of another column.
        ConvergenceError: with the time at which a step became too short; its `finished` is the result up to there.
    """
    column = column_between_contacts(device)
    wanted = _checked(at, until)
    if (voltage is None) == (current_density is None):
        raise InputError("give either voltage or current_density")
    if generation is None and light != 1.0:
        raise InputError("light: there is none to vary without generation")
    drive = as_drive(voltage if voltage is not None else current_density or 0.0)
    supply, factor = Supply(drive, column.series_resistance, current=voltage is None), as_drive(light)
    space = moving_space(column, mesh, carriers=carriers, generation=generation)
    start(space, initial)
    path = march(space, supply, mesh=mesh, carriers=carriers, light=None if generation is None else factor)
    record = CarrierRecord(space, wanted)
    inputs: dict[str, Any] = {
        **({"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}),
        "column": column.model_dump(mode="json"),
        "current_density" if voltage is None else "voltage": drive.model_dump(mode="json"),
        "until": f"{until!r} s",
        "at": None if at is None else [f"{time!r} s" for time in at],
        "initial": "equilibrium" if initial is None else f"state at {initial.voltage!r} V",
        "mean_current_density": space.mean_current,
        "carriers": carriers,
        "generation": None if generation is None else getattr(generation, "__name__", "function"),
        "light": factor.model_dump(mode="json"),
        "mesh": mesh,
    }

    def result(outcome: str = "completed") -> Result:
        return Result(
            experiment="transient",
            series=record.series(),
            inputs=inputs,
            outcome=outcome,
            balance=record.inventory,
            cost=record.cost(path),
            provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
        )

    try:
        record.keep(path.run(until, np.zeros(0) if wanted is None else wanted))
    except ConvergenceError as error:
        error.finished = result(f"stopped: {error}") if record.instants else None
        raise
    return result()


def _checked(at: Times | None, until: float) -> Array | None:
    if at is None:
        return None
    times = np.asarray(at, dtype=np.float64)
    if np.any(np.diff(times) <= 0) or times[0] < 0 or times[-1] > until:
        raise InputError(f"at: times must rise within 0 .. {until:g} s, got {times[0]:g} .. {times[-1]:g} s")
    return times
