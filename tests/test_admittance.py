"""Small-signal admittance: against closed forms, steady slopes and a sine in time, and between its own routes."""

import numpy as np
import pytest
from drift_diffusion_reference import cases, column

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.drive import Sampled
from femled.units import nm

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
FREQUENCIES = np.logspace(-3, 9, 13)
PLAIN = {
    "relative_permittivity": 25.0,
    "conduction_band_ev": -3.9,
    "valence_band_ev": -5.5,
    "conduction_band_density": 2.2e24,
    "valence_band_density": 2.2e24,
    "electron_mobility": 1e-4,
    "hole_mobility": 1e-4,
}
DONORS, TRAPS, CAPTURE, DEPTH = 1e23, 1e22, 1e-14, 0.35


def led():
    return column(cases("transient")["LED ramp"])


SINGLE = [fl.MobileIon(name="ion", charge=1, mean_density=2e23, diffusivity=1e-14)]
PAIR = [fl.MobileIon(name="frenkel", charge=1, mean_density=1e23, diffusivity=1e-14, kind="pair")]
BOTH = [
    fl.MobileIon(name=name, charge=z, mean_density=1e23, diffusivity=1e-14, counter_charge="mobile")
    for name, z in (("plus", 1), ("minus", -1))
]


def film(ions=SINGLE):
    """Ions, 2e23 of them in 1 m3, between blocking electrodes; L = 200 nm, lambda_D = 13.4 nm."""
    material = fl.Semiconductor(**PLAIN, ions=ions)
    blocking = fl.Contact(kind="blocking")
    return fl.Column(
        layers=[fl.Layer(name="film", thickness=200 * nm, material=material)], anode=blocking, cathode=blocking
    )


def schottky():
    """An n-type film with a rectifying anode and electron traps 0.35 eV below its conduction band."""
    material = fl.Semiconductor(
        **PLAIN,
        donor_density=DONORS,
        trap_level_ev=-3.9 - DEPTH,
        trap_density=TRAPS,
        trap_charge="acceptor",
        srh_electron_lifetime=1 / (CAPTURE * TRAPS),
        srh_hole_lifetime=1 / (CAPTURE * TRAPS),
    )
    return fl.Column(
        layers=[fl.Layer(name="film", thickness=600 * nm, material=material)],
        anode=fl.Contact(work_function_ev=-4.9),
        cathode=fl.Contact(kind="neutral"),
    )


def complex_admittance(result):
    return result.series["conductance"] + 1j * result.series["susceptance"]


def slope(device, voltage, step=1e-4, **options):
    low, high = fl.jv(device, voltages=[voltage - step, voltage + step], **options).series["current_density"]
    return (high - low) / (2 * step)


@pytest.mark.parametrize("ions", [SINGLE, PAIR, BOTH], ids=["single", "pair", "both"])
def test_ions_between_blocking_electrodes_follow_the_closed_form_from_1_mhz_to_1_ghz(ions):
    """Y = i omega eps k (lambda k)^2/(2 (tanh(k L/2) + i omega lambda^2 L k/(2 D))), k^2 = 1/lambda^2 + i omega/D.

    The linear Poisson-Nernst-Planck equations of one mobile sign, or of two as mobile with half of the ions each. At
    low frequency C = eps/(2 lambda tanh(L/2 lambda)),
    two double layers in series; above D/(lambda L) the resistance of the ions; at last eps/L. 0.2 % for the mesh.
    """
    run = fl.admittance(film(ions), voltage=0.0, frequencies=FREQUENCIES)
    epsilon, length, diffusivity = 25 * VACUUM_PERMITTIVITY, 200 * nm, 1e-14
    debye = np.sqrt(epsilon * VT / (ELEMENTARY_CHARGE * 2e23))
    omega = 2 * np.pi * FREQUENCIES
    k = np.sqrt(1 / debye**2 + 1j * omega / diffusivity)
    series = np.tanh(k * length / 2) + 1j * omega * debye**2 * length * k / (2 * diffusivity)
    expected = 1j * omega * epsilon * k * (debye * k) ** 2 / (2 * series)
    assert np.abs(complex_admittance(run) / expected - 1).max() < 2e-3
    assert run.series["capacitance"][0] == pytest.approx(epsilon / (2 * debye * np.tanh(length / 2 / debye)), rel=2e-3)


