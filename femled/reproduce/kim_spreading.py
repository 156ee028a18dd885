"""The claim of Kim et al. 2018 that the whole opening emits evenly."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from femled.experiments.column_law import ColumnLaw
from femled.experiments.sheet_spreading import sheet_spreading
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.kim_heating import BACKGROUND, kim_pixel, pulse
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import A_cm2

Array = NDArray[np.float64]

DENSITY = 110 * A_cm2
EVEN = 0.10
"""[1] difference of the light at the rim from that on the axis that a camera profile would show."""


def unevenness(r: Array, light: Array) -> float:
    """[1] standard deviation of light (n,) over the area of a disk, at radii (n,), over its mean."""
    mean, square = (2 * np.trapezoid(one * r, r) / r[-1] ** 2 for one in (light, light**2))
    return float(np.sqrt(max(square - mean**2, 0.0)) / mean)


@cache
def crowding(sheet_resistance: float) -> float:
    """[1] J at the rim over J on the axis at 110 A/cm2, all at the ambient temperature, for [ohm] per square."""
    pixel = kim_pixel()
    run = sheet_spreading(
        radius=pixel.radius,
        sheet_resistance=sheet_resistance,
        law=_law(),
        mean_current_density=DENSITY,
        temperature=pixel.ambient_temperature,
    )
    return run.edge_to_centre


@cache
def _law() -> ColumnLaw:
    return ColumnLaw(kim_pixel(), background=BACKGROUND)


def limiting_resistance() -> float:
    """[ohm] per square at which the current is 10 % larger at the rim: secant on J(a)/J(0) - 1, nearly ~ R_s."""
    resistance = 15.0
    for _ in range(6):
        step = EVEN / (crowding(resistance) - 1)
        resistance *= step
        if abs(step - 1) < 1e-3:
            break
    return resistance


def even_verdict(uneven: float, limit: float, own: float) -> Verdict:
    """The verdict on K13.

    Args:
        uneven: [1] largest difference of the light at the rim from that on the axis in the pulse.
        limit: [ohm] per square at which the current would crowd.
        own: [ohm] per square of the device.
    """
    return "consistent" if uneven < EVEN and own < limit else "contradicts"


def even_light() -> Finding:
    """K13: current and light across 200 um at 110 A/cm2, as the sheet spreads it and as heat changes it."""
    pixel = kim_pixel()
    assert pixel.contacts is not None  # the published pixels have
    own, limit = pixel.contacts.anode.ohms_per_square, limiting_resistance()
    series = pulse(pixel, current_density=DENSITY)
    light, current, r = series["radiative_current_density"], series["current_density"], series["r"]
    rims = [f"{float(one[k, -1] / one[k, 0]):.3f}" for one in (current, light) for k in (0, -1)]
    spread = max(unevenness(r, one) for one in light)
    return Finding(
        computed=f"J at the rim over the axis: {crowding(own):.4f} with {own:g} ohm/sq and no heat; in a pulse of 2 us "
        f"{rims[0]} at 20 ns and {rims[1]} at its end, light {rims[2]} and {rims[3]}; over the area light deviates by "
        f"{spread:.1%} (rms) at most",
        verdict=even_verdict(float(np.abs(light[:, -1] / light[:, 0] - 1).max()), limit, own),
        deviation=f"even within {EVEN:.0%}; the sheet alone would raise J at the rim by {EVEN:.0%} at {limit:.0f} "
        f"ohm/sq, {limit / own:.0f} times the device's. What is left is heat, not the sheet: the rim, cooled from the "
        "side, carries less",
        inputs=(
            Input("current density", "110 A/cm2", "published"),
            Input("pulse", "2 us", "assumed"),
            Input("sheet resistance of the ITO", f"{own:g} ohm", "assumed"),
            *device_inputs(pixel),
            *electrical_inputs(pixel),
        ),
    )


CLAIMS = (Claim("K13", "kim2018", "uniform light across 200 um at 110 A/cm2", even_light),)
