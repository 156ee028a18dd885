"""How uncertain a result is because of its assumed inputs, and which of them it depends on most."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

import femled
from femled.device import Pixel
from femled.device.inputs import inputs_of, with_inputs
from femled.errors import FemledError, InputError, SetupError, unknown_name
from femled.materials import Material
from femled.materials.property import Status
from femled.materials.stated_path import StatedInput
from femled.result import Result
from femled.series import Series, Variable, single
from femled.study.spread import Bounds, Range, range_of
from femled.units import text_of

Array = NDArray[np.float64]
Method = Literal["morris", "sobol"]

LEVELS = 4
"""Of the grid on which the method of Morris steps."""

QUANTILES = (0.05, 0.5, 0.95)

FEWEST = 4
"""Whole trajectories, or rows of Saltelli's scheme, without which nothing is ranked."""


def sensitivity[D: (Pixel, Material)](
    function: Callable[[D], float],
    device: D,
    *,
    inputs: str | Sequence[str] = "assumed",
    spread: Mapping[str, Bounds] | None = None,
    method: Method = "morris",
    samples: int = 16,
    seed: int = 0,
    unit: str = "1",
    title: str = "",
) -> Result:
    """How uncertain a result is because of its assumed inputs, and which of them it depends on most.

    "morris" (morris1991) walks `samples` paths on a grid, one input a step: mu* is the mean size of its effect over its
    whole range, sigma how much that differs from place to place (curvature, or other inputs). It costs
    `samples` (inputs + 1) calls. "sobol" (saltelli2010) shares the variance out: S1 by each input alone, ST with all it
    does together with others; it costs `samples` (inputs + 2) calls, `samples` a power of 2, 256 and more.

    Inputs vary independently and evenly in their ranges (in the logarithm where a range is a matter of factors): a
    range given here, else the one that the input's note says is in use, else one by its kind,
    `femled.study.spread.KINDS`.
    The band holds if those ranges do. Calls that fail are counted and left out, with the reason in the result.

    Args:
        function: of a device, returns the number that is asked about.
        device: a pixel or a material; every call gets a changed copy.
        inputs: statuses ("assumed", "calibrated", "literature", "published"), and paths or patterns of paths
            ("perovskite.gain.*"); temperatures at which other values hold are varied only if they are named.
        spread: path, pattern or last part of a path -> a factor, a range "A .. B", or (low, high) in SI.
        method: "morris" or "sobol".
        samples: paths, or rows of the first matrix.
        seed: of the random numbers.
        unit: of what the function returns.
        title: what it returns, for the figure.

    Returns:
        over `input`: `low nominal high` (SI; units and status in `input_unit`, `input_status`), and `mu_star sigma
        mu_star_confidence` or `first_order total` with `first_order_confidence total_confidence` (95 %); `band` over
        `quantile` (0.05, 0.5, 0.95); `value` and `failure` over `call`, `sample` over both; `nominal_value`.

    Raises:
        FemledError: every call fails.
        InputError: no such input, a range that cannot be, too few samples, or a function that fails on the device as it
            is.
        SetupError: SALib is missing.
    """
    if method not in get_args(Method):
        raise unknown_name("method", str(method), get_args(Method))
    if samples < FEWEST or (method == "sobol" and samples & (samples - 1)):
        raise InputError(f"samples {samples} is not {'a power of 2 and ' * (method == 'sobol')}at least {FEWEST}")
    space, warnings = _space(device, (inputs,) if isinstance(inputs, str) else inputs, spread or {})
    scheme = _Scheme(method, samples, seed, [one.path for one, _ in space])
    shares = scheme.sample()
    nominal = _called(function, device)
    if isinstance(nominal, str):
        raise InputError(f"the function fails on the device as it is: {nominal}")
    points = np.array([[band.at(x) for (_, band), x in zip(space, row, strict=True)] for row in shares])
    found = [_at(function, device, [one.path for one, _ in space], row) for row in points]
    values = np.array([np.nan if isinstance(one, str) else one for one in found])
    failures = [one if isinstance(one, str) else "" for one in found]
    failed = sum(map(bool, failures))
    if failed == len(found):
        raise FemledError(f"all {failed} calls failed; the first: {failures[0]}")
    if failed:
        first = next(reason for reason in failures if reason)
        warnings.append(f"{failed} of {len(found)} calls failed and are left out; the first: {first}")
    ranked = scheme.ranked(shares, values)
    if not ranked:
        warnings.append(f"fewer than {FEWEST} groups of calls are whole: nothing is ranked")
    return Result(
        experiment="sensitivity",
        series=_series(space, nominal, points, values, failures, scheme.banded(values), ranked, (unit, title)),
        inputs={
            "pixel" if isinstance(device, Pixel) else "material": device.model_dump(mode="json"),
            "function": f"{function.__module__}.{getattr(function, '__qualname__', type(function).__name__)}",
            "inputs": [
                {"path": one.path, "status": one.status, "origin": band.origin}
                | {key: text_of(x, one.unit) for key, x in (("low", band.low), ("high", band.high))}
                for one, band in space
            ],
            "method": method,
            "samples": samples,
            "seed": seed,
        },
        sources=tuple(dict.fromkeys((one.source, one.status) for one, _ in space if one.source)),
        warnings=tuple(warnings),
        provenance={"femled": femled.__version__},
    )


