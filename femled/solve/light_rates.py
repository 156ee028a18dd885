"""Rates at which carriers of a light-emitting film are lost, batch by batch."""

from dataclasses import dataclass
from functools import cached_property

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
        slope: (columns,), [1/s] of the sum of `CHANNELS` over density, at one carrier temperature.
        warming: (columns,), [1/(m3 s)] of the same sum over ln T_e.
    """

    rates: Array
    slope: Array
    warming: Array

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

    @cached_property
    def auger_coefficient(self) -> float:
        """[m6/s] C at the temperature of the lattice."""
        return float(self.law.auger_coefficient(self.temperature))

    @property
    def warmest(self) -> float:
        """[K] of the lattice, up to which the rates are known; a `LogarithmicGain` has one temperature."""
        return self.medium.warmest if isinstance(self.medium, GainTable) else self.temperature

    def auger(self, lattice: Array | None) -> Array | float:
        """[m6/s] C at lattice temperatures (columns,) [K], or at the lowest."""
        return self.auger_coefficient if lattice is None else self.law.auger_coefficient(lattice)

    def carriers(
        self, density: Array, pump: Array, photon_ev: float, lattice: Array | None = None
    ) -> tuple[Array, Array, NDArray[np.bool_]]:
        """T_e, its slope over density, and whether it was cut where the table ends.

        Args:
            density: (columns,), [1/m3].
            pump: (columns,), [1/(m3 s)] pairs made by light.
            photon_ev: [eV] of that light.
            lattice: (columns,), [K] temperature; the lowest if not given.

        Returns:
            (columns,) [K]; (columns,) [K m3]; (columns,) true where it would be hotter than the table.
        """
        cold = np.full(np.shape(density), self.temperature) if lattice is None else lattice
        tau = self.law.cooling_time
        if tau == 0 or isinstance(self.medium, LogarithmicGain):
            return cold, np.zeros_like(density), np.zeros(np.shape(density), dtype=bool)
        gap, auger = self.law.gap(cold, density), self.auger(lattice)
        per_pair, each = pump / density, tau / (3 * _BOLTZMANN_EV)
        excess = np.maximum(photon_ev - gap, 0.0)
        cooled = 1 + tau * per_pair
        hot = (cold + each * (per_pair * excess + auger * density**2 * gap)) / cooled
        slope = each * (2 * auger * density * gap - per_pair * excess / density) + tau * per_pair / density * hot
        end = self.medium.axes.hottest
        held = (hot < cold) | (hot > end)  # light just above the gap would cool
        return np.minimum(np.maximum(hot, cold), end), np.where(held, 0.0, slope / cooled), hot > end

    def carrier_temperature(
        self, density: Array, pump: Array, photon_ev: float, lattice: Array | None = None
    ) -> tuple[Array, NDArray[np.bool_]]:
        """T_e of `carriers`, and whether it was cut where the table ends."""
        hot, _, beyond = self.carriers(density, pump, photon_ev, lattice)
        return hot, beyond

    def losses(self, density: Array, carrier_temperature: Array, lattice: Array | None = None) -> Losses:
        """Every rate at densities (columns,) [1/m3], carrier and lattice temperatures (columns,) [K]."""
        n, A, C = density, self.law.monomolecular_rate, self.auger(lattice)
        stimulated = edge = lost = np.zeros_like(n)
        if isinstance(self.medium, LogarithmicGain):
            radiative, slope = self.medium.radiative_rate(n, carrier_temperature)
            warming = np.zeros_like(n)
        else:
            cold = np.full_like(n, self.temperature) if lattice is None else lattice
            if n.max() > self.medium.axes.density[1] or cold.min() < self.temperature or cold.max() > self.warmest:
                self.medium.at(n, carrier_temperature, cold)  # says what is wrong
            place = self.medium.place(n.shape, n, carrier_temperature, cold)
            if self.guide is None:
                radiative, slope, warming = self.medium.emission(place, n)
            else:
                light = self.guide.light(place, n)
                radiative, slope, warming = light.radiative, light.slope, light.warming
                stimulated, edge, lost = light.guided.stimulated, light.guided.edge, light.guided.lost
        rates = np.array([A * n, radiative, C * n**3, stimulated, edge, lost])
        return Losses(rates, A + slope + 3 * C * n**2, warming)

    def peak_gain(self, density: Array, carrier_temperature: Array, lattice: Array | None = None) -> Array:
        """[1/m] of the material, of the shape of densities [1/m3], carrier and lattice temperatures [K]."""
        if isinstance(self.medium, LogarithmicGain):
            return self.medium.peak_gain(density, carrier_temperature)
        return self.medium.peak_gain(density, carrier_temperature, lattice)

    def heating(
        self, density: Array, carrier_temperature: Array, pump: Array, photon_ev: float, lattice: Array, losses: Losses
    ) -> Array:
        """Heat that the lattice gets: what a photon has above a pair, and all of a pair that goes without light.

        G (h nu - E_g - 3 k T_e) + (A n + C n^3)(E_g + 3 k T_e)

        Args:
            density: (columns,), [1/m3].
            carrier_temperature: (columns,), [K].
            pump: (columns,), [1/(m3 s)] pairs made by light.
            photon_ev: [eV] of that light.
            lattice: (columns,), [K] temperature.
            losses: at these.

        Returns:
            (columns,), [W/m3].
        """
        pair = self.law.gap(lattice, density) + 3 * _BOLTZMANN_EV * carrier_temperature
        dark = losses.rates[CHANNELS.index("monomolecular")] + losses.rates[CHANNELS.index("auger")]
        return np.asarray(ELEMENTARY_CHARGE * (pump * (photon_ev - pair) + dark * pair))
