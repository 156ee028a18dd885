"""Gain, absorption and emission of free carriers in a direct gap: one edge function, so that detailed balance holds.

Spectra are never convolved after inversion is put in: the empty crystal's absorption and the densities of states of
both bands are smoothed, and the Fermi functions stay sharp. Emission and gain then obey the relations of
Einstein, Kennard-Stepanov and van Roosbroeck-Shockley (roosbroeck1954) at every photon energy.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.errors import InputError
from femled.materials.gain_law import GainLaw
from femled.optics.band_density import Band, edge_points
from femled.optics.edge_function import smoothed_root
from femled.optics.occupation import Occupation
from femled.optics.peak import log_peak
from femled.optics.urbach_edge import refuse_endless_tail
from femled.optics.waves import Real

BOLTZMANN_EV = BOLTZMANN / ELEMENTARY_CHARGE
"""[eV/K]"""


def optical_modes(photon_energy: Real, refractive_index: float) -> Real:
    """Rate of all modes, (n_r E)^2/(pi^2 hbar^3 c^2): emission per volume and energy is it times 1/length.

    Args:
        photon_energy: any shape, [eV].
        refractive_index: [1], without dispersion.

    Returns:
        the same shape, [1/(m2 s eV)].
    """
    hbar = PLANCK / (2 * pi)
    energy = refractive_index * photon_energy * ELEMENTARY_CHARGE
    return np.asarray(energy**2 * ELEMENTARY_CHARGE / (pi**2 * hbar**3 * SPEED_OF_LIGHT**2))


@dataclass(frozen=True)
class FreeCarrierGain:
    """A material as its gain depends on temperature and carriers.

    alpha_0(E) = a S(E - E_g; sigma);   g = alpha_0 (f_e + f_h - 1);   r = modes alpha_0 f_e f_h

    with f_e, f_h at the energies x m_r/m_e and x m_r/m_h, x = E - E_g, that one momentum has in the two bands
    (bernard1961). Temperatures of the lattice set the edge, those of the carriers the Fermi functions.

    Args:
        law: masses, gap, width and radiative coefficient of the material.
    """

    law: GainLaw

    @cached_property
    def strength(self) -> float:
        """[1/(m eV^(1/2))] a, from the radiative coefficient at its temperature and density, and from nothing else."""
        law = self.law
        known = self._filled(law.radiative_temperature, law.radiative_density, None, None, strength=1.0)
        return law.radiative_coefficient / float(known.radiative_coefficient()[0])

    def at(
        self,
        *,
        temperature: float,
        electron_density: ArrayLike,
        hole_density: ArrayLike | None = None,
        carrier_temperature: float | None = None,
    ) -> "Inversion":
        """The material with carriers in it.

        Args:
            temperature: [K] of the lattice.
            electron_density: (densities,) or one, [1/m3].
            hole_density: (densities,) or one, [1/m3]; as many as electrons if not given.
            carrier_temperature: [K] of both; that of the lattice if not given.

        Raises:
            InputError: a temperature or density that is not positive; an Urbach energy that is not below kT.
        """
        return self._filled(temperature, electron_density, hole_density, carrier_temperature, strength=self.strength)

    def _filled(
        self,
        temperature: float,
        electron_density: ArrayLike,
        hole_density: ArrayLike | None,
        carrier_temperature: float | None,
        *,
        strength: float,
    ) -> "Inversion":
        hot = temperature if carrier_temperature is None else carrier_temperature
        n, p = (
            np.atleast_1d(np.asarray(electron_density if one is None else one, dtype=np.float64))
            for one in (electron_density, hole_density)
        )
        n, p = (np.array(one) for one in np.broadcast_arrays(n, p))
        for name, value, unit in (("temperature", temperature, "K"), ("carrier_temperature", hot, "K")):
            if not 1 <= value <= 1e4:
                raise InputError(f"{name} {value:g} {unit} is outside 1 .. 1e4 K")
        for name, values in (("electron_density", n), ("hole_density", p)):
            if not np.all((values > 0) & (values < 1e28)):
                raise InputError(f"{name} {values.min():g} .. {values.max():g} 1/m3 is not inside 0 .. 1e28 1/m3")
        width = float(self.law.edge_width(temperature))
        if self.law.edge == "urbach":
            coldest = min(temperature, hot)
            refuse_endless_tail(width, temperature=coldest, thermal_energy=BOLTZMANN_EV * coldest)
        shares = [self.law.reduced_mass / mass for mass in (self.law.electron_mass, self.law.hole_mass)]
        masses = (self.law.electron_mass, self.law.hole_mass)
        bands = [Band(mass, width * share, self.law.edge) for mass, share in zip(masses, shares, strict=True)]
        electron_level = bands[0].level(n, BOLTZMANN_EV * hot)
        alike = bands[0] == bands[1] and np.array_equal(n, p)
        return Inversion(
            law=self.law,
            strength=strength,
            temperature=temperature,
            carrier_temperature=hot,
            electron_density=n,
            hole_density=p,
            electron_level=electron_level,
            hole_level=electron_level if alike else bands[1].level(p, BOLTZMANN_EV * hot),
            edge_width=width,
        )


@dataclass(frozen=True)
class Inversion:
    """A material with given densities of electrons and holes, column by column.

    Args:
        law: of the material.
        strength: [1/(m eV^(1/2))] a of its absorption.
        temperature: [K] of the lattice.
        carrier_temperature: [K].
        electron_density: (densities,), [1/m3].
        hole_density: (densities,), [1/m3].
        electron_level: (densities,), [eV] mu_e above the edge of the conduction band.
        hole_level: (densities,), [eV] mu_h below that of the valence band.
        edge_width: [eV] sigma, or the Urbach energy.
    """

    law: GainLaw
    strength: float
    temperature: float
    carrier_temperature: float
    electron_density: Real
    hole_density: Real
    electron_level: Real
    hole_level: Real
    edge_width: float

    def only(self, places: NDArray[np.intp]) -> "Inversion":
        """The same material with some of the densities."""
        parts = ("electron_density", "hole_density", "electron_level", "hole_level")
        return replace(self, **{name: getattr(self, name)[places] for name in parts})

    @property
    def thermal_energy(self) -> float:
        """[eV] kT of the carriers."""
        return BOLTZMANN_EV * self.carrier_temperature

    @property
    def gap(self) -> Real:
        """(densities,), [eV] E_g, narrowed by the mean of both densities."""
        return self.law.gap(self.temperature, (self.electron_density + self.hole_density) / 2)

    @property
    def level_sum(self) -> Real:
        """(densities,), [eV] mu_e + mu_h."""
        return np.asarray(self.electron_level + self.hole_level)

    @property
    def transparency_energy(self) -> Real:
        """(densities,), [eV] E_g + mu_e + mu_h: photons below it are amplified, those above it absorbed."""
        return np.asarray(self.gap + self.level_sum)

    def absorption(self, photon_energy: ArrayLike) -> Real:
        """Absorption of the empty crystal, whose gap is that with the carriers, alpha_0 = a S(E - E_g; sigma).

        Args:
            photon_energy: (energies,) or (densities, energies), [eV].

        Returns:
            (densities, energies), [1/m].
        """
        return self.strength * smoothed_root(self._above(photon_energy), self.edge_width, self.law.edge)

    def gain(self, photon_energy: ArrayLike) -> Real:
        """Gain of the material, g = alpha_0 (f_e + f_h - 1); negative where it absorbs.

        Args:
            photon_energy: (energies,) or (densities, energies), [eV].

        Returns:
            (densities, energies), [1/m].
        """
        return np.asarray(self.absorption(photon_energy) * self._inverted(self._above(photon_energy)))

    def emission(self, photon_energy: ArrayLike) -> Real:
        """Spontaneous emission into all modes, r = (n_r E)^2/(pi^2 hbar^3 c^2) alpha_0 f_e f_h.

        Args:
            photon_energy: (energies,) or (densities, energies), [eV].

        Returns:
            (densities, energies), [1/(m3 s eV)].
        """
        modes = optical_modes(np.asarray(photon_energy, float), self.law.refractive_index)
        return np.asarray(modes * self.absorption(photon_energy) * self._pairs(self._above(photon_energy)))

    def above_gap(self, energy: ArrayLike) -> tuple[Real, Real]:
        """Gain and emission at the same energies above the gap in every column, whose gaps may differ.

        Args:
            energy: (energies,), [eV] x = E - E_g.

        Returns:
            (densities, energies) [1/m] g; (densities, energies) [1/(m3 s eV)] r.
        """
        x = np.asarray(energy, dtype=np.float64)
        absorption = self.strength * smoothed_root(x, self.edge_width, self.law.edge)
        modes = optical_modes(self.gap[:, None] + x, self.law.refractive_index)
        return absorption * self._inverted(x), modes * absorption * self._pairs(x)

    def radiative_rate(self) -> Real:
        """(densities,), [1/(m3 s)] spontaneous emission at all photon energies."""
        level, dark = float(self.level_sum.max()), -float(self.gap.min())  # no photon has less than no energy
        x, weight = edge_points(self.edge_width, self.thermal_energy, level, self.law.edge, dark)
        modes = optical_modes(self.gap[:, None] + x, self.law.refractive_index)
        return np.asarray(self.strength * ((modes * self._pairs(x)) @ weight))

    def radiative_coefficient(self) -> Real:
        """(densities,), [m3/s] B(n, p, T) = R_sp/(n p)."""
        return np.asarray(self.radiative_rate() / (self.electron_density * self.hole_density))

    def peak(self) -> tuple[Real, Real]:
        """Where gain is largest and how large it is.

        It is never negative: light of less energy than mu_e + mu_h above the gap is amplified, however weakly by the
        tail of the edge. With a bare root and levels below the edges there is no such light, and the peak is 0.

        Returns:
            (densities,) [eV]; (densities,) [1/m].
        """
        energy, log_gain = self.log_peak()
        return energy, np.exp(log_gain)

    def log_peak(self) -> tuple[Real, Real]:
        """The same with the logarithm of the gain in 1/m, finite far into the tail of the edge.

        Returns:
            (densities,) [eV]; (densities,) [1].
        """
        levels, spread = (self.electron_level, self.hole_level), np.full_like(self.electron_level, self.edge_width)
        x, largest = log_peak(self.law, levels, np.full_like(spread, self.thermal_energy), spread)
        return self.gap + x, np.log(self.strength) + largest

    def _above(self, photon_energy: ArrayLike) -> Real:
        """(densities, energies), [eV] x = E - E_g."""
        return np.asarray(np.asarray(photon_energy, dtype=np.float64) - self.gap[:, None])

    def _occupation(self) -> Occupation:
        levels = self.electron_level[:, None], self.hole_level[:, None]
        return Occupation(self.law, *levels, np.asarray(self.thermal_energy))

    def _pairs(self, x: Real) -> Real:
        return self._occupation().pairs(x)

    def _inverted(self, x: Real) -> Real:
        return self._occupation().inverted(x)
