"""Electrons, holes and mobile ions in a column of layers, from the equations alone: 1-D finite volumes in numpy.

Every species k, of charge number s, has a density that follows from its electrochemical level m (in units of kT):

    d = N exp(eta + nu(eta)),   eta = -s psi + m + edge,   psi = phi/V_T

electrons s = -1, m = E_Fn/V_T, edge = -E_c/V_T; holes s = +1, m = -E_Fp/V_T, edge = E_v/V_T; ions s = their charge,
edge = 0. nu is 0 (Boltzmann), -ln(1 + 0.27 exp eta) (Blakemore), or -ln(1 + th (exp eta - 1)), th = c0/site density
(ions, N = c0). The equations are

    (eps phi')' + q (sum of s d + N_D - N_A - s c0) = 0
    dd/dt = (D d m')' + G - R           D = mobility V_T; neither G nor R for ions
    R = (B + C_n n + C_p p + 1/(tau_p (n + n1) + tau_n (p + p1))) n p (1 - exp((E_Fp - E_Fn)/V_T))

(for Boltzmann statistics the last factor with n p is n p - n_i^2). Nodes carry psi and every m, also where layers
meet; densities are two-valued there. A cell between nodes i and j has the Scharfetter-Gummel flux with the activity
nu joined to the potential, w = -s psi + nu, which never subtracts two densities:

    D d m'  ->  (D/h) d_i B(w_i - w_j) (exp(m_j - m_i) - 1),     B(x) = x/(exp x - 1)

Newton's matrix is exact: derivatives of a cell's terms are taken with a step into the complex plane. SI units, eV.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

from oracles.drift_diffusion_column import EPSILON_0, Column, Ion, Q, Semiconductor, neutral_level

COMPLEX_STEP = 1e-40
SDIRK = 1 - 0.5**0.5  # diagonal of Alexander's two-stage method: order two, L-stable, last stage = new value


def bernoulli(x: np.ndarray) -> np.ndarray:
    """x/(exp x - 1), by its series near 0."""
    small = np.abs(x) < 1e-2
    y = np.where(small, 1.0, x)
    return np.where(small, 1 - x / 2 + x**2 / 12 - x**4 / 720 + x**6 / 30240, y / np.expm1(y))


@dataclass(frozen=True)
class State:
    """Levels at the nodes, `values[0]` = psi, then m of every species; ions that do not move have their densities."""

    values: np.ndarray
    voltage: float
    frozen: np.ndarray | None = None  # (2 ends, ions, cells) [1/m3]


class NoConvergenceError(ArithmeticError):
    """Newton's method did not come to rest."""


