"""Density of trap states from capacitance against frequency, as thermal admittance spectroscopy reads it."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.experiments.experiment import experiment
from femled.frozen import Length, Quantity, Temperature
from femled.result import Result
from femled.series import Series, Variable

Array = NDArray[np.float64]

Rate = Annotated[float, Quantity("1/s", 1.0, 1e30)]
Lever = Annotated[float, Quantity("1", 1e-3, 1.0)]
Barrier = Annotated[float, Quantity("V", 1e-3, 100.0)]


@experiment
def trap_spectrum(
    spectrum: Result,
    *,
    built_in_voltage: Barrier,
    depletion_width: Length,
    attempt_rate: Rate,
    temperature: Temperature,
    lever: Lever = 1.0,
) -> Result:
    """Density of trap states from the capacitance against frequency.

    n_t = -(V_bi/(q W)) dC/domega (omega/(kB T))/a^2     (jiang2024, eq. 12, with a = 1; walter1996)
    E = kB T ln(nu/omega)

    The formula is that of a uniform field V_bi/W. As printed it takes every trap to feel the whole alternating voltage
    and its charge to count in full at the contact. Both are the share a = x_t/W, where x_t is the distance of the place
    at which the level crosses the Fermi level from the contact whose carriers it catches: of the true number the
    printed formula sees a^2.

    Traps that follow omega = nu exp(-E/kB T) lie E from the band whose carriers they catch, where nu = 2 c N is twice
    the capture coefficient times the states of the band: at the place where a trap level crosses the Fermi level it
    catches as often as it releases. A single level appears 3.5 kB T/q wide.

    Args:
        spectrum: of `admittance`, with frequencies that resolve the step of the capacitance.
        built_in_voltage: [V] V_bi, bend of the band at the bias.
        depletion_width: [m] W; the printed equation calls it omega_0.
        attempt_rate: [1/s] nu.
        temperature: [K] of the column.
        lever: [1] a; 1 is the formula as printed.

    Returns:
        over `energy` [eV]: `trap_density_of_states` [1/m3/eV], and `trap_density` [1/m3], its integral.

    Raises:
        InputError: not an admittance, or fewer than 4 frequencies.
    """
    if spectrum.experiment != "admittance":
        raise InputError(f"spectrum is of {spectrum.experiment}, trap_spectrum reads that of admittance")
    order = np.argsort(spectrum.series["frequency"])
    omega = 2 * np.pi * spectrum.series["frequency"][order]
    capacitance = spectrum.series["capacitance"][order]
    if len(omega) < 4:
        raise InputError(f"{len(omega)} frequencies are too few for a derivative: give 4 at least")
    thermal = BOLTZMANN * temperature  # [J]
    fall = -np.gradient(capacitance, np.log(omega))
    energy = thermal / ELEMENTARY_CHARGE * np.log(attempt_rate / omega)
    density = built_in_voltage / (ELEMENTARY_CHARGE * depletion_width) * fall / thermal * ELEMENTARY_CHARGE / lever**2
    energy, density = energy[::-1], density[::-1]
    total = float(np.trapezoid(density, energy))
    return Result(
        experiment="trap_spectrum",
        series=Series(
            {
                "trap_density_of_states": Variable(("energy",), density, "1/m3/eV", "density of trap states"),
                "trap_density": Variable((), np.asarray(total), "1/m3", "trap density"),
            },
            {"energy": Variable(("energy",), energy, "eV", "distance from the band")},
        ),
        inputs={
            "spectrum": dict(spectrum.inputs),
            "built_in_voltage": f"{built_in_voltage!r} V",
            "depletion_width": f"{depletion_width!r} m",
            "attempt_rate": f"{attempt_rate!r} 1/s",
            "temperature": f"{temperature!r} K",
            "lever": lever,
        },
        provenance=dict(spectrum.provenance),
    )
