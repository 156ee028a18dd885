"""Facts: material models, their cards, interface resistances and the bibliography."""

from femled.materials.bibliography import Reference, reference, references
from femled.materials.library import (
    InterfaceResistance,
    interface_resistance,
    load_material,
    material_names,
)
from femled.materials.material import Material
from femled.materials.property import Density, HeatCapacity, Property, ThermalConductivity

__all__ = [
    "Density",
    "HeatCapacity",
    "InterfaceResistance",
    "Material",
    "Property",
    "Reference",
    "ThermalConductivity",
    "interface_resistance",
    "load_material",
    "material_names",
    "reference",
    "references",
]
