"""Heat conduction: the weak form of its terms and the material laws at quadrature points.

    rho c_p(T) dT/dt = div(kappa(T) grad T) + Q            in the section
    -kappa dT/dn = h (T - T_ambient)                        on a convective face
    T = T_ambient                                           on a fixed face
    T_upper - T_lower = R'' q                               across a contact film

tested with v and integrated with 2 pi r (carslaw1959). Lengths of the mesh are micrometres, so gradients are per
micrometre: with volumes in um3 and the factor 1e12 below, K u and M du/dt come out in W per 1e-18 m3.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.domain.layout import ContactFilm
from femled.domain.regions import QUADRATURE_DEGREE, Domain, Kind, basix, ufl
from femled.materials import Material
from femled.physics.thermal_pieces import ThermalPieces, ThermalValues

GRADIENT_SCALE = 1e12
"""[1/m2 over 1/um2] of the product of two gradients."""

FACE_SCALE = 1e6
"""[1/m over 1/um] of a face integral against a volume integral."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """One term of the weak form with the data it takes.

    Args:
        form: the form on an abstract mesh.
        test_space: element of the unknown.
        data: name -> coefficient at quadrature points.
        constants: name -> constant.
    """

    form: Any
    data: dict[str, Any]
    constants: dict[str, Any]


@dataclass(frozen=True)
class HeatTerms:
    """All terms of heat conduction for one kind of domain.

    storage:      Int c u v                       c = rho c_p [J/m3/K]
    conduction:   Int kappa_i d_i u d_i v         kappa [W/m/K], radial and axial
    flow:         the same with the temperature itself for u, a vector
    exchange:     Int_face h u v                  h [W/m2/K] of base and outer faces
    load:         Int q v                         q [W/m3]

    Args:
        element: of the temperature, second order.
        storage: mass matrix.
        conduction: stiffness matrix.
        flow: the stiffness matrix times a temperature, without forming it.
        exchange: matrix of the convective faces.
        load: vector of a field given at quadrature points.
    """

    element: Any
    storage: Term
    conduction: Term
    flow: Term
    exchange: Term
    load: Term


BASE, OUTER = 1, 2


@cache
def heat_terms(kind: Kind) -> HeatTerms:
    """The terms of heat conduction on a kind of domain; sections and columns differ in the measure only."""
    mesh = kind.ufl_mesh()
    element = basix.ufl.element("Lagrange", kind.cell, 2)
    space = ufl.FunctionSpace(mesh, element)
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    weight = kind.weight(mesh)
    dx = ufl.dx(domain=mesh, metadata={"quadrature_degree": QUADRATURE_DEGREE})
    ds = ufl.ds(domain=mesh, metadata={"quadrature_degree": QUADRATURE_DEGREE})
    points = ufl.FunctionSpace(mesh, basix.ufl.quadrature_element(kind.cell, degree=QUADRATURE_DEGREE))

    c, q = ufl.Coefficient(points), ufl.Coefficient(points)
    kappa = {name: ufl.Coefficient(points) for name in (("radial", "axial") if kind.dimension == 2 else ("axial",))}
    conduction = GRADIENT_SCALE * sum(k * u.dx(i) * v.dx(i) for i, k in enumerate(kappa.values())) * weight * dx
    temperature = ufl.Coefficient(space)
    h_base, h_outer = ufl.Constant(mesh), ufl.Constant(mesh)
    return HeatTerms(
        element=element,
        storage=Term(c * u * v * weight * dx, {"c": c}, {}),
        conduction=Term(conduction, kappa, {}),
        flow=Term(ufl.replace(conduction, {u: temperature}), {"temperature": temperature, **kappa}, {}),
        exchange=Term(
            FACE_SCALE * u * v * weight * h_base * ds(BASE) + FACE_SCALE * u * v * weight * h_outer * ds(OUTER),
            {},
            {"base": h_base, "outer": h_outer},
        ),
        load=Term(q * v * weight * dx, {"q": q}, {}),
    )


_NAMES = ("heat_capacity", "enthalpy", "radial_conductivity", "axial_conductivity")
_Pieces = tuple[NDArray[np.intp], list[tuple[ContactFilm, NDArray[np.intp]]], ThermalPieces]


@dataclass(frozen=True)
class ThermalLaws:
    """Material laws of a domain, evaluated cell by cell at its quadrature points.

    Args:
        domain: whose groups carry the materials.
        reference: [K] from which enthalpies are counted.
    """

    domain: Domain
    reference: float

    def vary_above(self, temperature: float) -> bool:
        """Whether any property of the domain changes as it heats up from a temperature [K]."""
        materials = (matter for matter in self.domain.matter.values() if isinstance(matter, Material))
        return any(law.varies_above(temperature) for m in materials for law in m.thermal_properties.values())

    def at(self, temperature: Array) -> ThermalValues:
        """All properties; contact films hold no heat and carry nothing sideways.

        Args:
            temperature: (cells, points), [K].

        Returns:
            (cells, points) of every property.

        Raises:
            InputError: below 1 K, or not a number.
        """
        solid, films, pieces = self._pieces(temperature.shape[1])
        if not films:
            found = pieces.at(temperature.ravel())
            return ThermalValues(*(getattr(found, name).reshape(temperature.shape) for name in _NAMES))
        found = pieces.at(temperature[solid].ravel())
        values = {name: np.zeros_like(temperature) for name in _NAMES}
        for name, field in values.items():
            field[solid] = getattr(found, name).reshape(-1, temperature.shape[1])
        for film, cells in films:
            values["axial_conductivity"][cells] = film.axial_conductivity
        return ThermalValues(**values)

    def _pieces(self, points: int) -> _Pieces:
        """Cells of materials, films with their cells, and the laws at so many points a cell."""
        if points not in self._known:
            solids = [(matter, cells) for matter, cells in self._cells if isinstance(matter, Material)]
            films = [(matter, cells) for matter, cells in self._cells if isinstance(matter, ContactFilm)]
            owner = np.full(len(self.domain.cell_group), -1)
            for number, (_, cells) in enumerate(solids):
                owner[cells] = number
            solid = np.flatnonzero(owner >= 0)
            laws = ThermalPieces([matter for matter, _ in solids], np.repeat(owner[solid], points), self.reference)
            self._known[points] = (solid, films, laws)
        return self._known[points]

    @cached_property
    def _known(self) -> dict[int, _Pieces]:
        return {}

    @cached_property
    def _cells(self) -> list[tuple[Material | ContactFilm, NDArray[np.intp]]]:
        """Local cells of every material and contact film."""
        groups: dict[Material | ContactFilm, list[int]] = {}
        for name, matter in self.domain.matter.items():
            groups.setdefault(matter, []).append(self.domain.groups[name])
        return [
            (matter, np.flatnonzero(np.isin(self.domain.cell_group, numbers))) for matter, numbers in groups.items()
        ]

    def warnings(self, lowest: float, highest: float) -> list[str]:
        """A sentence for every tabulated law that was asked beyond its end points and held constant there.

        Args:
            lowest: [K] lowest temperature met.
            highest: [K] highest temperature met.
        """
        found = []
        for material, _ in self._cells:
            if not isinstance(material, Material):
                continue
            for name, law in material.thermal_properties.items():
                if law.outside(lowest, highest):
                    ends = f"{law.temperature[0]} .. {law.temperature[-1]}"
                    found.append(f"{name} of {material.name} is tabulated for {ends} and was held constant outside")
        return found
