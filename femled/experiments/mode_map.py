"""Loss and confinement of the guided modes of a pixel over one or two of its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from femled.device import Pixel
from femled.errors import InputError, unknown_name
from femled.experiments.experiment import experiment
from femled.experiments.map_axis import MapAxis, family_of, map_axes
from femled.experiments.optical import IndexChoices, Thicknesses, optical_provenance, recorded_choices
from femled.frozen import Wavelength
from femled.optics.mode_map import ModeMap, map_modes
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.result import Result
from femled.series import Series, Variable

Axis = Sequence[float | str] | str
"""Values as SI floats or texts with units, or one text: "50 nm .. 300 nm"."""


@experiment
def mode_map(
    pixel: Pixel,
    *,
    vary: Mapping[str, Axis],
    wavelength: Wavelength | None = None,
    polarization: Literal["TE", "TM"] = "TE",
    modes: int | Literal["all"] = 1,
    index: IndexChoices | None = None,
    thickness: Thicknesses | None = None,
) -> Result:
    """Guided modes of a pixel's stack over one or two axes, hundreds of stacks a second.

    alpha = 4 pi Im(n_eff)/wavelength
    confinement: Int_layer |E|^2 / Int |E|^2;   gain confinement: Re d n_eff/d n_layer

    Modes are numbered by falling Re n_eff at every point: TE0, TE1, ... The list of every point is proven complete, as
    that of `slab_modes`; where a stack has fewer modes the values are NaN and `mode_count` says how many there are.

    Args:
        pixel: the device.
        vary: one or two axes: "wavelength" [m], "LAYER.thickness" [m], "LAYER.n" or "LAYER.k" [1], where LAYER is a
            layer or a material; values rise and are SI floats or texts with units.
        wavelength: [m] in vacuum, unless it is an axis.
        polarization: "TE" or "TM".
        modes: how many, from the highest Re n_eff down, or "all".
        index: layer or material -> refractive index in place of the card's, also as text, "ito=1.80+0.0261j".
        thickness: layer -> [m] in place of the device's, also as text, "ito_bottom=30 nm".

    Returns:
        over the axes, `mode` and `layer`: `effective_index` and `effective_index_imaginary` [1], `modal_loss` [1/m],
        `confinement`, `gain_confinement` [1], `loss_by_layer` [1/m]; over the axes `mode_count`.

    Raises:
        InputError: an unknown axis or layer, a value out of range, a wavelength outside the range of an index.
        ConvergenceError: the modes of some stack could not be shown to be complete.
    """
    stack = pixel_stack(pixel, index=index, thickness=thickness)
    axes = map_axes(stack, vary)
    swept = any(axis.kind == "wavelength" for axis in axes)
    if swept == (wavelength is not None):
        raise InputError('give the wavelength once: either wavelength, or the axis "wavelength" in vary')
    if modes != "all" and (isinstance(modes, bool) or not isinstance(modes, int) or modes < 1):
        raise InputError(f'modes {modes!r} is not a number of modes: give 1 or more, or "all"')
    if polarization not in ("TE", "TM"):
        raise unknown_name("polarization", str(polarization), ("TE", "TM"))
    family = family_of(stack, axes, wavelength)
    found = map_modes(family, polarization=polarization, modes=None if modes == "all" else modes)
    return Result(
        experiment="mode_map",
        series=_series(found, axes, stack, wavelength),
        inputs={
            "pixel": pixel.model_dump(mode="json"),
            "vary": {axis.key: axis.values.tolist() for axis in axes},
            "wavelength": wavelength,
            "polarization": polarization,
            "modes": modes,
            **recorded_choices(index, thickness),
        },
        sources=_sources(stack, axes),
        warnings=_warnings(found),
        provenance=optical_provenance(),
    )


def _series(found: ModeMap, axes: tuple[MapAxis, ...], stack: PixelStack, wavelength: float | None) -> Series:
    over = tuple(axis.name for axis in axes)
    last = len(over) + 1

    def over_modes(values: Any, unit: str, title: str) -> Variable:
        return Variable((*over, "mode"), np.moveaxis(values, 0, -1), unit, title)

    def over_layers(values: Any, unit: str, title: str) -> Variable:
        return Variable((*over, "mode", "layer"), np.moveaxis(values, (0, 1), (last - 1, last)), unit, title)

    kept = [f"{found.polarization}{i}" for i in range(len(found.effective_index))]
    coordinates = {axis.name: Variable((axis.name,), axis.values, axis.unit, axis.title) for axis in axes}
    coordinates["mode"] = Variable(("mode",), np.array(kept), "")
    coordinates["layer"] = Variable(("layer",), np.array(stack.names), "")
    own = {f"device_{axis.name}": axis.own_value(stack, wavelength) for axis in axes}
    facts: dict[str, Any] = {"polarization": found.polarization, "emitter": stack.names[stack.emitter]}
    if wavelength is not None:
        facts["wavelength"] = wavelength
    return Series(
        {
            "effective_index": over_modes(found.effective_index.real, "1", "effective index"),
            "effective_index_imaginary": over_modes(found.effective_index.imag, "1", "Im effective index"),
            "modal_loss": over_modes(found.modal_loss, "1/m", "modal loss"),
            "confinement": over_layers(found.confinement, "1", "confinement"),
            "gain_confinement": over_layers(found.gain_confinement, "1", "gain confinement"),
            "loss_by_layer": over_layers(found.loss_by_layer, "1/m", "modal loss by layer"),
            "mode_count": Variable(over, found.count, "1", "number of guided modes"),
        },
        coordinates,
        facts | {name: value for name, value in own.items() if value is not None},
    )


def _sources(stack: PixelStack, axes: tuple[MapAxis, ...]) -> tuple[tuple[str, str], ...]:
    """Bib key and status of the device and of every index that is not replaced whole by the axes."""
    pixel = stack.pixel
    statuses = dict.fromkeys(part.status for _, part in pixel.stack())
    found: list[tuple[str, str]] = [(pixel.reference, status) for status in statuses] if pixel.reference else []
    replaced = [{position for axis in axes if axis.kind == kind for position in axis.positions} for kind in ("n", "k")]
    whole = replaced[0] & replaced[1]
    found += [(m.index.source, m.index.status) for i, m in enumerate(stack.media) if i not in whole]
    return tuple(dict.fromkeys(found))


def _warnings(found: ModeMap) -> tuple[str, ...]:
    """Where nothing is guided."""
    none = int((found.count == 0).sum())
    if none == 0:
        return ()
    return (f"{none} of {found.family.size} stacks guide no {found.polarization} mode: their values are NaN",)
