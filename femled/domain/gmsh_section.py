"""Gmsh blocks for the (r, z) section of a pixel: the one file that talks to Gmsh."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from femled.device import Pixel
from femled.domain.grading import Division, Resolution, axial_divisions, both_ends, geometric, outwards
from femled.domain.layout import Band, bands
from femled.errors import MeshError, SetupError

MICROMETRE = 1e-6
"""[m] The unit of length of every mesh: in metres the Jacobians of these elements would be 1e-18."""

FACES = ("base", "top", "side", "axis")


@contextmanager
def gmsh_model(name: str) -> Iterator[Any]:
    """A fresh Gmsh model that is closed again whatever happens.

    Raises:
        SetupError: Gmsh is not installed or lacks a system library.
    """
    try:
        import gmsh
    except (ImportError, OSError) as error:
        raise SetupError(
            f"gmsh cannot be imported ({error}): pip install 'femled[mesh]'; femled doctor says more"
        ) from None
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Verbosity", 1)
        gmsh.model.add(name)
        yield gmsh
    finally:
        gmsh.finalize()


@dataclass
class _Grid:
    """Lattice of the section: lines of constant r, levels between bands, and what Gmsh entities join them."""

    gmsh: Any
    lines: list[float]
    heights: list[list[float]]
    points: dict[tuple[int, int], int] = field(default_factory=dict)
    curves: dict[tuple[int, int], int] = field(default_factory=dict)

    def point(self, line: int, level: int) -> int:
        """Tag of a lattice point; levels that coincide share it."""
        column = self.heights[line]
        while level > 0 and column[level] == column[level - 1]:
            level -= 1
        if (line, level) not in self.points:
            r, z = self.lines[line] / MICROMETRE, column[level] / MICROMETRE
            self.points[line, level] = self.gmsh.model.geo.addPoint(r, z, 0.0)
        return self.points[line, level]

    def curve(self, start: int, end: int, division: Division) -> int:
        """Tag of the straight curve between two points, divided as said."""
        if (start, end) not in self.curves:
            tag = self.gmsh.model.geo.addLine(start, end)
            self.gmsh.model.geo.mesh.setTransfiniteCurve(tag, division.count + 1, "Progression", division.ratio)
            self.curves[start, end] = tag
        return self.curves[start, end]


def radial_divisions(pixel: Pixel, level: Resolution) -> list[Division]:
    """Divisions from the axis to the outer radius: small on both sides of the rim (and across a conformal ramp)."""
    inner = geometric(pixel.radius, level.radial, level.inner_ratio).reversed()
    if pixel.geometry == "planar" or pixel.aperture is None:
        return [inner, *outwards(pixel.outer_radius - pixel.radius, level)]
    ramp = pixel.aperture.ramp
    rest = outwards(pixel.outer_radius - pixel.radius - ramp, level)
    return [inner, *both_ends(ramp, level.radial, level.outer_ratio), *rest]


def build(gmsh: Any, pixel: Pixel, level: Resolution) -> None:
    """Fill the current Gmsh model with the meshed section of a pixel, in micrometres.

    Planar pixels get quadrilaterals, conformal ones triangles (their insulator tapers to nothing at the rim).
    Physical groups are named "REGION.inside" and "REGION.outside" of the opening, and `FACES`.

    Raises:
        MeshError: Gmsh could not mesh it.
    """
    layers = bands(pixel)
    pieces = _pieces(layers, level)
    columns = radial_divisions(pixel, level)
    lines = [0.0, *accumulate(division.length for division in columns)]
    lines[-1] = pixel.outer_radius
    grid = _Grid(gmsh, lines, [_heights(pieces, _lift(pixel, r)) for r in lines])
    groups: dict[str, list[int]] = {}
    for row, (band, division, _) in enumerate(pieces):
        for column, radial in enumerate(columns):
            inside = grid.lines[column + 1] <= pixel.radius * (1 + 1e-12)
            zone = band.inside if inside else band.outside
            surface = _block(grid, row, column, radial, division, recombine=pixel.geometry == "planar")
            if surface is not None:
                groups.setdefault(f"{zone.region}.{'inside' if inside else 'outside'}", []).append(surface)
    faces = _faces(grid, len(pieces), columns, [division for _, division, _ in pieces])
    gmsh.model.geo.synchronize()
    for name, tags in groups.items():
        gmsh.model.addPhysicalGroup(2, tags, name=name)
    for name, tags in faces.items():
        gmsh.model.addPhysicalGroup(1, tags, name=name)
    try:
        gmsh.model.mesh.generate(2)
    except Exception as error:  # gmsh raises bare Exception
        raise MeshError(pixel.name, f"Gmsh could not mesh the section ({error})") from None


def _pieces(layers: tuple[Band, ...], level: Resolution) -> list[tuple[Band, Division, float]]:
    """Bands cut where their division turns, bottom to top, with the share of the band that each piece is."""
    films = [i for i, band in enumerate(layers) if band.film]
    divisions = axial_divisions([band.thickness for band in layers], films[0], films[-1], level)
    return [
        (band, part, part.length / band.thickness)
        for band, parts in zip(layers, divisions, strict=True)
        for part in parts
    ]


def _lift(pixel: Pixel, r: float) -> float:
    """How much of the insulator's height lies under the stack at a radius: 0 in the opening, 1 beyond the ramp."""
    if pixel.geometry == "planar" or pixel.aperture is None:
        return 1.0
    return min(max((r - pixel.radius) / pixel.aperture.ramp, 0.0), 1.0) if r > pixel.radius * (1 + 1e-12) else 0.0


