"""Independent solver of current spreading in a sheet and of electro-thermal pulses, from the equations alone.

Sheet: u is the voltage across the layers at radius r, the sheet feeds them from the rim outwards,

    (1/r) d/dr(r du/dr) = R_s J(u, T),   u'(0) = 0,   V = u(a) + R_s I ln(b/a)/(2 pi),   I = 2 pi Int_0^a J r dr,

solved by shooting from the axis (`shoot`), and again by spectral elements inside a pulse (`Pulse`).
Heat: rho c dT/dt = div(kappa grad T) + Q on the section (r, z), elements of degree p on a tensor mesh graded to the rim
and to every layer; Q is J u over the emitter's thickness for r < a, and R_s K^2 over that of the ITO for r < b, with
the sheet's line current density K = I(<r)/(2 pi r) = u'/R_s. All thermal properties are constants.
Time: L-stable SDIRK of three stages and order 3 (Alexander 1977); each stage solves sheet and heat together by
fixed-point iteration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, pi

import numpy as np
from numpy.polynomial.legendre import Legendre, leggauss
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.sparse import block_diag, csr_array, diags_array, kron
from scipy.sparse.linalg import splu
from scipy.special import wrightomega

KB_EV = 8.617333262145179e-05
"""Boltzmann's constant over the elementary charge [V/K], SI of 2019."""


@dataclass(frozen=True)
class Diode:
    """u = n V_T ln(1 + J/J0) + R J at a fixed temperature, solved for J by Wright's omega function."""

    ideality: float
    saturation_current_density: float
    series_resistance: float
    temperature: float

    def current_density(self, u, temperature):
        scale, j0, r = self.ideality * KB_EV * self.temperature, self.saturation_current_density, self.series_resistance
        if r == 0:
            return j0 * np.expm1(u / scale)
        # (J + J0) R/scale = y solves y + ln y = (u + R J0)/scale + ln(R J0/scale).
        return wrightomega((u + r * j0) / scale + log(r * j0 / scale)) * scale / r - j0

    def slope(self, u, temperature):
        j = self.current_density(u, temperature)
        scale = self.ideality * KB_EV * self.temperature
        return 1 / (scale / (j + self.saturation_current_density) + self.series_resistance)


@dataclass(frozen=True)
class Arrhenius:
    """J = Jref (u/Vref)^m exp[-(Ea/kB)(1/T - 1/T0)]."""

    reference_current_density: float
    reference_voltage: float
    exponent: float
    activation_ev: float
    reference_temperature: float

    def current_density(self, u, temperature):
        active = np.exp(-self.activation_ev / KB_EV * (1 / temperature - 1 / self.reference_temperature))
        return self.reference_current_density * (u / self.reference_voltage) ** self.exponent * active

    def slope(self, u, temperature):
        return self.exponent * self.current_density(u, temperature) / u


@dataclass(frozen=True)
class Table:
    """A measured curve, straight between its points and beyond them."""

    voltages: tuple[float, ...]
    current_densities: tuple[float, ...]

    def _piece(self, u):
        return np.clip(np.searchsorted(self.voltages, u) - 1, 0, len(self.voltages) - 2)

    def slope(self, u, temperature):
        return (np.diff(self.current_densities) / np.diff(self.voltages))[self._piece(u)]

    def current_density(self, u, temperature):
        start = self._piece(u)
        return np.asarray(self.current_densities)[start] + self.slope(u, temperature) * (
            u - np.asarray(self.voltages)[start]
        )


@dataclass(frozen=True)
class Sheet:
    """A sheet alone: [A/m2] at the radii asked for, [V] at the rim, [A/m2] mean over pi a^2."""

    current_density: np.ndarray
    voltage: float
    mean_current_density: float


