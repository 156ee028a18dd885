"""Carriers: current-voltage curves with and without mobile ions, beside DEVSIM, at random, and growth with the mesh."""

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.devsim_jv import DevsimColumn
from benchmarks.random_columns import outcome
from benchmarks.row import Row, beside, interleaved, median_seconds
from femled.device import Column, Contact, Layer, load_pixel
from femled.domain.column_mesh import column_mesh
from femled.experiments.jv import jv, relax_ions
from femled.experiments.light_extraction import light_extraction
from femled.experiments.outcoupling import outcoupling
from femled.materials import MobileIon, Semiconductor
from femled.units import nm

VOLTAGES = np.linspace(0.0, 8.0, 50)
MODERATE = [1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 8.0]
"""[V] at which accuracy is looked at, currents from 1e-3 to 1e7 A/m2."""


def three_layers() -> Column:
    """Transport layers of 25 and 60 nm around 70 nm of perovskite with a mobile vacancy."""
    transport = {
        "relative_permittivity": 4,
        "conduction_band_density": 1e26,
        "valence_band_density": 1e26,
        "electron_mobility": 1e-6,
        "hole_mobility": 1e-6,
    }
    emitter = Semiconductor(
        relative_permittivity=24,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=3e24,
        valence_band_density=2.5e24,
        electron_mobility=5e-5,
        hole_mobility=3e-5,
        radiative_coefficient=4e-16,
        srh_electron_lifetime=5e-8,
        srh_hole_lifetime=8e-8,
        ions=[MobileIon(name="vacancy", charge=1, mean_density=5e24, diffusivity=2e-15, site_density=1e28)],
    )
    htl = Semiconductor(**transport, conduction_band_ev=-2.3, valence_band_ev=-5.3)
    etl = Semiconductor(**transport, conduction_band_ev=-3.6, valence_band_ev=-6.2)
    return Column(
        layers=[
            Layer(name="htl", thickness=25 * nm, material=htl),
            Layer(name="emitter", thickness=70 * nm, material=emitter),
            Layer(name="etl", thickness=60 * nm, material=etl),
        ],
        anode=Contact(work_function_ev=-5.1),
        cathode=Contact(work_function_ev=-3.8),
    )


def _curve(name: str, ions: str) -> Iterable[Row]:
    column = three_layers()
    exact = jv(column, voltages=MODERATE, ions=ions, mesh=1600).series["current_density"]
    ours = jv(column, voltages=MODERATE, ions=ions, mesh=50).series["current_density"]
    count = jv(column, voltages=VOLTAGES, ions=ions, mesh=50).cost.factorisations
    seconds = median_seconds(lambda: jv(column, voltages=VOLTAGES, ions=ions, mesh=50))
    accuracy = f"150 cells, {count} Newton steps; within {np.abs(ours / exact - 1).max():.1e} of 4800 cells"
    yield Row(name, seconds, "s", accuracy)


def jv_50() -> Iterable[Row]:
    """The whole call: mesh, forms and 50 points."""
    yield from _curve("jv/50", "none")


def jv_50_ions() -> Iterable[Row]:
    yield from _curve("jv/50-relaxed-ions", "relaxed")


def led_without_ions() -> Column:
    """The light-emitting diode of the reference data: ohmic contacts, transport layers that let one carrier in."""
    states = {"conduction_band_density": 1e26, "valence_band_density": 1e26}
    htl = Semiconductor(
        relative_permittivity=3,
        conduction_band_ev=-2.3,
        valence_band_ev=-5.2,
        electron_mobility=1e-9,
        hole_mobility=1e-7,
        **states,
    )
    etl = Semiconductor(
        relative_permittivity=3,
        conduction_band_ev=-3.6,
        valence_band_ev=-6.2,
        electron_mobility=1e-7,
        hole_mobility=1e-9,
        **states,
    )
    emitter = three_layers().layer("emitter")
    assert isinstance(emitter.material, Semiconductor)
    return Column(
        layers=[
            Layer(name="htl", thickness=25 * nm, material=htl),
            Layer(name="emitter", thickness=70 * nm, material=emitter.material.replace(ions=())),
            Layer(name="etl", thickness=60 * nm, material=etl),
        ],
        anode=Contact(work_function_ev=-5.0),
        cathode=Contact(work_function_ev=-3.6),
    )


