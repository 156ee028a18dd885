"""Where the heat is released: regions, shares of several, and a function of position."""

from dataclasses import replace

import numpy as np
import pytest
from oracles.thermal_stack import pulse_rise
from test_heat_stack import stack_of

from femled import InputError, PulseTrain, heat_pulse, heat_steady, heat_train, load_pixel, thermal_impedance
from femled.drive import Pulse

KW_CM2 = 1e7
PIXEL = load_pixel("kim2018")
TIMES = [0.1e-6, 0.5e-6, 2e-6, 2.5e-6, 10e-6]
BELOW_EMITTER = PIXEL.substrate.thickness + 175e-9


def pulse(source, pixel=PIXEL, **options):
    settings = {"power_density": KW_CM2, "width": 2e-6, "until": 10e-6, "at": TIMES, "linear": True}
    return heat_pulse(pixel, heat_source=source, **(settings | options))


def rise(source, **options):
    return pulse(source, **options).data["emitter_temperature_rise"].values


def mean_rise(run, layer):
    return run.data["layer_temperature"].sel(layer=layer).values - PIXEL.ambient_temperature


@pytest.mark.parametrize("layer", ["poly_tpd", "tpbi"])
def test_heat_in_another_layer_follows_the_quadrupoles(layer):
    """The column with that layer heated and read: mean rise of the layer itself, fine mesh, 1e-4 as in the stack's own
    tests. Heated elsewhere, the 70 nm of perovskite between would change it by 20 % at 0.1 us."""
    run = pulse(layer, resolution="fine", rtol=2e-5, laterally_uniform=True)
    names = [name for name, _ in PIXEL.stack()]
    stack = replace(stack_of(PIXEL), heated=names.index(layer))
    expected = pulse_rise(stack, power_density=KW_CM2, width=2e-6, times=TIMES, digits=14)
    assert mean_rise(run, layer) == pytest.approx(expected, rel=1e-4)
    assert np.abs(rise(layer, laterally_uniform=True)[0] / expected[0] - 1) > 0.05


@pytest.mark.parametrize(("one", "other"), [("mapbi3", "tpbi"), ("mapbi3", "poly_tpd"), ("poly_tpd", "tpbi")])
def test_heating_here_and_reading_there_can_be_exchanged(one, other):
    """Conduction is self-adjoint: the mean rise of B for heat in A is that of A for heat in B.

    Fixed steps would give round-off; they adapt to the emitter's error, hence rtol.
    """
    there = mean_rise(pulse(one, resolution="coarse"), other)
    back = mean_rise(pulse(other, resolution="coarse"), one)
    assert there == pytest.approx(back, rel=2e-4)


def test_shares_add_up_their_regions():
    """Linear: 70 % here and 30 % there is that sum of the two responses. Adaptive steps may differ: rtol."""
    both = rise("mapbi3=0.7, al=30 %", resolution="coarse")
    parts = 0.7 * rise("mapbi3", resolution="coarse") + 0.3 * rise("al", resolution="coarse")
    assert both == pytest.approx(parts, rel=2e-4)
    assert rise({"mapbi3": 0.7, "al": 0.3}, resolution="coarse") == pytest.approx(both, rel=1e-14)


@pytest.mark.parametrize("uniform", [True, False])
def test_function_that_is_one_in_the_emitter_is_the_emitter(uniform):
    """Points of quadrature lie inside elements, so the jump at its faces costs nothing: round-off. Its height is of no
    account: the total is the power."""

    def emitter(r, z):
        return 7.0 * ((z > BELOW_EMITTER) & (z < BELOW_EMITTER + 70e-9) & (r < PIXEL.radius))

    options = {"resolution": "coarse", "laterally_uniform": uniform}
    assert rise(emitter, **options) == pytest.approx(rise("emitter", **options), rel=1e-9)


