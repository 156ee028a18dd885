"""A plane wave on a coherent stack: reflected, transmitted and absorbed power, and the field inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from femled.optics.waves import (
    Complex,
    Polarization,
    Real,
    Response,
    admittance,
    normal_index,
    respond,
    through,
)


@dataclass(frozen=True)
class CoherentStack:
    """A stack lit from its near half-space by a wave of unit power; arrays broadcast over wavelength and angle.

        r = (Y - L)/(Y + L),   R = |r|^2,   T = Re(Y_far) |psi_far|^2/Re(Y)              (chance1978)

    Args:
        indices: of the near half-space, the films, the far half-space, each [1] complex.
        thicknesses: of the films, [m].
        wavenumber: k0, [1/m].
        effective_index: [1] N, real.
        polarization: "TE" or "TM".
    """

    indices: Sequence[Any]
    thicknesses: Sequence[float]
    wavenumber: Any
    effective_index: Any
    polarization: Polarization

    @cached_property
    def normal(self) -> Complex:
        """[1] kappa of the near half-space."""
        return normal_index(self.indices[0], self.effective_index)

    @cached_property
    def near(self) -> Complex:
        """Admittance of the near half-space."""
        return admittance(self.indices[0], self.normal, self.polarization)

    @cached_property
    def response(self) -> Response:
        """Of everything behind the near half-space, with psi = 1 at its face."""
        return respond(self.indices[1:], self.thicknesses, self.wavenumber, self.effective_index, self.polarization)

    @cached_property
    def entering(self) -> Complex:
        """Psi at the near face, over that of the incident wave: 1 + r = 2 Y/(Y + L)."""
        return np.asarray(2 * self.near / (self.near + self.response.load))

    @cached_property
    def reflectance(self) -> Real:
        """Share of the incident power."""
        return np.abs((self.near - self.response.load) / (self.near + self.response.load)) ** 2

    @cached_property
    def received(self) -> Real:
        """(films + 1, ...) share of the incident power absorbed by each film, and transmitted (last)."""
        power = self.near.real
        shares = self.response.received * np.abs(self.entering) ** 2
        return np.asarray(np.where(power > 0, shares / np.where(power > 0, power, 1), 0))

    @cached_property
    def brightness(self) -> Real:
        """|E|^2 of the incident wave over its power: 1/Y (TE), (|kappa|^2 + N^2)/|eps|^2/Y (TM)."""
        power = np.where(self.near.real > 0, self.near.real, np.inf)
        if self.polarization == "TE":
            return np.asarray(1 / power)
        square = np.abs(self.normal) ** 2 + np.abs(self.effective_index) ** 2
        return np.asarray(square / np.abs(np.asarray(self.indices[0], complex) ** 2) ** 2 / power)

    def field_squared(self, medium: int, distance: Any) -> Real:
        """|E|^2 over that of the incident wave times `brightness`: |E|^2 for unit incident power.

        Args:
            medium: position in `indices`.
            distance: [m] from the near face of the medium (from its only face, negative, in the near half-space).
        """
        last = len(self.indices) - 1
        index = self.indices[medium]
        kappa = normal_index(index, self.effective_index)
        Y = admittance(index, kappa, self.polarization)
        phase = kappa * self.wavenumber * distance
        if medium == 0:
            forward, backward = np.exp(1j * phase), (self.entering - 1) * np.exp(-1j * phase)
            psi, phi = forward + backward, Y * (forward - backward)
        else:
            face = self.entering * self.response.fields[medium - 1]
            if medium == last:
                psi = face * np.exp(1j * phase)
                phi = Y * psi
            else:
                above = self.response.loads[medium]
                rest = kappa * self.wavenumber * self.thicknesses[medium - 1] - phase
                load, _ = through(Y, rest, above)
                psi = face * through(Y, phase, load)[1]
                phi = load * psi
        square = np.abs(psi) ** 2
        if self.polarization == "TM":
            square = np.abs(phi) ** 2 + np.abs(self.effective_index / np.asarray(index, complex) ** 2) ** 2 * square
        power = self.near.real
        return np.asarray(np.where(power > 0, square / np.where(power > 0, power, 1), 0))
