"""Modes of planar stacks to many digits, from Maxwell's equations alone; `tests/data/slab_modes.json` was made by it.

In s = k0 z the field u (Ey in TE, Hy in TM) and its companion v = u'/w are continuous, w = 1 (TE) or n^2 (TM):

    u' = w v,    v' = -(q^2/w) u,    q^2 = n^2 - n_eff^2

Below the stack u = exp(-i q s), above it u = exp(i q s), the sign of q by the kind of mode. Both solutions are carried
to an interface between them. Where they are proportional there is a mode: the mismatch

    D(n_eff) = u_below v_above - v_below u_above

vanishes there and nowhere else, and is analytic, so its winding number round a box counts the modes inside. Boxes are
divided until each holds one mode, which is then polished on an equation of another form: the admittances v/u seen
down and up from that interface, carried by a Moebius map, must agree. Numbers of the input are doubles, taken
exactly; digits are added for layers in which waves grow by many orders.

    python -m oracles.slab_modes_oracle       # from tests/: writes the file anew, in 4 minutes with gmpy2
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mpmath import mp, mpc, mpf

from oracles.slab_modes_guides import Guide, guides

DATA = Path(__file__).parents[1] / "data" / "slab_modes.json"
DIGITS = 40

Box = tuple[mpf, mpf, mpf, mpf]


@dataclass(frozen=True)
class Problem:
    """The same in numbers of mpmath: `indices` complex, `thicknesses` and `wavelength` in metres."""

    indices: tuple[mpc, ...]
    thicknesses: tuple[mpf, ...]
    wavelength: mpf
    polarization: str
    kind: str

    @property
    def optical_thicknesses(self) -> tuple[mpf, ...]:
        """K0 times the thicknesses."""
        return tuple(2 * mp.pi * thickness / self.wavelength for thickness in self.thicknesses)

    def weight(self, layer: int) -> mpc:
        """W of a layer: 1 (TE) or n^2 (TM)."""
        return mpc(1) if self.polarization == "TE" else self.indices[layer] ** 2

    @property
    def meeting(self) -> int:
        """The film at whose lower face the two solutions meet: that of the largest index."""
        films = range(1, len(self.indices) - 1)
        return max(films, key=lambda film: self.indices[film].real)


def problem(guide: Guide) -> Problem:
    """The doubles of a guide as exact numbers."""
    return Problem(
        indices=tuple(mpc(index) for index in guide.indices),
        thicknesses=tuple(mpf(thickness) for thickness in guide.thicknesses),
        wavelength=mpf(guide.wavelength),
        polarization=guide.polarization,
        kind=guide.kind,
    )


def digits_for(guide: Guide) -> int:
    """Decimal digits to work with: `DIGITS` and those by which waves grow or decay across the films."""
    growth = sum(
        2 * mp.pi / guide.wavelength * thickness * abs(mp.sqrt(mpc(index) ** 2 - reach**2).imag)
        for thickness, index in zip(guide.thicknesses, guide.indices[1:-1], strict=True)
        for reach in guide.search[:2]
    )
    return DIGITS + int(growth / mp.log(10))


def outer_wavenumber(p: Problem, side: int, n_eff: mpc) -> mpc:
    """Q of a half-space (side 0 or -1) over k0: decaying (Im q > 0), or outgoing (Re q > 0) below a leaky mode."""
    q = mp.sqrt(p.indices[side] ** 2 - n_eff**2)  # Re q >= 0
    other = -1 if side == 0 else 0
    if p.kind == "leaky" and p.indices[side].real > p.indices[other].real:
        return q
    return q if q.imag > 0 or (q.imag == 0 and q.real > 0) else -q


def carried(p: Problem, layer: int, distance: mpf, field: tuple[mpc, mpc], n_eff: mpc) -> tuple[mpc, mpc]:
    """(u, v) after a signed distance within a layer; even in q."""
    u, v = field
    w = p.weight(layer)
    q = mp.sqrt(p.indices[layer] ** 2 - n_eff**2)
    cosine, sine = mp.cos(q * distance), mp.sin(q * distance)
    return cosine * u + w * sine / q * v, cosine * v - q * sine / w * u


def from_below(p: Problem, n_eff: mpc) -> list[tuple[mpc, mpc]]:
    """(u, v) at the interfaces upwards, from u = 1 at the first."""
    fields = [(mpc(1), -1j * outer_wavenumber(p, 0, n_eff) / p.weight(0))]
    for film, distance in enumerate(p.optical_thicknesses, start=1):
        fields.append(carried(p, film, distance, fields[-1], n_eff))
    return fields


def from_above(p: Problem, n_eff: mpc) -> list[tuple[mpc, mpc]]:
    """(u, v) at the interfaces, again listed upwards, from u = 1 at the last."""
    last = len(p.indices) - 1
    fields = [(mpc(1), 1j * outer_wavenumber(p, -1, n_eff) / p.weight(last))]
    for film in range(last - 1, 0, -1):
        fields.insert(0, carried(p, film, -p.optical_thicknesses[film - 1], fields[0], n_eff))
    return fields


def mismatch(p: Problem, n_eff: mpc) -> mpc:
    """D = u_below v_above - v_below u_above at the interface of meeting."""
    interface = p.meeting - 1
    u_below, v_below = from_below(p, n_eff)[interface]
    u_above, v_above = from_above(p, n_eff)[interface]
    return u_below * v_above - v_below * u_above


def admittance_gap(p: Problem, n_eff: mpc) -> mpc:
    """Difference of v/u seen upwards and downwards, by the Moebius map of each film.

    y -> (y - Y tan(q d)) / (1 + (y/Y) tan(q d)),   Y = q/w
    """
    last = len(p.indices) - 1
    below = -1j * outer_wavenumber(p, 0, n_eff) / p.weight(0)
    above = 1j * outer_wavenumber(p, -1, n_eff) / p.weight(last)

    def step(y: mpc, film: int, distance: mpf) -> mpc:
        q = mp.sqrt(p.indices[film] ** 2 - n_eff**2)
        own, tangent = q / p.weight(film), mp.tan(q * distance)
        return (y - own * tangent) / (1 + y / own * tangent)

    for film in range(1, p.meeting):
        below = step(below, film, p.optical_thicknesses[film - 1])
    for film in range(last - 1, p.meeting - 1, -1):
        above = step(above, film, -p.optical_thicknesses[film - 1])
    return above - below


def count(p: Problem, box: Box, *, pieces: int = 24) -> int:
    """Modes inside a box: turns of the mismatch along its edge."""
    re_min, re_max, im_min, im_max = box
    corners = [mpc(re_min, im_min), mpc(re_max, im_min), mpc(re_max, im_max), mpc(re_min, im_max)]
    turned = mpf(0)
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        points = [start + (end - start) * i / pieces for i in range(pieces + 1)]
        values = [mismatch(p, point) for point in points]
        for i in range(pieces):
            turned += _turn(p, points[i], values[i], points[i + 1], values[i + 1])
    turns = turned / (2 * mp.pi)
    if abs(turns - mp.nint(turns)) > 1e-10:
        raise ArithmeticError(f"winding number {turns} is not an integer")
    return int(mp.nint(turns))


def _turn(p: Problem, a: mpc, value_a: mpc, b: mpc, value_b: mpc, depth: int = 0) -> mpf:
    """Change of the argument from a to b; halved until both halves turn by less than 0.6."""
    if depth > 60:
        raise ArithmeticError(f"a mode lies on the edge of the box, near {mp.nstr(a, 12)}")
    middle = (a + b) / 2
    value = mismatch(p, middle)
    first, second = mp.arg(value / value_a), mp.arg(value_b / value)
    if max(abs(first), abs(second)) < 0.6:
        return first + second
    return _turn(p, a, value_a, middle, value, depth + 1) + _turn(p, middle, value, b, value_b, depth + 1)


def _inside(box: Box, n_eff: mpc) -> bool:
    re_min, re_max, im_min, im_max = box
    return bool(re_min < n_eff.real < re_max and im_min < n_eff.imag < im_max)


def _halves(p: Problem, box: Box, total: int) -> list[tuple[Box, int]]:
    """The box cut across its longer side, off the middle (the real axis holds modes), with the count of each part."""
    re_min, re_max, im_min, im_max = box
    for share in (mpf("0.4671"), mpf("0.5377"), mpf("0.4193")):
        if re_max - re_min >= im_max - im_min:
            cut = re_min + share * (re_max - re_min)
            parts = [(re_min, cut, im_min, im_max), (cut, re_max, im_min, im_max)]
        else:
            cut = im_min + share * (im_max - im_min)
            parts = [(re_min, re_max, im_min, cut), (re_min, re_max, cut, im_max)]
        try:
            first = count(p, parts[0])
        except ArithmeticError:
            continue
        return [(parts[0], first), (parts[1], total - first)]
    raise ArithmeticError(f"no cut of {box} stays clear of the modes")


def _polished(p: Problem, box: Box) -> mpc | None:
    """The zero of the admittance gap in a box that holds one mode, or None when the iteration leaves the box."""
    re_min, re_max, im_min, im_max = box
    centre = mpc((re_min + re_max) / 2, (im_min + im_max) / 2)
    size = max(re_max - re_min, im_max - im_min)
    for equation in (admittance_gap, mismatch):
        start = (centre, centre + size / 64, centre + 1j * size / 64)
        try:
            root = mp.findroot(lambda x, f=equation: f(p, x), start, solver="muller", tol=mpf(10) ** (-2 * mp.dps + 30))
        except (ValueError, ZeroDivisionError):
            continue
        if _inside(box, root):
            return root
    return None


def modes(guide: Guide) -> list[mpc]:
    """Effective indices of all modes in the region of search, by falling real part.

    Raises:
        ArithmeticError: the modes found are not as many as the winding number says.
    """
    with mp.workdps(digits_for(guide)):
        p = problem(guide)
        region = tuple(mpf(edge) for edge in guide.search)
        total = count(p, region, pieces=96)
        found: list[mpc] = []
        waiting = [(region, total)]
        while waiting:
            box, number = waiting.pop()
            root = _polished(p, box) if number == 1 else None
            if root is not None:
                found.append(root)
            elif number:
                waiting += _halves(p, box, number)
        if len(found) != total:
            raise ArithmeticError(f"{guide.name}: {len(found)} modes found, {total} counted")
        return sorted(found, key=lambda n_eff: -n_eff.real)


def verify(guide: Guide, found: list[mpc]) -> None:
    """Each mode alone in a small box that the winding number confirms; none near the edge of the region."""
    with mp.workdps(digits_for(guide)):
        p = problem(guide)
        re_min, re_max, im_min, im_max = (mpf(edge) for edge in guide.search)
        for i, n_eff in enumerate(found):
            gaps = [abs(n_eff - other) for j, other in enumerate(found) if j != i]
            edge = min(n_eff.real - re_min, re_max - n_eff.real, n_eff.imag - im_min, im_max - n_eff.imag)
            r = min([mpf(10) ** -18, edge / 2, *(gap / 3 for gap in gaps)])
            alone = (n_eff.real - r, n_eff.real + r, n_eff.imag - r, n_eff.imag + r)
            if count(p, alone) != 1:
                raise ArithmeticError(f"{guide.name}: {n_eff} is not a simple zero")


def _slope(function: Callable[[mpf], mpc], at: mpf) -> mpc:
    """Derivative by differences at twice the digits; the step is relative, as thicknesses are in metres."""
    return mp.diff(function, at, relative=True)


def derivatives(guide: Guide, n_eff: mpc) -> dict[str, Any]:
    """Of n_eff by wavelength, each index and each thickness: -D_p / D_n, D differentiated numerically."""
    with mp.workdps(2 * digits_for(guide)):
        p = problem(guide)
        n_eff = mp.findroot(lambda x: mismatch(p, x), (n_eff, n_eff * (1 + mpf(10) ** -30)), solver="secant")
        by_n = _slope(lambda x: mismatch(p, x), n_eff)

        def swapped(values: tuple[Any, ...], i: int, value: Any) -> tuple[Any, ...]:
            return (*values[:i], value, *values[i + 1 :])

        def slope(change: Callable[[Any], Problem], at: Any) -> mpc:
            return -_slope(lambda x: mismatch(change(x), n_eff), at) / by_n

        by_wavelength = slope(lambda x: replace(p, wavelength=x), p.wavelength)
        by_index = [
            slope(lambda x, i=i: replace(p, indices=swapped(p.indices, i, x)), index)
            for i, index in enumerate(p.indices)
        ]
        by_thickness = [
            slope(lambda x, i=i: replace(p, thicknesses=swapped(p.thicknesses, i, x)), thickness)
            for i, thickness in enumerate(p.thicknesses)
        ]
        return {
            "group_index": _text(n_eff - p.wavelength * by_wavelength),
            "index_derivative": [_text(value) for value in by_index],
            "gain_confinement": [_text(value)[0] for value in by_index],
            "thickness_derivative_per_m": [_text(value) for value in by_thickness],
        }


def intensity_confinement(guide: Guide, n_eff: mpc) -> list[str]:
    """Share of Int |E|^2 in each layer, half-spaces included; |E|^2 = |u|^2 (TE), |v|^2 + |n_eff u/n^2|^2 (TM)."""
    with mp.workdps(digits_for(guide)):
        p = problem(guide)
        below, above = from_below(p, n_eff), from_above(p, n_eff)
        meeting = p.meeting - 1
        # One field: below the meeting as carried up, above it as carried down, scaled to agree there.
        scale = below[meeting][0] / above[meeting][0]
        if abs(below[meeting][0]) < abs(below[meeting][1]) / 1000:
            scale = below[meeting][1] / above[meeting][1]
        starts = below[: meeting + 1] + [(u * scale, v * scale) for u, v in above[meeting + 1 :]]

        def density(layer: int, field: tuple[mpc, mpc]) -> mpf:
            u, v = field
            if p.polarization == "TE":
                return abs(u) ** 2
            return abs(v) ** 2 + abs(n_eff * u / p.indices[layer] ** 2) ** 2

        last = len(p.indices) - 1
        shares = [density(0, starts[0]) / (2 * outer_wavenumber(p, 0, n_eff).imag)]
        for film, distance in enumerate(p.optical_thicknesses, start=1):
            # Each film is entered from the end where its field came from, so that nothing is carried against decay.
            upwards = film <= meeting
            entry = starts[film - 1] if upwards else starts[film]
            sign = 1 if upwards else -1
            step = 3 / abs(p.indices[film])
            pieces = max(1, int(mp.ceil(distance / step)))
            edges = [distance * i / pieces for i in range(pieces + 1)]
            shares.append(
                mp.quad(
                    lambda s, film=film, entry=entry, sign=sign: density(
                        film, carried(p, film, sign * s, entry, n_eff)
                    ),
                    edges,
                )
            )
        shares.append(density(last, starts[-1]) / (2 * outer_wavenumber(p, -1, n_eff).imag))
        total = mp.fsum(shares)
        return [mp.nstr(share / total, 20) for share in shares]


def _text(value: mpc) -> list[str]:
    return [mp.nstr(mp.re(value), 25, strip_zeros=False), mp.nstr(mp.im(value), 25, strip_zeros=False)]


def record(guide: Guide) -> dict[str, Any]:
    """One case of the file."""
    found = modes(guide)
    verify(guide, found)
    case: dict[str, Any] = {
        "name": guide.name,
        "about": guide.about,
        "indices": [[complex(index).real, complex(index).imag] for index in guide.indices],
        "thicknesses_m": list(guide.thicknesses),
        "wavelength_m": guide.wavelength,
        "polarization": guide.polarization,
        "kind": guide.kind,
        "search": list(guide.search),
        "modes": [_chopped(n_eff) for n_eff in found],
    }
    if guide.references:
        rows = [derivatives(guide, n_eff) for n_eff in found]
        case["references"] = rows
        if guide.kind == "bound":
            for row, n_eff in zip(rows, found, strict=True):
                row["intensity_confinement"] = intensity_confinement(guide, n_eff)
    return case


def _chopped(n_eff: mpc) -> list[str]:
    """25 digits; an imaginary part below 1e-32 is the round-off of a lossless guide."""
    with mp.workdps(DIGITS):
        return _text(mpc(n_eff.real, 0) if abs(n_eff.imag) < mpf(10) ** -32 else n_eff)


def guide_of(case: dict[str, Any]) -> Guide:
    """The stack of a case of the file."""
    return Guide(
        name=case["name"],
        indices=tuple(complex(*pair) for pair in case["indices"]),
        thicknesses=tuple(case["thicknesses_m"]),
        wavelength=case["wavelength_m"],
        polarization=case["polarization"],
        kind=case["kind"],
        search=tuple(case["search"]),
    )


DESCRIPTION = {
    "description": "Modes of planar stacks. n_eff complex, fields exp(i(beta x - omega t)), Im n > 0 absorbs. "
    "bound: decaying on both sides, Re n_eff above the lossless half-spaces; leaky: outgoing in the denser half-space, "
    "decaying in the other, Re n_eff between the two, 0 < Im n_eff <= 0.15. The list of a case is complete within its "
    "search (re_min, re_max, im_min, im_max) and sorted by falling real part. The input is meant as doubles, exactly.",
    "method": "tests/oracles/slab_modes_oracle.py: zeros of the mismatch of the two outer solutions, counted by its "
    "winding number and polished on the admittances, 40 digits.",
    "references": "One row a mode: group_index n_eff - lambda d n_eff/d lambda (indices fixed); index_derivative "
    "d n_eff/d n_j for each layer, half-spaces included; gain_confinement, its real part; thickness_derivative_per_m "
    "for each film; intensity_confinement, the share of Int |E|^2 over all space in each layer (bound only). Complex "
    "numbers are [re, im].",
}


def write() -> None:
    """All cases to the file."""
    cases = []
    for guide in guides():
        began = time.perf_counter()
        cases.append(record(guide))
        roots = ["".join(pair[:1]) for pair in cases[-1]["modes"]]
        sys.stderr.write(f"{time.perf_counter() - began:6.1f} s  {guide.name}: {len(roots)} modes {roots[:2]}\n")
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    head = json.dumps(DESCRIPTION, indent=1)[:-2]
    DATA.write_text(f'{head},\n "cases": [\n{lines}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    write()
