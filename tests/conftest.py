"""What several test files need: materials and pixels made to measure, sections meshed by hand."""

from itertools import accumulate, pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from femled.device import Face, Layer, Pixel, Plate
from femled.materials import Density, HeatCapacity, Material, ThermalConductivity

_CHOSEN = {"source": "choice", "status": "assumed"}


def _law(kind, unit, value):
    """A constant from a number, a power law (value at 300 K, exponent) from a pair."""
    if isinstance(value, tuple):
        at, exponent = value
        return kind(law="power", value=f"{at!r} {unit}", reference_temperature="300 K", exponent=exponent, **_CHOSEN)
    return kind(value=f"{value!r} {unit}", **_CHOSEN)


def _solid(name, *, axial, radial=None, density=1000.0, heat_capacity=1000.0):
    """A material from plain SI numbers; a pair (value at 300 K, exponent) is a power law."""
    if radial is None:
        conductivity = {"thermal_conductivity": _law(ThermalConductivity, "W/m/K", axial)}
    else:
        conductivity = {
            "axial_thermal_conductivity": _law(ThermalConductivity, "W/m/K", axial),
            "radial_thermal_conductivity": _law(ThermalConductivity, "W/m/K", radial),
        }
    return Material(
        name=name,
        title=name,
        family="oxide",
        **conductivity,
        density=_law(Density, "kg/m3", density),
        heat_capacity=_law(HeatCapacity, "J/kg/K", heat_capacity),
    )


@pytest.fixture(scope="session")
def solid():
    """Maker of materials: solid(name, axial=, radial=, density=, heat_capacity=)."""
    return _solid


@pytest.fixture(scope="session")
def heated_substrate():
    """Maker of pixels that are a substrate under three films of which the middle one is heated.

    The films conduct across without resistance, not along, and hold no heat unless they are told otherwise: the heat
    enters the surface of the substrate.
    """
    nothing = _solid("nothing", axial=1e4, radial=1e-6, density=1.0, heat_capacity=1.0)

    def made(substrate, *, thickness=1.1e-3, film=nothing, film_thickness=2e-8, **fields):
        layers = (
            Layer(name="below", thickness=2e-8, material=nothing),
            Layer(name="film", thickness=film_thickness, material=film),
            Layer(name="above", thickness=2e-8, material=nothing),
        )
        return Pixel(
            name="heated_substrate",
            substrate=Plate(material=substrate, thickness=thickness),
            layers=layers,
            emitter="film",
            anode="below",
            cathode="above",
            **({"diameter": 200e-6} | fields),
        )

    return made


