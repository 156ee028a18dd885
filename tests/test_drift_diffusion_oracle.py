"""The oracle of carriers and ions itself, against closed forms and identities, and the numbers made with it."""

from dataclasses import replace
from math import asinh, exp, log, sqrt

import numpy as np
import pytest
from mpmath import invertlaplace, mp
from oracles.drift_diffusion import Solver
from oracles.drift_diffusion_cases import (
    blocking,
    cases,
    column_of,
    jv,
    led,
    mott_gurney,
    read,
    silicon,
    solver_of,
    transient,
)
from oracles.drift_diffusion_column import EPSILON_0, Column, Contact, Ion, Layer, Q, Semiconductor, neutral_level
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

CASES = {case["name"]: case for case in read()["cases"]}
VACANCY = Ion(charge=1, mean_density=5e24, diffusivity=1e-16, site_density=1e28)
TWO_IONS = (
    Ion(charge=1, mean_density=2e24, diffusivity=1e-16, site_density=1e25, name="vacancy"),
    Ion(charge=-1, mean_density=5e23, diffusivity=1e-15, name="interstitial"),
)


def slab(material, thickness, *, anode="neutral", cathode="neutral"):
    return Column((Layer("slab", thickness, material),), Contact(anode), Contact(cathode))


def mirrored(column):
    """Electrons for holes, anode for cathode, charges negated: E -> -E - 9 eV."""

    def other(m):
        return replace(
            m,
            conduction_band_ev=-9 - m.valence_band_ev,
            valence_band_ev=-9 - m.conduction_band_ev,
            conduction_band_density=m.valence_band_density,
            valence_band_density=m.conduction_band_density,
            electron_mobility=m.hole_mobility,
            hole_mobility=m.electron_mobility,
            srh_electron_lifetime=m.srh_hole_lifetime,
            srh_hole_lifetime=m.srh_electron_lifetime,
            auger_electron_coefficient=m.auger_hole_coefficient,
            auger_hole_coefficient=m.auger_electron_coefficient,
            ions=tuple(replace(ion, charge=-ion.charge) for ion in m.ions),
        )

    layers = tuple(replace(layer, material=other(layer.material)) for layer in reversed(column.layers))
    anode = Contact(work_function_ev=-9 - column.cathode.work_function_ev)
    return replace(
        column, layers=layers, anode=anode, cathode=Contact(work_function_ev=-9 - column.anode.work_function_ev)
    )


@pytest.mark.parametrize("statistics", ["boltzmann", "blakemore"])
def test_without_drive_no_current_flows_and_all_levels_are_flat(statistics):
    solver = Solver(led(auger=True, statistics=statistics, ions=TWO_IONS), 40)
    state = solver.steady(0.0)
    assert np.abs([*solver.currents(state).values()]) == pytest.approx(0, abs=1e-30)
    assert np.ptp(state.values[1:3]) < 1e-12
    held = [ion.mean_density * 70e-9 for ion in TWO_IONS]
    assert solver.contents(state)[2:] == pytest.approx(held, rel=1e-12)


def test_neutral_contacts_give_the_built_in_potential():
    """V_bi = V_T (asinh(N_D/2 n_i) + asinh(N_A/2 n_i)), minorities included."""
    column = silicon()
    material, vt = column.layers[0].material, column.thermal_voltage
    intrinsic = sqrt(2.8e25 * 2.65e25) * exp(-1.12 / 2 / vt)
    solver = Solver(column, 20)
    potential = solver.equilibrium().values[0] * vt
    assert potential[-1] - potential[0] == pytest.approx(2 * vt * asinh(1e23 / 2 / intrinsic), rel=1e-12)
    assert material.acceptor_density == 1e23


