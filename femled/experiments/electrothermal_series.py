"""What a coupled pulse says of its currents: totals over time, profiles over the radius, and where the power goes."""

import numpy as np

from femled.experiments.electrothermal_march import Marched
from femled.experiments.electrothermal_run import ElectrothermalRun
from femled.series import Series, Variable, over_time

OFF = 1e-9
"""Share of the highest current density below which the pixel is switched off, and its current as even as any."""


def electrical_series(run: ElectrothermalRun, marched: Marched) -> Series:
    """The electrical side of a coupled pulse.

    Args:
        run: the pixel.
        marched: through its pulse.
    """
    problem, r = run.problem, run.nodes
    at_nodes, functions = run.temperature_functions(r), problem.sheet.functions_at(r)
    voltages, densities, rises = [], [], []
    for instant in marched.instants:
        u = functions @ instant.y[: problem.sheet.count]
        rise = at_nodes @ instant.tau
        voltages.append(u)
        rises.append(rise)
        densities.append(problem.law.at(u, run.ambient + rise).current_density)
    current = np.array([instant.y[-2] for instant in marched.instants])
    layers, sheet, lead = problem.local.by_channel(np.array([one.power.values for one in marched.instants]))
    density = np.array(densities)
    flowing = np.abs(density[:, 0]) > OFF * np.abs(density).max(initial=0.0)
    crowding = np.where(flowing, density[:, -1] / np.where(flowing, density[:, 0], 1.0), 1.0)
    return Series(
        {
            "current": over_time(current, "A", "current"),
            "voltage": over_time([one.y[-1] for one in marched.instants], "V", "voltage"),
            "mean_current_density": over_time(current / (np.pi * run.radius**2), "A/m2", "mean current density"),
            "edge_to_centre": over_time(crowding, "1", "current at the rim over that on the axis"),
            "light_power": over_time([one.power.light for one in marched.instants], "W", "power of the light"),
            "layer_power": over_time(layers.sum(axis=1), "W", "heat of the layers"),
            "sheet_power": over_time(sheet, "W", "heat of the sheets above the opening"),
            "lead_power": over_time(lead, "W", "heat of the sheets beyond the opening"),
            "current_density": Variable(("time", "r"), density, "A/m2", "current density"),
            "local_voltage": Variable(("time", "r"), np.array(voltages), "V", "voltage across the layers"),
            "temperature_profile": Variable(("time", "r"), run.ambient + np.array(rises), "K", "emitter temperature"),
        },
        {
            "time": over_time(marched.times, "s", "time"),
            "r": Variable(("r",), r, "m", "distance from the axis"),
        },
    )
