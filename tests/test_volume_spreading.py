"""Electrodes of finite thickness and contacts: closed forms, the limit of a sheet, power and current by two routes."""

import numpy as np
import pytest
from convergence import order
from scipy.optimize import brentq
from scipy.special import i0e, i1e, iv, j0, jn_zeros

from femled import (
    Aperture,
    ArrheniusLaw,
    DiodeLaw,
    InputError,
    Layer,
    Pixel,
    Plate,
    Result,
    TableLaw,
    electrothermal_pulse,
    load_pixel,
    sheet_spreading,
    volume_spreading,
)
from femled.domain.disk import Disk
from femled.experiments.column_law import ColumnLaw
from femled.physics.local_law import SeriesLaw
from femled.solve.electrodes import Columns, ElectrodePlate
from femled.units import nm, um, us

RADIUS, SHEET = 25 * um, 100.0
DIODE = DiodeLaw(ideality=2.0, saturation_current_density=1e-9, series_resistance=1e-7)


def linear(conductance):
    """J = g u, g in S/m2."""
    return ArrheniusLaw(
        reference_current_density=conductance,
        reference_voltage=1.0,
        exponent=1.0,
        activation_ev=0.0,
        reference_temperature=300.0,
    )


def pixel_with(thickness, *, anode="below"):
    """An opening of 25 um between electrodes of one thickness; its sheet resistance is all in the anode."""
    other = "above" if anode == "below" else "below"
    return Pixel(
        name="plates",
        diameter=2 * RADIUS,
        outer_radius=400 * um,
        substrate=Plate(material="glass", thickness=10 * um),
        layers=(
            Layer(name="below", thickness=thickness, material="ito"),
            Layer(name="film", thickness=200 * nm, material="mapbi3", extent="opening"),
            Layer(name="above", thickness=thickness, material="ito"),
        ),
        aperture=Aperture(insulator="sio2", thickness=200 * nm),
        emitter="film",
        anode=anode,
        cathode=other,
    )


def over_sheet(run, **options):
    """J(a)/J(0) and current of a run over those of the sheet with the same leads."""
    sheet = sheet_spreading(radius=RADIUS, temperature=291.0, **options)
    return run.edge_to_centre / sheet.edge_to_centre, float(run.series["current"] / sheet.series["current"])


# The volume against closed forms


def rim_fed_plate(conductance, thickness, radii):
    """J(r)/(g V) and I/(g V pi a^2) of an ohmic layer below a rim-fed plate, b = a, opposite an ideal electrode.

    phi = V Sum B_n I_0(l_n r)/I_0(l_n a) cos(l_n (d - z)),   l_n tan(l_n d) = g/sigma,   Sum B_n cos = 1
    """
    ratio = conductance * SHEET * thickness**2  # g d/sigma
    x = np.array(
        [brentq(lambda y: y * np.sin(y) - ratio * np.cos(y), n * np.pi, (n + 0.5) * np.pi) for n in range(3000)]
    )
    rates, weights = x / thickness, np.sin(x) / x / (0.5 + np.sin(2 * x) / (4 * x))
    shape = i0e(np.outer(radii, rates)) / i0e(RADIUS * rates) * np.exp(np.outer(radii - RADIUS, rates))
    total = 2 * i1e(RADIUS * rates) / (RADIUS * rates * i0e(RADIUS * rates))
    return shape @ (weights * np.cos(x)), float((weights * np.cos(x)) @ total)


