"""Carriers on the section of a round pixel: the price of a bias point, and what it is worth."""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.carriers import three_layers
from benchmarks.row import Row, median_seconds
from femled.experiments.jv import jv
from femled.experiments.section import section_jv
from femled.units import um

VOLTAGES = 0.16 * np.arange(1, 26)
"""[V] up to 4 V."""

LOOKED_AT = [2.08, 3.04, 4.0]
"""[V] at which meshes are compared."""

RADIUS, OVERLAP = 50 * um, 2 * um


def axisymmetric() -> Iterable[Row]:
    """100 cells along r, 20 in each of three layers; potential, electrons and holes; the whole call with its maps."""
    column = three_layers()

    def curve(voltages, radial_cells: int = 100, mesh: int = 20, overlap: float = OVERLAP):
        return section_jv(
            column,
            voltages=voltages,
            radius=RADIUS,
            overlap=overlap,
            ions=False,
            radial_cells=radial_cells,
            mesh=mesh,
        )

    found = curve(VOLTAGES)
    seconds = median_seconds(lambda: curve(VOLTAGES), repeats=1) / len(VOLTAGES)
    line = jv(column, voltages=LOOKED_AT, ions="none", mesh=20).series["current_density"]
    uniform = curve(LOOKED_AT, overlap=0.0).series["current_density"]
    ours = curve(LOOKED_AT).series["current_density"]
    radial = curve(LOOKED_AT, radial_cells=200).series["current_density"]
    finer = curve(LOOKED_AT, radial_cells=200, mesh=40).series["current_density"]

    def apart(one, other) -> float:
        return float(np.abs(one / other - 1).max())

    accuracy = (
        f"18 483 unknowns, {found.cost.factorisations / len(VOLTAGES):.1f} Newton steps; without overlap the column to "
        f"{apart(uniform, line):.0e}; J within {apart(ours, radial):.1e} of 200 radial cells, {apart(ours, finer):.1e} "
        "of 200 x 120"
    )
    yield Row("axisymmetric/100x60", seconds, "s per bias point", accuracy)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"axisymmetric/100x60": axisymmetric}