def _space[D: (Pixel, Material)](
    device: D, wanted: Sequence[str], spread: Mapping[str, Bounds]
) -> tuple[list[tuple[StatedInput, Range]], list[str]]:
    """The inputs that vary, each with its range, and what a reader has to know about those that do not."""
    every = inputs_of(device)
    chosen: dict[str, StatedInput] = {}
    for word in wanted:
        if word in get_args(Status):
            own = [one for one in every if one.status == word and not one.name.endswith("_temperature")]
        else:
            path = word.removeprefix("layers.")
            own = [one for one in every if path == one.path or fnmatchcase(one.path, path)]
            if not own:
                raise unknown_name("input", path, [one.path for one in every])
        chosen |= {one.path: one for one in own}
    for key in spread:
        if not any(key in (one.path, one.name) or fnmatchcase(one.path, key) for one in chosen.values()):
            raise unknown_name("input that varies", key, chosen)
    found = [(one, range_of(one, spread)) for one in every if one.path in chosen]
    left_out = [one.path for one, band in found if band is None]
    notes = [f"0 has no spread by itself, give one to vary: {', '.join(left_out)}"] if left_out else []
    space = [(one, band) for one, band in found if band is not None]
    if not space:
        raise InputError(f"no input is {' or '.join(wanted)}: nothing to vary")
    return space, notes


def _called[D](function: Callable[[D], float], device: D) -> float | str:
    """What the function returns, or in words why it returns nothing that can be used."""
    try:
        value = float(function(device))
    except SetupError:
        raise
    except (FemledError, ArithmeticError, ValueError) as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return value if np.isfinite(value) else f"returned {value:g}"


def _at[D: (Pixel, Material)](
    function: Callable[[D], float], device: D, paths: Sequence[str], values: Array
) -> float | str:
    try:
        changed = with_inputs(device, dict(zip(paths, values.tolist(), strict=True)))
    except InputError as error:
        return f"no such device: {error}"
    return _called(function, changed)


