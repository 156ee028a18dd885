"""The guided and leaky modes of a pixel's stack."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.errors import InputError
from femled.experiments.experiment import experiment
from femled.experiments.optical import (
    IndexChoices,
    Thicknesses,
    index_profile,
    optical_provenance,
    recorded_choices,
    stack_inputs,
)
from femled.frozen import Wavelength
from femled.materials import Reference
from femled.optics.mode import Mode
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.optics.slab import Kind, Modes, find_modes
from femled.result import Result
from femled.series import Series, Variable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Search = Sequence[float] | str
"""(re_min, re_max, im_min, im_max) of the effective index, also as text "1.8, 2.3, -0.1, 0.1"."""

AROUND = 300e-9
"""[m] of both half-spaces that profiles show."""


class PixelModes(Modes):
    """The modes of a pixel: a list of `Mode`, with a `Result` that draws and saves itself.

    Args:
        found: the modes of the stack.
        stack: media by name.
        wavelength: [m] in vacuum.
        inputs: of the experiment.
    """

    def __init__(self, found: Modes, stack: PixelStack, wavelength: float, inputs: Mapping[str, Any]) -> None:
        super().__init__(found, found.regions, found.message)
        self.stack, self.wavelength, self._inputs = stack, wavelength, dict(inputs)

    @property
    def labels(self) -> list[str]:
        """TE0, TE1, ..., TM0, ... in the order of the list."""
        counts = {"TE": 0, "TM": 0}
        found = []
        for mode in self:
            found.append(f"{mode.polarization}{counts[mode.polarization]}")
            counts[mode.polarization] += 1
        return found

    @cached_property
    def result(self) -> Result:
        """Properties over mode and layer, profiles over position."""
        return Result(
            experiment="modes",
            series=_series(self),
            inputs=self._inputs,
            sources=self.stack.sources,
            warnings=(self.message,) if self.message else (),
            provenance=optical_provenance(),
        )

    def citations(self) -> list[Reference]:
        """The papers behind the refractive indices."""
        return self.result.citations()

    def plot(self) -> "Figure":
        """|E|^2 of the modes over the index profile."""
        from femled.plotting_optics import mode_profiles

        return mode_profiles(self.result)

    def save(self, folder: str | PathLike[str], *, figures: Mapping[str, "Figure"] | None = None) -> Path:
        """Write `result` into a folder; see `Result.save`."""
        return self.result.save(folder, figures=figures)


@experiment
def modes(
    pixel: Pixel,
    *,
    wavelength: Wavelength,
    polarization: Literal["TE", "TM", "both"] = "both",
    kind: Kind = "bound",
    leaky: bool = False,
    index: IndexChoices | None = None,
    thickness: Thicknesses | None = None,
    search: Search | None = None,
) -> PixelModes:
    """Modes that the stack of a pixel guides.

    u'' + k0^2 (n^2 - n_eff^2) u = 0 across the layers in the opening, u = E_y (TE) or H_y (TM); see `slab_modes`. The
    substrate and the encapsulation (or air) are half-spaces. The emitter absorbs as its card says; at transparency its
    k is 0.

    Args:
        pixel: the device.
        wavelength: [m] in vacuum.
        polarization: "TE", "TM" or "both".
        kind: "bound" (decaying on both sides) or "leaky" (radiating into the denser half-space).
        leaky: the same as kind="leaky".
        index: refractive index of layers or materials in place of the card's, "ito=1.80+0.0261j, pcbm=1.9": a number,
            the name of an index set (ito=moerland), a page (ito=page:...) or a CSV file.
        thickness: [m] of layers in place of the device's, "ito_bottom=30 nm".
        search: re_min, re_max, im_min, im_max of the effective index, if not the region that the stack suggests.

    Returns:
        a list of `Mode` by falling Re n_eff, layers by name; `.result` holds `effective_index`, `modal_loss` [1/m],
        `group_index`, `confinement`, `gain_confinement`, `loss_by_layer` [1/m] over mode and layer, and profiles.

    Raises:
        InputError: a layer or index that cannot be, or a wavelength outside the range of an index.
        ConvergenceError: the list could not be shown to be complete.
    """
    stack = pixel_stack(pixel, index=index, thickness=thickness)
    wanted: Kind = "leaky" if leaky else kind
    region = None if search is None else _region(search)
    found = find_modes(
        stack.at(wavelength),
        polarization=polarization,
        kind=wanted,
        search=region,
        names=stack.names,
        dispersion=stack.dispersion(wavelength),
    )
    inputs = {
        "pixel": pixel.model_dump(mode="json"),
        "wavelength": wavelength,
        "polarization": polarization,
        "kind": wanted,
        "search": None if region is None else list(region),
        **recorded_choices(index, thickness),
        **stack_inputs(stack, wavelength),
    }
    return PixelModes(found, stack, wavelength, inputs)


def _region(search: Search) -> tuple[float, float, float, float]:
    try:
        values = [float(value) for value in (search.split(",") if isinstance(search, str) else search)]
        low, high, gain, loss = values
    except ValueError:
        raise InputError(f"search {search!r}: give re_min, re_max, im_min, im_max of the effective index") from None
    return low, high, gain, loss


def _series(found: PixelModes) -> Series:
    names = found.stack.names
    z = np.linspace(-AROUND, sum(found.stack.thicknesses) + AROUND, 801)
    profile = index_profile(found.stack, found.wavelength, z)

    def table(value: Any) -> Array:
        rows = [[value(mode, name) for name in names] for mode in found]
        return np.array(rows, dtype=np.float64).reshape(len(found), len(names))

    def column(value: Any) -> Array:
        return np.array([value(mode) for mode in found], dtype=np.float64)

    intensity = np.array([mode.intensity(z) for mode in found]).reshape(len(found), len(z))
    scale = intensity.max(axis=1, keepdims=True) if len(found) else 1.0
    by_mode, by_layer = ("mode",), ("mode", "layer")
    variables = {
        "effective_index": Variable(by_mode, column(lambda m: m.effective_index.real), "1", "Re n_eff"),
        "effective_index_imaginary": Variable(by_mode, column(lambda m: m.effective_index.imag), "1", "Im n_eff"),
        "modal_loss": Variable(by_mode, column(lambda m: m.modal_loss), "1/m", "modal loss"),
        "group_index": Variable(by_mode, column(lambda m: m.group_index), "1", "group index"),
        "confinement": Variable(by_layer, table(_share), "1", "share of |E|^2"),
        "gain_confinement": Variable(by_layer, table(lambda m, n: m.confinement(n, "gain")), "1", "Re dn_eff/dn"),
        "loss_by_layer": Variable(by_layer, table(lambda m, n: m.loss_by_layer[n]), "1/m", "modal loss by layer"),
        "intensity": Variable(("mode", "position"), intensity / scale, "1", "|E|^2 over its largest value"),
        "refractive_index": Variable(("position",), profile.real, "1", "refractive index"),
        "extinction": Variable(("position",), profile.imag, "1", "k"),
    }
    coordinates = {
        "mode": Variable(by_mode, np.array(found.labels, dtype=str), ""),
        "layer": Variable(("layer",), np.array(names), ""),
        "position": Variable(("position",), z, "m", "height above the substrate"),
    }
    return Series(variables, coordinates, {"wavelength": found.wavelength, "kind": str(found._inputs["kind"])})


def _share(mode: Mode, layer: str) -> float:
    """The share of |E|^2; not a number in the medium into which a leaky mode radiates."""
    try:
        return mode.confinement(layer)
    except InputError:
        return float("nan")
