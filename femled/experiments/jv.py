"""Steady currents of a column or a pixel: current against voltage, and the state with relaxed ions at one bias."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.errors import ConvergenceError, InputError
from femled.experiments.carrier_state import CarrierState, frozen_ions, state_of
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.jv_curve import Curve
from femled.experiments.jv_series import BiasPoint, jv_series
from femled.experiments.light_extraction import LightExtraction, light_extraction
from femled.experiments.recombination_sites import SitesOfSpace
from femled.experiments.sources import electrical_sources
from femled.frozen import Fraction, Quantity, Voltage, quantity_of
from femled.result import Result
from femled.solve.carriers import CarrierSpace
from femled.solve.ions import RestingSpecies, species_of
from femled.solve.steady import SteadyPath
from femled.units import parse

dolfinx = backend.load()

Array = NDArray[np.float64]

Voltages = Annotated[Sequence[float], Quantity("V", -200.0, 200.0)]
"""[V] a list of voltages."""

Generation = Callable[[Array], Array]
"""Position [m] from the anode -> [1/m3/s]."""

CurrentDensities = Annotated[Sequence[float], Quantity("A/m2", -1e12, 1e12)]
"""[A/m2] a list of current densities."""

IonChoice = Literal["relaxed", "none"] | str | CarrierState
"""Ions at rest at every bias, no ions and no counter-charge, or frozen: as in a state, or "frozen-at 0 V"."""

MeanCurrent = Annotated[float, Quantity("A/m2", 0.0, 1e12)]

FROZEN = "frozen-at"


@experiment
def jv(
    device: Column | Pixel,
    *,
    voltages: Voltages | None = None,
    current_densities: CurrentDensities | None = None,
    ions: IonChoice = "relaxed",
    outcoupling: Fraction | None = None,
    mean_current_density: MeanCurrent | None = None,
    generation: Annotated[Generation | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Steady current against voltage, what recombines where, and the efficiencies.

    J = J_n(anode) + J_p(cathode) + q Int (R - G) dx,   IQE = q Int R_rad dx / J,   EQE = IQE eta_out

    Of a pixel it is the column between its contacts, at the ambient temperature. eta_out is the mean of the outcoupling
    efficiency by height (isotropic dipoles, both facets) over the radiative recombination in the emitter.

    Below 250 K carriers that a layer lets in but not out have the level of where they come from, as the steady state
    has it. Filling the layer may take longer than any pulse: the result says how long.

    Args:
        device: a pixel or a column.
        voltages: [V] anode minus cathode, in any order; each is a steady state reached from equilibrium.
        current_densities: [A/m2] instead of voltages: the voltages at which they flow.
        ions: "relaxed" at every bias, "none" (neither ions nor their counter-charge), "frozen-at 0 V" as they are at
            rest in the dark at that bias, or frozen as in a state from `relax_ions`.
        outcoupling: [1] efficiency in place of the one computed from the optics of the pixel; of a column there is no
            other.
        mean_current_density: [A/m2] in time, that heals traps made by ions (`IonTraps`); what recombines at each bias
            if not given, or with frozen ions that of their state.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode.
        mesh: "default" (160 cells a layer), "fine" (640), or cells a layer.

    Returns:
        over `voltage`: `current_density radiative_current_density srh_current_density auger_current_density` [A/m2],
        `internal_quantum_efficiency` (0 where no current flows forward), `current_error` [A/m2], the largest difference
        between J and the sums of both carriers' currents at the contacts, and `radiative_position` [m], the mean
        distance of light emission from the anode; `recombination_share` of every layer, `electron_current_density` at
        every face, `radiative_rate srh_rate auger_rate` [1/m3/s] over the position. With outcoupling:
        `outcoupling_efficiency external_quantum_efficiency`. Of a pixel: `electron_leakage hole_leakage`, the shares of
        the current that pass the emitter by.

    Raises:
        InputError: a device that carries no current, a layer without electrical data, or a value out of range.
        ConvergenceError: naming the bias; its `finished` is the result of the voltages that were reached.
    """
    column = column_between_contacts(device)
    frozen = _frozen_ions(column, ions, mesh)
    space = _space(column, generation, mesh, ions=not (isinstance(ions, str) and ions == "none"))
    if space.empty:
        raise InputError("both contacts are blocking: no current can flow, use relax_ions for the ions")
    _set_ions(space, frozen)
    if mean_current_density is not None:
        space.mean_current = mean_current_density
    begun = perf_counter()
    curve = Curve(space, column.series_resistance, SitesOfSpace(space, generation))
    wanted = _wanted(voltages, current_densities)

    def result(outcome: str = "completed") -> Result:
        points = curve.points(wanted, driven=current_densities is not None)
        cost = Cost(space.u.size, len(points), curve.path.iterations, perf_counter() - begun)
        inputs = {
            **({"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}),
            "column": column.model_dump(mode="json"),
            "voltages": None if voltages is None else wanted,
            "current_densities": None if current_densities is None else wanted,
            "ions": ions if isinstance(ions, str) else f"frozen at {ions.voltage!r} V",
            "outcoupling": outcoupling,
            "mean_current_density": mean_current_density,
            "generation": None if generation is None else getattr(generation, "__name__", "function"),
            "mesh": mesh,
        }
        return replace(_result(points, device, column, inputs, cost, curve.warnings), outcome=outcome)

    try:
        curve.trace(wanted, driven=current_densities is not None)
    except ConvergenceError as error:
        error.finished = result(f"stopped: {error}") if curve.reached else None
        raise
    return result()


def _wanted(voltages: Voltages | None, current_densities: CurrentDensities | None) -> list[float]:
    if (voltages is None) == (current_densities is None):
        raise InputError("give either voltages or current_densities")
    return [float(value) for value in (voltages if current_densities is None else current_densities) or []]


@experiment
def relax_ions(
    device: Column | Pixel,
    *,
    voltage: Voltage,
    mean_current_density: MeanCurrent | None = None,
    generation: Generation | None = None,
    mesh: MeshLevel = "default",
) -> CarrierState:
    """The steady state of a column or a pixel at a bias with its ions at rest.

    grad mu = 0 for every species in its layer, Int c dx = c_0 L exactly; carriers as in `jv`, in the cold also those
    behind barriers. Between two blocking
    contacts there are no carriers.

    Args:
        device: a pixel or a column.
        voltage: [V] anode minus cathode.
        mean_current_density: [A/m2] in time, that heals traps made by ions; what recombines if not given.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode.
        mesh: as of `jv`.

    Returns:
        profiles; to be given to `jv` as frozen ions.

    Raises:
        InputError: a layer without electrical data, or a value out of range.
        ConvergenceError: naming the bias.
    """
    space = _space(column_between_contacts(device), generation, mesh)
    resting = _resting(space)
    space.ions, space.mean_current = resting, mean_current_density
    path = SteadyPath(space)
    path.go(voltage)
    resting.settle(space.u[:, 0])
    return state_of(space, voltage, resting.species, resting.densities)


def column_between_contacts(device: Column | Pixel) -> Column:
    """The column itself, or that of a pixel.

    Raises:
        InputError: neither of them, or a pixel without electrical data.
    """
    if isinstance(device, Pixel):
        return device.column()
    if not isinstance(device, Column):
        raise InputError(f"{type(device).__name__} is neither a Pixel nor a Column")
    return device


def _space(column: Column, generation: Generation | None, mesh: MeshLevel, *, ions: bool = True) -> CarrierSpace:
    return CarrierSpace(column, column_mesh(column, mesh, ions=ions), generation)


def _resting(space: CarrierSpace) -> RestingSpecies:
    species = species_of(space.column, space.mesh, space.cell_nodes, space.vt)
    return RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)


def _frozen_ions(column: Column, ions: IonChoice, mesh: MeshLevel) -> IonChoice:
    """The choice, with a text "frozen-at 0 V" turned into the state at that bias."""
    if not isinstance(ions, str) or ions in ("relaxed", "none"):
        return ions
    words = ions.split(maxsplit=1)
    if len(words) != 2 or words[0] != FROZEN:
        raise InputError(
            f'ions "{ions}" is neither "relaxed", "none", a bias to be frozen at such as "{FROZEN} 0 V", nor a state '
            "from relax_ions"
        )
    allowed = quantity_of(Voltages)
    assert allowed is not None
    return relax_ions(column, voltage=allowed.check(parse(words[1], "V", f"ions {FROZEN}"), "ions"), mesh=mesh)


def _set_ions(space: CarrierSpace, ions: IonChoice) -> None:
    if isinstance(ions, CarrierState):
        space.ions, space.mean_current = frozen_ions(space, ions), ions.mean_current_density
    elif ions == "relaxed":
        space.ions = _resting(space)


def _light(device: Column | Pixel, outcoupling: float | None) -> tuple[float | LightExtraction | None, list[str]]:
    """The outcoupling of a device, and what has to be said of it."""
    if outcoupling is not None or isinstance(device, Column):
        return outcoupling, []
    try:
        law = light_extraction(device)
    except InputError as error:
        return None, [f"no external quantum efficiency: {error}; give outcoupling, such as 0.15"]
    return law, list(law.notes)


def _result(
    points: list[BiasPoint],
    device: Column | Pixel,
    column: Column,
    inputs: dict[str, Any],
    cost: Cost,
    warnings: tuple[str, ...],
) -> Result:
    largest = max(points, key=lambda one: abs(one.currents.total)).currents
    light, notes = _light(device, inputs["outcoupling"])
    pixel = device if isinstance(device, Pixel) else None
    sources = electrical_sources(pixel) if pixel else ()
    if isinstance(light, LightExtraction):
        sources = tuple(dict.fromkeys((*sources, *light.sources)))
    return Result(
        experiment="jv",
        series=jv_series(points, column, pixel=pixel, outcoupling=light),
        inputs=inputs,
        sources=sources,
        balance=Balance("current density [A/m2]", largest.anode, 0.0, largest.cathode),
        cost=cost,
        warnings=(*warnings, *notes),
        provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
    )
