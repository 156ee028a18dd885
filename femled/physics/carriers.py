"""Electrons and holes in a potential: drift-diffusion in quasi-Fermi levels, as weak forms.

    J_n = q mu_n n grad E_Fn,   J_p = q mu_p p grad E_Fp,   div J_n = q (R - G) = -div J_p,   and Poisson's equation

Unknowns u = (phi [V], E_Fn [eV], E_Fp [eV]), first order. Masses are lumped; fluxes are taken at the middle of a cell
with the factors of Scharfetter and Gummel (scharfetter1969):

    J = mu n_mid E_F' X(h phi'/(2 V_T g))/X(h E_F'/(2 V_T g)),   X(x) = x/sinh(x),   g = n/(dn/d eta)

which is exact for a linear potential, never subtracts two densities and vanishes for a flat Fermi level.
Every quadrature rule has its own integral id: FFCx 0.11 mixes up the coefficients of two rules in one integral.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.domain.regions import Kind, basix, ufl
from femled.materials import Semiconductor
from femled.physics.electrostatics import DENSITY, displacement
from femled.physics.heat import Term
from femled.physics.recombination import auger_coefficient, excess_product, trap_coefficient
from femled.physics.statistics import CROWDING, degeneracy, occupation

Array = NDArray[np.float64]

MIDDLE, CORNERS = 1, 2
"""Integral ids of the two quadrature rules; both cover all cells."""

FLUX = ELEMENTARY_CHARGE * DENSITY * 1e-9
"""[A/m2] of a flux of 1e24/m3 nm/s; the same of a rate 1e24/m3/s over 1 nm."""

_AREA = 1e18
"""[nm2/m2]"""


def material_data(semiconductor: Semiconductor, temperature: float) -> dict[str, float]:
    """The numbers of a layer in the units of the forms (nm, 1e24/m3, V, s).

    Args:
        semiconductor: of the layer.
        temperature: [K].
    """
    s, vt = semiconductor, BOLTZMANN * temperature / ELEMENTARY_CHARGE
    gamma = CROWDING[s.statistics]
    nc, nv = s.conduction_band_density / DENSITY, s.valence_band_density / DENSITY
    trap = s.intrinsic_level_ev(temperature) if s.trap_level_ev is None else s.trap_level_ev
    return {
        "permittivity": s.relative_permittivity,
        "conduction_band": s.conduction_band_ev,
        "valence_band": s.valence_band_ev,
        "conduction_states": nc,
        "valence_states": nv,
        "crowding": gamma,
        "gap": float(np.exp((s.valence_band_ev - s.conduction_band_ev) / vt)),
        "doping": (s.donor_density - s.acceptor_density) / DENSITY,
        "electron_mobility": s.electron_mobility * _AREA,
        "hole_mobility": s.hole_mobility * _AREA,
        "radiative": s.radiative_coefficient * DENSITY,
        "auger_electron": s.auger_electron_coefficient * DENSITY**2,
        "auger_hole": s.auger_hole_coefficient * DENSITY**2,
        "traps": 0.0 if s.srh_electron_lifetime is None else 1.0,
        "electron_lifetime": s.srh_electron_lifetime or 1.0,
        "hole_lifetime": s.srh_hole_lifetime or 1.0,
        "trap_electrons": nc * float(occupation(np.exp((trap - s.conduction_band_ev) / vt), gamma)),
        "trap_holes": nv * float(occupation(np.exp((s.valence_band_ev - trap) / vt), gamma)),
    }


def equilibrium_densities(data: dict[str, float], potential: Any, vt: float) -> tuple[Any, Any]:
    """Electrons and holes [1e24/m3] at a potential [V] for Fermi levels at zero.

    Args:
        data: from `material_data`.
        potential: any shape, [V].
        vt: [V] thermal voltage.
    """
    electrons = np.exp(np.clip((potential - data["conduction_band"]) / vt, -690, 690))
    holes = np.exp(np.clip((data["valence_band"] - potential) / vt, -690, 690))
    gamma = data["crowding"]
    return (
        data["conduction_states"] * occupation(electrons, gamma),
        data["valence_states"] * occupation(holes, gamma),
    )


def neutral_potential(data: dict[str, float], vt: float) -> float:
    """[V] at which a layer in equilibrium is neutral, minorities included: p - n + N_D - N_A = 0.

    Also its work function as a level against vacuum [eV].
    """
    low, high = data["valence_band"] - 60 * vt, data["conduction_band"] + 60 * vt
    for _ in range(200):
        middle = (low + high) / 2
        n, p = equilibrium_densities(data, middle, vt)
        low, high = (middle, high) if p - n + data["doping"] > 0 else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class CarrierTerms:
    """The coupled equations of one kind of domain.

    Args:
        element: of u.
        parameters: names of the components of the cellwise material data, in order.
        residual: vector.
        jacobian: its derivative, with the ions' answer to the potential.
        rates: name -> scalar, the integral of a recombination rate.
    """

    element: Any
    parameters: tuple[str, ...]
    residual: Term
    jacobian: Term
    rates: dict[str, Term]


def _x_over_sinh(x: Any) -> Any:
    series = 1 - x**2 / 6 + 7 * x**4 / 360
    return ufl.conditional(ufl.lt(abs(x), 1e-2), series, x / ufl.sinh(x))


def flux(conductance: Any, slope: Any, field: Any, step: Any) -> Any:
    """Scharfetter-Gummel flux between two nodes, from values at the middle.

    Args:
        conductance: mu n at the middle.
        slope: E_F'.
        field: phi'.
        step: h/(2 V_T g).
    """
    return conductance * slope * _x_over_sinh(step * field) / _x_over_sinh(step * slope)


@cache
def carrier_terms(kind: Kind) -> CarrierTerms:
    """The equations on a column; all numbers are data, so that they are compiled once for all devices."""
    mesh = kind.ufl_mesh()
    element = basix.ufl.element("Lagrange", kind.cell, 1, shape=(3,))
    space = ufl.FunctionSpace(mesh, element)
    u, v, du = ufl.Coefficient(space), ufl.TestFunction(space), ufl.TrialFunction(space)
    parameters = material_names()
    cellwise = ufl.FunctionSpace(mesh, basix.ufl.element("DG", kind.cell, 0, shape=(len(parameters),)))
    corners = ufl.FunctionSpace(mesh, basix.ufl.element("DG", kind.cell, 1))
    material, charge, screening = ufl.Coefficient(cellwise), ufl.Coefficient(corners), ufl.Coefficient(corners)
    vt = ufl.Constant(mesh)
    m = {name: material[i] for i, name in enumerate(parameters)}
    middle = ufl.dx(MIDDLE, domain=mesh, metadata={"quadrature_degree": 1})
    lumped = ufl.dx(CORNERS, domain=mesh, metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})

    phi, level_n, level_p = u[0], u[1], u[2]
    factor_n = ufl.exp((level_n - m["conduction_band"] + phi) / vt)
    factor_p = ufl.exp((m["valence_band"] - phi - level_p) / vt)
    n = m["conduction_states"] * occupation(factor_n, m["crowding"])
    p = m["valence_states"] * occupation(factor_p, m["crowding"])

    half = abs(ufl.Jacobian(mesh)[0, 0]) / (2 * vt)
    flux_n = flux(m["electron_mobility"] * n, level_n.dx(0), phi.dx(0), half / degeneracy(factor_n, m["crowding"]))
    flux_p = flux(m["hole_mobility"] * p, level_p.dx(0), phi.dx(0), half / degeneracy(factor_p, m["crowding"]))
    product = excess_product(factor_n, factor_p, m["conduction_states"] * m["valence_states"], m["gap"], m["crowding"])
    rates = {
        "radiative": m["radiative"] * product,
        "srh": trap_coefficient(n, p, m) * product,
        "auger": auger_coefficient(n, p, m) * product,
    }
    rate = sum(rates.values())
    residual = (displacement(m["permittivity"], phi, v[0]) + flux_n * v[1].dx(0) + flux_p * v[2].dx(0)) * middle + (
        -(p - n + m["doping"] + charge) * v[0] + rate * v[1] - rate * v[2]
    ) * lumped
    jacobian = ufl.derivative(residual, u, du) + screening * du[0] * v[0] * lumped
    data, constants = {"u": u, "material": material}, {"vt": vt}
    return CarrierTerms(
        element=element,
        parameters=parameters,
        residual=Term(residual, {**data, "charge": charge}, constants),
        jacobian=Term(jacobian, {**data, "screening": screening}, constants),
        rates={name: Term(value * lumped, data, constants) for name, value in rates.items()},
    )


@cache
def material_names() -> tuple[str, ...]:
    """Names of the numbers of a layer, in the order of `material_data`."""
    plain = Semiconductor(
        relative_permittivity=1.0,
        conduction_band_ev=-4.0,
        valence_band_ev=-5.0,
        conduction_band_density=1e24,
        valence_band_density=1e24,
        electron_mobility=1e-4,
        hole_mobility=1e-4,
    )
    return tuple(material_data(plain, 300.0))
