"""A claim of Elkhouly et al. 2024 on how much light a current makes, beside that at the optical threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import PLANCK, SPEED_OF_LIGHT
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.elkhouly_copump import (
    COLD,
    GROUP,
    RADIATIVE_SHARE,
    START,
    driven,
    film,
    published_injection,
    pulse,
)
from femled.reproduce.elkhouly_gain import published_emission
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import nm

Array = NDArray[np.float64]

CONTINUOUS, INTENSITY = 447 * nm, 3.8e7
"""[m] and [W/m2] of the published continuous pump at its threshold."""

HALF = 0.5
"""Published irradiance of EL over that of PL at the threshold of continuous light."""


@dataclass(frozen=True)
class Light:
    """Light of a current and of a continuous pump.

    Args:
        ratio: [1] of the emission per area, current over pump.
        filling: [1] density over that at the threshold of the cold film, with the current.
        pumped: [1] the same with the pump.
    """

    ratio: float
    filling: float
    pumped: float


def emission(efficiency: float | None) -> Light:
    """Light of the current after 200 ns over that of the film under the published continuous pump at 77 K.

    Args:
        efficiency: [1] of injection; the column's own if None.
    """
    found, lasing = driven(efficiency), film()
    k = int(np.abs(found.time - START).argmin())
    photon = PLANCK * SPEED_OF_LIGHT / CONTINUOUS
    pump = np.array(lasing.absorptance(CONTINUOUS) * INTENSITY / (photon * lasing.thickness))
    n = found.carriers.steady(pump, COLD)
    at_pump = float(found.carriers.losses(n, np.array(COLD))[0][1])
    light = found.carriers.losses(found.density[k], found.temperature[k])[0][1]
    threshold = float(found.threshold_density_at(COLD))
    carriers = over_area(found.radius, found.density[k])
    return Light(over_area(found.radius, light) / at_pump, carriers / threshold, float(n) / threshold)


def over_area(radius: Array, values: Array) -> float:
    """Mean over the disk of values (r,) at radii (r,), [m]."""
    return float(np.trapezoid(values * radius, radius) / np.trapezoid(radius, radius))


def emission_verdict(own: float, published: float) -> Verdict:
    """The verdict on E10.

    Args:
        own: [1] EL over PL with the column's own injection.
        published: [1] the same with the published IQE.
    """
    if HALF / 2 <= own <= 2 * HALF:
        return "consistent"
    return "needs input" if HALF / 2 <= published <= 2 * HALF else "contradicts"


def half_of_the_light() -> Finding:
    """E10: emission over that of continuous light at its threshold, by drift-diffusion and by the published IQE."""
    share = published_injection()
    own, stated = emission(None), emission(share)
    column = pulse().series
    k = int(np.abs(pulse().times - START).argmin())
    inside = over_area(column["r"], np.sqrt(column["electron_density"][k] * column["hole_density"][k]))
    threshold, (arithmetic, half) = float(driven(None).threshold_density_at(COLD)), published_emission()
    return Finding(
        computed=f"EL at 200 ns over PL of a film at 77 K that absorbs {film().absorptance(CONTINUOUS):.2f} of 3.8 "
        f"kW/cm2 (n is then {own.pumped:.2f} n_th): {own.ratio:.2f} with the column's own injection (n is "
        f"{own.filling:.2f} n_th by the rate equation, {inside / threshold:.2f} n_th in the drift-diffusion itself), "
        f"{stated.ratio:.2f} ({stated.filling:.2f} n_th) with the published IQE; by published numbers alone, "
        "IQE J over the radiative pairs of "
        f"the pump, {arithmetic:.2f}, and a half would be an IQE of {half:.1%} at 3.5 kA/cm2",
        verdict=emission_verdict(own.ratio, stated.ratio),
        deviation="within a factor of two with the published IQE. Emission goes as n^2 or less: half of the light is "
        "0.7 of the carriers, not half of them; the column loses too little of its current outside the emitter",
        inputs=(
            Input("current density and pulse", "3.5 kA/cm2, 525 ns, rising in 200 ns", "published"),
            Input("sheets", "1 ohm per square, for the uniform emission that is published", "assumed"),
            Input("IQE", f"{RADIATIVE_SHARE:g}", "published"),
            *device_inputs(film().pixel),
            *electrical_inputs(film().pixel),
        ),
    )


CLAIMS = (
    Claim(
        "E10",
        "elkhouly2024",
        "electroluminescence about half of the light at threshold",
        half_of_the_light,
        group=GROUP,
    ),
)
