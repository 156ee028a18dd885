"""Rates at which carriers of a light-emitting film are lost, batch by batch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.materials.gain_law import GainLaw
from femled.optics.gain_table import GainTable
from femled.optics.guided_light import GuideTable
from femled.optics.logarithmic_gain import LogarithmicGain

Array = NDArray[np.float64]

CHANNELS = ("monomolecular", "radiative", "auger", "stimulated")
"""Ways in which carriers go; stimulated is negative where guided light makes carriers again."""
LIGHT = ("edge", "lost")
"""Where guided light ends."""

_BOLTZMANN_EV = BOLTZMANN / ELEMENTARY_CHARGE


@dataclass(frozen=True)
class Losses:
    """Rates of one instant.

    Args:
        rates: (6, columns), [1/(m3 s)] of `CHANNELS`, then of `LIGHT`.
        slope: (columns,), [1/s] of the sum of `CHANNELS` over density.
    """

    rates: Array
    slope: Array

    @property
    def total(self) -> Array:
        """(columns,), [1/(m3 s)] at which carriers go."""
        return np.asarray(self.rates[: len(CHANNELS)].sum(axis=0))


@dataclass(frozen=True)
class LightRates:
    """A film at one lattice temperature: A n + R_sp(n, T_e) + C n^3 + R_st(n, T_e).

    T_e = T + tau_c P/(3 k n),   P = G (h nu - E_g - 3 k T_e) + C n^3 E_g

    the balance of the carriers' energy 3 n k T_e, which follows at once. A `LogarithmicGain` knows no T_e.

    Args:
        law: of the material, for A, C, tau_c and the gap.
        medium: its gain and emission at the temperature of the lattice.
        guide: what its light does in the waveguide; None if it is of no account.
    """

    law: GainLaw
    medium: GainTable | LogarithmicGain
    guide: GuideTable | None = None

    def __post_init__(self) -> None:
        if self.guide is not None and self.guide.table is not self.medium:
            raise InputError("guide: its table is of another material or temperature than medium: make it from medium")

    @property
    def temperature(self) -> float:
        """[K] of the lattice."""
        return self.medium.temperature

    @property
    def auger_coefficient(self) -> float:
        """[m6/s] C at the temperature of the lattice."""
        return float(self.law.auger_coefficient(self.temperature))

    def carrier_temperature(self, density: Array, pump: Array, photon_ev: float) -> tuple[Array, NDArray[np.bool_]]:
        """T_e, and whether it was cut where the table ends.

        Args:
            density: (columns,), [1/m3].
            pump: (columns,), [1/(m3 s)] pairs made by light.
            photon_ev: [eV] of that light.

        Returns:
            (columns,) [K]; (columns,) true where it would be hotter than the table.
        """
        cold = np.full(np.shape(density), self.temperature)
        tau = self.law.cooling_time
        if tau == 0 or isinstance(self.medium, LogarithmicGain):
            return cold, np.zeros(np.shape(density), dtype=bool)
        gap = self.law.gap(self.temperature, density)
        per_pair = pump / density
        heat = per_pair * np.maximum(photon_ev - gap, 0.0) + self.auger_coefficient * density**2 * gap
        hot = (self.temperature + tau * heat / (3 * _BOLTZMANN_EV)) / (1 + tau * per_pair)
        hot = np.maximum(hot, self.temperature)  # light just above the gap would cool
        end = self.medium.axes.hottest
        return np.minimum(hot, end), hot > end

    def losses(self, density: Array, carrier_temperature: Array) -> Losses:
        """Every rate at densities (columns,) [1/m3] and carrier temperatures (columns,) [K]."""
        n, A, C = density, self.law.monomolecular_rate, self.auger_coefficient
        radiative, slope = self.medium.radiative_rate(n, carrier_temperature)
        stimulated = edge = lost = np.zeros_like(n)
        steepness = slope
        if self.guide is not None:
            light, more = self.guide.rates(n, carrier_temperature)
            stimulated, edge, lost = light.stimulated, light.edge, light.lost
            steepness = slope + more
        rates = np.array([A * n, radiative, C * n**3, stimulated, edge, lost])
        return Losses(rates, A + steepness + 3 * C * n**2)

    def peak_gain(self, density: Array, carrier_temperature: Array) -> Array:
        """[1/m] of the material, of the shape of densities [1/m3] and carrier temperatures [K]."""
        return self.medium.peak_gain(density, carrier_temperature)
