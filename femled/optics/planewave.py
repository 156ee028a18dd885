"""A plane wave on a planar stack: reflectance, transmittance, and where its power is absorbed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError, unknown_name
from femled.optics.bounces import PartlyCoherentStack
from femled.optics.stack import make_stack
from femled.optics.waves import Polarization, Real

PARTS: dict[str, tuple[Polarization, ...]] = {"s": ("TE",), "p": ("TM",), "unpolarized": ("TE", "TM")}
GRAZING = math.pi / 2 - 1e-7
"""[rad] beyond this the angle has no digits left."""


@dataclass(frozen=True)
class PlaneWave:
    """A stack lit by a plane wave of unit power; every share is of the incident power.

    Arrays follow the broadcast shape `...` of indices[0], wavelength and angle; all numbers without one.

    Args:
        solutions: one for each polarization that is averaged, seen from the incident half-space.
        thicknesses: (films,), [m] from the first half-space.
        upside_down: the light comes from the last half-space.
    """

    solutions: tuple[PartlyCoherentStack, ...]
    thicknesses: tuple[float, ...]
    upside_down: bool

    @cached_property
    def reflectance(self) -> Real:
        """(...) share that comes back."""
        return self._mean([solution.reflectance for solution in self.solutions])

    @cached_property
    def transmittance(self) -> Real:
        """(...) share that leaves into the other half-space; what enters an absorbing half-space counts as such."""
        return self._mean([solution.transmittance for solution in self.solutions])

    @cached_property
    def absorptance(self) -> Real:
        """(films, ...) share absorbed in each film, from the first to the last."""
        mean = np.asarray(self._mean([solution.absorptance for solution in self.solutions]))
        return mean[::-1] if self.upside_down else mean

    def absorption_density(self, z: ArrayLike) -> Real:
        """Share of the incident power absorbed per depth; its integral over a film is the film's absorptance.

        a(z) = k0 Im(n^2) |E(z)|^2 / (n_0 cos(angle))

        Args:
            z: (points,), [m] height above the first interface; 0 in the half-spaces.

        Returns:
            (points, ...), [1/m].
        """
        return self._along(z, "absorption_density", films_only=True)

    def intensity(self, z: ArrayLike) -> Real:
        """|E|^2 of the total field over that of the incident wave; across thick films the sum of both waves.

        Args:
            z: (points,), [m] height above the first interface; negative in the first half-space.

        Returns:
            (points, ...), [1].
        """
        return self._along(z, "intensity", films_only=False)

    def _along(self, z: ArrayLike, name: str, *, films_only: bool) -> Real:
        heights = np.asarray(z, float)
        if not np.all(np.isfinite(heights)):
            raise InputError("z holds values that are not finite: give heights above the first interface in m")
        points = np.atleast_1d(heights)
        thicknesses = self.thicknesses
        if self.upside_down:
            points, thicknesses = sum(thicknesses) - points, thicknesses[::-1]
        faces = np.concatenate([[0.0], np.cumsum(thicknesses)])
        medium = np.searchsorted(faces, points, side="left")
        medium[(points == 0) & (len(thicknesses) > 0)] = 1
        shape = np.shape(self.reflectance)
        values = np.zeros((points.size, *shape))
        for j in np.unique(medium):
            if films_only and j in (0, len(thicknesses) + 1):
                continue
            there = medium == j
            distance = (points[there] - faces[max(j - 1, 0)]).reshape(-1, *[1] * len(shape))
            values[there] = sum(getattr(solution, name)(int(j), distance) for solution in self.solutions)
        values /= len(self.solutions)
        return np.asarray(values.reshape(heights.shape + shape)[()])

    @staticmethod
    def _mean(parts: list[Real]) -> Real:
        return sum(parts[1:], parts[0]) / len(parts)


def plane_wave(
    *,
    indices: Sequence[Any] | Any,
    thicknesses: Sequence[float],
    wavelength: ArrayLike,
    angle: ArrayLike = 0.0,
    polarization: Literal["unpolarized", "s", "p"] = "unpolarized",
    incidence: Literal["first", "last"] = "first",
    incoherent: Sequence[int] = (),
) -> PlaneWave:
    """A plane wave on a planar stack.

    Films are coherent; across the films named in `incoherent` only intensities add up, all bounces summed.

    Args:
        indices: (films + 2, ...), [1] complex n + i k from the first half-space to the last; `...` broadcasts with the
            wavelength and the angle, so a spectrum is one call.
        thicknesses: (films,), [m].
        wavelength: (...), [m] in vacuum.
        angle: (...), [rad] in the incident half-space, from the normal.
        polarization: "s" (E along the films), "p", or the mean of both.
        incidence: half-space the light comes from; it must not absorb.
        incoherent: positions in `indices` of the thick films.

    Raises:
        InputError: not a passive stack, an absorbing incident half-space, an angle beyond grazing, an unknown name or
            position, or values that are not finite.
    """
    for name, given, known in (
        ("polarization", polarization, PARTS),
        ("incidence", incidence, {"first": 0, "last": 0}),
    ):
        if given not in known:
            raise unknown_name(name, str(given), known)
    wave = np.asarray(wavelength, float)
    try:
        n = np.array(np.broadcast_arrays(*(np.asarray(index, complex) for index in indices)))
        columns = np.broadcast_shapes(n.shape[1:], wave.shape)
        shape = np.broadcast_shapes(columns, np.shape(angle))
    except ValueError:
        raise InputError(
            f"indices, wavelength {wave.shape} and angle {np.shape(angle)} do not fit each other: give one value for "
            "all, or as many as wavelengths; angles along an axis of their own, shape (angles, 1)"
        ) from None
    _check_media([np.broadcast_to(index, columns).ravel() for index in n], thicknesses, np.broadcast_to(wave, columns))
    theta = _checked_angle(np.asarray(angle, float))
    thick = _checked_positions(incoherent, len(thicknesses))
    films = [float(thickness) for thickness in thicknesses]
    upside_down = incidence == "last"
    media, lengths = (list(n[::-1]), films[::-1]) if upside_down else (list(n), films)
    if upside_down:
        thick = tuple(len(n) - 1 - position for position in reversed(thick))
    if np.any(media[0].imag != 0):
        position = len(n) - 1 if upside_down else 0
        raise InputError(
            f"indices[{position}] = {media[0].ravel()[np.argmax(media[0].imag.ravel())]:.6g} absorbs, and incident "
            "light needs a half-space with k = 0: set its k to 0, or make it a film"
        )
    k0 = 2 * np.pi / wave
    N = np.broadcast_to(media[0].real * np.sin(theta), shape)
    solutions = tuple(PartlyCoherentStack(media, lengths, k0, N, part, thick) for part in PARTS[polarization])
    return PlaneWave(solutions, tuple(films), upside_down)


def _check_media(indices: Sequence[Any], thicknesses: Sequence[float], wavelength: Any) -> None:
    """Every column of indices is a passive stack at its wavelength."""
    if wavelength.size == 0:
        raise InputError("indices and wavelength are empty: give at least one of each")
    for *column, length in {*zip(*(index.tolist() for index in indices), wavelength.ravel().tolist(), strict=True)}:
        make_stack(column, thicknesses, length).refuse_gain("a plane wave")


def _checked_angle(theta: Any) -> Any:
    """The angle, if it lies between the normal and grazing."""
    if not np.all(np.isfinite(theta)):
        raise InputError("angle is not finite: give radians from the normal, 0 .. pi/2")
    bad = (theta < 0) | (theta > GRAZING)
    if np.any(bad):
        first = theta[bad].flat[0]
        slip = f" (radians are meant: {math.radians(first):.4g} for {first:g} degrees)" if first > math.pi / 2 else ""
        raise InputError(f"angle {first:g} rad is outside 0 .. pi/2 - 1e-7{slip}")
    return theta


def _checked_positions(incoherent: Sequence[int], films: int) -> tuple[int, ...]:
    """The thick films in rising order, if they are films."""
    for position in incoherent:
        if position != int(position) or not 1 <= position <= films:
            allowed = f"1 .. {films}" if films else "none, for there is no film"
            raise InputError(f"incoherent position {position} is not that of a film: allowed are {allowed}")
    return tuple(sorted({int(position) for position in incoherent}))
