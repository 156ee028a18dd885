"""Net gain of the guided mode of a pixel while a current flows: carriers, temperature, gain along a diameter."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.experiments.lasing_film import LasingFilm
from femled.optics.gain import FreeCarrierGain
from femled.optics.warm_gain import WarmGain
from femled.solve.warm_carriers import WarmCarriers

Array = NDArray[np.float64]

MARGIN = 0.02
"""Share by which the table of gain goes beyond the temperatures that occur."""

PHOTON_STEP = 2e-3
"""[eV] between the photon energies at which the gain of a path is summed; its peak is found between them."""

BELOW_GAP, ABOVE_GAP = 0.08, 0.16
"""[eV] of the lowest and above the highest gap, between which the gain of a path is sought."""


def along_diameter(radius: Array, values: Array) -> Array:
    """Mean along a diameter, 1/a Int_0^a v dr: what light on its way across the pixel meets.

    Args:
        radius: (r,), [m] from the axis to the rim.
        values: (..., r), any unit.
    """
    return np.asarray(np.trapezoid(values, radius, axis=-1) / (radius[-1] - radius[0]))


@dataclass(frozen=True)
class DrivenFilm:
    """A film that lases, with a current through it.

    n(t, r) from dn/dt = J_emitter/(q d) - A n - R_sp(n, T) - C n^3;   G(t) = max_E Gamma <g(E; n, T)> - alpha

    with the mean <> along a diameter, at one photon energy: places whose gain peaks elsewhere help less. Light that is
    amplified takes no carriers here: the gain is that of light too weak to do so.

    Args:
        film: of the pixel.
        time: (times,), [s].
        radius: (r,), [m] from the axis to the rim.
        current_density: (times, r), [A/m2] q times the pairs that recombine in the emitter.
        temperature: (times, r), [K].
        ambient: [K].
    """

    film: LasingFilm
    time: Array
    radius: Array
    current_density: Array
    temperature: Array
    ambient: float

    @cached_property
    def table(self) -> WarmGain:
        """Of all temperatures that occur."""
        coldest = min(self.ambient, float(self.temperature.min())) * (1 - MARGIN)
        return WarmGain(FreeCarrierGain(self.film.law), coldest, float(self.temperature.max()) * (1 + MARGIN))

    @cached_property
    def carriers(self) -> WarmCarriers:
        """Rates of the film."""
        return WarmCarriers(self.film.law, self.table)

    @cached_property
    def injection(self) -> Array:
        """(times, r), [1/(m3 s)] pairs that the current brings into the emitter."""
        return np.maximum(self.current_density, 0.0) / (ELEMENTARY_CHARGE * self.film.thickness)

    @cached_property
    def density(self) -> Array:
        """(times, r), [1/m3] n, followed in time."""
        return self.carriers.march(self.time, self.injection, self.temperature)

    @cached_property
    def steady_density(self) -> Array:
        """(times, r), [1/m3] n if it followed current and temperature at once."""
        return self.carriers.steady(self.injection, self.temperature)

    @property
    def net_gain_needed(self) -> float:
        """[1/m] kappa/L."""
        return self.film.kappa / self.film.guide.length

    @property
    def peak_gain_needed(self) -> float:
        """[1/m] of the material: (alpha + kappa/L)/Gamma."""
        guide = self.film.guide
        return float((guide.modal_loss + self.net_gain_needed) / guide.gain_confinement)

    @cached_property
    def threshold_density(self) -> Array:
        """(times, r), [1/m3] n at which Gamma g - alpha = kappa/L at the temperature of each place."""
        return self.threshold_density_at(self.temperature)

    def threshold_density_at(self, temperature: ArrayLike) -> Array:
        """[1/m3] n at which Gamma g - alpha = kappa/L at temperatures [K] of any shape."""
        return self.carriers.threshold_density(self.peak_gain_needed, temperature)

    @cached_property
    def threshold_current_density(self) -> Array:
        """(times, r), [A/m2] that have to recombine in the emitter to hold the threshold density."""
        return self.sustaining(self.threshold_density, self.temperature)

    def sustaining(self, density: ArrayLike, temperature: ArrayLike) -> Array:
        """[A/m2] that have to recombine in the emitter to hold densities [1/m3] at temperatures [K]: q d loss(n, T)."""
        n = np.asarray(density, dtype=np.float64)
        held = np.isfinite(n)
        _, total, _ = self.carriers.losses(np.where(held, n, 1e24), np.asarray(temperature, dtype=np.float64))
        return np.where(held, ELEMENTARY_CHARGE * self.film.thickness * total, np.inf)

    @cached_property
    def local_net_gain(self) -> Array:
        """(times, r), [1/m] Gamma g - alpha of every place by itself, at its own photon energy."""
        return np.asarray(self.film.guide.net_gain(self.table.peak_gain(self.density, self.temperature)))

    @cached_property
    def path(self) -> tuple[Array, Array]:
        """(times,) [1/m] net gain along a diameter; (times,) [eV] the photon energy at which it is largest."""
        return self.path_of(self.density, self.temperature)

    def path_of(self, density: Array, temperature: Array, *, modal_loss: float | None = None) -> tuple[Array, Array]:
        """Net gain along a diameter of other densities (times, r) [1/m3], temperatures [K] or losses [1/m]."""
        guide, law = self.film.guide, self.film.law
        gaps = law.gap(temperature, density)
        energy = np.arange(float(gaps.min()) - BELOW_GAP, float(gaps.max()) + ABOVE_GAP, PHOTON_STEP)
        weights = along_diameter(self.radius, np.eye(len(self.radius)))
        gain = np.array(
            [weights @ self.table.spectrum(n, warm, energy) for n, warm in zip(density, temperature, strict=True)]
        )
        best = np.clip(gain.argmax(axis=1), 1, len(energy) - 2)
        row = np.arange(len(gain))
        before, at, after = (gain[row, best + side] for side in (-1, 0, 1))
        bend = before - 2 * at + after
        curved = bend < 0
        shift = np.where(curved, (before - after) / np.where(curved, 2 * bend, 1.0), 0.0)
        top = at - np.where(curved, (before - after) * shift / 4, 0.0)
        loss = guide.modal_loss if modal_loss is None else modal_loss
        return guide.gain_confinement * top - loss, energy[best] + PHOTON_STEP * shift


@dataclass(frozen=True)
class Remedy:
    """What the net gain along a diameter would be at one time if one thing were otherwise.

    Args:
        name: of the change, "no heating".
        net_gain: [1/m].
    """

    name: str
    net_gain: float


def remedies(driven: DrivenFilm, moment: int, whole_current: Array, loss_by_layer: dict[str, float]) -> list[Remedy]:
    """What limits the gain at one time, by taking one cause away at a time, carriers in their steady state.

    Args:
        driven: the film.
        moment: number of the time.
        whole_current: (r,), [A/m2] that flows, whether it recombines in the emitter or not.
        loss_by_layer: [1/m].

    Returns:
        "as it is" first.
    """
    here = slice(moment, moment + 1)
    n, warm = driven.density[here], driven.temperature[here]
    injected, cold = driven.injection[here], np.full(warm.shape, driven.ambient)
    every = np.maximum(whole_current, 0.0)[None, :] / (ELEMENTARY_CHARGE * driven.film.thickness)
    without_auger = WarmCarriers(driven.film.law, driven.table, auger=False)
    cases = {
        "as it is": (n, warm),
        "no heating, same carriers": (n, cold),
        "no heating, same current": (driven.carriers.steady(injected, cold), cold),
        "all current recombining in the emitter": (driven.carriers.steady(np.maximum(every, injected), warm), warm),
        "no Auger recombination": (without_auger.steady(injected, warm), warm),
    }
    found = [Remedy(name, float(driven.path_of(*case)[0][0])) for name, case in cases.items()]
    as_it_is = found[0].net_gain
    return found + [Remedy(f"no loss by {name}", as_it_is + loss) for name, loss in loss_by_layer.items() if loss > 0]