@pytest.mark.parametrize("voltage", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("ions", ["moving", "frozen"])
def test_low_frequency_conductance_is_the_slope_of_the_steady_curve(voltage, ions):
    """G(f -> 0) = dJ/dV, with ions at rest at every bias or frozen: 1e-4, the error of the difference quotient."""
    device = led()
    state = "relaxed" if ions == "moving" else fl.relax_ions(device, voltage=voltage)
    run = fl.admittance(device, voltage=voltage, frequencies=[1e-6], ions=ions)
    assert run.series["conductance"][0] == pytest.approx(slope(device, voltage, ions=state), rel=1e-4, abs=1e-10)


def test_high_frequency_capacitance_is_that_of_insulating_layers():
    """At 1e15 Hz no carrier follows: 1/C = Sum L/eps, to 1e-4, with current flowing."""
    run = fl.admittance(led(), voltage=2.0, frequencies=[1e15])
    expected = VACUUM_PERMITTIVITY / (25 * nm / 3 + 70 * nm / 24 + 60 * nm / 3)
    assert float(run.series["geometric_capacitance"]) == pytest.approx(expected, rel=1e-12)
    assert run.series["capacitance"][0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("voltage", [0.0, 1.0, 2.0])
def test_both_contacts_carry_the_same_alternating_current(voltage):
    """Between 1 mHz and 1 GHz, displacement included: 1e-6 of it, and 1e-7 S/m2.

    The latter is round-off of the sums at the contacts, 1e-16 of the 1e9 S/m2 of their cells; the conductance that is
    reported, 1e-8 S/m2 at 0 V, does not pass through them.
    """
    run = fl.admittance(led(), voltage=voltage, frequencies=FREQUENCIES)
    assert (run.series["admittance_error"] < 1e-6 * np.abs(complex_admittance(run)) + 1e-7).all()


def test_finite_contact_velocities_enter():
    """Slow contacts lower G; both ways it is dJ/dV of the steady curve."""
    device = led()
    contacts = {
        "anode": device.anode.replace(surface_velocity=1e-3),
        "cathode": device.cathode.replace(surface_velocity=1e-3),
    }
    slow = device.replace(**contacts)
    found = [fl.admittance(one, voltage=1.5, frequencies=[1e-6]).series["conductance"][0] for one in (device, slow)]
    assert found[1] == pytest.approx(slope(slow, 1.5), rel=1e-4)
    assert found[1] < 0.9 * found[0]


@pytest.mark.slow
@pytest.mark.parametrize("frequency", [1e4, *(pytest.param(f, marks=pytest.mark.slow) for f in (1e3, 1e5))])
def test_a_small_sine_in_time_gives_the_same_admittance_with_traps(frequency):
    """1 mV of a sine about -0.5 V, three periods, the last one projected on exp(-i omega t): 1e-3.

    Traps catch and release at 2 e_n/(2 pi) = 9 kHz: below, at and above it. The drive is linear between 40 points of a
    period: its fundamental is that of the sine times s^2, s = sin(h)/h, h = pi/40. The current, 98 % of it displacement
    and so constant between points, has s times that of its values at the middles. (At 1 MHz the 0.3 ns in which the
    film charges after every point would be missed by this: 2e-3.)
    """
    device, count, periods, size = schottky(), 40, 3, 1e-3
    times = np.arange(periods * count + 1) / (count * frequency)
    drive = Sampled(times=times, values=-0.5 + size * np.sin(2 * np.pi * frequency * times))
    middles = (times[-count - 1 : -1] + times[-count:]) / 2
    start = fl.relax_ions(device, voltage=-0.5)
    run = fl.transient(device, voltage=drive, until=times[-1], at=middles, initial=start)
    smoothing = np.sinc(1 / count)
    projected = 2j * np.mean(run.series["current_density"] * np.exp(-2j * np.pi * frequency * middles))
    found = projected * smoothing / (size * smoothing**2)
    expected = complex_admittance(fl.admittance(device, voltage=-0.5, frequencies=[frequency]))[0]
    assert abs(found / expected - 1) < 1e-3


def test_traps_that_hold_charge_add_a_step_to_the_capacitance():
    """C falls by 3 % or more between 10 Hz and 1 MHz, at 2 e_n/(2 pi) by half of it; traps without charge: 0.1 %."""
    device, release = schottky(), CAPTURE * 2.2e24 * np.exp(-DEPTH / VT)
    frequencies = [10.0, 2 * release / (2 * np.pi), 1e6]
    low, middle, high = fl.admittance(device, voltage=-0.5, frequencies=frequencies).series["capacitance"]
    assert high < 0.97 * low
    assert (middle - high) / (low - high) == pytest.approx(0.5, abs=0.1)
    layer = device.layers[0]
    empty = layer.material.replace(trap_density=None, trap_charge="neutral")
    free = device.replace(layers=(layer.replace(material=empty),))
    low, _, high = fl.admittance(free, voltage=-0.5, frequencies=frequencies).series["capacitance"]
    assert high == pytest.approx(low, rel=1e-3)


@pytest.mark.parametrize("depth", [0.25, 0.35, 0.45])
def test_capacitance_against_frequency_tells_level_and_density_of_traps(depth):
    """Jiang eq. 12 (J8) in a film of uniform field: the peak lies within kT/2 of the level.

    The level crosses the Fermi level at x = (depth - 0.1 eV)/V_bi W from the cathode: x/W of the voltage moves it, and
    x/W of its charge counts at the contact. Divided by the square the density is that of the film within 8 %, the
    width kT/(e V_bi) of the crossing over x; as printed the formula sees 1.4 to 7 % of it.
    """
    density, thickness, bend = 1e20, 300 * nm, 1.3
    lifetime = 1 / (CAPTURE * density)
    material = fl.Semiconductor(
        **PLAIN,
        trap_level_ev=-3.9 - depth,
        trap_density=density,
        trap_charge="acceptor",
        srh_electron_lifetime=lifetime,
        srh_hole_lifetime=lifetime,
    )
    device = fl.Column(
        layers=[fl.Layer(name="film", thickness=thickness, material=material)],
        anode=fl.Contact(work_function_ev=-5.3),
        cathode=fl.Contact(work_function_ev=-4.0),
    )
    run = fl.admittance(device, voltage=0.0, frequencies=np.logspace(0, 8, 161))
    numbers = {"built_in_voltage": bend, "depletion_width": thickness, "attempt_rate": 2 * CAPTURE * 2.2e24}
    printed = fl.trap_spectrum(run, **numbers, temperature=300.0).series
    states = printed["trap_density_of_states"]
    assert printed["energy"][states.argmax()] == pytest.approx(depth, abs=VT / 2)
    lever = (depth - 0.1) / bend
    assert float(printed["trap_density"]) == pytest.approx(density * lever**2, rel=0.08)
    levered = fl.trap_spectrum(run, **numbers, temperature=300.0, lever=lever).series
    assert float(levered["trap_density"]) == pytest.approx(density, rel=0.08)


def test_spectrum_of_traps_refuses_another_result():
    curve = fl.jv(led(), voltages=[0.5], mesh=20)
    with pytest.raises(fl.InputError, match="spectrum is of jv"):
        fl.trap_spectrum(curve, built_in_voltage=1.0, depletion_width=1e-7, attempt_rate=1e10, temperature=300.0)


def test_real_and_imaginary_part_obey_kramers_and_kronig():
    """C(f) - C(inf) = (2/pi) Int (G(x) - G(0))/(x^2 - omega^2) dx at the middle of the ionic relaxation: 1 %."""
    omega = np.logspace(-2, 12, 1401)
    run = fl.admittance(film(), voltage=0.0, frequencies=omega / (2 * np.pi))
    y = complex_admittance(run)
    centre = 700
    x = np.log(omega)
    # the integrand in ln(x), (G(x) - G(omega)) x/(x^2 - omega^2): Int dx/(x^2 - omega^2) = 0
    with np.errstate(invalid="ignore"):
        inner = (y.real - y.real[centre]) * omega / (omega**2 - omega[centre] ** 2)
    inner[centre] = (inner[centre - 1] + inner[centre + 1]) / 2
    dispersion = 2 / np.pi * np.trapezoid(inner, x)
    c_inf = float(run.series["geometric_capacitance"])
    assert y.imag[centre] / omega[centre] - c_inf == pytest.approx(dispersion, rel=1e-2)


def test_series_resistance_adds_to_the_impedance():
    """Z = 1/Y + R_s, at no bias, where it has no voltage of its own."""
    bare = fl.admittance(film(), voltage=0.0, frequencies=FREQUENCIES).series
    more = fl.admittance(film().replace(series_resistance=1e-4), voltage=0.0, frequencies=FREQUENCIES).series
    assert more["impedance_real"] == pytest.approx(bare["impedance_real"] + 1e-4, rel=1e-9)
    assert more["impedance_imaginary"] == pytest.approx(bare["impedance_imaginary"], rel=1e-9)


def test_admittance_refuses_what_it_cannot_do():
    for options, text in (
        ({"frequencies": []}, "empty list"),
        ({"frequencies": [0.0]}, "frequencies 0 Hz is outside"),
        ({"frequencies": [1.0], "ions": "still"}, 'ions "still" is neither'),
    ):
        with pytest.raises(fl.InputError, match=text):
            fl.admittance(film(), voltage=0.0, **options)
