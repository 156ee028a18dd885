"""The emitter of a pixel under a pulse of light, with a current and a temperature that may change meanwhile."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.experiments.lasing_film import LasingFilm
from femled.solve.ase_threshold import threshold_fluence
from femled.solve.lattice_heat import LatticeHeat
from femled.solve.light_pulse import CarrierHistory, march
from femled.solve.light_rates import LightRates
from femled.solve.light_step import InTime, value_at
from femled.solve.pump_pulse import PumpPulse
from femled.solve.steady_light import FEW, steady_density

Array = NDArray[np.float64]

HIGHEST = 100.0
"""[J/m2] up to which a threshold is sought."""
_STEPS = 100
"""Of a pulse whose history is shown."""


@dataclass(frozen=True)
class PumpedFilm:
    """A film, the light and the current that come to it, and how warm it is.

    Args:
        film: the emitter of a pixel.
        pulse: of light, centred on time 0.
        temperature: [K] of the lattice before, the lowest that it has.
        warmest: [K] up to which rates are known.
        heated: whether the pulse heats the film.
        injection: [1/(m3 s)], a number or a function of the time from the middle of the light pulse.
        lattice: [K] a number or a function of the same time; None: `temperature`.
    """

    film: LasingFilm
    pulse: PumpPulse
    temperature: float
    warmest: float
    heated: bool
    injection: InTime
    lattice: InTime | None

    def rates(self, guided: bool = False) -> LightRates:
        """Of the film, as warm as it may become."""
        warmest = self.warmest if self.heated or self.lattice is not None else None
        return self.film.rates(self.temperature, warmest=warmest, guided=guided)

    @property
    def _heat(self) -> LatticeHeat | None:
        return self.film.heat(self.temperature, self.warmest) if self.heated else None

    def threshold(self) -> float:
        """[J/m2] by net gain; inf above 100 J/m2, 0 where the current alone is above threshold."""
        found = threshold_fluence(
            self.rates(),
            self.pulse,
            self.film.guide,
            amplification=self.film.kappa,
            injection=self.injection,
            fluence=(1e-6, HIGHEST),
            lattice=self.lattice,
            heat=self._heat,
        )
        return float(found[0])

    def marched(self, fluence: Array, *, guided: bool = False) -> CarrierHistory:
        """The film under fluences (columns,) [J/m2], with or without what guided light takes and gives back."""
        rates, times = self.rates(guided), self.pulse.times(_STEPS)
        cold = None if self.lattice is None else value_at(self.lattice, float(times[0]))
        kept = steady_density(rates, injection=value_at(self.injection, float(times[0])), lattice=cold)
        return march(
            rates,
            self.pulse,
            fluence=fluence,
            injection=self.injection,
            start=np.maximum(kept, FEW),
            times=times,
            lattice=self.lattice,
            heat=self._heat,
        )
