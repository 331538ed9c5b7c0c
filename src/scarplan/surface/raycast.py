"""One chart of a mesh: rays along the chart's line of sight meet the mesh; each hit is a height.

The ray caster works in single precision and is asked only which triangle a ray meets; the place in that triangle is
computed again in double precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from scarplan.evidence.library import value_of
from scarplan.surface.displacement import Displacement
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.surface import ChartFrame, Vector, as_vector

# A step between neighbouring pixels that is steeper than the steepest view by this factor is the edge of a fold.
_FOLD_OVER_STEEPEST_VIEW = 2.5
_RAYS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class View:
    """Where to look from: a square of skin around `centre_mm`, seen against `outward`; vectors as in ChartFrame."""

    centre_mm: Vector
    right: Vector
    down: Vector
    outward: Vector
    half_mm: float

    @property
    def axes(self) -> Float[np.ndarray, "3 3"]:
        """Rows: right, down, outward."""
        return np.array([self.right, self.down, self.outward])

    def frame(self, *, pixel_mm: float, height_mm: float) -> ChartFrame:
        """Return the frame of this view's grid with heights counted from `height_mm`."""
        corner = -pixel_steps(self.half_mm, pixel_mm) * pixel_mm
        origin = np.array(self.centre_mm) + np.array([corner, corner, height_mm]) @ self.axes
        return ChartFrame(as_vector(origin), self.right, self.down, self.outward)


@dataclass(frozen=True)
class Cast:
    """What a view shows on its grid: height above the view's plane (NaN where nothing), and the triangle met (-1)."""

    heights_mm: Float[np.ndarray, "y x"]
    valid: Bool[np.ndarray, "y x"]
    triangle: Int[np.ndarray, "y x"]


def pixel_steps(half_mm: float, pixel_mm: float) -> int:
    """Return how many whole pixels fit into half a view; the grid has 2 n + 1 of them."""
    return int(np.floor(half_mm / pixel_mm + 1e-9))


def cast_view(mesh: TriangleMesh, view: View, *, pixel_mm: float, displacement: Displacement | None = None) -> Cast:
    """Return heights of `mesh` on the grid of `view`: seen frontally, in one piece with the middle, first hit only."""
    local = _Local.of(mesh, view)
    steps = pixel_steps(view.half_mm, pixel_mm)
    ticks = np.arange(-steps, steps + 1) * pixel_mm
    shape = (ticks.size, ticks.size)
    x, y = (grid.ravel() for grid in np.meshgrid(ticks, ticks))
    met = local.first_triangle(x, y)
    hit = np.nonzero(met >= 0)[0]
    met = met[hit]
    weights = local.weights(met, x[hit], y[hit])
    normal = np.einsum("nk,nkc->nc", weights, local.normals[met])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), np.finfo(float).tiny)
    cosine = np.cos(np.radians(value_of("surface.steepest_view_deg")))
    facing = (normal[:, 2] >= cosine) & local.is_front[met]
    height = np.einsum("nk,nk->n", weights, local.corners[met, :, 2])
    heights, front = _on_grid(height, hit, shape), _on_grid(local.is_front[met], hit, shape, empty=False)
    valid = one_piece(heights, _on_grid(facing, hit, shape, empty=False), pixel_mm=pixel_mm)
    valid = keep_pits(valid, np.where(front, heights, np.nan), pixel_mm=pixel_mm)
    # Skin moved by d along a normal that leans by a against the line of sight stands d / cos(a) higher there.
    upright = np.maximum(normal[:, 2], cosine)
    height += local.bulge(met, weights, normal) / upright
    if displacement is not None and local.uv is not None:
        height += displacement.sample_mm(np.einsum("nk,nkc->nc", weights, local.uv[met])) / upright
    return Cast(
        heights_mm=np.where(valid, _on_grid(height, hit, shape), np.nan),
        valid=valid,
        triangle=_on_grid(local.face_number[met], hit, shape, empty=-1),
    )


def _on_grid(values: np.ndarray, hit: np.ndarray, shape: tuple[int, int], empty: float = np.nan) -> np.ndarray:
    """Return `values` of the rays `hit` on the grid, `empty` elsewhere."""
    grid = np.full(shape[0] * shape[1], empty, dtype=values.dtype)
    grid[hit] = values
    return grid.reshape(shape)


