"""Energy in and out of a heat run, added up step by step with the weights of the method."""

from dataclasses import dataclass

from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_outflow import HeatOutflow
from femled.solve.heat_projected import ProjectedHeat
from femled.solve.stepping import D, Step, W


@dataclass
class HeatLedger:
    """What was supplied and what has left, [1e-18 J].

    Args:
        problem: what is stepped.
    """

    problem: LinearHeat | NonlinearHeat | ProjectedHeat
    supplied: float = 0.0
    _into_held: float = 0.0

    def __post_init__(self) -> None:
        self._outflow = HeatOutflow(self.problem)

    @property
    def removed(self) -> float:
        """What has left through the faces, or was released where they hold it."""
        return self._into_held + self._outflow.total

    def enter(self, step: Step) -> None:
        """Add one accepted step."""
        h = step.stop - step.start
        start, middle, end = step.drive
        amplitude = h * (W * (start + middle) + D * end)
        self.supplied += amplitude * self.problem.power
        self._outflow.enter(h, step.u1, step.u2)
        self._into_held += amplitude * self.problem.power_into_held
