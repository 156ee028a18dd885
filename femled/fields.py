"""Fields on the mesh of a device, free of any solver: averages, peaks, values at a point, and the VTKHDF file."""

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from femled.errors import InputError, ResultFileError, unknown_name
from femled.files import reason, whole_file

Array = NDArray[np.float64]

# VTK's numbering of second-order nodes from ours (vertices, edges, interior), and its cell types.
_VTK_ORDER = {"quadrilateral": [0, 1, 3, 2, 4, 6, 7, 5, 8], "triangle": [0, 1, 2, 5, 3, 4], "interval": [0, 1, 2]}
_VTK_TYPE = {"quadrilateral": 28, "triangle": 22, "interval": 21}


@dataclass(frozen=True)
class FieldMesh:
    """Nodes, cells and quadrature points of a meshed device.

    Args:
        cell: "quadrilateral", "triangle" or "interval", all of second order with straight sides.
        nodes: (nodes, 2), [m] r and z; (nodes, 1), z alone, of a column.
        cells: (cells, nodes per cell) node numbers: vertices, then edges, then interior.
        zone: (cells,) index into `zones`.
        zones: "REGION.inside" and "REGION.outside" of the opening.
        emitter: region name of the light-emitting layer.
        shape: (points, nodes per cell) shape functions at the quadrature points of every cell.
        weights: (cells, points), [m3] 2 pi r times area that a point stands for; [m] in a column.
    """

    cell: str
    nodes: Array
    cells: NDArray[np.int64]
    zone: NDArray[np.int64]
    zones: tuple[str, ...]
    emitter: str
    shape: Array
    weights: Array

    @property
    def regions(self) -> tuple[str, ...]:
        """Region names; "emitter" is the light-emitting layer inside the opening."""
        return (*dict.fromkeys(zone.rsplit(".", 1)[0] for zone in self.zones if "/" not in zone), "emitter")

    @cached_property
    def points(self) -> Array:
        """(cells, points, dimension), [m]: where the quadrature points are."""
        return np.asarray(np.einsum("pn,cnd->cpd", self.shape, self.nodes[self.cells]))

    def cells_of(self, region: str) -> NDArray[np.intp]:
        """Cells of a region.

        Raises:
            InputError: no such region; the nearest are listed.
        """
        wanted = (f"{self.emitter}.inside",) if region == "emitter" else (f"{region}.inside", f"{region}.outside")
        numbers = [i for i, name in enumerate(self.zones) if name in wanted]
        if not numbers:
            raise unknown_name("region", region, self.regions)
        return np.flatnonzero(np.isin(self.zone, numbers))

    def mean(self, values: Array, region: str) -> Array:
        """Volume mean of nodal values (..., nodes) over a region."""
        cells = self.cells_of(region)
        weights = self.weights[cells]
        return np.asarray(np.einsum("cp,...cp->...", weights, self._at_points(values, cells)) / weights.sum())

    def peak(self, values: Array, region: str) -> tuple[Array, Array]:
        """Largest value of nodal values (..., nodes) at the interior points of a region, and where it is.

        Returns:
            (...,) value; (..., dimension), [m] place.
        """
        cells = self.cells_of(region)
        found = self._at_points(values, cells)
        flat = found.reshape(*found.shape[:-2], -1)
        best = flat.argmax(axis=-1)
        places = self.points[cells].reshape(-1, self.nodes.shape[1])
        return np.take_along_axis(flat, best[..., None], axis=-1)[..., 0], places[best]

    def _at_points(self, values: Array, cells: NDArray[np.intp]) -> Array:
        return np.asarray(values[..., self.cells[cells]] @ self.shape.T)

    def interpolate(self, values: Array, places: Array) -> Array:
        """Nodal values (..., nodes) at places inside the mesh.

        Args:
            values: (..., nodes).
            places: (n, dimension), [m].

        Returns:
            (..., n).

        Raises:
            InputError: a place outside the mesh.
        """
        corners = self.nodes[self.cells]
        low, high = corners.min(axis=1), corners.max(axis=1)
        slack = 1e-12 + 1e-9 * np.abs(self.nodes).max(axis=0)
        found = np.empty((*values.shape[:-1], len(places)))
        for i, place in enumerate(places):
            inside = np.flatnonzero(np.all((place >= low - slack * 1e-3) & (place <= high + slack * 1e-3), axis=1))
            cell, shape = self._containing(inside, place)
            if cell is None:
                where = ", ".join(f"{x * 1e6:.6g} um" for x in place)
                ends = " x ".join(
                    f"{a * 1e6:.6g} .. {b * 1e6:.6g} um" for a, b in zip(low.min(0), high.max(0), strict=True)
                )
                raise InputError(f"place ({where}) is outside the section {ends}")
            found[..., i] = values[..., self.cells[cell]] @ shape
        return found

    def _containing(self, candidates: NDArray[np.intp], place: Array) -> tuple[int | None, Array]:
        for cell in candidates:
            nodes = self.nodes[self.cells[cell]]
            if self.cell == "triangle":
                shape, inside = _triangle_shape(nodes, place)
                if not inside:
                    continue
            else:
                shape = _tensor_shape(nodes, place)
            return int(cell), shape
        return None, np.empty(0)


