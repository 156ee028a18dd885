"""A plane wave on a pixel: what each layer absorbs, and where carriers are generated."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from femled.constants import PLANCK, SPEED_OF_LIGHT
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
from femled.frozen import Fluence, PlaneAngle, Wavelength
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.optics.planewave import PlaneWave, plane_wave
from femled.result import Result
from femled.series import Series, Variable, single

Array = NDArray[np.float64]
POINTS = 12
"""Heights a film, at least; one more every 2 nm."""


@experiment
def absorption(
    pixel: Pixel,
    *,
    wavelength: Wavelength,
    from_: Literal["substrate", "top"] = "substrate",
    polarization: Literal["unpolarized", "s", "p"] = "unpolarized",
    angle: PlaneAngle = 0.0,
    fluence: Fluence = 0.0,
    index: IndexChoices | None = None,
    thickness: Thicknesses | None = None,
) -> Result:
    """Share of a pump's light that each layer absorbs, and where.

    a(z) = k0 Im(n^2) |E(z)|^2/(n_0 cos(angle)): share of the light absorbed per depth;   G(z) = a(z) F/(h c/wavelength)

    The layers in the opening are coherent. The light comes from air; the substrate is thick: across it, and across a
    thick encapsulation, only intensities add up, all bounces summed.

    Args:
        pixel: the device.
        wavelength: [m] in vacuum.
        from_: "substrate" or "top": the side from which the light comes.
        polarization: "unpolarized", "s" or "p".
        angle: [rad] in air, from the normal.
        fluence: [J/m2] F of a pulse in air; 0 leaves out `generation`.
        index: refractive index of layers or materials in place of the card's, "ito=1.80+0.0261j".
        thickness: [m] of layers in place of the device's, "ito_bottom=30 nm".

    Returns:
        `reflectance`, `transmittance`, `absorptance` over layer (substrate and encapsulation among them),
        `absorption_density` [1/m] and `intensity` over position, and with a fluence `generation` [1/m3].

    Raises:
        InputError: a layer or index that cannot be, or a wavelength outside the range of an index.
    """
    if from_ not in ("substrate", "top"):
        raise InputError(f'from "{from_}": light comes from substrate or top')
    stack = pixel_stack(pixel, index=index, thickness=thickness)
    wave = _lit(stack, wavelength, polarization, angle, from_)
    inputs: dict[str, Any] = {
        "pixel": pixel.model_dump(mode="json"),
        "wavelength": wavelength,
        "from_": from_,
        "polarization": polarization,
        "angle": angle,
        "fluence": fluence,
        **recorded_choices(index, thickness),
        **stack_inputs(stack, wavelength),
    }
    return Result(
        experiment="absorption",
        series=_series(stack, wave, wavelength, fluence),
        inputs=inputs,
        sources=stack.sources,
        provenance=optical_provenance(),
    )


def _lit(stack: PixelStack, wavelength: float, polarization: Any, angle: float, side: str) -> PlaneWave:
    """Air, substrate, films, encapsulation, air; a bare pixel has the air of the stack above."""
    indices, lengths = list(stack.indices(wavelength)), [stack.pixel.substrate.thickness, *stack.thicknesses]
    thick = [1]
    if stack.pixel.encapsulation is not None:
        lengths.append(stack.pixel.encapsulation.thickness)
        thick.append(len(indices))
        indices.append(1.0 + 0j)
    return plane_wave(
        indices=[1.0 + 0j, *indices],
        thicknesses=lengths,
        wavelength=wavelength,
        angle=angle,
        polarization=polarization,
        incidence="first" if side == "substrate" else "last",
        incoherent=thick,
    )


def _series(stack: PixelStack, wave: PlaneWave, wavelength: float, fluence: float) -> Series:
    covered = stack.pixel.encapsulation is not None
    names = stack.names if covered else stack.names[:-1]
    z = heights(stack)
    base = stack.pixel.substrate.thickness
    density = np.asarray(wave.absorption_density(z + base))
    variables = {
        "reflectance": single(float(wave.reflectance), "1", "reflectance"),
        "transmittance": single(float(wave.transmittance), "1", "transmittance"),
        "absorptance": Variable(("layer",), np.maximum(wave.absorptance, 0.0), "1", "absorptance"),
        "absorption_density": Variable(("position",), density, "1/m", "absorbed share per depth"),
        "intensity": Variable(("position",), np.asarray(wave.intensity(z + base)), "1", "|E|^2 over that in air"),
        "refractive_index": Variable(("position",), index_profile(stack, wavelength, z).real, "1", "refractive index"),
    }
    if fluence > 0:
        photons = fluence * wavelength / (PLANCK * SPEED_OF_LIGHT)
        variables["generation"] = Variable(("position",), density * photons, "1/m3", "carriers generated")
    coordinates = {
        "layer": Variable(("layer",), np.array(names), ""),
        "position": Variable(("position",), z, "m", "height above the substrate"),
    }
    return Series(variables, coordinates, {"wavelength": wavelength})


def heights(stack: PixelStack) -> Array:
    """(points,), [m] above the substrate: inside every film, its faces as nearly as doubles allow."""
    found, bottom = [], 0.0
    for thickness in stack.thicknesses:
        count = POINTS + int(min(thickness / 2e-9, 400))
        edge = 1e-6 * thickness
        found.append(np.linspace(bottom + edge, bottom + thickness - edge, count))
        bottom += thickness
    return np.concatenate(found)
