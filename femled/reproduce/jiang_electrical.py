"""Claims of Jiang et al. 2024 on traps and ions as currents, capacitances and light show them."""

import numpy as np

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.device import Column, Contact, Layer
from femled.experiments.admittance import admittance
from femled.experiments.lateral_gap import gap_column, lateral_gap
from femled.experiments.sclc import sclc, trap_filled_voltage
from femled.experiments.trap_spectrum import trap_spectrum
from femled.materials import IonTraps, MobileIon, Semiconductor
from femled.materials.ion_migration import migration_barriers
from femled.reproduce.claim import Claim, Finding, Input
from femled.units import nm, um

ROOM = 300.0
"""[K]"""

DEVICES = (1.55e23, 2.19e23)
"""[1/m3] trap densities of both published films, with HPA and without."""

CAPTURE = 1e-14
"""[m3/s] of the traps."""

MAPBI3 = {
    "relative_permittivity": 25.0,
    "conduction_band_ev": -3.9,
    "valence_band_ev": -5.5,
    "conduction_band_density": 2.2e24,
    "valence_band_density": 2.2e24,
    "electron_mobility": 1e-4,
    "hole_mobility": 1e-4,
}


def _film(density: float, depth: float, **changes: float) -> Semiconductor:
    """A film with traps below its conduction band that are negative when filled."""
    numbers = MAPBI3 | changes
    lifetime = 1 / (CAPTURE * density)
    return Semiconductor(
        **numbers,
        trap_level_ev=numbers["conduction_band_ev"] - depth,
        trap_density=density,
        trap_charge="acceptor",
        srh_electron_lifetime=lifetime,
        srh_hole_lifetime=lifetime,
    )


def trap_filled_limit() -> Finding:
    """J1: what the kink of J(V) says of the trap densities of both films, for two films that the text leaves open."""
    parts, ends, kinks = [], [], []
    for thickness in (100 * nm, 200 * nm):
        for density in DEVICES:
            film = _film(density, 0.5, relative_permittivity=6.0, electron_mobility=1e-6)
            limit = trap_filled_voltage(film, thickness)
            ohmic = np.logspace(-3, np.log10(limit) - 1.4, 6)
            voltages = [*ohmic.tolist(), *(limit * np.logspace(-1.3, 0.5, 60)).tolist()]
            series = sclc(film, thickness=thickness, voltages=voltages).series
            kinks.append(float(series["trap_density"]) / density)
            ends.append(float(series["child_trap_density"]) / density)
            parts.append(
                f"{thickness / nm:.0f} nm, {density * 1e-6:.2e} 1/cm3 (V_TFL {limit:.1f} V): kink {kinks[-1]:.2f} N_t, "
                f"end of the rise {ends[-1]:.2f} N_t"
            )
    read = max(abs(end - 1) for end in ends)
    return Finding(
        computed="; ".join(parts),
        verdict="needs input" if read < 0.2 else "contradicts",
        deviation=f"eq. 13 returns N_t within {100 * read:.0f} % where the rise of the current ends, and "
        f"{min(kinks):.2f} .. {max(kinks):.2f} of it at the kink of the tangents, the usual reading: contacts fill "
        "traps without voltage. The text gives neither thickness, permittivity nor the way V_TFL was read",
        inputs=(
            Input("trap densities", "1.55e17, 2.19e17 1/cm3", "published"),
            Input("thickness", "100, 200 nm", "assumed"),
            Input("relative permittivity", "6", "assumed"),
            Input("trap depth", "0.5 eV", "assumed"),
            Input("contacts", "in the conduction band", "assumed"),
        ),
    )


