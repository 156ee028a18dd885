"""Steady currents of a light-emitting diode against DEVSIM on the same nodes, where it is installed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from femled import jv, relax_ions
from femled.domain.column_mesh import column_mesh

pytestmark = pytest.mark.skipif(importlib.util.find_spec("devsim") is None, reason="DEVSIM is not installed")


@pytest.fixture
def benchmarks(monkeypatch):
    """The modules of the benchmarks, which lie beside the package and are not installed."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    from benchmarks import devsim_jv

    try:
        devsim_jv.load()
    except RuntimeError:
        sys.modules.pop("devsim", None)
        pytest.skip("DEVSIM, a peer of the benchmarks and no part of femled, finds no BLAS on this machine")
    return devsim_jv


@pytest.mark.parametrize("mesh", [30, 60])
def test_currents_are_those_of_devsim_on_the_same_nodes(benchmarks, mesh):
    """Its fluxes differ by round-off of densities alone: 1e-6 of J, 1e-9 of the radiative part; 0.1 % is asked."""
    from benchmarks.carriers import led_without_ions

    column, voltages = led_without_ions(), np.linspace(0.0, 3.0, 16)
    ours = jv(column, voltages=voltages, mesh=mesh).series
    nodes = np.unique(column_mesh(column, mesh).corners)
    peer = benchmarks.DevsimColumn(column, nodes, relax_ions(column, voltage=0.0, mesh=mesh))
    try:
        points = peer.curve(voltages.tolist())
    finally:
        peer.close()
    bright = ours["current_density"] > 1.0
    assert np.count_nonzero(bright) >= 8
    total, radiative = (np.array([getattr(point, name) for point in points]) for name in ("total", "radiative"))
    assert total[bright] == pytest.approx(ours["current_density"][bright], rel=1e-5)
    assert radiative[bright] == pytest.approx(ours["radiative_current_density"][bright], rel=1e-8)
    efficiency = ours["internal_quantum_efficiency"][bright]
    assert (radiative / total)[bright] == pytest.approx(efficiency, rel=1e-5)
