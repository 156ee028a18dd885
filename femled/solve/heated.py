"""Newton's method for carriers together with the mean temperature of their column, and with its voltage.

    F(u; T, V) = 0,   T = T_0 + R_th P,   P = J V - light,   and one of  V + R_s J = given,  J = given,  T = given

The carriers' matrix A gets a border: w = -A^-1 dF/dT and v = -A^-1 dF/dV say how the levels follow temperature and
voltage, and J and P along them give two equations for dT and dV. dF/dT is a central difference of the residual: the
laws of the layers, the thermal voltage and the contacts are all in it.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from femled.errors import ConvergenceError
from femled.solve.carrier_currents import currents
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import DeadEnd, Ties, tied_ends
from femled.solve.ions import RestingSpecies

Array = NDArray[np.float64]

SETTLED = 1.0
"""[V_T] update of the carriers below which temperature and voltage follow them."""

WARMER, FARTHER = 0.1, 0.5
"""Largest change in one step: of the temperature as a share of it, and of the voltage [V]."""

APART_K, APART_V = 3e-3, 1e-4
"""[K] and [V] of the central differences: both errors, of rounding and of the next order, are near 1e-8."""

LARGEST_PER_K, LARGEST_PER_V = 0.02, 1.0
"""[V/K] and [V/V] bounds on how a level follows; one that nothing determines would go anywhere."""

UNIT_K = 0.01
"""Share of the temperature that counts as much as a thermal voltage in the test of convergence."""


class Aim(NamedTuple):
    """What a state is asked for: the outer voltage [V], the current density [A/m2] or the temperature [K]."""

    kind: Literal["voltage", "current", "temperature"]
    value: float


@dataclass(frozen=True)
class HeatSink:
    """What the heat of a column flows into, and what leaves without heating it.

    Args:
        temperature: [K] T_0.
        resistance: [m2 K/W] R_th between the column and it.
        outcoupling: [1] share of the photons that leave.
        series_resistance: [ohm m2] R_s outside of the layers, whose heat is released elsewhere.
    """

    temperature: float
    resistance: float
    outcoupling: float = 0.0
    series_resistance: float = 0.0


class Flow(NamedTuple):
    """What passes a column: current density J [A/m2] and heat P [W/m2]."""

    current: float
    heat: float


class Slopes(NamedTuple):
    """Of current and heat, in the temperature at a constant voltage of the layers, and in that voltage."""

    current_warmer: float
    heat_warmer: float
    current_farther: float
    heat_farther: float


class HeatedNewton(CarrierNewton):
    """Newton's method for carriers, temperature and voltage at once.

    Args:
        space: the equations, at rest or with frozen ions.
        sink: of the heat.
    """

    def __init__(self, space: CarrierSpace, sink: HeatSink) -> None:
        super().__init__(space)
        self.sink, self.aim, self.coupled = sink, Aim("voltage", 0.0), True
        self.temperature, self.voltage = sink.temperature, 0.0
        self.slopes = Slopes(0.0, 0.0, 0.0, 0.0)
        self._held_temperature = 0.0
        self._ties = Ties(space, tied_ends(space))
        self.place(sink.temperature, 0.0)

    def place(self, temperature: float, voltage: float) -> None:
        """Give the equations a temperature [K] and a voltage of the layers [V]; the state stays as it is."""
        self.temperature, self.voltage = temperature, voltage
        self._hold(temperature, voltage)

    def _hold(self, temperature: float, voltage: float) -> None:
        space = self.space
        if temperature != self._held_temperature:
            self._held_temperature = temperature
            space.set_temperature(temperature)
            if isinstance(space.ions, RestingSpecies):
                laws = [replace(one.law, thermal_voltage=space.vt) for one in space.ions.species]
                species = [replace(one, law=law) for one, law in zip(space.ions.species, laws, strict=True)]
                space.ions = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
        space.bias(voltage)
        self._ties.hold(self._ties.faces())

    @property
    def ends(self) -> list[DeadEnd]:
        """Those whose levels are tied, as the sink is cold."""
        return self._ties.ends

    def solved(self, right: Array) -> Array:
        """(nodes, components) the linear step, with the levels of dead ends following those of their faces."""
        return self._ties.follow(super().solved(right), super().solved)

    def _advance(self, change: Array, over: Array | None = None) -> tuple[float, float, Array]:
        """The step map; dead ends have the levels of their faces at once."""
        found = super()._advance(change, over)
        self._ties.put()
        return found

    def flow(self) -> Flow:
        """Of the state as it is."""
        return self._flow(self.voltage)

    def _flow(self, voltage: float) -> Flow:
        found, light = currents(self.space), 0.0
        if self.sink.outcoupling:
            light = self.sink.outcoupling * found.recombination["radiative"] * photon_energy(self.space)
        return Flow(found.total, found.total * voltage - light)

    def imbalance(self) -> float:
        """[K] by which the temperature misses that of the heat."""
        return self.temperature - self.sink.temperature - self.sink.resistance * self.flow().heat

    def step(self, shift: float) -> tuple[float, float]:
        """Solve, update all, and return the largest update and that of the potential, [V_T].

        Args:
            shift: on the diagonal of the scaled continuity rows.
        """
        space = self.space
        (warmer, at_rest), farther = self._warmed(), self._raised()
        right, slope = self._right()
        self._factor(slope, shift)
        warmer, farther = (
            np.clip(self.solved(response), -bound, bound)
            for response, bound in ((warmer, LARGEST_PER_K), (farther, LARGEST_PER_V))
        )
        size, moved, _ = self._advance(self.solved(right))
        if size > SETTLED:
            return size, moved
        by_levels, by_voltage = self._along(warmer, APART_K, 0.0), self._along(farther, APART_V, APART_V)
        self.slopes = Slopes(at_rest.current + by_levels.current, at_rest.heat + by_levels.heat, *by_voltage)
        kelvin, volt = self._steps()
        space.u += kelvin * warmer + volt * farther
        self.place(self.temperature + kelvin, self.voltage + volt)
        return max(size, abs(kelvin) / (UNIT_K * self.temperature), abs(volt) / space.vt), moved

    def _warmed(self) -> tuple[Array, Flow]:
        """(size,) derivative of the right-hand side in the temperature, and of the flow, both with levels at rest."""
        sides, flows = [], []
        for sign in (1, -1):
            self._hold(self.temperature + sign * APART_K, self.voltage)
            sides.append(self._right()[0])
            flows.append(self.flow())
        self._hold(self.temperature, self.voltage)
        return (sides[0] - sides[1]) / (2 * APART_K), _difference(flows, APART_K)

    def _raised(self) -> Array:
        """(size,) derivative of the right-hand side in the voltage."""
        sides = []
        for sign in (1, -1):
            self._hold(self.temperature, self.voltage + sign * APART_V)
            sides.append(self._right()[0])
        self._hold(self.temperature, self.voltage)
        return np.asarray((sides[0] - sides[1]) / (2 * APART_V))

    def _along(self, response: Array, apart: float, volt: float) -> Flow:
        """Derivative of the flow along a response (nodes, components) of the state, with a voltage that moves along."""
        here, flows = self.space.u.copy(), []
        for sign in (1, -1):
            self._hold(self.temperature, self.voltage + sign * volt)
            self.space.u[:] = here + sign * apart * response
            flows.append(self._flow(self.voltage + sign * volt))
        self.space.u[:] = here
        self._hold(self.temperature, self.voltage)
        return _difference(flows, apart)

    def _steps(self) -> tuple[float, float]:
        """[K] and [V] from the heat balance and the aim, linear about the state, together no larger than allowed."""
        flow, s, sink = self.flow(), self.slopes, self.sink
        resistance, wanted = sink.series_resistance, self.aim.value
        rows = [[1 - sink.resistance * s.heat_warmer, -sink.resistance * s.heat_farther]]
        miss = [sink.temperature + sink.resistance * flow.heat - self.temperature]
        if self.aim.kind == "voltage":
            rows.append([resistance * s.current_warmer, 1 + resistance * s.current_farther])
            miss.append(wanted - self.voltage - resistance * flow.current)
        elif self.aim.kind == "current":
            ahead = wanted * flow.current > 0  # currents rise with the exponent of the voltage
            rows.append([s.current_warmer, s.current_farther])
            miss.append(flow.current * float(np.log(wanted / flow.current)) if ahead else wanted - flow.current)
        else:
            rise, reached = wanted - sink.temperature, sink.resistance * flow.heat
            rows.append([1.0, 0.0])
            miss.append(wanted - self.temperature)
            if rise > 0 and reached > 0:
                rows[0] = [-sink.resistance * s.heat_warmer / reached, -sink.resistance * s.heat_farther / reached]
                miss[0] = float(np.log(reached / rise))
        if not self.coupled:
            rows[0], miss[0] = [1.0, 0.0], 0.0
        try:
            kelvin, volt = np.linalg.solve(np.array(rows), np.array(miss))
        except np.linalg.LinAlgError:
            raise failure("the heat balance is singular") from None
        if not (np.isfinite(kelvin) and np.isfinite(volt)):
            raise failure("no finite step", self.voltage)
        share = min(1.0, WARMER * self.temperature / max(abs(kelvin), 1e-30), FARTHER / max(abs(volt), 1e-30))
        return float(share * kelvin), float(share * volt)

    @property
    def margin(self) -> float:
        """[1] 1 - R_th dP/dT at a constant outer voltage, of a settled state: zero at the fold, negative beyond it."""
        s, resistance = self.slopes, self.sink.series_resistance
        drop = -resistance * s.current_warmer / (1 + resistance * s.current_farther)
        return 1 - self.sink.resistance * (s.heat_warmer + drop * s.heat_farther)


def _difference(flows: list[Flow], apart: float) -> Flow:
    return Flow(*((one - other) / (2 * apart) for one, other in zip(*flows, strict=True)))


def photon_energy(space: CarrierSpace) -> float:
    """[eV] of the narrowest gap among the layers that emit light; 0 if none does."""
    gaps = [data["conduction_band"] - data["valence_band"] for data in space.data if data["radiative"] > 0]
    return float(min(gaps, default=0.0))


def failure(reason: str, voltage: float | None = None) -> ConvergenceError:
    """Of the column and its heat."""
    advice = "try smaller steps, or a lower thermal_resistance"
    return ConvergenceError(time=None, step=None, block="heated column", reason=reason, advice=advice, voltage=voltage)