@dataclass(frozen=True)
class _Scheme:
    """Which points of the unit cube are computed, and what their values say.

    Args:
        method: "morris" or "sobol".
        samples: paths, or rows of the first matrix.
        seed: of the random numbers.
        names: of the inputs.
    """

    method: Method
    samples: int
    seed: int
    names: list[str]

    @property
    def problem(self) -> dict[str, Any]:
        return {"num_vars": len(self.names), "names": self.names, "bounds": [[0.0, 1.0]] * len(self.names)}

    @property
    def group(self) -> int:
        """Calls that belong together."""
        return len(self.names) + (1 if self.method == "morris" else 2)

    def _salib(self, part: str) -> Any:
        try:
            return importlib.import_module(f"SALib.{part}.{self.method}")
        except ImportError as error:
            raise SetupError(f"sensitivity needs SALib ({error}): pip install 'femled[fit]'") from None

    def sample(self) -> Array:
        """(calls, inputs), [1] points of the unit cube."""
        options = {"num_levels": LEVELS} if self.method == "morris" else {"calc_second_order": False}
        return np.asarray(self._salib("sample").sample(self.problem, self.samples, seed=self.seed, **options))

    def banded(self, values: Array) -> Array:
        """(quantiles,) of the finite values of the points that are spread evenly: of Saltelli's scheme, the first."""
        even = values if self.method == "morris" else values.reshape(-1, self.group)[:, [0, -1]].ravel()
        finite = even[np.isfinite(even)]
        return np.quantile(finite if finite.size else values[np.isfinite(values)], QUANTILES)

    def ranked(self, shares: Array, values: Array) -> dict[str, Array]:
        """Indices over the inputs, from the groups in which nothing failed; empty if there are too few."""
        whole = np.repeat(np.isfinite(values).reshape(-1, self.group).all(axis=1), self.group)
        if whole.sum() < FEWEST * self.group:
            return {}
        x, y = shares[whole], values[whole]
        if np.ptp(y) == 0:  # SALib divides by the variance
            names = ("mu_star", "sigma", "mu_star_confidence")
            sobol = ("first_order", "first_order_confidence", "total", "total_confidence")
            return {name: np.zeros(len(self.names)) for name in (names if self.method == "morris" else sobol)}
        analyze = self._salib("analyze").analyze
        if self.method == "morris":
            found = analyze(self.problem, x, y, num_levels=LEVELS, seed=self.seed)
            keys = {"mu_star": "mu_star", "sigma": "sigma", "mu_star_confidence": "mu_star_conf"}
        else:
            found = analyze(self.problem, y, calc_second_order=False, seed=self.seed)
            keys = {"first_order": "S1", "first_order_confidence": "S1_conf"}
            keys |= {"total": "ST", "total_confidence": "ST_conf"}
        return {name: np.asarray(found[key], dtype=np.float64) for name, key in keys.items()}


TITLES = {
    "mu_star": "mean size of the effect over the range",
    "sigma": "standard deviation of the effect",
    "mu_star_confidence": "95 % confidence of the mean effect",
    "first_order": "share of the variance, alone",
    "first_order_confidence": "its 95 % confidence",
    "total": "share of the variance, with others",
    "total_confidence": "its 95 % confidence",
}


def _series(
    space: Sequence[tuple[StatedInput, Range]],
    nominal: float,
    samples: Array,
    values: Array,
    failures: Sequence[str],
    band: Array,
    ranked: Mapping[str, Array],
    kind: tuple[str, str],
) -> Series:
    unit, title = kind
    of_effect = ("mu_star", "sigma", "mu_star_confidence")

    def over_input(entries: Sequence[Any] | Array, title: str, unit: str = "") -> Variable:
        return Variable(("input",), np.asarray(entries), unit, title)

    variables = {
        name: over_input(entries, TITLES[name], unit if name in of_effect else "1") for name, entries in ranked.items()
    }
    variables |= {
        "low": over_input([one.low for _, one in space], "low end, in the input's unit"),
        "nominal": over_input([one.value for one, _ in space], "stated value, in the input's unit"),
        "high": over_input([one.high for _, one in space], "high end, in the input's unit"),
        "input_unit": over_input([one.unit for one, _ in space], "SI unit"),
        "input_status": over_input([one.status for one, _ in space], "status"),
        "band": Variable(("quantile",), band, unit, title),
        "nominal_value": single(nominal, unit, title),
        "value": Variable(("call",), values, unit, title),
        "failure": Variable(("call",), np.asarray(failures), "", "why a call has no value"),
        "sample": Variable(("call", "input"), samples, "", "inputs of every call, in their units"),
    }
    coordinates = {
        "input": over_input([one.path for one, _ in space], "path of the input"),
        "quantile": Variable(("quantile",), np.array(QUANTILES), "1", "quantile"),
        "call": Variable(("call",), np.arange(len(values)), "", "number of the call"),
    }
    return Series(variables, coordinates)