def _tensor_shape(nodes: Array, place: Array) -> Array:
    """Shape functions of an axis-parallel second-order cell: products of Lagrange polynomials through its nodes."""
    shape = np.ones(len(nodes))
    for axis in range(nodes.shape[1]):
        low, high = nodes[:, axis].min(), nodes[:, axis].max()
        position = np.rint(2 * (nodes[:, axis] - low) / (high - low)).astype(int)
        s = 2 * (place[axis] - low) / (high - low)
        shape *= np.array([(s - 1) * (s - 2) / 2, s * (2 - s), s * (s - 1) / 2])[position]
    return shape


def _triangle_shape(nodes: Array, place: Array) -> tuple[Array, bool]:
    """Second-order shape functions of a triangle (edge i faces vertex i), and whether the place lies in it."""
    edges = np.column_stack([nodes[1] - nodes[0], nodes[2] - nodes[0]])
    b, c = np.linalg.solve(edges, place - nodes[0])
    L = np.array([1 - b - c, b, c])
    corner, edge = L * (2 * L - 1), 4 * np.array([L[1] * L[2], L[0] * L[2], L[0] * L[1]])
    return np.concatenate([corner, edge]), bool(L.min() >= -1e-9)


def write_vtkhdf(path: str | PathLike[str], mesh: FieldMesh, times: Array, fields: dict[str, Array]) -> None:
    """Write fields over time as a VTKHDF unstructured grid, which ParaView and pyvista open.

    Args:
        path: file to write, whole or not at all.
        mesh: the mesh.
        times: (times,), [s].
        fields: name -> (times, nodes).

    Raises:
        ResultFileError: the file cannot be written.
    """
    import h5py

    count, points = len(times), np.zeros((len(mesh.nodes), 3))
    points[:, : mesh.nodes.shape[1]] = mesh.nodes
    connectivity = mesh.cells[:, _VTK_ORDER[mesh.cell]]
    try:
        with whole_file(path) as temporary, h5py.File(temporary, "w") as file:
            root = file.create_group("VTKHDF")
            root.attrs["Version"] = np.array([2, 0])
            root.attrs.create("Type", np.bytes_("UnstructuredGrid"))
            root["NumberOfPoints"] = np.array([len(points)])
            root["NumberOfCells"] = np.array([len(mesh.cells)])
            root["NumberOfConnectivityIds"] = np.array([connectivity.size])
            root["Points"] = points
            root["Connectivity"] = connectivity.ravel()
            root["Offsets"] = np.arange(len(mesh.cells) + 1) * connectivity.shape[1]
            root["Types"] = np.full(len(mesh.cells), _VTK_TYPE[mesh.cell], dtype=np.uint8)
            root.create_group("CellData")["zone"] = mesh.zone
            root["CellData"].attrs["zones"] = list(mesh.zones)
            data, steps = root.create_group("PointData"), root.create_group("Steps")
            for name, values in fields.items():
                data[name] = values.ravel()
                offsets = steps.require_group("PointDataOffsets")
                offsets[name] = np.arange(count) * len(points)
            steps.attrs["NSteps"] = count
            steps["Values"] = times
            zeros = np.zeros(count, dtype=np.int64)
            steps["NumberOfParts"] = np.ones(count, dtype=np.int64)
            for name in ("PartOffsets", "PointOffsets"):
                steps[name] = zeros
            for name in ("CellOffsets", "ConnectivityIdOffsets"):
                steps[name] = zeros.reshape(-1, 1)
            steps.create_group("CellDataOffsets")["zone"] = zeros
            _write_quadrature(root.create_group("femled"), mesh)
    except ResultFileError:
        raise
    except (RuntimeError, ValueError) as error:  # h5py reports a full disk in several ways
        raise ResultFileError(path, f"cannot be written ({reason(error)})") from None


def _write_quadrature(group: Any, mesh: FieldMesh) -> None:
    group.attrs["cell"], group.attrs["emitter"] = mesh.cell, mesh.emitter
    group["shape"], group["weights"] = mesh.shape, mesh.weights
    group.attrs["dimension"] = mesh.nodes.shape[1]


def read_vtkhdf(path: str | PathLike[str]) -> tuple[FieldMesh, Array, dict[str, Array]]:
    """Read what `write_vtkhdf` wrote.

    Raises:
        ResultFileError: no such file, cut short, or not written by femled.
    """
    import h5py

    if not Path(path).is_file():
        raise ResultFileError(path, "no such file")
    try:
        with h5py.File(path, "r") as file:
            root, own = file["VTKHDF"], file["VTKHDF"]["femled"]
            cell = str(own.attrs["cell"])
            back = np.argsort(_VTK_ORDER[cell])
            cells = root["Connectivity"][:].reshape(len(root["Types"]), -1)[:, back]
            nodes = root["Points"][:, : int(own.attrs["dimension"])]
            zones = tuple(str(zone) for zone in root["CellData"].attrs["zones"])
            zone = root["CellData"]["zone"][:]
            mesh = FieldMesh(
                cell, nodes, cells, zone, zones, str(own.attrs["emitter"]), own["shape"][:], own["weights"][:]
            )
            times = root["Steps"]["Values"][:]
            return mesh, times, {name: data[:].reshape(len(times), -1) for name, data in root["PointData"].items()}
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ResultFileError(path, f"is damaged or was not written by femled ({type(error).__name__})") from None
