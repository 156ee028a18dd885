"""Claims of Jiang et al. 2024 on ions in light-emitting diodes."""

import numpy as np

from femled.device import load_pixel
from femled.experiments.ion_step import ion_step
from femled.reproduce.claim import Claim, Finding
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.units import V, text_of

OVERSHOOT = 0.01
"""[1] fall of the light after its maximum that counts as one."""

SOON = 1e-5
"""[s] when carriers have followed the step."""


def overshoot() -> Finding:
    """J4: light against time after steps of the voltage, for the stack of kim2018."""
    pixel = load_pixel("kim2018")
    parts, falls = [], []
    for voltage in (2.5 * V, 3.0 * V, 4.0 * V, 6.0 * V):
        run = ion_step(pixel, after=voltage, until=1e4, mesh=40)
        settled = run.times > SOON
        times, light = run.times[settled], run.series["radiative_current_density"][settled]
        k = int(light.argmax())
        half = float(np.interp((light[0] + light[k]) / 2, light[: k + 1], times[: k + 1]))
        falls.append(1 - float(light[-1] / light[k]))
        parts.append(f"{voltage:g} V: {light[k] / light[0]:.3g} times, half of it after {text_of(half, 's', 2)}")
    falls_later = max(falls) > OVERSHOOT
    return Finding(
        computed="light from 10 us after a step from 0 V on grows by "
        + "; ".join(parts)
        + f"; then falls by {max(falls):.1g} at most",
        verdict="consistent" if falls_later else "contradicts",
        deviation="the rise within a second is there; at a constant voltage nothing makes the light fall again, "
        "drifting ions and traps that follow them do not: the fall takes something else, as defects made in operation",
        inputs=electrical_inputs(pixel),
    )


CLAIMS = (Claim("J4", "jiang2024", "luminance overshoot: EL first rises, then falls, under constant drive", overshoot),)
