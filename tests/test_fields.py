"""Fields on their mesh: exact averages and values, honest peaks, and a file that other programs read."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from femled import InputError, ResultFileError, load_pixel
from femled.experiments.heat_run import HeatRun
from femled.fields import read_vtkhdf, write_vtkhdf

PIXELS = {
    "quadrilateral": load_pixel("kim2018"),
    "triangle": load_pixel("kim2018").replace(geometry="conformal"),
    "interval": load_pixel("kim2018"),
}


def field_mesh(cell, level="coarse"):
    return HeatRun.prepare(PIXELS[cell], level, linear=True, laterally_uniform=cell == "interval").field_mesh


@pytest.fixture(scope="module", params=PIXELS)
def mesh(request):
    made = field_mesh(request.param)
    assert made.cell == request.param
    return made


def quadratic(places):
    """1 + 2r - 3z + 5r^2 - 7rz + 11z^2 with r and z in millimetres."""
    *r, z = 1e3 * np.moveaxis(places, -1, 0)
    r = r[0] if r else 0.0
    return 1 + 2 * r - 3 * z + 5 * r**2 - 7 * r * z + 11 * z**2


def inside(mesh, count):
    """Places in cells of every size: within them, on their corners, and half-way between two corners."""
    generator = np.random.default_rng(20)
    corners = {"quadrilateral": 4, "triangle": 3, "interval": 2}[mesh.cell]
    within = generator.dirichlet(np.ones(corners), count)
    on_corner = np.eye(corners)[generator.integers(0, corners, count)]
    between = (on_corner + np.roll(on_corner, 1, axis=1)) / 2
    shares = np.concatenate([within, on_corner, between])
    cells = mesh.cells[generator.integers(0, len(mesh.cells), len(shares))]
    return np.einsum("kc,kcd->kd", shares, mesh.nodes[cells[:, :corners]])


def test_quadratic_is_reproduced_exactly_at_any_place(mesh):
    """Second-order cells hold a quadratic exactly: inside, on edges, on corners, in 1.2 nm of LiF. 1e-10: round-off."""
    places = inside(mesh, 100)
    assert mesh.interpolate(quadratic(mesh.nodes), places) == pytest.approx(quadratic(places), rel=1e-10)


def test_interpolation_keeps_leading_axes(mesh):
    places = inside(mesh, 4)
    values = np.stack([quadratic(mesh.nodes), 2 * quadratic(mesh.nodes)])
    found = mesh.interpolate(values, places)
    assert found.shape == (2, len(places))
    assert found[1] == pytest.approx(2 * found[0], rel=1e-12)


def test_place_outside_the_mesh_is_refused_with_its_extent(mesh):
    beyond = mesh.nodes.max(axis=0) * 1.01
    with pytest.raises(InputError, match=r"place \(.* um\) is outside the section .* \.\. .* um"):
        mesh.interpolate(quadratic(mesh.nodes), beyond[None])
    with pytest.raises(InputError, match="is outside"):
        mesh.interpolate(quadratic(mesh.nodes), np.full((1, mesh.nodes.shape[1]), np.nan))


def test_mean_of_a_quadratic_over_a_cylinder_is_exact():
    """(2 pi/V) Int r^2 r dr dz = a^2/2 over the emitter; mean of z is its middle. The weights are exact to order 5."""
    mesh = field_mesh("quadrilateral")
    r, z = mesh.nodes.T
    pixel = PIXELS["quadrilateral"]
    below = pixel.substrate.thickness + pixel.layer("ito").thickness + pixel.layer("poly_tpd").thickness
    assert mesh.mean(r**2, "emitter") == pytest.approx(pixel.radius**2 / 2, rel=1e-10)
    assert mesh.mean(r, "emitter") == pytest.approx(2 / 3 * pixel.radius, rel=1e-10)
    assert mesh.mean(z, "emitter") == pytest.approx(below + pixel.layer("mapbi3").thickness / 2, rel=1e-12)
    assert mesh.mean(np.ones_like(r), "substrate") == pytest.approx(1.0, rel=1e-14)


def test_weights_add_up_to_the_volume():
    """2 pi r dA in the section, length in the column."""
    pixel = PIXELS["interval"]
    height = sum(part.thickness for _, part in pixel.stack())
    assert field_mesh("interval").weights.sum() == pytest.approx(height, rel=1e-12)
    assert field_mesh("quadrilateral").weights.sum() == pytest.approx(pi * pixel.outer_radius**2 * height, rel=1e-12)


@pytest.mark.parametrize("cell", ["quadrilateral", "triangle"])
def test_peak_is_never_at_an_axis_node(cell):
    """Even where the axis nodes carry the largest values by far: peaks are looked for at interior quadrature points."""
    mesh = field_mesh(cell)
    values = np.where(mesh.nodes[:, 0] < 1e-12, 1000.0, 0.0)
    value, place = mesh.peak(values, "emitter")
    assert place[0] > 0
    assert value < 1000.0
    cells = mesh.cells_of("emitter")
    assert np.any(np.all(np.isclose(mesh.points[cells].reshape(-1, 2), place, rtol=1e-14, atol=0), axis=1))
    assert mesh.interpolate(values, place[None])[0] == pytest.approx(value, rel=1e-9)


def test_peak_lies_in_the_region_that_was_asked_for(mesh):
    """A field that falls with height: the peak of each layer is at its lowest points, inside it."""
    heights = {}
    for region in ("substrate", "ito", "mapbi3", "al", "encapsulation"):
        value, place = mesh.peak(-mesh.nodes[:, -1], region)
        z = mesh.nodes[mesh.cells[mesh.cells_of(region)]][..., -1]
        assert z.min() < place[-1] < z.max()
        heights[region] = -value
    assert list(heights.values()) == sorted(heights.values())


def test_unknown_region_lists_the_nearest(mesh):
    with pytest.raises(InputError, match='no region named "subtrate"; nearest: substrate'):
        mesh.mean(quadratic(mesh.nodes), "subtrate")


def saved(mesh, path):
    times = np.array([0.0, 1e-6, 2e-6])
    fields = {"temperature": quadratic(mesh.nodes)[None] * np.array([[0.0], [1.0], [2.0]])}
    write_vtkhdf(path, mesh, times, fields)
    return times, fields


def test_file_is_read_back_bit_by_bit(mesh, tmp_path):
    times, fields = saved(mesh, tmp_path / "fields.vtkhdf")
    mesh_back, times_back, fields_back = read_vtkhdf(tmp_path / "fields.vtkhdf")
    assert np.array_equal(times_back, times)
    assert list(fields_back) == ["temperature"]
    assert np.array_equal(fields_back["temperature"], fields["temperature"])
    assert (mesh_back.cell, mesh_back.zones, mesh_back.emitter) == (mesh.cell, mesh.zones, mesh.emitter)
    for name in ("nodes", "cells", "zone", "shape", "weights"):
        assert np.array_equal(getattr(mesh_back, name), getattr(mesh, name))
    assert mesh_back.mean(fields["temperature"], "emitter") == pytest.approx(
        mesh.mean(fields["temperature"], "emitter"), rel=1e-15
    )


def test_file_cut_short_is_refused_in_one_line(mesh, tmp_path):
    path = tmp_path / "fields.vtkhdf"
    saved(mesh, path)
    whole = path.read_bytes()
    for share in (0.0, 0.1, 0.5, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ResultFileError, match="is damaged or was not written by femled") as refusal:
            read_vtkhdf(path)
        assert "\n" not in str(refusal.value)


def test_missing_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(ResultFileError, match="no such file"):
        read_vtkhdf(tmp_path / "fields.vtkhdf")
    import h5py

    with h5py.File(tmp_path / "foreign.vtkhdf", "w") as file:
        file.create_group("VTKHDF")
    with pytest.raises(ResultFileError, match="is damaged or was not written by femled"):
        read_vtkhdf(tmp_path / "foreign.vtkhdf")


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["quadrilateral", "triangle"])
def test_pyvista_reads_area_and_maximum(cell, tmp_path):
    """Area of the section R H (with the lifted stack in a conformal one), and the largest nodal value at each time.

    1e-6: VTK adds the areas of 1e5:1 cells in its own way.
    """
    pyvista = pytest.importorskip("pyvista")
    mesh = field_mesh(cell)
    times, fields = saved(mesh, tmp_path / "fields.vtkhdf")
    reader = pyvista.get_reader(tmp_path / "fields.vtkhdf").reader
    reader.UpdateInformation()
    assert reader.GetNumberOfSteps() == len(times)
    for step, values in enumerate(fields["temperature"]):
        reader.SetStep(step)
        reader.Update()
        grid = pyvista.wrap(reader.GetOutput())
        assert grid.point_data["temperature"].max() == values.max()
        assert np.array_equal(grid.point_data["temperature"], values)
        assert reader.GetTimeValue() == times[step]
    grid = pyvista.read(tmp_path / "fields.vtkhdf")
    assert (grid.n_points, grid.n_cells) == (len(mesh.nodes), len(mesh.cells))
    pixel = PIXELS[cell]
    height = sum(part.thickness for _, part in pixel.stack())
    area = pixel.outer_radius * height
    if cell == "triangle":
        area += pixel.aperture.thickness * (pixel.outer_radius - pixel.radius - pixel.aperture.ramp / 2)
    assert grid.compute_cell_sizes()["Area"].sum() == pytest.approx(area, rel=1e-6)
    emitter = grid.extract_cells(grid.cell_data["zone"] == mesh.zones.index("mapbi3.inside"))
    expected = pixel.radius * pixel.layer("mapbi3").thickness
    assert emitter.compute_cell_sizes()["Area"].sum() == pytest.approx(expected, rel=1e-6)


def test_file_that_cannot_be_written_is_said_in_one_line(mesh, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ResultFileError, match="cannot be written") as refusal:
        saved(mesh, tmp_path / "file" / "fields.vtkhdf")
    assert "\n" not in str(refusal.value)


def test_mesh_without_its_layer_is_noticed(mesh):
    """Regions are names, not numbers: renaming a zone moves the name, and only the name."""
    renamed = replace(mesh, zones=tuple(zone.replace("al.", "silver.") for zone in mesh.zones))
    assert "silver" in renamed.regions
    assert np.array_equal(renamed.cells_of("silver"), mesh.cells_of("al"))
    with pytest.raises(InputError, match='no region named "al"'):
        renamed.cells_of("al")
