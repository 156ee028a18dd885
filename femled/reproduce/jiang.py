"""Claims of Jiang et al. 2024: defects, ions and heat in perovskite light-emitting diodes."""

import math
from functools import cache

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Face, Pixel, load_pixel
from femled.experiments.heat_steady import heat_steady
from femled.experiments.heated_jv import heated_jv
from femled.experiments.jv import jv
from femled.materials.tolerance import bartel_factor, goldschmidt_factor, ion, octahedral_factor
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.reproduce.electrical_inputs import electrical_inputs
from femled.reproduce.held_on import ACTIVATIONS, Held, activated, held_on, largest_activation
from femled.reproduce.thermal_inputs import device_inputs
from femled.units import V, mm, text_of

ROOM, SURFACE = 298.15, 343.15
"""[K] 25 C and the published 70 C."""

NEAR, HOURS = 5.0, 7200.0
"""[K] from 70 C that counts as near it; [s] in which the glass comes to rest with the air."""


def laboratory_device() -> Pixel:
    """An ordinary device: the stack of kim2018 without encapsulation, 3 mm wide on an inch of glass in still air."""
    still_air = Face(kind="convection", coefficient=10.0)
    return load_pixel("kim2018").replace(
        name="laboratory_device",
        diameter=3 * mm,
        outer_radius=12.7 * mm,
        encapsulation=None,
        ambient_temperature=ROOM,
        base=still_air,
        outer=still_air,
    )


def surface_verdict(needed: float, reached: dict[float, float]) -> Verdict:
    """What the current that 70 C takes, and where such a current leads, say of the claim.

    Args:
        needed: [A/m2] at 6 V and 70 C.
        reached: activation energy [eV] -> [K] at which a device settles that carries it there.
    """
    if not 10.0 <= needed <= 1e4:
        return "contradicts"
    return "consistent" if any(abs(T - SURFACE) < NEAR for T in reached.values()) else "needs input"


@cache
def settled(needed: float, activation_ev: float) -> Held:
    """An ordinary device, switched on cold at 6 V, whose current would be `needed` [A/m2] at 70 C."""
    law = activated(needed, voltage=6 * V, temperature=SURFACE, activation_ev=activation_ev)
    return held_on(laboratory_device(), law, voltage=6 * V, duration=HOURS, linear=True)


def surface_temperature() -> Finding:
    """J5: the current at which an ordinary device reaches 70 C at 6 V in still air, and whether it stays there."""
    pixel = laboratory_device()
    run = heat_steady(pixel, power_density=1e3, linear=True)
    rise = float(run.series["emitter_temperature_rise"]) / 1e3
    needed, resistance = (SURFACE - ROOM) / (rise * 6 * V), float(run.series["thermal_resistance"])
    found = {energy: settled(needed, energy) for energy in ACTIVATIONS}
    reached = {energy: ROOM + held.rise for energy, held in found.items()}
    listed = ", ".join(
        f"{energy:g} eV from {text_of(needed * _cold(energy), 'A/m2', 3)} to {T - 273.15:.0f} C"
        for energy, T in reached.items()
    )
    own = heated_jv(pixel, voltages=[2 * V, 3 * V, 6 * V], thermal_resistance=rise, mesh=60)
    still = float(jv(pixel, voltages=[6 * V], mesh=60).series["current_density"][0])
    return Finding(
        computed=f"R_th = {resistance:.0f} K/W; 70 C at 6 V takes {text_of(needed, 'A/m2', 3)} at a given current; "
        f"switched on cold at 6 V, with a current that is activated and would be this at 70 C: {listed}",
        verdict=surface_verdict(needed, reached),
        deviation="order of magnitude: perovskite LEDs run at 0.001 .. 1 A/cm2 at 6 V; the text gives neither current "
        f"nor geometry; at 6 V 70 C is stable up to k T^2/(T - T_0) = {largest_activation(ROOM, SURFACE):.2f} eV, "
        "beyond which such a device stays cooler or runs away; the layers of this one would carry "
        f"{text_of(still, 'A/m2', 2)} at 25 C, {rise * 6 * V * still:.0f} K by arithmetic, and together with their "
        f"temperature: {own.outcome}",
        inputs=(
            Input("voltage", "6 V", "published"),
            Input("heat transfer, all faces", "10 W/m2/K", "assumed"),
            Input("activation of the current", ", ".join(f"{energy:g} eV" for energy in ACTIVATIONS), "assumed"),
            *device_inputs(pixel),
            *electrical_inputs(pixel),
        ),
    )


def _cold(activation_ev: float) -> float:
    """[1] current at 25 C over that at 70 C."""
    return math.exp(-activation_ev * ELEMENTARY_CHARGE / BOLTZMANN * (1 / ROOM - 1 / SURFACE))


# Lead halides, and what they are at room temperature: cubic or tetragonal, orthorhombic, or no perovskite at all.
LATTICES = (
    ("MA", "I", "cubic"),
    ("FA", "I", "none"),
    ("Cs", "I", "none"),
    ("MA", "Br", "cubic"),
    ("FA", "Br", "cubic"),
    ("Cs", "Br", "orthorhombic"),
)


def tolerance_factors() -> Finding:
    """J6: what t, mu and tau say of the lead halides against what they are, and the formula for t as printed."""
    B, parts = ion("Pb").radius, []
    right = {"t": 0, "mu": 0, "tau": 0}
    for a, x, phase in LATTICES:
        A, X = ion(a).radius, ion(x).radius
        t, mu, tau = goldschmidt_factor(A, B, X), octahedral_factor(B, X), bartel_factor(A, B, X)
        right["t"] += (0.9 <= t <= 1.0) if phase == "cubic" else (0.71 <= t < 0.9) if phase == "orthorhombic" else True
        right["mu"] += 0.442 <= mu <= 0.895
        right["tau"] += (tau < 4.18) == (phase != "none")
        parts.append(f"{a}Pb{x}3 {t:.3f}, {mu:.3f}, {tau:.2f}")
    printed = (ion("MA").radius + B) / (2**0.5 * (B + ion("I").radius))
    counted = ", ".join(f"{name} {count} of {len(LATTICES)}" for name, count in right.items())
    radii = ("MA", "FA", "Cs", "Pb", "I", "Br")
    return Finding(
        computed="t, mu, tau: " + "; ".join(parts),
        verdict="consistent" if min(right.values()) >= len(LATTICES) - 1 else "contradicts",
        deviation=f"phases at room temperature told right: {counted} (FAPbBr3 is cubic at t just above 1; FAPbI3 is "
        f"hexagonal, which tau misses); eq. 1 as printed (R_A + R_B) gives t = {printed:.2f} for MAPbI3: "
        "a misprint for R_A + R_X",
        inputs=tuple(
            Input(f"radius of {name}", f"{ion(name).radius * 1e10:.2f} angstrom", ion(name).status) for name in radii
        ),
    )


CLAIMS = (
    Claim("J5", "jiang2024", "surface of a device near 70 C at 6 V", surface_temperature),
    Claim("J6", "jiang2024", "tolerance factors t, mu, tau (eqs 1-3) mark the perovskites", tolerance_factors),
)
