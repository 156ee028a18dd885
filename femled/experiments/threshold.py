"""Does the net modal gain of a pixel turn positive before the device is too hot?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.errors import InputError
from femled.experiments.copumping import LightPulse, copumping, light_alone
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.experiments.experiment import experiment, with_options_of
from femled.experiments.heat_pulse import Duration
from femled.experiments.lasing_film import LasingFilm, lasing_film
from femled.experiments.net_gain import DrivenFilm
from femled.experiments.optical import optical_provenance
from femled.experiments.threshold_series import copumping_sentence, copumping_series, threshold_series, verdict
from femled.frozen import CurrentDensity, Fraction, Quantity, Voltage
from femled.result import Result
from femled.series import Series, single
from femled.units import text_of

Array = NDArray[np.float64]
Delays = Annotated[Sequence[float], Quantity("s", -1e-3, 1e3)]

DELAYS = 41
"""Delays of a light pulse that are tried where none are given, evenly over the run."""

TAKES_NONE = "light that is amplified takes no carriers in this account: net gain is that of light too weak to do so"


@experiment
@with_options_of(electrothermal_pulse, without=("at", "law", "spectra"))
def threshold(
    pixel: Pixel,
    *,
    current_density: CurrentDensity | None = None,
    voltage: Voltage | None = None,
    width: Duration | None = None,
    until: Duration | None = None,
    injection_efficiency: Fraction | None = None,
    optical: str | LightPulse | None = None,
    delay: Delays | None = None,
    progress: Callable[[float], None] | None = None,
    **pulse: Any,
) -> Result:
    """Net modal gain of a pixel in an electrical pulse, and whether it turns positive before the pixel is too hot.

    G(t) = max_E Gamma <g(E; n, T)> - alpha,   dn/dt = J_emitter/(q d) - A n - R_sp(n, T) - C(T) n^3

    with the mean <> along a diameter, T(t, r) and J_emitter(t, r) of `electrothermal_pulse`. Light of one pass gains
    e^kappa where G exceeds kappa/L, L the diameter. G is known at the steps that the pulse took: a smaller `rtol` takes
    more of them.

    Args:
        pixel: the device, whose emitter has gain data and whose file has an [amplification] section.
        current_density: [A/m2] I/(pi a^2), whatever voltage it takes; this, the voltage, or optical alone.
        voltage: [V] of the source.
        width: [s] of the electrical pulse, from the start of its rise to the start of its fall.
        until: [s] end of the run; five widths if not given.
        injection_efficiency: [1] share of the current that recombines in the emitter, in place of the column's own.
        optical: a pulse of light as width, wavelength and fluence, "2.3 ns, 532 nm, 9 uJ/cm2"; without fluence only its
            threshold is asked. Without a current it pumps alone.
        delay: (n,), [s] of the middle of the light pulse after the start of the electrical one; 41 over the whole run
            if not given.
        progress: called with the time [s] after each step.

    Returns:
        what `electrothermal_pulse` returns, and over `time`: `net_gain` along a diameter, `best_net_gain` of the best
        place, `material_gain` [1/m], `gain_photon_energy` [eV], `carrier_density steady_density column_density
        threshold_density` [1/m3] (followed in time; in the steady state; of the drift-diffusion itself; at which G =
        kappa/L), `path_temperature` [K], `threshold_current_density` [A/m2] that would hold the threshold density at
        the temperature of the moment, `injection_efficiency` [1]; over `time` and `r`: `carrier_density_profile`,
        `net_gain_profile`; over `medium`: `loss_by_medium` [1/m]; over `remedy`: `remedied_net_gain` [1/m], the net
        gain at its best time if one thing were otherwise; with `optical`, over `delay`: `threshold_fluence`,
        `heated_threshold_fluence` without the carriers of the current, `filled_threshold_fluence` without its heat
        [J/m2], `delay_temperature` [K], `filling` [1]. Attributes hold the single numbers.

    Raises:
        InputError: no gain data, contradictory drives, a text that is no pulse of light, or a value out of range.
        ConvergenceError: a solver failed.
    """
    film = lasing_film(pixel)
    light = LightPulse.of_text(optical) if isinstance(optical, str) else optical
    if delay is not None and light is None:
        raise InputError("delay: of what? Give optical, the pulse of light that comes then")
    if current_density is None and voltage is None:
        return _pumped_by_light(film, light, width, delay)
    if width is None:
        raise InputError("width is missing: how long is the electrical pulse?")
    drive: dict[str, Any] = {"current_density": current_density, "voltage": voltage, "width": width, "until": until}
    run = electrothermal_pulse(pixel, **drive, progress=progress, **pulse)
    driven = driven_film(film, run, injection_efficiency)
    series = threshold_series(driven, run)
    outcome = verdict(series, run.outcome)
    inputs = {**run.inputs, "injection_efficiency": injection_efficiency}
    if light is not None:
        delays = np.linspace(0.0, run.times[-1], DELAYS) if delay is None else np.asarray(delay, dtype=np.float64)
        found = copumping(driven, light, delays)
        series, outcome = _joined(series, copumping_series(found)), f"{outcome}; {copumping_sentence(found)}"
        inputs |= {"optical": light.model_dump(mode="json"), "delay": delays.tolist()}
    return replace(
        run,
        experiment="threshold",
        series=_joined(run.series, series),
        inputs=inputs,
        outcome=outcome,
        warnings=(*run.warnings, TAKES_NONE),
        sources=tuple(dict.fromkeys((*run.sources, *film.sources))),
    )


def driven_film(film: LasingFilm, run: Result, injection_efficiency: float | None = None) -> DrivenFilm:
    """The film of a pixel in a pulse that has been run.

    Args:
        film: of the pixel.
        run: of `electrothermal_pulse` with the pixel's own law.
        injection_efficiency: [1] share of the current that recombines in the emitter; that of the column if not given.
    """
    data = run.series
    recombining = (
        data["emitter_current_density"]
        if injection_efficiency is None
        else injection_efficiency * np.maximum(data["current_density"], 0.0)
    )
    return DrivenFilm(
        film=film,
        time=run.times,
        radius=data["r"],
        current_density=recombining,
        temperature=data["temperature_profile"],
        ambient=film.pixel.ambient_temperature,
    )


def _pumped_by_light(
    film: LasingFilm, light: LightPulse | None, width: float | None, delay: Sequence[float] | None
) -> Result:
    """The threshold of a light pulse without any current."""
    if light is None:
        raise InputError("neither current_density, voltage nor optical is given: what pumps the pixel?")
    if width is not None or delay is not None:
        given = "width" if width is not None else "delay"
        raise InputError(f"{given} belongs to an electrical pulse: give its current_density or voltage, or leave it")
    ambient = film.pixel.ambient_temperature
    fluence, density = light_alone(film, light, ambient), film.threshold_density(ambient)
    outcome = f"threshold at {_fluence(fluence)}"
    if light.fluence is not None:
        outcome += f": {_fluence(light.fluence)} is {light.fluence / fluence:.3g} times that"
    return Result(
        experiment="threshold",
        series=Series(
            {
                "optical_threshold_fluence": single(fluence, "J/m2", "threshold fluence"),
                "threshold_density": single(density, "1/m3", "threshold density"),
                "absorptance": single(film.absorptance(light.wavelength), "1", "absorptance of the emitter"),
            },
            {},
            {"ambient_temperature": ambient, "modal_loss": film.guide.modal_loss},
        ),
        inputs={
            "pixel": film.pixel.model_dump(mode="json"),
            "current_density": None,
            "voltage": None,
            "optical": light.model_dump(mode="json"),
        },
        outcome=outcome,
        sources=film.sources,
        provenance=optical_provenance(),
    )


def _fluence(value: float) -> str:
    return f"{text_of(1e-4 * value, 'J', 4)}/cm2"


def _joined(one: Series, other: Series) -> Series:
    return Series(
        {**one.variables, **other.variables},
        {**one.coordinates, **other.coordinates},
        {**one.attributes, **other.attributes},
    )
