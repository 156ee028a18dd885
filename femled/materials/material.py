"""A material: its name, family, thermal properties and refractive index, each with its source."""

import re
from typing import Literal, Self

from numpy.typing import ArrayLike
from pydantic import model_validator

from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Quantity, edge
from femled.materials.emission import EmissionSpectrum
from femled.materials.gain_law import GainData
from femled.materials.index_sets import AnyIndex, IndexSets
from femled.materials.property import Density, HeatCapacity, Property, ThermalConductivity
from femled.materials.refractive_index import ComplexArray, RefractiveIndex
from femled.materials.stated import CarrierData, Stated

Family = Literal["perovskite", "organic", "oxide", "fluoride", "metal", "semiconductor", "carbon", "polymer", "gas"]

PERMITTIVITY = Quantity("1", 1.0, 1e5)


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
        refractive_index: n + i k over wavelength, where it is known; k >= 0 absorbs.
        index_sets: other refractive indices by name, for materials on which the sources disagree.
        emission: the spectrum of a light-emitting material.
        carriers: levels, mobilities, recombination and mobile ions, where they are known.
        gain: what its amplification of light depends on, where it is known.
        static_permittivity: [1] of an insulator at low frequency, with its source.
    """

    name: str
    title: str
    family: Family
    thermal_conductivity: ThermalConductivity | None = None
    radial_thermal_conductivity: ThermalConductivity | None = None
    axial_thermal_conductivity: ThermalConductivity | None = None
    density: Density
    heat_capacity: HeatCapacity
    refractive_index: AnyIndex | None = None
    index_sets: IndexSets = IndexSets()
    emission: EmissionSpectrum | None = None
    carriers: CarrierData | None = None
    gain: GainData | None = None
    static_permittivity: Stated | None = None

    @model_validator(mode="after")
    def _one_conductivity(self) -> Self:
        pair = (self.radial_thermal_conductivity, self.axial_thermal_conductivity)
        if pair.count(None) != (0 if self.thermal_conductivity is None else 2):
            raise InputError("give either thermal_conductivity, or both radial_ and axial_thermal_conductivity")
        return self

    @model_validator(mode="after")
    def _distinct_sets(self) -> Self:
        if self.refractive_index is not None and self.index_names[0] in self.index_sets:
            raise InputError(f'the index set "{self.index_names[0]}" has the name of the default: choose another')
        return self

    @model_validator(mode="after")
    def _permittivity_in_range(self) -> Self:
        self.permittivity  # noqa: B018  refuses what cannot be
        return self

    @model_validator(mode="after")
    def _gain_makes_a_law(self) -> Self:
        if self.gain is not None:
            self.gain.law  # noqa: B018  refuses what cannot be
        return self

    @property
    def permittivity(self) -> float | None:
        """[1] at low frequency, of an insulator; None if it is not stated."""
        if self.static_permittivity is None:
            return None
        with edge():
            return PERMITTIVITY.check(self.static_permittivity.value, "static_permittivity")

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

    @property
    def index_names(self) -> tuple[str, ...]:
        """The names of all index sets; the first is the default, named by its source ("konig" for konig2014)."""
        default = () if self.refractive_index is None else (re.sub(r"\d.*", "", self.refractive_index.source),)
        return tuple(dict.fromkeys((*default, *self.index_sets)))

    def index_set(self, name: str | None = None) -> RefractiveIndex:
        """The refractive index of that name.

        Args:
            name: one of `index_names`; the default if not given.

        Raises:
            InputError: no such set, or the material has no refractive index.
        """
        if not self.index_names:
            raise InputError(f"{self.name} has no refractive index: give one, as in {self.name}=1.70+0.01j")
        wanted = self.index_names[0] if name is None else name
        if wanted not in self.index_names:
            raise unknown_name(f"index set of {self.name}", wanted, self.index_names)
        if wanted == self.index_names[0] and self.refractive_index is not None:
            return self.refractive_index
        return self.index_sets[wanted]

    def index(self, wavelength: ArrayLike, set: str | None = None) -> ComplexArray:
        """The refractive index n + i k; k >= 0 absorbs.

        Args:
            wavelength: any shape, [m] in vacuum.
            set: one of `index_names`; the default if not given.

        Returns:
            the same shape, complex.

        Raises:
            InputError: outside the range of the law, no such set, or no refractive index.
        """
        law = self.index_set(set)
        try:
            return law.at(wavelength)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None
