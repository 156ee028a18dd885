"""The inputs of a computation of gain as rows of the claims table."""

from femled.experiments.lasing_film import LasingFilm
from femled.reproduce.claim import Input
from femled.units import text_of


def gain_inputs(film: LasingFilm, wavelength: float) -> tuple[Input, ...]:
    """Every number of a lasing film with its status.

    Args:
        film: of a published pixel.
        wavelength: [m] of its pump.
    """
    pixel = film.pixel
    assert pixel.amplification is not None  # a lasing film has
    assert film.material.gain is not None  # the published pixels have
    layer = pixel.layer(pixel.emitter)
    found = [
        Input("diameter", text_of(pixel.diameter, "m", 4), "published"),
        Input("thickness of the emitter", text_of(layer.thickness, "m", 4), layer.status),
        Input("absorptance of the pump by the optics of the stack", f"{film.absorptance(wavelength):.3f}", "assumed"),
        Input("gain confinement by the optics of the stack", f"{film.guide.gain_confinement:.3f}", "assumed"),
        Input("heat capacity of the emitter", "as on its card", film.material.heat_capacity.status),
    ]
    unused = ("pumps", "facet_share", "edge_share", "guided_share")
    stated = [(name, one) for name, one in pixel.amplification.numbers().items() if not name.startswith(unused)]
    stated += list(film.material.gain.numbers().items())
    return (*found, *(Input(name, one.value, one.status) for name, one in stated))
