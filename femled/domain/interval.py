"""The column on the axis of a pixel as a DOLFINx domain: the limit of a very wide pixel."""

import numpy as np

from femled.device import Pixel
from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.grading import Division, Resolution, ResolutionName, axial_divisions, resolution
from femled.domain.layout import bands
from femled.domain.regions import Domain, Kind

dolfinx = backend.load()


def column(
    pixel: Pixel, *, resolution_level: ResolutionName | Resolution = "default", comm: MPI.Comm | None = None
) -> Domain:
    """The one-dimensional column through the opening of a pixel; quantities are per unit area.

    Args:
        pixel: the device.
        resolution_level: as for the section; the axial sizes are the same.
        comm: MPI communicator; the process alone by default.
    """
    comm = MPI.COMM_SELF if comm is None else comm
    kind = Kind(cell="interval", axisymmetric=False)
    layers = [band for band in bands(pixel) if band.inside.thickness > 0]
    films = [i for i, band in enumerate(layers) if band.film]
    divisions = axial_divisions(
        [band.inside.thickness for band in layers], films[0], films[-1], resolution(resolution_level)
    )
    nodes, number = [0.0], []
    for i, parts in enumerate(divisions):
        for part in parts:
            nodes += (nodes[-1] + np.cumsum(_sizes(part)) * 1e6).tolist()
            number += [i + 1] * part.count
    x = np.array(nodes).reshape(-1, 1)
    cells = np.column_stack([np.arange(len(nodes) - 1), np.arange(1, len(nodes))]).astype(np.int64)
    if comm.rank != 0:
        x, cells = np.zeros((0, 1)), np.zeros((0, 2), dtype=np.int64)
    mesh = dolfinx.mesh.create_mesh(comm, cells, kind.ufl_mesh(), x)
    groups = {f"{band.inside.region}.inside": i + 1 for i, band in enumerate(layers)}
    original = mesh.topology.original_cell_index
    mesh.topology.create_connectivity(0, 1)
    ends = {
        name: dolfinx.mesh.locate_entities_boundary(mesh, 0, lambda z, at=at: np.isclose(z[0], at, rtol=0, atol=1e-9))
        for name, at in (("base", 0.0), ("top", nodes[-1]))
    }
    return Domain(
        kind=kind,
        mesh=mesh,
        cell_group=np.array(number, dtype=np.int32)[original],
        facet_group=ends,
        groups=groups,
        matter={f"{band.inside.region}.inside": band.inside.matter for band in layers},
        emitter=pixel.emitter,
    )


def _sizes(part: Division) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    sizes = part.ratio ** np.arange(part.count)
    return np.asarray(sizes * (part.length / sizes.sum()))
