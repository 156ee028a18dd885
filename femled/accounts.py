"""What a run accounts for: where a field peaks, what was supplied and removed, and what the computation cost."""

from dataclasses import dataclass

import numpy as np

from femled.units import text_of


@dataclass(frozen=True)
class Peak:
    """The largest value of a field.

    Args:
        value: in `unit`.
        unit: SI unit of the field.
        time: [s] when.
        place: [m] r and z, z alone in a column.
    """

    value: float
    unit: str
    time: float
    place: tuple[float, ...]

    def __str__(self) -> str:
        where = ", ".join(
            f"{axis} = {x * 1e6:.{digits}g} um"
            for axis, x, digits in zip("rz"[-len(self.place) :], self.place, (2, 7)[-len(self.place) :], strict=True)
        )
        when = "in the steady state" if np.isinf(self.time) else f"at t = {text_of(self.time, 's', 4)}"
        return f"{self.value:.6g} {self.unit} {when}, {where}"


@dataclass(frozen=True)
class Balance:
    """Energy (or charge, or inventory) by two routes.

    Args:
        quantity: what is balanced, with its unit.
        supplied: put in.
        stored: content at the end minus content at the start.
        removed: left through faces or as light.
    """

    quantity: str
    supplied: float
    stored: float
    removed: float

    @property
    def defect(self) -> float:
        """Share of what was supplied that is not accounted for."""
        return (self.supplied - self.stored - self.removed) / self.supplied if self.supplied else 0.0


@dataclass(frozen=True)
class Cost:
    """What a computation cost.

    Args:
        dofs: unknowns.
        steps: accepted time steps; those of linear heat conduction are taken in the space of `heat_projected`.
        factorisations: of matrices of all unknowns; of linear heat conduction, one a pole of that space.
        solve_seconds: [s] assembly, factorisation and stepping, without meshing and imports.
    """

    dofs: int
    steps: int
    factorisations: int
    solve_seconds: float
