"""The inputs of an optical computation as rows of the claims table."""

from collections.abc import Iterable
from typing import Any

from femled.reproduce.claim import Input
from femled.units import text_of


def media_inputs(media: Iterable[dict[str, Any]], *, without: tuple[str, ...] = ()) -> tuple[Input, ...]:
    """Refractive indices of the media of a result, with their status.

    Args:
        media: `inputs["media"]` of an optical result.
        without: names that are left out.
    """
    found = []
    for medium in media:
        if medium["name"] in without:
            continue
        shown = f"{medium['n']:.4g}" + (f" + {medium['k']:.3g}i" if medium["k"] else "")
        found.append(Input(f"index of {medium['name']}", shown, medium["status"]))
    return tuple(found)


def thickness_inputs(media: Iterable[dict[str, Any]], status: dict[str, str]) -> tuple[Input, ...]:
    """Thicknesses of the films of a result.

    Args:
        media: `inputs["media"]` of an optical result.
        status: layer name -> status of its thickness.
    """
    films = [medium for medium in media if medium["thickness_m"] > 0]
    return tuple(
        Input(f"thickness of {film['name']}", text_of(film["thickness_m"], "m", 4), status[film["name"]])
        for film in films
    )
