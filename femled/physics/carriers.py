"""Electrons, holes and mobile ions in a potential: drift-diffusion in quasi-Fermi levels, as weak forms.

    J_n = q mu_n n grad E_Fn,   J_p = q mu_p p grad E_Fp
    q dn/dt - div J_n = q (G - R),   q dp/dt + div J_p = q (G - R),   Poisson's equation, and every species of ions

Unknowns u = (phi [V], E_Fn [eV], E_Fp [eV], mu [V] of every moving species), first order. Masses are lumped; fluxes are
taken along each coordinate at the middles of the edges parallel to it (`scharfetter_gummel`). On quadrilaterals along r
and z this is the method of finite volumes around the nodes: with 2 pi r at the middle of an edge along r, and
2 pi (r_node + r_centre)/2 at a node and at the middle of an edge along z, dual cells have their exact area.
Every quadrature rule has its own integral id: FFCx 0.11 mixes up the coefficients of two rules in one integral.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from femled.constants import ELEMENTARY_CHARGE
from femled.domain.regions import Kind, basix, ufl
from femled.physics.carrier_data import CARRIERS, band_of, material_names
from femled.physics.electrostatics import DENSITY, displacement
from femled.physics.heat import Term
from femled.physics.migration import SLOT, Migration
from femled.physics.recombination import (
    auger_coefficient,
    crowded_product,
    intrinsic_product,
    level_densities,
    net_product,
    trap_coefficient,
)
from femled.physics.scharfetter_gummel import flux
from femled.physics.statistics import activity, filling, filling_degeneracy
from femled.physics.traps import TrapLevel, trap_charge

CORNERS = 1
"""Integral id of the masses."""

EDGES = (2, 3)
"""Integral ids of the fluxes along the last coordinate, and along r."""

FLUX = ELEMENTARY_CHARGE * DENSITY * 1e-9
"""[A/m2] of a flux of 1e24/m3 nm/s; the same of a rate 1e24/m3/s over 1 nm."""

POTENTIAL, ELECTRONS, HOLES, IONS = 0, 1, 2, 3
"""Components of the unknown; ions from the fourth on."""

MECHANISMS = ("radiative", "srh", "auger")

CENTRE = "centre"
"""Name of the radius of a cell's centre among the cellwise data."""


@dataclass(frozen=True)
class CarrierTerms:
    """The coupled equations of one kind of domain.

    Args:
        element: of u.
        parameters: names of the components of the cellwise material data, in order; those of the species follow.
        residual: vector.
        jacobian: its derivative, with the answer of resting ions to the potential.
        rates: name -> scalar, the integral of a recombination rate.
    """

    element: Any
    parameters: tuple[str, ...]
    residual: Term
    jacobian: Term
    rates: dict[str, Term]


@dataclass(frozen=True)
class Edges:
    """The edges of a cell along one coordinate.

    Args:
        direction: of the coordinate.
        size: [nm] of the cell along it.
        weight: 2 pi r, or 1.
        measure: at the middles.
    """

    direction: int
    size: Any
    weight: Any
    measure: Any


def _corners(kind: Kind, mesh: Any, centre: Any) -> tuple[Any, Any]:
    """Weight and measure of the masses."""
    measure = ufl.dx(CORNERS, domain=mesh, metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})
    weight = ufl.pi * (ufl.SpatialCoordinate(mesh)[0] + centre) if kind.axisymmetric else ufl.as_ufl(1.0)
    return weight, measure


def edges_of(kind: Kind, mesh: Any, centre: Any) -> tuple[Edges, ...]:
    """The edges of every direction; fluxes are taken along one at a time.

    Args:
        kind: of domain.
        mesh: of the forms.
        centre: [nm] radius of a cell's centre.
    """
    jacobian, r = ufl.Jacobian(mesh), ufl.SpatialCoordinate(mesh)[0]
    if kind.dimension == 1:
        measure = ufl.dx(EDGES[0], domain=mesh, metadata={"quadrature_degree": 1})
        return (Edges(0, abs(jacobian[0, 0]), ufl.as_ufl(1.0), measure),)

    def middles(number: int, points: list[list[float]]) -> Any:
        rule = {
            "quadrature_rule": "custom",
            "quadrature_points": np.array(points),
            "quadrature_weights": np.full(2, 0.5),
        }
        return ufl.dx(number, domain=mesh, metadata=rule)

    along_z, along_r = middles(EDGES[0], [[0.0, 0.5], [1.0, 0.5]]), middles(EDGES[1], [[0.5, 0.0], [0.5, 1.0]])
    return (
        Edges(1, abs(jacobian[1, 1]), ufl.pi * (r + centre), along_z),
        Edges(0, abs(jacobian[0, 0]), 2 * ufl.pi * r, along_r),
    )


