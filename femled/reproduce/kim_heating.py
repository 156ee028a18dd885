"""Claims of Kim et al. 2018 on how hot a pulse makes the perovskite, with the pixel's own voltage and heat."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from femled.device import Pixel, load_pixel
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.experiments.heat_pulse import heat_pulse
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.kim_electrical import changed
from femled.reproduce.pictures import COLOURS, axes_with, published_line
from femled.reproduce.thermal_inputs import device_inputs
from femled.series import Series
from femled.units import A_cm2, V, text_of, um, us

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOT = 345.0
"""[K] the published temperature."""

WIDTH, HIGHEST = 2 * us, 203 * A_cm2

TERMINATION = 10.0
"""[ohm] in series with the pixel (published)."""

SOURCE = 28.4
"""[V] that drives 203 A/cm2, averaged over the last 250 ns of the pulse as published, through the own layers."""

BACKGROUND = 2.6
"""[V] at which the ions rest: above 10 A/cm2 it does not matter (K6)."""

TIMES = (
    *(t * us for t in (0.02, 0.05, 0.1, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0, 1.25, 1.5)),
    *(t * us for t in (1.75, 1.8, 1.85, 1.9, 1.95)),
    WIDTH,
)
"""[s] from where the charging that is left out would be over; evenly over the last 250 ns."""

LAST = slice(12, None)
"""The published average, over the final 250 ns."""

MOBILITIES = (1e-8, 6e-9, 4e-9)
"""[m2/V/s] of the carriers that poly-TPD and TPBi conduct: as assumed for the device, and slower."""

MOBILITIES_IN_USE = (1e-10, 1e-8)
"""[m2/V/s] of TPBi, as its card says."""

ONSET = (0.3, 3.0)
"""[K] rises that count as of order 1 K."""


@cache
def rise_per_power(pixel: Pixel) -> float:
    """[K m2/W] mean emitter rise at the end of a 2 us pulse over the heat per area, all of it in the emitter."""
    run = heat_pulse(pixel, power_density=1e7, width=WIDTH, until=WIDTH, at=[WIDTH])
    return float(run.series["emitter_temperature_rise"][-1]) / 1e7


@lru_cache(maxsize=32)
def pulse(
    pixel: Pixel, *, current_density: float | None = None, voltage: float | None = None, spectra: bool = False
) -> Series:
    """A pulse of 2 us through the pixel's own layers.

    The coarse mesh is within 0.06 K of the default one at 203 A/cm2.

    Args:
        pixel: the device.
        current_density: [A/m2] that is held; or
        voltage: [V] that is held, behind the termination.
        spectra: of the light too.
    """
    return electrothermal_pulse(
        pixel,
        current_density=current_density,
        voltage=voltage,
        source_resistance=0.0 if voltage is None else TERMINATION,
        width=WIDTH,
        until=WIDTH,
        at=TIMES,
        background=BACKGROUND,
        spectra=spectra,
        resolution="coarse",
    ).series


@cache
def kim_pixel() -> Pixel:
    """The published device, 200 um wide."""
    return load_pixel("kim2018")


def slowed(pixel: Pixel, mobility: float) -> Pixel:
    """The pixel with a mobility [m2/V/s] of the holes in poly-TPD and of the electrons in TPBi."""
    text = f"{mobility!r} m2/V/s"
    return changed(changed(pixel, "poly_tpd", hole_mobility=text), "tpbi", electron_mobility=text)


def hot_enough(reached: dict[float, float]) -> tuple[Verdict, float]:
    """The verdict on K1, and the mobility [m2/V/s] at which 345 K is reached, or the end of what was tried.

    Args:
        reached: mobility [m2/V/s] -> temperature [K], the device's own first, falling.
    """
    mobilities, warm = list(reached), list(reached.values())
    needed = float(np.exp(np.interp(HOT, warm, np.log(mobilities))))
    if warm[0] >= HOT:
        return "consistent", mobilities[0]
    low, high = MOBILITIES_IN_USE
    return ("needs input" if max(warm) >= HOT and low <= needed <= high else "contradicts"), needed


def hot_perovskite() -> Finding:
    """K1: T at the end of a 2 us pulse of 203 A/cm2 against the drive voltage, which the text does not give."""
    pixel = kim_pixel()
    own = pulse(pixel, current_density=HIGHEST, spectra=True)
    held = pulse(pixel, voltage=SOURCE)
    runs = {mu: own if mu == MOBILITIES[0] else pulse(slowed(pixel, mu), current_density=HIGHEST) for mu in MOBILITIES}
    ends = {mu: float(one["emitter_temperature"][-1]) for mu, one in runs.items()}
    verdict, mobility = hot_enough(ends)
    volts = {mu: (float(one["voltage"][0]), float(one["voltage"][-1])) for mu, one in runs.items()}
    listed = "; ".join(
        f"{text_of(mu, 'm2/V/s', 2)}: {volts[mu][0]:.1f} -> {volts[mu][1]:.1f} V, {ends[mu]:.0f} K" for mu in MOBILITIES
    )
    at_once, needed = (float(np.interp(HOT, list(ends.values()), [volts[mu][k] for mu in MOBILITIES])) for k in (0, 1))
    shown = ", ".join(f"{float(t):.1f} K" for t in own["apparent_temperature"][-1])
    return Finding(
        computed=f"203 A/cm2 held through the own layers, by the mobility in poly-TPD and TPBi: {listed} (at 20 ns -> "
        f"at the end); of the first the hottest spot has {float(own['emitter_peak_temperature'][-1]):.0f} K and its "
        f"spectrum shows {shown} by peak and width, against a mean of {ends[MOBILITIES[0]]:.1f} K; at a constant "
        f"voltage that ends at {float(held['mean_current_density'][LAST].mean()) / A_cm2:.0f} A/cm2 "
        f"{float(held['emitter_temperature'][-1]):.0f} K. Constant heat in the emitter: {_prescribed()}",
        verdict=verdict,
        deviation="the drive voltage is not published, and the mobilities that set it are assumed: they were chosen to "
        f"let 200 A/cm2 flow near 30 V. {HOT:.0f} K takes {text_of(mobility, 'm2/V/s', 2)} in both layers and "
        f"{at_once:.0f} -> {needed:.0f} V, which is plausible (1e-10 .. 1e-8 m2/V/s are in use for TPBi): a layer that "
        "warms conducts better, so the voltage at the end of a pulse is below that at its start",
        inputs=(
            Input("current density", "203 A/cm2", "published"),
            Input("pulse", "2 us", "published"),
            Input("termination", "10 ohm", "published"),
            Input("background bias", f"{BACKGROUND:g} V", "assumed"),
            *device_inputs(pixel),
            *electrical_inputs(pixel),
        ),
    )


def heating_picture() -> "Figure":
    """K1: mean temperature of the perovskite in the pulse, by the mobility in poly-TPD and TPBi."""
    with axes_with("K1: 203 A/cm² for 2 µs", "time (µs)", "mean temperature of the perovskite (K)") as (figure, axes):
        for mobility, colour in zip(MOBILITIES, COLOURS, strict=False):
            own = mobility == MOBILITIES[0]
            pixel = kim_pixel() if own else slowed(kim_pixel(), mobility)
            series = pulse(pixel, current_density=HIGHEST, **({"spectra": True} if own else {}))
            volts = f"{float(series['voltage'][0]):.0f} → {float(series['voltage'][-1]):.0f} V"
            label = f"{mobility * 1e4:.0e} cm²/V/s, {volts}"
            axes.plot(series["time"] / us, series["emitter_temperature"], color=colour, label=label)
        published_line(axes, HOT, "published: above 345 K")
    return figure


def _prescribed() -> str:
    """What a constant voltage would do whose power stays in the emitter."""
    parts = []
    for diameter in (200 * um, 50 * um):
        pixel = kim_pixel().replace(diameter=diameter)
        per_volt = rise_per_power(pixel) * HIGHEST
        ambient = pixel.ambient_temperature
        listed = ", ".join(f"{ambient + per_volt * v:.0f} K at {v:.0f} V" for v in (10 * V, 20 * V, 30 * V))
        parts.append(f"{diameter / um:.0f} um: {listed}; {HOT:.0f} K at {(HOT - ambient) / per_volt:.1f} V")
    return "; ".join(parts)


def onset_of_heating() -> Finding:
    """K2: rise at 10 A/cm2 after 2 us, and the curve T(J) that the pixel's own voltage gives."""
    pixel = kim_pixel()
    runs = {j: pulse(pixel, current_density=j * A_cm2) for j in (10, 110, 150)}
    runs[203] = pulse(pixel, current_density=HIGHEST, spectra=True)
    rises = {j: float(one["emitter_temperature_rise"][-1]) for j, one in runs.items()}
    against = ", ".join(
        f"{rise:.2g} K at {j} A/cm2 ({float(runs[j]['voltage'][-1]):.1f} V)" for j, rise in rises.items()
    )
    lost = 1 - float(runs[10]["internal_quantum_efficiency"][-1] / runs[10]["internal_quantum_efficiency"][0])
    return Finding(
        computed=f"rise at the end of 2 us: {against}; at 10 A/cm2 heat takes {lost:.2%} of the light",
        verdict=onset_verdict(rises[10]),
        deviation=f"of order 1 K ({ONSET[0]} .. {ONSET[1]} K) at 10 A/cm2; the rise grows faster than the current, as "
        "the voltage does",
        inputs=(
            Input("pulse", "2 us", "published"),
            Input("background bias", f"{BACKGROUND:g} V", "assumed"),
            *device_inputs(pixel),
            *electrical_inputs(pixel),
        ),
    )


def onset_verdict(rise: float) -> Verdict:
    """The verdict on K2 of a rise [K] at 10 A/cm2."""
    return "consistent" if ONSET[0] <= rise <= ONSET[1] else "contradicts"


CLAIMS = (
    Claim(
        "K1",
        "kim2018",
        "perovskite above 345 K at the end of a 2 us pulse at 203 A/cm2",
        hot_perovskite,
        heating_picture,
    ),
    Claim("K2", "kim2018", "onset of non-negligible Joule heating near 10 A/cm2 for 2 us pulses", onset_of_heating),
)
