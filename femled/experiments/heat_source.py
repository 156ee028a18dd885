"""Where the heat is released: one region, shares of several, or a field of position."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError
from femled.frozen import Quantity
from femled.solve.heat_space import HeatSpace

Array = NDArray[np.float64]
HeatSource = str | Mapping[str, float] | Callable[[Array, Array], Any]
"""A region, "region=share, region=share", the same as a mapping, or a function of (r, z) [m]."""

_SHARE = Quantity("1", 0.0, 1.0)


def checked_source(given: HeatSource) -> HeatSource:
    """A heat source in one of two forms: shares by region that add up to 1, or the function as it is.

    Raises:
        InputError: no region, a share out of range, or shares that do not add up to 1.
    """
    if callable(given):
        return given
    pairs = _pairs(given) if isinstance(given, str) else list(given.items())
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f'heat_source: region "{name}" is given twice')
    shares = {name: _SHARE.check(share, f"heat_source share of {name}") for name, share in pairs}
    if abs(sum(shares.values()) - 1.0) > 1e-9:
        listed = ", ".join(f"{name}={share:g}" for name, share in shares.items())
        raise InputError(
            f"heat_source {listed or 'is empty'}: the shares must add up to 1, got {sum(shares.values()):g}"
        )
    return shares


def _pairs(text: str) -> list[tuple[str, Any]]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1 and "=" not in text:
        return [(parts[0], 1.0)]
    pairs = []
    for part in parts:
        name, equals, share = (piece.strip() for piece in part.partition("="))
        if not (name and equals and share):
            raise InputError(f'heat_source "{text}": write region=share, such as "mapbi3=0.8, ito=0.2"')
        pairs.append((name, share))
    return pairs


def recorded(source: HeatSource) -> Any:
    """What the inputs of a result say of a checked source: the shares, or the name of the function."""
    if callable(source):
        return f"function {getattr(source, '__qualname__', type(source).__qualname__)}(r, z)"
    return dict(source) if isinstance(source, Mapping) else source


def released(space: HeatSpace, source: HeatSource, opening_area: float) -> Array:
    """The heat source at power density 1.

    Q = sum of share_i P A / V_i in region i,   or   Q = P A f / Int f dV;   A = pi a^2 (1 per area of a column)

    A region is heated inside the opening; one that lies wholly beyond the rim, in its whole volume.

    Args:
        space: the terms on a domain.
        source: from `checked_source`.
        opening_area: [m2] A.

    Returns:
        (cells, points), [1/m].

    Raises:
        InputError: an unknown region, or a function that is not finite, negative somewhere, or zero everywhere.
    """
    area = opening_area if space.domain.kind.axisymmetric else 1.0
    if callable(source):
        return _normalised(space, _sampled(space, source), area)
    assert isinstance(source, Mapping)  # made so by checked_source
    return np.asarray(sum(share * _normalised(space, _heated(space, name), area) for name, share in source.items()))


def _heated(space: HeatSpace, region: str) -> Array:
    domain = space.domain
    groups = domain.groups_of(region)
    inside = [group for group in groups if group.endswith(".inside")] or groups
    field = space.uniform(0.0)
    field[np.isin(domain.cell_group, [domain.groups[group] for group in inside])] = 1.0
    return field


def _sampled(space: HeatSpace, function: Callable[[Array, Array], Any]) -> Array:
    r, z = space.points()
    values = np.broadcast_to(np.asarray(function(r, z), dtype=np.float64), r.shape)
    if not np.isfinite(values).all() or values.min() < 0:
        raise InputError("heat_source: the function of (r, z) must return finite values that are not negative")
    return np.array(values)


def _normalised(space: HeatSpace, field: Array, area: float) -> Array:
    total = space.total(space.load(field)) * space.domain.kind.volume_unit
    if not total > 0:
        raise InputError("heat_source: the function of (r, z) is zero everywhere in the section")
    return field * (area / total)
