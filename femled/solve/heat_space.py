"""The temperature on a meshed device: its space, the terms of heat conduction tied to it, averages and sums."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.domain.backend import MPI
from femled.domain.regions import QUADRATURE_DEGREE, Domain, basix
from femled.physics.heat import BASE, OUTER, ThermalLaws, heat_terms
from femled.physics.thermal_pieces import ThermalValues
from femled.solve.forms import CompiledTerm, assembled_vector, facet_entities, fem
from femled.solve.petsc import Matrix

Array = NDArray[np.float64]

FACE_NUMBERS = {"base": BASE, "top": OUTER, "side": OUTER}


class HeatSpace:
    """The terms of heat conduction on a domain. The unknown is the rise above ambient.

    Vectors are the entries this rank owns; fields are (cells, points) at the quadrature points of its local cells.

    Args:
        domain: the meshed device.
        pixel: for its faces and its ambient temperature.
    """

    def __init__(self, domain: Domain, pixel: Pixel) -> None:
        self.domain = domain
        self.ambient = pixel.ambient_temperature
        self.laws = ThermalLaws(domain, self.ambient)
        terms = heat_terms(domain.kind)
        self.space = fem.functionspace(domain.mesh, terms.element)
        self.owned = int(self.space.dofmap.index_map.size_local)
        self.fixed = self._fixed_unknowns(pixel)
        points = fem.functionspace(
            domain.mesh, basix.ufl.quadrature_element(domain.kind.cell, degree=QUADRATURE_DEGREE)
        )
        self._points = len(points.dofmap.list[0])
        self._capacity, self._source = fem.Function(points), fem.Function(points)
        self._conductivity = {name: fem.Function(points) for name in terms.conduction.data}
        self._temperature = fem.Function(self.space)

        def tied(term: Any, arity: int, data: dict[str, Any]) -> Any:
            return CompiledTerm(term, arity).on(domain, self.space, data)

        self.storage = Matrix(tied(terms.storage, 2, {"c": self._capacity}))
        self.conduction = Matrix(tied(terms.conduction, 2, self._conductivity))
        self._flow = tied(terms.flow, 1, {"temperature": self._temperature, **self._conductivity})
        self._load = tied(terms.load, 1, {"q": self._source})
        self.exchange = self._exchange(terms.exchange, pixel)
        self._tabulate()

    def _exchange(self, term: Any, pixel: Pixel) -> Matrix | None:
        coefficients = {"base": pixel.base.coefficient, "outer": pixel.outer.coefficient}
        if not any(coefficients.values()):
            return None
        numbered: dict[int, list[NDArray[np.int32]]] = {BASE: [], OUTER: []}
        for name, facets in self.domain.facet_group.items():
            if name in FACE_NUMBERS:
                numbered[FACE_NUMBERS[name]].append(facets)
        entities = facet_entities(self.domain, {number: np.concatenate(facets) for number, facets in numbered.items()})
        matrix = Matrix(CompiledTerm(term, 2).on(self.domain, self.space, {}, coefficients, entities))
        matrix.assemble()
        return matrix

    def _fixed_unknowns(self, pixel: Pixel) -> NDArray[np.int32]:
        faces = [name for name in FACE_NUMBERS if getattr(pixel, "base" if name == "base" else "outer").kind == "fixed"]
        facets = [self.domain.facet_group[name] for name in faces if name in self.domain.facet_group]
        if not facets:
            return np.zeros(0, dtype=np.int32)
        dimension = self.domain.mesh.topology.dim
        self.domain.mesh.topology.create_connectivity(dimension - 1, dimension)
        found = fem.locate_dofs_topological(self.space, dimension - 1, np.concatenate(facets))
        return np.asarray(found[found < self.owned], dtype=np.int32)

    def _tabulate(self) -> None:
        import basix as basix_cpp

        cell = getattr(basix_cpp.CellType, self.domain.kind.cell)
        points, self._weights = basix_cpp.make_quadrature(cell, QUADRATURE_DEGREE)
        self.shape = np.asarray(self.space.element.basix_element.tabulate(0, points)[0, :, :, 0])
        corner_element = basix_cpp.create_element(basix_cpp.ElementFamily.P, cell, 1)
        self._corners = np.asarray(corner_element.tabulate(1, points)[:, :, :, 0])

    @property
    def dofs(self) -> int:
        """Number of unknowns on all ranks."""
        return int(self.space.dofmap.index_map.size_global)

    @property
    def held(self) -> bool:
        """Whether some face, on any rank, keeps the heat from piling up for ever."""
        mine = len(self.fixed) > 0 or self.exchange is not None
        return bool(self.domain.comm.allreduce(int(mine), op=MPI.MAX))

    def uniform(self, value: float) -> Array:
        """The field that is the same everywhere."""
        return np.full((len(self.domain.cell_group), self._points), value)

    def indicator(self, region: str) -> Array:
        """The field that is 1 in a region and 0 elsewhere."""
        values = self.uniform(0.0)
        values[self.domain.cells(region)] = 1.0
        return values

    def point_weights(self) -> Array:
        """(cells, points): volume that every quadrature point stands for, [um3] of a section or [um] of a column."""
        geometry, dimension = self.domain.mesh.geometry, self.domain.kind.dimension
        corners = geometry.x[geometry.dofmaps[0]][:, :, :dimension]
        jacobian = np.einsum("gpn,cnd->cpdg", self._corners[1:], corners)
        weights = self._weights * np.abs(np.linalg.det(jacobian))
        if self.domain.kind.axisymmetric:
            weights = weights * 2 * np.pi * np.einsum("pn,cn->cp", self._corners[0], corners[:, :, 0])
        return np.asarray(weights)

    def points(self) -> tuple[Array, Array]:
        """R and z of all quadrature points, (cells, points) each, [m]; r is 0 in a column."""
        geometry, dimension = self.domain.mesh.geometry, self.domain.kind.dimension
        corners = geometry.x[geometry.dofmaps[0]][:, :, :dimension] * 1e-6
        places = np.einsum("pn,cnd->dcp", self._corners[0], corners)
        return (places[0], places[1]) if dimension == 2 else (np.zeros_like(places[0]), places[0])

    def at_points(self, u: Array) -> Array:
        """The field of a vector (owned,)."""
        self._spread(u)
        return np.asarray(self._temperature.x.array[self.space.dofmap.list] @ self.shape.T)

    def _spread(self, u: Array) -> None:
        self._temperature.x.array[: self.owned] = u
        self._temperature.x.scatter_forward()

    def set_capacity(self, values: ThermalValues) -> None:
        """Assemble the storage matrix for a heat capacity."""
        self._capacity.x.array[:] = values.heat_capacity.ravel()
        self.storage.assemble()

    def set_conductivity(self, values: ThermalValues, *, assemble: bool = True) -> None:
        """Take a conductivity over; assemble the matrix unless `flux` is enough."""
        for name, function in self._conductivity.items():
            function.x.array[:] = getattr(values, f"{name}_conductivity").ravel()
        if assemble:
            self.conduction.assemble()

    def load(self, field: Array) -> Array:
        """The vector of a field: its integral against every shape function."""
        self._source.x.array[:] = field.ravel()
        return assembled_vector(self._load)[: self.owned]

    def flux(self, u: Array) -> Array:
        """K u with the conductivity as it is set, and h u on convective faces: heat that leaves each shape function."""
        self._spread(u)
        flow = assembled_vector(self._flow)[: self.owned]
        return flow if self.exchange is None else flow + self.exchange @ u

    def flux_matrices(self) -> list[Matrix]:
        """Conduction, and exchange where a face convects."""
        return [self.conduction] if self.exchange is None else [self.conduction, self.exchange]

    def total(self, values: Array) -> float:
        """Sum over all ranks."""
        return float(self.domain.comm.allreduce(float(values.sum()), op=MPI.SUM))

    def totals(self, values: Array) -> Array:
        """The same for every entry of an array."""
        return values if self.domain.comm.size == 1 else np.asarray(self.domain.comm.allreduce(values, op=MPI.SUM))

    def dot(self, a: Array, b: Array) -> float:
        """Scalar product over all ranks."""
        mine = float(a @ b)
        return mine if self.domain.comm.size == 1 else float(self.domain.comm.allreduce(mine, op=MPI.SUM))

    def dots(self, rows: Array, a: Array) -> Array:
        """(n,) scalar products of rows (n, owned) with a vector over all ranks."""
        return self.totals(rows @ a)
