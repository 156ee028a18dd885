"""Claims of Li et al. 2023: a CsPbBr3 pixel under bias."""

from femled.device import load_pixel
from femled.experiments.heat_pulse import heat_pulse
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import V, text_of

MINUTE = 60.0
"""[s]"""


def heating_at_six_volts() -> Finding:
    """L6: rise after one minute of DC at 6 V against the current density, which the text does not give."""
    pixel, limit = load_pixel("li2023"), 5.0
    run = heat_pulse(pixel, power_density=1e3, width=MINUTE, until=MINUTE, at=[MINUTE])
    per_power = float(run.series["emitter_temperature_rise"][-1]) / 1e3
    allowed = limit / (per_power * 6 * V)
    listed = ", ".join(f"{per_power * 6 * V * j:.2g} K at {text_of(j, 'A/m2', 3)}" for j in (10.0, 100.0, 1000.0))
    return Finding(
        computed=f"rise after 1 min at 6 V: {listed}; {limit:.0f} K at {text_of(allowed, 'A/m2', 3)}",
        verdict="needs input",
        deviation=f"holds below {text_of(allowed, 'A/m2', 3)}: plausible, the diode emits nothing yet at 6 V",
        inputs=(Input("voltage", "6 V", "published"), Input("time", "1 min", "published"), *device_inputs(pixel)),
    )


CLAIMS = (Claim("L6", "li2023", "less than 5 K heating after 1 min at 6 V", heating_at_six_volts),)