def relaxation_frequency(activation_ev: float, temperature: float) -> float:
    """[Hz] at which the capacitance of a film of ions between blocking electrodes is midway; D = 1e-14 m2/s at 300 K.

    Args:
        activation_ev: [eV] of the diffusivity.
        temperature: [K].
    """
    ion = MobileIon(
        name="ion",
        charge=1,
        mean_density=2e23,
        diffusivity=1e-14,
        activation_ev=activation_ev,
        reference_temperature=ROOM,
    )
    film = Semiconductor(**MAPBI3, ions=(ion,))
    column = gap_column(film, gap=200 * nm, temperature=temperature)
    factor = ion.at_temperature(temperature).diffusivity / ion.diffusivity
    frequencies = factor * np.logspace(-1, 4, 101)
    capacitance = admittance(column, voltage=0.0, frequencies=frequencies.tolist(), mesh=50).series["capacitance"]
    middle = (capacitance[0] + capacitance[-1]) / 2
    return float(np.exp(np.interp(-middle, -capacitance, np.log(frequencies))))


def migration_energies() -> Finding:
    """J3: the printed table against the time constants of a film of ions at several temperatures."""
    energies = sorted(one.activation_ev for one in migration_barriers())
    temperatures = (285.0, 300.0, 315.0)
    inverse = np.array([ELEMENTARY_CHARGE / (BOLTZMANN * one) for one in temperatures])
    parts, errors = [], []
    for energy in (energies[0], energies[len(energies) // 2], energies[-1]):
        rates = [relaxation_frequency(energy, one) for one in temperatures]
        slope = -float(np.polyfit(inverse, np.log(rates), 1)[0])
        errors.append(abs(slope - energy))
        parts.append(f"{energy:g} eV from {slope:.3f} eV")
    scale = 1 / (2 * np.pi * relaxation_frequency(energies[0], ROOM)) * 1e-14  # [m2] time constant times D
    times = {one: scale / one.diffusivity(ROOM) for one in migration_barriers()}
    slow = [one for one, time in times.items() if 0.1 <= time <= 100.0]
    return Finding(
        computed=f"{len(energies)} energies of {energies[0]:g} .. {energies[-1]:g} eV in the library; slope of the "
        f"ionic relaxation against 1/kT, 285 .. 315 K: {', '.join(parts)}; time constants at 300 K "
        f"{min(times.values()):.1e} .. {max(times.values()):.1e} s by hopping",
        verdict="consistent"
        if max(errors) < 0.03 and energies[0] == 0.08 and 2.3 <= energies[-1] < 2.35
        else "contradicts",
        deviation=f"within {1e3 * max(errors):.0f} meV, less than kT (the Debye length depends on T too); "
        f"{len(slow)} of them ("
        + ", ".join(sorted({f"{one.activation_ev:g} eV" for one in slow}))
        + ") give the 0.1 .. 100 s of devices; the table gives no prefactors",
        inputs=(
            Input("activation energies", "Table 1", "published"),
            Input("film of ions", "200 nm, 2e23 1/m3, blocking electrodes", "assumed"),
            Input("prefactor", "a^2 nu/6, a = 0.45 nm, nu = 1e12 1/s", "assumed"),
        ),
    )


def quenched_side() -> Finding:
    """J7: which side of a lateral gap darkens when mobile iodide gathers, and how far."""
    parts, dark = [], True
    for density in (1e19, 1e20, 1e22):
        film = Semiconductor(
            **MAPBI3,
            radiative_coefficient=4e-16,
            srh_electron_lifetime=100e-9,
            srh_hole_lifetime=100e-9,
            ions=(MobileIon(name="iodide", charge=-1, mean_density=density, diffusivity=1e-12),),
            ion_traps=IonTraps(capture_coefficient=1e7 / density, net_weight=0.0, total_weight=1.0),
        )
        times = [0.0, *np.logspace(-2, 3, 26).tolist()]
        run = lateral_gap(film, gap=100 * um, voltage=2.0, until=1e3, at=times, generation=1e28, mesh=100).series
        light, position = run["light"][-1], run["position"]
        quenched = float(np.ptp(position[light < 0.8]) / um) if (light < 0.8).any() else 0.0
        anode, cathode = float(run["anode_light"][-1]), float(run["cathode_light"][-1])
        dark &= anode < 1 < cathode and float(light[0]) < 0.1
        parts.append(
            f"{density:.0e} 1/m3: light at the anode {anode:.2f}, at the cathode {cathode:.2f}, "
            f"{quenched:.2g} um quenched, half in {float(run['anode_time']):.2g} s"
        )
    return Finding(
        computed="; ".join(parts),
        verdict="consistent" if dark else "contradicts",
        deviation="sign: iodide gathers at the anode and quenches there, the cathode side brightens, if traps follow "
        "its density; by net charge the depleted side darkens too, and more of it. The time scales as 1/D. A width "
        "that a microscope sees takes fewer than 1e20 mobile ions per m3: more of them screen the field within less. "
        "The same text reports a film that was quenched at injecting contacts only; here no carrier is injected",
        inputs=(
            Input("field", "2e4 V/m: 2 V over 100 um", "published"),
            Input("iodide density", "1e19 .. 1e22 1/m3", "assumed"),
            Input("iodide diffusivity", "1e-12 m2/s", "assumed"),
            Input("law of traps", "rate ~ density, even film 1e7 1/s", "assumed"),
        ),
    )


def capacitance_spectrum() -> Finding:
    """J8: what eq. 12 reads from the capacitance of a film of known traps."""
    density, thickness, bend, parts = 1e20, 300 * nm, 1.3, []
    apart, seen, levered = [], [], []
    for depth in (0.25, 0.35, 0.45):
        column = Column(
            layers=(Layer(name="film", thickness=thickness, material=_film(density, depth)),),
            anode=Contact(work_function_ev=-5.3),
            cathode=Contact(work_function_ev=-4.0),
        )
        run = admittance(column, voltage=0.0, frequencies=np.logspace(0, 8, 161).tolist())
        series = trap_spectrum(
            run,
            built_in_voltage=bend,
            depletion_width=thickness,
            attempt_rate=2 * CAPTURE * MAPBI3["conduction_band_density"],
            temperature=ROOM,
        ).series
        level = float(series["energy"][series["trap_density_of_states"].argmax()])
        share = float(series["trap_density"]) / density
        apart.append(abs(level - depth))
        seen.append(share)
        levered.append(share / ((depth - 0.1) / bend) ** 2)
        parts.append(f"{depth:g} eV: peak at {level:.3f} eV, {share:.3f} N_t")
    right = max(apart) < 0.0259 and max(abs(one - 1) for one in levered) < 0.1
    return Finding(
        computed="; ".join(parts),
        verdict="needs input" if right else "contradicts",
        deviation=f"levels within {1e3 * max(apart):.0f} meV; the printed formula sees {100 * min(seen):.1f} .. "
        f"{100 * max(seen):.0f} % of the traps, the square of x/W of the place where the level crosses the Fermi level "
        f"(divided by it: {min(levered):.2f} .. {max(levered):.2f} N_t). The text gives neither device nor that place",
        inputs=(
            Input("film", "300 nm, uniform field, built-in voltage 1.3 V", "assumed"),
            Input("trap density", "1e20 1/m3", "assumed"),
            Input("capture coefficient", "1e-14 m3/s", "assumed"),
        ),
    )


CLAIMS = (
    Claim("J1", "jiang2024", "N_t = 2 eps V_TFL/(e L^2): 1.55e17 and 2.19e17 1/cm3", trap_filled_limit),
    Claim("J3", "jiang2024", "activation energies of ion migration of 0.08 .. 2.3 eV (Table 1)", migration_energies),
    Claim("J7", "jiang2024", "a lateral field quenches photoluminescence on one side", quenched_side),
    Claim(
        "J8", "jiang2024", "trap density of states from capacitance against frequency (eq. 12)", capacitance_spectrum
    ),
)
