"""Claims of Kim et al. 2018 on efficiency in pulses behind a background bias, at a constant temperature.

A pulse of 10 us is too short for the ions: they rest at the background bias, the carriers of the pulse are steady, and
traps that ions make are healed by the mean current in time, <J> = J t_on/(t_on + t_off) + J_bias.
"""

from functools import cache

from femled.device import load_pixel
from femled.experiments.jv import jv, relax_ions
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.units import A_cm2, V, ms, us

OUTCOUPLING = 0.15
"""[1] the paper's estimate."""

WIDTH, OFF = 10 * us, 2 * ms
"""[s] of the pulses, and between them."""

BIAS = 2.6 * V
CURRENTS = tuple(j * A_cm2 for j in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 150.0))

MESH = 60
"""Cells a layer: efficiencies are within 0.6 % of those with 200 up to 10 A/cm2, within 1.3 % at 200 A/cm2."""

_PIXEL = load_pixel("kim2018")


@cache
def _background(bias: float) -> float:
    """[A/m2] that recombines between the pulses."""
    return relax_ions(_PIXEL, voltage=bias, mesh=MESH).mean_current_density


@cache
def efficiency(bias: float, off_time: float, current_density: float) -> float:
    """[1] EQE in pulses.

    Args:
        bias: [V] background.
        off_time: [s] between pulses.
        current_density: [A/m2] in the pulse.
    """
    mean = current_density * WIDTH / (WIDTH + off_time) + max(_background(bias), 0.0)
    state = relax_ions(_PIXEL, voltage=bias, mean_current_density=mean, mesh=MESH)
    run = jv(_PIXEL, current_densities=[current_density], ions=state, outcoupling=OUTCOUPLING, mesh=MESH)
    return float(run.series["external_quantum_efficiency"][0])


def isothermal_drop() -> Finding:
    """K4, its isothermal part: the drop of the EQE from its peak to 150 A/cm2 without any heating."""
    values = [efficiency(BIAS, OFF, current) for current in CURRENTS]
    drop = 1 - values[-1] / max(values)
    return Finding(
        computed=f"without heating, after 2.6 V: peak {100 * max(values):.3g} %, {100 * values[-1]:.3g} % at 150 "
        f"A/cm2: {100 * drop:.2g} % of the peak are lost",
        verdict="needs input",
        deviation=f"if heating took as much again, {100 * max(values) * max(1 - 2 * drop, 0.0):.2g} % would be left; "
        "how much it takes needs the temperature in the pulse (K1), and so the drive voltage, which is not published",
        inputs=_inputs(),
    )


def _inputs() -> tuple[Input, ...]:
    return (
        Input("pulse width", "10 us", "published"),
        Input("off time", "2 ms", "published"),
        Input("outcoupling", f"{OUTCOUPLING:g}", "published"),
        *electrical_inputs(_PIXEL),
    )


CLAIMS = (
    Claim("K4", "kim2018", "at ~150 A/cm2 about half of the EQE drop from its peak is Joule heating", isothermal_drop),
)
