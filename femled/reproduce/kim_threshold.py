"""The claim of Kim et al. 2018 on how far the diode is from lasing."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from femled.constants import ELEMENTARY_CHARGE
from femled.physics.threshold_current import threshold_efficiency_product
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.kim_heating import BACKGROUND, HIGHEST, LAST, kim_pixel, pulse
from femled.reproduce.kim_pulses import LONG, OUTCOUPLING, efficiency
from femled.reproduce.pictures import COLOURS, axes_with, published_line
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import A_cm2, nm, text_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THICKNESS, RADIATIVE, THRESHOLD = 100 * nm, 4e-16, 8e23
"""[m], [m3/s] and [1/m3] of the published estimate."""

PRODUCT, MEASURED = 62 * A_cm2, 1.3 * A_cm2
"""[A/m2] published EQE x J at threshold, and the most that was measured."""

CURRENTS = (*(j * A_cm2 for j in (10.0, 50.0, 110.0, 150.0)), HIGHEST)

ROUNDED, CLOSE, ORDER = 0.02, 0.2, 3.0
"""[1] deviation that rounding to 62 allows; that of a model that matches; factor of one that is consistent."""


def estimate() -> float:
    """[A/m2] EQE x J at threshold by the closed form with the published numbers."""
    return threshold_efficiency_product(
        thickness=THICKNESS,
        radiative_coefficient=RADIATIVE,
        threshold_density=THRESHOLD,
        outcoupling_efficiency=OUTCOUPLING,
    )


def verdict_on(closed: float, warm: float) -> Verdict:
    """The verdict on K12.

    Args:
        closed: [A/m2] EQE x J at threshold by the closed form.
        warm: [A/m2] the same of the model of the device at its highest drive, with heat.
    """
    if abs(closed / PRODUCT - 1) > ROUNDED or warm >= closed:
        return "contradicts"
    if abs(warm / MEASURED - 1) <= CLOSE:
        return "match"
    return "consistent" if 1 / ORDER <= warm / MEASURED <= ORDER else "contradicts"


def isothermal_products() -> dict[float, float]:
    """[A/m2] current density -> EQE x J of the device, without heat."""
    return {j: efficiency(BACKGROUND, LONG, j) * j for j in CURRENTS}


def heated_product() -> float:
    """[A/m2] EQE x J over the last 250 ns of a pulse of 2 us at the highest drive."""
    hot = pulse(kim_pixel(), current_density=HIGHEST, spectra=True)
    return OUTCOUPLING * float(hot["internal_quantum_efficiency"][LAST].mean()) * HIGHEST


def product_picture() -> "Figure":
    """K12: EQE x J against current, between the most that was measured and what a threshold takes."""
    with axes_with("K12: how far from threshold", "current density (A/cm²)", "EQE × J (A/cm²)") as (figure, axes):
        cold = isothermal_products()
        shown = [[one / A_cm2 for one in part] for part in (cold, cold.values())]
        axes.loglog(*shown, color=COLOURS[0], marker="o", markersize=3, label="model, without heat")
        end = HIGHEST / A_cm2, heated_product() / A_cm2
        axes.loglog(*end, color=COLOURS[1], marker="o", linestyle="none", label="model, end of 2 µs")
        published_line(axes, PRODUCT / A_cm2, "published: threshold", COLOURS[2])
        published_line(axes, MEASURED / A_cm2, "published: best measured")
    return figure


def far_from_threshold() -> Finding:
    """K12: EQE x J at threshold by the closed form, and of the device's drift-diffusion with and without heat."""
    pixel, closed = kim_pixel(), estimate()
    cold, warm = isothermal_products(), heated_product()
    film = pixel.layer(pixel.emitter).thickness
    even = float(np.sqrt(warm / (OUTCOUPLING * ELEMENTARY_CHARGE * film * RADIATIVE)))
    rising = all(one < other for one, other in pairwise(cold.values()))
    listed = ", ".join(f"{product / A_cm2:.2g} at {j / A_cm2:.0f}" for j, product in cold.items())
    return Finding(
        computed=f"q d B n_th^2 phi_oc = {closed / A_cm2:.1f} A/cm2. EQE x J of the device's own drift-diffusion, in "
        f"A/cm2 at the current density in A/cm2, without heat: {listed}; with the heat of 2 us {warm / A_cm2:.1f} at "
        f"{HIGHEST / A_cm2:.0f}, {closed / warm:.1f} times short of threshold: the light of {text_of(even, '1/m3', 2)} "
        f"spread evenly over {text_of(film, 'm', 3)}",
        verdict=verdict_on(closed, warm),
        deviation=f"closed form {closed / PRODUCT - 1:+.1%} of the published 62 A/cm2 (rounded, within {ROUNDED:.0%}). "
        f"The model is {'short of' if warm < closed else 'beyond'} threshold, but its product is "
        f"{warm / MEASURED:.1f} times the highest measured one, {MEASURED / A_cm2:g} A/cm2 (~50 times short), and "
        f"{'rises' if rising else 'does not rise'} with the current up to the end: it would take an EQE of "
        f"{MEASURED / HIGHEST:.2%} there, and the model keeps {warm / HIGHEST:.1%}. It lacks the loss at high current "
        "that the device has, the same that K4 misses",
        inputs=(
            Input("estimate", "d = 100 nm, B = 4e-10 cm3/s, n_th = 8e17 1/cm3", "published"),
            Input("outcoupling", f"{OUTCOUPLING:g}", "published"),
            Input("background bias", f"{BACKGROUND:g} V", "assumed"),
            Input("off time", "2 ms", "published"),
            *device_inputs(pixel),
            *electrical_inputs(pixel),
        ),
    )


CLAIMS = (
    Claim(
        "K12",
        "kim2018",
        "EQE x J at threshold is q d B n_th^2 phi_oc = 62 A/cm2 (d = 100 nm, B = 4e-10 cm3/s, n_th = 8e17 1/cm3, "
        "phi_oc = 0.15); the best measured is 1.3 A/cm2, ~50 times short",
        far_from_threshold,
        product_picture,
    ),
)
