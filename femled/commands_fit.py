"""The commands about carriers that live and die: lifetimes of decays, and fits of measured columns."""

from typing import Any

import numpy as np

from femled.command import Subject, command_of
from femled.experiments.carrier_lifetime import carrier_lifetime
from femled.experiments.fit_data import fit_data
from femled.experiments.fit_result import parameters_of
from femled.plotting_fit import AXES, fit_figure, lifetime_figure
from femled.report import citation_list
from femled.result import Result
from femled.table import columns, table
from femled.units import text_of

FILE = Subject("file", "CSV file whose first line names columns and units", dict, lambda text, _: text)

_EACH = {
    "initial_density": "initial_density_per_m3",
    "monomolecular_rate": "monomolecular_rate_per_s",
    "detrapping_rate": "detrapping_rate_per_s",
    "average_lifetime": "average_lifetime_s",
    "one_over_e_time": "one_over_e_time_s",
    "fast_time": "fast_time_s",
    "slow_time": "slow_time_s",
    "fast_amplitude": "fast_amplitude",
    "slow_amplitude": "slow_amplitude",
    "fit_residual": "fit_residual",
    "diffusion_length": "diffusion_length_m",
}
"""Key of every number a decay has."""


def numbers(values: Any) -> Any:
    """An array as lists of numbers, None where there is no number."""
    flat = [float(x) if np.isfinite(x) else None for x in np.ravel(values)]
    if np.ndim(values) < 2:
        return flat
    width = np.shape(values)[1]
    return [flat[k : k + width] for k in range(0, len(flat), width)]


def _lifetime_json(run: Result) -> dict[str, Any]:
    data = run.series
    assert run.balance is not None
    return {
        "decays": len(data["decay"]),
        **{key: numbers(data[name]) for name, key in _EACH.items() if name in data.variables},
        "signal": run.inputs["signal"],
        "window_s": float(data["time"][-1]),
        "time_s": numbers(data["time"]),
        "photoluminescence": numbers(data["photoluminescence"]),
        "differential_lifetime_s": numbers(data["differential_lifetime"]),
        "taken_per_m3": {str(name): numbers(data["taken"][:, k]) for k, name in enumerate(data["channel"].tolist())},
        "carrier_balance": float(data.attributes["imbalance"]),
        "citations": [key for key, _ in run.sources],
        "warnings": list(run.warnings),
    }


def _lifetime_report(run: Result, given: dict[str, Any]) -> str:
    data, inputs = run.series, run.inputs
    rows = [
        (
            "light",
            f"a multiple of {'n' if inputs['signal'] == 'n' else 'n squared'}, over {_text(data['time'][-1], 's')}",
        ),
        ("B, C", f"{inputs['bimolecular_coefficient']}, {inputs['auger_coefficient']}"),
        ("deep level", f"relaxes with {inputs['relaxation_rate']}"),
        ("carrier balance", f"{data.attributes['imbalance']:.1e} of the carriers not accounted for"),
        ("sources of the numbers", citation_list(run)),
    ]
    shown = [name for name in _EACH if name in data.variables and not name.endswith(("amplitude", "residual"))]
    body = []
    for k in range(len(data["decay"])):
        body.append([_text(data[name][k], data.variables[name].unit) for name in shown])
    text = table("decays of photoluminescence", rows)
    heads = [name.replace("_", " ") for name in shown]
    notes = [f"note: {warning}" for warning in run.warnings]
    notes += [f"written to {given['output']}"] if given.get("output") else []
    return "\n".join([text, "", columns(heads, body), *notes])


def _text(value: Any, unit: str) -> str:
    return text_of(float(value), unit, 5) if np.isfinite(value) else "not in the window"


