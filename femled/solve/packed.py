"""Data of forms cell by cell, kept as the kernels read them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.solve.forms import fem


class CellFunction(fem.Function[np.float64]):
    """Values cell by cell, as data of forms; `put` counts its changes, so that packed data follow."""

    changes = 0

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """(cells * values of a cell,) as they are."""
        return np.asarray(self.x.array)

    def put(self, values: NDArray[np.float64] | float) -> None:
        """Take values (cells, values of a cell), or one for all."""
        self.values[:] = np.ravel(values)
        self.changes += 1


class Packed:
    """Data of a form of integrals over all cells, kept as the kernels read them: only what changes is written again.

    Packing takes as long as a third of the integration of a short column, and nearly all of it never changes.

    Args:
        form: on a mesh, of entities from `cell_entities`.
        unknown: function that changes at any time.
        cellwise: functions with values of their own in every cell; those that count their changes are followed by them.
    """

    def __init__(self, form: Any, unknown: Any, cellwise: Sequence[Any]) -> None:
        self.form = form
        packed: Any = fem.pack_coefficients(form)
        self._table = next(iter(packed.values()))  # one for all integrals: each packs the coefficients that it reads
        for other in packed.values():
            self._table = np.where(self._table == 0.0, other, self._table)
        self._coefficients = dict.fromkeys(packed, self._table)
        self._columns: dict[Any, slice] = {}
        start = 0
        for function in form._cpp_object.coefficients:
            end = start + function.function_space.element.space_dimension
            self._columns[function] = slice(start, end)
            start = end
        dofmap = unknown.function_space.dofmap
        self._nodes, self._values = np.asarray(dofmap.list), unknown.x.array.reshape(-1, dofmap.bs)
        self._at = self._columns[unknown._cpp_object]
        self._cellwise = [one for one in cellwise if one._cpp_object in self._columns]
        self._at_cells = [
            (self._columns[one._cpp_object], one.x.array.reshape(len(self._nodes), -1)) for one in self._cellwise
        ]
        self._counted = [isinstance(one, CellFunction) for one in self._cellwise]
        self._seen = [-1] * len(self._cellwise)

    def now(self) -> tuple[Any, dict[Any, Any]]:
        """Constants and coefficients as they are now, for the assembly."""
        cells = len(self._nodes)
        self._table[:, self._at] = np.take(self._values, self._nodes, axis=0).reshape(cells, -1)
        for i, (one, counted) in enumerate(zip(self._cellwise, self._counted, strict=True)):
            if not counted or one.changes != self._seen[i]:
                columns, values = self._at_cells[i]
                self._table[:, columns] = values
                self._seen[i] = one.changes if counted else -1
        return fem.pack_constants(self.form), self._coefficients


def assemble_vector(values: NDArray[np.float64], linear: Packed) -> None:
    """Add a linear form to values (dofs,) of its space, on one rank."""
    constants, coefficients = linear.now()
    add: Any = fem.assemble_vector  # its stub knows the other overload alone
    add(values, linear.form, constants, coefficients)


def assembled_number(functional: Packed) -> float:
    """The value of a form without arguments, on one rank."""
    return float(np.real(fem.assemble_scalar(functional.form, *functional.now())))
