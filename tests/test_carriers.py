"""Steady carriers against closed forms: equilibrium, junctions, ideality, space charge, order, contacts, light."""

import numpy as np
import pytest

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.domain.column_mesh import column_mesh
from femled.solve.carrier_currents import ContactFluxes, currents
from femled.solve.carrier_meaning import States, recombination
from femled.solve.carrier_newton import CarrierNewton
from femled.solve.carriers import CarrierSpace
from femled.solve.steady import SteadyPath

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
NM = 1e-9
SILICON = {
    "relative_permittivity": 12,
    "conduction_band_ev": -4.05,
    "valence_band_ev": -5.17,
    "conduction_band_density": 2.8e25,
    "valence_band_density": 1.04e25,
    "electron_mobility": 0.1,
    "hole_mobility": 0.05,
}


def layer(name, thickness, **fields):
    return fl.Layer(name=name, thickness=thickness * NM, material=fl.Semiconductor(**fields))


def emitter_stack(**emitter):
    """Hole transport layer, perovskite emitter, electron transport layer."""
    transport = {
        "relative_permittivity": 4,
        "conduction_band_density": 1e26,
        "valence_band_density": 1e26,
        "electron_mobility": 1e-6,
        "hole_mobility": 1e-6,
    }
    middle = {
        "relative_permittivity": 24,
        "conduction_band_ev": -3.8,
        "valence_band_ev": -5.4,
        "conduction_band_density": 3e24,
        "valence_band_density": 2.5e24,
        "electron_mobility": 5e-5,
        "hole_mobility": 3e-5,
        "radiative_coefficient": 4e-16,
        "srh_electron_lifetime": 5e-8,
        "srh_hole_lifetime": 8e-8,
    }
    return fl.Column(
        layers=[
            layer("htl", 25, **transport, conduction_band_ev=-2.3, valence_band_ev=-5.3),
            layer("emitter", 70, **(middle | emitter)),
            layer("etl", 60, **transport, conduction_band_ev=-3.6, valence_band_ev=-6.2),
        ],
        anode=fl.Contact(work_function_ev=-5.1),
        cathode=fl.Contact(work_function_ev=-3.8),
    )


def junction(doping=1e22, thickness=1500, **fields):
    return fl.Column(
        layers=[
            layer("p", thickness, **SILICON, acceptor_density=doping, **fields),
            layer("n", thickness, **SILICON, donor_density=doping, **fields),
        ],
        anode=fl.Contact(kind="neutral"),
        cathode=fl.Contact(kind="neutral"),
    )


