"""Thresholds of amplified spontaneous emission: by net gain, and by what the emitted light shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from femled.errors import InputError
from femled.optics.gain_table import GainTable
from femled.optics.guided_light import Guide
from femled.solve.lattice_heat import LatticeHeat
from femled.solve.light_pulse import CarrierHistory, march
from femled.solve.light_rates import Array, LightRates
from femled.solve.light_step import InTime, value_at
from femled.solve.pump_pulse import PumpPulse
from femled.solve.steady_light import FEW, steady_density, threshold_density

Indices = NDArray[np.intp]

_STEPS, _SPAN = 34, (-1.8, 1.8)
"""Of a pulse, in widths from its middle: by then gain has been at its highest. The march is right to 1e-4."""
_NEAR = 5
"""Steps around the one with the highest gain, through which a polynomial is laid."""
_FLUENCES, _WINDOW = 26, (0.3, 4.0)
"""Fluences of one batch, in equal ratios, around what carriers at threshold need."""
_BATCHES = 24
"""Windows that are tried one beside the other; they hold more decades than anybody asks for."""


def largest_net_gain(run: CarrierHistory, guide: Guide) -> Array:
    """Net modal gain Gamma g - alpha at its maximum over photon energy and time, between the steps too.

    Args:
        run: of a batch.
        guide: the mode.

    Returns:
        (columns,), [1/m].
    """
    net = guide.net_gain(run.peak_gain)
    points = min(_NEAR, len(net))
    first = np.clip(net.argmax(axis=0) - points // 2, 0, len(net) - points)
    near = net[first + np.arange(points)[:, None], np.arange(net.shape[1])]
    fine = np.linspace(0.0, points - 1.0, 32 * (points - 1) + 1)
    powers = np.vander(np.arange(float(points)), increasing=True)
    between = np.vander(fine, points, increasing=True) @ np.linalg.solve(powers, near)
    return np.asarray(np.maximum(between[np.abs(fine - points // 2) <= 1].max(axis=0), net.max(axis=0)))


def search_times(pulse: PumpPulse, steps: int = _STEPS) -> Array:
    """(steps + 1,), [s] at which a search steps: around the middle of a Gaussian, or over a square."""
    if pulse.shape == "square":
        return pulse.times(steps)
    return pulse.width * np.linspace(*_SPAN, steps + 1)


def threshold_fluence(
    rates: LightRates,
    pulse: PumpPulse,
    guide: Guide,
    *,
    amplification: float = 1.0,
    injection: InTime = 0.0,
    start: ArrayLike | None = None,
    fluence: tuple[float, float] = (1e-4, 100.0),
    lattice: InTime | None = None,
    heat: LatticeHeat | None = None,
) -> Array:
    """Fluence at which the largest net gain over energy and time is kappa/L: light of one pass gains e^kappa.

    Every injection and lattice temperature is a column of its own; all of them and all trial fluences are marched as
    one batch, around the fluence that makes the carriers of the threshold and what they lose meanwhile.

    Args:
        rates: of the film.
        pulse: of light.
        guide: the mode.
        amplification: [1] kappa.
        injection: (columns,) or one, [1/(m3 s)] pairs from a current, constant or as a function of the time [s].
        start: (columns,) or one, [1/m3] before the pulse; what the injection keeps up then if not given.
        fluence: [J/m2] the range that is searched.
        lattice: (columns,) or one, [K], constant or as a function of the time [s]; that of the rates if not given.
        heat: what the film does with the heat of the light; None leaves it as warm as it is.

    Returns:
        (columns,), [J/m2]; inf above the range, 0 where even its lower end is above threshold.

    Raises:
        InputError: an empty range, or a kappa that is not positive.
    """
    if not 0 < fluence[0] < fluence[1] or amplification <= 0:
        raise InputError(
            f"fluence {fluence[0]:g} .. {fluence[1]:g} J/m2 must rise from above 0, and amplification "
            f"{amplification:g} be above 0"
        )
    batch = _Batch.of(rates, pulse, injection, start, lattice, heat)
    ends = np.log(fluence)
    low = np.clip(np.log(_WINDOW[0] * _expected(batch, guide, amplification)), ends[0], ends[1])
    high = np.clip(low + np.log(_WINDOW[1] / _WINDOW[0]), ends[0], ends[1])
    found = np.full(len(low), np.nan)
    for _ in range(_BATCHES):
        left = np.flatnonzero(np.isnan(found))
        if not left.size:
            break
        grid = low[left] + np.linspace(0, 1, _FLUENCES)[:, None] * (high[left] - low[left])
        net = largest_net_gain(batch.marched(left, np.exp(grid)), guide).reshape(grid.shape)
        for place, column in enumerate(left):
            over = np.flatnonzero(net[:, place] >= amplification / guide.length)
            if over.size and over[0] > 0:
                found[column] = _crossing(net[:, place], grid[:, place], int(over[0]), amplification / guide.length)
            elif over.size:  # already above at the lowest
                found[column] = -np.inf if low[column] <= ends[0] else np.nan
                low[column], high[column] = max(2 * low[column] - high[column], ends[0]), grid[1, place]
            else:
                found[column] = np.inf if high[column] >= ends[1] else np.nan
                low[column], high[column] = grid[-2, place], min(2 * high[column] - low[column], ends[1])
    return np.exp(found)


def _crossing(net: Array, log_fluence: Array, first: int, wanted: float) -> float:
    """Logarithm of the fluence at which rising gains pass what is wanted, just before the first that is above."""
    rising = slice(max(first - 4, 0), first + 2)
    gains = np.maximum.accumulate(net[rising])
    gains = gains + 1e-9 * wanted * np.arange(len(gains))
    return float(PchipInterpolator(gains, log_fluence[rising])(wanted))


@dataclass(frozen=True)
class _Batch:
    """Columns whose thresholds are sought.

    Args:
        rates: of the film.
        pulse: of light.
        injection: [1/(m3 s)], as given.
        start: (columns,), [1/m3].
        lattice: [K], as given.
        heat: what the film does with it.
    """

    rates: LightRates
    pulse: PumpPulse
    injection: InTime
    start: Array
    lattice: InTime | None
    heat: LatticeHeat | None

    @classmethod
    def of(
        cls,
        rates: LightRates,
        pulse: PumpPulse,
        injection: InTime,
        start: ArrayLike | None,
        lattice: InTime | None,
        heat: LatticeHeat | None,
    ) -> "_Batch":
        """The columns, with what the injection keeps up before the pulse if no start is given."""
        first = float(search_times(pulse)[0])
        cold = None if lattice is None else value_at(lattice, first)
        injected = value_at(injection, first)
        known = np.maximum(steady_density(rates, injection=injected, lattice=cold), FEW) if start is None else start
        parts = (injected, known, rates.temperature if cold is None else cold)
        return cls(rates, pulse, injection, np.array(np.broadcast_arrays(*map(np.atleast_1d, parts))[1]), lattice, heat)

    def _of(self, quantity: InTime, columns: Indices, count: int) -> InTime:
        """A quantity for some columns, repeated for every fluence."""

        def chosen(time: float) -> Array:
            whole = np.broadcast_to(value_at(quantity, time), self.start.shape)
            return np.tile(whole[columns], count)

        return chosen if callable(quantity) else chosen(0.0)

    def marched(self, columns: Indices, fluence: Array) -> CarrierHistory:
        """Columns under fluences (fluences, columns) [J/m2]."""
        count = len(fluence)
        return march(
            self.rates,
            self.pulse,
            fluence=fluence.ravel(),
            injection=self._of(self.injection, columns, count),
            start=np.tile(self.start[columns], count),
            times=search_times(self.pulse),
            lattice=None if self.lattice is None else self._of(self.lattice, columns, count),
            heat=self.heat,
        )


def _expected(batch: _Batch, guide: Guide, amplification: float) -> Array:
    """(columns,), [J/m2] that make the carriers of the threshold, and what they lose in the width of the pulse."""
    rates, pulse = batch.rates, batch.pulse
    middle = search_times(pulse)[_STEPS // 2]
    cold = np.broadcast_to(
        rates.temperature if batch.lattice is None else value_at(batch.lattice, float(middle)), batch.start.shape
    )
    if isinstance(rates.medium, GainTable):
        needed = threshold_density(rates.medium, guide, amplification=amplification, lattice=cold)
    else:
        gain = (guide.modal_loss + amplification / guide.length) / guide.gain_confinement
        needed = np.broadcast_to(rates.medium.density_of(gain), batch.start.shape)
    bare = LightRates(rates.law, rates.medium)
    top = rates.medium.axes.density[1] if isinstance(rates.medium, GainTable) else np.inf
    at = np.minimum(needed, top)
    more = bare.losses(at, cold, cold).total - value_at(batch.injection, float(middle))
    pairs = np.maximum(at - batch.start, 1e-3 * at) + np.maximum(more, 0.0) * pulse.width
    return pairs / pulse.pairs(1.0)
