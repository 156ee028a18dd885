"""What feeds a pixel: a source with its resistance, what charges, and what a circuit cannot do."""

import math
from typing import Literal

from femled.constants import VACUUM_PERMITTIVITY
from femled.device import Pixel
from femled.errors import InputError
from femled.experiments.electrothermal_run import Spread, sheet_shares
from femled.physics.spreading import Source

Charging = Literal["none", "pixel", "line"]
"""Nothing; the layers in the opening; these and the insulator below the sheet up to where it is fed."""


def spread_of(
    pixel: Pixel,
    *,
    voltage: float | None,
    current_density: float | None,
    source_resistance: float,
    parasitic_capacitance: float,
    charging: Charging,
    sheet_resistance: float | None,
    feed_radius: float,
) -> tuple[Spread, float]:
    """How a pixel is fed, and the amplitude of its source in V or A.

    Args:
        pixel: the device.
        voltage: [V] of the source.
        current_density: [A/m2] over the opening, instead.
        source_resistance: [ohm] in series with a voltage.
        parasitic_capacitance: [F] beside the pixel.
        charging: what of the pixel itself charges.
        sheet_resistance: [ohm] in place of what the pixel states.
        feed_radius: [m] where the sheets are fed.

    Raises:
        InputError: neither or both drives, or parts that do not go together.
    """
    if (voltage is None) == (current_density is None):
        raise InputError("give either voltage or current_density")
    if current_density is not None:
        if source_resistance > 0:
            raise InputError(
                f"source_resistance {source_resistance:g} ohm: a given current_density flows whatever is in series, "
                "leave it out or give voltage"
            )
        source, amplitude = (
            Source("current", 0.0, parasitic_capacitance),
            current_density * math.pi * pixel.radius**2,
        )
    else:
        assert voltage is not None  # checked above
        source, amplitude = Source("voltage", source_resistance, parasitic_capacitance), voltage
        if parasitic_capacitance > 0 and source.ideal:
            raise InputError(
                f"parasitic_capacitance {parasitic_capacitance:g} F: an ideal voltage charges it at once, "
                "give source_resistance too"
            )
    own, beyond = _capacitances(pixel, charging)
    lead = sheet_shares(pixel, sheet_resistance)[0] > 0 and feed_radius > pixel.radius * (1 + 1e-9)
    between = lead and charging != "line"  # the line itself charges up to the feed
    if own > 0 and not between and source.ideal:
        raise InputError(
            f'charging="{charging}": nothing lies between the capacitance of the pixel and an ideal voltage; '
            'give source_resistance, or charging="pixel" and a feed_radius beyond the opening'
        )
    return Spread(sheet_resistance, feed_radius, source, own, beyond), amplitude


def _capacitances(pixel: Pixel, charging: Charging) -> tuple[float, float]:
    """[F/m2] of the layers in the opening, eps_0/sum(d/eps), and of the insulator beyond it."""
    if charging == "none":
        return 0.0, 0.0
    column = pixel.column()
    over = sum(
        layer.thickness / semiconductor.relative_permittivity
        for layer, semiconductor in zip(column.layers, column.semiconductors, strict=True)
    )
    own = VACUUM_PERMITTIVITY / over
    if charging == "pixel":
        return own, 0.0
    if pixel.aperture is None:
        raise InputError('charging="line": this pixel has no insulator around an opening, use "pixel"')
    insulator = pixel.aperture.insulator
    if insulator.permittivity is None:
        raise InputError(
            f'charging="line": {insulator.name} has no static_permittivity; add one to its card, or use "pixel"'
        )
    return own, VACUUM_PERMITTIVITY * insulator.permittivity / pixel.insulator_height