def test_function_may_be_uneven_across_the_opening():
    """Crowded towards the rim as (r/a)^2: the same power, but cooler on the axis and hotter near the rim.

    Without metal, on glass, heat has come 3 um far in 2 us: at r the rise over the even one is 2 (r/a)^2, that is 0.02
    at r = 10 um and 1.28 at 80 um, to a few (3 um/a)^2 = 1e-3 of which the mean over that distance changes it.
    """
    pixel = load_pixel("elkhouly2024").replace(substrate="glass", diameter=200e-6)
    low, high = pixel.substrate.thickness + 20e-9, pixel.substrate.thickness + 170e-9
    crowded = pulse(lambda r, z: (z > low) * (z < high) * (r < pixel.radius) * r**2, pixel=pixel)
    even = pulse("emitter", pixel=pixel)
    for r, ratio in ((10e-6, 0.02), (80e-6, 1.28)):
        rises = [run.at("temperature", r=r, z=(low + high) / 2).values[2] - 291 for run in (crowded, even)]
        assert rises[0] / rises[1] == pytest.approx(ratio, abs=4e-3)
    assert crowded.balance.supplied == pytest.approx(even.balance.supplied, rel=1e-12)


@pytest.mark.parametrize("geometry", ["planar", "conformal"])
@pytest.mark.parametrize("region", ["emitter", "ito", "al", "insulator", "substrate", "encapsulation"])
def test_power_is_that_of_the_opening_wherever_it_is_released(region, geometry):
    """Supplied = P pi a^2 width, and the balance closes, even where the heat is released on a face that is held."""
    run = pulse(region, pixel=PIXEL.replace(geometry=geometry), resolution="coarse")
    assert run.balance.supplied == pytest.approx(KW_CM2 * PIXEL.opening_area * 2e-6, rel=1e-12)
    assert abs(run.balance.defect) < 1e-8


def test_temperature_dependent_properties_take_the_same_source():
    """77 K pixel, heat in the lower ITO: nonlinear, balanced, and cooler in the emitter than heated there."""
    pixel = load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
    ito, emitter = (
        pulse(source, pixel=pixel, linear=False, resolution="coarse") for source in ("ito_bottom", "emitter")
    )
    assert abs(ito.balance.defect) < 1e-8
    assert 0.5 * emitter.data["emitter_temperature_rise"][2] > ito.data["emitter_temperature_rise"][2] > 0


def test_steady_state_and_trains_take_the_same_source():
    """Z_th(infinity) of the modes, the steady solve, and a very long pulse through the train agree: 1e-6."""
    steady = heat_steady(PIXEL, power_density=KW_CM2, linear=True, heat_source="tpbi", resolution="coarse")
    impedance = thermal_impedance(PIXEL, heat_source="tpbi", resolution="coarse")
    resistance = float(steady.data["thermal_resistance"])
    assert float(impedance.data["thermal_resistance"]) == pytest.approx(resistance, rel=1e-6)
    train = PulseTrain(pulse=Pulse(amplitude=KW_CM2, width=2e-6), period=20e-6, count=2)
    stepped = rise("tpbi", resolution="coarse", at=[2e-6], until=2e-6)
    trained = heat_train(PIXEL, train, heat_source="tpbi", resolution="coarse", at=[2e-6])
    assert trained.data["emitter_temperature_rise"].values == pytest.approx(stepped, rel=1e-3)
    assert rise("emitter", resolution="coarse", at=[2e-6], until=2e-6) != pytest.approx(stepped, rel=1e-2)


def test_inputs_record_where_the_heat_was_released():
    def bump(r, z):
        return np.exp(-(r**2) / 1e-9) * (z > BELOW_EMITTER)

    assert pulse("al", resolution="coarse").inputs["heat_source"] == {"al": 1.0}
    assert pulse("mapbi3=0.7, al=30 %", resolution="coarse").inputs["heat_source"] == {"mapbi3": 0.7, "al": 0.3}
    assert "bump(r, z)" in pulse(bump, resolution="coarse").inputs["heat_source"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("itoo", 'no region named "itoo"; nearest: ito'),
        ("mapbi3=0.7", "shares must add up to 1, got 0.7"),
        ("mapbi3=0.7, mapbi3=0.3", '"mapbi3" is given twice'),
        ("mapbi3=0.7, al", 'write region=share, such as "mapbi3=0.8, ito=0.2"'),
        ("mapbi3=1.7, al=-0.7", "heat_source share of mapbi3"),
        ({}, "is empty"),
        ({"al": float("nan")}, "is not a finite number"),
        (lambda r, z: np.full_like(r, np.nan), "finite values that are not negative"),
        (lambda r, z: -r, "finite values that are not negative"),
        (lambda r, z: 0 * r, "is zero everywhere in the section"),
    ],
)
def test_source_that_cannot_be_is_refused_in_one_line(source, message):
    with pytest.raises(InputError) as refusal:
        pulse(source, resolution="coarse")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
