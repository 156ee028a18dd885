"""Tolerance factors: whether ions of given radii form a perovskite (goldschmidt1926, bartel2019)."""

import math
from functools import cache
from importlib.resources import files
from typing import Annotated

from femled.errors import InputError, unknown_name
from femled.frozen import FrozenModel, Quantity, read_toml
from femled.materials.property import Status


class Ion(FrozenModel):
    """An ion of an ABX3 lattice.

    Args:
        title: its name.
        radius: [m] Shannon-type radius.
        charge: oxidation state.
        coordination: number of neighbours the radius is given for.
        source: key in references.bib.
        status: published, literature, assumed or calibrated.
        note: what a reader should know.
    """

    title: str
    radius: Annotated[float, Quantity("m", 1e-11, 1e-9)]
    charge: int
    coordination: int
    source: str
    status: Status
    note: str = ""


@cache
def ions() -> dict[str, Ion]:
    """The tabulated ions by symbol (MA, FA, Cs, Pb, Sn, I, Br, Cl)."""
    tables = read_toml(str(files("femled.materials") / "radii.toml"))
    return {name: Ion.from_mapping(data, f"radii.toml {name}") for name, data in tables.items()}


def ion(name: str) -> Ion:
    """The ion of that symbol.

    Raises:
        InputError: not tabulated; the nearest are listed.
    """
    if name not in ions():
        raise unknown_name("ion", name, ions())
    return ions()[name]


def goldschmidt_factor(a: float, b: float, x: float) -> float:
    """Goldschmidt's tolerance factor of ABX3.

    t = (R_A + R_X) / (sqrt(2) (R_B + R_X))                                        (goldschmidt1926)

    jiang2024 prints R_A + R_B in the numerator of its eq. 1; with that, no halide perovskite would be one.

    Args:
        a: [m] radius of A.
        b: [m] radius of B.
        x: [m] radius of X.

    Returns:
        [1] about 0.8 to 1 for perovskites.
    """
    return (a + x) / (math.sqrt(2.0) * (b + x))


def octahedral_factor(b: float, x: float) -> float:
    """Octahedral factor mu = R_B / R_X (jiang2024, eq. 2); octahedra are stable from 0.442 to 0.895.

    Args:
        b: [m] radius of B.
        x: [m] radius of X.
    """
    return b / x


def bartel_factor(a: float, b: float, x: float, charge: int = 1) -> float:
    """Tolerance factor of Bartel et al.; below 4.18 a perovskite is likely.

    tau = R_X/R_B - n_A (n_A - (R_A/R_B) / ln(R_A/R_B))                            (bartel2019)

    Args:
        a: [m] radius of A, larger than that of B.
        b: [m] radius of B.
        x: [m] radius of X.
        charge: n_A, oxidation state of A.

    Raises:
        InputError: A is not larger than B.
    """
    if a <= b:
        raise InputError(f"radius of A {a:g} m must exceed radius of B {b:g} m")
    ratio = a / b
    return x / b - charge * (charge - ratio / math.log(ratio))
