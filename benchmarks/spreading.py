"""Current spreading in rim-fed electrodes: as sheets and as volumes, an ohmic layer against Bessel functions."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.special import i0, i1

from benchmarks.row import Row, median_seconds
from femled.device import load_pixel
from femled.experiments.sheet_spreading import sheet_spreading
from femled.experiments.volume_spreading import volume_spreading
from femled.physics.local_law import ArrheniusLaw, DiodeLaw
from femled.units import um

CROWDING = 3.0
"""A/L of the ohmic layer: J(a)/J(0) = 4.88."""

DIODE = DiodeLaw(ideality=2.0, saturation_current_density=1e-9, series_resistance=1e-7)


def _ohmic(radius: float, sheet_resistance: float) -> ArrheniusLaw:
    return ArrheniusLaw(
        reference_current_density=CROWDING**2 / (sheet_resistance * radius**2),
        reference_voltage=1.0,
        exponent=1.0,
        activation_ev=0.0,
        reference_temperature=300.0,
    )


def _apart(run, radius: float) -> str:
    """How far an ohmic run is from the sheet's closed form."""
    total = 2 * i1(CROWDING) / (CROWDING * i0(CROWDING))
    conductance = run.series["current_density"][-1] / run.series["local_voltage"][-1]
    share = float(run.series["current"]) / (np.pi * radius**2 * conductance)
    return (
        f"a/L = {CROWDING:g}: current within {abs(share / total - 1):.0e}, J(a)/J(0) within "
        f"{abs(run.edge_to_centre / i0(CROWDING) - 1):.0e} of the sheet's Bessel functions"
    )


def sheet() -> Iterable[Row]:
    """Both sheets of elkhouly2024 under a diode at 2 kA/cm2, the whole call."""
    radius, ohms = load_pixel("elkhouly2024").radius, 950.0
    ohmic = sheet_spreading(radius=radius, sheet_resistance=ohms, law=_ohmic(radius, ohms), voltage=1.0)

    def ours():
        return sheet_spreading(radius=radius, sheet_resistance=ohms, law=DIODE, mean_current_density=2e7)

    run = ours()
    accuracy = (
        f"J(a)/J(0) {run.edge_to_centre:.3f}, power to {abs(run.energy_balance().defect):.0e}; {_apart(ohmic, radius)}"
    )
    yield Row("spreading/sheet", median_seconds(ours), "s", accuracy)


def volume() -> Iterable[Row]:
    """The same electrodes, 20 nm each, in r and z; fed at 300 um in the run that is timed."""
    pixel = load_pixel("elkhouly2024")
    ohmic = volume_spreading(
        pixel, voltage=1.0, law=_ohmic(pixel.radius, 950.0), feed_radius=25 * um, temperature=300.0, rtol=1e-6
    )

    def ours():
        return volume_spreading(pixel, current_density=2e7, law=DIODE)

    run = ours()
    accuracy = (
        f"{run.cost.dofs} unknowns, J(a)/J(0) {run.edge_to_centre:.3f}, {float(run.series['grid_error']):.0e} on the "
        f"last halving, power to {abs(run.energy_balance().defect):.0e}; {_apart(ohmic, pixel.radius)}"
    )
    yield Row("spreading/volume", median_seconds(ours), "s", accuracy)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"spreading/sheet": sheet, "spreading/volume": volume}
