"""Conduction of charge in an electrode around an opening, by what it answers to the current that is taken at its face.

    div(sigma grad phi) = 0,   sigma d phi/dn = J at the face r < a,   0 elsewhere
    phi = phi_feed at r = b, or sigma d phi/dn = (phi_feed - phi)/rho behind a contact

Second-order elements in rows and columns, the form of heat conduction with sigma for kappa. On a plate of one material
it is a sum of products of matrices in r and in z, sigma (K_r x M_z + M_r x K_z), which falls apart in the modes of z,

    K_z v = lambda M_z v:   sigma (K_r + lambda M_r) c = v(face) q,   phi = sum c(r) v(z)

and the even mode, lambda = 0, is the sheet. Assembled as a whole, a film of 20 nm that is 300 um wide would lose nine
of sixteen digits: its cells conduct so much better through the film than along it.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from femled.domain.disk import Disk

Array = NDArray[np.float64]

_MASS = np.array([[4.0, 2.0, -1.0], [2.0, 16.0, 2.0], [-1.0, 2.0, 4.0]]) / 30
_STIFFNESS = np.array([[7.0, -8.0, 1.0], [-8.0, 16.0, -8.0], [1.0, -8.0, 7.0]]) / 3
"""Of a second-order element of length 1, nodes at both ends and in the middle."""


class Columns:
    """Second-order functions of the radius, common to both electrodes, as banded matrices.

    Args:
        disk: second order, from the axis to the feed, the rim of the opening one of its radii.
        radius: [m] of the opening.
    """

    def __init__(self, disk: Disk, radius: float) -> None:
        from scipy.sparse import csr_array

        self.disk = disk
        self.faced = int(np.count_nonzero(disk.nodes <= radius * (1 + 1e-9)))
        """Number of nodes in the opening."""
        self.values, self.slopes = csr_array(disk.values), csr_array(disk.slopes)
        self._mass, self._stiffness = (self._bands(one) for one in (self.values, self.slopes))

    def _bands(self, functions: "object") -> Array:
        """(3, n) upper bands of the integrals of products."""
        weighted = functions.multiply(self.disk.weights[:, None])  # type: ignore[attr-defined]
        matrix = (functions.T @ weighted).todia()  # type: ignore[attr-defined]
        found = np.zeros((3, self.disk.count))
        for above in range(3):
            found[2 - above, above:] = matrix.diagonal(above)
        return found

    def solve(self, rate: float, edge: float | None, right: Array) -> Array:
        """(n, k) c with (K_r + rate M_r + edge at the feed) c = right; c = 0 at the feed where edge is None.

        Args:
            rate: [1/m2] lambda.
            edge: [1] 2 pi b/(sigma rho) of a contact at the feed.
            right: (n, k).
        """
        from scipy.linalg import solveh_banded

        bands, load = self._stiffness + rate * self._mass, right.copy()
        if edge is None:
            bands[:2, -1], bands[2, -1], load[-1] = 0.0, 1.0, 0.0
        else:
            bands[2, -1] += edge
        return np.asarray(solveh_banded(bands, load))


class ElectrodePlate:
    """One electrode; what is solved for is the drop of potential from the feed, [V].

    Args:
        columns: functions of the radius.
        depths: (rows + 1,), [m] below the face, 0 the first.
        conductivity: [S/m] sigma.
        contact: [ohm m2] rho over the edge where it is fed; 0 holds the edge itself.
    """

    def __init__(self, columns: Columns, depths: Array, conductivity: float, contact: float = 0.0) -> None:
        self._columns, self._sigma = columns, conductivity
        self._edge = 2 * np.pi * columns.disk.radii[-1] / (conductivity * contact) if contact else None
        self.thickness = float(depths[-1])
        self.depths = np.append(np.column_stack([depths[:-1], (depths[1:] + depths[:-1]) / 2]).ravel(), depths[-1])
        """(m,), [m] of the nodes."""
        self.rates, self.modes = _modes(depths)
        """(m,), [1/m2] lambda; (m, m) v of each mode at the nodes, a row each."""

    def _coefficients(self, taken: Array) -> Array:
        """(m, n, k) c of every mode for currents (faced, k), [A]."""
        load = np.zeros((self._columns.disk.count, taken.shape[1]))
        load[: len(taken)] = taken
        return np.stack(
            [
                self._columns.solve(rate, self._edge, at_face / self._sigma * load)
                for rate, at_face in zip(self.rates, self.modes[:, 0], strict=True)
            ]
        )

    @cached_property
    def responses(self) -> Array:
        """(faced, faced), [ohm] drop at every node of the face for 1 A through every node."""
        faced, found = self._columns.faced, np.zeros((self._columns.faced, self._columns.faced))
        load = np.eye(self._columns.disk.count, faced)
        for rate, at_face in zip(self.rates, self.modes[:, 0], strict=True):
            found += at_face**2 / self._sigma * self._columns.solve(rate, self._edge, load)[:faced]
        return (found + found.T) / 2

    def drop(self, taken: Array) -> Array:
        """(n, m), [V] at the nodes for currents (faced,), [A]."""
        return np.asarray(np.einsum("mn,mz->nz", self._coefficients(taken[:, None])[..., 0], self.modes))

    def fed_current(self, taken: Array) -> float:
        """[A] through the feed, from the potential beside it, for currents (faced,), [A] at the face.

        Only the even mode carries a total: the others have no mean in z.
        """
        columns = self._columns
        even = columns.solve(0.0, self._edge, self._load(taken))[:, 0]
        if self._edge is not None:
            return float(self._sigma * self.thickness * self._edge * even[-1])
        beside = columns.disk.weights * columns.disk.slopes[:, -1]
        direct = taken[-1] if columns.faced == columns.disk.count else 0.0
        return float(direct - self._sigma * self.thickness * (beside @ (columns.slopes @ even)))

    def _load(self, taken: Array) -> Array:
        """(n, 1) of the even mode, whose value is 1/thickness^1/2, as a potential."""
        load = np.zeros((self._columns.disk.count, 1))
        load[: len(taken), 0] = taken / (self._sigma * self.thickness)
        return load

    def heat(self, taken: Array) -> tuple[float, float]:
        """[W] turned into heat, Int sigma |grad phi|^2 dV by quadrature, and in the contact at the feed."""
        columns, weights = self._columns, self._columns.disk.weights
        c = self._coefficients(taken[:, None])[..., 0]
        along, across = columns.slopes @ c.T, columns.values @ c.T
        joule = self._sigma * float(weights @ (along**2 + across**2 * self.rates).sum(axis=1))
        return joule, 0.0 if self._edge is None else self._sigma * self._edge * float((c[:, -1] ** 2).sum())


def _modes(depths: Array) -> tuple[Array, Array]:
    """Modes of K_z v = lambda M_z v on second-order elements, v M_z v = 1; the even one exactly so."""
    from scipy.linalg import eigh

    count = 2 * (len(depths) - 1) + 1
    mass, stiffness = np.zeros((2, count, count))
    for row, height in enumerate(np.diff(depths)):
        here = slice(2 * row, 2 * row + 3)
        mass[here, here] += height * _MASS
        stiffness[here, here] += _STIFFNESS / height
    thickness = float(depths[-1])
    rates, modes = eigh(stiffness * thickness, mass / thickness)
    rates, modes = rates / thickness**2, modes.T / np.sqrt(thickness)
    rates[0], modes[0] = 0.0, 1.0 / np.sqrt(thickness)
    return rates, modes
