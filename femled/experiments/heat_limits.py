"""How hard and how long a pixel may be driven before it is too hot: the peak temperature over current and width."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from femled.accounts import Cost
from femled.device import Pixel
from femled.device.variant import Variants, variants_of
from femled.errors import InputError
from femled.experiments.current_drive import CurrentDrive, drive_of
from femled.experiments.experiment import EqualRatios, experiment
from femled.experiments.heat_history import HeatHistories, heat_histories
from femled.experiments.heat_pulse import Tolerance
from femled.experiments.heat_run import HeatRun, ResolutionLevel, provenance
from femled.experiments.heat_source import HeatSource, checked_source, recorded
from femled.experiments.sources import thermal_sources
from femled.frozen import Fraction, Quantity, Temperature, Voltage
from femled.result import Result
from femled.series import Series, Variable

Array = NDArray[np.float64]

POINTS = 20
"""Values of a range, and of each axis that is not given."""

SUBDIVISION = 4
"""Times at which a transient is kept between neighbouring widths, so that the limit is found between them."""

CLOSEST = 1e-6
"""Relative distance of neighbouring values of an axis: closer ones are the same to round-off."""

MapCurrents = Annotated[Sequence[float], Quantity("A/m2", 1e-3, 1e12), EqualRatios(POINTS)]
MapWidths = Annotated[Sequence[float], Quantity("s", 1e-12, 1e9), EqualRatios(POINTS)]
Rise = Annotated[float, Quantity("K", 1.0, 1e4)]


@experiment
def heat_limits(
    pixel: Pixel,
    *,
    current_densities: MapCurrents | None = None,
    widths: MapWidths | None = None,
    voltage: Voltage | None = None,
    wall_plug_efficiency: Fraction | None = None,
    limit: Temperature = 345.0,
    variants: Variants | None = None,
    highest_rise: Rise = 600.0,
    linear: bool = False,
    heat_source: HeatSource = "emitter",
    resolution: ResolutionLevel = "default",
    rtol: Tolerance = 2e-4,
    laterally_uniform: bool = False,
) -> Result:
    """Peak temperature of a pixel and its variants over current density and pulse width, with the line of a limit.

    T(J, w) = T_ambient + rise after a time w of constant heat P = J V(J) (1 - wall-plug efficiency), as in `heat_pulse`

    One transient serves all widths; where properties are constant it serves all currents. Where they follow the
    temperature, currents are run until the others are known by interpolation, and the error of that is measured.

    Args:
        pixel: the device; every pulse starts at the ambient temperature.
        current_densities: (n,), [A/m2] rising; 20 from 1 to 1000 A/cm2 if not given. In a text, "A .. B" stands for 20
            values in equal ratios.
        widths: (m,), [s] of the pulse, rising; 20 from 10 ns to 100 us if not given. Ranges as above.
        voltage: [V] at every current; that of the pixel's own drift-diffusion at the ambient temperature, with ions
            where they rest at 0 V, if not given.
        wall_plug_efficiency: [1] share of J V that leaves as light; with the pixel's own voltages that of its own light
            if it is known, otherwise 0.
        limit: [K] of the peak in the emitter.
        variants: to compare with, of the same currents and voltages: "substrate=sapphire; spreader=cu 1 um,
            diameter=50 um", or in Python a mapping from labels to changes as of `Pixel.replace`.
        highest_rise: [K] up to which the peak is followed; hotter points are given as that and marked `too_hot`.
        linear: every property at the ambient temperature.
        heat_source: "emitter", another region, or shares such as "mapbi3=0.8, ito=0.2"; see `heat_source.released`.
        resolution: of the mesh.
        rtol: [1] error of the time steps over the mean rise.
        laterally_uniform: solve the columns on the axis alone.

    Returns:
        over `variant`, `current_density` and `width`: `peak_temperature`, `mean_temperature` [K] of the emitter and
        `too_hot`; over `variant` and `current_density`: `longest_width` [s]; over `variant` and `width`:
        `highest_current_density` [A/m2]; over `current_density`: `voltage` [V], `wall_plug_efficiency` [1],
        `power_density` [W/m2]. Where the limit is not met within the map, `longest_width_found` and
        `highest_current_density_found` are False, and the value is the end of the axis: the last one where the pixel
        stays below the limit, the first one where it is above from the start. Both limits are found between the points
        of the map by monotone cubics in logarithms; a kink of V(J) between two currents is rounded.

    Raises:
        InputError: a value out of range, a limit outside the rises that are followed, or currents whose voltage is
            neither given nor known.
        ConvergenceError: the solver failed.
    """
    pixels = variants_of(pixel, variants)
    _check_limit(pixels, limit, highest_rise)
    currents = _rising("current_densities", current_densities, (1e4, 1e7))
    pulses = _rising("widths", widths, (1e-8, 1e-4))
    drive = drive_of(pixels, currents, voltage, wall_plug_efficiency)
    times, places = _subdivided(pulses)
    maps: dict[str, HeatHistories] = {}
    said: dict[str, list[str]] = {}
    source = checked_source(heat_source)
    for label, one in pixels.items():
        run = HeatRun.prepare(
            one, resolution, linear=linear, laterally_uniform=laterally_uniform, heat_source=heat_source
        )
        maps[label], sentences = heat_histories(run, drive.powers, times, rtol=rtol, highest_rise=highest_rise)
        for sentence in sentences:
            said.setdefault(sentence, []).append(label)
    series = _series(pixels, maps, drive, _Axes(pulses, times, places), limit, highest_rise)
    return Result(
        experiment="heat_limits",
        series=series,
        inputs={
            "pixel": pixel.model_dump(mode="json"),
            "current_densities": currents.tolist(),
            "widths": pulses.tolist(),
            "voltage": voltage,
            "wall_plug_efficiency": wall_plug_efficiency,
            "limit": limit,
            "variants": {label: one.model_dump(mode="json") for label, one in pixels.items() if one is not pixel},
            "highest_rise": highest_rise,
            "linear": linear,
            "heat_source": recorded(source),
            "resolution": resolution,
            "rtol": rtol,
            "laterally_uniform": laterally_uniform,
        },
        sources=_sources(pixels, drive),
        cost=_cost(list(maps.values())),
        warnings=(*drive.warnings, *_by_variant(said, len(pixels)), *_too_hot(series, highest_rise)),
        provenance=provenance(),
    )


def _check_limit(pixels: Mapping[str, Pixel], limit: float, highest_rise: float) -> None:
    for label, one in pixels.items():
        ambient = one.ambient_temperature
        if not ambient < limit <= ambient + highest_rise:
            raise InputError(
                f"limit {limit:g} K of {label} is outside {ambient:g} K .. {ambient + highest_rise:g} K, from ambient "
                f"to a rise of {highest_rise:g} K: change limit, or highest_rise"
            )


def _rising(name: str, values: Sequence[float] | None, ends: tuple[float, float]) -> Array:
    found = np.geomspace(*ends, POINTS) if values is None else np.array(values, dtype=np.float64)
    if np.any(found[1:] < found[:-1] * (1 + CLOSEST)):
        raise InputError(f"{name}: values must rise, by more than {CLOSEST:g} of themselves")
    return found


@dataclass(frozen=True)
class _Axes:
    """(m,) Widths, (k,) the times at which transients are kept, and where among them the widths are."""

    widths: Array
    times: Array
    places: NDArray[np.int64]


def _subdivided(widths: Array) -> tuple[Array, NDArray[np.int64]]:
    """Times between and at the widths, in equal ratios, and where the widths are among them."""
    parts = [np.geomspace(low, high, SUBDIVISION, endpoint=False)[1:] for low, high in pairwise(widths)]
    times = np.sort(np.concatenate([widths, *parts]))
    return times, np.searchsorted(times, widths)


def _crossing(x: Array, rise: Array, known: NDArray[np.bool_], level: float) -> tuple[float, bool]:
    """Where a rise that grows along x > 0 meets a level, by a monotone cubic in logarithms.

    Returns:
        the place and True; otherwise the last place below the level, or the first of all above it, and False.
    """
    above = np.flatnonzero((rise >= level) | ~known)
    if len(above) == 0:
        return float(x[-1]), False
    first = int(above[0])
    if first == 0 or not known[first]:
        return float(x[max(first - 1, 0)]), False
    some = slice(max(first - 2, 0), first + 2)
    kept = known[some]
    logs = np.log(x[some][kept]), np.log(rise[some][kept] / level)
    root = PchipInterpolator(*logs).solve(0.0, extrapolate=False)
    return float(np.exp(root[0])), True


def _series(
    pixels: Mapping[str, Pixel],
    maps: Mapping[str, HeatHistories],
    drive: CurrentDrive,
    axes: _Axes,
    limit: float,
    highest_rise: float,
) -> Series:
    """Everything over the axes of the map."""
    ambients = np.array([one.ambient_temperature for one in pixels.values()])
    peaks, means, known = (
        np.array([getattr(one, name)[:, axes.places] for one in maps.values()]) for name in ("peak", "mean", "known")
    )

    def temperature(rises: Array) -> Array:
        return ambients[:, None, None] + np.where(known, rises, highest_rise)

    levels = dict(zip(maps, limit - ambients, strict=True))
    longest = [
        [_crossing(axes.times, *row, levels[label]) for row in zip(one.peak, one.known, strict=True)]
        for label, one in maps.items()
    ]
    highest = [
        [
            _crossing(drive.currents, one.peak[:, place], one.known[:, place], levels[label])
            for place in axes.places.tolist()
        ]
        for label, one in maps.items()
    ]
    over_currents, over_widths = ("variant", "current_density"), ("variant", "width")
    everything = (*over_currents, "width")

    def column(values: Any, dims: tuple[str, ...], unit: str, title: str, part: int) -> Variable:
        return Variable(dims, np.array([[pair[part] for pair in row] for row in values]), unit, title)

    return Series(
        {
            "peak_temperature": Variable(everything, temperature(peaks), "K", "peak emitter temperature"),
            "mean_temperature": Variable(everything, temperature(means), "K", "mean emitter temperature"),
            "too_hot": Variable(everything, ~known, "", "hotter than is followed"),
            "longest_width": column(longest, over_currents, "s", "longest pulse", 0),
            "longest_width_found": column(longest, over_currents, "", "the limit is met within the map", 1),
            "highest_current_density": column(highest, over_widths, "A/m2", "highest current density", 0),
            "highest_current_density_found": column(highest, over_widths, "", "the limit is met within the map", 1),
            "voltage": Variable(("current_density",), drive.voltages, "V", "voltage"),
            "wall_plug_efficiency": Variable(("current_density",), drive.efficiencies, "1", "wall-plug efficiency"),
            "power_density": Variable(("current_density",), drive.powers, "W/m2", "heat per area of the opening"),
        },
        {
            "variant": Variable(("variant",), np.array(list(pixels)), ""),
            "current_density": Variable(("current_density",), drive.currents, "A/m2", "current density"),
            "width": Variable(("width",), axes.widths, "s", "pulse width"),
        },
        {
            "limit": limit,
            "ambient_temperatures": ambients.tolist(),
            "transients": [one.runs for one in maps.values()],
            "interpolation_error": max(one.interpolation_error for one in maps.values()),
            "energy_defect": max(one.energy_defect for one in maps.values()),
        },
    )


def _by_variant(said: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """Sentences, each once, with the variants that it holds for where it is not all."""
    return [
        sentence if len(labels) == count else f"{'; '.join(labels)}: {sentence}" for sentence, labels in said.items()
    ]


def _too_hot(series: Series, highest_rise: float) -> list[str]:
    """What is not followed."""
    hot = int(series["too_hot"].sum())
    if not hot:
        return []
    share = f"{hot} of {series['too_hot'].size} points"
    return [f"{share} rise by more than {highest_rise:g} K and are given as that: nothing is followed so far"]


def _sources(pixels: Mapping[str, Pixel], drive: CurrentDrive) -> tuple[tuple[str, str], ...]:
    thermal = [source for one in pixels.values() for source in thermal_sources(one)]
    return tuple(dict.fromkeys((*thermal, *drive.sources)))


def _cost(maps: Sequence[HeatHistories]) -> Cost:
    """Of all transients; the unknowns are those of the largest mesh."""
    return Cost(
        max(one.dofs for one in maps),
        sum(one.steps for one in maps),
        sum(one.factorisations for one in maps),
        sum(one.solve_seconds for one in maps),
    )
