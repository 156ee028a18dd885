"""The library of activation energies of ion migration (J3): complete, with provenance, and used as printed."""

import math

import pytest

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import InputError
from femled.materials import reference
from femled.materials.ion_migration import migration_barriers


def test_table_spans_what_is_printed():
    """28 numbers in 15 rows, 0.08 .. 2.31 eV, every one with its source and the number of the original work."""
    barriers = migration_barriers()
    energies = [one.activation_ev for one in barriers]
    assert len(barriers) == 28
    assert (min(energies), max(energies)) == (0.08, 2.31)
    assert {one.reference_number for one in barriers} == {83, *range(86, 100)}
    for one in barriers:
        assert reference(one.source).key == "jiang2024"
        assert one.status == "published"


def test_diffusivity_is_that_of_hopping():
    """D = a^2 nu/6 exp(-E_a/kT): 0.37 eV at 300 K, 0.45 nm, 1e12 1/s."""
    one = migration_barriers()[0]
    expected = 0.45e-9**2 * 1e12 / 6 * math.exp(-0.37 * ELEMENTARY_CHARGE / (BOLTZMANN * 300.0))
    assert one.diffusivity(300.0) == pytest.approx(expected, rel=1e-12)


def test_an_ion_of_the_library_is_activated():
    """D(330 K)/D(300 K) = exp(E_a/k (1/300 - 1/330))."""
    vacancy = next(one for one in migration_barriers() if one.species == "v_i" and one.activation_ev == 0.58)
    ion = vacancy.ion(mean_density=1e24, diffusivity=1e-16)
    assert (ion.charge, ion.name) == (1, "v_i")
    growth = math.exp(0.58 * ELEMENTARY_CHARGE / BOLTZMANN * (1 / 300.0 - 1 / 330.0))
    assert ion.at_temperature(330.0).diffusivity == pytest.approx(1e-16 * growth, rel=1e-12)


def test_a_species_that_the_source_leaves_open_makes_no_ion():
    unknown = next(one for one in migration_barriers() if one.species == "unknown")
    with pytest.raises(InputError, match="unknown"):
        unknown.ion(mean_density=1e24, diffusivity=1e-16)
