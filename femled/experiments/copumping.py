"""A pulse of light that meets a film with a current through it: the fluence it takes, against when it comes."""

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError
from femled.experiments.lasing_film import LasingFilm
from femled.experiments.net_gain import DrivenFilm, along_diameter
from femled.frozen import Fluence, FrozenModel, Quantity, Wavelength, edge
from femled.solve.ase_threshold import threshold_fluence

Array = NDArray[np.float64]

FEWEST = 1e20
"""[1/m3] carriers of a film that nothing has pumped, where tables of gain begin."""

PulseWidth = Annotated[float, Quantity("s", 1e-14, 1e-7)]


class LightPulse(FrozenModel):
    """A Gaussian pulse of light on a pixel.

    Args:
        width: [s] full width at half maximum.
        wavelength: [m].
        fluence: [J/m2] that falls on the pixel; None asks for the threshold alone.
    """

    width: PulseWidth
    wavelength: Wavelength
    fluence: Fluence | None = None

    @classmethod
    def of_text(cls, text: str) -> Self:
        """From a text such as "2.3 ns, 532 nm, 9 uJ/cm2"; the fluence may be missing.

        Raises:
            InputError: not two or three quantities in this order, or one of them out of range.
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) not in (2, 3):
            raise InputError(f'optical {text!r}: write width, wavelength and fluence, "2.3 ns, 532 nm, 9 uJ/cm2"')
        try:
            with edge():
                return cls(**dict(zip(("width", "wavelength", "fluence"), parts, strict=False)))
        except InputError as error:
            raise InputError(f"optical {text!r}: {error}") from None


@dataclass(frozen=True)
class Copumping:
    """Thresholds of a light pulse against its delay.

    Args:
        delay: (delays,), [s] of its middle after the start of the electrical pulse.
        alone: [J/m2] threshold without a current, at the ambient temperature.
        fluence: (delays,), [J/m2] threshold with the current; 0 where it lases without light, infinite beyond reach.
        heated: (delays,), [J/m2] with the heat of the current but none of its carriers.
        filled: (delays,), [J/m2] with the carriers of the current but none of its heat.
        temperature: (delays,), [K] along a diameter.
        filling: (delays,), [1] what the current injects over what would hold the threshold in the cold film.
    """

    delay: Array
    alone: float
    fluence: Array
    heated: Array
    filled: Array
    temperature: Array
    filling: Array


def light_alone(film: LasingFilm, light: LightPulse, temperature: float) -> float:
    """[J/m2] threshold fluence without a current at a temperature [K] of the film."""
    warmest = film.warmest(temperature)
    found = threshold_fluence(
        film.rates(temperature, warmest=warmest),
        film.pump(width=light.width, wavelength=light.wavelength),
        film.guide,
        amplification=film.kappa,
        heat=film.heat(temperature, warmest),
    )
    return float(found[0])


def copumping(driven: DrivenFilm, light: LightPulse, delays: Array) -> Copumping:
    """Threshold fluence of a light pulse against its delay in an electrical pulse.

    Temperature, injection and carriers are means along a diameter, held as they are when the middle of the light pulse
    comes: it is shorter than they take to change.

    Args:
        driven: the film with the current.
        light: the pulse.
        delays: (delays,), [s] after the start of the electrical pulse.

    Raises:
        InputError: a delay after the end of the run.
    """
    film, time = driven.film, driven.time
    if delays.max() > time[-1] * (1 + 1e-9):
        raise InputError(
            f"delay {delays.max():.4g} s is after the end of the run at {time[-1]:.4g} s: give a longer until"
        )

    def at_delay(values: Array) -> Array:
        return np.interp(delays, time, along_diameter(driven.radius, values))  # before the pulse as at its start

    warm = np.maximum(at_delay(driven.temperature), driven.ambient)
    injected = np.where(delays < 0, 0.0, at_delay(driven.injection))
    carriers = np.maximum(at_delay(driven.density), FEWEST)
    cold, none, few = np.full(warm.shape, driven.ambient), np.zeros(warm.shape), np.full(warm.shape, FEWEST)
    held = driven.carriers.steady(injected, cold)
    warmest = film.warmest(float(warm.max()))
    found = threshold_fluence(
        film.rates(driven.ambient, warmest=warmest),
        film.pump(width=light.width, wavelength=light.wavelength),
        film.guide,
        amplification=film.kappa,
        injection=np.concatenate([injected, none, injected, [0.0]]),
        start=np.concatenate([carriers, few, np.maximum(held, FEWEST), [FEWEST]]),
        lattice=np.concatenate([warm, warm, cold, [driven.ambient]]),
        heat=film.heat(driven.ambient, warmest),
    )
    whole, heated, filled = found[:-1].reshape(3, -1)
    threshold = float(driven.threshold_density_at(driven.ambient))
    held_injection = float(driven.carriers.losses(np.array(threshold), np.array(driven.ambient))[1])
    return Copumping(
        delay=delays,
        alone=float(found[-1]),
        fluence=whole,
        heated=heated,
        filled=filled,
        temperature=warm,
        filling=injected / held_injection,
    )
