"""Light out of a planar pixel: what becomes of the recombination events, for one wavelength or a spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError, unknown_name
from femled.optics.dipole import make_cavity
from femled.optics.emission import Emission, Facet, emit
from femled.optics.emitters import Emitters, Profile, place_emitters
from femled.optics.guided import Guided
from femled.optics.stack import make_stack
from femled.optics.waves import Real


@dataclass(frozen=True)
class Outcoupling:
    """Shares of all recombination events, by channel; they add up to 1.

        share_c = Int dz R(z) q sum_l w_l F_c(z, l)/(1 - q + q F(z)),   F(z) = sum_l w_l F(z, l)     (furno2012)

    with the emission profile R, the intrinsic yield q, the spectrum w and the powers F_c of the channels, each over
    that of the dipole in the unbounded emitter medium. Numbers of photons, not energies, if w counts photons.

    The power in a guided mode is the residue of the dissipation spectrum at its pole, Re(i pi c). What a film absorbs
    is known from the net flux on the real axis; the share of it that arrives by modes is the residue times the mode's
    loss share, the part beyond `near_field_index` is near field, the rest is direct. So the sum closes exactly, and for
    modes of strong loss, whose peaks are no Lorentzians, the direct share may come out slightly negative.

    Args:
        emissions: one for each wavelength.
        weights: (wavelengths,), summing to 1.
        emitters: heights and their shares.
        intrinsic_yield: [1] q of the emitter in the unbounded medium.
    """

    emissions: tuple[Emission, ...]
    weights: tuple[float, ...]
    emitters: Emitters
    intrinsic_yield: float

    @cached_property
    def purcell_factor(self) -> float:
        """[1] power over that in the unbounded emitter medium, mean over heights and spectrum."""
        return float(self._purcell @ self.emitters.shares)

    @cached_property
    def _purcell(self) -> Real:
        return np.asarray(sum(w * emission.purcell for w, emission in zip(self.weights, self.emissions, strict=True)))

    @cached_property
    def _events(self) -> Real:
        """(heights,) R q/(1 - q + q F)."""
        q = self.intrinsic_yield
        return np.asarray(self.emitters.shares * q / (1 - q + q * self._purcell))

    def _share(self, parts: Sequence[Any]) -> Any:
        return sum(w * part for w, part in zip(self.weights, parts, strict=True)) @ self._events

    @cached_property
    def top(self) -> float:
        """Leaves through the last half-space."""
        return float(self._share([emission.top for emission in self.emissions]))

    @cached_property
    def bottom(self) -> float:
        """Leaves through the first half-space, or through the back face of the thick substrate."""
        return float(self._share([emission.fate.bottom for emission in self.emissions]))

    @cached_property
    def substrate(self) -> float:
        """Enters the thick substrate beyond the critical angle of its back face."""
        return float(self._share([emission.fate.trapped for emission in self.emissions]))

    @cached_property
    def guided_te(self) -> float:
        """In the TE modes that were given."""
        return float(self._share([emission.guided_in("TE") for emission in self.emissions]))

    @cached_property
    def guided_tm(self) -> float:
        """In the TM modes that were given."""
        return float(self._share([emission.guided_in("TM") for emission in self.emissions]))

    @cached_property
    def guided(self) -> tuple[Real, ...]:
        """For each wavelength (modes,): share of its emission weight that is in each mode."""
        return tuple(emission.guided @ self._events for emission in self.emissions)

    @cached_property
    def direct(self) -> Real:
        """(media,) absorbed in each medium, not by way of a guided mode and not in the near field."""
        return np.asarray(self._share([emission.direct for emission in self.emissions]))

    @cached_property
    def near_field(self) -> Real:
        """(media,) absorbed in each medium at an effective index above `near_field_index`."""
        return np.asarray(self._share([emission.fate.near_field for emission in self.emissions]))

    @cached_property
    def absorbed(self) -> Real:
        """(media,) absorbed in each medium, in any way: direct, near field, and from guided modes."""
        return np.asarray(self._share([emission.absorbed for emission in self.emissions]))

    @cached_property
    def nonradiative(self) -> float:
        """Lost in the emitter itself: (1 - q)/(1 - q + q F)."""
        q = self.intrinsic_yield
        return float(self.emitters.shares @ ((1 - q) / (1 - q + q * self._purcell)))

    @cached_property
    def unassigned(self) -> float:
        """What no channel has: rounding, or guided modes of a lossless stack that were not given."""
        return float(self._share([emission.unassigned for emission in self.emissions]))

    @property
    def near_field_index(self) -> tuple[float, ...]:
        """[1] for each wavelength."""
        return tuple(emission.near_field_index for emission in self.emissions)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be said, each once."""
        return tuple(dict.fromkeys(text for emission in self.emissions for text in emission.warnings))

    def angular_intensity(self, angle: ArrayLike, *, facet: Facet = "top") -> Real:
        """Share of the recombination events per solid angle, in the medium beyond a facet.

        I = dP/dOmega = K_facet(N) n^2 cos(angle)/(2 pi N),   N = n sin(angle); Int I dOmega is `top` or `bottom`.

        Args:
            angle: [rad] from the normal, 0 .. pi/2.
            facet: "top", or "bottom" (below the thick substrate, if there is one).

        Returns:
            Of the shape of `angle`, [1/sr]; 0 beyond a facet that is not transparent.

        Raises:
            InputError: another facet, or an angle outside 0 .. pi/2.
        """
        if facet not in ("top", "bottom"):
            raise unknown_name("facet", str(facet), ("top", "bottom"))
        theta = np.asarray(angle, float)
        if not np.all((theta >= 0) & (theta <= np.pi / 2)):
            raise InputError("angle is outside 0 .. pi/2 rad: radians from the normal of the facet are meant")
        flat = np.zeros(theta.size)
        for weight, emission in zip(self.weights, self.emissions, strict=True):
            flat += weight * emission.intensity(self.emitters.heights, theta.ravel(), facet) @ self._events
        return np.asarray(flat.reshape(theta.shape)[()])


