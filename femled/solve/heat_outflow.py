"""Heat that has left a run through the faces of the device, added up step by step with the weights of the method."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from femled.solve.stepping import D, W

Array = NDArray[np.float64]


class Leaving(Protocol):
    """Heat conduction that knows what its held unknowns take."""

    def leaving(self, u: Array) -> tuple[float, float]:
        """Their share of the content [1e-18 J], and the flow out of all faces [1e-18 W]."""


@dataclass
class HeatOutflow:
    """What has left, [1e-18 J].

    Args:
        heat: what is stepped.
    """

    heat: Leaving
    total: float = 0.0
    _before: tuple[float, float] = (0.0, 0.0)

    def enter(self, duration: float, middle: Array, end: Array) -> None:
        """Add one accepted step.

        Args:
            duration: [s] of it.
            middle: (owned,) the heat's unknowns in its first stage.
            end: (owned,) the same at its end.
        """
        held, flow = self.heat.leaving(end)
        _, flow_middle = self.heat.leaving(middle)
        held_before, flow_before = self._before
        # The unknowns of a fixed face are held: what would be stored against them has left.
        self.total += duration * (W * (flow_before + flow_middle) + D * flow) - (held - held_before)
        self._before = (held, flow)
