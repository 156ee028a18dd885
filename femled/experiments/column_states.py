"""Steady states of a column with frozen ions at any voltage and temperature, each found from those next to it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from femled.device import Column
from femled.domain.column_mesh import CarrierMesh
from femled.errors import ConvergenceError
from femled.solve.carrier_currents import ContactFluxes, Currents
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.ions import Ions
from femled.solve.newton import STALLED, iterate
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]

WARM = 250.0
"""[K] from which on states are reached from equilibrium. Below, carriers behind barriers couple by less than round-off:
their level is known from a warmer state only."""

COOLING = 0.88
"""Ratio of the temperatures of the states in between."""

NEAR = 0.6
"""[V] between which a state is interpolated."""


@dataclass
class _Warmth:
    """One temperature.

    Args:
        space: the equations at it.
        newton: of the space.
        contacts: of the space.
        states: [V] -> the unknowns there.
        slopes: [V] -> their derivative in the voltage.
    """

    space: CarrierSpace
    newton: CarrierNewton
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
    """

    def __init__(self, column: Column, mesh: CarrierMesh, ions: Ions, mean_current: float) -> None:
        self._column, self._mesh, self._ions, self._mean_current = column, mesh, ions, mean_current
        self._warmths: dict[float, _Warmth] = {}
        self.solved = self.iterations = 0
        self.unsettled: dict[tuple[float, float], float] = {}

    def space(self, temperature: float) -> CarrierSpace:
        """The equations at a temperature, holding the state that was asked for last."""
        return self._warmth(temperature).space

    def _warmth(self, temperature: float) -> _Warmth:
        if temperature not in self._warmths:
            space = CarrierSpace(self._column.replace(temperature=temperature), self._mesh)
            space.ions, space.mean_current = self._ions, self._mean_current
            self._warmths[temperature] = _Warmth(space, CarrierNewton(space), ContactFluxes(space))
        return self._warmths[temperature]

    def currents(self, temperature: float) -> Currents:
        """Of the state that the space of a temperature holds."""
        return self._warmth(temperature).contacts.measure()

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
            warmth.space.bias(voltage)
            return
        for guess in (self._near, self._between, self._beside):
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
        space.bias(voltage)
        try:
            settled = iterate(warmth.newton)
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
        return self._beside(warmth, voltage, 1.001)

    def _beside(self, warmth: _Warmth, voltage: float, ratio: float = 1.25) -> Array | None:
        """The state at the same voltage and the nearest temperature, if it is as near as a ratio."""
        own = warmth.space.column.temperature
        others = [warm for warm, one in self._warmths.items() if voltage in one.states and warm != own]
        nearest = min(others, key=lambda warm: abs(np.log(warm / own)), default=None)
        if nearest is None or not 1 / ratio <= nearest / own <= ratio:
            return None
        return self._warmths[nearest].states[voltage].copy()

    def _from_afar(self, warmth: _Warmth, voltage: float, temperature: float) -> None:
        """From equilibrium at the same temperature, or along warmer states."""
        if temperature < WARM:
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
