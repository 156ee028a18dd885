"""What a scan of the fluence over a threshold shows, and all of it as series of a result."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.experiments.pumped_film import PumpedFilm
from femled.series import Series, Variable, over_time, single
from femled.solve.ase_kink import Kink, kink
from femled.solve.ase_spectra import EmittedSpectra, emitted_spectra
from femled.solve.light_pulse import CarrierHistory
from femled.solve.light_rates import CHANNELS

Array = NDArray[np.float64]

_SCAN = (0.1, 4.4)
"""Fluences of a scan, over that of the threshold."""
_FLUENCES = 40


@dataclass(frozen=True)
class Scan:
    """A film under rising fluences, with what guided light does in it, and what is seen of it.

    Args:
        fluence: (fluences,), [J/m2].
        run: its carriers.
        seen: spectra at a detector.
        look: the threshold that they show.
    """

    fluence: Array
    run: CarrierHistory
    seen: EmittedSpectra
    look: Kink


def scan(pumped: PumpedFilm, threshold: float, highest: float = 0.0) -> Scan:
    """A scan around a threshold.

    Args:
        pumped: the film.
        threshold: [J/m2] by net gain; a scan of what has none is around 1 J/m2.
        highest: [J/m2] at which it ends, from a hundredth of it; 0: at 4.4 times the threshold.
    """
    middle = threshold if 0 < threshold < np.inf else 1.0
    ends = (highest / 100, highest) if highest else (_SCAN[0] * middle, _SCAN[1] * middle)
    fluence = np.geomspace(*ends, _FLUENCES)
    run = pumped.marched(fluence, guided=True)
    values = pumped.film.values
    seen = emitted_spectra(run, pumped.film.guide, facet=values.facet_share, edge=values.edge_share)
    return Scan(fluence, run, seen, kink(fluence, seen.signal, seen.width))


def threshold_series(
    pumped: PumpedFilm, found: float, at: CarrierHistory, shown: Scan | None, wavelength: float
) -> Series:
    """Everything that is known of a threshold.

    Args:
        pumped: the film.
        found: [J/m2] the threshold by net gain.
        at: its carriers there, one column.
        shown: the scan, if there was one.
        wavelength: [m] of the pump.
    """
    film, best = pumped.film, int(film_gain(pumped, at)[:, 0].argmax())
    lost = at.gone[best, : len(CHANNELS), 0]
    whole = float(at.density[0, 0] + at.made[best, :, 0].sum())
    stated = film.values.absorptance(wavelength)
    variables = {
        "threshold_fluence": single(found, "J/m2", "threshold by net gain"),
        "threshold_density": single(float(at.density[best, 0]), "1/m3", "density at the threshold"),
        "carrier_temperature_at_threshold": single(float(at.carrier_temperature[best, 0]), "K", "carriers"),
        "lattice_temperature_at_threshold": single(float(at.lattice_temperature[best, 0]), "K", "lattice"),
        "time_of_highest_gain": single(float(at.time[best]), "s", "from the middle of the pulse"),
        "gain_needed": single(film.kappa / film.length, "1/m", "net gain at the threshold"),
        "modal_loss": single(film.guide.modal_loss, "1/m", "loss of the mode"),
        "gain_confinement": single(film.guide.gain_confinement, "1", "gain confinement"),
        "contact_loss_by_optics": single(film.mode.modal_loss, "1/m", "loss of the layers by the optics of the stack"),
        "absorptance": single(pumped.pulse.absorptance, "1", "absorptance of the pump"),
        "absorptance_by_optics": single(film.optical_absorptance(wavelength), "1", "by the optics of the stack"),
        "absorptance_stated": single(np.nan if stated is None else stated, "1", "as the device states it"),
        "lost_share": Variable(("channel",), lost / whole, "1", "carriers gone by the time of the highest gain"),
        "density_at_threshold": over_time(at.density[:, 0], "1/m3", "carriers at the threshold"),
        "net_gain_at_threshold": over_time(film_gain(pumped, at)[:, 0], "1/m", "net modal gain at the threshold"),
    }
    coordinates = {
        "time": Variable(("time",), at.time, "s", "from the middle of the pulse"),
        "channel": Variable(("channel",), np.array(CHANNELS), ""),
    }
    facts: dict[str, Any] = {"limited_by": _limit(lost, whole)}
    if shown is not None:
        facts["verdict"] = shown.look.verdict
        variables |= _scanned(pumped, found, shown)
        coordinates["fluence"] = Variable(("fluence",), shown.fluence, "J/m2", "fluence")
        coordinates["end"] = Variable(("end",), np.array(["lowest", "highest"]), "")
    return Series(variables, coordinates, facts)


def film_gain(pumped: PumpedFilm, run: CarrierHistory) -> Array:
    """(times, columns), [1/m] net modal gain at its maximum over photon energy."""
    return pumped.film.guide.net_gain(run.peak_gain)


def _scanned(pumped: PumpedFilm, found: float, shown: Scan) -> dict[str, Variable]:
    run, look, over_pulse = shown.run, shown.look, ("time", "fluence")
    return {
        "net_gain": Variable(over_pulse, film_gain(pumped, run), "1/m", "net modal gain"),
        "density": Variable(over_pulse, run.density, "1/m3", "carriers"),
        "carrier_temperature": Variable(over_pulse, run.carrier_temperature, "K", "carrier temperature"),
        "lattice_temperature": Variable(over_pulse, run.lattice_temperature, "K", "lattice temperature"),
        "signal": Variable(("fluence",), shown.seen.signal, "1/m3", "light that is seen"),
        "line_width": Variable(("fluence",), shown.seen.width, "eV", "full width at half maximum"),
        "kink_fluence": single(look.fluence, "J/m2", "half-way narrowing of the line"),
        "kink_over_criterion": single(look.ratio_to(found) if found > 0 else np.nan, "1", "both definitions"),
        "hinge_fluence": single(look.hinge, "J/m2", "two straight lines"),
        "hinge_range": Variable(("end",), np.array(look.hinge_range), "J/m2", "with other windows"),
        "narrowing": single(look.narrowing, "1", "of the line in the scan"),
    }


def _limit(lost: Array, whole: float) -> str:
    """What takes most of the carriers until gain is highest; filling the film, if less than half is lost."""
    if lost.sum() < whole / 2:
        return "the carriers that gain needs"
    return f"{CHANNELS[int(lost.argmax())]} recombination"
