"""Heat and light of the layers below a sheet, from the drift-diffusion of the pixel's own column."""

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.experiments.column_law import ColumnLaw
from femled.experiments.column_shares import LocalDetail

Array = NDArray[np.float64]

NO_POWER = 1e-9
"""[W/m2] below which it does not matter where power goes: to the emitter."""


class ColumnHeat:
    """Shares of J u that electrodes and layers turn into heat; what is missing leaves as light.

    Half of what carriers give off where they pass from or to an electrode heats that electrode. The heat of a
    resistance in series is spread as the rest is.

    Args:
        pixel: the device.
        law: of its column.
    """

    def __init__(self, pixel: Pixel, law: ColumnLaw) -> None:
        self.law = law
        self.layers = (pixel.anode, *(layer.name for layer in law.column.layers), pixel.cathode)
        self._emitter = self.layers.index(pixel.emitter)

    @property
    def photon_energy(self) -> float:
        """[V] mean energy of the photons over q; 0 where none are known to leave."""
        return self.law.photon_energy

    def detail(self, voltage: Array, temperature: Array) -> LocalDetail:
        """What the law says where it holds, held at its ends for iterations on their way."""
        volts, warm = self.law.range
        return self.law.detail(np.clip(voltage, *volts), np.clip(temperature, *warm))

    def at(self, voltage: Array, temperature: Array) -> Array:
        """(layers, n) shares at voltages (n,), [V], and temperatures (n,), [K]."""
        detail = self.detail(voltage, temperature)
        anode, cathode = detail.contact_heat
        heat = np.vstack([anode, detail.heat, cathode])
        own = heat.sum(axis=0)
        power = own + detail.series_heat + detail.light
        some = power > NO_POWER
        spread = np.where(own > 0, 1 + detail.series_heat / np.where(own > 0, own, 1.0), 1.0)
        shares = heat * spread / np.where(some, power, 1.0)
        shares[:, ~some] = (np.arange(len(self.layers)) == self._emitter)[:, None]
        return np.asarray(shares)