def outcoupling(
    *,
    indices: Sequence[complex],
    thicknesses: Sequence[float],
    wavelength: float,
    emitter: int,
    orientation: str | float = "isotropic",
    profile: Profile | None = None,
    depths: int = 21,
    minimum_distance: float = 2.5e-9,
    poles: Sequence[Guided] = (),
    loss_shares: ArrayLike | None = None,
    near_field_index: float | None = None,
    outside: float = 1.0,
    thick_substrate: bool = True,
    intrinsic_yield: float = 1.0,
) -> Outcoupling:
    """What becomes of the recombination events in a film of a planar stack, at one wavelength.

    Args:
        indices: (films + 2,), [1] complex n + i k from the first half-space (substrate) to the last.
        thicknesses: (films,), [m].
        wavelength: [m] in vacuum.
        emitter: position of the emitter film in `indices`; its k is left out.
        orientation: "isotropic", "horizontal", "vertical", or the share of horizontal dipoles, 0 .. 1.
        profile: see `emitters.place_emitters`; None is uniform over the film.
        depths: number of Gauss-Legendre heights.
        minimum_distance: [m] of dipoles from an absorbing neighbour.
        poles: guided modes of the stack whose emitter film has k = 0 (anything with `effective_index` and
            `polarization`); without them guided light of a stack that absorbs counts as absorbed directly.
        loss_shares: (modes, films + 2) of each mode's loss; None: from the field at Re n_eff.
        near_field_index: [1] beyond this absorption is near field; None: beyond every dielectric's index and mode.
        outside: [1] index of the medium below the thick substrate.
        thick_substrate: the first half-space ends far away at a back face, by which light bounces without phase.
        intrinsic_yield: [1] of the emitter in the unbounded medium.

    Raises:
        InputError: not a passive stack, an emitter that is no film, no room for dipoles, poles that are no guided
            modes, or a number outside its range.
    """
    return spectral_outcoupling(
        indices=[[index] for index in indices],
        thicknesses=thicknesses,
        wavelengths=[wavelength],
        weights=[1.0],
        emitter=emitter,
        orientation=orientation,
        profile=profile,
        depths=depths,
        minimum_distance=minimum_distance,
        poles=[poles],
        loss_shares=None if loss_shares is None else [loss_shares],
        near_field_index=near_field_index,
        outside=outside,
        thick_substrate=thick_substrate,
        intrinsic_yield=intrinsic_yield,
    )


