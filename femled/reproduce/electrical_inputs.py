"""The inputs of an electrical computation as rows of the claims table."""

from femled.device import Pixel
from femled.device.electrical import carrier_data, current_layers
from femled.reproduce.claim import Input
from femled.units import text_of


def electrical_inputs(pixel: Pixel) -> tuple[Input, ...]:
    """Every number of the column of a pixel with its status; values of contacts too."""
    assert pixel.contacts is not None  # the published pixels have
    found = [Input("temperature", f"{pixel.ambient_temperature:g} K", "assumed")]
    for side, contact in (("anode", pixel.contacts.anode), ("cathode", pixel.contacts.cathode)):
        found += [Input(f"{side} {name}", one.value, one.status) for name, one in contact.values.numbers().items()]
    for layer in current_layers(pixel):
        found.append(Input(f"thickness of {layer.name}", text_of(layer.thickness, "m", 4), layer.status))
        numbers = carrier_data(pixel, layer).numbers()
        found += [Input(f"{layer.name} {name}", one.value, one.status) for name, one in numbers.items()]
    return tuple(found)
