"""Carriers with a temperature in every cell, and the heat that they release."""

import numpy as np
import pytest
from drift_diffusion_reference import cases, column

import femled as fl
from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE
from femled.domain.carrier_section import carrier_section, radial_nodes
from femled.domain.column_mesh import column_mesh
from femled.solve.carrier_currents import currents
from femled.solve.carrier_heat import CarrierHeating, carrier_heat
from femled.solve.carriers import CarrierSpace
from femled.solve.steady import SteadyPath

LED = column(cases("jv")["LED Auger"])
RADIUS = 500.0
"""[nm]"""


def layer(name, thickness, material, **laws):
    return fl.Layer(name=name, thickness=thickness, material=material.replace(reference_temperature=300.0, **laws))


def diode(**changes):
    """Three layers with every law of the temperature, traps in a face, and a contact that carriers pass slowly."""
    hole, active, electron = (one.material for one in LED.layers)
    layers = (
        layer("htl", 30e-9, hole, hole_activation_ev=0.1, electron_activation_ev=0.05),
        layer(
            "active",
            60e-9,
            active.replace(statistics="blakemore"),
            hole_activation_ev=0.02,
            radiative_exponent=-1.5,
            auger_activation_ev=0.05,
            srh_activation_ev=0.1,
            gap_slope_ev_per_k=3e-4,
        ),
        layer("etl", 30e-9, electron, electron_activation_ev=0.08),
    )
    between = fl.Interface(between=("active", "etl"), electron_velocity=10.0, hole_velocity=5.0)
    cathode = LED.cathode.replace(electron_velocity=1e3, hole_velocity=1.0)
    return fl.Column(**({"layers": layers, "anode": LED.anode, "cathode": cathode, "interfaces": (between,)} | changes))


def on_line(device, cells=30):
    return CarrierSpace(device, column_mesh(device, cells))


def on_section(device, outer=1.5 * RADIUS):
    """The cathode up to `RADIUS`, the anode everywhere."""
    line = column_mesh(device, 12)
    radii = radial_nodes(RADIUS, outer, 12, 5.0)
    return CarrierSpace(device, carrier_section(line, radii, (float(radii[-1]), RADIUS)))


def taken(space, voltage):
    SteadyPath(space).go(voltage)
    return space


def smooth(space):
    """[K] in every cell: a hill of 40 K."""
    depth = space.mesh.depth.mean(axis=1)
    return 300 + 40 * np.sin(np.pi * depth / depth.max()) * np.exp(-((space.mesh.centre / RADIUS) ** 2))


@pytest.mark.parametrize("made", [on_line, on_section])
@pytest.mark.parametrize("warm", [False, True])
def test_all_heat_is_current_times_voltage(made, warm):
    """Sum = J V to 1e-10: every part is the equations' own flux or rate, what is left is round-off of the levels.

    SRH, Auger, traps in a face, a contact of finite velocity, steps in both bands, isothermal and with a hill of 40 K.
    """
    space = made(diode())
    if warm:
        space.set_temperature(smooth(space))
    taken(space, 3.0)
    heat = carrier_heat(space)
    assert heat.total == pytest.approx(3.0 * currents(space).anode, rel=1e-10)
    assert float(heat.cells @ heat.volumes) / heat.area + heat.face_power.sum() == pytest.approx(heat.total, rel=1e-12)


@pytest.mark.parametrize("name", ["silicon junction", "LED", "LED Blakemore two ions", "Courtier dark"])
def test_reference_columns_release_current_times_voltage(name):
    """Doped, Boltzmann and Blakemore, J from 4e3 to 8e8 A/m2 at 2 V; 1e-11 is a hundred times what was measured."""
    device = column(cases("jv")[name])
    space = taken(on_line(device), 2.0)
    assert carrier_heat(space).total == pytest.approx(2.0 * currents(space).anode, rel=1e-11)


def test_every_part_is_needed():
    """Without any one of Joule heat of electrons or holes, recombination, faces or the contact, J V is missed."""
    space = taken(on_line(diode()), 3.0)
    heat, power = carrier_heat(space), 3.0 * currents(space).anode
    parts = [heat.electron_joule, heat.hole_joule, *heat.recombination.values()]
    sums = [float(part @ heat.volumes) for part in parts]
    sums += [float(face.areas @ face.recombination) for face in heat.faces[2:3]]
    sums += [float(face.areas @ face.exchange) for face in heat.faces[-1:]]
    assert sum(sums) == pytest.approx(power, rel=1e-10)
    assert min(sums) > 1e-9 * power  # that of the contact, ten times what the sum is known to


