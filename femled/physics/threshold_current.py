"""Closed forms between current, light and carrier density at threshold, each with the assumptions that it stands on.

All of them take one film in which electrons and holes are equally many and evenly spread. What they leave out,
the models compute: profiles (`jv`), time and heat (`electrothermal_pulse`), gain against loss (`gain_table`, `modes`).
"""

from femled.constants import ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.frozen import Quantity

_RANGES = {
    "thickness": Quantity("m", 1e-10, 0.1),
    "density": Quantity("1/m3", 0.0, 1e28),
    "threshold_density": Quantity("1/m3", 0.0, 1e28),
    "monomolecular_rate": Quantity("1/s", 0.0, 1e13),
    "radiative_coefficient": Quantity("m3/s", 0.0, 1e-10),
    "auger_coefficient": Quantity("m6/s", 0.0, 1e-35),
    "internal_quantum_efficiency": Quantity("1", 0.0, 1.0),
    "external_quantum_efficiency": Quantity("1", 0.0, 1.0),
    "outcoupling_efficiency": Quantity("1", 0.0, 1.0),
    "photoluminescence_quantum_yield": Quantity("1", 0.0, 1.0),
    "absorptance": Quantity("1", 0.0, 1.0),
    "irradiance": Quantity("W/m2", 0.0, 1e20),
    "fluence": Quantity("J/m2", 0.0, 1e6),
    "photon_energy_ev": Quantity("eV", 0.1, 50.0),
    "current_density": Quantity("A/m2", 0.0, 1e12),
}
"""What each argument can mean, by its name."""

_DIVISORS = ("internal_quantum_efficiency",)


def _check(**values: float) -> None:
    """Refuse values out of range, and an efficiency of zero to divide by."""
    for name, value in values.items():
        if _RANGES[name].check(value, name) == 0 and name in _DIVISORS:
            raise InputError(f"{name} is 0: no current makes light, give one above 0")


def recombination_current_density(
    *,
    thickness: float,
    density: float,
    monomolecular_rate: float = 0.0,
    radiative_coefficient: float = 0.0,
    auger_coefficient: float = 0.0,
) -> float:
    """Current density that keeps a density of carriers in a film.

    J = q d (A n + B n^2 + C n^3)

    Assumes a steady state, n = p everywhere in the film, and that every carrier which is injected recombines in it.

    Args:
        thickness: [m] d.
        density: [1/m3] n of electrons and of holes.
        monomolecular_rate: [1/s] A.
        radiative_coefficient: [m3/s] B.
        auger_coefficient: [m6/s] C.

    Returns:
        [A/m2]

    Raises:
        InputError: a value out of range.
    """
    _check(
        thickness=thickness,
        density=density,
        monomolecular_rate=monomolecular_rate,
        radiative_coefficient=radiative_coefficient,
        auger_coefficient=auger_coefficient,
    )
    per_carrier = monomolecular_rate + density * (radiative_coefficient + density * auger_coefficient)
    return ELEMENTARY_CHARGE * thickness * density * per_carrier


def threshold_current_density(
    *,
    thickness: float,
    radiative_coefficient: float,
    threshold_density: float,
    internal_quantum_efficiency: float = 1.0,
) -> float:
    """Current density at which the carriers of a film reach the density of a threshold.

    J_th = q d B n_th^2 / IQE                                                      (kim2018)

    Assumes a steady state, n = p everywhere in the film, and an efficiency known *at the threshold*: it stands for
    leakage, traps and Auger recombination together (1 is none of them), and there it may differ from any measured one.
    With IQE = B n/(A + B n + C n^2) it is `recombination_current_density`. Light that stimulates emission is left out.

    Args:
        thickness: [m] d of the film.
        radiative_coefficient: [m3/s] B at the density and temperature of the threshold.
        threshold_density: [1/m3] n_th.
        internal_quantum_efficiency: [1] photons made over electrons that flow.

    Returns:
        [A/m2]

    Raises:
        InputError: a value out of range.
    """
    _check(internal_quantum_efficiency=internal_quantum_efficiency, threshold_density=threshold_density)
    radiative = recombination_current_density(
        thickness=thickness, density=threshold_density, radiative_coefficient=radiative_coefficient
    )
    return radiative / internal_quantum_efficiency


