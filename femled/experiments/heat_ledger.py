"""Energy in and out of a heat run, added up step by step with the weights of the method."""

from dataclasses import dataclass

from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
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
    removed: float = 0.0
    _before: tuple[float, float] = (0.0, 0.0)

    def enter(self, step: Step) -> None:
        """Add one accepted step."""
        h = step.stop - step.start
        start, middle, end = step.drive
        amplitude = h * (W * (start + middle) + D * end)
        self.supplied += amplitude * self.problem.power
        held, flow = self.problem.leaving(step.u2)
        _, flow_middle = self.problem.leaving(step.u1)
        held_before, flow_before = self._before
        # The unknowns of a fixed face are held: what would be stored against them has left.
        self.removed += h * (W * (flow_before + flow_middle) + D * flow) - (held - held_before)
        self.removed += amplitude * self.problem.power_into_held
        self._before = (held, flow)
