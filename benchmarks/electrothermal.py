"""Heat and current in one pulse: an activated law against an independent reference, and a pixel's own column."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.row import Row, beside, interleaved, median_seconds
from benchmarks.scikit_fem_electrothermal import pulse
from benchmarks.scikit_fem_heat import arrays
from femled.device import Pixel, load_pixel
from femled.domain.axisymmetric import section
from femled.domain.grading import resolution
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.experiments.electrothermal_run import INNER_RATIO
from femled.experiments.electrothermal_section import electrothermal_section
from femled.physics.local_law import ArrheniusLaw
from femled.result import Result
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
        found.append(_pulse(case, pixel, law, times))

    steps = np.diff(_pulse(case, pixel, law, None).times).tolist()
    peer, theirs = _peer(case, pixel, law, steps)
    seconds, peer_seconds = interleaved(ours, theirs, repeats=2)
    run, skipped = found[-1], len(case["results"]["time"]) - len(times)
    current = np.max(np.abs(run.series["current"] / np.array(case["results"]["current"][skipped:]) - 1))
    rise = np.array(case["results"]["emitter_temperature"][skipped:]) - case["ambient"]
    heat = np.max(np.abs(run.series["emitter_temperature_rise"] / rise - 1))
    cost = run.cost
    assert cost is not None
    accuracy = (
        f"{case['voltage']:g} V: {cost.dofs} unknowns, {cost.steps} steps, {cost.factorisations} factorisations; "
        f"current within {current:.0e}, mean rise within {heat:.0e} of tests/data/electrothermal.json from 10 ns on; "
        f"peer in {len(steps)} steps within {abs(peer[-1][0] / case['results']['current'][-1] - 1):.0e} and "
        f"{abs(peer[-1][1] / rise[-1] - 1):.0e} at the end"
    )
    name = "scikit-fem + SuperLU, sheet and heat in turn, same mesh"
    yield beside("electrothermal/arrhenius", seconds, accuracy, name, peer_seconds)


def _pulse(case: dict, pixel: Pixel, law: ArrheniusLaw, at: list[float] | None) -> Result:
    return electrothermal_pulse(
        pixel,
        voltage=case["voltage"],
        width=2 * us,
        until=2 * us,
        at=at,
        law=law,
        sheet_resistance=float(sum(case["sheets"].values())),
        linear=True,
    )


def _peer(
    case: dict, pixel: Pixel, law: ArrheniusLaw, steps: list[float]
) -> tuple[list[tuple[float, float]], Callable[[], None]]:
    """What the peer finds, current and rise at the end, each time that it is called; meshing is part of its time."""
    found: list[tuple[float, float]] = []

    def theirs() -> None:
        level = resolution("default")
        domain = section(pixel, resolution_level=replace(level, inner_ratio=min(level.inner_ratio, INNER_RATIO)))
        corners = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0][domain.cells("emitter")]]
        anode = pixel.layer(pixel.anode)
        found.append(
            pulse(
                arrays(domain, pixel.ambient_temperature),
                radii=np.unique(np.round(corners[..., 0], 9)),
                electrode=tuple(
                    np.flatnonzero(domain.cell_group == domain.groups[f"{pixel.anode}.{side}"])
                    for side in ("inside", "outside")
                ),
                thickness=(pixel.layer(pixel.emitter).thickness, anode.thickness),
                law=law,
                volts=case["voltage"],
                ambient=pixel.ambient_temperature,
                ohms=float(sum(case["sheets"].values())),
                feed=case["feed_radius"],
                steps=steps,
            )
        )

    return found, theirs


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


def reference_model() -> Iterable[Row]:
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
    "pulse/elkhouly-section": reference_model,
}
