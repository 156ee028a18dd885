"""What a semiconductor is at another temperature, and which traps, disorder and activation are refused."""

import numpy as np
import pytest

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.frozen import quantity_of
from femled.physics.carrier_data import material_data

GOOD = {
    "relative_permittivity": 24,
    "conduction_band_ev": -3.8,
    "valence_band_ev": -5.4,
    "conduction_band_density": 3e24,
    "valence_band_density": 2.5e24,
    "electron_mobility": 5e-5,
    "hole_mobility": 3e-5,
}
LIFETIMES = {"srh_electron_lifetime": 1e-8, "srh_hole_lifetime": 1e-7}
ION = {"name": "vacancy", "charge": 1, "mean_density": 5e24, "diffusivity": 2e-15}


def activated(energy, temperature, reference):
    return np.exp(-energy * ELEMENTARY_CHARGE / BOLTZMANN * (1 / temperature - 1 / reference))


def test_without_a_reference_temperature_nothing_scales():
    material = fl.Semiconductor(**GOOD, ions=[fl.MobileIon(**ION)])
    assert material.at_temperature(400.0) is material


def test_at_its_reference_temperature_a_layer_is_what_it_was_given():
    ion = fl.MobileIon(**ION, activation_ev=0.5)
    material = fl.Semiconductor(**GOOD, ions=[ion], reference_temperature=320, electron_activation_ev=0.1)
    there = material.at_temperature(320.0)
    for name in GOOD:
        assert getattr(there, name) == GOOD[name]
    assert there.ions[0].diffusivity == ION["diffusivity"]


def test_states_mobilities_and_ions_follow_their_laws():
    """(T/T0)^1.5 and exp(-(Ea/kB)(1/T - 1/T0)), an ion with its own T0 and one with that of its layer; nothing else."""
    ions = [
        fl.MobileIon(**ION, activation_ev=0.5),
        fl.MobileIon(**(ION | {"name": "other"}), activation_ev=0.3, reference_temperature=250),
        fl.MobileIon(**(ION | {"name": "third"})),
    ]
    material = fl.Semiconductor(
        **GOOD,
        **LIFETIMES,
        radiative_coefficient=1e-16,
        ions=ions,
        reference_temperature=300,
        electron_activation_ev=0.1,
        hole_activation_ev=0.2,
    )
    hot = material.at_temperature(350.0)
    assert hot.conduction_band_density == pytest.approx(3e24 * (350 / 300) ** 1.5, rel=1e-14, abs=0)
    assert hot.valence_band_density == pytest.approx(2.5e24 * (350 / 300) ** 1.5, rel=1e-14, abs=0)
    assert hot.electron_mobility == pytest.approx(5e-5 * activated(0.1, 350, 300), rel=1e-12, abs=0)
    assert hot.hole_mobility == pytest.approx(3e-5 * activated(0.2, 350, 300), rel=1e-12, abs=0)
    expected = [2e-15 * activated(0.5, 350, 300), 2e-15 * activated(0.3, 350, 250), 2e-15]
    assert [ion.diffusivity for ion in hot.ions] == pytest.approx(expected, rel=1e-12, abs=0)
    assert hot.ions[0].diffusivity == ions[0].diffusivity_at(350.0, 300.0)
    scaled = {"conduction_band_density", "valence_band_density", "electron_mobility", "hole_mobility", "ions"}
    scaled |= {"reference_temperature", "electron_activation_ev", "hole_activation_ev"}
    for name in set(fl.Semiconductor.model_fields) - scaled:
        assert getattr(hot, name) == getattr(material, name)
    assert hot.at_temperature(280.0) is hot


LAWS = {
    "radiative_coefficient": 1e-16,
    "auger_electron_coefficient": 4e-41,
    "auger_hole_coefficient": 6e-41,
    "reference_temperature": 300,
    "radiative_exponent": -1.5,
    "auger_exponent": 2.0,
    "auger_activation_ev": 0.03,
    "srh_activation_ev": 0.06,
    "gap_slope_ev_per_k": 3e-4,
    **LIFETIMES,
}


