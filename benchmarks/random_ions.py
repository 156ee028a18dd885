"""Mobile ions drawn at random in a light-emitting diode, and how far they can be followed in time."""

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.carriers import three_layers
from femled.device import Column
from femled.drive import Sampled
from femled.errors import ConvergenceError
from femled.experiments.transient import transient

ON, FALL, UNTIL = 100.0, 1e-6, 1e3
"""[s] at the voltage, of the turn-off, and to the end of the recovery."""


def random_ions(seed: int) -> tuple[Column, float]:
    """The three layers with 3e23 to 1e26 ions 1/m3 of 1e-17 to 1e-13 m2/s, and a voltage of 0.5 to 6 V.

    In turn they have no site limit, 1e28 1/m3, or 2.5 times their mean density.
    """
    rng = np.random.default_rng(seed)
    density = float(10 ** rng.uniform(np.log10(3e23), 26))
    diffusivity = float(10 ** rng.uniform(-17, -13))
    sites = (None, 1e28, 2.5 * density)[seed % 3]
    column = three_layers()
    layers, emitter = list(column.layers), column.semiconductors[1]
    ion = emitter.ions[0].replace(mean_density=density, diffusivity=diffusivity, site_density=sites)
    layers[1] = layers[1].replace(material=emitter.replace(ions=(ion,)))
    return column.replace(layers=tuple(layers)), float(rng.uniform(0.5, 6.0))


@dataclass(frozen=True)
class IonOutcome:
    """Of one case.

    Args:
        converged: to the end.
        seconds: for it.
        steps: taken.
        iterations: of Newton's method.
        lost: [1] share of the ions that is gone.
        error: [1] largest difference of the currents through both contacts, over J or 1 A/m2, after the first
            nanosecond.
    """

    converged: bool
    seconds: float = 0.0
    steps: int = 0
    iterations: int = 0
    lost: float = np.inf
    error: float = np.inf


def ion_outcome(seed: int, mesh: int) -> IonOutcome:
    """Ions at rest at 0 V, a step to the voltage for 100 s, turned off in 1 us, recovery to 1000 s.

    Args:
        seed: of the case.
        mesh: cells a layer.
    """
    column, voltage = random_ions(seed)
    drive = Sampled(times=[0.0, 0.0, ON, ON + FALL], values=[0.0, voltage, voltage, 0.0])
    begun = time.perf_counter()
    try:
        run = transient(column, voltage=drive, until=UNTIL, mesh=mesh)
    except ConvergenceError:
        return IonOutcome(False)
    seconds = time.perf_counter() - begun
    balance, cost, data = run.balance, run.cost, run.series
    assert balance is not None
    assert cost is not None
    late = data["time"] > 1e-9
    share = data["current_error"][late] / np.maximum(np.abs(data["current_density"][late]), 1.0)
    lost = abs(balance.stored / balance.supplied - 1)
    return IonOutcome(True, seconds, cost.steps, cost.factorisations, lost, float(share.max()))
