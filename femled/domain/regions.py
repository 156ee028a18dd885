"""A meshed device: named regions and faces, and measures that carry 2 pi r so that no form can forget it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.domain import backend
from femled.domain.backend import MPI
from femled.domain.layout import ContactFilm
from femled.errors import unknown_name
from femled.materials import Material

dolfinx = backend.load()

import basix.ufl  # noqa: E402
import ufl  # noqa: E402

QUADRATURE_DEGREE = 5
"""Exact for u v r with u, v of second order."""


__all__ = ["QUADRATURE_DEGREE", "Domain", "Kind", "basix", "ufl"]


@dataclass(frozen=True)
class Kind:
    """What a form has to know of a domain before there is a mesh: cell shape and whether it is axisymmetric.

    Args:
        cell: "quadrilateral", "triangle" or "interval".
        axisymmetric: coordinates are (r, z) and measures carry 2 pi r; else z alone, per unit area.
    """

    cell: str
    axisymmetric: bool

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return 1 if self.cell == "interval" else 2

    def ufl_mesh(self) -> Any:
        """The abstract mesh on which forms are written and compiled once for all."""
        return ufl.Mesh(self.coordinate_element())

    def coordinate_element(self) -> Any:
        """First-order geometry in the variant that meshes from Gmsh have."""
        variant = basix.LagrangeVariant.equispaced
        return basix.ufl.element("Lagrange", self.cell, 1, shape=(self.dimension,), lagrange_variant=variant)

    @property
    def volume_unit(self) -> float:
        """[m3] of a section's um3, or [m3/m2] of a column's um."""
        return 1e-18 if self.axisymmetric else 1e-6

    def weight(self, mesh: Any) -> Any:
        """2 pi r of an axisymmetric section, 1 of a column."""
        return 2 * ufl.pi * ufl.SpatialCoordinate(mesh)[0] if self.axisymmetric else ufl.as_ufl(1.0)


@dataclass(frozen=True)
class Domain:
    """A mesh of a device with its regions by name. Lengths of the mesh are micrometres.

    Args:
        kind: cell shape and symmetry.
        mesh: the DOLFINx mesh.
        cell_group: (cells,) group of every local cell.
        facet_group: local facets by face name.
        groups: group name -> number; names are "REGION.inside" and "REGION.outside".
        matter: group name -> material or contact film.
        emitter: region name of the light-emitting layer.
    """

    kind: Kind
    mesh: Any
    cell_group: NDArray[np.int32]
    facet_group: dict[str, NDArray[np.int32]]
    groups: dict[str, int]
    matter: dict[str, Material | ContactFilm]
    emitter: str

    @property
    def comm(self) -> MPI.Comm:
        """Communicator of the mesh."""
        comm: MPI.Comm = self.mesh.comm
        return comm

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Region names, "emitter" among them; contact films are left out."""
        plain = (name.rsplit(".", 1)[0] for name, matter in self.matter.items() if isinstance(matter, Material))
        return (*dict.fromkeys(plain), "emitter")

    def groups_of(self, region: str) -> tuple[str, ...]:
        """The groups that make up a region: both sides of the rim, or the inside alone for the emitter.

        Raises:
            InputError: no such region; the nearest are listed.
        """
        wanted = [f"{self.emitter}.inside"] if region == "emitter" else [f"{region}.inside", f"{region}.outside"]
        found = tuple(name for name in wanted if name in self.groups)
        if not found:
            raise unknown_name("region", region, self.regions)
        return found

    def cells(self, regions: str | Iterable[str]) -> NDArray[np.int32]:
        """Local cells, ghosts included, of one or several regions."""
        names = [regions] if isinstance(regions, str) else list(regions)
        numbers = [self.groups[group] for name in names for group in self.groups_of(name)]
        return np.flatnonzero(np.isin(self.cell_group, numbers)).astype(np.int32)

    def cellwise(self, values: dict[str, float]) -> NDArray[np.float64]:
        """One value a local cell from one value a group name; groups that are not named get 0."""
        table = np.zeros(max(self.groups.values()) + 1)
        for group, value in values.items():
            table[self.groups[group]] = value
        return table[self.cell_group]

    @property
    def owned_cells(self) -> int:
        """Number of cells that this rank owns; local cells beyond are ghosts."""
        return int(self.mesh.topology.index_map(self.mesh.topology.dim).size_local)