def _heights(pieces: list[tuple[Band, Division, float]], lift: float) -> list[float]:
    """[m] of all levels along one line of constant r."""
    heights = [0.0]
    for band, _, share in pieces:
        inside, outside = band.inside.thickness, band.outside.thickness
        heights.append(heights[-1] + share * (outside if inside == outside else lift * outside + (1 - lift) * inside))
    return heights


def _block(grid: _Grid, row: int, column: int, radial: Division, axial: Division, *, recombine: bool) -> int | None:
    """One transfinite surface; three-sided where the band tapers to nothing, absent where it has no height."""
    geo = grid.gmsh.model.geo
    corners = [
        grid.point(column, row),
        grid.point(column + 1, row),
        grid.point(column + 1, row + 1),
        grid.point(column, row + 1),
    ]
    low_left, low_right, high_right, high_left = corners
    if low_right == high_right:
        return None
    loop = [
        grid.curve(low_left, low_right, radial),
        grid.curve(low_right, high_right, axial),
        -grid.curve(high_left, high_right, radial),
    ]
    if low_left != high_left:
        loop.append(-grid.curve(low_left, high_left, axial))
    surface: int = geo.addPlaneSurface([geo.addCurveLoop(loop)])
    geo.mesh.setTransfiniteSurface(surface, "Left", list(dict.fromkeys(corners)))
    if recombine:
        geo.mesh.setRecombine(2, surface)
    return surface


def _faces(grid: _Grid, rows: int, columns: list[Division], axial: list[Division]) -> dict[str, list[int]]:
    last = len(columns)
    faces = {
        "base": [grid.curve(grid.point(c, 0), grid.point(c + 1, 0), columns[c]) for c in range(last)],
        "top": [grid.curve(grid.point(c, rows), grid.point(c + 1, rows), columns[c]) for c in range(last)],
    }
    for name, line in (("axis", 0), ("side", last)):
        levels = [(grid.point(line, row), grid.point(line, row + 1)) for row in range(rows)]
        faces[name] = [grid.curve(a, b, axial[row]) for row, (a, b) in enumerate(levels) if a != b]
    return faces


def write_msh(pixel: Pixel, level: Resolution, path: Path) -> None:
    """Write the mesh of a pixel as a Gmsh file (format 4.1), regions as physical groups, lengths in micrometres."""
    with gmsh_model(pixel.name) as gmsh:
        build(gmsh, pixel, level)
        gmsh.write(str(path))
