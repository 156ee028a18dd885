"""A mode of a planar stack and what follows from its field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.errors import InputError, unknown_name
from femled.optics.characteristic import Polarization
from femled.optics.mode_field import ModeField
from femled.optics.stack import Stack

Complex = NDArray[np.complex128]
Array = NDArray[np.float64]
Confinement = Literal["intensity", "gain"]
Component = Literal["main", "Ex", "Ey", "Ez", "Hy"]


class ByLayer(Sequence[float]):
    """One value a medium, by position (0 is the substrate) or by name.

    Args:
        values: (films + 2,).
        names: (films + 2,), or none.
    """

    def __init__(self, values: Sequence[float], names: tuple[str, ...] = ()) -> None:
        self._values, self.names = tuple(values), names

    @overload
    def __getitem__(self, layer: int | str) -> float: ...
    @overload
    def __getitem__(self, layer: slice) -> tuple[float, ...]: ...
    def __getitem__(self, layer: int | str | slice) -> float | tuple[float, ...]:
        """The value of a medium."""
        if isinstance(layer, slice):
            return self._values[layer]
        return self._values[position_of(layer, len(self._values), self.names)]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[float]:
        return iter(self._values)

    def items(self) -> list[tuple[int | str, float]]:
        """Name (or position) and value, from the substrate up."""
        return list(zip(self.names or range(len(self._values)), self._values, strict=True))

    def values(self) -> list[float]:
        """The values from the substrate up."""
        return list(self._values)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key}: {value:.6g}" for key, value in self.items()) + "}"


def position_of(layer: int | str, count: int, names: tuple[str, ...]) -> int:
    """Position of a medium given by position or name.

    Raises:
        InputError: no such medium.
    """
    if isinstance(layer, str):
        if layer not in names:
            raise unknown_name("layer", layer, names or [str(i) for i in range(count)])
        return names.index(layer)
    if not -count <= layer < count:
        raise InputError(
            f"layer {layer} is outside 0 .. {count - 1}: position 0 is the substrate, {count - 1} the cover"
        )
    return layer % count


@dataclass(frozen=True)
class Mode:
    """A mode u(z) exp(i(k0 n_eff x - omega t)) of a stack.

    Args:
        stack: half-spaces and films.
        polarization: "TE" (u = E_y) or "TM" (u = H_y).
        effective_index: n_eff.
        kind: "bound" or "leaky".
        sides: g1 and g2: u ~ exp(g1 k0 z) below and exp(-g2 k0 z) above.
        names: (films + 2,) of the media, if they have names.
        dispersion: (films + 2,), [1] omega dn/domega of the media; none if they are taken to have no dispersion.
    """

    stack: Stack
    polarization: Polarization
    effective_index: complex
    kind: Literal["bound", "leaky"]
    sides: tuple[complex, complex]
    names: tuple[str, ...] = ()
    dispersion: tuple[complex, ...] = ()

    def __repr__(self) -> str:
        n_eff = f"{self.effective_index:.10g}"
        return f"Mode({self.polarization}, {self.kind}, n_eff = {n_eff}, loss {self.modal_loss_per_cm:.6g} 1/cm)"

    @property
    def modal_loss(self) -> float:
        """[1/m] alpha = 4 pi Im(n_eff)/wavelength, of the power; negative for net gain."""
        return 2 * self.stack.wavenumber * self.effective_index.imag

    @property
    def modal_loss_per_cm(self) -> float:
        """[1/cm] alpha."""
        return self.modal_loss / 100

    @cached_property
    def _field(self) -> ModeField:
        return ModeField(self.stack, self.polarization, self.effective_index, self.sides)

    @property
    def _permittivities(self) -> Complex:
        n = np.array(self.stack.indices, dtype=np.complex128)
        return n * n

    def field(self, z: ArrayLike, component: Component = "main") -> Complex:
        """The field, 1 where the main component is largest.

        E_y = u (TE);  H_y = u, E_x = -i u'/(k0 n^2), E_z = -n_eff u/n^2 (TM), with E in units of Z0 H

        Args:
            z: any shape, [m] above the first interface.
            component: "main" is E_y of a TE and H_y of a TM mode; also "Ey", "Hy", "Ex", "Ez".

        Returns:
            the same shape, complex.

        Raises:
            InputError: a component that the mode does not have.
        """
        u, slope, medium = self._field.at(z)
        have: dict[str, Complex] = {"main": u}
        if self.polarization == "TE":
            have["Ey"] = u
        else:
            e = self._permittivities[medium]
            have |= {"Hy": u, "Ex": -1j * slope / e, "Ez": -self.effective_index * u / e}
        if component not in have:
            raise unknown_name(f"component of a {self.polarization} mode", str(component), have)
        return have[component]

    def intensity(self, z: ArrayLike) -> Array:
        """|E|^2 at heights z [m] above the first interface; TM: |E_x|^2 + |E_z|^2. The scale is that of `field`."""
        if self.polarization == "TE":
            return np.asarray(np.abs(self.field(z)) ** 2)
        return np.asarray(np.abs(self.field(z, "Ex")) ** 2 + np.abs(self.field(z, "Ez")) ** 2)

    @cached_property
    def _intensities(self) -> Array:
        """(films + 2,) Int |E|^2 dzeta; infinite where a leaky mode radiates."""
        found = self._field.integrals
        if self.polarization == "TE":
            return found.magnitude
        whole = abs(self.effective_index) ** 2 * found.magnitude + found.slope_magnitude
        return np.asarray(whole / np.abs(self._permittivities) ** 2)

    def confinement(self, layer: int | str, kind: Confinement = "intensity") -> float:
        """How much of the mode is in a layer.

        intensity: Int_layer |E|^2 / Int |E|^2;   gain: Re(d n_eff/d n_layer), what a change of its index does

        The share of a leaky mode refers to all media but the one it radiates into.

        Args:
            layer: position (0 is the substrate) or name.
            kind: "intensity" (the definition of most papers) or "gain".

        Raises:
            InputError: no such layer or kind; the share of the medium that a leaky mode radiates into.
        """
        position = position_of(layer, len(self.stack.indices), self.names)
        if kind == "gain":
            return float(self.index_derivatives[position].real)
        if kind != "intensity":
            raise unknown_name("kind of confinement", str(kind), ("intensity", "gain"))
        shares = self._intensities
        if not np.isfinite(shares[position]):
            raise InputError(f"layer {layer}: the leaky mode radiates into it, and its field grows without end there")
        return float(shares[position] / shares[np.isfinite(shares)].sum())

    @cached_property
    def loss_by_layer(self) -> ByLayer:
        """[1/m] what each medium takes; the sum is `modal_loss`.

        alpha_i = k0 Im(n_i^2) Int_i |E|^2 / Int Re(n_eff/p)|u|^2 over all media. A half-space into which a leaky mode
        radiates takes the flux through its face, and the integrals then end there.
        """
        found, g, k0 = self._field.integrals, self.sides, self.stack.wavenumber
        with np.errstate(invalid="ignore"):
            flux = (self.effective_index / self._field.weights).real * found.magnitude
        endless = ~np.isfinite(found.magnitude)
        flux[endless] = 0.0
        taken = self._permittivities.imag * np.where(endless, 0.0, self._intensities)
        for position, side in ((0, g[0]), (-1, g[1])):
            if endless[position]:
                amplitude = abs(self._field.amplitudes[position]) ** 2
                # Power flux out of the face, Re(E x H*): Im(u'* u/p*) with u' = -g u outwards.
                taken[position] = -(side / self._field.weights[position]).imag * amplitude
        return ByLayer((k0 * taken / flux.sum()).tolist(), self.names)

    @cached_property
    def index_derivatives(self) -> Complex:
        """(films + 2,) d n_eff/d n of every medium.

        TE: n_i Int_i E^2 / (n_eff Int E^2);   TM: n_i Int_i (n_eff^2 H^2 + H'^2)/e_i^2 / (n_eff Int H^2/e)
        """
        found, n = self._field.integrals, np.array(self.stack.indices, dtype=np.complex128)
        density = found.square
        if self.polarization == "TM":
            density = (self.effective_index**2 * found.square + found.slope_square) / self._permittivities**2
        return np.asarray(n * density / (self.effective_index * self._norm))

    @property
    def _norm(self) -> complex:
        """Int E^2 (TE), Int H^2/e (TM)."""
        return complex((self._field.integrals.square / self._field.weights).sum())

    @cached_property
    def thickness_derivatives(self) -> Complex:
        """(films,), [1/m] d n_eff/d t = k0 (u'^2 + kappa^2 u^2)/p / (2 n_eff Int u^2/p dzeta) of every film."""
        p = self._field.weights[1:-1]
        return np.asarray(
            self.stack.wavenumber * self._field.first_integrals / p / (2 * self.effective_index * self._norm)
        )

    @cached_property
    def loss_derivatives(self) -> Array:
        """(films + 2,), [1/m] d alpha/d k of every medium: 2 k0 Re(d n_eff/d n)."""
        return np.asarray(2 * self.stack.wavenumber * self.index_derivatives.real)

    @cached_property
    def group_index(self) -> float:
        """n_g = Re(n_eff + omega dn_eff/domega); without `dispersion` the media are taken to have none."""
        total = self.effective_index + self.thickness_derivatives @ np.array(self.stack.thicknesses)
        if self.dispersion:
            total += self.index_derivatives @ np.array(self.dispersion)
        return float(total.real)
