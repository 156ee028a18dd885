"""The inputs of a heat computation as rows of the claims table."""

from femled.device import Pixel
from femled.reproduce.claim import Input
from femled.units import text_of


def device_inputs(pixel: Pixel) -> tuple[Input, ...]:
    """Conductivities, thicknesses and faces of a pixel with their status."""
    found = [Input("diameter", text_of(pixel.diameter, "m", 4), "published" if pixel.aperture else "assumed")]
    for name, part in pixel.stack():
        law = part.solid.axial_conductivity
        kappa = float(law.at(pixel.ambient_temperature))
        found.append(Input(f"conductivity of {name}", f"{kappa:.4g} W/m/K", law.status))
        found.append(Input(f"thickness of {name}", text_of(part.thickness, "m", 4), part.status))
    for side, face in (("base", pixel.base), ("other faces", pixel.outer)):
        shown = f"{face.coefficient:g} W/m2/K" if face.kind == "convection" else face.kind
        found.append(Input(side, shown, "assumed"))
    return tuple(found)