def integral_ids(kind: Kind) -> tuple[int, ...]:
    """Ids that all cover the whole mesh."""
    return (CORNERS, *EDGES[: kind.dimension])


@dataclass(frozen=True)
class Variant:
    """What a form is compiled for; everything else is data.

    Args:
        kind: of domain.
        species: number of moving species that a node can have.
        families: of band statistics, from `families_of`.
        holding: whether traps hold charge.
        pairs: whether species may be pairs.
    """

    kind: Kind
    species: int = 0
    families: tuple[str, ...] = ("crowded",)
    holding: bool = False
    pairs: bool = False


@dataclass(frozen=True)
class Point:
    """What the unknowns mean at a point of the forms: densities, rates and fluxes.

    Args:
        variant: of the form.
        u: the unknowns.
        material: by name.
        ions: data of every species by the names of `SLOT`.
        traps: number of traps over that of the material data.
        past: occupation of traps that the derivative refers to.
        growth: [1/s] of the traps.
    """

    variant: Variant
    u: Any
    material: dict[str, Any]
    ions: tuple[dict[str, Any], ...]
    traps: Any
    past: Any
    growth: Any

    @property
    def _etas(self) -> tuple[Any, Any]:
        m, phi, vt = self.material, self.u[POTENTIAL], self.material["thermal_voltage"]
        return (self.u[ELECTRONS] - m["conduction_band"] + phi) / vt, (m["valence_band"] - phi - self.u[HOLES]) / vt

    def _bands(self, law: Any) -> tuple[Any, Any]:
        """A law of band statistics for electrons and holes."""
        electrons, holes = (band_of(self.material, carrier) for carrier in CARRIERS)
        eta_n, eta_p = self._etas
        return law(eta_n, electrons, self.variant.families), law(eta_p, holes, self.variant.families)

    @property
    def densities(self) -> tuple[Any, Any]:
        """[1e24/m3] n, p."""
        share_n, share_p = self._bands(filling)
        return self.material["conduction_states"] * share_n, self.material["valence_states"] * share_p

    @property
    def migrations(self) -> list[Migration]:
        """Every species."""
        phi, vt = self.u[POTENTIAL], self.material["thermal_voltage"]
        return [Migration(data, self.u[IONS + k], phi, vt, self.variant.pairs) for k, data in enumerate(self.ions)]

    @property
    def _level_densities(self) -> tuple[Any, Any]:
        return level_densities(self.material["trap_electrons"], self.material["trap_holes"], *self._bands(activity))

    @property
    def _net_product(self) -> Any:
        """N p - n_i^2."""
        m, (eta_n, eta_p) = self.material, self._etas
        states = m["conduction_states"] * m["valence_states"]
        if self.variant.families == ("crowded",):
            free = intrinsic_product(states, 1.0, *self._bands(activity))
            return crowded_product(ufl.exp(eta_n), ufl.exp(eta_p), free, m["gap"])
        intrinsic = intrinsic_product(states, m["gap"], *self._bands(activity))
        splitting = (self.u[ELECTRONS] - self.u[HOLES]) / m["thermal_voltage"]
        return net_product(*self.densities, intrinsic, splitting)

    @property
    def rates(self) -> dict[str, Any]:
        """[1e24/m3/s] of every mechanism."""
        m = self.material
        n, p = self.densities
        net = self._net_product
        return {
            "radiative": m["radiative"] * net,
            "srh": self.traps * trap_coefficient(n, p, *self._level_densities, m) * net,
            "auger": auger_coefficient(n, p, m) * net,
        }

    @property
    def _trap(self) -> TrapLevel:
        m = self.material
        (n, p), (n1, p1) = self.densities, self._level_densities
        density = self.traps * m["trap_density"]
        return TrapLevel(n, p, n1, p1, self.traps / m["electron_lifetime"], self.traps / m["hole_lifetime"], density)

    @property
    def held(self) -> Any:
        """[1e24/m3] charge of traps."""
        if not self.variant.holding:
            return ufl.as_ufl(0.0)
        m, trap = self.material, self._trap
        share = trap.occupation(self.past, self.growth)
        return m["trap_holds"] * trap_charge(share, trap.density, m["empty_charge"], m["filled_charge"])

    @property
    def lag(self) -> tuple[Any, Any]:
        """[1e24/m3/s] by which traps catch electrons and holes beyond the steady rate."""
        if not self.variant.holding:
            return ufl.as_ufl(0.0), ufl.as_ufl(0.0)
        late_n, late_p = self._trap.captures(0.0, self.past, self.growth)
        return self.material["trap_holds"] * late_n, self.material["trap_holds"] * late_p

    def carrier_fluxes(self, edges: Edges) -> tuple[Any, Any]:
        """J_n and J_p over q along the edges."""
        m, d, phi = self.material, edges.direction, self.u[POTENTIAL]
        half = edges.size / (2 * m["thermal_voltage"])
        mobilities = m["electron_mobility"], m["hole_mobility"]
        states = m["conduction_states"], m["valence_states"]
        laws = zip(self._etas, self._bands(activity), self._bands(filling_degeneracy), strict=True)
        electrons, holes = (
            flux(mobility * number * share, eta, self.u[k].dx(d), phi.dx(d), half / degeneracy)
            for k, (eta, share, degeneracy), mobility, number in zip(
                (ELECTRONS, HOLES), laws, mobilities, states, strict=True
            )
        )
        return electrons, holes

    def flux(self, v: Any, edges: Edges) -> Any:
        """Integrand of all fluxes along the edges."""
        d, phi = edges.direction, self.u[POTENTIAL]
        total = displacement(self.material["permittivity"], phi, v[POTENTIAL], d)
        for k, current in zip((ELECTRONS, HOLES), self.carrier_fluxes(edges), strict=True):
            total += current * v[k].dx(d)
        for k, one in enumerate(self.migrations):
            total += one.flux(d, edges.size) * v[IONS + k].dx(d)
        return total


