"""Claims of Kim et al. 2018 on how ions screen the field."""

import numpy as np

from femled.device import load_pixel
from femled.experiments.square_wave import square_wave
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.units import V, ms

MESH = 20
"""Cells a layer: time constants are within 1 % of those with 60."""

_PIXEL = load_pixel("kim2018")


def screening() -> Finding:
    """K7: screening under a square wave of -2/+2 V with periods of 2 s and 10 ms."""
    slow, fast = (
        square_wave(_PIXEL, low=-2 * V, high=2 * V, period=period, cycles=2, mesh=MESH).series
        for period in (2.0, 10 * ms)
    )
    times, share = slow["screening_time"], slow["field_screened"]
    still = float(np.abs(fast["field_screened"]).max())
    holds = bool(np.all((times > 0.25) & (times < 1.0))) and float(share.min()) > 0.3 and still < 0.05
    ends = ", ".join(
        f"{start / 1e6:.1f} -> {end / 1e6:.1f} V/um"
        for start, end in zip(slow["field_at_start"], slow["field_at_end"], strict=True)
    )
    return Finding(
        computed=f"period 2 s: the field in the middle of the perovskite goes {ends} at -2 / +2 V, 1/e of it after "
        f"{times[0]:.2f} / {times[1]:.2f} s; period 10 ms: {100 * still:.2g} % of the field are screened",
        verdict="match" if holds else "contradicts",
        deviation=f"{100 * (times.mean() / 0.5 - 1):+.0f} % of 0.5 s (band 0.25 .. 1 s); below 5 % at 10 ms. The "
        "product of density and diffusivity of the ions is calibrated to this row; that both halves are alike is not",
        inputs=(Input("square wave", "-2 V / +2 V", "published"), *electrical_inputs(_PIXEL)),
    )


CLAIMS = (
    Claim("K7", "kim2018", "field screened in ~0.5 s after a square wave of -2/+2 V, not at a 10 ms period", screening),
)
