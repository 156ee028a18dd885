"""Films between half-spaces on elements: matrices with exact open ends, and all their eigenvalues.

In s = k0 z, with w = 1 and u = E_y (TE) or w = n^2 and u = H_y (TM),

    (u'/w)' + (n^2 - n_eff^2) u/w = 0,    u' = g_b u at the lowest face,  u' = -g_t u at the highest,

where u goes as exp(g_b s) below and exp(-g_t s) above: g^2 = n_eff^2 - n^2 of that half-space. Both roots are
rational in one parameter sigma, with q = (n_b^2 - n_t^2)/4,

    g_b = sigma - q/sigma,    g_t = sigma + q/sigma,    n_eff^2 = (n_b^2 + n_t^2)/2 + sigma^2 + q^2/sigma^2,

which unfolds the four choices of sign into one plane without cuts. The weak form

    T(sigma) u = [A - n_eff^2 B - (g_b/w_b) e_b e_b^T - (g_t/w_t) e_t e_t^T] u = 0

times sigma^2 is a polynomial of degree 4 (of degree 2 if q = 0), hence a linear eigenproblem of as many times its size:
it gives every mode on every sheet at once, without a search.
"""

import cmath
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from femled.optics.elements import Complex, Mesh, Profile, Real, lobatto, sampled

_STEPS = 20


