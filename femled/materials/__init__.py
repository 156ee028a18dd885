"""Facts: material models, their cards, refractive indices, interface resistances and the bibliography."""

from femled.materials.bibliography import Reference, reference, references
from femled.materials.drude import DrudeIndex, drude_ito
from femled.materials.gain_law import GainLaw
from femled.materials.index_choice import parse_index
from femled.materials.index_import import csv_index, page_index
from femled.materials.index_laws import ConstantIndex, SellmeierIndex, TableIndex
from femled.materials.ion_rates import IonRates
from femled.materials.ion_traps import IonTraps
from femled.materials.library import (
    InterfaceResistance,
    interface_resistance,
    load_material,
    material_names,
)
from femled.materials.material import Material
from femled.materials.mobile_ion import MobileIon
from femled.materials.property import Density, HeatCapacity, Property, ThermalConductivity
from femled.materials.refractive_index import RefractiveIndex
from femled.materials.semiconductor import Semiconductor

__all__ = [
    "ConstantIndex",
    "Density",
    "DrudeIndex",
    "GainLaw",
    "HeatCapacity",
    "InterfaceResistance",
    "IonRates",
    "IonTraps",
    "Material",
    "MobileIon",
    "Property",
    "Reference",
    "RefractiveIndex",
    "SellmeierIndex",
    "Semiconductor",
    "TableIndex",
    "ThermalConductivity",
    "csv_index",
    "drude_ito",
    "interface_resistance",
    "load_material",
    "material_names",
    "page_index",
    "parse_index",
    "reference",
    "references",
]