def jv_led3() -> Iterable[Row]:
    """41 points of a three-layer diode beside DEVSIM on the same nodes; ours is the whole call, with mesh and forms."""
    column, cells = led_without_ions(), 100
    voltages = np.linspace(0.0, 4.0, 41)
    exact = jv(column, voltages=voltages, mesh=1600).data
    ours = jv(column, voltages=voltages, mesh=cells).data
    bright = ours["current_density"].values > 1.0

    def worst(one, other) -> float:
        return float(np.abs(one[bright] / other[bright] - 1).max())

    names = ("current_density", "radiative_current_density", "internal_quantum_efficiency")
    error = max(worst(ours[name].values, exact[name].values) for name in names)
    peer = DevsimColumn(
        column, np.unique(column_mesh(column, cells).corners), relax_ions(column, voltage=0.0, mesh=cells)
    )
    try:
        points = peer.curve(voltages.tolist())
        theirs = np.array([[point.total, point.radiative, point.radiative / point.total] for point in points]).T
        apart = max(worst(values, ours[name].values) for name, values in zip(names, theirs, strict=True))
        mine, other = interleaved(
            lambda: jv(column, voltages=voltages, mesh=cells), lambda: peer.curve(voltages.tolist()), repeats=5
        )
    finally:
        peer.close()
    accuracy = (
        f"{3 * cells} cells; J, radiative part and IQE above 1 A/m2 within {error:.1e} of 4800 cells, and within "
        f"{apart:.0e} of the peer's"
    )
    yield beside("jv/led3", mine, accuracy, "DEVSIM, same nodes, without its set-up", other)


def jv_random() -> Iterable[Row]:
    """Heterostructures drawn at random, to -1 V and to 8 V or 1 kA/cm2."""
    count, mesh = 120, 80
    outcomes = [outcome(seed, mesh) for seed in range(count)]
    converged = sum(one.converged for one in outcomes)
    seconds = sum(one.seconds for one in outcomes) / sum(one.points for one in outcomes)
    equal = sum(one.error <= 1 for one in outcomes)
    accuracy = f"{converged} of {count} converged; contact currents equal to 1e-8 (1e-5 A/m2 below 10 A/m2) in {equal}"
    yield Row("jv/random", seconds, "s per point", accuracy)


def jv_growth() -> Iterable[Row]:
    """Time over cells, as a power of their number."""
    column, cells = three_layers(), np.array([50, 100, 200, 400, 800])
    seconds = [median_seconds(lambda n=n: jv(column, voltages=MODERATE, mesh=int(n)), repeats=3) for n in cells]
    exponent = float(np.polyfit(np.log(cells), np.log(seconds), 1)[0])
    yield Row("jv/growth", exponent, "1", f"{3 * cells[0]} to {3 * cells[-1]} cells, 7 points with relaxed ions")


def jv_pixel() -> Iterable[Row]:
    """A published pixel from its file on: column, 41 points with relaxed ions, outcoupling by height."""
    pixel = load_pixel("kim2018")

    def whole() -> None:
        light_extraction.cache_clear()
        jv(pixel, voltages=np.linspace(0.0, 8.0, 41))

    reference = outcoupling(pixel, wavelengths=101, depths=41).series
    share = dict(zip(reference["channel"].tolist(), reference["share"].tolist(), strict=True))
    error = light_extraction(pixel).even / (share["top"] + share["bottom"]) - 1
    yield Row("jv/pixel", median_seconds(whole), "s", f"300 cells, 41 points; outcoupling within {abs(error):.1e}")


BUDGET: dict[str, Callable[[], Iterable[Row]]] = {"jv/50": jv_50, "jv/50-relaxed-ions": jv_50_ions, "jv/led3": jv_led3}
REST: dict[str, Callable[[], Iterable[Row]]] = {"jv/growth": jv_growth, "jv/random": jv_random, "jv/pixel": jv_pixel}
