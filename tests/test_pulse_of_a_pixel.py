"""A pulse through a pixel's own drift-diffusion: against its parts, its light, its figure and its command."""

import json

import numpy as np
import pytest

from femled import Result, electrothermal_pulse, load_pixel
from femled.cli import run as command
from femled.constants import ELEMENTARY_CHARGE
from femled.experiments.column_states import states_after
from femled.units import ns

TIMES = [0.0, 5 * ns, 50 * ns, 100 * ns, 150 * ns]


@pytest.fixture(scope="module")
def pulse():
    """Elkhouly's pixel at 1 kA/cm2 for 100 ns."""
    return electrothermal_pulse(
        load_pixel("elkhouly2024"),
        current_density=1e7,
        width=100 * ns,
        until=150 * ns,
        at=TIMES,
        spectra=True,
        resolution="coarse",
    )


def test_layers_carry_what_their_column_carries(pulse):
    """At t = 0 every radius is an isothermal column with ions at rest at 0 V, and as many holes behind the barrier as a
    width lets in: J(u) of its states; the table holds 1e-4."""
    u, density = pulse.data["local_voltage"].values[0], pulse.data["current_density"].values[0]
    chosen = [0, len(u) // 2, len(u) - 1]
    states, wanted = states_after(load_pixel("elkhouly2024").column(), "at rest", 0.0, "default", 100 * ns), []
    for k in chosen:
        states.go(float(u[k]), 291.0)
        wanted.append(states.currents(291.0).total)
    assert density[chosen] == pytest.approx(wanted, rel=3e-4)


def test_power_fed_in_is_found_again_as_heat_and_light(pulse):
    """V I = layers + sheets + lead + light at every moment, 1e-9; over the whole pulse stored + conducted + light."""
    data = pulse.data
    parts = sum(data[name].values for name in ("layer_power", "sheet_power", "lead_power", "light_power"))
    assert parts == pytest.approx((data["voltage"] * data["current"]).values, rel=1e-4, abs=1e-12)
    assert abs(pulse.energy_balance().defect) < 1e-4


def test_light_is_the_photons_of_the_current(pulse):
    """EQE = photons out per electron; the summed spectrum holds the same photons to 3 %.

    The spectra are of dipoles at even heights, the power of dipoles where they recombine.
    """
    data = pulse.data
    on = slice(0, 4)
    energy = ELEMENTARY_CHARGE * data["mean_photon_energy_ev"].values
    photons = data["light_power"].values / energy
    efficiency = ELEMENTARY_CHARGE * photons[on] / data["current"].values[on]
    assert data["external_quantum_efficiency"].values[on] == pytest.approx(efficiency, rel=1e-2)
    assert data["photon_flux"].values[on] == pytest.approx(photons[on], rel=3e-2)
    assert np.all(data["internal_quantum_efficiency"].values[on] > data["external_quantum_efficiency"].values[on])
    assert data["light_power"].values[-1] == pytest.approx(0.0, abs=1e-12)


def test_spectrum_shows_the_temperature_of_the_emitter(pulse):
    """By peak and by width within 1 K of the mean where light is made: the pixel is not evenly warm."""
    shown = pulse.data["apparent_temperature"].values[1:4]
    warm = pulse.data["emission_temperature"].values[1:4, None]
    assert np.abs(shown - warm).max() < 1.0


def test_pulse_is_saved_loaded_and_drawn(pulse, tmp_path):
    again = Result.load(pulse.save(tmp_path / "pulse"))
    assert again.data["current_density"].values == pytest.approx(pulse.data["current_density"].values)
    figure = again.plot()
    labels = " ".join(axes.get_ylabel() for axes in figure.axes)
    for name in ("J (A/cm²)", "V at the feed (V)", "EL (W/cm²)", "EQE (%)", "emitter (K)", "temperature (K)"):
        assert name in labels


@pytest.mark.slow
def test_command_prints_the_pulse_and_json(tmp_path, capsys):
    """The table names what a person asks for, each number with its unit; JSON holds the same numbers."""
    arguments = ["pulse", "elkhouly2024", "--current-density", "0.1 kA/cm2", "--width", "20 ns", "--until", "25 ns"]
    arguments += ["--resolution", "coarse", "--at", "0 s, 20 ns, 25 ns"]
    assert command([*arguments, "--output", str(tmp_path / "out")]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for words in ("power there", "sheets up to the feed", "rim over axis", "hottest", "energy in and out", "100 A/cm2"):
        assert words in text
    assert (tmp_path / "out" / "pulse.png").is_file()
    assert command([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["times_s"] == [0.0, 2e-8, 2.5e-8]
    assert found["current_density_A_per_m2"][:2] == pytest.approx([1e6, 1e6], rel=1e-9)
    assert found["voltage_V"][2] == 0.0
    assert abs(found["energy_balance"]) < 1e-4


def test_command_refuses_contradictory_drives(capsys):
    code = command(["pulse", "kim2018", "--current-density", "1 A/cm2", "--voltage", "5 V", "--width", "1 us"])
    assert code == 2
    assert "give either voltage or current_density" in capsys.readouterr().err
