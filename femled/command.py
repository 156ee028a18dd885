"""Commands made from experiments: the same arguments with the same units, read from text."""

import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from cyclopts import Parameter

from femled.device import Pixel, PixelVariant, load_pixel
from femled.errors import ConvergenceError, FemledError, InputError
from femled.experiments.experiment import PYTHON_ONLY, is_list, ratios_of
from femled.frozen import edge, quantity_of
from femled.units import parse_list, text_of

OUTPUT_OPTIONS = {
    "json": (bool, False, "print JSON and nothing else"),
    "output": (str | None, None, "folder for series, fields, exact inputs and figures"),
    "plots": (bool, True, "figures in the output folder"),
}


def help_of(function: Any, name: str) -> str:
    """What a docstring says about one of its arguments."""
    lines = inspect.getdoc(function) or ""
    found, inside = "", False
    for line in lines.split("\n"):
        stripped = line.strip()
        if stripped.startswith(f"{name}:"):
            found, inside = stripped.partition(":")[2].strip(), True
        elif inside and line.startswith("        ") and stripped:
            found += " " + stripped
        elif inside:
            break
    return found


def option(annotation: Any, description: str) -> Any:
    """How one argument of an experiment is written on the command line: quantities as text with a unit."""
    quantity = quantity_of(annotation)
    if quantity is None:
        plain = _without_none(annotation)
        if plain is bool or _is_plain(plain):
            return Annotated[annotation, Parameter(help=description, negative="" if plain is bool else None)]
        return Annotated[str | None, Parameter(help=description)]
    lists, ratios = is_list(annotation), ratios_of(annotation)
    ranges: dict[str, Any] = {"points": ratios.points, "equal_ratios": True} if ratios else {}

    def read(_: Any, tokens: Any) -> Any:
        text = tokens[0].value
        name = tokens[0].keyword.lstrip("-").replace("-", "_")
        if lists:
            return [quantity.check(value, name) for value in parse_list(text, quantity.unit, name, **ranges)]
        with edge():
            return quantity.check(text, name)

    shown = _shown(quantity.unit)
    return Annotated[Any, Parameter(help=description, converter=_refusing(read), n_tokens=1, show_default=shown)]


def _refusing(read: Callable[..., Any]) -> Callable[..., Any]:
    """Let a refusal through as it is: cyclopts would wrap any ValueError in words of its own."""

    def guarded(kind: Any, tokens: Any) -> Any:
        try:
            return read(kind, tokens)
        except InputError as error:
            raise RefusedError(str(error)) from None

    return guarded


class RefusedError(FemledError):
    """Bad input, said in femled's own words."""

    exit_code = 2


def _metadata(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())


def _shown(unit: str) -> Callable[[Any], str]:
    return lambda value: "none" if value is None else f"{value:g}" if unit == "1" else text_of(value, unit, 6)


def _without_none(annotation: Any) -> Any:
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return (
        parts[0]
        if get_origin(annotation) is not Literal and len(parts) == 1 and len(get_args(annotation)) == 2
        else annotation
    )


def _is_plain(kind: Any) -> bool:
    """Whether a text can be read as such a thing without more ado: a number, one of some words, or either."""
    if get_origin(kind) in (Union, UnionType):
        return all(_is_plain(part) for part in get_args(kind))
    return kind in (int, float, str) or get_origin(kind) is Literal


def _output_option(name: str, kind: Any, text: str) -> Any:
    return Annotated[kind, Parameter(help=text, negative="--no-plots" if name == "plots" else "", group="Output")]


def variant_parameters() -> dict[str, inspect.Parameter]:
    """The options that change a pixel, from the fields of `PixelVariant`."""
    found = {}
    for name in PixelVariant.model_fields:
        annotation = Annotated[str | None, Parameter(help=help_of(PixelVariant, name), group="Pixel")]
        found[name] = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
    bare = Annotated[
        bool, Parameter(name="--no-encapsulation", help="leave the pixel bare", negative="", group="Pixel")
    ]
    found["no_encapsulation"] = inspect.Parameter(
        "no_encapsulation", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bare
    )
    return found


def varied_pixel(name: str, options: dict[str, Any]) -> Pixel:
    """The pixel of a name or file with the options that were given.

    Args:
        name: of the pixel, or path of its file.
        options: values of `variant_parameters`; they are taken out.
    """
    changes = {key: options.pop(key) for key in PixelVariant.model_fields if key in options}
    changes = {key: value for key, value in changes.items() if value is not None}
    if options.pop("no_encapsulation", False):
        if "encapsulation" in changes:
            raise InputError("--encapsulation and --no-encapsulation contradict each other")
        changes["encapsulation"] = None
    pixel = load_pixel(name)
    with edge():
        variant = PixelVariant(**changes)
    return pixel.replace(**variant.given)


