"""Species of ions that move: which component of the unknown belongs to which."""

from collections.abc import Sequence

from femled.solve.ions import Species


def slots_of(species: Sequence[Species], layers: Sequence[str]) -> list[int]:
    """The component of every species, such that neighbouring layers, which share a node, share none.

    Args:
        species: that move.
        layers: names from the anode on.
    """
    taken: list[tuple[int, int]] = []
    for one in species:
        place = layers.index(one.layer)
        near = {slot for other, slot in taken if abs(other - place) <= 1}
        taken.append((place, next(slot for slot in range(len(species) + 1) if slot not in near)))
    return [slot for _, slot in taken]
