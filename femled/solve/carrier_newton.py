"""One Newton step of the equations of carriers, taken in the densities."""

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

CHORD, FALL, FINEST, AGAIN = 0.1, 0.2, 1e-11, 12
"""[V_T] largest update after which the factors of a section are used again, ratio to the one before at which they are
given up, update that needs no other, and how many times at most."""


class CarrierNewton:
    """Newton's method for a space: the linear step, mapped to the densities.

        s = (dE_Fn + dphi)/V_T;  dphi <- clip(dphi, +-1 V);  dE_Fn <- V_T log(1 + max(s, -0.99)) - dphi

    holes and ions with their signs. The linear step does not depend on the choice of variables: this is Newton's method
    in densities, which keeps them positive.

    Args:
        space: the equations.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self.space, self._traps = space, IonMadeTraps(space)
        charges = [one.law.ion.charge for one in space.moving]
        nodes = [np.unique(one.corners) for one in space.moving]
        self._ions = list(zip(space.slots, charges, nodes, strict=True))

    def residual(self) -> Array:
        """(nodes, components) with the fluxes through contacts of finite velocity."""
        return self.space.residual() + self._surface()[0]

    def by_voltage(self) -> Array:
        """(nodes, components) derivative of the steady state in the bias, per volt, factored at the state as it is."""
        space = self.space
        _, slope = self._right()
        space.screening.x.array[:] = space.ions.screening.ravel()
        space.system.factor(slope.ravel(), np.zeros(space.u.size), self._face_blocks())
        right = np.zeros(space.u.shape)
        for terminal in space.terminals:
            if terminal.open and not space.empty:  # the potential held there takes the density along, its limit stays
                steep = slope[terminal.nodes, ELECTRONS : HOLES + 1]
                right[terminal.nodes, ELECTRONS : HOLES + 1] -= steep * np.reshape(terminal.applied(1.0), (-1, 1))
            pairs = zip(*(terminal.held(voltage, space.components) for voltage in (0.0, 1.0)), strict=True)
            for (row, still), (_, moved) in pairs:
                right.ravel()[row] = moved - still
        return self._solved(right.ravel())

    def step(self, shift: float) -> tuple[float, float]:
        """Solve, update, and return the largest update of all unknowns and of the potential, [V_T].

        On a section, where factors are dear, small updates are followed by more with the same factors.

        Args:
            shift: on the diagonal of the scaled continuity rows.
        """
        space = self.space
        if space.rigid:
            space.u.ravel()[space.held] = space.target
        right, slope = self._right()
        shifts = np.zeros(space.u.shape)
        shifts[:, [ELECTRONS, HOLES]] = shift
        space.screening.x.array[:] = space.ions.screening.ravel()
        space.system.factor(slope.ravel(), shifts.ravel(), self._face_blocks())
        change = self._solved(right)
        if space.rigid:
            return self._descend(change, -right)
        moved = self._advance(change)
        dear = space.mesh.kind.dimension > 1
        for _ in range(AGAIN):
            if not (dear and FINEST < moved[0] < CHORD):
                break
            before, moved = moved, self._advance(self._solved(self._right()[0]))
            if moved[0] > FALL * before[0]:
                break
        return moved

    def _right(self) -> tuple[Array, Array]:
        """(size,) right-hand side of the linear step, and the derivative of the fluxes through contacts."""
        space = self.space
        self._traps.renew()
        value, slope = self._surface()
        right = -(space.residual() + value).ravel()
        right[space.held] = space.target - space.u.ravel()[space.held]
        return right, slope

    def _solved(self, right: Array) -> Array:
        """(nodes, components) the linear step, with the inventories of resting ions kept."""
        space = self.space
        change = space.system.solve(right)
        return space.ions.answer(change, space.system.solve, space.held).reshape(space.u.shape)

    def _face_blocks(self) -> list[Block]:
        """Derivatives of the recombination in faces."""
        found, k = [], self.space.components
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

    def _advance(self, change: Array) -> tuple[float, float]:
        """The step map from the linear change (nodes, components)."""
        u, vt = self.space.u, self.space.nodal_vt
        phi = np.clip(change[:, POTENTIAL], -CLIP, CLIP)
        electrons = (change[:, ELECTRONS] + change[:, POTENTIAL]) / vt
        holes = -(change[:, HOLES] + change[:, POTENTIAL]) / vt
        u[:, POTENTIAL] += phi
        u[:, ELECTRONS] += vt * np.log1p(np.maximum(electrons, -0.99)) - phi
        u[:, HOLES] -= vt * np.log1p(np.maximum(holes, -0.99)) + phi
        moved = float(np.abs(phi / vt).max())
        largest = max(moved, float(np.abs(electrons).max()), float(np.abs(holes).max()))
        for slot, charge, nodes in self._ions:
            vt = self.space.vt
            relative = (change[nodes, IONS + slot] - charge * change[nodes, POTENTIAL]) / vt
            u[nodes, IONS + slot] += vt * np.log1p(np.maximum(relative, -0.99)) + charge * phi[nodes]
            largest = max(largest, float(np.abs(relative).max()))
        return largest, moved

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
