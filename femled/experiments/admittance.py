"""Small-signal admittance of a column: conductance, capacitance and phase against frequency."""

from collections.abc import Sequence
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.constants import VACUUM_PERMITTIVITY
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.errors import InputError
from femled.experiments.carrier_run import Generation, moving_space, start
from femled.experiments.carrier_state import CarrierState, frozen_ions, state_of
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.jv import MeanCurrent, column_between_contacts
from femled.experiments.sources import electrical_sources
from femled.frozen import Quantity, Voltage
from femled.physics.carriers import POTENTIAL
from femled.result import Result
from femled.series import Series, Variable, single
from femled.solve.carriers import CarrierSpace
from femled.solve.circuit import behind_resistance
from femled.solve.ions import FixedCharge, RestingSpecies, species_of
from femled.solve.small_signal import Answer, SmallSignal
from femled.solve.steady import SteadyPath

dolfinx = backend.load()

Array = NDArray[np.float64]

Frequencies = Annotated[Sequence[float], Quantity("Hz", 1e-9, 1e15)]
"""[Hz] a list of frequencies."""

AlternatingIons = Literal["moving", "frozen", "none"] | CarrierState
"""Ions that follow the alternating voltage, that stay where the bias put them, none, or frozen as in a state."""


@experiment
def admittance(
    device: Column | Pixel,
    *,
    voltage: Voltage,
    frequencies: Frequencies,
    ions: AlternatingIons = "moving",
    mean_current_density: MeanCurrent | None = None,
    generation: Annotated[Generation | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = "default",
) -> Result:
    """Admittance per area at a bias, Y(f) = dJ/dV at the angular frequency omega = 2 pi f.

    (A + i omega M) du = -dF/dV,   Y = G + i omega C,   Z = 1/Y + R_s

    A is the Jacobian of the discrete equations in the steady state with ions at rest, M that of the stored densities.
    The current contains displacement. exp(+i omega t): a capacitor has a positive phase. Traps that ions make follow
    the ions; what heals them is the mean current.

    Args:
        device: a pixel or a column.
        voltage: [V] of the bias, anode minus cathode, with the voltage of a series resistance.
        frequencies: [Hz] in any order.
        ions: "moving"; "frozen" at rest at the bias; "none" (neither ions nor their counter-charge); or frozen as in a
            state from `relax_ions`.
        mean_current_density: [A/m2] that heals traps made by ions; what recombines at the bias if not given, or with
            frozen ions that of their state.
        generation: [1/m3/s] of electron-hole pairs, a function of the position [m] from the anode; it is constant.
        mesh: "default" (100 cells a layer), "fine" (400), or cells a layer.

    Returns:
        over `frequency`: `conductance` G and `susceptance` [S/m2], `capacitance` C = Im Y/omega [F/m2], `phase` of Y
        [rad], `impedance_real impedance_imaginary` [ohm m2], and `admittance_error` [S/m2], the largest difference
        between the routes to the current; `geometric_capacitance` [F/m2] of the layers in series.

    Raises:
        InputError: a device without electrical data, or a value out of range.
        ConvergenceError: the bias was not reached.
    """
    column = column_between_contacts(device)
    begun = perf_counter()
    space = _steady_space(column, voltage, ions, mean_current_density, generation, mesh)
    linear = SmallSignal(space)
    answers = [linear.at(frequency) for frequency in frequencies]
    inputs: dict[str, Any] = {
        **({"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}),
        "column": column.model_dump(mode="json"),
        "voltage": f"{voltage!r} V",
        "frequencies": [f"{frequency!r} Hz" for frequency in frequencies],
        "ions": ions if isinstance(ions, str) else f"frozen at {ions.voltage!r} V",
        "mean_current_density": None if mean_current_density is None else f"{mean_current_density!r} A/m2",
        "generation": None if generation is None else getattr(generation, "__name__", "function"),
        "mesh": mesh,
    }
    largest = max(answers, key=lambda one: abs(one.total))
    return Result(
        experiment="admittance",
        series=_series(column, np.asarray(frequencies, dtype=np.float64), answers),
        inputs=inputs,
        sources=electrical_sources(device) if isinstance(device, Pixel) else (),
        balance=Balance("admittance [S/m2]", abs(largest.anode), 0.0, abs(largest.cathode)),
        cost=Cost(space.u.size, len(answers), len(answers), perf_counter() - begun),
        provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
    )


def _steady_space(
    column: Column,
    voltage: float,
    ions: AlternatingIons,
    mean_current_density: float | None,
    generation: Generation | None,
    mesh: MeshLevel,
) -> CarrierSpace:
    """The equations in the steady state at a bias, with what moves as unknowns."""
    if isinstance(ions, str) and ions not in ("moving", "frozen", "none"):
        raise InputError(f'ions "{ions}" is neither "moving", "frozen", "none", nor a state from relax_ions')
    if ions == "none":
        space = CarrierSpace(column, column_mesh(column, mesh, ions=False), generation)
        behind_resistance(SteadyPath(space), voltage, column.series_resistance)
        return space
    if isinstance(ions, CarrierState):
        space = CarrierSpace(column, column_mesh(column, mesh), generation)
        space.ions, space.mean_current = frozen_ions(space, ions), ions.mean_current_density
        if mean_current_density is not None:
            space.mean_current = mean_current_density
        behind_resistance(SteadyPath(space), voltage, column.series_resistance)
        return space
    space = CarrierSpace(column, column_mesh(column, mesh), generation)
    species = species_of(column, space.mesh, space.cell_nodes, space.vt)
    space.ions = resting = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
    space.mean_current = mean_current_density
    behind_resistance(SteadyPath(space), voltage, column.series_resistance)
    resting.settle(space.u[:, POTENTIAL])
    if ions == "frozen":
        space.ions = FixedCharge(resting.charge.copy(), np.zeros(1), np.array(resting.total))
        return space
    moving = moving_space(column, mesh, generation=generation)
    start(moving, state_of(space, space.voltage, resting.species, resting.densities))
    moving.traps.put(space.traps.x.array)
    return moving


def geometric_capacitance(column: Column) -> float:
    """[F/m2] of all layers as insulators in series, 1/C = Sum L/(eps0 eps_r)."""
    parts = zip(column.layers, column.semiconductors, strict=True)
    return VACUUM_PERMITTIVITY / sum(layer.thickness / one.relative_permittivity for layer, one in parts)


def _series(column: Column, frequencies: Array, answers: list[Answer]) -> Series:
    total = np.array([one.total for one in answers])
    if column.series_resistance:
        total = total / (1 + column.series_resistance * total)
    omega = 2 * np.pi * frequencies
    impedance = 1 / total

    def over_frequency(values: Array, unit: str, title: str) -> Variable:
        return Variable(("frequency",), np.asarray(values), unit, title)

    variables = {
        "conductance": over_frequency(total.real, "S/m2", "conductance"),
        "susceptance": over_frequency(total.imag, "S/m2", "susceptance"),
        "capacitance": over_frequency(total.imag / omega, "F/m2", "capacitance"),
        "phase": over_frequency(np.angle(total), "rad", "phase of the admittance"),
        "impedance_real": over_frequency(impedance.real, "ohm*m2", "real part of the impedance"),
        "impedance_imaginary": over_frequency(impedance.imag, "ohm*m2", "imaginary part of the impedance"),
        "admittance_error": over_frequency(np.array([one.error for one in answers]), "S/m2", "error of the admittance"),
        "geometric_capacitance": single(geometric_capacitance(column), "F/m2", "geometric capacitance"),
    }
    return Series(variables, {"frequency": over_frequency(frequencies, "Hz", "frequency")})
