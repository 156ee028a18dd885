"""Claims of Wen and Jia on detrapping by energetic ions: lifetimes, diffusion lengths, and light that soaks in."""

from functools import cache

import numpy as np

from femled.experiments.carrier_lifetime import Signal, carrier_lifetime
from femled.experiments.energetic_ions import Illumination
from femled.experiments.light_soaking import light_soaking
from femled.reproduce.claim import Claim, Finding, Input, Verdict
from femled.units import ns, text_of, um, us

SOURCE = "wen_jia"

PER_CM3 = 1e6
B, C = 1e-10 * 1e-6, 1e-28 * 1e-12
"""[m3/s] and [m6/s], published."""

WINDOWS = (0.25 * us, 0.5 * us, 1.0 * us, 2.5 * us, 5.0 * us)
"""[s] over which a decay may have been fitted: the paper does not say."""

CLOSE = 0.02
"""[1] of a lifetime that counts as the published one."""


@cache
def lifetimes(density: float, rates: tuple[float, float], window: float, signal: Signal = "n") -> tuple[float, float]:
    """[s] average lifetimes of two exponentials.

    Args:
        density: [1/m3] n0.
        rates: [1/s] two values of A'.
        window: [s] of the fit.
        signal: of which power of the density the light is a multiple.
    """
    found = carrier_lifetime(
        initial_density=[density],
        monomolecular_rate=list(rates),
        bimolecular_coefficient=B,
        auger_coefficient=C,
        signal=signal,
        window=window,
    ).series["average_lifetime"]
    return float(found[0]), float(found[1])


def window_verdict(by_window: dict[float, tuple[float, float]], published: tuple[float, float]) -> Verdict:
    """The verdict on two lifetimes whose window is not stated.

    Args:
        by_window: [s] computed, by window [s].
        published: [s].
    """
    off = {window: [abs(a / b - 1) for a, b in zip(pair, published, strict=True)] for window, pair in by_window.items()}
    if any(max(pair) < CLOSE for pair in off.values()):
        return "consistent"
    each = [any(pair[k] < CLOSE for pair in off.values()) for k in (0, 1)]
    return "needs input" if all(each) else "contradicts"


def _lifetime_finding(density: float, rates: tuple[float, float], published: tuple[float, float]) -> Finding:
    found = {window: lifetimes(density, rates, window) for window in WINDOWS}
    best = min(found, key=lambda window: max(abs(a / b - 1) for a, b in zip(found[window], published, strict=True)))
    squared = lifetimes(density, rates, best, "n2")
    listed = "; ".join(f"{text_of(w, 's', 3)}: {a / ns:.1f} and {b / ns:.0f} ns" for w, (a, b) in found.items())
    off = [a / b - 1 for a, b in zip(found[best], published, strict=True)]
    return Finding(
        computed=f"PL ~ n, by the window of the fit: {listed}; PL ~ n^2 over {text_of(best, 's', 3)}: "
        f"{squared[0] / ns:.1f} and {squared[1] / ns:.0f} ns",
        verdict=window_verdict(found, published),
        deviation=f"{off[0]:+.1%} and {off[1]:+.1%} with a window of {text_of(best, 's', 3)}, the best of those tried "
        f"(within {CLOSE:.0%} counts). The window is not stated and decides the long lifetime; light has to be a "
        "multiple of n, not of n^2 as bimolecular recombination emits it",
        inputs=(
            Input("n0", f"{density / PER_CM3:.0e} 1/cm3", "published"),
            Input("A'", " and ".join(f"{rate:.1e} 1/s" for rate in rates), "published"),
            Input("B", "1e-10 cm3/s", "published"),
            Input("C", "1e-28 cm6/s", "published"),
            Input("window of the fit", text_of(best, "s", 3), "assumed"),
            Input("light", "a multiple of n", "assumed"),
        ),
    )


