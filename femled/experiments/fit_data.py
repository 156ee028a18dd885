"""Fits of measured columns of a file: of decays, of efficiencies, of spectra."""

from collections.abc import Mapping
from os import PathLike
from typing import Any, Literal

from femled.errors import InputError
from femled.experiments.carrier_lifetime import Signal
from femled.experiments.data_columns import DataColumns, assignments, read_columns
from femled.experiments.experiment import experiment
from femled.experiments.fit_decay import FEWEST as DECAY_ROWS
from femled.experiments.fit_decay import PARAMETERS, UNITS, Density, fit_decay
from femled.experiments.fit_efficiency import FEWEST as CURVE_ROWS
from femled.experiments.fit_efficiency import KnownBimolecular, fit_efficiency
from femled.experiments.fit_spectrum import FEWEST as SPECTRUM_ROWS
from femled.experiments.fit_spectrum import KINDS, Gaussians, fit_spectrum
from femled.experiments.spectrum_shape import HC, per_wavelength
from femled.frozen import Length
from femled.result import Result
from femled.units import parse

DataModel = Literal["abc", "detrapping", "gaussians"]

DECAY, CURVE = "time [ns],pl [1]", "current_density [A/cm2],eqe [1]"
SPECTRUM = "wavelength [nm],intensity [1]"
"""First lines of files."""

OF_DECAYS = ("signal", "initial_density")
OF_CURVES = ("thickness", "bimolecular_coefficient")
OF_SPECTRA = ("gaussians", "shared", "start", "reference")
"""Options that one kind of data takes."""


@experiment
def fit_data(
    file: str | PathLike[str],
    *,
    model: DataModel,
    signal: Signal | None = None,
    initial_density: Density | None = None,
    thickness: Length | None = None,
    bimolecular_coefficient: KnownBimolecular | None = None,
    gaussians: Gaussians | None = None,
    fixed: str | None = None,
    shared: str | None = None,
    start: str | None = None,
    reference: str | None = None,
    intervals: bool = True,
) -> Result:
    """Fit of a measured decay, efficiency or spectrum, with errors, intervals and correlations.

    The first line of the file names its columns and their units: "time [ns],pl [1]" of a decay,
    "current_density [A/cm2],eqe [1]" of an efficiency, "wavelength [nm],intensity [1]" or "energy [eV],intensity [1]"
    of a spectrum; a column "error" in the unit of the second is used if there is one.

    Args:
        file: CSV file.
        model: "abc" of a decay or an efficiency, "detrapping" of a decay, "gaussians" of a spectrum.
        signal: of a decay, "n" or "n2": of which the light is a multiple.
        initial_density: [1/m3] of a decay, at time 0.
        thickness: [m] of an efficiency: of the film in which carriers recombine.
        bimolecular_coefficient: [m3/s] of an efficiency: B, which such a curve does not tell.
        gaussians: of a spectrum, their number, 1 to 3; 2 if not given.
        fixed: parameters that are known: "auger_coefficient = 1e-28 cm6/s" or "energy_1 = 1.575 eV"; "free" frees one
            that a model holds.
        shared: of a spectrum, parameters that have one value: "deviation_2 = deviation_1".
        start: of a spectrum, values from which the fit starts: "energy_2 = 1.56 eV".
        reference: of a spectrum, CSV file of one below threshold.
        intervals: 95 % intervals by profile as well.

    Returns:
        as of `fit_decay`, `fit_efficiency` or `fit_spectrum`.

    Raises:
        InputError: a column, unit, cell or option that does not fit the model; with file and line.
        SetupError: lmfit is not installed.
        ConvergenceError: no minimum was found.
    """
    if model not in ("abc", "detrapping", "gaussians"):
        raise InputError(f'model "{model}" is none of "abc", "detrapping", "gaussians"')
    columns = read_columns(file)
    given = {
        "signal": signal,
        "initial_density": initial_density,
        "thickness": thickness,
        "bimolecular_coefficient": bimolecular_coefficient,
        "gaussians": gaussians,
        "shared": shared,
        "start": start,
        "reference": reference,
    }
    if model == "gaussians":
        _only(given, OF_SPECTRA, "a spectrum")
        return _spectrum(columns, given, fixed, intervals=intervals)
    if model == "abc" and "time" not in columns and "eqe" in columns:
        _only(given, OF_CURVES, "an efficiency")
        return _efficiency(columns, given, fixed, intervals=intervals)
    _only(given, OF_DECAYS, "a decay")
    return _decay(columns, model, given, fixed, intervals=intervals)


