"""One Newton step of the equations of carriers, taken in the densities."""

import math

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import LENGTH
from femled.physics.carriers import ELECTRONS, HOLES, IONS, POTENTIAL
from femled.solve.carriers import CarrierSpace
from femled.solve.petsc import Block
from femled.solve.trap_state import IonMadeTraps

Array = NDArray[np.float64]

CLIP = 1.0
"""[V] largest change of the potential in one step."""

RISE = 1e99
"""[1] Largest relative growth of a density in one step."""

FINEST, AGAIN = 3e-7, 12
"""[V_T] Size of an update after which factors are not used again, and how many times they are at most."""

CHORD, FALL = 0.1, 0.2
"""[V_T] Largest update after which factors are used again, and the ratio of one to that before at which they are given
up."""

RESTING = 0.002, 0.02
"""The same two in one dimension with ions at rest: a step of theirs costs as much as factors."""


class CarrierNewton:
    """Newton's method for a space: the linear step, mapped to the densities.

        s = (dE_Fn + dphi)/V_T;  dphi <- clip(dphi, +-1 V);  dE_Fn <- V_T log(1 + clip(s, -0.99, 1e99)) - dphi

    holes and ions with their signs. The linear step does not depend on the choice of variables: this is Newton's method
    in densities, which keeps them positive. So is a step with factors of an earlier state: s is scaled from the
    densities that those know to the densities of now, so that inventories are kept though the factors are old.

    Args:
        space: the equations.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self.space, self._traps = space, IonMadeTraps(space)
        self._tied = np.zeros((len(space.position), space.components - ELECTRONS))
        self._tied[:, :2] = 1.0
        for slot, one in zip(space.slots, space.moving, strict=True):
            self._tied[one.corners, IONS - ELECTRONS + slot] = -one.law.ion.charge
        self._crowded = [(one, slot) for slot, one in zip(space.slots, space.moving, strict=True) if not one.law.dilute]
        self._signs = np.ones(self._tied.shape[1])
        self._signs[HOLES - ELECTRONS] = -1.0

    def residual(self) -> Array:
        """(nodes, components) with the fluxes through contacts of finite velocity."""
        return self.space.residual() + self._surface()[0]

    def step(self, shift: float) -> tuple[float, float]:
        """Solve, update, and return the largest update of all unknowns and of the potential, [V_T].

        Small updates d_1 are followed by more with the same factors, as long as those fall fast. They leave an error of
        d_k^2/d_(k-1), the rest of a geometric series, a whole step one of about d_1^2: its size is that of a whole step
        that would have left the same.

        Args:
            shift: on the diagonal of the scaled continuity rows.
        """
        space = self.space
        if space.rigid:
            space.u.ravel()[space.held] = space.target
        right, slope = self._right()
        self._factor(slope, shift)
        change = self.solved(right)
        if space.rigid:
            return self._descend(change, -right)
        start = space.u.copy()
        moved = self._advance(change)
        size, known = moved[0], self._logarithms(start)
        dear = space.mesh.kind.dimension > 1 or not space.ions.screening.any()
        chord, fall = (CHORD, FALL) if dear else RESTING
        for _ in range(AGAIN):
            if not FINEST < size < chord:
                break
            before, moved = moved, self._advance(self.solved(self._right()[0]), known)
            ratio = moved[0] / before[0]
            size = min(size, math.sqrt(ratio * moved[0]))
            if ratio > fall:
                break
        return size, moved[1]

    def by_voltage(self, *, renewed: bool = True) -> Array:
        """(nodes, components) derivative of a steady state in the bias, [1] and [eV/V].

        Potential and Fermi level of a contact move against each other: n_0 stays, n of `Terminal.surface` does not.

        Args:
            renewed: factor at the state as it is; else the factors at hand serve, of a state within one step.
        """
        space = self.space
        if renewed:
            self._factor(self._right()[1], 0.0)
        steep = self._surface()[1]
        right = np.zeros(space.u.shape)
        for terminal in space.terminals:
            right[terminal.nodes] = -steep[terminal.nodes] * np.reshape(terminal.applied(1.0), (-1, 1))
        rows, _, rise = space.biased
        right.ravel()[rows] = rise
        return self.solved(right.ravel())

    def _factor(self, slope: Array, shift: float) -> None:
        """At the state as it is, settled.

        Args:
            slope: (nodes, components) of the fluxes through contacts.
            shift: on the diagonal of the scaled continuity rows.
        """
        space = self.space
        shifts = np.zeros(space.u.shape)
        shifts[:, [ELECTRONS, HOLES]] = shift
        space.screening.put(space.ions.screening)
        space.system.factor(slope.ravel(), shifts.ravel(), self._blocks())

    def _right(self) -> tuple[Array, Array]:
        """(size,) right-hand side of the linear step, and the derivative of the fluxes through contacts."""
        space = self.space
        self._traps.renew()
        value, slope = self._surface()
        right = -(space.residual() + value).ravel()
        right[space.held] = space.target - space.u.ravel()[space.held]
        return right, slope

    def solved(self, right: Array) -> Array:
        """(nodes, components) the linear step, with the inventories of resting ions kept."""
        space = self.space
        change = space.system.solve(right)
        return space.ions.answer(change, space.system.solve, space.held).reshape(space.u.shape)

    def _blocks(self) -> list[Block]:
        """Derivatives of the recombination in faces, and of levels that follow the potential: dE_F + dphi = 0."""
        k, bound = self.space.components, self.space.bound
        found = [(bound, columns, np.ones(len(bound))) for columns in (bound, bound - bound % k) if len(bound)]
        for face in self.space.faces:
            slopes = face.areas[:, None] * face.slopes(self.space.u[face.nodes])
            columns = k * face.nodes[:, None] + np.arange(3)
            for component, sign in ((ELECTRONS, 1.0), (HOLES, -1.0)):
                rows = np.repeat(k * face.nodes + component, 3)
                found.append((rows, columns.ravel(), (sign * slopes).ravel()))
        return found

    def _surface(self) -> tuple[Array, Array]:
        """Flux through contacts of finite surface velocity, as residual and derivative (nodes, components)."""
        space = self.space
        value, slope = np.zeros(space.u.shape), np.zeros(space.u.shape)
        for terminal in space.terminals:
            if space.empty or not terminal.open:
                continue
            flux, steep = terminal.surface(space.u[terminal.nodes], space.voltage, LENGTH)
            value[terminal.nodes, ELECTRONS : HOLES + 1] = flux
            slope[terminal.nodes, ELECTRONS : HOLES + 1] = steep
        return value, slope

    def _advance(self, change: Array, known: Array | None = None) -> tuple[float, float]:
        """The step map.

        Args:
            change: (nodes, components) the linear step.
            known: logarithms of the densities that the factors know, if those are not of this state.
        """
        u, per_vt = self.space.u, self._per_vt
        phi = np.clip(change[:, POTENTIAL], -CLIP, CLIP)
        moved = float(np.abs(phi / self.space.nodal_vt).max())
        with np.errstate(over="ignore"):  # densities of 1e-300 leave rows that are singular
            relative = (change[:, ELECTRONS:] + self._tied * change[:, :ELECTRONS]) * per_vt
            if known is not None:
                relative *= np.exp(known - self._logarithms(u))
        largest = max(moved, float(np.abs(relative).max()))
        u[:, POTENTIAL] += phi
        u[:, ELECTRONS:] += np.log1p(np.clip(relative, -0.99, RISE)) / per_vt - self._tied * phi[:, None]
        return largest, moved

    @property
    def _per_vt(self) -> Array:
        """(1 or nodes, components - 1), [1/V] with the sign of a species."""
        return np.asarray(self._signs / np.reshape(self.space.nodal_vt, (-1, 1)))

    def _logarithms(self, u: Array) -> Array:
        """(nodes, components - 1) of what the density of electrons, holes and ions changes by, up to constants."""
        found = np.asarray((u[:, ELECTRONS:] + self._tied * u[:, :ELECTRONS]) * self._per_vt)
        for one, slot in self._crowded:
            at = one.corners, IONS - ELECTRONS + slot
            found[at] = one.law.log_susceptibility(found[at])
        return found

    def _descend(self, change: Array, before: Array) -> tuple[float, float]:
        """A step with flat Fermi levels: the energy is convex in phi, the step is halved until it fits.

        Its slope along the step, F(phi + t dphi) . dphi, starts negative and grows: up to half its first size, of
        either sign, is a good step.
        """
        space = self.space
        moved = float(np.abs(change).max()) / space.vt
        start = space.u.copy()
        slope, share = abs(float(before @ change.ravel())), 1.0
        while True:
            space.u[:] = start + share * change
            if moved < 1e-3 or share < 1e-6:
                break
            with np.errstate(over="ignore", invalid="ignore"):
                now = float(space.residual().ravel() @ change.ravel())
            if now <= 0.5 * slope:
                break
            share /= 2
        return moved, moved
