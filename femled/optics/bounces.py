"""Thick films in a stack: between them light interferes, across them only intensities add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from femled.optics.coherent import CoherentStack
from femled.optics.waves import Polarization, Real


@dataclass(frozen=True)
class PartlyCoherentStack:
    """A stack lit by unit power, with films across which the phase is lost.

    The thick media t = 0 .. m (half-spaces and thick films) are joined by coherent groups. Thick film t passes
    P = exp(-2 Im(kappa) k0 d) of a wave, and nothing if the wave is evanescent in it. All bounces summed, from the far
    end to the near one (byrnes2016):

        S_g = R_g + T_g S' T_g' / (1 - R_g' S'),   S' = P^2 S_(g+1)

    with R', T' of the group seen from behind. What a thick film absorbs is the power that enters it less the power
    that leaves it (the same as Beer-Lambert both ways, but for the standing wave at its faces, of order k/n).

    Args:
        indices: of the near half-space, the films, the far half-space, each [1] complex.
        thicknesses: of the films, [m].
        wavenumber: k0, [1/m].
        effective_index: [1] N, real.
        polarization: "TE" or "TM".
        incoherent: rising positions in `indices` of the thick films.
    """

    indices: Sequence[Any]
    thicknesses: Sequence[float]
    wavenumber: Any
    effective_index: Any
    polarization: Polarization
    incoherent: tuple[int, ...]

    @cached_property
    def thick(self) -> list[int]:
        """Positions of the thick media, half-spaces included."""
        return [0, *self.incoherent, len(self.indices) - 1]

    @cached_property
    def groups(self) -> list[tuple[CoherentStack, CoherentStack]]:
        """Each coherent group seen from below and from above."""
        pairs = []
        for low, high in zip(self.thick, self.thick[1:], strict=False):
            media, films = list(self.indices[low : high + 1]), list(self.thicknesses[low : high - 1])
            rest = (self.wavenumber, self.effective_index, self.polarization)
            pairs.append((CoherentStack(media, films, *rest), CoherentStack(media[::-1], films[::-1], *rest)))
        return pairs

    @cached_property
    def passes(self) -> list[Any]:
        """Share of a wave's power that crosses each thick medium; 1 and 0 for the half-spaces."""
        shares: list[Any] = [1.0]
        for position, (_, behind) in zip(self.incoherent, self.groups, strict=False):
            decay = behind.normal.imag * self.wavenumber * self.thicknesses[position - 1]
            evanescent = np.real(self.indices[position]) <= np.real(self.effective_index)
            shares.append(np.where(evanescent, 0.0, np.exp(-2 * decay)))
        return [*shares, 0.0]

    @cached_property
    def returned(self) -> list[Any]:
        """S_g: share of the power on each group from below that comes back, after all bounces above it."""
        sums: list[Any] = [0.0]
        for g in reversed(range(len(self.groups))):
            front, back = self.groups[g]
            beyond = self.passes[g + 1] ** 2 * sums[0]
            sums.insert(0, front.reflectance + front.received[-1] * beyond * back.received[-1] / self._echo(g, beyond))
        return sums

    def _echo(self, g: int, beyond: Any) -> Any:
        """1 - R' S'; where nothing is lost nothing has entered, and any value will do."""
        remaining = 1 - self.groups[g][1].reflectance * beyond
        return np.where(remaining > 0, remaining, 1.0)

    @cached_property
    def incident(self) -> list[tuple[Any, Any]]:
        """Power that falls on each group, from below and from above."""
        pairs = []
        below: Any = 1.0
        for g, (front, _) in enumerate(self.groups):
            beyond = self.passes[g + 1] ** 2 * self.returned[g + 1]
            entered = below * front.received[-1] / self._echo(g, beyond)
            pairs.append((below, entered * beyond))
            below = entered * self.passes[g + 1]
        return pairs

    @property
    def reflectance(self) -> Real:
        """Share of the incident power."""
        return np.asarray(self.returned[0])

    @property
    def transmittance(self) -> Real:
        """Share of the incident power."""
        return np.asarray(self.incident[-1][0] * self.groups[-1][0].received[-1])

    @cached_property
    def absorptance(self) -> Real:
        """(films, ...) share of the incident power."""
        parts: list[Any] = []
        arriving: Any = None
        for g, ((front, back), (below, above)) in enumerate(zip(self.groups, self.incident, strict=True)):
            if g:
                leaving = below * front.received.sum(axis=0) - above * back.received[-1]
                parts.append(arriving - leaving)
            parts.extend(below * front.received[:-1] + above * back.received[-2::-1])
            arriving = below * front.received[-1] - above * back.received.sum(axis=0)
        shape = np.shape(self.reflectance)
        return np.array([np.broadcast_to(part, shape) for part in parts]).reshape(len(self.thicknesses), *shape)

    def intensity(self, medium: int, distance: Any) -> Real:
        """|E|^2 over that of the incident wave.

        Args:
            medium: position in `indices`.
            distance: [m] from the near face of the medium (from its only face, negative, in the near half-space).
        """
        bright = self.groups[0][0].brightness
        if medium in self.incoherent:
            return np.asarray(
                self._bouncing(medium, distance) * self.groups[self.thick.index(medium) - 1][1].brightness / bright
            )
        g = max(0, sum(position < medium for position in self.thick) - 1)
        low, high = self.thick[g], self.thick[g + 1]
        (front, back), (below, above) = self.groups[g], self.incident[g]
        square = below * front.field_squared(medium - low, distance)
        if g + 1 < len(self.groups):
            thickness = self.thicknesses[medium - 1] if medium > low else 0.0
            square = square + above * back.field_squared(high - medium, thickness - distance)
        return np.asarray(square / bright)

    def _bouncing(self, medium: int, distance: Any) -> Any:
        """Power of both waves at a distance from the near face of a thick film."""
        t = self.thick.index(medium)
        thickness = self.thicknesses[medium - 1]
        decay = 2 * self.groups[t - 1][1].normal.imag * self.wavenumber
        up, down = self._ends(t)
        return up * np.exp(-decay * distance) + down * np.exp(-decay * (thickness - distance))

    def _ends(self, t: int) -> tuple[Any, Any]:
        """Power of the upward wave at the near face and of the downward wave at the far face of thick medium t."""
        front, back = self.groups[t - 1]
        below, above = self.incident[t - 1]
        return below * front.received[-1] + above * back.reflectance, self.incident[t][0] * self.returned[t]

    def absorption_density(self, medium: int, distance: Any) -> Real:
        """Share of the incident power absorbed per depth, [1/m].

        a = k0 Im(eps) |E|^2/kappa_0 with |E|^2 over that of the incident wave; in a thick film Beer-Lambert both ways,
        scaled by 1 + O(k/n) so that the integral is the absorptance.

        Args:
            medium: position in `indices`, a film.
            distance: [m] from the near face of the medium.
        """
        if medium not in self.incoherent:
            loss = (np.asarray(self.indices[medium], complex) ** 2).imag
            return np.asarray(self.wavenumber * loss / self.groups[0][0].normal.real * self.intensity(medium, distance))
        t = self.thick.index(medium)
        decay = 2 * self.groups[t - 1][1].normal.imag * self.wavenumber
        up, down = self._ends(t)
        crossing = -np.expm1(-decay * self.thicknesses[medium - 1]) * (up + down)
        density = decay * self._bouncing(medium, distance)
        return np.asarray(
            self.absorptance[medium - 1] * np.where(crossing > 0, density / np.where(crossing > 0, crossing, 1), 0)
        )
