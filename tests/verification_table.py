"""The verification table of the README: every number in it is computed here.

`python tests/verification_table.py` prints the table; with `--write` it puts it between the markers in README.md.
`tests/test_readme.py` computes every row afresh and compares it with what the README says.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, inf, log10
from pathlib import Path
from typing import Any

import numpy as np
from convergence import order_in_space, order_in_time
from oracles import half_space
from oracles.thermal_stack import Slab, Stack, pulse_rise
from verification_carriers import (
    charging_error,
    current_error,
    fine_current_error,
    inventory_error,
    moving_error,
    part_error,
    section_error,
)
from verification_electrothermal import (
    bessel_error,
    pulse_balance_error,
    pulse_current_error,
    pulse_rise_error,
    sheet_error,
)
from verification_optics import channels_error, graded_error, mirror_error, modes_error, plane_wave_error

from femled import (
    Density,
    HeatCapacity,
    Layer,
    Material,
    Pixel,
    Plate,
    Pulse,
    PulseTrain,
    ThermalConductivity,
    heat_pulse,
    heat_steady,
    heat_train,
    load_material,
    load_pixel,
    thermal_impedance,
)
from femled.experiments.heat_run import HeatRun, run_transient
from femled.units import kW_cm2, um, us

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- verification table: begin -->", "<!-- verification table: end -->"
HEADER = "| computed | compared with | cases | largest error, or order |"

POWER = 1 * kW_cm2
TIMES = [0.1 * us, 0.2 * us, 0.5 * us, 1 * us, 2 * us, 5 * us, 10 * us, 20 * us]
WHOLE = json.loads((ROOT / "tests" / "data" / "heat_reference.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Row:
    """One comparison.

    Args:
        computed: what femled computed.
        against: the reference.
        cases: how many, and which.
        measure: the largest relative error, or the order of convergence.
        limit: stated instead of an error that is round-off and says nothing.
        order: whether an order is measured.
        slow: takes more than a few seconds.
    """

    computed: str
    against: str
    cases: str
    measure: Callable[[], float]
    limit: float | None = None
    order: bool = False
    slow: bool = False

    def line(self) -> str:
        return f"| {self.computed} | {self.against} | {self.cases} | {self.text(self.measure())} |"

    def text(self, measured: float) -> str:
        """What the table says of a measured value."""
        if self.order:
            return f"order {measured:.2f}"
        return f"below {printed(self.limit)}" if self.limit else printed(measured)

    def agrees(self, stated: str, measured: float) -> bool:
        """Orders within 0.1, limits kept, errors at most 10 % above what is stated and not below half of it."""
        value = float(stated.split()[-1])
        if self.order:
            return abs(measured - value) <= 0.1
        return measured < value if self.limit else 0.5 * value <= measured <= 1.1 * value


def printed(error: float) -> str:
    """Rounded up to two digits: 3.5871e-4 is "3.6e-4"."""
    exponent = floor(log10(error))
    digits = ceil(error / 10.0 ** (exponent - 1) * (1 - 1e-9))
    return f"{digits / 10:.1f}e{exponent}"


def off(computed: Any, expected: Any) -> float:
    """Largest relative error."""
    return float(np.abs(np.asarray(computed) / np.asarray(expected) - 1).max())


def rises(pixel: Pixel, times: list[float] = TIMES, *, width: float = 20 * us, **options: Any) -> Any:
    """[K] mean rise of the emitter under 1 kW/cm2."""
    run = heat_pulse(pixel, power_density=POWER, width=width, until=times[-1], at=times, linear=True, **options)
    return run.data["emitter_temperature_rise"].values


# Closed forms: a substrate under films that only carry the heat in.


def solid(name: str, *, axial: float, radial: float, density: float, heat_capacity: float) -> Material:
    chosen: dict[str, Any] = {"source": "choice", "status": "assumed"}
    return Material(
        name=name,
        title=name,
        family="oxide",
        axial_thermal_conductivity=ThermalConductivity(value=f"{axial!r} W/m/K", **chosen),
        radial_thermal_conductivity=ThermalConductivity(value=f"{radial!r} W/m/K", **chosen),
        density=Density(value=f"{density!r} kg/m3", **chosen),
        heat_capacity=HeatCapacity(value=f"{heat_capacity!r} J/kg/K", **chosen),
    )


NOTHING = solid("nothing", axial=1e4, radial=1e-6, density=1.0, heat_capacity=1.0)
FILM = solid("film", axial=1e6, radial=1e6, density=2700.0, heat_capacity=900.0)


def heated(substrate: str, *, film: Material = NOTHING, thickness: float = 1.1e-3, **fields: Any) -> Pixel:
    """A substrate whose surface is heated through films that hold no heat, unless one is named."""
    layers = (
        Layer(name="below", thickness=20e-9, material=NOTHING),
        Layer(name="film", thickness=20e-9 if film is NOTHING else 1 * um, material=film),
        Layer(name="above", thickness=20e-9, material=NOTHING),
    )
    return Pixel(
        name="heated",
        substrate=Plate(material=load_material(substrate), thickness=thickness),
        layers=layers,
        emitter="film",
        anode="below",
        cathode="above",
        **({"diameter": 200 * um} | fields),
    )


def ground(name: str) -> dict[str, float]:
    """A substrate's three numbers at the ambient temperature."""
    material = load_material(name)
    return {
        "thermal_conductivity": float(material.axial_conductivity.at(295.0)),
        "density": float(material.density.at(295.0)),
        "heat_capacity": float(material.heat_capacity.at(295.0)),
    }


