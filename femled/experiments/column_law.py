"""The vertical law of a pixel from its own drift-diffusion, as a table that is made where it is used."""

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from femled.device import Column, Pixel
from femled.domain.column_mesh import MeshLevel
from femled.errors import ConvergenceError, InputError
from femled.experiments.column_notes import ColumnNotes
from femled.experiments.column_shares import ColumnShares, LocalDetail, Shares
from femled.experiments.column_states import History, states_after
from femled.experiments.dead_end_choice import DeadEnds, open_time
from femled.experiments.jv import column_between_contacts
from femled.physics.local_law import LocalCurrent
from femled.solve.hermite_table import Function, HermiteTable

Array = NDArray[np.float64]

TOLERANCE = 1e-4
"""Of the current density, relative."""

NEGLIGIBLE = 10.0
"""[A/m2] current density that an error is compared with where less flows."""

LOWEST, HIGHEST = -1.0, 60.0
"""[V] ends of the table."""

COLDER, HOTTER = 0.2, 300.0
"""Ends of the table: a share of the ambient temperature below it, and [K] above."""

SHARE_OF_AMBIENT = 1 / 8
"""Width of the intervals of temperature that are halved, rounded down to a power of two in kelvin."""

ROUNDS = 60
"""Steps to the voltage behind a resistance; each halves its bracket at least now and then."""

NUDGE, WARMING = 1e-3, 2e-5
"""[V_T] and share of T over which slopes are taken: along the state's own slope, and between two settled states."""


