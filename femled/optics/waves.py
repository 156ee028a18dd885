"""Waves of one in-plane wavenumber in a planar stack: what a film passes on, what it absorbs.

The in-plane wavenumber is k0 N with the effective index N. The tangential fields are psi (E_y in TE, H_y in TM) and
phi = psi'/(i k0) (TE) or psi'/(i k0 eps) (TM); both are continuous, and the power through a plane is Re(phi psi*).
In a film of index n

    kappa = sqrt(n^2 - N^2),  Im kappa >= 0,      Y = kappa (TE), kappa/n^2 (TM),
    psi = u + w,  phi = Y (u - w),                u ~ exp(i kappa k0 z), w ~ exp(-i kappa k0 z)

The load L = phi/psi is carried from the far half-space, where L = Y, towards the source:

    L_below = [L (1 + q) + Y (1 - q)] / [(1 + q) + (1 - q) L/Y],   q = exp(2 i kappa k0 d)
    psi_above/psi_below = 2 exp(i kappa k0 d) / [(1 + q) + (1 - q) L/Y]

which is the reflection recursion with r = (Y - L)/(Y + L) written so that nothing grows in thick films and nothing is
lost where kappa vanishes (chance1978, neyts1998).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]
Polarization = Literal["TE", "TM"]
POLARIZATIONS: tuple[Polarization, ...] = ("TE", "TM")


def normal_index(index: Any, effective_index: Any) -> Complex:
    """Normal wavenumber over k0 of the wave that decays, or goes forward.

    kappa = sqrt((n - N)(n + N)), Im kappa >= 0

    On the axis and below it this is the physical sheet of a passive stack; above it, of waves bound to the stack.

    Args:
        index: [1] complex n, broadcast with `effective_index`.
        effective_index: [1] N, real or complex.
    """
    root = np.asarray(np.sqrt((index - effective_index) * (index + effective_index) + 0j))
    if np.any(root.imag < 0):
        root = np.where(root.imag < 0, -root, root)
    return root if np.all(root) else np.where(root == 0, 1e-100, root)  # along the film: the limit, not 0/0


def admittance(index: Any, normal: Complex, polarization: Polarization) -> Complex:
    """Y = phi/psi of a forward wave: kappa (TE), kappa/n^2 (TM).

    Args:
        index: [1] complex n.
        normal: [1] kappa.
        polarization: "TE" or "TM".
    """
    return normal if polarization == "TE" else np.asarray(normal / index**2)


def through(Y: Complex, phase: Complex, load: Complex) -> tuple[Complex, Complex]:
    """Load below a film, and psi above it over psi below it.

    Args:
        Y: admittance of the film.
        phase: kappa k0 d of the film.
        load: above the film.
    """
    odd = -np.expm1(2j * phase)
    even = 2 - odd
    below = even + odd / Y * load
    return (load * even + Y * odd) / below, 2 * np.exp(1j * phase) / below


def load_of(
    indices: Sequence[Any],
    thicknesses: Sequence[float],
    wavenumber: Any,
    effective_index: Any,
    polarization: Polarization,
) -> Complex:
    """Load that a stack puts on the medium before it.

    Args:
        indices: of the films and the far half-space, from the near end.
        thicknesses: of the films, [m].
        wavenumber: k0, [1/m].
        effective_index: [1] N, real or complex.
        polarization: "TE" or "TM".
    """
    far = normal_index(indices[-1], effective_index)
    load = admittance(indices[-1], far, polarization)
    for index, thickness in zip(indices[-2::-1], thicknesses[::-1], strict=True):
        kappa = normal_index(index, effective_index)
        load, _ = through(admittance(index, kappa, polarization), kappa * wavenumber * thickness, load)
    return load


def absorbed_in_film(
    index: Any, normal: Complex, x: Any, effective_index: Any, polarization: Polarization, u: Complex, w: Complex
) -> Real:
    """Power absorbed in a film, in units of Re(phi psi*).

    A = Im(eps) Int |E|^2 k0 dz,   |E|^2 = |psi|^2 (TE), |phi|^2 + |N psi/eps|^2 (TM)
    Int |u +- w|^2 k0 dz = (|u|^2 + |w|^2) (1 - exp(-2 kappa'' x))/(2 kappa'')
                           +- 2 Re(u w*) exp(-kappa'' x) sin(kappa' x)/kappa',   x = k0 d

    Args:
        index: [1] complex n of the film.
        normal: [1] kappa.
        x: k0 d.
        effective_index: [1] N, real.
        polarization: "TE" or "TM".
        u: forward wave at the near face.
        w: backward wave at the far face.
    """
    eps = np.asarray(index, complex) ** 2
    if not np.any(eps.imag):
        return np.zeros(np.shape(u))
    decay = normal.imag
    safe = np.where(decay > 0, decay, 1)
    alone = (np.abs(u) ** 2 + np.abs(w) ** 2) * np.where(decay > 0, -np.expm1(-2 * decay * x) / (2 * safe), x)
    cross = 2 * (u * w.conj()).real * np.exp(-decay * x) * x * np.sinc(normal.real * x / np.pi)
    if polarization == "TE":
        return np.asarray(eps.imag * (alone + cross))
    along = np.abs(normal / eps) ** 2 * (alone - cross)
    across = np.abs(effective_index / eps) ** 2 * (alone + cross)
    return np.asarray(eps.imag * (along + across))


def _into_half_space(index: Any, normal: Complex, Y: Complex, effective_index: Any, polarization: Polarization) -> Real:
    """Re(Y), without what rounding makes of it where little or nothing is taken in.

    Im(eps) |E|^2/(2 kappa'') of an absorbing half-space; Re(Y) of one in which the wave runs off, else 0.
    """
    eps = np.asarray(index, complex) ** 2
    runs_off = np.where(eps.real > np.asarray(effective_index) ** 2, Y.real, 0)
    if not np.any(eps.imag):
        return np.asarray(runs_off)
    square: Any = 1.0
    if polarization == "TM":
        square = np.abs(normal / eps) ** 2 + np.abs(effective_index / eps) ** 2
    decay = np.where(eps.imag > 0, normal.imag, 1)
    return np.asarray(np.where(eps.imag > 0, eps.imag * square / (2 * decay), runs_off))


@dataclass(frozen=True)
class Response:
    """A stack with psi = 1 at its near face.

    Args:
        load: phi/psi at the near face.
        received: (media, ...) power that stays in each film, and at the end that enters the far half-space, in units of
            Re(phi psi*); the sum is Re(load).
        fields: for each medium (...) psi at its near face.
        loads: for each medium (...) phi/psi at its near face.
    """

    load: Complex
    received: Real
    fields: tuple[Complex, ...]
    loads: tuple[Complex, ...]


def respond(
    indices: Sequence[Any],
    thicknesses: Sequence[float],
    wavenumber: Any,
    effective_index: Any,
    polarization: Polarization,
) -> Response:
    """What a stack does with the power it is given, at a real effective index.

    Args:
        indices: of the films and the far half-space, from the near end, each [1] complex, broadcast with the others.
        thicknesses: of the films, [m].
        wavenumber: k0, [1/m].
        effective_index: [1] N, real.
        polarization: "TE" or "TM".
    """
    kappa = [normal_index(index, effective_index) for index in indices]
    Y = [admittance(index, normal, polarization) for index, normal in zip(indices, kappa, strict=True)]
    loads: list[Complex] = [Y[-1]]
    passed: list[Complex] = []
    for j in reversed(range(len(thicknesses))):
        load, passing = through(Y[j], kappa[j] * wavenumber * thicknesses[j], loads[0])
        loads.insert(0, load)
        passed.insert(0, passing)
    psi = np.ones_like(loads[0])
    fields: list[Complex] = []
    received: list[Real] = []
    for j, thickness in enumerate(thicknesses):
        fields.append(psi)
        above = psi * passed[j]
        u = psi * (1 + loads[j] / Y[j]) / 2
        w = above * (1 - loads[j + 1] / Y[j]) / 2
        received.append(
            absorbed_in_film(indices[j], kappa[j], wavenumber * thickness, effective_index, polarization, u, w)
        )
        psi = above
    fields.append(psi)
    received.append(_into_half_space(indices[-1], kappa[-1], Y[-1], effective_index, polarization) * np.abs(psi) ** 2)
    return Response(loads[0], np.array(received), tuple(fields), tuple(loads))