def test_peltier_heat_only_moves():
    """Its sum is zero to round-off; it cools at both contacts, where carriers are lifted from the metal into a band."""
    space = taken(on_line(LED), 2.0)
    heat = carrier_heat(space)
    faces = [float(face.areas @ face.peltier) for face in heat.faces]
    moved = np.abs(heat.peltier) @ heat.volumes + np.abs(faces).sum()
    assert moved > 0.1 * heat.total
    assert abs(heat.peltier @ heat.volumes + sum(faces)) < 1e-12 * moved
    assert faces[0] < 0
    assert faces[-1] < 0


def test_peltier_heat_of_a_resistor_is_current_times_coefficient_at_its_contacts():
    """-J (E_c - E_F + 3/2 kT)/q where electrons leave the metal, the same with + where they enter one; none between.

    Doped 1e23/m3 with N_c = 1e25/m3: Pi = V_T (ln 100 + 3/2); a field of 0.1 V over 1 um, so that it is uniform. The
    energy at the middle of the end cells stands for that at the contact: J V/(2 N) of 60 mV, below 1 %.
    """
    material = fl.Semiconductor(
        relative_permittivity=10,
        conduction_band_ev=-4.0,
        valence_band_ev=-6.0,
        conduction_band_density=1e25,
        valence_band_density=1e25,
        electron_mobility=1e-3,
        hole_mobility=1e-3,
        donor_density=1e23,
    )
    ends = {side: fl.Contact(kind="neutral") for side in ("anode", "cathode")}
    device = fl.Column(layers=(fl.Layer(name="bar", thickness=1e-6, material=material),), **ends)
    space = taken(on_line(device, 100), 0.1)
    heat, current = carrier_heat(space), currents(space).anode
    coefficient = space.vt * (np.log(100) + 1.5)
    entering, leaving = (float(face.peltier[0]) for face in heat.faces)
    assert leaving == pytest.approx(-current * coefficient, rel=1e-2)  # electrons come in through the cathode
    assert entering == pytest.approx(current * coefficient, rel=1e-2)
    assert np.abs(heat.peltier @ heat.volumes) < 1e-6 * heat.total


def test_volumes_and_areas_are_those_of_the_device():
    """Pi R^2 L of the section and pi R^2 of its faces in SI, L and 1 of the column, to round-off."""
    device, r = diode(), 1.5 * RADIUS * 1e-9
    thickness = sum(layer.thickness for layer in device.layers)
    line, section = (CarrierHeating(space).now() for space in (on_line(device), on_section(device)))
    assert line.volumes.sum() == pytest.approx(thickness, rel=1e-12)
    assert section.volumes.sum() == pytest.approx(np.pi * r**2 * thickness, rel=1e-12)
    assert section.area == pytest.approx(np.pi * (RADIUS * 1e-9) ** 2, rel=1e-12)
    for one, area in ((line, 1.0), (section, np.pi * r**2)):
        for face in one.faces:
            assert face.areas.sum() == pytest.approx(area, rel=1e-9)


def test_light_is_photons_times_their_energy():
    """q Int R_rad (E/q), the radiative current times the photon energy in V, to round-off of two sums."""
    space = taken(on_line(diode()), 3.0)
    made = carrier_heat(space).light_by_layer(1.6).sum()
    assert made == pytest.approx(1.6 * currents(space).recombination["radiative"], rel=1e-10)


def test_uniform_field_is_the_column_at_that_temperature():
    """The same 340 K as a number, as a field and as the column's own: J within 1e-12, all laws in use."""
    device = diode()
    own = taken(on_line(device.replace(temperature=340.0)), 3.0)
    found = []
    for shape in (lambda space: 340.0, lambda space: np.full(len(space.mesh.cell_layer), 340.0)):
        space = CarrierSpace(device, own.mesh)
        space.set_temperature(shape(space))
        found.append(currents(taken(space, 3.0)).anode)
    assert found == pytest.approx([currents(own).anode] * 2, rel=1e-12)
    assert abs(currents(taken(on_line(device), 3.0)).anode / found[0] - 1) > 0.1


def test_temperature_changes_between_solves_without_a_trace():
    """300 K, 340 K, and 300 K again at the same bias: the first current to 1e-12."""
    space = on_line(diode())
    path = SteadyPath(space)
    found = []
    for temperature in (300.0, smooth(space), 300.0):
        space.set_temperature(temperature)
        path.go(3.0)
        found.append(currents(space).anode)
    assert found[2] == pytest.approx(found[0], rel=1e-12)
    assert abs(found[1] / found[0] - 1) > 0.05


