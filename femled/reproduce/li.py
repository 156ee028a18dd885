"""Claims of Li et al. 2023: a CsPbBr3 pixel under bias."""

from functools import cache

import numpy as np

from femled.device import Pixel, load_pixel
from femled.experiments.bias_threshold import bias_threshold
from femled.experiments.heat_pulse import heat_pulse
from femled.experiments.jv import relax_ions
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.held_on import ACTIVATIONS, Held, activated, held_on
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import V, text_of

MINUTE, WARM = 60.0, 5.0
"""[s] and [K] of the claim."""

DARK = 1.0
"""[A/m2] that a diode which does not emit yet may well leak: 0.1 mA/cm2."""


def heating_verdict(own: float, allowed: float) -> Verdict:
    """What the rise of the device's own layers and the current that 5 K allow say of the claim.

    Args:
        own: [K] of its own layers.
        allowed: [A/m2] at room temperature with which it warms by 5 K.
    """
    return "contradicts" if own >= WARM or allowed < DARK else "needs input"


@cache
def warmed(current_density: float) -> Held:
    """The device after a minute at 6 V, whose current is known at room temperature, [A/m2], and steeply activated."""
    pixel = load_pixel("li2023")
    law = activated(
        current_density, voltage=6 * V, temperature=pixel.ambient_temperature, activation_ev=max(ACTIVATIONS)
    )
    return held_on(pixel, law, voltage=6 * V, duration=MINUTE)


def heating_at_six_volts() -> Finding:
    """L6: rise after one minute of DC at 6 V against the current density, which the text does not give."""
    pixel = load_pixel("li2023")
    run = heat_pulse(pixel, power_density=1e3, width=MINUTE, until=MINUTE, at=[MINUTE])
    per_power = float(run.series["emitter_temperature_rise"][-1]) / 1e3
    plain = WARM / (per_power * 6 * V)
    allowed = plain * (WARM / warmed(plain).rise)  # the feedback is nearly the same close by
    allowed *= WARM / warmed(allowed).rise
    own = held_on(pixel, None, voltage=6 * V, duration=MINUTE, background=6 * V)
    listed = ", ".join(
        f"{per_power * 6 * V * j:.2g} K ({warmed(j).rise:.2g} K) at {text_of(j, 'A/m2', 3)}"
        for j in (10.0, 100.0, 1000.0)
    )
    return Finding(
        computed="rise after 1 min at 6 V at a given current (and at its own temperature, known when cold and "
        f"activated with {max(ACTIVATIONS):g} eV): {listed}; {WARM:.0f} K at {text_of(plain, 'A/m2', 3)} "
        f"({text_of(allowed, 'A/m2', 3)}); its own layers, ions at rest and temperature solved for, conduct "
        f"{text_of(own.current_density, 'A/m2', 1)}: {own.rise:.0e} K",
        verdict=heating_verdict(own.rise, allowed),
        deviation=f"holds below {text_of(allowed, 'A/m2', 3)}: plausible, the diode emits nothing yet at 6 V; its own "
        "layers hardly conduct with the cards assumed here, and say nothing of the current that was measured",
        inputs=(
            Input("voltage", "6 V", "published"),
            Input("time", "1 min", "published"),
            Input("activation of the current", f"{max(ACTIVATIONS):g} eV", "assumed"),
            *device_inputs(pixel),
            *electrical_inputs(pixel),
        ),
    )


LIMIT, PHOTOGENERATED = 1.6e20, 1e24
"""[1/m3] electrons and holes that the bias injects, at most, and that the pulse makes, at least."""

FLUENCE = 6.0
"""[J/m2] 600 uJ/cm2, the threshold at 0 V."""


def _with_ions(pixel: Pixel, density: float) -> Pixel:
    """The pixel with another density [1/m3] of both its ions."""
    layer = pixel.layer(pixel.emitter)
    assert layer.carriers is not None
    ions = layer.carriers["ions"]
    assert isinstance(ions, tuple)
    stated = {"mean_density": {"value": f"{density!r} 1/m3", "source": "user", "status": "assumed"}}
    changed = [{**one.as_given(), **stated} for one in ions]
    layers = (
        one.replace(carriers={**one.carriers.as_given(), "ions": changed}) if one.carriers else one
        for one in pixel.layers
    )
    return pixel.replace(layers=tuple(layers))


@cache
def injected(voltage: float, density: float | None = None) -> float:
    """[1/m3] mean of electrons and holes in the emitter at a bias, ions at rest, in the dark."""
    pixel = load_pixel("li2023")
    state = relax_ions(pixel if density is None else _with_ions(pixel, density), voltage=voltage)
    column = state.column
    start = sum(layer.thickness for layer in column.layers[: [layer.name for layer in column.layers].index("cspbbr3")])
    thickness = column.layer("cspbbr3").thickness
    middle = state.position.reshape(-1, 2).mean(axis=1)
    inside = np.repeat((middle > start) & (middle < start + thickness), 2)
    carriers = (state.electron_density + state.hole_density)[inside].reshape(-1, 2).mean(axis=1)
    return float(carriers @ np.diff(state.position[inside].reshape(-1, 2), axis=1)[:, 0] / thickness)


def injected_density() -> Finding:
    """L5: carriers that DC bias puts into the emitter; the density of ions at which 6 V stays below the limit."""
    pixel = load_pixel("li2023")
    found = {v: injected(v) for v in (2.0, 4.0, 5.0, 6.0)}
    low, high = 1.3e23, 3e23
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if injected(6.0, middle) > LIMIT else (low, middle)
    made = float(bias_threshold(pixel, bias=[0.0], fluence=[FLUENCE]).series["peak_density"][0, 0])
    listed = ", ".join(f"{text_of(n, '1/m3', 2)} at {v:.0f} V" for v, n in found.items())
    return Finding(
        computed=f"mean density in the emitter, ions at rest: {listed}; the pulse of 600 uJ/cm2 "
        f"makes up to {text_of(made, '1/m3', 2)}",
        verdict="needs input" if found[4.0] < LIMIT and made > PHOTOGENERATED else "contradicts",
        deviation=f"below {text_of(LIMIT, '1/m3', 3)} up to 4 V; at 6 V electrons that no hole meets take the place of "
        f"the swept ions unless there are more than {text_of(high, '1/m3', 2)} of each sign, a density that the paper "
        "does not give (its own estimate is from the current, which static charge does not show); the pulse "
        "makes more than 1e18 1/cm3 and less than 1e19 1/cm3, as published, by its own recombination",
        inputs=(
            Input("fluence", "600 uJ/cm2", "published"),
            Input("pump", "355 nm", "published"),
            *electrical_inputs(pixel),
        ),
    )


CLAIMS = (
    Claim(
        "L5",
        "li2023",
        "density injected by DC bias below 1.6e14 1/cm3, photogenerated above 1e18 1/cm3",
        injected_density,
    ),
    Claim("L6", "li2023", "less than 5 K heating after 1 min at 6 V", heating_at_six_volts),
)
