"""The light of a pixel in time: its spectrum, power and efficiency, and the temperature that the spectrum shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.experiments.spectral_extraction import SpectralExtraction
from femled.experiments.spectral_line import Line, Thermometer, line_grid, measured_line
from femled.materials.emission import ENERGY_WAVELENGTH, EmissionSpectrum
from femled.series import Series, Variable, over_time

Array = NDArray[np.float64]

ESTIMATES = ("peak", "width")
"""How a temperature is read off a spectrum; the coordinate of `apparent_temperature`."""


@dataclass(frozen=True)
class EmissionRates:
    """Radiative recombination and temperature over an opening in time.

    Args:
        time: (times,), [s].
        radius: (radii,), [m].
        area: (radii,), [m2] that each radius stands for.
        rate: (times, radii), [1/m2/s] radiative recombination through the emitter.
        temperature: (times, radii), [K] of the emitter.
    """

    time: Array
    radius: Array
    area: Array
    rate: Array
    temperature: Array

    def __post_init__(self) -> None:
        shape = (len(self.time), len(self.radius))
        given = {"rate": (self.rate, shape), "temperature": (self.temperature, shape), "area": (self.area, shape[1:])}
        for name, (values, expected) in given.items():
            if values.shape != expected:
                raise InputError(f"{name} has the shape {values.shape}, not {expected}: over time and radius")
            if not np.all(np.isfinite(values)):
                raise InputError(f"{name} holds values that are not finite")
        if self.area.sum() <= 0 or np.any(self.area < -1e-12 * self.area.sum()):  # on the axis it is a rounded zero
            raise InputError("area must be [m2] for each radius, none negative and not all zero")
        if np.any(self.rate < 0):
            raise InputError(f"rate {self.rate.min():.3g} 1/m2/s is negative: a film that absorbs emits nothing")

    def mean(self, values: Array) -> Array:
        """(times,) mean over the area of (times, radii)."""
        return np.asarray(values @ self.area / self.area.sum())


def emission_spectra(
    *,
    time: ArrayLike,
    radius: ArrayLike,
    area: ArrayLike,
    rate: ArrayLike,
    temperature: ArrayLike,
    spectrum: EmissionSpectrum,
    extraction: SpectralExtraction | None = None,
    current: ArrayLike | None = None,
) -> tuple[Series, tuple[str, ...]]:
    """The spectrum that leaves an emitter of uneven temperature, in time, and what is read off it.

        S(l, t) = sum_r A(r) R(r, t) s(l; T(r, t)) eta(l; T),   s of one photon, eta of the stack

    The apparent temperature is that of an evenly warm control device, behind the same stack, whose spectrum has the
    same peak, or the same width. Where no light is made, shape and temperatures are those of an even rate.

    Args:
        time: (times,), [s].
        radius: (radii,), [m].
        area: (radii,), [m2] that each radius stands for.
        rate: (times, radii), [1/m2/s] radiative recombination through the emitter.
        temperature: (times, radii), [K] of the emitter.
        spectrum: of the emitter, with its temperature law.
        extraction: what the stack lets out; None is the light inside the emitter.
        current: (times,), [A] through the same area, for the efficiency.

    Returns:
        Series over `time`, `wavelength` and `r`, and sentences a reader has to know: `spectral_flux` [1/s/m],
        `photon_exitance` [1/m2/s] over time and r, `photon_flux` [1/s], `light_power` [W], `radiant_exitance` [W/m2],
        `mean_photon_energy_ev`, `peak_wavelength` [m], `peak_energy_ev`, `width_ev`, `apparent_temperature` [K] over
        time and estimate (peak, width), `mean_temperature` [K] over the area, `emission_temperature` [K] weighted by
        the photons that leave, and with a current `external_quantum_efficiency` (0 where no current flows forward).

    Raises:
        InputError: shapes that do not fit, a temperature outside the range of the law, or no law.
    """
    made = EmissionRates(*(np.asarray(values, dtype=np.float64) for values in (time, radius, area, rate, temperature)))
    wavelength = line_grid(spectrum, made.temperature)
    flux, exitance, shape = _summed(made, spectrum, extraction, wavelength)
    lines = [measured_line(wavelength, row) for row in shape]
    step = wavelength[1] - wavelength[0]
    photons, energy = flux.sum(axis=1) * step, (flux / wavelength).sum(axis=1) * step * ENERGY_WAVELENGTH
    mean_energy = ENERGY_WAVELENGTH * (shape / wavelength).sum(axis=1) / shape.sum(axis=1)
    power = energy * ELEMENTARY_CHARGE
    apparent, notes = _apparent(Thermometer(spectrum, extraction), lines)
    weights = np.where(photons[:, None] > 0, exitance, 1.0) * made.area
    variables = {
        "spectral_flux": Variable(("time", "wavelength"), flux, "1/s/m", "photons per time and wavelength"),
        "photon_exitance": Variable(("time", "r"), exitance, "1/m2/s", "photons per area and time"),
        "photon_flux": over_time(photons, "1/s", "photons per time"),
        "light_power": over_time(power, "W", "power of the light"),
        "radiant_exitance": over_time(power / made.area.sum(), "W/m2", "power of the light per area"),
        "mean_photon_energy_ev": over_time(mean_energy, "eV", "mean photon energy"),
        "peak_wavelength": over_time([line.peak for line in lines], "m", "wavelength of the peak"),
        "peak_energy_ev": over_time([line.peak_energy_ev for line in lines], "eV", "photon energy of the peak"),
        "width_ev": over_time([line.width_ev for line in lines], "eV", "full width at half maximum"),
        "apparent_temperature": Variable(("time", "estimate"), apparent, "K", "temperature that the spectrum shows"),
        "mean_temperature": over_time(made.mean(made.temperature), "K", "mean temperature of the emitter"),
        "emission_temperature": over_time(
            (weights * made.temperature).sum(axis=1) / weights.sum(axis=1), "K", "mean temperature where light is made"
        ),
    }
    if current is not None:
        efficiency = quantum_efficiency(photons, np.asarray(current, dtype=np.float64))
        variables["external_quantum_efficiency"] = over_time(efficiency, "1", "external quantum efficiency")
    coordinates = {
        "time": over_time(made.time, "s", "time"),
        "wavelength": Variable(("wavelength",), wavelength, "m", "wavelength"),
        "r": Variable(("r",), made.radius, "m", "radius"),
        "estimate": Variable(("estimate",), np.array(ESTIMATES), ""),
    }
    dark = ("where no light is made, the shape of the spectrum is that of an even rate",) * bool(np.any(photons == 0))
    return Series(variables, coordinates), (*notes, *dark, *(extraction.notes if extraction else ()))


def quantum_efficiency(photons: Array, current: Array) -> Array:
    """Photons out per electron in, EQE = q Phi/I; 0 where no current flows forward.

    Args:
        photons: (times,), [1/s].
        current: (times,), [A].

    Raises:
        InputError: not one current for each time.
    """
    if current.shape != photons.shape:
        raise InputError(f"current has the shape {current.shape}, not {photons.shape}: one for each time")
    forward = current > 0
    return np.asarray(np.where(forward, ELEMENTARY_CHARGE * photons / np.where(forward, current, 1.0), 0.0))


def _summed(
    made: EmissionRates, spectrum: EmissionSpectrum, extraction: SpectralExtraction | None, wavelength: Array
) -> tuple[Array, Array, Array]:
    """Sums over the area, one time after another.

    Returns:
        (times, wavelengths), [1/s/m]; (times, radii), [1/m2/s] photons that leave; (times, wavelengths) the first, or
        what it would be at an even rate where no light is made.
    """
    flux = np.empty((len(made.time), len(wavelength)))
    exitance, shape = np.empty_like(made.rate), np.empty_like(flux)
    step = wavelength[1] - wavelength[0]
    for i, (rate, temperature) in enumerate(zip(made.rate, made.temperature, strict=True)):
        lines = spectrum.line(wavelength, temperature)
        if extraction is not None:
            lines = extraction.spectrum(wavelength, lines)
        flux[i] = (made.area * rate) @ lines
        exitance[i] = rate * lines.sum(axis=1) * step
        shape[i] = flux[i] if flux[i].any() else made.area @ lines
    return flux, exitance, shape


def _apparent(thermometer: Thermometer, lines: list[Line]) -> tuple[Array, tuple[str, ...]]:
    """(times, estimates), [K], and what has to be said of those that no control device shows."""
    law = thermometer.spectrum.law
    assert law is not None  # the lines have been made with it
    found = np.array([[thermometer.by_peak(line), thermometer.by_width(line)] for line in lines])
    beyond = np.isin(found, law.valid).sum(axis=0)
    notes = tuple(
        f"apparent temperature by {name} held at an end of {law.valid[0]:g} .. {law.valid[1]:g} K at {count} times: "
        "no control device shows such a spectrum"
        for name, count in zip(ESTIMATES, beyond.tolist(), strict=True)
        if count
    )
    return found, notes
