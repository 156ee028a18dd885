"""Power of a dipole in the guided modes of its stack: residues of the dissipation spectrum at the poles."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.optics.dipole import Cavity, make_cavity
from femled.optics.stack import make_stack
from femled.optics.waves import Complex, Polarization, Real, respond

CIRCLE = 64
"""Points on the circle round a pole; with the next singularity at twice its radius the error is 2^-64."""
LARGEST_RADIUS = 0.05
LOSSLESS = 1e-12
"""Im n_eff below which a double does not tell a mode from one without loss."""


class Guided(Protocol):
    """A guided mode, as any mode solver gives it."""

    @property
    def effective_index(self) -> complex:
        """[1] n + i k."""

    @property
    def polarization(self) -> Polarization:
        """Either "TE" or "TM"."""


@dataclass(frozen=True)
class GuidedPole:
    """A guided mode by its place alone.

    Args:
        effective_index: [1] n + i k.
        polarization: "TE" or "TM".
    """

    effective_index: complex
    polarization: Polarization


@dataclass(frozen=True)
class Peak:
    """The dissipation spectrum near a guided mode: K(N) = c/(N - N_p) + sum_k h_k (N - N_0)^k.

    Args:
        pole: the mode, with its place N_p as the circle finds it.
        centre: N_0, of the circle.
        radius: of the circle.
        residue: (heights,) c.
        taylor: (powers, heights) h_k radius^k.
    """

    pole: GuidedPole
    centre: complex
    radius: float
    residue: Complex
    taylor: Complex

    @property
    def power(self) -> Real:
        """(heights,) of the mode, over that in the unbounded emitter medium: Re(i pi c), -Re(i pi c) if backward."""
        return np.asarray((1j * np.pi * self.residue).real) * (-1 if self.backward else 1)

    @cached_property
    def backward(self) -> bool:
        """Whether energy runs against the wave, as in some plasmons: the pole is on or below the real axis.

        On the axis (no loss) the sign of the residue tells.
        """
        place = self.pole.effective_index.imag
        return place < -LOSSLESS or (place <= LOSSLESS and bool(self.residue.imag.sum() > 0))

    @property
    def width(self) -> float:
        """Half width of the peak: |Im N_p|, or what a double can tell from 0."""
        return max(abs(self.pole.effective_index.imag), 1e-15)

    @property
    def half_window(self) -> float:
        """Distance from the peak up to which the expansion is used."""
        return 0.6 * self.radius

    @property
    def narrow(self) -> bool:
        """Whether the peak is so narrow that the spectrum itself has lost digits in it."""
        return self.width < 0.05 * self.half_window

    def spectrum(self, offset: Real) -> Real:
        """Re K at Re N_p + offset, (points, heights)."""
        place = (self.pole.effective_index.real - self.centre + offset) / self.radius
        regular = np.vander(place, len(self.taylor), increasing=True) @ self.taylor
        width = -self.width if self.backward else self.width
        return np.asarray((regular + self.residue / (offset - 1j * width)[:, None]).real)


def peaks(cavity: Cavity, heights: Real, poles: Sequence[Guided]) -> tuple[Peak, ...]:
    """The residue and the regular part of K at each pole, by the trapezoid rule on a circle (exponentially exact).

    Args:
        cavity: the stack and its dipoles.
        heights: (heights,), [m] of the dipoles above the lower face of the emitter film.
        poles: the guided modes; each may stand once.

    Raises:
        InputError: a leaky mode, or no pole where one is given.
    """
    return tuple(_peak(cavity, heights, pole, poles) for pole in poles)


def _peak(cavity: Cavity, heights: Real, pole: Guided, poles: Sequence[Guided]) -> Peak:
    N_p = complex(pole.effective_index)
    ends = (cavity.stack.indices[0], cavity.stack.indices[-1])
    lowest = max([0.0, *(n.real for n, free in zip(ends, cavity.transparent, strict=True) if free)])
    if not np.isfinite(N_p) or N_p.real <= lowest:
        raise InputError(
            f"pole {N_p:.8g} ({pole.polarization}) is not above the index {lowest:g} of the half-spaces: "
            'only bound modes are channels of their own (kind="bound"); leaky light is in the radiated power'
        )
    others = [complex(q.effective_index) for q in poles if q.polarization == pole.polarization and q is not pole]
    nearest = min(abs(N_p - place) for place in (*others, *ends, -N_p))
    radius = min(LARGEST_RADIUS, nearest / 2)
    turn = np.exp(2j * np.pi * (np.arange(CIRCLE) + 0.5) / CIRCLE)
    values = cavity.spectrum(N_p + radius * turn, pole.polarization, heights)
    residue = radius * (values * turn[:, None]).mean(axis=0)
    moment = radius**2 * (values * turn[:, None] ** 2).mean(axis=0)
    strongest = int(np.argmax(np.abs(residue)))
    shift = 0j
    if abs(residue[strongest]) > 1e-10 * radius * np.abs(values).max():
        shift = complex(moment[strongest] / residue[strongest])
    if abs(shift) > min(1e-6, 0.1 * radius):
        raise InputError(
            f"pole {N_p:.10g} is not a guided {pole.polarization} mode of the stack, or others are missing near it "
            f"(the spectrum points to {N_p + shift:.10g}): take the modes of the stack whose emitter film has k = 0"
        )
    regular = values - residue / (radius * turn - shift)[:, None]
    powers = np.arange(CIRCLE // 2)
    taylor = (np.power.outer(turn, -powers)[:, :, None] * regular[:, None, :]).mean(axis=0)
    return Peak(GuidedPole(N_p + shift, pole.polarization), N_p, radius, residue, taylor)


def loss_shares(cavity: Cavity, pole: GuidedPole) -> Real:
    """Share of a mode's loss in each medium, (media,), summing to 1; zeros if nothing absorbs.

    From the field at Re N_p: above and below the emitter film, with unit tangential field at its faces, scaled to one
    mode. Good to the order of Im N_p.

    Args:
        cavity: the stack and its dipoles.
        pole: of the mode.
    """
    N = np.array([pole.effective_index.real])
    part = pole.polarization
    k0 = cavity.stack.wavenumber
    up, down = (respond(*side, k0, N, part) for side in (cavity.above, cavity.below))
    kappa, Y = cavity.emitter_normal(N, part)
    odd = -np.expm1(2j * kappa * k0 * cavity.thickness)
    # psi at the upper face over psi at the lower face, from the lower load: phi = -D psi there
    upper = ((2 - odd) + odd * down.load / Y) / (2 * np.exp(1j * kappa * k0 * cavity.thickness))
    shares = np.zeros(len(cavity.stack.indices))
    shares[: cavity.emitter] = down.received[::-1, 0]
    shares[cavity.emitter + 1 :] = up.received[:, 0] * abs(upper[0]) ** 2
    return shares / shares.sum() if shares.sum() > 0 else shares


def guided_power(
    *,
    indices: Sequence[complex],
    thicknesses: Sequence[float],
    wavelength: float,
    emitter: int,
    heights: ArrayLike,
    poles: Sequence[Guided],
    orientation: str | float = "isotropic",
) -> Real:
    """Power of a dipole in guided modes, over all its power in the unbounded emitter medium: Re(i pi c).

    Args:
        indices: (films + 2,), [1] complex n + i k from the first half-space to the last.
        thicknesses: (films,), [m].
        wavelength: [m] in vacuum.
        emitter: position of the emitter film in `indices`; its k is left out.
        heights: (heights,), [m] of the dipole above the lower face of the film.
        poles: guided modes of the stack whose emitter film has k = 0.
        orientation: "isotropic", "horizontal", "vertical", or the share of horizontal dipoles.

    Returns:
        (modes, heights), [1].

    Raises:
        InputError: not a passive stack, a height outside the film, or poles that are no guided modes.
    """
    cavity = make_cavity(make_stack(indices, thicknesses, wavelength), emitter, orientation)
    z = np.atleast_1d(np.asarray(heights, float))
    if z.ndim != 1 or not np.all((z >= 0) & (z <= cavity.thickness)):
        raise InputError(
            f"heights are outside 0 .. {cavity.thickness:g} m above the lower face of the emitter film (metres!)"
        )
    return np.array([peak.power for peak in peaks(cavity, z, poles)]).reshape(len(poles), len(z))