def _only(given: Mapping[str, Any], taken: tuple[str, ...], what: str) -> None:
    for name, value in given.items():
        if value is not None and name not in taken:
            raise InputError(f"{name} is no option of {what}: leave it out")


def _needed(given: Mapping[str, Any], name: str, example: str) -> Any:
    if given[name] is None:
        raise InputError(f"{name} is missing: give it, such as {example}")
    return given[name]


def _errors(columns: DataColumns, unit: str, example: str) -> Any:
    return columns.column("error", unit, example=f"{example},error [1]") if "error" in columns else None


def _decay(
    columns: DataColumns,
    model: Literal["abc", "detrapping"],
    given: Mapping[str, Any],
    fixed: str | None,
    *,
    intervals: bool,
) -> Result:
    time, light = columns.column("time", "s", example=DECAY), columns.column("pl", "arbitrary", example=DECAY)
    columns.refuse_fewer(DECAY_ROWS, "a decay")
    columns.refuse_falling("time")
    texts = assignments(fixed, PARAMETERS[model], "fixed")
    held = {
        name: None if text == "free" else parse(text, UNITS[name][0], f"fixed {name}") for name, text in texts.items()
    }
    return fit_decay(
        time.tolist(),
        light.tolist(),
        model=model,
        signal=_needed(given, "signal", '"n" if light is a multiple of the density, "n2" if of its square'),
        initial_density=_needed(given, "initial_density", '"1e16 1/cm3"'),
        fixed=held,
        error=_errors(columns, "arbitrary", DECAY),
        intervals=intervals,
    )


def _efficiency(columns: DataColumns, given: Mapping[str, Any], fixed: str | None, *, intervals: bool) -> Result:
    current = columns.column("current_density", "A/m2", example=CURVE)
    efficiency = columns.column("eqe", "1", example=CURVE)
    columns.refuse_fewer(CURVE_ROWS, "an efficiency")
    held = assignments(fixed, ("auger_coefficient",), "fixed")
    value = parse(held.get("auger_coefficient", "1 m6/s"), "m6/s", "fixed auger_coefficient")
    if held and value != 0:
        raise InputError('fixed: of an efficiency, only "auger_coefficient = 0 m6/s" can be held')
    return fit_efficiency(
        current.tolist(),
        efficiency.tolist(),
        thickness=_needed(given, "thickness", '"50 nm"'),
        bimolecular_coefficient=_needed(given, "bimolecular_coefficient", '"1e-10 cm3/s"'),
        auger=not held,
        error=_errors(columns, "1", CURVE),
        intervals=intervals,
    )


def _spectrum(columns: DataColumns, given: Mapping[str, Any], fixed: str | None, *, intervals: bool) -> Result:
    count = given["gaussians"] or 2
    known = tuple(f"{kind}_{k}" for k in range(1, int(count) + 1) for kind in KINDS)

    def numbers(text: str | None, name: str) -> dict[str, float]:
        units = {"amplitude": "1", "energy": "eV", "deviation": "eV"}
        found = assignments(text, known, name)
        return {key: parse(value, units[key.partition("_")[0]], f"{name} {key}") for key, value in found.items()}

    wavelength, intensity, scale = _over_wavelength(columns)
    columns.refuse_fewer(SPECTRUM_ROWS, "a spectrum")
    error = _errors(columns, "arbitrary", SPECTRUM)
    below = None
    if given["reference"] is not None:
        lam, light, _ = _over_wavelength(read_columns(given["reference"]))
        below = (lam.tolist(), light.tolist())
    return fit_spectrum(
        wavelength.tolist(),
        intensity.tolist(),
        gaussians=count,
        fixed=numbers(fixed, "fixed"),
        shared=assignments(given["shared"], known, "shared"),
        start=numbers(given["start"], "start"),
        reference=below,
        error=None if error is None else (error * scale).tolist(),
        intervals=intervals,
    )


def _over_wavelength(columns: DataColumns) -> tuple[Any, Any, Any]:
    """Wavelength [m], intensity per wavelength, and by what the columns were multiplied for that."""
    if "energy" in columns and "wavelength" not in columns:
        energy = columns.column("energy", "eV", example="energy [eV],intensity [1]")
        if energy.min() <= 0:
            raise InputError(f"{columns.path}: photon energies have to be above 0 eV")
        scale = per_wavelength(energy, energy * 0 + 1.0)
        return HC / energy, columns.column("intensity", "arbitrary", example=SPECTRUM) * scale, scale
    wavelength = columns.column("wavelength", "m", example=SPECTRUM)
    return wavelength, columns.column("intensity", "arbitrary", example=SPECTRUM), 1.0
