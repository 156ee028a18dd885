"""Fit of an emission spectrum with one to three Gaussians in photon energy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, unknown_name
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.fit_result import fit_result
from femled.experiments.fitting import Fit, Unknown, best_fit
from femled.experiments.spectrum_shape import HC, excess, full_width, per_energy, per_wavelength
from femled.frozen import Quantity
from femled.result import Result
from femled.series import Variable, single

Array = NDArray[np.float64]
Pair = tuple[Sequence[float], Sequence[float]]

Gaussians = Annotated[int, Quantity("1", 1, 3)]

FWHM = 2 * float(np.sqrt(2 * np.log(2)))
"""Full width at half maximum over the standard deviation."""
FEWEST = 12
"""Rows of a spectrum."""
KINDS = ("amplitude", "energy", "deviation")
"""Parameters of a Gaussian."""


@experiment
def fit_spectrum(
    wavelength: Annotated[Sequence[float], PYTHON_ONLY],
    intensity: Annotated[Sequence[float], PYTHON_ONLY],
    *,
    gaussians: Gaussians = 2,
    fixed: Annotated[Mapping[str, float] | None, PYTHON_ONLY] = None,
    shared: Annotated[Mapping[str, str] | None, PYTHON_ONLY] = None,
    start: Annotated[Mapping[str, float] | None, PYTHON_ONLY] = None,
    reference: Annotated[Pair | None, PYTHON_ONLY] = None,
    error: Annotated[Sequence[float] | None, PYTHON_ONLY] = None,
    intervals: bool = True,
) -> Result:
    """A spectrum over wavelength as a sum of Gaussians in photon energy (elkhouly2024, methods).

    I_lambda = I_E h c/lambda^2,   I_E = sum of amplitude_i exp(-(E - energy_i)^2/(2 deviation_i^2))

    Number 1 is the widest, unless start, fixed or shared say which is which. A second Gaussian below a line that is no
    Gaussian takes what the first misses, also without amplified light: where a spectrum below threshold is at hand, the
    peak of what exceeds it is the sounder number (`excess_amplitude`). It is scaled on the flank of high energy.

    Args:
        wavelength: (n,), [m], in any order.
        intensity: (n,), per wavelength, of any unit.
        gaussians: 1, 2 or 3.
        fixed: values of `amplitude_1` (per eV), `energy_1` [eV], `deviation_1` [eV] and so on that are held.
        shared: such as {"deviation_2": "deviation_1"}.
        start: values from which the fit starts.
        reference: wavelength and intensity of a spectrum below threshold.
        error: (n,), standard errors of the intensity, in its unit.
        intervals: 95 % intervals by profile as well.

    Returns:
        the parameters, each with `..._error`, `..._low`, `..._high`; over `number`: `width_energy` [eV],
        `width_wavelength` [m], full widths at half maximum with `..._error`, and `area_share`; of the sum
        `total_width_energy total_width_wavelength`; over `wavelength`: `data model part residual`; with a reference
        `excess_amplitude excess_share excess_energy reference_scale`, and over `wavelength` `excess`; `correlation`,
        `reduced_chi_square`.

    Raises:
        InputError: too few or unusable rows, or an unknown parameter.
        SetupError: lmfit is not installed.
        ConvergenceError: no minimum was found.
    """
    begun = perf_counter()
    lam, data, sigma = _rows(wavelength, intensity, error)
    count = int(gaussians)
    known = tuple(f"{kind}_{k}" for k in range(1, count + 1) for kind in KINDS)
    for name in [*(fixed or {}), *(shared or {}), *(shared or {}).values(), *(start or {})]:
        if name not in known:
            raise unknown_name("parameter", name, known)
    E, per_ev = per_energy(lam, data)
    told = bool(fixed or shared or start)
    found = _best(E, per_ev, sigma[::-1], (count, fixed or {}, shared or {}, start or {}), error, intervals)
    parts = _parts(HC / lam, found.values)
    order = np.arange(count) if told else np.argsort([-found[f"deviation_{k + 1}"] for k in range(count)])
    if not told:
        found, parts = _renumbered(found, order), parts[order]
    more = _widths(found, parts.sum(axis=0), lam)
    if reference is not None:
        more |= _excess(lam, data, reference)
    return fit_result(
        found,
        experiment="fit_spectrum",
        axis=("wavelength", lam, "m", "wavelength"),
        data=data,
        model=parts,
        more=more,
        inputs={
            "model": "gaussians",
            "gaussians": count,
            "fixed": dict(fixed or {}),
            "shared": dict(shared or {}),
            "start": dict(start or {}),
            "reference": reference is not None,
            "known_errors": error is not None,
        },
        sources=(("elkhouly2024", "published"),),
        begun=begun,
    )


def _rows(
    wavelength: Sequence[float], intensity: Sequence[float], error: Sequence[float] | None
) -> tuple[Array, Array, Array]:
    """Rows in rising wavelength."""
    lam, data = np.asarray(wavelength, dtype=np.float64), np.asarray(intensity, dtype=np.float64)
    sigma = np.full(len(data), np.max(data, initial=0.0)) if error is None else np.asarray(error, dtype=np.float64)
    if not len(lam) == len(data) == len(sigma):
        raise InputError(
            f"{len(lam)} wavelengths, {len(data)} intensities and {len(sigma)} errors: give as many of each"
        )
    if len(lam) < FEWEST:
        raise InputError(f"{len(lam)} rows are too few for a spectrum: give at least {FEWEST}")
    if not np.all(np.isfinite([lam, data, sigma])) or lam.min() <= 0 or sigma.min() <= 0:
        raise InputError("all numbers have to be finite, wavelengths, errors and the largest intensity above 0")
    order = np.argsort(lam)
    if np.any(np.diff(lam[order]) == 0):
        raise InputError(f"wavelength {lam[order][np.flatnonzero(np.diff(lam[order]) == 0)[0]]:g} m is there twice")
    return lam[order], data[order], sigma[order]


def _parts(energy: Array, values: Mapping[str, float]) -> Array:
    """(gaussians, n), per wavelength."""
    count = len(values) // 3
    rows = []
    for k in range(1, count + 1):
        z = (energy - values[f"energy_{k}"]) / values[f"deviation_{k}"]
        rows.append(per_wavelength(energy, values[f"amplitude_{k}"] * np.exp(-(z**2) / 2)))
    return np.array(rows)


Told = tuple[int, Mapping[str, float], Mapping[str, str], Mapping[str, float]]


def _best(E: Array, per_ev: Array, sigma: Array, told: Told, error: Sequence[float] | None, intervals: bool) -> Fit:
    """From several starts; the misfit is over wavelength, as it was measured."""
    data = per_wavelength(E, per_ev)

    def misfit(values: dict[str, float]) -> Array:
        return np.asarray((_parts(E, values).sum(axis=0) - data) / sigma)

    return best_fit(misfit, _starts(E, per_ev, told), known_errors=error is not None, intervals=intervals)


def _starts(E: Array, per_ev: Array, told: Told) -> list[tuple[Unknown, ...]]:
    """Lines at the peak, below and above it, by the width of the whole."""
    count, fixed, shared, start = told
    peak, top = float(E[per_ev.argmax()]), float(per_ev.max())
    wide = full_width(E, per_ev)
    deviation = (wide if np.isfinite(wide) else float(np.ptp(E)) / 4) / FWHM
    layouts = {
        1: [[(0.0, 1.0, 1.0)]],
        2: [
            [(0.5, 1.5, 0.5), (0.0, 0.6, 0.6)],
            [(-0.5, 1.5, 0.5), (0.0, 0.6, 0.6)],
            [(1.5, 1.5, 0.3), (0.0, 0.9, 0.9)],
        ],
        3: [[(0.8, 1.6, 0.4), (0.0, 0.6, 0.6), (-1.5, 1.2, 0.2)], [(1.5, 1.5, 0.3), (0.0, 0.8, 0.8), (0.7, 0.8, 0.3)]],
    }[count]
    tops = {"amplitude": 1e3 * top, "energy": float(E[-1]), "deviation": float(np.ptp(E))}
    lows = {"amplitude": 0.0, "energy": float(E[0]), "deviation": float(np.min(np.diff(E))) / 4}
    found = []
    for layout in layouts:
        unknowns = []
        for k, (shift, width, height) in enumerate(layout, start=1):
            guess = {"amplitude": height * top, "energy": peak + shift * deviation, "deviation": width * deviation}
            for kind, value in guess.items():
                name = f"{kind}_{k}"
                at = fixed.get(name, start.get(name, float(np.clip(value, lows[kind], tops[kind]))))
                low, high = (-np.inf, np.inf) if name in fixed else (lows[kind], tops[kind])
                unit, title = (
                    ("1", f"amplitude of number {k}, per eV") if kind == "amplitude" else ("eV", f"{kind} {k}")
                )
                unknowns.append(Unknown(name, at, unit, title, low, high, name in fixed, shared.get(name)))
        found.append(tuple(unknowns))
    return found


def _renumbered(found: Fit, order: NDArray[np.intp]) -> Fit:
    """The same fit with its Gaussians in another order."""
    new = {f"{kind}_{old + 1}": f"{kind}_{k}" for k, old in enumerate(order, start=1) for kind in KINDS}
    title = {"amplitude": "amplitude of number {}, per eV", "energy": "energy {}", "deviation": "deviation {}"}
    estimates = {}
    for k in range(1, len(order) + 1):
        for kind in KINDS:
            old = found.estimates[f"{kind}_{order[k - 1] + 1}"]
            unknown = replace(old.unknown, name=f"{kind}_{k}", title=title[kind].format(k))
            estimates[f"{kind}_{k}"] = replace(old, unknown=unknown)
    notes = tuple(_reworded(note, new) for note in found.warnings)
    return replace(found, estimates=estimates, free=tuple(new[name] for name in found.free), warnings=notes)


def _reworded(note: str, names: Mapping[str, str]) -> str:
    first, space, rest = note.partition(" ")
    word = first.removesuffix(":")
    return f"{names.get(word, word)}{':' if first.endswith(':') else ''}{space}{rest}"


def _widths(found: Fit, total: Array, wavelength: Array) -> dict[str, Variable]:
    """Full widths of each Gaussian and of the sum, and shares of the area."""
    count = len(found.estimates) // 3
    deviations = [found.estimates[f"deviation_{k}"] for k in range(1, count + 1)]
    centres = np.array([found[f"energy_{k}"] for k in range(1, count + 1)])
    areas = np.array([found[f"amplitude_{k}"] * found[f"deviation_{k}"] for k in range(1, count + 1)])
    energy = np.array([FWHM * one.value for one in deviations])
    metres = np.array([_in_wavelength(E, width) for E, width in zip(centres, energy, strict=True)])
    errors = np.array([FWHM * one.error for one in deviations])

    def each(values: Array, unit: str, title: str) -> Variable:
        return Variable(("number",), values, unit, title)

    rows: dict[str, Any] = {
        "width_energy": each(energy, "eV", "full width at half maximum"),
        "width_energy_error": each(errors, "eV", "its standard error"),
        "width_wavelength": each(metres, "m", "full width at half maximum"),
        "width_wavelength_error": each(errors * metres / energy, "m", "its standard error"),
        "area_share": each(areas / areas.sum(), "1", "share of the light"),
        "total_width_wavelength": single(full_width(wavelength, total), "m", "full width at half maximum of the sum"),
    }
    E, per_ev = per_energy(wavelength, total)
    rows["total_width_energy"] = single(full_width(E, per_ev), "eV", "full width at half maximum of the sum")
    return rows


def _in_wavelength(energy: float, width: float) -> float:
    """[m] full width over wavelength of a Gaussian in energy, with the Jacobian."""
    E = energy + width * np.linspace(-1.5, 1.5, 3001)
    E = E[0.1 * energy < E]
    shape = per_wavelength(E, np.exp(-4 * np.log(2) * ((E - energy) / width) ** 2))
    return full_width(HC / E[::-1], shape[::-1])


def _excess(wavelength: Array, data: Array, reference: Pair) -> dict[str, Variable]:
    lam, below = (np.asarray(one, dtype=np.float64) for one in reference)
    if len(lam) != len(below) or len(lam) < FEWEST:
        raise InputError(f"reference: {len(lam)} wavelengths and {len(below)} intensities: at least {FEWEST} of each")
    order = np.argsort(lam)
    found = excess(wavelength, data, np.interp(wavelength, lam[order], below[order]))
    top = int(found.intensity.argmax())
    return {
        "excess": Variable(("wavelength",), found.intensity, "1", "above the scaled spectrum below threshold"),
        "excess_amplitude": single(float(found.intensity[top]), "1", "peak of the excess"),
        "excess_share": single(
            float(found.intensity[top] / (data[top] - found.intensity[top])), "1", "over the scaled spectrum there"
        ),
        "excess_energy": single(float(HC / wavelength[top]), "eV", "photon energy of that peak"),
        "reference_scale": single(found.scale, "1", "factor of the spectrum below threshold"),
    }
