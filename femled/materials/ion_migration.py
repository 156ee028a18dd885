"""The library of activation energies of ion migration, and the diffusivities that follow by hopping."""

import math
from functools import cache
from importlib.resources import files
from typing import Annotated

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.errors import unknown_name
from femled.frozen import FrozenModel, Quantity, read_toml
from femled.materials.mobile_ion import ActivationEnergy, MobileIon
from femled.materials.property import Status

CHARGES = {"v_ma": -1, "ma_i": 1, "ma_plus": 1, "i_i": -1, "i_minus": -1, "v_i": 1, "v_br": 1, "v_pb": -2, "v_cs": -1}
"""Elementary charges of the species of the library; of one that is unknown none is known."""


class MigrationBarrier(FrozenModel):
    """An activation energy of ion migration.

    Args:
        material: as printed.
        species: "v_i" vacancy of iodide, "i_i" interstitial, "ma_plus" the ion itself, "unknown", ...
        method: of measurement or calculation.
        activation_ev: [eV] E_a; the lower end of a range.
        uncertainty_ev: [eV] as printed.
        highest_ev: [eV] upper end of a range.
        reference_number: of the original work, as printed in the source.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know.
    """

    material: str
    species: str
    method: str
    activation_ev: ActivationEnergy
    uncertainty_ev: Annotated[float, Quantity("eV", 0.0, 5.0)] | None = None
    highest_ev: ActivationEnergy | None = None
    reference_number: int
    source: str
    status: Status
    note: str = ""

    def diffusivity(self, temperature: float, *, hop: float = 0.45e-9, attempt_rate: float = 1e12) -> float:
        """[m2/s] of hopping, D = a^2 nu/6 exp(-E_a/(kB T)); the library gives no prefactor.

        Args:
            temperature: [K].
            hop: [m] a, between neighbouring sites; 0.45 nm is that of halides.
            attempt_rate: [1/s] nu, of lattice vibrations.
        """
        thermal = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        return hop**2 * attempt_rate / 6 * math.exp(-self.activation_ev / thermal)

    def ion(self, *, mean_density: float, diffusivity: float, reference_temperature: float = 300.0) -> MobileIon:
        """A mobile ion with this activation.

        Args:
            mean_density: [1/m3].
            diffusivity: [m2/s] at the reference temperature.
            reference_temperature: [K].

        Raises:
            InputError: a species without known charge.
        """
        if self.species not in CHARGES:
            raise unknown_name("charged species", self.species, CHARGES)
        return MobileIon(
            name=self.species,
            charge=CHARGES[self.species],
            mean_density=mean_density,
            diffusivity=diffusivity,
            activation_ev=self.activation_ev,
            reference_temperature=reference_temperature,
        )


@cache
def migration_barriers() -> tuple[MigrationBarrier, ...]:
    """The whole library, in the order of its source."""
    table = read_toml(str(files("femled.materials") / "ion_migration.toml"))["migration"]
    return tuple(MigrationBarrier.from_mapping(row, f"ion_migration.toml {i + 1}") for i, row in enumerate(table))
