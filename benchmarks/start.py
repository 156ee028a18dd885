"""How long it takes to begin: imports, help, and a whole command from the shell and back."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.row import Row, median_seconds

FEMLED = str(Path(sys.executable).parent / "femled")
HEAT = ("heat", "kim2018", "--current-density", "203 A/cm2", "--voltage", "25 V", "--width", "2 us", "--until", "22 us")


def _seconds(*command: str, repeats: int = 5) -> float:
    return median_seconds(lambda: subprocess.run(command, capture_output=True, check=True), repeats)


def start() -> Iterable[Row]:
    bare = _seconds(sys.executable, "-c", "pass")
    yield Row(
        "start/import",
        _seconds(sys.executable, "-c", "import femled") - bare,
        "s",
        "budget 0.3 s, without the interpreter",
    )
    yield Row("start/help", _seconds(FEMLED, "--help"), "s", "budget 0.4 s, interpreter included")
    yield Row("start/heat", _seconds(FEMLED, *HEAT), "s", "budget 3 s, warm forms, no plots")


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"start": start}
