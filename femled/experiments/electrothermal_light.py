"""The light of a coupled pulse: what recombines radiatively across the pixel, what leaves, and its spectrum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.experiments.column_heat import ColumnHeat
from femled.experiments.column_shares import LocalDetail
from femled.experiments.electrothermal_run import ElectrothermalRun
from femled.experiments.emission_spectra import emission_spectra
from femled.experiments.light_extraction import emission_of
from femled.experiments.spectral_extraction import spectral_extraction
from femled.series import Series, Variable, over_time

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PulseLight:
    """Light in time.

    Args:
        series: over time, radius and wavelength.
        notes: sentences a reader has to know.
        sources: bib keys with status.
    """

    series: Series
    notes: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


def light_series(run: ElectrothermalRun, own: ColumnHeat, electrical: Series, *, spectra: bool) -> PulseLight:
    """What leaves a pixel while a pulse passes.

    EL = Int eta_out E_photon J_rad/q dA,   IQE = Int J_rad dA/I,   EQE = Int eta_out J_rad dA/I

    Args:
        run: the pixel.
        own: law of its column.
        electrical: what `electrical_series` says of the pulse.
        spectra: whether spectra are wanted too.
    """
    u, warm = electrical["local_voltage"], electrical["temperature_profile"]
    details = [own.detail(*pair) for pair in zip(u, warm, strict=True)]
    area = run.node_areas
    radiative = np.array([one.radiative_current_density for one in details])
    light = np.array([one.light for one in details]) @ area
    made = np.maximum(radiative, 0.0) @ area
    conducted = electrical["current_density"] @ area  # without what charges
    forward = conducted > 1e-9 * max(float(np.abs(conducted).max(initial=0.0)), 1e-300)
    efficiency = np.where(forward, made / np.where(forward, conducted, 1.0), 0.0)
    photon = own.photon_energy
    leaving = light / photon if photon > 0 else np.zeros_like(light)
    variables = {
        "radiative_current_density": Variable(("time", "r"), radiative, "A/m2", "radiative recombination"),
        "emitter_current_density": _local(details, "emitter_current_density", "A/m2", "recombination in the emitter"),
        "electron_density": _local(details, "electron_density", "1/m3", "electrons in the emitter"),
        "hole_density": _local(details, "hole_density", "1/m3", "holes in the emitter"),
        "light_power": over_time(light, "W", "power of the light"),
        "internal_quantum_efficiency": over_time(efficiency, "1", "internal quantum efficiency"),
    }
    if photon > 0:
        share = np.where(forward, leaving / np.where(forward, conducted, 1.0), 0.0)
        variables["external_quantum_efficiency"] = over_time(share, "1", "external quantum efficiency")
    if not spectra:
        return PulseLight(Series(variables, {}))
    spectrum, extraction = emission_of(run.heat.pixel), spectral_extraction(run.heat.pixel)
    line, notes = emission_spectra(
        time=electrical["time"],
        radius=electrical["r"],
        area=area,
        rate=np.maximum(radiative, 0.0) / ELEMENTARY_CHARGE,
        temperature=warm,
        spectrum=spectrum,
        extraction=extraction,
    )
    variables |= {name: one for name, one in line.variables.items() if name not in variables}
    coordinates = {name: one for name, one in line.coordinates.items() if name not in ("time", "r")}
    return PulseLight(Series(variables, coordinates), notes, (*spectrum.sources, *extraction.sources))


def _local(details: list[LocalDetail], name: str, unit: str, text: str) -> Variable:
    return Variable(("time", "r"), np.array([getattr(one, name) for one in details]), unit, text)
