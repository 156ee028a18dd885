"""What a reader has to know of the states behind the law of a column, gathered while they are solved."""

from femled.errors import ConvergenceError
from femled.experiments.column_states import ColumnStates
from femled.experiments.dead_end_choice import Compared, carriers_of, of_history
from femled.experiments.jv_curve import crowded_layers
from femled.solve.dead_ends import FillingTimes, of_filling


class ColumnNotes:
    """Sentences on states.

    Args:
        states: of the column.
    """

    def __init__(self, states: ColumnStates) -> None:
        self._states = states
        self._crowded: set[str] = set()
        self._filling: list[FillingTimes] = []
        self._limits: dict[tuple[float, float], tuple[float | None, float | None]] = {}

    def see(self, temperature: float) -> None:
        """The state that the space of a temperature holds."""
        space = self._states.space(temperature)
        self._crowded |= crowded_layers(space, space.u)
        if self._states.history is None:
            self._filling.append(self._states.filling_times(temperature))

    @property
    def sentences(self) -> list[str]:
        """On the states alone, sorted."""
        found = sorted(self._crowded)
        if self._states.unsettled:
            places = ", ".join(f"{u:g} V at {warm:g} K" for u, warm in sorted(self._states.unsettled)[:4])
            found.append(
                f"carriers behind high barriers have no definite level at {places}: J depends on the path there"
            )
        return [*found, *of_filling(self._filling)]

    def of_dead_ends(self, at: tuple[float, float, float] | None) -> list[str]:
        """On those that are not filled.

        Args:
            at: [V] of the layers, [K] and [A/m2] of the highest voltage of a solution; None if there is none.
        """
        history = self._states.history
        if history is None:
            return []
        who = carriers_of(self._states.column, history.ends)
        if at is None:
            return [of_history(who, history.time, history.voltage)]
        held, filled = self._between(*at[:2])
        currents = Compared(place=f"{at[0]:.3g} V and {at[1]:.0f} K", held=held, own=at[2], filled=filled)
        return [of_history(who, history.time, history.voltage, currents)]

    def _between(self, voltage: float, temperature: float) -> tuple[float | None, float | None]:
        """[A/m2] with dead ends held, and filled."""
        key = voltage, temperature
        if key not in self._limits:
            held, filled = (_current(self._states.open_for(time), *key) for time in (0.0, None))
            self._limits[key] = held, filled
        return self._limits[key]


def _current(states: ColumnStates, voltage: float, temperature: float) -> float | None:
    try:
        states.go(voltage, temperature)
    except ConvergenceError:
        return None
    return states.currents(temperature).total
