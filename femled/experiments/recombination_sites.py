"""Where electrons and holes recombine: rates along a column, layer by layer, and what leaks past the emitter."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.domain.column_mesh import LENGTH
from femled.physics.carriers import FLUX
from femled.physics.electrostatics import DENSITY
from femled.physics.recombination import auger_coefficient, excess_product, trap_coefficient
from femled.solve.carriers import CarrierSpace

Array = NDArray[np.float64]
Generation = Callable[[Array], Array]

MECHANISMS = ("radiative", "srh", "auger")


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


def recombination_rates(space: CarrierSpace) -> dict[str, Array]:
    """Mechanism -> (cells, 2), [1/m3/s] at both ends of every cell."""
    phi, level_n, level_p = (space.corner_values(space.u[:, k]) for k in range(3))
    n, p = (density / DENSITY for density in space.densities())
    found = {name: np.zeros(phi.shape) for name in MECHANISMS}
    for layer, data in enumerate(space.data):
        i = space.mesh.cell_layer == layer
        factor_n = np.exp(np.clip((level_n[i] - data["conduction_band"] + phi[i]) / space.vt, -690, 690))
        factor_p = np.exp(np.clip((data["valence_band"] - phi[i] - level_p[i]) / space.vt, -690, 690))
        states = data["conduction_states"] * data["valence_states"]
        product = excess_product(factor_n, factor_p, states, data["gap"], data["crowding"]) * DENSITY
        found["radiative"][i] = data["radiative"] * product
        found["srh"][i] = trap_coefficient(n[i], p[i], data) * product
        found["auger"][i] = auger_coefficient(n[i], p[i], data) * product
    return found


def sites_of(space: CarrierSpace, generation: Generation | None = None) -> RecombinationSites:
    """Where a solved space recombines.

    J_n(x) = J_n(anode) + q Int_0^x (R - G) dx

    Args:
        space: with a steady state.
        generation: that it was given.
    """
    rates, mesh = recombination_rates(space), space.mesh
    half = np.repeat(mesh.sizes[:, None] / 2 * LENGTH, 2, axis=1)
    by_cell = ELEMENTARY_CHARGE * (sum(rates.values()) * half).sum(axis=1)
    net = by_cell - ELEMENTARY_CHARGE * _generated(space, generation)
    layers = len(space.data)
    over_layers = [np.bincount(mesh.cell_layer, values, minlength=layers) for values in (by_cell, net)]
    at_anode = -FLUX * float(space.residual()[space.ends[0], 1])
    order = np.argsort(mesh.corners.mean(axis=1))
    inner = np.argsort(mesh.corners[order], axis=1)

    def along(values: Array) -> Array:
        return np.asarray(np.take_along_axis(values[order], inner, axis=1).ravel())

    return RecombinationSites(
        position=along(mesh.corners) * LENGTH,
        weights=along(half),
        rates={name: along(values) for name, values in rates.items()},
        by_layer=over_layers[0],
        electron_current=at_anode + np.concatenate([[0.0], np.cumsum(over_layers[1])]),
    )


def _generated(space: CarrierSpace, generation: Generation | None) -> Array:
    """(cells,), [1/m2/s] pairs generated in every cell, by two Gauss points."""
    found = np.zeros(len(space.mesh.sizes))
    if generation is None:
        return found
    for place in (0.5 - math.sqrt(1 / 12), 0.5 + math.sqrt(1 / 12)):
        x = space.mesh.corners @ np.array([1 - place, place]) * LENGTH
        found += 0.5 * space.mesh.sizes * LENGTH * np.broadcast_to(np.asarray(generation(x), np.float64), x.shape)
    return found
