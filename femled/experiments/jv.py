"""Steady currents of a column: current against voltage, and the state with relaxed ions at one bias."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.device import Column
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.errors import ConvergenceError, InputError
from femled.experiments.carrier_state import CarrierState, frozen_ions, state_of
from femled.experiments.experiment import experiment
from femled.frozen import Quantity, Voltage
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.carriers import CarrierSpace, Currents
from femled.solve.ions import RestingSpecies, species_of
from femled.solve.steady import ContactFluxes, SteadyPath

dolfinx = backend.load()

Array = NDArray[np.float64]

Voltages = Annotated[Sequence[float], Quantity("V", -200.0, 200.0)]
"""[V] a list of voltages."""

Generation = Callable[[Array], Array]
"""Position [m] from the anode -> [1/m3/s]."""

IonChoice = Literal["relaxed", "none"] | CarrierState
"""Ions at rest at every bias, no ions and no counter-charge, or frozen as in a state."""

MECHANISMS = ("radiative", "srh", "auger")

DENSE = 0.1
"""Share of the states of a band above which Boltzmann statistics are remarked upon."""


@experiment
def jv(
    column: Column,
    *,
    voltages: Voltages,
    ions: IonChoice = "relaxed",
    generation: Generation | None = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Steady current density of a column against voltage, and what recombines how.

    J = J_n(anode) + J_p(cathode) + q Int (R - G) dx,   IQE = q Int R_rad dx / J

    Args:
        column: the device.
        voltages: [V] anode minus cathode, in any order; each is a steady state reached from equilibrium.
        ions: "relaxed" at every bias, "none" (neither ions nor their counter-charge), or frozen as in a state from
            `relax_ions`.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode.
        mesh: "default" (160 cells a layer), "fine" (640), or cells a layer.

    Returns:
        over `voltage`: `current_density radiative_current_density srh_current_density auger_current_density` [A/m2],
        `internal_quantum_efficiency` (0 where no current flows forward), and `current_error` [A/m2], the largest
        difference between J and the sums of both carriers' currents at the contacts.

    Raises:
        InputError: a column that carries no current, or a value out of range.
        ConvergenceError: naming the bias; its `finished` is the result of the voltages that were reached.
    """
    space = _space(column, generation, mesh, ions=not (isinstance(ions, str) and ions == "none"))
    if space.insulated:
        raise InputError("both contacts are blocking: no current can flow, use relax_ions for the ions")
    _set_ions(space, ions)
    begun = perf_counter()
    path, contacts = SteadyPath(space), ContactFluxes(space)
    found: dict[float, Currents] = {}
    crowded: set[str] = set()

    def result() -> Result:
        done = [voltage for voltage in voltages if voltage in found]
        cost = Cost(space.u.size, len(done), path.iterations, perf_counter() - begun)
        inputs = {
            "column": column.model_dump(mode="json"),
            "voltages": [float(voltage) for voltage in voltages],
            "ions": ions if isinstance(ions, str) else f"frozen at {ions.voltage!r} V",
            "generation": None if generation is None else getattr(generation, "__name__", "function"),
            "mesh": mesh,
        }
        return _result(done, found, inputs, cost, tuple(sorted(crowded)))

    try:
        for branch in (
            sorted(voltage for voltage in voltages if voltage >= 0),
            sorted((voltage for voltage in voltages if voltage < 0), reverse=True),
        ):
            path.home()
            for voltage in branch:
                path.go(voltage)
                found[voltage] = contacts.measure()
                crowded |= _crowded(space)
    except ConvergenceError as error:
        error.finished = result() if found else None
        raise
    return result()


@experiment
def relax_ions(
    column: Column, *, voltage: Voltage, generation: Generation | None = None, mesh: MeshLevel = "default"
) -> CarrierState:
    """The steady state of a column at a bias with its ions at rest.

    grad mu = 0 for every species in its layer, Int c dx = c_0 L exactly; carriers as in `jv`. Between two blocking
    contacts there are no carriers.

    Args:
        column: the device.
        voltage: [V] anode minus cathode.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode.
        mesh: as of `jv`.

    Returns:
        profiles; to be given to `jv` as frozen ions.

    Raises:
        InputError: a value out of range.
        ConvergenceError: naming the bias.
    """
    space = _space(column, generation, mesh)
    resting = _resting(space)
    space.ions = resting
    path = SteadyPath(space)
    path.go(voltage)
    resting.settle(space.u[:, 0])
    return state_of(space, voltage, resting)


def _space(column: Column, generation: Generation | None, mesh: MeshLevel, *, ions: bool = True) -> CarrierSpace:
    if not isinstance(column, Column):
        raise InputError(f"{type(column).__name__} is not a Column: carriers need layers of Semiconductor")
    return CarrierSpace(column, column_mesh(column, mesh, ions=ions), generation)


def _resting(space: CarrierSpace) -> RestingSpecies:
    species = species_of(space.column, space.mesh, space.cell_nodes, space.vt)
    return RestingSpecies(species, space.cell_nodes.shape, space.vt)


def _set_ions(space: CarrierSpace, ions: IonChoice) -> None:
    if isinstance(ions, CarrierState):
        space.ions = frozen_ions(space, ions)
    elif ions == "relaxed":
        space.ions = _resting(space)
    elif ions != "none":
        raise InputError(f'ions {ions!r} is neither "relaxed", "none" nor a state from relax_ions')


def _crowded(space: CarrierSpace) -> set[str]:
    """Sentences on layers whose bands fill more than Boltzmann statistics allow."""
    found = set()
    for nodes, layer, semiconductor in zip(
        space.layer_nodes, space.column.layers, space.column.semiconductors, strict=True
    ):
        phi, level_n, level_p = space.u[nodes].T
        electrons = float((phi + level_n).max()) - semiconductor.conduction_band_ev
        holes = semiconductor.valence_band_ev - float((phi + level_p).min())
        filling = np.exp(min(max(electrons, holes) / space.vt, 100.0))
        if semiconductor.statistics == "boltzmann" and filling > DENSE:
            found.add(
                f'a band of layer "{layer.name}" fills beyond a tenth: Boltzmann statistics are off, '
                'use statistics="blakemore"'
            )
    return found


def _result(
    voltages: list[float], found: dict[float, Currents], inputs: dict[str, Any], cost: Cost, warnings: tuple[str, ...]
) -> Result:
    currents = [found[voltage] for voltage in voltages]

    def over_voltage(values: list[float], unit: str, title: str) -> Variable:
        return Variable(("voltage",), np.array(values), unit, title)

    parts = {
        f"{name}_current_density": over_voltage(
            [one.recombination[name] for one in currents], "A/m2", f"{name} recombination current density"
        )
        for name in MECHANISMS
    }
    efficiency = [
        one.recombination["radiative"] / one.total if one.total > 1e-15 and one.recombination["radiative"] > 0 else 0.0
        for one in currents
    ]
    largest = max(currents, key=lambda one: abs(one.total))
    return Result(
        experiment="jv",
        series=Series(
            {
                "current_density": over_voltage([one.total for one in currents], "A/m2", "current density"),
                **parts,
                "internal_quantum_efficiency": over_voltage(efficiency, "1", "internal quantum efficiency"),
                "current_error": over_voltage([one.error for one in currents], "A/m2", "error of the current density"),
            },
            {"voltage": over_voltage(voltages, "V", "voltage")},
        ),
        inputs=inputs,
        balance=Balance("current density [A/m2]", largest.anode, 0.0, largest.cathode),
        cost=cost,
        warnings=warnings,
        provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
    )
