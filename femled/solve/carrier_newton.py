"""One Newton step of the equations of carriers, taken in the densities."""

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import LENGTH
from femled.physics.carriers import ELECTRONS, HOLES, IONS, POTENTIAL
from femled.solve.carriers import CarrierSpace
from femled.solve.newton import TOLERANCE
from femled.solve.petsc import Block
from femled.solve.trap_state import IonMadeTraps

Array = NDArray[np.float64]

CLIP = 1.0
"""[V] largest change of the potential in one step."""

CHORD, FALL, AGAIN = 0.1, 0.2, 12
"""[V_T] largest update after which the factors are used again, ratio to the one before at which they are given up, and
how many times at most."""

LEFT = 1e-10
"""[V_T] error, updates with the same factors go on down to it: the last one times its ratio to the one before."""


class CarrierNewton:
    """Newton's method for a space: the linear step, mapped to the densities.

        s = (dE_Fn + dphi)/V_T;  dphi <- clip(dphi, +-1 V);  dE_Fn <- V_T log(1 + max(s, -0.99)) - dphi

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

    def by_voltage(self) -> Array:
        """(nodes, components) derivative of the steady state in the bias, per volt, factored at the state as it is."""
        space = self.space
        _, slope = self._right()
        space.screening.put(space.ions.screening)
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

        Factors cost two to ten times a residual: small updates are followed by more with the same ones.

        Args:
            shift: on the diagonal of the scaled continuity rows.
        """
        space = self.space
        if space.rigid:
            space.u.ravel()[space.held] = space.target
        right, slope = self._right()
        shifts = np.zeros(space.u.shape)
        shifts[:, [ELECTRONS, HOLES]] = shift
        space.screening.put(space.ions.screening)
        space.system.factor(slope.ravel(), shifts.ravel(), self._face_blocks())
        change = self._solved(right)
        if space.rigid:
            return self._descend(change, -right)
        start = space.u.copy()
        moved = self._advance(change)
        if not TOLERANCE < moved[0] < CHORD:
            return moved
        known = self._logarithms(start)
        for _ in range(AGAIN):
            before, moved = moved, self._advance(self._solved(self._right()[0]), known)
            ratio = moved[0] / before[0]
            if ratio > FALL or (moved[0] < TOLERANCE and ratio * moved[0] < LEFT):
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

    def _advance(self, change: Array, known: Array | None = None) -> tuple[float, float]:
        """The step map.

        Args:
            change: (nodes, components) the linear step.
            known: logarithms of the densities that the factors know, if those are not of this state.
        """
        u, per_vt = self.space.u, self._per_vt
        phi = np.clip(change[:, POTENTIAL], -CLIP, CLIP)
        moved = float(np.abs(phi / self.space.nodal_vt).max())
        relative = (change[:, ELECTRONS:] + self._tied * change[:, :ELECTRONS]) * per_vt
        if known is not None:
            relative *= np.exp(known - self._logarithms(u))
        largest = max(moved, float(np.abs(relative).max()))
        u[:, POTENTIAL] += phi
        u[:, ELECTRONS:] += np.log1p(np.maximum(relative, -0.99)) / per_vt - self._tied * phi[:, None]
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
