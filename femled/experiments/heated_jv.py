"""Steady current of a column that its own heat warms, with the voltage beyond which it runs away."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import pi
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np

import femled
from femled.accounts import Balance, Cost
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.errors import ConvergenceError, InputError
from femled.experiments.carrier_state import CarrierState, frozen_ions
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.heat_steady import heat_steady
from femled.experiments.jv import CurrentDensities, Voltages, column_between_contacts
from femled.experiments.jv_series import BiasPoint, jv_series
from femled.experiments.recombination_sites import SitesOfSpace
from femled.experiments.sources import electrical_sources, thermal_sources
from femled.frozen import Fraction, Quantity
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.carrier_currents import ContactFluxes
from femled.solve.carrier_meaning import States, recombination
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import FillingTimes, filling_times, of_filling
from femled.solve.heated import HeatSink
from femled.solve.heated_path import HeatedPath, HeatedState, ThermalRunaway
from femled.solve.ions import RestingSpecies, species_of

dolfinx = backend.load()

ThermalResistance = Annotated[float, Quantity("m2*K/W", 0.0, 10.0)]

PROBE = 1e6
"""[W/m2] with which the thermal resistance of a pixel is measured."""


@experiment
def heated_jv(
    device: Column | Pixel,
    *,
    voltages: Voltages | None = None,
    current_densities: CurrentDensities | None = None,
    thermal_resistance: ThermalResistance | None = None,
    ions: Annotated[Literal["relaxed", "none"] | CarrierState, PYTHON_ONLY] = "relaxed",
    outcoupling: Fraction = 0.0,
    coupling: Literal["monolithic", "staggered"] = "monolithic",
    mesh: MeshLevel = "default",
) -> Result:
    """Steady current against voltage with self-heating, up to thermal runaway.

    T = T_0 + R_th (J V - eta_out J_rad E_g/q)

    One temperature of all layers, at which every law of theirs holds (`Semiconductor`), is solved with the carriers. At
    a voltage there is no steady state beyond the fold, 1 = R_th dP/dT: the run ends there with the outcome "thermal
    runaway at V = ..."; a current can be held on either side of it. T_0 is the temperature of the column; below 250 K
    carriers behind barriers are as in `jv`.

    Args:
        device: a pixel or a column.
        voltages: [V] anode minus cathode, in any order.
        current_densities: [A/m2] instead of voltages: the voltages at which they flow.
        thermal_resistance: [m2 K/W] R_th from the layers to a heat sink at T_0, per area; of a pixel, if not given,
            that of its opening in `heat_steady` with every property at the ambient temperature.
        ions: "relaxed" at every bias, "none" (neither ions nor their counter-charge), or frozen as in a state from
            `relax_ions`.
        outcoupling: [1] share of the photons that leave, each with the narrowest gap of the layers that emit.
        coupling: "monolithic", one Newton iteration; or "staggered": carriers and temperature in turn, for comparison;
            it cannot come near the fold.
        mesh: as of `jv`.

    Returns:
        the series of `jv` over `voltage`, with `temperature` [K], `heat_density` [W/m2] released in the layers and
        `runaway_margin` [1], 1 - R_th dP/dT at a constant voltage: 1 without heating, 0 at the fold, negative where a
        voltage source would run away. If it ran away, the last point is the fold itself. Heat in a series resistance is
        released elsewhere.

    Raises:
        InputError: a device that carries no current, a value out of range, or a column without thermal_resistance.
        ConvergenceError: naming the bias; its `finished` is the result of what was reached.
    """
    if (voltages is None) == (current_densities is None):
        raise InputError("give either voltages or current_densities")
    column = column_between_contacts(device)
    resistance = _resistance(device) if thermal_resistance is None else thermal_resistance
    space = CarrierSpace(column, column_mesh(column, mesh, ions=not (isinstance(ions, str) and ions == "none")))
    if space.empty:
        raise InputError("both contacts are blocking: no current can flow, use relax_ions for the ions")
    _set_ions(space, ions)
    begun = perf_counter()
    sink = HeatSink(column.temperature, resistance, outcoupling, column.series_resistance)
    curve = _Curve(space, HeatedPath(space, sink, staggered=coupling == "staggered"))
    wanted = [float(value) for value in (voltages if current_densities is None else current_densities) or []]
    inputs = {
        **({"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}),
        "column": column.model_dump(mode="json"),
        "voltages": None if voltages is None else wanted,
        "current_densities": None if current_densities is None else wanted,
        "thermal_resistance": resistance,
        "ions": ions if isinstance(ions, str) else f"frozen at {ions.voltage!r} V",
        "outcoupling": outcoupling,
        "coupling": coupling,
        "mesh": mesh,
    }

    def result(outcome: str) -> Result:
        cost = Cost(space.u.size, len(curve.points(wanted)), curve.path.iterations, perf_counter() - begun)
        return replace(_result(curve.points(wanted), sink, device, column, inputs, cost), outcome=outcome)

    try:
        curve.trace(wanted, driven=current_densities is not None)
    except ConvergenceError as error:
        error.finished = result(f"stopped: {error}") if curve.points(wanted) else None
        raise
    return result("; ".join(curve.runaways) or "completed")


def _resistance(device: Column | Pixel) -> float:
    """[m2 K/W] of a pixel's opening, with its properties at the ambient temperature."""
    if not isinstance(device, Pixel):
        raise InputError("thermal_resistance is needed of a column, such as 3e-5 m2*K/W")
    run = heat_steady(device, power_density=PROBE, linear=True)
    return float(run.series["thermal_resistance"]) * pi * device.diameter**2 / 4