def test_field_in_the_junction_obeys_the_first_integral():
    """eps E^2/2 = q [V_T (p0 - pb + n0 - nb) + N_D (phi_b - phi_0)] from the bulk b of the n side to the junction 0."""
    solver = Solver(silicon(), 400, 4.0)
    state, vt = solver.equilibrium(), solver.column.thermal_voltage
    d, _ = solver.densities(np.stack([state.values[:, :-1], state.values[:, 1:]]))
    n0, p0 = d[0, :, 400]
    nb, pb = d[1, :, -1]
    phi, x, eps = vt * state.values[0], solver.nodes, 11.7 * EPSILON_0
    energy = Q * (vt * (p0 - pb + n0 - nb) + 1e23 * (phi[-1] - phi[400]))
    half_cell = Q * (p0 - n0 + 1e23) * (x[401] - x[400]) / 2
    field = (phi[401] - phi[400]) / (x[401] - x[400]) + half_cell / eps
    assert field == pytest.approx(sqrt(2 * energy / eps), rel=1e-4)


def test_short_diode_has_the_shockley_current():
    """J = q n_i^2 (D_n/(N_A w_p) + D_p/(N_D w_n)) (exp(V/V_T) - 1) over the neutral widths; ideality 1."""
    column = silicon()
    bare = [
        replace(layer, material=replace(layer.material, srh_electron_lifetime=None, srh_hole_lifetime=None))
        for layer in column.layers
    ]
    solver = Solver(replace(column, layers=tuple(bare)), 100, 3.0)
    vt = column.thermal_voltage
    built_in = np.ptp(solver.equilibrium().values[0]) * vt
    state = solver.steady(0.4)
    depletion = sqrt(2 * 11.7 * EPSILON_0 * (built_in - 0.4 - 2 * vt) / (Q * 1e23) / 2)
    intrinsic_squared = 2.8e25 * 2.65e25 * exp(-1.12 / vt)
    expected = Q * intrinsic_squared * 0.14 * vt / (1e23 * (4e-6 - depletion)) * np.expm1(0.4 / vt)
    assert solver.currents(state)["current_density"] == pytest.approx(expected, rel=2e-3)


def test_stored_silicon_goes_from_ideality_two_to_one():
    case = CASES["silicon junction"]
    voltages = case["experiment"]["voltages"]
    current = case["results"]["current_density"]["value"]
    vt = column_of(case["column"]).thermal_voltage

    def ideality(a, b):
        i, j = voltages.index(a), voltages.index(b)
        return (voltages[j] - voltages[i]) / vt / log(current[j] / current[i])

    assert 1.6 < ideality(0.2, 0.3) < 2
    assert 1.0 < ideality(0.6, 0.7) < 1.1


def test_current_of_one_carrier_is_that_of_collocation():
    """phi' = -E, E' = -q n/eps, (ln n)' = (J/(q mu n) - E)/V_T by fourth-order collocation, J a parameter.

    Its tolerance is 1e-8 and the oracle's grid error 4e-7 by Richardson's rule.
    """
    case = CASES["Mott-Gurney"]
    column, voltage = mott_gurney(), 1.0
    material, vt, length = column.layers[0].material, column.thermal_voltage, 100e-9
    edge = 1e26 * exp((column.anode.work_function_ev - material.conduction_band_ev) / vt)
    unit = 3 * EPSILON_0 * vt / (Q * length**2)  # phi in V_T, x in L, J in q mu unit V_T/L

    def slopes(x, y, parameters):
        return np.array([-y[1], -np.exp(y[2]), parameters[0] * np.exp(-y[2]) - y[1]])

    def ends(left, right, parameters):
        target = log(edge / unit)
        return np.array([left[0] - voltage / vt, right[0], left[2] - target, right[2] - target])

    x = (1 + np.tanh(4 * np.linspace(-1, 1, 801)) / np.tanh(4)) / 2
    state = Solver(column, 800, 4.0).steady(voltage)
    psi = state.values[0] - state.values[0, -1]
    density = np.log(1e26 / unit) + state.values[0] + state.values[1] - material.conduction_band_ev / vt
    start = np.array([psi, -np.gradient(psi, x), density])
    scale = Q * material.electron_mobility * unit * vt / length
    found = solve_bvp(slopes, ends, x, start, p=[500.0 / scale], tol=1e-8, max_nodes=100000)
    assert found.success
    stored = case["results"]["current_density"]["value"][case["experiment"]["voltages"].index(voltage)]
    assert stored == pytest.approx(found.p[0] * scale, rel=1e-6)


