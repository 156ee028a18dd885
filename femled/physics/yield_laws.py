"""Closed forms of yield and decay where one density says all: free carriers that meet, and excitons.

free:      PLQY = B n^2/(A n + B n^2 + C n^3),              -dn/dt = A n + B n^2 + C n^3     (jiang2024, 7 and 9)
excitons:  PLQY = k_ex n/((k_ex + k_trap) n + k_Aug n^2),   -dn/dt = (k_ex + k_trap) n + k_Aug n^2     (8 and 10)
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.errors import InputError

Array = NDArray[np.float64]

_DOUBLE = 1e-9
"""Of 4 A C - B^2 over B^2, below which both roots of Q are one."""

_CELL = 0.005
"""Of ln n in the table that turns t(n) around."""


def abc_density(time: Array, A: float, B: float, density: float) -> Array:
    """[1/m3] n(t) of dn/dt = -A n - B n^2, n(0) = n0.

    n = A n0 e/(A + B n0 (1 - e)),   e = exp(-A t)

    Args:
        time: (n,), [s].
        A: [1/s] > 0.
        B: [m3/s].
        density: [1/m3] n0.
    """
    gone = -np.expm1(-A * time)
    return np.asarray(density * np.exp(-A * time) / (1 + B * density * gone / A))


@dataclass(frozen=True)
class FreeCarriers:
    """Electrons and holes of equal density.

    Args:
        A: [1/s] through traps.
        B: [m3/s] radiative.
        C: [m6/s] of three carriers.
    """

    A: float
    B: float
    C: float = 0.0

    def quantum_yield(self, density: ArrayLike) -> Array:
        """[1] B n/(A + B n + C n^2) at densities [1/m3] of any shape."""
        n = np.asarray(density, dtype=np.float64)
        return np.asarray(self.B * n / (self.A + self.B * n + self.C * n**2))

    @property
    def best_density(self) -> float:
        """[1/m3] sqrt(A/C), at which the yield is largest; inf without Auger recombination."""
        return math.sqrt(self.A / self.C) if self.C > 0 else math.inf

    @property
    def best_yield(self) -> float:
        """[1] B/(B + 2 sqrt(A C)), there."""
        return self.B / (self.B + 2 * math.sqrt(self.A * self.C))

    def time(self, density: ArrayLike, start: float) -> Array:
        """[s] in which a density [1/m3] is left of a start [1/m3].

        A t = [ln n - ln(Q)/2 - (B/2) Int dn/Q] from n to n_0,   Q = A + B n + C n^2

        Raises:
            InputError: an A that is not positive.
        """
        if self.A <= 0:
            raise InputError(f"A {self.A:g} 1/s is not above 0: the closed form divides by it")
        n = np.asarray(density, dtype=np.float64)

        def of(m: Array) -> Array:
            Q = self.A + self.B * m + self.C * m**2
            return np.asarray(np.log(m) - np.log(Q) / 2 - self.B / 2 * self._inverse_quadratic(m))

        return np.asarray((of(np.asarray(start)) - of(n)) / self.A)

    def _inverse_quadratic(self, m: Array) -> Array:
        """Int dm/(A + B m + C m^2), whose constant drops out."""
        if self.C == 0:
            return np.asarray(np.log(self.A + self.B * m) / self.B) if self.B > 0 else np.asarray(m / self.A)
        determinant, slope = 4 * self.A * self.C - self.B**2, 2 * self.C * m + self.B
        root = math.sqrt(abs(determinant))
        if abs(determinant) <= _DOUBLE * self.B**2:
            return np.asarray(-2 / slope)
        if determinant > 0:
            return np.asarray(2 / root * np.arctan(slope / root))
        lower = 4 * self.A * self.C / (self.B + root)  # B - root without subtracting the two
        return np.asarray(np.log((2 * self.C * m + lower) / (slope + root)) / root)

    def density(self, time: ArrayLike, start: float) -> Array:
        """[1/m3] left after times [s] of any shape: t(n) turned around by a table and Newton's method."""
        t = np.asarray(time, dtype=np.float64)
        deepest = self.A * float(t.max(initial=0.0)) + math.log1p((self.B * start + self.C * start**2) / self.A)
        u = np.linspace(0.0, -deepest - _CELL, int(deepest / _CELL) + 3)
        n = start * np.exp(np.interp(t, self.time(start * np.exp(u), start), u))
        for _ in range(4):
            n = n * np.exp((self.time(n, start) - t) * (self.A + self.B * n + self.C * n**2))
        return np.asarray(n)


@dataclass(frozen=True)
class Excitons:
    """Bound pairs.

    Args:
        radiative_rate: [1/s] k_ex.
        trapping_rate: [1/s] k_trap.
        auger_coefficient: [m3/s] k_Aug of two excitons.
    """

    radiative_rate: float
    trapping_rate: float
    auger_coefficient: float = 0.0

    def quantum_yield(self, density: ArrayLike) -> Array:
        """[1] k_ex/(k_ex + k_trap + k_Aug n) at densities [1/m3] of any shape."""
        lost = self.radiative_rate + self.trapping_rate + self.auger_coefficient * np.asarray(density, dtype=np.float64)
        return np.asarray(self.radiative_rate / lost)

    def density(self, time: ArrayLike, start: float) -> Array:
        """[1/m3] left after times [s] of any shape."""
        rate = self.radiative_rate + self.trapping_rate
        return abc_density(np.asarray(time, dtype=np.float64), rate, self.auger_coefficient, start)
