"""How finely each length of a section is divided: one element for a thin film, geometric growth away from the stack."""

import math
from dataclasses import dataclass
from typing import Literal

from femled.errors import InputError, unknown_name

ResolutionName = Literal["coarse", "default", "fine"]


@dataclass(frozen=True)
class Resolution:
    """The sizes that a resolution level stands for.

    Args:
        axial: [m] first element away from the films.
        axial_ratio: growth from one element to the next with distance from the films.
        radial: [m] element on both sides of the rim.
        inner_ratio: growth from the rim towards the axis.
        outer_ratio: growth from the rim outwards, where the heat spreads.
        rim_ratio: growth in the first twenty `radial` outside the rim, which only its profile notices.
        film: [m] thickest element of a film.
    """

    axial: float
    axial_ratio: float
    radial: float
    inner_ratio: float
    outer_ratio: float
    rim_ratio: float = 2.5
    film: float = 100e-9


_LEVELS: dict[str, Resolution] = {
    "coarse": Resolution(
        axial=150e-9, axial_ratio=3.0, radial=300e-9, inner_ratio=3.5, outer_ratio=3.0, rim_ratio=3.0, film=300e-9
    ),
    "default": Resolution(
        axial=75e-9, axial_ratio=1.85, radial=200e-9, inner_ratio=3.5, outer_ratio=1.65, rim_ratio=2.5
    ),
    "fine": Resolution(
        axial=35e-9, axial_ratio=1.4, radial=60e-9, inner_ratio=1.6, outer_ratio=1.4, rim_ratio=1.4, film=12e-9
    ),
}


def resolution(level: ResolutionName | Resolution) -> Resolution:
    """The resolution of that name, or the one given.

    Raises:
        InputError: no such level.
    """
    if isinstance(level, Resolution):
        if (
            min(level.axial, level.radial, level.film) <= 0
            or min(level.axial_ratio, level.inner_ratio, level.outer_ratio, level.rim_ratio) < 1
        ):
            raise InputError(f"{level}: sizes must be positive and ratios at least 1")
        return level
    if level not in _LEVELS:
        raise unknown_name("resolution", str(level), _LEVELS)
    return _LEVELS[level]


@dataclass(frozen=True)
class Division:
    """A length divided into elements whose sizes form a geometric series.

    Args:
        length: [m].
        count: number of elements.
        ratio: size of each element over the one before it.
    """

    length: float
    count: int
    ratio: float = 1.0

    @property
    def last(self) -> float:
        """[m] size of the last element."""
        total = sum(self.ratio**i for i in range(self.count))
        return self.length / total * self.ratio ** (self.count - 1)

    def reversed(self) -> "Division":
        """The same sizes in opposite order."""
        return Division(self.length, self.count, 1.0 / self.ratio)


def geometric(length: float, first: float, ratio: float) -> Division:
    """Elements that start at a size and grow, with the growth adjusted so that they fill the length.

    Args:
        length: [m] to divide.
        first: [m] size of the first element, at most.
        ratio: growth from one element to the next, at most.
    """
    if length <= 1.5 * first:
        return Division(length, 1)
    if ratio <= 1.0 + 1e-9:
        return Division(length, math.ceil(length / first * (1 - 1e-9)))
    count = math.ceil(math.log1p(length / first * (ratio - 1.0)) / math.log(ratio) * (1 - 1e-9))

    # The sum of the series rises with its ratio: bisection (scipy.optimize would cost half a second of import).
    low, high = 1.0, ratio
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if first * sum(middle**i for i in range(count)) > length else (middle, high)
    fitted = 1.0 if first * count >= length else high
    return Division(length, count, fitted)


def outwards(length: float, level: Resolution) -> tuple[Division, ...]:
    """Elements from the rim to the outer radius: fast growth at the rim itself, then as the spreading heat needs it."""
    near = 20 * level.radial
    if length <= 2 * near or level.rim_ratio <= level.outer_ratio:
        return (geometric(length, level.radial, level.outer_ratio),)
    rim = geometric(near, level.radial, level.rim_ratio)
    return (rim, geometric(length - near, rim.last * level.outer_ratio, level.outer_ratio))


def both_ends(length: float, first: float, ratio: float) -> tuple[Division, ...]:
    """Elements that are small at both ends of a length and grow towards its middle."""
    if length <= 3.0 * first:
        return (geometric(length, first, ratio),)
    half = geometric(length / 2, first, ratio)
    return (half, half.reversed())


def axial_divisions(
    thicknesses: list[float], lowest: int, highest: int, level: Resolution
) -> list[tuple[Division, ...]]:
    """Divisions of all bands of a section, bottom to top.

    The bands from `lowest` to `highest` are the stack of films: each is cut into equal elements while thin, else into
    elements that are small at both ends. Away from the stack the size grows with the distance from it.

    Args:
        thicknesses: [m] of the bands.
        lowest: index of the first band of the stack.
        highest: index of its last band.
        level: resolution.

    Returns:
        one tuple of divisions a band, in the order of rising z.
    """
    found: list[tuple[Division, ...]] = []
    for i, thickness in enumerate(thicknesses):
        if lowest <= i <= highest:
            thin = thickness <= 4 * level.film
            equal = Division(thickness, math.ceil(thickness / level.film * (1 - 1e-9)))
            found.append((equal,) if thin else both_ends(thickness, level.film, level.axial_ratio))
            continue
        between = thicknesses[i + 1 : lowest] if i < lowest else thicknesses[highest + 1 : i]
        first = max(level.axial, (level.axial_ratio - 1.0) * sum(between))
        away = geometric(thickness, first, level.axial_ratio)
        found.append((away.reversed(),) if i < lowest else (away,))
    return found
