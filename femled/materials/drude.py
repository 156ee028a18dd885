"""The refractive index of a transparent conductor from its sheet resistance and mobility."""

from math import pi
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, FiniteFloat

from femled.constants import ELECTRON_MASS, ELEMENTARY_CHARGE, SPEED_OF_LIGHT, VACUUM_PERMITTIVITY
from femled.frozen import Length, Quantity, Wavelength
from femled.materials.refractive_index import Array, ComplexArray, FormulaIndex


class DrudeIndex(FormulaIndex):
    """A transparent conductor below its band gap, from its sheet resistance and mobility.

    eps = (n + i k)^2 = eps_inf - wp^2 / (w^2 + i gamma w),  w = 2 pi c / l
    rho = R_s t,  n_e = 1/(e mu rho),  wp^2 = n_e e^2/(eps_0 m*),  gamma = e/(m* mu)

    At a given rho, Im eps is about gamma^2/(eps_0 rho w^3) for w >> gamma: k falls as 1/mobility^2.

    Args:
        sheet_resistance: [ohm/sq] R_s.
        thickness: [m] t of the film it was measured on.
        mobility: [m2/V/s] mu of the electrons.
        effective_mass: [1] m* over the mass of the electron.
        background_permittivity: [1] eps_inf of the bound electrons.
        valid: [m] shortest and longest wavelength; the law knows nothing of the absorption across the gap.
    """

    law: Literal["drude"] = "drude"
    sheet_resistance: Annotated[float, Quantity("ohm/sq", 1e-2, 1e6)]
    thickness: Length
    mobility: Annotated[float, Quantity("m2/V/s", 1e-6, 1.0)]
    effective_mass: Annotated[FiniteFloat, Field(gt=0.0)] = 0.35
    background_permittivity: Annotated[FiniteFloat, Field(ge=1.0)] = 3.9
    valid: tuple[Wavelength, Wavelength] = (400e-9, 2e-6)

    @property
    def carrier_density(self) -> float:
        """[1/m3] n_e = 1/(e mu rho)."""
        rho = self.sheet_resistance * self.thickness
        return 1 / (ELEMENTARY_CHARGE * self.mobility * rho)

    @property
    def collision_rate(self) -> float:
        """[1/s] gamma = e/(m* mu)."""
        return ELEMENTARY_CHARGE / (self.effective_mass * ELECTRON_MASS * self.mobility)

    @property
    def plasma_frequency(self) -> float:
        """[rad/s] wp of the electrons in vacuum, without eps_inf."""
        m = self.effective_mass * ELECTRON_MASS
        return float(np.sqrt(self.carrier_density * ELEMENTARY_CHARGE**2 / (VACUUM_PERMITTIVITY * m)))

    def _value(self, wavelength: Array) -> ComplexArray:
        w = 2 * pi * SPEED_OF_LIGHT / wavelength
        eps = self.background_permittivity - self.plasma_frequency**2 / (w**2 + 1j * self.collision_rate * w)
        return np.asarray(np.sqrt(eps))  # Im eps > 0, so the principal root has n > 0 and k > 0

    def _slope(self, wavelength: Array) -> ComplexArray:
        w, gamma = 2 * pi * SPEED_OF_LIGHT / wavelength, self.collision_rate
        eps_slope = self.plasma_frequency**2 * (2 * w + 1j * gamma) / (w**2 + 1j * gamma * w) ** 2  # d eps/d w
        return np.asarray(eps_slope * (-w / wavelength) / (2 * self._value(wavelength)))


def drude_ito(
    *,
    sheet_resistance: float,
    thickness: float,
    mobility: float,
    effective_mass: float = 0.35,
    background_permittivity: float = 3.9,
) -> DrudeIndex:
    """Indium tin oxide by the Drude law from what a film is specified by.

    Args:
        sheet_resistance: [ohm/sq].
        thickness: [m] of the film.
        mobility: [m2/V/s] of the electrons, 1e-3 .. 5e-3 in sputtered films.
        effective_mass: [1] over the mass of the electron.
        background_permittivity: [1] of the bound electrons.

    Raises:
        InputError: a value that cannot be meant.
    """
    return DrudeIndex(
        sheet_resistance=sheet_resistance,
        thickness=thickness,
        mobility=mobility,
        effective_mass=effective_mass,
        background_permittivity=background_permittivity,
        source="user",
        status="assumed",
        note="Drude law from sheet resistance, thickness and mobility; eps_inf and m* are assumed",
    )
