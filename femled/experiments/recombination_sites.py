"""Where electrons and holes recombine: rates along a column, layer by layer, and the electron current at every face."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.domain.column_mesh import LENGTH
from femled.physics.carriers import ELECTRONS, FLUX
from femled.solve.carriers import CarrierSpace

Array = NDArray[np.float64]
Generation = Callable[[Array], Array]


@dataclass(frozen=True)
class RecombinationSites:
    """Recombination along a column in a steady state.

    Args:
        position: (points,), [m] from the anode, both ends of every cell.
        weights: (points,), [m] of the column that every point stands for.
        rates: mechanism -> (points,), [1/m3/s].
        by_layer: (layers,), [A/m2] q times the integral of all rates over each layer.
        electron_current: (layers + 1,), [A/m2] at the anode, at every face between two layers, at the cathode.
    """

    position: Array
    weights: Array
    rates: dict[str, Array]
    by_layer: Array
    electron_current: Array

    def emission(self, start: float, stop: float) -> tuple[Array, Array]:
        """Where photons are made between two places [m] from the anode.

        Returns:
            position: (points,), [m] from the anode.
            rate: (points,), [1/m2/s] at every point, never negative.
        """
        middle = self.position.reshape(-1, 2).mean(axis=1)
        inside = np.repeat((middle > start) & (middle < stop), 2)
        rate = np.maximum(self.rates["radiative"][inside], 0.0) * self.weights[inside]
        return self.position[inside], rate


def sites_of(space: CarrierSpace, generation: Generation | None = None) -> RecombinationSites:
    """Where the steady state of a column recombines.

    J_n(x) = J_n(anode) + q Int_0^x (R - G) dx

    Args:
        space: of a column, solved.
        generation: that it was given.
    """
    rates, mesh = space.recombination(), space.mesh
    widths = mesh.corner_weights * LENGTH
    by_cell = ELEMENTARY_CHARGE * (sum(rates.values()) * widths).sum(axis=1)
    net = by_cell - ELEMENTARY_CHARGE * _generated(space, generation)
    by_layer, net_by_layer = (
        np.bincount(mesh.cell_layer, values, minlength=len(space.data)) for values in (by_cell, net)
    )
    at_anode = -FLUX * float(space.residual()[space.terminals[0].nodes, ELECTRONS].sum())
    order = np.argsort(mesh.depth.mean(axis=1))
    inner = np.argsort(mesh.depth[order], axis=1)

    def along(values: Array) -> Array:
        return np.asarray(np.take_along_axis(values[order], inner, axis=1).ravel())

    return RecombinationSites(
        position=along(mesh.depth) * LENGTH,
        weights=along(widths),
        rates={name: along(values) for name, values in rates.items()},
        by_layer=by_layer,
        electron_current=at_anode + np.concatenate([[0.0], np.cumsum(net_by_layer)]),
    )


def _generated(space: CarrierSpace, generation: Generation | None) -> Array:
    """(cells,), [1/m2/s] pairs generated in every cell, by two Gauss points."""
    depth = space.mesh.depth * LENGTH
    found = np.zeros(len(depth))
    if generation is None:
        return found
    sizes = np.abs(np.diff(depth, axis=1)[:, 0])
    for place in (0.5 - math.sqrt(1 / 12), 0.5 + math.sqrt(1 / 12)):
        x = depth @ np.array([1 - place, place])
        found += 0.5 * sizes * np.broadcast_to(np.asarray(generation(x), dtype=np.float64), x.shape)
    return found
