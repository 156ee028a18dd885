"""Claims of Li et al. 2023 on amplified emission: bias moves ions, ions change rates, rates move the threshold."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELECTRON_MASS, PLANCK
from femled.device import Pixel, load_pixel
from femled.device.electrical import semiconductor_of
from femled.experiments.bias_threshold import bias_threshold
from femled.experiments.ion_film import FilmLaw, pump_of
from femled.materials import IonRates, Semiconductor
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.result import Result
from femled.solve.flooded_film import FilmRates, threshold_fluence
from femled.units import V, text_of

Array = NDArray[np.float64]

PIXEL = load_pixel("li2023")
LAW: FilmLaw = "card"
"""What the rates follow."""

BEFORE, AFTER = 6.0, 2.0
"""[J/m2] published thresholds, 600 uJ/cm2 at 0 V and 200 uJ/cm2 from 4 V on."""

BIASES = (0.0, 2 * V, 4 * V, 6 * V, 8 * V)

REDUCED_MASSES = (0.117, 0.18)
"""[1] of the free electron: of the hybrid bromide (galkowski2016), of CsPbBr3 (yakovlev2023)."""

INVERTED = 0.765
"""[1] n_tr over the density of states of two equal parabolic bands with a sharp edge."""

SECOND_ORDER = (0.5, 2.0)
"""[1] of both coefficients of second order; the paper's 1e18 .. 1e19 1/cm3 leave about that range."""

HOLD = 1.0
"""[s] that the paper holds each bias."""

SATURATED, FLAT = 0.1, 0.1
"""[1] changes that count as none, of the threshold above 4 V and of the yield below threshold."""

AUGER = (1e-41, 2e-41, 4e-41, 1e-40)
"""[m6/s] C_n + C_p that are tried; the last is that of the card, as in the iodides."""


def law_of(pixel: Pixel) -> IonRates:
    """What the emitter states."""
    found = _emitter(pixel).ion_rates
    assert found is not None
    return found


def _emitter(pixel: Pixel) -> Semiconductor:
    return semiconductor_of(pixel, pixel.layer(pixel.emitter))


def emitter_with(pixel: Pixel, numbers: dict[str, str]) -> Pixel:
    """The pixel with other electrical numbers of its emitter."""
    layer = pixel.layer(pixel.emitter)
    assert layer.carriers is not None
    stated = {name: {"value": text, "source": "user", "status": "assumed"} for name, text in numbers.items()}
    changed = layer.replace(carriers=layer.carriers.as_given() | stated)
    return pixel.replace(layers=tuple(changed if one is layer else one for one in pixel.layers))


@cache
def at_rest(pixel: Pixel, law: FilmLaw) -> Result:
    """Ions at rest at every bias; yields at a fluence below every threshold, and at the published thresholds."""
    return bias_threshold(pixel, bias=BIASES, law=law, fluence=[0.5, AFTER, BEFORE])


def transparency(reduced_mass: float, temperature: float) -> float:
    """[1/m3] n_tr = 0.765 N_c of two equal bands, N_c = 2 (m k T/(2 pi hbar^2))^1.5 with m twice the reduced mass.

    Args:
        reduced_mass: [1] of the free electron.
        temperature: [K]
    """
    thermal = 2 * reduced_mass * ELECTRON_MASS * BOLTZMANN * temperature
    return float(INVERTED * 2 * (2 * np.pi * thermal / PLANCK**2) ** 1.5)


def pump_inputs(pixel: Pixel) -> tuple[Input, ...]:
    """The pump and every number of the column."""
    pump = () if pixel.pump is None else pixel.pump.numbers().items()
    return (*(Input(f"pump {name}", one.value, one.status) for name, one in pump), *electrical_inputs(pixel))


def needed_transparency(pixel: Pixel, law: FilmLaw, scale: float) -> float:
    """[1/m3] n_tr of a linear gain with which both published thresholds hold.

    n_0 - n_tr = x (n_6 - n_tr),   x = k_2r(6 V)/k_2r(0 V)

    Args:
        pixel: the device.
        law: what the rates follow.
        scale: of both coefficients of second order.
    """
    semiconductor, rates = _emitter(pixel), law_of(pixel)
    scaled = emitter_with(pixel, {"radiative_coefficient": f"{scale * semiconductor.radiative_coefficient!r} m3/s"})
    more = rates.replace(nonradiative_coefficient=scale * rates.nonradiative_coefficient)
    run = bias_threshold(scaled, bias=[0.0, 6 * V], law=law, fluence=[AFTER, BEFORE], rates=more).series
    x = float(run["radiative_coefficient"][1] / run["radiative_coefficient"][0])
    dense, thin = float(run["peak_density"][0, 1]), float(run["peak_density"][1, 0])
    return (x * thin - dense) / (x - 1) if x > 1 else np.nan


