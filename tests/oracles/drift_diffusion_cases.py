"""Reference cases of carriers and ions; `tests/data/drift_diffusion.json` was made here, by the oracle beside it.

Every number is computed on three grids (cells per layer doubled twice) and extrapolated by Richardson's rule for second
order; its error estimate is the difference between that and the same rule on the two coarser grids, usually ten times
the true error. Transients are computed with time steps halved twice as well and extrapolated by a parabola, as currents
that charge a layer have an error of first order; both gains and both error estimates are added.

The file: `constants`, and `cases`, each with `name`, `description`, `column` (layers from the anode, SI and eV, named
as in the package), `experiment` (`kind`, voltages or drive and times, ions, generation, and the coarsest resolution)
and `results`: by name `value` and `relative_error`, lists alike, over the voltages, the times `at`, or first face,
middle and last face of a layer.

    python -m oracles.drift_diffusion_cases [NAME...]      # from tests/: writes the cases anew, 20 minutes for all
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import pairwise
from os import getpid
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq

from oracles.drift_diffusion import Solver, State
from oracles.drift_diffusion_column import BOLTZMANN, EPSILON_0, Column, Contact, Ion, Layer, Q, Semiconductor

DATA = Path(__file__).parents[1] / "data" / "drift_diffusion.json"
CURRENTS = ["current_density", "radiative_current_density", "srh_current_density", "auger_current_density"]
NM = 1e-9
FLOOR = 1e-9  # no number is called better than this

Numbers = dict[str, np.ndarray]


def column_of(data: dict[str, Any]) -> Column:
    """A column from what the file says of it."""
    layers = []
    for layer in data["layers"]:
        ions = tuple(Ion(**ion) for ion in layer["material"]["ions"])
        material = Semiconductor(**(layer["material"] | {"ions": ions}))
        layers.append(Layer(layer["name"], layer["thickness"], material))
    contacts = {side: Contact(**data[side]) for side in ("anode", "cathode")}
    return Column(layers=tuple(layers), temperature=data["temperature"], **contacts)


def generation_of(data: dict[str, float] | None) -> Callable[[np.ndarray], np.ndarray] | None:
    """G(x) = rate exp(-absorption (lit_face - x)) between two faces, 0 elsewhere; x from the anode [m]."""
    if data is None:
        return None

    def generation(x: np.ndarray) -> np.ndarray:
        inside = (x > data["from"]) & (x < data["to"])
        return np.where(inside, data["rate"] * np.exp(-data["absorption"] * np.abs(data["lit_face"] - x)), 0.0)

    return generation


def extrapolated(series: list[Numbers]) -> tuple[Numbers, Numbers]:
    """Value and absolute error from three resolutions, each twice as fine, of a second-order method."""
    values, errors = {}, {}
    for name in series[0]:
        coarse, middle, fine = (np.asarray(numbers[name], dtype=float) for numbers in series)
        values[name] = fine + (fine - middle) / 3
        errors[name] = np.abs(values[name] - (middle + (middle - coarse) / 3))
    return values, errors


def extrapolated_in_time(series: list[Numbers]) -> tuple[Numbers, Numbers]:
    """The same when the order is one or two: a parabola through the three.

    Its error is twice the distance to Richardson's rule for order one, or for order two, whichever is nearer.
    """
    values, errors = {}, {}
    for name in series[0]:
        coarse, middle, fine = (np.asarray(numbers[name], dtype=float) for numbers in series)
        values[name] = (coarse - 6 * middle + 8 * fine) / 3
        one, two = fine + (fine - middle), fine + (fine - middle) / 3
        errors[name] = 2 * np.minimum(np.abs(values[name] - one), np.abs(values[name] - two))
    return values, errors


def relaxed_or_not(solver: Solver, ions: Any) -> State:
    """The state a steady scan starts from; `{"frozen_at": V}` relaxes ions at V first."""
    if isinstance(ions, dict):
        return solver.freeze(solver.steady(ions["frozen_at"]))
    return solver.steady(0.0)


def jv(solver: Solver, experiment: dict[str, Any]) -> Numbers:
    """Steady currents over the voltages; IQE = radiative over total."""
    state = relaxed_or_not(solver, experiment["ions"])
    found = []
    for voltage in experiment["voltages"]:
        state = solver.steady(voltage, state)
        found.append(solver.currents(state))
    numbers = {name: np.array([currents[name] for currents in found]) for name in CURRENTS}
    if solver.generation is None and numbers["radiative_current_density"].any():
        numbers["internal_quantum_efficiency"] = numbers["radiative_current_density"] / numbers["current_density"]
    return {name: values for name, values in numbers.items() if np.any(values)}


def profile(solver: Solver, experiment: dict[str, Any]) -> Numbers:
    """Of one layer at one voltage: levels and densities inside its first face, in its middle, inside its last face."""
    state = solver.steady(experiment["voltage"], relaxed_or_not(solver, experiment["ions"]))
    local = np.stack([state.values[:, :-1], state.values[:, 1:]])
    d, _ = solver.densities(local, state.frozen)
    number = [layer.name for layer in solver.column.layers].index(experiment["layer"])
    first, last = number * solver.cells, (number + 1) * solver.cells - 1
    at = ([0, 0, 1], [first, (first + last + 1) // 2, last])
    vt = solver.column.thermal_voltage
    numbers = {"potential": vt * local[at[0], 0, at[1]]}
    numbers |= {
        "quasi_fermi_electron_ev": vt * local[at[0], 1, at[1]],
        "quasi_fermi_hole_ev": -vt * local[at[0], 2, at[1]],
        "electron_density": d[at[0], 0, at[1]],
        "hole_density": d[at[0], 1, at[1]],
    }
    for k in range(2, d.shape[1]):
        ion = solver._moving[k - 2][1]
        numbers[f"ion_density {ion.name}"] = d[at[0], k, at[1]]
    return {name: values for name, values in numbers.items() if np.any(values)}


def open_circuit(solver: Solver, experiment: dict[str, Any]) -> Numbers:
    """Voltage without current."""
    low, high = experiment["between"]
    state = solver.steady(low, relaxed_or_not(solver, experiment["ions"]))

    def current(voltage: float) -> float:
        return solver.currents(solver.steady(voltage, state))["current_density"]

    return {"open_circuit_voltage": np.array(brentq(current, low, high, xtol=1e-12, rtol=1e-14))}


def electrode_charge(solver: Solver, experiment: dict[str, Any]) -> Numbers:
    """Charge of the anode over the voltages, ions relaxed."""
    state, charges = solver.equilibrium(), []
    for voltage in experiment["voltages"]:
        state = solver.steady(voltage, state)
        charges.append(solver.electrode_charges(state)[0])
    return {"anode_charge": np.array(charges)}


def corners(experiment: dict[str, Any], per_section: int) -> np.ndarray:
    """Times: even steps up to the first, then sections of the same ratio, or even ones, all with as many steps."""
    marks = [0.0, *experiment["sections"]]
    parts = [np.array([0.0])]
    for a, b in pairwise(marks):
        s = np.arange(1, per_section + 1) / per_section
        parts.append(a * (b / a) ** s if a and experiment["spacing"] == "ratio" else a + (b - a) * s)
        parts[-1][-1] = b
    return np.concatenate(parts)


def transient(solver: Solver, experiment: dict[str, Any], per_section: int) -> Numbers:
    """J (with displacement) and the anode's charge after dark equilibrium at 0 V, the drive applied from t = 0 on."""
    drive = experiment["drive"]
    times, values = np.array(drive["times"]), np.array(drive["values"])
    rates = np.diff(values) / np.diff(times)
    kept: dict[str, list[float]] = {"current_density": [], "anode_charge": []}
    if solver.carriers:
        kept["radiative_current_density"] = []
    wanted = list(experiment["at"])
    steps = corners(experiment, per_section)
    for t, state in solver.march(solver.equilibrium(), steps, lambda t: float(np.interp(t, times, values))):
        if t in wanted:
            slope = rates[np.searchsorted(times, t) - 1]
            kept["current_density"].append(solver.total_current(state, slope))
            kept["anode_charge"].append(solver.electrode_charges(state)[0])
            if solver.carriers:
                kept["radiative_current_density"].append(solver.currents(state)["radiative_current_density"])
    assert len(kept["current_density"]) == len(wanted)
    return {name: np.array(numbers) for name, numbers in kept.items()}


