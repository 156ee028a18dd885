"""Carriers behind a barrier in the cold: every experiment finds the same steady state, and says how long it takes."""

import numpy as np
import pytest

import femled as fl
import femled.solve.steady
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.domain.carrier_section import carrier_section, radial_nodes
from femled.domain.column_mesh import column_mesh
from femled.experiments.column_states import STRIDE, states_after
from femled.experiments.frozen_pulse import FrozenPulses
from femled.physics.carriers import HOLES, POTENTIAL
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import TiedNewton, dead_ends, filling_times, newton_of
from femled.solve.steady import SteadyPath

CELLS = 40


def pixel_at(kelvin):
    return fl.load_pixel("elkhouly2024").replace(ambient_temperature=kelvin)


def untied(space):
    return TiedNewton(CarrierNewton(space), [])


@pytest.mark.parametrize("ions", ["relaxed", "frozen-at 0 V", "none"])
def test_a_cold_current_does_not_depend_on_the_voltages_before(ions):
    """J(5 V) at 77 K alone, in steps and from other voltages: to 1e-6, as the levels are those of the faces to 1e-10 V
    of 7 mV. Without ties the relaxed ones differ by 5 % and are a quarter of this."""
    lists = [5.0], [2.0, 3.0, 4.0, 5.0, 7.0], [1.8, 2.6, 3.3, 4.9, 5.0]
    runs = [fl.jv(pixel_at(77.0), voltages=one, ions=ions, outcoupling=0.1, mesh=CELLS) for one in lists]
    found = [run.series["current_density"][one.index(5.0)] for run, one in zip(runs, lists, strict=True)]
    assert found == pytest.approx([found[0]] * 3, rel=1e-6)
    for run in runs:
        assert not any("no definite level" in warning for warning in run.warnings)
        (said,) = [warning for warning in run.warnings if warning.startswith('holes in layer "pcbm"')]
        assert "s or longer; in shorter pulses" in said


def test_a_cold_curve_is_that_of_the_law_and_of_pulses():
    """Ions as at rest at 0 V, the same mesh: J of `jv` and of the table to 1e-3, ten times what the table is made to,
    and J of pulses, which are the same states, to 1e-6."""
    pixel, voltages = pixel_at(77.0), [2.0, 3.0, 5.0]
    curve = fl.jv(pixel, voltages=voltages, ions="frozen-at 0 V", outcoupling=0.1, mesh=CELLS)
    law = fl.ColumnLaw(pixel, mesh=CELLS)
    table = law.at(np.array(voltages), np.full(3, 77.0)).current_density
    assert table == pytest.approx(curve.series["current_density"], rel=1e-3)
    assert any("s or longer; in shorter pulses" in warning for warning in law.warnings)
    assert not any("no definite level" in warning for warning in law.warnings)
    pulses = FrozenPulses(pixel.column(), ions=fl.relax_ions(pixel, voltage=0.0, mesh=CELLS), mesh=CELLS)
    for _ in range(2):  # the second starts where the first has ended
        found = [pulses.pulse(voltage).current_density for voltage in voltages]
        assert found == pytest.approx(list(curve.series["current_density"]), rel=1e-6)


def test_ions_at_rest_are_those_of_the_same_cold_state():
    """`jv` with the ions of `relax_ions` at 3 V carries J of `jv` with relaxed ions there, both at 77 K."""
    pixel = pixel_at(77.0)
    state = fl.relax_ions(pixel, voltage=3.0, mesh=CELLS)
    pair = [
        fl.jv(pixel, voltages=[3.0], ions=ions, outcoupling=0.1, mesh=CELLS).series["current_density"][0]
        for ions in ("relaxed", state)
    ]
    assert pair[1] == pytest.approx(pair[0], rel=1e-6)


@pytest.mark.slow
def test_a_cold_column_that_its_heat_warms_is_tied_too():
    """Without resistance to the sink J of `jv` at 77 K to 1e-6; with that of the pixel the same J(5 V) on two lists of
    voltages, in one iteration or in turn, to 1e-6, and more of it as it is warmer."""
    pixel, cold = pixel_at(77.0), {"ions": "relaxed", "mesh": CELLS}
    curve = fl.jv(pixel, voltages=[3.0, 5.0], outcoupling=0.1, **cold).series["current_density"]
    still = fl.heated_jv(pixel, voltages=[3.0, 5.0], thermal_resistance=0.0, **cold)
    assert still.series["current_density"] == pytest.approx(curve, rel=1e-6)
    assert any("s or longer; in shorter pulses" in warning for warning in still.warnings)
    runs = [
        fl.heated_jv(pixel, voltages=voltages, thermal_resistance=1.5e-7, coupling=coupling, **cold)
        for voltages, coupling in (([5.0], "monolithic"), ([2.5, 4.6, 5.0], "monolithic"), ([5.0], "staggered"))
    ]
    found = [run.series["current_density"][-1] for run in runs]
    assert found == pytest.approx([found[0]] * 3, rel=1e-6)
    assert found[0] > 1.1 * curve[1]


