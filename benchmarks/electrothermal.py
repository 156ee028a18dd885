"""Heat and current in one pulse: an activated law against an independent reference, and a pixel's own column."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.row import Row, beside, median_seconds
from femled.device import load_pixel
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.experiments.electrothermal_section import electrothermal_section
from femled.physics.local_law import ArrheniusLaw
from femled.units import ns, us

REFERENCE = Path(__file__).parents[1] / "tests" / "data" / "electrothermal.json"


def arrhenius() -> Iterable[Row]:
    """Voltage-driven activated conduction for 2 us: meshing, spreading and heat, the whole call."""
    pulses = json.loads(REFERENCE.read_text(encoding="utf-8"))["pulses"]
    case = next(one for one in pulses if one["name"] == "mild")
    law = ArrheniusLaw(**{key: value for key, value in case["law"].items() if key != "kind"})
    pixel, found = load_pixel(case["pixel"]), []
    times = [time for time in case["results"]["time"] if time >= 1e-8]

    def ours() -> None:
        found.append(
            electrothermal_pulse(
                pixel,
                voltage=case["voltage"],
                width=2 * us,
                until=2 * us,
                at=times,
                law=law,
                sheet_resistance=float(sum(case["sheets"].values())),
                linear=True,
            )
        )

    seconds = median_seconds(ours)
    run, skipped = found[-1], len(case["results"]["time"]) - len(times)
    current = np.max(np.abs(run.series["current"] / np.array(case["results"]["current"][skipped:]) - 1))
    rise = np.array(case["results"]["emitter_temperature"][skipped:]) - case["ambient"]
    heat = np.max(np.abs(run.series["emitter_temperature_rise"] / rise - 1))
    cost = run.cost
    assert cost is not None
    accuracy = (
        f"{case['voltage']:g} V: {cost.dofs} unknowns, {cost.steps} steps, {cost.factorisations} factorisations; "
        f"current within {current:.0e}, mean rise within {heat:.0e} of tests/data/electrothermal.json from 10 ns on"
    )
    yield Row("electrothermal/arrhenius", seconds, "s", accuracy)


def elkhouly() -> Iterable[Row]:
    """The layered model of a pixel: columns, sheets and heat; 525 ns, and 2 us after it."""
    for ambient, density in ((291.0, 1e7), (77.0, 1e7)):  # more than 2 kA/cm2 runs away
        pixel, found = load_pixel("elkhouly2024").replace(ambient_temperature=ambient), []

        def ours(pixel=pixel, found=found, density=density) -> None:
            found.append(electrothermal_pulse(pixel, current_density=density, width=525 * ns, until=525 * ns + 2 * us))

        seconds = median_seconds(ours, repeats=2)
        run = found[-1]
        assert run.cost is not None
        assert run.balance is not None
        hottest, volts = run.series["emitter_peak_temperature"].max(), run.series["voltage"].max()
        accuracy = (
            f"{ambient:g} K, {density * 1e-7:g} kA/cm2: {run.cost.steps} steps; energy "
            f"{abs(run.balance.defect):.0e} apart, hottest {hottest:.1f} K, {volts:.2f} V"
        )
        yield Row(f"pulse/elkhouly/{ambient:g}K", seconds, "s", accuracy)


def section() -> Iterable[Row]:
    """The reference model, carriers and heat in (r, z), beside the layered one on the same pulse."""
    pixel, begun = load_pixel("elkhouly2024"), perf_counter()
    pulse = {"voltage": 12.0, "width": 525 * ns, "until": 525 * ns + 2 * us, "at": [525 * ns]}
    full = electrothermal_section(pixel, **pulse)
    middle = perf_counter()
    layered = electrothermal_pulse(pixel, **pulse)
    seconds = perf_counter() - middle
    assert full.balance is not None
    apart = {
        name: float(layered.series[name][0] / full.series[name][0] - 1)
        for name in ("current", "emitter_temperature_rise", "edge_to_centre")
    }
    accuracy = (
        f"12 V, 20 cells a layer x 32 rings; energy {abs(full.balance.defect):.0e} apart; layered (peer): "
        f"at 525 ns {apart['current']:+.1%} of the current, {apart['emitter_temperature_rise']:+.1%} of the rise, "
        f"{apart['edge_to_centre']:+.0%} of rim over axis"
    )
    yield beside("pulse/elkhouly-section", middle - begun, accuracy, "the layered model, same pulse", seconds)


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {
    "electrothermal/arrhenius": arrhenius,
    "pulse/elkhouly": elkhouly,
    "pulse/elkhouly-section": section,
}
