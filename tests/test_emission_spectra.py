"""Light of an uneven emitter in time: closed forms, photons and power, and the temperature that a spectrum shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from test_emission_law import NM, spectrum

import femled as fl
from femled.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from femled.errors import InputError
from femled.experiments.emission_spectra import emission_spectra
from femled.experiments.light_extraction import light_extraction
from femled.experiments.spectral_extraction import SpectralExtraction, spectral_extraction
from femled.experiments.spectral_line import Line, Thermometer, line_grid, measured_line, per_energy
from femled.plotting_spectra import spectra_figure

KIM = fl.load_pixel("kim2018")
LINE = spectrum()


def light(temperature, rate=None, area=None, line=LINE, **more):
    """The series of an emitter whose temperature is (times, radii)."""
    T = np.atleast_2d(np.asarray(temperature, float))
    times, radii = T.shape
    given = {
        "time": np.arange(times) * 1e-6,
        "radius": np.arange(radii) * 1e-6,
        "area": np.ones(radii) if area is None else area,
        "rate": np.ones_like(T) if rate is None else np.atleast_2d(rate),
        "temperature": T,
        "spectrum": line,
    }
    return emission_spectra(**given | more)


def slanted(a, b):
    """A stack that lets out a + b (l - 770 nm) of the light, over a range that holds every line."""
    waves = np.linspace(500, 1100, 4) * NM
    leaving = a + b * (waves - 770 * NM)
    return SpectralExtraction(waves, leaving[:, None], np.ones((4, 1)), np.ones(1))


@pytest.mark.parametrize("T", [150.0, 231.0, 300.0, 450.0])
def test_even_emitter_has_the_peak_and_width_of_its_temperature(T):
    """A Gaussian's logarithm is a parabola, which the spline meets: round-off, magnified by the flat top."""
    series, _ = light([[T, T]], rate=[[1.0, 3.0]])
    cold = LINE.at_temperature(T)
    assert series["peak_wavelength"] == pytest.approx([cold.peak], rel=1e-11)
    assert series["peak_energy_ev"] == pytest.approx([cold.peak_energy_ev], rel=1e-11)
    assert series["width_ev"] == pytest.approx([cold.width_ev], rel=1e-10)
    assert series["apparent_temperature"][0] == pytest.approx([T, T], rel=1e-9)


