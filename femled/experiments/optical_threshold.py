"""The fluence at which a pumped pixel shows amplified spontaneous emission, by net gain and by what is seen."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from femled.device import Pixel
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.lasing_film import Absorptance, lasing_film
from femled.experiments.optical import optical_provenance
from femled.experiments.pumped_film import HIGHEST, PumpedFilm
from femled.experiments.threshold_scan import Scan, scan, threshold_series
from femled.frozen import Fluence, Quantity, Temperature, Wavelength
from femled.materials import GainLaw
from femled.result import Result
from femled.solve.light_pulse import CarrierHistory
from femled.solve.light_step import InTime

Over = Annotated[float | Callable[[float], ArrayLike] | None, PYTHON_ONLY]
"""A number, or a function of the time [s]."""

PulseWidth = Annotated[float, Quantity("s", 1e-15, 1e-3)]
OVERHEATED = 100.0
"""[K] of the carriers above the lattice from which the assumed cooling time decides more than anything else."""


@experiment
def optical_threshold(
    pixel: Pixel,
    *,
    width: PulseWidth,
    wavelength: Wavelength,
    temperature: Temperature | None = None,
    contacted: bool = True,
    heating: bool = True,
    shown: bool = True,
    fluence: Fluence = 0.0,
    absorptance: Annotated[Absorptance, PYTHON_ONLY] = "optics",
    pump_side: Literal["substrate", "top"] = "substrate",
    injection: Over = None,
    lattice: Over = None,
    delay: Annotated[float, Quantity("s", -1.0, 1.0)] = 0.0,
    warmest: Temperature | None = None,
    law: Annotated[GainLaw | None, PYTHON_ONLY] = None,
) -> Result:
    """Threshold of amplified spontaneous emission under pulses of light, with or without a current.

    max over energy and time of Gamma g - alpha = kappa/L,   dn/dt = G_opt + G_el - A n - R_sp - C n^3 - R_st

    Args:
        pixel: the device, with an `amplification`, and a `gain` on the card of its emitter.
        width: [s] full width at half maximum of the Gaussian pulse.
        wavelength: [m] of the pump in vacuum.
        temperature: [K] of the film before the pulse; that of the surroundings if not given.
        contacted: between the electrodes; otherwise in an area that has none.
        heating: whether the pulse heats the film, which keeps the heat meanwhile.
        shown: whether to scan the fluence for what is seen, the narrowing of the line and the kink.
        fluence: [J/m2] the highest of the scan, from a hundredth of which it runs; 0: 0.1 .. 4.4 times the threshold.
        absorptance: share of the pump in the emitter, by the "optics" of the stack, "stated" by the device, or [1].
        pump_side: "substrate" or "top", from which the pump comes.
        injection: [1/(m3 s)] pairs from a current, a number or a function of the time [s]; before the pulse they are in
            their steady state.
        lattice: [K] temperature without the heat of the light, a number or a function of the time [s].
        delay: [s] of the middle of the light pulse on the time of `injection` and `lattice`.
        warmest: [K] up to which gain is tabulated; 30 K or 0.3 times the temperature above it if not given.
        law: of the gain, in place of that on the emitter's card.

    Returns:
        `threshold_fluence` [J/m2], `threshold_density` [1/m3], temperatures there, the shares of carriers lost until
        then; over fluence and time `net_gain`, `density`, temperatures; and of the scan `signal`, `line_width`,
        `kink_fluence`, `hinge_fluence` with its range. The attribute `verdict` is "ASE" or "no ASE", `limited_by` what
        takes most carriers.

    Raises:
        InputError: a device without amplification or gain, or temperatures beyond the tables.
    """
    film = lasing_film(pixel, contacted=contacted, law=law, absorptance=absorptance, pump_side=pump_side)
    cold = pixel.ambient_temperature if temperature is None else temperature
    pumped = PumpedFilm(
        film=film,
        pulse=film.pump(width=width, wavelength=wavelength),
        temperature=cold,
        warmest=film.warmest(cold) if warmest is None else warmest,
        heated=heating,
        injection=_shifted(injection, delay, 0.0),
        lattice=None if lattice is None else _shifted(lattice, delay, cold),
    )
    found = pumped.threshold()
    at = pumped.marched(np.array([found if 0 < found < np.inf else HIGHEST / 100]))
    seen = scan(pumped, found, fluence) if shown else None
    inputs = {
        "pixel": pixel.model_dump(mode="json"),
        "width": width,
        "wavelength": wavelength,
        "temperature": cold,
        "contacted": contacted,
        "heating": heating,
        "absorptance": film.absorptance(wavelength),
        "pump_side": pump_side,
        "injection": "function of time" if callable(injection) else injection,
        "lattice": "function of time" if callable(lattice) else lattice,
        "delay": delay,
        "gain": film.law.model_dump(mode="json"),
    }
    return Result(
        experiment="optical_threshold",
        series=threshold_series(pumped, found, at, seen, wavelength),
        inputs=inputs,
        sources=film.sources,
        outcome=_outcome(found),
        warnings=_warnings(found, at, seen),
        provenance=optical_provenance(),
    )


def _shifted(given: Any, delay: float, absent: float) -> InTime:
    if callable(given):
        return lambda time: given(time + delay)
    return absent if given is None else float(given)


def _outcome(found: float) -> str:
    if np.isinf(found):
        return f"no threshold up to {HIGHEST * 100:g} uJ/cm2: carriers are lost faster than light can make them"
    return "lases by its current alone" if found == 0 else "completed"


def _warnings(found: float, at: CarrierHistory, seen: Scan | None) -> tuple[str, ...]:
    said = []
    if not 0 < found < np.inf:
        return (f"{_outcome(found)}; what is shown of a threshold is for {HIGHEST:g} uJ/cm2",)
    hot = float((at.carrier_temperature - at.lattice_temperature).max())
    if hot > OVERHEATED:
        said.append(
            f"carriers are up to {hot:.0f} K hotter than the lattice at the threshold: there the cooling time, which "
            "is assumed, decides, and above 1.5 to 2 ps the threshold runs away"
        )
    if at.beyond.any():
        said.append("at the threshold the film or its carriers are hotter than the table of gain: raise warmest")
    elif seen is not None and seen.run.beyond.any():
        said.append("at the highest fluences the film or its carriers are hotter than the table of gain")
    return tuple(said)
