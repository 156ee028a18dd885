"""Mobile ions at rest: their density in a potential when no ion moves.

    c = c_0/((1 - theta) exp(-y) + theta),   y = (mu - z phi)/V_T,   theta = c_0/c_max

The electrochemical potential mu is one number in a layer, fixed by the number of ions, Int c = c_0 L
(borukhov1997; theta = 0 is Boltzmann).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.materials import MobileIon
from femled.physics.electrostatics import DENSITY

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RestingIons:
    """The law of one species in its layer.

    Args:
        ion: the species.
        weights: (points,), [nm] of the layer that every point stands for.
        thermal_voltage: [V].
    """

    ion: MobileIon
    weights: Array
    thermal_voltage: float

    @property
    def mean(self) -> float:
        """[1e24/m3] mean density."""
        return self.ion.mean_density / DENSITY

    def density(self, potential: Array, level: Array | float) -> Array:
        """(points,), [1e24/m3] at a potential (points,), [V], for the electrochemical potential [V]."""
        y = np.clip((level - self.ion.charge * potential) / self.thermal_voltage, -690.0, 690.0)
        filling = self.ion.filling
        return np.asarray(self.mean / ((1 - filling) * np.exp(-y) + filling))

    def level_of(self, potential: Array, density: Array) -> Array:
        """(points,), [V] mu at a potential (points,), [V], for a density (points,), [1e24/m3]: `density` inverted."""
        share = density / self.mean
        factor = (1 - self.ion.filling) * share / (1 - self.ion.filling * share)
        return np.asarray(self.thermal_voltage * np.log(factor) + self.ion.charge * potential)

    def susceptibility(self, density: Array) -> Array:
        """(points,), [1e24/m3] dc/dy = c (1 - c/c_max)."""
        return density * (1 - self.ion.filling * density / self.mean)

    def level(self, potential: Array) -> float:
        """[V] mu for which the layer holds its ions at a potential (points,), [V].

        Without a site limit mu = V_T ln(L/Int exp(-z phi/V_T)); with one, Newton on ln Int c from there, bracketed.
        """
        vt, z = self.thermal_voltage, self.ion.charge
        lowest, length = float((z * potential).min()), float(self.weights.sum())
        mu = lowest + vt * float(np.log(length / (self.weights @ np.exp((lowest - z * potential) / vt))))
        if self.ion.filling == 0.0:
            return mu
        wanted, low, high = self.mean * length, lowest - 700 * vt, float((z * potential).max()) + 700 * vt
        for _ in range(200):
            c = self.density(potential, mu)
            held = float(self.weights @ c)
            low, high = (mu, high) if held < wanted else (low, mu)
            slope = float(self.weights @ self.susceptibility(c)) / held
            step = -vt * float(np.log(held / wanted)) / max(slope, 1e-300)
            if abs(step) <= 1e-15 * max(vt, abs(mu)) or high - low < 1e-16 * max(1.0, abs(mu)):
                break
            mu = mu + step if low < mu + step < high else (low + high) / 2
        return mu
