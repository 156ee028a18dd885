"""Power of dipoles at one wavelength by channel: radiated, trapped, guided, absorbed directly and in the near field."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.optics.dipole import Cavity, depth_of_contour, return_of_contour, total_power
from femled.optics.fate import Fate, Sorting, fate
from femled.optics.guided import Guided, Peak, loss_shares, peaks
from femled.optics.waves import POLARIZATIONS, Polarization, Real

Facet = Literal["top", "bottom"]
OPEN = 1e-6
"""A balance open by more than this is a fault to be told, not rounding."""


@dataclass(frozen=True)
class Emission:
    """Power at one wavelength, for dipoles at several heights, over that in the unbounded emitter medium.

    Args:
        cavity: the stack and its dipoles.
        outside: [1] index below the thick substrate; None: no back face.
        purcell: (heights,) all power, by the bent contour.
        fate: where it ends, integrated over the real axis.
        modes: the guided modes.
        loss_shares: (modes, media) of each mode's loss; zeros where nothing absorbs.
        near_field_index: [1] beyond this absorption is near field.
        unresolved: largest difference of two quadrature rules on a panel that could not be halved further.
        said: what has to be said about the cavity.
    """

    cavity: Cavity
    outside: float | None
    purcell: Real
    fate: Fate
    modes: tuple[Peak, ...]
    loss_shares: Real
    near_field_index: float
    unresolved: float
    said: tuple[str, ...]

    @cached_property
    def guided(self) -> Real:
        """(modes, heights) power in each mode."""
        return np.array([mode.power for mode in self.modes]).reshape(len(self.modes), len(self.purcell))

    @cached_property
    def top(self) -> Real:
        """(heights,) leaves through a transparent last half-space, also after a return by the substrate."""
        return np.asarray(self.fate.received[-1] * self.cavity.transparent[1])

    @cached_property
    def absorbed(self) -> Real:
        """(media, heights) absorbed, whichever way it came there."""
        absorbed = self.fate.received.copy()
        absorbed[-1] -= self.top
        return absorbed

    @cached_property
    def direct(self) -> Real:
        """(media, heights) absorbed less what guided modes lose there and less the near field."""
        return np.asarray(self.absorbed - self.fate.near_field - self.loss_shares.T @ self.guided)

    @cached_property
    def unassigned(self) -> Real:
        """(heights,) power that no channel has: rounding, or guided modes of a lossless stack that were not given."""
        known = self.top + self.fate.bottom + self.fate.trapped + self.guided.sum(axis=0)
        return np.asarray(self.purcell - known - self.direct.sum(axis=0) - self.fate.near_field.sum(axis=0))

    def guided_in(self, polarization: Polarization) -> Real:
        """(heights,) power in all modes of one polarization."""
        mine = [mode.pole.polarization == polarization for mode in self.modes]
        return np.asarray(self.guided[mine].sum(axis=0))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What has to be said."""
        said = list(self.said)
        stack, (bottom, top) = self.cavity.stack, self.cavity.transparent
        for position, transparent, name in ((0, bottom, "first"), (len(stack.indices) - 1, top, "last")):
            index = stack.indices[position]
            if not transparent and index.imag < 0.01 * index.real:
                said.append(
                    f"the {name} half-space absorbs (n = {index:.6g}): what enters it counts as absorbed there; "
                    "k = 0 lets it out"
                )
        open_balance = float(np.abs(self.unassigned / self.purcell).max())
        if open_balance > OPEN:
            said.append(
                f"{open_balance:.2g} of the power at {stack.wavelength:.4g} m has no channel: "
                "guided modes of little loss, or backward ones (Im n_eff < 0), are missing from the poles"
            )
        return tuple(said)

    def intensity(self, heights: Real, theta: Real, facet: Facet) -> Real:
        """Power per solid angle over all that of the dipole in the unbounded emitter medium.

        Args:
            heights: (heights,), [m] above the lower face of the emitter film.
            theta: (angles,), [rad] in the medium beyond the facet.
            facet: "top" or "bottom".

        Returns:
            (angles, heights), [1/sr].
        """
        cavity, media = self.cavity, len(self.cavity.stack.indices)
        top = facet == "top"
        if not cavity.transparent[1 if top else 0]:
            return np.zeros((len(theta), len(heights)))
        index = cavity.stack.indices[-1 if top else 0].real
        if not top and self.outside is not None:
            index = self.outside
        N = np.maximum(index * np.sin(theta), 1e-9 * index)
        density = np.zeros((len(theta), len(heights)))
        for polarization in POLARIZATIONS:
            for rows, columns in Sorting(cavity, self.outside).spectrum(N, polarization, heights):
                density += rows[media - 1 if top else media][:, None] * columns
        return density * (index**2 * np.cos(theta) / (2 * np.pi * N))[:, None]


def emit(
    cavity: Cavity,
    heights: Real,
    *,
    outside: float | None,
    poles: Sequence[Guided] = (),
    shares: ArrayLike | None = None,
    near_field_index: float | None = None,
) -> Emission:
    """The power of dipoles at one wavelength, by channel.

    Args:
        cavity: the stack and its dipoles.
        heights: (heights,), [m] above the lower face of the emitter film.
        outside: [1] index below the thick substrate; None: no back face.
        poles: the guided modes of the cavity's stack.
        shares: (modes, media) of each mode's loss; None: from the field at Re n_eff.
        near_field_index: [1] beyond this absorption is near field; None: beyond every dielectric's index and mode.

    Raises:
        InputError: poles that are no guided modes, shares that do not add up.
    """
    modes = peaks(cavity, heights, poles)
    near = near_field_index
    if near is None:
        places = [mode.pole.effective_index for mode in modes]
        near = max([cavity.largest_index, *(place.real + 5 * place.imag for place in places)])
    elif not 0 < near < np.inf:
        raise InputError(f"near_field_index {near:g} is outside 0 .. infinity: an effective index such as 3 is meant")
    media = len(cavity.stack.indices)
    if shares is None:
        table = np.array([loss_shares(cavity, mode.pole) for mode in modes]).reshape(-1, media)
    else:
        table = np.asarray(shares, float)
        if table.shape != (len(modes), media) or not np.all(np.abs(table.sum(axis=1) - 1) < 1e-6):
            raise InputError(
                f"loss_shares of shape {table.shape} must be ({len(modes)} poles, {media} indices), "
                "each row summing to 1"
            )
    outside = outside if cavity.transparent[0] else None
    where, unresolved = fate(Sorting(cavity, outside), heights, modes, near)
    said = (cavity.said,) if cavity.said else ()
    purcell = total_power(cavity, heights)
    back = return_of_contour(cavity, heights)
    for mode in modes:
        place = mode.pole.effective_index
        if mode.backward and -place.imag < depth_of_contour(place.real, back):
            purcell = purcell - (2j * np.pi * mode.residue).real
    return Emission(cavity, outside, purcell, where, modes, table, near, unresolved, said)
