"""Electrons in a parabolic band with a smoothed edge, and the quasi-Fermi level that goes with their density."""

from dataclasses import dataclass
from math import exp, gamma, inf, pi

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from scipy.special import expit

from femled.constants import ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK
from femled.materials.gain_law import EdgeShape
from femled.optics.edge_function import smoothed_root
from femled.optics.urbach_edge import urbach_points
from femled.optics.waves import Real

_TAIL = 40.0
"""Thermal energies above the quasi-Fermi level at which occupation ends: exp(-40) is below the last digit."""
_NEWTON_STEPS = 2
"""From the spline that starts it, each squares an error of 1e-4 or less."""


def edge_points(
    width: float, thermal_energy: float, level: float, edge: EdgeShape = "gaussian", lowest: float = -inf
) -> tuple[Real, Real]:
    """Points and weights for integrals of S(x; s) q(x), where q falls like a Fermi function above a level.

    The trapezoidal rule: S and q are analytic, so it converges geometrically; at these steps to round-off. With a bare
    root the points are even in its argument, x = u^2. An exponential tail meets the band with a kink: `urbach_points`.

    Args:
        width: [eV] s of the edge.
        thermal_energy: [eV] kT.
        level: [eV] above the edge, the highest quasi-Fermi level.
        edge: what smooths it.
        lowest: [eV] energy, below the edge, below which an exponential tail no longer counts.

    Returns:
        (points,) [eV] above the edge; (points,) [eV^(3/2)] weights with S in them.
    """
    top = max(level, 0.0) + _TAIL * thermal_energy
    if width == 0:
        step = min(0.2 * thermal_energy**0.5, 0.25 * thermal_energy / max(level, thermal_energy) ** 0.5)
        u: Real = step * np.arange(1, int(top**0.5 / step) + 2, dtype=np.float64)
        return u**2, 2 * step * u**2
    if edge == "urbach":
        places, panels = urbach_points(width, thermal_energy, (lowest, top))
        return places, panels * smoothed_root(places, width, edge)
    step = min(0.6 * width, 0.5 * thermal_energy)
    low = -(9 + width / thermal_energy) * width  # exp(-x/kT) S(x) has its peak at -s^2/kT
    x: Real = low + step * np.arange(int((top - low) / step) + 2, dtype=np.float64)
    return x, step * smoothed_root(x, width)


@dataclass(frozen=True)
class Band:
    """States above (electrons) or below (holes) a gap, N S(e; s) at the energy e.

    Args:
        mass: [1] of the density of states, in masses of the free electron.
        width: [eV] s of the smoothed edge.
        edge: what smooths it.
    """

    mass: float
    width: float
    edge: EdgeShape = "gaussian"

    @property
    def states(self) -> float:
        """[1/(m3 eV^(3/2))] N = (2 m)^(3/2)/(2 pi^2 hbar^3)."""
        hbar = PLANCK / (2 * pi)
        return float((2 * self.mass * ELECTRON_MASS * ELEMENTARY_CHARGE) ** 1.5 / (2 * pi**2 * hbar**3))

    def density(self, level: ArrayLike, thermal_energy: float) -> tuple[Real, Real]:
        """Density and its slope at quasi-Fermi levels; n = N integral of S(e; s) f((e - mu)/kT).

        Args:
            level: (levels,), [eV] mu, positive inside the band.
            thermal_energy: [eV] kT of the carriers.

        Returns:
            (levels,) [1/m3] n; (levels,) [1/(m3 eV)] dn/dmu.
        """
        mu = np.atleast_1d(np.asarray(level, dtype=np.float64))
        filled = min(float(mu.min()), 0.0) - _TAIL * self.width  # the tail below the lowest level holds no more
        e, weight = edge_points(self.width, thermal_energy, float(mu.max()), self.edge, filled)
        occupied = expit((mu[:, None] - e) / thermal_energy)
        return self.states * (occupied @ weight), self.states / thermal_energy * ((occupied * (1 - occupied)) @ weight)

    def level(self, density: ArrayLike, thermal_energy: float) -> Real:
        """Quasi-Fermi levels of densities, by a spline through a table and Newton steps in ln n.

        Args:
            density: (densities,), [1/m3], > 0.
            thermal_energy: [eV] kT of the carriers; more than an Urbach energy.

        Returns:
            (densities,), [eV] mu, positive inside the band.
        """
        n = np.atleast_1d(np.asarray(density, dtype=np.float64))
        few = self.states * gamma(1.5) * thermal_energy**1.5 * self._raised(thermal_energy)  # n < few exp(mu/kT) always
        full = (1.5 * n.max() / self.states) ** (2 / 3)  # at zero temperature and a sharp edge
        thermal = 8 * (self.width + thermal_energy)  # above it n is nearly the power 3/2 of mu
        low = thermal_energy * min(np.log(n.min() / few) - 0.1, thermal / thermal_energy - 1)
        guess = np.linspace(low, thermal, max(24, int((thermal - low) / (0.4 * thermal_energy))))
        if full > thermal / 2:
            guess = np.append(guess, np.geomspace(thermal, full + thermal, 24)[1:])
        tabulated = np.log(self.density(guess, thermal_energy)[0])
        mu = np.asarray(CubicSpline(tabulated, guess)(np.log(n)))
        for _ in range(_NEWTON_STEPS):
            reached, slope = self.density(mu, thermal_energy)
            mu = mu - np.log(reached / n) * reached / slope
        return mu

    def _raised(self, thermal_energy: float) -> float:
        """[1] By how much smoothing raises the density of a few carriers."""
        spread = (self.width / thermal_energy) ** 2
        return 1 / (1 - spread) if self.edge == "urbach" else exp(spread / 2)
