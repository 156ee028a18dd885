"""Amplified emission and yield of a pixel under a pump while a bias moves its ions: against bias, and in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Cost
from femled.device import Pixel
from femled.domain.column_mesh import MeshLevel
from femled.drive import Step
from femled.errors import InputError
from femled.experiments.carrier_run import CarrierRecord
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import PYTHON_ONLY, Times, experiment
from femled.experiments.ion_film import FilmLaw, IonFilm, film_of, pump_of
from femled.experiments.ion_layer import ion_layer
from femled.experiments.ion_run import described, ion_march, versions
from femled.experiments.jv import relax_ions
from femled.experiments.sources import electrical_sources
from femled.frozen import Fraction, Quantity, Voltage, Wavelength
from femled.materials.ion_rates import IonRates
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.flooded_film import FilmRates, flooded, threshold_fluence
from femled.solve.pump_pulse import PumpPulse

Array = NDArray[np.float64]

Biases = Annotated[Sequence[float], Quantity("V", -1e4, 1e4)]
Fluences = Annotated[Sequence[float], Quantity("J/m2", 1e-9, 1e6)]
PulseWidth = Annotated[float, Quantity("s", 1e-15, 1.0)]

SHARE = 0.8
"""[1] of the threshold with ions spread evenly, the fluence of the pump unless one is given (li2023)."""

MESH = 40
"""Cells a layer: the density of ions in the bulk is then right to 0.01 of that of even ions."""

DECAYED = 15.0
"""Lifetimes through traps that a decay is followed for."""


@experiment
def bias_threshold(
    pixel: Pixel,
    *,
    bias: Biases,
    before: Voltage = 0.0,
    at: Times | None = None,
    fluence: Fluences | None = None,
    law: FilmLaw = "card",
    wavelength: Wavelength | None = None,
    width: PulseWidth | None = None,
    absorptance: Fraction | None = None,
    rates: Annotated[IonRates | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = MESH,
) -> Result:
    """Threshold of amplified emission and yield under a pump, as a bias moves the ions: against bias, and in time.

    Ions drift by drift-diffusion; where they have left the bulk of the emitter, coefficients of recombination change by
    the law of its `IonRates`, a hypothesis. Their means over the bulk decide what a pulse makes:

    dn/dt = G - k_1 n - (k_2r + k_2nonr) n^2 - k_3 n^3;   threshold: the largest n reaches n_th, with gain ~ k_2r

    Ions stand still within a pulse, and the pump moves none.

    Args:
        pixel: the device, whose emitter has ions and states `ion_rates`.
        bias: (n,), [V] anode minus cathode.
        before: [V] at which ions were at rest until the bias was applied, where times are given.
        at: (m,), [s] rising, after the step to each bias; ions at rest at each bias if not given.
        fluence: (k,), [J/m2] of pulses whose yield is asked; 0.8 of the threshold with ions spread evenly if not given.
        law: what the coefficients follow: "card": as the emitter states; "total": the density of all ions; "net": the
            charge they leave uncompensated; "none": nothing.
        wavelength: [m] of the pump in vacuum; that of the device if not given.
        width: [s] full width at half maximum of the pulse; that of the device if not given.
        absorptance: [1] of the emitter; that of one pass behind the layers before it if not given.
        rates: in place of those of the emitter.
        mesh: cells a layer, or "default" (160), or "fine".

    Returns:
        over `bias`, and over `time` with `at`: `threshold_fluence` [J/m2] in front of the pixel, `threshold_density`
        [1/m3], `defect_share` [1] (mean s), `monomolecular_rate` [1/s], `radiative_coefficient`,
        `nonradiative_coefficient` [m3/s], `radiative_share` [1] of second order, `mean_field middle_field` [V/m] of the
        emitter; over `fluence` too: `quantum_yield` [1] of a pulse, all its photons over all its carriers without
        amplification, `peak_density` [1/m3]. With `at`, over `bias` and `fluence`: `crossing_time` [s] at which the
        pump first passes the threshold, either way, the end of the run if it does not, and `crossing_found`.

    Raises:
        InputError: an emitter without ions or ion_rates, no pump, or times that do not rise.
        ConvergenceError: the solver failed.
    """
    if at is None and before != 0.0:
        raise InputError(f"before {before:g} V belongs to times at: ions at rest at a bias have no other before")
    column = pixel.column()
    film = film_of(ion_layer(column, pixel.emitter), law, rates)
    pulse = pump_of(pixel, film.layer.thickness, wavelength=wavelength, width=width, absorptance=absorptance)
    even = film.even
    reference = float(threshold_fluence(even, pulse, density=film.rates.threshold_density)[0])
    F = np.array([SHARE * reference] if fluence is None else fluence, dtype=np.float64)
    histories = [_history(pixel, one, before, at, mesh) for one in bias]
    places = [_kept(one.times, at) for one in histories]
    states = [one.states[k] for one, chosen in zip(histories, places, strict=True) for k in chosen]
    shape = (len(bias),) if at is None else (len(bias), len(at))
    dims = ("bias", "time")[: len(shape)]
    coordinates = {
        "bias": Variable(("bias",), np.array(bias, dtype=np.float64), "V", "bias"),
        "fluence": Variable(("fluence",), F, "J/m2", "fluence of the pump"),
    }
    variables = _of_states(film, pulse, states, F, dims, shape)
    if at is not None:
        coordinates["time"] = Variable(("time",), np.array(at, dtype=np.float64), "s", "time after the step")
        variables |= _crossings(film, pulse, histories, F)
    attributes = {"even_threshold_fluence": reference, "absorptance": pulse.absorptance, "layer": film.layer.name}
    return Result(
        experiment="bias_threshold",
        series=Series(variables, coordinates, attributes),
        inputs={
            **described(pixel),
            "bias": [f"{one!r} V" for one in bias],
            "before": f"{before!r} V",
            "at": None if at is None else [f"{one!r} s" for one in at],
            "fluence": [f"{one!r} J/m2" for one in F.tolist()],
            "law": law,
            "rates": film.rates.model_dump(mode="json"),
            "pulse": pulse.model_dump(mode="json"),
            "mesh": mesh,
        },
        sources=_sources(pixel),
        cost=_cost(histories),
        warnings=_remarks(variables, F),
        provenance=versions(),
    )


@dataclass(frozen=True)
class _History:
    """States of ions after a step, or one at rest at a time of none.

    Args:
        times: (n,), [s].
        states: n of them.
        cost: of the march; None at rest.
    """

    times: Array
    states: list[CarrierState]
    cost: Cost | None = None


def _history(pixel: Pixel, bias: float, before: float, at: Times | None, mesh: MeshLevel) -> _History:
    """Ions at rest at a bias, or every step after it was applied."""
    column = pixel.column()
    if at is None:
        return _History(np.zeros(1), [relax_ions(column, voltage=bias, mesh=mesh)])
    times = np.asarray(at, dtype=np.float64)
    if np.any(np.diff(times) <= 0) or times[-1] <= 0:
        raise InputError(f"at: times must rise and end above 0 s, got {times[0]:g} .. {times[-1]:g} s")
    path = ion_march(
        column, Step(before=before, after=bias), initial=None, rest_at=before, carriers="quasi-static", mesh=mesh
    )
    record = CarrierRecord(path.space)
    record.keep(path.run(float(times[-1]), times))
    return _History(np.array([one.time for one in record.instants]), record.states, record.cost(path))


def _kept(times: Array, at: Times | None) -> list[int]:
    """Places of the times asked for; the last of equal ones."""
    if at is None:
        return [0]
    return [int(np.flatnonzero(times == one)[-1]) for one in at]


def _of_states(
    film: IonFilm, pulse: PumpPulse, states: list[CarrierState], F: Array, dims: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, Variable]:
    """What depends on the ions, over bias and time."""
    found, share = film.coefficients(states)
    density = film.threshold_density(found)
    fields = film.layer.series(states, ("all",))
    run = _pumped(found, pulse, F)

    def over(values: Any, unit: str, title: str) -> Variable:
        return Variable(dims, np.asarray(values, dtype=np.float64).reshape(shape), unit, title)

    def pumped(values: Array, unit: str, title: str) -> Variable:
        spread = values.reshape(len(F), len(states)).T.reshape(*shape, len(F))
        return Variable((*dims, "fluence"), spread, unit, title)

    return {
        "threshold_fluence": over(
            threshold_fluence(found, pulse, density=density), "J/m2", "threshold of amplified emission"
        ),
        "threshold_density": over(density, "1/m3", "density at threshold"),
        "defect_share": over(share, "1", "defects in the bulk over even ones"),
        "monomolecular_rate": over(found.monomolecular_rate, "1/s", "rate of first order"),
        "radiative_coefficient": over(found.radiative_coefficient, "m3/s", "radiative coefficient"),
        "nonradiative_coefficient": over(
            found.nonradiative_coefficient, "m3/s", "second-order coefficient without light"
        ),
        "radiative_share": over(found.radiative_share, "1", "radiative share of second order"),
        "mean_field": over(fields["mean_field"].values, "V/m", fields["mean_field"].title),
        "middle_field": over(fields["middle_field"].values, "V/m", fields["middle_field"].title),
        "quantum_yield": pumped(run.quantum_yield, "1", "photoluminescence quantum yield"),
        "peak_density": pumped(run.peak_density, "1/m3", "largest density of a pulse"),
    }


def _pumped(found: FilmRates, pulse: PumpPulse, F: Array) -> Any:
    """All films under all fluences: columns run over films first."""
    films = found.monomolecular_rate.size
    slowest = float(found.monomolecular_rate.min())
    decay = DECAYED / slowest if slowest > 0 else 1e6 * pulse.width
    return flooded(found.repeated(len(F)), pulse, fluence=np.repeat(F, films), decay=decay)


def _crossings(film: IonFilm, pulse: PumpPulse, histories: list[_History], F: Array) -> dict[str, Variable]:
    """When the pump first passes the threshold after each step, linear in the logarithm between steps."""
    times, found = np.zeros((len(histories), len(F))), np.zeros((len(histories), len(F)), dtype=bool)
    for row, history in enumerate(histories):
        rates, _ = film.coefficients(history.states)
        films = len(history.states)
        run = flooded(rates.repeated(len(F)), pulse, fluence=np.repeat(F, films))
        over = np.log(run.peak_density.reshape(len(F), films) / film.threshold_density(rates))
        for column, one in enumerate(over):
            passed = np.flatnonzero(np.diff(np.signbit(one)))
            found[row, column] = passed.size > 0
            k = int(passed[0]) if passed.size else films - 2
            share = one[k] / (one[k] - one[k + 1]) if passed.size else 1.0
            times[row, column] = history.times[k] + share * (history.times[k + 1] - history.times[k])
    dims = ("bias", "fluence")
    return {
        "crossing_time": Variable(dims, times, "s", "time at which the pump passes the threshold"),
        "crossing_found": Variable(dims, found, "", "the pump passes the threshold within the run"),
    }


def _sources(pixel: Pixel) -> tuple[tuple[str, str], ...]:
    """Of the column, the pump and the index of the emitter."""
    pump = [] if pixel.pump is None else [(one.source, one.status) for one in pixel.pump.numbers().values()]
    index = pixel.layer(pixel.emitter).solid.refractive_index
    light = [] if index is None else [(index.source, index.status)]
    return tuple(dict.fromkeys((*electrical_sources(pixel), *pump, *light)))


def _cost(histories: list[_History]) -> Cost | None:
    """Of all marches together; None at rest."""
    all_of = [one.cost for one in histories if one.cost is not None]
    if not all_of:
        return None
    return Cost(
        all_of[0].dofs,
        sum(one.steps for one in all_of),
        sum(one.factorisations for one in all_of),
        sum(one.solve_seconds for one in all_of),
    )


def _remarks(variables: dict[str, Variable], F: Array) -> tuple[str, ...]:
    """What a reader has to know of the yields."""
    above = variables["threshold_fluence"].values[..., None] <= F
    if not above.any():
        return ()
    return (
        f"{int(above.sum())} of {above.size} pulses are above threshold: their quantum_yield leaves amplified light "
        "out and is a lower bound, their peak_density an upper one",
    )
