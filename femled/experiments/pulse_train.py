"""Ions of a column under a train of pulses: the state that thousands of cycles lead to, and the pulse in that state."""

from math import ceil
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.accounts import Balance, Cost
from femled.domain.column_mesh import MeshLevel
from femled.errors import InputError
from femled.experiments.carrier_state import CarrierState
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.ion_layer import IonLayer, ion_layer
from femled.experiments.ion_run import (
    Device,
    described,
    described_start,
    layer_profiles,
    sources_of,
    versions,
)
from femled.experiments.jv import column_between_contacts, jv
from femled.experiments.train_cycles import Cycles, TrainShape
from femled.frozen import Fraction, Quantity, Voltage
from femled.result import Result
from femled.series import Series, Variable, single

Array = NDArray[np.float64]

Span = Annotated[float, Quantity("s", 1e-12, 1e6)]
Edge = Annotated[float, Quantity("s", 1e-12, 1e3)]
SpeedUp = Annotated[float, Quantity("1", 1.0, 1e12)]

STRIDE = 0.2
"""Largest share of the screening time that a cycle may stand for."""

AHEAD, TOGETHER, AGAIN = 8.0, 3.0, 1.5
"""Screening times marched with 4 M, to come near, then with M, and after them with M/2."""

RUSH = 4.0
"""Times M of the first cycles."""

UNSETTLED = 0.01
"""Relative change of the ions, by halving M or by going on, beyond which a remark is made."""


@experiment
def pulse_train(
    device: Device,
    *,
    on: Span,
    off: Span,
    voltage: Voltage = 4.0,
    bias: Voltage = 0.0,
    edge: Edge = 5e-9,
    speed_up: SpeedUp | None = None,
    cycles: int | None = None,
    outcoupling: Fraction | None = None,
    layer: str | None = None,
    initial: Annotated[CarrierState | None, PYTHON_ONLY] = None,
    mesh: MeshLevel = 40,
) -> Result:
    """Ions that a long train of pulses leaves, from few true cycles with faster ions, and the pulse among them.

    Carriers live through the true cycle while the diffusivity of every ion is multiplied by M, so that one cycle stands
    for M of them: M T <= 0.2 tau, tau the screening time; 8 tau with 4 M to come near, 3 tau with M, 1.5 tau with M/2,
    which tells what M has changed. What the ions see is averaged, never the voltage: carriers that a pulse leaves
    behind a barrier act on them during the off time, and slow them. The ions of the train are the mean over the last
    cycle, plus 1/M of the way from there to its end, just before the next pulse; for M = 1 that end itself. The pulse
    itself then runs with these ions frozen, which is right to t_on/tau.

    Args:
        device: a pixel or a column.
        on: [s] from the start of the rise to the start of the fall.
        off: [s] from the end of the fall to the next rise.
        voltage: [V] of the plateau.
        bias: [V] in between.
        edge: [s] of rise and fall; a jump of volts within nothing is no pulse generator's, nor Newton's.
        speed_up: [1] M; None is 0.2 tau/T, at least 1.
        cycles: marched with M, with none before; None are those of 3 tau.
        outcoupling: [1] as of `jv`, for the external quantum efficiency.
        layer: whose screening time counts; None is the only one with ions.
        initial: a state from `relax_ions` to start from, instead of rest at the bias.
        mesh: cells a layer, 40 are good for 1 % of the current; or "default" (160), "fine" (640).

    Returns:
        over `cycle`: `speed_up` [1], `net_ion_charges` [1/m2] and `mean_field` [V/m] at its end. Over `kept` ("M",
        "M/2"): the same of the ions that count (`kept_...`); `pulse_current_density` [A/m2] and
        `pulse_internal_quantum_efficiency` on the plateau, with outcoupling also the external one;
        `mean_current_density` [A/m2], recombining in the mean over a cycle. `change_by_halving` [1]: Int |c(M) -
        c(M/2)| over Int |rho|/q; `change_left` [1]: the same of what further cycles would do. Over `position`: the
        state of "M/2", as `train_state` returns it.

    Raises:
        InputError: a layer without ions, or a value out of range.
        ConvergenceError: with the time at which a step became too short.
    """
    column = column_between_contacts(device)
    chosen = ion_layer(column, layer)
    shape = _shape(on, off, voltage, bias, edge)
    tau = chosen.screening_estimate()
    factor = max(1.0, STRIDE * tau / shape.period) if speed_up is None else speed_up
    if cycles is not None and cycles < 2:
        raise InputError(f"cycles {cycles} must be at least 2")
    count = max(2, ceil(TOGETHER * tau / (factor * shape.period))) if cycles is None else cycles
    march = Cycles(chosen, shape, initial=initial, mesh=mesh)
    if cycles is None and factor > 1:
        march.run(RUSH * factor, max(2, ceil(AHEAD * tau / (RUSH * factor * shape.period))))
    first = march.run(factor, count)
    halved = max(1.0, factor / 2)
    second = march.run(halved, max(2, ceil(count * AGAIN / TOGETHER * factor / halved))) if factor > 1 else first
    plateaus = [
        jv(device, voltages=[voltage], ions=ions, outcoupling=outcoupling, mesh=mesh) for ions in (first, second)
    ]
    change = _distance(chosen, first, second) / max(chosen.net_charges(second), 1e-300)
    left = march.left() / max(chosen.net_charges(second), 1e-300)
    inputs: dict[str, Any] = {
        **described(device),
        "on": f"{on!r} s",
        "off": f"{off!r} s",
        "voltage": f"{voltage!r} V",
        "bias": f"{bias!r} V",
        "edge": f"{edge!r} s",
        "speed_up": factor,
        "cycles": count,
        "outcoupling": outcoupling,
        "layer": chosen.name,
        "initial": described_start(initial, bias),
        "mesh": mesh,
    }
    series = _series(chosen, march, (first, second), plateaus, change, left)
    return Result(
        experiment="pulse_train",
        series=series,
        inputs=inputs,
        balance=Balance("mobile ions [1/m2]", *march.inventory, 0.0),
        cost=Cost(march.dofs, march.steps, march.iterations, march.seconds),
        warnings=_remarks(change, left, factor * shape.period / tau if factor > 1 else 0.0),
        sources=sources_of(device),
        provenance=versions(),
    )