def spectral_outcoupling(
    *,
    indices: Sequence[Any] | Any,
    thicknesses: Sequence[float],
    wavelengths: Sequence[float] | Any,
    weights: Sequence[float] | Any,
    emitter: int,
    orientation: str | float = "isotropic",
    profile: Profile | None = None,
    depths: int = 21,
    minimum_distance: float = 2.5e-9,
    poles: Sequence[Sequence[Guided]] | None = None,
    loss_shares: Sequence[ArrayLike] | None = None,
    near_field_index: float | None = None,
    outside: float = 1.0,
    thick_substrate: bool = True,
    intrinsic_yield: float = 1.0,
) -> Outcoupling:
    """What becomes of the recombination events in a film of a planar stack, over a spectrum.

    Args:
        indices: (films + 2, wavelengths), [1] complex; a medium may give one index for all.
        wavelengths: (wavelengths,), [m] in vacuum.
        weights: (wavelengths,) photons per step of the emission spectrum in the unbounded medium, in any unit.
        poles: for each wavelength its guided modes.
        loss_shares: for each wavelength (modes, films + 2).

    The other arguments, and what is refused: see `outcoupling`.
    """
    waves = np.atleast_1d(np.asarray(wavelengths, float))
    parts = np.asarray(weights, float)
    if waves.ndim != 1 or parts.shape != waves.shape or not np.all(parts >= 0) or not 0 < parts.sum() < np.inf:
        raise InputError(
            f"weights of shape {parts.shape} must be one finite number >= 0 for each of {waves.size} wavelengths, not "
            "all zero"
        )
    if not 0 <= intrinsic_yield <= 1:
        slip = f" (a share is meant: {intrinsic_yield / 100:g})" if 1 < intrinsic_yield <= 100 else ""
        raise InputError(f"intrinsic_yield {intrinsic_yield:g} is outside 0 .. 1{slip}")
    if not 0 < outside < 10:
        raise InputError(f"outside {outside:g} is not the index of a transparent medium, such as 1 for air")
    try:
        columns = np.array([np.broadcast_to(np.asarray(index, complex), waves.shape) for index in indices]).T
    except ValueError:
        raise InputError(f"each medium needs one index, or one for each of {waves.size} wavelengths") from None
    for name, given in (("poles", poles), ("loss_shares", loss_shares)):
        if given is not None and len(given) != waves.size:
            raise InputError(f"{name} are given for {len(given)} wavelengths of {waves.size}: one sequence for each")
    stacks = [make_stack(column, thicknesses, wave) for column, wave in zip(columns.tolist(), waves, strict=True)]
    cavities = [make_cavity(stack, emitter, orientation) for stack in stacks]
    emitters = place_emitters(
        [cavity.stack for cavity in cavities], emitter, profile=profile, count=depths, minimum_distance=minimum_distance
    )
    emissions = tuple(
        emit(
            cavity,
            emitters.heights,
            outside=outside if thick_substrate else None,
            poles=() if poles is None else poles[j],
            shares=None if loss_shares is None else loss_shares[j],
            near_field_index=near_field_index,
        )
        for j, cavity in enumerate(cavities)
    )
    return Outcoupling(emissions, tuple((parts / parts.sum()).tolist()), emitters, float(intrinsic_yield))
