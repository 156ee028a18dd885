"""How much of the light of a pixel gets out, and where the rest goes."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from femled.device import Pixel
from femled.errors import InputError
from femled.experiments.experiment import PYTHON_ONLY, experiment
from femled.experiments.optical import (
    IndexChoices,
    Thicknesses,
    optical_provenance,
    recorded_choices,
    stack_inputs,
)
from femled.frozen import Fraction, Quantity, Temperature, Wavelength
from femled.materials.emission import EmissionSpectrum
from femled.optics.emitters import Profile
from femled.optics.outcoupling import Outcoupling, spectral_outcoupling
from femled.optics.pixel_stack import PixelStack, pixel_stack
from femled.optics.slab import Modes, find_modes
from femled.optics.stack import Stack
from femled.result import Result
from femled.series import Series, Variable, single
from femled.units import text_of

Array = NDArray[np.float64]
Width = Annotated[float, Quantity("m", 1e-10, 5e-7)]
Distance = Annotated[float, Quantity("m", 0.0, 1e-6)]
Count = Annotated[int, Quantity("1", 1, 1001)]


@experiment
def outcoupling(
    pixel: Pixel,
    *,
    wavelength: Wavelength | None = None,
    spectral_width: Width | None = None,
    temperature: Temperature | None = None,
    wavelengths: Count = 51,
    depths: Count = 21,
    orientation: Literal["isotropic", "horizontal", "vertical"] = "isotropic",
    profile: Annotated[Profile | None, PYTHON_ONLY] = None,
    minimum_distance: Distance = 2.5e-9,
    intrinsic_yield: Fraction = 1.0,
    index: IndexChoices | None = None,
    thickness: Thicknesses | None = None,
) -> Result:
    """Share of the recombination events of a pixel that ends in each channel.

    share_c = Int dz R(z) q sum_l w_l F_c(z, l)/(1 - q + q F(z)),   F = sum_c F_c: dipoles in a planar stack (furno2012)

    Channels: light that leaves at the top and, through the back of the thick substrate, at the bottom; light trapped in
    the substrate; every guided mode; absorption in each layer, direct or in the near field; the emitter's own loss
    1 - q. The emitter's own absorption is left out (no photon recycling). Dipoles keep `minimum_distance` from an
    absorbing neighbour, for their power diverges there: the result depends on that rule.

    Args:
        pixel: the device.
        wavelength: [m] peak of the emission, in place of the emitter card's.
        spectral_width: [m] full width at half maximum of the emission, in place of the card's.
        temperature: [K] of the emitter, to which its spectrum is moved and broadened by the law of its card; as stated
            on the card if not given, whatever the pixel's ambient. Refractive indices stay as they are.
        wavelengths: number of wavelengths over the spectrum.
        depths: number of heights in the emitter.
        orientation: of the dipoles.
        profile: emission rate over the height [m] above the emitter's lower face: a function, two sequences
            (heights, rates), or one height; uniform if not given.
        minimum_distance: [m] of dipoles from an absorbing neighbour.
        intrinsic_yield: [1] q, of the emitter in its unbounded medium.
        index: refractive index of layers or materials in place of the card's, "ito=1.80+0.0261j".
        thickness: [m] of layers in place of the device's, "ito_bottom=30 nm".

    Returns:
        `share` over channel, `absorbed`, `near_field` over layer, `purcell_factor`, `angular_intensity` [1/sr] over
        facet and angle, `unassigned` (what no channel has: rounding). `top` and `bottom` are the EQE limits of the
        facets.

    Raises:
        InputError: no emission spectrum, a layer or index that cannot be, a wavelength outside the range of an index,
            a temperature outside the range of the card's law.
        ConvergenceError: the guided modes could not be shown to be complete.
    """
    stack = pixel_stack(pixel, index=index, thickness=thickness)
    spectrum = _spectrum(pixel, wavelength, spectral_width, temperature)
    waves = spectrum.sampled(int(wavelengths))
    weights = spectrum.at(waves)
    indices = np.array([stack.indices(float(wave)) for wave in waves])
    transparent = indices.copy()
    transparent[:, stack.emitter] = transparent[:, stack.emitter].real
    guided = [_guided(stack, row, float(wave)) for row, wave in zip(transparent, waves, strict=True)]
    found = spectral_outcoupling(
        indices=transparent.T,
        thicknesses=stack.thicknesses,
        wavelengths=waves,
        weights=weights,
        emitter=stack.emitter,
        orientation=orientation,
        profile=profile,
        depths=int(depths),
        minimum_distance=minimum_distance,
        poles=guided,
        loss_shares=_loss_shares(guided),
        intrinsic_yield=intrinsic_yield,
    )
    own = pixel.layer(pixel.emitter).solid.emission
    spectrum_sources = own.sources if own and temperature is not None else ((spectrum.source, spectrum.status),)
    inputs: dict[str, Any] = {
        "pixel": pixel.model_dump(mode="json"),
        "wavelength": spectrum.peak,
        "spectral_width": spectrum.width,
        "temperature": None if temperature is None else f"{temperature!r} K",
        "wavelengths": int(wavelengths),
        "depths": int(depths),
        "orientation": orientation,
        "profile": _recorded_profile(profile),
        "minimum_distance": minimum_distance,
        "intrinsic_yield": intrinsic_yield,
        **recorded_choices(index, thickness),
        **stack_inputs(stack, spectrum.peak),
    }
    return Result(
        experiment="outcoupling",
        series=_series(stack, found, guided),
        inputs=inputs,
        sources=tuple(dict.fromkeys((*stack.sources, *spectrum_sources))),
        warnings=_said(stack, found, indices),
        provenance=optical_provenance(),
    )


def _spectrum(pixel: Pixel, peak: float | None, width: float | None, temperature: float | None) -> EmissionSpectrum:
    material = pixel.layer(pixel.emitter).solid
    own = material.emission
    if temperature is not None and (peak is not None or width is not None):
        raise InputError("temperature moves the spectrum of the card: leave out wavelength and spectral_width, or it")
    if own is None and (peak is None or width is None):
        raise InputError(f"{material.name} has no emission spectrum: give wavelength and spectral_width")
    if own is None or peak is not None or width is not None:
        given = {
            "peak": own.peak if own and peak is None else peak,
            "width": own.width if own and width is None else width,
        }
        return EmissionSpectrum.model_validate({**given, "source": "user", "status": "assumed"})
    return own if temperature is None else own.at_temperature(temperature)


def _guided(stack: PixelStack, indices: NDArray[np.complex128], wavelength: float) -> Modes:
    return find_modes(Stack(tuple(indices.tolist()), stack.thicknesses, wavelength))


def _loss_shares(guided: list[Modes]) -> list[list[list[float]]] | None:
    """For each wavelength (modes, films + 2): share of each medium in each mode's loss; None if a mode has no loss."""
    losses = [[np.array(list(mode.loss_by_layer)) for mode in modes] for modes in guided]
    if any(len(modes) == 0 or min(row.sum() for row in modes) <= 0 for modes in losses):
        return None
    return [[(row / row.sum()).tolist() for row in modes] for modes in losses]


