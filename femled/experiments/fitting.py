"""Least squares with confidence: values, standard errors, profiles, correlations."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from femled.errors import ConvergenceError, InputError, SetupError

Array = NDArray[np.float64]

CONFIDENCE = 0.95
"""[1] of the intervals by profile."""

_EXACT = 4, 6, 7, 8
"""Endings of MINPACK that say that round-off was reached: no misfit is left, or no smaller one can be told."""

_BOUND = 1e-5
"""Of its start: how close to a bound a parameter counts as ended there."""

_REACHES = (1.5, 3.0, 6.0, 12.0)
"""Standard errors within which a profile has its end."""


def lmfit_package() -> Any:
    """The package that fits.

    Raises:
        SetupError: it is not installed.
    """
    try:
        import lmfit
    except ImportError:
        raise SetupError("fits need the package lmfit: pip install 'femled[fit]'") from None
    return lmfit


@dataclass(frozen=True)
class Unknown:
    """A parameter before the fit.

    Args:
        name: a word.
        value: from which the fit starts, or at which it is held.
        unit: SI unit.
        title: what it is.
        low: smallest allowed value.
        high: largest allowed value.
        fixed: held at its value.
        same_as: name of another parameter whose value it shares.
    """

    name: str
    value: float
    unit: str
    title: str
    low: float = -np.inf
    high: float = np.inf
    fixed: bool = False
    same_as: str | None = None


@dataclass(frozen=True)
class Estimate:
    """A parameter after the fit.

    Args:
        unknown: what it was before.
        value: in its unit.
        error: standard error from the covariance; 0 if held, nan if the data do not tell.
        low: end of the interval of `CONFIDENCE` by profile; nan if it was not asked for or not found.
        high: the other end.
    """

    unknown: Unknown
    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Fit:
    """What a fit found.

    Args:
        estimates: by name, in the order given.
        free: names of those that were varied, in the order of the correlations.
        correlation: (free, free), [1].
        residual: (points,), model less data, over the error of the data where there is one.
        reduced_chi_square: sum of squares over points less free parameters.
        warnings: sentences.
    """

    estimates: Mapping[str, Estimate]
    free: tuple[str, ...]
    correlation: Array
    residual: Array
    reduced_chi_square: float
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> float:
        return self.estimates[name].value

    @property
    def values(self) -> dict[str, float]:
        """By name."""
        return {name: one.value for name, one in self.estimates.items()}


def least_squares(
    misfit: Callable[[dict[str, float]], Array],
    unknowns: Sequence[Unknown],
    *,
    known_errors: bool = False,
    intervals: bool = True,
    tolerance: float = 1e-11,
) -> Fit:
    """Fit by the method of Levenberg and Marquardt, every parameter in units of its start.

    Args:
        misfit: model less data at values by name, over the error of the data where there is one.
        unknowns: the parameters.
        known_errors: the misfit is in units of the error of the data, which is then not estimated from the misfit.
        intervals: profile every free parameter as well: the others are fitted again at each of its values.
        tolerance: [1] change of the sum of squares, or of the parameters, that ends the fit.

    Raises:
        SetupError: lmfit is not installed.
        InputError: no more points than free parameters.
        ConvergenceError: no minimum was found.
    """
    lmfit = lmfit_package()
    scales = {one.name: abs(one.value) or 1.0 for one in unknowns}
    start = lmfit.Parameters()
    for one in unknowns:
        scale = scales[one.name]
        start.add(one.name, value=one.value / scale, min=one.low / scale, max=one.high / scale, vary=not one.fixed)
    for one in unknowns:
        if one.same_as is not None:
            start[one.name].set(expr=f"{one.same_as} * {scales[one.same_as] / scales[one.name]!r}")

    def scaled(parameters: Any) -> Array:
        return misfit({name: float(value) * scales[name] for name, value in parameters.valuesdict().items()})

    free = tuple(one.name for one in unknowns if not one.fixed and one.same_as is None)
    points = len(scaled(start))
    if points <= len(free):
        raise InputError(f"{points} rows are too few for {len(free)} free parameters: give more rows, or fix some")
    minimizer = lmfit.Minimizer(scaled, start, scale_covar=not known_errors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lmfit tells of singular covariances by nan and by words; both are read below
        found = minimizer.minimize(method="leastsq", xtol=tolerance, ftol=tolerance)
        if not (found.success or found.ier in _EXACT) or not np.all(np.isfinite(found.residual)):
            raise ConvergenceError(
                time=None,
                step=None,
                block="fit",
                reason=" ".join(str(found.message).split()),
                advice="start closer, fix what the data do not tell, or take another model",
            )
        asked = intervals and found.errorbars and len(free) > 1  # of one parameter alone lmfit makes no profile
        ends = {name: _profile(lmfit, minimizer, found, name) for name in free} if asked else {}
    return _fit(found, unknowns, scales, free, ends)


def best_fit(
    misfit: Callable[[dict[str, float]], Array],
    starts: Sequence[Sequence[Unknown]],
    *,
    known_errors: bool = False,
    intervals: bool = True,
) -> Fit:
    """The best of the fits from several starts; profiles of that one alone.

    A parameter that ends at a bound has no error there: it is held, and the others are fitted once more.

    Args:
        misfit: as of `least_squares`.
        starts: the same parameters with other values.
        known_errors: as of `least_squares`.
        intervals: as of `least_squares`.

    Raises:
        SetupError: lmfit is not installed.
        InputError: no more points than free parameters.
        ConvergenceError: none of them found a minimum.
    """
    found: list[tuple[Fit, Sequence[Unknown]]] = []
    failed: list[ConvergenceError] = []
    for unknowns in starts:
        try:
            found.append((least_squares(misfit, unknowns, known_errors=known_errors, intervals=False), unknowns))
        except ConvergenceError as error:
            failed.append(error)
    if not found:
        raise failed[0]
    best, unknowns = min(found, key=lambda pair: pair[0].reduced_chi_square)
    ended = [one for one in unknowns if one.name in best.free and _at_bound(one, best[one.name])]
    near = [replace(one, value=best[one.name]) if best[one.name] else one for one in unknowns]
    if not ended:
        return least_squares(misfit, near, known_errors=known_errors) if intervals else best
    held = {one.name: one.low if best[one.name] - one.low < one.high - best[one.name] else one.high for one in ended}
    near = [replace(one, value=held[one.name], fixed=True) if one.name in held else one for one in near]
    last = least_squares(misfit, near, known_errors=known_errors, intervals=intervals)
    notes = tuple(f"{name} ended at its bound, {end:g}, and is held there" for name, end in held.items())
    return replace(last, warnings=(*last.warnings, *notes))


def _at_bound(unknown: Unknown, value: float) -> bool:
    return min(value - unknown.low, unknown.high - value) < _BOUND * abs(unknown.value)


def _profile(lmfit: Any, minimizer: Any, found: Any, name: str) -> tuple[float, float]:
    """Ends of the interval, in the scale of the fit: its bound if the profile reaches that, nan if it does not end.

    lmfit says how probable a value is by an F test, all others fitted again; its own search steps too short where the
    standard error exceeds the value.
    """
    interval = lmfit.confidence.ConfidenceInterval(minimizer, found, p_names=[name], sigmas=[CONFIDENCE])
    parameter, ends = interval.params[name], []
    best, error = float(parameter.value), float(parameter.stderr)
    for side, bound in ((-1, float(parameter.min)), (1, float(parameter.max))):
        interval.reset_vals()
        parameter.vary = False

        def beyond(value: float) -> float:
            return float(interval.calc_prob(parameter, value, CONFIDENCE))

        inside, end = best, float("nan")
        for reach in _REACHES:
            outside = float(np.clip(best + side * reach * error, parameter.min, parameter.max))
            if beyond(outside) >= 0:
                end = float(brentq(beyond, *sorted((inside, outside)), xtol=0.01 * error))
                break
            if outside == bound:
                end = bound
                break
            inside = outside
        ends.append(end)
    return ends[0], ends[1]


def _fit(
    found: Any,
    unknowns: Sequence[Unknown],
    scales: Mapping[str, float],
    free: tuple[str, ...],
    ends: Mapping[str, tuple[float, float]],
) -> Fit:
    estimates, notes = {}, []
    for one in unknowns:
        parameter, scale = found.params[one.name], scales[one.name]
        held = one.fixed or (one.same_as is not None and found.params[one.same_as].vary is False)
        error = 0.0 if held else float("nan") if parameter.stderr is None else float(parameter.stderr) * scale
        low, high = (end * scale for end in ends.get(one.same_as or one.name, (np.nan, np.nan)))
        estimates[one.name] = Estimate(one, float(parameter.value) * scale, error, low, high)
        if one.name in free and not np.isfinite(error):
            notes.append(f"{one.name} is not told by these data: no standard error")
        elif one.name in ends and not np.isfinite(low + high):
            notes.append(f"{one.name}: its profile does not end within {_REACHES[-1]:g} standard errors")
    matrix = np.eye(len(free))
    if found.errorbars and getattr(found, "covar", None) is not None:
        order = [found.var_names.index(name) for name in free]
        covariance = np.asarray(found.covar)[np.ix_(order, order)]
        spread = np.sqrt(np.diag(covariance))
        matrix = covariance / np.outer(spread, spread)
    return Fit(estimates, free, matrix, np.asarray(found.residual), float(found.redchi), tuple(notes))
