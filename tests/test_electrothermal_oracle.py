"""The oracle of current spreading and electro-thermal pulses, against closed forms, and the numbers made with it."""

import json
from dataclasses import dataclass, replace
from math import exp, log, pi
from pathlib import Path

import numpy as np
import pytest
from oracles import half_space
from oracles.electrothermal import KB_EV, Arrhenius, Diode, Layer, Pulse, Resolution, Section, Solid, Table, shoot
from oracles.electrothermal_cases import (
    FRACTIONS,
    PulseCase,
    breaks_of,
    law_read,
    pulse_cases,
    read,
    run,
    section_of,
    section_read,
    sheet_by_elements,
)
from scipy.special import i0, i1, lambertw

HELD = read()
SHEETS = {case["name"]: case for case in HELD["sheets"]}
PULSES = {case["name"]: case for case in HELD["pulses"]}
QUICK = Resolution(degree=3, steps=4, largest_rise=8.0)
GLASS = Solid(1.38, 1.38, 2203.0, 703.0)
LINE = Table((0.0, 1.0), (0.0, 1e4))


@dataclass(frozen=True)
class Exponential:
    """J = J0 exp(beta (T - T0)) at any voltage: the law of the runaway that has a closed form."""

    start: float
    beta: float
    zero: float

    def current_density(self, u, temperature):
        return self.start * np.exp(self.beta * (temperature - self.zero)) + 0 * u


def case_of(stored):
    given = {key: stored[key] for key in PulseCase.__dataclass_fields__ if key not in ("times", "law", "narrow")}
    return PulseCase(**given, times=tuple(stored["results"]["time"]), law=law_read(stored["law"]))


