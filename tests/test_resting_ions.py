"""Ions at rest against Gouy-Chapman layers with and without a site limit, and their exact inventory."""

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
PEROVSKITE = {
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


def film(*ions, thickness=200.0, kind="blocking"):
    material = fl.Semiconductor(**PEROVSKITE, ions=ions)
    return fl.Column(
        layers=[fl.Layer(name="film", thickness=thickness * NM, material=material)],
        anode=fl.Contact(kind=kind),
        cathode=fl.Contact(kind=kind),
    )


def ion(charge=1, density=5e24, **fields):
    return MobileIon(name="vacancy", charge=charge, mean_density=density, diffusivity=1e-15, **fields)


def charge_of_half(state, species):
    """[1/m2] excess of ions in the half of the film at the anode."""
    half = state.position <= state.position[-1] / 2
    excess = state.ion_density["film.vacancy"] - species.mean_density
    x = np.append(state.position[half], state.position[-1] / 2)
    values = np.append(excess[half], np.interp(state.position[-1] / 2, state.position, excess))
    return np.trapezoid(values, x)


@pytest.mark.parametrize("site_density", [None, 5e25, 1e25])
@pytest.mark.parametrize("charge", [1, -1])
@pytest.mark.parametrize("voltage", [0.02, 0.3, 1.0])
def test_space_charge_of_ions_is_that_of_gouy_and_chapman(site_density, charge, voltage):
    """One species and a uniform counter-charge between blocking electrodes, both layers thin against the film.

    sigma^2 = 2 eps k T c_0 G(y),  G = ln(1 - theta + theta e^y)/theta - y  (theta -> 0: e^y - 1 - y)

    on both sides, with y = a where ions pile up and y = -b where they leave, a + b = V/V_T, G(a) = G(-b)
    (borukhov1997). 400 cells in 200 nm leave 1 % in the Boltzmann layer, of 0.1 nm at 1 V.
    """
    species = ion(charge, site_density=site_density)
    theta, c0 = species.filling, species.mean_density

    def energy(y):
        return np.expm1(y) - y if theta == 0 else np.log1p(theta * np.expm1(y)) / theta - y

    low, high = 0.0, voltage / VT
    for _ in range(200):
        a = (low + high) / 2
        low, high = (a, high) if energy(a) < energy(a - voltage / VT) else (low, a)
    sigma = np.sqrt(2 * 24 * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE * VT * c0 * energy(a))
    state = fl.relax_ions(film(species), voltage=voltage, mesh=400)
    assert -charge * charge_of_half(state, species) == pytest.approx(sigma, rel=1e-2)
    assert state.electron_density.max() == state.hole_density.max() == 0.0
    middle = np.interp(state.position[-1] / 2, state.position, state.potential)
    towards = (state.potential[-1], state.potential[0])[charge < 0]
    assert abs(middle - towards) == pytest.approx(a * VT, rel=0.02)


def test_two_species_that_balance_each_other_are_mirror_images():
    """Vacancies and interstitials without counter-charge: sinh, the symmetric Gouy-Chapman layer.

    sigma = 2 sqrt(2 eps k T c_0) sinh(V/4 V_T) of each half, c_0 what the layers at the faces leave in the middle: a
    tenth of the inventory has gone there.
    """
    pair = [
        MobileIon(name=name, charge=z, mean_density=2e24, diffusivity=1e-15, counter_charge="mobile")
        for name, z in (("vacancy", 1), ("interstitial", -1))
    ]
    voltage = 0.2
    state = fl.relax_ions(film(*pair, thickness=400), voltage=voltage, mesh=400)
    right = state.position >= state.position[-1] / 2
    plus, minus = state.ion_density["film.vacancy"], state.ion_density["film.interstitial"]
    sigma = np.trapezoid((plus - minus)[right], state.position[right])
    eps = 24 * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE
    left = np.interp(state.position[-1] / 2, state.position, plus)
    assert 0.85 * 2e24 < left < 0.97 * 2e24
    assert sigma == pytest.approx(2 * np.sqrt(2 * eps * VT * left) * np.sinh(voltage / 4 / VT), rel=2e-3)
    assert plus == pytest.approx(minus[::-1], rel=1e-6)


@pytest.mark.parametrize("site_density", [None, 1e25])
def test_level_holds_the_inventory_exactly(site_density):
    """Over 8 V of potential, for both signs."""
    weights, potential = np.full(100, 0.7), np.linspace(-4, 4, 100)
    for charge in (1, -2):
        law = RestingIons(ion(charge, site_density=site_density), weights, VT)
        density = law.density(potential, law.level(potential))
        assert weights @ density == pytest.approx(law.mean * weights.sum(), rel=1e-12)


@pytest.mark.parametrize("voltage", [-1.0, 0.0, 2.0, 4.0])
def test_a_device_keeps_its_ions(voltage):
    """The mean density of the layer, by an independent sum over the profile, to 1e-10."""
    species = ion(site_density=1e28)
    column = led(species)
    state = fl.relax_ions(column, voltage=voltage)
    inside = state.ion_density["emitter.vacancy"] > 0
    x, c = state.position[inside], state.ion_density["emitter.vacancy"][inside]
    assert np.trapezoid(c, x) == pytest.approx(5e24 * 70 * NM, rel=1e-10)
    assert x.min() == pytest.approx(25 * NM)
    assert x.max() == pytest.approx(95 * NM)


def led(*species):
    transport = PEROVSKITE | {"relative_permittivity": 4, "electron_mobility": 1e-6, "hole_mobility": 1e-6}
    htl = fl.Semiconductor(**(transport | {"conduction_band_ev": -2.3, "valence_band_ev": -5.3}))
    etl = fl.Semiconductor(**(transport | {"conduction_band_ev": -3.7, "valence_band_ev": -6.2}))
    emitter = fl.Semiconductor(**PEROVSKITE, ions=species)
    return fl.Column(
        layers=[
            fl.Layer(name="htl", thickness=25 * NM, material=htl),
            fl.Layer(name="emitter", thickness=70 * NM, material=emitter),
            fl.Layer(name="etl", thickness=60 * NM, material=etl),
        ],
        anode=fl.Contact(work_function_ev=-5.1),
        cathode=fl.Contact(work_function_ev=-3.85),
    )


def test_ions_frozen_where_they_were_relaxed_change_nothing_there_and_something_elsewhere():
    column = led(ion(site_density=1e28))
    state = fl.relax_ions(column, voltage=1.0)
    relaxed = fl.jv(column, voltages=[1.0, 2.0]).series["current_density"]
    frozen = fl.jv(column, voltages=[1.0, 2.0], ions=state).series["current_density"]
    bare = fl.jv(column, voltages=[1.0, 2.0], ions="none").series["current_density"]
    assert frozen[0] == pytest.approx(relaxed[0], rel=1e-6)
    assert abs(frozen[1] / relaxed[1] - 1) > 1e-2
    assert abs(bare[1] / relaxed[1] - 1) > 1e-3


def frozen_charge(column, state, count):
    space = CarrierSpace(column, column_mesh(column, count))
    return space, frozen_ions(space, state)


@pytest.mark.parametrize("count", [80, 100, 160, 333])
def test_frozen_ions_keep_their_number_and_their_place_on_any_mesh(count):
    """Inventory to 1e-12, two species in one layer; no ion leaves its part of the layer, the middle stays neutral.

    Up to any point the charge is the old one, to 5e-3 of all that have moved (the mean over a new cell).
    """
    species = [
        ion(1, 2e24, site_density=1e27),
        MobileIon(name="anion", charge=-2, mean_density=4e23, diffusivity=1e-16),
    ]
    column = led(*species)
    state = fl.relax_ions(column, voltage=0.5, mesh=160)
    (old, before), (new, after) = (frozen_charge(column, state, n) for n in (160, count))
    for space, fixed in ((old, before), (new, after)):
        assert abs((fixed.charge.mean(axis=1) * space.mesh.sizes).sum()) < 1e-12 * 2 * 70

    def passed(space, fixed, x):
        order = np.argsort(space.mesh.corners.mean(axis=1))
        cells = (fixed.charge.mean(axis=1) * space.mesh.sizes)[order]
        return np.interp(x, np.sort(space.position), np.append(0.0, np.cumsum(cells)))

    x = np.linspace(25, 95, 15)
    scale = np.abs(passed(old, before, np.sort(old.position))).max()
    assert passed(new, after, x) == pytest.approx(passed(old, before, x), abs=5e-3 * scale)
    if count == 160:
        assert (after.charge == before.charge).all()


def test_frozen_ions_may_move_to_another_mesh_and_back():
    """J at 2 V after relaxing at 0 V: the errors of second order of the coarser mesh, 4e-4 at 100 cells."""
    column = led(ion(site_density=1e28))
    coarse, fine = (fl.relax_ions(column, voltage=0.0, mesh=n) for n in (100, 400))
    exact = fl.jv(column, voltages=[2.0], ions=fine, mesh=400).series["current_density"][0]
    for state, mesh in ((coarse, 100), (coarse, 400), (fine, 100), (coarse, 150)):
        current = fl.jv(column, voltages=[2.0], ions=state, mesh=mesh).series["current_density"][0]
        assert current == pytest.approx(exact, rel=2e-3)


def test_without_ions_means_without_counter_charge():
    """The curve is that of a column that never had ions."""
    with_ions, without = led(ion()), led()
    ours = fl.jv(with_ions, voltages=[1.0, 2.0], ions="none").series["current_density"]
    assert ours == pytest.approx(fl.jv(without, voltages=[1.0, 2.0]).series["current_density"], rel=1e-10)


def test_state_of_another_column_is_refused():
    state = fl.relax_ions(led(ion()), voltage=0.0)
    with pytest.raises(fl.InputError, match="belongs to a column with other layers or ions"):
        fl.jv(led(), voltages=[1.0], ions=state)
    with pytest.raises(fl.InputError, match=r'neither "relaxed", "none", .*nor a state'):
        fl.jv(led(), voltages=[1.0], ions="moving")


def test_every_species_of_every_layer_keeps_its_number():
    """Two layers side by side, two species in one of them; the electric field at both contacts closes the balance.

    Gauss: eps (E(L) - E(0)) is the charge of ions, counter-charge and carriers together; the blocked film has none but
    the ions', so that both end fields are equal.
    """
    species = [
        ion(1, 2e24, site_density=1e27),
        MobileIon(name="anion", charge=-2, mean_density=4e23, diffusivity=1e-16),
    ]
    materials = [fl.Semiconductor(**PEROVSKITE, ions=species), fl.Semiconductor(**PEROVSKITE, ions=[ion(1, 7e24)])]
    layers = [fl.Layer(name=name, thickness=80 * NM, material=m) for name, m in zip("ab", materials, strict=True)]
    contact = fl.Contact(kind="blocking")
    state = fl.relax_ions(fl.Column(layers=layers, anode=contact, cathode=contact), voltage=0.5)
    x = state.position
    for name, mean in (("a.vacancy", 2e24), ("a.anion", 4e23), ("b.vacancy", 7e24)):
        inside = state.ion_density[name] > 0
        assert np.trapezoid(state.ion_density[name][inside], x[inside]) == pytest.approx(mean * 80 * NM, rel=1e-10)
    first, last = (np.diff(state.potential)[i] / np.diff(x)[i] for i in (0, -1))
    eps = 24 * VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE
    near = sum(
        z * (state.ion_density[f"a.{name}"][0] - c) for name, z, c in (("vacancy", 1, 2e24), ("anion", -2, 4e23))
    )
    far = state.ion_density["b.vacancy"][-1] - 7e24
    half = np.diff(x)[[0, -1]] / 2
    assert eps * first + half[0] * near == pytest.approx(eps * last - half[1] * far, rel=1e-9)


def test_inventory_that_nothing_can_answer_is_no_convergence():
    """All ions at their site limit, or none left: D = Sum w c' = 0 and no potential moves them, whatever B is."""
    from femled.domain.column_mesh import column_mesh
    from femled.solve.carriers import CarrierSpace
    from femled.solve.ions import RestingSpecies, species_of

    column = led(ion())
    space = CarrierSpace(column, column_mesh(column, 10))
    species = species_of(column, space.mesh, space.cell_nodes, space.vt)
    resting = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
    resting.densities = [np.zeros(one.corners.size) for one in species]
    with pytest.raises(fl.ConvergenceError, match=r'block "ions" \(singular matrix of the inventories\)'):
        resting.answer(np.ones(space.u.size), np.zeros_like, np.zeros(0, dtype=np.int64))
