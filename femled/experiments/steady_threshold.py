"""The intensity of continuous light at which a pixel reaches its threshold, and the current that would do the same."""

from typing import Annotated

import numpy as np

from femled.constants import ELEMENTARY_CHARGE
from femled.device import Pixel
from femled.errors import ConvergenceError
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.lasing_film import Absorptance, LasingFilm, lasing_film
from femled.experiments.optical import optical_provenance
from femled.frozen import Quantity, Temperature, Wavelength
from femled.materials import GainLaw
from femled.result import Result
from femled.series import Series, single
from femled.solve.light_rates import CHANNELS, Array

Warming = Annotated[float, Quantity("K*m2/W", 0.0, 1.0)]
_ROUNDS = 60


@experiment
def steady_threshold(
    pixel: Pixel,
    *,
    wavelength: Wavelength,
    temperature: Temperature | None = None,
    contacted: bool = True,
    warming: Warming = 0.0,
    absorptance: Annotated[Absorptance, PYTHON_ONLY] = "optics",
    law: Annotated[GainLaw | None, PYTHON_ONLY] = None,
) -> Result:
    """Threshold under continuous light: carriers at threshold, and what replaces those that go.

    Gamma g(n) - alpha = kappa/L,   absorptance I/(h nu d) = A n + R_sp + C n^3,   T = T_0 + warming x absorptance I

    Args:
        pixel: the device, with an `amplification`, and a `gain` on the card of its emitter.
        wavelength: [m] of the pump in vacuum.
        temperature: [K] of the film without light; that of the surroundings if not given.
        contacted: between the electrodes; otherwise in an area that has none.
        warming: [K m2/W] of the film, over the absorbed intensity.
        absorptance: share of the pump in the emitter, by the "optics" of the stack, "stated" by the device, or [1].
        law: of the gain, in place of that on the emitter's card.

    Returns:
        `intensity` [W/m2], `threshold_density` [1/m3], `generation` [1/(m3 s)], temperatures, `radiative_coefficient`
        [m3/s] R_sp/n^2 there, `radiative_share`, and `current_density` [A/m2] q d times the generation.

    Raises:
        InputError: a device without amplification or gain.
        ConvergenceError: light that warms the film faster than it fills it.
    """
    film = lasing_film(pixel, contacted=contacted, law=law, absorptance=absorptance)
    before = pixel.ambient_temperature if temperature is None else temperature
    pump = film.pump(width=1e-6, wavelength=wavelength)
    per_generation = pump.photon_ev * ELEMENTARY_CHARGE * film.thickness / pump.absorptance
    T = before
    for _ in range(_ROUNDS):
        n, hot, rates = _at_threshold(film, T, pump.photon_ev)
        generation = float(rates[: len(CHANNELS)].sum())
        warmer = before + warming * generation * per_generation * pump.absorptance
        if abs(warmer - T) < 1e-6 * T:
            break
        if not np.isfinite(warmer) or warmer > 2 * before + 200:
            raise _runaway(before)
        T = warmer
    else:
        raise _runaway(before)
    radiative = float(rates[CHANNELS.index("radiative")])
    variables = {
        "intensity": single(generation * per_generation, "W/m2", "of the light in air"),
        "threshold_density": single(n, "1/m3", "carriers"),
        "generation": single(generation, "1/(m3*s)", "pairs"),
        "temperature": single(T, "K", "lattice"),
        "carrier_temperature": single(hot, "K", "carriers"),
        "radiative_coefficient": single(radiative / n**2, "m3/s", "R_sp over n^2"),
        "radiative_share": single(radiative / generation, "1", "of what recombines"),
        "current_density": single(ELEMENTARY_CHARGE * film.thickness * generation, "A/m2", "q d times the generation"),
        "absorptance": single(pump.absorptance, "1", "of the pump"),
    }
    inputs = {
        "pixel": pixel.model_dump(mode="json"),
        "wavelength": wavelength,
        "temperature": before,
        "contacted": contacted,
        "warming": warming,
        "absorptance": pump.absorptance,
        "gain": film.law.model_dump(mode="json"),
    }
    return Result(
        experiment="steady_threshold",
        series=Series(variables, {}),
        inputs=inputs,
        sources=film.sources,
        provenance=optical_provenance(),
    )


def _at_threshold(film: LasingFilm, temperature: float, photon_ev: float) -> tuple[float, float, Array]:
    """Density [1/m3], carrier temperature [K] and rates [1/(m3 s)] under light that keeps up the threshold."""
    rates, hot = film.rates(temperature), temperature
    for _ in range(_ROUNDS):
        n = np.array([film.threshold_density(temperature, hot)])
        losses = rates.losses(n, np.array([hot]))
        last, hot = hot, float(rates.carrier_temperature(n, losses.total, photon_ev)[0][0])
        if abs(hot - last) < 1e-9 * hot:
            break
    return float(n[0]), hot, losses.rates[:, 0]


def _runaway(temperature: float) -> ConvergenceError:
    return ConvergenceError(
        time=0.0,
        step=0.0,
        block="film temperature",
        reason=f"continuous light warms the film from {temperature:g} K faster than its threshold is reached",
        advice="take a smaller warming",
    )
