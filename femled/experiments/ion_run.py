"""What experiments on drifting ions share: the device, the march, and the result."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Cost
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel
from femled.drive import Drive
from femled.experiments.carrier_run import CarrierChoice, CarrierRecord, moving_space, profiles_over_time, start
from femled.experiments.carrier_state import CarrierState
from femled.experiments.ion_layer import IonLayer, field_of
from femled.experiments.jv import column_between_contacts, relax_ions
from femled.experiments.sources import electrical_sources
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.carrier_march import CarrierMarch
from femled.solve.carriers import CarrierSpace
from femled.solve.instant import Accuracy

dolfinx = backend.load()

Array = NDArray[np.float64]

Device = Column | Pixel

STEPS = {"default": Accuracy(tolerance=1e-3, first=1e-2), "fine": Accuracy(tolerance=3e-5, first=1e-3)}
"""Accuracy of the steps that goes with a mesh: ions move by less than the mesh resolves."""


def accuracy_of(mesh: MeshLevel) -> Accuracy:
    """Of the steps that go with a mesh."""
    return STEPS["fine" if mesh == "fine" or (isinstance(mesh, int) and mesh >= 400) else "default"]


def ion_march(
    column: Column,
    drive: Drive,
    *,
    initial: CarrierState | None,
    rest_at: float,
    carriers: CarrierChoice,
    mesh: MeshLevel,
) -> CarrierMarch:
    """A march that starts with ions at rest at a bias, or in a state.

    Traps that ions make are healed by what recombines at the moment (`IonTraps`).

    Args:
        column: the device.
        drive: [V] voltage.
        initial: state of the start; None: ions at rest.
        rest_at: [V] at which they are.
        carriers: as of `transient`.
        mesh: as of `jv`.
    """
    space = moving_space(column, mesh, carriers=carriers)
    if initial is None and rest_at != 0.0 and not space.empty:
        initial = relax_ions(column, voltage=rest_at, mesh=mesh)
    start(space, initial)
    space.mean_current = None
    return march_on(space, drive, carriers=carriers, mesh=mesh)


def march_on(space: CarrierSpace, drive: Drive, *, carriers: CarrierChoice, mesh: MeshLevel) -> CarrierMarch:
    """A march from the state that a space is in; its time starts at zero."""
    kind: Any = "dynamic" if carriers is True else "quasi-static"
    return CarrierMarch(space, drive, carriers=kind, accuracy=accuracy_of(mesh))


def layer_profiles(layer: IonLayer, states: list[CarrierState]) -> dict[str, Variable]:
    """(time, position) of everything in a state, with field and band edges."""
    dims = ("time", "position")
    edges = np.array(
        [[one.conduction_band_ev, one.valence_band_ev] for one in layer.column.semiconductors], dtype=np.float64
    )
    faces = np.cumsum([one.thickness for one in layer.column.layers])[:-1]
    centres = states[0].position.reshape(-1, 2).mean(axis=1)
    of_point = np.repeat(edges[np.searchsorted(faces, centres)], 2, axis=0)
    potential = np.array([state.potential for state in states])
    field = np.array([field_of(state) for state in states])
    return {
        **profiles_over_time(states),
        "electric_field": Variable(dims, field, "V/m", "electric field"),
        "conduction_band_ev": Variable(dims, of_point[:, 0] - potential, "eV", "conduction band edge"),
        "valence_band_ev": Variable(dims, of_point[:, 1] - potential, "eV", "valence band edge"),
    }


def ion_result(
    experiment: str,
    device: Device,
    series: Series,
    inputs: Mapping[str, Any],
    record: CarrierRecord,
    marches: Sequence[CarrierMarch],
    warnings: tuple[str, ...] = (),
) -> Result:
    """The result of a march of ions.

    Args:
        experiment: its name.
        device: as it was given.
        series: of the result.
        inputs: besides the device.
        record: of the march.
        marches: one after the other.
        warnings: sentences.
    """
    return Result(
        experiment=experiment,
        series=series,
        inputs={**described(device), **inputs},
        sources=sources_of(device),
        balance=record.inventory,
        cost=Cost(
            record.space.u.size,
            sum(one.steps for one in marches),
            sum(one.iterations for one in marches),
            record.seconds,
        ),
        warnings=warnings,
        provenance=versions(),
    )


def described(device: Device) -> dict[str, Any]:
    """The device as an input of a result."""
    pixel = {"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}
    return {**pixel, "column": column_between_contacts(device).model_dump(mode="json")}


def sources_of(device: Device) -> tuple[tuple[str, str], ...]:
    """Bib keys of the numbers of a pixel, with the status of each."""
    return electrical_sources(device) if isinstance(device, Pixel) else ()


def described_start(initial: CarrierState | None, rest_at: float) -> str:
    """The start as an input of a result."""
    return f"ions at rest at {rest_at!r} V" if initial is None else f"state at {initial.voltage!r} V"


def versions() -> dict[str, str]:
    """Of femled and of what computes."""
    return {"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__}
