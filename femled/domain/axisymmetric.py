"""The (r, z) section of a pixel as a DOLFINx domain, meshed by Gmsh and checked against the pixel's own arithmetic."""

import numpy as np

from femled.device import Pixel
from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.gmsh_section import FACES, build, gmsh_model
from femled.domain.grading import Resolution, ResolutionName, resolution
from femled.domain.layout import ContactFilm, bands, region_volumes
from femled.domain.regions import Domain, Kind
from femled.errors import MeshError
from femled.materials import Material

dolfinx = backend.load()

from dolfinx.io import gmsh as dolfinx_gmsh  # noqa: E402


def section(
    pixel: Pixel, *, resolution_level: ResolutionName | Resolution = "default", comm: MPI.Comm | None = None
) -> Domain:
    """The meshed section of a pixel.

    Args:
        pixel: the device.
        resolution_level: "coarse", "default", "fine" or sizes of your own.
        comm: MPI communicator; the process alone by default.

    Returns:
        the domain, lengths in micrometres; volumes of planar pixels agree with `region_volumes` to 1e-9.

    Raises:
        MeshError: Gmsh failed, or the mesh does not have the volumes of the pixel.
    """
    comm = MPI.COMM_SELF if comm is None else comm
    level = resolution(resolution_level)
    if comm.rank == 0:
        with gmsh_model(pixel.name) as gmsh:
            build(gmsh, pixel, level)
            data = dolfinx_gmsh.model_to_mesh(gmsh.model, comm, 0, gdim=2)
    else:
        data = dolfinx_gmsh.model_to_mesh(None, comm, 0, gdim=2)
    mesh, groups = data.mesh, data.physical_groups
    cells = mesh.topology.index_map(2)
    cell_group = np.zeros(cells.size_local + cells.num_ghosts, dtype=np.int32)
    assert data.cell_tags is not None  # every model has physical groups
    assert data.facet_tags is not None
    cell_group[data.cell_tags.indices] = data.cell_tags.values
    if not cell_group.all():
        raise MeshError(pixel.name, f"{np.count_nonzero(cell_group == 0)} cells belong to no region")
    matter = dict[str, Material | ContactFilm]()
    for band in bands(pixel):
        matter |= {
            f"{band.inside.region}.inside": band.inside.matter,
            f"{band.outside.region}.outside": band.outside.matter,
        }
    numbers = {name: group.tag for name, group in groups.items() if group.dim == 2}
    domain = Domain(
        kind=Kind(cell="quadrilateral" if pixel.geometry == "planar" else "triangle", axisymmetric=True),
        mesh=mesh,
        cell_group=cell_group,
        facet_group={name: data.facet_tags.find(groups[name].tag) for name in FACES},
        groups=numbers,
        matter={name: matter[name] for name in numbers},
        emitter=pixel.emitter,
    )
    if pixel.geometry == "planar":
        _check_volumes(pixel, domain)
    return domain


def measured_volumes(domain: Domain) -> dict[str, float]:
    """Volumes [m3] of all regions from the straight-sided cells of the mesh: 2 pi times centroid radius times area."""
    owned = domain.owned_cells
    geometry = domain.mesh.geometry
    x = geometry.x[geometry.dofmaps[0][:owned]][:, :, :2]
    if domain.kind.cell == "quadrilateral":  # tensor-product node order: 0 1 / 2 3
        x = x[:, [0, 1, 3, 2]]
    r, z = x[..., 0], x[..., 1]
    r_next, z_next = np.roll(r, -1, axis=1), np.roll(z, -1, axis=1)
    cross = r * z_next - r_next * z
    ring = np.abs(np.pi / 3 * np.sum((r + r_next) * cross, axis=1))  # 2 pi Int r dA (Green's theorem)
    found = {}
    for region in domain.regions:
        cells = domain.cells(region)
        found[region] = domain.comm.allreduce(float(ring[cells[cells < owned]].sum()), op=MPI.SUM) * 1e-18
    return found


def _check_volumes(pixel: Pixel, domain: Domain) -> None:
    measured = measured_volumes(domain)
    height = sum(part.thickness for _, part in pixel.stack())
    thinnest = {name: part.thickness for name, part in pixel.stack()} | {
        "emitter": pixel.layer(pixel.emitter).thickness
    }
    thinnest["insulator"] = min(layer.thickness for layer in pixel.layers)
    for region, expected in region_volumes(pixel).items():
        # Heights are counted from the base, so a thin film on a thick substrate is only known to so many digits.
        known = 1e-9 + 4 * np.finfo(float).eps * height / thinnest.get(region, height)
        if not abs(measured[region] - expected) <= known * expected:
            raise MeshError(pixel.name, f'region "{region}" has {measured[region]:.9g} m3 instead of {expected:.9g} m3')