def test_two_temperatures_give_the_sum_of_two_gaussians():
    """N1 s1(l) + N2 s2(l) with areas times rates N; the peak and half points read off it are those of the formula.

    1e-12 for the sum. The cubic spline over a fortieth of the width has the error h^4/384 of the fourth derivative of
    the logarithm, below 1e-8: so are the slope at the peak, over that at half height, and the halves.
    """
    T, N = np.array([300.0, 420.0]), np.array([2.0 * 5.0, 7.0 * 1.5])
    series, _ = light([T], rate=[[5.0, 1.5]], area=np.array([2.0, 7.0]))

    def total(wave):
        found = 0.0
        for count, one in zip(N, [LINE.at_temperature(t) for t in T], strict=True):
            sigma = one.width / np.sqrt(8 * np.log(2))
            found = found + count * np.exp(-(((wave - one.peak) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
        return found

    wave = series["wavelength"]
    assert series["spectral_flux"][0] == pytest.approx(total(wave), rel=1e-10, abs=1e-12 * total(wave).max())
    line = measured_line(wave, series["spectral_flux"][0])
    h = 1e-12
    slopes = [(total(x + h) - total(x - h)) / (2 * h) for x in (line.peak, line.below)]
    assert abs(slopes[0] / slopes[1]) < 1e-5
    assert total(np.array([line.below, line.above])) == pytest.approx(total(line.peak) / 2, rel=1e-6)
    assert series["photon_flux"] == pytest.approx([N.sum()], rel=1e-10)


def test_photons_per_energy_and_per_wavelength_are_the_same_photons():
    """Int S_E dE = Int S_l dl, both by adaptive quadrature to 1e-12; without l^2/hc they would differ by percents."""

    def flux(wave):
        return LINE.line(wave, 340.0)

    ends = np.array([560.0, 980.0]) * NM
    by_wavelength = quad(lambda wave: flux(np.array([wave]))[0], *ends, points=[763 * NM], epsrel=1e-12)[0]
    hc = PLANCK * SPEED_OF_LIGHT / ELEMENTARY_CHARGE

    def at(E):
        wave = np.array([hc / E])
        return per_energy(wave, flux(wave))[1][0]

    by_energy = quad(at, *(hc / ends)[::-1], points=[hc / (763 * NM)], epsrel=1e-12)[0]
    assert by_energy == pytest.approx(by_wavelength, rel=1e-10)
    energy, photons = per_energy(np.array([700.0, 800.0]) * NM, np.array([[1.0, 2.0]]))
    assert energy == pytest.approx([hc / 800e-9, hc / 700e-9], rel=1e-15)
    assert photons[0, 0] == pytest.approx(2.0 * (800e-9) ** 2 / hc, rel=1e-15)


def test_power_counts_every_photon_with_its_energy():
    """<hc/l> = hc/l0 (1 + x + 3 x^2 + 15 x^3 ...), x = sigma^2/l0^2 = 6e-4: the next term, 105 x^4, is 2e-11."""
    series, _ = light([[300.0]], rate=[[4e22]], area=np.array([2e-9]))
    x = (LINE.width / LINE.peak) ** 2 / (8 * np.log(2))
    energy = PLANCK * SPEED_OF_LIGHT / LINE.peak * (1 + x + 3 * x**2 + 15 * x**3)
    assert series["light_power"] == pytest.approx([8e13 * energy], rel=1e-9)
    assert series["radiant_exitance"] == pytest.approx([4e22 * energy], rel=1e-9)
    assert series["mean_photon_energy_ev"] == pytest.approx([energy / ELEMENTARY_CHARGE], rel=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.floats(150.0, 450.0))
def test_thermometer_inverts_its_law(T):
    """From the closed form of the law, not from a spectrum; 1e-9 of the temperature."""
    one = LINE.at_temperature(T)
    line = Line(one.peak, one.peak - one.width / 2, one.peak + one.width / 2)
    assert THERMOMETER.by_peak(line) == pytest.approx(T, rel=1e-9)
    assert THERMOMETER.by_width(line) == pytest.approx(T, rel=1e-9)


THERMOMETER = Thermometer(LINE)


def test_uneven_temperature_reads_hotter_by_width_than_by_peak():
    """Half the light at T - 40 K, half at T + 40 K: the peak lies between, the width has the distance on top."""
    series, _ = light([[340.0, 340.0], [300.0, 380.0]])
    (same, also), (peak, width) = series["apparent_temperature"]
    assert (same, also) == pytest.approx((340.0, 340.0), rel=1e-9)
    assert 325.0 < peak < 340.0 < width < 360.0
    assert series["mean_temperature"] == pytest.approx([340.0, 340.0], rel=1e-14)


def test_means_are_weighted_with_area_and_with_light():
    """(1 x 300 + 3 x 400)/4, and (1 x 6 x 300 + 3 x 1 x 400)/9; round-off of the sums over the wavelengths."""
    series, _ = light([[300.0, 400.0]], rate=[[6.0, 1.0]], area=np.array([1.0, 3.0]))
    assert series["mean_temperature"] == pytest.approx([375.0], rel=1e-14)
    assert series["emission_temperature"] == pytest.approx([3000.0 / 9], rel=1e-10)


def test_stack_that_lets_out_more_red_moves_the_peak_to_the_red():
    """s(l) (a + b (l - l0)): the peak where 8 ln2 x (a + b x) = b w^2, and eta(l0) = a of the photons.

    The logarithm of the straight line is no parabola: the spline is good for 1e-8 of the width.
    """
    a, b = 0.15, 0.15 / (300 * NM)
    series, _ = light([[300.0]], extraction=slanted(a, b))
    k = 8 * np.log(2) / LINE.width**2
    x = (-k * a + np.sqrt((k * a) ** 2 + 4 * k * b**2)) / (2 * k * b)
    assert series["peak_wavelength"][0] - 770 * NM == pytest.approx(x, abs=1e-7 * LINE.width)
    assert x > 0.5 * NM
    assert series["photon_flux"] == pytest.approx([a], rel=1e-10)
    assert series["photon_exitance"][0] == pytest.approx([a], rel=1e-10)
    assert series["apparent_temperature"][0] == pytest.approx([300.0, 300.0], abs=1e-3)


def test_all_powers_enter_as_their_mean_over_the_line():
    """F(l) = 2 + (l - l0)/100 nm in all and 0.3 out: 0.3/F(l0) of the photons, as the slope cancels over the line."""
    waves = np.linspace(500, 1100, 4) * NM
    every = 2 + (waves - 770 * NM) / (100 * NM)
    table = SpectralExtraction(waves, np.full((4, 1), 0.3), every[:, None], np.ones(1))
    series, _ = light([[300.0]], extraction=table)
    assert series["photon_flux"] == pytest.approx([0.15], rel=1e-10)


@pytest.fixture(scope="module")
def table():
    return spectral_extraction(KIM)


def test_light_of_a_pixel_is_that_of_its_outcoupling_efficiency(table):
    """At the reference temperature, against eleven wavelengths that hold 99.7 % of the photons: 1e-3."""
    card = KIM.layer("mapbi3").solid.emission
    series, notes = light([[295.0]], line=card, extraction=table)
    assert series["photon_flux"] == pytest.approx([light_extraction(KIM).even], rel=1e-3)
    assert any("refractive indices are those of the cards" in note for note in notes)


@pytest.mark.slow
def test_facets_of_a_pixel_add_up():
    """Into both is the sum of the two; round-off."""
    pixel = fl.load_pixel("li2023")
    tables = {facet: spectral_extraction(pixel, facet=facet) for facet in ("both", "top", "bottom")}
    added = tables["top"].leaving + tables["bottom"].leaving
    assert tables["both"].leaving == pytest.approx(added, rel=1e-13)
    assert min(tables[facet].leaving.min() for facet in ("top", "bottom")) > 0


def test_control_device_takes_the_stack_out_of_the_temperature(table):
    """The stack moves the peak by a nanometre, 8 K on the bare law, but that of the control device as well.

    0.01 K: tabulated indices have corners, at which the spline of the spectrum is good for less.
    """
    card = KIM.layer("mapbi3").solid.emission
    series, _ = light([[300.0], [345.0]], line=card, extraction=table)
    assert series["apparent_temperature"] == pytest.approx(np.array([[300.0] * 2, [345.0] * 2]), abs=0.01)
    bare = Thermometer(card)
    line = measured_line(series["wavelength"], series["spectral_flux"][0])
    assert abs(bare.by_peak(line) - 300.0) > 3.0


def test_efficiency_is_photons_out_over_electrons_in():
    """q Phi/I; zero where no current flows forward."""
    series, _ = light(np.full((3, 1), 300.0), current=np.array([2e-3, 0.0, -1e-6]), extraction=slanted(0.15, 0.0))
    expected = [0.15 * ELEMENTARY_CHARGE / 2e-3, 0.0, 0.0]
    assert series["external_quantum_efficiency"] == pytest.approx(expected, rel=1e-10)
    assert "external_quantum_efficiency" not in light([[300.0]])[0].variables


def test_dark_times_have_the_shape_of_an_even_rate():
    series, notes = light([[320.0, 320.0], [320.0, 320.0]], rate=[[0.0, 0.0], [0.0, 1.0]])
    assert any("no light is made" in note for note in notes)
    assert series["photon_flux"] == pytest.approx([0.0, 1.0], abs=1e-10)
    assert series["apparent_temperature"] == pytest.approx(np.full((2, 2), 320.0), rel=1e-9)
    assert all(np.isfinite(part.values).all() for part in series.variables.values())


def test_spectrum_wider_than_any_control_device_is_said():
    """260 K beside 440 K, 180 meV apart: no even emitter in the range is that wide."""
    series, notes = light([[440.0, 260.0]], line=spectrum(slope=1e-3, valid=(250.0, 450.0)))
    assert series["apparent_temperature"][0, 1] == 450.0
    assert any("by width held at an end of 250 .. 450 K at 1 times" in note for note in notes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"temperature": [[300.0, 500.0]]}, "500 K is outside 150 K .. 450 K"),
        ({"rate": [[1.0]]}, "rate has the shape"),
        ({"rate": [[1.0, -1.0]]}, "rate -1 1/m2/s is negative"),
        ({"rate": [[1.0, np.nan]]}, "rate holds values that are not finite"),
        ({"area": np.zeros(2)}, "area must be"),
        ({"area": np.array([2.0, -1.0])}, "area must be"),
        ({"current": [1.0, 2.0]}, "current has the shape"),
    ],
)
def test_refusals(changes, words):
    given = {"temperature": [[300.0, 310.0]]} | changes
    with pytest.raises(InputError, match=words):
        light(given.pop("temperature"), **given)


