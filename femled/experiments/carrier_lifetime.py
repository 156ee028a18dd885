"""How long photogenerated carriers live: decays after a flash, what takes them, and the lifetimes one quotes."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Balance, Cost
from femled.errors import InputError
from femled.experiments.decay_shape import TwoExponentials, decay_time, two_exponentials
from femled.experiments.experiment import experiment
from femled.frozen import Quantity
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.deep_level import CHANNELS, FREE, Course, DeepLevel, march

Array = NDArray[np.float64]

Densities = Annotated[Sequence[float], Quantity("1/m3", 1e15, 1e28)]
Rates = Annotated[Sequence[float], Quantity("1/s", 0.0, 1e15)]
Rate = Annotated[float, Quantity("1/s", 0.0, 1e15)]
Bimolecular = Annotated[float, Quantity("m3/s", 0.0, 1e-12)]
Auger = Annotated[float, Quantity("m6/s", 0.0, 1e-36)]
Generation = Annotated[float, Quantity("1/m3/s", 0.0, 1e38)]
Diffusivity = Annotated[float, Quantity("m2/s", 1e-12, 1.0)]
Window = Annotated[float, Quantity("s", 1e-14, 1e3)]
Points = Annotated[int, Quantity("1", 20, 100_000)]
Signal = Literal["n", "n2"]

POWER = {"n": 1, "n2": 2}
"""Of the density in the light: one carrier that meets a constant background, or two that meet each other."""

FAINT = 1e-10
"""Share of its start below which light has no lifetime of its own any more."""

FITTED = 64
"""Decays up to which two exponentials are fitted unless one asks for more."""


@experiment
def carrier_lifetime(
    *,
    initial_density: Densities,
    monomolecular_rate: Rates,
    bimolecular_coefficient: Bimolecular = 0.0,
    auger_coefficient: Auger = 0.0,
    detrapping_rate: Rates | None = None,
    relaxation_rate: Rate = 0.0,
    background_generation: Generation = 0.0,
    signal: Signal,
    window: Window,
    points: Points = 501,
    diffusivity: Diffusivity | None = None,
    two_exponential: bool | None = None,
) -> Result:
    """Decays of photoluminescence after a flash: what takes the carriers, and the lifetimes that are read off.

    dn/dt = G - A n - B n^2 - C n^3 + D n_d,   dn_d/dt = A n - D n_d - K_1 n_d           (wen_jia, eqs 3 to 5)

    Without the deep level (D = 0) trapped carriers are lost; A' = A - D in place of A is the paper's eq. 6.
    Lists of one value, or of one for each decay.

    Args:
        initial_density: [1/m3] of the flash, on top of what the background leaves.
        monomolecular_rate: [1/s] A, of trapping in the deep level.
        bimolecular_coefficient: [m3/s] B.
        auger_coefficient: [m6/s] C.
        detrapping_rate: [1/s] D, from the deep level back; K sigma' n_ion if energetic ions drive it; None is 0.
        relaxation_rate: [1/s] K_1, from the deep level to the valence band.
        background_generation: [1/(m3 s)] G, of constant light; its photoluminescence is taken off.
        signal: "n" or "n2": of which the light is taken to be a multiple.
        window: [s] of the decay, which the fit sees whole; quoted lifetimes depend on it.
        points: of the window, evenly spaced.
        diffusivity: [m2/s] for the diffusion length sqrt(D tau).
        two_exponential: fit each decay by two exponentials; None: up to 64 decays.

    Returns:
        over `decay` and `time`: `density deep_density photoluminescence differential_lifetime
        fitted_photoluminescence`; over `decay`: `average_lifetime` (A1 t1^2 + A2 t2^2)/(A1 t1 + A2 t2), `fast_time
        slow_time fast_amplitude slow_amplitude fit_residual one_over_e_time diffusion_length` and the rates; over
        `decay` and `channel`: `taken` [1/m3] in the window.

    Raises:
        InputError: lists of unlike lengths, or constant light with a deep level that nothing empties.
        SetupError: a fit is wanted and lmfit is not installed.
    """
    if signal not in POWER:
        raise InputError(f'signal "{signal}" is neither "n" nor "n2": say of which power of the density light is made')
    n0, A, D = _columns(initial_density, monomolecular_rate, detrapping_rate or [0.0])
    begun = perf_counter()
    law = DeepLevel.of(
        len(n0),
        monomolecular=A,
        bimolecular=bimolecular_coefficient,
        auger=auger_coefficient,
        detrapping=D,
        relaxation=relaxation_rate,
        generation=background_generation,
    )
    before = law.steady(law.generation) if background_generation else (np.zeros(len(n0)), np.zeros(len(n0)))
    course = march(law, start=before[0] + n0, deep=before[1], times=np.linspace(0.0, window, int(points)))
    shapes = Shapes(course, before[0], POWER[signal])
    wanted = len(n0) <= FITTED if two_exponential is None else two_exponential
    variables = shapes.variables() | shapes.read_off(diffusivity, fitted=wanted)
    notes = (
        () if wanted or two_exponential is False else (f"{len(n0)} decays: no exponentials fitted unless asked for",)
    )
    variables |= {
        "initial_density": _each(n0, "1/m3", "density of the flash"),
        "monomolecular_rate": _each(A, "1/s", "rate of trapping"),
        "detrapping_rate": _each(D, "1/s", "rate of detrapping"),
    }
    inputs: dict[str, Any] = {
        "initial_density": [f"{value!r} 1/m3" for value in n0.tolist()],
        "monomolecular_rate": [f"{value!r} 1/s" for value in A.tolist()],
        "bimolecular_coefficient": f"{bimolecular_coefficient!r} m3/s",
        "auger_coefficient": f"{auger_coefficient!r} m6/s",
        "detrapping_rate": [f"{value!r} 1/s" for value in D.tolist()],
        "relaxation_rate": f"{relaxation_rate!r} 1/s",
        "background_generation": f"{background_generation!r} 1/m3/s",
        "signal": signal,
        "window": f"{window!r} s",
        "points": int(points),
        "diffusivity": None if diffusivity is None else f"{diffusivity!r} m2/s",
    }
    return Result(
        experiment="carrier_lifetime",
        series=Series(variables, shapes.coordinates(), {"imbalance": course.imbalance}),
        inputs=inputs,
        sources=(("wen_jia", "published"), ("hairer1996", "literature")),
        balance=_balance(course, n0),
        cost=Cost(2 * len(n0), course.steps, 0, perf_counter() - begun),
        warnings=(*notes, *shapes.warnings()),
        provenance={"femled": femled.__version__},
    )


def _columns(*lists: Sequence[float]) -> list[Array]:
    """Lists of one value or of as many as the longest, all of that length."""
    values = [np.asarray(one, dtype=np.float64) for one in lists]
    longest = max(len(one) for one in values)
    for one, name in zip(values, ("initial_density", "monomolecular_rate", "detrapping_rate"), strict=True):
        if len(one) not in (1, longest):
            raise InputError(f"{name} has {len(one)} values, another list {longest}: give one, or as many")
    return [np.array(np.broadcast_to(one, longest)) for one in values]


def _balance(course: Course, flash: Array) -> Balance:
    """Of all decays together."""
    made = float(np.sum(flash + course.law.generation * course.time[-1]))
    held = course.density + course.deep
    removed = course.gone[-1][[CHANNELS.index(name) for name in ("radiative", "auger", "relaxed")]]
    stored = float(np.sum(held[-1] - held[0] + flash))
    return Balance("carriers of all decays, 1/m3", made, stored, float(removed.sum()))


def _each(values: Array, unit: str, title: str) -> Variable:
    return Variable(("decay",), values, unit, title)


@dataclass(frozen=True)
class Shapes:
    """Decays and what is read off them.

    Args:
        course: of the carriers.
        before: (decays,), [1/m3] of free carriers before the flash.
        power: of the density in the light.
    """

    course: Course
    before: Array
    power: int

    @property
    def light(self) -> Array:
        """(decays, times), over its start, without what was there before the flash."""
        light = (self.course.density**self.power - self.before**self.power).T
        return np.asarray(light / light[:, :1])

    @property
    def differential(self) -> Array:
        """(decays, times), [s] PL/(-dPL/dt) from the rates; nan where the light has all but gone."""
        n, law = self.course.density, self.course.law
        rates = np.stack([law.rates(*row) for row in zip(n, self.course.deep, strict=True)])
        falls = -(law.generation + np.einsum("c,tcm->tm", FREE, rates))
        light = n**self.power - self.before**self.power
        fall = self.power * n ** (self.power - 1) * falls
        clear = (light > FAINT * light[0]) & (fall > 0)
        return np.asarray(np.divide(light, fall, out=np.full_like(light, np.nan), where=clear).T)

    def variables(self) -> dict[str, Variable]:
        """Everything over time."""
        both = ("decay", "time")
        return {
            "density": Variable(both, self.course.density.T, "1/m3", "free carriers"),
            "deep_density": Variable(both, self.course.deep.T, "1/m3", "carriers in the deep level"),
            "photoluminescence": Variable(both, self.light, "1", "photoluminescence over its start"),
            "differential_lifetime": Variable(both, self.differential, "s", "differential lifetime"),
            "taken": Variable(("decay", "channel"), self.course.gone[-1].T, "1/m3", "carriers taken in the window"),
        }

    def coordinates(self) -> dict[str, Variable]:
        """Of everything."""
        return {
            "decay": Variable(("decay",), np.arange(1, len(self.before) + 1), "1", "number of the decay"),
            "time": Variable(("time",), self.course.time, "s", "time after the flash"),
            "channel": Variable(("channel",), np.array(CHANNELS), ""),
        }

    def read_off(self, diffusivity: float | None, *, fitted: bool) -> dict[str, Variable]:
        """Everything that is one number a decay; nan where the light does not fall to 1/e."""
        light, time = self.light, self.course.time
        reached = [decay_time(time, row, float(np.exp(-1))) for row in light]
        to_e = np.array([np.nan if one is None else one for one in reached])
        found = {"one_over_e_time": _each(to_e, "s", "time to 1/e")}
        life = to_e
        if fitted:
            fits = [two_exponentials(time, row) for row in light]
            life = np.array([one.mean for one in fits])
            found |= _of_fits(fits, time)
        if diffusivity is not None:
            found["diffusion_length"] = _each(np.sqrt(diffusivity * life), "m", "diffusion length")
        return found

    def warnings(self) -> tuple[str, ...]:
        """Sentences."""
        late = int(np.sum(self.light[:, -1] > np.exp(-1)))
        return (f"{late} of {len(self.light)} decays do not fall to 1/e in the window",) if late else ()


def _of_fits(fits: list[TwoExponentials], time: Array) -> dict[str, Variable]:
    columns = {
        "average_lifetime": ("mean", "s", "average lifetime of two exponentials"),
        "fast_time": ("fast_time", "s", "fast time"),
        "slow_time": ("slow_time", "s", "slow time"),
        "fast_amplitude": ("fast_amplitude", "1", "amplitude of the fast time"),
        "slow_amplitude": ("slow_amplitude", "1", "amplitude of the slow time"),
        "fit_residual": ("residual", "1", "root mean square of fit less decay"),
    }
    found = {
        name: _each(np.array([getattr(one, key) for one in fits]), unit, title)
        for name, (key, unit, title) in columns.items()
    }
    curves = np.array([one.at(time) for one in fits])
    return found | {"fitted_photoluminescence": Variable(("decay", "time"), curves, "1", "two exponentials")}
