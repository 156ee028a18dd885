"""Matrices and direct solves: the one file that talks to PETSc."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.domain import backend
from femled.errors import ConvergenceError

backend.load()

from dolfinx import fem  # noqa: E402
from dolfinx import la as dolfinx_la  # noqa: E402
from dolfinx.fem import petsc as dolfinx_petsc  # noqa: E402
from mpi4py import MPI  # noqa: E402
from petsc4py import PETSc as PETSc4py  # noqa: E402

# The stubs of both are wrong in places (enumerations as int, missing overloads).
PETSc: Any = PETSc4py
fem_petsc: Any = dolfinx_petsc
la: Any = dolfinx_la

Array = NDArray[np.float64]
Block = tuple[NDArray[np.intp], NDArray[np.intp], Array]


class Matrix:
    """A sparse matrix of a form, acting on the owned entries of a vector.

    Args:
        form: bilinear form on a mesh.
    """

    def __init__(self, form: Any) -> None:
        self._form = form
        self.petsc = fem_petsc.create_matrix(form)
        self._x, self._y = self.petsc.createVecs()

    def assemble(self) -> None:
        """Assemble with the form's data as they are now."""
        self.petsc.zeroEntries()
        fem_petsc.assemble_matrix(self.petsc, self._form)
        self.petsc.assemble()

    def __matmul__(self, x: Array) -> Array:
        """(owned,) product with a vector (owned,)."""
        self._x.array[:] = x
        self.petsc.mult(self._x, self._y)
        return np.array(self._y.array)


