"""A pulse of light that makes pairs of carriers in a film."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from femled.constants import ELEMENTARY_CHARGE
from femled.frozen import Fraction, FrozenModel, Length, Quantity

Array = NDArray[np.float64]


class PumpPulse(FrozenModel):
    """Light that makes pairs in a film.

    Args:
        width: [s] full width at half maximum of a Gaussian, or length of a square, which begins at time 0.
        photon_ev: [eV] h nu.
        absorptance: [1] share of the light that is absorbed in the film.
        thickness: [m] of the film, through which carriers have spread.
        shape: "gaussian", centred on time 0, or "square".
    """

    width: Annotated[float, Quantity("s", 1e-15, 1.0)]
    photon_ev: Annotated[float, Quantity("eV", 0.2, 20.0)]
    absorptance: Fraction
    thickness: Length
    shape: Literal["gaussian", "square"] = "gaussian"

    def pairs(self, fluence: ArrayLike) -> Array:
        """[1/m3] made by a whole pulse of fluences [J/m2] of any shape: absorptance F/(h nu d)."""
        photons = np.asarray(fluence, dtype=np.float64) / (self.photon_ev * ELEMENTARY_CHARGE)
        return np.asarray(self.absorptance * photons / self.thickness)

    def passed(self, time: ArrayLike) -> Array:
        """[1] share of the pulse that has come at times [s] of any shape."""
        t = np.asarray(time, dtype=np.float64)
        if self.shape == "square":
            return np.clip(t / self.width, 0.0, 1.0)
        return np.asarray((1 + erf(2 * np.sqrt(np.log(2)) * t / self.width)) / 2)

    def rate(self, time: float) -> float:
        """[1/s] at a time [s]; of a square, what comes until then."""
        if self.shape == "square":
            return 1 / self.width if 0 < time <= self.width * (1 + 1e-12) else 0.0
        scale = 2 * np.sqrt(np.log(2)) / self.width
        return float(scale / np.sqrt(np.pi) * np.exp(-((scale * time) ** 2)))

    def times(self, steps: int) -> Array:
        """(steps + 1,), [s] from 2 widths before to 3 after the middle of a Gaussian, or over a square."""
        ends = (0.0, 1.0) if self.shape == "square" else (-2.0, 3.0)
        return self.width * np.linspace(*ends, steps + 1)
