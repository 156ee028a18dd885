"""What must not change, what must change in proportion, and what must not be crossed, whatever the numbers."""

import numpy as np
import pytest

from femled import heat_pulse, heat_steady, load_material, load_pixel
from femled.domain.axisymmetric import section
from femled.domain.grading import Resolution
from femled.drive import Pulse
from femled.solve.heat_linear import LinearHeat
from femled.solve.heat_nonlinear import NonlinearHeat
from femled.solve.heat_space import HeatSpace
from femled.solve.stepping import StepCounts, march

KW_CM2 = 1e7
TIMES = [0.1e-6, 0.5e-6, 2e-6, 2.1e-6, 4e-6, 22e-6]
PULSE = {"power_density": KW_CM2, "width": 2e-6, "until": 22e-6, "at": TIMES}


def rise(pixel, **options):
    return heat_pulse(pixel, **(PULSE | options)).data["emitter_temperature_rise"].values


def with_layers(pixel, changed):
    """The pixel with some layers replaced by lists of layers."""
    return pixel.replace(layers=tuple(new for layer in pixel.layers for new in changed.get(layer.name, [layer])))


def halves(layer):
    """Two layers of half the thickness, of which the lower keeps the name."""
    half = layer.replace(thickness=layer.thickness / 2)
    return [half, half.replace(name=f"{layer.name}_above")]


@pytest.mark.parametrize(("name", "film"), [("ito", 75e-9), ("poly_tpd", 12.5e-9), ("tpbi", 20e-9), ("lif", 0.6e-9)])
@pytest.mark.parametrize("geometry", ["planar", "conformal"])
def test_splitting_a_film_in_two_changes_nothing(name, film, geometry):
    """Two elements in the film, or one in each half: the same mesh lines, so the same numbers to round-off.

    1e-9: the heights are added up in another order, which moves 1.2 nm of LiF on 1.1 mm of glass by 2e-10 of itself.
    """
    pixel = load_pixel("kim2018").replace(geometry=geometry)
    split = with_layers(pixel, {name: halves(pixel.layer(name))})
    level = Resolution(axial=75e-9, axial_ratio=1.85, radial=200e-9, inner_ratio=3.0, outer_ratio=1.65, film=film)
    assert rise(split, resolution=level) == pytest.approx(rise(pixel, resolution=level), rel=1e-9)


def test_splitting_a_thick_cathode_stays_within_the_mesh_error():
    """1 um of aluminium as one layer, graded from both ends, or as two of 0.5 um on other lines: 1e-4."""
    pixel = load_pixel("kim2018").replace(cathode_thickness=1e-6)
    split = with_layers(pixel, {"al": halves(pixel.layer("al"))})
    assert rise(split) == pytest.approx(rise(pixel), rel=1e-4)


def test_rise_is_proportional_to_the_power_in_the_linear_model():
    """1e-9: the steps do not depend on the power either."""
    pixel = load_pixel("elkhouly2024")
    expected = 37 * rise(pixel, linear=True)
    assert rise(pixel, linear=True, power_density=37 * KW_CM2) == pytest.approx(expected, rel=1e-9)


def test_current_and_voltage_give_the_heat_that_is_not_light():
    """P = J V (1 - wall-plug efficiency)."""
    pixel = load_pixel("kim2018")
    options = {"power_density": None, "current_density": 2e6, "voltage": 10.0, "wall_plug_efficiency": 0.25}
    assert rise(pixel, **options) == pytest.approx(1.5 * rise(pixel), rel=1e-9)


def stepped(problem, **options):
    counts, found = StepCounts(), []
    drive = Pulse(amplitude=KW_CM2, width=2e-6)
    start = np.zeros(problem.space.owned)
    for step in march(problem, start, drive, until=4e-6, rtol=2e-4, base_step=1e-8, counts=counts):
        found.append(step.u2)
    return np.array(found)


def test_nonlinear_solver_equals_the_linear_one_where_properties_are_constant():
    """kim2018 above 295 K has constant properties: the same steps, and fields within the stopping rule of 1e-9."""
    pixel = load_pixel("kim2018")
    domain = section(pixel)
    space = HeatSpace(domain, pixel)
    source = space.indicator("emitter") / pixel.layer("mapbi3").thickness
    linear, nonlinear = (stepped(kind(space, source)) for kind in (LinearHeat, NonlinearHeat))
    assert nonlinear == pytest.approx(linear, rel=1e-6, abs=1e-8 * linear.max())


@pytest.mark.slow
def test_linear_evaluates_every_property_at_the_ambient_temperature():
    """Below 0.1 K of rise both models agree (the 77 K tables change by less than 2 % a kelvin); at 40 K they do not."""
    pixel = load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
    weak = [rise(pixel, linear=linear, power_density=1e5) for linear in (True, False)]
    assert weak[1] == pytest.approx(weak[0], rel=1e-2)
    strong = [rise(pixel, linear=linear, power_density=3e8) for linear in (True, False)]
    assert np.abs(strong[1] / strong[0] - 1).max() > 0.1


@pytest.mark.parametrize("contacts", [None, "5e-8 m2*K/W"])
def test_centre_of_a_very_wide_pixel_is_a_column(contacts):
    """2.6 mm of opening: 0.5 mm from the axis, and from the rim, nothing of the rim is felt within 22 us.

    1e-4 is what single values of the wide radial elements scatter.
    """
    pixel = load_pixel("kim2018").replace(diameter=2.6e-3, contact_resistance=contacts)
    z = 1.1e-3 + 150e-9 + 25e-9 + 35e-9
    wide, column = (heat_pulse(pixel, laterally_uniform=flag, **PULSE) for flag in (False, True))
    assert wide.at("temperature", r=0.5e-3, z=z).values - 295.0 == pytest.approx(
        column.at("temperature", z=z).values - 295.0, rel=1e-4
    )


