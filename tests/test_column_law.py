"""The vertical law of a pixel: a table of its drift-diffusion against states that are solved directly."""

import numpy as np
import pytest

import femled as fl
import femled.solve.steady
from femled.domain.column_mesh import column_mesh
from femled.errors import ConvergenceError, InputError
from femled.experiments.carrier_state import frozen_ions
from femled.experiments.column_law import NEGLIGIBLE, TOLERANCE, ColumnLaw
from femled.experiments.column_states import ColumnStates, states_after
from femled.experiments.light_extraction import light_extraction
from femled.physics.carriers import HOLES
from femled.solve.carrier_currents import ContactFluxes
from femled.solve.carrier_heat import carrier_heat
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.dead_ends import TiedNewton, dead_ends
from femled.solve.hermite_table import Function, HermiteTable
from femled.solve.steady import SteadyPath

CELLS = 40
"""A layer: the table is compared with states on the same mesh, so its size is no matter."""


@pytest.fixture(scope="module")
def pixel():
    return fl.load_pixel("elkhouly2024")


@pytest.fixture(scope="module")
def law(pixel):
    return ColumnLaw(pixel, mesh=CELLS)


@pytest.fixture(scope="module")
def places():
    """Voltages from below the knee to kiloamperes per square centimetre, and temperatures of a hot pulse."""
    random = np.random.default_rng(3)
    return random.uniform(1.2, 4.6, 24), random.uniform(291.0, 345.0, 24)


def directly(pixel, voltage, temperature, *, frozen=True):
    """The space of a column taken from equilibrium at one temperature to a voltage, ions as at 0 V and ambient."""
    column = pixel.column()
    mesh = column_mesh(column, CELLS, ions=frozen)
    space = CarrierSpace(column.replace(temperature=temperature), mesh)
    if frozen:
        space.ions = frozen_ions(CarrierSpace(column, mesh), fl.relax_ions(pixel, voltage=0.0, mesh=CELLS))
    SteadyPath(space).go(voltage)
    return space


def current(space):
    return ContactFluxes(space).now().total


def test_the_table_is_within_its_tolerance_of_states_solved_directly(pixel, law, places):
    """|J - J_direct| <= tolerance (|J_direct| + negligible): that is what the law promises."""
    found = law.at(*places).current_density
    wanted = np.array([current(directly(pixel, u, warm)) for u, warm in zip(*places, strict=True)])
    assert np.all(np.abs(found - wanted) <= TOLERANCE * (np.abs(wanted) + NEGLIGIBLE))
    assert wanted.max() > 3e7, "the comparison reaches the 3.5 kA/cm2 of the pulses"
    assert law.error <= TOLERANCE


def test_at_one_temperature_the_law_is_the_curve_of_the_pixel(pixel, law):
    """The same J as `jv` with ions frozen at 0 V, at voltages that are no nodes; 1e-4 is the law's tolerance."""
    voltages = [0.3, 1.07, 1.9, 2.83, 4.41]
    run = fl.jv(pixel, voltages=voltages, ions="frozen-at 0 V", mesh=CELLS)
    found = law.at(np.array(voltages), np.full(5, 291.0)).current_density
    wanted = run.series["current_density"]
    assert np.all(np.abs(found - wanted) <= TOLERANCE * (np.abs(wanted) + NEGLIGIBLE))


def test_slopes_are_those_of_the_table_itself(law, places):
    """Central differences over 1e-5 V and 1e-3 K: their own error is below 1e-6 of the slope, round-off below that."""
    u, warm = places
    found = law.at(u, warm)
    away = [law.at(u + du, warm + dt).current_density for du, dt in ((1e-5, 0), (-1e-5, 0), (0, 1e-3), (0, -1e-3))]
    np.testing.assert_allclose(found.by_voltage, (away[0] - away[1]) / 2e-5, rtol=1e-5)
    scale = np.abs(found.current_density) + NEGLIGIBLE
    np.testing.assert_allclose(found.by_temperature / scale, (away[2] - away[3]) / 2e-3 / scale, atol=1e-7)