def shoot(*, radius, sheet_resistance, law, radii, mean_current_density=None, voltage=None, temperature=None) -> Sheet:
    """Rim-fed disk at a fixed temperature, integrated outwards from a voltage on the axis that meets the drive.

    In x = r/a: du/dx = R_s w/x, dw/dx = a^2 J x, with w the current inside over 2 pi; near the axis w = J x^2 a^2/2.

    Args:
        radius: [m] a.
        sheet_resistance: [ohm].
        law: with `current_density(u, T)`.
        radii: (n,), [m] where J is wanted.
        mean_current_density: [A/m2] over pi a^2; or
        voltage: [V] at the rim.
        temperature: [K] for a law that depends on it.
    """

    def rate(x, state):
        u, w = state
        return [sheet_resistance * w / x, radius**2 * law.current_density(u, temperature) * x]

    def outwards(start):
        x = 1e-6
        w = radius**2 * float(law.current_density(start, temperature)) * x**2 / 2
        first = [start + sheet_resistance * w / 2, w]
        scale = [1e-13 * start, 1e-13 * radius**2 * float(law.current_density(start, temperature)) * 1e-3]
        return solve_ivp(rate, (x, 1.0), first, method="DOP853", rtol=1e-12, atol=scale, dense_output=True)

    def excess(logarithm):
        u, w = outwards(np.exp(logarithm)).y[:, -1]
        return log(u / voltage) if voltage else log(2 * w / (radius**2 * mean_current_density))

    # The axis has at most the rim's voltage, and at most the one at which the mean current density flows.
    high = log(voltage or uniform_voltage(law, mean_current_density, temperature))
    low = high
    while excess(low) > 0:
        low -= 0.2
    axis = brentq(excess, low, high, xtol=1e-14, rtol=1e-14) if low < high else high
    found = outwards(np.exp(axis))
    u = np.array([found.sol(max(r / radius, 1e-6))[0] for r in radii])
    rim, w = found.y[:, -1]
    return Sheet(law.current_density(u, temperature), float(rim), float(2 * w / radius**2))


def uniform_voltage(law, current_density, temperature) -> float:
    """[V] at which a current density [A/m2] flows."""
    high = 1e-3
    while law.current_density(high, temperature) < current_density:
        high *= 1.5
    return brentq(lambda u: float(law.current_density(u, temperature)) / current_density - 1, 0, high, xtol=1e-15)


class Line:
    """Elements of degree p on an interval: nodes, Gauss points, and the sparse maps from nodal to Gauss values.

    Args:
        edges: increasing element edges.
        degree: p; the nodes of an element are Gauss-Lobatto points.
    """

    def __init__(self, edges: np.ndarray, degree: int) -> None:
        inner = Legendre.basis(degree).deriv().roots().real
        own = np.concatenate([[-1.0], np.sort(inner), [1.0]])
        points, weights = leggauss(degree + 2)
        self._vandermonde = np.linalg.inv(np.polynomial.legendre.legvander(own, degree))
        value = np.polynomial.legendre.legvander(points, degree) @ self._vandermonde
        slope = np.stack([Legendre.basis(n).deriv()(points) for n in range(degree + 1)], 1) @ self._vandermonde
        half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
        count = len(half)
        self.edges, self.degree = edges, degree
        self.nodes = np.append((middle[:, None] + half[:, None] * own[:-1]).ravel(), edges[-1])
        self.points = (middle[:, None] + half[:, None] * points).ravel()
        self.weights = (half[:, None] * weights).ravel()
        index = (degree * np.arange(count)[:, None] + np.arange(degree + 1)).ravel()
        gather = csr_array((np.ones(len(index)), (np.arange(len(index)), index)), (len(index), len(self.nodes)))
        self.value = block_diag([csr_array(value)] * count, "csr") @ gather
        self.slope = block_diag([csr_array(slope / h) for h in half], "csr") @ gather

    def at(self, x: Sequence[float]) -> csr_array:
        """Map from nodal values to values at the positions x."""
        rows = np.zeros((len(x), len(self.nodes)))
        for row, place in zip(rows, x, strict=True):
            k = int(np.clip(np.searchsorted(self.edges, place) - 1, 0, len(self.edges) - 2))
            s = 2 * (place - self.edges[k]) / (self.edges[k + 1] - self.edges[k]) - 1
            basis = np.polynomial.legendre.legvander(np.array([s]), self.degree)[0] @ self._vandermonde
            row[k * self.degree : (k + 1) * self.degree + 1] = basis
        return csr_array(rows)

    def form(self, coefficient: np.ndarray, *, slopes: bool) -> csr_array:
        """Int c f g dx, or Int c f' g' dx, with c at the Gauss points."""
        side = self.slope if slopes else self.value
        return side.T @ diags_array(self.weights * coefficient) @ side


