"""Steady currents of columns against an independent finite-volume solver: tests/data/drift_diffusion.json."""

import numpy as np
import pytest
from drift_diffusion_reference import cases, column, light

from femled import jv, relax_ions

CASES = cases("jv")
CURRENTS = ("current_density", "radiative_current_density", "srh_current_density", "auger_current_density")


def errors(case, mesh):
    """Largest relative error of each current over the voltages; under light, where J changes sign, over their peak.

    Frozen ions are relaxed on the default mesh and carried over, whatever the mesh of the carriers.
    """
    device, generation = column(case), light(case)
    ions = case["experiment"]["ions"]
    if isinstance(ions, dict):
        ions = relax_ions(device, voltage=ions["frozen_at"], generation=generation)
    run = jv(device, voltages=case["experiment"]["voltages"], ions=ions, generation=generation, mesh=mesh)
    found = {}
    for name in CURRENTS:
        if name in case["results"]:
            expected = np.array(case["results"][name]["value"])
            floor = 1e-6 if generation is None else 1.0
            scale = np.maximum(np.abs(expected), floor * np.abs(expected).max())
            if np.abs(expected).max() > 0:
                found[name] = float(np.max(np.abs(run.data[name].values - expected) / scale))
    return found


@pytest.mark.parametrize("name", CASES)
def test_currents_on_the_default_mesh_follow_the_finite_volumes(name):
    """Junction, single carrier, LED with ions absent, relaxed and frozen, a published cell dark and lit.

    100 cells a layer. Measured: J 1e-3 .. 6e-3; of its parts SRH 1e-2, Auger, which the last nanometre decides, 3e-2.
    """
    found = errors(CASES[name], "default")
    assert found["current_density"] < 8e-3
    assert found.get("radiative_current_density", 0.0) < 5e-3
    assert found.get("srh_current_density", 0.0) < 1.5e-2
    assert found.get("auger_current_density", 0.0) < 4e-2


@pytest.mark.parametrize("name", [name for name in CASES if "frozen" not in name])
def test_currents_on_the_fine_mesh_follow_the_finite_volumes(name):
    """400 cells a layer: second order. Measured: J 1e-5 .. 5e-4, its parts 7e-4, Auger 2e-3."""
    found = errors(CASES[name], "fine")
    assert found["current_density"] < 8e-4
    assert found.get("radiative_current_density", 0.0) < 5e-4
    assert found.get("srh_current_density", 0.0) < 1e-3
    assert found.get("auger_current_density", 0.0) < 3e-3
