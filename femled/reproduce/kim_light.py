"""Claims of Kim et al. 2018 on photoluminescence during and before voltage pulses."""

import math
from dataclasses import dataclass

from femled.device import Pixel, load_pixel
from femled.experiments.jv import jv, relax_ions
from femled.experiments.transient_pl import transient_pl
from femled.materials import load_material
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.series import Series
from femled.units import A_cm2, nm, text_of

WAVELENGTH, FLUENCE, WIDTH = 410 * nm, 2e-3, 20e-12
"""[m], [J/m2] and [s] of the pump."""

ON = 0.05 * A_cm2
"""[A/m2] in the voltage pulse."""

MESH = 60
"""Cells of a layer: decay times within 1 % of those of 100."""


@dataclass(frozen=True)
class Decays:
    """Photoluminescence with the ions at rest at a background bias.

    Args:
        voltage: [V] of the pulse.
        before: the series of `transient_pl` at the bias.
        inside: at the voltage of the pulse.
    """

    voltage: float
    before: Series
    inside: Series


def decays(pixel: Pixel, bias: float) -> Decays:
    """Before a voltage pulse and in it.

    Args:
        pixel: the device.
        bias: [V] background at which the ions are at rest.
    """
    state = relax_ions(pixel, voltage=bias, mesh=MESH)
    on = jv(pixel, current_densities=[ON], ions=state, outcoupling=1.0, mesh=MESH)
    voltage = float(on.series["voltage"][0])
    absorption = 4 * math.pi * float(load_material("mapbi3").index(WAVELENGTH).imag) / WAVELENGTH
    found = [
        transient_pl(
            pixel,
            width=WIDTH,
            until=1e-6,
            fluence=FLUENCE,
            wavelength=WAVELENGTH,
            absorption_coefficient=absorption,
            voltage=one,
            initial=state,
            mesh=MESH,
        ).series
        for one in (bias, voltage)
    ]
    return Decays(voltage, found[0], found[1])


def _said(series: Series) -> str:
    A, B, n0 = (float(series[name]) for name in ("monomolecular_rate", "bimolecular_coefficient", "initial_density"))
    rate = f"A {A:.1e} 1/s" if 0.02 * B * n0 < A else f"A not resolved (below {0.02 * B * n0:.0e} 1/s)"
    third = float(series["third_decay_time"])
    return f"{rate}, B {B:.1e} m3/s, 1/e3 in {text_of(third, 's', 2)}"


def light_in_pulses() -> Finding:
    """K8: A and B of the fit with ions at rest at 0 and 2.5 V, before a pulse of 0.05 A/cm2 and in it."""
    pixel = load_pixel("kim2018")
    at = {bias: decays(pixel, bias) for bias in (0.0, 2.5)}
    parts = [
        f"{bias:g} V: before {_said(one.before)}; in the pulse ({one.voltage:.2f} V) {_said(one.inside)}"
        for bias, one in at.items()
    ]
    A, B, third = (
        [float(one.inside[name]) for one in at.values()]
        for name in ("monomolecular_rate", "bimolecular_coefficient", "third_decay_time")
    )
    before = [float(one.before["third_decay_time"]) for one in at.values()]
    quenched = third[0] < 0.5 * before[0] and third[1] > 0.8 * before[1]
    falls = A[0] > 2 * A[1] and B[0] > 1.2 * B[1]
    return Finding(
        computed="; ".join(parts),
        verdict="consistent" if quenched and falls else "contradicts",
        deviation=f"in words: quenched in the pulse at 0 V ({third[0] / before[0]:.2f} times the decay time), not at "
        f"2.5 V ({third[1] / before[1]:.2f} times); A falls, from {A[0] / 4.0e7:.1f} times the published 4.0e7 1/s to "
        f"less than the published 1.5e7 1/s, where the decay is bimolecular and leaves A open; B falls by "
        f"{B[0] / B[1]:.1f} (published ~2). Before the pulse the bias changes the decay time "
        f"{before[1] / before[0]:.1f} times (published: not at all). The traps that ions make are calibrated to K5; K8 "
        "alone would ask for fewer",
        inputs=(
            Input("pump", "20 ps, 410 nm, 0.2 uJ/cm2", "published"),
            Input("current in the pulse", "0.05 A/cm2", "published"),
            Input("absorption", "one pass, k of the index card, no reflection", "assumed"),
            *electrical_inputs(pixel),
        ),
    )


CLAIMS = (
    Claim(
        "K8",
        "kim2018",
        "A falls from (4.0+-0.4)e7 to (1.5+-0.3)e7 1/s and B by ~2 with a 2.5 V background bias",
        light_in_pulses,
    ),
)
