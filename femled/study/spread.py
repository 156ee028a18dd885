"""How far an input that nobody measured may be off: the range in which a sensitivity study varies it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from femled.errors import InputError
from femled.materials.stated_path import StatedInput
from femled.units import parse

Bounds = float | str | tuple[float, float]
"""A factor above 1 (from the value over it to the value times it), a range "A .. B" with units, or (low, high) in SI.
"""


@dataclass(frozen=True)
class Range:
    """Where an input is varied.

    Args:
        low: in SI.
        high: in SI.
        logarithmic: in equal ratios, not in equal differences.
        origin: where the range comes from: given, in use (the note says so), or by kind.
    """

    low: float
    high: float
    logarithmic: bool
    origin: str

    def at(self, share: float) -> float:
        """The value at a share [1] of the way from low to high."""
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True)
class Kind:
    """A rule for inputs of one kind; the first that fits decides.

    Args:
        names: regular expression that the last part of the path matches.
        units: SI units it holds for; empty for all.
        factor: [1] the value is divided and multiplied by; or
        plus: in SI, what is taken away and added.
        zero: whether it also fits a value of zero.
    """

    names: str
    units: tuple[str, ...] = ()
    factor: float = 0.0
    plus: float = 0.0
    zero: bool = False


KINDS = (
    Kind(r"(conduction|valence)_band_ev|work_function_ev|.*level_ev", ("eV",), plus=0.1),
    Kind(r"gap_ev", ("eV",), plus=0.02),
    Kind(r".*_exponent", ("1",), plus=0.5, zero=True),
    Kind(r".*activation_ev", ("eV",), plus=0.05, zero=True),
    Kind(r".*", ("eV", "eV/K", "eV*m"), factor=1.5),
    Kind(r".*", ("m2/V/s", "m2/s", "m/s", "s", "1/s", "m3/s", "m6/s", "1/m3", "A/m2"), factor=3.0),
    Kind(r"refractive_index", ("1",), factor=1.05),
    Kind(r".*", ("1",), factor=1.3),
    Kind(r".*temperature", ("K",), plus=10.0),
    Kind(r"peak", ("m",), factor=1.01),
    Kind(r".*", ("kg/m3",), factor=1.1),
    Kind(r"thickness|width|heat_capacity", factor=1.2),
    Kind(r".*", ("W/m/K", "ohm"), factor=1.5),
    Kind(r".*", factor=2.0),
)
"""The ranges by kind: transport, rates and densities within a factor of 3; levels within 0.1 eV, gaps within 0.02 eV;
activation energies within 0.05 eV, exponents within 0.5; line widths within a factor of 1.5; pure numbers (masses,
permittivities, shares) within 1.3, refractive indices within 1.05; thermal conductivity, sheet resistance within 1.5;
heat capacity and thickness within 1.2, density within 1.1; everything else within 2."""

_IN_USE = re.compile(r"values from (\S+?)(?: ([^\s,;]+))? to (\S+?)(?: ([^\s,;(]+))?(?: \([^)]*\))? are in use")


def range_of(one: StatedInput, given: Mapping[str, Bounds]) -> Range | None:
    """The range of an input: what is given for it, else what its note says is in use, else by its kind.

    Every range ends where the input's allowed range does.

    Args:
        one: the input.
        given: path, pattern of paths ("*.hole_mobility") or last part of a path -> bounds.

    Returns:
        None for a value of zero whose kind is a factor: nothing says how far off it is.

    Raises:
        InputError: bounds that cannot be.
    """
    named = [key for key in given if one.path == key or one.name == key or fnmatchcase(one.path, key)]
    if named:
        exact = one.path if one.path in named else named[-1]
        return _clipped(one, _of_bounds(one, given[exact]))
    in_use = _in_use(one)
    if in_use is not None:
        return _clipped(one, in_use)
    for kind in KINDS:
        fits = re.fullmatch(kind.names, one.name) and (not kind.units or one.unit in kind.units)
        if fits and (one.value != 0 or kind.zero):
            return _clipped(one, _of_kind(one, kind))
    return None


def _of_kind(one: StatedInput, kind: Kind) -> Range:
    if kind.plus:
        return Range(one.value - kind.plus, one.value + kind.plus, logarithmic=False, origin="by kind")
    return _by_factor(one.value, kind.factor, "by kind")


def _by_factor(value: float, factor: float, origin: str) -> Range:
    ends = sorted((value / factor, value * factor))
    return Range(ends[0], ends[1], logarithmic=value > 0, origin=origin)


def _in_use(one: StatedInput) -> Range | None:
    """The range that a note states: "values from 1e-5 to 1e-4 m2/V/s are in use"."""
    match = _IN_USE.search(one.note)
    if match is None:
        return None
    first, unit, last, other = match.groups()
    units = (unit or other or "", other or unit or "")
    try:
        low, high = sorted(
            parse(f"{number} {text}".strip(), one.unit) for number, text in zip((first, last), units, strict=True)
        )
    except InputError:
        return None
    if not low <= one.value <= high or low == high:  # not about this value
        return None
    return Range(low, high, logarithmic=low > 0 and high / low >= 2, origin="in use")


def _of_bounds(one: StatedInput, bounds: Bounds) -> Range:
    if isinstance(bounds, str):
        ends = bounds.split("..")
        if len(ends) != 2:
            raise InputError(f'spread of {one.path}: "{bounds}" is not a range such as "1 {one.unit} .. 2 {one.unit}"')
        pair = [parse(end, one.unit, one.path) for end in ends]
    elif isinstance(bounds, Sequence):
        pair = [float(end) for end in bounds]
    else:
        if not bounds > 1:
            raise InputError(f"spread of {one.path}: the factor {bounds:g} is not above 1")
        if one.value == 0:
            raise InputError(f"spread of {one.path}: a factor of zero is zero, give a range (low, high)")
        return _by_factor(one.value, float(bounds), "given")
    if len(pair) != 2 or not pair[0] < pair[1]:
        raise InputError(f"spread of {one.path}: {bounds!r} does not rise from its low end to its high one")
    return Range(pair[0], pair[1], logarithmic=pair[0] > 0 and pair[1] / pair[0] >= 2, origin="given")


def _clipped(one: StatedInput, found: Range) -> Range:
    low, high = max(found.low, one.quantity.low), min(found.high, one.quantity.high)
    if not low < high:
        raise InputError(f"spread of {one.path}: {found.low:g} .. {found.high:g} {one.unit} is outside what is allowed")
    return Range(low, high, found.logarithmic, found.origin)
