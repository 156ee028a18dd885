"""Every term of the equations in time, each against a closed form, an ordinary differential equation or a steady state.

A term that is dropped or has the wrong sign fails one of these tests.
"""

import numpy as np
import pytest
from drift_diffusion_reference import cases, column
from scipy.integrate import solve_ivp

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.drive import as_drive
from femled.experiments.carrier_run import moving_space, start
from femled.solve.carrier_march import CarrierMarch
from femled.solve.instant import Accuracy
from femled.units import nm

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
STATES, RADIATIVE, LENGTH = 3e24, 4e-16, 100 * nm
LED = column(cases("transient")["LED step"])


def perovskite(**fields):
    plain = {
        "relative_permittivity": 24,
        "conduction_band_ev": -3.8,
        "valence_band_ev": -5.4,
        "conduction_band_density": STATES,
        "valence_band_density": STATES,
        "electron_mobility": 1e-4,
        "hole_mobility": 1e-4,
        "radiative_coefficient": RADIATIVE,
    }
    return fl.Semiconductor(**(plain | fields))


def film(material, **ends):
    closed = {"anode": fl.Contact(work_function_ev=-4.6, surface_velocity=0.0)}
    ends = closed | {"cathode": closed["anode"]} | ends
    layers = [fl.Layer(name="film", thickness=LENGTH, material=material)]
    return fl.Column(layers=layers, temperature=300.0, **ends)


TRAPS, LEVEL, TAU_N, TAU_P, RATE, WIDTH = 5e21, -4.2, 2e-9, 2e-8, 1e30, 1e-8


def traps_filled_by_light(times):
    """(3, times) n, p and occupation of a neutral film: dn/dt = G - B n p - U_n, dp/dt = G - B n p - U_p."""
    n1, p1 = STATES * np.exp((LEVEL + 3.8) / VT), STATES * np.exp((-5.4 - LEVEL) / VT)

    def slope(light):
        def rates(t, y):
            n, p, f = y
            caught_n, caught_p = (n * (1 - f) - n1 * f) / TAU_N, (p * f - p1 * (1 - f)) / TAU_P
            pairs = RATE * light - RADIATIVE * n * p
            return [pairs - caught_n, pairs - caught_p, (caught_n - caught_p) / TRAPS]

        return rates

    options = {"method": "Radau", "rtol": 1e-9, "atol": [1e10, 1e10, 1e-12]}
    lit = solve_ivp(slope(1.0), (0.0, WIDTH), [0.0, 0.0, 0.0], t_eval=times[times <= WIDTH], **options).y
    dark = solve_ivp(slope(0.0), (WIDTH, times[-1]), lit[:, -1], t_eval=times[times > WIDTH], **options).y
    return np.hstack([lit, dark])


@pytest.mark.parametrize("kind", ["acceptor", "donor"])
def test_traps_fill_under_light_and_empty_in_the_dark_like_their_rate_equations(kind):
    """Acceptors that catch electrons hold p - n = N_t f; n, p and the light of the film follow the three equations.

    0.1 % of each at seven times, where n and p differ twofold: captures, trap charge, storage and light all count.
    Donors are the mirror image of acceptors: electrons and holes exchanged.
    """
    times = np.array([2e-10, 1e-9, 3e-9, 1e-8, 1.1e-8, 1.3e-8, 2e-8])
    acceptor = kind == "acceptor"
    material = perovskite(
        trap_density=TRAPS,
        trap_charge=kind,
        trap_level_ev=LEVEL if acceptor else -9.2 - LEVEL,
        srh_electron_lifetime=TAU_N if acceptor else TAU_P,
        srh_hole_lifetime=TAU_P if acceptor else TAU_N,
    )
    run = fl.transient(
        film(material),
        voltage=0.0,
        until=times[-1],
        at=times,
        generation=lambda x: np.full_like(x, RATE),
        light=fl.Pulse(amplitude=1.0, width=WIDTH),
        mesh=20,
    ).series
    first, second, occupied = traps_filled_by_light(times)
    names = ["electron_density", "hole_density"]
    for name, expected in zip(names if acceptor else names[::-1], (first, second), strict=True):
        assert run[name].mean(axis=1) == pytest.approx(expected, rel=1e-3)
    light = ELEMENTARY_CHARGE * RADIATIVE * first * second * LENGTH
    assert run["radiative_current_density"] == pytest.approx(light, rel=1e-3)
    assert occupied.max() > 0.5
    assert (second / first).max() > 2