@pytest.mark.parametrize(("x", "known"), [(1.0, "0.8927799318"), (5.0, "0.3573533")])
def test_linear_sheet_is_bessels_function(x, known):
    """J(r)/J(0) = I0(r/L), I/(pi a^2 g V) = 2 I1(x)/(x I0(x)), x = a/L; shooting keeps 1e-12 a step."""
    radii = [0.0, 20e-6, 77e-6, 100e-6]
    computed = shoot(radius=1e-4, sheet_resistance=(x / 1e-4) ** 2 / 1e4, law=LINE, radii=radii, voltage=3.0)
    assert computed.mean_current_density / 3e4 == pytest.approx(2 * i1(x) / (x * i0(x)), rel=1e-10)
    digits = len(known) - 2
    assert f"{computed.mean_current_density / 3e4:.{digits}f}" == known
    expected = i0(x * np.array(radii) / 1e-4)
    assert computed.current_density / computed.current_density[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("bend", [0.02, 0.3, 0.86])
def test_exponential_sheet_has_its_closed_form(bend):
    """J = J_c/(1 - C r^2)^2, mean J = J_c/(1 - C a^2), C = R_s J_c/(8 n V_T), where J0 << J.

    Edge over centre (1 - C a^2)^-2 reaches 51. J0/J < 1e-13 here, so 1e-9 guards the formula.
    """
    scale, radius, resistance = 2 * KB_EV * 300, 1e-4, 50.0
    centre = 8 * bend * scale / (resistance * radius**2)
    radii = [0.0, 3e-5, 9e-5, 1e-4]
    computed = shoot(
        radius=radius,
        sheet_resistance=resistance,
        law=Diode(2.0, 1e-9, 0.0, 300.0),
        radii=radii,
        mean_current_density=centre / (1 - bend),
    )
    assert computed.current_density == pytest.approx(
        centre / (1 - bend * np.array([0, 0.09, 0.81, 1.0])) ** 2, rel=1e-9
    )
    assert computed.voltage == pytest.approx(scale * log(centre / (1 - bend) ** 2 / 1e-9), rel=1e-9)


@pytest.mark.parametrize("law", [Diode(1.7, 1e-6, 1e-7, 250.0), Diode(1.7, 1e-6, 0.0, 250.0)])
def test_diode_law_gives_back_the_voltage(law):
    """u = n V_T ln(1 + J/J0) + R J of the J that was found for u, and dJ/du by central differences."""
    u = np.array([1e-3, 0.2, 0.9, 1.1])
    j = law.current_density(u, None)
    scale = 1.7 * KB_EV * 250
    back = scale * np.log1p(j / 1e-6) + law.series_resistance * j
    assert back == pytest.approx(u, rel=1e-11)
    slope = (law.current_density(u + 1e-6, None) - law.current_density(u - 1e-6, None)) / 2e-6
    assert law.slope(u, None) == pytest.approx(slope, rel=1e-6)


def test_diode_law_with_series_resistance_is_lamberts_function():
    """J = (n V_T/R) W((R J0/n V_T) exp((u + R J0)/n V_T)) - J0, the textbook's inverse."""
    law = Diode(2.0, 1e-3, 1e-6, 300.0)
    scale = 2 * KB_EV * 300
    expected = scale / 1e-6 * lambertw(1e-9 / scale * exp((1.2 + 1e-9) / scale)).real - 1e-3
    assert law.current_density(1.2, None) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_stored_sheet_is_found_again_by_spectral_elements(name):
    """Shooting against elements: the stored error is what they differ by, and ten digits are written."""
    stored = SHEETS[name]
    given = {key: stored[key] for key in ("radius", "sheet_resistance")} | stored["drive"]
    element = sheet_by_elements(given | {"law": law_read(stored["law"])})
    u, _ = element.sheet(np.full(len(element.disk.nodes), stored["temperature"]))
    places = element.disk.at(stored["results"]["r"])
    density = element.law.current_density(places @ u, stored["temperature"])
    tolerance = 2 * stored["estimated_error"] + 1e-9
    assert density == pytest.approx(stored["results"]["current_density"], rel=tolerance)
    assert u[-1] == pytest.approx(stored["results"]["rim_voltage"], rel=tolerance)
    assert stored["estimated_error"] < 1e-8


def test_stored_sheets_reach_from_even_to_fifty_times():
    ratios = [case["results"]["edge_to_centre"] for case in SHEETS.values()]
    assert min(ratios) < 1.05
    assert max(ratios) == pytest.approx(50, rel=1e-8)


def test_adiabatic_film_runs_away_as_its_closed_form():
    """C dT/dt = P0 exp(beta T): T = -(1/beta) ln(1 - t/t*), t* = C/(beta P0).

    One insulated film with the voltage on it everywhere; around it is next to no matter, so nothing is shared at the
    rim. A step of 2 K is a tenth of 1/beta = 20 K: order 3 leaves 1e-5.
    """
    film = Layer("film", 100e-9, Solid(0.3, 0.3, 4000.0, 250.0), Solid(3e-10, 3e-10, 4e-6, 250.0))
    section = Section([film], "film", 50e-6, 200e-6, 60e-6, 295.0, base_fixed=False)
    beta, voltage, density = 0.05, 10.0, 1e6
    capacity = 4000.0 * 250.0 * 100e-9
    end = capacity / (beta * voltage * density)
    pulse = Pulse(section, Exponential(density, beta, 295.0), Resolution(steps=40, largest_rise=2.0), voltage=voltage)
    times = [0.3 * end, 0.6 * end, 0.9 * end, end]
    found = pulse.run(width=1.0, times=times, breaks=[], radii=[0.0, 30e-6], runaway_rise=60.0)
    assert found.time == pytest.approx(times[:3], rel=1e-15)
    expected = -np.log(1 - found.time / end) / beta
    assert found.emitter_temperature - 295 == pytest.approx(expected, rel=2e-5)
    assert found.temperature[:, 1] - 295 == pytest.approx(expected, rel=2e-5)
    assert found.runaway[0] == pytest.approx(end * (1 - exp(-60 * beta)), rel=1e-5)


def test_disk_on_glass_warms_as_its_bessel_integral():
    """1 kW/cm2 in a disk of 25 um on glass: mean rise (2 P a/kappa) Int J1(x)^2 erf(x s)/x^2 dx, 10.5868 K after 2 us.

    The source is a film of glass of 0.02 nm, 1e-5 of the diffusion length; mesh and time steps leave 1e-4.
    """
    layers = [Layer("glass", 300e-6, GLASS, GLASS), Layer("film", 2e-11, GLASS, GLASS)]
    section = Section(layers, "film", 25e-6, 500e-6, 40e-6, 295.0)
    law = Arrhenius(1e6, 10.0, 1.0, 0.0, 295.0)
    times = [1e-7, 2e-6]
    found = Pulse(section, law, Resolution(steps=8), voltage=10.0).run(
        width=1.0, times=times, breaks=[1e-10, 1e-9, 3e-9, 1e-8, 3e-8, 3e-7, 1e-6], radii=[0.0]
    )
    given = {"power_density": 1e7, "radius": 25e-6, "thermal_conductivity": 1.38, "diffusivity": 1.38 / (2203 * 703)}
    for k, time in enumerate(times):
        assert found.emitter_temperature[k] - 295 == pytest.approx(half_space.disk_mean(**given, time=time), rel=1e-4)
        assert found.temperature[k, 0] - 295 == pytest.approx(half_space.disk_centre(**given, time=time), rel=1e-4)
    assert found.emitter_temperature[1] - 295 == pytest.approx(10.5868, rel=1e-4)


@pytest.mark.parametrize("name", [pytest.param("kim2018", marks=pytest.mark.slow), "elkhouly2024"])
def test_even_constant_power_is_the_reference_of_heat(name):
    """No sheet, no activation: 1 kW/cm2 in the emitter, whose mean rise stands in heat_reference.json (1e-6).

    The steps of this quick run leave up to 2e-4 at the recorded times.
    """
    heat = json.loads((Path(__file__).parent / "data" / "heat_reference.json").read_text(encoding="utf-8"))
    expected = next(case["rise_K"] for case in heat["cases"] if case["id"] == name)
    diameter, ambient = {"kim2018": (200e-6, 295.0), "elkhouly2024": (50e-6, 291.0)}[name]
    law = Arrhenius(1e6, 10.0, 1.0, 0.0, ambient)
    case = PulseCase(name, "", name, diameter, ambient, {}, law, 2e-6, tuple(heat["times_s"][:8]), voltage=10.0)
    found = run(case, section_of(case), replace(QUICK, steps=12))
    assert found.emitter_temperature - ambient == pytest.approx(expected[:8], rel=2e-4)
    if name == "kim2018":
        profile = dict(zip(heat["kim2018_at_2_us"]["r_um"], heat["kim2018_at_2_us"]["rise_K"], strict=True))
        at_end = dict(zip(FRACTIONS, found.temperature[heat["times_s"].index(2e-6)] - ambient, strict=True))
        for fraction in (0.0, 0.5, 0.9, 0.98, 1.0):
            assert at_end[fraction] == pytest.approx(profile[100 * fraction], rel=5e-4)


@pytest.mark.parametrize("name", ["two sheets by current", "crowded"])
def test_what_the_source_supplies_is_released(name):
    """V I = 2 pi Int J u r dr + Int R_s K^2 dA: the sheet's equation times u, at every stage of every step."""
    case = next(case for case in pulse_cases() if case.name == name)
    found = run(replace(case, times=(0.0, 1e-8, 1e-7)), section_of(case), QUICK)
    assert found.energy[0] == pytest.approx(found.energy[1], rel=1e-7)
    assert found.energy[1] > 0


def test_feed_sees_the_rim_through_the_ring():
    """V = u(a) + R_s I ln(b/a)/(2 pi): the same pulse fed at b by V and at the rim by the u(a) that belongs to it.

    Elements from 20 nm to 0.1 mm leave 1e-10 of round-off in a sheet.
    """
    stored = PULSES["mild"]
    section = section_read(stored["section"])
    law, radius = law_read(stored["law"]), section.radius
    far = Pulse(section, law, Resolution(degree=6), voltage=stored["voltage"])
    u, current = far.sheet(np.full(len(far.disk.nodes), section.ambient))
    assert far.feed_voltage(u, current) == pytest.approx(stored["voltage"], rel=1e-9)
    drop = 15.0 * current * log(section.feed_radius / radius) / (2 * pi)
    near = shoot(radius=radius, sheet_resistance=15.0, law=law, radii=[0.0], voltage=10 - drop, temperature=295.0)
    assert near.mean_current_density * pi * radius**2 == pytest.approx(current, rel=1e-9)
    assert current == pytest.approx(stored["results"]["current"][0], rel=1e-9)


@pytest.mark.parametrize("name", sorted(PULSES))
def test_stored_pulse_is_as_good_as_it_says(name):
    """Estimated errors are 2e-4 at most; at t = 0 the current is that of shooting at the ambient temperature.

    In the ring of a runaway, 27 ns before its end, local numbers differ by up to 7e-4 between the two time ladders.
    """
    stored = PULSES[name]
    results, section = stored["results"], section_read(stored["section"])
    local = {key: stored["estimated_error"][key] for key in ("current_density", "rise")}
    assert max(local.values()) <= (7e-4 if "runaway" in results else 2e-4)
    assert max(error for key, error in stored["estimated_error"].items() if key not in local) <= 2e-4
    assert abs(stored["energy_balance"]) < 1e-9
    resistance = sum(layer.sheet_resistance for layer in section.layers)
    cold = shoot(
        radius=section.radius,
        sheet_resistance=resistance,
        law=law_read(stored["law"]),
        radii=results["radius"],
        mean_current_density=results["current"][0] / (pi * section.radius**2),
        temperature=section.ambient,
    )
    assert results["current_density"][0] == pytest.approx(cold.current_density, rel=1e-7)
    feed = cold.voltage + resistance * results["current"][0] * log(section.feed_radius / section.radius) / (2 * pi)
    assert results["feed_voltage"][0] == pytest.approx(feed, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(PULSES) - {"runaway"}))
def test_stored_pulse_is_found_again_at_a_coarser_resolution(name):
    """Degree 3 and half as many steps: 1e-3 of the rise, 1e-4 of the current. A runaway's ring needs finer elements."""
    stored = PULSES[name]
    case = case_of(stored)
    found = run(case, section_read(stored["section"]), replace(QUICK, steps=6))
    on = found.time < case.width * 1.01
    assert found.current[on] == pytest.approx(np.array(stored["results"]["current"])[on], rel=1e-4)
    rise = np.array(stored["results"]["emitter_temperature"]) - case.ambient
    assert found.emitter_temperature[1:] - case.ambient == pytest.approx(rise[1:], rel=1e-3)


def test_cases_of_the_file_are_those_of_the_program():
    """Each stored pulse has the inputs that the program would use today, times up to its end included."""
    known = {case.name: case for case in pulse_cases()}
    assert set(PULSES) == set(known)
    for name, stored in PULSES.items():
        held, now = case_of(stored), known[name]
        assert replace(held, times=()) == replace(now, times=(), narrow=False)
        assert held.times == pytest.approx(now.times[: len(held.times)], rel=1e-12)
        assert breaks_of(now)
