"""One chart of a mesh: rays along the chart's line of sight meet the mesh; each hit is a height.

Heights are counted from the view's own middle, so that single precision is worth a few nanometres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from scarplan.evidence.library import value_of
from scarplan.surface.displacement import Displacement
from scarplan.surface.facets import LocalMesh
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.surface import ChartFrame, Vector, as_vector

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

# A step between neighbouring pixels that is steeper than the steepest view by this factor is the edge of a fold.
_FOLD_OVER_STEEPEST_VIEW = 2.5


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


def cast_view(
    mesh: TriangleMesh,
    view: View,
    *,
    pixel_mm: float,
    displacement: Displacement | None = None,
    wanted: Bool[np.ndarray, "y x"] | None = None,
) -> Cast:
    """Return heights of `mesh` on the grid of `view`: seen frontally, in one piece with the middle, first hit only.

    Where `wanted` [y x] is given, rays are cast there alone, and every piece counts.
    """
    local = LocalMesh.of(mesh, view)
    steps = pixel_steps(view.half_mm, pixel_mm)
    ticks = (np.arange(-steps, steps + 1) * pixel_mm).astype(np.float32)
    shape = (ticks.size, ticks.size)
    if wanted is None:
        x, y = np.tile(ticks, ticks.size), np.repeat(ticks, ticks.size)
        hit = None
    else:
        rows, columns = np.nonzero(wanted)
        x, y, hit = ticks[columns], ticks[rows], rows * ticks.size + columns
    met = local.first_triangle(x, y)
    seen = np.nonzero(met >= 0)[0]
    met, x, y = met[seen], x[seen], y[seen]
    hit = seen if hit is None else hit[seen]
    flat, smooth, upright = local.heights(met, x, y, displacement=displacement)
    cosine = np.cos(np.radians(value_of("surface.steepest_view_deg")))
    is_front = local.is_front[met]
    heights, front = _on_grid(flat, hit, shape), _on_grid(is_front, hit, shape, empty=False)
    facing = _on_grid((upright >= cosine) & is_front, hit, shape, empty=False)
    valid = without_folds(heights, facing, pixel_mm=pixel_mm)
    if wanted is None:
        valid = one_piece(valid)
    valid = keep_pits(valid, np.where(front, heights, np.nan), pixel_mm=pixel_mm)
    # A wall of a pit may be steeper than the limit of view; there the skin is moved no further than at that limit.
    steep = upright < cosine
    smooth[steep] = flat[steep] + (smooth[steep] - flat[steep]) * np.maximum(upright[steep], 1e-3) / cosine
    grid = _on_grid(smooth, hit, shape)
    grid[~valid] = np.nan
    return Cast(heights_mm=grid, valid=valid, triangle=_on_grid(local.face_number[met], hit, shape, empty=-1))


def _on_grid(values: np.ndarray, hit: np.ndarray, shape: tuple[int, int], empty: float = np.nan) -> np.ndarray:
    """Return `values` of the rays `hit` on the grid, `empty` elsewhere."""
    grid = np.full(shape[0] * shape[1], empty, dtype=values.dtype)
    grid[hit] = values
    return grid.reshape(shape)


def without_folds(heights_mm: np.ndarray, facing: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    """Return True [y x] where the skin faces the viewer.

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
    return valid


def one_piece(valid: np.ndarray) -> np.ndarray:
    """Return the part of `valid` [y x] that hangs together with the middle."""
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