def _rectangle(cell, layers, *, radius=1e-6, columns=1):
    """A section meshed by hand: layers (material or contact film, thickness [m], rows of cells) upwards from z = 0.

    Args:
        cell: "quadrilateral", "triangle" (each rectangle cut in two) or "interval" (a column, without radius).
        layers: named "layer0", "layer1", ...; the first one counts as emitter.
        radius: [m].
        columns: cells from the axis to the radius.
    """
    from femled.domain import backend
    from femled.domain.regions import Domain, Kind

    dolfinx = backend.load()  # before mpi4py: it puts the right libraries in front
    from mpi4py import MPI

    kind = Kind(cell=cell, axisymmetric=cell != "interval")
    heights = [0.0, *accumulate(thickness for _, thickness, _ in layers)]
    z = [0.0]
    for (low, high), (_, _, rows) in zip(pairwise(heights), layers, strict=True):
        z += np.linspace(low, high, rows + 1)[1:].tolist()
    layer_of_row = np.repeat(np.arange(len(layers)), [rows for _, _, rows in layers])
    z = np.array(z) * 1e6
    if cell == "interval":
        x, cells, row = (
            z[:, None],
            np.column_stack([np.arange(len(z) - 1), np.arange(1, len(z))]),
            np.arange(len(z) - 1),
        )
    else:
        r = np.linspace(0, radius * 1e6, columns + 1)
        x = np.array([[a, b] for b in z for a in r])
        row, column = (index.ravel() for index in np.indices((len(z) - 1, columns)))
        corner = row * (columns + 1) + column
        box = np.column_stack([corner, corner + 1, corner + columns + 1, corner + columns + 2])
        cells = box if cell == "quadrilateral" else np.concatenate([box[:, [0, 1, 3]], box[:, [0, 3, 2]]])
        row = row if cell == "quadrilateral" else np.tile(row, 2)
    mesh = dolfinx.mesh.create_mesh(MPI.COMM_SELF, cells.astype(np.int64), kind.ufl_mesh(), x)
    top, far = z[-1], radius * 1e6
    faces = {"base": (-1, 0.0), "top": (-1, top)} | ({} if cell == "interval" else {"side": (0, far), "axis": (0, 0.0)})
    mesh.topology.create_connectivity(mesh.topology.dim - 1, mesh.topology.dim)
    facets = {
        name: dolfinx.mesh.locate_entities_boundary(
            mesh,
            mesh.topology.dim - 1,
            lambda p, axis=axis, at=at: np.isclose(p[: kind.dimension][axis], at, rtol=0, atol=1e-9 * (1 + at)),
        )
        for name, (axis, at) in faces.items()
    }
    names = [f"layer{number}.inside" for number in range(len(layers))]
    return Domain(
        kind=kind,
        mesh=mesh,
        cell_group=(layer_of_row[row] + 1).astype(np.int32)[mesh.topology.original_cell_index],
        facet_group=facets,
        groups={name: number + 1 for number, name in enumerate(names)},
        matter={name: matter for name, (matter, _, _) in zip(names, layers, strict=True)},
        emitter="layer0",
    )


@pytest.fixture(scope="session")
def rectangle():
    """Maker of domains from layers: rectangle(cell, layers, radius=, columns=)."""
    return _rectangle


@pytest.fixture(scope="session")
def surroundings():
    """Maker of what a heat problem asks a pixel for: ambient temperature and faces, by coefficient; inf holds."""

    def face(coefficient):
        if coefficient == np.inf:
            return Face(kind="fixed")
        return Face(kind="convection", coefficient=coefficient) if coefficient else Face()

    def made(*, ambient=300.0, base=np.inf, outer=0.0):
        return SimpleNamespace(ambient_temperature=ambient, base=face(base), outer=face(outer))

    return made


def _places(space):
    """(cells, points, dimension), [m] of the quadrature points."""
    nodes = space.space.tabulate_dof_coordinates()[:, : space.domain.kind.dimension] * 1e-6
    return np.einsum("pn,cnd->cpd", space.shape, nodes[space.space.dofmap.list])


def _error(space, u, exact):
    """L2 norm with 2 pi r of u - exact over that of exact, at quadrature points."""
    weights = space.point_weights()
    return np.sqrt(np.sum(weights * (space.at_points(u) - exact) ** 2) / np.sum(weights * exact**2))


def _order(sizes, errors):
    """Slope of the errors over the sizes, both in logarithms."""
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def _equal_steps(problem, until, count):
    """The march over equal steps: a drive with a corner at every one, the base step as long, no tolerance.

    The drive's amplitude is the time itself.
    """
    from femled.drive import Sampled
    from femled.solve.stepping import StepCounts, march

    corners = np.linspace(0.0, until, count + 1)
    options = {"until": until, "rtol": 1e9, "base_step": until / count, "counts": StepCounts()}
    start = np.zeros(problem.space.owned)
    steps = list(march(problem, start, Sampled(times=corners, values=corners), **options))
    assert len(steps) == count
    return steps


@pytest.fixture(scope="session")
def measure():
    """Where the quadrature points are, the error there, the order of errors, and a march over equal steps."""
    return SimpleNamespace(places=_places, error=_error, order=_order, equal_steps=_equal_steps)
