"""What a threshold says: net gain, carriers and thresholds over time, what limits them, the answer in a sentence."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.experiments.copumping import Copumping
from femled.experiments.lasing_film import LasingFilm
from femled.experiments.net_gain import DrivenFilm, along_diameter, remedies
from femled.result import Result
from femled.series import Series, Variable, over_time
from femled.units import text_of

Array = NDArray[np.float64]

SCATTERING = "scattering"
"""What the loss outside all layers is called."""


def loss_by_layer(film: LasingFilm) -> dict[str, float]:
    """[1/m] of the mode in every layer, and by scattering; layers share the modal loss as the mode solver says."""
    found = {name: float(film.mode.loss_by_layer[name]) for name in film.stack.names}
    whole = sum(found.values())
    scale = film.contact_loss / whole if whole > 0 else 0.0
    return {name: scale * loss for name, loss in found.items()} | {SCATTERING: film.values.scattering_loss}


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


def threshold_series(driven: DrivenFilm, run: Result) -> Series:
    """Over time, radius, medium and remedy, with the single numbers as attributes.

    Args:
        driven: the film.
        run: the pulse.
    """
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
        "scattering_loss": film.values.scattering_loss,
        "path_length": guide.length,
        "net_gain_length": film.kappa,
        "net_gain_needed": driven.net_gain_needed,
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


def copumping_series(found: Copumping) -> Series:
    """Thresholds of a light pulse over its delay."""

    def over_delay(values: Array, unit: str, title: str) -> Variable:
        return Variable(("delay",), values, unit, title)

    return Series(
        {
            "threshold_fluence": over_delay(found.fluence, "J/m2", "threshold fluence with the current"),
            "heated_threshold_fluence": over_delay(found.heated, "J/m2", "with the heat of the current alone"),
            "filled_threshold_fluence": over_delay(found.filled, "J/m2", "with the carriers of the current alone"),
            "delay_temperature": over_delay(found.temperature, "K", "temperature along a diameter"),
            "filling": over_delay(found.filling, "1", "injection over that of the cold threshold"),
        },
        {"delay": Variable(("delay",), found.delay, "s", "delay of the light pulse")},
        {"optical_threshold_fluence": found.alone},
    )


def copumping_sentence(found: Copumping) -> str:
    """How far the threshold of a light pulse falls and rises with its delay."""
    ratio = found.fluence / found.alone
    parts = []
    for place in sorted({int(ratio.argmin()), int(ratio.argmax())}):
        value = "lases without" if ratio[place] == 0 else f"{100 * (ratio[place] - 1):+.3g} %"
        parts.append(f"{value} at {text_of(float(found.delay[place]), 's', 3)}")
    return f"threshold of the light pulse {text_of(1e-4 * found.alone, 'J', 4)}/cm2 alone, {', '.join(parts)}"