def test_slopes_are_those_of_the_column(pixel, law):
    """Against differences of direct states over 2 mV and 0.2 K at a node and between nodes; cubics lose one order in
    the slope, so 2e-3 is asked of an error of 1e-4 in the value."""
    u, warm = np.array([2.0, 2.713]), np.array([291.0, 317.0])
    found = law.at(u, warm)
    for i in range(2):
        pair = [current(directly(pixel, u[i] + du, warm[i])) for du in (1e-3, -1e-3)]
        assert found.by_voltage[i] == pytest.approx((pair[0] - pair[1]) / 2e-3, rel=2e-3)
        pair = [current(directly(pixel, u[i], warm[i] + dt)) for dt in (0.1, -0.1)]
        assert found.by_temperature[i] == pytest.approx((pair[0] - pair[1]) / 0.2, rel=2e-3)


def test_current_never_falls_with_voltage(law):
    """Ten steps in the smallest leaf between 0 and 5 V, between isotherms; where less flows than the error that is
    promised there, 1e-4 of 10 A/m2, round-off shows."""
    u = np.linspace(0.0, 5.0, 4001)
    density = law.at(u, np.full(len(u), 300.0)).current_density
    assert np.all(np.diff(density)[density[1:] > TOLERANCE * NEGLIGIBLE] >= 0)
    assert np.all(density > -TOLERANCE * NEGLIGIBLE)


def test_a_law_is_solved_where_it_is_asked_only(pixel):
    """One volt and one interval of temperature; asked again within it, nothing is solved."""
    law = ColumnLaw(pixel, mesh=CELLS)
    u = np.linspace(3.05, 3.95, 30)
    law.at(u, np.full(30, 291.0))
    isothermal = law.solved
    assert isothermal <= 30
    law.at(u, np.linspace(291.0, 320.0, 30))
    assert law.solved <= 4 * isothermal
    before = law.solved
    law.at(u[::-1], np.linspace(291.0, 320.0, 30))
    law.at(u + 0.01, np.full(30, 305.0))
    assert law.solved == before


def test_the_law_depends_on_where_it_is_asked_not_on_what_was_asked_before(pixel, law, places):
    """Nodes are dyadic: another order of questions gives the same table, but for what Newton leaves, 1e-8, and
    isotherms that other places made, within the tolerance."""
    other = ColumnLaw(pixel, mesh=CELLS)
    for u, warm in zip(places[0][::-1], places[1][::-1], strict=True):
        other.at(np.array([u]), np.array([warm]))
    first, second = law.at(*places).current_density, other.at(*places).current_density
    np.testing.assert_allclose(first, second, rtol=TOLERANCE)


def test_outside_its_range_the_law_goes_straight_on_and_refuses_a_solution(law):
    """Value and slope are continuous at -1 V, where a line begins; `check` names what is outside."""
    inside = law.at(np.array([-1.0]), np.array([291.0]))
    beyond = law.at(np.array([-1.5]), np.array([291.0]))
    assert beyond.by_voltage[0] == inside.by_voltage[0]
    assert beyond.current_density[0] == inside.current_density[0] - 0.5 * inside.by_voltage[0]
    hot = law.at(np.array([2.9, 2.9]), np.array([591.0, 600.0]))
    assert hot.current_density[0] == hot.current_density[1]
    assert hot.by_temperature[1] == 0.0
    law.check(np.array([2.0]), np.array([300.0]))
    with pytest.raises(InputError, match=r"voltage 61 V of the layers is outside -1 \.\. 60 V"):
        law.check(np.array([2.0, 61.0]), np.array([300.0, 300.0]))
    with pytest.raises(InputError, match=r"temperature 700 K of the layers is outside 232\.8 \.\. 591 K"):
        law.check(np.array([2.0]), np.array([700.0]))
    with pytest.raises(InputError, match="voltage nan V"):
        law.check(np.array([np.nan]), np.array([300.0]))


