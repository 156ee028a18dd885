"""The section of a pixel as bands and columns: which region lies where, before anything is meshed."""

import math
from dataclasses import dataclass
from itertools import pairwise

from femled.device import Pixel
from femled.materials import Material

FILM_THICKNESS = 1e-10
"""[m] of the film that stands for a contact resistance; its conductivity makes the resistance, not its thickness."""

PERFECT_CONTACT = 1e-11
"""[m2 K/W] of such a film on the side of the rim where the contact is perfect: 0.1 mK at 1 kW/cm2. Smaller values cost
digits, because the matrix then spans too many orders of magnitude."""


@dataclass(frozen=True)
class ContactFilm:
    """A massless film that resists heat across it and carries none along it.

    Args:
        resistance: [m2 K/W].
    """

    resistance: float

    @property
    def axial_conductivity(self) -> float:
        """[W/m/K]."""
        return FILM_THICKNESS / max(self.resistance, PERFECT_CONTACT)


@dataclass(frozen=True)
class Zone:
    """What one band is in one column.

    Args:
        region: name; "lower/upper" for a contact film.
        matter: material or contact film.
        thickness: [m], 0 where the band is absent.
    """

    region: str
    matter: Material | ContactFilm
    thickness: float


@dataclass(frozen=True)
class Band:
    """One layer of the section from the axis to its outer radius.

    Args:
        inside: within the opening.
        outside: beyond it.
        film: whether it belongs to the stack of films between substrate and encapsulation.
    """

    inside: Zone
    outside: Zone
    film: bool

    @property
    def thickness(self) -> float:
        """[m], the larger of the two."""
        return max(self.inside.thickness, self.outside.thickness)


def bands(pixel: Pixel) -> tuple[Band, ...]:
    """The bands of a pixel from the base up, contact films included where there are contact resistances.

    Planar: the layers of the opening stand beside an insulator of the same height. Conformal: they continue over an
    insulator whose height is zero in the opening.
    """
    found: list[Band] = []
    for name, part in pixel.stack():
        zone = Zone(name, part.solid, part.thickness)
        outside = zone
        if getattr(part, "extent", "full") == "opening" and pixel.aperture is not None:
            if pixel.geometry == "planar":
                outside = Zone("insulator", pixel.aperture.insulator, part.thickness)
            elif not any(band.outside.region == "insulator" for band in found):
                insulator = Zone("insulator", pixel.aperture.insulator, pixel.aperture.thickness)
                nothing = Zone("insulator", pixel.aperture.insulator, 0.0)
                found.append(Band(nothing, insulator, film=True))
        found.append(Band(zone, outside, film=name not in ("substrate", "encapsulation") and not _behind(pixel, name)))
    return tuple(found) if pixel.contact_resistance.none else _with_contact_films(pixel, found)


def _behind(pixel: Pixel, name: str) -> bool:
    return name == "spreader" and pixel.spreader is not None and pixel.spreader.place == "behind"


def _with_contact_films(pixel: Pixel, plain: list[Band]) -> tuple[Band, ...]:
    def film(lower: Zone, upper: Zone) -> Zone:
        resistance = pixel.contact_resistance.between(
            (lower.region, _material(lower)), (upper.region, _material(upper))
        )
        return Zone(f"{lower.region}/{upper.region}", ContactFilm(resistance), FILM_THICKNESS)

    found = [plain[0]]
    inside = plain[0].inside
    for lower, upper in pairwise(plain):
        # An absent insulator (conformal, inside the opening) does not separate what lies below it from what lies above.
        absent = Zone(f"{inside.region}/{upper.inside.region}", ContactFilm(0.0), FILM_THICKNESS)
        inner = absent if upper.inside.thickness == 0.0 else film(inside, upper.inside)
        outer = film(lower.outside, upper.outside)
        if any(isinstance(zone.matter, ContactFilm) and zone.matter.resistance > 0 for zone in (inner, outer)):
            found.append(Band(inner, outer, film=lower.film or upper.film))
        found.append(upper)
        inside = inside if upper.inside.thickness == 0.0 else upper.inside
    return tuple(found)


def _material(zone: Zone) -> Material:
    assert isinstance(zone.matter, Material)  # only plain bands get here
    return zone.matter


def region_volumes(pixel: Pixel) -> dict[str, float]:
    """Volumes [m3] of all regions by the pixel's own arithmetic, to check a mesh against; contact films are left out.

    Only for planar pixels, whose regions are cylinders and rings.
    """
    inner, whole = pixel.radius**2, pixel.outer_radius**2
    volumes: dict[str, float] = {}
    for band in bands(pixel):
        for zone, area in ((band.inside, inner), (band.outside, whole - inner)):
            if isinstance(zone.matter, Material):
                volumes[zone.region] = volumes.get(zone.region, 0.0) + math.pi * area * zone.thickness
    volumes["emitter"] = math.pi * inner * pixel.layer(pixel.emitter).thickness
    return volumes