def test_stored_space_charge_current_tends_to_mott_gurney():
    case = CASES["Mott-Gurney"]
    voltages = np.array(case["experiment"]["voltages"])
    ratio = np.array(case["results"]["current_density"]["value"]) / (9 / 8 * 3 * EPSILON_0 * 1e-8 * voltages**2 / 1e-21)
    assert (np.diff(ratio) < 0).all()
    assert 1 < ratio[-1] < 1.1


def test_doped_bar_is_a_resistor():
    """J = q (mu_n n + mu_p p) V/L, neutral contacts."""
    material = Semiconductor(12.0, -4.0, -5.1, 2e25, 1e25, 0.1, 0.04, donor_density=1e22)
    solver = Solver(slab(material, 1e-6), 40)
    current = solver.currents(solver.steady(0.05))["current_density"]
    assert current == pytest.approx(Q * 0.1 * 1e22 * 0.05 / 1e-6, rel=1e-9)


@pytest.mark.parametrize("statistics", ["boltzmann", "blakemore"])
def test_neutral_level_follows_the_statistics(statistics):
    """n = N_c/(exp(-eta) + 0.27) = N_D."""
    material = Semiconductor(12.0, -4.0, -5.5, 2e25, 1e25, donor_density=1.5e25, statistics=statistics)
    vt = 0.0258
    eta = -log(2 / 1.5 - 0.27 * (statistics == "blakemore"))
    assert neutral_level(material, vt) == pytest.approx(-4.0 + eta * vt, abs=1e-12)


def test_minorities_diffuse_over_the_length_of_their_own_lifetime():
    """p-type slab under weak light: n = G tau_n (1 - cosh(x/L_n)/cosh(d/2 L_n)), L_n^2 = mu_n V_T tau_n, not tau_p.

    The light is so weak that n stays 1e6 times below the doping.
    """
    material = Semiconductor(12.0, -4.0, -5.1, 2e25, 2e25, 0.01, 0.004, 1e-9, 7e-9, acceptor_density=1e23)
    solver = Solver(slab(material, 2e-6), 200, 1.0, generation=lambda x: np.full_like(x, 1e26))
    state = solver.steady(0.0)
    d, _ = solver.densities(np.stack([state.values[:, :-1], state.values[:, 1:]]))
    length = sqrt(0.01 * solver.column.thermal_voltage * 1e-9)
    expected = 1e26 * 1e-9 * (1 - np.cosh((solver.nodes - 1e-6) / length) / np.cosh(1e-6 / length))
    dark = 2e25**2 * exp(-1.1 / solver.column.thermal_voltage) / 1e23
    assert d[0, 0, 1:] - dark == pytest.approx(expected[1:-1], rel=1e-4)


def test_selective_layers_give_the_open_circuit_voltage_of_the_emitter():
    """B (n p - n_i^2) = G everywhere: V = V_T ln(1 + G/(B n_i^2)); carriers so mobile that levels are flat."""
    emitter = Semiconductor(24.0, -3.8, -5.4, 3e24, 2.5e24, 1.0, 1.0, radiative_coefficient=4e-16)
    htl = Semiconductor(3.0, -2.8, -5.4, 1e26, 1e26, 1.0, 1.0, acceptor_density=1e23)
    etl = Semiconductor(3.0, -3.8, -6.4, 1e26, 1e26, 1.0, 1.0, donor_density=1e23)
    layers = (Layer("htl", 2e-8, htl), Layer("emitter", 7e-8, emitter), Layer("etl", 2e-8, etl))
    column = Column(layers, Contact("neutral"), Contact("neutral"))

    def light(x):
        return np.where((x > 2e-8) & (x < 9e-8), 1e27, 0.0)

    solver = Solver(column, 60, generation=light)
    expected = column.thermal_voltage * log(1 + 1e27 / (4e-16 * 7.5e48 * exp(-1.6 / column.thermal_voltage)))
    start = solver.steady(expected - 0.01)
    voltage = brentq(
        lambda v: solver.currents(solver.steady(v, start))["current_density"], expected - 0.01, expected + 0.01
    )
    assert voltage == pytest.approx(expected, abs=1e-6)


