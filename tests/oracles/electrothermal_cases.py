"""Reference numbers of current spreading and electro-thermal pulses: the cases, and the writer of their file.

    cd tests && python -m oracles.electrothermal_cases [case ...]

writes tests/data/electrothermal.json. femled gives the layers and thermal properties of a pixel, nothing else.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import pi, sqrt
from os import getpid
from pathlib import Path
from typing import Any

import numpy as np

from oracles.electrothermal import KB_EV, Arrhenius, Diode, Layer, Pulse, Resolution, Run, Section, Solid, Table, shoot

DATA = Path(__file__).parents[1] / "data" / "electrothermal.json"
LAWS = {"diode": Diode, "arrhenius": Arrhenius, "table": Table}
FRACTIONS = (0.0, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)
FINE = Resolution(degree=5, finest=15e-9, ratio=2.0, per_layer=2, across=10, steps=12, largest_rise=3.0)
COARSE = replace(FINE, degree=4, finest=20e-9, per_layer=1, across=7)
COARSE_IN_TIME = replace(COARSE, steps=6, largest_rise=6.0)
# Heat that runs away gathers in a ring of some micrometres, anywhere in the opening.
FINE_ACROSS = replace(FINE, per_layer=1, across=36, steps=8, largest_rise=5.0)
COARSE_ACROSS = replace(COARSE, across=27, steps=8, largest_rise=5.0)
COARSE_ACROSS_IN_TIME = replace(COARSE_ACROSS, steps=4, largest_rise=10.0)
ARRHENIUS = Arrhenius(1e6, 10.0, 3.0, 0.2, 295.0)
ITO = {"ito": 15.0}
TWO_ITO = {"ito_bottom": 350.0, "ito_top": 600.0}


@dataclass(frozen=True)
class PulseCase:
    """One pulse: names, sheet resistances [ohm] and numbers in SI; `times` beyond `width` are after the pulse.

    `narrow` says that the heat gathers in a narrow ring, which takes more elements across the opening.
    """

    name: str
    description: str
    pixel: str
    diameter: float
    ambient: float
    sheets: dict[str, float]
    law: Any
    width: float
    times: tuple[float, ...]
    voltage: float | None = None
    mean_current_density: float | None = None
    feed_radius: float = 300e-6
    runaway_rise: float = 300.0
    narrow: bool = False


def sheet_cases() -> list[dict[str, Any]]:
    """Inputs of the sheets."""
    diode = Diode(2.0, 1e-9, 0.0, 300.0)
    # J = J_c/(1 - C r^2)^2, C = R_s J_c/(8 n V_T): what gives the edge 50 times the current density of the centre.
    bend = 1 - 1 / sqrt(50)
    hard = 8 * bend * 2 * KB_EV * 300 / (1000 * 1e-8) / (1 - bend)
    arrhenius = replace(ARRHENIUS, reference_current_density=3e6)
    line = Table((0.0, 1.0, 2.0, 5.0, 10.0, 20.0), (0.0, 1e5, 2e5, 5e5, 1e6, 2e6))
    return [
        sheet("diode mild", 100e-6, 15.0, diode, mean_current_density=1e5),
        sheet("diode", 100e-6, 15.0, diode, mean_current_density=1e6),
        sheet("diode by voltage", 100e-6, 15.0, diode, voltage=1.8),
        sheet("diode with series resistance", 100e-6, 100.0, replace(diode, series_resistance=2e-7), voltage=3.0),
        sheet("diode of ideality 1.5, small", 25e-6, 950.0, Diode(1.5, 1e-12, 1e-9, 291.0), mean_current_density=1e6),
        sheet("diode crowded 50 times", 100e-6, 1000.0, diode, mean_current_density=hard),
        sheet("arrhenius mild", 100e-6, 15.0, arrhenius, voltage=10.0),
        sheet("arrhenius", 100e-6, 300.0, arrhenius, mean_current_density=3e6),
        sheet("arrhenius by voltage", 100e-6, 300.0, arrhenius, voltage=10.0),
        sheet("arrhenius crowded", 100e-6, 1e4, replace(arrhenius, exponent=6.0), voltage=10.0),
        sheet("table of a straight line", 100e-6, 2.5e4, line, voltage=10.0),
    ]


def sheet(name: str, radius: float, sheet_resistance: float, law, **drive: float) -> dict[str, Any]:
    return {"name": name, "radius": radius, "sheet_resistance": sheet_resistance, "law": law} | drive


def ns(*times: int) -> tuple[float, ...]:
    """[s] the nearest numbers, so that a recorded time and a width that are equal in print are so here."""
    return tuple(float(f"{time}e-9") for time in times)


def pulse_cases() -> list[PulseCase]:
    """Inputs of the pulses."""
    on = ns(0, 1, 10, 30, 100, 200, 500, 1000, 1500, 2000)
    off = ns(2010, 2030, 2100, 2300, 3000, 6000, 12000)
    short = ns(0, 1, 10, 30, 100, 200, 300, 525, 535, 625, 775, 1525)

    def kim(name: str, text: str, **own: Any) -> PulseCase:
        usual = {"diameter": 200e-6, "ambient": 295.0, "sheets": ITO, "law": ARRHENIUS, "width": 2e-6, "times": on}
        return PulseCase(name, text, "kim2018", **(usual | own))

    def elkhouly(name: str, text: str, **own: Any) -> PulseCase:
        law = Arrhenius(1e7, 5.0, 3.0, 0.01, 77.0)
        usual = {"diameter": 50e-6, "ambient": 77.0, "sheets": TWO_ITO, "law": law, "width": 525e-9, "times": short}
        return PulseCase(name, text, "elkhouly2024", **(usual | own))

    crowding = Arrhenius(1e8, 10.0, 6.0, 0.2, 295.0)
    until = ns(0, 10, 100, 200, 500, 800, 1000, 1100, 1200, 1500)
    return [
        kim("mild", "10 V: the current grows by a fifth", voltage=10.0),
        kim("amplified", "14.05 V: self-heating multiplies the current by 3.5", voltage=14.05),
        kim("decay", "12 V, then ten microseconds after the pulse", voltage=12.0, times=on + off),
        kim("driven by current", "3e6 A/m2: the voltage falls", mean_current_density=3e6, times=on + off[:4]),
        kim(
            "crowded",
            "300 ohm, 100 um: the current flows at the rim",
            voltage=10.0,
            diameter=100e-6,
            sheets={"ito": 300.0},
            law=crowding,
        ),
        kim("runaway", "16 V: the emitter's rise exceeds 300 K", voltage=16.0, times=until, narrow=True),
        elkhouly("two sheets by current", "1e7 A/m2 at 77 K through two ITO in series", mean_current_density=1e7),
        elkhouly("two sheets by voltage", "12 V at 77 K through two ITO in series", voltage=12.0),
    ]


def section_of(case: PulseCase) -> Section:
    """The planar section of a pixel: its layers in the opening, insulator of equal height around."""
    from femled import load_pixel

    pixel = load_pixel(case.pixel)

    def solid(material: Any) -> Solid:
        names = ("axial_conductivity", "radial_conductivity", "density", "heat_capacity")
        return Solid(*(float(getattr(material, name).at(case.ambient)) for name in names))

    insulator = solid(pixel.aperture.insulator)
    layers = []
    for name, part in pixel.stack():
        inside = solid(part.solid)
        outside = insulator if getattr(part, "extent", "full") == "opening" else inside
        layers.append(Layer(name, part.thickness, inside, outside, case.sheets.get(name, 0.0)))
    return Section(layers, pixel.emitter, case.diameter / 2, pixel.outer_radius, case.feed_radius, case.ambient)


def section_read(stored: dict[str, Any]) -> Section:
    """The section of the file."""
    layers = [
        Layer(**{**layer, "inside": Solid(**layer["inside"]), "outside": Solid(**layer["outside"])})
        for layer in stored["layers"]
    ]
    return Section(**{**stored, "layers": layers})


def breaks_of(case: PulseCase) -> list[float]:
    """[s] break points of the time steps beside the recorded times: a fast start after each switching.

    They are closer after the pulse, where the rise falls by orders of magnitude and its own error counts.
    """
    early = [1e-10, 3e-10, 1e-9, 3e-9, 1e-8, 3e-8]
    if case.width >= case.times[-1]:
        return early
    late = [m * 10.0**n for n in (-8, -7, -6, -5) for m in (1, 1.5, 2, 3, 4.5, 7)]
    return [*early, case.width, *(case.width + t for t in early[:4] + late)]


def run(case: PulseCase, section: Section, resolution: Resolution) -> Run:
    """One pulse at one resolution."""
    drive = {"voltage": case.voltage, "mean_current_density": case.mean_current_density}
    pulse = Pulse(section, case.law, resolution, **drive)
    radii = [f * section.radius for f in FRACTIONS]
    times, rise = case.times, case.runaway_rise
    return pulse.run(width=case.width, times=times, breaks=breaks_of(case), radii=radii, runaway_rise=rise)


def apart(one: Run, two: Run, ambient: float) -> dict[str, float]:
    """Largest relative differences; temperatures against their rise, those of single radii against the mean rise."""
    count = min(len(one.time), len(two.time))
    later = one.time[:count] > 0
    on = one.current[:count] > 0

    def relative(name: str, scale: np.ndarray, chosen: np.ndarray) -> float:
        difference = np.abs(getattr(one, name)[:count] - getattr(two, name)[:count])[chosen]
        return float((difference / scale[:count][chosen].reshape(-1, *[1] * (difference.ndim - 1))).max())

    rise = one.emitter_temperature - ambient
    found = {name: relative(name, getattr(one, name), on) for name in ("current", "feed_voltage")}
    difference = np.abs(one.current_density[:count] - two.current_density[:count])[on]
    found["current_density"] = float((difference / one.current_density[:count][on]).max())
    found["emitter_rise"] = relative("emitter_temperature", rise, later)
    found["rise"] = relative("temperature", rise, later)
    for name in ("runaway", "local_runaway"):
        first, second = getattr(one, name), getattr(two, name)
        if first:
            found[f"{name}_time"] = abs(first[0] / second[0] - 1)
            found[f"{name}_radius"] = abs(first[1] / second[1] - 1)
    return found


def pulse_results(case: PulseCase) -> dict[str, Any]:
    """What the file holds of one pulse."""
    section = section_of(case)
    resolutions = (FINE_ACROSS, COARSE_ACROSS, COARSE_ACROSS_IN_TIME) if case.narrow else (FINE, COARSE, COARSE_IN_TIME)
    best, coarse, in_time = (run(case, section, resolution) for resolution in resolutions)
    mesh = apart(best, coarse, case.ambient)
    ladder = apart(coarse, in_time, case.ambient)
    stored = {key: value for key, value in asdict(case).items() if key not in ("times", "law", "narrow")}
    results: dict[str, Any] = {
        "time": list(best.time),
        "radius": [f * section.radius for f in FRACTIONS],
        "current": list(best.current),
        "feed_voltage": list(best.feed_voltage),
        "emitter_temperature": list(best.emitter_temperature),
        "current_density": [list(row) for row in best.current_density],
        "temperature": [list(row) for row in best.temperature],
    }
    for name in ("runaway", "local_runaway"):
        at = getattr(best, name)
        if at:
            results[name] = {"time": at[0], "radius": at[1]}
    return {
        **stored,
        "law": law_stored(case.law),
        "section": asdict(section),
        "results": results,
        "estimated_error": {key: mesh[key] + ladder[key] for key in mesh},
        "from_mesh": mesh,
        "from_ladder": ladder,
        "energy_balance": best.energy[0] / best.energy[1] - 1,
    }


def law_stored(law: Any) -> dict[str, Any]:
    kind = next(kind for kind, known in LAWS.items() if isinstance(law, known))
    return {"kind": kind} | asdict(law)


def law_read(stored: dict[str, Any]) -> Any:
    """The law of the file."""
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items() if key != "kind"}
    return LAWS[stored["kind"]](**given)


def sheet_by_elements(case: dict[str, Any], degree: int = 8) -> Pulse:
    """The second route to a sheet: spectral elements, on a section whose heat is never asked for."""
    glass = Solid(1.38, 1.38, 2203.0, 703.0)
    layers = [Layer("film", 1e-7, glass, glass, case["sheet_resistance"])]
    radius = case["radius"]
    # A rim voltage is a feed voltage without a ring between rim and feed.
    section = Section(layers, "film", radius, 4 * radius, radius * (1 + 1e-12), ambient(case["law"]))
    drive = {key: case[key] for key in ("voltage", "mean_current_density") if key in case}
    return Pulse(section, case["law"], Resolution(degree=degree, finest=0.02 * radius, across=12), **drive)


def ambient(law: Any) -> float:
    """[K] at which a law is taken in a sheet: the one at which it is stated."""
    return getattr(law, "reference_temperature", 300.0)


def sheet_results(case: dict[str, Any]) -> dict[str, Any]:
    """What the file holds of one sheet: shooting, checked by spectral elements."""
    radii = [f * case["radius"] for f in FRACTIONS]
    drive = {key: case[key] for key in ("voltage", "mean_current_density") if key in case}
    law = case["law"]
    given = {"radius": case["radius"], "sheet_resistance": case["sheet_resistance"], "law": law}
    best = shoot(**given, **drive, radii=radii, temperature=ambient(law))
    check = sheet_by_elements(case)
    temperature = np.full(len(check.disk.nodes), ambient(law))
    u, current = check.sheet(temperature)
    places = check.disk.at(radii)
    other = law.current_density(places @ u, places @ temperature)
    error = max(
        np.abs(other / best.current_density - 1).max(),
        abs(u[-1] / best.voltage - 1),
        abs(current / (pi * case["radius"] ** 2 * best.mean_current_density) - 1),
    )
    return {
        "name": case["name"],
        "radius": case["radius"],
        "sheet_resistance": case["sheet_resistance"],
        "law": law_stored(law),
        "temperature": ambient(law),
        "drive": drive,
        "results": {
            "r": radii,
            "current_density": list(best.current_density),
            "rim_voltage": best.voltage,
            "mean_current_density": best.mean_current_density,
            "edge_to_centre": best.current_density[-1] / best.current_density[0],
        },
        "estimated_error": float(max(error, 1e-10)),
    }


def read() -> dict[str, Any]:
    """What the file holds."""
    return json.loads(DATA.read_text(encoding="utf-8"))


ABOUT = {
    "description": "Current spreading in a rim-fed sheet, and electro-thermal pulses with all thermal properties at "
    "the ambient temperature. SI units. Radii r = 0, 1/4, 1/2, 3/4, 0.9, 0.98 and 1 times the radius of the opening. "
    "Current and current density at t = 0 are those just after the switch-on, at t = width those just before the "
    "switch-off, later ones are 0. temperature is averaged over the emitter's thickness, emitter_temperature over "
    "its volume inside the opening. runaway is where that average over the thickness first rises by runaway_rise, "
    "local_runaway where the temperature itself does so.",
    "method": "Sheets: shooting from the axis, checked by spectral elements. Pulses: elements of degree 5, graded "
    "from 15 nm at the rim, and SDIRK of order 3 with a fixed-point iteration of sheet and heat in each stage. "
    "estimated_error is the largest difference to a coarser mesh of degree 4 (from_mesh), plus the largest one there "
    "between these time steps and twice as long ones (from_ladder): relative, temperatures relative to the mean rise "
    "of the emitter at that time. The numbers themselves are better than that.",
}


def write(part: str, name: str, entry: dict[str, Any], order: Sequence[str]) -> None:
    held = read() if DATA.exists() else {"sheets": [], "pulses": []}
    kept = {case["name"]: case for case in held[part]} | {name: entry}
    held[part] = [kept[known] for known in order if known in kept]
    fresh = DATA.with_suffix(f".{getpid()}")
    fresh.write_text(text({**ABOUT, "sheets": held["sheets"], "pulses": held["pulses"]}) + "\n", encoding="utf-8")
    fresh.replace(DATA)


def text(value: Any, indent: int = 0) -> str:
    """JSON with a list of numbers on one line, and numbers to ten digits."""
    pad = " " * (indent + 1)
    if isinstance(value, dict) and value:
        rows = [f"{pad}{json.dumps(key)}: {text(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict | list):
        return "[\n" + ",\n".join(pad + text(item, indent + 1) for item in value) + "\n" + " " * indent + "]"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text(item) for item in value) + "]"
    return f"{value:.10g}" if isinstance(value, float) else json.dumps(value)


def main(names: list[str]) -> None:
    """Compute the named cases (all without names) and write the file."""
    sheets, pulses = sheet_cases(), pulse_cases()
    for case in sheets:
        if not names or case["name"] in names or "sheets" in names:
            write("sheets", case["name"], sheet_results(case), [known["name"] for known in sheets])
    for pulse in pulses:
        if not names or pulse.name in names:
            entry = pulse_results(pulse)
            write("pulses", pulse.name, entry, [known.name for known in pulses])
            sys.stdout.write(f"{pulse.name}: {entry['estimated_error']}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
