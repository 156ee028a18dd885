"""The electrodes of a pixel alone: where they lie, and rows and columns of cells that resolve them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.domain.disk import rings_towards_rim

Array = NDArray[np.float64]

FINEST = (1e-3, 0.01)
"""Rings at the rim are a fourteenth of the thinner electrode, but within these shares of the radius of the opening: how
the current turns at the rim of a thin electrode matters as the square of thickness over radius."""

WIDEST_INSIDE, WIDEST_OUTSIDE = 0.1, 0.3
"""Rings over the radius of the opening inside, and over the distance from the axis outside."""

GROWTH = 1.8
"""Of neighbouring rings away from the rim."""

FEWEST_ROWS, HIGHEST = 3, 0.02
"""Of cells through an electrode, each twice as high as the one nearer to the layers; the first one over the radius."""


@dataclass(frozen=True)
class Electrode:
    """One electrode where it lies on the axis.

    Args:
        name: of its layer.
        face: [m] z of the face towards the layers, that of the pixel's base being 0.
        thickness: [m].
        upwards: whether it lies above the layers.
    """

    name: str
    face: float
    thickness: float
    upwards: bool


def electrodes_of(pixel: Pixel) -> tuple[Electrode, Electrode]:
    """Anode and cathode of a pixel; they are taken as flat, as they are on the axis."""
    bottoms, z = dict[str, float](), 0.0
    for name, part in pixel.stack():
        bottoms[name] = z
        z += part.thickness
    found = []
    for name, other in ((pixel.anode, pixel.cathode), (pixel.cathode, pixel.anode)):
        thickness, above = pixel.layer(name).thickness, bottoms[name] > bottoms[other]
        found.append(Electrode(name, bottoms[name] + (0.0 if above else thickness), thickness, above))
    return found[0], found[1]


def electrode_radii(radius: float, outer: float, thinnest: float, halvings: int) -> Array:
    """Radii of the columns from the axis to where the electrodes are fed, crowded on both sides of the rim.

    Args:
        radius: [m] of the opening; itself one of the radii.
        outer: [m] where the electrodes end.
        thinnest: [m] thickness of the thinner electrode.
        halvings: how often every column is halved.
    """
    finest = float(np.clip(thinnest / 14, FINEST[0] * radius, FINEST[1] * radius))
    inside = rings_towards_rim(radius, smallest=finest, largest=WIDEST_INSIDE * radius, growth=GROWTH)
    if outer <= radius * (1 + 1e-9):
        return _halved(inside, halvings)
    sizes, reached = [finest], radius + finest
    while reached < outer:
        sizes.append(min(sizes[-1] * GROWTH, WIDEST_OUTSIDE * reached))
        reached += sizes[-1]
    beyond = radius + np.cumsum(sizes) * (outer - radius) / sum(sizes)
    beyond[-1] = outer
    return _halved(np.concatenate([inside, beyond]), halvings)


def electrode_rows(radius: float, thickest: float) -> int:
    """Rows of cells in both electrodes, from the radius [m] of the opening and the thicker electrode [m]."""
    return max(FEWEST_ROWS, int(np.ceil(np.log2(1 + thickest / (HIGHEST * radius)))))


def electrode_depths(thickness: float, rows: int, halvings: int) -> Array:
    """[m] depths of the rows below the face of an electrode, 0 the first."""
    doubling = np.array([2.0**row - 1.0 for row in range(rows + 1)])
    return _halved(doubling * (thickness / doubling[-1]), halvings)


def _halved(values: Array, times: int) -> Array:
    """Rising values with the middle of every interval added, some times over."""
    for _ in range(times):
        values = np.sort(np.concatenate([values, (values[1:] + values[:-1]) / 2]))
    return values