def film_lifetimes() -> Finding:
    """W1: the polycrystalline film."""
    return _lifetime_finding(3e16 * PER_CM3, (1.0e7, 0.1e7), (93 * ns, 511 * ns))


def crystal_lifetimes() -> Finding:
    """W2: the single crystal."""
    return _lifetime_finding(1e16 * PER_CM3, (1.0e6, 0.1e6), (822 * ns, 2500 * ns))


LENGTHS = (
    (0.017e-4, 93 * ns, 398e-9, 0.5e-9),
    (0.017e-4, 511 * ns, 932e-9, 0.5e-9),
    (2.05e-4, 822 * ns, 12.98 * um, 0.005 * um),
    (2.05e-4, 2500 * ns, 22.64 * um, 0.005 * um),
)
"""[m2/s] D; [s] tau; [m] published length; [m] half of its last digit."""


def length_verdict(lengths: list[float]) -> Verdict:
    """The verdict on W3, from computed lengths [m] in the order of `LENGTHS`."""
    rounded = [abs(L - shown) <= digit for L, (_, _, shown, digit) in zip(lengths, LENGTHS, strict=True)]
    close = [abs(L / shown - 1) < CLOSE for L, (_, _, shown, _) in zip(lengths, LENGTHS, strict=True)]
    return "match" if all(rounded) else "consistent" if all(close) else "contradicts"


def diffusion_lengths() -> Finding:
    """W3: sqrt(D tau) of the published lifetimes."""
    lengths = [float(np.sqrt(D * tau)) for D, tau, _, _ in LENGTHS]
    off = max(abs(L / shown - 1) for L, (_, _, shown, _) in zip(lengths, LENGTHS, strict=True))
    return Finding(
        computed=f"{lengths[0] / 1e-9:.1f} and {lengths[1] / 1e-9:.1f} nm; {lengths[2] / um:.3f} and "
        f"{lengths[3] / um:.3f} um",
        verdict=length_verdict(lengths),
        deviation=f"{off:.2%} at most: to the last digit given",
        inputs=(
            Input("D", "0.017 and 2.05 cm2/s", "published"),
            Input("tau", "93, 511, 822 and 2500 ns", "published"),
        ),
    )


BASE = {"coupling": 2e-17, "relaxation": 1e5, "bias": 1e28, "yield": 3e-6}
"""K sigma' [m3/s]; K_1 [1/s]; generation by the constant light [1/(m3 s)]; energetic ions per release of energy."""

VARIANTS: tuple[dict[str, float], ...] = (
    {},
    {"relaxation": 1e6},
    {"bias": 3e28},
    {"bias": 1e27},
    {"yield": 3e-7},
)
"""What is tried beside the base."""

WITHOUT = {"coupling": 0.0}
ION_LIMIT, ION_LIFETIME, FLASH = 1e24, 600.0, 1e21
"""[1/m3] N_s; [s] tau_ion; [1/m3] of a flash."""


