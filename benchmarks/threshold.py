"""Does a pixel reach gain: a pulse through its layers with gain along a diameter, and light pulses that meet it."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.row import Row, median_seconds
from femled.device import load_pixel
from femled.experiments.column_law import ColumnLaw
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.experiments.threshold import threshold
from femled.units import kA_cm2, ns


def elkhouly() -> Iterable[Row]:
    """1 kA/cm2 for 525 ns at 77 K with 41 delays of a light pulse; beside the pulse alone."""
    pixel = load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
    pulse = {"current_density": 1 * kA_cm2, "width": 525 * ns, "until": 800 * ns, "resolution": "coarse", "rtol": 2e-3}
    found: list[Any] = []
    seconds = median_seconds(lambda: found.append(threshold(pixel, optical="2.3 ns, 532 nm", **pulse)), repeats=1)
    alone = median_seconds(lambda: electrothermal_pulse(pixel, **pulse), repeats=1)
    facts = found[-1].series.attributes
    accuracy = (
        f"net gain {facts['largest_net_gain'] / 100:.1f} 1/cm at {facts['best_time'] / ns:.3g} ns, steady state "
        f"{facts['quasi_steady_error']:+.1e}; of the time {alone:.2f} s are the pulse alone"
    )
    yield Row("threshold/elkhouly", seconds, "s", accuracy)


def shared() -> Iterable[Row]:
    """The same pulse again with the column's states at hand."""
    pixel = load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
    column = ColumnLaw(pixel, dead_ends=525 * ns)
    found: list[Any] = []

    def ours() -> None:
        found.append(
            threshold(
                pixel, current_density=1 * kA_cm2, width=525 * ns, until=800 * ns, resolution="coarse", rtol=2e-3,
                column=column,
            )
        )  # fmt: skip

    seconds = median_seconds(ours, repeats=1)
    gain = float(np.max(found[-1].series["net_gain"])) / 100
    yield Row("threshold/elkhouly/shared", seconds, "s", f"net gain {gain:.1f} 1/cm, {column.solved} states, all known")


BUDGET = {"threshold/elkhouly": elkhouly}
REST = {"threshold/elkhouly/shared": shared}
