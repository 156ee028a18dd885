"""What the heat experiments share: a pixel made ready, a run recorded, a result put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.device import Pixel
from femled.domain.axisymmetric import section
from femled.domain.backend import MPI
from femled.domain.interval import column
from femled.domain.regions import Domain
from femled.drive import Drive
from femled.errors import ConvergenceError, InputError
from femled.experiments.heat_ledger import HeatLedger
from femled.experiments.heat_source import HeatSource, checked_source, released
from femled.experiments.sources import thermal_sources
from femled.fields import FieldMesh
from femled.result import Result
from femled.series import Series, Variable, over_time
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_projected import ProjectedHeat, project_heat
from femled.solve.heat_space import HeatSpace
from femled.solve.stepping import StepCounts, march

Array = NDArray[np.float64]
ResolutionLevel = Literal["coarse", "default", "fine"]

BASE_STEP = 10e-9
"""[s] First step after a corner, unless something shorter is asked for."""


def heat_power(
    power_density: float | None, current_density: float | None, voltage: float | None, efficiency: float
) -> float:
    """Heat per area of the opening from the ways to give it.

    P = power_density, or J V (1 - wall-plug efficiency)

    Returns:
        [W/m2].

    Raises:
        InputError: neither, or both.
    """
    electrical = (current_density, voltage)
    if (power_density is None) == (None in electrical) or (power_density is not None and electrical != (None, None)):
        raise InputError("give either power_density, or both current_density and voltage")
    if power_density is not None:
        return power_density
    assert current_density is not None  # checked above
    assert voltage is not None
    power = current_density * voltage * (1.0 - efficiency)
    if power < 0:
        raise InputError(
            f"current_density {current_density:g} A/m2 and voltage {voltage:g} V have opposite signs: no heat"
        )
    return power


@dataclass(frozen=True)
class HeatRun:
    """A pixel made ready for heat experiments.

    Args:
        pixel: the device.
        domain: its mesh.
        linear: every property at the ambient temperature.
        heat_source: where the heat is released.
    """

    pixel: Pixel
    domain: Domain
    linear: bool
    heat_source: HeatSource = "emitter"

    @classmethod
    def prepare(
        cls,
        pixel: Pixel,
        resolution: Any,
        *,
        linear: bool,
        laterally_uniform: bool = False,
        heat_source: HeatSource = "emitter",
    ) -> "HeatRun":
        """Mesh the pixel on all ranks of the program."""
        mesh, source = column if laterally_uniform else section, checked_source(heat_source)
        domain = mesh(pixel, resolution_level=resolution, comm=MPI.COMM_WORLD)
        return cls(pixel, domain, linear, source)

    @cached_property
    def space(self) -> HeatSpace:
        """The terms of heat conduction, compiled and tied to the mesh."""
        return HeatSpace(self.domain, self.pixel)

    @cached_property
    def problem(self) -> LinearHeat | NonlinearHeat:
        """Heat released where the source says; drive amplitude = heat per area of the opening [W/m2]."""
        source = released(self.space, checked_source(self.heat_source), self.pixel.opening_area)
        if self.linear or not self.space.laws.vary_above(self.pixel.ambient_temperature):
            return LinearHeat(self.space, source)
        return NonlinearHeat(self.space, source)

    @cached_property
    def emitter_mean(self) -> Array:
        """(owned,) weights of the mean over the emitter."""
        weights = self.space.load(self.space.indicator("emitter"))
        return weights / self.space.total(weights)

    def warnings(self, highest_rise: float) -> tuple[str, ...]:
        """Sentences about tables that were held constant."""
        if self.linear:
            return ()
        ambient = self.pixel.ambient_temperature
        return tuple(self.space.laws.warnings(ambient, ambient + highest_rise))

    @cached_property
    def field_mesh(self) -> FieldMesh:
        """The mesh as arrays, the same on every rank."""
        space, domain = self.space, self.domain
        index_map, owned = space.space.dofmap.index_map, domain.owned_cells
        dofs = space.space.dofmap.list[:owned]
        cells = index_map.local_to_global(dofs.ravel().astype(np.int32)).reshape(dofs.shape)
        nodes = space.space.tabulate_dof_coordinates()[: space.owned, : domain.kind.dimension] * 1e-6
        zones = tuple(domain.groups)
        number = {group: i for i, group in enumerate(zones)}
        by_group = {value: number[group] for group, value in domain.groups.items()}
        zone = np.array([by_group[g] for g in domain.cell_group[:owned]], dtype=np.int64)

        def everywhere(local: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate(domain.comm.allgather(local))

        weights = space.point_weights()[:owned] * domain.kind.volume_unit
        return FieldMesh(
            domain.kind.cell,
            everywhere(nodes),
            everywhere(cells),
            everywhere(zone),
            zones,
            domain.emitter,
            space.shape,
            everywhere(weights),
        )

    def gathered(self, u: Array) -> Array:
        """(nodes,) all entries of a vector (owned,), the same on every rank."""
        return np.concatenate(self.domain.comm.allgather(u))


def run_transient(
    run: HeatRun,
    drive: Drive,
    *,
    until: float,
    at: Sequence[float] | None,
    rtol: float,
    progress: Callable[[float], None] | None,
    projected: bool = True,
    highest_rise: float = np.inf,
) -> tuple[Array, Array, Balance, Cost]:
    """Step a drive and keep the fields at the times asked for.

    Where properties are constant, the same steps are taken by the modes of `project_heat`: the factorisations of the
    cost are then those of its poles.

    Args:
        run: the pixel made ready.
        drive: [W/m2] heat per area of the opening.
        until: [s] end.
        at: [s] times to keep, rising; every accepted step if not given.
        rtol: of the steps.
        progress: called with the time after each step.
        projected: False steps every unknown, whatever the properties.
        highest_rise: [K] mean over the emitter beyond which the run ends early.

    Returns:
        times: (n,), [s] that were reached; rises: (n, nodes), [K]; the energy balance; the cost.
    """
    wanted = None if at is None else np.array(at, dtype=np.float64)
    if wanted is not None and (np.any(np.diff(wanted) <= 0) or wanted[-1] > until * (1 + 1e-12)):
        raise InputError(f"at: times must rise and end by until = {until:g} s, got {wanted[-1]:g} s last")
    wanted = None if wanted is None else np.minimum(wanted, until)  # 2000 * ns is 2 us but for round-off
    space, counts = run.space, StepCounts()  # forms are compiled or read here, before the clock starts
    begun = perf_counter()
    problem: LinearHeat | NonlinearHeat | ProjectedHeat = run.problem
    stepping = {"until": until, "rtol": rtol, "base_step": base_step(drive, until, wanted)}
    if projected and isinstance(problem, LinearHeat):
        problem = project_heat(problem, drive, **stepping) or problem
    ledger, u = HeatLedger(problem), problem.rest()
    times: list[float] = [0.0] if wanted is not None and wanted[0] == 0 else []
    fields: list[Array] = [problem.rise(u)] * len(times)
    for step in march(problem, u, drive, counts=counts, progress=progress, **stepping):
        ledger.enter(step)
        u = step.u2
        if wanted is None:
            times.append(step.stop)
            fields.append(problem.rise(step.u2))
        else:
            for time in wanted[(wanted > step.start) & (wanted <= step.stop)]:
                times.append(float(time))
                fields.append(problem.rise(step.u2 if time == step.stop else step.at(float(time))))
        if problem.size(u) > highest_rise:
            break
    cost = Cost(space.dofs, counts.accepted, problem.factorisations, perf_counter() - begun)
    unit = run.domain.kind.volume_unit
    quantity = "heat [J]" if run.domain.kind.axisymmetric else "heat [J/m2]"
    balance = Balance(quantity, ledger.supplied * unit, problem.stored(u) * unit, ledger.removed * unit)
    return np.array(times), np.array([run.gathered(field) for field in fields]), balance, cost


def base_step(drive: Drive, until: float, wanted: Array | None) -> float:
    """First step after a corner, [s]: a tenth of the shortest time after a corner that matters, 10 ns at most."""
    corners = np.unique(np.concatenate([[0.0], drive.breakpoints[drive.breakpoints < until], [until]]))
    lengths = np.diff(corners)
    shortest = [BASE_STEP, *(lengths[lengths > 1e-3 * lengths.max()] / 20)]
    if wanted is not None:
        positive = wanted[wanted > 0]
        since = positive - corners[np.searchsorted(corners, positive, side="left") - 1]
        shortest += list(since[since > 0] / 10)
    return float(max(min(shortest), 1e-12))


def heat_series(run: HeatRun, times: Array | None, rises: Array, drive: Array, attributes: dict[str, Any]) -> Series:
    """The series of a heat experiment.

    Args:
        run: the pixel made ready.
        times: (n,), [s]; None for a steady state.
        rises: (n, nodes), [K].
        drive: (n,), [W/m2] heat per area at those times.
        attributes: of the series.
    """
    mesh, ambient = run.field_mesh, run.pixel.ambient_temperature
    if not np.isfinite(rises).all():
        advice = "look at the device with femled show, and at the power"
        raise ConvergenceError(time=None, step=None, block="heat", reason="non-finite temperature", advice=advice)
    layers = [region for region in mesh.regions if region != "emitter"]
    emitter, (peak, _) = mesh.mean(rises, "emitter"), mesh.peak(ambient + rises, "emitter")
    by_layer = ambient + np.stack([mesh.mean(rises, layer) for layer in layers], axis=1)
    steady = times is None
    dims: tuple[str, ...] = () if steady else ("time",)

    def variable(values: Array, unit: str, title: str, extra: tuple[str, ...] = ()) -> Variable:
        return Variable(dims + extra, values[0] if steady else values, unit, title)

    coordinates = {"layer": Variable(("layer",), np.array(layers), "")}
    if times is not None:
        coordinates["time"] = over_time(times, "s", "time")
    return Series(
        {
            "emitter_temperature": variable(ambient + emitter, "K", "mean emitter temperature"),
            "emitter_temperature_rise": variable(emitter, "K", "mean emitter temperature rise"),
            "emitter_peak_temperature": variable(peak, "K", "peak emitter temperature"),
            "layer_temperature": variable(by_layer, "K", "mean temperature", ("layer",)),
            "power_density": variable(drive, "W/m2", "heat per area of the opening"),
        },
        coordinates,
        {"ambient_temperature": ambient, **attributes},
    )


def heat_result(
    run: HeatRun, name: str, inputs: dict[str, Any], series: Series, rises: Array, balance: Balance, cost: Cost
) -> Result:
    """Series and fields of a heat experiment as a `Result`.

    Args:
        run: the pixel made ready.
        name: of the experiment.
        inputs: JSON-ready inputs.
        series: from `heat_series`.
        rises: (n, nodes), [K].
        balance: energy by two routes.
        cost: of the run.
    """
    return Result(
        experiment=name,
        series=series,
        inputs={"pixel": run.pixel.model_dump(mode="json"), **inputs},
        sources=thermal_sources(run.pixel),
        balance=balance,
        cost=cost,
        warnings=run.warnings(float(rises.max(initial=0.0))),
        mesh=run.field_mesh,
        fields={"temperature": run.pixel.ambient_temperature + rises},
        provenance=provenance(),
    )


def provenance() -> dict[str, str]:
    """Versions of what computed."""
    from importlib.metadata import version

    import dolfinx

    return {
        "femled": femled.__version__,
        "dolfinx": dolfinx.__version__,
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }
