"""Steady currents, carriers and ions on the section of a pixel around its axis."""

from time import perf_counter
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.carrier_section import FINEST, SectionMesh, carrier_section, radial_nodes
from femled.domain.column_mesh import LENGTH, MeshLevel, column_mesh
from femled.errors import InputError
from femled.experiments.experiment import experiment
from femled.experiments.jv import Voltages, column_between_contacts
from femled.frozen import Quantity
from femled.physics.carriers import ELECTRONS, FLUX, HOLES, POTENTIAL
from femled.physics.electrostatics import DENSITY
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.carrier_currents import Currents, currents
from femled.solve.carrier_meaning import densities
from femled.solve.carriers import CarrierSpace
from femled.solve.ions import RestingSpecies, species_of
from femled.solve.steady import SteadyPath

dolfinx = backend.load()

Array = NDArray[np.float64]

Radius = Annotated[float, Quantity("m", 1e-9, 1e-2)]
Overlap = Annotated[float, Quantity("m", 0.0, 1e-2)]

MAPS = {
    "potential": ("V", "potential"),
    "electron_density": ("1/m3", "electron density"),
    "hole_density": ("1/m3", "hole density"),
}
"""Unit and title of what is known everywhere."""


@experiment
def section_jv(
    device: Column | Pixel,
    *,
    voltages: Voltages,
    radius: Radius | None = None,
    overlap: Overlap = 0.0,
    ions: bool = True,
    radial_cells: int = 100,
    mesh: MeshLevel = 20,
) -> Result:
    """Current, carriers and ions of a round pixel whose cathode ends at a radius and whose anode reaches further.

    The equations of `jv` in r and z; no flux leaves through the rim. Where both contacts end together the section is
    the column to round-off.

    Args:
        device: a pixel, or a column around whose axis the section lies.
        voltages: [V] anode minus cathode, in any order.
        radius: [m] of the cathode; half the diameter of a pixel if not given.
        overlap: [m] of layers and anode beyond the cathode.
        ions: whether the mobile ions are there, at rest at every bias.
        radial_cells: number of cells along r.
        mesh: cells of every layer along z, or "default" or "fine" as of `jv`.

    Returns:
        over `voltage`: `current_density` [A/m2] over the area of the cathode, its parts and `current_error`; over `r`
        `cathode_current_density`; over `r` and `position` (both ends of every cell) `potential electron_density
        hole_density` and the density of every ion.

    Raises:
        InputError: a column without radius, or a value out of range.
        ConvergenceError: naming the bias.
    """
    column = column_between_contacts(device)
    reach = device.diameter / 2 if radius is None and isinstance(device, Pixel) else radius
    if reach is None:
        raise InputError("radius: a column has none of its own, give that of the cathode, such as 25e-6")
    begun = perf_counter()
    line = column_mesh(column, mesh, ions=ions)
    finest = min(FINEST, 0.1 * line.depth.max())
    radii = radial_nodes(reach / LENGTH, (reach + overlap) / LENGTH, radial_cells, finest)
    section = carrier_section(line, radii, (float(radii[-1]), reach / LENGTH))
    space = CarrierSpace(column, section)
    species = species_of(column, section, space.cell_nodes, space.vt) if ions else []
    rest = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
    space.ions = rest
    path, found = SteadyPath(space), {}
    for branch in (sorted(v for v in voltages if v >= 0), sorted((v for v in voltages if v < 0), reverse=True)):
        path.home()
        for voltage in branch:
            path.go(voltage)
            rest.settle(space.u[:, POTENTIAL])
            found[voltage] = (currents(space), _cathode(space, section), _maps(space, section, rest))
    done = [found[voltage] for voltage in voltages]
    largest = max((one[0] for one in done), key=lambda one: abs(one.total))
    inputs: dict[str, Any] = {
        **({"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}),
        "column": column.model_dump(mode="json"),
        "voltages": [float(voltage) for voltage in voltages],
        "radius": f"{reach!r} m",
        "overlap": f"{overlap!r} m",
        "ions": ions,
        "radial_cells": radial_cells,
        "mesh": mesh,
    }
    return Result(
        experiment="section_jv",
        series=_series([float(v) for v in voltages], section, done),
        inputs=inputs,
        balance=Balance("current density [A/m2]", largest.anode, 0.0, largest.cathode),
        cost=Cost(space.u.size, len(done), path.iterations, perf_counter() - begun),
        provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
    )


def _cathode(space: CarrierSpace, section: SectionMesh) -> Array:
    """(columns + 1,), [A/m2] through the cathode, 0 beyond it."""
    terminal = space.terminals[1]
    rows = space.residual()[terminal.nodes]
    through = np.zeros(len(section.radii))
    through[: len(terminal.nodes)] = FLUX * (rows[:, ELECTRONS] + rows[:, HOLES]) / terminal.areas
    return through


def _maps(space: CarrierSpace, section: SectionMesh, rest: RestingSpecies) -> dict[str, Array]:
    """(columns + 1, 2 rows) of everything, from the axis outwards and from the anode on."""
    grid = _Grid(section)
    n, p = densities(space)
    found = {
        "potential": grid.of(space.corner_values(space.u[:, POTENTIAL])),
        "electron_density": grid.of(n),
        "hole_density": grid.of(p),
    }
    for one, density in zip(rest.species, rest.densities, strict=True):
        values = np.zeros(space.cell_nodes.shape)
        values[one.cells] = density.reshape(-1, 4) * DENSITY
        found[f"{one.layer}_{one.law.ion.name}_density"] = grid.of(values)
    return found


class _Grid:
    """Corner values of cells in rows and columns, brought into the order of radii and depths.

    Args:
        section: its mesh.
    """

    def __init__(self, section: SectionMesh) -> None:
        self._shape = (len(section.radii), 2 * (len(section.depths) - 1))
        low = section.depth.min(axis=1)
        row = np.searchsorted(section.depths, low + 1e-9) - 1
        upper = section.depth > low[:, None] + 1e-9
        self._column = np.searchsorted(section.radii, section.radius.ravel() - 1e-9 * section.radii[-1])
        self._row = (2 * row[:, None] + upper).ravel()

    def of(self, values: Array) -> Array:
        """(columns + 1, 2 rows) from (cells, 4): cells on both sides of a node agree."""
        found = np.zeros(self._shape)
        found[self._column, self._row] = values.ravel()
        return found


def _series(
    voltages: list[float], section: SectionMesh, done: list[tuple[Currents, Array, dict[str, Array]]]
) -> Series:
    flows = [one[0] for one in done]

    def curve(values: list[float], title: str) -> Variable:
        return Variable(("voltage",), np.array(values), "A/m2", title)

    variables = {
        "current_density": curve([flow.total for flow in flows], "current density"),
        **{
            f"{name}_current_density": curve([flow.recombination[name] for flow in flows], f"{name} recombination")
            for name in flows[0].recombination
        },
        "current_error": curve([flow.error for flow in flows], "error of the current density"),
        "cathode_current_density": Variable(
            ("voltage", "r"), np.array([one[1] for one in done]), "A/m2", "current density at the cathode"
        ),
    }
    for name in done[0][2]:
        unit, title = MAPS.get(name, ("1/m3", name.replace("_", " ")))
        variables[name] = Variable(("voltage", "r", "position"), np.array([one[2][name] for one in done]), unit, title)
    position = np.repeat(section.depths, 2)[1:-1] * LENGTH
    return Series(
        variables,
        {
            "voltage": Variable(("voltage",), np.array(voltages), "V", "voltage"),
            "r": Variable(("r",), section.radii * LENGTH, "m", "distance from the axis"),
            "position": Variable(("position",), position, "m", "distance from the anode"),
        },
    )
