"""The yields and decays that Jiang et al. 2024 collect: free carriers (eqs 7 and 9), excitons (eqs 8 and 10)."""

import numpy as np

from femled.physics.yield_laws import Excitons, FreeCarriers
from femled.reproduce.claim import Claim, Finding, Input
from femled.solve.flooded_film import FilmRates, flooded
from femled.solve.pump_pulse import PumpPulse

FREE = FreeCarriers(A=1e7, B=1e-16, C=1e-40)
BOUND = Excitons(radiative_rate=1e8, trapping_rate=2e7, auger_coefficient=1e-15)
"""Rates of the size of films and of crystals a few nanometres wide; the review gives none."""

DENSITIES = np.geomspace(1e20, 1e26, 241)
"""[1/m3]"""

FLUENCE, LATER, STEPS = 1.0, 300e-9, 1000
"""[J/m2] of a pulse of 1 ps, [s] that its decay is followed for, and in how many steps."""

PULSE = PumpPulse(width=1e-12, photon_ev=3.1, absorptance=0.5, thickness=100e-9)

CLOSE = 1e-3
"""[1] up to which closed forms and rate models are one."""


def _rates(law: FreeCarriers | Excitons) -> FilmRates:
    """The rate model of either."""
    if isinstance(law, FreeCarriers):
        return FilmRates.of(monomolecular_rate=law.A, radiative_coefficient=law.B, auger_coefficient=law.C)
    return FilmRates.of(
        monomolecular_rate=law.radiative_rate + law.trapping_rate,
        radiative_coefficient=0.0,
        nonradiative_coefficient=law.auger_coefficient,
    )


def yield_error(law: FreeCarriers | Excitons) -> float:
    """[1] largest difference of the yield from the rates of the model, summed by what shines and what does not (6)."""
    lost = _rates(law).losses(DENSITIES)
    shining = lost[1] if isinstance(law, FreeCarriers) else law.radiative_rate * DENSITIES
    return float(np.max(np.abs(law.quantum_yield(DENSITIES) / (shining / lost.sum(axis=0)) - 1)))


def decay_error(law: FreeCarriers | Excitons) -> float:
    """[1] largest relative difference of the density after a pulse from the closed form, down to 1e-4 of its peak."""
    run = flooded(_rates(law), PULSE, fluence=FLUENCE, decay=LATER, steps=STEPS)
    first = int(np.searchsorted(run.time, 3 * PULSE.width))
    time, density = run.time[first:] - run.time[first], run.density[first:, 0]
    kept = density > 1e-4 * density[0]
    return float(np.max(np.abs(law.density(time[kept], float(density[0])) / density[kept] - 1)))


def laws_of_yield() -> Finding:
    """J2: eqs 6 to 10 as closed forms against the rate model, and what the review says of their shapes."""
    free, bound = FREE.quantum_yield(DENSITIES), BOUND.quantum_yield(DENSITIES)
    top = int(free.argmax())
    errors = [error(law) for law in (FREE, BOUND) for error in (yield_error, decay_error)]
    at_low = BOUND.radiative_rate / (BOUND.radiative_rate + BOUND.trapping_rate)
    shapes = (
        bool(np.all(np.diff(free[: top + 1]) > 0) and np.all(np.diff(free[top:]) < 0))
        and abs(float(DENSITIES[top]) / FREE.best_density - 1) < 0.05
        and abs(float(bound[0]) / at_low - 1) < CLOSE
        and bool(np.all(np.diff(bound) < 0))
    )
    return Finding(
        computed=f"free carriers: yield largest, {FREE.best_yield:.3f}, at {FREE.best_density * 1e-6:.2g} 1/cm3; "
        f"excitons: {at_low:.3f} at low density, {float(BOUND.quantum_yield(1e25)):.3f} at 1e19 1/cm3; closed forms "
        f"against the rate model: yields to {max(errors[0], errors[2]):.0e}, decays to {max(errors[1], errors[3]):.0e}",
        verdict="match" if shapes and max(errors) < CLOSE else "contradicts",
        deviation=f"tests: {CLOSE:g} for yields and decays; free carriers: one maximum, B/(B + 2 sqrt(AC)) at "
        "sqrt(A/C); excitons: k_ex/(k_ex + k_trap) whatever the density until they meet, then less",
        inputs=(
            Input("free carriers A, B, C", "1e7 1/s, 1e-16 m3/s, 1e-40 m6/s", "assumed"),
            Input("excitons k_ex, k_trap, k_Aug", "1e8 1/s, 2e7 1/s, 1e-15 m3/s", "assumed"),
        ),
    )


CLAIMS = (Claim("J2", "jiang2024", "PLQY and decay laws, eqs 6-10, free-carrier and excitonic", laws_of_yield),)
