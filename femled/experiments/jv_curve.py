"""The steady states of a current-voltage curve, one after the other, and what has to be said of them."""

import numpy as np
from numpy.typing import NDArray

from femled.experiments.jv_series import BiasPoint
from femled.experiments.recombination_sites import SitesOfSpace
from femled.solve.carrier_currents import ContactFluxes
from femled.solve.carrier_meaning import States, recombination
from femled.solve.carriers import CarrierSpace
from femled.solve.circuit import at_current, behind_resistance
from femled.solve.dead_ends import FillingTimes, filling_times, of_filling
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]

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
        self.reached: dict[float, tuple[float, States]] = {}
        self._loose: dict[float, float] = {}
        self._filling: list[FillingTimes] = []

    def trace(self, values: list[float], *, driven: bool) -> None:
        """To every voltage, or current density if driven, upwards and downwards from zero.

        Every value that is `reached` has the voltage of the layers and its state.
        """
        for branch in (sorted(v for v in values if v >= 0), sorted((v for v in values if v < 0), reverse=True)):
            self.path.home()
            for value in branch:
                if driven:
                    inner = at_current(self.path, value)
                else:
                    inner = behind_resistance(self.path, value, self._resistance)
                self.reached[value] = inner, States.now(self._space)
                self._filling.append(filling_times(self._space, self.path.ends))
                if self.path.unsettled:
                    self._loose[value] = self.path.unsettled

    def points(self, values: list[float], *, driven: bool) -> list[BiasPoint]:
        """What the states reached at some of the values mean, evaluated all at once."""
        found = [(value, *self.reached[value]) for value in values if value in self.reached]
        states = States.together([state for _, _, state in found])
        rates = recombination(self._space, states)
        through = self._contacts.of(states, rates)
        sites = self._sites.of(states, rates, np.array([one.anode_electrons for one in through]))
        return [
            BiasPoint(inner + self._resistance * flow.total if driven else value, inner, flow, where)
            for (value, inner, _), flow, where in zip(found, through, sites, strict=True)
        ]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know of the states."""
        states = States.together([state for _, state in self.reached.values()])
        found = sorted(crowded_layers(self._space, states.u))
        if self._loose:
            where = ", ".join(f"{value:g}" for value in sorted(self._loose))
            found.append(
                f"carriers behind high barriers have no definite level at {where} (settled to "
                f"{max(self._loose.values()):.1g} kT/q only): where they are many, the current depends on the path"
            )
        return (*found, *of_filling(self._filling))


def crowded_layers(space: CarrierSpace, u: Array) -> set[str]:
    """Sentences on layers whose bands fill more than Boltzmann statistics allow.

    Args:
        space: the equations.
        u: (..., nodes, components) of one state, or of many.
    """
    found = set()
    for nodes, layer, semiconductor in zip(
        space.layer_nodes, space.column.layers, space.column.semiconductors, strict=True
    ):
        phi, level_n, level_p = np.moveaxis(u[..., nodes, :], -1, 0)
        electrons = float((phi + level_n).max()) - semiconductor.conduction_band_ev
        holes = semiconductor.valence_band_ev - float((phi + level_p).min())
        filling = np.exp(min(max(electrons, holes) / space.vt, 100.0))
        if semiconductor.statistics == "boltzmann" and filling > DENSE:
            found.add(
                f'a band of layer "{layer.name}" fills beyond a tenth: Boltzmann statistics are off, '
                'use statistics="blakemore"'
            )
    return found
