"""The stacks of `tests/data/slab_modes.json`: which, and where their modes are looked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

NM = 1e-9


@dataclass(frozen=True)
class Guide:
    """A stack, the modes that are asked for, and where.

    Args:
        name: of the case.
        indices: (films + 2,), [1] complex, first half-space .. last half-space.
        thicknesses: (films,), [m].
        wavelength: [m].
        polarization: "TE" or "TM".
        kind: "bound" or "leaky".
        search: (re_min, re_max, im_min, im_max) of n_eff.
        about: what is special.
        references: whether derivatives and confinements are given too.
    """

    name: str
    indices: tuple[complex, ...]
    thicknesses: tuple[float, ...]
    wavelength: float
    polarization: str
    kind: str
    search: tuple[float, float, float, float]
    about: str = ""
    references: bool = False


def _both(name: str, indices: list[complex], nm: list[float], wavelength_nm: float, **fields: Any) -> Iterator[Guide]:
    """TE and TM of a stack in nanometres; the region of bound modes starts just above the lossless half-spaces."""
    kind = fields.pop("kind", "bound")
    search = fields.pop("search", None)
    polarizations = fields.pop("polarizations", ("TE", "TM"))
    ends = [complex(index) for index in (indices[0], indices[-1])]
    if search is None and kind == "leaky":
        search = (min(e.real for e in ends) + 1e-6, max(e.real for e in ends) - 1e-6, 0.0, 0.15)
    elif search is None:
        lossless = [e.real for e in ends if e.imag == 0]
        top = max(complex(index).real for index in indices if complex(index).imag < 1)
        search = (max(lossless, default=0.2) + 1e-9, top + 0.1, -0.1, 0.2)
    for polarization in polarizations:
        yield Guide(
            name=f"{name}, {polarization}",
            indices=tuple(complex(index) for index in indices),
            thicknesses=tuple(thickness * NM for thickness in nm),
            wavelength=wavelength_nm * NM,
            polarization=polarization,
            kind=kind,
            search=search,
            **fields,
        )


def _thickness_near_cut_off(
    film: float, below: float, above: float, order: int, margin: float, polarization: str, nm: float
) -> float:
    """[nm] at which a mode of a single film has n_eff = below + margin: k d = order pi + atan(g_b) + atan(g_a)."""
    n_eff = mpf(below) + mpf(margin)
    q = mp.sqrt(mpf(film) ** 2 - n_eff**2)
    weights = [mpf(1) if polarization == "TE" else (mpf(film) / mpf(outer)) ** 2 for outer in (below, above)]
    decays = [mp.sqrt(n_eff**2 - mpf(outer) ** 2) for outer in (below, above)]
    phase = order * mp.pi + mp.fsum(mp.atan(w * g / q) for w, g in zip(weights, decays, strict=True))
    return float(phase / q * mpf(nm) / (2 * mp.pi))


CHILWELL = ([1.5, 1.66, 1.60, 1.53, 1.66, 1.0], [500.0] * 4, 632.8)


def _slabs() -> Iterator[Guide]:
    """Single films and published guides."""
    silicon = [1.4440, 3.4757, 1.4440]
    yield from _both("silicon slab in glass", silicon, [220], 1550, about="textbook", references=True)
    yield from _both("silicon on glass under air", [1.4440, 3.4757, 1.0], [220], 1550)
    yield from _both("silicon wire height 500 nm", silicon, [500], 1550, about="high index, several modes")
    yield from _both("weak symmetric slab", [1.5, 1.51, 1.5], [3000], 1000)
    yield from _both("asymmetric slab", [1.515, 1.62, 1.33], [1800], 633)
    yield from _both("Chilwell", *CHILWELL, about="Chilwell & Hodgkinson 1984", references=True)
    yield from _both("Chilwell mirrored films", [1.5, 1.66, 1.53, 1.60, 1.66, 1.0], CHILWELL[1], 632.8)
    yield from _both("Chilwell upside down", CHILWELL[0][::-1], CHILWELL[1], 632.8, about="the same modes as Chilwell")
    yield from _both("Chilwell leaky", *CHILWELL, kind="leaky", about="into the substrate", references=True)
    yield from _both("Chilwell leaky upside down", CHILWELL[0][::-1], CHILWELL[1], 632.8, kind="leaky")
    yield from _both("25 modes", [1.45, 2.0, 1.45], [7200], 800, about="thick slab")
    yield from _both("nothing guided", [1.76, 1.6, 1.7, 1.0], [50, 50], 800, about="empty list")
    yield from _both("cut off", [1.5, 1.6, 1.0], [60], 800, about="an asymmetric slab below cut-off: empty list")
    yield from _both(
        "hyper-thin film",
        [1.5, 2.4, 1.5],
        [0.5],
        800,
        search=(1.5 + 1e-11, 2.5, -0.1, 0.1),
        about="n_eff - n_clad of 1e-5",
    )
    yield from _both(
        "thin stack with 1 nm films",
        [1.5, 1.7, 2.45, 1.3, 2.45, 1.7, 1.45],
        [1, 30, 1, 30, 1],
        800,
        about="films of 1 nm",
    )


def _near_cut_off() -> Iterator[Guide]:
    """Thickness chosen so that n_eff - n_clad is 1e-6 or 1e-9."""
    for margin in (1e-6, 1e-9):
        for polarization in ("TE", "TM"):
            search = (1.5 + 1e-11, 2.1, -0.1, 0.1)
            fields: dict[str, Any] = {"polarizations": [polarization], "search": search}
            d = _thickness_near_cut_off(2.0, 1.5, 1.0, 1, margin, polarization, 800.0)
            name = f"second mode {margin:g} above cut-off, asymmetric"
            yield from _both(name, [1.5, 2.0, 1.0], [d], 800, **fields)
            d = _thickness_near_cut_off(2.0, 1.5, 1.5, 1, margin, polarization, 800.0)
            name = f"second mode {margin:g} above cut-off, symmetric"
            yield from _both(name, [1.5, 2.0, 1.5], [d], 800, **fields)


def _lossy() -> Iterator[Guide]:
    """Films that absorb or amplify."""
    for k in (0.01, 0.1, 0.5):
        yield from _both(
            f"film with k = {k:g}", [1.5, 2.0 + k * 1j, 1.0], [700], 800, search=(1.5 + 1e-9, 2.3, -0.1, 1.0)
        )
    yield from _both("film with gain", [1.5, 2.0 - 0.02j, 1.0], [700], 800, search=(1.5 + 1e-9, 2.2, -0.2, 0.2))
    yield from _both(
        "gain film between absorbers",
        [1.46, 1.9 + 0.03j, 2.3 - 0.05j, 1.9 + 0.003j, 1.46],
        [150, 120, 200],
        780,
        search=(1.46 + 1e-9, 2.5, -0.2, 0.2),
        references=True,
    )
    yield from _both(
        "absorbing cover",
        [1.5, 2.1, 1.6 + 0.05j],
        [300],
        800,
        search=(1.5 + 1e-9, 2.2, -0.1, 0.045),
        about="lossy half-space: below its branch cut",
    )


def _coupled() -> Iterator[Guide]:
    """Two equal slabs, as far apart as brings their modes within 1e-6 and 1e-10 of each other."""
    apart = {"TE": ((1765.0, "1e-6"), (3055.0, "1e-10")), "TM": ((2190.0, "1e-6"), (3800.0, "1e-10"))}
    indices: list[complex] = [1.5, 2.0, 1.5, 2.0, 1.5]
    for polarization, gaps in apart.items():
        for gap, splitting in gaps:
            about = f"a pair {splitting} apart"
            name, films = f"two slabs {gap:g} nm apart", [200.0, gap, 200.0]
            yield from _both(name, indices, films, 800, about=about, polarizations=[polarization])
        lossy = [*indices[:3], 2.0 + 1e-6j, 1.5]
        name, films = "two slabs, one absorbing", [200.0, gaps[0][0], 200.0]
        yield from _both(name, lossy, films, 800, about="near an exceptional point", polarizations=[polarization])


def _metals() -> Iterator[Guide]:
    """Surface plasmons; indices of Ag and Al of the order of the tables near 800 nm."""
    ag, al = 0.0370 + 5.5600j, 2.77 + 8.35j
    wide = {"search": (1.5 + 1e-9, 8.0, -0.1, 2.0)}
    for nm in (10, 20, 40, 60):
        yield from _both(
            f"Ag film of {nm} nm in glass",
            [1.5, ag, 1.5],
            [nm],
            800,
            about="long- and short-range plasmon",
            references=nm == 20,
            polarizations=["TM"],
            **wide,
        )
    yield from _both(
        "Ag film of 20 nm, unlike sides",
        [1.5, ag, 1.7],
        [20],
        800,
        polarizations=["TM"],
        search=(1.7 + 1e-9, 8, -0.1, 2.0),
    )
    single = complex((-19 + 0.53j) ** 0.5)
    yield from _both(
        "one Ag interface",
        [single, 2.0, 2.0],
        [100],
        800,
        polarizations=["TM"],
        search=(2.0 + 1e-9, 6.0, -0.1, 1.0),
        about="n_eff = sqrt(ea eb/(ea + eb)), eps -19 + 0.53i and 4",
    )
    yield from _both("film on Ag", [ag, 1.7, 1.0], [300], 800, search=(1.0 + 1e-9, 3.0, -0.1, 1.0), references=True)
    for nm in (20, 50, 100):
        yield from _both(
            f"gap of {nm} nm between Ag",
            [ag, 1.5, ag],
            [nm],
            800,
            polarizations=["TM"],
            search=(0.3, 8.0, -0.1, 1.0),
            about="metal half-spaces set no limit",
            references=nm == 50,
        )
    yield from _both("gap of 400 nm between Ag", [ag, 1.5, ag], [400], 800, search=(0.3, 4.0, -0.1, 0.5))
    for nm in (500.0, 2000.0):
        yield from _both(
            f"Al film of {nm:g} nm on a guide",
            [1.5, 2.2, 1.6, al, 1.0],
            [200, 50, nm],
            800,
            search=(1.5 + 1e-9, 3.0, -0.1, 0.5),
            about="thick metal",
        )


def _leaky() -> Iterator[Guide]:
    """Guides that radiate into the substrate."""
    yield from _both(
        "ARROW",
        [3.5, 1.45, 3.5, 1.45, 1.0],
        [2000, 102, 4000],
        633,
        kind="leaky",
        search=(1.3, 1.46, 0.0, 0.15),
        references=True,
    )
    yield from _both(
        "ARROW, thin cladding",
        [3.5, 1.45, 2.3, 1.45, 1.0],
        [600, 90, 1200],
        633,
        kind="leaky",
        search=(1.05, 1.6, 0.0, 0.15),
    )
    yield from _both(
        "glass guide near silicon",
        [3.5, 1.45, 2.0, 1.0],
        [800, 300],
        1300,
        kind="leaky",
        search=(1.001, 2.1, 0.0, 0.15),
    )
    yield from _both("lossy leaky film", [1.5, 1.45 + 0.004j, 1.0], [2000], 800, kind="leaky")


def _pixels() -> Iterator[Guide]:
    """Stacks of a perovskite pixel on sapphire at 800 nm."""
    nm = [20.0, 150, 20, 20, 5, 20]

    def films(ito: complex) -> list[complex]:
        return [1.7607, ito, 2.45, 1.94, 1.65, 1.70, ito]

    al = 2.77 + 8.35j
    low = 1.600 + 0.0057j
    yield from _both("pixel, open top", [*films(low), 1.0], nm, 800, references=True)
    yield from _both("pixel, open top, leaky", [*films(low), 1.0], nm, 800, kind="leaky")
    for k in (0.026, 0.2):
        yield from _both(f"pixel, open top, ITO k = {k:g}", [*films(1.6 + k * 1j), 1.0], nm, 800)
    metal = {"search": (1.7607 + 1e-9, 4.0, -0.1, 1.0)}
    yield from _both("pixel, Al top", [*films(low), al], nm, 800, references=True, **metal)
    yield from _both("pixel, Al film of 100 nm", [*films(low), al, 1.0], [*nm, 100], 800, **metal)
    gain = [1.7607, low, 2.45 - 0.01j, 1.94, 1.65, 1.70, low, 1.0]
    yield from _both("pixel, open top, gain", gain, nm, 800, about="k = -0.01 in the perovskite")


def guides() -> list[Guide]:
    """All cases of the file, in its order."""
    groups = (_slabs, _near_cut_off, _lossy, _coupled, _metals, _leaky, _pixels)
    return [guide for group in groups for guide in group()]
