"""What the unknowns of a space mean at the corners of its cells: densities, rates and occupied traps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.physics.carrier_data import activities, electron_density, hole_density
from femled.physics.carriers import ELECTRONS, HOLES, POTENTIAL
from femled.physics.electrostatics import DENSITY
from femled.physics.recombination import (
    auger_coefficient,
    intrinsic_product,
    level_densities,
    net_product,
    trap_coefficient,
)
from femled.physics.traps import TrapLevel
from femled.solve.carriers import CarrierSpace

Array = NDArray[np.float64]

Law = Callable[[dict[str, float], Array, Array, Array], Any]


def corner_densities(space: CarrierSpace, u: Array | None = None) -> tuple[Array, Array]:
    """Electrons and holes at the corners of every cell, (..., cells, corners) each, [1e24/m3].

    Args:
        space: the equations.
        u: (..., nodes, components) of one state or of many; None is the state that the space holds.
    """
    electrons, holes = _levels(space, space.u if u is None else u)
    n, p = np.empty(electrons.shape), np.empty(electrons.shape)
    for cells, data in space.alike:
        n[..., cells, :] = electron_density(data, electrons[..., cells, :])
        p[..., cells, :] = hole_density(data, holes[..., cells, :])
    return n, p


def densities(space: CarrierSpace, u: Array | None = None) -> tuple[Array, Array]:
    """Electrons and holes as of `corner_densities`, [1/m3]."""
    n, p = corner_densities(space, u)
    return n * DENSITY, p * DENSITY


@dataclass(frozen=True)
class States:
    """Steady states of a space, one or many at once.

    Args:
        u: (..., nodes, components).
        rows: (..., nodes, components) of the residual; what is left at a contact is the flux through it.
        traps: (..., cells, corners), [1] number of them over that of the material.
    """

    u: Array
    rows: Array
    traps: Array

    @classmethod
    def now(cls, space: CarrierSpace) -> "States":
        """The state that a space holds."""
        return cls(space.u.copy(), space.residual(), space.traps.x.array.reshape(space.cell_nodes.shape).copy())

    @classmethod
    def together(cls, states: Sequence["States"]) -> "States":
        """(states, ...) of them."""
        return cls(*(np.array([getattr(one, field.name) for one in states]) for field in fields(cls)))


def recombination(space: CarrierSpace, states: States) -> dict[str, Array]:
    """Rate of every mechanism in steady states at the corners of every cell, (..., cells, corners) each, [1/m3/s]."""
    electrons, holes = _levels(space, states.u)
    rates = {name: np.zeros(electrons.shape) for name in ("radiative", "srh", "auger")}
    for cells, data in space.alike:
        n, p, n1, p1, net = _local(data, electrons[..., cells, :], holes[..., cells, :])
        net *= DENSITY
        rates["radiative"][..., cells, :] = data["radiative"] * net
        rates["srh"][..., cells, :] = states.traps[..., cells, :] * trap_coefficient(n, p, n1, p1, data) * net
        rates["auger"][..., cells, :] = auger_coefficient(n, p, data) * net
    return rates


def trap_occupation(space: CarrierSpace) -> Array:
    """(cells, corners) share of filled traps in the time derivative that the space has; 0 where traps hold nothing."""
    electrons, holes = _levels(space, space.u)
    found, factor = np.zeros(electrons.shape), space.traps.x.array.reshape(electrons.shape)
    past = space.trapped.x.array.reshape(electrons.shape)
    for cells, data in _layers(space):
        if data["trap_holds"]:
            n, p, n1, p1, _ = _local(data, electrons[cells], holes[cells])
            rates = [factor[cells] / data[f"{carrier}_lifetime"] for carrier in ("electron", "hole")]
            level = TrapLevel(n, p, n1, p1, rates[0], rates[1], factor[cells] * data["trap_density"])
            found[cells] = level.occupation(past[cells], space.trap_growth)
    return found


def _levels(space: CarrierSpace, u: Array) -> tuple[Array, Array]:
    """Phi + E_Fn and phi + E_Fp at the corners, (..., cells, corners), of unknowns (..., nodes, components)."""
    phi, level_n, level_p = (space.corner_values(u[..., k]) for k in (POTENTIAL, ELECTRONS, HOLES))
    return phi + level_n, phi + level_p


def _layers(space: CarrierSpace) -> list[tuple[NDArray[np.intp], dict[str, float]]]:
    return list(zip(space.material.cells, space.material.by_layer, strict=True))


def _local(data: dict[str, float], electrons: Array, holes: Array) -> tuple[Array, Array, Array, Array, Array]:
    """N, p, n1, p1 and the net product."""
    n, p = electron_density(data, electrons), hole_density(data, holes)
    a_n, a_p = activities(data, electrons, holes)
    n1, p1 = level_densities(data["trap_electrons"], data["trap_holes"], a_n, a_p)
    splitting = (electrons - holes) / data["thermal_voltage"]
    if splitting.min() >= 0:  # forward: the law of `net_product` without its other branch
        return n, p, n1, p1, -n * p * np.expm1(-splitting)
    states = data["conduction_states"] * data["valence_states"]
    return n, p, n1, p1, net_product(n, p, intrinsic_product(states, data["gap"], a_n, a_p), splitting)
