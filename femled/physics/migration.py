"""Mobile ions that move: Nernst-Planck inside their layer, as weak forms in the electrochemical potential mu [V].

    dc/dt = div(D/V_T c grad mu),   c = c_0 e/(1 - theta + theta e),   e = exp((mu - z phi)/V_T),   theta = c_0/c_max

No flux leaves the layer: beyond it the species has no equation. A vacancy-interstitial pair is one unknown: with both
partners of density c_0 e and c_0/e, annihilating at once, what is conserved is their difference (schottky1935).
"""

from dataclasses import dataclass
from typing import Any

from femled.domain.regions import ufl
from femled.physics.scharfetter_gummel import flux

SLOT = ("mean", "filling", "charge", "diffusivity", "pair", "present")
"""Numbers of a species in a cell: c_0 [1e24/m3], theta, z, D [nm2/s], 1 for a pair, 1 where the species is."""


@dataclass(frozen=True)
class Migration:
    """One species at a point of the forms.

    Args:
        data: by the names of `SLOT`.
        level: mu.
        potential: phi.
        thermal_voltage: V_T.
        pairs: whether a species of the form may be pairs.
    """

    data: dict[str, Any]
    level: Any
    potential: Any
    thermal_voltage: Any
    pairs: bool

    @property
    def _exponent(self) -> Any:
        exponent = (self.level - self.data["charge"] * self.potential) / self.thermal_voltage
        return self.data["present"] * exponent

    @property
    def _crowd(self) -> Any:
        """1 - theta + theta e."""
        return 1 + self.data["filling"] * (ufl.exp(self._exponent) - 1)

    @property
    def _plus(self) -> Any:
        return self.data["mean"] * ufl.exp(self._exponent) / self._crowd

    @property
    def _minus(self) -> Any:
        return self.data["pair"] * self.data["mean"] * ufl.exp(-self._exponent)

    @property
    def conserved(self) -> Any:
        """[1e24/m3] c, or the difference of the partners of a pair."""
        return self._plus - self._minus if self.pairs else self._plus

    def flux(self, direction: int, size: Any) -> Any:
        """D/V_T c mu' along a coordinate at the middle of an edge.

        Args:
            direction: of the coordinate.
            size: [nm] of the cell along it.
        """
        d, vt = self.data, self.thermal_voltage
        slope, field = self.level.dx(direction), d["charge"] * self.potential.dx(direction)
        crowded = self._crowd / (1 - d["filling"])
        total = flux(d["mean"] / self._crowd, self._exponent, slope, field, size / (2 * vt * crowded))
        if self.pairs:
            total += flux(d["pair"] * d["mean"], -self._exponent, slope, field, size / (2 * vt))
        return d["diffusivity"] / vt * total
