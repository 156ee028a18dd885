"""Net modal gain over ambient temperature, current density and pulse width, by a film that is even."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from femled.constants import ELEMENTARY_CHARGE
from femled.device import Pixel
from femled.experiments.experiment import experiment
from femled.experiments.heat_limits import MapCurrents, MapWidths, heat_limits
from femled.experiments.heat_run import ResolutionLevel
from femled.experiments.lasing_film import lasing_film
from femled.experiments.net_gain import MARGIN
from femled.frozen import Fraction, Quantity, Voltage
from femled.optics.gain import FreeCarrierGain
from femled.optics.warm_gain import WarmGain
from femled.result import Result
from femled.series import Series, Variable
from femled.solve.warm_carriers import WarmCarriers

Array = NDArray[np.float64]
Temperatures = Annotated[Sequence[float], Quantity("K", 1.0, 1000.0)]

HIGHEST_RISE = 300.0
"""[K] to which temperatures are followed; hotter points are marked."""

EVEN = "current and temperature are even across the pixel, and the voltage is that at the ambient temperature"


@experiment
def threshold_map(
    pixel: Pixel,
    *,
    ambient_temperatures: Temperatures,
    current_densities: MapCurrents,
    widths: MapWidths,
    injection_efficiency: Fraction = 1.0,
    voltage: Voltage | None = None,
    resolution: ResolutionLevel = "coarse",
) -> Result:
    """Net modal gain at the end of a pulse over its width, its current density and the ambient temperature.

    G(T_a, J, w) = Gamma g(n, T) - alpha,   A n + R_sp(n, T) + C n^3 = eta J/(q d),   T = T_a + rise(J V(J), w)

    Rises are those of `heat_limits`, so one transient or a few serve a whole ambient temperature. Nothing is crowded;
    `threshold` follows one pulse with all that.

    Args:
        pixel: the device.
        ambient_temperatures: (a,), [K].
        current_densities: (n,), [A/m2] rising.
        widths: (m,), [s] of the pulse, rising.
        injection_efficiency: [1] eta, share of the current that recombines in the emitter.
        voltage: [V] at every current; that of the pixel's own drift-diffusion if not given.
        resolution: of the mesh.

    Returns:
        over `ambient_temperature`, `current_density` and `width`: `net_gain` [1/m], `temperature` [K],
        `carrier_density` [1/m3], `too_hot`; over `ambient_temperature` and `current_density`: `gain_width` [s], the
        longest pulse at whose end the net gain is still kappa/L (0 if none, the longest of the map if all are).

    Raises:
        InputError: no gain data, or a value out of range.
        ConvergenceError: a solver failed.
    """
    film, ambients = lasing_film(pixel), np.asarray(ambient_temperatures, dtype=np.float64)
    heats = [
        heat_limits(
            pixel.replace(ambient_temperature=float(ambient)),
            current_densities=current_densities,
            widths=widths,
            voltage=voltage,
            limit=float(ambient) + HIGHEST_RISE,
            highest_rise=HIGHEST_RISE,
            resolution=resolution,
        )
        for ambient in ambients
    ]
    warm = np.array([one.series["mean_temperature"][0] for one in heats])
    currents, pulses = heats[0].series["current_density"], heats[0].series["width"]
    table = WarmGain(FreeCarrierGain(film.law), float(ambients.min()) * (1 - MARGIN), float(warm.max()) * (1 + MARGIN))
    carriers = WarmCarriers(film.law, table)
    injected = injection_efficiency * currents / (ELEMENTARY_CHARGE * film.thickness)
    n = carriers.steady(np.broadcast_to(injected[None, :, None], warm.shape), warm)
    net = film.guide.net_gain(table.peak_gain(n, warm))
    needed = film.kappa / film.guide.length
    over = ("ambient_temperature", "current_density", "width")
    variables = {
        "net_gain": Variable(over, net, "1/m", "net modal gain at the end of the pulse"),
        "temperature": Variable(over, warm, "K", "mean temperature of the emitter"),
        "carrier_density": Variable(over, n, "1/m3", "carriers"),
        "too_hot": Variable(over, np.array([one.series["too_hot"][0] for one in heats]), "", "hotter than followed"),
        "gain_width": Variable(over[:2], lasting(pulses, net, needed), "s", "longest pulse with gain at its end"),
    }
    coordinates = {
        "ambient_temperature": Variable(over[:1], ambients, "K", "ambient temperature"),
        "current_density": Variable(over[1:2], currents, "A/m2", "current density"),
        "width": Variable(over[2:], pulses, "s", "pulse width"),
    }
    inputs: dict[str, Any] = {
        "pixel": pixel.model_dump(mode="json"),
        "ambient_temperatures": ambients.tolist(),
        "current_densities": currents.tolist(),
        "widths": pulses.tolist(),
        "injection_efficiency": injection_efficiency,
        "voltage": voltage,
        "resolution": resolution,
    }
    said = [EVEN, *(sentence for one in heats for sentence in one.warnings)]
    return Result(
        experiment="threshold_map",
        series=Series(variables, coordinates, {"net_gain_needed": needed, "modal_loss": film.guide.modal_loss}),
        inputs=inputs,
        sources=tuple(dict.fromkeys((*(pair for one in heats for pair in one.sources), *film.sources))),
        warnings=tuple(dict.fromkeys(said)),
        provenance=heats[0].provenance,
    )


def lasting(widths: Array, net: Array, needed: float) -> Array:
    """(a, n), [s] at which net gain (a, n, m) falls below what is needed, in the logarithm of widths (m,), [s]."""
    found = np.zeros(net.shape[:2])
    for place in np.ndindex(found.shape):
        over = np.flatnonzero(net[place] >= needed)
        if over.size == 0:
            continue
        last = int(over[-1])
        if last == len(widths) - 1:
            found[place] = widths[-1]
            continue
        high, low = net[place][last], net[place][last + 1]
        share = (high - needed) / (high - low)
        found[place] = np.exp(np.log(widths[last]) + share * np.log(widths[last + 1] / widths[last]))
    return found
