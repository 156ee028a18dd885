"""The layer of a column in which ions move: the field inside, the charge they leave, and how soon they screen it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.device import Column
from femled.errors import InputError
from femled.experiments.carrier_state import CarrierState
from femled.materials import Semiconductor
from femled.series import Variable

Array = NDArray[np.float64]


@dataclass(frozen=True)
class IonLayer:
    """A layer with mobile ions, and its place in the column.

    Args:
        column: the device.
        index: of the layer, from the anode on.
    """

    column: Column
    index: int

    @property
    def name(self) -> str:
        """Of the layer."""
        return self.column.layers[self.index].name

    @property
    def semiconductor(self) -> Semiconductor:
        """What it is made of, at the temperature of the column."""
        return self.column.semiconductors[self.index]

    @property
    def thickness(self) -> float:
        """[m]."""
        return self.column.layers[self.index].thickness

    @cached_property
    def start(self) -> float:
        """[m] distance of its first face from the anode."""
        return sum(layer.thickness for layer in self.column.layers[: self.index])

    @property
    def small_field(self) -> float:
        """[V/m] a millionth of V_T over the thickness: smaller changes of the field are round-off."""
        return 1e-6 * BOLTZMANN * self.column.temperature / (ELEMENTARY_CHARGE * self.thickness)

    def screening_estimate(self) -> float:
        """Time in which the ions screen the field, if the other layers insulate.

        tau = (eps + C d) V_T/(q Sum z^2 D c),   1/C = Sum d/eps of the other layers

        The ionic current charges C through the layer; both partners of a pair carry. Without other layers the double
        layers at both faces, each eps/lambda_D, take the place of C.

        Returns:
            [s]
        """
        vt = BOLTZMANN * self.column.temperature / ELEMENTARY_CHARGE
        layer = self.semiconductor
        eps = layer.relative_permittivity * VACUUM_PERMITTIVITY
        carried = [
            (ion.charge**2 * ion.mean_density * (2 if ion.kind == "pair" else 1), ion.diffusivity) for ion in layer.ions
        ]
        thickness = sum(
            other.thickness / (semiconductor.relative_permittivity * VACUUM_PERMITTIVITY)
            for k, (other, semiconductor) in enumerate(zip(self.column.layers, self.column.semiconductors, strict=True))
            if k != self.index
        )
        debye = float(np.sqrt(eps * vt / (ELEMENTARY_CHARGE * sum(density for density, _ in carried))))
        capacitance = 1 / thickness if thickness else eps / (2 * debye)
        conductivity = ELEMENTARY_CHARGE * sum(density * diffusivity for density, diffusivity in carried) / vt
        return (eps + capacitance * self.thickness) / conductivity

    def soon(self, within: float) -> float:
        """[s] when carriers have followed a jump and ions have not: 1e-4 of the estimate, at most 1e-2 of a time.

        Args:
            within: [s] that follows the jump.
        """
        return min(1e-4 * self.screening_estimate(), 1e-2 * within)

    def cells(self, position: Array) -> NDArray[np.intp]:
        """Cells of the layer in a state.

        Args:
            position: (points,), [m] both ends of every cell.
        """
        centres = position.reshape(-1, 2).mean(axis=1)
        return np.flatnonzero((centres > self.start) & (centres < self.start + self.thickness))

    def field_in_middle(self, state: CarrierState) -> float:
        """[V/m] of a state, half way between the faces, positive from the anode to the cathode."""
        return float(self._middle_fields([state])[0])

    def _middle_fields(self, states: Sequence[CarrierState]) -> Array:
        """(states,), [V/m]; all on one mesh, as in what follows."""
        x = states[0].position.reshape(-1, 2)
        centres, sizes = x.mean(axis=1), np.diff(x, axis=1)[:, 0]
        fields = -np.diff(_profiles([one.potential for one in states]), axis=2)[:, :, 0] / sizes
        middle = self.start + self.thickness / 2
        return np.array([np.interp(middle, centres, one) for one in fields])

    def mean_field(self, state: CarrierState) -> float:
        """[V/m] potential difference between the faces over the thickness."""
        return float(self._mean_fields([state])[0])

    def _mean_fields(self, states: Sequence[CarrierState]) -> Array:
        """(states,), [V/m]."""
        cells, potential = self.cells(states[0].position), _profiles([one.potential for one in states])
        return np.asarray((potential[:, cells[0], 0] - potential[:, cells[-1], 1]) / self.thickness)

    def net_density(self, state: CarrierState) -> Array:
        """(points,), [1/m3] charge of ions and their counter-charge over q, zero outside the layer."""
        return np.asarray(self._net_densities([state])[0].ravel())

    def _net_densities(self, states: Sequence[CarrierState]) -> Array:
        """(states, cells, 2), [1/m3]."""
        inside = self.cells(states[0].position)
        net = np.zeros((len(states), *states[0].position.reshape(-1, 2).shape))
        for ion in self.semiconductor.ions:
            c = _profiles([one.ion_density[f"{self.name}.{ion.name}"] for one in states])[:, inside]
            partners = ion.mean_density**2 / c if ion.kind == "pair" else ion.counter_density
            net[:, inside] += ion.charge * (c - partners)
        return net

    def net_charges(self, state: CarrierState) -> float:
        """[1/m2] Int |rho| dx/q: charges of either sign that ions leave uncompensated, both added."""
        return float(self._net_charges([state])[0])

    def _net_charges(self, states: Sequence[CarrierState]) -> Array:
        """(states,), [1/m2]."""
        widths = np.diff(states[0].position.reshape(-1, 2), axis=1)[:, 0]
        return np.asarray(np.abs(self._net_densities(states)).mean(axis=2) @ widths)

    def inner_share(self, state: CarrierState, *, margin: float = 10e-9) -> float:
        """[1] mean density of all ions away from the faces, over that of an even distribution.

        Args:
            state: of the column.
            margin: [m] left out at both faces.
        """
        x = state.position.reshape(-1, 2)
        centres = x.mean(axis=1)
        inner = (centres > self.start + margin) & (centres < self.start + self.thickness - margin)
        weights = np.diff(x, axis=1)[inner, 0]
        total = even = 0.0
        for ion in self.semiconductor.ions:
            c = state.ion_density[f"{self.name}.{ion.name}"].reshape(-1, 2)[inner]
            pair = ion.kind == "pair"
            total += float(weights @ (c + (ion.mean_density**2 / c if pair else 0.0)).mean(axis=1))
            even += float(weights.sum()) * ion.mean_density * (2 if pair else 1)
        return total / even

    def series(self, states: Sequence[CarrierState], dims: tuple[str, ...]) -> dict[str, Variable]:
        """The field in the middle, the mean field and the net charges of states.

        Args:
            states: of the column, all on one mesh.
            dims: of the coordinate they run over.
        """
        rows = {
            "middle_field": (self._middle_fields, "V/m", f"field in the middle of {self.name}"),
            "mean_field": (self._mean_fields, "V/m", f"mean field in {self.name}"),
            "net_ion_charges": (self._net_charges, "1/m2", "uncompensated ions, of both signs"),
        }
        return {name: Variable(dims, read(states), unit, title) for name, (read, unit, title) in rows.items()}


def _profiles(values: Sequence[Array]) -> Array:
    """(states, cells, 2) of profiles (points,)."""
    return np.array(values).reshape(len(values), -1, 2)


def ion_layer(column: Column, name: str | None = None) -> IonLayer:
    """The layer of that name, or the only one with ions.

    Raises:
        InputError: no such layer, one without ions, or several to choose from.
    """
    with_ions = [k for k, one in enumerate(column.semiconductors) if one.ions]
    names = [column.layers[k].name for k in with_ions]
    if name is not None:
        index = column.layers.index(column.layer(name))
        if index not in with_ions:
            raise InputError(f'layer "{name}" has no ions; those with ions: {", ".join(names) or "none"}')
        return IonLayer(column, index)
    if len(with_ions) != 1:
        raise InputError(
            f"layer: choose one of {', '.join(names)}" if names else "no layer has ions: give one MobileIon(...)"
        )
    return IonLayer(column, with_ions[0])


def field_of(state: CarrierState) -> Array:
    """(points,), [V/m] electric field -dphi/dx of a state, the same at both ends of a cell."""
    x, phi = (values.reshape(-1, 2) for values in (state.position, state.potential))
    return np.repeat(-np.diff(phi, axis=1)[:, 0] / np.diff(x, axis=1)[:, 0], 2)


def decay_time(times: Array, values: Array, *, after: float = 0.0, floor: float = 0.0) -> float | None:
    """Time at which a series has come within 1/e of its way from its first value to its last.

    Args:
        times: (n,), [s] rising from about 0.
        values: (n,), any unit.
        after: [s] at which the way begins; before, something else moves the values.
        floor: change up to which nothing counts as changed.

    Returns:
        [s], linear in ln |value - last| between neighbours; None if nothing changes.
    """
    later = times > after
    first = np.interp(after, times, values)
    times, values = np.append(max(after, times[0]), times[later]), np.append(first, values[later])
    away = np.abs(values - values[-1])
    if away[0] <= floor:
        return None
    limit = away[0] / np.e
    k = int(np.argmax(away <= limit))
    before, then = away[k - 1], max(away[k], 1e-300)
    if k == len(times) - 1:  # the last value itself: the way is linear
        share = (before - limit) / (before - away[k])
    else:
        share = np.log(before / limit) / np.log(before / then)
    return float(times[k - 1] + share * (times[k] - times[k - 1]))
