"""Devices that are held at a voltage while they warm: temperature and current solved together, for the claims table."""

from dataclasses import dataclass

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Pixel
from femled.experiments.electrothermal_pulse import electrothermal_pulse
from femled.physics.local_law import ArrheniusLaw, LocalLaw

ACTIVATIONS = (0.1, 0.2, 0.3)
"""[eV] of the current, as hopping mobilities and injection barriers have them; the papers give none."""


@dataclass(frozen=True)
class Held:
    """What a voltage leads to.

    Args:
        rise: [K] mean of the emitter at the end.
        current_density: [A/m2] then.
        outcome: "completed" or how it ran away.
    """

    rise: float
    current_density: float
    outcome: str


def activated(current_density: float, *, voltage: float, temperature: float, activation_ev: float) -> ArrheniusLaw:
    """A current that is known at one voltage and one temperature.

    Args:
        current_density: [A/m2] there.
        voltage: [V].
        temperature: [K].
        activation_ev: [eV].
    """
    return ArrheniusLaw(
        reference_current_density=current_density,
        reference_voltage=voltage,
        exponent=1.0,
        activation_ev=activation_ev,
        reference_temperature=temperature,
    )


def largest_activation(ambient: float, temperature: float) -> float:
    """Activation energy up to which a device that its own current warms is stable, k T^2/(T - T_0).

    R_th dP/dT = (T - T_0) E_a/(k T^2) < 1 at a constant voltage.

    Args:
        ambient: [K] T_0.
        temperature: [K] T.

    Returns:
        [eV].
    """
    return BOLTZMANN / ELEMENTARY_CHARGE * temperature**2 / (temperature - ambient)


def held_on(
    pixel: Pixel,
    law: LocalLaw | None,
    *,
    voltage: float,
    duration: float,
    linear: bool = False,
    background: float = 0.0,
) -> Held:
    """A pixel after some time at a voltage, current and temperature solved together, without loss in its sheets.

    Args:
        pixel: the device.
        law: of its current; None: its own layers.
        voltage: [V].
        duration: [s].
        linear: every thermal property at the ambient temperature.
        background: [V] at which the ions of its own layers rest.
    """
    run = electrothermal_pulse(
        pixel,
        voltage=voltage,
        width=duration,
        until=duration,
        at=[duration],
        law=law,
        background=background,
        feed_radius=pixel.radius,
        sheet_resistance=0.0,
        linear=linear,
        resolution="coarse",
    )
    rise, current = (float(run.series[name].max()) for name in ("emitter_temperature_rise", "mean_current_density"))
    return Held(rise, current, run.outcome)
