"""The peer of the heat rows: scikit-fem and SuperLU on the same mesh, with the same steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import skfem
from scipy.sparse.linalg import splu
from skfem.helpers import grad

from femled.domain.regions import Domain
from femled.materials import Material
from femled.solve.stepping import GAMMA, D, W


@dataclass(frozen=True)
class SectionArrays:
    """A section as plain arrays, in micrometres.

    Args:
        points: (2, nodes).
        cells: (4, cells), corners in turn.
        heat_capacity: (cells,), [J/m3/K].
        radial: (cells,), [W/m/K].
        axial: (cells,), [W/m/K].
        heated: (cells,), 1 in the emitter inside the opening.
    """

    points: np.ndarray
    cells: np.ndarray
    heat_capacity: np.ndarray
    radial: np.ndarray
    axial: np.ndarray
    heated: np.ndarray


def arrays(domain: Domain, ambient: float) -> SectionArrays:
    geometry = domain.mesh.geometry
    corners = geometry.dofmaps[0][:, [0, 1, 3, 2]]
    laws = {name: m for name, m in domain.matter.items() if isinstance(m, Material)}
    heated = np.zeros(len(corners))
    heated[domain.cells("emitter")] = 1.0
    return SectionArrays(
        geometry.x[:, :2].T.copy(),
        corners.T.copy(),
        domain.cellwise({g: float(m.density.at(ambient) * m.heat_capacity.at(ambient)) for g, m in laws.items()}),
        domain.cellwise({g: float(m.radial_conductivity.at(ambient)) for g, m in laws.items()}),
        domain.cellwise({g: float(m.axial_conductivity.at(ambient)) for g, m in laws.items()}),
        heated,
    )


def solve(
    section: SectionArrays, power: float, thickness: float, pulse: Sequence[float], decay: Sequence[float]
) -> float:
    """Mean emitter rise [K] at the end of a pulse and a decay with given steps [s]; base fixed, the rest adiabatic."""
    basis = skfem.Basis(skfem.MeshQuad(section.points, section.cells), skfem.ElementQuad2(), intorder=5)
    per_cell = basis.with_element(skfem.ElementQuad0())
    fields = {
        name: per_cell.interpolate(getattr(section, name)) for name in ("heat_capacity", "radial", "axial", "heated")
    }

    @skfem.BilinearForm
    def mass(u, v, w):
        return w["heat_capacity"] * u * v * 2 * np.pi * w.x[0]

    @skfem.BilinearForm
    def stiffness(u, v, w):
        flow = w["radial"] * grad(u)[0] * grad(v)[0] + w["axial"] * grad(u)[1] * grad(v)[1]
        return 1e12 * flow * 2 * np.pi * w.x[0]

    @skfem.LinearForm
    def indicator(v, w):
        return w["heated"] * v * 2 * np.pi * w.x[0]

    M, K, F = mass.assemble(basis, **fields), stiffness.assemble(basis, **fields), indicator.assemble(basis, **fields)
    free = basis.complement_dofs(basis.get_dofs(lambda x: np.isclose(x[1], 0.0)))
    M, K, F = M[free][:, free].tocsc(), K[free][:, free].tocsc(), F[free]
    source, weights = F * power / thickness, F / F.sum()
    factors: dict[float, object] = {}
    u = np.zeros(len(free))
    for steps, load in ((pulse, source), (decay, 0.0 * source)):
        rate = load - K @ u
        for h in steps:
            key = float(f"{h:.10e}")
            if key not in factors:
                factors[key] = splu(M + D * h * K)
            content = M @ u
            gained = M @ factors[key].solve(content + D * h * (rate + load)) - content
            right = content + (W / D) * gained
            u = factors[key].solve(right + D * h * load)
            rate = (M @ u - right) / (D * h)
    assert abs(GAMMA / 2 - D) < 1e-15
    return float(weights @ u)
