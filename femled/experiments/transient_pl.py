"""Photoluminescence after a short pulse of light, at any bias, with the ions where they are."""

from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

import femled
from femled.accounts import Cost
from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.device import Column, Pixel
from femled.domain import backend
from femled.domain.column_mesh import MeshLevel, column_mesh
from femled.drive import Constant, Pulse, PulseTrain
from femled.errors import InputError
from femled.experiments.abc_fit import Decay, fit_abc
from femled.experiments.carrier_run import march
from femled.experiments.carrier_state import CarrierState, frozen_ions
from femled.experiments.decay_shape import decay_time
from femled.experiments.experiment import experiment
from femled.experiments.jv import column_between_contacts, relax_ions
from femled.experiments.sources import electrical_sources
from femled.frozen import Fluence, Quantity, Voltage, Wavelength
from femled.result import Result
from femled.series import Series, Variable, over_time, single
from femled.solve.carrier_currents import currents
from femled.solve.carriers import CarrierSpace
from femled.solve.circuit import behind_resistance
from femled.solve.instant import Instant
from femled.solve.steady import SteadyPath
from femled.solve.supply import Supply

dolfinx = backend.load()

Array = NDArray[np.float64]

PumpWidth = Annotated[float, Quantity("s", 1e-15, 1.0)]
Photons = Annotated[float, Quantity("1/m2", 1.0, 1e24)]
Absorption = Annotated[float, Quantity("1/m", 1.0, 1e9)]
Repetition = Annotated[float, Quantity("Hz", 1e-3, 1e12)]
Pulses = Annotated[int, Quantity("1", 1, 10_000)]
Until = Annotated[float, Quantity("s", 1e-14, 1e3)]

LEVELS = {"decay_time": 1, "second_decay_time": 2, "third_decay_time": 3}
"""Names of the times at which the light has fallen to exp(-k)."""


@dataclass(frozen=True)
class Pump:
    """A pulse of light as a layer absorbs it.

    Args:
        layer: name.
        start: [m] of the layer from the anode.
        thickness: [m] of it.
        photons: [1/m2] absorbed in a pulse.
        absorption: [1/m] alpha; None is uniform.
        from_cathode: side of the light.
        width: [s].
    """

    layer: str
    start: float
    thickness: float
    photons: float
    absorption: float | None
    from_cathode: bool
    width: float

    def generation(self, position: Array) -> Array:
        """[1/m3/s] while the light is on, N alpha exp(-alpha x)/(1 - exp(-alpha d)) over the width."""
        depth = position - self.start
        inside = (depth >= 0) & (depth <= self.thickness)
        rate = self.photons / (self.thickness * self.width)
        if self.absorption is None:
            return np.where(inside, rate, 0.0)
        ad = self.absorption * self.thickness
        way = np.clip(self.thickness - depth if self.from_cathode else depth, 0.0, self.thickness)
        return np.where(inside, rate * ad * np.exp(-self.absorption * way) / -np.expm1(-ad), 0.0)


