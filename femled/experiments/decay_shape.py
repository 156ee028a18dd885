"""Numbers that are read off a decay: its time to 1/e, and the mean time of two exponentials fitted to it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from femled.experiments.fitting import Unknown, least_squares

Array = NDArray[np.float64]

_TOLERANCE = 1e-11
_SEEN, _SINGLE = 1e-2, 1e-7
"""Share of the light up to which one exponential is drawn through it, and how well it then fits to be the answer."""
_TIMES = 40
"""Time constants, in equal ratios, of which pairs are tried before the fit."""


@dataclass(frozen=True)
class TwoExponentials:
    """A_1 exp(-t/tau_1) + A_2 exp(-t/tau_2), fitted to a decay over its whole window.

    Args:
        fast_amplitude: [1] A_1, of a decay that begins at 1.
        fast_time: [s] tau_1.
        slow_amplitude: [1] A_2.
        slow_time: [s] tau_2 >= tau_1.
        residual: [1] root mean square of fit less decay.
    """

    fast_amplitude: float
    fast_time: float
    slow_amplitude: float
    slow_time: float
    residual: float

    @property
    def mean(self) -> float:
        """[s] (A_1 tau_1^2 + A_2 tau_2^2)/(A_1 tau_1 + A_2 tau_2), the mean time of a photon (wen_jia)."""
        weight = self.fast_amplitude * self.fast_time, self.slow_amplitude * self.slow_time
        return (weight[0] * self.fast_time + weight[1] * self.slow_time) / sum(weight)

    def at(self, time: Array) -> Array:
        """The fitted light at times [s]."""
        return np.asarray(
            self.fast_amplitude * np.exp(-time / self.fast_time) + self.slow_amplitude * np.exp(-time / self.slow_time)
        )


def two_exponentials(time: Array, light: Array) -> TwoExponentials:
    """Fit to all points alike, as to counts on a linear scale; the best of all pairs of times is where it starts.

    Args:
        time: (n,), [s] rising from 0.
        light: (n,), of any unit.

    Raises:
        SetupError: lmfit is not installed.
    """
    window, share = float(time[-1]), light / light[0]
    seen = int(np.flatnonzero(share > _SEEN)[-1])
    alone = float(time[seen] / -np.log(share[seen])) if 0 < share[seen] < 1 else window
    off = float(np.sqrt(np.mean((np.exp(-time / alone) - share) ** 2)))
    if off < _SINGLE:  # two times of one exponential are no unknowns
        return TwoExponentials(0.0, alone, 1.0, alone, off)
    fast, slow = _best_pair(time, share)
    unknowns = (
        Unknown("fast_time", fast / window, "1", "over the window", low=1e-6),
        Unknown("ratio", slow / fast, "1", "of both times", low=1.0, high=1e6),
    )

    def model(values: dict[str, float]) -> TwoExponentials:
        tau = values["fast_time"] * window
        times = tau, tau * values["ratio"]
        curves = np.exp(-time[:, None] / np.array(times))
        amplitudes = np.linalg.lstsq(curves, share, rcond=1e-12)[0]  # linear: they follow from the times
        return TwoExponentials(float(amplitudes[0]), times[0], float(amplitudes[1]), times[1], 0.0)

    def misfit(values: dict[str, float]) -> Array:
        return np.asarray(model(values).at(time) - share)

    found = least_squares(misfit, unknowns, intervals=False, tolerance=_TOLERANCE)
    size = float(np.sqrt(np.mean(found.residual**2)))
    return replace(model(found.values), residual=size)


def _best_pair(time: Array, share: Array) -> tuple[float, float]:
    """Times of the pair of a grid that fits best, with positive amplitudes."""
    window = float(time[-1])
    tau = np.geomspace(window / 300, 10 * window, _TIMES)
    curves = np.exp(-time / tau[:, None])
    gram, to_data = curves @ curves.T, curves @ share
    i, j = np.triu_indices(_TIMES, 1)
    determinant = gram[i, i] * gram[j, j] - gram[i, j] ** 2
    a = (to_data[i] * gram[j, j] - to_data[j] * gram[i, j]) / determinant
    b = (to_data[j] * gram[i, i] - to_data[i] * gram[i, j]) / determinant
    won = np.where((a > 0) & (b > 0), a * to_data[i] + b * to_data[j], -np.inf)
    k = int(won.argmax())
    if np.isfinite(won[k]):
        return float(tau[i[k]]), float(tau[j[k]])
    single = float(tau[(to_data**2 / np.diag(gram)).argmax()])
    return single / 1.5, single * 1.5


def decay_time(time: Array, light: Array, share: float) -> float | None:
    """[s] at which the light has fallen to a share of its first value, between steps in the logarithm; None if not.

    Args:
        time: (n,), [s] rising from 0.
        light: (n,).
        share: of the first value.
    """
    below = np.flatnonzero(light <= share * light[0])
    if len(below) == 0:
        return None
    j = int(below[0])
    if light[j] <= 0:
        return float(time[j])
    ends = np.log(light[[j, j - 1]] / light[0])
    return float(np.interp(np.log(share), ends, time[[j, j - 1]]))
