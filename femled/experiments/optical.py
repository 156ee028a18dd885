"""What the optical experiments share: the stack of a pixel as chosen, its record in a result, the versions behind it.

Nothing here needs finite elements.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.materials.refractive_index import RefractiveIndex
from femled.optics.pixel_stack import IndexChoice, PixelStack

IndexChoices = Mapping[str, IndexChoice] | str
"""Layer or material name -> index, or text: "ito=1.80+0.0261j, pcbm=1.9"."""

Thicknesses = Mapping[str, float] | str
"""Layer name -> [m], or text: "ito_bottom=30 nm"."""


def recorded_choices(index: IndexChoices | None, thickness: Thicknesses | None) -> dict[str, Any]:
    """The two choices as JSON-ready inputs."""
    return {"index": _json_ready(index), "thickness": _json_ready(thickness)}


def _json_ready(given: Any) -> Any:
    if given is None or isinstance(given, str | float | int):
        return given
    if isinstance(given, RefractiveIndex):
        return given.model_dump(mode="json")
    if isinstance(given, Mapping):
        return {name: _json_ready(value) for name, value in given.items()}
    value = complex(given)
    return f"{value.real!r}{value.imag:+}j"


def stack_inputs(stack: PixelStack, wavelength: float) -> dict[str, Any]:
    """The media as they were used at one wavelength, JSON-ready: name, material, n, k, thickness, source, status."""
    indices = stack.indices(wavelength)
    return {
        "media": [
            {
                "name": medium.name,
                "material": medium.material.name,
                "n": index.real,
                "k": index.imag,
                "thickness_m": medium.thickness,
                "source": medium.index.source,
                "status": medium.index.status,
            }
            for medium, index in zip(stack.media, indices, strict=True)
        ]
    }


def index_profile(stack: PixelStack, wavelength: float, z: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Refractive index at heights z [m] above the first interface."""
    medium = np.searchsorted(np.array(stack.at(wavelength).interfaces), z, side="left")
    return np.asarray(np.array(stack.indices(wavelength))[medium])


def optical_provenance() -> dict[str, str]:
    """Versions of what computed."""
    from importlib.metadata import version

    return {"femled": femled.__version__, "numpy": version("numpy"), "scipy": version("scipy")}