@experiment
def transient_pl(
    device: Column | Pixel,
    *,
    width: PumpWidth,
    until: Until,
    photons: Photons | None = None,
    fluence: Fluence | None = None,
    wavelength: Wavelength | None = None,
    absorption_coefficient: Absorption | None = None,
    layer: str | None = None,
    light_from: Literal["anode", "cathode"] = "anode",
    voltage: Voltage = 0.0,
    initial: CarrierState | None = None,
    repetition: Repetition | None = None,
    pulses: Pulses = 1,
    mesh: MeshLevel = "default",
) -> Result:
    """Photoluminescence of a layer after a rectangular pulse of light, at a constant voltage.

    PL(t) = Int R_rad dx, less what is emitted before the pulse;   dn/dt = -A n - B n^2, PL ~ n^2, fitted to 3 %

    Carriers start steady at the voltage; ions stay where they are. Light is absorbed in one pass, without reflection.

    Args:
        device: a pixel or a column.
        width: [s] of the pump.
        until: [s] end, counted from the end of the (last) pump.
        photons: [1/m2] absorbed per pulse; or else
        fluence: [J/m2] on the layer, with wavelength and absorption coefficient.
        wavelength: [m] of the pump.
        absorption_coefficient: [1/m] of the layer there; None, with `photons`, is uniform absorption.
        layer: that absorbs; None is that of the smallest gap.
        light_from: side on which the light enters the layer.
        voltage: [V] anode minus cathode.
        initial: a state from `relax_ions` whose ions are kept; None: ions at rest at the voltage.
        repetition: [Hz] of several pulses; needed with `pulses` above 1.
        pulses: number of pulses; the light after the last one is reported.
        mesh: as of `jv`.

    Returns:
        over `time` after the end of the pump: `photoluminescence` [1/m2/s], and with what was there before
        `radiative_current_density srh_current_density auger_current_density` [A/m2];
        `initial_density` n0 [1/m3], `decay_time second_decay_time third_decay_time` [s] to exp(-1), exp(-2), exp(-3);
        of the fit `monomolecular_rate` A [1/s], `bimolecular_coefficient` B [m3/s], their `..._error`, `correlation`
        and `fit_residual` [1].

    Raises:
        InputError: neither photons nor fluence, or a value out of range.
        ConvergenceError: the bias was not reached, or a step became too short.
    """
    column = column_between_contacts(device)
    name, start, thickness = _place(column, layer)
    absorbed = _photons(photons, (fluence, wavelength, absorption_coefficient), thickness)
    pump = Pump(name, start, thickness, absorbed, absorption_coefficient, light_from == "cathode", width)
    period = _period(repetition, pulses, width)
    space = _steady(column, voltage, initial, pump, mesh)
    before = currents(space).recombination["radiative"]
    instants, cost = _marched(space, voltage, pump, (period, pulses), until, mesh)
    time = np.array([one.time for one in instants]) - instants[0].time
    light = np.array([one.currents.recombination["radiative"] for one in instants]) - before
    series, warnings = _series(time, light / ELEMENTARY_CHARGE, instants, pump.photons / pump.thickness)
    inputs: dict[str, Any] = {
        **({"pixel": device.model_dump(mode="json")} if isinstance(device, Pixel) else {}),
        "column": column.model_dump(mode="json"),
        "width": f"{width!r} s",
        "until": f"{until!r} s",
        "photons": f"{pump.photons!r} 1/m2",
        "absorption_coefficient": None if absorption_coefficient is None else f"{absorption_coefficient!r} 1/m",
        "layer": pump.layer,
        "light_from": light_from,
        "voltage": f"{voltage!r} V",
        "initial": "ions at rest" if initial is None else f"ions of the state at {initial.voltage!r} V",
        "repetition": None if repetition is None else f"{repetition!r} Hz",
        "pulses": pulses,
        "mesh": mesh,
    }
    return Result(
        experiment="transient_pl",
        series=series,
        inputs=inputs,
        sources=electrical_sources(device) if isinstance(device, Pixel) else (),
        warnings=warnings,
        cost=cost,
        provenance={"femled": femled.__version__, "dolfinx": dolfinx.__version__, "numpy": np.__version__},
    )


def _place(column: Column, layer: str | None) -> tuple[str, float, float]:
    """Name, start and thickness of the layer that absorbs."""
    gaps = [one.conduction_band_ev - one.valence_band_ev for one in column.semiconductors]
    chosen = column.layers[int(np.argmin(gaps))] if layer is None else column.layer(layer)
    start = sum(one.thickness for one in column.layers[: column.layers.index(chosen)])
    return chosen.name, start, chosen.thickness


def _photons(photons: float | None, pulse: tuple[float | None, ...], thickness: float) -> float:
    """[1/m2] absorbed in one pulse.

    Args:
        photons: [1/m2] as given.
        pulse: fluence [J/m2], wavelength [m] and absorption coefficient [1/m].
        thickness: [m] of the layer.
    """
    fluence, wavelength, absorption = pulse
    if (photons is None) == (fluence is None):
        raise InputError("give either photons, absorbed per area and pulse, or fluence")
    if photons is not None:
        if wavelength is not None:
            raise InputError("wavelength belongs to a fluence, not to photons")
        return photons
    if fluence is None or wavelength is None or absorption is None:
        raise InputError("fluence needs wavelength and absorption_coefficient")
    return fluence * wavelength / (PLANCK * SPEED_OF_LIGHT) * -float(np.expm1(-absorption * thickness))