def threshold_efficiency_product(
    *, thickness: float, radiative_coefficient: float, threshold_density: float, outcoupling_efficiency: float
) -> float:
    """External quantum efficiency times current density at threshold: what a diode has to reach, by its light alone.

    EQE J_th = q d B n_th^2 phi_oc                                                 (kim2018)

    `threshold_current_density` times EQE = IQE phi_oc: the internal efficiency drops out, and measured curves of EQE
    and J compare with it directly. Assumes what that function does, and an outcoupling that the drive does not change.

    Args:
        thickness: [m] d of the film.
        radiative_coefficient: [m3/s] B at the density and temperature of the threshold.
        threshold_density: [1/m3] n_th.
        outcoupling_efficiency: [1] phi_oc, photons that leave over photons made.

    Returns:
        [A/m2]

    Raises:
        InputError: a value out of range.
    """
    _check(outcoupling_efficiency=outcoupling_efficiency)
    made = threshold_current_density(
        thickness=thickness, radiative_coefficient=radiative_coefficient, threshold_density=threshold_density
    )
    return made * outcoupling_efficiency


def optical_equivalent_current_density(
    *,
    irradiance: float,
    absorptance: float,
    photon_energy_ev: float,
    internal_quantum_efficiency: float,
    photoluminescence_quantum_yield: float = 1.0,
) -> float:
    """Current density that makes as many photons in a film as a continuous pump does, and so as many carriers.

    J = q A I PLQY / (h nu IQE)

    Assumes a steady state in both (a pump as long as the carriers live), the same temperature, and carriers spread
    alike. Both efficiencies belong to the same density: IQE = PLQY times the share of the current that gets into the
    film and recombines there. With the IQE of a diode and a yield of 1 - the default, and how such numbers are usually
    given - losses of the film count against the current and not against the pump: an upper end for J.

    Args:
        irradiance: [W/m2] I of the pump on the pixel.
        absorptance: [1] A, share of it that the film absorbs.
        photon_energy_ev: [eV] h nu of the pump.
        internal_quantum_efficiency: [1] photons made over electrons that flow.
        photoluminescence_quantum_yield: [1] photons made over photons absorbed.

    Returns:
        [A/m2]

    Raises:
        InputError: a value out of range.
    """
    _check(
        irradiance=irradiance,
        absorptance=absorptance,
        photon_energy_ev=photon_energy_ev,
        internal_quantum_efficiency=internal_quantum_efficiency,
        photoluminescence_quantum_yield=photoluminescence_quantum_yield,
    )
    # q / (h nu) is one over the photon energy in volts.
    pumped = absorptance * irradiance / photon_energy_ev
    return pumped * photoluminescence_quantum_yield / internal_quantum_efficiency


def pumped_density(*, fluence: float, absorptance: float, photon_energy_ev: float, thickness: float) -> float:
    """Density of pairs that a short pulse of light leaves in a film.

    n = A F / (h nu d)

    Assumes a pulse that is over before carriers recombine, one pair for each photon, an absorptance that the carriers
    do not change, and an even spread over the thickness.

    Args:
        fluence: [J/m2] F on the film.
        absorptance: [1] A, share of it that the film absorbs.
        photon_energy_ev: [eV] h nu of the pump.
        thickness: [m] d of the film.

    Returns:
        [1/m3]

    Raises:
        InputError: a value out of range.
    """
    _check(fluence=fluence, absorptance=absorptance, photon_energy_ev=photon_energy_ev, thickness=thickness)
    return absorptance * fluence / (photon_energy_ev * ELEMENTARY_CHARGE * thickness)


def emitted_irradiance(*, current_density: float, external_quantum_efficiency: float, photon_energy_ev: float) -> float:
    """Power of light that leaves a pixel per area of it.

    I = EQE J h nu / q

    Assumes photons of one energy (the mean of the spectrum); the efficiency says through which facets.

    Args:
        current_density: [A/m2] J.
        external_quantum_efficiency: [1] photons that leave over electrons that flow.
        photon_energy_ev: [eV] h nu.

    Returns:
        [W/m2]

    Raises:
        InputError: a value out of range.
    """
    _check(
        current_density=current_density,
        external_quantum_efficiency=external_quantum_efficiency,
        photon_energy_ev=photon_energy_ev,
    )
    return external_quantum_efficiency * current_density * photon_energy_ev
