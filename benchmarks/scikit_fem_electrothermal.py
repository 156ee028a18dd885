"""The peer of the coupled row: scikit-fem and SuperLU, heat and a sheet in turn, on the same mesh with given steps."""

from collections.abc import Sequence

import numpy as np
import skfem
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu
from skfem.helpers import grad

from benchmarks.scikit_fem_heat import SectionArrays
from femled.physics.local_law import ArrheniusLaw
from femled.solve.stepping import D, W

PASSES, AGREED = 30, 1e-8


class Part:
    """Quadrature points of some cells: values there from unknowns, and loads from what is released there."""

    def __init__(self, mesh, cells):
        basis = skfem.Basis(mesh, skfem.ElementQuad2(), elements=cells, intorder=5)
        self.r = basis.global_coordinates().value[0].ravel()
        self.weights = basis.dx.ravel() * 2 * np.pi * self.r
        rows, columns, values = [], [], []
        index = np.arange(len(self.r)).reshape(basis.dx.shape)
        for local in range(basis.Nbfun):
            value = np.broadcast_to(basis.basis[local][0].value, basis.dx.shape)
            rows.append(index.ravel())
            columns.append(np.repeat(basis.element_dofs[local], basis.dx.shape[1]))
            values.append(value.ravel())
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        self.values = coo_matrix(entries, shape=(len(self.r), basis.N)).tocsr()


class Sheet:
    """Voltages of a rim-fed sheet above the emitter, P2 in the radius, with its lead as a resistance."""

    def __init__(self, radii, emitter: Part, thickness: float, ohms: float, feed: float):
        basis = skfem.Basis(skfem.MeshLine(radii), skfem.ElementLineP2(), intorder=4)
        self.basis, self.ohms = basis, ohms

        @skfem.BilinearForm
        def spread(u, v, w):
            return grad(u)[0] * grad(v)[0] * 2 * np.pi * w.x[0]

        self.spread = spread.assemble(basis).toarray() / ohms
        self.places = basis.probes(emitter.r[None, :]).toarray()
        self.areas = emitter.weights * 1e-18 / thickness
        self.rim = int(np.argmax(basis.doflocs[0]))
        self.lead = ohms * np.log(feed / (radii[-1] * 1e-6)) / (2 * np.pi)
        self.u = np.zeros(basis.N)

    def solve(self, law: ArrheniusLaw, volts: float, temperature):
        """Voltages at these temperatures, from the last ones on; the current."""
        if not self.u.any():
            self.u[:] = volts
        for _ in range(PASSES):
            found = law.at(self.places @ self.u, temperature)
            residual = self.spread @ self.u + self.places.T @ (self.areas * found.current_density)
            residual[self.rim] -= (volts - self.u[self.rim]) / self.lead
            matrix = self.spread + self.places.T @ ((self.areas * found.by_voltage)[:, None] * self.places)
            matrix[self.rim, self.rim] += 1 / self.lead
            step = np.linalg.solve(matrix, -residual)
            self.u = self.u + step
            if np.abs(step).max() < 1e-10 * volts:
                break
        voltage = self.places @ self.u
        return voltage, law.at(voltage, temperature).current_density, (volts - self.u[self.rim]) / self.lead


def pulse(
    section: SectionArrays,
    *,
    radii,
    electrode: tuple,
    thickness: tuple[float, float],
    law: ArrheniusLaw,
    volts: float,
    ambient: float,
    ohms: float,
    feed: float,
    steps: Sequence[float],
) -> tuple[float, float]:
    """Current [A] and mean emitter rise [K] at the end of a voltage pulse; base fixed, the rest adiabatic.

    Args:
        section: of the pixel.
        radii: (n,), [um] edges of the emitter's cells.
        electrode: cells of the sheet above the opening, and beyond it.
        thickness: [m] of emitter and electrode.
        law: of the layers.
        volts: [V] at the feed.
        ambient: [K].
        ohms: per square.
        feed: [m] radius.
        steps: [s].
    """
    mesh = skfem.MeshQuad(section.points, section.cells)
    basis = skfem.Basis(mesh, skfem.ElementQuad2(), intorder=5)
    per_cell = basis.with_element(skfem.ElementQuad0())
    fields = {name: per_cell.interpolate(getattr(section, name)) for name in ("heat_capacity", "radial", "axial")}

    @skfem.BilinearForm
    def mass(u, v, w):
        return w["heat_capacity"] * u * v * 2 * np.pi * w.x[0]

    @skfem.BilinearForm
    def stiffness(u, v, w):
        flow = w["radial"] * grad(u)[0] * grad(v)[0] + w["axial"] * grad(u)[1] * grad(v)[1]
        return 1e12 * flow * 2 * np.pi * w.x[0]

    free = basis.complement_dofs(basis.get_dofs(lambda x: np.isclose(x[1], 0.0)))
    M, K = (form.assemble(basis, **fields)[free][:, free].tocsc() for form in (mass, stiffness))
    emitter, above, beyond = (Part(mesh, cells) for cells in (np.flatnonzero(section.heated), *electrode))
    sheet = Sheet(radii, emitter, thickness[0], ohms, feed)
    at_emitter, at_above, at_beyond = (part.values[:, free].tocsr() for part in (emitter, above, beyond))
    ring = (beyond.r * 1e-6 < feed) * ohms / (2 * np.pi * beyond.r * 1e-6) ** 2 / thickness[1]
    # u' at the electrode's points, by differences: the sheet takes 2e-3 of the power.
    near = [sheet.basis.probes(np.clip(above.r + x, 0, radii[-1])[None, :]).toarray() for x in (-0.01, 0.01)]
    slopes = (near[1] - near[0]) / 0.02e-6

    def released(u):
        voltage, density, current = sheet.solve(law, volts, ambient + at_emitter @ u)
        heat = at_emitter.T @ (emitter.weights * density * voltage / thickness[0])
        heat += at_above.T @ (above.weights * (slopes @ sheet.u) ** 2 / ohms / thickness[1])
        return heat + at_beyond.T @ (beyond.weights * ring * current**2), current

    factors: dict[float, object] = {}
    u = np.zeros(len(free))
    load, current = released(u)
    rate = load - K @ u
    for h in steps:
        key = float(f"{h:.10e}")
        if key not in factors:
            factors[key] = splu(M + D * h * K)

        def stage(right, load, factor=factors[key], dh=D * h):
            for _ in range(PASSES):
                u = factor.solve(right + dh * load)
                before = load
                load, current = released(u)
                if np.abs(load - before).max() < AGREED * np.abs(load).max():
                    break
            return u, load, current

        content = M @ u
        u, load, _ = stage(content + D * h * rate, load)
        right = content + (W / D) * (M @ u - content)
        u, load, current = stage(right, load)
        rate = (M @ u - right) / (D * h)
    mean = emitter.weights @ (at_emitter @ u) / emitter.weights.sum()
    return float(current), float(mean)