@pytest.mark.parametrize("share", [0.02, 0.2, 1.0])
def test_ohmic_layer_below_a_thick_plate_is_the_series_of_bessel_functions(share):
    """a/L = 2. Face and fed edge meet in a corner where the slope is logarithmic: 1e-5 of the current is resolved."""
    thickness, conductance = share * RADIUS, 4.0 / (SHEET * RADIUS**2)
    run = volume_spreading(
        pixel_with(thickness),
        voltage=1.0,
        law=linear(conductance),
        sheet_resistance=SHEET,
        feed_radius=RADIUS,
        rtol=1e-6,
    )
    r, density = run.series["r"], run.series["current_density"]
    shape, total = rim_fed_plate(conductance, thickness, r)
    assert float(run.series["mean_current_density"]) == pytest.approx(conductance * total, rel=1e-5)
    inside = r < 0.9 * RADIUS  # the series converges slowly at the corner itself
    assert density[inside] == pytest.approx(conductance * shape[inside], rel=1e-5)


def test_a_thick_plate_spreads_less_evenly_than_the_sheet():
    """d = 0.2 a at a/L = 2: by the closed form 3.2 % less current than I_1(2)/I_0(2) of the sheet; 1e-4 is resolved."""
    conductance = 4.0 / (SHEET * RADIUS**2)
    _, thick = rim_fed_plate(conductance, 0.2 * RADIUS, np.array([0.0]))
    sheet = 2 * iv(1, 2.0) / (2.0 * iv(0, 2.0))
    run = volume_spreading(
        pixel_with(0.2 * RADIUS), voltage=1.0, law=linear(conductance), sheet_resistance=SHEET, feed_radius=RADIUS
    )
    computed = float(run.series["mean_current_density"]) / conductance
    assert thick / sheet < 0.97
    assert computed / sheet == pytest.approx(thick / sheet, abs=1e-4)


def test_drop_at_the_face_converges_with_order_three():
    """J = J_0(alpha r/a): drop = a/(sigma alpha) J_0(alpha r/a) cosh(alpha (d - z)/a)/sinh(alpha d/a), alpha a zero of
    J_0; L2 norm over the face, even cells of all sizes; second-order elements give 3."""
    alpha, thickness, sigma = float(jn_zeros(0, 2)[1]), 0.3 * RADIUS, 1e4

    def error(h):
        count = round(RADIUS / h)
        disk = Disk(np.linspace(0, RADIUS, count + 1))
        plate = ElectrodePlate(Columns(disk, RADIUS), np.linspace(0, thickness, 1 + round(thickness / h)), sigma)
        taken = disk.values.T @ (disk.weights * j0(alpha * disk.points / RADIUS))
        found = disk.values @ plate.drop(taken)[:, 0]
        exact = RADIUS / (sigma * alpha) * j0(alpha * disk.points / RADIUS) / np.tanh(alpha * thickness / RADIUS)
        return np.sqrt(disk.weights @ (found - exact) ** 2 / (disk.weights @ exact**2))

    assert order([RADIUS / n for n in (10, 20, 40, 80)], error) == pytest.approx(3.0, abs=0.1)


def test_drop_under_an_even_current_is_the_series_of_its_modes():
    """J = 1: mean drop Sum 4 a/(sigma alpha_n^3 tanh(alpha_n d/a)), zeros of J_0; cells crowd in the corner, 1e-5."""
    alpha, thickness, sigma = jn_zeros(0, 4000), 0.2 * RADIUS, 1e4
    disk = Disk(RADIUS * np.sin(np.linspace(0, np.pi / 2, 81)))
    depths = thickness * (1 - np.cos(np.linspace(0, np.pi / 2, 31)))
    plate = ElectrodePlate(Columns(disk, RADIUS), depths, sigma)
    taken = disk.values.T @ disk.weights
    mean = float(taken @ plate.drop(taken)[:, 0]) / (np.pi * RADIUS**2)
    exact = np.sum(4 * RADIUS / (sigma * alpha**3 * np.tanh(alpha * thickness / RADIUS)))
    assert mean == pytest.approx(exact, rel=1e-5)


