"""Closed forms for heat on a half-space: everywhere-uniform flux, film on top, uniform disk source.

All rises are of the surface, above the initial temperature; the surface outside the source is adiabatic.
"""

from itertools import pairwise
from math import gamma, pi, sqrt

from scipy.integrate import quad
from scipy.special import erfc, erfcx, i0e, i1e


def effusivity(*, thermal_conductivity: float, density: float, heat_capacity: float) -> float:
    """Thermal effusivity e = sqrt(kappa rho c_p).

    Args:
        thermal_conductivity: [W/m/K].
        density: [kg/m3].
        heat_capacity: [J/kg/K].

    Returns:
        [W s^1/2 /m2/K].
    """
    return sqrt(thermal_conductivity * density * heat_capacity)


def flux_rise(*, power_density: float, effusivity: float, time: float) -> float:
    """Surface rise of a half-space under a constant flux.

    dT = (2 P/e) sqrt(t/pi)                                  (carslaw1959, section 2.9)

    Args:
        power_density: [W/m2] flux P into the surface from t = 0.
        effusivity: [W s^1/2 /m2/K].
        time: [s] >= 0.

    Returns:
        [K].
    """
    return 2 * power_density / effusivity * sqrt(time / pi)


def film_rise(*, power_density: float, film_heat_capacity: float, effusivity: float, time: float) -> float:
    """Rise of an isothermal film on a half-space, heated from t = 0.

    dT = (P/(C b^2)) [2 x/sqrt(pi) + exp(x^2) erfc(x) - 1],   b = e/C, x = b sqrt(t)    (carslaw1959)

    Args:
        power_density: [W/m2] released in the film.
        film_heat_capacity: [J/m2/K] C of the film, per area.
        effusivity: [W s^1/2 /m2/K] of the half-space.
        time: [s] >= 0.

    Returns:
        [K].
    """
    b = effusivity / film_heat_capacity
    x = b * sqrt(time)
    if x < 0.5:
        # The bracket is of order x^2: its series keeps the digits that the formula loses here.
        bracket = sum((-x) ** n / gamma(n / 2 + 1) for n in range(2, 40))
    else:
        bracket = 2 * x / sqrt(pi) + float(erfcx(x)) - 1
    return power_density / (film_heat_capacity * b**2) * bracket


def disk_steady_centre(*, power_density: float, radius: float, thermal_conductivity: float) -> float:
    """Steady rise at the centre of a uniform disk source.

    dT = P a/kappa                                           (carslaw1959, section 8.2)

    Args:
        power_density: [W/m2] inside the disk.
        radius: [m] a.
        thermal_conductivity: [W/m/K].

    Returns:
        [K].
    """
    return power_density * radius / thermal_conductivity


def disk_steady_mean(*, power_density: float, radius: float, thermal_conductivity: float) -> float:
    """Steady rise averaged over the area of a uniform disk source.

    dT = 8 P a/(3 pi kappa)                                  (carslaw1959, section 8.2)

    Args:
        power_density: [W/m2] inside the disk.
        radius: [m] a.
        thermal_conductivity: [W/m/K].

    Returns:
        [K].
    """
    return 8 * power_density * radius / (3 * pi * thermal_conductivity)


def disk_centre(
    *, power_density: float, radius: float, thermal_conductivity: float, diffusivity: float, time: float
) -> float:
    """Rise at the centre of a uniform disk source switched on at t = 0.

    dT = (2 P L/kappa) [ierfc(0) - ierfc(a/(2 L))],   L = sqrt(alpha t)    (carslaw1959, section 10.5)

    Args:
        power_density: [W/m2] inside the disk.
        radius: [m] a.
        thermal_conductivity: [W/m/K].
        diffusivity: [m2/s] alpha.
        time: [s] > 0.

    Returns:
        [K].
    """
    length = sqrt(diffusivity * time)

    def missing(x: float) -> float:
        return float(erfc(x))

    # ierfc(0) - ierfc(x) is the integral of erfc from 0 to x, without the cancellation of the two at small x.
    integral, _ = quad(missing, 0, min(radius / (2 * length), 30.0), epsabs=0, epsrel=1e-12, limit=200)
    return 2 * power_density * length / thermal_conductivity * float(integral)


def disk_mean(
    *, power_density: float, radius: float, thermal_conductivity: float, diffusivity: float, time: float
) -> float:
    """Rise averaged over the area of a uniform disk source switched on at t = 0.

    dT = (2 P a/kappa) Int_0^inf J1(x)^2 erf(x s)/x^2 dx,   s = sqrt(alpha t)/a.

    The integrand swings and decays slowly, so the integral is taken over s' < s instead: Int J1^2 exp(-x^2 s'^2)/x dx
    = g(y)/2 with g = 1 - exp(-y)(I0(y) + I1(y)), y = 1/(2 s'^2), which leaves

    dT = (2 P a/(kappa sqrt(pi))) Int_0^s g ds'.

    Args:
        power_density: [W/m2] inside the disk.
        radius: [m] a.
        thermal_conductivity: [W/m/K].
        diffusivity: [m2/s] alpha.
        time: [s] > 0.

    Returns:
        [K].
    """

    end = sqrt(diffusivity * time) / radius
    pieces = [0.0, *(edge for edge in (0.1, *(10.0**n for n in range(9))) if edge < end), end]
    integral = sum(
        quad(_disk_kernel, low, high, epsabs=0, epsrel=1e-12, limit=200)[0] for low, high in pairwise(pieces)
    )
    return 2 * power_density * radius / (thermal_conductivity * sqrt(pi)) * float(integral)


def _disk_kernel(s: float) -> float:
    """g = 1 - exp(-y)(I0(y) + I1(y)), y = 1/(2 s^2); at small y as 1 - 1F1(1/2; 2; -2 y), which loses no digits."""
    y = 0.5 / s**2
    if y > 0.1:
        return float(1 - i0e(y) - i1e(y))
    term, total = 1.0, 0.0
    for n in range(12):
        term *= -2 * y * (n + 0.5) / ((n + 2) * (n + 1))
        total -= term
    return total
