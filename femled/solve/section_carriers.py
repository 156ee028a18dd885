"""Carriers of a section under an electrode that resists: one state after another, and the power that each releases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.domain.column_mesh import LENGTH
from femled.errors import ConvergenceError
from femled.physics.carriers import ELECTRONS, FLUX, HOLES
from femled.solve.carrier_heat import CarrierHeating
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.newton import iterate
from femled.solve.ring_sheet import RingSheet
from femled.solve.steady import SteadyPath

Array = NDArray[np.float64]

NUDGE = 2e-3
"""[V] by which the voltage is changed to see how the current of every ring answers."""

STRIDE = 0.5
"""[V] of the first voltages on the way from equilibrium, and longest change of them towards a given current."""

HALVINGS = 8
"""Of a change of the voltages that Newton's method does not follow."""


@dataclass(frozen=True)
class SectionPower:
    """Power of a state, and the circuit's share in it.

    Args:
        cells: (cells,), [W] heat inside the layers, without the light that leaves.
        faces: (layers + 1), (points,) each, [W] heat in the faces.
        sheet: (rings - 1,), [W] in the electrodes above the contact.
        lead: [W] in the electrodes beyond it.
        light: [W] that leaves.
        voltage: [V] at the feed.
        current: (rings,), [A] through the contact.
        local_voltage: (rings,), [V] across the layers.
    """

    cells: Array
    faces: tuple[Array, ...]
    sheet: Array
    lead: float
    light: float
    voltage: float
    current: Array
    local_voltage: Array

    @property
    def electrical(self) -> float:
        """[W] fed in."""
        return self.voltage * float(self.current.sum())

    @property
    def heat(self) -> Array:
        """(sources,), [W] of cells, faces, sheet and lead."""
        return np.concatenate([self.cells, *self.faces, self.sheet, [self.lead]])


