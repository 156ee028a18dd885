"""Guided light in closed form: photons are conserved, short guides do nothing, recycling comes by itself."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femled.materials import load_material
from femled.optics.gain import FreeCarrierGain
from femled.optics.gain_table import gain_table
from femled.optics.guided_light import Guide, GuideTable, amplification, guided_light

LASING = Guide(length=50e-6, modal_loss=5.5e4, gain_confinement=0.82, share=0.4)


@pytest.fixture(scope="module")
def film():
    return FreeCarrierGain(load_material("fa_cs_perovskite").gain.law)


@pytest.mark.parametrize("z", [-500.0, -31.0, -29.0, -0.51, -0.49, -1e-9, 1e-5, 0.49, 0.51, 29.0, 31.0, 700.0])
def test_amplification_is_exact_for_any_gain_times_length(z):
    """With forty digits beside it: 1e-13 is round-off of the largest, on both sides of every seam."""
    with mp.workdps(40):
        grown = mp.exp(mp.mpf(z)) - 1
        expected = mp.log(grown / z), mp.log((grown - z) / mp.mpf(z) ** 2)
    assert [float(part[0]) for part in amplification(np.array([z]))] == pytest.approx(
        [float(one) for one in expected], rel=1e-14, abs=1e-13
    )


def test_without_gain_the_light_inside_is_half_the_length():
    """(M - 1)/G -> L/2 (1 + z/3): the limit of G -> 0."""
    for z in (0.0, 1e-4):
        out, inside = amplification(np.array([z]))
        assert np.exp(inside)[0] == pytest.approx((1 + z / 3) / 2, rel=1e-8)
        assert np.exp(out)[0] == pytest.approx(1 + z / 2, rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-6, 1e-3), st.floats(0.0, 1e5), st.floats(0.05, 1.2), st.floats(0.01, 1.0), st.floats(60.0, 350.0))
def test_photons_are_conserved(length, loss, confinement, share, temperature):
    """edge + lost = beta R_sp + R_st, each integrated by itself: 1e-12 of the largest of the four."""
    film = FreeCarrierGain(load_material("fa_cs_perovskite").gain.law)
    guide = Guide(length=length, modal_loss=loss, gain_confinement=confinement, share=share)
    state = film.at(temperature=temperature, electron_density=10.0 ** np.linspace(20, 24.3, 8))
    light = guided_light(state, guide)
    made, gone = light.spontaneous + light.stimulated, light.edge + light.lost
    scale = np.maximum.reduce([light.spontaneous, np.abs(light.stimulated), light.edge, light.lost])
    assert np.all(np.abs(made - gone) <= 1e-12 * scale)
    assert light.spontaneous == pytest.approx(share * state.radiative_rate(), rel=1e-12)


def test_a_short_guide_lets_everything_out(film):
    """M -> 1 and R_st -> 0 with L, in proportion to it."""
    state = film.at(temperature=77.0, electron_density=[1e23, 1e24])
    short, shorter = (guided_light(state, LASING.replace(length=length)) for length in (1e-8, 1e-9))
    assert shorter.edge == pytest.approx(shorter.spontaneous, rel=2e-3)
    assert short.stimulated / shorter.stimulated == pytest.approx(10.0, rel=0.02)


def test_light_is_recycled_below_transparency_and_takes_carriers_above(film):
    """R_st < 0 where the film absorbs its own light, and never more of it than was guided."""
    few, many = (film.at(temperature=77.0, electron_density=n) for n in (1e22, 2e24))
    assert -1 < (guided_light(few, LASING).stimulated / guided_light(few, LASING).spontaneous)[0] < -0.2
    assert guided_light(many, LASING).stimulated[0] > guided_light(many, LASING).spontaneous[0]


def test_table_of_a_guide_is_its_closed_form_and_conserves_photons(film):
    """Between the points, up to a hundredfold amplification: 1e-4, photons to 1e-13; the slope is the derivative."""
    table = GuideTable(gain_table(film, temperature=77.0, hottest=160.0), LASING)
    n, hot = np.geomspace(1.3e20, 1.3e24, 25), 83.0
    light = guided_light(film.at(temperature=77.0, electron_density=n, carrier_temperature=hot), LASING)
    own, slope = table.rates(n, np.full(25, hot))
    assert own.edge == pytest.approx(light.edge, rel=1e-4)
    assert own.lost == pytest.approx(light.lost, rel=1e-4)
    assert np.all(np.abs(own.edge + own.lost - own.spontaneous - own.stimulated) <= 1e-13 * (own.edge + own.lost))
    above, below = (table.rates(n * (1 + side), np.full(25, hot))[0].stimulated for side in (1e-5, -1e-5))
    assert slope == pytest.approx((above - below) / (2e-5 * n), rel=1e-5)