def test_densities_jump_at_an_offset_as_the_band_edges_do():
    """In equilibrium n(emitter)/n(etl) = (N_c ratio) exp(-offset/V_T) where they meet."""
    solver = Solver(led(auger=True), 30)
    state = solver.equilibrium()
    d, _ = solver.densities(np.stack([state.values[:, :-1], state.values[:, 1:]]))
    inside, outside = d[1, 0, 59], d[0, 0, 60]
    assert inside / outside == pytest.approx(3e24 / 1e26 * exp(0.2 / solver.column.thermal_voltage), rel=1e-10)


@pytest.mark.parametrize("statistics", ["boltzmann", "blakemore"])
def test_mirrored_column_carries_the_same_current(statistics):
    """Electrons and holes exchanged, ions of the other sign, frozen and relaxed."""
    column = led(auger=True, statistics=statistics, ions=TWO_IONS)
    pair = Solver(column, 20), Solver(mirrored(column), 20)
    states = [solver.steady(1.8, largest_step=0.3) for solver in pair]
    relaxed = [solver.currents(state) for solver, state in zip(pair, states, strict=True)]
    held = [solver.steady(2.2, solver.freeze(state)) for solver, state in zip(pair, states, strict=True)]
    frozen = [solver.currents(state) for solver, state in zip(pair, held, strict=True)]
    assert relaxed[0] == pytest.approx(relaxed[1], rel=1e-8)
    assert frozen[0] == pytest.approx(frozen[1], rel=1e-8)


def test_both_ways_to_the_current_agree():
    """Contacts and recombination; mean of the particle currents."""
    solver = Solver(led(auger=True, ions=(VACANCY,)), 40)
    state = solver.steady(1.8, largest_step=0.2)
    assert solver.total_current(state) == pytest.approx(solver.currents(state)["current_density"], rel=1e-9)


def test_half_the_cells_have_four_times_the_error():
    """The LED with ions at 1.8 V: second order, also where layers meet."""
    found = []
    for cells in (20, 40, 80):
        solver = Solver(led(auger=True, ions=(VACANCY,)), cells)
        found.append(solver.currents(solver.steady(1.8, largest_step=0.2))["current_density"])
    assert (found[0] - found[1]) / (found[1] - found[2]) == pytest.approx(4, rel=0.15)


def gouy_chapman_charge(voltage, column):
    """eps E^2/2 = q c0 V_T [exp(-u) - 1 + u] (no limit), [ln(1 + th (exp(-u) - 1))/th + u] (limit), u = phi/V_T.

    Both electrodes carry the same charge; their potentials u1 > 0 (depleted) and u2 < 0 against the bulk add up.
    """
    ion, vt = column.layers[0].material.ions[0], column.thermal_voltage
    eps = column.layers[0].material.relative_permittivity * EPSILON_0

    def squared(u):
        if ion.site_density is None:
            return np.expm1(-u) + u
        share = ion.mean_density / ion.site_density
        return np.log1p(share * np.expm1(-u)) / share + u

    total = voltage / vt
    u = brentq(lambda u: squared(u) - squared(u - total), 1e-9 * total, total)
    return sqrt(2 * eps * Q * ion.mean_density * vt * squared(u))