def test_separated_matrices_are_those_of_the_form_of_heat_conduction(rectangle):
    """K phi of the assembled form is the current taken, at every node that is not held; phi K phi the heat: 1e-11."""
    from femled.physics.heat import heat_terms
    from femled.solve.forms import CompiledTerm, fem
    from femled.solve.petsc import Matrix

    height, sigma, columns, rows = 8.0, 1e4, 12, 5
    domain = rectangle("quadrilateral", [("ito", height * um, rows)], radius=25 * um, columns=columns)
    terms = heat_terms(domain.kind)
    space = fem.functionspace(domain.mesh, terms.element)
    points = fem.functionspace(domain.mesh, terms.conduction.data["radial"].ufl_element())
    conductivity = fem.Function(points)
    conductivity.x.array[:] = sigma
    data = {"radial": conductivity, "axial": conductivity}
    matrix = Matrix(CompiledTerm(terms.conduction, 2).on(domain, space, data))
    matrix.assemble()
    disk = Disk(np.linspace(0, 25 * um, columns + 1))
    plate = ElectrodePlate(Columns(disk, 25 * um), np.linspace(0, height * um, rows + 1), sigma)
    taken = disk.values.T @ (disk.weights * np.cos(disk.points / (7 * um)))
    drop = plate.drop(taken)
    r, z = space.tabulate_dof_coordinates()[:, :2].T
    i, j = np.rint(r / 25.0 * 2 * columns).astype(int), np.rint(z / height * 2 * rows).astype(int)
    flow = (matrix @ drop[i, j]) * 1e-18
    load = np.where(j == 0, taken[i], 0.0)
    free = i < 2 * columns
    assert np.abs((flow - load)[free]).max() < 1e-11 * np.abs(load).max()
    assert drop[i, j] @ flow == pytest.approx(plate.heat(taken)[0], rel=1e-11)


# The volume and the sheet


@pytest.mark.parametrize("law", [linear(1e5), linear(1e7), DIODE], ids=["even", "crowded", "diode"])
@pytest.mark.parametrize("feed", [RADIUS, 300 * um], ids=["rim", "far"])
def test_electrodes_of_20_nm_are_sheets(law, feed):
    """elkhouly2024, 350 and 600 ohm: d/a = 8e-4 and d/L up to 2.5e-3, whose squares are below 1e-5; 1e-5 here."""
    volts = 3.0 if law is DIODE else 1.0
    run = volume_spreading(load_pixel("elkhouly2024"), voltage=volts, law=law, feed_radius=feed, rtol=1e-6)
    edge, current = over_sheet(run, sheet_resistance=950.0, law=law, voltage=volts, feed_radius=feed)
    assert edge == pytest.approx(1.0, abs=1e-5)
    assert current == pytest.approx(1.0, abs=1e-5)


def test_two_electrodes_add_to_one_of_both_their_sheet_resistances():
    """R_s = R_bottom + R_top where both are thin: 350 + 600 ohm, and 950 ohm opposite an ideal electrode; 1e-6."""
    two = volume_spreading(load_pixel("elkhouly2024"), voltage=3.0, law=DIODE, temperature=291.0, rtol=1e-7)
    one = volume_spreading(
        pixel_with(20 * nm), voltage=3.0, law=DIODE, sheet_resistance=950.0, temperature=291.0, rtol=1e-7
    )
    for name in ("current", "edge_to_centre", "transfer_length"):
        assert float(two.series[name]) == pytest.approx(float(one.series[name]), rel=1e-6)
    powers = [float(two.series[f"{name}_power"]) for name in ("anode", "cathode")]
    assert powers[0] / powers[1] == pytest.approx(350 / 600, rel=1e-6)


def test_it_does_not_matter_which_electrode_is_on_top():
    runs = [
        volume_spreading(pixel_with(5 * um, anode=anode), voltage=3.0, law=DIODE, sheet_resistance=SHEET)
        for anode in ("below", "above")
    ]
    assert runs[0].edge_to_centre == pytest.approx(runs[1].edge_to_centre, rel=1e-12)


