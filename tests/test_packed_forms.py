"""Data of forms that are packed once and followed, and the law of crowded ions that steps with old factors take."""

import numpy as np
import pytest

import femled as fl
from femled.experiments.carrier_run import moving_space
from femled.materials import MobileIon
from femled.physics.ions import RestingIons
from femled.solve.forms import fem

VT = 0.0257


def space_with_ions():
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
    )
    anode, cathode = (fl.Contact(work_function_ev=level) for level in (-5.2, -4.0))
    layer = fl.Layer(name="film", thickness=60e-9, material=film)
    return moving_space(fl.Column(layers=[layer], anode=anode, cathode=cathode), 8)


def test_packed_data_follow_every_change_of_their_functions():
    """Assembled from followed and from freshly packed data: the same kernels on the same numbers, equal exactly."""
    space, random = space_with_ions(), np.random.default_rng(1)
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
