"""Ions that move inside their layer."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials.activation import arrhenius

SiteDensity = Annotated[float, Quantity("1/m3", 1e15, 1e30)]
Diffusivity = Annotated[float, Quantity("m2/s", 1e-60, 1.0)]
ActivationEnergy = Annotated[float, Quantity("eV", 0.0, 5.0)]

CounterCharge = Literal["uniform", "mobile", "doping"]


class MobileIon(FrozenModel):
    """A species of ions that move inside their layer and leave it nowhere.

    The diffusivity holds at the column's temperature; with an activation it scales from its reference temperature,
    D(T) = D exp(-(E_a/kB) (1/T - 1/T_0)).

    single:  ions of one sign; their number is kept exactly
    pair:    vacancies and interstitials of opposite charge that annihilate and appear at once, c_V c_I = c_i^2, as one
             unknown: rho = 2 z q c_i sinh(y), c_V + c_I = 2 c_i cosh(y), y = (mu - z phi)/V_T; the net number in the
             layer is kept at zero, no counter-charge belongs to them

    Args:
        name: lower-case name, one of its layer.
        charge: in elementary charges, a whole number, not 0; of a pair, that of the vacancy.
        mean_density: [1/m3] over the layer, > 0, kept exactly; of a pair c_i, the density of each where it is neutral.
        diffusivity: [m2/s], of both partners of a pair.
        site_density: [1/m3] of sites an ion can take; None is no limit; not of a pair.
        counter_charge: "uniform": an immobile charge of the same mean density, which goes where the ions go with
            ions="none"; "mobile": the other ions of the layer; "doping": donors or acceptors of the layer as they are
            given, which stay.
        kind: "single" or "pair".
        activation_ev: [eV] E_a of the diffusivity; None is none.
        reference_temperature: [K] T_0; None is that of the semiconductor.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    charge: Annotated[int, Field(ge=-10, le=10)]
    mean_density: Annotated[float, Quantity("1/m3", 1e10, 1e30)]
    diffusivity: Diffusivity
    site_density: SiteDensity | None = None
    counter_charge: CounterCharge = "uniform"
    kind: Literal["single", "pair"] = "single"
    activation_ev: ActivationEnergy | None = None
    reference_temperature: Temperature | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.charge == 0:
            raise InputError(f'ion "{self.name}" has charge 0: a neutral species is no mobile ion')
        if self.kind == "pair" and (self.site_density is not None or self.counter_charge != "uniform"):
            raise InputError(
                f'ion "{self.name}" is a pair, neutral by itself and without a site limit: '
                "leave site_density and counter_charge out"
            )
        if self.site_density is not None and self.mean_density >= self.site_density:
            raise InputError(
                f'ion "{self.name}": mean_density {self.mean_density:.4g} 1/m3 does not fit into '
                f"site_density {self.site_density:.4g} 1/m3"
            )
        return self

    @property
    def filling(self) -> float:
        """[1] mean density over site density; 0 without a limit."""
        return 0.0 if self.site_density is None else self.mean_density / self.site_density

    @property
    def counter_density(self) -> float:
        """[1/m3] of immobile charges that compensate the mean density; 0 of a pair or among mobile ones."""
        return self.mean_density if self.kind == "single" and self.counter_charge == "uniform" else 0.0

    def diffusivity_at(self, temperature: Any, reference_temperature: float | None = None) -> Any:
        """[m2/s] at a temperature.

        Args:
            temperature: any shape, [K].
            reference_temperature: [K] of the semiconductor, for an ion that has none itself.

        Raises:
            InputError: an activation without any reference temperature.
        """
        if self.activation_ev is None:
            return self.diffusivity
        reference = self.reference_temperature or reference_temperature
        if reference is None:
            raise InputError(
                f'ion "{self.name}": activation_ev needs a reference_temperature, of the ion or its semiconductor'
            )
        return self.diffusivity * arrhenius(self.activation_ev, temperature, reference)

    def at_temperature(self, temperature: float, reference_temperature: float | None = None) -> Self:
        """The ion with its diffusivity at a temperature, and no activation left; arguments of `diffusivity_at`."""
        if self.activation_ev is None:
            return self
        diffusivity = self.diffusivity_at(temperature, reference_temperature)
        return self.replace(diffusivity=diffusivity, activation_ev=None, reference_temperature=None)