def _shape(on: float, off: float, voltage: float, bias: float, edge: float) -> TrainShape:
    if edge > on:
        raise InputError(f"edge {edge:g} s is longer than on {on:g} s, which includes it")
    return TrainShape(on, off, voltage, bias, edge)


def _distance(layer: IonLayer, one: CarrierState, other: CarrierState) -> float:
    """[1/m2] Int |net(one) - net(other)| dx."""
    widths = np.diff(one.position.reshape(-1, 2), axis=1)[:, 0]
    away = np.abs(layer.net_density(one) - layer.net_density(other)).reshape(-1, 2).mean(axis=1)
    return float(away @ widths)


def _remarks(change: float, left: float, stride: float) -> tuple[str, ...]:
    found = []
    if stride > 1.001 * STRIDE:
        found.append(f"a cycle stands for {stride:.2g} screening times, more than {STRIDE:g}: take a smaller speed_up")
    if change > UNSETTLED:
        found.append(f"halving speed_up changes the ions by {change:.1%} of their uncompensated charge")
    if left > UNSETTLED:
        found.append(f"further cycles would change the ions by {left:.1%} of their uncompensated charge")
    return tuple(found)


def _series(
    layer: IonLayer,
    march: Cycles,
    kept: tuple[CarrierState, CarrierState],
    plateaus: list[Result],
    change: float,
    left: float,
) -> Series:
    def over(name: str, values: Any, unit: str, title: str) -> Variable:
        return Variable((name,), np.asarray(values, dtype=np.float64), unit, title)

    ends = {name: one for name, one in layer.series(march.ends, ("cycle",)).items() if name != "middle_field"}
    states = {f"kept_{name}": one for name, one in layer.series(kept, ("kept",)).items()}
    profiles = {
        name: Variable(("position",), one.values[0], one.unit, one.title)
        for name, one in layer_profiles(layer, [kept[1]]).items()
    }
    count = len(march.factors)
    return Series(
        {
            "speed_up": over("cycle", march.factors, "1", "cycles that one stands for"),
            **ends,
            **states,
            **_plateau(plateaus),
            "mean_current_density": over(
                "kept",
                [one.mean_current_density for one in kept],
                "A/m2",
                "mean recombining current density of a cycle",
            ),
            "change_by_halving": single(change, "1", "change of the ions when M is halved"),
            "change_left": single(left, "1", "change of the ions if the train went on"),
            "screening_estimate": single(layer.screening_estimate(), "s", "screening time of insulated ions"),
            **profiles,
        },
        {
            "cycle": Variable(("cycle",), np.arange(1, count + 1), "", "cycle"),
            "kept": Variable(("kept",), np.array(["M", "M/2"]), ""),
            "position": Variable(("position",), kept[1].position, "m", "distance from the anode"),
        },
        {"layer": layer.name},
    )


def _plateau(runs: list[Result]) -> dict[str, Variable]:
    """What flows on the plateau, with the ions of "M" and of "M/2"."""
    names = ("current_density", "internal_quantum_efficiency", "external_quantum_efficiency")
    found = {}
    for name in names:
        if name in runs[0].series.variables:
            one, values = runs[0].series.variables[name], np.array([float(run.series[name][0]) for run in runs])
            found[f"pulse_{name}"] = Variable(("kept",), values, one.unit, f"{one.title} in the pulse")
    return found


def train_state(device: Device, run: Result) -> CarrierState:
    """The state of a train, to be given to `jv` or `FrozenPulses` as frozen ions, or to start from.

    Args:
        device: of the run.
        run: of `pulse_train`, also a loaded one.

    Raises:
        InputError: another experiment.
    """
    if run.experiment != "pulse_train":
        raise InputError(f"{run.experiment} is no pulse_train: it has no state of a train")
    column, data = column_between_contacts(device), run.series
    names = {
        f"{layer.name}_{ion.name}_density": f"{layer.name}.{ion.name}"
        for layer, one in zip(column.layers, column.semiconductors, strict=True)
        for ion in one.ions
    }
    plain = ("position", "potential", "quasi_fermi_electron_ev", "quasi_fermi_hole_ev")
    profiles = {name: data[name] for name in (*plain, "electron_density", "hole_density")}
    bias = float(str(run.inputs["bias"]).split()[0])
    ions = {key: data[name] for name, key in names.items()}
    mean = float(data["mean_current_density"][-1])
    return CarrierState(column=column, voltage=bias, ion_density=ions, mean_current_density=mean, **profiles)
