"""What is read off a spectrum: peak, half points, photons per energy, and the temperature of a control device."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError
from femled.experiments.spectral_extraction import SpectralExtraction
from femled.materials.emission import ENERGY_WAVELENGTH, EmissionSpectrum

Array = NDArray[np.float64]

POINTS_PER_WIDTH, WIDTHS = 40, 3.0
"""Of a grid: points within the narrowest width, and widths on either side of every peak (all but 2e-12 of a line)."""

CONTROLS = 65
"""Temperatures at which the control device is measured over the range of the law."""


@dataclass(frozen=True)
class Line:
    """A spectrum in three numbers.

    Args:
        peak: [m] wavelength with the most photons per wavelength.
        below: [m] shortest wavelength with half of them.
        above: [m] longest one.
    """

    peak: float
    below: float
    above: float

    @property
    def peak_energy_ev(self) -> float:
        """[eV] of a photon at the peak."""
        return ENERGY_WAVELENGTH / self.peak

    @property
    def width_ev(self) -> float:
        """[eV] between the half points."""
        return ENERGY_WAVELENGTH / self.below - ENERGY_WAVELENGTH / self.above


def measured_line(wavelength: Array, photons: Array) -> Line:
    """Peak and half points of a spectrum, between its points by a cubic spline of the logarithm.

    A Gaussian is met exactly, as its logarithm is a parabola.

    Args:
        wavelength: (points,), [m] rising.
        photons: (points,), per wavelength in any unit.

    Raises:
        InputError: no light, or a half point beyond the ends.
    """
    from scipy.interpolate import CubicSpline

    top = float(photons.max())
    if not 0 < top < np.inf:
        raise InputError("photons per wavelength are zero everywhere or not finite: no line can be read off")
    strong = np.flatnonzero(photons > 1e-3 * top)
    part = slice(max(strong[0] - 1, 0), strong[-1] + 2)
    x, y = wavelength[part], photons[part] / top
    if len(x) < 4 or np.any(y <= 0):
        raise InputError(f"a line within {len(x)} points, or with a gap in it, cannot be read off: use a finer grid")
    centre, scale = x[len(x) // 2], x[-1] - x[0]
    curve = CubicSpline((x - centre) / scale, np.log(y))
    flat = curve.derivative().roots(extrapolate=False)
    heights = curve(flat)
    if len(flat) == 0:
        raise InputError("the spectrum has no maximum between its ends: use a wider range of wavelengths")
    half = curve.solve(float(heights.max()) - np.log(2), extrapolate=False)
    peak = float(flat[heights.argmax()])
    if len(half) < 2 or not half.min() < peak < half.max():
        raise InputError("half of the maximum lies beyond the ends of the spectrum: use a wider range of wavelengths")
    peak, below, above = (float(centre + scale * place) for place in (peak, half.min(), half.max()))
    return Line(peak, below, above)


def per_energy(wavelength: Array, photons: Array) -> tuple[Array, Array]:
    """Photons per energy from photons per wavelength: S_E = S_l l^2/(h c), at E = h c/l.

    Args:
        wavelength: (points,), [m] rising.
        photons: (..., points), [x/m].

    Returns:
        (points,), [eV] rising; (..., points), [x/eV].
    """
    energy = ENERGY_WAVELENGTH / wavelength
    return energy[::-1], np.asarray((photons * wavelength**2 / ENERGY_WAVELENGTH)[..., ::-1])


def line_grid(spectrum: EmissionSpectrum, temperatures: Array) -> Array:
    """(points,), [m] evenly spaced wavelengths that hold the line at the lowest and highest of temperatures [K]."""
    spectrum.peak_and_width(temperatures)  # names the first one that is out of range
    peak, width = spectrum.peak_and_width(np.linspace(float(temperatures.min()), float(temperatures.max()), 9))
    low, high = float((peak - WIDTHS * width).min()), float((peak + WIDTHS * width).max())
    return np.linspace(low, high, int(np.ceil((high - low) / width.min() * POINTS_PER_WIDTH)) + 1)


@dataclass(frozen=True)
class Thermometer:
    """Temperatures as they are read off spectra: those of a control device, evenly warm, with the same peak or width.

    A control device sends its light through the same stack, so a spectrum that belongs to one temperature is read as
    that temperature by peak and by width; one that is mixed from several is not, and the two differ.

    Args:
        spectrum: of the emitter, with its law.
        extraction: of the pixel; None reads the light inside the emitter.
    """

    spectrum: EmissionSpectrum
    extraction: SpectralExtraction | None = None

    def control(self, temperature: float) -> Line:
        """Peak and half points of the control device at a temperature [K].

        Raises:
            InputError: outside the range of the law, or no law.
        """
        wavelength = line_grid(self.spectrum, np.array([temperature]))
        photons = self.spectrum.line(wavelength, temperature)
        if self.extraction is not None:
            photons = self.extraction.spectrum(wavelength, photons)
        return measured_line(wavelength, photons)

    def by_peak(self, line: Line) -> float:
        """[K] at which a control device has the same peak energy; an end of the law's range if none in it has."""
        return self._where(line, "peak_energy_ev")

    def by_width(self, line: Line) -> float:
        """[K] at which a control device has the same width in energy; an end of the range if none in it has."""
        return self._where(line, "width_ev")

    def _where(self, line: Line, name: str) -> float:
        """[K] from the curve of the control device, then by Newton steps on the device itself."""
        low, high, curve = *self._range, self._curves[name]
        value = float(getattr(line, name))
        found = curve.solve(value, extrapolate=False)
        if len(found) == 0:
            return min((low, high), key=lambda end: abs(float(curve(end)) - value))
        T = float(found[0])
        for _ in range(2):
            T -= (float(getattr(self.control(T), name)) - value) / float(curve(T, 1))
            T = min(max(T, low), high)
        return T

    @property
    def _range(self) -> tuple[float, float]:
        if self.spectrum.law is None:
            raise InputError("an emission spectrum without temperature law shows no temperature")
        return self.spectrum.law.valid

    @cached_property
    def _curves(self) -> dict[str, Any]:
        """Splines of what a control device shows over the range of the law."""
        from scipy.interpolate import CubicSpline

        temperatures = np.linspace(*self._range, CONTROLS)
        lines = [self.control(float(T)) for T in temperatures]
        names = ("peak_energy_ev", "width_ev")
        return {name: CubicSpline(temperatures, [getattr(line, name) for line in lines]) for name in names}
