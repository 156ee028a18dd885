"""Power and temperature between the boxes of one section and the mesh of heat in another, region by region.

Every box, a ring of rectangular cross-section inside a region, has a column of weights A_i = Int f_i dV/V against the
functions of the temperature. Its power P adds A P to the load, and its temperature is A . T: both ways use the same
weights, which add up to 1, so that no power is lost whatever the meshes.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from femled.errors import InputError
from femled.solve.heat_space import HeatSpace

Array = NDArray[np.float64]

_GAUSS = (0.5 - np.sqrt(1 / 12), 0.5 + np.sqrt(1 / 12))


class Placement:
    """Boxes and rings of one program on the mesh of heat of a planar pixel.

    Args:
        space: of the temperature, on one process.

    Raises:
        InputError: a mesh whose layers are not rows of rectangles.
    """

    def __init__(self, space: HeatSpace) -> None:
        self._space = space
        geometry = space.domain.mesh.geometry
        if space.domain.kind.cell != "quadrilateral":
            raise InputError('a section of carriers needs a planar pixel: use geometry="planar"')
        self._corners = geometry.x[geometry.dofmaps[0]][:, :, :2]  # [um]
        self._dofs = np.asarray(space.space.dofmap.list)

    def boxes(self, group: str, radii: Array, heights: Array) -> csr_matrix:
        """Weights of boxes, integrated exactly: each is cut along the edges of the cells that it meets.

        Args:
            group: of the mesh of heat, such as "emitter.inside".
            radii: (n, 2), [m] inner and outer.
            heights: (n, 2), share of the thickness of the region at lower and upper face.

        Returns:
            (unknowns, n), every column adds up to 1.

        Raises:
            InputError: boxes that reach out of the region.
        """
        domain = self._space.domain
        cells = np.flatnonzero(domain.cell_group == domain.groups[group])
        low, high = self._corners[cells].min(axis=1), self._corners[cells].max(axis=1)
        bottom, top = low[:, 1].min(), high[:, 1].max()
        first = np.column_stack([radii[:, 0] * 1e6, bottom + heights[:, 0] * (top - bottom)])
        last = np.column_stack([radii[:, 1] * 1e6, bottom + heights[:, 1] * (top - bottom)])
        start, stop = np.maximum(first[:, None], low), np.minimum(last[:, None], high)
        box, cell = np.nonzero(np.all(stop - start > 1e-9 * (high - low), axis=2))
        start, stop = start[box, cell], stop[box, cell]
        share = (stop[:, 0] ** 2 - start[:, 0] ** 2) * (stop[:, 1] - start[:, 1])
        covered = np.bincount(box, share, minlength=len(radii))
        whole = (last[:, 0] ** 2 - first[:, 0] ** 2) * (last[:, 1] - first[:, 1])
        if np.abs(covered / whole - 1).max() > 1e-5:
            raise InputError(f"{group}: a source of heat reaches out of it")
        share = share / covered[box]
        parts = []
        for across in _GAUSS:
            r = start[:, 0] + across * (stop[:, 0] - start[:, 0])
            for along in _GAUSS:
                place = np.column_stack([r, start[:, 1] + along * (stop[:, 1] - start[:, 1])])
                weight = share * r / (2 * (start[:, 0] + stop[:, 0]))
                parts.append(self._functions(cells[cell], place, weight, box, len(radii)))
        return csr_matrix(sum(parts[1:], parts[0]))

    def _functions(
        self, cells: NDArray[np.intp], place: Array, weight: Array, box: NDArray[np.intp], boxes: int
    ) -> csr_matrix:
        """(unknowns, boxes) weighted values of the functions at places (points, 2), [um], in cells (points,)."""
        corners = self._corners[cells]
        origin = corners[:, 0]
        frame = np.stack([corners[:, 1] - origin, corners[:, 2] - origin], axis=2)
        local = np.linalg.solve(frame, (place - origin)[:, :, None])[:, :, 0]
        values = self._space.space.element.basix_element.tabulate(0, local)[0, :, :, 0] * weight[:, None]
        entries = (values.ravel(), (self._dofs[cells].ravel(), np.repeat(box, values.shape[1])))
        return csr_matrix(entries, shape=(self._space.owned, boxes))


def side_by_side(parts: list[csr_matrix]) -> csr_matrix:
    """(unknowns, all columns) of several placements."""
    return csr_matrix(hstack(parts))
