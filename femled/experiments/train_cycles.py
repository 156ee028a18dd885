"""Cycles of a pulse train in which carriers keep their pace and ions are made faster."""

from dataclasses import dataclass, replace
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Column
from femled.domain.column_mesh import MeshLevel
from femled.drive import Pulse
from femled.experiments.carrier_run import moving_space, start
from femled.experiments.carrier_state import CarrierState, state_of
from femled.experiments.ion_layer import IonLayer
from femled.experiments.jv import relax_ions
from femled.physics.ions import RestingIons
from femled.solve.carrier_march import CarrierMarch
from femled.solve.carriers import CarrierSpace
from femled.solve.instant import Accuracy
from femled.solve.moving import ion_densities

Array = NDArray[np.float64]

ACCURACY = Accuracy(tolerance=3e-2, first=1e-4)
"""Of the steps within a cycle: the mean of the ions over it is good to much less than halving M changes."""

SLOWEST = 0.99
"""Ratio of successive changes beyond which cycles are not told from standing still."""


@dataclass(frozen=True)
class TrainShape:
    """One cycle: rise at its start, plateau, fall, and the bias until it ends.

    Args:
        on: [s] from the start of the rise to the start of the fall.
        off: [s] from the end of the fall to the next rise.
        voltage: [V] of the plateau.
        bias: [V] in between.
        edge: [s] of rise and fall.
    """

    on: float
    off: float
    voltage: float
    bias: float
    edge: float

    @property
    def period(self) -> float:
        """[s]."""
        return self.on + self.edge + self.off

    @property
    def drive(self) -> Pulse:
        """[V] of one cycle."""
        return Pulse(
            amplitude=self.voltage, width=self.on, rise_time=self.edge, fall_time=self.edge, background=self.bias
        )


class Cycles:
    """A march through cycles, in runs of one speed-up each; every run starts where the last one ended.

    Args:
        layer: of ions that are looked at.
        shape: of a cycle.
        initial: state of the start; None: ions at rest at the bias.
        mesh: as of `jv`.
    """

    def __init__(self, layer: IonLayer, shape: TrainShape, *, initial: CarrierState | None, mesh: MeshLevel) -> None:
        self.layer, self.shape, self._mesh = layer, shape, mesh
        self._first = self._state = initial or relax_ions(layer.column, voltage=shape.bias, mesh=mesh)
        self.factors: list[float] = []
        self.ends: list[CarrierState] = []
        self.dofs = self.steps = self.iterations = 0
        self.seconds = 0.0

    @property
    def inventory(self) -> tuple[float, float]:
        """[1/m2] ions of the layer after the first cycle and at the end of the last."""
        ion = self.layer.semiconductor.ions[0]
        name = f"{self.layer.name}.{ion.name}"

        def held(state: CarrierState) -> float:
            widths = np.diff(state.position.reshape(-1, 2), axis=1)[:, 0]
            c = state.ion_density[name]
            if ion.kind == "pair":
                c = c + ion.mean_density**2 / np.where(c > 0, c, np.inf)
            return float(c.reshape(-1, 2).mean(axis=1) @ widths)

        return held(self.ends[0]), held(self.ends[-1])

    def run(self, factor: float, count: int) -> CarrierState:
        """A number of cycles; the ions that count, with the carriers at the end.

        Args:
            factor: by which every diffusivity of ions is multiplied.
            count: of cycles.
        """
        begun = perf_counter()
        space = moving_space(_faster(self.layer.column, factor), self._mesh)
        start(space, self._state)
        for _ in range(count):
            mean = self._cycle(space)
            self.factors.append(factor)
            self.ends.append(self._kept(space, ion_densities(space)))
        middles = mean.value[1:]
        self._state, self.dofs = self.ends[-1], space.u.size
        self.seconds += perf_counter() - begun
        blended = [middle + (end - middle) / factor for middle, end in zip(middles, _contents(space), strict=True)]
        return self._kept(space, [_density(one.law, c) for one, c in zip(space.moving, blended, strict=True)])

    def _cycle(self, space: CarrierSpace) -> "_Mean":
        """One cycle; its time starts at zero, so that short steps are not lost in it.

        What recombined in the mean heals the traps that ions make, from the next cycle on.
        """
        march = CarrierMarch(space, self.shape.drive, accuracy=ACCURACY)
        mean = _Mean(0.0, [0.0, *_contents(space)])
        for now, contents in [(one, _contents(space)) for one in march.run(self.shape.period, np.zeros(0))]:
            recombining = np.asarray(sum(now.currents.recombination.values()))
            mean.add(now.time, [recombining, *contents])
        space.mean_current = float(mean.value[0])
        self.steps += march.steps
        self.iterations += march.iterations
        return mean

    def left(self) -> float:
        """[1/m2] of net charges that further cycles would still move: what the last two moved, as a geometric sum."""
        past = [self._net(state) for state in [self._first, *self.ends][-3:]]
        sooner, later = (float(np.abs(b - a) @ self._widths) for a, b in pairwise(past))
        ratio = min(later / sooner, SLOWEST) if sooner > 0 else 0.0
        return later * ratio / (1 - ratio)

    @property
    def _widths(self) -> Array:
        return np.diff(self.ends[-1].position.reshape(-1, 2), axis=1)[:, 0]

    def _net(self, state: CarrierState) -> Array:
        return self.layer.net_density(state).reshape(-1, 2).mean(axis=1)

    def _kept(self, space: CarrierSpace, densities: list[Array]) -> CarrierState:
        return replace(state_of(space, self.shape.bias, space.moving, densities), column=self.layer.column)


class _Mean:
    """Means over time of what is linear between the times that are added.

    Args:
        time: [s] of the start.
        values: at the start.
    """

    def __init__(self, time: float, values: list[Any]) -> None:
        self._begun = self._time = time
        self._last = values
        self._sums = [0.0 * value for value in values]

    def add(self, time: float, values: list[Any]) -> None:
        """The values at the next time."""
        step, pairs = time - self._time, zip(self._sums, self._last, values, strict=True)
        self._sums = [total + step * (sooner + later) / 2 for total, sooner, later in pairs]
        self._time, self._last = time, values

    @property
    def value(self) -> list[Any]:
        """The means, in the order given."""
        return [total / (self._time - self._begun) for total in self._sums]


def _contents(space: CarrierSpace) -> list[Array]:
    return [one.law.conserved(c) for one, c in zip(space.moving, ion_densities(space), strict=True)]


def _density(law: RestingIons, content: Array) -> Array:
    """[1e24/m3] the density again; of pairs c_V from c_V - c_I."""
    if not law.pairs:
        return content
    root = np.sqrt(content**2 + 4 * law.mean**2)
    return np.where(content > 0, (root + content) / 2, 2 * law.mean**2 / (root - content))


def _faster(column: Column, factor: float) -> Column:
    """The column with the diffusivity of every ion multiplied."""
    layers = []
    for layer, semiconductor in zip(column.layers, column.semiconductors, strict=True):
        ions = tuple(ion.replace(diffusivity=factor * ion.diffusivity) for ion in semiconductor.ions)
        layers.append(layer.replace(material=semiconductor.replace(ions=ions)) if ions else layer)
    return column.replace(layers=tuple(layers))