@pytest.mark.parametrize("kelvin", [250.0, 291.0])
def test_where_it_is_warm_nothing_is_tied_to_the_last_bit(kelvin, monkeypatch):
    """From 250 K on the path is Newton's own: the same bits, as many steps, and nothing is said."""
    runs = []
    for _ in range(2):
        run = fl.jv(pixel_at(kelvin), voltages=[1.5, 3.0, -1.0], outcoupling=0.1, mesh=CELLS)
        runs.append((run.series["current_density"].tolist(), run.cost.factorisations, run.warnings))
        monkeypatch.setattr(femled.solve.steady, "newton_of", untied)
    assert runs[0] == runs[1]
    assert not any("s or longer; in shorter pulses" in warning for warning in runs[0][2])


def test_ties_are_for_columns_below_250_kelvin_that_no_light_fills():
    """The rule: not from 250 K on, not in a section of two dimensions, not where pairs are generated inside."""
    cold = pixel_at(249.0).column()
    mesh = column_mesh(cold, CELLS)
    (end,) = newton_of(CarrierSpace(cold, mesh)).ends
    assert (end.component, cold.layers[end.layer].name) == (HOLES, "pcbm")
    assert newton_of(CarrierSpace(pixel_at(250.0).column(), mesh)).ends == []
    assert dead_ends(CarrierSpace(cold, mesh, lambda x: 1e20 * (x > 150e-9))) == []
    assert len(dead_ends(CarrierSpace(cold, mesh, lambda x: 1e20 * (x < 149e-9)))) == 1
    section = carrier_section(mesh, radial_nodes(100.0, 200.0, 6, 20.0), (200.0, 100.0))
    assert newton_of(CarrierSpace(cold, section)).ends == []


def test_a_path_leaves_the_contacts_held_and_nothing_else():
    """What comes next, in time or of small signals, has equations of its own for every level."""
    column = pixel_at(77.0).column()
    space = CarrierSpace(column, column_mesh(column, CELLS, ions=False))
    path = SteadyPath(space)
    path.go(2.0)
    held = space.held.copy()
    space.bias(2.0)
    assert held.tolist() == space.held.tolist()


def test_levels_that_nothing_fixes_are_spoken_of(monkeypatch):
    """Untied at 77 K they are, and J is less by more than a factor of two; the warning says where."""
    tied = fl.jv(pixel_at(77.0), voltages=[5.0], outcoupling=0.04, mesh=CELLS)
    monkeypatch.setattr(femled.solve.steady, "newton_of", untied)
    run = fl.jv(pixel_at(77.0), voltages=[5.0], outcoupling=0.04, mesh=CELLS)
    assert run.series["current_density"][0] < 0.5 * tied.series["current_density"][0]
    assert any("no definite level at" in warning for warning in run.warnings)


@pytest.mark.parametrize("field", [0.0, 2e6, -2e6])
def test_filling_takes_as_long_as_diffusion_in_a_field_does(field):
    """Boltzmann, phi = phi_0 - F x, a flat level, k = F/V_T, so that p ~ exp(k x):

    tau = ((exp(k L) - 1)/k - L)/(D k),   L^2/(2 D) without a field

    A cell of k h = 0.2 is off by (k h)^2/12 of its part, 0.4 %; without a field the sum is exact."""
    pixel = pixel_at(77.0)
    layers = [
        layer.replace(carriers={**layer.carriers, "statistics": "boltzmann"}) if layer.name == "pcbm" else layer
        for layer in pixel.layers
    ]
    column = pixel.replace(layers=tuple(layers)).column()
    space = CarrierSpace(column, column_mesh(column, CELLS))
    (end,) = ends = dead_ends(space)
    away = (space.position - space.position[end.face]) * 1e-9
    space.u[:] = 0.0
    space.u[:, POTENTIAL] = -5.7 - field * away
    found = filling_times(space, ends)["holes", "pcbm"]
    vt, length = BOLTZMANN * 77.0 / ELEMENTARY_CHARGE, 20e-9
    diffusivity, k = space.data[end.layer]["hole_mobility"] * 1e-18 * vt, field / vt
    wanted = length**2 / 2 if field == 0.0 else (np.expm1(k * length) / k - length) / k
    assert found == pytest.approx(wanted / diffusivity, rel=1e-2 if field else 1e-9)


def test_a_stride_that_ends_where_it_is_asked_ends():
    """4.4 - 3.9 is a little more than 0.5, 3.9 + 0.5 is 4.4: one stride, not one more for ever."""
    assert STRIDE < 4.4 - 3.9
    assert 3.9 + STRIDE == 4.4
    states = states_after(pixel_at(291.0).column(), "none", 0.0, CELLS)
    states.go(3.9, 291.0)
    states.go(4.4, 291.0)
    assert states.solved == 2