def test_recombination_lifetimes_and_gap_follow_their_laws():
    """B ~ T^-1.5, C ~ T^2 exp(-Ea/kT), 1/tau ~ exp(-Ea/kT), half of dEg in each edge: closed forms, to round-off."""
    material = fl.Semiconductor(**GOOD, **LAWS, trap_level_ev=-5.0)
    hot = material.at_temperature(360.0)
    assert hot.radiative_coefficient == pytest.approx(1e-16 * 1.2**-1.5, rel=1e-13, abs=0)
    assert hot.auger_electron_coefficient == pytest.approx(4e-41 * 1.2**2 * activated(0.03, 360, 300), rel=1e-13, abs=0)
    assert hot.auger_hole_coefficient == pytest.approx(6e-41 * 1.2**2 * activated(0.03, 360, 300), rel=1e-13, abs=0)
    assert hot.srh_electron_lifetime == pytest.approx(1e-8 / activated(0.06, 360, 300), rel=1e-13, abs=0)
    assert hot.srh_hole_lifetime == pytest.approx(1e-7 / activated(0.06, 360, 300), rel=1e-13, abs=0)
    assert hot.srh_hole_lifetime < 1e-7
    assert hot.conduction_band_ev == pytest.approx(-3.8 + 3e-4 * 30, rel=1e-14)
    assert hot.valence_band_ev == pytest.approx(-5.4 - 3e-4 * 30, rel=1e-14)
    share = (-5.0 + 5.4) / 1.6
    assert hot.trap_level_ev == pytest.approx(hot.valence_band_ev + share * (1.6 + 3e-4 * 60), rel=1e-14)


@pytest.mark.parametrize(
    ("law", "follow"),
    [
        ({"radiative_exponent": -1.5}, {"radiative_coefficient"}),
        ({"auger_exponent": 2.0}, {"auger_electron_coefficient", "auger_hole_coefficient"}),
        ({"auger_activation_ev": 0.03}, {"auger_electron_coefficient", "auger_hole_coefficient"}),
        ({"srh_activation_ev": 0.06}, {"srh_electron_lifetime", "srh_hole_lifetime"}),
        ({"gap_slope_ev_per_k": 3e-4}, {"conduction_band_ev", "valence_band_ev"}),
        ({"electron_activation_ev": 0.1}, {"electron_mobility"}),
        ({"hole_activation_ev": 0.1}, {"hole_mobility"}),
        ({"mobility_exponent": -1.5}, {"electron_mobility", "hole_mobility"}),
        ({}, set()),
    ],
)
def test_each_law_moves_its_own_values_alone(law, follow):
    plain = {name: value for name, value in LAWS.items() if name.endswith(("coefficient", "lifetime"))}
    material = fl.Semiconductor(**GOOD, **plain, **law, reference_temperature=300, state_density_exponent=0.0)
    there = material.at_temperature(350.0)
    assert {name for name in (*GOOD, *plain) if getattr(there, name) != getattr(material, name)} == follow


def test_scattering_and_hopping_multiply():
    material = fl.Semiconductor(
        **GOOD, reference_temperature=300, mobility_exponent=-1.5, electron_activation_ev=0.1
    ).at_temperature(360.0)
    assert material.electron_mobility == pytest.approx(5e-5 * 1.2**-1.5 * activated(0.1, 360, 300), rel=1e-13, abs=0)
    assert material.hole_mobility == pytest.approx(3e-5 * 1.2**-1.5, rel=1e-13, abs=0)


