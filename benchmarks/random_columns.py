"""Heterostructures drawn at random, and how far their current-voltage curves can be computed."""

import time
from dataclasses import dataclass

import numpy as np

from femled.device import Column, Contact, Layer
from femled.errors import ConvergenceError
from femled.experiments.jv import jv
from femled.materials import Semiconductor
from femled.units import nm

REVERSE = np.linspace(-1.0, 0.0, 6)
FORWARD = np.linspace(0.25, 8.0, 32)
CURRENT = 1e7
"""[A/m2] 1 kA/cm2: beyond it no more is asked."""


def random_column(seed: int) -> Column:
    """One to three layers of 20 to 500 nm with offsets up to 0.4 eV, gaps of 1.4 to 2.4 eV, all else over decades.

    Work functions lie 0.05 to 0.4 eV inside the gap; every other column has Blakemore statistics, every third doping.
    """
    rng = np.random.default_rng(seed)

    def over_decades(low: float, high: float) -> float:
        return float(10 ** rng.uniform(np.log10(low), np.log10(high)))

    layers, top = [], -3.3
    for number in range(int(rng.integers(1, 4))):
        top += float(rng.uniform(-0.4, 0.4))
        material = Semiconductor(
            relative_permittivity=float(rng.uniform(3, 30)),
            conduction_band_ev=top,
            valence_band_ev=top - float(rng.uniform(1.4, 2.4)),
            conduction_band_density=over_decades(1e24, 1e27),
            valence_band_density=over_decades(1e24, 1e27),
            electron_mobility=over_decades(1e-9, 1e-4),
            hole_mobility=over_decades(1e-9, 1e-4),
            srh_electron_lifetime=over_decades(1e-9, 1e-6),
            srh_hole_lifetime=over_decades(1e-9, 1e-6),
            radiative_coefficient=over_decades(1e-17, 1e-15),
            donor_density=over_decades(1e21, 1e24) if seed % 3 == 0 and number == 0 else 0.0,
            statistics=("boltzmann", "blakemore")[seed % 2],
        )
        layers.append(Layer(name=f"layer{number}", thickness=over_decades(20, 500) * nm, material=material))
    low, high = layers[0].material.valence_band_ev, layers[-1].material.conduction_band_ev
    return Column(
        layers=layers,
        anode=Contact(work_function_ev=low + float(rng.uniform(0.05, 0.4))),
        cathode=Contact(work_function_ev=high - float(rng.uniform(0.05, 0.4))),
    )


@dataclass(frozen=True)
class Outcome:
    """Of one column.

    Args:
        converged: every voltage down to -1 V, and up to 8 V or to 1 kA/cm2.
        points: computed.
        seconds: for them.
        error: largest difference of the contact currents, over what is asked: 1e-8 J above 10 A/m2, 1e-5 A/m2 below.
    """

    converged: bool
    points: int
    seconds: float
    error: float


def outcome(seed: int, mesh: int) -> Outcome:
    column, voltages = random_column(seed), [*REVERSE, *FORWARD]
    begun = time.perf_counter()
    try:
        curve, converged = jv(column, voltages=voltages, ions="none", mesh=mesh), True
    except ConvergenceError as error:
        curve, converged = error.finished, False
    seconds = time.perf_counter() - begun
    if curve is None:
        return Outcome(False, 0, seconds, np.inf)
    currents, errors = curve.series["current_density"], curve.series["current_error"]
    asked = np.where(np.abs(currents) > 10.0, 1e-8 * np.abs(currents), 1e-5)
    reached = converged or bool(np.abs(currents).max() >= CURRENT and curve.series["voltage"].min() == REVERSE[0])
    return Outcome(reached, len(currents), seconds, float((errors / asked).max()))