def graded(start: float, end: float, *, first: float | None, last: float | None, ratio: float, largest: float):
    """Edges from start to end, sizes growing by `ratio` from `first` and from `last` (None: not graded there)."""
    length, left, right = end - start, [], []
    sizes = [first or largest, last or largest]
    while sum(left) + sum(right) < length:
        side = 0 if sizes[0] <= sizes[1] else 1
        (left if side == 0 else right).append(sizes[side])
        sizes[side] = min(sizes[side] * ratio, largest)
    stretch = length / (sum(left) + sum(right))
    edges = start + stretch * np.cumsum([0.0, *left, *right[::-1]])
    edges[-1] = end
    return edges


@dataclass(frozen=True)
class Solid:
    """Thermal properties: [W/m/K] across and along the layers, [kg/m3], [J/kg/K]."""

    axial_conductivity: float
    radial_conductivity: float
    density: float
    heat_capacity: float


@dataclass(frozen=True)
class Layer:
    """One layer of the section.

    Args:
        name: of the layer.
        thickness: [m].
        inside: for r < a.
        outside: for r > a.
        sheet_resistance: [ohm] if it is a sheet that feeds the current.
    """

    name: str
    thickness: float
    inside: Solid
    outside: Solid
    sheet_resistance: float = 0.0


@dataclass(frozen=True)
class Section:
    """An axisymmetric section, layers upwards from the base; all but the base is adiabatic.

    Args:
        layers: from the base up.
        emitter: name of the layer that carries the current.
        radius: [m] a of the opening.
        outer_radius: [m].
        feed_radius: [m] b > a where the voltage is applied.
        ambient: [K] of the base and at first.
        base_fixed: whether the base is held at the ambient temperature (else adiabatic).
    """

    layers: Sequence[Layer]
    emitter: str
    radius: float
    outer_radius: float
    feed_radius: float
    ambient: float
    base_fixed: bool = True


@dataclass(frozen=True)
class Resolution:
    """How finely a section and a pulse are cut.

    Args:
        degree: of the elements.
        finest: [m] element at the rim, and at the faces of thick layers three times this.
        ratio: of neighbouring elements.
        per_layer: elements in a thin layer, one more in the emitter.
        across: elements over the radius of the opening, at least.
        steps: time steps between two break points.
        largest_rise: [K] of the emitter in one step; a step that exceeds it is halved.
    """

    degree: int = 4
    finest: float = 20e-9
    ratio: float = 2.2
    per_layer: int = 1
    across: int = 6
    steps: int = 8
    largest_rise: float = 4.0


@dataclass(frozen=True)
class Run:
    """What a pulse recorded.

    `current` [A], `feed_voltage` [V], `emitter_temperature` [K] (volume mean inside the opening) are (times,);
    `current_density` [A/m2] and `temperature` [K] (averaged over the emitter's thickness) are (times, radii).
    `runaway` is (time, radius) where the average over the thickness reached the limit, `local_runaway` where the
    temperature itself did so, anywhere in the emitter; None if it did not.
    """

    time: np.ndarray
    current: np.ndarray
    feed_voltage: np.ndarray
    emitter_temperature: np.ndarray
    current_density: np.ndarray
    temperature: np.ndarray
    runaway: tuple[float, float] | None
    local_runaway: tuple[float, float] | None
    energy: tuple[float, float]


THIN = 1e-6
GAMMA = 0.43586652150845967
"""Root of x^3 - 3x^2 + 3x/2 - 1/6 at which SDIRK of three stages is L-stable and of order 3."""
LAST = (-(6 * GAMMA**2 - 16 * GAMMA + 1) / 4, (6 * GAMMA**2 - 20 * GAMMA + 5) / 4, GAMMA)
STAGES = ((GAMMA,), ((1 - GAMMA) / 2, GAMMA), LAST)


