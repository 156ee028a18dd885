"""How ions of a film change its recombination of first and second order, and the density at threshold with it.

    k_1 = k_1e (1 + a_1 (s - 1)),   k_2nonr = k_2e (1 + a_2 (s - 1)),   k_2r = B f^(1 - s)

s(x) is the density of defects over that of ions spread evenly. The first two are what li2023 says of traps, to first
order; the third, that ions scatter and trap the carriers that would meet, kept positive at any s. The law is a
hypothesis; every number of it stands in `IonRates`.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.materials.ion_rates import IonRates
from femled.physics.ion_traps import net_excess

Array = NDArray[np.float64]


def defect_share(rates: IonRates, *, net: ArrayLike, total: ArrayLike, even: float, pair_density: float = 0.0) -> Array:
    """[1] s, defects over those of ions spread evenly.

    total: s = c/c_even;   net: s = 1 + (sqrt((rho/q)^2 + 4 c_i^2) - 2 c_i)/c_even

    Args:
        rates: the law.
        net: any shape, [1/m3] rho/q of ions and counter-charge.
        total: the same shape, [1/m3] c of all ions.
        even: [1/m3] c_even, their mean.
        pair_density: [1/m3] c_i; 0 for one mobile sign or two of their own.
    """
    if rates.counted == "total":
        return np.asarray(total, dtype=np.float64) / even
    return np.asarray(1 + net_excess(np.asarray(net, dtype=np.float64), pair_density) / even)


def proportional(value: float, share: float, defects: ArrayLike) -> Array:
    """A coefficient k (1 + a (s - 1)) of which a part is in proportion to defects.

    Args:
        value: k, of any unit, at s = 1.
        share: [1] a.
        defects: any shape, [1] s.
    """
    return np.asarray(value * (1 + share * (np.asarray(defects, dtype=np.float64) - 1)))


def radiative(value: float, rise: float, defects: ArrayLike) -> Array:
    """[m3/s] k_2r = B f^(1 - s).

    Args:
        value: [m3/s] B.
        rise: [1] f >= 1.
        defects: any shape, [1] s.
    """
    return np.asarray(value * np.exp(np.log(rise) * (1 - np.asarray(defects, dtype=np.float64))))


def threshold_density(rates: IonRates, strength: ArrayLike) -> Any:
    """[1/m3] n_th at which a gain that goes with the radiative coefficient is what it is at n_th,e for even ions.

    Args:
        rates: the law.
        strength: any shape, [1] k_2r/B.
    """
    transparent, even = rates.transparency_density, rates.threshold_density
    if rates.gain == "linear":
        return transparent + (even - transparent) / np.asarray(strength, dtype=np.float64)
    return transparent * (even / transparent) ** (1 / np.asarray(strength, dtype=np.float64))
