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
    """A first guess: the same voltage everywhere, with the sheet as a resistance in series."""
    from scipy.optimize import brentq

    area, mean = float(sheet.weights.sum()), np.array([np.average(temperature, weights=sheet.weights)])
    in_series = sheet.in_series + sheet.source.resistance

    def current(u: float) -> float:
        return area * float(law.at(np.array([u]), mean).current_density[0])

    driven = sheet.source.kind == "current"

    def missing(u: float) -> float:
        return current(u) - amplitude if driven else u + in_series * current(u) - amplitude

    far = np.sign(amplitude) * (1.0 if driven else abs(amplitude))
    while driven and missing(far) * np.sign(amplitude) < 0 and abs(far) < 1e4:
        far *= 2.0
    try:
        u = float(brentq(missing, 0.0, far, xtol=1e-6 * abs(far)))
    except ValueError:
        reason = f"the layers do not carry {amplitude:.4g} {'A' if driven else 'V'} below {abs(far):g} V"
        raise ConvergenceError(
            time=None, step=None, block="sheet", reason=reason, advice="drive less, or check the law"
        ) from None
    guess = np.zeros(sheet.size)
    guess[sheet.count - 1], guess[-2] = u, current(u)
    guess[-1] = u + sheet.lead * guess[-2]
    return guess
