"""Which sources the numbers of a run come from."""

from itertools import pairwise

from femled.device import Pixel
from femled.device.electrical import carrier_data, current_layers
from femled.errors import InputError
from femled.materials import Material, interface_resistance


def thermal_sources(pixel: Pixel) -> tuple[tuple[str, str], ...]:
    """Bib key and status of every number a heat experiment on this pixel uses, the device's own paper first."""
    materials: list[Material] = [part.solid for _, part in pixel.stack()]
    statuses = dict.fromkeys(part.status for _, part in pixel.stack())
    found: list[tuple[str, str]] = [(pixel.reference, status) for status in statuses] if pixel.reference else []
    if pixel.contact_resistance.literature:
        for lower, upper in pairwise(materials):
            try:
                entry = interface_resistance(lower, upper)
            except InputError:
                continue
            found.append((entry.source, entry.status))
    if pixel.aperture is not None:
        materials.append(pixel.aperture.insulator)
    found += [(law.source, law.status) for material in materials for law in material.thermal_properties.values()]
    return tuple(dict.fromkeys(found))


def electrical_sources(pixel: Pixel) -> tuple[tuple[str, str], ...]:
    """Bib key and status of the numbers from which the column of this pixel is made; none if it has no contacts."""
    if pixel.contacts is None:
        return ()
    layers = current_layers(pixel)
    contacts = (pixel.contacts.anode.values, pixel.contacts.cathode.values)
    data = [carrier_data(pixel, layer) for layer in layers]
    found = [(pixel.reference, layer.status) for layer in layers] if pixel.reference else []
    found += [(stated.source, stated.status) for table in (*contacts, *data) for stated in table.numbers().values()]
    return tuple(dict.fromkeys(found))


def optical_sources(pixel: Pixel) -> tuple[tuple[str, str], ...]:
    """Bib key and status of the refractive indices and the emission spectrum on the cards of this pixel's materials."""
    materials: list[Material] = [part.solid for _, part in pixel.stack()]
    laws = [law for material in materials for law in (material.refractive_index, material.emission) if law is not None]
    return tuple(dict.fromkeys((law.source, law.status) for law in laws))
