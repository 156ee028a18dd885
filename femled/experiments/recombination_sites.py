"""Where electrons and holes recombine: rates along a column, layer by layer, and the electron current at every face."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.domain.column_mesh import LENGTH
from femled.physics.carriers import FLUX
from femled.solve.carrier_meaning import States
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
        electron_current: (layers + 1,), [A/m2] at the anode, before every face between two layers, at the cathode.
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


class SitesOfSpace:
    """Where the steady states of a column recombine.

    J_n(x) = J_n(anode) + q Int_0^x (R - G) dx

    Args:
        space: of a column.
        generation: that it was given.
    """

    def __init__(self, space: CarrierSpace, generation: Generation | None = None) -> None:
        self._space, depth = space, space.mesh.depth * LENGTH
        self._widths = space.mesh.corner_weights * LENGTH
        cells = np.argsort(depth.mean(axis=1))
        inner = np.argsort(depth[cells], axis=1)
        self._sorted = (2 * cells[:, None] + inner).ravel()
        self._layers = [space.mesh.cell_layer == k for k in range(len(space.data))]
        self._position, self._weights = depth.ravel()[self._sorted], self._widths.ravel()[self._sorted]
        generated = ELEMENTARY_CHARGE * _generated(depth, generation)
        self._generated = np.array([generated[layer].sum() for layer in self._layers])

    def of(self, states: States, rates: dict[str, Array], anode_electrons: Array) -> list[RecombinationSites]:
        """Of steady states.

        Args:
            states: of the space, (states, ...).
            rates: of `recombination` in them.
            anode_electrons: (states,), [A/m2] current of electrons at the anode.
        """
        by_cell = ELEMENTARY_CHARGE * (sum(rates.values()) * self._widths).sum(axis=2)
        by_layer = np.column_stack([by_cell[:, layer].sum(axis=1) for layer in self._layers])
        before = np.zeros(by_layer.shape)  # lost in the face on the near side of every layer
        for face in self._space.faces:
            before[:, face.index + 1] = FLUX * (face.rate(states.u[:, face.nodes]) @ face.areas)
        passed = np.cumsum(by_layer - self._generated + before, axis=1)
        electrons = np.column_stack([anode_electrons, anode_electrons[:, None] + passed])
        ordered = {name: values.reshape(len(values), -1)[:, self._sorted] for name, values in rates.items()}
        return [
            RecombinationSites(
                position=self._position,
                weights=self._weights,
                rates={name: values[i] for name, values in ordered.items()},
                by_layer=by_layer[i],
                electron_current=electrons[i],
            )
            for i in range(len(electrons))
        ]


def _generated(depth: Array, generation: Generation | None) -> Array:
    """(cells,), [1/m2/s] pairs generated in every cell between depths (cells, 2), [m], by two Gauss points."""
    found = np.zeros(len(depth))
    if generation is None:
        return found
    sizes = np.abs(np.diff(depth, axis=1)[:, 0])
    for place in (0.5 - math.sqrt(1 / 12), 0.5 + math.sqrt(1 / 12)):
        x = depth @ np.array([1 - place, place])
        found += 0.5 * sizes * np.broadcast_to(np.asarray(generation(x), dtype=np.float64), x.shape)
    return found
