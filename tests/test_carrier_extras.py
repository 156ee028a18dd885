"""Interfaces, selective contacts, resistance in series, given currents, and traps that ions make."""

import numpy as np
import pytest

import femled as fl
from femled.domain.column_mesh import column_mesh
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.steady import SteadyPath
from femled.units import nm

EMITTER = fl.Semiconductor(
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
)


def layer(name, thickness, material):
    return fl.Layer(name=name, thickness=thickness, material=material)


def column(*layers, **extra):
    extra = {"anode": fl.Contact(work_function_ev=-5.2), "cathode": fl.Contact(work_function_ev=-4.0)} | extra
    return fl.Column(layers=layers, temperature=300.0, **extra)


HALVES = (layer("left", 60 * nm, EMITTER), layer("right", 60 * nm, EMITTER))
FACE = fl.Interface(between=("left", "right"), electron_velocity=10.0, hole_velocity=20.0)


def test_interface_recombines_like_a_very_thin_layer_of_traps():
    """S = d/tau for d = 0.2 nm of traps between two halves: each part of J within 0.5 %."""
    thickness = 0.2 * nm
    traps = EMITTER.replace(srh_electron_lifetime=thickness / 10.0, srh_hole_lifetime=thickness / 20.0)
    left, right = (layer(name, 60 * nm - thickness / 2, EMITTER) for name in ("left", "right"))
    sheet = fl.jv(column(left, layer("sheet", thickness, traps), right), voltages=[0.8, 1.2, 1.6])
    face = fl.jv(column(*HALVES, interfaces=(FACE,)), voltages=[0.8, 1.2, 1.6])
    assert face.series["current_density"] == pytest.approx(sheet.series["current_density"], rel=5e-3)
    lost = face.series["interface_current_density"] + face.series["srh_current_density"]
    assert lost == pytest.approx(sheet.series["srh_current_density"], rel=5e-3)
    assert np.all(face.series["interface_current_density"] > 0.1 * face.series["srh_current_density"])


def test_interface_keeps_equilibrium_and_the_current_at_both_contacts():
    """No current at 0 V, 1e-8 A/m2; with interface recombination both contacts agree to 1e-8 at 1.6 V."""
    run = fl.jv(column(*HALVES, interfaces=(FACE,)), voltages=[0.0, 1.6])
    assert abs(run.series["current_density"][0]) < 1e-8
    assert run.series["current_error"][1] < 1e-8 * run.series["current_density"][1]


def test_newton_matrix_knows_the_interface():
    """Quadratic end: from the state at 1.5 V to 1.55 V no more steps than without the interface plus two."""
    counts = []
    for interfaces in ((), (FACE,)):
        device = column(*HALVES, interfaces=interfaces)
        path = SteadyPath(CarrierSpace(device, column_mesh(device, 40)))
        path.go(1.5)
        before = path.iterations
        path.go(1.55)
        counts.append(path.iterations - before)
    assert counts[1] <= counts[0] + 2


def test_contact_that_lets_no_electron_pass_saves_them():
    """Selective anode (electron velocity 0): no electron current there, the IQE rises, the total is conserved."""
    plain = column(layer("emitter", 100 * nm, EMITTER))
    chosen = column(layer("emitter", 100 * nm, EMITTER), anode=fl.Contact(work_function_ev=-5.2, electron_velocity=0.0))
    runs = [fl.jv(one, voltages=[1.6]) for one in (plain, chosen)]
    assert abs(runs[1].series["electron_current_density"][0, 0]) < 1e-9 * runs[1].series["current_density"][0]
    assert runs[1].series["internal_quantum_efficiency"][0] > 1.05 * runs[0].series["internal_quantum_efficiency"][0]
    assert runs[1].series["current_error"][0] < 1e-8 * runs[1].series["current_density"][0]


def test_resistance_in_series_takes_its_share_of_the_voltage():
    """V = V_layers + R J, and J is that of the bare column at V_layers: 1e-9."""
    resistance = 1e-4
    bare, behind = column(*HALVES), column(*HALVES, series_resistance=resistance)
    run = fl.jv(behind, voltages=[1.0, 1.6, 2.0])
    inner, current = run.series["layer_voltage"], run.series["current_density"]
    assert inner + resistance * current == pytest.approx(np.array([1.0, 1.6, 2.0]), rel=1e-9)
    assert fl.jv(bare, voltages=inner.tolist()).series["current_density"] == pytest.approx(current, rel=1e-7)
    assert inner[2] < 1.9


def test_given_current_finds_its_voltage():
    """Voltages of a curve are found again from its currents, over nine decades, to 1e-7."""
    device, voltages = column(*HALVES), [0.6, 1.0, 1.4, 2.0]
    currents = fl.jv(device, voltages=voltages).series["current_density"]
    again = fl.jv(device, current_densities=currents.tolist())
    assert again.series["voltage"] == pytest.approx(np.array(voltages), rel=1e-7)


def test_voltages_or_currents_but_not_both():
    for given in ({}, {"voltages": [1.0], "current_densities": [1.0]}):
        with pytest.raises(fl.InputError, match="give either voltages or current_densities"):
            fl.jv(column(*HALVES), **given)


ION = fl.MobileIon(name="vacancy", charge=1, mean_density=1e23, diffusivity=1e-15)