def test_unknown_facet_is_refused():
    with pytest.raises(InputError, match='no facet named "botom"; nearest: bottom'):
        spectral_extraction(KIM, facet="botom")


def test_line_beyond_its_grid_is_refused():
    wave = line_grid(LINE, np.array([300.0]))
    photons = LINE.line(wave, 300.0)
    with pytest.raises(InputError, match="beyond the ends"):
        measured_line(wave[: len(wave) // 2 + 5], photons[: len(wave) // 2 + 5])
    with pytest.raises(InputError, match="no maximum"):
        measured_line(wave[: len(wave) // 2], photons[: len(wave) // 2])
    with pytest.raises(InputError, match="zero everywhere"):
        measured_line(wave, 0 * photons)


def test_figure_shows_spectra_temperatures_and_light(table):
    card = KIM.layer("mapbi3").solid.emission
    T = np.linspace(300, 350, 9)[:, None] + np.array([[5.0, 0.0]])
    series, _ = light(T, line=card, extraction=table, current=np.linspace(0.0, 1.0, 9))
    figure = spectra_figure(series, title="kim2018")
    assert [axes.get_xlabel() for axes in figure.axes[:3]] == ["wavelength (nm)", "time (µs)", "time (µs)"]
    assert [len(axes.lines) for axes in figure.axes] == [5, 4, 1, 1]
    figure.canvas.draw()
