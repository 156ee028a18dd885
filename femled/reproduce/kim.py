"""Claims of Kim et al. 2018: a MAPbI3 pixel in microsecond pulses."""

from functools import cache

from femled.device import Pixel, load_pixel
from femled.experiments.heat_pulse import heat_pulse
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import A_cm2, V, um, us

HOT = 345.0
"""[K] the published temperature."""


@cache
def rise_per_power(pixel: Pixel) -> float:
    """[K m2/W] mean emitter rise at the end of a 2 us pulse over the heat per area."""
    run = heat_pulse(pixel, power_density=1e7, width=2 * us, until=2 * us, at=[2 * us])
    return float(run.series["emitter_temperature_rise"][-1]) / 1e7


def hot_perovskite() -> Finding:
    """K1: T at the end of a 2 us pulse of 203 A/cm2 against the drive voltage, which the text does not give."""
    parts, voltages = [], {}
    for diameter in (200 * um, 50 * um):
        pixel = load_pixel("kim2018").replace(diameter=diameter)
        per_volt = rise_per_power(pixel) * 203 * A_cm2
        voltages[diameter] = (HOT - pixel.ambient_temperature) / per_volt
        listed = ", ".join(
            f"{pixel.ambient_temperature + per_volt * v:.0f} K at {v:.0f} V" for v in (10 * V, 20 * V, 30 * V, 40 * V)
        )
        parts.append(f"{diameter / um:.0f} um: {listed}; {HOT:.0f} K at {voltages[diameter]:.1f} V")
    return Finding(
        computed="; ".join(parts),
        verdict="needs input",
        deviation=f"holds for a drive of {min(voltages.values()):.0f} .. {max(voltages.values()):.0f} V: high for a "
        "136 nm stack: part of it would drop in ITO and contacts, or the films conduct heat worse than assumed",
        inputs=(
            Input("current density", "203 A/cm2", "published"),
            Input("pulse", "2 us", "published"),
            *device_inputs(load_pixel("kim2018")),
        ),
    )


def onset_of_heating() -> Finding:
    """K2: rise at 10 A/cm2 after 2 us for the drive voltages of such devices."""
    pixel, band = load_pixel("kim2018"), (0.3, 3.0)
    rises = {v: rise_per_power(pixel) * 10 * A_cm2 * v for v in (5 * V, 10 * V, 15 * V)}
    curve = {j: rise_per_power(pixel) * j * A_cm2 * 10 * V for j in (1, 10, 100, 203)}
    inside = all(band[0] <= rise <= band[1] for rise in rises.values())
    listed = ", ".join(f"{rise:.2f} K at {v:.0f} V" for v, rise in rises.items())
    against = ", ".join(f"{rise:.2g} K at {j} A/cm2" for j, rise in curve.items())
    return Finding(
        computed=f"rise at 10 A/cm2: {listed}; at 10 V: {against}",
        verdict="consistent" if inside else "contradicts",
        deviation=f"of order 1 K ({band[0]} .. {band[1]} K) for 5 .. 15 V",
        inputs=(
            Input("drive voltage", "5 .. 15 V", "assumed"),
            Input("pulse", "2 us", "published"),
            *device_inputs(pixel),
        ),
    )


CLAIMS = (
    Claim("K1", "kim2018", "perovskite above 345 K at the end of a 2 us pulse at 203 A/cm2", hot_perovskite),
    Claim("K2", "kim2018", "onset of non-negligible Joule heating near 10 A/cm2 for 2 us pulses", onset_of_heating),
)
