"""Carriers and ions in time: against an independent solver, closed forms, and their own balances."""

import numpy as np
import pytest
from drift_diffusion_reference import cases, column

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.drive import Sampled
from femled.solve.differences import difference
from femled.units import nm

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
CASES = cases("transient")
LED = [name for name in CASES if name.startswith("LED")]
CHARGING = [name for name in CASES if name.startswith("charging")]


def run(case, mesh="default"):
    experiment = case["experiment"]
    drive = Sampled(times=experiment["drive"]["times"], values=experiment["drive"]["values"])
    times = experiment["at"]
    carriers = experiment.get("carriers", True)
    return fl.transient(column(case), voltage=drive, until=times[-1], at=times, carriers=carriers, mesh=mesh)


def deviations(result, case, name, ours):
    """Over the largest of the series: late in a decay nothing flows."""
    expected = np.array([np.nan if x is None else x for x in case["results"][name]["value"]])
    return np.nanmax(np.abs(ours - expected)) / np.nanmax(np.abs(expected))


@pytest.fixture(scope="module", params=LED)
def led(request):
    case = CASES[request.param]
    return case, run(case)


def test_led_under_a_step_and_a_ramp_follows_the_finite_volumes(led):
    """0.5 % of the largest value, the bound of the mesh; both carriers and the ions move."""
    case, result = led
    current, charge = result.series["current_density"], result.series["electrode_charge"][:, 0]
    assert deviations(result, case, "current_density", current) < 5e-3
    assert deviations(result, case, "anode_charge", charge) < 5e-3
    light = result.series["radiative_current_density"]
    assert deviations(result, case, "radiative_current_density", light) < 5e-3


def test_small_currents_of_a_ramp_are_right_one_by_one():
    """Between 3e-4 and 7e3 A/m2, displacement below and diffusion above: each within 0.5 % of its own value."""
    case = CASES["LED ramp"]
    expected = np.array(case["results"]["current_density"]["value"])
    assert run(case).series["current_density"] == pytest.approx(expected, rel=5e-3)


def test_no_ion_is_lost(led):
    """Densities are differenced: over the whole march the inventory changes by round-off, 1e-10 allowed."""
    balance = led[1].balance
    assert balance.stored == pytest.approx(balance.supplied, rel=1e-10)


def test_times_asked_for_are_the_times_reported(led):
    case, result = led
    assert result.series["time"].tolist() == case["experiment"]["at"]


@pytest.mark.parametrize("name", CHARGING)
def test_charge_between_blocking_electrodes_follows_the_finite_volumes(name):
    """Poisson-Nernst-Planck alone, with and without a site limit, 10 mV and 0.5 V: charges 0.1 % of the last one."""
    case = CASES[name]
    result = run(case)
    assert deviations(result, case, "anode_charge", result.series["electrode_charge"][:, 0]) < 1e-3
    assert deviations(result, case, "current_density", result.series["current_density"]) < 1e-3


def test_blocking_electrodes_carry_opposite_charges():
    """With uniform counter-charge the slab is neutral: Q_anode + Q_cathode = 0, to round-off of the larger."""
    charges = run(CASES["charging, large step"]).series["electrode_charge"]
    assert np.abs(charges.sum(axis=1)).max() < 1e-9 * np.abs(charges).max()


@pytest.mark.slow
@pytest.mark.parametrize("name", LED)
def test_on_the_fine_mesh_the_led_is_within_a_thousandth(name):
    """Four times the cells and a tenth of the error of a step."""
    case = CASES[name]
    result = run(case, mesh="fine")
    assert deviations(result, case, "current_density", result.series["current_density"]) < 5e-4


def slab(density=1e24, diffusivity=1e-15, length=200 * nm):
    material = fl.Semiconductor(
        relative_permittivity=24,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=1e24,
        valence_band_density=1e24,
        electron_mobility=1e-4,
        hole_mobility=1e-4,
        ions=[fl.MobileIon(name="plus", charge=1, mean_density=density, diffusivity=diffusivity)],
    )
    ends = fl.Contact(kind="blocking")
    return fl.Column(
        layers=[fl.Layer(name="slab", thickness=length, material=material)], anode=ends, cathode=ends, temperature=300.0
    )


def test_slab_charges_with_the_time_constant_of_its_double_layers():
    """tau = lambda L/(2 D) of two thin layers in series, lambda = sqrt(eps V_T/(q c)) (bazant2004), to 3 lambda/L.

    For one mobile species the resistance is that of its own density: R = L V_T/(q D c), C = eps/(2 lambda).
    """
    density, diffusivity, length = 1e24, 1e-15, 400 * nm
    debye = np.sqrt(24 * VACUUM_PERMITTIVITY * VT / (ELEMENTARY_CHARGE * density))
    tau = debye * length / (2 * diffusivity)
    times = np.linspace(0.5, 3.0, 11) * tau
    result = fl.transient(
        slab(density, diffusivity, length), voltage=1e-3, until=times[-1], at=times, carriers=False, mesh="default"
    )
    current = result.series["current_density"]
    fitted = -1 / np.polyfit(times, np.log(current), 1)[0]
    assert fitted == pytest.approx(tau, rel=3 * debye / length)


