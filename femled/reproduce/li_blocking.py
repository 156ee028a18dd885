"""The claim of Li et al. 2023 that the field acts, not the current: layers that block carriers, in two places."""

from functools import cache

import numpy as np

from femled.device import Column, Layer, load_pixel
from femled.experiments.ion_layer import ion_layer
from femled.experiments.jv import relax_ions
from femled.materials import Semiconductor
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.units import V, nm, text_of

EDGES = 10 * nm
"""Left out at both faces of the emitter: the number of ions in the whole layer never changes."""

THICKNESS = 10 * nm
"""Of each blocking layer; the paper gives none."""

SWEPT = 0.75
"""[1] ions left in the bulk, over those at 0 V, at which the effect is taken to be there."""

BIAS = 4.0 * V
MESH = 40

BLOCKER = Semiconductor(
    relative_permittivity=3,
    conduction_band_ev=-1.0,
    valence_band_ev=-8.0,
    conduction_band_density=1e26,
    valence_band_density=1e26,
    electron_mobility=1e-12,
    hole_mobility=1e-12,
)
"""No carrier passes it within 4 V."""

_PIXEL = load_pixel("li2023")


def _with_blockers(column: Column, place: str) -> Column:
    """The column with a blocking layer on both sides, next to the contacts or next to the perovskite."""
    first, last = (
        Layer(name=f"blocker_{side}", thickness=THICKNESS, material=BLOCKER) for side in ("anode", "cathode")
    )
    layers = list(column.layers)
    emitter = [layer.name for layer in layers].index(ion_layer(column).name)
    if place == "contacts":
        return column.replace(layers=(first, *layers, last))
    return column.replace(layers=(*layers[:emitter], first, layers[emitter], last, *layers[emitter + 1 :]))


@cache
def left_in_bulk(place: str) -> float:
    """[1] ions in the bulk of the emitter at rest at 4 V, over those at 0 V.

    Args:
        place: of blocking layers: "none", "contacts" or "perovskite".
    """
    column = _PIXEL.column()
    column = column if place == "none" else _with_blockers(column, place)
    layer, found = ion_layer(column), []
    for voltage in (0.0, BIAS):
        state = relax_ions(column, voltage=voltage, mesh=MESH)
        x = state.position.reshape(-1, 2)
        middle = x.mean(axis=1)
        inside = (middle > layer.start + EDGES) & (middle < layer.start + layer.thickness - EDGES)
        total = sum(state.ion_density[f"{layer.name}.{ion.name}"] for ion in layer.semiconductor.ions)
        found.append(float(np.asarray(total).reshape(-1, 2)[inside].mean(axis=1) @ np.diff(x, axis=1)[inside, 0]))
    return found[1] / found[0]


def field_not_current() -> Finding:
    """L8: ions in the bulk with blocking layers next to the contacts, and next to the perovskite."""
    bare, contacts, perovskite = (left_in_bulk(place) for place in ("none", "contacts", "perovskite"))
    holds = contacts < SWEPT < perovskite
    return Finding(
        computed=f"ions left in the bulk at {BIAS:g} V, over 0 V: {bare:.2f} as it is, {contacts:.2f} with blocking "
        f"layers of {text_of(THICKNESS, 'm', 3)} next to both contacts, {perovskite:.2f} next to the perovskite",
        verdict="consistent" if holds else "contradicts",
        deviation=f"below {SWEPT:g} next to the contacts and above it next to the perovskite would agree. Ions leave "
        "the bulk without any current, as claimed; but a blocking layer takes its share of the voltage wherever it is, "
        "as capacitances in series do, and the place does not weaken the effect as published: that needs ions or "
        "carriers at the faces of the perovskite which a blocking layer there keeps away",
        inputs=(
            Input("blocking layers", f"{text_of(THICKNESS, 'm', 3)}, permittivity 3", "assumed"),
            *electrical_inputs(_PIXEL),
        ),
    )


CLAIMS = (
    Claim(
        "L8",
        "li2023",
        "the effect needs the field, not the current: blocking layers next to the contacts still show it, next to the "
        "perovskite do not",
        field_not_current,
    ),
)