ION = fl.MobileIon(name="vacancy", charge=1, mean_density=1e23, diffusivity=1e-15)
OPEN = {"anode": fl.Contact(work_function_ev=-5.2), "cathode": fl.Contact(work_function_ev=-4.0)}
CAUGHT = {"srh_electron_lifetime": 5e-8, "srh_hole_lifetime": 8e-8}
SECOND = fl.MobileIon(name="interstitial", charge=-2, mean_density=3e22, diffusivity=3e-15, site_density=1e23)
CROWDED = film(perovskite(ions=(ION, SECOND)), **OPEN)
DEVICES = {
    "traps that ions make": film(
        perovskite(ions=(ION,), ion_traps=fl.IonTraps(capture_coefficient=1e-15), **CAUGHT), **OPEN
    ),
    "two species": film(perovskite(ions=(ION, SECOND), **CAUGHT), **OPEN),
    "selective anode": film(
        perovskite(ions=(ION,), **CAUGHT),
        anode=fl.Contact(work_function_ev=-5.2, electron_velocity=0.0, hole_velocity=10.0),
        cathode=OPEN["cathode"],
    ),
    "traps that hold": film(perovskite(trap_density=1e22, trap_charge="acceptor", **CAUGHT), **OPEN),
}


@pytest.mark.parametrize("name", DEVICES)
def test_long_after_a_step_every_device_is_in_its_steady_state(name):
    """10 s after a step to 1.4 V all currents are those of `jv` with ions at rest, 1e-5, equal at both contacts."""
    run = fl.transient(DEVICES[name], voltage=1.4, until=10.0, mesh=30).series
    steady = fl.jv(DEVICES[name], voltages=[1.4], mesh=30).series
    for part in ("current_density", "srh_current_density", "radiative_current_density"):
        assert run[part][-1] == pytest.approx(steady[part][0], rel=1e-5)
    later = run["time"] > 1e-9
    assert (run["current_error"] / np.maximum(np.abs(run["current_density"]), 1.0))[later].max() < 1e-5


@pytest.mark.parametrize("voltage", [0.1, 1.4])
def test_ions_that_fill_every_site_do_not_stop_the_steps(voltage):
    """Where c nears c_max round-off leaves its level open: it decides no step, and ions end as at rest, to 1e-6."""
    run = fl.transient(CROWDED, voltage=voltage, until=10.0, at=[1e-9, 10.0], mesh=20)
    filled = run.series["film_interstitial_density"][0].max() / SECOND.site_density
    assert filled > 1 - 1e-6
    rest = fl.relax_ions(CROWDED, voltage=voltage, mesh=20)
    for name in ("vacancy", "interstitial"):
        ours, theirs = run.series[f"film_{name}_density"][-1], rest.ion_density[f"film.{name}"]
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6 * theirs.max())


def test_a_blocking_cathode_passes_displacement_alone():
    """Carriers flow through the anode into a film that they cannot leave: current on the way, none at last, 1e-6 A/m2.

    What flowed in is the charge of the cathode, to 5e-3: trapezoids of a sixth of a time constant err by 1/432.
    """
    device = film(perovskite(), anode=OPEN["anode"], cathode=fl.Contact(kind="blocking"))
    run = fl.transient(device, voltage=0.1, until=1e-2, mesh=30).series
    time, current = run["time"], run["current_density"]
    later = time > 1e-9
    assert abs(current[-1]) < 1e-6
    assert (run["current_error"] / np.maximum(np.abs(current), 1.0))[later].max() < 1e-5
    flowed = np.trapezoid(current[1:], time[1:])
    arrived = -(run["electrode_charge"][-1, 1] - run["electrode_charge"][1, 1])
    assert flowed == pytest.approx(arrived, rel=5e-3)
    assert np.abs(run["conduction_current_density"] / current - 1)[later].min() < 0.5


