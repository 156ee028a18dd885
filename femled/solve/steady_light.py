"""Carriers of a film that nothing changes any more: those of a current, and those that a threshold needs."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.optics.gain_table import GainTable
from femled.optics.guided_light import Guide
from femled.solve.light_rates import Array, LightRates

FEW = 1e21
"""[1/m3] carriers that are none: they neither amplify nor recombine to speak of."""
_BISECTIONS = 52
_LOWEST = 1e10
"""[1/m3] below any density that is asked for."""


def steady_density(
    rates: LightRates, *, injection: ArrayLike, lattice: ArrayLike | None = None, photon_ev: float | None = None
) -> Array:
    """Density at which A n + R_sp + C n^3 + R_st is what comes in.

    Args:
        rates: of the film.
        injection: (columns,) or one, [1/(m3 s)] pairs, >= 0.
        lattice: (columns,) or one, [K] temperature; that of the rates if not given.
        photon_ev: [eV] of the light that makes the pairs; None: a current makes them, at the bottom of their bands.

    Returns:
        (columns,), [1/m3]; 0 where nothing comes in.

    Raises:
        InputError: a negative injection, or one that needs more carriers than the table of gain has.
    """
    given = np.atleast_1d(np.asarray(injection, float)), rates.temperature if lattice is None else lattice
    wanted, cold = (np.array(one, dtype=np.float64) for one in np.broadcast_arrays(*given))
    if wanted.min() < 0:
        raise InputError(f"injection {wanted.min():g} 1/(m3 s) must not be negative")
    light = np.zeros_like(wanted) if photon_ev is None else wanted

    def missing(n: Array) -> Array:
        hot, _ = rates.carrier_temperature(n, light, photon_ev or 0.0, cold)
        return rates.losses(n, hot, cold).total - wanted

    top = rates.medium.axes.density[1] if isinstance(rates.medium, GainTable) else 1e28
    if np.any(missing(np.full_like(wanted, top)) < 0):
        raise InputError(
            f"injection {wanted.max():.3g} 1/(m3 s) needs more than {top:.3g} 1/m3, where the table of gain ends"
        )
    return np.where(wanted > 0, _root(missing, np.full_like(wanted, _LOWEST), np.full_like(wanted, top)), 0.0)


def threshold_density(
    medium: GainTable,
    guide: Guide,
    *,
    amplification: float,
    carrier_temperature: ArrayLike | None = None,
    lattice: ArrayLike | None = None,
) -> Array:
    """Density at which the largest net gain Gamma g - alpha over energy is kappa/L.

    Args:
        medium: gain of the material.
        guide: the mode.
        amplification: [1] kappa.
        carrier_temperature: (columns,) or one, [K]; that of the lattice if not given.
        lattice: (columns,) or one, [K]; the lowest of the table if not given.

    Returns:
        (columns,), [1/m3]; inf where the table ends before.
    """
    lattice = medium.temperature if lattice is None else lattice
    hot = lattice if carrier_temperature is None else carrier_temperature
    cold, hot = (np.array(one, float) for one in np.broadcast_arrays(np.atleast_1d(np.asarray(lattice, float)), hot))
    wanted = amplification / guide.length

    def excess(n: Array) -> Array:
        return guide.net_gain(medium.peak_gain(n, hot, cold)) - wanted

    low, high = (np.full_like(cold, end) for end in medium.axes.density)
    return np.where(excess(high) < 0, np.inf, _root(excess, low, high))


def _root(rising: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where a rising function of a density passes zero, by bisection in its logarithm, column by column."""
    below, above = np.log(low), np.log(high)
    for _ in range(_BISECTIONS):
        middle = (below + above) / 2
        under = rising(np.exp(middle)) < 0
        below, above = np.where(under, middle, below), np.where(under, above, middle)
    return np.asarray(np.exp((below + above) / 2))