def half_space_error() -> float:
    def error(name: str) -> float:
        effusivity = half_space.effusivity(**ground(name))
        expected = [half_space.flux_rise(power_density=POWER, effusivity=effusivity, time=t) for t in TIMES]
        return off(rises(heated(name), laterally_uniform=True), expected)

    return max(error("glass"), error("sapphire"))


def film_error() -> float:
    def error(name: str) -> float:
        laws = {"film_heat_capacity": 1e-6 * 2700 * 900, "effusivity": half_space.effusivity(**ground(name))}
        expected = [half_space.film_rise(power_density=POWER, time=t, **laws) for t in TIMES]
        return off(rises(heated(name, film=FILM), laterally_uniform=True), expected)

    return max(error("glass"), error("sapphire"))


def disk_error() -> float:
    def error(radius: float) -> float:
        values = ground("glass")
        kappa = values["thermal_conductivity"]
        alpha = kappa / (values["density"] * values["heat_capacity"])
        disk = {"power_density": POWER, "radius": radius, "thermal_conductivity": kappa, "diffusivity": alpha}
        expected = [half_space.disk_mean(time=t, **disk) for t in TIMES]
        return off(rises(heated("glass", diameter=2 * radius)), expected)

    return max(error(10 * um), error(25 * um))


def steady_disk_error() -> float:
    """0.1 m of glass in every direction stand for the half-space."""

    def error(radius: float) -> float:
        pixel = heated("glass", diameter=2 * radius, thickness=0.1, outer_radius=0.1)
        run = heat_steady(pixel, power_density=POWER, linear=True)
        kappa = ground("glass")["thermal_conductivity"]
        expected = half_space.disk_steady_mean(power_density=POWER, radius=radius, thermal_conductivity=kappa)
        return off(run.data["emitter_temperature_rise"].values, expected)

    return max(error(10 * um), error(25 * um))


# Published pixels.

COLUMNS = (("kim2018", {}), ("elkhouly2024", {}), ("elkhouly2024", {"ambient_temperature": 77.0}), ("li2023", {}))


def column_error() -> float:
    def error(pixel: Pixel) -> float:
        T, names = pixel.ambient_temperature, [name for name, _ in pixel.stack()]
        layers = [
            Slab(part.thickness, *(float(law.at(T)) for law in (m.axial_conductivity, m.density, m.heat_capacity)))
            for _, part in pixel.stack()
            for m in [part.material]
        ]
        face = {"fixed": inf, "adiabatic": 0.0, "convection": pixel.base.coefficient}
        stack = Stack(layers, names.index(pixel.emitter), face[pixel.base.kind], pixel.outer.coefficient)
        times = WHOLE["times_s"]
        expected = pulse_rise(stack, power_density=POWER, width=2 * us, times=times)
        return off(rises(pixel, times, width=2 * us, laterally_uniform=True), expected)

    return max(error(load_pixel(name).replace(**changes)) for name, changes in COLUMNS)


