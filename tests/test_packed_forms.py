"""Data of forms that are packed once and followed, and the law of crowded ions that steps with old factors take."""

import numpy as np
import pytest

import femled as fl
from femled.domain.column_mesh import column_mesh
from femled.experiments.carrier_run import moving_space
from femled.materials import MobileIon
from femled.physics.ions import RestingIons
from femled.solve.carriers import CarrierSpace
from femled.solve.forms import fem
from femled.solve.packed import Packed
from femled.solve.steady import SteadyPath

VT = 0.0257


def film_with_ions(**traps):
    ions = (MobileIon(name="vacancy", charge=1, mean_density=1e24, diffusivity=1e-15),)
    film = fl.Semiconductor(
        relative_permittivity=20.0,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=1e25,
        valence_band_density=1e25,
        electron_mobility=1e-5,
        hole_mobility=1e-5,
        radiative_coefficient=1e-16,
        srh_electron_lifetime=1e-7,
        srh_hole_lifetime=1e-7,
        ions=ions,
        **traps,
    )
    anode, cathode = (fl.Contact(work_function_ev=level) for level in (-5.2, -4.0))
    layer = fl.Layer(name="film", thickness=60e-9, material=film)
    return fl.Column(layers=[layer], anode=anode, cathode=cathode)


def test_packed_data_follow_every_change_of_their_functions():
    """Assembled from followed and from freshly packed data: the same kernels on the same numbers, equal exactly."""
    space, random = moving_space(film_with_ions(), 8), np.random.default_rng(1)
    space.bias(0.0)
    packed = [space._residual, *space._rates.values()]
    for _ in range(3):
        space.u[:] = 0.1 * random.standard_normal(space.u.shape) - [4.6, 0, 0, 4.6]
        for function in (space.charge, space.growth_n, space.growth_p, space.traps):
            function.put(random.random(space.cell_nodes.shape))
        for constant in space._growth.values():
            constant.value = random.random()
        for one in packed:
            constants, coefficients = one.now()
            if one is space._residual:
                followed, fresh = np.zeros(space.u.size), np.zeros(space.u.size)
                fem.assemble_vector(followed, one.form, constants, coefficients)
                fem.assemble_vector(fresh, one.form)
                assert np.abs(fresh).max() > 0
                assert np.array_equal(followed, fresh)
            else:
                assert fem.assemble_scalar(one.form, constants, coefficients) == fem.assemble_scalar(one.form)


@pytest.mark.parametrize(
    "ion",
    [
        MobileIon(name="vacancy", charge=1, mean_density=1e24, diffusivity=1e-15),
        MobileIon(name="vacancy", charge=1, mean_density=1e24, diffusivity=1e-15, site_density=3e24),
        MobileIon(name="vacancy", charge=1, mean_density=1e24, diffusivity=1e-15, kind="pair"),
    ],
    ids=["dilute", "crowded", "pairs"],
)
def test_logarithm_of_the_susceptibility_is_that_of_the_slope_of_the_density(ion):
    """Against central differences of `net` in y with a step of 1e-4, good to 1e-8; up to a constant."""
    law, y = RestingIons(ion, np.ones(41), VT), np.linspace(-8.0, 8.0, 41)
    above, below = (law.net(law.density(-ion.charge * (y + step) * VT, 0.0)) for step in (1e-4, -1e-4))
    away = law.log_susceptibility(y) - np.log((above - below) / 2e-4)
    assert np.ptp(away) < 1e-6


def test_susceptibility_has_a_logarithm_where_no_site_is_free():
    """At y = 300 the density is that of the sites to the last digit, its slope falls as exp(-y)."""
    ion = MobileIon(name="vacancy", charge=1, mean_density=1e24, diffusivity=1e-15, site_density=3e24)
    values = RestingIons(ion, np.ones(2), VT).log_susceptibility(np.array([300.0, 301.0]))
    assert values[1] - values[0] == pytest.approx(-1.0, rel=1e-9)


def trapping_column():
    """One with ions, traps that they make, and those hold charge."""
    law = fl.IonTraps(capture_coefficient=3e-17)
    return film_with_ions(trap_density=1e22, trap_charge="donor", ion_traps=law)


class Followed(Packed):
    """Packed data that are compared with freshly packed ones whenever a form asks for them."""

    asked = 0

    def __init__(self, *made):
        super().__init__(*made)
        self._made = made

    def now(self):
        found = super().now()
        assert np.array_equal(self._table, Packed(*self._made)._table)
        Followed.asked += 1
        return found


def moved_by_a_transient(column):
    pulse = fl.Sampled(times=[0.0, 1e-7, 2e-7], values=[1.0, 2.0, 0.5])
    fl.transient(column, voltage=pulse, until=1e-6, generation=lambda x: 1e27 + 0 * x, mesh=6)


def held_and_seen_from_near(column):
    fl.jv(column, voltages=[0.5, 1.0], mesh=6)
    fl.admittance(column, voltage=1.0, frequencies=[1e2, 1e6], mesh=6)


def warmed(column):
    layers = [one.replace(material=one.material.replace(ions=(), ion_traps=None)) for one in column.layers]
    space = CarrierSpace(column.replace(layers=layers), column_mesh(column, 6))
    for temperature in (300.0, 330.0):
        space.set_temperature(temperature)
        SteadyPath(space).go(1.0)


@pytest.mark.parametrize("use", [moved_by_a_transient, held_and_seen_from_near, warmed])
def test_no_form_reads_stale_data(use, monkeypatch):
    """Whatever steps, curves, spectra and another temperature change is seen by every form at once, exactly.

    The layer has ions, traps that they make and that hold charge: a function written to without `put` fails here.
    """
    monkeypatch.setattr("femled.solve.carriers.Packed", Followed)
    monkeypatch.setattr(Followed, "asked", 0)
    use(trapping_column())
    assert Followed.asked > 20
