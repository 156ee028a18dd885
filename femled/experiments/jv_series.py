"""The series of a current-voltage curve: currents, what recombines where, and the light that leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from femled.device import Column, Pixel
from femled.experiments.light_extraction import LightExtraction
from femled.experiments.recombination_sites import RecombinationSites
from femled.physics.carriers import MECHANISMS
from femled.series import Series, Variable
from femled.solve.carrier_currents import Currents

Array = NDArray[np.float64]

NO_CURRENT = 1e-15
"""[A/m2] below which efficiencies and shares are reported as 0."""


@dataclass(frozen=True)
class BiasPoint:
    """A steady state at one bias.

    Args:
        voltage: [V] at the outer terminals.
        inner: [V] of the layers, less by the series resistance.
        currents: through the contacts.
        sites: where carriers recombine.
    """

    voltage: float
    inner: float
    currents: Currents
    sites: RecombinationSites

    def share(self, current: float) -> float:
        """[1] of the current density; 0 where no current flows forward."""
        return current / self.currents.total if self.currents.total > NO_CURRENT else 0.0

    def emission(self, start: float, stop: float) -> tuple[Array, Array]:
        """Positions [m] and rates [1/m2/s] of light emission between two places; no rate where no current flows."""
        position, rate = self.sites.emission(start, stop)
        return position, rate * (self.currents.total > NO_CURRENT)


def edges(column: Column) -> Array:
    """(layers + 1,), [m] from the anode, of the faces of all layers."""
    return np.concatenate([[0.0], np.cumsum([layer.thickness for layer in column.layers])])


def jv_series(
    points: Sequence[BiasPoint],
    column: Column,
    *,
    pixel: Pixel | None = None,
    outcoupling: float | LightExtraction | None = None,
) -> Series:
    """All series of a curve.

    Args:
        points: in the order wanted.
        column: the device.
        pixel: that it is the column of, if any.
        outcoupling: [1] efficiency, or the law by height in the emitter of the pixel.
    """

    def curve(values: Sequence[float], unit: str, title: str) -> Variable:
        return Variable(("voltage",), np.array(values), unit, title)

    parts = {
        f"{name}_current_density": curve(
            [one.currents.recombination[name] for one in points], "A/m2", f"{name} recombination current density"
        )
        for name in points[0].currents.recombination
    }
    names = [layer.name for layer in column.layers]
    faces = ["anode", *(f"{left}/{right}" for left, right in pairwise(names)), "cathode"]
    variables = {
        "layer_voltage": curve([one.inner for one in points], "V", "voltage of the layers"),
        "current_density": curve([one.currents.total for one in points], "A/m2", "current density"),
        **parts,
        "internal_quantum_efficiency": curve([_efficiency(one) for one in points], "1", "internal quantum efficiency"),
        "current_error": curve([one.currents.error for one in points], "A/m2", "error of the current density"),
        "recombination_share": Variable(
            ("voltage", "layer"),
            np.array([[one.share(float(part)) for part in one.sites.by_layer] for one in points]),
            "1",
            "share of the current that recombines in the layer",
        ),
        "electron_current_density": Variable(
            ("voltage", "face"),
            np.array([one.sites.electron_current for one in points]),
            "A/m2",
            "electron current density",
        ),
        **{
            f"{name}_rate": Variable(
                ("voltage", "position"),
                np.array([one.sites.rates[name] for one in points]),
                "1/m3/s",
                f"{name} recombination rate",
            )
            for name in MECHANISMS
        },
        **_of_light(points, column, pixel, outcoupling),
    }
    coordinates = {
        "voltage": curve([one.voltage for one in points], "V", "voltage"),
        "layer": Variable(("layer",), np.array(names), ""),
        "face": Variable(("face",), np.array(faces), ""),
        "position": Variable(("position",), points[0].sites.position, "m", "distance from the anode"),
    }
    return Series(variables, coordinates, {"layer_edges_m": edges(column).tolist()})


def _efficiency(one: BiasPoint) -> float:
    return max(one.share(one.currents.recombination["radiative"]), 0.0)


def _of_light(
    points: Sequence[BiasPoint], column: Column, pixel: Pixel | None, outcoupling: float | LightExtraction | None
) -> dict[str, Variable]:
    """Where the light is made, what passes the emitter by, and what leaves."""
    faces = edges(column)
    first, last = 0, len(faces) - 1
    found: dict[str, tuple[list[float], str, str]] = {}
    if pixel is not None:
        first = [layer.name for layer in column.layers].index(pixel.emitter)
        last = first + 1
        leaks = [
            (one.share(float(e[first])), one.share(one.currents.total - float(e[last])))
            for one in points
            for e in [one.sites.electron_current]
        ]
        found["electron_leakage"] = (
            [electrons for electrons, _ in leaks],
            "1",
            "share of the current that electrons carry out of the emitter towards the anode",
        )
        found["hole_leakage"] = (
            [holes for _, holes in leaks],
            "1",
            "share of the current that holes carry out of the emitter towards the cathode",
        )
    start, stop = float(faces[first]), float(faces[last])
    made = [one.emission(start, stop) for one in points]
    middle = (start + stop) / 2
    found["radiative_position"] = (
        [float(x @ rate / rate.sum()) if rate.sum() > 0 else middle for x, rate in made],
        "m",
        "mean distance of radiative recombination from the anode",
    )
    if outcoupling is not None:
        eta = [
            outcoupling
            if isinstance(outcoupling, float)
            else _emitted(one, outcoupling, start, stop, *light, upwards=_upwards(pixel))
            for one, light in zip(points, made, strict=True)
        ]
        found["outcoupling_efficiency"] = (eta, "1", "outcoupling efficiency, both facets together")
        found["external_quantum_efficiency"] = (
            [_efficiency(one) * share for one, share in zip(points, eta, strict=True)],
            "1",
            "external quantum efficiency, both facets together",
        )
    return {name: Variable(("voltage",), np.array(v), unit, title) for name, (v, unit, title) in found.items()}


def _upwards(pixel: Pixel | None) -> bool:
    """Whether the anode lies below the emitter, so that distance from it is height."""
    names = [layer.name for layer in pixel.layers] if pixel is not None else []
    return pixel is None or names.index(pixel.anode) < names.index(pixel.emitter)


def _emitted(
    one: BiasPoint, law: LightExtraction, start: float, stop: float, position: Array, rate: Array, *, upwards: bool
) -> float:
    """[1] photons that leave over all radiative recombination, that in other layers than the emitter included."""
    heights = position - start if upwards else stop - position
    inside, (_, everywhere) = float(rate.sum()), one.emission(0.0, float(one.sites.position[-1]))
    share = inside / float(everywhere.sum()) if inside > 0 else 1.0
    return law.weighted(heights, rate) * share
