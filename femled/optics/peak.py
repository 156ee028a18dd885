"""The largest gain of a material over photon energy, from its quasi-Fermi levels."""

import numpy as np
from scipy.special import log_expit

from femled.materials.gain_law import GainLaw
from femled.optics.edge_function import log_smoothed_root
from femled.optics.occupation import Occupation
from femled.optics.waves import Real

_DEEPEST, _NEAREST, _PEAK_STEP = 12.0, 5e-3, 0.35
"""The peak of gain is sought this many widths below the edge or the transparency, to this many below transparency, in
steps of its logarithm."""


def log_peak(law: GainLaw, levels: tuple[Real, Real], thermal_energy: Real, width: Real) -> tuple[Real, Real]:
    """Where S(x; sigma) (f_e + f_h - 1) is largest, and its logarithm there.

    In v = ln((mu_e + mu_h - x)/sigma) the logarithm has one maximum, sought on a grid and then by parabolas.

    Args:
        law: of the material, for its masses and the shape of its edge.
        levels: both (places,), [eV] mu_e and mu_h.
        thermal_energy: (places,), [eV] kT of the carriers.
        width: (places,), [eV] sigma; 0 in all places or in none.

    Returns:
        (places,) [eV] x above the gap; (places,) [1] of S in eV^(1/2).
    """
    sharp = not np.any(width)
    unit = (thermal_energy if sharp else width)[:, None]
    level_sum, kT = (levels[0] + levels[1])[:, None], thermal_energy[:, None]
    occupation = Occupation(law, levels[0][:, None], levels[1][:, None], kT)
    span = float((np.maximum(level_sum, 0.0) / unit).max()) + _DEEPEST
    v = np.log(span) - _PEAK_STEP * np.arange(int(np.log(span / _NEAREST) / _PEAK_STEP) + 1)[::-1]

    def log_gain(v: Real) -> Real:
        x = level_sum - unit * np.exp(v)
        electron, hole = occupation.unlikely(x)
        inverted = np.log(-np.expm1(-unit * np.exp(v) / kT))
        root = log_smoothed_root(x / unit, 0.0 if sharp else 1.0, law.edge) + np.log(unit) / 2
        return np.asarray(root + log_expit(-electron) + log_expit(-hole) + inverted)

    on_grid = log_gain(np.broadcast_to(v, (len(level_sum), len(v))))
    best = np.clip(np.argmax(on_grid, axis=1), 1, len(v) - 2)
    at = v[best] + _PEAK_STEP * _vertex(*(on_grid[np.arange(len(best)), best + side] for side in (-1, 0, 1)))
    for finer in _PEAK_STEP * np.array([0.3, 0.05]):
        at = at + finer * _vertex(*log_gain(at[:, None] + finer * np.array([-1.0, 0.0, 1.0])).T)
    return (level_sum - unit * np.exp(at[:, None]))[:, 0], log_gain(at[:, None])[:, 0]


def _vertex(left: Real, centre: Real, right: Real) -> Real:
    """Where a parabola through three values in equal steps has its top, in steps from the middle one, within one."""
    with np.errstate(invalid="ignore"):  # -inf below a bare root
        bend, tilt = left - 2 * centre + right, left - right
    known = np.isfinite(bend) & (bend < 0)
    shift = np.divide(tilt, 2 * bend, out=np.zeros_like(bend), where=known)
    return np.clip(shift, -1.0, 1.0)
