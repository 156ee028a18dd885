"""Pairs that light makes along the column of a pixel, from the optics of its stack."""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from femled.constants import PLANCK, SPEED_OF_LIGHT
from femled.device import Pixel
from femled.device.electrical import current_layers
from femled.experiments.absorption import absorption
from femled.experiments.experiment import experiment
from femled.frozen import Quantity, Wavelength
from femled.optics.pixel_stack import pixel_stack

Array = NDArray[np.float64]

Irradiance = Annotated[float, Quantity("W/m2", 0.0, 1e18)]


@experiment
def optical_generation(
    pixel: Pixel,
    *,
    wavelength: Wavelength,
    irradiance: Irradiance,
    from_: Literal["substrate", "top"] = "substrate",
) -> Callable[[Array], Array]:
    """Generation of electron-hole pairs in the emitter under steady light, for `jv`, `relax_ions` and `transient`.

    G(x) = a(x) I/(h c/wavelength): every photon that the emitter absorbs makes one pair; in other layers none lasts.

    Args:
        pixel: the device.
        wavelength: [m] in vacuum.
        irradiance: [W/m2] I in air, at normal incidence.
        from_: "substrate" or "top": the side from which the light comes.

    Returns:
        a function of the position [m] from the anode, any shape, giving [1/m3/s] of the same shape.

    Raises:
        InputError: a wavelength outside the range of an index, or a pixel without contacts.
    """
    run = absorption(pixel, wavelength=wavelength, from_=from_).series
    layers = current_layers(pixel)
    place = next(i for i, layer in enumerate(layers) if layer.name == pixel.emitter)
    start = sum(layer.thickness for layer in layers[:place])
    thickness = layers[place].thickness
    stack = pixel_stack(pixel)
    bottom = sum(stack.thicknesses[: stack.emitter - 1])
    height, density = run["position"], run["absorption_density"]
    inside = (height > bottom) & (height < bottom + thickness)
    names = [layer.name for layer in pixel.layers]
    upwards = names.index(pixel.anode) < names.index(pixel.cathode)
    photons = irradiance * wavelength / (PLANCK * SPEED_OF_LIGHT)
    depth = height[inside] - bottom if upwards else bottom + thickness - height[inside]
    order = np.argsort(depth)
    known, rate = start + depth[order], np.maximum(density[inside][order], 0.0) * photons

    def generation(x: Array) -> Array:
        within = (x >= start) & (x <= start + thickness)
        return np.where(within, np.interp(x, known, rate), 0.0)

    return generation
