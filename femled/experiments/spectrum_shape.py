"""A spectrum over wavelength or over photon energy: its width, and what it has above one below threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.errors import InputError

Array = NDArray[np.float64]

HC = PLANCK * SPEED_OF_LIGHT / ELEMENTARY_CHARGE
"""[eV m] lambda = h c/E."""
FLANK = 0.25
"""Of its width: how far above its peak the flank begins on which the spectrum below threshold is scaled."""


def per_energy(wavelength: Array, intensity: Array) -> tuple[Array, Array]:
    """Energies [eV] and intensity per eV, I_E = I_lambda lambda^2/(h c), in rising energy; any order and scale.

    Args:
        wavelength: (n,), [m].
        intensity: (n,), per wavelength.
    """
    order = np.argsort(-wavelength)
    return HC / wavelength[order], (intensity * wavelength**2 / HC)[order]


def per_wavelength(energy: Array, intensity: Array) -> Array:
    """Intensity per wavelength, I_lambda = I_E h c/lambda^2 = I_E E^2/(h c).

    Args:
        energy: (n,), [eV].
        intensity: (n,), per eV.
    """
    return np.asarray(intensity * energy**2 / HC)


def full_width(x: Array, y: Array) -> float:
    """Width at half maximum between the outermost half points, of the unit of x; nan if a half point is cut off.

    Args:
        x: (n,), rising.
        y: (n,).
    """
    over = np.flatnonzero(y >= y.max() / 2)
    first, last = int(over[0]), int(over[-1])
    if first == 0 or last == len(x) - 1:
        return float("nan")
    half = y.max() / 2
    left = np.interp(half, y[[first - 1, first]], x[[first - 1, first]])
    right = np.interp(-half, -y[[last, last + 1]], x[[last, last + 1]])
    return float(right - left)


@dataclass(frozen=True)
class Excess:
    """What a spectrum has above one below threshold.

    Args:
        scale: [1] by which that one is multiplied.
        intensity: (n,), per wavelength.
    """

    scale: float
    intensity: Array


def excess(wavelength: Array, intensity: Array, reference: Array) -> Excess:
    """A spectrum less one below threshold, scaled to it on its flank of high energy, where no light is amplified.

    Args:
        wavelength: (n,), [m], rising.
        intensity: (n,), per wavelength.
        reference: (n,), per wavelength, below threshold.

    Raises:
        InputError: the reference has no such flank within the wavelengths.
    """
    E, shape = per_energy(wavelength, reference)
    width = full_width(E, shape)
    begin = float(E[shape.argmax()]) + FLANK * width
    flank = (HC / wavelength > begin) & (reference > 0.05 * reference.max())
    if not np.isfinite(width) or np.count_nonzero(flank) < 3:
        raise InputError("reference: its flank of high energy is not within the wavelengths of the spectrum")
    scale = float(intensity[flank] @ reference[flank] / (reference[flank] @ reference[flank]))
    return Excess(scale, np.asarray(intensity - scale * reference))