def test_each_layer_follows_its_own_temperature():
    """Warming one layer alone by 20 K changes J by less than warming all, in every layer."""
    space = on_line(diode())
    path = SteadyPath(space)

    def current(warmed):
        space.set_temperature(300.0 + 20.0 * np.isin(space.mesh.cell_layer, warmed))
        path.go(3.0)
        return currents(space).anode

    cold, hot = current([]), current([0, 1, 2])
    alone = [current([k]) - cold for k in range(3)]
    assert hot > cold
    assert max(abs(change) for change in alone) < hot - cold
    assert min(abs(change) for change in alone) > 1e-5 * (hot - cold)


def test_nothing_flows_without_a_voltage_whatever_the_temperature():
    """At 0 V levels stay flat over a hill of 40 K: no current, no heat, J below 1e-12 of that at 3 V."""
    space = on_line(diode())
    space.set_temperature(smooth(space))
    path = SteadyPath(space)
    path.go(0.0)
    still, heat = currents(space).anode, carrier_heat(space)
    path.go(3.0)
    assert abs(still) < 1e-12 * currents(space).anode
    assert np.abs(heat.by_layer).max() < 1e-12 * carrier_heat(space).total


def test_resistor_with_a_slope_of_temperature_adds_up_its_resistances():
    """R = Int dx/(q mu n): mu(T) activated, n the doping; 300 K to 360 K over 1 um.

    1e-4: 200 cells at their mean temperature give the integral to 1e-5, and the potential, which bends with the
    temperature, carries a charge of 1e-4 of the doping. 300 K throughout would be off by a factor of two.
    """
    length, activation = 1e-6, 0.2
    material = fl.Semiconductor(
        relative_permittivity=10,
        conduction_band_ev=-4.0,
        valence_band_ev=-6.0,
        conduction_band_density=1e25,
        valence_band_density=1e25,
        electron_mobility=1e-3,
        hole_mobility=1e-3,
        donor_density=1e23,
        reference_temperature=300.0,
        electron_activation_ev=activation,
    )
    ends = {side: fl.Contact(kind="neutral") for side in ("anode", "cathode")}
    device = fl.Column(layers=(fl.Layer(name="bar", thickness=length, material=material),), **ends)
    space = on_line(device, 200)
    x = space.mesh.depth.mean(axis=1) * 1e-9
    space.set_temperature(300 + 60 * x / length)
    taken(space, 0.01)
    at, weights = np.polynomial.legendre.leggauss(20)
    temperature = 300 + 60 * (at + 1) / 2
    factor = np.exp(-activation * ELEMENTARY_CHARGE / BOLTZMANN * (1 / temperature - 1 / 300))
    resistance = (weights / 2 / (ELEMENTARY_CHARGE * 1e-3 * factor * 1e23)).sum() * length
    assert currents(space).anode == pytest.approx(0.01 / resistance, rel=1e-4)


def test_laterally_uniform_section_is_as_warm_as_the_column():
    """Heat by layer of both, over the area of the contact: 1e-9, as the currents of both differ by 1e-12."""
    device = diode()
    line = column_mesh(device, 12)
    radii = radial_nodes(RADIUS, RADIUS, 6, 5.0)
    found = []
    for mesh in (line, carrier_section(line, radii, (RADIUS, RADIUS))):
        space = CarrierSpace(device, mesh)
        depth = space.mesh.depth.mean(axis=1)
        space.set_temperature(300 + 40 * depth / depth.max())
        found.append(carrier_heat(taken(space, 3.0)).by_layer)
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def test_a_voltage_that_falls_along_the_anode_supplies_what_is_released():
    """Int J(r) V(r) over the anode = all heat, 1e-10; V falls by a tenth from the rim to the axis."""
    space = on_section(diode(), RADIUS)
    anode = space.terminals[0]
    r = space.coordinates[anode.nodes, 0]
    space.set_profile(0.9 + 0.1 * (r / r.max()) ** 2)
    taken(space, 3.0)
    rows = space.residual()[anode.nodes]
    through = -(rows[:, 1] + rows[:, 2])
    power = 3.0 * float(through @ space.profile) / float(through.sum()) * currents(space).anode
    assert carrier_heat(space).total == pytest.approx(power, rel=1e-10)


def test_heating_is_tied_to_a_space_once():
    """The same sources before and after another temperature: nothing of the first state is kept."""
    space = taken(on_line(diode()), 3.0)
    heating = CarrierHeating(space)
    first = heating.now().by_layer
    space.set_temperature(350.0)
    assert abs(heating.now().by_layer / first - 1).max() > 1e-3
    space.set_temperature(300.0)
    assert heating.now().by_layer == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize(
    ("temperature", "words"), [(np.full(3, 300.0), "one for every cell"), (-5.0, "temperature -5 K is outside")]
)
def test_impossible_temperatures_are_refused(temperature, words):
    with pytest.raises(fl.InputError, match=words):
        on_line(LED).set_temperature(temperature)
