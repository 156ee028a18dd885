"""Steady states of a column with frozen ions at any voltage and temperature, each found from those next to it."""

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from femled.device import Column
from femled.domain.column_mesh import CarrierMesh, MeshLevel, column_mesh
from femled.errors import ConvergenceError
from femled.experiments.carrier_state import CarrierState, frozen_ions
from femled.experiments.jv import relax_ions
from femled.solve.carrier_currents import ContactFluxes, Currents
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_end_history import DeadEndHistory
from femled.solve.dead_ends import WARM, FillingTimes, TiedNewton, dead_ends, filling_times, newton_of
from femled.solve.ions import Ions
from femled.solve.newton import STALLED
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]

History = CarrierState | Literal["at rest", "none"]
"""Ions as in a state, at rest at the background bias, or neither ions nor their counter-charge."""

COOLING = 0.88
"""Ratio of the temperatures of the states by which those in the cold, below `WARM`, are reached if dead ends are
filled; others are from equilibrium."""

NEAR, STRIDE = 0.6, 0.5
"""[V] between which a state is interpolated, and how far one is foreseen along a slope."""


@dataclass
class _Warmth:
    """One temperature.

    Args:
        space: the equations at it.
        newton: of the space; below WARM with the levels of dead ends tied if they are filled.
        contacts: of the space.
        states: [V] -> the unknowns there.
        slopes: [V] -> their derivative in the voltage.
    """

    space: CarrierSpace
    newton: TiedNewton
    contacts: ContactFluxes
    states: dict[float, Array] = field(default_factory=dict)
    slopes: dict[float, Array] = field(default_factory=dict)
    path: SteadyPath | None = None


