"""Claims of Kim et al. 2018 on the light that a pulse loses while it heats the perovskite."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.kim_electrical import changed
from femled.reproduce.kim_heating import BACKGROUND, HIGHEST, LAST, SOURCE, kim_pixel, pulse
from femled.reproduce.kim_pulses import OUTCOUPLING, isothermal_roll_off
from femled.reproduce.pictures import COLOURS, axes_with
from femled.reproduce.thermal_inputs import device_inputs
from femled.series import Series
from femled.units import A_cm2, us

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

MIRRORED = 0.05
"""[1] rms distance of the light from a multiple of -T(t), over its change, that counts as mirroring."""

HOPPING = {"own": 0.10, "weak": 0.03}
"""[eV] activation of the mobilities of poly-TPD and TPBi, as on their cards, and below the 0.05 .. 0.2 eV in use."""

ROLL_OFF = 150 * A_cm2
HALF = (1 / 3, 2 / 3)
"""[1] shares of the drop that count as about half."""

STEEP = {"radiative_exponent": "-3", "srh_activation_ev": "0.1 eV"}
"""Of the emitter: twice the exponent of its card, and the most that its card names for capture by traps."""

NO_AUGER = {"auger_electron_coefficient": "0 m6/s", "auger_hole_coefficient": "0 m6/s"}


def mirrored(series: Series) -> tuple[float, float, float]:
    """How light follows the temperature: EL(t)/EL(0) - 1 = -k (T(t) - T(0)), k by least squares.

    Returns:
        [1/K] k; [1] rms distance over the largest change; [1] EL at the end over that at the start, less one.
    """
    light, warm = np.asarray(series["light_power"]), np.asarray(series["emitter_temperature"])
    y, x = light / light[0] - 1, warm - warm[0]
    k = -float(x @ y) / float(x @ x)
    return k, float(np.sqrt(np.mean((y + k * x) ** 2)) / np.abs(y).max()), float(y[-1])


@cache
def _hopping(activation: float) -> Series:
    """At a constant voltage, the transport layers with another activation [eV]; their own pulse if it is the own."""
    pixel = kim_pixel()
    if activation != HOPPING["own"]:
        text = f"{activation!r} eV"
        pixel = changed(changed(pixel, "poly_tpd", hole_activation_ev=text), "tpbi", electron_activation_ev=text)
    return pulse(pixel, voltage=SOURCE)


def growth(series: Series) -> float:
    """[1] of the current over the pulse."""
    current = series["mean_current_density"]
    return float(current[-1] / current[0] - 1)


def decay_verdict(distance: float, own: tuple[float, float], weak: tuple[float, float]) -> Verdict:
    """The verdict on K3.

    Args:
        distance: [1] of the light from a multiple of -T(t) at a constant current.
        own: [1] growth of current and of light at a constant voltage.
        weak: the same with weakly activated hopping.
    """
    if own[0] > 0 > own[1] and distance < MIRRORED:
        return "consistent"
    return "needs input" if weak[0] > 0 > weak[1] and distance < MIRRORED else "contradicts"


def mirrored_decay() -> Finding:
    """K3: EL(t) against -T(t) at a constant current and at a constant voltage, as it was driven."""
    pixel = kim_pixel()
    k, distance, change = mirrored(pulse(pixel, current_density=HIGHEST, spectra=True))
    flat = mirrored(pulse(changed(pixel, "mapbi3", radiative_exponent="0"), current_density=HIGHEST))[2]
    runs = {name: _hopping(energy) for name, energy in HOPPING.items()}
    both = {name: (growth(one), mirrored(one)[2]) for name, one in runs.items()}
    level = float(np.interp(0.0, [both["weak"][1], both["own"][1]], [HOPPING["weak"], HOPPING["own"]]))
    listed = "; ".join(
        f"{HOPPING[name]:.2f} eV: current {current:+.0%}, light {light:+.1%}" for name, (current, light) in both.items()
    )
    return Finding(
        computed=f"at a constant 203 A/cm2 light changes by {change:+.1%}, k = {k:.2%} per K, within {distance:.1%} of "
        f"its change of -k T(t) ({flat:+.1%} if B did not follow the temperature). At a constant voltage, by the "
        f"activation of hopping in poly-TPD and TPBi: {listed}",
        verdict=decay_verdict(distance, both["own"], both["weak"]),
        deviation="per charge, heat alone makes light mirror the temperature: B falls with T while Auger recombination "
        "does not. At the constant voltage of the experiment the current grows as published, and with the device's own "
        f"mobilities faster than the light per charge falls; light falls below {level:.3f} eV, just outside the "
        "0.05 .. 0.2 eV in use for such films, or if the efficiency loses more per kelvin than here. What heat alone "
        "does not give is how much light is lost (K4)",
        inputs=(
            Input("current density", "203 A/cm2", "published"),
            Input("pulse", "2 us", "published"),
            *_inputs(),
        ),
    )


def decay_picture() -> "Figure":
    """K3: light in the pulse beside a multiple of -T(t), at a constant current and at a constant voltage."""
    with axes_with("K3: light in a pulse of 2 µs", "time (µs)", "change from 20 ns (%)") as (figure, axes):
        held = pulse(kim_pixel(), current_density=HIGHEST, spectra=True)
        k = mirrored(held)[0]
        warm = held["emitter_temperature"] - held["emitter_temperature"][0]
        for name, series, colour in (
            ("203 A/cm² held", held, COLOURS[0]),
            (f"{SOURCE:g} V held, hopping 0.10 eV", _hopping(HOPPING["own"]), COLOURS[1]),
            (f"{SOURCE:g} V held, hopping 0.03 eV", _hopping(HOPPING["weak"]), COLOURS[3]),
        ):
            light = series["light_power"]
            axes.plot(series["time"] / us, 100 * (light / light[0] - 1), color=colour, label=f"light, {name}")
        label = f"-k (T - T(20 ns)), k = {k:.2%} per K"
        axes.plot(held["time"] / us, -100 * k * warm, color="black", linestyle=":", label=label)
    return figure


@cache
def kept(**values: str) -> tuple[float, float]:
    """What is left at the end of a pulse of 150 A/cm2.

    Args:
        values: other numbers of the emitter.

    Returns:
        [1] efficiency over the last 250 ns over that at 20 ns; [K] rise between.
    """
    series = pulse(changed(kim_pixel(), "mapbi3", **values) if values else kim_pixel(), current_density=ROLL_OFF)
    efficiency, warm = series["internal_quantum_efficiency"], series["emitter_temperature"]
    return float(efficiency[LAST].mean() / efficiency[0]), float(warm[LAST].mean() - warm[0])


def share_of_heat(peak: float, cold: float, left: float) -> float:
    """[1] of the drop of the efficiency from its peak that heat takes: from `cold` to `cold` times `left`."""
    return cold * (1 - left) / (peak - cold * left)


def roll_off_verdict(own: float, steep: float) -> Verdict:
    """The verdict on K4, from shares of heat [1] with the device's own laws and with steeper ones."""
    if HALF[0] <= own <= HALF[1]:
        return "consistent"
    return "needs input" if own < HALF[0] <= steep else "contradicts"


