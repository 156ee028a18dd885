"""The steady states of a current-voltage curve, one after the other, and what has to be said of them."""

import numpy as np

from femled.experiments.jv_series import BiasPoint
from femled.experiments.recombination_sites import SitesOfSpace
from femled.solve.carrier_currents import ContactFluxes
from femled.solve.carriers import CarrierSpace
from femled.solve.circuit import at_current, behind_resistance
from femled.solve.steady import SteadyPath

DENSE = 0.1
"""Share of the states of a band above which Boltzmann statistics are remarked upon."""


class Curve:
    """Steady states of a space, one by one from equilibrium.

    Args:
        space: the equations, with their ions.
        resistance: [ohm m2] in series.
        sites: of recombination.
    """

    def __init__(self, space: CarrierSpace, resistance: float, sites: SitesOfSpace) -> None:
        self._space, self._resistance, self._sites = space, resistance, sites
        self.path, self._contacts = SteadyPath(space), ContactFluxes(space)
        self.found: dict[float, BiasPoint] = {}
        self.crowded: set[str] = set()
        self._loose: dict[float, float] = {}

    def trace(self, values: list[float], *, driven: bool) -> None:
        """To every voltage, or current density if driven, upwards and downwards from zero."""
        for branch in (sorted(v for v in values if v >= 0), sorted((v for v in values if v < 0), reverse=True)):
            self.path.home()
            for value in branch:
                if driven:
                    inner = at_current(self.path, value)
                else:
                    inner = behind_resistance(self.path, value, self._resistance)
                through = self._contacts.measure()
                outer = inner + self._resistance * through.total if driven else value
                self.found[value] = BiasPoint(outer, inner, through, self._sites.now(through.anode_electrons))
                self.crowded |= crowded_layers(self._space)
                if self.path.unsettled:
                    self._loose[value] = self.path.unsettled

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know of the states."""
        found = sorted(self.crowded)
        if self._loose:
            where = ", ".join(f"{value:g}" for value in sorted(self._loose))
            found.append(
                f"carriers behind high barriers have no definite level at {where} (settled to "
                f"{max(self._loose.values()):.1g} kT/q only): where they are many, the current depends on the path"
            )
        return tuple(found)


def crowded_layers(space: CarrierSpace) -> set[str]:
    """Sentences on layers whose bands fill more than Boltzmann statistics allow."""
    found = set()
    for nodes, layer, semiconductor in zip(
        space.layer_nodes, space.column.layers, space.column.semiconductors, strict=True
    ):
        phi, level_n, level_p = space.u[nodes].T
        electrons = float((phi + level_n).max()) - semiconductor.conduction_band_ev
        holes = semiconductor.valence_band_ev - float((phi + level_p).min())
        filling = np.exp(min(max(electrons, holes) / space.vt, 100.0))
        if semiconductor.statistics == "boltzmann" and filling > DENSE:
            found.add(
                f'a band of layer "{layer.name}" fills beyond a tenth: Boltzmann statistics are off, '
                'use statistics="blakemore"'
            )
    return found