@dataclass(frozen=True)
class OpenFilms:
    """The discrete problem.

    Args:
        mesh: of the films.
        profiles: (films,), refractive index of each: complex, or a function of the height [m].
        below: [1] complex index of the half-space below.
        above: [1] complex index of the half-space above.
        wavenumber: [1/m] k0.
        transverse_magnetic: TM, otherwise TE.
    """

    mesh: Mesh
    profiles: Sequence[Profile]
    below: complex
    above: complex
    wavenumber: float
    transverse_magnetic: bool

    @property
    def contrast(self) -> complex:
        """[1] q = (n_b^2 - n_t^2)/4; half-spaces that differ in the last digit only are alike."""
        q = (self.below**2 - self.above**2) / 4
        return q if abs(q) > 1e-15 * abs(self.mean_square) else 0j

    @property
    def mean_square(self) -> complex:
        """[1] (n_b^2 + n_t^2)/2."""
        return (self.below**2 + self.above**2) / 2

    @cached_property
    def index(self) -> Complex:
        """(points,), [1] refractive index at the points of the mesh."""
        parts = [sampled(self.profiles[e.film], e.film, e.inner_nodes) for e in self.mesh.elements]
        return np.concatenate(parts)

    @cached_property
    def owners(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """(points,), which node each point is."""
        firsts = self.mesh.first_nodes
        return np.concatenate([f + np.arange(e.order + 1) for f, e in zip(firsts, self.mesh.elements, strict=True)])

    @cached_property
    def measure(self) -> Real:
        """(points,), [1] weights of Int ds, s = k0 z."""
        halves = [self.wavenumber * element.thickness / 2 for element in self.mesh.elements]
        return np.concatenate(
            [half * lobatto(e.order).weights for half, e in zip(halves, self.mesh.elements, strict=True)]
        )

    @cached_property
    def slopes(self) -> Real:
        """(points, nodes), [1] u' at the points from u at the nodes."""
        matrix = np.zeros((len(self.owners), self.mesh.node_count))
        row = 0
        for first, element in zip(self.mesh.first_nodes, self.mesh.elements, strict=True):
            size = element.order + 1
            scale = 2 / (self.wavenumber * element.thickness)
            matrix[row : row + size, first : first + size] = scale * lobatto(element.order).slopes
            row += size
        return matrix

    @cached_property
    def weight(self) -> Complex:
        """(points,), [1] w."""
        return self.index**2 if self.transverse_magnetic else np.ones_like(self.index)

    @property
    def end_weights(self) -> tuple[complex, complex]:
        """[1] w of the half-spaces."""
        return (self.below**2, self.above**2) if self.transverse_magnetic else (1 + 0j, 1 + 0j)

    def lumped(self, density: Complex) -> Complex:
        """(nodes,) Int density u v ds: a diagonal, as the nodes are those of the quadrature."""
        terms = self.measure * density
        count = self.mesh.node_count
        return np.bincount(self.owners, terms.real, count) + 1j * np.bincount(self.owners, terms.imag, count)

    @cached_property
    def mass(self) -> Complex:
        """(nodes,) diagonal of B = Int u v/w ds."""
        return self.lumped(1 / self.weight)

    @cached_property
    def stiffness(self) -> Complex:
        """(nodes, nodes) A = Int (n^2 u v - u' v')/w ds."""
        bending = self.slopes.T @ ((self.measure / self.weight)[:, None] * self.slopes)
        return np.diag(self.lumped(self.index**2 / self.weight)) - bending

    def decays(self, sigma: complex) -> tuple[complex, complex]:
        """[1] g_b and g_t."""
        shift = self.contrast / sigma
        return sigma - shift, sigma + shift

    def square(self, sigma: complex) -> complex:
        """[1] n_eff^2."""
        return self.mean_square + sigma**2 + (self.contrast / sigma) ** 2

    def effective_index(self, sigma: complex) -> complex:
        """[1] n_eff, of the wave that goes or decays towards larger x: Re n_eff >= 0."""
        return cmath.sqrt(self.square(sigma))

    def matrix(self, sigma: complex) -> Complex:
        """(nodes, nodes) T(sigma)."""
        matrix = self.stiffness.copy()
        diagonal = np.einsum("ii->i", matrix)
        diagonal -= self.square(sigma) * self.mass
        for end, decay, weight in zip((0, -1), self.decays(sigma), self.end_weights, strict=True):
            matrix[end, end] -= decay / weight
        return matrix

    def eigenvalues(self) -> Complex:
        """(many,) all sigma at which T(sigma) is singular, by the companion matrix of T sigma^2/B.

        sigma^4 y = -C sigma^3 y + (A - m B) sigma^2 y + q D sigma y - q^2 y,   C, D = e_b e_b^T/w_b +- e_t e_t^T/w_t
        """
        q, size = self.contrast, self.mesh.node_count
        root = np.sqrt(self.mass)
        body = self.stiffness / root[:, None] / root[None, :] - self.mean_square * np.eye(size)
        ends = np.array([1 / weight for weight in self.end_weights]) / root[[0, -1]] ** 2
        corners = np.ix_([0, -1], [0, -1])
        sums, differences = np.zeros((2, size, size), dtype=np.complex128)
        sums[corners] = np.diag(ends)
        differences[corners] = np.diag(ends * [1, -1])
        blocks = [body, -sums] if q == 0 else [-(q**2) * np.eye(size), q * differences, body, -sums]
        companion = np.eye(len(blocks) * size, k=size, dtype=np.complex128)
        companion[-size:] = np.hstack(blocks)
        # Real matrices stay real: a third of the time.
        values = np.linalg.eigvals(companion if np.any(companion.imag) else companion.real)
        found: Complex = values[values != 0].astype(np.complex128)
        return found

    def polished(
        self, sigma: complex, start: Complex, others: Sequence[tuple[complex, Complex]] = ()
    ) -> tuple[complex, Complex] | None:
        """The eigenvalue and vector near a first value: inverse iteration with the Rayleigh functional.

        u <- T(sigma)^-1 u;   sigma <- the root of u^T T(sigma) u = 0 nearest to it (u is an eigenvector to first
        order, so this root is right to second). Vectors of two modes are orthogonal, u_1^T [T(sigma_1) - T(sigma_2)]
        u_2 = 0, which keeps the second of a close pair away from the first.

        Args:
            sigma: [1] first value.
            start: (nodes,), first vector.
            others: modes close by that are known already.

        Returns:
            sigma and the vector, of largest value 1; None if the iteration does not settle.
        """
        vector = start
        settled = 0
        for _ in range(_STEPS):
            try:
                vector = np.linalg.solve(self.matrix(sigma), vector)
            except np.linalg.LinAlgError:
                sigma *= 1 + 1e-14  # exactly singular: this is the eigenvalue
                continue
            for other, known in others:
                vector = vector - known * (self._product(known, vector, other) / self._product(known, known, other))
            vector = vector / vector[np.abs(vector).argmax()]
            if not np.all(np.isfinite(vector)):
                return None
            new = self._rayleigh(vector, sigma)
            if new is None:
                return None
            change = abs(self.square(new) - self.square(sigma))
            sigma = new
            # Once more after the last change that matters: the vector is one order behind.
            settled = settled + 1 if change < 1e-13 * (1 + abs(self.square(sigma))) else 0
            if settled == 2:
                return sigma, vector
        return None

    def forms(self, vector: Complex) -> tuple[complex, complex, complex, complex]:
        """[1] u^T A u, u^T B u, u_b^2/w_b, u_t^2/w_t; the first by squares of u', to lose no digits in thin films."""
        slope = self.slopes @ vector
        field = vector[self.owners]
        density = self.measure / self.weight
        bulk = complex(np.sum(density * ((self.index * field) ** 2 - slope**2)))
        below, above = (complex(vector[end] ** 2 / w) for end, w in zip((0, -1), self.end_weights, strict=True))
        return bulk, complex(np.sum(density * field**2)), below, above

    def _rayleigh(self, vector: Complex, sigma: complex) -> complex | None:
        """The root of u^T T(sigma) u = 0 near sigma, by Newton."""
        bulk, mass, below, above = self.forms(vector)
        for _ in range(_STEPS):
            g_b, g_t = self.decays(sigma)
            value = bulk - self.square(sigma) * mass - g_b * below - g_t * above
            slope = self._rates(sigma, mass, below, above)
            if slope == 0:
                return None
            step = value / slope
            sigma -= step
            if sigma == 0 or not cmath.isfinite(sigma):
                return None
            if abs(step) <= 2e-16 * abs(sigma):
                break
        return sigma

    def _rates(self, sigma: complex, mass: complex, below: complex, above: complex) -> complex:
        """d(u^T T u)/d sigma = -2 g_b g_t/sigma u^T B u - (g_t/sigma) u_b^2/w_b - (g_b/sigma) u_t^2/w_t."""
        g_b, g_t = self.decays(sigma)
        return -(2 * g_b * g_t * mass + g_t * below + g_b * above) / sigma

    def _product(self, one: Complex, two: Complex, sigma: complex) -> complex:
        """u_1^T (dT/d sigma) u_2."""
        below, above = (complex(one[end] * two[end] / w) for end, w in zip((0, -1), self.end_weights, strict=True))
        return self._rates(sigma, complex(np.sum(one * self.mass * two)), below, above)
