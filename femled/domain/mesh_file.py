"""Meshes as files: Gmsh's own format, and VTU or XDMF through meshio, regions kept by name."""

from contextlib import redirect_stdout
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from femled.device import Pixel
from femled.domain.gmsh_section import write_msh
from femled.domain.grading import Resolution, ResolutionName, resolution
from femled.errors import InputError, MeshError
from femled.files import whole_file, write_whole

FORMATS = (".msh", ".vtu", ".xdmf")


def write_mesh(pixel: Pixel, level: ResolutionName | Resolution, path: str | PathLike[str]) -> None:
    """Write the section of a pixel as a mesh file; lengths are micrometres.

    In .msh files regions and faces are physical groups. In .vtu and .xdmf files every region is a cell array of its own
    name, 1 inside and 0 outside.

    Args:
        pixel: the device.
        level: of the mesh.
        path: ends in .msh, .vtu or .xdmf.

    Raises:
        InputError: another ending.
        MeshError: the mesh could not be converted.
    """
    target = Path(path)
    if target.suffix not in FORMATS:
        raise InputError(f'mesh file "{target}" must end in one of {", ".join(FORMATS)}')
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "section.msh"
        write_msh(pixel, resolution(level), raw)
        if target.suffix == ".msh":
            write_whole(target, raw.read_bytes())
        else:
            _convert(raw, target)


def _convert(raw: Path, target: Path) -> None:
    import meshio

    try:
        with redirect_stdout(None):  # meshio prints an empty line
            mesh = meshio.read(raw)
        kind = next(block.type for block in mesh.cells if block.type in ("quad", "triangle"))
        tagged = zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True)
        parts = [(block.data, data) for block, data in tagged if block.type == kind]
        cells, number = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        regions = {
            name: [(number == entry[0]).astype(np.int32)] for name, entry in mesh.field_data.items() if entry[1] == 2
        }
        flat = meshio.Mesh(mesh.points, [(kind, cells)], cell_data=regions)
        options = {"file_format": "xdmf", "data_format": "XML"} if target.suffix == ".xdmf" else {"file_format": "vtu"}
        with whole_file(target) as temporary:
            meshio.write(temporary, flat, **options)
    except (OSError, ValueError, KeyError, meshio.WriteError, meshio.ReadError) as error:
        raise MeshError(target, f"could not be written ({error})") from None


def read_regions(path: str | PathLike[str]) -> dict[str, int]:
    """Number of cells of every named region of a mesh file, as another program would find them.

    Raises:
        MeshError: no such file, damaged, or without names.
    """
    import meshio

    try:
        with redirect_stdout(None):
            mesh = meshio.read(path)
    except (OSError, ValueError, KeyError, IndexError, SystemExit, meshio.ReadError) as error:
        raise MeshError(path, f"cannot be read ({error})") from None
    if "gmsh:physical" in mesh.cell_data:
        tagged = zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True)
        numbers = np.concatenate([data for block, data in tagged if block.dim == 2])
        return {
            name: int(np.count_nonzero(numbers == entry[0])) for name, entry in mesh.field_data.items() if entry[1] == 2
        }
    if not mesh.cell_data:
        raise MeshError(path, "has no named regions")
    return {name: int(sum(int(part.sum()) for part in parts)) for name, parts in mesh.cell_data.items()}
