"""Heat and current in one pixel, stepped together.

    d content(u)/dt + flux(u) = S(y, T)          heat: S is the power of layers, sheets and lead
    d(C y)/dt + flux(y, T) = load(t)             sheet and circuit: voltages and current, most rows without storage

In a stage of length dh the heat equation is linear (or is linearised) with one factorisation A, so that
u = u_0 + dh A^-1 B f, where f is the power on a few dozen radial functions B. Only the emitter's temperature on the
same functions, tau = B^T u, matters to f. The stage comes down to a small dense Newton iteration for (y, tau), exact
in the coupling:

    C y/dh + flux(y, tau) = right/dh,      tau = tau_0 + dh (B^T A^-1 B) f(y, tau).
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.domain.disk import Disk
from femled.physics.local_law import LocalCurrent, LocalLaw
from femled.physics.spreading import Sheet
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_trace import LayerTrace
from femled.solve.local_heat import LocalHeat, Power
from femled.solve.sheet import settled_sheet, solved, steady_sheet
from femled.solve.stepping import StepTooLongError, StorageProblem

Array = NDArray[np.float64]

ITERATIONS = 30
TOLERANCE = 1e-9
"""Of the last correction over the largest voltage and the largest rise."""

PASSES = 12
"""Of nonlinear heat conduction at a given power; linear conduction needs one."""

REMEMBERED = 4
"""Vectors whose electrical side is kept: those of a step, asked for by the accounts, the checks and the reports."""

CHARGED = 0.02
"""Share of rtol that voltages of charged layers and lines are held to. A step loses about twice its error of voltage as
energy, hundreds of steps add up, and the whole is to be 1e-4 of what was supplied at the rtol of default."""

ROUND_OFF = 1e-12
"""Of an amplitude where edge and top of a pulse meet."""

COLDEST = 1.0
"""[K] no iteration goes below."""


@dataclass(frozen=True)
class _Linearised:
    """The last Newton matrix of a stage, and the slopes of the power in it."""

    matrix: Array
    by_unknowns: Array
    by_temperature: Array


@dataclass(frozen=True)
class Instant:
    """The electrical side at one instant.

    Args:
        y: (size,) unknowns of the sheet.
        tau: (count,), [K] rise of the emitter, averaged over its thickness, by radial functions.
        rise: (points,), [K] the same at the sheet's points.
        current: through the layers there.
        power: what is released.
    """

    y: Array
    tau: Array
    rise: Array
    current: LocalCurrent
    power: Power


class Electrothermal(StorageProblem):
    """A pixel whose layers conduct by a local law below a sheet, steppable by `stepping.march`.

    Vectors are the heat's entries followed by the unknowns of the sheet.

    Args:
        heat: of the whole pixel, without a source of its own.
        disk: radial functions of the emitter's temperature.
        emitter: loads and temperature of the emitter.
        loads: (owned, powers), [1e-18 W] of every power of `local`.
        sheet: voltages and current.
        local: their power.
        law: J(u, T) of the layers.
    """

    extrapolated = True
    forgetful = False
    unnoticed = 0.1
    """[K] and [V]."""

    def __init__(
        self,
        heat: LinearHeat | NonlinearHeat,
        disk: Disk,
        emitter: LayerTrace,
        loads: Array,
        sheet: Sheet,
        local: LocalHeat,
        law: LocalLaw,
    ) -> None:
        self.heat, self.disk, self.sheet, self.local, self.law = heat, disk, sheet, local, law
        self._emitter, self._loads = emitter, loads
        self._ambient = heat.space.ambient
        self._owned = heat.space.owned
        self._responses: dict[float, tuple[Array, Array]] = {}
        self._last: _Linearised | None = None
        self._recent: deque[tuple[Array, Instant]] = deque(maxlen=REMEMBERED)
        self._power = np.zeros(loads.shape[1])
        self._charged = bool(sheet.charging or not sheet.algebraic[-1])

    def split(self, v: Array) -> tuple[Array, Array]:
        """Heat and sheet of a vector."""
        return v[: self._owned], v[self._owned :]

    def rest(self) -> Array:
        """Everything at ambient, nothing driven."""
        return np.zeros(self._owned + self.sheet.size)

    def rise(self, v: Array) -> Array:
        """(owned,) the rise that a vector stands for."""
        return self.split(v)[0]

    def at(self, v: Array) -> Instant:
        """The electrical side of a vector, which is not changed afterwards: the last ones are remembered."""
        for known, instant in self._recent:
            if known is v:
                return instant
        u, y = self.split(v)
        instant = self._known(y, self._emitter.mean(u))
        self._recent.append((v, instant))
        return instant

    def _known(self, y: Array, tau: Array) -> Instant:
        """The electrical side without its slopes where nothing is driven: the law need not be asked."""
        if y.any():
            return self._instant(y, tau)
        points, loads = len(self.local.functions), self._loads.shape[1]
        nothing = np.zeros(points)
        power = Power(np.zeros(loads), np.zeros((loads, len(y))), np.zeros((loads, len(tau))), 0.0)
        return Instant(y, tau, self.local.functions @ tau, LocalCurrent(nothing, nothing, nothing), power)

    def _instant(self, y: Array, tau: Array) -> Instant:
        rise = self.local.functions @ tau
        temperature = np.maximum(self._ambient + rise, COLDEST)
        current = self.law.at(self.sheet.voltage(y), temperature)
        return Instant(y, tau, rise, current, self.local.power(y, temperature, current))

    # --- what the stepper asks -----------------------------------------------------------------------------------

    def content(self, u: Array) -> Array:
        """Enthalpy and charge."""
        rise, y = self.split(u)
        return np.concatenate([self.heat.content(rise), self.sheet.storage @ y])

    def load(self, amplitude: float) -> Array:
        """Of the source."""
        return np.concatenate([np.zeros(self._owned), self.sheet.load(amplitude)])

    def size(self, u: Array) -> Array:
        """Mean rise of the emitter; means of the voltages that are stored, across the layers and at the leads."""
        rise, y = self.split(u)
        sheet = self.sheet
        across = sheet.charged_voltage(y) if sheet.charging else 0.0
        leads = 0.0 if sheet.algebraic[-1] else abs(float(y[-1]))
        return np.array([self.heat.size(rise), across, leads])

    def share(self, size: float | Array, largest: float | Array) -> float | Array:
        """Of rtol: steps lose energy of what is charged, (V/V_max)^2 of the most there was, all in the same sense."""
        if not self.sheet.charging:
            return 1.0
        voltage, highest = np.asarray(size)[1], np.asarray(largest)[1]
        energy = float(voltage / highest) ** 2 if highest > 0 else 1.0
        return np.array([1.0, CHARGED / max(energy, CHARGED), 1.0])

    def restart(self, u: Array, rate: Array, before: float, after: float) -> tuple[Array, Array]:
        """What stores nothing jumps with the drive; temperatures and charged voltages stay."""
        if abs(after - before) <= ROUND_OFF * abs(before):  # a corner without a jump
            return u, rate
        rise, y = self.split(u)
        tau = self._emitter.mean(rise)
        temperature = np.maximum(self._ambient + self.local.functions @ tau, COLDEST)
        load = self.sheet.load(after)
        y = self._settled(temperature, load, y, after)
        instant = self._known(y, tau)
        self._power = instant.power.values
        heating = self._loads @ instant.power.values - self._flow(rise)
        charging = np.where(self.sheet.algebraic, 0.0, load - self.sheet.flux(y, instant.current))
        return np.concatenate([rise, y]), np.concatenate([heating, charging])

    def _settled(self, temperature: Array, load: Array, y: Array, amplitude: float) -> Array:
        stored = ~self.sheet.algebraic
        if stored.any():
            return settled_sheet(self.sheet, self.law, temperature, load, y, held=stored)
        return steady_sheet(self.sheet, self.law, temperature, amplitude)

    def _flow(self, rise: Array) -> Array:
        space = self.heat.space
        if isinstance(self.heat, NonlinearHeat):
            space.set_conductivity(space.laws.at(space.ambient + space.at_points(rise)), assemble=False)
        flow = space.flux(rise)
        flow[space.fixed] = 0.0
        return flow

    def solve(self, right: Array, dh: float, guess: Array) -> Array:
        """The vector with content + dh (flux - power) = right.

        Raises:
            StepTooLongError: none was found from the guess.
        """
        right_heat, right_sheet = self.split(right)
        u, y = self.split(guess)
        if not self._charged and not right_sheet.any():  # switched off: the layers are passive
            self._last = None
            return np.concatenate([self.heat.solve(right_heat, dh, u), np.zeros_like(y)])
        linear = isinstance(self.heat, LinearHeat)
        power = np.zeros(self._loads.shape[1]) if linear else self._known(y, self._emitter.mean(u)).power.values
        for _ in range(PASSES):
            u = self.heat.solve(right_heat + dh * (self._loads @ power), dh, u)
            response, seen = self._response(dh)
            y, agreed = self._stage(y, self._emitter.mean(u) - dh * (seen @ power), right_sheet, dh, seen)
            change = agreed - power
            u, power = u + dh * (response @ change), agreed
            if linear or np.abs(change).max() <= 1e-8 * max(np.abs(power).max(), 1e-30):
                return np.concatenate([u, y])
        raise self._failure(dh, "heat and current did not agree")

    def _response(self, dh: float) -> tuple[Array, Array]:
        """A^-1 B of every load, and what of it the emitter sees, B^T A^-1 B."""
        key = float(f"{dh:.10e}")
        if key not in self._responses:
            factor = self.heat.factor(dh)
            response = np.stack([factor.solve(column) for column in self._loads.T], axis=1)
            seen = np.stack([self._emitter.mean(column) for column in response.T], axis=1)
            self._responses[key] = (response, seen)
        return self._responses[key]

    def _stage(self, y: Array, base: Array, right: Array, dh: float, seen: Array) -> tuple[Array, Array]:
        """Unknowns and power by Newton's method for the sheet and the emitter, whose rise without power is `base`."""
        sheet, storage, n = self.sheet, self.sheet.storage / dh, self.sheet.size
        tau, functions = base + dh * (seen @ self._power), self.local.functions
        for _ in range(ITERATIONS):
            instant = self._instant(y, tau)
            current, power = instant.current, instant.power
            residual = np.concatenate(
                [
                    storage @ y + sheet.flux(y, current) - right / dh,
                    tau - base - dh * (seen @ power.values),
                ]
            )
            matrix = np.block(
                [
                    [storage + sheet.slope(current), sheet.slope_by_temperature(current) @ functions],
                    [-dh * (seen @ power.by_unknowns), np.eye(len(tau)) - dh * (seen @ power.by_temperature)],
                ]
            )
            step = solved(matrix, -residual)
            if not np.isfinite(step).all():
                break
            volts, rises = float(np.abs(y[: sheet.count]).max()), float(np.abs(tau).max())
            change_y, change_tau = float(np.abs(step[: sheet.count]).max()), float(np.abs(step[n:]).max())
            volt_limit, rise_limit = max(0.5 * volts, 0.1), max(2 * rises, 50.0)
            damping = min(1.0, volt_limit / max(change_y, 1e-300), rise_limit / max(change_tau, 1e-300))
            y, tau = y + damping * step[:n], tau + damping * step[n:]
            if change_y <= TOLERANCE * max(volts, 1e-12) and change_tau <= TOLERANCE * max(rises, 1e-3):
                self._last = _Linearised(matrix, power.by_unknowns, power.by_temperature)
                self._power = power.values + power.by_unknowns @ step[:n] + power.by_temperature @ step[n:]
                return y, self._power
        raise self._failure(dh, "voltages and temperatures did not settle")

    def solve_error(self, right: Array, dh: float) -> Array:
        """The linearised solve with the slopes of the last stage."""
        right_heat, right_sheet = self.split(right)
        u, last = self.heat.solve_error(right_heat, dh), self._last
        if last is None:
            return np.concatenate([u, np.zeros_like(right_sheet)])
        step = solved(last.matrix, np.concatenate([right_sheet / dh, self._emitter.mean(u)]))
        if not np.isfinite(step).all():
            return np.full(len(right), np.inf)
        n = self.sheet.size
        power = last.by_unknowns @ step[:n] + last.by_temperature @ step[n:]
        return np.concatenate([u + dh * (self._response(dh)[0] @ power), step[:n]])

    def _failure(self, dh: float, reason: str) -> StepTooLongError:
        advice = "drive less, or by current instead of voltage"
        return StepTooLongError(time=None, step=dh, block="pixel", reason=reason, advice=advice)

    @property
    def factorisations(self) -> int:
        """Number of factorisations made so far."""
        return self.heat.factorisations
