"""A mode of films that may be graded: its index, its field and how it answers to a small change of the profile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from femled.optics.elements import Complex, Real
from femled.optics.open_films import OpenFilms

Polarization = Literal["TE", "TM"]
Kind = Literal["bound", "leaky"]


@dataclass(frozen=True, eq=False)
class GradedMode:
    """A mode of films with open ends; the field is u exp(i(beta x - omega t)), u = E_y (TE) or H_y (TM).

    Args:
        effective_index: [1] complex; Im > 0 loses.
        polarization: "TE" or "TM".
        kind: "bound" or "leaky".
        heights: (nodes,), [m] of the nodes above the first interface.
        values: (nodes,), [1] u at the nodes, 1 at the node where it is largest.
        index_error: [1] change of the effective index when the order of the elements is raised.
        films: the discrete problem.
        decays: [1] g_b and g_t: u goes as exp(g_b k0 z) below and exp(-g_t k0 z) above.
    """

    effective_index: complex
    polarization: Polarization
    kind: Kind
    heights: Real
    values: Complex
    index_error: float
    films: OpenFilms
    decays: tuple[complex, complex]

    @property
    def modal_loss(self) -> float:
        """[1/m] alpha = 4 pi Im(n_eff)/lambda, negative for gain."""
        return 2 * self.films.wavenumber * self.effective_index.imag

    def field(self, height: float | Real) -> Complex:
        """The field u at any height.

        Args:
            height: (...), [m] above the first interface; negative in the half-space below.

        Returns:
            (...), [1] complex. A leaky mode grows into the half-space that it radiates into.
        """
        z = np.asarray(height, dtype=float)
        k0, top = self.films.wavenumber, self.films.mesh.top
        inside = self.films.mesh.values_at(np.clip(z, 0.0, top).ravel(), self.values).reshape(z.shape)
        g_b, g_t = self.decays
        outside = np.exp(g_b * k0 * np.minimum(z, 0.0) - g_t * k0 * np.maximum(z - top, 0.0))
        field: Complex = inside * outside
        return field

    def index_shift(self, change: Callable[[Real], Complex | Real]) -> complex:
        """First-order change of the effective index by a small change dn(z) of the films' index.

        d n_eff = Int n dn E.E dz / (n_eff Int E.E dz)                                    (TE)
        d n_eff = Int (dn/n^3) (H'^2/k0^2 + n_eff^2 H^2) dz / (n_eff Int H^2/n^2 dz)      (TM)

        without conjugation; the integrals below reach over the half-spaces, where E.E = E(0)^2 exp(2 g_b k0 z).

        Args:
            change: dn [1] as a function of the height (points,) [m], sampled within the films.

        Returns:
            [1] complex.
        """
        films, n_eff = self.films, self.effective_index
        dn = np.broadcast_to(np.asarray(change(films.mesh.points)), films.owners.shape)
        u, n = self.values[films.owners], films.index
        if films.transverse_magnetic:
            density = dn / n**3 * ((films.slopes @ self.values) ** 2 + (n_eff * u) ** 2)
        else:
            density = dn * n * u**2
        _, mass, below, above = films.forms(self.values)
        g_b, g_t = self.decays
        whole = mass + below / (2 * g_b) + above / (2 * g_t)
        return complex(np.sum(films.measure * density) / (n_eff * whole))
