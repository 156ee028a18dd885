"""The light that a published pixel was pumped with."""

from typing import Annotated

from femled.frozen import Fraction, FrozenModel, Quantity, Wavelength
from femled.materials.stated import StatedTable


class PumpLight(FrozenModel):
    """Pulses of light on a pixel.

    Args:
        wavelength: [m] in vacuum.
        width: [s] full width at half maximum.
        transmission: [1] of what lies before the emitter.
    """

    wavelength: Wavelength
    width: Annotated[float, Quantity("s", 1e-15, 1.0)]
    transmission: Fraction


class PumpData(StatedTable):
    """What a device file says of its pump, by the names of `PumpLight`, each with its source."""

    described = PumpLight
    noun = "value of a pump"

    @property
    def light(self) -> PumpLight:
        """The numbers alone, checked."""
        return PumpLight.from_mapping(self.plain(), "pump")
