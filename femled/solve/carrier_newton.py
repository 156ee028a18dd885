"""One Newton step of the equations of carriers, taken in the densities."""

import math

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

RISE = 1e99
"""[1] Largest relative growth of a density in one step."""

FINEST, AGAIN = 0.3, 12
"""Size of an update over the tolerance after which factors are not used again, and how many times they are at most."""

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
        tolerance: [V_T] update that is small enough.
    """

    def __init__(self, space: CarrierSpace, *, tolerance: float = TOLERANCE) -> None:
        self.space, self._traps, self._finest = space, IonMadeTraps(space), FINEST * tolerance
        self._tied = np.zeros((len(space.position), space.components - ELECTRONS))
        self._tied[:, :2] = 1.0
        for slot, one in zip(space.slots, space.moving, strict=True):
            self._tied[one.corners, IONS - ELECTRONS + slot] = -one.law.ion.charge
        self._crowded = [
            (one.law, (np.unique(one.corners), IONS - ELECTRONS + slot))
            for slot, one in zip(space.slots, space.moving, strict=True)
            if not one.law.dilute
        ]
        self._signs = np.ones(self._tied.shape[1])
        self._signs[HOLES - ELECTRONS] = -1.0
        self._known_vt, self._levels = np.zeros(0), np.zeros(0)

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
        known = self._susceptibilities()
        *moved, since = self._advance(change)
        size = moved[0]
        dear = space.mesh.kind.dimension > 1 or not space.ions.screening.any()
        chord, fall = (CHORD, FALL) if dear else RESTING
        for _ in range(AGAIN):
            if not self._finest < size < chord:
                break
            before = moved[0]
            *moved, grown = self._advance(self.solved(self._right()[0]), self._over(since, known))
            since *= grown
            ratio = moved[0] / before
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
        shifts = np.zeros(0)
        if shift:
            shifts = np.zeros(space.u.shape)
            shifts[:, [ELECTRONS, HOLES]] = shift
        space.screening.put(space.ions.screening)
        added = slope.ravel() if any(one.open for one in space.terminals) else np.zeros(0)
        space.system.factor(added, shifts.ravel(), self._blocks())

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

    def _advance(self, change: Array, over: Array | None = None) -> tuple[float, float, Array]:
        """The step map: the largest updates of `step`, and (nodes, components - 1) by which densities grew.

        Args:
            change: (nodes, components) the linear step.
            over: (nodes, components - 1) densities over those that the factors know, if they are not of this state.
        """
        u, per_vt = self.space.u, self._per_vt()
        phi = np.minimum(np.maximum(change[:, :ELECTRONS], -CLIP), CLIP)
        moved = float(np.abs(phi[:, 0] / self.space.nodal_vt).max())
        with np.errstate(over="ignore"):  # densities of 1e-300 leave rows that are singular
            relative = (change[:, ELECTRONS:] + self._tied * change[:, :ELECTRONS]) * per_vt
            if over is not None:
                relative /= over
        largest = max(moved, float(np.abs(relative).max()))
        relative = np.minimum(np.maximum(relative, -0.99), RISE)
        u[:, :ELECTRONS] += phi
        u[:, ELECTRONS:] += np.log1p(relative) / per_vt - self._tied * phi
        return largest, moved, 1.0 + relative

    def _per_vt(self) -> Array:
        """(nodes, components - 1), [1/V] by which levels count, made again when the temperature is another."""
        nodal = self.space.nodal_vt
        if self._known_vt is not nodal:
            self._known_vt, self._levels = nodal, self._signs / np.reshape(nodal, (-1, 1))
        return self._levels

    def _susceptibilities(self) -> list[Array]:
        """(nodes of its layer,) logarithms of what the density of a crowded species answers by, up to constants."""
        found, u = [], self.space.u
        for law, (nodes, column) in self._crowded:
            exponent = (u[nodes, ELECTRONS + column] - law.ion.charge * u[nodes, POTENTIAL]) / self.space.vt
            found.append(law.log_susceptibility(exponent))
        return found

    def _over(self, since: Array, known: list[Array]) -> Array:
        """(nodes, components - 1) what densities answer by over what the factors know.

        Args:
            since: (nodes, components - 1) by which densities have grown.
            known: `_susceptibilities` that the factors know.
        """
        if not self._crowded:
            return since
        found = since.copy()
        for (_, at), before, now in zip(self._crowded, known, self._susceptibilities(), strict=True):
            found[at] = np.exp(now - before)
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
