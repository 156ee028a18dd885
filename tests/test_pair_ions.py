"""Vacancy-interstitial pairs at rest against the symmetric layer of Gouy and Chapman, and what they conserve."""

import numpy as np
import pytest

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.domain.column_mesh import column_mesh
from femled.experiments.carrier_state import frozen_ions
from femled.materials import MobileIon
from femled.physics.ions import RestingIons
from femled.solve.carriers import CarrierSpace

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
NM = 1e-9
C_I = 5e23
PEROVSKITE = {
    "relative_permittivity": 24,
    "conduction_band_ev": -3.8,
    "valence_band_ev": -5.4,
    "conduction_band_density": 3e24,
    "valence_band_density": 2.5e24,
    "electron_mobility": 5e-5,
    "hole_mobility": 3e-5,
    "radiative_coefficient": 4e-16,
}
DEBYE = np.sqrt(24 * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE * VT / (2 * C_I))
"""[m] of c_i of either sign."""


def pairs(charge=1, density=C_I):
    return MobileIon(name="vacancy", charge=charge, mean_density=density, diffusivity=1e-15, kind="pair")


def film(*ions, thickness=100.0):
    material = fl.Semiconductor(**PEROVSKITE, ions=ions)
    contact = fl.Contact(kind="blocking")
    return fl.Column(
        layers=[fl.Layer(name="film", thickness=thickness * NM, material=material)], anode=contact, cathode=contact
    )


def net(state, name="film.vacancy", c_i=C_I):
    """[1/m3] c_V - c_I along the film."""
    vacancies = state.ion_density[name]
    return vacancies - c_i**2 / vacancies


@pytest.mark.parametrize("voltage", [0.02, 0.2, 0.4])
@pytest.mark.parametrize("charge", [1, -1])
def test_pairs_screen_as_gouy_and_chapman(voltage, charge):
    """tanh(y/4) = tanh(y_0/4) exp(-x/lambda), y_0 = V/(2 V_T) at the anode, lambda^2 = eps V_T/(2 q c_i).

    The film is 17 lambda thick. What was c_i everywhere stays c_i in the middle: pairs appear where layers need them.
    Half of the film holds sigma = 2 sqrt(2 eps k T c_i) sinh(y_0/2) of either sign; 1600 cells
    resolve the face, where y is 8 at 0.4 V, to 2e-3.
    """
    state = fl.relax_ions(film(pairs(charge)), voltage=voltage, mesh=1600)
    x, y_0 = state.position, voltage / 2 / VT
    y = charge * np.log(state.ion_density["film.vacancy"] / C_I)
    exact = -4 * np.arctanh(np.tanh(y_0 / 4) * np.exp(-x / DEBYE))
    half = x < 50 * NM
    assert y[half] == pytest.approx(exact[half], abs=2e-3 * y_0)
    assert state.ion_density["film.vacancy"][np.argmin(np.abs(x - 50 * NM))] == pytest.approx(C_I, rel=1e-6, abs=0)
    sigma = 2 * np.sqrt(2 * 24 * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE * VT * C_I) * np.sinh(y_0 / 2)
    assert -charge * np.trapezoid(net(state)[half], x[half]) == pytest.approx(sigma, rel=1e-2, abs=0)


@pytest.mark.parametrize("charge", [1, -2])
def test_level_leaves_the_layer_without_net_charge(charge):
    """Int sinh y = 0 to round-off over 8 V of an uneven potential, and it is what `held` makes of any profile."""
    weights = np.linspace(0.3, 1.1, 100)
    law = RestingIons(pairs(charge), weights, VT)
    potential = np.linspace(-2, 6, 100) ** 3 / 30
    density = law.density(potential, law.level(potential))
    assert abs(weights @ law.net(density)) < 1e-12 * (weights @ law.total(density))
    bent = density * np.linspace(0.5, 3.0, 100)
    assert abs(weights @ law.net(law.held(bent))) < 1e-12 * (weights @ law.total(bent))
    assert law.held(bent) / bent == pytest.approx(np.full(100, (law.held(bent) / bent)[0]), rel=1e-12, abs=0)


def test_frozen_pairs_are_neutral_as_a_whole_on_any_mesh():
    """Interpolated profiles are scaled: no charge is left in the layer, to 1e-12 of either sign, nor ions lost."""
    for one in (pairs(), MobileIon(name="vacancy", charge=1, mean_density=C_I, diffusivity=1e-15)):
        column = led(one)
        state = fl.relax_ions(column, voltage=1.0, mesh=60)
        space = CarrierSpace(column, column_mesh(column, 83))
        charge = frozen_ions(space, state).charge * (space.mesh.sizes / 2)[:, None]
        assert abs(charge.sum()) < 1e-12 * np.abs(charge).sum()


def test_charge_and_number_of_pairs_are_sinh_and_cosh():
    """net = 2 c_i sinh y, total = 2 c_i cosh y = sqrt(net^2 + 4 c_i^2), and the susceptibility is the derivative."""
    law = RestingIons(pairs(), np.ones(11), VT)
    y = np.linspace(-5, 5, 11)
    density = law.density(-y * VT, 0.0)
    c_i = C_I / 1e24
    assert law.net(density) == pytest.approx(2 * c_i * np.sinh(y), rel=1e-12, abs=1e-15)
    assert law.total(density) == pytest.approx(2 * c_i * np.cosh(y), rel=1e-12, abs=0)
    assert law.total(density) == pytest.approx(np.sqrt(law.net(density) ** 2 + 4 * c_i**2), rel=1e-12, abs=0)
    step = 1e-6
    change = law.net(law.density(-(y + step) * VT, 0.0)) - law.net(law.density(-(y - step) * VT, 0.0))
    assert law.susceptibility(density) == pytest.approx(change / (2 * step), rel=1e-8, abs=0)