class ColumnLaw:
    """Current density from local voltage and temperature, by the drift-diffusion of a column.

    Carriers are steady at every moment but for those in dead ends, layers that they enter over a barrier and do not
    leave: pulses may be too short to fill them (see `warnings`), so how long they have been open is told. Ions stay
    where their history has left them, the whole column has the temperature of the emitter. States are solved where the
    law is asked, so that the interpolation error is below the tolerance; the same place is never solved twice.

        asinh(J/J_s) is a bicubic in u and 1/T between nodes with exact slopes

    with J_s = tolerance x negligible: below, where round-off is, J itself is interpolated, above its logarithm.

    Beyond 60 V, below -1 V, beyond 300 K above ambient or 20 % below it the law goes on straight, which serves
    iterations on their way; `check` refuses a solution there.

    Args:
        device: a pixel, at its ambient temperature, or a column.
        ions: "at rest" in the dark at the background bias and ambient temperature, "none", or as in a state.
        background: [V] bias at which ions, and carriers in dead ends, have come to rest.
        dead_ends: "filled"; "held" as at the background; or as after a time [s] at the voltage of the moment, by one
            implicit step (`femled.solve.dead_end_history`): held for a short one, filled for a long one.
        tolerance: [1] of J, relative; half of it for the interpolation in voltage, half for that in temperature.
        negligible: [A/m2] where less flows, the error is compared with this.
        mesh: as of `jv`.
        specific_contact_resistance: [ohm m2] added to the series resistance of the column.

    Raises:
        InputError: a device that carries no current, a layer without electrical data, or ions of another column.
        ConvergenceError: no state with ions at rest.
    """

    def __init__(
        self,
        device: Column | Pixel,
        *,
        ions: History = "at rest",
        background: float = 0.0,
        dead_ends: DeadEnds = "filled",
        tolerance: float = TOLERANCE,
        negligible: float = NEGLIGIBLE,
        mesh: MeshLevel = "default",
        specific_contact_resistance: float = 0.0,
    ) -> None:
        column = column_between_contacts(device)
        column = column.replace(series_resistance=column.series_resistance + specific_contact_resistance)
        if column.anode.kind == column.cathode.kind == "blocking":
            raise InputError("both contacts are blocking: no current can flow, there is no law of it")
        if isinstance(ions, str) and ions not in ("at rest", "none"):
            raise InputError(f'ions "{ions}" are neither "at rest", "none" nor a state from relax_ions')
        if not 1e-9 <= tolerance <= 0.1:
            raise InputError(f"tolerance {tolerance:g} is outside 1e-9 .. 0.1")
        self.device, self.column = device, column
        self.ambient, self._tolerance = column.temperature, tolerance
        self._negligible, self._small = negligible, tolerance * negligible
        self._states = states_after(column, ions, background, mesh, open_time(dead_ends))
        self._highest: tuple[float, float] | None = None
        step = 2.0 ** math.floor(math.log2(SHARE_OF_AMBIENT * self.ambient))
        function = Function(node=self._node, value=self._value, misfit=self._misfit)
        self._table = HermiteTable(function, start=self.ambient, step=step, tolerance=tolerance)
        self._limits = (LOWEST, HIGHEST)
        self._failure: ConvergenceError | None = None
        self._shares: dict[tuple[float, float], Shares] = {}
        self._notes, self._sharing = ColumnNotes(self._states), ColumnShares(device, column)

    # Asking

    def at(self, voltage: Array, temperature: Array) -> LocalCurrent:
        """The current at voltages (n,), [V], and temperatures (n,), [K]; see `check` for where that means something."""
        inner = self._of_layers(voltage, temperature)
        found = self._current(inner, temperature)
        if inner is voltage:
            return found
        less = 1 + self.column.series_resistance * found.by_voltage
        return LocalCurrent(found.current_density, found.by_voltage / less, found.by_temperature / less)

    def check(self, voltage: Array, temperature: Array) -> None:
        """Refuse what the table does not hold.

        Raises:
            InputError: a voltage or a temperature outside the range.
            ConvergenceError: a voltage that the equations could not be taken to.
        """
        low, high = float(np.min(voltage)), float(np.max(voltage))
        if self._failure is not None and high > self._limits[1]:
            raise self._failure
        for name, unit, asked, ends in (
            ("voltage", "V", (low, high), (LOWEST, HIGHEST)),
            ("temperature", "K", (float(np.min(temperature)), float(np.max(temperature))), self._warm_limits),
        ):
            if not (ends[0] <= asked[0] and asked[1] <= ends[1]):  # also refuses what is no number
                wrong = asked[1] if ends[0] <= asked[0] else asked[0]
                allowed = f"{ends[0]:g} .. {ends[1]:g} {unit}"
                raise InputError(f"law: {name} {wrong:.6g} {unit} of the layers is outside {allowed}: drive less")
        if self._highest is None or high > self._highest[0]:
            self._highest = high, float(np.broadcast_to(temperature, np.shape(voltage)).flat[np.argmax(voltage)])

    def detail(self, voltage: Array, temperature: Array) -> LocalDetail:
        """What the current does, read from the same table, where the law holds.

        Light that leaves is IQE x J x mean outcoupling by height x mean photon energy; none where the pixel's
        outcoupling is unknown (see `warnings`). Heat is J u without that light: shares of the layers and outcoupling
        are interpolated linearly between the nodes, their sum is exact.

        Args:
            voltage: (n,), [V].
            temperature: (n,), [K].

        Raises:
            InputError, ConvergenceError: as of `check`.
        """
        asked, warm = (np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (voltage, temperature))
        self.check(asked, warm)
        u = self._of_layers(asked, warm)
        values = self._read(u, warm, values=3)
        self.check(asked, warm)
        current, radiative = (self._small * np.sinh(values[k, 0]) for k in (0, 1))
        shares = self._linear(u, warm)
        made = np.maximum(radiative, 0.0)
        light = made * shares.outcoupling * self._sharing.photon_energy
        heat = shares.heat * (current * u)
        heat[self._sharing.emitter + 1] -= light
        return LocalDetail(
            radiative_current_density=radiative,
            internal_quantum_efficiency=np.where(current > made, made / np.where(current > made, current, 1.0), 0.0),
            light=light,
            heat=heat[1:-1],
            contact_heat=heat[[0, -1]],
            series_heat=self.column.series_resistance * current**2,
            charge=values[2, 0],
            capacitance=values[2, 1] / (1 + self.column.series_resistance * self._slopes(values[0])[0]),
            emitter_current_density=shares.recombining * np.maximum(current, 0.0),
            electron_density=shares.carriers[0],
            hole_density=shares.carriers[1],
        )

    # Account

    @property
    def range(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """[V], [K] lowest and highest that may be asked."""
        return self._limits, self._warm_limits

    @property
    def photon_energy(self) -> float:
        """[V] mean energy of the photons over q; 0 where none are known to leave."""
        return self._sharing.photon_energy

    @property
    def error(self) -> float:
        """[1] largest estimated interpolation error so far, of J, relative to J or the negligible current density."""
        return self._table.error

    @property
    def solved(self) -> int:
        """States solved so far."""
        return self._states.solved

    @property
    def iterations(self) -> int:
        """Newton steps so far."""
        return self._states.iterations

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know of the states, sorted."""
        found = [*self._notes.sentences, *self._notes.of_dead_ends(self._worst)]
        if self.error > self._tolerance:
            found.append(f"J is interpolated to {self.error:.1g} only, where it is not smooth")
        if self._shares:
            found += self._sharing.notes
        return tuple(found)

    @property
    def _worst(self) -> tuple[float, float, float] | None:
        """[V] of the layers, [K] and [A/m2] where the voltage of a solution was highest."""
        if self._highest is None:
            return None
        u, warm = np.array([self._highest]).T
        return float(self._of_layers(u, warm)[0]), self._highest[1], float(self.at(u, warm).current_density[0])

    # Table

    @cached_property
    def _warm_limits(self) -> tuple[float, float]:
        return (1 - COLDER) * self.ambient, self.ambient + HOTTER

    def _inside(self, voltage: Array, temperature: Array) -> tuple[Array, Array]:
        (low, high), (cold, hot) = self._limits, self._warm_limits
        return np.minimum(np.maximum(voltage, low), high), np.minimum(np.maximum(temperature, cold), hot)

    def _read(self, voltage: Array, temperature: Array, *, values: int) -> Array:
        """(values, 3, n) of the table at voltages of the layers; those that cannot be reached end it."""
        while True:
            try:
                return self._table.at(*self._inside(voltage, temperature), values=values)
            except ConvergenceError as error:
                failed = HIGHEST if error.voltage is None else error.voltage
                limit = math.ceil(min(failed, self._limits[1])) - 1.0
                if limit <= 0.0:
                    raise
                self._limits, self._failure = (LOWEST, limit), error

    def _slopes(self, first: Array) -> Array:
        """(2, n) dJ/du and dJ/dT from the first value and its derivatives (3, n)."""
        return np.asarray(self._small * np.cosh(first[0]) * first[1:])

    def _of_layers(self, voltage: Array, temperature: Array) -> Array:
        """(n,), [V] at the layers, w + R J(w) = u, by Newton's method between 0 and u."""
        resistance = self.column.series_resistance
        if resistance == 0.0:
            return voltage
        low, high = np.minimum(voltage, 0.0), np.maximum(voltage, 0.0)
        inner = voltage / 2
        for _ in range(ROUNDS):
            through = self._current(inner, temperature)
            excess = inner + resistance * through.current_density - voltage
            low, high = np.where(excess < 0, inner, low), np.where(excess < 0, high, inner)
            moved = inner - excess / (1 + resistance * through.by_voltage)
            moved = np.where((moved >= low) & (moved <= high), moved, (low + high) / 2)
            if np.abs(moved - inner).max(initial=0.0) < 1e-13 * (1.0 + np.abs(voltage).max(initial=0.0)):
                return moved
            inner = moved
        return inner

    def _current(self, voltage: Array, temperature: Array) -> LocalCurrent:
        """At voltages of the layers."""
        first = self._read(voltage, temperature, values=1)[0]
        u, warm = self._inside(voltage, temperature)
        by_voltage, by_temperature = self._slopes(first)
        density = self._small * np.sinh(first[0]) + by_voltage * (voltage - u)
        return LocalCurrent(density, by_voltage, np.where(warm == temperature, by_temperature, 0.0))

    def _misfit(self, found: Array, wanted: Array) -> float:
        """Error of J, relative to it or to what is negligible."""
        current = self._small * math.sinh(wanted[0])
        other = self._small * math.sinh(max(min(found[0], 500.0), -500.0))
        return abs(other - current) / (abs(current) + self._negligible)

    def _value(self, voltage: float, temperature: float) -> Array:
        """Asinh of J and of its radiative part over J_s, and the charge on the anode [C/m2]."""
        self._states.go(voltage, temperature)
        return self._values(temperature)

    def _values(self, temperature: float) -> Array:
        found = self._states.currents(temperature)
        pair = np.arcsinh(np.array([found.total, found.recombination["radiative"]]) / self._small)
        return np.append(pair, found.electrode_charge[0])

    def _node(self, voltage: float, temperature: float) -> Array:
        """Values with their derivatives in u, in x = -1/T, and in both."""
        there = temperature * (1 + WARMING)
        own = self._sloped(voltage, temperature)
        self._notes.see(temperature)
        return np.hstack([own, (self._sloped(voltage, there) - own) / (1 / temperature - 1 / there)])

    def _sloped(self, voltage: float, temperature: float) -> Array:
        """(values, 2) with their derivatives in the voltage, along the slope of the state."""
        slope, space = self._states.slope(voltage, temperature), self._states.space(temperature)
        own, state = self._values(temperature), space.u.copy()
        found = []
        for sign in (1, -1):
            space.u[:] = state + sign * NUDGE * space.vt * slope
            space.bias(voltage + sign * NUDGE * space.vt)
            found.append(self._values(temperature))
        space.u[:] = state
        space.bias(voltage)
        return np.stack([own, (found[0] - found[1]) / (2 * NUDGE * space.vt)], axis=1)

    def _linear(self, voltage: Array, temperature: Array) -> Shares:
        """Shares at (n,) places, linear between nodes."""
        nodes, which, weights = self._table.corners(*self._inside(voltage, temperature))
        for node in nodes:
            if node not in self._shares:
                self._states.go(*node)
                flowing = self._states.currents(node[1]).total
                self._shares[node] = self._sharing.of(self._states.space(node[1]), flowing)
        return Shares.between([self._shares[node] for node in nodes], which, weights)
