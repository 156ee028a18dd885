"""What makes a function an experiment: its arguments are quantities with units and ranges, checked before it runs."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, get_args, get_origin

import numpy as np

from femled.errors import InputError
from femled.frozen import Quantity, quantity_of

Times = Annotated[Sequence[float], Quantity("s", 0.0, 1e9)]
"""[s] a list of times."""


@dataclass(frozen=True)
class EqualRatios:
    """Annotation of a list in whose text a range, "1 us .. 1 ms", stands for values in equal ratios.

    Args:
        points: number of values of a range.
    """

    points: int


def ratios_of(annotation: Any) -> EqualRatios | None:
    """The `EqualRatios` that annotates a list, if any (also inside an optional)."""
    for part in get_args(annotation):
        found = part if isinstance(part, EqualRatios) else ratios_of(part)
        if found is not None:
            return found
    return None


PYTHON_ONLY = "python only"
"""Annotation of an argument that no text can stand for: it is not an option of a command."""


def is_list(annotation: Any) -> bool:
    """Whether an annotation stands for a list of quantities."""
    if get_origin(annotation) is Sequence:
        return True
    return any(is_list(part) for part in get_args(annotation) if not isinstance(part, Quantity))


def experiment[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Check every argument that carries a `Quantity` before the function runs; the signature stays as it is.

    Raises:
        InputError: a value that is no number, not finite, or out of range; lists must not be empty.
    """
    annotations = {name: p.annotation for name, p in inspect.signature(function, eval_str=True).parameters.items()}

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in kwargs.items():
            quantity = quantity_of(annotations.get(name))
            if quantity is None or value is None:
                continue
            if is_list(annotations[name]):
                values = np.atleast_1d(np.asarray(value, dtype=object))
                if values.size == 0:
                    raise InputError(f"{name} is an empty list")
                kwargs[name] = [quantity.check(item, name) for item in values]
            else:
                kwargs[name] = quantity.check(value, name)
        return function(*args, **kwargs)

    return checked


def with_options_of[R](
    base: Callable[..., Any], *, without: Sequence[str] = ()
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a function that ends in `**options` the keyword-only arguments of another, with what is said of them.

    Args:
        base: whose arguments are taken, at the place of `**options`.
        without: names that are not.
    """
    taken = {
        name: p
        for name, p in inspect.signature(base).parameters.items()
        if p.kind is inspect.Parameter.KEYWORD_ONLY and name not in without
    }

    def extended(function: Callable[..., R]) -> Callable[..., R]:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        more = {name: p for name, p in taken.items() if name not in signature.parameters}

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> R:
            unknown = [name for name in kwargs if name not in more and name not in signature.parameters]
            if unknown:
                raise TypeError(f"{function.__name__}() got an unexpected keyword argument {unknown[0]!r}")
            return function(*args, **kwargs)

        called.__signature__ = signature.replace(parameters=[*own, *more.values()])  # type: ignore[attr-defined]
        called.__doc__ = _with_arguments(inspect.getdoc(function) or "", inspect.getdoc(base) or "", list(more))
        return called

    return extended


def _with_arguments(text: str, source: str, names: list[str]) -> str:
    """A docstring with the lines on some arguments of another one at the end of its own `Args`."""
    head, _, tail = text.partition("\n\nReturns:")
    lines, kept = source.partition("\nArgs:\n")[2].partition("\n\n")[0].split("\n"), False
    found = []
    for line in lines:
        if line.startswith("    ") and not line.startswith("     "):
            kept = line.strip().partition(":")[0] in names
        if kept:
            found.append(line)
    return "\n".join([head, *found]) + (f"\n\nReturns:{tail}" if tail else "")
