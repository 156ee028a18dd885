"""How the states of a direct transition are filled, in two bands with a quasi-Fermi level each."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from femled.materials.gain_law import GainLaw
from femled.optics.waves import Real


@dataclass(frozen=True)
class Occupation:
    """How the two states of a transition of energy x above the gap are filled; all shapes broadcast.

    Args:
        law: of the material, for its masses.
        electron_level: [eV] mu_e.
        hole_level: [eV] mu_h.
        thermal_energy: [eV] kT of the carriers.
    """

    law: GainLaw
    electron_level: Real
    hole_level: Real
    thermal_energy: Real

    def unlikely(self, x: Real) -> tuple[Real, Real]:
        """How far both states lie above their quasi-Fermi levels, in units of kT."""
        law, kT = self.law, self.thermal_energy
        electron = (x * (law.reduced_mass / law.electron_mass) - self.electron_level) / kT
        hole = (x * (law.reduced_mass / law.hole_mass) - self.hole_level) / kT
        return electron, hole

    def pairs(self, x: Real) -> Real:
        """f_e f_h at energies x [eV]."""
        electron, hole = self.unlikely(x)
        return np.asarray(expit(-electron) * expit(-hole))

    def inverted(self, x: Real) -> Real:
        """f_e + f_h - 1 without cancellation: f_e f_h (1 - e^A) for A < 0, (1 - f_e)(1 - f_h) (e^-A - 1) above.

        A = (x - mu_e - mu_h)/kT is the sum of both exponents: the sign changes there exactly, for any masses.
        """
        electron, hole = self.unlikely(x)
        both = (x - (self.electron_level + self.hole_level)) / self.thermal_energy
        side = np.where(both < 0, -1.0, 1.0)
        return np.asarray(side * expit(side * electron) * expit(side * hole) * np.expm1(-np.abs(both)))