def whole_pixel_error(resolution: str, rtol: float) -> Callable[[], float]:
    def error() -> float:
        return max(
            off(
                rises(
                    load_pixel(case["pixel"]).replace(**case["options"]),
                    WHOLE["times_s"],
                    width=WHOLE["width_s"],
                    resolution=resolution,
                    rtol=rtol,
                ),
                case["rise_K"],
            )
            for case in WHOLE["cases"]
        )

    return error


def steady_error() -> float:
    run = heat_steady(load_pixel("kim2018"), power_density=POWER, linear=True)
    return off(run.data["emitter_temperature_rise"].values, WHOLE["kim2018_steady"]["rise_K"])


def rim_error() -> float:
    """Mean over the emitter's thickness by Simpson's rule, over the span of the profile."""
    expected = WHOLE["kim2018_at_2_us"]
    pixel = load_pixel("kim2018")
    run = heat_pulse(pixel, power_density=POWER, width=2 * us, until=2 * us, at=[2 * us], linear=True)
    below = pixel.substrate.thickness + pixel.layer("ito").thickness + pixel.layer("poly_tpd").thickness
    heights = [below + share * pixel.layer("mapbi3").thickness for share in (0.0, 0.5, 1.0)]
    columns = [[float(run.at(r=r * 1e-6, z=z)[0]) for z in heights] for r in expected["r_um"]]
    profile = np.array(columns) @ [1 / 6, 4 / 6, 1 / 6] - pixel.ambient_temperature
    span = max(expected["rise_K"]) - min(expected["rise_K"])
    return float(np.abs(profile - expected["rise_K"]).max()) / span


def train_error() -> float:
    pixel = load_pixel("kim2018")
    train = PulseTrain(pulse=Pulse(amplitude=POWER, width=2 * us), period=20 * us, count=20)
    reduced = heat_train(pixel, train).data["emitter_temperature_rise"]
    run = HeatRun.prepare(pixel, "default", linear=True)
    times = reduced["time"].values
    stepped = run_transient(run, train, until=400 * us, at=times.tolist(), rtol=2e-4, progress=None, projected=False)
    return off(reduced.values, run.field_mesh.mean(stepped[1], "emitter"))


def resistance_error() -> float:
    def error(name: str) -> float:
        pixel = load_pixel(name)
        direct = heat_steady(pixel, power_density=POWER, linear=True).data["thermal_resistance"]
        return off(float(thermal_impedance(pixel).data["thermal_impedance"][-1]), float(direct))

    return max(error(name) for name in ("kim2018", "elkhouly2024", "li2023"))


def balance_error() -> float:
    def error(name: str, linear: bool) -> float:
        run = heat_pulse(load_pixel(name), power_density=POWER, width=2 * us, until=22 * us, linear=linear)
        return abs(run.energy_balance().defect)

    return max(error(name, linear) for name in ("kim2018", "elkhouly2024", "li2023") for linear in (True, False))


