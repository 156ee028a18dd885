"""Meshed pixels: every region has its exact volume, every cell a name, every face its area; conformal wedges too."""

from math import pi

import numpy as np
import pytest

from femled import InputError, MeshError, load_pixel
from femled.domain.axisymmetric import measured_volumes, section
from femled.domain.grading import Resolution
from femled.domain.interval import column
from femled.domain.layout import ContactFilm, region_volumes
from femled.fields import FieldMesh
from femled.solve.heat_space import HeatSpace

VARIANTS = {
    "kim2018": ("kim2018", {}),
    "50 um": ("kim2018", {"diameter": 50e-6}),
    "sapphire": ("kim2018", {"substrate": "sapphire 0.43 mm"}),
    "1 um cathode": ("kim2018", {"cathode_thickness": 1e-6}),
    "spreader on the cathode": ("kim2018", {"spreader": "graphite 1 um"}),
    "spreader behind": ("kim2018", {"spreader": "behind al 500 um"}),
    "al2o3": ("kim2018", {"insulator": "al2o3"}),
    "bare": ("kim2018", {"encapsulation": None}),
    "contacts": ("kim2018", {"contact_resistance": "5e-8 m2*K/W"}),
    "20 um on sapphire": ("elkhouly2024", {"diameter": 20e-6}),
    "encapsulated": ("elkhouly2024", {"encapsulation": "epoxy 100 um"}),
    "no opening": ("li2023", {}),
    "no opening, contacts": ("li2023", {"contact_resistance": "5e-8 m2*K/W"}),
}


def variant(name):
    pixel, changes = VARIANTS[name]
    return load_pixel(pixel).replace(**changes)


def conformal(**changes):
    return load_pixel("kim2018").replace(geometry="conformal", **changes)


@pytest.mark.parametrize("level", ["coarse", "default", "fine"])
@pytest.mark.parametrize("name", VARIANTS)
def test_every_region_of_a_planar_pixel_has_its_exact_volume(name, level):
    """Cylinder pi a^2 d and ring pi (R^2 - a^2) d, written out here from the device alone; 1e-9 is round-off.

    1.2 nm of LiF on 1.1 mm of glass keep nine digits in double precision.
    """
    pixel = variant(name)
    inner, whole = pi * pixel.radius**2, pi * pixel.outer_radius**2
    expected = {"emitter": inner * pixel.layer(pixel.emitter).thickness}
    in_opening = {layer.name for layer in pixel.layers if layer.extent == "opening"}
    for region, part in pixel.stack():
        expected[region] = (inner if region in in_opening else whole) * part.thickness
    if in_opening:
        expected["insulator"] = (whole - inner) * sum(pixel.layer(layer).thickness for layer in in_opening)
    domain = section(pixel, resolution_level=level)
    assert measured_volumes(domain) == pytest.approx(expected, rel=1e-9)
    assert region_volumes(pixel) == pytest.approx(expected, rel=1e-12)


def test_measures_of_the_forms_carry_2_pi_r_and_agree_with_the_volumes():
    """Int 2 pi r dA by the compiled forms, by Green's theorem on the corners, by the fields' weights: three routes."""
    pixel = load_pixel("kim2018")
    domain = section(pixel)
    space = HeatSpace(domain, pixel)
    for region, volume in measured_volumes(domain).items():
        assembled = space.total(space.load(space.indicator(region))) * 1e-18
        weights = space.point_weights()[domain.cells(region)].sum() * 1e-18
        assert assembled == pytest.approx(volume, rel=1e-9)
        assert weights == pytest.approx(volume, rel=1e-9)


def wedge(inner, width, lift):
    """2 pi Int_a^(a+w) h (r - a)/w r dr = 2 pi h w (a/2 + w/3)."""
    return 2 * pi * lift * width * (inner / 2 + width / 3)


