"""What experiments on carriers in time share: the start, the march, and what is kept of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Column
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.drive import Drive
from femled.experiments.carrier_state import CarrierState, Solved, put_state, state_of
from femled.series import Series, Variable, over_time
from femled.solve.carrier_march import CarrierMarch
from femled.solve.carrier_meaning import trap_occupation
from femled.solve.carriers import CarrierSpace, nodes_of
from femled.solve.instant import Accuracy, Instant
from femled.solve.ions import RestingSpecies, species_of
from femled.solve.moving import ion_densities
from femled.solve.steady import SteadyPath
from femled.solve.supply import Supply

Array = NDArray[np.float64]
Generation = Callable[[Array], Array]

CarrierChoice = bool | Literal["quasi-static"]
"""True: dynamic; "quasi-static": delays of second order, that decide no step; False: ions alone."""

PROFILES = {
    "potential": ("V", "potential"),
    "quasi_fermi_electron_ev": ("eV", "quasi-Fermi level of electrons"),
    "quasi_fermi_hole_ev": ("eV", "quasi-Fermi level of holes"),
    "electron_density": ("1/m3", "electron density"),
    "hole_density": ("1/m3", "hole density"),
}
"""Unit and title of the profiles of a state."""

STEPS = {"default": Accuracy(tolerance=1e-4), "fine": Accuracy(tolerance=1e-5)}
"""Accuracy of the steps that goes with a mesh."""


def moving_space(
    column: Column, mesh: MeshLevel, *, carriers: CarrierChoice = True, generation: Generation | None = None
) -> CarrierSpace:
    """The equations of a column in which every ion moves.

    Args:
        column: the device.
        mesh: as of `jv`.
        carriers: whether there are any.
        generation: [1/m3/s], a function of the position [m] from the anode.
    """
    on = column_mesh(column, mesh)
    species = species_of(column, on, nodes_of(on), BOLTZMANN * column.temperature / ELEMENTARY_CHARGE)
    return CarrierSpace(column, on, generation, moving=species, carriers=carriers is not False)


def start(space: CarrierSpace, initial: CarrierState | None) -> None:
    """Bring a space into a state, or into dark equilibrium at 0 V with its ions at rest."""
    if initial is not None:
        put_state(space, initial)
        return
    resting = CarrierSpace(space.column, space.mesh, carriers=not space.empty)
    species = species_of(space.column, space.mesh, resting.cell_nodes, space.vt)
    resting.ions = rest = RestingSpecies(species, resting.cell_nodes.shape, len(resting.position), space.vt)
    SteadyPath(resting)
    rest.settle(resting.u[:, 0])
    put_state(space, state_of(resting, 0.0, rest.species, rest.densities))


@dataclass
class CarrierRecord:
    """What a march leaves behind.

    Args:
        space: of the march.
        wanted: (n,), [s] times to keep; None keeps every step.
        profiles: whether states are kept too.
    """

    space: CarrierSpace
    wanted: Array | None = None
    profiles: bool = True
    instants: list[Instant] = field(default_factory=list)
    states: list[CarrierState] = field(default_factory=list)

    def keep(self, instants: Iterable[Instant]) -> None:
        """Take what a march yields."""
        begun, space, traps = perf_counter(), self.space, []
        known, wanted = len(self.instants), None if self.wanted is None else set(self.wanted.tolist())
        self._before = self._inventory()
        try:
            for instant in instants:
                if wanted is None or instant.time in wanted:
                    self.instants.append(instant)
                    if self.profiles and space.holding:
                        traps.append(trap_occupation(space))
        finally:
            if self.profiles and len(self.instants) > known:
                self.states += self._states(self.instants[known:], np.array(traps) if traps else None)
            self.seconds = perf_counter() - begun

    def _states(self, instants: list[Instant], traps: Array | None) -> list[CarrierState]:
        """All at once: a state by itself takes as long as ten of many."""
        u = np.array([one.flow.states.u for one in instants])
        recombining = [sum(one.currents.recombination.values()) for one in instants]
        solved = Solved([one.inner for one in instants], u, traps, recombining)
        return solved.states(self.space, self.space.moving, ion_densities(self.space, u))

    def _inventory(self) -> Array:
        return np.array(
            [
                one.law.weights @ (one.law.conserved(density) + one.law.pairs * one.law.mean)
                for one, density in zip(self.space.moving, ion_densities(self.space), strict=True)
            ]
        )

    @property
    def inventory(self) -> Balance:
        """Ions of the species whose number changed most, start and end; of pairs, c_i and their net number."""
        after = self._inventory()
        if not len(after):
            return Balance("mobile ions [1/m2]", 0.0, 0.0, 0.0)
        worst = int(np.argmax(np.abs(after / self._before - 1)))
        return Balance("mobile ions [1/m2]", float(self._before[worst]) * 1e15, float(after[worst]) * 1e15, 0.0)

    def cost(self, march: CarrierMarch) -> Cost:
        """Of the march."""
        return Cost(self.space.u.size, march.steps, march.iterations, self.seconds)

    def series(self) -> Series:
        """Currents, efficiencies, charges and profiles over time."""
        variables = currents_over_time(self.instants)
        coordinates = {
            "time": over_time([one.time for one in self.instants], "s", "time"),
            "contact": Variable(("contact",), np.array(["anode", "cathode"]), ""),
        }
        if self.states:
            coordinates["position"] = Variable(("position",), self.states[0].position, "m", "distance from the anode")
            variables |= profiles_over_time(self.states)
        return Series(variables, coordinates)


def currents_over_time(instants: list[Instant]) -> dict[str, Variable]:
    """Everything that flows, against time."""
    flows = [one.currents for one in instants]
    parts = {
        f"{name}_current_density": over_time(
            [flow.recombination[name] for flow in flows], "A/m2", f"{name} recombination current density"
        )
        for name in flows[0].recombination
    }
    total = [one.current_density for one in instants]
    conduction = [flow.total for flow in flows]
    light = [flow.recombination["radiative"] for flow in flows]
    efficiency = [r / j if j > 1e-15 and r > 0 else 0.0 for r, j in zip(light, conduction, strict=True)]
    charges = np.array([flow.electrode_charge for flow in flows]).reshape(-1, 2)
    return {
        "voltage": over_time([one.voltage for one in instants], "V", "voltage"),
        "layer_voltage": over_time([one.inner for one in instants], "V", "voltage of the layers"),
        "current_density": over_time(total, "A/m2", "current density"),
        "conduction_current_density": over_time(conduction, "A/m2", "conduction current density"),
        **parts,
        "internal_quantum_efficiency": over_time(efficiency, "1", "internal quantum efficiency"),
        "current_error": over_time([one.current_error for one in instants], "A/m2", "error of the current density"),
        "electrode_charge": Variable(("time", "contact"), charges, "C/m2", "electrode charge"),
    }


def profiles_over_time(states: list[CarrierState]) -> dict[str, Variable]:
    """(time, position) of potential, levels, carriers and every ion."""
    dims = ("time", "position")
    found = {
        name: Variable(dims, np.array([getattr(state, name) for state in states]), unit, title)
        for name, (unit, title) in PROFILES.items()
    }
    for name in states[0].ion_density:
        values = np.array([state.ion_density[name] for state in states])
        found[f"{name.replace('.', '_')}_density"] = Variable(dims, values, "1/m3", f"density of {name}")
    if states[0].trap_occupation is not None:
        values = np.array([state.trap_occupation for state in states])
        found["trap_occupation"] = Variable(dims, values, "1", "share of filled traps")
    return found


def march(
    space: CarrierSpace,
    supply: Supply | Drive,
    *,
    mesh: MeshLevel,
    carriers: CarrierChoice = True,
    light: Drive | None = None,
) -> CarrierMarch:
    """The march of a started space."""
    accuracy = STEPS["fine" if mesh == "fine" or (isinstance(mesh, int) and mesh >= 400) else "default"]
    kind: Any = "dynamic" if carriers is True else "quasi-static"
    return CarrierMarch(space, supply, light=light, carriers=kind, accuracy=accuracy)
