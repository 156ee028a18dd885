"""The whole claims table, as `femled reproduce` computes it: in as many processes as there are cores."""

import os
from collections.abc import Callable, Iterable
from time import perf_counter

from benchmarks.row import Row
from femled.reproduce.claims import CLAIMS, fallen
from femled.reproduce.run import computed_rows


def everything() -> Iterable[Row]:
    """Every row, starts of the processes included; the budget is 300 s on two cores."""
    begun = perf_counter()
    rows = computed_rows(CLAIMS)
    seconds, down = perf_counter() - begun, fallen(rows)
    accuracy = f"{len(rows)} rows, {os.cpu_count()} cores; below the recorded verdict: {', '.join(down) or 'none'}"
    yield Row("reproduce/all", seconds, "s", accuracy)


REST: dict[str, Callable[[], Iterable[Row]]] = {"reproduce/all": everything}
