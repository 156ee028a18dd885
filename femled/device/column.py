"""A column of semiconducting layers between two contacts: the device of a one-dimensional current."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from femled.device.interface import Interface
from femled.device.layer import Layer
from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials import Semiconductor

WorkFunction = Annotated[float, Quantity("eV", -15.0, 0.0)]


def _finite(given: Any) -> Any:
    return None if isinstance(given, float) and given == math.inf else given


SurfaceVelocity = Annotated[float, Quantity("m/s", 0.0, 1e12)]
OptionalVelocity = Annotated[SurfaceVelocity | None, BeforeValidator(_finite)]


SeriesResistance = Annotated[float, Quantity("ohm*m2", 0.0, 1e6)]


class Contact(FrozenModel):
    """What an end of the column touches.

    metal:     potential and both densities fixed by the work function, or a finite surface velocity
               j = S (n - n_0) towards the contact, for electrons and holes alike or for each its own; 0 lets none pass
    neutral:   the metal at which the adjoining doped layer is charge-neutral in equilibrium, ions excluded
    blocking:  no particle passes, the electrode has the applied voltage, both ends the same work function

    Args:
        work_function_ev: [eV] against vacuum, negative; of kind "metal" only.
        kind: which of the three.
        surface_velocity: [m/s] S; None is infinite.
        electron_velocity: [m/s] S of electrons, instead; None is the surface velocity.
        hole_velocity: [m/s] S of holes, instead.
    """

    work_function_ev: WorkFunction | None = None
    kind: Literal["metal", "neutral", "blocking"] = "metal"
    surface_velocity: OptionalVelocity = None
    electron_velocity: OptionalVelocity = None
    hole_velocity: OptionalVelocity = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "metal") != (self.work_function_ev is not None):
            raise InputError(
                'a contact has either a work_function_ev (such as -5.0) or kind="neutral" or kind="blocking"'
            )
        for name in ("surface_velocity", "electron_velocity", "hole_velocity"):
            if self.kind == "blocking" and getattr(self, name) is not None:
                raise InputError(f"{name}: no particle passes a blocking contact, leave it out")
        return self

    @property
    def velocities(self) -> tuple[float | None, float | None]:
        """[m/s] of electrons and of holes; None is infinite, at a blocking contact both are 0."""
        if self.kind == "blocking":
            return 0.0, 0.0
        electrons, holes, both = self.electron_velocity, self.hole_velocity, self.surface_velocity
        return both if electrons is None else electrons, both if holes is None else holes


class Column(FrozenModel):
    """Layers of semiconductors from the anode to the cathode.

    Args:
        layers: the first one at the anode.
        anode: contact of the first layer.
        cathode: contact of the last layer.
        temperature: [K] of everything.
        interfaces: recombination between neighbouring layers, at most one an edge.
        series_resistance: [ohm m2] outside of the layers: the voltage is that of the layers plus J times it.
    """

    layers: tuple[Layer, ...]
    anode: Contact
    cathode: Contact
    temperature: Temperature = 300.0
    interfaces: tuple[Interface, ...] = ()
    series_resistance: SeriesResistance = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.layers:
            raise InputError("a column needs at least one layer")
        names = [layer.name for layer in self.layers]
        for layer in self.layers:
            if names.count(layer.name) > 1:
                raise InputError(f'layer name "{layer.name}" is used twice')
            if not isinstance(layer.material, Semiconductor):
                raise InputError(
                    f'layer "{layer.name}": "{layer.material.name}" has no electrical data, give a Semiconductor'
                )
        edges = [frozenset(interface.between) for interface in self.interfaces]
        for interface, edge in zip(self.interfaces, edges, strict=True):
            first, second = self.neighbours(interface)
            if edges.count(edge) > 1:
                raise InputError(f"interfaces: that between {first.name} and {second.name} is given twice")
            interface.check(first, second)
        return self

    def neighbours(self, interface: Interface) -> tuple[Layer, Layer]:
        """The two layers of an interface, from the anode on.

        Raises:
            InputError: no such layer, or two that do not touch.
        """
        given = [self.layer(name) for name in interface.between]
        first, second = sorted(given, key=self.layers.index)
        if self.layers.index(second) - self.layers.index(first) != 1:
            raise InputError(
                f'interface between "{first.name}" and "{second.name}": these layers do not touch, '
                f"the order is {', '.join(layer.name for layer in self.layers)}"
            )
        return first, second

    @property
    def thickness(self) -> float:
        """[m] of all layers."""
        return sum(layer.thickness for layer in self.layers)

    @property
    def semiconductors(self) -> tuple[Semiconductor, ...]:
        """What the layers are made of, from the anode on, with the values at the temperature of the column."""
        return tuple(
            layer.material.at_temperature(self.temperature)
            for layer in self.layers
            if isinstance(layer.material, Semiconductor)
        )

    def layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            InputError: no such layer; the nearest names are listed.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise unknown_name("layer", name, [layer.name for layer in self.layers])
