"""The spectrum that a material emits."""

import math
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.frozen import FrozenModel, Quantity, Wavelength
from femled.materials.property import Status


class EmissionSpectrum(FrozenModel):
    """Photons per wavelength, a Gaussian: exp(-4 ln 2 (wavelength - peak)^2/width^2).

    Args:
        peak: [m] wavelength.
        width: [m] full width at half maximum.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know.
    """

    peak: Wavelength
    width: Annotated[float, Quantity("m", 1e-10, 5e-7)]
    source: str
    status: Status
    note: str = ""

    def at(self, wavelength: ArrayLike) -> NDArray[np.float64]:
        """Photons per wavelength over those at the peak, for wavelengths [m] of any shape."""
        distance = (np.asarray(wavelength, dtype=np.float64) - self.peak) / self.width
        return np.asarray(np.exp(-4 * math.log(2) * distance**2))

    def sampled(self, count: int) -> NDArray[np.float64]:
        """(count,), [m] wavelengths over 2.5 widths round the peak, which hold 99.7 % of the photons."""
        return np.linspace(-1.25, 1.25, count) * self.width + self.peak if count > 1 else np.array([self.peak])