def test_a_voltage_that_cannot_be_reached_is_refused_only_if_it_is_needed(pixel, monkeypatch):
    """States above 3.2 V fail here: below 3 V the law holds, beyond it goes straight on, and `check` says why."""
    solved = ColumnStates.go

    def fails(self, voltage, temperature):
        if voltage > 3.2:
            raise ConvergenceError(
                time=None,
                step=None,
                block=f"carriers at {temperature:g} K",
                reason="stuck",
                advice="-",
                voltage=voltage,
            )
        solved(self, voltage, temperature)

    monkeypatch.setattr(ColumnStates, "go", fails)
    law = ColumnLaw(pixel, mesh=CELLS)
    found = law.at(np.array([2.5, 3.5, 4.0]), np.full(3, 291.0))
    assert np.ptp(np.diff(found.current_density[1:]) / 0.5 / found.by_voltage[1:]) == pytest.approx(0.0, abs=1e-12)
    law.check(np.array([2.9]), np.array([291.0]))
    with pytest.raises(ConvergenceError, match="carriers at 291 K") as caught:
        law.check(np.array([3.5]), np.array([291.0]))
    assert caught.value.voltage == pytest.approx(3.5, abs=0.51)


def test_heat_is_what_is_put_in_without_the_light(law, places):
    """Layers and contacts = J u - light to round-off; the light is less than q times the photon energy allows."""
    found, detail = law.at(*places), law.detail(*places)
    power = found.current_density * places[0]
    released = detail.heat.sum(axis=0) + detail.contact_heat.sum(axis=0)
    np.testing.assert_allclose(released + detail.light, power, rtol=1e-12)
    assert np.all(detail.light > 0)
    assert np.all(detail.light < 0.2 * detail.radiative_current_density * 1.6)
    efficiency = detail.radiative_current_density / found.current_density
    np.testing.assert_allclose(detail.internal_quantum_efficiency, efficiency, rtol=1e-12)


def test_detail_is_that_of_the_state(pixel, law):
    """At a node and between nodes against a direct state: the sums to the tolerance, shares, which are linear between
    nodes at most 1/8 V apart, to 2e-3 of the power."""
    for u, warm in ((3.0, 291.0), (2.83, 309.0)):
        space, detail = directly(pixel, u, warm), law.detail(np.array([u]), np.array([warm]))
        through = ContactFluxes(space).now()
        assert detail.radiative_current_density[0] == pytest.approx(through.recombination["radiative"], rel=2e-4)
        assert detail.charge[0] == pytest.approx(through.electrode_charge[0], rel=1e-4)
        heat = carrier_heat(space)
        layers, ends = heat.by_layer.copy(), heat.face_power[[0, -1]] / 2
        layers[[0, -1]] -= ends
        layers[0] -= detail.light[0]
        np.testing.assert_allclose(detail.heat[:, 0], layers, atol=2e-3 * heat.total)
        np.testing.assert_allclose(detail.contact_heat[:, 0], ends, atol=2e-3 * heat.total)
        pair = [ContactFluxes(directly(pixel, u + du, warm)).now().electrode_charge[0] for du in (1e-3, -1e-3)]
        assert detail.capacitance[0] == pytest.approx((pair[0] - pair[1]) / 2e-3, rel=5e-3)


def test_light_that_leaves_is_the_external_quantum_efficiency(pixel, law):
    """light = EQE J hc/(q lambda) with the EQE of `jv`; the mean photon of a line 40 nm wide at 795 nm has 1.0006 of
    the energy at its peak, so 2e-3 is enough to see a wrong outcoupling."""
    run = fl.jv(pixel, voltages=[3.0], ions="frozen-at 0 V", mesh=CELLS)
    eqe, density = (run.series[name][0] for name in ("external_quantum_efficiency", "current_density"))
    wanted = eqe * density * 1.239842e-6 / 795e-9
    assert law.detail(np.array([3.0]), np.array([291.0])).light[0] == pytest.approx(wanted, rel=2e-3)
    assert any("outcoupling" in note for note in law.warnings)
    assert light_extraction(pixel).even > 0.05