ON, PULSED = "0.1 .. 20 µs", "0.1 .. 22 µs"
PIXELS = f"{len(WHOLE['cases'])} pixels and variants"
ROWS = (
    Row("heated surface of a half-space", "closed form", f"glass, sapphire; {ON}", half_space_error),
    Row("1 µm of aluminium on a half-space", "closed form", f"glass, sapphire; {ON}", film_error),
    Row("disk on glass, mean", "closed form", f"radius 10, 25 µm; {ON}", disk_error),
    Row("disk on glass, mean, steady state", "closed form", "radius 10, 25 µm", steady_disk_error),
    Row("stack of a published pixel, no rim", "thermal quadrupoles", f"4 stacks; {PULSED}", column_error),
    Row("whole pixel, `coarse`", "elements of degree 6", f"{PIXELS}; {PULSED}", whole_pixel_error("coarse", 2e-4)),
    Row("whole pixel, `default`", "elements of degree 6", f"{PIXELS}; {PULSED}", whole_pixel_error("default", 2e-4)),
    Row(
        "whole pixel, `fine`, rtol 5e-5", "elements of degree 6", f"{PIXELS}; {PULSED}",
        whole_pixel_error("fine", 5e-5), slow=True,
    ),
    Row("kim2018, steady state", "elements of degree 6", "1", steady_error),
    Row("kim2018, profile across the rim", "elements of degree 6", "2 µs, relative to its span", rim_error),
    Row("pulse train, reduced model", "full stepping", "kim2018, 20 pulses", train_error),
    Row("Z_th after 1000 s, reduced model", "R_th, steady solve", "3 pixels", resistance_error),
    Row("energy supplied", "stored + removed", "3 pixels, linear or not", balance_error, limit=1e-8),
    Row("elements, L2 norm", "manufactured solution", "20 µm of glass, 2 .. 0.25 µm", order_in_space, order=True),
    Row("time steps", "steps of 5 ns", "kim2018 at 2 µs, 200 .. 50 ns", order_in_time, order=True),
    Row("linear sheet, J(r)/J(0)", "Bessel function", "a/L = 0.1 .. 15", bessel_error, limit=1e-6),
    Row("diodes and activated sheets", "shooting, 1e-12 a step", "11, J(a)/J(0) up to 50", sheet_error, limit=1e-8),
    Row("current of a coupled pulse", "elements of degree 5", "7, up to 3.5 fold", pulse_current_error, slow=True),
    Row("mean rise of a coupled pulse", "elements of degree 5", "7 pulses and decays, from 10 ns on", pulse_rise_error),
    Row("V I of a coupled pulse", "heat stored + conducted", "7 pulses", pulse_balance_error, limit=1e-8, slow=True),
    Row("modes, transfer matrix", "25 digits, counted", "255 modes of 95 stacks, absolute", modes_error, limit=1e-13),
    Row("modes, finite elements", "25 digits, counted", "255 modes of 95 stacks, absolute", graded_error, limit=1e-13),
    Row("plane wave, R and T", "package tmm", "31 angles, s and p, absolute", plane_wave_error, limit=1e-12),
    Row("dipole before a mirror", "closed form", "5 nm .. 5 µm, absolute", mirror_error, limit=1e-10),
    Row("light by channel", "power by another contour", "3 pixels, share left over", channels_error, limit=1e-10),
    Row("J(V), ions or none", "finite volumes", "15 junctions, LEDs, cells; lit too", current_error, slow=True),
    Row("the same, mesh `fine`", "finite volumes", "the same", fine_current_error, slow=True),
    Row("radiative, trap and Auger parts", "finite volumes", "the same", part_error, slow=True),
    Row("J(t), carriers and ions moving", "finite volumes", "LED: step 10 ns .. 100 s, ramp", moving_error, slow=True),
    Row("charge between blocking electrodes", "finite volumes", "10 mV, 0.5 V, site limit", charging_error, slow=True),
    Row("number of ions", "itself, before", "ramp up and down", inventory_error, limit=1e-10),
    Row("laterally uniform section", "column", "LED with ions, 2 voltages", section_error, limit=1e-11),
)  # fmt: skip


def table() -> str:
    """The whole table in Markdown."""
    return "\n".join([HEADER, "|---|---|---|---|", *(row.line() for row in ROWS)])


def stated_in_readme() -> dict[str, str]:
    """What is computed -> the error that the README states."""
    inside = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in inside.strip().splitlines()[2:]]
    return {line[0]: line[-1] for line in cells}


def main(arguments: list[str]) -> int:
    made = table()
    print(made)  # noqa: T201
    if "--write" in arguments:
        text = README.read_text(encoding="utf-8")
        pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        README.write_text(pattern.sub(lambda _: f"{BEGIN}\n{made}\n{END}", text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
