"""Where a round pixel exchanges power with its heat: radial functions on layers of a meshed section.

For radial functions f_k with mass matrix M and a layer of thickness d,

    B_j = M^-1 Int f_k v/d dV     power p(r) = sum of p_k per area, given as Int p f_k dA, heats the layer evenly in z
    T_k = B^T u                   the layer's temperature averaged over its thickness, projected on the same functions

so what one side gives is what the other receives. On planar sections, whose elements have the rings of the disk, both
are exact.
"""

import numpy as np
from numpy.typing import NDArray

from femled.domain.disk import Disk
from femled.solve.heat_space import HeatSpace

Array = NDArray[np.float64]

_UNIT = 1e-18
"""[m3] of a section's um3."""


def rings_of(space: HeatSpace, region: str) -> Array:
    """(n,), [m] rising: radii of the element edges of a region, 0 the first."""
    domain = space.domain
    geometry = domain.mesh.geometry
    corners = geometry.x[geometry.dofmaps[0][domain.cells(region)]]
    radii = np.unique(np.round(corners[..., 0].ravel(), 9)) * 1e-6
    return np.asarray(np.concatenate([[0.0], radii[radii > 1e-15]]))


class LayerTrace:
    """Loads and temperatures of one layer or several inside the opening, by radial functions.

    Args:
        space: the terms of heat conduction.
        disk: second-order radial functions on the rings of the emitter.
        shares: mesh group -> share of the power that it takes; one group of share 1 for the temperature.
        thicknesses: mesh group -> [m].
    """

    def __init__(self, space: HeatSpace, disk: Disk, shares: dict[str, float], thicknesses: dict[str, float]) -> None:
        self._space = space
        radii, _ = space.points()
        functions = disk.functions_at(radii.ravel()).T.reshape(disk.count, *radii.shape)
        density = np.zeros(len(space.domain.cell_group))
        for group, share in shares.items():
            density[space.domain.cell_group == space.domain.groups[group]] = share / thicknesses[group]
        loads = np.stack([space.load(one * density[:, None]) for one in functions], axis=1)
        loads[space.fixed] = 0.0
        self.loads = np.linalg.solve(disk.mass, loads.T).T
        """(owned, count), [1e-18 W] of every function's power."""

    def mean(self, u: Array) -> Array:
        """(count,) coefficients of the rise averaged over the thickness, [K]."""
        return np.asarray(self.loads.T @ u) * _UNIT


def ring_load(space: HeatSpace, groups: dict[str, float], inner: float, outer: float) -> Array:
    """The load (owned, 1) of 1 W that a current fed at a radius leaves in sheets, ~ 1/r^2 between two radii.

    Elements are wide out there: every one gets ln(r_2/r_1) of its own, or of what of it lies between the radii.

    Args:
        space: the terms of heat conduction.
        groups: mesh group -> its share.
        inner: [m].
        outer: [m].
    """
    domain, (radii, _) = space.domain, space.points()
    geometry = domain.mesh.geometry
    corners = geometry.x[geometry.dofmaps[0]][..., 0] * 1e-6
    low, high = corners.min(axis=1), corners.max(axis=1)
    whole = np.log(high / np.maximum(low, 1e-12))
    part = np.log(np.clip(high, inner, outer) / np.clip(low, inner, outer))
    pattern = 1.0 / np.maximum(radii, 1e-12) ** 2
    weights = space.point_weights()
    if domain.kind.cell == "quadrilateral":  # a full ring of the element, 2 pi ln(r_2/r_1), by its own points
        area = weights.sum(axis=1) * 1e-12 / (np.pi * (high**2 - low**2))  # height in um
        pattern *= (2 * np.pi * area * whole / ((weights * pattern).sum(axis=1) * 1e-12))[:, None]
    pattern *= (part / whole)[:, None]
    found = np.zeros(space.owned)
    for group, share in groups.items():
        load = space.load(np.where((domain.cell_group == domain.groups[group])[:, None], pattern, 0.0))
        found += share * load / (load.sum() * _UNIT)
    found[space.fixed] = 0.0
    return found[:, None]
