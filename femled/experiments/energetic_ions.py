"""Energetic ions of a film under light: a slow equation that sees the mean of the fast one over a period of flashes."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from femled.errors import ConvergenceError
from femled.frozen import FrozenModel, Quantity
from femled.solve.deep_level import CHANNELS, DeepLevel
from femled.solve.pulsed_orbit import Orbit, pulsed_orbit

Array = NDArray[np.float64]

_NODES = 33
"""Densities of energetic ions at which carriers are computed; between them stands a polynomial."""


class Illumination(FrozenModel):
    """A stretch of light on a film.

    Args:
        name: for figures.
        duration: [s].
        background_generation: [1/(m3 s)] of constant light.
        pulsed: flashes come as well.
    """

    name: str
    duration: Annotated[float, Quantity("s", 1e-12, 1e9)]
    background_generation: Annotated[float, Quantity("1/m3/s", 0.0, 1e38)] = 0.0
    pulsed: bool = True


@dataclass(frozen=True)
class Film:
    """Carriers and energetic ions of a film, and the flashes on it.

    Args:
        law: one column, without detrapping and constant light.
        coupling: [m3/s] K sigma', detrapping per energetic ion.
        ion_yield: [1] energetic ions per release of energy to the lattice.
        ion_limit: [1/m3] most energetic ions.
        ion_lifetime: [s].
        flash: [1/m3].
        period: [s].
    """

    law: DeepLevel
    coupling: float
    ion_yield: float
    ion_limit: float
    ion_lifetime: float
    flash: float
    period: float

    def orbit(self, ions: Array, phase: Illumination) -> Orbit:
        """Carriers at densities of energetic ions (columns,) [1/m3] in a phase."""
        law = self.law.at(np.zeros(len(ions), dtype=np.intp))
        generation = np.full(len(ions), phase.background_generation)
        law = replace(law, detrapping=self.coupling * ions, generation=generation)
        return pulsed_orbit(law, flash=self.flash if phase.pulsed else 0.0, period=self.period)

    def made(self, phase: Illumination) -> float:
        """[1/(m3 s)] carriers, as a mean over a period."""
        return phase.background_generation + (self.flash / self.period if phase.pulsed else 0.0)


@dataclass(frozen=True)
class Soaking:
    """One phase: releases of energy over the density of energetic ions, as a polynomial, and the ions in time.

    dN/dt = y (1 - N/N_s) <G + A n + K_1 n_d> - N/tau_ion
    """

    film: Film
    phase: Illumination

    @cached_property
    def _series(self) -> tuple[Array, float]:
        """Coefficients of the releases [1/(m3 s)] over N/N_s, and what the last ones are worth."""
        film, x = self.film, chebyshev.chebpts2(_NODES)
        made = film.made(self.phase)
        if made == 0:
            return np.zeros(_NODES), 0.0
        orbit = film.orbit(film.ion_limit * (x + 1) / 2, self.phase)
        events = made + orbit.rates[CHANNELS.index("trapped")] + orbit.rates[CHANNELS.index("relaxed")]
        coefficients = chebyshev.chebfit(x, events, _NODES - 1)
        return coefficients, float(np.max(np.abs(coefficients[-3:])) / np.max(np.abs(events)))

    @property
    def interpolation_error(self) -> float:
        """[1] of the releases of energy between the nodes."""
        return self._series[1]

    def activation(self, ions: float) -> float:
        """[1/(m3 s)] at which energetic ions are made."""
        x = ions / self.film.ion_limit
        return float(self.film.ion_yield * (1 - x) * chebyshev.chebval(2 * x - 1, self._series[0]))

    def march(self, start: float, times: Array) -> Array:
        """(3, times), [1/m3] energetic ions, those made and those lost until then.

        Args:
            start: [1/m3].
            times: (times,), [s] from 0.
        """

        def change(_: float, y: Array) -> list[float]:
            made, lost = self.activation(float(y[0])), float(y[0]) / self.film.ion_lifetime
            return [made - lost, made, lost]

        size = 1e-12 * self.film.ion_limit
        found = solve_ivp(
            change, (0.0, float(times[-1])), [start, 0.0, 0.0], "LSODA", t_eval=times, rtol=1e-10, atol=size
        )
        if not found.success:
            raise ConvergenceError(
                time=float(found.t[-1]),
                step=None,
                block="ions",
                reason=found.message,
                advice="a longer lifetime of ions",
            )
        return np.asarray(found.y)
