"""The peer of the mode rows: PyMoosh's search for guided modes, 40 descents from the real axis."""

import contextlib
import io

import PyMoosh
from PyMoosh.modes import guided_modes

from femled.optics.stack import Stack

MATCH = 1e-6
"""Largest distance in n_eff of a value that counts as a mode: PyMoosh stops at |1/r| < 1e-10."""


def search(stack: Stack, polarization: str) -> list[complex]:
    """The effective indices it returns between those of the denser half-space and of the densest film."""
    n = stack.indices
    permittivities = [complex(index * index) for index in n]
    materials = [e if e.imag else e.real for e in permittivities]
    thicknesses = [0.0, *(1e9 * t for t in stack.thicknesses), 0.0]
    # Light comes from the first layer of the list: the cover.
    structure = PyMoosh.Structure(materials[::-1], list(range(len(n))), thicknesses[::-1], verbose=False)
    low, high = max(n[0].real, n[-1].real), max(index.real for index in n[1:-1])
    with contextlib.redirect_stdout(io.StringIO()):
        found = guided_modes(structure, stack.wavelength * 1e9, 0 if polarization == "TE" else 1, low, high)
    return [complex(value) for value in found]


def judged(returned: list[complex], true: list[complex]) -> tuple[int, int]:
    """How many true modes are missing, and how many returned values are no mode or a mode once more."""
    open_ = list(true)
    wrong = 0
    for value in returned:
        near = [mode for mode in open_ if abs(mode - value) < MATCH]
        if near:
            open_.remove(near[0])
        else:
            wrong += 1
    return len(open_), wrong
