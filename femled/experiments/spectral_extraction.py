"""Which share of the photons of an emitter gets out at every wavelength: what a stack makes of a spectrum."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.errors import InputError, unknown_name
from femled.experiments.light_extraction import emission_of, radiated
from femled.materials.emission import EmissionSpectrum
from femled.optics.emitters import Profile
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.units import text_of

Array = NDArray[np.float64]
Side = Literal["both", "top", "bottom"]

POINTS_PER_WIDTH = 10
"""Wavelengths of the table within the width of the line. Four times as many change the light that leaves the published
pixels by less than 1e-5 of it and the peaks by less than 0.02 nm, and show the corners of tabulated indices."""

REACH = 1.25
"""Widths of the line on either side of its peak that the table covers: 99.7 % of the photons."""


@dataclass(frozen=True)
class SpectralExtraction:
    """Powers of the dipoles of a pixel over wavelength and height, each over that in the unbounded emitter.

    Args:
        wavelengths: (n,), [m] rising.
        leaving: (n, heights) into the facets asked for, by photon.
        every: (n, heights) in all.
        shares: (heights,) of the recombination events, summing to 1.
        notes: sentences a reader has to know.
        sources: bib keys with status of the refractive indices behind it.
    """

    wavelengths: Array
    leaving: Array
    every: Array
    shares: Array
    notes: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()

    def spectrum(self, wavelength: Array, lines: Array) -> Array:
        """Photons per wavelength that get out, per radiative recombination.

            S(l) = s(l) Int dz R(z) F_out(z, l)/Int dl' s(l') F(z, l')                            (furno2012)

        Between the wavelengths of the table the powers are interpolated by a cubic spline, beyond them held.

        Args:
            wavelength: (points,), [m] evenly spaced, wide enough to hold the lines.
            lines: (..., points), [1/m] s, each of one photon in the unbounded emitter.

        Returns:
            (..., points), [1/m].
        """
        inside = np.clip(wavelength, self.wavelengths[0], self.wavelengths[-1])
        leaving, every = np.split(self._powers(inside), 2, axis=1)
        all_power = lines @ every * (wavelength[1] - wavelength[0])
        return np.asarray(lines * ((self.shares / all_power) @ leaving.T))

    @cached_property
    def _powers(self) -> Callable[[Array], Array]:
        """Of wavelengths (points,) -> (points, 2 heights), those that leave beside all."""
        from scipy.interpolate import CubicSpline

        curves: Callable[[Array], Array] = CubicSpline(self.wavelengths, np.hstack([self.leaving, self.every]))
        return curves


def spectral_extraction(pixel: Pixel, *, profile: Profile | None = None, facet: Side = "both") -> SpectralExtraction:
    """The table of a pixel for every temperature of its emitter's law, for isotropic dipoles; see `outcoupling`.

    Refractive indices do not follow the temperature. The last 32 pixels without a profile are remembered.

    Args:
        pixel: the device.
        profile: emission rate over the height [m] in the emitter, see `outcoupling`; None is even.
        facet: "top", "bottom" or "both".

    Raises:
        InputError: no emission spectrum, no refractive index, or an unknown facet.
    """
    return _even(pixel, facet) if profile is None else _made(pixel, profile, facet)


@lru_cache(maxsize=32)
def _even(pixel: Pixel, facet: Side) -> SpectralExtraction:
    return _made(pixel, None, facet)


def _made(pixel: Pixel, profile: Profile | None, facet: Side) -> SpectralExtraction:
    if facet not in ("both", "top", "bottom"):
        raise unknown_name("facet", str(facet), ("both", "top", "bottom"))
    spectrum, stack = emission_of(pixel), pixel_stack(pixel)
    waves, cut = _wavelengths(spectrum, stack)
    found, notes = radiated(stack, waves, spectrum.at(waves), profile)
    top = np.array([emission.top for emission in found.emissions])
    bottom = np.array([emission.fate.bottom for emission in found.emissions])
    leaving = {"both": top + bottom, "top": top, "bottom": bottom}[facet]
    return SpectralExtraction(
        wavelengths=waves,
        leaving=leaving,
        every=np.array([emission.purcell for emission in found.emissions]),
        shares=found.emitters.shares,
        notes=(*notes, *cut, "refractive indices are those of the cards at every temperature"),
        sources=stack.sources,
    )


def _wavelengths(spectrum: EmissionSpectrum, stack: PixelStack) -> tuple[Array, tuple[str, ...]]:
    """(n,), [m] that hold the line at every temperature and on which all indices are known, and what was cut."""
    law = spectrum.law
    temperatures = np.linspace(*law.valid, 33) if law else np.array([])
    peak, width = spectrum.peak_and_width(temperatures) if law else (np.array(spectrum.peak), np.array(spectrum.width))
    wanted = float((peak - REACH * width).min()), float((peak + REACH * width).max())
    low = max(wanted[0], *(medium.index.range[0] for medium in stack.media))
    high = min(wanted[1], *(medium.index.range[1] for medium in stack.media))
    if not low <= spectrum.peak <= high:
        raise InputError(
            f"the peak at {text_of(spectrum.peak, 'm', 6)} is outside {text_of(low, 'm', 6)} .. "
            f"{text_of(high, 'm', 6)}, where all refractive indices of the stack are known"
        )
    ends = f"{text_of(low, 'm', 4)} .. {text_of(high, 'm', 4)}"
    cut = (f"outcoupling is known on {ends} and held beyond",) if (low, high) != wanted else ()
    return np.linspace(low, high, int(np.ceil((high - low) / spectrum.width * POINTS_PER_WIDTH)) + 1), cut