def test_a_resistance_in_series_takes_its_voltage_and_its_heat(pixel, law):
    """J_R(u) = J(u - R J_R): the same column with 2e-8 ohm m2 in front, half a volt at 2.5 kA/cm2."""
    column = pixel.column().replace(series_resistance=2e-8)
    behind = ColumnLaw(column, mesh=CELLS)
    u, warm = np.array([1.8, 2.4, 3.6]), np.array([291.0, 300.0, 330.0])
    found = behind.at(u, warm)
    inner = law.at(u - 2e-8 * found.current_density, warm)
    np.testing.assert_allclose(found.current_density, inner.current_density, rtol=2 * TOLERANCE)
    np.testing.assert_allclose(1 / found.by_voltage, 1 / inner.by_voltage + 2e-8, rtol=1e-3)
    detail = behind.detail(u, warm)
    np.testing.assert_allclose(detail.series_heat, 2e-8 * found.current_density**2, rtol=1e-12)
    released = detail.heat.sum(axis=0) + detail.contact_heat.sum(axis=0)
    np.testing.assert_allclose(released + detail.series_heat, found.current_density * u, rtol=1e-10)
    assert np.all(detail.light == 0.0), "of a column none is known to leave"


def test_the_history_of_the_ions_matters(pixel):
    """Without ions the law is `jv` without; ions at rest at 1.5 V carry another current than those at rest at 0 V."""
    u, warm = np.array([1.9]), np.array([291.0])
    none = ColumnLaw(pixel, ions="none", mesh=CELLS).at(u, warm).current_density[0]
    run = fl.jv(pixel, voltages=[1.9], ions="none", mesh=CELLS)
    assert none == pytest.approx(run.series["current_density"][0], rel=TOLERANCE)
    biased = ColumnLaw(pixel, background=1.5, mesh=CELLS).at(u, warm).current_density[0]
    state = ColumnLaw(pixel, ions=fl.relax_ions(pixel, voltage=1.5, mesh=CELLS), mesh=CELLS)
    assert state.at(u, warm).current_density[0] == pytest.approx(biased, rel=1e-9)
    rested = current(directly(pixel, 1.9, 291.0))
    assert abs(biased / rested - 1) > 0.01


def test_impossible_questions_are_refused(pixel):
    with pytest.raises(InputError, match='ions "relaxed" are neither "at rest", "none" nor a state'):
        ColumnLaw(pixel, ions="relaxed")
    with pytest.raises(InputError, match=r"tolerance 2 is outside 1e-9 \.\. 0\.1"):
        ColumnLaw(pixel, tolerance=2.0)


def knee(u, x):
    """A diode that turns into a resistance, by u [V] and x = -1/T: smooth, steep, its knee moves with T."""
    thermal = -8.617e-5 / x
    return np.array([np.log1p(np.exp((u - 1.5) / (2 * thermal))), u * u / x])


def tabulated(tolerance, function=knee):
    def node(u, warm):
        x, du, dx = -1 / warm, 1e-5, 1e-5 / warm
        by_u = [(function(u + du, one) - function(u - du, one)) / (2 * du) for one in (x, x + dx, x - dx)]
        by_x = (function(u, x + dx) - function(u, x - dx)) / (2 * dx)
        return np.stack([function(u, x), by_u[0], by_x, (by_u[1] - by_u[2]) / (2 * dx)], axis=-1)

    def value(u, warm):
        return function(u, -1 / warm)

    return HermiteTable(
        Function(node, value, lambda found, wanted: abs(found[0] - wanted[0])),
        start=300.0,
        step=32.0,
        tolerance=tolerance,
    )


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6])
def test_a_table_of_a_known_function_keeps_its_tolerance(tolerance):
    """Error <= tolerance at 500 places, for three of them, so that it is the tolerance that decides."""
    random = np.random.default_rng(1)
    u, warm = random.uniform(0.2, 3.0, 500), random.uniform(285.0, 400.0, 500)
    table = tabulated(tolerance)
    found = table.at(u, warm, values=1)[0, 0]
    wanted = np.array([knee(a, -1 / b)[0] for a, b in zip(u, warm, strict=True)])
    assert np.abs(found - wanted).max() <= tolerance
    assert table.error <= tolerance


def test_an_error_that_vanishes_in_the_middle_is_seen_in_the_slope():
    """f = s^2 (1 - s)^2 (s - 1/2) on 1 .. 2 V is met by its cubic at both ends and in the middle, and off by 9e-3."""

    def odd(u, x):
        s = u - 1.0
        return np.array([u + s**2 * (1 - s) ** 2 * (s - 0.5), 0 * s + x])

    table = tabulated(1e-4, odd)
    u = np.linspace(1.01, 1.99, 99)
    found = table.at(u, np.full(99, 300.0), values=1)[0, 0]
    assert np.abs(found - odd(u, 1.0)[0]).max() <= 1e-4
    assert table.nodes > 5


