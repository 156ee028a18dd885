"""How much current flows through the layers at one place: J as a function of local voltage and temperature."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import field_validator, model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import ConvergenceError, InputError
from femled.frozen import FrozenModel, Quantity, Temperature

Array = NDArray[np.float64]

_STEEPEST = 600.0
"""Exponents are cut here, so that an iteration far off stays finite."""

_ROUNDS, _ROUND_OFF = 200, float(np.finfo(float).eps)


@dataclass(frozen=True)
class LocalCurrent:
    """Current through the layers at some places, and how it changes.

    Args:
        current_density: (n,), [A/m2] J.
        by_voltage: (n,), [A/m2/V] dJ/du.
        by_temperature: (n,), [A/m2/K] dJ/dT.
    """

    current_density: Array
    by_voltage: Array
    by_temperature: Array


class LocalLaw(Protocol):
    """Current density from the voltage across the layers and the emitter's temperature."""

    def at(self, voltage: Array, temperature: Array) -> LocalCurrent:
        """The current at voltages (n,), [V], and temperatures (n,), [K]."""

    def check(self, voltage: Array, temperature: Array) -> None:
        """Raise `InputError` if a solution lies where the law is not known."""


class _KnownEverywhere:
    """A law that holds at every voltage and temperature."""

    def check(self, voltage: Array, temperature: Array) -> None:
        """Nothing to refuse."""


class DiodeLaw(FrozenModel, _KnownEverywhere):
    """A diode with a series resistance, u = n V_T ln(1 + J/J_0) + R J.

    With R > 0 it is solved for J by the Wright omega function, J = (n V_T/R) omega(x) - J_0 with
    x = (u + R J_0)/(n V_T) + ln(R J_0/(n V_T)) (corless2002).

    Args:
        ideality: [1] n.
        saturation_current_density: [A/m2] J_0.
        series_resistance: [ohm m2] R.
        temperature: [K] of V_T = kB T/q; the law does not follow the pixel's temperature.
    """

    ideality: Annotated[float, Quantity("1", 0.1, 100.0)]
    saturation_current_density: Annotated[float, Quantity("A/m2", 1e-60, 1e12)]
    series_resistance: Annotated[float, Quantity("ohm*m2", 0.0, 1e6)] = 0.0
    temperature: Temperature = 300.0

    def at(self, voltage: Array, temperature: Array) -> LocalCurrent:  # noqa: ARG002  the law has its own
        """The current at voltages (n,), [V]; temperatures are ignored."""
        from scipy.special import wrightomega

        thermal = self.ideality * BOLTZMANN * self.temperature / ELEMENTARY_CHARGE
        base, resistance = self.saturation_current_density, self.series_resistance
        if resistance == 0.0:
            x = np.minimum(voltage / thermal, _STEEPEST)
            return LocalCurrent(base * np.expm1(x), base * np.exp(x) / thermal, np.zeros_like(voltage))
        x = (voltage + resistance * base) / thermal + math.log(resistance * base / thermal)
        omega = wrightomega(x).real
        slope = omega / (1.0 + omega) / resistance
        density = thermal / resistance * omega - base
        ohmic = voltage / (thermal / base + resistance)  # where the difference of two equal numbers has no digits left
        return LocalCurrent(np.where(np.abs(voltage) < 1e-6 * thermal, ohmic, density), slope, np.zeros_like(voltage))


class ArrheniusLaw(FrozenModel, _KnownEverywhere):
    """Thermally activated conduction with a power law, J = J_ref (u/V_ref)^m exp(-(E_a/kB)(1/T - 1/T_0)).

    Odd in u, so that it also conducts backwards.

    Args:
        reference_current_density: [A/m2] J_ref.
        reference_voltage: [V] V_ref.
        exponent: [1] m, at least 1.
        activation_ev: [eV] E_a.
        reference_temperature: [K] T_0.
    """

    reference_current_density: Annotated[float, Quantity("A/m2", 1e-30, 1e15)]
    reference_voltage: Annotated[float, Quantity("V", 1e-6, 1e4)]
    exponent: Annotated[float, Quantity("1", 1.0, 50.0)]
    activation_ev: Annotated[float, Quantity("eV", 0.0, 5.0)]
    reference_temperature: Temperature

    def at(self, voltage: Array, temperature: Array) -> LocalCurrent:
        """The current at voltages (n,), [V], and temperatures (n,), [K]."""
        activation = self.activation_ev * ELEMENTARY_CHARGE / BOLTZMANN
        warmer = np.minimum(activation * (1.0 / self.reference_temperature - 1.0 / temperature), _STEEPEST)
        scale = self.reference_current_density * np.exp(warmer)
        share = np.abs(voltage) / self.reference_voltage
        density = scale * np.sign(voltage) * share**self.exponent
        slope = scale * self.exponent * share ** (self.exponent - 1.0) / self.reference_voltage
        return LocalCurrent(density, slope, density * activation / temperature**2)


