"""What drives a column in time: a voltage, a voltage behind a resistance, or a current."""

from collections.abc import Callable
from dataclasses import dataclass

from femled.drive import Drive
from femled.errors import ConvergenceError

CLOSE = 1e-9
"""Share of the voltage, or of the current, to which the circuit is met."""

FINEST = 1e-13
"""[V] change that is not made any more: a potential is known to 1e-15 V."""


@dataclass(frozen=True)
class Line:
    """A drive between two kinks, where it is linear.

    Args:
        start: [s] of the first kink.
        length: [s] to the next one.
        first: just after the first.
        last: just before the next.
    """

    start: float
    length: float
    first: float
    last: float

    @classmethod
    def of(cls, drive: Drive, start: float, end: float) -> "Line":
        """A drive from one time to another."""
        return cls(start, end - start, float(drive.after(start)), float(drive.before(end)))

    def at(self, time: float) -> float:
        """The value at a time [s] since the first kink."""
        return self.last if time == self.length else self.first + (self.last - self.first) * time / self.length


@dataclass(frozen=True)
class Supply:
    """The outer circuit.

    Args:
        drive: [V], or [A/m2] of a current.
        resistance: [ohm m2] in series.
        current: whether the drive is a current.
    """

    drive: Drive
    resistance: float = 0.0
    current: bool = False

    @property
    def stiff(self) -> bool:
        """Whether the layers have the voltage of the drive."""
        return self.resistance == 0.0 and not self.current

    def met(self, source: float, guess: float, slope: float, flow: Callable[[float], float]) -> tuple[float, float]:
        """The voltage of the layers that the drive does not fix, by secants: a step changes it little.

        Args:
            source: value of the drive.
            guess: [V].
            slope: [S/m2] estimate of dJ/dV.
            flow: voltage [V] -> current density [A/m2] that flows.

        Returns:
            [V] of the layers and [S/m2] slope.

        Raises:
            ConvergenceError: the secants do not settle.
        """
        voltage, last = guess, (0.0, 0.0)
        for count in range(30):
            current = flow(voltage)
            miss = current - source if self.current else (source - voltage) / self.resistance - current
            miss = -miss if self.current else miss
            scale = abs(source) if self.current else abs(source) / self.resistance + abs(current)
            if abs(miss) <= CLOSE * max(scale, 1e-6):
                return voltage, slope
            if count and voltage != last[0]:
                slope = (current - last[1]) / (voltage - last[0])
            last = (voltage, current)
            stiffness = slope + (0.0 if self.current else 1 / self.resistance)
            step = miss / stiffness if stiffness > 0 else 0.1 * (1 if miss > 0 else -1)
            if count and abs(step) < FINEST:
                return voltage, slope
            voltage += max(-0.1, min(0.1, step))
        reason = "the circuit is not met"
        raise ConvergenceError(time=None, step=None, block="circuit", reason=reason, advice="use shorter steps")
