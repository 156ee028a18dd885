"""The linearised equations behind the admittance: against differences of the assembled ones and of steady curves."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import femled as fl
from femled.domain.column_mesh import column_mesh
from femled.experiments.admittance import geometric_capacitance
from femled.solve import small_signal
from femled.solve.carrier_meaning import trap_occupation
from femled.solve.carriers import CarrierSpace
from femled.solve.small_signal import SmallSignal, jacobian, still_space
from femled.solve.steady import SteadyPath
from femled.solve.trap_response import TrapResponse
from femled.units import nm


def trapped_diode(statistics="boltzmann", charge="donor", **changes):
    """Two layers with recombining traps that hold charge, current flows at 1 V."""
    numbers = {
        "relative_permittivity": 20.0,
        "conduction_band_ev": -3.9,
        "valence_band_ev": -5.3,
        "conduction_band_density": 2e24,
        "valence_band_density": 3e24,
        "electron_mobility": 1e-6,
        "hole_mobility": 2e-6,
        "radiative_coefficient": 4e-16,
        "srh_electron_lifetime": 20e-9,
        "srh_hole_lifetime": 50e-9,
        "trap_density": 2e22,
        "trap_charge": charge,
        "trap_level_ev": -4.4,
        "statistics": statistics,
    }
    plain = numbers | {"conduction_band_ev": -3.8, "trap_density": None, "trap_charge": "neutral"}
    layers = [
        fl.Layer(name="first", thickness=60 * nm, material=fl.Semiconductor(**(numbers | changes))),
        fl.Layer(name="second", thickness=40 * nm, material=fl.Semiconductor(**plain)),
    ]
    return fl.Column(layers=layers, anode=fl.Contact(work_function_ev=-5.2), cathode=fl.Contact(work_function_ev=-3.95))


def steady(device, voltage=1.2):
    space = CarrierSpace(device, column_mesh(device, 30))
    SteadyPath(space).go(voltage)
    return space


def slope(device, voltage, **options):
    voltages = [voltage - 1e-4, voltage + 1e-4]
    low, high = fl.jv(device, voltages=voltages, **options).series["current_density"]
    return (high - low) / 2e-4


@pytest.mark.parametrize("statistics", ["boltzmann", "blakemore", "fermi_dirac"])
@pytest.mark.parametrize("charge", ["donor", "acceptor", "neutral"])
def test_response_of_traps_is_that_of_a_step_of_backward_euler(statistics, charge):
    """With 1/dt for i omega the block is J(1/dt) - J(0) of the assembled equations about the steady occupation.

    Row by row 1e-8, in a copy in which nothing moves: no flux is subtracted from itself.
    """
    space = still_space(steady(trapped_diode(statistics, charge)))
    space.trapped.put(trap_occupation(space))
    rate = 3e7
    steady_matrix = jacobian(space, 0.0)
    stepped = (jacobian(space, 0.0, traps=rate) - steady_matrix).toarray()
    block = TrapResponse(space).block(-1j * rate).toarray()
    assert np.abs(block.imag).max() == 0.0
    row = np.abs(block).max(axis=1)
    assert (row > 0).sum() >= 2 * 31  # both carriers at every node of the layer, and the potential if they hold charge
    noise = 1e-14 * np.abs(steady_matrix.toarray()).max(axis=1)  # the displacement in the rows of the potential
    assert (np.abs(stepped - block.real).max(axis=1) <= 1e-8 * row + noise).all()


def test_nothing_moves_in_the_still_copy():
    """The rows of its electrons add up to those of its rates: fluxes are 1e-34 of the original."""
    space = steady(trapped_diode())
    still = still_space(space)
    assert np.array_equal(still.u, space.u)
    off_diagonal = jacobian(still, 0.0)[space.components * 10 + 1, space.components * 20 + 1]
    assert off_diagonal == 0.0
    rows = jacobian(still, 1.0) - jacobian(still, 0.0)
    assert np.isfinite(rows.data).all()


@pytest.mark.parametrize("statistics", ["blakemore", "fermi_dirac"])
def test_slope_of_the_steady_curve_with_traps_interface_and_filled_bands(statistics):
    """G(f -> 0) = dJ/dV, 1e-4, with traps that hold charge and recombination in the face between the layers."""
    face = fl.Interface(between=("first", "second"), electron_velocity=10.0, hole_velocity=5.0)
    device = trapped_diode(statistics)
    lossy = device.replace(interfaces=(face,))
    found = [fl.admittance(one, voltage=1.2, frequencies=[1e-6]).series["conductance"][0] for one in (device, lossy)]
    assert found[0] == pytest.approx(slope(device, 1.2), rel=1e-4)
    assert found[1] == pytest.approx(slope(lossy, 1.2), rel=1e-4)
    assert abs(found[1] / found[0] - 1) > 1e-2


def test_a_bias_counts_the_voltage_of_the_series_resistance():
    """Behind R the slope at the outer voltage is that of the steady curve behind R, 1e-4."""
    device = trapped_diode()
    conductance = fl.admittance(device, voltage=1.3, frequencies=[1e-6]).series["conductance"][0]
    behind = device.replace(series_resistance=float(1 / conductance))
    found = fl.admittance(behind, voltage=1.3, frequencies=[1e-6]).series["conductance"][0]
    assert found == pytest.approx(slope(behind, 1.3), rel=1e-4)
    assert found < 0.8 * conductance


def test_light_is_part_of_the_steady_state():
    """Under light G(f -> 0) at 0 V is the slope of the curve under light, far above that in the dark."""

    def light(position):
        return np.full_like(position, 1e27)

    device = trapped_diode()
    found = fl.admittance(device, voltage=0.5, frequencies=[1e-6], generation=light).series["conductance"][0]
    dark = fl.admittance(device, voltage=0.5, frequencies=[1e-6]).series["conductance"][0]
    assert found == pytest.approx(slope(device, 0.5, generation=light), rel=1e-4)
    assert found > 10 * dark


def test_a_pixel_has_an_admittance():
    """kim2018 at 0 V: insulating at 1 GHz, where C is that of its layers; its ions add to it at 1 mHz."""
    pixel = fl.load_pixel("kim2018")
    run = fl.admittance(pixel, voltage=0.0, frequencies=[1e-4, 1e9], mesh=40)
    low, high = run.series["capacitance"]
    expected = geometric_capacitance(pixel.column())
    assert high == pytest.approx(expected, rel=0.02)
    assert low > 1.05 * high
    assert run.sources


def test_frozen_ions_of_another_bias_are_kept():
    """With ions of 0 V the slope at 1.5 V is that of the curve with them frozen."""
    ion = fl.MobileIon(name="ion", charge=1, mean_density=1e23, diffusivity=1e-16)
    device = trapped_diode(ions=[ion])
    state = fl.relax_ions(device, voltage=0.0)
    found = fl.admittance(device, voltage=1.2, frequencies=[1e-6], ions=state).series["conductance"][0]
    assert found == pytest.approx(slope(device, 1.2, ions=state), rel=1e-4)
    moving = fl.admittance(device, voltage=1.2, frequencies=[1e-6]).series["conductance"][0]
    assert moving == pytest.approx(slope(device, 1.2), rel=1e-4)
    none = fl.admittance(device, voltage=1.2, frequencies=[1e-6], ions="none").series["conductance"][0]
    assert none == pytest.approx(slope(device, 1.2, ions="none"), rel=1e-4)


def test_dropping_the_memory_of_traps_is_noticed(monkeypatch):
    """Without their block, as if they followed at once, the conductance at 1 MHz is more than ten times too large."""
    space = steady(trapped_diode(charge="acceptor"), 0.0)
    whole = SmallSignal(space).at(1e6).total
    monkeypatch.setattr(TrapResponse, "block", lambda self, omega: csr_matrix((space.u.size, space.u.size)))
    assert SmallSignal(space).at(1e6).total.real > 10 * whole.real > 0


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("trap_density", [None, 2e22])
def test_traps_that_ions_make_follow_them(weights, trap_density, monkeypatch):
    """G(f -> 0) = dJ/dV with ions at rest at every bias, by net charge and by density, with charge in the traps too.

    At a given mean current, as healing follows that. Were the number of traps held, G would miss it by more than that.
    """
    ion = fl.MobileIon(name="ion", charge=1, mean_density=1e23, diffusivity=1e-16)
    law = fl.IonTraps(
        capture_coefficient=3e-15, saturation_current_density=10.0, net_weight=weights[0], total_weight=weights[1]
    )
    charge = "neutral" if trap_density is None else "acceptor"
    device = trapped_diode(charge=charge, trap_density=trap_density, ions=[ion], ion_traps=law)
    options = {"voltage": 0.8, "frequencies": [1e-7], "mean_current_density": 1.0}
    found = fl.admittance(device, **options).series["conductance"][0]
    assert found == pytest.approx(slope(device, 0.8, mean_current_density=1.0), rel=1e-4)
    monkeypatch.setattr(small_signal, "ion_trap_block", lambda still: csr_matrix((still.u.size, still.u.size)))
    held = fl.admittance(device, **options).series["conductance"][0]
    assert abs(held / found - 1) > 3e-4
