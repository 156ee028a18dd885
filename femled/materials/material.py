"""A material: its name, family and thermal properties, each with its source."""

from typing import Literal, Self

from pydantic import model_validator

from femled.errors import InputError
from femled.frozen import FrozenModel
from femled.materials.property import Density, HeatCapacity, Property, ThermalConductivity

Family = Literal["perovskite", "organic", "oxide", "fluoride", "metal", "semiconductor", "carbon", "polymer", "gas"]


class Material(FrozenModel):
    """What a layer is made of.

    Args:
        name: lower-case card name.
        title: what it is, in words.
        family: kind of matter; interface resistances are tabulated by it.
        thermal_conductivity: [W/m/K] kappa(T), isotropic; or give both of the next two.
        radial_thermal_conductivity: [W/m/K] in the plane of the layer.
        axial_thermal_conductivity: [W/m/K] through the layer.
        density: [kg/m3] rho.
        heat_capacity: [J/kg/K] c_p(T).
    """

    name: str
    title: str
    family: Family
    thermal_conductivity: ThermalConductivity | None = None
    radial_thermal_conductivity: ThermalConductivity | None = None
    axial_thermal_conductivity: ThermalConductivity | None = None
    density: Density
    heat_capacity: HeatCapacity

    @model_validator(mode="after")
    def _one_conductivity(self) -> Self:
        pair = (self.radial_thermal_conductivity, self.axial_thermal_conductivity)
        if pair.count(None) != (0 if self.thermal_conductivity is None else 2):
            raise InputError("give either thermal_conductivity, or both radial_ and axial_thermal_conductivity")
        return self

    @property
    def radial_conductivity(self) -> ThermalConductivity:
        """Kappa in the plane of the layer."""
        law = self.thermal_conductivity or self.radial_thermal_conductivity
        assert law is not None  # checked when the material was made
        return law

    @property
    def axial_conductivity(self) -> ThermalConductivity:
        """Kappa through the layer."""
        law = self.thermal_conductivity or self.axial_thermal_conductivity
        assert law is not None
        return law

    @property
    def thermal_properties(self) -> dict[str, Property]:
        """The thermal laws by the name of their field."""
        fields = (
            "thermal_conductivity",
            "radial_thermal_conductivity",
            "axial_thermal_conductivity",
            "density",
            "heat_capacity",
        )
        laws = {field: getattr(self, field) for field in fields}
        return {field: law for field, law in laws.items() if law is not None}

    @property
    def depends_on_temperature(self) -> bool:
        """Whether any thermal property changes with temperature."""
        return any(law.depends_on_temperature for law in self.thermal_properties.values())
