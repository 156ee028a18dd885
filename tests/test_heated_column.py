"""A column that its own heat warms: closed forms of the fold, the balance of heat, both couplings, and its limits."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.domain.column_mesh import column_mesh
from femled.experiments.carrier_state import frozen_ions
from femled.solve.carrier_currents import currents
from femled.solve.carriers import CarrierSpace
from femled.solve.heated import HeatSink
from femled.solve.heated_path import HeatedPath
from femled.solve.ions import RestingSpecies, species_of
from femled.solve.steady import SteadyPath

AMBIENT = 300.0
KELVIN_PER_EV = ELEMENTARY_CHARGE / BOLTZMANN
NM = 1e-9

DOPING, MOBILITY, THICKNESS, ACTIVATION = 1e24, 1e-6, 100 * NM, 0.3
RESISTANCE = 1e-5


def conductor(kind="metal", **changes):
    """Electrons of one density everywhere: J = sigma V/L exactly, sigma ~ exp(-Ea/kT).

    As many donors as states, so that a metal at the band edge is neutral at every temperature.
    """
    material = fl.Semiconductor(
        relative_permittivity=3,
        conduction_band_ev=-3.0,
        valence_band_ev=-6.0,
        conduction_band_density=DOPING,
        valence_band_density=DOPING,
        electron_mobility=MOBILITY,
        hole_mobility=1e-12,
        donor_density=DOPING,
        reference_temperature=AMBIENT,
        electron_activation_ev=ACTIVATION,
        state_density_exponent=0.0 if kind == "metal" else None,
    )
    ends = fl.Contact(work_function_ev=-3.0) if kind == "metal" else fl.Contact(kind=kind)
    layer = fl.Layer(name="film", thickness=THICKNESS, material=material)
    return fl.Column(layers=[layer], anode=ends, cathode=ends, temperature=AMBIENT, **changes)


def conductivity(temperature):
    warmer = ACTIVATION * KELVIN_PER_EV * (1 / temperature - 1 / AMBIENT)
    return ELEMENTARY_CHARGE * DOPING * MOBILITY * np.exp(-warmer)


def voltage_at(temperature):
    """(T - T_0)/R = sigma V^2/L."""
    return np.sqrt((temperature - AMBIENT) * THICKNESS / (RESISTANCE * conductivity(temperature)))


def fold_temperature():
    """D ln P/dT = Ea/(kB T^2) = 1/(T - T_0), the lower root of T^2 - (Ea/kB)(T - T_0) = 0."""
    energy = ACTIVATION * KELVIN_PER_EV
    return energy / 2 * (1 - np.sqrt(1 - 4 * AMBIENT / energy))


FOLD_T = fold_temperature()
FOLD_V = voltage_at(FOLD_T)
FOLD_J = conductivity(FOLD_T) * FOLD_V / THICKNESS


def emitter_stack(**emitter):
    """Transport layers that hop and an emitter of which every law is felt."""
    hopping = {"reference_temperature": 290, "electron_activation_ev": 0.05, "hole_activation_ev": 0.08}
    organic = {
        "relative_permittivity": 3,
        "conduction_band_density": 1e26,
        "valence_band_density": 1e26,
        "electron_mobility": 1e-6,
        "hole_mobility": 1e-6,
        "state_density_exponent": 0.0,
        **hopping,
    }
    perovskite = {
        "relative_permittivity": 25,
        "conduction_band_ev": -3.9,
        "valence_band_ev": -5.5,
        "conduction_band_density": 2.2e24,
        "valence_band_density": 2.2e24,
        "electron_mobility": 3e-5,
        "hole_mobility": 3e-5,
        "radiative_coefficient": 4e-16,
        "auger_electron_coefficient": 5e-41,
        "auger_hole_coefficient": 5e-41,
        "srh_electron_lifetime": 33e-9,
        "srh_hole_lifetime": 33e-9,
        "statistics": "blakemore",
        "radiative_exponent": -1.5,
        "auger_activation_ev": 0.02,
        "srh_activation_ev": 0.05,
        "gap_slope_ev_per_k": 3e-4,
        "ions": [fl.MobileIon(name="vacancy", charge=1, mean_density=1e23, diffusivity=1e-16)],
        **hopping,
    }
    layers = [
        ("htl", 25, organic | {"conduction_band_ev": -2.3, "valence_band_ev": -5.4}),
        ("emitter", 70, perovskite | emitter),
        ("etl", 40, organic | {"conduction_band_ev": -2.7, "valence_band_ev": -6.2}),
    ]
    return fl.Column(
        layers=[fl.Layer(name=name, thickness=d * NM, material=fl.Semiconductor(**data)) for name, d, data in layers],
        anode=fl.Contact(work_function_ev=-5.3, electron_velocity=1e3),
        cathode=fl.Contact(work_function_ev=-2.8),
        interfaces=[fl.Interface(between=("htl", "emitter"), electron_velocity=10.0, hole_velocity=10.0)],
        temperature=AMBIENT,
    )


@pytest.mark.parametrize("kind", ["metal", "neutral"])
def test_runaway_of_activated_conduction_is_at_the_closed_fold(kind):
    """T_f is the lower root of T^2 = (Ea/kB)(T - T_0), V_f follows: the rise is 1/beta with beta = d ln P/dT there.

    The field is uniform, so that the mesh makes no error. V is extremal at the fold, its error is the square of that of
    T, which the differences of 3 mK leave at 1e-6 K.
    """
    run = fl.heated_jv(
        conductor(kind), voltages=[0.5 * FOLD_V, 1.2 * FOLD_V, 2 * FOLD_V], thermal_resistance=RESISTANCE, mesh=20
    )
    data = run.series
    assert run.outcome.startswith(f"thermal runaway at V = {FOLD_V:.6g} V")
    assert data["voltage"] == pytest.approx([0.5 * FOLD_V, FOLD_V], rel=1e-11)
    assert data["temperature"][-1] == pytest.approx(FOLD_T, abs=1e-5)
    assert data["current_density"][-1] == pytest.approx(FOLD_J, rel=1e-6)
    slope = ACTIVATION * KELVIN_PER_EV / data["temperature"][-1] ** 2
    assert slope * (data["temperature"][-1] - AMBIENT) == pytest.approx(1.0, abs=1e-6)
    assert abs(data["runaway_margin"][-1]) < 1e-6


def test_current_passes_the_fold_along_the_closed_branch():
    """V(T) = sqrt((T - T_0) L/(R sigma)) on both sides; the margin is 1 - (T - T_0) Ea/(kB T^2) at a voltage."""
    wanted = [share * FOLD_J for share in (0.01, 0.3, 1.0, 3.0, 30.0)]
    run = fl.heated_jv(conductor(), current_densities=wanted, thermal_resistance=RESISTANCE, mesh=20)
    temperature, data = run.series["temperature"], run.series
    assert run.outcome == "completed"
    assert data["current_density"] == pytest.approx(wanted, rel=1e-9)
    assert data["voltage"] == pytest.approx(voltage_at(temperature), rel=1e-10)
    assert temperature[1] < FOLD_T < temperature[3]
    assert data["voltage"][3] < data["voltage"][2]
    margin = 1 - (temperature - AMBIENT) * ACTIVATION * KELVIN_PER_EV / temperature**2
    assert data["runaway_margin"] == pytest.approx(margin, abs=1e-6)


@pytest.mark.parametrize(("share", "asked"), [(0.05, 1.06), (0.05, 5.0), (0.1, 1.13), (0.1, 1.2), (0.1, 2.0)])
def test_series_resistance_moves_the_fold_to_that_of_the_outer_voltage(share, asked):
    """The first largest V(T) + R_s J(T) of the closed branch, by a search; the heat in R_s is not in the layers.

    It is at 1.05 and 1.12 of the fold without R_s. Another branch, 14 to 100 K hotter, is stable above, but cannot
    be reached from below and is not returned.
    """
    series = share * FOLD_V / FOLD_J

    def outer(temperature):
        voltage = voltage_at(temperature)
        return voltage + series * conductivity(temperature) * voltage / THICKNESS

    found = minimize_scalar(lambda T: -outer(T), bounds=(AMBIENT + 1, 355), method="bounded", options={"xatol": 1e-9})
    run = fl.heated_jv(
        conductor(series_resistance=series), voltages=[asked * FOLD_V], thermal_resistance=RESISTANCE, mesh=20
    )
    assert run.outcome.startswith("thermal runaway")
    assert run.series["voltage"][-1] == pytest.approx(-found.fun, rel=1e-10)
    assert run.series["temperature"][-1] == pytest.approx(found.x, abs=0.01)
    assert found.x > FOLD_T + 1


def test_voltages_of_either_sign_run_away_alike():
    run = fl.heated_jv(
        conductor(), voltages=[-0.7 * FOLD_V, 0.7 * FOLD_V, -2 * FOLD_V], thermal_resistance=RESISTANCE, mesh=20
    )
    temperature, voltage = run.series["temperature"], run.series["voltage"]
    assert temperature[0] == pytest.approx(temperature[1], rel=1e-10)
    assert voltage[-1] == pytest.approx(-FOLD_V, rel=1e-10)


def test_a_voltage_just_below_the_fold_is_reached():
    """One part in 1e6 below, where the margin is 1e-3: the state is on the cooler branch, V(T) is met to 1e-10."""
    near = FOLD_V * (1 - 1e-6)
    run = fl.heated_jv(conductor(), voltages=[near], thermal_resistance=RESISTANCE, mesh=20)
    assert run.outcome == "completed"
    assert run.series["temperature"][0] < FOLD_T
    assert voltage_at(run.series["temperature"][0]) == pytest.approx(near, rel=1e-10)


def test_a_column_that_never_runs_away_ends_far_too_hot():
    cool = conductor().layers[0].material.replace(electron_activation_ev=0.0)
    column = conductor().replace(layers=[fl.Layer(name="film", thickness=THICKNESS, material=cool)])
    run = fl.heated_jv(column, voltages=[0.1, 20.0], thermal_resistance=RESISTANCE, mesh=20)
    assert run.outcome.startswith("hotter than")
    assert run.series["temperature"][-1] > AMBIENT + 1000
    assert len(run.series["voltage"]) == 2


def isothermal(temperature, voltage, ions="relaxed"):
    """Currents of the emitter stack at a temperature, on the mesh that it has at the ambient one.

    The mesh follows the screening lengths and so the temperature, which moves currents by 4e-7.
    """
    column = emitter_stack()
    mesh = column_mesh(column, 40, ions=ions != "none")
    space = CarrierSpace(column.replace(temperature=float(temperature)), mesh)
    species = species_of(space.column, mesh, space.cell_nodes, space.vt)
    if isinstance(ions, fl.CarrierState):
        space.ions = frozen_ions(space, ions)
    elif ions == "relaxed":
        space.ions = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
    SteadyPath(space).go(voltage)
    return currents(space)


VOLTAGES = [1.0, 2.6, 3.4, 4.2, 5.0, 5.8]


@pytest.fixture(scope="module")
def heated():
    """(monolithic, staggered) runs of the emitter stack; the last state is more than 10 K warmer than the sink."""
    return [
        fl.heated_jv(
            emitter_stack(), voltages=VOLTAGES, thermal_resistance=2e-6, outcoupling=0.2, coupling=coupling, mesh=40
        )
        for coupling in ("monolithic", "staggered")
    ]


@pytest.mark.slow
def test_heat_is_balanced_to_the_last_digits(heated):
    """T - T_0 = R (J V - eta J_rad E_g/q): 1e-10 of the rise, or the round-off of T, from the series alone."""
    data = heated[0].series
    rise = data["temperature"] - AMBIENT
    gap = 1.6 + 3e-4 * (data["temperature"] - 290)
    light = 0.2 * data["radiative_current_density"] * gap
    heat = data["current_density"] * data["voltage"] - light
    assert rise[-1] > 10
    assert data["heat_density"] == pytest.approx(heat, rel=1e-9)
    assert rise == pytest.approx(2e-6 * data["heat_density"], rel=1e-10, abs=3e-13)
    assert abs(heated[0].balance.defect) < 1e-10


@pytest.mark.slow
def test_both_couplings_reach_the_same_states_and_the_monolithic_in_fewer_steps(heated):
    """To 1e-9 of currents and kelvin; staggered rounds shrink the error by R dP/dT each, Newton squares it."""
    at_once, in_turn = (run.series for run in heated)
    assert at_once["temperature"] == pytest.approx(in_turn["temperature"], rel=0, abs=1e-9)
    assert at_once["current_density"] == pytest.approx(in_turn["current_density"], rel=1e-9)
    assert heated[0].cost.factorisations < 0.6 * heated[1].cost.factorisations


@pytest.mark.slow
def test_a_heated_state_is_that_of_a_column_at_its_temperature(heated):
    """Every law, thermal voltage, contact, interface and ion is at T: the currents of a space made at T, to 1e-8."""
    data = heated[0].series
    for i in (2, -1):
        found = isothermal(data["temperature"][i], VOLTAGES[i])
        assert data["current_density"][i] == pytest.approx(found.total, rel=1e-8)
        for name in ("radiative", "srh", "auger", "interface"):
            assert data[f"{name}_current_density"][i] == pytest.approx(found.recombination[name], rel=1e-8), name


@pytest.mark.slow
def test_margin_is_the_slope_of_the_heat_in_temperature(heated):
    """1 - R dP/dT at a constant voltage, P at T +- 0.1 K: their difference is off by 1e-6."""
    data, heats = heated[0].series, []
    for away in (0.1, -0.1):
        warm = float(data["temperature"][-1]) + away
        found = isothermal(warm, VOLTAGES[-1])
        light = 0.2 * found.recombination["radiative"] * (1.6 + 3e-4 * (warm - 290))
        heats.append(found.total * VOLTAGES[-1] - light)
    slope = (heats[0] - heats[1]) / 0.2
    assert data["runaway_margin"][-1] == pytest.approx(1 - 2e-6 * slope, abs=1e-5)
    assert data["runaway_margin"][-1] < 0.9


@pytest.mark.slow
def test_light_that_leaves_does_not_heat(heated):
    dark = fl.heated_jv(emitter_stack(), voltages=VOLTAGES[-1:], thermal_resistance=2e-6, mesh=40)
    cooler = heated[0].series["temperature"][-1]
    assert dark.series["temperature"][0] > cooler + 0.1


def test_without_thermal_resistance_it_is_the_isothermal_curve():
    """R = 0 returns `jv` to 1e-9, and the current departs from it in proportion to a small R: second order 1e-3."""
    column = emitter_stack()
    cold = fl.jv(column, voltages=[3.4, 5.0], mesh=40).series["current_density"]
    none = fl.heated_jv(column, voltages=[3.4, 5.0], thermal_resistance=0.0, mesh=40).series
    assert none["current_density"] == pytest.approx(cold, rel=1e-9)
    assert none["temperature"] == pytest.approx(AMBIENT, rel=1e-15)
    assert none["runaway_margin"] == pytest.approx(1.0, abs=1e-15)
    departures = [
        fl.heated_jv(column, voltages=[5.0], thermal_resistance=small, mesh=40).series["current_density"][0] - cold[1]
        for small in (1e-9, 2e-9)
    ]
    assert departures[0] > 0
    assert departures[1] == pytest.approx(2 * departures[0], rel=1e-3)


@pytest.mark.parametrize("series", [0.0, 0.5])
def test_temperature_border_squares_the_error(series):
    """From 0.90 to 0.91 of the fold's voltage in at most 5 joint steps: without dF/dT, dP/du or dJ/dV there are tens.

    Rounds in turn would shrink the error by R dP/dT = 0.6 each, a resistance taken in turn by 0.5.
    """
    sink = HeatSink(AMBIENT, RESISTANCE, series_resistance=series * FOLD_V / FOLD_J)
    path = HeatedPath(CarrierSpace(conductor(), column_mesh(conductor(), 20)), sink)
    path.to_voltage(0.9 * FOLD_V)
    before = path.iterations
    path.to_voltage(0.91 * FOLD_V)
    assert path.iterations - before <= 5


def test_a_space_that_is_warmed_is_one_made_warm():
    """The same residual and face, to the last digit, at levels split by 0.1 eV, where traps decide the rates."""
    column = emitter_stack()
    mesh = column_mesh(column, 40)
    warmed, made = CarrierSpace(column, mesh), CarrierSpace(column.replace(temperature=350.0), mesh)
    warmed.set_temperature(350.0)
    for space in (warmed, made):
        space.guess()
        space.u[:, 1:3] = [0.0, -0.1]
        space.bias(0.1)
    assert warmed.faces[0].level == made.faces[0].level != CarrierSpace(column, mesh).faces[0].level
    assert np.array_equal(warmed.residual(), made.residual())
    assert np.array_equal(warmed.target, made.target)


def test_frozen_and_absent_ions_are_heated_too():
    column = emitter_stack()
    frozen = fl.relax_ions(column, voltage=0.0, mesh=40)
    runs = {
        name: fl.heated_jv(column, voltages=[3.0], thermal_resistance=2e-6, ions=ions, mesh=40).series
        for name, ions in (("none", "none"), ("frozen", frozen), ("relaxed", "relaxed"))
    }
    for name, ions in (("none", "none"), ("frozen", frozen)):
        expected = isothermal(runs[name]["temperature"][0], 3.0, ions)
        assert runs[name]["current_density"][0] == pytest.approx(expected.total, rel=1e-8)
    assert len({round(float(one["current_density"][0]), 9) for one in runs.values()}) == 3


def test_a_pixel_brings_its_own_thermal_resistance():
    """That of its opening times the area, as `heat_steady` measures it at ambient properties."""
    pixel = fl.load_pixel("kim2018")
    run = fl.heated_jv(pixel, voltages=[3.0], ions="none", mesh=20)
    measured = fl.heat_steady(pixel, power_density=1e4, linear=True).series["thermal_resistance"]
    assert run.inputs["thermal_resistance"] == pytest.approx(float(measured) * np.pi * pixel.diameter**2 / 4, rel=1e-9)
    assert run.series["temperature"][0] > pixel.ambient_temperature
    assert {"kim2018"} <= {key for key, _ in run.sources}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"voltages": [1.0]}, "thermal_resistance is needed"),
        ({"thermal_resistance": 1e-6}, "give either voltages or current_densities"),
        ({"voltages": [1.0], "current_densities": [1.0], "thermal_resistance": 1e-6}, "give either"),
        ({"voltages": [1.0], "thermal_resistance": -1.0}, "thermal_resistance -1"),
        ({"voltages": [1.0], "thermal_resistance": 1e-6, "ions": "frozen"}, 'ions "frozen" is neither'),
    ],
)
def test_impossible_heating_is_refused(arguments, text):
    with pytest.raises(fl.InputError, match=text) as refusal:
        fl.heated_jv(conductor(), **arguments)
    assert "\n" not in str(refusal.value)