def random_column(rng, *, ions=False, statistics="boltzmann", thickest=150):
    """One to three layers whose offsets, densities, mobilities, doping and lifetimes are drawn over decades."""

    def log_uniform(low, high):
        return float(10 ** rng.uniform(np.log10(low), np.log10(high)))

    layers, top = [], -3.3
    for i in range(int(rng.integers(1, 4))):
        top += float(rng.uniform(-0.4, 0.4))
        species = [fl.MobileIon(name="x", charge=1, mean_density=log_uniform(3e23, 1e25), diffusivity=1e-15)]
        fields = {
            "relative_permittivity": float(rng.uniform(3, 30)),
            "conduction_band_ev": top,
            "valence_band_ev": top - float(rng.uniform(1.4, 2.4)),
            "conduction_band_density": log_uniform(1e24, 1e27),
            "valence_band_density": log_uniform(1e24, 1e27),
            "electron_mobility": log_uniform(1e-9, 1e-4),
            "hole_mobility": log_uniform(1e-9, 1e-4),
            "srh_electron_lifetime": log_uniform(1e-9, 1e-6),
            "srh_hole_lifetime": log_uniform(1e-9, 1e-6),
            "radiative_coefficient": log_uniform(1e-17, 1e-15),
            "donor_density": float(rng.choice([0.0, log_uniform(1e21, 1e24)])),
            "ions": species if ions else [],
            "statistics": statistics,
        }
        layers.append(layer(f"l{i}", float(rng.uniform(20, thickest)), **fields))
    low, high = layers[0].material.valence_band_ev, layers[-1].material.conduction_band_ev
    return fl.Column(
        layers=layers,
        anode=fl.Contact(work_function_ev=low + float(rng.uniform(0.05, 0.4))),
        cathode=fl.Contact(work_function_ev=high - float(rng.uniform(0.05, 0.4))),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("statistics", ["boltzmann", "blakemore"])
def test_equilibrium_has_flat_levels_and_no_current(seed, statistics):
    """At 0 V, solved with free Fermi levels, whatever the doping, the ions and the offsets."""
    column = random_column(np.random.default_rng(seed), ions=seed % 2 == 0, statistics=statistics)
    state = fl.relax_ions(column, voltage=0.0)
    assert np.abs(state.quasi_fermi_electron_ev).max() < 1e-9
    assert np.abs(state.quasi_fermi_hole_ev).max() < 1e-9
    curve = fl.jv(column, voltages=[0.0])
    for name in ("current_density", "radiative_current_density", "srh_current_density", "current_error"):
        assert abs(float(curve.series[name][0])) < 1e-8


def test_junction_has_its_built_in_potential():
    """V_bi = V_T ln(N_A N_D/n_i^2), both sides non-degenerate."""
    state = fl.relax_ions(junction(), voltage=0.0)
    product = SILICON["conduction_band_density"] * SILICON["valence_band_density"] * np.exp(-1.12 / VT)
    assert state.potential[-1] - state.potential[0] == pytest.approx(VT * np.log(1e44 / product), abs=1e-6)


def test_junction_field_obeys_the_first_integral_of_poisson_boltzmann():
    """E(0)^2 = (2 kT/eps) (N (u_b - 1) + 2 n_i), u_b = asinh(N/2 n_i): the charge of one half of a symmetric junction.

    Equal densities of states make the junction symmetric. The mesh leaves 0.1 %.
    """
    doping, states = 1e23, 2e25
    fields = SILICON | {"conduction_band_density": states, "valence_band_density": states}
    column = fl.Column(
        layers=[layer("p", 400, **fields, acceptor_density=doping), layer("n", 400, **fields, donor_density=doping)],
        anode=fl.Contact(kind="neutral"),
        cathode=fl.Contact(kind="neutral"),
    )
    state = fl.relax_ions(column, voltage=0.0, mesh=200)
    right = state.position > 400 * NM * (1 - 1e-9)
    x = state.position[right]
    charge = (doping + state.hole_density - state.electron_density)[right]
    sheet = np.trapezoid(charge, x)
    n_i = states * np.exp(-1.12 / 2 / VT)
    u_b = np.arcsinh(doping / 2 / n_i)
    eps = 12 * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE
    exact = np.sqrt(2 * VT * eps * (2 * n_i * (1 - np.cosh(u_b)) + doping * u_b))
    assert sheet == pytest.approx(exact, rel=2e-3)


def selective(**emitter):
    """An emitter between transport layers that only let one carrier in, so quick that Fermi levels are flat in it."""
    wide = {
        "relative_permittivity": 10,
        "conduction_band_density": 1e25,
        "valence_band_density": 1e25,
        "electron_mobility": 0.1,
        "hole_mobility": 0.1,
    }
    middle = wide | {"conduction_band_ev": -4.0, "valence_band_ev": -5.0}
    return fl.Column(
        layers=[
            layer("p", 50, **wide, conduction_band_ev=-3.0, valence_band_ev=-5.0),
            layer("emitter", 100, **middle, **emitter),
            layer("n", 50, **wide, conduction_band_ev=-4.0, valence_band_ev=-6.0),
        ],
        anode=fl.Contact(work_function_ev=-4.8),
        cathode=fl.Contact(work_function_ev=-4.2),
    )


def test_radiative_current_has_ideality_one():
    """J = q B L n_i^2 (exp(V/V_T) - 1) while the Fermi levels are flat across the emitter."""
    voltages = [0.1, 0.2, 0.3, 0.4]
    curve = fl.jv(selective(radiative_coefficient=1e-20), voltages=voltages)
    exact = ELEMENTARY_CHARGE * 1e-20 * 100 * NM * 1e50 * np.exp(-1.0 / VT) * np.expm1(np.array(voltages) / VT)
    assert curve.series["current_density"] == pytest.approx(exact, rel=1e-4)
    assert curve.series["internal_quantum_efficiency"] == pytest.approx(1.0, abs=1e-5)


def test_trap_current_has_ideality_two():
    """J = q L n_i (exp(V/2 V_T) - 1)/(2 tau) at flat bands, where n = p everywhere in the emitter.

    Few carriers at the contacts leave the bands flat to a per cent; ideality is 2 around that voltage.
    """
    contacts = {"anode": fl.Contact(work_function_ev=-4.7), "cathode": fl.Contact(work_function_ev=-4.3)}
    column = selective(srh_electron_lifetime=1e-6, srh_hole_lifetime=1e-6).replace(**contacts)
    curve = fl.jv(column, voltages=[0.39, 0.4, 0.41]).series["current_density"]
    n_i = 1e25 * np.exp(-0.5 / VT)
    assert curve[1] == pytest.approx(ELEMENTARY_CHARGE * 100 * NM * n_i * np.expm1(0.2 / VT) / 2e-6, rel=0.02)
    assert 0.02 / VT / np.log(curve[2] / curve[0]) == pytest.approx(2.0, abs=0.05)


def test_auger_current_grows_with_the_third_power_of_density():
    """J_aug/J_rad = (C_n Int n + C_p Int p)/(B L) where n p is uniform: with C_n = C_p, the mean of n + p."""
    column = selective(radiative_coefficient=1e-20, auger_electron_coefficient=1e-42, auger_hole_coefficient=1e-42)
    state = fl.relax_ions(column, voltage=0.4)
    inside = (state.position > 50 * NM) & (state.position < 150 * NM)
    total = np.trapezoid((state.electron_density + state.hole_density)[inside], state.position[inside])
    curve = fl.jv(column, voltages=[0.4])
    ratio = curve.series["auger_current_density"][0] / curve.series["radiative_current_density"][0]
    assert ratio == pytest.approx(1e-42 * total / (1e-20 * 100 * NM), rel=0.05)


def test_space_charge_limited_current_is_mott_gurney():
    """J = (9/8) eps mu V^2/L^3 of electrons alone; at 30 K and 50 V diffusion and mesh leave 2 %, less at 100 V."""
    thickness, mobility = 500, 1e-8
    fields = SILICON | {"relative_permittivity": 3, "electron_mobility": mobility, "valence_band_ev": -9.0}
    ohmic = fl.Contact(work_function_ev=-4.05)
    column = fl.Column(layers=[layer("film", thickness, **fields)], anode=ohmic, cathode=ohmic, temperature=30.0)
    voltages = np.array([50.0, 100.0])
    curve = fl.jv(column, voltages=voltages, mesh=200)
    law = 9 / 8 * 3 * VACUUM_PERMITTIVITY * mobility * voltages**2 / (thickness * NM) ** 3
    excess = curve.series["current_density"] / law - 1
    assert np.abs(excess).max() < 0.03
    assert abs(excess[1]) < abs(excess[0])


@pytest.mark.parametrize("ions", [False, True])
def test_current_converges_with_second_order(ions):
    species = [fl.MobileIon(name="vacancy", charge=1, mean_density=5e24, diffusivity=2e-15, site_density=1e28)]
    column = emitter_stack(ions=species if ions else [], auger_electron_coefficient=1e-40)
    counts = np.array([25, 50, 100, 200])
    currents = np.array([fl.jv(column, voltages=[2.4], mesh=int(n)).series["current_density"][0] for n in counts])
    order = -np.polyfit(np.log(counts[:-1]), np.log(np.abs(np.diff(currents))), 1)[0]
    assert order >= 1.8
    assert currents[2] == pytest.approx(currents[3] + (currents[3] - currents[2]) / 3, rel=5e-3)


@pytest.mark.parametrize("mesh", [50, "default", 400])
@pytest.mark.parametrize("device", ["led, relaxed", "led, none", "junction", "random 1", "random 6"])
def test_contact_currents_are_equal(device, mesh):
    """1e-8 of the current above 10 A/m2, 1e-5 A/m2 below, whatever the mesh and the doping.

    Measured: 3e-9 and 1e-8 A/m2. The random columns are those whose plain contact fluxes were noisiest.
    """
    species = [fl.MobileIon(name="vacancy", charge=1, mean_density=5e24, diffusivity=2e-15)]
    column = {
        "led": lambda _: emitter_stack(ions=species),
        "junction": lambda _: junction(doping=1e23, srh_electron_lifetime=1e-9, srh_hole_lifetime=2e-9),
        "random": lambda seed: random_column(np.random.default_rng(int(seed)), ions=seed == "6"),
    }
    name, _, option = device.replace(",", "").partition(" ")
    top = 0.9 if name == "junction" else 3.0
    ions = option if name == "led" else "relaxed"
    curve = fl.jv(column[name](option), voltages=np.linspace(-1, top, 21), ions=ions, mesh=mesh)
    currents, errors = curve.series["current_density"], curve.series["current_error"]
    bound = np.where(np.abs(currents) > 10.0, 1e-8 * np.abs(currents), 1e-5)
    assert (errors <= bound).all()


def test_contact_currents_differ_in_a_state_that_is_not_steady():
    """They are measured apart, in the layers at the contacts: a level raised by 10 mV near one shows as current."""
    column = emitter_stack()
    space = CarrierSpace(column, column_mesh(column, 50))
    SteadyPath(space).go(2.0)
    settled = States.now(space)
    away = np.argsort(space.position)[-5]
    space.u[away, 1] += 1e-2
    states = States.together([settled, States.now(space)])
    before, after = ContactFluxes(space).of(states, recombination(space, states))
    assert before.error < 1e-8 * before.total
    assert after.error > 1e-3 * before.total


@pytest.mark.parametrize("velocity", [None, 1e2])
def test_slope_of_a_state_in_the_bias_is_that_of_its_neighbours(velocity):
    """Central differences over 2 mV at 1.7 V, ohmic contacts and such of 100 m/s: (1 mV/V_T)^2/6 of the slope, 3e-4."""
    column = emitter_stack()
    if velocity is not None:
        contacts = {
            name: getattr(column, name).replace(electron_velocity=velocity, hole_velocity=velocity)
            for name in ("anode", "cathode")
        }
        column = column.replace(**contacts)
    space = CarrierSpace(column, column_mesh(column, 50))
    path, newton, states = SteadyPath(space), CarrierNewton(space), []
    for voltage in (1.699, 1.701, 1.7):
        path.go(voltage)
        states.append(space.u.copy())
    newton.step(0.0)
    low, high, _ = states
    for slope in (newton.by_voltage(renewed=False), newton.by_voltage()):
        assert slope[space.terminals[0].nodes, 0] == pytest.approx(1.0, rel=1e-12)
        assert slope == pytest.approx((high - low) / 2e-3, abs=3e-4)


def test_voltages_may_come_in_any_order():
    column = emitter_stack()
    mixed = fl.jv(column, voltages=[2.0, -0.5, 1.0]).series["current_density"]
    apart = [fl.jv(column, voltages=[v]).series["current_density"][0] for v in (2.0, -0.5, 1.0)]
    assert mixed == pytest.approx(apart, rel=1e-7, abs=1e-9)


def test_fast_surface_is_an_ohmic_contact_and_a_slow_one_limits_the_current():
    """S -> infinity is the default; S n_0 is what a slow contact can carry: J changes with S in proportion."""
    fields = SILICON | {"valence_band_ev": -9.0}
    film = layer("film", 100, **fields, donor_density=1e23)

    def current(velocity, voltage):
        contact = {"kind": "neutral"} | ({} if velocity is None else {"surface_velocity": velocity})
        column = fl.Column(layers=[film], anode=fl.Contact(kind="neutral"), cathode=fl.Contact(**contact))
        return float(fl.jv(column, voltages=[voltage]).series["current_density"][0])

    assert current(1e9, 0.2) == pytest.approx(current(None, 0.2), rel=1e-4)
    assert current(1.0, 0.2) == pytest.approx(ELEMENTARY_CHARGE * 1e23 * 1.0, rel=1e-2)


def test_blocking_contact_carries_nothing():
    column = emitter_stack().replace(anode=fl.Contact(kind="blocking"))
    curve = fl.jv(column, voltages=[0.5, 1.5])
    assert np.abs(curve.series["current_density"]).max() < 1e-8
    both = column.replace(cathode=fl.Contact(kind="blocking"))
    with pytest.raises(fl.InputError, match="both contacts are blocking"):
        fl.jv(both, voltages=[1.0])


def test_light_that_is_not_lost_leaves_as_current():
    """At reverse bias a good junction collects q Int G, less what still recombines; the balance is exact."""
    column = selective(radiative_coefficient=1e-20)
    dark = fl.jv(column, voltages=[-0.5]).series["current_density"][0]
    curve = fl.jv(column, voltages=[-0.5], generation=lambda x: np.where((x > 50 * NM) & (x < 150 * NM), 1e27, 0.0))
    collected = -(curve.series["current_density"][0] - dark)
    assert collected == pytest.approx(ELEMENTARY_CHARGE * 1e27 * 100 * NM, rel=1e-4)
    assert curve.series["current_error"][0] < 1e-5


def test_blakemore_is_boltzmann_when_dilute_and_less_when_dense():
    def film(statistics, donors):
        return fl.Column(
            layers=[layer("film", 100, **SILICON, donor_density=donors, statistics=statistics)],
            anode=fl.Contact(kind="neutral"),
            cathode=fl.Contact(kind="neutral"),
        )

    for donors, dense in ((1e20, False), (2e25, True)):
        for statistics in ("boltzmann", "blakemore"):
            column = film(statistics, donors)
            curve = fl.jv(column, voltages=[0.01])
            ohm = ELEMENTARY_CHARGE * donors * 0.1 * 0.01 / 1e-7
            assert curve.series["current_density"][0] == pytest.approx(ohm, rel=1e-3)
            assert bool(curve.warnings) == (dense and statistics == "boltzmann")
    eta = np.log(1 / (2.8 / 2.0 - 0.27))
    potential = fl.relax_ions(film("blakemore", 2e25), voltage=0.0).potential[0]
    assert potential == pytest.approx(-4.05 + VT * eta, abs=1e-6)


@pytest.mark.parametrize(
    "seed", [*range(100, 106), *(pytest.param(n, marks=pytest.mark.slow) for n in range(106, 160))]
)
def test_random_columns_converge(seed):
    """From equilibrium to -1 V and to 8 V or 1 kA/cm2, layers up to 500 nm, with ions at rest in every other one.

    Their contact currents are equal to 1e-8 above 10 A/m2 and to 1e-5 A/m2 below.
    """
    rng = np.random.default_rng(seed)
    statistics = ("boltzmann", "blakemore")[seed % 3 == 0]
    column = random_column(rng, ions=seed % 2 == 0, statistics=statistics, thickest=500)
    try:
        curve = fl.jv(column, voltages=[-1.0, *np.arange(0.0, 8.1, 0.5)], mesh=50)
    except fl.ConvergenceError as error:
        curve = error.finished
        assert curve.series["current_density"].max() > 1e7
    currents, errors = curve.series["current_density"], curve.series["current_error"]
    assert np.isfinite(currents).all()
    assert (errors <= np.where(np.abs(currents) > 10.0, 1e-8 * np.abs(currents), 1e-5)).all()


def test_a_state_is_foreseen_from_those_before():
    """41 points in 123 Newton steps; along the secant alone 141."""
    curve = fl.jv(emitter_stack(), voltages=np.linspace(0, 4, 41))
    assert curve.cost.factorisations < 132


def test_failure_names_the_bias_and_keeps_what_was_finished(monkeypatch):
    from femled.solve import dead_ends

    real = dead_ends.iterate

    def failing(problem, *, limit=60):
        if problem.space.voltage > 1.0:
            raise fl.ConvergenceError(time=None, step=None, block="carriers", reason="made to", advice="stop")
        return real(problem, limit=limit)

    monkeypatch.setattr(dead_ends, "iterate", failing)
    with pytest.raises(fl.ConvergenceError, match=r'at V = 1\.\d+ V in block "carriers"') as failure:
        fl.jv(emitter_stack(), voltages=[0.0, 0.5, 2.0])
    assert failure.value.finished.series["voltage"].tolist() == [0.0, 0.5]


def test_long_steps_end_where_short_ones_do():
    """Equilibrium to 5 V in steps of 1 V, or of 0.25 V: the same state."""
    column = emitter_stack()
    spaces = [CarrierSpace(column, column_mesh(column, 50)) for _ in range(2)]
    paths = [SteadyPath(space) for space in spaces]
    paths[0].go(5.0)
    for voltage in np.arange(0.25, 5.1, 0.25):
        paths[1].go(float(voltage))
    assert currents(spaces[0]).total == pytest.approx(currents(spaces[1]).total, rel=1e-8)


def test_curve_can_be_drawn_saved_and_read_back(tmp_path):
    curve = fl.jv(emitter_stack(), voltages=[2.0, 0.0, 1.0], mesh=20)
    axes = curve.plot().axes[0]
    assert axes.get_yscale() == "log"
    assert [line.get_label() for line in axes.lines] == ["total", "light", "traps"]
    again = fl.Result.load(curve.save(tmp_path / "curve"))
    assert again.series["current_density"].tolist() == curve.series["current_density"].tolist()
    assert again.inputs["column"]["temperature"] == "300 K"
    assert "a column" in repr(again)


def test_curve_refuses_what_it_cannot_do():
    column = emitter_stack()
    for options, text in (
        ({"voltages": []}, "empty list"),
        ({"voltages": [1e4]}, "voltages 10000 V is outside"),
        ({"voltages": [1.0], "mesh": "finer"}, 'no mesh named "finer"'),
        ({"voltages": [1.0], "mesh": 2}, "neither"),
        ({"voltages": [1.0], "generation": lambda x: x * np.nan}, "not finite"),
    ):
        with pytest.raises(fl.InputError, match=text):
            fl.jv(column, **options)
    with pytest.raises(fl.InputError, match="str is neither a Pixel nor a Column"):
        fl.jv("kim2018", voltages=[1.0])
