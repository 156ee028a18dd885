"""Claim of Elkhouly et al. 2024 on spectra under constant light: Gaussians in photon energy, and their narrowing."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from femled.experiments.fit_spectrum import FWHM, fit_spectrum
from femled.experiments.spectrum_shape import HC, excess, full_width, per_energy, per_wavelength
from femled.materials import load_material
from femled.optics.gain import FreeCarrierGain
from femled.optics.gain_table import gain_table
from femled.optics.guided_light import Guide, GuideTable
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.result import Result
from femled.series import Series
from femled.solve.ase_spectra import emitted_spectra
from femled.solve.light_pulse import march
from femled.solve.light_rates import LightRates
from femled.solve.pump_pulse import PumpPulse

Array = NDArray[np.float64]

BROAD, NARROW = 19.5e-9, 14.5e-9
"""[m] published full widths, before and under amplified emission."""
LOW, HIGH = 0.3e7, 15e7
"""[W/m2] published range of the constant light."""
COLD, WARM = 77.0, (95.0, 115.0, 130.0)
"""[K] of the sample holder; of films between which the width is interpolated."""
WARMEST = 130.0
"""[K] that light of 15 kW/cm2 may leave in such a film."""

GUIDE = Guide(length=50e-6, modal_loss=24600.0 + 30500.0, gain_confinement=0.82, share=0.4)
"""Of the 50 um pixel: published loss and confinement, scattering calibrated to its threshold in short pulses."""
FACET = 0.04
NOISE, SEED = 0.01, 20240
"""[1] of the peak, in spectra that are fitted; where its random numbers begin."""

_LONG, _STEPS, _LAST = 40e-9, 60, 4
"""[s] after which carriers are steady; steps until then; steps over which spectra are taken."""


@dataclass(frozen=True)
class Light:
    """What a film emits at the lowest and the highest constant light.

    Args:
        wavelength: (n,), [m], rising.
        facet: (2, n), per wavelength, through the facet.
        guided: (2, n), per wavelength, all light that leaves the guide at its edge.
    """

    wavelength: Array
    facet: Array
    guided: Array

    def seen(self, share: float) -> Array:
        """(2, n), with a share [1] of the guided light."""
        return np.asarray(self.facet + share * self.guided)

    def width(self, share: float, power: int) -> float:
        """[m] at the lowest (0) or the highest power (1)."""
        return full_width(self.wavelength, self.seen(share)[power])


@cache
def light(temperature: float) -> Light:
    """Spectra of carriers that are steady, by the model of gain, for a film of a temperature [K]."""
    law = load_material("fa_cs_perovskite").gain
    assert law is not None
    table = gain_table(FreeCarrierGain(law.law), temperature=temperature, hottest=temperature + 60.0)
    pulse = PumpPulse(width=_LONG, photon_ev=HC / 447e-9, absorptance=0.78, thickness=150e-9, shape="square")
    rates = LightRates(law.law, table, GuideTable(table, GUIDE))
    run = march(rates, pulse, fluence=np.array([LOW, HIGH]) * _LONG, times=pulse.times(_STEPS))
    kept = slice(-_LAST, None)
    late = replace(
        run,
        time=run.time[kept],
        density=run.density[kept],
        pump=run.pump[kept],
        carrier_temperature=run.carrier_temperature[kept],
        made=run.made[kept],
        gone=run.gone[kept],
        lattice_temperature=run.lattice_temperature[kept],
        heat=run.heat[kept],
    )
    both = [emitted_spectra(late, GUIDE, facet=facet, edge=edge) for facet, edge in ((FACET, 0.0), (0.0, 1.0))]
    E = both[0].photon_energy
    rows = [per_wavelength(E, one.photons)[:, ::-1] for one in both]
    return Light(HC / E[::-1], rows[0], rows[1])


def share_of(film: Light, width: float) -> float | None:
    """[1] of guided light that gives a width [m] at the highest power; None if no share up to 1 does."""
    ends = (1e-6, 1.0)
    if not film.width(ends[1], 1) < width < film.width(ends[0], 1):
        return None
    found = brentq(lambda x: film.width(float(np.exp(x)), 1) - width, *np.log(ends), xtol=1e-6)
    return float(np.exp(found))


def film_temperature() -> float | None:
    """[K] at which the spectrum below threshold is as broad as published; None if none of those tried."""
    temperatures = (COLD, *WARM)
    widths = [light(T).width(0.0, 0) for T in temperatures]
    if not widths[0] <= BROAD <= widths[-1]:
        return None
    return float(np.interp(BROAD, widths, temperatures))


def measured(film: Light, share: float, power: int) -> Array:
    """(n,), over its peak, with noise."""
    spectrum = film.seen(share)[power]
    random = np.random.default_rng(SEED + power)
    return np.asarray(spectrum / spectrum.max() + NOISE * random.standard_normal(len(spectrum)))


def fitted(film: Light, share: float, power: int, gaussians: int, fixed: dict[str, float] | None = None) -> Result:
    """A noisy spectrum as a sum of Gaussians."""
    data = measured(film, share, power)
    error = np.full(len(data), NOISE).tolist()
    return fit_spectrum(
        film.wavelength.tolist(), data.tolist(), gaussians=gaussians, error=error, intervals=False, fixed=fixed
    )


def spectrum_verdict(cold: float, temperature: float | None, share: float | None) -> Verdict:
    """The verdict on E11.

    Args:
        cold: [m] width below threshold at the temperature of the holder.
        temperature: [K] at which the published width comes out, if at any.
        share: [1] of guided light that narrows it as published, if any.
    """
    if share is None:
        return "contradicts"
    if abs(cold / BROAD - 1) < 0.1:
        return "consistent"
    return "contradicts" if temperature is None or temperature > WARMEST else "needs input"


def gaussian_spectra() -> Finding:
    """E11: widths below and above threshold, and what two or three Gaussians make of them."""
    cold = light(COLD)
    temperature = film_temperature()
    film = cold if temperature is None else light(round(temperature, 1))
    share = share_of(film, NARROW)
    narrow = share_of(cold, NARROW)
    verdict = spectrum_verdict(cold.width(0.0, 0), temperature, share)
    told = f"at {COLD:g} K {cold.width(0.0, 0) * 1e9:.1f} nm below threshold"
    told += "" if narrow is None else f", 14.5 nm at 15 kW/cm2 if {narrow:.1%} of the guided light is seen"
    if temperature is not None and share is not None:
        told += f"; at {temperature:.0f} K 19.5 nm, and 14.5 nm with {share:.1%}. {_fits(film, share)}"
    return Finding(
        computed=told,
        verdict=verdict,
        deviation=f"{cold.width(0.0, 0) / BROAD - 1:+.0%} below threshold at the temperature of the holder. "
        "What decides is not given: the temperature of the film under constant light, and how much of the light that "
        "leaves the guide is seen. Fitted with two free Gaussians, the second is no measure of amplified light: take "
        "the peak of what exceeds the scaled spectrum below threshold",
        inputs=(
            Input("light", "447 nm, 0.3 .. 15 kW/cm2", "published"),
            Input("modal loss of the contacts, confinement", "246 1/cm, 0.82", "published"),
            Input("gain of the film", "card fa_cs_perovskite", "calibrated"),
            Input("scattering", "305 1/cm", "calibrated"),
            Input("absorptance, facet, share guided", "0.78, 0.04, 0.4", "assumed"),
            Input("temperature of the film", "none" if temperature is None else f"{temperature:.0f} K", "assumed"),
            Input("noise of the fitted spectra", f"{NOISE:.0%} of the peak, seeded", "assumed"),
        ),
    )


def _fits(film: Light, share: float) -> str:
    """Sentences on the fits of both spectra."""
    below = fitted(film, share, 0, 1)
    chi = [float(fitted(film, share, 1, count).series["reduced_chi_square"]) for count in (1, 2, 3)]
    spectrum = film.seen(share)
    over = excess(film.wavelength, spectrum[1], spectrum[0])
    peak = int(over.intensity.argmax())
    beyond = float(over.intensity[peak] / (spectrum[1][peak] - over.intensity[peak]))
    E, per_ev = per_energy(film.wavelength, over.intensity)
    held = {
        "energy_1": float(below.series["energy_1"]),
        "energy_2": float(HC / film.wavelength[peak]),
        "deviation_2": full_width(E, per_ev) / FWHM,
    }
    free, two = fitted(film, share, 1, 2).series, fitted(film, share, 1, 2, fixed=held).series

    def ratio(series: Series) -> str:
        size = float(series["amplitude_1"])
        return f"{float(series['amplitude_2']) / size:.2f} +- {float(series['amplitude_2_error']) / size:.2f}"

    return (
        f"Reduced chi square of 1, 2, 3 Gaussians at 15 kW/cm2: {', '.join(f'{one:.2f}' for one in chi)}, of 1 below "
        f"threshold {float(below.series['reduced_chi_square']):.2f}. Amplified over spontaneous amplitude: "
        f"{ratio(two)} with both energies and the width of the second held as in the paper (chi square "
        f"{float(two['reduced_chi_square']):.1f}), {ratio(free)} with all free, {beyond:.2f} by the excess over the "
        "scaled spectrum below threshold"
    )


CLAIMS = (
    Claim(
        "E11",
        "elkhouly2024",
        "spectra are sums of 2 or 3 Gaussians in energy; under 15 kW/cm2 the width falls from 19.5 to 14.5 nm",
        gaussian_spectra,
    ),
)
