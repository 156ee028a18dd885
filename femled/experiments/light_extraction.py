"""Which share of the photons of an emitter gets out, by where they are made: outcoupling for an electrical run."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.errors import InputError
from femled.materials.emission import EmissionSpectrum
from femled.optics.emitters import Profile
from femled.optics.outcoupling import Outcoupling, spectral_outcoupling
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.units import text_of

Array = NDArray[np.float64]

WAVELENGTHS, HEIGHTS = 11, 21
"""Grid over the spectrum and the emitter: on the published pixels the outcoupling of an even emission differs by less
than 0.2 % of it from that of the finer grid of `outcoupling`."""


@dataclass(frozen=True)
class LightExtraction:
    """Outcoupling efficiency by height.

    Args:
        heights: (n,), [m] above the lower face of the emitter, rising.
        shares: (n,), [1] of the photons made there that leave through both facets together.
        even: [1] mean over an emitter that emits evenly wherever the near-field rule lets it.
        notes: sentences a reader has to know.
        sources: bib keys with status of the numbers behind it.
    """

    heights: Array
    shares: Array
    even: float
    notes: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()

    def weighted(self, heights: Array, rates: Array) -> float:
        """[1] mean over photons made at rates (points,) at heights (points,), [m]; even where none are made.

            eta = Sum R(z) eta(z)/Sum R(z)

        Between the heights that were computed the share is interpolated; nearer to a face it is that of the last one,
        as dipoles keep away from absorbers.
        """
        total = float(rates.sum())
        return float(rates @ np.interp(heights, self.heights, self.shares)) / total if total > 0 else self.even


@lru_cache(maxsize=32)
def light_extraction(pixel: Pixel) -> LightExtraction:
    """The outcoupling efficiency of a pixel by height in its emitter, for isotropic dipoles; see `outcoupling`.

    eta(z) = Sum_l w_l F_out(z, l)/Sum_l w_l F(z, l),   F powers of the dipole: into both facets, and in all (furno2012)

    Guided light need not be known mode by mode here, so no mode is searched for. The last 32 pixels are remembered.

    Raises:
        InputError: no emission spectrum, no refractive index, or a wavelength outside its range.
    """
    spectrum = emission_of(pixel)
    stack = pixel_stack(pixel)
    waves = spectrum.sampled(WAVELENGTHS)
    found, notes = radiated(stack, waves, spectrum.at(waves))
    order = np.argsort(found.emitters.heights)
    return LightExtraction(
        heights=found.emitters.heights[order],
        shares=_leaving(found)[order],
        even=found.top + found.bottom,
        notes=notes,
        sources=tuple(dict.fromkeys((*stack.sources, (spectrum.source, spectrum.status)))),
    )


def emission_of(pixel: Pixel) -> EmissionSpectrum:
    """The spectrum on the card of a pixel's emitter.

    Raises:
        InputError: it has none.
    """
    material = pixel.layer(pixel.emitter).solid
    if material.emission is None:
        raise InputError(f"{material.name} has no emission spectrum")
    return material.emission


def radiated(
    stack: PixelStack, waves: Array, weights: Array, profile: Profile | None = None
) -> tuple[Outcoupling, tuple[str, ...]]:
    """Dipoles of a pixel at each wavelength without a search for modes, and the sentences a reader has to know.

    Args:
        stack: of the pixel.
        waves: (wavelengths,), [m].
        weights: (wavelengths,), photons per step in the unbounded emitter, in any unit.
        profile: emission rate over the height in the emitter, see `emitters.place_emitters`; None is even.
    """
    indices = np.array([stack.indices(float(wave)) for wave in waves])
    absorbs = bool(np.any(indices[:, stack.emitter].imag > 0))
    indices[:, stack.emitter] = indices[:, stack.emitter].real
    found = spectral_outcoupling(
        indices=indices.T,
        thicknesses=stack.thicknesses,
        wavelengths=waves,
        weights=weights,
        emitter=stack.emitter,
        depths=HEIGHTS,
        profile=profile,
    )
    below, above = found.emitters.kept_away
    kept = [
        f"{text_of(distance, 'm', 3)} from {stack.names[position]}"
        for distance, position in ((below, stack.emitter - 1), (above, stack.emitter + 1))
        if distance > 0
    ]
    notes = ["outcoupling of isotropic dipoles at the places where they recombine"]
    notes += [f"near-field rule: emitters keep {' and '.join(kept)}, which absorbs; the EQE depends on it"] * bool(kept)
    notes += [f"the absorption of {stack.names[stack.emitter]} itself is left out: no photon recycling"] * absorbs
    return found, tuple(notes)


def _leaving(found: Outcoupling) -> Array:
    """(heights,) share of the light that leaves through either facet."""
    pairs = list(zip(found.weights, found.emissions, strict=True))
    out = sum(weight * (emission.top + emission.fate.bottom) for weight, emission in pairs)
    every = sum(weight * emission.purcell for weight, emission in pairs)
    return np.asarray(out / every)
