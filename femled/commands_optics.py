"""The commands that compute light: modes, outcoupling, absorption."""

from typing import Any

import numpy as np

from femled.command import command_of
from femled.experiments.absorption import absorption as absorption_experiment
from femled.experiments.modes import PixelModes
from femled.experiments.modes import modes as modes_experiment
from femled.experiments.outcoupling import outcoupling as outcoupling_experiment
from femled.report import citation_list, page
from femled.result import Result
from femled.table import columns
from femled.units import text_of


def _modes_json(found: PixelModes) -> dict[str, Any]:
    data, names = found.result.series, list(found.stack.names)

    def by_layer(variable: str, k: int, scale: float = 1.0) -> dict[str, float | None]:
        row = data[variable][k] * scale
        return {name: float(x) if np.isfinite(x) else None for name, x in zip(names, row, strict=True)}

    return {
        "pixel": found.result.inputs["pixel"]["name"],
        "wavelength_m": found.wavelength,
        "kind": found.result.inputs["kind"],
        "modes": [
            {
                "name": label,
                "polarization": mode.polarization,
                "effective_index": [mode.effective_index.real, mode.effective_index.imag],
                "modal_loss_per_cm": mode.modal_loss_per_cm,
                "group_index": mode.group_index,
                "confinement": by_layer("confinement", k),
                "gain_confinement": by_layer("gain_confinement", k),
                "loss_per_cm_by_layer": by_layer("loss_by_layer", k, 0.01),
            }
            for k, (label, mode) in enumerate(zip(found.labels, found, strict=True))
        ],
        "search": {one: [region.low, region.high, region.gain, region.loss] for one, region in found.regions.items()},
        "message": found.message,
        "media": found.result.inputs["media"],
        "citations": [key for key, _ in found.result.sources],
    }


def _modes_report(found: PixelModes, given: dict[str, Any]) -> str:
    data = found.result.series
    wave = text_of(found.wavelength, "m", 6)
    rows = [
        ("wavelength", f"{wave}, {found.result.inputs['kind']} modes, {len(found)} found, none missing"),
        ("sources of the numbers", citation_list(found.result)),
    ]
    parts = []
    for k, (label, mode) in enumerate(zip(found.labels, found, strict=True)):
        n_eff = f"{mode.effective_index.real:.8f} {mode.effective_index.imag:+.3e}i"
        head = f"{label}: n_eff = {n_eff}, loss {mode.modal_loss_per_cm:.5g} 1/cm, group index {mode.group_index:.5f}"
        cells = []
        for i, name in enumerate(found.stack.names):
            share, gain, loss = (float(data[v][k, i]) for v in ("confinement", "gain_confinement", "loss_by_layer"))
            index = data["layer"].tolist().index(name)
            n, extinction = (found.result.inputs["media"][index][part] for part in ("n", "k"))
            shown = f"{share:.4%}" if np.isfinite(share) else "radiates"
            cells.append(
                [f"    {name}", f"{n:.4f}", f"{extinction:.4g}", shown, f"{gain:.4f}", f"{loss / 100:.5g} 1/cm"]
            )
        header = ["    layer", "n", "k", "share of |E|^2", "Re dn_eff/dn", "loss"]
        parts += ["", head, columns(header, cells)]
    return page(found.result, rows, given) + "\n" + "\n".join(parts) if parts else page(found.result, rows, given)


def _outcoupling_json(run: Result) -> dict[str, Any]:
    data = run.series
    return {
        "pixel": run.inputs["pixel"]["name"],
        "wavelength_m": run.inputs["wavelength"],
        "share": dict(zip(data["channel"].tolist(), data["share"].tolist(), strict=True)),
        "absorbed": dict(zip(data["layer"].tolist(), data["absorbed"].tolist(), strict=True)),
        "near_field": dict(zip(data["layer"].tolist(), data["near_field"].tolist(), strict=True)),
        "purcell_factor": float(data["purcell_factor"]),
        "eqe_limit_top": float(data["share"][data["channel"].tolist().index("top")]),
        "eqe_limit_bottom": float(data["share"][data["channel"].tolist().index("bottom")]),
        "angle_rad": data["angle"].tolist(),
        "angular_intensity_per_sr": dict(zip(data["facet"].tolist(), data["angular_intensity"].tolist(), strict=True)),
        "unassigned": float(data["unassigned"]),
        "minimum_distance_m": run.inputs["minimum_distance"],
        "warnings": list(run.warnings),
        "citations": [key for key, _ in run.sources],
    }


def _outcoupling_report(run: Result, given: dict[str, Any]) -> str:
    data = run.series
    shares = list(zip(data["channel"].tolist(), data["share"].tolist(), strict=True))
    width = text_of(run.inputs["spectral_width"], "m", 4)
    rows = [
        ("emission", f"{text_of(run.inputs['wavelength'], 'm', 6)}, {width} wide, {run.inputs['orientation']} dipoles"),
        *((_said(name), f"{100 * share:.3f} %") for name, share in shares if abs(share) > 5e-7),
        ("sum", f"{100 * sum(share for _, share in shares):.8f} %"),
        ("Purcell factor", f"{float(data['purcell_factor']):.4f}"),
        ("sources of the numbers", citation_list(run)),
    ]
    return page(run, rows, given)


def _said(channel: str) -> str:
    words = {
        "top": "out at the top (EQE limit)",
        "bottom": "out at the bottom (EQE limit)",
        "substrate": "trapped in the substrate",
        "emitter": "lost in the emitter itself",
        "near field": "absorbed in the near field",
    }
    return words.get(channel, channel.replace("mode ", "guided in "))


def _absorption_json(run: Result) -> dict[str, Any]:
    data = run.series
    return {
        "pixel": run.inputs["pixel"]["name"],
        "wavelength_m": run.inputs["wavelength"],
        "from": run.inputs["from_"],
        "reflectance": float(data["reflectance"]),
        "transmittance": float(data["transmittance"]),
        "absorptance": dict(zip(data["layer"].tolist(), data["absorptance"].tolist(), strict=True)),
        "position_m": data["position"].tolist(),
        "absorption_density_per_m": data["absorption_density"].tolist(),
        **({"generation_per_m3": data["generation"].tolist()} if "generation" in data.variables else {}),
        "citations": [key for key, _ in run.sources],
    }


def _absorption_report(run: Result, given: dict[str, Any]) -> str:
    data = run.series
    absorbed = zip(data["layer"].tolist(), data["absorptance"].tolist(), strict=True)
    rows = [
        ("light", f"{text_of(run.inputs['wavelength'], 'm', 6)}, from the {run.inputs['from_']}"),
        *((f"absorbed in {name}", f"{100 * share:.4f} %") for name, share in absorbed),
        ("reflected", f"{100 * float(data['reflectance']):.4f} %"),
        ("transmitted", f"{100 * float(data['transmittance']):.4f} %"),
        ("sources of the numbers", citation_list(run)),
    ]
    if "generation" in data.variables:
        highest = float(data["generation"].max())
        rows.insert(-1, ("highest density generated", text_of(highest, "1/m3", 4)))
    return page(run, rows, given)


modes = command_of(
    modes_experiment, report=_modes_report, as_json=_modes_json, figures=lambda found: {"modes": found.plot()}
)
outcoupling = command_of(
    outcoupling_experiment,
    report=_outcoupling_report,
    as_json=_outcoupling_json,
    figures=lambda run: {"outcoupling": run.plot()},
)
absorption = command_of(
    absorption_experiment,
    report=_absorption_report,
    as_json=_absorption_json,
    figures=lambda run: {"absorption": run.plot()},
)
