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


def _nothing(_: ContactFilm) -> float:
    """What a contact film stores, and what it carries sideways."""
    return 0.0


@dataclass(frozen=True)
class ThermalLaws:
    """Material laws of a domain, evaluated cell by cell at any number of points.

    Args:
        domain: whose groups carry the materials.
    """

    domain: Domain

    def vary_above(self, temperature: float) -> bool:
        """Whether any property of the domain changes as it heats up from a temperature [K]."""
        materials = (matter for matter in self.domain.matter.values() if isinstance(matter, Material))
        return any(law.varies_above(temperature) for m in materials for law in m.thermal_properties.values())

    def heat_capacity(self, temperature: Array) -> Array:
        """Volumetric heat capacity c = rho c_p.

        Args:
            temperature: (cells, points), [K].

        Returns:
            (cells, points), [J/m3/K]; contact films hold no heat.
        """
        return self._evaluate(temperature, lambda m, T: m.density.at(T) * m.heat_capacity.at(T), _nothing)

    def enthalpy(self, temperature: Array, reference: float) -> Array:
        """Volumetric enthalpy H = rho Int c_p dT' above a reference temperature.

        Args:
            temperature: (cells, points), [K].
            reference: [K].

        Returns:
            (cells, points), [J/m3].
        """

        def law(m: Material, T: Array) -> Array:
            return m.density.at(reference) * (m.heat_capacity.integral(T) - m.heat_capacity.integral(reference))

        return self._evaluate(temperature, law, _nothing)

    def radial_conductivity(self, temperature: Array) -> Array:
        """Kappa along the layers.

        Args:
            temperature: (cells, points), [K].

        Returns:
            (cells, points), [W/m/K]; contact films carry nothing sideways.
        """
        return self._evaluate(temperature, lambda m, T: m.radial_conductivity.at(T), _nothing)

    def axial_conductivity(self, temperature: Array) -> Array:
        """Kappa through the layers.

        Args:
            temperature: (cells, points), [K].

        Returns:
            (cells, points), [W/m/K].
        """
        return self._evaluate(
            temperature, lambda m, T: m.axial_conductivity.at(T), lambda film: film.axial_conductivity
        )

    def _evaluate(self, temperature: Array, of_material: Any, of_film: Any) -> Array:
        values = np.empty_like(temperature)
        for matter, cells in self._cells:
            values[cells] = (
                of_film(matter) if isinstance(matter, ContactFilm) else of_material(matter, temperature[cells])
            )
        return values

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
