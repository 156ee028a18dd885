"""A column of semiconducting layers between two contacts: the device of a one-dimensional current."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from femled.device.layer import Layer
from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials import Semiconductor

WorkFunction = Annotated[float, Quantity("eV", -15.0, 0.0)]


def _finite(given: Any) -> Any:
    return None if isinstance(given, float) and given == math.inf else given


SurfaceVelocity = Annotated[float, Quantity("m/s", 0.0, 1e12)]


class Contact(FrozenModel):
    """What an end of the column touches.

    metal:     potential and both densities fixed by the work function, or a finite surface velocity
               j = S (n - n_0) towards the contact, for electrons and holes alike
    neutral:   the metal at which the adjoining doped layer is charge-neutral in equilibrium, ions excluded
    blocking:  no particle passes, the electrode has the applied voltage, both ends the same work function

    Args:
        work_function_ev: [eV] against vacuum, negative; of kind "metal" only.
        kind: which of the three.
        surface_velocity: [m/s] S; None is infinite.
    """

    work_function_ev: WorkFunction | None = None
    kind: Literal["metal", "neutral", "blocking"] = "metal"
    surface_velocity: Annotated[SurfaceVelocity | None, BeforeValidator(_finite)] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "metal") != (self.work_function_ev is not None):
            raise InputError(
                'a contact has either a work_function_ev (such as -5.0) or kind="neutral" or kind="blocking"'
            )
        if self.kind == "blocking" and self.surface_velocity is not None:
            raise InputError("surface_velocity: no particle passes a blocking contact, leave it out")
        return self


class Column(FrozenModel):
    """Layers of semiconductors from the anode to the cathode.

    Args:
        layers: the first one at the anode.
        anode: contact of the first layer.
        cathode: contact of the last layer.
        temperature: [K] of everything.
    """

    layers: tuple[Layer, ...]
    anode: Contact
    cathode: Contact
    temperature: Temperature = 300.0

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
        return self

    @property
    def thickness(self) -> float:
        """[m] of all layers."""
        return sum(layer.thickness for layer in self.layers)

    @property
    def semiconductors(self) -> tuple[Semiconductor, ...]:
        """What the layers are made of, from the anode on."""
        return tuple(layer.material for layer in self.layers if isinstance(layer.material, Semiconductor))

    def layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            InputError: no such layer; the nearest names are listed.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise unknown_name("layer", name, [layer.name for layer in self.layers])