def test_error_of_the_coupled_steps_falls_with_the_tolerance():
    """LED, step to 2 V, J at ten decades of time: the error falls with at least the power 2.5 of the number of steps.

    Third-order steps; where a density changes threefold in a step they are of first order there. With the default
    tolerance, 1e-4, it is below 5e-4, a tenth of the error of the default mesh.
    """
    times = np.logspace(-9, 0, 10)

    def currents(tolerance):
        space = moving_space(LED, 20)
        start(space, None)
        march = CarrierMarch(space, as_drive(2.0), accuracy=Accuracy(tolerance=tolerance))
        found = [one.current_density for one in march.run(times[-1], times) if one.time in times]
        return np.array(found), march.steps

    exact, _ = currents(1e-7)
    errors, steps = [], []
    for tolerance in (1e-2, 1e-3, 1e-4, 1e-5):
        found, count = currents(tolerance)
        errors.append(np.abs(found / exact - 1).max())
        steps.append(count)
    assert np.log(errors[0] / errors[-1]) / np.log(steps[-1] / steps[0]) > 2.5
    assert errors[2] < 5e-4


@pytest.mark.parametrize("name", ["two species", "traps that hold"])
def test_a_run_goes_on_where_another_ended(name, tmp_path):
    """Saved at 20 ns, loaded and continued to 1 us: currents of the run in one go, to 1e-3, charges to 1e-4.

    Traps that hold charge are as full as they were, not as in a steady state of the same densities.
    """
    device, later = DEVICES[name], np.array([1e-9, 1e-8, 1e-6])
    whole = fl.transient(device, voltage=1.4, until=2e-8 + later[-1], at=2e-8 + later, mesh=30).series
    fl.transient(device, voltage=1.4, until=2e-8, mesh=30).save(tmp_path / "first")
    first = fl.Result.load(tmp_path / "first")
    state = fl.transient_state(device, first)
    second = fl.transient(device, voltage=1.4, until=later[-1], at=[0.0, *later], initial=state, mesh=30).series
    assert second["current_density"][1:] == pytest.approx(whole["current_density"], rel=1e-3)
    assert second["electrode_charge"][1:] == pytest.approx(whole["electrode_charge"], rel=1e-4)
    assert second["electron_density"][0] == pytest.approx(first.series["electron_density"][-1], rel=1e-2)
    if name == "traps that hold":
        filled = first.series["trap_occupation"][-1]
        assert second["trap_occupation"][0] == pytest.approx(filled, rel=1e-2, abs=1e-6)
        steady = fl.relax_ions(device, voltage=1.4, mesh=30).trap_occupation
        assert np.abs(filled - steady).max() > 0.1


def test_a_state_that_a_run_does_not_have_is_refused():
    run = fl.transient(DEVICES["two species"], voltage=0.1, until=1e-9, at=[1e-9], mesh=20)
    with pytest.raises(fl.InputError, match="time: the result has none at 5e-10 s, the nearest is"):
        fl.transient_state(DEVICES["two species"], run, time=5e-10)
    with pytest.raises(fl.InputError, match="jv is no transient"):
        fl.transient_state(LED, fl.jv(LED, voltages=[0.0], mesh=20))


def test_flux_of_every_ion_is_that_of_scharfetter_and_gummel():
    """F h/D = c_j B(-x) - c_i B(x), x = z (phi_j - phi_i)/V_T, B(x) = x/(e^x - 1), z = 1 and -2; 1e-9 of the largest.

    In a state drawn at random; the sum over the layer is zero, as no ion leaves.
    """
    charges = {"one": 1, "two": -2}
    ions = [
        fl.MobileIon(name=name, charge=charge, mean_density=1e23, diffusivity=2e-15 * abs(charge))
        for name, charge in charges.items()
    ]
    space, rng = moving_space(film(perovskite(ions=ions), **OPEN), 12), np.random.default_rng(4)
    space.u[:] = rng.uniform(-0.1, 0.1, space.u.shape)
    rows = space.residual()
    order = np.argsort(space.position)
    h, phi = np.diff(space.position[order]), space.u[order, 0]
    for component, charge in enumerate(charges.values(), start=3):
        c = 0.1 * np.exp((space.u[order, component] - charge * phi) / space.vt)
        x = charge * np.diff(phi) / space.vt
        flux = 2e3 * abs(charge) / h * (c[1:] * -x / np.expm1(-x) - c[:-1] * x / np.expm1(x))
        expected = np.append(0.0, flux) - np.append(flux, 0.0)
        assert rows[order, component] == pytest.approx(expected, abs=1e-9 * np.abs(flux).max())
