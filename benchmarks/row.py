"""One line of the benchmark table."""

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """What was measured.

    Args:
        name: of the benchmark.
        value: measured; durations in s.
        unit: of the value.
        accuracy: what the result was worth, with its reference.
        peer: who was measured beside it, if anybody.
        peer_value: in the same unit.
        ratio: peer over us, above 1 is faster.
    """

    name: str
    value: float
    unit: str
    accuracy: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None

    def line(self) -> str:
        return json.dumps(asdict(self))


def beside(name: str, ours: float, accuracy: str, peer: str, theirs: float) -> Row:
    """A row with a peer, durations in s."""
    return Row(name, ours, "s", accuracy, peer, theirs, theirs / ours)


def median_seconds(function: Callable[[], object], repeats: int = 7) -> float:
    """[s] median over some runs, after one that does not count."""
    function()
    times = []
    for _ in range(repeats):
        begun = perf_counter()
        function()
        times.append(perf_counter() - begun)
    return statistics.median(times)


def interleaved(ours: Callable[[], object], theirs: Callable[[], object], repeats: int = 7) -> tuple[float, float]:
    """[s] medians of two functions run in turns, so that both see the same machine."""
    ours(), theirs()
    pairs = []
    for _ in range(repeats):
        begun = perf_counter()
        ours()
        middle = perf_counter()
        theirs()
        pairs.append((middle - begun, perf_counter() - middle))
    a, b = zip(*pairs, strict=True)
    return statistics.median(a), statistics.median(b)
