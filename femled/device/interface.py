"""Recombination at the edge between two neighbouring layers."""

from typing import Annotated, Any, Self

import numpy as np
from pydantic import model_validator

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device.layer import Layer
from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity
from femled.materials import Semiconductor

CaptureVelocity = Annotated[float, Quantity("m/s", 0.0, 1e12)]
TrapLevel = Annotated[float, Quantity("eV", -15.0, 0.0)]


class Interface(FrozenModel):
    """Traps in the plane between two layers of a column.

    R = (n p - n_i^2)/((n + n1)/S_p + (p + p1)/S_n)   [1/m2/s]

    n is taken in one of the two layers and p in one of them: left out, electrons come from the layer with the lower
    conduction band and holes from the one with the higher valence band, where most of them are.

    Args:
        between: names of the two neighbouring layers, in any order.
        electron_velocity: [m/s] S_n of capture of electrons, > 0.
        hole_velocity: [m/s] S_p of capture of holes, > 0.
        electron_layer: name of the layer whose electrons are caught.
        hole_layer: name of the layer whose holes are caught.
        trap_level_ev: [eV] against vacuum; None is where both bands, of those two layers, are equally far.
    """

    between: tuple[str, str]
    electron_velocity: CaptureVelocity
    hole_velocity: CaptureVelocity
    electron_layer: str | None = None
    hole_layer: str | None = None
    trap_level_ev: TrapLevel | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.between[0] == self.between[1]:
            raise InputError(f'between: "{self.between[0]}" is named twice, an interface has two layers')
        for name in ("electron_velocity", "hole_velocity"):
            if getattr(self, name) == 0:
                raise InputError(f"{name} 0 m/s: nothing recombines without both captures, leave the interface out")
        for name in ("electron_layer", "hole_layer"):
            layer = getattr(self, name)
            if layer is not None and layer not in self.between:
                raise InputError(
                    f'{name} "{layer}" is none of the layers of the interface, {" and ".join(self.between)}'
                )
        return self

    def sides(self, first: Layer, second: Layer) -> tuple[Layer, Layer]:
        """The layer whose electrons and the layer whose holes recombine.

        Args:
            first: layer of that name.
            second: the other one.
        """
        pair = {layer.name: layer for layer in (first, second)}
        lower = min(first, second, key=lambda layer: _semiconductor(layer).conduction_band_ev)
        higher = max(first, second, key=lambda layer: _semiconductor(layer).valence_band_ev)
        return (
            lower if self.electron_layer is None else pair[self.electron_layer],
            higher if self.hole_layer is None else pair[self.hole_layer],
        )

    def level_ev(self, electron_side: Layer, hole_side: Layer, temperature: Any) -> Any:
        """[eV] of the traps: as given, or the intrinsic level of the two bands; of the shape of the temperature.

        E_i = (E_c + E_v)/2 + (k T/2) ln(N_v/N_c) with E_c, N_c of one side and E_v, N_v of the other

        Args:
            electron_side: first of `sides`.
            hole_side: second of `sides`.
            temperature: any shape, [K].
        """
        if self.trap_level_ev is not None:
            return self.trap_level_ev
        electrons, holes = (_semiconductor(side).values_at(temperature) for side in (electron_side, hole_side))
        thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        ratio = np.log(holes["valence_band_density"] / electrons["conduction_band_density"])
        return (electrons["conduction_band_ev"] + holes["valence_band_ev"] + thermal * ratio) / 2

    def check(self, first: Layer, second: Layer) -> None:
        """Refuse a trap level outside of the bands of both sides.

        Raises:
            InputError: naming the range.
        """
        if self.trap_level_ev is None:
            return
        electron_side, hole_side = self.sides(first, second)
        edges = _semiconductor(hole_side).valence_band_ev, _semiconductor(electron_side).conduction_band_ev
        if not min(edges) <= self.trap_level_ev <= max(edges):
            raise InputError(
                f"interface between {first.name} and {second.name}: trap_level_ev {self.trap_level_ev:g} eV is outside "
                f"{min(edges):g} .. {max(edges):g} eV, the bands that recombine there"
            )


def _semiconductor(layer: Layer) -> Semiconductor:
    assert isinstance(layer.material, Semiconductor)  # a column has no other
    return layer.material
