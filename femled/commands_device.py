"""The commands about devices and results: list, show, mesh, start, check, cite, plot."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from femled.command import variant_parameters, varied_pixel
from femled.commands_electrical import electrical_table
from femled.device import Pixel, device_file, device_names, load_pixel
from femled.errors import InputError
from femled.table import columns, table
from femled.units import text_of

AsJson = Annotated[bool, Parameter(name="--json", help="print JSON and nothing else", negative="")]
Device = Annotated[str, Parameter(help="name of a device, or path of its .toml file")]


def _with_variants(function: Callable[..., int]) -> Callable[..., int]:
    """Let a command take the options that change a pixel; it receives the changed pixel instead of the name."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())
    first = inspect.Parameter("pixel", inspect.Parameter.POSITIONAL_ONLY, annotation=Device)

    def command(pixel: str, /, **options: Any) -> int:
        device = varied_pixel(pixel, options)
        return function(device, **options)

    every = [first, *own[1:], *variant_parameters().values()]
    command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in every}
    command.__doc__ = (inspect.getdoc(function) or "").split("\n")[0]
    return command


def devices(*, json_: AsJson = False) -> int:
    """The devices that come with femled."""
    pixels = [load_pixel(name) for name in device_names()]
    if json_:
        _print(
            json.dumps(
                [{"name": p.name, "title": p.title, "reference": p.reference, "diameter_m": p.diameter} for p in pixels]
            )
        )
    else:
        rows = [[p.name, text_of(p.diameter, "m", 4), p.substrate.material.name, p.title] for p in pixels]
        _print(columns(["name", "diameter", "substrate", "what it is"], rows))
    return 0


def _show(
    pixel: Pixel,
    *,
    output: Annotated[str | None, Parameter(help="PNG file of the drawing")] = None,
    json_: AsJson = False,
) -> int:
    """A device as a table, and its drawing to scale."""
    if json_:
        _print(json.dumps(pixel.model_dump(mode="json")))
    else:
        _print(_device_table(pixel))
    if output is not None:
        _save_figure(output, _drawing(pixel))
    return 0


def _device_table(pixel: Pixel) -> str:
    roles = {pixel.anode: "anode", pixel.cathode: "cathode", pixel.emitter: "emitter"}
    rows = []
    for name, part in reversed(pixel.stack()):
        m, T = part.solid, pixel.ambient_temperature
        k_r, k_z = float(m.radial_conductivity.at(T)), float(m.axial_conductivity.at(T))
        conductivity = f"{k_z:.4g}" if k_r == k_z else f"{k_r:.4g} / {k_z:.4g}"
        c = float(m.density.at(T) * m.heat_capacity.at(T)) / 1e6
        extent = getattr(part, "extent", "full")
        rows.append(
            [
                name,
                m.name,
                text_of(part.thickness, "m", 6),
                extent,
                roles.get(name, ""),
                conductivity,
                f"{c:.3g}",
                m.axial_conductivity.status,
                part.status,
            ]
        )
    header = [
        "region",
        "material",
        "thickness",
        "extent",
        "role",
        "kappa (W/m/K)",
        "rho c (MJ/m3/K)",
        "kappa is",
        "thickness is",
    ]
    facts = [
        (
            "opening",
            text_of(pixel.diameter, "m", 6)
            + (f" in {pixel.aperture.insulator.name}, {pixel.geometry}" if pixel.aperture else ", no insulator"),
        ),
        ("insulator height", text_of(pixel.insulator_height, "m", 6) if pixel.aperture else "-"),
        ("section", f"out to {text_of(pixel.outer_radius, 'm', 6)}"),
        ("ambient temperature", f"{pixel.ambient_temperature:g} K"),
        ("base; other faces", "; ".join(_face(face) for face in (pixel.base, pixel.outer))),
        ("contact resistance", "none" if pixel.contact_resistance.none else str(pixel.contact_resistance)),
        ("reference", pixel.reference or "-"),
    ]
    at = f"properties at {pixel.ambient_temperature:g} K"
    text = f"{table(f'{pixel.name}: {pixel.title}', facts)}\n\n{columns(header, rows)}\n({at}; top of the stack first)"
    return text if pixel.contacts is None else f"{text}\n\n{electrical_table(pixel)}"


def _face(face: Any) -> str:
    return f"convection, {face.coefficient:g} W/m2/K" if face.kind == "convection" else str(face.kind)