def _period(repetition: float | None, pulses: int, width: float) -> float | None:
    """[s] between pulses."""
    if (repetition is None) != (pulses == 1):
        raise InputError("repetition belongs to pulses above 1: give both or none")
    if repetition is not None and 1 / repetition <= width:
        raise InputError(f"repetition {repetition:.6g} Hz leaves no time between pumps of {width:.6g} s")
    return None if repetition is None else 1 / repetition


def _steady(column: Column, voltage: float, initial: CarrierState | None, pump: Pump, mesh: MeshLevel) -> CarrierSpace:
    """The equations before the pulse, with its generation switched off."""
    state = relax_ions(column, voltage=voltage, mesh=mesh) if initial is None else initial
    space = CarrierSpace(column, column_mesh(column, mesh), pump.generation)
    full = space.generation.copy()
    space.generation = np.zeros_like(full)
    space.ions, space.mean_current = frozen_ions(space, state), state.mean_current_density
    behind_resistance(SteadyPath(space), voltage, column.series_resistance)
    space.generation = full
    return space


def _marched(
    space: CarrierSpace, voltage: float, pump: Pump, train: tuple[float | None, int], until: float, mesh: MeshLevel
) -> tuple[list[Instant], Cost]:
    """Every step from the end of the last pump on."""
    period, pulses = train
    one = Pulse(amplitude=1.0, width=pump.width)
    last = 0.0 if period is None else (pulses - 1) * period
    light = one if period is None else PulseTrain(pulse=one, period=period, count=pulses)
    supply = Supply(Constant(value=voltage), space.column.series_resistance)
    path = march(space, supply, mesh=mesh, light=light)
    end, begun = last + pump.width, perf_counter()
    instants = [instant for instant in path.run(end + until, np.array([end])) if instant.time >= end]
    return instants, Cost(space.u.size, path.steps, path.iterations, perf_counter() - begun)


def _series(time: Array, light: Array, instants: list[Instant], density: float) -> tuple[Series, tuple[str, ...]]:
    """All series, and what has to be said of them.

    Args:
        time: (n,), [s] from the end of the pump.
        light: (n,), [1/m2/s] without what is there before.
        instants: n of them.
        density: [1/m3] n0.
    """
    fit, warnings = fit_abc(time, light, density), []
    variables = {"photoluminescence": over_time(light, "1/m2/s", "photoluminescence")}
    for name in instants[0].currents.recombination:
        values = [one.currents.recombination[name] for one in instants]
        variables[f"{name}_current_density"] = over_time(values, "A/m2", f"{name} recombination current density")
    for name, number in LEVELS.items():
        reached = decay_time(time, light, float(np.exp(-number)))
        if reached is None:
            warnings.append(f"the light does not fall to exp(-{number}) within the run: no {name}")
        else:
            variables[name] = single(reached, "s", f"time in which the light falls to exp(-{number})")
    variables |= _of_fit(fit)
    return Series(variables, {"time": over_time(time, "s", "time after the pump")}), (*warnings, *fit.warnings)


def _of_fit(fit: Decay) -> dict[str, Variable]:
    return {
        "initial_density": single(fit.density, "1/m3", "density of pairs absorbed in a pump"),
        "monomolecular_rate": single(fit.A, "1/s", "A of the fit"),
        "monomolecular_rate_error": single(fit.A_error, "1/s", "standard error of A"),
        "bimolecular_coefficient": single(fit.B, "m3/s", "B of the fit"),
        "bimolecular_coefficient_error": single(fit.B_error, "m3/s", "standard error of B"),
        "correlation": single(fit.correlation, "1", "correlation of A and B"),
        "fit_residual": single(fit.residual, "1", "root mean square of the logarithm of fit over light"),
    }