def _set_ions(space: CarrierSpace, ions: str | CarrierState) -> None:
    if isinstance(ions, CarrierState):
        space.ions, space.mean_current = frozen_ions(space, ions), ions.mean_current_density
    elif ions == "relaxed":
        species = species_of(space.column, space.mesh, space.cell_nodes, space.vt)
        space.ions = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
    elif ions != "none":
        raise InputError(f'ions "{ions}" is neither "relaxed", "none" nor a state from relax_ions')


@dataclass(frozen=True)
class _Point:
    """A state that was reached, with what it means and how long its dead ends take to fill."""

    bias: BiasPoint
    state: HeatedState
    filling: FillingTimes


@dataclass
class _Curve:
    """The states of a curve, one by one from equilibrium.

    Args:
        space: the equations.
        path: along their states.
    """

    space: CarrierSpace
    path: HeatedPath
    runaways: list[str] = field(default_factory=list)
    _found: dict[float, _Point] = field(default_factory=dict)
    _folds: list[_Point] = field(default_factory=list)

    def trace(self, values: Sequence[float], *, driven: bool) -> None:
        """To every voltage, or current density if driven, upwards and downwards from zero, each way up to a fold."""
        for branch in (sorted(v for v in values if v >= 0), sorted((v for v in values if v < 0), reverse=True)):
            if branch:
                self.path.home()
            for value in branch:
                try:
                    state = self.path.to_current(value) if driven else self.path.to_voltage(value)
                except ThermalRunaway as runaway:
                    self.path.back(runaway.fold)
                    self._folds.append(self._point(runaway.fold, runaway.fold.voltage))
                    self.runaways.append(runaway.text)
                    break
                self._found[value] = self._point(state, state.voltage if driven else value)

    def _point(self, state: HeatedState, voltage: float) -> _Point:
        """Of the state that the space holds."""
        states = States.together([States.now(self.space)])
        rates = recombination(self.space, states)
        (through,) = ContactFluxes(self.space).of(states, rates)
        (sites,) = SitesOfSpace(self.space).of(states, rates, np.array([through.anode_electrons]))
        filling = filling_times(self.space, self.path.ends)
        return _Point(BiasPoint(voltage, state.inner, through, sites), state, filling)

    def points(self, values: Sequence[float]) -> list[_Point]:
        """In the order wanted, folds last."""
        return [self._found[value] for value in values if value in self._found] + self._folds


def _result(
    points: list[_Point],
    sink: HeatSink,
    device: Column | Pixel,
    column: Column,
    inputs: dict[str, Any],
    cost: Cost,
) -> Result:
    pixel = device if isinstance(device, Pixel) else None
    series = jv_series(
        [one.bias for one in points], column, pixel=pixel, outcoupling=sink.outcoupling if sink.outcoupling else None
    )
    of_states = {
        "temperature": ([one.state.temperature for one in points], "K", "mean temperature of the layers"),
        "heat_density": ([one.state.flow.heat for one in points], "W/m2", "heat released in the layers"),
        "runaway_margin": ([one.state.margin for one in points], "1", "margin to thermal runaway at this voltage"),
    }
    added = {name: Variable(("voltage",), np.array(v), unit, title) for name, (v, unit, title) in of_states.items()}
    hottest = max(points, key=lambda one: one.state.temperature).state
    removed = (hottest.temperature - sink.temperature) / sink.resistance if sink.resistance else hottest.flow.heat
    sources = (*electrical_sources(pixel), *thermal_sources(pixel)) if pixel else ()
    return Result(
        experiment="heated_jv",
        series=Series({**series.variables, **added}, series.coordinates, series.attributes),
        inputs=inputs,
        sources=tuple(dict.fromkeys(sources)),
        balance=Balance("heat flow [W/m2]", hottest.flow.heat, 0.0, removed),
        cost=cost,
        warnings=tuple(of_filling([one.filling for one in points])),
        provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
    )
