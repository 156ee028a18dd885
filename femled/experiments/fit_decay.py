"""Fits of decays of photoluminescence with the rates of carriers."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import odeint
from scipy.interpolate import CubicHermiteSpline

from femled.errors import InputError, unknown_name
from femled.experiments.abc_fit import fit_abc
from femled.experiments.carrier_lifetime import POWER, Signal
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.fit_result import fit_result
from femled.experiments.fitting import Unknown, best_fit
from femled.frozen import Quantity
from femled.result import Result

Array = NDArray[np.float64]

Density = Annotated[float, Quantity("1/m3", 1e15, 1e28)]
Model = Literal["abc", "detrapping"]

UNITS = {
    "monomolecular_rate": ("1/s", "A"),
    "bimolecular_coefficient": ("m3/s", "B"),
    "auger_coefficient": ("m6/s", "C"),
    "detrapping_rate": ("1/s", "D"),
    "relaxation_rate": ("1/s", "K_1"),
    "amplitude": ("1", "light at the start"),
}
"""Unit and symbol of every parameter."""

PARAMETERS = {
    "abc": ("monomolecular_rate", "bimolecular_coefficient", "auger_coefficient", "amplitude"),
    "detrapping": tuple(UNITS),
}

FEWEST = 12
"""Rows of a decay."""

SHARES = (0.85, 0.5, 0.15)
"""Of A in the first rate, from which fits start."""

_CELL = 0.05
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(4)


def abc_course(time: Array, A: float, B: float, C: float, density: float) -> Array:
    """[1/m3] n(t) of dn/dt = -A n - B n^2 - C n^3 with n(0) = n0, by t(n) = integral of dn/loss on a grid of ln n.

    Args:
        time: (n,), [s] from 0 on.
        A: [1/s].
        B: [m3/s].
        C: [m6/s].
        density: [1/m3] n0.
    """
    far = min((A + B * density + C * density**2) * float(time[-1]), 60.0) + _CELL
    u = np.linspace(0.0, -far, int(far / _CELL) + 2)
    half = (u[0] - u[1]) / 2

    def rate(place: Array) -> Array:
        n = density * np.exp(place)
        return np.asarray(A + n * (B + C * n))

    inner = (u[:-1, None] - half) + half * _POINTS
    when = np.concatenate([[0.0], np.cumsum(half * ((1 / np.maximum(rate(inner), 1e-300)) @ _WEIGHTS))])
    kept = np.concatenate([[True], np.diff(when) > 0])
    curve = CubicHermiteSpline(when[kept], u[kept], -rate(u[kept]))
    return np.asarray(density * np.exp(curve(np.minimum(time, when[-1]))))


def deep_course(time: Array, values: Mapping[str, float], density: float) -> Array:
    """[1/m3] n(t) with a deep level that is empty at first; see `carrier_lifetime`."""
    A, B, C, D, K = (values[name] for name in PARAMETERS["detrapping"][:5])
    first, second = B * density, C * density**2

    def change(y: Array, _: float) -> tuple[float, float]:
        n, deep = y
        return -n * (A + n * (first + second * n)) + D * deep, A * n - (D + K) * deep

    def slopes(y: Array, _: float) -> list[list[float]]:
        return [[-A - y[0] * (2 * first + 3 * second * y[0]), D], [A, -D - K]]

    times = time if time[0] == 0 else np.concatenate([[0.0], time])
    found = odeint(change, [1.0, 0.0], times, Dfun=slopes, rtol=1e-8, atol=1e-11, mxstep=20_000)[:, 0]
    return np.asarray(density * np.maximum(found[len(times) - len(time) :], 0.0))


@experiment
def fit_decay(
    time: Annotated[Sequence[float], PYTHON_ONLY],
    light: Annotated[Sequence[float], PYTHON_ONLY],
    *,
    model: Model = "abc",
    signal: Signal,
    initial_density: Density,
    fixed: Annotated[Mapping[str, float | None] | None, PYTHON_ONLY] = None,
    error: Annotated[Sequence[float] | None, PYTHON_ONLY] = None,
    intervals: bool = True,
) -> Result:
    """The rates of carriers in a decay of photoluminescence, with errors, intervals and correlations.

    dn/dt = -A n - B n^2 - C n^3 (+ D n_d, dn_d/dt = A n - (D + K_1) n_d),   PL ~ n or n^2

    n0 has to be known: a decay fixes A, B n0 and C n0^2 alone. Rows count alike, unless they have errors.

    Args:
        time: (n,), [s] after the flash, rising from 0 or later.
        light: (n,), of any unit, without background.
        model: "abc", or "detrapping" with a deep level that is empty at first.
        signal: "n" or "n2": of which the light is a multiple.
        initial_density: [1/m3] n0 at time 0.
        fixed: values of parameters that are known, SI; of "detrapping" C is held at 0 unless it is named here as None.
        error: (n,), standard errors of the light, in its unit.
        intervals: 95 % intervals by profile as well.

    Returns:
        `monomolecular_rate bimolecular_coefficient auger_coefficient detrapping_rate relaxation_rate amplitude`, each
        with `..._error` (from the covariance), `..._low` and `..._high`; over `time`: `data model residual`;
        `correlation` over `parameter`; `reduced_chi_square`, without errors that of light over its largest value.

    Raises:
        InputError: too few or unusable rows, or an unknown parameter.
        SetupError: lmfit is not installed.
        ConvergenceError: no minimum was found.
    """
    begun = perf_counter()
    if model not in PARAMETERS:
        raise InputError(f'model "{model}" is neither "abc" nor "detrapping"')
    if signal not in POWER:
        raise InputError(f'signal "{signal}" is neither "n" nor "n2": say of which power of the density light is made')
    t, y, sigma = _rows(time, light, error)
    held = ({"auger_coefficient": 0.0} if model == "detrapping" else {}) | dict(fixed or {})
    for name in held:
        if name not in PARAMETERS[model]:
            raise unknown_name("parameter", name, PARAMETERS[model])
    power = POWER[signal]

    def course(values: Mapping[str, float]) -> Array:
        if model == "abc":
            A, B, C = (values[name] for name in PARAMETERS["abc"][:3])
            n = abc_course(t, A, B, C, initial_density)
        else:
            n = deep_course(t, values, initial_density)
        return np.asarray(values["amplitude"] * (n / initial_density) ** power)

    def misfit(values: Mapping[str, float]) -> Array:
        return np.asarray((course(values) - y) / sigma)

    first = _first_rate(t, y, power, initial_density)
    starts = [_unknowns(model, held, (share * first, initial_density, float(y[0])), first) for share in SHARES]
    found = best_fit(misfit, starts, known_errors=error is not None, intervals=intervals)
    return fit_result(
        found,
        experiment="fit_decay",
        axis=("time", t, "s", "time after the flash"),
        data=y,
        model=course(found.values),
        inputs={
            "model": model,
            "signal": signal,
            "initial_density": f"{initial_density!r} 1/m3",
            "fixed": {name: value for name, value in held.items() if value is not None},
            "known_errors": error is not None,
        },
        sources=(("wen_jia", "published"),),
        begun=begun,
    )


def _rows(time: Sequence[float], light: Sequence[float], error: Sequence[float] | None) -> tuple[Array, Array, Array]:
    """Times, light and errors as arrays that can be fitted."""
    t, y = np.asarray(time, dtype=np.float64), np.asarray(light, dtype=np.float64)
    sigma = np.full(len(y), np.max(np.abs(y), initial=0.0)) if error is None else np.asarray(error, dtype=np.float64)
    if not len(t) == len(y) == len(sigma):
        raise InputError(f"{len(t)} times, {len(y)} values of light and {len(sigma)} errors: give as many of each")
    if len(t) < FEWEST:
        raise InputError(f"{len(t)} rows are too few for a decay: give at least {FEWEST}")
    if not (np.all(np.isfinite(t)) and np.all(np.isfinite(y))) or np.any(np.diff(t) <= 0) or t[0] < 0:
        raise InputError("times have to rise from 0 s or later, and all numbers to be finite")
    if np.any(sigma <= 0) or y[0] <= 0:
        raise InputError("light has to begin above 0, and errors have to be above 0")
    return t, y, sigma


def _first_rate(time: Array, light: Array, power: int, density: float) -> float:
    """[1/s] A + B n0 from the logarithm of what is above the noise, (n/n0)^2 being light or its square."""
    above = np.flatnonzero(light <= 0.05 * light[0])
    last = max(int(above[0]) if len(above) else len(time), FEWEST // 2)
    share = np.maximum(light[:last] / light[0], 1e-3) ** (2 / power)
    found = fit_abc(time[:last] - time[0], share, density)
    return found.A + found.B * density


def _unknowns(
    model: Model, held: Mapping[str, float | None], start: tuple[float, float, float], first: float
) -> tuple[Unknown, ...]:
    """The parameters of a model; those that are not held start where they are likely to be.

    Args:
        model: name.
        held: values of those that are; None is free.
        start: [1/s] A; [1/m3] n0; light at the start.
        first: [1/s] rate at the start.
    """
    A, density, light = start
    likely = {
        "monomolecular_rate": A,
        "bimolecular_coefficient": (first - A) / density,
        "auger_coefficient": 0.1 * first / density**2,
        "detrapping_rate": 0.5 * A,
        "relaxation_rate": 0.1 * A,
        "amplitude": light,
    }
    unknowns = []
    for name in PARAMETERS[model]:
        at = held.get(name)
        value = likely[name] if at is None else at
        unknowns.append(Unknown(name, value, *UNITS[name], low=0.0, fixed=at is not None))
    return tuple(unknowns)
