"""Two MPI ranks compute what one computes: series to 1e-9, the same fields and balance, and no rank waits for ever."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import json, sys
from femled import Pulse, PulseTrain, heat_pulse, heat_steady, heat_train, load_pixel
from mpi4py import MPI

kim, cold = load_pixel("kim2018"), load_pixel("elkhouly2024").replace(ambient_temperature=77.0)
pulse = {"width": 0.5e-6, "until": 2e-6, "at": [0.1e-6, 0.5e-6, 0.6e-6, 2e-6]}
train = PulseTrain(pulse=Pulse(amplitude=1e7, width=2e-6), period=20e-6, count=5)
cases = {
    "planar": lambda: heat_pulse(kim, power_density=1e7, linear=True, **pulse),
    "conformal": lambda: heat_pulse(kim.replace(geometry="conformal"), power_density=1e7, linear=True, **pulse),
    "convection": lambda: heat_pulse(load_pixel("li2023").replace(convection=1e6), power_density=1e7, **pulse),
    "contacts": lambda: heat_pulse(
        kim.replace(contact_resistance="tpbi/lif=5e-8 m2*K/W"), power_density=1e7, linear=True, **pulse
    ),
    "column": lambda: heat_pulse(kim, power_density=1e7, linear=True, laterally_uniform=True, **pulse),
    "nonlinear": lambda: heat_pulse(cold, power_density=3e8, **pulse),
    "steady": lambda: heat_steady(kim, power_density=1e6, linear=True),
    "steady, nonlinear": lambda: heat_steady(cold, power_density=1e8),
    "train": lambda: heat_train(kim, train),
}
run = cases[sys.argv[1]]()
told = {
    "ranks": MPI.COMM_WORLD.size,
    "rise": run.data["emitter_temperature_rise"].values.ravel().tolist(),
    "dofs": run.cost.dofs,
    "defect": run.balance.defect if run.balance else 0.0,
    "peak": run.peak().value if run.mesh else 0.0,
    "cells": len(run.mesh.cells) if run.mesh else 0,
    "volume": run.mesh.weights.sum() if run.mesh else 0.0,
}
every = MPI.COMM_WORLD.gather(told)
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps(every))
"""


def told_by(case, ranks):
    """What every rank says of a case; a program that hangs is ended after three minutes."""
    before = [str(Path(sys.executable).with_name("mpiexec")), "-n", str(ranks)] if ranks > 1 else []
    process = subprocess.Popen(
        [*before, sys.executable, "-c", PROGRAM, case],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=180)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        pytest.fail(f"{case} on {ranks} ranks did not end within 180 s")
    assert process.returncode == 0, err
    return json.loads(out)


CASES = [
    "planar",
    "conformal",
    "convection",
    "contacts",
    "column",
    "nonlinear",
    "steady",
    "steady, nonlinear",
    "train",
]


@pytest.mark.parametrize("case", CASES)
def test_two_ranks_agree_with_one(case):
    """1e-9 of the rise: the sums are made in another order and the matrices are factored by another solver."""
    (alone,) = told_by(case, 1)
    first, second = told_by(case, 2)
    assert first["ranks"] == 2
    assert first == second
    assert first["dofs"] == alone["dofs"]
    assert first["cells"] == alone["cells"]
    assert first["rise"] == pytest.approx(alone["rise"], rel=1e-9)
    assert first["peak"] == pytest.approx(alone["peak"], rel=1e-9)
    assert first["volume"] == pytest.approx(alone["volume"], rel=1e-12)
    assert abs(first["defect"]) < 1e-6