class SectionCarriers:
    """The electrical side of a section.

    Args:
        space: of the carriers, with frozen ions or none, in equilibrium.
        path: of the same space.
        sheet: over the nodes of the anode.
        kind: of drive: "voltage" at the feed, or "current".
        light: (cells,), [J] that leaves with every photon made there: its energy times its chance.
    """

    def __init__(self, space: CarrierSpace, path: SteadyPath, sheet: RingSheet, kind: str, light: Array) -> None:
        self.space, self.sheet, self.kind, self._light = space, sheet, kind, light
        self._path, self._newton, self._heating = path, CarrierNewton(space), CarrierHeating(space)
        self._still: SectionPower | None = None
        self.voltages = np.zeros(len(sheet.radii))
        self._slope = np.ones(len(sheet.radii))
        self.solves = 0

    @property
    def face_nodes(self) -> list[NDArray[np.intp]]:
        """Nodes of every face between layers and of both contacts."""
        return [nodes for nodes, _ in self._heating.faces]

    @property
    def still(self) -> SectionPower:
        """Nothing is driven, nothing flows."""
        if self._still is None:
            points = [np.zeros(len(nodes)) for nodes in self.face_nodes]
            rings = len(self.sheet.radii)
            nothing = np.zeros(len(self.space.mesh.cell_layer)), tuple(points), np.zeros(rings - 1)
            self._still = SectionPower(*nothing, 0.0, 0.0, 0.0, np.zeros(rings), np.zeros(rings))
        return self._still

    def start(self, amplitude: float) -> None:
        """From equilibrium to a state that carries at least what the drive will, or so much voltage.

        Newton's method for the circuit then comes down from above, where a current that rises steeper and steeper
        cannot throw it off.
        """
        sign = 1.0 if amplitude > 0 else -1.0
        ohms = self.sheet.spreading + self.sheet.lead
        self._path.home()
        volts = 0.0
        while True:
            volts += sign * STRIDE
            if self.kind == "voltage" and sign * volts >= sign * amplitude:
                volts = amplitude
            self._path.go(volts)
            self.voltages = np.full(len(self.voltages), volts)
            total = float(self._currents().sum())
            reached = volts + ohms * total if self.kind == "voltage" else total
            if sign * reached >= sign * amplitude * (1 - 1e-12):
                return

    def advance(self, temperature: Array, amplitude: float, *, fresh: bool) -> tuple[SectionPower, float]:
        """Solve for the carriers at a temperature, and move the voltages of the rings to where they should be.

        Args:
            temperature: (cells,), [K].
            amplitude: [V] or [A].
            fresh: whether to measure anew how currents answer to the voltages, which takes a second state.

        Returns:
            the power of the state; [V_T] largest change of a voltage that is due.
        """
        self.space.set_temperature(temperature)
        self._settle()
        current = self._currents()
        if fresh:
            self._slope = self._slopes(current)
        change, total = self.sheet.step(self.voltages, current, self._slope, self.kind, amplitude)
        volts = amplitude if self.kind == "voltage" else float(self.voltages[-1]) + self.sheet.lead * total
        power = self._power(current, volts)
        longest = float(np.abs(change).max())
        # A rising current asks for far too much voltage of a diode that hardly conducts yet.
        too_long = self.kind == "current" and longest > STRIDE
        self.voltages = self.voltages + change * (STRIDE / longest if too_long else 1.0)
        return power, longest / self.space.vt

    def _settle(self) -> None:
        """Newton's method at the voltages of the moment, in smaller strides if it fails."""
        target, share, done = self.voltages, 1.0, 0.0
        begin = self._profile_now()
        for _ in range(2**HALVINGS):
            before = self.space.u.copy()
            self._apply(begin + min(1.0, done + share) * (target - begin))
            try:
                iterate(self._newton)
            except ConvergenceError as error:
                self.space.u[:] = before
                share /= 2
                if share < 2.0**-HALVINGS:
                    raise ConvergenceError(
                        time=None,
                        step=None,
                        block="carriers",
                        reason=error.reason,
                        advice="give the pulse a lower voltage, or mesh more cells",
                        voltage=float(np.abs(target).max()),
                    ) from None
                continue
            self.solves += 1
            done += share
            if done >= 1.0:
                return

    def _profile_now(self) -> Array:
        return np.asarray(self.space.voltage * np.broadcast_to(self.space.profile, self.voltages.shape))

    def _apply(self, volts: Array) -> None:
        rim = float(volts[-1])
        self.space.set_profile(volts / rim if rim != 0.0 else 1.0)
        self.space.bias(rim)

    def _currents(self) -> Array:
        """(rings,), [A] of the state."""
        rows = self.space.residual()[self.space.terminals[0].nodes]
        return np.asarray(-FLUX * LENGTH**2 * (rows[:, ELECTRONS] + rows[:, HOLES]))

    def _slopes(self, current: Array) -> Array:
        """(rings,), [A/V] by which currents follow a voltage that changes everywhere: from a second state close by.

        The derivative of the equations would not do: levels that nothing sees answer to it with any number.
        """
        state = self.space.u.copy()
        self._apply(self.voltages + NUDGE)
        iterate(self._newton)
        slope = (self._currents() - current) / NUDGE
        self._apply(self.voltages)
        self.space.u[:] = state
        self.solves += 1
        return np.asarray(slope)

    def _power(self, current: Array, volts: float) -> SectionPower:
        heat = self._heating.now()
        light = self._light * heat.photons
        total, share = float(current.sum()), self._share(heat.total * heat.area, float(current @ self.voltages))
        return SectionPower(
            cells=(share * heat.cells - light) * heat.volumes,
            faces=tuple(share * face.areas * face.density for face in heat.faces),
            sheet=self.sheet.heat(self.voltages),
            lead=self.sheet.lead * total**2,
            light=float(light @ heat.volumes),
            voltage=volts,
            current=current,
            local_voltage=self.voltages,
        )

    def _share(self, released: float, fed: float) -> float:
        """What is released [W] is taken for what is fed in where carriers enter dead ends, which store up to 1 %."""
        entering = self.space.growth_n.x.array.any() or self.space.growth_p.x.array.any()
        return fed / released if entering and released > 0.0 else 1.0