class DirectSolver:
    """Cholesky factorisations of M + scale (K1 + K2 + ...), symmetric positive definite, one sparsity for all.

    Held unknowns have identity rows and columns. On one rank the matrix is reordered once by nested dissection and
    factored by PETSc, whose solves take a third of the time of those of MUMPS up to 2e5 unknowns; on several ranks
    MUMPS does both.

    Args:
        storage: M.
        others: K1, K2, ... with the sparsity of M.
        fixed: owned local unknowns held at zero.
        block: what is being solved, for the message of a failure.
    """

    def __init__(self, storage: Matrix, others: list[Matrix], fixed: NDArray[np.int32], block: str) -> None:
        self._storage, self._others, self._block = storage, others, block
        self._fixed = (fixed + storage.petsc.getOwnershipRange()[0]).astype(PETSc.IntType)
        self._order: Any = None if storage.petsc.comm.size > 1 else storage.petsc.getOrdering("nd")[0]
        self.update()

    def update(self) -> None:
        """Take the matrices over as they are assembled now."""
        self._mass = self._prepared(self._storage.petsc.copy(), diagonal=1.0)
        first, *rest = self._others
        stiffness = first.petsc.copy()
        for other in rest:
            stiffness.axpy(1.0, other.petsc, structure=PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)
        self._stiffness = self._prepared(stiffness, diagonal=0.0)

    def _prepared(self, matrix: Any, diagonal: float) -> Any:
        matrix.zeroRowsColumns(self._fixed, diag=diagonal)
        return matrix if self._order is None else matrix.permute(self._order, self._order)

    def factor(self, scale: float, *, weight: float = 1.0) -> "Factorisation":
        """The factorisation of weight M + scale (K1 + K2 + ...)."""
        matrix = self._mass.copy()
        if weight != 1.0:
            matrix.scale(weight)
        matrix.axpy(scale, self._stiffness, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        if weight == 0.0:
            held = self._fixed if self._order is None else self._position(self._fixed)
            matrix.zeroRowsColumns(held, diag=1.0)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        return Factorisation(matrix, self._block, None if self._order is None else self._order.getIndices())

    def _position(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Where rows have gone in the new order."""
        place = np.empty(self._mass.size[0], dtype=PETSc.IntType)
        place[self._order.getIndices()] = np.arange(len(place))
        return place[rows]


class Factorisation:
    """One Cholesky factorisation, made by `DirectSolver.factor`.

    Args:
        matrix: symmetric positive definite, already permuted.
        block: what is being solved, for the message of a failure.
        order: (owned,) permutation, None where the solver permutes by itself.
    """

    def __init__(self, matrix: Any, block: str, order: NDArray[np.int32] | None) -> None:
        self._block, self._order = block, order
        self._place = None if order is None else np.argsort(order)
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOperators(matrix)
        self._ksp.setType("preonly")
        self._ksp.setErrorIfNotConverged(True)
        pc = self._ksp.getPC()
        pc.setType("cholesky")
        pc.setFactorSolverType("mumps" if order is None else "petsc")
        if order is not None:
            pc.setFactorOrdering("natural")
        self._x, self._b = matrix.createVecs()
        try:
            self._ksp.setUp()
        except PETSc.Error as error:
            raise self._failure(f"PETSc error {error.ierr}") from None

    def solve(self, right: Array) -> Array:
        """The solution (owned,) for a right-hand side (owned,).

        Raises:
            ConvergenceError: a singular matrix or a non-finite solution.
        """
        if self._order is None:
            self._b.array[:] = right
        else:
            np.take(right, self._order, out=self._b.array)
        try:
            self._ksp.solve(self._b, self._x)
        except PETSc.Error as error:
            raise self._failure(f"PETSc error {error.ierr}") from None
        solution = self._x.array.copy() if self._place is None else self._x.array[self._place]
        if not np.isfinite(solution).all():
            raise self._failure("non-finite solution")
        return np.asarray(solution)

    def destroy(self) -> None:
        """Give the memory of the factors back."""
        self._ksp.destroy()

    def _failure(self, reason: str) -> ConvergenceError:
        advice = "check material values and faces; femled validate reads a device file"
        return ConvergenceError(time=None, step=None, block=self._block, reason=reason, advice=advice)


class ScaledSystem:
    """A matrix assembled natively and factored by PETSc over the same memory, every row divided by its largest entry.

    The rows of drift-diffusion span forty decades. In one dimension PETSc's factors in the natural order of the
    unknowns are the cheapest, ten times below those of MUMPS; on a section it is the other way round.

    Args:
        form: bilinear form of a blocked space on one rank.
        block: what is being solved, for the message of a failure.
        data: constants and coefficients of the form as they are now.
        chain: whether the unknowns follow one another, as in one dimension.
    """

    def __init__(self, form: Any, block: str, data: Callable[[], tuple[Any, Any]], *, chain: bool = True) -> None:
        self.form, self._block, self._now = form, block, data
        self._matrix = fem.create_matrix(form, block_mode=la.BlockMode.expanded)
        self._data = self._matrix.data
        pointers, columns = self._matrix.indptr.astype(PETSc.IntType), self._matrix.indices.astype(PETSc.IntType)
        size = len(pointers) - 1
        self._starts = pointers[:-1]
        self._rows = np.repeat(np.arange(size), np.diff(pointers))
        self._diagonal = np.flatnonzero(self._rows == columns)
        self._keys = self._rows.astype(np.int64) * size + columns  # rising: rows and their columns are sorted
        self._held: Any = np.zeros(0, dtype=np.int64)
        self._size = np.empty(len(self._data))
        self._held_rows: Any = np.zeros(0, dtype=np.int64)
        self._petsc = PETSc.Mat().createAIJWithArrays((size, size), (pointers, columns, self._data), comm=MPI.COMM_SELF)
        self._ksp = PETSc.KSP().create(MPI.COMM_SELF)
        self._ksp.setOperators(self._petsc)
        self._ksp.setType("preonly")
        pc = self._ksp.getPC()
        pc.setType("lu")
        pc.setFactorSolverType("petsc" if chain else "mumps")
        if chain:
            pc.setFactorOrdering("natural")
            pc.setFactorPivot(zeropivot=1e-290)
        self._x, self._b = self._petsc.createVecs()
        self._scale = np.ones(size)

    def hold(self, rows: NDArray[np.int64]) -> None:
        """Rows that say x_i = b_i from now on."""
        marked = np.zeros(len(self._starts), dtype=bool)
        marked[rows] = True
        self._held, self._held_rows = np.flatnonzero(marked[self._rows]), np.asarray(rows)

    def factor(self, added: Array, shift: Array, blocks: Sequence[Block] = ()) -> None:
        """Assemble with the form's data as they are now, scale and factor.

        Args:
            added: (size,) to the diagonal before rows are scaled, or nothing.
            shift: (size,) to the diagonal of the scaled rows, or nothing.
            blocks: rows, columns and values (n,) each, added to entries that the form has.
        """
        self._data[:] = 0.0
        constants, coefficients = self._now()
        fem.assemble_matrix(self._matrix, self.form, constants=constants, coeffs=coefficients)
        if len(added):
            self._data[self._diagonal] += added
        for rows, columns, values in blocks:
            self._data[self._entries(rows, columns)] += values
        self._data[self._held] = 0.0
        self._data[self._diagonal[self._held_rows]] = 1.0
        largest = np.maximum.reduceat(np.abs(self._data, out=self._size), self._starts)
        empty = largest < 1e-280  # no carriers at all: their level stays as it is
        self._data[self._diagonal[empty]] = largest[empty] = 1.0
        self._scale = 1.0 / largest
        self._data *= np.take(self._scale, self._rows, out=self._size, mode="clip")
        if len(shift):
            self._data[self._diagonal] += shift
        self._petsc.assemble()
        self._petsc.stateIncrease()

    def _entries(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where entries are in the data."""
        width = len(self._starts)
        return np.searchsorted(self._keys, rows * width + columns)

    def solve(self, right: Array) -> Array:
        """(size,) solution for an unscaled right-hand side (size,).

        Raises:
            ConvergenceError: a singular matrix or a non-finite solution.
        """
        self._b.array[:] = right * self._scale
        try:
            self._ksp.solve(self._b, self._x)
        except PETSc.Error as error:
            raise self._failure(f"PETSc error {error.ierr}") from None
        if not np.isfinite(self._x.array).all():
            raise self._failure("non-finite solution")
        return np.array(self._x.array)

    def _failure(self, reason: str) -> ConvergenceError:
        advice = "check levels and mobilities of the layers"
        return ConvergenceError(time=None, step=None, block=self._block, reason=reason, advice=advice)
