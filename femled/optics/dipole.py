"""Power that an electric dipole in a film of a planar stack gives off, over that in the unbounded emitter medium.

The film has the real index n; in-plane wavenumbers are k0 N, and the free dipole fills N = 0 .. n. With the loads L_u
and L_d (see `waves`) of what lies above and below, as seen at the dipole, the power per effective index is Re K,

    vertical          K_v    = 3 N^3/n^5  1/(L_u + L_d)            TM
    horizontal, TE    K_h,TE = (3/2) N/n  1/(L_u + L_d)
    horizontal, TM    K_h,TM = (3/2) N/n  L_u L_d/(L_u + L_d)      isotropic: K = (K_v + 2 K_h)/3

(chance1978, lukosz1977, neyts1998; in terms of reflections 1/(L_u + L_d) = (1 + a)(1 + b)/(2 Y (1 - a b)) with the
reflections a from above and b from below at the dipole.) Through a film of distance s below a load L,

    L_u = G_u/P_u,   P = (1 + q) + (1 - q) L/Y,   G = L (1 + q) + Y (1 - q),   q = exp(2 i kappa k0 s)
    1/(L_u + L_d) = P_u P_d/W,   W = 2 [(U + D)(1 + q) + (U D/Y + Y)(1 - q)] for the whole film: zero at guided modes.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from femled.errors import InputError, unknown_name
from femled.optics.quadrature import Factors, integrate
from femled.optics.stack import Stack
from femled.optics.waves import POLARIZATIONS, Complex, Polarization, Real, admittance, load_of, normal_index

HORIZONTAL_SHARE = {"isotropic": 2 / 3, "horizontal": 1.0, "vertical": 0.0}
NOTHING = 38.0
"""Waves are followed until they have decayed by exp(-38) = 3e-17."""
BEND = 0.3
"""Slope by which the contour leaves the real axis."""


@dataclass(frozen=True)
class Cavity:
    """A planar stack with dipoles in one lossless film.

    Args:
        stack: passive, with a real index in the emitter film.
        emitter: position in `stack.indices`.
        horizontal: share of horizontal dipoles, 2/3 if isotropic.
        said: that absorption of the emitter film is left out, if it has any.
    """

    stack: Stack
    emitter: int
    horizontal: float
    said: str = ""

    @property
    def index(self) -> float:
        """[1] n of the emitter film."""
        return self.stack.indices[self.emitter].real

    @property
    def thickness(self) -> float:
        """[m] of the emitter film."""
        return self.stack.thicknesses[self.emitter - 1]

    @cached_property
    def above(self) -> tuple[tuple[complex, ...], tuple[float, ...]]:
        """Indices and thicknesses seen from the emitter film upwards."""
        return self.stack.indices[self.emitter + 1 :], self.stack.thicknesses[self.emitter :]

    @cached_property
    def below(self) -> tuple[tuple[complex, ...], tuple[float, ...]]:
        """Indices and thicknesses seen from the emitter film downwards."""
        return self.stack.indices[self.emitter - 1 :: -1], self.stack.thicknesses[: self.emitter - 1][::-1]

    def emitter_normal(self, N: Any, polarization: Polarization) -> tuple[Complex, Complex]:
        """Normal index kappa and admittance Y of the emitter film."""
        kappa = normal_index(self.index, N)
        return kappa, admittance(self.index, kappa, polarization)

    def loads(self, N: Any, polarization: Polarization) -> tuple[Complex, Complex]:
        """U and D: loads at the upper and the lower face of the emitter film."""
        k0 = self.stack.wavenumber
        return load_of(*self.above, k0, N, polarization), load_of(*self.below, k0, N, polarization)

    def wronskian(self, N: Any, polarization: Polarization, U: Complex, D: Complex) -> Complex:
        """W, which vanishes at the guided modes."""
        kappa, Y = self.emitter_normal(N, polarization)
        odd = -np.expm1(2j * kappa * self.stack.wavenumber * self.thickness)
        return np.asarray(2 * ((U + D) * (2 - odd) + (U * D / Y + Y) * odd))

    def side(
        self, N: Any, polarization: Polarization, load: Complex, distance: Real
    ) -> tuple[Complex, Complex, Complex]:
        """P, G and exp(i kappa k0 s) at the dipole, (points, heights), for the face at a distance [m]."""
        kappa, Y = (part[:, None] for part in self.emitter_normal(N, polarization))
        wave = np.exp(1j * kappa * self.stack.wavenumber * distance)
        odd = -np.expm1(2j * kappa * self.stack.wavenumber * distance)
        L = load[:, None]
        return 2 - odd + odd / Y * L, L * (2 - odd) + Y * odd, wave

    def strengths(self, N: Any, polarization: Polarization) -> tuple[Any, Any]:
        """Factors of P_u P_d/W and G_u G_d/W in K for the given orientation."""
        n, h = self.index, self.horizontal
        if polarization == "TE":
            return 1.5 * h * N / n, 0.0
        return 3 * (1 - h) * N**3 / n**5, 1.5 * h * N / n

    def spectrum(self, N: Any, polarization: Polarization, heights: Real) -> Complex:
        """K of the given orientation, (points, heights).

        Args:
            N: (points,), [1] effective index, real or complex.
            polarization: "TE" or "TM".
            heights: (heights,), [m] of the dipoles above the lower face of the emitter film.
        """
        U, D = self.loads(N, polarization)
        P_u, G_u, _ = self.side(N, polarization, U, self.thickness - heights)
        P_d, G_d, _ = self.side(N, polarization, D, heights)
        p, g = self.strengths(N, polarization)
        return np.asarray(((p * P_u.T * P_d.T + g * G_u.T * G_d.T) / self.wronskian(N, polarization, U, D)).T)

    @cached_property
    def transparent(self) -> tuple[bool, bool]:
        """Whether waves run off in the first and in the last half-space."""
        first, last = self.stack.indices[0] ** 2, self.stack.indices[-1] ** 2
        return first.imag == 0 < first.real, last.imag == 0 < last.real

    def reach(self, heights: Real, *, metals_only: bool) -> float:
        """Effective index beyond which the far field of absorbers (or metals) is nothing at the dipoles; 0 without any.

        Waves beyond the largest index n_max of the dielectrics decay as exp(-2 sqrt(N^2 - n_max^2) k0 s).
        """
        distance = np.inf
        faces = np.array(self.stack.interfaces)
        low = faces[self.emitter - 1]
        for j, index in enumerate(self.stack.indices):
            eps = index**2
            if j == self.emitter or not (_is_metal(index) if metals_only else eps.imag > 0):
                continue
            gap = low + heights.min() - faces[j] if j < self.emitter else faces[j - 1] - low - heights.max()
            distance = min(distance, float(gap))
        if distance == np.inf:
            return 0.0
        return float(np.hypot(self.largest_index, NOTHING / (2 * self.stack.wavenumber * distance)))

    @cached_property
    def largest_index(self) -> float:
        """[1] of the dielectrics."""
        return max(abs(index) for index in self.stack.indices if not _is_metal(index))


def _is_metal(index: complex) -> bool:
    """Whether plasmons can run along the medium: |Im eps| or -Re eps above Re eps."""
    eps = index**2
    return eps.real <= abs(eps.imag)


def make_cavity(stack: Stack, emitter: int, orientation: str | float) -> Cavity:
    """The stack with dipoles in a film, whose absorption is left out.

    Args:
        stack: indices, thicknesses, wavelength.
        emitter: position of the emitter film in `stack.indices`.
        orientation: "isotropic", "horizontal", "vertical", or the share of horizontal dipoles.

    Raises:
        InputError: the emitter is no film or a metal, a stack with gain, or an unknown orientation.
    """
    stack.refuse_gain("dipole emission")
    films = len(stack.thicknesses)
    if emitter != int(emitter) or not 1 <= emitter <= films:
        allowed = f"1 .. {films}" if films else "none, for there is no film"
        raise InputError(f"emitter {emitter} is not the position of a film in indices: allowed are {allowed}")
    index = stack.indices[emitter]
    if index.imag > index.real:
        raise InputError(f"indices[{emitter}] = {index:.6g} is a metal, and a dipole needs a medium that carries light")
    if isinstance(orientation, str):
        if orientation not in HORIZONTAL_SHARE:
            raise unknown_name("orientation", orientation, HORIZONTAL_SHARE)
        share = HORIZONTAL_SHARE[orientation]
    else:
        share = float(orientation)
        if not 0 <= share <= 1:
            raise InputError(f"orientation {share:g} is outside 0 .. 1, the share of horizontal dipoles")
    said = ""
    if index.imag > 0:
        said = (
            f"the emitter film is taken without its own absorption: n = {index.real:.6g} for {index:.6g} "
            "(light it absorbs again is not followed)"
        )
    real = tuple(complex(n.real) if j == emitter else n for j, n in enumerate(stack.indices))
    return Cavity(replace(stack, indices=real), int(emitter), share, said)


def total_power(cavity: Cavity, heights: Real) -> Real:
    """Purcell factor: all the power a dipole gives off, over that in the unbounded emitter medium.

    F = 1 + Re Int (K - K_free) dN along N(s) = s - i b s (1 - s/N_b), which passes below the branch points and the
    poles of all forward waves, and beyond N_b on the real axis as long as absorbers are felt. Poles of backward waves
    (some plasmons, Re N > 0 > Im N) may lie above the contour; what they add is taken off by `emission.emit`.

    Args:
        cavity: the stack and its dipoles.
        heights: (heights,), [m] above the lower face of the emitter film.

    Returns:
        (heights,), [1].
    """
    back = return_of_contour(cavity, heights)
    end = max(back, cavity.reach(heights, metals_only=False))
    unit = cavity.largest_index
    marks = [0.0, cavity.index, *(unit * 2.0**j for j in range(1, 60) if unit * 2.0**j < end), back, end]
    intervals = list(pairwise(sorted({*marks})))
    columns = len(heights)

    def integrand(s: Real) -> Factors:
        bent = s < back
        N = s - 1j * depth_of_contour(s, back)
        slope = 1 - 1j * BEND * np.where(bent, 1 - 2 * s / back, 0)
        values = sum(_change(cavity, N, polarization, heights) for polarization in POLARIZATIONS)
        return [(np.ones((1, len(s))), (values * slope[:, None]).real)]

    sums, _ = integrate(integrand, intervals, rows=1, columns=columns)
    return np.asarray(1 + sums.sum(axis=(0, 1)))


def return_of_contour(cavity: Cavity, heights: Real) -> float:
    """N_b: beyond every mode that is felt at the dipoles."""
    return max(2 * cavity.largest_index, cavity.reach(heights, metals_only=True))


def depth_of_contour(s: Any, back: float) -> Any:
    """-Im N of the contour over Re N."""
    return np.where(s < back, BEND * s * (1 - s / back), 0.0)


def _change(cavity: Cavity, N: Complex, polarization: Polarization, heights: Real) -> Any:
    """K less that of the unbounded medium, (points, heights): a + b + 2 a b over 1 - a b in place of 1."""
    kappa, Y = cavity.emitter_normal(N, polarization)
    U, D = cavity.loads(N, polarization)
    r_u, r_d = (Y - U) / (Y + U), (Y - D) / (Y + D)
    k0 = cavity.stack.wavenumber
    both = r_u * r_d * np.exp(2j * kappa * k0 * cavity.thickness)
    exponent = 2j * k0 * kappa[:, None]
    sides = r_u[:, None] * np.exp(exponent * (cavity.thickness - heights)) + r_d[:, None] * np.exp(exponent * heights)
    p, g = cavity.strengths(N, polarization)
    electric, magnetic = (p / (2 * Y * (1 - both)))[:, None], (g * Y / (2 * (1 - both)))[:, None]
    return electric * (sides + 2 * both[:, None]) + magnetic * (2 * both[:, None] - sides)