@dataclass(frozen=True)
class Subject:
    """The first word of a command: what it is about.

    Args:
        name: of the word.
        help: what it may be.
        options: that change it.
        read: the first argument of the experiment, from the word and all options; it takes its own out of them.
    """

    name: str
    help: str
    options: Callable[[], dict[str, inspect.Parameter]]
    read: Callable[[str, dict[str, Any]], Any]

    @property
    def word(self) -> inspect.Parameter:
        """As a parameter of a command."""
        annotation = Annotated[str, Parameter(help=self.help)]
        return inspect.Parameter(self.name, inspect.Parameter.POSITIONAL_ONLY, annotation=annotation)


PIXEL = Subject("pixel", "name of a device, or path of its .toml file", variant_parameters, varied_pixel)


def command_of(
    function: Callable[..., Any],
    *,
    report: Callable[[Any, dict[str, Any]], str],
    as_json: Callable[[Any], Any],
    figures: Callable[[Any], dict[str, Any]] | None = None,
    subject: Subject | None = PIXEL,
) -> Callable[..., int]:
    """The command of an experiment.

    Args:
        function: the experiment.
        report: what a person reads, from the result and the options.
        as_json: what a program reads.
        figures: name -> figure, for the output folder.
        subject: what its first argument is; None if it has keywords only.
    """
    parameters = inspect.signature(function, eval_str=True).parameters
    own = {
        name: p.replace(annotation=option(p.annotation, help_of(function, name)))
        for name, p in parameters.items()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
        and name != "progress"
        and PYTHON_ONLY not in _metadata(p.annotation)
    }
    outputs = {
        name: inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=_output_option(name, kind, text),
        )
        for name, (kind, default, text) in OUTPUT_OPTIONS.items()
    }

    def command(*words: str, **options: Any) -> int:
        given = {name: options.pop(name, default) for name, (_, default, _) in OUTPUT_OPTIONS.items()}
        first = () if subject is None else (subject.read(words[0], options),)
        with _progress(options.get("until"), quiet=given["json"]) as progress:
            extra = {"progress": progress} if "progress" in parameters else {}
            result, failure = _as_far_as_it_goes(lambda: function(*first, **options, **extra))
        if _first_rank():
            _write(result, given, figures)
            text = json.dumps(as_json(result), allow_nan=False) if given["json"] else report(result, given)
            print(text)  # noqa: T201
        if failure is not None:
            raise failure
        return 0

    about = [] if subject is None else [subject.word]
    changes = {} if subject is None else subject.options()
    every = [*about, *own.values(), *changes.values(), *outputs.values()]
    command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in every}
    command.__doc__ = (inspect.getdoc(function) or "").split("\n")[0]
    return command


def _as_far_as_it_goes(run: Callable[[], Any]) -> tuple[Any, ConvergenceError | None]:
    """The result, and why it ends early if a solver stopped with something finished."""
    try:
        return run(), None
    except ConvergenceError as error:
        if error.finished is None:
            raise
        return error.finished, error


def _write(result: Any, given: dict[str, Any], figures: Callable[[Any], dict[str, Any]] | None) -> None:
    if given["output"] is None:
        return
    drawn = {}
    if given["plots"] and figures is not None:
        drawn = figures(result)
    result.save(given["output"], figures=drawn)


def _first_rank() -> bool:
    mpi = sys.modules.get("mpi4py.MPI")
    return mpi is None or mpi.COMM_WORLD.rank == 0


class _progress:  # noqa: N801  reads as a verb where it is used
    """A progress bar on a terminal, silent elsewhere."""

    def __init__(self, until: float | None, *, quiet: bool) -> None:
        self._until = until
        self._bar: Any = None
        self._wanted = bool(until) and not quiet and sys.stderr.isatty()

    def __enter__(self) -> Callable[[float], None] | None:
        if not self._wanted or self._until is None:
            return None
        from rich.console import Console
        from rich.progress import Progress

        bar = Progress(console=Console(stderr=True), transient=True)
        bar.start()
        task, total = bar.add_task("solving", total=1.0), self._until
        self._bar = bar
        return lambda time: bar.update(task, completed=float(np.log1p(99 * time / total) / np.log(100)))

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
