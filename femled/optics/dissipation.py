"""Dissipation spectrum of a dipole: its power over the in-plane wavenumber, by orientation and polarization."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.optics.dipole import Cavity, make_cavity
from femled.optics.fate import Sorting
from femled.optics.stack import make_stack
from femled.optics.waves import Polarization, Real


@dataclass(frozen=True)
class Dissipation:
    """Power per effective index N, over all that of the dipole in the unbounded emitter medium; never negative.

    Over u = N/n, in units of the emitter's wavenumber, it is n times as large. Guided modes without loss are not seen.

    Args:
        effective_index: (points,), [1] N.
        vertical: (points,) all TM.
        horizontal_te: (points,).
        horizontal_tm: (points,).
    """

    effective_index: Real
    vertical: Real
    horizontal_te: Real
    horizontal_tm: Real

    @property
    def horizontal(self) -> Real:
        """(points,) both polarizations."""
        return self.horizontal_te + self.horizontal_tm

    @property
    def isotropic(self) -> Real:
        """(points,) K = (K_v + 2 K_h)/3."""
        return (self.vertical + 2 * self.horizontal) / 3


def dissipation_spectrum(
    *,
    indices: Sequence[complex],
    thicknesses: Sequence[float],
    wavelength: float,
    emitter: int,
    height: float,
    effective_index: ArrayLike,
) -> Dissipation:
    """Dissipation spectrum of a dipole in a film of a planar stack.

    Args:
        indices: (films + 2,), [1] complex n + i k from the first half-space to the last.
        thicknesses: (films,), [m].
        wavelength: [m] in vacuum.
        emitter: position of the emitter film in `indices`; its k is left out.
        height: [m] of the dipole above the lower face of the film.
        effective_index: (points,), [1] N = in-plane wavenumber over k0, >= 0.

    Raises:
        InputError: not a passive stack, an emitter that is no film, a height outside it, or a negative N.
    """
    cavity = make_cavity(make_stack(indices, thicknesses, wavelength), emitter, "isotropic")
    if not 0 <= height <= cavity.thickness:
        raise InputError(
            f"height {height:g} m is outside 0 .. {cavity.thickness:g} m above the lower face of the emitter film"
        )
    N = np.atleast_1d(np.asarray(effective_index, float))
    if N.ndim != 1 or not np.all(np.isfinite(N) & (N >= 0)):
        raise InputError("effective_index must be finite numbers >= 0: the in-plane wavenumber over 2 pi/wavelength")

    def density(horizontal: float, polarization: Polarization) -> Real:
        return _density(replace(cavity, horizontal=horizontal), N, polarization, height)

    return Dissipation(N, density(0.0, "TM"), density(1.0, "TE"), density(1.0, "TM"))


def _density(cavity: Cavity, N: Real, polarization: Polarization, height: float) -> Real:
    """Sum over all ends of the power (the last two rows repeat others)."""
    pairs = Sorting(cavity, None).spectrum(N, polarization, np.array([height]))
    return np.asarray(sum((rows[:-2] * columns.T).sum(axis=0) for rows, columns in pairs))
