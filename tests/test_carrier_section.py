"""Carriers and ions on the section around an axis: against the column, and their own balances."""

import numpy as np
import pytest
from drift_diffusion_reference import cases, column

import femled as fl
from femled.domain.carrier_section import carrier_section, radial_nodes
from femled.domain.column_mesh import column_mesh
from femled.drive import as_drive
from femled.solve.carrier_currents import currents
from femled.solve.carrier_march import CarrierMarch
from femled.solve.carriers import CarrierSpace
from femled.solve.ions import RestingSpecies, species_of
from femled.solve.moving import ion_contents, set_ions
from femled.solve.steady import SteadyPath

LED = column(cases("jv")["LED relaxed ions"])
RADIUS = 500.0
"""[nm]"""


def sections(outer=RADIUS, cells=8, rows=12):
    """A column's mesh and its section, the cathode up to `RADIUS`, the anode everywhere."""
    line = column_mesh(LED, rows)
    radii = radial_nodes(RADIUS, outer, cells, 5.0)
    return line, carrier_section(line, radii, (float(radii[-1]), RADIUS))


def resting(mesh):
    space = CarrierSpace(LED, mesh)
    species = species_of(LED, mesh, space.cell_nodes, space.vt)
    space.ions = RestingSpecies(species, space.cell_nodes.shape, len(space.position), space.vt)
    return space


def test_laterally_uniform_section_is_the_column():
    """Both contacts to the edge, ions relaxed: J and its parts within 1e-12 of those of the column, 1e-11 A/m2 too.

    Potentials of 5 V are stored to 4e-14 V_T, the emitter as a whole is known to a few times that.
    """
    for voltage in (0.8, 2.0):
        found = []
        for mesh in sections():
            space = resting(mesh)
            SteadyPath(space).go(voltage)
            found.append(currents(space))
        line, section = found
        assert section.total == pytest.approx(line.total, rel=1e-12, abs=0.0)
        for mechanism, part in line.recombination.items():
            assert section.recombination[mechanism] == pytest.approx(part, rel=1e-12, abs=1e-20)


def test_laterally_uniform_section_has_no_radial_slope():
    space = CarrierSpace(LED, sections()[1])
    SteadyPath(space).go(2.0)
    for z in np.unique(np.round(space.position, 9)):
        row = space.u[np.abs(space.position - z) < 1e-9]
        assert np.abs(row - row[0]).max() < 1e-10


def test_weights_of_the_corners_are_the_volume():
    """pi R^2 L, and the rings of a contact pi R^2, to round-off: dual cells have their exact area."""
    mesh = sections(outer=2 * RADIUS, cells=12)[1]
    assert mesh.corner_weights.sum() == pytest.approx(np.pi * (2 * RADIUS) ** 2 * mesh.depths[-1], rel=1e-12)
    space = CarrierSpace(LED, mesh)
    anode, cathode = space.terminals
    assert anode.areas.sum() == pytest.approx(np.pi * (2 * RADIUS) ** 2, rel=1e-12)
    assert cathode.areas.sum() == pytest.approx(np.pi * RADIUS**2, rel=1e-12)


def test_current_through_both_contacts_is_the_same_where_they_differ():
    """Anode beyond the cathode: what enters leaves, 1e-10, and J exceeds the column's by the fringe."""
    line, mesh = sections(outer=1.5 * RADIUS, cells=16)
    space, plain = CarrierSpace(LED, mesh), CarrierSpace(LED, line)
    for one in (space, plain):
        SteadyPath(one).go(2.0)
    flow = currents(space)
    assert flow.anode == pytest.approx(flow.cathode, rel=1e-10)
    assert flow.total > 1.01 * currents(plain).total


def test_fringe_current_converges_with_the_radial_mesh():
    """J of a pixel with an overlapping anode, radial cells 8, 16, 32: differences shrink at least twofold."""

    def total(cells):
        space = CarrierSpace(LED, sections(outer=1.5 * RADIUS, cells=cells)[1])
        SteadyPath(space).go(2.0)
        return currents(space).total

    rough, middle, fine = (total(cells) for cells in (8, 16, 32))
    assert abs(fine - middle) < 0.5 * abs(middle - rough)


def test_ions_move_on_the_section_and_none_is_lost():
    """Cathode to two thirds, 10 s at 1 V from rest: the inventory stays to 1e-10, densities change by a tenth."""
    _, mesh = sections(outer=1.5 * RADIUS, cells=8)
    rest = resting(mesh)
    SteadyPath(rest)
    rest.ions.settle(rest.u[:, 0])
    plain = CarrierSpace(LED, mesh)
    moving = species_of(LED, mesh, plain.cell_nodes, plain.vt)
    space = CarrierSpace(LED, mesh, moving=moving)
    space.u[:, :3] = rest.u
    set_ions(space, rest.ions.densities)
    before = ion_contents(space)
    march = CarrierMarch(space, as_drive(1.0), carriers="quasi-static")
    last = list(march.run(10.0, np.array([10.0])))[-1]
    after = ion_contents(space)
    assert after.sum() == pytest.approx(before.sum(), rel=1e-10)
    inside = before > 0
    assert np.abs(after[inside] / before[inside] - 1).max() > 0.1
    assert last.currents.anode == pytest.approx(last.currents.cathode, rel=1e-6)


def test_maps_of_a_section_are_those_of_its_cells():
    """Laterally uniform pixel at 1.2 V: maps have the profile of `relax_ions` at any r, and one J."""
    run = fl.section_jv(LED, voltages=[1.2], radius=0.5e-6, radial_cells=6, mesh=12)
    state = fl.relax_ions(LED, voltage=1.2, mesh=12)
    assert run.series["position"] == pytest.approx(state.position, rel=1e-12)
    for name, profile in (
        ("potential", state.potential),
        ("electron_density", state.electron_density),
        ("emitter_ion_density", state.ion_density["emitter.ion"]),
    ):
        for row in run.series[name][0]:
            assert row == pytest.approx(profile, rel=1e-8)
    assert run.series["cathode_current_density"][0] == pytest.approx(
        np.full(7, run.series["current_density"][0]), rel=1e-9
    )


def test_overlap_crowds_current_at_the_edge_of_the_cathode():
    """An anode 0.2 um beyond a cathode of 0.5 um: J is largest at its edge, and its mean over rings is the total."""
    run = fl.section_jv(LED, voltages=[2.0], radius=0.5e-6, overlap=0.2e-6, radial_cells=24, mesh=12)
    r, through = run.series["r"], run.series["cathode_current_density"][0]
    inside = r <= 0.5e-6 * (1 + 1e-9)
    assert through[inside].argmax() == np.count_nonzero(inside) - 1
    between = np.concatenate([[0.0], (r[inside][1:] + r[inside][:-1]) / 2, [0.5e-6]])
    mean = (np.diff(between**2) @ through[inside]) / 0.5e-6**2
    assert mean == pytest.approx(run.series["current_density"][0], rel=1e-9)


def test_section_without_radius_is_refused():
    with pytest.raises(fl.InputError, match="radius: a column has none of its own"):
        fl.section_jv(LED, voltages=[1.0])