STEADY = {"jv": jv, "profile": profile, "open_circuit": open_circuit, "electrode_charge": electrode_charge}


def solver_of(column: Column, experiment: dict[str, Any], cells: int) -> Solver:
    """The oracle for one experiment at one resolution."""
    return Solver(
        column,
        cells,
        experiment.get("crowding", 2.0),
        ions=experiment["ions"] != "none",
        carriers=experiment["kind"] != "electrode_charge" and experiment.get("carriers", True),
        generation=generation_of(experiment.get("generation")),
    )


def reference(column: Column, experiment: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Values with relative errors, by name."""
    cells = [experiment["cells"] * factor for factor in (1, 2, 4)]
    if experiment["kind"] != "transient":
        run = STEADY[experiment["kind"]]
        values, errors = extrapolated([run(solver_of(column, experiment, n), experiment) for n in cells])
    else:
        steps = experiment["steps"]
        by_cells = [transient(solver_of(column, experiment, n), experiment, steps) for n in cells]
        by_steps = [by_cells[0]] + [
            transient(solver_of(column, experiment, cells[0]), experiment, steps * factor) for factor in (2, 4)
        ]
        values, errors = extrapolated(by_cells)
        in_time, errors_in_time = extrapolated_in_time(by_steps)
        for name in values:
            gained = in_time[name] - by_cells[0][name]
            both = np.abs(gained) * np.abs(values[name] / by_cells[0][name] - 1)
            values[name] = values[name] + gained
            errors[name] = errors[name] + errors_in_time[name] + both
    return {name: stored(values[name], errors[name]) for name in values}


def stored(values: np.ndarray, errors: np.ndarray) -> dict[str, Any]:
    """Values with relative errors; what is not known to 10 % (as good as zero) becomes null."""
    relative = np.maximum(FLOOR, errors / np.abs(values))
    known = relative < 0.1
    return {
        "value": np.where(known, values, None).tolist(),
        "relative_error": np.where(known, relative, None).tolist(),
    }


def silicon() -> Column:
    """Abrupt p | n junction, 1e23 1/m3 on both sides, diffusion length 1.6 and 1.0 um in layers of 4 um."""
    p = Semiconductor(
        relative_permittivity=11.7,
        conduction_band_ev=-4.05,
        valence_band_ev=-5.17,
        conduction_band_density=2.8e25,
        valence_band_density=2.65e25,
        electron_mobility=0.1,
        hole_mobility=0.04,
        srh_electron_lifetime=1e-9,
        srh_hole_lifetime=2e-9,
        acceptor_density=1e23,
    )
    n = replace(p, acceptor_density=0.0, donor_density=1e23)
    return Column((Layer("p", 4e-6, p), Layer("n", 4e-6, n)), Contact("neutral"), Contact("neutral"))


def mott_gurney() -> Column:
    """Electrons only: contacts at the conduction band, holes 4 eV away."""
    slab = Semiconductor(3.0, -3.0, -7.0, 1e26, 1e26, 1e-8, 1e-8)
    return Column((Layer("slab", 100 * NM, slab),), Contact(work_function_ev=-3.1), Contact(work_function_ev=-3.1))


def led(
    *, auger: bool, statistics: str = "boltzmann", ions: tuple[Ion, ...] = (), trap_level_ev: float | None = None
) -> Column:
    """HTL 25 nm | emitter 70 nm | ETL 60 nm; Auger 7e-41 (electrons) and 3e-41 m6/s (holes)."""
    htl = Semiconductor(3.0, -2.3, -5.2, 1e26, 1e26, 1e-9, 1e-7, statistics=statistics)
    etl = Semiconductor(3.0, -3.6, -6.2, 1e26, 1e26, 1e-7, 1e-9, statistics=statistics)
    emitter = Semiconductor(
        relative_permittivity=24.0,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=3e24,
        valence_band_density=2.5e24,
        electron_mobility=5e-5,
        hole_mobility=3e-5,
        srh_electron_lifetime=5e-8,
        srh_hole_lifetime=8e-8,
        trap_level_ev=trap_level_ev,
        radiative_coefficient=4e-16,
        auger_electron_coefficient=7e-41 * auger,
        auger_hole_coefficient=3e-41 * auger,
        statistics=statistics,
        ions=ions,
    )
    layers = (Layer("htl", 25 * NM, htl), Layer("emitter", 70 * NM, emitter), Layer("etl", 60 * NM, etl))
    return Column(layers, Contact(work_function_ev=-5.0), Contact(work_function_ev=-3.6))


def courtier() -> Column:
    """Courtier et al. 2019 with their mobile vacancies and without recombination at interfaces, T = 298 K."""
    mobility = Q / (BOLTZMANN * 298.0)  # of a diffusivity
    htl = Semiconductor(3.0, -2.0, -5.1, 5e25, 5e25, 1e-6 * mobility, 1e-6 * mobility, acceptor_density=1e24)
    etl = Semiconductor(10.0, -4.0, -7.0, 5e25, 5e25, 1e-5 * mobility, 1e-5 * mobility, donor_density=1e24)
    vacancy = Ion(charge=1, mean_density=1.6e25, diffusivity=1.01e-17, name="vacancy")
    perovskite = Semiconductor(
        24.1, -3.7, -5.4, 8.1e24, 5.8e24, 1.7e-4 * mobility, 1.7e-4 * mobility, 3e-9, 3e-7, ions=(vacancy,)
    )
    layers = (Layer("htl", 200 * NM, htl), Layer("perovskite", 400 * NM, perovskite), Layer("etl", 100 * NM, etl))
    return Column(layers, Contact("neutral"), Contact("neutral"), 298.0)


def blocking(site_density: float | None) -> Column:
    """100 nm with one mobile species between blocking electrodes; bands are of no concern."""
    ion = Ion(charge=1, mean_density=1e24, diffusivity=1e-15, site_density=site_density)
    slab = Semiconductor(24.0, -3.8, -5.4, 3e24, 2.5e24, 5e-5, 3e-5, ions=(ion,))
    return Column((Layer("slab", 100 * NM, slab),), Contact("blocking"), Contact("blocking"))


def step(voltage: float, at: list[float], first: float, steps: int, cells: int, **more: Any) -> dict[str, Any]:
    """A voltage applied at t = 0 and held; sections of the time grid end where a result is wanted."""
    return {
        "kind": "transient",
        "ions": "moving",
        "drive": {"kind": "step at t = 0", "times": [0.0, at[-1]], "values": [voltage, voltage]},
        "at": at,
        "sections": [t for t in np.geomspace(first, at[0], round(np.log10(at[0] / first)) + 1).tolist()[:-1]] + at,
        "spacing": "ratio",
        "steps": steps,
        "cells": cells,
    } | more


def cases() -> list[tuple[str, str, Column, dict[str, Any]]]:
    """(name, what it is, column, experiment); `cells` and `steps` are the coarsest resolution of the reference."""
    bright = [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 6.0]
    ion = Ion(charge=1, mean_density=5e24, diffusivity=1e-16, site_density=1e28)
    with_ions = led(auger=True, ions=(ion,))
    two = (
        Ion(charge=1, mean_density=2e24, diffusivity=1e-16, site_density=1e25, name="vacancy"),
        Ion(charge=-1, mean_density=5e23, diffusivity=1e-15, name="interstitial"),
    )
    unlike = led(auger=True, statistics="blakemore", ions=two)
    light = {"from": 25 * NM, "to": 95 * NM, "rate": 1e28, "absorption": 0.0, "lit_face": 95 * NM}
    sun = {"from": 200 * NM, "to": 600 * NM, "rate": 1.3e7 * 1.4e21, "absorption": 1.3e7, "lit_face": 600 * NM}
    cell = {"kind": "jv", "voltages": [0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2], "cells": 160, "crowding": 4.0}
    dark = cell | {"voltages": [0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2]}
    up = [0.5, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2]
    ramp = [*up, 2.4, *[round(4.8 - v, 1) for v in reversed(up)]]
    charging = [1e-3, 1e-2, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0]
    jv_led = {"kind": "jv", "voltages": bright, "cells": 80}
    at_two = {"kind": "profile", "layer": "emitter", "voltage": 2.0, "cells": 80}
    return [
        (
            "silicon junction",
            "forward current of a pn junction with SRH",
            silicon(),
            {"kind": "jv", "ions": "none", "cells": 200, "crowding": 3.0}
            | {"voltages": [-1.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]},
        ),
        (
            "Mott-Gurney",
            "space-charge-limited electrons",
            mott_gurney(),
            {"kind": "jv", "ions": "none", "voltages": [0.01, 0.1, 0.3, 1.0, 3.0, 10.0], "cells": 240, "crowding": 1.0},
        ),
        ("LED", "without Auger, without ions", led(auger=False), jv_led | {"ions": "none"}),
        ("LED Auger", "with Auger, without ions", led(auger=True), jv_led | {"ions": "none"}),
        (
            "LED trap level",
            "traps 0.3 eV below the conduction band, without ions",
            led(auger=True, trap_level_ev=-4.1),
            jv_led | {"ions": "none", "voltages": [0.6, 0.8, 1.0, 1.2, 1.4]},
        ),
        ("LED profile", "densities at 2 V, without ions", led(auger=True), at_two | {"ions": "none"}),
        ("LED relaxed ions", "ions relaxed at every voltage", with_ions, jv_led | {"ions": "relaxed"}),
        ("LED relaxed profile", "densities at 2 V, ions relaxed", with_ions, at_two | {"ions": "relaxed"}),
        ("LED ions frozen at 0 V", "ions relaxed at 0 V", with_ions, jv_led | {"ions": {"frozen_at": 0.0}}),
        ("LED ions frozen at 2 V", "ions relaxed at 2 V", with_ions, jv_led | {"ions": {"frozen_at": 2.0}}),
        (
            "LED ramp",
            "0 V to 2.4 V to 0 V at 1 V/s from equilibrium, ions and carriers dynamic",
            with_ions,
            {"kind": "transient", "ions": "moving", "at": [t for t in ramp if t != 2.4]}
            | {"drive": {"kind": "ramp up and down", "times": [0.0, 2.4, 4.8], "values": [0.0, 2.4, 0.0]}}
            | {"sections": ramp, "spacing": "even", "steps": 10, "cells": 60, "crowding": 2.5},
        ),
        (
            "LED step",
            "0 V to 2 V at t = 0, ions and carriers dynamic",
            with_ions,
            step(2.0, [10.0**k for k in range(-8, 3)], 1e-11, 14, 60, crowding=2.5),
        ),
        ("LED Blakemore two ions", "two species of opposite charge", unlike, jv_led | {"ions": "relaxed"}),
        (
            "LED Blakemore two ions frozen at 1 V",
            "two species of opposite charge",
            unlike,
            jv_led | {"ions": {"frozen_at": 1.0}},
        ),
        (
            "LED lit open circuit",
            "uniform generation in the emitter, without ions",
            led(auger=True),
            {"kind": "open_circuit", "ions": "none", "between": [1.0, 1.35], "generation": light, "cells": 80},
        ),
        (
            "LED lit open circuit, relaxed ions",
            "uniform generation in the emitter",
            with_ions,
            {"kind": "open_circuit", "ions": "relaxed", "between": [1.0, 1.35], "generation": light, "cells": 80},
        ),
        ("Courtier dark", "ions relaxed", courtier(), dark | {"ions": "relaxed"}),
        ("Courtier dark, no ions", "ions and counter-charge removed", courtier(), dark | {"ions": "none"}),
        ("Courtier lit", "Beer-Lambert from the ETL", courtier(), cell | {"ions": "relaxed", "generation": sun}),
        ("Courtier lit, no ions", "Beer-Lambert", courtier(), cell | {"ions": "none", "generation": sun}),
        (
            "Courtier lit, ions frozen at 1.1 V",
            "ions relaxed at 1.1 V under the same light",
            courtier(),
            cell | {"ions": {"frozen_at": 1.1}, "generation": sun},
        ),
        *[
            (
                name,
                what,
                blocking(limit),
                {"kind": "electrode_charge", "ions": "relaxed", "cells": 80} | {"voltages": [0.01, 0.1, 0.3, 1.0]},
            )
            for name, what, limit in (
                ("blocking electrodes", "no site limit", None),
                ("blocking electrodes, site limit", "site limit of four times the mean density", 4e24),
            )
        ],
        *[
            (name, what, blocking(limit), step(voltage, charging, 1e-6, 20, 80, carriers=False))
            for name, what, limit, voltage in (
                ("charging, small step", "10 mV at t = 0", None, 0.01),
                ("charging, large step", "0.5 V at t = 0", None, 0.5),
                ("charging, large step, site limit", "0.5 V at t = 0", 4e24, 0.5),
            )
        ],
    ]


def read() -> dict[str, Any]:
    """What the file holds."""
    return json.loads(DATA.read_text(encoding="utf-8"))


def main(names: list[str]) -> None:
    """Compute the named cases (all without names) and write the file."""
    for name, what, column, experiment in cases():
        if names and name not in names:
            continue
        begun = time.perf_counter()
        results = reference(column, experiment)
        worst = max(error or 0.0 for result in results.values() for error in np.ravel(result["relative_error"]))
        sys.stderr.write(f"{name}: worst relative error {worst:.1e}, {time.perf_counter() - begun:.0f} s\n")
        held = {case["name"]: case for case in read()["cases"]} if DATA.exists() else {}
        held[name] = {
            "name": name,
            "description": what,
            "column": asdict(column),
            "experiment": experiment,
            "results": results,
        }
        constants = {"elementary_charge": Q, "boltzmann": BOLTZMANN, "vacuum_permittivity": EPSILON_0}
        order = [held[case[0]] for case in cases() if case[0] in held]
        fresh = DATA.with_suffix(f".{getpid()}")
        fresh.write_text(json.dumps({"constants": constants, "cases": order}, indent=1) + "\n", encoding="utf-8")
        fresh.replace(DATA)


if __name__ == "__main__":
    main(sys.argv[1:])
