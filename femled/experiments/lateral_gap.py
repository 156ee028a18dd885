"""A film between two lateral electrodes: ions move along it, and its photoluminescence follows them place by place."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.device import Column, Contact, Layer
from femled.domain.column_mesh import MeshLevel
from femled.drive import Drive, as_drive
from femled.errors import InputError
from femled.experiments.experiment import Times, experiment
from femled.experiments.transient import Until, transient
from femled.frozen import Quantity, Temperature
from femled.materials import Semiconductor
from femled.physics.ion_traps import trap_factor
from femled.result import Result
from femled.series import Series, Variable, over_time, single

Array = NDArray[np.float64]

Gap = Annotated[float, Quantity("m", 1e-6, 1e-3)]
PairRate = Annotated[float, Quantity("1/m3/s", 1e10, 1e40)]

FILM = "film"


def gap_column(film: Semiconductor, *, gap: float, temperature: float = 300.0) -> Column:
    """A film of uniform thickness along the way from one lateral electrode, the anode, to the other.

    The electrodes cover the whole cross-section of the film and neither carriers nor ions pass them; the field in the
    substrate and the air beside the film is left out, as is right where ions screen it within less than its thickness.

    Args:
        film: with its ions.
        gap: [m] between the electrodes, usually 10 .. 200 um.
        temperature: [K].
    """
    blocking = Contact(kind="blocking")
    layer = Layer(name=FILM, thickness=gap, material=film)
    return Column(layers=(layer,), anode=blocking, cathode=blocking, temperature=temperature)


@experiment
def lateral_gap(
    film: Semiconductor,
    *,
    gap: Gap,
    voltage: Drive | float,
    until: Until,
    generation: PairRate,
    at: Times | None = None,
    temperature: Temperature = 300.0,
    mesh: MeshLevel = 400,
) -> Result:
    """Photoluminescence along a film between lateral electrodes while its ions move under a voltage.

    dc/dt = div(D/V_T c grad mu) with Poisson's equation;   G = A(x) n + B n^2 at every place, light = B n^2
    A(x) = N_t(x)/N_0/(tau_n + tau_p), N_t/N_0 of `femled.physics.ion_traps`, without healing

    The light is weak enough to move no ion, pairs recombine where they are made: their diffusion length is short beside
    the gap. The light starts without field, with ions spread evenly.

    Args:
        film: with ions, the law `ion_traps`, lifetimes and a radiative coefficient.
        gap: [m] between the electrodes.
        voltage: [V] anode minus cathode, a number or a drive.
        until: [s] end.
        generation: [1/m3/s] of pairs by the light that is shone on it, everywhere the same.
        at: (n,), [s] times to report; every step if not given.
        temperature: [K].
        mesh: cells along the gap, "default" or "fine".

    Returns:
        over `time` and `position` [m] from the anode: `light` [1] over that without field, `net_density` [1/m3] charge
        of ions over q, `total_density` [1/m3] of ions; over `time`: `anode_light cathode_light` [1], means over the
        outer tenths of the gap, `mean_light`; `anode_time cathode_time` [s] at which each has made half of its change.

    Raises:
        InputError: a film without ions, lifetimes, radiative coefficient or law of traps.
        ConvergenceError: with the time at which a step became too short.
    """
    _check(film)
    column = gap_column(film, gap=gap, temperature=temperature)
    drive = as_drive(voltage)
    run = transient(column, voltage=drive, until=until, at=at, carriers=False, mesh=mesh)
    time, position = run.series["time"], run.series["position"]
    net, total = _ions(column, run)
    light = local_light(column.semiconductors[0], generation, net, total)
    inputs: dict[str, Any] = {
        "column": column.model_dump(mode="json"),
        "voltage": drive.model_dump(mode="json"),
        "until": f"{until!r} s",
        "at": None if at is None else [f"{one!r} s" for one in at],
        "generation": f"{generation!r} 1/m3/s",
        "mesh": mesh,
    }
    fields = {
        "light": Variable(("time", "position"), light, "1", "photoluminescence over that without field"),
        "net_density": Variable(("time", "position"), net, "1/m3", "charge of ions over q"),
        "total_density": Variable(("time", "position"), total, "1/m3", "density of ions"),
    }
    means = {
        "anode_light": _mean(position, light, 0.0, gap / 10),
        "cathode_light": _mean(position, light, gap * 0.9, gap),
        "mean_light": _mean(position, light, 0.0, gap),
    }
    found = {name: over_time(values, "1", f"{name.split('_')[0]} light") for name, values in means.items()}
    for end in ("anode", "cathode"):
        found[f"{end}_time"] = single(_half(time, means[f"{end}_light"]), "s", f"half of the change at the {end}")
    coordinates = {
        "time": over_time(time, "s", "time"),
        "position": Variable(("position",), position, "m", "distance from the anode"),
    }
    return Result(
        experiment="lateral_gap",
        series=Series(fields | found, coordinates),
        inputs=inputs,
        balance=run.balance,
        cost=run.cost,
        warnings=run.warnings,
        provenance=run.provenance,
    )


def local_light(film: Semiconductor, generation: float, net: Array, total: Array) -> Array:
    """[1] B n^2 over that of the even film, where G = A n + B n^2 with traps of the place.

    Args:
        film: with the law of traps.
        generation: [1/m3/s] G.
        net: [1/m3] charge of ions over q, any shape.
        total: [1/m3] of ions.
    """
    law, electrons, holes = film.ion_traps, film.srh_electron_lifetime, film.srh_hole_lifetime
    assert law is not None  # checked
    assert electrons is not None  # checked
    assert holes is not None  # validated with the other
    even = sum(ion.mean_density * (2 if ion.kind == "pair" else 1) for ion in film.ions)

    def density(net: Any, total: Any) -> Any:
        factor = trap_factor(law, electrons, net, total, 0.0)
        A, B = factor / (electrons + holes), film.radiative_coefficient
        return 2 * generation / (A + np.sqrt(A**2 + 4 * B * generation))  # never subtracts the two

    return np.asarray((density(net, total) / density(0.0, even)) ** 2)


def _ions(column: Column, run: Result) -> tuple[Array, Array]:
    """Charge over q and density of all ions, (times, points) each."""
    net = total = np.zeros(1)
    for ion in column.semiconductors[0].ions:
        density = run.series[f"{FILM}_{ion.name}_density"]
        partners = ion.mean_density**2 / density if ion.kind == "pair" else np.zeros(1)
        net = net + ion.charge * (density - partners - ion.counter_density)
        total = total + density + partners
    return net, total


def _mean(position: Array, values: Array, low: float, high: float) -> Array:
    """(times,) mean over a part of the gap, piecewise linear between the ends of cells."""
    at = np.unique(np.concatenate([[low, high], position[(position > low) & (position < high)]]))
    inside = [np.interp(at, position, row) for row in values]
    return np.asarray(np.trapezoid(inside, at, axis=1) / (high - low))


def _half(time: Array, light: Array) -> float:
    """[s] at which a series has made half of its change."""
    change = np.abs(light - light[0])
    if change[-1] == 0.0:
        return float(time[-1])
    past = int(np.argmax(change >= change[-1] / 2))
    return float(np.interp(change[-1] / 2, change[past - 1 : past + 1], time[past - 1 : past + 1]))


def _check(film: Semiconductor) -> None:
    if not isinstance(film, Semiconductor):
        raise InputError(f"{type(film).__name__} is not a Semiconductor")
    if film.ion_traps is None:
        raise InputError("film: without the law ion_traps its light does not follow the ions")
    if film.radiative_coefficient == 0.0:
        raise InputError("film: radiative_coefficient is 0, it gives no light")
