"""Gain: the threshold of a pixel under pulses of light, the tables behind it, and decays by the thousand."""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.row import Row, median_seconds
from femled.device import load_pixel
from femled.experiments.lasing_film import DENSITIES, LasingFilm, lasing_film
from femled.experiments.pumped_film import PumpedFilm
from femled.optics.gain import FreeCarrierGain
from femled.optics.gain_table import gain_table
from femled.optics.guided_light import GuideTable
from femled.solve.ase_threshold import largest_net_gain
from femled.solve.carrier_decay import DecayTable
from femled.solve.light_pulse import march

WIDTH, PUMP = 2.3e-9, 532e-9


def _pumped(film: LasingFilm, temperature: float, heated: bool) -> PumpedFilm:
    pulse = film.pump(width=WIDTH, wavelength=PUMP)
    return PumpedFilm(film, pulse, temperature, film.warmest(temperature), heated, 0.0, None)


def _away(pumped: PumpedFilm) -> float:
    """[1] of a threshold from that with six times as many steps and fluences close by."""
    found = pumped.threshold()
    near = found * np.linspace(0.98, 1.02, 21)
    heat = pumped.film.heat(pumped.temperature, pumped.warmest) if pumped.heated else None
    run = march(pumped.rates(), pumped.pulse, fluence=near, times=pumped.pulse.times(360), heat=heat)
    exact = np.interp(pumped.film.kappa / pumped.film.length, largest_net_gain(run, pumped.film.guide), near)
    return abs(found / float(exact) - 1)


def threshold() -> Iterable[Row]:
    """One threshold of the published pixel after its table is there, and that table with its guide."""
    film = lasing_film(load_pixel("elkhouly2024"))
    cases = {(T, heated): _pumped(film, T, heated) for T in (77.0, 291.0) for heated in (True, False)}
    away = {case: _away(pumped) for case, pumped in cases.items()}
    seconds = {case: median_seconds(pumped.threshold, repeats=5) for case, pumped in cases.items()}
    slowest = max(seconds[case] for case in cases if case[1])
    accuracy = (
        f"77 and 291 K in a film that the pulse heats; within {max(away.values()):.1e} of six times the steps; "
        f"{max(seconds[case] for case in cases if not case[1]):.2f} s where it is not heated"
    )
    yield Row("threshold/optical", slowest, "s", accuracy)

    def table(warmest: float | None = None) -> None:
        hottest = (warmest or 77.0) + 150.0
        made = gain_table(
            FreeCarrierGain(film.law), temperature=77.0, warmest=warmest, hottest=hottest, density=DENSITIES
        )
        made.peak_gain(1e24, 80.0)
        GuideTable(made, film.guide).rates(np.array([1e24]), np.array([80.0]))

    alone = median_seconds(table, repeats=3)
    warmed = median_seconds(lambda: table(film.warmest(77.0)), repeats=3)
    yield Row(
        "threshold/table",
        warmed,
        "s",
        f"77 to 107 K, gain, emission and guided light, 2e-4 between the points; at 77 K alone {alone:.2f} s",
    )


def decays() -> Iterable[Row]:
    """A thousand decays from 1e16 to 2e18 1/cm3 with guided light, at 50 times each."""
    film = lasing_film(load_pixel("elkhouly2024"))
    rates = film.rates(77.0, guided=True)
    start, times = np.geomspace(1e22, 2e24, 1000), np.geomspace(1e-12, 1e-6, 50)

    def run() -> float:
        return DecayTable(rates, (1e17, 3e24)).decays(start=start, times=times).imbalance

    yield Row("rates/decay", median_seconds(run, repeats=5), "s", f"1000 decays, balance {run():.0e}")


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"threshold": threshold, "rates": decays}
