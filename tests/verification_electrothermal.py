"""What the verification table measures of current spreading and coupled pulses."""

import json
from pathlib import Path

import numpy as np
from scipy.special import iv

import femled as fl

REFERENCE = json.loads((Path(__file__).parent / "data" / "electrothermal.json").read_text(encoding="utf-8"))
LAWS = {"arrhenius": fl.ArrheniusLaw, "diode": fl.DiodeLaw, "table": fl.TableLaw}


def law_of(stored):
    """A law of the package from what the reference says of it."""
    return LAWS[stored["kind"]](**{key: value for key, value in stored.items() if key != "kind"})


def bessel_error():
    """J(r)/J(0) of a linear sheet against I_0(r/L), a/L = 0.1 .. 15."""
    worst = 0.0
    for x in (0.1, 1.0, 5.0, 15.0):
        law = fl.ArrheniusLaw(
            reference_current_density=x**2 / (100.0 * 1e-8),
            reference_voltage=1.0,
            exponent=1.0,
            activation_ev=0.0,
            reference_temperature=300.0,
        )
        run = fl.sheet_spreading(radius=1e-4, sheet_resistance=100.0, law=law, voltage=1.0)
        r, density = run.series["r"], run.series["current_density"]
        worst = max(worst, float(np.max(np.abs(density / density[0] / iv(0, x * r / 1e-4) - 1))))
    return worst


def sheet_error():
    """Current, voltage and J(a)/J(0) of nonlinear sheets."""
    worst = 0.0
    for case in REFERENCE["sheets"]:
        drive = {key: value for key, value in case["drive"].items() if value is not None}
        run = fl.sheet_spreading(
            radius=case["radius"],
            sheet_resistance=case["sheet_resistance"],
            law=law_of(case["law"]),
            temperature=float(case["temperature"]),
            **drive,
        )
        found = (run.edge_to_centre, float(run.series["mean_current_density"]), float(run.series["voltage"]))
        results = case["results"]
        known = (results["edge_to_centre"], results["mean_current_density"], results["rim_voltage"])
        worst = max(worst, *(abs(a / b - 1) for a, b in zip(found, known, strict=True)))
    return worst


def pulses():
    """Every pulse of the reference that does not run away, with its result."""
    for case in REFERENCE["pulses"]:
        if "runaway" in case["results"]:
            continue
        pixel = fl.load_pixel(case["pixel"]).replace(
            diameter=case["diameter"], ambient_temperature=float(case["ambient"])
        )
        times = case["results"]["time"]
        run = fl.electrothermal_pulse(
            pixel,
            voltage=case["voltage"],
            current_density=case["mean_current_density"],
            width=case["width"],
            until=max(case["width"], times[-1]),
            at=times,
            law=law_of(case["law"]),
            sheet_resistance=float(sum(case["sheets"].values())),
            feed_radius=case["feed_radius"],
            linear=True,
        )
        yield case, run


def pulse_current_error():
    """Of the current while it flows."""
    worst = 0.0
    for case, run in pulses():
        known = np.array(case["results"]["current"])
        on = known != 0
        worst = max(worst, float(np.max(np.abs(run.series["current"][on] / known[on] - 1))))
    return worst


def pulse_rise_error():
    """Of the mean rise from 10 ns on."""
    worst = 0.0
    for case, run in pulses():
        later = np.array(case["results"]["time"]) >= 10e-9
        known = (np.array(case["results"]["emitter_temperature"]) - case["ambient"])[later]
        worst = max(worst, float(np.max(np.abs(run.series["emitter_temperature_rise"][later] / known - 1))))
    return worst


def pulse_balance_error():
    """Electrical energy against heat stored and conducted."""
    return max(abs(run.balance.defect) for _, run in pulses())