class TableLaw(FrozenModel):
    """A measured curve, interpolated monotonically (fritsch1980) and not known outside; 0 V carries no current.

    Args:
        voltages: (n,), [V] rising.
        current_densities: (n,), [A/m2] not falling.
    """

    voltages: tuple[float, ...]
    current_densities: tuple[float, ...]

    @field_validator("voltages", "current_densities", mode="before")
    @classmethod
    def _as_tuple(cls, given: ArrayLike) -> tuple[float, ...]:
        return tuple(np.asarray(given, dtype=np.float64).ravel().tolist())

    @model_validator(mode="after")
    def _a_curve(self) -> Self:
        u, j = np.array(self.voltages), np.array(self.current_densities)
        if len(u) != len(j) or len(u) < 2:
            raise InputError(
                f"voltages ({len(u)}) and current_densities ({len(j)}) must be equally many, and at least two"
            )
        if not (np.isfinite(u).all() and np.isfinite(j).all()):
            raise InputError("voltages and current_densities of a table must be finite")
        if np.any(np.diff(u) <= 0):
            i = int(np.argmax(np.diff(u) <= 0))
            raise InputError(f"voltages must rise, but {u[i + 1]:g} V follows {u[i]:g} V")
        if np.any(np.diff(j) < 0):
            i = int(np.argmax(np.diff(j) < 0))
            raise InputError(
                f"current_densities must not fall, but {j[i + 1]:g} A/m2 at {u[i + 1]:g} V follows {j[i]:g} A/m2"
            )
        if (u[0] > 0 and j[0] < 0) or (u[-1] < 0 and j[-1] > 0):
            raise InputError("current_densities: a passive device carries no current against its voltage")
        return self

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        """The curve with 0 V, 0 A/m2 beside its ends where it does not contain 0 V."""
        u, j = np.array(self.voltages), np.array(self.current_densities)
        if u[0] > 0:
            return np.concatenate([[0.0], u]), np.concatenate([[0.0], j])
        if u[-1] < 0:
            return np.concatenate([u, [0.0]]), np.concatenate([j, [0.0]])
        return u, j

    @cached_property
    def _curve(self) -> tuple[object, object]:
        from scipy.interpolate import PchipInterpolator

        curve = PchipInterpolator(*self._points)
        return curve, curve.derivative()

    def at(self, voltage: Array, temperature: Array) -> LocalCurrent:  # noqa: ARG002  measured at one temperature
        """The current at voltages (n,), [V]; beyond the ends along the end slope, for iterations only: see `check`."""
        curve, slope = self._curve
        u, _ = self._points
        inside = np.clip(voltage, u[0], u[-1])
        by_voltage = np.maximum(slope(inside), 0.0)  # type: ignore[operator]
        density = curve(inside) + by_voltage * (voltage - inside)  # type: ignore[operator]
        return LocalCurrent(density, by_voltage, np.zeros_like(density))

    def check(self, voltage: Array, temperature: Array) -> None:  # noqa: ARG002  measured at one temperature
        """Refuse voltages outside the table.

        Raises:
            InputError: naming the voltage and the range.
        """
        u, _ = self._points
        margin = 1e-6 * (u[-1] - u[0])  # fronts of charging sheets swing that far
        low, high = float(voltage.min()), float(voltage.max())
        if low < u[0] - margin or high > u[-1] + margin:
            asked = low if low < u[0] - margin else high
            raise InputError(
                f"law: the layers are at {asked:.4g} V, outside the table's {u[0]:g} .. {u[-1]:g} V: "
                "measure further, or drive less"
            )


@dataclass(frozen=True)
class SeriesLaw:
    """Layers behind a contact resistance, u = w + rho J(w, T), for a law whose current does not fall with its voltage.

    Args:
        law: of the layers alone, passive: w lies between 0 and u.
        resistance: [ohm m2] rho, specific contact resistance between the layers and both electrodes together.
    """

    law: LocalLaw
    resistance: float

    def of_layers(self, voltage: Array, temperature: Array) -> Array:
        """(n,), [V] w across the layers alone, by Newton's method between 0 and u.

        A step that leaves the bracket, or is longer than half the one before, gives way to the middle of the bracket:
        down an exponential Newton's steps are all equally short.

        Args:
            voltage: (n,), [V] u.
            temperature: (n,), [K].

        Raises:
            ConvergenceError: the law falls, or is not finite.
        """
        low, high = np.minimum(voltage, 0.0), np.maximum(voltage, 0.0)
        inner, before = voltage / 2, np.full(len(voltage), np.inf)
        for _ in range(_ROUNDS):
            current = self.law.at(inner, temperature)
            missing = inner + self.resistance * current.current_density - voltage
            low, high = np.where(missing < 0, inner, low), np.where(missing < 0, high, inner)
            step = -missing / (1 + self.resistance * current.by_voltage)
            there = np.abs(step) <= 4 * _ROUND_OFF * np.abs(voltage)
            if np.all(there):
                return np.asarray(inner + step)
            good = (inner + step >= low) & (inner + step <= high) & (np.abs(step) <= 0.5 * before)
            step = np.where(there, 0.0, np.where(good, step, (low + high) / 2 - inner))
            inner, before = inner + step, np.abs(step)
        raise ConvergenceError(
            time=None,
            step=None,
            block="local law",
            reason=f"no voltage of the layers behind {self.resistance:g} ohm m2 up to {np.abs(voltage).max():.4g} V",
            advice="the current of a law must be finite and must not fall with its voltage",
        )

    def at(self, voltage: Array, temperature: Array) -> LocalCurrent:
        """The current at voltages (n,), [V], across layers and contacts, and temperatures (n,), [K]."""
        found = self.law.at(self.of_layers(voltage, temperature), temperature)
        less = 1 + self.resistance * found.by_voltage
        return LocalCurrent(found.current_density, found.by_voltage / less, found.by_temperature / less)

    def check(self, voltage: Array, temperature: Array) -> None:
        """Refuse what the law refuses of the layers alone."""
        self.law.check(self.of_layers(voltage, temperature), temperature)


def behind_contacts(law: LocalLaw, resistance: float) -> LocalLaw:
    """A law behind a specific contact resistance [ohm m2]; the law itself without."""
    return SeriesLaw(law, resistance) if resistance > 0 else law