@pytest.mark.parametrize("name", ["blocking electrodes", "blocking electrodes, site limit"])
def test_stored_charge_of_blocking_electrodes_is_that_of_gouy_and_chapman(name):
    """The slab is 17 Debye lengths thick: its closed form is off by exp(-8.5) at most, less where layers are thin."""
    case = CASES[name]
    expected = [gouy_chapman_charge(v, column_of(case["column"])) for v in case["experiment"]["voltages"]]
    assert case["results"]["anode_charge"]["value"] == pytest.approx(expected, rel=1e-4)


def test_small_voltage_sees_the_capacitance_of_two_debye_lengths():
    """Q/V = eps/(2 lambda_D) tanh-free: L >> lambda_D."""
    case = CASES["blocking electrodes"]
    eps = 24 * EPSILON_0
    debye = sqrt(eps * column_of(case["column"]).thermal_voltage / (Q * 1e24))
    assert case["results"]["anode_charge"]["value"][0] / 0.01 == pytest.approx(eps / (2 * debye), rel=3e-3)


def linear_charge(t, voltage, *, length, debye, diffusivity, eps, derivative=0):
    """Charge of the anode (or its derivative, the current) by Laplace transform of the linear equations.

    rho = A sinh(k x), k^2 = 1/lambda^2 + s/D; phi = -rho/(eps k^2) + B x; no flux: rho' + eps phi'/lambda^2 = 0.
    """

    def transformed(s):
        k = mp.sqrt(1 / debye**2 + s / diffusivity)
        slope = -(debye**2) / eps * s / (diffusivity * k) * mp.cosh(k * length / 2)  # B/A
        across = -2 * mp.sinh(k * length / 2) / (eps * k**2) + slope * length  # (phi(L/2) - phi(-L/2))/A
        amplitude = -voltage / s / across
        return -eps * s**derivative * amplitude * (-mp.cosh(k * length / 2) / (eps * k) + slope)

    return float(invertlaplace(transformed, t, method="talbot"))


def test_stored_charging_at_small_voltage_is_that_of_the_linear_equations():
    """The rest is not linear: 1e-3 of the charge, 7e-3 of the last of the current, which falls as exp(-t/tau)."""
    case = CASES["charging, small step"]
    eps = 24 * EPSILON_0
    debye = sqrt(eps * column_of(case["column"]).thermal_voltage / (Q * 1e24))
    for name, derivative, within in (("anode_charge", 0, 3e-3), ("current_density", 1, 1e-2)):
        expected = [
            linear_charge(t, 0.01, length=1e-7, debye=debye, diffusivity=1e-15, eps=eps, derivative=derivative)
            for t in case["experiment"]["at"]
        ]
        assert case["results"][name]["value"] == pytest.approx(expected, rel=within), name


def test_charging_at_microvolts_is_that_of_the_linear_equations():
    """Extrapolated from 24 and 48 cells; the six steps in each section of the time grid leave 3e-4."""
    experiment = CASES["charging, small step"]["experiment"]
    experiment = experiment | {"drive": experiment["drive"] | {"values": [1e-5, 1e-5]}}
    column = blocking(None)
    coarse, fine = (transient(solver_of(column, experiment, cells), experiment, 6) for cells in (24, 48))
    eps = 24 * EPSILON_0
    debye = sqrt(eps * column.thermal_voltage / (Q * 1e24))
    for name, derivative, within in (("anode_charge", 0, 1e-3), ("current_density", 1, 5e-3)):
        expected = [
            linear_charge(t, 1e-5, length=1e-7, debye=debye, diffusivity=1e-15, eps=eps, derivative=derivative)
            for t in experiment["at"]
        ]
        assert fine[name] + (fine[name] - coarse[name]) / 3 == pytest.approx(expected, rel=within), name


def test_long_after_a_step_carriers_and_ions_are_those_of_the_steady_state():
    solver = Solver(led(auger=True, ions=(VACANCY,)), 20)
    times = np.concatenate([[0.0], np.geomspace(1e-11, 1e5, 40)])
    *_, (_, last) = solver.march(solver.equilibrium(), times, lambda t: 1.6)
    steady = solver.currents(solver.steady(1.6))
    assert solver.total_current(last) == pytest.approx(steady["current_density"], rel=1e-8)
    assert solver.contents(last)[2] == pytest.approx(5e24 * 70e-9, rel=1e-10)