def test_an_ideal_electrode_carries_an_even_current():
    run = volume_spreading(pixel_with(1 * um), current_density=1e5, law=DIODE)
    assert run.series["current_density"] == pytest.approx(1e5, rel=1e-10)
    assert run.edge_to_centre == pytest.approx(1.0, abs=1e-12)


def test_a_mesh_that_is_too_coarse_for_what_was_asked_says_so():
    """J(a)/J(0) of 3e5 at a/L = 15 changes by 2e-4 on the last halving, more than 1e-6."""
    law = linear(225.0 / (950.0 * RADIUS**2))
    run = volume_spreading(load_pixel("elkhouly2024"), voltage=1.0, law=law, feed_radius=RADIUS, rtol=1e-6)
    assert float(run.series["grid_error"]) > 1e-6
    assert any("above rtol 1e-06" in warning for warning in run.warnings)
    easy = volume_spreading(load_pixel("elkhouly2024"), voltage=1.0, law=linear(1e4), feed_radius=RADIUS)
    assert easy.warnings == ()


def test_nothing_flows_at_no_voltage():
    run = volume_spreading(load_pixel("elkhouly2024"), voltage=0.0, law=DIODE)
    assert float(run.series["current"]) == 0.0
    assert run.edge_to_centre == 1.0


# Accounts


@pytest.mark.parametrize("thickness", [20 * nm, 1 * um, 10 * um])
@pytest.mark.parametrize("contact", [0.0, 1e-3])
def test_current_in_is_current_out_and_power_in_is_heat(thickness, contact):
    """Currents beside both feeds against Int J dA, V I against J u and sigma |grad phi|^2 by quadrature: 1e-10."""
    pixel = pixel_with(thickness) if thickness > 20 * nm else load_pixel("elkhouly2024")
    run = volume_spreading(
        pixel,
        voltage=4.0,
        law=DIODE,
        sheet_resistance=900.0,
        specific_contact_resistance=1e-8,
        feed_contact_resistance=contact,
    )
    through = float(run.series["current"])
    assert float(run.series["anode_current"]) == pytest.approx(through, rel=1e-10)
    assert float(run.series["cathode_current"]) == pytest.approx(through, rel=1e-10)
    assert abs(run.energy_balance().defect) < 1e-10
    assert (float(run.series["feed_power"]) > 0) == (contact > 0)


def test_given_current_and_given_voltage_are_one_solution():
    pixel = pixel_with(5 * um)
    by_current = volume_spreading(pixel, current_density=1e7, law=DIODE, sheet_resistance=SHEET)
    volts = float(by_current.series["voltage"])
    by_voltage = volume_spreading(pixel, voltage=volts, law=DIODE, sheet_resistance=SHEET)
    assert float(by_current.series["mean_current_density"]) == pytest.approx(1e7, rel=1e-12)
    assert float(by_voltage.series["mean_current_density"]) == pytest.approx(1e7, rel=1e-8)