def one_piece(heights_mm: np.ndarray, facing: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    """Return True [y x] where the skin faces the viewer and hangs together with the piece nearest to the middle.

    Across the edge of a fold (a nose before a cheek) the height jumps: pixels at a jump are left out.
    """
    limit = pixel_mm * np.tan(np.radians(value_of("surface.steepest_view_deg"))) * _FOLD_OVER_STEEPEST_VIEW
    known = np.where(facing, heights_mm, np.nan)
    valid = facing & np.isfinite(heights_mm)
    for axis in (0, 1):
        jump = np.abs(np.diff(known, axis=axis)) > limit
        before = [slice(None), slice(None)]
        after = [slice(None), slice(None)]
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        valid[tuple(before)] &= ~jump
        valid[tuple(after)] &= ~jump
    labels, count = ndimage.label(valid)
    if count < 2:
        return valid
    pixels = np.bincount(labels.ravel())
    pixels[0] = 0
    middle = labels[tuple(size // 2 for size in labels.shape)]
    # The piece in the middle is the one the view was made for, unless it is a sliver of the largest.
    chosen = middle if middle and pixels[middle] * 4 >= pixels.max() else int(pixels.argmax())
    return labels == chosen


def keep_pits(valid: np.ndarray, heights_mm: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    """Return `valid` with the steep walls and the floors of scars: small pits amid seen skin, seen to the ground.

    A wall that is too steep for a chart's limit of view is no fold when skin that faces the viewer lies all around it.
    """
    holes = ndimage.binary_fill_holes(valid) & ~valid
    labels, count = ndimage.label(holes, structure=np.ones((3, 3)))
    if not count:
        return valid
    numbers = np.arange(1, count + 1)
    widths = 2 * np.sqrt(np.bincount(labels.ravel(), minlength=count + 1)[1:] / np.pi) * pixel_mm
    spans = ndimage.maximum(heights_mm, labels, numbers) - ndimage.minimum(heights_mm, labels, numbers)
    unseen = ndimage.sum_labels(np.isnan(heights_mm), labels, numbers) > 0
    kept = (widths <= value_of("surface.widest_pit_mm")) & (spans <= value_of("surface.deepest_pit_mm")) & ~unseen
    return valid | np.concatenate([[False], kept])[labels]


@dataclass(frozen=True)
class _Local:
    """The triangles in front of a view, in its axes (x right, y down, z outward)."""

    corners: np.ndarray  # [f 3 3]
    normals: np.ndarray  # [f 3 3]
    bulges: np.ndarray  # [3 3 f 3]
    uv: np.ndarray | None  # [f 3 2]
    face_number: np.ndarray  # [f]
    is_front: np.ndarray  # [f]
    top_mm: float

    @classmethod
    def of(cls, mesh: TriangleMesh, view: View) -> _Local:
        """Return the triangles of `mesh` within the view's square and not further from it than half its side."""
        points = (mesh.vertices_mm - np.array(view.centre_mm)) @ view.axes.T
        a, b, c = (points[mesh.faces[:, k]].T for k in range(3))
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        near = (low <= view.half_mm) & (high >= -view.half_mm)
        face_number = np.nonzero(near[0] & near[1] & near[2])[0]
        chosen = points[mesh.faces[face_number]]
        # `right, down, outward` is left-handed: counter-clockwise triangles that face the viewer have negative area.
        (ax, ay), (bx, by), (cx, cy) = (chosen[:, k, :2].T for k in range(3))
        is_front = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) < 0
        return cls(
            corners=chosen,
            normals=mesh.corner_normals[face_number] @ view.axes.T,
            bulges=np.ascontiguousarray(np.moveaxis(mesh.bulge_mm[face_number] @ view.axes.T, 0, 2)),
            uv=None if mesh.corner_uv is None else mesh.corner_uv[face_number],
            face_number=face_number,
            is_front=is_front,
            top_mm=float(chosen[..., 2].max(initial=0.0)) + 1.0,
        )

    def first_triangle(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the row of the triangle that each ray from above meets first; -1 where none."""
        from embreex.mesh_construction import TriangleMesh as EmbreeMesh  # a compiled library, loaded when needed
        from embreex.rtcore_scene import EmbreeScene

        if not len(self.corners):
            return np.full(x.size, -1)
        scene = EmbreeScene()
        kept = EmbreeMesh(scene, self.corners.astype(np.float32))
        found = []
        for start in range(0, x.size, _RAYS_AT_ONCE):
            part = slice(start, start + _RAYS_AT_ONCE)
            origins = np.column_stack([x[part], y[part], np.full(x[part].size, self.top_mm)]).astype(np.float32)
            down = np.tile(np.array([0, 0, -1], dtype=np.float32), (len(origins), 1))
            found.append(np.asarray(scene.run(origins, down)))
        del kept
        return np.concatenate(found).astype(np.int64)

    def bulge(self, triangle: np.ndarray, weights: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Return how far [n] the smooth surface stands out of the flat triangle along `normal`, mm."""
        total = np.zeros(triangle.size)
        middle = 1.5 * weights[:, 0] * weights[:, 1] * weights[:, 2]
        for i, j in permutations(range(3), 2):
            along = np.einsum("nc,nc->n", self.bulges[i, j][triangle], normal)
            total += along * (3 * weights[:, i] ** 2 * weights[:, j] + middle)
        return total

    def weights(self, triangle: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the weights [n 3] of the corners of `triangle` at (x, y), in double precision."""
        (ax, ay), (bx, by), (cx, cy) = (self.corners[triangle, k, :2].T for k in range(3))
        twice = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        safe = np.where(np.abs(twice) > 1e-12, twice, 1.0)
        first = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / safe
        second = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / safe
        return np.stack([first, second, 1 - first - second], axis=1)