def test_exponent_of_the_states_takes_the_place_of_three_halves():
    molecules = fl.Semiconductor(**GOOD, reference_temperature=300, state_density_exponent=0.0)
    linear = molecules.replace(state_density_exponent=1.0)
    assert molecules.at_temperature(77.0).valence_band_density == GOOD["valence_band_density"]
    assert linear.at_temperature(75.0).valence_band_density == pytest.approx(2.5e24 / 4, rel=1e-13, abs=0)


def test_traps_made_by_ions_catch_as_the_others_do():
    material = fl.Semiconductor(
        **GOOD, **LAWS, ions=[fl.MobileIon(**ION)], ion_traps=fl.IonTraps(capture_coefficient=2e-15)
    )
    hot = material.at_temperature(360.0)
    assert hot.ion_traps.capture_coefficient == pytest.approx(2e-15 * activated(0.06, 360, 300), rel=1e-13, abs=0)


@pytest.mark.parametrize("statistics", ["blakemore", "gauss_fermi"])
def test_data_of_many_temperatures_are_those_of_each(statistics):
    """Every number of the forms, over an array of temperatures and one by one; the same operations, to round-off."""
    disorder = {"disorder_ev": 0.08} if statistics == "gauss_fermi" else {}
    material = fl.Semiconductor(
        **GOOD, **LAWS, **disorder, electron_activation_ev=0.1, hole_activation_ev=0.2, statistics=statistics
    )
    temperatures = np.array([[77.0, 300.0], [340.0, 420.0]])
    together = material_data(material, temperatures)
    for place, temperature in np.ndenumerate(temperatures):
        alone = material_data(material.at_temperature(temperature), temperature)
        for name, value in alone.items():
            here = np.broadcast_to(together[name], temperatures.shape)[place]
            assert here == pytest.approx(value, rel=1e-11, abs=0), name
    assert together["electron_mobility"].shape == together["trap_holes"].shape == (2, 2)


def test_slope_of_the_gap_reads_its_unit_from_a_card():
    assert quantity_of(fl.Semiconductor.model_fields["gap_slope_ev_per_k"].annotation).check(
        "0.3 meV/K", "gap_slope_ev_per_k"
    ) == pytest.approx(3e-4, rel=1e-15)


def test_states_of_a_disordered_band_are_a_number_of_molecules():
    disordered = fl.Semiconductor(**GOOD, statistics="gauss_fermi", disorder_ev=0.1, reference_temperature=300)
    assert disordered.at_temperature(400.0).conduction_band_density == GOOD["conduction_band_density"]


def test_a_column_shows_its_semiconductors_at_its_temperature():
    material = fl.Semiconductor(**GOOD, reference_temperature=300, hole_activation_ev=0.2)
    layer = fl.Layer(name="a", thickness=1e-7, material=material)
    contact = fl.Contact(work_function_ev=-4.5)
    warm = fl.Column(layers=[layer], anode=contact, cathode=contact, temperature=330)
    assert warm.semiconductors[0].hole_mobility == pytest.approx(3e-5 * activated(0.2, 330, 300), rel=1e-12, abs=0)
    assert warm.layers[0].material.hole_mobility == 3e-5


def test_current_of_a_hot_column_is_that_of_one_written_down_hot():
    """The same J-V curve to the last digits, whether the values are scaled or given."""
    scaled = fl.Semiconductor(
        **GOOD, radiative_coefficient=1e-16, reference_temperature=300, electron_activation_ev=0.1
    )
    given = fl.Semiconductor(
        **(
            GOOD
            | {
                "conduction_band_density": 3e24 * 1.2**1.5,
                "valence_band_density": 2.5e24 * 1.2**1.5,
                "electron_mobility": 5e-5 * activated(0.1, 360, 300),
            }
        ),
        radiative_coefficient=1e-16,
    )
    anode, cathode = fl.Contact(work_function_ev=-5.2), fl.Contact(work_function_ev=-4.0)
    currents = [
        fl.jv(
            fl.Column(
                layers=[fl.Layer(name="a", thickness=1e-7, material=material)],
                anode=anode,
                cathode=cathode,
                temperature=360,
            ),
            voltages=[1.5],
            mesh=40,
        ).series["current_density"][0]
        for material in (scaled, given)
    ]
    assert currents[0] == pytest.approx(currents[1], rel=1e-9, abs=0)


