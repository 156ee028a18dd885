"""The simple law of gain over carrier density: linear near transparency, logarithmic far above it."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike

from femled.errors import InputError
from femled.frozen import FrozenModel, Quantity, Temperature
from femled.materials.semiconductor import StateDensity
from femled.optics.gain import FreeCarrierGain
from femled.optics.waves import Real

_STEP = 1e-4
"""Of density, relative, for the slope of the gain: a central difference is right to its square."""


class LogarithmicGain(FrozenModel):
    """A peak gain g = g_0 ln((n + n_s)/(n_tr + n_s)) and a radiative rate R_sp = B n^2, at one temperature.

    For quick estimates around one density: unlike `FreeCarrierGain` it obeys no detailed balance, has
    no spectrum and does not know the temperature of the carriers.

    Args:
        gain_coefficient: [1/m] g_0.
        transparency_density: [1/m3] n_tr, of electrons and of holes.
        linear_density: [1/m3] n_s, below which the law is nearly linear.
        radiative_coefficient: [m3/s] B.
        temperature: [K] at which it holds.
    """

    gain_coefficient: Annotated[float, Quantity("1/m", 1.0, 1e9)]
    transparency_density: StateDensity
    linear_density: Annotated[float, Quantity("1/m3", 0.0, 1e30)] = 0.0
    radiative_coefficient: Annotated[float, Quantity("m3/s", 1e-22, 1e-10)]
    temperature: Temperature

    @classmethod
    def touching(
        cls, gain: FreeCarrierGain, *, temperature: float, density: float, linear_density: float = 0.0
    ) -> Self:
        """The law with the gain, the slope of the gain and the radiative coefficient of free carriers at one density.

        g_0 = (n + n_s) dg/dn,   n_tr + n_s = (n + n_s) exp(-g/g_0)

        Args:
            gain: of free carriers.
            temperature: [K] of carriers and lattice.
            density: [1/m3] at which both laws touch, above transparency; that at threshold is the natural choice.
            linear_density: [1/m3] n_s.

        Raises:
            InputError: no gain at that density, or an n_s so large that the law has gain without carriers.
        """
        around = density * (1 + _STEP * np.array([-1.0, 0.0, 1.0]))
        state = gain.at(temperature=temperature, electron_density=around)
        g = state.peak()[1]
        scale = float((density + linear_density) * (g[2] - g[0]) / (2 * _STEP * density))
        if scale <= 0:
            raise InputError(f"density {density:g} 1/m3 is below transparency at {temperature:g} K: no gain to touch")
        transparent = float((density + linear_density) * np.exp(-g[1] / scale) - linear_density)
        if transparent <= 0:
            raise InputError(f"linear_density {linear_density:g} 1/m3 is too large: gain would begin without carriers")
        return cls(
            gain_coefficient=scale,
            transparency_density=transparent,
            linear_density=linear_density,
            radiative_coefficient=float(state.radiative_coefficient()[1]),
            temperature=temperature,
        )

    def peak_gain(self, density: ArrayLike, carrier_temperature: ArrayLike) -> Real:
        """Peak gain, negative below transparency.

        Args:
            density: [1/m3]; shapes of both arguments broadcast.
            carrier_temperature: [K], without effect on the value.

        Returns:
            their shape, [1/m].
        """
        n = _first_of(density, carrier_temperature)
        ratio = (n + self.linear_density) / (self.transparency_density + self.linear_density)
        return np.asarray(self.gain_coefficient * np.log(ratio))

    def density_of(self, gain: ArrayLike) -> Real:
        """[1/m3] where the peak gain [1/m] is this: (n_tr + n_s) exp(g/g_0) - n_s."""
        raised = np.exp(np.asarray(gain, dtype=np.float64) / self.gain_coefficient)
        return np.asarray((self.transparency_density + self.linear_density) * raised - self.linear_density)

    def radiative_rate(self, density: ArrayLike, carrier_temperature: ArrayLike) -> tuple[Real, Real]:
        """Spontaneous emission B n^2 and its slope.

        Args:
            density: [1/m3]; shapes of both arguments broadcast.
            carrier_temperature: [K], without effect on the value.

        Returns:
            their shape, [1/(m3 s)]; the same, [1/s].
        """
        n = _first_of(density, carrier_temperature)
        return self.radiative_coefficient * n**2, 2 * self.radiative_coefficient * n


def _first_of(density: ArrayLike, carrier_temperature: ArrayLike) -> Real:
    """The densities in the shape of both."""
    return np.broadcast_arrays(np.asarray(density, dtype=np.float64), carrier_temperature)[0]