def unamplified_drop(pixel: Pixel, run: Result) -> float:
    """[J/m2] threshold at 6 V if gain did not follow the radiative coefficient: the density of even ions is needed."""
    data, row = run.series, BIASES.index(6 * V)
    names = ("monomolecular_rate", "radiative_coefficient", "nonradiative_coefficient")
    layer = _emitter(pixel)
    auger = layer.auger_electron_coefficient + layer.auger_hole_coefficient
    rates = FilmRates.of(**{name: data[name][row] for name in names}, auger_coefficient=auger)
    pulse = pump_of(pixel, pixel.layer(pixel.emitter).thickness, wavelength=None, width=None, absorptance=None)
    return float(threshold_fluence(rates, pulse, density=law_of(pixel).threshold_density)[0])


def _fluence(value: float) -> str:
    return f"{100 * value:.3g} uJ/cm2"


def lower_threshold() -> Finding:
    """L1: the threshold against bias, and for which densities at transparency it falls by three."""
    run, rates = at_rest(PIXEL, LAW), law_of(PIXEL)
    F = run.series["threshold_fluence"]
    clear = [transparency(mass, PIXEL.ambient_temperature) for mass in REDUCED_MASSES]
    ends = [
        float(
            bias_threshold(
                PIXEL, bias=[6 * V], law=LAW, rates=rates.replace(transparency_density=one), fluence=[0.5]
            ).series["threshold_fluence"][0]
        )
        for one in clear
    ]
    states = _emitter(PIXEL)
    sharp = INVERTED * (states.conduction_band_density * states.valence_band_density) ** 0.5
    needed = {scale: needed_transparency(PIXEL, LAW, scale) for scale in (SECOND_ORDER[0], 1.0, SECOND_ORDER[1])}
    held = float(
        bias_threshold(PIXEL, bias=[4 * V], at=[HOLD], law=LAW, fluence=[0.5]).series["threshold_fluence"][0, 0]
    )
    plain = unamplified_drop(PIXEL, run)
    listed = ", ".join(f"{_fluence(float(one))} at {bias:.0f} V" for bias, one in zip(BIASES, F, strict=True))
    falls, saturates = ends[0] < AFTER < ends[1] and F[2] < 0.45 * F[0], abs(F[4] / F[2] - 1) < SATURATED
    wanted = ", ".join(f"{text_of(one, '1/m3', 3)} for {scale:g} times" for scale, one in needed.items())
    return Finding(
        computed=f"ions at rest: {listed}; with n_tr of {text_of(clear[0], '1/m3', 2)} .. "
        f"{text_of(clear[1], '1/m3', 2)} {_fluence(ends[0])} .. {_fluence(ends[1])} at 6 V",
        verdict="needs input" if falls and saturates else "contradicts",
        deviation=f"600 at 0 V and 200 at 6 V are calibrated; that 4 and 8 V do as much as 6 V is not (test: "
        f"{SATURATED:.0%}). The paper gives neither n_tr nor k_2: 200 takes an n_tr of {wanted} the k_2 used, "
        f"and masses in the literature leave the range above (the card's band densities: {text_of(sharp, '1/m3', 2)}). "
        "Gain has to follow k_2r: at "
        f"the same density at threshold 6 V would need {_fluence(plain)}. After {HOLD:g} s at 4 V, the hold that the "
        f"paper states, it is {_fluence(held)}: that does not go with its own 10 s until emission appears",
        inputs=pump_inputs(PIXEL),
    )