def test_steps_are_of_third_order():
    """Error of the charge over tolerances a thousand times apart: with tolerance^(3/4) steps, at least ^0.6 here."""
    from femled.drive import as_drive
    from femled.experiments.carrier_run import moving_space, start
    from femled.solve.carrier_march import CarrierMarch
    from femled.solve.instant import Accuracy

    def charge(tolerance):
        space = moving_space(slab(), 40, carriers=False)
        start(space, None)
        march = CarrierMarch(space, as_drive(0.2), carriers="quasi-static", accuracy=Accuracy(tolerance=tolerance))
        last = list(march.run(2.0, np.array([2.0])))[-1]
        return last.currents.electrode_charge[0], march.steps

    (exact, _), (rough, few), (good, many) = charge(1e-9), charge(1e-2), charge(1e-5)
    order = np.log(abs(rough - exact) / abs(good - exact)) / np.log(many / few)
    assert order > 2.4


def test_difference_weights_take_derivatives_of_cubics():
    """Exact for polynomials of the degree of the points, and they add up to zero."""
    times = [0.7, 0.55, 0.2, -0.4]
    weights = difference(times)
    assert sum(weights) == pytest.approx(0.0, abs=1e-12)
    assert sum(w * t**3 for w, t in zip(weights, times, strict=True)) == pytest.approx(3 * 0.7**2, rel=1e-12)
    assert difference([2.0, 1.5]) == (2.0, -2.0)


def test_nothing_moves_without_a_drive():
    """From equilibrium at 0 V: no current beyond 1e-8 A/m2 after a microsecond, no potential moves by 1e-9 V.

    Before, round-off of the electrodes' charge over steps of picoseconds is more than that.
    """
    result = fl.transient(column(CASES["LED step"]), voltage=0.0, until=1.0, mesh=40)
    late = result.series["time"] > 1e-6
    assert np.abs(result.series["current_density"][late]).max() < 1e-8
    potential = result.series["potential"]
    assert np.abs(potential - potential[0]).max() < 1e-9


def test_long_after_a_step_the_state_is_the_steady_one():
    """LED at 2 V: after 100 s the current is that of `jv` with relaxed ions on the same mesh, to 1e-6."""
    led = column(CASES["LED step"])
    late = fl.transient(led, voltage=2.0, until=1e3, at=[1e3], mesh=60).series["current_density"][0]
    steady = fl.jv(led, voltages=[2.0], mesh=60).series["current_density"][0]
    assert late == pytest.approx(steady, rel=1e-6)


def test_soon_after_a_step_the_ions_have_not_moved():
    """LED at 1.5 V: 10 us after the step, ions at rest before, the current is that of frozen ions, to 1e-3."""
    led = column(CASES["LED step"])
    start = fl.relax_ions(led, voltage=0.5, mesh=60)
    soon = fl.transient(led, voltage=1.5, until=1e-5, at=[1e-5], initial=start, mesh=60).series["current_density"][0]
    frozen = fl.jv(led, voltages=[1.5], ions=start, mesh=60).series["current_density"][0]
    assert soon == pytest.approx(frozen, rel=1e-3)


def test_charge_that_flowed_is_charge_that_arrived():
    """Through blocking electrodes Int J dt is the growth of the anode's charge: 400 trapezoids of a ramp, 1e-4."""
    times = np.linspace(0.0, 1.0, 401)
    ramp = fl.Ramp(start=0.0, stop=0.1, rate=0.1)
    result = fl.transient(slab(), voltage=ramp, until=1.0, at=times, carriers=False, mesh=40)
    charge = result.series["electrode_charge"][:, 0]
    flowed = np.trapezoid(result.series["current_density"], times)
    assert flowed == pytest.approx(charge[-1] - charge[0], rel=1e-4)


def test_pump_pulse_leaves_a_decay_by_radiation():
    """Pairs in a film that no carrier leaves, B alone, 0.3 % after a decade: errors of thirty steps add up.

    n = sqrt(G/B) tanh(sqrt(G B) t) under light, then 1/n = 1/n0 + B t; the radiative current is q B n^2 L.
    """
    radiative, length, rate, width = 4e-16, 100 * nm, 4e30, 5e-9
    material = fl.Semiconductor(
        relative_permittivity=24,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=3e24,
        valence_band_density=3e24,
        electron_mobility=1e-4,
        hole_mobility=1e-4,
        radiative_coefficient=radiative,
    )
    closed = fl.Contact(work_function_ev=-4.6, surface_velocity=0.0)
    layers = [fl.Layer(name="film", thickness=length, material=material)]
    film = fl.Column(layers=layers, anode=closed, cathode=closed, temperature=300.0)
    after = np.array([0.0, 1e-9, 1e-8, 1e-7])
    result = fl.transient(
        film,
        voltage=0.0,
        until=width + after[-1],
        at=width + after,
        generation=lambda x: np.full_like(x, rate),
        light=fl.Pulse(amplitude=1.0, width=width),
        mesh=20,
    )
    n0 = np.sqrt(rate / radiative) * np.tanh(np.sqrt(rate * radiative) * width)
    expected = ELEMENTARY_CHARGE * radiative * (n0 / (1 + radiative * n0 * after)) ** 2 * length
    assert result.series["radiative_current_density"] == pytest.approx(expected, rel=3e-3)


def test_bad_times_and_strange_states_are_refused():
    led = column(CASES["LED step"])
    with pytest.raises(fl.InputError, match=r"at: times must rise within 0 \.\. 1 s"):
        fl.transient(led, voltage=1.0, until=1.0, at=[0.5, 2.0])
    with pytest.raises(fl.InputError, match="other layers or ions"):
        fl.transient(led, voltage=1.0, until=1.0, initial=fl.relax_ions(slab(), voltage=0.0))
    with pytest.raises(fl.InputError, match="is neither a Pixel nor a Column"):
        fl.transient("led", voltage=1.0, until=1.0)
