"""Exact transient of a one-dimensional stack of layers: thermal quadrupoles and numerical Laplace inversion.

In the Laplace variable p every layer obeys kappa T'' = rho c_p p T - Q, whose solution is known: a face with flux f and
temperature T is carried through a layer by a 2 x 2 matrix (quadrupole; maillet2000). The inversion is Talbot's contour
in multiple precision (abate2004), which converges geometrically because all poles lie on the negative real axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf

import numpy as np
from mpmath import mp, mpc, mpf
from numpy.typing import NDArray


@dataclass(frozen=True)
class Slab:
    """One layer of the stack.

    Args:
        thickness: [m].
        thermal_conductivity: [W/m/K] across the layer.
        density: [kg/m3].
        heat_capacity: [J/kg/K].
        contact_resistance: [m2 K/W] between this layer and the next one above it.
    """

    thickness: float
    thermal_conductivity: float
    density: float
    heat_capacity: float
    contact_resistance: float = 0.0


@dataclass(frozen=True)
class Stack:
    """Layers listed upwards from the base, and what their two outer faces lose heat to.

    Args:
        layers: from the base up.
        heated: position in `layers` of the one that is heated uniformly.
        base_coefficient: [W/m2/K] heat transfer to the ambient at the base; inf fixes its temperature, 0 is adiabatic.
        top_coefficient: [W/m2/K] the same at the top.
    """

    layers: Sequence[Slab]
    heated: int
    base_coefficient: float = inf
    top_coefficient: float = 0.0


def pulse_rise(
    stack: Stack, *, power_density: float, width: float, times: Sequence[float], digits: int = 24
) -> NDArray[np.float64]:
    """Mean temperature rise of the heated layer in and after a rectangular pulse that starts at t = 0.

    dT(t) = H(t) - H(t - width), with H the rise under constant power.

    Args:
        stack: what is heated.
        power_density: [W/m2] released in the heated layer during the pulse.
        width: [s] of the pulse; inf keeps the power on.
        times: (n,), [s] >= 0.
        digits: significant digits of H, hence those left of dT where it has decayed to a small part of H.

    Returns:
        (n,), [K].
    """
    with mp.workdps(2 * digits + 15):
        rises = [_step_rise(stack, mpf(time), digits) for time in times]
        # Times are subtracted after conversion: in floats, t - width would carry the round-off of both.
        tails = [_step_rise(stack, mpf(time) - mpf(width), digits) if time > width else mpf(0) for time in times]
        return np.array([float(power_density * (rise - tail)) for rise, tail in zip(rises, tails, strict=True)])


def _step_rise(stack: Stack, time: mpf, digits: int) -> mpf:
    """Rise per power density under constant power: inverse transform of Z(p)/p on Talbot's contour.

    p(theta) = r theta (cot theta + i), r = 2 M/(5 t); M points give 0.6 M digits   (abate2004)
    """
    if time <= 0:
        return mpf(0)
    points = int(digits / 0.6) + 1
    r = mpf(2 * points) / (5 * time)
    total = mp.exp(r * time) * _impedance(stack, mpc(r)).real / r / 2
    for k in range(1, points):
        theta = k * mp.pi / points
        p = r * theta * mpc(mp.cot(theta), 1)
        slope = theta + (theta * mp.cot(theta) - 1) * mp.cot(theta)
        total += (mp.exp(time * p) * _impedance(stack, p) / p * mpc(1, slope)).real
    return total * r / points


def _impedance(stack: Stack, p: mpc) -> mpc:
    """Mean temperature of the heated layer per power density at Laplace variable p.

    The layer is a T circuit: half-impedances Z1 = tanh(x/2)/(kappa g) to its faces, Z2 = 1/(kappa g sinh x) to ground,
    g = sqrt(rho c_p p/kappa), x = g d. A uniform source P acts as P sinh(x)/x into the middle; what does not leave
    through the faces is stored:  C p T_mean = P - (flux down + flux up),  C = rho c_p d.
    """
    layers, heated = stack.layers, stack.heated
    below = [(slab, slab.contact_resistance) for slab in layers[:heated]]
    above = [(layers[i], layers[i - 1].contact_resistance) for i in range(len(layers) - 1, heated, -1)]
    down = _face(below, stack.base_coefficient, p)
    up = _face(above, stack.top_coefficient, p)
    slab = layers[heated]
    kg, x = _wave(slab, p)
    half = mp.tanh(x / 2) / kg
    leaks = [flux / (half * flux + temperature) for flux, temperature in (down, up)]
    leak = leaks[0] + leaks[1]
    lost = mp.sinh(x) / x * leak / (kg * mp.sinh(x) + leak)
    return (1 - lost) / (mpf(slab.density) * slab.heat_capacity * slab.thickness * p)


def _face(passed: Sequence[tuple[Slab, float]], coefficient: float, p: mpc) -> tuple[mpc, mpc]:
    """Flux and temperature, to a common factor, at the end of a walk from an outer face through passive layers.

    Args:
        passed: each layer with the contact resistance [m2 K/W] behind it, in the order of the walk.
        coefficient: [W/m2/K] heat transfer at the outer face.
        p: [1/s].
    """
    flux, temperature = (mpc(1), mpc(0)) if isinf(coefficient) else (mpc(coefficient), mpc(1))
    for slab, resistance in passed:
        kg, x = _wave(slab, p)
        tanh = mp.tanh(x)
        flux, temperature = flux + temperature * kg * tanh, temperature + flux * tanh / kg
        temperature += flux * mpf(resistance)
    return flux, temperature


def _wave(slab: Slab, p: mpc) -> tuple[mpc, mpc]:
    """Admittance kappa g and phase g d of a layer, g = sqrt(rho c_p p/kappa)."""
    g = mp.sqrt(mpf(slab.density) * slab.heat_capacity * p / slab.thermal_conductivity)
    return slab.thermal_conductivity * g, slab.thickness * g
