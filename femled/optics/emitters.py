"""Where in the emitter film the dipoles sit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.optics.stack import Stack
from femled.optics.waves import Real

Profile = float | Callable[[Real], ArrayLike] | tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Emitters:
    """Heights of the dipoles above the lower face of the emitter film and their shares.

    Args:
        heights: (heights,), [m].
        shares: (heights,), [1], summing to 1.
        kept_away: [m] from the lower and from the upper face.
    """

    heights: Real
    shares: Real
    kept_away: tuple[float, float]


def place_emitters(
    stacks: Sequence[Stack],
    emitter: int,
    *,
    profile: Profile | None = None,
    count: int = 21,
    minimum_distance: float = 2.5e-9,
) -> Emitters:
    """Dipoles over the depth of the emitter film, at Gauss-Legendre points, denser at the faces that are avoided.

    The power that a dipole gives to an absorber at a distance z grows like 1/z^3, and its mean over the film has no
    limit: next to an absorbing medium (Im n^2 > 0 at any wavelength) dipoles keep `minimum_distance`, and the profile
    is scaled up in what remains. Faces to media that do not absorb are not avoided.

    Args:
        stacks: one for each wavelength.
        emitter: position of the emitter film in `indices`.
        profile: emission rate over the height [m] above the film's lower face, in any unit: a function of an array, or
            two sequences (heights, rates) with straight lines between them; a number puts all dipoles at that height
            [m]; None spreads them evenly.
        count: number of heights.
        minimum_distance: [m] from an absorbing neighbour.

    Raises:
        InputError: no room for dipoles, a height outside or too near to an absorber, a profile that is negative, zero
            everywhere or not finite.
    """
    thickness = stacks[0].thicknesses[emitter - 1]
    if not 0 <= minimum_distance < np.inf:
        raise InputError(f"minimum_distance {minimum_distance:g} m is negative or not finite: the usual is 2.5e-9 m")
    if count != int(count) or not 1 <= count <= 1000:
        raise InputError(f"{count} depths are outside 1 .. 1000")
    absorbing = [any((stack.indices[emitter + step] ** 2).imag > 0 for stack in stacks) for step in (-1, 1)]
    below, above = (minimum_distance if beside else 0.0 for beside in absorbing)
    if below + above >= thickness * (1 - 1e-9):
        raise InputError(
            f"emitter film of {thickness:.4g} m has no room for dipoles at least {minimum_distance:.4g} m away from "
            "its absorbing neighbours: make minimum_distance smaller"
        )
    if any(absorbing) and minimum_distance == 0 and not isinstance(profile, int | float):
        raise InputError(
            "minimum_distance 0 m beside an absorbing film: the mean over the emitter film has no limit; the usual is "
            "2.5e-9 m, or give one height as profile"
        )
    if isinstance(profile, int | float):
        return _at_one_height(float(profile), thickness, below, above)
    heights, w = _points(thickness, below, above, int(count))
    rates = np.asarray(_rates(profile, heights, thickness), float)
    if rates.shape != heights.shape or not np.all(np.isfinite(rates)) or rates.min() < 0 or rates.max() == 0:
        raise InputError(
            "profile must give one finite rate >= 0 for each height, not all zero: heights are in m above the lower "
            f"face of the emitter film, 0 .. {thickness:g}"
        )
    shares = w * rates
    return Emitters(heights, shares / shares.sum(), (below, above))


def _points(thickness: float, below: float, above: float, count: int) -> tuple[Real, Real]:
    """Heights and weights: Gauss-Legendre in z, or in the logarithm of the distance from the faces that are avoided.

    y = z/d;  ln z;  -ln(d - z);  ln(z/(d - z)):   1/z^3 becomes an exponential, for which the rule converges at once.
    """
    x, w = np.polynomial.legendre.leggauss(count)
    d, ends = thickness, np.array([below, thickness - above])
    if below and above:
        y = np.log(ends / (d - ends))
    elif below or above:
        y = np.log(ends) if below else -np.log(d - ends)
    else:
        y = ends / d
    at = y[0] + (y[1] - y[0]) * (x + 1) / 2
    if below and above:
        heights = d / (1 + np.exp(-at))
        slope = heights * (d - heights) / d
    elif below or above:
        heights = np.exp(at) if below else d - np.exp(-at)
        slope = heights if below else d - heights
    else:
        heights, slope = d * at, np.full(count, d)
    return heights, w * slope * (y[1] - y[0]) / 2


def _at_one_height(height: float, thickness: float, below: float, above: float) -> Emitters:
    """All dipoles at one height, if they may be there."""
    if not (below <= height <= thickness - above):
        slip = " (metres are meant: 75e-9)" if height > 1e-2 else ""
        near = ", or minimum_distance is to be smaller" if 0 <= height <= thickness else ""
        raise InputError(
            f"dipole height {height:g} m is outside {below:g} .. {thickness - above:g} m above the lower face of the "
            f"emitter film{near}{slip}"
        )
    return Emitters(np.array([height]), np.array([1.0]), (below, above))


def _rates(profile: Profile | None, heights: Real, thickness: float) -> ArrayLike:
    """Emission rates at the heights."""
    if profile is None:
        return np.ones_like(heights)
    if callable(profile):
        return profile(heights)
    try:
        at, rates = (np.asarray(part, float) for part in profile)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        raise InputError(f"profile {profile!r}: give a height, a function of heights, or (heights, rates)") from None
    if at.ndim != 1 or at.shape != rates.shape or len(at) < 2 or np.any(np.diff(at) <= 0):
        raise InputError("profile must be two sequences of equal length, at least 2, the heights rising")
    if at[0] > 1e-12 or at[-1] < thickness - 1e-12:
        raise InputError(
            f"profile covers {at[0]:g} .. {at[-1]:g} m and the emitter film 0 .. {thickness:g} m: give rates up to "
            "both faces"
        )
    return np.interp(heights, at, rates)
