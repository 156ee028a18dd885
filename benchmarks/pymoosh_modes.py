"""The peer of the mode rows: PyMoosh's search for guided modes, 40 descents from the real axis."""

import contextlib
import io
import warnings
from dataclasses import dataclass

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
    low, high = _interval(stack)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = guided_modes(structure, stack.wavelength * 1e9, 0 if polarization == "TE" else 1, low, high)
    return [complex(value) for value in found]


def _interval(stack: Stack) -> tuple[float, float]:
    n = stack.indices
    return max(n[0].real, n[-1].real), max(index.real for index in n[1:-1])


@dataclass
class Verdict:
    """What the values it returned are worth.

    Args:
        returned: how many there are.
        missed: true modes that are not among them.
        wrong: values that are no guided mode, or one once more.
        wrong_inside: those of them that a look at the interval of guided modes does not give away.
    """

    returned: int = 0
    missed: int = 0
    wrong: int = 0
    wrong_inside: int = 0

    def add(self, stack: Stack, values: list[complex], true: list[complex]) -> None:
        """Count another stack."""
        low, high = _interval(stack)
        open_ = list(true)
        self.returned += len(values)
        for value in values:
            near = [mode for mode in open_ if abs(mode - value) < MATCH]
            if near:
                open_.remove(near[0])
            else:
                self.wrong += 1
                self.wrong_inside += low + MATCH < value.real < high - MATCH
        self.missed += len(open_)

    def __str__(self) -> str:
        return (
            f"PyMoosh missed {self.missed} of them, and {self.wrong} of the {self.returned} values it returned are no "
            f"guided mode or one once more ({self.wrong_inside} inside the interval of guided modes)"
        )