def tied(pixel, temperature):
    """States of the column with dead ends tied, which below 250 K they are."""
    return states_after(pixel.replace(ambient_temperature=temperature).column(), "at rest", 0.0, CELLS)


def test_the_holes_of_the_fullerene_are_in_a_dead_end(pixel):
    """They enter over 0.35 eV and would leave over 1.6 eV more; electrons pass every layer, kim2018 has two carriers
    less to tie as its transport layers touch the contacts."""
    column = pixel.column()
    space = CarrierSpace(column, column_mesh(column, CELLS))
    (end,) = dead_ends(space)
    assert end.component == HOLES
    assert space.position[end.face] == pytest.approx(150.0)
    assert len(end.nodes) == CELLS
    other = fl.load_pixel("kim2018").column()
    assert dead_ends(CarrierSpace(other, column_mesh(other, CELLS))) == []


def test_tied_levels_are_those_that_newton_finds_where_it_can(pixel, monkeypatch):
    """At 180 K the untied equations still know the level: the same J to 1e-6, which is what the fluxes of holes into
    the dead end, and the tolerance of Newton's method, leave."""
    monkeypatch.setattr(femled.solve.steady, "newton_of", lambda space: TiedNewton(CarrierNewton(space), []))
    for voltage in (1.9, 3.0, 4.2):
        states = tied(pixel, 180.0)
        states.go(voltage, 180.0)
        assert len(dead_ends(states.space(180.0))) == 1
        column = pixel.replace(ambient_temperature=180.0).column()
        free = CarrierSpace(column, states.space(180.0).mesh)
        free.ions = states.space(180.0).ions
        SteadyPath(free).go(voltage)
        assert states.currents(180.0).total == pytest.approx(current(free), rel=1e-6)


def states_of_room_temperature(pixel):
    """The pixel with as many states in its bands at any temperature, in place of T^1.5."""
    fixed = {"value": "0", "source": "choice", "status": "assumed", "note": "to be compared with"}
    layers = tuple(
        layer.replace(carriers={**layer.carriers, "state_density_exponent": fixed}) if layer.carriers else layer
        for layer in pixel.layers
    )
    return pixel.replace(layers=layers)


def test_a_cold_pixel_passes_a_kiloampere_and_with_more_states_the_current_of_its_pulses(pixel):
    """At 77 K J rises with every quarter of a volt, to more than 1 kA/cm2 at 5 V. The 3.5 kA/cm2 of the pulses are
    missed: a band holds (77/295)^1.5 = 1/7.5 of its states, so that a contact at the edge of that of the oxide brings
    in as many electrons less. With the states of room temperature there are more than 3.5 kA/cm2."""
    density = {}
    for name, one in (("own", pixel), ("more", states_of_room_temperature(pixel))):
        states, density[name] = tied(one, 77.0), []
        for voltage in np.arange(1.75, 5.1, 0.25):
            states.go(voltage, 77.0)
            density[name].append(states.currents(77.0).total)
        assert np.all(np.diff(density[name]) > 0)
    assert 1e7 < density["own"][-1] < 3.5e7 < density["more"][-1]


def test_a_cold_law_has_the_slopes_of_its_states(pixel):
    """At 77 K the slope of J is that of neighbouring states over 0.2 mV, whose own error is below 1e-4."""
    states = tied(pixel, 77.0)
    law = ColumnLaw(pixel.replace(ambient_temperature=77.0), mesh=CELLS)
    for voltage in (2.0, 3.0, 4.5):
        pair = []
        for away in (1e-4, -1e-4):
            states.go(voltage + away, 77.0)
            pair.append(states.currents(77.0).total)
        found = law.at(np.array([voltage]), np.array([77.0]))
        assert found.by_voltage[0] == pytest.approx((pair[0] - pair[1]) / 2e-4, rel=1e-4)