def _recorded_profile(profile: Profile | None) -> Any:
    if profile is None or isinstance(profile, float | int):
        return profile
    if callable(profile):
        return f"function {getattr(profile, '__qualname__', type(profile).__qualname__)}(z)"
    return [[float(value) for value in part] for part in profile]


def _said(stack: PixelStack, found: Outcoupling, indices: NDArray[np.complex128]) -> tuple[str, ...]:
    """What a reader has to know: near-field rule, reabsorption, whatever the calculation says itself."""
    texts = []
    below, above = found.emitters.kept_away
    names = stack.names
    kept = [
        f"{text_of(distance, 'm', 3)} from {names[position]}"
        for distance, position in ((below, stack.emitter - 1), (above, stack.emitter + 1))
        if distance > 0
    ]
    if kept:
        texts.append(f"near-field rule: emitters keep {' and '.join(kept)}, which absorbs; the shares depend on it")
    if np.any(indices[:, stack.emitter].imag > 0):
        texts.append(f"the absorption of {names[stack.emitter]} itself is left out: no photon recycling")
    return (*texts, *(text for text in found.warnings if "emitter" not in text or "k" not in text))


def _series(stack: PixelStack, found: Outcoupling, guided: list[Modes]) -> Series:
    names = stack.names
    modes = _mode_shares(found, guided)
    direct, near = np.asarray(found.direct), np.asarray(found.near_field)
    channels = {
        "top": found.top,
        "bottom": found.bottom,
        "substrate": found.substrate,
        **{f"mode {label}": share for label, share in modes.items()},
        **{f"absorbed {name}": float(direct[i]) for i, name in enumerate(names) if abs(direct[i]) > 1e-12},
        "near field": float(near.sum()),
        "emitter": found.nonradiative,
    }
    angle = np.linspace(0.0, np.pi / 2, 91)
    intensity = np.array([found.angular_intensity(angle, facet=facet) for facet in ("top", "bottom")])
    variables = {
        "share": Variable(("channel",), np.array(list(channels.values())), "1", "share of the recombination events"),
        "absorbed": Variable(("layer",), np.asarray(found.absorbed), "1", "absorbed, in any way"),
        "near_field": Variable(("layer",), near, "1", "absorbed from the near field"),
        "purcell_factor": single(found.purcell_factor, "1", "Purcell factor"),
        "angular_intensity": Variable(("facet", "angle"), intensity, "1/sr", "share per solid angle"),
        "unassigned": single(found.unassigned, "1", "what no channel has"),
    }
    coordinates = {
        "channel": Variable(("channel",), np.array(list(channels)), ""),
        "layer": Variable(("layer",), np.array(names), ""),
        "facet": Variable(("facet",), np.array(["top", "bottom"]), ""),
        "angle": Variable(("angle",), angle, "rad", "angle from the normal"),
    }
    return Series(variables, coordinates, {"kept_away_m": list(found.emitters.kept_away)})


def _mode_shares(found: Outcoupling, guided: list[Modes]) -> dict[str, float]:
    """Share of each guided mode, TE0, TE1, ..., over the spectrum."""
    shares: dict[str, float] = {}
    for weight, modes, part in zip(found.weights, guided, found.guided, strict=True):
        counts = {"TE": 0, "TM": 0}
        for mode, share in zip(modes, part, strict=True):
            label = f"{mode.polarization}{counts[mode.polarization]}"
            counts[mode.polarization] += 1
            shares[label] = shares.get(label, 0.0) + weight * float(share)
    return dict(sorted(shares.items()))
