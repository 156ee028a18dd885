"""What a march in time remembers: states, their differences, the polynomial through them, and how far off it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from femled.physics.carriers import ELECTRONS, HOLES, IONS, POTENTIAL
from femled.solve.carrier_meaning import corner_densities
from femled.solve.carriers import CarrierSpace
from femled.solve.differences import Weights

Array = NDArray[np.float64]

FEW = 1e-3
"""Share of their mean density below which ions, or free sites, count less: the first few multiply at once, and where
all sites are full round-off of the density leaves the level open."""


THREEFOLD = 3.0
"""Change of a density between two steps beyond which only the last one is used."""


@dataclass(frozen=True)
class Past:
    """A state that was reached.

    Args:
        time: [s] since the last kink.
        u: (nodes, components) unknowns.
        carriers: (2, cells, corners), [1e24/m3] electrons and holes.
        traps: (cells, corners), [1] occupation.
        ions: (nodes, components - 3) contents.
        charge: (2,), [C/m2] of anode and cathode.
    """

    time: float
    u: Array
    carriers: Array
    traps: Array
    ions: Array
    charge: Array


def extrapolated(history: Sequence[Past], time: float) -> Array:
    """(nodes, components) at a time on the polynomial through states.

    Args:
        history: newest first.
        time: [s] since the last kink.
    """
    times = [past.time for past in history]
    value = np.zeros(history[0].u.shape)
    for i, past in enumerate(history):
        others = [other for j, other in enumerate(times) if j != i]
        value += prod((time - other) / (past.time - other) for other in others) * past.u
    return value


def grow(space: CarrierSpace, history: Sequence[Past], carriers: Weights, ions: Weights, short: Weights) -> None:
    """Give a space its time derivatives.

    Args:
        space: the equations.
        history: states that were reached, newest first.
        carriers: weights of electrons and holes, newest first.
        ions: weights of ions.
        short: first-order weights, for carriers where they change threefold.
    """
    values, past = [one.carriers for one in history[: len(carriers) - 1]], np.zeros(space.u.shape)
    first, rest = np.full(values[0].shape, carriers[0]), carriers[1] * values[0]
    for weight, value in zip(carriers[2:], values[1:], strict=True):
        rest += weight * value
    steep = np.zeros(first.shape, dtype=bool)
    for newer, older in pairwise(values):
        steep |= (newer > THREEFOLD * older) | (older > THREEFOLD * newer)
    first[steep] = short[0]
    rest[steep] = short[1] * values[0][steep]
    past[:, ELECTRONS], past[:, HOLES] = space.lumped(rest[0]), -space.lumped(rest[1])
    if space.holding:
        before = sum(w * one.traps for w, one in zip(carriers[1:], history, strict=False))
        space.trapped.put(-before / carriers[0] if carriers[0] else 0.0)
    past[:, IONS:] = sum(w * one.ions for w, one in zip(ions[1:], history, strict=False))
    space.grow(first[0], first[1], {"growth_ions": ions[0], "growth_traps": carriers[0]}, past)


def deviation(space: CarrierSpace, guess: Array, unit: float, *, potential: bool, carriers: bool) -> float:
    """How far the state of a space is from a guess: in V_T, of carriers over the densest of their layer.

    Args:
        space: the equations.
        guess: (nodes, components).
        unit: [V_T] that potentials are measured in.
        potential: whether it counts alone.
        carriers: whether they count, or only follow.
    """
    away = (space.u - guess) / (unit * space.vt)
    size = float(np.abs(away[:, POTENTIAL]).max())
    if potential:
        return size
    for slot, one in zip(space.slots, space.moving, strict=True):
        level, phi = space.u[one.corners, IONS + slot], space.u[one.corners, POTENTIAL]
        share = one.law.susceptibility(one.law.density(phi, level)) / (FEW * one.law.mean)
        relative = away[one.corners, IONS + slot] - one.law.ion.charge * away[one.corners, POTENTIAL]
        size = max(size, float((np.minimum(share, 1.0) * np.abs(relative)).max()))
    if not carriers or space.empty:
        return size
    for component, densities in zip((ELECTRONS, HOLES), corner_densities(space), strict=True):
        change = np.abs(away[:, component] + away[:, POTENTIAL])[space.cell_nodes]
        for layer in range(len(space.mesh.layers)):
            cells = space.mesh.cell_layer == layer
            share = densities[cells] / max(float(densities[cells].max()), 1e-30)
            size = max(size, float((share * change[cells]).max()))
    return size
