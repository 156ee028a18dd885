"""Recombination and gain of a strongly pumped film, and how its mobile ions change both, as a law of the layer."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from femled.errors import InputError
from femled.frozen import Fraction, FrozenModel, Quantity

Density = Annotated[float, Quantity("1/m3", 1e20, 1e28)]


class IonRates(FrozenModel):
    """What a strong pump meets beside the coefficients of `Semiconductor`; a hypothesis, by words of li2023.

    k_1 = k_1e (1 + a_1 (s - 1)),   k_2nonr = k_2e (1 + a_2 (s - 1)),   k_2r = B f^(1 - s),   k_3 = C_n + C_p

    s(x) is the density of defects over that where ions are spread evenly, so that every coefficient is its stated value
    there; k_1e = 1/(tau_n + tau_p). Gain and spontaneous emission share one matrix element, g ~ k_2r, and at threshold
    the same gain is needed whatever the ions do:

    linear: n_th - n_tr = (n_th,e - n_tr) B/k_2r;   logarithmic: ln(n_th/n_tr) = ln(n_th,e/n_tr) B/k_2r

    Args:
        nonradiative_coefficient: [m3/s] k_2e of recombination of second order without light.
        radiative_rise: [1] f, of the radiative coefficient where no ions are.
        monomolecular_share: [1] a_1, part of k_1e that is the ions'.
        nonradiative_share: [1] a_2, part of k_2e that is the ions'.
        transparency_density: [1/m3] n_tr, of electrons and of holes, without gain or absorption.
        threshold_density: [1/m3] n_th,e at which light is amplified enough, ions spread evenly.
        gain: "linear" or "logarithmic" in the density.
        counted: "total": s = c/c_even, all ions; "net": s = 1 + (sqrt((rho/q)^2 + 4 c_i^2) - 2 c_i)/c_even, the charge
            that they leave uncompensated.
        margin: [m] left out at both faces, where ions pile up: a film keeps their number, its bulk does not.
    """

    nonradiative_coefficient: Annotated[float, Quantity("m3/s", 0.0, 1e-6)]
    radiative_rise: Annotated[float, Quantity("1", 1.0, 1e6)] = 1.0
    monomolecular_share: Fraction = 0.0
    nonradiative_share: Fraction = 0.0
    transparency_density: Density
    threshold_density: Density
    gain: Literal["linear", "logarithmic"] = "linear"
    counted: Literal["total", "net"] = "total"
    margin: Annotated[float, Quantity("m", 0.0, 1e-5)] = 10e-9

    @model_validator(mode="after")
    def _gains_at_threshold(self) -> Self:
        if self.threshold_density <= self.transparency_density:
            raise InputError(
                f"threshold_density {self.threshold_density:.4g} 1/m3 is not above transparency_density "
                f"{self.transparency_density:.4g} 1/m3: there is no gain yet"
            )
        return self