@pytest.mark.parametrize("level", ["coarse", "default", "fine"])
@pytest.mark.parametrize(("diameter", "ramp"), [(200e-6, 1e-6), (20e-6, 5e-6)])
def test_every_region_of_a_conformal_pixel_has_its_exact_volume(level, diameter, ramp):
    """The insulator is a wedge from r = a to a + w and a plate beyond; what lies on it keeps its height d: pi R^2 d.

    Insulator: 2 pi h w (a/2 + w/3) + pi h (R^2 - (a + w)^2). Straight-sided triangles hold a straight ramp exactly.
    """
    pixel = conformal(diameter=diameter)
    pixel = pixel.replace(aperture=pixel.aperture.replace(ramp=ramp))
    a, R, h = pixel.radius, pixel.outer_radius, pixel.aperture.thickness
    expected = {region: pi * R**2 * part.thickness for region, part in pixel.stack()}
    expected["insulator"] = wedge(a, ramp, h) + pi * h * (R**2 - (a + ramp) ** 2)
    expected["emitter"] = pi * a**2 * pixel.layer("mapbi3").thickness
    assert measured_volumes(section(pixel, resolution_level=level)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("make", [lambda: conformal(), lambda: conformal(contact_resistance="5e-8 m2*K/W")])
def test_conformal_stack_climbs_onto_the_insulator(make):
    """The top face lies at the height of the stack in the opening, higher by the insulator beyond the ramp."""
    pixel = make()
    domain = section(pixel)
    x = domain.mesh.geometry.x
    r, z = x[:, 0] * 1e-6, x[:, 1] * 1e-6
    films = len(pixel.stack()) * 1e-10 if not pixel.contact_resistance.none else 0.0
    height = sum(part.thickness for _, part in pixel.stack()) + films
    assert z[r < pixel.radius * 0.999].max() == pytest.approx(height, abs=2e-10)
    assert z.max() == pytest.approx(height + pixel.aperture.thickness, abs=2e-10)


ALL = [*VARIANTS, "conformal", "conformal, contacts", "column", "column, contacts"]


def meshed(name):
    if name in VARIANTS:
        return section(variant(name))
    changes = {"contact_resistance": "5e-8 m2*K/W"} if "contacts" in name else {}
    return section(conformal(**changes)) if "conformal" in name else column(load_pixel("kim2018").replace(**changes))


@pytest.mark.parametrize("name", ALL)
def test_named_regions_cover_every_cell_once(name):
    """Regions (but the emitter's second name) and contact films make up the mesh: no cell is left or counted twice."""
    domain = meshed(name)
    films = [group for group, matter in domain.matter.items() if isinstance(matter, ContactFilm)]
    counted = np.zeros(len(domain.cell_group), dtype=int)
    for region in domain.regions:
        if region != "emitter":
            counted[domain.cells(region)] += 1
    for group in films:
        counted[domain.cell_group == domain.groups[group]] += 1
    assert np.all(counted == 1)
    assert set(domain.groups) == set(domain.matter)
    assert (len(films) > 0) == ("contacts" in name)


@pytest.mark.parametrize("name", ALL)
def test_emitter_is_the_emitting_layer_inside_the_opening(name):
    domain = meshed(name)
    layer, emitter = domain.cells(domain.emitter), domain.cells("emitter")
    assert len(emitter) > 0
    assert set(emitter) <= set(layer)
    wide = {"no opening", "no opening, contacts", "conformal", "conformal, contacts"}
    assert (len(emitter) < len(layer)) == (name in wide)


def test_unknown_region_lists_the_nearest():
    domain = section(load_pixel("kim2018"), resolution_level="coarse")
    with pytest.raises(InputError, match='no region named "emiter"; nearest: emitter'):
        domain.cells("emiter")
    with pytest.raises(InputError, match=r"nearest: .*tpbi"):
        domain.cells("tbpi")


@pytest.mark.parametrize("level", ["coarse", "default", "fine"])
@pytest.mark.parametrize("name", ["kim2018", "elkhouly2024", "li2023"])
def test_column_has_the_thickness_of_every_layer(name, level):
    pixel = load_pixel(name)
    domain = column(pixel, resolution_level=level)
    space = HeatSpace(domain, pixel)
    for region, part in pixel.stack():
        length = space.total(space.load(space.indicator(region))) * 1e-6
        assert length == pytest.approx(part.thickness, rel=1e-9)
    z = domain.mesh.geometry.x[:, 0]
    assert z.min() == 0.0
    assert z.max() * 1e-6 == pytest.approx(sum(part.thickness for _, part in pixel.stack()), rel=1e-12)


@pytest.mark.parametrize("make", [section, column])
def test_resolution_levels_are_ordered(make):
    cells = [
        len(make(load_pixel("kim2018"), resolution_level=level).cell_group) for level in ("coarse", "default", "fine")
    ]
    assert cells[0] < cells[1] < cells[2]


def test_unknown_resolution_lists_the_levels_and_bad_sizes_are_refused():
    with pytest.raises(InputError, match='no resolution named "medium"'):
        section(load_pixel("kim2018"), resolution_level="medium")
    for wrong in ({"axial": 0.0}, {"inner_ratio": 0.5}, {"film": -1e-9}):
        sizes = {
            "axial": 1e-7,
            "axial_ratio": 2.0,
            "radial": 2e-7,
            "inner_ratio": 3.0,
            "outer_ratio": 2.0,
            "film": 1e-7,
        }
        with pytest.raises(InputError, match="must be positive"):
            section(load_pixel("kim2018"), resolution_level=Resolution(**(sizes | wrong)))


def test_faces_are_where_they_should_be():
    """Area of base and top pi R^2, of the side 2 pi R H, from the facets of each face; the axis has none."""
    pixel = load_pixel("li2023")
    domain = section(pixel)
    height = sum(part.thickness for _, part in pixel.stack())
    expected = {
        "base": pi * pixel.outer_radius**2,
        "top": pi * pixel.outer_radius**2,
        "side": 2 * pi * pixel.outer_radius * height,
        "axis": 0.0,
    }
    mesh = domain.mesh
    mesh.topology.create_connectivity(1, 0)
    ends = mesh.topology.connectivity(1, 0)
    mesh.topology.create_connectivity(2, 0)
    vertex_x = np.zeros((mesh.topology.index_map(0).size_local, 2))
    cells = mesh.topology.connectivity(2, 0).array.reshape(-1, 4)
    vertex_x[cells] = mesh.geometry.x[mesh.geometry.dofmaps[0]][:, :, :2]
    for face, area in expected.items():
        points = np.array([vertex_x[ends.links(facet)] for facet in domain.facet_group[face]]) * 1e-6
        length = np.linalg.norm(points[:, 1] - points[:, 0], axis=1)
        assert np.sum(2 * pi * points[:, :, 0].mean(axis=1) * length) == pytest.approx(area, rel=1e-9, abs=1e-20)


@pytest.mark.parametrize("substrate", ["glass 100 nm", "glass 1.1 mm", "glass 10 mm", "glass 50 mm"])
def test_substrates_of_any_thickness_can_be_meshed(substrate):
    """Thicknesses up to 0.1 m are allowed: the check of volumes must not trip over the round-off of 1.2 nm on 50 mm."""
    pixel = load_pixel("kim2018").replace(substrate=substrate)
    assert measured_volumes(section(pixel))["lif"] == pytest.approx(region_volumes(pixel)["lif"], rel=1e-7)


def test_mesh_that_misses_a_volume_is_refused(monkeypatch):
    """A section whose volumes are not the pixel's own raises instead of computing with the wrong device."""
    pixel = load_pixel("kim2018")
    wrong = region_volumes(pixel) | {"tpbi": 1.001 * region_volumes(pixel)["tpbi"]}
    monkeypatch.setattr("femled.domain.axisymmetric.region_volumes", lambda pixel: wrong)
    with pytest.raises(MeshError, match='region "tpbi"'):
        section(pixel)


def test_one_element_for_a_thin_film_and_more_for_a_thick_one():
    """Default: at most 100 nm an element of a film: 1.2 nm of LiF is one, 150 nm of ITO two; 1 um is graded."""
    domain = column(load_pixel("kim2018").replace(cathode_thickness=1e-6))
    assert len(domain.cells("lif")) == 1
    assert len(domain.cells("ito")) == 2
    cells = domain.cells("al")
    z = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0]][:, :, 0]
    sizes = np.abs(np.diff(z[cells], axis=1))[:, 0]
    order = np.argsort(z[cells].mean(axis=1))
    assert sizes[order][0] <= 0.1 * (1 + 1e-9)
    assert sizes[order][-1] == pytest.approx(sizes[order][0], rel=1e-9)
    assert sizes.max() > 1.5 * sizes.min()


def test_field_mesh_and_domain_agree_on_regions():
    """What is saved with a result names the same cells as what was computed on."""
    from femled.experiments.heat_run import HeatRun

    run = HeatRun.prepare(load_pixel("kim2018"), "coarse", linear=True)
    assert isinstance(run.field_mesh, FieldMesh)
    assert run.field_mesh.regions == run.domain.regions
    for region in run.domain.regions:
        assert np.array_equal(run.field_mesh.cells_of(region), run.domain.cells(region))
