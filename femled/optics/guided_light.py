"""Light that a film emits into its own waveguide: amplified, absorbed again, lost, or let out at the edge.

It is quasi-static, since it leaves within picoseconds, and one-dimensional; photons are conserved exactly.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel

from femled.frozen import Fraction, FrozenModel, Length, Quantity
from femled.optics.gain import Inversion
from femled.optics.gain_table import GainTable, Place
from femled.optics.grid_spline import GridSpline
from femled.optics.urbach_edge import urbach_points
from femled.optics.waves import Real

_SERIES = 1 / np.array([float(np.prod(np.arange(1.0, k + 3))) for k in range(18)])
_LARGE = 30.0
_HIGHEST = 600.0
"""Logarithm of an amplification that nothing reaches, since carriers would be gone long before; numbers end at 709."""
_TOGETHER = 25
"""Densities whose spectra have the same points: no more than those with the highest levels need."""
_WIDTH_STEP = 0.3
"""Step of the spectra in widths of the edge and in kT: the trapezoidal rule is then right to ten digits."""


class Guide(FrozenModel):
    """A guided mode along which light is amplified.

    Args:
        length: [m] L, over which light of one direction is amplified.
        modal_loss: [1/m] alpha, absorption outside the emitter and scattering.
        gain_confinement: [1] Gamma = d n_eff/d n of the emitter, not the share of intensity.
        share: [1] beta, of the spontaneous emission that goes into the guide.
    """

    length: Length
    modal_loss: Annotated[float, Quantity("1/m", 0.0, 1e8)]
    gain_confinement: Annotated[float, Quantity("1", 1e-6, 2.0)]
    share: Fraction

    def net_gain(self, gain: Real) -> Real:
        """[1/m] G = Gamma g - alpha of gains [1/m] of the material, any shape."""
        return np.asarray(self.gain_confinement * gain - self.modal_loss)


@dataclass(frozen=True)
class GuidedLight:
    """Where the light of a guide goes, per volume of the emitter.

    Args:
        spontaneous: (densities,), [1/(m3 s)] beta R_sp, emitted into the guide.
        edge: (densities,), [1/(m3 s)] that leave at the edge.
        stimulated: (densities,), [1/(m3 s)] R_st, pairs that guided light takes; negative where it makes pairs again.
        lost: (densities,), [1/(m3 s)] that the loss of the guide takes.
    """

    spontaneous: Real
    edge: Real
    stimulated: Real
    lost: Real


def amplification(z: Real) -> tuple[Real, Real]:
    """Logarithms of (e^z - 1)/z and of (e^z - 1 - z)/z^2, without cancellation or overflow.

    Args:
        z: any shape, [1] net gain times length.

    Returns:
        the same shape: of M, the mean amplification on the way out; of (M - 1)/z, that of the light inside.
    """
    z = np.asarray(z, dtype=np.float64)
    apart = np.minimum(np.maximum(z, -_LARGE), _LARGE)
    first = exprel(apart)
    small = np.abs(apart) < 0.5
    near = apart[small]
    apart[small] = 1.0
    second = (first - 1) / apart
    second[small] = np.polynomial.polynomial.polyval(near, _SERIES)
    log_first, log_second = np.log(first), np.log(second)
    far = np.abs(z) > _LARGE
    log_first[far], log_second[far] = _far(z[far])
    return log_first, log_second


def _far(z: Real) -> tuple[Real, Real]:
    """The logarithms of `amplification` where e^z or e^-z is all that counts."""
    size = np.abs(z)
    log_size, grown = np.log(size), z > 0
    log_first = np.where(grown, size + np.log1p(-np.exp(-size)), np.log1p(-np.exp(-size))) - log_size
    log_second = np.where(grown, size + np.log1p(-(1 + size) * np.exp(-size)), np.log(size - 1)) - 2 * log_size
    return log_first, log_second


def spectrum_points(state: Inversion) -> tuple[Real, Real]:
    """Over everything that the material emits: (energies,), [eV] above the gap; (energies,), [eV] weights."""
    width, kT = state.edge_width, state.thermal_energy
    high = max(float(state.level_sum.max()), 0.0) + 36 * kT
    if state.law.edge == "urbach":
        return urbach_points(width, kT, (-float(state.gap.min()), high), finer=2)
    step = _WIDTH_STEP * min(width, kT)
    low = -(9 + width / kT) * width
    x = low + step * np.arange(int((high - low) / step) + 2, dtype=np.float64)
    return x, np.full_like(x, step)


def log_shares(state: Inversion, guide: Guide) -> tuple[Real, Real]:
    """Guided light relative to what is emitted into the guide.

    Args:
        state: the material with a smoothed edge.
        guide: the mode.

    Returns:
        (densities,) of the logarithm of edge/(beta R_sp); (densities,) that of inside/(L beta R_sp), where
        inside = integral of beta r (M - 1)/G over photon energy.
    """
    edge, inside = np.empty_like(state.electron_density), np.empty_like(state.electron_density)
    for part in np.array_split(np.arange(len(edge)), max(1, len(edge) // _TOGETHER)):
        chosen = state.only(part)
        x, weight = spectrum_points(chosen)
        gain, emission = chosen.above_gap(x)
        emission = emission * weight
        whole = emission.sum(axis=1)
        for share, log_factor in zip((edge, inside), amplification(guide.net_gain(gain) * guide.length), strict=True):
            largest = log_factor.max(axis=1)
            seen = (emission * np.exp(log_factor - largest[:, None])).sum(axis=1)
            share[part] = largest + np.log(seen / whole)
    return edge, inside


def guided_light(state: Inversion, guide: Guide) -> GuidedLight:
    """Rates of guided light in closed form.

    edge = int beta r M dE,   R_st = int Gamma g beta r (M - 1)/G dE,   lost = int alpha beta r (M - 1)/G dE

    with G = Gamma g - alpha, z = G L, M = (e^z - 1)/z. Each is integrated by itself; edge + lost = beta R_sp + R_st.

    Args:
        state: the material with a smoothed edge.
        guide: the mode.
    """
    x, weight = spectrum_points(state)
    gain, emission = state.above_gap(x)
    guided = guide.share * emission * weight
    out, inside = (np.exp(part) for part in amplification(guide.net_gain(gain) * guide.length))
    kept = guided * inside * guide.length
    return GuidedLight(
        spontaneous=guided.sum(axis=1),
        edge=(guided * out).sum(axis=1),
        stimulated=(guide.gain_confinement * gain * kept).sum(axis=1),
        lost=guide.modal_loss * kept.sum(axis=1),
    )


@dataclass(frozen=True)
class TabulatedLight:
    """What is emitted and where guided light goes, with slopes.

    Args:
        radiative: (places,), [1/(m3 s)] R_sp.
        guided: of it, what becomes of the light in the guide.
        slope: (places,), [1/s] of R_sp + R_st over density.
        warming: (places,), [1/(m3 s)] of R_sp + R_st over ln T_e.
    """

    radiative: Real
    guided: GuidedLight
    slope: Real
    warming: Real


@dataclass(frozen=True)
class GuideTable:
    """Splines of ln R_sp and of `log_shares` on the axes of a table of gain.

    Stimulated emission is taken as edge + lost - beta R_sp: photons are conserved to the last digit between the points
    too.

    Args:
        table: of the material, with a smoothed edge.
        guide: the mode.
    """

    table: GainTable
    guide: Guide

    @cached_property
    def _curves(self) -> GridSpline:
        return self.table.spline(lambda state: (np.log(state.radiative_rate()), *log_shares(state, self.guide)))

    def light(self, place: Place, density: Real) -> TabulatedLight:
        """Everything at places of the table, whose densities [1/m3] are given once more."""
        (log_rate, edge, inside), hotter, denser = self._curves(*place.axes, slopes=True)
        guide, diluted = self.guide, place.dilution < 1
        rate = np.exp(log_rate) * place.dilution**2
        out = np.exp(np.minimum(edge, _HIGHEST))
        lost = guide.modal_loss * guide.length * np.exp(np.minimum(inside, _HIGHEST))
        net = out + lost - 1

        def change(along: Real, power: Real) -> Real:
            shares = np.where(diluted, 0.0, out * along[1] + lost * along[2])
            return np.asarray(rate * (power * (1 + guide.share * net) + guide.share * shares))

        slope = change(denser, np.where(diluted, 2.0, denser[0])) / density
        warming = change(hotter - 1.5 * denser, hotter[0] - 1.5 * denser[0])
        own = guide.share * rate
        return TabulatedLight(rate, GuidedLight(own, own * out, own * net, own * lost), slope, warming)

    def rates(
        self, density: Real, carrier_temperature: Real, lattice: ArrayLike | None = None
    ) -> tuple[GuidedLight, Real]:
        """Rates of guided light, and the slope of the stimulated one over density.

        Args:
            density: (places,), [1/m3].
            carrier_temperature: (places,), [K].
            lattice: (places,), [K] temperature; the lowest of the table if not given.

        Returns:
            the rates, each (places,); [1/s] d R_st/dn.
        """
        found = self.light(self.table.at(density, carrier_temperature, lattice), density)
        return found.guided, found.slope - self.table.radiative_rate(density, carrier_temperature, lattice)[1]
