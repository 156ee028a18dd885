"""Electrical claims of Kim et al. 2018, at a constant temperature."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Pixel, load_pixel
from femled.experiments.jv import jv
from femled.materials.stated import Stated
from femled.reproduce.claim import Claim, Finding, Input
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.units import A_cm2, text_of

Array = NDArray[np.float64]

OUTCOUPLING = 0.15
"""Of the paper; no claim here depends on it."""

IDEALITY, IDEALITY_IN_LIGHT = 2.2, 1.6
"""[1] published ideality of the current in the dark and under light bias."""

WINDOW = (1e-6 * A_cm2, 1e-4 * A_cm2)
"""[A/m2] of the slopes: the exponential part of the curve, above the leakage of a real device."""

HEALING = 0.1 * A_cm2
"""[A/m2] mean current density that heals nearly all traps made by ions."""

LEAKAGE_CURRENT, AUGER_CURRENT = 50 * A_cm2, 156 * A_cm2
SMALL = 0.05
"""[1] share of the current that counts as none."""

_PIXEL = load_pixel("kim2018")


def changed(pixel: Pixel, layer: str, **values: str) -> Pixel:
    """The pixel with other numbers in one layer.

    Args:
        pixel: the device.
        layer: its name.
        values: numbers with units, by name.
    """
    own = {name: Stated(value=text, source="user", status="assumed") for name, text in values.items()}
    layers = tuple(
        one.replace(carriers={**(one.carriers or {}), **own}) if one.name == layer else one for one in pixel.layers
    )
    return pixel.replace(layers=layers)


@cache
def _curve(
    pixel: Pixel, ions: str, low: float, high: float, points: int, mean: float | None = None
) -> dict[str, Array]:
    voltages = np.linspace(low, high, points).tolist()
    data = jv(pixel, voltages=voltages, ions=ions, outcoupling=OUTCOUPLING, mean_current_density=mean).series
    return {name: data[name] for name in data.variables if data[name].ndim == 1} | {"voltage": data["voltage"]}


def idealities(ions: str, mean_current_density: float | None = None) -> tuple[Array, Array]:
    """Ideality factors n = dV/(V_T d ln J) in the window, of current and of light.

    Args:
        ions: as of `jv`.
        mean_current_density: [A/m2] that heals traps made by ions.
    """
    curve = _curve(_PIXEL, ions, 1.4, 2.7, 53, mean_current_density)
    vt = BOLTZMANN * _PIXEL.ambient_temperature / ELEMENTARY_CHARGE
    inside = (curve["current_density"] > WINDOW[0]) & (curve["current_density"] < WINDOW[1])
    of_current, of_light = (
        np.gradient(curve["voltage"], np.log(curve[name]))[inside] / vt
        for name in ("current_density", "radiative_current_density")
    )
    return of_current, of_light


def ideality() -> Finding:
    """K9: slopes of current and light with the ions at rest at 0 V, with the traps they make there, and healed."""
    dark, dim = idealities("frozen-at 0 V")
    healed, light = idealities("frozen-at 0 V", HEALING)
    near = dark.min() <= IDEALITY <= dark.max() and abs(float(np.median(light)) - 1) < 0.3
    return Finding(
        computed=f"ions at rest at 0 V, 1e-6 .. 1e-4 A/cm2: current {dark.min():.2f} .. {dark.max():.2f}, EL "
        f"{float(np.median(dim)):.2f} (median; irregular from 1e-5 A/cm2 on, where ions make so many traps that light "
        f"takes less than a thousandth of the current); traps healed by {text_of(HEALING, 'A/m2', 2)}: current "
        f"{healed.min():.2f} .. {healed.max():.2f}, EL {light.min():.2f} .. {light.max():.2f}",
        verdict="needs input" if near else "contradicts",
        deviation=f"{IDEALITY:g} in the dark lies within the computed range, and EL is near 1 once traps are healed; "
        f"{IDEALITY_IN_LIGHT:g} under light bias is not obtained: healing leaves 2 and more. It needs the density of "
        "traps that the light leaves, which the paper does not give (where traps have slope 2 and light 1, a radiative "
        f"share of {2 / IDEALITY_IN_LIGHT - 1:.2f} would do)",
        inputs=(Input("healing current", text_of(HEALING, "A/m2", 2), "assumed"), *electrical_inputs(_PIXEL)),
    )


def _at(curve: dict[str, Array], name: str, current: float) -> float:
    """A series at a current density, linear in ln J."""
    return float(np.interp(np.log(current), np.log(curve["current_density"]), curve[name]))


def electron_leakage() -> Finding:
    """K10: electrons into poly-TPD against current, for several barriers."""
    currents = (0.2 * A_cm2, 10 * A_cm2, LEAKAGE_CURRENT, AUGER_CURRENT)
    rows, shares = [], {}
    for barrier in (1.6, 0.35, 0.25, 0.20, 0.15):
        pixel = changed(_PIXEL, "poly_tpd", conduction_band_ev=f"{-3.9 + barrier:.2f} eV")
        curve = _curve(pixel, "relaxed", 2.5, 34.0, 43)
        shares[barrier] = [_at(curve, "electron_leakage", current) for current in currents]
        rows.append(f"{barrier:.2f} eV: " + " / ".join(f"{max(100 * share, 0.0):.2g}" for share in shares[barrier]))
    own = shares[0.20]
    rises = own[3] > own[2] > own[1]
    return Finding(
        computed="electrons into poly-TPD, in % of the current at 0.2 / 10 / 50 / 156 A/cm2, by their barrier: "
        + "; ".join(rows),
        verdict="needs input" if rises else "contradicts",
        deviation="the barrier decides: nothing passes the nominal offset of 1.6 eV; the device's 0.20 eV, calibrated "
        "to this row, lets per cents pass at any current, more above 10 A/cm2; an onset near 50 A/cm2 takes 0.35 eV. "
        "From which share on poly-TPD is seen to emit is the sensitivity of the spectrometer, which is not published",
        inputs=electrical_inputs(_PIXEL),
    )


def auger_share(coefficient: float) -> float:
    """[1] of the current at 156 A/cm2 for a coefficient C = C_n + C_p [m6/s]."""
    half = f"{coefficient / 2!r} m6/s"
    pixel = changed(_PIXEL, "mapbi3", auger_electron_coefficient=half, auger_hole_coefficient=half)
    curve = _curve(pixel, "relaxed", 20.0, 34.0, 8)
    share = curve["auger_current_density"] / curve["current_density"]
    return _at(curve | {"share": share}, "share", AUGER_CURRENT)


def auger_loss() -> Finding:
    """K11: share of Auger recombination at 156 A/cm2 against its coefficient."""
    shares = {c: auger_share(c) for c in (1e-42, 1e-41, 1e-40)}
    low, high = 1e-42, 1e-40
    for _ in range(12):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if auger_share(middle) < SMALL else (low, middle)
    listed = ", ".join(f"{100 * share:.2g} % for C = {c * 1e12:.0e} cm6/s" for c, share in shares.items())
    return Finding(
        computed=f"Auger share at 156 A/cm2: {listed}",
        verdict="match" if shares[1e-40] < SMALL else "contradicts",
        deviation=f"no Auger loss (below {SMALL:.0%}) needs C below {low * 1e12:.1e} cm6/s, and the 1e-28 cm6/s of the "
        "card (wen_jia) is more: carriers pile up within nanometres of the faces of the emitter. Values from 1e-30 to "
        "1e-27 cm6/s are in use",
        inputs=electrical_inputs(_PIXEL),
    )


CLAIMS = (
    Claim("K9", "kim2018", "ideality factor 2.2 dark, 1.6 under light bias, EL ideality near 1", ideality),
    Claim("K10", "kim2018", "electron leakage into poly-TPD appears above ~50 A/cm2", electron_leakage),
    Claim("K11", "kim2018", "no Auger loss up to 156 A/cm2", auger_loss),
)
