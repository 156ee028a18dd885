"""The assembled equations of carriers against the same written out in numpy, node by node."""

import numpy as np
import pytest

from femled.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from femled.device import Column, Contact, Layer
from femled.domain.column_mesh import column_mesh, near_lengths, smooth_nodes
from femled.materials import MobileIon, Semiconductor
from femled.solve.carrier_currents import currents
from femled.solve.carriers import CarrierSpace

VT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE


@pytest.fixture(scope="module", params=["boltzmann", "blakemore"])
def space(request):
    """Two layers that differ in everything, with all recombination mechanisms, in a state out of equilibrium."""
    left = Semiconductor(
        relative_permittivity=4,
        conduction_band_ev=-2.5,
        valence_band_ev=-5.2,
        conduction_band_density=2e26,
        valence_band_density=1e26,
        electron_mobility=2e-7,
        hole_mobility=1e-6,
        acceptor_density=3e23,
        radiative_coefficient=1e-17,
        statistics=request.param,
    )
    right = Semiconductor(
        relative_permittivity=24,
        conduction_band_ev=-3.8,
        valence_band_ev=-5.4,
        conduction_band_density=3e24,
        valence_band_density=2.5e24,
        electron_mobility=5e-5,
        hole_mobility=3e-5,
        radiative_coefficient=4e-16,
        srh_electron_lifetime=5e-8,
        srh_hole_lifetime=8e-8,
        trap_level_ev=-4.5,
        auger_electron_coefficient=1e-40,
        auger_hole_coefficient=2e-40,
        donor_density=1e22,
        statistics=request.param,
    )
    layers = [
        Layer(name="left", thickness=20e-9, material=left),
        Layer(name="right", thickness=50e-9, material=right),
    ]
    column = Column(layers=layers, anode=Contact(work_function_ev=-5.0), cathode=Contact(work_function_ev=-4.0))
    space = CarrierSpace(column, column_mesh(column, 6), generation=lambda x: 1e27 * x / 1e-9)
    x, rng = space.position / space.position.max(), np.random.default_rng(3)
    wiggle = rng.normal(scale=0.02, size=(3, len(x)))
    space.u[:] = np.column_stack([-4.6 + 0.3 * x, 1.5 - 1.4 * x, -0.35 - 0.5 * x]) + wiggle.T
    return space


def bernoulli(x):
    return np.where(np.abs(x) < 1e-10, 1 - x / 2, x / np.expm1(np.where(x == 0, 1e-300, x)))


