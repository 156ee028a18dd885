"""Figures of admittance, trap spectrum, space-charge-limited current, light and gap cell; saved and read back."""

import numpy as np
import pytest
from test_lateral_gap import run as gap_run
from test_sclc import trapping
from test_transient_pl import decay_run

import femled as fl
from femled.units import nm


def admittance_run():
    material = trapping(1e21).replace(donor_density=1e23)
    column = fl.Column(
        layers=[fl.Layer(name="film", thickness=300 * nm, material=material)],
        anode=fl.Contact(work_function_ev=-4.4),
        cathode=fl.Contact(kind="neutral"),
    )
    return fl.admittance(column, voltage=0.0, frequencies=np.logspace(0, 8, 17), mesh=50)


def spectrum_run():
    numbers = {"built_in_voltage": 1.0, "depletion_width": 1e-7, "attempt_rate": 1e11, "temperature": 300.0}
    return fl.trap_spectrum(admittance_run(), **numbers)


def sclc_run():
    voltages = np.concatenate([np.logspace(-3, 0, 8), np.linspace(2, 20, 30)])
    return fl.sclc(trapping(1.55e23), thickness=200 * nm, voltages=voltages, mesh=50)


RUNS = {
    "admittance": (admittance_run, "frequency (Hz)"),
    "trap_spectrum": (spectrum_run, "distance from the band (eV)"),
    "sclc": (sclc_run, "voltage (V)"),
    "transient_pl": (lambda: decay_run(1e22, mesh=50), "time after the pump (ns)"),
    "lateral_gap": (gap_run, "distance from the anode (µm)"),
}


@pytest.mark.parametrize("name", RUNS)
def test_figure_is_drawn_and_the_result_is_saved_and_read_back(name, tmp_path):
    make, label = RUNS[name]
    result = make()
    axes = result.plot().axes[0]
    assert result.experiment == name
    assert axes.get_xlabel() == label
    assert axes.lines
    again = fl.Result.load(result.save(tmp_path / name))
    for key, variable in result.series.variables.items():
        assert np.array_equal(again.series[key], variable.values), key
        assert np.isfinite(variable.values).all(), key
        assert variable.unit