def test_potential_falls_from_the_leads_to_the_faces(tmp_path):
    """V and 0 where they are fed; its difference across the opening is the local voltage; it survives being saved."""
    pixel = load_pixel("elkhouly2024")
    run = volume_spreading(pixel, voltage=3.0, law=DIODE)
    bottom = pixel.substrate.thickness + pixel.layer("ito_bottom").thickness
    top = bottom + pixel.insulator_height
    ends = [float(run.at("potential", r=300 * um, z=z)[0]) for z in (bottom - 10 * nm, top + 10 * nm)]
    assert ends == pytest.approx([3.0, 0.0], abs=1e-12)
    r, u = run.series["r"], run.series["local_voltage"]
    for k in (0, len(r) // 2, -1):
        across = [float(run.at("potential", r=float(r[k]), z=z)[0]) for z in (bottom, top)]
        assert across[0] - across[1] == pytest.approx(u[k], abs=1e-9)
    assert run.mean("potential", region="ito_bottom").attrs["units"] == "V"
    loaded = Result.load(run.save(tmp_path / "run"))
    assert np.array_equal(loaded.fields["potential"], run.fields["potential"])


# Contacts


def test_contact_at_the_feed_is_a_resistance_in_series_with_a_sheet():
    """R_c W/(2 pi b); the volume has it over the edge, the sheet as a lead: 1e-5 as without."""
    options = {"voltage": 3.0, "law": DIODE, "feed_radius": 100 * um, "feed_contact_resistance": 0.1}
    run = volume_spreading(load_pixel("elkhouly2024"), rtol=1e-6, **options)
    edge, current = over_sheet(run, sheet_resistance=950.0, **options)
    assert (edge, current) == pytest.approx((1.0, 1.0), abs=1e-5)
    in_series = 0.1 / (2 * np.pi * 100 * um)
    assert float(run.series["feed_power"]) == pytest.approx(in_series * float(run.series["current"]) ** 2, rel=1e-5)


def test_ideal_electrodes_have_their_contact_in_series_too():
    run = volume_spreading(pixel_with(1 * um), voltage=3.0, law=linear(1e6), feed_contact_resistance=0.1)
    in_series = 0.1 / (2 * np.pi * 300 * um)
    expected = 3.0 / (in_series + 1 / (1e6 * np.pi * RADIUS**2))
    assert float(run.series["current"]) == pytest.approx(expected, rel=1e-9)
    assert abs(run.energy_balance().defect) < 1e-10


def test_lead_of_a_sheet_is_a_logarithm():
    """V - u(a) = R_s I ln(b/a)/(2 pi)."""
    run = sheet_spreading(radius=RADIUS, sheet_resistance=SHEET, law=DIODE, voltage=3.0, feed_radius=4 * RADIUS)
    fallen = 3.0 - run.series["local_voltage"][-1]
    assert fallen == pytest.approx(SHEET * float(run.series["current"]) * np.log(4) / (2 * np.pi), rel=1e-9)
    assert abs(run.energy_balance().defect) < 1e-9


def test_transfer_length_of_a_perfect_layer_is_that_of_its_contact():
    """(rho/R_s)^1/2, and J(a)/J(0) = I_0(a/L), where the layers themselves hardly resist: 1e-5 of rho is left."""
    rho = SHEET * RADIUS**2 / 4
    run = sheet_spreading(
        radius=RADIUS,
        sheet_resistance=SHEET,
        law=linear(1e5 / rho),
        voltage=1.0,
        specific_contact_resistance=rho,
    )
    assert run.transfer_length == pytest.approx(RADIUS / 2, rel=1e-5)
    assert run.edge_to_centre == pytest.approx(iv(0, 2.0), rel=1e-4)


VOLTS = np.array([-0.4, 0.0, 1e-3, 0.5, 1.5, 3.0, 30.0])
KELVIN = np.array([250.0, 291.0, 300.0, 300.0, 350.0, 400.0, 320.0])


def test_contact_in_series_with_a_diode_is_its_series_resistance():
    """u = n V_T ln(1 + J/J_0) + R J, by the iteration and by the omega function: round-off of an exponent of 600."""
    ideal = DiodeLaw(ideality=2.0, saturation_current_density=1e-9)
    behind = SeriesLaw(ideal, 2e-6).at(VOLTS, KELVIN)
    whole = ideal.replace(series_resistance=2e-6).at(VOLTS, KELVIN)
    assert behind.current_density == pytest.approx(whole.current_density, rel=1e-9, abs=1e-22)
    assert behind.by_voltage == pytest.approx(whole.by_voltage, rel=1e-9)


def test_slopes_behind_a_contact_are_those_of_the_current():
    """Central differences over 1e-5, their own error 1e-9."""
    law = SeriesLaw(
        ArrheniusLaw(
            reference_current_density=1e6,
            reference_voltage=10.0,
            exponent=3.0,
            activation_ev=0.25,
            reference_temperature=295.0,
        ),
        1e-5,
    )
    u, h = VOLTS[3:], 1e-5
    here = law.at(u, KELVIN[3:])
    by_u = (
        (law.at(u * (1 + h), KELVIN[3:]).current_density - law.at(u * (1 - h), KELVIN[3:]).current_density) / 2 / h / u
    )
    warm = KELVIN[3:]
    by_t = (law.at(u, warm * (1 + h)).current_density - law.at(u, warm * (1 - h)).current_density) / 2 / h / warm
    assert here.by_voltage == pytest.approx(by_u, rel=1e-7)
    assert here.by_temperature == pytest.approx(by_t, rel=1e-7)


def test_a_table_behind_a_contact_is_asked_at_its_own_voltage():
    """2 V over layers and contact are 1 V over the layers: inside the table up to 1.5 V."""
    table = TableLaw(voltages=(0.0, 1.5), current_densities=(0.0, 1.5e6))
    run = sheet_spreading(radius=RADIUS, sheet_resistance=0.0, law=table, voltage=2.0, specific_contact_resistance=1e-6)
    assert run.series["current_density"] == pytest.approx(1e6, rel=1e-12)
    with pytest.raises(InputError, match=r"outside the table's 0 .. 1.5 V"):
        sheet_spreading(radius=RADIUS, sheet_resistance=0.0, law=table, voltage=4.0, specific_contact_resistance=1e-6)


def test_pulse_behind_a_contact_is_that_of_a_diode_with_series_resistance():
    """The same law by two routes, heat and current in every step: 1e-6 after steps whose errors are the same."""
    pixel, ideal = load_pixel("kim2018"), DiodeLaw(ideality=2.0, saturation_current_density=1e-9)
    options = {"voltage": 4.0, "width": 1 * us, "until": 1 * us, "at": [1 * us], "resolution": "coarse"}
    behind = electrothermal_pulse(pixel, law=ideal, specific_contact_resistance=2e-6, **options)
    whole = electrothermal_pulse(pixel, law=ideal.replace(series_resistance=2e-6), **options)
    for name in ("current", "emitter_temperature_rise", "layer_power"):
        assert float(behind.series[name][-1]) == pytest.approx(float(whole.series[name][-1]), rel=1e-6)


def test_contact_of_a_pixel_adds_to_the_series_resistance_of_its_column():
    """2e-8 ohm m2, half a volt at 2.5 kA/cm2: ColumnLaw against SeriesLaw around it, each interpolated to 1e-4 of J."""
    pixel, volts, warm = load_pixel("elkhouly2024"), np.array([1.8, 2.4, 3.6]), np.array([291.0, 300.0, 330.0])
    law = ColumnLaw(pixel, mesh=40)
    inside = ColumnLaw(pixel, mesh=40, specific_contact_resistance=2e-8)
    assert inside.column.series_resistance == 2e-8
    around = SeriesLaw(law, 2e-8).at(volts, warm)
    assert inside.at(volts, warm).current_density == pytest.approx(around.current_density, rel=2e-4)


# Refusals


def test_bad_drives_and_feeds_are_refused_in_one_line():
    pixel = pixel_with(1 * um)
    with pytest.raises(InputError, match="give either voltage or current_density"):
        volume_spreading(pixel, law=DIODE)
    with pytest.raises(InputError, match="no local law"):
        volume_spreading(pixel, voltage=1.0, law="diode")
    with pytest.raises(InputError, match="feed_radius 20 um is below 25 um, the rim of the opening"):
        volume_spreading(pixel, voltage=1.0, law=DIODE, feed_radius=20 * um)
    with pytest.raises(InputError, match="feed_radius 20 um is below the radius 25 um"):
        sheet_spreading(radius=RADIUS, sheet_resistance=1.0, law=DIODE, voltage=1.0, feed_radius=20 * um)
    with pytest.raises(InputError, match="specific_contact_resistance"):
        volume_spreading(pixel, voltage=1.0, law=DIODE, specific_contact_resistance=-1.0)
