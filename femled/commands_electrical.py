"""The electrical side of a device as `femled show` prints it: contacts, layers between them, what was calibrated."""

from femled.device import Pixel
from femled.device.electrical import carrier_data, current_layers
from femled.errors import InputError
from femled.materials.stated import StatedTable
from femled.table import columns, table

SHOWN = {
    "relative_permittivity": "eps_r",
    "conduction_band_ev": "E_c",
    "valence_band_ev": "E_v",
    "conduction_band_density": "N_c",
    "valence_band_density": "N_v",
    "electron_mobility": "mu_n",
    "hole_mobility": "mu_p",
}
"""Columns of the table of layers; what is left is listed below it."""


def electrical_table(pixel: Pixel) -> str:
    """Contacts and electrical data of a pixel that has contacts, from the anode on."""
    assert pixel.contacts is not None
    contacts = [("anode", pixel.anode, pixel.contacts.anode), ("cathode", pixel.cathode, pixel.contacts.cathode)]
    facts = []
    for role, electrode, contact in contacts:
        merged = f" with {', '.join(contact.layers)}" if contact.layers else ""
        facts.append((role, f"{electrode}{merged}: {_list(contact.values)}"))
    rows, more, fitted = [], [], []
    for layer in current_layers(pixel):
        try:
            data = carrier_data(pixel, layer)
        except InputError:
            rows.append([layer.name, *["-"] * len(SHOWN), "no electrical data"])
            continue
        plain = data.plain()
        rows.append([layer.name, *(str(plain.get(name, "-")) for name in SHOWN), _statuses(data)])
        rest = StatedTable(tuple((name, entry) for name, entry in data.pairs if name not in SHOWN))
        more += [(layer.name, _list(rest))] if rest else []
        fitted += _calibrated(layer.name, data)
    for role, _, contact in contacts:
        fitted += _calibrated(role, contact.values)
    parts = [
        table("electrical side, from the anode on", facts),
        columns(["layer", *SHOWN.values(), "values are"], rows),
        table("", more) if more else "",
        table("calibrated", fitted) if fitted else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _calibrated(where: str, values: StatedTable) -> list[tuple[str, str]]:
    return [(f"{where} {name}", one.note) for name, one in values.numbers().items() if one.status == "calibrated"]


def _statuses(values: StatedTable) -> str:
    return ", ".join(sorted({one.status for one in values.numbers().values()}))


def _list(values: StatedTable) -> str:
    """Numbers with their status, words as they are."""
    words = [str(entry) for entry in values.values() if isinstance(entry, str)]
    numbers = [f"{name} {one.value} ({one.status})" for name, one in values.numbers().items()]
    return ", ".join([*numbers, *words])
