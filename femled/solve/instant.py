"""What a march in time is asked for, and what it tells of a time that it reached."""

from dataclasses import dataclass

from femled.solve.carrier_currents import Currents, Flow


@dataclass(frozen=True)
class Accuracy:
    """When a step is good.

    Args:
        tolerance: error of a step, in V_T and relative.
        first: first step after a kink over the time to the next target.
        soonest: [s] longest first step after a jump.
    """

    tolerance: float = 3e-3
    first: float = 1e-5
    soonest: float = 1e-11


@dataclass(frozen=True)
class Instant:
    """What is known at a time that was reached.

    Args:
        time: [s].
        voltage: [V] at the outer terminals, left limit, at t = 0 just after.
        inner: [V] of the layers.
        flow: of conduction.
        displacement: [A/m2] growth of the charge of the anode.
        cathode_displacement: [A/m2] growth of the charge of the cathode.
    """

    time: float
    voltage: float
    inner: float
    flow: Flow
    displacement: float
    cathode_displacement: float

    @property
    def currents(self) -> Currents:
        """Of conduction."""
        return self.flow.currents

    @property
    def current_density(self) -> float:
        """[A/m2] through the anode, with displacement."""
        return self.currents.total + self.displacement

    @property
    def current_error(self) -> float:
        """[A/m2] largest difference between the current through the anode by both routes and that through the cathode.

        With displacement they are one current, whatever the charge in between does.
        """
        flows = self.currents
        found = (
            flows.total + self.displacement,
            flows.anode + self.displacement,
            flows.cathode - self.cathode_displacement,
        )
        return max(found) - min(found)
