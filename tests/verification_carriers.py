"""What the verification table measures of carriers and ions."""

import numpy as np
from drift_diffusion_reference import cases, column, light

import femled as fl
from femled.drive import Sampled

CURVES, TRANSIENTS = cases("jv"), cases("transient")
PARTS = ("radiative_current_density", "srh_current_density", "auger_current_density")


def curve_error(names, mesh="default"):
    """Largest relative error over cases, voltages and currents; under light over the largest current."""
    worst = 0.0
    for case in CURVES.values():
        generation, ions = light(case), case["experiment"]["ions"]
        if isinstance(ions, dict):
            ions = fl.relax_ions(column(case), voltage=ions["frozen_at"], generation=generation, mesh=mesh)
        run = fl.jv(column(case), voltages=case["experiment"]["voltages"], ions=ions, generation=generation, mesh=mesh)
        for name in set(names) & set(case["results"]):
            expected = np.array(case["results"][name]["value"], dtype=float)
            floor = 1e-6 if generation is None else 1.0
            scale = np.maximum(np.abs(expected), floor * np.abs(expected).max())
            if expected.any():
                worst = max(worst, float(np.max(np.abs(run.series[name] - expected) / scale)))
    return worst


def current_error():
    return curve_error(["current_density"])


def fine_current_error():
    return curve_error(["current_density"], "fine")


def part_error():
    return curve_error(PARTS)


def transient_errors(group, name, ours):
    """Largest error over the largest value of every case whose name starts with a word."""
    worst = 0.0
    for case in TRANSIENTS.values():
        if not case["name"].startswith(group):
            continue
        drive, times = case["experiment"]["drive"], case["experiment"]["at"]
        run = fl.transient(
            column(case),
            voltage=Sampled(times=drive["times"], values=drive["values"]),
            until=times[-1],
            at=times,
            carriers=case["experiment"].get("carriers", True),
        )
        expected = np.array([np.nan if x is None else x for x in case["results"][name]["value"]])
        worst = max(worst, float(np.nanmax(np.abs(ours(run) - expected)) / np.nanmax(np.abs(expected))))
    return worst


def moving_error():
    return transient_errors("LED", "current_density", lambda run: run.series["current_density"])


def charging_error():
    return transient_errors("charging", "anode_charge", lambda run: run.series["electrode_charge"][:, 0])


def inventory_error():
    """Share of the ions that is lost over a ramp up and down."""
    run = fl.transient(column(TRANSIENTS["LED ramp"]), voltage=fl.Ramp(start=0, stop=2.4, rate=1.0), until=5.0)
    return abs(run.balance.stored / run.balance.supplied - 1)


def section_error():
    """A laterally uniform section against its column, 1.2 V and 2 V, ions at rest."""
    led = column(CURVES["LED relaxed ions"])
    section = fl.section_jv(led, voltages=[1.2, 2.0], radius=1e-6, radial_cells=6, mesh=12)
    line = fl.jv(led, voltages=[1.2, 2.0], mesh=12)
    return float(np.abs(section.series["current_density"] / line.series["current_density"] - 1).max())
