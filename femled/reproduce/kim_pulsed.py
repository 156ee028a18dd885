"""Claims of Kim et al. 2018 on efficiency in pulses after a background bias, at a constant temperature."""

from functools import cache

import numpy as np

from femled.device import load_pixel
from femled.experiments.jv import jv, relax_ions
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.units import A_cm2, V, ms, us

OUTCOUPLING = 0.15
"""[1] of the paper."""

BIASES = (0.0 * V, 1.0 * V, 2.0 * V, 2.6 * V, 3.0 * V)
ON, OFF = 10 * us, 2 * ms
LOW, MIDDLE, HIGH = 0.2 * A_cm2, 10 * A_cm2, 200 * A_cm2
HEATED = 150 * A_cm2
"""[A/m2] at which half of the drop is said to be heating."""

_PIXEL = load_pixel("kim2018")


@cache
def pulsed_efficiency(bias: float, current_density: float) -> float:
    """EQE [1] in a pulse too short for the ions, which rest at a bias.

    Traps are healed by the mean current in time, <J> = J t_on/(t_on + t_off) + J_bias.

    Args:
        bias: [V] between pulses.
        current_density: [A/m2] in the pulse.
    """
    state = relax_ions(_PIXEL, voltage=bias)
    mean = current_density * ON / (ON + OFF) + max(state.mean_current_density, 0.0)
    run = jv(
        _PIXEL,
        current_densities=[current_density],
        ions=state,
        mean_current_density=mean,
        outcoupling=OUTCOUPLING,
    )
    return float(run.series["external_quantum_efficiency"][0])


def _inputs() -> tuple[Input, ...]:
    return (
        Input("outcoupling", f"{OUTCOUPLING:g}", "published"),
        Input("pulse", "10 us every 2 ms", "published"),
        Input("ions in the pulse", "frozen as at rest at the bias", "assumed"),
        *electrical_inputs(_PIXEL),
    )


def _spread(current_density: float) -> tuple[float, str]:
    """Largest over smallest EQE of all biases, and all of them in words."""
    values = [pulsed_efficiency(bias, current_density) for bias in BIASES]
    return max(values) / min(values), " / ".join(f"{100 * value:.2g}" for value in values)


def convergence() -> Finding:
    """K6: spread of EQE over the background bias at low and high current."""
    (low, at_low), (middle, at_middle), (high, at_high) = (_spread(current) for current in (LOW, MIDDLE, HIGH))
    converges = low > 3 and high < 1.3 and high < middle < low
    return Finding(
        computed=f"EQE in % after 0 / 1 / 2 / 2.6 / 3 V: {at_low} at 0.2 A/cm2, {at_middle} at 10 A/cm2, {at_high} at "
        f"200 A/cm2; largest over smallest {low:.2g}, {middle:.2g} and {high:.2g}",
        verdict="consistent" if converges else "contradicts",
        deviation="the spread falls with current and is below 1.3 at 200 A/cm2; the traps that ions make saturate "
        "against radiation, and the current heals them",
        inputs=_inputs(),
    )


def isothermal_drop() -> Finding:
    """K4, its isothermal part: the drop of EQE from its peak to 150 A/cm2 without any heating."""
    currents = np.geomspace(1 * A_cm2, HEATED, 9)
    values = [pulsed_efficiency(2.6 * V, float(current)) for current in currents]
    drop = 1 - values[-1] / max(values)
    return Finding(
        computed=f"without heating: peak {100 * max(values):.3g} %, {100 * values[-1]:.3g} % at 150 A/cm2, after 2.6 V: "
        f"{100 * drop:.2g} % of the peak are lost",
        verdict="needs input",
        deviation="if heating took as much again, the EQE would end at "
        f"{100 * max(values) * max(1 - 2 * drop, 0.0):.2g} %; which part is heating needs the temperature of the pulse "
        "(K1), and so the drive voltage, which is not published",
        inputs=_inputs(),
    )


CLAIMS = (
    Claim(
        "K4",
        "kim2018",
        "at ~150 A/cm2 about half of the EQE drop from its peak is Joule heating",
        isothermal_drop,
    ),
    Claim("K6", "kim2018", "all EQE curves converge above 10 A/cm2 whatever the background bias", convergence),
)