def radiative_share() -> Finding:
    """L2: shares and yields at 0, 4 and 6 V, and what becomes of every coefficient."""
    data = at_rest(PIXEL, LAW).series
    zero, four, six = (BIASES.index(v) for v in (0.0, 4 * V, 6 * V))
    share, light = data["radiative_share"], data["quantum_yield"][:, 0]
    ratio = float(light[six] / light[zero])
    names = ("monomolecular_rate", "radiative_coefficient", "nonradiative_coefficient")
    moved = [float(data[name][six] / data[name][zero]) for name in names]
    both = data["radiative_coefficient"] + data["nonradiative_coefficient"]
    total = float(both[six] / both[zero])
    without = bias_threshold(
        PIXEL, bias=[6 * V], law=LAW, rates=law_of(PIXEL).replace(radiative_rise=1.0), fluence=[0.5]
    ).series
    signs = moved[0] < 1 < moved[1] and moved[2] < 1 < total
    holds = abs(share[zero] - 0.09) < 0.02 and abs(share[six] - 0.74) < 0.05 and 6.4 < ratio < 9.6
    return Finding(
        computed=f"k2r/(k2r + k2nonr) {share[zero]:.3f} at 0 V, {share[four]:.2f} at 4 V, {share[six]:.2f} at 6 V; "
        f"yield {ratio:.1f} times at 6 V; k1 x {moved[0]:.2g}, k2r x {moved[1]:.2g}, k2nonr x {moved[2]:.2g}, "
        f"k2 x {total:.2f}",
        verdict="consistent" if signs and holds else "contradicts",
        deviation="a calibration: the shares at 0 and 6 V, and that k2 rises (by a tenth, as decays of the paper say "
        "without a number), fix k2nonr, the rise of k2r and the part of k2nonr that ions make; tests: shares to 0.02 "
        f"and 0.05, yield 6.4 .. 9.6 times, published signs. Were k2r constant, the share would be "
        f"{float(without['radiative_share'][0]):.2f} and k2 would fall, against the decays",
        inputs=pump_inputs(PIXEL),
    )


def _spread_with(auger: float) -> float:
    """[1] change of the yield at 0 V from a tenth of the published threshold up to it, with an Auger coefficient."""
    pixel = emitter_with(PIXEL, {f"auger_{one}_coefficient": f"{auger / 2!r} m6/s" for one in ("electron", "hole")})
    fluences = BEFORE * np.geomspace(0.1, 1.0, 7)
    light = bias_threshold(pixel, bias=[0.0], law=LAW, fluence=fluences.tolist()).series["quantum_yield"]
    return float(np.ptp(light) / light.max())


def flat_yield() -> Finding:
    """L7: the yield of pulses from a tenth of the threshold up to it, and the Auger coefficient that keeps it flat."""
    spread, crowd, second = {}, {}, {}
    thresholds = at_rest(PIXEL, LAW).series["threshold_fluence"]
    for bias in (0.0, 6 * V):
        F = float(thresholds[BIASES.index(bias)]) * np.geomspace(0.1, 1.0, 7)
        data = bias_threshold(PIXEL, bias=[bias], law=LAW, fluence=F.tolist()).series
        light = data["quantum_yield"][0]
        spread[bias], crowd[bias] = float(np.ptp(light) / light.max()), float(data["peak_density"][0].max())
        second[bias] = float(light.min() / data["radiative_share"][0])
    changes = [_spread_with(one) for one in AUGER]
    limit = float(np.exp(np.interp(FLAT, changes, np.log(AUGER))))
    flat = max(spread.values()) < FLAT and max(crowd.values()) < 1e25 and min(second.values()) > 1 - FLAT
    listed = ", ".join(
        f"{spread[v]:.1%} at {v:.0f} V (up to {text_of(crowd[v], '1/m3', 2)}, second order {second[v]:.0%} at least)"
        for v in spread
    )
    return Finding(
        computed=f"yield of a pulse from a tenth of the threshold up to it changes by {listed}",
        verdict="consistent" if flat else "contradicts",
        deviation=f"tests: below {FLAT:.0%}, below 1e19 1/cm3, second order above {1 - FLAT:.0%}. The Auger "
        f"coefficient is calibrated to this row: with that of the iodides, {1e12 * AUGER[-1]:.0e} cm6/s, the yield at "
        f"0 V changes by {changes[-1]:.0%}; flat as tested is below {1e12 * limit:.1e} cm6/s",
        inputs=pump_inputs(PIXEL),
    )


CLAIMS = (
    Claim(
        "L1",
        "li2023",
        "ASE threshold 600 -> 200 uJ/cm2 (3x) between 0 and 4 V, no further gain above 4 V",
        lower_threshold,
    ),
    Claim("L2", "li2023", "k2r/(k2r+k2nonr) = 0.09 at 0 V and 0.74 at 6 V; PLQY 8x", radiative_share),
    Claim(
        "L7",
        "li2023",
        "PLQY flat below threshold: second order dominates, no Auger below 1e19 1/cm3",
        flat_yield,
    ),
)
