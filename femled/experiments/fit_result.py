"""The result of a fit: parameters with their errors and intervals, correlations, the curve and what it misses."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Cost
from femled.experiments.fitting import CONFIDENCE, Fit, lmfit_package
from femled.result import Result
from femled.series import Series, Variable, single

Array = NDArray[np.float64]


def fit_result(
    fit: Fit,
    *,
    experiment: str,
    axis: tuple[str, Array, str, str],
    data: Array,
    model: Array,
    more: Mapping[str, Variable] | None = None,
    inputs: Mapping[str, Any],
    sources: tuple[tuple[str, str], ...] = (),
    warnings: tuple[str, ...] = (),
    begun: float,
) -> Result:
    """A fit as a result.

    Args:
        fit: what was found.
        experiment: its name.
        axis: name, values, unit and title of what the data run over.
        data: (points,).
        model: (points,) of the fit, or (parts, points) of which it is the sum.
        more: variables of the model.
        inputs: as of a result.
        sources: as of a result.
        warnings: besides those of the fit.
        begun: [s] of the clock when the computation began.
    """
    name, values, unit, title = axis
    variables: dict[str, Variable] = {}
    for word, one in fit.estimates.items():
        variables[word] = single(one.value, one.unknown.unit, one.unknown.title)
        variables[f"{word}_error"] = single(one.error, one.unknown.unit, f"standard error of {word}")
        variables[f"{word}_low"] = single(one.low, one.unknown.unit, f"{CONFIDENCE:.0%} interval of {word}, lower end")
        variables[f"{word}_high"] = single(
            one.high, one.unknown.unit, f"{CONFIDENCE:.0%} interval of {word}, upper end"
        )
    parts = np.atleast_2d(model)
    variables |= {
        "data": Variable((name,), data, "1", "data"),
        "model": Variable((name,), parts.sum(axis=0), "1", "fit"),
        "residual": Variable((name,), data - parts.sum(axis=0), "1", "data less fit"),
        "correlation": Variable(("parameter", "other_parameter"), fit.correlation, "1", "correlation"),
        "reduced_chi_square": single(fit.reduced_chi_square, "1", "sum of squares over degrees of freedom"),
        **(more or {}),
    }
    coordinates = {
        name: Variable((name,), values, unit, title),
        "parameter": Variable(("parameter",), np.array(fit.free), ""),
        "other_parameter": Variable(("other_parameter",), np.array(fit.free), ""),
    }
    if len(parts) > 1:
        variables["part"] = Variable(("number", name), parts, "1", "parts of the fit")
        coordinates["number"] = Variable(("number",), np.arange(1, len(parts) + 1), "1", "number of the part")
    return Result(
        experiment=experiment,
        series=Series(variables, coordinates, {"parameters": list(fit.estimates)}),
        inputs=inputs,
        sources=sources,
        cost=Cost(len(fit.free), 0, 0, perf_counter() - begun),
        warnings=(*fit.warnings, *warnings),
        provenance={"femled": femled.__version__, "lmfit": str(lmfit_package().__version__)},
    )


def parameters_of(result: Result) -> dict[str, dict[str, Any]]:
    """Value, unit, standard error and interval of every parameter, by name, ready for JSON; None is not known."""

    def number(name: str) -> float | None:
        value = float(result.series[name])
        return value if np.isfinite(value) else None

    def ends(word: str) -> list[float | None] | None:
        both = [number(f"{word}_low"), number(f"{word}_high")]
        return None if both == [None, None] else both

    return {
        word: {
            "value": number(word),
            "unit": result.series.variables[word].unit,
            "standard_error": number(f"{word}_error"),
            f"interval_{CONFIDENCE * 100:.0f}": ends(word),
            "free": word in result.series["parameter"].tolist(),
        }
        for word in np.atleast_1d(np.asarray(result.series.attributes["parameters"])).tolist()
    }