class ColumnStates:
    """Steady states by voltage of the layers and temperature of all of them.

    Args:
        column: the device.
        mesh: of it, one for all temperatures.
        ions: frozen, or none.
        mean_current: [A/m2] that heals traps.
        history: of dead ends; None: they are filled.
    """

    def __init__(
        self,
        column: Column,
        mesh: CarrierMesh,
        ions: Ions,
        mean_current: float,
        history: DeadEndHistory | None = None,
    ) -> None:
        self.column, self._mesh, self._ions, self._mean_current = column, mesh, ions, mean_current
        self.history = history
        self._warmths: dict[float, _Warmth] = {}
        self.solved = self.iterations = 0
        self.unsettled: dict[tuple[float, float], float] = {}

    def open_for(self, time: float | None) -> "ColumnStates":
        """The same, after another time of dead ends [s]; None when they are filled."""
        history = None if time is None or self.history is None else replace(self.history, time=time)
        return ColumnStates(self.column, self._mesh, self._ions, self._mean_current, history)

    def space(self, temperature: float) -> CarrierSpace:
        """The equations at a temperature, holding the state that was asked for last."""
        return self._warmth(temperature).space

    def _warmth(self, temperature: float) -> _Warmth:
        if temperature not in self._warmths:
            space = CarrierSpace(self.column.replace(temperature=temperature), self._mesh)
            space.ions, space.mean_current = self._ions, self._mean_current
            if self.history is not None:
                self.history.impose(space)
            self._warmths[temperature] = _Warmth(space, newton_of(space), ContactFluxes(space))
        return self._warmths[temperature]

    def filling_times(self, temperature: float) -> FillingTimes:
        """Of all dead ends, tied or not, in the state that the space of a temperature holds."""
        space = self._warmth(temperature).space
        return filling_times(space, dead_ends(space))

    def currents(self, temperature: float) -> Currents:
        """Of the state that the space of a temperature holds."""
        return self._warmth(temperature).contacts.now()

    def go(self, voltage: float, temperature: float) -> None:
        """Bring the space of a temperature to a voltage.

        Args:
            voltage: [V] of the layers.
            temperature: [K].

        Raises:
            ConvergenceError: naming both.
        """
        warmth = self._warmth(temperature)
        if voltage in warmth.states:
            warmth.space.u[:] = warmth.states[voltage]
            warmth.newton.hold(voltage)
            return
        for guess in (self._near, self._between, self._beside, self._onward):
            state = guess(warmth, voltage)
            if state is not None and self._settles(warmth, voltage, state):
                break
        else:
            self._from_afar(warmth, voltage, temperature)
        warmth.states[voltage] = warmth.space.u.copy()
        self.solved += 1

    def slope(self, voltage: float, temperature: float) -> Array:
        """(nodes, components) derivative of the unknowns in the voltage; the space holds the state then."""
        self.go(voltage, temperature)
        warmth = self._warmth(temperature)
        if voltage not in warmth.slopes:
            warmth.slopes[voltage] = warmth.newton.by_voltage()
        return warmth.slopes[voltage]

    def _settles(self, warmth: _Warmth, voltage: float, state: Array) -> bool:
        """Newton from a guess; False, with nothing kept, if it does not settle."""
        space = warmth.space
        space.u[:] = state
        try:
            settled = warmth.newton.settle(voltage)
        except ConvergenceError:
            return False
        self.iterations += settled.steps
        if settled.update > STALLED:
            self.unsettled[voltage, space.column.temperature] = settled.update
        return True

    def _between(self, warmth: _Warmth, voltage: float) -> Array | None:
        """The cubic through the states on both sides at the same temperature, if they are near."""
        below = max((v for v in warmth.slopes if v < voltage), default=None)
        above = min((v for v in warmth.slopes if v > voltage), default=None)
        if below is None or above is None or above - below > 2 * NEAR:
            return None
        width, share = above - below, (voltage - below) / (above - below)
        low, high, s = warmth.states[below], warmth.states[above], share
        bend = s * (1 - s) * width * ((1 - s) * warmth.slopes[below] - s * warmth.slopes[above])
        ramp = s**2 * (3 - 2 * s)
        return np.asarray((1 - ramp) * low + ramp * high + bend)

    def _near(self, warmth: _Warmth, voltage: float) -> Array | None:
        """The state at the same voltage and almost the same temperature."""
        own = warmth.space.column.temperature
        found = self._at(voltage, own, 1.001)
        return self._warmths[found[0]].states[voltage] if found else None

    def _beside(self, warmth: _Warmth, voltage: float) -> Array | None:
        """The straight line in 1/T through the states at the same voltage and the two nearest temperatures."""
        own = warmth.space.column.temperature
        found = self._at(voltage, own, 1.25)
        if len(found) < 2:
            return self._warmths[found[0]].states[voltage] if found else None
        near, other = (self._warmths[warm].states[voltage] for warm in found[:2])
        share = (1 / own - 1 / found[0]) / (1 / found[1] - 1 / found[0])
        return np.asarray(near + share * (other - near))

    def _onward(self, warmth: _Warmth, voltage: float) -> Array | None:
        """Along the slope of the nearest state at the same temperature, in strides."""
        nearest = min(warmth.states, key=lambda known: abs(known - voltage), default=None)
        if nearest is None:
            return None
        while abs(voltage - nearest) > STRIDE * (1 + 1e-9):  # 2.3 - 1.8 is 0.4999..., 2.8 - 2.3 may be more than 0.5
            nearest += math.copysign(STRIDE, voltage - nearest)
            self.go(nearest, warmth.space.column.temperature)
        slope = self.slope(nearest, warmth.space.column.temperature)
        return np.asarray(warmth.states[nearest] + (voltage - nearest) * slope)

    def _at(self, voltage: float, temperature: float, ratio: float) -> list[float]:
        """[K] at which the state at a voltage is known, within a ratio of a temperature, the nearest first."""
        far = {warm: abs(np.log(warm / temperature)) for warm, one in self._warmths.items() if voltage in one.states}
        return sorted((warm for warm, away in far.items() if away <= np.log(ratio)), key=lambda warm: far[warm])

    def _from_afar(self, warmth: _Warmth, voltage: float, temperature: float) -> None:
        """From equilibrium at the same temperature, or along warmer states."""
        if temperature < WARM and self.history is None:
            self.go(voltage, temperature / COOLING)
            if self._settles(warmth, voltage, self._warmth(temperature / COOLING).states[voltage]):
                return
        try:
            if warmth.path is None:
                warmth.path = SteadyPath(warmth.space)
            before = warmth.path.iterations
            warmth.path.home()
            warmth.path.go(voltage)
        except ConvergenceError as error:
            raise ConvergenceError(
                time=None,
                step=None,
                block=f"carriers at {temperature:.6g} K",
                reason=error.reason,
                advice=error.advice,
                voltage=error.voltage,
            ) from None
        self.iterations += warmth.path.iterations - before
        if warmth.path.unsettled:
            self.unsettled[voltage, temperature] = warmth.path.unsettled
        warmth.newton.hold(voltage)


def states_after(
    column: Column, ions: History, background: float, mesh: MeshLevel, time: float | None = None
) -> ColumnStates:
    """Those with the ions of a history, on the mesh of the ambient temperature.

    Args:
        column: the device, at the ambient temperature.
        ions: their history.
        background: [V] before the pulse; of a state its own voltage counts.
        mesh: of the column.
        time: [s] for which carriers have entered dead ends; 0 for none, None for as long as it takes.
    """
    grid = column_mesh(column, mesh, ions=ions != "none")
    space, current = CarrierSpace(column, grid), 0.0
    if ions != "none":
        state = relax_ions(column, voltage=background, mesh=mesh) if isinstance(ions, str) else ions
        background, current = state.voltage, state.mean_current_density
        space.ions = frozen_ions(space, state)
    space.mean_current = current
    history, ends = None, dead_ends(space) if time is not None else []
    if ends and time is not None:
        SteadyPath(space).go(background)
        history = DeadEndHistory.of_state(space, ends, time, background)
    return ColumnStates(column, grid, space.ions, current, history)
