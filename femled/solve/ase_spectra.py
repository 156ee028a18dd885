"""What a pumped film emits over photon energy, integrated over a pulse: its facet and its guided light."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from femled.errors import InputError
from femled.optics.edge_function import smoothed_root
from femled.optics.gain import BOLTZMANN_EV, optical_modes
from femled.optics.gain_table import GainTable
from femled.optics.guided_light import Guide, amplification
from femled.optics.occupation import Occupation
from femled.optics.urbach_edge import tail_length
from femled.solve.light_pulse import CarrierHistory
from femled.solve.light_rates import Array

Indices = NDArray[np.intp]

_SEEN = 9.0
"""Logarithm of what an exponential tail emits at the edge over what it emits where spectra end."""


@dataclass(frozen=True)
class EmittedSpectra:
    """Photons per volume of the film and photon energy that reach a detector during a pulse.

    Args:
        photon_energy: (energies,), [eV].
        photons: (columns, energies), [1/(m3 eV)].
    """

    photon_energy: Array
    photons: Array

    @property
    def signal(self) -> Array:
        """(columns,), [1/m3] photons of all energies."""
        return np.asarray(self.photons.sum(axis=1) * (self.photon_energy[1] - self.photon_energy[0]))

    @property
    def width(self) -> Array:
        """(columns,), [eV] full width at half maximum, between the outermost half points."""
        E, rows = self.photon_energy, np.arange(len(self.photons))
        half = self.photons.max(axis=1) / 2
        over = self.photons >= half[:, None]
        first, last = over.argmax(axis=1), len(E) - 1 - over[:, ::-1].argmax(axis=1)
        if np.any(first == 0) or np.any(last == len(E) - 1):
            raise InputError(
                "the spectrum is cut where it is more than half of its maximum: take a wider photon_energy"
            )
        step = E[1] - E[0]

        def crossing(inside: Indices, outside: Indices) -> Array:
            high, low = self.photons[rows, inside], self.photons[rows, outside]
            return np.asarray((high - half) / (high - low))

        return np.asarray(E[last] - E[first] + step * (crossing(first, first - 1) + crossing(last, last + 1)))


def emitted_spectra(
    run: CarrierHistory, guide: Guide, *, facet: float, edge: float, energies: int = 300
) -> EmittedSpectra:
    """Spectra of a batch of pulses: facet x r + edge x beta r M, summed over time by trapezoids.

    Args:
        run: of a film with a table of gain.
        guide: the mode.
        facet: [1] share of the spontaneous emission that reaches the detector without being guided.
        edge: [1] share of the light at the edge of the guide that reaches it.
        energies: number of photon energies.

    Raises:
        InputError: the film has a logarithmic gain, which has no spectrum; or a share outside 0 .. 1.
    """
    medium = run.rates.medium
    if not isinstance(medium, GainTable):
        raise InputError("medium: a logarithmic gain has no spectrum, take a table of free-carrier gain")
    if not (0 <= facet <= 1 and 0 <= edge <= 1):
        raise InputError(f"facet {facet:g} and edge {edge:g} are shares of the light, 0 .. 1")
    law = run.rates.law
    gaps, widths = law.gap(run.lattice_temperature, run.density), law.edge_width(run.lattice_temperature)
    levels = medium.levels(run.density, run.carrier_temperature, run.lattice_temperature)
    top = float((levels[0] + levels[1] + 14 * BOLTZMANN_EV * run.carrier_temperature).max())
    tail = below = 9 * float(widths.max())
    if law.edge == "urbach":  # falls slowly
        kT = BOLTZMANN_EV * run.carrier_temperature
        below = min(float(tail_length(widths, kT, _SEEN).max()), 0.9 * float(gaps.min()))
    E = np.linspace(float(gaps.min()) - below, float(gaps.max()) + max(top, tail), energies)
    reach = np.linspace(E[0] - float(gaps.max()), E[-1] - float(gaps.min()), 4 * energies) / float(widths.min())
    root = CubicSpline(reach, smoothed_root(reach, 1.0, law.edge))  # S(x; s) = sqrt(s) S(x/s; 1)
    modes = optical_modes(E, law.refractive_index)
    dilution = np.minimum(run.density / medium.axes.density[0], 1.0) ** 2
    weights = np.gradient(run.time)
    weights[[0, -1]] /= 2  # np.gradient has whole steps at the ends
    photons = np.zeros((run.density.shape[1], energies))
    for place, weight in enumerate(weights):
        x, width = E - gaps[place][:, None], widths[place][:, None]
        kT = BOLTZMANN_EV * run.carrier_temperature[place][:, None]
        filled = Occupation(law, levels[0][place][:, None], levels[1][place][:, None], kT)
        absorption = medium.gain.strength * np.sqrt(width) * np.maximum(root(x / width), 0.0)
        spontaneous = modes * absorption * filled.pairs(x) * dilution[place][:, None]
        out = np.exp(amplification(guide.net_gain(absorption * filled.inverted(x)) * guide.length)[0])
        photons += weight * spontaneous * (facet + edge * guide.share * out)
    return EmittedSpectra(E, photons)