@cache
def carrier_terms(variant: Variant) -> CarrierTerms:
    """The equations; all numbers are data, so that they are compiled once for all devices of a variant."""
    kind, species, mesh = variant.kind, variant.species, variant.kind.ufl_mesh()
    element = basix.ufl.element("Lagrange", kind.cell, 1, shape=(IONS + species,))
    space = ufl.FunctionSpace(mesh, element)
    u, v, du = ufl.Coefficient(space), ufl.TestFunction(space), ufl.TrialFunction(space)
    names = (*material_names(), *(f"{name}_{k}" for k in range(species) for name in SLOT), CENTRE)
    cellwise = ufl.FunctionSpace(mesh, basix.ufl.element("DG", kind.cell, 0, shape=(len(names),)))
    corners = ufl.FunctionSpace(mesh, basix.ufl.element("DG", kind.cell, 1))
    material = ufl.Coefficient(cellwise)
    charge, screening, traps, growth_n, growth_p, past = (ufl.Coefficient(corners) for _ in range(6))
    growth_ions, growth_traps = ufl.Constant(mesh), ufl.Constant(mesh)

    m = {name: material[i] for i, name in enumerate(names)}
    slots = tuple({name: m[f"{name}_{k}"] for name in SLOT} for k in range(species))
    at = Point(variant, u, m, slots, traps, past, growth_traps)
    (n, p), rates, (late_n, late_p) = at.densities, at.rates, at.lag
    rate = sum(rates.values())
    ions = sum((one.data["charge"] * one.conserved for one in at.migrations), ufl.as_ufl(0.0))
    masses = (
        -(p - n + m["doping"] + charge + ions + at.held) * v[POTENTIAL]
        + (rate + late_n + growth_n * n) * v[ELECTRONS]
        - (rate + late_p + growth_p * p) * v[HOLES]
    )
    for k, one in enumerate(at.migrations):
        masses += growth_ions * one.conserved * v[IONS + k]
    weight, lumped = _corners(kind, mesh, m[CENTRE])
    residual = weight * masses * lumped
    for edges in edges_of(kind, mesh, m[CENTRE]):
        residual += edges.weight * at.flux(v, edges) * edges.measure
    jacobian = ufl.derivative(residual, u, du) + weight * screening * du[POTENTIAL] * v[POTENTIAL] * lumped
    static = {"u": u, "material": material, "traps": traps}
    trapped = {"past": past} if variant.holding else {}
    growth = {"growth_traps": growth_traps} if variant.holding else {}
    dynamic = {**static, **trapped, "growth_n": growth_n, "growth_p": growth_p}
    constants = growth | ({"growth_ions": growth_ions} if species else {})
    rates["srh"] += late_p
    tied = {name: (trapped, growth) if name == "srh" else ({}, {}) for name in rates}
    return CarrierTerms(
        element=element,
        parameters=names,
        residual=Term(residual, {**dynamic, "charge": charge}, constants),
        jacobian=Term(jacobian, {**dynamic, "screening": screening}, constants),
        rates={
            name: Term(weight * value * lumped, static | tied[name][0], tied[name][1]) for name, value in rates.items()
        },
    )