@cache
def _sequence(changes: tuple[tuple[str, float], ...]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Fig. 4: pulses for 30 s, with constant light for 30 s, and without it for 30 s.

    Returns:
        [s] lifetimes recorded in the phases; [s] at the start, at the end of the first phase, at the end of all.
    """
    values = BASE | dict(changes)
    phases = [
        Illumination(name="pulses", duration=30.0),
        Illumination(name="pulses and constant light", duration=30.0, background_generation=values["bias"]),
        Illumination(name="pulses again", duration=30.0),
    ]
    series = light_soaking(
        phases,
        flash_density=FLASH,
        repetition=1e6,
        monomolecular_rate=1e7,
        bimolecular_coefficient=B,
        auger_coefficient=C,
        relaxation_rate=values["relaxation"],
        detrapping_coefficient=values["coupling"],
        ion_yield=values["yield"],
        ion_limit=ION_LIMIT,
        ion_lifetime=ION_LIFETIME,
        signal="n",
    ).series
    first, second, third = (float(tau) for tau in series["recorded_lifetime"])
    life = series["average_lifetime"]
    last = int(np.searchsorted(series["time"], 30.0))
    return (first, second, third), (float(life[0]), float(life[last]), float(life[-1]))


def ordered(recorded: tuple[float, float, float], life: tuple[float, float, float]) -> tuple[bool, bool, bool]:
    """Whether lifetimes grow under pulses; shorten under constant light; are longer after it than before and stay so.

    Args:
        recorded: [s] in the three phases.
        life: [s] at the start, at the end of the first phase, at the end of all.
    """
    first, second, third = recorded
    return life[1] > 1.01 * life[0], second < 0.99 * first, third > 1.01 * first and life[2] > 1.01 * first


def sequence_verdict(held: list[bool], without: bool) -> Verdict:
    """The verdict on W4.

    Args:
        held: whether the sequence comes out, the base first.
        without: whether it does without detrapping.
    """
    if without or not any(held):
        return "contradicts"
    return "consistent" if all(held) else "needs input"


def soaking_sequence() -> Finding:
    """W4: two time scales, Fig. 4."""
    runs = {tuple(sorted(one.items())): _sequence(tuple(sorted(one.items()))) for one in VARIANTS}
    held = [all(ordered(*run)) for run in runs.values()]
    none = _sequence(tuple(WITHOUT.items()))
    (first, second, third), life = next(iter(runs.values()))
    words = ("growth", "shortening", "memory")
    told = []
    for changes, run in list(runs.items())[1:]:
        name, value = changes[0]
        missing = [word for word, there in zip(words, ordered(*run), strict=True) if not there]
        told.append(f"{name} {value:.0e}: {'all' if not missing else 'no ' + ' and no '.join(missing)}")
    return Finding(
        computed=f"{life[0] / ns:.0f} ns at first, {life[1] / ns:.0f} ns after 30 s of pulses; recorded over 30 s "
        f"each: pulses {first / ns:.0f} ns, and constant light {second / ns:.0f} ns, pulses again {third / ns:.0f} ns; "
        f"without detrapping {none[0][0] / ns:.1f}, {none[0][1] / ns:.1f}, {none[0][2] / ns:.1f} ns",
        verdict=sequence_verdict(held, all(ordered(*none))),
        deviation="longer over seconds of light, shorter under constant light, longer than at first after it: "
        f"{sum(held)} of {len(held)} sets of parameters give all three ({'; '.join(told)}). The paper gives none of K, "
        "sigma', n_ion and K_1; without detrapping nothing grows and nothing is remembered",
        inputs=(
            Input("repetition", "1 MHz", "published"),
            Input("records", "30 s each", "published"),
            Input("A, B, C", "1e7 1/s, 1e-10 cm3/s, 1e-28 cm6/s", "published"),
            Input("K_1", "1e5 1/s", "assumed"),
            Input("K sigma'", "2e-11 cm3/s", "assumed"),
            Input("constant light", "1e22 1/(cm3 s), some 0.2 W/cm2", "assumed"),
            Input("flash", "1e15 1/cm3", "assumed"),
            Input("energetic ions", "at most 1e18 1/cm3, 3e-6 per release of energy, lifetime 600 s", "assumed"),
        ),
    )


CLAIMS = (
    Claim("W1", SOURCE, "average lifetime 93 -> 511 ns as A' falls from 1.0e7 to 0.1e7 1/s", film_lifetimes),
    Claim("W2", SOURCE, "average lifetime 822 -> 2500 ns as A' falls from 1.0e6 to 0.1e6 1/s", crystal_lifetimes),
    Claim("W3", SOURCE, "diffusion lengths 398 -> 932 nm and 12.98 -> 22.64 um", diffusion_lengths),
    Claim(
        "W4",
        SOURCE,
        "lifetimes grow over seconds of illumination, shorten under constant light and stay longer after it (Fig. 4)",
        soaking_sequence,
    ),
)