def trapping(**law):
    traps = fl.IonTraps(capture_coefficient=1e-15, **law)
    return column(layer("emitter", 100 * nm, EMITTER.replace(ions=(ION,), ion_traps=traps)))


def test_traps_follow_the_charge_of_the_ions():
    """Rate through traps over that of the same state without the law: 1 + k tau_n |c - c_0|, exactly, everywhere."""
    device = trapping()
    space = CarrierSpace(device, column_mesh(device, 40))
    from femled.experiments.carrier_state import frozen_ions

    state = fl.relax_ions(device, voltage=0.0, mesh=40)
    space.ions = frozen_ions(space, state)
    SteadyPath(space).go(1.4)
    factor = space.traps.x.array.reshape(space.cell_nodes.shape)
    expected = 1 + 1e-15 * 5e-8 * np.abs(space.ions.charge) * 1e24
    assert factor == pytest.approx(expected, rel=1e-12)
    assert expected.max() > 2


def test_traps_of_relaxed_ions_are_those_of_the_final_state():
    """The law is not in the Newton matrix: no later step moves anything by 1e-6 V_T."""
    device = trapping()
    from femled.experiments.jv import _resting

    space = CarrierSpace(device, column_mesh(device, 40))
    space.ions = _resting(space)
    SteadyPath(space).go(1.6)
    assert CarrierNewton(space).step(0.0)[0] < 1e-6


def test_current_heals_traps():
    """h = 1/(1 + J/J_s): at J = J_s half of the excess is left, on the same frozen ions; no law, no difference."""
    device = trapping(saturation_current_density=50.0)
    state = fl.relax_ions(device, voltage=0.0)

    def lost(device, **healing):
        return fl.jv(device, voltages=[1.3], ions=state, **healing).series["internal_quantum_efficiency"][0]

    fresh, half, healed = (lost(device, mean_current_density=j) for j in (0.0, 50.0, 1e9))
    none = lost(column(layer("emitter", 100 * nm, EMITTER.replace(ions=(ION,)))))
    assert fresh < half < healed
    assert healed == pytest.approx(none, rel=1e-5)
    excess = np.array([1 / fresh, 1 / half, 1 / none])  # 1/IQE grows with the number of traps
    assert (excess[1] - excess[2]) / (excess[0] - excess[2]) == pytest.approx(0.5, rel=0.15)


def test_resistance_and_capacitance_charge_with_their_time_constant():
    """An insulating slab behind R: J = (V/R) exp(-t/(R C)), C = eps/L, to 1e-3 of V/R over two time constants."""
    from femled.constants import VACUUM_PERMITTIVITY

    slab = EMITTER.replace(srh_electron_lifetime=None, srh_hole_lifetime=None, radiative_coefficient=0.0)
    closed = fl.Contact(kind="blocking")
    length, resistance = 100 * nm, 1e-5
    device = column(layer("slab", length, slab), anode=closed, cathode=closed, series_resistance=resistance)
    tau = resistance * 24 * VACUUM_PERMITTIVITY / length
    times = np.array([0.2, 0.5, 1.0, 2.0]) * tau
    run = fl.transient(device, voltage=1.0, until=times[-1], at=times, carriers=False, mesh=20)
    assert run.series["current_density"] * resistance == pytest.approx(np.exp(-times / tau), abs=1e-3)
    inner = run.series["layer_voltage"]
    assert inner + resistance * run.series["current_density"] == pytest.approx(np.ones(4), rel=1e-8)


def test_constant_current_ends_at_the_voltage_of_the_curve():
    """100 A/m2 through the LED's emitter: after 1 ms the voltage is that of `jv`, to 1e-6 V.

    The current holds to 1e-6: the voltage is met to 1e-13 V, which over steps of picoseconds charge with 1e-4 A/m2.
    """
    device = column(*HALVES)
    run = fl.transient(device, current_density=100.0, until=1e-3, at=[1e-9, 1e-3], mesh=60)
    assert run.series["current_density"] == pytest.approx(np.full(2, 100.0), rel=1e-6)
    steady = fl.jv(device, current_densities=[100.0], mesh=60).series["voltage"][0]
    assert run.series["voltage"][1] == pytest.approx(steady, abs=1e-6)
    assert run.series["voltage"][0] < 0.5 * steady


def test_doping_may_be_the_charge_that_ions_balance():
    """Vacancies against as many acceptors: ions and currents are those of the uniform counter-charge."""
    voltages, runs = [0.0, 1.4], []
    for changes in ({}, {"acceptor_density": 1e23}):
        ion = ION.replace(counter_charge="doping") if changes else ION
        device = column(layer("emitter", 100 * nm, EMITTER.replace(ions=(ion,), **changes)))
        runs.append(fl.jv(device, voltages=voltages).series["current_density"])
        rest = fl.relax_ions(device, voltage=0.0)
        runs.append(rest.ion_density["emitter.vacancy"])
    assert runs[2] == pytest.approx(runs[0], rel=1e-9, abs=1e-8)
    assert runs[3] == pytest.approx(runs[1], rel=1e-9)
    with pytest.raises(fl.InputError, match='counter_charge="doping" needs an acceptor_density'):
        EMITTER.replace(ions=(ION.replace(counter_charge="doping"),), donor_density=1e23)
