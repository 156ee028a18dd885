"""Probes of a column: admittance by frequency, a decay of photoluminescence, a space-charge-limited curve."""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.ions import CELLS, with_ions
from benchmarks.row import Row, median_seconds
from femled.experiments.admittance import admittance
from femled.experiments.sclc import sclc
from femled.experiments.transient_pl import transient_pl
from femled.materials import Semiconductor

FREQUENCIES = np.logspace(-3, 9, 61)


def frequencies() -> Iterable[Row]:
    """1 mHz to 1 GHz at 1 V with ions that move: the bias and all frequencies, per frequency."""
    column = with_ions()

    def run(mesh: str | int) -> np.ndarray:
        series = admittance(column, voltage=1.0, frequencies=FREQUENCIES.tolist(), mesh=mesh).series
        return series["conductance"] + 1j * series["susceptance"]

    away = float(np.abs(run(CELLS) / run("fine") - 1).max())
    seconds = median_seconds(lambda: run(CELLS), repeats=5) / len(FREQUENCIES)
    yield Row("probe/admittance", seconds, "s", f"150 cells, 61 frequencies; within {away:.1e} of 1200 cells")


def light() -> Iterable[Row]:
    """1e15 photons per m2 in 20 ps at 1 V, followed for 1 us."""
    column = with_ions()

    def run(mesh: str | int) -> float:
        pulse = transient_pl(column, width=20e-12, until=1e-6, photons=1e15, voltage=1.0, mesh=mesh)
        return float(pulse.series["third_decay_time"])

    away = abs(run(CELLS) / run("fine") - 1)
    seconds = median_seconds(lambda: run(CELLS), repeats=3)
    accuracy = f"150 cells; time to exp(-3) within {away:.1e} of 1200 cells and a tenth of the step error"
    yield Row("probe/light", seconds, "s", accuracy)


def space_charge() -> Iterable[Row]:
    """60 voltages through the kink of 1.55e23 traps per m3 in 200 nm."""
    film = Semiconductor(
        relative_permittivity=6.0,
        conduction_band_ev=-3.4,
        valence_band_ev=-5.7,
        conduction_band_density=1e26,
        valence_band_density=1e26,
        electron_mobility=1e-6,
        hole_mobility=1e-6,
        trap_level_ev=-3.9,
        trap_density=1.55e23,
        trap_charge="acceptor",
        srh_electron_lifetime=6.5e-10,
        srh_hole_lifetime=6.5e-10,
    )
    voltages = np.logspace(-3, 2, 60).tolist()

    def run(mesh: str | int) -> float:
        return float(sclc(film, thickness=200e-9, voltages=voltages, mesh=mesh).series["trap_density"])

    away = abs(run(100) / run("fine") - 1)
    seconds = median_seconds(lambda: run(100), repeats=3) / len(voltages)
    yield Row("probe/sclc", seconds, "s", f"100 cells, per voltage; N_t of the kink within {away:.1e} of 400 cells")


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {
    "probe/admittance": frequencies,
    "probe/light": light,
    "probe/sclc": space_charge,
}
"""Rows of the budget."""
