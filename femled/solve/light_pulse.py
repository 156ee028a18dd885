"""Carriers of a film under pulses of light and current, many columns at once, with their balance carried along."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from femled.constants import ELEMENTARY_CHARGE
from femled.errors import ConvergenceError, InputError
from femled.frozen import Fraction, FrozenModel, Length, Quantity
from femled.solve.light_rates import CHANNELS, LIGHT, Array, LightRates
from femled.solve.tableau import PLACES, STAGES

_TOLERANCE, _ITERATIONS, _LARGEST_CHANGE, _HALVINGS = 1e-10, 40, 0.7, 14
"""Of a stage, relative; balances do not depend on it, since densities are the sums of what was made and gone."""


class PumpPulse(FrozenModel):
    """Light that makes pairs in a film.

    Args:
        width: [s] full width at half maximum of a Gaussian, or length of a square, which begins at time 0.
        photon_ev: [eV] h nu.
        absorptance: [1] share of the light that is absorbed in the film.
        thickness: [m] of the film, through which carriers have spread.
        shape: "gaussian", centred on time 0, or "square".
    """

    width: Annotated[float, Quantity("s", 1e-15, 1.0)]
    photon_ev: Annotated[float, Quantity("eV", 0.2, 20.0)]
    absorptance: Fraction
    thickness: Length
    shape: Literal["gaussian", "square"] = "gaussian"

    def pairs(self, fluence: ArrayLike) -> Array:
        """[1/m3] made by a whole pulse of fluences [J/m2] of any shape: absorptance F/(h nu d)."""
        photons = np.asarray(fluence, dtype=np.float64) / (self.photon_ev * ELEMENTARY_CHARGE)
        return np.asarray(self.absorptance * photons / self.thickness)

    def passed(self, time: ArrayLike) -> Array:
        """[1] share of the pulse that has come at times [s] of any shape."""
        t = np.asarray(time, dtype=np.float64)
        if self.shape == "square":
            return np.clip(t / self.width, 0.0, 1.0)
        return np.asarray((1 + erf(2 * np.sqrt(np.log(2)) * t / self.width)) / 2)

    def rate(self, time: float) -> float:
        """[1/s] at a time [s]; of a square, what comes until then."""
        if self.shape == "square":
            return 1 / self.width if 0 < time <= self.width * (1 + 1e-12) else 0.0
        scale = 2 * np.sqrt(np.log(2)) / self.width
        return float(scale / np.sqrt(np.pi) * np.exp(-((scale * time) ** 2)))

    def times(self, steps: int) -> Array:
        """(steps + 1,), [s] from 2 widths before to 3 after the middle of a Gaussian, or over a square."""
        ends = (0.0, 1.0) if self.shape == "square" else (-2.0, 3.0)
        return self.width * np.linspace(*ends, steps + 1)


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

    @property
    def imbalance(self) -> float:
        """[1] largest of |start + made - gone - left| over what there was, at any time."""
        there = self.density[0] + self.made.sum(axis=1)
        gone = self.gone[:, : len(CHANNELS)].sum(axis=1)
        return float(np.max(np.abs(there - gone - self.density) / there))

    @property
    def peak_gain(self) -> Array:
        """(times, columns), [1/m] of the material."""
        return self.rates.peak_gain(self.density, self.carrier_temperature)


def march(
    rates: LightRates,
    pulse: PumpPulse,
    *,
    fluence: ArrayLike,
    injection: ArrayLike = 0.0,
    start: ArrayLike = 1e21,
    times: Array | None = None,
) -> CarrierHistory:
    """Solve dn/dt = G_opt + G_el - A n - R_sp - C n^3 - R_st for a batch of columns.

    Args:
        rates: of the film.
        pulse: of light.
        fluence: (columns,) or one, [J/m2].
        injection: (columns,) or one, [1/(m3 s)] pairs from a current, constant in time.
        start: (columns,) or one, [1/m3] at the first time.
        times: (times,), [s] at which to step; 160 even steps over the pulse if not given.

    Raises:
        ConvergenceError: a step that fails however short.
        InputError: a negative fluence, or a density beyond the table of gain.
    """
    columns = [np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (fluence, injection, start)]
    F, injected, n = (np.array(one) for one in np.broadcast_arrays(*columns))
    if F.min() < 0 or injected.min() < 0 or n.min() <= 0:
        raise InputError("fluence and injection must not be negative, and start must be above 0 1/m3")
    grid = pulse.times(160) if times is None else np.asarray(times, dtype=np.float64)
    stepper = _Stepper(rates, pulse, pulse.pairs(F), injected)
    made, gone = np.zeros((2, len(n))), np.zeros((len(CHANNELS + LIGHT), len(n)))
    densities, sources, sinks = [n], [made], [gone]
    for before, after in pairwise(grid):
        n, new_made, new_gone = stepper.step(float(before), float(after - before), n, _HALVINGS)
        made, gone = made + new_made, gone + new_gone
        densities.append(n)
        sources.append(made)
        sinks.append(gone)
    density = np.array(densities)
    pump = np.array([pulse.rate(float(t)) for t in grid])[:, None] * stepper.pairs
    found = [rates.carrier_temperature(one, light, pulse.photon_ev) for one, light in zip(density, pump, strict=True)]
    hot, beyond = (np.array(part) for part in zip(*found, strict=True))
    return CarrierHistory(
        rates, pulse, grid, density, pump, hot, beyond.any(axis=0), np.array(sources), np.array(sinks)
    )


@dataclass(frozen=True)
class _Stepper:
    """Steps of one batch; each stage is solved for ln n by Newton's method, column by column."""

    rates: LightRates
    pulse: PumpPulse
    pairs: Array
    injected: Array

    def step(self, time: float, length: float, n: Array, halvings: int) -> tuple[Array, Array, Array]:
        """Density after a step, and what was made and gone in it; halved where a stage fails."""
        tried = self._tried(time, length, n)
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
        middle, made, gone = self.step(time, length / 2, n, halvings - 1)
        last, more_made, more_gone = self.step(time + length / 2, length / 2, middle, halvings - 1)
        return last, made + more_made, gone + more_gone

    def _tried(self, time: float, length: float, n: Array) -> tuple[Array, Array, Array] | None:
        changes: list[Array] = []
        made, gone = np.zeros((2, len(n))), np.zeros((len(CHANNELS + LIGHT), len(n)))
        value = n
        for row, place, share in zip(STAGES, PLACES, STAGES[-1], strict=True):
            known = n + length * sum((a * k for a, k in zip(row, changes, strict=False)), np.zeros_like(n))
            light = self.pairs * self.pulse.rate(time + place * length)
            solved = self._stage(known, length * row[len(changes)], light, value)
            if solved is None:
                return None
            value, rates = solved
            changes.append(light + self.injected - rates[: len(CHANNELS)].sum(axis=0))
            made += length * share * np.array([light, self.injected])
            gone += length * share * rates
        # what the last stage was solved for, but as a sum, so that it balances to round-off
        return n + made.sum(axis=0) - gone[: len(CHANNELS)].sum(axis=0), made, gone

    def _stage(self, known: Array, weight: float, light: Array, guess: Array) -> tuple[Array, Array] | None:
        """Solve n = known + weight (light + injected - loss(n)); None if there is no solution to be found."""
        source = known + weight * (light + self.injected)
        if np.any(source <= 0):
            return None
        n = guess
        for _ in range(_ITERATIONS):
            hot, _ = self.rates.carrier_temperature(n, light, self.pulse.photon_ev)
            now = self.rates.losses(n, hot)
            wrong = n + weight * now.total - source
            if np.all(np.abs(wrong) <= _TOLERANCE * (n + source)):
                return n, now.rates
            steepness = np.maximum(1 + weight * now.slope, 1e-3)
            change = np.clip(-wrong / (n * steepness), -_LARGEST_CHANGE, _LARGEST_CHANGE)
            n = n * np.exp(change)
        return None
