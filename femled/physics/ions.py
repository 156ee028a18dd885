"""Mobile ions at rest: their density in a potential when no ion moves.

    c = c_0/((1 - theta) exp(-y) + theta),   y = (mu - z phi)/V_T,   theta = c_0/c_max

The electrochemical potential mu is one number in a layer, fixed by the number of ions, Int c = c_0 L
(borukhov1997; theta = 0 is Boltzmann).

Pairs of vacancies and interstitials that annihilate at once, c_V c_I = c_i^2, have c_V = c_i exp(y) and the net density
c_V - c_I = 2 c_i sinh(y); mu is fixed by their net number in the layer, which is zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.materials import MobileIon
from femled.physics.electrostatics import DENSITY

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RestingIons:
    """The law of one species in its layer; of pairs, `density` is that of the vacancies.

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

    @property
    def pairs(self) -> bool:
        """Whether these are pairs."""
        return self.ion.kind == "pair"

    def conserved(self, density: Array) -> Array:
        """(points,), [1e24/m3] what neither appears nor annihilates: ions, or c_V - c_I of pairs."""
        return density - self.mean**2 / density if self.pairs else density

    def net(self, density: Array) -> Array:
        """(points,), [1e24/m3] charge over z q, of ions and their counter-charge or partners, at a density."""
        return self.conserved(density) - self.ion.counter_density / DENSITY

    def total(self, density: Array) -> Array:
        """(points,), [1e24/m3] ions of both signs: c_V + c_I of pairs."""
        return density + self.mean**2 / density if self.pairs else density

    def held(self, density: Array) -> Array:
        """(points,), [1e24/m3] a density scaled as a whole so that the layer holds its ions, exactly."""
        if self.pairs:
            partners = self.mean**2 / density
            return np.asarray(density * np.sqrt((self.weights @ partners) / (self.weights @ density)))
        return np.asarray(density * (self.mean * self.weights.sum() / (self.weights @ density)))

    def density(self, potential: Array, level: Array | float) -> Array:
        """(points,), [1e24/m3] at a potential (points,), [V], for the electrochemical potential [V]."""
        y = np.minimum(np.maximum((level - self.ion.charge * potential) / self.thermal_voltage, -690.0), 690.0)
        filling = self.ion.filling
        return np.asarray(self.mean / ((1 - filling) * np.exp(-y) + filling))

    def level_of(self, potential: Array, density: Array) -> Array:
        """(points,), [V] mu at a potential (points,), [V], for a density (points,), [1e24/m3]: `density` inverted."""
        share = density / self.mean
        factor = (1 - self.ion.filling) * share / (1 - self.ion.filling * share)
        return np.asarray(self.thermal_voltage * np.log(factor) + self.ion.charge * potential)

    def susceptibility(self, density: Array) -> Array:
        """(points,), [1e24/m3] d(net)/dy: c (1 - c/c_max), or c_V + c_I."""
        if self.pairs:
            return self.total(density)
        return density * (1 - self.ion.filling * density / self.mean)

    @property
    def dilute(self) -> bool:
        """Whether the density is exponential in y: no pairs, and no site limit."""
        return not self.pairs and self.ion.filling == 0.0

    def log_susceptibility(self, exponent: Array) -> Array:
        """(points,) logarithm of d(net)/dy at y (points,) up to a constant, also where hardly a site is free."""
        if self.pairs:
            return np.logaddexp(exponent, -exponent)
        if self.dilute:
            return exponent
        filling = self.ion.filling
        return np.asarray(exponent - 2 * np.logaddexp(np.log1p(-filling), np.log(filling) + exponent))

    def level(self, potential: Array) -> float:
        """[V] mu for which the layer holds its ions at a potential (points,), [V].

        Without a site limit mu = V_T ln(L/Int exp(-z phi/V_T)); with one, Newton on ln Int c from there, bracketed.
        For pairs exp(2 mu/V_T) = Int exp(z phi/V_T)/Int exp(-z phi/V_T).
        """
        vt, z = self.thermal_voltage, self.ion.charge
        lowest, length = float((z * potential).min()), float(self.weights.sum())
        mu = lowest + vt * float(np.log(length / (self.weights @ np.exp((lowest - z * potential) / vt))))
        if self.pairs:
            highest = float((z * potential).max())
            opposite = highest + vt * float(np.log((self.weights @ np.exp((z * potential - highest) / vt)) / length))
            return (mu + opposite) / 2
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
