"""Carriers of a film under pulses of light and current, many columns at once, with their balance carried along."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.solve.lattice_heat import LatticeHeat
from femled.solve.light_rates import CHANNELS, Array, LightRates
from femled.solve.light_step import InTime, PulsedFilm, step, value_at
from femled.solve.pump_pulse import PumpPulse


@dataclass(frozen=True)
class CarrierHistory:
    """Densities in time, and where the carriers came from and went, integrated with the same steps.

    Args:
        rates: of the film.
        pulse: of light.
        time: (times,), [s].
        density: (times, columns), [1/m3].
        pump: (times, columns), [1/(m3 s)] pairs made by light.
        carrier_temperature: (times, columns), [K].
        beyond: (columns,), true where carriers became hotter than the table of gain at some time.
        made: (times, 2, columns), [1/m3] until then by light and by current.
        gone: (times, 6, columns), [1/m3] until then by `CHANNELS`; then what became of guided light, `LIGHT`.
        lattice_temperature: (times, columns), [K].
        heat: (times, columns), [J/m3] that the light has given to the lattice until then; 0 if it is not heated.
    """

    rates: LightRates
    pulse: PumpPulse
    time: Array
    density: Array
    pump: Array
    carrier_temperature: Array
    beyond: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    made: Array
    gone: Array
    lattice_temperature: Array
    heat: Array

    @property
    def imbalance(self) -> float:
        """[1] largest of |start + made - gone - left| over what there was, at any time."""
        there = self.density[0] + self.made.sum(axis=1)
        gone = self.gone[:, : len(CHANNELS)].sum(axis=1)
        return float(np.max(np.abs(there - gone - self.density) / there))

    @property
    def peak_gain(self) -> Array:
        """(times, columns), [1/m] of the material."""
        return self.rates.peak_gain(self.density, self.carrier_temperature, self.lattice_temperature)


def march(
    rates: LightRates,
    pulse: PumpPulse,
    *,
    fluence: ArrayLike,
    injection: InTime = 0.0,
    start: ArrayLike = 1e21,
    times: Array | None = None,
    lattice: InTime | None = None,
    heat: LatticeHeat | None = None,
) -> CarrierHistory:
    """Solve dn/dt = G_opt + G_el - A n - R_sp - C n^3 - R_st for a batch of columns, and the heat of it in the lattice.

    Args:
        rates: of the film.
        pulse: of light.
        fluence: (columns,) or one, [J/m2].
        injection: (columns,) or one, [1/(m3 s)] pairs from a current, constant or as a function of the time [s].
        start: (columns,) or one, [1/m3] at the first time.
        times: (times,), [s] at which to step; 160 even steps over the pulse if not given.
        lattice: (columns,) or one, [K] temperature, constant or as a function of the time [s]; that of the rates if not
            given. The heat of a current belongs in it.
        heat: what the film does with heat of the light; None leaves it as warm as it is.

    Raises:
        ConvergenceError: a step that fails however short.
        InputError: a negative fluence or injection, or a density or temperature beyond the table of gain.
    """
    grid = pulse.times(160) if times is None else np.asarray(times, dtype=np.float64)
    first = float(grid[0])
    columns = [np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (fluence, value_at(injection, first), start)]
    F, injected, n = (np.array(one) for one in np.broadcast_arrays(*columns))
    if F.min() < 0 or injected.min() < 0 or n.min() <= 0:
        raise InputError("fluence and injection must not be negative, and start must be above 0 1/m3")
    film = PulsedFilm(rates, pulse, pulse.pairs(F), injection, lattice, heat)
    film = replace(film, rest=np.where(injected > 0, film.heating(first, n), 0.0))
    now = film.begin(n)
    history = [now]
    for before, after in pairwise(grid):
        now = step(film, float(before), float(after - before), now)
        history.append(now)
    density, warmed = np.array([one.density for one in history]), np.array([one.heat for one in history])
    pump = np.array([pulse.rate(float(t)) for t in grid])[:, None] * film.pairs
    warm = np.array([film.lattice_at(float(t), one.heat) for t, one in zip(grid, history, strict=True)])
    found = [
        rates.carrier_temperature(one, light, pulse.photon_ev, cold)
        for one, light, cold in zip(density, pump, warm, strict=True)
    ]
    hot, beyond = (np.array(part) for part in zip(*found, strict=True))
    return CarrierHistory(
        rates=rates,
        pulse=pulse,
        time=grid,
        density=density,
        pump=pump,
        carrier_temperature=hot,
        beyond=beyond.any(axis=0) | (heat is not None and (warm >= rates.warmest).any(axis=0)),
        made=np.array([one.made for one in history]),
        gone=np.array([one.gone for one in history]),
        lattice_temperature=warm,
        heat=warmed,
    )
