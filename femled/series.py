"""Series of numbers with their coordinates and units: what the dataset of a result is made of, without its cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Variable:
    """An array over named coordinates.

    Args:
        dims: names of the coordinates, one an axis.
        values: the array; names of layers for a coordinate of words.
        unit: SI unit, empty for words.
        title: what it is, for the axis of a figure.
    """

    dims: tuple[str, ...]
    values: NDArray[Any]
    unit: str
    title: str = ""


def over_time(values: ArrayLike, unit: str, title: str = "") -> Variable:
    """A variable over `time`."""
    return Variable(("time",), np.asarray(values), unit, title)


def single(value: float, unit: str, title: str = "") -> Variable:
    """A variable that is one number."""
    return Variable((), np.asarray(value), unit, title)


@dataclass(frozen=True)
class Series:
    """The variables of a result.

    Args:
        variables: by name.
        coordinates: by name; each runs over itself.
        attributes: facts about all of them.
    """

    variables: Mapping[str, Variable]
    coordinates: Mapping[str, Variable]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return np.asarray((self.variables if name in self.variables else self.coordinates)[name].values)

    def dataset(self) -> "xarray.Dataset":
        """The same as an `xarray.Dataset`, units in the attributes of every variable."""
        import xarray

        def entry(variable: Variable) -> tuple[tuple[str, ...], NDArray[Any], dict[str, str]]:
            facts = {"units": variable.unit, "long_name": variable.title}
            return variable.dims, variable.values, {key: text for key, text in facts.items() if text}

        return xarray.Dataset(
            {name: entry(variable) for name, variable in self.variables.items()},
            {name: entry(variable) for name, variable in self.coordinates.items()},
            dict(self.attributes),
        )

    @classmethod
    def from_dataset(cls, data: "xarray.Dataset") -> Self:
        """What `dataset` made."""

        def back(name: Any) -> Variable:
            array = data[name]
            facts = array.attrs
            return Variable(
                tuple(map(str, array.dims)), array.values, facts.get("units", ""), facts.get("long_name", "")
            )

        return cls(
            {str(name): back(name) for name in data.data_vars},
            {str(name): back(name) for name in data.coords},
            dict(data.attrs),
        )
