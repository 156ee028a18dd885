"""Thresholds of a light pulse on a film that a current fills and warms: a map over both, looked up for any pulse."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import RegularGridInterpolator

from femled.device import Pixel
from femled.errors import InputError
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.lasing_film import Absorptance, lasing_film
from femled.experiments.optical import optical_provenance
from femled.experiments.optical_threshold import PulseWidth
from femled.frozen import Quantity, Wavelength
from femled.materials import GainLaw
from femled.result import Result
from femled.series import Series, Variable, single
from femled.solve.ase_threshold import threshold_fluence

Array = NDArray[np.float64]
Temperatures = Annotated[Sequence[float], Quantity("K", 1.0, 1000.0)]
Relative = Annotated[Sequence[float], Quantity("1", 0.0, 100.0)]


@experiment
def copump_map(
    pixel: Pixel,
    *,
    temperatures: Temperatures,
    relative_injections: Relative,
    width: PulseWidth,
    wavelength: Wavelength,
    contacted: bool = True,
    heating: bool = True,
    absorptance: Annotated[Absorptance, PYTHON_ONLY] = "optics",
    law: Annotated[GainLaw | None, PYTHON_ONLY] = None,
) -> Result:
    """Threshold fluence over the temperature of the film and the pairs that a current makes in it.

    Carriers of the current are in their steady state before the light pulse, which takes nanoseconds as their life
    does; so a threshold at any time of a longer electrical pulse is a look-up at its temperature and injection,
    `copump_threshold`.

    Args:
        pixel: the device, with an `amplification`, and a `gain` on the card of its emitter.
        temperatures: [K] rising.
        relative_injections: [1] rising, pairs per volume and time over those that alone keep up the density of the
            threshold at the first temperature.
        width: [s] full width at half maximum of the Gaussian pulse.
        wavelength: [m] of the pump in vacuum.
        contacted: between the electrodes; otherwise in an area that has none.
        heating: whether the pulse heats the film.
        absorptance: share of the pump in the emitter, by the "optics" of the stack, "stated" by the device, or [1].
        law: of the gain, in place of that on the emitter's card.

    Returns:
        `threshold_fluence` [J/m2] over temperature and relative_injection, 0 where the current alone is above it,
        inf where no light is enough; `injection` [1/(m3 s)] and `threshold_injection`.

    Raises:
        InputError: temperatures or injections that do not rise, or a device without amplification or gain.
    """
    T, shares = np.asarray(temperatures, float), np.asarray(relative_injections, float)
    for name, values in (("temperatures", T), ("relative_injections", shares)):
        if np.any(np.diff(values) <= 0):
            raise InputError(f"{name} must rise from one to the next")
    film = lasing_film(pixel, contacted=contacted, law=law, absorptance=absorptance)
    coldest, warmest = float(T[0]), film.warmest(float(T[-1]))
    alone = film.threshold_injection(coldest)
    cold, injection = (part.ravel() for part in np.meshgrid(T, shares * alone, indexing="ij"))
    found = threshold_fluence(
        film.rates(coldest, warmest=warmest),
        film.pump(width=width, wavelength=wavelength),
        film.guide,
        amplification=film.kappa,
        injection=injection,
        fluence=(1e-6, 100.0),
        lattice=cold,
        heat=film.heat(coldest, warmest) if heating else None,
    )
    inputs = {
        "pixel": pixel.model_dump(mode="json"),
        "temperatures": T.tolist(),
        "relative_injections": shares.tolist(),
        "width": width,
        "wavelength": wavelength,
        "contacted": contacted,
        "heating": heating,
        "absorptance": film.absorptance(wavelength),
        "gain": film.law.model_dump(mode="json"),
    }
    variables = {
        "threshold_fluence": Variable(
            ("temperature", "relative_injection"), found.reshape(len(T), -1), "J/m2", "threshold by net gain"
        ),
        "injection": Variable(("relative_injection",), shares * alone, "1/(m3*s)", "pairs of the current"),
        "threshold_injection": single(alone, "1/(m3*s)", "pairs that lase alone at the first temperature"),
    }
    coordinates = {
        "temperature": Variable(("temperature",), T, "K", "film"),
        "relative_injection": Variable(("relative_injection",), shares, "1", "over that of the threshold"),
    }
    return Result(
        experiment="copump_map",
        series=Series(variables, coordinates),
        inputs=inputs,
        sources=film.sources,
        provenance=optical_provenance(),
    )


def copump_threshold(result: Result, *, temperature: ArrayLike, injection: ArrayLike) -> Array:
    """Threshold fluences at temperatures and injections between the points of a map, by monotone cubics.

    Args:
        result: of `copump_map`.
        temperature: [K]; shapes of both broadcast.
        injection: [1/(m3 s)] pairs of the current.

    Returns:
        their shape, [J/m2]; at least 0.

    Raises:
        InputError: a place outside the map, or a map without thresholds somewhere.
    """
    T, injected = result.series["temperature"], result.series["injection"]
    fluence = result.series["threshold_fluence"]
    if result.experiment != "copump_map" or not np.all(np.isfinite(fluence)):
        raise InputError("result: no map of thresholds that exist everywhere")
    asked = np.broadcast_arrays(np.asarray(temperature, float), np.asarray(injection, float))
    for name, values, axis, unit in (("temperature", asked[0], T, "K"), ("injection", asked[1], injected, "1/(m3 s)")):
        if values.min() < axis[0] or values.max() > axis[-1]:
            raise InputError(
                f"{name} {values.min():.4g} .. {values.max():.4g} {unit} is outside the map, {axis[0]:.4g} .. "
                f"{axis[-1]:.4g} {unit}"
            )
    method = "pchip" if min(fluence.shape) >= 4 else "linear"
    look = RegularGridInterpolator((T, injected), fluence, method=method)
    return np.asarray(np.maximum(look(np.stack(asked, axis=-1)), 0.0))