def test_insulator_like_its_neighbours_leaves_no_trace_of_the_opening():
    """Every film in the opening of SiO2, and the insulator too: the same as full layers without an aperture."""
    pixel = load_pixel("kim2018")
    glassy = {
        layer.name: [layer.replace(material=load_material("sio2"))]
        for layer in pixel.layers
        if layer.extent == "opening"
    }
    apertured = with_layers(pixel, glassy)
    full = {name: [layer.replace(extent="full")] for name, (layer,) in glassy.items()}
    layers = tuple(full.get(layer.name, [layer])[0] for layer in pixel.layers)
    plain = pixel.replace(layers=layers, aperture=None)
    assert rise(plain) == pytest.approx(rise(apertured), rel=1e-12)


def test_rise_does_not_depend_on_the_ambient_where_properties_are_constant():
    pixel = load_pixel("kim2018")
    assert rise(pixel.replace(ambient_temperature=310.0)) == pytest.approx(rise(pixel), rel=1e-9)


@pytest.mark.parametrize("linear", [True, False])
def test_no_power_leaves_everything_at_ambient(linear):
    """Exactly, bit by bit."""
    run = heat_pulse(load_pixel("elkhouly2024"), power_density=0.0, width=0.1e-6, until=0.2e-6, linear=linear)
    assert np.all(run.fields["temperature"] == 291.0)
    steady = heat_steady(load_pixel("elkhouly2024"), power_density=0.0, linear=linear)
    assert np.all(steady.fields["temperature"] == 291.0)


@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024", "li2023"])
def test_peak_is_never_below_the_mean_and_never_above_the_source(name):
    """The hottest place is in the heated emitter, at every time of the pulse.

    1 % of the rise is what the peak may miss between its quadrature points: in a bare pixel the emitter is hottest at
    its upper face, and the layers above it are as hot as that.
    """
    run = heat_pulse(load_pixel(name), power_density=KW_CM2, width=2e-6, until=4e-6)
    assert np.all(run.data["emitter_peak_temperature"].values >= run.data["emitter_temperature"].values)
    in_pulse = run.times <= 2e-6
    temperature = run.fields["temperature"][in_pulse]
    ambient = load_pixel(name).ambient_temperature
    limit = 1.01 * (run.data["emitter_peak_temperature"].values[in_pulse] - ambient)
    for region in run.mesh.regions:
        assert np.all(run.mesh.peak(temperature, region)[0] - ambient <= limit)


@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024", "li2023"])
@pytest.mark.parametrize("linear", [True, False])
def test_emitter_warms_in_the_pulse_and_cools_after_it_without_a_wiggle(name, linear):
    """L-stable steps do not ring: the mean rises to the end of the pulse, then falls, and stays positive."""
    run = heat_pulse(load_pixel(name), power_density=KW_CM2, width=2e-6, until=50e-6, linear=linear)
    mean = run.data["emitter_temperature_rise"].values
    on = run.times <= 2e-6 * (1 + 1e-12)
    assert np.all(np.diff(mean[on]) > 0)
    assert np.all(np.diff(mean[~on]) < 0)
    assert mean[-1] > 0


def column_rise(pixel):
    run = heat_steady(pixel, power_density=KW_CM2, linear=True, laterally_uniform=True)
    return run.data["emitter_temperature_rise"].item()


THIN = load_pixel("kim2018").replace(substrate="glass 20 um")


@pytest.mark.parametrize("interface", ["substrate/ito", "ito/poly_tpd", "poly_tpd/mapbi3"])
def test_contact_below_the_emitter_raises_it_by_r_times_q(interface):
    """All heat leaves through the base: dT = R'' P = 0.5 K in the steady column.

    1e-5 of it is what all the other interfaces may resist that are made without resistance.
    """
    resisted = THIN.replace(contact_resistance=f"{interface}=5e-8 m2*K/W")
    assert column_rise(resisted) - column_rise(THIN) == pytest.approx(5e-8 * KW_CM2, rel=1e-5)


def test_contact_above_the_emitter_changes_nothing_in_the_steady_column():
    """No heat flows up in the steady state: the top is adiabatic. A contact below would add 0.8 K to 147 K."""
    resisted = THIN.replace(contact_resistance="mapbi3/tpbi=8e-8 m2*K/W, al/encapsulation=8e-8 m2*K/W")
    assert column_rise(resisted) == pytest.approx(column_rise(THIN), rel=1e-7)


def test_material_changed_in_one_layer_stays_as_it_was_in_the_others(solid):
    """Two layers may carry materials of one name and different values: each keeps its own.

    Steady column: dT = P d (1/kappa_changed - 1/kappa) for a film between base and emitter.
    """
    worse = solid("glass", axial=0.138, density=2203.0, heat_capacity=703.0)
    changed = with_layers(THIN, {"poly_tpd": [THIN.layer("poly_tpd").replace(material=worse)]})
    expected = KW_CM2 * 25e-9 * (1 / 0.138 - 1 / 0.20)
    assert column_rise(changed) - column_rise(THIN) == pytest.approx(expected, rel=1e-6)