def heat_in_the_roll_off() -> Finding:
    """K4: the drop of the EQE from its peak to 150 A/cm2, without heat and with it."""
    peak, cold = isothermal_roll_off(ROLL_OFF)
    (left, rise), (steep, _), (pure, _) = kept(), kept(**STEEP), kept(**NO_AUGER)
    own, most = share_of_heat(peak, cold, left), share_of_heat(peak, cold, steep)
    half = 2 * cold - peak
    fall = -np.log(half / cold) / rise if half > 0 else np.inf
    activation = fall * BOLTZMANN * (kim_pixel().ambient_temperature + rise / 2) ** 2 / ELEMENTARY_CHARGE
    return Finding(
        computed=f"EQE, with an outcoupling of {OUTCOUPLING:g}: peak {peak:.1%}, {cold:.2%} at 150 A/cm2 without heat, "
        f"{cold * left:.2%} with that of 2 us ({rise:.0f} K): heat takes {own:.0%} of the drop; {most:.0%} with "
        f"B ~ T^-3 and capture by 0.1 eV; without Auger recombination heat changes the efficiency by {pure - 1:+.1%}",
        verdict=roll_off_verdict(own, most),
        deviation=f"about half ({HALF[0]:.0%} .. {HALF[1]:.0%}) needs an efficiency that falls by {fall:.1%} per K, "
        f"as by an activation of {activation:.1f} eV against the 0.01 .. 0.1 eV in use for capture by traps; here it "
        f"is {-np.log(left) / rise:.2%} per K, and {-np.log(steep) / rise:.2%} with the steeper laws. Heat alone does "
        "not explain half of the drop: that would take a thermally activated loss which this model lacks; the paper "
        "gives no efficiency against temperature",
        inputs=(Input("current density", "150 A/cm2", "published"), Input("pulse", "2 us", "published"), *_inputs()),
    )


def _inputs() -> tuple[Input, ...]:
    pixel = kim_pixel()
    return (
        Input("outcoupling", f"{OUTCOUPLING:g}", "published"),
        Input("background bias", f"{BACKGROUND:g} V", "assumed"),
        *device_inputs(pixel),
        *electrical_inputs(pixel),
    )


CLAIMS = (
    Claim(
        "K3",
        "kim2018",
        "within a pulse current grows and the decay of the light mirrors the rise of the temperature",
        mirrored_decay,
        decay_picture,
    ),
    Claim(
        "K4", "kim2018", "at ~150 A/cm2 about half of the EQE drop from its peak is Joule heating", heat_in_the_roll_off
    ),
)