def written_out(space):
    """Residual (nodes, 3) and recombination integrals by finite volumes; Boltzmann fluxes as n_j B - n_i B."""
    order = np.argsort(space.position)
    x, u = space.position[order], space.u[order]
    rows, rates = np.zeros_like(u), np.zeros(3)
    for i in range(len(x) - 1):
        material = space.column.semiconductors[0 if (x[i] + x[i + 1]) / 2 < 20.0 else 1]
        h = x[i + 1] - x[i]
        gamma = 0.27 if material.statistics == "blakemore" else 0.0
        phi, en, ep = u[i : i + 2].T
        eta_n = (en - material.conduction_band_ev + phi) / VT
        eta_p = (material.valence_band_ev - phi - ep) / VT
        nc, nv = material.conduction_band_density * 1e-24, material.valence_band_density * 1e-24
        n, p = nc / (np.exp(-eta_n) + gamma), nv / (np.exp(-eta_p) + gamma)
        eps = VACUUM_PERMITTIVITY / ELEMENTARY_CHARGE * 1e18 * 1e-24 * material.relative_permittivity
        rows[i, 0] -= eps * (phi[1] - phi[0]) / h
        rows[i + 1, 0] += eps * (phi[1] - phi[0]) / h
        doping = (material.donor_density - material.acceptor_density) * 1e-24
        rows[i : i + 2, 0] -= h / 2 * (p - n + doping)
        ni2 = n * p * np.exp(-(en - ep) / VT)
        trap = material.trap_level_ev
        parts = [material.radiative_coefficient * 1e24 * (n * p - ni2), 0 * n, 0 * n]
        if trap is not None:
            n1 = nc / (np.exp((material.conduction_band_ev - trap) / VT) + gamma)
            p1 = nv / (np.exp((trap - material.valence_band_ev) / VT) + gamma)
            slow = material.srh_hole_lifetime * (n + n1) + material.srh_electron_lifetime * (p + p1)
            parts[1] = (n * p - ni2) / slow
        auger = material.auger_electron_coefficient * n + material.auger_hole_coefficient * p
        parts[2] = auger * 1e48 * (n * p - ni2)
        rates += [h / 2 * part.sum() for part in parts]
        rows[i : i + 2, 1] += h / 2 * sum(parts)
        rows[i : i + 2, 2] -= h / 2 * sum(parts)
        for k, (carrier, level, sign, mobility) in enumerate(
            ((n, en, 1, material.electron_mobility), (p, ep, -1, material.hole_mobility)), start=1
        ):
            if gamma == 0.0:
                a = sign * (phi[1] - phi[0]) / VT
                flux = sign * mobility * 1e18 * VT / h * (carrier[1] * bernoulli(a) - carrier[0] * bernoulli(-a))
            else:
                eta = (eta_n if k == 1 else eta_p).mean()
                g = 1 + gamma * np.exp(eta)
                middle = (nc if k == 1 else nv) / (np.exp(-eta) + gamma)
                a, b = ((f[1] - f[0]) / (2 * VT * g) for f in (phi, level))
                slope = (level[1] - level[0]) / h
                flux = mobility * 1e18 * middle * slope * (a / np.sinh(a)) / (b / np.sinh(b))
            rows[i, k] -= flux
            rows[i + 1, k] += flux
    back = np.empty_like(rows)
    back[order] = rows
    return back, rates


def test_every_row_is_the_finite_volume_balance(space):
    """Scharfetter-Gummel in densities and in Fermi levels are the same number, up to the cancellation in the former.

    Masses and fluxes meet here under two quadrature rules, which the form compiler mixes up in one integral.
    """
    rows, _ = written_out(space)
    ours = space.residual()
    ours[:, 1] += space.generation
    ours[:, 2] -= space.generation
    assert (np.abs(ours - rows).max(axis=0) < 1e-9 * np.abs(rows).max(axis=0)).all()


def test_recombination_integrals_are_lumped_sums(space):
    _, rates = written_out(space)
    ours = currents(space).recombination
    assert rates.min() > 0
    assert [ours[name] for name in ("radiative", "srh", "auger")] == pytest.approx(
        ELEMENTARY_CHARGE * 1e24 * 1e-9 * rates, rel=1e-10
    )


def test_generation_is_integrated_exactly_for_a_line(space):
    """G = 1e27 x/nm over 70 nm: 1e27 * 70**2/2 nm."""
    assert space.generation.sum() == pytest.approx(1e3 * 70**2 / 2, rel=1e-12)


def test_jacobian_is_the_derivative_of_the_residual(space):
    """Central differences of every row in a random direction."""
    from femled.solve.forms import fem

    rng = np.random.default_rng(5)
    direction = rng.normal(size=space.u.shape)
    matrix = fem.create_matrix(space.system.form)
    fem.assemble_matrix(matrix, space.system.form)
    slope = (matrix.to_scipy() @ direction.ravel()).reshape(-1, 3)
    kept, step = space.u.copy(), 1e-6
    space.u[:] = kept + step * direction
    above = space.residual()
    space.u[:] = kept - step * direction
    below = space.residual()
    space.u[:] = kept
    found = (above - below) / (2 * step)
    assert found == pytest.approx(slope, rel=1e-5, abs=1e-7 * np.abs(slope).max(axis=0).min())


