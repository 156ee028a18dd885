"""Fit of an efficiency over current with the rates of one well-mixed density."""

from collections.abc import Sequence
from time import perf_counter
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.fit_result import fit_result
from femled.experiments.fitting import Unknown, least_squares
from femled.frozen import Length, Quantity
from femled.result import Result

Array = NDArray[np.float64]

KnownBimolecular = Annotated[float, Quantity("m3/s", 1e-22, 1e-12)]

FEWEST = 6
"""Rows of a curve."""


def abc_efficiency(current: Array, a: float, c: float) -> Array:
    """[1] radiative share at currents J/(q d) = a R^(1/2) + R + c R^(3/2), R = B n^2.

    Args:
        current: (n,), [1/(m3 s)] J/(q d).
        a: [1/(m3 s)^(1/2)] A/B^(1/2).
        c: [(m3 s)^(1/2)] C/B^(3/2).
    """
    root = np.sqrt(current)  # of R at most: from above Newton's method falls to the solution
    for _ in range(100):
        wrong = root * (a + root * (1 + c * root)) - current
        step = wrong / (a + root * (2 + 3 * c * root))
        root = root - step
        if np.all(np.abs(step) <= 1e-15 * root):
            break
    return np.asarray(root**2 / current)


@experiment
def fit_efficiency(
    current_density: Annotated[Sequence[float], PYTHON_ONLY],
    efficiency: Annotated[Sequence[float], PYTHON_ONLY],
    *,
    thickness: Length,
    bimolecular_coefficient: KnownBimolecular,
    auger: bool = True,
    error: Annotated[Sequence[float] | None, PYTHON_ONLY] = None,
    intervals: bool = True,
) -> Result:
    """A and C of an external quantum efficiency over current, for a B that is known.

    EQE = h B n^2/(A n + B n^2 + C n^3),   J = q d (A n + B n^2 + C n^3)

    The density is not measured, so such a curve fixes A/B^(1/2), C/B^(3/2) and h alone. Rows count alike, unless they
    have errors.

    Args:
        current_density: (n,), [A/m2], above 0.
        efficiency: (n,), [1].
        thickness: [m] d of the film in which carriers recombine.
        bimolecular_coefficient: [m3/s] B.
        auger: C is fitted; otherwise 0.
        error: (n,), [1] standard errors of the efficiency.
        intervals: 95 % intervals by profile as well.

    Returns:
        `monomolecular_rate auger_coefficient extraction` (h), each with `..._error`, `..._low`, `..._high`; over
        `current_density`: `data model residual`; `correlation` over `parameter`; `reduced_chi_square`.

    Raises:
        InputError: too few or unusable rows.
        SetupError: lmfit is not installed.
        ConvergenceError: no minimum was found.
    """
    begun, B = perf_counter(), bimolecular_coefficient
    J, eta = np.asarray(current_density, dtype=np.float64), np.asarray(efficiency, dtype=np.float64)
    if len(J) != len(eta) or len(J) < FEWEST:
        raise InputError(f"{len(J)} currents and {len(eta)} efficiencies: give as many of each, {FEWEST} at least")
    if not np.all(np.isfinite([J, eta])) or J.min() <= 0 or eta.max() <= 0:
        raise InputError("currents have to be above 0 A/m2, the largest efficiency above 0, and all numbers finite")
    sigma = np.full(len(J), eta.max()) if error is None else np.asarray(error, dtype=np.float64)
    if len(sigma) != len(J) or sigma.min() <= 0:
        raise InputError(f"{len(sigma)} errors for {len(J)} efficiencies: give one above 0 for each")
    rate = J / (ELEMENTARY_CHARGE * thickness)
    peak = int(eta.argmax())
    first = 0.3 * float(np.sqrt(rate[peak]))
    unknowns = (
        Unknown("monomolecular_rate", first * np.sqrt(B), "1/s", "A", low=0.0),
        Unknown(
            "auger_coefficient",
            first * B**1.5 / float(rate[peak]) if auger else 0.0,
            "m6/s",
            "C",
            low=0.0,
            fixed=not auger,
        ),
        Unknown("extraction", 1.5 * float(eta.max()), "1", "efficiency without losses in the film", low=0.0),
    )

    def curve(values: dict[str, float]) -> Array:
        a, c = values["monomolecular_rate"] / np.sqrt(B), values["auger_coefficient"] / B**1.5
        return values["extraction"] * abc_efficiency(rate, a, c)

    found = least_squares(
        lambda values: (curve(values) - eta) / sigma, unknowns, known_errors=error is not None, intervals=intervals
    )
    beyond = ("extraction is above 1: the curve is not that of one density",) if found["extraction"] > 1 else ()
    return fit_result(
        found,
        experiment="fit_efficiency",
        axis=("current_density", J, "A/m2", "current density"),
        data=eta,
        model=curve(found.values),
        inputs={
            "model": "abc",
            "thickness": f"{thickness!r} m",
            "bimolecular_coefficient": f"{B!r} m3/s",
            "auger": auger,
            "known_errors": error is not None,
        },
        warnings=beyond,
        begun=begun,
    )
