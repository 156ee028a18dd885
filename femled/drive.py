"""Drives: voltages, currents or powers as functions of time, linear between corners that no solver may step over."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, FiniteFloat, field_validator, model_validator

from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Time

Array = NDArray[np.float64]


class Drive(FrozenModel):
    """A quantity that is linear between its corners and may jump at them.

    Values are in the SI unit of whatever is driven. At a jump `value` gives the left limit, except at t = 0, where it
    gives the value just after the drive is applied; `after` always gives the right limit.
    """

    @abstractmethod
    def corners(self) -> tuple[Array, Array, Array]:
        """Times, left limits and right limits of the corners; constant before the first and after the last.

        Returns:
            times: (n,), [s] rising; left: (n,); right: (n,), n >= 1.
        """

    @property
    def breakpoints(self) -> Array:
        """(n,), [s]: every time at which the value or its slope may change."""
        return self.corners()[0]

    @property
    def mean(self) -> float:
        """Mean from the first to the last corner; over one period of a train, the value itself of a constant."""
        times, left, right = self.corners()
        if times[-1] == times[0]:
            return float(right[-1])
        return float(np.sum(np.diff(times) * (right[:-1] + left[1:]) / 2) / (times[-1] - times[0]))

    def value(self, t: ArrayLike) -> Array:
        """The value at a time, left limit at a jump (right limit at t = 0).

        Args:
            t: any shape, [s].
        """
        t = np.asarray(t, dtype=np.float64)
        return np.where(t == 0.0, self._evaluate(t, "right"), self._evaluate(t, "left"))

    def after(self, t: ArrayLike) -> Array:
        """The value just after a time (right limit at a jump).

        Args:
            t: any shape, [s].
        """
        return self._evaluate(np.asarray(t, dtype=np.float64), "right")

    def before(self, t: ArrayLike) -> Array:
        """The value just before a time (left limit at a jump, also at t = 0).

        Args:
            t: any shape, [s].
        """
        return self._evaluate(np.asarray(t, dtype=np.float64), "left")

    def _evaluate(self, t: Array, side: str) -> Array:
        times, left, right = self.corners()
        i = np.searchsorted(times, t, side="left" if side == "left" else "right")
        start, end = np.clip(i - 1, 0, None), np.clip(i, None, len(times) - 1)
        span = np.where(end > start, times[end] - times[start], 1.0)
        inside = right[start] + (left[end] - right[start]) * (t - times[start]) / span
        return np.asarray(np.where(i == 0, left[0], np.where(i == len(times), right[-1], inside)))


def _merged(times: list[float], values: list[float]) -> tuple[Array, Array, Array]:
    """Corners from a polyline in which equal times make a jump."""
    t, v = np.array(times, dtype=np.float64), np.array(values, dtype=np.float64)
    unique, first = np.unique(t, return_index=True)
    last = np.searchsorted(t, unique, side="right") - 1
    return unique, v[first], v[last]


class Constant(Drive):
    """The same value at all times.

    Args:
        value: the value.
    """

    level: FiniteFloat = Field(alias="value")

    def corners(self) -> tuple[Array, Array, Array]:
        """One corner at t = 0 without a jump."""
        return _merged([0.0], [self.level])


class Step(Drive):
    """A jump from one value to another.

    Args:
        before: value up to the jump.
        after: value from the jump on; the right limit is `after(t)`.
        at: [s] time of the jump.
    """

    value_before: FiniteFloat = Field(alias="before")
    value_after: FiniteFloat = Field(alias="after")
    at: Time = 0.0

    def corners(self) -> tuple[Array, Array, Array]:
        """One corner, at the jump."""
        return _merged([self.at, self.at], [self.value_before, self.value_after])


class Ramp(Drive):
    """A linear sweep that starts at t = 0 and holds its end value.

    Args:
        start: value at t = 0.
        stop: value held after the sweep.
        rate: [1/s] of the value's unit, positive; the sweep goes towards `stop` whatever its sign.
    """

    start: FiniteFloat
    stop: FiniteFloat
    rate: Annotated[FiniteFloat, Field(gt=0.0)]

    def corners(self) -> tuple[Array, Array, Array]:
        """Start and end of the sweep."""
        return _merged([0.0, abs(self.stop - self.start) / self.rate], [self.start, self.stop])


class Pulse(Drive):
    """One trapezoidal pulse.

    Args:
        amplitude: value on the plateau (a level, not a height above the background).
        width: [s] from the start of the rise to the start of the fall.
        rise_time: [s] of the leading edge, at most `width`.
        fall_time: [s] of the trailing edge.
        background: value before and after the pulse.
        delay: [s] start of the rise.
    """

    amplitude: FiniteFloat
    width: Annotated[float, Quantity("s", 1e-15, 1e9)]
    rise_time: Time = 0.0
    fall_time: Time = 0.0
    background: FiniteFloat = 0.0
    delay: Time = 0.0

    @model_validator(mode="after")
    def _rise_fits(self) -> Self:
        if self.rise_time > self.width:
            raise InputError(
                f"rise_time {self.rise_time:.6g} s is longer than width {self.width:.6g} s, which includes it"
            )
        return self

    @property
    def end(self) -> float:
        """[s] end of the trailing edge."""
        return self.delay + self.width + self.fall_time

    def corners(self) -> tuple[Array, Array, Array]:
        """The four corners, fewer where an edge is vertical."""
        start, plateau, low = self.delay, self.amplitude, self.background
        times = [start, start + self.rise_time, start + self.width, self.end]
        return _merged(times, [low, plateau, plateau, low])


class PulseTrain(Drive):
    """Equal pulses, one every period.

    Args:
        pulse: the pulse; its delay is counted from the start of each period.
        period: [s] from one pulse to the next, at least as long as the pulse.
        count: number of pulses.
    """

    pulse: Pulse
    period: Annotated[float, Quantity("s", 1e-15, 1e9)]
    count: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _pulse_fits(self) -> Self:
        if self.pulse.end > self.period * (1 + 1e-12):
            raise InputError(
                f"period {self.period:.6g} s is shorter than the pulse, which ends at {self.pulse.end:.6g} s"
            )
        return self

    @property
    def duty_cycle(self) -> float:
        """Width over period."""
        return self.pulse.width / self.period

    @property
    def mean(self) -> float:
        """Mean over one period."""
        p = self.pulse
        return p.background + (p.amplitude - p.background) * (p.width - p.rise_time / 2 + p.fall_time / 2) / self.period

    def corners(self) -> tuple[Array, Array, Array]:
        """The corners of all pulses; where the period ends with the pulse, neighbouring corners are one."""
        times, left, right = self.pulse.corners()
        if self.pulse.delay == 0.0 and self.pulse.end >= self.period * (1 - 1e-12):
            # The last corner of a pulse is the first of the next.
            t = np.append((self.period * np.arange(self.count)[:, None] + times[:-1]).ravel(), self.period * self.count)
            before = np.append(np.tile(np.append(left[-1], left[1:-1]), self.count), left[-1])
            before[0] = left[0]
            return t, before, np.append(np.tile(right[:-1], self.count), right[-1])
        starts = self.period * np.arange(self.count)
        return (starts[:, None] + times).ravel(), np.tile(left, self.count), np.tile(right, self.count)


class Sampled(Drive):
    """Measured or designed samples, linear between them and held outside; equal times make a jump.

    Args:
        times: (n,), [s], not falling.
        values: (n,).
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    @field_validator("times", "values", mode="before")
    @classmethod
    def _as_tuple(cls, samples: ArrayLike) -> tuple[float, ...]:
        return tuple(np.asarray(samples, dtype=np.float64).ravel().tolist())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.times) != len(self.values) or not self.times:
            raise InputError(
                f"times ({len(self.times)}) and values ({len(self.values)}) must be equally many, and at least one"
            )
        if not np.all(np.isfinite(self.times + self.values)) or np.any(np.diff(self.times) < 0):
            raise InputError("times must not fall, and every sample must be finite")
        return self

    def corners(self) -> tuple[Array, Array, Array]:
        """The samples."""
        return _merged(list(self.times), list(self.values))


def kinks_within(drives: Iterable[Drive], until: float) -> Array:
    """(n,), [s] rising: times in 0 .. until at which a drive jumps or changes its slope; 0 is always one.

    Args:
        drives: any number of them.
        until: [s] not itself among them.
    """
    found = [0.0]
    for drive in drives:
        times, left, right = drive.corners()
        slopes = np.concatenate([[0.0], (left[1:] - right[:-1]) / np.diff(times), [0.0]])
        steepest = np.maximum(np.abs(slopes[1:]), np.abs(slopes[:-1]))  # of both sides: a kink may lie beside a cliff
        bent = (left != right) | (np.abs(np.diff(slopes)) > 1e-9 * steepest)
        found += times[bent & (times > 0) & (times < until)].tolist()
    return np.unique(found)


def as_drive(value: Drive | float) -> Drive:
    """The drive itself, or a `Constant` for a plain number.

    Raises:
        InputError: anything else.
    """
    if isinstance(value, Drive):
        return value
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise InputError(f"{value!r} is neither a number nor a drive such as Pulse(amplitude=..., width=...)")
    return Constant(value=float(value))