def test_slow_ramp_follows_the_relaxed_states_and_fast_one_the_frozen_state():
    solver = Solver(led(auger=True, ions=(VACANCY,)), 20)
    dark = solver.equilibrium()
    relaxed = solver.currents(solver.steady(1.8, largest_step=0.4))["current_density"]
    frozen = solver.currents(solver.steady(1.8, solver.freeze(dark)))["current_density"]
    for duration, expected in ((1.8e6, relaxed), (1.8e-3, frozen)):
        *_, (_, last) = solver.march(
            dark, np.linspace(0, duration, 16), lambda t, duration=duration: 1.8 * t / duration
        )
        assert solver.total_current(last, 1.8 / duration) == pytest.approx(expected, rel=1e-2)
    assert abs(relaxed / frozen - 1) > 0.05


def test_file_holds_the_cases_that_are_described():
    described = {name: (column, experiment) for name, _, column, experiment in cases()}
    assert list(CASES) == list(described)
    for name, case in CASES.items():
        assert column_of(case["column"]) == described[name][0]
        assert case["experiment"] == described[name][1]


@pytest.mark.parametrize("name", ["LED Auger", "LED ions frozen at 2 V", "LED Blakemore two ions", "Courtier lit"])
def test_one_coarse_point_is_near_the_stored_number(name):
    """The middle voltage on half the coarsest grid, whose error is 2 %."""
    case = CASES[name]
    experiment = case["experiment"]
    middle = len(experiment["voltages"]) // 2
    some = experiment | {"voltages": [experiment["voltages"][middle]]}
    found = jv(solver_of(column_of(case["column"]), experiment, experiment["cells"] // 2), some)
    for quantity, values in found.items():
        assert values[0] == pytest.approx(case["results"][quantity]["value"][middle], rel=0.04), quantity


@pytest.mark.parametrize("name", CASES)
def test_stored_numbers_are_known_to_a_ten_thousandth(name):
    """Of themselves, or of the largest of their kind where they are smaller than a hundredth of it."""
    for quantity, result in CASES[name]["results"].items():
        values, errors = (np.array(result[key], dtype=float).ravel() for key in ("value", "relative_error"))
        unknown = np.isnan(values)
        assert (unknown == np.isnan(errors)).all()
        assert unknown.sum() <= 1, quantity
        size = np.maximum(np.abs(values), 0.01 * np.nanmax(np.abs(values)))
        assert np.nanmax(errors * np.abs(values) / size) < 1e-4, quantity


def test_stored_currents_add_up():
    """Recombination takes at most the whole current; light needs none of it at short circuit."""
    for name, case in CASES.items():
        results = case["results"]
        if case["experiment"]["kind"] == "jv" and "internal_quantum_efficiency" in results:
            total = np.array(results["current_density"]["value"])
            parts = sum(
                np.array(results[f"{part}_current_density"]["value"])
                for part in ("radiative", "srh", "auger")
                if f"{part}_current_density" in results
            )
            assert (parts <= total * (1 + 1e-6)).all(), name


def test_stored_step_starts_from_frozen_ions_and_ends_with_relaxed_ones():
    """At 10 us the carriers have settled and ions have not moved; at 100 s they rest. Both within the stored errors."""

    def at(name, coordinate, where):
        case = CASES[name]
        result, i = case["results"]["current_density"], case["experiment"][coordinate].index(where)
        return result["value"][i], result["relative_error"][i]

    early, late = at("LED step", "at", 1e-5), at("LED step", "at", 100.0)
    frozen, relaxed = at("LED ions frozen at 0 V", "voltages", 2.0), at("LED relaxed ions", "voltages", 2.0)
    assert late[0] == pytest.approx(relaxed[0], rel=late[1] + relaxed[1])
    assert early[0] == pytest.approx(frozen[0], rel=1e-4)
