"""How many carriers a band holds at a Fermi level, written so that it serves numbers and symbols alike.

    n = N F(eta),   eta = (E_F - E_c + phi)/V_T   (electrons; holes mirrored)

    boltzmann     F = e^eta
    blakemore     F = 1/(e^-eta + 0.27), good to 3 % up to n = 1.3 N (blakemore1982)
    fermi_dirac   F_1/2, to 6e-13 (`femled.physics.fermi_dirac`)
    gauss_fermi   states with Gaussian disorder (`femled.physics.gauss_fermi`)

The first two are one family, F = e/(1 + gamma e). A form is compiled for the families that a column needs; which one
holds in a cell is a number of the cell, and so are gamma and the width of the disorder.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from femled.physics import fermi_dirac, gauss_fermi
from femled.physics.elementary import exp, where_below

CROWDING: dict[str, float] = {"boltzmann": 0.0, "blakemore": 0.27}
"""[1] gamma of the statistics of a semiconductor."""

Band = Mapping[str, Any]
"""The numbers of a band, or the symbols of them: `family`, and `crowding width stretch tail`."""


def occupation(factor: Any, crowding: Any) -> Any:
    """[1] n/N for a Boltzmann factor e."""
    return factor / (1 + crowding * factor)


def degeneracy(factor: Any, crowding: Any) -> Any:
    """[1] g = n/(dn/d eta): 1 in a dilute band, larger where it fills."""
    return 1 + crowding * factor


@dataclass(frozen=True)
class Family:
    """Laws of one form: functions of eta and of the numbers of a band.

    Args:
        occupation: n/N.
        activity: n/(N e^eta).
        degeneracy: n/(dn/d eta).
    """

    occupation: Callable[[Any, Band], Any]
    activity: Callable[[Any, Band], Any]
    degeneracy: Callable[[Any, Band], Any]


def _shape(band: Band) -> tuple[Any, Any, Any]:
    return band["width"], band["stretch"], band["tail"]


FAMILIES: dict[str, Family] = {
    "crowded": Family(
        occupation=lambda eta, band: occupation(exp(eta), band["crowding"]),
        activity=lambda eta, band: 1 / degeneracy(exp(eta), band["crowding"]),
        degeneracy=lambda eta, band: degeneracy(exp(eta), band["crowding"]),
    ),
    "fermi_dirac": Family(
        occupation=lambda eta, band: fermi_dirac.occupation(eta),  # noqa: ARG005
        activity=lambda eta, band: fermi_dirac.activity(eta),  # noqa: ARG005
        degeneracy=lambda eta, band: fermi_dirac.degeneracy(eta),  # noqa: ARG005
    ),
    "gauss_fermi": Family(
        occupation=lambda eta, band: gauss_fermi.occupation(eta, *_shape(band)),
        activity=lambda eta, band: gauss_fermi.activity(eta, *_shape(band)),
        degeneracy=lambda eta, band: gauss_fermi.degeneracy(eta, *_shape(band)),
    ),
}
"""By name; the position in this table is the `family` of a band."""


def family_of(statistics: str) -> str:
    """The family that a kind of statistics belongs to."""
    return "crowded" if statistics in CROWDING else statistics


def families_of(statistics: Iterable[str]) -> tuple[str, ...]:
    """The families that several kinds of statistics need, in the order of the table."""
    needed = {family_of(one) for one in statistics}
    return tuple(name for name in FAMILIES if name in needed)


def band_numbers(statistics: str, disorder_ev: float | None, thermal_voltage: Any) -> dict[str, Any]:
    """The numbers of a band.

    Args:
        statistics: of the semiconductor.
        disorder_ev: [eV] sigma; None is no disorder.
        thermal_voltage: any shape, [V].

    Raises:
        InputError: a disorder too wide for the formula.
    """
    width = 1.0 if disorder_ev is None else disorder_ev / thermal_voltage
    stretch, tail = gauss_fermi.stretch_and_tail(width)
    return {
        "family": float(list(FAMILIES).index(family_of(statistics))),
        "crowding": CROWDING.get(statistics, 0.0),
        "width": width,
        "stretch": stretch,
        "tail": tail,
    }


def filling(eta: Any, band: Band, families: tuple[str, ...]) -> Any:
    """[1] n/N.

    Args:
        eta: (E_F - E_c + phi)/V_T, any shape or a symbol, within -700 .. 700.
        band: its numbers.
        families: that bands may belong to, from `families_of`.
    """
    return _chosen(band, families, lambda family: family.occupation(eta, band))


def activity(eta: Any, band: Band, families: tuple[str, ...]) -> Any:
    """[1] n/(N e^eta): what band filling leaves of the Boltzmann density; arguments of `filling`."""
    return _chosen(band, families, lambda family: family.activity(eta, band))


def filling_degeneracy(eta: Any, band: Band, families: tuple[str, ...]) -> Any:
    """[1] g = n/(dn/d eta); arguments of `filling`."""
    return _chosen(band, families, lambda family: family.degeneracy(eta, band))


def _chosen(band: Band, families: tuple[str, ...], law: Callable[[Family], Any]) -> Any:
    order = list(FAMILIES)
    value = law(FAMILIES[families[-1]])
    for name in reversed(families[:-1]):  # in the order of the table: the first one that reaches the number of the band
        value = where_below(band["family"], order.index(name) + 0.5, law(FAMILIES[name]), value)
    return value