class Pulse:
    """Sheet and heat of one section under one drive.

    Args:
        section: what is heated.
        law: local law of the current.
        resolution: of mesh and time.
        voltage: [V] at the feed radius during the pulse; or
        mean_current_density: [A/m2] over pi a^2.
    """

    def __init__(self, section: Section, law, resolution: Resolution, *, voltage=None, mean_current_density=None):
        self.section, self.law, self.resolution = section, law, resolution
        self.voltage, self.mean_current_density = voltage, mean_current_density
        self.resistance = sum(layer.sheet_resistance for layer in section.layers)
        self._cut()
        self._assemble()
        self._factors = {}
        self.u = None

    def _cut(self) -> None:
        """The mesh: radial and axial elements; those of r < a are the first of the radial line."""
        s, finest, ratio = self.section, self.resolution.finest, self.resolution.ratio
        a, b, end = s.radius, s.feed_radius, s.outer_radius
        inner = graded(0.0, a, first=None, last=finest, ratio=ratio, largest=a / self.resolution.across)
        middle = graded(a, b, first=finest, last=a / 20, ratio=ratio, largest=b / 6)
        outer = graded(b, end, first=a / 20, last=None, ratio=ratio, largest=end / 4)
        self.disk = Line(inner, self.resolution.degree)
        self.r = Line(np.concatenate([inner, middle[1:], outer[1:]]), self.resolution.degree)
        edges, base = [np.zeros(1)], 0.0
        for k, layer in enumerate(s.layers):
            top = base + layer.thickness
            if layer.thickness < THIN:
                piece = np.linspace(base, top, self.resolution.per_layer + 1 + (layer.name == s.emitter))
            else:
                first, last = (None if k == 0 else 3 * finest), (3 * finest if k < len(s.layers) - 1 else None)
                piece = graded(base, top, first=first, last=last, ratio=ratio, largest=layer.thickness / 3)
            edges.append(piece[1:])
            base = top
        self.z = Line(np.concatenate(edges), self.resolution.degree)

    def _axial(self, values) -> np.ndarray:
        """Per layer -> at the Gauss points in z."""
        tops = np.cumsum([layer.thickness for layer in self.section.layers])
        return np.asarray(values)[np.searchsorted(tops, self.z.points)]

    def _assemble(self) -> None:
        s, r, z = self.section, self.r, self.z
        self.mass, self.stiffness = 0, 0
        for side, here in (("inside", r.points < s.radius), ("outside", r.points > s.radius)):
            solids = [getattr(layer, side) for layer in s.layers]
            around = r.form(r.points * here, slopes=False)
            along = r.form(r.points * here, slopes=True)
            capacity = self._axial([solid.density * solid.heat_capacity for solid in solids])
            axial = self._axial([solid.axial_conductivity for solid in solids])
            radial = self._axial([solid.radial_conductivity for solid in solids])
            self.mass = self.mass + kron(around, z.form(capacity, slopes=False))
            self.stiffness = self.stiffness + kron(around, z.form(axial, slopes=True))
            self.stiffness = self.stiffness + kron(along, z.form(radial, slopes=False))
        free = np.ones((len(r.nodes), len(z.nodes)), bool)
        free[:, 0] = not s.base_fixed
        self.free = free.ravel()
        self.mass = self.mass.tocsr()[self.free][:, self.free]
        self.stiffness = self.stiffness.tocsr()[self.free][:, self.free]
        # Int over the emitter / its thickness: at once the mean over z and the load of a heat per area.
        emitter = self._axial([(layer.name == s.emitter) / layer.thickness for layer in s.layers])
        self.over_emitter = z.value.T @ (z.weights * emitter)
        share = [layer.sheet_resistance / layer.thickness / (self.resistance or 1.0) for layer in s.layers]
        self.over_sheets = z.value.T @ (z.weights * self._axial(share))
        disk = self.disk
        self.places = np.linspace(0.0, s.radius, 2001)
        self.dense = disk.at(self.places)
        self.ring = 2 * pi * disk.weights * disk.points
        self.sheet_form = disk.form(disk.points, slopes=True)

    def field(self, rise: np.ndarray) -> np.ndarray:
        """Free values -> (radial nodes, axial nodes)."""
        full = np.zeros(len(self.free))
        full[self.free] = rise
        return full.reshape(len(self.r.nodes), len(self.z.nodes))

    def thickness_mean(self, rise: np.ndarray) -> np.ndarray:
        """[K] temperature averaged over the emitter's thickness, at the nodes of r < a."""
        return self.section.ambient + (self.field(rise) @ self.over_emitter)[: len(self.disk.nodes)]

    def sheet(self, temperature: np.ndarray) -> tuple[np.ndarray, float]:
        """u at the nodes of r < a and I, at nodal temperatures; Newton's method from the last solution.

        Int u' v' r dr + R_s Int J v r dr = [a u'(a)] v(a),  a u'(a) = R_s I/(2 pi) or (V - u(a))/ln(b/a).
        """
        disk, s = self.disk, self.section
        at = disk.value @ temperature
        rim = np.zeros(len(disk.nodes))
        rim[-1] = 1.0
        feed = log(s.feed_radius / s.radius)
        u = self.u
        if u is None:
            guess = self.voltage or uniform_voltage(self.law, self.mean_current_density, s.ambient)
            u = np.full(len(disk.nodes), guess)
        for _ in range(60):
            here = disk.value @ u
            current = self.ring @ self.law.current_density(here, at)
            if self.resistance == 0:
                if self.voltage:
                    break
                step = (self.mean_current_density * pi * s.radius**2 - current) / (self.ring @ self.law.slope(here, at))
                step = np.full(len(u), step)
            else:
                load = disk.value.T @ (disk.weights * disk.points * self.law.current_density(here, at))
                inflow = (self.voltage - u[-1]) / feed if self.voltage else self.mean_current_density * s.radius**2 / 2
                inflow = inflow if self.voltage else inflow * self.resistance
                residual = inflow * rim - self.sheet_form @ u - self.resistance * load
                jacobian = self.sheet_form + self.resistance * disk.form(
                    disk.points * self.law.slope(here, at), slopes=False
                )
                jacobian = jacobian + diags_array(rim / feed if self.voltage else 0 * rim)
                step = splu(jacobian.tocsc()).solve(residual)
            u = np.maximum(u + step, 0.3 * u)
            if np.abs(step).max() < 1e-9 * u.max():  # what is left is the square of it
                break
        else:
            raise ArithmeticError("sheet did not converge")
        self.u = u
        return u, float(self.ring @ self.law.current_density(disk.value @ u, disk.value @ temperature))

    def sources(self, u: np.ndarray, current: float, temperature: np.ndarray) -> tuple[np.ndarray, float]:
        """Load vector and its sum [W] (over 2 pi in the vector)."""
        disk, r, s = self.disk, self.r, self.section
        here = disk.value @ u
        areal = np.zeros(len(r.points))
        areal[: len(disk.points)] = self.law.current_density(here, disk.value @ temperature) * here
        joule = np.zeros(len(r.points))
        if self.resistance:
            joule[: len(disk.points)] = (disk.slope @ u) ** 2 / self.resistance
            ring = (r.points > s.radius) & (r.points < s.feed_radius)
            joule[ring] = self.resistance * (current / (2 * pi * r.points[ring])) ** 2
        weights = r.weights * r.points
        load = np.outer(r.value.T @ (weights * areal), self.over_emitter)
        load += np.outer(r.value.T @ (weights * joule), self.over_sheets)
        return load.ravel()[self.free], float(2 * pi * weights @ (areal + joule))

    def _solve(self, dt: float, right: np.ndarray) -> np.ndarray:
        key = f"{dt:.12e}"
        if key not in self._factors:
            if len(self._factors) > 3:
                self._factors.pop(next(iter(self._factors)))
            matrix = (self.mass + GAMMA * dt * self.stiffness).tocsc()
            self._factors[key] = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
        return self._factors[key].solve(right)

    def step(
        self, rise: np.ndarray, rate: np.ndarray, dt: float, *, on: bool
    ) -> tuple[np.ndarray, np.ndarray, float, float]:
        """One SDIRK step from a rise and its rate: the new ones, and the energy [J] released and supplied in it."""
        rates, load, power, supply = [], 0.0, 0.0, 0.0
        released = supplied = 0.0
        for coefficients, weight in zip(STAGES, LAST, strict=True):
            known = rise + dt * sum((c * k for c, k in zip(coefficients, rates, strict=False)), np.zeros(len(rise)))
            right = self.mass @ known
            value = known + GAMMA * dt * (rates[-1] if rates else rate)
            for _ in range(30):
                if on:
                    temperature = self.thickness_mean(value)
                    u, current = self.sheet(temperature)
                    load, power = self.sources(u, current, temperature)
                    supply = self.feed_voltage(u, current) * current
                new = self._solve(dt, right + GAMMA * dt * load)
                change, value = np.abs(new - value).max(), new
                if not on or change < 1e-8 * max(0.1, np.abs(value).max()):
                    break
            else:
                raise ArithmeticError("stage did not converge")
            rates.append((value - known) / (GAMMA * dt))
            released, supplied = released + dt * weight * power, supplied + dt * weight * supply
        return value, rates[-1], released, supplied

    def feed_voltage(self, u: np.ndarray, current: float) -> float:
        """[V] at the feed radius."""
        s = self.section
        return float(u[-1] + self.resistance * current * log(s.feed_radius / s.radius) / (2 * pi))

    def run(self, *, width: float, times: Sequence[float], breaks: Sequence[float], radii, runaway_rise=300.0) -> Run:
        """From 0 to the last of `times`, in `resolution.steps` equal steps between neighbouring break points.

        Args:
            width: [s] of the pulse, one of the break points if it is passed.
            times: [s] to be recorded; that at `width` is just before the switch-off, 0 just after the switch-on.
            breaks: [s] further break points.
            radii: [m] at which J and T are recorded.
            runaway_rise: [K] at which the run ends.
        """
        stops = sorted({0.0, *times, *(b for b in breaks if b < times[-1])})
        self._to_radii = self.disk.at(radii)
        rise = np.zeros(int(self.free.sum()))
        rate = np.zeros(len(rise))
        kept, energy = [], np.zeros(2)
        runaways: list[tuple[float, float] | None] = [None, None]
        if 0.0 in times:
            kept.append(self._record(0.0, rise, on=True))
        for start, end in pairwise(stops):
            on = start < width * (1 - 1e-9)
            # Steps are whole parts of the interval, so that halved ones still end on it.
            dt, done, total = 4096, 0, self.resolution.steps * 4096
            while done < total:
                length = (end - start) * dt / total
                try:
                    new, new_rate, released, supplied = self.step(rise, rate, length, on=on)
                except ArithmeticError:
                    # Too long a step for the fixed point; what its last guess left of the sheet is no start.
                    dt, self.u = dt // 2, None
                    if dt == 0:
                        raise
                    continue
                change = np.abs(self.thickness_mean(new) - self.thickness_mean(rise)).max()
                if change > self.resolution.largest_rise and dt > 1 and on:
                    dt //= 2
                    continue
                time = start + (end - start) * done / total
                for k, measure in enumerate((self._largest_mean, self._largest)):
                    if runaways[k] is None and measure(new)[0] > runaway_rise:
                        runaways[k] = self._crossing(time, length, (rise, rate), (new, new_rate), measure, runaway_rise)
                rise, rate, done = new, new_rate, done + dt
                energy += (released, supplied)
                if runaways[0]:
                    break
            if runaways[0]:
                break
            if end in times:
                kept.append(self._record(end, rise, on=on))
        columns = [np.array(column) for column in zip(*kept, strict=True)]
        return Run(*columns, runaways[0], runaways[1], (float(energy[0]), float(energy[1])))

    def _largest_mean(self, rise: np.ndarray) -> tuple[float, float]:
        mean = self.dense @ (self.thickness_mean(rise) - self.section.ambient)
        return float(mean.max()), float(self.places[mean.argmax()])

    def _largest(self, rise: np.ndarray) -> tuple[float, float]:
        emitter = self.field(rise)[: len(self.disk.nodes), self.over_emitter != 0]
        best = self.dense @ emitter
        k, _ = np.unravel_index(best.argmax(), best.shape)
        return float(best.max()), float(self.places[k])

    def _crossing(self, time, length, old, new, measure, limit) -> tuple[float, float]:
        """Time and place at which the limit was met, by Hermite's cubic over the step."""

        def between(x):
            h = ((1 + 2 * x) * (1 - x) ** 2, x * (1 - x) ** 2, x**2 * (3 - 2 * x), x**2 * (x - 1))
            return h[0] * old[0] + h[1] * length * old[1] + h[2] * new[0] + h[3] * length * new[1]

        x = brentq(lambda s: measure(between(s))[0] - limit, 0, 1, xtol=1e-13)
        return time + x * length, measure(between(x))[1]

    def _record(self, time: float, rise: np.ndarray, *, on: bool):
        temperature = self.thickness_mean(rise)
        inside = self.ring @ (self.disk.value @ temperature) / self.ring.sum()
        here = self._to_radii @ temperature
        if not on:
            return time, 0.0, 0.0, inside, np.zeros(len(here)), here
        u, current = self.sheet(temperature)
        density = self.law.current_density(self._to_radii @ u, here)
        return time, current, self.feed_voltage(u, current), inside, density, here
