"""Heat that carriers release as they move: what falls with their levels, and what they carry along.

    Joule     J_n . grad E_Fn + J_p . grad E_Fp
    Peltier   -div(J_n Pi_n + J_p Pi_p),   Pi_n = E_c - phi + 3/2 V_T - E_Fn,   Pi_p = E_v - phi - 3/2 V_T - E_Fp   [V]

An electron carries its band edge and 3/2 kT, and so does a missing hole; a metal hands over and takes E_F. Joule heat,
recombination R (E_Fn - E_Fp) and Peltier heat together are minus the divergence of that flux of energy. The last one
moves heat only: it cools where carriers are lifted into a band, warms where they fall, and its sum is zero.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from femled.domain.regions import basix, ufl
from femled.physics.carrier_data import material_names
from femled.physics.carriers import CENTRE, ELECTRONS, HOLES, IONS, POTENTIAL, Point, Variant, edges_of
from femled.physics.heat import Term
from femled.physics.migration import SLOT

KINETIC = 1.5
"""[kT] energy of a carrier above its band edge."""


@dataclass(frozen=True)
class CarrierHeatTerms:
    """Sources of heat of one kind of domain, from the same fluxes along edges as the equations of carriers.

    Args:
        cellwise: element of the test functions of `joule`: electrons, holes.
        joule: vector, the integral over every cell.
        peltier: vector, tested with the functions of the nodes: the components of electrons and of holes.
    """

    cellwise: Any
    joule: Term
    peltier: Term


@cache
def carrier_heat_terms(variant: Variant) -> CarrierHeatTerms:
    """The sources; what a form is compiled for is as of `carrier_terms`."""
    kind, mesh = variant.kind, variant.kind.ufl_mesh()
    space = ufl.FunctionSpace(mesh, basix.ufl.element("Lagrange", kind.cell, 1, shape=(IONS + variant.species,)))
    cellwise = basix.ufl.element("DG", kind.cell, 0, shape=(2,))
    names = (*material_names(), *(f"{name}_{k}" for k in range(variant.species) for name in SLOT), CENTRE)
    material = ufl.Coefficient(ufl.FunctionSpace(mesh, basix.ufl.element("DG", kind.cell, 0, shape=(len(names),))))
    u, v, cell = ufl.Coefficient(space), ufl.TestFunction(space), ufl.TestFunction(ufl.FunctionSpace(mesh, cellwise))
    m = {name: material[i] for i, name in enumerate(names)}
    at = Point(variant, u, m, (), None, None, None)
    kinetic = KINETIC * m["thermal_voltage"]
    lifted = (
        m["conduction_band"] - u[POTENTIAL] + kinetic - u[ELECTRONS],
        m["valence_band"] - u[POTENTIAL] - kinetic - u[HOLES],
    )
    joule, peltier = [], []
    for edges in edges_of(kind, mesh, m[CENTRE]):
        for i, (k, current, energy) in enumerate(
            zip((ELECTRONS, HOLES), at.carrier_fluxes(edges), lifted, strict=True)
        ):
            joule.append(edges.weight * current * u[k].dx(edges.direction) * cell[i] * edges.measure)
            peltier.append(-edges.weight * current * energy * v[k].dx(edges.direction) * edges.measure)
    data = {"u": u, "material": material}
    return CarrierHeatTerms(
        cellwise, Term(sum(joule[1:], joule[0]), data, {}), Term(sum(peltier[1:], peltier[0]), data, {})
    )
