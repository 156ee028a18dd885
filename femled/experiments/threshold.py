"""Does the net modal gain of a pixel turn positive before the device is too hot?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.experiments.experiment import experiment, with_options_of
from femled.experiments.heat_pulse import Duration
from femled.experiments.lasing_film import LasingFilm, lasing_film
from femled.experiments.modes import modes
from femled.experiments.net_gain import DrivenFilm, along_diameter, remedies
from femled.experiments.sources import gain_sources
from femled.frozen import CurrentDensity, Fraction, Voltage
from femled.result import Result
from femled.series import Series, Variable, over_time
from femled.units import text_of

Array = NDArray[np.float64]

SCATTERING = "scattering"
"""What the loss outside all layers is called."""

LASES = "light that is amplified takes no carriers in this account: net gain is that of light too weak to do so"


@experiment
@with_options_of(electrothermal_pulse, without=("at", "law", "spectra"))
def threshold(
    pixel: Pixel,
    *,
    current_density: CurrentDensity | None = None,
    voltage: Voltage | None = None,
    width: Duration,
    until: Duration | None = None,
    injection_efficiency: Fraction | None = None,
    progress: Callable[[float], None] | None = None,
    **pulse: Any,
) -> Result:
    """Net modal gain of a pixel in an electrical pulse, and whether it turns positive before the pixel is too hot.

    G(t) = max_E Gamma <g(E; n, T)> - alpha,   dn/dt = J_emitter/(q d) - A n - R_sp(n, T) - C(T) n^3

    with the mean <> along a diameter, T(t, r) and J_emitter(t, r) of `electrothermal_pulse`. Light of one pass gains
    e^kappa where G exceeds kappa/L, L the diameter.

    Args:
        pixel: the device, whose emitter has gain data and whose file has an [amplification] section.
        current_density: [A/m2] I/(pi a^2), whatever voltage it takes; this or the voltage.
        voltage: [V] of the source.
        width: [s] of the pulse, from the start of its rise to the start of its fall.
        until: [s] end of the run; five widths if not given.
        injection_efficiency: [1] share of the current that recombines in the emitter, in place of the column's own.
        progress: called with the time [s] after each step.

    Returns:
        what `electrothermal_pulse` returns, and over `time`: `net_gain` along a diameter, `best_net_gain` of the best
        place, `material_gain` [1/m], `gain_photon_energy` [eV], `carrier_density steady_density column_density
        threshold_density` [1/m3] (followed in time; in the steady state; of the drift-diffusion itself; at which G =
        kappa/L), `path_temperature` [K], `threshold_current_density` [A/m2] that would hold the threshold density at
        the temperature of the moment, `injection_efficiency` [1]; over `time` and `r`: `carrier_density_profile`,
        `net_gain_profile`; over `medium`: `loss_by_medium` [1/m]; over `remedy`: `remedied_net_gain` [1/m], the net gain
        at its best time if one thing were otherwise. Attributes hold the single numbers.

    Raises:
        InputError: no gain data, contradictory drives, or a value out of range.
        ConvergenceError: a solver failed.
    """
    film = lasing_film(pixel)
    run = electrothermal_pulse(
        pixel,
        current_density=current_density,
        voltage=voltage,
        width=width,
        until=until,
        progress=progress,
        **pulse,
    )
    driven = driven_film(film, run, injection_efficiency)
    series = _series(driven, run)
    return replace(
        run,
        experiment="threshold",
        series=_joined(run.series, series),
        inputs={**run.inputs, "injection_efficiency": injection_efficiency},
        outcome=verdict(series, run.outcome),
        warnings=(*run.warnings, LASES),
        sources=tuple(dict.fromkeys((*run.sources, *gain_sources(pixel)))),
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


def loss_by_layer(film: LasingFilm) -> dict[str, float]:
    """[1/m] of the mode in every layer, and by scattering; layers share the modal loss as the mode solver says."""
    stated = film.amplification
    mode = modes(film.pixel, wavelength=stated.emission_wavelength, polarization="TE")[0]
    found = {str(name): float(loss) for name, loss in mode.loss_by_layer.items()}
    contacts = film.guide.modal_loss - stated.scattering_loss
    whole = sum(found.values())
    scale = contacts / whole if whole > 0 else 0.0
    return {name: scale * loss for name, loss in found.items()} | {SCATTERING: stated.scattering_loss}


def windows(time: Array, values: Array, level: float) -> list[tuple[float, float]]:
    """Spans of time [s] in which values exceed a level, their ends by linear interpolation."""
    over = values > level
    found: list[tuple[float, float]] = []
    start = float(time[0]) if over[0] else None
    for k in range(1, len(time)):
        if over[k] == over[k - 1]:
            continue
        place = (level - values[k - 1]) / (values[k] - values[k - 1])
        crossing = float(time[k - 1] + place * (time[k] - time[k - 1]))
        if over[k]:
            start = crossing
        elif start is not None:
            found.append((start, crossing))
            start = None
    return found if start is None else [*found, (start, float(time[-1]))]


def verdict(series: Series, ended: str) -> str:
    """The answer in one sentence.

    Args:
        series: with `net_gain` and the attributes of a threshold.
        ended: outcome of the pulse.
    """
    time, gain, needed = series["time"], series["net_gain"], float(series.attributes["net_gain_needed"])
    best = int(gain.argmax())
    top = f"{gain[best] / 100:.4g} 1/cm at {text_of(float(time[best]), 's', 3)}"
    positive, enough = windows(time, gain, 0.0), windows(time, gain, needed)
    before = "" if ended == "completed" else f"{ended}; "
    if not positive:
        return f"{before}net modal gain never turns positive: best {top}"
    said = f"{before}net modal gain positive {spans(positive)}, best {top}"
    if not enough:
        return f"{said}: below kappa/L = {needed / 100:.4g} 1/cm"
    return f"{said}: above kappa/L = {needed / 100:.4g} 1/cm {spans(enough)}"


def spans(found: list[tuple[float, float]]) -> str:
    """Spans of time in words."""
    return ", ".join(f"from {text_of(start, 's', 3)} to {text_of(stop, 's', 3)}" for start, stop in found)


def _joined(one: Series, other: Series) -> Series:
    return Series(
        {**one.variables, **other.variables},
        {**one.coordinates, **other.coordinates},
        {**one.attributes, **other.attributes},
    )


def _series(driven: DrivenFilm, run: Result) -> Series:
    data, guide, r = run.series, driven.film.guide, driven.radius
    gain, energy = driven.path
    flowing = along_diameter(r, np.maximum(data["current_density"], 0.0))
    caught = along_diameter(r, driven.current_density)
    share = np.where(flowing > 0, caught / np.where(flowing > 0, flowing, 1.0), 0.0)
    needed = along_diameter(r, driven.threshold_current_density)
    best, losses = int(gain.argmax()), loss_by_layer(driven.film)
    tried = remedies(driven, best, data["current_density"][best], losses)
    column = np.sqrt(data["electron_density"] * data["hole_density"])
    variables = {
        "net_gain": over_time(gain, "1/m", "net modal gain along a diameter"),
        "best_net_gain": over_time(driven.local_net_gain.max(axis=1), "1/m", "net modal gain of the best place"),
        "material_gain": over_time(
            (gain + guide.modal_loss) / guide.gain_confinement, "1/m", "gain of the material along a diameter"
        ),
        "gain_photon_energy": over_time(energy, "eV", "photon energy of the largest gain"),
        "carrier_density": over_time(along_diameter(r, driven.density), "1/m3", "carriers along a diameter"),
        "steady_density": over_time(along_diameter(r, driven.steady_density), "1/m3", "carriers in the steady state"),
        "column_density": over_time(along_diameter(r, column), "1/m3", "carriers of the drift-diffusion"),
        "threshold_density": over_time(along_diameter(r, driven.threshold_density), "1/m3", "threshold density"),
        "path_temperature": over_time(along_diameter(r, driven.temperature), "K", "temperature along a diameter"),
        "injection_efficiency": over_time(share, "1", "share of the current that recombines in the emitter"),
        "threshold_current_density": over_time(
            np.where(share > 0, needed / np.where(share > 0, share, 1.0), np.inf), "A/m2", "threshold current density"
        ),
        "carrier_density_profile": Variable(("time", "r"), driven.density, "1/m3", "carriers"),
        "net_gain_profile": Variable(("time", "r"), driven.local_net_gain, "1/m", "net modal gain"),
        "loss_by_medium": Variable(("medium",), np.array(list(losses.values())), "1/m", "modal loss"),
        "remedied_net_gain": Variable(
            ("remedy",), np.array([one.net_gain for one in tried]), "1/m", "net gain if it were otherwise"
        ),
    }
    coordinates = {
        "time": data.coordinates["time"],
        "r": data.coordinates["r"],
        "medium": Variable(("medium",), np.array(list(losses)), ""),
        "remedy": Variable(("remedy",), np.array([one.name for one in tried]), ""),
    }
    return Series(variables, coordinates, _numbers(driven, variables, best))


def _numbers(driven: DrivenFilm, variables: dict[str, Variable], best: int) -> dict[str, Any]:
    """The single numbers of a threshold, SI."""
    film, guide = driven.film, driven.film.guide
    at_best = {name: float(one.values[best]) for name, one in variables.items() if one.dims == ("time",)}
    cold = float(driven.threshold_density_at(driven.ambient))
    efficiency = at_best["injection_efficiency"]
    held = float(driven.sustaining(cold, driven.ambient))
    local = driven.local_net_gain[best]
    return {
        "gain_confinement": guide.gain_confinement,
        "modal_loss": guide.modal_loss,
        "scattering_loss": film.amplification.scattering_loss,
        "path_length": guide.length,
        "net_gain_length": film.kappa,
        "net_gain_needed": film.net_gain_needed,
        "best_time": float(driven.time[best]),
        "largest_net_gain": at_best["net_gain"],
        "largest_local_net_gain": float(local.max()),
        "best_radius": float(driven.radius[int(local.argmax())]),
        "detuning_loss": float(along_diameter(driven.radius, local)) - at_best["net_gain"],
        "quasi_steady_error": at_best["steady_density"] / at_best["carrier_density"] - 1,
        "column_density_difference": at_best["column_density"] / at_best["carrier_density"] - 1,
        "cold_threshold_density": cold,
        "cold_threshold_current_density": held / efficiency if efficiency > 0 else np.inf,
    }
