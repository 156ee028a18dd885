"""Lifetimes under light that soaks in: nanosecond carriers over energetic ions that come and go in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.errors import InputError
from femled.experiments.carrier_lifetime import POWER, Auger, Bimolecular, Signal
from femled.experiments.decay_shape import decay_time, two_exponentials
from femled.experiments.energetic_ions import Film, Illumination, Soaking
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.frozen import Quantity
from femled.result import Result
from femled.series import Series, Variable, over_time
from femled.solve.deep_level import CHANNELS, DeepLevel, march
from femled.solve.pulsed_orbit import Orbit, drift

Array = NDArray[np.float64]

Rate = Annotated[float, Quantity("1/s", 1.0, 1e15)]
Density = Annotated[float, Quantity("1/m3", 1e10, 1e30)]
Repetition = Annotated[float, Quantity("Hz", 1e-3, 1e12)]
Coupling = Annotated[float, Quantity("m3/s", 0.0, 1e-9)]
Yield = Annotated[float, Quantity("1", 0.0, 1e6)]
Seconds = Annotated[float, Quantity("s", 1e-12, 1e9)]
Ions = Annotated[float, Quantity("1/m3", 0.0, 1e30)]

_SAMPLES = 13
"""Times of a phase at which a decay is computed."""
_DELAYS = 301
_SLOW = 0.05
"""Of a lifetime of ions or of a phase: how long the deep level may take to follow."""


@experiment
def light_soaking(
    phases: Annotated[Sequence[Illumination], PYTHON_ONLY],
    *,
    flash_density: Density,
    repetition: Repetition,
    monomolecular_rate: Rate,
    relaxation_rate: Rate,
    detrapping_coefficient: Coupling,
    ion_yield: Yield,
    ion_limit: Density,
    ion_lifetime: Seconds,
    bimolecular_coefficient: Bimolecular = 0.0,
    auger_coefficient: Auger = 0.0,
    initial_ions: Ions = 0.0,
    signal: Signal,
    window: Seconds | None = None,
) -> Result:
    """Decays of photoluminescence while energetic ions gather and fade: pulses, with and without constant light.

    Carriers as of `carrier_lifetime` with D = K sigma' n_ion; energetic ions take what carriers release (wen_jia):
    dn_ion/dt = y (1 - n_ion/N_s) <G + A n + K_1 n_d> - n_ion/tau_ion, the mean over a period of the flashes.

    Carriers are periodic at every density of ions; what the mean leaves out is of the order of a period over the time
    in which ions change. Every decay is without what is there before its flash. That energetic ions are used up by
    detrapping (eq. 2 of the paper) is left out, as in its eqs 4 and 5: `detrapped_per_ion` says how often each acts.

    Args:
        phases: `Illumination` one after the other.
        flash_density: [1/m3] of each flash.
        repetition: [Hz] of the flashes.
        monomolecular_rate: [1/s] A.
        relaxation_rate: [1/s] K_1; it has to empty the deep level much faster than ions change.
        detrapping_coefficient: [m3/s] K sigma'.
        ion_yield: [1] y, energetic ions per release of energy: carriers that cool, are trapped, or relax.
        ion_limit: [1/m3] N_s.
        ion_lifetime: [s] tau_ion.
        bimolecular_coefficient: [m3/s] B.
        auger_coefficient: [m6/s] C.
        initial_ions: [1/m3].
        signal: "n" or "n2": of which the light is a multiple.
        window: [s] of the decays; None is the period.

    Returns:
        over `time`: `energetic_ions detrapping_rate average_lifetime one_over_e_time background_density`; over `phase`
        and `delay`: `photoluminescence`, the mean over the phase as it is recorded, and of it over `phase`
        `recorded_lifetime`; `phase_end`, `averaging_error`, `detrapped_per_ion`.

    Raises:
        InputError: no phases, or a window longer than a period.
        SetupError: lmfit is not installed.
    """
    begun = perf_counter()
    _refuse(phases, signal, window, repetition, (initial_ions, ion_limit))
    law = DeepLevel.of(
        1,
        monomolecular=monomolecular_rate,
        bimolecular=bimolecular_coefficient,
        auger=auger_coefficient,
        relaxation=relaxation_rate,
    )
    film = Film(law, detrapping_coefficient, ion_yield, ion_limit, ion_lifetime, flash_density, 1 / repetition)
    delay = np.linspace(0.0, film.period if window is None else window, _DELAYS)
    runs, start, begin = [], initial_ions, 0.0
    for phase in phases:
        runs.append(_Phase.of(Soaking(film, phase), start, begin, delay, POWER[signal]))
        start, begin = float(runs[-1].ions[0, -1]), begin + phase.duration
    variables, coordinates = _series(runs, delay)
    made, lost = (float(sum(run.ions[k, -1] for run in runs)) for k in (1, 2))
    inputs: dict[str, Any] = {
        "phases": [phase.model_dump(mode="json") for phase in phases],
        "flash_density": f"{flash_density!r} 1/m3",
        "repetition": f"{repetition!r} Hz",
        "monomolecular_rate": f"{monomolecular_rate!r} 1/s",
        "relaxation_rate": f"{relaxation_rate!r} 1/s",
        "detrapping_coefficient": f"{detrapping_coefficient!r} m3/s",
        "ion_yield": ion_yield,
        "ion_limit": f"{ion_limit!r} 1/m3",
        "ion_lifetime": f"{ion_lifetime!r} s",
        "bimolecular_coefficient": f"{bimolecular_coefficient!r} m3/s",
        "auger_coefficient": f"{auger_coefficient!r} m6/s",
        "initial_ions": f"{initial_ions!r} 1/m3",
        "signal": signal,
        "window": f"{float(delay[-1])!r} s",
    }
    return Result(
        experiment="light_soaking",
        series=Series(variables, coordinates, {"imbalance": max(run.imbalance for run in runs)}),
        inputs=inputs,
        sources=(("wen_jia", "published"), ("hairer1996", "literature")),
        balance=Balance("energetic ions, 1/m3", made, start - initial_ions, lost),
        cost=Cost(2, sum(run.steps for run in runs), 0, perf_counter() - begun),
        warnings=_warnings(film, phases, runs),
        provenance={"femled": femled.__version__},
    )


def _refuse(
    phases: Sequence[Illumination],
    signal: str,
    window: float | None,
    repetition: float,
    ions: tuple[float, float],
) -> None:
    """Refuse what cannot be meant; ions: [1/m3] at first and at most."""
    if not phases:
        raise InputError("phases: give at least one Illumination")
    if signal not in POWER:
        raise InputError(f'signal "{signal}" is neither "n" nor "n2": say of which power of the density light is made')
    if window is not None and window * repetition > 1 + 1e-12:
        raise InputError(f"window {window:g} s is longer than a period, {1 / repetition:g} s")
    if ions[0] > ions[1]:
        raise InputError(f"initial_ions {ions[0]:g} 1/m3 exceed ion_limit {ions[1]:g} 1/m3")


@dataclass(frozen=True)
class _Phase:
    """What happened in a phase.

    Args:
        soaking: its laws.
        time: (times,), [s] of the run.
        ions: (3, times), [1/m3] there, made and lost in the phase.
        orbit: at those times; None in the dark.
        light: (times, delays), not normalised; nan where there are no flashes.
        imbalance: [1] of carriers.
        steps: of the decays.
    """

    soaking: Soaking
    time: Array
    ions: Array
    orbit: Orbit
    light: Array
    imbalance: float
    steps: int

    @classmethod
    def of(cls, soaking: Soaking, start: float, begin: float, delay: Array, power: int) -> "_Phase":
        film, phase = soaking.film, soaking.phase
        times = np.linspace(0.0, phase.duration, _SAMPLES)
        ions = soaking.march(start, times)
        orbit = film.orbit(np.clip(ions[0], 0.0, film.ion_limit), phase)
        light, wrong, steps = np.full((_SAMPLES, len(delay)), np.nan), 0.0, 0
        if phase.pulsed:
            course = march(orbit.law, start=orbit.density + film.flash, deep=orbit.deep, times=delay)
            light = (course.density**power - orbit.density**power).T
            wrong, steps = max(course.imbalance, drift(orbit, film.flash, film.period)), course.steps
        return cls(soaking, begin + times, ions, orbit, light, wrong, steps)

    @property
    def recorded(self) -> Array:
        """(delays,), over its start: the mean over the phase."""
        mean = np.asarray(np.trapezoid(self.light, self.time, axis=0))
        return np.asarray(mean / mean[0])

    @property
    def fastest_change(self) -> float:
        """[1/s] of the ions over their limit."""
        film = self.soaking.film
        rates = [self.soaking.activation(float(N)) - N / film.ion_lifetime for N in self.ions[0]]
        return float(np.max(np.abs(rates))) / film.ion_limit


def _series(runs: list[_Phase], delay: Array) -> tuple[dict[str, Variable], dict[str, Variable]]:
    film = runs[0].soaking.film
    lives, to_e = [], []
    for run in runs:
        for row in run.light:
            pulsed = run.soaking.phase.pulsed
            lives.append(two_exponentials(delay, row).mean if pulsed else np.nan)
            reached = decay_time(delay, row, float(np.exp(-1))) if pulsed else None
            to_e.append(np.nan if reached is None else reached)
    ions = np.concatenate([run.ions[0] for run in runs])
    recorded = [run.recorded for run in runs]
    means = [
        two_exponentials(delay, row).mean if run.soaking.phase.pulsed else np.nan
        for run, row in zip(runs, recorded, strict=True)
    ]
    detrapped = sum(float(np.trapezoid(run.orbit.rates[CHANNELS.index("detrapped")], run.time)) for run in runs)
    variables = {
        "energetic_ions": over_time(ions, "1/m3", "energetic ions"),
        "detrapping_rate": over_time(film.coupling * ions, "1/s", "rate of detrapping"),
        "average_lifetime": over_time(lives, "s", "average lifetime"),
        "one_over_e_time": over_time(to_e, "s", "time to 1/e"),
        "background_density": over_time(
            np.concatenate([run.orbit.density for run in runs]), "1/m3", "carriers before a flash"
        ),
        "photoluminescence": Variable(("phase", "delay"), np.array(recorded), "1", "light recorded in a phase"),
        "recorded_lifetime": Variable(("phase",), np.array(means), "s", "average lifetime recorded in a phase"),
        "phase_end": Variable(("phase",), np.array([run.time[-1] for run in runs]), "s", "end of a phase"),
        "averaging_error": Variable(
            (), np.asarray(film.period * max(run.fastest_change for run in runs)), "1", "change of ions in a period"
        ),
        "detrapped_per_ion": Variable(
            (), np.asarray(detrapped / max(float(ions.max()), 1e-300)), "1", "electrons that an energetic ion detrapped"
        ),
    }
    coordinates = {
        "time": over_time(np.concatenate([run.time for run in runs]), "s", "time"),
        "delay": Variable(("delay",), delay, "s", "time after a flash"),
        "phase": Variable(("phase",), np.array([run.soaking.phase.name for run in runs]), ""),
    }
    return variables, coordinates


def _warnings(film: Film, phases: Sequence[Illumination], runs: list[_Phase]) -> tuple[str, ...]:
    notes = []
    slow = 1 / float(film.law.relaxation[0])
    shortest = min(film.ion_lifetime, *(phase.duration for phase in phases))
    if slow > _SLOW * shortest:
        notes.append(
            f"the deep level takes {slow:.3g} s to empty, ions and phases {shortest:.3g} s: not two time scales"
        )
    worst = max(run.soaking.interpolation_error for run in runs)
    if worst > 1e-3:
        notes.append(f"releases of energy between densities of ions are known to {worst:.1e} only")
    return tuple(notes)