@dataclass(frozen=True)
class Solver:
    """A column on a grid.

    Args:
        column: what is solved.
        cells: per layer; nodes crowd towards both faces of every layer by a smooth map, so errors fall as 1/cells^2.
        crowding: b > 0 of z = (1 + tanh(b s)/tanh b)/2 within a layer, s = -1..1 evenly.
        ions: with mobile ions and their counter-charge, or without.
        carriers: with electrons and holes, or ions only.
        generation: of position from the anode [m], [1/m3/s], evaluated within half cells.
    """

    column: Column
    cells: int = 100
    crowding: float = 2.0
    ions: bool = True
    carriers: bool = True
    generation: Callable[[np.ndarray], np.ndarray] | None = None
    tolerance: float = field(default=1e-9, kw_only=True)

    @cached_property
    def nodes(self) -> np.ndarray:
        """Positions from the anode [m]."""
        s = np.linspace(-1, 1, self.cells + 1)
        unit = 0.5 * (1 + np.tanh(self.crowding * s) / np.tanh(self.crowding))
        faces = np.concatenate([[0.0], np.cumsum([layer.thickness for layer in self.column.layers])])
        inner = [a + (b - a) * unit[1:] for a, b in pairwise(faces)]
        return np.concatenate([[0.0], *inner])

    @cached_property
    def _widths(self) -> np.ndarray:
        """Of the cells [m], without subtracting positions: tanh x - tanh y = sinh(x - y)/(cosh x cosh y)."""
        b, s = self.crowding, np.linspace(-1, 1, self.cells + 1)
        unit = 0.5 * np.sinh(2 * b / self.cells) / (np.tanh(b) * np.cosh(b * s[1:]) * np.cosh(b * s[:-1]))
        return np.concatenate([layer.thickness * unit for layer in self.column.layers])

    def _by_cell(self, of: Callable[[Semiconductor], float]) -> np.ndarray:
        return np.repeat([float(of(layer.material)) for layer in self.column.layers], self.cells)

    @cached_property
    def _moving(self) -> list[tuple[int, Ion]]:
        """(layer, ion) of every mobile species."""
        if not self.ions:
            return []
        return [(i, ion) for i, layer in enumerate(self.column.layers) for ion in layer.material.ions]

    @cached_property
    def _first_ion(self) -> int:
        return 2 if self.carriers else 0

    @cached_property
    def charges(self) -> np.ndarray:
        """Charge number of every species."""
        return np.array([-1, 1] * self.carriers + [ion.charge for _, ion in self._moving], dtype=float)

    @cached_property
    def _tables(self) -> dict[str, np.ndarray]:
        """Scale N, edge, diffusivity and limit of every species by cell; what R, Poisson's equation and G need."""
        vt = self.column.thermal_voltage
        by_cell = self._by_cell
        scale, edge, diffusivity, limit = [], [], [], []
        if self.carriers:
            blakemore = by_cell(lambda m: 0.27 * (m.statistics == "blakemore"))
            scale += [by_cell(lambda m: m.conduction_band_density), by_cell(lambda m: m.valence_band_density)]
            edge += [by_cell(lambda m: -m.conduction_band_ev / vt), by_cell(lambda m: m.valence_band_ev / vt)]
            diffusivity += [by_cell(lambda m: m.electron_mobility * vt), by_cell(lambda m: m.hole_mobility * vt)]
            limit += [blakemore, blakemore]
        fixed = by_cell(lambda m: m.donor_density - m.acceptor_density)
        if not self.carriers:
            fixed = 0 * fixed
        for index, ion in self._moving:
            inside = np.repeat(np.arange(len(self.column.layers)) == index, self.cells).astype(float)
            scale.append(ion.mean_density * inside)
            edge.append(0 * inside)
            diffusivity.append(ion.diffusivity * inside)
            limit.append(inside * ion.mean_density / (ion.site_density or np.inf))
            fixed = fixed - ion.charge * scale[-1]
        ends = self.nodes[:-1] + np.array([[0.25], [0.75]]) * self._widths
        lit = np.zeros_like(ends) if self.generation is None else self.generation(ends)
        return {
            "scale": np.array(scale),
            "edge": np.array(edge),
            "diffusivity": np.array(diffusivity),
            "limit": np.array(limit),
            "fixed": fixed,
            "permittivity": by_cell(lambda m: m.relative_permittivity * EPSILON_0),
            "generation": lit,
        }

    @cached_property
    def _kinetics(self) -> dict[str, np.ndarray]:
        """Coefficients of R by cell."""
        vt = self.column.thermal_voltage

        def emission(m: Semiconductor) -> tuple[float, float]:
            """(n1, p1), both n_i without a trap level."""
            nc, nv, ec, ev = m.conduction_band_density, m.valence_band_density, m.conduction_band_ev, m.valence_band_ev
            if m.trap_level_ev is None:
                return ((nc * nv) ** 0.5 * np.exp((ev - ec) / 2 / vt),) * 2
            return nc * np.exp((m.trap_level_ev - ec) / vt), nv * np.exp((ev - m.trap_level_ev) / vt)

        return {
            "radiative": self._by_cell(lambda m: m.radiative_coefficient),
            "auger_n": self._by_cell(lambda m: m.auger_electron_coefficient),
            "auger_p": self._by_cell(lambda m: m.auger_hole_coefficient),
            "trapping": self._by_cell(lambda m: None not in (m.srh_electron_lifetime, m.srh_hole_lifetime)),
            "tau_n": self._by_cell(lambda m: m.srh_electron_lifetime or 1.0),
            "tau_p": self._by_cell(lambda m: m.srh_hole_lifetime or 1.0),
            "n1": self._by_cell(lambda m: emission(m)[0]),
            "p1": self._by_cell(lambda m: emission(m)[1]),
        }

    def densities(self, local: np.ndarray, frozen: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(d, nu) at both ends of all cells, (..., end, species, cell), from levels (..., end, unknown, cell)."""
        t = self._tables
        eta = -self.charges[:, None] * local[..., :1, :] + local[..., 1:, :] + t["edge"]
        first = self._first_ion
        nu = np.zeros_like(eta)
        if t["limit"][:first].any():
            nu[..., :first, :] = -np.log(1 + t["limit"][:first] * np.exp(eta[..., :first, :]))
        if t["limit"][first:].any():
            nu[..., first:, :] = -np.log(1 + t["limit"][first:] * np.expm1(eta[..., first:, :]))
        d = t["scale"] * np.exp(eta + nu)
        if frozen is not None:
            d[..., first:, :] = frozen
        return d, nu

    def recombination(self, local: np.ndarray, d: np.ndarray) -> list[np.ndarray]:
        """Radiative, SRH and Auger rates [1/m3/s] at both ends of all cells."""
        n, p = d[..., 0, :], d[..., 1, :]
        t = self._kinetics
        excess = -n * p * np.expm1(-(local[..., 1, :] + local[..., 2, :]))
        return [
            t["radiative"] * excess,
            t["trapping"] * excess / (t["tau_p"] * (n + t["n1"]) + t["tau_n"] * (p + t["p1"])),
            (t["auger_n"] * n + t["auger_p"] * p) * excess,
        ]

    def fluxes(self, local: np.ndarray, d: np.ndarray, nu: np.ndarray) -> np.ndarray:
        """D d m' of every species in all cells, (..., species, cell) [1/m2/s]."""
        w = -self.charges[:, None] * local[..., :1, :] + nu
        m = local[..., 1:, :]
        step = np.expm1(m[..., 1, :, :] - m[..., 0, :, :])
        drift = bernoulli(w[..., 0, :, :] - w[..., 1, :, :])
        return self._tables["diffusivity"] / self._widths * d[..., 0, :, :] * drift * step

    def _terms(
        self, local: np.ndarray, frozen: np.ndarray | None, stored: tuple[np.ndarray, float] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """What every cell adds to the equations of its two nodes, and its densities."""
        t, half = self._tables, self._widths / 2
        d, nu = self.densities(local, frozen)
        rows = np.zeros_like(local)
        field_ = t["permittivity"] * self.column.thermal_voltage / self._widths
        displacement = field_ * (local[..., 1, 0, :] - local[..., 0, 0, :])
        charge = np.einsum("k,...kc->...c", self.charges, d) + t["fixed"]
        rows[..., 0, :] = Q * half * charge
        rows[..., 0, 0, :] += displacement
        rows[..., 1, 0, :] -= displacement
        if self.carriers:
            net = t["generation"] - sum(self.recombination(local, d))
            rows[..., 1:3, :] += (half * net)[..., None, :]
        flux = self.fluxes(local, d, nu)
        rows[..., 0, 1:, :] += flux
        rows[..., 1, 1:, :] -= flux
        if stored is not None:
            before, duration = stored
            rows[..., 1:, :] -= half * (d - before) / duration
        return rows, d

    @cached_property
    def _contacts(self) -> list[tuple[int, float, float, bool]]:
        """(node, level that the potential has without voltage [V], share of the voltage, densities fixed)."""
        contacts = []
        for contact, node, share in ((self.column.anode, 0, 1.0), (self.column.cathode, len(self.nodes) - 1, 0.0)):
            if contact.kind == "blocking":
                level = 0.0
            elif contact.kind == "neutral":
                level = neutral_level(self.column.layers[-1 if node else 0].material, self.column.thermal_voltage)
            else:
                level = float(contact.work_function_ev)
            contacts.append((node, level, share, self.carriers and contact.kind != "blocking"))
        return contacts

    @cached_property
    def _inside(self) -> np.ndarray:
        """Where every species lives, (species, nodes)."""
        touched = self._tables["scale"] > 0
        inside = np.zeros((len(self.charges), len(self.nodes)), dtype=bool)
        inside[:, :-1] |= touched
        inside[:, 1:] |= touched
        return inside

    def _free(self, mode: str) -> np.ndarray:
        """Number of every unknown in Newton's system, (unknown, node); -1: stays as it is; shared: one level."""
        size, count = 1 + len(self.charges), len(self.nodes)
        number = np.arange(size * count).reshape(count, size).T.copy()
        number[1:][~self._inside] = -1
        first = 1 + self._first_ion
        if mode == "equilibrium":
            number[1:first] = -1
        if mode in ("equilibrium", "relaxed"):
            for s in range(first, size):
                number[s][self._inside[s - 1]] = size * count + s
        if mode == "frozen":
            number[first:] = -1
        used = np.unique(number[number >= 0])
        return np.where(number < 0, -1, np.searchsorted(used, number))

    def _newton(
        self,
        start: np.ndarray,
        voltage: float,
        mode: str,
        frozen: np.ndarray | None = None,
        stored: tuple[np.ndarray, float] | None = None,
    ) -> np.ndarray:
        """Levels that solve the equations.

        Args:
            start: first guess.
            voltage: of the anode against the cathode [V].
            mode: "equilibrium" (levels of electrons and holes kept, ions relaxed), "relaxed" (one level for each ion
                species, such that its mean density is kept), "frozen" (ions as they are), "moving" (an implicit step).
            frozen: densities of ions that do not move.
            stored: of an implicit step, the densities to start from and the duration.
        """
        vt = self.column.thermal_voltage
        values, number = start.copy(), self._free(mode)
        size = len(values)
        first, unknowns = 1 + self._first_ion, number.max() + 1
        ends = np.stack([number[:, :-1], number[:, 1:]])
        pinned = {}
        for node, level, share, fixed in self._contacts:
            pinned[number[0, node]] = (0, node, (level + share * voltage) / vt)
            if fixed and mode != "equilibrium":
                pinned[number[1, node]] = (1, node, -share * voltage / vt)
                pinned[number[2, node]] = (2, node, share * voltage / vt)
        shared = number[first:].max(axis=1) if mode in ("equilibrium", "relaxed") else []
        open_row = np.ones(unknowns + 1, dtype=bool)
        open_row[[*pinned, *shared, -1]] = False
        steps = (1j * COMPLEX_STEP * np.eye(2 * size)).reshape(2 * size, 2, size, 1)
        half = self._widths / 2
        last = np.inf
        for iteration in range(80):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                terms, d = self._terms(np.stack([values[:, :-1], values[:, 1:]]) + steps, frozen, stored)
            right = np.zeros(unknowns + 1)
            np.add.at(right, ends, -terms[0].real)
            row = np.broadcast_to(ends, terms.shape)
            column = np.broadcast_to(ends.reshape(2 * size, 1, 1, -1), terms.shape)
            kept = open_row[row] & (column >= 0)
            entries = [(terms.imag[kept] / COMPLEX_STEP, row[kept], column[kept])]
            for at, (unknown, node, value) in pinned.items():
                right[at] = value - values[unknown, node]
                entries.append(([1.0], [at], [at]))
            for s, at in enumerate(shared, start=self._first_ion):
                layer, ion = self._moving[s - self._first_ion]
                content = half * d[:, :, s] / (ion.mean_density * self.column.layers[layer].thickness)
                right[at] = 1 - content[0].real.sum()
                column = np.broadcast_to(ends.reshape(2 * size, 1, -1), content.shape)
                kept = column >= 0
                entries.append((content.imag[kept] / COMPLEX_STEP, np.full(kept.sum(), at), column[kept]))
            data, rows, columns = (np.concatenate(part) for part in zip(*entries, strict=True))
            if not np.isfinite(data).all():
                raise NoConvergenceError(f"numbers overflow at {voltage} V")
            largest = np.zeros(unknowns)
            np.maximum.at(largest, rows, np.abs(data))
            matrix = coo_matrix((data / largest[rows], (rows, columns)), shape=(unknowns, unknowns)).tocsc()
            try:
                solution = splu(matrix).solve(right[:-1] / largest)
            except RuntimeError as singular:
                raise NoConvergenceError(f"{singular} at {voltage} V") from singular
            change = np.append(solution, 0.0)[number]
            moved = self._apply(values, change, mode)
            if moved < self.tolerance or (iteration > 8 and last / 2 < moved < 1e-6):
                return values
            last = moved
        raise NoConvergenceError(f"the last step is {moved:.1e} kT at {voltage} V")

    def _apply(self, values: np.ndarray, change: np.ndarray, mode: str) -> float:
        """Add a step: the potential by at most 1 V, levels such that densities change linearly and stay positive.

        Returns:
            the largest change of a potential or of ln d.
        """
        first = 1 + self._first_ion
        if mode == "equilibrium":
            values += np.sign(change) * np.log1p(np.abs(change))
            return float(np.abs(change[0]).max())
        most = 1 / self.column.thermal_voltage
        s = self.charges[:, None]
        relative = np.where(self._inside, change[1:] - s * change[0], 0.0)
        potential = np.clip(change[0], -most, most)
        levels = np.log1p(np.maximum(relative, -0.99)) + s * potential
        if mode == "relaxed":
            levels[first - 1 :] = np.clip(change[first:], -2.0, 2.0)
            relative[first - 1 :] = change[first:]
        if mode == "frozen":
            levels[first - 1 :] = relative[first - 1 :] = 0.0
        values[0] += potential
        values[1:] += np.where(self._inside, levels, 0.0)
        return float(max(np.abs(change[0]).max(), np.abs(relative).max()))

    def equilibrium(self) -> State:
        """No voltage, no light: all levels flat, ions relaxed."""
        values = np.zeros((1 + len(self.charges), len(self.nodes)))
        (_, anode, _, _), (_, cathode, _, _) = self._contacts
        values[0] = np.interp(self.nodes, self.nodes[[0, -1]], [anode, cathode]) / self.column.thermal_voltage
        for k in range(self._first_ion, len(self.charges)):
            inside = self._inside[k]
            values[1 + k, inside] = self.charges[k] * values[0, inside].mean()
        return State(self._newton(values, 0.0, "equilibrium"), 0.0)

    def steady(self, voltage: float, start: State | None = None, *, largest_step: float = 0.2) -> State:
        """Steady state at a voltage, reached from another; ions relax, unless the start has them frozen."""
        state = start or self.equilibrium()
        mode = "relaxed" if state.frozen is None else "frozen"
        step = largest_step
        if start is None and self.carriers and self.generation is not None:
            state = State(self._lit(state, mode), 0.0)
        while True:
            rest = voltage - state.voltage
            target = voltage if abs(rest) <= step else state.voltage + float(np.copysign(step, rest))
            try:
                state = State(self._newton(state.values, target, mode, state.frozen), target, state.frozen)
            except NoConvergenceError:
                if step < 1e-4:
                    raise
                step /= 2
                continue
            if target == voltage:
                return state
            step = min(largest_step, 1.5 * step)

    def _lit(self, state: State, mode: str) -> np.ndarray:
        """Turn the light on by powers of ten."""
        full, values = self._tables["generation"].copy(), state.values
        for share in 10.0 ** np.arange(-20, 1):
            self._tables["generation"] = share * full
            values = self._newton(values, state.voltage, mode, state.frozen)
        return values

    def freeze(self, state: State) -> State:
        """The same state with ions that stay where they are."""
        d, _ = self.densities(self._ends(state.values))
        return State(state.values, state.voltage, d[:, self._first_ion :].copy())

    @staticmethod
    def _ends(values: np.ndarray) -> np.ndarray:
        return np.stack([values[:, :-1], values[:, 1:]])

    def currents(self, state: State) -> dict[str, float]:
        """Steady current densities [A/m2]: total, radiative, SRH, Auger.

        J = J_n(anode) + J_p(cathode) + q times the integral of R - G, which cancels nowhere at low voltage.
        """
        local, half = self._ends(state.values), self._widths / 2
        d, nu = self.densities(local, state.frozen)
        rates = self.recombination(local, d)
        radiative, srh, auger = (Q * float(np.sum(half * rate)) for rate in rates)
        net = half * (self._tables["generation"] - sum(rates))
        flux = self.fluxes(local, d, nu)
        electrons = Q * (flux[0, 0] + net[0, 0])
        holes = -Q * (flux[1, -1] - net[1, -1])
        return {
            "current_density": float(electrons + holes - Q * net.sum()),
            "radiative_current_density": radiative,
            "srh_current_density": srh,
            "auger_current_density": auger,
        }

    def total_current(self, state: State, voltage_rate: float = 0.0) -> float:
        """J(t) [A/m2] with displacement: the mean of the particle currents weighted by 1/eps, and C dV/dt.

        J = (integral of (J_n + J_p + J_ion)/eps + dV/dt) / (integral of 1/eps), exact as J is the same everywhere.
        """
        local = self._ends(state.values)
        flux = self.fluxes(local, *self.densities(local, state.frozen))
        particles = -Q * np.einsum("k,kc->c", self.charges, flux)
        weight = self._widths / self._tables["permittivity"]
        return float((np.sum(weight * particles) + voltage_rate) / weight.sum())

    def electrode_charges(self, state: State) -> tuple[float, float]:
        """Charge per area [C/m2] on the anode and on the cathode, by Gauss' law."""
        local, half, t = self._ends(state.values), self._widths / 2, self._tables
        d, _ = self.densities(local, state.frozen)
        charge = Q * half * (np.einsum("k,ekc->ec", self.charges, d) + t["fixed"])
        displacement = -t["permittivity"] * self.column.thermal_voltage / self._widths * (local[1, 0] - local[0, 0])
        return float(displacement[0] - charge[0, 0]), float(-displacement[-1] - charge[1, -1])

    def contents(self, state: State) -> np.ndarray:
        """Number of particles per area of every species [1/m2]."""
        d, _ = self.densities(self._ends(state.values), state.frozen)
        return np.einsum("c,ekc->k", self._widths / 2, d)

    def march(
        self, state: State, times: np.ndarray, voltage: Callable[[float], float]
    ) -> Iterator[tuple[float, State]]:
        """States at the times (the first is that of `state`), electrons, holes and ions all dynamic.

        Alexander's method: d1 = d0 + g dt f(d1), d2 = d0 + (1 - g) dt f(d1) + g dt f(d2), g = 1 - 1/sqrt(2).
        """
        values, now = state.values, times[0]
        applied = state.voltage
        for then in times[1:]:
            dt = SDIRK * (then - now)
            middle = now + dt
            before, _ = self.densities(self._ends(values))
            guess = self._jump(values, voltage(middle) - applied)
            first = self._newton(guess, voltage(middle), "moving", stored=(before, dt))
            rate = (self.densities(self._ends(first))[0] - before) / dt
            applied = voltage(middle)
            base = before + (1 - SDIRK) * (then - now) * rate
            guess = self._jump(first, voltage(then) - applied)
            values = self._newton(guess, voltage(then), "moving", stored=(base, dt))
            applied, now = voltage(then), then
            yield then, State(values, applied)

    def _jump(self, values: np.ndarray, voltage: float) -> np.ndarray:
        """Levels after a sudden change of the voltage, with all densities as they were."""
        weight = self._widths / self._tables["permittivity"]
        share = 1 - np.concatenate([[0.0], np.cumsum(weight)]) / weight.sum()
        rise = voltage / self.column.thermal_voltage * share
        moved = values.copy()
        moved[0] += rise
        moved[1:] += np.where(self._inside, self.charges[:, None] * rise, 0.0)
        return moved
