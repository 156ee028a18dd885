"""Pulses so short that the ions stay where they are: carriers at a voltage in the field of stored ions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.device import Column
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.errors import ConvergenceError
from femled.experiments.carrier_state import CarrierState, frozen_ions
from femled.solve.carrier_currents import Currents, currents
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import newton_of
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FrozenPulse:
    """What flows on the plateau of a pulse.

    Args:
        voltage: [V].
        currents: of conduction, and what recombines how.
    """

    voltage: float
    currents: Currents

    @property
    def current_density(self) -> float:
        """[A/m2]."""
        return self.currents.total

    @property
    def internal_quantum_efficiency(self) -> float:
        """[1] radiative recombination over the current; 0 where none flows forward."""
        light = self.currents.recombination["radiative"]
        return light / self.currents.total if self.currents.total > 1e-15 and light > 0 else 0.0


class FrozenPulses:
    """Many pulses of one column: every voltage that was reached once is a start for the next pulse to it.

    On the plateau the carriers are steady, ions move by the share t_on/tau only. A second pulse to a voltage with the
    same ions costs one Newton step, with ions that moved a little two.

    Args:
        column: the device.
        ions: state whose ions the pulses see, from `relax_ions`.
        mesh: as of `jv`.
    """

    def __init__(self, column: Column, *, ions: CarrierState, mesh: MeshLevel = "default") -> None:
        self._space = CarrierSpace(column, column_mesh(column, mesh))
        self.drift(ions)
        self._path = SteadyPath(self._space)
        self._newton = newton_of(self._space)
        self._reached: dict[float, Array] = {}
        self._again = 0

    @property
    def iterations(self) -> int:
        """Newton steps so far."""
        return self._path.iterations + self._again

    def drift(self, ions: CarrierState) -> None:
        """Let the next pulses see the ions of another state of the column, and the traps that they make.

        Raises:
            InputError: the state belongs to a column with other layers or ions.
        """
        self._space.ions = frozen_ions(self._space, ions)
        self._space.mean_current = ions.mean_current_density

    def pulse(self, voltage: float) -> FrozenPulse:
        """The plateau of a pulse.

        Args:
            voltage: [V].

        Raises:
            ConvergenceError: the bias, and why the steps became too short.
        """
        if not self._repeated(voltage):
            self._path.home()
            self._path.go(voltage)
        self._reached[voltage] = self._space.u.copy()
        return FrozenPulse(voltage, currents(self._space))

    def _repeated(self, voltage: float) -> bool:
        """Whether the carriers of the last pulse to this voltage led to those of this one."""
        if voltage not in self._reached:
            return False
        self._space.u[:] = self._reached[voltage]
        try:
            self._again += self._newton.settle(voltage).steps
        except ConvergenceError:
            return False
        return True
