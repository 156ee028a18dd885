"""Electrodes at rest: voltages and currents at given temperatures, by Newton's method."""

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.physics.fed_layers import SpreadingEquations
from femled.physics.local_law import LocalLaw

Array = NDArray[np.float64]

ITERATIONS = 400
"""A diode far above its solution comes down by n V_T an iteration."""

TOLERANCE, ROUND_OFF = 1e-12, 1e-8
"""Of the last correction over the largest voltage; corrections below the second that no longer shrink are noise."""

FARTHEST, CLOSE = 2.0**14, 1e-6
"""[V] up to which a current is sought, and last step over the voltage of a first guess."""


def steady_sheet(sheet: SpreadingEquations, law: LocalLaw, temperature: Array, amplitude: float) -> Array:
    """Unknowns of a sheet that charges nothing.

    Args:
        sheet: the equations.
        law: of the layers.
        temperature: (points,), [K] of the emitter at the sheet's points.
        amplitude: [V] or [A] of the source.

    Returns:
        (size,).

    Raises:
        ConvergenceError: no solution was found.
    """
    if amplitude == 0.0:
        return np.zeros(sheet.size)
    return settled_sheet(sheet, law, temperature, sheet.load(amplitude), _uniform(sheet, law, temperature, amplitude))


def settled_sheet(
    sheet: SpreadingEquations,
    law: LocalLaw,
    temperature: Array,
    load: Array,
    guess: Array,
    held: NDArray[np.bool_] | None = None,
) -> Array:
    """The unknowns with flux(y) = load, some of them held as they are guessed.

    Args:
        sheet: the equations.
        law: of the layers.
        temperature: (points,), [K].
        load: (size,).
        guess: (size,).
        held: (size,) unknowns that keep their value, their rows being left out.

    Raises:
        ConvergenceError: no solution was found.
    """
    y, last = guess.copy(), np.inf
    for _ in range(ITERATIONS):
        current = law.at(sheet.voltage(y), temperature)
        residual, matrix = sheet.flux(y, current) - load, sheet.slope(current)
        if held is not None:
            residual[held], matrix[held] = 0.0, 0.0
            matrix[held, held] = 1.0
        step = solved(matrix, -residual)
        if not np.isfinite(step).all():
            break
        volts = float(np.abs(np.append(y[: sheet.count], y[-1])).max())
        change = float(np.abs(step[: sheet.count]).max())
        # Currents grow exponentially: far from the solution a step says little beyond its direction.
        limit = max(0.5 * volts, 0.1)
        y = y + step * min(1.0, limit / change if change > 0 else 1.0)
        if change <= TOLERANCE * volts or 0.5 * last < change <= ROUND_OFF * volts:
            return y
        last = change
    reason = "the voltages of the sheet did not settle"
    raise ConvergenceError(time=None, step=None, block="sheet", reason=reason, advice="check the law and the drive")


def solved(matrix: Array, right: Array) -> Array:
    """A dense solve with every row divided by its largest entry; not finite where the matrix is singular."""
    scale = 1.0 / np.maximum(np.abs(matrix).max(axis=1), 1e-300)
    scaled = scale if right.ndim == 1 else scale[:, None]
    try:
        return np.asarray(np.linalg.solve(matrix * scale[:, None], right * scaled))
    except np.linalg.LinAlgError:
        return np.full(right.shape, np.nan)


def _uniform(sheet: SpreadingEquations, law: LocalLaw, temperature: Array, amplitude: float) -> Array:
    """A first guess: the same voltage everywhere, with the sheet as a resistance in series.

    ln I(u) = ln(amplitude)  or  ln I(u) = ln((amplitude - u)/R), by Newton's method from a low voltage. As ln I bends
    downwards in u, be it a diode, a power law or ohmic, the steps stay below the solution: the law is not asked far
    above it. Where one does not, the solution is between two voltages, and a step that leaves them halves the way.

    Raises:
        ConvergenceError: the layers do not carry the current at any voltage.
    """
    area, mean = float(sheet.weights.sum()), np.array([np.average(temperature, weights=sheet.weights)])
    in_series = sheet.in_series + sheet.source.resistance
    sign, size = float(np.sign(amplitude)), abs(amplitude)
    driven = sheet.source.kind == "current"

    def current(u: float) -> tuple[float, float]:
        found = law.at(np.array([sign * u]), mean)
        return area * sign * float(found.current_density[0]), area * float(found.by_voltage[0])

    low, high = 0.0, FARTHEST if driven else size
    u = min(1.0, high / 2)
    if not driven and in_series == 0.0:
        low = u = size
    for _ in range(ITERATIONS):
        through, slope = current(u)
        wanted = size if driven else (size - u) / in_series if in_series > 0.0 else through
        low, high = (low, u) if through >= wanted else (u, high)
        step = (high - low) / 2
        if through > 0.0 and slope > 0.0 and wanted > 0.0:
            by_voltage = slope / through + (0.0 if driven or in_series == 0.0 else 1.0 / (size - u))
            step = float(np.log(wanted / through)) / by_voltage
        # Twice as far, or between what is known to be too little and too much.
        moved = min(u + step, max(2.0 * u, 1.0))
        if not low <= moved <= high:
            moved = min((low + high) / 2, max(2.0 * u, 1.0))
        if abs(moved - u) <= CLOSE * u:
            break
        u = moved
    if driven and u > FARTHEST * (1 - 1e-3):
        reason = f"the layers do not carry {amplitude:.4g} A below {u:g} V"
        raise ConvergenceError(
            time=None, step=None, block="sheet", reason=reason, advice="drive less, or check the law"
        )
    guess = np.zeros(sheet.size)
    guess[sheet.count - 1], guess[-2] = sign * u, sign * current(u)[0]
    guess[-1] = sign * u + sheet.lead * guess[-2]
    return guess
