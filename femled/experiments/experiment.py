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
