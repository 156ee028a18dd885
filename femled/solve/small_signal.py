"""Answer of a steady state to a small alternating voltage: the discrete equations, linearised, at one frequency.

    F(u, V) + d/dt d(u) = 0   ->   (A + i omega M) du = -dF/dV,   A = dF/du,   M = dd/du

d are the stored densities of electrons, holes and ions, M is assembled by the same forms as a march in time uses.
Traps that hold charge follow dN_t f/dt = U_n - U_p, exactly a step of backward Euler with i omega for 1/dt (see
`femled.physics.traps`): beyond the steady state they add w = i omega/(i omega + S) times their own blocks.

The current is that of `femled.solve.carrier_currents`, linearised: minority carriers at the contacts, and the rate and
storage between them, whose derivative comes from a copy of the column in which nothing moves, so that no flux is
subtracted from itself.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import splu

from femled.domain.column_mesh import LENGTH
from femled.physics.carriers import ELECTRONS, FLUX, HOLES, POTENTIAL
from femled.solve.carriers import CarrierSpace
from femled.solve.forms import fem
from femled.solve.ion_trap_response import ion_trap_block
from femled.solve.ions import species_of
from femled.solve.petsc import la
from femled.solve.trap_response import TrapResponse

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

STILL_MOBILITY, STILL_DIFFUSIVITY = 1e-40, 1e-60
"""[m2/V/s], [m2/s] of a column in which nothing moves."""

FAST = 1e40
"""[1/s] growth beside which rates and fluxes vanish: what is left of the matrix is the storage alone."""


@dataclass(frozen=True)
class Answer:
    """Per volt at the anode, at one frequency.

    Args:
        total: [S/m2] from minority carriers at the contacts, rates and storage, with displacement.
        anode: [S/m2] from the sum of all currents there.
        cathode: [S/m2] the same at the other end.
        unknowns: (nodes, components) du/dV.
    """

    total: complex
    anode: complex
    cathode: complex
    unknowns: Complex

    @property
    def error(self) -> float:
        """[S/m2] largest difference between the routes."""
        return max(abs(self.total - self.anode), abs(self.total - self.cathode), abs(self.anode - self.cathode))


class SmallSignal:
    """The linearised equations of a space in a steady state.

    Args:
        space: the equations in the steady state, moving ions at rest.
    """

    def __init__(self, space: CarrierSpace) -> None:
        self._space = space
        still = still_space(space)
        local = _faces(space) + ion_trap_block(still)
        self._steady, self._storage = jacobian(space, 0.0) + local, _storage(still)
        self._rates = jacobian(still, 0.0) + local
        self._traps = TrapResponse(space) if space.holding else None
        self._moving = self._steady + _surfaces(space)
        self._held = np.zeros(space.u.size, dtype=bool)
        self._held[space.held] = True
        applied = np.zeros(space.u.size)
        for terminal in space.terminals:
            for low, high in zip(
                terminal.held(0.0, space.components), terminal.held(1.0, space.components), strict=True
            ):
                applied[low[0]] = high[1] - low[1]
        self._applied = applied[self._held]

    def at(self, frequency: float) -> Answer:
        """The answer at a frequency.

        Args:
            frequency: [Hz] f = omega/(2 pi).
        """
        omega = 2 * np.pi * frequency
        stored = 1j * omega * self._storage
        if self._traps is not None:
            stored = stored + self._traps.block(omega)
        matrix = csr_matrix(self._moving + stored)
        free, held = np.flatnonzero(~self._held), np.flatnonzero(self._held)
        change = np.zeros(self._space.u.size, dtype=np.complex128)
        change[held] = self._applied
        rows = matrix[free]
        change[free] = _solved(rows[:, free], -(rows[:, held] @ self._applied))
        return self._answer(omega, change, stored)

    def _answer(self, omega: float, change: Complex, stored: Any) -> Answer:
        space, unit = self._space, FLUX / self._space.mesh.area
        shape = space.u.shape
        through = ((self._steady + stored) @ change).reshape(shape)
        ends = [unit * through[terminal.nodes].sum(axis=0) for terminal in space.terminals]
        net = -unit * ((self._rates + stored) @ change).reshape(shape)[:, HOLES].sum()
        charges = [1j * omega * end[POTENTIAL] for end in ends]
        return Answer(
            total=complex(-ends[0][ELECTRONS] + ends[1][HOLES] + net + charges[0]),
            anode=complex(-ends[0][ELECTRONS] - ends[0][HOLES] + charges[0]),
            cathode=complex(ends[1][ELECTRONS] + ends[1][HOLES] - charges[1]),
            unknowns=change.reshape(shape),
        )


def still_space(space: CarrierSpace) -> CarrierSpace:
    """The same state of a column in which nothing moves."""
    layers = []
    for layer, semiconductor in zip(space.column.layers, space.column.semiconductors, strict=True):
        ions = tuple(ion.replace(diffusivity=STILL_DIFFUSIVITY) for ion in semiconductor.ions)
        material = semiconductor.replace(electron_mobility=STILL_MOBILITY, hole_mobility=STILL_MOBILITY, ions=ions)
        layers.append(layer.replace(material=material))
    column = space.column.replace(layers=tuple(layers))
    moving = species_of(column, space.mesh, space.cell_nodes, space.vt) if space.moving else ()
    still = CarrierSpace(column, space.mesh, moving=moving, carriers=not space.empty)
    still.u[:] = space.u
    still.ions, still.mean_current = space.ions, space.mean_current
    still.traps.put(space.traps.x.array)
    return still


def jacobian(space: CarrierSpace, growth: float, traps: float = 0.0) -> Any:
    """The derivative of the equations, without contacts and faces, as a matrix (unknowns, unknowns).

    Args:
        space: the equations.
        growth: [1/s] of the time derivatives of electrons, holes and ions.
        traps: [1/s] of that of traps, with `space.trapped` for its past.
    """
    space.screening.put(space.ions.screening)
    space.grow(growth, growth, {"growth_ions": growth, "growth_traps": traps}, np.zeros(space.u.shape))
    matrix = fem.create_matrix(space.system.form, block_mode=la.BlockMode.expanded)
    fem.assemble_matrix(matrix, space.system.form)
    space.grow(0.0, 0.0, {"growth_ions": 0.0, "growth_traps": 0.0}, np.zeros(space.u.shape))
    size = space.u.size
    return csr_matrix((matrix.data.copy(), matrix.indices.copy(), matrix.indptr.copy()), shape=(size, size))


def _storage(still: CarrierSpace) -> Any:
    """M."""
    return (jacobian(still, FAST) - jacobian(still, 0.0)) / FAST


def _faces(space: CarrierSpace) -> Any:
    """The derivative of the recombination in the faces between layers."""
    size, matrix = space.u.size, csr_matrix((space.u.size, space.u.size))
    for face in space.faces:
        slopes = face.areas[:, None] * face.slopes(space.u[face.nodes])
        places = (space.components * face.nodes.astype(np.int64)[:, None] + np.arange(3)).ravel()
        for component, sign in ((ELECTRONS, 1.0), (HOLES, -1.0)):
            rows = np.repeat(space.components * face.nodes.astype(np.int64) + component, 3)
            matrix = matrix + csr_matrix((sign * slopes.ravel(), (rows, places)), shape=(size, size))
    return matrix


def _surfaces(space: CarrierSpace) -> Any:
    """The derivative of the fluxes through contacts of finite velocity in potential and Fermi level."""
    rows, columns, values = [], [], []
    for terminal in space.terminals:
        if space.empty or not terminal.open:
            continue
        _, steep = terminal.surface(space.u[terminal.nodes], space.voltage, LENGTH)
        first = space.components * terminal.nodes.astype(np.int64)
        for column, component in enumerate((ELECTRONS, HOLES)):
            for unknown in (component, POTENTIAL):
                rows.append(first + component)
                columns.append(first + unknown)
                values.append(steep[:, column])
    size = space.u.size
    if not rows:
        return csr_matrix((size, size))
    return csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size))


def _solved(matrix: Any, right: Complex) -> Complex:
    """The solution with every row and then every column divided by its largest entry; empty rows leave zero."""
    largest = np.asarray(abs(matrix).max(axis=1).todense()).ravel()
    empty = largest < 1e-280  # no carriers at all
    scale = 1 / np.where(empty, 1.0, largest)
    scaled = diags(scale) @ matrix + diags(empty.astype(np.complex128))
    widest = np.asarray(abs(scaled).max(axis=0).todense()).ravel()
    factors = splu((scaled @ diags(1 / widest)).tocsc())
    return np.asarray(factors.solve(right * scale) / widest)