def test_intrinsic_level_of_unequal_disorder():
    """n = p there: N exp((E_i - E_c)/V_T + s_n^2/2) = N exp((E_v - E_i)/V_T + s_p^2/2)."""
    material = fl.Semiconductor(
        **GOOD, statistics="gauss_fermi", electron_disorder_ev=0.06, hole_disorder_ev=0.12, trap_level_ev=None
    )
    vt = BOLTZMANN * 300 / ELEMENTARY_CHARGE
    level = material.intrinsic_level_ev(300.0)
    electrons = 3e24 * np.exp((level + 3.8) / vt + (0.06 / vt) ** 2 / 2)
    holes = 2.5e24 * np.exp((-5.4 - level) / vt + (0.12 / vt) ** 2 / 2)
    assert electrons == pytest.approx(holes, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"electron_activation_ev": 0.1}, "electron_activation_ev needs the reference_temperature"),
        ({"radiative_exponent": -1.5}, "radiative_exponent needs the reference_temperature"),
        ({"gap_slope_ev_per_k": 3e-4}, "gap_slope_ev_per_k needs the reference_temperature"),
        ({"gap_slope_ev_per_k": 0.3, "reference_temperature": 300}, "gap_slope_ev_per_k 0.3 eV/K is outside"),
        ({"srh_activation_ev": 0.1, "reference_temperature": 300}, "srh_activation_ev needs srh_electron_lifetime"),
        ({"ions": [fl.MobileIon(**ION, activation_ev=0.5)]}, 'ion "vacancy": activation_ev needs a reference'),
        ({"hole_activation_ev": -0.1, "reference_temperature": 300}, "hole_activation_ev"),
        ({"reference_temperature": -20}, "reference_temperature"),
        ({"trap_density": 1e22}, "trap_density needs srh_electron_lifetime"),
        ({**LIFETIMES, "trap_charge": "donor"}, 'trap_charge="donor" needs trap_density'),
        ({**LIFETIMES, "trap_density": 1e22, "trap_charge": "amphoteric"}, "trap_charge"),
        ({**LIFETIMES, "ion_traps": fl.IonTraps(capture_coefficient=1e-15)}, "has no ions"),
        ({"ion_traps": fl.IonTraps(capture_coefficient=1e-15), "ions": [fl.MobileIon(**ION)]}, "ion_traps needs srh"),
        ({"statistics": "gauss_fermi"}, "needs disorder_ev"),
        ({"statistics": "gauss_fermi", "hole_disorder_ev": 0.1}, "needs disorder_ev"),
        ({"disorder_ev": 0.1}, 'use statistics="gauss_fermi"'),
        (
            {"statistics": "gauss_fermi", "disorder_ev": 0.1, "electron_disorder_ev": 0.1, "hole_disorder_ev": 0.1},
            "give one or two",
        ),
        ({"statistics": "gauss_fermi", "disorder_ev": 100.0}, "disorder_ev 100 eV is outside"),
    ],
)
def test_impossible_traps_disorder_and_activation_are_refused(changes, text):
    with pytest.raises(fl.InputError, match=text) as refusal:
        fl.Semiconductor(**(GOOD | changes))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"kind": "pair", "site_density": 1e28}, "leave site_density and counter_charge out"),
        ({"kind": "pair", "counter_charge": "mobile"}, "leave site_density and counter_charge out"),
        ({"kind": "triple"}, "kind"),
        ({"activation_ev": -0.1}, "activation_ev"),
    ],
)
def test_impossible_ion_is_refused(changes, text):
    with pytest.raises(fl.InputError, match=text):
        fl.MobileIon(**(ION | changes))
