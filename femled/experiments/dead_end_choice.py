"""How much of a pulse carriers in dead ends have seen, and what that means for the current."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from femled.device import Column
from femled.errors import InputError
from femled.physics.carriers import HOLES
from femled.solve.dead_ends import DeadEnd
from femled.units import kA_cm2, text_of

DeadEnds = Literal["held", "filled"] | float
"""As before the pulse, as full as they get, or as after a time [s] at the voltage of the moment."""

PulseDeadEnds = Literal["entered", "held", "filled"]
"""The same in a pulse: "entered" is after its width."""

LONGEST = 1e9
"""[s]"""

LITTLE = 0.05
"""[1] Change of the current up to which a dead end counts as still held, or as full."""


def open_time(dead_ends: DeadEnds) -> float | None:
    """[s] for which dead ends have been open; None for as long as it takes.

    Raises:
        InputError: neither a word nor a time.
    """
    if dead_ends == "held":
        return 0.0
    if dead_ends == "filled":
        return None
    if isinstance(dead_ends, str) or not 0.0 < dead_ends <= LONGEST:
        raise InputError(f'dead_ends {dead_ends} is neither "held", "filled" nor a time up to {LONGEST:g} s')
    return float(dead_ends)


def in_pulse(dead_ends: PulseDeadEnds, width: float) -> DeadEnds:
    """What a law is asked for in a pulse of a width [s]."""
    return width if dead_ends == "entered" else dead_ends


def carriers_of(column: Column, ends: Iterable[DeadEnd]) -> str:
    """Such as: holes in layer "pcbm"."""
    names = [("holes" if end.component == HOLES else "electrons", column.layers[end.layer].name) for end in ends]
    return " and ".join(f'{carrier} in layer "{layer}"' for carrier, layer in names)


@dataclass(frozen=True)
class Compared:
    """Currents at one voltage and temperature.

    Args:
        place: in words.
        held: [A/m2] with dead ends as before; None if it was not solved.
        own: [A/m2] of the law.
        filled: [A/m2] with dead ends filled; None if it was not solved.
    """

    place: str
    held: float | None
    own: float
    filled: float | None

    @property
    def words(self) -> str:
        """Such as: 1 kA/cm2 at 5 V and 291 K, 1 before any enter, 4 when they fill it."""
        held, filled = ("not solved" if one is None else f"{one / kA_cm2:.3g}" for one in (self.held, self.filled))
        return f"{self.own / kA_cm2:.3g} kA/cm2 at {self.place}, {held} before any enter, {filled} when they fill it"

    @property
    def clear(self) -> bool:
        """Whether the current is that of one of the limits."""
        return any(one is not None and math.isclose(self.own, one, rel_tol=LITTLE) for one in (self.held, self.filled))


def of_history(who: str, time: float, before: float, currents: Compared | None = None) -> str:
    """What a reader has to know of a law with dead ends that are not filled.

    Args:
        who: from `carriers_of`.
        time: [s] for which they have been open, 0 if they are held.
        before: [V] of the steady state that they were in.
        currents: at the highest voltage of a solution.
    """
    said = f"{who}, behind a barrier, are those of the steady state at {before:g} V"
    said += f" and those that enter in {text_of(time, 's', 3)}" if time > 0.0 else ": no more enter"
    if currents is None:
        return said
    said += f": {currents.words}"
    if time > 0.0 and not currents.clear:
        said += "; until then less flows than the law says and it overestimates the heat"
    return said
