"""Light that enters a thick substrate: it bounces between the stack and the substrate's back face, without phase."""

from dataclasses import dataclass

import numpy as np

from femled.optics.coherent import CoherentStack
from femled.optics.stack import Stack
from femled.optics.waves import Polarization, Real


@dataclass(frozen=True)
class Escape:
    """Where a unit of power that enters the substrate ends; the shares add up to 1.

    Args:
        received: (media, points) absorbed by each film, or leaving through the last half-space, after bounces.
        bottom: (points,) leaves through the back face.
        trapped: (points,) runs at an in-plane index above that of the outside and stays in the substrate.
    """

    received: Real
    bottom: Real
    trapped: Real


def escape(stack: Stack, outside: float | None, N: Real, polarization: Polarization) -> Escape:
    """The fate of light in the first half-space.

    With R_b and T_b of the back face and R_s, T_s, A_s of the stack seen from the substrate, all bounces summed:

        bottom = T_b/M,  through the top = R_b T_s/M,  film j = R_b A_sj/M,  M = 1 - R_b R_s         (N < n_outside)

    Beyond the critical angle of the back face the light is trapped.

    Args:
        stack: with a lossless first half-space, the substrate.
        outside: [1] index of the medium below the substrate; None: the substrate has no back face, and all light in it
            has left through the bottom.
        N: (points,), [1] effective index.
        polarization: "TE" or "TM".
    """
    received = np.zeros((len(stack.indices), len(N)))
    if outside is None:
        return Escape(received, np.ones(len(N)), np.zeros(len(N)))
    free = np.flatnonzero((outside > N) & (stack.indices[0].real > N))
    back = CoherentStack([stack.indices[0], complex(outside)], [], stack.wavenumber, N[free], polarization)
    front = CoherentStack(stack.indices, stack.thicknesses, stack.wavenumber, N[free], polarization)
    leaves = back.received[-1]
    remains = leaves + back.reflectance * front.received.sum(axis=0)
    bottom, trapped = np.zeros(len(N)), (outside <= N).astype(float)
    bottom[free] = leaves / remains
    received[1:, free] = back.reflectance * front.received / remains
    return Escape(received, bottom, trapped)
