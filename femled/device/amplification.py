"""What amplification of guided light in a pixel depends on besides its layers, each number with its source."""

from typing import Annotated

from pydantic import Field

from femled.errors import InputError
from femled.frozen import Fraction, FrozenModel, Length, Quantity, Wavelength
from femled.materials.stated import Stated, StatedTable

Loss = Annotated[float, Quantity("1/m", 0.0, 1e8)]


class PumpAbsorptance(FrozenModel):
    """Share of a pump's light that the emitter takes.

    Args:
        wavelength: [m] in vacuum.
        absorptance: [1].
    """

    wavelength: Wavelength
    absorptance: Fraction


class Amplification(FrozenModel):
    """Light along the film: where it is amplified, what it loses and what of it is seen.

    Args:
        emission_wavelength: [m] of the guided mode.
        contact_loss: [1/m] of the mode under the electrodes; None: what the optics of the stack give.
        scattering_loss: [1/m] of the mode everywhere.
        net_gain_length: [1] kappa, net gain times length at threshold.
        free_length: [m] over which light is amplified where there are no electrodes.
        guided_share: [1] beta, of the spontaneous emission that goes into the guide.
        facet_share: [1] of the spontaneous emission that reaches a detector without being guided.
        edge_share: [1] of the light at the end of the guide that reaches it.
        pumps: absorptances of pump light, to be used in place of what the optics of the stack give.
    """

    emission_wavelength: Wavelength
    contact_loss: Loss | None = None
    scattering_loss: Loss
    net_gain_length: Annotated[float, Quantity("1", 1e-3, 100.0)] = 1.0
    free_length: Length
    guided_share: Fraction
    facet_share: Fraction
    edge_share: Fraction
    pumps: Annotated[tuple[PumpAbsorptance, ...], Field()] = ()

    def absorptance(self, wavelength: float) -> float | None:
        """[1] that is stated for a pump of that wavelength [m], within 1 nm; None if none is."""
        for pump in self.pumps:
            if abs(pump.wavelength - wavelength) <= 1e-9:
                return pump.absorptance
        return None


class AmplificationData(StatedTable):
    """What a device file says of amplification, by the names of `Amplification`, each with its source."""

    described = Amplification
    noun = "value of an amplification"

    @property
    def numbers_alone(self) -> Amplification:
        """The values without their sources, checked."""
        return Amplification.from_mapping(self.plain(), "amplification")

    def with_values(self, **values: str | None) -> "AmplificationData":
        """The same with other values as texts with units, "200 1/cm", each then an assumption; None leaves one out.

        Raises:
            InputError: an unknown name, a wrong unit or a value out of range.
        """
        kept = {name: entry for name, entry in self.pairs if name not in values}
        given = {
            name: Stated(value=text, source="choice", status="assumed", note="given in place of the device's")
            for name, text in values.items()
            if text is not None
        }
        missing = [
            name
            for name, field in Amplification.model_fields.items()
            if field.is_required() and values.get(name, "") is None
        ]
        if missing:
            raise InputError(f"{missing[0]} cannot be left out of an amplification")
        return AmplificationData.checked({**kept, **given}, Amplification)