def test_few_pairs_in_a_thick_film_are_two_independent_species():
    """Where the layers take little of the inventory, pairs and two species of c_i each agree: 1 % of it at 10 mV."""
    both = [
        MobileIon(name=name, charge=z, mean_density=C_I, diffusivity=1e-15, counter_charge="mobile")
        for name, z in (("vacancy", 1), ("interstitial", -1))
    ]
    one = fl.relax_ions(film(pairs(), thickness=400), voltage=0.01)
    two = fl.relax_ions(film(*both, thickness=400), voltage=0.01)
    charge = two.ion_density["film.vacancy"] - two.ion_density["film.interstitial"]
    assert net(one) == pytest.approx(charge, abs=1e-2 * np.abs(charge).max())


def led(*ions):
    transport = PEROVSKITE | {"relative_permittivity": 4, "electron_mobility": 1e-6, "hole_mobility": 1e-6}
    htl = fl.Semiconductor(**(transport | {"conduction_band_ev": -2.3, "valence_band_ev": -5.3}))
    etl = fl.Semiconductor(**(transport | {"conduction_band_ev": -3.7, "valence_band_ev": -6.2}))
    emitter = fl.Semiconductor(**PEROVSKITE, ions=ions)
    return fl.Column(
        layers=[
            fl.Layer(name="htl", thickness=25 * NM, material=htl),
            fl.Layer(name="emitter", thickness=70 * NM, material=emitter),
            fl.Layer(name="etl", thickness=60 * NM, material=etl),
        ],
        anode=fl.Contact(work_function_ev=-5.1),
        cathode=fl.Contact(work_function_ev=-3.85),
    )


@pytest.mark.parametrize("voltage", [0.0, 3.0])
def test_a_device_keeps_its_pairs_neutral_as_a_whole(voltage):
    """The net number in the layer by an independent sum over the profile, against what sits on one side: 1e-10."""
    state = fl.relax_ions(led(pairs()), voltage=voltage)
    inside = state.ion_density["emitter.vacancy"] > 0
    x, c = state.position[inside], state.ion_density["emitter.vacancy"][inside]
    charge = c - C_I**2 / c
    assert abs(np.trapezoid(charge, x)) < 1e-10 * np.trapezoid(np.abs(charge), x)
    assert np.abs(charge).max() > 1e23


def test_frozen_pairs_change_nothing_where_they_were_relaxed_and_something_elsewhere():
    """Also on another mesh, where they are made neutral again: second order of both, 1 %."""
    column = led(pairs())
    state = fl.relax_ions(column, voltage=1.0)
    relaxed = fl.jv(column, voltages=[1.0, 2.0]).series["current_density"]
    frozen = fl.jv(column, voltages=[1.0, 2.0], ions=state).series["current_density"]
    bare = fl.jv(column, voltages=[1.0, 2.0], ions="none").series["current_density"]
    other = fl.jv(column, voltages=[2.0], ions=state, mesh=150).series["current_density"]
    assert frozen[0] == pytest.approx(relaxed[0], rel=1e-6, abs=0)
    assert abs(frozen[1] / relaxed[1] - 1) > 1e-2
    assert abs(bare[1] / relaxed[1] - 1) > 1e-3
    assert other[0] == pytest.approx(frozen[1], rel=1e-2, abs=0)


def test_pairs_that_move_end_where_pairs_rest_and_stay_neutral_as_a_whole():
    """After 100 s, some hundred times lambda L/(2 D), the profile is that of `relax_ions`: 1e-3."""
    column = film(pairs(), thickness=50)
    done = fl.transient(column, voltage=0.3, until=100.0, at=[100.0], carriers=False, mesh=60)
    rest = fl.relax_ions(column, voltage=0.3, mesh=60)
    moved = done.series["film_vacancy_density"][-1]
    assert moved == pytest.approx(rest.ion_density["film.vacancy"], rel=1e-3, abs=0)
    assert done.balance.supplied == pytest.approx(C_I * 50 * NM, rel=1e-9, abs=0)
    assert abs(done.balance.defect) < 1e-9


def test_pairs_charge_a_film_as_two_species_do_while_the_voltage_is_small():
    """Linear in V, the net density obeys one equation, D (rho'' - rho/lambda^2), in both pictures.

    At V_T/5 the difference is of second order, V^2: 1 % of the charge that has gone onto the electrode.
    """
    both = [
        MobileIon(name=name, charge=z, mean_density=C_I, diffusivity=1e-15, counter_charge="mobile")
        for name, z in (("vacancy", 1), ("interstitial", -1))
    ]
    at = [0.01, 0.03, 0.1, 0.3, 3.0]
    one, two = (
        fl.transient(film(*ions), voltage=VT / 5, until=3.0, at=at, carriers=False, mesh=60).series["electrode_charge"][
            :, 0
        ]
        for ions in ((pairs(),), both)
    )
    geometric = 24 * VACUUM_PERMITTIVITY * VT / 5 / (100 * NM)
    assert one[-1] > 3 * geometric
    assert one - geometric == pytest.approx(two - geometric, rel=1e-2, abs=0)
