"""What the verification table measures of the optical half."""

import json
import math
from pathlib import Path

import numpy as np
import tmm

from femled import graded_modes, load_pixel, outcoupling, plane_wave, slab_modes
from femled.optics.dipole import make_cavity, total_power
from femled.optics.stack import make_stack
from femled.units import nm

DATA = Path(__file__).parent / "data" / "slab_modes.json"
MODES = json.loads(DATA.read_text(encoding="utf-8"))["cases"]


def modes_error(solver=slab_modes):
    """Largest |n_eff - reference|; infinite if a list is not as long as it should be."""
    worst = 0.0
    for case in MODES:
        found = solver(
            indices=[complex(*index) for index in case["indices"]],
            thicknesses=case["thicknesses_m"],
            wavelength=case["wavelength_m"],
            polarization=case["polarization"],
            kind=case["kind"],
            search=tuple(case["search"]),
        )
        if len(found) != len(case["modes"]):
            return math.inf
        expected = [complex(float(real), float(imaginary)) for real, imaginary in case["modes"]]
        errors = [abs(mode.effective_index - n_eff) for mode, n_eff in zip(found, expected, strict=True)]
        worst = max([worst, *errors])
    return worst


def graded_error():
    return modes_error(graded_modes)


def plane_wave_error():
    """Reflectance and transmittance of a silver-clad stack at 31 angles, s and p, against the package tmm."""
    n, t, wave = [1.0, 2.1 + 0.02j, 1.45, 0.05 + 5j, 1.8, 1.5], [90 * nm, 140 * nm, 20 * nm, 60 * nm], 700 * nm
    worst = 0.0
    for angle in np.linspace(0.0, 1.5, 31):
        for polarization in ("s", "p"):
            mine = plane_wave(indices=n, thicknesses=t, wavelength=wave, angle=angle, polarization=polarization)
            theirs = tmm.coh_tmm(polarization, n, [np.inf, *t, np.inf], angle, wave)
            worst = max(worst, abs(mine.reflectance - theirs["R"]), abs(mine.transmittance - theirs["T"]))
    return float(worst)


def mirror_error():
    """Dipole in glass, 5 nm .. 5 um before a perfect mirror: K_v = 1 - 3(cos x/x^2 - sin x/x^3), K_h; x = 2 k z."""
    worst = 0.0
    for height in (5 * nm, 50 * nm, 500 * nm, 5000 * nm):
        x = 4 * math.pi * 1.5 / (800 * nm) * height
        vertical = 1 - 3 * (math.cos(x) / x**2 - math.sin(x) / x**3)
        horizontal = 1 - 1.5 * (math.sin(x) / x + math.cos(x) / x**2 - math.sin(x) / x**3)
        stack = make_stack([1e12j, 1.5, 1.5], [2 * height], 800 * nm)
        for orientation, expected in (("vertical", vertical), ("horizontal", horizontal)):
            power = total_power(make_cavity(stack, 1, orientation), np.array([height]))
            worst = max(worst, abs(float(power[0]) - expected))
    return worst


def channels_error():
    """What no channel has of the emission of three pixels, 5 wavelengths x 21 depths."""
    runs = [outcoupling(load_pixel(name), wavelengths=5) for name in ("kim2018", "li2023", "elkhouly2024")]
    return max(abs(float(run.series["unassigned"])) for run in runs)