def _mesh(
    pixel: Pixel,
    *,
    resolution: Annotated[str, Parameter(help="coarse, default or fine")] = "default",
    write: Annotated[
        str | None, Parameter(help="file to write: .msh (Gmsh), .vtu or .xdmf; regions keep their names")
    ] = None,
    json_: AsJson = False,
) -> int:
    """The mesh of a device: its size by region, and as a file."""
    from femled.domain.axisymmetric import measured_volumes, section
    from femled.domain.mesh_file import write_mesh

    domain = section(pixel, resolution_level=resolution)  # type: ignore[arg-type]  # checked there
    volumes = measured_volumes(domain)
    cells = {region: len(domain.cells(region)) for region in domain.regions}
    if write is not None:
        write_mesh(pixel, resolution, write)  # type: ignore[arg-type]
    if json_:
        _print(
            json.dumps(
                {
                    "pixel": pixel.name,
                    "resolution": resolution,
                    "cell": domain.kind.cell,
                    "cells": cells,
                    "volumes_m3": volumes,
                }
            )
        )
    else:
        rows = [[region, str(cells[region]), f"{volumes[region]:.6g} m3"] for region in domain.regions]
        _print(f"{pixel.name}, {resolution}: {domain.owned_cells} {domain.kind.cell}s of second order")
        _print(columns(["region", "cells", "volume"], rows))
    return 0


show = _with_variants(_show)
mesh = _with_variants(_mesh)


def new(
    name: Annotated[str, Parameter(help="lower-case name of the new pixel; the file is NAME.toml")],
    /,
    *,
    from_: Annotated[str, Parameter(name="--from", help="device to start from")] = "kim2018",
    output: Annotated[str, Parameter(help="folder to write into")] = ".",
) -> int:
    """A commented device file to start from."""
    from femled.files import write_whole

    path = Path(output) / f"{name}.toml"
    if path.exists():
        raise InputError(f"{path} exists: choose another name, or move it away")
    text = device_file(from_).read_text(encoding="utf-8")
    own = {"name": f'name = "{name}"', "title": f'title = "started from {from_}"', "reference": "# reference = bib key"}
    first_table = text.index("\n[")
    top = [own.get(line.split(" = ")[0], line) for line in text[:first_table].split("\n")]
    lines = [*top, *text[first_table + 1 :].split("\n")]
    head = [
        f"# {name}: started from {from_}. Change what differs, then: femled validate {path.name}",
        "# A quantity is a text with its unit; materials are names of cards; layers are listed from the substrate up.",
        "# status: published, literature, assumed or calibrated - say where each thickness comes from.",
        "#",
    ]
    content = "\n".join([*head, *lines])
    Pixel.from_mapping(_parsed(content), str(path))
    write_whole(path, content.encode())
    _print(f"wrote {path}")
    return 0


def _parsed(content: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(content)


def validate(file: Annotated[str, Parameter(help="device file (.toml), or the name of a device")], /) -> int:
    """Check a device file."""
    pixel = load_pixel(file)
    if pixel.contacts is not None:
        pixel.column()
    assumed = [name for name, part in pixel.stack() if part.status == "assumed"]
    noted = f"; thickness assumed: {', '.join(assumed)}" if assumed else ""
    _print(f"{file}: a valid device, {len(pixel.layers)} layers, opening {text_of(pixel.diameter, 'm', 6)}{noted}")
    return 0


def cite(
    what: Annotated[str, Parameter(help="name or file of a device, or folder of a saved result")],
    /,
    *,
    bibtex: Annotated[bool, Parameter(help="BibTeX entries", negative="")] = False,
    json_: AsJson = False,
) -> int:
    """The sources of the numbers in a device or a saved result."""
    from femled.materials import reference

    if Path(what).is_dir():
        from femled.result import Result

        pairs = Result.load(what).sources
    else:
        from femled.experiments.sources import electrical_sources, optical_sources, thermal_sources

        pixel = load_pixel(what)
        pairs = (*thermal_sources(pixel), *optical_sources(pixel), *electrical_sources(pixel))
    statuses: dict[str, list[str]] = {}
    for key, status in pairs:
        statuses.setdefault(key, []).append(status)
    if json_:
        _print(
            json.dumps([{"key": key, "status": found, "text": str(reference(key))} for key, found in statuses.items()])
        )
    elif bibtex:
        _print("\n\n".join(reference(key).bibtex for key in statuses))
    else:
        _print(
            table(
                "", [(key, f"{reference(key)} [{', '.join(dict.fromkeys(found))}]") for key, found in statuses.items()]
            )
        )
    return 0


def plot(
    folder: Annotated[str, Parameter(help="folder of a saved result")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="field or series; what the experiment is about if not given")] = None,
    output: Annotated[str | None, Parameter(help="PNG file; NAME.png in the folder if not given")] = None,
) -> int:
    """Figures of a saved result."""
    from femled.result import Result

    result = Result.load(folder)
    target = output or str(Path(folder) / f"{name or result.experiment}.png")
    _save_figure(target, result.plot(name))
    return 0


def _drawing(pixel: Pixel) -> Any:
    from femled.drawing import draw_pixel

    return draw_pixel(pixel)


def _save_figure(path: str, figure: Any) -> None:
    from femled.files import whole_file

    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png")
    _print(f"wrote {path}")


def _print(text: str) -> None:
    print(text)  # noqa: T201