def test_half_the_cells_are_spread_evenly_and_half_crowd_at_the_faces():
    """The map is m(x) = N (x/(2L) + ln(1 + x/x_0)/(2 S) + ...): written out again, and at every second node of 2N."""
    first, last, count = 0.3, 2.0, 40
    nodes = smooth_nodes(70.0, count, (first, last))
    both = np.log1p(70.0 / first) + np.log1p(70.0 / last)
    crowded = np.log1p(nodes / first) + np.log1p(70.0 / last) - np.log1p((70.0 - nodes) / last)
    assert 0.5 * nodes / 70.0 + 0.5 * crowded / both == pytest.approx(np.arange(count + 1) / count, abs=1e-10)
    assert smooth_nodes(70.0, 2 * count, (first, last))[::2] == pytest.approx(nodes, rel=1e-9)
    assert smooth_nodes(70.0, count, (last, first)) == pytest.approx(70.0 - nodes[::-1], abs=1e-9)
    sizes = np.diff(nodes)
    largest = int(sizes.argmax())
    assert (np.diff(sizes[: largest + 1]) > 0).all()
    assert (np.diff(sizes[largest:]) < 0).all()
    assert sizes[0] < first
    assert sizes.max() < 2 * 70.0 / count


def test_cells_at_a_face_follow_the_densest_charge_there():
    """x_0 = 0.3 lambda_Debye: of what a contact holds, of the doping of a junction, of a hundredfold of ions.

    Where bands have a step, carriers fill the states, and their field asks beyond it for c eps/eps'. Where nothing is
    expected, a tenth of the layer; elsewhere a hundredth at most.
    """
    fields = {
        "relative_permittivity": 12,
        "conduction_band_ev": -4,
        "valence_band_ev": -5,
        "conduction_band_density": 1e25,
        "valence_band_density": 1e25,
        "electron_mobility": 1e-4,
        "hole_mobility": 1e-4,
    }

    def lengths(second, ions=True, **contacts):
        ends = {"anode": Contact(kind="neutral"), "cathode": Contact(kind="neutral")} | contacts
        layers = [
            Layer(name="a", thickness=1e-6, material=Semiconductor(**fields, acceptor_density=1e23)),
            Layer(name="b", thickness=1e-6, material=Semiconductor(**(fields | second))),
        ]
        return np.array(near_lengths(Column(layers=layers, **ends), ions=ions))

    def share(density, permittivity=12):
        return 0.3 * np.sqrt(permittivity * VACUUM_PERMITTIVITY * VT / ELEMENTARY_CHARGE / density)

    none = 1e-7
    assert lengths({}) == pytest.approx(np.array([[none, share(1e23)], [share(1e23), none]]))
    step = lengths({"conduction_band_ev": -4.3, "relative_permittivity": 4}, cathode=Contact(work_function_ev=-4.4))
    held = 1e25 * np.exp(-0.1 / VT)
    assert step == pytest.approx(np.array([[none, share(1e25)], [share(3e25, 4), share(held, 4)]]))
    ion = MobileIon(name="x", charge=2, mean_density=1e24, diffusivity=1e-15)
    for species, charge in ((ion, 2e26), (ion.replace(site_density=1e25), 2e25)):
        assert lengths({"ions": [species]}) == pytest.approx(np.array([[none, share(charge)], [share(charge)] * 2]))
    assert lengths({"ions": [ion]}, ions=False) == pytest.approx(lengths({}))
    poor = lengths({}, anode=Contact(work_function_ev=-4.5), cathode=Contact(work_function_ev=-4.5))
    assert poor == pytest.approx(np.array([[share(1e23)] * 2, [share(1e23), 1e-8]]))


def test_interfaces_lie_on_nodes(space):
    assert np.abs(space.position - 20.0).min() < 1e-12
    assert space.mesh.corners[space.mesh.cells("left")].max() == pytest.approx(20.0, abs=1e-12)