def _fit_json(run: Result) -> dict[str, Any]:
    data, axis = run.series, AXES[run.experiment][0]
    unit = data.variables["data"].unit if axis not in data.coordinates else data.coordinates[axis].unit
    found: dict[str, Any] = {
        "experiment": run.experiment,
        "model": run.inputs["model"],
        "parameters": parameters_of(run),
        "correlation": {"parameters": data["parameter"].tolist(), "matrix": numbers(data["correlation"])},
        "reduced_chi_square": float(data["reduced_chi_square"]),
        "rows": len(data["data"]),
        f"{axis}_{unit.replace('/', '_per_')}": numbers(data[axis]),
        "data": numbers(data["data"]),
        "fit": numbers(data["model"]),
        "residual": numbers(data["residual"]),
    }
    if run.experiment == "fit_spectrum":
        found |= {
            "fwhm_meV": [_scaled(x, 1e3) for x in data["width_energy"]],
            "fwhm_meV_error": [_scaled(x, 1e3) for x in data["width_energy_error"]],
            "fwhm_nm": [_scaled(x, 1e9) for x in data["width_wavelength"]],
            "fwhm_nm_error": [_scaled(x, 1e9) for x in data["width_wavelength_error"]],
            "area_share": numbers(data["area_share"]),
            "total_fwhm_meV": _scaled(data["total_width_energy"], 1e3),
            "total_fwhm_nm": _scaled(data["total_width_wavelength"], 1e9),
        }
    if "excess" in data.variables:
        found |= {
            "excess_amplitude": float(data["excess_amplitude"]),
            "excess_over_reference": float(data["excess_share"]),
            "excess_energy_eV": float(data["excess_energy"]),
            "reference_scale": float(data["reference_scale"]),
        }
    return found | {"citations": [key for key, _ in run.sources], "warnings": list(run.warnings)}


def _scaled(value: Any, scale: float) -> float | None:
    return float(value) * scale if np.isfinite(value) else None


def _fit_report(run: Result, given: dict[str, Any]) -> str:
    data = run.series
    rows = [
        ("rows", f"{len(data['data'])}, model {run.inputs['model']}"),
        ("reduced chi square", f"{float(data['reduced_chi_square']):.4g}"),
        ("strongest correlation", _strongest(data["parameter"].tolist(), data["correlation"])),
    ]
    if run.experiment == "fit_spectrum":
        width = _text(data["total_width_wavelength"], "m"), _scaled(data["total_width_energy"], 1e3)
        rows.append(("full width of the sum", width[0] + (f", {width[1]:.4g} meV" if width[1] else "")))
    if "excess" in data.variables:
        share = float(data["excess_share"])
        rows.append(
            ("above the reference", f"{float(data['excess_amplitude']):.4g}, {share:.3g} times what it is there")
        )
    body = [[name, *_cells(one)] for name, one in parameters_of(run).items()]
    if run.experiment == "fit_spectrum":
        for k, (nm, mev) in enumerate(zip(data["width_wavelength"], data["width_energy"], strict=True)):
            error = data["width_wavelength_error"][k] * 1e9
            body.append([f"fwhm_{k + 1}", f"{nm * 1e9:.5g} nm", f"{error:.2g} nm", f"{mev * 1e3:.5g} meV"])
    notes = [f"note: {warning}" for warning in run.warnings]
    notes += [f"written to {given['output']}"] if given.get("output") else []
    heads = ["parameter", "value", "standard error", "95 % interval"]
    return "\n".join([table("fit", rows), "", columns(heads, body), *notes])


def _cells(one: dict[str, Any]) -> list[str]:
    """Value, error and interval of a parameter."""
    unit = one["unit"]
    if not one["free"]:
        return [text_of(one["value"], unit, 6), "held", ""]
    error = "not told" if one["standard_error"] is None else text_of(one["standard_error"], unit, 2)
    ends = one["interval_95"] or [None, None]
    told = ["open" if end is None else text_of(end, unit, 5) for end in ends]
    return [text_of(one["value"], unit, 6), error, " .. ".join(told) if one["interval_95"] else ""]


def _strongest(names: list[str], matrix: Any) -> str:
    if len(names) < 2:
        return "one free parameter"
    off = np.abs(np.asarray(matrix)) - 2 * np.eye(len(names))
    i, j = np.unravel_index(int(off.argmax()), off.shape)
    return f"{matrix[i][j]:+.3f} of {names[i]} and {names[j]}"


lifetime = command_of(
    carrier_lifetime,
    report=_lifetime_report,
    as_json=_lifetime_json,
    figures=lambda run: {"lifetime": lifetime_figure(run)},
    subject=None,
)
fit = command_of(
    fit_data, report=_fit_report, as_json=_fit_json, figures=lambda run: {"fit": fit_figure(run)}, subject=FILE
)
