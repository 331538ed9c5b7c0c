"""LocalMesh: the triangles before one view, and the smooth surface over them at any place of the view.

The ray caster works in single precision and is asked only which triangle a ray meets; the place in that triangle is
computed again from a corner of the triangle, where single precision is worth a few nanometres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scarplan.surface.displacement import Displacement
from scarplan.surface.mesh import TriangleMesh

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

    from scarplan.surface.raycast import View

_RAYS_AT_ONCE = 1_000_000
# So many pixels stay in the fast memory of a processor together with what is computed of them.
_PIXELS_AT_ONCE = 16_384
_NEXT, _LAST = (1, 2, 0), (2, 0, 1)


@dataclass(frozen=True)
class LocalMesh:
    """The triangles in front of a view, in its axes (x right, y down, z outward), mm."""

    corners: Float[np.ndarray, "f 3 3"]
    normals: Float[np.ndarray, "f 3 3"]
    rise: Float[np.ndarray, "f 3 3"]
    uv: Float[np.ndarray, "f 3 2"] | None
    face_number: Int[np.ndarray, " f"]
    is_front: Bool[np.ndarray, " f"]
    top_mm: float

    @classmethod
    def of(cls, mesh: TriangleMesh, view: View) -> LocalMesh:
        """Return the triangles of `mesh` within the view's square and not further from it than half its side."""
        points = (mesh.vertices_mm - np.array(view.centre_mm)) @ view.axes.T
        corners = points[mesh.faces]
        low, high = corners.min(axis=1), corners.max(axis=1)
        face_number = np.nonzero(((low <= view.half_mm) & (high >= -view.half_mm)).all(axis=1))[0]
        chosen = corners[face_number]
        # `right, down, outward` is left-handed: counter-clockwise triangles that face the viewer have negative area.
        (ax, ay), (bx, by), (cx, cy) = (chosen[:, k, :2].T for k in range(3))
        is_front = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) < 0
        return cls(
            corners=chosen,
            normals=mesh.corner_normals[face_number] @ view.axes.T,
            rise=mesh.rise_mm[face_number],
            uv=None if mesh.corner_uv is None else mesh.corner_uv[face_number],
            face_number=face_number,
            is_front=is_front,
            top_mm=float(chosen[..., 2].max(initial=0.0)) + 1.0,
        )

    def first_triangle(self, x: np.ndarray, y: np.ndarray) -> Int[np.ndarray, " n"]:
        """Return the row of the triangle that each ray from above meets first; -1 where none."""
        from embreex.mesh_construction import TriangleMesh as EmbreeMesh  # a compiled library, loaded when needed
        from embreex.rtcore_scene import EmbreeScene

        if not len(self.corners):
            return np.full(x.size, -1, dtype=np.int32)
        scene = EmbreeScene()
        kept = EmbreeMesh(scene, self.corners.astype(np.float32))
        found = np.empty(x.size, dtype=np.int32)
        for start in range(0, x.size, _RAYS_AT_ONCE):
            part = slice(start, min(start + _RAYS_AT_ONCE, x.size))
            origins = np.empty((part.stop - start, 3), dtype=np.float32)
            origins[:, 0], origins[:, 1], origins[:, 2] = x[part], y[part], self.top_mm
            down = np.broadcast_to(np.array([0, 0, -1], dtype=np.float32), origins.shape)
            found[part] = scene.run(origins, np.ascontiguousarray(down))
        del kept
        return found

    def weights(self, triangle: np.ndarray, x: np.ndarray, y: np.ndarray) -> Float[np.ndarray, "n 3"]:
        """Return the weights of the corners of `triangle` at (x, y), in double precision."""
        first, second = (
            along_x * (x - x0) + along_y * (y - y0)
            for along_x, along_y, x0, y0 in (
                (*(self._slopes[k, :, triangle].T), *self.corners[triangle, 2, :2].T) for k in (0, 1)
            )
        )
        return np.stack([first, second, 1 - first - second], axis=1)

    def heights(
        self, triangle: np.ndarray, x: np.ndarray, y: np.ndarray, *, displacement: Displacement | None = None
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """Return at (x, y) on `triangle` the flat height, the height of the smooth (and displaced) skin, and the cosine
        between its normal and the line of sight; single precision.

        Skin moved by d along a normal that leans by a against the line of sight stands d / cos(a) higher there.
        """
        flat, smooth, upright = (np.empty(triangle.size, dtype=np.float32) for _ in range(3))
        for part in _parts(triangle.size):
            flat[part], smooth[part], upright[part] = self._heights(triangle[part], x[part], y[part], displacement)
        return flat, smooth, upright

    def _heights(
        self, triangle: np.ndarray, x: np.ndarray, y: np.ndarray, displacement: Displacement | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        table = self._table
        of = [column.take(triangle) for column in table]
        right, down = x - of[0], y - of[1]
        b = [of[2] * right + of[3] * down, of[4] * right + of[5] * down]
        b.append(1 - b[0] - b[1])
        flat = of[6] + of[7] * right + of[8] * down
        towards = b[0] * of[9] + b[1] * of[10] + b[2] * of[11]
        likeness = of[12:15]  # of the normals at corners 0 and 1, 1 and 2, 2 and 0
        along = [b[i] + b[_NEXT[i]] * likeness[i] + b[_LAST[i]] * likeness[_LAST[i]] for i in range(3)]
        length = np.sqrt(np.maximum(b[0] * along[0] + b[1] * along[1] + b[2] * along[2], 1e-12))
        upright = towards / length
        steepest = np.maximum(upright, np.float32(1e-3))
        middle = 1.5 * b[0] * b[1] * b[2]
        bulge = np.zeros_like(flat)
        for i in range(3):
            twice = 3 * b[i] * b[i]
            # The surface leaves the triangle along the normal of corner i: this much of it along the normal here.
            bulge -= along[i] * (
                of[15 + 2 * i] * (twice * b[_NEXT[i]] + middle) + of[16 + 2 * i] * (twice * b[_LAST[i]] + middle)
            )
        out = bulge / (3 * length)
        if displacement is not None and self.uv is not None:
            u, v = (b[0] * of[21 + axis] + b[1] * of[23 + axis] + b[2] * of[25 + axis] for axis in (0, 1))
            out += displacement.sample_mm(u, v)
        return flat, flat + out / steepest, upright

    @cached_property
    def _slopes(self) -> Float[np.ndarray, "2 2 f"]:
        """How the weights of corners 0 and 1 grow to the right and down, counted from corner 2."""
        (ax, ay), (bx, by), (cx, cy) = (self.corners[:, k, :2].T for k in range(3))
        twice = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        safe = np.where(np.abs(twice) > 1e-12, twice, 1.0)
        return np.array([[by - cy, cx - bx], [cy - ay, ax - cx]]) / safe

    @cached_property
    def _table(self) -> list[np.ndarray]:
        """What a pixel needs of its triangle, one array [f] each, single precision."""
        (first_x, first_y), (second_x, second_y) = self._slopes
        heights = self.corners[..., 2]
        steps = heights[:, :2] - heights[:, 2:]
        rows = [self.corners[:, 2, 0], self.corners[:, 2, 1], first_x, first_y, second_x, second_y, heights[:, 2]]
        rows += [steps[:, 0] * first_x + steps[:, 1] * second_x, steps[:, 0] * first_y + steps[:, 1] * second_y]
        rows += [self.normals[:, k, 2] for k in range(3)]
        rows += [np.einsum("fc,fc->f", self.normals[:, k], self.normals[:, _NEXT[k]]) for k in range(3)]
        rows += [self.rise[:, i, j] for i in range(3) for j in (_NEXT[i], _LAST[i])]
        if self.uv is not None:
            rows += [self.uv[:, k, axis] for k in range(3) for axis in (0, 1)]
        return [np.ascontiguousarray(row, dtype=np.float32) for row in rows]


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, _PIXELS_AT_ONCE):
        yield slice(start, min(start + _PIXELS_AT_ONCE, count))
