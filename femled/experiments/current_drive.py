"""What flows at a current density: the voltage of a pixel and the light that takes heat away, given or computed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.device import Pixel
from femled.errors import ConvergenceError, InputError
from femled.experiments.jv import jv
from femled.units import text_of

Array = NDArray[np.float64]

FROZEN_IONS = "frozen-at 0 V"
"""Ions do not move within a pulse of microseconds: they are where they rest in the dark."""

ISOTHERMAL = "voltages of the pixel's own drift-diffusion at the ambient temperature: they do not follow the heating"


@dataclass(frozen=True)
class CurrentDrive:
    """What flows through a pixel, and where that is known from.

    Args:
        currents: (n,), [A/m2].
        voltages: (n,), [V].
        efficiencies: (n,), [1] share of J V that leaves as light.
        sources: bib key and status.
        warnings: sentences a reader has to know.
    """

    currents: Array
    voltages: Array
    efficiencies: Array
    sources: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def powers(self) -> Array:
        """(n,), [W/m2] heat per area of the opening."""
        return self.currents * self.voltages * (1.0 - self.efficiencies)


def drive_of(
    pixels: Mapping[str, Pixel], currents: Array, voltage: float | None, efficiency: float | None
) -> CurrentDrive:
    """The voltage at every current, given or computed.

    eta = EQE h c/(q wavelength V), with the wavelength at the peak of the emission

    Args:
        pixels: by label, the one whose voltage is computed first; the others have the same or are refused.
        currents: (n,), [A/m2] rising.
        voltage: [V] at every current; of the drift-diffusion of the first pixel if not given.
        efficiency: [1] wall-plug efficiency; from the light of that drift-diffusion if not given.

    Raises:
        InputError: not given, and the pixel does not tell.
    """
    if voltage is not None:
        if voltage <= 0:
            raise InputError(f"voltage {voltage:g} V drives no current forward: give one above 0 V")
        same = np.ones_like(currents)
        return CurrentDrive(currents, voltage * same, (efficiency or 0.0) * same)
    (name, pixel), *others = pixels.items()
    try:
        column = pixel.column()
        curve = jv(pixel, current_densities=currents.tolist(), ions=FROZEN_IONS)
    except (InputError, ConvergenceError) as error:
        raise InputError(
            f"the voltage of {name} at {text_of(float(currents[-1]), 'A/m2', 4)} is not known from its own "
            f"drift-diffusion ({error}): give voltage, or lower current_densities"
        ) from None
    for label, other in others:
        if other.column() != column:
            raise InputError(f'variant "{label}" changes the voltage too: give voltage, or map it as a pixel by itself')
    volts, notes = curve.series["layer_voltage"], [ISOTHERMAL, *curve.warnings]
    light = np.zeros_like(volts)
    emission = pixel.layer(pixel.emitter).solid.emission
    if "external_quantum_efficiency" in curve.series.variables and emission is not None:
        photon = PLANCK * SPEED_OF_LIGHT / (emission.peak * ELEMENTARY_CHARGE)
        light = curve.series["external_quantum_efficiency"] * photon / volts
    if efficiency is not None:
        light = np.full_like(volts, efficiency)
    return CurrentDrive(currents, volts, light, curve.sources, tuple(notes))
