"""Many planar stacks of the same films at once: their numbers as arrays, and their characteristic function.

What does not differ from stack to stack keeps arrays of length one, so that sines and exponentials are taken once for
all stacks that share them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.errors import InputError
from femled.optics.characteristic import Polarization
from femled.optics.stack import Stack, make_stack

Complex = NDArray[np.complex128]
Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class StackFamily:
    """Stacks over one or two axes, or in a row.

    Args:
        indices: films + 2 arrays that broadcast to `shape`, [1] n + i k from the first half-space to the last.
        thicknesses: films arrays that broadcast to `shape`, [m].
        wavelengths: broadcasts to `shape`, [m] in vacuum.
        shape: of the family.
    """

    indices: tuple[Complex, ...]
    thicknesses: tuple[Array, ...]
    wavelengths: Array
    shape: tuple[int, ...]

    @cached_property
    def wavenumbers(self) -> Array:
        """[1/m] k0, broadcasts to `shape`."""
        return np.asarray(2 * np.pi / self.wavelengths)

    @property
    def size(self) -> int:
        """Number of stacks."""
        return prod(self.shape)

    def weights(self, polarization: Polarization) -> tuple[Complex, ...]:
        """The p of every medium: 1 (TE) or n^2 (TM)."""
        one = np.ones((1,) * len(self.shape), dtype=np.complex128)
        return tuple(one if polarization == "TE" else index * index for index in self.indices)

    def stack(self, position: int) -> Stack:
        """One stack, by its position in the flattened family."""
        return self.part(np.array([position])).stacks()[0]

    def stacks(self) -> list[Stack]:
        """All stacks, flattened."""

        def flat(array: NDArray[Any]) -> list[Any]:
            return list(np.broadcast_to(array, self.shape).ravel().tolist())

        indices = zip(*map(flat, self.indices), strict=True)
        thicknesses = zip(*map(flat, self.thicknesses), strict=True) if self.thicknesses else [()] * self.size
        return [Stack(*each) for each in zip(indices, thicknesses, flat(self.wavelengths), strict=True)]

    def part(self, positions: Integers) -> "StackFamily":
        """Some stacks in a row, by their positions in the flattened family."""
        places = np.unravel_index(positions, self.shape)

        def taken(array: NDArray[np.generic]) -> NDArray[np.generic]:
            if array.size == 1:
                return array.reshape(1)
            where = tuple(np.zeros_like(p) if n == 1 else p for p, n in zip(places, array.shape, strict=True))
            return array[where]

        return self._mapped(taken, (len(positions),))

    def block(self, where: tuple[slice, ...]) -> "StackFamily":
        """Stacks of a range along every axis."""
        shape = tuple(len(range(*each.indices(n))) for each, n in zip(where, self.shape, strict=True))
        return self._mapped(lambda array: array[within(array, where)], shape)

    def towards(self, other: "StackFamily", share: float) -> "StackFamily":
        """The stacks that lie a share of the way from these to others of the same shape."""

        def between(a: Any, b: Any) -> Any:
            return a + share * (b - a)

        return replace(
            self,
            indices=tuple(map(between, self.indices, other.indices)),
            thicknesses=tuple(map(between, self.thicknesses, other.thicknesses)),
            wavelengths=between(self.wavelengths, other.wavelengths),
        )

    def _mapped(self, change: Callable[[Any], Any], shape: tuple[int, ...]) -> "StackFamily":
        return replace(
            self,
            indices=tuple(change(index) for index in self.indices),
            thicknesses=tuple(change(thickness) for thickness in self.thicknesses),
            wavelengths=change(self.wavelengths),
            shape=shape,
        )


def within(array: NDArray[Any], where: tuple[slice, ...]) -> tuple[slice, ...]:
    """The range of an array that broadcasts to the shape of a family."""
    return tuple(slice(None) if n == 1 else each for each, n in zip(where, array.shape, strict=True))


def make_family(
    indices: Sequence[ArrayLike], thicknesses: Sequence[ArrayLike], wavelengths: ArrayLike, shape: tuple[int, ...]
) -> StackFamily:
    """A checked family.

    Args:
        indices: films + 2 values or arrays that broadcast to `shape`, [1] n + i k.
        thicknesses: films values or arrays that broadcast to `shape`, [m].
        wavelengths: a value or array that broadcasts to `shape`, [m] in vacuum.
        shape: of the family, one or two axes.

    Raises:
        InputError: an empty family, arrays of another shape, or a stack that cannot be.
    """
    if not shape or prod(shape) == 0:
        raise InputError(f"a family of shape {shape} holds no stack")

    def fitted(value: ArrayLike, kind: type) -> Any:
        array: NDArray[Any] = np.asarray(value, dtype=kind)
        array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
        if array.ndim != len(shape) or any(n not in (1, of) for n, of in zip(array.shape, shape, strict=True)):
            raise InputError(f"values of shape {array.shape} do not fit a family of shape {shape}")
        return array

    family = StackFamily(
        tuple(fitted(index, complex) for index in indices),
        tuple(fitted(thickness, float) for thickness in thicknesses),
        fitted(wavelengths, float),
        shape,
    )
    middle = family.stack(0)
    # Every value that occurs, in one stack after another: the checks are those of a single stack.
    for position, index in enumerate(family.indices):
        for value in np.unique(index).tolist():
            n = list(middle.indices)
            n[position] = value
            make_stack(n, middle.thicknesses, middle.wavelength)
    for position, thickness in enumerate(family.thicknesses):
        for extreme in (thickness.min(), thickness.max()):
            t = list(middle.thicknesses)
            t[position] = float(extreme)
            make_stack(middle.indices, t, middle.wavelength)
    for extreme in (family.wavelengths.min(), family.wavelengths.max()):
        make_stack(middle.indices, middle.thicknesses, float(extreme))
    return family


def decay(family: StackFamily, x: Complex) -> tuple[Complex, Complex, Complex, Complex]:
    """g1, g2 and their derivatives by the coordinate s of bound modes (`PlainSheet`).

    g1 = s - D/(4 s),  g2 = s + D/(4 s),   D = n1^2 - n2^2

    Args:
        family: stacks.
        x: (..., *shape) s.
    """
    rest = (family.indices[0] ** 2 - family.indices[-1] ** 2) / (4 * x)
    fall = rest / x
    return x - rest, x + rest, 1 + fall, 1 - fall


def effective_indices(family: StackFamily, x: Complex) -> Complex:
    """sqrt(n1^2 + g1^2) with positive real part, from the half-space that loses fewest digits.

    Args:
        family: stacks.
        x: (..., *shape) s.
    """
    g1, g2, _, _ = decay(family, x)
    n1, n2 = family.indices[0], family.indices[-1]
    return np.asarray(np.sqrt(np.where(np.abs(n1) <= np.abs(n2), n1 * n1 + g1 * g1, n2 * n2 + g2 * g2)))


@dataclass(frozen=True)
class Across:
    """What a film does to u and v = u'/(k0 p): u(top) = c u + b v, v(top) = c v + d u, all over exp(|Im q|).

    Args:
        c: cos(q), q = kappa k0 t.
        b: p tau sinc(q).
        d: -(kappa^2 tau/p) sinc(q).
        growth: |Im q|.
        slopes: derivatives of c, b and d by s, over the same exponential.
    """

    c: Complex
    b: Complex
    d: Complex
    growth: Array
    slopes: tuple[Complex, Complex, Complex]


def across(square: Complex, dsquare: Complex, tau: Array, p: Complex) -> Across:
    """The film, with the growth divided out.

    Args:
        square: kappa^2 = n^2 - n_eff^2.
        dsquare: its derivative by s.
        tau: k0 t.
        p: 1 (TE) or n^2 (TM).
    """
    q = np.sqrt(square) * tau
    q = np.where(np.abs(q) < 1e-150, 1e-150, q)
    growth = np.abs(q.imag)
    lost = np.expm1(-2 * growth)
    cosh, sinh = 1 + lost / 2, np.copysign(lost / 2, q.imag)
    cosine, sine = np.cos(q.real), np.sin(q.real)
    c = cosine * cosh - 1j * (sine * sinh)
    sinc = (sine * cosh + 1j * (cosine * sinh)) / q
    q2 = square * (tau * tau)
    # The difference loses its digits for small q, where it is -1/3 - ...: it only steers Newton's method.
    small = np.abs(q2) < 1e-6
    slope = np.where(small, -1 / 3, (c - sinc) / np.where(small, 1.0, q2))
    half = dsquare * (tau * tau / 2)
    dsinc = half * slope
    return Across(
        c,
        (p * tau) * sinc,
        -(tau / p) * square * sinc,
        growth,
        (-half * sinc, (p * tau) * dsinc, -(tau / p) * (dsquare * sinc + square * dsinc)),
    )


def characteristic(family: StackFamily, polarization: Polarization, x: Complex) -> tuple[Complex, Complex, Array]:
    """The function of `Characteristic` for all stacks at once, F = v + (g2/p2) u at the top.

    Args:
        family: stacks.
        polarization: "TE" or "TM".
        x: (..., *shape) s; an axis of length one where stacks share it.

    Returns:
        F and dF/ds, both over exp(growth), and the growth; they broadcast to (..., *shape).
    """
    g1, g2, dg1, dg2 = decay(family, x)
    p = family.weights(polarization)
    e, de = family.indices[0] ** 2 + g1 * g1, 2 * g1 * dg1
    u, v, du, dv = np.ones_like(e), g1 / p[0], np.zeros_like(e), dg1 / p[0]
    growth = np.zeros(1)
    for index, thickness, weight in zip(family.indices[1:-1], family.thicknesses, p[1:-1], strict=True):
        film = across(index * index - e, -de, family.wavenumbers * thickness, weight)
        dc, db, dd = film.slopes
        u, v, du, dv = (
            film.c * u + film.b * v,
            film.c * v + film.d * u,
            film.c * du + film.b * dv + dc * u + db * v,
            film.c * dv + film.d * du + dc * v + dd * u,
        )
        growth = growth + film.growth
    side, dside = g2 / p[-1], dg2 / p[-1]
    return v + side * u, dv + side * du + dside * u, growth
