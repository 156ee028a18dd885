"""Heat, carriers, ions and light in perovskite light-emitting pixels, from one description of the device.

Names are loaded when first used: `import femled` costs no more than what is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from femled.home import HOME as _HOME

__version__ = "0.1.0"

_MODULE = {name: module for module, names in _HOME.items() for name in names}

if TYPE_CHECKING:
    from femled.accounts import Balance, Peak
    from femled.device import (
        Aperture,
        Column,
        Contact,
        ContactResistances,
        Face,
        Interface,
        Layer,
        Pixel,
        PixelVariant,
        Plate,
        Spreader,
        device_names,
        load_pixel,
    )
    from femled.device.inputs import inputs_of, with_inputs
    from femled.drive import Constant, Drive, Pulse, PulseTrain, Ramp, Sampled, Step
    from femled.errors import ConvergenceError, FemledError, InputError, MeshError, ResultFileError, SetupError
    from femled.experiments.absorption import absorption
    from femled.experiments.admittance import admittance
    from femled.experiments.bias_threshold import bias_threshold
    from femled.experiments.carrier_lifetime import carrier_lifetime
    from femled.experiments.carrier_state import CarrierState
    from femled.experiments.column_law import ColumnLaw
    from femled.experiments.copump_map import copump_map, copump_threshold
    from femled.experiments.electrothermal_pulse import electrothermal_pulse
    from femled.experiments.electrothermal_section import electrothermal_section
    from femled.experiments.energetic_ions import Illumination
    from femled.experiments.fit_data import fit_data
    from femled.experiments.fit_decay import fit_decay
    from femled.experiments.fit_efficiency import fit_efficiency
    from femled.experiments.fit_spectrum import fit_spectrum
    from femled.experiments.frozen_pulse import FrozenPulses
    from femled.experiments.heat_limits import heat_limits
    from femled.experiments.heat_pulse import heat_pulse
    from femled.experiments.heat_steady import heat_steady
    from femled.experiments.heat_train import heat_train, thermal_impedance
    from femled.experiments.heated_jv import heated_jv
    from femled.experiments.hysteresis import hysteresis
    from femled.experiments.ion_step import ion_step
    from femled.experiments.jv import jv, relax_ions
    from femled.experiments.lasing_film import LasingFilm, lasing_film
    from femled.experiments.lateral_gap import gap_column, lateral_gap
    from femled.experiments.light_soaking import light_soaking
    from femled.experiments.mode_map import mode_map
    from femled.experiments.modes import modes
    from femled.experiments.optical_generation import optical_generation
    from femled.experiments.optical_threshold import optical_threshold
    from femled.experiments.outcoupling import outcoupling
    from femled.experiments.pulse_train import pulse_train, train_state
    from femled.experiments.sclc import sclc
    from femled.experiments.section import section_jv
    from femled.experiments.sheet_spreading import sheet_spreading
    from femled.experiments.square_wave import square_wave
    from femled.experiments.steady_threshold import steady_threshold
    from femled.experiments.threshold import threshold
    from femled.experiments.threshold_map import threshold_map
    from femled.experiments.transient import transient
    from femled.experiments.transient_pl import transient_pl
    from femled.experiments.transient_state import transient_state
    from femled.experiments.trap_spectrum import trap_spectrum
    from femled.experiments.volume_spreading import volume_spreading
    from femled.materials import (
        Density,
        GainLaw,
        HeatCapacity,
        IonRates,
        IonTraps,
        Material,
        MobileIon,
        RefractiveIndex,
        Semiconductor,
        ThermalConductivity,
        csv_index,
        drude_ito,
        load_material,
        material_names,
        page_index,
        reference,
    )
    from femled.materials.stated_path import StatedInput
    from femled.optics.gain import FreeCarrierGain
    from femled.optics.gain_table import gain_table
    from femled.optics.graded import graded_modes
    from femled.optics.logarithmic_gain import LogarithmicGain
    from femled.optics.mode import Mode
    from femled.optics.planewave import plane_wave
    from femled.optics.slab import slab_modes
    from femled.physics.local_law import ArrheniusLaw, DiodeLaw, TableLaw
    from femled.physics.threshold_current import (
        emitted_irradiance,
        optical_equivalent_current_density,
        pumped_density,
        recombination_current_density,
        threshold_current_density,
        threshold_efficiency_product,
    )
    from femled.result import Result
    from femled.study.sensitivity import sensitivity

__all__ = [
    "Aperture",
    "ArrheniusLaw",
    "Balance",
    "CarrierState",
    "Column",
    "ColumnLaw",
    "Constant",
    "Contact",
    "ContactResistances",
    "ConvergenceError",
    "Density",
    "DiodeLaw",
    "Drive",
    "Face",
    "FemledError",
    "FreeCarrierGain",
    "FrozenPulses",
    "GainLaw",
    "HeatCapacity",
    "Illumination",
    "InputError",
    "Interface",
    "IonRates",
    "IonTraps",
    "LasingFilm",
    "Layer",
    "LogarithmicGain",
    "Material",
    "MeshError",
    "MobileIon",
    "Mode",
    "Peak",
    "Pixel",
    "PixelVariant",
    "Plate",
    "Pulse",
    "PulseTrain",
    "Ramp",
    "RefractiveIndex",
    "Result",
    "ResultFileError",
    "Sampled",
    "Semiconductor",
    "SetupError",
    "Spreader",
    "StatedInput",
    "Step",
    "TableLaw",
    "ThermalConductivity",
    "absorption",
    "admittance",
    "bias_threshold",
    "carrier_lifetime",
    "copump_map",
    "copump_threshold",
    "csv_index",
    "device_names",
    "drude_ito",
    "electrothermal_pulse",
    "electrothermal_section",
    "emitted_irradiance",
    "fit_data",
    "fit_decay",
    "fit_efficiency",
    "fit_spectrum",
    "gain_table",
    "gap_column",
    "graded_modes",
    "heat_limits",
    "heat_pulse",
    "heat_steady",
    "heat_train",
    "heated_jv",
    "hysteresis",
    "inputs_of",
    "ion_step",
    "jv",
    "lasing_film",
    "lateral_gap",
    "light_soaking",
    "load_material",
    "load_pixel",
    "material_names",
    "mode_map",
    "modes",
    "optical_equivalent_current_density",
    "optical_generation",
    "optical_threshold",
    "outcoupling",
    "page_index",
    "plane_wave",
    "pulse_train",
    "pumped_density",
    "recombination_current_density",
    "reference",
    "relax_ions",
    "sclc",
    "section_jv",
    "sensitivity",
    "sheet_spreading",
    "slab_modes",
    "square_wave",
    "steady_threshold",
    "thermal_impedance",
    "threshold",
    "threshold_current_density",
    "threshold_efficiency_product",
    "threshold_map",
    "train_state",
    "transient",
    "transient_pl",
    "transient_state",
    "trap_spectrum",
    "volume_spreading",
    "with_inputs",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'femled' has no attribute {name!r}")
    return getattr(import_module(_MODULE[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *globals()])
