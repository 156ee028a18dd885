"""One step in time of carriers under light and current, and of the heat that they leave in the lattice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import ConvergenceError, InputError
from femled.solve.lattice_heat import LatticeHeat
from femled.solve.light_rates import CHANNELS, LIGHT, Array, LightRates, Losses
from femled.solve.pump_pulse import PumpPulse
from femled.solve.tableau import PLACES, STAGES

InTime = ArrayLike | Callable[[float], ArrayLike]
"""(columns,) or one value, or a function of the time [s] that returns such."""

_TOLERANCE, _ITERATIONS, _LARGEST_CHANGE, _HALVINGS = 1e-10, 40, 0.7, 14
"""Of a stage, relative; balances do not depend on it, since densities are the sums of what was made and gone."""
_SAME_HEAT = 1e-4
"""Of the heat of a stage, relative to what a stage gives and 1 kJ/m3, which warms nothing: within 0.1 mK."""


def value_at(quantity: InTime, time: float) -> Array:
    """(columns,) or (1,), a quantity at a time [s]."""
    return np.atleast_1d(np.asarray(quantity(time) if callable(quantity) else quantity, dtype=np.float64))


@dataclass(frozen=True)
class Stage:
    """What a stage of a step was solved for.

    Args:
        density: (columns,), [1/m3].
        losses: there.
        heating: (columns,), [W/m3].
    """

    density: Array
    losses: Losses
    heating: Array


@dataclass(frozen=True)
class Instant:
    """A batch at one time.

    Args:
        density: (columns,), [1/m3].
        made: (2, columns), [1/m3] until now by light and by current.
        gone: (6, columns), [1/m3] until now by `CHANNELS` and `LIGHT`.
        heat: (columns,), [J/m3] in the lattice by now.
        last: stage of the step to here; the next one begins its iterations there.
    """

    density: Array
    made: Array
    gone: Array
    heat: Array
    last: Stage | None = None


@dataclass(frozen=True)
class PulsedFilm:
    """Films of one batch, and what acts on them.

    Args:
        rates: of the films.
        pulse: of light.
        pairs: (columns,), [1/m3] that the whole pulse makes.
        injection: [1/(m3 s)] pairs from a current.
        lattice: [K] temperature without the heat of the light; None: that of the rates.
        heat: what the films do with the heat of the light; None: they stay as warm as they are.
        rest: (columns,), [W/m3] that carriers of the current leave without the light, which `lattice` holds already.
    """

    rates: LightRates
    pulse: PumpPulse
    pairs: Array
    injection: InTime
    lattice: InTime | None
    heat: LatticeHeat | None
    rest: Array | float = 0.0

    def begin(self, density: Array) -> Instant:
        """The batch before anything has happened."""
        columns = len(density)
        return Instant(density, np.zeros((2, columns)), np.zeros((len(CHANNELS + LIGHT), columns)), np.zeros(columns))

    def injected(self, time: float) -> Array:
        """(columns,), [1/(m3 s)] at a time [s].

        Raises:
            InputError: a negative injection.
        """
        found = value_at(self.injection, time)
        if found.min() < 0:
            raise InputError(f"injection {found.min():g} 1/(m3 s) at {time:g} s must not be negative")
        return np.broadcast_to(found, self.pairs.shape)

    def lattice_at(self, time: float, heat: Array) -> Array:
        """(columns,), [K] at a time [s], with heat [J/m3]."""
        base = self.rates.temperature if self.lattice is None else value_at(self.lattice, time)
        cold = np.broadcast_to(np.asarray(base, dtype=np.float64), heat.shape)
        return cold if self.heat is None else np.minimum(self.heat.heated(cold, heat), self.rates.warmest)

    def heating(self, time: float, density: Array) -> Array:
        """(columns,), [W/m3] that carriers leave in the lattice without light."""
        cold, dark = self.lattice_at(time, np.zeros_like(density)), np.zeros_like(density)
        hot, _ = self.rates.carrier_temperature(density, dark, self.pulse.photon_ev, cold)
        losses = self.rates.losses(density, hot, cold)
        return self.rates.heating(density, hot, dark, self.pulse.photon_ev, cold, losses)


def step(film: PulsedFilm, time: float, length: float, before: Instant, halvings: int = _HALVINGS) -> Instant:
    """The batch after a step, halved where a stage fails.

    Args:
        film: the batch.
        time: [s] at the start.
        length: [s].
        before: the batch then.
        halvings: how often the step may be halved.

    Raises:
        ConvergenceError: a step that fails however short.
    """
    tried = _tried(film, time, length, before)
    if tried is not None:
        return tried
    if halvings == 0:
        raise ConvergenceError(
            time=time,
            step=length,
            block="carriers",
            reason="Newton's method failed in a stage",
            advice="give shorter steps in times, or a smaller fluence",
        )
    middle = step(film, time, length / 2, before, halvings - 1)
    return step(film, time + length / 2, length / 2, middle, halvings - 1)


def _tried(film: PulsedFilm, time: float, length: float, before: Instant) -> Instant | None:
    n = before.density
    changes, warmings = np.zeros((len(PLACES), len(n))), np.zeros((len(PLACES), len(n)))
    made, gone = np.zeros_like(before.made), np.zeros_like(before.gone)
    stage = before.last or Stage(n, Losses(gone, n, n), np.zeros_like(n))
    for place, (row, part, share) in enumerate(zip(STAGES, PLACES, STAGES[-1], strict=True)):
        sources = np.stack([film.pairs * film.pulse.rate(time + part * length), film.injected(time + part * length)])
        earlier = length * row[:place]
        solved = _stage(
            film,
            time + part * length,
            length * row[place],
            n + earlier @ changes[:place],
            before.heat + earlier @ warmings[:place],
            sources,
            stage,
        )
        if solved is None:
            return None
        stage = solved
        changes[place] = sources.sum(axis=0) - stage.losses.total
        warmings[place] = stage.heating
        made += length * share * sources
        gone += length * share * stage.losses.rates
    # what the last stage was solved for, but as a sum, so that it balances to round-off
    density = n + made.sum(axis=0) - gone[: len(CHANNELS)].sum(axis=0)
    heat = before.heat + length * STAGES[-1] @ warmings
    return Instant(density, before.made + made, before.gone + gone, heat, stage)


def _stage(
    film: PulsedFilm, time: float, weight: float, known: Array, known_heat: Array, sources: Array, guess: Stage
) -> Stage | None:
    """Solve n = known + weight (sources - loss(n)) by Newton's method in ln n; None if there is no solution.

    Heat moves the rates so little that it follows by repetition: it is computed anew with each step of Newton's method
    until it stays.
    """
    rates, photon_ev, light = film.rates, film.pulse.photon_ev, sources[0]
    source = known + weight * sources.sum(axis=0)
    if np.any(source <= 0):
        return None
    still = film.lattice is None and film.heat is None
    n, heating = source / (1 + weight * np.maximum(guess.losses.total / guess.density, 0.0)), guess.heating
    cold = None if still else film.lattice_at(time, known_heat + weight * heating)
    settled = film.heat is None
    for _ in range(_ITERATIONS):
        hot, hotter, _ = rates.carriers(n, light, photon_ev, cold)
        now = rates.losses(n, hot, cold)
        wrong = n + weight * now.total - source
        solved = bool((np.abs(wrong) <= _TOLERANCE * (n + source)).all())
        if cold is not None and not settled:
            new = rates.heating(n, hot, light, photon_ev, cold, now) - film.rest
            settled = bool((weight * np.abs(new - heating) <= _SAME_HEAT * (weight * np.abs(new) + 1e3)).all())
            heating = new
            if not settled:
                cold = film.lattice_at(time, known_heat + weight * heating)
        if solved and settled:
            if film.heat is not None and cold is not None:
                heating = rates.heating(n, hot, light, photon_ev, cold, now) - film.rest
            return Stage(n, now, heating)
        steepness = np.maximum(1 + weight * (now.slope + now.warming * hotter / hot), 1e-3)
        change = -wrong / (n * steepness)
        n = n * np.exp(np.minimum(np.maximum(change, -_LARGEST_CHANGE), _LARGEST_CHANGE))
    return None
